/*
 * The session itself: protocol, password, database, end. CLIENT has a file of its own.
 */
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/config.h"
#include "server/info.h"
#include "server/request.h"
#include "server/server.h"

/* PING [message] */
static void ping_command(struct request *req, struct reply *reply) {
    if (request_argc(req) > 2) {
        reply_error(reply, "ERR wrong number of arguments for 'ping' command");
    } else if ((req->client->flags & CLIENT_IS_PUBSUB) != 0 && req->client->protocol == RESP2) {
        reply_array(reply, 2);
        reply_bulk_text(reply, "pong");
        reply_bulk(reply, request_argc(req) == 2 ? request_arg(req, 1) : BYTES(""));
    } else if (request_argc(req) == 2) {
        reply_bulk(reply, request_arg(req, 1));
    } else {
        reply_simple(reply, "PONG");
    }
}

/* ECHO message */
static void echo_command(struct request *req, struct reply *reply) {
    reply_bulk(reply, request_arg(req, 1));
}

/* SELECT index */
static void select_command(struct request *req, struct reply *reply) {
    int64_t index;
    if (!args_integer32(req, 1, &index, reply)) {
        return;
    }
    if (index < 0 || (uint64_t)index >= keyspace_database_count(req->server->keyspace)) {
        reply_error(reply, "ERR DB index is out of range");
        return;
    }
    request_select(req, (size_t)index);
    reply_ok(reply);
}

/* QUIT */
static void quit_command(struct request *req, struct reply *reply) {
    reply_ok(reply);
    client_close_after_reply(req->client);
}

/* RESET */
static void reset_command(struct request *req, struct reply *reply) {
    client_reset(req->client);
    req->database = req->client->database;
    reply->protocol = RESP2;
    reply_simple(reply, "RESET");
}

/* ---- Passwords ---- */

/* Compares without telling by its duration where the two differ. */
static bool is_same_secret(struct bytes given, struct bytes secret) {
    unsigned difference = given.length != secret.length;
    for (size_t i = 0; i < given.length; i++) {
        char expected = secret.length == 0 ? 0 : secret.data[i % secret.length];
        difference |= (unsigned char)(given.data[i] ^ expected);
    }
    return difference == 0;
}

static bool log_in(struct request *req, struct bytes user, struct bytes password,
                   struct reply *reply) {
    struct bytes secret = bytes_of_text(req->server->settings->requirepass);
    bool is_open = secret.length == 0; /* the default user takes any password */
    if (bytes_equal(user, BYTES("default")) && (is_open || is_same_secret(password, secret))) {
        req->client->flags |= CLIENT_AUTHENTICATED;
        return true;
    }
    req->server->statistics.acl_denied_auth++;
    reply_error(reply, "WRONGPASS invalid username-password pair or user is disabled.");
    return false;
}

/* AUTH [username] password */
static void auth_command(struct request *req, struct reply *reply) {
    enum { ARGC_MAX = 3 };
    for (size_t i = 1; i < request_argc(req); i++) {
        request_hide_arg(req, i);
    }
    if (request_argc(req) > ARGC_MAX) {
        reply_syntax_error(reply);
        return;
    }
    bool has_user = request_argc(req) == ARGC_MAX;
    if (!has_user && req->server->settings->requirepass[0] == '\0') {
        reply_error(reply, "ERR AUTH <password> called without any password configured for the "
                           "default user. Are you sure your configuration is correct?");
        return;
    }
    struct bytes user = has_user ? request_arg(req, 1) : BYTES("default");
    if (log_in(req, user, request_arg(req, request_argc(req) - 1), reply)) {
        reply_ok(reply);
    }
}

/* ---- HELLO ---- */

struct hello_options {
    int64_t protocol; /* 0 = as it is */
    size_t auth;      /* index of the user's name; 0 = none */
    size_t name;      /* index of the client's name; 0 = none */
};

static bool is_printable(struct bytes name) {
    for (size_t i = 0; i < name.length; i++) {
        if (name.data[i] < '!' || name.data[i] > '~') {
            return false;
        }
    }
    return true;
}

static bool parse_hello_options(struct request *req, struct hello_options *options,
                                struct reply *reply) {
    if (request_argc(req) > 1) {
        if (!text_parse_int64(request_arg(req, 1), &options->protocol)) {
            reply_error(reply, "ERR Protocol version is not an integer or out of range");
            return false;
        }
        if (options->protocol < RESP2 || options->protocol > RESP3) {
            reply_error(reply, "NOPROTO unsupported protocol version");
            return false;
        }
    }
    for (size_t i = 2; i < request_argc(req); i++) {
        size_t left = request_argc(req) - 1 - i;
        if (args_is(req, i, "auth") && left >= 2) {
            options->auth = i + 1;
            request_hide_arg(req, i + 1);
            request_hide_arg(req, i + 2);
            i += 2;
        } else if (args_is(req, i, "setname") && left >= 1) {
            options->name = ++i;
            if (!is_printable(request_arg(req, i))) {
                reply_error(reply, "ERR Client names cannot contain spaces, newlines or special "
                                   "characters.");
                return false;
            }
        } else {
            struct bytes option = request_arg(req, i);
            reply_error_format(reply, "ERR Syntax error in HELLO option '%.*s'", (int)option.length,
                               option.data);
            return false;
        }
    }
    return true;
}

