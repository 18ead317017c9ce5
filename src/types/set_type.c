/*
 * A compact set is the block itself: the entry's word points at it, with no struct between. A large
 * set is a table of items, each one allocation:
 *
 *     length (1, or 255 and 4) | bytes
 *
 * Large sets of integers keep their members as text, too: an array that stays sorted would make
 * adding O(n). All changes of a large set's members go through insert_item and remove_item.
 */
#include "types/set_type.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/random.h"
#include "structs/intset.h"
#include "structs/listpack.h"
#include "structs/table.h"
#include "types/item.h"
#include "types/kept_table.h"
#include "types/sampling.h"
#include "types/type_limits.h"
#include "types/type_row.h"
#include "types/value.h"

enum set_encoding { SET_INTSET, SET_LISTPACK, SET_TABLE };

enum {
    POP_REBUILD_SHARE = 5, /* taking at least five times what stays builds the rest anew */
    INTEGER_TEXT_MAX = 20,
    MERGE_RATIO_MAX = 16, /* beyond it, searching beats merging */
};

static void put(struct value *value, enum set_encoding encoding, void *object) {
    *value = (struct value){
        .type = VALUE_SET,
        .encoding = (uint8_t)encoding,
        .storage = VALUE_STORED_OBJECT,
        .object = object,
    };
}

static bool parse_integer(struct bytes member, int64_t *number) {
    return member.length <= INTEGER_TEXT_MAX && text_parse_int64(member, number);
}

static struct bytes print_integer(int64_t number, char scratch[SET_SCRATCH_SIZE]) {
    return (struct bytes){scratch, text_print_int64(scratch, number)};
}

/* ---- Items of the table ---- */

static struct bytes item_member(const void *item) {
    size_t length;
    const uint8_t *at = item_read_length(item, &length);
    return (struct bytes){(const char *)at, length};
}

static size_t item_size(struct bytes member) {
    return item_length_size(member.length) + member.length;
}

static uint64_t hash_of_item(const void *item) {
    return hash_bytes(item_member(item));
}

static bool item_matches(const void *item, const void *key) {
    return bytes_equal(item_member(item), *(const struct bytes *)key);
}

static const struct table_type item_table_type = {.hash = hash_of_item, .matches = item_matches};

static void insert_item(struct table *table, struct bytes member, uint64_t hash) {
    uint8_t *item = alloc_new(item_size(member));
    uint8_t *at = item_write_length(item, member.length);
    if (member.length > 0) {
        memcpy(at, member.data, member.length);
    }
    table_insert(table, hash, item);
    if (UNLIKELY(kept_table_of(table) != NULL)) {
        kept_table_inserted(kept_table_of(table), hash, item);
    }
}

static void remove_item(struct table *table, uint64_t hash, void *item) {
    table_remove_item(table, hash, item);
    if (UNLIKELY(kept_table_of(table) != NULL) &&
        kept_table_takes(kept_table_of(table), hash, item)) {
        return;
    }
    alloc_free_sized(item, item_size(item_member(item)));
}

/* ---- Conversions ---- */

static bool add_to_table(struct table *table, struct bytes member) {
    uint64_t hash = hash_bytes(member);
    if (table_find(table, hash, &member) != NULL) {
        return false;
    }
    insert_item(table, member, hash);
    return true;
}

static bool visit_add_to_table(void *context, struct bytes member) {
    insert_item(context, member, hash_bytes(member));
    return true;
}

static void free_block(struct value *value) {
    if (value->encoding == SET_INTSET) {
        intset_free(value->object);
    } else {
        listpack_free(value->object);
    }
}

static void convert_to_table(struct value *value) {
    struct table *table = table_create(&item_table_type);
    table_reserve(table, set_type_length(value));
    (void)set_type_each(value, visit_add_to_table, table);
    free_block(value);
    put(value, SET_TABLE, table);
}

static bool visit_add_to_listpack(void *context, struct bytes member) {
    uint8_t **block = context;
    *block = listpack_append(*block, member);
    return true;
}

static void convert_to_listpack(struct value *value) {
    uint8_t *block = listpack_create();
    (void)set_type_each(value, visit_add_to_listpack, &block);
    intset_free(value->object);
    put(value, SET_LISTPACK, block);
}

