/*
 *   records (id_map): id of the entry ──► record ◄── lookup (table): by producer and message
 *   producers (table): name ──► ids of its records, the oldest first
 *
 * Records never change, so maps and their clones share them and count who does. Ids grow with
 * time, so the first record is the oldest one.
 */
#include "types/stream_producers.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "structs/table.h"
#include "types/type_limits.h"

#include <string.h>

enum {
    RECORDS_CHUNK = 128,
    IDS_CHUNK = 64,
    DROPS_MAX = 64, /* old records that a new one pushes out, at most */
};

struct record {
    uint32_t user_count; /* maps that have it */
    uint32_t producer_size;
    uint64_t hash;
    int64_t sent_ms;
    struct stream_id id;
    size_t name_size;
    char bytes[]; /* the producer, then the name */
};

struct producer {
    sds name;
    struct id_map *ids;
};

struct stream_producers {
    struct stream_producer_limits limits;
    struct id_map *records; /* struct record * */
    struct table *lookup;   /* NULL in a clone */
    struct table *producers;
    uint64_t added;
    uint64_t repeats;
};

/* ---- Records ---- */

static void use_record(void *value) {
    struct record *const *record = value;
    (*record)->user_count++;
}

static void release_record(void *value) {
    struct record *const *place = value;
    struct record *record = *place;
    if (--record->user_count == 0) {
        alloc_free(record);
    }
}

static size_t record_size(const void *value) {
    struct record *const *record = value;
    return alloc_usable_size(*record);
}

static const struct id_map_type records_type = {
    .value_size = sizeof(struct record *),
    .chunk_max = RECORDS_CHUNK,
    .copy = use_record,
    .free = release_record,
    .size = record_size,
};

static const struct id_map_type ids_type = {.chunk_max = IDS_CHUNK};

static struct stream_message message_of(const struct record *record) {
    return (struct stream_message){
        .producer = {record->bytes, record->producer_size},
        .name = {record->bytes + record->producer_size, record->name_size},
    };
}

struct message_hash {
    uint64_t producer; /* of its name alone */
    uint64_t message;
};

static struct message_hash hash_message(const struct stream_message *message) {
    /* Not a sum: names may be swapped. */
    enum { FACTOR = 31 };
    uint64_t producer = hash_bytes(message->producer);
    return (struct message_hash){producer, producer * FACTOR + hash_bytes(message->name)};
}

static uint64_t record_hash(const void *item) {
    const struct record *record = item;
    return record->hash;
}

static bool record_matches(const void *item, const void *key) {
    const struct stream_message *wanted = key;
    struct stream_message message = message_of(item);
    return bytes_equal(message.producer, wanted->producer) &&
           bytes_equal(message.name, wanted->name);
}

static const struct table_type lookup_type = {record_hash, record_matches};

static uint64_t producer_hash(const void *item) {
    const struct producer *producer = item;
    return hash_bytes(sds_view(producer->name));
}

static bool producer_matches(const void *item, const void *key) {
    const struct producer *producer = item;
    const struct bytes *name = key;
    return bytes_equal(sds_view(producer->name), *name);
}

static const struct table_type producers_type = {producer_hash, producer_matches};

static struct record *record_at(const struct stream_producers *producers,
                                const struct id_cursor *at) {
    struct record *const *record = id_map_value(producers->records, at);
    return *record;
}

static struct producer *find_producer(const struct stream_producers *producers, struct bytes name,
                                      uint64_t hash) {
    return table_find(producers->producers, hash, &name);
}

/* ---- All of them ---- */

struct stream_producers *stream_producers_create(void) {
    struct stream_producers *producers = alloc_zeroed(sizeof *producers);
    producers->records = id_map_create(&records_type);
    producers->lookup = table_create(&lookup_type);
    producers->producers = table_create(&producers_type);
    return producers;
}

static void destroy_producer(void *context, void *item) {
    (void)context;
    struct producer *producer = item;
    sds_free(producer->name);
    id_map_destroy(producer->ids);
    alloc_free(producer);
}

