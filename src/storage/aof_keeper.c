/*
 * The keeper looks at the writer's marks after each step and tells the loop what they free. Under
 * `always` the start of a group is its business (persist/group_wait).
 */
#include "storage/aof_keeper.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "keyspace/snapshot.h"
#include "net/event_loop.h"
#include "server/durability.h"
#include "server/propagate.h"
#include "server/server.h"
#include "server/settings.h"
#include "storage/aof_keeper_internal.h"
#include "structs/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    BACKLOG_SYNC_DIVISOR = 4,   /* so much of the backlog's limit unsynced: sync before time */
    BACKLOG_RESUME_DIVISOR = 8, /* writes go on when this part of the limit is free again */
    LOST_CHECK_PERIOD_MS = 1000,
    CAUSE_SIZE = 256,
};

static void wake_loop(void *context) {
    event_loop_wake(context);
}

struct background_wake aof_keeper_wake(struct aof_keeper *keeper) {
    return (struct background_wake){wake_loop, keeper->server->loop};
}

/* ---- Failure ---- */

static void tell_failure(struct aof_keeper *keeper, struct aof_failure failure) {
    if (keeper->is_failing || keeper->state != KEEPER_ON) {
        return;
    }
    keeper->is_failing = true;
    char cause[CAUSE_SIZE];
    (void)snprintf(cause, sizeof cause, "Errors writing to the AOF file: %s",
                   strerror(-failure.error));
    log_line(LOG_LEVEL_WARNING,
             "The AOF cannot be %s: %s. Writes are refused until it can be; it is tried again.",
             failure.in_sync ? "synced" : "written", strerror(-failure.error));
    durability_fail(keeper->server->durability, cause);
}

static void tell_recovery(struct aof_keeper *keeper) {
    if (keeper->is_failing && keeper->state == KEEPER_ON) {
        keeper->is_failing = false;
        log_line(LOG_LEVEL_NOTICE, "The AOF can be written again: writes are accepted.");
        durability_recover(keeper->server->durability);
    }
}

/* ---- Marks ---- */

static void update_backlog(struct aof_keeper *keeper) {
    struct durability *durability = keeper->server->durability;
    uint64_t limit = (uint64_t)keeper->server->settings->aof_backlog_limit_bytes;
    uint64_t backlog = aof_writer_backlog(keeper->writer);
    if (backlog > limit && !durability_holds_writes(durability)) {
        log_line(LOG_LEVEL_WARNING,
                 "%llu bytes wait for the disk, more than aof-backlog-limit: writes are held back",
                 (unsigned long long)backlog);
        durability_hold_writes(durability, true);
    } else if (durability_holds_writes(durability) &&
               backlog <= limit - limit / BACKLOG_RESUME_DIVISOR) {
        durability_hold_writes(durability, false);
    }
}

/* Tells the loop what the writer has come to. */
static void update_marks(struct aof_keeper *keeper) {
    if (!aof_writer_is_open(keeper->writer)) {
        return;
    }
    struct aof_failure failure = aof_writer_failure(keeper->writer);
    struct aof_marks marks = aof_writer_marks(keeper->writer);
    durability_advance(keeper->server->durability,
                       (struct durability_marks){marks.written, marks.synced});
    if (UNLIKELY(failure.error != 0)) {
        tell_failure(keeper, failure);
    } else {
        tell_recovery(keeper);
    }
    if (keeper->state != KEEPER_CLOSING) {
        update_backlog(keeper);
    }
}

/* ---- What the loop calls ---- */

/* True while a group waits for the clients that were just answered. */
static bool group_waits(struct aof_keeper *keeper) {
    struct durability *durability = keeper->server->durability;
    durability_set_alarm(durability, 0);
    if (keeper->server->settings->appendfsync != AOF_ALWAYS ||
        durability_awaited_clients(durability) == 0 || aof_writer_is_syncing(keeper->writer)) {
        return false;
    }
    group_wait_note_sync(&keeper->group_wait, aof_writer_last_sync_end_ns(keeper->writer),
                         aof_writer_last_sync_ns(keeper->writer));
    int64_t now_ns = clock_monotonic_ns();
    int64_t end_ns =
        group_wait_end(&keeper->group_wait, durability_awaited_clients(durability), now_ns);
    if (now_ns >= end_ns) {
        durability_drop_awaited(durability);
        return false;
    }
    durability_set_alarm(durability, end_ns);
    return true;
}

