/*
 *   key_group ──► queue (no name) ──► wait ──► wait …     ready ──► key_group ──► key_group …
 *             ──► queue (group g) ──► wait ──► wait …
 *
 * A wait links a client into a queue of those who wait on one key, in order of arrival. A change of
 * the key puts its group into the list of ready keys; when the request that changed it has ended,
 * the waiting requests run again, first come first served, as long as the key still has something
 * of the right type.
 *
 * Those who wait for the same thing share a queue with a name: a lock, or what is new to a consumer
 * group. Whoever runs in vain there ends the turn of those behind, so an entry that wakes one of
 * many consumers costs two runs. Those who also wait for something else say so with a class; of
 * each class one must run in vain. He then knows when to look again: when he leaves, the next one
 * of the class looks.
 *
 * Waiting has an end: deadlines of all blocked clients are in one deadline index.
 */
#include "server/blocking.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/panic.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/dispatch.h"
#include "server/durability.h"
#include "server/key_groups.h"
#include "server/propagate.h"
#include "server/request_copy.h"
#include "server/server.h"
#include "server/turn.h"
#include "structs/deadlines.h"
#include "structs/journal.h"

enum { TIMEOUT_STEPS = 1000, VAIN_CLASSES_MAX = 4 };

struct blocking {
    struct server *server;
    struct key_groups *groups;
    struct deadlines *deadlines;
    struct deadlines *wakes; /* of those who wait for a time as well as for a key */
    struct list_node ready;  /* groups by mark */
    size_t listener_index;
    size_t client_count;
    size_t any_change_count;               /* of clients that wake on any change */
    size_t queue_counts[VALUE_TYPE_COUNT]; /* of clients in queues with a name, by type */
    bool is_serving;
};

/* Those who wait on a key for the same; without a name: each for something of its own. */
struct queue {
    struct list_node member; /* of the key's group */
    struct list_node waits;
    struct key_group *group;
    enum value_type type; /* of a queue with a name */
    sds name;             /* NULL: none */
    size_t wait_count;
    size_t classed_count;   /* of waits with a class */
    uint64_t vain_at_count; /* the key's changes when somebody last ran in vain; 0: never */
    size_t vain_class_count;
    uint64_t vain_classes[VAIN_CLASSES_MAX]; /* of those who ran in vain then */
};

/* One key that a client waits on. */
struct wait {
    struct list_node member; /* of the queue */
    struct queue *queue;
    struct blocked *blocked;
};

/* What a blocked client waits for. */
struct blocked {
    unsigned char deadline_node[DEADLINE_NODE_SIZE];
    unsigned char wake_node[DEADLINE_NODE_SIZE];
    struct client *client;
    struct request_copy *request;
    struct block_options options;
    int64_t since_ns;
    bool has_deadline;
    bool has_wake;
    size_t wait_count;
    struct wait waits[];
};

/* Waits must not end early or late because the wall clock was set. */
static int64_t monotonic_ms(void) {
    return clock_monotonic_ns() / (CLOCK_US_PER_MS * CLOCK_MS_PER_SECOND);
}

struct blocking *blocking_create(struct server *server) {
    struct blocking *blocking = alloc_zeroed(sizeof *blocking);
    blocking->server = server;
    blocking->groups = key_groups_create();
    blocking->deadlines = deadlines_create(monotonic_ms());
    list_init(&blocking->ready);
    return blocking;
}

void blocking_destroy(struct blocking *blocking) {
    if (blocking == NULL) {
        return;
    }
    key_groups_destroy(blocking->groups);
    deadlines_destroy(blocking->deadlines);
    deadlines_destroy(blocking->wakes);
    alloc_free(blocking);
}

void blocking_set_listener_index(struct blocking *blocking, size_t listener_index) {
    blocking->listener_index = listener_index;
}

static void update_interest(struct blocking *blocking) {
    unsigned interest = key_groups_count(blocking->groups) > 0 ? KEY_INTEREST_CHANGES : 0;
    keyspace_set_interest(blocking->server->keyspace, blocking->listener_index, interest);
}

static void mark_ready(struct blocking *blocking, struct key_group *group) {
    group->change_count++;
    if (!list_is_linked(&group->mark)) {
        list_push_back(&blocking->ready, &group->mark);
    }
}

