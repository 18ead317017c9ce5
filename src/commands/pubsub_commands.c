/*
 * Each name of a SUBSCRIBE is answered by a message of its own, a push in RESP3, which carries the
 * number of subscriptions that the client has then: channels and patterns together, shard channels
 * apart.
 */
#include "base/alloc.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/pubsub.h"
#include "server/request.h"
#include "server/server.h"

enum { CONFIRMATION_PARTS = 3 };

static size_t counted_subscriptions(const struct client *client, enum pubsub_kind kind) {
    if (kind == PUBSUB_SHARD_CHANNEL) {
        return pubsub_subscription_count(client, PUBSUB_SHARD_CHANNEL);
    }
    return pubsub_subscription_count(client, PUBSUB_CHANNEL) +
           pubsub_subscription_count(client, PUBSUB_PATTERN);
}

static void confirm(const struct request *req, struct reply *reply, enum pubsub_kind kind,
                    const struct bytes *name) {
    reply_push(reply, CONFIRMATION_PARTS);
    reply_bulk(reply, bytes_of_text(req->command->row->name));
    if (name == NULL) {
        reply_null(reply);
    } else {
        reply_bulk(reply, *name);
    }
    reply_integer(reply, (int64_t)counted_subscriptions(req->client, kind));
}

static void subscribe(struct request *req, struct reply *reply, enum pubsub_kind kind) {
    for (size_t i = 1; i < request_argc(req); i++) {
        struct bytes name = request_arg(req, i);
        (void)pubsub_subscribe(req->client, kind, name);
        confirm(req, reply, kind, &name);
    }
}

/* Names that must outlive the subscriptions that hold them. */
struct name_list {
    sds *names;
    size_t count;
    size_t capacity;
};

static void collect_name(void *context, struct bytes name, size_t subscriber_count) {
    enum { CAPACITY_MIN = 16 };
    (void)subscriber_count;
    struct name_list *list = context;
    if (list->count == list->capacity) {
        list->capacity = 2 * list->capacity + CAPACITY_MIN;
        list->names = alloc_resize(list->names, list->capacity * sizeof *list->names);
    }
    list->names[list->count++] = sds_new(name);
}

/* A few at a time, while what was visited is still in the cache. */
static void unsubscribe_from_all(struct request *req, struct reply *reply, enum pubsub_kind kind) {
    if (pubsub_subscription_count(req->client, kind) == 0) {
        confirm(req, reply, kind, NULL);
        return;
    }
    struct name_list list = {0};
    uint64_t cursor = 0;
    do {
        list.count = 0;
        cursor = pubsub_some_subscriptions(req->client, kind, cursor, collect_name, &list);
        for (size_t i = 0; i < list.count; i++) {
            struct bytes name = sds_view(list.names[i]);
            (void)pubsub_unsubscribe(req->client, kind, name);
            confirm(req, reply, kind, &name);
            sds_free(list.names[i]);
        }
    } while (cursor != 0);
    alloc_free(list.names);
}

static void unsubscribe(struct request *req, struct reply *reply, enum pubsub_kind kind) {
    if (request_argc(req) == 1) {
        unsubscribe_from_all(req, reply, kind);
        return;
    }
    for (size_t i = 1; i < request_argc(req); i++) {
        struct bytes name = request_arg(req, i);
        (void)pubsub_unsubscribe(req->client, kind, name);
        confirm(req, reply, kind, &name);
    }
}

/* SUBSCRIBE channel [channel ...] */
static void subscribe_command(struct request *req, struct reply *reply) {
    subscribe(req, reply, PUBSUB_CHANNEL);
}

/* PSUBSCRIBE pattern [pattern ...] */
static void psubscribe_command(struct request *req, struct reply *reply) {
    subscribe(req, reply, PUBSUB_PATTERN);
}

/* SSUBSCRIBE shardchannel [shardchannel ...] */
static void ssubscribe_command(struct request *req, struct reply *reply) {
    subscribe(req, reply, PUBSUB_SHARD_CHANNEL);
}

/* UNSUBSCRIBE [channel ...] */
static void unsubscribe_command(struct request *req, struct reply *reply) {
    unsubscribe(req, reply, PUBSUB_CHANNEL);
}

/* PUNSUBSCRIBE [pattern ...] */
static void punsubscribe_command(struct request *req, struct reply *reply) {
    unsubscribe(req, reply, PUBSUB_PATTERN);
}

/* SUNSUBSCRIBE [shardchannel ...] */
static void sunsubscribe_command(struct request *req, struct reply *reply) {
    unsubscribe(req, reply, PUBSUB_SHARD_CHANNEL);
}

