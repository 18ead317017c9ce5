/*
 * Words of eight bytes are the unit. Counting uses the processor's instruction where it has one,
 * asked for once a call. Combining goes over the sources in blocks that stay in the first-level
 * cache, so each source and the target pass through memory once.
 */
#include "base/bits.h"

#include "base/panic.h"

#include <string.h>
#if defined(__x86_64__) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h> /* glibc 2.33 */
#endif

enum { WORD = sizeof(uint64_t), BITS_PER_BYTE = 8, BLOCK_SIZE = 4096, BYTE_MAX = 255 };

/* ---- Counting ---- */

static inline uint64_t count_words(const char *data, size_t size) {
    uint64_t count = 0;
    size_t i = 0;
    for (; i + WORD <= size; i += WORD) {
        uint64_t word;
        memcpy(&word, data + i, WORD);
        count += (uint64_t)__builtin_popcountll(word);
    }
    uint64_t rest = 0;
    if (i < size) {
        memcpy(&rest, data + i, size - i);
    }
    return count + (uint64_t)__builtin_popcountll(rest);
}

#if defined(__x86_64__)
/*
 * The C library knows. The compiler's builtin has each start ask the processor, which takes a host
 * a tenth of a millisecond.
 */
static bool processor_counts_bits(void) {
#ifdef CPU_FEATURE_ACTIVE
    return CPU_FEATURE_ACTIVE(POPCNT);
#else
    return __builtin_cpu_supports("popcnt") != 0;
#endif
}

__attribute__((target("popcnt"))) static uint64_t count_by_instruction(const char *data,
                                                                       size_t size) {
    enum { LANES = 4 };
    uint64_t counts[LANES] = {0};
    size_t i = 0;
    for (; i + LANES * WORD <= size; i += LANES * WORD) {
        uint64_t words[LANES];
        memcpy(words, data + i, sizeof words);
        for (size_t lane = 0; lane < LANES; lane++) {
            counts[lane] += (uint64_t)__builtin_popcountll(words[lane]);
        }
    }
    return counts[0] + counts[1] + counts[2] + counts[3] + count_words(data + i, size - i);
}
#endif

uint64_t bits_count(struct bytes source) {
#if defined(__x86_64__)
    if (processor_counts_bits()) {
        return count_by_instruction(source.data, source.length);
    }
#endif
    return count_words(source.data, source.length);
}

/* The bits of the first byte from `first` on, and of the last byte up to `last`. */
static unsigned head_mask(uint64_t first) {
    return (unsigned)BYTE_MAX >> (first % BITS_PER_BYTE);
}

static unsigned tail_mask(uint64_t last) {
    return ((unsigned)BYTE_MAX << (BITS_PER_BYTE - 1 - last % BITS_PER_BYTE)) & BYTE_MAX;
}

uint64_t bits_count_range(struct bytes source, uint64_t first, uint64_t last) {
    ASSERT(first <= last && last / BITS_PER_BYTE < source.length);
    size_t first_byte = (size_t)(first / BITS_PER_BYTE);
    size_t last_byte = (size_t)(last / BITS_PER_BYTE);
    struct bytes part = {source.data + first_byte, last_byte - first_byte + 1};
    unsigned head = (unsigned char)source.data[first_byte] & ~head_mask(first) & BYTE_MAX;
    unsigned tail = (unsigned char)source.data[last_byte] & ~tail_mask(last) & BYTE_MAX;
    return bits_count(part) - (uint64_t)__builtin_popcount(head) -
           (uint64_t)__builtin_popcount(tail);
}

/* ---- Finding ---- */

/* The index of the first byte from `at` up to `end` (excluded) that is not `filler`. */
static size_t skip_bytes(const char *data, size_t at, size_t end, unsigned char filler) {
    uint64_t pattern;
    memset(&pattern, filler, WORD);
    for (; at + WORD <= end; at += WORD) {
        uint64_t word;
        memcpy(&word, data + at, WORD);
        if (word != pattern) {
            break;
        }
    }
    while (at < end && (unsigned char)data[at] == filler) {
        at++;
    }
    return at;
}

static bool find_in_byte(unsigned byte, uint64_t byte_index, uint64_t *found) {
    if (byte == 0) {
        return false;
    }
    unsigned leading = (unsigned)__builtin_clz(byte) - (unsigned)(sizeof byte - 1) * BITS_PER_BYTE;
    *found = byte_index * BITS_PER_BYTE + leading;
    return true;
}

