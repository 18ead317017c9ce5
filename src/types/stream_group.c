/*
 * Consumers stand in an array sorted by name: there are few, they come and go rarely, and files
 * list them in this order.
 */
#include "types/stream_group.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <string.h>

enum {
    CONSUMERS_MIN = 4,
    PENDING_CHUNK = 128,
    IDS_CHUNK = 256,
    FILTER_SHARE = 32, /* removing one of so many entries takes as long as filtering them all */
};

static int64_t pending_rank(const void *value) {
    const struct stream_pending *pending = value;
    return pending->delivered_ms;
}

static const struct id_map_type pending_type = {
    .value_size = sizeof(struct stream_pending),
    .chunk_max = PENDING_CHUNK,
    .rank = pending_rank,
};
static const struct id_map_type ids_type = {.chunk_max = IDS_CHUNK};

struct stream_group *stream_group_create(struct bytes name, struct stream_id last_delivered,
                                         int64_t entries_read) {
    struct stream_group *group = alloc_zeroed(sizeof *group);
    group->name = sds_new(name);
    group->last_delivered = last_delivered;
    group->entries_read = entries_read;
    group->pending = id_map_create(&pending_type);
    return group;
}

static void destroy_consumer(struct stream_consumer *consumer) {
    sds_free(consumer->name);
    id_map_destroy(consumer->pending);
    alloc_free(consumer);
}

void stream_group_destroy(struct stream_group *group) {
    if (group == NULL) {
        return;
    }
    for (size_t i = 0; i < group->consumer_count; i++) {
        destroy_consumer(group->consumers[i]);
    }
    alloc_free(group->consumers);
    id_map_destroy(group->pending);
    sds_free(group->name);
    alloc_free(group);
}

bool stream_group_release_part(struct stream_group *group) {
    if (id_map_count(group->pending) > 0) {
        id_map_drop_chunk(group->pending);
        return true;
    }
    while (group->consumer_count > 0) {
        struct stream_consumer *consumer = group->consumers[group->consumer_count - 1];
        if (id_map_count(consumer->pending) > 0) {
            id_map_drop_chunk(consumer->pending);
            return true;
        }
        destroy_consumer(consumer);
        group->consumer_count--;
    }
    return false;
}

static struct stream_group *copy_group(const struct stream_group *group, struct id_map *pending,
                                       struct id_map *(*copy_ids)(const struct id_map *ids)) {
    struct stream_group *copy = alloc_new(sizeof *copy);
    *copy = *group;
    copy->name = sds_new(sds_view(group->name));
    copy->pending = pending;
    copy->consumer_capacity = group->consumer_count;
    copy->consumers = NULL;
    if (group->consumer_count > 0) {
        copy->consumers = alloc_new(group->consumer_count * sizeof(struct stream_consumer *));
    }
    for (size_t i = 0; i < group->consumer_count; i++) {
        struct stream_consumer *consumer = alloc_new(sizeof *consumer);
        *consumer = *group->consumers[i];
        consumer->name = sds_new(sds_view(consumer->name));
        consumer->pending = copy_ids(consumer->pending);
        copy->consumers[i] = consumer;
    }
    return copy;
}

struct stream_group *stream_group_copy(const struct stream_group *group) {
    struct stream_group *copy = copy_group(group, id_map_copy(group->pending), id_map_copy);
    for (size_t i = 0; i < copy->consumer_count; i++) {
        struct id_map *ids = copy->consumers[i]->pending;
        struct id_cursor at;
        for (bool has = id_map_first(ids, &at); has; has = id_map_next(ids, &at)) {
            struct id_cursor entry;
            bool is_pending = id_map_find(copy->pending, id_map_id(ids, &at), &entry);
            ASSERT(is_pending);
            struct stream_pending *pending = id_map_value_for_write(copy->pending, &entry);
            pending->consumer = copy->consumers[i];
        }
    }
    return copy;
}

static struct id_map *share(const struct id_map *ids) {
    /* Cloning only counts the users of the chunks. */
    return id_map_clone((struct id_map *)(uintptr_t)ids);
}

struct stream_group *stream_group_clone(struct stream_group *group) {
    return copy_group(group, id_map_clone(group->pending), share);
}

size_t stream_group_memory(const struct stream_group *group, size_t sample_count) {
    size_t size = alloc_size_class(sizeof *group) + sds_memory(group->name) +
                  id_map_memory(group->pending, sample_count);
    size += group->consumer_capacity == 0
                ? 0
                : alloc_size_class(group->consumer_capacity * sizeof(struct stream_consumer *));
    for (size_t i = 0; i < group->consumer_count; i++) {
        const struct stream_consumer *consumer = group->consumers[i];
        size += alloc_size_class(sizeof *consumer) + sds_memory(consumer->name) +
                id_map_memory(consumer->pending, sample_count);
    }
    return size;
}

/* ---- Consumers ---- */

