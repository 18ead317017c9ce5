#include "keyspace/keyspace.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/worker.h"
#include "keyspace/expire.h"
#include "support/unit.h"
#include "types/list_type.h"
#include "types/string_type.h"
#include "types/value_ops.h"

#include <string.h>

enum { START_MS = 1000000000, MS_PER_MINUTE = 60000 };

static void set_time(int64_t unix_ms) {
    clock_set_fixed(unix_ms * CLOCK_US_PER_MS);
}

static struct keyspace *create(size_t database_count) {
    set_time(START_MS);
    return keyspace_create(database_count);
}

static bool open_write(struct database *database, struct bytes name, struct open_key *key) {
    return keyspace_open_write(database, name, hash_bytes(name), key);
}

static bool open_read(struct database *database, struct bytes name, struct open_key *key) {
    return keyspace_open_read(database, name, hash_bytes(name), OPEN_COUNTED, key);
}

static void put(struct database *database, struct bytes name, struct bytes text,
                int64_t deadline_ms) {
    struct open_key key;
    (void)open_write(database, name, &key);
    struct value value;
    string_value_of(text, &value);
    keyspace_replace(&key, &value, deadline_ms);
}

static void expect_text(struct database *database, struct bytes name, struct bytes text) {
    struct open_key key;
    require(open_read(database, name, &key));
    char scratch[STRING_SCRATCH_SIZE];
    require(bytes_equal(string_bytes(&key.value, scratch), text));
}

static void expect_absent(struct database *database, struct bytes name) {
    struct open_key key;
    require(!open_read(database, name, &key));
    require(key.entry == NULL && key.database == database);
    require(bytes_equal(key.name, name));
}

/* ---- Listeners ---- */

struct heard {
    const char *name;
    sds *text;
};

static void hear(void *context, const struct key_happening *happening) {
    const struct heard *heard = context;
    *heard->text = sds_append_format(*heard->text, "%s:%s/%d/%.*s ", heard->name,
                                     key_event_name(happening->event), happening->database_index,
                                     (int)happening->key.length, happening->key.data);
}

Test(keyspace, listeners_hear_in_the_order_of_their_rows_what_they_asked_for) {
    struct keyspace *keyspace = create(2);
    sds text = sds_new(BYTES(""));
    struct heard first = {"first", &text};
    struct heard second = {"second", &text};
    const struct key_listener listeners[] = {{"first", hear, &first}, {"second", hear, &second}};
    keyspace_set_listeners(keyspace, listeners, 2);
    struct database *database = keyspace_database(keyspace, 1);
    keyspace_announce(database, EVENT_SET, BYTES("k"), hash_bytes(BYTES("k")));
    require_text(sds_view(text), "");
    keyspace_set_interest(keyspace, 1, KEY_INTEREST_CHANGES);
    keyspace_set_interest(keyspace, 0, KEY_CLASS_STRING | KEY_CLASS_NEW);
    keyspace_announce(database, EVENT_SET, BYTES("a"), hash_bytes(BYTES("a")));
    keyspace_announce(database, EVENT_DEL, BYTES("b"), hash_bytes(BYTES("b")));
    keyspace_announce(database, EVENT_NONE, BYTES("c"), hash_bytes(BYTES("c")));
    put(database, BYTES("d"), BYTES("1"), DEADLINE_NONE);
    expect_absent(database, BYTES("e"));
    require_text(sds_view(text), "first:set/1/a second:set/1/a second:del/1/b second:/1/c "
                                 "first:new/1/d ");
    sds_set_length(text, 0);
    keyspace_set_interest(keyspace, 0, 0);
    keyspace_set_interest(keyspace, 1, KEY_CLASS_KEY_MISS);
    expect_absent(database, BYTES("e"));
    put(database, BYTES("f"), BYTES("1"), DEADLINE_NONE);
    require_text(sds_view(text), "second:keymiss/1/e ");
    sds_free(text);
    keyspace_destroy(keyspace);
}

