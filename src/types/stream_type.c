/*
 *   nodes (id_map) ──► node: a block of entries      groups ──► group ──► consumers
 *
 * The first entry that is there is remembered, since a walk to it may have to pass many deleted
 * ones. A node without live entries is removed at once, so every node has one.
 */
#include "base/alloc.h"
#include "base/panic.h"
#include "types/stream_listpack.h"
#include "types/stream_type_internal.h"
#include "types/type_limits.h"
#include "types/value.h"

#include <string.h>

enum {
    NODES_CHUNK = 64,
    GROUPS_MIN = 4,
    NODE_ROOM_MAX = 3584, /* bytes that a new node gets at once, at most */
    ENTRY_OVERHEAD = 6,   /* bytes of a pair in a node beyond its own, roughly */
    NODE_BYTES_MAX = 1 << 30,
};

static void copy_node(void *value) {
    struct stream_node **node = value;
    *node = stream_node_copy(*node);
}

static void free_node(void *value) {
    struct stream_node **node = value;
    stream_node_free(*node);
}

static size_t node_size(const void *value) {
    struct stream_node *const *node = value;
    return stream_node_memory(*node);
}

static const struct id_map_type nodes_type = {
    .value_size = sizeof(struct stream_node *),
    .chunk_max = NODES_CHUNK,
    .copy = copy_node,
    .free = free_node,
    .size = node_size,
};

void stream_type_create(struct value *value) {
    struct stream *stream = alloc_zeroed(sizeof *stream);
    stream->nodes = id_map_create(&nodes_type);
    *value = (struct value){
        .type = VALUE_STREAM,
        .storage = VALUE_STORED_OBJECT,
        .object = stream,
    };
}

struct stream *stream_of(const struct value *value) {
    ASSERT(value->type == VALUE_STREAM);
    return value->object;
}

void stream_destroy(struct stream *stream) {
    ASSERT(stream->kept == NULL);
    id_map_destroy(stream->nodes);
    for (size_t i = 0; i < stream->group_count; i++) {
        stream_group_destroy(stream->groups[i]);
    }
    alloc_free(stream->groups);
    stream_producers_destroy(stream->producers);
    alloc_free(stream);
}

struct stream *stream_copy_groups(const struct stream *source, struct id_map *nodes,
                                  struct stream_group *(*copy)(struct stream_group *group)) {
    struct stream *made = alloc_zeroed(sizeof *made);
    made->nodes = nodes;
    made->totals = source->totals;
    made->group_count = source->group_count;
    made->group_capacity = source->group_count;
    if (source->group_count > 0) {
        made->groups = alloc_new(source->group_count * sizeof(struct stream_group *));
    }
    for (size_t i = 0; i < source->group_count; i++) {
        made->groups[i] = copy(source->groups[i]);
    }
    return made;
}

struct stream_totals stream_totals(const struct stream *stream) {
    return stream->totals;
}

void stream_set_totals(struct stream *stream, const struct stream_totals *totals) {
    stream->totals.last_id = totals->last_id;
    stream->totals.max_deleted_id = totals->max_deleted_id;
    stream->totals.entries_added = totals->entries_added;
}

/* ---- Nodes ---- */

static const struct stream_node *node_at(const struct stream *stream,
                                         const struct id_cursor *cursor) {
    struct stream_node *const *node = id_map_value(stream->nodes, cursor);
    return *node;
}

static struct stream_node **node_for_write(struct stream *stream, const struct id_cursor *cursor) {
    return id_map_value_for_write(stream->nodes, cursor);
}

/* The first live entry of the stream, for totals.first_id. */
static void find_first_id(struct stream *stream) {
    struct stream_walk walk;
    stream_walk_begin(&walk, stream, stream_id_min, stream_id_max, false);
    const struct stream_entry *entry = stream_walk_next(&walk);
    stream->totals.first_id = entry == NULL ? stream_id_min : entry->id;
}

