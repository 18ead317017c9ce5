/*
 * What a request owns on the stack of the turn dies with the turn: at its first pause the arguments
 * are copied, and what it has written moves into memory of its own. The clock stands still for it:
 * it is set back at each continuation, so that nothing comes due in its eyes.
 */
#include "server/task.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/panic.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/durability.h"
#include "server/propagate.h"
#include "server/request.h"
#include "server/request_copy.h"
#include "server/server.h"
#include "server/settings.h"
#include "server/turn.h"
#include "structs/journal.h"

enum { SLICE_NS = 1000 * 1000, NS_PER_MS = 1000 * 1000 };

struct task {
    struct server *server;
    struct fiber *fiber; /* NULL before the first task */
    struct request req;
    struct reply reply;
    task_function function;
    struct request_copy *copy; /* the arguments, once it has paused */
    const struct request *current_request;
    const char *killer;
    uint64_t pause_ticks; /* when it is to pause next */
    int64_t clock_us;
    bool is_aborting;
};

struct task *task_create(struct server *server) {
    struct task *task = alloc_zeroed(sizeof *task);
    task->server = server;
    task->killer = "SCRIPT KILL";
    return task;
}

void task_destroy(struct task *task) {
    if (task != NULL) {
        fiber_destroy(task->fiber);
        alloc_free(task);
    }
}

static bool is_running(const struct task *task) {
    return task->fiber != NULL && fiber_is_running(task->fiber);
}

bool task_has_paused(const struct task *task) {
    return task->fiber != NULL && fiber_is_paused(task->fiber);
}

/* ---- Inside ---- */

static void run(void *context) {
    struct task *task = context;
    task->function(&task->req, &task->reply);
}

bool task_give_way(struct task *task, uint64_t ticks) {
    if (LIKELY(ticks < task->pause_ticks) || !is_running(task)) {
        return true;
    }
    fiber_pause(task->fiber);
    return !task->is_aborting;
}

/* ---- Outside ---- */

/* Makes the request independent of the turn in which it came. */
static void detach(struct task *task) {
    task->copy = request_copy_create(&task->req);
    task->req.args = task->copy->args;
    task->req.first_key = 0;
    task->req.builder = NULL;
    task->req.raw.length = 0;
    reply_own(&task->reply);
}

/* Puts the state of the server as it is between requests. */
static void leave(struct task *task) {
    struct server *server = task->server;
    task->current_request = server->current_request;
    server->current_request = NULL;
    server->executing_client = NULL;
    clock_refresh();
}

static void enter(struct task *task) {
    struct server *server = task->server;
    server->current_request = task->current_request;
    server->executing_client = task->req.client;
    clock_set_fixed(task->clock_us);
}

void task_start(struct task *task, struct request *req, struct reply *reply,
                task_function function) {
    if (UNLIKELY(is_running(task))) {
        function(req, reply);
        return;
    }
    if (UNLIKELY(task->fiber == NULL)) {
        task->fiber = fiber_create();
    }
    int64_t threshold_ms = task->server->settings->busy_reply_threshold_ms;
    bool may_pause = threshold_ms > 0 && threshold_ms < INT64_MAX / NS_PER_MS;
    task->pause_ticks =
        may_pause ? clock_ticks() + clock_ns_to_ticks(threshold_ms * NS_PER_MS) : UINT64_MAX;
    task->clock_us = clock_unix_us();
    task->function = function;
    task->req = *req;
    /* It writes behind what others have written, and sees nothing of that. */
    reply_init(&task->reply, reply->at, (size_t)(reply->limit - reply->at), reply->protocol);
    if (LIKELY(fiber_run(task->fiber, run, task))) {
        reply_take(reply, &task->reply);
        return;
    }
    detach(task);
    leave(task);
    req->client->flags |= CLIENT_IN_TASK;
    server_update_gates(task->server);
}

static void finish(struct task *task, bool wrote) {
    struct client *client = task->req.client;
    client->flags &= ~(uint32_t)CLIENT_IN_TASK;
    server_update_gates(task->server);
    client_send_reply(client, &task->reply, wrote);
    turn_resume_client(task->server->turn, client);
    alloc_free(task->copy);
    task->copy = NULL;
}

void task_continue(struct task *task) {
    enter(task);
    task->pause_ticks = task->is_aborting ? 0 : clock_ticks() + clock_ns_to_ticks(SLICE_NS);
    task->server->last_ticks = clock_ticks();
    const struct journal *journal = durability_journal(task->server->durability);
    uint64_t log_start = journal_end(journal);
    bool has_ended = fiber_resume(task->fiber);
    leave(task);
    if (has_ended) {
        finish(task, journal_end(journal) != log_start);
    }
}

void task_abort(struct task *task) {
    task->is_aborting = true;
    propagate_abandon(task->server->propagate);
    while (task_has_paused(task)) {
        task_continue(task);
    }
}

void task_set_killer(struct task *task, const char *text) {
    task->killer = text;
}

const char *task_killer(const struct task *task) {
    return task->killer;
}
