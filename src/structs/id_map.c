/*
 *   slots[first …] ──► chunk: refs | count | capacity | ids … | values …
 *
 * The array of slots has room in front after removals there, as trimming streams does. A chunk
 * grows by doubling; a full one is split in the middle, but at the end a new one is begun, so a
 * map that is appended to has full chunks. A small chunk is joined with its neighbour.
 *
 * Chosen over a radix tree: ids are fixed at 16 bytes and mostly come in order, so a node of a
 * radix tree would hold one id each where a chunk holds many; there is nothing to share.
 *
 * Where values have ranks, a slot knows a bound that no rank of its chunk is below. Searches by
 * rank pass the chunks that cannot have what they want, a comparison each, and make the bounds of
 * those that they go through exact. Chosen over an index by rank: that would take as many bytes as
 * the ids, and every insertion and removal twice the work.
 */
#include "structs/id_map.h"

#include "base/alloc.h"
#include "base/cache.h"
#include "base/panic.h"

#include <stdatomic.h>
#include <string.h>

enum { CAPACITY_MIN = 4, CHUNKS_MIN = 4, SPOTS_MIN = 64, PREFETCH_AHEAD = 16 };

struct chunk {
    _Atomic uint32_t refs; /* a map that shares chunks may be freed by another thread */
    uint32_t count;
    size_t capacity;
    struct stream_id ids[];
};

struct slot {
    struct chunk *chunk;
    int64_t lowest; /* no rank of the chunk is below; without ranks INT64_MAX */
};

struct id_map {
    const struct id_map_type *type;
    struct slot *slots;
    size_t first; /* index of the first slot */
    size_t end;   /* behind the last one */
    size_t capacity;
    size_t count;
};

struct id_map *id_map_create(const struct id_map_type *type) {
    ASSERT(type->chunk_max >= 2);
    struct id_map *map = alloc_zeroed(sizeof *map);
    map->type = type;
    return map;
}

/* ---- Chunks ---- */

static size_t chunk_size(const struct id_map *map, size_t capacity) {
    return sizeof(struct chunk) + capacity * (sizeof(struct stream_id) + map->type->value_size);
}

static char *values_of(const struct chunk *chunk) {
    return (char *)(uintptr_t)(chunk->ids + chunk->capacity);
}

static char *value_at(const struct id_map *map, const struct chunk *chunk, size_t index) {
    return values_of(chunk) + index * map->type->value_size;
}

static struct chunk *new_chunk(const struct id_map *map, size_t capacity) {
    struct chunk *chunk = alloc_new(chunk_size(map, capacity));
    atomic_init(&chunk->refs, 1);
    chunk->count = 0;
    chunk->capacity = capacity;
    return chunk;
}

/* Copies ids and values from one chunk to another, bytewise. */
static void copy_items(const struct id_map *map, struct chunk *to, size_t to_index,
                       const struct chunk *from, size_t from_index, size_t count) {
    memcpy(to->ids + to_index, from->ids + from_index, count * sizeof *from->ids);
    if (map->type->value_size > 0) {
        memcpy(value_at(map, to, to_index), value_at(map, from, from_index),
               count * map->type->value_size);
    }
}

static struct chunk *copy_chunk(const struct id_map *map, const struct chunk *source) {
    struct chunk *chunk = new_chunk(map, source->capacity);
    copy_items(map, chunk, 0, source, 0, source->count);
    chunk->count = source->count;
    for (size_t i = 0; map->type->copy != NULL && i < chunk->count; i++) {
        map->type->copy(value_at(map, chunk, i));
    }
    return chunk;
}

static void release_chunk(const struct id_map *map, struct chunk *chunk) {
    if (atomic_fetch_sub(&chunk->refs, 1) > 1) {
        return;
    }
    for (size_t i = 0; map->type->free != NULL && i < chunk->count; i++) {
        map->type->free(value_at(map, chunk, i));
    }
    alloc_free_sized(chunk, chunk_size(map, chunk->capacity));
}

