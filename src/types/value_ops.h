/*
 * value_ops: what can be done with a value of any type, through one table row per type.
 */
#ifndef LATCHKEY_TYPES_VALUE_OPS_H
#define LATCHKEY_TYPES_VALUE_OPS_H

#include "base/sds.h"
#include "types/value.h"

#include <stdbool.h>
#include <stddef.h>

/* Gets one element of a walk. `second` is the value of a field, else empty. */
typedef void (*value_visitor)(void *context, struct bytes first, struct bytes second);

/*
 * What a type brings: one constant in its own module, named <type>_ops, listed in value_ops.c.
 * The contracts are those of the functions value_ops_* of the same name below.
 */
struct value_ops {
    const char *type_name;
    void (*free)(struct value *value);
    void (*copy)(const struct value *source, struct value *copy);
    const char *(*encoding_name)(const struct value *value);
    size_t (*length)(const struct value *value);
    size_t (*memory)(const struct value *value, size_t sample_count);
    size_t (*free_effort)(const struct value *value);
    void (*walk)(const struct value *value, value_visitor visit, void *context);
};

/* Frees what the value owns; the value is dead. Borrowed bytes are left alone. O(elements). */
void value_ops_free(struct value *value);

/* Makes an independent copy in *copy (which owns its object, or holds bytes borrowed from the source). */
void value_ops_copy(const struct value *source, struct value *copy);

/* The type's name as TYPE says it. */
const char *value_ops_type_name(enum value_type type);

/* The encoding's name as OBJECT ENCODING says it. */
const char *value_ops_encoding_name(const struct value *value);

/* Elements of a collection, bytes of a string. */
size_t value_ops_length(const struct value *value);

/* True for a collection without elements: its key must go. A string is never empty in this sense. */
bool value_ops_is_empty(const struct value *value);

/*
 * Bytes of memory that the value takes beyond its entry.
 * sample_count  elements to measure in a large collection, the rest is extrapolated; 0 = all.
 */
size_t value_ops_memory(const struct value *value, size_t sample_count);

/* Roughly how many allocations freeing it takes: who should free it in the background. */
size_t value_ops_free_effort(const struct value *value);

/* Visits every element in order (a string is one element). */
void value_ops_walk(const struct value *value, value_visitor visit, void *context);

#endif
