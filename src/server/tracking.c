/*
 * A client that tracks has a slot, and a key's entry is a set of slots: a bit or a word for each
 * reader instead of a node, which counts when many clients cache the same keys. The slot of a
 * client that went is given out again only after a sweep has taken it out of every entry.
 *
 * Prefixes are found by length: a key's first bytes are looked up once for every length that some
 * prefix has.
 */
#include "server/tracking.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/panic.h"
#include "base/worker.h"
#include "keyspace/key_event.h"
#include "keyspace/keyspace.h"
#include "net/output.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/key_groups.h"
#include "server/membership.h"
#include "server/request.h"
#include "server/server.h"
#include "server/settings.h"
#include "structs/slot_set.h"
#include "structs/table.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOCAL_KEYS = 32, /* keys of a request that are found without an allocation */
    SWEEP_SLICE_NS = 500000,
    SWEEP_STEPS = 64,    /* buckets of the table between two looks at the clock */
    FORGOTTEN_MAX = 256, /* keys at once, once the limit was lowered */
    SLOT_START = 16,
    PREFIX_LENGTH_STEP = 4,
    CHANGE_START = 16,
};

/* What a client's tracking is about; it lives as long as the client. */
struct tracking_client {
    struct client *client;
    struct tracking_state state;
    uint32_t slot;
    size_t item_count;               /* entries that have its slot */
    struct membership_set *prefixes; /* NULL when not in broadcast mode */
    struct client *target;           /* NULL: none, or gone */
    struct list_node redirection;    /* among the target's */
};

/* A key that was read. */
struct tracked_key {
    uint64_t hash;
    struct slot_set slots;
    size_t length;
    char bytes[];
};

enum slot_status { SLOT_LIVE, SLOT_RETIRED, SLOT_SWEPT, SLOT_FREE };

struct slot {
    struct tracking_client *client; /* NULL unless live */
    enum slot_status status;
};

/* Prefixes of one length. */
struct prefix_length {
    size_t length;
    size_t count;
};

/* A key that changed in this turn. */
struct change {
    sds key;
    uint64_t hash;
    uint64_t client_id; /* who changed it first; 0: nobody's request */
};

struct tracking {
    struct server *server;
    size_t listener_index;
    size_t client_count; /* whose tracking is on */
    size_t item_count;
    struct table *keys;
    struct slot *slots;
    uint32_t slot_count;
    uint32_t slot_capacity;
    uint32_t retired_count; /* slots that wait for a sweep */
    bool is_sweeping;
    uint64_t sweep_cursor;
    struct key_groups *prefixes;
    struct prefix_length *lengths;
    size_t length_count;
    size_t length_capacity;
    struct change **changes;
    size_t change_count;
    size_t change_capacity;
    struct table *changed_keys; /* the same changes, by key */
};

static struct bytes key_of(const struct tracked_key *key) {
    return (struct bytes){key->bytes, key->length};
}

static uint64_t hash_of_key(const void *item) {
    return ((const struct tracked_key *)item)->hash;
}

static bool key_matches(const void *item, const void *wanted) {
    return bytes_equal(key_of(item), *(const struct bytes *)wanted);
}

static const struct table_type key_table_type = {hash_of_key, key_matches};

static uint64_t hash_of_change(const void *item) {
    return ((const struct change *)item)->hash;
}

static bool change_matches(const void *item, const void *wanted) {
    return bytes_equal(sds_view(((const struct change *)item)->key), *(const struct bytes *)wanted);
}

static const struct table_type change_table_type = {hash_of_change, change_matches};

struct tracking *tracking_create(struct server *server, size_t listener_index) {
    struct tracking *tracking = alloc_zeroed(sizeof *tracking);
    tracking->server = server;
    tracking->listener_index = listener_index;
    tracking->keys = table_create(&key_table_type);
    tracking->changed_keys = table_create(&change_table_type);
    tracking->prefixes = key_groups_create();
    return tracking;
}