static bool is_full(const struct stream_node *node, size_t added_bytes) {
    const struct type_limits *limits = type_limits();
    size_t bytes_max = limits->stream_node_bytes;
    bytes_max = bytes_max == 0 || bytes_max > NODE_BYTES_MAX ? NODE_BYTES_MAX : bytes_max;
    return stream_node_published_size(node) + added_bytes >= bytes_max ||
           (limits->stream_node_entries > 0 &&
            stream_node_total(node) >= limits->stream_node_entries);
}

/* Room for a new node: what it may become, or what its first entry needs. */
static size_t node_room(size_t entry_bytes) {
    size_t bytes_max = type_limits()->stream_node_bytes;
    size_t room = bytes_max == 0 || bytes_max > NODE_ROOM_MAX ? NODE_ROOM_MAX : bytes_max;
    size_t entries = type_limits()->stream_node_entries;
    if (entries > 0 && entries * entry_bytes < room) {
        room = entries * entry_bytes;
    }
    return room;
}

void stream_append(struct stream *stream, struct stream_id id, const struct bytes *words,
                   size_t pair_count) {
    struct stream_totals *totals = &stream->totals;
    ASSERT(stream_id_compare(id, totals->last_id) > 0);
    size_t size = 0;
    for (size_t i = 0; i < 2 * pair_count; i++) {
        size += words[i].length;
    }
    struct id_cursor last;
    struct stream_node **node = NULL;
    struct stream_id key = id;
    if (id_map_last(stream->nodes, &last)) {
        node = node_for_write(stream, &last);
        key = id_map_id(stream->nodes, &last);
        if (is_full(*node, size)) {
            *node = stream_node_shrink(*node);
            node = NULL;
        }
    }
    if (node == NULL) {
        key = id;
        node = id_map_insert(stream->nodes, id);
        size_t room = totals->length == 0 ? 0 : node_room(size + pair_count * ENTRY_OVERHEAD);
        *node = stream_node_create(room, words, pair_count);
    }
    *node = stream_node_append(*node, key, id, words, pair_count);
    totals->last_id = id;
    totals->entries_added += totals->entries_added < INT64_MAX;
    if (totals->length++ == 0) {
        totals->first_id = id;
    }
}

/* ---- References of groups ---- */

static void drop_references(struct stream *stream, struct stream_id id) {
    for (size_t i = 0; i < stream->group_count; i++) {
        (void)stream_group_acknowledge(stream->groups[i], id);
    }
}

/* True while a group has not read the entry, or not acknowledged it; also when there is none. */
static bool is_referenced(const struct stream *stream, struct stream_id id) {
    for (size_t i = 0; i < stream->group_count; i++) {
        const struct stream_group *group = stream->groups[i];
        if (stream_id_compare(group->last_delivered, id) < 0 ||
            stream_group_pending(group, id) != NULL) {
            return true;
        }
    }
    return stream->group_count == 0;
}

/* ---- Deleting ---- */

/* Finds an entry, deleted or not, and its node. */
static bool find_entry(const struct stream *stream, struct stream_id id, struct id_cursor *node,
                       struct stream_entry *entry) {
    if (!id_map_seek_back(stream->nodes, id, node)) {
        return false;
    }
    struct stream_id key = id_map_id(stream->nodes, node);
    const struct stream_node *found = node_at(stream, node);
    bool has_entry = stream_node_first(found, key, entry);
    while (has_entry && stream_id_compare(entry->id, id) < 0) {
        has_entry = stream_node_next(found, key, entry);
    }
    return has_entry && stream_id_compare(entry->id, id) == 0;
}

bool stream_find(const struct stream *stream, struct stream_id id, struct stream_entry *entry) {
    struct id_cursor node;
    return find_entry(stream, id, &node, entry) && !entry->is_deleted;
}

/* Deletes a live entry of a node. Returns false when the node went with it. */
static bool delete_in_node(struct stream *stream, struct id_cursor *node,
                           struct stream_entry *entry) {
    stream->totals.length--;
    struct stream_node *changed = *node_for_write(stream, node);
    if (stream_node_live(changed) == 1) {
        (void)id_map_remove(stream->nodes, node);
        return false;
    }
    if (changed != entry->node) {
        stream_node_move_entry(entry, changed); /* The node was shared. */
    }
    stream_node_delete(changed, entry);
    return true;
}

