/*
 * A compact hash is the block itself: the entry's word points at it, with no struct between. A
 * large one is a table of hash_items. With its first deadline a hash takes another form for good:
 * a block of name, value, deadline (0: none), those with a deadline first, in its order, as in the
 * published format; or a table with an index of the deadlines, a score_tree (a timing wheel would
 * be faster, but takes 40 KiB, and there may be a million such hashes).
 * All changes of a large hash's fields go through insert_item, replace_item and remove_item.
 */
#include "types/hash_type.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/random.h"
#include "structs/listpack.h"
#include "structs/score_tree.h"
#include "structs/table.h"
#include "types/hash_item.h"
#include "types/kept_table.h"
#include "types/sampling.h"
#include "types/type_limits.h"
#include "types/type_row.h"
#include "types/value.h"

enum hash_encoding { HASH_LISTPACK, HASH_TABLE, HASH_LISTPACK_TIMED, HASH_TABLE_TIMED };

enum { PAIR = 2, TRIPLE = 3, RANDOM_DRAWS_MAX = 100 };

/* A large hash with deadlines. */
struct timed_table {
    struct table *table;
    struct score_tree *index; /* of the items that have a deadline */
};

static void put(struct value *value, enum hash_encoding encoding, void *object) {
    *value = (struct value){
        .type = VALUE_HASH,
        .encoding = (uint8_t)encoding,
        .storage = VALUE_STORED_OBJECT,
        .object = object,
    };
}

static bool is_compact(const struct value *value) {
    return value->encoding == HASH_LISTPACK || value->encoding == HASH_LISTPACK_TIMED;
}

static bool is_timed(const struct value *value) {
    return value->encoding == HASH_LISTPACK_TIMED || value->encoding == HASH_TABLE_TIMED;
}

/* Elements of a block that make one field. */
static size_t stride(const struct value *value) {
    return value->encoding == HASH_LISTPACK ? PAIR : TRIPLE;
}

static struct table *inner_table(const struct value *value) {
    return value->encoding == HASH_TABLE ? value->object
                                         : ((const struct timed_table *)value->object)->table;
}

/* A field lives through the millisecond of its deadline, as a key does. */
static bool is_due(int64_t deadline_ms) {
    return UNLIKELY(deadline_ms != HASH_NO_DEADLINE) && deadline_ms < clock_unix_ms() &&
           !type_limits()->shows_due_fields;
}

/* ---- Items of the table ---- */

static uint64_t hash_of_item(const void *item) {
    return hash_bytes(hash_item_name(item));
}

static bool item_matches(const void *item, const void *key) {
    return bytes_equal(hash_item_name(item), *(const struct bytes *)key);
}

static const struct table_type item_table_type = {.hash = hash_of_item, .matches = item_matches};
static const struct score_tree_type item_index_type = {.member = hash_item_name};

/* Enters an item with a deadline into the index; the hash is timed then. */
static void index_item(struct value *value, void *item) {
    int64_t deadline_ms = hash_item_deadline(item);
    if (UNLIKELY(deadline_ms != HASH_NO_DEADLINE)) {
        score_tree_insert(((struct timed_table *)value->object)->index, (double)deadline_ms, item);
    }
}

static void unindex_item(struct value *value, const void *item) {
    int64_t deadline_ms = hash_item_deadline(item);
    if (UNLIKELY(deadline_ms != HASH_NO_DEADLINE)) {
        score_tree_remove(((struct timed_table *)value->object)->index, (double)deadline_ms, item);
    }
}

static void insert_item(struct value *value, uint64_t hash, const struct hash_field *field) {
    void *item = hash_item_create(field);
    struct table *table = inner_table(value);
    table_insert(table, hash, item);
    index_item(value, item);
    if (UNLIKELY(kept_table_of(table) != NULL)) {
        kept_table_inserted(kept_table_of(table), hash, item);
    }
}

/* Frees an item that is in no table any more, unless a walk over the kept hash needs it. */
static void drop_item(struct value *value, uint64_t hash, void *item) {
    struct kept_table *kept = kept_table_of(inner_table(value));
    if (LIKELY(kept == NULL) || !kept_table_takes(kept, hash, item)) {
        hash_item_free(item);
    }
}

