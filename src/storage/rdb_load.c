/*
 * Loading the dump file is work in slices between turns, so that INFO, PING's LOADING and a stop
 * are answered meanwhile. DEBUG RELOAD does the same without turns in between.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "keyspace/keyspace.h"
#include "persist/rdb_loader.h"
#include "server/locks.h"
#include "server/server.h"
#include "server/settings.h"
#include "storage/loading.h"
#include "storage/rdb_keeper_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SLICE_US = 5000, /* no client is served but with LOADING: longer than other slices */
    LONG_SLICE_US = 100000,
    TELL_PERIOD_MS = 1000,
};

static struct loading_figures figures(const struct rdb_keeper *keeper) {
    struct rdb_load_progress progress = rdb_loader_progress(keeper->loader);
    return (struct loading_figures){
        .start_ms = keeper->load_start_ms,
        .total_bytes = progress.total_bytes,
        .loaded_bytes = progress.loaded_bytes,
        .noted_memory = progress.noted_memory,
    };
}

static sds take_library(void *context, struct bytes source) {
    const struct rdb_keeper *keeper = context;
    const struct library_holder *libraries = &keeper->server->libraries;
    return libraries->load(libraries->context, source, keeper->load_replaces);
}

/* Opens the file. Returns 0 or -errno. */
static int open_file(struct rdb_keeper *keeper, bool replaces) {
    const struct settings *settings = keeper->server->settings;
    keeper->load_fd = open(settings->dbfilename, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (keeper->load_fd < 0) {
        return -errno;
    }
    if (fstat(keeper->load_fd, &status) < 0) {
        int error = -errno;
        (void)close(keeper->load_fd); /* It was not even read. */
        keeper->load_fd = -1;
        return error;
    }
    /* The kernel reads ahead in larger steps then. */
    (void)posix_fadvise(keeper->load_fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    keeper->load_start_ms = clock_unix_ms();
    keeper->load_replaces = replaces;
    struct rdb_load_options options = {
        .skips_checksum = !settings->rdbchecksum,
        .replaces = replaces,
        .libraries = {keeper, take_library},
        .skipped = {keeper, loading_tell_skipped},
    };
    keeper->loader = rdb_loader_create(keeper->server->keyspace, keeper->load_fd,
                                       (uint64_t)status.st_size, options);
    return 0;
}

void rdb_load_release(struct rdb_keeper *keeper) {
    rdb_loader_destroy(keeper->loader);
    keeper->loader = NULL;
    if (keeper->load_fd >= 0) {
        (void)close(keeper->load_fd); /* It was only read. */
        keeper->load_fd = -1;
    }
}

/* Notes and logs how it went. */
static void finish(struct rdb_keeper *keeper, bool is_good) {
    struct saving *saving = keeper->server->saving;
    struct rdb_load_progress progress = rdb_loader_progress(keeper->loader);
    saving->loaded_keys = progress.loaded_keys;
    saving->expired_keys = progress.expired_keys;
    locks_see_token(keeper->server->locks, progress.lock_token);
    if (is_good) {
        int64_t took_ms = clock_unix_ms() - keeper->load_start_ms;
        sds text =
            sds_append_format(sds_new(BYTES("")), "keys loaded: %lld, keys expired: %lld",
                              (long long)progress.loaded_keys, (long long)progress.expired_keys);
        if (progress.empty_keys > 0) {
            text = sds_append_format(text, ", empty keys skipped: %lld",
                                     (long long)progress.empty_keys);
        }
        log_line(LOG_LEVEL_NOTICE, "Done loading RDB, %s.", text);
        sds_free(text);
        log_line(LOG_LEVEL_NOTICE, "DB loaded from disk: %lld.%03lld seconds",
                 (long long)(took_ms / CLOCK_MS_PER_SECOND),
                 (long long)(took_ms % CLOCK_MS_PER_SECOND));
    } else {
        log_line(LOG_LEVEL_WARNING,
                 "Cannot load %s: %s. The file was not changed; latchkey-check-rdb looks at it.",
                 keeper->server->settings->dbfilename, rdb_loader_message(keeper->loader));
    }
    rdb_load_release(keeper);
}

bool rdb_keeper_start(struct rdb_keeper *keeper) {
    int error = open_file(keeper, false);
    if (error != 0 && error != -ENOENT) {
        log_line(LOG_LEVEL_WARNING, "Cannot open the dump file %s: %s",
                 keeper->server->settings->dbfilename, strerror(-error));
        return false;
    }
    if (error == 0) {
        loading_begin(keeper->server, rdb_loader_progress(keeper->loader).total_bytes);
    } else if (keeper->events.ready != NULL) {
        keeper->events.ready(keeper->events.context);
    }
    return true;
}

static void tell_progress(struct rdb_keeper *keeper) {
    int64_t now_ms = clock_unix_ms();
    if (keeper->events.loading != NULL && now_ms - keeper->load_told_ms >= TELL_PERIOD_MS) {
        struct loading_figures now = figures(keeper);
        keeper->load_told_ms = now_ms;
        keeper->events.loading(keeper->events.context, loading_percent(&now));
    }
}

void rdb_load_step(struct rdb_keeper *keeper) {
    tell_progress(keeper);
    int64_t key_count = rdb_loader_progress(keeper->loader).loaded_keys;
    if (loading_is_ahead(keeper->server, keeper->load_start_ms, key_count)) {
        return;
    }
    bool is_delayed = keeper->server->settings->key_load_delay_us > 0;
    enum rdb_load_status status = rdb_loader_step(keeper->loader, is_delayed ? 1 : SLICE_US);
    if (status == RDB_LOAD_RUNNING) {
        return;
    }
    finish(keeper, status == RDB_LOAD_DONE);
    if (status == RDB_LOAD_FAILED) {
        server_stop(keeper->server, 1);
        return;
    }
    loading_end(keeper->server);
    if (keeper->events.ready != NULL) {
        keeper->events.ready(keeper->events.context);
    }
}

bool rdb_load_now(struct rdb_keeper *keeper, struct reload_options options) {
    struct server *server = keeper->server;
    int error = open_file(keeper, options.merges);
    if (error != 0) {
        log_line(LOG_LEVEL_WARNING, "Cannot open the dump file %s: %s",
                 server->settings->dbfilename, strerror(-error));
        return false;
    }
    int64_t dirty_count = server->statistics.dirty_count;
    if (!options.flushes_not) {
        loading_drop_dataset(server);
    }
    loading_begin(server, rdb_loader_progress(keeper->loader).total_bytes);
    enum rdb_load_status status;
    do {
        status = rdb_loader_step(keeper->loader, LONG_SLICE_US);
    } while (status == RDB_LOAD_RUNNING);
    finish(keeper, status == RDB_LOAD_DONE);
    loading_end(server);
    server->statistics.dirty_count = options.saves_not ? dirty_count : 0;
    return status == RDB_LOAD_DONE;
}

sds rdb_load_describe(struct rdb_keeper *keeper, sds text) {
    if (keeper->loader == NULL) {
        return text;
    }
    struct loading_figures now = figures(keeper);
    return loading_describe(&now, text);
}
