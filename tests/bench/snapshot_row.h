/*
 * snapshot_row: what clients notice while the whole dataset is written out, and how long a start
 * from what was written takes.
 */
#ifndef BENCH_SNAPSHOT_ROW_H
#define BENCH_SNAPSHOT_ROW_H

#include "bench/rows.h"

#include <stdbool.h>
#include <stdint.h>

struct snapshot_result {
    uint64_t quiet_p999_ns; /* latency in the two seconds before */
    uint64_t quiet_max_ns;
    uint64_t busy_p999_ns; /* while the dataset was written */
    uint64_t busy_max_ns;
    double duration_ns;
    double extra_bytes; /* resident at most, above before; and pages that a child had copied */
};

/* ROW_SNAPSHOT: fills a fresh server, and runs the row's load before and during its command. */
void snapshot_row_run(const struct row *row, const char *path, bool is_quick,
                      struct snapshot_result *result);

/* ROW_START: nanoseconds until a server serves what the row's filling left on disk. */
double start_row_run(const struct row *row, const char *path, bool is_quick);

#endif
