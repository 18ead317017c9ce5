/*
 * A compact hash is the block itself: the entry's word points at it, with no struct between. A
 * large one is a table of hash_items. All changes of a large hash's fields go through insert_item,
 * replace_item and remove_item.
 */
#include "types/hash_type.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/random.h"
#include "structs/listpack.h"
#include "structs/table.h"
#include "types/hash_item.h"
#include "types/sampling.h"
#include "types/type_limits.h"
#include "types/value.h"
#include "types/value_ops.h"

enum hash_encoding { HASH_LISTPACK, HASH_TABLE };

enum { PAIR = 2 };

static void put(struct value *value, enum hash_encoding encoding, void *object) {
    *value = (struct value){
        .type = VALUE_HASH,
        .encoding = (uint8_t)encoding,
        .storage = VALUE_STORED_OBJECT,
        .object = object,
    };
}

static bool is_compact(const struct value *value) {
    return value->encoding == HASH_LISTPACK;
}

/* ---- Items of the table ---- */

static uint64_t hash_of_item(const void *item) {
    return hash_bytes(hash_item_name(item));
}

static bool item_matches(const void *item, const void *key) {
    return bytes_equal(hash_item_name(item), *(const struct bytes *)key);
}

static const struct table_type item_table_type = {.hash = hash_of_item, .matches = item_matches};

static void insert_item(struct value *value, uint64_t hash, const struct hash_field *field) {
    table_insert(value->object, hash, hash_item_create(field));
}

static void replace_item(struct value *value, uint64_t hash, void *item,
                         const struct hash_field *field) {
    if (!hash_item_rewrite(item, field->value, field->deadline_ms)) {
        table_replace_item(value->object, hash, item, hash_item_create(field));
        hash_item_free(item);
    }
}

static void remove_item(struct value *value, uint64_t hash, void *item) {
    table_remove_item(value->object, hash, item);
    hash_item_free(item);
}

/* ---- Conversion ---- */

static void read_pair(const uint8_t *element, const uint8_t *block,
                      char name_scratch[HASH_SCRATCH_SIZE], char value_scratch[HASH_SCRATCH_SIZE],
                      struct hash_field *field) {
    field->name = listpack_get(element, name_scratch);
    field->value = listpack_get(listpack_next(block, element), value_scratch);
    field->deadline_ms = HASH_NO_DEADLINE;
}

static bool each_in_listpack(const uint8_t *block, hash_visitor visit, void *context) {
    char name_scratch[HASH_SCRATCH_SIZE];
    char value_scratch[HASH_SCRATCH_SIZE];
    const uint8_t *element = listpack_first(block);
    while (element != NULL) {
        struct hash_field field;
        read_pair(element, block, name_scratch, value_scratch, &field);
        if (!visit(context, &field)) {
            return false;
        }
        element = listpack_next(block, listpack_next(block, element));
    }
    return true;
}

static bool visit_insert(void *context, const struct hash_field *field) {
    insert_item(context, hash_bytes(field->name), field);
    return true;
}

static void convert_to_table(struct value *value) {
    uint8_t *block = value->object;
    hash_type_create_table(value, listpack_count(block) / PAIR);
    (void)each_in_listpack(block, visit_insert, value);
    listpack_free(block);
}

void hash_type_prepare(struct value *value, const struct bytes *pairs, size_t pair_count) {
    if (!is_compact(value)) {
        return;
    }
    const struct type_limits *limits = type_limits();
    bool is_too_large = pair_count > limits->hash_entries;
    for (size_t i = 0; i < PAIR * pair_count && !is_too_large; i++) {
        is_too_large = pairs[i].length > limits->hash_value_bytes;
    }
    if (is_too_large) {
        convert_to_table(value);
    }
}

/* ---- Making ---- */

void hash_type_create(struct value *value) {
    put(value, HASH_LISTPACK, listpack_create());
}

void hash_type_create_table(struct value *value, size_t count) {
    struct table *table = table_create(&item_table_type);
    table_reserve(table, count);
    put(value, HASH_TABLE, table);
}

