/*
 * The table of all parameters. Those without a field in struct settings are kept and answered;
 * OPTION_ABSENT marks the ones whose feature does not exist.
 */
#include "server/config_options.h"

#include "server/config_checks.h"
#include "server/settings.h"
#include "types/stream_producers.h"

static const char *const acl_pubsub_default_choices[] = {"allchannels", "resetchannels", NULL};
static const char *const appendfsync_choices[] = {"everysec", "always", "no", NULL};
static const char *const cluster_preferred_endpoint_type_choices[] = {"ip", "hostname",
                                                                      "unknown-endpoint", NULL};
static const char *const enable_debug_command_choices[] = {"no", "yes", "local", NULL};
static const char *const log_format_choices[] = {"legacy", "logfmt", NULL};
static const char *const log_timestamp_format_choices[] = {"legacy", "iso8601", "milliseconds",
                                                           NULL};
static const char *const loglevel_choices[] = {"debug",   "verbose", "notice",
                                               "warning", "nothing", NULL};
static const char *const maxmemory_policy_choices[] = {
    "volatile-lru",   "volatile-lfu", "volatile-random",
    "volatile-ttl",   "allkeys-lru",  "allkeys-lfu",
    "allkeys-random", "noeviction",   NULL};
static const char *const oom_score_adj_choices[] = {"no", "yes", "relative", "absolute", NULL};
static const char *const propagation_error_behavior_choices[] = {"ignore", "panic",
                                                                 "panic-on-replicas", NULL};
static const char *const repl_diskless_load_choices[] = {"disabled", "on-empty-db", "swapdb",
                                                         "flush-before-load", NULL};
static const char *const sanitize_dump_payload_choices[] = {"no", "yes", "clients", NULL};
static const char *const supervised_choices[] = {"upstart", "systemd", "auto", "no", NULL};
static const char *const syslog_facility_choices[] = {
    "user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7", NULL};
static const char *const tls_auth_clients_choices[] = {"no", "yes", "optional", NULL};

