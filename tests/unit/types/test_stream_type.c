/*
 * Streams against an array of entries, with nodes of few entries so that there are many.
 */
#include "types/stream_type.h"

#include "base/alloc.h"
#include "support/unit.h"
#include "types/stream_listpack.h"
#include "types/type_limits.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <string.h>

enum { ENTRIES = 400, STEPS = 4000 };

static void limit_nodes(size_t entries) {
    struct type_limits limits = *type_limits();
    limits.stream_node_entries = entries;
    type_limits_set(&limits);
}

struct model {
    bool is_there[ENTRIES]; /* entry i has the id i+1 */
    size_t added;
    size_t length;
};

static struct stream_id id_of(size_t index) {
    return (struct stream_id){index + 1, 0};
}

static void append(struct stream *stream, size_t index) {
    char number[TEXT_INT64_MAX_SIZE];
    struct bytes text = {number, text_print_uint64(number, index)};
    const struct bytes words[] = {index % 7 == 0 ? BYTES("odd") : BYTES("number"), text};
    stream_append(stream, id_of(index), words, 1);
}

static void add(struct stream *stream, struct model *model) {
    append(stream, model->added);
    model->is_there[model->added++] = true;
    model->length++;
}

static void require_entry(const struct stream_entry *entry, size_t index) {
    struct stream_pairs pairs;
    struct bytes field;
    struct bytes value;
    int64_t number;
    require(entry != NULL && stream_id_compare(entry->id, id_of(index)) == 0);
    stream_pairs_begin(&pairs, entry);
    require(stream_pairs_next(&pairs, &field, &value));
    require(text_parse_int64(value, &number) && (size_t)number == index);
    require_text(field, index % 7 == 0 ? "odd" : "number");
}

/* Reads a range both ways. */
static void require_range(const struct stream *stream, const struct model *model, size_t first,
                          size_t last) {
    struct stream_walk walk;
    stream_walk_begin(&walk, stream, id_of(first), id_of(last), false);
    for (size_t i = first; i <= last && i < ENTRIES; i++) {
        if (model->is_there[i]) {
            require_entry(stream_walk_next(&walk), i);
        }
    }
    require(stream_walk_next(&walk) == NULL && stream_walk_next(&walk) == NULL);
    stream_walk_begin(&walk, stream, id_of(first), id_of(last), true);
    for (size_t i = last + 1; i-- > first;) {
        if (i < ENTRIES && model->is_there[i]) {
            require_entry(stream_walk_next(&walk), i);
        }
    }
    require(stream_walk_next(&walk) == NULL);
}

static void require_same(const struct stream *stream, const struct model *model) {
    struct stream_totals totals = stream_totals(stream);
    require(totals.length == model->length && totals.entries_added == model->added);
    size_t first = 0;
    while (first < ENTRIES && !model->is_there[first]) {
        first++;
    }
    struct stream_id first_id = first == ENTRIES ? stream_id_min : id_of(first);
    require(stream_id_compare(totals.first_id, first_id) == 0);
    require_range(stream, model, 0, ENTRIES);
}

static void forget_before(struct model *model, size_t index) {
    for (size_t i = 0; i < index; i++) {
        model->length -= model->is_there[i];
        model->is_there[i] = false;
    }
}

Test(stream_type, is_the_list_of_its_entries_through_any_changes) {
    struct random random;
    unit_random(&random, "stream_type");
    limit_nodes(5);
    struct value value;
    stream_type_create(&value);
    struct stream *stream = stream_of(&value);
    struct model *model = alloc_zeroed(sizeof *model);
    for (size_t step = 0; step < STEPS; step++) {
        size_t index = (size_t)random_below(&random, ENTRIES);
        if (model->added < ENTRIES && random_below(&random, 3) > 0) {
            add(stream, model);
        } else if (random_below(&random, 40) == 0) {
            struct stream_trim trim = {.by_id = true, .min_id = id_of(index / 8)};
            size_t before = model->length;
            forget_before(model, index / 8);
            require(stream_trim(stream, &trim) == before - model->length);
        } else {
            bool was_there = index < model->added && model->is_there[index];
            enum stream_deletion result =
                stream_delete(stream, id_of(index), STREAM_KEEP_REFERENCES);
            require(result == (was_there ? STREAM_DELETED : STREAM_ABSENT));
            if (was_there) {
                model->is_there[index] = false;
                model->length--;
            }
        }
        struct stream_entry entry;
        size_t sought = (size_t)random_below(&random, ENTRIES);
        require(stream_find(stream, id_of(sought), &entry) == model->is_there[sought]);
        if (step % 50 == 0) {
            size_t from = (size_t)random_below(&random, ENTRIES);
            require_range(stream, model, from, from + (size_t)random_below(&random, 50));
            require_same(stream, model);
        }
    }
    value_ops_free(&value);
    alloc_free(model);
}

