/*
 * The disk fails under a running server: it stays up, refuses writes with the cause, serves reads,
 * and goes on by itself when the disk is well again, with nothing lost that it acknowledged.
 */
#include "crash/disk.h"
#include "crash/torture.h"
#include "support/check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { TEXT_SIZE = 256, CALL_COUNT = 40 };

struct failing {
    struct disk *disk;
    struct test_server *server;
    struct resp_conn *conn;
};

static struct failing begin(const char *policy) {
    struct failing failing = {.disk = disk_create()};
    const char *options[] = {"--appendonly", "yes", "--appendfsync", policy, NULL};
    failing.server = test_server_start(options);
    failing.conn = test_server_connect(failing.server);
    assert_reply(failing.conn, "SET before 1", "+OK\r\n");
    return failing;
}

static bool write_is_refused(void *context) {
    struct failing *failing = context;
    resp_close(failing->conn);
    failing->conn = test_server_connect(failing->server);
    resp_send_command(failing->conn, "SET during 1");
    struct buffer reply = {0};
    bool is_refused = resp_read_within(failing->conn, &reply, WAIT_DEADLINE_MS) == RESP_COMPLETE &&
                      strncmp(buffer_text(&reply), "-MISCONF Errors writing to the AOF file: ",
                              strlen("-MISCONF Errors writing to the AOF file: ")) == 0;
    buffer_release(&reply);
    return is_refused;
}

static bool write_is_taken(void *context) {
    struct failing *failing = context;
    resp_close(failing->conn);
    failing->conn = test_server_connect(failing->server);
    resp_send_command(failing->conn, "SET after 1");
    struct buffer reply = {0};
    bool is_taken = resp_read_within(failing->conn, &reply, WAIT_DEADLINE_MS) == RESP_COMPLETE &&
                    strcmp(buffer_text(&reply), "+OK\r\n") == 0;
    buffer_release(&reply);
    return is_taken;
}

static bool info_has(struct resp_conn *conn, const char *text) {
    struct buffer reply = resp_call(conn, "INFO persistence");
    bool has = strstr(buffer_text(&reply), text) != NULL;
    buffer_release(&reply);
    return has;
}

static void end(struct failing *failing) {
    resp_close(failing->conn);
    test_server_crash(failing->server);
    disk_heal(failing->disk);
    test_server_start_again(failing->server);
    struct resp_conn *conn = test_server_connect(failing->server);
    assert_reply(conn, "MGET before after", "*2\r\n$1\r\n1\r\n$1\r\n1\r\n");
    resp_close(conn);
    test_server_stop(failing->server);
    disk_destroy(failing->disk);
}

static void fail_and_recover(const char *policy, uint32_t mask, int error, const char *text) {
    struct failing failing = begin(policy);
    disk_fail(failing.disk, mask, error, 0, -1);
    cr_assert(wait_until(write_is_refused, &failing, WAIT_DEADLINE_MS));
    char line[TEXT_SIZE];
    (void)snprintf(line, sizeof line, "-MISCONF Errors writing to the AOF file: %s\r\n", text);
    assert_reply(failing.conn, "SET x 1", line);
    assert_reply(failing.conn, "PING", "+PONG\r\n");
    assert_reply(failing.conn, "GET before", "$1\r\n1\r\n");
    cr_expect(info_has(failing.conn, "aof_last_write_status:err\r\n"));
    assert_reply(failing.conn, "MULTI", "+OK\r\n");
    assert_reply(failing.conn, "SET x 1", line);
    assert_reply(failing.conn, "EXEC",
                 "-EXECABORT Transaction discarded because of previous errors.\r\n");
    disk_heal(failing.disk);
    cr_assert(wait_until(write_is_taken, &failing, WAIT_DEADLINE_MS));
    cr_expect(info_has(failing.conn, "aof_last_write_status:ok\r\n"));
    end(&failing);
}

