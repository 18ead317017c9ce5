/*
 * pause_row: what clients notice while a command lets go of very much.
 */
#ifndef BENCH_PAUSE_ROW_H
#define BENCH_PAUSE_ROW_H

#include "bench/rows.h"

#include <stdbool.h>
#include <stdint.h>

struct pause_result {
    uint64_t quiet_max_ns; /* the longest latency in the two seconds before */
    uint64_t busy_max_ns;  /* in the three seconds from the command on */
};

/* ROW_PAUSE: fills a fresh server and sends the row's command under the row's load. */
void pause_row_run(const struct row *row, const char *path, bool is_quick,
                   struct pause_result *result);

#endif
