/*
 * COMMAND: what the server knows of its own commands.
 */
#include "base/alloc.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/command_docs.h"
#include "server/dispatch.h"
#include "server/request.h"
#include "server/server.h"

static void reply_all(struct request *req, struct reply *reply) {
    const struct command_registry *registry = req->server->commands;
    reply_array(reply, command_count(registry));
    for (size_t i = 0; i < command_count(registry); i++) {
        command_docs_reply_info(command_at(registry, i), reply);
    }
}

/* COMMAND */
static void command_command(struct request *req, struct reply *reply) {
    reply_all(req, reply);
}

/* COMMAND COUNT */
static void count_command(struct request *req, struct reply *reply) {
    reply_integer(reply, (int64_t)command_count(req->server->commands));
}

/* COMMAND INFO [command-name ...] */
static void info_command(struct request *req, struct reply *reply) {
    if (request_argc(req) == 2) {
        reply_all(req, reply);
        return;
    }
    reply_array(reply, request_argc(req) - 2);
    for (size_t i = 2; i < request_argc(req); i++) {
        const struct known_command *command =
            command_find_full(req->server->commands, request_arg(req, i));
        if (command == NULL) {
            reply_null(reply);
        } else {
            command_docs_reply_info(command, reply);
        }
    }
}

/* COMMAND DOCS [command-name ...] */
static void docs_command(struct request *req, struct reply *reply) {
    const struct command_registry *registry = req->server->commands;
    size_t mark = reply_begin(reply);
    size_t count = 0;
    if (request_argc(req) == 2) {
        for (; count < command_count(registry); count++) {
            command_docs_reply_docs(command_at(registry, count), reply);
        }
    }
    for (size_t i = 2; i < request_argc(req); i++) {
        const struct known_command *command = command_find_full(registry, request_arg(req, i));
        if (command != NULL) {
            command_docs_reply_docs(command, reply);
            count++;
        }
    }
    reply_end_map(reply, mark, count);
}

/* ---- LIST ---- */

enum list_filter { LIST_ALL, LIST_BY_MODULE, LIST_BY_CATEGORY, LIST_BY_PATTERN };

static bool is_listed(const struct known_command *command, enum list_filter filter,
                      struct bytes operand, uint32_t category) {
    switch (filter) {
    case LIST_ALL:
        return true;
    case LIST_BY_MODULE:
        return false; /* No command comes from a module. */
    case LIST_BY_CATEGORY:
        return (command->acl & category) != 0;
    case LIST_BY_PATTERN:
        return text_matches_glob(operand, sds_view(command->name), true);
    }
    UNREACHABLE();
}

/* COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN pattern] */
static void list_command(struct request *req, struct reply *reply) {
    enum { KIND_INDEX = 3, OPERAND_INDEX = 4, FILTERED_ARGC = 5 };
    static const char *const kinds[] = {
        [LIST_BY_MODULE] = "module", [LIST_BY_CATEGORY] = "aclcat", [LIST_BY_PATTERN] = "pattern"};
    enum list_filter filter = LIST_ALL;
    struct bytes operand = {NULL, 0};
    if (request_argc(req) == FILTERED_ARGC && args_is(req, 2, "filterby")) {
        operand = request_arg(req, OPERAND_INDEX);
        for (size_t i = LIST_BY_MODULE; i < ARRAY_SIZE(kinds); i++) {
            filter = args_is(req, KIND_INDEX, kinds[i]) ? (enum list_filter)i : filter;
        }
    }
    if (request_argc(req) != 2 && filter == LIST_ALL) {
        reply_syntax_error(reply);
        return;
    }
    sds name = sds_new(operand);
    uint32_t category = command_docs_category(name);
    sds_free(name);
    size_t mark = reply_begin(reply);
    size_t count = 0;
    for (size_t i = 0; i < command_total_count(req->server->commands); i++) {
        const struct known_command *command = command_by_index(req->server->commands, i);
        if (sds_length(command->name) > 0 && is_listed(command, filter, operand, category)) {
            reply_bulk(reply, sds_view(command->name));
            count++;
        }
    }
    reply_end_array(reply, mark, count);
}

/* ---- Keys ---- */

/* False when nothing of the request is a key: no positions, or only those of channels. */
static bool has_keys(const struct command *row) {
    for (size_t i = 0; i < command_key_spec_count(row); i++) {
        if ((row->keys[i].access & KEY_NOT_KEY) == 0) {
            return true;
        }
    }
    return false;
}

