/*
 * zset_type: sorted sets: members with scores, in order of score and then of member bytes: a
 * listpack of pairs while small, else a table and a tree that share one copy of each member.
 *
 * The thresholds are those of type_limits; a sorted set never becomes compact again, but every one
 * that is built anew is (see zset_type_compact). Scores are never NaN.
 */
#ifndef LATCHKEY_TYPES_ZSET_TYPE_H
#define LATCHKEY_TYPES_ZSET_TYPE_H

#include "base/sds.h"
#include "base/text.h"
#include "structs/score_tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random;
struct table;
struct value;
struct value_ops;

/* Gets one pair; returns false to stop. The bytes are dead after the call. */
typedef bool (*zset_visitor)(void *context, struct bytes member, double score);

/* Makes an empty sorted set. */
void zset_type_create(struct value *value);

/* As above with the encoding that so many members, the longest of this length, will need. */
void zset_type_create_for(struct value *value, size_t count, size_t longest);

/* Makes an empty sorted set that is large from the start. */
void zset_type_create_large(struct value *value, size_t count);

/* Makes a large sorted set compact if it fits the thresholds: for results built anew. */
void zset_type_compact(struct value *value);

/* Counts the members. O(1). */
size_t zset_type_length(const struct value *value);

/* The score of a member; false when it is absent. O(1), compact: O(n). */
bool zset_type_score(const struct value *value, struct bytes member, double *score);

/* Gives a member a score; true when it was absent. O(log n), compact: O(n). */
bool zset_type_set(struct value *value, struct bytes member, double score);

/* Removes a member; false when there was none. O(log n), compact: O(n). */
bool zset_type_remove(struct value *value, struct bytes member);

/* The rank of a member, 0-based from the lowest, and its score; false when it is absent. */
bool zset_type_rank(const struct value *value, struct bytes member, size_t *rank, double *score);

/* Counts the pairs before a bound. O(log n), compact: O(n). */
size_t zset_type_count_before(const struct value *value, const struct score_bound *bound);

/* Visits `count` pairs from a rank on, which exist (asserted), towards higher or lower ranks. */
void zset_type_range(const struct value *value, size_t rank, size_t count, bool backwards,
                     zset_visitor visit, void *context);

/* Gets members that follow each other. The bytes are dead after the call. */
typedef void (*zset_members_visitor)(void *context, const struct bytes *members, size_t count);

/* As zset_type_range, without scores, some members at a time. */
void zset_type_range_members(const struct value *value, size_t rank, size_t count, bool backwards,
                             zset_members_visitor visit, void *context);

/* Removes `count` pairs from a rank on, which exist (asserted). O(count log n). */
void zset_type_remove_range(struct value *value, size_t rank, size_t count);

/* Visits all pairs in order. False when the visitor stopped. */
bool zset_type_each(const struct value *value, zset_visitor visit, void *context);

/*
 * Visits the pairs of one cursor position and returns the next cursor, 0 at the end; start with 0.
 * A compact sorted set is one position. Guarantees as table_scan.
 */
uint64_t zset_type_scan(const struct value *value, uint64_t cursor, zset_visitor visit,
                        void *context);

/* Visits one fair random pair of a sorted set that is not empty. */
void zset_type_random(const struct value *value, struct random *random, zset_visitor visit,
                      void *context);

/* Visits a fair sample of `count` distinct pairs, at most the length (asserted). */
void zset_type_sample(const struct value *value, struct random *random, size_t count,
                      zset_visitor visit, void *context);

/* ---- Storing ---- */

/*
 * Makes a sorted set of a verified listpack of pairs. block: taken. A block beyond the thresholds
 * is converted. One that is odd or out of order, has a member twice or a score that is no number
 * is refused: false, and the block is freed.
 */
bool zset_type_from_listpack(struct value *value, uint8_t *block);

/* The inner table of a large sorted set, NULL for a compact one: to hold resizing. */
struct table *zset_type_table(const struct value *value);

/* The row of value_ops. */
extern const struct value_ops zset_type_ops;

#endif