/* PUBLISH channel message */
static void publish_command(struct request *req, struct reply *reply) {
    size_t count = pubsub_publish(req->server->pubsub, PUBSUB_CHANNEL, request_arg(req, 1),
                                  request_arg(req, 2));
    reply_integer(reply, (int64_t)count);
}

/* SPUBLISH shardchannel message */
static void spublish_command(struct request *req, struct reply *reply) {
    size_t count = pubsub_publish(req->server->pubsub, PUBSUB_SHARD_CHANNEL, request_arg(req, 1),
                                  request_arg(req, 2));
    reply_integer(reply, (int64_t)count);
}

/* ---- PUBSUB ---- */

struct channel_listing {
    struct reply *reply;
    const struct bytes *pattern; /* NULL: all */
    size_t count;
};

static void list_channel(void *context, struct bytes name, size_t subscriber_count) {
    (void)subscriber_count;
    struct channel_listing *listing = context;
    if (listing->pattern == NULL || text_matches_glob(*listing->pattern, name, false)) {
        reply_bulk(listing->reply, name);
        listing->count++;
    }
}

static void list_channels(struct request *req, struct reply *reply, enum pubsub_kind kind) {
    if (request_argc(req) > 3) {
        reply_error_format(reply, "ERR wrong number of arguments for '%s' command",
                           req->command->name);
        return;
    }
    struct bytes pattern = request_argc(req) == 3 ? request_arg(req, 2) : BYTES("");
    struct channel_listing listing = {reply, request_argc(req) == 3 ? &pattern : NULL, 0};
    size_t mark = reply_begin(reply);
    pubsub_each_name(req->server->pubsub, kind, list_channel, &listing);
    reply_end_array(reply, mark, listing.count);
}

static void count_subscribers(struct request *req, struct reply *reply, enum pubsub_kind kind) {
    reply_array(reply, 2 * (request_argc(req) - 2));
    for (size_t i = 2; i < request_argc(req); i++) {
        struct bytes name = request_arg(req, i);
        reply_bulk(reply, name);
        reply_integer(reply, (int64_t)pubsub_subscriber_count(req->server->pubsub, kind, name));
    }
}

/* PUBSUB CHANNELS [pattern] */
static void pubsub_channels_command(struct request *req, struct reply *reply) {
    list_channels(req, reply, PUBSUB_CHANNEL);
}

/* PUBSUB SHARDCHANNELS [pattern] */
static void pubsub_shardchannels_command(struct request *req, struct reply *reply) {
    list_channels(req, reply, PUBSUB_SHARD_CHANNEL);
}

/* PUBSUB NUMSUB [channel ...] */
static void pubsub_numsub_command(struct request *req, struct reply *reply) {
    count_subscribers(req, reply, PUBSUB_CHANNEL);
}

/* PUBSUB SHARDNUMSUB [shardchannel ...] */
static void pubsub_shardnumsub_command(struct request *req, struct reply *reply) {
    count_subscribers(req, reply, PUBSUB_SHARD_CHANNEL);
}

/* PUBSUB NUMPAT */
static void pubsub_numpat_command(struct request *req, struct reply *reply) {
    reply_integer(reply, (int64_t)pubsub_name_count(req->server->pubsub, PUBSUB_PATTERN));
}

