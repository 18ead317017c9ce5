/*
 * stream_node: a run of entries of a stream in one block of memory.
 *
 * Ids are differences to the node's key, which is the id of its first entry; entries whose fields
 * are those of the first one share them. A deleted entry stays, with a flag. The published form,
 * which files have, is types/stream_listpack.h; its size is known here without making it.
 */
#ifndef LATCHKEY_TYPES_STREAM_NODE_H
#define LATCHKEY_TYPES_STREAM_NODE_H

#include "structs/listpack.h"
#include "structs/stream_id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream_node;

/* An entry in a node; dead after the next change of the node. */
struct stream_entry {
    struct stream_id id;
    size_t pair_count;
    bool is_deleted;
    const struct stream_node *node;
    const uint8_t *start;        /* its first byte */
    const uint8_t *first;        /* its first value, or first field when it has fields of its own */
    const uint8_t *master_field; /* the first one, NULL when it has fields of its own */
};

/* A walk over the pairs of an entry. */
struct stream_pairs {
    const uint8_t *at;
    const uint8_t *master_field;
    size_t left;
    char field_scratch[LISTPACK_SCRATCH_SIZE];
    char value_scratch[LISTPACK_SCRATCH_SIZE];
};

/*
 * A new node with room for so many bytes, whose entries will have these fields in common. words:
 * field, value, field, value … Free with stream_node_free.
 */
struct stream_node *stream_node_create(size_t room, const struct bytes *words, size_t pair_count)
    __attribute__((warn_unused_result));
void stream_node_free(struct stream_node *node);
struct stream_node *stream_node_copy(const struct stream_node *node);

/* Appends an entry, which the node may move for. words: as stream_node_create. */
struct stream_node *stream_node_append(struct stream_node *node, struct stream_id key,
                                       struct stream_id id, const struct bytes *words,
                                       size_t pair_count) __attribute__((warn_unused_result));

/* Gives back what memory the node does not need. */
struct stream_node *stream_node_shrink(struct stream_node *node)
    __attribute__((warn_unused_result));

/* Bytes of the node, of its memory, and of its published form. O(1). */
size_t stream_node_size(const struct stream_node *node);
size_t stream_node_memory(const struct stream_node *node);
size_t stream_node_published_size(const struct stream_node *node);

/* Entries that are there, and entries with the deleted ones. O(1). */
size_t stream_node_live(const struct stream_node *node);
size_t stream_node_total(const struct stream_node *node);

/* The fields in common: the first bare element (structs/listpack.h), and their number. */
const uint8_t *stream_node_fields(const struct stream_node *node, size_t *count);

/* The first and last entry, deleted or not, and neighbours. False where there is none. */
bool stream_node_first(const struct stream_node *node, struct stream_id key,
                       struct stream_entry *entry);
bool stream_node_last(const struct stream_node *node, struct stream_id key,
                      struct stream_entry *entry);
bool stream_node_next(const struct stream_node *node, struct stream_id key,
                      struct stream_entry *entry);
bool stream_node_previous(const struct stream_node *node, struct stream_id key,
                          struct stream_entry *entry);

/* Flags an entry of the node, which is live (asserted), as deleted. */
void stream_node_delete(struct stream_node *node, struct stream_entry *entry);

/* The node is a copy of the entry's: makes it the same entry of the copy. */
void stream_node_move_entry(struct stream_entry *entry, const struct stream_node *node);

/* Begins a walk over an entry's pairs, and takes the next one; false at the end. */
void stream_pairs_begin(struct stream_pairs *pairs, const struct stream_entry *entry);
bool stream_pairs_next(struct stream_pairs *pairs, struct bytes *field, struct bytes *value);

/* As stream_pairs_next, but the pair as bare elements (structs/listpack.h). */
bool stream_pairs_next_elements(struct stream_pairs *pairs, const uint8_t **field,
                                const uint8_t **value);

#endif
