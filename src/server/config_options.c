/*
 * The table of all parameters. Those without a field in struct settings are kept and answered;
 * OPTION_ABSENT marks the ones whose feature does not exist.
 */
#include "server/config_options.h"

#include "base/text.h"
#include "server/config.h"

#include <ctype.h>
#include <string.h>

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
static const char *const shutdown_on_sigint_choices[] = {"default", "save",  "nosave",
                                                         "now",     "force", NULL};
static const char *const supervised_choices[] = {"upstart", "systemd", "auto", "no", NULL};
static const char *const syslog_facility_choices[] = {
    "user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7", NULL};
static const char *const tls_auth_clients_choices[] = {"no", "yes", "optional", NULL};

/* ---- Checks of parameters with a form of their own ---- */

static const char *check_save(struct bytes text, sds *canonical) {
    static const char problem[] = "Invalid save parameters";
    size_t count = 0;
    sds *words = text_split_args(text, &count);
    if (words == NULL) {
        return problem;
    }
    bool is_empty = count == 0 || (count == 1 && sds_length(words[0]) == 0);
    bool is_good = is_empty || count % 2 == 0;
    for (size_t i = 0; i < count && is_good && !is_empty; i++) {
        int64_t number;
        is_good = text_parse_int64(sds_view(words[i]), &number) && number >= (i % 2 == 0);
        *canonical = sds_append(*canonical, BYTES(" "));
        *canonical = sds_append(*canonical, sds_view(words[i]));
    }
    text_free_args(words, count);
    if (is_good && sds_length(*canonical) > 0) {
        sds_keep(*canonical, 1, sds_length(*canonical) - 1);
    }
    return is_good ? NULL : problem;
}

static const char event_letters[] = "KEg$lshzxetmdn";

static const char *check_events(struct bytes text, sds *canonical) {
    static const char all_letters[] = "g$lshzxetd";
    static const char order[] = "g$lshzxetdKEmn";
    bool is_set[sizeof order] = {false};
    for (size_t i = 0; i < text.length; i++) {
        char letter = text.data[i];
        if (letter != 'A' && (letter == '\0' || strchr(event_letters, letter) == NULL)) {
            return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
        }
        for (size_t j = 0; order[j] != '\0'; j++) {
            is_set[j] |= order[j] == letter || (letter == 'A' && strchr(all_letters, order[j]));
        }
    }
    bool has_all = true;
    for (size_t j = 0; all_letters[j] != '\0'; j++) {
        has_all = has_all && is_set[j];
    }
    *canonical = has_all ? sds_append(*canonical, BYTES("A")) : *canonical;
    for (size_t j = has_all ? strlen(all_letters) : 0; order[j] != '\0'; j++) {
        if (is_set[j]) {
            *canonical = sds_append(*canonical, (struct bytes){&order[j], 1});
        }
    }
    return NULL;
}

static const char *check_title(struct bytes text, sds *canonical) {
    static const char *const variables[] = {"title",    "listen-addr", "server-mode", "port",
                                            "tls-port", "unixsocket",  "config-file"};
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] != '{') {
            continue;
        }
        const char *start = text.data + i + 1;
        const char *end = memchr(start, '}', text.length - i - 1);
        bool is_known = false;
        for (size_t j = 0; end != NULL && j < ARRAY_SIZE(variables); j++) {
            is_known |= bytes_is((struct bytes){start, (size_t)(end - start)}, variables[j]);
        }
        if (!is_known) {
            return "template format is invalid or contains unknown variables";
        }
    }
    *canonical = sds_append(*canonical, text);
    return NULL;
}

static const char *check_percentiles(struct bytes text, sds *canonical) {
    enum { PERCENT_MAX = 100 };
    size_t count = 0;
    sds *words = text_split_args(text, &count);
    bool is_good = words != NULL;
    for (size_t i = 0; i < count && is_good; i++) {
        double percent;
        is_good = sds_length(words[i]) == 0 || (text_parse_double(sds_view(words[i]), &percent) &&
                                                percent >= 0 && percent <= PERCENT_MAX);
    }
    if (words != NULL) {
        text_free_args(words, count);
    }
    *canonical = sds_append(*canonical, text);
    return is_good ? NULL
                   : "latency-tracking-info-percentiles should contain a list of percentages";
}

