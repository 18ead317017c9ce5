/*
 * The loop alternates a turn with whatever is due: keys that expire, waits that end, cron. Each of
 * these works in slices and says when it wants to run again; the next turn sleeps no longer.
 */
#include "server/server.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "keyspace/expire.h"
#include "net/event_loop.h"
#include "server/blocking.h"
#include "server/config.h"
#include "server/diagnostics.h"
#include "server/durability.h"
#include "server/eviction.h"
#include "server/locks.h"
#include "server/notifications.h"
#include "server/propagate.h"
#include "server/pubsub.h"
#include "server/saving.h"
#include "server/settings.h"
#include "server/task.h"
#include "server/tracking.h"
#include "server/transaction.h"
#include "server/turn.h"
#include "types/type_limits.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    CLOCK_AGE_NS = 100 * 1000, /* a tenth of the unit in which deadlines are given */
    RATE_PERIOD_MS = 100,
    EXPIRY_BUDGET_US = 500,
    CLIENT_CHECK_PERIOD_MS = 1000,
    RESERVED_DESCRIPTORS = 32,
    OWN_LISTENER_COUNT = 4,
    TRACKING_LISTENER = 2,
    NOTIFICATIONS_LISTENER = 3,
    TRIM_PERIOD_MS = 10000,
};

/* Written by signal handlers: the signal that asks for the end, and the loop to wake. */
static volatile sig_atomic_t stop_signal;
static struct event_loop *stop_loop;

static const char *hear_setting(void *context, const char *name);

/* ---- Creation ---- */

/* What is possible without privileges: the soft limit may go up to the hard one. */
static rlim_t raise_within_hard_limit(struct rlimit limit, rlim_t wanted) {
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

/*
 * Raises the limit of descriptors to what maxclients needs. Returns false when that is impossible:
 * then as many clients are admitted as there are descriptors for.
 */
static bool raise_descriptor_limit(struct server *server) {
    struct rlimit limit;
    server->client_count_max = (size_t)server->settings->maxclients;
    rlim_t wanted = (rlim_t)server->settings->maxclients + RESERVED_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted) {
        return true;
    }
    struct rlimit raised = {wanted, limit.rlim_max < wanted ? wanted : limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
        return true;
    }
    int error = errno;
    rlim_t reached = raise_within_hard_limit(limit, wanted);
    reached = reached > limit.rlim_cur ? reached : limit.rlim_cur;
    server->client_count_max =
        reached > RESERVED_DESCRIPTORS ? (size_t)reached - RESERVED_DESCRIPTORS : 1;
    log_line(LOG_LEVEL_WARNING,
             "maxclients %lld needs %llu file descriptors; the limit cannot be raised: %s. At most "
             "%zu clients are admitted. Raise it with 'ulimit -n' or LimitNOFILE, or lower "
             "maxclients.",
             (long long)server->settings->maxclients, (unsigned long long)wanted, strerror(error),
             server->client_count_max);
    return false;
}

static bool apply_renamings(struct server *server) {
    for (size_t i = 0; i < config_renaming_count(server->config); i++) {
        const struct command_renaming *renaming = config_renaming(server->config, i);
        if (!command_rename(server->commands, sds_view(renaming->name),
                            sds_view(renaming->new_name))) {
            log_line(LOG_LEVEL_WARNING,
                     "rename-command %s: no such command, or '%s' is the name of another",
                     renaming->name, renaming->new_name);
            return false;
        }
    }
    return true;
}

static void expired_key(void *context, struct database *database, struct bytes key, uint64_t hash) {
    (void)hash;
    struct server *server = context;
    struct bytes args[] = {BYTES("DEL"), key};
    effects_add(propagate_effects(server->propagate), database_index(database), args,
                ARRAY_SIZE(args));
    server->statistics.dirty_count++;
}

static void evicted_key(void *context, struct database *database, struct bytes key, uint64_t hash) {
    (void)hash;
    struct server *server = context;
    bool lazily = server->settings->lazyfree_lazy_eviction;
    struct bytes args[] = {lazily ? BYTES("UNLINK") : BYTES("DEL"), key};
    effects_add(propagate_effects(server->propagate), database_index(database), args,
                ARRAY_SIZE(args));
    server->statistics.dirty_count++;
}