static void hand_over(void *context) {
    struct aof_keeper *keeper = context;
    if (!aof_writer_is_open(keeper->writer) || keeper->state == KEEPER_CLOSING) {
        return;
    }
    struct aof_marks marks = aof_writer_marks(keeper->writer);
    uint64_t end = journal_end(durability_journal(keeper->server->durability));
    if (LIKELY(marks.written == end) || group_waits(keeper)) {
        return;
    }
    aof_writer_hand_over(keeper->writer);
    update_marks(keeper);
}

static void poll_threads(void *context) {
    struct aof_keeper *keeper = context;
    if (aof_writer_is_open(keeper->writer)) {
        aof_writer_poll(keeper->writer);
        update_marks(keeper);
    }
}

/*
 * The file or its directory may have been removed under us: then nothing written there counts. Both
 * are open, so the system answers from memory.
 */
static void look_for_loss(struct aof_keeper *keeper, int64_t now_ms) {
    if (keeper->state != KEEPER_ON || now_ms < keeper->lost_check_ms ||
        background_is_busy(&keeper->task) || keeper->rewrite.phase != REWRITE_IDLE) {
        return;
    }
    keeper->lost_check_ms = now_ms + LOST_CHECK_PERIOD_MS;
    if (!aof_directory_is_lost(&keeper->directory, aof_writer_fd(keeper->writer))) {
        return;
    }
    log_line(LOG_LEVEL_WARNING, "The AOF or its directory was removed: it is written anew");
    aof_writer_abandon(keeper->writer, -ENOENT);
    update_marks(keeper);
}

void aof_keeper_restart(struct aof_keeper *keeper) {
    propagate_set_journal(keeper->server->propagate, NULL);
    aof_writer_begin_end(keeper->writer, false); /* The file is useless, or gone. */
    keeper->state = KEEPER_CLOSING;
    durability_set_mode(keeper->server->durability, DURABILITY_OFF);
}

/* After the files were removed: begins a new log, while writes are still refused. */
static void replace_lost(struct aof_keeper *keeper) {
    if (keeper->is_failing && aof_writer_failure(keeper->writer).error == -ENOENT &&
        keeper->state == KEEPER_ON && keeper->rewrite.phase == REWRITE_IDLE &&
        !background_is_busy(&keeper->task)) {
        aof_keeper_restart(keeper);
    }
}

/* The writer has ended: nothing is held any more. */
static void finish_writing(struct aof_keeper *keeper, int error) {
    struct durability *durability = keeper->server->durability;
    if (error != 0 && !keeper->is_failing) {
        log_line(LOG_LEVEL_WARNING, "The end of the AOF could not be made safe: %s",
                 strerror(-error));
        durability_fail(durability, strerror(-error)); /* For those who still wait for it. */
        durability_recover(durability);
    }
    durability_set_mode(durability, DURABILITY_OFF);
}

/* Goes on with closing the log. */
static void close_step(struct aof_keeper *keeper) {
    int error = 0;
    if (aof_writer_is_open(keeper->writer)) {
        aof_writer_poll(keeper->writer);
        update_marks(keeper);
        if (!aof_writer_take_end(keeper->writer, &error)) {
            return;
        }
        finish_writing(keeper, error);
    }
    if (aof_rewrite_has_files(keeper)) {
        return;
    }
    aof_directory_close(&keeper->directory);
    keeper->state = keeper->server->settings->appendonly ? KEEPER_OPENING : KEEPER_OFF;
    aof_keeper_apply_settings(keeper);
}

