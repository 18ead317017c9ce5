/*
 * A compact sorted set is the block itself: the entry's word points at it. A large one is a struct
 * of a table by member and a tree by score; both point at the same items, each one allocation:
 *
 *     score (8) | length (1, or 255 and 4) | bytes
 *
 * All changes of a large sorted set go through insert_item, change_item and remove_item.
 */
#include "types/zset_type.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/random.h"
#include "structs/listpack.h"
#include "structs/table.h"
#include "types/item.h"
#include "types/kept_table.h"
#include "types/sampling.h"
#include "types/type_limits.h"
#include "types/type_row.h"
#include "types/value.h"

#include <math.h>

enum zset_encoding { ZSET_LISTPACK, ZSET_TREE };

enum {
    PAIR = 2,
    SCORE_SIZE = sizeof(double),
    PAIR_HEAD_SIZE = 64, /* in a listpack: what goes with a member's bytes, its score included */
    TAKEN_MAX = 32,      /* items on their way into the cache while pairs are visited */
};

struct zset {
    struct table *table;
    struct score_tree *tree;
};

static void put(struct value *value, enum zset_encoding encoding, void *object) {
    *value = (struct value){
        .type = VALUE_ZSET,
        .encoding = (uint8_t)encoding,
        .storage = VALUE_STORED_OBJECT,
        .object = object,
    };
}

static bool is_compact(const struct value *value) {
    return value->encoding == ZSET_LISTPACK;
}

/* ---- Items ---- */

static double item_score(const void *item) {
    double score;
    memcpy(&score, item, sizeof score);
    return score;
}

static struct bytes item_member(const void *item) {
    size_t length;
    const uint8_t *at = item_read_length((const uint8_t *)item + SCORE_SIZE, &length);
    return (struct bytes){(const char *)at, length};
}

static size_t item_size(struct bytes member) {
    return SCORE_SIZE + item_length_size(member.length) + member.length;
}

static uint64_t hash_of_item(const void *item) {
    return hash_bytes(item_member(item));
}

static bool item_matches(const void *item, const void *key) {
    return bytes_equal(item_member(item), *(const struct bytes *)key);
}

static const struct table_type item_table_type = {.hash = hash_of_item, .matches = item_matches};
static const struct score_tree_type item_tree_type = {.member = item_member};

static void insert_item(struct zset *zset, struct bytes member, uint64_t hash, double score) {
    uint8_t *item = alloc_new(item_size(member));
    memcpy(item, &score, sizeof score);
    uint8_t *at = item_write_length(item + SCORE_SIZE, member.length);
    if (member.length > 0) {
        memcpy(at, member.data, member.length);
    }
    table_insert(zset->table, hash, item);
    score_tree_insert(zset->tree, score, item);
    if (UNLIKELY(kept_table_of(zset->table) != NULL)) {
        kept_table_inserted(kept_table_of(zset->table), hash, item);
    }
}

static void change_item(struct zset *zset, void *item, double score) {
    double old_score = item_score(item);
    if (UNLIKELY(kept_table_of(zset->table) != NULL)) {
        kept_table_changes(kept_table_of(zset->table), hash_of_item(item), item);
    }
    if (old_score != score) {
        score_tree_change(zset->tree, old_score, item, score);
    }
    memcpy(item, &score, sizeof score);
}

static void remove_item(struct zset *zset, uint64_t hash, void *item) {
    score_tree_remove(zset->tree, item_score(item), item);
    table_remove_item(zset->table, hash, item);
    if (UNLIKELY(kept_table_of(zset->table) != NULL) &&
        kept_table_takes(kept_table_of(zset->table), hash, item)) {
        return;
    }
    alloc_free_sized(item, item_size(item_member(item)));
}

static struct zset *new_zset(size_t count) {
    struct zset *zset = alloc_new(sizeof *zset);
    zset->table = table_create(&item_table_type);
    table_reserve(zset->table, count);
    zset->tree = score_tree_create(&item_tree_type);
    return zset;
}

/* ---- Listpack of member, score, member, score … ---- */

static double read_score(const uint8_t *element) {
    int64_t number;
    struct bytes text;
    double score = 0;
    if (listpack_get_integer(element, &number, &text)) {
        return (double)number;
    }
    (void)text_parse_double(text, &score);
    return score;
}