static void expired_fields(void *context, struct database *database, struct bytes key,
                           const struct bytes *names, size_t count) {
    struct server *server = context;
    struct bytes *args = alloc_new((count + 2) * sizeof *args);
    args[0] = BYTES("HDEL");
    args[1] = key;
    memcpy(args + 2, names, count * sizeof *args);
    effects_add(propagate_effects(server->propagate), database_index(database), args, count + 2);
    server->statistics.dirty_count += (int64_t)count;
    alloc_free(args);
}

static void own_listeners(struct server *server, const struct server_plugs *plugs) {
    size_t count = OWN_LISTENER_COUNT + plugs->key_listener_count;
    server->key_listeners = alloc_zeroed(count * sizeof *server->key_listeners);
    server->key_listeners[0] =
        (struct key_listener){"watch", transactions_hear, server->transactions};
    server->key_listeners[1] = (struct key_listener){"waiters", blocking_hear, server->blocking};
    server->key_listeners[NOTIFICATIONS_LISTENER] =
        (struct key_listener){"notifications", notifications_hear, server->notifications};
    server->key_listeners[TRACKING_LISTENER] =
        (struct key_listener){"tracking", tracking_hear, server->tracking};
    for (size_t i = 0; i < plugs->key_listener_count; i++) {
        server->key_listeners[OWN_LISTENER_COUNT + i] = plugs->key_listeners[i];
    }
    keyspace_set_listeners(server->keyspace, server->key_listeners, count);
    transactions_set_listener_index(server->transactions, 0);
    blocking_set_listener_index(server->blocking, 1);
    for (size_t i = OWN_LISTENER_COUNT; i < count; i++) {
        keyspace_set_interest(server->keyspace, i, ~0U);
    }
}

static void configure_parts(struct server *server) {
    const struct settings *settings = server->settings;
    enum { LFU_POLICIES = 2 };
    static const int64_t lfu_policies[LFU_POLICIES] = {1, 5};
    bool by_frequency = false;
    for (size_t i = 0; i < LFU_POLICIES; i++) {
        by_frequency |= settings->maxmemory_policy == lfu_policies[i];
    }
    keyspace_set_access_policy(server->keyspace,
                               (struct access_policy){
                                   .by_frequency = by_frequency,
                                   .log_factor = settings->lfu_log_factor,
                                   .decay_minutes = settings->lfu_decay_time_minutes,
                               });
    eviction_configure(server->eviction);
    diagnostics_configure(server->diagnostics);
    notifications_configure(server->notifications, bytes_of_text(settings->notify_keyspace_events));
    log_set_level((enum log_level)settings->loglevel);
    type_limits_set(&(struct type_limits){
        .list_fill = settings->list_max_listpack_size,
        .hash_entries = (size_t)settings->hash_max_listpack_entries,
        .hash_value_bytes = (size_t)settings->hash_max_listpack_value_bytes,
        .set_integers = (size_t)settings->set_max_intset_entries,
        .set_entries = (size_t)settings->set_max_listpack_entries,
        .set_value_bytes = (size_t)settings->set_max_listpack_value_bytes,
        .zset_entries = (size_t)settings->zset_max_listpack_entries,
        .zset_value_bytes = (size_t)settings->zset_max_listpack_value_bytes,
        .hyperloglog_bytes = (size_t)settings->hll_sparse_max_bytes,
        .stream_node_bytes = (size_t)settings->stream_node_max_bytes,
        .stream_node_entries = (size_t)settings->stream_node_max_entries,
        .stream_producer_seconds = settings->stream_idmp_duration_s,
        .stream_producer_records = settings->stream_idmp_maxsize,
    });
}