static const char *check_oom_values(struct bytes text, sds *canonical) {
    enum { VALUE_COUNT = 3, VALUE_MAX = 2000 };
    size_t count = 0;
    sds *words = text_split_args(text, &count);
    bool is_good = words != NULL && count == VALUE_COUNT;
    for (size_t i = 0; i < count && is_good; i++) {
        int64_t number;
        is_good = text_parse_int64(sds_view(words[i]), &number) && number >= -VALUE_MAX &&
                  number <= VALUE_MAX;
    }
    if (words != NULL) {
        text_free_args(words, count);
    }
    *canonical = sds_append(*canonical, text);
    return is_good ? NULL
                   : "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";
}

static const char *check_client_memory(struct bytes text, sds *canonical) {
    enum { PERCENT_MAX = 100 };
    bool is_percent = text.length > 0 && text.data[text.length - 1] == '%';
    struct bytes digits = {text.data, text.length - is_percent};
    int64_t number;
    bool is_good = is_percent
                       ? text_parse_int64(digits, &number) && number >= 0 && number <= PERCENT_MAX
                       : text_parse_memory(text, &number);
    if (!is_good) {
        return "argument must be a memory or percent value";
    }
    *canonical = is_percent ? sds_append(*canonical, text)
                            : sds_append_format(*canonical, "%lld", (long long)number);
    return NULL;
}

static const char *const limit_classes[] = {"normal", "slave", "pubsub"};

int config_limit_class(struct bytes name) {
    for (size_t i = 0; i < ARRAY_SIZE(limit_classes); i++) {
        if (bytes_is(name, limit_classes[i])) {
            return (int)i;
        }
    }
    return bytes_is(name, "replica") ? 1 : -1;
}

/* Words come in fours: class, hard limit, soft limit, seconds. */
static const char *check_output_limits(struct bytes text, sds *canonical) {
    enum { GROUP = 4 };
    size_t count = 0;
    sds *words = text_split_args(text, &count);
    const char *problem = words == NULL || count == 0 || count % GROUP != 0
                              ? "Wrong number of arguments in buffer limit configuration."
                              : NULL;
    for (size_t i = 0; problem == NULL && i < count; i += GROUP) {
        int64_t hard;
        int64_t soft;
        int64_t seconds;
        int class = config_limit_class(sds_view(words[i]));
        if (class < 0) {
            problem = "Invalid client class specified in buffer limit configuration.";
        } else if (!text_parse_memory(sds_view(words[i + 1]), &hard) ||
                   !text_parse_memory(sds_view(words[i + 2]), &soft) ||
                   !text_parse_int64(sds_view(words[i + 3]), &seconds) || seconds < 0) {
            problem = "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
        } else {
            *canonical = sds_append_format(*canonical, "%s%s %lld %lld %lld", i == 0 ? "" : " ",
                                           limit_classes[class], (long long)hard, (long long)soft,
                                           (long long)seconds);
        }
    }
    if (words != NULL) {
        text_free_args(words, count);
    }
    return problem;
}

