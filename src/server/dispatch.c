/*
 * The usual request passes one test: neither its client nor the server has anything special going
 * on, so no gate has something to say. Otherwise the gates are asked in order; the first that
 * refuses replies. Add a gate, not a branch.
 */
#include "server/dispatch.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "proto/reply.h"
#include "server/blocking.h"
#include "server/client.h"
#include "server/command.h"
#include "server/config.h"
#include "server/diagnostics.h"
#include "server/durability.h"
#include "server/eviction.h"
#include "server/locks.h"
#include "server/propagate.h"
#include "server/saving.h"
#include "server/server.h"
#include "server/task.h"
#include "server/tracking.h"
#include "server/transaction.h"
#include "structs/journal.h"

#include <string.h>

enum { SHOWN_ARGS_SIZE = 128, SHOWN_NAME_SIZE = 128 };

/* ---- Look-up ---- */

struct known_command *dispatch_find(const struct server *server, const struct bytes *args,
                                    size_t argc) {
    return command_of_request(command_find(server->commands, args[0]), args, argc);
}

const struct known_command *dispatch_find_for(const struct server *server,
                                              struct recent_command *place,
                                              const struct bytes *args, size_t argc) {
    const struct known_command *command = dispatch_find(server, args, argc);
    /* A container stands for different commands. */
    if (command != NULL && command->parent == NULL && (command->flags & CMD_CONTAINER) == 0) {
        *place = (struct recent_command){bytes_word(args[0]), args[0].length, command};
    }
    return command;
}

/* ---- Gates ---- */

enum gate_result { GATE_PASS, GATE_REFUSE, GATE_DONE };

static sds append_shown(sds text, struct bytes source, size_t size_max) {
    size_t length = source.length < size_max ? source.length : size_max;
    length = strnlen(source.data, length); /* The oracle shows C strings. */
    return sds_append(text, (struct bytes){source.data, length});
}

static void refuse_unknown(const struct request *req, struct reply *reply) {
    sds text = sds_new(BYTES("ERR unknown command '"));
    text = append_shown(text, req->args[0], SHOWN_NAME_SIZE);
    text = sds_append(text, BYTES("', with args beginning with: "));
    size_t start = sds_length(text);
    for (size_t i = 1; i < req->argc && sds_length(text) - start < SHOWN_ARGS_SIZE; i++) {
        text = sds_append(text, BYTES("'"));
        text = append_shown(text, req->args[i], SHOWN_ARGS_SIZE - (sds_length(text) - start - 1));
        text = sds_append(text, BYTES("' "));
    }
    reply_error_bytes(reply, sds_view(text));
    sds_free(text);
}

/* A browser, or a page in one, that talks to this port is cut off without an answer. */
static bool is_http(struct bytes name) {
    return bytes_is(name, "post") || bytes_is(name, "host:");
}

static enum gate_result gate_known(struct request *req, struct reply *reply) {
    if (req->command == NULL) {
        if (is_http(req->args[0])) {
            client_close_later(req->client);
            return GATE_DONE;
        }
        refuse_unknown(req, reply);
        return GATE_REFUSE;
    }
    if ((req->command->flags & CMD_CONTAINER) != 0 && req->argc >= 2) {
        sds text = sds_new(BYTES("ERR unknown subcommand '"));
        text = append_shown(text, req->args[1], SHOWN_NAME_SIZE);
        text = sds_append(text, BYTES("'. Try "));
        for (const char *at = req->command->row->name; *at != '\0'; at++) {
            char upper = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
            text = sds_append(text, (struct bytes){&upper, 1});
        }
        text = sds_append(text, BYTES(" HELP."));
        reply_error_bytes(reply, sds_view(text));
        sds_free(text);
        return GATE_REFUSE;
    }
    return GATE_PASS;
}

static enum gate_result gate_arity(struct request *req, struct reply *reply) {
    if (LIKELY(command_takes(req->command->row, req->argc))) {
        return GATE_PASS;
    }
    reply_error_format(reply, "ERR wrong number of arguments for '%s' command", req->command->name);
    return GATE_REFUSE;
}