struct server *server_create(struct config *config, const struct server_plugs *plugs) {
    struct server *server = alloc_zeroed(sizeof *server);
    server->config = config;
    server->settings = config_settings(config);
    server->info_sections = plugs->info_sections;
    server->info_section_count = plugs->info_section_count;
    server->start_ms = clock_unix_ms();
    server->clock_age_ticks = clock_ns_to_ticks(CLOCK_AGE_NS);
    random_system_hex(server->run_id, SERVER_RUN_ID_SIZE);
    random_system_hex(server->replication_id, SERVER_RUN_ID_SIZE);
    uint64_t seed;
    random_system_bytes(&seed, sizeof seed);
    random_init(&server->random, seed);
    list_init(&server->monitors);
    list_init(&server->postponed);
    client_list_init(&server->clients);
    server->commands = command_registry_create(plugs->command_tables, plugs->command_table_count);
    server->keyspace = keyspace_create((size_t)server->settings->databases);
    server->worker = worker_create("lazy-free");
    keyspace_set_worker(server->keyspace, server->worker);
    keyspace_set_removal_sink(server->keyspace,
                              (struct removal_sink){.expired = expired_key,
                                                    .expired_fields = expired_fields,
                                                    .evicted = evicted_key,
                                                    .context = server});
    server->propagate = propagate_create(plugs->effect_sinks, plugs->effect_sink_count);
    server->durability = durability_create(server);
    server->saving = saving_create(server);
    server->task = task_create(server);
    server->transactions = transactions_create(server);
    server->blocking = blocking_create(server);
    server->diagnostics = diagnostics_create(server);
    server->pubsub = pubsub_create(server);
    server->locks = locks_create(server);
    server->notifications = notifications_create(server, NOTIFICATIONS_LISTENER);
    server->tracking = tracking_create(server, TRACKING_LISTENER);
    server->eviction = eviction_create(server);
    server->turn = turn_create(server);
    own_listeners(server, plugs);
    configure_parts(server);
    config_set_listener(config, hear_setting, server);
    (void)raise_descriptor_limit(server); /* It has logged what is not possible. */
    server->loop = event_loop_create();
    if (server->loop == NULL || !apply_renamings(server)) {
        server_destroy(server);
        return NULL;
    }
    stop_loop = server->loop;
    return server;
}

static void close_listeners(struct server *server) {
    for (size_t i = 0; i < server->listener_count; i++) {
        listener_close(server->loop, &server->listeners[i]);
        if (server->listeners[i].is_unix) {
            (void)unlink(server->settings->unixsocket);
        }
    }
    server->listener_count = 0;
}

void server_destroy(struct server *server) {
    if (server == NULL) {
        return;
    }
    config_set_listener(server->config, NULL, NULL);
    stop_loop = NULL;
    while (!list_is_empty(&server->clients.all)) {
        client_destroy(LIST_ENTRY(server->clients.all.next, struct client, node));
    }
    while (client_some_are_gone(server)) {
        client_free_closed(server);
    }
    close_listeners(server);
    turn_destroy(server->turn);
    blocking_destroy(server->blocking);
    transactions_destroy(server->transactions);
    task_destroy(server->task);
    diagnostics_destroy(server->diagnostics);
    notifications_destroy(server->notifications);
    pubsub_destroy(server->pubsub);
    tracking_destroy(server->tracking);
    eviction_destroy(server->eviction);
    locks_destroy(server->locks);
    durability_destroy(server->durability);
    saving_destroy(server->saving);
    worker_destroy(server->worker);
    worker_destroy(server->page_worker);
    keyspace_set_worker(server->keyspace, NULL);
    keyspace_destroy(server->keyspace);
    propagate_destroy(server->propagate);
    command_registry_destroy(server->commands);
    event_loop_destroy(server->loop);
    alloc_free(server->key_listeners);
    alloc_free(server);
}

/* ---- Listening ---- */

static bool add_listener(struct server *server, struct listener listener) {
    server->listeners[server->listener_count++] = listener;
    return event_loop_update(server->loop, &server->listeners[server->listener_count - 1].source) ==
           0;
}

/* An address with a leading '-' may be missing on this host, but it must be one. */
static bool listen_address(struct server *server, const char *address) {
    bool is_optional = address[0] == '-';
    const char *host = is_optional ? address + 1 : address;
    struct listener listener;
    int error = listener_open_tcp(&listener, host, (int)server->settings->port,
                                  (int)server->settings->tcp_backlog);
    if (error == 0) {
        return add_listener(server, listener);
    }
    if (is_optional &&
        (error == -EADDRNOTAVAIL || error == -EAFNOSUPPORT || error == -EPROTONOSUPPORT)) {
        return true;
    }
    log_line(LOG_LEVEL_WARNING, "Could not listen on %s port %lld: %s", host,
             (long long)server->settings->port,
             error == -EINVAL ? "Name or service not known" : strerror(-error));
    return false;
}

