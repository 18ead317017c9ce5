/*
 * What a snapshot hands over is compared with a description of the whole dataset that was made at
 * its beginning, while random changes of every kind go on.
 */
#include "keyspace/snapshot.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "keyspace/evict.h"
#include "keyspace/expire.h"
#include "keyspace/keyspace.h"
#include "structs/intset.h"
#include "structs/listpack.h"
#include "types/hash_type.h"
#include "types/list_type.h"
#include "types/set_type.h"
#include "types/stream_type.h"
#include "types/string_type.h"
#include "types/type_limits.h"
#include "types/value_ops.h"
#include "types/zset_type.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DATABASES = 4,
    KEYS = 60,
    NAMES = 300,     /* of fields and members */
    ELEMENT_MAX = 8, /* so strings over 2 KiB and every quicklist are large */
    START_MS = 1000000,
    NAME_SIZE = 16,
    TEXT_SIZE = 40000,
};

/* ---- Descriptions ---- */

/* Lines of text, one for each key. */
struct lines {
    sds *items;
    size_t count;
    size_t capacity;
};

static void add_line(struct lines *lines, sds line) {
    if (lines->count == lines->capacity) {
        lines->capacity = 2 * lines->capacity + 16;
        lines->items = alloc_resize(lines->items, lines->capacity * sizeof(sds));
    }
    lines->items[lines->count++] = line;
}

static int compare_lines(const void *a, const void *b) {
    return bytes_compare(sds_view(*(const sds *)a), sds_view(*(const sds *)b));
}

static void sort_lines(struct lines *lines) {
    if (lines->count > 0) {
        qsort(lines->items, lines->count, sizeof(sds), compare_lines);
    }
}

static void free_lines(struct lines *lines) {
    for (size_t i = 0; i < lines->count; i++) {
        sds_free(lines->items[i]);
    }
    alloc_free(lines->items);
    *lines = (struct lines){0};
}

static sds append_element(sds line, struct bytes element) {
    line = sds_append_format(line, "%zu:", element.length);
    return sds_append(line, element);
}

/*
 * A key's line in the making: its elements stay apart until it is known whether they have an order.
 */
struct key_line {
    sds head;
    struct lines elements;
    size_t group_size; /* elements of a listpack that make one */
    bool is_sorted;
};

static void begin_line(struct key_line *line, int database_index, struct bytes key,
                       int64_t deadline_ms, enum value_type type) {
    bool has_pairs = type == VALUE_HASH || type == VALUE_ZSET;
    *line = (struct key_line){
        .head = sds_append_format(sds_new(BYTES("")), "%d %lld %d ", database_index,
                                  (long long)deadline_ms, (int)type),
        .group_size = has_pairs ? 2 : 1,
        .is_sorted = has_pairs || type == VALUE_SET,
    };
    line->head = append_element(line->head, key);
}

static sds end_line(struct key_line *line) {
    if (line->is_sorted) {
        sort_lines(&line->elements);
    }
    for (size_t i = 0; i < line->elements.count; i++) {
        line->head = sds_append(line->head, sds_view(line->elements.items[i]));
    }
    free_lines(&line->elements);
    return line->head;
}

static void add_pair(struct key_line *line, struct bytes first, struct bytes second) {
    sds element = append_element(sds_new(BYTES("")), first);
    add_line(&line->elements, line->group_size == 2 ? append_element(element, second) : element);
}

static void add_walked(void *context, struct bytes first, struct bytes second) {
    add_pair(context, first, second);
}

static void describe_key(void *context, const struct open_key *key) {
    struct key_line line;
    begin_line(&line, database_index(key->database), key->name, key->deadline_ms,
               (enum value_type)key->value.type);
    value_ops_walk(&key->value, add_walked, &line);
    add_line(context, end_line(&line));
}

static struct lines describe(struct keyspace *keyspace) {
    struct lines lines = {0};
    for (size_t i = 0; i < DATABASES; i++) {
        uint64_t cursor = 0;
        do {
            cursor = keyspace_scan(keyspace_database(keyspace, i), cursor, describe_key, &lines);
        } while (cursor != 0);
    }
    sort_lines(&lines);
    return lines;
}

/* ---- The sink ---- */

