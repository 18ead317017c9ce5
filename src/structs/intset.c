/*
 * All integers of a block have one width, that of the widest: a new one that needs more widens the
 * whole block. The width never shrinks, as in the reference, so that blocks stay comparable.
 */
#include "structs/intset.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <string.h>

enum { COUNT_OFFSET = 4, HEADER_SIZE = 8, WIDTH16 = 2, WIDTH32 = 4, WIDTH64 = 8 };

static uint32_t load32(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void store32(uint8_t *at, uint32_t value) {
    for (size_t i = 0; i < sizeof value; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static size_t width_of(int64_t number) {
    if (number >= INT16_MIN && number <= INT16_MAX) {
        return WIDTH16;
    }
    return number >= INT32_MIN && number <= INT32_MAX ? WIDTH32 : WIDTH64;
}

static size_t block_width(const uint8_t *block) {
    return load32(block);
}

static int64_t load(const uint8_t *block, size_t width, size_t index) {
    const uint8_t *at = block + HEADER_SIZE + index * width;
    if (width == WIDTH16) {
        return (int16_t)((unsigned)at[0] | (unsigned)at[1] << 8);
    }
    if (width == WIDTH32) {
        return (int32_t)load32(at);
    }
    return (int64_t)(load32(at) | (uint64_t)load32(at + WIDTH32) << 32);
}

static void store(uint8_t *block, size_t width, size_t index, int64_t number) {
    uint8_t *at = block + HEADER_SIZE + index * width;
    for (size_t i = 0; i < width; i++) {
        at[i] = (uint8_t)((uint64_t)number >> (8 * i));
    }
}

uint8_t *intset_create(void) {
    uint8_t *block = alloc_new(HEADER_SIZE);
    store32(block, WIDTH16);
    store32(block + COUNT_OFFSET, 0);
    return block;
}

void intset_free(uint8_t *block) {
    alloc_free(block);
}

uint8_t *intset_copy(const uint8_t *block) {
    size_t size = intset_size(block);
    return memcpy(alloc_new(size), block, size);
}

size_t intset_size(const uint8_t *block) {
    return HEADER_SIZE + block_width(block) * intset_count(block);
}

size_t intset_count(const uint8_t *block) {
    return load32(block + COUNT_OFFSET);
}

int64_t intset_get(const uint8_t *block, size_t index) {
    ASSERT(index < intset_count(block));
    return load(block, block_width(block), index);
}

bool intset_find(const uint8_t *block, int64_t number, size_t *index) {
    size_t width = block_width(block);
    size_t low = 0;
    size_t high = intset_count(block);
    if (high > 0 && number > load(block, width, high - 1)) {
        *index = high;
        return false;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (load(block, width, middle) < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *index = low;
    return low < intset_count(block) && load(block, width, low) == number;
}

static uint8_t *resize(uint8_t *block, size_t size) {
    return alloc_size_class(intset_size(block)) == alloc_size_class(size)
               ? block
               : alloc_resize(block, size);
}

/* Rewrites the block with a larger width; from the end, where there is room. */
static uint8_t *widen(uint8_t *block, size_t width) {
    size_t old_width = block_width(block);
    size_t count = intset_count(block);
    block = resize(block, HEADER_SIZE + count * width);
    for (size_t i = count; i > 0; i--) {
        store(block, width, i - 1, load(block, old_width, i - 1));
    }
    store32(block, (uint32_t)width);
    return block;
}

uint8_t *intset_insert(uint8_t *block, size_t index, int64_t number) {
    size_t count = intset_count(block);
    ASSERT(index <= count && count < UINT32_MAX);
    if (width_of(number) > block_width(block)) {
        block = widen(block, width_of(number));
    }
    size_t width = block_width(block);
    block = resize(block, HEADER_SIZE + (count + 1) * width);
    uint8_t *place = block + HEADER_SIZE + index * width;
    memmove(place + width, place, (count - index) * width);
    store(block, width, index, number);
    store32(block + COUNT_OFFSET, (uint32_t)count + 1);
    return block;
}

uint8_t *intset_erase(uint8_t *block, size_t index) {
    size_t count = intset_count(block);
    size_t width = block_width(block);
    ASSERT(index < count);
    uint8_t *place = block + HEADER_SIZE + index * width;
    memmove(place, place + width, (count - index - 1) * width);
    block = resize(block, HEADER_SIZE + (count - 1) * width);
    store32(block + COUNT_OFFSET, (uint32_t)count - 1);
    return block;
}

bool intset_verify(const uint8_t *bytes, size_t size) {
    if (size < HEADER_SIZE) {
        return false;
    }
    size_t width = block_width(bytes);
    size_t count = intset_count(bytes);
    if ((width != WIDTH16 && width != WIDTH32 && width != WIDTH64) ||
        (size - HEADER_SIZE) / width != count || (size - HEADER_SIZE) % width != 0) {
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        if (load(bytes, width, i - 1) >= load(bytes, width, i)) {
            return false;
        }
    }
    return true;
}
