/*
 * stream_type_internal: what a stream is made of, for the modules that are the type.
 */
#ifndef LATCHKEY_TYPES_STREAM_TYPE_INTERNAL_H
#define LATCHKEY_TYPES_STREAM_TYPE_INTERNAL_H

#include "types/stream_type.h"

struct stream_kept;

struct stream {
    struct id_map *nodes; /* key → struct stream_node * */
    struct stream_totals totals;
    struct stream_group **groups; /* by name */
    size_t group_count;
    size_t group_capacity;
    struct stream_producers *producers; /* NULL while none has named itself */
    struct stream_kept *kept;           /* the walk over the stream as it was, NULL without */
};

/* A stream with these nodes (taken) and copies of the groups of another. */
struct stream *stream_copy_groups(const struct stream *source, struct id_map *nodes,
                                  struct stream_group *(*copy)(struct stream_group *group));

/* Frees a stream that is not kept. */
void stream_destroy(struct stream *stream);

#endif
