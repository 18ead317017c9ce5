/*
 * hash_type: maps of fields to values: a listpack of pairs while small, else a table with one
 * allocation a field.
 *
 * The thresholds are those of type_limits; a hash never becomes compact again. A field may have a
 * deadline. Fields that are due are passed over by every function here but those that say
 * otherwise, until hash_type_take_due removes them. Hashes without such fields pay nothing for it.
 */
#ifndef LATCHKEY_TYPES_HASH_TYPE_H
#define LATCHKEY_TYPES_HASH_TYPE_H

#include "base/sds.h"
#include "base/text.h"
#include "types/hash_item.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random;
struct table;
struct value;
struct value_ops;

enum { HASH_SCRATCH_SIZE = TEXT_INT64_MAX_SIZE };

/* Gets one field; returns false to stop. The bytes are dead after the call. */
typedef bool (*hash_visitor)(void *context, const struct hash_field *field);

/* Makes an empty hash. */
void hash_type_create(struct value *value);

/* Converts a compact hash that is about to get pairs which it cannot hold. */
void hash_type_prepare(struct value *value, const struct bytes *pairs, size_t pair_count);

/* Fields, due ones that are still there included. O(1). */
size_t hash_type_length(const struct value *value);

/* Reads a field: a view into the hash or scratch. False when it is absent. */
bool hash_type_get(const struct value *value, struct bytes name, char scratch[HASH_SCRATCH_SIZE],
                   struct bytes *found);

/*
 * Writes a field and returns true when it was absent. O(1), compact: O(n).
 * keeps_deadline  whether a deadline of the field stays; else it is dropped.
 */
bool hash_type_set(struct value *value, struct bytes name, struct bytes text, bool keeps_deadline);

/* Removes a field; false when there was none. A due one is left to hash_type_take_due. */
bool hash_type_delete(struct value *value, struct bytes name);

/* ---- Deadlines ---- */

/* Reads the deadline of a field, HASH_NO_DEADLINE without one. False when the field is absent. */
bool hash_type_deadline(const struct value *value, struct bytes name, int64_t *deadline_ms);

/* Gives a field a deadline, or takes it away. False when the field is absent. O(log n). */
bool hash_type_set_deadline(struct value *value, struct bytes name, int64_t deadline_ms);

/* The earliest deadline, HASH_NO_DEADLINE without any. O(log n), compact: O(1). */
int64_t hash_type_next_deadline(const struct value *value);

/*
 * Removes fields whose deadlines are before now_ms, earliest first, at most `limit`, and visits
 * each before it goes. Returns their number.
 */
size_t hash_type_take_due(struct value *value, int64_t now_ms, size_t limit, hash_visitor visit,
                          void *context);

/* True when the hash has taken the form that holds deadlines (which it keeps). */
bool hash_type_is_timed(const struct value *value);

/* ---- Walking ---- */

/* Visits all fields. False when the visitor stopped. */
bool hash_type_each(const struct value *value, hash_visitor visit, void *context);

/*
 * Visits the fields of one cursor position and returns the next cursor, 0 at the end; start with
 * 0. A compact hash is one position. Guarantees as table_scan.
 */
uint64_t hash_type_scan(const struct value *value, uint64_t cursor, hash_visitor visit,
                        void *context);

/* As hash_type_scan, due fields included: for those who store the hash. */
uint64_t hash_type_scan_all(const struct value *value, uint64_t cursor, hash_visitor visit,
                            void *context);

/* Visits one fair random field of a hash that is not empty; false when all are due. */
bool hash_type_random(const struct value *value, struct random *random, hash_visitor visit,
                      void *context);

/* Visits a fair sample of distinct fields: `count` of them, or all if there are fewer. */
void hash_type_sample(const struct value *value, struct random *random, size_t count,
                      hash_visitor visit, void *context);

/* ---- Storing ---- */

/*
 * Makes a hash of a verified listpack of pairs. block: taken. A block beyond the thresholds is
 * converted. An odd block, or one with a field twice, is refused: false, and the block is freed.
 */
bool hash_type_from_listpack(struct value *value, uint8_t *block);

/*
 * As above, for a block of name, value, deadline (0: none), in the order of deadlines. One with a
 * deadline that is no time from 0 to HASH_DEADLINE_MAX is refused, too.
 */
bool hash_type_from_timed_listpack(struct value *value, uint8_t *block);

/* Makes an empty hash that is a table with room for so many fields, for loading. */
void hash_type_create_table(struct value *value, size_t count);

/* The inner table of a large hash, NULL for a compact one: for figures, and to hold resizing. */
struct table *hash_type_table(const struct value *value);

/* The row of value_ops. */
extern const struct value_ops hash_type_ops;

#endif
