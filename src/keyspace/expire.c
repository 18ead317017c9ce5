/*
 * The deadline index hands out due entries in about the order of time. The clock is read once in a
 * while only, because a removal costs no more than two cache misses.
 */
#include "keyspace/expire.h"

#include "base/clock.h"
#include "base/hash.h"
#include "keyspace/entry.h"
#include "keyspace/field_deadlines.h"
#include "keyspace/keyspace_internal.h"
#include "structs/deadlines.h"

enum { STEPS_PER_CLOCK_READING = 64, NS_PER_US = 1000 };

/* Returns true when nothing more is due in this database, false when the time ran out. */
static bool expire_database(struct database *database, int64_t now_ms, int64_t stop_ns) {
    for (;;) {
        size_t steps = STEPS_PER_CLOCK_READING;
        void *node = NULL;
        while ((node = deadlines_take_due(database->deadlines, now_ms, &steps)) != NULL) {
            struct entry *entry = entry_of_deadline_node(node);
            keyspace_expire_entry(database, entry, hash_bytes(entry_key(entry)));
            if (steps == 0) {
                break;
            }
        }
        if (node == NULL && steps > 0) {
            return true;
        }
        if (clock_monotonic_ns() >= stop_ns) {
            return false;
        }
    }
}

/* The same for fields of hashes. */
static bool expire_fields(struct database *database, int64_t now_ms, int64_t stop_ns) {
    for (;;) {
        size_t steps = STEPS_PER_CLOCK_READING;
        struct bytes name;
        uint64_t hash;
        if (field_deadlines_take_due(database->fields, now_ms, &steps, &name, &hash)) {
            keyspace_expire_fields(database, name, hash, now_ms + 1);
        } else if (steps > 0) {
            return true;
        }
        if (clock_monotonic_ns() >= stop_ns) {
            return false;
        }
    }
}

/* Removes what is due in a database; false when the time ran out. */
static bool expire_all(struct database *database, int64_t now_ms, int64_t stop_ns,
                       int64_t *next_ms) {
    if (deadlines_count(database->deadlines) > 0) {
        if (!expire_database(database, now_ms, stop_ns)) {
            return false;
        }
        int64_t candidate_ms = deadlines_next(database->deadlines);
        *next_ms = candidate_ms < *next_ms ? candidate_ms : *next_ms;
    }
    if (database->fields != NULL && field_deadlines_count(database->fields) > 0) {
        if (!expire_fields(database, now_ms, stop_ns)) {
            return false;
        }
        int64_t candidate_ms = field_deadlines_next(database->fields);
        *next_ms = candidate_ms < *next_ms ? candidate_ms : *next_ms;
    }
    return true;
}

int64_t expire_due_keys(struct keyspace *keyspace, int64_t budget_us) {
    if (!keyspace_may_expire(keyspace)) {
        return INT64_MAX;
    }
    /* A key lives through the millisecond of its deadline. */
    int64_t now_ms = clock_unix_ms() - 1;
    int64_t stop_ns = clock_monotonic_ns() + budget_us * NS_PER_US;
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; i < keyspace->database_count; i++) {
        if (!expire_all(&keyspace->databases[i], now_ms, stop_ns, &next_ms)) {
            keyspace->counters.expired_time_cap_reached_count++;
            return 0;
        }
    }
    return next_ms < INT64_MAX ? next_ms + 1 : next_ms;
}