struct collector {
    struct lines lines;
    struct key_line large;
    size_t pieces_left;
    bool has_large;
    bool is_text;
    bool has_room;
};

static void add_listpack(struct key_line *line, const uint8_t *block) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    char second_scratch[LISTPACK_SCRATCH_SIZE];
    const uint8_t *at = listpack_first(block);
    while (at != NULL) {
        struct bytes first = listpack_get(at, scratch);
        struct bytes second = {"", 0};
        at = listpack_next(block, at);
        if (line->group_size == 2) {
            second = listpack_get(at, second_scratch);
            at = listpack_next(block, at);
        }
        add_pair(line, first, second);
    }
}

static void add_intset(struct key_line *line, const uint8_t *block) {
    char scratch[TEXT_INT64_MAX_SIZE];
    for (size_t i = 0; i < intset_count(block); i++) {
        size_t length = text_print_int64(scratch, intset_get(block, i));
        add_pair(line, (struct bytes){scratch, length}, (struct bytes){"", 0});
    }
}

/* Parts of one text become one element. */
static void add_part(struct key_line *line, const struct value_piece *piece) {
    if (piece->offset == 0) {
        add_line(&line->elements, sds_append_format(sds_new(BYTES("")), "%zu:", piece->total));
    }
    sds *last = &line->elements.items[line->elements.count - 1];
    *last = sds_append(*last, piece->first);
}

static void add_node(struct key_line *line, const struct value_piece *piece) {
    const struct stream_node *node = piece->object;
    struct stream_id key = stream_id_decode((const uint8_t *)piece->first.data);
    struct stream_entry entry;
    for (bool has = stream_node_first(node, key, &entry); has;
         has = stream_node_next(node, key, &entry)) {
        if (entry.is_deleted) {
            continue;
        }
        char id[STREAM_ID_TEXT_SIZE];
        add_pair(line, (struct bytes){id, stream_id_print(id, entry.id)}, (struct bytes){"", 0});
        struct stream_pairs pairs;
        struct bytes field;
        struct bytes value;
        stream_pairs_begin(&pairs, &entry);
        while (stream_pairs_next(&pairs, &field, &value)) {
            add_pair(line, field, value);
        }
    }
}

static void collect_piece(void *context, const struct value_piece *piece) {
    struct key_line *line = context;
    char scratch[TEXT_DOUBLE_MAX_SIZE];
    struct bytes text = {scratch, 0};
    switch (piece->kind) {
    case PIECE_INTEGER:
        text.length = text_print_int64(scratch, piece->integer);
        add_pair(line, text, (struct bytes){"", 0});
        return;
    case PIECE_TEXT:
    case PIECE_PLAIN:
        add_part(line, piece);
        return;
    case PIECE_LISTPACK:
        cr_assert(listpack_verify((const uint8_t *)piece->first.data, piece->first.length));
        add_listpack(line, (const uint8_t *)piece->first.data);
        return;
    case PIECE_INTSET:
        add_intset(line, (const uint8_t *)piece->first.data);
        return;
    case PIECE_ELEMENT:
    case PIECE_FIELD:
        add_pair(line, piece->first, piece->second);
        return;
    case PIECE_SCORED:
        text.length = text_print_double(scratch, piece->score);
        add_pair(line, piece->first, text);
        return;
    case PIECE_STREAM_NODE:
        add_node(line, piece);
        return;
    case PIECE_STREAM_TOTALS:
    case PIECE_STREAM_GROUP:
    case PIECE_STREAM_PENDING:
    case PIECE_STREAM_CONSUMERS:
    case PIECE_STREAM_CONSUMER:
    case PIECE_STREAM_OWN:
    case PIECE_STREAM_LIMITS:
    case PIECE_STREAM_RECORD:
        return; /* What a line tells of a stream are its entries. */
    }
}

static void collect_write(void *context, const struct snapshot_item *item) {
    struct collector *collector = context;
    struct key_line line;
    begin_line(&line, item->database_index, item->key, item->deadline_ms,
               (enum value_type)item->value->type);
    value_ops_pieces(item->value, collect_piece, &line);
    add_line(&collector->lines, end_line(&line));
}

