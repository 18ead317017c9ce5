/*
 * The server as a whole: its state, its data, its end.
 */
#include "base/clock.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/blocking.h"
#include "server/client.h"
#include "server/command.h"
#include "server/config.h"
#include "server/info.h"
#include "server/locks.h"
#include "server/request.h"
#include "server/saving.h"
#include "server/server.h"
#include "server/tracking.h"
#include "server/transaction.h"

/* INFO [section [section ...]] */
static void info_command(struct request *req, struct reply *reply) {
    sds text = info_describe(req->server, req->args + 1, request_argc(req) - 1);
    reply_verbatim(reply, "txt", sds_view(text));
    sds_free(text);
}

/* TIME */
static void time_command(struct request *req, struct reply *reply) {
    if ((req->flags & (REQUEST_IN_EXEC | REQUEST_IN_SCRIPT)) == 0) {
        clock_refresh(); /* What comes next must not see an older time. */
    }
    int64_t now_us = clock_unix_us();
    reply_array(reply, 2);
    reply_bulk_integer(reply, now_us / CLOCK_US_PER_SECOND);
    reply_bulk_integer(reply, now_us % CLOCK_US_PER_SECOND);
}

/* DBSIZE */
static void dbsize_command(struct request *req, struct reply *reply) {
    reply_integer(reply, (int64_t)database_key_count(req->database));
}

/* ---- Emptying and exchanging ---- */

static bool parse_flush_mode(const struct request *req, bool *lazily, struct reply *reply) {
    *lazily = req->server->settings->lazyfree_lazy_user_flush;
    if (request_argc(req) == 1) {
        return true;
    }
    *lazily = args_is(req, 1, "async");
    if (request_argc(req) == 2 && (*lazily || args_is(req, 1, "sync"))) {
        return true;
    }
    reply_syntax_error(reply);
    return false;
}

static void flush_database(struct request *req, size_t index, bool lazily) {
    transactions_database_changes(req->server->transactions, (int)index, -1);
    size_t removed = keyspace_flush(keyspace_database(req->server->keyspace, index), lazily);
    blocking_recheck(req->server->blocking);
    request_count_changes(req, (int64_t)removed);
}

/* FLUSHDB [ASYNC | SYNC] */
static void flushdb_command(struct request *req, struct reply *reply) {
    bool lazily;
    if (!parse_flush_mode(req, &lazily, reply)) {
        return;
    }
    flush_database(req, (size_t)database_index(req->database), lazily);
    tracking_note_flush(req->server->tracking);
    request_count_changes(req, 1); /* An empty database is flushed on replicas too. */
    reply_ok(reply);
}

/*
 * A save that runs is of data that nobody wants any more; and the file of an earlier one must not
 * bring them back, so where there are save points the empty dataset is saved: at once, as in the
 * stock server, but for a transaction or a script, which no snapshot cuts in two.
 */
static void replace_saved_dataset(const struct request *req) {
    struct server *server = req->server;
    struct saving *saving = server->saving;
    bool has_points = saving_has_points(server);
    bool is_scheduled = saving->is_scheduled || has_points;
    if (saving->saver.cancel == NULL) {
        return;
    }
    if (saving->is_running) {
        (void)saving->saver.cancel(saving->saver.context);
    }
    saving->is_scheduled = is_scheduled;
    if (has_points && (req->flags & (REQUEST_IN_EXEC | REQUEST_IN_SCRIPT)) == 0 &&
        saving->saver.save(saving->saver.context)) {
        saving->is_scheduled = false;
        /* The changes that this request will be counted for are in the file. */
        server->statistics.dirty_count = -req->dirty_count;
    }
}

/* FLUSHALL [ASYNC | SYNC] */
static void flushall_command(struct request *req, struct reply *reply) {
    bool lazily;
    if (!parse_flush_mode(req, &lazily, reply)) {
        return;
    }
    for (size_t i = 0; i < keyspace_database_count(req->server->keyspace); i++) {
        flush_database(req, i, lazily);
    }
    request_count_changes(req, 1);
    if ((req->flags & REQUEST_REPLAYED) == 0) {
        replace_saved_dataset(req);
    }
    tracking_note_flush(req->server->tracking);
    reply_ok(reply);
}

static bool parse_database(const struct request *req, size_t argument, const char *error,
                           int64_t *index, struct reply *reply) {
    if (!text_parse_int64(request_arg(req, argument), index) || *index < INT32_MIN ||
        *index > INT32_MAX) {
        reply_error(reply, error);
        return false;
    }
    if (*index < 0 || (uint64_t)*index >= keyspace_database_count(req->server->keyspace)) {
        reply_error(reply, "ERR DB index is out of range");
        return false;
    }
    return true;
}