static void replace_item(struct value *value, uint64_t hash, void *item,
                         const struct hash_field *field) {
    struct kept_table *kept = kept_table_of(inner_table(value));
    unindex_item(value, item);
    if (UNLIKELY(kept != NULL)) {
        kept_table_changes(kept, hash, item);
    }
    if (!hash_item_rewrite(item, field->value, field->deadline_ms)) {
        void *moved = hash_item_create(field);
        table_replace_item(inner_table(value), hash, item, moved);
        drop_item(value, hash, item);
        item = moved;
        if (UNLIKELY(kept != NULL)) {
            kept_table_inserted(kept, hash, item);
        }
    }
    index_item(value, item);
}

static void remove_item(struct value *value, uint64_t hash, void *item) {
    unindex_item(value, item);
    table_remove_item(inner_table(value), hash, item);
    drop_item(value, hash, item);
}

/* ---- Blocks ---- */

/* Reads the field that begins at an element. */
static void read_block(const struct value *value, const uint8_t *element,
                       char name_scratch[HASH_SCRATCH_SIZE], char value_scratch[HASH_SCRATCH_SIZE],
                       struct hash_field *field) {
    const uint8_t *text = listpack_next(value->object, element);
    field->name = listpack_get(element, name_scratch);
    field->value = listpack_get(text, value_scratch);
    field->deadline_ms = HASH_NO_DEADLINE;
    if (is_timed(value)) {
        struct bytes unused;
        int64_t deadline_ms = 0;
        (void)listpack_get_integer(listpack_next(value->object, text), &deadline_ms, &unused);
        field->deadline_ms = deadline_ms == 0 ? HASH_NO_DEADLINE : deadline_ms;
    }
}

static const uint8_t *next_in_block(const struct value *value, const uint8_t *element) {
    for (size_t i = 0; i < stride(value); i++) {
        element = listpack_next(value->object, element);
    }
    return element;
}

static bool each_in_block(const struct value *value, hash_visitor visit, void *context) {
    char name_scratch[HASH_SCRATCH_SIZE];
    char value_scratch[HASH_SCRATCH_SIZE];
    for (const uint8_t *element = listpack_first(value->object); element != NULL;
         element = next_in_block(value, element)) {
        struct hash_field field;
        read_block(value, element, name_scratch, value_scratch, &field);
        if (!visit(context, &field)) {
            return false;
        }
    }
    return true;
}

static uint8_t *find_in_block(const struct value *value, struct bytes name) {
    struct listpack_wanted wanted = listpack_wanted(name);
    return listpack_find(value->object, NULL, &wanted, stride(value) - 1);
}

static void erase_from_block(struct value *value, uint8_t *element) {
    uint8_t *block = value->object;
    for (size_t i = 0; i < stride(value); i++) {
        block = listpack_erase(block, &element);
    }
    value->object = block;
}

/* Inserts a field where it belongs: in the order of deadlines, those without at the end. */
static void insert_into_block(struct value *value, const struct hash_field *field) {
    char name_scratch[HASH_SCRATCH_SIZE];
    char value_scratch[HASH_SCRATCH_SIZE];
    uint8_t *block = value->object;
    if (field->deadline_ms == HASH_NO_DEADLINE) {
        block = listpack_append(listpack_append(block, field->name), field->value);
        value->object = is_timed(value) ? listpack_append(block, BYTES("0")) : block;
        return;
    }
    const uint8_t *place = listpack_first(block);
    while (place != NULL) {
        struct hash_field other;
        read_block(value, place, name_scratch, value_scratch, &other);
        if (other.deadline_ms == HASH_NO_DEADLINE || other.deadline_ms > field->deadline_ms) {
            break;
        }
        place = next_in_block(value, place);
    }
    char digits[TEXT_INT64_MAX_SIZE];
    struct bytes deadline = {digits, text_print_int64(digits, field->deadline_ms)};
    uint8_t *inserted;
    block = listpack_insert(block, (uint8_t *)(uintptr_t)place, deadline, &inserted);
    block = listpack_insert(block, inserted, field->value, &inserted);
    value->object = listpack_insert(block, inserted, field->name, NULL);
}

/* ---- Conversions ---- */

