/*
 * A hold is what a connection knows of its lock: where it is and the token. Whether the lock is
 * still the same one is looked up when it matters; a hold whose lock is gone is dropped then.
 *
 * A hold comes up for renewal after each third of its lease, and once more just before the
 * deadline, so a connection that spoke at any time within the lease keeps its lock.
 *
 * While writes are held, no key expires, and neither renewals nor releases may be made: holds of
 * connections that went meanwhile are orphans, and wait.
 */
#include "server/locks.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/panic.h"
#include "keyspace/key_event.h"
#include "keyspace/keyspace.h"
#include "server/blocking.h"
#include "server/client.h"
#include "server/propagate.h"
#include "server/request.h"
#include "server/server.h"
#include "structs/deadlines.h"
#include "types/lock_value.h"
#include "types/string_type.h"

enum {
    START_MARGIN_US = 60 * 1000 * 1000, /* absorbs a lost tail of the log, and clock skew */
    RENEWALS_PER_LEASE = 3,
    LAST_CALL_MS = 1, /* before the deadline */
    RENEWAL_STEPS = 1000,
};

static const int64_t bucket_limits_ms[] = {1, 10, 100, 1000, 10000};
enum { BUCKET_COUNT = sizeof bucket_limits_ms / sizeof bucket_limits_ms[0] + 1 };

struct lock_hold {
    unsigned char renewal_node[DEADLINE_NODE_SIZE];
    struct list_node node; /* of the client's, or of the orphans */
    struct client *client; /* NULL: gone */
    uint64_t session;      /* the client's id */
    int database_index;
    uint64_t token;
    int64_t lease_ms;
    int64_t renewed_ms; /* when the lease began or was renewed */
    int64_t deadline_ms;
    sds key;
};

struct locks {
    struct server *server;
    uint64_t last_token;
    struct deadlines *renewals;
    int64_t next_ms;          /* no renewal is due before */
    struct list_node orphans; /* holds whose release waits until writes may be made */
    int64_t grant_count;
    int64_t contended_count;
    int64_t waits[BUCKET_COUNT];
};

static uint64_t now_us(void) {
    return (uint64_t)clock_unix_ms() * CLOCK_US_PER_MS;
}

static void drop_hold(struct locks *locks, struct lock_hold *hold) {
    deadlines_remove(locks->renewals, hold->renewal_node);
    list_remove(&hold->node);
    sds_free(hold->key);
    alloc_free(hold);
}

static struct lock_hold *first_hold(const struct list_node *holds) {
    return LIST_ENTRY(holds->next, struct lock_hold, node);
}

static void drop_all(struct locks *locks, struct list_node *holds) {
    while (!list_is_empty(holds)) {
        drop_hold(locks, first_hold(holds));
    }
}

struct locks *locks_create(struct server *server) {
    struct locks *locks = alloc_zeroed(sizeof *locks);
    locks->server = server;
    locks->last_token = now_us() + START_MARGIN_US;
    locks->renewals = deadlines_create(clock_unix_ms());
    locks->next_ms = INT64_MAX;
    list_init(&locks->orphans);
    return locks;
}

void locks_destroy(struct locks *locks) {
    if (locks != NULL) {
        drop_all(locks, &locks->orphans);
        deadlines_destroy(locks->renewals);
        alloc_free(locks);
    }
}

/* ---- Tokens ---- */

uint64_t locks_next_token(struct locks *locks) {
    uint64_t now = now_us();
    locks->last_token = now > locks->last_token ? now : locks->last_token + 1;
    return locks->last_token;
}

uint64_t locks_last_token(const struct locks *locks) {
    return locks->last_token;
}

void locks_see_token(struct locks *locks, uint64_t token) {
    if (token < UINT64_MAX - START_MARGIN_US && token + START_MARGIN_US > locks->last_token) {
        locks->last_token = token + START_MARGIN_US;
    }
}

/* ---- Holds ---- */

static struct request make_request(struct locks *locks, const struct lock_hold *hold,
                                   struct bytes args[2]) {
    args[0] = BYTES("LOCK");
    args[1] = sds_view(hold->key);
    return (struct request){
        .server = locks->server,
        .client = hold->client,
        .database = keyspace_database(locks->server->keyspace, (size_t)hold->database_index),
        .args = args,
        .argc = 2,
        .effects = propagate_effects(locks->server->propagate),
    };
}

/* Opens the key of a hold; false when the lock is not the same one any more. */
static bool open_hold(struct request *req, const struct lock_hold *hold, struct open_key *key) {
    if (!request_write_any(req, 1, key) || !lock_value_is(&key->value)) {
        return false;
    }
    struct lock_fields fields = lock_value_fields(&key->value);
    return fields.token == hold->token && fields.session == hold->session;
}

