/*
 * set_type: sets of distinct members: an intset while all are integers, a listpack while small and
 * few, else a table with one allocation a member.
 *
 * The thresholds are those of type_limits. Removing never makes a set compact again, but taking a
 * large sample does, and so does every set that is built anew (see set_type_pop).
 */
#ifndef LATCHKEY_TYPES_SET_TYPE_H
#define LATCHKEY_TYPES_SET_TYPE_H

#include "base/sds.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random;
struct table;
struct value;
struct value_ops;

enum { SET_SCRATCH_SIZE = TEXT_INT64_MAX_SIZE };

/* Gets one member; returns false to stop. The bytes are dead after the call. */
typedef bool (*set_visitor)(void *context, struct bytes member);

/*
 * Makes an empty set for `count` members of which `first` is one: the encoding that they will need.
 */
void set_type_create(struct value *value, struct bytes first, size_t count);

/* Makes an empty set whose encoding follows from what is added. */
void set_type_create_empty(struct value *value);

/* Converts a compact set that is about to get `count` members which it cannot hold. */
void set_type_prepare(struct value *value, size_t count);

/* Counts the members. O(1). */
size_t set_type_length(const struct value *value);

/* Adds a member; false when it was there. O(1), compact: O(n). */
bool set_type_add(struct value *value, struct bytes member);

/* Removes a member; false when there was none. O(1), compact: O(n). */
bool set_type_remove(struct value *value, struct bytes member);

/* Says whether a member is there. O(1), intset: O(log n), listpack: O(n). */
bool set_type_contains(const struct value *value, struct bytes member);

/* Visits all members; integers of an intset in rising order. False when the visitor stopped. */
bool set_type_each(const struct value *value, set_visitor visit, void *context);

/*
 * Visits the members of one cursor position and returns the next cursor, 0 at the end; start with
 * 0. A compact set is one position. Guarantees as table_scan.
 */
uint64_t set_type_scan(const struct value *value, uint64_t cursor, set_visitor visit,
                       void *context);

/* A fair random member of a set that is not empty: a view into the set or scratch. */
struct bytes set_type_random(const struct value *value, struct random *random,
                             char scratch[SET_SCRATCH_SIZE]);

/* Visits a fair sample of `count` distinct members, at most the length (asserted). */
void set_type_sample(const struct value *value, struct random *random, size_t count,
                     set_visitor visit, void *context);

/* As set_type_sample, and removes what it visits. */
void set_type_pop(struct value *value, struct random *random, size_t count, set_visitor visit,
                  void *context);

/*
 * Visits the members that all sets have, from the smallest on; sets[0] is the smallest. Integer
 * sets and pairs of tables of one size are merged without a look-up.
 */
bool set_type_intersect(const struct value *const *sets, size_t count, set_visitor visit,
                        void *context);

/* What a set consists of, for those who store it as it is. */
enum set_kind { SET_KIND_INTEGERS, SET_KIND_LISTPACK, SET_KIND_MEMBERS };

/* The kind, and the block of a compact set (a view). */
enum set_kind set_type_kind(const struct value *value, struct bytes *block);

/*
 * Makes a set of a verified block: an intset, or a listpack of distinct members. block: taken. A
 * block beyond the thresholds is converted. A listpack with a member twice is refused: false, and
 * the block is freed.
 */
bool set_type_from_intset(struct value *value, uint8_t *block);
bool set_type_from_listpack(struct value *value, uint8_t *block);

/* Grows a table at once for `count` members, for loading. */
void set_type_reserve(struct value *value, size_t count);

/* The inner table of a large set, NULL for a compact one: for figures, and to hold resizing. */
struct table *set_type_table(const struct value *value);

/* The row of value_ops. */
extern const struct value_ops set_type_ops;

#endif