static bool visit_insert(void *context, const struct hash_field *field) {
    insert_item(context, hash_bytes(field->name), field);
    return true;
}

static bool visit_insert_into_block(void *context, const struct hash_field *field) {
    insert_into_block(context, field);
    return true;
}

static void make_table(struct value *value, size_t count, bool with_deadlines) {
    struct table *table = table_create(&item_table_type);
    table_reserve(table, count);
    if (!with_deadlines) {
        put(value, HASH_TABLE, table);
        return;
    }
    struct timed_table *timed = alloc_new(sizeof *timed);
    timed->table = table;
    timed->index = score_tree_create(&item_index_type);
    put(value, HASH_TABLE_TIMED, timed);
}

static void convert_to_table(struct value *value) {
    struct value source = *value;
    make_table(value, hash_type_length(&source), is_timed(&source));
    (void)each_in_block(&source, visit_insert, value);
    listpack_free(source.object);
}

/* Makes a hash able to hold deadlines. */
static void convert_to_timed(struct value *value) {
    if (is_timed(value)) {
        return;
    }
    if (is_compact(value) &&
        !type_limits_have_room(listpack_size(value->object), hash_type_length(value), 0)) {
        convert_to_table(value);
    }
    if (is_compact(value)) {
        struct value source = *value;
        put(value, HASH_LISTPACK_TIMED, listpack_create());
        (void)each_in_block(&source, visit_insert_into_block, value);
        listpack_free(source.object);
        return;
    }
    struct timed_table *timed = alloc_new(sizeof *timed);
    timed->table = value->object;
    timed->index = score_tree_create(&item_index_type);
    put(value, HASH_TABLE_TIMED, timed);
}

void hash_type_prepare(struct value *value, const struct bytes *pairs, size_t pair_count) {
    if (!is_compact(value)) {
        return;
    }
    const struct type_limits *limits = type_limits();
    bool is_too_large = pair_count > limits->hash_entries;
    size_t size = 0;
    for (size_t i = 0; i < PAIR * pair_count && !is_too_large; i++) {
        is_too_large = pairs[i].length > limits->hash_value_bytes;
        size += pairs[i].length;
    }
    /* With a field's deadline three elements come. */
    if (is_too_large ||
        !type_limits_have_room(listpack_size(value->object), (PAIR + 1) * pair_count, size)) {
        convert_to_table(value);
    }
}

/* ---- Making ---- */

void hash_type_create(struct value *value) {
    put(value, HASH_LISTPACK, listpack_create());
}

void hash_type_create_table(struct value *value, size_t count) {
    make_table(value, count, false);
}

size_t hash_type_length(const struct value *value) {
    return is_compact(value) ? listpack_count(value->object) / stride(value)
                             : table_count(inner_table(value));
}

struct table *hash_type_table(const struct value *value) {
    return is_compact(value) ? NULL : inner_table(value);
}

/* ---- Fields ---- */

/* Where a field was found. */
struct place {
    uint8_t *element; /* of a block */
    void *item;       /* of a table */
    uint64_t hash;
};

/* Finds a field, due or not, and reads it: views into the hash or the scratches. */
static bool find_field(const struct value *value, struct bytes name,
                       char name_scratch[HASH_SCRATCH_SIZE], char value_scratch[HASH_SCRATCH_SIZE],
                       struct place *place, struct hash_field *field) {
    if (is_compact(value)) {
        place->element = find_in_block(value, name);
        if (place->element == NULL) {
            return false;
        }
        read_block(value, place->element, name_scratch, value_scratch, field);
        return true;
    }
    place->hash = hash_bytes(name);
    place->item = table_find(inner_table(value), place->hash, &name);
    if (place->item == NULL) {
        return false;
    }
    hash_item_read(place->item, field);
    return true;
}

bool hash_type_get(const struct value *value, struct bytes name, char scratch[HASH_SCRATCH_SIZE],
                   struct bytes *found) {
    char name_scratch[HASH_SCRATCH_SIZE];
    struct place place;
    struct hash_field field;
    if (!find_field(value, name, name_scratch, scratch, &place, &field) ||
        is_due(field.deadline_ms)) {
        return false;
    }
    *found = field.value;
    return true;
}