/* A place in a listpack: a pair's member with its score. */
struct place {
    uint8_t *member;
    uint8_t *score_element;
    double score;
};

static struct place place_at(const uint8_t *block, uint8_t *member) {
    if (member == NULL) {
        return (struct place){NULL, NULL, 0};
    }
    uint8_t *score_element = listpack_next(block, member);
    return (struct place){member, score_element, read_score(score_element)};
}

static struct place first_place(const uint8_t *block) {
    return place_at(block, listpack_first(block));
}

static struct place next_place(const uint8_t *block, struct place place) {
    return place_at(block, listpack_next(block, place.score_element));
}

static struct place find_place(const uint8_t *block, struct bytes member) {
    struct listpack_wanted wanted = listpack_wanted(member);
    return place_at(block, listpack_find(block, NULL, &wanted, PAIR - 1));
}

static bool place_is_before(const struct place *place, const struct score_bound *bound) {
    if (bound->kind != BOUND_BY_MEMBER) {
        if (place->score != bound->score) {
            return place->score < bound->score;
        }
        if (bound->kind == BOUND_BY_SCORE) {
            return bound->is_behind;
        }
    }
    char scratch[LISTPACK_SCRATCH_SIZE];
    int order = bytes_compare(listpack_get(place->member, scratch), bound->member);
    return order < 0 || (order == 0 && bound->is_behind);
}

static struct bytes print_score(char buffer[TEXT_DOUBLE_MAX_SIZE], double score) {
    score = score == 0 ? 0 : score; /* As the oracle, which keeps -0 as the integer 0 here. */
    return (struct bytes){buffer, text_print_double(buffer, score)};
}

static uint8_t *insert_in_order(uint8_t *block, struct bytes member, double score) {
    struct score_bound bound = {BOUND_BY_PAIR, false, score, member};
    struct place place = first_place(block);
    while (place.member != NULL && place_is_before(&place, &bound)) {
        place = next_place(block, place);
    }
    char buffer[TEXT_DOUBLE_MAX_SIZE];
    uint8_t *inserted;
    block = listpack_insert(block, place.member, print_score(buffer, score), &inserted);
    return listpack_insert(block, inserted, member, NULL);
}

static uint8_t *erase_pair(uint8_t *block, uint8_t *member) {
    block = listpack_erase(block, &member);
    return listpack_erase(block, &member);
}

static bool each_in_listpack(const uint8_t *block, zset_visitor visit, void *context) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    for (struct place place = first_place(block); place.member != NULL;
         place = next_place(block, place)) {
        if (!visit(context, listpack_get(place.member, scratch), place.score)) {
            return false;
        }
    }
    return true;
}

/* ---- Conversions ---- */

static bool visit_insert(void *context, struct bytes member, double score) {
    insert_item(context, member, hash_bytes(member), score);
    return true;
}

static void convert_to_tree(struct value *value) {
    uint8_t *block = value->object;
    struct zset *zset = new_zset(listpack_count(block) / PAIR);
    (void)each_in_listpack(block, visit_insert, zset);
    listpack_free(block);
    put(value, ZSET_TREE, zset);
}

static bool visit_append(void *context, struct bytes member, double score) {
    uint8_t **block = context;
    char buffer[TEXT_DOUBLE_MAX_SIZE];
    *block = listpack_append(*block, member);
    *block = listpack_append(*block, print_score(buffer, score));
    return true;
}

static bool visit_fitting(void *context, struct bytes member, double score) {
    (void)score;
    size_t *size = context;
    *size += PAIR_HEAD_SIZE + member.length;
    return member.length <= type_limits()->zset_value_bytes && type_limits_have_room(*size, 0, 0);
}

void zset_type_compact(struct value *value) {
    size_t size = 0;
    if (is_compact(value) || zset_type_length(value) > type_limits()->zset_entries ||
        !zset_type_each(value, visit_fitting, &size)) {
        return;
    }
    uint8_t *block = listpack_create();
    (void)zset_type_each(value, visit_append, &block);
    zset_type_ops.free(value);
    put(value, ZSET_LISTPACK, block);
}

/* ---- Making ---- */