static void free_key(void *context, void *item) {
    (void)context;
    slot_set_release(&((struct tracked_key *)item)->slots);
    alloc_free(item);
}

static void free_keys(void *keys) {
    uint64_t cursor = 0;
    do {
        cursor = table_scan(keys, cursor, free_key, NULL);
    } while (cursor != 0);
    table_destroy(keys);
}

/* Millions of keys are not freed between two requests. */
static void empty_keys(struct tracking *tracking) {
    worker_submit(tracking->server->worker, free_keys, tracking->keys);
    tracking->keys = table_create(&key_table_type);
    tracking->item_count = 0;
    tracking->sweep_cursor = 0;
    for (uint32_t i = 0; i < tracking->slot_count; i++) {
        if (tracking->slots[i].client != NULL) {
            tracking->slots[i].client->item_count = 0;
        }
    }
}

static void drop_changes(struct tracking *tracking) {
    for (size_t i = 0; i < tracking->change_count; i++) {
        table_remove_item(tracking->changed_keys, tracking->changes[i]->hash, tracking->changes[i]);
        sds_free(tracking->changes[i]->key);
        alloc_free(tracking->changes[i]);
    }
    tracking->change_count = 0;
}

void tracking_destroy(struct tracking *tracking) {
    if (tracking == NULL) {
        return;
    }
    free_keys(tracking->keys);
    drop_changes(tracking);
    table_destroy(tracking->changed_keys);
    key_groups_destroy(tracking->prefixes);
    alloc_free(tracking->slots);
    alloc_free(tracking->lengths);
    alloc_free(tracking->changes);
    alloc_free(tracking);
}

static void update_interest(struct tracking *tracking) {
    bool is_interested = table_count(tracking->keys) > 0 || tracking->length_count > 0;
    keyspace_set_interest(tracking->server->keyspace, tracking->listener_index,
                          is_interested ? KEY_INTEREST_CHANGES : 0);
}

/* ---- Messages ---- */

/* What clients are told, in the forms that were asked for. */
struct invalidation {
    const struct bytes *keys;
    size_t count; /* 0: all keys */
    struct output_block *push;
    struct output_block *message; /* for subscribers in RESP2 */
};

static struct output_block *encode(const struct invalidation *invalidation, int protocol) {
    enum { PUSH_PARTS = 2, MESSAGE_PARTS = 3 };
    struct reply reply;
    reply_init(&reply, NULL, 0, protocol);
    if (protocol == RESP3) {
        reply_push(&reply, PUSH_PARTS);
        reply_bulk_text(&reply, "invalidate");
    } else {
        reply_array(&reply, MESSAGE_PARTS);
        reply_bulk_text(&reply, "message");
        reply_bulk_text(&reply, "__redis__:invalidate");
    }
    if (invalidation->count == 0) {
        reply_null(&reply);
    } else {
        reply_array(&reply, invalidation->count);
    }
    for (size_t i = 0; i < invalidation->count; i++) {
        reply_bulk(&reply, invalidation->keys[i]);
    }
    sds bytes = sds_new(reply_written(&reply));
    reply_release(&reply);
    return output_block_create(bytes);
}

static void invalidation_release(struct invalidation *invalidation) {
    if (invalidation->push != NULL) {
        output_block_unref(invalidation->push);
    }
    if (invalidation->message != NULL) {
        output_block_unref(invalidation->message);
    }
}

static void tell_broken(struct tracking_client *tracked) {
    tracked->state.is_broken = true;
    if (tracked->client->protocol != RESP3) {
        return;
    }
    enum { PARTS = 2 };
    struct reply reply;
    reply_init(&reply, NULL, 0, RESP3);
    reply_push(&reply, PARTS);
    reply_bulk_text(&reply, "tracking-redir-broken");
    reply_integer(&reply, (int64_t)tracked->state.options.redirect_id);
    struct output_block *block = output_block_create(sds_new(reply_written(&reply)));
    reply_release(&reply);
    client_push(tracked->client, block);
    output_block_unref(block);
}

