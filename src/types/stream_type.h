/*
 * stream_type: streams: entries in the order of their ids, and consumer groups.
 *
 * Entries stand in nodes (types/stream_node.h), which an id_map orders. Ids only grow: an entry is
 * appended behind the last id that there ever was. A stream without entries is still a stream.
 */
#ifndef LATCHKEY_TYPES_STREAM_TYPE_H
#define LATCHKEY_TYPES_STREAM_TYPE_H

#include "structs/id_map.h"
#include "types/stream_group.h"
#include "types/stream_node.h"
#include "types/stream_producers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;
struct value;
struct value_ops;

/* What a stream says about itself. */
struct stream_totals {
    uint64_t length; /* entries that are there */
    struct stream_id last_id;
    struct stream_id first_id;       /* of the entries that are there; 0-0 when there are none */
    struct stream_id max_deleted_id; /* the highest that was deleted, not trimmed */
    uint64_t entries_added;          /* ever */
};

/* Makes an empty stream; the stream of a value. */
void stream_type_create(struct value *value);
struct stream *stream_of(const struct value *value);

/* O(1). */
struct stream_totals stream_totals(const struct stream *stream);

/* Sets last id, max deleted id and entries added (XSETID, files). */
void stream_set_totals(struct stream *stream, const struct stream_totals *totals);

/*
 * Appends an entry; its id is above the last one (asserted). words: field, value, …
 * O(1), amortised.
 */
void stream_append(struct stream *stream, struct stream_id id, const struct bytes *words,
                   size_t pair_count);

/* What becomes of the references of groups to an entry that goes. */
enum stream_references {
    STREAM_KEEP_REFERENCES,
    STREAM_DELETE_REFERENCES,
    STREAM_ONLY_ACKNOWLEDGED, /* an entry that a group still needs stays */
};

enum stream_deletion { STREAM_ABSENT, STREAM_DELETED, STREAM_REFERENCED };

/* Deletes an entry. O(log nodes + entries of a node + groups). */
enum stream_deletion stream_delete(struct stream *stream, struct stream_id id,
                                   enum stream_references references);

struct stream_trim {
    bool by_id;              /* else by count */
    bool is_approximate;     /* only whole nodes */
    uint64_t count;          /* entries to be kept */
    struct stream_id min_id; /* the lowest to be kept */
    uint64_t limit;          /* entries to be removed at most, if approximate; 0: no limit */
    enum stream_references references;
};

/* Removes the oldest entries. Returns their number. O(removed + entries of a node). */
uint64_t stream_trim(struct stream *stream, const struct stream_trim *trim);

/* ---- Reading ---- */

/* A walk over live entries from `first` to `last`, both included, forwards or backwards. */
struct stream_walk {
    const struct stream *stream;
    struct stream_id first;
    struct stream_id last;
    bool is_backwards;
    bool is_over;
    bool is_inside; /* an entry was handed out */
    struct id_cursor node;
    struct stream_entry entry;
};

/* Begins a walk; it is dead after the next change of the stream. O(log nodes). */
void stream_walk_begin(struct stream_walk *walk, const struct stream *stream,
                       struct stream_id first, struct stream_id last, bool is_backwards);

/* The next entry, valid until the call after; NULL at the end. */
const struct stream_entry *stream_walk_next(struct stream_walk *walk);

/* Whether an entry is there; it is set in *entry. O(log nodes + entries of a node). */
bool stream_find(const struct stream *stream, struct stream_id id, struct stream_entry *entry);

/* ---- Groups ---- */

/* Finds a group; NULL when there is none. O(log groups). */
struct stream_group *stream_find_group(const struct stream *stream, struct bytes name);

/* Adds a group whose name is absent (asserted); taken. O(groups). */
void stream_add_group(struct stream *stream, struct stream_group *group);

/*
 * Removes a group, or a consumer from a group (and returns the number of its pending entries: see
 * stream_group_remove). O(groups), and O(1) to O(pending).
 * rest  is made: a stream of what has to be freed, which takes O(pending).
 */
void stream_remove_group(struct stream *stream, struct stream_group *group, struct value *rest);
size_t stream_remove_consumer(struct stream_group *group, struct stream_consumer *consumer,
                              struct value *rest);

/* The groups in the order of their names. */
size_t stream_group_count(const struct stream *stream);
struct stream_group *stream_group_at(const struct stream *stream, size_t index);

/*
 * How many entries there ever were up to an id, or STREAM_ENTRIES_READ_UNKNOWN when entries that
 * are gone make that unknowable.
 */
int64_t stream_entries_up_to(const struct stream *stream, struct stream_id id);

/* True when an entry above this id may have been deleted. */
bool stream_has_deleted_after(const struct stream *stream, struct stream_id id);

/* ---- Producers ---- */

/* What is known of producers; the first is NULL when nothing is, the second makes room for it. */
struct stream_producers *stream_find_producers(const struct stream *stream);
struct stream_producers *stream_make_producers(struct stream *stream);

/* ---- Files ---- */

/* Number of nodes, and a visit to their keys in order. */
size_t stream_node_count(const struct stream *stream);
void stream_each_node(const struct stream *stream,
                      void (*visit)(void *context, struct stream_id key), void *context);

/*
 * Adds a node from a file, in the published form (types/stream_listpack.h), behind all others.
 * False when it is no sound node that can stand there. O(bytes).
 */
bool stream_add_node(struct stream *stream, struct stream_id key, const uint8_t *block);

/* After the last node: what follows from them (length and first id). O(nodes). */
void stream_finish_nodes(struct stream *stream);

extern const struct value_ops stream_type_ops;

#endif
