/*
 * Replies are appended to one contiguous buffer, so that a head whose count is known late can be
 * put in front of its elements by one move. Lent memory comes from the turn's write arena; when it
 * is too small, everything written so far moves into an sds that doubles.
 */
#include "proto/reply.h"

#include "base/panic.h"
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    HEAD_MAX_SIZE = 32,      /* type byte, 20 digits, line end */
    GROWTH_MIN_SIZE = 16384, /* first own buffer */
    ERROR_TEXT_SIZE = 1024,
    VERBATIM_FORMAT_SIZE = 3,
    LINE_END_SIZE = 2,
    DECIMAL = 10,
};

void reply_init(struct reply *reply, char *memory, size_t size, int protocol) {
    *reply = (struct reply){
        .start = memory,
        .at = memory,
        .limit = size == 0 ? memory : memory + size, /* NULL has no place to count from */
        .protocol = (uint8_t)protocol,
    };
}

void reply_release(struct reply *reply) {
    sds_free(reply->own);
    *reply = (struct reply){.protocol = reply->protocol};
}

struct bytes reply_written(const struct reply *reply) {
    return (struct bytes){reply->start, (size_t)(reply->at - reply->start)};
}

void reply_truncate(struct reply *reply, size_t length) {
    size_t written = reply_written(reply).length;
    ASSERT(length <= written);
    if (length < written) { /* A reply that was never written to has no memory. */
        reply->at = reply->start + length;
    }
}

static __attribute__((noinline)) void grow(struct reply *reply, size_t size) {
    size_t used = (size_t)(reply->at - reply->start);
    size_t wanted = 2 * used + size + GROWTH_MIN_SIZE;
    sds buffer = sds_with_capacity(wanted);
    if (used > 0) {
        memcpy(buffer, reply->start, used);
    }
    sds_free(reply->own);
    reply->own = buffer;
    reply->start = buffer;
    reply->at = buffer + used;
    reply->limit = buffer + wanted;
}

char *reply_reserve(struct reply *reply, size_t size) {
    if (UNLIKELY((size_t)(reply->limit - reply->at) < size)) {
        grow(reply, size);
    }
    return reply->at;
}

static void append(struct reply *reply, struct bytes source) {
    if (source.length > 0) {
        memcpy(reply_reserve(reply, source.length), source.data, source.length);
        reply->at += source.length;
    }
}

void reply_ok(struct reply *reply) {
    append(reply, BYTES("+OK\r\n"));
}

void reply_queued(struct reply *reply) {
    append(reply, BYTES("+QUEUED\r\n"));
}

void reply_simple(struct reply *reply, const char *text) {
    append(reply, BYTES("+"));
    append(reply, bytes_of_text(text));
    append(reply, BYTES("\r\n"));
}

/* A reply of one line: line breaks in its text become spaces. */
static void append_line(struct reply *reply, char type, struct bytes text) {
    char *out = reply_reserve(reply, text.length + 1 + LINE_END_SIZE);
    *out++ = type;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        *out++ = byte == '\r' || byte == '\n' ? ' ' : byte;
    }
    *out++ = '\r';
    *out++ = '\n';
    reply->at = out;
}

void reply_simple_bytes(struct reply *reply, struct bytes text) {
    append_line(reply, '+', text);
}

void reply_error_bytes(struct reply *reply, struct bytes text) {
    reply->errors++;
    reply->last_error = (size_t)(reply->at - reply->start);
    append_line(reply, '-', text);
}

void reply_error(struct reply *reply, const char *text) {
    reply_error_bytes(reply, bytes_of_text(text));
}

void reply_error_format(struct reply *reply, const char *format, ...) {
    char text[ERROR_TEXT_SIZE];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    ASSERT(length >= 0);
    size_t kept = (size_t)length < sizeof text ? (size_t)length : sizeof text - 1;
    reply_error_bytes(reply, (struct bytes){text, kept});
}