/* RESP2 can only carry it to a client that expects messages because it has subscribed. */
static void tell(struct tracking_client *tracked, struct invalidation *invalidation) {
    struct client *receiver = tracked->client;
    bool is_redirected = tracked->state.options.redirect_id != 0;
    if (is_redirected) {
        receiver = tracked->target;
        if (receiver == NULL) {
            tell_broken(tracked);
            return;
        }
    }
    struct output_block **block = NULL;
    if (receiver->protocol == RESP3) {
        block = &invalidation->push;
    } else if (is_redirected && (receiver->flags & CLIENT_IS_PUBSUB) != 0) {
        block = &invalidation->message;
    } else {
        return;
    }
    if (*block == NULL) {
        *block = encode(invalidation, receiver->protocol);
    }
    client_push(receiver, *block);
}

/* ---- The table of keys ---- */

struct key_change {
    struct tracking *tracking;
    struct invalidation *invalidation;
    const struct client *by; /* NULL: nobody's request */
};

static void tell_reader(void *context, uint32_t slot) {
    const struct key_change *change = context;
    struct tracking_client *tracked = change->tracking->slots[slot].client;
    if (tracked == NULL) {
        return;
    }
    tracked->item_count--;
    change->tracking->item_count--;
    bool is_own = tracked->client == change->by && tracked->state.options.spares_own;
    if (tracked->state.is_on && !tracked->state.options.broadcasts && !is_own) {
        tell(tracked, change->invalidation);
    }
}

static void invalidate(struct tracking *tracking, struct tracked_key *key,
                       const struct client *by) {
    table_remove_item(tracking->keys, key->hash, key);
    struct bytes name = key_of(key);
    struct invalidation invalidation = {.keys = &name, .count = 1};
    struct key_change change = {tracking, &invalidation, by};
    slot_set_each(&key->slots, tell_reader, &change);
    invalidation_release(&invalidation);
    free_key(NULL, key);
}

static struct tracked_key *get_key(struct tracking *tracking, struct bytes name, uint64_t hash) {
    struct tracked_key *key = table_find(tracking->keys, hash, &name);
    if (key != NULL) {
        return key;
    }
    key = alloc_zeroed(sizeof *key + name.length);
    key->hash = hash;
    key->length = name.length;
    memcpy(key->bytes, name.data, name.length);
    table_insert(tracking->keys, hash, key);
    return key;
}

static void note_key(struct tracking *tracking, struct tracking_client *tracked, struct bytes name,
                     uint64_t hash) {
    struct tracked_key *key = get_key(tracking, name, hash);
    if (slot_set_add(&key->slots, tracked->slot)) {
        tracked->item_count++;
        tracking->item_count++;
    }
}

/*
 * Forgets some keys that are too many, at least `count` if there are. Clients hear of them as of
 * keys that changed. Returns true when there are still too many.
 */
static bool keep_key_limit(struct tracking *tracking, size_t count) {
    size_t limit = (size_t)tracking->server->settings->tracking_table_max_keys;
    for (size_t i = 0; i < count + FORGOTTEN_MAX; i++) {
        if (limit == 0 || table_count(tracking->keys) <= limit) {
            return false;
        }
        invalidate(tracking, table_random(tracking->keys, &tracking->server->random), NULL);
    }
    return limit != 0 && table_count(tracking->keys) > limit;
}

static void note_keys(struct tracking *tracking, struct tracking_client *tracked,
                      const struct request *req) {
    struct key_position local[LOCAL_KEYS];
    struct key_position *positions = local;
    int count = command_key_positions(req->command, req->args, req->argc, positions, LOCAL_KEYS);
    if (count > LOCAL_KEYS) {
        positions = alloc_new((size_t)count * sizeof *positions);
        count = command_key_positions(req->command, req->args, req->argc, positions, (size_t)count);
    }
    for (int i = 0; i < count; i++) {
        size_t index = positions[i].index;
        if ((positions[i].access & KEY_NOT_KEY) == 0) {
            note_key(tracking, tracked, req->args[index], request_key_hash(req, index));
        }
    }
    if (positions != local) {
        alloc_free(positions);
    }
    update_interest(tracking);
    (void)keep_key_limit(tracking, (size_t)count);
}

