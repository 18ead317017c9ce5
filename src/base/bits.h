/*
 * bits: counting, finding and combining bits of long strings at the speed of memory. Bit 0 is the
 * highest bit of the first byte.
 */
#ifndef LATCHKEY_BASE_BITS_H
#define LATCHKEY_BASE_BITS_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of bits that are set. O(length). */
uint64_t bits_count(struct bytes source);

/* The number of bits that are set in bits [first, last]; both within the source. */
uint64_t bits_count_range(struct bytes source, uint64_t first, uint64_t last);

/*
 * Finds the first bit of this value in bits [first, last], both within the source. Returns false
 * when there is none.
 */
bool bits_find(struct bytes source, uint64_t first, uint64_t last, bool value, uint64_t *found);

enum bits_operation {
    BITS_AND,   /* in all sources */
    BITS_OR,    /* in some source */
    BITS_XOR,   /* in an odd number of sources */
    BITS_NOT,   /* not in the one source */
    BITS_DIFF,  /* in the first source and in no other */
    BITS_DIFF1, /* in some other source and not in the first */
    BITS_ANDOR, /* in the first source and in some other */
    BITS_ONE,   /* in exactly one source */
};

/*
 * Combines sources, the shorter ones continued with zero bytes, into `length` bytes at target.
 * sources  at least 1 (BITS_NOT: exactly 1; DIFF, DIFF1, ANDOR: at least 2).
 */
void bits_combine(enum bits_operation operation, const struct bytes *sources, size_t source_count,
                  char *target, size_t length);

/*
 * Reads an unsigned number of 1 to 64 bits at a bit offset; bits behind the end are zero.
 */
uint64_t bits_read(struct bytes source, uint64_t offset, unsigned bit_count);

/* Writes the low bits of a number; all of them must be within `length` bytes. */
void bits_write(char *target, uint64_t offset, unsigned bit_count, uint64_t value);

#endif