bool hash_type_deadline(const struct value *value, struct bytes name, int64_t *deadline_ms) {
    char name_scratch[HASH_SCRATCH_SIZE];
    char value_scratch[HASH_SCRATCH_SIZE];
    struct place place;
    struct hash_field field;
    if (!find_field(value, name, name_scratch, value_scratch, &place, &field) ||
        is_due(field.deadline_ms)) {
        return false;
    }
    *deadline_ms = field.deadline_ms;
    return true;
}

/* Writes a field that was found: another value, another deadline, or both. */
static void rewrite_field(struct value *value, struct place place, const struct hash_field *old,
                          const struct hash_field *field) {
    if (!is_compact(value)) {
        replace_item(value, place.hash, place.item, field);
        return;
    }
    if (old->deadline_ms == field->deadline_ms) {
        uint8_t *text = listpack_next(value->object, place.element);
        value->object = listpack_replace(value->object, &text, field->value);
        return;
    }
    erase_from_block(value, place.element);
    insert_into_block(value, field);
}

bool hash_type_set(struct value *value, struct bytes name, struct bytes text, bool keeps_deadline) {
    char name_scratch[HASH_SCRATCH_SIZE];
    char value_scratch[HASH_SCRATCH_SIZE];
    struct bytes pair[PAIR] = {name, text};
    struct hash_field field = {name, text, HASH_NO_DEADLINE};
    struct hash_field old;
    struct place place = {NULL, NULL, 0};
    hash_type_prepare(value, pair, 1);
    bool is_found = find_field(value, name, name_scratch, value_scratch, &place, &old);
    bool is_new = !is_found || is_due(old.deadline_ms);
    if (is_found) {
        field.deadline_ms = keeps_deadline && !is_new ? old.deadline_ms : HASH_NO_DEADLINE;
        rewrite_field(value, place, &old, &field);
    } else if (is_compact(value)) {
        insert_into_block(value, &field);
    } else {
        insert_item(value, place.hash, &field);
    }
    if (is_compact(value) && hash_type_length(value) > type_limits()->hash_entries) {
        convert_to_table(value);
    }
    return is_new;
}

bool hash_type_set_deadline(struct value *value, struct bytes name, int64_t deadline_ms) {
    char name_scratch[HASH_SCRATCH_SIZE];
    char value_scratch[HASH_SCRATCH_SIZE];
    struct place place;
    struct hash_field old;
    if (!find_field(value, name, name_scratch, value_scratch, &place, &old) ||
        is_due(old.deadline_ms)) {
        return false;
    }
    if (old.deadline_ms != deadline_ms) {
        convert_to_timed(value);
        (void)find_field(value, name, name_scratch, value_scratch, &place, &old);
        /* The old value stands in memory that the change frees or moves. */
        sds copy = sds_new(old.value);
        struct hash_field field = {name, sds_view(copy), deadline_ms};
        rewrite_field(value, place, &old, &field);
        sds_free(copy);
    }
    return true;
}

static void remove_field(struct value *value, struct place place) {
    if (is_compact(value)) {
        erase_from_block(value, place.element);
    } else {
        remove_item(value, place.hash, place.item);
    }
}

bool hash_type_delete(struct value *value, struct bytes name) {
    char name_scratch[HASH_SCRATCH_SIZE];
    char value_scratch[HASH_SCRATCH_SIZE];
    struct place place;
    struct hash_field field;
    if (!find_field(value, name, name_scratch, value_scratch, &place, &field) ||
        is_due(field.deadline_ms)) {
        return false;
    }
    remove_field(value, place);
    return true;
}

/* ---- Deadlines ---- */

int64_t hash_type_next_deadline(const struct value *value) {
    if (!is_timed(value) || hash_type_length(value) == 0) {
        return HASH_NO_DEADLINE;
    }
    if (is_compact(value)) {
        char name_scratch[HASH_SCRATCH_SIZE];
        char value_scratch[HASH_SCRATCH_SIZE];
        struct hash_field field;
        read_block(value, listpack_first(value->object), name_scratch, value_scratch, &field);
        return field.deadline_ms;
    }
    const struct score_tree *index = ((const struct timed_table *)value->object)->index;
    struct score_position first = score_tree_at(index, 0);
    return first.leaf == NULL ? HASH_NO_DEADLINE : hash_item_deadline(score_position_item(first));
}

