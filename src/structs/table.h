/*
 * table: a hash table of item addresses, one cache line per bucket.
 *
 * Grows and shrinks by one bucket at a time (linear hashing), so that bytes per item stay the same
 * at every size and no operation is ever long. The table does not own its items: it stores their
 * addresses (48 bits each) and an 8-bit tag of the hash, and asks the type for the rest.
 * Sources: W. Litwin, "Linear Hashing", VLDB 1980; the scan cursor counts in bit-reversed order
 * over the home buckets of the smaller level, so that an item that stays throughout is seen even
 * while the table grows or shrinks.
 */
#ifndef LATCHKEY_STRUCTS_TABLE_H
#define LATCHKEY_STRUCTS_TABLE_H

#include "base/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table;

/* What a table must know about its items. */
struct table_type {
    /* The hash of an item, the same that insert got. Called when a bucket is split or merged. */
    uint64_t (*hash)(const void *item);
    /* True when the item has this key. Called for items whose tag agrees. */
    bool (*matches)(const void *item, const void *key);
};

/* Visits an item of a scan. May remove and free that item, no other; must not insert. */
typedef void (*table_visitor)(void *context, void *item);

/* Creates an empty table. type: kept. */
struct table *table_create(const struct table_type *type);

/* Frees the table, not its items. NULL is accepted. */
void table_destroy(struct table *table);

/* The number of items. */
size_t table_count(const struct table *table);

/* Finds the item with this key and hash; NULL when absent. O(1). */
void *table_find(const struct table *table, uint64_t hash, const void *key);

/* Inserts an item whose key is absent (the caller has looked). O(1), plus one bucket's split. */
void table_insert(struct table *table, uint64_t hash, void *item);

/* Removes this very item, which is in the table (asserted). O(1), plus one merge. */
void table_remove_item(struct table *table, uint64_t hash, const void *item);

/* Puts another address in the place of an item that moved or was rebuilt under the same key. */
void table_replace_item(struct table *table, uint64_t hash, const void *old_item, void *new_item);

/* Starts loading the home bucket of a hash into the cache. Changes nothing. */
void table_prefetch_bucket(const struct table *table, uint64_t hash);

/* Starts loading the items whose tag agrees; best some time after table_prefetch_bucket. */
void table_prefetch_items(const struct table *table, uint64_t hash);

/*
 * An item that probably is the one with this hash, found without looking at any item; NULL when
 * there is none in the home bucket. Best some time after table_prefetch_items.
 */
const void *table_glimpse(const struct table *table, uint64_t hash);

/*
 * Visits the items of one cursor position (a home bucket with its chain, and the bucket split off
 * it) and returns the next cursor, 0 at the end. Start with 0. Items that are in the table during
 * the whole scan are visited at least once; others perhaps; some twice if the size changes.
 * Any cursor value is safe.
 */
uint64_t table_scan(struct table *table, uint64_t cursor, table_visitor visit, void *context);

/*
 * True when a scan that goes on at this cursor has been where an item of this hash stands; while
 * resizing is paused. (At its end a scan has been everywhere, though the cursor is 0 again.)
 */
bool table_scan_has_passed(const struct table *table, uint64_t cursor, uint64_t hash);

/* An address that the table carries for its owner; NULL at first. */
void table_attach(struct table *table, void *attachment);
void *table_attachment(const struct table *table);

/*
 * Visits the items of `a` that have an equal in `b`, without hashing any: both have split their
 * buckets alike, so equals stand in buckets of one number. Returns false, and visits nothing, when
 * the tables are of different size classes. visit: returns false to stop; must change nothing.
 */
bool table_intersect(const struct table *a, const struct table *b,
                     bool (*are_equal)(const void *item_a, const void *item_b),
                     bool (*visit)(void *context, void *item), void *context);

/* A random item, near to evenly distributed; NULL when empty. O(1) expected. */
void *table_random(const struct table *table, struct random *random);

/* While paused (calls nest), buckets are neither split nor merged. */
void table_pause_resize(struct table *table);
void table_resume_resize(struct table *table);

/* Grows at once for `count` items; for loading. O(count). */
void table_reserve(struct table *table, size_t count);

/* Bytes of the table's own memory, items not included. */
size_t table_memory(const struct table *table);

/* Figures for DEBUG HTSTATS. */
struct table_stats {
    size_t bucket_count;
    size_t overflow_bucket_count;
    size_t item_count;
    size_t longest_chain;
};

/* Walks the whole table. O(buckets). */
struct table_stats table_read_stats(const struct table *table);

/* Checks every invariant (tags, homes, counts); asserts. O(items). For tests and debug builds. */
void table_verify(const struct table *table);

#endif