static void collect_begin(void *context, const struct snapshot_item *item,
                          const struct value_shape *shape) {
    struct collector *collector = context;
    cr_assert(!collector->has_large);
    collector->has_large = true;
    collector->is_text = shape->form == FORM_TEXT;
    /* Streams without groups have their totals besides their nodes. */
    collector->pieces_left = shape->count + (shape->form == FORM_STREAM);
    begin_line(&collector->large, item->database_index, item->key, item->deadline_ms,
               (enum value_type)item->value->type);
}

static void collect_large_piece(void *context, const struct value_piece *piece) {
    struct collector *collector = context;
    cr_assert(collector->has_large);
    bool is_part = piece->kind == PIECE_TEXT || piece->kind == PIECE_PLAIN;
    bool ends = !is_part || piece->offset + piece->first.length == piece->total;
    collector->pieces_left -= collector->is_text ? piece->first.length : ends;
    collect_piece(&collector->large, piece);
}

static void collect_end(void *context) {
    struct collector *collector = context;
    cr_assert_eq(collector->pieces_left, 0);
    add_line(&collector->lines, end_line(&collector->large));
    collector->has_large = false;
}

static bool collect_has_room(void *context) {
    const struct collector *collector = context;
    return collector->has_room;
}

static struct snapshot_sink sink_of(struct collector *collector) {
    collector->has_room = true;
    return (struct snapshot_sink){
        collector, collect_write, collect_begin, collect_large_piece, collect_end, collect_has_room,
    };
}

/* ---- Random changes ---- */

struct world {
    struct keyspace *keyspace;
    struct evictor *evictor;
    struct random random;
    char text[TEXT_SIZE];
};

static struct bytes random_text(struct world *world, size_t length_max) {
    size_t length = random_below(&world->random, length_max);
    for (size_t i = 0; i < length; i++) {
        world->text[i] = (char)('a' + random_below(&world->random, 26));
    }
    return (struct bytes){world->text, length};
}

static bool open_random(struct world *world, char name[NAME_SIZE], struct open_key *key) {
    int length = snprintf(name, NAME_SIZE, "key%d", (int)random_below(&world->random, KEYS));
    struct bytes view = {name, (size_t)length};
    struct database *database =
        keyspace_database(world->keyspace, random_below(&world->random, DATABASES));
    return keyspace_open_write(database, view, hash_bytes(view), key);
}

static int64_t random_deadline(struct world *world) {
    return random_below(&world->random, 4) == 0
               ? clock_unix_ms() + (int64_t)random_below(&world->random, 400)
               : DEADLINE_NONE;
}

static void set_string(struct world *world) {
    char name[NAME_SIZE];
    struct open_key key;
    (void)open_random(world, name, &key);
    struct value value;
    uint64_t kind = random_below(&world->random, 4);
    if (kind == 0) {
        string_value_of_integer((int64_t)random_below(&world->random, 1000), &value);
    } else {
        string_value_of(random_text(world, kind == 1 ? 100 : TEXT_SIZE), &value);
    }
    keyspace_replace(&key, &value, random_deadline(world));
}

static void change_string(struct world *world, struct open_key *key) {
    size_t length = string_length(&key->value);
    if (random_below(&world->random, 3) == 0) {
        string_append(&key->value, random_text(world, 3000));
    } else {
        struct bytes patch = random_text(world, random_below(&world->random, 2) == 0 ? 9 : 9000);
        size_t offset = random_below(&world->random, length + 10);
        size_t end = offset + patch.length;
        char *target = string_mutable_range(&key->value, end, offset, patch.length);
        memcpy(target + offset, patch.data, patch.length);
    }
    (void)keyspace_store(key);
}

