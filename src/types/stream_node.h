/*
 * stream_node: a run of entries of a stream in one listpack, in the published format.
 *
 *     live | deleted | fields | field … | 0            the master entry: fields of the first entry
 *     flags | ms | seq | value … | size                an entry with these fields, or
 *     flags | ms | seq | fields | field | value … | size
 *
 * Ids are differences to the node's key, which is the id of its first entry; `size` counts the
 * elements before it, to walk backwards. A deleted entry stays, with a flag.
 */
#ifndef LATCHKEY_TYPES_STREAM_NODE_H
#define LATCHKEY_TYPES_STREAM_NODE_H

#include "structs/listpack.h"
#include "structs/stream_id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An entry in a node; dead after the next change of the node. */
struct stream_entry {
    struct stream_id id;
    size_t pair_count;
    bool is_deleted;
    const uint8_t *block;
    const uint8_t *start;        /* its flags */
    const uint8_t *first;        /* its first value, or first field when it has fields of its own */
    const uint8_t *master_field; /* the first one, NULL when it has fields of its own */
};

/* A walk over the pairs of an entry. */
struct stream_pairs {
    const uint8_t *block;
    const uint8_t *at;
    const uint8_t *master_field;
    size_t left;
    char field_scratch[LISTPACK_SCRATCH_SIZE];
    char value_scratch[LISTPACK_SCRATCH_SIZE];
};

/* A new node with room for so many bytes, whose entries will have these fields in common. */
uint8_t *stream_node_create(size_t room, const struct bytes *words, size_t pair_count)
    __attribute__((warn_unused_result));

/* Appends an entry. words: field, value, field, value … */
uint8_t *stream_node_append(uint8_t *block, struct stream_id key, struct stream_id id,
                            const struct bytes *words, size_t pair_count)
    __attribute__((warn_unused_result));

/* Entries that are there, and entries with the deleted ones. O(1). */
size_t stream_node_live(const uint8_t *block);
size_t stream_node_total(const uint8_t *block);

/* The first and last entry, deleted or not, and neighbours. False where there is none. */
bool stream_node_first(const uint8_t *block, struct stream_id key, struct stream_entry *entry);
bool stream_node_last(const uint8_t *block, struct stream_id key, struct stream_entry *entry);
bool stream_node_next(const uint8_t *block, struct stream_id key, struct stream_entry *entry);
bool stream_node_previous(const uint8_t *block, struct stream_id key, struct stream_entry *entry);

/* Flags an entry, which is live (asserted), as deleted. *entry stays where it is. */
uint8_t *stream_node_delete(uint8_t *block, struct stream_id key, struct stream_entry *entry)
    __attribute__((warn_unused_result));

/* Begins a walk over an entry's pairs, and takes the next one; false at the end. */
void stream_pairs_begin(struct stream_pairs *pairs, const struct stream_entry *entry);
bool stream_pairs_next(struct stream_pairs *pairs, struct bytes *field, struct bytes *value);

/*
 * Checks a verified listpack that is not trusted: that it is a node with this key, ids that grow,
 * and at least one live entry. O(n).
 */
bool stream_node_verify(const uint8_t *block, struct stream_id key);

#endif