static bool is_too_long(struct bytes arg) {
    return arg.length > UINT32_MAX;
}

/* Groups whose commands hand on what they get, or make strings of it. */
static bool takes_long_texts(const struct command *row) {
    return row->group == GROUP_STRING || row->group == GROUP_CONNECTION ||
           row->group == GROUP_PUBSUB || strcmp(row->name, "restore") == 0;
}

static bool has_too_long_key(const struct known_command *command, const struct bytes *args,
                             size_t argc) {
    struct key_position *positions = alloc_new(argc * sizeof *positions);
    int count = command_key_positions(command, args, argc, positions, argc);
    bool has_one = false;
    for (int i = 0; i < count; i++) {
        has_one |= is_too_long(args[positions[i].index]);
    }
    alloc_free(positions);
    return has_one;
}

bool dispatch_takes_lengths(const struct known_command *command, const struct bytes *args,
                            size_t argc) {
    bool has_long = false;
    for (size_t i = 0; i < argc; i++) {
        has_long |= is_too_long(args[i]);
    }
    return LIKELY(!has_long) ||
           (takes_long_texts(command->row) && !has_too_long_key(command, args, argc));
}

/* Only a large request, which has a builder, can have a long argument. */
static enum gate_result gate_lengths(struct request *req, struct reply *reply) {
    if (req->builder == NULL || dispatch_takes_lengths(req->command, req->args, req->argc)) {
        return GATE_PASS;
    }
    reply_error(reply, DISPATCH_TOO_LONG);
    return GATE_REFUSE;
}

static enum gate_result gate_protected(struct request *req, struct reply *reply) {
    if (LIKELY((req->command->flags & CMD_PROTECTED) == 0)) {
        return GATE_PASS;
    }
    const struct settings *settings = req->server->settings;
    const char *family =
        req->command->row->parent != NULL ? req->command->row->parent : req->command->row->name;
    bool is_debug = strcmp(family, "debug") == 0;
    bool is_module_load = strcmp(family, "module") == 0 &&
                          strcmp(req->command->row->name, "list") != 0 &&
                          strcmp(req->command->row->name, "help") != 0;
    if ((!is_debug || client_has_permission(req->client, settings->enable_debug_command)) &&
        (!is_module_load || client_has_permission(req->client, settings->enable_module_command))) {
        return GATE_PASS;
    }
    reply_error_format(reply,
                       "ERR %s command not allowed. If the %s option is set to \"local\", you can "
                       "run it from a local connection, otherwise you need to set this option in "
                       "the configuration file, and then restart the server.",
                       is_debug ? "DEBUG" : "MODULE",
                       is_debug ? "enable-debug-command" : "enable-module-command");
    return GATE_REFUSE;
}

static enum gate_result gate_authentication(struct request *req, struct reply *reply) {
    if ((req->client->flags & CLIENT_AUTHENTICATED) != 0 ||
        (req->command->flags & CMD_NO_AUTH) != 0) {
        return GATE_PASS;
    }
    reply_error(reply, "NOAUTH Authentication required.");
    return GATE_REFUSE;
}

/* In RESP2 a message cannot be told from a reply, so a subscriber may ask for little else. */
static enum gate_result gate_subscriber(struct request *req, struct reply *reply) {
    const struct client *client = req->client;
    if ((client->flags & CLIENT_IS_PUBSUB) == 0 || client->protocol != RESP2 ||
        (req->command->flags & CMD_SUBSCRIBER) != 0) {
        return GATE_PASS;
    }
    reply_error_format(reply,
                       "ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / "
                       "QUIT / RESET are allowed in this context",
                       req->command->name);
    return GATE_REFUSE;
}

static enum gate_result gate_multi(struct request *req, struct reply *reply) {
    if ((req->client->flags & CLIENT_IN_MULTI) == 0 || (req->command->flags & CMD_NO_MULTI) == 0) {
        return GATE_PASS;
    }
    reply_error(reply, "ERR Command not allowed inside a transaction");
    return GATE_REFUSE;
}