static bool listen_tcp(struct server *server) {
    if (server->settings->port == 0) {
        return true;
    }
    enum { BIND_SIZE = 2048 };
    char words[BIND_SIZE];
    if (strlen(server->settings->bind) >= sizeof words) {
        log_line(LOG_LEVEL_WARNING, "bind has too many addresses: at most %d", CONFIG_BIND_MAX);
        return false;
    }
    memcpy(words, server->settings->bind, strlen(server->settings->bind) + 1);
    char *rest = words;
    char *word = NULL;
    size_t count = 0;
    while ((word = strsep(&rest, " ")) != NULL) {
        if (word[0] != '\0' && (count++ == CONFIG_BIND_MAX || !listen_address(server, word))) {
            return false;
        }
    }
    return true;
}

bool server_listen(struct server *server) {
    if (!listen_tcp(server)) {
        return false;
    }
    server->tcp_port = (int)server->settings->port;
    if (server->settings->unixsocket[0] != '\0') {
        struct listener listener;
        int error = listener_open_unix(&listener, server->settings->unixsocket,
                                       (unsigned)server->settings->unixsocketperm,
                                       (int)server->settings->tcp_backlog);
        if (error != 0 || !add_listener(server, listener)) {
            log_line(LOG_LEVEL_WARNING, "Could not listen on the Unix socket %s: %s",
                     server->settings->unixsocket, strerror(-error));
            return false;
        }
    }
    if (server->listener_count == 0) {
        log_line(LOG_LEVEL_WARNING, "Nothing to listen on: set port or unixsocket");
        return false;
    }
    return true;
}

static bool listen_again(struct server *server) {
    struct listener kept[SERVER_LISTENER_MAX];
    size_t kept_count = 0;
    for (size_t i = 0; i < server->listener_count; i++) {
        if (server->listeners[i].is_unix) {
            kept[kept_count++] = server->listeners[i];
            event_loop_remove(server->loop, &server->listeners[i].source);
            kept[kept_count - 1].source.is_registered = false;
        } else {
            listener_close(server->loop, &server->listeners[i]);
        }
    }
    server->listener_count = 0;
    bool is_good = listen_tcp(server);
    for (size_t i = 0; i < kept_count; i++) {
        is_good = add_listener(server, kept[i]) && is_good;
    }
    server->tcp_port = (int)server->settings->port;
    return is_good;
}

static void warn_of_limit(const struct server *server) {
    size_t used = alloc_used_bytes();
    int64_t limit = server->settings->maxmemory_bytes;
    if (limit != 0 && used > (size_t)limit) {
        log_line(LOG_LEVEL_WARNING,
                 "WARNING: the new maxmemory value set via CONFIG SET (%lld) is smaller than the "
                 "current memory usage (%zu). Keys will be evicted, or commands that need memory "
                 "refused, as maxmemory-policy says.",
                 (long long)limit, used);
    }
}

/* What CONFIG SET of a parameter means for the running server. */
static const char *hear_setting(void *context, const char *name) {
    struct server *server = context;
    if (strcmp(name, "port") == 0) {
        return listen_again(server) ? NULL : "Unable to listen on this port. Check server logs.";
    }
    if (strcmp(name, "bind") == 0) {
        return listen_again(server) ? NULL : "Failed to bind to specified addresses.";
    }
    if (strcmp(name, "proc-title-template") == 0 && server->title_job.run != NULL) {
        server->title_job.run(server->title_job.context);
    }
    if (strcmp(name, "maxclients") == 0 && !raise_descriptor_limit(server)) {
        (void)snprintf(server->setting_problem, sizeof server->setting_problem,
                       "The operating system is not able to handle the specified number of "
                       "clients, try with %zu",
                       server->client_count_max);
        return server->setting_problem;
    }
    if (strcmp(name, "maxmemory") == 0) {
        warn_of_limit(server);
    }
    configure_parts(server);
    server_update_gates(server);
    const struct log_keeper *keeper = durability_keeper(server->durability);
    if (keeper->configure != NULL) {
        keeper->configure(keeper->context);
    }
    return NULL;
}

/* ---- Running ---- */

static void take_sample(struct rate *rate, int64_t count, int64_t now_ms) {
    int64_t elapsed_ms = now_ms - rate->last_ms;
    if (elapsed_ms > 0) {
        rate->samples[rate->index] = (count - rate->last_count) * CLOCK_MS_PER_SECOND / elapsed_ms;
        rate->index = (rate->index + 1) % SERVER_RATE_SAMPLES;
    }
    rate->last_count = count;
    rate->last_ms = now_ms;
}