static void change_list(struct world *world, struct open_key *key) {
    struct value *value = &key->value;
    size_t length = list_type_length(value);
    int64_t index = (int64_t)random_below(&world->random, length + 1);
    struct bytes text = random_text(world, random_below(&world->random, 20) == 0 ? 6000 : 30);
    char scratch[LIST_SCRATCH_SIZE];
    struct bytes pivot = {"", 0};
    char pivot_copy[TEXT_SIZE];
    bool has_pivot = list_type_get(value, index, scratch, &pivot);
    memcpy(pivot_copy, pivot.data, pivot.length);
    pivot.data = pivot_copy;
    switch (random_below(&world->random, 7)) {
    case 0:
        list_type_prepare(value, &text, 1);
        list_type_push(value, text, LIST_HEAD);
        break;
    case 1:
        list_type_prepare(value, &text, 1);
        list_type_push(value, text, LIST_TAIL);
        break;
    case 2:
        list_type_drop(value, LIST_HEAD, random_below(&world->random, length < 9 ? length + 1 : 9));
        break;
    case 3:
        list_type_drop(value, LIST_TAIL, random_below(&world->random, length + 1));
        break;
    case 4:
        list_type_prepare(value, &text, 1);
        (void)list_type_set(value, index, text);
        break;
    case 5:
        if (has_pivot) {
            list_type_prepare(value, &text, 1);
            (void)list_type_insert(value, pivot, text, random_below(&world->random, 2) == 0);
        }
        break;
    default:
        if (has_pivot) {
            (void)list_type_remove(value, pivot, (int64_t)random_below(&world->random, 3) - 1);
        }
        break;
    }
    (void)keyspace_store(key);
}

/* A field or member: mostly one that may be there already. */
static struct bytes random_name(struct world *world, char name[NAME_SIZE]) {
    int length = snprintf(name, NAME_SIZE, "n%d", (int)random_below(&world->random, NAMES));
    return (struct bytes){name, (size_t)length};
}

static void discard_member(void *context, struct bytes member) {
    (void)context;
    (void)member;
}

static bool discard(void *context, struct bytes member) {
    discard_member(context, member);
    return true;
}

static void change_hash(struct world *world, struct value *value) {
    char name[NAME_SIZE];
    struct bytes field = random_name(world, name);
    switch (random_below(&world->random, 8)) {
    case 0:
    case 1:
        (void)hash_type_delete(value, field);
        return;
    case 2:
        (void)hash_type_set(value, field, random_text(world, 3000), false);
        return;
    default:
        (void)hash_type_set(value, field, random_text(world, 20), false);
    }
}

static void change_set(struct world *world, struct value *value) {
    char name[NAME_SIZE];
    struct bytes member = random_name(world, name);
    switch (random_below(&world->random, 12)) {
    case 0:
        set_type_pop(value, &world->random,
                     random_below(&world->random, set_type_length(value) + 1), discard, NULL);
        return;
    case 1:
    case 2:
    case 3:
        (void)set_type_remove(value, member);
        return;
    default:
        (void)set_type_add(value, member);
    }
}

static void change_zset(struct world *world, struct value *value) {
    char name[NAME_SIZE];
    struct bytes member = random_name(world, name);
    size_t length = zset_type_length(value);
    switch (random_below(&world->random, 12)) {
    case 0:
        zset_type_remove_range(value, 0, random_below(&world->random, length < 9 ? length + 1 : 9));
        return;
    case 1:
    case 2:
    case 3:
        (void)zset_type_remove(value, member);
        return;
    default:
        (void)zset_type_set(value, member, (double)random_below(&world->random, 50) / 4);
    }
}

static void change_stream(struct world *world, struct value *value) {
    char name[NAME_SIZE];
    struct stream *stream = stream_of(value);
    struct stream_id id = stream_totals(stream).last_id;
    struct bytes field = random_name(world, name);
    const struct bytes words[] = {field, random_text(world, 20)};
    switch (random_below(&world->random, 12)) {
    case 0:
        id.seq = random_below(&world->random, id.seq + 1);
        (void)stream_trim(stream, &(struct stream_trim){.by_id = true, .min_id = id});
        return;
    case 1:
    case 2:
        id.seq = random_below(&world->random, id.seq + 1);
        (void)stream_delete(stream, id, STREAM_KEEP_REFERENCES);
        return;
    default:
        id.seq++;
        stream_append(stream, id, words, 1);
    }
}

