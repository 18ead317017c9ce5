#include "types/hash_type.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "structs/listpack.h"
#include "support/chance.h"
#include "support/unit.h"
#include "types/type_limits.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <string.h>

enum { FIELDS = 200, NAME_SIZE = 400, STEPS = 6000 };

static const int64_t far_ms = INT64_C(4000000000000);

static void limit(size_t entries) {
    struct type_limits limits = *type_limits();
    limits.hash_entries = entries;
    limits.hash_value_bytes = 300;
    type_limits_set(&limits);
}

struct model {
    bool is_present;
    int64_t deadline_ms;
    size_t value_length;
};

/* Names and values of all lengths around those at which items change their layout. */
static struct bytes name_of(size_t number, char buffer[NAME_SIZE]) {
    size_t length = 4 + (number % 40 == 0 ? 120 + number / 20 : number % 7);
    memset(buffer, 'n', length);
    (void)snprintf(buffer, 4, "%03zu", number);
    buffer[3] = ':';
    return (struct bytes){buffer, length};
}

static struct bytes value_of(size_t length, char buffer[NAME_SIZE]) {
    memset(buffer, 'v', length);
    return (struct bytes){buffer, length};
}

static size_t number_of(struct bytes name) {
    return (size_t)(name.data[0] - '0') * 100 + (size_t)(name.data[1] - '0') * 10 +
           (size_t)(name.data[2] - '0');
}

static bool visit_check(void *context, const struct hash_field *field) {
    const struct model *model = context;
    const struct model *expected = &model[number_of(field->name)];
    require(expected->is_present && expected->value_length == field->value.length &&
            expected->deadline_ms == field->deadline_ms);
    return true;
}

static void check(const struct value *value, struct model *model) {
    char buffer[NAME_SIZE];
    char scratch[HASH_SCRATCH_SIZE];
    size_t count = 0;
    int64_t first_ms = HASH_NO_DEADLINE;
    require(hash_type_each(value, visit_check, model));
    for (size_t i = 0; i < FIELDS; i++) {
        struct bytes found;
        int64_t deadline_ms;
        struct bytes name = name_of(i, buffer);
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

static void do_step(struct random *random, struct value *value, struct model *model,
                    bool with_deadlines) {
    char name_buffer[NAME_SIZE];
    char value_buffer[NAME_SIZE];
    size_t number = random_below(random, FIELDS);
    struct model *field = &model[number];
    struct bytes name = name_of(number, name_buffer);
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

Test(hash_type_model, agrees_with_a_model_through_all_encodings) {
    static const size_t limits[] = {0, 60, 512};
    struct random random;
    unit_random(&random, "hash_type");
    clock_init();
    size_t start = alloc_used_bytes();
    for (size_t round = 0; round < 6; round++) {
        struct model model[FIELDS] = {0};
        struct value value;
        for (size_t i = 0; i < FIELDS; i++) {
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
    char buffer[NAME_SIZE];
    limit(entries);
    hash_type_create(value);
    for (size_t i = 0; i < count; i++) {
        require(hash_type_set(value, name_of(i, buffer), BYTES("v"), false));
    }
    return value_ops_encoding_name(value);
}

Test(hash_type_model, due_fields_are_passed_over_until_they_are_taken) {
    char buffer[NAME_SIZE];
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
            require(hash_type_set_deadline(&value, name_of(i, buffer), 1000 + (int64_t)i));
        }
        size_t count = 0;
        require(!hash_type_get(&value, name_of(0, buffer), scratch, &found));
        require(!hash_type_delete(&value, name_of(0, buffer)));
        require(hash_type_each(&value, visit_nothing, &count) && count == 10);
        hash_type_sample(&value, &random, 30, visit_nothing, &count);
        require(count == 20);
        require(hash_type_random(&value, &random, visit_nothing, &count) && count == 21);
        require(hash_type_scan_all(&value, 0, visit_nothing, &count) == 0 || entries == 0);
        type_limits_show_due_fields(true);
        require(hash_type_get(&value, name_of(0, buffer), scratch, &found));
        type_limits_show_due_fields(false);
        /* A due field that is written is new. */
        require(hash_type_set(&value, name_of(19, buffer), BYTES("w"), true));
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

Test(hash_type_model, encodings_have_their_names) {
    char buffer[NAME_SIZE];
    struct value value;
    require(strcmp(fill(&value, 5, 5), "listpack") == 0);
    require(hash_type_set_deadline(&value, name_of(2, buffer), far_ms));
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

Test(hash_type_model, a_scan_survives_conversion_and_growth) {
    char buffer[NAME_SIZE];
    size_t counts[FIELDS] = {0};
    struct value value;
    require(strcmp(fill(&value, 50, 0), "hashtable") == 0);
    uint64_t cursor = hash_type_scan(&value, 0, visit_number, counts);
    for (size_t i = 50; i < FIELDS; i++) {
        require(hash_type_set(&value, name_of(i, buffer), BYTES("v"), false));
        /* The first deadline turns the table into a timed one. */
        require(i != 60 || hash_type_set_deadline(&value, name_of(1, buffer), far_ms));
    }
    while (cursor != 0) {
        cursor = hash_type_scan(&value, cursor, visit_number, counts);
    }
    for (size_t i = 0; i < 50; i++) {
        require(counts[i] > 0);
    }
    value_ops_free(&value);
}

Test(hash_type_model, random_fields_and_samples_are_fair) {
    enum { COUNT = 40, DRAWS = 40000 };
    struct random random;
    unit_random(&random, "hash_type chance");
    for (size_t entries = 0; entries <= 512; entries += 512) {
        size_t counts[FIELDS] = {0};
        size_t sampled[FIELDS] = {0};
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

Test(hash_type_model, blocks_are_taken_when_they_are_sound) {
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
