/*
 * A watch is a link between a client and the group of clients that watch the same key. A change of
 * the key marks all watchers of its group; EXEC looks at the mark. A key that is due when EXEC
 * comes has changed too, unless it was due already when WATCH came.
 */
#include "server/transaction.h"

#include "base/alloc.h"
#include "base/list.h"
#include "base/panic.h"
#include "base/worker.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/dispatch.h"
#include "server/key_groups.h"
#include "server/propagate.h"
#include "server/request.h"
#include "server/request_copy.h"
#include "server/server.h"

/* Freeing more queued requests at once would hold the loop. */
enum { LONG_QUEUE = 4096 };

struct transactions {
    struct server *server;
    struct key_groups *groups;
    size_t listener_index;
    size_t client_count;
};

/* One key watched by one client. */
struct watch {
    struct list_node member;  /* of the group */
    struct list_node sibling; /* of the client's watches */
    struct key_group *group;
    struct client *client;
    bool was_missing; /* absent or due when WATCH came */
};

struct transaction {
    struct request_copy **requests;
    size_t count;
    size_t capacity;
    size_t memory;
    bool is_refused; /* a request was refused while queueing */
    bool is_spoiled; /* a watched key changed */
    bool is_long;    /* a queued request may take longer than a turn */
    struct list_node watches;
    size_t watch_count;
};

struct transactions *transactions_create(struct server *server) {
    struct transactions *transactions = alloc_zeroed(sizeof *transactions);
    transactions->server = server;
    transactions->groups = key_groups_create();
    return transactions;
}

void transactions_destroy(struct transactions *transactions) {
    if (transactions != NULL) {
        key_groups_destroy(transactions->groups);
        alloc_free(transactions);
    }
}

void transactions_set_listener_index(struct transactions *transactions, size_t listener_index) {
    transactions->listener_index = listener_index;
}

static void update_interest(struct transactions *transactions) {
    unsigned interest = key_groups_count(transactions->groups) > 0 ? KEY_INTEREST_CONTENTS : 0;
    keyspace_set_interest(transactions->server->keyspace, transactions->listener_index, interest);
}

static void spoil_group(struct key_group *group) {
    LIST_EACH(node, &group->members) {
        struct watch *watch = LIST_ENTRY(node, struct watch, member);
        watch->client->transaction->is_spoiled = true;
    }
}

void transactions_hear(void *context, const struct key_happening *happening) {
    struct transactions *transactions = context;
    struct key_group *group = key_groups_find(transactions->groups, happening->database_index,
                                              happening->key, happening->hash);
    if (group == NULL) {
        return;
    }
    if (happening->event != EVENT_EXPIRED) {
        spoil_group(group);
        return;
    }
    /* A key that was due when it was watched does not change by going. */
    LIST_EACH(node, &group->members) {
        struct watch *watch = LIST_ENTRY(node, struct watch, member);
        watch->client->transaction->is_spoiled |= !watch->was_missing;
    }
}

/* ---- One client ---- */

static struct transaction *get_transaction(struct client *client) {
    if (client->transaction == NULL) {
        client->transaction = alloc_zeroed(sizeof *client->transaction);
        list_init(&client->transaction->watches);
    }
    return client->transaction;
}

/* Requests on their way to the worker that frees them. */
struct dropped_queue {
    struct request_copy **requests;
    size_t count;
};

static void free_requests(struct request_copy **requests, size_t count) {
    for (size_t i = 0; i < count; i++) {
        alloc_free(requests[i]);
    }
    alloc_free(requests);
}

static void free_dropped(void *argument) {
    struct dropped_queue *dropped = argument;
    free_requests(dropped->requests, dropped->count);
    alloc_free(dropped);
}

static void drop_queue(struct server *server, struct transaction *transaction) {
    if (transaction->count < LONG_QUEUE) {
        free_requests(transaction->requests, transaction->count);
    } else {
        struct dropped_queue *dropped = alloc_new(sizeof *dropped);
        *dropped = (struct dropped_queue){transaction->requests, transaction->count};
        worker_submit(server->worker, free_dropped, dropped);
    }
    transaction->requests = NULL;
    transaction->count = 0;
    transaction->capacity = 0;
    transaction->memory = 0;
    transaction->is_refused = false;
    transaction->is_long = false;
}

static void drop_if_unused(struct client *client) {
    struct transaction *transaction = client->transaction;
    if ((client->flags & CLIENT_IN_MULTI) == 0 && transaction->watch_count == 0) {
        drop_queue(client->server, transaction);
        alloc_free(transaction);
        client->transaction = NULL;
    }
}

void transaction_begin(struct client *client) {
    (void)get_transaction(client);
    client->flags |= CLIENT_IN_MULTI;
}