size_t hash_type_length(const struct value *value) {
    return is_compact(value) ? listpack_count(value->object) / PAIR : table_count(value->object);
}

struct table *hash_type_table(const struct value *value) {
    return is_compact(value) ? NULL : value->object;
}

/* ---- Fields ---- */

static uint8_t *find_in_listpack(const uint8_t *block, struct bytes name) {
    struct listpack_wanted wanted = listpack_wanted(name);
    return listpack_find(block, NULL, &wanted, PAIR - 1);
}

bool hash_type_get(const struct value *value, struct bytes name, char scratch[HASH_SCRATCH_SIZE],
                   struct bytes *found) {
    if (is_compact(value)) {
        const uint8_t *element = find_in_listpack(value->object, name);
        if (element == NULL) {
            return false;
        }
        *found = listpack_get(listpack_next(value->object, element), scratch);
        return true;
    }
    const void *item = table_find(value->object, hash_bytes(name), &name);
    if (item == NULL) {
        return false;
    }
    struct hash_field field;
    hash_item_read(item, &field);
    *found = field.value;
    return true;
}

int64_t hash_type_deadline(const struct value *value, struct bytes name) {
    if (is_compact(value)) {
        return HASH_NO_DEADLINE;
    }
    const void *item = table_find(value->object, hash_bytes(name), &name);
    return item == NULL ? HASH_NO_DEADLINE : hash_item_deadline(item);
}

static bool set_in_listpack(struct value *value, const struct hash_field *field) {
    uint8_t *block = value->object;
    uint8_t *element = find_in_listpack(block, field->name);
    bool is_new = element == NULL;
    if (is_new) {
        block = listpack_append(listpack_append(block, field->name), field->value);
    } else {
        uint8_t *place = listpack_next(block, element);
        block = listpack_replace(block, &place, field->value);
    }
    value->object = block;
    if (hash_type_length(value) > type_limits()->hash_entries) {
        convert_to_table(value);
    }
    return is_new;
}

static bool set_in_table(struct value *value, struct hash_field *field, bool keeps_deadline) {
    uint64_t hash = hash_bytes(field->name);
    void *item = table_find(value->object, hash, &field->name);
    if (item == NULL) {
        insert_item(value, hash, field);
        return true;
    }
    field->deadline_ms = keeps_deadline ? hash_item_deadline(item) : HASH_NO_DEADLINE;
    replace_item(value, hash, item, field);
    return false;
}

bool hash_type_set(struct value *value, struct bytes name, struct bytes text, bool keeps_deadline) {
    struct hash_field field = {name, text, HASH_NO_DEADLINE};
    struct bytes pair[PAIR] = {name, text};
    hash_type_prepare(value, pair, 1);
    return is_compact(value) ? set_in_listpack(value, &field)
                             : set_in_table(value, &field, keeps_deadline);
}

bool hash_type_delete(struct value *value, struct bytes name) {
    if (is_compact(value)) {
        uint8_t *element = find_in_listpack(value->object, name);
        if (element == NULL) {
            return false;
        }
        uint8_t *block = listpack_erase(value->object, &element);
        value->object = listpack_erase(block, &element);
        return true;
    }
    uint64_t hash = hash_bytes(name);
    void *item = table_find(value->object, hash, &name);
    if (item == NULL) {
        return false;
    }
    remove_item(value, hash, item);
    return true;
}

/* ---- Walking ---- */

/* A visitor of fields, as a visitor of items. */
struct item_walk {
    hash_visitor visit;
    void *context;
    bool is_stopped;
};

static void visit_item(void *context, void *item) {
    struct item_walk *walk = context;
    if (!walk->is_stopped) {
        struct hash_field field;
        hash_item_read(item, &field);
        walk->is_stopped = !walk->visit(walk->context, &field);
    }
}

bool hash_type_each(const struct value *value, hash_visitor visit, void *context) {
    if (is_compact(value)) {
        return each_in_listpack(value->object, visit, context);
    }
    struct item_walk walk = {visit, context, false};
    uint64_t cursor = 0;
    do {
        cursor = table_scan(value->object, cursor, visit_item, &walk);
    } while (cursor != 0 && !walk.is_stopped);
    return !walk.is_stopped;
}

