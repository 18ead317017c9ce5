/*
 * row_filling: what the server of a row that looks at pauses holds before, and the load on it.
 */
#ifndef BENCH_ROW_FILLING_H
#define BENCH_ROW_FILLING_H

#include "bench/paced_load.h"
#include "bench/rows.h"

#include <stdbool.h>
#include <stdint.h>

/* Sends the row's fillings, in a quick run a hundredth of each. moment_ms is what %t stands for. */
void row_fill(const struct row *row, bool is_quick, uint64_t moment_ms, int port);

/* Opens the row's load on what it has filled: a request of its program every period_ns. */
struct paced_load *row_load_open(const struct row *row, bool is_quick, uint64_t period_ns,
                                 int port);

#endif
