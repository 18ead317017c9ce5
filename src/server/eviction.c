/*
 * The usual request finds less than the limit in use, by one comparison. Over it, keys go until
 * there is room or the time is up. A large value is freed on another thread: until that is through
 * it is not known how much is missing, so no further keys go.
 */
#include "server/eviction.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "base/worker.h"
#include "keyspace/evict.h"
#include "keyspace/keyspace.h"
#include "server/diagnostics.h"
#include "server/durability.h"
#include "server/propagate.h"
#include "server/server.h"
#include "server/settings.h"
#include "server/task.h"
#include "structs/journal.h"

#include <math.h>

enum {
    NS_PER_US = 1000,
    KEYS_PER_CLOCK_READING = 16,
    TENACITY_LINEAR = 10, /* so far the budget grows by US_PER_TENACITY a step, behind it faster */
    TENACITY_ENDLESS = 100,
    US_PER_TENACITY = 50,
    FREEING_WAIT_MS = 1,
};

struct eviction {
    struct server *server;
    struct evictor *evictor;
    bool has_failed;
    bool is_under_way;     /* the time ran out, or memory is being freed */
    int64_t over_since_ns; /* 0: not over the limit */
    int64_t over_total_ns;
};

/* What the choices of maxmemory-policy mean, in their order; the last one evicts nothing. */
static const struct eviction_rule rules[] = {
    {.order = EVICTION_LEAST_RECENT, .volatile_only = true},
    {.order = EVICTION_LEAST_FREQUENT, .volatile_only = true},
    {.order = EVICTION_RANDOM, .volatile_only = true},
    {.order = EVICTION_SOONEST, .volatile_only = true},
    {.order = EVICTION_LEAST_RECENT},
    {.order = EVICTION_LEAST_FREQUENT},
    {.order = EVICTION_RANDOM},
};

struct eviction *eviction_create(struct server *server) {
    struct eviction *eviction = alloc_zeroed(sizeof *eviction);
    eviction->server = server;
    eviction->evictor = evictor_create(server->keyspace);
    return eviction;
}

void eviction_destroy(struct eviction *eviction) {
    if (eviction != NULL) {
        evictor_destroy(eviction->evictor);
        alloc_free(eviction);
    }
}

size_t eviction_uncounted_bytes(const struct eviction *eviction) {
    return journal_memory(durability_journal(eviction->server->durability));
}

static bool is_over_limit(const struct eviction *eviction) {
    size_t used = alloc_used_bytes();
    size_t limit = eviction->server->memory_limit;
    return used > limit && used - limit > eviction_uncounted_bytes(eviction);
}

/* Takes the time for which the limit was exceeded. */
static void note_excess(struct eviction *eviction, bool is_over) {
    int64_t now_ns = clock_monotonic_ns();
    if (is_over && eviction->over_since_ns == 0) {
        eviction->over_since_ns = now_ns;
    } else if (!is_over && eviction->over_since_ns != 0) {
        eviction->over_total_ns += now_ns - eviction->over_since_ns;
        eviction->over_since_ns = 0;
    }
}

static void set_failed(struct eviction *eviction, bool has_failed) {
    if (eviction->has_failed != has_failed) {
        eviction->has_failed = has_failed;
        server_update_gates(eviction->server);
    }
}

void eviction_configure(struct eviction *eviction) {
    struct server *server = eviction->server;
    int64_t limit = server->settings->maxmemory_bytes;
    server->memory_limit = limit == 0 ? INT64_MAX : (size_t)limit;
    eviction->is_under_way = is_over_limit(eviction); /* Nobody may come to notice. */
    if (!eviction->is_under_way) {
        note_excess(eviction, false);
        set_failed(eviction, false);
    }
}

/* The data stands still for those who paused it, and while changes cannot be recorded. */
static bool may_evict(const struct server *server) {
    return !server->is_loading && !task_has_paused(server->task) && !server_holds_writes(server);
}

