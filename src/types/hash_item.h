/*
 * hash_item: a field of a large hash, its value and its deadline in one allocation.
 *
 *     head (1) | [name length (4)] | [deadline (8)] | value length (1, or 255 and 4) | name | value
 *
 * The head holds the name's length, 127 saying that it stands behind, and in its top bit whether
 * there is a deadline.
 */
#ifndef LATCHKEY_TYPES_HASH_ITEM_H
#define LATCHKEY_TYPES_HASH_ITEM_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HASH_NO_DEADLINE = -1 };

/* The latest deadline that a field can have. */
#define HASH_DEADLINE_MAX ((INT64_C(1) << 48) - 1)

/* A field of a hash, in whatever form it is kept. */
struct hash_field {
    struct bytes name;
    struct bytes value;
    int64_t deadline_ms; /* since 1970, or HASH_NO_DEADLINE */
};

/* Makes an item with a copy of the field. Free with hash_item_free. */
void *hash_item_create(const struct hash_field *field);
void hash_item_free(void *item);

/* The name alone. */
struct bytes hash_item_name(const void *item);

/* All of it: views into the item. */
void hash_item_read(const void *item, struct hash_field *field);

/* The deadline, or HASH_NO_DEADLINE. */
int64_t hash_item_deadline(const void *item);

/*
 * Writes another value and deadline where the item has room as it is laid out: false, and nothing
 * is changed, when it needs another layout or size class.
 */
bool hash_item_rewrite(void *item, struct bytes value, int64_t deadline_ms);

/* Bytes that the item's allocation takes. */
size_t hash_item_memory(const void *item);

#endif