static int64_t run(void *context, int64_t now_ms) {
    struct aof_keeper *keeper = context;
    if (keeper->state == KEEPER_LOADING) {
        aof_load_step(keeper);
        return keeper->state == KEEPER_LOADING ? 0 : 1;
    }
    if (keeper->state == KEEPER_CLOSING) {
        close_step(keeper);
    }
    bool is_busy = aof_rewrite_run(keeper, now_ms);
    look_for_loss(keeper, now_ms);
    replace_lost(keeper);
    int64_t wait_ms = aof_writer_run(keeper->writer, now_ms,
                                     (uint64_t)keeper->server->settings->aof_backlog_limit_bytes /
                                         BACKLOG_SYNC_DIVISOR);
    int64_t rest_ms = is_busy ? snapshot_rest_ms(keeper->rewrite.snapshot) : wait_ms;
    return rest_ms < wait_ms ? rest_ms : wait_ms;
}

static enum rewrite_start rewrite(void *context) {
    struct aof_keeper *keeper = context;
    if (keeper->rewrite.phase != REWRITE_IDLE && keeper->rewrite.phase != REWRITE_GIVING_UP) {
        return REWRITE_RUNNING;
    }
    bool is_possible = keeper->state == KEEPER_ON || keeper->state == KEEPER_OFF;
    if (!is_possible || keeper->rewrite.phase != REWRITE_IDLE ||
        !snapshot_may_begin(keeper->server->keyspace)) {
        keeper->rewrite.is_scheduled = true;
        return REWRITE_SCHEDULED;
    }
    aof_rewrite_start(keeper);
    return REWRITE_STARTED;
}

static void schedule_rewrite(void *context) {
    struct aof_keeper *keeper = context;
    keeper->rewrite.is_scheduled = true;
}

static sds describe(void *context, sds text) {
    return aof_info_describe(context, text);
}

/* ---- Switching on and off ---- */

void aof_keeper_apply_settings(struct aof_keeper *keeper) {
    const struct settings *settings = keeper->server->settings;
    bool is_rewriting = keeper->rewrite.phase != REWRITE_IDLE;
    aof_writer_set_policy(keeper->writer, (enum aof_policy)settings->appendfsync,
                          is_rewriting && settings->no_appendfsync_on_rewrite);
    propagate_set_timestamps(keeper->server->propagate, settings->aof_timestamp_enabled);
    if (keeper->state == KEEPER_CLOSING) {
        return; /* What is held goes as it would have gone. */
    }
    enum durability_mode mode = DURABILITY_OFF;
    if (keeper->state == KEEPER_ON) {
        mode = settings->appendfsync == AOF_ALWAYS ? DURABILITY_ALL : DURABILITY_WRITES;
    }
    if (durability_mode(keeper->server->durability) != mode) {
        durability_set_mode(keeper->server->durability, mode);
    }
}

void aof_keeper_serve(struct aof_keeper *keeper, const struct aof_target *target) {
    aof_writer_open(keeper->writer, target);
    propagate_set_journal(keeper->server->propagate,
                          durability_journal(keeper->server->durability));
    update_marks(keeper);
    aof_keeper_apply_settings(keeper);
}

/* A rewrite begins it, as soon as one can. */
static void switch_on(struct aof_keeper *keeper) {
    aof_rewrite_call_off(keeper); /* One without a log has the directory open. */
    keeper->state = KEEPER_OPENING;
    keeper->rewrite.is_scheduled = true;
    keeper->rewrite.next_try_ms = 0;
}

/*
 * From now on nothing is recorded, and nobody waits for the disk but those who did before: what
 * they wait for is in the log, which is completed and closed in the background.
 */
static void switch_off(struct aof_keeper *keeper) {
    struct durability *durability = keeper->server->durability;
    aof_rewrite_call_off(keeper);
    keeper->rewrite.is_scheduled = false;
    propagate_set_journal(keeper->server->propagate, NULL);
    keeper->state = KEEPER_CLOSING;
    keeper->is_failing = false;
    durability_set_alarm(durability, 0);
    durability_recover(durability);
    durability_hold_writes(durability, false);
    durability_end(durability);
    aof_writer_begin_end(keeper->writer, true);
    close_step(keeper);
}

