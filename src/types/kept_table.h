/*
 * kept_table: the walk over an inner table that is kept (see value_ops_keep) while it changes.
 *
 * The walk follows the cursor of a scan; the table does not resize meanwhile. An item that is put
 * in, or changed after its old state was saved, is fresh and not handed out; an item that goes
 * before the walk came to it is saved and handed out at the end. So every item of the beginning
 * comes exactly once, as it was then. The type tells of every change before it happens.
 */
#ifndef LATCHKEY_TYPES_KEPT_TABLE_H
#define LATCHKEY_TYPES_KEPT_TABLE_H

#include "structs/table.h"
#include "types/value_piece.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept_table;

/* What the walk must know about items. */
struct kept_table_type {
    void (*read)(const void *item, struct value_piece *piece); /* sets kind and content */
    void *(*clone)(const void *item);
    void (*free)(void *item);
};

/* Keeps a table that is not kept yet (asserted). type: kept. O(1). */
void kept_table_begin(struct table *table, const struct kept_table_type *type);

/* The walk over a table, NULL while it is not kept. */
static inline struct kept_table *kept_table_of(const struct table *table) {
    return table_attachment(table);
}

/* An item was put into the table. O(1). */
void kept_table_inserted(struct kept_table *kept, uint64_t hash, void *item);

/*
 * An item was taken out of the table: returns true when the walk still needs it and takes it; else
 * it is the caller's, to be freed. O(1).
 */
bool kept_table_takes(struct kept_table *kept, uint64_t hash, void *item);

/* An item of the table is about to be changed in place. O(1), and a copy of the item. */
void kept_table_changes(struct kept_table *kept, uint64_t hash, void *item);

/*
 * Visits further items, about `budget` bytes. Returns true when the walk is over: then the table is
 * kept no longer. visit: NULL drops the rest.
 */
bool kept_table_walk(struct kept_table *kept, size_t budget, value_piece_visitor visit,
                     void *context);

/*
 * True when handing out all items of a table at once would take long: more than `element_max`
 * items, or more than 256 bytes for each of so many. O(element_max).
 */
bool kept_table_is_large(struct table *table, const struct kept_table_type *type,
                         size_t element_max);

#endif