int64_t rate_per_second(const struct rate *rate) {
    int64_t sum = 0;
    for (size_t i = 0; i < SERVER_RATE_SAMPLES; i++) {
        sum += rate->samples[i];
    }
    return sum / SERVER_RATE_SAMPLES;
}

/* Closes a client that is idle, or that has had too much output for too long; counts its memory. */
static void check_client(struct server *server, struct client *client, int64_t now_ms) {
    client_count_memory(client);
    int64_t timeout_ms = server->settings->timeout_seconds * CLOCK_MS_PER_SECOND;
    bool is_exempt = (client->flags &
                      (CLIENT_BLOCKED | CLIENT_IS_PUBSUB | CLIENT_CLOSING | CLIENT_MONITOR)) != 0;
    if (timeout_ms > 0 && !is_exempt && now_ms - client->last_active_ms > timeout_ms) {
        log_line(LOG_LEVEL_VERBOSE, "Closing idle client");
        client_close_later(client);
    } else if (client->connection.output.size > 0) {
        (void)client_enforce_output_limit(client);
    }
}

/* Looks at some clients, so many that each has its turn about every CLIENT_CHECK_PERIOD_MS. */
static void check_clients(struct server *server, int64_t now_ms) {
    struct client_list *clients = &server->clients;
    size_t count = clients->count / (CLIENT_CHECK_PERIOD_MS / RATE_PERIOD_MS) + 1;
    for (size_t i = 0; i < count; i++) {
        if (clients->sweep == &clients->all) {
            clients->sweep = clients->all.next;
        }
        if (list_is_empty(&clients->all)) {
            return;
        }
        struct client *client = LIST_ENTRY(clients->sweep, struct client, node);
        clients->sweep = clients->sweep->next;
        check_client(server, client, now_ms);
    }
    client_free_closed(server);
}

void server_prepare_large_heap(struct server *server) {
    if (server->is_heap_prepared) {
        return;
    }
    server->is_heap_prepared = true;
    server->growth = server->settings->huge_pages ? alloc_use_huge_pages() : NULL;
    if (server->growth != NULL) {
        server->page_worker = worker_create("heap-pages");
    }
    (void)alloc_purge_in_background(); /* The loop does it without. */
}

static void run_cron(struct server *server, int64_t now_ms) {
    server->next_cron_ms = now_ms + RATE_PERIOD_MS;
    if (server->statistics.turns > 0) { /* The first clients of a start were answered before. */
        server_prepare_large_heap(server);
    }
    struct statistics *statistics = &server->statistics;
    take_sample(&server->command_rate, statistics->commands_processed, now_ms);
    take_sample(&server->input_rate, statistics->input_bytes, now_ms);
    take_sample(&server->output_rate, statistics->output_bytes, now_ms);
    size_t used = alloc_used_bytes();
    if (used > statistics->peak_memory) {
        statistics->peak_memory = used;
        statistics->peak_memory_ms = now_ms;
    }
    check_clients(server, now_ms);
    if (now_ms / TRIM_PERIOD_MS != (now_ms - RATE_PERIOD_MS) / TRIM_PERIOD_MS) {
        turn_trim(server->turn);
    }
}

static void run_expiry(struct server *server) {
    if (server->active_expiry_disabled) {
        server->next_expiry_ms = INT64_MAX;
        if (blocking_has_ready_keys(server->blocking)) {
            blocking_serve(server->blocking);
        }
        return;
    }
    int64_t start_ns = clock_monotonic_ns();
    server->next_expiry_ms = expire_due_keys(server->keyspace, EXPIRY_BUDGET_US);
    propagate_flush_singly(server->propagate);
    if (blocking_has_ready_keys(server->blocking)) {
        blocking_serve(server->blocking);
    }
    enum { NS_PER_US = 1000 };
    server->statistics.expire_cycle_us += (clock_monotonic_ns() - start_ns) / NS_PER_US;
}

