/*
 * Save points are read from the parameter's text whenever they are asked for: ten times a second.
 */
#include "server/saving.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "server/config.h"
#include "server/server.h"
#include "server/settings.h"

#include <stdlib.h>

enum { DECIMAL = 10, PERCENT = 100 };

struct saving *saving_create(struct server *server) {
    struct saving *saving = alloc_zeroed(sizeof *saving);
    saving->last_save_ms = server->start_ms;
    saving->last_seconds = -1;
    return saving;
}

void saving_destroy(struct saving *saving) {
    alloc_free(saving);
}

/* Reads the next number of a checked text; false at its end. */
static bool next_number(const char **at, int64_t *number) {
    char *end = NULL;
    *number = strtoll(*at, &end, DECIMAL);
    bool is_there = end != *at;
    *at = end;
    return is_there;
}

bool saving_has_points(const struct server *server) {
    const char *at = server->settings->save;
    int64_t ignored;
    return next_number(&at, &ignored);
}

bool saving_point_reached(const struct server *server, int64_t now_ms, int64_t *seconds,
                          int64_t *changes) {
    const char *at = server->settings->save;
    int64_t elapsed_ms = now_ms - server->saving->last_save_ms;
    while (next_number(&at, seconds) && next_number(&at, changes)) {
        if (server->statistics.dirty_count >= *changes &&
            elapsed_ms > *seconds * CLOCK_MS_PER_SECOND) {
            return true;
        }
    }
    return false;
}

bool saving_refuses_writes(const struct server *server) {
    return server->saving->last_failed && server->settings->stop_writes_on_bgsave_error &&
           saving_has_points(server);
}

sds saving_describe(const struct server *server, sds text) {
    const struct saving *saving = server->saving;
    int64_t elapsed = (clock_unix_ms() - saving->start_ms) / CLOCK_MS_PER_SECOND;
    double percent = saving->total_keys == 0
                         ? 0
                         : (double)saving->done_keys / (double)saving->total_keys * PERCENT;
    return sds_append_format(
        text,
        "current_cow_peak:0\r\ncurrent_cow_size:0\r\ncurrent_cow_size_age:0\r\n"
        "current_fork_perc:%.2f\r\ncurrent_save_keys_processed:%zu\r\n"
        "current_save_keys_total:%zu\r\nrdb_changes_since_last_save:%lld\r\n"
        "rdb_bgsave_in_progress:%d\r\nrdb_last_save_time:%lld\r\nrdb_last_bgsave_status:%s\r\n"
        "rdb_last_bgsave_time_sec:%lld\r\nrdb_current_bgsave_time_sec:%lld\r\nrdb_saves:%lld\r\n"
        "rdb_last_cow_size:0\r\nrdb_last_load_keys_expired:%lld\r\n"
        "rdb_last_load_keys_loaded:%lld\r\n",
        saving->is_running ? percent : 0, saving->is_running ? saving->done_keys : 0,
        saving->is_running ? saving->total_keys : 0, (long long)server->statistics.dirty_count,
        (int)saving->is_running, (long long)(saving->last_save_ms / CLOCK_MS_PER_SECOND),
        saving->last_failed ? "err" : "ok", (long long)saving->last_seconds,
        (long long)(saving->is_running ? elapsed : -1), (long long)saving->count,
        (long long)saving->expired_keys, (long long)saving->loaded_keys);
}
