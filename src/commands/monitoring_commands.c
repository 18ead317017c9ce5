/*
 * SLOWLOG, LATENCY and MEMORY: where time and memory go.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/config.h"
#include "server/diagnostics.h"
#include "server/info.h"
#include "server/request.h"
#include "server/server.h"
#include "types/value_ops.h"

/* ---- SLOWLOG ---- */

/* SLOWLOG GET [count] */
static void slowlog_get_command(struct request *req, struct reply *reply) {
    enum { DEFAULT_COUNT = 10, ARGC_MAX = 3 };
    static const struct args_bounds bounds = {-1, INT64_MAX,
                                              "ERR count should be greater than or equal to -1"};
    int64_t count = DEFAULT_COUNT;
    if (request_argc(req) > ARGC_MAX) {
        struct bytes name = request_arg(req, 1);
        reply_error_format(reply,
                           "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try "
                           "SLOWLOG HELP.",
                           (int)name.length, name.data);
        return;
    }
    if (request_argc(req) == ARGC_MAX && !args_bounded(req, 2, bounds, &count, reply)) {
        return;
    }
    diagnostics_reply_slow_log(req->server->diagnostics, reply, count < 0 ? INT64_MAX : count);
}

/* SLOWLOG LEN */
static void slowlog_len_command(struct request *req, struct reply *reply) {
    reply_integer(reply, (int64_t)diagnostics_slow_log_length(req->server->diagnostics));
}

/* SLOWLOG RESET */
static void slowlog_reset_command(struct request *req, struct reply *reply) {
    diagnostics_reset_slow_log(req->server->diagnostics);
    reply_ok(reply);
}

/* SLOWLOG HELP */
static void slowlog_help_command(struct request *req, struct reply *reply) {
    (void)req;
    static const char *const lines[] = {
        "GET [<count>]",
        "    The newest slow requests (10 unless said, -1 for all): number, time, microseconds,",
        "    arguments, address and name of the client.",
        "LEN",
        "    How many entries there are.",
        "RESET",
        "    Empties the log.",
    };
    reply_help(reply, "SLOWLOG", lines, ARRAY_SIZE(lines));
}

/* ---- LATENCY ---- */

/* LATENCY LATEST */
static void latency_latest_command(struct request *req, struct reply *reply) {
    diagnostics_reply_latest(req->server->diagnostics, reply);
}

/* LATENCY HISTORY event */
static void latency_history_command(struct request *req, struct reply *reply) {
    diagnostics_reply_history(req->server->diagnostics, request_arg(req, 2), reply);
}

/* LATENCY RESET [event ...] */
static void latency_reset_command(struct request *req, struct reply *reply) {
    size_t count =
        diagnostics_reset_latency(req->server->diagnostics, req->args + 2, request_argc(req) - 2);
    reply_integer(reply, (int64_t)count);
}

/* Draws one column a sample, as high as its share of the worst. */
static sds draw_samples(sds text, const int64_t *durations_ms, size_t count) {
    enum { HEIGHT = 8 };
    int64_t worst_ms = 1;
    for (size_t i = 0; i < count; i++) {
        worst_ms = durations_ms[i] > worst_ms ? durations_ms[i] : worst_ms;
    }
    for (int64_t level = HEIGHT; level > 0; level--) {
        text = sds_append_format(text, "%8lld ms |", (long long)(worst_ms * level / HEIGHT));
        for (size_t i = 0; i < count; i++) {
            bool is_high = durations_ms[i] * HEIGHT >= worst_ms * level;
            text = sds_append(text, is_high ? BYTES("#") : BYTES(" "));
        }
        text = sds_append(text, BYTES("\n"));
    }
    return text;
}

/* LATENCY GRAPH event */
static void latency_graph_command(struct request *req, struct reply *reply) {
    int64_t durations_ms[DIAGNOSTICS_SAMPLE_MAX];
    struct bytes event = request_arg(req, 2);
    size_t count = diagnostics_latency_samples(req->server->diagnostics, event, durations_ms);
    if (count == 0) {
        reply_error_format(reply, "ERR No samples available for event '%.*s'", (int)event.length,
                           event.data);
        return;
    }
    sds text = sds_append_format(sds_new(BYTES("")), "%.*s - oldest sample first\n",
                                 (int)event.length, event.data);
    text = draw_samples(text, durations_ms, count);
    reply_verbatim(reply, "txt", sds_view(text));
    sds_free(text);
}