/* True when a listpack of this set may hold one member more. */
static bool listpack_has_room(const struct value *value, struct bytes member) {
    const struct type_limits *limits = type_limits();
    return set_type_length(value) < limits->set_entries &&
           member.length <= limits->set_value_bytes &&
           (value->encoding != SET_LISTPACK ||
            type_limits_have_room(listpack_size(value->object), 1, member.length));
}

/* The longest text of an intset's integers. */
static size_t longest_integer(const uint8_t *block) {
    size_t count = intset_count(block);
    if (count == 0) {
        return 0;
    }
    char scratch[SET_SCRATCH_SIZE];
    size_t first = text_print_int64(scratch, intset_get(block, 0));
    size_t last = text_print_int64(scratch, intset_get(block, count - 1));
    return first > last ? first : last;
}

/* ---- Making ---- */

void set_type_create_empty(struct value *value) {
    put(value, SET_INTSET, intset_create());
}

void set_type_create(struct value *value, struct bytes first, size_t count) {
    const struct type_limits *limits = type_limits();
    int64_t number;
    if (parse_integer(first, &number) && count <= limits->set_integers) {
        set_type_create_empty(value);
    } else if (count <= limits->set_entries) {
        put(value, SET_LISTPACK, listpack_create());
    } else {
        struct table *table = table_create(&item_table_type);
        put(value, SET_TABLE, table);
    }
}

void set_type_prepare(struct value *value, size_t count) {
    const struct type_limits *limits = type_limits();
    if ((value->encoding == SET_LISTPACK && count > limits->set_entries) ||
        (value->encoding == SET_INTSET && count > limits->set_integers)) {
        convert_to_table(value);
    }
}

void set_type_reserve(struct value *value, size_t count) {
    if (value->encoding == SET_TABLE) {
        table_reserve(value->object, count);
    }
}

size_t set_type_length(const struct value *value) {
    switch ((enum set_encoding)value->encoding) {
    case SET_INTSET:
        return intset_count(value->object);
    case SET_LISTPACK:
        return listpack_count(value->object);
    case SET_TABLE:
        return table_count(value->object);
    }
    UNREACHABLE();
}

struct table *set_type_table(const struct value *value) {
    return value->encoding == SET_TABLE ? value->object : NULL;
}

/* ---- Members ---- */

static uint8_t *find_in_listpack(const uint8_t *block, struct bytes member) {
    struct listpack_wanted wanted = listpack_wanted(member);
    return listpack_find(block, NULL, &wanted, 0);
}

static bool add_integer(struct value *value, int64_t number) {
    size_t index;
    if (intset_find(value->object, number, &index)) {
        return false;
    }
    value->object = intset_insert(value->object, index, number);
    if (intset_count(value->object) > type_limits()->set_integers) {
        convert_to_table(value);
    }
    return true;
}

bool set_type_add(struct value *value, struct bytes member) {
    int64_t number;
    if (value->encoding == SET_TABLE) {
        return add_to_table(value->object, member);
    }
    if (value->encoding == SET_INTSET && parse_integer(member, &number)) {
        return add_integer(value, number);
    }
    if (value->encoding == SET_LISTPACK && find_in_listpack(value->object, member) != NULL) {
        return false;
    }
    if (!listpack_has_room(value, member) ||
        (value->encoding == SET_INTSET &&
         longest_integer(value->object) > type_limits()->set_value_bytes)) {
        convert_to_table(value);
        insert_item(value->object, member, hash_bytes(member));
        return true;
    }
    if (value->encoding == SET_INTSET) {
        convert_to_listpack(value);
    }
    value->object = listpack_append(value->object, member);
    return true;
}

bool set_type_remove(struct value *value, struct bytes member) {
    if (value->encoding == SET_INTSET) {
        int64_t number;
        size_t index;
        if (!parse_integer(member, &number) || !intset_find(value->object, number, &index)) {
            return false;
        }
        value->object = intset_erase(value->object, index);
        return true;
    }
    if (value->encoding == SET_LISTPACK) {
        uint8_t *element = find_in_listpack(value->object, member);
        if (element == NULL) {
            return false;
        }
        value->object = listpack_erase(value->object, &element);
        return true;
    }
    uint64_t hash = hash_bytes(member);
    void *item = table_find(value->object, hash, &member);
    if (item == NULL) {
        return false;
    }
    remove_item(value->object, hash, item);
    return true;
}