/* PUBSUB HELP */
static void pubsub_help_command(struct request *req, struct reply *reply) {
    (void)req;
    static const char *const lines[] = {
        "CHANNELS [<pattern>]",
        "    Lists the channels that have subscribers and match the pattern (all by default).",
        "NUMPAT",
        "    Tells how many different patterns are subscribed to.",
        "NUMSUB [<channel> ...]",
        "    Tells the number of subscribers of each channel.",
        "SHARDCHANNELS [<pattern>]",
        "    Lists the shard channels that have subscribers and match the pattern.",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    Tells the number of subscribers of each shard channel.",
    };
    reply_help(reply, "PUBSUB", lines, ARRAY_SIZE(lines));
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "subscribe", .handler = subscribe_command, .arity = -2,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_PUBSUB | CMD_STALE | CMD_SUBSCRIBER,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "channel [channel ...]",
        .summary = "Makes the connection hear the messages of channels.",
    },
    {
        .name = "psubscribe", .handler = psubscribe_command, .arity = -2,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_PUBSUB | CMD_STALE | CMD_SUBSCRIBER,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "pattern [pattern ...]",
        .summary = "Makes the connection hear the messages of all channels that match patterns.",
    },
    {
        .name = "ssubscribe", .handler = ssubscribe_command, .arity = -2,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_PUBSUB | CMD_STALE | CMD_SUBSCRIBER,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 1, 0), .access = KEY_NOT_KEY}),
        .group = GROUP_PUBSUB, .since = "7.0.0", .complexity = "O(N)",
        .syntax = "shardchannel [shardchannel ...]",
        .summary = "Makes the connection hear the messages of shard channels.",
    },
    {
        .name = "unsubscribe", .handler = unsubscribe_command, .arity = -1,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_PUBSUB | CMD_STALE | CMD_SUBSCRIBER,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "[channel [channel ...]]",
        .summary = "Ends subscriptions to channels, or all of them.",
    },
    {
        .name = "punsubscribe", .handler = punsubscribe_command, .arity = -1,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_PUBSUB | CMD_STALE | CMD_SUBSCRIBER,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "[pattern [pattern ...]]",
        .summary = "Ends subscriptions to patterns, or all of them.",
    },
    {
        .name = "sunsubscribe", .handler = sunsubscribe_command, .arity = -1,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_PUBSUB | CMD_STALE | CMD_SUBSCRIBER,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 1, 0), .access = KEY_NOT_KEY}),
        .group = GROUP_PUBSUB, .since = "7.0.0", .complexity = "O(N)",
        .syntax = "[shardchannel [shardchannel ...]]",
        .summary = "Ends subscriptions to shard channels, or all of them.",
    },
    {
        .name = "publish", .handler = publish_command, .arity = 3,
        .flags = CMD_FAST | CMD_LOADING | CMD_PUBSUB | CMD_STALE | CMD_MAY_REPLICATE,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "2.0.0", .complexity = "O(N+M)",
        .syntax = "channel message",
        .summary = "Sends a message to the subscribers of a channel.",
    },
    {
        .name = "spublish", .handler = spublish_command, .arity = 3,
        .flags = CMD_FAST | CMD_LOADING | CMD_PUBSUB | CMD_STALE | CMD_MAY_REPLICATE,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0), .access = KEY_NOT_KEY}),
        .group = GROUP_PUBSUB, .since = "7.0.0", .complexity = "O(N)",
        .syntax = "shardchannel message",
        .summary = "Sends a message to the subscribers of a shard channel.",
    },
    {
        .name = "pubsub", .arity = -2,
        .flags = 0,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "2.8.0", .complexity = "varies",
        .syntax = "<subcommand>",
        .summary = "Holds the commands that tell about subscriptions.",
    },
    {
        .name = "channels", .parent = "pubsub", .handler = pubsub_channels_command, .arity = -2,
        .flags = CMD_LOADING | CMD_PUBSUB | CMD_STALE,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "2.8.0", .complexity = "O(N)",
        .syntax = "[pattern]",
        .summary = "Lists the channels that have subscribers.",
    },
    {
        .name = "help", .parent = "pubsub", .handler = pubsub_help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "6.2.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Explains the subcommands.",
    },
    {
        .name = "numpat", .parent = "pubsub", .handler = pubsub_numpat_command, .arity = 2,
        .flags = CMD_LOADING | CMD_PUBSUB | CMD_STALE,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "2.8.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Counts the different patterns that are subscribed to.",
    },
    {
        .name = "numsub", .parent = "pubsub", .handler = pubsub_numsub_command, .arity = -2,
        .flags = CMD_LOADING | CMD_PUBSUB | CMD_STALE,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "2.8.0", .complexity = "O(N)",
        .syntax = "[channel [channel ...]]",
        .summary = "Counts the subscribers of channels.",
    },
    {
        .name = "shardchannels", .parent = "pubsub", .handler = pubsub_shardchannels_command,
        .arity = -2,
        .flags = CMD_LOADING | CMD_PUBSUB | CMD_STALE,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "7.0.0", .complexity = "O(N)",
        .syntax = "[pattern]",
        .summary = "Lists the shard channels that have subscribers.",
    },
    {
        .name = "shardnumsub", .parent = "pubsub", .handler = pubsub_shardnumsub_command,
        .arity = -2,
        .flags = CMD_LOADING | CMD_PUBSUB | CMD_STALE,
        .acl = ACL_PUBSUB, .effect = EFFECT_NONE,
        .group = GROUP_PUBSUB, .since = "7.0.0", .complexity = "O(N)",
        .syntax = "[shardchannel [shardchannel ...]]",
        .summary = "Counts the subscribers of shard channels.",
    },
};
/* clang-format on */

const struct command_table pubsub_commands = {rows, ARRAY_SIZE(rows)};
