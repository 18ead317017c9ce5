/*
 * Digests are sums, so that the order of keys and of members does not count.
 */
#include "unit/persist/rdb_dataset.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/worker.h"
#include "keyspace/snapshot.h"
#include "types/hash_type.h"
#include "types/list_type.h"
#include "types/set_type.h"
#include "types/stream_type.h"
#include "types/string_type.h"
#include "types/type_limits.h"
#include "types/value_ops.h"
#include "types/zset_type.h"

#include <sys/mman.h>
#include <unistd.h>

enum { BUDGET_US = 100, ELEMENT_MAX = 8 };

void dataset_init(void) {
    clock_init();
    clock_set_fixed((int64_t)DATASET_START_MS * CLOCK_US_PER_MS);
    type_limits_set(&(struct type_limits){
        .list_fill = 4,
        .hash_entries = 4,
        .hash_value_bytes = 64,
        .set_integers = 8,
        .set_entries = 4,
        .set_value_bytes = 64,
        .zset_entries = 4,
        .zset_value_bytes = 64,
    });
}

void dataset_put(struct keyspace *keyspace, size_t database, const char *name, struct value value,
                 int64_t deadline_ms) {
    struct bytes key = bytes_of_text(name);
    struct open_key open;
    (void)keyspace_open_write(keyspace_database(keyspace, database), key, hash_bytes(key), &open);
    keyspace_replace(&open, &value, deadline_ms);
}

struct bytes dataset_name(char buffer[DATASET_NAME_SIZE], const char *prefix, size_t number) {
    int length = snprintf(buffer, DATASET_NAME_SIZE, "%s%zu", prefix, number);
    return (struct bytes){buffer, (size_t)length};
}

static void add_strings(struct keyspace *keyspace, size_t long_size) {
    static const char *const texts[] = {"",    "hello", "0",          "-129",
                                        "127", "32768", "2147483648", "012"};
    char name[DATASET_NAME_SIZE];
    struct value value;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        (void)dataset_name(name, "string:", i);
        string_value_of(bytes_of_text(texts[i]), &value);
        dataset_put(keyspace, 0, name, value, i % 2 == 0 ? DEADLINE_NONE : DATASET_START_MS * 2);
    }
    sds text = sds_resize(sds_new(BYTES("abcabcabcabc")), long_size);
    string_value_of_sds(text, &value);
    dataset_put(keyspace, 0, "42", value, DEADLINE_NONE);
}

static void add_list(struct keyspace *keyspace, const char *key, size_t count, size_t size) {
    struct value value;
    char name[DATASET_NAME_SIZE];
    list_type_create(&value);
    for (size_t i = 0; i < count; i++) {
        sds text = sds_resize(sds_new(dataset_name(name, "element", i)), size);
        struct bytes element = i % 3 == 0 ? dataset_name(name, "", i) : sds_view(text);
        list_type_prepare(&value, &element, 1);
        list_type_push(&value, element, LIST_TAIL);
        sds_free(text);
    }
    dataset_put(keyspace, 1, key, value, DEADLINE_NONE);
}

static void add_sets(struct keyspace *keyspace, const char *key, const char *prefix, size_t count) {
    struct value set;
    struct value hash;
    struct value zset;
    char name[DATASET_NAME_SIZE];
    char whole[DATASET_NAME_SIZE];
    set_type_create_empty(&set);
    hash_type_create(&hash);
    zset_type_create(&zset);
    for (size_t i = 0; i < count; i++) {
        struct bytes member = dataset_name(name, prefix, i);
        (void)set_type_add(&set, member);
        (void)hash_type_set(&hash, member, member, false);
        (void)zset_type_set(&zset, member, (double)i / 4 - 1);
    }
    (void)snprintf(whole, sizeof whole, "set:%s", key);
    dataset_put(keyspace, 2, whole, set, DEADLINE_NONE);
    (void)snprintf(whole, sizeof whole, "hash:%s", key);
    dataset_put(keyspace, 2, whole, hash, DEADLINE_NONE);
    (void)snprintf(whole, sizeof whole, "zset:%s", key);
    dataset_put(keyspace, 3, whole, zset, DATASET_START_MS * 3);
}

static void add_stream(struct keyspace *keyspace, const char *key, size_t count) {
    struct value value;
    char name[DATASET_NAME_SIZE];
    stream_type_create(&value);
    struct stream *stream = stream_of(&value);
    struct stream_group *group =
        stream_group_create(BYTES("group"), (struct stream_id){count, 0}, 7);
    struct stream_consumer *consumer = stream_group_add(group, BYTES("consumer"), DATASET_START_MS);
    (void)stream_group_add(group, BYTES("idle"), DATASET_START_MS);
    stream_add_group(stream, group);
    for (size_t i = 0; i < count; i++) {
        const struct bytes words[] = {i % 5 == 0 ? BYTES("odd") : BYTES("even"),
                                      dataset_name(name, "value", i)};
        struct stream_pending pending = {consumer, DATASET_START_MS, (int64_t)i};
        stream_append(stream, (struct stream_id){i + 1, i % 3}, words, 1);
        stream_group_assign(group, (struct stream_id){i + 1, i % 3}, &pending);
    }
    (void)stream_delete(stream, (struct stream_id){1, 0}, STREAM_KEEP_REFERENCES);
    dataset_put(keyspace, 1, key, value, DEADLINE_NONE);
}

