/*
 * Shared by the loads of the AOF and of the dump file.
 */
#include "storage/loading.h"

#include "base/clock.h"
#include "base/log.h"
#include "keyspace/keyspace.h"
#include "server/server.h"
#include "server/settings.h"
#include "server/tracking.h"
#include "server/transaction.h"

enum { PERCENT = 100, LARGE_SIZE = 1024 * 1024 };

void loading_drop_dataset(struct server *server) {
    for (size_t i = 0; i < keyspace_database_count(server->keyspace); i++) {
        transactions_database_changes(server->transactions, (int)i, -1);
        (void)keyspace_flush(keyspace_database(server->keyspace, i), false);
    }
    tracking_note_flush(server->tracking);
    server->libraries.clear(server->libraries.context);
}

void loading_begin(struct server *server, uint64_t total_bytes) {
    if (total_bytes >= LARGE_SIZE) {
        server_prepare_large_heap(server);
    }
    keyspace_set_time_authority(server->keyspace, TIME_STOPPED);
    server->is_loading = true;
    server_update_gates(server);
}

void loading_tell_skipped(void *context, struct bytes name) {
    (void)context;
    sds text = sds_append_quoted(sds_new(BYTES("")), name);
    log_line(LOG_LEVEL_NOTICE, "skipping empty key: %.*s", (int)sds_length(text) - 2, text + 1);
    sds_free(text);
}

void loading_end(struct server *server) {
    server->is_loading = false;
    server->statistics.dirty_count = 0;
    server->next_expiry_ms = 0;
    keyspace_set_time_authority(server->keyspace, TIME_BY_CLOCK);
    server_update_gates(server);
}

bool loading_is_ahead(const struct server *server, int64_t start_ms, int64_t key_count) {
    int64_t delay_us = server->settings->key_load_delay_us;
    return delay_us > 0 && (clock_unix_ms() - start_ms) * CLOCK_US_PER_MS / delay_us < key_count;
}

double loading_percent(const struct loading_figures *figures) {
    double total = figures->total_bytes == 0 ? 1 : (double)figures->total_bytes;
    return (double)figures->loaded_bytes / total * PERCENT;
}

sds loading_describe(const struct loading_figures *figures, sds text) {
    int64_t elapsed_ms = clock_unix_ms() - figures->start_ms;
    double left_bytes = (double)figures->total_bytes - (double)figures->loaded_bytes;
    double eta_ms = figures->loaded_bytes == 0
                        ? 1
                        : left_bytes * (double)elapsed_ms / (double)figures->loaded_bytes;
    return sds_append_format(
        text,
        "loading_start_time:%lld\r\nloading_total_bytes:%llu\r\nloading_rdb_used_mem:%llu\r\n"
        "loading_loaded_bytes:%llu\r\nloading_loaded_perc:%.2f\r\nloading_eta_seconds:%lld\r\n",
        (long long)(figures->start_ms / CLOCK_MS_PER_SECOND),
        (unsigned long long)figures->total_bytes, (unsigned long long)figures->noted_memory,
        (unsigned long long)figures->loaded_bytes, loading_percent(figures),
        (long long)(eta_ms / CLOCK_MS_PER_SECOND));
}
