/*
 * A save: the snapshot begins, and the walk goes on in slices between turns; the worker opens a
 * file under a temporary name, writes and syncs it; at its end it gives the file its name. What is
 * called off is closed and deleted by the worker, too: it may be large. SAVE does the same without
 * turns in between.
 */
#include "storage/rdb_keeper.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "keyspace/keyspace.h"
#include "keyspace/snapshot.h"
#include "net/event_loop.h"
#include "persist/file_io.h"
#include "persist/rdb_codec.h"
#include "persist/rdb_writer.h"
#include "server/durability.h"
#include "server/info.h"
#include "server/locks.h"
#include "server/server.h"
#include "server/settings.h"
#include "storage/rdb_keeper_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    WALK_BUDGET_US = 100,   /* the walk is done long before a forked child would be */
    LONG_BUDGET_US = 20000, /* when nobody is served meanwhile */
    RETRY_PERIOD_MS = 5000,
    LOOK_PERIOD_MS = 100,
    FILE_MODE = 0644,
};

/* ---- What the thread does ---- */

static int open_file(void *context) {
    struct rdb_keeper *keeper = context;
    keeper->fd = openat(keeper->directory_fd, keeper->temp_name,
                        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    return keeper->fd < 0 ? -errno : 0;
}

/* Closes everything, and removes a file that has not got its name. */
static int drop_files(void *context) {
    struct rdb_keeper *keeper = context;
    if (keeper->fd >= 0) {
        /* If it cannot be removed, the next save writes over it. */
        (void)unlinkat(keeper->directory_fd, keeper->temp_name, 0);
        (void)close(keeper->fd); /* It is dropped. */
        keeper->fd = -1;
    }
    (void)close(keeper->directory_fd); /* It was only read. */
    keeper->directory_fd = -1;
    return 0;
}

static int install(void *context) {
    struct rdb_keeper *keeper = context;
    if (renameat(keeper->directory_fd, keeper->temp_name, keeper->directory_fd, keeper->name) < 0) {
        return -errno;
    }
    return file_sync_directory(keeper->directory_fd);
}

static void wake_loop(void *context) {
    event_loop_wake(context);
}

static struct background_wake wake(const struct rdb_keeper *keeper) {
    return (struct background_wake){wake_loop, keeper->server->loop};
}

/* ---- Ends ---- */

/*
 * Only saves in the background are told of by INFO, and only they make writes be refused, as
 * elsewhere: whoever waits for a save sees its reply.
 */
static void end_save(struct rdb_keeper *keeper, bool failed) {
    struct saving *saving = keeper->server->saving;
    saving->is_running = false;
    keeper->has_failed = failed;
    saving->last_failed = failed && (keeper->is_in_background || saving->last_failed);
    if (keeper->is_in_background) {
        saving->last_seconds = (clock_unix_ms() - saving->start_ms) / CLOCK_MS_PER_SECOND;
    }
    server_update_gates(keeper->server);
}

/* What was written is dropped, in slices as threads let go of it. */
static void give_up(struct rdb_keeper *keeper) {
    keeper->phase = SAVE_GIVING_UP;
    if (keeper->snapshot != NULL) {
        snapshot_abort(keeper->snapshot);
    }
}

static void fail_save(struct rdb_keeper *keeper, const char *what, int error) {
    log_line(LOG_LEVEL_WARNING, "Saving the dataset failed: %s: %s", what, strerror(-error));
    if (keeper->is_in_background) {
        log_line(LOG_LEVEL_WARNING, "Background saving error");
    }
    keeper->next_try_ms = clock_unix_ms() + RETRY_PERIOD_MS;
    give_up(keeper);
    end_save(keeper, true);
}

static void finish_save(struct rdb_keeper *keeper) {
    struct server *server = keeper->server;
    rdb_writer_destroy(keeper->writer);
    keeper->writer = NULL;
    file_close_later(keeper->fd, keeper->worker);
    file_close_later(keeper->directory_fd, keeper->worker);
    keeper->fd = -1;
    keeper->directory_fd = -1;
    keeper->phase = SAVE_IDLE;
    end_save(keeper, false);
    server->statistics.dirty_count -= keeper->dirty_before;
    server->saving->last_save_ms = clock_unix_ms();
    server->saving->count++;
    log_line(LOG_LEVEL_NOTICE, "DB saved on disk");
    if (keeper->is_in_background) {
        log_line(LOG_LEVEL_NOTICE, "Background saving terminated with success");
    }
}

/* ---- Steps ---- */

/* True when some hash has fields with a deadline. */
static bool has_field_deadlines(const struct server *server) {
    size_t count = 0;
    for (size_t i = 0; i < keyspace_database_count(server->keyspace); i++) {
        count += database_timed_hash_count(keyspace_database(server->keyspace, i));
    }
    return count > 0;
}

struct rdb_writer_options rdb_keeper_writer_options(const struct server *server) {
    const struct settings *settings = server->settings;
    enum { LRU_VOLATILE = 0, LFU_VOLATILE = 1, LRU_ALL = 4, LFU_ALL = 5 };
    int64_t policy = settings->maxmemory_policy;
    return (struct rdb_writer_options){
        .compresses = settings->rdbcompression,
        .checksums = settings->rdbchecksum,
        .syncs_on_the_way = settings->rdb_save_incremental_fsync,
        .has_field_deadlines = has_field_deadlines(server),
        .by_idle_time = policy == LRU_VOLATILE || policy == LRU_ALL,
        .by_frequency = policy == LFU_VOLATILE || policy == LFU_ALL,
        .lock_token = locks_last_token(server->locks),
        .version = LATCHKEY_REDIS_VERSION,
    };
}

static void add_library(void *context, struct bytes source) {
    rdb_writer_add_library(context, source);
}

/* Begins the snapshot. Another one, or what is left of the last save, may hold it up. */
static enum save_start begin(struct rdb_keeper *keeper, bool is_in_background) {
    struct server *server = keeper->server;
    struct saving *saving = server->saving;
    if (keeper->phase != SAVE_IDLE || !snapshot_may_begin(server->keyspace)) {
        return SAVE_BLOCKED;
    }
    keeper->is_in_background = is_in_background;
    saving->is_scheduled = false;
    saving->start_ms = clock_unix_ms();
    (void)snprintf(keeper->temp_name, sizeof keeper->temp_name, "temp-%d.rdb", (int)getpid());
    sds_free(keeper->name);
    keeper->name = sds_new(bytes_of_text(server->settings->dbfilename));
    /* The working directory is in memory: this does not wait. */
    keeper->directory_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (keeper->directory_fd < 0) {
        fail_save(keeper, "cannot open the directory", -errno);
        return SAVE_FAILED;
    }
    background_start(&keeper->task, keeper->worker, open_file, keeper, wake(keeper));
    struct rdb_writer_options options = rdb_keeper_writer_options(server);
    keeper->writer = rdb_writer_create(-1, &options, keeper->worker, wake(keeper));
    server->libraries.visit(server->libraries.context, add_library, keeper->writer);
    struct snapshot_sink sink = rdb_writer_sink(keeper->writer);
    keeper->snapshot =
        snapshot_begin(server->keyspace, &sink, (size_t)server->settings->snapshot_slice_elements);
    snapshot_set_delay(keeper->snapshot, server->settings->rdb_key_save_delay_us);
    rdb_writer_set_snapshot(keeper->writer, keeper->snapshot);
    keeper->dirty_before = server->statistics.dirty_count;
    keeper->phase = SAVE_WALKING;
    saving->is_running = true;
    saving->done_keys = 0;
    saving->total_keys = snapshot_total_counts(keeper->snapshot).key_count;
    return SAVE_STARTED;
}

/* Walks on and writes on. True when it wants to run again at once. */
static bool walk(struct rdb_keeper *keeper, int64_t budget_us) {
    int error = 0;
    if (background_take(&keeper->task, &error)) {
        if (error != 0) {
            fail_save(keeper, "cannot open the temporary file", error);
            return true;
        }
        rdb_writer_set_file(keeper->writer, keeper->fd);
    }
    error = rdb_writer_poll(keeper->writer);
    if (error != 0) {
        fail_save(keeper, "cannot write the file", error);
        return true;
    }
    if (keeper->snapshot != NULL) {
        snapshot_make_way(keeper->snapshot, budget_us == LONG_BUDGET_US
                                                ? SNAPSHOT_ALONE
                                                : server_company(keeper->server));
        enum snapshot_status status = snapshot_run(keeper->snapshot, budget_us);
        keeper->server->saving->done_keys = snapshot_done_count(keeper->snapshot);
        if (status != SNAPSHOT_DONE) {
            return status == SNAPSHOT_RUNNING;
        }
        rdb_writer_finish(keeper->writer);
        snapshot_destroy(keeper->snapshot);
        keeper->snapshot = NULL;
    }
    if (!rdb_writer_is_busy(keeper->writer)) {
        keeper->phase = SAVE_INSTALLING;
        background_start(&keeper->task, keeper->worker, install, keeper, wake(keeper));
    }
    return false;
}

static void end_installing(struct rdb_keeper *keeper) {
    int error = 0;
    if (!background_take(&keeper->task, &error)) {
        return;
    }
    if (error != 0) {
        fail_save(keeper, "cannot give the file its name", error);
    } else {
        finish_save(keeper);
    }
}

/* True while files are open, or the thread has them. */
static bool has_files(const struct rdb_keeper *keeper) {
    return background_is_busy(&keeper->task) || keeper->writer != NULL || keeper->directory_fd >= 0;
}

static bool give_up_slice(struct rdb_keeper *keeper, int64_t budget_us) {
    int ignored = 0;
    (void)background_take(&keeper->task, &ignored); /* What it opened is dropped below. */
    if (keeper->writer != NULL) {
        rdb_writer_give_up(keeper->writer);
    }
    if (keeper->writer != NULL && !rdb_writer_is_busy(keeper->writer)) {
        rdb_writer_destroy(keeper->writer);
        keeper->writer = NULL;
    }
    if (keeper->writer == NULL && !background_is_busy(&keeper->task) && has_files(keeper)) {
        background_start(&keeper->task, keeper->worker, drop_files, keeper, wake(keeper));
    }
    if (keeper->snapshot != NULL && snapshot_run(keeper->snapshot, budget_us) == SNAPSHOT_DONE) {
        snapshot_destroy(keeper->snapshot);
        keeper->snapshot = NULL;
    }
    if (keeper->snapshot == NULL && !has_files(keeper)) {
        keeper->phase = SAVE_IDLE;
    }
    return keeper->snapshot != NULL;
}

/* True when there is more to do at once. */
static bool step(struct rdb_keeper *keeper, int64_t budget_us) {
    switch (keeper->phase) {
    case SAVE_IDLE:
        return false;
    case SAVE_WALKING:
        return walk(keeper, budget_us);
    case SAVE_INSTALLING:
        end_installing(keeper);
        return false;
    case SAVE_GIVING_UP:
        return give_up_slice(keeper, budget_us);
    }
    UNREACHABLE();
}

/* ---- When to begin ---- */

static void look_for_reason(struct rdb_keeper *keeper, int64_t now_ms) {
    struct server *server = keeper->server;
    int64_t seconds = 0;
    int64_t changes = 0;
    if (server->saving->is_scheduled) {
        (void)begin(keeper, true); /* While another snapshot runs it stays scheduled. */
        return;
    }
    if (now_ms >= keeper->next_try_ms && saving_point_reached(server, now_ms, &seconds, &changes) &&
        snapshot_may_begin(server->keyspace)) {
        log_line(LOG_LEVEL_NOTICE, "%lld changes in %lld seconds. Saving...", (long long)changes,
                 (long long)seconds);
        (void)begin(keeper, true); /* It has logged a failure. */
    }
}

/* An empty start needs no library: it answers first, and then one that is missing is found out. */
static void load_codec(struct rdb_keeper *keeper, int64_t now_ms) {
    if (keeper->codec_due_ms != 0 && now_ms >= keeper->codec_due_ms) {
        keeper->codec_due_ms = 0;
        rdb_codec_load();
    }
}

static int64_t run(void *context, int64_t now_ms) {
    struct rdb_keeper *keeper = context;
    load_codec(keeper, now_ms);
    if (keeper->loader != NULL) {
        rdb_load_step(keeper);
        return keeper->loader == NULL ? 1 : 0;
    }
    if (keeper->server->is_loading) {
        return LOOK_PERIOD_MS;
    }
    if (keeper->phase == SAVE_IDLE) {
        look_for_reason(keeper, now_ms);
    }
    bool goes_on = step(keeper, WALK_BUDGET_US);
    return goes_on ? snapshot_rest_ms(keeper->snapshot) : LOOK_PERIOD_MS;
}

/* ---- What clients ask for ---- */

/* Lets a snapshot that runs for somebody else, or that was called off, come to its end. */
static void wait_for_others(struct rdb_keeper *keeper) {
    const struct log_keeper *log = durability_keeper(keeper->server->durability);
    while (keeper->phase != SAVE_IDLE || !snapshot_may_begin(keeper->server->keyspace)) {
        if (keeper->phase == SAVE_IDLE) {
            (void)log->run(log->context, clock_unix_ms());
            (void)sched_yield(); /* Its thread writes. */
        } else if (!step(keeper, LONG_BUDGET_US)) {
            worker_drain(keeper->worker);
        }
    }
}

static bool save(void *context) {
    struct rdb_keeper *keeper = context;
    wait_for_others(keeper);
    if (begin(keeper, false) != SAVE_STARTED) {
        return false;
    }
    while (keeper->phase == SAVE_WALKING || keeper->phase == SAVE_INSTALLING) {
        if (!step(keeper, LONG_BUDGET_US)) {
            worker_drain(keeper->worker);
        }
    }
    return !keeper->has_failed;
}

static enum save_start start(void *context, bool may_be_scheduled) {
    struct rdb_keeper *keeper = context;
    struct saving *saving = keeper->server->saving;
    if (saving->is_running) {
        return SAVE_RUNS_ALREADY;
    }
    enum save_start result = begin(keeper, true);
    if (result == SAVE_STARTED) {
        log_line(LOG_LEVEL_NOTICE, "Background saving started");
    }
    if (result != SAVE_BLOCKED) {
        return result;
    }
    if (may_be_scheduled || keeper->phase == SAVE_GIVING_UP) {
        saving->is_scheduled = true;
        return SAVE_SCHEDULED;
    }
    return SAVE_BLOCKED;
}

/* One whose file gets its name just now is over already, and comes to its end. */
static bool cancel(void *context) {
    struct rdb_keeper *keeper = context;
    struct saving *saving = keeper->server->saving;
    bool is_there = saving->is_running || saving->is_scheduled;
    saving->is_scheduled = false;
    if (keeper->phase == SAVE_WALKING) {
        give_up(keeper);
        end_save(keeper, saving->last_failed);
        log_line(LOG_LEVEL_NOTICE, "Background saving was cancelled");
    }
    return is_there;
}

static enum reload_result reload(void *context, struct reload_options options) {
    struct rdb_keeper *keeper = context;
    (void)cancel(keeper); /* What it would write is written, or of no use, in a moment. */
    if (!options.saves_not && !save(keeper)) {
        return RELOAD_NOT_SAVED;
    }
    return rdb_load_now(keeper, options) ? RELOAD_DONE : RELOAD_NOT_LOADED;
}

static sds describe_progress(void *context, sds text) {
    return rdb_load_describe(context, text);
}

/* ---- Life ---- */

struct rdb_keeper *rdb_keeper_create(struct server *server, struct rdb_keeper_events events) {
    struct rdb_keeper *keeper = alloc_zeroed(sizeof *keeper);
    keeper->server = server;
    keeper->events = events;
    keeper->directory_fd = -1;
    keeper->fd = -1;
    keeper->load_fd = -1;
    keeper->codec_due_ms = clock_unix_ms() + LOOK_PERIOD_MS;
    keeper->worker = worker_create("rdb-files");
    server->saving->saver = (struct saver){
        .context = keeper,
        .save = save,
        .start = start,
        .cancel = cancel,
        .reload = reload,
        .run = run,
        .describe_progress = describe_progress,
    };
    return keeper;
}

void rdb_keeper_stop(struct rdb_keeper *keeper) {
    (void)cancel(keeper);
    while (has_files(keeper)) {
        worker_drain(keeper->worker);
        (void)step(keeper, WALK_BUDGET_US);
    }
}

void rdb_keeper_destroy(struct rdb_keeper *keeper) {
    if (keeper == NULL) {
        return;
    }
    rdb_keeper_stop(keeper);
    snapshot_destroy(keeper->snapshot);
    keeper->server->saving->saver = (struct saver){0};
    worker_destroy(keeper->worker);
    rdb_load_release(keeper);
    sds_free(keeper->name);
    alloc_free(keeper);
}
