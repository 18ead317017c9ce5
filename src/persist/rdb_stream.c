/*
 * Streams: nodes as they stand in memory, then totals, groups, pending entries and consumers.
 * Written in the form that servers of version 7.0 read; all three forms are read. What is known of
 * producers has no place in it: in files it follows in auxiliary fields.
 *
 *   a record: ms (8) | seq (8) | bytes of the producer (4) | producer | message, numbers in LE
 */
#include "base/alloc.h"
#include "persist/rdb_internal.h"
#include "structs/listpack.h"
#include "types/stream_listpack.h"
#include "types/stream_type.h"
#include "types/value_ops.h"

#include <assert.h>
#include <endian.h>
#include <stddef.h>
#include <string.h>

static const char node_problem[] = "a stream's node is damaged or out of order";
static const char totals_problem[] = "a stream's counters do not fit its entries";
static const char group_problem[] = "a stream has a group or a consumer twice";
static const char pending_problem[] = "a stream's pending entries are damaged";

struct record_head {
    uint64_t ms;
    uint64_t seq;
    uint32_t producer_size;
};
enum { RECORD_HEAD_SIZE = 20 };
static_assert(offsetof(struct record_head, producer_size) + sizeof(uint32_t) == RECORD_HEAD_SIZE,
              "the head of a record has no gaps");

/* ---- Writing ---- */

static void put_id(struct rdb_block *block, struct stream_id id) {
    rdb_put_length(block, id.ms);
    rdb_put_length(block, id.seq);
}

static void put_raw_id(struct rdb_block *block, const struct value_piece *piece) {
    struct stream_id id;
    uint8_t bytes[STREAM_ID_SIZE];
    memcpy(&id, piece->first.data, sizeof id);
    stream_id_encode(bytes, id);
    rdb_put_bytes(block, (struct bytes){(const char *)bytes, sizeof bytes});
}

static void put_totals(struct rdb_block *block, const struct value_piece *piece) {
    const struct stream_totals *totals = piece->object;
    rdb_put_length(block, totals->length);
    put_id(block, totals->last_id);
    put_id(block, totals->first_id);
    put_id(block, totals->max_deleted_id);
    rdb_put_length(block, totals->entries_added);
    rdb_put_length(block, piece->total);
}

static void put_group(struct rdb_block *block, const struct value_piece *piece) {
    const struct stream_group *group = piece->object;
    rdb_put_string(block, piece->first);
    put_id(block, group->last_delivered);
    rdb_put_length(block, (uint64_t)group->entries_read);
    rdb_put_length(block, piece->total);
}

static void put_pending(struct rdb_block *block, const struct value_piece *piece) {
    const struct stream_pending *pending = piece->object;
    put_raw_id(block, piece);
    rdb_put_le64(block, (uint64_t)pending->delivered_ms);
    rdb_put_length(block, (uint64_t)pending->delivery_count);
}

static void put_consumer(struct rdb_block *block, const struct value_piece *piece) {
    const struct stream_consumer *consumer = piece->object;
    rdb_put_string(block, piece->first);
    rdb_put_le64(block, (uint64_t)consumer->seen_ms);
    rdb_put_length(block, piece->total);
}

static void put_node(struct rdb_block *block, const struct value_piece *piece) {
    struct stream_id key = stream_id_decode((const uint8_t *)piece->first.data);
    uint8_t *listpack = stream_listpack_write(piece->object, key);
    rdb_put_string(block, piece->first);
    rdb_put_string(block, (struct bytes){(const char *)listpack, listpack_size(listpack)});
    listpack_free(listpack);
}

static void put_limits(struct rdb_block *block, const struct stream_producer_limits *limits) {
    sds text = sds_append_format(sds_new(BYTES("")), "%lld %lld", (long long)limits->seconds,
                                 (long long)limits->record_count);
    rdb_put_byte(block, RDB_OPCODE_AUX);
    rdb_put_string(block, BYTES(RDB_AUX_STREAM_LIMITS));
    rdb_put_string(block, sds_view(text));
    sds_free(text);
}

