/*
 * EVAL and its kin, and SCRIPT. How scripts run stands in script/.
 */
#include "base/panic.h"
#include "commands/args.h"
#include "commands/script_args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "script/lua_engine.h"
#include "script/script_header.h"
#include "script/script_run.h"
#include "script/script_store.h"
#include "script/scripting.h"
#include "server/client.h"
#include "server/command.h"
#include "server/request.h"
#include "server/server.h"

#define NOT_AN_INTEGER "ERR value is not an integer or out of range"

/* ---- EVAL, EVALSHA, EVAL_RO, EVALSHA_RO ---- */

static uint32_t eval_flags(const struct request *req) {
    uint32_t script_flags = SCRIPT_WITHOUT_HEADER;
    struct bytes body;
    sds error = script_header_read(request_arg(req, 1), &script_flags, &body);
    bool is_bad = error != NULL; /* It will not run. */
    sds_free(error);
    return script_args_flags(req, is_bad ? SCRIPT_WITHOUT_HEADER : script_flags);
}

static uint32_t evalsha_flags(const struct request *req) {
    const struct script *script =
        script_store_find(scripting_scripts(req->server->scripting), request_arg(req, 1));
    return script_args_flags(req, script == NULL ? SCRIPT_WITHOUT_HEADER : script->flags);
}

static bool is_debugged(const struct request *req) {
    return (req->client->flags & CLIENT_DEBUGS_SCRIPTS) != 0;
}

/*
 * Answers EVAL of a client that wants to debug, without running the script: who debugs may count on
 * its changes being taken back. The reply is what ends a session that cannot begin, as redis-cli
 * --ldb shows it: a status in an array, the error behind it, and the end of the connection. EXEC
 * has room for the error only.
 */
static void refuse_debugging(struct request *req, struct reply *reply) {
    if ((req->flags & REQUEST_IN_EXEC) == 0) {
        reply_array(reply, 1);
        reply_simple(reply, "<endsession>");
        client_close_after_reply(req->client);
    }
    reply_error(reply, "ERR There is no debugger of scripts here: the script was not run");
}

static void run_script(struct request *req, struct reply *reply, struct script *script,
                       size_t key_count) {
    struct scripting *scripting = req->server->scripting;
    if (!script_args_may_run(req, script->flags, reply)) {
        return;
    }
    bool is_read_only = (req->command->flags & CMD_READONLY) != 0;
    struct script_run run = {
        .name = {script->name, sizeof script->name},
        .flags = script->flags | (is_read_only ? (uint32_t)SCRIPT_NO_WRITES : 0),
    };
    struct lua_call call = script_args_call(req, script->reference, key_count);
    script_store_hold(script);
    scripting_run(scripting_engine(scripting), &run, &call, req, reply);
    script_store_release(scripting_scripts(scripting), script);
}

/* EVAL script numkeys [key [key ...]] [arg [arg ...]] */
static void eval_command(struct request *req, struct reply *reply) {
    size_t key_count = 0;
    if (is_debugged(req)) {
        refuse_debugging(req, reply);
        return;
    }
    if (!script_args_key_count(req, NOT_AN_INTEGER, &key_count, reply)) {
        return;
    }
    sds error = NULL;
    struct script *script = script_store_get(scripting_scripts(req->server->scripting),
                                             request_arg(req, 1), false, &error);
    if (script == NULL) {
        reply_error_bytes(reply, sds_view(error));
        sds_free(error);
        return;
    }
    run_script(req, reply, script, key_count);
}

static void reply_no_script(struct reply *reply) {
    reply_error(reply, "NOSCRIPT No matching script. Please use EVAL.");
}

/* EVALSHA sha1 numkeys [key [key ...]] [arg [arg ...]] */
static void evalsha_command(struct request *req, struct reply *reply) {
    struct script *script =
        script_store_find(scripting_scripts(req->server->scripting), request_arg(req, 1));
    size_t key_count = 0;
    if (is_debugged(req)) {
        reply_error(reply, "ERR Please use EVAL instead of EVALSHA for debugging");
        return;
    }
    if (request_arg(req, 1).length != SCRIPT_DIGEST_HEX_SIZE) {
        reply_no_script(reply);
        return;
    }
    if (!script_args_key_count(req, NOT_AN_INTEGER, &key_count, reply)) {
        return;
    }
    if (script == NULL) {
        reply_no_script(reply);
        return;
    }
    run_script(req, reply, script, key_count);
}

/* ---- SCRIPT ---- */