enum stream_deletion stream_delete(struct stream *stream, struct stream_id id,
                                   enum stream_references references) {
    struct id_cursor node;
    struct stream_entry entry;
    bool is_there = find_entry(stream, id, &node, &entry) && !entry.is_deleted;
    if (is_there && references == STREAM_ONLY_ACKNOWLEDGED && is_referenced(stream, id)) {
        return STREAM_REFERENCED;
    }
    if (references == STREAM_DELETE_REFERENCES) {
        drop_references(stream, id);
    }
    if (!is_there) {
        return STREAM_ABSENT;
    }
    (void)delete_in_node(stream, &node, &entry);
    struct stream_totals *totals = &stream->totals;
    if (stream_id_compare(id, totals->max_deleted_id) > 0) {
        totals->max_deleted_id = id;
    }
    if (stream_id_compare(id, totals->first_id) == 0) {
        find_first_id(stream);
    }
    return STREAM_DELETED;
}

/* ---- Trimming ---- */

static bool is_excess(const struct stream *stream, const struct stream_trim *trim,
                      struct stream_id id) {
    return trim->by_id ? stream_id_compare(id, trim->min_id) < 0
                       : stream->totals.length > trim->count;
}

/* True when all entries of a node are to go. */
static bool is_whole_excess(const struct stream *stream, const struct stream_trim *trim,
                            struct stream_id key, const struct stream_node *node) {
    if (!trim->by_id) {
        return stream->totals.length - stream_node_live(node) >= trim->count;
    }
    struct stream_entry last;
    return stream_node_last(node, key, &last) && stream_id_compare(last.id, trim->min_id) < 0;
}

/* Whether the references of a whole node allow that it goes; drops them if that is wanted. */
static bool release_node(struct stream *stream, const struct stream_trim *trim,
                         struct stream_id key, const struct stream_node *node) {
    if (trim->references == STREAM_KEEP_REFERENCES) {
        return true;
    }
    struct stream_entry entry;
    bool has_entry = stream_node_first(node, key, &entry);
    for (; has_entry; has_entry = stream_node_next(node, key, &entry)) {
        if (entry.is_deleted) {
            continue;
        }
        if (trim->references == STREAM_DELETE_REFERENCES) {
            drop_references(stream, entry.id);
        } else if (is_referenced(stream, entry.id)) {
            return false;
        }
    }
    return true;
}

/* Trims inside of a node. Returns the number removed; *node_is_gone when it went with them. */
static uint64_t trim_node(struct stream *stream, const struct stream_trim *trim,
                          struct id_cursor *node, bool *node_is_gone) {
    struct stream_id key = id_map_id(stream->nodes, node);
    uint64_t removed = 0;
    struct stream_entry entry;
    *node_is_gone = false;
    bool has_entry = stream_node_first(node_at(stream, node), key, &entry);
    while (has_entry && is_excess(stream, trim, entry.id)) {
        bool stays = entry.is_deleted || (trim->references == STREAM_ONLY_ACKNOWLEDGED &&
                                          is_referenced(stream, entry.id));
        if (!stays) {
            if (trim->references == STREAM_DELETE_REFERENCES) {
                drop_references(stream, entry.id);
            }
            removed++;
            if (!delete_in_node(stream, node, &entry)) {
                *node_is_gone = true;
                break;
            }
        }
        has_entry = stream_node_next(entry.node, key, &entry);
    }
    return removed;
}