static void fill_table(struct world *world) {
    char name[NAME_SIZE];
    struct open_key key;
    (void)open_random(world, name, &key);
    struct value value;
    size_t count =
        1 + random_below(&world->random, random_below(&world->random, 3) == 0 ? 20 : 400);
    uint64_t kind = random_below(&world->random, 4);
    if (kind == 3) {
        stream_type_create(&value);
    } else if (kind == 0) {
        hash_type_create(&value);
    } else if (kind == 1) {
        set_type_create_empty(&value);
    } else {
        zset_type_create(&value);
    }
    char field[NAME_SIZE];
    for (size_t i = 0; i < count; i++) {
        if (kind == 3) {
            change_stream(world, &value);
        } else if (kind == 0) {
            (void)hash_type_set(&value, random_name(world, field), random_text(world, 20), false);
        } else if (kind == 1) {
            (void)set_type_add(&value, random_name(world, field));
        } else {
            (void)zset_type_set(&value, random_name(world, field), (double)i);
        }
    }
    keyspace_replace(&key, &value, random_deadline(world));
}

static void fill_list(struct world *world) {
    char name[NAME_SIZE];
    struct open_key key;
    (void)open_random(world, name, &key);
    struct value value;
    list_type_create(&value);
    size_t count = 1 + random_below(&world->random, 400);
    for (size_t i = 0; i < count; i++) {
        struct bytes text = random_text(world, random_below(&world->random, 99) == 0 ? 9000 : 40);
        list_type_prepare(&value, &text, 1);
        list_type_push(&value, text, LIST_TAIL);
    }
    keyspace_replace(&key, &value, random_deadline(world));
}

static void rename_key(struct world *world) {
    char name[NAME_SIZE];
    char new_name[NAME_SIZE];
    struct open_key source;
    struct open_key target;
    if (!open_random(world, name, &source)) {
        return;
    }
    struct value value;
    char scratch[KEYSPACE_SCRATCH_SIZE];
    int64_t deadline_ms = source.deadline_ms;
    keyspace_take(&source, &value, scratch);
    (void)open_random(world, new_name, &target);
    keyspace_replace(&target, &value, deadline_ms);
}

static void change_value(struct world *world, struct open_key *key) {
    switch ((enum value_type)key->value.type) {
    case VALUE_STRING:
        change_string(world, key);
        return;
    case VALUE_LIST:
        change_list(world, key);
        return;
    case VALUE_HASH:
        change_hash(world, &key->value);
        break;
    case VALUE_SET:
        change_set(world, &key->value);
        break;
    case VALUE_ZSET:
        change_zset(world, &key->value);
        break;
    case VALUE_STREAM:
        change_stream(world, &key->value);
        break;
    case VALUE_TYPE_COUNT:
        cr_assert_fail("no such type");
    }
    (void)keyspace_store(key);
}

static void change_key(struct world *world) {
    char name[NAME_SIZE];
    struct open_key key;
    if (!open_random(world, name, &key)) {
        return;
    }
    switch (random_below(&world->random, 12)) {
    case 0:
        keyspace_remove(&key, random_below(&world->random, 2) == 0);
        return;
    case 1:
        key.deadline_ms = random_deadline(world);
        keyspace_store_deadline(&key);
        return;
    default:
        change_value(world, &key);
    }
}

static void change_something(struct world *world) {
    uint64_t choice = random_below(&world->random, 200);
    if (choice < 12) {
        set_string(world);
    } else if (choice < 20) {
        fill_list(world);
    } else if (choice < 26) {
        fill_table(world);
    } else if (choice < 30) {
        rename_key(world);
    } else if (choice == 30) {
        (void)keyspace_flush(
            keyspace_database(world->keyspace, random_below(&world->random, DATABASES)),
            random_below(&world->random, 2) == 0);
    } else if (choice < 34) {
        keyspace_swap(world->keyspace, random_below(&world->random, DATABASES),
                      random_below(&world->random, DATABASES));
    } else if (choice < 44) {
        clock_set_fixed(clock_unix_us() + 20000);
        (void)expire_due_keys(world->keyspace, 1000);
    } else if (choice < 47) {
        struct eviction_rule rule = {
            .order = (enum eviction_order)random_below(&world->random, EVICTION_RANDOM + 1),
            .volatile_only = true,
            .sample_count = 5,
            .lazily = random_below(&world->random, 2) == 0,
        };
        (void)evictor_remove_one(world->evictor, &rule);
    } else {
        change_key(world);
    }
}

