/*
 * Files made by hand, of old versions and with every oddity that a reader must take or refuse; and
 * small files cut and damaged everywhere.
 */
#include "persist/rdb_loader.h"

#include "base/hash.h"
#include "types/string_type.h"
#include "unit/persist/rdb_dataset.h"

#include <string.h>

static const struct rdb_writer_options usual = {
    .compresses = true,
    .checksums = true,
    .version = "7.0.15",
};

static struct keyspace *fresh(void) {
    dataset_init();
    return keyspace_create(DATASET_DATABASES);
}

/* The text of a string key of database 0; empty when it is absent. */
static struct bytes text_of(struct keyspace *keyspace, const char *key,
                            char scratch[STRING_SCRATCH_SIZE]) {
    struct open_key open;
    struct bytes name = bytes_of_text(key);
    bool is_there = keyspace_open_read(keyspace_database(keyspace, 0), name, hash_bytes(name),
                                       OPEN_UNTOUCHED, &open);
    return is_there ? string_bytes(&open.value, scratch) : BYTES("");
}

/* Loads bytes that must be refused for this reason. */
static void check_refused(struct bytes bytes, const char *reason) {
    struct keyspace *keyspace = fresh();
    sds message;
    (void)dataset_load(keyspace, bytes, (struct rdb_load_options){0}, &message);
    cr_assert_not_null(message, "not refused; wanted: %s", reason);
    cr_assert_not_null(strstr(message, reason), "got: %s; wanted: %s", message, reason);
    sds_free(message);
    keyspace_destroy(keyspace);
}

/* Loads bytes that must be taken. */
static struct rdb_load_progress check_taken(struct keyspace *keyspace, struct bytes bytes) {
    sds message;
    struct rdb_load_progress progress =
        dataset_load(keyspace, bytes, (struct rdb_load_options){0}, &message);
    cr_assert_null(message, "%s", message);
    return progress;
}

Test(rdb_loader, an_old_file_has_no_checksum_and_no_database) {
    struct keyspace *keyspace = fresh();
    char scratch[STRING_SCRATCH_SIZE];
    (void)check_taken(keyspace, BYTES("REDIS0003\0\001a\001b\377"));
    require_text(text_of(keyspace, "a", scratch), "b");
    keyspace_destroy(keyspace);
}

Test(rdb_loader, deadlines_may_be_in_seconds) {
    struct keyspace *keyspace = fresh();
    struct rdb_load_progress progress =
        check_taken(keyspace, BYTES("REDIS0001\375\377\377\0\0\0\001a\001b"
                                    "\375\001\0\0\0\0\001c\001d\377"));
    cr_assert_eq(progress.loaded_keys, 1);
    cr_assert_eq(progress.expired_keys, 1);
    cr_assert_eq(database_deadline_count(keyspace_database(keyspace, 0)), 1);
    keyspace_destroy(keyspace);
}

Test(rdb_loader, due_keys_of_a_base_of_a_log_stay) {
    struct keyspace *keyspace = fresh();
    sds message;
    struct rdb_load_progress progress =
        dataset_load(keyspace, BYTES("REDIS0003\374\001\0\0\0\0\0\0\0\0\001a\001b\377"),
                     (struct rdb_load_options){.keeps_due = true}, &message);
    cr_assert_null(message);
    cr_assert_eq(progress.loaded_keys, 1);
    cr_assert_eq(database_key_count(keyspace_database(keyspace, 0)), 1);
    keyspace_destroy(keyspace);
}