size_t hash_type_take_due(struct value *value, int64_t now_ms, size_t limit, hash_visitor visit,
                          void *context) {
    char name_scratch[HASH_SCRATCH_SIZE];
    char value_scratch[HASH_SCRATCH_SIZE];
    size_t count = 0;
    for (; count < limit; count++) {
        int64_t deadline_ms = hash_type_next_deadline(value);
        if (deadline_ms == HASH_NO_DEADLINE || deadline_ms >= now_ms) {
            break;
        }
        struct hash_field field;
        struct place place = {NULL, NULL, 0};
        if (is_compact(value)) {
            place.element = listpack_first(value->object);
            read_block(value, place.element, name_scratch, value_scratch, &field);
        } else {
            const struct timed_table *timed = value->object;
            place.item = score_position_item(score_tree_at(timed->index, 0));
            hash_item_read(place.item, &field);
            place.hash = hash_bytes(field.name);
        }
        (void)visit(context, &field);
        remove_field(value, place);
    }
    return count;
}

/* True when a field is due and still there. */
static bool has_due(const struct value *value) {
    return is_due(hash_type_next_deadline(value));
}

/* ---- Walking ---- */

/* A visitor of fields, as a visitor of items. */
struct item_walk {
    hash_visitor visit;
    void *context;
    bool with_due;
    bool is_stopped;
};

static bool visit_live(void *context, const struct hash_field *field) {
    struct item_walk *walk = context;
    if (!walk->is_stopped && (walk->with_due || !is_due(field->deadline_ms))) {
        walk->is_stopped = !walk->visit(walk->context, field);
    }
    return !walk->is_stopped;
}

static void visit_item(void *context, void *item) {
    struct hash_field field;
    hash_item_read(item, &field);
    (void)visit_live(context, &field);
}

bool hash_type_each(const struct value *value, hash_visitor visit, void *context) {
    struct item_walk walk = {visit, context, false, false};
    if (is_compact(value)) {
        return each_in_block(value, visit_live, &walk);
    }
    uint64_t cursor = 0;
    do {
        cursor = table_scan(inner_table(value), cursor, visit_item, &walk);
    } while (cursor != 0 && !walk.is_stopped);
    return !walk.is_stopped;
}

static uint64_t scan(const struct value *value, uint64_t cursor, struct item_walk *walk) {
    if (is_compact(value)) {
        (void)each_in_block(value, visit_live, walk);
        return 0;
    }
    return table_scan(inner_table(value), cursor, visit_item, walk);
}

uint64_t hash_type_scan(const struct value *value, uint64_t cursor, hash_visitor visit,
                        void *context) {
    struct item_walk walk = {visit, context, false, false};
    return scan(value, cursor, &walk);
}

uint64_t hash_type_scan_all(const struct value *value, uint64_t cursor, hash_visitor visit,
                            void *context) {
    struct item_walk walk = {visit, context, true, false};
    return scan(value, cursor, &walk);
}

/* ---- Samples ---- */

static bool visit_count(void *context, const struct hash_field *field) {
    (void)field;
    *(size_t *)context += 1;
    return true;
}