static void destroy_content(struct stream_producers *producers) {
    if (producers->producers != NULL) {
        uint64_t cursor = 0;
        table_pause_resize(producers->producers);
        do {
            cursor = table_scan(producers->producers, cursor, destroy_producer, NULL);
        } while (cursor != 0);
    }
    table_destroy(producers->producers);
    table_destroy(producers->lookup);
    id_map_destroy(producers->records);
}

void stream_producers_destroy(struct stream_producers *producers) {
    if (producers != NULL) {
        destroy_content(producers);
        alloc_free(producers);
    }
}

struct stream_producers *stream_producers_clone(struct stream_producers *producers) {
    struct stream_producers *clone = alloc_zeroed(sizeof *clone);
    clone->limits = producers->limits;
    clone->records = id_map_clone(producers->records);
    return clone;
}

void stream_producers_configure(struct stream_producers *producers,
                                const struct stream_producer_limits *limits) {
    struct stream_producers *fresh = stream_producers_create();
    destroy_content(producers);
    producers->records = fresh->records;
    producers->lookup = fresh->lookup;
    producers->producers = fresh->producers;
    producers->limits = *limits;
    alloc_free(fresh);
}

struct stream_producer_limits stream_producers_limits(const struct stream_producers *producers) {
    return producers->limits;
}

struct stream_producer_limits stream_producers_in_force(const struct stream_producers *producers) {
    struct stream_producer_limits limits = producers->limits;
    limits.seconds = limits.seconds == 0 ? type_limits()->stream_producer_seconds : limits.seconds;
    limits.record_count =
        limits.record_count == 0 ? type_limits()->stream_producer_records : limits.record_count;
    return limits;
}

/* ---- Messages ---- */

static bool is_old(const struct stream_producers *producers, int64_t sent_ms, int64_t now_ms) {
    int64_t kept_ms = stream_producers_in_force(producers).seconds * CLOCK_MS_PER_SECOND;
    return now_ms - sent_ms > kept_ms;
}

bool stream_producers_find(struct stream_producers *producers, const struct stream_message *message,
                           int64_t now_ms, struct stream_id *id) {
    const struct record *record =
        table_find(producers->lookup, hash_message(message).message, message);
    if (record == NULL || is_old(producers, record->sent_ms, now_ms)) {
        return false;
    }
    *id = record->id;
    producers->repeats++;
    return true;
}

/* Forgets a record, and its producer when it was the last one of it. */
static void drop(struct stream_producers *producers, const struct record *record) {
    struct bytes name = message_of(record).producer;
    uint64_t name_hash = hash_bytes(name);
    struct producer *producer = find_producer(producers, name, name_hash);
    ASSERT(producer != NULL);
    struct id_cursor at;
    bool is_there = id_map_find(producer->ids, record->id, &at);
    ASSERT(is_there);
    (void)id_map_remove(producer->ids, &at);
    if (id_map_count(producer->ids) == 0) {
        table_remove_item(producers->producers, name_hash, producer);
        destroy_producer(NULL, producer);
    }
    table_remove_item(producers->lookup, record->hash, record);
    is_there = id_map_find(producers->records, record->id, &at);
    ASSERT(is_there);
    (void)id_map_remove(producers->records, &at);
}

static void drop_old(struct stream_producers *producers, int64_t now_ms) {
    struct id_cursor at;
    for (size_t i = 0; i < DROPS_MAX && id_map_first(producers->records, &at); i++) {
        const struct record *record = record_at(producers, &at);
        if (!is_old(producers, record->sent_ms, now_ms)) {
            return;
        }
        drop(producers, record);
    }
}

/*
 * Finds a producer and forgets its oldest records until there is room for one more. NULL when it
 * has none, or has none left.
 */
static struct producer *make_room(struct stream_producers *producers, struct bytes name,
                                  uint64_t hash) {
    size_t most = (size_t)stream_producers_in_force(producers).record_count;
    struct producer *producer = find_producer(producers, name, hash);
    for (size_t i = 0; i < DROPS_MAX && producer != NULL && id_map_count(producer->ids) >= most;
         i++) {
        struct id_cursor first;
        struct id_cursor at;
        bool is_there = id_map_first(producer->ids, &first) &&
                        id_map_find(producers->records, id_map_id(producer->ids, &first), &at);
        ASSERT(is_there);
        bool is_last = id_map_count(producer->ids) == 1;
        drop(producers, record_at(producers, &at));
        producer = is_last ? NULL : producer;
    }
    return producer;
}