bool set_type_contains(const struct value *value, struct bytes member) {
    switch ((enum set_encoding)value->encoding) {
    case SET_INTSET: {
        int64_t number;
        size_t index;
        return parse_integer(member, &number) && intset_find(value->object, number, &index);
    }
    case SET_LISTPACK:
        return find_in_listpack(value->object, member) != NULL;
    case SET_TABLE:
        return table_find(value->object, hash_bytes(member), &member) != NULL;
    }
    UNREACHABLE();
}

/* ---- Walking ---- */

static bool each_in_intset(const uint8_t *block, set_visitor visit, void *context) {
    char scratch[SET_SCRATCH_SIZE];
    size_t count = intset_count(block);
    for (size_t i = 0; i < count; i++) {
        if (!visit(context, print_integer(intset_get(block, i), scratch))) {
            return false;
        }
    }
    return true;
}

static bool each_in_listpack(const uint8_t *block, set_visitor visit, void *context) {
    char scratch[SET_SCRATCH_SIZE];
    for (const uint8_t *element = listpack_first(block); element != NULL;
         element = listpack_next(block, element)) {
        if (!visit(context, listpack_get(element, scratch))) {
            return false;
        }
    }
    return true;
}

/* A visitor of members, as a visitor of items. */
struct item_walk {
    set_visitor visit;
    void *context;
    bool is_stopped;
};

static void visit_item(void *context, void *item) {
    struct item_walk *walk = context;
    if (!walk->is_stopped) {
        walk->is_stopped = !walk->visit(walk->context, item_member(item));
    }
}

static bool each_in_table(struct table *table, set_visitor visit, void *context) {
    struct item_walk walk = {visit, context, false};
    uint64_t cursor = 0;
    do {
        cursor = table_scan(table, cursor, visit_item, &walk);
    } while (cursor != 0 && !walk.is_stopped);
    return !walk.is_stopped;
}

bool set_type_each(const struct value *value, set_visitor visit, void *context) {
    switch ((enum set_encoding)value->encoding) {
    case SET_INTSET:
        return each_in_intset(value->object, visit, context);
    case SET_LISTPACK:
        return each_in_listpack(value->object, visit, context);
    case SET_TABLE:
        return each_in_table(value->object, visit, context);
    }
    UNREACHABLE();
}

uint64_t set_type_scan(const struct value *value, uint64_t cursor, set_visitor visit,
                       void *context) {
    if (value->encoding != SET_TABLE) {
        (void)set_type_each(value, visit, context);
        return 0;
    }
    struct item_walk walk = {visit, context, false};
    return table_scan(value->object, cursor, visit_item, &walk);
}

/* ---- Samples ---- */

struct bytes set_type_random(const struct value *value, struct random *random,
                             char scratch[SET_SCRATCH_SIZE]) {
    size_t length = set_type_length(value);
    ASSERT(length > 0);
    switch ((enum set_encoding)value->encoding) {
    case SET_INTSET:
        return print_integer(intset_get(value->object, random_below(random, length)), scratch);
    case SET_LISTPACK:
        return listpack_get(listpack_seek(value->object, (int64_t)random_below(random, length)),
                            scratch);
    case SET_TABLE:
        return item_member(table_random(value->object, random));
    }
    UNREACHABLE();
}

/* A walk that hands what it samples to one visitor, and the rest (if wanted) to a new set. */
struct sample_walk {
    struct sampling_walk sampling;
    set_visitor visit;
    void *context;
    struct value *rest;
};

static bool visit_sampled(void *context, struct bytes member) {
    struct sample_walk *walk = context;
    if (sampling_takes_next(&walk->sampling)) {
        (void)walk->visit(walk->context, member);
    } else if (walk->rest != NULL) {
        (void)set_type_add(walk->rest, member);
    }
    return walk->rest != NULL || walk->sampling.wanted > 0;
}

static void draw_items(struct table *table, struct random *random, size_t count, set_visitor visit,
                       void *context) {
    struct drawn_numbers drawn;
    drawn_numbers_init(&drawn, count);
    while (count > 0) {
        void *item = table_random(table, random);
        if (drawn_numbers_add(&drawn, (uintptr_t)item)) {
            (void)visit(context, item_member(item));
            count--;
        }
    }
    drawn_numbers_release(&drawn);
}

