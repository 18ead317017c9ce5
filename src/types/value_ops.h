/*
 * value_ops: what can be done with a value of any type, through one table row per type.
 */
#ifndef LATCHKEY_TYPES_VALUE_OPS_H
#define LATCHKEY_TYPES_VALUE_OPS_H

#include "types/type_row.h"
#include "types/value.h"
#include "types/value_piece.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* True for a collection without elements: its key must go. No string or stream is empty so. */
bool value_ops_is_empty(const struct value *value);

/*
 * Bytes of memory that the value takes beyond its entry.
 * sample_count  elements to measure in a large collection, the rest is extrapolated; 0 = all.
 */
size_t value_ops_memory(const struct value *value, size_t sample_count);

/* Roughly how many allocations freeing it takes: who should free it in the background. */
size_t value_ops_free_effort(const struct value *value);

/* The table by field or member of a large hash, set or sorted set; NULL for all else. */
struct table *value_ops_inner_table(const struct value *value);

/* The earliest deadline inside the value, in ms since 1970; -1 without. */
int64_t value_ops_next_deadline(const struct value *value);

/* Visits every element in order (a string is one element). */
void value_ops_walk(const struct value *value, value_visitor visit, void *context);

/* What the pieces of the value would be now. */
struct value_shape value_ops_shape(const struct value *value);

/* Visits all pieces of the value as it is. */
void value_ops_pieces(const struct value *value, value_piece_visitor visit, void *context);

/*
 * True when handing out all pieces at once would take long: more than about `element_max`
 * elements, or more than 256 bytes for each of so many. Such a value is kept instead.
 */
bool value_ops_is_large(const struct value *value, size_t element_max);

/*
 * Keeps the value as it is now, to be walked in slices while it goes on changing. May change the
 * value's encoding: store it back. Only for a value that is large and not kept yet (asserted).
 * Until the walk is over, whoever would free the value must not, but hand it to the walk.
 */
struct value_shape value_ops_keep(struct value *value);

/*
 * What identifies the walk over the kept value, whatever form the value takes meanwhile; NULL when
 * there is none.
 */
const void *value_ops_kept(const struct value *value);

/*
 * Visits further pieces of the kept value, about `budget` bytes. Returns true when that was the
 * last: then it is kept no longer. visit: NULL drops the pieces. Any copy of the value's struct
 * made after value_ops_keep serves, wherever the value is stored meanwhile.
 */
bool value_ops_walk_kept(struct value *value, size_t budget, value_piece_visitor visit,
                         void *context);

#endif