/* Finds the command and keys of the request that stands in the arguments; NULL after an error. */
static struct key_position *find_keys(struct request *req, size_t *count, struct reply *reply) {
    const struct bytes *args = req->args + 2;
    size_t argc = request_argc(req) - 2;
    const struct known_command *command = dispatch_find(req->server, args, argc);
    if (command == NULL || (command->flags & CMD_CONTAINER) != 0) {
        reply_error(reply, "ERR Invalid command specified");
        return NULL;
    }
    if (!has_keys(command->row)) {
        reply_error(reply, "ERR The command has no key arguments");
        return NULL;
    }
    int arity = command->row->arity;
    if (arity >= 0 ? argc != (size_t)arity : argc < (size_t)-arity) {
        reply_error(reply, "ERR Invalid number of arguments specified for command");
        return NULL;
    }
    struct key_position *positions = alloc_new(argc * sizeof *positions);
    int found = command_key_positions(command, args, argc, positions, argc);
    if (found < 0 || (found == 0 && (command->flags & CMD_NO_MANDATORY_KEYS) == 0)) {
        alloc_free(positions);
        reply_error(reply, "ERR Invalid arguments specified for command");
        return NULL;
    }
    *count = (size_t)found;
    return positions;
}

static void reply_keys(struct request *req, bool with_access, struct reply *reply) {
    size_t count = 0;
    struct key_position *positions = find_keys(req, &count, reply);
    if (positions == NULL) {
        return;
    }
    reply_array(reply, count);
    for (size_t i = 0; i < count; i++) {
        if (with_access) {
            reply_array(reply, 2);
        }
        reply_bulk(reply, request_arg(req, 2 + positions[i].index));
        if (with_access) {
            command_docs_reply_access(positions[i].access, reply);
        }
    }
    alloc_free(positions);
}

/* COMMAND GETKEYS command [arg ...] */
static void getkeys_command(struct request *req, struct reply *reply) {
    reply_keys(req, false, reply);
}

/* COMMAND GETKEYSANDFLAGS command [arg ...] */
static void getkeysandflags_command(struct request *req, struct reply *reply) {
    reply_keys(req, true, reply);
}

/* COMMAND HELP */
static void help_command(struct request *req, struct reply *reply) {
    (void)req;
    static const char *const lines[] = {
        "(no subcommand)",
        "    What is known of all commands.",
        "COUNT",
        "    The number of commands.",
        "DOCS [<command> ...]",
        "    Summary, arguments and history of commands.",
        "GETKEYS <request>",
        "    The keys in a request.",
        "GETKEYSANDFLAGS <request>",
        "    The keys in a request and what it does with each.",
        "INFO [<command> ...]",
        "    Arity, flags, categories and key positions of commands.",
        "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]",
        "    The names of commands.",
    };
    reply_help(reply, "COMMAND", lines, ARRAY_SIZE(lines));
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "command", .handler = command_command, .arity = -1,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output_order"),
        .group = GROUP_SERVER, .since = "2.8.13", .complexity = "O(N)",
        .syntax = "<subcommand>",
        .summary = "Describes all commands.",
    },
    {
        .parent = "command", .name = "count", .handler = count_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "2.8.13", .complexity = "O(1)",
        .syntax = "",
        .summary = "Returns the number of commands.",
    },
    {
        .parent = "command", .name = "docs", .handler = docs_command, .arity = -2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output_order"),
        .group = GROUP_SERVER, .since = "7.0.0", .complexity = "O(N)",
        .syntax = "[command-name [command-name ...]]",
        .summary = "Returns summary, arguments and history of commands.",
    },
    {
        .parent = "command", .name = "getkeys", .handler = getkeys_command, .arity = -3,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "2.8.13", .complexity = "O(N)",
        .syntax = "command [arg [arg ...]]",
        .summary = "Returns the keys in a request.",
    },
    {
        .parent = "command", .name = "getkeysandflags", .handler = getkeysandflags_command,
        .arity = -3,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "7.0.0", .complexity = "O(N)",
        .syntax = "command [arg [arg ...]]",
        .summary = "Returns the keys in a request and what it does with each.",
    },
    {
        .parent = "command", .name = "info", .handler = info_command, .arity = -2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output_order"),
        .group = GROUP_SERVER, .since = "2.8.13", .complexity = "O(N)",
        .syntax = "[command-name [command-name ...]]",
        .summary = "Describes some commands.",
    },
    {
        .parent = "command", .name = "list", .handler = list_command, .arity = -2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output_order"),
        .group = GROUP_SERVER, .since = "7.0.0", .complexity = "O(N)",
        .syntax = "[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
        .summary = "Returns the names of commands.",
    },
    {
        .parent = "command", .name = "help", .handler = help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Lists the subcommands of COMMAND.",
    },
};
/* clang-format on */

const struct command_table command_commands = {rows, ARRAY_SIZE(rows)};