static void schedule(struct locks *locks, struct lock_hold *hold, int64_t now_ms, bool is_new) {
    int64_t next_ms = now_ms + hold->lease_ms / RENEWALS_PER_LEASE;
    int64_t last_ms = hold->deadline_ms - LAST_CALL_MS;
    next_ms = next_ms < last_ms ? next_ms : last_ms;
    if (is_new) {
        deadlines_insert(locks->renewals, hold->renewal_node, next_ms);
    } else {
        deadlines_change(locks->renewals, hold->renewal_node, next_ms);
    }
    locks->next_ms = next_ms < locks->next_ms ? next_ms : locks->next_ms;
}

static struct lock_hold *find_hold(struct client *client, int database_index, struct bytes key) {
    LIST_EACH(node, &client->lock_holds) {
        struct lock_hold *hold = LIST_ENTRY(node, struct lock_hold, node);
        if (hold->database_index == database_index && bytes_equal(sds_view(hold->key), key)) {
            return hold;
        }
    }
    return NULL;
}

void locks_hold(struct locks *locks, struct client *client,
                const struct lock_hold_request *wanted) {
    struct lock_hold *known = find_hold(client, wanted->database_index, wanted->key);
    if (known != NULL) {
        drop_hold(locks, known);
    }
    struct lock_hold *hold = alloc_zeroed(sizeof *hold);
    *hold = (struct lock_hold){
        .client = client,
        .session = client->id,
        .database_index = wanted->database_index,
        .token = wanted->token,
        .lease_ms = wanted->lease_ms,
        .renewed_ms = clock_unix_ms(),
        .deadline_ms = wanted->deadline_ms,
        .key = sds_new(wanted->key),
    };
    list_push_back(&client->lock_holds, &hold->node);
    schedule(locks, hold, hold->renewed_ms, true);
}

static void release_hold(struct locks *locks, struct lock_hold *hold) {
    struct bytes args[2];
    struct request req = make_request(locks, hold, args);
    struct open_key key;
    if (open_hold(&req, hold, &key)) {
        const struct bytes effect[] = {BYTES("DEL"), args[1]};
        request_announce(&req, &key, EVENT_UNLOCK);
        request_removed(&req, &key, EVENT_DEL, false);
        request_replay_as(&req, effect, ARRAY_SIZE(effect));
    }
    drop_hold(locks, hold);
}

void locks_release(struct locks *locks, struct client *client) {
    bool must_wait = server_holds_writes(locks->server);
    while (!list_is_empty(&client->lock_holds)) {
        struct lock_hold *hold = first_hold(&client->lock_holds);
        if (must_wait) {
            list_remove(&hold->node);
            hold->client = NULL;
            list_push_back(&locks->orphans, &hold->node);
        } else {
            release_hold(locks, hold);
        }
    }
}

void locks_forget(struct client *client) {
    drop_all(client->server->locks, &client->lock_holds);
}

/* ---- Where the locks are ---- */

void locks_rename(struct locks *locks, const struct lock_rename *rename) {
    struct client *client = client_find(locks->server, rename->session);
    struct lock_hold *hold =
        client == NULL ? NULL : find_hold(client, rename->database_index, rename->from);
    if (hold == NULL) {
        return;
    }
    struct lock_hold *replaced = find_hold(client, rename->database_index, rename->to);
    if (replaced != NULL) {
        drop_hold(locks, replaced);
    }
    sds_free(hold->key);
    hold->key = sds_new(rename->to);
}

void locks_swap_databases(struct locks *locks, int first, int second) {
    LIST_EACH(client_node, &locks->server->clients.all) {
        struct client *client = LIST_ENTRY(client_node, struct client, node);
        LIST_EACH(node, &client->lock_holds) {
            struct lock_hold *hold = LIST_ENTRY(node, struct lock_hold, node);
            if (hold->database_index == first) {
                hold->database_index = second;
            } else if (hold->database_index == second) {
                hold->database_index = first;
            }
        }
    }
}

/* ---- Renewals ---- */