/* A script's own keys are not read by it but by the commands that it runs. */
static bool reads_keys(const struct known_command *command) {
    return (command->flags & CMD_READONLY) != 0 && (command->flags & CMD_LONG) == 0;
}

void tracking_note_request(const struct request *req) {
    const struct client *client =
        (req->client->flags & CLIENT_INTERNAL) != 0 ? req->server->executing_client : req->client;
    struct tracking_client *tracked = client == NULL ? NULL : client->tracking;
    if (tracked == NULL || !tracked->state.is_on || tracked->state.options.broadcasts ||
        !reads_keys(req->command)) {
        return;
    }
    const struct tracking_state *state = &tracked->state;
    bool is_wanted = state->options.opts_in ? state->has_choice : true;
    if (state->options.opts_out && state->has_choice) {
        is_wanted = false;
    }
    if (is_wanted) {
        note_keys(req->server->tracking, tracked, req);
    }
}

void tracking_end_request(struct client *client, const struct known_command *command) {
    if (client->tracking == NULL || (client->flags & CLIENT_IN_MULTI) != 0) {
        return;
    }
    const char *parent = command == NULL ? NULL : command->row->parent;
    if (parent == NULL || strcmp(parent, "client") != 0) {
        client->tracking->state.has_choice = false;
    }
}

/* ---- Slots ---- */

static uint32_t take_slot(struct tracking *tracking) {
    for (uint32_t i = 0; i < tracking->slot_count; i++) {
        if (tracking->slots[i].status == SLOT_FREE) {
            return i;
        }
    }
    if (tracking->slot_count == tracking->slot_capacity) {
        tracking->slot_capacity =
            tracking->slot_capacity == 0 ? SLOT_START : tracking->slot_capacity * 2;
        tracking->slots =
            alloc_resize(tracking->slots, tracking->slot_capacity * sizeof *tracking->slots);
    }
    return tracking->slot_count++;
}

static struct tracking_client *get_tracking(struct client *client) {
    if (client->tracking == NULL) {
        struct tracking *tracking = client->server->tracking;
        client->tracking = alloc_zeroed(sizeof *client->tracking);
        client->tracking->client = client;
        client->tracking->slot = take_slot(tracking);
        tracking->slots[client->tracking->slot] = (struct slot){client->tracking, SLOT_LIVE};
    }
    return client->tracking;
}

static void retire_slot(struct tracking *tracking, const struct tracking_client *tracked) {
    bool is_known = tracked->item_count > 0;
    tracking->item_count -= tracked->item_count;
    tracking->slots[tracked->slot] = (struct slot){NULL, is_known ? SLOT_RETIRED : SLOT_FREE};
    tracking->retired_count += is_known;
}

static bool is_live(void *context, uint32_t slot) {
    const struct tracking *tracking = context;
    return tracking->slots[slot].status == SLOT_LIVE;
}

static void sweep_key(void *context, void *item) {
    struct tracking *tracking = context;
    struct tracked_key *key = item;
    (void)slot_set_filter(&key->slots, is_live, tracking);
    if (key->slots.count == 0) {
        table_remove_item(tracking->keys, key->hash, key);
        free_key(NULL, key);
    }
}

static void change_slots(struct tracking *tracking, enum slot_status from, enum slot_status to) {
    for (uint32_t i = 0; i < tracking->slot_count; i++) {
        if (tracking->slots[i].status == from) {
            tracking->slots[i].status = to;
        }
    }
}

