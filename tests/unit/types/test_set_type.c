#include "types/set_type.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/random.h"
#include "structs/intset.h"
#include "structs/listpack.h"
#include "support/chance.h"
#include "support/unit.h"
#include "types/type_limits.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <stdio.h>
#include <string.h>

/* Members are "m0" … or, of an integer set, "0" …; the model is which of them are there. */
enum { MEMBERS = 600, NAME_SIZE = 16 };

struct model {
    bool is_there[MEMBERS];
    size_t count;
    bool are_integers;
};

static struct bytes name_of(const struct model *model, size_t index, char *text) {
    int length = snprintf(text, NAME_SIZE, model->are_integers ? "%zu" : "m%zu", index);
    return (struct bytes){text, (size_t)length};
}

static size_t index_of(struct bytes member) {
    size_t number = 0;
    for (size_t i = 0; i < member.length; i++) {
        number = member.data[i] == 'm' ? 0 : number * 10 + (size_t)(member.data[i] - '0');
    }
    require(number < MEMBERS);
    return number;
}

struct visits {
    const struct model *model;
    unsigned char counts[MEMBERS];
    size_t total;
    size_t limit; /* stops behind so many; 0: never */
};

static bool visit(void *context, struct bytes member) {
    struct visits *visits = context;
    size_t index = index_of(member);
    require(visits->model == NULL || visits->model->is_there[index]);
    visits->counts[index]++;
    visits->total++;
    return visits->total != visits->limit;
}

static void require_distinct(const struct visits *visits) {
    for (size_t i = 0; i < MEMBERS; i++) {
        require(visits->counts[i] <= 1);
    }
}

static void require_same(struct random *random, const struct value *value,
                         const struct model *model) {
    require(set_type_length(value) == model->count);
    struct visits visits = {.model = model};
    require(set_type_each(value, visit, &visits));
    require(visits.total == model->count);
    require_distinct(&visits);
    visits = (struct visits){.model = model};
    uint64_t cursor = 0;
    do {
        cursor = set_type_scan(value, cursor, visit, &visits);
    } while (cursor != 0);
    for (size_t i = 0; i < MEMBERS; i++) {
        require((visits.counts[i] > 0) == model->is_there[i]);
    }
    size_t wanted = random_below(random, model->count + 1);
    visits = (struct visits){.model = model};
    set_type_sample(value, random, wanted, visit, &visits);
    require(visits.total == wanted);
    require_distinct(&visits);
    if (model->count > 1) {
        visits = (struct visits){.model = model, .limit = 1};
        require(!set_type_each(value, visit, &visits));
        char scratch[SET_SCRATCH_SIZE];
        require(model->is_there[index_of(set_type_random(value, random, scratch))]);
    }
}

static void change_randomly(struct random *random, struct value *value, struct model *model,
                            unsigned growth) {
    char text[NAME_SIZE];
    size_t index = random_below(random, MEMBERS);
    struct bytes name = name_of(model, index, text);
    require(set_type_contains(value, name) == model->is_there[index]);
    if (random_below(random, 10) < growth) {
        require(set_type_add(value, name) == !model->is_there[index]);
        model->count += !model->is_there[index];
        model->is_there[index] = true;
    } else if (random_below(random, 20) == 0) {
        size_t count = random_below(random, model->count < 5 ? model->count + 1 : 5);
        struct visits visits = {.model = model};
        set_type_pop(value, random, count, visit, &visits);
        require(visits.total == count);
        require_distinct(&visits);
        for (size_t i = 0; i < MEMBERS; i++) {
            model->is_there[i] = model->is_there[i] && visits.counts[i] == 0;
        }
        model->count -= count;
    } else {
        require(set_type_remove(value, name) == model->is_there[index]);
        model->count -= model->is_there[index];
        model->is_there[index] = false;
    }
}

Test(set_type, random_changes_give_what_a_plain_model_gives) {
    struct random random;
    unit_random(&random, "set_type");
    size_t before = alloc_used_bytes();
    for (size_t round = 0; round < 6; round++) {
        struct value value;
        set_type_create_empty(&value);
        struct model model = {.are_integers = round % 3 == 0};
        static const unsigned growths[] = {8, 2, 6, 0};
        for (size_t phase = 0; phase < 4; phase++) {
            for (size_t step = 0; step < 2000; step++) {
                if (round % 3 == 2 && step == 300) {
                    /* Integers first, then a text: every change of encoding. */
                    model.are_integers = false;
                }
                change_randomly(&random, &value, &model, growths[phase]);
                if (step % 200 == 0) {
                    require_same(&random, &value, &model);
                }
            }
        }
        struct value copy;
        value_ops_copy(&value, &copy);
        value_ops_free(&value);
        require_same(&random, &copy, &model);
        value_ops_free(&copy);
    }
    cr_assert_eq(alloc_used_bytes(), before);
}