uint64_t stream_trim(struct stream *stream, const struct stream_trim *trim) {
    uint64_t removed = 0;
    struct id_cursor node;
    bool has_node = id_map_first(stream->nodes, &node);
    while (has_node && (trim->by_id || stream->totals.length > trim->count)) {
        struct stream_id key = id_map_id(stream->nodes, &node);
        const struct stream_node *first = node_at(stream, &node);
        uint64_t live = stream_node_live(first);
        if (trim->limit > 0 && removed + live > trim->limit) {
            break;
        }
        if (is_whole_excess(stream, trim, key, first) && release_node(stream, trim, key, first)) {
            removed += live;
            stream->totals.length -= live;
            has_node = id_map_remove(stream->nodes, &node);
            continue;
        }
        if (trim->is_approximate || (trim->by_id && stream_id_compare(key, trim->min_id) >= 0)) {
            break;
        }
        bool node_is_gone;
        removed += trim_node(stream, trim, &node, &node_is_gone);
        if (trim->references != STREAM_ONLY_ACKNOWLEDGED) {
            break;
        }
        has_node = node_is_gone ? id_map_seek(stream->nodes, key, &node)
                                : id_map_next(stream->nodes, &node);
    }
    if (removed > 0) {
        find_first_id(stream);
    }
    return removed;
}

/* ---- Walking ---- */

static bool enter_node(struct stream_walk *walk) {
    const struct stream *stream = walk->stream;
    struct stream_id key = id_map_id(stream->nodes, &walk->node);
    const struct stream_node *node = node_at(stream, &walk->node);
    return walk->is_backwards ? stream_node_last(node, key, &walk->entry)
                              : stream_node_first(node, key, &walk->entry);
}

void stream_walk_begin(struct stream_walk *walk, const struct stream *stream,
                       struct stream_id first, struct stream_id last, bool is_backwards) {
    walk->stream = stream;
    walk->first = first;
    walk->last = last;
    walk->is_backwards = is_backwards;
    walk->is_inside = false;
    walk->is_over = stream_id_compare(first, last) > 0;
    if (walk->is_over) {
        return;
    }
    if (is_backwards) {
        walk->is_over = !id_map_seek_back(stream->nodes, last, &walk->node);
    } else {
        walk->is_over = !id_map_seek_back(stream->nodes, first, &walk->node) &&
                        !id_map_first(stream->nodes, &walk->node);
    }
    walk->is_over = walk->is_over || !enter_node(walk);
}

/* Moves to the next entry, deleted or not. */
static bool move_on(struct stream_walk *walk) {
    const struct stream *stream = walk->stream;
    struct stream_id key = id_map_id(stream->nodes, &walk->node);
    const struct stream_node *node = walk->entry.node;
    if (walk->is_backwards ? stream_node_previous(node, key, &walk->entry)
                           : stream_node_next(node, key, &walk->entry)) {
        return true;
    }
    bool has_node = walk->is_backwards ? id_map_previous(stream->nodes, &walk->node)
                                       : id_map_next(stream->nodes, &walk->node);
    return has_node && enter_node(walk);
}

const struct stream_entry *stream_walk_next(struct stream_walk *walk) {
    while (!walk->is_over) {
        if (walk->is_inside && !move_on(walk)) {
            break;
        }
        walk->is_inside = true;
        const struct stream_entry *entry = &walk->entry;
        bool is_below = stream_id_compare(entry->id, walk->first) < 0;
        bool is_above = stream_id_compare(entry->id, walk->last) > 0;
        if (walk->is_backwards ? is_below : is_above) {
            break;
        }
        if (!is_below && !is_above && !entry->is_deleted) {
            return entry;
        }
    }
    walk->is_over = true;
    return NULL;
}

/* ---- Groups ---- */

