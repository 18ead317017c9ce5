#include "types/zset_type.h"

#include "base/alloc.h"
#include "base/random.h"
#include "structs/listpack.h"
#include "support/chance.h"
#include "support/unit.h"
#include "types/type_limits.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MEMBERS = 400, NAME_SIZE = 16 };

struct pair {
    bool is_there;
    double score;
    char name[NAME_SIZE];
};

struct model {
    struct pair pairs[MEMBERS];
    size_t count;
};

static struct model *create_model(void) {
    struct model *model = alloc_zeroed(sizeof *model);
    for (size_t i = 0; i < MEMBERS; i++) {
        (void)snprintf(model->pairs[i].name, NAME_SIZE, "%zu", i);
    }
    return model;
}

static int compare_pairs(const void *a, const void *b) {
    const struct pair *first = *(const struct pair *const *)a;
    const struct pair *second = *(const struct pair *const *)b;
    if (first->score != second->score) {
        return first->score < second->score ? -1 : 1;
    }
    return bytes_compare(bytes_of_text(first->name), bytes_of_text(second->name));
}

/* The pairs in order; returns their number. */
static size_t sort(const struct model *model, const struct pair *sorted[MEMBERS]) {
    size_t count = 0;
    for (size_t i = 0; i < MEMBERS; i++) {
        if (model->pairs[i].is_there) {
            sorted[count++] = &model->pairs[i];
        }
    }
    qsort(sorted, count, sizeof *sorted, compare_pairs);
    return count;
}

struct walk {
    const struct pair *const *sorted; /* the pair that must come next, or NULL */
    unsigned char counts[MEMBERS];
    size_t total;
    bool backwards;
};

static bool visit(void *context, struct bytes member, double score) {
    struct walk *walk = context;
    size_t index = 0;
    for (size_t i = 0; i < member.length; i++) {
        index = index * 10 + (size_t)(member.data[i] - '0');
    }
    require(index < MEMBERS);
    walk->counts[index]++;
    walk->total++;
    if (walk->sorted != NULL) {
        require(bytes_equal(member, bytes_of_text((*walk->sorted)->name)));
        require(score == (*walk->sorted)->score);
        walk->sorted += walk->backwards ? -1 : 1;
    }
    return true;
}

static void visit_members(void *context, const struct bytes *members, size_t count) {
    struct walk *walk = context;
    for (size_t i = 0; i < count; i++) {
        require(visit(walk, members[i], (*walk->sorted)->score));
    }
}

static void check_walks(struct random *random, const struct value *value,
                        const struct pair *const *sorted, size_t count) {
    struct walk walk = {.sorted = sorted};
    require(zset_type_each(value, visit, &walk));
    require(walk.total == count);
    walk = (struct walk){.sorted = NULL};
    uint64_t cursor = 0;
    do {
        cursor = zset_type_scan(value, cursor, visit, &walk);
    } while (cursor != 0);
    for (size_t i = 0; i < count; i++) {
        require(walk.counts[strtoul(sorted[i]->name, NULL, 10)] > 0);
    }
    size_t wanted = random_below(random, count + 1);
    walk = (struct walk){.sorted = NULL};
    zset_type_sample(value, random, wanted, visit, &walk);
    require(walk.total == wanted);
    for (size_t i = 0; i < MEMBERS; i++) {
        require(walk.counts[i] <= 1);
    }
    if (count > 0) {
        walk = (struct walk){.sorted = NULL};
        zset_type_random(value, random, visit, &walk);
        require(walk.total == 1);
        size_t rank = random_below(random, count);
        size_t size = random_below(random, count - rank + 1);
        walk = (struct walk){.sorted = sorted + rank};
        zset_type_range(value, rank, size, false, visit, &walk);
        require(walk.total == size);
        walk = (struct walk){.sorted = sorted + rank, .backwards = true};
        zset_type_range(value, rank, rank + 1, true, visit, &walk);
        require(walk.total == rank + 1);
        walk = (struct walk){.sorted = sorted + rank};
        zset_type_range_members(value, rank, size, false, visit_members, &walk);
        require(walk.total == size);
        walk = (struct walk){.sorted = sorted + rank, .backwards = true};
        zset_type_range_members(value, rank, rank + 1, true, visit_members, &walk);
        require(walk.total == rank + 1);
    }
}

