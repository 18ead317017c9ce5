/*
 * entry: a key, its value and its deadline in one allocation.
 *
 * Layout, without padding; parts in brackets are there when a flag says so:
 *
 *     header (8) | [deadline node (20)] | [key size (4)] | [word (8)] | key | [inline bytes]
 *
 * The header holds type, encoding, flags (the epoch bit among them), access bits, the key's size
 * and the size of inline bytes. A value is a word (an integer or an object's address) or up to
 * ENTRY_INLINE_MAX inline bytes. An entry's address is known to the table and the deadline index of
 * its database alone.
 */
#ifndef LATCHKEY_KEYSPACE_ENTRY_H
#define LATCHKEY_KEYSPACE_ENTRY_H

#include "base/sds.h"
#include "types/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct entry;

enum { ENTRY_INLINE_MAX = 255, ENTRY_ACCESS_MAX = (1 << 24) - 1 };

/*
 * Creates an entry. The deadline node, if any, is left for the index to fill (see
 * entry_deadline_node). value: objects are taken, bytes copied (at most ENTRY_INLINE_MAX,
 * asserted).
 */
struct entry *entry_create(struct bytes key, const struct value *value, bool has_deadline);

/* Frees the entry's own memory, not what its value owns. */
void entry_free(struct entry *entry);

/* The key, borrowed from the entry. */
struct bytes entry_key(const struct entry *entry);

/* The value in its working form; inline bytes are borrowed from the entry. */
void entry_read_value(const struct entry *entry, struct value *value);

/*
 * Starts loading what the value has outside of the entry into the cache. Returns false when there
 * is nothing.
 */
bool entry_prefetch_value(const struct entry *entry);

/* The type of its value. */
enum value_type entry_type(const struct entry *entry);

/* The deadline node's place, NULL for an entry without deadline. */
void *entry_deadline_node(struct entry *entry);

/* The entry whose deadline node this is. */
struct entry *entry_of_deadline_node(void *node);

/* The deadline in ms since 1970, or -1 without. */
int64_t entry_deadline_ms(const struct entry *entry);

/*
 * Writes the value where the entry has room for it as it is laid out: returns false, and changes
 * nothing, when it needs another layout or size class. Bytes may be the entry's own.
 */
bool entry_write_value(struct entry *entry, const struct value *value);

/* 24 bits about accesses, whose meaning is the keyspace's. */
uint32_t entry_access(const struct entry *entry);
void entry_set_access(struct entry *entry, uint32_t access);

/* The epoch bit, whose meaning is the snapshot's; false in a new entry. */
bool entry_epoch(const struct entry *entry);
void entry_set_epoch(struct entry *entry, bool epoch);

/* Bytes that the entry's allocation takes. */
size_t entry_memory(const struct entry *entry);

#endif
