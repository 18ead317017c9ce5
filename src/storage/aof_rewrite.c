/*
 * A rewrite: a new increment is made and named in the manifest (a thread); then, between two
 * requests, the journal is cut and the snapshot begins, so base and increment meet exactly; the
 * walk goes on in slices; at its end the base is installed (a thread). When it fails, the log
 * stays what it was: the old base and one increment more.
 *
 * A log that is just switched on writes to an increment under a temporary name until its first
 * base is complete. When that fails, everything begins anew: the increment is useless.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "keyspace/snapshot.h"
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
    return aof_directory_add_increment(&keeper->directory, true, &keeper->rewrite.increment);
}

static enum aof_continuation continuation(const struct aof_keeper *keeper) {
    switch (keeper->state) {
    case KEEPER_ON:
        return AOF_GOES_ON_IN_LAST;
    case KEEPER_STARTING:
        return AOF_GOES_ON_IN_TEMPORARY;
    case KEEPER_LOADING:
    case KEEPER_OFF:
        return AOF_ENDS;
    }
    UNREACHABLE();
}

static int install(void *context) {
    struct aof_keeper *keeper = context;
    return aof_directory_install_base(&keeper->directory, keeper->rewrite.is_rdb,
                                      continuation(keeper));
}

/* ---- Ends ---- */

static void release_base(struct aof_keeper *keeper) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    base_writer_destroy(rewrite->base);
    rewrite->base = NULL;
    if (rewrite->base_fd >= 0) {
        (void)close(rewrite->base_fd); /* It was synced, or is dropped. */
        rewrite->base_fd = -1;
    }
}

static void end_rewrite(struct aof_keeper *keeper) {
    keeper->rewrite.phase = keeper->rewrite.snapshot == NULL ? REWRITE_IDLE : REWRITE_GIVING_UP;
    if (keeper->state == KEEPER_OFF) {
        aof_directory_close(&keeper->directory);
    }
    aof_keeper_apply_settings(keeper);
}

/* Drops the increment that was made: nothing was written to it. */
static void drop_increment(struct aof_rewrite *rewrite) {
    if (rewrite->increment.fd >= 0) {
        (void)close(rewrite->increment.fd);
        rewrite->increment.fd = -1;
    }
}

static void fail_rewrite(struct aof_keeper *keeper, const char *what, int error) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    log_line(LOG_LEVEL_WARNING, "The AOF rewrite failed: %s: %s", what, strerror(-error));
    rewrite->last_failed = true;
    rewrite->failures_in_row++;
    int64_t minutes = rewrite->failures_in_row - FAILURES_BEFORE_DELAY;
    minutes = minutes > DELAY_MAX_MINUTES ? DELAY_MAX_MINUTES : minutes;
    rewrite->next_try_ms =
        clock_unix_ms() + (minutes > 0 ? minutes * MS_PER_MINUTE : RETRY_PERIOD_MS);
    if (keeper->state == KEEPER_STARTING) {
        rewrite->next_try_ms = clock_unix_ms() + RETRY_PERIOD_MS;
    }
    if (rewrite->snapshot != NULL) {
        snapshot_abort(rewrite->snapshot);
    }
    if (rewrite->base_fd >= 0) {
        aof_directory_drop_base(&keeper->directory);
    }
    release_base(keeper);
    drop_increment(rewrite);
    end_rewrite(keeper);
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
    release_base(keeper);
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
    bool switches = keeper->state == KEEPER_ON;
    if (switches && (aof_writer_is_switching(keeper->writer) ||
                     aof_writer_failure(keeper->writer).error != 0)) {
        return; /* Not now: the writer is between two files, or the disk fails. */
    }
    if (!snapshot_may_begin(keeper->server->keyspace)) {
        ASSERT(keeper->state != KEEPER_STARTING); /* Its log begins at the cut, which is now. */
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
    }
    rewrite->increment.fd = -1;
    rewrite->phase = REWRITE_WALKING;
}