Test(stream_type, an_exact_trim_keeps_the_newest_and_an_approximate_one_whole_nodes) {
    limit_nodes(5);
    struct value value;
    stream_type_create(&value);
    struct stream *stream = stream_of(&value);
    for (size_t i = 0; i < 23; i++) {
        append(stream, i);
    }
    require(stream_trim(stream, &(struct stream_trim){.count = 12, .is_approximate = true}) == 10);
    require(stream_trim(stream, &(struct stream_trim){.count = 12}) == 1);
    require(stream_totals(stream).first_id.ms == 12 && stream_node_count(stream) == 3);
    struct stream_trim limited = {.count = 0, .is_approximate = true, .limit = 4};
    require(stream_trim(stream, &limited) == 4);
    require(stream_trim(stream, &limited) == 0);
    require(stream_trim(stream, &(struct stream_trim){.count = 0}) == 8);
    require(stream_totals(stream).length == 0 && stream_node_count(stream) == 0);
    require(!value_ops_is_empty(&value));
    value_ops_free(&value);
}

Test(stream_type, entries_read_are_known_only_at_places_without_holes) {
    struct value value;
    stream_type_create(&value);
    struct stream *stream = stream_of(&value);
    require(stream_entries_up_to(stream, id_of(4)) == 0);
    for (size_t i = 0; i < 10; i++) {
        append(stream, i);
    }
    require(stream_entries_up_to(stream, id_of(9)) == 10);
    require(stream_entries_up_to(stream, id_of(0)) == 1);
    require(stream_entries_up_to(stream, stream_id_min) == 0);
    require(stream_entries_up_to(stream, id_of(4)) == STREAM_ENTRIES_READ_UNKNOWN);
    require(stream_entries_up_to(stream, id_of(40)) == STREAM_ENTRIES_READ_UNKNOWN);
    require(stream_delete(stream, id_of(5), STREAM_KEEP_REFERENCES) == STREAM_DELETED);
    require(stream_has_deleted_after(stream, id_of(5)) &&
            !stream_has_deleted_after(stream, id_of(6)));
    require(stream_entries_up_to(stream, id_of(0)) == STREAM_ENTRIES_READ_UNKNOWN);
    value_ops_free(&value);
}

/* ---- Files, copies, kept streams ---- */

struct rebuilt {
    struct value value;
    size_t group_count;
    size_t pending;
    size_t own;
};

static void take_piece(void *context, const struct value_piece *piece) {
    struct rebuilt *rebuilt = context;
    struct stream *stream = stream_of(&rebuilt->value);
    if (piece->kind == PIECE_STREAM_NODE) {
        struct stream_id key = stream_id_decode((const uint8_t *)piece->first.data);
        uint8_t *block = stream_listpack_write(piece->object, key);
        require(stream_add_node(stream, key, block));
        listpack_free(block);
    } else if (piece->kind == PIECE_STREAM_TOTALS) {
        stream_set_totals(stream, piece->object);
        stream_finish_nodes(stream);
    } else if (piece->kind == PIECE_STREAM_GROUP) {
        rebuilt->group_count++;
    } else if (piece->kind == PIECE_STREAM_PENDING) {
        rebuilt->pending++;
    } else if (piece->kind == PIECE_STREAM_OWN) {
        require(piece->object != NULL);
        rebuilt->own++;
    }
}

