/*
 * type_limits: the thresholds at which types change their encoding, as configured.
 */
#ifndef LATCHKEY_TYPES_TYPE_LIMITS_H
#define LATCHKEY_TYPES_TYPE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest that stays compact. Entries are elements, or pairs of a hash or sorted set. */
struct type_limits {
    int64_t list_fill; /* elements of a node if positive, else -1 … -5 for 4 … 64 KiB */
    size_t hash_entries;
    size_t hash_value_bytes; /* of a field's name or its value */
    size_t set_integers;
    size_t set_entries;
    size_t set_value_bytes;
    size_t zset_entries;
    size_t zset_value_bytes;
    size_t hyperloglog_bytes;        /* of a sparse one, its header included */
    size_t stream_node_bytes;        /* 0: no limit */
    size_t stream_node_entries;      /* 0: no limit */
    int64_t stream_producer_seconds; /* for which a stream knows what a producer has sent */
    int64_t stream_producer_records; /* of one producer */
    size_t block_bytes;    /* of what stays compact in all; 0: as much as files may hold, 1 GiB */
    bool shows_due_fields; /* while effects are replayed: fields live until the log removes them */
};

/* Sets all thresholds; copied. Values that exist change with their next write. */
void type_limits_set(const struct type_limits *limits);

/* Whether due fields of hashes are seen; type_limits_set leaves it alone. */
void type_limits_show_due_fields(bool shows);

/*
 * True when a compact block of so many bytes may get `count` elements more, of so many bytes
 * together: block_bytes holds whatever the other thresholds allow.
 */
bool type_limits_have_room(size_t block_size, size_t count, size_t added_bytes);

/* The thresholds that hold now. */
const struct type_limits *type_limits(void);

#endif