static struct slot *slot_at(const struct id_map *map, size_t chunk_index) {
    ASSERT(chunk_index < map->end - map->first);
    return &map->slots[map->first + chunk_index];
}

static struct chunk *chunk_at(const struct id_map *map, size_t chunk_index) {
    return slot_at(map, chunk_index)->chunk;
}

/* The chunk of a slot for a change: the map's alone. */
static struct chunk *own_chunk_of(const struct id_map *map, struct slot *slot) {
    if (atomic_load(&slot->chunk->refs) > 1) {
        struct chunk *copy = copy_chunk(map, slot->chunk);
        release_chunk(map, slot->chunk);
        slot->chunk = copy;
    }
    return slot->chunk;
}

static struct chunk *own_chunk(struct id_map *map, size_t chunk_index) {
    return own_chunk_of(map, slot_at(map, chunk_index));
}

/* ---- The array of chunks ---- */

static size_t chunk_count(const struct id_map *map) {
    return map->end - map->first;
}

static void insert_chunk(struct id_map *map, size_t chunk_index, struct slot slot) {
    if (map->end == map->capacity && map->first > map->capacity / 2) {
        memmove(map->slots, map->slots + map->first, chunk_count(map) * sizeof *map->slots);
        map->end -= map->first;
        map->first = 0;
    } else if (map->end == map->capacity) {
        map->capacity = map->capacity == 0 ? CHUNKS_MIN : 2 * map->capacity;
        map->slots = alloc_resize(map->slots, map->capacity * sizeof *map->slots);
    }
    struct slot *place = map->slots + map->first + chunk_index;
    memmove(place + 1, place, (chunk_count(map) - chunk_index) * sizeof *place);
    *place = slot;
    map->end++;
}

static void take_chunk_out(struct id_map *map, size_t chunk_index) {
    if (chunk_index == 0) {
        map->first++;
    } else {
        struct slot *place = map->slots + map->first + chunk_index;
        memmove(place, place + 1, (chunk_count(map) - chunk_index - 1) * sizeof *place);
        map->end--;
    }
    if (map->first == map->end) {
        map->first = 0;
        map->end = 0;
    }
}

void id_map_drop_chunk(struct id_map *map) {
    struct chunk *chunk = chunk_at(map, 0);
    map->count -= chunk->count;
    take_chunk_out(map, 0);
    release_chunk(map, chunk);
}

void id_map_destroy(struct id_map *map) {
    if (map == NULL) {
        return;
    }
    for (size_t i = map->first; i < map->end; i++) {
        release_chunk(map, map->slots[i].chunk);
    }
    alloc_free(map->slots);
    alloc_free(map);
}

static struct id_map *new_like(const struct id_map *map) {
    struct id_map *made = id_map_create(map->type);
    made->count = map->count;
    made->end = chunk_count(map);
    made->capacity = made->end;
    if (made->end > 0) {
        made->slots = alloc_new(made->end * sizeof *made->slots);
        memcpy(made->slots, map->slots + map->first, made->end * sizeof *made->slots);
    }
    return made;
}

struct id_map *id_map_clone(struct id_map *map) {
    struct id_map *clone = new_like(map);
    for (size_t i = 0; i < chunk_count(map); i++) {
        if (i + PREFETCH_AHEAD < chunk_count(map)) {
            cache_prefetch(clone->slots[i + PREFETCH_AHEAD].chunk);
        }
        (void)atomic_fetch_add(&clone->slots[i].chunk->refs, 1);
    }
    return clone;
}

struct id_map *id_map_copy(const struct id_map *map) {
    struct id_map *copy = new_like(map);
    for (size_t i = 0; i < chunk_count(map); i++) {
        copy->slots[i].chunk = copy_chunk(map, chunk_at(map, i));
    }
    return copy;
}