/* Looks at some keys for clients that are gone. */
static void sweep_slice(struct tracking *tracking) {
    int64_t start_ns = clock_monotonic_ns();
    for (size_t i = 1; i % SWEEP_STEPS != 0 || clock_monotonic_ns() - start_ns < SWEEP_SLICE_NS;
         i++) {
        tracking->sweep_cursor =
            table_scan(tracking->keys, tracking->sweep_cursor, sweep_key, tracking);
        if (tracking->sweep_cursor == 0) {
            tracking->is_sweeping = false;
            change_slots(tracking, SLOT_SWEPT, SLOT_FREE);
            update_interest(tracking);
            return;
        }
    }
}

int64_t tracking_run(struct tracking *tracking) {
    bool is_over = keep_key_limit(tracking, 0);
    if (!tracking->is_sweeping) {
        if (tracking->retired_count == 0) {
            return is_over ? 0 : INT64_MAX;
        }
        tracking->is_sweeping = true;
        tracking->retired_count = 0;
        tracking->sweep_cursor = 0;
        change_slots(tracking, SLOT_RETIRED, SLOT_SWEPT);
    }
    sweep_slice(tracking);
    return is_over || tracking->is_sweeping || tracking->retired_count > 0 ? 0 : INT64_MAX;
}

/* ---- Broadcast ---- */

static size_t length_index(const struct tracking *tracking, size_t length) {
    size_t index = 0;
    while (index < tracking->length_count && tracking->lengths[index].length != length) {
        index++;
    }
    return index;
}

static void count_length(struct tracking *tracking, size_t length) {
    size_t index = length_index(tracking, length);
    if (index == tracking->length_count) {
        if (tracking->length_count == tracking->length_capacity) {
            tracking->length_capacity += PREFIX_LENGTH_STEP;
            tracking->lengths = alloc_resize(tracking->lengths,
                                             tracking->length_capacity * sizeof *tracking->lengths);
        }
        tracking->lengths[tracking->length_count++] = (struct prefix_length){length, 0};
    }
    tracking->lengths[index].count++;
}

static void uncount_length(void *context, struct key_group *group) {
    struct tracking *tracking = context;
    size_t index = length_index(tracking, sds_length(group->key));
    if (--tracking->lengths[index].count == 0) {
        tracking->lengths[index] = tracking->lengths[--tracking->length_count];
    }
}

static void add_prefix(struct tracking *tracking, struct tracking_client *tracked,
                       struct bytes prefix) {
    if (tracked->prefixes == NULL) {
        tracked->prefixes = membership_set_create(tracking->prefixes, tracked->client);
    }
    if (membership_join(tracked->prefixes, prefix)) {
        count_length(tracking, prefix.length);
    }
}

static void leave_prefixes(struct tracking *tracking, struct tracking_client *tracked) {
    if (tracked->prefixes != NULL) {
        membership_each(tracked->prefixes, uncount_length, tracking);
        membership_set_destroy(tracked->prefixes);
        tracked->prefixes = NULL;
        update_interest(tracking);
    }
}

/* The prefix of the length at an index that begins this key; NULL when there is none. */
static struct key_group *find_prefix(const struct tracking *tracking, struct bytes key,
                                     size_t index) {
    size_t length = tracking->lengths[index].length;
    if (length > key.length) {
        return NULL;
    }
    struct bytes prefix = {key.data, length};
    return key_groups_find(tracking->prefixes, 0, prefix, hash_bytes(prefix));
}

static bool has_prefix(const struct tracking *tracking, struct bytes key) {
    for (size_t i = 0; i < tracking->length_count; i++) {
        if (find_prefix(tracking, key, i) != NULL) {
            return true;
        }
    }
    return false;
}

static void note_change(struct tracking *tracking, struct bytes key, uint64_t hash,
                        const struct client *by) {
    if (!has_prefix(tracking, key) || table_find(tracking->changed_keys, hash, &key) != NULL) {
        return;
    }
    if (tracking->change_count == tracking->change_capacity) {
        tracking->change_capacity =
            tracking->change_capacity == 0 ? CHANGE_START : tracking->change_capacity * 2;
        tracking->changes =
            alloc_resize(tracking->changes, tracking->change_capacity * sizeof(struct change *));
    }
    struct change *change = alloc_new(sizeof *change);
    *change = (struct change){sds_new(key), hash, by == NULL ? 0 : by->id};
    tracking->changes[tracking->change_count++] = change;
    table_insert(tracking->changed_keys, hash, change);
}