void set_type_sample(const struct value *value, struct random *random, size_t count,
                     set_visitor visit, void *context) {
    size_t length = set_type_length(value);
    ASSERT(count <= length);
    if (value->encoding == SET_TABLE && !sampling_should_walk(length, count)) {
        draw_items(value->object, random, count, visit, context);
        return;
    }
    struct sample_walk walk = {{random, length, count}, visit, context, NULL};
    (void)set_type_each(value, visit_sampled, &walk);
}

static void pop_items(struct table *table, struct random *random, size_t count, set_visitor visit,
                      void *context) {
    for (size_t i = 0; i < count; i++) {
        void *item = table_random(table, random);
        struct bytes member = item_member(item);
        (void)visit(context, member);
        remove_item(table, hash_bytes(member), item);
    }
}

static void pop_one(struct value *value, struct random *random, set_visitor visit, void *context) {
    char scratch[SET_SCRATCH_SIZE];
    size_t index = random_below(random, set_type_length(value));
    if (value->encoding == SET_INTSET) {
        (void)visit(context, print_integer(intset_get(value->object, index), scratch));
        value->object = intset_erase(value->object, index);
        return;
    }
    uint8_t *element = listpack_seek(value->object, (int64_t)index);
    (void)visit(context, listpack_get(element, scratch));
    value->object = listpack_erase(value->object, &element);
}

void set_type_pop(struct value *value, struct random *random, size_t count, set_visitor visit,
                  void *context) {
    size_t length = set_type_length(value);
    ASSERT(count <= length);
    if (value->encoding == SET_TABLE &&
        ((length - count) * POP_REBUILD_SHARE > count || kept_table_of(value->object) != NULL)) {
        pop_items(value->object, random, count, visit, context);
        return;
    }
    if (value->encoding != SET_TABLE && count == 1) {
        pop_one(value, random, visit, context);
        return;
    }
    struct value rest;
    set_type_create_empty(&rest);
    struct sample_walk walk = {{random, length, count}, visit, context, &rest};
    (void)set_type_each(value, visit_sampled, &walk);
    set_type_ops.free(value);
    *value = rest;
}

/* ---- Intersection ---- */

static bool intersect_intsets(const uint8_t *small, const uint8_t *large, set_visitor visit,
                              void *context) {
    char scratch[SET_SCRATCH_SIZE];
    size_t small_count = intset_count(small);
    size_t large_count = intset_count(large);
    bool merges = large_count / MERGE_RATIO_MAX <= small_count;
    size_t at = 0;
    for (size_t i = 0; i < small_count && at < large_count; i++) {
        int64_t number = intset_get(small, i);
        if (merges) {
            while (at < large_count && intset_get(large, at) < number) {
                at++;
            }
        } else {
            (void)intset_find(large, number, &at);
        }
        if (at < large_count && intset_get(large, at) == number &&
            !visit(context, print_integer(number, scratch))) {
            return false;
        }
    }
    return true;
}

struct intersection {
    const struct value *const *others;
    size_t other_count;
    set_visitor visit;
    void *context;
};

static bool visit_candidate(void *context, struct bytes member) {
    const struct intersection *intersection = context;
    for (size_t i = 0; i < intersection->other_count; i++) {
        if (!set_type_contains(intersection->others[i], member)) {
            return true;
        }
    }
    return intersection->visit(intersection->context, member);
}

/* Members of 8 to 16 bytes are compared by two words, which may overlap, without a call. */
static bool items_are_equal(const void *a, const void *b) {
    enum { WORD_SIZE = sizeof(uint64_t) };
    struct bytes member_a = item_member(a);
    struct bytes member_b = item_member(b);
    size_t length = member_a.length;
    if (LIKELY(length >= WORD_SIZE && length <= 2 * WORD_SIZE)) {
        uint64_t words_a[2];
        uint64_t words_b[2];
        if (length != member_b.length) {
            return false;
        }
        memcpy(&words_a[0], member_a.data, WORD_SIZE);
        memcpy(&words_a[1], member_a.data + length - WORD_SIZE, WORD_SIZE);
        memcpy(&words_b[0], member_b.data, WORD_SIZE);
        memcpy(&words_b[1], member_b.data + length - WORD_SIZE, WORD_SIZE);
        return words_a[0] == words_b[0] && words_a[1] == words_b[1];
    }
    return bytes_equal(member_a, member_b);
}

