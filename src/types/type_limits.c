/*
 * Every value of a type asks for its thresholds on each change; handing them down through every
 * call would put them into each signature of each layer for numbers that are the process's own.
 */
#include "types/type_limits.h"

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
    current.shows_due_fields = shows_due_fields;
}

void type_limits_show_due_fields(bool shows) {
    current.shows_due_fields = shows;
}

const struct type_limits *type_limits(void) {
    return &current;
}
