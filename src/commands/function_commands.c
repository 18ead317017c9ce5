/*
 * FCALL, FCALL_RO and FUNCTION. How functions are kept and run stands in script/.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/script_args.h"
#include "commands/tables.h"
#include "persist/rdb_libraries.h"
#include "proto/reply.h"
#include "script/function_store.h"
#include "script/lua_engine.h"
#include "script/script_header.h"
#include "script/script_run.h"
#include "script/scripting.h"
#include "server/command.h"
#include "server/dispatch.h"
#include "server/request.h"
#include "server/server.h"
#include "server/settings.h"

enum { FIRST_OPTION_ARG = 2, NS_PER_MS = 1000 * 1000 };

static struct function_store *functions_of(const struct request *req) {
    return scripting_functions(req->server->scripting);
}

/* ---- FCALL, FCALL_RO ---- */

/* A function that does not exist will not run: the row's own flags hold. */
static uint32_t fcall_flags(const struct request *req) {
    const struct function *function = function_store_find(functions_of(req), request_arg(req, 1));
    return script_args_flags(req, function == NULL ? SCRIPT_WITHOUT_HEADER : function->flags);
}

/* FCALL function numkeys [key [key ...]] [arg [arg ...]] */
static void fcall_command(struct request *req, struct reply *reply) {
    struct scripting *scripting = req->server->scripting;
    const struct function *function = function_store_find(functions_of(req), request_arg(req, 1));
    if (function == NULL) {
        reply_error(reply, "ERR Function not found");
        return;
    }
    size_t key_count = 0;
    if (!script_args_key_count(req, "ERR Bad number of keys provided", &key_count, reply) ||
        !script_args_may_run(req, function->flags, reply)) {
        return;
    }
    struct script_run run = {
        .name = sds_view(function->name),
        .flags = function->flags,
        .is_function = true,
    };
    struct lua_call call = script_args_call(req, function->reference, key_count);
    call.takes_arguments = true;
    struct function_library *library = function->library;
    function_store_hold(library);
    scripting_run(scripting_function_engine(scripting), &run, &call, req, reply);
    function_store_release(functions_of(req), library);
}

/* ---- FUNCTION: changing libraries ---- */

/*
 * A library cannot be loaded while a function runs in the same engine: possible only when DEBUG
 * lets scripts run what they must not.
 */
static bool may_change(const struct request *req, struct reply *reply) {
    if (scripting_current(req->server->scripting) != NULL) {
        reply_error(reply, "ERR This Redis command is not allowed from script");
        return false;
    }
    return true;
}

/* Replies an error that was told without its code. text: taken. */
static void reply_failure(struct reply *reply, sds text) {
    sds error = sds_append(sds_new(BYTES("ERR ")), sds_view(text));
    reply_error_bytes(reply, sds_view(error));
    sds_free(error);
    sds_free(text);
}

static void reply_bad_subcommand(const struct request *req, struct reply *reply) {
    struct bytes name = request_arg(req, 1);
    reply_error_format(reply,
                       "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try "
                       "FUNCTION HELP.",
                       (int)name.length, name.data);
}

/* The libraries have changed: the request is recorded, and INFO tells of it. */
static void note_change(struct request *req) {
    request_count_changes(req, 1);
    scripting_update_figures(req->server->scripting);
}

static int64_t load_budget_ns(const struct request *req) {
    return (req->flags & REQUEST_REPLAYED) != 0 ? SCRIPTING_TRUSTED_LOAD_BUDGET_NS
                                                : SCRIPTING_LOAD_BUDGET_NS;
}

/* FUNCTION LOAD [REPLACE] function-code */
static void load_command(struct request *req, struct reply *reply) {
    bool replaces = false;
    size_t source_arg = request_argc(req) - 1;
    for (size_t i = FIRST_OPTION_ARG; i < source_arg; i++) {
        if (!args_is(req, i, "replace")) {
            struct bytes option = request_arg(req, i);
            reply_error_format(reply, "ERR Unknown option given: %.*s", (int)option.length,
                               option.data);
            return;
        }
        replaces = true;
    }
    if (!may_change(req, reply)) {
        return;
    }
    struct function_library *library = NULL;
    sds error = function_store_load(functions_of(req), request_arg(req, source_arg), replaces,
                                    load_budget_ns(req), &library);
    if (error != NULL) {
        reply_failure(reply, error);
        return;
    }
    note_change(req);
    reply_bulk(reply, sds_view(library->name));
}

