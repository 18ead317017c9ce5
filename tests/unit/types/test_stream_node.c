#include "types/stream_node.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

static const struct stream_id key = {10, 5};

/* A node of three entries: two with the fields of the node, one with its own. */
static struct stream_node *make_node(void) {
    const struct bytes first[] = {BYTES("f"), BYTES("v"), BYTES("12"), BYTES("34")};
    const struct bytes second[] = {BYTES("f"), BYTES(""), BYTES("12"), BYTES("-5")};
    const struct bytes third[] = {BYTES("other"), BYTES("x")};
    struct stream_node *node = stream_node_create(0, first, 2);
    node = stream_node_append(node, key, key, first, 2);
    node = stream_node_append(node, key, (struct stream_id){10, 9}, second, 2);
    return stream_node_append(node, key, (struct stream_id){11, 0}, third, 1);
}

static void require_pairs(const struct stream_entry *entry, const char *const texts[]) {
    struct stream_pairs pairs;
    struct bytes field;
    struct bytes value;
    size_t i = 0;
    stream_pairs_begin(&pairs, entry);
    for (; stream_pairs_next(&pairs, &field, &value); i += 2) {
        require_text(field, texts[i]);
        require_text(value, texts[i + 1]);
    }
    require(texts[i] == NULL && i == 2 * entry->pair_count);
}

Test(stream_node, entries_are_read_both_ways) {
    static const char *const texts[][5] = {
        {"f", "v", "12", "34", NULL}, {"f", "", "12", "-5", NULL}, {"other", "x", NULL}};
    static const struct stream_id ids[] = {{10, 5}, {10, 9}, {11, 0}};
    struct stream_node *node = make_node();
    struct stream_entry entry;
    size_t i = 0;
    require(stream_node_live(node) == 3 && stream_node_total(node) == 3);
    for (bool has = stream_node_first(node, key, &entry); has;
         has = stream_node_next(node, key, &entry)) {
        require(stream_id_compare(entry.id, ids[i]) == 0 && !entry.is_deleted);
        require_pairs(&entry, texts[i++]);
    }
    require(i == 3);
    for (bool has = stream_node_last(node, key, &entry); has;
         has = stream_node_previous(node, key, &entry)) {
        require(stream_id_compare(entry.id, ids[--i]) == 0);
        require_pairs(&entry, texts[i]);
    }
    require(i == 0);
    stream_node_free(node);
}

Test(stream_node, ids_and_sizes_of_any_width_are_read_both_ways) {
    enum { COUNT = 40, TEXT_MAX = 20000, SHIFT_MAX = 63, KEY_MS = 7 };
    static char text[TEXT_MAX];
    memset(text, 'x', sizeof text);
    struct stream_id ids[COUNT];
    size_t lengths[COUNT];
    struct stream_id first = {KEY_MS, 3};
    const struct bytes fields[] = {BYTES("f"), BYTES("")};
    struct stream_node *node = stream_node_create(0, fields, 1);
    for (size_t i = 0; i < COUNT; i++) {
        /* The first ten share the key's millisecond; then both halves of the id grow. */
        uint64_t power = i < 10 ? 0 : (uint64_t)1 << ((i - 9) * 2);
        ids[i].ms = KEY_MS + power;
        ids[i].seq = i == 0 ? first.seq : i < 10 ? (uint64_t)1 << (i * 7) : power - 1;
        lengths[i] = i * i * i % TEXT_MAX;
        struct bytes words[] = {i % 3 == 0 ? BYTES("f") : BYTES("other"), {text, lengths[i]}};
        node = stream_node_append(node, first, ids[i], words, 1);
    }
    struct stream_entry entry;
    size_t i = 0;
    for (bool has = stream_node_first(node, first, &entry); has;
         has = stream_node_next(node, first, &entry)) {
        require(stream_id_compare(entry.id, ids[i]) == 0);
        require((entry.master_field != NULL) == (i++ % 3 == 0));
    }
    require(i == COUNT);
    for (bool has = stream_node_last(node, first, &entry); has;
         has = stream_node_previous(node, first, &entry)) {
        struct stream_pairs pairs;
        struct bytes field;
        struct bytes value;
        require(stream_id_compare(entry.id, ids[--i]) == 0);
        stream_pairs_begin(&pairs, &entry);
        require(stream_pairs_next(&pairs, &field, &value) && value.length == lengths[i]);
        require_text(field, i % 3 == 0 ? "f" : "other");
        require(!stream_pairs_next(&pairs, &field, &value));
    }
    require(i == 0);
    stream_node_free(node);
}

Test(stream_node, a_deleted_entry_stays_and_is_counted) {
    struct stream_node *node = make_node();
    struct stream_node *copy = stream_node_copy(node);
    struct stream_entry entry;
    require(stream_node_first(node, key, &entry) && stream_node_next(node, key, &entry));
    stream_node_move_entry(&entry, copy);
    stream_node_delete(copy, &entry);
    require(stream_node_live(copy) == 2 && stream_node_total(copy) == 3);
    require(stream_node_live(node) == 3);
    require(stream_node_first(copy, key, &entry) && !entry.is_deleted);
    require(stream_node_next(copy, key, &entry) && entry.is_deleted && entry.id.seq == 9);
    require(stream_node_next(copy, key, &entry) && !entry.is_deleted);
    require(stream_node_size(copy) == stream_node_size(node));
    stream_node_free(node);
    stream_node_free(copy);
}

Test(stream_node, many_entries_of_three_short_fields_fit_into_few_bytes) {
    enum { COUNT = 65, BYTES_MAX = 3584 };
    const struct bytes words[] = {BYTES("name"),  BYTES("0123456789abcdef"),
                                  BYTES("state"), BYTES("0123456789abcdef"),
                                  BYTES("owner"), BYTES("0123456789abcdef")};
    struct stream_node *node = stream_node_create(0, words, 3);
    for (uint64_t i = 0; i < COUNT; i++) {
        node = stream_node_append(node, key, (struct stream_id){key.ms, key.seq + i}, words, 3);
    }
    node = stream_node_shrink(node);
    require(stream_node_size(node) <= BYTES_MAX && stream_node_memory(node) <= BYTES_MAX);
    stream_node_free(node);
}
