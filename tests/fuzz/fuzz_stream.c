/*
 * Streams with groups through RESTORE: whatever is accepted must be sound, bear every kind of work,
 * and come back the same when it is dumped and restored again. The first byte of the input chooses
 * among the three forms of streams; the last few choose the work.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/sds.h"
#include "persist/rdb_codec.h"
#include "persist/rdb_value.h"
#include "types/stream_type.h"
#include "types/value_ops.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VERSION = 12, FORM_COUNT = 3, WORK_SIZE = 8 };

static const uint8_t forms[FORM_COUNT] = {15, 19, 21};

static sds make_payload(const uint8_t *data, size_t size) {
    static const char version[] = {VERSION, 0};
    sds payload = sds_new((struct bytes){(const char *)&forms[data[0] % FORM_COUNT], 1});
    payload = sds_append(payload, (struct bytes){(const char *)data + 1, size - 1});
    payload = sds_append(payload, (struct bytes){version, sizeof version});
    uint64_t checksum = rdb_codec_checksum(0, sds_view(payload));
    return sds_append(payload, (struct bytes){(const char *)&checksum, sizeof checksum});
}

/* ---- What must hold ---- */

/* Entries are as many as the totals say, in order, and the same both ways. */
static uint64_t check_entries(const struct stream *stream) {
    struct stream_totals totals = stream_totals(stream);
    struct stream_walk walk;
    const struct stream_entry *entry;
    struct stream_id last = stream_id_min;
    uint64_t count = 0;
    uint64_t digest = 0;
    stream_walk_begin(&walk, stream, stream_id_min, stream_id_max, false);
    while ((entry = stream_walk_next(&walk)) != NULL) {
        struct stream_pairs pairs;
        struct bytes field;
        struct bytes value;
        ASSERT(count == 0 ? stream_id_compare(entry->id, totals.first_id) == 0
                          : stream_id_compare(entry->id, last) > 0);
        last = entry->id;
        count++;
        stream_pairs_begin(&pairs, entry);
        while (stream_pairs_next(&pairs, &field, &value)) {
            digest = digest * 31 + hash_bytes(field) + 7 * hash_bytes(value);
        }
        digest = digest * 31 + last.ms * 7 + last.seq;
    }
    ASSERT(count == totals.length);
    ASSERT(stream_id_compare(last, totals.last_id) <= 0);
    uint64_t back_count = 0;
    stream_walk_begin(&walk, stream, stream_id_min, stream_id_max, true);
    while ((entry = stream_walk_next(&walk)) != NULL) {
        ASSERT(back_count == 0 ? stream_id_compare(entry->id, last) == 0
                               : stream_id_compare(entry->id, last) < 0);
        last = entry->id;
        back_count++;
    }
    ASSERT(back_count == count);
    return digest;
}

/* Every pending entry is its consumer's, and each of a consumer is pending. */
static uint64_t check_group(const struct stream_group *group) {
    size_t owned = 0;
    uint64_t digest = hash_bytes(sds_view(group->name)) + group->last_delivered.ms * 3 +
                      group->last_delivered.seq + (uint64_t)group->entries_read;
    for (size_t i = 0; i < group->consumer_count; i++) {
        const struct stream_consumer *consumer = group->consumers[i];
        struct id_cursor at;
        owned += id_map_count(consumer->pending);
        digest = digest * 31 + hash_bytes(sds_view(consumer->name)) + (uint64_t)consumer->seen_ms;
        for (bool has = id_map_first(consumer->pending, &at); has;
             has = id_map_next(consumer->pending, &at)) {
            struct stream_id id = id_map_id(consumer->pending, &at);
            const struct stream_pending *pending = stream_group_pending(group, id);
            ASSERT(pending != NULL);
            ASSERT(pending->consumer == consumer);
            digest = digest * 31 + id.ms + id.seq * 3 + (uint64_t)pending->delivered_ms * 5 +
                     (uint64_t)pending->delivery_count;
        }
    }
    ASSERT(owned + group->nacked_count == id_map_count(group->pending));
    return digest;
}

static uint64_t check_stream(const struct stream *stream) {
    uint64_t digest = check_entries(stream);
    for (size_t i = 0; i < stream_group_count(stream); i++) {
        digest = digest * 31 + check_group(stream_group_at(stream, i));
    }
    struct stream_totals totals = stream_totals(stream);
    return digest * 31 + totals.last_id.ms + totals.last_id.seq * 3 + totals.entries_added * 5 +
           totals.max_deleted_id.ms * 7 + totals.max_deleted_id.seq;
}

/* ---- What is done with it ---- */