/* LATENCY DOCTOR */
static void latency_doctor_command(struct request *req, struct reply *reply) {
    sds text = diagnostics_describe_latency(req->server->diagnostics, sds_new(BYTES("")));
    reply_verbatim(reply, "txt", sds_view(text));
    sds_free(text);
}

/* The power of two of microseconds that a bucket of ticks ends below. */
static int64_t bucket_end_us(size_t bucket) {
    enum { NS_PER_US = 1000, LAST_BUCKET = COMMAND_HISTOGRAM_BUCKETS - 2 };
    uint64_t ticks = 2ULL << (bucket < LAST_BUCKET ? bucket : LAST_BUCKET);
    int64_t us = clock_ticks_to_ns(ticks) / NS_PER_US;
    int64_t end = 1;
    while (end < us) {
        end *= 2;
    }
    return end;
}

static void reply_histogram(const struct known_command *command, struct reply *reply) {
    const struct command_counters *counters = command->counters;
    int64_t total = command_tracked_calls(counters);
    reply_bulk(reply, sds_view(command->name));
    reply_map(reply, 2);
    reply_bulk_text(reply, "calls");
    reply_integer(reply, total);
    reply_bulk_text(reply, "histogram_usec");
    size_t mark = reply_begin(reply);
    size_t pair_count = 0;
    int64_t seen = 0;
    for (size_t i = 0; i < COMMAND_HISTOGRAM_BUCKETS; i++) {
        seen += counters->latency_buckets[i];
        bool ends_here =
            i + 1 == COMMAND_HISTOGRAM_BUCKETS || bucket_end_us(i) != bucket_end_us(i + 1);
        bool is_new = counters->latency_buckets[i] > 0 || seen > 0;
        if (ends_here && is_new) {
            reply_integer(reply, bucket_end_us(i));
            reply_integer(reply, seen);
            pair_count++;
            if (seen >= total) {
                break;
            }
        }
    }
    reply_end_map(reply, mark, pair_count);
}

static bool is_asked_for(const struct request *req, const struct known_command *command) {
    for (size_t i = 2; i < request_argc(req); i++) {
        struct bytes name = request_arg(req, i);
        if (bytes_equal_nocase(name, sds_view(command->name)) ||
            (command->parent != NULL &&
             bytes_equal_nocase(name, sds_view(command->parent->name)))) {
            return true;
        }
    }
    return request_argc(req) == 2;
}

/* LATENCY HISTOGRAM [command ...] */
static void latency_histogram_command(struct request *req, struct reply *reply) {
    size_t mark = reply_begin(reply);
    size_t count = 0;
    for (size_t i = 0; i < command_total_count(req->server->commands); i++) {
        const struct known_command *command = command_by_index(req->server->commands, i);
        if (command_tracked_calls(command->counters) > 0 && is_asked_for(req, command)) {
            reply_histogram(command, reply);
            count++;
        }
    }
    reply_end_map(reply, mark, count);
}

/* LATENCY HELP */
static void latency_help_command(struct request *req, struct reply *reply) {
    (void)req;
    static const char *const lines[] = {
        "DOCTOR",
        "    What was seen, in words.",
        "GRAPH <event>",
        "    The samples of an event as a drawing.",
        "HISTOGRAM [<command> ...]",
        "    How many calls took at most how many microseconds.",
        "HISTORY <event>",
        "    Time and milliseconds of the samples of an event.",
        "LATEST",
        "    Event, time, last and worst milliseconds of all events.",
        "RESET [<event> ...]",
        "    Forgets the samples of some events, or of all.",
    };
    reply_help(reply, "LATENCY", lines, ARRAY_SIZE(lines));
}

/* ---- MEMORY ---- */

/* MEMORY USAGE key [SAMPLES count] */
static void memory_usage_command(struct request *req, struct reply *reply) {
    enum { OPTION_INDEX = 3, DEFAULT_SAMPLES = 5 };
    int64_t samples = DEFAULT_SAMPLES;
    for (size_t i = OPTION_INDEX; i < request_argc(req); i += 2) {
        if (i + 1 == request_argc(req) || !args_is(req, i, "samples")) {
            reply_syntax_error(reply);
            return;
        }
        if (!args_integer(req, i + 1, &samples, reply)) {
            return;
        }
        if (samples < 0) {
            reply_syntax_error(reply);
            return;
        }
    }
    struct open_key key;
    if (!keyspace_open_read(req->database, request_arg(req, 2), request_key_hash(req, 2),
                            OPEN_UNTOUCHED, &key)) {
        reply_null(reply);
        return;
    }
    size_t size = keyspace_entry_memory(&key) + value_ops_memory(&key.value, (size_t)samples);
    reply_integer(reply, (int64_t)size);
}

