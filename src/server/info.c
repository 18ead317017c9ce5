/*
 * Each section is one function that appends its fields in the order in which tools expect them.
 */
#include "server/info.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "base/worker.h"
#include "keyspace/keyspace.h"
#include "server/blocking.h"
#include "server/client.h"
#include "server/config.h"
#include "server/diagnostics.h"
#include "server/durability.h"
#include "server/eviction.h"
#include "server/pubsub.h"
#include "server/saving.h"
#include "server/server.h"
#include "server/tracking.h"
#include "server/transaction.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

enum {
    SECONDS_PER_DAY = 86400,
    KIB = 1024,
    PERCENT = 100,
    LRU_CLOCK_MASK = (1 << 24) - 1,
};

/* ---- Helpers ---- */

sds info_append_human_size(sds text, size_t size) {
    static const char *const units[] = {"K", "M", "G", "T", "P"};
    if (size < KIB) {
        return sds_append_format(text, "%zuB", size);
    }
    double shown = (double)size / KIB;
    size_t unit = 0;
    while (shown >= KIB && unit + 1 < ARRAY_SIZE(units)) {
        shown /= KIB;
        unit++;
    }
    return sds_append_format(text, "%.2f%s", shown, units[unit]);
}

static sds append_sizes(sds text, const char *name, size_t size) {
    text = sds_append_format(text, "%s:%zu\r\n%s_human:", name, size, name);
    text = info_append_human_size(text, size);
    return sds_append(text, BYTES("\r\n"));
}

size_t info_resident_memory(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long total_pages = 0;
    unsigned long resident_pages = 0;
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%lu %lu", &total_pages, &resident_pages) != 2) {
        resident_pages = 0;
    }
    (void)fclose(file);
    return (size_t)resident_pages * (size_t)sysconf(_SC_PAGESIZE);
}