/* SWAPDB index1 index2 */
static void swapdb_command(struct request *req, struct reply *reply) {
    int64_t first;
    int64_t second;
    if (!text_parse_int64(request_arg(req, 1), &first) || first < INT32_MIN || first > INT32_MAX) {
        reply_error(reply, "ERR invalid first DB index");
        return;
    }
    if (!parse_database(req, 2, "ERR invalid second DB index", &second, reply) ||
        !parse_database(req, 1, "ERR invalid first DB index", &first, reply)) {
        return;
    }
    if (first != second) {
        transactions_database_changes(req->server->transactions, (int)first, (int)second);
        keyspace_swap(req->server->keyspace, (size_t)first, (size_t)second);
        locks_swap_databases(req->server->locks, (int)first, (int)second);
        blocking_recheck(req->server->blocking);
    }
    request_count_changes(req, 1);
    reply_ok(reply);
}

/* ---- What the server is ---- */

/* ROLE */
static void role_command(struct request *req, struct reply *reply) {
    (void)req;
    enum { FIELD_COUNT = 3 };
    reply_array(reply, FIELD_COUNT);
    reply_bulk_text(reply, "master");
    reply_integer(reply, 0);
    reply_array(reply, 0);
}

/* MONITOR */
static void monitor_command(struct request *req, struct reply *reply) {
    struct client *client = req->client;
    if (!request_may_block(req)) {
        reply_error(reply, "ERR MONITOR isn't allowed for DENY BLOCKING client");
        return;
    }
    if ((client->flags & CLIENT_MONITOR) == 0) {
        client->flags |= CLIENT_MONITOR;
        list_push_back(&req->server->monitors, &client->monitor_node);
        server_update_gates(req->server);
    }
    reply_ok(reply);
}

/* MODULE LIST */
static void module_list_command(struct request *req, struct reply *reply) {
    (void)req;
    reply_array(reply, 0);
}

/* MODULE LOAD path [arg ...], MODULE LOADEX path … */
static void module_load_command(struct request *req, struct reply *reply) {
    (void)req;
    reply_error(reply, "ERR Error loading the extension. Please check the server logs.");
}

/* MODULE UNLOAD name */
static void module_unload_command(struct request *req, struct reply *reply) {
    (void)req;
    reply_error(reply, "ERR Error unloading module: no such module with that name");
}

/* MODULE HELP */
static void module_help_command(struct request *req, struct reply *reply) {
    (void)req;
    static const char *const lines[] = {
        "LIST",
        "    The loaded modules: none, this server loads none.",
    };
    reply_help(reply, "MODULE", lines, ARRAY_SIZE(lines));
}

/* ---- LOLWUT ---- */

/*
 * A door with a keyhole; the number of pins of the lock and their heights come from the arguments
 * or by chance.
 */
static sds draw_lock(struct request *req, sds text) {
    enum { PIN_COUNT = 12, HEIGHT = 5 };
    uint64_t heights[PIN_COUNT];
    for (size_t i = 0; i < PIN_COUNT; i++) {
        heights[i] = random_below(&req->server->random, HEIGHT);
    }
    text = sds_append(text, BYTES("  ________________________\n"));
    for (uint64_t level = HEIGHT; level > 0; level--) {
        text = sds_append(text, BYTES(" |"));
        for (size_t i = 0; i < PIN_COUNT; i++) {
            text = sds_append(text, heights[i] >= level - 1 ? BYTES(" #") : BYTES(" ."));
        }
        text = sds_append(text, BYTES(" |\n"));
    }
    return sds_append(text, BYTES(" |___________( )__________|\n\n"));
}

/*
 * The stock server draws something else for each of its versions; two of them take sizes, which
 * have to be numbers here, too.
 */
static bool check_lolwut(const struct request *req, struct reply *reply) {
    enum { FIRST_SIZE = 3, SCHOTTER_VERSION = 5, SCHOTTER_SIZES = 3, CITY_VERSION = 6 };
    int64_t version = 0;
    int64_t size = 0;
    if (request_argc(req) < FIRST_SIZE || !args_is(req, 1, "version")) {
        return true;
    }
    if (!args_integer(req, 2, &version, reply)) {
        return false;
    }
    size_t size_count = version == SCHOTTER_VERSION ? SCHOTTER_SIZES : 0;
    size_count = version == CITY_VERSION ? 2 : size_count;
    for (size_t i = FIRST_SIZE; i < FIRST_SIZE + size_count && i < request_argc(req); i++) {
        if (!args_integer(req, i, &size, reply)) {
            return false;
        }
    }
    return true;
}