void transaction_queue(const struct request *req) {
    enum { CAPACITY_MIN = 8 };
    struct transaction *transaction = req->client->transaction;
    /* After a refusal or a spoiled watch nothing of the queue will run: keep no more of it. */
    if (transaction->is_refused || transaction->is_spoiled) {
        return;
    }
    if (transaction->count == transaction->capacity) {
        transaction->capacity =
            transaction->capacity == 0 ? CAPACITY_MIN : 2 * transaction->capacity;
        transaction->requests = alloc_resize(transaction->requests,
                                             transaction->capacity * sizeof(struct request_copy *));
    }
    struct request_copy *copy = request_copy_create(req);
    transaction->requests[transaction->count++] = copy;
    transaction->memory += copy->size;
    transaction->is_long |= (req->command->flags & CMD_LONG) != 0;
}

void transaction_refuse(struct client *client) {
    if (client->transaction != NULL && (client->flags & CLIENT_IN_MULTI) != 0) {
        client->transaction->is_refused = true;
    }
}

/* Looks where there are fewer: among the key's watchers, or among the client's watches. */
static bool is_watching(const struct client *client, const struct key_group *group) {
    if (group->member_count < client->transaction->watch_count) {
        LIST_EACH(node, &group->members) {
            if (LIST_ENTRY(node, struct watch, member)->client == client) {
                return true;
            }
        }
        return false;
    }
    LIST_EACH(node, &client->transaction->watches) {
        if (LIST_ENTRY(node, struct watch, sibling)->group == group) {
            return true;
        }
    }
    return false;
}

void transaction_watch(struct client *client, struct bytes key, uint64_t hash) {
    struct transactions *transactions = client->server->transactions;
    struct transaction *transaction = get_transaction(client);
    struct key_group *group =
        key_groups_get(transactions->groups, database_index(client->database), key, hash);
    if (is_watching(client, group)) {
        return;
    }
    struct open_key open;
    bool exists = keyspace_open_read(client->database, key, hash, OPEN_UNTOUCHED, &open);
    struct watch *watch = alloc_zeroed(sizeof *watch);
    watch->group = group;
    watch->client = client;
    watch->was_missing = !exists;
    list_push_back(&group->members, &watch->member);
    group->member_count++;
    list_push_back(&transaction->watches, &watch->sibling);
    transactions->client_count += transaction->watch_count == 0;
    transaction->watch_count++;
    update_interest(transactions);
}

void transaction_unwatch(struct client *client) {
    struct transaction *transaction = client->transaction;
    if (transaction == NULL) {
        return;
    }
    struct transactions *transactions = client->server->transactions;
    transactions->client_count -= transaction->watch_count > 0;
    struct list_node *node = NULL;
    while ((node = list_pop_front(&transaction->watches)) != NULL) {
        struct watch *watch = LIST_ENTRY(node, struct watch, sibling);
        list_remove(&watch->member);
        watch->group->member_count--;
        key_groups_drop_empty(transactions->groups, watch->group);
        alloc_free(watch);
    }
    transaction->watch_count = 0;
    transaction->is_spoiled = false;
    update_interest(transactions);
    drop_if_unused(client);
}

void transaction_discard(struct client *client) {
    if (client->transaction == NULL) {
        return;
    }
    drop_queue(client->server, client->transaction);
    client->flags &= ~(uint32_t)CLIENT_IN_MULTI;
    transaction_unwatch(client);
}

void transaction_forget(struct client *client) {
    transaction_discard(client);
}

/* True when a watched key that existed has come due since. */
static bool has_watched_key_gone(const struct client *client) {
    LIST_EACH(node, &client->transaction->watches) {
        const struct watch *watch = LIST_ENTRY(node, struct watch, sibling);
        if (watch->was_missing) {
            continue;
        }
        struct database *database =
            keyspace_database(client->server->keyspace, (size_t)watch->group->database_index);
        struct open_key open;
        if (!keyspace_open_read(database, sds_view(watch->group->key), watch->group->hash,
                                OPEN_UNTOUCHED, &open)) {
            return true;
        }
    }
    return false;
}

/* True when all queued requests that are preconditions hold. */
static bool preconditions_hold(const struct request *req) {
    const struct transaction *transaction = req->client->transaction;
    for (size_t i = 0; i < transaction->count; i++) {
        bool (*precondition)(struct request *) =
            transaction->requests[i]->command->row->precondition;
        if (precondition == NULL) {
            continue;
        }
        struct request queued = {
            .server = req->server,
            .client = req->client,
            .database = req->client->database,
            .flags = REQUEST_IN_EXEC,
            .effects = req->effects,
        };
        request_copy_restore(transaction->requests[i], &queued);
        if (!precondition(&queued)) {
            return false;
        }
    }
    return true;
}

