/*
 * row_filling: what the server of a row that looks at pauses holds before.
 */
#ifndef BENCH_ROW_FILLING_H
#define BENCH_ROW_FILLING_H

#include "bench/rows.h"

#include <stdbool.h>
#include <stdint.h>

/* How much of so many entries a run of this kind has. */
uint64_t row_part(uint64_t count, bool is_quick);

/* Sends the row's fillings, in a quick run a hundredth of each. moment_ms is what %t stands for. */
void row_fill(const struct row *row, bool is_quick, uint64_t moment_ms, int port);

#endif