static void configure(void *context) {
    struct aof_keeper *keeper = context;
    bool is_wanted = keeper->server->settings->appendonly;
    bool is_off = keeper->state == KEEPER_OFF;
    bool closes_for_good = keeper->state == KEEPER_CLOSING && !keeper->is_failing;
    aof_keeper_apply_settings(keeper);
    if (keeper->server->is_loading) {
        return;
    }
    if (is_wanted && is_off) {
        switch_on(keeper);
    } else if (is_wanted) {
        keeper->rewrite.is_scheduled |= keeper->state == KEEPER_CLOSING; /* It begins the log. */
    } else if (!is_wanted && !is_off && !closes_for_good) {
        switch_off(keeper);
    }
}

static enum log_progress progress(void *context) {
    const struct aof_keeper *keeper = context;
    if (!keeper->server->settings->appendonly || keeper->state == KEEPER_ON ||
        keeper->state == KEEPER_LOADING) {
        return LOG_COMPLETE;
    }
    return keeper->rewrite.last_failed ? LOG_FAILS : LOG_UNDER_WAY;
}

/* DEBUG LOADAOF: the log is completed and closed, and read again from its beginning. */
static bool reload(void *context) {
    struct aof_keeper *keeper = context;
    if (keeper->state != KEEPER_ON || keeper->is_failing) {
        return false;
    }
    aof_rewrite_abort(keeper);
    propagate_set_journal(keeper->server->propagate, NULL);
    int error = aof_writer_close(keeper->writer, true);
    if (error != 0) {
        log_line(LOG_LEVEL_WARNING, "The end of the AOF could not be made safe: %s",
                 strerror(-error));
        aof_keeper_restart(keeper);
        return false;
    }
    return aof_load_now(keeper);
}

/* ---- Life ---- */

struct aof_keeper *aof_keeper_create(struct server *server, struct aof_keeper_events events) {
    struct aof_keeper *keeper = alloc_zeroed(sizeof *keeper);
    keeper->server = server;
    keeper->events = events;
    keeper->directory.fd = -1;
    keeper->rewrite.last_seconds = -1;
    keeper->rewrite.increment.fd = -1;
    keeper->rewrite.base_fd = -1;
    keeper->task_worker = worker_create("aof-files");
    keeper->writer = aof_writer_create(durability_journal(server->durability), keeper->task_worker,
                                       aof_keeper_wake(keeper));
    durability_set_keeper(server->durability, (struct log_keeper){
                                                  .context = keeper,
                                                  .hand_over = hand_over,
                                                  .poll = poll_threads,
                                                  .run = run,
                                                  .rewrite = rewrite,
                                                  .schedule_rewrite = schedule_rewrite,
                                                  .describe = describe,
                                                  .configure = configure,
                                                  .progress = progress,
                                                  .reload = reload,
                                              });
    return keeper;
}

bool aof_keeper_start(struct aof_keeper *keeper) {
    const struct settings *settings = keeper->server->settings;
    if (!settings->appendonly) {
        if (keeper->events.ready != NULL) {
            keeper->events.ready(keeper->events.context);
        }
        return true;
    }
    sds problem =
        aof_directory_open(&keeper->directory, settings->appenddirname, settings->appendfilename);
    if (problem != NULL) {
        log_line(LOG_LEVEL_WARNING, "%s", problem);
        sds_free(problem);
        return false;
    }
    aof_load_begin(keeper);
    return true;
}

bool aof_keeper_stop(struct aof_keeper *keeper) {
    aof_rewrite_abort(keeper);
    if (!aof_writer_is_open(keeper->writer)) {
        return true;
    }
    int error = aof_writer_close(keeper->writer, true);
    if (error != 0) {
        log_line(LOG_LEVEL_WARNING, "The end of the AOF could not be made safe: %s",
                 strerror(-error));
    }
    return error == 0;
}

void aof_keeper_destroy(struct aof_keeper *keeper) {
    if (keeper == NULL) {
        return;
    }
    aof_rewrite_abort(keeper);
    aof_rewrite_release(keeper);
    durability_set_keeper(keeper->server->durability, (struct log_keeper){0});
    propagate_set_journal(keeper->server->propagate, NULL);
    aof_loader_destroy(keeper->loader);
    aof_load_release(keeper);
    worker_destroy(keeper->task_worker);
    aof_writer_destroy(keeper->writer);
    aof_directory_close(&keeper->directory);
    alloc_free(keeper);
}
