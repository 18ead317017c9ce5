/*
 * Growth by doubling; one spare byte holds the terminating zero.
 */
#include "support/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64, FIRST_PRINTABLE = 0x20, LAST_PRINTABLE = 0x7e };

_Noreturn void support_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    (void)fflush(stderr);
    abort();
}

char *buffer_reserve(struct buffer *buffer, size_t size) {
    size_t needed = buffer->size + size + 1;
    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity == 0 ? FIRST_CAPACITY : buffer->capacity;
        while (capacity < needed) {
            capacity *= 2;
        }
        char *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            support_fail("out of memory: %zu bytes", capacity);
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->size;
}

void buffer_append(struct buffer *buffer, const char *data, size_t size) {
    char *end = buffer_reserve(buffer, size);
    if (size > 0) {
        memcpy(end, data, size);
    }
    end[size] = '\0';
    buffer->size += size;
}

void buffer_append_text(struct buffer *buffer, const char *text) {
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_format(struct buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0) {
        support_fail("cannot format '%s'", format);
    }
    char *end = buffer_reserve(buffer, (size_t)size);
    (void)vsnprintf(end, (size_t)size + 1, format, again);
    va_end(again);
    buffer->size += (size_t)size;
}

void buffer_append_escaped(struct buffer *buffer, const char *data, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (byte == '\r') {
            buffer_append_text(buffer, "\\r");
        } else if (byte == '\n') {
            buffer_append_text(buffer, "\\n");
        } else if (byte == '\\' || byte == '"') {
            buffer_append_format(buffer, "\\%c", byte);
        } else if (byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE) {
            buffer_append(buffer, &data[i], 1);
        } else {
            buffer_append_format(buffer, "\\x%02x", byte);
        }
    }
}

void buffer_consume(struct buffer *buffer, size_t size) {
    buffer->size -= size;
    if (size > 0) {
        memmove(buffer->data, buffer->data + size, buffer->size);
        buffer->data[buffer->size] = '\0';
    }
}

void buffer_clear(struct buffer *buffer) {
    buffer->size = 0;
    if (buffer->data != NULL) {
        buffer->data[0] = '\0';
    }
}

const char *buffer_text(const struct buffer *buffer) {
    return buffer->data == NULL ? "" : buffer->data;
}

void buffer_release(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}
