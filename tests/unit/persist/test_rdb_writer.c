/*
 * Files that the writer makes are loaded again and compared with what was there at the flip.
 */
#include "persist/rdb_writer.h"

#include "base/hash.h"
#include "base/worker.h"
#include "keyspace/snapshot.h"
#include "types/hash_type.h"
#include "types/set_type.h"
#include "types/string_type.h"
#include "types/value_ops.h"
#include "unit/persist/rdb_dataset.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 40, BUDGET_US = 100, FRESH_NAMES = 1000 };

static const struct rdb_writer_options usual = {
    .compresses = true,
    .checksums = true,
    .syncs_on_the_way = true,
    .version = "7.0.15",
};

static void check_round_trip(size_t factor, const struct rdb_writer_options *options,
                             void (*between)(struct keyspace *keyspace)) {
    struct keyspace *source = dataset_create(factor);
    uint64_t digest = dataset_digest(source);
    sds bytes = dataset_save(source, options, between);
    struct keyspace *target = keyspace_create(DATASET_DATABASES);
    sds message;
    (void)dataset_load(target, sds_view(bytes), (struct rdb_load_options){0}, &message);
    cr_assert_null(message, "%s", message);
    cr_assert_eq(dataset_digest(target), digest);
    keyspace_destroy(source);
    keyspace_destroy(target);
    sds_free(bytes);
}

Test(rdb_writer, a_file_holds_every_type_and_encoding) {
    check_round_trip(1, &usual, NULL);
}

Test(rdb_writer, large_values_are_written_in_pieces) {
    check_round_trip(LARGE, &usual, NULL);
}

Test(rdb_writer, without_compression_the_values_are_the_same) {
    struct rdb_writer_options options = usual;
    options.compresses = false;
    check_round_trip(LARGE, &options, NULL);
}

/* Changes large values, flushes a database, makes a key: each time it is called. */
static void change_everything(struct keyspace *keyspace) {
    static const char *const keys[] = {"set:many", "hash:many", "set:few"};
    char name[DATASET_NAME_SIZE];
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct bytes key = bytes_of_text(keys[i]);
        struct open_key open;
        if (!keyspace_open_write(keyspace_database(keyspace, 2), key, hash_bytes(key), &open)) {
            continue;
        }
        struct bytes added =
            dataset_name(name, "member", FRESH_NAMES + value_ops_length(&open.value));
        if (open.value.type == VALUE_SET) {
            (void)set_type_add(&open.value, added);
            (void)set_type_remove(&open.value, BYTES("member3"));
        } else {
            (void)hash_type_set(&open.value, added, BYTES("changed"), false);
        }
        (void)keyspace_store(&open);
    }
    (void)keyspace_flush(keyspace_database(keyspace, 3), false);
    struct value value;
    string_value_of(BYTES("born later"), &value);
    dataset_put(keyspace, 0, "later", value, DEADLINE_NONE);
}

Test(rdb_writer, a_file_is_of_the_moment_at_which_the_snapshot_began) {
    check_round_trip(LARGE, &usual, change_everything);
}

Test(rdb_writer, an_empty_dataset_is_a_head_an_end_and_a_checksum) {
    dataset_init();
    struct keyspace *keyspace = keyspace_create(DATASET_DATABASES);
    sds bytes = dataset_save(keyspace, &usual, NULL);
    cr_assert_eq(memcmp(bytes, "REDIS0010\372\011redis-ver\0067.0.15", 9 + 2 + 9 + 7), 0);
    cr_assert_eq((uint8_t)bytes[sds_length(bytes) - 9], 255);
    keyspace_destroy(keyspace);
    sds_free(bytes);
}

Test(rdb_writer, without_checksums_the_footer_is_zero) {
    struct keyspace *keyspace = dataset_create(1);
    struct rdb_writer_options options = usual;
    options.checksums = false;
    sds bytes = dataset_save(keyspace, &options, NULL);
    cr_assert_eq(memcmp(bytes + sds_length(bytes) - 8, "\0\0\0\0\0\0\0\0", 8), 0);
    keyspace_destroy(keyspace);
    sds_free(bytes);
}

Test(rdb_writer, field_deadlines_make_the_file_version_12) {
    dataset_init();
    struct keyspace *keyspace = keyspace_create(DATASET_DATABASES);
    struct value value;
    hash_type_create(&value);
    (void)hash_type_set(&value, BYTES("f"), BYTES("v"), false);
    (void)hash_type_set(&value, BYTES("g"), BYTES("w"), false);
    cr_assert(hash_type_set_deadline(&value, BYTES("f"), DATASET_START_MS * 2));
    dataset_put(keyspace, 0, "hash", value, DEADLINE_NONE);
    struct rdb_writer_options options = usual;
    options.has_field_deadlines = true;
    sds bytes = dataset_save(keyspace, &options, NULL);
    cr_assert_eq(memcmp(bytes, "REDIS0012", 9), 0);
    struct keyspace *target = keyspace_create(DATASET_DATABASES);
    sds message;
    (void)dataset_load(target, sds_view(bytes), (struct rdb_load_options){0}, &message);
    cr_assert_null(message);
    struct open_key open;
    int64_t deadline_ms = 0;
    cr_assert(keyspace_open_read(keyspace_database(target, 0), BYTES("hash"),
                                 hash_bytes(BYTES("hash")), OPEN_UNTOUCHED, &open));
    cr_assert(hash_type_deadline(&open.value, BYTES("f"), &deadline_ms));
    cr_assert_eq(deadline_ms, DATASET_START_MS * 2);
    cr_assert(hash_type_deadline(&open.value, BYTES("g"), &deadline_ms));
    cr_assert_eq(deadline_ms, HASH_NO_DEADLINE);
    cr_assert_eq(database_timed_hash_count(keyspace_database(target, 0)), 1);
    keyspace_destroy(keyspace);
    keyspace_destroy(target);
    sds_free(bytes);
}

Test(rdb_writer, a_file_that_cannot_be_written_is_an_error) {
    struct keyspace *keyspace = dataset_create(1);
    struct worker *worker = worker_create("test");
    int fd = open("/dev/full", O_WRONLY);
    cr_assert(fd >= 0);
    struct rdb_writer *writer =
        rdb_writer_create(fd, &usual, worker, (struct background_wake){NULL, NULL});
    struct snapshot_sink sink = rdb_writer_sink(writer);
    struct snapshot *snapshot = snapshot_begin(keyspace, &sink, 8);
    while (snapshot_run(snapshot, BUDGET_US) != SNAPSHOT_DONE) {
    }
    snapshot_destroy(snapshot);
    rdb_writer_finish(writer);
    worker_drain(worker);
    cr_assert_eq(rdb_writer_poll(writer), -ENOSPC);
    cr_assert_not(rdb_writer_is_busy(writer));
    rdb_writer_destroy(writer);
    worker_destroy(worker);
    keyspace_destroy(keyspace);
    (void)close(fd);
}
