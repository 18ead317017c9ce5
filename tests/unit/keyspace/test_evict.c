#include "keyspace/evict.h"

#include "base/clock.h"
#include "base/hash.h"
#include "keyspace/keyspace.h"
#include "support/unit.h"
#include "types/lock_value.h"
#include "types/string_type.h"

#include <string.h>

enum { START_MS = 1000000, KEYS = 1000, SAMPLES = 5, NAME_SIZE = 32 };

static struct keyspace *create(size_t database_count) {
    clock_set_fixed((int64_t)START_MS * CLOCK_US_PER_MS);
    return keyspace_create(database_count);
}

static struct bytes name_of(size_t number, char name[NAME_SIZE]) {
    return (struct bytes){name, (size_t)snprintf(name, NAME_SIZE, "key:%zu", number)};
}

static void put(struct database *database, size_t number, int64_t deadline_ms) {
    char name[NAME_SIZE];
    struct open_key key;
    struct bytes bytes = name_of(number, name);
    (void)keyspace_open_write(database, bytes, hash_bytes(bytes), &key);
    struct value value;
    string_value_of(BYTES("value"), &value);
    keyspace_replace(&key, &value, deadline_ms);
}

static void put_lock(struct keyspace *keyspace, size_t number) {
    struct database *database = keyspace_database(keyspace, 0);
    char name[NAME_SIZE];
    struct open_key key;
    struct bytes bytes = name_of(number, name);
    (void)keyspace_open_write(database, bytes, hash_bytes(bytes), &key);
    struct value value;
    struct lock_fields fields = {.owner = BYTES("me"), .token = 1, .hold_count = 1};
    lock_value_create(&value, &fields, keyspace_lock_counter(keyspace));
    keyspace_replace(&key, &value, START_MS + 1);
}

static bool open(struct database *database, size_t number, struct open_key *key) {
    char name[NAME_SIZE];
    struct bytes bytes = name_of(number, name);
    return keyspace_open_read(database, bytes, hash_bytes(bytes), OPEN_UNTOUCHED, key);
}

/* How many keys of [from, to) are there. */
static size_t count(struct database *database, size_t from, size_t to) {
    struct open_key key;
    size_t found = 0;
    for (size_t i = from; i < to; i++) {
        found += open(database, i, &key);
    }
    return found;
}

static void set_access(struct database *database, size_t number, int64_t idle_seconds,
                       int64_t frequency) {
    struct open_key key;
    require(open(database, number, &key));
    keyspace_set_access(&key, idle_seconds, frequency);
}

static void remove_keys(struct keyspace *keyspace, struct eviction_rule rule, size_t key_count) {
    struct evictor *evictor = evictor_create(keyspace);
    rule.sample_count = SAMPLES;
    for (size_t i = 0; i < key_count; i++) {
        require(evictor_remove_one(evictor, &rule));
    }
    evictor_destroy(evictor);
}

/* The half that is to go goes, but for few: choices are by chance. */
static void assert_first_half_goes(struct keyspace *keyspace, struct eviction_rule rule) {
    enum { FEW = KEYS / 50 };
    struct database *database = keyspace_database(keyspace, 0);
    remove_keys(keyspace, rule, KEYS / 4);
    cr_expect_eq(database_key_count(database), KEYS - KEYS / 4);
    cr_expect_geq(count(database, KEYS / 2, KEYS), KEYS / 2 - FEW);
    cr_expect_eq(keyspace_counters(keyspace)->evicted_keys, KEYS / 4);
}

Test(evict, those_not_used_for_the_longest_time_go_first) {
    struct keyspace *keyspace = create(1);
    for (size_t i = 0; i < KEYS; i++) {
        put(keyspace_database(keyspace, 0), i, DEADLINE_NONE);
        set_access(keyspace_database(keyspace, 0), i, i < KEYS / 2 ? 1000 : 10, -1);
    }
    assert_first_half_goes(keyspace, (struct eviction_rule){.order = EVICTION_LEAST_RECENT});
    keyspace_destroy(keyspace);
}

Test(evict, those_used_least_often_go_first) {
    struct keyspace *keyspace = create(1);
    keyspace_set_access_policy(keyspace, (struct access_policy){.by_frequency = true});
    for (size_t i = 0; i < KEYS; i++) {
        put(keyspace_database(keyspace, 0), i, DEADLINE_NONE);
        set_access(keyspace_database(keyspace, 0), i, -1, i < KEYS / 2 ? 3 : 100);
    }
    assert_first_half_goes(keyspace, (struct eviction_rule){.order = EVICTION_LEAST_FREQUENT});
    keyspace_destroy(keyspace);
}

Test(evict, those_with_the_earliest_deadline_go_first) {
    struct keyspace *keyspace = create(1);
    for (size_t i = 0; i < KEYS; i++) {
        put(keyspace_database(keyspace, 0), i, START_MS + (i < KEYS / 2 ? 1000 : 100000) + (int)i);
    }
    assert_first_half_goes(
        keyspace, (struct eviction_rule){.order = EVICTION_SOONEST, .volatile_only = true});
    keyspace_destroy(keyspace);
}

