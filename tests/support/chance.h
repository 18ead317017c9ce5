/*
 * chance: whether counts of draws are what fair chance gives.
 */
#ifndef SUPPORT_CHANCE_H
#define SUPPORT_CHANCE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * True when Pearson's chi-square of the counts against their mean is below the value that fair
 * chance exceeds once in about ten million times (Wilson and Hilferty's approximation).
 */
static inline bool chance_is_fair(const size_t *counts, size_t cell_count, size_t draw_count) {
    static const double quantile = 5.2;
    double expected = (double)draw_count / (double)cell_count;
    double sum = 0;
    for (size_t i = 0; i < cell_count; i++) {
        double difference = (double)counts[i] - expected;
        sum += difference * difference / expected;
    }
    double freedom = (double)(cell_count - 1);
    double spread = 2 / (9 * freedom);
    return sum < freedom * pow(1 - spread + quantile * sqrt(spread), 3);
}

#endif
