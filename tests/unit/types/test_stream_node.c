#include "types/stream_node.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <string.h>

static const struct stream_id key = {10, 5};

/* A node of three entries: two with the fields of the node, one with its own. */
static uint8_t *make_node(void) {
    const struct bytes first[] = {BYTES("f"), BYTES("v"), BYTES("12"), BYTES("34")};
    const struct bytes second[] = {BYTES("f"), BYTES(""), BYTES("12"), BYTES("-5")};
    const struct bytes third[] = {BYTES("other"), BYTES("x")};
    uint8_t *block = stream_node_create(0, first, 2);
    block = stream_node_append(block, key, key, first, 2);
    block = stream_node_append(block, key, (struct stream_id){10, 9}, second, 2);
    return stream_node_append(block, key, (struct stream_id){11, 0}, third, 1);
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
    uint8_t *block = make_node();
    struct stream_entry entry;
    size_t i = 0;
    require(stream_node_live(block) == 3 && stream_node_total(block) == 3);
    for (bool has = stream_node_first(block, key, &entry); has;
         has = stream_node_next(block, key, &entry)) {
        require(stream_id_compare(entry.id, ids[i]) == 0 && !entry.is_deleted);
        require_pairs(&entry, texts[i++]);
    }
    require(i == 3);
    for (bool has = stream_node_last(block, key, &entry); has;
         has = stream_node_previous(block, key, &entry)) {
        require(stream_id_compare(entry.id, ids[--i]) == 0);
        require_pairs(&entry, texts[i]);
    }
    require(i == 0);
    listpack_free(block);
}

Test(stream_node, has_the_published_form) {
    /* Entries 1-1 {f v}, 1-2 {f w}, 5-0 {g 1 h 2}, the second one deleted. */
    static const uint8_t bytes[] = {
        0x3d, 0,    0,    0,    0x18, 0,    0x02, 0x01, 0x01, 0x01, 0x01, 0x01, 0x81,
        0x66, 0x02, 0x00, 0x01, 0x02, 0x01, 0x00, 0x01, 0x00, 0x01, 0x81, 0x76, 0x02,
        0x04, 0x01, 0x03, 0x01, 0x00, 0x01, 0x01, 0x01, 0x81, 0x77, 0x02, 0x04, 0x01,
        0x00, 0x01, 0x04, 0x01, 0xdf, 0xff, 0x02, 0x02, 0x01, 0x81, 0x67, 0x02, 0x01,
        0x01, 0x81, 0x68, 0x02, 0x02, 0x01, 0x08, 0x01, 0xff};
    static const struct stream_id first = {1, 1};
    const struct bytes one[] = {BYTES("f"), BYTES("v")};
    const struct bytes two[] = {BYTES("f"), BYTES("w")};
    const struct bytes three[] = {BYTES("g"), BYTES("1"), BYTES("h"), BYTES("2")};
    uint8_t *block = stream_node_create(0, one, 1);
    block = stream_node_append(block, first, first, one, 1);
    block = stream_node_append(block, first, (struct stream_id){1, 2}, two, 1);
    block = stream_node_append(block, first, (struct stream_id){5, 0}, three, 2);
    struct stream_entry entry;
    require(stream_node_first(block, first, &entry) && stream_node_next(block, first, &entry));
    block = stream_node_delete(block, first, &entry);
    require(entry.is_deleted && entry.id.seq == 2);
    require(stream_node_live(block) == 2 && stream_node_total(block) == 3);
    require(listpack_size(block) == sizeof bytes && memcmp(block, bytes, sizeof bytes) == 0);
    require(stream_node_verify(block, first));
    listpack_free(block);
}

Test(stream_node, any_changed_byte_is_refused_or_can_be_read) {
    uint8_t *block = make_node();
    size_t size = listpack_size(block);
    require(stream_node_verify(block, key));
    require(stream_node_verify(block, (struct stream_id){7, 7}));
    for (size_t i = 0; i < size * 256; i++) {
        uint8_t *changed = listpack_copy(block);
        changed[i / 256] = (uint8_t)i;
        struct stream_entry entry;
        if (listpack_verify(changed, size) && stream_node_verify(changed, key)) {
            size_t count = 0;
            for (bool has = stream_node_last(changed, key, &entry); has;
                 has = stream_node_previous(changed, key, &entry)) {
                struct stream_pairs pairs;
                struct bytes field;
                struct bytes value;
                stream_pairs_begin(&pairs, &entry);
                while (stream_pairs_next(&pairs, &field, &value)) {
                    require(field.length + value.length < size);
                }
                count += !entry.is_deleted;
            }
            require(count == stream_node_live(changed));
        }
        listpack_free(changed);
    }
    listpack_free(block);
}