void blocking_hear(void *context, const struct key_happening *happening) {
    struct blocking *blocking = context;
    if (key_event_serves_nobody(happening->event)) {
        return;
    }
    struct key_group *group = key_groups_find(blocking->groups, happening->database_index,
                                              happening->key, happening->hash);
    if (group != NULL) {
        mark_ready(blocking, group);
    }
}

/* ---- Beginning and ending a wait ---- */

static void start_deadline(struct blocking *blocking, struct blocked *blocked) {
    double timeout_ms = blocked->options.timeout_seconds * CLOCK_MS_PER_SECOND;
    int64_t now_ms = monotonic_ms();
    if (timeout_ms <= 0 || timeout_ms >= (double)(INT64_MAX - now_ms)) {
        return;
    }
    /* Round up: a wait must never be shorter than asked for. */
    int64_t whole_ms = (int64_t)timeout_ms;
    whole_ms += (double)whole_ms < timeout_ms;
    blocked->has_deadline = true;
    deadlines_insert(blocking->deadlines, blocked->deadline_node, now_ms + 1 + whole_ms);
}

/* Sets, moves or drops the time at which the request runs again. */
static void set_wake(struct blocking *blocking, struct blocked *blocked, int64_t wake_ms) {
    if (blocked->has_wake) {
        deadlines_remove(blocking->wakes, blocked->wake_node);
    }
    blocked->has_wake = wake_ms > 0;
    if (wake_ms > 0) {
        if (blocking->wakes == NULL) {
            blocking->wakes = deadlines_create(monotonic_ms());
        }
        int64_t left_ms = wake_ms - clock_unix_ms();
        deadlines_insert(blocking->wakes, blocked->wake_node,
                         monotonic_ms() + (left_ms > 0 ? left_ms : 0));
    }
}

/* The queue of a key with this name, made when there is none. O(queues of the key). */
static struct queue *get_queue(struct key_group *group, enum value_type type, struct bytes name) {
    LIST_EACH(node, &group->members) {
        struct queue *queue = LIST_ENTRY(node, struct queue, member);
        if (name.data == NULL ? queue->name == NULL
                              : queue->name != NULL && queue->type == type &&
                                    bytes_equal(sds_view(queue->name), name)) {
            return queue;
        }
    }
    struct queue *queue = alloc_zeroed(sizeof *queue);
    list_init(&queue->waits);
    queue->group = group;
    queue->type = type;
    queue->name = name.data == NULL ? NULL : sds_new(name);
    list_push_back(&group->members, &queue->member);
    return queue;
}

/*
 * True when the client stands in this queue already: an earlier argument named the same key. Then
 * it is the last, because nobody came in between.
 */
static bool is_member(const struct queue *queue, const struct blocked *blocked) {
    return !list_is_empty(&queue->waits) &&
           LIST_ENTRY(queue->waits.previous, struct wait, member)->blocked == blocked;
}

static void enter_queue(struct queue *queue, struct wait *wait) {
    wait->queue = queue;
    list_push_back(&queue->waits, &wait->member);
    queue->wait_count++;
    queue->classed_count += wait->blocked->options.queue_class != 0;
    queue->group->member_count++;
}

/* Leaves the queue, which is gone with its last wait, as is the key's group with its last queue. */
static void leave_queue(struct blocking *blocking, struct wait *wait) {
    struct queue *queue = wait->queue;
    struct key_group *group = queue->group;
    list_remove(&wait->member);
    queue->wait_count--;
    queue->classed_count -= wait->blocked->options.queue_class != 0;
    group->member_count--;
    if (queue->classed_count > 0 && wait->blocked->has_wake) {
        mark_ready(blocking, group); /* Another one must wait for that time. */
    }
    if (queue->wait_count == 0) {
        list_remove(&queue->member);
        sds_free(queue->name);
        alloc_free(queue);
        key_groups_drop_empty(blocking->groups, group);
    }
}

