/*
 * stream_group: a consumer group of a stream: how far it has read, its consumers, and the pending
 * entries, which were delivered and not acknowledged.
 *
 * The group's pending entries name their consumer; each consumer has the ids of its own. An entry
 * that was given back (XNACK) stays pending without a consumer. Groups know ids only: whether
 * an entry still exists is known to the stream.
 */
#ifndef LATCHKEY_TYPES_STREAM_GROUP_H
#define LATCHKEY_TYPES_STREAM_GROUP_H

#include "base/sds.h"
#include "structs/id_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STREAM_ENTRIES_READ_UNKNOWN = -1, STREAM_NEVER_ACTIVE = -1 };

/* A delivered entry that is not acknowledged. */
struct stream_pending {
    struct stream_consumer *consumer; /* NULL: given back */
    int64_t delivered_ms;             /* the last time; 0 once given back */
    int64_t delivery_count;
};

struct stream_consumer {
    sds name;
    int64_t seen_ms;        /* of its last request */
    int64_t active_ms;      /* of its last delivery or claim; STREAM_NEVER_ACTIVE */
    struct id_map *pending; /* ids without values */
};

struct stream_group {
    sds name;
    struct stream_id last_delivered;
    int64_t entries_read;               /* STREAM_ENTRIES_READ_UNKNOWN, or the counter */
    struct id_map *pending;             /* struct stream_pending; by rank: delivered_ms */
    struct stream_consumer **consumers; /* by name */
    size_t consumer_count;
    size_t consumer_capacity;
    size_t nacked_count; /* pending entries without a consumer */
};

/* A group without consumers. Free with stream_group_destroy. */
struct stream_group *stream_group_create(struct bytes name, struct stream_id last_delivered,
                                         int64_t entries_read);
void stream_group_destroy(struct stream_group *group);

/*
 * Frees a part of the pending entries of a group that is only to be destroyed, so that this takes
 * no longer than a part does. Returns false when no pending entries are left.
 */
bool stream_group_release_part(struct stream_group *group);

/* An independent copy, O(pending); or one that shares the pending entries and is only read. */
struct stream_group *stream_group_copy(const struct stream_group *group);
struct stream_group *stream_group_clone(struct stream_group *group);

/* Bytes of memory. O(consumers · sample_count); see id_map_memory. */
size_t stream_group_memory(const struct stream_group *group, size_t sample_count);

/* Finds a consumer; NULL when there is none. O(log consumers). */
struct stream_consumer *stream_group_find(const struct stream_group *group, struct bytes name);

/* Adds a consumer that is absent (asserted). O(consumers). */
struct stream_consumer *stream_group_add(struct stream_group *group, struct bytes name,
                                         int64_t now_ms);

/*
 * Removes a consumer and its pending entries. Returns their number. O(1) when the group has no
 * others, else O(pending of the group).
 * rest  a group without consumers that takes over what has to be freed.
 */
size_t stream_group_remove(struct stream_group *group, struct stream_consumer *consumer,
                           struct stream_group *rest);

/* The pending entry of an id, NULL when there is none. Dead after the next change. */
const struct stream_pending *stream_group_pending(const struct stream_group *group,
                                                  struct stream_id id);

/*
 * Gives an entry to a consumer (NULL: to nobody), whether it was pending or not, with this time and
 * count of deliveries.
 */
void stream_group_assign(struct stream_group *group, struct stream_id id,
                         const struct stream_pending *pending);

/* Acknowledges an entry: it is pending no more. False when it was not. */
bool stream_group_acknowledge(struct stream_group *group, struct stream_id id);

#endif
