/*
 * sampling: fair samples of distinct elements, by one walk over all of them or by drawing at
 * random and refusing what was drawn before.
 */
#ifndef LATCHKEY_TYPES_SAMPLING_H
#define LATCHKEY_TYPES_SAMPLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random;

/*
 * A walk that takes `wanted` of `total` elements, every subset being equally likely.
 * Source: D. Knuth, TAOCP vol. 2, section 3.4.2, algorithm S.
 */
struct sampling_walk {
    struct random *random;
    size_t total;
    size_t wanted; /* at most total */
};

/* Says whether the next element belongs to the sample. */
bool sampling_takes_next(struct sampling_walk *walk);

/* True when a walk over all is cheaper than drawing: beyond a third of them. */
bool sampling_should_walk(size_t total, size_t wanted);

/* Numbers drawn so far: an open-addressing set. */
struct drawn_numbers {
    uint64_t *places; /* 0 = free, else the number + 1 */
    size_t mask;
};

/* Makes a set for up to `count` numbers. */
void drawn_numbers_init(struct drawn_numbers *drawn, size_t count);
void drawn_numbers_release(struct drawn_numbers *drawn);

/* Adds a number below UINT64_MAX; false when it was there. O(1) expected. */
bool drawn_numbers_add(struct drawn_numbers *drawn, uint64_t number);

#endif