struct keyspace *dataset_create(size_t factor) {
    dataset_init();
    struct keyspace *keyspace = keyspace_create(DATASET_DATABASES);
    add_strings(keyspace, 300 * factor);
    add_list(keyspace, "short", 3, 8);
    add_list(keyspace, "long", 20 * factor, 50);
    add_stream(keyspace, "stream:none", 1);
    add_stream(keyspace, "stream:few", 5);
    add_stream(keyspace, "stream:many", 20 * factor);
    add_sets(keyspace, "integers", "", 5);
    add_sets(keyspace, "few", "member", 3);
    add_sets(keyspace, "many", "member", 9 * factor);
    return keyspace;
}

/* ---- Digests ---- */

struct value_digest {
    uint64_t sum;
    uint64_t ordered;
};

static void visit_element(void *context, struct bytes first, struct bytes second) {
    struct value_digest *digest = context;
    uint64_t hash = hash_bytes(first) * 3 + hash_bytes(second) * 7 + first.length;
    digest->sum += hash * hash;
    digest->ordered = (digest->ordered + hash) * 31;
}

/* What a stream has besides its entries. */
static uint64_t digest_groups(const struct stream *stream) {
    struct stream_totals totals = stream_totals(stream);
    uint64_t sum = totals.last_id.ms * 3 + totals.entries_added * 5 + totals.max_deleted_id.ms * 7 +
                   totals.first_id.ms * 11;
    for (size_t i = 0; i < stream_group_count(stream); i++) {
        const struct stream_group *group = stream_group_at(stream, i);
        sum = sum * 31 + hash_bytes(sds_view(group->name)) + group->last_delivered.ms +
              (uint64_t)group->entries_read + group->consumer_count;
        struct id_cursor at;
        bool has = id_map_first(group->pending, &at);
        for (; has; has = id_map_next(group->pending, &at)) {
            const struct stream_pending *pending = id_map_value(group->pending, &at);
            sum = sum * 31 + id_map_id(group->pending, &at).ms +
                  (pending->consumer == NULL ? 0 : hash_bytes(sds_view(pending->consumer->name))) +
                  (uint64_t)pending->delivered_ms * 3 + (uint64_t)pending->delivery_count;
        }
    }
    return sum;
}

static void visit_key(void *context, const struct open_key *key) {
    uint64_t *sum = context;
    struct value_digest digest = {0, 0};
    value_ops_walk(&key->value, visit_element, &digest);
    uint64_t hash = hash_bytes(key->name) + (uint64_t)key->deadline_ms * 17 + key->value.type +
                    (uint64_t)database_index(key->database) * 101;
    bool is_ordered = key->value.type == VALUE_LIST || key->value.type == VALUE_STREAM;
    hash += (is_ordered ? digest.ordered : digest.sum) * 13;
    hash += key->value.type == VALUE_STREAM ? digest_groups(stream_of(&key->value)) : 0;
    *sum += hash * hash;
}

uint64_t dataset_digest(struct keyspace *keyspace) {
    uint64_t sum = 0;
    for (size_t i = 0; i < DATASET_DATABASES; i++) {
        uint64_t cursor = 0;
        do {
            cursor = keyspace_scan(keyspace_database(keyspace, i), cursor, visit_key, &sum);
        } while (cursor != 0);
    }
    return sum;
}

/* ---- Files ---- */

static int make_file(struct bytes bytes) {
    int fd = memfd_create("rdb", 0);
    require(fd >= 0);
    require(bytes.length == 0 || write(fd, bytes.data, bytes.length) == (ssize_t)bytes.length);
    require(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static sds read_file(int fd) {
    off_t size = lseek(fd, 0, SEEK_END);
    sds bytes = sds_uninitialized((size_t)size);
    require(pread(fd, bytes, (size_t)size, 0) == (ssize_t)size);
    return bytes;
}

sds dataset_save(struct keyspace *keyspace, const struct rdb_writer_options *options,
                 void (*between)(struct keyspace *keyspace)) {
    int fd = make_file((struct bytes){NULL, 0});
    struct worker *worker = worker_create("test");
    struct rdb_writer *writer =
        rdb_writer_create(fd, options, worker, (struct background_wake){NULL, NULL});
    struct snapshot_sink sink = rdb_writer_sink(writer);
    struct snapshot *snapshot = snapshot_begin(keyspace, &sink, ELEMENT_MAX);
    rdb_writer_set_snapshot(writer, snapshot);
    enum snapshot_status status;
    do {
        status = snapshot_run(snapshot, BUDGET_US);
        require(rdb_writer_poll(writer) == 0);
        if (between != NULL) {
            between(keyspace);
        }
    } while (status != SNAPSHOT_DONE);
    snapshot_destroy(snapshot);
    rdb_writer_finish(writer);
    while (rdb_writer_is_busy(writer)) {
        worker_drain(worker);
        require(rdb_writer_poll(writer) == 0);
    }
    rdb_writer_destroy(writer);
    worker_destroy(worker);
    sds bytes = read_file(fd);
    (void)close(fd);
    return bytes;
}

struct rdb_load_progress dataset_load(struct keyspace *keyspace, struct bytes bytes,
                                      struct rdb_load_options options, sds *message) {
    int fd = make_file(bytes);
    struct rdb_loader *loader = rdb_loader_create(keyspace, fd, bytes.length, options);
    enum rdb_load_status status;
    do {
        status = rdb_loader_step(loader, 0);
    } while (status == RDB_LOAD_RUNNING);
    *message = status == RDB_LOAD_DONE ? NULL : sds_new(bytes_of_text(rdb_loader_message(loader)));
    struct rdb_load_progress progress = rdb_loader_progress(loader);
    rdb_loader_destroy(loader);
    (void)close(fd);
    return progress;
}
