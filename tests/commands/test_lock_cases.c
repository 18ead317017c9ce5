/*
 * Locks where they meet everything else: pauses, transactions, scripts, other names and databases,
 * connections that go, sessions, figures.
 */
#include "support/check.h"
#include "support/errors.h"
#include "support/rows.h"
#include "support/wait.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(lock_cases, .init = start, .fini = stop);

#define TOKEN "(starts):1"

enum { LINE_SIZE = 256, MS_PER_SECOND = 1000, NS_PER_MS = 1000000 };

static int64_t wall_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}

static long long token_of(struct resp_conn *conn, const char *line) {
    struct buffer reply = resp_call(conn, line);
    long long token = strtoll(buffer_text(&reply) + 1, NULL, 10);
    cr_assert(reply.data[0] == ':' && token > 0, "%s: %s", line, buffer_text(&reply));
    buffer_release(&reply);
    return token;
}

static bool reply_has(struct resp_conn *conn, const char *line, const char *text) {
    struct buffer reply = resp_call(conn, line);
    bool has = strstr(buffer_text(&reply), text) != NULL;
    buffer_release(&reply);
    return has;
}

/* ---- CLIENT PAUSE ---- */

Test(lock_cases, a_pause_of_writes_defers_grants) {
    static const struct script_row rows[] = {
        {"B> LOCK l b PX 60000 SESSION ; C> &LOCK l c PX 60000 BLOCK 0 ; CLIENT PAUSE 60000 WRITE "
         "; B> !close ; C> @read ; GET l ; CLIENT UNPAUSE ; C> @read ; GET l",
         {TOKEN, "+OK", "(nothing)", "$1⏎b", "+OK", TOKEN, "$1⏎c"}},
        {"LOCK l a PX 400 ; B> &LOCK l b PX 60000 BLOCK 0 ; CLIENT PAUSE 60000 WRITE ; ?EXISTS l ; "
         "B> @read ; CLIENT UNPAUSE ; B> @read",
         {TOKEN, "+OK", ":0", "(nothing)", "+OK", TOKEN}},
        {"LOCK l a PX 20 ; B> &LOCK l b PX 60000 BLOCK 0 ; CLIENT PAUSE 60 WRITE ; B> @read",
         {TOKEN, "+OK", TOKEN}},
        {"B> LOCK l b PX 60000 SESSION ; C> &LOCK l c PX 60000 BLOCK 0 ; CLIENT PAUSE 60 WRITE ; "
         "B> RESET ; C> @read",
         {TOKEN, "+OK", "+RESET", TOKEN}},
    };
    assert_rows(server, rows);
}

Test(lock_cases, who_is_held_back_by_a_pause_does_not_come_before_those_who_wait) {
    assert_script(server,
                  "LOCK l a PX 400 ; B> &LOCK l b PX 60000 BLOCK 0 ; CLIENT PAUSE 60000 WRITE ; "
                  "?EXISTS l ; C> &LOCK l c PX 60000 ; CLIENT UNPAUSE ; B> @read ; C> @read",
                  TOKEN, "+OK", ":0", "+OK", TOKEN, "$-1");
}

Test(lock_cases, waits_end_during_a_pause) {
    assert_script(server,
                  "LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 20 ; C> &LOCK l c PX 60000 "
                  "BLOCK 0 ; CLIENT PAUSE 60000 WRITE ; B> @read ; CLIENT UNBLOCK $IDC ; C> @read "
                  "; CLIENT UNPAUSE",
                  TOKEN, "+OK", "$-1", ":1", "$-1", "+OK");
}

/* The connection speaks during the pause, until the lease would have ended. */
Test(lock_cases, a_session_that_speaks_keeps_its_lock_over_a_pause) {
    assert_script(server,
                  "LOCK l a PX 40 SESSION ; CLIENT PAUSE 60000 WRITE ; ?EXISTS l ; CLIENT UNPAUSE "
                  "; GET l",
                  TOKEN, "+OK", ":0", "+OK", "$1⏎a");
}

/* ---- The queue ---- */

