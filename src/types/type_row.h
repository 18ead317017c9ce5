/*
 * type_row: what a type brings, as one row of functions; value_ops.h calls through it.
 */
#ifndef LATCHKEY_TYPES_TYPE_ROW_H
#define LATCHKEY_TYPES_TYPE_ROW_H

#include "base/sds.h"
#include "types/value_piece.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table;
struct value;

/* Gets one element of a walk. `second` is the value of a field, else empty. */
typedef void (*value_visitor)(void *context, struct bytes first, struct bytes second);

/*
 * What a type brings: one constant in its own module, named <type>_ops, listed in value_ops.c.
 * The contracts are those of the functions of the same name in value_ops.h.
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
    struct table *(*inner_table)(const struct value *value); /* NULL: none */
    int64_t (*next_deadline)(const struct value *value);     /* NULL: none inside */
    struct value_shape (*shape)(const struct value *value);
    void (*pieces)(const struct value *value, value_piece_visitor visit, void *context);
    bool (*is_large)(const struct value *value, size_t element_max);
    struct value_shape (*keep)(struct value *value);
    const void *(*kept)(const struct value *value);
    bool (*walk_kept)(struct value *value, size_t budget, value_piece_visitor visit, void *context);
};

#endif
