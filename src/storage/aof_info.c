/*
 * The fields of INFO persistence that tell of the log.
 */
#include "base/clock.h"
#include "server/durability.h"
#include "server/server.h"
#include "server/settings.h"
#include "storage/aof_keeper_internal.h"
#include "storage/loading.h"
#include "structs/journal.h"

uint64_t aof_info_size(const struct aof_keeper *keeper) {
    return keeper->complete_size + aof_writer_file_size(keeper->writer);
}

static sds describe_loading(const struct aof_keeper *keeper, sds text) {
    struct aof_load_progress progress = aof_loader_progress(keeper->loader);
    struct loading_figures figures = {
        .start_ms = keeper->load_start_ms,
        .total_bytes = progress.total_bytes,
        .loaded_bytes = progress.loaded_bytes,
    };
    return loading_describe(&figures, text);
}

static sds describe_files(const struct aof_keeper *keeper, sds text) {
    enum { NS_PER_US = 1000 };
    struct aof_marks marks = aof_writer_marks(keeper->writer);
    uint64_t end = journal_end(durability_journal(keeper->server->durability));
    return sds_append_format(
        text,
        "aof_current_size:%llu\r\naof_base_size:%llu\r\naof_pending_rewrite:0\r\n"
        "aof_buffer_length:%llu\r\naof_pending_bio_fsync:%d\r\naof_delayed_fsync:%lld\r\n"
        "aof_backlog_bytes:%llu\r\naof_unsynced_bytes:%llu\r\naof_last_fsync_usec:%lld\r\n",
        (unsigned long long)aof_info_size(keeper), (unsigned long long)keeper->base_size,
        (unsigned long long)(end - marks.written), (int)aof_writer_is_syncing(keeper->writer),
        (long long)aof_writer_delayed_count(keeper->writer),
        (unsigned long long)aof_writer_backlog(keeper->writer),
        (unsigned long long)(end - marks.synced),
        (long long)(aof_writer_last_sync_ns(keeper->writer) / NS_PER_US));
}

sds aof_info_describe(struct aof_keeper *keeper, sds text) {
    const struct aof_rewrite *rewrite = &keeper->rewrite;
    bool is_on = keeper->server->settings->appendonly && keeper->state != KEEPER_OFF &&
                 keeper->state != KEEPER_LOADING;
    bool is_rewriting = rewrite->phase != REWRITE_IDLE && rewrite->phase != REWRITE_GIVING_UP;
    int64_t elapsed = (clock_unix_ms() - rewrite->start_ms) / CLOCK_MS_PER_SECOND;
    text = sds_append_format(
        text,
        "aof_enabled:%d\r\naof_rewrite_in_progress:%d\r\naof_rewrite_scheduled:%d\r\n"
        "aof_last_rewrite_time_sec:%lld\r\naof_current_rewrite_time_sec:%lld\r\n"
        "aof_last_bgrewrite_status:%s\r\naof_rewrites:%lld\r\n"
        "aof_rewrites_consecutive_failures:%lld\r\naof_last_write_status:%s\r\n"
        "aof_last_cow_size:0\r\nmodule_fork_in_progress:0\r\nmodule_fork_last_cow_size:0\r\n",
        (int)is_on, (int)is_rewriting, (int)rewrite->is_scheduled, (long long)rewrite->last_seconds,
        (long long)(is_rewriting ? elapsed : -1), rewrite->last_failed ? "err" : "ok",
        (long long)rewrite->count, (long long)rewrite->failures_in_row,
        keeper->is_failing ? "err" : "ok");
    if (is_on) {
        text = describe_files(keeper, text);
    }
    if (keeper->state == KEEPER_LOADING && keeper->loader != NULL) {
        text = describe_loading(keeper, text);
    }
    return text;
}
