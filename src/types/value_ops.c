/*
 * One row a type, in the order of enum value_type; a type that is missing here fails to compile.
 */
#include "types/value_ops.h"

#include "base/panic.h"
#include "types/hash_type.h"
#include "types/list_type.h"
#include "types/set_type.h"
#include "types/stream_type.h"
#include "types/string_type.h"
#include "types/zset_type.h"

#include <assert.h>

static const struct value_ops *const rows[] = {
    [VALUE_STRING] = &string_ops,  [VALUE_LIST] = &list_type_ops, [VALUE_SET] = &set_type_ops,
    [VALUE_ZSET] = &zset_type_ops, [VALUE_HASH] = &hash_type_ops, [VALUE_STREAM] = &stream_type_ops,
};
static_assert(ARRAY_SIZE(rows) == VALUE_TYPE_COUNT, "each type has its row");

static const struct value_ops *ops_of(const struct value *value) {
    ASSERT(value->type < VALUE_TYPE_COUNT);
    return rows[value->type];
}

void value_ops_free(struct value *value) {
    ops_of(value)->free(value);
}

void value_ops_copy(const struct value *source, struct value *copy) {
    ops_of(source)->copy(source, copy);
}

const char *value_ops_type_name(enum value_type type) {
    ASSERT(type < VALUE_TYPE_COUNT);
    return rows[type]->type_name;
}

const char *value_ops_encoding_name(const struct value *value) {
    return ops_of(value)->encoding_name(value);
}

size_t value_ops_length(const struct value *value) {
    return ops_of(value)->length(value);
}

bool value_ops_is_empty(const struct value *value) {
    return value->type != VALUE_STRING && value->type != VALUE_STREAM &&
           value_ops_length(value) == 0;
}

size_t value_ops_memory(const struct value *value, size_t sample_count) {
    return ops_of(value)->memory(value, sample_count);
}

size_t value_ops_free_effort(const struct value *value) {
    return ops_of(value)->free_effort(value);
}

struct value_shape value_ops_shape(const struct value *value) {
    return ops_of(value)->shape(value);
}

void value_ops_pieces(const struct value *value, value_piece_visitor visit, void *context) {
    ops_of(value)->pieces(value, visit, context);
}

bool value_ops_is_large(const struct value *value, size_t element_max) {
    return ops_of(value)->is_large != NULL && ops_of(value)->is_large(value, element_max);
}

struct value_shape value_ops_keep(struct value *value) {
    ASSERT(value_ops_kept(value) == NULL);
    return ops_of(value)->keep(value);
}

const void *value_ops_kept(const struct value *value) {
    return ops_of(value)->kept != NULL ? ops_of(value)->kept(value) : NULL;
}

bool value_ops_walk_kept(struct value *value, size_t budget, value_piece_visitor visit,
                         void *context) {
    return ops_of(value)->walk_kept(value, budget, visit, context);
}

void value_ops_walk(const struct value *value, value_visitor visit, void *context) {
    ops_of(value)->walk(value, visit, context);
}

struct table *value_ops_inner_table(const struct value *value) {
    const struct value_ops *ops = ops_of(value);
    return ops->inner_table != NULL ? ops->inner_table(value) : NULL;
}

int64_t value_ops_next_deadline(const struct value *value) {
    const struct value_ops *ops = ops_of(value);
    return ops->next_deadline == NULL ? -1 : ops->next_deadline(value);
}