static void expect_encoding(const struct value *value, const char *name) {
    require_text(bytes_of_text(value_ops_encoding_name(value)), name);
}

Test(set_type, the_encoding_follows_from_members_and_thresholds) {
    struct type_limits limits = *type_limits();
    limits.set_integers = 4;
    limits.set_entries = 5;
    limits.set_value_bytes = 3;
    type_limits_set(&limits);
    struct value value;
    set_type_create(&value, BYTES("1"), 1);
    (void)set_type_add(&value, BYTES("1"));
    expect_encoding(&value, "intset");
    (void)set_type_add(&value, BYTES("abc"));
    expect_encoding(&value, "listpack");
    (void)set_type_add(&value, BYTES("abcd"));
    expect_encoding(&value, "hashtable");
    cr_assert_eq(set_type_length(&value), 3);
    cr_assert_not_null(set_type_table(&value));
    value_ops_free(&value);
    set_type_create_empty(&value);
    for (size_t i = 0; i < 4; i++) {
        char digit = (char)('0' + i);
        (void)set_type_add(&value, (struct bytes){&digit, 1});
        expect_encoding(&value, "intset");
    }
    cr_assert_null(set_type_table(&value));
    (void)set_type_add(&value, BYTES("9"));
    cr_assert(set_type_contains(&value, BYTES("9")));
    cr_assert_not(set_type_contains(&value, BYTES("09")));
    value_ops_free(&value);
}

/* A set of the multiples of a number, in the encoding that it gets. */
static void build_multiples(struct value *value, size_t factor, bool has_text) {
    set_type_create_empty(value);
    for (size_t i = 0; i < MEMBERS; i += factor) {
        char text[NAME_SIZE];
        struct bytes name = {text, (size_t)snprintf(text, sizeof text, "%zu", i)};
        require(set_type_add(value, name));
    }
    if (has_text) {
        require(set_type_add(value, BYTES("m1")));
    }
}

Test(set_type, an_intersection_holds_what_all_have_in_every_pair_of_encodings) {
    static const size_t factors[] = {300, 60, 12, 6, 3, 2, 1};
    for (size_t i = 0; i < 7; i++) {
        for (size_t k = i; k < 7; k++) {
            for (unsigned texts = 0; texts < 4; texts++) {
                struct value first;
                struct value second;
                build_multiples(&first, factors[i], (texts & 1) != 0);
                build_multiples(&second, factors[k], (texts & 2) != 0);
                const struct value *sets[] = {&first, &second};
                if (set_type_length(&first) > set_type_length(&second)) {
                    sets[0] = &second;
                    sets[1] = &first;
                }
                struct visits visits = {.model = NULL};
                require(set_type_intersect(sets, 2, visit, &visits));
                for (size_t n = 0; n < MEMBERS; n++) {
                    size_t wanted = n % factors[i] == 0 && n % factors[k] == 0;
                    /* "m1" counts as 1. */
                    wanted += n == 1 && texts == 3;
                    require(visits.counts[n] == wanted);
                }
                value_ops_free(&first);
                value_ops_free(&second);
            }
        }
    }
}

Test(set_type, blocks_make_sets_and_damaged_ones_are_refused) {
    size_t before = alloc_used_bytes();
    uint8_t *listpack = listpack_create();
    listpack = listpack_append(listpack, BYTES("a"));
    listpack = listpack_append(listpack, BYTES("2"));
    struct value value;
    cr_assert(set_type_from_listpack(&value, listpack));
    cr_assert(set_type_contains(&value, BYTES("2")));
    struct bytes block;
    cr_assert_eq(set_type_kind(&value, &block), SET_KIND_LISTPACK);
    cr_assert(listpack_verify((const uint8_t *)block.data, block.length));
    value_ops_free(&value);
    listpack = listpack_create();
    listpack = listpack_append(listpack, BYTES("a"));
    listpack = listpack_append(listpack, BYTES("a"));
    cr_assert_not(set_type_from_listpack(&value, listpack));
    uint8_t *integers = intset_create();
    for (int64_t i = 0; i < 1000; i++) {
        integers = intset_insert(integers, (size_t)i, i);
    }
    cr_assert(set_type_from_intset(&value, integers));
    expect_encoding(&value, "hashtable");
    cr_assert_eq(set_type_length(&value), 1000);
    cr_assert(set_type_contains(&value, BYTES("999")));
    value_ops_free(&value);
    cr_assert_eq(alloc_used_bytes(), before);
}