static bool visit_common_item(void *context, void *item) {
    struct item_walk *walk = context;
    visit_item(context, item);
    return !walk->is_stopped;
}

bool set_type_intersect(const struct value *const *sets, size_t count, set_visitor visit,
                        void *context) {
    ASSERT(count > 0);
    if (count == 1) {
        return set_type_each(sets[0], visit, context);
    }
    struct intersection rest = {sets + 2, count - 2, visit, context};
    if (sets[0]->encoding == SET_INTSET && sets[1]->encoding == SET_INTSET) {
        return intersect_intsets(sets[0]->object, sets[1]->object, visit_candidate, &rest);
    }
    struct item_walk walk = {visit_candidate, &rest, false};
    if (count == 2) {
        walk = (struct item_walk){visit, context, false};
    }
    if (sets[0]->encoding == SET_TABLE && sets[1]->encoding == SET_TABLE &&
        table_intersect(sets[0]->object, sets[1]->object, items_are_equal, visit_common_item,
                        &walk)) {
        return !walk.is_stopped;
    }
    struct intersection all = {sets + 1, count - 1, visit, context};
    return set_type_each(sets[0], visit_candidate, &all);
}

/* ---- Blocks ---- */

enum set_kind set_type_kind(const struct value *value, struct bytes *block) {
    switch ((enum set_encoding)value->encoding) {
    case SET_INTSET:
        *block = (struct bytes){value->object, intset_size(value->object)};
        return SET_KIND_INTEGERS;
    case SET_LISTPACK:
        *block = (struct bytes){value->object, listpack_size(value->object)};
        return SET_KIND_LISTPACK;
    case SET_TABLE:
        return SET_KIND_MEMBERS;
    }
    UNREACHABLE();
}

bool set_type_from_intset(struct value *value, uint8_t *block) {
    put(value, SET_INTSET, block);
    if (intset_count(block) > type_limits()->set_integers) {
        convert_to_table(value);
    }
    return true;
}

struct block_check {
    struct drawn_numbers hashes;
    size_t longest;
};

/* Two members with one 64-bit keyed hash are the same member, for all that can happen. */
static bool visit_check(void *context, struct bytes member) {
    struct block_check *check = context;
    check->longest = member.length > check->longest ? member.length : check->longest;
    return drawn_numbers_add(&check->hashes, hash_bytes(member) >> 1);
}

bool set_type_from_listpack(struct value *value, uint8_t *block) {
    struct block_check check = {.longest = 0};
    size_t count = listpack_count(block);
    drawn_numbers_init(&check.hashes, count);
    bool is_distinct = each_in_listpack(block, visit_check, &check);
    drawn_numbers_release(&check.hashes);
    if (!is_distinct) {
        listpack_free(block);
        return false;
    }
    const struct type_limits *limits = type_limits();
    put(value, SET_LISTPACK, block);
    if (count > limits->set_entries || check.longest > limits->set_value_bytes) {
        convert_to_table(value);
    }
    return true;
}

/* ---- value_ops ---- */

static void free_item(void *context, void *item) {
    (void)context;
    alloc_free_sized(item, item_size(item_member(item)));
}

