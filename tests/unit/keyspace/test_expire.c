#include "keyspace/expire.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "keyspace/keyspace.h"
#include "support/unit.h"
#include "types/string_type.h"

#include <string.h>

enum { START_MS = 1000000, LONG_US = 10 * CLOCK_US_PER_SECOND };

static void set_time(int64_t unix_ms) {
    clock_set_fixed(unix_ms * CLOCK_US_PER_MS);
}

static struct keyspace *create(size_t database_count) {
    set_time(START_MS);
    return keyspace_create(database_count);
}

static void put(struct database *database, struct bytes name, int64_t deadline_ms) {
    struct open_key key;
    (void)keyspace_open_write(database, name, hash_bytes(name), &key);
    struct value value;
    string_value_of(BYTES("value"), &value);
    keyspace_replace(&key, &value, deadline_ms);
}

static void put_numbered(struct database *database, size_t number, int64_t deadline_ms) {
    char name[32];
    int length = snprintf(name, sizeof name, "key:%zu", number);
    put(database, (struct bytes){name, (size_t)length}, deadline_ms);
}

/* What the expiry sink and the listener were told, in order. */
struct heard {
    sds text;
};

static void hear_expired(void *context, struct database *database, struct bytes key,
                         uint64_t hash) {
    struct heard *heard = context;
    require(hash == hash_bytes(key));
    heard->text = sds_append_format(heard->text, "effect %d %.*s; ", database_index(database),
                                    (int)key.length, key.data);
}

static void hear_event(void *context, const struct key_happening *happening) {
    struct heard *heard = context;
    require(happening->hash == hash_bytes(happening->key));
    heard->text = sds_append_format(heard->text, "%s %d %.*s; ", key_event_name(happening->event),
                                    happening->database_index, (int)happening->key.length,
                                    happening->key.data);
}

Test(expire, keys_without_deadline_ask_for_no_run) {
    struct keyspace *keyspace = create(2);
    cr_assert_eq(expire_due_keys(keyspace, LONG_US), INT64_MAX);
    put(keyspace_database(keyspace, 0), BYTES("k"), DEADLINE_NONE);
    cr_assert_eq(expire_due_keys(keyspace, LONG_US), INT64_MAX);
    cr_assert_eq(database_key_count(keyspace_database(keyspace, 0)), 1);
    keyspace_destroy(keyspace);
}

Test(expire, a_key_lives_through_the_millisecond_of_its_deadline) {
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    put(database, BYTES("k"), START_MS + 5);
    int64_t next_ms = expire_due_keys(keyspace, LONG_US);
    cr_assert_gt(next_ms, START_MS);
    cr_assert_leq(next_ms, START_MS + 6);
    set_time(START_MS + 5);
    (void)expire_due_keys(keyspace, LONG_US);
    cr_assert_eq(database_key_count(database), 1);
    set_time(START_MS + 6);
    cr_assert_eq(expire_due_keys(keyspace, LONG_US), INT64_MAX);
    cr_assert_eq(database_key_count(database), 0);
    cr_assert_eq(keyspace_counters(keyspace)->expired_keys, 1);
    keyspace_destroy(keyspace);
}

Test(expire, effect_comes_before_event_and_names_its_database) {
    struct keyspace *keyspace = create(3);
    struct heard heard = {sds_new(BYTES(""))};
    const struct key_listener listeners[] = {{"test", hear_event, &heard}};
    keyspace_set_listeners(keyspace, listeners, 1);
    keyspace_set_interest(keyspace, 0, KEY_CLASS_EXPIRED);
    keyspace_set_removal_sink(keyspace,
                              (struct removal_sink){.expired = hear_expired, .context = &heard});
    put(keyspace_database(keyspace, 2), BYTES("two"), START_MS + 1);
    put(keyspace_database(keyspace, 0), BYTES("zero"), START_MS + 1);
    set_time(START_MS + 2);
    (void)expire_due_keys(keyspace, LONG_US);
    require_text(sds_view(heard.text),
                 "effect 0 zero; expired 0 zero; effect 2 two; expired 2 two; ");
    sds_free(heard.text);
    keyspace_destroy(keyspace);
}

