/*
 * memory_row: resident bytes per entry of a server that is filled in steps.
 */
#ifndef BENCH_MEMORY_ROW_H
#define BENCH_MEMORY_ROW_H

#include "bench/rows.h"

#include <stdbool.h>

/*
 * Fills a fresh server and returns the worst figure of the steps that count: resident memory,
 * less that of the empty server, by entries.
 */
double memory_row_run(const struct row *row, const char *path, bool is_quick);

#endif
