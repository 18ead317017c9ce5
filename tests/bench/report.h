/*
 * report: the table of results, or the same as JSON.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench/measure.h"
#include "bench/rows.h"

#include <stdbool.h>

/* Prints what stands above the rows. */
void report_begin(const struct plan *plan, bool as_json);

/* Prints a row's result at once; returns whether all its limits are kept. */
bool report_row(const struct row *row, const struct figures figures[2], bool as_json);

/* Prints what stands below the rows. */
void report_end(unsigned over_count, bool as_json);

#endif
