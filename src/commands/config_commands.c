/*
 * CONFIG: the parameters of the running server.
 */
#include "base/panic.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/config.h"
#include "server/request.h"
#include "server/server.h"

#include <string.h>

struct listing {
    struct reply *reply;
    size_t count;
};

static void reply_parameter(void *context, struct bytes name, const char *value) {
    struct listing *listing = context;
    reply_bulk(listing->reply, name);
    reply_bulk_text(listing->reply, value);
    listing->count++;
}

/* CONFIG GET parameter [parameter ...] */
static void get_command(struct request *req, struct reply *reply) {
    struct listing listing = {reply, 0};
    size_t mark = reply_begin(reply);
    config_each(req->server->config, req->args + 2, request_argc(req) - 2, reply_parameter,
                &listing);
    reply_end_map(reply, mark, listing.count);
}

/* CONFIG SET parameter value [parameter value ...] */
static void set_command(struct request *req, struct reply *reply) {
    if (request_argc(req) % 2 != 0) {
        reply_syntax_error(reply);
        return;
    }
    bool must_wait = false;
    for (size_t i = 2; i < request_argc(req); i += 2) {
        if (config_is_secret(request_arg(req, i))) {
            request_hide_arg(req, i + 1);
        }
        must_wait |= req->server->is_loading && config_must_wait_for_load(request_arg(req, i));
    }
    if (must_wait) {
        reply_error(reply, "LOADING Redis is loading the dataset in memory");
        return;
    }
    bool allow_protected =
        client_has_permission(req->client, req->server->settings->enable_protected_configs);
    sds error =
        config_set(req->server->config, req->args + 2, request_argc(req) - 2, allow_protected);
    if (error == NULL) {
        reply_ok(reply);
        return;
    }
    reply_error_format(reply, "ERR %s", error);
    sds_free(error);
}

/* CONFIG RESETSTAT */
static void resetstat_command(struct request *req, struct reply *reply) {
    server_reset_statistics(req->server);
    reply_ok(reply);
}

/* CONFIG REWRITE */
static void rewrite_command(struct request *req, struct reply *reply) {
    if (config_file_path(req->server->config) == NULL) {
        reply_error(reply, "ERR The server is running without a config file");
        return;
    }
    int error = config_rewrite(req->server->config, false);
    if (error != 0) {
        reply_error_format(reply, "ERR Rewriting config file: %s", strerror(-error));
        return;
    }
    reply_ok(reply);
}

/* CONFIG HELP */
static void help_command(struct request *req, struct reply *reply) {
    (void)req;
    static const char *const lines[] = {
        "GET <pattern> [<pattern> ...]",
        "    Parameters whose names match, with their values.",
        "RESETSTAT",
        "    Sets the counters of INFO to zero.",
        "REWRITE",
        "    Writes the values into the configuration file.",
        "SET <name> <value> [<name> <value> ...]",
        "    Changes parameters: all of them, or none.",
    };
    reply_help(reply, "CONFIG", lines, ARRAY_SIZE(lines));
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "config", .handler = NULL, .arity = -2,
        .flags = 0,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "2.0.0", .complexity = "varies",
        .syntax = "<subcommand>",
        .summary = "Shows and changes the parameters of the server.",
    },
    {
        .parent = "config", .name = "get", .handler = get_command, .arity = -3,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "parameter [parameter ...]",
        .summary = "Returns the values of parameters.",
    },
    {
        .parent = "config", .name = "set", .handler = set_command, .arity = -4,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_nodes", "response_policy:all_succeeded"),
        .group = GROUP_SERVER, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "parameter value [parameter value ...]",
        .summary = "Changes the values of parameters.",
    },
    {
        .parent = "config", .name = "resetstat", .handler = resetstat_command, .arity = 2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_nodes", "response_policy:all_succeeded"),
        .group = GROUP_SERVER, .since = "2.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Sets the counters of INFO to zero.",
    },
    {
        .parent = "config", .name = "rewrite", .handler = rewrite_command, .arity = 2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_nodes", "response_policy:all_succeeded"),
        .group = GROUP_SERVER, .since = "2.8.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Writes the parameters into the configuration file.",
    },
    {
        .parent = "config", .name = "help", .handler = help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Lists the subcommands of CONFIG.",
    },
};
/* clang-format on */

const struct command_table config_commands = {rows, ARRAY_SIZE(rows)};
