/*
 * Loading is work in slices between turns, so that INFO, PING's LOADING and a stop are answered
 * meanwhile. Time is the log's: nothing expires until it is over.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "keyspace/keyspace.h"
#include "keyspace/snapshot.h"
#include "persist/file_io.h"
#include "persist/rdb_loader.h"
#include "server/durability.h"
#include "server/locks.h"
#include "server/replay.h"
#include "server/server.h"
#include "server/settings.h"
#include "storage/aof_keeper_internal.h"
#include "storage/base_writer.h"
#include "storage/loading.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SLICE_US = 5000, /* no client is served but with LOADING: longer than other slices */
    TELL_PERIOD_MS = 1000,
    PERCENT = 100,
};

/* ---- The executor ---- */

static size_t run_commands(void *context, const struct aof_command *commands, size_t count,
                           const struct bytes *args, sds *error) {
    struct aof_keeper *keeper = context;
    struct replay_command batch[REPLAY_BATCH_MAX];
    size_t done = 0;
    while (done < count) {
        size_t now = count - done < REPLAY_BATCH_MAX ? count - done : REPLAY_BATCH_MAX;
        for (size_t i = 0; i < now; i++) {
            const struct aof_command *command = &commands[done + i];
            batch[i] = (struct replay_command){args + command->first_arg, command->argc};
        }
        size_t run = replay_run(keeper->replay, batch, now, error);
        done += run;
        if (run < now) {
            break;
        }
    }
    return done;
}

static bool is_in_transaction(void *context) {
    struct aof_keeper *keeper = context;
    return replay_is_in_transaction(keeper->replay);
}

static void drop_transaction(void *context) {
    struct aof_keeper *keeper = context;
    replay_drop_transaction(keeper->replay);
}

static void begin_file(void *context) {
    struct aof_keeper *keeper = context;
    replay_begin_file(keeper->replay);
}

/* ---- RDB parts ---- */

static sds take_library(void *context, struct bytes source) {
    const struct aof_keeper *keeper = context;
    const struct library_holder *libraries = &keeper->server->libraries;
    return libraries->load(libraries->context, source, false);
}

static int begin_rdb(void *context, int fd) {
    struct aof_keeper *keeper = context;
    struct stat info;
    if (fstat(fd, &info) < 0) {
        return -errno;
    }
    struct rdb_load_options options = {
        .skips_checksum = !keeper->server->settings->rdbchecksum,
        .keeps_due = true,
        .libraries = {keeper, take_library},
        .skipped = {keeper, loading_tell_skipped},
    };
    keeper->rdb_loader =
        rdb_loader_create(keeper->server->keyspace, fd, (uint64_t)info.st_size, options);
    return 0;
}

static int step_rdb(void *context, int64_t budget_us, uint64_t *consumed, sds *error) {
    struct aof_keeper *keeper = context;
    enum rdb_load_status status = rdb_loader_step(keeper->rdb_loader, budget_us);
    *consumed = rdb_loader_progress(keeper->rdb_loader).loaded_bytes;
    if (status == RDB_LOAD_RUNNING) {
        return AOF_RDB_RUNNING;
    }
    locks_see_token(keeper->server->locks, rdb_loader_progress(keeper->rdb_loader).lock_token);
    if (status == RDB_LOAD_FAILED) {
        *error = sds_new(bytes_of_text(rdb_loader_message(keeper->rdb_loader)));
    }
    rdb_loader_destroy(keeper->rdb_loader);
    keeper->rdb_loader = NULL;
    return status == RDB_LOAD_DONE ? AOF_RDB_DONE : AOF_RDB_FAILED;
}

/* ---- Beginning and end ---- */

void aof_load_begin(struct aof_keeper *keeper) {
    struct server *server = keeper->server;
    keeper->state = KEEPER_LOADING;
    keeper->load_start_ms = clock_unix_ms();
    keeper->replay = replay_create(server);
    keeper->loader = aof_loader_create(
        &keeper->directory,
        (struct aof_load_options){
            .cuts_truncated = server->settings->aof_load_truncated,
            .corrupt_tail_max = (uint64_t)server->settings->aof_load_corrupt_tail_max_size_bytes,
        },
        (struct aof_executor){
            .context = keeper,
            .run = run_commands,
            .is_in_transaction = is_in_transaction,
            .drop_transaction = drop_transaction,
            .begin_file = begin_file,
            .rdb_begin = begin_rdb,
            .rdb_step = step_rdb,
        });
    loading_begin(server, aof_loader_progress(keeper->loader).total_bytes);
}

void aof_load_release(struct aof_keeper *keeper) {
    rdb_loader_destroy(keeper->rdb_loader);
    keeper->rdb_loader = NULL;
    replay_destroy(keeper->replay);
    keeper->replay = NULL;
    keeper->loader = NULL;
}

static uint64_t directory_size(const struct aof_keeper *keeper) {
    uint64_t total = 0;
    const struct manifest *manifest = &keeper->directory.manifest;
    for (size_t i = 0; i < manifest->count; i++) {
        int64_t size = aof_directory_file_size(&keeper->directory, manifest->entries[i].name);
        total += size > 0 && manifest->entries[i].kind != MANIFEST_HISTORY ? (uint64_t)size : 0;
    }
    return total;
}

