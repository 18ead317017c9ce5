/*
 * random: a seeded sequence of numbers, the same on every machine.
 *
 * Source: S. Vigna, "An experimental exploration of Marsaglia's xorshift generators,
 * scrambled", ACM TOMS 42(4), 2016 (xorshift64*).
 */
#ifndef ORACLE_RANDOM_H
#define ORACLE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state; /* Never 0. */
};

/* Starts a sequence; every seed is allowed. */
struct random random_create(uint64_t seed);

/* Returns 64 random bits. */
uint64_t random_next(struct random *random);

/* Returns a number from 0 to limit - 1; limit is at least 1. */
uint64_t random_below(struct random *random, uint64_t limit);

/* Returns a number from low to high, both included. */
int64_t random_between(struct random *random, int64_t low, int64_t high);

/* True in `percent` of a hundred calls. */
bool random_percent(struct random *random, unsigned percent);

#endif
