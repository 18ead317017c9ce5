/*
 * Maps against an array of flags. Values own memory, so that a value freed twice or not at all is
 * found by the sanitizers.
 */
#include "structs/id_map.h"

#include "base/alloc.h"
#include "support/unit.h"

enum { IDS = 300, STEPS = 20000 };

static void copy_number(void *value) {
    uint64_t **number = value;
    uint64_t *copy = alloc_new(sizeof *copy);
    *copy = **number;
    *number = copy;
}

static void free_number(void *value) {
    uint64_t **number = value;
    alloc_free(*number);
}

static const struct id_map_type number_type = {
    .value_size = sizeof(uint64_t *),
    .chunk_max = 6,
    .copy = copy_number,
    .free = free_number,
};

static const struct id_map_type plain_type = {.chunk_max = 4};

struct model {
    uint64_t values[IDS]; /* 0: absent */
    size_t count;
};

static struct stream_id id_of(size_t index) {
    return (struct stream_id){index / 3, index % 3};
}

static void require_cursor(const struct id_map *map, const struct id_cursor *at, size_t index,
                           const struct model *model) {
    require(stream_id_compare(id_map_id(map, at), id_of(index)) == 0);
    uint64_t *const *number = id_map_value(map, at);
    require(**number == model->values[index]);
}

/* Walks both ways and looks every id up. */
static void require_same(const struct id_map *map, const struct model *model) {
    require(id_map_count(map) == model->count);
    struct id_cursor at;
    bool has = id_map_first(map, &at);
    for (size_t i = 0; i < IDS; i++) {
        struct id_cursor found;
        require(id_map_find(map, id_of(i), &found) == (model->values[i] != 0));
        if (model->values[i] != 0) {
            require(has);
            require_cursor(map, &at, i, model);
            require_cursor(map, &found, i, model);
            has = id_map_next(map, &at);
        }
    }
    require(!has);
    has = id_map_last(map, &at);
    for (size_t i = IDS; i-- > 0;) {
        if (model->values[i] != 0) {
            require(has);
            require_cursor(map, &at, i, model);
            has = id_map_previous(map, &at);
        }
    }
    require(!has);
}

static void require_seek(const struct id_map *map, const struct model *model, size_t index) {
    struct id_cursor at;
    size_t next = index;
    while (next < IDS && model->values[next] == 0) {
        next++;
    }
    bool has = id_map_seek(map, id_of(index), &at);
    require(has == (next < IDS));
    if (has) {
        require_cursor(map, &at, next, model);
    }
    size_t before = index + 1;
    while (before > 0 && model->values[before - 1] == 0) {
        before--;
    }
    has = id_map_seek_back(map, id_of(index), &at);
    require(has == (before > 0));
    if (has) {
        require_cursor(map, &at, before - 1, model);
    }
}

static void toggle(struct id_map *map, struct model *model, size_t index, uint64_t value) {
    struct id_cursor at;
    if (model->values[index] == 0) {
        uint64_t **number = id_map_insert(map, id_of(index));
        *number = alloc_new(sizeof **number);
        **number = value;
        model->values[index] = value;
        model->count++;
        return;
    }
    require(id_map_find(map, id_of(index), &at));
    bool has = id_map_remove(map, &at);
    model->values[index] = 0;
    model->count--;
    size_t next = index;
    while (next < IDS && model->values[next] == 0) {
        next++;
    }
    require(has == (next < IDS));
    if (has) {
        require_cursor(map, &at, next, model);
    }
}

Test(id_map, is_a_sorted_map_through_any_changes) {
    struct random random;
    unit_random(&random, "id_map");
    struct id_map *map = id_map_create(&number_type);
    struct model *model = alloc_zeroed(sizeof *model);
    for (uint64_t step = 1; step <= STEPS; step++) {
        size_t index = (size_t)random_below(&random, IDS);
        toggle(map, model, index, step);
        require_seek(map, model, (size_t)random_below(&random, IDS));
        if (step % 500 == 0) {
            require_same(map, model);
        }
    }
    require(id_map_memory(map, 0) > 0 && id_map_free_effort(map) == model->count);
    id_map_destroy(map);
    alloc_free(model);
}