/* FUNCTION DELETE library-name */
static void delete_command(struct request *req, struct reply *reply) {
    if (!may_change(req, reply)) {
        return;
    }
    if (!function_store_delete(functions_of(req), request_arg(req, FIRST_OPTION_ARG))) {
        reply_error(reply, "ERR Library not found");
        return;
    }
    note_change(req);
    reply_ok(reply);
}

/* FUNCTION FLUSH [ASYNC | SYNC] */
static void flush_command(struct request *req, struct reply *reply) {
    size_t option_count = request_argc(req) - FIRST_OPTION_ARG;
    if (option_count > 1) {
        reply_bad_subcommand(req, reply);
        return;
    }
    if (option_count == 1 && !args_is(req, FIRST_OPTION_ARG, "sync") &&
        !args_is(req, FIRST_OPTION_ARG, "async")) {
        reply_error(reply, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
        return;
    }
    if (!may_change(req, reply)) {
        return;
    }
    function_store_clear(functions_of(req));
    note_change(req);
    reply_ok(reply);
}

/* ---- FUNCTION: payloads ---- */

/* FUNCTION DUMP */
static void dump_command(struct request *req, struct reply *reply) {
    const struct list_node *libraries = function_store_libraries(functions_of(req));
    size_t count = function_store_library_count(functions_of(req));
    struct bytes *sources = alloc_new((count + 1) * sizeof *sources);
    size_t index = 0;
    LIST_EACH(node, libraries) {
        sources[index++] = sds_view(LIST_ENTRY(node, struct function_library, node)->source);
    }
    sds payload = rdb_libraries_dump(sources, count, req->server->settings->rdbcompression);
    reply_bulk(reply, sds_view(payload));
    sds_free(payload);
    alloc_free(sources);
}

static bool parse_policy(const struct request *req, enum function_restore_policy *policy,
                         struct reply *reply) {
    static const struct {
        const char *name;
        enum function_restore_policy policy;
    } policies[] = {
        {"append", FUNCTION_RESTORE_APPEND},
        {"replace", FUNCTION_RESTORE_REPLACE},
        {"flush", FUNCTION_RESTORE_FLUSH},
    };
    enum { POLICY_ARG = 3 };
    *policy = FUNCTION_RESTORE_APPEND;
    if (request_argc(req) == POLICY_ARG) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
        if (args_is(req, POLICY_ARG, policies[i].name)) {
            *policy = policies[i].policy;
            return true;
        }
    }
    reply_error(reply, "ERR Wrong restore policy given, value should be either FLUSH, APPEND or "
                       "REPLACE.");
    return false;
}

/* Libraries that are restored: all of them come, or none. */
struct restoration {
    struct function_store *libraries;
    int64_t end_ns; /* when all must have been loaded */
};

static sds take_library(void *context, struct bytes source) {
    struct restoration *restoration = context;
    struct function_library *library = NULL;
    int64_t budget_ns = restoration->end_ns - clock_monotonic_ns();
    return function_store_load(restoration->libraries, source, false, budget_ns > 0 ? budget_ns : 0,
                               &library);
}