static enum gate_result gate_queue(struct request *req, struct reply *reply) {
    if ((req->client->flags & CLIENT_IN_MULTI) == 0 ||
        (req->command->flags & CMD_NOT_QUEUED) != 0) {
        return GATE_PASS;
    }
    transaction_queue(req);
    reply_queued(reply);
    return GATE_DONE;
}

static bool is_exec(const struct request *req) {
    return strcmp(req->command->row->name, "exec") == 0;
}

static uint32_t flags_of(const struct request *req) {
    flags_decider decide = req->command->row->decide_flags;
    return LIKELY(decide == NULL) ? req->command->flags : decide(req);
}

/* True for a request that may write: by itself, or as an EXEC of such requests. */
static bool may_write(const struct request *req) {
    bool is_exec_with_writes = (req->client->flags & CLIENT_IN_MULTI) != 0 && is_exec(req) &&
                               transaction_has_writes(req->client);
    return (flags_of(req) & CMD_WRITE) != 0 || is_exec_with_writes;
}

static bool is_held_by_pause(const struct request *req) {
    const struct pause *pause = &req->server->pause;
    bool holds_all = pause->until_ms != 0 && !pause->writes_only;
    bool holds_writes = pause->until_ms != 0 || durability_holds_writes(req->server->durability);
    if (LIKELY(!holds_writes)) {
        return false;
    }
    bool may_replicate = (flags_of(req) & CMD_MAY_REPLICATE) != 0 || may_write(req);
    return holds_all || may_replicate;
}

/* What is queued takes memory, too: with none left, a transaction can only be ended. */
static bool needs_memory(const struct request *req) {
    bool is_queued = false;
    bool is_exec_with_need = false;
    if ((req->client->flags & CLIENT_IN_MULTI) != 0) {
        const char *name = req->command->row->name;
        is_exec_with_need = is_exec(req) && transaction_needs_memory(req->client);
        is_queued = !is_exec(req) && strcmp(name, "discard") != 0 && strcmp(name, "reset") != 0 &&
                    strcmp(name, "quit") != 0;
    }
    return is_queued || is_exec_with_need || (flags_of(req) & CMD_DENY_OOM) != 0;
}

static enum gate_result gate_memory(struct request *req, struct reply *reply) {
    struct server *server = req->server;
    bool is_open =
        (server->gates & SERVER_GATE_MEMORY) == 0 && !alloc_exceeds(server->memory_limit);
    if (LIKELY(is_open) || eviction_make_room(server->eviction) || !needs_memory(req)) {
        return GATE_PASS;
    }
    reply_error(reply, DISPATCH_NO_MEMORY);
    return GATE_REFUSE;
}

/* While the log cannot be kept, nothing may change that it would have to tell. */
static enum gate_result gate_log(struct request *req, struct reply *reply) {
    const char *cause = durability_failure(req->server->durability);
    if (cause == NULL || !may_write(req)) {
        return GATE_PASS;
    }
    reply_error_format(reply, "MISCONF %s", cause);
    return GATE_REFUSE;
}

/* As the oracle, PING too tells those who watch the server. */
static enum gate_result gate_saving(struct request *req, struct reply *reply) {
    if (LIKELY(!saving_refuses_writes(req->server))) {
        return GATE_PASS;
    }
    bool is_ping = strcmp(req->command->row->name, "ping") == 0;
    if (!is_ping && !may_write(req)) {
        return GATE_PASS;
    }
    reply_error(reply, "MISCONF Redis is configured to save RDB snapshots, but it's currently "
                       "unable to persist to disk. Commands that may modify the data set are "
                       "disabled, because this instance is configured to report errors during "
                       "writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). "
                       "Please check the Redis logs for details about the RDB error.");
    return GATE_REFUSE;
}

static enum gate_result gate_loading(struct request *req, struct reply *reply) {
    if (!req->server->is_loading || (req->command->flags & CMD_LOADING) != 0) {
        return GATE_PASS;
    }
    reply_error(reply, DISPATCH_LOADING);
    return GATE_REFUSE;
}