static void fill(struct world *world) {
    for (size_t i = 0; i < 2 * KEYS; i++) {
        set_string(world);
        fill_list(world);
        fill_table(world);
    }
}

static struct world *create_world(uint64_t seed) {
    struct world *world = alloc_zeroed(sizeof *world);
    random_init(&world->random, seed);
    clock_set_fixed((int64_t)START_MS * CLOCK_US_PER_MS);
    struct type_limits limits = *type_limits();
    limits.list_fill = random_below(&world->random, 2) == 0 ? -1 : 16;
    type_limits_set(&limits);
    world->keyspace = keyspace_create(DATABASES);
    world->evictor = evictor_create(world->keyspace);
    return world;
}

static void destroy_world(struct world *world) {
    evictor_destroy(world->evictor);
    keyspace_destroy(world->keyspace);
    alloc_free(world);
}

static void cr_assert_same(struct lines *expected, struct lines *actual, uint64_t seed) {
    sort_lines(actual);
    cr_assert_eq(expected->count, actual->count, "seed %llu: %zu keys, not %zu",
                 (unsigned long long)seed, actual->count, expected->count);
    for (size_t i = 0; i < expected->count; i++) {
        cr_assert(bytes_equal(sds_view(expected->items[i]), sds_view(actual->items[i])),
                  "seed %llu: %.60s, not %.60s", (unsigned long long)seed, actual->items[i],
                  expected->items[i]);
    }
}

static void run_snapshot(struct world *world, size_t changes_per_slice, uint64_t seed) {
    struct lines expected = describe(world->keyspace);
    struct collector collector = {0};
    struct snapshot_sink sink = sink_of(&collector);
    struct snapshot *snapshot = snapshot_begin(world->keyspace, &sink, ELEMENT_MAX);
    cr_assert_not_null(snapshot);
    cr_assert_eq(snapshot_total_counts(snapshot).key_count, expected.count);
    cr_assert_null(snapshot_begin(world->keyspace, &sink, ELEMENT_MAX));
    for (;;) {
        size_t count = random_below(&world->random, changes_per_slice + 1);
        for (size_t i = 0; i < count; i++) {
            change_something(world);
        }
        collector.has_room = random_below(&world->random, 4) > 0;
        enum snapshot_status status = snapshot_run(snapshot, 0);
        if (status == SNAPSHOT_DONE) {
            break;
        }
        cr_assert_eq(status == SNAPSHOT_PAUSED, !collector.has_room);
    }
    cr_assert_eq(snapshot_done_count(snapshot), expected.count);
    snapshot_destroy(snapshot);
    cr_assert_same(&expected, &collector.lines, seed);
    free_lines(&expected);
    free_lines(&collector.lines);
}

/* Due keys are part of a snapshot, but not of a description: they go first. */
static void settle(struct world *world) {
    while (expire_due_keys(world->keyspace, 1000) == 0) {
    }
}

Test(snapshot, is_the_state_at_its_beginning_whatever_changes) {
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct world *world = create_world(seed);
        fill(world);
        for (size_t i = 0; i < 4; i++) {
            settle(world);
            run_snapshot(world, i * 4, seed);
        }
        destroy_world(world);
    }
}

Test(snapshot, of_an_empty_keyspace_is_empty) {
    struct world *world = create_world(1);
    run_snapshot(world, 0, 1);
    destroy_world(world);
}

Test(snapshot, aborted_is_walked_through_before_the_next_begins) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world *world = create_world(seed);
        fill(world);
        struct collector collector = {0};
        struct snapshot_sink sink = sink_of(&collector);
        struct snapshot *snapshot = snapshot_begin(world->keyspace, &sink, ELEMENT_MAX);
        for (size_t i = 0; i < seed; i++) {
            (void)snapshot_run(snapshot, 0);
            change_something(world);
        }
        snapshot_abort(snapshot);
        size_t count = collector.lines.count;
        cr_assert_null(snapshot_begin(world->keyspace, &sink, ELEMENT_MAX));
        while (snapshot_run(snapshot, 0) != SNAPSHOT_DONE) {
            change_something(world);
        }
        cr_assert_eq(collector.lines.count, count);
        snapshot_destroy(snapshot);
        if (collector.has_large) {
            sds_free(end_line(&collector.large));
        }
        free_lines(&collector.lines);
        settle(world);
        run_snapshot(world, 3, seed);
        destroy_world(world);
    }
}