Test(lock_cases, a_later_one_does_not_get_what_expired_for_those_who_wait) {
    static const struct script_row rows[] = {
        {"DEBUG SET-ACTIVE-EXPIRE 0 ; LOCK l a PX 40 ; SET t v PX 60 ; B> &LOCK l b PX 60000 BLOCK "
         "0 ; ?GET t ; LOCK l c PX 60000 ; B> @read ; GET l",
         {"+OK", TOKEN, "+OK", "$-1", "$-1", TOKEN, "$1⏎b"}},
        {"LOCK l a PX 40 ; SET t v PX 60 ; B> &LOCK l b PX 60000 BLOCK 0 ; ?GET t ; D> &LOCK l d "
         "PX 60000 BLOCK 0 ; B> @read ; D> @read ; UNLOCK l b ; D> @read",
         {TOKEN, "+OK", "$-1", TOKEN, "(nothing)", ":0", TOKEN}},
        {"DEBUG SET-ACTIVE-EXPIRE 1", {"+OK"}},
    };
    assert_rows(server, rows);
}

Test(lock_cases, who_waits_with_a_moment_that_has_passed_is_dropped) {
    char script[LINE_SIZE];
    int64_t moment_ms = wall_ms() + 60;
    (void)snprintf(script, sizeof script,
                   "LOCK l a PX 60000 ; SET t v PXAT %" PRId64 " ; B> &LOCK l b PXAT %" PRId64
                   " BLOCK 0 ; C> &LOCK l c PX 60000 BLOCK 0 ; ?EXISTS t ; UNLOCK l a ; B> @read ; "
                   "C> @read",
                   moment_ms, moment_ms);
    assert_script(server, script, TOKEN, "+OK", ":0", ":0", "$-1", TOKEN);
}

Test(lock_cases, the_holder_enters_again_while_others_wait) {
    static const struct script_row rows[] = {
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; LOCK l a PX 60000 BLOCK 0 ; UNLOCK l "
         "a ; B> @read ; UNLOCK l a ; B> @read",
         {TOKEN, TOKEN, ":1", "(nothing)", ":0", TOKEN}},
        {"LOCK l a PX 60000 ; B> &LOCK l a PX 60000 NX BLOCK 0 ; B> @read ; UNLOCK l a ; B> @read "
         "; "
         "UNLOCK l a",
         {TOKEN, "(nothing)", ":0", TOKEN, ":0"}},
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; C> &LOCK l b PX 60000 BLOCK 0 ; "
         "UNLOCK l a ; B> @read ; C> @read ; UNLOCK l b ; UNLOCK l b",
         {TOKEN, ":0", TOKEN, TOKEN, ":1", ":0"}},
    };
    assert_rows(server, rows);
}

/* ---- Transactions and scripts ---- */

Test(lock_cases, a_transaction_sees_and_makes_them) {
    static const struct script_row rows[] = {
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; MULTI ; UNLOCK l a ; LOCK l c PX "
         "60000 ; EXEC ; B> @read ; UNLOCK l c ; B> @read",
         {TOKEN, "+OK", "+QUEUED", "+QUEUED", "(starts)*2⏎:0⏎:1", "(nothing)", ":0", TOKEN}},
        {"MULTI ; LOCK l a PX 60000 ; LOCK l a PX 60000 ; UNLOCK l a ALL ; UNLOCK l a ; EXEC ; "
         "EXISTS l",
         {"+OK", "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED", "(starts)*4⏎:1", ":0"}},
        {"LOCK l a PX 20 ; MULTI ; UNLOCK l a ; B> ?EXISTS l ; EXEC",
         {TOKEN, "+OK", "+QUEUED", ":0", "*1⏎:-2"}},
        {"LOCK l a PX 20 ; WATCH l ; B> ?EXISTS l ; MULTI ; SET k v ; EXEC ; EXISTS k",
         {TOKEN, "+OK", ":0", "+OK", "+QUEUED", "*-1", ":0"}},
        {"LOCK l a PX 60000 ; WATCH l ; B> UNLOCK l a ; MULTI ; SET k v ; EXEC ; EXISTS k",
         {TOKEN, "+OK", ":0", "+OK", "+QUEUED", "*-1", ":0"}},
        {"WATCH l ; B> LOCK l a PX 60000 ; MULTI ; SET k v ; EXEC",
         {"+OK", TOKEN, "+OK", "+QUEUED", "*-1"}},
    };
    assert_rows(server, rows);
}