static size_t system_memory(void) {
    return (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
}

size_t info_overhead_memory(const struct server *server) {
    size_t size = server->statistics.startup_memory + server->clients.memory;
    size += server->script_figures.eval_script_bytes + server->script_figures.function_bytes;
    for (size_t i = 0; i < keyspace_database_count(server->keyspace); i++) {
        const struct database *database = keyspace_database(server->keyspace, i);
        if (database_key_count(database) > 0) {
            size += database_table_memory(database);
        }
    }
    return size;
}

/* ---- Sections ---- */

static const char *supervision_name(const struct server *server) {
    return config_value(server->config, "supervised");
}

/* The program's path, as the system knows it now. */
static void read_executable(char path[PATH_MAX]) {
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = '\0';
}

sds info_write_server(struct server *server, sds text) {
    struct utsname system;
    (void)uname(&system);
    const char *config_file = config_file_path(server->config);
    char executable[PATH_MAX];
    read_executable(executable);
    int64_t uptime_seconds = (clock_unix_ms() - server->start_ms) / CLOCK_MS_PER_SECOND;
    text =
        sds_append_format(text,
                          "redis_version:%s\r\nserver_name:latchkey\r\nlatchkey_version:%s\r\n"
                          "redis_git_sha1:00000000\r\nredis_git_dirty:0\r\n"
                          "redis_build_id:0000000000000000\r\nredis_mode:standalone\r\n"
                          "os:%s %s %s\r\narch_bits:%d\r\nmonotonic_clock:POSIX clock_gettime\r\n"
                          "multiplexing_api:epoll\r\natomicvar_api:c11-builtin\r\n"
                          "gcc_version:%d.%d.%d\r\nprocess_id:%d\r\nprocess_supervised:%s\r\n",
                          LATCHKEY_REDIS_VERSION, LATCHKEY_VERSION, system.sysname, system.release,
                          system.machine, (int)sizeof(void *) * 8, __GNUC__, __GNUC_MINOR__,
                          __GNUC_PATCHLEVEL__, (int)getpid(), supervision_name(server));
    text = sds_append_format(
        text,
        "run_id:%s\r\ntcp_port:%d\r\nserver_time_usec:%lld\r\nuptime_in_seconds:%lld\r\n"
        "uptime_in_days:%lld\r\nhz:%lld\r\nconfigured_hz:%lld\r\nlru_clock:%lld\r\n"
        "executable:%s\r\nconfig_file:%s\r\nio_threads_active:0\r\n",
        server->run_id, server->tcp_port, (long long)clock_read_unix_us(),
        (long long)uptime_seconds, (long long)(uptime_seconds / SECONDS_PER_DAY),
        (long long)server->settings->hz, (long long)server->settings->hz,
        (long long)((clock_unix_ms() / CLOCK_MS_PER_SECOND) & LRU_CLOCK_MASK), executable,
        config_file == NULL ? "" : config_file);
    return text;
}

/* The largest buffers that a session holds now. */
static void measure_buffers(const struct server *server, size_t *input, size_t *output) {
    *input = 0;
    *output = 0;
    LIST_EACH(node, &server->clients.all) {
        const struct client *client = LIST_ENTRY(node, struct client, node);
        size_t held = client->input == NULL ? 0 : sds_length(client->input);
        *input = held > *input ? held : *input;
        held = client_output_size(client);
        *output = held > *output ? held : *output;
    }
}

/* Who waits for the end of CLIENT PAUSE counts among the blocked. */
static size_t count_postponed(const struct server *server) {
    size_t count = 0;
    LIST_EACH(node, &server->postponed) {
        count++;
    }
    return count;
}

sds info_write_clients(struct server *server, sds text) {
    size_t input;
    size_t output;
    measure_buffers(server, &input, &output);
    const struct pause *pause = &server->pause;
    bool is_paused = pause->until_ms != 0;
    return sds_append_format(
        text,
        "connected_clients:%zu\r\ncluster_connections:0\r\nmaxclients:%lld\r\n"
        "client_recent_max_input_buffer:%zu\r\nclient_recent_max_output_buffer:%zu\r\n"
        "blocked_clients:%zu\r\ntracking_clients:%zu\r\npubsub_clients:%zu\r\n"
        "watching_clients:%zu\r\nclients_in_timeout_table:%zu\r\ntotal_watched_keys:%zu\r\n"
        "total_blocking_keys:%zu\r\ntotal_blocking_keys_on_nokey:0\r\npaused_reason:%s\r\n"
        "paused_actions:%s\r\npaused_timeout_milliseconds:%lld\r\n",
        server->clients.count, (long long)server->settings->maxclients, input, output,
        blocking_client_count(server->blocking) + count_postponed(server),
        tracking_client_count(server->tracking), pubsub_client_count(server->pubsub),
        transactions_client_count(server->transactions), blocking_timeout_count(server->blocking),
        transactions_key_count(server->transactions), blocking_key_count(server->blocking),
        is_paused ? "client_pause" : "none",
        is_paused ? (pause->writes_only ? "write" : "all") : "none",
        is_paused ? (long long)(pause->until_ms - clock_unix_ms()) : 0LL);
}

static double ratio(size_t part, size_t whole) {
    return whole == 0 ? 0 : (double)part / (double)whole;
}

static long long difference(size_t a, size_t b) {
    return (long long)a - (long long)b;
}

static sds append_allocator(sds text, const struct alloc_stats *stats, size_t resident,
                            size_t used) {
    return sds_append_format(
        text,
        "allocator_frag_ratio:%.2f\r\nallocator_frag_bytes:%lld\r\nallocator_rss_ratio:%.2f\r\n"
        "allocator_rss_bytes:%lld\r\nrss_overhead_ratio:%.2f\r\nrss_overhead_bytes:%lld\r\n"
        "mem_fragmentation_ratio:%.2f\r\nmem_fragmentation_bytes:%lld\r\n",
        ratio(stats->active_bytes, stats->allocated_bytes),
        difference(stats->active_bytes, stats->allocated_bytes),
        ratio(stats->resident_bytes, stats->active_bytes),
        difference(stats->resident_bytes, stats->active_bytes),
        ratio(resident, stats->resident_bytes), difference(resident, stats->resident_bytes),
        ratio(resident, used), difference(resident, used));
}

static sds append_scripts(sds text, const struct script_figures *figures) {
    text = sds_append_format(text, "used_memory_lua:%zu\r\nused_memory_vm_eval:%zu\r\n",
                             figures->eval_vm_bytes, figures->eval_vm_bytes);
    text = sds_append(text, BYTES("used_memory_lua_human:"));
    text = info_append_human_size(text, figures->eval_vm_bytes);
    text = sds_append_format(
        text,
        "\r\nused_memory_scripts_eval:%zu\r\nnumber_of_cached_scripts:%zu\r\n"
        "number_of_functions:%zu\r\nnumber_of_libraries:%zu\r\nused_memory_vm_functions:%zu\r\n",
        figures->eval_script_bytes, figures->script_count, figures->function_count,
        figures->library_count, figures->function_vm_bytes);
    text = append_sizes(text, "used_memory_vm_total",
                        figures->eval_vm_bytes + figures->function_vm_bytes);
    text = sds_append_format(text, "used_memory_functions:%zu\r\n", figures->function_bytes);
    return append_sizes(text, "used_memory_scripts",
                        figures->eval_script_bytes + figures->function_bytes);
}

sds info_write_memory(struct server *server, sds text) {
    struct alloc_stats stats = alloc_read_stats();
    size_t used = alloc_used_bytes();
    size_t resident = info_resident_memory();
    size_t overhead = info_overhead_memory(server);
    size_t startup = server->statistics.startup_memory;
    size_t peak = server->statistics.peak_memory > used ? server->statistics.peak_memory : used;
    size_t dataset = used > overhead ? used - overhead : 0;
    text = append_sizes(text, "used_memory", used);
    text = append_sizes(text, "used_memory_rss", resident);
    text = append_sizes(text, "used_memory_peak", peak);
    text = sds_append_format(
        text,
        "used_memory_peak_time:%lld\r\nused_memory_peak_perc:%.2f%%\r\nused_memory_overhead:%zu\r\n"
        "used_memory_startup:%zu\r\nused_memory_dataset:%zu\r\nused_memory_dataset_perc:%.2f%%\r\n"
        "allocator_allocated:%zu\r\nallocator_active:%zu\r\nallocator_resident:%zu\r\n"
        "allocator_muzzy:0\r\n",
        (long long)(server->statistics.peak_memory_ms / CLOCK_MS_PER_SECOND),
        ratio(used, peak) * PERCENT, overhead, startup, dataset,
        used > startup ? ratio(dataset, used - startup) * PERCENT : 0.0, stats.allocated_bytes,
        stats.active_bytes, stats.resident_bytes);
    text = append_sizes(text, "total_system_memory", system_memory());
    text = append_scripts(text, &server->script_figures);
    text = append_sizes(text, "maxmemory", (size_t)server->settings->maxmemory_bytes);
    text = sds_append_format(text, "maxmemory_policy:%s\r\n",
                             config_value(server->config, "maxmemory-policy"));
    text = append_allocator(text, &stats, resident, used);
    size_t uncounted = eviction_uncounted_bytes(server->eviction); /* the journal */
    return sds_append_format(
        text,
        "mem_not_counted_for_evict:%zu\r\nmem_replication_backlog:0\r\n"
        "mem_total_replication_buffers:0\r\nmem_clients_slaves:0\r\nmem_clients_normal:%zu\r\n"
        "mem_cluster_links:0\r\nmem_aof_buffer:%zu\r\nmem_allocator:%s\r\n"
        "mem_overhead_db_hashtable_rehashing:0\r\nactive_defrag_running:0\r\n"
        "lazyfree_pending_objects:%zu\r\nlazyfreed_objects:0\r\n",
        uncounted, server->clients.memory, uncounted, alloc_name(),
        worker_pending_count(server->worker));
}

sds info_write_persistence(struct server *server, sds text) {
    text = sds_append_format(text, "loading:%d\r\nasync_loading:0\r\n", (int)server->is_loading);
    text = saving_describe(server, text);
    const struct log_keeper *keeper = durability_keeper(server->durability);
    text = keeper->describe == NULL ? text : keeper->describe(keeper->context, text);
    const struct saver *saver = &server->saving->saver;
    return saver->describe_progress == NULL ? text : saver->describe_progress(saver->context, text);
}

static double kilobytes(int64_t bytes) {
    return (double)bytes / KIB;
}

sds info_write_stats(struct server *server, sds text) {
    const struct statistics *statistics = &server->statistics;
    const struct keyspace_counters *counters = keyspace_counters(server->keyspace);
    struct eviction_times times = eviction_times(server->eviction);
    text = sds_append_format(
        text,
        "total_connections_received:%lld\r\ntotal_commands_processed:%lld\r\n"
        "instantaneous_ops_per_sec:%lld\r\ntotal_net_input_bytes:%lld\r\n"
        "total_net_output_bytes:%lld\r\ntotal_net_repl_input_bytes:0\r\n"
        "total_net_repl_output_bytes:0\r\ninstantaneous_input_kbps:%.2f\r\n"
        "instantaneous_output_kbps:%.2f\r\ninstantaneous_input_repl_kbps:0.00\r\n"
        "instantaneous_output_repl_kbps:0.00\r\nrejected_connections:%lld\r\nsync_full:0\r\n"
        "sync_partial_ok:0\r\nsync_partial_err:0\r\n",
        (long long)statistics->connections_received, (long long)statistics->commands_processed,
        (long long)rate_per_second(&server->command_rate), (long long)statistics->input_bytes,
        (long long)statistics->output_bytes, kilobytes(rate_per_second(&server->input_rate)),
        kilobytes(rate_per_second(&server->output_rate)),
        (long long)statistics->rejected_connections);
    text = sds_append_format(
        text,
        "expired_keys:%lld\r\nexpired_subkeys:%lld\r\nexpired_stale_perc:0.00\r\n"
        "expired_time_cap_reached_count:%lld\r\n"
        "expire_cycle_cpu_milliseconds:%lld\r\nevicted_keys:%lld\r\nevicted_clients:0\r\n"
        "evicted_scripts:%lld\r\ntotal_eviction_exceeded_time:%lld\r\n"
        "current_eviction_exceeded_time:%lld\r\nkeyspace_hits:%lld\r\nkeyspace_misses:%lld\r\n"
        "pubsub_channels:%zu\r\npubsub_patterns:%zu\r\npubsubshard_channels:%zu\r\n"
        "latest_fork_usec:0\r\n"
        "total_forks:0\r\nmigrate_cached_sockets:0\r\nslave_expires_tracked_keys:0\r\n"
        "active_defrag_hits:0\r\nactive_defrag_misses:0\r\nactive_defrag_key_hits:0\r\n"
        "active_defrag_key_misses:0\r\ntotal_active_defrag_time:0\r\n"
        "current_active_defrag_time:0\r\ntracking_total_keys:%zu\r\ntracking_total_items:%zu\r\n"
        "tracking_total_prefixes:%zu\r\nunexpected_error_replies:0\r\n",
        (long long)counters->expired_keys, (long long)counters->expired_fields,
        (long long)counters->expired_time_cap_reached_count,
        (long long)(statistics->expire_cycle_us / CLOCK_US_PER_MS),
        (long long)counters->evicted_keys, (long long)server->script_figures.evicted_script_count,
        (long long)times.total_ms, (long long)times.current_ms, (long long)counters->hits,
        (long long)counters->misses, pubsub_name_count(server->pubsub, PUBSUB_CHANNEL),
        pubsub_name_count(server->pubsub, PUBSUB_PATTERN),
        pubsub_name_count(server->pubsub, PUBSUB_SHARD_CHANNEL),
        tracking_key_count(server->tracking), tracking_item_count(server->tracking),
        tracking_prefix_count(server->tracking));
    return sds_append_format(
        text,
        "total_error_replies:%lld\r\ndump_payload_sanitizations:0\r\n"
        "total_reads_processed:%lld\r\ntotal_writes_processed:%lld\r\n"
        "io_threaded_reads_processed:0\r\nio_threaded_writes_processed:0\r\n"
        "client_query_buffer_limit_disconnections:%lld\r\n"
        "client_output_buffer_limit_disconnections:%lld\r\nreply_buffer_shrinks:0\r\n"
        "reply_buffer_expands:0\r\neventloop_cycles:%lld\r\neventloop_duration_sum:0\r\n"
        "eventloop_duration_cmd_sum:0\r\ninstantaneous_eventloop_cycles_per_sec:0\r\n"
        "instantaneous_eventloop_duration_usec:0\r\nacl_access_denied_auth:%lld\r\n"
        "acl_access_denied_cmd:0\r\nacl_access_denied_key:0\r\nacl_access_denied_channel:0\r\n",
        (long long)statistics->error_replies, (long long)statistics->reads_processed,
        (long long)statistics->writes_processed, (long long)statistics->query_limit_disconnections,
        (long long)statistics->output_limit_disconnections, (long long)statistics->turns,
        (long long)statistics->acl_denied_auth);
}

sds info_write_replication(struct server *server, sds text) {
    return sds_append_format(text,
                             "role:master\r\nconnected_slaves:0\r\n"
                             "master_failover_state:no-failover\r\nmaster_replid:%s\r\n"
                             "master_replid2:0000000000000000000000000000000000000000\r\n"
                             "master_repl_offset:0\r\nsecond_repl_offset:-1\r\n"
                             "repl_backlog_active:0\r\nrepl_backlog_size:%s\r\n"
                             "repl_backlog_first_byte_offset:0\r\nrepl_backlog_histlen:0\r\n",
                             server->replication_id,
                             config_value(server->config, "repl-backlog-size"));
}

static double cpu_seconds(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec / CLOCK_US_PER_SECOND;
}

sds info_write_cpu(struct server *server, sds text) {
    (void)server;
    struct rusage own;
    struct rusage children;
    struct rusage thread;
    (void)getrusage(RUSAGE_SELF, &own);
    (void)getrusage(RUSAGE_CHILDREN, &children);
    (void)getrusage(RUSAGE_THREAD, &thread);
    return sds_append_format(text,
                             "used_cpu_sys:%.6f\r\nused_cpu_user:%.6f\r\n"
                             "used_cpu_sys_children:%.6f\r\nused_cpu_user_children:%.6f\r\n"
                             "used_cpu_sys_main_thread:%.6f\r\nused_cpu_user_main_thread:%.6f\r\n",
                             cpu_seconds(own.ru_stime), cpu_seconds(own.ru_utime),
                             cpu_seconds(children.ru_stime), cpu_seconds(children.ru_utime),
                             cpu_seconds(thread.ru_stime), cpu_seconds(thread.ru_utime));
}

sds info_write_modules(struct server *server, sds text) {
    (void)server;
    return text;
}

static int64_t ticks_to_us(uint64_t ticks) {
    return clock_ticks_to_ns(ticks) / 1000;
}

sds info_write_command_stats(struct server *server, sds text) {
    for (size_t i = 0; i < command_total_count(server->commands); i++) {
        const struct known_command *command = command_by_index(server->commands, i);
        const struct command_counters *counters = command->counters;
        if (counters->calls == 0 && counters->rejected_calls == 0 && counters->failed_calls == 0) {
            continue;
        }
        int64_t us = ticks_to_us(counters->ticks);
        text = sds_append_format(text,
                                 "cmdstat_%s:calls=%lld,usec=%lld,usec_per_call=%.2f,"
                                 "rejected_calls=%lld,failed_calls=%lld\r\n",
                                 command->name, (long long)counters->calls, (long long)us,
                                 counters->calls == 0 ? 0.0 : (double)us / (double)counters->calls,
                                 (long long)counters->rejected_calls,
                                 (long long)counters->failed_calls);
    }
    return text;
}

sds info_write_error_stats(struct server *server, sds text) {
    return diagnostics_describe_errors(server->diagnostics, text);
}

/* The duration below which this share of the calls stayed, in microseconds. */
static double percentile_us(const struct command_counters *counters, double percentile) {
    double wanted = (double)command_tracked_calls(counters) * percentile / PERCENT;
    int64_t seen = 0;
    for (size_t i = 0; i < COMMAND_HISTOGRAM_BUCKETS; i++) {
        seen += counters->latency_buckets[i];
        if (seen > 0 && (double)seen >= wanted) {
            uint64_t bound = i >= COMMAND_HISTOGRAM_BUCKETS - 1 ? UINT64_MAX : 2ULL << i;
            return (double)clock_ticks_to_ns(bound) / 1000.0;
        }
    }
    return 0;
}

sds info_write_latency_stats(struct server *server, sds text) {
    if (!server->settings->latency_tracking) {
        return text;
    }
    for (size_t i = 0; i < command_total_count(server->commands); i++) {
        const struct known_command *command = command_by_index(server->commands, i);
        if (command_tracked_calls(command->counters) == 0) {
            continue;
        }
        text = sds_append_format(text, "latency_percentiles_usec_%s:", command->name);
        const char *at = server->settings->latency_tracking_info_percentiles;
        const char *separator = "";
        while (*at != '\0') {
            char *end = NULL;
            double percentile = strtod(at, &end);
            if (end == at) {
                break;
            }
            text = sds_append_format(text, "%sp%.*s=%.3f", separator, (int)(end - at), at,
                                     percentile_us(command->counters, percentile));
            separator = ",";
            at = end + strspn(end, " ");
        }
        text = sds_append(text, BYTES("\r\n"));
    }
    return text;
}

sds info_write_cluster(struct server *server, sds text) {
    (void)server;
    return sds_append(text, BYTES("cluster_enabled:0\r\n"));
}

sds info_write_keyspace(struct server *server, sds text) {
    for (size_t i = 0; i < keyspace_database_count(server->keyspace); i++) {
        const struct database *database = keyspace_database(server->keyspace, i);
        size_t deadline_count = database_deadline_count(database);
        if (database_key_count(database) == 0) {
            continue;
        }
        int64_t ttl_ms = 0;
        if (deadline_count > 0) {
            ttl_ms = database_mean_deadline_ms(database) - clock_unix_ms();
            ttl_ms = ttl_ms < 0 ? 0 : ttl_ms;
        }
        text = sds_append_format(text, "db%zu:keys=%zu,expires=%zu,avg_ttl=%lld", i,
                                 database_key_count(database), deadline_count, (long long)ttl_ms);
        size_t timed_hash_count = database_timed_hash_count(database);
        if (timed_hash_count > 0) {
            text = sds_append_format(text, ",subexpiry=%zu", timed_hash_count);
        }
        text = sds_append(text, BYTES("\r\n"));
    }
    return text;
}

/* ---- INFO ---- */

static bool is_asked_for(const struct info_section *section, struct bytes name) {
    return bytes_is(name, "all") || bytes_is(name, "everything") || bytes_is(name, section->name) ||
           (section->by_default && bytes_is(name, "default"));
}

sds info_describe(struct server *server, const struct bytes *names, size_t name_count) {
    static const struct bytes by_default = {"default", sizeof "default" - 1};
    if (name_count == 0) {
        names = &by_default;
        name_count = 1;
    }
    sds text = sds_new(BYTES(""));
    for (size_t i = 0; i < server->info_section_count; i++) {
        const struct info_section *section = &server->info_sections[i];
        bool is_wanted = false;
        for (size_t j = 0; j < name_count; j++) {
            is_wanted |= is_asked_for(section, names[j]);
        }
        if (is_wanted) {
            const char *separator = sds_length(text) > 0 ? "\r\n" : "";
            text = sds_append_format(text, "%s# %s\r\n", separator, section->title);
            text = section->write(server, text);
        }
    }
    return text;
}

sds info_describe_all(struct server *server) {
    struct bytes all = BYTES("all");
    return info_describe(server, &all, 1);
}
