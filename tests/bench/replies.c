/*
 * replies: a line announces each value; an array adds its elements to the values still open.
 * A line that is cut by the end of a read waits in the struct for its rest.
 */
#include "bench/replies.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMAL_BASE = 10, LINE_END_SIZE = 2 };

static int64_t line_number(const char *line) {
    if (line[1] == '-') {
        return -1;
    }
    int64_t number = 0;
    for (const char *digit = line + 1; *digit >= '0' && *digit <= '9'; digit++) {
        number = number * DECIMAL_BASE + (*digit - '0');
    }
    return number;
}

static void take_line(struct replies *replies, const char *line) {
    if (replies->open_count == 0) {
        replies->open_count = 1;
    }
    replies->open_count--;
    if (line[0] == '$') {
        int64_t length = line_number(line);
        replies->skip_size = length < 0 ? 0 : (uint64_t)length + LINE_END_SIZE;
    } else if (line[0] == '*' || line[0] == '%') {
        int64_t length = line_number(line);
        uint64_t values = length < 0 ? 0 : (uint64_t)length;
        replies->open_count += line[0] == '%' ? 2 * values : values;
    } else if (line[0] == '-') {
        replies->error_count++;
    }
}

static void keep_line(struct replies *replies, const char *bytes, size_t size) {
    size_t room = REPLIES_LINE_SIZE - 1 - replies->line_used;
    size_t kept = size < room ? size : room;
    memcpy(replies->line + replies->line_used, bytes, kept);
    replies->line_used += kept;
}

uint64_t replies_count(struct replies *replies, const char *bytes, size_t size) {
    const char *end = bytes + size;
    uint64_t count = 0;
    while (bytes < end) {
        if (replies->skip_size > 0) {
            size_t left = (size_t)(end - bytes);
            size_t skipped = replies->skip_size < left ? (size_t)replies->skip_size : left;
            bytes += skipped;
            replies->skip_size -= skipped;
        } else {
            const char *line_end = memchr(bytes, '\n', (size_t)(end - bytes));
            if (line_end == NULL) {
                keep_line(replies, bytes, (size_t)(end - bytes));
                return count;
            }
            if (replies->line_used > 0) {
                keep_line(replies, bytes, (size_t)(line_end + 1 - bytes));
                replies->line[replies->line_used] = '\0';
                take_line(replies, replies->line);
                replies->line_used = 0;
            } else {
                take_line(replies, bytes);
            }
            bytes = line_end + 1;
        }
        count += replies->skip_size == 0 && replies->open_count == 0;
    }
    return count;
}