static void set_free(struct value *value) {
    if (value->encoding != SET_TABLE) {
        free_block(value);
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

static void set_copy(const struct value *source, struct value *copy) {
    *copy = *source;
    switch ((enum set_encoding)source->encoding) {
    case SET_INTSET:
        copy->object = intset_copy(source->object);
        return;
    case SET_LISTPACK:
        copy->object = listpack_copy(source->object);
        return;
    case SET_TABLE:
        copy->object = table_create(&item_table_type);
        table_reserve(copy->object, table_count(source->object));
        (void)set_type_each(source, visit_add_to_table, copy->object);
        return;
    }
}

static const char *set_encoding_name(const struct value *value) {
    static const char *const names[] = {
        [SET_INTSET] = "intset",
        [SET_LISTPACK] = "listpack",
        [SET_TABLE] = "hashtable",
    };
    return names[value->encoding];
}

struct memory_sample {
    size_t bytes;
    size_t count;
    size_t wanted;
};

static bool visit_memory(void *context, struct bytes member) {
    struct memory_sample *sample = context;
    sample->bytes += alloc_size_class(item_size(member));
    sample->count++;
    return sample->count != sample->wanted;
}

static size_t set_memory(const struct value *value, size_t sample_count) {
    if (value->encoding != SET_TABLE) {
        return alloc_usable_size(value->object);
    }
    struct memory_sample sample = {.wanted = sample_count};
    (void)set_type_each(value, visit_memory, &sample);
    double mean = sample.count == 0 ? 0 : (double)sample.bytes / (double)sample.count;
    return table_memory(value->object) + (size_t)(mean * (double)table_count(value->object));
}

static size_t set_free_effort(const struct value *value) {
    return value->encoding == SET_TABLE ? table_count(value->object) : 1;
}

struct value_walk {
    value_visitor visit;
    void *context;
};

static bool visit_walked(void *context, struct bytes member) {
    const struct value_walk *walk = context;
    walk->visit(walk->context, member, (struct bytes){NULL, 0});
    return true;
}

static void set_walk(const struct value *value, value_visitor visit, void *context) {
    struct value_walk walk = {visit, context};
    (void)set_type_each(value, visit_walked, &walk);
}

/* ---- Pieces ---- */

static struct value_shape set_shape(const struct value *value) {
    if (value->encoding != SET_TABLE) {
        return (struct value_shape){.form = FORM_BLOCK, .count = 1};
    }
    return (struct value_shape){.form = FORM_ELEMENTS, .count = table_count(value->object)};
}

struct piece_walk {
    value_piece_visitor visit;
    void *context;
};

static bool visit_piece(void *context, struct bytes member) {
    const struct piece_walk *walk = context;
    walk->visit(walk->context, &(struct value_piece){.kind = PIECE_ELEMENT, .first = member});
    return true;
}

static void set_pieces(const struct value *value, value_piece_visitor visit, void *context) {
    struct bytes block;
    enum set_kind kind = set_type_kind(value, &block);
    if (kind == SET_KIND_MEMBERS) {
        (void)set_type_each(value, visit_piece, &(struct piece_walk){visit, context});
        return;
    }
    visit(context, &(struct value_piece){
                       .kind = kind == SET_KIND_INTEGERS ? PIECE_INTSET : PIECE_LISTPACK,
                       .first = block,
                       .total = block.length,
                   });
}

/* ---- Keeping ---- */

static void read_item(const void *item, struct value_piece *piece) {
    piece->kind = PIECE_ELEMENT;
    piece->first = item_member(item);
}

static void *clone_item(const void *item) {
    size_t size = item_size(item_member(item));
    return memcpy(alloc_new(size), item, size);
}

static void free_kept_item(void *item) {
    free_item(NULL, item);
}

static const struct kept_table_type kept_type = {
    .read = read_item,
    .clone = clone_item,
    .free = free_kept_item,
};

static bool set_is_large(const struct value *value, size_t element_max) {
    return value->encoding == SET_TABLE &&
           kept_table_is_large(value->object, &kept_type, element_max);
}

static struct value_shape set_keep(struct value *value) {
    kept_table_begin(value->object, &kept_type);
    return set_shape(value);
}

static const void *set_kept(const struct value *value) {
    return value->encoding == SET_TABLE ? kept_table_of(value->object) : NULL;
}

static bool set_walk_kept(struct value *value, size_t budget, value_piece_visitor visit,
                          void *context) {
    return kept_table_walk(kept_table_of(value->object), budget, visit, context);
}

const struct value_ops set_type_ops = {
    .type_name = "set",
    .free = set_free,
    .copy = set_copy,
    .encoding_name = set_encoding_name,
    .length = set_type_length,
    .memory = set_memory,
    .free_effort = set_free_effort,
    .walk = set_walk,
    .inner_table = set_type_table,
    .shape = set_shape,
    .pieces = set_pieces,
    .is_large = set_is_large,
    .keep = set_keep,
    .kept = set_kept,
    .walk_kept = set_walk_kept,
};
