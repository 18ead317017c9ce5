/*
 * A channel is a group of subscriptions (see key_groups); the kinds have tables of their own, so
 * that a message looks at patterns only. A client finds its subscription by the group, in a table
 * of its own: subscribing and leaving cost the same however many others there are.
 */
#include "server/pubsub.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/panic.h"
#include "base/text.h"
#include "net/output.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/key_groups.h"
#include "server/membership.h"
#include "server/server.h"

enum {
    PROTOCOL_COUNT = 4,      /* indexed by RESP2 and RESP3 */
    FORGOTTEN_AT_ONCE = 128, /* subscriptions; takes less than a tenth of a millisecond */
};

struct pubsub {
    struct server *server;
    struct key_groups *groups[PUBSUB_KIND_COUNT];
    size_t client_count;
};

/* What a client is subscribed to. */
struct subscriptions {
    struct membership_set *sets[PUBSUB_KIND_COUNT]; /* NULL before the first of its kind */
};

struct pubsub *pubsub_create(struct server *server) {
    struct pubsub *pubsub = alloc_zeroed(sizeof *pubsub);
    pubsub->server = server;
    for (size_t i = 0; i < PUBSUB_KIND_COUNT; i++) {
        pubsub->groups[i] = key_groups_create();
    }
    return pubsub;
}

void pubsub_destroy(struct pubsub *pubsub) {
    if (pubsub == NULL) {
        return;
    }
    for (size_t i = 0; i < PUBSUB_KIND_COUNT; i++) {
        key_groups_destroy(pubsub->groups[i]);
    }
    alloc_free(pubsub);
}

/* ---- One client ---- */

static struct membership_set *get_set(struct client *client, enum pubsub_kind kind) {
    struct pubsub *pubsub = client->server->pubsub;
    if (client->subscriptions == NULL) {
        client->subscriptions = alloc_zeroed(sizeof *client->subscriptions);
        client->flags |= CLIENT_IS_PUBSUB;
        pubsub->client_count++;
    }
    struct membership_set **set = &client->subscriptions->sets[kind];
    if (*set == NULL) {
        *set = membership_set_create(pubsub->groups[kind], client);
    }
    return *set;
}

static struct membership_set *find_set(const struct client *client, enum pubsub_kind kind) {
    return client->subscriptions == NULL ? NULL : client->subscriptions->sets[kind];
}

bool pubsub_forget_some(struct client *client) {
    if (client->subscriptions == NULL) {
        return false;
    }
    if ((client->flags & CLIENT_IS_PUBSUB) != 0) {
        client->flags &= ~(uint32_t)CLIENT_IS_PUBSUB;
        client->server->pubsub->client_count--;
    }
    for (size_t i = 0; i < PUBSUB_KIND_COUNT; i++) {
        struct membership_set **set = &client->subscriptions->sets[i];
        if (membership_set_destroy_some(*set, FORGOTTEN_AT_ONCE, client->server->worker)) {
            return true;
        }
        *set = NULL;
    }
    alloc_free(client->subscriptions);
    client->subscriptions = NULL;
    return false;
}

void pubsub_forget(struct client *client) {
    while (pubsub_forget_some(client)) {
    }
}

static void forget_if_unused(struct client *client) {
    size_t count = 0;
    for (size_t i = 0; i < PUBSUB_KIND_COUNT; i++) {
        count += pubsub_subscription_count(client, (enum pubsub_kind)i);
    }
    if (count == 0) {
        pubsub_forget(client);
    }
}

bool pubsub_subscribe(struct client *client, enum pubsub_kind kind, struct bytes name) {
    return membership_join(get_set(client, kind), name);
}

bool pubsub_unsubscribe(struct client *client, enum pubsub_kind kind, struct bytes name) {
    struct membership_set *set = find_set(client, kind);
    if (set == NULL || !membership_leave(set, name)) {
        return false;
    }
    forget_if_unused(client);
    return true;
}

struct name_walk {
    pubsub_visitor visit;
    void *context;
};

static void visit_group(void *context, struct key_group *group) {
    const struct name_walk *walk = context;
    walk->visit(walk->context, sds_view(group->key), group->member_count);
}

uint64_t pubsub_some_subscriptions(const struct client *client, enum pubsub_kind kind,
                                   uint64_t cursor, pubsub_visitor visit, void *context) {
    const struct membership_set *set = find_set(client, kind);
    struct name_walk walk = {visit, context};
    return set == NULL ? 0 : membership_some(set, cursor, visit_group, &walk);
}

