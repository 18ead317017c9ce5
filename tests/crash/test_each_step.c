/*
 * The process is killed, or the power goes, before each call that changes the AOF directory in
 * turn: while a start mends a torn log, while the tool does, at a rewrite, when the log is switched
 * on, and at the first start of all.
 *
 * A list holds the numbers from 1 on: what was acknowledged is there, once and in order.
 */
#include "crash/disk.h"
#include "crash/torture.h"
#include "support/check.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATH_SIZE = 320,
    LINE_SIZE = 2048,
    CYCLE_COUNT = 1,
    PUSH_COUNT = 40,
    TEXT_SIZE = 64,
    CALLS_MAX = 1000,
    STATUS_KILLED = 128 + 9, /* what a shell makes of it */
};

struct steps {
    struct disk *disk;
    struct test_server *server;
    struct resp_conn *conn;
    char directory[PATH_SIZE];
    char torn[PATH_SIZE]; /* a copy of it */
    unsigned random;
    long acked;
    long sent;
};

static unsigned next_random(struct steps *steps) {
    steps->random = steps->random * 1103515245U + 12345U;
    return steps->random >> 8;
}

static struct steps begin(const char *policy) {
    struct steps steps = {.disk = disk_create(), .random = (unsigned)wait_now_ms()};
    cr_log_info("seed %u", steps.random);
    const char *options[] = {"--appendonly", "yes", "--appendfsync", policy, NULL};
    steps.server = test_server_start(options);
    const char *dir = test_server_dir(steps.server);
    (void)snprintf(steps.directory, sizeof steps.directory, "%s/appendonlydir", dir);
    (void)snprintf(steps.torn, sizeof steps.torn, "%s/torn", dir);
    test_server_crash(steps.server);
    return steps;
}

static void end(struct steps *steps) {
    test_server_release(steps->server);
    disk_destroy(steps->disk);
}

