/*
 * Jobs in a stream: a group of workers reads them, acknowledges what is done, and takes over what
 * was pending too long with somebody who died. Half of the workers do that with XAUTOCLAIM, half
 * with XREADGROUP CLAIM. A job that was delivered three times without success goes to a stream of
 * dead ones.
 */
#include "commands/scenarios/scenario.h"

#include <stdio.h>

enum {
    PRODUCERS = 8,
    WORKERS = 8,
    JOBS = 50000,
    POISON_EVERY = 997, /* a worker dies of such a job */
    DEATH_IN = 300,     /* batches after one of which a worker dies, on average */
    BATCH = 16,
    PRODUCED_AT_ONCE = 24,
    VISIBLE_AFTER_MS = 3,
    DELIVERIES_MAX = 3,
    TEXT_SIZE = 64,
};

/* What happened to a job. */
struct job {
    int done_count;
    int dead_count;
    int attempt_count; /* of a poisonous one */
};

struct worker {
    struct resp_conn *conn;
    char name[TEXT_SIZE];
    bool uses_claim;
    char cursor[TEXT_SIZE]; /* of XAUTOCLAIM */
};

struct shop {
    struct test_server *server;
    struct resp_conn *producers[PRODUCERS];
    struct worker workers[WORKERS];
    struct job *jobs;
    int produced;
    int finished; /* done or dead */
    int deaths;
    unsigned random;
};

static unsigned next_random(struct shop *shop) {
    shop->random = shop->random * 1103515245U + 12345U;
    return shop->random >> 8;
}

static bool is_poisonous(int job) {
    return job % POISON_EVERY == 0;
}

/* ---- Producers ---- */

static void produce(struct shop *shop) {
    int sent[PRODUCERS] = {0};
    for (int i = 0; i < PRODUCERS; i++) {
        for (; sent[i] < PRODUCED_AT_ONCE && shop->produced < JOBS; sent[i]++) {
            scenario_send(shop->producers[i], "XADD jobs * job %d", shop->produced++);
        }
    }
    for (int i = 0; i < PRODUCERS; i++) {
        for (; sent[i] > 0; sent[i]--) {
            resp_value_destroy(scenario_read(shop->producers[i]));
        }
    }
}

/* ---- Workers ---- */

static void revive(struct shop *shop, int index) {
    struct worker *worker = &shop->workers[index];
    worker->conn = test_server_connect(shop->server);
    worker->uses_claim = index % 2 == 0;
    (void)snprintf(worker->name, sizeof worker->name, "worker-%d-%d", index, shop->deaths);
    (void)snprintf(worker->cursor, sizeof worker->cursor, "0");
}

/* The worker is gone with all that it has not acknowledged; another one starts. */
static void die(struct shop *shop, struct worker *worker) {
    resp_close(worker->conn);
    shop->deaths++;
    revive(shop, (int)(worker - shop->workers));
}

static int job_of(const struct resp_value *entry) {
    return (int)strtol(entry->items[1].items[1].bytes, NULL, 10);
}

static void acknowledge(struct worker *worker, const char *id) {
    cr_expect_eq(scenario_integer(worker->conn, "XACK jobs workers %s", id), 1);
}

static void bury(struct shop *shop, struct worker *worker, const char *id, int job) {
    scenario_send(worker->conn, "MULTI");
    scenario_send(worker->conn, "XADD dead * job %d id %s", job, id);
    scenario_send(worker->conn, "XACK jobs workers %s", id);
    scenario_send(worker->conn, "EXEC");
    for (int i = 0; i < 3; i++) {
        resp_value_destroy(scenario_read(worker->conn));
    }
    struct resp_value *reply = scenario_read(worker->conn);
    cr_expect_eq(reply->items[1].integer, 1);
    resp_value_destroy(reply);
    cr_expect_eq(shop->jobs[job].done_count, 0, "job %d was done, and buried", job);
    shop->jobs[job].dead_count++;
    shop->finished++;
}

