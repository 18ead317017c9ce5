/*
 * Every value of a type asks for its thresholds on each change; handing them down through every
 * call would put them into each signature of each layer for numbers that are the process's own.
 */
#include "types/type_limits.h"

#include "structs/listpack.h"

enum {
    ELEMENT_HEAD_SIZE = 10, /* what a listpack adds to an element's own bytes, at most */
    INTEGERS_MAX = 1 << 27, /* of an intset, which has 1 GiB then */
};

static struct type_limits current = {
    .list_fill = -2,
    .hash_entries = 512,
    .hash_value_bytes = 64,
    .set_integers = 512,
    .set_entries = 128,
    .set_value_bytes = 64,
    .zset_entries = 128,
    .zset_value_bytes = 64,
    .hyperloglog_bytes = 3000,
    .stream_node_bytes = 4096,
    .stream_node_entries = 100,
    .stream_producer_seconds = 100,
    .stream_producer_records = 100,
};

void type_limits_set(const struct type_limits *limits) {
    bool shows_due_fields = current.shows_due_fields;
    current = *limits;
    if (current.set_integers > INTEGERS_MAX) {
        current.set_integers = INTEGERS_MAX;
    }
    current.shows_due_fields = shows_due_fields;
}

void type_limits_show_due_fields(bool shows) {
    current.shows_due_fields = shows;
}

bool type_limits_have_room(size_t block_size, size_t count, size_t added_bytes) {
    size_t bytes_max = current.block_bytes == 0 ? LISTPACK_SIZE_MAX : current.block_bytes;
    return block_size + count * ELEMENT_HEAD_SIZE + added_bytes <= bytes_max;
}

const struct type_limits *type_limits(void) {
    return &current;
}
