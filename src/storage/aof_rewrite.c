/*
 * A rewrite: a new increment is made and named in the manifest (a thread); then, between two
 * requests, the journal is cut and the snapshot begins, so base and increment meet exactly; the
 * walk goes on in slices; at its end the base is installed (a thread). When it fails, the log
 * stays what it was: the old base and one increment more.
 *
 * A log that is just switched on begins with its first rewrite: the thread opens the directory,
 * too, and the increment has a temporary name until the base is complete. When that fails,
 * everything begins anew: the increment is useless.
 *
 * Nothing here waits for a disk: whatever opens, deletes or closes files is a thread's.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "keyspace/snapshot.h"
#include "persist/file_io.h"
#include "server/durability.h"
#include "server/propagate.h"
#include "server/server.h"
#include "server/settings.h"
#include "storage/aof_keeper_internal.h"
#include "storage/base_writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    WALK_BUDGET_US = 100, /* the walk is done long before a forked child would be */
    RETRY_PERIOD_MS = 1000,
    FAILURES_BEFORE_DELAY = 3,
    DELAY_MAX_MINUTES = 60,
    MS_PER_MINUTE = 60000,
    PERCENT = 100,
};

/* ---- What threads do ---- */

static int prepare(void *context) {
    struct aof_keeper *keeper = context;
    struct aof_rewrite *rewrite = &keeper->rewrite;
    const struct settings *settings = keeper->server->settings;
    if (keeper->directory.fd < 0) {
        rewrite->open_problem = aof_directory_open(&keeper->directory, settings->appenddirname,
                                                   settings->appendfilename);
        if (rewrite->open_problem != NULL) {
            return -EIO;
        }
    }
    if (rewrite->continuation != AOF_ENDS) {
        bool is_listed = rewrite->continuation == AOF_GOES_ON_IN_LAST;
        int error = aof_directory_add_increment(&keeper->directory, is_listed, &rewrite->increment);
        if (error != 0) {
            return error;
        }
    }
    int fd = aof_directory_create_base(&keeper->directory);
    rewrite->base_fd = fd < 0 ? -1 : fd;
    return fd < 0 ? fd : 0;
}

static int install(void *context) {
    struct aof_keeper *keeper = context;
    return aof_directory_install_base(&keeper->directory, keeper->rewrite.is_rdb,
                                      keeper->rewrite.continuation);
}

/* Deletes and closes what is left of a rewrite: that may be large. */
static int drop(void *context) {
    struct aof_keeper *keeper = context;
    struct aof_rewrite *rewrite = &keeper->rewrite;
    if (rewrite->base_fd >= 0) {
        aof_directory_drop_base(&keeper->directory);
        (void)close(rewrite->base_fd); /* It is dropped. */
        rewrite->base_fd = -1;
    }
    if (rewrite->increment.fd >= 0) {
        (void)close(rewrite->increment.fd); /* Nothing was written to it. */
        rewrite->increment.fd = -1;
    }
    return 0;
}

/* ---- Ends ---- */

static void end_rewrite(struct aof_keeper *keeper) {
    keeper->rewrite.phase = REWRITE_IDLE;
    if (keeper->state == KEEPER_OFF || keeper->state == KEEPER_OPENING) {
        aof_directory_close(&keeper->directory);
    }
    aof_keeper_apply_settings(keeper);
}

static bool has_open_files(const struct aof_rewrite *rewrite) {
    return rewrite->base_fd >= 0 || rewrite->increment.fd >= 0;
}

bool aof_rewrite_has_files(const struct aof_keeper *keeper) {
    return background_is_busy(&keeper->task) || keeper->rewrite.base != NULL ||
           has_open_files(&keeper->rewrite);
}

static void give_up(struct aof_rewrite *rewrite) {
    rewrite->phase = REWRITE_GIVING_UP;
    if (rewrite->snapshot != NULL) {
        snapshot_abort(rewrite->snapshot);
    }
}

/* True when it wants to run at once. */
static bool give_up_slice(struct aof_keeper *keeper) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    int ignored = 0;
    if (background_take(&keeper->task, &ignored)) { /* What it made goes with the rest. */
        sds_free(rewrite->open_problem);
        rewrite->open_problem = NULL;
    }
    if (rewrite->base != NULL) {
        base_writer_give_up(rewrite->base);
    }
    if (rewrite->base != NULL && !base_writer_is_busy(rewrite->base)) {
        base_writer_destroy(rewrite->base);
        rewrite->base = NULL;
    }
    if (rewrite->base == NULL && !background_is_busy(&keeper->task) && has_open_files(rewrite)) {
        background_start(&keeper->task, keeper->task_worker, drop, keeper, aof_keeper_wake(keeper));
    }
    if (rewrite->snapshot != NULL &&
        snapshot_run(rewrite->snapshot, WALK_BUDGET_US) == SNAPSHOT_DONE) {
        snapshot_destroy(rewrite->snapshot);
        rewrite->snapshot = NULL;
    }
    if (rewrite->snapshot == NULL && !aof_rewrite_has_files(keeper)) {
        end_rewrite(keeper);
    }
    return rewrite->snapshot != NULL;
}