static void run_queue(struct request *req, struct reply *reply, struct request_copy **requests,
                      size_t count) {
    struct client *client = req->client;
    uint32_t errors_before = reply->errors;
    client->flags |= CLIENT_IN_EXEC;
    client->exec_length = (uint32_t)count;
    reply_array(reply, count);
    for (size_t i = 0; i < count; i++) {
        struct request queued = {
            .server = req->server,
            .client = client,
            .database = client->database,
            .flags = REQUEST_IN_EXEC | (req->flags & REQUEST_REPLAYED),
            .effects = req->effects,
        };
        request_copy_restore(requests[i], &queued);
        reply->protocol = client->protocol;
        dispatch_execute(&queued, reply);
        alloc_free(requests[i]);
    }
    alloc_free(requests);
    client->flags &= ~(uint32_t)CLIENT_IN_EXEC;
    reply->errors = errors_before; /* Those that failed are counted; EXEC itself did not. */
}

void transaction_execute(struct request *req, struct reply *reply) {
    struct client *client = req->client;
    struct transaction *transaction = client->transaction;
    if (transaction->is_refused) {
        transaction_discard(client);
        reply_error(reply, "EXECABORT Transaction discarded because of previous errors.");
        return;
    }
    if (transaction->is_spoiled || has_watched_key_gone(client) || !preconditions_hold(req)) {
        transaction_discard(client);
        reply_null_array(reply);
        return;
    }
    struct request_copy **requests = transaction->requests;
    size_t count = transaction->count;
    transaction->requests = NULL;
    transaction->count = 0;
    /* The session leaves MULTI first, as the requests see it; watches end with it. */
    transaction_discard(client);
    propagate_begin_transaction(req->server->propagate);
    run_queue(req, reply, requests, count);
    propagate_end_transaction(req->server->propagate);
}

/* ---- Databases that change as a whole ---- */

struct database_change {
    struct transactions *transactions;
    int database_index;
    int other_index;
};

static bool key_exists(const struct transactions *transactions, int index,
                       const struct key_group *group) {
    struct open_key open;
    return index >= 0 &&
           keyspace_open_read(keyspace_database(transactions->server->keyspace, (size_t)index),
                              sds_view(group->key), group->hash, OPEN_UNTOUCHED, &open);
}

static void spoil_if_changed(void *context, struct key_group *group) {
    const struct database_change *change = context;
    bool in_first = group->database_index == change->database_index;
    bool in_other = change->other_index >= 0 && group->database_index == change->other_index;
    if ((in_first || in_other) &&
        (key_exists(change->transactions, change->database_index, group) ||
         key_exists(change->transactions, change->other_index, group))) {
        spoil_group(group);
    }
}

void transactions_database_changes(struct transactions *transactions, int database_index,
                                   int other_index) {
    struct database_change change = {transactions, database_index, other_index};
    key_groups_each(transactions->groups, spoil_if_changed, &change);
}

/* ---- Figures ---- */

int64_t transaction_queue_length(const struct client *client) {
    if ((client->flags & CLIENT_IN_EXEC) != 0) {
        return client->exec_length;
    }
    if ((client->flags & CLIENT_IN_MULTI) == 0) {
        return -1;
    }
    return (int64_t)client->transaction->count;
}

size_t transaction_memory(const struct client *client) {
    const struct transaction *transaction = client->transaction;
    if (transaction == NULL) {
        return 0;
    }
    return transaction->memory + transaction->capacity * sizeof(struct request_copy *) +
           transaction->watch_count * sizeof(struct watch);
}

size_t transaction_watch_count(const struct client *client) {
    return client->transaction == NULL ? 0 : client->transaction->watch_count;
}

bool transaction_is_long(const struct client *client) {
    return client->transaction != NULL && client->transaction->is_long;
}

bool transaction_has_writes(const struct client *client) {
    const struct transaction *transaction = client->transaction;
    for (size_t i = 0; i < transaction->count; i++) {
        if ((transaction->requests[i]->command->flags & (CMD_WRITE | CMD_MAY_REPLICATE)) != 0) {
            return true;
        }
    }
    return false;
}

bool transaction_needs_memory(const struct client *client) {
    const struct transaction *transaction = client->transaction;
    for (size_t i = 0; i < transaction->count; i++) {
        if ((transaction->requests[i]->command->flags & CMD_DENY_OOM) != 0) {
            return true;
        }
    }
    return false;
}

bool transaction_is_spoiled(const struct client *client) {
    return client->transaction != NULL && client->transaction->is_spoiled;
}

size_t transactions_client_count(const struct transactions *transactions) {
    return transactions->client_count;
}

size_t transactions_key_count(const struct transactions *transactions) {
    return key_groups_count(transactions->groups);
}
