#include "types/set_type.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "structs/intset.h"
#include "structs/listpack.h"
#include "support/chance.h"
#include "support/unit.h"
#include "types/type_limits.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <string.h>

enum { MEMBERS = 400, NAME_SIZE = 24 };

static void limit(size_t integers, size_t entries) {
    struct type_limits limits = *type_limits();
    limits.set_integers = integers;
    limits.set_entries = entries;
    limits.set_value_bytes = 16;
    type_limits_set(&limits);
}

/* Even numbers are integers, others words, a few of them long. */
static struct bytes name_of(size_t number, bool only_integers, char buffer[NAME_SIZE]) {
    bool is_integer = only_integers || number % 2 == 0;
    const char *prefix = is_integer ? "" : number % 50 == 1 ? "a-rather-long-one" : "m";
    int length = snprintf(buffer, NAME_SIZE, "%s%zu", prefix, number);
    return (struct bytes){buffer, (size_t)length};
}

static size_t number_of(struct bytes member) {
    size_t number = 0;
    for (size_t i = 0; i < member.length; i++) {
        if (member.data[i] >= '0' && member.data[i] <= '9') {
            number = 10 * number + (size_t)(member.data[i] - '0');
        }
    }
    return number;
}

static bool visit_count(void *context, struct bytes member) {
    size_t number = number_of(member);
    require(number < MEMBERS);
    ((size_t *)context)[number]++;
    return true;
}

static void check_members(const struct value *value, const bool *model, bool only_integers) {
    size_t counts[MEMBERS] = {0};
    size_t count = 0;
    char buffer[NAME_SIZE];
    require(set_type_each(value, visit_count, counts));
    for (size_t i = 0; i < MEMBERS; i++) {
        require(counts[i] == model[i]);
        require(set_type_contains(value, name_of(i, only_integers, buffer)) == model[i]);
        count += model[i];
    }
    require(set_type_length(value) == count);
}

static void run_model(struct random *random, bool only_integers) {
    bool model[MEMBERS] = {false};
    char buffer[NAME_SIZE];
    struct value value;
    set_type_create_empty(&value);
    for (size_t step = 0; step < 4000; step++) {
        size_t number = random_below(random, step < 1800 ? 20 + step / 5 : MEMBERS);
        struct bytes name = name_of(number, only_integers, buffer);
        bool adds = random_below(random, 100) < (step < 2000 ? 70 : 40);
        require((adds ? set_type_add(&value, name) : set_type_remove(&value, name)) !=
                (model[number] == adds));
        model[number] = adds;
        if (step % 200 == 0) {
            check_members(&value, model, only_integers);
            struct value copy;
            value_ops_copy(&value, &copy);
            value_ops_free(&value);
            value = copy;
        }
    }
    check_members(&value, model, only_integers);
    value_ops_free(&value);
}

Test(set_type_model, agrees_with_a_model_through_all_encodings) {
    struct random random;
    unit_random(&random, "set_type");
    size_t start = alloc_used_bytes();
    for (size_t i = 0; i < 6; i++) {
        limit(i % 3 == 0 ? 0 : 40, i % 3 == 1 ? 0 : 30);
        run_model(&random, i % 2 == 0);
    }
    require(alloc_used_bytes() == start);
}

static const char *encoding(const struct value *value) {
    return value_ops_encoding_name(value);
}

Test(set_type_model, converts_at_its_thresholds) {
    char buffer[NAME_SIZE];
    struct value value;
    limit(3, 5);
    set_type_create(&value, BYTES("1"), 1);
    for (size_t i = 0; i < 3; i++) {
        require(set_type_add(&value, name_of(2 * i, true, buffer)));
    }
    require(strcmp(encoding(&value), "intset") == 0);
    require(set_type_add(&value, BYTES("word")));
    require(strcmp(encoding(&value), "listpack") == 0);
    require(set_type_add(&value, BYTES("w")));
    require(strcmp(encoding(&value), "listpack") == 0);
    require(set_type_add(&value, BYTES("x")));
    require(strcmp(encoding(&value), "hashtable") == 0);
    value_ops_free(&value);
    set_type_create_empty(&value);
    for (size_t i = 0; i < 4; i++) {
        require(set_type_add(&value, name_of(i, true, buffer)));
    }
    require(strcmp(encoding(&value), "hashtable") == 0);
    value_ops_free(&value);
    set_type_create(&value, BYTES("a"), 6);
    require(strcmp(encoding(&value), "hashtable") == 0);
    value_ops_free(&value);
}

Test(set_type_model, a_scan_survives_conversion_and_growth) {
    enum { FIRST = 20 };
    char buffer[NAME_SIZE];
    size_t counts[MEMBERS] = {0};
    struct value value;
    limit(0, 25);
    set_type_create(&value, BYTES("a"), 1);
    for (size_t i = 0; i < FIRST; i++) {
        require(set_type_add(&value, name_of(2 * i, false, buffer)));
    }
    uint64_t cursor = set_type_scan(&value, 0, visit_count, counts);
    require(cursor == 0); /* A compact set is one position. */
    memset(counts, 0, sizeof counts);
    for (size_t i = FIRST; i < 100; i++) {
        require(set_type_add(&value, name_of(2 * i, false, buffer)));
    }
    require(set_type_table(&value) != NULL);
    cursor = set_type_scan(&value, 0, visit_count, counts);
    for (size_t i = 100; i < MEMBERS / 2; i++) {
        require(set_type_add(&value, name_of(2 * i, false, buffer)));
    }
    while (cursor != 0) {
        cursor = set_type_scan(&value, cursor, visit_count, counts);
    }
    for (size_t i = 0; i < 100; i++) {
        require(counts[2 * i] > 0);
    }
    value_ops_free(&value);
}