Test(evict, a_candidate_that_is_used_again_stays) {
    struct keyspace *keyspace = create(1);
    struct database *database = keyspace_database(keyspace, 0);
    struct eviction_rule rule = {.order = EVICTION_LEAST_RECENT, .sample_count = 64};
    struct evictor *evictor = evictor_create(keyspace);
    for (size_t i = 0; i < 8; i++) {
        put(database, i, DEADLINE_NONE);
        set_access(database, i, 1000, -1);
    }
    require(evictor_remove_one(evictor, &rule)); /* The others are candidates now. */
    for (size_t i = 0; i < 8; i++) {
        struct open_key key;
        if (open(database, i, &key)) {
            keyspace_set_access(&key, 5, -1);
        }
    }
    put(database, 8, DEADLINE_NONE);
    set_access(database, 8, 10, -1);
    require(evictor_remove_one(evictor, &rule));
    cr_expect_eq(count(database, 8, 9), 0);
    evictor_destroy(evictor);
    keyspace_destroy(keyspace);
}

/* With few among many, and with many among few. */
Test(evict, keys_without_deadline_stay_when_the_rule_says_so) {
    for (enum eviction_order order = EVICTION_LEAST_RECENT; order <= EVICTION_RANDOM; order++) {
        for (size_t every = 2; every <= 200; every *= 100) {
            struct keyspace *keyspace = create(3);
            struct database *database = keyspace_database(keyspace, 2);
            for (size_t i = 0; i < KEYS; i++) {
                int64_t deadline_ms = START_MS + (int64_t)i * 1000000;
                put(database, i, i % every == 0 ? deadline_ms : DEADLINE_NONE);
            }
            struct eviction_rule rule = {.order = order, .volatile_only = true};
            remove_keys(keyspace, rule, KEYS / every);
            cr_expect_eq(database_key_count(database), KEYS - KEYS / every);
            cr_expect_eq(database_deadline_count(database), 0);
            struct evictor *evictor = evictor_create(keyspace);
            rule.sample_count = SAMPLES;
            cr_expect_not(evictor_remove_one(evictor, &rule));
            evictor_destroy(evictor);
            keyspace_destroy(keyspace);
        }
    }
}

Test(evict, all_databases_give_and_nothing_is_left) {
    for (enum eviction_order order = EVICTION_LEAST_RECENT; order <= EVICTION_RANDOM; order++) {
        struct keyspace *keyspace = create(4);
        for (size_t i = 0; i < KEYS; i++) {
            put(keyspace_database(keyspace, i % 3), i, START_MS + (int)i);
        }
        struct eviction_rule rule = {.order = order, .volatile_only = order == EVICTION_SOONEST};
        remove_keys(keyspace, rule, KEYS / 2);
        for (size_t i = 0; i < 3; i++) {
            cr_expect_lt(database_key_count(keyspace_database(keyspace, i)), KEYS / 3);
        }
        remove_keys(keyspace, rule, KEYS / 2);
        rule.sample_count = SAMPLES;
        struct evictor *evictor = evictor_create(keyspace);
        cr_expect_not(evictor_remove_one(evictor, &rule));
        evictor_destroy(evictor);
        keyspace_destroy(keyspace);
    }
}

Test(evict, locks_never_go) {
    for (enum eviction_order order = EVICTION_LEAST_RECENT; order <= EVICTION_RANDOM; order++) {
        struct keyspace *keyspace = create(1);
        struct database *database = keyspace_database(keyspace, 0);
        for (size_t i = 0; i < 10; i++) {
            put_lock(keyspace, i);
            put(database, 10 + i, START_MS + 1000000);
        }
        struct eviction_rule rule = {.order = order, .volatile_only = true};
        remove_keys(keyspace, rule, 10);
        cr_expect_eq(count(database, 0, 10), 10);
        rule.sample_count = SAMPLES;
        struct evictor *evictor = evictor_create(keyspace);
        cr_expect_not(evictor_remove_one(evictor, &rule));
        evictor_destroy(evictor);
        keyspace_destroy(keyspace);
    }
}

/* What the sink and a listener were told. */
static void hear_evicted(void *context, struct database *database, struct bytes key,
                         uint64_t hash) {
    sds *heard = context;
    require(hash == hash_bytes(key));
    *heard = sds_append_format(*heard, "effect %d %.*s; ", database_index(database),
                               (int)key.length, key.data);
}

static void hear_event(void *context, const struct key_happening *happening) {
    sds *heard = context;
    *heard = sds_append_format(*heard, "%s %d %.*s; ", key_event_name(happening->event),
                               happening->database_index, (int)happening->key.length,
                               happening->key.data);
}

Test(evict, an_effect_and_an_event_tell_of_it) {
    struct keyspace *keyspace = create(2);
    sds heard = sds_new(BYTES(""));
    const struct key_listener listeners[] = {{"test", hear_event, &heard}};
    put(keyspace_database(keyspace, 1), 7, DEADLINE_NONE);
    keyspace_set_listeners(keyspace, listeners, 1);
    keyspace_set_interest(keyspace, 0, ~0U);
    keyspace_set_removal_sink(keyspace,
                              (struct removal_sink){.evicted = hear_evicted, .context = &heard});
    remove_keys(keyspace, (struct eviction_rule){.order = EVICTION_LEAST_RECENT}, 1);
    require_text(sds_view(heard), "effect 1 key:7; evicted 1 key:7; ");
    sds_free(heard);
    keyspace_destroy(keyspace);
}