/* Makes what a new log lacks: a base of the empty data set. Waits. Returns 0 or -errno. */
static int make_base(struct aof_keeper *keeper) {
    int fd = aof_directory_create_base(&keeper->directory);
    if (fd < 0) {
        return fd;
    }
    struct keyspace *keyspace = keeper->server->keyspace;
    struct base_writer *writer = base_writer_create(keeper->server, fd, keeper->task_worker,
                                                    (struct background_wake){NULL, NULL});
    struct snapshot_sink sink = base_writer_sink(writer);
    struct snapshot *snapshot = snapshot_begin(keyspace, &sink, SIZE_MAX);
    base_writer_set_snapshot(writer, snapshot);
    int error = 0;
    while (error == 0 && snapshot_run(snapshot, SLICE_US) != SNAPSHOT_DONE) {
        error = base_writer_poll(writer);
    }
    base_writer_finish(writer);
    snapshot_destroy(snapshot);
    while (error == 0 && base_writer_is_busy(writer)) {
        worker_drain(keeper->task_worker);
        error = base_writer_poll(writer);
    }
    bool is_rdb = base_writer_is_rdb(writer);
    base_writer_destroy(writer);
    (void)close(fd); /* It was synced. */
    return error != 0 ? error : aof_directory_install_base(&keeper->directory, is_rdb, AOF_ENDS);
}

/* Opens the file that the log goes on in. Returns 0 or -errno. */
static int open_target(struct aof_keeper *keeper, struct aof_target *target) {
    /* What cannot be deleted is in nobody's way: the next base tries again. */
    (void)(aof_directory_delete_history(&keeper->directory) == 0);
    if (aof_loader_take_target(keeper->loader, target)) {
        /* What was read, and the names, may not have been synced before the last end. */
        int error = file_sync(target->fd);
        return error != 0 ? error : file_sync_directory(keeper->directory.fd);
    }
    if (keeper->directory.manifest.count == 0) {
        int error = make_base(keeper);
        if (error != 0) {
            return error;
        }
    }
    uint64_t chain;
    bool continues = aof_loader_chain(keeper->loader, &chain);
    int error = aof_directory_add_increment(&keeper->directory, true, target);
    if (error == 0 && continues) {
        target->chain = chain;
    }
    return error;
}

/*
 * The log is loaded: goes on with it. False when it cannot be written: then the server stops. Waits
 * for the disk, which whoever is to be served by now waits for anyway.
 */
static bool finish(struct aof_keeper *keeper) {
    struct server *server = keeper->server;
    if (aof_loader_message(keeper->loader) != NULL) {
        log_line(LOG_LEVEL_WARNING, "%s", aof_loader_message(keeper->loader));
    }
    struct aof_target target;
    int error = open_target(keeper, &target);
    if (error != 0) {
        log_line(LOG_LEVEL_WARNING, "Cannot open the AOF for writing: %s", strerror(-error));
        keeper->state = KEEPER_OFF;
        server_stop(server, 1);
        return false;
    }
    int64_t took_ms = clock_unix_ms() - keeper->load_start_ms;
    log_line(LOG_LEVEL_NOTICE, "DB loaded from append only file: %lld.%03lld seconds",
             (long long)(took_ms / CLOCK_MS_PER_SECOND),
             (long long)(took_ms % CLOCK_MS_PER_SECOND));
    aof_loader_destroy(keeper->loader);
    aof_load_release(keeper);
    loading_end(server);
    keeper->base_size = directory_size(keeper);
    keeper->complete_size = keeper->base_size - target.size;
    keeper->state = KEEPER_ON;
    aof_keeper_serve(keeper, &target);
    /* CONFIG SET may have asked for something else meanwhile. */
    durability_keeper(server->durability)->configure(keeper);
    return true;
}

static void tell_progress(struct aof_keeper *keeper) {
    int64_t now_ms = clock_unix_ms();
    if (keeper->events.loading == NULL || now_ms - keeper->load_told_ms < TELL_PERIOD_MS) {
        return;
    }
    keeper->load_told_ms = now_ms;
    struct aof_load_progress progress = aof_loader_progress(keeper->loader);
    double total = progress.total_bytes == 0 ? 1 : (double)progress.total_bytes;
    keeper->events.loading(keeper->events.context, (double)progress.loaded_bytes / total * PERCENT);
}

static void fail(struct aof_keeper *keeper) {
    log_line(LOG_LEVEL_WARNING, "%s. Nothing was changed.%s", aof_loader_message(keeper->loader),
             aof_loader_has_loose_end(keeper->loader)
                 ? " latchkey-check-aof --fix cuts the log there; aof-load-corrupt-tail-max-size "
                   "lets the server do it up to a size."
                 : "");
    keeper->state = KEEPER_OFF;
    server_stop(keeper->server, 1);
}

/* Keys and commands loaded so far. */
static int64_t loaded_count(const struct aof_keeper *keeper) {
    int64_t count = aof_loader_progress(keeper->loader).command_count;
    return keeper->rdb_loader == NULL ? count
                                      : count + rdb_loader_progress(keeper->rdb_loader).loaded_keys;
}

void aof_load_step(struct aof_keeper *keeper) {
    tell_progress(keeper);
    if (loading_is_ahead(keeper->server, keeper->load_start_ms, loaded_count(keeper))) {
        return;
    }
    bool is_delayed = keeper->server->settings->key_load_delay_us > 0;
    switch (aof_loader_step(keeper->loader, is_delayed ? 1 : SLICE_US)) {
    case AOF_LOAD_RUNNING:
        return;
    case AOF_LOAD_DONE:
        if (finish(keeper) && keeper->events.ready != NULL) {
            keeper->events.ready(keeper->events.context);
        }
        return;
    case AOF_LOAD_FAILED:
        fail(keeper);
        return;
    }
}

bool aof_load_now(struct aof_keeper *keeper) {
    loading_drop_dataset(keeper->server);
    aof_load_begin(keeper);
    enum aof_load_status status;
    do {
        status = aof_loader_step(keeper->loader, SLICE_US);
    } while (status == AOF_LOAD_RUNNING);
    if (status == AOF_LOAD_FAILED) {
        fail(keeper);
        return false;
    }
    return finish(keeper);
}