void dispatch_reply_busy(const struct server *server, struct reply *reply) {
    reply_error_format(reply,
                       "BUSY Redis is busy running a script. You can only call %s or SHUTDOWN "
                       "NOSAVE.",
                       task_killer(server->task));
}

static enum gate_result gate_busy(struct request *req, struct reply *reply) {
    const struct task *task = req->server->task;
    if (!task_has_paused(task) || (req->command->flags & CMD_ALLOW_BUSY) != 0) {
        return GATE_PASS;
    }
    dispatch_reply_busy(req->server, reply);
    return GATE_REFUSE;
}

/* Whoever watches the server counts as a replica elsewhere, and may not touch the data. */
static enum gate_result gate_monitor(struct request *req, struct reply *reply) {
    if ((req->client->flags & CLIENT_MONITOR) == 0 ||
        ((flags_of(req) & (CMD_READONLY | CMD_MAY_REPLICATE)) == 0 && !may_write(req))) {
        return GATE_PASS;
    }
    reply_error(reply, "ERR Replica can't interact with the keyspace");
    return GATE_REFUSE;
}

static enum gate_result gate_pause(struct request *req, struct reply *reply) {
    (void)reply;
    if (!is_held_by_pause(req)) {
        return GATE_PASS;
    }
    req->client->flags |= CLIENT_POSTPONED;
    list_push_back(&req->server->postponed, &req->client->postponed_node);
    return GATE_DONE;
}

/* The gates, in the order of the oracle's checks. */
static enum gate_result (*const gates[])(struct request *req, struct reply *reply) = {
    gate_known,  gate_arity,      gate_protected, gate_authentication, gate_multi,
    gate_memory, gate_subscriber, gate_log,       gate_saving,         gate_loading,
    gate_busy,   gate_monitor,    gate_pause,     gate_lengths,        gate_queue,
};

/* An EXEC that is refused ends its transaction, and says so in place of the gate's error. */
static void refuse_exec(struct request *req, struct reply *reply) {
    struct bytes refusal = reply_written(reply);
    refusal.data += reply->last_error + 1;
    refusal.length -= reply->last_error + 1 + strlen("\r\n");
    struct bytes code = BYTES("ERR ");
    if (refusal.length >= code.length && memcmp(refusal.data, code.data, code.length) == 0) {
        refusal.data += code.length;
        refusal.length -= code.length;
    }
    sds text = sds_new(BYTES("EXECABORT Transaction discarded because of: "));
    text = sds_append(text, refusal);
    reply_truncate(reply, reply->last_error);
    reply_error_bytes(reply, sds_view(text));
    sds_free(text);
    transaction_discard(req->client);
}

static void refuse(struct request *req, struct reply *reply) {
    transaction_refuse(req->client);
    if (req->command == NULL) {
        return;
    }
    command_counters_of(req->command)->rejected_calls++;
    if (is_exec(req)) {
        refuse_exec(req, reply);
    }
}

static enum gate_result pass_gates(struct request *req, struct reply *reply) {
    for (size_t i = 0; i < ARRAY_SIZE(gates); i++) {
        enum gate_result result = gates[i](req, reply);
        if (result == GATE_REFUSE) {
            refuse(req, reply);
        }
        if (result != GATE_PASS) {
            return result;
        }
    }
    return GATE_PASS;
}

bool dispatch_pass_script_gates(struct request *req, struct reply *reply) {
    return gate_log(req, reply) == GATE_PASS && gate_saving(req, reply) == GATE_PASS;
}

/* ---- Execution ---- */

