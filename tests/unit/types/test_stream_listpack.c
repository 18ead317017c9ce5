#include "types/stream_listpack.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

static const struct stream_id key = {10, 5};

Test(stream_listpack, has_the_published_form) {
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
    struct stream_node *node = stream_node_create(0, one, 1);
    node = stream_node_append(node, first, first, one, 1);
    node = stream_node_append(node, first, (struct stream_id){1, 2}, two, 1);
    node = stream_node_append(node, first, (struct stream_id){5, 0}, three, 2);
    struct stream_entry entry;
    require(stream_node_first(node, first, &entry) && stream_node_next(node, first, &entry));
    stream_node_delete(node, &entry);
    uint8_t *block = stream_listpack_write(node, first);
    require(listpack_size(block) == sizeof bytes && memcmp(block, bytes, sizeof bytes) == 0);
    require(stream_node_published_size(node) == sizeof bytes);
    struct stream_node *read = stream_listpack_read(block, first);
    require(read != NULL && stream_node_size(read) == stream_node_size(node));
    require(stream_node_live(read) == 2 && stream_node_total(read) == 3);
    listpack_free(block);
    stream_node_free(node);
    stream_node_free(read);
}

static bool is_read(const uint8_t *block, struct stream_id first) {
    struct stream_node *node = stream_listpack_read(block, first);
    bool is_sound = node != NULL;
    stream_node_free(node);
    return is_sound;
}

Test(stream_listpack, any_changed_byte_is_refused_or_can_be_read) {
    const struct bytes first[] = {BYTES("f"), BYTES("v"), BYTES("12"), BYTES("34")};
    const struct bytes second[] = {BYTES("f"), BYTES(""), BYTES("12"), BYTES("-5")};
    const struct bytes third[] = {BYTES("other"), BYTES("x")};
    struct stream_node *node = stream_node_create(0, first, 2);
    node = stream_node_append(node, key, key, first, 2);
    node = stream_node_append(node, key, (struct stream_id){10, 9}, second, 2);
    node = stream_node_append(node, key, (struct stream_id){11, 0}, third, 1);
    uint8_t *block = stream_listpack_write(node, key);
    size_t size = listpack_size(block);
    require(is_read(block, key) && is_read(block, (struct stream_id){7, 7}));
    for (size_t i = 0; i < size * 256; i++) {
        uint8_t *changed = listpack_copy(block);
        changed[i / 256] = (uint8_t)i;
        struct stream_node *read =
            listpack_verify(changed, size) ? stream_listpack_read(changed, key) : NULL;
        struct stream_entry entry;
        if (read != NULL) {
            size_t count = 0;
            for (bool has = stream_node_last(read, key, &entry); has;
                 has = stream_node_previous(read, key, &entry)) {
                struct stream_pairs pairs;
                struct bytes field;
                struct bytes value;
                stream_pairs_begin(&pairs, &entry);
                while (stream_pairs_next(&pairs, &field, &value)) {
                    require(field.length + value.length < size);
                }
                count += !entry.is_deleted;
            }
            require(count == stream_node_live(read));
            listpack_free(stream_listpack_write(read, key));
        }
        stream_node_free(read);
        listpack_free(changed);
    }
    listpack_free(block);
    stream_node_free(node);
}

Test(stream_listpack, entries_of_any_width_come_back) {
    enum { COUNT = 200, TEXT_SIZE = 24, LONG_MAX_SIZE = 5000 };
    static char text[LONG_MAX_SIZE];
    memset(text, 'x', sizeof text);
    const struct bytes fields[] = {BYTES("f"), BYTES("v"), BYTES("12345"), BYTES("")};
    struct stream_node *node = stream_node_create(0, fields, 2);
    for (uint64_t i = 0; i < COUNT; i++) {
        char number[TEXT_SIZE];
        int64_t power = (int64_t)((uint64_t)1 << i % 63);
        int length = snprintf(number, sizeof number, "%lld", (long long)(i % 2 ? power : -power));
        struct bytes words[] = {
            BYTES("f"), {number, (size_t)length}, BYTES("12345"), {text, i * i % LONG_MAX_SIZE}};
        words[2] = i % 5 == 0 ? BYTES("own") : words[2];
        struct stream_id id = {key.ms + i * i * i, i == 0 ? key.seq : (uint64_t)power};
        node = stream_node_append(node, key, id, words, 2);
        struct stream_entry entry;
        if (i % 7 == 1 && stream_node_last(node, key, &entry)) {
            stream_node_delete(node, &entry);
        }
        uint8_t *block = stream_listpack_write(node, key);
        require(listpack_verify(block, listpack_size(block)));
        require(listpack_size(block) == stream_node_published_size(node));
        struct stream_node *read = stream_listpack_read(block, key);
        uint8_t *again = stream_listpack_write(read, key);
        require(listpack_size(again) == listpack_size(block) &&
                memcmp(again, block, listpack_size(block)) == 0);
        listpack_free(again);
        listpack_free(block);
        stream_node_free(read);
    }
    stream_node_free(node);
}