void reply_wrong_type(struct reply *reply) {
    reply_error(reply, "WRONGTYPE Operation against a key holding the wrong kind of value");
}

void reply_syntax_error(struct reply *reply) {
    reply_error(reply, "ERR syntax error");
}

void reply_not_an_integer(struct reply *reply) {
    reply_error(reply, "ERR value is not an integer or out of range");
}

void reply_out_of_range(struct reply *reply) {
    reply_error(reply, "ERR index out of range");
}

void reply_no_such_key(struct reply *reply) {
    reply_error(reply, "ERR no such key");
}

/* Writes the type byte, a number and the line end; the room is there. */
static char *write_head(char *out, char type, int64_t number) {
    *out++ = type;
    if (LIKELY(number >= 0 && number < DECIMAL)) {
        *out++ = (char)('0' + number);
    } else if (LIKELY(number > 0 && number < DECIMAL * DECIMAL)) {
        *out++ = (char)('0' + number / DECIMAL);
        *out++ = (char)('0' + number % DECIMAL);
    } else {
        out += text_print_int64(out, number);
    }
    *out++ = '\r';
    *out++ = '\n';
    return out;
}

static void append_head(struct reply *reply, char type, int64_t number) {
    reply->at = write_head(reply_reserve(reply, HEAD_MAX_SIZE), type, number);
}

void reply_integer(struct reply *reply, int64_t value) {
    append_head(reply, ':', value);
}

/* Copies `size` to twice as many bytes by two words, which may overlap, without a call. */
#define COPY_BY_TWO_WORDS(out, value, size)                                                        \
    do {                                                                                           \
        char words[2][size];                                                                       \
        memcpy(words[0], (value).data, size);                                                      \
        memcpy(words[1], (value).data + (value).length - (size), size);                            \
        memcpy(out, words[0], size);                                                               \
        memcpy((out) + (value).length - (size), words[1], size);                                   \
    } while (0)

static inline void copy_value(char *out, struct bytes value) {
    enum { LARGE_WORD_SIZE = 16, WORD_SIZE = 8, SMALL_WORD_SIZE = 4 };
    if (LIKELY(value.length >= WORD_SIZE && value.length <= 2 * LARGE_WORD_SIZE)) {
        if (value.length >= LARGE_WORD_SIZE) {
            COPY_BY_TWO_WORDS(out, value, LARGE_WORD_SIZE);
        } else {
            COPY_BY_TWO_WORDS(out, value, WORD_SIZE);
        }
    } else if (value.length > 2 * LARGE_WORD_SIZE) {
        memcpy(out, value.data, value.length);
    } else if (value.length >= SMALL_WORD_SIZE) {
        COPY_BY_TWO_WORDS(out, value, SMALL_WORD_SIZE);
    } else {
        for (size_t i = 0; i < value.length; i++) {
            out[i] = value.data[i];
        }
    }
}

/* Writes the head of a bulk, a word at once where its length has two digits; the room is there. */
static inline char *write_bulk_head(char *out, size_t length) {
    if (LIKELY(length >= DECIMAL && length < DECIMAL * DECIMAL)) {
        unsigned tens = (unsigned)length / DECIMAL;
        unsigned units = (unsigned)length - DECIMAL * tens;
        char head[] = {'$', (char)('0' + tens), (char)('0' + units), '\r', '\n'};
        memcpy(out, head, sizeof head);
        return out + sizeof head;
    }
    return write_head(out, '$', (int64_t)length);
}

static inline char *write_bulk(char *out, struct bytes value) {
    out = write_bulk_head(out, value.length);
    copy_value(out, value);
    out += value.length;
    memcpy(out, "\r\n", LINE_END_SIZE);
    return out + LINE_END_SIZE;
}

