/*
 * BGREWRITEAOF and WAITAOF: what clients may ask of the log.
 */
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/durability.h"
#include "server/request.h"
#include "server/server.h"
#include "server/settings.h"

/* BGREWRITEAOF */
static void bgrewriteaof_command(struct request *req, struct reply *reply) {
    static const char scheduled[] = "Background append only file rewriting scheduled";
    const struct log_keeper *keeper = durability_keeper(req->server->durability);
    if ((req->flags & (REQUEST_IN_EXEC | REQUEST_IN_SCRIPT)) != 0) {
        /* The log cannot be cut inside of a transaction. */
        keeper->schedule_rewrite(keeper->context);
        reply_simple(reply, scheduled);
        return;
    }
    switch (keeper->rewrite(keeper->context)) {
    case REWRITE_STARTED:
        reply_simple(reply, "Background append only file rewriting started");
        return;
    case REWRITE_SCHEDULED:
        reply_simple(reply, scheduled);
        return;
    case REWRITE_RUNNING:
        reply_error(reply, "ERR Background append only file rewriting already in progress");
        return;
    case REWRITE_IMPOSSIBLE:
        reply_error(reply, "ERR Can't execute an AOF background rewriting. Please check the "
                           "server logs for more information.");
        return;
    }
}

static void reply_marks(struct reply *reply, bool is_local_done) {
    reply_array(reply, 2);
    reply_integer(reply, is_local_done);
    reply_integer(reply, 0); /* There are no replicas. */
}

/* WAITAOF numlocal numreplicas timeout */
static void waitaof_command(struct request *req, struct reply *reply) {
    enum { LOCAL_ARG = 1, REPLICAS_ARG = 2, TIMEOUT_ARG = 3 };
    static const char local_error[] = "ERR value is out of range, value must between 0 and 1";
    int64_t local = 0;
    int64_t replicas = 0;
    int64_t timeout_ms = 0;
    struct args_bounds bounds = {0, 1, local_error};
    if (!args_bounded(req, LOCAL_ARG, bounds, &local, reply) ||
        !args_positive(req, REPLICAS_ARG, &replicas, reply) ||
        !args_timeout_ms(req, TIMEOUT_ARG, &timeout_ms, reply)) {
        return;
    }
    struct durability *durability = req->server->durability;
    if (local > 0 && !req->server->settings->appendonly) {
        reply_error(reply, "ERR WAITAOF cannot be used when numlocal is set but appendonly is "
                           "disabled.");
        return;
    }
    bool is_on = durability_mode(durability) != DURABILITY_OFF;
    bool is_local_done = is_on && durability_marks(durability).synced >= req->client->write_offset;
    bool is_done = replicas == 0 && (local == 0 || is_local_done);
    if (is_done || !request_may_block(req) || (req->flags & REQUEST_TIMED_OUT) != 0) {
        reply_marks(reply, is_local_done);
        return;
    }
    durability_wait(durability, req, timeout_ms);
}

// clang-format off
static const struct command rows[] = {
    {
        .name = "bgrewriteaof", .handler = bgrewriteaof_command, .arity = 1,
        .flags = CMD_ADMIN | CMD_NO_ASYNC_LOADING | CMD_NOSCRIPT,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Writes the append-only file anew in the background.",
    },
    {
        .name = "waitaof", .handler = waitaof_command, .arity = 4,
        .flags = CMD_BLOCKING,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_GENERIC, .since = "7.2.0", .complexity = "O(1)",
        .syntax = "numlocal numreplicas timeout",
        .summary = "Waits until the connection's writes are synced to the append-only file.",
        .tips = TIPS("request_policy:all_shards", "response_policy:agg_min"),
    },
};
// clang-format on

const struct command_table durability_commands = {rows, ARRAY_SIZE(rows)};
