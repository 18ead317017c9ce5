/*
 * A queue of jobs with retries: jobs are members of a sorted set, scored with the time when they
 * are due. A worker takes one with BZPOPDUE … RESCHEDULE, which puts it off, and removes it when it
 * is done; a job of a worker that died comes back by itself.
 */
#include "commands/scenarios/scenario.h"

enum { JOBS = 200, WORKERS = 4, ATTEMPTS_MAX = 3 };

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(job_queue, .init = start, .fini = stop);

/* The name of the one job of a reply of BZPOPDUE. */
static const char *job_of(const struct resp_value *reply) {
    cr_assert_eq(reply->count, 2);
    cr_assert_eq(reply->items[1].count, 1);
    return reply->items[1].items[0].items[0].bytes;
}

Test(job_queue, each_job_is_done_once_by_one_of_many_workers) {
    struct resp_conn *producer = test_server_connect(server);
    struct resp_conn *workers[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = test_server_connect(server);
        scenario_send(workers[i], "BZPOPDUE 1 jobs 0 RESCHEDULE 1000000");
    }
    for (int i = 0; i < JOBS; i++) {
        scenario_send(producer, "ZADD jobs %d job:%d", i, i);
    }
    for (int i = 0; i < JOBS; i++) {
        struct resp_conn *worker = workers[i % WORKERS];
        struct resp_value *reply = scenario_read(worker);
        const char *job = job_of(reply);
        cr_assert_eq(scenario_integer(worker, "HINCRBY runs %s 1", job), 1);
        cr_assert_eq(scenario_integer(worker, "ZREM jobs %s", job), 1);
        resp_value_destroy(reply);
        scenario_send(worker, "BZPOPDUE 1 jobs 0 RESCHEDULE 1000000");
    }
    for (int i = 0; i < JOBS; i++) {
        resp_value_destroy(scenario_read(producer));
    }
    cr_assert_eq(scenario_integer(producer, "HLEN runs"), JOBS);
    cr_assert_eq(scenario_integer(producer, "ZCARD jobs"), 0);
    for (int i = 0; i < WORKERS; i++) {
        resp_close(workers[i]);
    }
    resp_close(producer);
}

Test(job_queue, a_job_of_a_worker_that_died_comes_back) {
    assert_script(
        server,
        "ZADD jobs 1 job ; B> BZPOPDUE 1 jobs 0 RESCHEDULE 60 ; B> !close ; ZCARD jobs ; "
        "ZPOPDUE jobs NOW 1000 ; C> BZPOPDUE 1 jobs 0 RESCHEDULE 1000000 ; C> ZREM jobs job ; "
        "EXISTS jobs",
        ":1", "*2⏎$4⏎jobs⏎*1⏎*2⏎$3⏎job⏎$1⏎1", ":1", "*0", "(starts)*2⏎$4⏎jobs⏎*1⏎*2⏎$3⏎job", ":1",
        ":0");
}

/* Waits for the job, which is due again each time, until it has been tried too often. */
Test(job_queue, a_job_that_always_fails_ends_among_the_dead) {
    struct resp_conn *worker = test_server_connect(server);
    int64_t attempt = 0;
    (void)scenario_integer(worker, "ZADD jobs 1 bad-job");
    while (attempt < ATTEMPTS_MAX) {
        struct resp_value *reply = scenario_call(worker, "BZPOPDUE 1 jobs 0 RESCHEDULE 20");
        attempt = scenario_integer(worker, "HINCRBY attempts %s 1", job_of(reply));
        resp_value_destroy(reply);
    }
    scenario_send(worker, "MULTI");
    scenario_send(worker, "ZREM jobs bad-job");
    scenario_send(worker, "HDEL attempts bad-job");
    scenario_send(worker, "RPUSH dead bad-job");
    scenario_send(worker, "EXEC");
    for (int i = 0; i < 4; i++) {
        resp_value_destroy(scenario_read(worker));
    }
    struct resp_value *moved = scenario_read(worker);
    cr_assert(moved->items[0].integer == 1 && moved->items[1].integer == 1 &&
              moved->items[2].integer == 1);
    resp_value_destroy(moved);
    cr_assert_eq(scenario_integer(worker, "EXISTS jobs attempts"), 0);
    resp_close(worker);
}

Test(job_queue, a_delayed_job_is_taken_when_it_is_due_and_not_before) {
    enum { DELAY_MS = 80 };
    struct resp_conn *worker = test_server_connect(server);
    struct resp_conn *producer = test_server_connect(server);
    struct resp_value *time = scenario_call(producer, "TIME");
    int64_t now_ms = strtoll(time->items[0].bytes, NULL, 10) * 1000 +
                     strtoll(time->items[1].bytes, NULL, 10) / 1000;
    resp_value_destroy(time);
    scenario_send(worker, "BZPOPDUE 1 jobs 0");
    (void)scenario_integer(producer, "ZADD jobs %lld later", (long long)(now_ms + DELAY_MS));
    struct resp_value *reply = scenario_read(worker);
    cr_assert_str_eq(job_of(reply), "later");
    resp_value_destroy(reply);
    time = scenario_call(producer, "TIME");
    int64_t taken_ms = strtoll(time->items[0].bytes, NULL, 10) * 1000 +
                       strtoll(time->items[1].bytes, NULL, 10) / 1000;
    cr_assert(taken_ms >= now_ms + DELAY_MS);
    resp_value_destroy(time);
    resp_close(worker);
    resp_close(producer);
}

Test(job_queue, what_was_taken_is_still_there_after_a_crash) {
    struct test_server *kept = test_server_start(
        (const char *const[]){"--appendonly", "yes", "--appendfsync", "always", NULL});
    struct resp_conn *worker = test_server_connect(kept);
    (void)scenario_integer(worker, "ZADD jobs 1 a 2 b");
    resp_value_destroy(scenario_call(worker, "BZPOPDUE 1 jobs 0 RESCHEDULE 40"));
    resp_value_destroy(scenario_call(worker, "BZPOPDUE 1 jobs 0 RESCHEDULE 40"));
    (void)scenario_integer(worker, "ZREM jobs b");
    resp_close(worker);
    test_server_crash(kept);
    test_server_start_again(kept);
    worker = test_server_connect(kept);
    struct resp_value *reply = scenario_call(worker, "BZPOPDUE 1 jobs 0");
    cr_assert_str_eq(job_of(reply), "a");
    cr_assert_eq(scenario_integer(worker, "EXISTS jobs"), 0);
    resp_value_destroy(reply);
    resp_close(worker);
    test_server_stop(kept);
}