void zset_type_create(struct value *value) {
    put(value, ZSET_LISTPACK, listpack_create());
}

void zset_type_create_for(struct value *value, size_t count, size_t longest) {
    const struct type_limits *limits = type_limits();
    if (count <= limits->zset_entries && longest <= limits->zset_value_bytes) {
        zset_type_create(value);
    } else {
        zset_type_create_large(value, count);
    }
}

void zset_type_create_large(struct value *value, size_t count) {
    put(value, ZSET_TREE, new_zset(count));
}

size_t zset_type_length(const struct value *value) {
    return is_compact(value) ? listpack_count(value->object) / PAIR
                             : table_count(((const struct zset *)value->object)->table);
}

struct table *zset_type_table(const struct value *value) {
    return is_compact(value) ? NULL : ((const struct zset *)value->object)->table;
}

/* ---- Members ---- */

bool zset_type_score(const struct value *value, struct bytes member, double *score) {
    if (is_compact(value)) {
        struct place place = find_place(value->object, member);
        if (place.member != NULL) {
            *score = place.score;
        }
        return place.member != NULL;
    }
    const struct zset *zset = value->object;
    const void *item = table_find(zset->table, hash_bytes(member), &member);
    if (item == NULL) {
        return false;
    }
    *score = item_score(item);
    return true;
}

static bool set_in_listpack(struct value *value, struct bytes member, double score) {
    uint8_t *block = value->object;
    struct place place = find_place(block, member);
    bool is_new = place.member == NULL;
    if (is_new) {
        const struct type_limits *limits = type_limits();
        if (listpack_count(block) / PAIR >= limits->zset_entries ||
            member.length > limits->zset_value_bytes ||
            !type_limits_have_room(listpack_size(block), 0, PAIR_HEAD_SIZE + member.length)) {
            convert_to_tree(value);
            insert_item(value->object, member, hash_bytes(member), score);
            return true;
        }
    } else if (place.score == score) {
        return false;
    } else {
        block = erase_pair(block, place.member);
    }
    value->object = insert_in_order(block, member, score);
    return is_new;
}

bool zset_type_set(struct value *value, struct bytes member, double score) {
    ASSERT(!isnan(score));
    if (is_compact(value)) {
        return set_in_listpack(value, member, score);
    }
    struct zset *zset = value->object;
    uint64_t hash = hash_bytes(member);
    void *item = table_find(zset->table, hash, &member);
    if (item != NULL) {
        change_item(zset, item, score);
        return false;
    }
    insert_item(zset, member, hash, score);
    return true;
}

bool zset_type_remove(struct value *value, struct bytes member) {
    if (is_compact(value)) {
        struct place place = find_place(value->object, member);
        if (place.member != NULL) {
            value->object = erase_pair(value->object, place.member);
        }
        return place.member != NULL;
    }
    struct zset *zset = value->object;
    uint64_t hash = hash_bytes(member);
    void *item = table_find(zset->table, hash, &member);
    if (item != NULL) {
        remove_item(zset, hash, item);
    }
    return item != NULL;
}

/* ---- Order ---- */

size_t zset_type_count_before(const struct value *value, const struct score_bound *bound) {
    if (!is_compact(value)) {
        return score_tree_rank(((const struct zset *)value->object)->tree, bound);
    }
    size_t count = 0;
    struct place place = first_place(value->object);
    while (place.member != NULL && place_is_before(&place, bound)) {
        place = next_place(value->object, place);
        count++;
    }
    return count;
}

bool zset_type_rank(const struct value *value, struct bytes member, size_t *rank, double *score) {
    if (!zset_type_score(value, member, score)) {
        return false;
    }
    struct score_bound bound = {BOUND_BY_PAIR, false, *score, member};
    *rank = zset_type_count_before(value, &bound);
    return true;
}

static void range_of_listpack(const uint8_t *block, size_t rank, size_t count, bool backwards,
                              zset_visitor visit, void *context) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    uint8_t *member = listpack_seek(block, (int64_t)(PAIR * rank));
    for (;;) {
        struct place place = place_at(block, member);
        if (!visit(context, listpack_get(member, scratch), place.score) || --count == 0) {
            return;
        }
        member = backwards ? listpack_previous(block, listpack_previous(block, member))
                           : listpack_next(block, place.score_element);
    }
}