/* As a stock server takes them: only -1 ms is no deadline. */
Test(rdb_loader, a_key_with_a_deadline_before_1970_is_due) {
    struct keyspace *keyspace = fresh();
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes file = BYTES("REDIS0003"
                              "\374\373\377\377\377\377\377\377\377\0\001a\001-" /* -5 ms */
                              "\374\0\0\0\0\0\0\0\200\0\001b\001-"               /* the lowest */
                              "\375\377\377\377\377\0\001c\001-"                 /* -1 s */
                              "\374\377\377\377\377\377\377\377\377\0\001d\001d" /* -1 ms */
                              "\0\001e\001e\377");
    struct rdb_load_progress progress = check_taken(keyspace, file);
    cr_assert_eq(progress.loaded_keys, 2);
    cr_assert_eq(progress.expired_keys, 3);
    require_text(text_of(keyspace, "d", scratch), "d");
    require_text(text_of(keyspace, "e", scratch), "e");
    cr_assert_eq(database_deadline_count(keyspace_database(keyspace, 0)), 0);
    keyspace_destroy(keyspace);
    keyspace = fresh();
    sds message;
    progress = dataset_load(keyspace, file, (struct rdb_load_options){.keeps_due = true}, &message);
    cr_assert_null(message);
    cr_assert_eq(progress.loaded_keys, 5);
    cr_assert_eq(database_deadline_count(keyspace_database(keyspace, 0)), 3);
    keyspace_destroy(keyspace);
}

Test(rdb_loader, notes_may_stand_anywhere_and_what_follows_the_end_is_ignored) {
    struct keyspace *keyspace = fresh();
    struct rdb_load_progress progress =
        check_taken(keyspace, BYTES("REDIS0010\372\001x\001y\0\001a\001b\371\005\374"
                                    "\0\0\0\0\001\0\0\0\0\300\007\001c"
                                    "\372\010used-mem\3009\377\0\0\0\0\0\0\0\0junk"));
    char scratch[STRING_SCRATCH_SIZE];
    require_text(text_of(keyspace, "7", scratch), "c");
    cr_assert_eq(progress.loaded_keys, 2);
    cr_assert_eq(progress.noted_memory, '9');
    cr_assert_eq(progress.total_bytes - progress.loaded_bytes, strlen("junk"));
    keyspace_destroy(keyspace);
}

Test(rdb_loader, slots_are_read_and_ignored) {
    struct keyspace *keyspace = fresh();
    (void)check_taken(keyspace, BYTES("REDIS0012\364\001\002\003\0\001a\001b\377\0\0\0\0\0\0\0\0"));
    keyspace_destroy(keyspace);
}

Test(rdb_loader, a_hint_reserves_no_more_than_the_file_can_hold) {
    struct keyspace *keyspace = fresh();
    (void)check_taken(keyspace, BYTES("REDIS0010\373\201\377\377\377\377\377\377\377\377\0"
                                      "\377\0\0\0\0\0\0\0\0"));
    cr_assert_lt(database_table_memory(keyspace_database(keyspace, 0)), 4096);
    keyspace_destroy(keyspace);
}

Test(rdb_loader, hints_reserve_no_more_together_than_the_file_can_hold) {
    enum { TEXT_SIZE = 1 << 20, KEY_SIZE_MIN = 16, BYTES_PER_KEY_MAX = 16 };
    static const char hint[] = "\373\201\377\377\377\377\377\377\377\377\0";
    struct keyspace *keyspace = fresh();
    sds bytes = sds_new(BYTES("REDIS0010"));
    for (char i = 0; i < DATASET_DATABASES; i++) {
        bytes = sds_append(bytes, (struct bytes){(const char[]){'\376', i}, 2});
        bytes = sds_append(bytes, (struct bytes){hint, sizeof hint - 1});
    }
    bytes = sds_append(bytes, BYTES("\0\001k\200\0\020\0\0"));
    size_t start = sds_length(bytes);
    bytes = sds_reserve(bytes, TEXT_SIZE);
    memset(bytes + start, 'x', TEXT_SIZE);
    sds_set_length(bytes, start + TEXT_SIZE);
    bytes = sds_append(bytes, BYTES("\377\0\0\0\0\0\0\0\0"));
    (void)check_taken(keyspace, sds_view(bytes));
    size_t memory = 0;
    for (size_t i = 0; i < DATASET_DATABASES; i++) {
        memory += database_table_memory(keyspace_database(keyspace, i));
    }
    cr_assert_lt(memory, TEXT_SIZE / KEY_SIZE_MIN * BYTES_PER_KEY_MAX);
    sds_free(bytes);
    keyspace_destroy(keyspace);
}