static void check_again(const struct value *value, uint64_t digest) {
    struct value again;
    sds kept;
    const char *problem = NULL;
    sds payload = rdb_dump(value, true);
    ASSERT(rdb_restore(sds_view(payload), &again, &kept, &problem) == RDB_RESTORE_DONE);
    ASSERT(check_stream(stream_of(&again)) == digest);
    value_ops_free(&again);
    sds_free(kept);
    sds_free(payload);
}

static void work_on_group(struct stream *stream, struct stream_group *group, const uint8_t *work) {
    struct id_cursor at;
    struct stream_walk walk;
    stream_walk_begin(&walk, stream, group->last_delivered, stream_id_max, false);
    const struct stream_entry *entry = stream_walk_next(&walk);
    struct stream_consumer *consumer = stream_group_find(group, BYTES("new"));
    consumer = consumer == NULL ? stream_group_add(group, BYTES("new"), 1) : consumer;
    if (entry != NULL) {
        stream_group_assign(group, entry->id, &(struct stream_pending){consumer, 5, 1});
    }
    if (id_map_first(group->pending, &at)) {
        struct stream_id id = id_map_id(group->pending, &at);
        stream_group_assign(group, id, &(struct stream_pending){NULL, 0, 2});
    }
    if (id_map_last(group->pending, &at) && work[0] % 2 == 0) {
        (void)stream_group_acknowledge(group, id_map_id(group->pending, &at));
    }
    if (work[1] % 2 == 0) {
        struct stream_group *rest = stream_group_create(BYTES("rest"), stream_id_min, 0);
        (void)stream_group_remove(group, group->consumers[work[1] % group->consumer_count], rest);
        stream_group_destroy(rest);
    }
    (void)check_group(group);
}

static void work_on(struct stream *stream, const uint8_t *work) {
    struct stream_totals totals = stream_totals(stream);
    struct stream_id id = totals.last_id;
    const struct bytes words[] = {BYTES("f"), {(const char *)work, WORK_SIZE}};
    for (int i = 0; i < work[0] % 4 && stream_id_increment(&id); i++) {
        stream_append(stream, id, words, 1);
    }
    (void)stream_delete(stream, totals.first_id, (enum stream_references)(work[1] % 3));
    (void)stream_delete(stream, (struct stream_id){work[2], work[3]}, STREAM_DELETE_REFERENCES);
    (void)check_entries(stream);
    (void)stream_trim(stream, &(struct stream_trim){
                                  .is_approximate = work[4] % 2 == 0,
                                  .count = work[5],
                                  .references = (enum stream_references)(work[4] % 3),
                              });
    (void)stream_trim(stream, &(struct stream_trim){.by_id = true, .min_id = {work[6], work[7]}});
    for (size_t i = 0; i < stream_group_count(stream); i++) {
        work_on_group(stream, stream_group_at(stream, i), work + i % 4);
        (void)stream_entries_up_to(stream, stream_group_at(stream, i)->last_delivered);
    }
}

static void ignore_piece(void *context, const struct value_piece *piece) {
    size_t *count = context;
    *count += 1 + piece->second.length;
}

static void check_value(struct value *value, const uint8_t *work) {
    enum { BUDGET = 64 };
    struct stream *stream = stream_of(value);
    size_t whole = 0;
    size_t in_slices = 0;
    uint64_t digest = check_stream(stream);
    check_again(value, digest);
    value_ops_pieces(value, ignore_piece, &whole);
    (void)value_ops_keep(value);
    (void)value_ops_walk_kept(value, BUDGET, ignore_piece, &in_slices);
    work_on(stream, work); /* while the walk over what it was goes on */
    while (value_ops_kept(value) != NULL &&
           !value_ops_walk_kept(value, BUDGET, ignore_piece, &in_slices)) {
    }
    ASSERT(in_slices == whole);
    check_again(value, check_stream(stream));
    ASSERT(value_ops_memory(value, 0) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 + WORK_SIZE) {
        return 0;
    }
    clock_set_fixed(0);
    sds payload = make_payload(data, size);
    struct value value;
    const char *problem = NULL;
    sds kept;
    switch (rdb_restore(sds_view(payload), &value, &kept, &problem)) {
    case RDB_RESTORE_DONE:
        check_value(&value, data + size - WORK_SIZE);
        value_ops_free(&value);
        break;
    case RDB_RESTORE_WRONG_FOOTER:
        UNREACHABLE();
    case RDB_RESTORE_DAMAGED:
        ASSERT(problem != NULL);
        break;
    }
    sds_free(kept);
    sds_free(payload);
    return 0;
}