static void require_same(struct random *random, const struct value *value,
                         const struct model *model) {
    const struct pair *sorted[MEMBERS];
    size_t count = sort(model, sorted);
    require(zset_type_length(value) == count && count == model->count);
    check_walks(random, value, sorted, count);
    for (size_t i = 0; i < count; i += 1 + random_below(random, 20)) {
        size_t rank = 0;
        double score = 0;
        require(zset_type_rank(value, bytes_of_text(sorted[i]->name), &rank, &score));
        require(rank == i && score == sorted[i]->score);
        struct score_bound bound = {BOUND_BY_PAIR, random_below(random, 2) == 0, score,
                                    bytes_of_text(sorted[i]->name)};
        require(zset_type_count_before(value, &bound) == i + bound.is_behind);
    }
    double limit = (double)random_below(random, 22) - 1;
    struct score_bound bound = {
        .kind = BOUND_BY_SCORE, .score = limit, .is_behind = random_below(random, 2) == 0};
    size_t before = 0;
    for (size_t i = 0; i < count; i++) {
        before += sorted[i]->score < limit || (sorted[i]->score == limit && bound.is_behind);
    }
    require(zset_type_count_before(value, &bound) == before);
}

static void change_randomly(struct random *random, struct value *value, struct model *model,
                            unsigned growth) {
    struct pair *pair = &model->pairs[random_below(random, MEMBERS)];
    struct bytes name = bytes_of_text(pair->name);
    double score = 0;
    require(zset_type_score(value, name, &score) == pair->is_there);
    require(!pair->is_there || score == pair->score);
    if (random_below(random, 10) < growth) {
        static const double specials[] = {INFINITY, -INFINITY, 0.5, -1.25};
        score = random_below(random, 10) == 0 ? specials[random_below(random, 4)]
                                              : (double)random_below(random, 20);
        require(zset_type_set(value, name, score) == !pair->is_there);
        model->count += !pair->is_there;
        pair->is_there = true;
        pair->score = score;
    } else if (random_below(random, 20) == 0 && model->count > 0) {
        const struct pair *sorted[MEMBERS];
        size_t count = sort(model, sorted);
        size_t rank = random_below(random, count);
        size_t size = random_below(random, count - rank < 6 ? count - rank + 1 : 6);
        zset_type_remove_range(value, rank, size);
        for (size_t i = rank; i < rank + size; i++) {
            model->pairs[strtoul(sorted[i]->name, NULL, 10)].is_there = false;
        }
        model->count -= size;
    } else {
        require(zset_type_remove(value, name) == pair->is_there);
        model->count -= pair->is_there;
        pair->is_there = false;
    }
}

