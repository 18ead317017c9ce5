#include "types/hash_type.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/random.h"
#include "structs/listpack.h"
#include "support/chance.h"
#include "support/unit.h"
#include "types/type_limits.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <stdio.h>
#include <string.h>

enum { FIELDS = 300, NAME_SIZE = 16, TEXT_SIZE = 80, START_MS = 1000000 };

struct field_model {
    bool is_there;
    int64_t deadline_ms;
    char text[TEXT_SIZE];
};

struct model {
    struct field_model fields[FIELDS];
    int64_t now_ms;
    bool has_deadlines;
};

static void set_time(int64_t unix_ms) {
    clock_set_fixed(unix_ms * CLOCK_US_PER_MS);
}

static struct bytes name_of(size_t index, char *text) {
    return (struct bytes){text, (size_t)snprintf(text, NAME_SIZE, "f%zu", index)};
}

static bool is_due(const struct model *model, const struct field_model *field) {
    return field->deadline_ms >= 0 && field->deadline_ms < model->now_ms;
}

static bool is_live(const struct model *model, const struct field_model *field) {
    return field->is_there && !is_due(model, field);
}

struct walk {
    const struct model *model;
    unsigned char counts[FIELDS];
    size_t total;
};

static size_t index_of(struct bytes name) {
    size_t index = 0;
    for (size_t i = 1; i < name.length; i++) {
        index = index * 10 + (size_t)(name.data[i] - '0');
    }
    require(index < FIELDS);
    return index;
}

static bool visit_live(void *context, const struct hash_field *field) {
    struct walk *walk = context;
    size_t index = index_of(field->name);
    const struct field_model *wanted = &walk->model->fields[index];
    require(is_live(walk->model, wanted));
    require(bytes_equal(field->value, bytes_of_text(wanted->text)));
    require(field->deadline_ms == wanted->deadline_ms);
    walk->counts[index]++;
    walk->total++;
    return true;
}

static void require_same(struct random *random, const struct value *value,
                         const struct model *model) {
    size_t live = 0;
    size_t total = 0;
    for (size_t i = 0; i < FIELDS; i++) {
        live += is_live(model, &model->fields[i]);
        total += model->fields[i].is_there;
    }
    require(hash_type_length(value) == total);
    struct walk walk = {.model = model};
    require(hash_type_each(value, visit_live, &walk));
    require(walk.total == live);
    walk = (struct walk){.model = model};
    uint64_t cursor = 0;
    do {
        cursor = hash_type_scan(value, cursor, visit_live, &walk);
    } while (cursor != 0);
    for (size_t i = 0; i < FIELDS; i++) {
        require((walk.counts[i] > 0) == is_live(model, &model->fields[i]));
    }
    walk = (struct walk){.model = model};
    require(total == 0 || hash_type_random(value, random, visit_live, &walk) == (live > 0));
    size_t wanted = random_below(random, FIELDS);
    walk = (struct walk){.model = model};
    hash_type_sample(value, random, wanted, visit_live, &walk);
    require(walk.total == (wanted < live ? wanted : live));
    for (size_t i = 0; i < FIELDS; i++) {
        require(walk.counts[i] <= 1);
    }
}

static void set_randomly(struct random *random, struct value *value, struct model *model,
                         size_t index) {
    char name_text[NAME_SIZE];
    struct bytes name = name_of(index, name_text);
    struct field_model *field = &model->fields[index];
    if (field->is_there && is_due(model, field)) {
        return;
    }
    size_t length = random_below(random, random_below(random, 40) == 0 ? TEXT_SIZE - 1 : 10);
    memset(field->text, 0, TEXT_SIZE);
    unit_random_bytes(random, field->text, length, 26);
    if (random_below(random, 3) == 0) {
        (void)snprintf(field->text, TEXT_SIZE, "%d", (int)random_below(random, 1000));
    }
    struct bytes text = bytes_of_text(field->text);
    bool keeps = random_below(random, 2) == 0;
    struct bytes pair[] = {name, text};
    hash_type_prepare(value, pair, 1);
    require(hash_type_set(value, name, text, keeps) == !field->is_there);
    if (!field->is_there || !keeps) {
        field->deadline_ms = HASH_NO_DEADLINE;
    }
    field->is_there = true;
}