size_t id_map_count(const struct id_map *map) {
    return map->count;
}

/* Bytes of a chunk and what its values own. */
static size_t chunk_memory(const struct id_map *map, const struct chunk *chunk) {
    size_t size = alloc_size_class(chunk_size(map, chunk->capacity));
    for (size_t i = 0; map->type->size != NULL && i < chunk->count; i++) {
        size += map->type->size(value_at(map, chunk, i));
    }
    return size;
}

size_t id_map_memory(const struct id_map *map, size_t sample_count) {
    size_t count = chunk_count(map);
    bool is_sampled = sample_count > 0 && sample_count < count;
    size_t looked_at = is_sampled ? sample_count : count;
    size_t chunks_size = 0;
    for (size_t i = 0; i < looked_at; i++) {
        chunks_size += chunk_memory(map, chunk_at(map, i * count / looked_at));
    }
    if (is_sampled) {
        chunks_size = (size_t)((double)chunks_size / (double)looked_at * (double)count);
    }
    return alloc_size_class(sizeof *map) + chunks_size +
           (map->capacity == 0 ? 0 : alloc_size_class(map->capacity * sizeof *map->slots));
}

size_t id_map_free_effort(const struct id_map *map) {
    return map->type->free != NULL ? map->count : chunk_count(map);
}

/* ---- Finding ---- */