uint64_t hash_type_scan_all(const struct value *value, uint64_t cursor, hash_visitor visit,
                            void *context) {
    if (is_compact(value)) {
        (void)each_in_listpack(value->object, visit, context);
        return 0;
    }
    struct item_walk walk = {visit, context, false};
    return table_scan(value->object, cursor, visit_item, &walk);
}

uint64_t hash_type_scan(const struct value *value, uint64_t cursor, hash_visitor visit,
                        void *context) {
    return hash_type_scan_all(value, cursor, visit, context);
}

/* ---- Samples ---- */

bool hash_type_random(const struct value *value, struct random *random, hash_visitor visit,
                      void *context) {
    size_t length = hash_type_length(value);
    ASSERT(length > 0);
    struct hash_field field;
    char name_scratch[HASH_SCRATCH_SIZE];
    char value_scratch[HASH_SCRATCH_SIZE];
    if (is_compact(value)) {
        int64_t index = (int64_t)random_below(random, length) * PAIR;
        read_pair(listpack_seek(value->object, index), value->object, name_scratch, value_scratch,
                  &field);
    } else {
        hash_item_read(table_random(value->object, random), &field);
    }
    (void)visit(context, &field);
    return true;
}

struct sample_walk {
    struct sampling_walk sampling;
    hash_visitor visit;
    void *context;
};

static bool visit_sampled(void *context, const struct hash_field *field) {
    struct sample_walk *walk = context;
    if (sampling_takes_next(&walk->sampling)) {
        (void)walk->visit(walk->context, field);
    }
    return walk->sampling.wanted > 0;
}

static void draw_items(struct table *table, struct random *random, size_t count, hash_visitor visit,
                       void *context) {
    struct drawn_numbers drawn;
    drawn_numbers_init(&drawn, count);
    while (count > 0) {
        void *item = table_random(table, random);
        if (drawn_numbers_add(&drawn, (uintptr_t)item)) {
            struct hash_field field;
            hash_item_read(item, &field);
            (void)visit(context, &field);
            count--;
        }
    }
    drawn_numbers_release(&drawn);
}

void hash_type_sample(const struct value *value, struct random *random, size_t count,
                      hash_visitor visit, void *context) {
    size_t length = hash_type_length(value);
    count = count < length ? count : length;
    if (!is_compact(value) && !sampling_should_walk(length, count)) {
        draw_items(value->object, random, count, visit, context);
        return;
    }
    struct sample_walk walk = {{random, length, count}, visit, context};
    (void)hash_type_each(value, visit_sampled, &walk);
}

/* ---- Storing ---- */

bool hash_type_listpack(const struct value *value, struct bytes *block) {
    if (value->encoding != HASH_LISTPACK) {
        return false;
    }
    *block = (struct bytes){value->object, listpack_size(value->object)};
    return true;
}

struct block_check {
    struct drawn_numbers hashes;
    size_t longest;
};

/* Two names with one 64-bit keyed hash are the same name, for all that can happen. */
static bool visit_check(void *context, const struct hash_field *field) {
    struct block_check *check = context;
    size_t longer =
        field->name.length > field->value.length ? field->name.length : field->value.length;
    check->longest = longer > check->longest ? longer : check->longest;
    return drawn_numbers_add(&check->hashes, hash_bytes(field->name) >> 1);
}

bool hash_type_from_listpack(struct value *value, uint8_t *block) {
    size_t count = listpack_count(block);
    struct block_check check = {.longest = 0};
    drawn_numbers_init(&check.hashes, count / PAIR + 1);
    bool is_sound = count % PAIR == 0 && each_in_listpack(block, visit_check, &check);
    drawn_numbers_release(&check.hashes);
    if (!is_sound) {
        listpack_free(block);
        return false;
    }
    const struct type_limits *limits = type_limits();
    put(value, HASH_LISTPACK, block);
    if (count / PAIR > limits->hash_entries || check.longest > limits->hash_value_bytes) {
        convert_to_table(value);
    }
    return true;
}

