/*
 * Each switch lists all types and has no default, so that a new type finds its places.
 */
#include "types/value_ops.h"

#include "base/panic.h"
#include "types/list_type.h"
#include "types/string_type.h"

void value_ops_free(struct value *value) {
    switch ((enum value_type)value->type) {
    case VALUE_STRING:
        string_free(value);
        return;
    case VALUE_LIST:
        list_type_free(value);
        return;
    case VALUE_TYPE_COUNT:
        break;
    }
    UNREACHABLE();
}

void value_ops_copy(const struct value *source, struct value *copy) {
    switch ((enum value_type)source->type) {
    case VALUE_STRING:
        string_copy(source, copy);
        return;
    case VALUE_LIST:
        list_type_copy(source, copy);
        return;
    case VALUE_TYPE_COUNT:
        break;
    }
    UNREACHABLE();
}

const char *value_ops_type_name(enum value_type type) {
    switch (type) {
    case VALUE_STRING:
        return "string";
    case VALUE_LIST:
        return "list";
    case VALUE_TYPE_COUNT:
        break;
    }
    UNREACHABLE();
}

const char *value_ops_encoding_name(const struct value *value) {
    switch ((enum value_type)value->type) {
    case VALUE_STRING:
        return string_encoding_name(value);
    case VALUE_LIST:
        return list_type_encoding_name(value);
    case VALUE_TYPE_COUNT:
        break;
    }
    UNREACHABLE();
}

size_t value_ops_length(const struct value *value) {
    switch ((enum value_type)value->type) {
    case VALUE_STRING:
        return string_length(value);
    case VALUE_LIST:
        return list_type_length(value);
    case VALUE_TYPE_COUNT:
        break;
    }
    UNREACHABLE();
}

bool value_ops_is_empty(const struct value *value) {
    return value->type != VALUE_STRING && value_ops_length(value) == 0;
}

size_t value_ops_memory(const struct value *value, size_t sample_count) {
    switch ((enum value_type)value->type) {
    case VALUE_STRING:
        return string_memory(value);
    case VALUE_LIST:
        return list_type_memory(value, sample_count);
    case VALUE_TYPE_COUNT:
        break;
    }
    UNREACHABLE();
}

size_t value_ops_free_effort(const struct value *value) {
    switch ((enum value_type)value->type) {
    case VALUE_STRING:
        return 1;
    case VALUE_LIST:
        return list_type_free_effort(value);
    case VALUE_TYPE_COUNT:
        break;
    }
    UNREACHABLE();
}

void value_ops_walk(const struct value *value, value_visitor visit, void *context) {
    char scratch[STRING_SCRATCH_SIZE];
    switch ((enum value_type)value->type) {
    case VALUE_STRING:
        visit(context, string_bytes(value, scratch), (struct bytes){NULL, 0});
        return;
    case VALUE_LIST:
        list_type_walk(value, visit, context);
        return;
    case VALUE_TYPE_COUNT:
        break;
    }
    UNREACHABLE();
}