static void put_record(struct rdb_block *block, const struct value_piece *piece) {
    const struct stream_id *id = piece->object;
    struct record_head head = {
        .ms = htole64(id->ms),
        .seq = htole64(id->seq),
        .producer_size = htole32((uint32_t)piece->first.length),
    };
    sds bytes = sds_new((struct bytes){(const char *)&head, RECORD_HEAD_SIZE});
    bytes = sds_append(sds_append(bytes, piece->first), piece->second);
    rdb_put_byte(block, RDB_OPCODE_AUX);
    rdb_put_string(block, BYTES(RDB_AUX_STREAM_RECORD));
    rdb_put_string(block, sds_view(bytes));
    sds_free(bytes);
}

void rdb_put_stream_piece(struct rdb_block *block, const struct value_piece *piece) {
    switch ((int)piece->kind) {
    case PIECE_STREAM_NODE:
        put_node(block, piece);
        return;
    case PIECE_STREAM_TOTALS:
        put_totals(block, piece);
        return;
    case PIECE_STREAM_GROUP:
        put_group(block, piece);
        return;
    case PIECE_STREAM_PENDING:
        put_pending(block, piece);
        return;
    case PIECE_STREAM_CONSUMERS:
        rdb_put_length(block, piece->total);
        return;
    case PIECE_STREAM_CONSUMER:
        put_consumer(block, piece);
        return;
    case PIECE_STREAM_OWN:
        put_raw_id(block, piece);
        return;
    case PIECE_STREAM_LIMITS:
        if (block->has_notes) {
            put_limits(block, piece->object);
        }
        return;
    case PIECE_STREAM_RECORD:
        if (block->has_notes) {
            put_record(block, piece);
        }
        return;
    default:
        UNREACHABLE();
    }
}

/* ---- Reading ---- */

static bool get_id(struct rdb_reader *reader, struct stream_id *id) {
    return rdb_get_length(reader, &id->ms) && rdb_get_length(reader, &id->seq);
}

static bool get_raw_id(struct rdb_reader *reader, struct stream_id *id) {
    struct bytes bytes;
    if (!rdb_get_bytes(reader, STREAM_ID_SIZE, &bytes)) {
        return false;
    }
    *id = stream_id_decode((const uint8_t *)bytes.data);
    return true;
}