__attribute__((format(printf, 1, 2))) static int run_shell(const char *format, ...) {
    char line[LINE_SIZE];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(line, sizeof line, format, list);
    va_end(list);
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void copy(const char *from, const char *to) {
    cr_assert_eq(run_shell("rm -rf %s && cp -r %s %s", to, from, to), 0);
}

/* ---- Numbers ---- */

/* Sends one number. False when the server is gone. */
static bool push(struct steps *steps) {
    char line[TEXT_SIZE];
    (void)snprintf(line, sizeof line, "RPUSH l %ld", steps->sent + 1);
    steps->sent++;
    resp_send_command(steps->conn, line);
    struct buffer reply = {0};
    bool is_there = resp_read_within(steps->conn, &reply, WAIT_DEADLINE_MS) == RESP_COMPLETE;
    if (is_there) {
        cr_assert_eq(strtol(buffer_text(&reply) + 1, NULL, 10), steps->sent, "%s",
                     buffer_text(&reply));
        steps->acked = steps->sent;
    }
    buffer_release(&reply);
    return is_there;
}

/* Starts the server and returns up to which number the list goes. */
static long start(struct steps *steps) {
    disk_kill_at(steps->disk, 0);
    test_server_start_again(steps->server);
    steps->conn = test_server_connect(steps->server);
    struct buffer reply = resp_call(steps->conn, "LRANGE l 0 -1");
    struct resp_value *list = resp_value_parse(reply.data, reply.size);
    for (size_t i = 0; i < list->count; i++) {
        cr_assert_eq(strtol(list->items[i].bytes, NULL, 10), (long)i + 1);
    }
    long last = (long)list->count;
    resp_value_destroy(list);
    buffer_release(&reply);
    cr_assert_leq(last, steps->sent);
    return last;
}

static void crash(struct steps *steps) {
    resp_close(steps->conn);
    test_server_crash(steps->server);
}

static void go_on_from(struct steps *steps, long number) {
    steps->acked = number;
    steps->sent = number;
}

static void check_acked(struct steps *steps, long last) {
    cr_assert_geq(last, steps->acked, "%ld was acknowledged, %ld is there", steps->acked, last);
    go_on_from(steps, last);
}

static bool is_done(struct steps *steps, const char *text) {
    struct buffer reply = {0};
    resp_send_command(steps->conn, "INFO persistence");
    bool is_there = resp_read_within(steps->conn, &reply, WAIT_DEADLINE_MS) == RESP_COMPLETE &&
                    strstr(buffer_text(&reply), text) != NULL;
    buffer_release(&reply);
    return is_there;
}

/* ---- Mending ---- */

/* Makes a log that lost its power while it grew, and keeps a copy. */
static void tear(struct steps *steps, bool rewrites) {
    disk_mark_safe(steps->disk, steps->directory);
    check_acked(steps, start(steps));
    for (int i = 0; i < PUSH_COUNT; i++) {
        if (rewrites && i == PUSH_COUNT / 2) {
            struct buffer reply = resp_call(steps->conn, "BGREWRITEAOF");
            buffer_release(&reply);
        }
        cr_assert(push(steps));
    }
    crash(steps);
    disk_cut_power(steps->disk, steps->directory, next_random(steps));
    copy(steps->directory, steps->torn);
    steps->acked = 0; /* Nothing was synced for sure. */
}

/* Returns what is there when nothing goes wrong. */
static long find_expected(struct steps *steps) {
    long expected = start(steps);
    crash(steps);
    copy(steps->torn, steps->directory);
    return expected;
}

static bool start_is_killed(struct steps *steps) {
    bool is_ready = test_server_try_again(steps->server);
    if (is_ready) {
        test_server_crash(steps->server);
    }
    return !is_ready;
}

static bool tool_is_killed(struct steps *steps) {
    const char *server = getenv("LATCHKEY_SERVER");
    const char *dir = test_server_dir(steps->server);
    int status = run_shell(
        "ln -sf $(realpath %s) %s/latchkey-check-aof && echo y | %s/latchkey-check-aof "
        "--fix %s/appendonly.aof.manifest >%s/tool.log",
        server != NULL ? server : "build/release/latchkey-server", dir, dir, steps->directory, dir);
    cr_assert(status == 0 || status == STATUS_KILLED, "the tool ends with %d", status);
    return status != 0;
}

static void mend_in_steps(bool rewrites, bool (*is_killed)(struct steps *steps)) {
    struct steps steps = begin("everysec");
    int64_t end_ms = torture_end_ms();
    for (int i = 0; i < CYCLE_COUNT || wait_now_ms() < end_ms; i++) {
        tear(&steps, rewrites);
        long expected = find_expected(&steps);
        bool goes_on = true;
        for (int call = 1; goes_on && call < CALLS_MAX; call++) {
            copy(steps.torn, steps.directory);
            disk_mark_safe(steps.disk, steps.directory);
            disk_kill_at(steps.disk, call);
            goes_on = is_killed(&steps);
            disk_cut_power(steps.disk, steps.directory, next_random(&steps));
            cr_assert_eq(start(&steps), expected, "killed before call %d", call);
            crash(&steps);
        }
        cr_assert_not(goes_on);
        go_on_from(&steps, expected);
    }
    end(&steps);
}

Test(each_step, a_start_that_mends_a_torn_log) {
    mend_in_steps(false, start_is_killed);
}

Test(each_step, a_start_that_mends_a_log_torn_at_a_rewrite) {
    mend_in_steps(true, start_is_killed);
}

Test(each_step, the_tool_that_mends_a_log_torn_at_a_rewrite) {
    mend_in_steps(true, tool_is_killed);
}

/* ---- Serving ---- */

static void open_for_calls(struct steps *steps) {
    disk_mark_safe(steps->disk, steps->directory);
    check_acked(steps, start(steps));
}

static long cut_and_start(struct steps *steps) {
    crash(steps);
    disk_cut_power(steps->disk, steps->directory, next_random(steps));
    return start(steps);
}

Test(each_step, a_rewrite_under_always) {
    struct steps steps = begin("always");
    bool is_rewritten = false;
    for (int call = 1; !is_rewritten && call < CALLS_MAX; call++) {
        open_for_calls(&steps);
        disk_kill_at(steps.disk, call);
        resp_send_command(steps.conn, "BGREWRITEAOF");
        struct buffer reply = {0};
        bool is_there = resp_read_within(steps.conn, &reply, WAIT_DEADLINE_MS) == RESP_COMPLETE;
        buffer_release(&reply);
        while (is_there && !is_rewritten) {
            is_there = push(&steps);
            is_rewritten = is_there && is_done(&steps, "aof_rewrites:1\r\n");
        }
        check_acked(&steps, cut_and_start(&steps));
        crash(&steps);
    }
    cr_assert(is_rewritten);
    end(&steps);
}

static bool answers(struct steps *steps, const char *request) {
    struct buffer reply = {0};
    resp_send_command(steps->conn, request);
    bool is_there = resp_read_within(steps->conn, &reply, WAIT_DEADLINE_MS) == RESP_COMPLETE;
    buffer_release(&reply);
    return is_there;
}

/* What the killed process had not synced comes before all that the next one acknowledges. */
Test(each_step, a_rewrite_before_a_start_that_goes_on_under_always) {
    enum { CALLS_TRIED = 16, PUSHES = 5 };
    struct steps steps = begin("everysec");
    for (int call = 1; call <= CALLS_TRIED; call++) {
        open_for_calls(&steps);
        for (int i = 0; i < PUSHES; i++) {
            cr_assert(push(&steps));
        }
        disk_kill_at(steps.disk, call);
        /* Nothing is written meanwhile: all that the shim's log has was done. */
        bool is_there = answers(&steps, "BGREWRITEAOF");
        while (is_there && !is_done(&steps, "aof_rewrites:1\r\n")) {
            is_there = answers(&steps, "PING");
        }
        crash(&steps);
        check_acked(&steps, start(&steps));
        assert_reply(steps.conn, "CONFIG SET appendfsync always", "+OK\r\n");
        for (int i = 0; i < PUSHES; i++) {
            cr_assert(push(&steps));
        }
        check_acked(&steps, cut_and_start(&steps));
        crash(&steps);
    }
    end(&steps);
}

/* Until its first base is complete, the old log is what counts. */
Test(each_step, a_log_that_is_switched_on_under_always) {
    struct steps steps = begin("always");
    bool is_on = false;
    for (int call = 1; !is_on && call < CALLS_MAX; call++) {
        open_for_calls(&steps);
        long logged = steps.acked;
        assert_reply(steps.conn, "CONFIG SET appendonly no", "+OK\r\n");
        cr_assert(push(&steps));
        long base = steps.acked;
        disk_kill_at(steps.disk, call);
        resp_send_command(steps.conn, "CONFIG SET appendonly yes");
        struct buffer reply = {0};
        bool is_there = resp_read_within(steps.conn, &reply, WAIT_DEADLINE_MS) == RESP_COMPLETE;
        buffer_release(&reply);
        while (is_there && !is_on) {
            is_there = push(&steps);
            is_on = is_there && is_done(&steps, "aof_rewrites:1\r\n");
        }
        is_on = is_on && push(&steps);
        long last = cut_and_start(&steps);
        cr_assert(last >= base || (last == logged && !is_on), "%ld logged, %ld in the base, %ld",
                  logged, base, last);
        cr_assert(!is_on || last >= steps.acked);
        go_on_from(&steps, last);
        crash(&steps);
    }
    cr_assert(is_on);
    end(&steps);
}

Test(each_step, the_first_start) {
    struct steps steps = begin("always");
    bool goes_on = true;
    for (int call = 1; goes_on && call < CALLS_MAX; call++) {
        cr_assert_eq(run_shell("rm -rf %s && mkdir %s", steps.directory, steps.directory), 0);
        go_on_from(&steps, 0);
        disk_mark_safe(steps.disk, steps.directory);
        disk_kill_at(steps.disk, call);
        goes_on = start_is_killed(&steps);
        disk_cut_power(steps.disk, steps.directory, next_random(&steps));
        open_for_calls(&steps);
        cr_assert(push(&steps));
        check_acked(&steps, cut_and_start(&steps));
        crash(&steps);
    }
    cr_assert_not(goes_on);
    end(&steps);
}