Test(zset_type, random_changes_give_what_a_plain_model_gives) {
    struct random random;
    unit_random(&random, "zset_type");
    size_t before = alloc_used_bytes();
    for (size_t round = 0; round < 4; round++) {
        struct value value;
        zset_type_create(&value);
        struct model *model = create_model();
        static const unsigned growths[] = {5, 8, 2, 6, 0};
        for (size_t phase = 0; phase < 5; phase++) {
            for (size_t step = 0; step < 1500; step++) {
                change_randomly(&random, &value, model, growths[phase]);
                if (step % 100 == 0) {
                    require_same(&random, &value, model);
                }
            }
        }
        struct value copy;
        value_ops_copy(&value, &copy);
        value_ops_free(&value);
        require_same(&random, &copy, model);
        value_ops_free(&copy);
        alloc_free(model);
    }
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(zset_type, the_encoding_changes_beyond_its_thresholds) {
    struct type_limits limits = *type_limits();
    limits.zset_entries = 2;
    limits.zset_value_bytes = 3;
    type_limits_set(&limits);
    struct value value;
    zset_type_create(&value);
    (void)zset_type_set(&value, BYTES("abc"), 1);
    (void)zset_type_set(&value, BYTES("b"), 2);
    cr_assert_str_eq(value_ops_encoding_name(&value), "listpack");
    cr_assert_null(zset_type_table(&value));
    (void)zset_type_set(&value, BYTES("c"), 3);
    cr_assert_str_eq(value_ops_encoding_name(&value), "skiplist");
    cr_assert_not_null(zset_type_table(&value));
    (void)zset_type_remove(&value, BYTES("b"));
    cr_assert_str_eq(value_ops_encoding_name(&value), "skiplist");
    zset_type_compact(&value);
    cr_assert_str_eq(value_ops_encoding_name(&value), "listpack");
    (void)zset_type_set(&value, BYTES("long"), 0);
    cr_assert_str_eq(value_ops_encoding_name(&value), "skiplist");
    zset_type_compact(&value);
    cr_assert_str_eq(value_ops_encoding_name(&value), "skiplist");
    cr_assert_eq(zset_type_length(&value), 3);
    value_ops_free(&value);
    zset_type_create_for(&value, 2, 3);
    cr_assert_str_eq(value_ops_encoding_name(&value), "listpack");
    value_ops_free(&value);
    zset_type_create_for(&value, 3, 1);
    cr_assert_str_eq(value_ops_encoding_name(&value), "skiplist");
    value_ops_free(&value);
}

static uint8_t *listpack_of(const char *const *texts, size_t count) {
    uint8_t *block = listpack_create();
    for (size_t i = 0; i < count; i++) {
        block = listpack_append(block, bytes_of_text(texts[i]));
    }
    return block;
}

Test(zset_type, blocks_make_sorted_sets_and_damaged_ones_are_refused) {
    size_t before = alloc_used_bytes();
    static const char *const sound[] = {"a", "-inf", "b", "1", "c", "1", "d", "2.5"};
    struct value value;
    cr_assert(zset_type_from_listpack(&value, listpack_of(sound, 8)));
    double score = 0;
    cr_assert(zset_type_score(&value, BYTES("d"), &score));
    cr_assert_eq(score, 2.5);
    cr_assert_str_eq(value_ops_encoding_name(&value), "listpack");
    value_ops_free(&value);
    static const char *const rows[][4] = {
        {"a", "2", "b", "1"},   /* out of order */
        {"b", "1", "a", "1"},   /* members out of order */
        {"a", "1", "a", "2"},   /* a member twice */
        {"a", "1", "b", "nan"}, /* no number */
        {"a", "1", "b", "x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        require(!zset_type_from_listpack(&value, listpack_of(rows[i], 4)));
    }
    cr_assert_not(zset_type_from_listpack(&value, listpack_of(sound, 3)), "odd");
    cr_assert_eq(alloc_used_bytes(), before);
}

struct kept_walk {
    struct walk walk;
    const struct model *wanted;
};

static void note_piece(void *context, const struct value_piece *piece) {
    struct kept_walk *kept = context;
    require(piece->kind == PIECE_SCORED);
    char text[NAME_SIZE] = {0};
    memcpy(text, piece->first.data, piece->first.length);
    const struct pair *pair = &kept->wanted->pairs[strtoul(text, NULL, 10)];
    require(pair->is_there && pair->score == piece->score);
    (void)visit(&kept->walk, piece->first, piece->score);
}

Test(zset_type, a_kept_sorted_set_is_walked_as_it_was_while_it_changes) {
    struct random random;
    unit_random(&random, "zset_kept");
    size_t before = alloc_used_bytes();
    struct model *wanted = alloc_new(sizeof *wanted);
    for (size_t round = 0; round < 40; round++) {
        struct value value;
        zset_type_create(&value);
        struct model *model = create_model();
        while (model->count < 250) {
            change_randomly(&random, &value, model, 9);
        }
        for (size_t turn = 0; turn < 2 && value_ops_is_large(&value, 16); turn++) {
            *wanted = *model;
            require(value_ops_keep(&value).count == wanted->count);
            struct kept_walk kept = {.wanted = wanted};
            do {
                for (size_t left = random_below(&random, 60); left > 0; left--) {
                    change_randomly(&random, &value, model, 4);
                }
            } while (!value_ops_walk_kept(&value, random_below(&random, 500), note_piece, &kept));
            require(kept.walk.total == wanted->count);
            for (size_t i = 0; i < MEMBERS; i++) {
                require(kept.walk.counts[i] == wanted->pairs[i].is_there);
            }
            require_same(&random, &value, model);
        }
        value_ops_free(&value);
        alloc_free(model);
    }
    alloc_free(wanted);
    cr_assert_eq(alloc_used_bytes(), before);
}

/* ---- Members of all lengths, through all encodings ---- */

enum { MIXED_MEMBERS = 300, MIXED_NAME_SIZE = 24, STEPS = 5000 };

static void limit(size_t entries) {
    struct type_limits limits = *type_limits();
    limits.zset_entries = entries;
    limits.zset_value_bytes = 16;
    type_limits_set(&limits);
}

static struct bytes mixed_name_of(size_t number, char buffer[MIXED_NAME_SIZE]) {
    const char *prefix = number % 3 == 0 ? "" : number % 50 == 1 ? "a-rather-long-one" : "m";
    int length = snprintf(buffer, MIXED_NAME_SIZE, "%s%zu", prefix, number);
    return (struct bytes){buffer, (size_t)length};
}

struct pair_state {
    bool is_present;
    double score;
};

struct order {
    const struct value *value;
    size_t rank;
    double score;
    char name[MIXED_NAME_SIZE];
    size_t name_length;
};

static bool visit_order(void *context, struct bytes member, double score) {
    struct order *order = context;
    struct bytes last = {order->name, order->name_length};
    size_t rank;
    double found;
    require(order->rank == 0 || order->score < score ||
            (order->score == score && bytes_compare(last, member) < 0));
    require(zset_type_rank(order->value, member, &rank, &found));
    require(rank == order->rank && found == score);
    memcpy(order->name, member.data, member.length);
    order->name_length = member.length;
    order->score = score;
    order->rank++;
    return true;
}

static bool visit_count(void *context, struct bytes member, double score) {
    (void)member;
    (void)score;
    *(size_t *)context += 1;
    return true;
}

static void check(const struct value *value, const struct pair_state *model) {
    char buffer[MIXED_NAME_SIZE];
    size_t count = 0;
    struct order order = {.value = value};
    for (size_t i = 0; i < MIXED_MEMBERS; i++) {
        double score;
        require(zset_type_score(value, mixed_name_of(i, buffer), &score) == model[i].is_present);
        require(!model[i].is_present || score == model[i].score);
        count += model[i].is_present;
    }
    require(zset_type_length(value) == count);
    require(zset_type_each(value, visit_order, &order) && order.rank == count);
    if (count > 0) {
        size_t visited = 0;
        zset_type_range(value, count - 1, count, true, visit_count, &visited);
        require(visited == count);
    }
}

Test(zset_type, agrees_with_a_model_through_all_encodings) {
    static const size_t limits[] = {0, 50, 512};
    struct random random;
    unit_random(&random, "zset_type");
    size_t start = alloc_used_bytes();
    for (size_t round = 0; round < 3; round++) {
        struct pair_state model[MIXED_MEMBERS] = {{false, 0}};
        char buffer[MIXED_NAME_SIZE];
        struct value value;
        limit(limits[round]);
        zset_type_create_for(&value, 1, 1);
        for (size_t step = 0; step < STEPS; step++) {
            size_t number = random_below(&random, MIXED_MEMBERS);
            if (random_below(&random, 100) < 65) {
                double score = (double)random_below(&random, 60) / 4 - 5;
                require(zset_type_set(&value, mixed_name_of(number, buffer), score) !=
                        model[number].is_present);
                model[number] = (struct pair_state){true, score};
            } else {
                require(zset_type_remove(&value, mixed_name_of(number, buffer)) ==
                        model[number].is_present);
                model[number].is_present = false;
            }
            if (step % 250 == 0) {
                check(&value, model);
                struct value copy;
                value_ops_copy(&value, &copy);
                value_ops_free(&value);
                value = copy;
            }
        }
        check(&value, model);
        zset_type_compact(&value);
        check(&value, model);
        size_t length = zset_type_length(&value);
        zset_type_remove_range(&value, 1, length - 2);
        require(zset_type_length(&value) == 2);
        value_ops_free(&value);
    }
    require(alloc_used_bytes() == start);
}

static void fill(struct value *value, size_t count, size_t entries) {
    char buffer[MIXED_NAME_SIZE];
    limit(entries);
    zset_type_create_for(value, 1, 1);
    for (size_t i = 0; i < count; i++) {
        require(zset_type_set(value, mixed_name_of(i, buffer), (double)i));
    }
}

Test(zset_type, bounds_count_alike_in_both_encodings) {
    struct value small;
    struct value large;
    fill(&small, 100, 512);
    limit(512);
    fill(&large, 100, 0);
    require(zset_type_table(&large) != NULL);
    for (int i = -2; i < 103; i++) {
        for (int behind = 0; behind < 2; behind++) {
            struct score_bound bound = {BOUND_BY_SCORE, behind == 1, (double)i / 1, {NULL, 0}};
            require(zset_type_count_before(&small, &bound) ==
                    zset_type_count_before(&large, &bound));
        }
    }
    value_ops_free(&small);
    value_ops_free(&large);
}

static bool visit_score(void *context, struct bytes member, double score) {
    (void)member;
    ((size_t *)context)[(size_t)score]++;
    return true;
}

Test(zset_type, a_scan_survives_conversion_and_growth) {
    char buffer[MIXED_NAME_SIZE];
    size_t counts[MIXED_MEMBERS] = {0};
    struct value value;
    fill(&value, 60, 0);
    uint64_t cursor = zset_type_scan(&value, 0, visit_score, counts);
    for (size_t i = 60; i < MIXED_MEMBERS; i++) {
        require(zset_type_set(&value, mixed_name_of(i, buffer), (double)i));
    }
    while (cursor != 0) {
        cursor = zset_type_scan(&value, cursor, visit_score, counts);
    }
    for (size_t i = 0; i < 60; i++) {
        require(counts[i] > 0);
    }
    value_ops_free(&value);
}

Test(zset_type, random_members_and_samples_are_fair) {
    enum { COUNT = 45, DRAWS = 45000 };
    struct random random;
    unit_random(&random, "zset_type chance");
    for (size_t entries = 0; entries <= 512; entries += 512) {
        size_t counts[COUNT] = {0};
        size_t sampled[COUNT] = {0};
        size_t walked[COUNT] = {0};
        struct value value;
        fill(&value, COUNT, entries);
        for (size_t i = 0; i < DRAWS; i++) {
            zset_type_random(&value, &random, visit_score, counts);
        }
        for (size_t i = 0; i < DRAWS / 5; i++) {
            zset_type_sample(&value, &random, 5, visit_score, sampled);
            zset_type_sample(&value, &random, 30, visit_score, walked);
        }
        require(chance_is_fair(counts, COUNT, DRAWS));
        require(chance_is_fair(sampled, COUNT, DRAWS));
        require(chance_is_fair(walked, COUNT, 6 * DRAWS));
        value_ops_free(&value);
    }
}

static uint8_t *block_of(const char *const *texts) {
    uint8_t *block = listpack_create();
    for (; *texts != NULL; texts++) {
        block = listpack_append(block, bytes_of_text(*texts));
    }
    return block;
}

Test(zset_type, blocks_are_taken_when_they_are_sound) {
    static const char *const pairs[] = {"a", "-inf", "b", "2.5", "c", "3", NULL};
    static const char *const odd[] = {"a", "1", "b", NULL};
    static const char *const repeated[] = {"a", "1", "a", "2", NULL};
    static const char *const unordered[] = {"a", "2", "b", "1", NULL};
    static const char *const no_score[] = {"a", "x", NULL};
    static const char *const nan_score[] = {"a", "nan", NULL};
    struct value value;
    limit(3);
    require(zset_type_from_listpack(&value, block_of(pairs)) && zset_type_length(&value) == 3);
    value_ops_free(&value);
    require(!zset_type_from_listpack(&value, block_of(odd)));
    require(!zset_type_from_listpack(&value, block_of(repeated)));
    require(!zset_type_from_listpack(&value, block_of(unordered)));
    require(!zset_type_from_listpack(&value, block_of(no_score)));
    require(!zset_type_from_listpack(&value, block_of(nan_score)));
    limit(2);
    require(zset_type_from_listpack(&value, block_of(pairs)));
    require(zset_type_table(&value) != NULL && zset_type_length(&value) == 3);
    value_ops_free(&value);
}

/* However high the thresholds are: larger blocks could not be loaded again. */
Test(zset_type, no_block_is_larger_than_files_may_hold) {
    enum { COUNT = 200, BLOCK_BYTES = 4096, LONG_SIZE = 80 };
    struct type_limits limits = *type_limits();
    limits.block_bytes = BLOCK_BYTES;
    limits.zset_entries = SIZE_MAX;
    limits.zset_value_bytes = SIZE_MAX;
    type_limits_set(&limits);
    struct value value;
    zset_type_create(&value);
    for (size_t i = 0; i < COUNT; i++) {
        char name[LONG_SIZE + 1];
        (void)snprintf(name, sizeof name, "%080zu", i);
        (void)zset_type_set(&value, bytes_of_text(name), (double)i);
        bool is_compact = strcmp(value_ops_encoding_name(&value), "listpack") == 0;
        require(!is_compact || listpack_size(value.object) <= BLOCK_BYTES);
        require(is_compact || i > COUNT / 6);
    }
    require(strcmp(value_ops_encoding_name(&value), "listpack") != 0);
    value_ops_free(&value);
}
