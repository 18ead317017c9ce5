/*
 * list_type: lists as one listpack while small, as a quicklist when larger.
 *
 * The thresholds are those of type_limits. A list that shrinks to half of a node becomes a
 * listpack again.
 */
#ifndef LATCHKEY_TYPES_LIST_TYPE_H
#define LATCHKEY_TYPES_LIST_TYPE_H

#include "base/sds.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct value;
struct value_ops;

enum list_end { LIST_HEAD, LIST_TAIL };

enum { LIST_SCRATCH_SIZE = TEXT_INT64_MAX_SIZE };

/* Gets one element; returns false to stop. index: 0-based from the head. */
typedef bool (*list_visitor)(void *context, size_t index, struct bytes element);

/* Makes an empty list. */
void list_type_create(struct value *value);

/* Elements. O(1). */
size_t list_type_length(const struct value *value);

/*
 * Prepares a list for elements that are about to be pushed together, inserted or set: converts a
 * listpack if it must. Whoever adds or sets elements calls it before.
 */
void list_type_prepare(struct value *value, const struct bytes *elements, size_t count);

/* Adds an element at one end. O(1) for long lists, O(bytes) for a listpack's head. */
void list_type_push(struct value *value, struct bytes element, enum list_end end);

/* The element at a 0-based index, negative from the tail: a view into the list or scratch. */
bool list_type_get(const struct value *value, int64_t index, char scratch[LIST_SCRATCH_SIZE],
                   struct bytes *element);

/* Removes `count` elements (at most the length) from one end. */
void list_type_drop(struct value *value, enum list_end end, size_t count);

/* Visits `count` elements from an index on, towards the tail or (`backwards`) the head. */
void list_type_range(const struct value *value, size_t index, size_t count, bool backwards,
                     list_visitor visit, void *context);

/* Replaces the element at an index; false when there is none. */
bool list_type_set(struct value *value, int64_t index, struct bytes element);

/* Inserts next to the first element equal to pivot; false when there is none. O(n). */
bool list_type_insert(struct value *value, struct bytes pivot, struct bytes element, bool behind);

/*
 * Removes elements equal to `element`: the first `count` from the head, from the tail when count
 * is negative, all when 0. Returns their number. O(n).
 */
size_t list_type_remove(struct value *value, struct bytes element, int64_t count);

/* ---- Storing ---- */

/*
 * Makes a list that gets whole nodes, for loading: add them, then settle. Verified listpacks that
 * are not empty are taken, and texts. list_type_settle makes a list of one small node a listpack;
 * false when it got no node: then it is freed.
 */
void list_type_create_nodes(struct value *value);
void list_type_add_listpack(struct value *value, uint8_t *block);
void list_type_add_plain(struct value *value, sds text);
bool list_type_settle(struct value *value);

/* The row of value_ops. */
extern const struct value_ops list_type_ops;

#endif