/* The client spoke since the last renewal: the lease begins anew. */
static void renew(struct locks *locks, struct lock_hold *hold, int64_t now_ms) {
    struct bytes args[2];
    struct request req = make_request(locks, hold, args);
    struct open_key key;
    if (!open_hold(&req, hold, &key)) {
        drop_hold(locks, hold);
        return;
    }
    hold->renewed_ms = now_ms;
    hold->deadline_ms = now_ms + hold->lease_ms;
    if (key.deadline_ms < hold->deadline_ms) {
        char number[REQUEST_NUMBER_SIZE];
        const struct bytes effect[] = {BYTES("PEXPIREAT"), args[1],
                                       request_number(number, hold->deadline_ms)};
        key.deadline_ms = hold->deadline_ms;
        request_deadline_changed(&req, &key, EVENT_EXPIRE);
        request_replay_as(&req, effect, ARRAY_SIZE(effect));
        propagate_flush(locks->server->propagate);
    }
    schedule(locks, hold, now_ms, false);
}

int64_t locks_run(struct locks *locks, int64_t now_ms) {
    if (server_holds_writes(locks->server)) {
        return INT64_MAX; /* locks_resume goes on. */
    }
    if (now_ms < locks->next_ms) {
        return locks->next_ms == INT64_MAX ? INT64_MAX : locks->next_ms - now_ms;
    }
    size_t steps = RENEWAL_STEPS;
    void *node = NULL;
    /* A server that is late finds deadlines that have passed, and the locks still there. */
    keyspace_hold_expiry(locks->server->keyspace);
    while (steps > 0 && (node = deadlines_take_due(locks->renewals, now_ms, &steps)) != NULL) {
        struct lock_hold *hold = DEADLINE_ENTRY(node, struct lock_hold, renewal_node);
        if (hold->client->last_active_ms > hold->renewed_ms) {
            renew(locks, hold, now_ms);
        } else if (now_ms >= hold->deadline_ms - LAST_CALL_MS) {
            drop_hold(locks, hold); /* It lapses. */
        } else {
            schedule(locks, hold, now_ms, false);
        }
    }
    keyspace_release_expiry(locks->server->keyspace);
    locks->next_ms = deadlines_next(locks->renewals);
    return deadlines_left_ms(locks->renewals, now_ms);
}

void locks_resume(struct locks *locks) {
    if (server_holds_writes(locks->server)) {
        return;
    }
    while (!list_is_empty(&locks->orphans)) {
        release_hold(locks, first_hold(&locks->orphans));
    }
    propagate_flush(locks->server->propagate);
    size_t rounds = deadlines_count(locks->renewals) / RENEWAL_STEPS + 1;
    for (; rounds > 0; rounds--) {
        (void)locks_run(locks, clock_unix_ms());
    }
}

/* ---- Replay ---- */

void locks_adopt(struct locks *locks, int database_index, struct bytes key_name,
                 const struct lock_fields *fields) {
    struct database *database = keyspace_database(locks->server->keyspace, (size_t)database_index);
    struct open_key key;
    struct value value;
    char scratch[STRING_SCRATCH_SIZE];
    if (keyspace_open_write(database, key_name, hash_bytes(key_name), &key) &&
        key.value.type == VALUE_STRING &&
        bytes_equal(string_bytes(&key.value, scratch), fields->owner)) {
        lock_value_create(&value, fields, keyspace_lock_counter(locks->server->keyspace));
        keyspace_replace(&key, &value, key.deadline_ms);
    }
}

/* ---- Figures ---- */

void locks_count_grant(struct locks *locks, int64_t waited_us) {
    size_t bucket = 0;
    while (bucket + 1 < BUCKET_COUNT && waited_us > bucket_limits_ms[bucket] * CLOCK_US_PER_MS) {
        bucket++;
    }
    locks->grant_count++;
    locks->waits[bucket]++;
}

void locks_count_contended(struct locks *locks) {
    locks->contended_count++;
}

sds locks_write_info(struct server *server, sds text) {
    const struct locks *locks = server->locks;
    size_t held = atomic_load(&keyspace_lock_counter(server->keyspace)->held);
    text = sds_append_format(text,
                             "locks_held:%zu\r\nlock_waiters:%zu\r\nlock_grants:%lld\r\n"
                             "lock_contended:%lld\r\nlock_expired_while_held:%lld\r\n"
                             "lock_last_token:%llu\r\nlock_wait_ms:",
                             held, blocking_queue_count(server->blocking, VALUE_STRING),
                             (long long)locks->grant_count, (long long)locks->contended_count,
                             (long long)keyspace_counters(server->keyspace)->expired_locks,
                             (unsigned long long)locks->last_token);
    for (size_t i = 0; i + 1 < BUCKET_COUNT; i++) {
        text = sds_append_format(text, "le_%lld=%lld,", (long long)bucket_limits_ms[i],
                                 (long long)locks->waits[i]);
    }
    return sds_append_format(text, "more=%lld\r\n", (long long)locks->waits[BUCKET_COUNT - 1]);
}
