/*
 * item: how the items of a type's inner table hold the length of their bytes: one byte where that
 * is enough, so that a short member costs one allocation of a small size class.
 *
 * Inline because every look-up in a large hash, set or sorted set compares items with it.
 */
#ifndef LATCHKEY_TYPES_ITEM_H
#define LATCHKEY_TYPES_ITEM_H

#include "base/panic.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { ITEM_LONG_LENGTH = 255, ITEM_LONG_LENGTH_SIZE = 5 };

/* Bytes that a length takes. */
static inline size_t item_length_size(size_t length) {
    return LIKELY(length < ITEM_LONG_LENGTH) ? 1 : ITEM_LONG_LENGTH_SIZE;
}

/* Writes a length below 4 GiB (asserted); returns the place behind it. */
static inline uint8_t *item_write_length(uint8_t *at, size_t length) {
    if (LIKELY(length < ITEM_LONG_LENGTH)) {
        *at = (uint8_t)length;
        return at + 1;
    }
    ASSERT(length <= UINT32_MAX);
    uint32_t word = (uint32_t)length;
    *at = ITEM_LONG_LENGTH;
    memcpy(at + 1, &word, sizeof word);
    return at + ITEM_LONG_LENGTH_SIZE;
}

/* Reads a length; returns the place behind it. */
static inline const uint8_t *item_read_length(const uint8_t *at, size_t *length) {
    if (LIKELY(*at != ITEM_LONG_LENGTH)) {
        *length = *at;
        return at + 1;
    }
    uint32_t word;
    memcpy(&word, at + 1, sizeof word);
    *length = word;
    return at + ITEM_LONG_LENGTH_SIZE;
}

#endif