/* Handles one job. False when the worker died of it. */
static bool handle(struct shop *shop, struct worker *worker, const struct resp_value *entry,
                   int64_t earlier_count) {
    const char *id = entry->items[0].bytes;
    int job = job_of(entry);
    if (earlier_count >= DELIVERIES_MAX) {
        bury(shop, worker, id, job);
        return true;
    }
    if (is_poisonous(job)) {
        shop->jobs[job].attempt_count++;
        die(shop, worker);
        return false;
    }
    shop->finished += shop->jobs[job].done_count++ == 0;
    /* A healthy job is given up once as a new one and once more: the third time it is done. */
    if (earlier_count < DELIVERIES_MAX - 1 && next_random(shop) % DEATH_IN == 0) {
        die(shop, worker);
        return false;
    }
    acknowledge(worker, id);
    return true;
}

/* New jobs in a batch: one XACK for all. False when the worker died among them. */
static bool handle_batch(struct shop *shop, struct worker *worker,
                         const struct resp_value *entries) {
    size_t death = next_random(shop) % DEATH_IN == 0 ? next_random(shop) % BATCH : BATCH;
    for (size_t i = 0; i < entries->count; i++) {
        int job = job_of(&entries->items[i]);
        if (is_poisonous(job) || i == death) {
            shop->jobs[job].attempt_count += is_poisonous(job);
            die(shop, worker);
            return false;
        }
        shop->finished += shop->jobs[job].done_count++ == 0;
    }
    char line[BATCH * TEXT_SIZE] = "XACK jobs workers";
    size_t used = strlen(line);
    for (size_t i = 0; i < entries->count; i++) {
        used += (size_t)snprintf(line + used, sizeof line - used, " %s",
                                 entries->items[i].items[0].bytes);
    }
    cr_expect_eq(scenario_integer(worker->conn, "%s", line), (int64_t)entries->count);
    return true;
}

static bool work_on_new_jobs(struct shop *shop, struct worker *worker) {
    struct resp_value *reply = scenario_call(
        worker->conn, "XREADGROUP GROUP workers %s COUNT %d STREAMS jobs >", worker->name, BATCH);
    bool is_alive = reply->is_null || handle_batch(shop, worker, &reply->items[0].items[1]);
    resp_value_destroy(reply);
    return is_alive;
}

/* A pending job tells how often it was delivered before, a new one does not. */
static bool take_over_by_claim(struct shop *shop, struct worker *worker) {
    struct resp_value *reply =
        scenario_call(worker->conn, "XREADGROUP GROUP workers %s COUNT 1 CLAIM %d STREAMS jobs >",
                      worker->name, VISIBLE_AFTER_MS);
    bool is_alive = true;
    if (!reply->is_null) {
        const struct resp_value *entry = &reply->items[0].items[1].items[0];
        bool is_new = entry->count == 2;
        cr_assert(is_new || entry->items[2].integer >= VISIBLE_AFTER_MS);
        is_alive = handle(shop, worker, entry, is_new ? 0 : entry->items[3].integer);
    }
    resp_value_destroy(reply);
    return is_alive;
}

static bool take_over_by_autoclaim(struct shop *shop, struct worker *worker) {
    struct resp_value *reply =
        scenario_call(worker->conn, "XAUTOCLAIM jobs workers %s %d %s COUNT 1", worker->name,
                      VISIBLE_AFTER_MS, worker->cursor);
    bool is_alive = true;
    (void)snprintf(worker->cursor, sizeof worker->cursor, "%s", reply->items[0].bytes);
    if (reply->items[1].count > 0) {
        const struct resp_value *entry = &reply->items[1].items[0];
        const char *id = entry->items[0].bytes;
        struct resp_value *pending =
            scenario_call(worker->conn, "XPENDING jobs workers %s %s 1", id, id);
        cr_assert_str_eq(pending->items[0].items[1].bytes, worker->name);
        int64_t count = pending->items[0].items[3].integer;
        resp_value_destroy(pending);
        is_alive = handle(shop, worker, entry, count - 1);
    }
    resp_value_destroy(reply);
    return is_alive;
}