static void reply_figure(const char *name, size_t value, struct reply *reply) {
    reply_bulk_text(reply, name);
    reply_integer(reply, (int64_t)value);
}

static void reply_share(const char *name, size_t part, size_t whole, double scale,
                        struct reply *reply) {
    reply_bulk_text(reply, name);
    reply_double(reply, whole == 0 ? 0 : (double)part * scale / (double)whole);
}

static void reply_ratio(const char *ratio_name, const char *bytes_name, size_t part, size_t whole,
                        struct reply *reply) {
    reply_share(ratio_name, part, whole, 1, reply);
    reply_bulk_text(reply, bytes_name);
    reply_integer(reply, (int64_t)part - (int64_t)whole);
}

/* One nested map for each database with keys; returns the number of keys in all of them. */
static size_t reply_database_figures(struct request *req, size_t *field_count,
                                     struct reply *reply) {
    enum { DATABASE_FIELDS = 3 };
    size_t key_count = 0;
    for (size_t i = 0; i < keyspace_database_count(req->server->keyspace); i++) {
        const struct database *database = keyspace_database(req->server->keyspace, i);
        if (database_key_count(database) == 0) {
            continue;
        }
        key_count += database_key_count(database);
        sds name = sds_append_format(sds_new(BYTES("")), "db.%zu", i);
        reply_bulk(reply, sds_view(name));
        sds_free(name);
        reply_map(reply, DATABASE_FIELDS);
        reply_figure("overhead.hashtable.main", database_table_memory(database), reply);
        reply_figure("overhead.hashtable.expires", 0, reply);
        reply_figure("overhead.hashtable.slot-to-keys", 0, reply);
        (*field_count)++;
    }
    return key_count;
}

/* MEMORY STATS */
static void memory_stats_command(struct request *req, struct reply *reply) {
    enum { PERCENT = 100, FIXED_FIELDS = 27 };
    struct server *server = req->server;
    struct alloc_stats stats = alloc_read_stats();
    size_t used = alloc_used_bytes();
    size_t resident = info_resident_memory();
    size_t overhead = info_overhead_memory(server);
    size_t startup = server->statistics.startup_memory;
    size_t peak = server->statistics.peak_memory > used ? server->statistics.peak_memory : used;
    size_t dataset = used > overhead ? used - overhead : 0;
    size_t net = used > startup ? used - startup : 0;
    size_t field_count = FIXED_FIELDS;
    size_t mark = reply_begin(reply);
    reply_figure("peak.allocated", peak, reply);
    reply_figure("total.allocated", used, reply);
    reply_figure("startup.allocated", startup, reply);
    reply_figure("replication.backlog", 0, reply);
    reply_figure("clients.slaves", 0, reply);
    reply_figure("clients.normal", server->clients.memory, reply);
    reply_figure("cluster.links", 0, reply);
    reply_figure("aof.buffer", 0, reply);
    reply_figure("lua.caches", server->script_figures.eval_script_bytes, reply);
    reply_figure("functions.caches", server->script_figures.function_bytes, reply);
    size_t key_count = reply_database_figures(req, &field_count, reply);
    reply_figure("overhead.total", overhead, reply);
    reply_figure("keys.count", key_count, reply);
    reply_figure("keys.bytes-per-key", key_count == 0 ? 0 : net / key_count, reply);
    reply_figure("dataset.bytes", dataset, reply);
    reply_share("dataset.percentage", dataset, net, PERCENT, reply);
    reply_share("peak.percentage", used, peak, PERCENT, reply);
    reply_figure("allocator.allocated", stats.allocated_bytes, reply);
    reply_figure("allocator.active", stats.active_bytes, reply);
    reply_figure("allocator.resident", stats.resident_bytes, reply);
    reply_ratio("allocator-fragmentation.ratio", "allocator-fragmentation.bytes",
                stats.active_bytes, stats.allocated_bytes, reply);
    reply_ratio("allocator-rss.ratio", "allocator-rss.bytes", stats.resident_bytes,
                stats.active_bytes, reply);
    reply_ratio("rss-overhead.ratio", "rss-overhead.bytes", resident, stats.resident_bytes, reply);
    reply_ratio("fragmentation", "fragmentation.bytes", resident, used, reply);
    reply_end_map(reply, mark, field_count);
}