/* LOLWUT [VERSION version [size ...]] */
static void lolwut_command(struct request *req, struct reply *reply) {
    if (!check_lolwut(req, reply)) {
        return;
    }
    sds text = draw_lock(req, sds_new(BYTES("")));
    text = sds_append(
        text, BYTES("Latchkey ver. " LATCHKEY_VERSION ", Redis ver. " LATCHKEY_REDIS_VERSION "\n"));
    reply_verbatim(reply, "txt", sds_view(text));
    sds_free(text);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "info", .handler = info_command, .arity = -1,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = ACL_DANGEROUS, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output", "request_policy:all_shards",
                     "response_policy:special"),
        .group = GROUP_SERVER, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "[section [section ...]]",
        .summary = "Describes the state of the server in sections.",
    },
    {
        .name = "time", .handler = time_command, .arity = 1,
        .flags = CMD_FAST | CMD_LOADING | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_SERVER, .since = "2.6.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Returns the time of the server.",
    },
    {
        .name = "dbsize", .handler = dbsize_command, .arity = 1,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_shards", "response_policy:agg_sum"),
        .group = GROUP_SERVER, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Returns the number of keys in the database.",
    },
    {
        .name = "flushdb", .handler = flushdb_command, .arity = -1,
        .flags = CMD_WRITE,
        .acl = ACL_DANGEROUS | ACL_KEYSPACE, .effect = EFFECT_VERBATIM,
        .tips = TIPS("request_policy:all_shards", "response_policy:all_succeeded"),
        .group = GROUP_SERVER, .since = "1.0.0", .complexity = "O(N)",
        .syntax = "[ASYNC | SYNC]",
        .summary = "Removes all keys of the database.",
    },
    {
        .name = "flushall", .handler = flushall_command, .arity = -1,
        .flags = CMD_WRITE,
        .acl = ACL_DANGEROUS | ACL_KEYSPACE, .effect = EFFECT_VERBATIM,
        .tips = TIPS("request_policy:all_shards", "response_policy:all_succeeded"),
        .group = GROUP_SERVER, .since = "1.0.0", .complexity = "O(N)",
        .syntax = "[ASYNC | SYNC]",
        .summary = "Removes all keys of all databases.",
    },
    {
        .name = "swapdb", .handler = swapdb_command, .arity = 3,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_DANGEROUS | ACL_KEYSPACE, .effect = EFFECT_VERBATIM,
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "O(N)",
        .syntax = "index1 index2",
        .summary = "Exchanges two databases.",
    },
    {
        .name = "role", .handler = role_command, .arity = 1,
        .flags = CMD_FAST | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_ADMIN | ACL_DANGEROUS, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "2.8.12", .complexity = "O(1)",
        .syntax = "",
        .summary = "Returns the part that the server plays in replication.",
    },
    {
        .name = "monitor", .handler = monitor_command, .arity = 1,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE | CMD_SESSION,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "1.0.0", .complexity = "",
        .syntax = "",
        .summary = "Shows all requests as they are run.",
    },
    {
        .name = "lolwut", .handler = lolwut_command, .arity = -1,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "5.0.0", .complexity = "",
        .syntax = "[VERSION version]",
        .summary = "Draws something, and says the version.",
    },
    {
        .name = "module", .handler = NULL, .arity = -2,
        .flags = 0,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "varies",
        .syntax = "<subcommand>",
        .summary = "Shows the loaded modules.",
    },
    {
        .parent = "module", .name = "list", .handler = module_list_command, .arity = 2,
        .flags = CMD_ADMIN | CMD_NOSCRIPT,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output_order"),
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "O(N)",
        .syntax = "",
        .summary = "Returns the loaded modules.",
    },
    {
        .parent = "module", .name = "load", .handler = module_load_command, .arity = -3,
        .flags = CMD_ADMIN | CMD_NO_ASYNC_LOADING | CMD_NOSCRIPT | CMD_PROTECTED,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "O(1)",
        .syntax = "path [arg [arg ...]]",
        .summary = "Loads a module.",
    },
    {
        .parent = "module", .name = "loadex", .handler = module_load_command, .arity = -3,
        .flags = CMD_ADMIN | CMD_NO_ASYNC_LOADING | CMD_NOSCRIPT | CMD_PROTECTED,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "7.0.0", .complexity = "O(1)",
        .syntax = "path [CONFIG name value [CONFIG name value ...]] [ARGS args [args ...]]",
        .summary = "Loads a module with parameters.",
    },
    {
        .parent = "module", .name = "unload", .handler = module_unload_command, .arity = 3,
        .flags = CMD_ADMIN | CMD_NO_ASYNC_LOADING | CMD_NOSCRIPT | CMD_PROTECTED,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "O(1)",
        .syntax = "name",
        .summary = "Unloads a module.",
    },
    {
        .parent = "module", .name = "help", .handler = module_help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Lists the subcommands of MODULE.",
    },
};
/* clang-format on */

const struct command_table admin_commands = {rows, ARRAY_SIZE(rows)};