static struct record *new_record(const struct stream_record *source, uint64_t hash,
                                 int64_t sent_ms) {
    struct bytes producer = source->message.producer;
    struct bytes name = source->message.name;
    struct record *record = alloc_new(sizeof *record + producer.length + name.length);
    *record = (struct record){
        .user_count = 1,
        .producer_size = (uint32_t)producer.length,
        .hash = hash,
        .sent_ms = sent_ms,
        .id = source->id,
        .name_size = name.length,
    };
    if (producer.length > 0) {
        memcpy(record->bytes, producer.data, producer.length);
    }
    if (name.length > 0) {
        memcpy(record->bytes + producer.length, name.data, name.length);
    }
    return record;
}

void stream_producers_add(struct stream_producers *producers, const struct stream_record *record,
                          int64_t sent_ms, int64_t now_ms) {
    struct id_cursor at;
    struct bytes name = record->message.producer;
    struct message_hash hash = hash_message(&record->message);
    drop_old(producers, now_ms);
    const struct record *same = table_find(producers->lookup, hash.message, &record->message);
    if (same != NULL) {
        drop(producers, same);
    }
    if (id_map_find(producers->records, record->id, &at)) {
        drop(producers, record_at(producers, &at));
    }
    struct producer *producer = make_room(producers, name, hash.producer);
    if (producer == NULL) {
        producer = alloc_new(sizeof *producer);
        *producer = (struct producer){sds_new(name), id_map_create(&ids_type)};
        table_insert(producers->producers, hash.producer, producer);
    }
    (void)id_map_insert(producer->ids, record->id);
    struct record *made = new_record(record, hash.message, sent_ms);
    table_insert(producers->lookup, made->hash, made);
    struct record **place = id_map_insert(producers->records, record->id);
    *place = made;
    producers->added++;
}

void stream_producers_restore(struct stream_producers *producers,
                              const struct stream_record *record, int64_t now_ms) {
    int64_t sent_ms = record->id.ms < (uint64_t)now_ms ? (int64_t)record->id.ms : now_ms;
    if (!is_old(producers, sent_ms, now_ms)) {
        stream_producers_add(producers, record, sent_ms, now_ms);
    }
}

/* ---- Figures ---- */

struct stream_producer_figures stream_producers_figures(const struct stream_producers *producers) {
    return (struct stream_producer_figures){
        .producer_count = producers->producers == NULL ? 0 : table_count(producers->producers),
        .record_count = id_map_count(producers->records),
        .added = producers->added,
        .repeats = producers->repeats,
    };
}

static void add_producer_memory(void *context, void *item) {
    const struct producer *producer = item;
    size_t *size = context;
    *size += alloc_size_class(sizeof *producer) + sds_memory(producer->name) +
             id_map_memory(producer->ids, 0);
}

size_t stream_producers_memory(const struct stream_producers *producers) {
    size_t size = alloc_size_class(sizeof *producers) + id_map_memory(producers->records, 0);
    if (producers->producers != NULL) {
        size += table_memory(producers->lookup) + table_memory(producers->producers);
        uint64_t cursor = 0;
        do {
            cursor = table_scan(producers->producers, cursor, add_producer_memory, &size);
        } while (cursor != 0);
    }
    return size;
}

size_t stream_producers_free_effort(const struct stream_producers *producers) {
    size_t count = producers->producers == NULL ? 0 : table_count(producers->producers);
    return 2 + 2 * count + id_map_count(producers->records);
}

/* ---- Walking ---- */

bool stream_producers_first(const struct stream_producers *producers, struct id_cursor *at) {
    return id_map_first(producers->records, at);
}

bool stream_producers_next(const struct stream_producers *producers, struct id_cursor *at) {
    return id_map_next(producers->records, at);
}

struct stream_record stream_producers_at(const struct stream_producers *producers,
                                         const struct id_cursor *at) {
    const struct record *record = record_at(producers, at);
    return (struct stream_record){message_of(record), record->id};
}