/* The index of a name, or where it would have to stand. */
static size_t find_index(const struct stream_group *group, struct bytes name, bool *is_there) {
    size_t low = 0;
    size_t high = group->consumer_count;
    *is_there = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = bytes_compare(sds_view(group->consumers[middle]->name), name);
        if (order == 0) {
            *is_there = true;
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return low;
}

struct stream_consumer *stream_group_find(const struct stream_group *group, struct bytes name) {
    bool is_there;
    size_t index = find_index(group, name, &is_there);
    return is_there ? group->consumers[index] : NULL;
}

static void insert_consumer(struct stream_group *group, size_t index,
                            struct stream_consumer *consumer) {
    if (group->consumer_count == group->consumer_capacity) {
        group->consumer_capacity =
            group->consumer_capacity == 0 ? CONSUMERS_MIN : 2 * group->consumer_capacity;
        group->consumers = alloc_resize(group->consumers, group->consumer_capacity *
                                                              sizeof(struct stream_consumer *));
    }
    struct stream_consumer **place = group->consumers + index;
    memmove(place + 1, place, (group->consumer_count - index) * sizeof *place);
    group->consumer_count++;
    *place = consumer;
}

struct stream_consumer *stream_group_add(struct stream_group *group, struct bytes name,
                                         int64_t now_ms) {
    bool is_there;
    size_t index = find_index(group, name, &is_there);
    ASSERT(!is_there);
    struct stream_consumer *consumer = alloc_new(sizeof *consumer);
    *consumer = (struct stream_consumer){
        .name = sds_new(name),
        .seen_ms = now_ms,
        .active_ms = STREAM_NEVER_ACTIVE,
        .pending = id_map_create(&ids_type),
    };
    insert_consumer(group, index, consumer);
    return consumer;
}

static bool belongs_to(const void *context, const void *value) {
    const struct stream_pending *pending = value;
    return pending->consumer == context;
}

/* Removes the pending entries of a consumer from those of the group. */
static void remove_pending(struct stream_group *group, const struct stream_consumer *consumer,
                           struct stream_group *rest) {
    size_t count = id_map_count(consumer->pending);
    if (count == id_map_count(group->pending)) {
        struct id_map *pending = group->pending;
        group->pending = rest->pending;
        rest->pending = pending;
        return;
    }
    if (count >= id_map_count(group->pending) / FILTER_SHARE) {
        size_t removed = id_map_remove_if(group->pending, belongs_to, consumer);
        ASSERT(removed == count);
        return;
    }
    struct id_cursor at;
    for (bool has = id_map_first(consumer->pending, &at); has;
         has = id_map_next(consumer->pending, &at)) {
        struct id_cursor entry;
        bool is_pending = id_map_find(group->pending, id_map_id(consumer->pending, &at), &entry);
        ASSERT(is_pending);
        (void)id_map_remove(group->pending, &entry);
    }
}

size_t stream_group_remove(struct stream_group *group, struct stream_consumer *consumer,
                           struct stream_group *rest) {
    ASSERT(rest->consumer_count == 0);
    size_t count = id_map_count(consumer->pending);
    remove_pending(group, consumer, rest);
    bool is_there;
    size_t index = find_index(group, sds_view(consumer->name), &is_there);
    ASSERT(is_there);
    struct stream_consumer **place = group->consumers + index;
    memmove(place, place + 1, (group->consumer_count - index - 1) * sizeof *place);
    group->consumer_count--;
    insert_consumer(rest, 0, consumer);
    return count;
}

/* ---- Pending entries ---- */

const struct stream_pending *stream_group_pending(const struct stream_group *group,
                                                  struct stream_id id) {
    struct id_cursor at;
    return id_map_find(group->pending, id, &at) ? id_map_value(group->pending, &at) : NULL;
}

/* Takes an entry from the one who has it. */
static void take_from_owner(struct stream_group *group, struct stream_id id,
                            const struct stream_pending *pending) {
    if (pending->consumer == NULL) {
        group->nacked_count--;
        return;
    }
    struct id_cursor own;
    bool is_there = id_map_find(pending->consumer->pending, id, &own);
    ASSERT(is_there);
    (void)id_map_remove(pending->consumer->pending, &own);
}

void stream_group_assign(struct stream_group *group, struct stream_id id,
                         const struct stream_pending *pending) {
    const struct stream_pending *before = stream_group_pending(group, id);
    bool keeps_owner = before != NULL && before->consumer == pending->consumer;
    if (before != NULL && !keeps_owner) {
        take_from_owner(group, id, before);
    }
    if (!keeps_owner) {
        group->nacked_count += pending->consumer == NULL;
        if (pending->consumer != NULL) {
            (void)id_map_insert(pending->consumer->pending, id);
        }
    }
    id_map_put(group->pending, id, pending);
}

bool stream_group_acknowledge(struct stream_group *group, struct stream_id id) {
    struct id_cursor at;
    if (!id_map_find(group->pending, id, &at)) {
        return false;
    }
    take_from_owner(group, id, id_map_value(group->pending, &at));
    (void)id_map_remove(group->pending, &at);
    return true;
}