Test(id_map, a_clone_and_a_copy_keep_what_they_were_made_of) {
    struct random random;
    unit_random(&random, "id_map clones");
    struct id_map *map = id_map_create(&number_type);
    struct model *model = alloc_zeroed(sizeof *model);
    for (uint64_t i = 1; i <= IDS; i++) {
        toggle(map, model, (size_t)random_below(&random, IDS), i);
    }
    struct model *then = alloc_new(sizeof *then);
    *then = *model;
    struct id_map *clone = id_map_clone(map);
    struct id_map *copy = id_map_copy(map);
    for (uint64_t step = 1; step <= STEPS / 10; step++) {
        size_t index = (size_t)random_below(&random, IDS);
        struct id_cursor at;
        if (model->values[index] != 0 && random_below(&random, 2) == 0) {
            require(id_map_find(map, id_of(index), &at));
            uint64_t **number = id_map_value_for_write(map, &at);
            **number = step;
            model->values[index] = step;
        } else {
            toggle(map, model, index, step);
        }
    }
    require_same(map, model);
    require_same(clone, then);
    require_same(copy, then);
    id_map_destroy(map);
    while (id_map_count(clone) > 0) {
        size_t before = id_map_count(clone);
        id_map_drop_chunk(clone);
        require(id_map_count(clone) < before);
    }
    require_same(copy, then);
    id_map_destroy(clone);
    id_map_destroy(copy);
    alloc_free(then);
    alloc_free(model);
}

static bool is_multiple(const void *context, const void *value) {
    uint64_t *const *number = value;
    return **number % *(const uint64_t *)context == 0;
}

Test(id_map, what_a_filter_wants_to_go_goes) {
    static const uint64_t factors[] = {1, 2, 3, 50, 1000000};
    struct random random;
    unit_random(&random, "id_map filters");
    size_t start = alloc_used_bytes();
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        struct id_map *map = id_map_create(&number_type);
        struct model *model = alloc_zeroed(sizeof *model);
        for (uint64_t step = 1; step <= 2 * (uint64_t)IDS; step++) {
            toggle(map, model, (size_t)random_below(&random, IDS), step);
        }
        struct model *then = alloc_new(sizeof *then);
        *then = *model;
        struct id_map *clone = id_map_clone(map);
        for (size_t round = 0; round < 2; round++) {
            size_t expected = 0;
            for (size_t id = 0; id < IDS; id++) {
                if (model->values[id] != 0 && model->values[id] % factors[i] == 0) {
                    model->values[id] = 0;
                    model->count--;
                    expected++;
                }
            }
            require(id_map_remove_if(map, is_multiple, &factors[i]) == expected);
            require_same(map, model);
            for (uint64_t step = 1; step <= IDS; step++) {
                toggle(map, model, (size_t)random_below(&random, IDS), step);
            }
            require_same(map, model);
        }
        require_same(clone, then);
        id_map_destroy(clone);
        id_map_destroy(map);
        alloc_free(then);
        alloc_free(model);
    }
    require(alloc_used_bytes() == start);
}

Test(id_map, ids_without_values_are_a_set) {
    struct id_map *map = id_map_create(&plain_type);
    struct id_cursor at;
    require(!id_map_first(map, &at) && !id_map_last(map, &at));
    require(!id_map_seek(map, stream_id_min, &at) && !id_map_seek_back(map, stream_id_max, &at));
    for (size_t i = 0; i < IDS; i++) {
        (void)id_map_insert(map, id_of(i));
    }
    /* Removing from the front and appending by turns, as a trimmed stream does. */
    for (size_t i = 0; i < IDS; i++) {
        require(id_map_first(map, &at));
        require(stream_id_compare(id_map_id(map, &at), id_of(i)) == 0);
        require(id_map_remove(map, &at));
        (void)id_map_insert(map, id_of(IDS + i));
    }
    require(id_map_count(map) == IDS);
    id_map_destroy(map);
}

static size_t size_of_number(const void *value) {
    uint64_t *const *number = value;
    return **number;
}

