/*
 * buffer: growable bytes for tests, always followed by a zero byte that is not counted.
 *
 * Out of memory ends the process.
 */
#ifndef SUPPORT_BUFFER_H
#define SUPPORT_BUFFER_H

#include <stddef.h>

struct buffer {
    char *data;      /* NULL while empty and never filled. */
    size_t size;     /* Bytes in use. */
    size_t capacity; /* Bytes allocated. */
};

/* Makes room for `size` further bytes and returns where they go; buffer->size stays. */
char *buffer_reserve(struct buffer *buffer, size_t size);

/* Appends bytes. */
void buffer_append(struct buffer *buffer, const char *data, size_t size);

/* Appends a zero-terminated text. */
void buffer_append_text(struct buffer *buffer, const char *text);

/* Appends formatted text, as printf makes it. */
void buffer_append_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends bytes as readable text: CR LF as "\r\n", what is not printable as \xHH. */
void buffer_append_escaped(struct buffer *buffer, const char *data, size_t size);

/* Takes `size` bytes away from the front. */
void buffer_consume(struct buffer *buffer, size_t size);

/* Empties the buffer and keeps its memory. */
void buffer_clear(struct buffer *buffer);

/* Returns the content as text, "" when empty. Valid until the next change. */
const char *buffer_text(const struct buffer *buffer);

/* Frees the content; the buffer is then empty. */
void buffer_release(struct buffer *buffer);

/*
 * Prints a message to standard error and aborts: for what a test cannot go on without.
 * Criterion reports the test as crashed, under the message.
 */
_Noreturn void support_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