/* SCRIPT LOAD script */
static void load_command(struct request *req, struct reply *reply) {
    sds error = NULL;
    struct script *script = script_store_get(scripting_scripts(req->server->scripting),
                                             request_arg(req, 2), true, &error);
    if (script == NULL) {
        reply_error_bytes(reply, sds_view(error));
        sds_free(error);
        return;
    }
    reply_bulk(reply, (struct bytes){script->name, sizeof script->name});
}

/* SCRIPT EXISTS sha1 [sha1 ...] */
static void exists_command(struct request *req, struct reply *reply) {
    reply_array(reply, request_argc(req) - 2);
    for (size_t i = 2; i < request_argc(req); i++) {
        struct script_store *scripts = scripting_scripts(req->server->scripting);
        reply_integer(reply, script_store_find(scripts, request_arg(req, i)) != NULL);
    }
}

/* SCRIPT FLUSH [ASYNC | SYNC] */
static void flush_command(struct request *req, struct reply *reply) {
    enum { OPTION_ARG = 2, ARGC_MAX };
    bool has_option = request_argc(req) == ARGC_MAX;
    if (request_argc(req) > ARGC_MAX ||
        (has_option && !args_is(req, OPTION_ARG, "sync") && !args_is(req, OPTION_ARG, "async"))) {
        reply_error(reply, "ERR SCRIPT FLUSH only support SYNC|ASYNC option");
        return;
    }
    scripting_flush(req->server->scripting);
    reply_ok(reply);
}

/* SCRIPT SHOW sha1 */
static void show_command(struct request *req, struct reply *reply) {
    const struct script *script =
        script_store_find(scripting_scripts(req->server->scripting), request_arg(req, 2));
    if (script == NULL) {
        reply_no_script(reply);
        return;
    }
    reply_bulk(reply, sds_view(script->body));
}

/* SCRIPT KILL */
static void kill_command(struct request *req, struct reply *reply) {
    scripting_kill(req->server->scripting, false, reply);
}

/* SCRIPT DEBUG YES | SYNC | NO */
static void debug_command(struct request *req, struct reply *reply) {
    struct bytes mode = request_arg(req, 2);
    bool is_on = bytes_is(mode, "yes") || bytes_is(mode, "sync");
    if (!is_on && !bytes_is(mode, "no")) {
        reply_error(reply, "ERR Use SCRIPT DEBUG YES/SYNC/NO");
        return;
    }
    if (is_on && (req->flags & REQUEST_IN_EXEC) != 0) {
        reply_error(reply, "ERR SCRIPT DEBUG must be called outside a pipeline");
        return;
    }
    uint32_t others = req->client->flags & ~(uint32_t)CLIENT_DEBUGS_SCRIPTS;
    req->client->flags = others | (is_on ? (uint32_t)CLIENT_DEBUGS_SCRIPTS : 0);
    reply_ok(reply);
}

static const char *const help_lines[] = {
    "DEBUG (YES|SYNC|NO)",
    "    Accepted, but there is no debugger: scripts are refused until NO.",
    "EXISTS <sha1> [<sha1> ...]",
    "    Say for each digest whether its script is there.",
    "FLUSH [ASYNC|SYNC]",
    "    Forget all scripts, in the background or at once.",
    "KILL",
    "    End the script that runs, unless it has written.",
    "LOAD <script>",
    "    Compile a script and keep it for EVALSHA.",
    "SHOW <sha1>",
    "    Return the text of a script.",
};

/* SCRIPT HELP */
static void help_command(struct request *req, struct reply *reply) {
    (void)req;
    reply_help(reply, "SCRIPT", help_lines, ARRAY_SIZE(help_lines));
}

/* clang-format off */
#define SCRIPT_KEYS(access_flags)                                                                  \
    KEYS({.begin = KEY_INDEX(2), .find = KEY_KEYNUM(0, 1, 1), .access = (access_flags),            \
          .notes = "A script may do more or less than this with its keys."})