Test(expire, held_expiry_removes_nothing_until_all_holds_are_gone) {
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    put(database, BYTES("k"), START_MS + 1);
    keyspace_hold_expiry(keyspace);
    keyspace_hold_expiry(keyspace);
    set_time(START_MS + 100);
    cr_assert_eq(expire_due_keys(keyspace, LONG_US), INT64_MAX);
    keyspace_release_expiry(keyspace);
    cr_assert_eq(expire_due_keys(keyspace, LONG_US), INT64_MAX);
    cr_assert_eq(database_key_count(database), 1);
    keyspace_release_expiry(keyspace);
    (void)expire_due_keys(keyspace, LONG_US);
    cr_assert_eq(database_key_count(database), 0);
    keyspace_destroy(keyspace);
}

Test(expire, under_another_authority_nothing_is_removed) {
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    put(database, BYTES("k"), START_MS + 1);
    set_time(START_MS + 100);
    keyspace_set_time_authority(keyspace, TIME_BY_LOG);
    cr_assert_eq(expire_due_keys(keyspace, LONG_US), INT64_MAX);
    keyspace_set_time_authority(keyspace, TIME_STOPPED);
    cr_assert_eq(expire_due_keys(keyspace, LONG_US), INT64_MAX);
    cr_assert_eq(database_key_count(database), 1);
    keyspace_set_time_authority(keyspace, TIME_BY_CLOCK);
    (void)expire_due_keys(keyspace, LONG_US);
    cr_assert_eq(database_key_count(database), 0);
    keyspace_destroy(keyspace);
}

Test(expire, a_budget_cuts_the_work_into_slices) {
    enum { KEYS = 50000 };
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    for (size_t i = 0; i < KEYS; i++) {
        put_numbered(database, i, START_MS + 1);
    }
    put(database, BYTES("stays"), DEADLINE_NONE);
    set_time(START_MS + 2);
    size_t slices = 0;
    size_t left = KEYS + 1;
    while (expire_due_keys(keyspace, 1) == 0) {
        size_t now = database_key_count(database);
        require(now <= left);
        left = now;
        slices++;
        require(slices <= KEYS);
    }
    cr_assert_gt(slices, 10);
    cr_assert_eq(database_key_count(database), 1);
    cr_assert_eq(database_deadline_count(database), 0);
    cr_assert_eq(keyspace_counters(keyspace)->expired_keys, KEYS);
    cr_assert_eq(keyspace_counters(keyspace)->expired_time_cap_reached_count, (int64_t)slices);
    keyspace_destroy(keyspace);
}

Test(expire, random_deadlines_are_met_and_no_key_leaves_early) {
    enum { KEYS = 3000, SPAN_MS = 100000 };
    struct random random;
    unit_random(&random, "expire");
    size_t before = alloc_used_bytes();
    struct keyspace *keyspace = create(4);
    int64_t *deadlines = alloc_new(KEYS * sizeof *deadlines);
    for (size_t i = 0; i < KEYS; i++) {
        deadlines[i] = START_MS + 1 + (int64_t)random_below(&random, SPAN_MS);
        put_numbered(keyspace_database(keyspace, i % 4), i, deadlines[i]);
    }
    int64_t now_ms = START_MS;
    while (now_ms <= START_MS + SPAN_MS + 1) {
        int64_t next_ms = expire_due_keys(keyspace, LONG_US);
        size_t wanted = 0;
        int64_t soonest_ms = INT64_MAX;
        for (size_t i = 0; i < KEYS; i++) {
            bool lives = deadlines[i] >= now_ms;
            wanted += lives;
            soonest_ms = lives && deadlines[i] < soonest_ms ? deadlines[i] : soonest_ms;
        }
        size_t count = 0;
        for (size_t i = 0; i < 4; i++) {
            count += database_key_count(keyspace_database(keyspace, i));
            require(database_key_count(keyspace_database(keyspace, i)) ==
                    database_deadline_count(keyspace_database(keyspace, i)));
        }
        require(count == wanted);
        require(wanted == 0 || (next_ms > now_ms && next_ms <= soonest_ms + 1));
        now_ms += 1 + (int64_t)random_below(&random, 500);
        set_time(now_ms);
    }
    alloc_free(deadlines);
    keyspace_destroy(keyspace);
    cr_assert_eq(alloc_used_bytes(), before);
}