void blocking_wait(struct blocking *blocking, struct request *req, const size_t *key_indexes,
                   size_t key_count, const struct block_options *options) {
    struct client *client = req->client;
    if (client->blocked != NULL) {
        ASSERT((req->flags & REQUEST_REEXECUTED) != 0);
        set_wake(blocking, client->blocked, options->wake_ms);
        return;
    }
    struct blocked *blocked = alloc_zeroed(sizeof *blocked + key_count * sizeof blocked->waits[0]);
    blocked->client = client;
    blocked->options = *options;
    blocked->request = request_copy_create(req);
    blocked->since_ns = clock_monotonic_ns();
    struct bytes name = {NULL, 0};
    if (options->queue_index > 0) {
        name = req->args[options->queue_index];
        blocking->queue_counts[options->type]++;
    }
    for (size_t i = 0; i < key_count; i++) {
        struct key_group *group =
            key_groups_get(blocking->groups, database_index(req->database),
                           req->args[key_indexes[i]], request_key_hash(req, key_indexes[i]));
        struct queue *queue = get_queue(group, options->type, name);
        if (!is_member(queue, blocked)) {
            struct wait *wait = &blocked->waits[blocked->wait_count++];
            wait->blocked = blocked;
            enter_queue(queue, wait);
        }
    }
    start_deadline(blocking, blocked);
    set_wake(blocking, blocked, options->wake_ms);
    client->blocked = blocked;
    client->flags |= CLIENT_BLOCKED;
    blocking->client_count++;
    blocking->any_change_count += options->wakes_on_any_change;
    update_interest(blocking);
}

/* Takes the client out of all queues and frees the wait. */
static void end_wait(struct blocking *blocking, struct client *client) {
    struct blocked *blocked = client->blocked;
    blocking->any_change_count -= blocked->options.wakes_on_any_change;
    blocking->queue_counts[blocked->options.type] -= blocked->options.queue_index > 0;
    for (size_t i = 0; i < blocked->wait_count; i++) {
        leave_queue(blocking, &blocked->waits[i]);
    }
    if (blocked->has_deadline) {
        deadlines_remove(blocking->deadlines, blocked->deadline_node);
    }
    set_wake(blocking, blocked, 0);
    alloc_free(blocked->request);
    alloc_free(blocked);
    client->blocked = NULL;
    client->flags &= ~(uint32_t)CLIENT_BLOCKED;
    blocking->client_count--;
    update_interest(blocking);
}

void blocking_forget(struct client *client) {
    if (client->blocked != NULL) {
        end_wait(client->server->blocking, client);
    }
}

/* Sends the reply that ends a wait, and lets the client go on with what it has sent meanwhile. */
static void finish(struct blocking *blocking, struct client *client, struct reply *reply,
                   bool wrote) {
    end_wait(blocking, client);
    if (client_is_muted(client)) {
        client->flags &= ~(uint32_t)CLIENT_REPLY_SKIP;
        reply_release(reply);
    } else {
        client_send_reply(client, reply, wrote);
    }
    turn_resume_client(blocking->server->turn, client);
}

/* ---- Serving ---- */

/* A key that became ready. */
struct ready_key {
    int database_index;
    struct bytes key;
    uint64_t hash;
};

static bool open_ready_key(const struct blocking *blocking, const struct ready_key *ready,
                           struct open_key *key) {
    struct database *database =
        keyspace_database(blocking->server->keyspace, (size_t)ready->database_index);
    return keyspace_open_read(database, ready->key, ready->hash, OPEN_UNTOUCHED, key);
}

/* Runs the client's request again; ends its wait when it was served, and returns true then. */
static bool run_again(struct blocking *blocking, struct client *client, int database_number,
                      uint32_t flags) {
    struct reply reply;
    reply_init(&reply, NULL, 0, client->protocol);
    struct request req = {
        .server = blocking->server,
        .client = client,
        .database = keyspace_database(blocking->server->keyspace, (size_t)database_number),
        .flags = REQUEST_REEXECUTED | flags,
        .effects = propagate_effects(blocking->server->propagate),
    };
    request_copy_restore(client->blocked->request, &req);
    const struct journal *journal = durability_journal(blocking->server->durability);
    uint64_t log_start = journal_end(journal);
    blocking->server->last_ticks = clock_ticks();
    dispatch_age_clock(blocking->server); /* What changed the key may have taken long. */
    dispatch_execute(&req, &reply);
    propagate_flush(blocking->server->propagate);
    durability_note_write(client);
    if ((req.flags & REQUEST_BLOCKED) != 0) {
        reply_release(&reply);
        return false;
    }
    finish(blocking, client, &reply, journal_end(journal) != log_start);
    return true;
}