Test(disk_failure, a_full_disk_refuses_writes_under_always) {
    fail_and_recover("always", SHIM_WRITE, ENOSPC, "No space left on device");
}

Test(disk_failure, a_full_disk_refuses_writes_under_everysec) {
    fail_and_recover("everysec", SHIM_WRITE, ENOSPC, "No space left on device");
}

Test(disk_failure, a_full_disk_refuses_writes_under_no) {
    fail_and_recover("no", SHIM_WRITE, ENOSPC, "No space left on device");
}

Test(disk_failure, a_broken_disk_refuses_writes_under_always) {
    fail_and_recover("always", SHIM_WRITE | SHIM_TRUNCATE, EIO, "Input/output error");
}

Test(disk_failure, a_failing_sync_refuses_writes_under_always) {
    fail_and_recover("always", SHIM_SYNC, EIO, "Input/output error");
}

Test(disk_failure, a_failing_sync_refuses_writes_under_everysec) {
    fail_and_recover("everysec", SHIM_SYNC, EIO, "Input/output error");
}

Test(disk_failure, short_writes_are_completed) {
    struct failing failing = begin("always");
    disk_fail(failing.disk, SHIM_WRITE, 0, 0, 100);
    for (int i = 0; i < 20; i++) {
        assert_reply(failing.conn, "SET after 1", "+OK\r\n");
    }
    end(&failing);
}

static bool has_tried_again(void *context) {
    enum { CALLS_OF_SOME_TRIES = 6 };
    const struct failing *failing = context;
    return atomic_load(&disk_control(failing->disk)->calls) > CALLS_OF_SOME_TRIES;
}

/* What was answered is in the file, or in the kernel's hands, while all tries to sync it fail. */
static void kill_while_failing(uint32_t mask, int error) {
    struct failing failing = begin("everysec");
    disk_fail(failing.disk, mask, error, 0, -1);
    cr_assert(wait_until(write_is_refused, &failing, WAIT_DEADLINE_MS));
    atomic_store(&disk_control(failing.disk)->calls, 0);
    cr_assert(wait_until(has_tried_again, &failing, WAIT_DEADLINE_MS));
    resp_close(failing.conn);
    test_server_crash(failing.server);
    disk_heal(failing.disk);
    test_server_start_again(failing.server);
    struct resp_conn *conn = test_server_connect(failing.server);
    assert_reply(conn, "GET before", "$1\r\n1\r\n");
    resp_close(conn);
    test_server_stop(failing.server);
    disk_destroy(failing.disk);
}

Test(disk_failure, a_kill_while_nothing_can_be_synced_loses_nothing) {
    kill_while_failing(SHIM_SYNC, EIO);
}

Test(disk_failure, a_kill_while_nothing_can_be_written_or_synced_loses_nothing) {
    kill_while_failing(SHIM_SYNC | SHIM_WRITE, EIO);
}

Test(disk_failure, a_kill_while_the_disk_is_full_loses_nothing) {
    kill_while_failing(SHIM_WRITE, ENOSPC);
}

/* A script that pauses may have written before the failure that it then ends in. */
Test(disk_failure, a_script_that_ends_while_the_log_fails_is_not_said_to_be_done) {
    struct failing failing = begin("everysec");
    assert_reply(failing.conn, "CONFIG SET busy-reply-threshold 1", "+OK\r\n");
    disk_fail(failing.disk, SHIM_WRITE | SHIM_SYNC, EIO, 0, -1);
    resp_send_command(failing.conn, "EVAL \"redis.call('SET', 'lost', 1) local n = 0 "
                                    "for i = 1, 8000000 do n = n + i % 7 end return 'done'\" 0");
    struct buffer reply = {0};
    /* It is refused when the failure is known before it begins. */
    bool is_refused = resp_read_within(failing.conn, &reply, WAIT_DEADLINE_MS) == RESP_CLOSED ||
                      strncmp(buffer_text(&reply), "-MISCONF ", strlen("-MISCONF ")) == 0;
    cr_expect(is_refused, "%s", buffer_text(&reply));
    buffer_release(&reply);
    disk_heal(failing.disk);
    cr_assert(wait_until(write_is_taken, &failing, WAIT_DEADLINE_MS));
    end(&failing);
}