static void fill(struct stream *stream, struct model *model) {
    for (size_t i = 0; i < ENTRIES / 2; i++) {
        add(stream, model);
    }
    struct stream_group *group = stream_group_create(BYTES("g"), id_of(100), 5);
    stream_add_group(stream, group);
    struct stream_consumer *consumer = stream_group_add(group, BYTES("c"), 1);
    for (size_t i = 0; i < 100; i++) {
        struct stream_pending pending = {consumer, 5, 1};
        stream_group_assign(group, id_of(i), &pending);
    }
}

Test(stream_type, a_kept_stream_is_handed_out_as_it_was) {
    limit_nodes(3);
    struct value value;
    struct rebuilt rebuilt = {0};
    stream_type_create(&value);
    stream_type_create(&rebuilt.value);
    struct stream *stream = stream_of(&value);
    struct model *model = alloc_zeroed(sizeof *model);
    fill(stream, model);
    struct model *then = alloc_new(sizeof *then);
    *then = *model;
    require(value_ops_is_large(&value, 10) && !value_ops_is_large(&value, 1000));
    require(value_ops_keep(&value).count == stream_node_count(stream));
    require(value_ops_kept(&value) != NULL);
    size_t step = 0;
    while (!value_ops_walk_kept(&value, 200, take_piece, &rebuilt)) {
        /* The living stream changes everywhere meanwhile. */
        (void)stream_delete(stream, id_of(step % ENTRIES), STREAM_DELETE_REFERENCES);
        if (model->added < ENTRIES) {
            add(stream, model);
        }
        if (step == 30) {
            struct value rest;
            stream_remove_group(stream, stream_find_group(stream, BYTES("g")), &rest);
            require(value_ops_free_effort(&rest) > 1);
            value_ops_free(&rest);
            require(stream_trim(stream, &(struct stream_trim){.count = 20}) > 0);
        }
        step++;
    }
    require(step > 30 && value_ops_kept(&value) == NULL);
    require_same(stream_of(&rebuilt.value), then);
    require(rebuilt.group_count == 1 && rebuilt.pending == 100 && rebuilt.own == 100);
    value_ops_free(&value);
    value_ops_free(&rebuilt.value);
    alloc_free(model);
    alloc_free(then);
}

Test(stream_type, a_copy_is_independent) {
    limit_nodes(3);
    struct value value;
    struct value copy;
    stream_type_create(&value);
    struct model *model = alloc_zeroed(sizeof *model);
    fill(stream_of(&value), model);
    value_ops_copy(&value, &copy);
    (void)stream_trim(stream_of(&value), &(struct stream_trim){.count = 0});
    struct value rest;
    stream_remove_group(stream_of(&value), stream_find_group(stream_of(&value), BYTES("g")), &rest);
    value_ops_free(&rest);
    require_same(stream_of(&copy), model);
    require(stream_group_count(stream_of(&copy)) == 1);
    require(value_ops_memory(&copy, 0) > value_ops_memory(&value, 0));
    require(value_ops_free_effort(&copy) > value_ops_free_effort(&value));
    value_ops_free(&value);
    value_ops_free(&copy);
    alloc_free(model);
}

Test(stream_type, nodes_from_files_must_fit_behind_each_other) {
    limit_nodes(3);
    struct value value;
    stream_type_create(&value);
    struct stream *stream = stream_of(&value);
    const struct bytes words[] = {BYTES("f"), BYTES("v")};
    struct stream_node *node = stream_node_create(0, words, 1);
    uint8_t *empty = stream_listpack_write(node, id_of(5));
    require(!stream_add_node(stream, id_of(5), empty));
    node = stream_node_append(node, id_of(5), id_of(5), words, 1);
    uint8_t *block = stream_listpack_write(node, id_of(5));
    require(stream_add_node(stream, id_of(5), block));
    require(!stream_add_node(stream, id_of(5), block));
    require(!stream_add_node(stream, id_of(4), block));
    require(stream_add_node(stream, id_of(6), block));
    listpack_free(empty);
    listpack_free(block);
    stream_node_free(node);
    stream_finish_nodes(stream);
    require(stream_totals(stream).length == 2 && stream_totals(stream).first_id.ms == 6);
    value_ops_free(&value);
}