static void work(struct shop *shop) {
    for (int i = 0; i < WORKERS; i++) {
        struct worker *worker = &shop->workers[i];
        bool is_alive = worker->uses_claim ? take_over_by_claim(shop, worker)
                                           : take_over_by_autoclaim(shop, worker);
        if (is_alive) {
            (void)work_on_new_jobs(shop, worker);
        }
    }
}

/* ---- What must have come of it ---- */

static void check_jobs(const struct shop *shop) {
    for (int i = 0; i < JOBS; i++) {
        const struct job *job = &shop->jobs[i];
        if (is_poisonous(i)) {
            cr_expect(job->done_count == 0 && job->dead_count == 1 && job->attempt_count >= 1 &&
                          job->attempt_count <= DELIVERIES_MAX,
                      "job %d: %d attempts, buried %d times", i, job->attempt_count,
                      job->dead_count);
        } else {
            cr_expect(job->done_count >= 1 && job->dead_count == 0, "job %d: done %d times", i,
                      job->done_count);
        }
    }
}

static void check_streams(struct resp_conn *conn) {
    enum { POISONOUS = (JOBS + POISON_EVERY - 1) / POISON_EVERY };
    static bool is_buried[JOBS];
    cr_expect_eq(scenario_integer(conn, "XLEN jobs"), JOBS);
    struct resp_value *pending = scenario_call(conn, "XPENDING jobs workers");
    cr_expect_eq(pending->items[0].integer, 0);
    resp_value_destroy(pending);
    struct resp_value *groups = scenario_call(conn, "XINFO GROUPS jobs");
    cr_expect_eq(resp_value_field(&groups->items[0], "lag")->integer, 0);
    cr_expect_eq(resp_value_field(&groups->items[0], "entries-read")->integer, JOBS);
    resp_value_destroy(groups);
    struct resp_value *dead = scenario_call(conn, "XRANGE dead - +");
    cr_expect_eq(dead->count, POISONOUS);
    for (size_t i = 0; i < dead->count; i++) {
        int job = job_of(&dead->items[i]);
        cr_expect(is_poisonous(job) && !is_buried[job], "job %d is among the dead", job);
        is_buried[job] = true;
    }
    resp_value_destroy(dead);
}

Test(stream_jobs, each_is_done_or_ends_among_the_dead_whoever_dies) {
    struct shop *shop = calloc(1, sizeof *shop);
    shop->server = test_server_start(NULL);
    shop->jobs = calloc(JOBS, sizeof *shop->jobs);
    shop->random = (unsigned)wait_now_ms();
    cr_log_info("seed %u", shop->random);
    for (int i = 0; i < PRODUCERS; i++) {
        shop->producers[i] = test_server_connect(shop->server);
    }
    for (int i = 0; i < WORKERS; i++) {
        revive(shop, i);
    }
    resp_value_destroy(scenario_call(shop->producers[0], "XGROUP CREATE jobs workers 0 MKSTREAM"));
    int64_t end_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    for (int finished_before = 0; shop->finished < JOBS; finished_before = shop->finished) {
        produce(shop);
        work(shop);
        end_ms = shop->finished > finished_before ? wait_now_ms() + WAIT_DEADLINE_MS : end_ms;
        cr_assert_lt(wait_now_ms(), end_ms, "%d of %d jobs, %d deaths", shop->finished, JOBS,
                     shop->deaths);
    }
    /* What was done and not acknowledged, because its worker died, is done once more. */
    while (scenario_integer(shop->producers[0],
                            "EVAL \"return redis.call('XPENDING', 'jobs', 'workers')[1]\" 0") > 0) {
        cr_assert_lt(wait_now_ms(), end_ms);
        work(shop);
    }
    cr_expect_gt(shop->deaths, JOBS / POISON_EVERY * 2);
    check_jobs(shop);
    check_streams(shop->producers[0]);
    for (int i = 0; i < PRODUCERS; i++) {
        resp_close(shop->producers[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        resp_close(shop->workers[i].conn);
    }
    test_server_stop(shop->server);
    free(shop->jobs);
    free(shop);
}