static void change_randomly(struct random *random, struct value *value, struct model *model,
                            unsigned growth) {
    char name_text[NAME_SIZE];
    size_t index = random_below(random, FIELDS);
    struct bytes name = name_of(index, name_text);
    struct field_model *field = &model->fields[index];
    bool lives = is_live(model, field);
    char scratch[HASH_SCRATCH_SIZE];
    struct bytes found;
    require(hash_type_get(value, name, scratch, &found) == lives);
    require(!lives || bytes_equal(found, bytes_of_text(field->text)));
    int64_t deadline_ms = 0;
    require(hash_type_deadline(value, name, &deadline_ms) == lives);
    require(!lives || deadline_ms == field->deadline_ms);
    if (model->has_deadlines && random_below(random, 4) == 0) {
        deadline_ms = random_below(random, 4) == 0
                          ? HASH_NO_DEADLINE
                          : model->now_ms + 1 + (int64_t)random_below(random, 500);
        require(hash_type_set_deadline(value, name, deadline_ms) == lives);
        field->deadline_ms = lives ? deadline_ms : field->deadline_ms;
    } else if (random_below(random, 10) < growth) {
        set_randomly(random, value, model, index);
    } else if (!field->is_there || lives) {
        require(hash_type_delete(value, name) == lives);
        field->is_there = false;
    }
}

struct taken {
    struct model *model;
    size_t count;
    int64_t last_ms;
};

static bool take(void *context, const struct hash_field *field) {
    struct taken *taken = context;
    struct field_model *wanted = &taken->model->fields[index_of(field->name)];
    require(wanted->is_there && is_due(taken->model, wanted));
    require(field->deadline_ms == wanted->deadline_ms);
    require(field->deadline_ms >= taken->last_ms);
    taken->last_ms = field->deadline_ms;
    wanted->is_there = false;
    taken->count++;
    return true;
}

static void pass_time(struct random *random, struct value *value, struct model *model) {
    model->now_ms += (int64_t)random_below(random, 60);
    set_time(model->now_ms);
    if (random_below(random, 3) == 0) {
        return;
    }
    size_t limit = random_below(random, 4) == 0 ? 1 : 1000;
    struct taken taken = {.model = model};
    require(hash_type_take_due(value, model->now_ms, limit, take, &taken) == taken.count);
    require(taken.count <= limit);
    int64_t next_ms = HASH_NO_DEADLINE;
    for (size_t i = 0; i < FIELDS; i++) {
        const struct field_model *field = &model->fields[i];
        require(limit == 1 || !field->is_there || !is_due(model, field));
        if (field->is_there && field->deadline_ms >= 0 &&
            (next_ms < 0 || field->deadline_ms < next_ms)) {
            next_ms = field->deadline_ms;
        }
    }
    require(hash_type_next_deadline(value) == next_ms);
}

static struct model *create_model(bool has_deadlines) {
    struct model *model = alloc_zeroed(sizeof *model);
    model->now_ms = START_MS;
    model->has_deadlines = has_deadlines;
    for (size_t i = 0; i < FIELDS; i++) {
        model->fields[i].deadline_ms = HASH_NO_DEADLINE;
    }
    set_time(START_MS);
    return model;
}