/* FUNCTION RESTORE serialized-value [FLUSH | APPEND | REPLACE] */
static void restore_command(struct request *req, struct reply *reply) {
    enum { ARGC_MAX = 4 };
    enum function_restore_policy policy;
    if (request_argc(req) > ARGC_MAX) {
        reply_bad_subcommand(req, reply);
        return;
    }
    if (!parse_policy(req, &policy, reply) || !may_change(req, reply)) {
        return;
    }
    struct restoration restoration = {
        .libraries = function_store_create(scripting_function_engine(req->server->scripting)),
        .end_ns = clock_monotonic_ns() + load_budget_ns(req),
    };
    sds error = rdb_libraries_restore(request_arg(req, FIRST_OPTION_ARG),
                                      (struct rdb_library_taker){&restoration, take_library});
    if (error == NULL) {
        error = function_store_take(functions_of(req), restoration.libraries, policy);
    }
    function_store_destroy(restoration.libraries);
    if (error != NULL) {
        reply_failure(reply, error);
        return;
    }
    note_change(req);
    reply_ok(reply);
}

/* ---- FUNCTION: telling of libraries ---- */

/* FUNCTION KILL */
static void kill_command(struct request *req, struct reply *reply) {
    scripting_kill(req->server->scripting, true, reply);
}

struct list_options {
    bool has_pattern;
    struct bytes pattern;
    bool has_code;
};

static bool parse_list_options(const struct request *req, struct list_options *options,
                               struct reply *reply) {
    for (size_t i = FIRST_OPTION_ARG; i < request_argc(req); i++) {
        if (!options->has_code && args_is(req, i, "withcode")) {
            options->has_code = true;
        } else if (!options->has_pattern && args_is(req, i, "libraryname")) {
            if (i + 1 == request_argc(req)) {
                reply_error(reply, "ERR library name argument was not given");
                return false;
            }
            options->has_pattern = true;
            options->pattern = request_arg(req, ++i);
        } else {
            struct bytes option = request_arg(req, i);
            reply_error_format(reply, "ERR Unknown argument %.*s", (int)option.length, option.data);
            return false;
        }
    }
    return true;
}

static void reply_flags(uint32_t flags, struct reply *reply) {
    size_t mark = reply_begin(reply);
    size_t count = 0;
    for (uint32_t flag = 1; flag != SCRIPT_WITHOUT_HEADER; flag <<= 1) {
        if ((flags & flag) != 0) {
            reply_simple(reply, script_header_flag_name(flag));
            count++;
        }
    }
    reply_end_set(reply, mark, count);
}

static void reply_function(const struct function *function, struct reply *reply) {
    enum { FIELD_COUNT = 3 };
    reply_map(reply, FIELD_COUNT);
    reply_bulk_text(reply, "name");
    reply_bulk(reply, sds_view(function->name));
    reply_bulk_text(reply, "description");
    if (function->description == NULL) {
        reply_null(reply);
    } else {
        reply_bulk(reply, sds_view(function->description));
    }
    reply_bulk_text(reply, "flags");
    reply_flags(function->flags, reply);
}

static void reply_library(const struct function_library *library, bool has_code,
                          struct reply *reply) {
    enum { FIELD_COUNT = 3 };
    reply_map(reply, FIELD_COUNT + has_code);
    reply_bulk_text(reply, "library_name");
    reply_bulk(reply, sds_view(library->name));
    reply_bulk_text(reply, "engine");
    reply_bulk_text(reply, "LUA");
    reply_bulk_text(reply, "functions");
    reply_array(reply, library->function_count);
    LIST_EACH(node, &library->functions) {
        reply_function(LIST_ENTRY(node, struct function, node), reply);
    }
    if (has_code) {
        reply_bulk_text(reply, "library_code");
        reply_bulk(reply, sds_view(library->source));
    }
}

/* FUNCTION LIST [LIBRARYNAME library-name-pattern] [WITHCODE] */
static void list_command(struct request *req, struct reply *reply) {
    struct list_options options = {0};
    if (!parse_list_options(req, &options, reply)) {
        return;
    }
    size_t mark = reply_begin(reply);
    size_t count = 0;
    const struct list_node *libraries = function_store_libraries(functions_of(req));
    LIST_EACH(node, libraries) {
        const struct function_library *library = LIST_ENTRY(node, struct function_library, node);
        if (!options.has_pattern ||
            text_matches_glob(options.pattern, sds_view(library->name), true)) {
            reply_library(library, options.has_code, reply);
            count++;
        }
    }
    reply_end_array(reply, mark, count);
}