/* ---- One door ---- */

Test(keyspace, a_key_that_is_stored_is_found_with_its_value) {
    size_t before = alloc_used_bytes();
    struct keyspace *keyspace = create(2);
    struct database *database = keyspace_database(keyspace, 0);
    struct open_key key;
    cr_assert_not(open_write(database, BYTES("k"), &key));
    cr_assert_null(key.entry);
    cr_assert_eq(key.deadline_ms, DEADLINE_NONE);
    string_value_of(BYTES("hello"), &key.value);
    cr_assert(keyspace_store(&key));
    cr_assert_not_null(key.entry);
    expect_text(database, BYTES("k"), BYTES("hello"));
    expect_absent(keyspace_database(keyspace, 1), BYTES("k"));
    cr_assert_eq(database_key_count(database), 1);
    cr_assert(open_write(database, BYTES("k"), &key));
    string_append(&key.value, BYTES(" world"));
    cr_assert(keyspace_store(&key));
    expect_text(database, BYTES("k"), BYTES("hello world"));
    cr_assert(open_write(database, BYTES("k"), &key));
    keyspace_remove(&key, false);
    cr_assert_null(key.entry);
    expect_absent(database, BYTES("k"));
    keyspace_destroy(keyspace);
    keyspace_destroy(NULL);
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(keyspace, storing_an_empty_collection_removes_the_key) {
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    struct open_key key;
    (void)open_write(database, BYTES("l"), &key);
    list_type_create(&key.value);
    cr_assert_not(keyspace_store(&key), "absent and empty: nothing is made");
    cr_assert_eq(database_key_count(database), 0);
    list_type_create(&key.value);
    list_type_push(&key.value, BYTES("a"), LIST_TAIL);
    key.deadline_ms = START_MS + 1000;
    cr_assert(keyspace_store(&key));
    cr_assert(open_write(database, BYTES("l"), &key));
    list_type_drop(&key.value, LIST_HEAD, 1);
    cr_assert_not(keyspace_store(&key));
    cr_assert_eq(database_key_count(database), 0);
    cr_assert_eq(database_deadline_count(database), 0);
    (void)open_write(database, BYTES("s"), &key);
    string_value_of(BYTES(""), &key.value);
    cr_assert(keyspace_store(&key), "an empty string is a value");
    keyspace_destroy(keyspace);
}

Test(keyspace, deadlines_are_set_moved_and_dropped) {
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    put(database, BYTES("k"), BYTES("1"), DEADLINE_NONE);
    static const int64_t deadlines[] = {START_MS + 5000, START_MS + 7000, DEADLINE_NONE,
                                        DEADLINE_NONE, START_MS + 100};
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++) {
        struct open_key key;
        require(open_write(database, BYTES("k"), &key));
        key.deadline_ms = deadlines[i];
        keyspace_store_deadline(&key);
        require(open_read(database, BYTES("k"), &key));
        require(key.deadline_ms == deadlines[i]);
        require(database_deadline_count(database) == (deadlines[i] >= 0));
        expect_text(database, BYTES("k"), BYTES("1"));
    }
    put(database, BYTES("k"), BYTES("2"), DEADLINE_NONE);
    cr_assert_eq(database_deadline_count(database), 0);
    keyspace_destroy(keyspace);
}

Test(keyspace, a_key_that_is_taken_hands_its_value_out) {
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    put(database, BYTES("s"), BYTES("short"), START_MS + 10);
    struct open_key key;
    struct value value;
    char scratch[KEYSPACE_SCRATCH_SIZE];
    cr_assert(open_write(database, BYTES("s"), &key));
    keyspace_take(&key, &value, scratch);
    expect_absent(database, BYTES("s"));
    char number[STRING_SCRATCH_SIZE];
    require_text(string_bytes(&value, number), "short");
    (void)open_write(database, BYTES("l"), &key);
    list_type_create(&key.value);
    list_type_push(&key.value, BYTES("a"), LIST_TAIL);
    (void)keyspace_store(&key);
    cr_assert(open_write(database, BYTES("l"), &key));
    keyspace_take(&key, &value, scratch);
    cr_assert_eq(list_type_length(&value), 1);
    value_ops_free(&value);
    cr_assert_eq(database_key_count(database), 0);
    cr_assert_eq(database_deadline_count(database), 0);
    keyspace_destroy(keyspace);
}