static void note_piece(void *context, const struct value_piece *piece) {
    require(piece->kind == PIECE_ELEMENT);
    (void)visit(context, piece->first);
}

Test(set_type, a_kept_set_is_walked_as_it_was_while_it_changes) {
    struct random random;
    unit_random(&random, "set_kept");
    size_t before = alloc_used_bytes();
    for (size_t round = 0; round < 40; round++) {
        struct value value;
        set_type_create_empty(&value);
        struct model model = {.count = 0};
        while (model.count < 400) {
            change_randomly(&random, &value, &model, 9);
        }
        for (size_t turn = 0; turn < 2 && value_ops_is_large(&value, 16); turn++) {
            struct model wanted = model;
            require(value_ops_keep(&value).count == wanted.count);
            struct visits visits = {.model = NULL};
            do {
                for (size_t left = random_below(&random, 60); left > 0; left--) {
                    change_randomly(&random, &value, &model, 4);
                }
            } while (!value_ops_walk_kept(&value, random_below(&random, 500), note_piece, &visits));
            for (size_t i = 0; i < MEMBERS; i++) {
                require(visits.counts[i] == wanted.is_there[i]);
            }
            require_same(&random, &value, &model);
        }
        value_ops_free(&value);
    }
    cr_assert_eq(alloc_used_bytes(), before);
}

/* ---- Integers and words, through all encodings ---- */

enum { MIXED_MEMBERS = 400, MIXED_NAME_SIZE = 24 };

static void limit(size_t integers, size_t entries) {
    struct type_limits limits = *type_limits();
    limits.set_integers = integers;
    limits.set_entries = entries;
    limits.set_value_bytes = 16;
    type_limits_set(&limits);
}

/* Even numbers are integers, others words, a few of them long. */
static struct bytes mixed_name_of(size_t number, bool only_integers, char buffer[MIXED_NAME_SIZE]) {
    bool is_integer = only_integers || number % 2 == 0;
    const char *prefix = is_integer ? "" : number % 50 == 1 ? "a-rather-long-one" : "m";
    int length = snprintf(buffer, MIXED_NAME_SIZE, "%s%zu", prefix, number);
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
    require(number < MIXED_MEMBERS);
    ((size_t *)context)[number]++;
    return true;
}

static void check_members(const struct value *value, const bool *model, bool only_integers) {
    size_t counts[MIXED_MEMBERS] = {0};
    size_t count = 0;
    char buffer[MIXED_NAME_SIZE];
    require(set_type_each(value, visit_count, counts));
    for (size_t i = 0; i < MIXED_MEMBERS; i++) {
        require(counts[i] == model[i]);
        require(set_type_contains(value, mixed_name_of(i, only_integers, buffer)) == model[i]);
        count += model[i];
    }
    require(set_type_length(value) == count);
}