/* Fields that are not due. */
static size_t live_length(const struct value *value) {
    if (!has_due(value)) {
        return hash_type_length(value);
    }
    size_t count = 0;
    (void)hash_type_each(value, visit_count, &count);
    return count;
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

/* Draws one field, due or not. */
static bool draw(const struct value *value, struct random *random, hash_visitor visit,
                 void *context) {
    struct item_walk walk = {visit, context, false, false};
    struct hash_field field;
    char name_scratch[HASH_SCRATCH_SIZE];
    char value_scratch[HASH_SCRATCH_SIZE];
    if (is_compact(value)) {
        size_t index = (size_t)random_below(random, hash_type_length(value)) * stride(value);
        read_block(value, listpack_seek(value->object, (int64_t)index), name_scratch, value_scratch,
                   &field);
    } else {
        hash_item_read(table_random(inner_table(value), random), &field);
    }
    (void)visit_live(&walk, &field);
    return !is_due(field.deadline_ms);
}

bool hash_type_random(const struct value *value, struct random *random, hash_visitor visit,
                      void *context) {
    for (size_t i = 0; i < RANDOM_DRAWS_MAX; i++) {
        if (draw(value, random, visit, context)) {
            return true;
        }
    }
    /* Nearly all are due: choose among the rest by a walk. */
    size_t live = live_length(value);
    struct sample_walk walk = {{random, live, 1}, visit, context};
    return live > 0 && !hash_type_each(value, visit_sampled, &walk);
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
    size_t length = live_length(value);
    count = count < length ? count : length;
    if (!is_compact(value) && !has_due(value) && !sampling_should_walk(length, count)) {
        draw_items(inner_table(value), random, count, visit, context);
        return;
    }
    struct sample_walk walk = {{random, length, count}, visit, context};
    (void)hash_type_each(value, visit_sampled, &walk);
}

/* ---- Storing ---- */

struct block_check {
    struct drawn_numbers hashes;
    size_t longest;
    int64_t last_ms; /* HASH_NO_DEADLINE once fields without a deadline have begun */
};

/* Two names with one 64-bit keyed hash are the same name, for all that can happen. */
static bool visit_check(void *context, const struct hash_field *field) {
    struct block_check *check = context;
    size_t longer =
        field->name.length > field->value.length ? field->name.length : field->value.length;
    check->longest = longer > check->longest ? longer : check->longest;
    bool has_deadline = field->deadline_ms != HASH_NO_DEADLINE;
    bool is_in_order = !has_deadline ||
                       (check->last_ms != HASH_NO_DEADLINE && field->deadline_ms >= check->last_ms);
    check->last_ms = field->deadline_ms;
    return is_in_order && drawn_numbers_add(&check->hashes, hash_bytes(field->name) >> 1);
}

/* Takes a block whose elements are pairs or triples, as the encoding says. */
static bool take_block(struct value *value, enum hash_encoding encoding, uint8_t *block) {
    put(value, encoding, block);
    size_t count = listpack_count(block);
    struct block_check check = {.longest = 0, .last_ms = 0};
    drawn_numbers_init(&check.hashes, count / PAIR + 1);
    bool is_sound = count % stride(value) == 0 && each_in_block(value, visit_check, &check);
    drawn_numbers_release(&check.hashes);
    if (!is_sound) {
        listpack_free(block);
        return false;
    }
    const struct type_limits *limits = type_limits();
    if (hash_type_length(value) > limits->hash_entries ||
        check.longest > limits->hash_value_bytes) {
        convert_to_table(value);
    }
    return true;
}

bool hash_type_from_listpack(struct value *value, uint8_t *block) {
    return take_block(value, HASH_LISTPACK, block);
}

/* Whether every third element is a time that a field can have, or 0. */
static bool deadlines_are_sound(const uint8_t *block) {
    size_t index = 0;
    for (const uint8_t *element = listpack_first(block); element != NULL;
         element = listpack_next(block, element)) {
        int64_t deadline_ms;
        struct bytes unused;
        if (++index % TRIPLE == 0 && (!listpack_get_integer(element, &deadline_ms, &unused) ||
                                      deadline_ms < 0 || deadline_ms > HASH_DEADLINE_MAX)) {
            return false;
        }
    }
    return true;
}

bool hash_type_from_timed_listpack(struct value *value, uint8_t *block) {
    if (!deadlines_are_sound(block)) {
        listpack_free(block);
        return false;
    }
    return take_block(value, HASH_LISTPACK_TIMED, block);
}

bool hash_type_is_timed(const struct value *value) {
    return is_timed(value);
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
    struct table *table = inner_table(value);
    if (is_timed(value)) {
        struct timed_table *timed = value->object;
        score_tree_destroy(timed->index);
        alloc_free(timed);
    }
    table_pause_resize(table);
    uint64_t cursor = 0;
    do {
        cursor = table_scan(table, cursor, free_item, NULL);
    } while (cursor != 0);
    table_destroy(table);
}

static void hash_copy(const struct value *source, struct value *copy) {
    if (is_compact(source)) {
        put(copy, (enum hash_encoding)source->encoding, listpack_copy(source->object));
        return;
    }
    make_table(copy, hash_type_length(source), is_timed(source));
    uint64_t cursor = 0;
    do {
        cursor = hash_type_scan_all(source, cursor, visit_insert, copy);
    } while (cursor != 0);
}

static const char *hash_encoding_name(const struct value *value) {
    static const char *const names[] = {
        [HASH_LISTPACK] = "listpack",
        [HASH_TABLE] = "hashtable",
        [HASH_LISTPACK_TIMED] = "listpackex",
        [HASH_TABLE_TIMED] = "hashtable",
    };
    return names[value->encoding];
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
        cursor = table_scan(inner_table(value), cursor, add_item_memory, &sample);
    } while (cursor != 0 && sample.count < sample.wanted);
    double mean = sample.count == 0 ? 0 : (double)sample.bytes / (double)sample.count;
    size_t bytes =
        table_memory(inner_table(value)) + (size_t)(mean * (double)table_count(inner_table(value)));
    if (is_timed(value)) {
        const struct timed_table *timed = value->object;
        bytes += alloc_size_class(sizeof *timed) + score_tree_memory(timed->index);
    }
    return bytes;
}