/* Visits `count` pairs of a tree from a place on. False when the visitor stopped. */
static bool visit_from(struct score_position at, size_t count, bool backwards, zset_visitor visit,
                       void *context) {
    void *items[TAKEN_MAX];
    while (count > 0) {
        size_t wanted = count < TAKEN_MAX ? count : TAKEN_MAX;
        size_t taken = score_position_take(&at, wanted, backwards, items);
        for (size_t i = 0; i < taken; i++) {
            if (!visit(context, item_member(items[i]), item_score(items[i]))) {
                return false;
            }
        }
        count -= taken;
    }
    return true;
}

void zset_type_range(const struct value *value, size_t rank, size_t count, bool backwards,
                     zset_visitor visit, void *context) {
    if (count == 0) {
        return;
    }
    ASSERT(backwards ? count <= rank + 1 : rank + count <= zset_type_length(value));
    if (is_compact(value)) {
        range_of_listpack(value->object, rank, count, backwards, visit, context);
        return;
    }
    struct score_position at = score_tree_at(((const struct zset *)value->object)->tree, rank);
    (void)visit_from(at, count, backwards, visit, context);
}

struct members_walk {
    zset_members_visitor visit;
    void *context;
};

static bool visit_member(void *context, struct bytes member, double score) {
    (void)score;
    const struct members_walk *walk = context;
    walk->visit(walk->context, &member, 1);
    return true;
}

void zset_type_range_members(const struct value *value, size_t rank, size_t count, bool backwards,
                             zset_members_visitor visit, void *context) {
    if (is_compact(value) || count == 0) {
        struct members_walk walk = {visit, context};
        zset_type_range(value, rank, count, backwards, visit_member, &walk);
        return;
    }
    ASSERT(backwards ? count <= rank + 1 : rank + count <= zset_type_length(value));
    struct score_position at = score_tree_at(((const struct zset *)value->object)->tree, rank);
    void *items[TAKEN_MAX];
    struct bytes members[TAKEN_MAX];
    while (count > 0) {
        size_t wanted = count < TAKEN_MAX ? count : TAKEN_MAX;
        size_t taken = score_position_take(&at, wanted, backwards, items);
        for (size_t i = 0; i < taken; i++) {
            members[i] = item_member(items[i]);
        }
        visit(context, members, taken);
        count -= taken;
    }
}

void zset_type_remove_range(struct value *value, size_t rank, size_t count) {
    ASSERT(rank + count <= zset_type_length(value));
    if (is_compact(value)) {
        value->object = listpack_erase_range(value->object, PAIR * rank, PAIR * count);
        return;
    }
    struct zset *zset = value->object;
    for (size_t i = 0; i < count; i++) {
        void *item = score_position_item(score_tree_at(zset->tree, rank));
        remove_item(zset, hash_of_item(item), item);
    }
}

bool zset_type_each(const struct value *value, zset_visitor visit, void *context) {
    if (is_compact(value)) {
        return each_in_listpack(value->object, visit, context);
    }
    const struct zset *zset = value->object;
    return visit_from(score_tree_at(zset->tree, 0), score_tree_count(zset->tree), false, visit,
                      context);
}

/* A visitor of pairs, as a visitor of items. */
struct item_walk {
    zset_visitor visit;
    void *context;
    bool is_stopped;
};

static void visit_item(void *context, void *item) {
    struct item_walk *walk = context;
    if (!walk->is_stopped) {
        walk->is_stopped = !walk->visit(walk->context, item_member(item), item_score(item));
    }
}

uint64_t zset_type_scan(const struct value *value, uint64_t cursor, zset_visitor visit,
                        void *context) {
    if (is_compact(value)) {
        (void)each_in_listpack(value->object, visit, context);
        return 0;
    }
    struct item_walk walk = {visit, context, false};
    return table_scan(((const struct zset *)value->object)->table, cursor, visit_item, &walk);
}

/* ---- Samples ---- */

void zset_type_random(const struct value *value, struct random *random, zset_visitor visit,
                      void *context) {
    size_t length = zset_type_length(value);
    ASSERT(length > 0);
    zset_type_range(value, (size_t)random_below(random, length), 1, false, visit, context);
}

