/*
 * callgrind: counts our instructions per request with valgrind, which is the same on each run.
 */
#ifndef BENCH_CALLGRIND_H
#define BENCH_CALLGRIND_H

#include "bench/rows.h"

/*
 * Fills the server, runs the row's program once to warm up and once counted, and prints the
 * instructions per counted request. Leaves valgrind's profile beside the benchmark program.
 */
void callgrind_run_row(const struct row *row, const char *path);

#endif