static void fail_rewrite(struct aof_keeper *keeper, const char *what, int error) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    log_line(LOG_LEVEL_WARNING, "The AOF rewrite failed: %s: %s", what, strerror(-error));
    rewrite->last_failed = true;
    rewrite->failures_in_row++;
    int64_t minutes = rewrite->failures_in_row - FAILURES_BEFORE_DELAY;
    minutes = minutes > DELAY_MAX_MINUTES ? DELAY_MAX_MINUTES : minutes;
    bool is_first = rewrite->continuation == AOF_GOES_ON_IN_TEMPORARY;
    int64_t delay_ms = minutes > 0 && !is_first ? minutes * MS_PER_MINUTE : RETRY_PERIOD_MS;
    rewrite->next_try_ms = clock_unix_ms() + delay_ms;
    give_up(rewrite);
    if (keeper->state == KEEPER_STARTING) {
        aof_keeper_restart(keeper);
    }
}

static void finish_rewrite(struct aof_keeper *keeper) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    const struct manifest_entry *base = manifest_base(&keeper->directory.manifest);
    keeper->complete_size = base->size > 0 ? (uint64_t)base->size : 0;
    keeper->base_size = keeper->complete_size + aof_writer_file_size(keeper->writer);
    rewrite->last_failed = false;
    rewrite->failures_in_row = 0;
    rewrite->count++;
    rewrite->last_seconds = (clock_unix_ms() - rewrite->start_ms) / CLOCK_MS_PER_SECOND;
    base_writer_destroy(rewrite->base);
    rewrite->base = NULL;
    file_close_later(rewrite->base_fd, keeper->task_worker);
    rewrite->base_fd = -1;
    if (keeper->state == KEEPER_STARTING) {
        keeper->state = KEEPER_ON;
        log_line(LOG_LEVEL_NOTICE, "The AOF is switched on: its first base is complete");
    }
    log_line(LOG_LEVEL_NOTICE, "Background AOF rewrite finished successfully");
    end_rewrite(keeper);
}

/* ---- Steps ---- */

/* The cut: from here on the log goes into the new increment, and the base tells what was before. */
static void begin_walk(struct aof_keeper *keeper) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    bool switches = rewrite->continuation == AOF_GOES_ON_IN_LAST;
    if (switches && (aof_writer_is_switching(keeper->writer) ||
                     aof_writer_failure(keeper->writer).error != 0)) {
        return; /* Not now: the writer is between two files, or the disk fails. */
    }
    if (!snapshot_may_begin(keeper->server->keyspace)) {
        return;
    }
    rewrite->base = base_writer_create(keeper->server, rewrite->base_fd, keeper->task_worker,
                                       aof_keeper_wake(keeper));
    rewrite->is_rdb = base_writer_is_rdb(rewrite->base);
    struct snapshot_sink sink = base_writer_sink(rewrite->base);
    rewrite->snapshot = snapshot_begin(keeper->server->keyspace, &sink,
                                       (size_t)keeper->server->settings->snapshot_slice_elements);
    snapshot_set_delay(rewrite->snapshot, keeper->server->settings->rdb_key_save_delay_us);
    base_writer_set_snapshot(rewrite->base, rewrite->snapshot);
    if (switches) {
        keeper->complete_size += aof_writer_file_size(keeper->writer);
        aof_writer_switch(keeper->writer, &rewrite->increment);
        propagate_force_select(keeper->server->propagate);
    } else if (rewrite->continuation == AOF_GOES_ON_IN_TEMPORARY) {
        keeper->state = KEEPER_STARTING;
        aof_keeper_serve(keeper, &rewrite->increment);
    }
    rewrite->increment.fd = -1;
    rewrite->phase = REWRITE_WALKING;
}

static enum aof_continuation continuation(enum keeper_state state) {
    switch (state) {
    case KEEPER_ON:
        return AOF_GOES_ON_IN_LAST;
    case KEEPER_OPENING:
        return AOF_GOES_ON_IN_TEMPORARY;
    case KEEPER_LOADING:
    case KEEPER_STARTING:
    case KEEPER_CLOSING:
    case KEEPER_OFF:
        return AOF_ENDS;
    }
    UNREACHABLE();
}

