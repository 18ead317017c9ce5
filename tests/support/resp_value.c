/*
 * Replies: where one ends, and what stands in it.
 */
#include "support/resp.h"

#include <stdlib.h>
#include <string.h>

enum { DECIMAL_BASE = 10, LINE_END_SIZE = 2 };

static bool is_aggregate(char type) {
    return type == '*' || type == '~' || type == '>' || type == '%' || type == '|';
}

static bool is_blob(char type) {
    return type == '$' || type == '!' || type == '=';
}

/* Children of an aggregate whose header says `count`. */
static size_t child_count(char type, int64_t count) {
    if (count <= 0) {
        return 0;
    }
    return type == '%' || type == '|' ? (size_t)count * 2 : (size_t)count;
}

/* Returns the size of the line with its CR LF: 0 incomplete. */
static size_t line_size(const char *data, size_t size) {
    const char *end = size == 0 ? NULL : memchr(data, '\n', size);
    return end == NULL ? 0 : (size_t)(end - data) + 1;
}

int64_t resp_reply_size(const char *data, size_t size) {
    size_t position = 0;
    for (size_t left = 1; left > 0; left--) {
        size_t line = line_size(data + position, size - position);
        if (line == 0) {
            return 0;
        }
        char type = data[position];
        if (strchr("+-:$*_,#(!=%~>|", type) == NULL || type == '\0' || line <= LINE_END_SIZE) {
            return -1;
        }
        int64_t count = strtoll(data + position + 1, NULL, DECIMAL_BASE);
        position += line;
        if (is_aggregate(type)) {
            /* An attribute stands before the reply that it belongs to. */
            left += child_count(type, count) + (type == '|' ? 1 : 0);
        } else if (is_blob(type) && count >= 0) {
            position += (size_t)count + LINE_END_SIZE;
        }
        if (position > size) {
            return 0;
        }
    }
    return (int64_t)position;
}

/* Parses the value at the start of the bytes, which hold it whole; returns its size. */
static size_t parse(const char *data, size_t size, struct resp_value *value) {
    size_t line = line_size(data, size);
    value->type = data[0];
    value->integer = strtoll(data + 1, NULL, DECIMAL_BASE);
    const char *bytes = data + 1;
    value->size = line - LINE_END_SIZE - 1;
    size_t used = line;
    if (is_aggregate(value->type) || is_blob(value->type)) {
        value->is_null = value->integer < 0;
        value->size = 0;
        if (is_blob(value->type) && !value->is_null) {
            bytes = data + line;
            value->size = (size_t)value->integer;
            used += value->size + LINE_END_SIZE;
        }
    }
    value->is_null = value->is_null || value->type == '_';
    value->bytes = calloc(1, value->size + 1);
    value->count = is_aggregate(value->type) ? child_count(value->type, value->integer) : (size_t)0;
    value->items = value->count == 0 ? NULL : calloc(value->count, sizeof *value->items);
    if (value->bytes == NULL || (value->count > 0 && value->items == NULL)) {
        support_fail("out of memory");
    }
    memcpy(value->bytes, bytes, value->size);
    for (size_t i = 0; i < value->count; i++) {
        used += parse(data + used, size - used, &value->items[i]);
    }
    return used;
}

struct resp_value *resp_value_parse(const char *data, size_t size) {
    if (resp_reply_size(data, size) <= 0) {
        support_fail("no complete reply: %.*s", (int)size, data);
    }
    struct resp_value *value = calloc(1, sizeof *value);
    if (value == NULL) {
        support_fail("out of memory");
    }
    (void)parse(data, size, value);
    return value;
}

static void release(struct resp_value *value) {
    for (size_t i = 0; i < value->count; i++) {
        release(&value->items[i]);
    }
    free(value->items);
    free(value->bytes);
}

void resp_value_destroy(struct resp_value *value) {
    if (value != NULL) {
        release(value);
        free(value);
    }
}

const struct resp_value *resp_value_field(const struct resp_value *map, const char *key) {
    for (size_t i = 0; i + 1 < map->count; i += 2) {
        const struct resp_value *name = &map->items[i];
        if (name->size == strlen(key) && memcmp(name->bytes, key, name->size) == 0) {
            return &map->items[i + 1];
        }
    }
    return NULL;
}

static void print_items(const struct resp_value *value, struct buffer *text) {
    bool is_map = value->type == '%' || value->type == '|';
    if (value->type == '~' || value->type == '>' || value->type == '|') {
        buffer_append(text, &value->type, 1);
    }
    buffer_append_text(text, is_map ? "{" : "[");
    for (size_t i = 0; i < value->count; i++) {
        buffer_append_text(text, i == 0 ? "" : " ");
        resp_value_print(&value->items[i], text);
    }
    buffer_append_text(text, is_map ? "}" : "]");
}

void resp_value_print(const struct resp_value *value, struct buffer *text) {
    if (value->is_null) {
        buffer_append_text(text, "nil");
    } else if (is_aggregate(value->type)) {
        print_items(value, text);
    } else if (value->type == '$') {
        buffer_append_text(text, "\"");
        buffer_append_escaped(text, value->bytes, value->size);
        buffer_append_text(text, "\"");
    } else {
        buffer_append(text, &value->type, 1);
        buffer_append_escaped(text, value->bytes, value->size);
    }
}