Test(id_map, memory_is_measured_or_extrapolated_from_samples) {
    enum { CHUNK = 10, CHUNKS = 20, OWNED = 1000 };
    static const struct id_map_type sized_type = {
        .value_size = sizeof(uint64_t *),
        .chunk_max = CHUNK,
        .free = free_number,
        .size = size_of_number,
    };
    struct id_map *map = id_map_create(&sized_type);
    for (size_t i = 0; i < CHUNKS * CHUNK; i++) {
        uint64_t **number = id_map_insert(map, id_of(i));
        *number = alloc_new(sizeof **number);
        **number = OWNED;
    }
    size_t exact = id_map_memory(map, 0);
    require(exact > CHUNKS * CHUNK * (OWNED + sizeof(struct stream_id)));
    require(id_map_memory(map, 5) == exact && id_map_memory(map, 100) == exact);
    /* What only the second half owns is seen by samples of both. */
    for (size_t i = 0; i < CHUNKS * CHUNK / 2; i++) {
        struct id_cursor at;
        require(id_map_find(map, id_of(i), &at));
        uint64_t *const *number = id_map_value(map, &at);
        **number = 0;
    }
    require(id_map_memory(map, 0) == exact - CHUNKS * CHUNK / 2 * OWNED);
    require(id_map_memory(map, 4) == id_map_memory(map, 0));
    id_map_destroy(map);
}

/* ---- Ranks ---- */

enum { RANKS = 20 };

static int64_t rank_of_value(const void *value) {
    const uint64_t *number = value;
    return (int64_t)*number - 1;
}

static const struct id_map_type ranked_type = {
    .value_size = sizeof(uint64_t),
    .chunk_max = 6,
    .rank = rank_of_value,
};

/* Compares a search by rank with one through all ids. */
static void require_seek_rank(struct id_map *map, const struct model *model, size_t from,
                              int64_t rank_max) {
    size_t next = from;
    while (next < IDS &&
           (model->values[next] == 0 || (int64_t)model->values[next] > rank_max + 1)) {
        next++;
    }
    struct id_cursor at;
    bool has = id_map_seek_rank(map, id_of(from), rank_max, &at);
    require(has == (next < IDS));
    require(!has || stream_id_compare(id_map_id(map, &at), id_of(next)) == 0);
}

static void require_walk_of_ranks(struct id_map *map, const struct model *model, int64_t rank_max) {
    struct id_ranks *ranks = id_ranks_begin(map, rank_max);
    struct id_cursor at;
    for (uint64_t value = 1; (int64_t)value <= rank_max + 1 && value <= RANKS; value++) {
        for (size_t i = 0; i < IDS; i++) {
            if (model->values[i] == value) {
                require(id_ranks_next(ranks, &at));
                require(stream_id_compare(id_map_id(map, &at), id_of(i)) == 0);
                require(*(const uint64_t *)id_map_value(map, &at) == value);
            }
        }
    }
    require(!id_ranks_next(ranks, &at));
    id_ranks_end(ranks);
}

static void change_ranked(struct random *random, struct id_map *map, struct model *model) {
    size_t index = (size_t)random_below(random, IDS);
    uint64_t value = 1 + random_below(random, RANKS);
    struct id_cursor at;
    if (model->values[index] != 0 && random_below(random, 2) == 0) {
        require(id_map_find(map, id_of(index), &at));
        (void)id_map_remove(map, &at);
        model->values[index] = 0;
        model->count--;
        return;
    }
    id_map_put(map, id_of(index), &value);
    model->count += model->values[index] == 0;
    model->values[index] = value;
}

Test(id_map, is_searched_by_rank_through_any_changes) {
    struct random random;
    unit_random(&random, "id_map ranks");
    struct id_map *map = id_map_create(&ranked_type);
    struct model *model = alloc_zeroed(sizeof *model);
    struct model *then = alloc_zeroed(sizeof *then);
    struct id_map *clone = id_map_clone(map);
    for (uint64_t step = 1; step <= STEPS; step++) {
        change_ranked(&random, map, model);
        require(id_map_count(map) == model->count);
        require_seek_rank(map, model, (size_t)random_below(&random, IDS),
                          (int64_t)random_below(&random, RANKS) - 1);
        if (step % 100 == 0) {
            require_walk_of_ranks(map, model, (int64_t)random_below(&random, RANKS + 2) - 1);
        }
        if (step % 1000 == 0) {
            require_walk_of_ranks(clone, then, INT64_MAX - 1);
            id_map_destroy(clone);
            clone = step % 2000 == 0 ? id_map_clone(map) : id_map_copy(map);
            *then = *model;
        }
    }
    id_map_destroy(clone);
    id_map_destroy(map);
    alloc_free(then);
    alloc_free(model);
}