Test(keyspace, counters_tell_hits_and_misses_of_clients_alone) {
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    put(database, BYTES("k"), BYTES("1"), DEADLINE_NONE);
    struct open_key key;
    uint64_t hash = hash_bytes(BYTES("k"));
    uint64_t other = hash_bytes(BYTES("x"));
    (void)keyspace_open_read(database, BYTES("k"), hash, OPEN_COUNTED, &key);
    (void)keyspace_open_read(database, BYTES("k"), hash, OPEN_GLANCED, &key);
    (void)keyspace_open_read(database, BYTES("k"), hash, OPEN_UNTOUCHED, &key);
    (void)keyspace_open_read(database, BYTES("x"), other, OPEN_COUNTED, &key);
    (void)keyspace_open_read(database, BYTES("x"), other, OPEN_GLANCED, &key);
    (void)keyspace_open_read(database, BYTES("x"), other, OPEN_UNTOUCHED, &key);
    cr_assert_eq(keyspace_counters(keyspace)->hits, 2);
    cr_assert_eq(keyspace_counters(keyspace)->misses, 2);
    keyspace_destroy(keyspace);
}

/* ---- Due keys ---- */

static void count_expired(void *context, struct database *database, struct bytes key,
                          uint64_t hash) {
    (void)database;
    (void)key;
    (void)hash;
    (*(size_t *)context)++;
}

/* A keyspace with a key "k" that is due. */
static struct keyspace *with_due_key(size_t *expired) {
    struct keyspace *keyspace = create(1);
    *expired = 0;
    keyspace_set_removal_sink(keyspace,
                              (struct removal_sink){.expired = count_expired, .context = expired});
    put(keyspace_database(keyspace, 0), BYTES("k"), BYTES("old"), START_MS + 10);
    set_time(START_MS + 10);
    expect_text(keyspace_database(keyspace, 0), BYTES("k"), BYTES("old"));
    set_time(START_MS + 11);
    return keyspace;
}

Test(keyspace, a_read_never_returns_a_due_key_and_removes_it) {
    size_t expired;
    struct keyspace *keyspace = with_due_key(&expired);
    struct database *database = keyspace_database(keyspace, 0);
    expect_absent(database, BYTES("k"));
    cr_assert_eq(expired, 1);
    cr_assert_eq(database_key_count(database), 0);
    cr_assert_eq(database_deadline_count(database), 0);
    keyspace_destroy(keyspace);
}

Test(keyspace, a_glimpse_counts_and_removes_nothing) {
    size_t expired = 0;
    struct keyspace *keyspace = with_due_key(&expired);
    struct database *database = keyspace_database(keyspace, 0);
    put(database, BYTES("live"), BYTES("text"), DEADLINE_NONE);
    int64_t hits = keyspace_counters(keyspace)->hits;
    int64_t misses = keyspace_counters(keyspace)->misses;
    size_t count = database_key_count(database);
    struct value value = {.type = VALUE_TYPE_COUNT};
    require(!keyspace_glimpse(database, BYTES("none"), hash_bytes(BYTES("none")), &value));
    require(keyspace_glimpse(database, BYTES("live"), hash_bytes(BYTES("live")), &value));
    require(value.type == VALUE_STRING);
    value.type = VALUE_TYPE_COUNT;
    require(keyspace_glimpse(database, BYTES("k"), hash_bytes(BYTES("k")), &value));
    require(value.type == VALUE_STRING);
    require(database_key_count(database) == count && expired == 0);
    require(keyspace_counters(keyspace)->hits == hits);
    require(keyspace_counters(keyspace)->misses == misses);
    keyspace_destroy(keyspace);
}