static size_t hash_free_effort(const struct value *value) {
    return is_compact(value) ? 1 : table_count(inner_table(value));
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
    struct value_shape shape = {.form = FORM_BLOCK, .count = 1};
    if (!is_compact(value)) {
        shape = (struct value_shape){.form = FORM_ELEMENTS, .count = hash_type_length(value)};
    }
    shape.first_deadline_ms = hash_type_next_deadline(value);
    /* A listpack once upgraded keeps its form; a table without deadlines is written without. */
    shape.has_deadlines = value->encoding == HASH_LISTPACK_TIMED ||
                          (is_timed(value) && shape.first_deadline_ms != HASH_NO_DEADLINE);
    return shape;
}

struct piece_walk {
    value_piece_visitor visit;
    void *context;
};

static bool visit_piece(void *context, const struct hash_field *field) {
    const struct piece_walk *walk = context;
    struct value_piece piece = {
        .kind = PIECE_FIELD,
        .first = field->name,
        .second = field->value,
        .deadline_ms = field->deadline_ms,
    };
    walk->visit(walk->context, &piece);
    return true;
}

static void hash_pieces(const struct value *value, value_piece_visitor visit, void *context) {
    if (is_compact(value)) {
        struct value_piece piece = {
            .kind = PIECE_LISTPACK,
            .first = {value->object, listpack_size(value->object)},
        };
        visit(context, &piece);
        return;
    }
    struct piece_walk walk = {visit, context};
    uint64_t cursor = 0;
    do {
        cursor = hash_type_scan_all(value, cursor, visit_piece, &walk);
    } while (cursor != 0);
}

/* ---- Keeping ---- */

static void read_kept_item(const void *item, struct value_piece *piece) {
    struct hash_field field;
    hash_item_read(item, &field);
    piece->kind = PIECE_FIELD;
    piece->first = field.name;
    piece->second = field.value;
    piece->deadline_ms = field.deadline_ms;
}

static void *clone_kept_item(const void *item) {
    struct hash_field field;
    hash_item_read(item, &field);
    return hash_item_create(&field);
}

static const struct kept_table_type kept_type = {
    .read = read_kept_item,
    .clone = clone_kept_item,
    .free = hash_item_free,
};

static bool hash_is_large(const struct value *value, size_t element_max) {
    return !is_compact(value) && kept_table_is_large(inner_table(value), &kept_type, element_max);
}

static struct value_shape hash_keep(struct value *value) {
    kept_table_begin(inner_table(value), &kept_type);
    return hash_shape(value);
}

static const void *hash_kept(const struct value *value) {
    return is_compact(value) ? NULL : kept_table_of(inner_table(value));
}

static bool hash_walk_kept(struct value *value, size_t budget, value_piece_visitor visit,
                           void *context) {
    return kept_table_walk(kept_table_of(inner_table(value)), budget, visit, context);
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
    .inner_table = hash_type_table,
    .next_deadline = hash_type_next_deadline,
    .shape = hash_shape,
    .pieces = hash_pieces,
    .is_large = hash_is_large,
    .keep = hash_keep,
    .kept = hash_kept,
    .walk_kept = hash_walk_kept,
};
