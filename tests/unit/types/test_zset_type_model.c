#include "types/zset_type.h"

#include "base/alloc.h"
#include "structs/listpack.h"
#include "support/chance.h"
#include "support/unit.h"
#include "types/type_limits.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <string.h>

enum { MEMBERS = 300, NAME_SIZE = 24, STEPS = 5000 };

static void limit(size_t entries) {
    struct type_limits limits = *type_limits();
    limits.zset_entries = entries;
    limits.zset_value_bytes = 16;
    type_limits_set(&limits);
}

static struct bytes name_of(size_t number, char buffer[NAME_SIZE]) {
    const char *prefix = number % 3 == 0 ? "" : number % 50 == 1 ? "a-rather-long-one" : "m";
    int length = snprintf(buffer, NAME_SIZE, "%s%zu", prefix, number);
    return (struct bytes){buffer, (size_t)length};
}

struct model {
    bool is_present;
    double score;
};

struct order {
    const struct value *value;
    size_t rank;
    double score;
    char name[NAME_SIZE];
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

static void check(const struct value *value, const struct model *model) {
    char buffer[NAME_SIZE];
    size_t count = 0;
    struct order order = {.value = value};
    for (size_t i = 0; i < MEMBERS; i++) {
        double score;
        require(zset_type_score(value, name_of(i, buffer), &score) == model[i].is_present);
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

Test(zset_type_model, agrees_with_a_model_through_all_encodings) {
    static const size_t limits[] = {0, 50, 512};
    struct random random;
    unit_random(&random, "zset_type");
    size_t start = alloc_used_bytes();
    for (size_t round = 0; round < 3; round++) {
        struct model model[MEMBERS] = {{false, 0}};
        char buffer[NAME_SIZE];
        struct value value;
        limit(limits[round]);
        zset_type_create_for(&value, 1, 1);
        for (size_t step = 0; step < STEPS; step++) {
            size_t number = random_below(&random, MEMBERS);
            if (random_below(&random, 100) < 65) {
                double score = (double)random_below(&random, 60) / 4 - 5;
                require(zset_type_set(&value, name_of(number, buffer), score) !=
                        model[number].is_present);
                model[number] = (struct model){true, score};
            } else {
                require(zset_type_remove(&value, name_of(number, buffer)) ==
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
    char buffer[NAME_SIZE];
    limit(entries);
    zset_type_create_for(value, 1, 1);
    for (size_t i = 0; i < count; i++) {
        require(zset_type_set(value, name_of(i, buffer), (double)i));
    }
}

Test(zset_type_model, bounds_count_alike_in_both_encodings) {
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

Test(zset_type_model, a_scan_survives_conversion_and_growth) {
    char buffer[NAME_SIZE];
    size_t counts[MEMBERS] = {0};
    struct value value;
    fill(&value, 60, 0);
    uint64_t cursor = zset_type_scan(&value, 0, visit_score, counts);
    for (size_t i = 60; i < MEMBERS; i++) {
        require(zset_type_set(&value, name_of(i, buffer), (double)i));
    }
    while (cursor != 0) {
        cursor = zset_type_scan(&value, cursor, visit_score, counts);
    }
    for (size_t i = 0; i < 60; i++) {
        require(counts[i] > 0);
    }
    value_ops_free(&value);
}

Test(zset_type_model, random_members_and_samples_are_fair) {
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

Test(zset_type_model, blocks_are_taken_when_they_are_sound) {
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