static const struct command rows[] = {
    {
        .name = "eval", .handler = eval_command, .decide_flags = eval_flags, .arity = -3,
        .flags = CMD_NOSCRIPT | CMD_SKIP_MONITOR | CMD_STALE | CMD_NO_MANDATORY_KEYS |
            CMD_MAY_REPLICATE | CMD_LONG,
        .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .keys = SCRIPT_KEYS(KEY_RW | KEY_ACCESS | KEY_UPDATE),
        .group = GROUP_SCRIPTING, .since = "2.6.0", .complexity = "varies",
        .syntax = "script numkeys [key [key ...]] [arg [arg ...]]",
        .summary = "Runs a Lua script.",
    },
    {
        .name = "evalsha", .handler = evalsha_command,
        .decide_flags = evalsha_flags, .arity = -3,
        .flags = CMD_NOSCRIPT | CMD_SKIP_MONITOR | CMD_STALE | CMD_NO_MANDATORY_KEYS |
            CMD_MAY_REPLICATE | CMD_LONG,
        .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .keys = SCRIPT_KEYS(KEY_RW | KEY_ACCESS | KEY_UPDATE),
        .group = GROUP_SCRIPTING, .since = "2.6.0", .complexity = "varies",
        .syntax = "sha1 numkeys [key [key ...]] [arg [arg ...]]",
        .summary = "Runs a Lua script that the server knows by its digest.",
    },
    {
        .name = "eval_ro", .handler = eval_command, .decide_flags = eval_flags, .arity = -3,
        .flags = CMD_NOSCRIPT | CMD_READONLY | CMD_SKIP_MONITOR | CMD_STALE |
            CMD_NO_MANDATORY_KEYS | CMD_LONG,
        .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .keys = SCRIPT_KEYS(KEY_RO | KEY_ACCESS),
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "varies",
        .syntax = "script numkeys [key [key ...]] [arg [arg ...]]",
        .summary = "Runs a Lua script that may only read.",
    },
    {
        .name = "evalsha_ro", .handler = evalsha_command,
        .decide_flags = evalsha_flags, .arity = -3,
        .flags = CMD_NOSCRIPT | CMD_READONLY | CMD_SKIP_MONITOR | CMD_STALE |
            CMD_NO_MANDATORY_KEYS | CMD_LONG,
        .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .keys = SCRIPT_KEYS(KEY_RO | KEY_ACCESS),
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "varies",
        .syntax = "sha1 numkeys [key [key ...]] [arg [arg ...]]",
        .summary = "Runs a Lua script known by its digest that may only read.",
    },
    {
        .name = "script", .handler = NULL, .arity = -2, .flags = CMD_CONTAINER, .acl = 0,
        .effect = EFFECT_NONE, .group = GROUP_SCRIPTING, .since = "2.6.0", .complexity = "varies",
        .syntax = "<subcommand>",
        .summary = "Commands about the scripts that the server knows.",
    },
    {
        .name = "debug", .parent = "script", .handler = debug_command, .arity = 3,
        .flags = CMD_NOSCRIPT, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "3.2.0", .complexity = "O(1)",
        .syntax = "<YES | SYNC | NO>",
        .summary = "Lets EVAL of the client refuse to run: there is no debugger of scripts.",
    },
    {
        .name = "exists", .parent = "script", .handler = exists_command, .arity = -3,
        .flags = CMD_NOSCRIPT, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "2.6.0", .complexity = "O(N), N digests",
        .tips = TIPS("request_policy:all_shards", "response_policy:agg_logical_and"),
        .syntax = "sha1 [sha1 ...]",
        .summary = "Says for each digest whether its script is known.",
    },
    {
        .name = "flush", .parent = "script", .handler = flush_command, .arity = -2,
        .flags = CMD_NOSCRIPT, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "2.6.0", .complexity = "O(N), N scripts",
        .tips = TIPS("request_policy:all_nodes", "response_policy:all_succeeded"),
        .syntax = "[ASYNC | SYNC]",
        .summary = "Forgets all scripts.",
    },
    {
        .name = "help", .parent = "script", .handler = help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Lists the subcommands.",
    },
    {
        .name = "kill", .parent = "script", .handler = kill_command, .arity = 2,
        .flags = CMD_ALLOW_BUSY | CMD_NOSCRIPT, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "2.6.0", .complexity = "O(1)",
        .tips = TIPS("request_policy:all_shards", "response_policy:one_succeeded"),
        .syntax = "",
        .summary = "Ends the script that runs, unless it has written.",
    },
    {
        .name = "load", .parent = "script", .handler = load_command, .arity = 3,
        .flags = CMD_NOSCRIPT | CMD_STALE, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "2.6.0", .complexity = "O(N), N bytes of the script",
        .tips = TIPS("request_policy:all_nodes", "response_policy:all_succeeded"),
        .syntax = "script",
        .summary = "Compiles a script and keeps it for EVALSHA.",
    },
    {
        .name = "show", .parent = "script", .handler = show_command, .arity = 3,
        .flags = CMD_NOSCRIPT, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "8.0.0", .complexity = "O(1)",
        .syntax = "sha1",
        .summary = "Returns the text of a script.",
    },
};
/* clang-format on */

const struct command_table script_commands = {rows, ARRAY_SIZE(rows)};