size_t pubsub_subscription_count(const struct client *client, enum pubsub_kind kind) {
    const struct membership_set *set = find_set(client, kind);
    return set == NULL ? 0 : membership_set_count(set);
}

/* ---- Delivery ---- */

/* A message on its way: what it says, and its forms once somebody needs them. */
struct delivery {
    const char *type;
    struct bytes pattern; /* only of "pmessage" */
    struct bytes channel;
    struct bytes message;
    struct output_block *blocks[PROTOCOL_COUNT];
};

static struct output_block *encode(const struct delivery *delivery, int protocol) {
    enum { PARTS = 3 };
    struct reply reply;
    reply_init(&reply, NULL, 0, protocol);
    bool has_pattern = delivery->pattern.data != NULL;
    reply_push(&reply, PARTS + (size_t)has_pattern);
    reply_bulk_text(&reply, delivery->type);
    if (has_pattern) {
        reply_bulk(&reply, delivery->pattern);
    }
    reply_bulk(&reply, delivery->channel);
    reply_bulk(&reply, delivery->message);
    sds bytes = sds_new(reply_written(&reply));
    reply_release(&reply);
    return output_block_create(bytes);
}

/* A client that is being closed loses its subscriptions a little later. */
static size_t deliver(struct delivery *delivery, const struct key_group *group) {
    size_t count = 0;
    LIST_EACH(node, &group->members) {
        struct client *client = LIST_ENTRY(node, struct membership, member)->client;
        if ((client->flags & CLIENT_CLOSING) != 0) {
            continue;
        }
        count++;
        struct output_block **block = &delivery->blocks[client->protocol];
        if (*block == NULL) {
            *block = encode(delivery, client->protocol);
        }
        client_push(client, *block);
    }
    for (size_t i = 0; i < PROTOCOL_COUNT; i++) {
        if (delivery->blocks[i] != NULL) {
            output_block_unref(delivery->blocks[i]);
        }
    }
    return count;
}

struct pattern_walk {
    struct bytes channel;
    struct bytes message;
    size_t count;
};

static void visit_pattern(void *context, struct key_group *group) {
    struct pattern_walk *walk = context;
    if (!text_matches_glob(sds_view(group->key), walk->channel, false)) {
        return;
    }
    struct delivery delivery = {.type = "pmessage",
                                .pattern = sds_view(group->key),
                                .channel = walk->channel,
                                .message = walk->message};
    walk->count += deliver(&delivery, group);
}

size_t pubsub_publish(struct pubsub *pubsub, enum pubsub_kind kind, struct bytes channel,
                      struct bytes message) {
    size_t count = 0;
    struct key_group *group =
        key_groups_find(pubsub->groups[kind], 0, channel, hash_bytes(channel));
    if (group != NULL) {
        struct delivery delivery = {.type = kind == PUBSUB_CHANNEL ? "message" : "smessage",
                                    .channel = channel,
                                    .message = message};
        count = deliver(&delivery, group);
    }
    if (kind == PUBSUB_CHANNEL && key_groups_count(pubsub->groups[PUBSUB_PATTERN]) > 0) {
        struct pattern_walk walk = {channel, message, 0};
        key_groups_each(pubsub->groups[PUBSUB_PATTERN], visit_pattern, &walk);
        count += walk.count;
    }
    return count;
}

/* ---- Figures ---- */

bool pubsub_is_idle(const struct pubsub *pubsub) {
    return pubsub->client_count == 0;
}

size_t pubsub_name_count(const struct pubsub *pubsub, enum pubsub_kind kind) {
    return key_groups_count(pubsub->groups[kind]);
}

size_t pubsub_subscriber_count(const struct pubsub *pubsub, enum pubsub_kind kind,
                               struct bytes name) {
    const struct key_group *group =
        key_groups_find(pubsub->groups[kind], 0, name, hash_bytes(name));
    return group == NULL ? 0 : group->member_count;
}

size_t pubsub_client_count(const struct pubsub *pubsub) {
    return pubsub->client_count;
}

void pubsub_each_name(struct pubsub *pubsub, enum pubsub_kind kind, pubsub_visitor visit,
                      void *context) {
    struct name_walk walk = {visit, context};
    key_groups_each(pubsub->groups[kind], visit_group, &walk);
}
