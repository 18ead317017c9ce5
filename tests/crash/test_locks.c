/*
 * A server is killed again and again while a hundred clients take turns with locks: no lock ever
 * has two holders.
 */
#include "crash/lock_race.h"
#include "crash/torture.h"
#include "support/check.h"

enum { CYCLE_COUNT = 8, KILL_AFTER_MIN_MS = 40, KILL_AFTER_RANGE_MS = 300 };

static void start_rewrite(struct test_server *server) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer reply = resp_call(conn, "BGREWRITEAOF");
    buffer_release(&reply);
    resp_close(conn);
}

/* In every second cycle the log is rewritten, so that locks come back from the base too. */
static void race_across_kills(enum lock_manner manner) {
    const char *options[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};
    struct test_server *server = test_server_start(options);
    struct lock_race *race = lock_race_create(server, manner);
    int64_t end_ms = torture_end_ms();
    for (int i = 0; i < CYCLE_COUNT || wait_now_ms() < end_ms; i++) {
        if (i % 2 == 1) {
            start_rewrite(server);
        }
        lock_race_run_until_killed(race,
                                   KILL_AFTER_MIN_MS + lock_race_random(race, KILL_AFTER_RANGE_MS));
    }
    lock_race_finish(race);
    lock_race_destroy(race);
    test_server_stop(server);
}

Test(locks, have_one_holder_across_kills_under_LOCK_BLOCK) {
    race_across_kills(LOCK_MANNER_NATIVE);
}

Test(locks, have_one_holder_across_kills_under_SET_NX) {
    race_across_kills(LOCK_MANNER_SET_NX);
}
