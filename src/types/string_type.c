/*
 * Encodings: an integer (the word itself), inline bytes ("embstr" up to 44 bytes, else "raw", as
 * the names go by length), inline bytes shown as raw, and a buffer (raw).
 */
#include "types/string_type.h"

#include "base/panic.h"
#include "types/type_row.h"
#include "types/value.h"

#include <string.h>

enum string_encoding { STRING_INTEGER, STRING_INLINE, STRING_BUFFER };

enum { EMBSTR_MAX = 44, INTEGER_TEXT_MAX = 20 };

static void make_buffer(struct value *value, sds text) {
    *value = (struct value){
        .type = VALUE_STRING,
        .encoding = STRING_BUFFER,
        .storage = VALUE_STORED_OBJECT,
        .object = text,
    };
}

void string_value_of_integer(int64_t number, struct value *value) {
    *value = (struct value){
        .type = VALUE_STRING,
        .encoding = STRING_INTEGER,
        .storage = VALUE_STORED_INTEGER,
        .integer = number,
    };
}

void string_value_of(struct bytes text, struct value *value) {
    int64_t number;
    if (text.length <= INTEGER_TEXT_MAX && text_parse_int64(text, &number)) {
        string_value_of_integer(number, value);
        return;
    }
    string_value_of_text(text, value);
}

void string_value_of_text(struct bytes text, struct value *value) {
    if (text.length > STRING_INLINE_MAX) {
        make_buffer(value, sds_new(text));
        return;
    }
    *value = (struct value){
        .type = VALUE_STRING,
        .encoding = STRING_INLINE,
        .storage = VALUE_STORED_BYTES,
        .bytes = text,
    };
}

void string_value_of_sds(sds text, struct value *value) {
    int64_t number;
    if (sds_length(text) <= INTEGER_TEXT_MAX && text_parse_int64(sds_view(text), &number)) {
        sds_free(text);
        string_value_of_integer(number, value);
        return;
    }
    make_buffer(value, text);
}

void string_value_of_raw(sds text, struct value *value) {
    make_buffer(value, text);
}

struct bytes string_bytes(const struct value *value, char scratch[STRING_SCRATCH_SIZE]) {
    switch ((enum string_encoding)value->encoding) {
    case STRING_INTEGER:
        return (struct bytes){scratch, text_print_int64(scratch, value->integer)};
    case STRING_INLINE:
        return value->bytes;
    case STRING_BUFFER:
        return sds_view(value->object);
    }
    UNREACHABLE();
}

size_t string_length(const struct value *value) {
    char scratch[STRING_SCRATCH_SIZE];
    return string_bytes(value, scratch).length;
}

bool string_integer(const struct value *value, int64_t *number) {
    if (value->encoding == STRING_INTEGER) {
        *number = value->integer;
        return true;
    }
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes text = string_bytes(value, scratch);
    return text.length <= INTEGER_TEXT_MAX && text_parse_int64(text, number);
}

void string_append(struct value *value, struct bytes tail) {
    if (value->encoding == STRING_BUFFER) {
        value->object = sds_append(value->object, tail);
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes head = string_bytes(value, scratch);
    sds text = sds_with_capacity(head.length + tail.length);
    text = sds_append(text, head);
    make_buffer(value, sds_append(text, tail));
}

char *string_mutable(struct value *value, size_t length) {
    string_append(value, (struct bytes){NULL, 0});
    sds text = value->object;
    if (sds_length(text) < length) {
        value->object = sds_resize(text, length);
    }
    return value->object;
}

static void string_free(struct value *value) {
    if (value->encoding == STRING_BUFFER) {
        sds_free(value->object);
    }
}

static void string_copy(const struct value *source, struct value *copy) {
    *copy = *source;
    if (source->encoding == STRING_BUFFER) {
        copy->object = sds_new(sds_view(source->object));
    }
}

static const char *string_encoding_name(const struct value *value) {
    switch ((enum string_encoding)value->encoding) {
    case STRING_INTEGER:
        return "int";
    case STRING_INLINE:
        return value->bytes.length <= EMBSTR_MAX ? "embstr" : "raw";
    case STRING_BUFFER:
        return "raw";
    }
    UNREACHABLE();
}

static size_t string_memory(const struct value *value, size_t sample_count) {
    (void)sample_count;
    return value->encoding == STRING_BUFFER ? sds_memory(value->object) : 0;
}

static size_t string_free_effort(const struct value *value) {
    (void)value;
    return 1;
}

static void string_walk(const struct value *value, value_visitor visit, void *context) {
    char scratch[STRING_SCRATCH_SIZE];
    visit(context, string_bytes(value, scratch), (struct bytes){NULL, 0});
}

const struct value_ops string_ops = {
    .type_name = "string",
    .free = string_free,
    .copy = string_copy,
    .encoding_name = string_encoding_name,
    .length = string_length,
    .memory = string_memory,
    .free_effort = string_free_effort,
    .walk = string_walk,
};