/* clang-format off */
static const struct option_row rows[] = {
    {
        .name = "acl-pubsub-default", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = acl_pubsub_default_choices, .initial = "resetchannels",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "aclfile", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "acllog-max-len", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "128",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "active-defrag-cycle-max", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = 99, .choices = NULL, .initial = "25",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "active-defrag-cycle-min", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = 99, .choices = NULL, .initial = "1",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "active-defrag-cycle-us", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 100000, .choices = NULL, .initial = "500",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "active-defrag-ignore-bytes", .alias = NULL, .type = OPTION_MEMORY, .flags = OPTION_ABSENT,
        .min = 1, .max = INT64_MAX, .choices = NULL, .initial = "104857600",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "active-defrag-max-scan-fields", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = INT64_MAX, .choices = NULL, .initial = "1000",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "active-defrag-threshold-lower", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 1000, .choices = NULL, .initial = "10",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "active-defrag-threshold-upper", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 1000, .choices = NULL, .initial = "100",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "active-expire-effort", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 1, .max = 10, .choices = NULL, .initial = "1",
        .offset = offsetof(struct settings, active_expire_effort), .check = NULL,
    },
    {
        .name = "activedefrag", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "activerehashing", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "always-show-logo", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = offsetof(struct settings, always_show_logo), .check = NULL,
    },
    {
        .name = "aof-disable-auto-gc", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "aof-load-truncated", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "aof-rewrite-cpulist", .alias = "aof_rewrite_cpulist", .type = OPTION_STRING, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "aof-rewrite-incremental-fsync", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "aof-timestamp-enabled", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "aof-use-rdb-preamble", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "appenddirname", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "appendonlydir",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "appendfilename", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "appendonly.aof",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "appendfsync", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = appendfsync_choices, .initial = "everysec",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "appendonly", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "auto-aof-rewrite-min-size", .alias = NULL, .type = OPTION_MEMORY, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "67108864",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "auto-aof-rewrite-percentage", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "100",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "availability-zone", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "bgsave-cpulist", .alias = "bgsave_cpulist", .type = OPTION_STRING, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "bind", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_MANY,
        .min = 0, .max = 0, .choices = NULL, .initial = "* -::*",
        .offset = offsetof(struct settings, bind), .check = NULL,
    },
    {
        .name = "bind-source-addr", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "bio-cpulist", .alias = "bio_cpulist", .type = OPTION_STRING, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "busy-reply-threshold", .alias = "lua-time-limit", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "5000",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "client-output-buffer-limit", .alias = NULL, .type = OPTION_CUSTOM, .flags = OPTION_MANY,
        .min = 0, .max = 0, .choices = NULL, .initial = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
        .offset = OPTION_NO_FIELD, .check = check_output_limits,
    },
    {
        .name = "client-query-buffer-limit", .alias = NULL, .type = OPTION_MEMORY, .flags = 0,
        .min = 1048576, .max = INT64_MAX, .choices = NULL, .initial = "1073741824",
        .offset = offsetof(struct settings, client_query_buffer_limit_bytes), .check = NULL,
    },
    {
        .name = "cluster-allow-pubsubshard-when-down", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-allow-reads-when-down", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-allow-replica-migration", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-announce-bus-port", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 65535, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-announce-client-ipv4", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-announce-client-ipv6", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-announce-hostname", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-announce-human-nodename", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-announce-ip", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-announce-port", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 65535, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-announce-tls-port", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 65535, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-blacklist-ttl", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "60",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-config-file", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "nodes.conf",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-enabled", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = offsetof(struct settings, cluster_enabled), .check = NULL,
    },
    {
        .name = "cluster-link-sendbuf-limit", .alias = NULL, .type = OPTION_MEMORY, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-migration-barrier", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "1",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-node-timeout", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "15000",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-port", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 65535, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-preferred-endpoint-type", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = cluster_preferred_endpoint_type_choices, .initial = "ip",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-replica-no-failover", .alias = "cluster-slave-no-failover", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-replica-validity-factor", .alias = "cluster-slave-validity-factor", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "10",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-require-full-coverage", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "cluster-slot-stats-enabled", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "commandlog-execution-slower-than", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = -1, .max = INT64_MAX, .choices = NULL, .initial = "10000",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "commandlog-large-reply-max-len", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "128",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "commandlog-large-request-max-len", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "128",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "commandlog-reply-larger-than", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = -1, .max = INT64_MAX, .choices = NULL, .initial = "1048576",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "commandlog-request-larger-than", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = -1, .max = INT64_MAX, .choices = NULL, .initial = "1048576",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "commandlog-slow-execution-max-len", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "128",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "crash-log-enabled", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = offsetof(struct settings, crash_log_enabled), .check = NULL,
    },
    {
        .name = "crash-memcheck-enabled", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "daemonize", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = offsetof(struct settings, daemonize), .check = NULL,
    },
    {
        .name = "databases", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE,
        .min = 1, .max = INT32_MAX, .choices = NULL, .initial = "16",
        .offset = offsetof(struct settings, databases), .check = NULL,
    },
    {
        .name = "dbfilename", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_PROTECTED | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "dump.rdb",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "dir", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_PROTECTED,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = offsetof(struct settings, dir), .check = NULL,
    },
    {
        .name = "disable-thp", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "dual-channel-replication-enabled", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "dynamic-hz", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = offsetof(struct settings, dynamic_hz), .check = NULL,
    },
    {
        .name = "enable-debug-command", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = enable_debug_command_choices, .initial = "no",
        .offset = offsetof(struct settings, enable_debug_command), .check = NULL,
    },
    {
        .name = "enable-module-command", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = enable_debug_command_choices, .initial = "no",
        .offset = offsetof(struct settings, enable_module_command), .check = NULL,
    },
    {
        .name = "enable-protected-configs", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = enable_debug_command_choices, .initial = "no",
        .offset = offsetof(struct settings, enable_protected_configs), .check = NULL,
    },
    {
        .name = "extended-redis-compatibility", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "hash-max-listpack-entries", .alias = "hash-max-ziplist-entries", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "512",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "hash-max-listpack-value", .alias = "hash-max-ziplist-value", .type = OPTION_MEMORY, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "64",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "hide-user-data-from-log", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "hll-sparse-max-bytes", .alias = NULL, .type = OPTION_MEMORY, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "3000",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "hz", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "10",
        .offset = offsetof(struct settings, hz), .check = NULL,
    },
    {
        .name = "ignore-warnings", .alias = NULL, .type = OPTION_STRING, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "import-mode", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "io-threads", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 1, .max = 128, .choices = NULL, .initial = "1",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "io-threads-do-reads", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "jemalloc-bg-thread", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "latency-monitor-threshold", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "0",
        .offset = offsetof(struct settings, latency_monitor_threshold_ms), .check = NULL,
    },
    {
        .name = "latency-tracking", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = offsetof(struct settings, latency_tracking), .check = NULL,
    },
    {
        .name = "latency-tracking-info-percentiles", .alias = NULL, .type = OPTION_CUSTOM, .flags = OPTION_MANY,
        .min = 0, .max = 0, .choices = NULL, .initial = "50 99 99.9",
        .offset = offsetof(struct settings, latency_tracking_info_percentiles), .check = check_percentiles,
    },
    {
        .name = "lazyfree-lazy-eviction", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "lazyfree-lazy-expire", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = offsetof(struct settings, lazyfree_lazy_expire), .check = NULL,
    },
    {
        .name = "lazyfree-lazy-server-del", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = offsetof(struct settings, lazyfree_lazy_server_del), .check = NULL,
    },
    {
        .name = "lazyfree-lazy-user-del", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = offsetof(struct settings, lazyfree_lazy_user_del), .check = NULL,
    },
    {
        .name = "lazyfree-lazy-user-flush", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = offsetof(struct settings, lazyfree_lazy_user_flush), .check = NULL,
    },
    {
        .name = "lfu-decay-time", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "1",
        .offset = offsetof(struct settings, lfu_decay_time_minutes), .check = NULL,
    },
    {
        .name = "lfu-log-factor", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "10",
        .offset = offsetof(struct settings, lfu_log_factor), .check = NULL,
    },
    {
        .name = "list-compress-depth", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "list-max-listpack-size", .alias = "list-max-ziplist-size", .type = OPTION_INTEGER, .flags = 0,
        .min = INT32_MIN, .max = INT32_MAX, .choices = NULL, .initial = "-2",
        .offset = offsetof(struct settings, list_max_listpack_size), .check = NULL,
    },
    {
        .name = "locale-collate", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "log-format", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = log_format_choices, .initial = "legacy",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "log-timestamp-format", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = log_timestamp_format_choices, .initial = "legacy",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "logfile", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = offsetof(struct settings, logfile), .check = NULL,
    },
    {
        .name = "loglevel", .alias = NULL, .type = OPTION_ENUM, .flags = 0,
        .min = 0, .max = 0, .choices = loglevel_choices, .initial = "notice",
        .offset = offsetof(struct settings, loglevel), .check = NULL,
    },
    {
        .name = "max-new-connections-per-cycle", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = 1000, .choices = NULL, .initial = "10",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "max-new-tls-connections-per-cycle", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = 1000, .choices = NULL, .initial = "1",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "maxclients", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 1, .max = UINT32_MAX, .choices = NULL, .initial = "10000",
        .offset = offsetof(struct settings, maxclients), .check = NULL,
    },
    {
        .name = "maxmemory", .alias = NULL, .type = OPTION_MEMORY, .flags = 0,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "0",
        .offset = offsetof(struct settings, maxmemory_bytes), .check = NULL,
    },
    {
        .name = "maxmemory-clients", .alias = NULL, .type = OPTION_CUSTOM, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = check_client_memory,
    },
    {
        .name = "maxmemory-eviction-tenacity", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 100, .choices = NULL, .initial = "10",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "maxmemory-policy", .alias = NULL, .type = OPTION_ENUM, .flags = 0,
        .min = 0, .max = 0, .choices = maxmemory_policy_choices, .initial = "noeviction",
        .offset = offsetof(struct settings, maxmemory_policy), .check = NULL,
    },
    {
        .name = "maxmemory-samples", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = 64, .choices = NULL, .initial = "5",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "min-replicas-max-lag", .alias = "min-slaves-max-lag", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "10",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "min-replicas-to-write", .alias = "min-slaves-to-write", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "no-appendfsync-on-rewrite", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "notify-keyspace-events", .alias = NULL, .type = OPTION_CUSTOM, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = offsetof(struct settings, notify_keyspace_events), .check = check_events,
    },
    {
        .name = "oom-score-adj", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = oom_score_adj_choices, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "oom-score-adj-values", .alias = NULL, .type = OPTION_CUSTOM, .flags = OPTION_MANY | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "0 200 800",
        .offset = OPTION_NO_FIELD, .check = check_oom_values,
    },
    {
        .name = "pidfile", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = offsetof(struct settings, pidfile), .check = NULL,
    },
    {
        .name = "port", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 0, .max = 65535, .choices = NULL, .initial = "6379",
        .offset = offsetof(struct settings, port), .check = NULL,
    },
    {
        .name = "prefetch-batch-max-size", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 128, .choices = NULL, .initial = "16",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "primaryauth", .alias = "masterauth", .type = OPTION_STRING, .flags = OPTION_SENSITIVE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "primaryuser", .alias = "masteruser", .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "proc-title-template", .alias = NULL, .type = OPTION_CUSTOM, .flags = OPTION_MANY,
        .min = 0, .max = 0, .choices = NULL, .initial = "{title} {listen-addr} {server-mode}",
        .offset = offsetof(struct settings, proc_title_template), .check = check_title,
    },
    {
        .name = "propagation-error-behavior", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = propagation_error_behavior_choices, .initial = "ignore",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "protected-mode", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = offsetof(struct settings, protected_mode), .check = NULL,
    },
    {
        .name = "proto-max-bulk-len", .alias = NULL, .type = OPTION_MEMORY, .flags = 0,
        .min = 1048576, .max = INT64_MAX, .choices = NULL, .initial = "536870912",
        .offset = offsetof(struct settings, proto_max_bulk_len_bytes), .check = NULL,
    },
    {
        .name = "rdb-del-sync-files", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "rdb-save-incremental-fsync", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "rdbchecksum", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "rdbcompression", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "rdma-bind", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "rdma-completion-vector", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = -1, .max = INT32_MAX, .choices = NULL, .initial = "-1",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "rdma-port", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 65535, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "rdma-rx-size", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "1048576",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "repl-backlog-size", .alias = NULL, .type = OPTION_MEMORY, .flags = OPTION_ABSENT,
        .min = 1, .max = INT64_MAX, .choices = NULL, .initial = "1048576",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "repl-backlog-ttl", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "3600",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "repl-disable-tcp-nodelay", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "repl-diskless-load", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = repl_diskless_load_choices, .initial = "disabled",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "repl-diskless-sync", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "repl-diskless-sync-delay", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "5",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "repl-diskless-sync-max-replicas", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "repl-ping-replica-period", .alias = "repl-ping-slave-period", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = INT32_MAX, .choices = NULL, .initial = "10",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "repl-timeout", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 1, .max = INT32_MAX, .choices = NULL, .initial = "60",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "replica-announce-ip", .alias = "slave-announce-ip", .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "replica-announce-port", .alias = "slave-announce-port", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 65535, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "replica-announced", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "replica-ignore-disk-write-errors", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "replica-ignore-maxmemory", .alias = "slave-ignore-maxmemory", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "replica-lazy-flush", .alias = "slave-lazy-flush", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "replica-priority", .alias = "slave-priority", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "100",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "replica-read-only", .alias = "slave-read-only", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "replica-serve-stale-data", .alias = "slave-serve-stale-data", .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "replicaof", .alias = "slaveof", .type = OPTION_STRING, .flags = OPTION_IMMUTABLE | OPTION_MANY | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "requirepass", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_SENSITIVE,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = offsetof(struct settings, requirepass), .check = NULL,
    },
    {
        .name = "sanitize-dump-payload", .alias = NULL, .type = OPTION_ENUM, .flags = 0,
        .min = 0, .max = 0, .choices = sanitize_dump_payload_choices, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "save", .alias = NULL, .type = OPTION_CUSTOM, .flags = OPTION_MANY,
        .min = 0, .max = 0, .choices = NULL, .initial = "3600 1 300 100 60 10000",
        .offset = offsetof(struct settings, save), .check = check_save,
    },
    {
        .name = "server-cpulist", .alias = "server_cpulist", .type = OPTION_STRING, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "set-max-intset-entries", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "512",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "set-max-listpack-entries", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "128",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "set-max-listpack-value", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "64",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "set-proc-title", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = offsetof(struct settings, set_proc_title), .check = NULL,
    },
    {
        .name = "shutdown-on-sigint", .alias = NULL, .type = OPTION_ENUM, .flags = 0,
        .min = 0, .max = 0, .choices = shutdown_on_sigint_choices, .initial = "default",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "shutdown-on-sigterm", .alias = NULL, .type = OPTION_ENUM, .flags = 0,
        .min = 0, .max = 0, .choices = shutdown_on_sigint_choices, .initial = "default",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "shutdown-timeout", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "10",
        .offset = offsetof(struct settings, shutdown_timeout_seconds), .check = NULL,
    },
    {
        .name = "slowlog-log-slower-than", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = -1, .max = INT64_MAX, .choices = NULL, .initial = "10000",
        .offset = offsetof(struct settings, slowlog_log_slower_than_us), .check = NULL,
    },
    {
        .name = "slowlog-max-len", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "128",
        .offset = offsetof(struct settings, slowlog_max_len), .check = NULL,
    },
    {
        .name = "socket-mark-id", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = -1, .max = INT32_MAX, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "stop-writes-on-bgsave-error", .alias = NULL, .type = OPTION_BOOL, .flags = 0,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "stream-node-max-bytes", .alias = NULL, .type = OPTION_MEMORY, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "4096",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "stream-node-max-entries", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "100",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "supervised", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = supervised_choices, .initial = "no",
        .offset = offsetof(struct settings, supervised), .check = NULL,
    },
    {
        .name = "syslog-enabled", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = offsetof(struct settings, syslog_enabled), .check = NULL,
    },
    {
        .name = "syslog-facility", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = syslog_facility_choices, .initial = "local0",
        .offset = offsetof(struct settings, syslog_facility), .check = NULL,
    },
    {
        .name = "syslog-ident", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = NULL, .initial = "latchkey",
        .offset = offsetof(struct settings, syslog_ident), .check = NULL,
    },
    {
        .name = "tcp-backlog", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "511",
        .offset = offsetof(struct settings, tcp_backlog), .check = NULL,
    },
    {
        .name = "tcp-keepalive", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "300",
        .offset = offsetof(struct settings, tcp_keepalive_seconds), .check = NULL,
    },
    {
        .name = "timeout", .alias = NULL, .type = OPTION_INTEGER, .flags = 0,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "0",
        .offset = offsetof(struct settings, timeout_seconds), .check = NULL,
    },
    {
        .name = "tls-auth-clients", .alias = NULL, .type = OPTION_ENUM, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = tls_auth_clients_choices, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-ca-cert-dir", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-ca-cert-file", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-cert-file", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-ciphers", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-ciphersuites", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-client-cert-file", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-client-key-file", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-client-key-file-pass", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_SENSITIVE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-cluster", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-dh-params-file", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-key-file", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-key-file-pass", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_SENSITIVE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-port", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = 65535, .choices = NULL, .initial = "0",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-prefer-server-ciphers", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-protocols", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-replication", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "no",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-session-cache-size", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "20480",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-session-cache-timeout", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT32_MAX, .choices = NULL, .initial = "300",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tls-session-caching", .alias = NULL, .type = OPTION_BOOL, .flags = OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "yes",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "tracking-table-max-keys", .alias = NULL, .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "1000000",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "unixsocket", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = offsetof(struct settings, unixsocket), .check = NULL,
    },
    {
        .name = "unixsocketgroup", .alias = NULL, .type = OPTION_STRING, .flags = OPTION_IMMUTABLE | OPTION_ABSENT,
        .min = 0, .max = 0, .choices = NULL, .initial = "",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "unixsocketperm", .alias = NULL, .type = OPTION_OCTAL, .flags = OPTION_IMMUTABLE,
        .min = 0, .max = 511, .choices = NULL, .initial = "0",
        .offset = offsetof(struct settings, unixsocketperm), .check = NULL,
    },
    {
        .name = "zset-max-listpack-entries", .alias = "zset-max-ziplist-entries", .type = OPTION_INTEGER, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "128",
        .offset = OPTION_NO_FIELD, .check = NULL,
    },
    {
        .name = "zset-max-listpack-value", .alias = "zset-max-ziplist-value", .type = OPTION_MEMORY, .flags = OPTION_ABSENT,
        .min = 0, .max = INT64_MAX, .choices = NULL, .initial = "64",
        .offset = OPTION_NO_FIELD, .check = NULL,
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
