/*
 * What all types can do, for streams: their row of value_ops.
 *
 * A large stream is kept as a clone that shares its chunks of nodes and of pending entries: it is
 * made in O(chunks), and a chunk is copied when the living stream changes it. The walk releases
 * the clone's chunks as it goes. A copy under another key does not know the producers.
 */
#include "base/alloc.h"
#include "base/panic.h"
#include "types/stream_type_internal.h"
#include "types/type_row.h"
#include "types/value.h"

enum { BYTES_PER_ELEMENT = 256 };

/* Where a walk in pieces stands. */
enum stage {
    STAGE_NODES,
    STAGE_TOTALS,
    STAGE_GROUPS,
    STAGE_LIMITS,
    STAGE_RECORDS,
    STAGE_RELEASE, /* of the clone's groups: nodes were released on the way */
    STAGE_END,
};

/* Where a walk over a group stands. */
struct group_place {
    enum { GROUP_HEAD, GROUP_PENDING, GROUP_UNOWNED, GROUP_CONSUMER, GROUP_OWN } stage;
    bool has_id;
    struct id_cursor at;
    size_t consumer_index;
};

struct stream_kept {
    struct stream *clone;
    enum stage stage;
    struct id_cursor node; /* that comes next */
    size_t group_index;
    struct group_place place;
    bool has_record;
    struct id_cursor record;
};

static void free_kept(struct stream_kept *kept) {
    stream_destroy(kept->clone);
    alloc_free(kept);
}

static void stream_free(struct value *value) {
    struct stream *stream = value->object;
    if (stream->kept != NULL) {
        free_kept(stream->kept);
        stream->kept = NULL;
    }
    stream_destroy(stream);
}

static struct stream_group *copy_group(struct stream_group *group) {
    return stream_group_copy(group);
}

static void stream_copy(const struct value *source, struct value *copy) {
    const struct stream *stream = source->object;
    *copy = *source;
    struct stream *made = stream_copy_groups(stream, id_map_copy(stream->nodes), copy_group);
    if (stream->producers != NULL) {
        struct stream_producer_limits limits = stream_producers_limits(stream->producers);
        made->producers = stream_producers_create();
        stream_producers_configure(made->producers, &limits);
    }
    copy->object = made;
}

static const char *stream_encoding_name(const struct value *value) {
    (void)value;
    return "stream";
}

static size_t stream_length(const struct value *value) {
    return (size_t)stream_of(value)->totals.length;
}

static size_t stream_memory(const struct value *value, size_t sample_count) {
    const struct stream *stream = value->object;
    size_t size = alloc_size_class(sizeof *stream) + id_map_memory(stream->nodes, sample_count);
    for (size_t i = 0; i < stream->group_count; i++) {
        size += stream_group_memory(stream->groups[i], sample_count);
    }
    return size + (stream->producers == NULL ? 0 : stream_producers_memory(stream->producers));
}

static size_t stream_free_effort(const struct value *value) {
    const struct stream *stream = value->object;
    size_t effort = 1 + id_map_free_effort(stream->nodes);
    for (size_t i = 0; i < stream->group_count; i++) {
        const struct stream_group *group = stream->groups[i];
        effort += 1 + group->consumer_count + id_map_free_effort(group->pending);
    }
    return effort +
           (stream->producers == NULL ? 0 : stream_producers_free_effort(stream->producers));
}

static void stream_walk_words(const struct value *value, value_visitor visit, void *context) {
    struct stream_walk walk;
    stream_walk_begin(&walk, value->object, stream_id_min, stream_id_max, false);
    const struct stream_entry *entry;
    while ((entry = stream_walk_next(&walk)) != NULL) {
        char id[STREAM_ID_TEXT_SIZE];
        struct bytes id_text = {id, stream_id_print(id, entry->id)};
        struct stream_pairs pairs;
        struct bytes field;
        struct bytes text;
        visit(context, id_text, (struct bytes){NULL, 0});
        stream_pairs_begin(&pairs, entry);
        while (stream_pairs_next(&pairs, &field, &text)) {
            visit(context, field, text);
        }
    }
}

/* ---- Pieces ---- */

static struct value_shape shape_of(const struct stream *stream) {
    return (struct value_shape){.form = FORM_STREAM, .count = stream_node_count(stream)};
}