/* Room for a bulk is there or not; kept apart, so that the usual way saves no registers. */
static __attribute__((noinline)) void append_bulk_growing(struct reply *reply, struct bytes value) {
    grow(reply, HEAD_MAX_SIZE + value.length + LINE_END_SIZE);
    reply->at = write_bulk(reply->at, value);
}

void reply_bulk(struct reply *reply, struct bytes value) {
    size_t room = (size_t)(reply->limit - reply->at);
    if (UNLIKELY(room < HEAD_MAX_SIZE + value.length + LINE_END_SIZE)) {
        append_bulk_growing(reply, value);
        return;
    }
    reply->at = write_bulk(reply->at, value);
}

void reply_bulks(struct reply *reply, const struct bytes *values, size_t count) {
    size_t size = count * (HEAD_MAX_SIZE + LINE_END_SIZE);
    for (size_t i = 0; i < count; i++) {
        size += values[i].length;
    }
    char *out = reply_reserve(reply, size);
    /* Values in a row mostly have one length: the head of the last is kept, as a word. */
    char head[HEAD_MAX_SIZE] = {0};
    uint64_t head_word = 0;
    size_t head_size = 0;
    size_t head_length = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (UNLIKELY(values[i].length != head_length)) {
            head_length = values[i].length;
            head_size = (size_t)(write_bulk_head(head, head_length) - head);
            memcpy(&head_word, head, sizeof head_word);
        }
        if (LIKELY(head_size <= sizeof head_word)) {
            memcpy(out, &head_word, sizeof head_word);
        } else {
            memcpy(out, head, sizeof head);
        }
        out += head_size;
        copy_value(out, values[i]);
        out += values[i].length;
        memcpy(out, "\r\n", LINE_END_SIZE);
        out += LINE_END_SIZE;
    }
    reply->at = out;
}

void reply_bulk_text(struct reply *reply, const char *text) {
    reply_bulk(reply, bytes_of_text(text));
}

void reply_bulk_integer(struct reply *reply, int64_t value) {
    char digits[TEXT_INT64_MAX_SIZE];
    size_t length = text_print_int64(digits, value);
    reply_bulk(reply, (struct bytes){digits, length});
}

void reply_null(struct reply *reply) {
    append(reply, reply->protocol == RESP3 ? BYTES("_\r\n") : BYTES("$-1\r\n"));
}

void reply_null_array(struct reply *reply) {
    append(reply, reply->protocol == RESP3 ? BYTES("_\r\n") : BYTES("*-1\r\n"));
}

void reply_double(struct reply *reply, double value) {
    char digits[TEXT_DOUBLE_MAX_SIZE];
    size_t length = text_print_double(digits, value);
    if (reply->protocol != RESP3) {
        reply_bulk(reply, (struct bytes){digits, length});
        return;
    }
    append(reply, BYTES(","));
    append(reply, (struct bytes){digits, length});
    append(reply, BYTES("\r\n"));
}

void reply_bool(struct reply *reply, bool value) {
    if (reply->protocol == RESP3) {
        append(reply, value ? BYTES("#t\r\n") : BYTES("#f\r\n"));
    } else {
        reply_integer(reply, value);
    }
}

void reply_big_number(struct reply *reply, struct bytes digits) {
    if (reply->protocol != RESP3) {
        reply_bulk(reply, digits);
        return;
    }
    append(reply, BYTES("("));
    append(reply, digits);
    append(reply, BYTES("\r\n"));
}

void reply_verbatim(struct reply *reply, const char *format, struct bytes text) {
    if (reply->protocol != RESP3) {
        reply_bulk(reply, text);
        return;
    }
    append_head(reply, '=', (int64_t)(text.length + VERBATIM_FORMAT_SIZE + 1));
    append(reply, (struct bytes){format, VERBATIM_FORMAT_SIZE});
    append(reply, BYTES(":"));
    append(reply, text);
    append(reply, BYTES("\r\n"));
}