Test(lock_cases, a_fence_fails_on_everything_but_its_lock) {
    static const struct script_row rows[] = {
        {"RPUSH q x ; MULTI ; FENCE q 1 ; SET k v ; EXEC ; EXISTS k",
         {":1", "+OK", "+QUEUED", "+QUEUED", "*-1", ":0"}},
        {"SET l v ; FENCE l 1 ; FENCE l 0 ; MULTI ; FENCE l 0 ; EXEC",
         {"+OK", ":0", ":0", "+OK", "+QUEUED", "*-1"}},
        {"LOCK l a PX 60000 ; MULTI ; FENCE l x ; EXEC", {TOKEN, "+OK", "+QUEUED", "*-1"}},
        {"LOCK l a PX 60000 ; FENCE l -1 ; FENCE l 99999999999999999999 ; FENCE l",
         {TOKEN, ":0", NOT_AN_INTEGER, WRONG_ARITY("fence")}},
        {"EVAL \"return redis.call('fence', KEYS[1], 1)\" 1 l", {":0"}},
    };
    assert_rows(server, rows);
}

Test(lock_cases, a_fence_is_asked_when_exec_comes) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    char fence[LINE_SIZE];
    cr_assert(test_server_hold_clock(server));
    (void)snprintf(fence, sizeof fence, "FENCE l %lld", token_of(conn, "LOCK l a PX 60"));
    /* Before anything of the transaction runs: what this does to the lock comes later. */
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, "UNLOCK l b", "+QUEUED\r\n");
    assert_reply(conn, fence, "+QUEUED\r\n");
    assert_reply(conn, "EXEC", "*2\r\n:-1\r\n:1\r\n");
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, fence, "+QUEUED\r\n");
    assert_reply(conn, "SET k v", "+QUEUED\r\n");
    cr_assert(test_server_pass_time(server, 61));
    assert_reply(other, "EXISTS l k", ":0\r\n");
    assert_reply(conn, "EXEC", "*-1\r\n");
    assert_reply(other, "EXISTS k", ":0\r\n");
    resp_close(other);
    resp_close(conn);
}

Test(lock_cases, scripts_take_and_release_them) {
    static const struct script_row rows[] = {
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; EVAL \"redis.call('unlock', KEYS[1], "
         "'a') return redis.call('lock', KEYS[1], 'c', 'px', 60000)\" 1 l ; B> @read ; EVAL "
         "\"return redis.call('unlock', KEYS[1], 'c')\" 1 l ; B> @read",
         {TOKEN, TOKEN, "(nothing)", ":0", TOKEN}},
        {"EVAL_RO \"return redis.call('lock', KEYS[1], 'c', 'px', 60000)\" 1 l ; EXISTS l",
         {"(starts)-ERR Write commands are not allowed from read-only scripts", ":0"}},
        {"LOCK l a PX 60000 ; EVAL \"if redis.call('get', KEYS[1]) == ARGV[1] then return "
         "redis.call('del', KEYS[1]) else return 0 end\" 1 l a ; LOCK l b PX 60000 ; EVAL \"return "
         "redis.call('pexpire', KEYS[1], 90000)\" 1 l ; OBJECT ENCODING l",
         {TOKEN, ":1", TOKEN, ":1", "$4⏎lock"}},
        {"B> EVAL \"return redis.call('lock', KEYS[1], 'b', 'px', 60000, 'session')\" 1 l ; B> "
         "!close ; LOCK l a PX 60000 BLOCK 0",
         {TOKEN, TOKEN}},
    };
    assert_rows(server, rows);
}

/* ---- Other names, other databases, other values ---- */