/* For how long keys go at once; INT64_MAX: until there is room. */
static int64_t budget_ns(const struct server *server) {
    int64_t tenacity = server->settings->maxmemory_eviction_tenacity;
    if (tenacity >= TENACITY_ENDLESS) {
        return INT64_MAX;
    }
    int64_t linear = tenacity < TENACITY_LINEAR ? tenacity : TENACITY_LINEAR;
    double growth = pow(1.15, (double)(tenacity - linear));
    return (int64_t)((double)(linear * US_PER_TENACITY) * growth) * NS_PER_US;
}

enum progress { PROGRESS_DONE, PROGRESS_UNDER_WAY, PROGRESS_IMPOSSIBLE };

static enum progress evict_for(struct eviction *eviction, int64_t time_ns) {
    struct server *server = eviction->server;
    const struct settings *settings = server->settings;
    if ((size_t)settings->maxmemory_policy >= ARRAY_SIZE(rules)) {
        return PROGRESS_IMPOSSIBLE;
    }
    struct eviction_rule rule = rules[settings->maxmemory_policy];
    rule.sample_count = (size_t)settings->maxmemory_samples;
    rule.lazily = settings->lazyfree_lazy_eviction;
    int64_t start_ns = clock_monotonic_ns();
    for (size_t count = 1;; count++) {
        if (worker_pending_count(server->worker) > 0) {
            return PROGRESS_UNDER_WAY;
        }
        if (!evictor_remove_one(eviction->evictor, &rule)) {
            return PROGRESS_IMPOSSIBLE;
        }
        if (!is_over_limit(eviction)) {
            return PROGRESS_DONE;
        }
        if (count % KEYS_PER_CLOCK_READING == 0 && clock_monotonic_ns() - start_ns >= time_ns) {
            return PROGRESS_UNDER_WAY;
        }
    }
}

bool eviction_make_room(struct eviction *eviction) {
    struct server *server = eviction->server;
    bool is_over = is_over_limit(eviction);
    if (is_over && !may_evict(server)) {
        return true;
    }
    enum progress progress = PROGRESS_DONE;
    if (is_over) {
        int64_t start_ns = clock_monotonic_ns();
        progress = evict_for(eviction, budget_ns(server));
        propagate_flush_singly(server->propagate);
        int64_t took_ns = clock_monotonic_ns() - start_ns;
        diagnostics_note_latency(server->diagnostics, "eviction-cycle",
                                 took_ns / NS_PER_US / CLOCK_US_PER_MS);
    }
    note_excess(eviction, progress != PROGRESS_DONE);
    set_failed(eviction, progress == PROGRESS_IMPOSSIBLE);
    eviction->is_under_way = progress == PROGRESS_UNDER_WAY;
    return progress != PROGRESS_IMPOSSIBLE;
}

bool eviction_has_failed(const struct eviction *eviction) {
    return eviction->has_failed;
}

int64_t eviction_run(struct eviction *eviction) {
    if (LIKELY(!eviction->is_under_way) || !may_evict(eviction->server)) {
        return INT64_MAX;
    }
    (void)eviction_make_room(eviction);
    if (!eviction->is_under_way) {
        return INT64_MAX;
    }
    return worker_pending_count(eviction->server->worker) > 0 ? FREEING_WAIT_MS : 0;
}

struct eviction_times eviction_times(const struct eviction *eviction) {
    enum { NS_PER_MS = NS_PER_US * CLOCK_US_PER_MS };
    int64_t current_ns =
        eviction->over_since_ns == 0 ? 0 : clock_monotonic_ns() - eviction->over_since_ns;
    return (struct eviction_times){
        .total_ms = (eviction->over_total_ns + current_ns) / NS_PER_MS,
        .current_ms = current_ns / NS_PER_MS,
    };
}

void eviction_reset_times(struct eviction *eviction) {
    eviction->over_since_ns = eviction->over_since_ns == 0 ? 0 : clock_monotonic_ns();
    eviction->over_total_ns = 0;
}