static void reply_running(const struct script_run *run, struct reply *reply) {
    enum { FIELD_COUNT = 3 };
    reply_map(reply, FIELD_COUNT);
    reply_bulk_text(reply, "name");
    reply_bulk(reply, run->name);
    reply_bulk_text(reply, "command");
    reply_array(reply, request_argc(run->req));
    for (size_t i = 0; i < request_argc(run->req); i++) {
        reply_bulk(reply, request_arg(run->req, i));
    }
    reply_bulk_text(reply, "duration_ms");
    reply_integer(reply, (clock_monotonic_ns() - run->start_ns) / NS_PER_MS);
}

/* FUNCTION STATS */
static void stats_command(struct request *req, struct reply *reply) {
    const struct script_run *run = scripting_current(req->server->scripting);
    if (run != NULL && !run->is_function) {
        dispatch_reply_busy(req->server, reply);
        return;
    }
    reply_map(reply, 2);
    reply_bulk_text(reply, "running_script");
    if (run == NULL) {
        reply_null(reply);
    } else {
        reply_running(run, reply);
    }
    reply_bulk_text(reply, "engines");
    reply_map(reply, 1);
    reply_bulk_text(reply, "LUA");
    reply_map(reply, 2);
    reply_bulk_text(reply, "libraries_count");
    reply_integer(reply, (int64_t)function_store_library_count(functions_of(req)));
    reply_bulk_text(reply, "functions_count");
    reply_integer(reply, (int64_t)function_store_function_count(functions_of(req)));
}

static const char *const help_lines[] = {
    "DELETE <library>",
    "    Remove a library and its functions.",
    "DUMP",
    "    Return all libraries as a payload for RESTORE.",
    "FLUSH [ASYNC|SYNC]",
    "    Remove all libraries, in the background or at once.",
    "KILL",
    "    End the function that runs, unless it has written.",
    "LIST [LIBRARYNAME <pattern>] [WITHCODE]",
    "    Describe the libraries, or those whose name matches a pattern.",
    "LOAD [REPLACE] <source>",
    "    Make a library of its source, in the place of one of that name if there is one.",
    "RESTORE <payload> [FLUSH|APPEND|REPLACE]",
    "    Make the libraries of a payload. Those that are there go (FLUSH), stay (APPEND, as when",
    "    nothing is said: a name that is taken is an error), or stay unless replaced (REPLACE).",
    "STATS",
    "    Tell which function runs and for how long, and how many there are.",
};

/* FUNCTION HELP */
static void help_command(struct request *req, struct reply *reply) {
    (void)req;
    reply_help(reply, "FUNCTION", help_lines, ARRAY_SIZE(help_lines));
}

/* clang-format off */
#define FUNCTION_KEYS(access_flags)                                                                \
    KEYS({.begin = KEY_INDEX(2), .find = KEY_KEYNUM(0, 1, 1), .access = (access_flags),            \
          .notes = "A function may do more or less than this with its keys."})

