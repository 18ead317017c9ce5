/*
 * hand_over_row: 64 clients want one lock all the time, and how often it goes from one to another.
 */
#ifndef BENCH_HAND_OVER_ROW_H
#define BENCH_HAND_OVER_ROW_H

#include "bench/histogram.h"

#include <stdbool.h>

struct hand_over_result {
    double per_second;      /* grants whose predecessor was another client */
    double busy;            /* CPU time of the server by time */
    struct histogram waits; /* from wanting the lock until having it */
};

/*
 * Runs the clients against a fresh server.
 * has_locks  they wait with LOCK BLOCK; otherwise they try SET NX PX and rest 10 ms in between
 */
void hand_over_row_run(const char *path, bool has_locks, bool is_quick,
                       struct hand_over_result *result);

#endif
