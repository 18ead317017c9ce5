/*
 * SAVE, BGSAVE, LASTSAVE and SHUTDOWN: the dataset in its dump file.
 */
#include "base/clock.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/dispatch.h"
#include "server/request.h"
#include "server/saving.h"
#include "server/server.h"
#include "server/task.h"

static const char running_error[] = "ERR Background save already in progress";

/* SAVE */
static void save_command(struct request *req, struct reply *reply) {
    const struct saving *saving = req->server->saving;
    if (saving->is_running) {
        reply_error(reply, running_error);
    } else if (saving->saver.save(saving->saver.context)) {
        reply_ok(reply);
    } else {
        reply_error(reply, "ERR");
    }
}

static void start_background(struct request *req, bool may_be_scheduled, struct reply *reply) {
    const struct saver *saver = &req->server->saving->saver;
    if ((req->flags & (REQUEST_IN_EXEC | REQUEST_IN_SCRIPT)) != 0 &&
        !req->server->saving->is_running) {
        /* A snapshot begins between requests, not inside of a transaction. */
        req->server->saving->is_scheduled = true;
        reply_simple(reply, "Background saving scheduled");
        return;
    }
    switch (saver->start(saver->context, may_be_scheduled)) {
    case SAVE_STARTED:
        reply_simple(reply, "Background saving started");
        return;
    case SAVE_SCHEDULED:
        reply_simple(reply, "Background saving scheduled");
        return;
    case SAVE_RUNS_ALREADY:
        reply_error(reply, running_error);
        return;
    case SAVE_BLOCKED:
        reply_error(reply, "ERR Another child process is active (AOF?): can't BGSAVE right now. "
                           "Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever "
                           "possible.");
        return;
    case SAVE_FAILED:
        reply_error(reply, "ERR");
        return;
    }
}

static void cancel_background(struct request *req, struct reply *reply) {
    const struct saving *saving = req->server->saving;
    bool was_running = saving->is_running;
    if (!saving->saver.cancel(saving->saver.context)) {
        reply_error(reply, "ERR Background saving is currently not in progress or scheduled");
        return;
    }
    reply_simple(reply, was_running ? "Background saving cancelled"
                                    : "Scheduled background saving cancelled");
}

/* BGSAVE [SCHEDULE | CANCEL] */
static void bgsave_command(struct request *req, struct reply *reply) {
    bool has_word = request_argc(req) == 2;
    bool is_scheduling = has_word && args_is(req, 1, "schedule");
    if (has_word && args_is(req, 1, "cancel")) {
        cancel_background(req, reply);
    } else if (request_argc(req) > 1 && !is_scheduling) {
        reply_syntax_error(reply);
    } else {
        start_background(req, is_scheduling, reply);
    }
}

/* LASTSAVE */
static void lastsave_command(struct request *req, struct reply *reply) {
    reply_integer(reply, req->server->saving->last_save_ms / CLOCK_MS_PER_SECOND);
}

struct shutdown_words {
    bool aborts;
    bool has_other;
    struct shutdown_options options;
};

static bool parse_shutdown(const struct request *req, struct shutdown_words *words) {
    for (size_t i = 1; i < request_argc(req); i++) {
        bool is_abort = args_is(req, i, "abort");
        bool saves = args_is(req, i, "save");
        bool saves_not = args_is(req, i, "nosave");
        bool forces = args_is(req, i, "force");
        bool is_known = is_abort || saves || saves_not || forces || args_is(req, i, "now") ||
                        args_is(req, i, "safe") || args_is(req, i, "failover");
        words->aborts |= is_abort;
        words->has_other |= !is_abort;
        words->options.saves |= saves;
        words->options.saves_not |= saves_not;
        words->options.forces |= forces;
        if (!is_known) {
            return false;
        }
    }
    return !(words->aborts && words->has_other) &&
           !(words->options.saves && words->options.saves_not);
}

/* SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]: there are no replicas to wait for. */
static void shutdown_command(struct request *req, struct reply *reply) {
    struct shutdown_words words = {0};
    if (!parse_shutdown(req, &words)) {
        reply_syntax_error(reply);
        return;
    }
    if (words.aborts) {
        reply_error(reply, "ERR No shutdown in progress.");
        return;
    }
    if (task_has_paused(req->server->task) && !words.options.saves_not) {
        dispatch_reply_busy(req->server, reply);
        return;
    }
    if (!server_shut_down(req->server, words.options)) {
        reply_error(reply, "ERR Errors trying to SHUTDOWN. Check logs.");
        return;
    }
    client_close_after_reply(req->client); /* Replies to what it sent before still leave. */
}

// clang-format off
static const struct command rows[] = {
    {
        .name = "save", .handler = save_command, .arity = 1,
        .flags = CMD_ADMIN | CMD_NO_ASYNC_LOADING | CMD_NO_MULTI | CMD_NOSCRIPT,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "1.0.0", .complexity = "O(N), N keys in all databases",
        .syntax = "",
        .summary = "Saves the dataset to its file while nobody is served.",
    },
    {
        .name = "bgsave", .handler = bgsave_command, .arity = -1,
        .flags = CMD_ADMIN | CMD_NO_ASYNC_LOADING | CMD_NOSCRIPT,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "[SCHEDULE | CANCEL]",
        .summary = "Saves the dataset to its file in the background.",
    },
    {
        .name = "lastsave", .handler = lastsave_command, .arity = 1,
        .flags = CMD_FAST | CMD_LOADING | CMD_STALE,
        .acl = ACL_ADMIN | ACL_DANGEROUS, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_SERVER, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Returns when the dataset was last saved, in seconds since 1970.",
    },
    {
        .name = "shutdown", .handler = shutdown_command, .arity = -1,
        .flags = CMD_ADMIN | CMD_ALLOW_BUSY | CMD_LOADING | CMD_NO_MULTI | CMD_NOSCRIPT |
            CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "1.0.0", .complexity = "O(N) / O(1)",
        .syntax = "[[NOSAVE | SAVE] [NOW] [FORCE] | ABORT]",
        .summary = "Saves what is to be saved, and stops the server.",
    },
};
// clang-format on

const struct command_table saving_commands = {rows, ARRAY_SIZE(rows)};