/* Whether somebody ran in vain since the key changed, who wants no less than this class. */
static bool is_in_vain(const struct queue *queue, uint64_t queue_class) {
    if (queue->name == NULL || queue->vain_at_count != queue->group->change_count) {
        return false;
    }
    for (size_t i = 0; i < queue->vain_class_count && queue_class != 0; i++) {
        if (queue->vain_classes[i] == queue_class) {
            return true;
        }
    }
    return queue_class == 0;
}

/* Notes that one of a class ran in vain when the key had so many changes. */
static void note_vain(struct queue *queue, uint64_t change_count, uint64_t queue_class) {
    if (queue->vain_at_count != change_count) {
        queue->vain_at_count = change_count;
        queue->vain_class_count = 0;
    }
    /* Without room for it, the next one of the class runs, too. */
    if (queue_class != 0 && queue->vain_class_count < VAIN_CLASSES_MAX) {
        queue->vain_classes[queue->vain_class_count++] = queue_class;
    }
}

/*
 * Serves a queue from the front, as long as the key is there, or somebody wants to know that it is
 * not. The queue may be gone then: its last wait left.
 */
static void serve_queue(struct blocking *blocking, struct queue *queue,
                        const struct ready_key *ready) {
    struct list_node *node = queue->waits.next;
    for (size_t left = queue->wait_count; left > 0; left--) {
        struct blocked *blocked = LIST_ENTRY(node, struct wait, member)->blocked;
        const struct block_options *options = &blocked->options;
        node = node->next;
        if (is_in_vain(queue, options->queue_class)) {
            if (queue->classed_count == 0) {
                return;
            }
            continue;
        }
        struct open_key key;
        bool is_there = open_ready_key(blocking, ready, &key);
        if (!is_there && blocking->any_change_count == 0) {
            return;
        }
        bool may_run =
            options->wakes_on_any_change || (is_there && key.value.type == options->type);
        uint64_t change_count = queue->group->change_count;
        if (may_run && !run_again(blocking, blocked->client, ready->database_index, 0)) {
            note_vain(queue, change_count, options->queue_class);
        }
    }
}

/*
 * Serves those who wait on a key. Serving may free queues and the group (the last one left) but
 * adds none, and it takes only the one who is served out of them, so the next queue stays good.
 */
static void serve_key(struct blocking *blocking, const struct ready_key *ready) {
    struct key_group *group =
        key_groups_find(blocking->groups, ready->database_index, ready->key, ready->hash);
    struct list_node *node = group == NULL ? NULL : group->members.next;
    while (group != NULL && node != &group->members) {
        struct queue *queue = LIST_ENTRY(node, struct queue, member);
        node = node->next;
        serve_queue(blocking, queue, ready);
        group = key_groups_find(blocking->groups, ready->database_index, ready->key, ready->hash);
    }
}

bool blocking_has_ready_keys(const struct blocking *blocking) {
    return !list_is_empty(&blocking->ready);
}

void blocking_serve(struct blocking *blocking) {
    if (blocking->is_serving || server_holds_writes(blocking->server)) {
        /* The outer call's loop takes what became ready meanwhile; or what is served now would
         * write. */
        return;
    }
    blocking->is_serving = true;
    struct list_node *mark = NULL;
    while ((mark = list_pop_front(&blocking->ready)) != NULL) {
        struct key_group *group = LIST_ENTRY(mark, struct key_group, mark);
        /* The group may be freed while its members are served. */
        sds key = sds_new(sds_view(group->key));
        struct ready_key ready = {group->database_index, sds_view(key), group->hash};
        serve_key(blocking, &ready);
        sds_free(key);
    }
    blocking->is_serving = false;
}

void blocking_run_again(struct blocking *blocking, struct client *client) {
    (void)run_again(blocking, client, database_index(client->database), 0);
}

size_t blocking_queue_count(const struct blocking *blocking, enum value_type type) {
    return blocking->queue_counts[type];
}

size_t blocking_waiters_on(const struct blocking *blocking, int database_index, struct bytes key,
                           uint64_t hash) {
    const struct key_group *group = key_groups_find(blocking->groups, database_index, key, hash);
    return group == NULL ? 0 : group->member_count;
}