/* Effects of a request that changed something, in the form in which it said them. */
static void record_effects(struct request *req) {
    bool is_given = (req->flags & REQUEST_REPLAY_GIVEN) != 0;
    if (req->dirty_count == 0 || is_given || req->command->row->effect != EFFECT_VERBATIM) {
        return;
    }
    int index = database_index(req->database);
    unsigned targets = JOURNAL_EVERYBODY & ~req->spared_targets;
    bool is_renamed = (req->command->flags & CMD_RENAMED) != 0;
    if (LIKELY(req->raw.length > 0 && !is_renamed) &&
        propagate_verbatim(req->server->propagate, index, req->raw, req->args, req->argc)) {
        return;
    }
    if (UNLIKELY(is_renamed)) {
        /* A log says the names that every server knows. */
        struct bytes *args = alloc_new(req->argc * sizeof *args);
        memcpy(args, req->args, req->argc * sizeof *args);
        args[0] = bytes_of_text(req->command->row->name);
        effects_add_for(req->effects, targets, index, args, req->argc);
        alloc_free(args);
        return;
    }
    effects_add_for(req->effects, targets, index, req->args, req->argc);
}

/* A script is shown before the commands that it runs. */
static bool is_shown_first(const struct known_command *command) {
    uint32_t flags = CMD_LONG | CMD_SKIP_MONITOR;
    return (command->flags & flags) == flags;
}

void dispatch_execute(struct request *req, struct reply *reply) {
    struct server *server = req->server;
    const struct known_command *command = req->command;
    uint32_t errors_before = reply->errors;
    /* The end of one request is the start of the next: one reading of the counter for each. */
    uint64_t start = server->last_ticks;
    /* Effects go to the database in which the request began, whatever it selects. */
    struct database *database = req->database;
    const struct request *outer_request = server->current_request;
    server->current_request = req;
    bool is_monitored = (server->gates & SERVER_GATE_MONITORED) != 0;
    if (UNLIKELY(is_monitored) && is_shown_first(command)) {
        diagnostics_feed_monitors(server->diagnostics, req, reply);
    }
    command->row->handler(req, reply);
    server->current_request = outer_request;
    if (UNLIKELY(tracking_client_count(server->tracking) > 0)) {
        tracking_note_request(req);
    }
    struct command_counters *counters = command_counters_of(command);
    server->last_ticks = clock_ticks();
    uint64_t ticks = server->last_ticks - start;
    /* A request that had to wait is one call, however often it runs; the latencies are of runs. */
    bool is_first_run = (req->flags & REQUEST_REEXECUTED) == 0;
    counters->calls += is_first_run;
    server->statistics.commands_processed += is_first_run;
    counters->ticks += ticks;
    counters->latency_buckets[COMMAND_HISTOGRAM_BUCKETS - 1 - __builtin_clzll(ticks | 1)] +=
        server->settings->latency_tracking;
    if (UNLIKELY(reply->errors != errors_before)) {
        counters->failed_calls++;
        if ((req->flags & REQUEST_ERROR_COUNTED) == 0) {
            diagnostics_count_error(server->diagnostics, reply);
        }
    }
    server->statistics.dirty_count += req->dirty_count;
    if (UNLIKELY(propagate_is_active(server->propagate))) {
        req->database = database;
        record_effects(req);
    }
    if (UNLIKELY(ticks >= server->slow_ticks)) {
        diagnostics_note_slow(server->diagnostics, req, ticks);
    }
    if (UNLIKELY(is_monitored) && (command->flags & CMD_SKIP_MONITOR) == 0 &&
        (req->flags & (REQUEST_REEXECUTED | REQUEST_REPLAYED)) == 0) {
        diagnostics_feed_monitors(server->diagnostics, req, reply);
    }
}

/* What follows from a request of a client, once it is complete. */
static void finish_request(struct server *server, struct client *client, uint64_t log_start) {
    if (UNLIKELY(propagate_is_active(server->propagate))) {
        propagate_flush(server->propagate);
        if (journal_end(durability_journal(server->durability)) != log_start) {
            durability_note_write(client);
        }
    }
    if (UNLIKELY(blocking_has_ready_keys(server->blocking))) {
        blocking_serve(server->blocking);
    }
}