static struct value_shape stream_shape(const struct value *value) {
    return shape_of(value->object);
}

struct piece_walk {
    value_piece_visitor visit;
    void *context;
    size_t size; /* handed out */
};

static void hand_out(struct piece_walk *walk, const struct value_piece *piece) {
    walk->size += sizeof *piece + piece->first.length + piece->second.length;
    if (walk->visit != NULL) {
        walk->visit(walk->context, piece);
    }
}

static void hand_out_node(struct piece_walk *walk, const struct stream *stream,
                          const struct id_cursor *at) {
    uint8_t key[STREAM_ID_SIZE];
    struct stream_node *const *node = id_map_value(stream->nodes, at);
    stream_id_encode(key, id_map_id(stream->nodes, at));
    struct value_piece piece = {
        .kind = PIECE_STREAM_NODE,
        .first = {(const char *)key, sizeof key},
        .object = *node,
    };
    hand_out(walk, &piece);
    walk->size += stream_node_size(*node);
}

static void hand_out_totals(struct piece_walk *walk, const struct stream *stream) {
    struct value_piece piece = {
        .kind = PIECE_STREAM_TOTALS,
        .object = &stream->totals,
        .total = stream->group_count,
    };
    hand_out(walk, &piece);
}

static void hand_out_id(struct piece_walk *walk, enum value_piece_kind kind,
                        const struct id_map *ids, const struct id_cursor *at,
                        const struct stream_group *group) {
    struct stream_id id = id_map_id(ids, at);
    struct value_piece piece = {
        .kind = kind,
        .first = {(const char *)&id, sizeof id},
        .object = ids == group->pending ? id_map_value(ids, at) : stream_group_pending(group, id),
    };
    hand_out(walk, &piece);
}

static void hand_out_counted(struct piece_walk *walk, enum value_piece_kind kind, struct bytes name,
                             const void *object, size_t count) {
    struct value_piece piece = {.kind = kind, .first = name, .object = object, .total = count};
    hand_out(walk, &piece);
}

/*
 * Pending entries that nobody has go as those of a consumer without a name, who was never seen:
 * stock servers know no others. If there is a consumer of this name it stands first.
 */
static bool has_nameless(const struct stream_group *group) {
    return group->consumer_count > 0 && sds_length(group->consumers[0]->name) == 0;
}

/* Begins the next consumer. False when there is none. */
static bool walk_consumer(const struct stream_group *group, struct group_place *place,
                          struct piece_walk *walk) {
    if (place->consumer_index == group->consumer_count) {
        return false;
    }
    const struct stream_consumer *consumer = group->consumers[place->consumer_index];
    bool is_nameless = place->consumer_index == 0 && has_nameless(group);
    hand_out_counted(walk, PIECE_STREAM_CONSUMER, sds_view(consumer->name), consumer,
                     id_map_count(consumer->pending) + (is_nameless ? group->nacked_count : 0));
    place->has_id = id_map_first(consumer->pending, &place->at);
    place->stage = GROUP_OWN;
    return true;
}

/* Behind the pending entries: the number of consumers, and the nameless one if it is made. */
static void walk_consumers(const struct stream_group *group, struct group_place *place,
                           struct piece_walk *walk) {
    static const struct stream_consumer nameless = {.active_ms = STREAM_NEVER_ACTIVE};
    bool is_made = group->nacked_count > 0 && !has_nameless(group);
    hand_out_counted(walk, PIECE_STREAM_CONSUMERS, sds_view(group->name), group,
                     group->consumer_count + is_made);
    place->consumer_index = 0;
    place->stage = GROUP_CONSUMER;
    if (is_made) {
        hand_out_counted(walk, PIECE_STREAM_CONSUMER, BYTES(""), &nameless, group->nacked_count);
        place->has_id = id_map_first(group->pending, &place->at);
        place->stage = GROUP_UNOWNED;
    }
}

/* Hands out a pending entry if nobody has it. */
static void walk_unowned(const struct stream_group *group, struct group_place *place,
                         struct piece_walk *walk) {
    const struct stream_pending *pending = id_map_value(group->pending, &place->at);
    if (pending->consumer == NULL) {
        hand_out_id(walk, PIECE_STREAM_OWN, group->pending, &place->at, group);
    } else {
        walk->size += sizeof *pending; /* Passing many takes its time too. */
    }
    place->has_id = id_map_next(group->pending, &place->at);
}