Test(hash_type, random_changes_give_what_a_plain_model_gives) {
    struct random random;
    unit_random(&random, "hash_type");
    size_t before = alloc_used_bytes();
    for (size_t round = 0; round < 6; round++) {
        struct type_limits limits = *type_limits();
        limits.hash_entries = round < 2 ? 512 : 60;
        type_limits_set(&limits);
        struct value value;
        hash_type_create(&value);
        struct model *model = create_model(round % 2 == 1);
        static const unsigned growths[] = {6, 9, 2, 6, 0};
        for (size_t phase = 0; phase < 5; phase++) {
            for (size_t step = 0; step < 1500; step++) {
                change_randomly(&random, &value, model, growths[phase]);
                if (model->has_deadlines && step % 20 == 0) {
                    pass_time(&random, &value, model);
                }
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

Test(hash_type, the_encoding_changes_beyond_its_thresholds) {
    struct type_limits limits = *type_limits();
    limits.hash_entries = 2;
    limits.hash_value_bytes = 4;
    type_limits_set(&limits);
    static const struct {
        const char *texts[6];
        size_t pair_count;
        const char *encoding;
    } rows[] = {
        {{"a", "1234", "b", "2"}, 2, "listpack"},
        {{"a", "12345"}, 1, "hashtable"},
        {{"abcde", "1"}, 1, "hashtable"},
        {{"a", "1", "b", "2", "c", "3"}, 3, "hashtable"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value value;
        hash_type_create(&value);
        require(hash_type_table(&value) == NULL);
        struct bytes pairs[6];
        for (size_t k = 0; k < 2 * rows[i].pair_count; k++) {
            pairs[k] = bytes_of_text(rows[i].texts[k]);
        }
        hash_type_prepare(&value, pairs, rows[i].pair_count);
        for (size_t k = 0; k < rows[i].pair_count; k++) {
            require(hash_type_set(&value, pairs[2 * k], pairs[2 * k + 1], false));
        }
        require_text(bytes_of_text(value_ops_encoding_name(&value)), rows[i].encoding);
        require(hash_type_length(&value) == rows[i].pair_count);
        value_ops_free(&value);
    }
}

static uint8_t *listpack_of(const char *const *texts, size_t count) {
    uint8_t *block = listpack_create();
    for (size_t i = 0; i < count; i++) {
        block = listpack_append(block, bytes_of_text(texts[i]));
    }
    return block;
}

Test(hash_type, blocks_make_hashes_and_damaged_ones_are_refused) {
    size_t before = alloc_used_bytes();
    static const char *const texts[] = {"a", "1", "b", "2", "a", "3"};
    struct value value;
    cr_assert(hash_type_from_listpack(&value, listpack_of(texts, 4)));
    char scratch[HASH_SCRATCH_SIZE];
    struct bytes found;
    cr_assert(hash_type_get(&value, BYTES("b"), scratch, &found));
    require_text(found, "2");
    cr_assert_str_eq(value_ops_encoding_name(&value), "listpack");
    value_ops_free(&value);
    cr_assert_not(hash_type_from_listpack(&value, listpack_of(texts, 3)), "odd");
    cr_assert_not(hash_type_from_listpack(&value, listpack_of(texts, 6)), "a field twice");
    hash_type_create_table(&value, 1000);
    cr_assert_not_null(hash_type_table(&value));
    cr_assert_eq(hash_type_length(&value), 0);
    value_ops_free(&value);
    cr_assert_eq(alloc_used_bytes(), before);
}

static void note_piece(void *context, const struct value_piece *piece) {
    require(piece->kind == PIECE_FIELD);
    const struct walk *walk = context;
    const struct field_model *wanted = &walk->model->fields[index_of(piece->first)];
    require(wanted->is_there);
    require(bytes_equal(piece->second, bytes_of_text(wanted->text)));
    require(piece->deadline_ms == wanted->deadline_ms);
    ((struct walk *)context)->counts[index_of(piece->first)]++;
}

Test(hash_type, a_kept_hash_is_walked_as_it_was_while_it_changes) {
    struct random random;
    unit_random(&random, "hash_kept");
    struct type_limits limits = *type_limits();
    limits.hash_entries = 50;
    type_limits_set(&limits);
    size_t before = alloc_used_bytes();
    struct model *wanted = alloc_new(sizeof *wanted);
    for (size_t round = 0; round < 40; round++) {
        struct value value;
        hash_type_create(&value);
        struct model *model = create_model(round % 2 == 0);
        for (size_t step = 0; step < 1000; step++) {
            change_randomly(&random, &value, model, 8);
        }
        for (size_t turn = 0; turn < 2 && value_ops_is_large(&value, 16); turn++) {
            *wanted = *model;
            (void)value_ops_keep(&value);
            struct walk walk = {.model = wanted};
            do {
                for (size_t left = random_below(&random, 60); left > 0; left--) {
                    change_randomly(&random, &value, model, 5);
                }
                if (model->has_deadlines) {
                    pass_time(&random, &value, model);
                }
            } while (!value_ops_walk_kept(&value, random_below(&random, 500), note_piece, &walk));
            for (size_t i = 0; i < FIELDS; i++) {
                require(walk.counts[i] == wanted->fields[i].is_there);
            }
            require_same(&random, &value, model);
        }
        value_ops_free(&value);
        alloc_free(model);
    }
    alloc_free(wanted);
    cr_assert_eq(alloc_used_bytes(), before);
}

/* ---- Names and values of all lengths, through all encodings ---- */

enum { MIXED_FIELDS = 200, MIXED_NAME_SIZE = 400, STEPS = 6000 };

static const int64_t far_ms = INT64_C(4000000000000);

static void limit(size_t entries) {
    struct type_limits limits = *type_limits();
    limits.hash_entries = entries;
    limits.hash_value_bytes = 300;
    type_limits_set(&limits);
}

struct field_state {
    bool is_present;
    int64_t deadline_ms;
    size_t value_length;
};

/* Names and values of all lengths around those at which items change their layout. */
static struct bytes mixed_name_of(size_t number, char buffer[MIXED_NAME_SIZE]) {
    size_t length = 4 + (number % 40 == 0 ? 120 + number / 20 : number % 7);
    memset(buffer, 'n', length);
    (void)snprintf(buffer, 4, "%03zu", number);
    buffer[3] = ':';
    return (struct bytes){buffer, length};
}

static struct bytes value_of(size_t length, char buffer[MIXED_NAME_SIZE]) {
    memset(buffer, 'v', length);
    return (struct bytes){buffer, length};
}

static size_t number_of(struct bytes name) {
    return (size_t)(name.data[0] - '0') * 100 + (size_t)(name.data[1] - '0') * 10 +
           (size_t)(name.data[2] - '0');
}

static bool visit_check(void *context, const struct hash_field *field) {
    const struct field_state *model = context;
    const struct field_state *expected = &model[number_of(field->name)];
    require(expected->is_present && expected->value_length == field->value.length &&
            expected->deadline_ms == field->deadline_ms);
    return true;
}

static void check(const struct value *value, struct field_state *model) {
    char buffer[MIXED_NAME_SIZE];
    char scratch[HASH_SCRATCH_SIZE];
    size_t count = 0;
    int64_t first_ms = HASH_NO_DEADLINE;
    require(hash_type_each(value, visit_check, model));
    for (size_t i = 0; i < MIXED_FIELDS; i++) {
        struct bytes found;
        int64_t deadline_ms;
        struct bytes name = mixed_name_of(i, buffer);
        require(hash_type_get(value, name, scratch, &found) == model[i].is_present);
        require(hash_type_deadline(value, name, &deadline_ms) == model[i].is_present);
        count += model[i].is_present;
        if (model[i].is_present && model[i].deadline_ms != HASH_NO_DEADLINE &&
            (first_ms == HASH_NO_DEADLINE || model[i].deadline_ms < first_ms)) {
            first_ms = model[i].deadline_ms;
        }
    }
    require(hash_type_length(value) == count);
    require(hash_type_next_deadline(value) == first_ms);
}

static void do_step(struct random *random, struct value *value, struct field_state *model,
                    bool with_deadlines) {
    char name_buffer[MIXED_NAME_SIZE];
    char value_buffer[MIXED_NAME_SIZE];
    size_t number = random_below(random, MIXED_FIELDS);
    struct field_state *field = &model[number];
    struct bytes name = mixed_name_of(number, name_buffer);
    size_t kind = random_below(random, with_deadlines ? 10 : 6);
    if (kind < 4) {
        bool keeps = kind == 0;
        size_t length = random_below(random, random_below(random, 10) == 0 ? 300 : 20);
        require(hash_type_set(value, name, value_of(length, value_buffer), keeps) !=
                field->is_present);
        field->deadline_ms = field->is_present && keeps ? field->deadline_ms : HASH_NO_DEADLINE;
        field->is_present = true;
        field->value_length = length;
    } else if (kind < 6) {
        require(hash_type_delete(value, name) == field->is_present);
        field->is_present = false;
        field->deadline_ms = HASH_NO_DEADLINE;
    } else {
        int64_t deadline_ms =
            kind == 6 ? HASH_NO_DEADLINE : far_ms + (int64_t)random_below(random, 50);
        require(hash_type_set_deadline(value, name, deadline_ms) == field->is_present);
        field->deadline_ms = field->is_present ? deadline_ms : HASH_NO_DEADLINE;
    }
}

Test(hash_type, agrees_with_a_model_through_all_encodings) {
    static const size_t limits[] = {0, 60, 512};
    struct random random;
    unit_random(&random, "hash_type");
    clock_init();
    size_t start = alloc_used_bytes();
    for (size_t round = 0; round < 6; round++) {
        struct field_state model[MIXED_FIELDS] = {0};
        struct value value;
        for (size_t i = 0; i < MIXED_FIELDS; i++) {
            model[i].deadline_ms = HASH_NO_DEADLINE;
        }
        limit(limits[round % 3]);
        hash_type_create(&value);
        for (size_t step = 0; step < STEPS; step++) {
            do_step(&random, &value, model, round >= 3);
            if (step % 300 == 0) {
                check(&value, model);
                struct value copy;
                value_ops_copy(&value, &copy);
                value_ops_free(&value);
                value = copy;
            }
        }
        check(&value, model);
        value_ops_free(&value);
    }
    require(alloc_used_bytes() == start);
}

static bool visit_nothing(void *context, const struct hash_field *field) {
    (void)field;
    *(size_t *)context += 1;
    return true;
}

static const char *fill(struct value *value, size_t count, size_t entries) {
    char buffer[MIXED_NAME_SIZE];
    limit(entries);
    hash_type_create(value);
    for (size_t i = 0; i < count; i++) {
        require(hash_type_set(value, mixed_name_of(i, buffer), BYTES("v"), false));
    }
    return value_ops_encoding_name(value);
}

Test(hash_type, due_fields_are_passed_over_until_they_are_taken) {
    char buffer[MIXED_NAME_SIZE];
    char scratch[HASH_SCRATCH_SIZE];
    struct bytes found;
    struct random random;
    unit_random(&random, "hash_type due");
    clock_init();
    clock_refresh();
    for (size_t entries = 0; entries <= 512; entries += 512) {
        struct value value;
        (void)fill(&value, 30, entries);
        for (size_t i = 0; i < 20; i++) {
            require(hash_type_set_deadline(&value, mixed_name_of(i, buffer), 1000 + (int64_t)i));
        }
        size_t count = 0;
        require(!hash_type_get(&value, mixed_name_of(0, buffer), scratch, &found));
        require(!hash_type_delete(&value, mixed_name_of(0, buffer)));
        require(hash_type_each(&value, visit_nothing, &count) && count == 10);
        hash_type_sample(&value, &random, 30, visit_nothing, &count);
        require(count == 20);
        require(hash_type_random(&value, &random, visit_nothing, &count) && count == 21);
        require(hash_type_scan_all(&value, 0, visit_nothing, &count) == 0 || entries == 0);
        type_limits_show_due_fields(true);
        require(hash_type_get(&value, mixed_name_of(0, buffer), scratch, &found));
        type_limits_show_due_fields(false);
        /* A due field that is written is new. */
        require(hash_type_set(&value, mixed_name_of(19, buffer), BYTES("w"), true));
        require(hash_type_length(&value) == 30);
        count = 0;
        require(hash_type_take_due(&value, 1005, 3, visit_nothing, &count) == 3);
        require(hash_type_take_due(&value, 1005, 100, visit_nothing, &count) == 2);
        require(hash_type_take_due(&value, 1005, 100, visit_nothing, &count) == 0);
        require(hash_type_next_deadline(&value) == 1005 && hash_type_length(&value) == 25);
        require(hash_type_take_due(&value, far_ms, 100, visit_nothing, &count) == 14);
        require(hash_type_next_deadline(&value) == HASH_NO_DEADLINE);
        require(hash_type_length(&value) == 11 && count == 19);
        value_ops_free(&value);
    }
}

Test(hash_type, encodings_have_their_names) {
    char buffer[MIXED_NAME_SIZE];
    struct value value;
    require(strcmp(fill(&value, 5, 5), "listpack") == 0);
    require(hash_type_set_deadline(&value, mixed_name_of(2, buffer), far_ms));
    require(strcmp(value_ops_encoding_name(&value), "listpackex") == 0);
    require(hash_type_set(&value, BYTES("one more"), BYTES("v"), false));
    require(strcmp(value_ops_encoding_name(&value), "hashtable") == 0);
    require(hash_type_next_deadline(&value) == far_ms);
    value_ops_free(&value);
    require(strcmp(fill(&value, 6, 5), "hashtable") == 0);
    value_ops_free(&value);
}

static bool visit_number(void *context, const struct hash_field *field) {
    ((size_t *)context)[number_of(field->name)]++;
    return true;
}

Test(hash_type, a_scan_survives_conversion_and_growth) {
    char buffer[MIXED_NAME_SIZE];
    size_t counts[MIXED_FIELDS] = {0};
    struct value value;
    require(strcmp(fill(&value, 50, 0), "hashtable") == 0);
    uint64_t cursor = hash_type_scan(&value, 0, visit_number, counts);
    for (size_t i = 50; i < MIXED_FIELDS; i++) {
        require(hash_type_set(&value, mixed_name_of(i, buffer), BYTES("v"), false));
        /* The first deadline turns the table into a timed one. */
        require(i != 60 || hash_type_set_deadline(&value, mixed_name_of(1, buffer), far_ms));
    }
    while (cursor != 0) {
        cursor = hash_type_scan(&value, cursor, visit_number, counts);
    }
    for (size_t i = 0; i < 50; i++) {
        require(counts[i] > 0);
    }
    value_ops_free(&value);
}

Test(hash_type, random_fields_and_samples_are_fair) {
    enum { COUNT = 40, DRAWS = 40000 };
    struct random random;
    unit_random(&random, "hash_type chance");
    for (size_t entries = 0; entries <= 512; entries += 512) {
        size_t counts[MIXED_FIELDS] = {0};
        size_t sampled[MIXED_FIELDS] = {0};
        struct value value;
        (void)fill(&value, COUNT, entries);
        for (size_t i = 0; i < DRAWS; i++) {
            require(hash_type_random(&value, &random, visit_number, counts));
        }
        for (size_t i = 0; i < DRAWS / 5; i++) {
            hash_type_sample(&value, &random, 5, visit_number, sampled);
        }
        require(chance_is_fair(counts, COUNT, DRAWS));
        require(chance_is_fair(sampled, COUNT, DRAWS));
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

Test(hash_type, blocks_are_taken_when_they_are_sound) {
    static const char *const pairs[] = {"a", "1", "b", "2", NULL};
    static const char *const odd[] = {"a", "1", "b", NULL};
    static const char *const repeated[] = {"a", "1", "a", "2", NULL};
    static const char *const triples[] = {"a", "1", "4000000000000", "b", "2", "0", NULL};
    static const char *const unordered[] = {"b", "2", "0", "a", "1", "4000000000000", NULL};
    struct value value;
    limit(2);
    require(hash_type_from_listpack(&value, block_of(pairs)) && hash_type_length(&value) == 2);
    value_ops_free(&value);
    require(!hash_type_from_listpack(&value, block_of(odd)));
    require(!hash_type_from_listpack(&value, block_of(repeated)));
    require(hash_type_from_timed_listpack(&value, block_of(triples)));
    require(hash_type_next_deadline(&value) == far_ms && hash_type_length(&value) == 2);
    value_ops_free(&value);
    require(!hash_type_from_timed_listpack(&value, block_of(unordered)));
    require(!hash_type_from_timed_listpack(&value, block_of(pairs)));
    limit(1);
    require(hash_type_from_timed_listpack(&value, block_of(triples)));
    require(hash_type_table(&value) != NULL && hash_type_next_deadline(&value) == far_ms);
    value_ops_free(&value);
}

/* However high the thresholds are: larger blocks could not be loaded again. */
Test(hash_type, no_block_is_larger_than_files_may_hold) {
    enum { COUNT = 200, BLOCK_BYTES = 4096, LONG_SIZE = 80 };
    struct type_limits limits = *type_limits();
    limits.block_bytes = BLOCK_BYTES;
    limits.hash_entries = SIZE_MAX;
    limits.hash_value_bytes = SIZE_MAX;
    type_limits_set(&limits);
    struct value value;
    hash_type_create(&value);
    for (size_t i = 0; i < COUNT; i++) {
        char name[LONG_SIZE + 1];
        (void)snprintf(name, sizeof name, "%080zu", i);
        (void)hash_type_set(&value, bytes_of_text(name), BYTES("value"), false);
        bool is_compact = strcmp(value_ops_encoding_name(&value), "listpack") == 0;
        require(!is_compact || listpack_size(value.object) <= BLOCK_BYTES);
        require(is_compact || i > COUNT / 6);
    }
    require(strcmp(value_ops_encoding_name(&value), "listpack") != 0);
    value_ops_free(&value);
}