static void fill(struct value *value, size_t count) {
    char buffer[NAME_SIZE];
    set_type_create_empty(value);
    for (size_t i = 0; i < count; i++) {
        require(set_type_add(value, name_of(i, false, buffer)));
    }
}

static bool visit_count_few(void *context, struct bytes member) {
    ((size_t *)context)[number_of(member)]++;
    return true;
}

Test(set_type_model, random_members_and_samples_are_fair) {
    enum { COUNT = 50, DRAWS = 60000 };
    struct random random;
    unit_random(&random, "set_type chance");
    for (size_t large = 0; large < 2; large++) {
        size_t counts[COUNT] = {0};
        size_t sampled[COUNT] = {0};
        size_t walked[COUNT] = {0};
        char scratch[SET_SCRATCH_SIZE];
        struct value value;
        limit(512, large == 1 ? 0 : 512);
        fill(&value, COUNT);
        for (size_t i = 0; i < DRAWS; i++) {
            counts[number_of(set_type_random(&value, &random, scratch))]++;
        }
        for (size_t i = 0; i < DRAWS / 5; i++) {
            set_type_sample(&value, &random, 5, visit_count_few, sampled);
            set_type_sample(&value, &random, 30, visit_count_few, walked);
        }
        require(chance_is_fair(counts, COUNT, DRAWS));
        require(chance_is_fair(sampled, COUNT, DRAWS));
        require(chance_is_fair(walked, COUNT, 6 * DRAWS));
        value_ops_free(&value);
    }
}

Test(set_type_model, pops_are_fair_and_leave_the_rest) {
    enum { COUNT = 20, ROUNDS = 4000 };
    struct random random;
    unit_random(&random, "set_type pops");
    static const size_t taken_counts[] = {1, 7, 18};
    for (size_t large = 0; large < 2; large++) {
        limit(512, large == 1 ? 0 : 512);
        for (size_t i = 0; i < 3; i++) {
            size_t counts[COUNT] = {0};
            for (size_t round = 0; round < ROUNDS; round++) {
                size_t taken[COUNT] = {0};
                struct value value;
                fill(&value, COUNT);
                set_type_pop(&value, &random, taken_counts[i], visit_count_few, taken);
                require(set_type_length(&value) == COUNT - taken_counts[i]);
                require(set_type_each(&value, visit_count_few, taken));
                for (size_t j = 0; j < COUNT; j++) {
                    char buffer[NAME_SIZE];
                    require(taken[j] == 1);
                    counts[j] += !set_type_contains(&value, name_of(j, false, buffer));
                }
                value_ops_free(&value);
            }
            require(chance_is_fair(counts, COUNT, ROUNDS * taken_counts[i]));
        }
    }
}

Test(set_type_model, intersections_of_all_encodings) {
    enum { FORMS = 3 };
    static const size_t limits[FORMS][2] = {{512, 512}, {0, 512}, {0, 0}};
    for (size_t a = 0; a < FORMS; a++) {
        for (size_t b = 0; b < FORMS; b++) {
            char buffer[NAME_SIZE];
            size_t counts[MEMBERS] = {0};
            struct value first;
            struct value second;
            limit(limits[a][0], limits[a][1]);
            set_type_create(&first, BYTES("0"), 1);
            for (size_t i = 0; i < 100; i += 2) {
                require(set_type_add(&first, name_of(i, true, buffer)));
            }
            limit(limits[b][0], limits[b][1]);
            set_type_create(&second, BYTES("0"), 1);
            for (size_t i = 0; i < 300; i += 3) {
                require(set_type_add(&second, name_of(i, true, buffer)));
            }
            const struct value *sets[] = {&first, &second};
            require(set_type_intersect(sets, 2, visit_count, counts));
            for (size_t i = 0; i < MEMBERS; i++) {
                require(counts[i] == (i < 100 && i % 6 == 0));
            }
            value_ops_free(&first);
            value_ops_free(&second);
        }
    }
}

Test(set_type_model, blocks_are_taken_when_they_are_sets) {
    struct value value;
    limit(512, 3);
    uint8_t *block = listpack_append(listpack_append(listpack_create(), BYTES("a")), BYTES("b"));
    require(set_type_from_listpack(&value, listpack_copy(block)));
    require(strcmp(encoding(&value), "listpack") == 0 && set_type_length(&value) == 2);
    value_ops_free(&value);
    require(!set_type_from_listpack(&value, listpack_append(listpack_copy(block), BYTES("a"))));
    block = listpack_append(listpack_append(block, BYTES("c")), BYTES("d"));
    require(set_type_from_listpack(&value, block));
    require(strcmp(encoding(&value), "hashtable") == 0 && set_type_length(&value) == 4);
    value_ops_free(&value);
    require(set_type_from_intset(&value, intset_insert(intset_create(), 0, 7)));
    require(set_type_contains(&value, BYTES("7")));
    value_ops_free(&value);
}