void tracking_hear(void *context, const struct key_happening *happening) {
    struct tracking *tracking = context;
    const struct client *by = tracking->server->executing_client;
    struct tracked_key *key = table_find(tracking->keys, happening->hash, &happening->key);
    if (key != NULL) {
        invalidate(tracking, key, by);
    }
    if (tracking->length_count > 0) {
        note_change(tracking, happening->key, happening->hash, by);
    }
}

/* A change and a prefix that its key has. */
struct match {
    const struct key_group *prefix;
    const struct change *change;
};

static int compare_changes(const void *a, const void *b) {
    const struct change *const *first = a;
    const struct change *const *second = b;
    return bytes_compare(sds_view((*first)->key), sds_view((*second)->key));
}

/* By prefix; keys were in order before, and stay so within one. */
static int compare_matches(const void *a, const void *b) {
    const struct match *first = a;
    const struct match *second = b;
    if (first->prefix != second->prefix) {
        return bytes_compare(sds_view(first->prefix->key), sds_view(second->prefix->key));
    }
    return bytes_compare(sds_view(first->change->key), sds_view(second->change->key));
}

/* Keys that a client did not change itself; returns their number. */
static size_t foreign_keys(const struct match *matches, size_t count, const struct client *client,
                           struct bytes *keys) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (matches[i].change->client_id != client->id) {
            keys[kept++] = sds_view(matches[i].change->key);
        }
    }
    return kept;
}

/* Tells the clients of one prefix: all get one message but those who spare their own changes. */
static void broadcast(const struct match *matches, size_t count, struct bytes *keys) {
    struct bytes *own_keys = alloc_new(count * sizeof *own_keys);
    for (size_t i = 0; i < count; i++) {
        keys[i] = sds_view(matches[i].change->key);
    }
    struct invalidation shared = {.keys = keys, .count = count};
    LIST_EACH(node, &matches[0].prefix->members) {
        struct client *client = LIST_ENTRY(node, struct membership, member)->client;
        size_t foreign_count = count;
        if (client->tracking->state.options.spares_own) {
            foreign_count = foreign_keys(matches, count, client, own_keys);
        }
        if (foreign_count == count) {
            tell(client->tracking, &shared);
        } else if (foreign_count > 0) {
            struct invalidation single = {.keys = own_keys, .count = foreign_count};
            tell(client->tracking, &single);
            invalidation_release(&single);
        }
    }
    invalidation_release(&shared);
    alloc_free(own_keys);
}

static size_t find_matches(const struct tracking *tracking, struct match *matches) {
    size_t count = 0;
    for (size_t i = 0; i < tracking->change_count; i++) {
        for (size_t j = 0; j < tracking->length_count; j++) {
            const struct change *change = tracking->changes[i];
            const struct key_group *prefix = find_prefix(tracking, sds_view(change->key), j);
            if (prefix != NULL) {
                matches[count++] = (struct match){prefix, change};
            }
        }
    }
    return count;
}

void tracking_send_broadcasts(struct tracking *tracking) {
    if (LIKELY(tracking->change_count == 0)) {
        return;
    }
    qsort(tracking->changes, tracking->change_count, sizeof(struct change *), compare_changes);
    struct match *matches =
        alloc_new((tracking->change_count * tracking->length_count + 1) * sizeof *matches);
    size_t count = find_matches(tracking, matches);
    qsort(matches, count, sizeof *matches, compare_matches);
    struct bytes *keys = alloc_new((count + 1) * sizeof *keys);
    size_t start = 0;
    for (size_t i = 1; i <= count; i++) {
        if (i == count || matches[i].prefix != matches[start].prefix) {
            broadcast(matches + start, i - start, keys);
            start = i;
        }
    }
    alloc_free(keys);
    alloc_free(matches);
    drop_changes(tracking);
}

