/*
 * settings: the parameters that something obeys, as typed values.
 *
 * Rows of config_options say which field a parameter fills; server/config fills them.
 */
#ifndef LATCHKEY_SERVER_SETTINGS_H
#define LATCHKEY_SERVER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The three answers of enable-debug-command and its kin, in the order of their choices. */
enum local_permission { PERMISSION_NO, PERMISSION_YES, PERMISSION_LOCAL };

/* One class of client-output-buffer-limit; 0 bytes is no limit. */
struct output_limit {
    size_t hard_bytes;
    size_t soft_bytes;
    int64_t soft_seconds;
};

enum { OUTPUT_LIMIT_COUNT = 3, CONFIG_BIND_MAX = 16 };

/* What the server obeys. Strings belong to the config and change with CONFIG SET. */
struct settings {
    const char *bind; /* words separated by blanks */
    const char *unixsocket;
    const char *requirepass;
    const char *dir;
    const char *logfile;
    const char *pidfile;
    const char *syslog_ident;
    const char *proc_title_template;
    const char *notify_keyspace_events;
    const char *shutdown_on_sigint; /* words of SHUTDOWN, or "default" */
    const char *shutdown_on_sigterm;
    const char *latency_tracking_info_percentiles;
    const char *save;
    const char *dbfilename;
    const char *appenddirname;
    const char *appendfilename;
    int64_t port;
    int64_t unixsocketperm;
    int64_t tcp_backlog;
    int64_t tcp_keepalive_seconds;
    int64_t timeout_seconds;
    int64_t maxclients;
    int64_t tracking_table_max_keys;
    int64_t databases;
    int64_t appendfsync; /* index of the choice: everysec, always, no */
    int64_t auto_aof_rewrite_percentage;
    int64_t auto_aof_rewrite_min_size_bytes;
    int64_t aof_backlog_limit_bytes;
    int64_t aof_load_corrupt_tail_max_size_bytes;
    int64_t snapshot_slice_elements;
    int64_t hz;
    int64_t loglevel;             /* enum log_level */
    int64_t syslog_facility;      /* index of the choice */
    int64_t supervised;           /* enum supervision */
    int64_t enable_debug_command; /* enum local_permission */
    int64_t enable_module_command;
    int64_t enable_protected_configs;
    int64_t maxmemory_bytes;
    int64_t maxmemory_policy; /* index of the choice */
    int64_t maxmemory_samples;
    int64_t maxmemory_eviction_tenacity;
    int64_t maxmemory_scripts_bytes; /* of each interpreter; 0 = no limit */
    int64_t busy_reply_threshold_ms;
    int64_t lfu_log_factor;
    int64_t lfu_decay_time_minutes;
    int64_t list_max_listpack_size;
    int64_t hash_max_listpack_entries;
    int64_t hash_max_listpack_value_bytes;
    int64_t set_max_intset_entries;
    int64_t set_max_listpack_entries;
    int64_t set_max_listpack_value_bytes;
    int64_t zset_max_listpack_entries;
    int64_t zset_max_listpack_value_bytes;
    int64_t hll_sparse_max_bytes;
    int64_t stream_idmp_duration_s;
    int64_t stream_idmp_maxsize;
    int64_t stream_node_max_bytes;
    int64_t stream_node_max_entries;
    int64_t slowlog_log_slower_than_us;
    int64_t slowlog_max_len;
    int64_t latency_monitor_threshold_ms;
    int64_t key_load_delay_us;     /* for tests: how long each key of a file takes at least */
    int64_t rdb_key_save_delay_us; /* for tests: the same when a file is written */
    int64_t client_query_buffer_limit_bytes;
    int64_t proto_max_bulk_len_bytes;
    bool protected_mode;
    bool daemonize;
    bool appendonly;
    bool aof_load_truncated;
    bool aof_rewrite_incremental_fsync;
    bool aof_timestamp_enabled;
    bool aof_use_rdb_preamble;
    bool no_appendfsync_on_rewrite;
    bool rdbcompression;
    bool rdbchecksum;
    bool rdb_save_incremental_fsync;
    bool stop_writes_on_bgsave_error;
    bool syslog_enabled;
    bool always_show_logo;
    bool set_proc_title;
    bool latency_tracking;
    bool crash_log_enabled;
    bool hide_user_data_from_log;
    bool lazyfree_lazy_user_del;
    bool huge_pages;
    bool io_uring;
    bool lazyfree_lazy_user_flush;
    bool lazyfree_lazy_expire;
    bool lazyfree_lazy_eviction;
    bool cluster_enabled;
    struct output_limit output_limits[OUTPUT_LIMIT_COUNT]; /* by enum client_class */
};

enum supervision { SUPERVISED_UPSTART, SUPERVISED_SYSTEMD, SUPERVISED_AUTO, SUPERVISED_NO };

#endif