static const struct command rows[] = {
    {
        .name = "fcall", .handler = fcall_command, .decide_flags = fcall_flags, .arity = -3,
        .flags = CMD_NOSCRIPT | CMD_SKIP_MONITOR | CMD_STALE | CMD_NO_MANDATORY_KEYS |
            CMD_MAY_REPLICATE | CMD_LONG,
        .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .keys = FUNCTION_KEYS(KEY_RW | KEY_ACCESS | KEY_UPDATE),
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "varies",
        .syntax = "function numkeys [key [key ...]] [arg [arg ...]]",
        .summary = "Runs a function of a library.",
    },
    {
        .name = "fcall_ro", .handler = fcall_command, .decide_flags = fcall_flags, .arity = -3,
        .flags = CMD_NOSCRIPT | CMD_READONLY | CMD_SKIP_MONITOR | CMD_STALE |
            CMD_NO_MANDATORY_KEYS | CMD_LONG,
        .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .keys = FUNCTION_KEYS(KEY_RO | KEY_ACCESS),
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "varies",
        .syntax = "function numkeys [key [key ...]] [arg [arg ...]]",
        .summary = "Runs a function of a library that may only read.",
    },
    {
        .name = "function", .handler = NULL, .arity = -2, .flags = CMD_CONTAINER, .acl = 0,
        .effect = EFFECT_NONE, .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "varies",
        .syntax = "<subcommand>",
        .summary = "Commands about function libraries.",
    },
    {
        .name = "delete", .parent = "function", .handler = delete_command, .arity = 3,
        .flags = CMD_NOSCRIPT | CMD_WRITE, .acl = ACL_SCRIPTING, .effect = EFFECT_VERBATIM,
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "O(1)",
        .tips = TIPS("request_policy:all_shards", "response_policy:all_succeeded"),
        .syntax = "library-name",
        .summary = "Removes a library.",
    },
    {
        .name = "dump", .parent = "function", .handler = dump_command, .arity = 2,
        .flags = CMD_NOSCRIPT, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "O(N), N functions",
        .syntax = "",
        .summary = "Returns all libraries as a payload for FUNCTION RESTORE.",
    },
    {
        .name = "flush", .parent = "function", .handler = flush_command, .arity = -2,
        .flags = CMD_NOSCRIPT | CMD_WRITE, .acl = ACL_SCRIPTING, .effect = EFFECT_VERBATIM,
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "O(N), N functions",
        .tips = TIPS("request_policy:all_shards", "response_policy:all_succeeded"),
        .syntax = "[ASYNC | SYNC]",
        .summary = "Removes all libraries.",
    },
    {
        .name = "help", .parent = "function", .handler = help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Lists the subcommands.",
    },
    {
        .name = "kill", .parent = "function", .handler = kill_command, .arity = 2,
        .flags = CMD_ALLOW_BUSY | CMD_NOSCRIPT, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "O(1)",
        .tips = TIPS("request_policy:all_shards", "response_policy:one_succeeded"),
        .syntax = "",
        .summary = "Ends the function that runs, unless it has written.",
    },
    {
        .name = "list", .parent = "function", .handler = list_command, .arity = -2,
        .flags = CMD_NOSCRIPT, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "O(N), N functions",
        .tips = TIPS("nondeterministic_output_order"),
        .syntax = "[LIBRARYNAME library-name-pattern] [WITHCODE]",
        .summary = "Describes the libraries and their functions.",
    },
    {
        .name = "load", .parent = "function", .handler = load_command, .arity = -3,
        .flags = CMD_NOSCRIPT | CMD_WRITE | CMD_DENY_OOM, .acl = ACL_SCRIPTING,
        .effect = EFFECT_VERBATIM,
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "O(1)",
        .tips = TIPS("request_policy:all_shards", "response_policy:all_succeeded"),
        .syntax = "[REPLACE] function-code",
        .summary = "Makes a library of its source.",
    },
    {
        .name = "restore", .parent = "function", .handler = restore_command, .arity = -3,
        .flags = CMD_NOSCRIPT | CMD_WRITE | CMD_DENY_OOM, .acl = ACL_SCRIPTING,
        .effect = EFFECT_VERBATIM,
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "O(N), N functions",
        .tips = TIPS("request_policy:all_shards", "response_policy:all_succeeded"),
        .syntax = "serialized-value [FLUSH | APPEND | REPLACE]",
        .summary = "Makes the libraries of a payload of FUNCTION DUMP.",
    },
    {
        .name = "stats", .parent = "function", .handler = stats_command, .arity = 2,
        .flags = CMD_ALLOW_BUSY | CMD_NOSCRIPT, .acl = ACL_SCRIPTING, .effect = EFFECT_NONE,
        .group = GROUP_SCRIPTING, .since = "7.0.0", .complexity = "O(1)",
        .tips = TIPS("nondeterministic_output", "request_policy:all_shards",
                     "response_policy:special"),
        .syntax = "",
        .summary = "Tells which function runs, and how many there are.",
    },
};
/* clang-format on */

const struct command_table function_commands = {rows, ARRAY_SIZE(rows)};