Test(lock_cases, a_lock_follows_its_name) {
    static const struct script_row rows[] = {
        {"LOCK m x PX 60000 ; B> &LOCK m b PX 60000 BLOCK 0 ; LOCK l a PX 60000 ; RENAME l m ; B> "
         "@read ; UNLOCK m x ; UNLOCK m a ; B> @read",
         {TOKEN, TOKEN, "+OK", "(nothing)", ":-1", ":0", TOKEN}},
        {"LOCK l a PX 60000 ; LOCK m b PX 60000 ; RENAMENX l m ; GET m ; RENAME l l ; OBJECT "
         "ENCODING l",
         {TOKEN, TOKEN, ":0", "$1⏎b", "+OK", "$4⏎lock"}},
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; SET s v ; RENAME s l ; B> @read ; "
         "UNLOCK l v ; B> @read",
         {TOKEN, "+OK", "+OK", "(nothing)", ":0", TOKEN}},
        {"LOCK l a PX 60000 ; LOCK c x PX 60000 ; COPY l c REPLACE ; OBJECT ENCODING c ; GET c ; "
         "UNLOCK c a ; COPY l c DB 1 ; SELECT 1 ; OBJECT ENCODING c ; DEL c",
         {TOKEN, TOKEN, ":1", "$6⏎embstr", "$1⏎a", ":0", ":1", "+OK", "$6⏎embstr", ":1"}},
        {"LOCK l a PX 60000 ; EVAL \"return redis.call('restore', KEYS[2], 50000, "
         "redis.call('dump', KEYS[1]))\" 2 l m ; OBJECT ENCODING m ; GET m ; EVAL \"return "
         "redis.call('restore', KEYS[1], 50000, redis.call('dump', KEYS[1]), 'replace')\" 1 l ; "
         "OBJECT ENCODING l ; UNLOCK l a",
         {TOKEN, "+OK", "$6⏎embstr", "$1⏎a", "+OK", "$6⏎embstr", ":0"}},
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; MOVE l 1 ; B> @read ; SELECT 1 ; "
         "OBJECT ENCODING l ; UNLOCK l a",
         {TOKEN, ":1", TOKEN, "+OK", "$6⏎embstr", ":0"}},
    };
    assert_rows(server, rows);
}

Test(lock_cases, a_name_changes_nothing_about_a_lock) {
    struct resp_conn *conn = test_server_connect(server);
    char fence[LINE_SIZE];
    (void)token_of(conn, "LOCK l a PX 60000");
    (void)snprintf(fence, sizeof fence, "FENCE m %lld", token_of(conn, "LOCK l a PX 60000"));
    assert_reply(conn, "RENAME l m", "+OK\r\n");
    assert_reply(conn, fence, ":1\r\n");
    assert_reply(conn, "UNLOCK m a", ":1\r\n");
    cr_expect(reply_has(conn, "LOCKINFO m", "$5\r\ncount\r\n:1\r\n"));
    resp_close(conn);
}

Test(lock_cases, other_commands_free_a_lock_or_make_a_string_of_it) {
    static const char *const frees[] = {
        "GETDEL l",
        "EXPIRE l 0",
        "EXPIREAT l 1",
        "PEXPIREAT l 1",
        "PEXPIRE l -5",
        "MOVE l 1",
        "EVAL \"return redis.call('del', KEYS[1])\" 1 l",
    };
    static const char *const strings[] = {
        "SET l v",        "GETSET l v",   "SETEX l 100 v",    "MSET l v",   "APPEND l v",
        "SETRANGE l 0 v", "SETBIT l 1 1", "COPY s l REPLACE", "RENAME s l", "SET l v KEEPTTL",
    };
    for (size_t i = 0; i < sizeof frees / sizeof *frees; i++) {
        char line[LINE_SIZE];
        (void)snprintf(line, sizeof line,
                       "LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; %s ; B> @read",
                       frees[i]);
        assert_script(server, line, TOKEN, "(any)", TOKEN);
    }
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        char line[LINE_SIZE];
        (void)snprintf(line, sizeof line,
                       "LOCK l a PX 60000 ; SET s v ; B> &LOCK l b PX 60000 BLOCK 0 ; %s ; B> "
                       "@read ; SCAN 0 TYPE lock ; DEL l ; B> @read",
                       strings[i]);
        assert_script(server, line, TOKEN, "+OK", "(any)", "(nothing)", "*2⏎$1⏎0⏎*0", ":1", TOKEN);
    }
    assert_script(server,
                  "LOCK l a PX 60000 ; GETEX l EX 100 ; EXPIRE l 50 LT ; EXPIRE l 90 NX ; EXPIREAT "
                  "l 9999999999 GT ; TOUCH l ; OBJECT ENCODING l ; B> &LOCK l b PX 60000 BLOCK 0 ; "
                  "SET l v PX 20 ; B> @read",
                  TOKEN, "$1⏎a", ":1", ":0", ":1", ":1", "$4⏎lock", "+OK", TOKEN);
}

