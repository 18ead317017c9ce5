/*
 * value_ops: what can be done with a value of any type, through one table row per type.
 */
#ifndef LATCHKEY_TYPES_VALUE_OPS_H
#define LATCHKEY_TYPES_VALUE_OPS_H

#include "types/type_row.h"
#include "types/value.h"

#include <stdbool.h>
#include <stddef.h>

/* Frees what the value owns; the value is dead. Borrowed bytes are left alone. O(elements). */
void value_ops_free(struct value *value);

/* Makes an independent copy in *copy: it owns its object, or borrows the bytes of the source. */
void value_ops_copy(const struct value *source, struct value *copy);

/* The type's name as TYPE says it. */
const char *value_ops_type_name(enum value_type type);

/* The encoding's name as OBJECT ENCODING says it. */
const char *value_ops_encoding_name(const struct value *value);

/* Elements of a collection, bytes of a string. */
size_t value_ops_length(const struct value *value);

/* True for a collection without elements: its key must go. A string is never empty so. */
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