/* Hands out the next piece of a group. False when the group is through. */
static bool walk_group(const struct stream_group *group, struct group_place *place,
                       struct piece_walk *walk) {
    switch (place->stage) {
    case GROUP_HEAD:
        hand_out_counted(walk, PIECE_STREAM_GROUP, sds_view(group->name), group,
                         id_map_count(group->pending));
        place->has_id = id_map_first(group->pending, &place->at);
        place->stage = GROUP_PENDING;
        return true;
    case GROUP_PENDING:
        if (place->has_id) {
            hand_out_id(walk, PIECE_STREAM_PENDING, group->pending, &place->at, group);
            place->has_id = id_map_next(group->pending, &place->at);
        } else {
            walk_consumers(group, place, walk);
        }
        return true;
    case GROUP_UNOWNED:
        if (place->has_id) {
            walk_unowned(group, place, walk);
            return true;
        }
        place->consumer_index += has_nameless(group);
        return walk_consumer(group, place, walk);
    case GROUP_CONSUMER:
        return walk_consumer(group, place, walk);
    case GROUP_OWN:
        if (place->has_id) {
            const struct id_map *ids = group->consumers[place->consumer_index]->pending;
            hand_out_id(walk, PIECE_STREAM_OWN, ids, &place->at, group);
            place->has_id = id_map_next(ids, &place->at);
            return true;
        }
        if (place->consumer_index == 0 && has_nameless(group) && group->nacked_count > 0) {
            place->has_id = id_map_first(group->pending, &place->at);
            place->stage = GROUP_UNOWNED;
            return true;
        }
        place->consumer_index++;
        return walk_consumer(group, place, walk);
    }
    UNREACHABLE();
}

/* Hands out the limits of producers, if they were set. */
static void hand_out_limits(struct piece_walk *walk, const struct stream *stream) {
    struct stream_producer_limits limits = {0};
    if (stream->producers != NULL) {
        limits = stream_producers_limits(stream->producers);
    }
    if (limits.seconds != 0 || limits.record_count != 0) {
        hand_out(walk, &(struct value_piece){.kind = PIECE_STREAM_LIMITS, .object = &limits});
    }
}

static void hand_out_record(struct piece_walk *walk, const struct stream *stream,
                            const struct id_cursor *at) {
    struct stream_record record = stream_producers_at(stream->producers, at);
    struct value_piece piece = {
        .kind = PIECE_STREAM_RECORD,
        .first = record.message.producer,
        .second = record.message.name,
        .object = &record.id,
    };
    hand_out(walk, &piece);
}

static void stream_pieces(const struct value *value, value_piece_visitor visit, void *context) {
    const struct stream *stream = value->object;
    struct piece_walk walk = {visit, context, 0};
    struct id_cursor at;
    for (bool has = id_map_first(stream->nodes, &at); has; has = id_map_next(stream->nodes, &at)) {
        hand_out_node(&walk, stream, &at);
    }
    hand_out_totals(&walk, stream);
    for (size_t i = 0; i < stream->group_count; i++) {
        struct group_place place = {0};
        while (walk_group(stream->groups[i], &place, &walk)) {
        }
    }
    hand_out_limits(&walk, stream);
    bool has = stream->producers != NULL && stream_producers_first(stream->producers, &at);
    for (; has; has = stream_producers_next(stream->producers, &at)) {
        hand_out_record(&walk, stream, &at);
    }
}

/* ---- Keeping ---- */

static bool stream_is_large(const struct value *value, size_t element_max) {
    const struct stream *stream = value->object;
    size_t pending = 0;
    for (size_t i = 0; i < stream->group_count; i++) {
        pending += id_map_count(stream->groups[i]->pending);
    }
    if (stream->producers != NULL) {
        pending += stream_producers_figures(stream->producers).record_count;
    }
    if (stream->totals.length + pending > element_max) {
        return true;
    }
    size_t size = 0;
    struct id_cursor at;
    for (bool has = id_map_first(stream->nodes, &at); has; has = id_map_next(stream->nodes, &at)) {
        struct stream_node *const *node = id_map_value(stream->nodes, &at);
        size += stream_node_size(*node);
        if (size > element_max * BYTES_PER_ELEMENT) {
            return true;
        }
    }
    return false;
}