/* Each call in turn fails once while keys are written and the log is rewritten. */
static void fail_each_call(const char *policy, int error) {
    struct failing failing = begin(policy);
    for (int32_t i = 0; i < CALL_COUNT; i++) {
        disk_fail(failing.disk, SHIM_ANY, error, i, 1);
        resp_send_text(failing.conn, "SET after 1\r\nBGREWRITEAOF\r\nSET after 1\r\n");
        cr_assert(wait_until(write_is_taken, &failing, WAIT_DEADLINE_MS));
    }
    disk_heal(failing.disk);
    cr_assert(wait_until(write_is_taken, &failing, WAIT_DEADLINE_MS));
    end(&failing);
}

Test(disk_failure, any_call_may_fail_under_always) {
    fail_each_call("always", EIO);
}

Test(disk_failure, any_call_may_fail_under_everysec) {
    fail_each_call("everysec", ENOSPC);
}

/* ---- Failures, then a kill or a power loss ---- */

enum { CYCLE_COUNT = 3, CALLS_MAX = 12, PATH_SIZE = 320 };

/* A key that is counted up. */
struct counter {
    struct failing failing;
    char directory[PATH_SIZE];
    unsigned random;
    int counts_max; /* of a cycle; under everysec it must last longer than a second */
    int64_t acked;
    int64_t sent; /* at most so many took effect */
};

static unsigned random_below(struct counter *counter, unsigned limit) {
    counter->random = counter->random * 1103515245U + 12345U;
    return (counter->random >> 8) % limit;
}

/* Returns whether it was counted. */
static bool count_up(struct counter *counter) {
    resp_send_command(counter->failing.conn, "INCR n");
    counter->sent++;
    struct buffer reply = {0};
    enum resp_status status = resp_read_within(counter->failing.conn, &reply, WAIT_DEADLINE_MS);
    cr_assert_neq(status, RESP_TIMED_OUT);
    if (status == RESP_CLOSED) {
        /* Nobody knows what becomes of it. */
        resp_close(counter->failing.conn);
        counter->failing.conn = test_server_connect(counter->failing.server);
    } else if (buffer_text(&reply)[0] == ':') {
        counter->acked = strtol(buffer_text(&reply) + 1, NULL, 10);
    } else {
        cr_assert_eq(strncmp(buffer_text(&reply), "-MISCONF", strlen("-MISCONF")), 0);
        counter->sent--;
    }
    bool is_counted = status == RESP_COMPLETE && buffer_text(&reply)[0] == ':';
    buffer_release(&reply);
    return is_counted;
}

static void make_trouble(struct counter *counter) {
    uint32_t mask = 1 + random_below(counter, SHIM_ANY);
    int error = random_below(counter, 2) == 0 ? EIO : ENOSPC;
    int32_t count = random_below(counter, 2) == 0 ? -1 : (int32_t)random_below(counter, CALLS_MAX);
    int32_t skip = (int32_t)random_below(counter, CALLS_MAX);
    atomic_store(&disk_control(counter->failing.disk)->calls, 0);
    disk_fail(counter->failing.disk, mask, error, skip, count);
    if (random_below(counter, 2) == 0) {
        struct buffer reply = resp_call(counter->failing.conn, "BGREWRITEAOF");
        buffer_release(&reply);
    }
}