Test(lock_cases, databases_are_emptied_and_exchanged) {
    static const struct script_row rows[] = {
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; SWAPDB 0 1 ; B> @read ; GET l ; "
         "SELECT 1 ; GET l",
         {TOKEN, "+OK", TOKEN, "$1⏎b", "+OK", "$1⏎a"}},
        {"LOCK l a PX 60000 ; C> SELECT 1 ; C> LOCK l c PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; "
         "SWAPDB 0 1 ; B> @read ; UNLOCK l a ; B> @read ; UNLOCK l c ; B> @read",
         {TOKEN, "+OK", TOKEN, "+OK", "(nothing)", ":-1", "(nothing)", ":0", TOKEN}},
        {"C> SELECT 1 ; C> LOCK l c PX 60000 ; D> SELECT 1 ; D> &LOCK l d PX 60000 BLOCK 0 ; LOCK "
         "l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; FLUSHDB ; B> @read ; D> @read ; FLUSHALL "
         "ASYNC ; D> @read",
         {"+OK", TOKEN, "+OK", TOKEN, "+OK", TOKEN, "(nothing)", "+OK", TOKEN}},
        {"C> SELECT 1 ; C> LOCK l c PX 60000 ; D> SELECT 1 ; D> &LOCK l d PX 60000 BLOCK 0 ; LOCK "
         "l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; FLUSHALL ; B> @read ; D> @read",
         {"+OK", TOKEN, "+OK", TOKEN, "+OK", TOKEN, TOKEN}},
        {"LOCK l a PX 60000 ; C> SELECT 1 ; C> LOCK l c PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; "
         "C> UNLOCK l c ; B> @read ; UNLOCK l a ; B> @read",
         {TOKEN, "+OK", TOKEN, ":0", "(nothing)", ":0", TOKEN}},
    };
    assert_rows(server, rows);
}

Test(lock_cases, a_reload_keeps_locks_and_those_who_wait) {
    assert_script(server,
                  "LOCK l a PX 60000 ; LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; DEBUG "
                  "RELOAD ; B> @read ; OBJECT ENCODING l ; UNLOCK l a ; UNLOCK l a ; B> @read",
                  TOKEN, TOKEN, "+OK", "(nothing)", "$4⏎lock", ":1", ":0", TOKEN);
}

/* ---- Connections ---- */

Test(lock_cases, who_is_killed_is_passed_over) {
    static const struct script_row rows[] = {
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; C> &LOCK l c PX 60000 BLOCK 0 ; "
         "CLIENT KILL ID $IDB ; UNLOCK l a ; C> @read",
         {TOKEN, ":1", ":0", TOKEN}},
        /* In one turn: killed, then next in line. */
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; C> &LOCK l c PX 60000 BLOCK 0 ; "
         "MULTI "
         "; CLIENT KILL ID $IDB ; UNLOCK l a ; EXEC ; C> @read ; GET l",
         {TOKEN, "+OK", "+QUEUED", "+QUEUED", "*2⏎:1⏎:0", TOKEN, "$1⏎c"}},
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; C> &LOCK l c PX 60000 BLOCK 0 ; "
         "MULTI "
         "; UNLOCK l a ; CLIENT KILL ID $IDB ; EXEC ; C> @read ; GET l",
         {TOKEN, "+OK", "+QUEUED", "+QUEUED", "*2⏎:0⏎:1", TOKEN, "$1⏎c"}},
        {"B> LOCK l b PX 60000 SESSION ; C> &LOCK l c PX 60000 BLOCK 0 ; CLIENT KILL ID $IDB ; C> "
         "@read",
         {TOKEN, ":1", TOKEN}},
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; CLIENT UNBLOCK $IDB ERROR ; B> @read "
         "; UNLOCK l a ; EXISTS l",
         {TOKEN, ":1", "-UNBLOCKED client unblocked via CLIENT UNBLOCK", ":0", ":0"}},
    };
    assert_rows(server, rows);
}