/* clang-format off */
static const struct option_row rows[] = {
    {
        .name = "acl-pubsub-default", .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .choices = acl_pubsub_default_choices, .initial = "resetchannels",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "aclfile", .type = OPTION_STRING, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "acllog-max-len", .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 0,
        .max = INT64_MAX, .initial = "128", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "active-defrag-cycle-max", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = 99, .initial = "25", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "active-defrag-cycle-min", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = 99, .initial = "1", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "active-defrag-cycle-us", .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 0,
        .max = 100000, .initial = "500", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "active-defrag-ignore-bytes", .type = OPTION_MEMORY, .flags = OPTION_ABSENT,
        .min = 1, .max = INT64_MAX, .initial = "104857600", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "active-defrag-max-scan-fields", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = INT64_MAX, .initial = "1000", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "active-defrag-threshold-lower", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 1000, .initial = "10", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "active-defrag-threshold-upper", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 1000, .initial = "100", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "active-expire-effort", .type = OPTION_INTEGER, .min = 1, .max = 10,
        .initial = "1", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "activedefrag", .type = OPTION_BOOL, .flags = OPTION_ABSENT, .initial = "no",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "activerehashing", .type = OPTION_BOOL, .initial = "yes",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "always-show-logo", .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE,
        .initial = "no", .offset = offsetof(struct settings, always_show_logo),
    },
    {
        .name = "aof-disable-auto-gc", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "aof-load-truncated", .type = OPTION_BOOL,
        .initial = "yes", .offset = offsetof(struct settings, aof_load_truncated),
    },
    {
        .name = "aof-backlog-limit", .type = OPTION_MEMORY, .min = 1048576, .max = INT64_MAX,
        .initial = "268435456", .offset = offsetof(struct settings, aof_backlog_limit_bytes),
    },
    {
        .name = "aof-load-corrupt-tail-max-size", .type = OPTION_MEMORY, .min = 0,
        .max = INT64_MAX, .initial = "0",
        .offset = offsetof(struct settings, aof_load_corrupt_tail_max_size_bytes),
    },
    {
        .name = "aof-rewrite-cpulist", .alias = "aof_rewrite_cpulist", .type = OPTION_STRING,
        .flags = OPTION_IMMUTABLE | OPTION_ABSENT, .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "aof-rewrite-incremental-fsync", .type = OPTION_BOOL, .initial = "yes",
        .offset = offsetof(struct settings, aof_rewrite_incremental_fsync),
    },
    {
        .name = "aof-timestamp-enabled", .type = OPTION_BOOL,
        .initial = "no", .offset = offsetof(struct settings, aof_timestamp_enabled),
    },
    {
        .name = "aof-use-rdb-preamble", .type = OPTION_BOOL,
        .initial = "yes", .offset = offsetof(struct settings, aof_use_rdb_preamble),
    },
    {
        .name = "appenddirname", .type = OPTION_CUSTOM, .flags = OPTION_IMMUTABLE,
        .initial = "appendonlydir", .offset = offsetof(struct settings, appenddirname),
        .check = config_check_log_directory,
    },
    {
        .name = "appendfilename", .type = OPTION_CUSTOM, .flags = OPTION_IMMUTABLE,
        .initial = "appendonly.aof", .offset = offsetof(struct settings, appendfilename),
        .check = config_check_log_name,
    },
    {
        .name = "appendfsync", .type = OPTION_ENUM,
        .choices = appendfsync_choices, .initial = "everysec",
        .offset = offsetof(struct settings, appendfsync),
    },
    {
        .name = "appendonly", .type = OPTION_BOOL, .flags = OPTION_NOT_LOADING, .initial = "no",
        .offset = offsetof(struct settings, appendonly),
    },
    {
        .name = "auto-aof-rewrite-min-size", .type = OPTION_MEMORY,
        .min = 0, .max = INT64_MAX, .initial = "67108864",
        .offset = offsetof(struct settings, auto_aof_rewrite_min_size_bytes),
    },
    {
        .name = "auto-aof-rewrite-percentage", .type = OPTION_INTEGER,
        .min = 0, .max = INT32_MAX, .initial = "100",
        .offset = offsetof(struct settings, auto_aof_rewrite_percentage),
    },
    {
        .name = "availability-zone", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "bgsave-cpulist", .alias = "bgsave_cpulist", .type = OPTION_STRING,
        .flags = OPTION_IMMUTABLE | OPTION_ABSENT, .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "bind", .type = OPTION_STRING, .flags = OPTION_MANY, .initial = "* -::*",
        .offset = offsetof(struct settings, bind),
    },
    {
        .name = "bind-source-addr", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "bio-cpulist", .alias = "bio_cpulist", .type = OPTION_STRING,
        .flags = OPTION_IMMUTABLE | OPTION_ABSENT, .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "busy-reply-threshold", .alias = "lua-time-limit", .type = OPTION_INTEGER,
        .min = 0, .max = INT64_MAX, .initial = "5000",
        .offset = offsetof(struct settings, busy_reply_threshold_ms),
    },
    {
        .name = "client-output-buffer-limit", .type = OPTION_CUSTOM, .flags = OPTION_MANY,
        .initial = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
        .offset = OPTION_NO_FIELD, .check = config_check_output_limits,
    },
    {
        .name = "client-query-buffer-limit", .type = OPTION_MEMORY, .min = 1048576,
        .max = INT64_MAX, .initial = "1073741824",
        .offset = offsetof(struct settings, client_query_buffer_limit_bytes),
    },
    {
        .name = "cluster-allow-pubsubshard-when-down", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "yes", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-allow-reads-when-down", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-allow-replica-migration", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "yes", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-announce-bus-port", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 65535, .initial = "0", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-announce-client-ipv4", .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-announce-client-ipv6", .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-announce-hostname", .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-announce-human-nodename", .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-announce-ip", .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-announce-port", .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 0,
        .max = 65535, .initial = "0", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-announce-tls-port", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 65535, .initial = "0", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-blacklist-ttl", .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 0,
        .max = INT64_MAX, .initial = "60", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-config-file", .type = OPTION_STRING,
        .flags = OPTION_IMMUTABLE | OPTION_ABSENT, .initial = "nodes.conf",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-enabled", .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE, .initial = "no",
        .offset = offsetof(struct settings, cluster_enabled),
    },
    {
        .name = "cluster-link-sendbuf-limit", .type = OPTION_MEMORY, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .initial = "0", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-migration-barrier", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .initial = "1", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-node-timeout", .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 0,
        .max = INT64_MAX, .initial = "15000", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-port", .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 65535, .initial = "0", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-preferred-endpoint-type", .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .choices = cluster_preferred_endpoint_type_choices, .initial = "ip",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-replica-no-failover", .alias = "cluster-slave-no-failover",
        .type = OPTION_BOOL, .flags = OPTION_ABSENT, .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-replica-validity-factor", .alias = "cluster-slave-validity-factor",
        .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 0, .max = INT32_MAX,
        .initial = "10", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-require-full-coverage", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "yes", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "cluster-slot-stats-enabled", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "commandlog-execution-slower-than", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = -1, .max = INT64_MAX, .initial = "10000", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "commandlog-large-reply-max-len", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .initial = "128", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "commandlog-large-request-max-len", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .initial = "128", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "commandlog-reply-larger-than", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = -1, .max = INT64_MAX, .initial = "1048576", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "commandlog-request-larger-than", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = -1, .max = INT64_MAX, .initial = "1048576", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "commandlog-slow-execution-max-len", .type = OPTION_INTEGER,
        .flags = OPTION_ABSENT, .min = 0, .max = INT64_MAX, .initial = "128",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "crash-log-enabled", .type = OPTION_BOOL, .initial = "yes",
        .offset = offsetof(struct settings, crash_log_enabled),
    },
    {
        .name = "crash-memcheck-enabled", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "yes",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "daemonize", .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE, .initial = "no",
        .offset = offsetof(struct settings, daemonize),
    },
    {
        .name = "databases", .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE, .min = 1,
        .max = INT32_MAX, .initial = "16", .offset = offsetof(struct settings, databases),
    },
    {
        .name = "dbfilename", .type = OPTION_CUSTOM, .flags = OPTION_PROTECTED,
        .initial = "dump.rdb", .offset = offsetof(struct settings, dbfilename),
        .check = config_check_file_name,
    },
    {
        .name = "dir", .type = OPTION_STRING, .flags = OPTION_PROTECTED | OPTION_NOT_LOADING,
        .initial = "",
        .offset = offsetof(struct settings, dir),
    },
    {
        .name = "disable-thp", .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE, .initial = "yes",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "dual-channel-replication-enabled", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "dynamic-hz", .type = OPTION_BOOL, .initial = "yes",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "enable-debug-command", .type = OPTION_ENUM, .flags = OPTION_IMMUTABLE,
        .choices = enable_debug_command_choices, .initial = "no",
        .offset = offsetof(struct settings, enable_debug_command),
    },
    {
        .name = "enable-module-command", .type = OPTION_ENUM, .flags = OPTION_IMMUTABLE,
        .choices = enable_debug_command_choices, .initial = "no",
        .offset = offsetof(struct settings, enable_module_command),
    },
    {
        .name = "enable-protected-configs", .type = OPTION_ENUM, .flags = OPTION_IMMUTABLE,
        .choices = enable_debug_command_choices, .initial = "no",
        .offset = offsetof(struct settings, enable_protected_configs),
    },
    {
        .name = "extended-redis-compatibility", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "hash-max-listpack-entries", .alias = "hash-max-ziplist-entries",
        .type = OPTION_INTEGER, .flags = 0, .min = 0, .max = INT64_MAX,
        .initial = "512",
        .offset = offsetof(struct settings, hash_max_listpack_entries),
    },
    {
        .name = "hash-max-listpack-value", .alias = "hash-max-ziplist-value",
        .type = OPTION_MEMORY, .flags = 0, .min = 0, .max = INT64_MAX, .initial = "64",
        .offset = offsetof(struct settings, hash_max_listpack_value_bytes),
    },
    {
        .name = "hide-user-data-from-log", .type = OPTION_BOOL, .initial = "no",
        .offset = offsetof(struct settings, hide_user_data_from_log),
    },
    {
        .name = "hll-sparse-max-bytes", .type = OPTION_MEMORY, .flags = 0, .min = 0,
        .max = INT64_MAX, .initial = "3000",
        .offset = offsetof(struct settings, hll_sparse_max_bytes),
    },
    {
        .name = "huge-pages", .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE, .initial = "yes",
        .offset = offsetof(struct settings, huge_pages),
    },
    {
        .name = "hz", .type = OPTION_INTEGER, .min = 0, .max = INT32_MAX, .initial = "10",
        .offset = offsetof(struct settings, hz),
    },
    {
        .name = "ignore-warnings", .type = OPTION_STRING, .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "import-mode", .type = OPTION_BOOL, .flags = OPTION_ABSENT, .initial = "no",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "io-threads", .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 1, .max = 128, .initial = "1", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "io-threads-do-reads", .type = OPTION_BOOL,
        .flags = OPTION_IMMUTABLE | OPTION_ABSENT, .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "io-uring", .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE, .initial = "yes",
        .offset = offsetof(struct settings, io_uring),
    },
    {
        .name = "key-load-delay", .type = OPTION_INTEGER, .min = INT32_MIN, .max = INT32_MAX,
        .flags = OPTION_HIDDEN, .initial = "0",
        .offset = offsetof(struct settings, key_load_delay_us),
    },
    {
        .name = "loading-process-events-interval-bytes", .type = OPTION_INTEGER, .min = 1024,
        .max = INT32_MAX, .flags = OPTION_HIDDEN, .initial = "2097152",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "jemalloc-bg-thread", .type = OPTION_BOOL, .initial = "yes",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "latency-monitor-threshold", .type = OPTION_INTEGER, .min = 0, .max = INT64_MAX,
        .initial = "0", .offset = offsetof(struct settings, latency_monitor_threshold_ms),
    },
    {
        .name = "latency-tracking", .type = OPTION_BOOL, .initial = "yes",
        .offset = offsetof(struct settings, latency_tracking),
    },
    {
        .name = "latency-tracking-info-percentiles", .type = OPTION_CUSTOM, .flags = OPTION_MANY,
        .initial = "50 99 99.9",
        .offset = offsetof(struct settings, latency_tracking_info_percentiles),
        .check = config_check_percentiles,
    },
    {
        .name = "lazyfree-lazy-eviction", .type = OPTION_BOOL, .initial = "no",
        .offset = offsetof(struct settings, lazyfree_lazy_eviction),
    },
    {
        .name = "lazyfree-lazy-expire", .type = OPTION_BOOL, .initial = "no",
        .offset = offsetof(struct settings, lazyfree_lazy_expire),
    },
    {
        .name = "lazyfree-lazy-server-del", .type = OPTION_BOOL, .initial = "no",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "lazyfree-lazy-user-del", .type = OPTION_BOOL, .initial = "no",
        .offset = offsetof(struct settings, lazyfree_lazy_user_del),
    },
    {
        .name = "lazyfree-lazy-user-flush", .type = OPTION_BOOL, .initial = "no",
        .offset = offsetof(struct settings, lazyfree_lazy_user_flush),
    },
    {
        .name = "lfu-decay-time", .type = OPTION_INTEGER, .min = 0, .max = INT32_MAX,
        .initial = "1", .offset = offsetof(struct settings, lfu_decay_time_minutes),
    },
    {
        .name = "lfu-log-factor", .type = OPTION_INTEGER, .min = 0, .max = INT32_MAX,
        .initial = "10", .offset = offsetof(struct settings, lfu_log_factor),
    },
    {
        .name = "list-compress-depth", .type = OPTION_INTEGER, .min = 0, .max = INT32_MAX,
        .initial = "0", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "list-max-listpack-size", .alias = "list-max-ziplist-size", .type = OPTION_INTEGER,
        .min = INT32_MIN, .max = INT32_MAX, .initial = "-2",
        .offset = offsetof(struct settings, list_max_listpack_size),
    },
    {
        .name = "locale-collate", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "log-format", .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .choices = log_format_choices, .initial = "legacy", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "log-timestamp-format", .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .choices = log_timestamp_format_choices, .initial = "legacy", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "logfile", .type = OPTION_STRING, .flags = OPTION_IMMUTABLE, .initial = "",
        .offset = offsetof(struct settings, logfile),
    },
    {
        .name = "loglevel", .type = OPTION_ENUM, .choices = loglevel_choices, .initial = "notice",
        .offset = offsetof(struct settings, loglevel),
    },
    {
        .name = "max-new-connections-per-cycle", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = 1000, .initial = "10", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "max-new-tls-connections-per-cycle", .type = OPTION_INTEGER,
        .flags = OPTION_ABSENT, .min = 1, .max = 1000, .initial = "1", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "maxclients", .type = OPTION_INTEGER, .min = 1, .max = UINT32_MAX,
        .initial = "10000", .offset = offsetof(struct settings, maxclients),
    },
    {
        .name = "maxmemory", .type = OPTION_MEMORY, .min = 0, .max = INT64_MAX, .initial = "0",
        .offset = offsetof(struct settings, maxmemory_bytes),
    },
    {
        .name = "maxmemory-clients", .type = OPTION_CUSTOM, .flags = OPTION_ABSENT, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = config_check_client_memory,
    },
    {
        .name = "maxmemory-eviction-tenacity", .type = OPTION_INTEGER, .min = 0, .max = 100,
        .initial = "10", .offset = offsetof(struct settings, maxmemory_eviction_tenacity),
    },
    {
        .name = "maxmemory-policy", .type = OPTION_ENUM, .choices = maxmemory_policy_choices,
        .initial = "noeviction", .offset = offsetof(struct settings, maxmemory_policy),
    },
    {
        .name = "maxmemory-samples", .type = OPTION_INTEGER, .min = 1, .max = 64, .initial = "5",
        .offset = offsetof(struct settings, maxmemory_samples),
    },
    {
        .name = "maxmemory-scripts", .type = OPTION_MEMORY, .min = 0, .max = INT64_MAX,
        .initial = "268435456", .offset = offsetof(struct settings, maxmemory_scripts_bytes),
    },
    {
        .name = "min-replicas-max-lag", .alias = "min-slaves-max-lag", .type = OPTION_INTEGER,
        .flags = OPTION_ABSENT, .min = 0, .max = INT32_MAX, .initial = "10",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "min-replicas-to-write", .alias = "min-slaves-to-write", .type = OPTION_INTEGER,
        .flags = OPTION_ABSENT, .min = 0, .max = INT32_MAX, .initial = "0",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "no-appendfsync-on-rewrite", .type = OPTION_BOOL,
        .initial = "no", .offset = offsetof(struct settings, no_appendfsync_on_rewrite),
    },
    {
        .name = "notify-keyspace-events", .type = OPTION_CUSTOM,
        .initial = "",
        .offset = offsetof(struct settings, notify_keyspace_events), .check = config_check_events,
    },
    {
        .name = "oom-score-adj", .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .choices = oom_score_adj_choices, .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "oom-score-adj-values", .type = OPTION_CUSTOM,
        .flags = OPTION_MANY | OPTION_ABSENT, .initial = "0 200 800", .offset = OPTION_NO_FIELD,
        .check = config_check_oom_values,
    },
    {
        .name = "pidfile", .type = OPTION_STRING, .flags = OPTION_IMMUTABLE, .initial = "",
        .offset = offsetof(struct settings, pidfile),
    },
    {
        .name = "port", .type = OPTION_INTEGER, .min = 0, .max = 65535, .initial = "6379",
        .offset = offsetof(struct settings, port),
    },
    {
        .name = "prefetch-batch-max-size", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 128, .initial = "16", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "primaryauth", .alias = "masterauth", .type = OPTION_STRING,
        .flags = OPTION_SENSITIVE | OPTION_ABSENT, .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "primaryuser", .alias = "masteruser", .type = OPTION_STRING,
        .flags = OPTION_ABSENT, .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "proc-title-template", .type = OPTION_CUSTOM,
        .initial = "{title} {listen-addr} {server-mode}",
        .offset = offsetof(struct settings, proc_title_template), .check = config_check_title,
    },
    {
        .name = "propagation-error-behavior", .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .choices = propagation_error_behavior_choices, .initial = "ignore",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "protected-mode", .type = OPTION_BOOL, .initial = "yes",
        .offset = offsetof(struct settings, protected_mode),
    },
    {
        .name = "proto-max-bulk-len", .type = OPTION_MEMORY, .min = 1048576, .max = INT64_MAX,
        .initial = "536870912", .offset = offsetof(struct settings, proto_max_bulk_len_bytes),
    },
    {
        .name = "rdb-del-sync-files", .type = OPTION_BOOL, .flags = OPTION_ABSENT, .initial = "no",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "rdb-save-incremental-fsync", .type = OPTION_BOOL, .initial = "yes",
        .offset = offsetof(struct settings, rdb_save_incremental_fsync),
    },
    {
        .name = "rdb-key-save-delay", .type = OPTION_INTEGER, .min = INT32_MIN, .max = INT32_MAX,
        .flags = OPTION_HIDDEN, .initial = "0",
        .offset = offsetof(struct settings, rdb_key_save_delay_us),
    },
    {
        .name = "rdbchecksum", .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE,
        .initial = "yes", .offset = offsetof(struct settings, rdbchecksum),
    },
    {
        .name = "rdbcompression", .type = OPTION_BOOL, .initial = "yes",
        .offset = offsetof(struct settings, rdbcompression),
    },
    {
        .name = "rdma-bind", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "rdma-completion-vector", .type = OPTION_INTEGER,
        .flags = OPTION_IMMUTABLE | OPTION_ABSENT, .min = -1, .max = INT32_MAX, .initial = "-1",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "rdma-port", .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 0,
        .max = 65535, .initial = "0", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "rdma-rx-size", .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .initial = "1048576", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "repl-backlog-size", .type = OPTION_MEMORY, .flags = OPTION_ABSENT, .min = 1,
        .max = INT64_MAX, .initial = "1048576", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "repl-backlog-ttl", .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 0,
        .max = INT64_MAX, .initial = "3600", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "repl-disable-tcp-nodelay", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "repl-diskless-load", .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .choices = repl_diskless_load_choices, .initial = "disabled", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "repl-diskless-sync", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "yes", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "repl-diskless-sync-delay", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .initial = "5", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "repl-diskless-sync-max-replicas", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .initial = "0", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "repl-ping-replica-period", .alias = "repl-ping-slave-period",
        .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 1, .max = INT32_MAX,
        .initial = "10", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "repl-timeout", .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 1,
        .max = INT32_MAX, .initial = "60", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "replica-announce-ip", .alias = "slave-announce-ip", .type = OPTION_STRING,
        .flags = OPTION_ABSENT, .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "replica-announce-port", .alias = "slave-announce-port", .type = OPTION_INTEGER,
        .flags = OPTION_ABSENT, .min = 0, .max = 65535, .initial = "0", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "replica-announced", .type = OPTION_BOOL, .flags = OPTION_ABSENT, .initial = "yes",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "replica-ignore-disk-write-errors", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "replica-ignore-maxmemory", .alias = "slave-ignore-maxmemory", .type = OPTION_BOOL,
        .flags = OPTION_ABSENT, .initial = "yes", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "replica-lazy-flush", .alias = "slave-lazy-flush", .type = OPTION_BOOL,
        .flags = OPTION_ABSENT, .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "replica-priority", .alias = "slave-priority", .type = OPTION_INTEGER,
        .flags = OPTION_ABSENT, .min = 0, .max = INT32_MAX, .initial = "100",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "replica-read-only", .alias = "slave-read-only", .type = OPTION_BOOL,
        .flags = OPTION_ABSENT, .initial = "yes", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "replica-serve-stale-data", .alias = "slave-serve-stale-data", .type = OPTION_BOOL,
        .flags = OPTION_ABSENT, .initial = "yes", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "replicaof", .alias = "slaveof", .type = OPTION_STRING,
        .flags = OPTION_IMMUTABLE | OPTION_MANY | OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "requirepass", .type = OPTION_STRING, .flags = OPTION_SENSITIVE, .initial = "",
        .offset = offsetof(struct settings, requirepass),
    },
    {
        .name = "sanitize-dump-payload", .type = OPTION_ENUM,
        .choices = sanitize_dump_payload_choices, .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "save", .type = OPTION_CUSTOM, .flags = OPTION_MANY,
        .initial = "3600 1 300 100 60 10000", .offset = offsetof(struct settings, save),
        .check = config_check_save,
    },
    {
        .name = "server-cpulist", .alias = "server_cpulist", .type = OPTION_STRING,
        .flags = OPTION_IMMUTABLE | OPTION_ABSENT, .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "set-max-intset-entries", .type = OPTION_INTEGER, .flags = 0, .min = 0,
        .max = INT64_MAX, .initial = "512",
        .offset = offsetof(struct settings, set_max_intset_entries),
    },
    {
        .name = "set-max-listpack-entries", .type = OPTION_INTEGER, .flags = 0,
        .min = 0, .max = INT64_MAX, .initial = "128",
        .offset = offsetof(struct settings, set_max_listpack_entries),
    },
    {
        .name = "set-max-listpack-value", .type = OPTION_INTEGER, .flags = 0, .min = 0,
        .max = INT64_MAX, .initial = "64",
        .offset = offsetof(struct settings, set_max_listpack_value_bytes),
    },
    {
        .name = "set-proc-title", .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE, .initial = "yes",
        .offset = offsetof(struct settings, set_proc_title),
    },
    {
        .name = "shutdown-on-sigint", .type = OPTION_CUSTOM, .flags = OPTION_MANY,
        .initial = "default", .offset = offsetof(struct settings, shutdown_on_sigint),
        .check = config_check_shutdown,
    },
    {
        .name = "shutdown-on-sigterm", .type = OPTION_CUSTOM, .flags = OPTION_MANY,
        .initial = "default", .offset = offsetof(struct settings, shutdown_on_sigterm),
        .check = config_check_shutdown,
    },
    {
        .name = "shutdown-timeout", .type = OPTION_INTEGER, .min = 0, .max = INT32_MAX,
        .initial = "10", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "slowlog-log-slower-than", .type = OPTION_INTEGER, .min = -1, .max = INT64_MAX,
        .initial = "10000", .offset = offsetof(struct settings, slowlog_log_slower_than_us),
    },
    {
        .name = "slowlog-max-len", .type = OPTION_INTEGER, .min = 0, .max = INT64_MAX,
        .initial = "128", .offset = offsetof(struct settings, slowlog_max_len),
    },
    {
        .name = "snapshot-slice-elements", .type = OPTION_INTEGER, .min = 16, .max = 1048576,
        .initial = "512", .offset = offsetof(struct settings, snapshot_slice_elements),
    },
    {
        .name = "socket-mark-id", .type = OPTION_INTEGER,
        .flags = OPTION_IMMUTABLE | OPTION_ABSENT, .min = -1, .max = INT32_MAX, .initial = "0",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "stop-writes-on-bgsave-error", .type = OPTION_BOOL, .initial = "yes",
        .offset = offsetof(struct settings, stop_writes_on_bgsave_error),
    },
    {
        .name = "stream-idmp-duration", .type = OPTION_INTEGER, .min = 1,
        .max = STREAM_PRODUCER_SECONDS_MAX, .initial = "100",
        .offset = offsetof(struct settings, stream_idmp_duration_s),
    },
    {
        .name = "stream-idmp-maxsize", .type = OPTION_INTEGER, .min = 1,
        .max = STREAM_PRODUCER_RECORDS_MAX, .initial = "100",
        .offset = offsetof(struct settings, stream_idmp_maxsize),
    },
    {
        .name = "stream-node-max-bytes", .type = OPTION_MEMORY, .min = 0, .max = INT64_MAX,
        .initial = "4096", .offset = offsetof(struct settings, stream_node_max_bytes),
    },
    {
        .name = "stream-node-max-entries", .type = OPTION_INTEGER, .min = 0, .max = INT64_MAX,
        .initial = "100", .offset = offsetof(struct settings, stream_node_max_entries),
    },
    {
        .name = "supervised", .type = OPTION_ENUM, .flags = OPTION_IMMUTABLE,
        .choices = supervised_choices, .initial = "no",
        .offset = offsetof(struct settings, supervised),
    },
    {
        .name = "syslog-enabled", .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE, .initial = "no",
        .offset = offsetof(struct settings, syslog_enabled),
    },
    {
        .name = "syslog-facility", .type = OPTION_ENUM, .flags = OPTION_IMMUTABLE,
        .choices = syslog_facility_choices, .initial = "local0",
        .offset = offsetof(struct settings, syslog_facility),
    },
    {
        .name = "syslog-ident", .type = OPTION_STRING, .flags = OPTION_IMMUTABLE,
        .initial = "latchkey", .offset = offsetof(struct settings, syslog_ident),
    },
    {
        .name = "tcp-backlog", .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE, .min = 0,
        .max = INT32_MAX, .initial = "511", .offset = offsetof(struct settings, tcp_backlog),
    },
    {
        .name = "tcp-keepalive", .type = OPTION_INTEGER, .min = 0, .max = INT32_MAX,
        .initial = "300", .offset = offsetof(struct settings, tcp_keepalive_seconds),
    },
    {
        .name = "timeout", .type = OPTION_INTEGER, .min = 0, .max = INT32_MAX, .initial = "0",
        .offset = offsetof(struct settings, timeout_seconds),
    },
    {
        .name = "tls-auth-clients", .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .choices = tls_auth_clients_choices, .initial = "yes", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-ca-cert-dir", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-ca-cert-file", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-cert-file", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-ciphers", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-ciphersuites", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-client-cert-file", .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-client-key-file", .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-client-key-file-pass", .type = OPTION_STRING,
        .flags = OPTION_SENSITIVE | OPTION_ABSENT, .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-cluster", .type = OPTION_BOOL, .flags = OPTION_ABSENT, .initial = "no",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-dh-params-file", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-key-file", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-key-file-pass", .type = OPTION_STRING,
        .flags = OPTION_SENSITIVE | OPTION_ABSENT, .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-port", .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 0, .max = 65535,
        .initial = "0", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-prefer-server-ciphers", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "no", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-protocols", .type = OPTION_STRING, .flags = OPTION_ABSENT, .initial = "",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-replication", .type = OPTION_BOOL, .flags = OPTION_ABSENT, .initial = "no",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-session-cache-size", .type = OPTION_INTEGER, .flags = OPTION_ABSENT, .min = 0,
        .max = INT32_MAX, .initial = "20480", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-session-cache-timeout", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .initial = "300", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tls-session-caching", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .initial = "yes", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "tracking-table-max-keys", .type = OPTION_INTEGER, .min = 0, .max = INT64_MAX,
        .initial = "1000000", .offset = offsetof(struct settings, tracking_table_max_keys),
    },
    {
        .name = "unixsocket", .type = OPTION_STRING, .flags = OPTION_IMMUTABLE, .initial = "",
        .offset = offsetof(struct settings, unixsocket),
    },
    {
        .name = "unixsocketgroup", .type = OPTION_STRING,
        .flags = OPTION_IMMUTABLE | OPTION_ABSENT, .initial = "", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "unixsocketperm", .type = OPTION_OCTAL, .flags = OPTION_IMMUTABLE, .min = 0,
        .max = 511, .initial = "0", .offset = offsetof(struct settings, unixsocketperm),
    },
    {
        .name = "use-exit-on-panic", .type = OPTION_BOOL, .flags = OPTION_HIDDEN, .initial = "no",
        .offset = OPTION_NO_FIELD,
    },
    {
        .name = "watchdog-period", .type = OPTION_INTEGER, .min = 0, .max = INT32_MAX,
        .flags = OPTION_HIDDEN | OPTION_ABSENT, .initial = "0", .offset = OPTION_NO_FIELD,
    },
    {
        .name = "zset-max-listpack-entries", .alias = "zset-max-ziplist-entries",
        .type = OPTION_INTEGER, .flags = 0, .min = 0, .max = INT64_MAX,
        .initial = "128",
        .offset = offsetof(struct settings, zset_max_listpack_entries),
    },
    {
        .name = "zset-max-listpack-value", .alias = "zset-max-ziplist-value",
        .type = OPTION_MEMORY, .flags = 0, .min = 0, .max = INT64_MAX, .initial = "64",
        .offset = offsetof(struct settings, zset_max_listpack_value_bytes),
    },
};
/* clang-format on */

size_t config_option_count(void) {
    return ARRAY_SIZE(rows);
}

const struct option_row *config_option(size_t index) {
    ASSERT(index < ARRAY_SIZE(rows));
    return &rows[index];
}
