/*
 * id_map: an ordered map from stream ids to values of one size, kept in the map itself.
 *
 * Ids stand side by side in sorted chunks, and the chunks in one array: appending is O(1), finding
 * O(log N), inserting and removing elsewhere also moves at most a chunk and the array of chunks.
 * A map can be cloned in O(chunks): chunks are shared then, and copied before they change. A map
 * and its clones belong to one thread until all but one are gone.
 *
 * Values may have ranks, by which the map can be searched, too.
 */
#ifndef LATCHKEY_STRUCTS_ID_MAP_H
#define LATCHKEY_STRUCTS_ID_MAP_H

#include "structs/stream_id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_map;

/* What the values are. */
struct id_map_type {
    size_t value_size;         /* a multiple of 8; may be 0 */
    size_t chunk_max;          /* ids of a chunk, at least 2 */
    void (*copy)(void *value); /* makes a value that was copied bytewise independent; NULL: is */
    void (*free)(void *value); /* frees what it owns; NULL: nothing */
    size_t (*size)(const void *value);  /* bytes that it owns; NULL: none */
    int64_t (*rank)(const void *value); /* NULL: no ranks */
};

/* A place in a map. Dead after the next change that is not made through it. */
struct id_cursor {
    size_t chunk_index;
    size_t index;
};

/* An empty map. type: kept. Free with id_map_destroy, O(N). */
struct id_map *id_map_create(const struct id_map_type *type);
void id_map_destroy(struct id_map *map);

/* A map with the same content, sharing it; or an independent one, O(N). */
struct id_map *id_map_clone(struct id_map *map);
struct id_map *id_map_copy(const struct id_map *map);

/* Number of ids. O(1). */
size_t id_map_count(const struct id_map *map);

/*
 * Bytes of memory. O(chunks that are looked at), and of their ids if values own some.
 * sample_count  chunks to look at, from which the rest is extrapolated; 0: all.
 */
size_t id_map_memory(const struct id_map *map, size_t sample_count);

/* Roughly how many allocations freeing it takes. O(1). */
size_t id_map_free_effort(const struct id_map *map);

/* Finds an id. O(log N). */
bool id_map_find(const struct id_map *map, struct stream_id id, struct id_cursor *cursor);

/* Finds the first id that is not below, or the last that is not above this one. O(log N). */
bool id_map_seek(const struct id_map *map, struct stream_id id, struct id_cursor *cursor);
bool id_map_seek_back(const struct id_map *map, struct stream_id id, struct id_cursor *cursor);

/* The ends; false when the map is empty. */
bool id_map_first(const struct id_map *map, struct id_cursor *cursor);
bool id_map_last(const struct id_map *map, struct id_cursor *cursor);

/* Neighbours; false at the ends. */
bool id_map_next(const struct id_map *map, struct id_cursor *cursor);
bool id_map_previous(const struct id_map *map, struct id_cursor *cursor);

/* What stands at a place. What is written to is the map's own: its chunk is copied first. */
struct stream_id id_map_id(const struct id_map *map, const struct id_cursor *cursor);
const void *id_map_value(const struct id_map *map, const struct id_cursor *cursor);
void *id_map_value_for_write(struct id_map *map, const struct id_cursor *cursor);

/* Inserts an absent id (asserted). Returns its value, all zero bytes. For maps without ranks. */
void *id_map_insert(struct id_map *map, struct stream_id id);

/* Sets the value of an id, whether it is there or not, bytewise. Nothing is freed. O(log N). */
void id_map_put(struct id_map *map, struct stream_id id, const void *value);

/* Removes what stands at a place and frees its value. False when nothing stands behind it. */
bool id_map_remove(struct id_map *map, struct id_cursor *cursor);

/*
 * Removes all ids whose value the filter wants to go, and frees these values. Returns their number.
 * O(N) with a small constant: a fiftieth of the time that removing each takes. Cursors are dead.
 */
typedef bool (*id_map_filter)(const void *context, const void *value);
size_t id_map_remove_if(struct id_map *map, id_map_filter is_to_go, const void *context);

/*
 * Ranks. A value's rank is changed by id_map_put alone.
 *
 * Finds the first id that is not below this one and has a rank up to rank_max. O(log N + chunks),
 * of which a chunk that has none is a comparison.
 */
bool id_map_seek_rank(struct id_map *map, struct stream_id id, int64_t rank_max,
                      struct id_cursor *cursor);

/*
 * A walk over all ids with a rank up to rank_max, those with lower ranks first, among equals those
 * with lower ids. The map must not change meanwhile. Beginning is O(chunks), a step O(log chunks)
 * and, once for each chunk whose ranks have come, O(ids of a chunk · log chunks).
 */
struct id_ranks;
struct id_ranks *id_ranks_begin(struct id_map *map, int64_t rank_max);
bool id_ranks_next(struct id_ranks *ranks, struct id_cursor *cursor);
void id_ranks_end(struct id_ranks *ranks);

/* Removes the first chunk with all that is in it: for walks that release what they have seen. */
void id_map_drop_chunk(struct id_map *map);

#endif