static void reply_hello(const struct request *req, struct reply *reply) {
    enum { FIELD_COUNT = 7 };
    reply_map(reply, FIELD_COUNT);
    reply_bulk_text(reply, "server");
    reply_bulk_text(reply, "redis");
    reply_bulk_text(reply, "version");
    reply_bulk_text(reply, LATCHKEY_REDIS_VERSION);
    reply_bulk_text(reply, "proto");
    reply_integer(reply, req->client->protocol);
    reply_bulk_text(reply, "id");
    reply_integer(reply, (int64_t)req->client->id);
    reply_bulk_text(reply, "mode");
    reply_bulk_text(reply, "standalone");
    reply_bulk_text(reply, "role");
    reply_bulk_text(reply, "master");
    reply_bulk_text(reply, "modules");
    reply_array(reply, 0);
}

/* HELLO [protover [AUTH username password] [SETNAME clientname]] */
static void hello_command(struct request *req, struct reply *reply) {
    struct hello_options options = {0};
    if (!parse_hello_options(req, &options, reply)) {
        return;
    }
    if (options.auth != 0 &&
        !log_in(req, request_arg(req, options.auth), request_arg(req, options.auth + 1), reply)) {
        return;
    }
    if ((req->client->flags & CLIENT_AUTHENTICATED) == 0) {
        reply_error(reply, "NOAUTH HELLO must be called with the client already authenticated, "
                           "otherwise the HELLO <proto> AUTH <user> <pass> option can be used to "
                           "authenticate the client and select the RESP protocol version at the "
                           "same time");
        return;
    }
    if (options.name != 0) {
        client_set_text(&req->client->name, request_arg(req, options.name));
    }
    if (options.protocol != 0) {
        req->client->protocol = (uint8_t)options.protocol;
        reply->protocol = (uint8_t)options.protocol;
    }
    reply_hello(req, reply);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "ping", .handler = ping_command, .arity = -1,
        .flags = CMD_FAST | CMD_SUBSCRIBER,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_shards", "response_policy:all_succeeded"),
        .group = GROUP_CONNECTION, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "[message]",
        .summary = "Answers, to show that the server does.",
    },
    {
        .name = "echo", .handler = echo_command, .arity = 2,
        .flags = CMD_FAST | CMD_LOADING | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "message",
        .summary = "Returns its argument.",
    },
    {
        .name = "select", .handler = select_command, .arity = 2,
        .flags = CMD_FAST | CMD_LOADING | CMD_STALE | CMD_SESSION,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "index",
        .summary = "Selects the database of the connection.",
    },
    {
        .name = "auth", .handler = auth_command, .arity = -2,
        .flags = CMD_ALLOW_BUSY | CMD_FAST | CMD_LOADING | CMD_NO_AUTH | CMD_NOSCRIPT |
            CMD_STALE | CMD_SESSION,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "1.0.0", .complexity = "O(N)",
        .syntax = "[username] password",
        .summary = "Authenticates the connection.",
    },
    {
        .name = "hello", .handler = hello_command, .arity = -1,
        .flags = CMD_ALLOW_BUSY | CMD_FAST | CMD_LOADING | CMD_NO_AUTH | CMD_NOSCRIPT |
            CMD_STALE | CMD_SESSION,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "6.0.0", .complexity = "O(1)",
        .syntax = "[protover [AUTH username password] [SETNAME clientname]]",
        .summary = "Selects the protocol, and authenticates and names the connection.",
    },
    {
        .name = "quit", .handler = quit_command, .arity = -1,
        .flags = CMD_ALLOW_BUSY | CMD_FAST | CMD_LOADING | CMD_NO_AUTH | CMD_NOSCRIPT |
            CMD_STALE | CMD_SESSION | CMD_NOT_QUEUED | CMD_SUBSCRIBER,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "",
        .deprecated_since = "7.2.0",
        .summary = "Closes the connection.",
    },
    {
        .name = "reset", .handler = reset_command, .arity = 1,
        .flags = CMD_ALLOW_BUSY | CMD_FAST | CMD_LOADING | CMD_NO_AUTH | CMD_NOSCRIPT |
            CMD_STALE | CMD_SESSION | CMD_NOT_QUEUED | CMD_SUBSCRIBER,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "6.2.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Brings the connection back to the state of a new one.",
    },
};
/* clang-format on */

const struct command_table connection_commands = {rows, ARRAY_SIZE(rows)};
