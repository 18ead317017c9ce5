/*
 * expiry_row: what clients notice when a million keys or fields become due at one instant.
 */
#ifndef BENCH_EXPIRY_ROW_H
#define BENCH_EXPIRY_ROW_H

#include "bench/rows.h"

#include <stdbool.h>
#include <stdint.h>

struct expiry_result {
    uint64_t quiet_p999_ns; /* latency of the load in the two seconds before the instant */
    uint64_t due_p999_ns;   /* in the two seconds after it */
    int64_t back_ns;        /* from the instant until memory was back; the deadline if never */
};

/* ROW_EXPIRY: runs it on a fresh server; takes about twelve seconds. */
void expiry_row_run(const struct row *row, const char *path, bool is_quick,
                    struct expiry_result *result);

#endif