/* ---- One client ---- */

struct tracking_state tracking_state_of(const struct client *client) {
    return client->tracking == NULL ? (struct tracking_state){0} : client->tracking->state;
}

static void set_target(struct tracking_client *tracked, struct client *target) {
    if (tracked->target != NULL) {
        list_remove(&tracked->redirection);
    }
    tracked->target = target;
    if (target != NULL) {
        list_push_back(&target->redirections, &tracked->redirection);
    }
}

void tracking_enable(struct client *client, const struct tracking_options *options,
                     const struct bytes *prefixes, size_t prefix_count) {
    struct tracking *tracking = client->server->tracking;
    struct tracking_client *tracked = get_tracking(client);
    tracking->client_count += !tracked->state.is_on;
    tracked->state = (struct tracking_state){.is_on = true, .options = *options};
    set_target(tracked, options->redirect_id == 0
                            ? NULL
                            : client_find(client->server, options->redirect_id));
    if (options->broadcasts && prefix_count == 0) {
        add_prefix(tracking, tracked, BYTES(""));
    }
    for (size_t i = 0; i < prefix_count; i++) {
        add_prefix(tracking, tracked, prefixes[i]);
    }
    update_interest(tracking);
}

void tracking_disable(struct client *client) {
    struct tracking_client *tracked = client->tracking;
    if (tracked == NULL || !tracked->state.is_on) {
        return;
    }
    client->server->tracking->client_count--;
    set_target(tracked, NULL);
    tracked->state = (struct tracking_state){0};
    leave_prefixes(client->server->tracking, tracked);
}

void tracking_forget(struct client *client) {
    struct list_node *node = NULL;
    while ((node = list_pop_front(&client->redirections)) != NULL) {
        LIST_ENTRY(node, struct tracking_client, redirection)->target = NULL;
    }
    if (client->tracking == NULL) {
        return;
    }
    tracking_disable(client);
    retire_slot(client->server->tracking, client->tracking);
    alloc_free(client->tracking);
    client->tracking = NULL;
}

void tracking_choose(struct client *client) {
    client->tracking->state.has_choice = true;
}

struct prefix_walk {
    void (*visit)(void *context, struct bytes prefix);
    void *context;
};

static void visit_prefix(void *context, struct key_group *group) {
    const struct prefix_walk *walk = context;
    walk->visit(walk->context, sds_view(group->key));
}

void tracking_each_prefix(const struct client *client,
                          void (*visit)(void *context, struct bytes prefix), void *context) {
    if (client->tracking != NULL && client->tracking->prefixes != NULL) {
        struct prefix_walk walk = {visit, context};
        membership_each(client->tracking->prefixes, visit_prefix, &walk);
    }
}

void tracking_note_flush(struct tracking *tracking) {
    struct invalidation invalidation = {.keys = NULL, .count = 0};
    for (uint32_t i = 0; i < tracking->slot_count && tracking->client_count > 0; i++) {
        struct tracking_client *tracked = tracking->slots[i].client;
        if (tracked != NULL && tracked->state.is_on) {
            tell(tracked, &invalidation);
        }
    }
    invalidation_release(&invalidation);
    if (table_count(tracking->keys) > 0) {
        empty_keys(tracking);
        update_interest(tracking);
    }
}

/* ---- Figures ---- */

size_t tracking_client_count(const struct tracking *tracking) {
    return tracking->client_count;
}

size_t tracking_key_count(const struct tracking *tracking) {
    return table_count(tracking->keys);
}

size_t tracking_item_count(const struct tracking *tracking) {
    return tracking->item_count;
}

size_t tracking_prefix_count(const struct tracking *tracking) {
    return key_groups_count(tracking->prefixes);
}