/* MEMORY DOCTOR */
static void memory_doctor_command(struct request *req, struct reply *reply) {
    enum { SMALL_BYTES = 5 * 1024 * 1024, MUCH_PERCENT = 150, PERCENT = 100 };
    size_t used = alloc_used_bytes();
    size_t resident = info_resident_memory();
    sds text = sds_new(BYTES(""));
    if (used < SMALL_BYTES) {
        text = sds_append(text, BYTES("There is too little data to say anything about it.\n"));
    } else {
        size_t peak = req->server->statistics.peak_memory;
        if (peak * PERCENT > used * MUCH_PERCENT) {
            text = sds_append_format(text,
                                     "Memory use was %zu bytes at its peak and is %zu now; the "
                                     "allocator keeps some of it. MEMORY PURGE gives it back.\n",
                                     peak, used);
        }
        if (resident * PERCENT > used * MUCH_PERCENT) {
            text = sds_append_format(text,
                                     "The process holds %zu bytes of memory for %zu bytes of "
                                     "data and tables: it is fragmented.\n",
                                     resident, used);
        }
        if (sds_length(text) == 0) {
            text = sds_append(text, BYTES("Nothing unusual was found.\n"));
        }
    }
    reply_verbatim(reply, "txt", sds_view(text));
    sds_free(text);
}

static void append_report(void *context, const char *text) {
    sds *report = context;
    *report = sds_append(*report, bytes_of_text(text));
}

/* MEMORY MALLOC-STATS */
static void memory_malloc_stats_command(struct request *req, struct reply *reply) {
    (void)req;
    sds report = sds_new(BYTES(""));
    alloc_report(append_report, &report);
    reply_verbatim(reply, "txt", sds_view(report));
    sds_free(report);
}

/* MEMORY PURGE */
static void memory_purge_command(struct request *req, struct reply *reply) {
    (void)req;
    if (alloc_purge()) {
        reply_ok(reply);
    } else {
        reply_error(reply, "ERR Error purging dirty pages");
    }
}