Test(snapshot, that_is_destroyed_halfway_leaks_nothing) {
    size_t before = alloc_used_bytes();
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world *world = create_world(seed);
        fill(world);
        struct collector collector = {0};
        struct snapshot_sink sink = sink_of(&collector);
        struct snapshot *snapshot = snapshot_begin(world->keyspace, &sink, ELEMENT_MAX);
        for (size_t i = 0; i < 10 * seed; i++) {
            (void)snapshot_run(snapshot, 0);
            change_something(world);
        }
        snapshot_destroy(snapshot);
        if (collector.has_large) {
            sds_free(end_line(&collector.large));
        }
        free_lines(&collector.lines);
        destroy_world(world);
    }
    cr_assert_eq(alloc_used_bytes(), before);
}

struct slow_sink {
    size_t count;
    int64_t busy_ns;
};

static void write_slowly(void *context, const struct snapshot_item *item) {
    struct slow_sink *slow = context;
    (void)item;
    enum { WORK_NS = 200000 };
    int64_t start_ns = clock_monotonic_ns();
    while (clock_monotonic_ns() - start_ns < WORK_NS) {
    }
    slow->count++;
    slow->busy_ns += clock_monotonic_ns() - start_ns;
}

static bool always_has_room(void *context) {
    (void)context;
    return true;
}

static struct snapshot *begin_slowly(struct world *world, struct slow_sink *slow) {
    fill(world);
    struct snapshot_sink sink = {
        .context = slow, .has_room = always_has_room, .write = write_slowly};
    return snapshot_begin(world->keyspace, &sink, SIZE_MAX);
}

static void end_slowly(struct world *world, struct snapshot *snapshot) {
    snapshot_make_way(snapshot, SNAPSHOT_ALONE);
    while (snapshot_run(snapshot, 0) != SNAPSHOT_DONE) {
    }
    snapshot_destroy(snapshot);
    destroy_world(world);
}

/* A lower bound: a slow machine only takes longer. */
static void check_rest(enum snapshot_company company, int64_t parts) {
    struct slow_sink slow = {0};
    struct world *world = create_world(1);
    struct snapshot *snapshot = begin_slowly(world, &slow);
    snapshot_make_way(snapshot, company);
    int64_t start_ns = clock_monotonic_ns();
    int64_t rested_ns = 0; /* work that was followed by its rest */
    enum { ENOUGH = 100 };
    while (slow.count < ENOUGH) {
        int64_t before_ns = slow.busy_ns;
        cr_assert_eq(snapshot_run(snapshot, 0), SNAPSHOT_RUNNING);
        rested_ns = slow.busy_ns > before_ns ? before_ns : rested_ns;
    }
    cr_assert_geq(clock_monotonic_ns() - start_ns, parts * rested_ns);
    end_slowly(world, snapshot);
}

Test(snapshot, among_others_it_takes_a_quarter_of_the_time) {
    check_rest(SNAPSHOT_AMONG_OTHERS, 4);
}

Test(snapshot, before_others_it_takes_a_sixteenth_of_the_time) {
    check_rest(SNAPSHOT_BEFORE_OTHERS, 16);
}

/* It is asked again at once: the requests may be through. */
Test(snapshot, before_others_it_waits_for_a_moment_without_them) {
    struct slow_sink slow = {0};
    struct world *world = create_world(1);
    struct snapshot *snapshot = begin_slowly(world, &slow);
    snapshot_make_way(snapshot, SNAPSHOT_BEFORE_OTHERS);
    cr_assert_eq(snapshot_run(snapshot, 0), SNAPSHOT_RUNNING);
    size_t first_count = slow.count;
    cr_assert_gt(first_count, 0);
    while (snapshot_rest_ms(snapshot) > 0) {
    }
    snapshot_make_way(snapshot, SNAPSHOT_AMONG_OTHERS);
    cr_assert_eq(snapshot_run(snapshot, 0), SNAPSHOT_RUNNING);
    cr_assert_gt(slow.count, first_count);
    end_slowly(world, snapshot);
}
