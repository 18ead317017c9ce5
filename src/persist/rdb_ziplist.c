/*
 * Blocks of older versions, which are only read: ziplists and zipmaps. The bytes are not trusted:
 * every step is checked against the end.
 */
#include "persist/rdb_internal.h"

#include <string.h>

enum {
    END = 255,
    BITS_PER_BYTE = 8,
    LONG_MARK = 254, /* a length of 32 bits follows */
    LONG_SIZE = 4,
    ZIPLIST_HEADER_SIZE = 10, /* total size (4), offset of the last entry (4), count (2) */
    ZIPLIST_COUNT_OFFSET = 8,
    ZIPLIST_COUNT_UNKNOWN = 65535,
    STRING_KIND_SHIFT = 6,
    STRING_6BIT = 0,
    STRING_14BIT = 1,
    STRING_MASK = 63,
    STRING_32BIT = 0x80,
    INT16 = 0xc0,
    INT32 = 0xd0,
    INT64 = 0xe0,
    INT24 = 0xf0,
    INT8 = 0xfe,
    INT4_FIRST = 0xf1,
    INT4_LAST = 0xfd,
};

/* Bytes that are still to be looked at. */
struct rest {
    const uint8_t *at;
    const uint8_t *end;
};

static bool has(const struct rest *rest, size_t size) {
    return (size_t)(rest->end - rest->at) >= size;
}

static bool take(struct rest *rest, size_t size, struct bytes *bytes) {
    if (!has(rest, size)) {
        return false;
    }
    *bytes = (struct bytes){(const char *)rest->at, size};
    rest->at += size;
    return true;
}

static uint64_t little_endian(struct bytes bytes) {
    uint64_t word = 0;
    memcpy(&word, bytes.data, bytes.length);
    return word;
}

/* ---- Ziplists ---- */

static bool take_integer(struct rest *rest, size_t size, char scratch[TEXT_INT64_MAX_SIZE],
                         struct bytes *element) {
    struct bytes bytes;
    if (!take(rest, size, &bytes)) {
        return false;
    }
    size_t shift = BITS_PER_BYTE * (sizeof(uint64_t) - size);
    int64_t number = (int64_t)(little_endian(bytes) << shift) >> shift;
    *element = (struct bytes){scratch, text_print_int64(scratch, number)};
    return true;
}

static bool take_text(struct rest *rest, unsigned tag, struct bytes *element) {
    size_t length = tag & STRING_MASK;
    struct bytes more;
    if (tag >> STRING_KIND_SHIFT == STRING_14BIT) {
        if (!take(rest, 1, &more)) {
            return false;
        }
        length = length << BITS_PER_BYTE | (uint8_t)more.data[0];
    } else if (tag >> STRING_KIND_SHIFT != STRING_6BIT) {
        if (!take(rest, LONG_SIZE, &more)) {
            return false;
        }
        length = __builtin_bswap32((uint32_t)little_endian(more));
    }
    return take(rest, length, element);
}

static bool take_element(struct rest *rest, char scratch[TEXT_INT64_MAX_SIZE],
                         struct bytes *element) {
    struct bytes head;
    if (!take(rest, 1, &head)) {
        return false;
    }
    unsigned tag = (uint8_t)head.data[0];
    switch (tag) {
    case INT8:
        return take_integer(rest, 1, scratch, element);
    case INT16:
        return take_integer(rest, sizeof(int16_t), scratch, element);
    case INT24:
        return take_integer(rest, 3, scratch, element);
    case INT32:
        return take_integer(rest, sizeof(int32_t), scratch, element);
    case INT64:
        return take_integer(rest, sizeof(int64_t), scratch, element);
    default:
        break;
    }
    if (tag >= INT4_FIRST && tag <= INT4_LAST) {
        *element = (struct bytes){scratch, text_print_int64(scratch, (int64_t)tag - INT4_FIRST)};
        return true;
    }
    return (tag >> STRING_KIND_SHIFT <= STRING_14BIT || tag == STRING_32BIT) &&
           take_text(rest, tag, element);
}

/* The size of the entry before stands before an entry. */
static bool take_previous_size(struct rest *rest, size_t expected) {
    struct bytes bytes;
    if (!take(rest, 1, &bytes)) {
        return false;
    }
    uint64_t size = (uint8_t)bytes.data[0];
    if (size == LONG_MARK) {
        if (!take(rest, LONG_SIZE, &bytes)) {
            return false;
        }
        size = little_endian(bytes);
    }
    return size == expected;
}

bool rdb_each_in_ziplist(struct bytes block, rdb_element_visitor visit, void *context) {
    const uint8_t *start = (const uint8_t *)block.data;
    if (block.length <= ZIPLIST_HEADER_SIZE || start[block.length - 1] != END ||
        little_endian((struct bytes){block.data, LONG_SIZE}) != block.length) {
        return false;
    }
    struct rest rest = {start + ZIPLIST_HEADER_SIZE, start + block.length - 1};
    uint64_t last = little_endian((struct bytes){block.data + LONG_SIZE, LONG_SIZE});
    uint64_t stored = little_endian((struct bytes){block.data + ZIPLIST_COUNT_OFFSET, 2});
    size_t previous_size = 0;
    size_t count = 0;
    const uint8_t *entry = rest.at;
    while (rest.at < rest.end) {
        char scratch[TEXT_INT64_MAX_SIZE];
        struct bytes element;
        entry = rest.at;
        if (!take_previous_size(&rest, previous_size) || !take_element(&rest, scratch, &element) ||
            !visit(context, element)) {
            return false;
        }
        previous_size = (size_t)(rest.at - entry);
        count++;
    }
    return last == (uint64_t)(entry - start) &&
           (stored == ZIPLIST_COUNT_UNKNOWN || stored == count);
}

/* ---- Zipmaps ---- */

static bool take_map_length(struct rest *rest, size_t *length) {
    struct bytes bytes;
    if (!take(rest, 1, &bytes)) {
        return false;
    }
    *length = (uint8_t)bytes.data[0];
    if (*length != LONG_MARK) {
        return *length != END;
    }
    if (!take(rest, LONG_SIZE, &bytes)) {
        return false;
    }
    *length = (size_t)little_endian(bytes);
    return true;
}

bool rdb_each_in_zipmap(struct bytes block, rdb_element_visitor visit, void *context) {
    const uint8_t *start = (const uint8_t *)block.data;
    if (block.length < 2 || start[block.length - 1] != END) {
        return false;
    }
    struct rest rest = {start + 1, start + block.length - 1};
    size_t count = 0;
    while (rest.at < rest.end) {
        size_t length;
        struct bytes name;
        struct bytes unused;
        struct bytes text;
        if (!take_map_length(&rest, &length) || !take(&rest, length, &name) ||
            !take_map_length(&rest, &length) || !take(&rest, 1, &unused) ||
            !take(&rest, length, &text) || !take(&rest, (uint8_t)unused.data[0], &unused) ||
            !visit(context, name) || !visit(context, text)) {
            return false;
        }
        count++;
    }
    return start[0] >= LONG_MARK || start[0] == count;
}