static struct value_shape stream_keep(struct value *value) {
    struct stream *stream = value->object;
    struct stream_kept *kept = alloc_zeroed(sizeof *kept);
    kept->clone = stream_copy_groups(stream, id_map_clone(stream->nodes), stream_group_clone);
    if (stream->producers != NULL) {
        kept->clone->producers = stream_producers_clone(stream->producers);
    }
    stream->kept = kept;
    return shape_of(kept->clone);
}

static const void *stream_kept(const struct value *value) {
    return stream_of(value)->kept;
}

/* Hands out a node, and releases the first chunk when all of it was. False when none is left. */
static bool walk_nodes(struct stream_kept *kept, struct piece_walk *walk) {
    struct id_map *nodes = kept->clone->nodes;
    if (id_map_count(nodes) == 0) {
        return false;
    }
    bool is_dropped = walk->visit == NULL;
    if (!is_dropped) {
        hand_out_node(walk, kept->clone, &kept->node);
    }
    bool has = !is_dropped && id_map_next(nodes, &kept->node);
    if (!has || kept->node.chunk_index > 0) {
        id_map_drop_chunk(nodes);
        kept->node = (struct id_cursor){0, 0};
        walk->size += sizeof(struct value_piece);
    }
    return true;
}

static void walk_step(struct stream_kept *kept, struct piece_walk *walk) {
    struct stream *clone = kept->clone;
    switch (kept->stage) {
    case STAGE_NODES:
        if (!walk_nodes(kept, walk)) {
            kept->stage = STAGE_TOTALS;
        }
        return;
    case STAGE_TOTALS:
        hand_out_totals(walk, clone);
        kept->stage = STAGE_GROUPS;
        return;
    case STAGE_GROUPS:
        if (kept->group_index == clone->group_count || walk->visit == NULL) {
            kept->stage = STAGE_LIMITS;
        } else if (!walk_group(clone->groups[kept->group_index], &kept->place, walk)) {
            kept->group_index++;
            kept->place = (struct group_place){0};
        }
        return;
    case STAGE_LIMITS:
        hand_out_limits(walk, clone);
        kept->has_record = walk->visit != NULL && clone->producers != NULL &&
                           stream_producers_first(clone->producers, &kept->record);
        kept->stage = STAGE_RECORDS;
        return;
    case STAGE_RECORDS:
        if (!kept->has_record) {
            kept->stage = STAGE_RELEASE;
            kept->group_index = 0;
            return;
        }
        hand_out_record(walk, clone, &kept->record);
        kept->has_record = stream_producers_next(clone->producers, &kept->record);
        return;
    case STAGE_RELEASE:
        walk->size += sizeof(struct value_piece);
        if (kept->group_index == clone->group_count) {
            kept->stage = STAGE_END;
        } else if (!stream_group_release_part(clone->groups[kept->group_index])) {
            kept->group_index++;
        }
        return;
    case STAGE_END:
        return;
    }
    UNREACHABLE();
}

static bool stream_walk_kept(struct value *value, size_t budget, value_piece_visitor visit,
                             void *context) {
    struct stream *stream = value->object;
    struct stream_kept *kept = stream->kept;
    struct piece_walk walk = {visit, context, 0};
    while (kept->stage != STAGE_END && walk.size < budget) {
        walk_step(kept, &walk);
    }
    if (kept->stage != STAGE_END) {
        return false;
    }
    stream->kept = NULL;
    free_kept(kept);
    return true;
}

const struct value_ops stream_type_ops = {
    .type_name = "stream",
    .free = stream_free,
    .copy = stream_copy,
    .encoding_name = stream_encoding_name,
    .length = stream_length,
    .memory = stream_memory,
    .free_effort = stream_free_effort,
    .walk = stream_walk_words,
    .shape = stream_shape,
    .pieces = stream_pieces,
    .is_large = stream_is_large,
    .keep = stream_keep,
    .kept = stream_kept,
    .walk_kept = stream_walk_kept,
};
