/*
 * Numbers are decimal and canonical, so a line has one form and a flipped bit cannot hide in it.
 */
#include "persist/aof_line.h"

#include "base/text.h"

#include <string.h>

size_t aof_line_print_head(char *buffer, uint64_t length, uint64_t synced) {
    static const char prefix[] = AOF_LINE_PREFIX;
    memcpy(buffer, prefix, sizeof prefix - 1);
    size_t size = sizeof prefix - 1;
    size += text_print_uint64(buffer + size, length);
    buffer[size++] = ' ';
    if (synced == AOF_LINE_SYNCED_UNKNOWN) {
        buffer[size++] = '-';
    } else {
        size += text_print_uint64(buffer + size, synced);
    }
    buffer[size++] = ' ';
    return size;
}

size_t aof_line_print_checksum(char *buffer, uint64_t checksum) {
    static const char digits[] = "0123456789abcdef";
    enum { BITS = 4, MASK = 15 };
    for (size_t i = AOF_LINE_CHECKSUM_SIZE; i > 0; i--) {
        buffer[i - 1] = digits[checksum & MASK];
        checksum >>= BITS;
    }
    buffer[AOF_LINE_CHECKSUM_SIZE] = '\r';
    buffer[AOF_LINE_CHECKSUM_SIZE + 1] = '\n';
    return AOF_LINE_CHECKSUM_SIZE + 2;
}

static bool read_checksum(const char *text, uint64_t *checksum) {
    enum { BITS = 4, TEN = 10 };
    uint64_t value = 0;
    for (size_t i = 0; i < AOF_LINE_CHECKSUM_SIZE; i++) {
        char c = text[i];
        if (c >= '0' && c <= '9') {
            value = value << BITS | (uint64_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value << BITS | (uint64_t)(c - 'a' + TEN);
        } else {
            return false;
        }
    }
    *checksum = value;
    return true;
}

bool aof_line_parse(struct bytes text, struct aof_line *line) {
    static const char prefix[] = AOF_LINE_PREFIX;
    size_t size_max = text.length < AOF_LINE_SIZE_MAX ? text.length : AOF_LINE_SIZE_MAX;
    if (size_max < sizeof prefix || memcmp(text.data, prefix, sizeof prefix - 1) != 0) {
        return false;
    }
    const char *end = memchr(text.data, '\n', size_max);
    const char *at = text.data + sizeof prefix - 1;
    const char *space = end == NULL ? NULL : memchr(at, ' ', (size_t)(end - at));
    if (space == NULL ||
        !text_parse_uint64((struct bytes){at, (size_t)(space - at)}, &line->length)) {
        return false;
    }
    at = space + 1;
    space = memchr(at, ' ', (size_t)(end - at));
    if (space == NULL) {
        return false;
    }
    struct bytes synced = {at, (size_t)(space - at)};
    if (bytes_is(synced, "-")) {
        line->synced = AOF_LINE_SYNCED_UNKNOWN;
    } else if (!text_parse_uint64(synced, &line->synced)) {
        return false;
    }
    at = space + 1;
    line->head_size = (size_t)(at - text.data);
    line->size = (size_t)(end - text.data) + 1;
    return end - at == AOF_LINE_CHECKSUM_SIZE + 1 && end[-1] == '\r' &&
           read_checksum(at, &line->checksum);
}