/* CLIENT REPLY OFF and SKIP: the reply was made, nobody gets it. */
static void drop_muted_reply(struct client *client, struct reply *reply, size_t length_before) {
    if (client_is_muted(client)) {
        reply_truncate(reply, length_before);
    }
    client->flags &= ~(uint32_t)CLIENT_REPLY_SKIP;
    if ((client->flags & CLIENT_REPLY_SKIP_NEXT) != 0) {
        client->flags &= ~(uint32_t)CLIENT_REPLY_SKIP_NEXT;
        client->flags |= CLIENT_REPLY_SKIP;
    }
}

static bool needs_gates(const struct request *req) {
    const struct client *client = req->client;
    return req->command == NULL || !command_takes(req->command->row, req->argc) ||
           req->server->gates != 0 || req->builder != NULL ||
           (req->command->flags & (CMD_CONTAINER | CMD_PROTECTED)) != 0 ||
           (client->flags & (CLIENT_AUTHENTICATED | CLIENT_IN_MULTI | CLIENT_IS_PUBSUB)) !=
               CLIENT_AUTHENTICATED ||
           /* Requests that need no memory make no room: those that do will, and timers. */
           ((req->command->flags & (CMD_DENY_OOM | CMD_LONG)) != 0 &&
            alloc_exceeds(req->server->memory_limit));
}

/* True for SUBSCRIBE and its kin: messages answer it, and those come even to a muted client. */
static bool is_answered_by_messages(const struct request *req) {
    uint32_t flags = CMD_PUBSUB | CMD_SUBSCRIBER;
    return (req->command->flags & flags) == flags;
}

/* Runs a request that has passed the gates, and does what follows from it. */
static void serve_request(struct request *req, struct reply *reply) {
    struct server *server = req->server;
    struct client *client = req->client;
    size_t length_before = (size_t)(reply->at - reply->start);
    uint64_t log_start = journal_end(durability_journal(server->durability));
    server->executing_client = client;
    dispatch_execute(req, reply);
    finish_request(server, client, log_start);
    server->executing_client = NULL;
    if (UNLIKELY((client->flags &
                  (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP | CLIENT_REPLY_SKIP_NEXT)) != 0) &&
        (client->flags & CLIENT_BLOCKED) == 0) {
        bool stays = is_answered_by_messages(req);
        drop_muted_reply(client, reply, stays ? reply_written(reply).length : length_before);
    }
    if (UNLIKELY(client->pushes != NULL)) {
        client_take_pushes(client, reply);
    }
}

/* True for a script, and for an EXEC of scripts. */
static bool is_long(const struct request *req) {
    return (req->command->flags & CMD_LONG) != 0 &&
           ((req->client->flags & CLIENT_IN_MULTI) == 0 || transaction_is_long(req->client));
}

/* Apart, so that the requests that do not need it save no registers for it. */
static __attribute__((noinline)) void read_clock(struct server *server) {
    clock_refresh();
    server->clock_ticks = server->last_ticks;
    if (!task_has_paused(server->task)) {
        (void)locks_run(server->locks, clock_unix_ms()); /* They must not expire instead. */
    }
}

void dispatch_age_clock(struct server *server) {
    /* Reading the clock costs as much as a small request: its age is judged by the counter. */
    if (UNLIKELY(server->last_ticks - server->clock_ticks > server->clock_age_ticks)) {
        read_clock(server);
    }
}

void dispatch_request(struct request *req, struct reply *reply) {
    struct server *server = req->server;
    struct client *client = req->client;
    size_t length_before = (size_t)(reply->at - reply->start);
    uint32_t errors_before = reply->errors;
    client->last_command = req->command;
    if (UNLIKELY(needs_gates(req)) && pass_gates(req, reply) != GATE_PASS) {
        if (reply->errors != errors_before) {
            diagnostics_count_error(server->diagnostics, reply);
        }
        drop_muted_reply(client, reply, length_before);
        tracking_end_request(client, req->command);
        return;
    }
    client->command_count++;
    if (UNLIKELY(is_long(req))) {
        task_start(server->task, req, reply, serve_request);
    } else {
        serve_request(req, reply);
    }
    if (UNLIKELY(client->tracking != NULL)) {
        tracking_end_request(client, req->command);
    }
    dispatch_age_clock(server);
}