/* The next in line gets the lock, and is killed in the same turn. */
Test(lock_cases, a_grant_to_one_who_goes_in_the_same_turn_is_given_on_if_it_has_a_session) {
    struct resp_conn *holder = test_server_connect(server);
    struct resp_conn *first = test_server_connect(server);
    struct resp_conn *second = test_server_connect(server);
    (void)token_of(holder, "LOCK l a PX 60000");
    long long id = token_of(first, "CLIENT ID");
    resp_send_command(first, "LOCK l b PX 60000 BLOCK 0 SESSION");
    while (!reply_has(holder, "LOCKINFO l", "$7\r\nwaiters\r\n:1\r\n")) {
        wait_moment();
    }
    resp_send_command(second, "LOCK l c PX 60000 BLOCK 0");
    while (!reply_has(holder, "LOCKINFO l", "$7\r\nwaiters\r\n:2\r\n")) {
        wait_moment();
    }
    char lines[LINE_SIZE];
    (void)snprintf(lines, sizeof lines, "UNLOCK l a\r\nCLIENT KILL ID %lld\r\n", id);
    resp_send_text(holder, lines);
    struct buffer token = {0};
    cr_assert_eq(resp_read(second, &token), RESP_COMPLETE);
    cr_expect_eq(token.data[0], ':');
    buffer_release(&token);
    resp_close(second);
    resp_close(first);
    resp_close(holder);
}

Test(lock_cases, replies_that_are_not_wanted_do_not_change_grants) {
    static const struct script_row rows[] = {
        {"LOCK l a PX 60000 ; B> &CLIENT REPLY OFF ; B> &LOCK l b PX 60000 BLOCK 0 ; UNLOCK l a ; "
         "GET l ; B> @read ; B> CLIENT REPLY ON",
         {TOKEN, ":0", "$1⏎b", "(nothing)", "+OK"}},
        {"LOCK l a PX 60000 ; B> &CLIENT REPLY SKIP ; B> &LOCK l b PX 60000 BLOCK 0 ; UNLOCK l a ; "
         "GET l ; B> @read ; B> PING",
         {TOKEN, ":0", "$1⏎b", "(nothing)", "+PONG"}},
        {"LOCK l a PX 60000 ; B> CLIENT NO-EVICT ON ; B> CLIENT NO-TOUCH ON ; B> &LOCK l b PX "
         "60000 BLOCK 0 ; UNLOCK l a ; B> @read",
         {TOKEN, "+OK", "+OK", ":0", TOKEN}},
        {"LOCK l a PX 60000 ; B> &~LOCK l b PX 60000 BLOCK 0\\r\\nPING\\r\\n ; B> @read ; UNLOCK l "
         "a ; B> @read ; B> @read",
         {TOKEN, "(nothing)", ":0", TOKEN, "+PONG"}},
        {"LOCK l a PX 60000 ; B> HELLO 3 ; B> &LOCK l b PX 60000 BLOCK 20 ; B> @read ; B> LOCKINFO "
         "l ; B> LOCKINFO none",
         {TOKEN, "(any)", "_", "(starts)%8⏎$5⏎owner⏎$1⏎a⏎$5⏎token⏎:1", "_"}},
    };
    assert_rows(server, rows);
}

/* ---- Sessions ---- */