static void create_base(struct aof_keeper *keeper) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    rewrite->base_fd = aof_directory_create_base(&keeper->directory);
    if (rewrite->base_fd < 0) {
        fail_rewrite(keeper, "cannot make the base", rewrite->base_fd);
        return;
    }
    rewrite->phase = REWRITE_PREPARED;
    begin_walk(keeper);
}

void aof_rewrite_start(struct aof_keeper *keeper, bool is_first) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    ASSERT(rewrite->phase == REWRITE_IDLE);
    rewrite->start_ms = clock_unix_ms();
    rewrite->is_scheduled = false;
    log_line(LOG_LEVEL_NOTICE, "Background append only file rewriting started");
    if (keeper->state == KEEPER_OFF) {
        const struct settings *settings = keeper->server->settings;
        sds problem = aof_directory_open(&keeper->directory, settings->appenddirname,
                                         settings->appendfilename);
        if (problem != NULL) {
            log_line(LOG_LEVEL_WARNING, "%s", problem);
            sds_free(problem);
            fail_rewrite(keeper, "cannot open the directory", -EIO);
            return;
        }
    }
    if (is_first || keeper->state == KEEPER_OFF) {
        create_base(keeper);
        return;
    }
    rewrite->phase = REWRITE_PREPARING;
    aof_keeper_apply_settings(keeper);
    background_start(&keeper->task, keeper->task_worker, prepare, keeper, aof_keeper_wake(keeper));
}

static void end_preparing(struct aof_keeper *keeper) {
    int error = 0;
    if (!background_take(&keeper->task, &error)) {
        return;
    }
    if (error != 0) {
        fail_rewrite(keeper, "cannot make an increment", error);
        return;
    }
    create_base(keeper);
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

static bool give_up_slice(struct aof_keeper *keeper) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    if (snapshot_run(rewrite->snapshot, WALK_BUDGET_US) != SNAPSHOT_DONE) {
        return true;
    }
    snapshot_destroy(rewrite->snapshot);
    rewrite->snapshot = NULL;
    rewrite->phase = REWRITE_IDLE;
    return false;
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

/* A log that could not be begun is begun anew. */
static void rewrite_restart(struct aof_keeper *keeper, int64_t now_ms) {
    keeper->rewrite.next_try_ms = now_ms + RETRY_PERIOD_MS;
    aof_keeper_restart(keeper);
}

static void look_for_reason(struct aof_keeper *keeper, int64_t now_ms) {
    if (background_is_busy(&keeper->task) || now_ms < keeper->rewrite.next_try_ms ||
        keeper->server->is_loading || !snapshot_may_begin(keeper->server->keyspace)) {
        return;
    }
    bool is_wanted = keeper->server->settings->appendonly;
    if (keeper->state == KEEPER_STARTING || (keeper->state == KEEPER_OFF && is_wanted)) {
        rewrite_restart(keeper, now_ms);
    } else if (keeper->rewrite.is_scheduled) {
        aof_rewrite_start(keeper, false);
    } else if (has_grown(keeper)) {
        log_line(LOG_LEVEL_NOTICE, "Starting automatic rewriting of AOF on growth");
        aof_rewrite_start(keeper, false);
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

void aof_rewrite_abort(struct aof_keeper *keeper) {
    struct aof_rewrite *rewrite = &keeper->rewrite;
    worker_drain(keeper->task_worker);
    int ignored = 0;
    (void)background_take(&keeper->task, &ignored); /* What it made is history's, or stays. */
    if (rewrite->phase == REWRITE_IDLE || rewrite->phase == REWRITE_GIVING_UP) {
        return;
    }
    if (rewrite->base != NULL) {
        base_writer_give_up(rewrite->base);
    }
    drop_increment(rewrite);
    if (rewrite->snapshot != NULL) {
        snapshot_abort(rewrite->snapshot);
    }
    if (rewrite->base_fd >= 0) {
        aof_directory_drop_base(&keeper->directory);
    }
    release_base(keeper);
    end_rewrite(keeper);
}

void aof_rewrite_release(struct aof_keeper *keeper) {
    snapshot_destroy(keeper->rewrite.snapshot);
    keeper->rewrite.snapshot = NULL;
}