bool bits_find(struct bytes source, uint64_t first, uint64_t last, bool value, uint64_t *found) {
    ASSERT(first <= last && last / BITS_PER_BYTE < source.length);
    unsigned flip = value ? 0 : BYTE_MAX;
    size_t byte = (size_t)(first / BITS_PER_BYTE);
    size_t last_byte = (size_t)(last / BITS_PER_BYTE);
    unsigned mask = head_mask(first);
    while (byte <= last_byte) {
        mask &= byte == last_byte ? tail_mask(last) : BYTE_MAX;
        if (find_in_byte(((unsigned char)source.data[byte] ^ flip) & mask, byte, found)) {
            return true;
        }
        mask = BYTE_MAX;
        byte++;
        if (byte < last_byte) {
            byte = skip_bytes(source.data, byte, last_byte, (unsigned char)flip);
        }
    }
    return false;
}

/* ---- Combining ---- */

/* Copies a block of a source, zero bytes behind its end. */
static void load_block(struct bytes source, size_t at, uint64_t *block, size_t size) {
    size_t there = at < source.length ? source.length - at : 0;
    there = there < size ? there : size;
    if (there > 0) {
        memcpy(block, source.data + at, there);
    }
    memset((char *)block + there, 0, BLOCK_SIZE - there);
}

enum { BLOCK_WORDS = BLOCK_SIZE / WORD };

static void fold_block(enum bits_operation operation, uint64_t *result, uint64_t *seen,
                       const uint64_t *block) {
    switch (operation) {
    case BITS_AND:
        for (size_t i = 0; i < BLOCK_WORDS; i++) {
            result[i] &= block[i];
        }
        return;
    case BITS_XOR:
        for (size_t i = 0; i < BLOCK_WORDS; i++) {
            result[i] ^= block[i];
        }
        return;
    case BITS_OR:
        for (size_t i = 0; i < BLOCK_WORDS; i++) {
            result[i] |= block[i];
        }
        return;
    case BITS_DIFF:
    case BITS_DIFF1:
    case BITS_ANDOR: /* The union of the others is gathered in `seen`. */
        for (size_t i = 0; i < BLOCK_WORDS; i++) {
            seen[i] |= block[i];
        }
        return;
    case BITS_ONE: /* `seen`: in two sources or more. */
        for (size_t i = 0; i < BLOCK_WORDS; i++) {
            seen[i] |= result[i] & block[i];
            result[i] |= block[i];
        }
        return;
    case BITS_NOT:
        return;
    }
}

static void finish_block(enum bits_operation operation, uint64_t *result, const uint64_t *seen) {
    for (size_t i = 0; i < BLOCK_WORDS; i++) {
        switch (operation) {
        case BITS_AND:
        case BITS_OR:
        case BITS_XOR:
            return;
        case BITS_NOT:
            result[i] = ~result[i];
            break;
        case BITS_DIFF:
        case BITS_ONE:
            result[i] &= ~seen[i];
            break;
        case BITS_DIFF1:
            result[i] = seen[i] & ~result[i];
            break;
        case BITS_ANDOR:
            result[i] &= seen[i];
            break;
        }
    }
}

void bits_combine(enum bits_operation operation, const struct bytes *sources, size_t source_count,
                  char *target, size_t length) {
    uint64_t result[BLOCK_WORDS];
    uint64_t seen[BLOCK_WORDS];
    uint64_t block[BLOCK_WORDS];
    for (size_t at = 0; at < length; at += BLOCK_SIZE) {
        size_t size = length - at < BLOCK_SIZE ? length - at : BLOCK_SIZE;
        load_block(sources[0], at, result, size);
        memset(seen, 0, sizeof seen);
        for (size_t i = 1; i < source_count; i++) {
            load_block(sources[i], at, block, size);
            fold_block(operation, result, seen, block);
        }
        finish_block(operation, result, seen);
        memcpy(target + at, result, size);
    }
}

/* ---- Fields of bits ---- */

uint64_t bits_read(struct bytes source, uint64_t offset, unsigned bit_count) {
    uint64_t value = 0;
    for (unsigned i = 0; i < bit_count; i++, offset++) {
        uint64_t byte = offset / BITS_PER_BYTE;
        unsigned bit = 0;
        if (byte < source.length) {
            unsigned shift = BITS_PER_BYTE - 1 - (unsigned)(offset % BITS_PER_BYTE);
            bit = ((unsigned char)source.data[byte] >> shift) & 1U;
        }
        value = value << 1 | bit;
    }
    return value;
}

void bits_write(char *target, uint64_t offset, unsigned bit_count, uint64_t value) {
    for (unsigned i = 0; i < bit_count; i++, offset++) {
        uint64_t byte = offset / BITS_PER_BYTE;
        unsigned shift = BITS_PER_BYTE - 1 - (unsigned)(offset % BITS_PER_BYTE);
        unsigned bit = (unsigned)(value >> (bit_count - 1 - i)) & 1U;
        unsigned old = (unsigned char)target[byte];
        target[byte] = (char)(unsigned char)((old & ~(1U << shift)) | bit << shift);
    }
}