Test(rdb_loader, idle_times_are_taken_over) {
    struct keyspace *keyspace = fresh();
    struct open_key open;
    (void)check_taken(keyspace, BYTES("REDIS0010\370\012\0\001a\001b\377\0\0\0\0\0\0\0\0"));
    cr_assert(keyspace_open_read(keyspace_database(keyspace, 0), BYTES("a"), hash_bytes(BYTES("a")),
                                 OPEN_UNTOUCHED, &open));
    cr_assert_eq(keyspace_idle_seconds(&open), 10);
    keyspace_destroy(keyspace);
}

Test(rdb_loader, a_key_twice_is_refused_unless_it_may_be_replaced) {
    struct bytes twice = BYTES("REDIS0003\0\001a\001b\0\001a\001c\377");
    check_refused(twice, "a key is there twice");
    struct keyspace *keyspace = fresh();
    char scratch[STRING_SCRATCH_SIZE];
    sds message;
    (void)dataset_load(keyspace, twice, (struct rdb_load_options){.replaces = true}, &message);
    cr_assert_null(message);
    require_text(text_of(keyspace, "a", scratch), "c");
    keyspace_destroy(keyspace);
}

/* Takes sources into an sds, each behind a blank; refuses one that begins with '-'. */
static sds take_library(void *context, struct bytes source) {
    sds *text = context;
    if (source.length > 0 && source.data[0] == '-') {
        return sds_new(BYTES("no good"));
    }
    *text = sds_append(sds_append(*text, BYTES(" ")), source);
    return NULL;
}

Test(rdb_loader, function_libraries_go_to_their_taker) {
    struct keyspace *keyspace = fresh();
    sds text = sds_new(BYTES(""));
    struct rdb_load_options options = {.libraries = {&text, take_library}};
    sds message;
    struct rdb_load_progress progress = dataset_load(
        keyspace, BYTES("REDIS0010\365\001x\365\300\007\0\001a\001b\377\0\0\0\0\0\0\0\0"), options,
        &message);
    cr_assert_null(message, "%s", message);
    cr_assert_str_eq(text, " x 7");
    cr_assert_eq(progress.loaded_libraries, 2);
    cr_assert_eq(progress.loaded_keys, 1);
    (void)dataset_load(keyspace, BYTES("REDIS0010\365\002-x\377\0\0\0\0\0\0\0\0"), options,
                       &message);
    cr_assert_not_null(message);
    cr_assert_not_null(strstr(message, "a function library cannot be loaded: no good"), "%s",
                       message);
    sds_free(message);
    progress = check_taken(keyspace, BYTES("REDIS0010\365\002-x\377\0\0\0\0\0\0\0\0"));
    cr_assert_eq(progress.loaded_libraries, 1);
    check_refused(BYTES("REDIS0010\365\002x"), "the data ends too early");
    sds_free(text);
    keyspace_destroy(keyspace);
}

Test(rdb_loader, what_does_not_exist_here_is_refused_by_name) {
    check_refused(BYTES("REDIS0010\366\001x\377"), "release candidates");
    check_refused(BYTES("REDIS0010\367\001\002\001\0\377"), "a module");
    check_refused(BYTES("REDIS0010\007\001m\0\377"), "a module");
    check_refused(BYTES("REDIS0010\010\001m\0\377"), "unknown type");
    check_refused(BYTES("REDIS0010\310\001m\0\377"), "unknown type");
}

