/*
 * A server is killed, or the power goes, while clients write; what it acknowledged is there after
 * the next start, as far as the policy promises.
 */
#include "crash/disk.h"
#include "crash/torture.h"
#include "crash/writers.h"
#include "support/check.h"

#include <stdio.h>
#include <string.h>

enum {
    CYCLE_COUNT = 20,
    LONG_CYCLE_COUNT = 2,
    KILL_AFTER_MIN_US = 2000,
    KILL_AFTER_RANGE_US = 60000,
    LONG_US = 3000000,
    EVERYSEC_LOSS_MS = 2000,
    PATH_LENGTH = 320,
};

static void start_rewrite(struct run *run) {
    struct resp_conn *conn = test_server_connect(run->server);
    struct buffer reply = resp_call(conn, "BGREWRITEAOF");
    buffer_release(&reply);
    resp_close(conn);
}

static unsigned short_delay_us(struct run *run) {
    return KILL_AFTER_MIN_US + run_random(run) % KILL_AFTER_RANGE_US;
}

static void kill_again_and_again(const char *policy, bool rewrites) {
    const char *options[] = {"--appendonly", "yes", "--appendfsync", policy, NULL};
    struct run run = run_create(test_server_start(options));
    int64_t end_ms = torture_end_ms();
    for (int i = 0; i < CYCLE_COUNT || wait_now_ms() < end_ms; i++) {
        if (rewrites) {
            start_rewrite(&run);
        }
        run_until_killed(&run, short_delay_us(&run));
        test_server_start_again(run.server);
        run_check(&run, 0);
    }
    test_server_stop(run.server);
    run_release(&run);
}

Test(kill, nothing_acknowledged_is_lost_under_always) {
    kill_again_and_again("always", false);
}

Test(kill, nothing_acknowledged_is_lost_under_everysec) {
    kill_again_and_again("everysec", false);
}

Test(kill, nothing_acknowledged_is_lost_under_no) {
    kill_again_and_again("no", false);
}

Test(kill, nothing_acknowledged_is_lost_across_rewrites_under_always) {
    kill_again_and_again("always", true);
}

Test(kill, nothing_acknowledged_is_lost_across_rewrites_under_everysec) {
    kill_again_and_again("everysec", true);
}

/* ---- Power ---- */

static void lose_power(const char *policy, bool rewrites, int cycles, unsigned delay_us) {
    struct disk *disk = disk_create();
    /* What may be lost in a time is no matter of how long this disk takes. */
    atomic_store(&disk_control(disk)->is_instant, delay_us != 0);
    const char *options[] = {"--appendonly", "yes", "--appendfsync", policy, NULL};
    struct run run = run_create(test_server_start(options));
    char directory[PATH_LENGTH];
    (void)snprintf(directory, sizeof directory, "%s/appendonlydir", test_server_dir(run.server));
    int64_t end_ms = torture_end_ms();
    for (int i = 0; i < cycles || wait_now_ms() < end_ms; i++) {
        /* What lies there was synced by the start; the log begins with a new process. */
        test_server_crash(run.server);
        disk_mark_safe(disk, directory);
        test_server_start_again(run.server);
        if (rewrites) {
            start_rewrite(&run);
        }
        run_until_killed(&run, delay_us == 0 ? short_delay_us(&run) : delay_us);
        disk_cut_power(disk, directory, run_random(&run));
        test_server_start_again(run.server);
        run_check(&run, strcmp(policy, "always") == 0 ? 0 : EVERYSEC_LOSS_MS);
    }
    test_server_stop(run.server);
    run_release(&run);
    disk_destroy(disk);
}

Test(power, nothing_acknowledged_is_lost_under_always) {
    lose_power("always", false, CYCLE_COUNT, 0);
}

Test(power, nothing_acknowledged_is_lost_across_rewrites_under_always) {
    lose_power("always", true, CYCLE_COUNT, 0);
}

Test(power, the_server_starts_with_whole_requests_under_everysec) {
    lose_power("everysec", false, CYCLE_COUNT, 0);
}

Test(power, the_server_starts_with_whole_requests_across_rewrites_under_everysec) {
    lose_power("everysec", true, CYCLE_COUNT, 0);
}

Test(power, nothing_older_than_two_seconds_is_lost_under_everysec) {
    lose_power("everysec", false, LONG_CYCLE_COUNT, LONG_US);
}
