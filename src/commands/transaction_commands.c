/*
 * MULTI, EXEC, DISCARD, WATCH and UNWATCH. What they do stands in server/transaction.
 */
#include "base/panic.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/request.h"
#include "server/transaction.h"

static bool is_in_multi(const struct request *req) {
    return (req->client->flags & CLIENT_IN_MULTI) != 0;
}

/* MULTI */
static void multi_command(struct request *req, struct reply *reply) {
    transaction_begin(req->client);
    reply_ok(reply);
}

/* EXEC */
static void exec_command(struct request *req, struct reply *reply) {
    if (!is_in_multi(req)) {
        reply_error(reply, "ERR EXEC without MULTI");
        return;
    }
    transaction_execute(req, reply);
}

/* DISCARD */
static void discard_command(struct request *req, struct reply *reply) {
    if (!is_in_multi(req)) {
        reply_error(reply, "ERR DISCARD without MULTI");
        return;
    }
    transaction_discard(req->client);
    reply_ok(reply);
}

/* WATCH key [key ...] */
static void watch_command(struct request *req, struct reply *reply) {
    for (size_t i = 1; i < request_argc(req); i++) {
        transaction_watch(req->client, request_arg(req, i), request_key_hash(req, i));
    }
    reply_ok(reply);
}

/* UNWATCH */
static void unwatch_command(struct request *req, struct reply *reply) {
    transaction_unwatch(req->client);
    reply_ok(reply);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "multi", .handler = multi_command, .arity = 1,
        .flags = CMD_ALLOW_BUSY | CMD_FAST | CMD_LOADING | CMD_NO_MULTI | CMD_NOSCRIPT |
            CMD_STALE | CMD_SESSION | CMD_NOT_QUEUED,
        .acl = ACL_TRANSACTION, .effect = EFFECT_NONE,
        .group = GROUP_TRANSACTIONS, .since = "1.2.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Starts to queue the requests of a transaction.",
    },
    {
        .name = "exec", .handler = exec_command, .arity = 1,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_SKIP_SLOWLOG | CMD_STALE | CMD_SESSION |
            CMD_NOT_QUEUED | CMD_LONG,
        .acl = ACL_TRANSACTION, .effect = EFFECT_NONE,
        .group = GROUP_TRANSACTIONS, .since = "1.2.0", .complexity = "varies",
        .syntax = "",
        .summary = "Runs the queued requests of a transaction.",
    },
    {
        .name = "discard", .handler = discard_command, .arity = 1,
        .flags = CMD_ALLOW_BUSY | CMD_FAST | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE |
            CMD_SESSION | CMD_NOT_QUEUED,
        .acl = ACL_TRANSACTION, .effect = EFFECT_NONE,
        .group = GROUP_TRANSACTIONS, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "",
        .summary = "Drops the queued requests of a transaction.",
    },
    {
        .name = "watch", .handler = watch_command, .arity = -2,
        .flags = CMD_ALLOW_BUSY | CMD_FAST | CMD_LOADING | CMD_NO_MULTI | CMD_NOSCRIPT |
            CMD_STALE | CMD_NOT_QUEUED,
        .acl = ACL_TRANSACTION, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 1, 0),
                      .access = KEY_RO}),
        .group = GROUP_TRANSACTIONS, .since = "2.2.0", .complexity = "O(1)",
        .syntax = "key [key ...]",
        .summary = "Makes the next transaction depend on keys staying as they are.",
    },
    {
        .name = "unwatch", .handler = unwatch_command, .arity = 1,
        .flags = CMD_ALLOW_BUSY | CMD_FAST | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_TRANSACTION, .effect = EFFECT_NONE,
        .group = GROUP_TRANSACTIONS, .since = "2.2.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Forgets the watched keys of the connection.",
    },
};
/* clang-format on */

const struct command_table transaction_commands = {rows, ARRAY_SIZE(rows)};
