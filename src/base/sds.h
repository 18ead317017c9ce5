/*
 * sds: owned, growable bytes; and struct bytes, a borrowed view of bytes.
 *
 * An sds points at its first byte; length and capacity stand before it, a zero byte behind the
 * last (not counted), so that it can be printed. Bytes are not text: any byte may occur.
 */
#ifndef LATCHKEY_BASE_SDS_H
#define LATCHKEY_BASE_SDS_H

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef char *sds;

/* A borrowed view: dead after the next change of its source. data may be NULL if length is 0. */
struct bytes {
    const char *data;
    size_t length;
};

/* The view of a string literal. */
#define BYTES(literal) ((struct bytes){(literal), sizeof(literal) - 1})

/* The view of a C string. O(n). */
struct bytes bytes_of_text(const char *text);

/* True when both have the same bytes. */
bool bytes_equal(struct bytes a, struct bytes b);

/* True when both have the same bytes but for the case of ASCII letters. */
bool bytes_equal_nocase(struct bytes a, struct bytes b);

/* As bytes_equal_nocase against a C string: bytes_is(arg, "withscores"). */
bool bytes_is(struct bytes a, const char *text);

/* Orders as memcmp, the shorter first when one is a prefix of the other. <0, 0, >0. */
int bytes_compare(struct bytes a, struct bytes b);

/* A new sds with a copy of the bytes. Free with sds_free. */
sds sds_new(struct bytes source);

/* A new empty sds with room for capacity bytes. */
sds sds_with_capacity(size_t capacity);

/* A new sds of `length` undefined bytes, exactly sized: to read into. */
sds sds_uninitialized(size_t length);

/* Frees. NULL is accepted. */
void sds_free(sds text);

/* Bytes in use, and bytes that fit without moving. */
size_t sds_length(const char *text);
size_t sds_capacity(const char *text);

/* Bytes that the allocation takes, header included. */
size_t sds_memory(const char *text);

/* A view of all bytes; dead after the next change. */
struct bytes sds_view(const char *text);

/* Appends; returns the (moved) sds, the old one is dead. Grows by half again: amortized O(n). */
sds sds_append(sds text, struct bytes tail) __attribute__((warn_unused_result));

/* Appends text built as printf does. */
sds sds_append_format(sds text, const char *format, ...)
    __attribute__((format(printf, 2, 3), warn_unused_result));
sds sds_append_format_list(sds text, const char *format, va_list list)
    __attribute__((format(printf, 2, 0), warn_unused_result));

/* Appends the bytes in double quotes, as logs show them: \n \r \t \a \b \" \\ and \xHH. */
sds sds_append_quoted(sds text, struct bytes source) __attribute__((warn_unused_result));

/* Makes room for `extra` more bytes without changing the length. */
sds sds_reserve(sds text, size_t extra) __attribute__((warn_unused_result));

/* Sets the length: new bytes are zero, surplus is cut (capacity stays). */
sds sds_resize(sds text, size_t length) __attribute__((warn_unused_result));

/* Sets the length within the capacity after bytes were written behind the end. */
void sds_set_length(sds text, size_t length);

/* Keeps only bytes [offset, offset + length) by moving them to the front. */
void sds_keep(sds text, size_t offset, size_t length);

/*
 * At most eight bytes as one word; the length tells what the word leaves open. Inline: each request
 * asks for that of its name.
 */
static inline uint64_t bytes_word(struct bytes source) {
    enum { HALF_SIZE = 4, HALF_BITS = 32 };
    if (source.length >= HALF_SIZE) {
        uint32_t first, last;
        memcpy(&first, source.data, HALF_SIZE);
        memcpy(&last, source.data + source.length - HALF_SIZE, HALF_SIZE);
        return (uint64_t)last << HALF_BITS | first;
    }
    uint64_t word = 0;
    for (size_t i = 0; i < source.length; i++) {
        word = word << CHAR_BIT | (unsigned char)source.data[i];
    }
    return word;
}

#endif