Test(keyspace, only_values_outside_of_entries_are_prefetched) {
    enum { SIZE = 1024 };
    static const char text[SIZE];
    size_t expired = 0;
    struct keyspace *keyspace = with_due_key(&expired);
    struct database *database = keyspace_database(keyspace, 0);
    put(database, BYTES("small"), BYTES("text"), DEADLINE_NONE);
    put(database, BYTES("number"), BYTES("12345"), DEADLINE_NONE);
    put(database, BYTES("large"), (struct bytes){text, SIZE}, DEADLINE_NONE);
    require(!keyspace_prefetch_value(database, hash_bytes(BYTES("small"))));
    require(!keyspace_prefetch_value(database, hash_bytes(BYTES("number"))));
    require(!keyspace_prefetch_value(database, ~hash_bytes(BYTES("large"))));
    require(keyspace_prefetch_value(database, hash_bytes(BYTES("large"))));
    require(expired == 0);
    keyspace_destroy(keyspace);
}

Test(keyspace, a_write_removes_a_due_key_first) {
    size_t expired;
    struct keyspace *keyspace = with_due_key(&expired);
    struct database *database = keyspace_database(keyspace, 0);
    struct open_key key;
    cr_assert_not(open_write(database, BYTES("k"), &key));
    cr_assert_eq(expired, 1);
    cr_assert_eq(key.deadline_ms, DEADLINE_NONE);
    string_value_of(BYTES("new"), &key.value);
    (void)keyspace_store(&key);
    expect_text(database, BYTES("k"), BYTES("new"));
    keyspace_destroy(keyspace);
}

Test(keyspace, while_expiry_is_held_a_due_key_is_hidden_but_stays) {
    size_t expired;
    struct keyspace *keyspace = with_due_key(&expired);
    struct database *database = keyspace_database(keyspace, 0);
    keyspace_hold_expiry(keyspace);
    expect_absent(database, BYTES("k"));
    cr_assert_eq(expired, 0);
    cr_assert_eq(database_key_count(database), 1);
    keyspace_release_expiry(keyspace);
    expect_absent(database, BYTES("k"));
    cr_assert_eq(expired, 1);
    keyspace_destroy(keyspace);
}

Test(keyspace, under_the_logs_authority_clients_see_no_due_key_and_none_is_removed) {
    size_t expired;
    struct keyspace *keyspace = with_due_key(&expired);
    struct database *database = keyspace_database(keyspace, 0);
    keyspace_set_time_authority(keyspace, TIME_BY_LOG);
    expect_absent(database, BYTES("k"));
    struct open_key key;
    cr_assert(open_write(database, BYTES("k"), &key), "the log writes to it");
    cr_assert_eq(expired, 0);
    keyspace_remove(&key, false);
    cr_assert_eq(database_key_count(database), 0);
    keyspace_destroy(keyspace);
}

Test(keyspace, while_time_stands_still_due_keys_are_there) {
    size_t expired;
    struct keyspace *keyspace = with_due_key(&expired);
    struct database *database = keyspace_database(keyspace, 0);
    keyspace_set_time_authority(keyspace, TIME_STOPPED);
    expect_text(database, BYTES("k"), BYTES("old"));
    keyspace_set_time_authority(keyspace, TIME_BY_CLOCK);
    expect_absent(database, BYTES("k"));
    keyspace_destroy(keyspace);
}

/* ---- Flush, swap ---- */

static void fill(struct database *database, size_t count, int64_t deadline_ms) {
    for (size_t i = 0; i < count; i++) {
        char name[32];
        int length = snprintf(name, sizeof name, "key:%zu", i);
        put(database, (struct bytes){name, (size_t)length}, BYTES("value"), deadline_ms);
    }
}

