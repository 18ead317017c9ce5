/*
 * histogram: counts of durations in buckets of about 1.6 % width, for percentiles.
 *
 * A duration below 64 ns has its own bucket; above, each power of two is cut into 64 buckets.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEPS_BITS = 6,
    HISTOGRAM_STEPS = 1 << HISTOGRAM_STEPS_BITS,
    /* Powers of two above the first 64 ns: 2^40 ns is 18 minutes. */
    HISTOGRAM_POWERS = 36,
    HISTOGRAM_BUCKETS = HISTOGRAM_STEPS * HISTOGRAM_POWERS
};

struct histogram {
    uint64_t count;                      /* durations in all buckets */
    uint64_t buckets[HISTOGRAM_BUCKETS]; /* how many fell into each */
};

/* Empties it. */
void histogram_reset(struct histogram *histogram);

/* Counts one duration; one beyond the last bucket is counted in the last. */
void histogram_add(struct histogram *histogram, uint64_t duration_ns);

/* Returns the duration that `fraction` (0 to 1) of all do not exceed; 0 when it is empty. */
uint64_t histogram_percentile(const struct histogram *histogram, double fraction);

#endif