/* Goes on until a few calls were made after the first failure. */
static void count_in_trouble(struct counter *counter) {
    _Atomic int32_t *calls = &disk_control(counter->failing.disk)->calls;
    int32_t calls_after = (int32_t)random_below(counter, CALLS_MAX);
    int32_t end = INT32_MAX;
    make_trouble(counter);
    for (int i = 0; i < counter->counts_max && atomic_load(calls) < end; i++) {
        if (!count_up(counter) && end == INT32_MAX) {
            end = atomic_load(calls) + calls_after;
        }
    }
}

static void check_count(struct counter *counter) {
    struct buffer reply = resp_call(counter->failing.conn, "GET n");
    const char *digits = strchr(buffer_text(&reply), '\n');
    int64_t there = digits == NULL ? 0 : strtol(digits + 1, NULL, 10);
    buffer_release(&reply);
    cr_assert(there >= counter->acked && there <= counter->sent,
              "%ld acknowledged, %ld sent, %ld there", (long)counter->acked, (long)counter->sent,
              (long)there);
    counter->acked = there;
    counter->sent = there;
}

static void start_counter(struct counter *counter) {
    test_server_start_again(counter->failing.server);
    counter->failing.conn = test_server_connect(counter->failing.server);
    check_count(counter);
}

static void end_in_trouble(struct counter *counter) {
    resp_close(counter->failing.conn);
    test_server_crash(counter->failing.server);
    disk_heal(counter->failing.disk);
}

static void lose_nothing(const char *policy, int counts_max, bool cuts_power) {
    struct counter counter = {
        .failing = begin(policy),
        .random = (unsigned)wait_now_ms(),
        .counts_max = counts_max,
    };
    cr_log_info("seed %u", counter.random);
    (void)snprintf(counter.directory, sizeof counter.directory, "%s/appendonlydir",
                   test_server_dir(counter.failing.server));
    int64_t end_ms = torture_end_ms();
    for (int i = 0; i < CYCLE_COUNT || wait_now_ms() < end_ms; i++) {
        end_in_trouble(&counter);
        disk_mark_safe(counter.failing.disk, counter.directory);
        start_counter(&counter);
        count_in_trouble(&counter);
        if (cuts_power) {
            end_in_trouble(&counter);
            disk_cut_power(counter.failing.disk, counter.directory, counter.random);
            start_counter(&counter);
        }
    }
    resp_close(counter.failing.conn);
    disk_heal(counter.failing.disk);
    test_server_crash(counter.failing.server);
    test_server_release(counter.failing.server);
    disk_destroy(counter.failing.disk);
}

Test(disk_failure, a_kill_amid_failures_loses_nothing_under_everysec) {
    lose_nothing("everysec", 8000, false);
}

Test(disk_failure, a_kill_amid_failures_loses_nothing_under_no) {
    lose_nothing("no", 500, false);
}

Test(disk_failure, a_power_loss_amid_failures_loses_nothing_under_always) {
    lose_nothing("always", 200, true);
}

static bool is_rewritten(void *context) {
    struct failing *failing = context;
    return info_has(failing->conn, "aof_rewrites:1\r\n") && write_is_taken(failing);
}

Test(disk_failure, a_removed_directory_is_made_anew) {
    struct failing failing = begin("everysec");
    char command[TEXT_SIZE];
    (void)snprintf(command, sizeof command, "rm -rf %s/appendonlydir",
                   test_server_dir(failing.server));
    cr_assert_eq(system(command), 0);
    cr_assert(wait_until(is_rewritten, &failing, WAIT_DEADLINE_MS));
    end(&failing);
}

static bool is_new_file_written(void *context) {
    struct failing *failing = context;
    char path[TEXT_SIZE];
    (void)snprintf(path, sizeof path, "%s/appendonlydir/appendonly.aof.2.incr.aof",
                   test_server_dir(failing->server));
    struct stat info;
    return write_is_taken(failing) && stat(path, &info) == 0 && info.st_size > 0;
}

static bool syncs_nothing(void *context) {
    const struct failing *failing = context;
    return info_has(failing->conn, "aof_pending_bio_fsync:0\r\n");
}