void aof_rewrite_start(struct aof_keeper *keeper) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    ASSERT(rewrite->phase == REWRITE_IDLE);
    rewrite->start_ms = clock_unix_ms();
    rewrite->is_scheduled = false;
    rewrite->continuation = continuation(keeper->state);
    log_line(LOG_LEVEL_NOTICE, "Background append only file rewriting started");
    rewrite->phase = REWRITE_PREPARING;
    aof_keeper_apply_settings(keeper);
    background_start(&keeper->task, keeper->task_worker, prepare, keeper, aof_keeper_wake(keeper));
}

static void end_preparing(struct aof_keeper *keeper) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    int error = 0;
    if (!background_take(&keeper->task, &error)) {
        return;
    }
    if (rewrite->open_problem != NULL) {
        log_line(LOG_LEVEL_WARNING, "%s", rewrite->open_problem);
        sds_free(rewrite->open_problem);
        rewrite->open_problem = NULL;
    }
    if (error != 0) {
        fail_rewrite(keeper, "cannot make its files", error);
        return;
    }
    rewrite->phase = REWRITE_PREPARED;
    begin_walk(keeper);
}

static bool walk(struct aof_keeper *keeper) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    int error = base_writer_poll(rewrite->base);
    if (error != 0) {
        fail_rewrite(keeper, "cannot write the base", error);
        return true;
    }
    if (rewrite->snapshot != NULL) {
        snapshot_make_way(rewrite->snapshot, server_company(keeper->server));
        enum snapshot_status status = snapshot_run(rewrite->snapshot, WALK_BUDGET_US);
        if (status != SNAPSHOT_DONE) {
            return status == SNAPSHOT_RUNNING;
        }
        base_writer_finish(rewrite->base);
        snapshot_destroy(rewrite->snapshot);
        rewrite->snapshot = NULL;
    }
    if (!base_writer_is_busy(rewrite->base)) {
        rewrite->phase = REWRITE_INSTALLING;
        background_start(&keeper->task, keeper->task_worker, install, keeper,
                         aof_keeper_wake(keeper));
    }
    return false;
}

static void end_installing(struct aof_keeper *keeper) {
    int error = 0;
    if (!background_take(&keeper->task, &error)) {
        return;
    }
    if (error != 0) {
        fail_rewrite(keeper, "cannot install the base", error);
        return;
    }
    finish_rewrite(keeper);
}

/* ---- When to begin ---- */

static bool has_grown(const struct aof_keeper *keeper) {
    const struct settings *settings = keeper->server->settings;
    uint64_t size = aof_info_size(keeper);
    if (keeper->state != KEEPER_ON || settings->auto_aof_rewrite_percentage == 0 ||
        size <= (uint64_t)settings->auto_aof_rewrite_min_size_bytes) {
        return false;
    }
    uint64_t base = keeper->base_size == 0 ? 1 : keeper->base_size;
    double growth = (double)size / (double)base * PERCENT - PERCENT;
    return growth >= (double)settings->auto_aof_rewrite_percentage;
}

static void look_for_reason(struct aof_keeper *keeper, int64_t now_ms) {
    if (keeper->state == KEEPER_CLOSING || now_ms < keeper->rewrite.next_try_ms ||
        keeper->server->is_loading || !snapshot_may_begin(keeper->server->keyspace)) {
        return;
    }
    if (keeper->state == KEEPER_OPENING || keeper->rewrite.is_scheduled) {
        aof_rewrite_start(keeper);
    } else if (has_grown(keeper)) {
        log_line(LOG_LEVEL_NOTICE, "Starting automatic rewriting of AOF on growth");
        aof_rewrite_start(keeper);
    }
}

bool aof_rewrite_run(struct aof_keeper *keeper, int64_t now_ms) {
    switch (keeper->rewrite.phase) {
    case REWRITE_IDLE:
        look_for_reason(keeper, now_ms);
        return false;
    case REWRITE_PREPARING:
        end_preparing(keeper);
        return false;
    case REWRITE_PREPARED:
        begin_walk(keeper);
        return false;
    case REWRITE_WALKING:
        return walk(keeper);
    case REWRITE_INSTALLING:
        end_installing(keeper);
        return false;
    case REWRITE_GIVING_UP:
        return give_up_slice(keeper);
    }
    UNREACHABLE();
}

void aof_rewrite_call_off(struct aof_keeper *keeper) {
    if (keeper->rewrite.phase != REWRITE_IDLE) {
        give_up(&keeper->rewrite);
    }
}

void aof_rewrite_abort(struct aof_keeper *keeper) {
    aof_rewrite_call_off(keeper);
    while (aof_rewrite_has_files(keeper)) {
        worker_drain(keeper->task_worker);
        (void)give_up_slice(keeper);
    }
}

void aof_rewrite_release(struct aof_keeper *keeper) {
    snapshot_destroy(keeper->rewrite.snapshot);
    keeper->rewrite.snapshot = NULL;
}