struct sample_walk {
    struct sampling_walk sampling;
    zset_visitor visit;
    void *context;
};

static bool visit_sampled(void *context, struct bytes member, double score) {
    struct sample_walk *walk = context;
    if (sampling_takes_next(&walk->sampling)) {
        (void)walk->visit(walk->context, member, score);
    }
    return walk->sampling.wanted > 0;
}

void zset_type_sample(const struct value *value, struct random *random, size_t count,
                      zset_visitor visit, void *context) {
    size_t length = zset_type_length(value);
    ASSERT(count <= length);
    if (is_compact(value) || sampling_should_walk(length, count)) {
        struct sample_walk walk = {{random, length, count}, visit, context};
        (void)zset_type_each(value, visit_sampled, &walk);
        return;
    }
    struct drawn_numbers drawn;
    drawn_numbers_init(&drawn, count);
    while (count > 0) {
        size_t rank = (size_t)random_below(random, length);
        if (drawn_numbers_add(&drawn, rank)) {
            zset_type_range(value, rank, 1, false, visit, context);
            count--;
        }
    }
    drawn_numbers_release(&drawn);
}

/* ---- Storing ---- */

/* True when the element is a number that can be a score. */
static bool is_score(const uint8_t *element) {
    int64_t number;
    struct bytes text;
    double score;
    return listpack_get_integer(element, &number, &text) || text_parse_double(text, &score);
}

/* Checks members and order; *longest is set. */
static bool pairs_are_sound(const uint8_t *block, size_t *longest) {
    struct drawn_numbers hashes;
    char scratches[2][LISTPACK_SCRATCH_SIZE]; /* of this member and of the one before, by turns */
    size_t turn = 0;
    struct bytes last = {NULL, 0};
    double last_score = -INFINITY;
    bool is_sound = true;
    drawn_numbers_init(&hashes, listpack_count(block) / PAIR + 1);
    uint8_t *member = listpack_first(block);
    while (is_sound && member != NULL) {
        uint8_t *element = listpack_next(block, member);
        if (!is_score(element)) {
            is_sound = false;
            break;
        }
        struct place place = place_at(block, member);
        struct bytes text = listpack_get(member, scratches[turn % 2]);
        bool is_in_order = place.score > last_score || turn == 0 ||
                           (place.score == last_score && bytes_compare(text, last) > 0);
        /* Two members with one 64-bit keyed hash are the same, for all that can happen. */
        is_sound = is_in_order && drawn_numbers_add(&hashes, hash_bytes(text) >> 1);
        *longest = text.length > *longest ? text.length : *longest;
        last = text;
        last_score = place.score;
        turn++;
        member = listpack_next(block, element);
    }
    drawn_numbers_release(&hashes);
    return is_sound;
}

bool zset_type_from_listpack(struct value *value, uint8_t *block) {
    size_t count = listpack_count(block);
    size_t longest = 0;
    if (count % PAIR != 0 || !pairs_are_sound(block, &longest)) {
        listpack_free(block);
        return false;
    }
    const struct type_limits *limits = type_limits();
    put(value, ZSET_LISTPACK, block);
    if (count / PAIR > limits->zset_entries || longest > limits->zset_value_bytes) {
        convert_to_tree(value);
    }
    return true;
}

/* ---- value_ops ---- */

static void free_item(void *context, void *item) {
    (void)context;
    alloc_free_sized(item, item_size(item_member(item)));
}

static void zset_free(struct value *value) {
    if (is_compact(value)) {
        listpack_free(value->object);
        return;
    }
    struct zset *zset = value->object;
    score_tree_destroy(zset->tree);
    table_pause_resize(zset->table);
    uint64_t cursor = 0;
    do {
        cursor = table_scan(zset->table, cursor, free_item, NULL);
    } while (cursor != 0);
    table_destroy(zset->table);
    alloc_free(zset);
}

static void zset_copy(const struct value *source, struct value *copy) {
    if (is_compact(source)) {
        put(copy, ZSET_LISTPACK, listpack_copy(source->object));
        return;
    }
    struct zset *zset = new_zset(zset_type_length(source));
    (void)zset_type_each(source, visit_insert, zset);
    put(copy, ZSET_TREE, zset);
}