Test(lock_cases, a_session_keeps_its_lock_when_the_server_is_late) {
    enum { LATE_MS = 1200 };
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    cr_assert(test_server_hold_clock(server));
    (void)token_of(conn, "LOCK l a PX 1000 SESSION");
    /* What it says in the millisecond of the grant is no sign that it is there later. */
    cr_assert(test_server_pass_time(server, 1));
    assert_reply(conn, "PTTL l", ":999\r\n");
    cr_assert(test_server_pass_time(server, LATE_MS));
    assert_reply(other, "EXISTS l", ":1\r\n");
    assert_reply(conn, "PTTL l", ":1000\r\n");
    /* It is late in the middle of a turn. */
    cr_assert(test_server_pass_time(server, 1));
    assert_reply(conn, "PING", "+PONG\r\n");
    resp_send_text(other, "DEBUG CLOCK FORWARD 1200\r\nEXISTS l\r\n");
    struct buffer replies = {0};
    cr_assert(resp_read_bytes(other, strlen("+OK\r\n:1\r\n"), &replies));
    cr_assert_str_eq(buffer_text(&replies), "+OK\r\n:1\r\n");
    buffer_release(&replies);
    resp_close(conn);
    resp_close(other);
}

Test(lock_cases, a_session_renews_the_lease_that_was_asked_for_last) {
    enum { STEPS = 40, STEP_MS = 10 };
    struct resp_conn *conn = test_server_connect(server);
    (void)token_of(conn, "LOCK l a PX 60000 SESSION");
    (void)token_of(conn, "LOCK l a PX 100");
    cr_assert(test_server_hold_clock(server));
    for (int i = 0; i < STEPS; i++) {
        cr_assert(test_server_pass_time(server, STEP_MS));
        assert_reply(conn, "EXISTS l", ":1\r\n");
    }
    resp_close(conn);
}

Test(lock_cases, a_session_has_only_the_lock_that_it_took) {
    static const struct script_row rows[] = {
        {"B> LOCK l a PX 60000 SESSION ; C> LOCK l a PX 60000 SESSION ; B> !close ; GET l ; C> "
         "!close ; ?EXISTS l",
         {TOKEN, TOKEN, "$1⏎a", ":0"}},
        {"B> LOCK l b PX 60000 SESSION ; SET l v ; B> !close ; GET l", {TOKEN, "+OK", "$1⏎v"}},
        {"B> LOCK l b PX 60000 SESSION ; DEL l ; LOCK l b PX 60000 ; B> !close ; GET l",
         {TOKEN, ":1", TOKEN, "$1⏎b"}},
        {"B> LOCK l b PX 60000 SESSION ; FLUSHALL ; LOCK l a PX 60000 ; B> !close ; GET l",
         {TOKEN, "+OK", TOKEN, "$1⏎a"}},
        {"B> LOCK l b PX 60000 ; B> LOCK l b PX 60000 XX SESSION ; B> !close ; ?EXISTS l",
         {TOKEN, TOKEN, ":0"}},
        {"B> LOCK l b PX 60000 SESSION ; B> LOCK l b PX 60000 ; B> UNLOCK l b ; B> !close ; "
         "?EXISTS l",
         {TOKEN, TOKEN, ":1", ":0"}},
        {"LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 SESSION ; UNLOCK l a ; B> @read ; B> "
         "!close ; ?EXISTS l",
         {TOKEN, ":0", TOKEN, ":0"}},
        {"B> MULTI ; B> LOCK l b PX 60000 SESSION ; B> EXEC ; B> !close ; ?EXISTS l",
         {"+OK", "+QUEUED", "(starts)*1⏎:1", ":0"}},
        {"B> LOCK l b PX 60000 SESSION ; B> QUIT ; ?EXISTS l", {TOKEN, "+OK", ":0"}},
    };
    assert_rows(server, rows);
}