Test(keyspace, flushing_empties_one_database) {
    size_t before = alloc_used_bytes();
    struct keyspace *keyspace = create(2);
    cr_assert_eq(keyspace_flush(keyspace_database(keyspace, 0), false), 0);
    fill(keyspace_database(keyspace, 0), 1000, START_MS + 1000);
    fill(keyspace_database(keyspace, 1), 10, DEADLINE_NONE);
    cr_assert_eq(keyspace_flush(keyspace_database(keyspace, 0), false), 1000);
    cr_assert_eq(database_key_count(keyspace_database(keyspace, 0)), 0);
    cr_assert_eq(database_deadline_count(keyspace_database(keyspace, 0)), 0);
    cr_assert_eq(database_key_count(keyspace_database(keyspace, 1)), 10);
    fill(keyspace_database(keyspace, 0), 10, START_MS + 1000);
    cr_assert_eq(database_key_count(keyspace_database(keyspace, 0)), 10);
    keyspace_destroy(keyspace);
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(keyspace, large_values_and_flushed_data_are_freed_in_the_background) {
    size_t before = alloc_used_bytes();
    struct worker *worker = worker_create("test");
    struct keyspace *keyspace = create(1);
    keyspace_set_worker(keyspace, worker);
    struct database *database = keyspace_database(keyspace, 0);
    struct open_key key;
    (void)open_write(database, BYTES("l"), &key);
    list_type_create(&key.value);
    struct bytes element = BYTES("0123456789012345678901234567890123456789");
    for (size_t i = 0; i < 50000; i++) {
        list_type_prepare(&key.value, &element, 1);
        list_type_push(&key.value, element, LIST_TAIL);
    }
    (void)keyspace_store(&key);
    cr_assert(open_write(database, BYTES("l"), &key));
    keyspace_remove(&key, true);
    fill(database, 2000, DEADLINE_NONE);
    cr_assert_eq(keyspace_flush(database, true), 2000);
    cr_assert_eq(database_key_count(database), 0);
    keyspace_destroy(keyspace);
    worker_destroy(worker);
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(keyspace, swapped_databases_keep_their_numbers_and_exchange_their_keys) {
    struct keyspace *keyspace = create(3);
    put(keyspace_database(keyspace, 0), BYTES("zero"), BYTES("0"), START_MS + 100);
    put(keyspace_database(keyspace, 2), BYTES("two"), BYTES("2"), DEADLINE_NONE);
    keyspace_swap(keyspace, 0, 2);
    expect_text(keyspace_database(keyspace, 2), BYTES("zero"), BYTES("0"));
    expect_text(keyspace_database(keyspace, 0), BYTES("two"), BYTES("2"));
    expect_absent(keyspace_database(keyspace, 0), BYTES("zero"));
    cr_assert_eq(database_index(keyspace_database(keyspace, 0)), 0);
    cr_assert_eq(database_deadline_count(keyspace_database(keyspace, 2)), 1);
    set_time(START_MS + 101);
    (void)expire_due_keys(keyspace, CLOCK_US_PER_SECOND);
    cr_assert_eq(database_key_count(keyspace_database(keyspace, 2)), 0);
    keyspace_swap(keyspace, 1, 1);
    keyspace_destroy(keyspace);
}

/* ---- Scan, random ---- */

enum { SCAN_KEYS = 2000 };

struct seen {
    unsigned char counts[SCAN_KEYS];
    size_t total;
};

static void see(void *context, const struct open_key *key) {
    struct seen *seen = context;
    seen->total++;
    if (key->name.length > 4 && memcmp(key->name.data, "key:", 4) == 0) {
        size_t number = 0;
        for (size_t i = 4; i < key->name.length; i++) {
            number = number * 10 + (size_t)(key->name.data[i] - '0');
        }
        require(number < SCAN_KEYS);
        seen->counts[number] = 1;
    }
}

Test(keyspace, a_scan_finds_every_key_that_is_there_throughout_while_the_table_resizes) {
    struct random random;
    unit_random(&random, "keyspace_scan");
    for (size_t round = 0; round < 20; round++) {
        struct keyspace *keyspace = create(1);
        struct database *database = keyspace_database(keyspace, 0);
        fill(database, SCAN_KEYS, DEADLINE_NONE);
        bool grows = round % 2 == 0;
        size_t extra_count = 10000;
        for (size_t i = 0; i < extra_count && !grows; i++) {
            char name[32];
            int length = snprintf(name, sizeof name, "extra:%zu", i);
            put(database, (struct bytes){name, (size_t)length}, BYTES("v"), DEADLINE_NONE);
        }
        struct seen *seen = alloc_zeroed(sizeof *seen);
        uint64_t cursor = 0;
        size_t changed = 0;
        do {
            cursor = keyspace_scan(database, cursor, see, seen);
            for (size_t left = random_below(&random, 60); left > 0 && changed < extra_count;
                 left--, changed++) {
                char text[32];
                int length = snprintf(text, sizeof text, "extra:%zu", changed);
                struct bytes name = {text, (size_t)length};
                struct open_key key;
                if (grows) {
                    put(database, name, BYTES("v"), DEADLINE_NONE);
                } else if (open_write(database, name, &key)) {
                    keyspace_remove(&key, false);
                }
            }
        } while (cursor != 0);
        for (size_t i = 0; i < SCAN_KEYS; i++) {
            require(seen->counts[i] == 1);
        }
        alloc_free(seen);
        keyspace_destroy(keyspace);
    }
}

Test(keyspace, scan_and_random_leave_due_keys_out) {
    struct random random;
    unit_random(&random, "keyspace_random");
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    struct open_key key;
    cr_assert_not(keyspace_random(database, &random, &key));
    put(database, BYTES("due"), BYTES("1"), START_MS + 1);
    put(database, BYTES("stays"), BYTES("2"), START_MS + 1000000);
    keyspace_hold_expiry(keyspace);
    set_time(START_MS + 2);
    for (size_t i = 0; i < 50; i++) {
        require(keyspace_random(database, &random, &key));
        require_text(key.name, "stays");
        require(key.hash == hash_bytes(BYTES("stays")));
    }
    struct seen *seen = alloc_zeroed(sizeof *seen);
    uint64_t cursor = 0;
    do {
        cursor = keyspace_scan(database, cursor, see, seen);
    } while (cursor != 0);
    cr_assert_eq(seen->total, 1);
    alloc_free(seen);
    set_time(START_MS + 2000000);
    cr_assert_not(keyspace_random(database, &random, &key), "all are due");
    require(database_key_count(database) == 2);
    keyspace_release_expiry(keyspace);
    cr_assert_not(keyspace_random(database, &random, &key), "all are due, and leave");
    require(database_key_count(database) == 0);
    keyspace_destroy(keyspace);
}

Test(keyspace, a_random_key_among_many_due_ones_is_found_without_removing_them_all) {
    enum { KEYS = 2000, REMOVED_MAX = 100 };
    struct random random;
    unit_random(&random, "keyspace_random_due");
    for (int is_held = 0; is_held < 2; is_held++) {
        struct keyspace *keyspace = create(1);
        struct database *database = keyspace_database(keyspace, 0);
        struct open_key key;
        fill(database, KEYS, START_MS + 1);
        put(database, BYTES("stays"), BYTES("2"), DEADLINE_NONE);
        if (is_held != 0) {
            keyspace_hold_expiry(keyspace);
        }
        set_time(START_MS + 2);
        require(keyspace_random(database, &random, &key));
        require_text(key.name, "stays");
        require(key.hash == hash_bytes(BYTES("stays")));
        require(database_key_count(database) >= KEYS + 1 - REMOVED_MAX);
        if (is_held != 0) {
            require(database_key_count(database) == KEYS + 1);
            keyspace_release_expiry(keyspace);
        }
        keyspace_destroy(keyspace);
    }
}

Test(keyspace, random_keys_are_about_equally_likely) {
    enum { KEYS = 10, DRAWS = 20000 };
    struct random random;
    unit_random(&random, "keyspace_random_share");
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    fill(database, KEYS, DEADLINE_NONE);
    size_t counts[KEYS] = {0};
    for (size_t i = 0; i < DRAWS; i++) {
        struct open_key key;
        require(keyspace_random(database, &random, &key));
        counts[key.name.data[4] - '0']++;
    }
    for (size_t i = 0; i < KEYS; i++) {
        require(counts[i] > DRAWS / KEYS / 4);
        require(counts[i] < DRAWS / KEYS * 4);
    }
    keyspace_destroy(keyspace);
}

/* ---- Accesses ---- */

Test(keyspace, idle_time_counts_from_the_last_touch) {
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    uint64_t hash = hash_bytes(BYTES("k"));
    put(database, BYTES("k"), BYTES("1"), DEADLINE_NONE);
    struct open_key key;
    set_time(START_MS + 30 * CLOCK_MS_PER_SECOND);
    (void)keyspace_open_read(database, BYTES("k"), hash, OPEN_UNTOUCHED, &key);
    cr_assert_eq(keyspace_idle_seconds(&key), 30);
    (void)keyspace_open_read(database, BYTES("k"), hash, OPEN_GLANCED, &key);
    cr_assert_eq(keyspace_idle_seconds(&key), 30);
    (void)keyspace_open_read(database, BYTES("k"), hash, OPEN_COUNTED, &key);
    cr_assert_eq(keyspace_idle_seconds(&key), 0);
    set_time(START_MS + 40 * CLOCK_MS_PER_SECOND);
    (void)open_write(database, BYTES("k"), &key);
    cr_assert_eq(keyspace_idle_seconds(&key), 0);
    keyspace_destroy(keyspace);
}

Test(keyspace, the_frequency_grows_logarithmically_and_decays_by_the_minute) {
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    keyspace_set_access_policy(
        keyspace,
        (struct access_policy){.by_frequency = true, .log_factor = 10, .decay_minutes = 1});
    put(database, BYTES("k"), BYTES("1"), DEADLINE_NONE);
    uint64_t hash = hash_bytes(BYTES("k"));
    struct open_key key;
    (void)keyspace_open_read(database, BYTES("k"), hash, OPEN_UNTOUCHED, &key);
    cr_assert_eq(keyspace_frequency(&key), 5);
    for (size_t i = 0; i < 1000; i++) {
        (void)keyspace_open_read(database, BYTES("k"), hash, OPEN_COUNTED, &key);
    }
    unsigned grown = keyspace_frequency(&key);
    cr_assert_gt(grown, 8);
    cr_assert_lt(grown, 60);
    set_time(START_MS + 3 * MS_PER_MINUTE);
    cr_assert_eq(keyspace_frequency(&key), grown - 3);
    set_time(START_MS + (int64_t)1000 * MS_PER_MINUTE);
    cr_assert_eq(keyspace_frequency(&key), 0);
    keyspace_set_access_policy(
        keyspace,
        (struct access_policy){.by_frequency = true, .log_factor = 0, .decay_minutes = 0});
    for (size_t i = 0; i < 300; i++) {
        (void)keyspace_open_read(database, BYTES("k"), hash, OPEN_COUNTED, &key);
    }
    cr_assert_eq(keyspace_frequency(&key), 255, "it stops at its top, and never decays");
    keyspace_destroy(keyspace);
}

Test(keyspace, figures_of_memory_are_not_zero) {
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    fill(database, 100, START_MS + 5000);
    cr_assert_gt(database_table_memory(database), 100 * 8);
    struct open_key key;
    cr_assert(open_read(database, BYTES("key:1"), &key));
    cr_assert_gt(keyspace_entry_memory(&key), 20);
    cr_assert_gt(database_mean_deadline_ms(database), 0);
    sds text = database_describe_tables(database, sds_new(BYTES("")));
    cr_assert_not_null(strstr(text, "Keys: 100\n"));
    cr_assert_not_null(strstr(text, "Keys with a deadline: 100\n"));
    sds_free(text);
    cr_assert_eq(keyspace_database_count(keyspace), 1);
    keyspace_prefetch_bucket(database, 1);
    keyspace_prefetch_entry(database, 1);
    keyspace_destroy(keyspace);
}

/* ---- Against a model ---- */

enum { NAMES = 60, TEXT_MAX = 300 };

struct model {
    bool exists;
    int64_t deadline_ms;
    char text[TEXT_MAX];
    size_t length;
};

static struct bytes name_of(size_t index, char *text) {
    return (struct bytes){text, (size_t)snprintf(text, 32, "name:%zu", index)};
}

static void check_model(struct database *database, const struct model *model, size_t index,
                        int64_t now_ms) {
    char text[32];
    struct bytes name = name_of(index, text);
    bool lives = model->exists && (model->deadline_ms < 0 || model->deadline_ms >= now_ms);
    struct open_key key;
    require(open_read(database, name, &key) == lives);
    if (lives) {
        char scratch[STRING_SCRATCH_SIZE];
        struct bytes wanted = {model->text, model->length};
        require(bytes_equal(string_bytes(&key.value, scratch), wanted));
        require(key.deadline_ms == model->deadline_ms);
    }
}

static void change_randomly(struct random *random, struct database *database, struct model *model,
                            size_t index, int64_t now_ms) {
    char text[32];
    struct open_key key;
    bool exists = open_write(database, name_of(index, text), &key);
    int64_t deadline_ms =
        random_below(random, 2) == 0 ? DEADLINE_NONE : now_ms + (int64_t)random_below(random, 200);
    switch (random_below(random, 4)) {
    case 0:
        if (exists) {
            keyspace_remove(&key, random_below(random, 2) == 0);
        }
        model->exists = false;
        return;
    case 1:
        if (exists) {
            key.deadline_ms = deadline_ms;
            keyspace_store_deadline(&key);
            model->deadline_ms = deadline_ms;
        }
        return;
    case 2:
        if (exists && model->length < TEXT_MAX - 30) {
            struct bytes tail = BYTES("and some more bytes");
            string_append(&key.value, tail);
            require(keyspace_store(&key));
            memcpy(model->text + model->length, tail.data, tail.length);
            model->length += tail.length;
        }
        return;
    default: {
        model->length = random_below(random, TEXT_MAX);
        if (random_below(random, 3) == 0) {
            model->length =
                (size_t)snprintf(model->text, TEXT_MAX, "%d", (int)random_below(random, 100000));
        } else {
            unit_random_bytes(random, model->text, model->length, 0);
        }
        struct value value;
        string_value_of((struct bytes){model->text, model->length}, &value);
        keyspace_replace(&key, &value, deadline_ms);
        model->exists = true;
        model->deadline_ms = deadline_ms;
        return;
    }
    }
}

Test(keyspace, random_changes_give_what_a_plain_model_gives) {
    struct random random;
    unit_random(&random, "keyspace_model");
    size_t before = alloc_used_bytes();
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    struct model *models = alloc_zeroed(NAMES * sizeof *models);
    int64_t now_ms = START_MS;
    for (size_t step = 0; step < 60000; step++) {
        size_t index = random_below(&random, NAMES);
        struct model *model = &models[index];
        if (model->exists && model->deadline_ms >= 0 && model->deadline_ms < now_ms) {
            model->exists = false;
        }
        change_randomly(&random, database, model, index, now_ms);
        size_t other = random_below(&random, NAMES);
        check_model(database, &models[other], other, now_ms);
        if (random_below(&random, 10) == 0) {
            now_ms += (int64_t)random_below(&random, 20);
            set_time(now_ms);
            if (random_below(&random, 2) == 0) {
                (void)expire_due_keys(keyspace, CLOCK_US_PER_SECOND);
            }
        }
    }
    alloc_free(models);
    keyspace_destroy(keyspace);
    cr_assert_eq(alloc_used_bytes(), before);
}