Test(rdb_loader, a_head_that_is_not_known_is_refused) {
    check_refused(BYTES(""), "at offset 0: the data ends too early");
    check_refused(BYTES("REDIS00"), "at offset 0: the data ends too early");
    check_refused(BYTES("VALKEY080\377"), "does not begin as an RDB file");
    check_refused(BYTES("REDIS00x0\377"), "its version is no number");
    check_refused(BYTES("REDIS0000\377"), "its version is not one from 1 to 12");
    check_refused(BYTES("REDIS0013\377"), "its version is not one from 1 to 12");
}

Test(rdb_loader, impossible_numbers_are_refused) {
    check_refused(BYTES("REDIS0010\376\004\377"), "more databases");
    check_refused(BYTES("REDIS0010\0\001a\202\001b\377"), "a length has an unknown form");
    check_refused(BYTES("REDIS0010\0\001a\304\001b\377"), "a string has an unknown encoding");
    check_refused(BYTES("REDIS0010\0\001a\200\377\377\377\377b\377"), "the data ends too early");
    check_refused(BYTES("REDIS0010\001\001a\200\377\377\377\377\001b\377"), "a count is larger");
    check_refused(BYTES("REDIS0010\377\0\0"), "the data ends too early");
}

Test(rdb_loader, a_wrong_checksum_is_refused_unless_it_is_not_asked_for) {
    struct bytes wrong = BYTES("REDIS0010\0\001a\001b\377\001\0\0\0\0\0\0\0");
    check_refused(wrong, "the checksum of the file is wrong");
    struct keyspace *keyspace = fresh();
    sds message;
    (void)dataset_load(keyspace, wrong, (struct rdb_load_options){.skips_checksum = true},
                       &message);
    cr_assert_null(message);
    keyspace_destroy(keyspace);
}

Test(rdb_loader, a_file_cut_anywhere_is_refused) {
    struct keyspace *source = dataset_create(1);
    sds bytes = dataset_save(source, &usual, NULL);
    for (size_t length = 0; length < sds_length(bytes); length++) {
        check_refused((struct bytes){bytes, length}, "Damaged");
    }
    keyspace_destroy(source);
    sds_free(bytes);
}

Test(rdb_loader, a_file_with_any_byte_changed_is_refused_or_the_same) {
    struct keyspace *source = dataset_create(1);
    uint64_t digest = dataset_digest(source);
    sds bytes = dataset_save(source, &usual, NULL);
    static const uint8_t masks[] = {0xff, 0x01, 0x80, 0x10};
    size_t taken = 0;
    for (size_t i = 0; i < sds_length(bytes) * sizeof masks; i++) {
        char *byte = &bytes[i / sizeof masks];
        char kept = *byte;
        *byte = (char)(*byte ^ masks[i % sizeof masks]);
        struct keyspace *keyspace = keyspace_create(DATASET_DATABASES);
        sds message;
        (void)dataset_load(keyspace, sds_view(bytes), (struct rdb_load_options){0}, &message);
        if (message == NULL) {
            require(dataset_digest(keyspace) == digest);
            taken++;
        }
        sds_free(message);
        keyspace_destroy(keyspace);
        *byte = kept;
    }
    cr_assert_leq(taken, 1, "only version 10 as 4 or so may go without a checksum: %zu", taken);
    keyspace_destroy(source);
    sds_free(bytes);
}

Test(rdb_loader, without_checksums_a_changed_byte_never_crashes) {
    struct keyspace *source = dataset_create(1);
    struct rdb_writer_options options = usual;
    options.checksums = false;
    options.compresses = false;
    sds bytes = dataset_save(source, &options, NULL);
    for (size_t i = 0; i < sds_length(bytes); i++) {
        char kept = bytes[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[i] = (char)(kept ^ (char)(1U << bit));
            struct keyspace *keyspace = keyspace_create(DATASET_DATABASES);
            sds message;
            (void)dataset_load(keyspace, sds_view(bytes), (struct rdb_load_options){0}, &message);
            (void)dataset_digest(keyspace);
            sds_free(message);
            keyspace_destroy(keyspace);
        }
        bytes[i] = kept;
    }
    keyspace_destroy(source);
    sds_free(bytes);
}