static size_t find_group_index(const struct stream *stream, struct bytes name, bool *is_there) {
    size_t low = 0;
    size_t high = stream->group_count;
    *is_there = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = bytes_compare(sds_view(stream->groups[middle]->name), name);
        if (order == 0) {
            *is_there = true;
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return low;
}

struct stream_group *stream_find_group(const struct stream *stream, struct bytes name) {
    bool is_there;
    size_t index = find_group_index(stream, name, &is_there);
    return is_there ? stream->groups[index] : NULL;
}

void stream_add_group(struct stream *stream, struct stream_group *group) {
    bool is_there;
    size_t index = find_group_index(stream, sds_view(group->name), &is_there);
    ASSERT(!is_there);
    if (stream->group_count == stream->group_capacity) {
        stream->group_capacity =
            stream->group_capacity == 0 ? GROUPS_MIN : 2 * stream->group_capacity;
        stream->groups =
            alloc_resize(stream->groups, stream->group_capacity * sizeof(struct stream_group *));
    }
    struct stream_group **place = stream->groups + index;
    memmove(place + 1, place, (stream->group_count - index) * sizeof *place);
    *place = group;
    stream->group_count++;
}

void stream_remove_group(struct stream *stream, struct stream_group *group, struct value *rest) {
    bool is_there;
    size_t index = find_group_index(stream, sds_view(group->name), &is_there);
    ASSERT(is_there);
    struct stream_group **place = stream->groups + index;
    memmove(place, place + 1, (stream->group_count - index - 1) * sizeof *place);
    stream->group_count--;
    stream_type_create(rest);
    stream_add_group(stream_of(rest), group);
}

size_t stream_remove_consumer(struct stream_group *group, struct stream_consumer *consumer,
                              struct value *rest) {
    stream_type_create(rest);
    struct stream_group *removed = stream_group_create(sds_view(group->name), stream_id_min, 0);
    stream_add_group(stream_of(rest), removed);
    return stream_group_remove(group, consumer, removed);
}

size_t stream_group_count(const struct stream *stream) {
    return stream->group_count;
}

struct stream_group *stream_group_at(const struct stream *stream, size_t index) {
    ASSERT(index < stream->group_count);
    return stream->groups[index];
}

int64_t stream_entries_up_to(const struct stream *stream, struct stream_id id) {
    const struct stream_totals *totals = &stream->totals;
    int order = stream_id_compare(id, totals->last_id);
    if (totals->entries_added == 0) {
        return 0;
    }
    if (order == 0 || (totals->length == 0 && order < 0)) {
        return (int64_t)totals->entries_added;
    }
    if (order > 0 || (!stream_id_is_zero(totals->max_deleted_id) &&
                      stream_id_compare(totals->max_deleted_id, totals->first_id) >= 0)) {
        return STREAM_ENTRIES_READ_UNKNOWN;
    }
    int from_first = stream_id_compare(id, totals->first_id);
    if (from_first > 0) {
        return STREAM_ENTRIES_READ_UNKNOWN;
    }
    return (int64_t)(totals->entries_added - totals->length) + (from_first == 0);
}

bool stream_has_deleted_after(const struct stream *stream, struct stream_id id) {
    const struct stream_totals *totals = &stream->totals;
    return totals->length > 0 && stream_id_compare(totals->first_id, totals->max_deleted_id) <= 0 &&
           stream_id_compare(id, totals->max_deleted_id) <= 0;
}

/* ---- Producers ---- */

struct stream_producers *stream_find_producers(const struct stream *stream) {
    return stream->producers;
}

struct stream_producers *stream_make_producers(struct stream *stream) {
    if (stream->producers == NULL) {
        stream->producers = stream_producers_create();
    }
    return stream->producers;
}

/* ---- Files ---- */

size_t stream_node_count(const struct stream *stream) {
    return id_map_count(stream->nodes);
}

void stream_each_node(const struct stream *stream,
                      void (*visit)(void *context, struct stream_id key), void *context) {
    struct id_cursor at;
    for (bool has = id_map_first(stream->nodes, &at); has; has = id_map_next(stream->nodes, &at)) {
        visit(context, id_map_id(stream->nodes, &at));
    }
}

bool stream_add_node(struct stream *stream, struct stream_id key, const uint8_t *block) {
    struct id_cursor last;
    struct stream_entry entry;
    if (id_map_last(stream->nodes, &last) &&
        (!stream_node_last(node_at(stream, &last), id_map_id(stream->nodes, &last), &entry) ||
         stream_id_compare(entry.id, key) >= 0)) {
        return false;
    }
    struct stream_node *node = stream_listpack_read(block, key);
    if (node == NULL) {
        return false;
    }
    struct stream_node **place = id_map_insert(stream->nodes, key);
    *place = node;
    stream->totals.length += stream_node_live(node);
    return true;
}

void stream_finish_nodes(struct stream *stream) {
    find_first_id(stream);
}
