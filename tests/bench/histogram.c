/* histogram: see the header. */
#include "bench/histogram.h"

#include <string.h>

static unsigned bucket_of(uint64_t duration_ns) {
    if (duration_ns < HISTOGRAM_STEPS) {
        return (unsigned)duration_ns;
    }
    unsigned top_bit = 63U - (unsigned)__builtin_clzll(duration_ns);
    unsigned shift = top_bit - HISTOGRAM_STEPS_BITS;
    unsigned step = (unsigned)(duration_ns >> shift) & (HISTOGRAM_STEPS - 1U);
    unsigned bucket = (shift + 1U) * HISTOGRAM_STEPS + step;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1U;
}

static uint64_t duration_of(unsigned bucket) {
    if (bucket < HISTOGRAM_STEPS) {
        return bucket;
    }
    unsigned shift = bucket / HISTOGRAM_STEPS - 1U;
    uint64_t step = bucket % HISTOGRAM_STEPS;
    return (HISTOGRAM_STEPS + step) << shift;
}

void histogram_reset(struct histogram *histogram) {
    memset(histogram, 0, sizeof(*histogram));
}

void histogram_add(struct histogram *histogram, uint64_t duration_ns) {
    histogram->buckets[bucket_of(duration_ns)]++;
    histogram->count++;
}

uint64_t histogram_percentile(const struct histogram *histogram, double fraction) {
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > 0 && (double)seen >= fraction * (double)histogram->count) {
            return duration_of(i);
        }
    }
    return 0;
}
