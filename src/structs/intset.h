/*
 * intset: a sorted array of distinct integers in one block of memory, in the published format.
 *
 *     bytes per integer (4: 2, 4 or 8) | count (4) | integer … , all little-endian
 *
 * A block is a plain pointer from alloc; functions that change it return the (moved) block.
 */
#ifndef LATCHKEY_STRUCTS_INTSET_H
#define LATCHKEY_STRUCTS_INTSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A new empty block. Free with intset_free. */
uint8_t *intset_create(void);
void intset_free(uint8_t *block);
uint8_t *intset_copy(const uint8_t *block);

/* Bytes of the block, and its integers. O(1). */
size_t intset_size(const uint8_t *block);
size_t intset_count(const uint8_t *block);

/* The integer at an index below the count (asserted), lowest first. O(1). */
int64_t intset_get(const uint8_t *block, size_t index);

/* True when it is there; *index is its place, or where it would be inserted. O(log n). */
bool intset_find(const uint8_t *block, int64_t number, size_t *index);

/* Adds an integer that is absent at the index that intset_find told. O(n). */
uint8_t *intset_insert(uint8_t *block, size_t index, int64_t number)
    __attribute__((warn_unused_result));

/* Removes the integer at an index. O(n). */
uint8_t *intset_erase(uint8_t *block, size_t index) __attribute__((warn_unused_result));

/*
 * Checks untrusted bytes: width, size, strictly rising order. O(n). Never reads outside of
 * [bytes, bytes + size).
 */
bool intset_verify(const uint8_t *bytes, size_t size);

#endif