bool blocking_is_owed(const struct blocking *blocking, int database_index, struct bytes key,
                      uint64_t hash, enum value_type type) {
    const struct key_group *group =
        blocking->queue_counts[type] == 0
            ? NULL
            : key_groups_find(blocking->groups, database_index, key, hash);
    if (group == NULL || !list_is_linked(&group->mark)) {
        return false;
    }
    LIST_EACH(node, &group->members) {
        const struct queue *queue = LIST_ENTRY(node, struct queue, member);
        if (queue->name != NULL && queue->type == type) {
            return true;
        }
    }
    return false;
}

int64_t blocking_waited_us(const struct client *client) {
    enum { NS_PER_US = 1000 };
    return client->blocked == NULL ? 0
                                   : (clock_monotonic_ns() - client->blocked->since_ns) / NS_PER_US;
}

static void recheck_group(void *context, struct key_group *group) {
    mark_ready(context, group);
}

void blocking_recheck(struct blocking *blocking) {
    key_groups_each(blocking->groups, recheck_group, blocking);
}

/* ---- Ends from outside ---- */

/*
 * Those whose time came make their keys ready, so that whoever waits longest on a key is served
 * first. Returns in how many ms the next wake comes.
 */
static int64_t run_wakes(struct blocking *blocking) {
    int64_t now_ms = monotonic_ms();
    size_t steps = TIMEOUT_STEPS;
    void *node = NULL;
    if (blocking->wakes == NULL) {
        return INT64_MAX;
    }
    while (steps > 0 && (node = deadlines_take_due(blocking->wakes, now_ms, &steps)) != NULL) {
        struct blocked *blocked = DEADLINE_ENTRY(node, struct blocked, wake_node);
        set_wake(blocking, blocked, 0);
        for (size_t i = 0; i < blocked->wait_count; i++) {
            mark_ready(blocking, blocked->waits[i].queue->group);
        }
    }
    if (blocking_has_ready_keys(blocking)) {
        blocking_serve(blocking);
    }
    return deadlines_left_ms(blocking->wakes, now_ms);
}

static int64_t end_timeouts(struct blocking *blocking) {
    int64_t now_ms = monotonic_ms();
    size_t steps = TIMEOUT_STEPS;
    void *node = NULL;
    while ((node = deadlines_take_due(blocking->deadlines, now_ms, &steps)) != NULL) {
        struct blocked *blocked = DEADLINE_ENTRY(node, struct blocked, deadline_node);
        (void)blocking_unblock(blocking, blocked->client, UNBLOCK_TIMEOUT);
        if (steps == 0) {
            return 0;
        }
    }
    return deadlines_left_ms(blocking->deadlines, now_ms);
}

int64_t blocking_end_timeouts(struct blocking *blocking) {
    int64_t timeout_ms = end_timeouts(blocking);
    int64_t wake_ms = run_wakes(blocking);
    return wake_ms < timeout_ms ? wake_ms : timeout_ms;
}

static void reply_timeout(struct reply *reply, enum timeout_reply kind) {
    switch (kind) {
    case TIMEOUT_NULL_ARRAY:
        reply_null_array(reply);
        return;
    case TIMEOUT_NULL:
        reply_null(reply);
        return;
    case TIMEOUT_ZERO:
        reply_integer(reply, 0);
        return;
    case TIMEOUT_RUN_AGAIN:
        UNREACHABLE();
    }
}

bool blocking_unblock(struct blocking *blocking, struct client *client,
                      enum unblock_reason reason) {
    if (client->blocked == NULL) {
        return false;
    }
    if (reason == UNBLOCK_TIMEOUT && client->blocked->options.timeout_reply == TIMEOUT_RUN_AGAIN) {
        run_again(blocking, client, database_index(client->database), REQUEST_TIMED_OUT);
        return true;
    }
    struct reply reply;
    reply_init(&reply, NULL, 0, client->protocol);
    if (reason == UNBLOCK_ERROR) {
        reply_error(&reply, "UNBLOCKED client unblocked via CLIENT UNBLOCK");
    } else {
        reply_timeout(&reply, client->blocked->options.timeout_reply);
    }
    finish(blocking, client, &reply, false);
    return true;
}

size_t blocking_client_count(const struct blocking *blocking) {
    return blocking->client_count;
}

size_t blocking_timeout_count(const struct blocking *blocking) {
    return deadlines_count(blocking->deadlines);
}

size_t blocking_key_count(const struct blocking *blocking) {
    return key_groups_count(blocking->groups);
}