/* The head of an aggregate in the reply's protocol. */
static char *write_aggregate_head(const struct reply *reply, char *out, char type, size_t count) {
    if (reply->protocol == RESP3) {
        return write_head(out, type, (int64_t)count);
    }
    return write_head(out, '*', (int64_t)(type == '%' ? 2 * count : count));
}

static void append_aggregate_head(struct reply *reply, char type, size_t count) {
    char *out = reply_reserve(reply, HEAD_MAX_SIZE);
    reply->at = write_aggregate_head(reply, out, type, count);
}

void reply_array(struct reply *reply, size_t count) {
    append_aggregate_head(reply, '*', count);
}

void reply_map(struct reply *reply, size_t pair_count) {
    append_aggregate_head(reply, '%', pair_count);
}

void reply_set(struct reply *reply, size_t count) {
    append_aggregate_head(reply, '~', count);
}

void reply_push(struct reply *reply, size_t count) {
    append_aggregate_head(reply, '>', count);
}

void reply_attribute(struct reply *reply, size_t pair_count) {
    ASSERT(reply->protocol == RESP3);
    append_aggregate_head(reply, '|', pair_count);
}

size_t reply_begin(struct reply *reply) {
    return (size_t)(reply->at - reply->start);
}

/* Makes a gap of `size` bytes at the mark and returns it. */
static char *insert_gap(struct reply *reply, size_t mark, size_t size) {
    reply_reserve(reply, size);
    char *place = reply->start + mark;
    memmove(place + size, place, (size_t)(reply->at - place));
    reply->at += size;
    if (reply->errors > 0 && reply->last_error >= mark) {
        reply->last_error += size;
    }
    return place;
}

static void end_aggregate(struct reply *reply, size_t mark, char type, size_t count) {
    char head[HEAD_MAX_SIZE];
    size_t head_size = (size_t)(write_aggregate_head(reply, head, type, count) - head);
    memcpy(insert_gap(reply, mark, head_size), head, head_size);
}

void reply_end_array(struct reply *reply, size_t mark, size_t count) {
    end_aggregate(reply, mark, '*', count);
}

void reply_end_map(struct reply *reply, size_t mark, size_t pair_count) {
    end_aggregate(reply, mark, '%', pair_count);
}

void reply_end_set(struct reply *reply, size_t mark, size_t count) {
    end_aggregate(reply, mark, '~', count);
}

void reply_end_behind(struct reply *reply, size_t mark, struct bytes value) {
    struct reply bulk;
    reply_init(&bulk, NULL, 0, reply->protocol);
    reply_bulk(&bulk, value);
    struct bytes encoded = reply_written(&bulk);
    memcpy(insert_gap(reply, mark, encoded.length), encoded.data, encoded.length);
    reply_release(&bulk);
}

void reply_own(struct reply *reply) {
    if (reply->own == NULL) {
        grow(reply, 0);
    }
}

void reply_take(struct reply *reply, struct reply *other) {
    struct bytes written = reply_written(other);
    if (other->errors > 0) {
        reply->errors += other->errors;
        reply->last_error = (size_t)(reply->at - reply->start) + other->last_error;
    }
    if (LIKELY(other->own == NULL && other->start == reply->at)) {
        reply->at += written.length;
    } else {
        append(reply, written);
    }
    reply_release(other);
}

void reply_raw(struct reply *reply, struct bytes encoded) {
    append(reply, encoded);
}

void reply_help(struct reply *reply, const char *command, const char *const lines[], size_t count) {
    enum { FRAME_LINE_COUNT = 3 };
    char title[ERROR_TEXT_SIZE];
    (void)snprintf(title, sizeof title,
                   "%s <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", command);
    reply_array(reply, count + FRAME_LINE_COUNT);
    reply_simple(reply, title);
    for (size_t i = 0; i < count; i++) {
        reply_simple(reply, lines[i]);
    }
    reply_simple(reply, "HELP");
    reply_simple(reply, "    Print this help.");
}
