/*
 * Layout: struct sds_header | bytes | 0. Growth is by half again, so that appending n bytes one by
 * one costs O(n).
 */
#include "base/sds.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct sds_header {
    size_t length;
    size_t capacity;
};

enum { GROWTH_DIVISOR = 2, FORMAT_GUESS_SIZE = 256 };

static struct sds_header *header_of(const char *text) {
    return (struct sds_header *)(uintptr_t)(text - sizeof(struct sds_header));
}

struct bytes bytes_of_text(const char *text) {
    return (struct bytes){text, strlen(text)};
}

bool bytes_equal(struct bytes a, struct bytes b) {
    enum { WORD_SIZE = 8 };
    /* Most keys: two words that may overlap, without a call. */
    if (LIKELY(a.length == b.length && a.length >= WORD_SIZE && a.length <= 2 * WORD_SIZE)) {
        uint64_t words[4];
        memcpy(&words[0], a.data, WORD_SIZE);
        memcpy(&words[1], b.data, WORD_SIZE);
        memcpy(&words[2], a.data + a.length - WORD_SIZE, WORD_SIZE);
        memcpy(&words[3], b.data + b.length - WORD_SIZE, WORD_SIZE);
        return ((words[0] ^ words[1]) | (words[2] ^ words[3])) == 0;
    }
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool bytes_equal_nocase(struct bytes a, struct bytes b) {
    if (a.length != b.length) {
        return false;
    }
    for (size_t i = 0; i < a.length; i++) {
        if (a.data[i] != b.data[i] &&
            tolower((unsigned char)a.data[i]) != tolower((unsigned char)b.data[i])) {
            return false;
        }
    }
    return true;
}

bool bytes_is(struct bytes a, const char *text) {
    return bytes_equal_nocase(a, bytes_of_text(text));
}

int bytes_compare(struct bytes a, struct bytes b) {
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
    if (order != 0) {
        return order;
    }
    return (a.length > b.length) - (a.length < b.length);
}

sds sds_with_capacity(size_t capacity) {
    struct sds_header *header = alloc_new(sizeof *header + capacity + 1);
    header->length = 0;
    header->capacity = capacity;
    char *text = (char *)(header + 1);
    text[0] = '\0';
    return text;
}

sds sds_uninitialized(size_t length) {
    sds text = sds_with_capacity(length);
    sds_set_length(text, length);
    return text;
}

sds sds_new(struct bytes source) {
    sds text = sds_uninitialized(source.length);
    if (source.length > 0) {
        memcpy(text, source.data, source.length);
    }
    return text;
}

void sds_free(sds text) {
    if (text != NULL) {
        alloc_free(header_of(text));
    }
}

size_t sds_length(const char *text) {
    return header_of(text)->length;
}

size_t sds_capacity(const char *text) {
    return header_of(text)->capacity;
}

size_t sds_memory(const char *text) {
    return alloc_usable_size(header_of(text));
}

struct bytes sds_view(const char *text) {
    return (struct bytes){text, sds_length(text)};
}

sds sds_reserve(sds text, size_t extra) {
    size_t needed = sds_length(text) + extra;
    if (needed <= sds_capacity(text)) {
        return text;
    }
    size_t capacity = needed + needed / GROWTH_DIVISOR;
    struct sds_header *header = alloc_resize(header_of(text), sizeof *header + capacity + 1);
    header->capacity = capacity;
    return (char *)(header + 1);
}

sds sds_append(sds text, struct bytes tail) {
    if (tail.length == 0) {
        return text;
    }
    sds grown = sds_reserve(text, tail.length);
    size_t length = sds_length(grown);
    memcpy(grown + length, tail.data, tail.length);
    sds_set_length(grown, length + tail.length);
    return grown;
}

sds sds_append_format_list(sds text, const char *format, va_list list) {
    va_list again;
    va_copy(again, list);
    char guess[FORMAT_GUESS_SIZE];
    int length = vsnprintf(guess, sizeof guess, format, list);
    ASSERT(length >= 0);
    if ((size_t)length < sizeof guess) {
        va_end(again);
        return sds_append(text, (struct bytes){guess, (size_t)length});
    }
    sds grown = sds_reserve(text, (size_t)length);
    size_t start = sds_length(grown);
    (void)vsnprintf(grown + start, (size_t)length + 1, format, again);
    va_end(again);
    sds_set_length(grown, start + (size_t)length);
    return grown;
}

sds sds_append_format(sds text, const char *format, ...) {
    va_list list;
    va_start(list, format);
    sds grown = sds_append_format_list(text, format, list);
    va_end(list);
    return grown;
}

static sds append_escaped(sds text, unsigned char byte) {
    static const char plain[] = "\n\r\t\a\b\\\"";
    static const char letters[] = "nrtab\\\"";
    const char *place = byte == '\0' ? NULL : strchr(plain, byte);
    if (place != NULL) {
        char escape[] = {'\\', letters[place - plain]};
        return sds_append(text, (struct bytes){escape, sizeof escape});
    }
    if (byte >= ' ' && byte <= '~') {
        char printable = (char)byte;
        return sds_append(text, (struct bytes){&printable, 1});
    }
    return sds_append_format(text, "\\x%02x", byte);
}

sds sds_append_quoted(sds text, struct bytes source) {
    sds quoted = sds_append(text, BYTES("\""));
    for (size_t i = 0; i < source.length; i++) {
        quoted = append_escaped(quoted, (unsigned char)source.data[i]);
    }
    return sds_append(quoted, BYTES("\""));
}

sds sds_resize(sds text, size_t length) {
    size_t old_length = sds_length(text);
    if (length > old_length && length <= sds_capacity(text)) {
        alloc_fill_zero(header_of(text), sizeof(struct sds_header) + old_length,
                        length - old_length);
    } else if (length > old_length) {
        struct sds_header *header = header_of(text);
        size_t capacity = length + length / GROWTH_DIVISOR;
        header =
            alloc_resize_zeroed(header, sizeof *header + old_length, sizeof *header + capacity + 1);
        header->capacity = capacity;
        text = (char *)(header + 1);
    }
    sds_set_length(text, length);
    return text;
}

void sds_set_length(sds text, size_t length) {
    ASSERT(length <= sds_capacity(text));
    header_of(text)->length = length;
    text[length] = '\0';
}

void sds_keep(sds text, size_t offset, size_t length) {
    ASSERT(offset + length <= sds_length(text));
    memmove(text, text + offset, length);
    sds_set_length(text, length);
}