/*
 * The new file is written to while its first sync, which covers nothing of it, is under way. The
 * base is not complete, so the file has to continue the one before it.
 */
Test(disk_failure, a_failing_sync_behind_a_switch_loses_nothing) {
    enum { DELAY_US = 50000 };
    struct failing failing = begin("everysec");
    assert_reply(failing.conn, "CONFIG SET rdb-key-save-delay 100000000", "+OK\r\n");
    atomic_store(&disk_control(failing.disk)->delay_us, DELAY_US);
    assert_reply(failing.conn, "BGREWRITEAOF",
                 "+Background append only file rewriting started\r\n");
    cr_assert(wait_until(is_new_file_written, &failing, WAIT_DEADLINE_MS));
    cr_assert(wait_until(syncs_nothing, &failing, WAIT_DEADLINE_MS));
    atomic_store(&disk_control(failing.disk)->delay_us, 0);
    disk_fail(failing.disk, SHIM_SYNC, EIO, 0, -1);
    cr_assert(wait_until(write_is_refused, &failing, WAIT_DEADLINE_MS));
    disk_heal(failing.disk);
    cr_assert(wait_until(write_is_taken, &failing, WAIT_DEADLINE_MS));
    end(&failing);
}

static bool sync_has_begun(void *context) {
    const struct failing *failing = context;
    assert_reply(failing->conn, "SET after 1", "+OK\r\n");
    return info_has(failing->conn, "aof_pending_bio_fsync:1\r\n");
}

/* A sync that does not end delays nobody under everysec. */
Test(disk_failure, a_slow_sync_delays_nobody_under_everysec) {
    enum { WRITE_COUNT = 2000 };
    struct failing failing = begin("everysec");
    disk_stall(failing.disk, SHIM_SYNC);
    cr_assert(wait_until(sync_has_begun, &failing, WAIT_DEADLINE_MS));
    for (int i = 0; i < WRITE_COUNT; i++) {
        assert_reply(failing.conn, "SET after 1", "+OK\r\n");
    }
    cr_expect(info_has(failing.conn, "aof_pending_bio_fsync:1\r\n"));
    disk_stall(failing.disk, 0);
    end(&failing);
}

/* A slow disk holds writes back once the backlog is full, and reads go on. */
Test(disk_failure, a_full_backlog_holds_writes_back_and_serves_reads) {
    enum { VALUE_SIZE = 200000, WRITE_COUNT = 12 };
    struct failing failing = begin("everysec");
    assert_reply(failing.conn, "CONFIG SET aof-backlog-limit 1mb", "+OK\r\n");
    disk_stall(failing.disk, SHIM_SYNC);
    char *value = calloc(1, VALUE_SIZE + 1);
    memset(value, 'x', VALUE_SIZE);
    const char *argv[] = {"SET", "after", value};
    size_t sizes[] = {strlen("SET"), strlen("after"), VALUE_SIZE};
    struct resp_conn *reader = test_server_connect(failing.server);
    for (int i = 0; i < WRITE_COUNT; i++) {
        resp_send_argv(failing.conn, sizeof argv / sizeof *argv, argv, sizes);
    }
    cr_assert(test_server_wait_for_log(failing.server, "writes are held back"));
    assert_reply(reader, "GET before", "$1\r\n1\r\n");
    disk_stall(failing.disk, 0);
    for (int i = 0; i < WRITE_COUNT; i++) {
        struct buffer reply = {0};
        cr_assert_eq(resp_read_within(failing.conn, &reply, WAIT_DEADLINE_MS), RESP_COMPLETE);
        cr_assert_str_eq(buffer_text(&reply), "+OK\r\n");
        buffer_release(&reply);
    }
    assert_reply(failing.conn, "SET after 1", "+OK\r\n");
    resp_close(reader);
    free(value);
    end(&failing);
}
