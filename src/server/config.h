/*
 * config: the parameters of redis.conf: read at start, answered by CONFIG GET, changed by CONFIG
 * SET, written back by CONFIG REWRITE.
 *
 * Each parameter is an option row. Those that something obeys have a typed field in struct
 * settings; all others are kept and answered.
 */
#ifndef LATCHKEY_SERVER_CONFIG_H
#define LATCHKEY_SERVER_CONFIG_H

#include "base/option.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

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
    const char *latency_tracking_info_percentiles;
    const char *save;
    int64_t port;
    int64_t unixsocketperm;
    int64_t tcp_backlog;
    int64_t tcp_keepalive_seconds;
    int64_t timeout_seconds;
    int64_t maxclients;
    int64_t databases;
    int64_t hz;
    int64_t loglevel;             /* enum log_level */
    int64_t syslog_facility;      /* index of the choice */
    int64_t supervised;           /* enum supervision */
    int64_t enable_debug_command; /* enum local_permission */
    int64_t enable_module_command;
    int64_t enable_protected_configs;
    int64_t maxmemory_bytes;
    int64_t maxmemory_policy; /* index of the choice */
    int64_t lfu_log_factor;
    int64_t lfu_decay_time_minutes;
    int64_t list_max_listpack_size;
    int64_t slowlog_log_slower_than_us;
    int64_t slowlog_max_len;
    int64_t latency_monitor_threshold_ms;
    int64_t shutdown_timeout_seconds;
    int64_t active_expire_effort;
    int64_t client_query_buffer_limit_bytes;
    int64_t proto_max_bulk_len_bytes;
    bool protected_mode;
    bool daemonize;
    bool syslog_enabled;
    bool dynamic_hz;
    bool always_show_logo;
    bool set_proc_title;
    bool latency_tracking;
    bool crash_log_enabled;
    bool lazyfree_lazy_user_del;
    bool lazyfree_lazy_user_flush;
    bool lazyfree_lazy_server_del;
    bool lazyfree_lazy_expire;
    bool cluster_enabled;
    struct output_limit output_limits[OUTPUT_LIMIT_COUNT]; /* by enum client_class */
};

enum supervision { SUPERVISED_UPSTART, SUPERVISED_SYSTEMD, SUPERVISED_AUTO, SUPERVISED_NO };

/* A rename-command line. */
struct command_renaming {
    sds name;
    sds new_name;
};

/* Creates a configuration of defaults. Free with config_destroy. */
struct config *config_create(void);
void config_destroy(struct config *config);

/* The typed values; the address stays the same. */
const struct settings *config_settings(const struct config *config);

/*
 * Reads what the command line says: "[file | -] [--name value …]".
 * Returns NULL, or a text (to be freed with sds_free) that names file, line and what is wrong.
 */
sds config_load(struct config *config, int argc, char *const argv[]) MUST_CHECK;

/* The file that was read, as an absolute path; NULL without one. */
const char *config_file_path(const struct config *config);

/* The renamings, in the order of their lines. */
size_t config_renaming_count(const struct config *config);
const struct command_renaming *config_renaming(const struct config *config, size_t index);

/* Names of parameters that were given a value although their feature does not exist; "" if none. */
sds config_absent_features(const struct config *config);

/*
 * Visits parameters (aliases too) whose name matches one of the patterns, each once. A name that
 * was asked for without wildcards is given back as it was written.
 */
typedef void (*config_visitor)(void *context, struct bytes name, const char *value);
void config_each(const struct config *config, const struct bytes *patterns, size_t pattern_count,
                 config_visitor visit, void *context);

/* True when the value of this parameter is a password: it must not be logged. */
bool config_is_secret(struct bytes name);

/* The value of one parameter, as CONFIG GET shows it; NULL when there is none of this name. */
const char *config_value(const struct config *config, const char *name);

/*
 * Hears of changes by CONFIG SET, after all new values are in place. Returns NULL, or why the
 * change is impossible (a constant text): then everything is put back and listeners hear again.
 */
typedef const char *(*config_listener)(void *context, const char *name);
void config_set_listener(struct config *config, config_listener listener, void *context);

/*
 * Sets several parameters, all or none. names and values alternate in args.
 * allow_protected  whether protected ones may be changed.
 * Returns NULL, or the error's text without its code (to be freed with sds_free).
 */
sds config_set(struct config *config, const struct bytes *args, size_t argc,
               bool allow_protected) MUST_CHECK;

/* Writes the values into the file, keeping comments and order. Returns 0 or -errno. */
int config_rewrite(struct config *config) MUST_CHECK;

#endif