static void run_model(struct random *random, bool only_integers) {
    bool model[MIXED_MEMBERS] = {false};
    char buffer[MIXED_NAME_SIZE];
    struct value value;
    set_type_create_empty(&value);
    for (size_t step = 0; step < 4000; step++) {
        size_t number = random_below(random, step < 1800 ? 20 + step / 5 : MIXED_MEMBERS);
        struct bytes name = mixed_name_of(number, only_integers, buffer);
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

Test(set_type, agrees_with_a_model_through_all_encodings) {
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

Test(set_type, converts_at_its_thresholds) {
    char buffer[MIXED_NAME_SIZE];
    struct value value;
    limit(3, 5);
    set_type_create(&value, BYTES("1"), 1);
    for (size_t i = 0; i < 3; i++) {
        require(set_type_add(&value, mixed_name_of(2 * i, true, buffer)));
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
        require(set_type_add(&value, mixed_name_of(i, true, buffer)));
    }
    require(strcmp(encoding(&value), "hashtable") == 0);
    value_ops_free(&value);
    set_type_create(&value, BYTES("a"), 6);
    require(strcmp(encoding(&value), "hashtable") == 0);
    value_ops_free(&value);
}

Test(set_type, a_scan_survives_conversion_and_growth) {
    enum { FIRST = 20 };
    char buffer[MIXED_NAME_SIZE];
    size_t counts[MIXED_MEMBERS] = {0};
    struct value value;
    limit(0, 25);
    set_type_create(&value, BYTES("a"), 1);
    for (size_t i = 0; i < FIRST; i++) {
        require(set_type_add(&value, mixed_name_of(2 * i, false, buffer)));
    }
    uint64_t cursor = set_type_scan(&value, 0, visit_count, counts);
    require(cursor == 0); /* A compact set is one position. */
    memset(counts, 0, sizeof counts);
    for (size_t i = FIRST; i < 100; i++) {
        require(set_type_add(&value, mixed_name_of(2 * i, false, buffer)));
    }
    require(set_type_table(&value) != NULL);
    cursor = set_type_scan(&value, 0, visit_count, counts);
    for (size_t i = 100; i < MIXED_MEMBERS / 2; i++) {
        require(set_type_add(&value, mixed_name_of(2 * i, false, buffer)));
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
    char buffer[MIXED_NAME_SIZE];
    set_type_create_empty(value);
    for (size_t i = 0; i < count; i++) {
        require(set_type_add(value, mixed_name_of(i, false, buffer)));
    }
}

static bool visit_count_few(void *context, struct bytes member) {
    ((size_t *)context)[number_of(member)]++;
    return true;
}

Test(set_type, random_members_and_samples_are_fair) {
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

Test(set_type, pops_are_fair_and_leave_the_rest) {
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
                    char buffer[MIXED_NAME_SIZE];
                    require(taken[j] == 1);
                    counts[j] += !set_type_contains(&value, mixed_name_of(j, false, buffer));
                }
                value_ops_free(&value);
            }
            require(chance_is_fair(counts, COUNT, ROUNDS * taken_counts[i]));
        }
    }
}

Test(set_type, intersections_of_all_encodings) {
    enum { FORMS = 3 };
    static const size_t limits[FORMS][2] = {{512, 512}, {0, 512}, {0, 0}};
    for (size_t a = 0; a < FORMS; a++) {
        for (size_t b = 0; b < FORMS; b++) {
            char buffer[MIXED_NAME_SIZE];
            size_t counts[MIXED_MEMBERS] = {0};
            struct value first;
            struct value second;
            limit(limits[a][0], limits[a][1]);
            set_type_create(&first, BYTES("0"), 1);
            for (size_t i = 0; i < 100; i += 2) {
                require(set_type_add(&first, mixed_name_of(i, true, buffer)));
            }
            limit(limits[b][0], limits[b][1]);
            set_type_create(&second, BYTES("0"), 1);
            for (size_t i = 0; i < 300; i += 3) {
                require(set_type_add(&second, mixed_name_of(i, true, buffer)));
            }
            const struct value *sets[] = {&first, &second};
            require(set_type_intersect(sets, 2, visit_count, counts));
            for (size_t i = 0; i < MIXED_MEMBERS; i++) {
                require(counts[i] == (i < 100 && i % 6 == 0));
            }
            value_ops_free(&first);
            value_ops_free(&second);
        }
    }
}

Test(set_type, blocks_are_taken_when_they_are_sets) {
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

/* However high the thresholds are: larger blocks could not be loaded again. */
Test(set_type, no_block_is_larger_than_files_may_hold) {
    enum { COUNT = 200, BLOCK_BYTES = 4096, LONG_SIZE = 80 };
    struct type_limits limits = *type_limits();
    limits.block_bytes = BLOCK_BYTES;
    limits.set_entries = SIZE_MAX;
    limits.set_value_bytes = SIZE_MAX;
    type_limits_set(&limits);
    struct value value;
    set_type_create_empty(&value);
    for (size_t i = 0; i < COUNT; i++) {
        char name[LONG_SIZE + 1];
        (void)snprintf(name, sizeof name, "%080zu", i);
        (void)set_type_add(&value, bytes_of_text(name));
        bool is_compact = strcmp(value_ops_encoding_name(&value), "listpack") == 0;
        require(!is_compact || listpack_size(value.object) <= BLOCK_BYTES);
        require(is_compact || i > COUNT / 6);
    }
    require(strcmp(value_ops_encoding_name(&value), "listpack") != 0);
    value_ops_free(&value);
}