/* MEMORY HELP */
static void memory_help_command(struct request *req, struct reply *reply) {
    (void)req;
    static const char *const lines[] = {
        "DOCTOR",
        "    What is unusual about the use of memory.",
        "MALLOC-STATS",
        "    The allocator's report of itself.",
        "PURGE",
        "    Gives unused memory back to the system.",
        "STATS",
        "    Where memory goes.",
        "USAGE <key> [SAMPLES <count>]",
        "    Bytes of a key with its value (0 samples: exact).",
    };
    reply_help(reply, "MEMORY", lines, ARRAY_SIZE(lines));
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "slowlog", .handler = NULL, .arity = -2,
        .flags = 0,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "2.2.12", .complexity = "varies",
        .syntax = "<subcommand>",
        .deprecated_since = "8.1.0",
        .summary = "Shows requests that took long.",
    },
    {
        .parent = "slowlog", .name = "get", .handler = slowlog_get_command, .arity = -2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_nodes", "nondeterministic_output"),
        .group = GROUP_SERVER, .since = "2.2.12", .complexity = "O(N)",
        .syntax = "[count]",
        .deprecated_since = "8.1.0",
        .summary = "Returns the newest entries of the slow log.",
    },
    {
        .parent = "slowlog", .name = "len", .handler = slowlog_len_command, .arity = 2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_nodes", "response_policy:agg_sum",
                     "nondeterministic_output"),
        .group = GROUP_SERVER, .since = "2.2.12", .complexity = "O(1)",
        .syntax = "",
        .deprecated_since = "8.1.0",
        .summary = "Returns the number of entries of the slow log.",
    },
    {
        .parent = "slowlog", .name = "reset", .handler = slowlog_reset_command, .arity = 2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_nodes", "response_policy:all_succeeded"),
        .group = GROUP_SERVER, .since = "2.2.12", .complexity = "O(N)",
        .syntax = "",
        .deprecated_since = "8.1.0",
        .summary = "Empties the slow log.",
    },
    {
        .parent = "slowlog", .name = "help", .handler = slowlog_help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "6.2.0", .complexity = "O(1)",
        .syntax = "",
        .deprecated_since = "8.1.0",
        .summary = "Lists the subcommands of SLOWLOG.",
    },
    {
        .name = "latency", .handler = NULL, .arity = -2,
        .flags = 0,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "2.8.13", .complexity = "varies",
        .syntax = "<subcommand>",
        .summary = "Shows latency spikes and how long commands take.",
    },
    {
        .parent = "latency", .name = "latest", .handler = latency_latest_command, .arity = 2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output", "request_policy:all_nodes",
                     "response_policy:special"),
        .group = GROUP_SERVER, .since = "2.8.13", .complexity = "O(1)",
        .syntax = "",
        .summary = "Returns the newest sample of each latency event.",
    },
    {
        .parent = "latency", .name = "history", .handler = latency_history_command, .arity = 3,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output", "request_policy:all_nodes",
                     "response_policy:special"),
        .group = GROUP_SERVER, .since = "2.8.13", .complexity = "O(1)",
        .syntax = "event",
        .summary = "Returns the samples of a latency event.",
    },
    {
        .parent = "latency", .name = "reset", .handler = latency_reset_command, .arity = -2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_nodes", "response_policy:agg_sum"),
        .group = GROUP_SERVER, .since = "2.8.13", .complexity = "O(1)",
        .syntax = "[event [event ...]]",
        .summary = "Forgets the samples of latency events.",
    },
    {
        .parent = "latency", .name = "graph", .handler = latency_graph_command, .arity = 3,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output", "request_policy:all_nodes",
                     "response_policy:special"),
        .group = GROUP_SERVER, .since = "2.8.13", .complexity = "O(1)",
        .syntax = "event",
        .summary = "Draws the samples of a latency event.",
    },
    {
        .parent = "latency", .name = "doctor", .handler = latency_doctor_command, .arity = 2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output", "request_policy:all_nodes",
                     "response_policy:special"),
        .group = GROUP_SERVER, .since = "2.8.13", .complexity = "O(1)",
        .syntax = "",
        .summary = "Describes latency spikes in words.",
    },
    {
        .parent = "latency", .name = "histogram", .handler = latency_histogram_command, .arity = -2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output", "request_policy:all_nodes",
                     "response_policy:special"),
        .group = GROUP_SERVER, .since = "7.0.0", .complexity = "O(N)",
        .syntax = "[command [command ...]]",
        .summary = "Returns how long commands take as cumulative counts.",
    },
    {
        .parent = "latency", .name = "help", .handler = latency_help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "2.8.13", .complexity = "O(1)",
        .syntax = "",
        .summary = "Lists the subcommands of LATENCY.",
    },
    {
        .name = "memory", .handler = NULL, .arity = -2,
        .flags = 0,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "varies",
        .syntax = "<subcommand>",
        .summary = "Shows where memory goes.",
    },
    {
        .parent = "memory", .name = "usage", .handler = memory_usage_command, .arity = -3,
        .flags = CMD_READONLY,
        .acl = 0, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "O(N)",
        .syntax = "key [SAMPLES count]",
        .summary = "Returns the bytes that a key takes.",
    },
    {
        .parent = "memory", .name = "stats", .handler = memory_stats_command, .arity = 2,
        .flags = 0,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output", "request_policy:all_shards",
                     "response_policy:special"),
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Returns figures about the use of memory.",
    },
    {
        .parent = "memory", .name = "doctor", .handler = memory_doctor_command, .arity = 2,
        .flags = 0,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output", "request_policy:all_shards",
                     "response_policy:special"),
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Describes the use of memory in words.",
    },
    {
        .parent = "memory", .name = "malloc-stats", .handler = memory_malloc_stats_command,
        .arity = 2,
        .flags = CMD_LOADING,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output", "request_policy:all_shards",
                     "response_policy:special"),
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "varies",
        .syntax = "",
        .summary = "Returns the allocator's report of itself.",
    },
    {
        .parent = "memory", .name = "purge", .handler = memory_purge_command, .arity = 2,
        .flags = CMD_LOADING,
        .acl = 0, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_shards", "response_policy:all_succeeded"),
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "varies",
        .syntax = "",
        .summary = "Gives unused memory back to the system.",
    },
    {
        .parent = "memory", .name = "help", .handler = memory_help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "4.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Lists the subcommands of MEMORY.",
    },
};
/* clang-format on */

const struct command_table monitoring_commands = {rows, ARRAY_SIZE(rows)};