/* The index of the first id of a chunk that is not below; its count when there is none. */
static size_t lower_bound(const struct chunk *chunk, struct stream_id id) {
    size_t low = 0;
    size_t high = chunk->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stream_id_compare(chunk->ids[middle], id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Whether all ids of a chunk are below. */
static bool is_below(const struct chunk *chunk, struct stream_id id) {
    return stream_id_compare(chunk->ids[chunk->count - 1], id) < 0;
}

/* The first chunk whose last id is not below; the number of chunks when there is none. */
static size_t find_chunk(const struct id_map *map, struct stream_id id) {
    size_t low = 0;
    size_t high = chunk_count(map);
    if (high > 0 && is_below(chunk_at(map, high - 1), id)) {
        return high; /* What is appended. */
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_below(chunk_at(map, middle), id)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool id_map_seek(const struct id_map *map, struct stream_id id, struct id_cursor *cursor) {
    size_t chunk_index = find_chunk(map, id);
    if (chunk_index == chunk_count(map)) {
        return false;
    }
    *cursor = (struct id_cursor){chunk_index, lower_bound(chunk_at(map, chunk_index), id)};
    return true;
}

bool id_map_find(const struct id_map *map, struct stream_id id, struct id_cursor *cursor) {
    struct id_cursor found;
    if (!id_map_seek(map, id, &found) || stream_id_compare(id_map_id(map, &found), id) != 0) {
        return false;
    }
    *cursor = found;
    return true;
}

bool id_map_seek_back(const struct id_map *map, struct stream_id id, struct id_cursor *cursor) {
    if (!id_map_seek(map, id, cursor)) {
        return id_map_last(map, cursor);
    }
    return stream_id_compare(id_map_id(map, cursor), id) == 0 || id_map_previous(map, cursor);
}

bool id_map_first(const struct id_map *map, struct id_cursor *cursor) {
    *cursor = (struct id_cursor){0, 0};
    return map->count > 0;
}

bool id_map_last(const struct id_map *map, struct id_cursor *cursor) {
    if (map->count == 0) {
        return false;
    }
    size_t chunk_index = chunk_count(map) - 1;
    *cursor = (struct id_cursor){chunk_index, chunk_at(map, chunk_index)->count - 1};
    return true;
}

bool id_map_next(const struct id_map *map, struct id_cursor *cursor) {
    if (cursor->index + 1 < chunk_at(map, cursor->chunk_index)->count) {
        cursor->index++;
        return true;
    }
    if (cursor->chunk_index + 1 == chunk_count(map)) {
        return false;
    }
    *cursor = (struct id_cursor){cursor->chunk_index + 1, 0};
    return true;
}

bool id_map_previous(const struct id_map *map, struct id_cursor *cursor) {
    if (cursor->index > 0) {
        cursor->index--;
        return true;
    }
    if (cursor->chunk_index == 0) {
        return false;
    }
    cursor->chunk_index--;
    cursor->index = chunk_at(map, cursor->chunk_index)->count - 1;
    return true;
}

struct stream_id id_map_id(const struct id_map *map, const struct id_cursor *cursor) {
    const struct chunk *chunk = chunk_at(map, cursor->chunk_index);
    ASSERT(cursor->index < chunk->count);
    return chunk->ids[cursor->index];
}

const void *id_map_value(const struct id_map *map, const struct id_cursor *cursor) {
    return value_at(map, chunk_at(map, cursor->chunk_index), cursor->index);
}

void *id_map_value_for_write(struct id_map *map, const struct id_cursor *cursor) {
    return value_at(map, own_chunk(map, cursor->chunk_index), cursor->index);
}

/* ---- Inserting ---- */

/* Makes a chunk larger, which is not at its maximum. */
static struct chunk *grow_chunk(struct id_map *map, size_t chunk_index) {
    struct chunk *chunk = own_chunk(map, chunk_index);
    size_t capacity = 2 * chunk->capacity;
    capacity = capacity < map->type->chunk_max ? capacity : map->type->chunk_max;
    struct chunk *larger = new_chunk(map, capacity);
    copy_items(map, larger, 0, chunk, 0, chunk->count);
    larger->count = chunk->count;
    alloc_free_sized(chunk, chunk_size(map, chunk->capacity));
    slot_at(map, chunk_index)->chunk = larger;
    return larger;
}

/* Puts the upper half of a full chunk into a new one behind it. */
static void split_chunk(struct id_map *map, size_t chunk_index) {
    struct chunk *chunk = own_chunk(map, chunk_index);
    size_t kept = chunk->count / 2;
    struct chunk *upper = new_chunk(map, chunk->capacity);
    copy_items(map, upper, 0, chunk, kept, chunk->count - kept);
    upper->count = (uint32_t)(chunk->count - kept);
    chunk->count = (uint32_t)kept;
    insert_chunk(map, chunk_index + 1, (struct slot){upper, slot_at(map, chunk_index)->lowest});
}

static void note_rank(struct slot *slot, int64_t rank) {
    slot->lowest = rank < slot->lowest ? rank : slot->lowest;
}

/* Inserts an id, all of whose value is zero. */
static void *insert_at(struct id_map *map, size_t chunk_index, size_t index, struct stream_id id) {
    struct chunk *chunk = own_chunk(map, chunk_index);
    if (chunk->count == chunk->capacity) {
        chunk = grow_chunk(map, chunk_index);
    }
    size_t moved = chunk->count - index;
    memmove(chunk->ids + index + 1, chunk->ids + index, moved * sizeof *chunk->ids);
    char *value = value_at(map, chunk, index);
    if (map->type->value_size > 0) {
        memmove(value + map->type->value_size, value, moved * map->type->value_size);
        memset(value, 0, map->type->value_size);
    }
    chunk->ids[index] = id;
    chunk->count++;
    map->count++;
    return value;
}

static void *append(struct id_map *map, struct stream_id id, struct id_cursor *cursor) {
    size_t count = chunk_count(map);
    size_t chunk_max = map->type->chunk_max;
    if (count == 0 || chunk_at(map, count - 1)->count == chunk_max) {
        /* The chunks before this one are full: it will be, too. */
        size_t capacity = count == 0 && chunk_max > CAPACITY_MIN ? CAPACITY_MIN : chunk_max;
        insert_chunk(map, count, (struct slot){new_chunk(map, capacity), INT64_MAX});
        count++;
    }
    *cursor = (struct id_cursor){count - 1, chunk_at(map, count - 1)->count};
    return insert_at(map, cursor->chunk_index, cursor->index, id);
}

/* Inserts an id before a place. */
static void *insert_before(struct id_map *map, struct id_cursor *cursor, struct stream_id id) {
    ASSERT(stream_id_compare(id_map_id(map, cursor), id) != 0);
    if (chunk_at(map, cursor->chunk_index)->count == map->type->chunk_max) {
        split_chunk(map, cursor->chunk_index);
        size_t kept = chunk_at(map, cursor->chunk_index)->count;
        if (cursor->index > kept) {
            *cursor = (struct id_cursor){cursor->chunk_index + 1, cursor->index - kept};
        }
    }
    return insert_at(map, cursor->chunk_index, cursor->index, id);
}

void *id_map_insert(struct id_map *map, struct stream_id id) {
    struct id_cursor cursor;
    ASSERT(map->type->rank == NULL);
    return id_map_seek(map, id, &cursor) ? insert_before(map, &cursor, id)
                                         : append(map, id, &cursor);
}

void id_map_put(struct id_map *map, struct stream_id id, const void *value) {
    struct id_cursor cursor;
    void *place;
    if (!id_map_seek(map, id, &cursor)) {
        place = append(map, id, &cursor);
    } else if (stream_id_compare(id_map_id(map, &cursor), id) == 0) {
        place = id_map_value_for_write(map, &cursor);
    } else {
        place = insert_before(map, &cursor, id);
    }
    memcpy(place, value, map->type->value_size);
    if (map->type->rank != NULL) {
        note_rank(slot_at(map, cursor.chunk_index), map->type->rank(value));
    }
}

/* ---- Removing ---- */

/* Appends a small chunk's neighbour to it when both are nearly empty. */
static void join_chunks(struct id_map *map, size_t chunk_index) {
    if (chunk_index + 1 >= chunk_count(map)) {
        return;
    }
    size_t count = chunk_at(map, chunk_index)->count;
    size_t next_count = chunk_at(map, chunk_index + 1)->count;
    if (count + next_count > map->type->chunk_max / 2) {
        return;
    }
    struct chunk *chunk = own_chunk(map, chunk_index);
    struct chunk *next = own_chunk(map, chunk_index + 1);
    while (chunk->capacity < count + next_count) {
        chunk = grow_chunk(map, chunk_index);
    }
    copy_items(map, chunk, count, next, 0, next_count);
    chunk->count = (uint32_t)(count + next_count);
    note_rank(slot_at(map, chunk_index), slot_at(map, chunk_index + 1)->lowest);
    take_chunk_out(map, chunk_index + 1);
    alloc_free_sized(next, chunk_size(map, next->capacity));
}

bool id_map_remove(struct id_map *map, struct id_cursor *cursor) {
    struct chunk *chunk = own_chunk(map, cursor->chunk_index);
    ASSERT(cursor->index < chunk->count);
    char *value = value_at(map, chunk, cursor->index);
    if (map->type->free != NULL) {
        map->type->free(value);
    }
    size_t moved = chunk->count - cursor->index - 1;
    memmove(chunk->ids + cursor->index, chunk->ids + cursor->index + 1, moved * sizeof *chunk->ids);
    if (map->type->value_size > 0) {
        memmove(value, value + map->type->value_size, moved * map->type->value_size);
    }
    chunk->count--;
    map->count--;
    if (chunk->count == 0) {
        take_chunk_out(map, cursor->chunk_index);
        release_chunk(map, chunk);
        return cursor->chunk_index < chunk_count(map);
    }
    join_chunks(map, cursor->chunk_index);
    if (cursor->index == chunk_at(map, cursor->chunk_index)->count) {
        *cursor = (struct id_cursor){cursor->chunk_index + 1, 0};
    }
    return cursor->chunk_index < chunk_count(map);
}

/* Takes what is to go out of a slot's chunk, which may be empty then. Returns how much that was. */
static size_t filter_slot(const struct id_map *map, struct slot *slot, id_map_filter is_to_go,
                          const void *context) {
    size_t kept = 0;
    while (kept < slot->chunk->count && !is_to_go(context, value_at(map, slot->chunk, kept))) {
        kept++;
    }
    if (kept == slot->chunk->count) {
        return 0;
    }
    struct chunk *chunk = own_chunk_of(map, slot);
    for (size_t i = kept; i < chunk->count; i++) {
        char *value = value_at(map, chunk, i);
        if (!is_to_go(context, value)) {
            chunk->ids[kept] = chunk->ids[i];
            memmove(value_at(map, chunk, kept), value, map->type->value_size);
            kept++;
        } else if (map->type->free != NULL) {
            map->type->free(value);
        }
    }
    size_t removed = chunk->count - kept;
    chunk->count = (uint32_t)kept;
    return removed;
}

/* Moves all of a chunk behind what a slot has, if it has room. */
static bool pour(const struct id_map *map, struct slot *into, struct slot *from) {
    if (atomic_load(&into->chunk->refs) > 1 || atomic_load(&from->chunk->refs) > 1 ||
        into->chunk->count + (size_t)from->chunk->count > into->chunk->capacity) {
        return false;
    }
    copy_items(map, into->chunk, into->chunk->count, from->chunk, 0, from->chunk->count);
    into->chunk->count += from->chunk->count;
    into->lowest = into->lowest < from->lowest ? into->lowest : from->lowest;
    from->chunk->count = 0;
    return true;
}

size_t id_map_remove_if(struct id_map *map, id_map_filter is_to_go, const void *context) {
    size_t removed = 0;
    size_t end = map->first;
    for (size_t i = map->first; i < map->end; i++) {
        struct slot slot = map->slots[i];
        removed += filter_slot(map, &slot, is_to_go, context);
        if (slot.chunk->count == 0 ||
            (removed > 0 && end > map->first && pour(map, &map->slots[end - 1], &slot))) {
            release_chunk(map, slot.chunk);
        } else {
            map->slots[end++] = slot;
        }
    }
    map->end = end == map->first ? 0 : end;
    map->first = end == map->first ? 0 : map->first;
    map->count -= removed;
    return removed;
}

/* ---- Ranks ---- */

static int64_t rank_at(const struct id_map *map, const struct chunk *chunk, size_t index) {
    return map->type->rank(value_at(map, chunk, index));
}

/* Makes the bound of a chunk exact, and finds its first index from `from` on with such a rank. */
static bool find_in_chunk(struct id_map *map, size_t chunk_index, size_t from, int64_t rank_max,
                          size_t *found) {
    struct slot *slot = slot_at(map, chunk_index);
    bool is_found = false;
    slot->lowest = INT64_MAX;
    for (size_t i = 0; i < slot->chunk->count; i++) {
        int64_t rank = rank_at(map, slot->chunk, i);
        note_rank(slot, rank);
        if (!is_found && i >= from && rank <= rank_max) {
            is_found = true;
            *found = i;
        }
    }
    return is_found;
}

bool id_map_seek_rank(struct id_map *map, struct stream_id id, int64_t rank_max,
                      struct id_cursor *cursor) {
    struct id_cursor at;
    ASSERT(map->type->rank != NULL);
    if (!id_map_seek(map, id, &at)) {
        return false;
    }
    const struct chunk *chunk = chunk_at(map, at.chunk_index);
    for (; at.chunk_index < chunk_count(map); at.chunk_index++, at.index = 0) {
        if (slot_at(map, at.chunk_index)->lowest > rank_max) {
            continue;
        }
        chunk = chunk_at(map, at.chunk_index);
        bool is_next = at.index < chunk->count && rank_at(map, chunk, at.index) <= rank_max;
        if (is_next || find_in_chunk(map, at.chunk_index, at.index, rank_max, &at.index)) {
            *cursor = at;
            return true;
        }
    }
    return false;
}

/*
 * A walk in the order of ranks is a heap of places. A chunk is one place with its bound until that
 * is the lowest; then its items take its stead.
 */
struct spot {
    int64_t rank;
    uint32_t chunk_index;
    uint32_t place; /* 0: the whole chunk; else the index and 1 */
};

struct id_ranks {
    struct id_map *map;
    int64_t rank_max;
    size_t count;
    size_t capacity;
    struct spot *spots;
};

static bool spot_is_before(const struct spot *spot, const struct spot *other) {
    if (spot->rank != other->rank) {
        return spot->rank < other->rank;
    }
    return spot->chunk_index != other->chunk_index ? spot->chunk_index < other->chunk_index
                                                   : spot->place < other->place;
}

static void push_spot(struct id_ranks *ranks, struct spot spot) {
    if (ranks->count == ranks->capacity) {
        ranks->capacity = ranks->capacity == 0 ? SPOTS_MIN : 2 * ranks->capacity;
        ranks->spots = alloc_resize(ranks->spots, ranks->capacity * sizeof spot);
    }
    size_t at = ranks->count++;
    while (at > 0 && spot_is_before(&spot, &ranks->spots[(at - 1) / 2])) {
        ranks->spots[at] = ranks->spots[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    ranks->spots[at] = spot;
}

static struct spot pop_spot(struct id_ranks *ranks) {
    struct spot top = ranks->spots[0];
    struct spot last = ranks->spots[--ranks->count];
    size_t at = 0;
    for (size_t child = 1; child < ranks->count; child = 2 * at + 1) {
        if (child + 1 < ranks->count &&
            spot_is_before(&ranks->spots[child + 1], &ranks->spots[child])) {
            child++;
        }
        if (!spot_is_before(&ranks->spots[child], &last)) {
            break;
        }
        ranks->spots[at] = ranks->spots[child];
        at = child;
    }
    ranks->spots[at] = last;
    return top;
}

struct id_ranks *id_ranks_begin(struct id_map *map, int64_t rank_max) {
    ASSERT(map->type->rank != NULL && chunk_count(map) <= UINT32_MAX);
    struct id_ranks *ranks = alloc_zeroed(sizeof *ranks);
    ranks->map = map;
    ranks->rank_max = rank_max;
    for (size_t i = 0; i < chunk_count(map); i++) {
        int64_t lowest = slot_at(map, i)->lowest;
        if (lowest <= rank_max) {
            push_spot(ranks, (struct spot){lowest, (uint32_t)i, 0});
        }
    }
    return ranks;
}

void id_ranks_end(struct id_ranks *ranks) {
    alloc_free(ranks->spots);
    alloc_free(ranks);
}

/* Puts the items of a chunk into the heap, and makes its bound exact. */
static void open_chunk(struct id_ranks *ranks, uint32_t chunk_index) {
    struct slot *slot = slot_at(ranks->map, chunk_index);
    slot->lowest = INT64_MAX;
    for (uint32_t i = 0; i < slot->chunk->count; i++) {
        int64_t rank = rank_at(ranks->map, slot->chunk, i);
        note_rank(slot, rank);
        if (rank <= ranks->rank_max) {
            push_spot(ranks, (struct spot){rank, chunk_index, i + 1});
        }
    }
}

bool id_ranks_next(struct id_ranks *ranks, struct id_cursor *cursor) {
    while (ranks->count > 0) {
        struct spot spot = pop_spot(ranks);
        if (spot.place > 0) {
            *cursor = (struct id_cursor){spot.chunk_index, spot.place - 1};
            return true;
        }
        open_chunk(ranks, spot.chunk_index);
    }
    return false;
}