static const char *zset_encoding_name(const struct value *value) {
    return is_compact(value) ? "listpack" : "skiplist";
}

struct memory_sample {
    size_t bytes;
    size_t count;
    size_t wanted;
};

static bool visit_memory(void *context, struct bytes member, double score) {
    (void)score;
    struct memory_sample *sample = context;
    sample->bytes += alloc_size_class(item_size(member));
    sample->count++;
    return sample->count != sample->wanted;
}

static size_t zset_memory(const struct value *value, size_t sample_count) {
    if (is_compact(value)) {
        return alloc_usable_size(value->object);
    }
    const struct zset *zset = value->object;
    struct memory_sample sample = {.wanted = sample_count};
    (void)zset_type_each(value, visit_memory, &sample);
    double mean = sample.count == 0 ? 0 : (double)sample.bytes / (double)sample.count;
    return alloc_size_class(sizeof *zset) + table_memory(zset->table) +
           score_tree_memory(zset->tree) + (size_t)(mean * (double)table_count(zset->table));
}

static size_t zset_free_effort(const struct value *value) {
    return is_compact(value) ? 1 : zset_type_length(value);
}

struct value_walk {
    value_visitor visit;
    void *context;
};

static bool visit_walked(void *context, struct bytes member, double score) {
    const struct value_walk *walk = context;
    char buffer[TEXT_DOUBLE_MAX_SIZE];
    walk->visit(walk->context, member, print_score(buffer, score));
    return true;
}

static void zset_walk(const struct value *value, value_visitor visit, void *context) {
    struct value_walk walk = {visit, context};
    (void)zset_type_each(value, visit_walked, &walk);
}

/* ---- Pieces ---- */

static struct value_shape zset_shape(const struct value *value) {
    if (is_compact(value)) {
        return (struct value_shape){.form = FORM_BLOCK, .count = 1};
    }
    return (struct value_shape){.form = FORM_ELEMENTS, .count = zset_type_length(value)};
}

struct piece_walk {
    value_piece_visitor visit;
    void *context;
};

static bool visit_piece(void *context, struct bytes member, double score) {
    const struct piece_walk *walk = context;
    struct value_piece piece = {.kind = PIECE_SCORED, .first = member, .score = score};
    walk->visit(walk->context, &piece);
    return true;
}

static void zset_pieces(const struct value *value, value_piece_visitor visit, void *context) {
    if (is_compact(value)) {
        struct value_piece piece = {
            .kind = PIECE_LISTPACK,
            .first = {value->object, listpack_size(value->object)},
        };
        visit(context, &piece);
        return;
    }
    struct piece_walk walk = {visit, context};
    (void)zset_type_each(value, visit_piece, &walk);
}

/* ---- Keeping ---- */

static void read_item(const void *item, struct value_piece *piece) {
    piece->kind = PIECE_SCORED;
    piece->first = item_member(item);
    piece->score = item_score(item);
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

static bool zset_is_large(const struct value *value, size_t element_max) {
    return !is_compact(value) &&
           kept_table_is_large(zset_type_table(value), &kept_type, element_max);
}

static struct value_shape zset_keep(struct value *value) {
    kept_table_begin(zset_type_table(value), &kept_type);
    return zset_shape(value);
}

static const void *zset_kept(const struct value *value) {
    return is_compact(value) ? NULL : kept_table_of(zset_type_table(value));
}

static bool zset_walk_kept(struct value *value, size_t budget, value_piece_visitor visit,
                           void *context) {
    return kept_table_walk(kept_table_of(zset_type_table(value)), budget, visit, context);
}

const struct value_ops zset_type_ops = {
    .type_name = "zset",
    .free = zset_free,
    .copy = zset_copy,
    .encoding_name = zset_encoding_name,
    .length = zset_type_length,
    .memory = zset_memory,
    .free_effort = zset_free_effort,
    .walk = zset_walk,
    .inner_table = zset_type_table,
    .shape = zset_shape,
    .pieces = zset_pieces,
    .is_large = zset_is_large,
    .keep = zset_keep,
    .kept = zset_kept,
    .walk_kept = zset_walk_kept,
};