static bool get_nodes(struct rdb_reader *reader, struct stream *stream) {
    size_t count;
    if (!rdb_get_count(reader, STREAM_ID_SIZE, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct bytes key_bytes;
        if (!rdb_get_string(reader, &key_bytes)) {
            return false;
        }
        if (key_bytes.length != STREAM_ID_SIZE) {
            return rdb_fail(reader, node_problem);
        }
        struct stream_id key = stream_id_decode((const uint8_t *)key_bytes.data);
        uint8_t *block;
        if (!rdb_get_listpack(reader, &block)) {
            return false;
        }
        if (listpack_first(block) == NULL) {
            listpack_free(block);
            return rdb_fail(reader, node_problem);
        }
        bool is_sound = stream_add_node(stream, key, block);
        listpack_free(block);
        if (!is_sound) {
            return rdb_fail(reader, node_problem);
        }
    }
    stream_finish_nodes(stream);
    return true;
}

/* The highest id that an entry of a stream has, deleted ones too. */
static struct stream_id highest_id(const struct stream *stream) {
    struct stream_walk walk;
    stream_walk_begin(&walk, stream, stream_id_min, stream_id_max, true);
    return walk.is_over ? stream_id_min : walk.entry.id;
}

static bool get_totals(struct rdb_reader *reader, unsigned type, struct stream *stream) {
    struct stream_totals totals = {0};
    struct stream_totals found = stream_totals(stream);
    if (!rdb_get_length(reader, &totals.length) || !get_id(reader, &totals.last_id)) {
        return false;
    }
    totals.entries_added = totals.length;
    if (type != RDB_TYPE_STREAM &&
        (!get_id(reader, &totals.first_id) || !get_id(reader, &totals.max_deleted_id) ||
         !rdb_get_length(reader, &totals.entries_added))) {
        return false;
    }
    if (totals.length != found.length || totals.entries_added < totals.length ||
        totals.entries_added > INT64_MAX ||
        stream_id_compare(totals.last_id, highest_id(stream)) < 0) {
        return rdb_fail(reader, totals_problem);
    }
    stream_set_totals(stream, &totals);
    return true;
}

/* A time: no server writes one below the lowest, and ages of such times could not be computed. */
static bool get_time(struct rdb_reader *reader, int64_t lowest_ms, int64_t *time_ms) {
    uint64_t bits;
    if (!rdb_get_le64(reader, &bits)) {
        return false;
    }
    *time_ms = (int64_t)bits < lowest_ms ? lowest_ms : (int64_t)bits;
    return true;
}

static bool get_pending(struct rdb_reader *reader, struct stream_group *group) {
    enum { PENDING_SIZE_MIN = STREAM_ID_SIZE + 9 };
    size_t count;
    if (!rdb_get_count(reader, PENDING_SIZE_MIN, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct stream_id id;
        int64_t delivered_ms;
        uint64_t delivery_count;
        if (!get_raw_id(reader, &id) || !get_time(reader, 0, &delivered_ms) ||
            !rdb_get_length(reader, &delivery_count)) {
            return false;
        }
        if (stream_group_pending(group, id) != NULL || delivery_count > INT64_MAX) {
            return rdb_fail(reader, pending_problem);
        }
        stream_group_assign(group, id,
                            &(struct stream_pending){
                                .delivered_ms = delivered_ms,
                                .delivery_count = (int64_t)delivery_count,
                            });
    }
    return true;
}

static bool get_own(struct rdb_reader *reader, struct stream_group *group,
                    struct stream_consumer *consumer) {
    size_t count;
    if (!rdb_get_count(reader, STREAM_ID_SIZE, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct stream_id id;
        if (!get_raw_id(reader, &id)) {
            return false;
        }
        const struct stream_pending *found = stream_group_pending(group, id);
        if (found == NULL || found->consumer != NULL) {
            return rdb_fail(reader, pending_problem);
        }
        if (sds_length(consumer->name) == 0 && found->delivered_ms == 0) {
            continue; /* Nobody has it: it was given back. */
        }
        struct stream_pending pending = *found;
        pending.consumer = consumer;
        stream_group_assign(group, id, &pending);
    }
    return true;
}

static bool get_consumer(struct rdb_reader *reader, unsigned type, struct stream_group *group) {
    struct bytes name;
    int64_t seen_ms;
    if (!rdb_get_string(reader, &name)) {
        return false;
    }
    if (stream_group_find(group, name) != NULL) {
        return rdb_fail(reader, group_problem);
    }
    struct stream_consumer *consumer = stream_group_add(group, name, 0);
    if (!get_time(reader, 0, &seen_ms)) {
        return false;
    }
    int64_t active_ms = seen_ms;
    if (type == RDB_TYPE_STREAM_3 && !get_time(reader, STREAM_NEVER_ACTIVE, &active_ms)) {
        return false;
    }
    consumer->seen_ms = seen_ms;
    consumer->active_ms = active_ms;
    if (!get_own(reader, group, consumer)) {
        return false;
    }
    bool is_made = name.length == 0 && seen_ms == 0 && id_map_count(consumer->pending) == 0;
    if (is_made) {
        struct stream_group *rest = stream_group_create(name, stream_id_min, 0);
        (void)stream_group_remove(group, consumer, rest);
        stream_group_destroy(rest);
    }
    return true;
}

/* What no consumer has was given back, and then has no time. */
static void settle_unowned(struct stream_group *group) {
    struct id_cursor at;
    bool has = group->nacked_count > 0 && id_map_first(group->pending, &at);
    for (; has; has = id_map_next(group->pending, &at)) {
        struct stream_pending pending =
            *(const struct stream_pending *)id_map_value(group->pending, &at);
        if (pending.consumer == NULL && pending.delivered_ms != 0) {
            pending.delivered_ms = 0;
            stream_group_assign(group, id_map_id(group->pending, &at), &pending);
        }
    }
}

static bool get_group(struct rdb_reader *reader, unsigned type, struct stream *stream) {
    struct bytes name;
    if (!rdb_get_string(reader, &name)) {
        return false;
    }
    if (stream_find_group(stream, name) != NULL) {
        return rdb_fail(reader, group_problem);
    }
    struct stream_group *group =
        stream_group_create(name, stream_id_min, STREAM_ENTRIES_READ_UNKNOWN);
    stream_add_group(stream, group);
    uint64_t entries_read = 0;
    size_t count;
    if (!get_id(reader, &group->last_delivered) ||
        (type != RDB_TYPE_STREAM && !rdb_get_length(reader, &entries_read))) {
        return false;
    }
    if (type == RDB_TYPE_STREAM) {
        group->entries_read = stream_entries_up_to(stream, group->last_delivered);
    } else if (entries_read <= INT64_MAX) {
        group->entries_read = (int64_t)entries_read; /* Above, among it -1, it stays unknown. */
    }
    if (!get_pending(reader, group) || !rdb_get_count(reader, 1, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!get_consumer(reader, type, group)) {
            return false;
        }
    }
    settle_unowned(group);
    return true;
}

static bool get_stream(struct rdb_reader *reader, unsigned type, struct stream *stream) {
    size_t count;
    if (!get_nodes(reader, stream) || !get_totals(reader, type, stream) ||
        !rdb_get_count(reader, 1, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!get_group(reader, type, stream)) {
            return false;
        }
    }
    return true;
}

bool rdb_get_stream(struct rdb_reader *reader, unsigned type, struct value *value) {
    stream_type_create(value);
    if (!get_stream(reader, type, stream_of(value))) {
        value_ops_free(value);
        return false;
    }
    return true;
}

/* ---- Producers ---- */

void rdb_take_stream_limits(struct value *value, struct bytes text) {
    const char *blank = text.length == 0 ? NULL : memchr(text.data, ' ', text.length);
    struct stream_producer_limits limits;
    if (blank == NULL) {
        return;
    }
    size_t head = (size_t)(blank - text.data);
    struct bytes tail = {blank + 1, text.length - head - 1};
    if (text_parse_int64((struct bytes){text.data, head}, &limits.seconds) &&
        text_parse_int64(tail, &limits.record_count) && limits.seconds >= 0 &&
        limits.seconds <= STREAM_PRODUCER_SECONDS_MAX && limits.record_count >= 0 &&
        limits.record_count <= STREAM_PRODUCER_RECORDS_MAX) {
        stream_producers_configure(stream_make_producers(stream_of(value)), &limits);
    }
}

void rdb_take_stream_record(struct value *value, struct bytes bytes, int64_t now_ms) {
    struct stream *stream = stream_of(value);
    struct record_head head;
    if (bytes.length < RECORD_HEAD_SIZE) {
        return;
    }
    memcpy(&head, bytes.data, RECORD_HEAD_SIZE);
    size_t producer_size = le32toh(head.producer_size);
    size_t rest = bytes.length - RECORD_HEAD_SIZE;
    struct stream_id id = {le64toh(head.ms), le64toh(head.seq)};
    if (producer_size > rest || stream_id_compare(id, stream_totals(stream).last_id) > 0) {
        return;
    }
    const char *producer = bytes.data + RECORD_HEAD_SIZE;
    struct stream_record record = {
        .message = {{producer, producer_size}, {producer + producer_size, rest - producer_size}},
        .id = id,
    };
    stream_producers_restore(stream_make_producers(stream), &record, now_ms);
}