/* ---- value_ops ---- */

static void free_item(void *context, void *item) {
    (void)context;
    hash_item_free(item);
}

static void hash_free(struct value *value) {
    if (is_compact(value)) {
        listpack_free(value->object);
        return;
    }
    struct table *table = value->object;
    table_pause_resize(table);
    uint64_t cursor = 0;
    do {
        cursor = table_scan(table, cursor, free_item, NULL);
    } while (cursor != 0);
    table_destroy(table);
}

static void hash_copy(const struct value *source, struct value *copy) {
    if (is_compact(source)) {
        put(copy, HASH_LISTPACK, listpack_copy(source->object));
        return;
    }
    hash_type_create_table(copy, hash_type_length(source));
    uint64_t cursor = 0;
    do {
        cursor = hash_type_scan_all(source, cursor, visit_insert, copy);
    } while (cursor != 0);
}

static const char *hash_encoding_name(const struct value *value) {
    return is_compact(value) ? "listpack" : "hashtable";
}

struct memory_sample {
    size_t bytes;
    size_t count;
    size_t wanted;
};

static void add_item_memory(void *context, void *item) {
    struct memory_sample *sample = context;
    sample->bytes += hash_item_memory(item);
    sample->count++;
}

static size_t hash_memory(const struct value *value, size_t sample_count) {
    if (is_compact(value)) {
        return alloc_usable_size(value->object);
    }
    struct memory_sample sample = {.wanted = sample_count == 0 ? SIZE_MAX : sample_count};
    uint64_t cursor = 0;
    do {
        cursor = table_scan(value->object, cursor, add_item_memory, &sample);
    } while (cursor != 0 && sample.count < sample.wanted);
    double mean = sample.count == 0 ? 0 : (double)sample.bytes / (double)sample.count;
    return table_memory(value->object) + (size_t)(mean * (double)table_count(value->object));
}

static size_t hash_free_effort(const struct value *value) {
    return is_compact(value) ? 1 : table_count(value->object);
}

struct value_walk {
    value_visitor visit;
    void *context;
};

static bool visit_walked(void *context, const struct hash_field *field) {
    const struct value_walk *walk = context;
    walk->visit(walk->context, field->name, field->value);
    return true;
}

static void hash_walk(const struct value *value, value_visitor visit, void *context) {
    struct value_walk walk = {visit, context};
    (void)hash_type_each(value, visit_walked, &walk);
}

/* ---- Pieces ---- */

static struct value_shape hash_shape(const struct value *value) {
    if (is_compact(value)) {
        return (struct value_shape){.form = FORM_BLOCK, .count = 1};
    }
    return (struct value_shape){.form = FORM_ELEMENTS, .count = table_count(value->object)};
}

struct piece_walk {
    value_piece_visitor visit;
    void *context;
};

static bool visit_piece(void *context, const struct hash_field *field) {
    const struct piece_walk *walk = context;
    walk->visit(walk->context, &(struct value_piece){
                                   .kind = PIECE_FIELD,
                                   .first = field->name,
                                   .second = field->value,
                                   .deadline_ms = field->deadline_ms,
                               });
    return true;
}

static void hash_pieces(const struct value *value, value_piece_visitor visit, void *context) {
    if (!is_compact(value)) {
        (void)hash_type_each(value, visit_piece, &(struct piece_walk){visit, context});
        return;
    }
    struct bytes block = {value->object, listpack_size(value->object)};
    visit(context, &(struct value_piece){
                       .kind = PIECE_LISTPACK,
                       .first = block,
                       .total = block.length,
                   });
}

const struct value_ops hash_type_ops = {
    .type_name = "hash",
    .free = hash_free,
    .copy = hash_copy,
    .encoding_name = hash_encoding_name,
    .length = hash_type_length,
    .memory = hash_memory,
    .free_effort = hash_free_effort,
    .walk = hash_walk,
    .shape = hash_shape,
    .pieces = hash_pieces,
};