Test(lock_cases, a_session_finds_its_lock_under_another_name_and_in_another_database) {
    static const struct script_row rows[] = {
        {"B> LOCK l b PX 60000 SESSION ; RENAME l m ; B> !close ; ?EXISTS m", {TOKEN, "+OK", ":0"}},
        {"B> LOCK l b PX 60000 SESSION ; B> LOCK m b PX 60000 SESSION ; RENAME l m ; B> !close ; "
         "?EXISTS m",
         {TOKEN, TOKEN, "+OK", ":0"}},
        {"B> LOCK l b PX 60000 SESSION ; SWAPDB 0 1 ; SELECT 1 ; GET l ; B> !close ; ?EXISTS l",
         {TOKEN, "+OK", "+OK", "$1⏎b", ":0"}},
        {"B> LOCK l b PX 60000 SESSION ; MOVE l 1 ; B> !close ; SELECT 1 ; GET l ; DEL l",
         {TOKEN, ":1", "+OK", "$1⏎b", ":1"}},
        {"LOCK l a PX 40 SESSION ; RENAME l m ; B> SET t v PX 80 ; ?EXISTS t ; GET m",
         {TOKEN, "+OK", "+OK", ":0", "$1⏎a"}},
    };
    assert_rows(server, rows);
}

/* ---- What operators see ---- */

Test(lock_cases, figures_count_what_happened) {
    struct resp_conn *conn = test_server_connect(server);
    assert_script(server,
                  "LOCK l a PX 60000 ; LOCK l b PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; INFO "
                  "locks ; UNLOCK l a ; B> @read ; LOCK m a PX 20 ; ?EXISTS m",
                  TOKEN, "$-1", "(any)", ":0", TOKEN, TOKEN, ":0");
    cr_expect(reply_has(conn, "INFO locks",
                        "locks_held:1\r\nlock_waiters:0\r\nlock_grants:3\r\n"
                        "lock_contended:2\r\nlock_expired_while_held:1\r\n"));
    resp_send_command(conn, "LOCK l x PX 60000 BLOCK 0");
    struct resp_conn *other = test_server_connect(server);
    while (!reply_has(other, "INFO locks", "lock_waiters:1\r\n")) {
        wait_moment();
    }
    cr_expect(reply_has(other, "CLIENT LIST", "flags=b"));
    cr_expect(reply_has(other, "LOCKINFO l", "$7\r\nwaiters\r\n:1\r\n"));
    resp_close(other);
    resp_close(conn);
}

Test(lock_cases, lockinfo_names_the_client_of_a_session) {
    struct resp_conn *conn = test_server_connect(server);
    char session[LINE_SIZE];
    (void)snprintf(session, sizeof session, "$7\r\nsession\r\n:%lld\r\n$6\r\nnative\r\n:1\r\n",
                   token_of(conn, "CLIENT ID"));
    (void)token_of(conn, "LOCK l a PX 60000 SESSION");
    cr_expect(reply_has(conn, "LOCKINFO l", session));
    (void)token_of(conn, "LOCK m a PX 60000");
    cr_expect(reply_has(conn, "LOCKINFO m", "$7\r\nsession\r\n:0\r\n"));
    resp_close(conn);
}

Test(lock_cases, events_have_the_class_of_strings) {
    static const struct script_row rows[] = {
        {"CONFIG SET notify-keyspace-events E$ ; B> PSUBSCRIBE __key*__:* ; LOCK l a PX 60000 ; B> "
         "@read ; UNLOCK l a ; B> @read ; B> @read",
         {"+OK", "(any)", TOKEN, "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$19⏎__keyevent@0__:lock⏎$1⏎l", ":0",
          "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$21⏎__keyevent@0__:unlock⏎$1⏎l", "(nothing)"}},
        {"CONFIG SET notify-keyspace-events Egx ; B> PSUBSCRIBE __key*__:* ; LOCK l a PX 60000 ; "
         "UNLOCK l a ; B> @read ; LOCK l a PX 20 ; ?EXISTS l ; B> @read",
         {"+OK", "(any)", TOKEN, ":0", "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$18⏎__keyevent@0__:del⏎$1⏎l",
          TOKEN, ":0", "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$22⏎__keyevent@0__:expired⏎$1⏎l"}},
        {"CONFIG SET notify-keyspace-events ''", {"+OK"}},
    };
    assert_rows(server, rows);
}