static int64_t sooner(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Does what is due, and returns how long the next turn may sleep. */
static int64_t run_timers(struct server *server) {
    if (UNLIKELY(task_has_paused(server->task))) {
        task_continue(server->task);
        if (task_has_paused(server->task)) {
            return 0; /* Nothing may come due in the middle of it. */
        }
    }
    clock_refresh();
    int64_t now_ms = clock_unix_ms();
    (void)locks_run(server->locks, now_ms); /* What is due now must not expire instead. */
    run_expiry(server);
    int64_t wait_ms = blocking_end_timeouts(server->blocking);
    wait_ms = sooner(wait_ms, locks_run(server->locks, now_ms));
    wait_ms = sooner(wait_ms, tracking_run(server->tracking));
    wait_ms = sooner(wait_ms, eviction_run(server->eviction));
    if (server->pause.until_ms != 0) {
        if (now_ms >= server->pause.until_ms) {
            server_pause_clients(server, 0, false);
        } else {
            wait_ms = sooner(wait_ms, server->pause.until_ms - now_ms);
        }
    }
    if (now_ms >= server->next_cron_ms || server->next_cron_ms > now_ms + RATE_PERIOD_MS) {
        run_cron(server, now_ms);
    }
    wait_ms = sooner(wait_ms, server->next_cron_ms - now_ms);
    const struct log_keeper *keeper = durability_keeper(server->durability);
    if (keeper->run != NULL) {
        wait_ms = sooner(wait_ms, keeper->run(keeper->context, now_ms));
    }
    const struct saver *saver = &server->saving->saver;
    if (saver->run != NULL) {
        wait_ms = sooner(wait_ms, saver->run(saver->context, now_ms));
    }
    if (server->script_job.run != NULL) {
        wait_ms = sooner(wait_ms, server->script_job.run(server->script_job.context));
    }
    if (server->next_expiry_ms != INT64_MAX) {
        wait_ms = sooner(wait_ms, server->next_expiry_ms - now_ms);
    }
    bool is_busy = turn_has_pending_clients(server->turn) || client_some_are_gone(server);
    return wait_ms < 0 || is_busy ? 0 : wait_ms;
}

/* A log that was just switched on gets its first base: without it, it holds nothing. */
static bool complete_log(struct server *server) {
    const struct log_keeper *keeper = durability_keeper(server->durability);
    const struct saver *saver = &server->saving->saver;
    enum log_progress progress = LOG_COMPLETE;
    while (keeper->progress != NULL &&
           (progress = keeper->progress(keeper->context)) == LOG_UNDER_WAY) {
        (void)keeper->run(keeper->context, clock_unix_ms());
        (void)saver->run(saver->context, clock_unix_ms()); /* It may hold the snapshot. */
        (void)sched_yield();                               /* Threads write. */
    }
    return progress == LOG_COMPLETE;
}

bool server_shut_down(struct server *server, struct shutdown_options options) {
    const struct saver *saver = &server->saving->saver;
    log_line(LOG_LEVEL_WARNING, "User requested shutdown...");
    if (!options.forces && !complete_log(server)) {
        log_line(LOG_LEVEL_WARNING, "Writing initial AOF, can't exit.");
        return false;
    }
    bool saves =
        !options.saves_not && !server->is_loading && (options.saves || saving_has_points(server));
    if (saves && saver->save != NULL) {
        log_line(LOG_LEVEL_NOTICE, "Saving the final RDB snapshot before exiting.");
        (void)saver->cancel(saver->context); /* One that runs is older than this one. */
        if (!saver->save(saver->context)) {
            log_line(LOG_LEVEL_WARNING, "Error trying to save the DB, %s",
                     options.forces ? "exiting anyway." : "can't exit.");
            if (!options.forces) {
                return false;
            }
        }
    }
    server_stop(server, 0);
    return true;
}

static void check_stop_signal(struct server *server) {
    if (stop_signal == 0 || task_has_paused(server->task)) {
        return; /* A script ends before the server does, unless SHUTDOWN NOSAVE ends both. */
    }
    bool is_interrupt = stop_signal == SIGINT;
    log_line(LOG_LEVEL_WARNING, "Received %s scheduling shutdown...",
             is_interrupt ? "SIGINT" : "SIGTERM");
    const char *words =
        is_interrupt ? server->settings->shutdown_on_sigint : server->settings->shutdown_on_sigterm;
    bool saves_not = strstr(words, "nosave") != NULL;
    struct shutdown_options options = {
        .saves = !saves_not && strstr(words, "save") != NULL,
        .saves_not = saves_not,
        .forces = strstr(words, "force") != NULL,
    };
    if (!server_shut_down(server, options)) {
        stop_signal = 0; /* The next one asks anew. The log says why the server goes on. */
    }
}

enum snapshot_company server_company(const struct server *server) {
    enum { CALM_NS = 200000 };
    if (server->last_event_ticks == server->clock_ticks) {
        return SNAPSHOT_BEFORE_OTHERS;
    }
    bool is_calm = clock_ticks() - server->last_event_ticks >= clock_ns_to_ticks(CALM_NS);
    return is_calm ? SNAPSHOT_ALONE : SNAPSHOT_AMONG_OTHERS;
}

static void load_page(const struct server *server) {
    if (server->growth != NULL && alloc_take_wish(server->growth)) {
        worker_submit(server->page_worker, alloc_load_page, server->growth);
    }
}

int server_run(struct server *server) {
    server->next_cron_ms = clock_unix_ms();
    server->statistics.startup_memory = alloc_used_bytes();
    while (!server->is_stopping) {
        turn_run(server->turn, run_timers(server));
        load_page(server);
        server->statistics.turns++;
        check_stop_signal(server);
    }
    task_abort(server->task);
    close_listeners(server);
    log_line(LOG_LEVEL_WARNING, "Latchkey is now ready to exit, bye bye...");
    return server->exit_status;
}

void server_send_rest(struct server *server) {
    durability_finish(server->durability);
    turn_send_rest(server->turn);
}

void server_stop(struct server *server, int exit_status) {
    server->is_stopping = true;
    server->exit_status = exit_status;
}

void server_request_stop(int signal_number) {
    if (stop_signal != 0 && signal_number == SIGINT) {
        _exit(EXIT_FAILURE);
    }
    stop_signal = signal_number;
    if (stop_loop != NULL) {
        event_loop_wake(stop_loop);
    }
}

/* ---- Odds and ends ---- */

void server_reset_statistics(struct server *server) {
    struct statistics kept = server->statistics;
    server->statistics = (struct statistics){
        .dirty_count = kept.dirty_count,
        .peak_memory = kept.peak_memory,
        .peak_memory_ms = kept.peak_memory_ms,
        .startup_memory = kept.startup_memory,
    };
    *keyspace_counters(server->keyspace) = (struct keyspace_counters){0};
    eviction_reset_times(server->eviction);
    diagnostics_reset_errors(server->diagnostics);
    for (size_t i = 0; i < command_total_count(server->commands); i++) {
        *command_counters_of(command_by_index(server->commands, i)) = (struct command_counters){0};
    }
    server->command_rate.last_count = 0;
    server->input_rate.last_count = 0;
    server->output_rate.last_count = 0;
}

void server_update_gates(struct server *server) {
    server->gates = (server->pause.until_ms != 0 ? (uint32_t)SERVER_GATE_PAUSED : 0) |
                    (list_is_empty(&server->monitors) ? 0 : (uint32_t)SERVER_GATE_MONITORED);
    if (durability_failure(server->durability) != NULL ||
        durability_holds_writes(server->durability)) {
        server->gates |= SERVER_GATE_LOG;
    }
    server->gates |= saving_refuses_writes(server) ? (uint32_t)SERVER_GATE_SAVING : 0;
    server->gates |= task_has_paused(server->task) ? (uint32_t)SERVER_GATE_BUSY : 0;
    server->gates |= eviction_has_failed(server->eviction) ? (uint32_t)SERVER_GATE_MEMORY : 0;
    server->gates |= server->is_loading ? (uint32_t)SERVER_GATE_LOADING : 0;
}

void server_pause_clients(struct server *server, int64_t until_ms, bool writes_only) {
    bool was_paused = server->pause.until_ms != 0;
    server->pause = (struct pause){until_ms, writes_only};
    server_update_gates(server);
    if (until_ms != 0) {
        if (!was_paused) {
            keyspace_hold_expiry(server->keyspace);
        }
        return;
    }
    if (was_paused) {
        locks_resume(server->locks);
        keyspace_release_expiry(server->keyspace);
        server->next_expiry_ms = 0;
    }
    server_resume_postponed(server);
}

bool server_holds_writes(const struct server *server) {
    return server->pause.until_ms != 0 || durability_holds_writes(server->durability) ||
           durability_failure(server->durability) != NULL;
}

void server_resume_postponed(struct server *server) {
    struct list_node *node = NULL;
    while ((node = list_pop_front(&server->postponed)) != NULL) {
        struct client *client = LIST_ENTRY(node, struct client, postponed_node);
        client->flags &= ~(uint32_t)CLIENT_POSTPONED;
        turn_resume_client(server->turn, client);
    }
}
