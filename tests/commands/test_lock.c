/*
 * Native locks: owners, leases, tokens, waiting in order, sessions.
 */
#include "support/check.h"
#include "support/errors.h"
#include "support/wait.h"

#include <stdio.h>
#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(lock, .init = start, .fini = stop);

#define NO_EXPIRY "-ERR a lock must have an expiry"
#define TOKEN "(starts):1"

Test(lock, the_modes_decide_who_gets_it) {
    assert_script(
        server,
        "LOCK l a PX 60000 XX ; LOCK l a PX 60000 ; LOCK l b PX 60000 ; LOCK l b PX 60000 "
        "NX ; LOCK l b PX 60000 XX ; LOCK l a PX 60000 NX ; GET l ; UNLOCK l b ; UNLOCK l "
        "a ; UNLOCK l a ; EXISTS l",
        "$-1", TOKEN, "$-1", "$-1", "$-1", "$-1", "$1⏎a", ":-1", ":0", ":-2", ":0");
    assert_script(server, "LOCK l a EX 100 NX ; LOCK l a PX 5 XX ; HELLO 3 ; LOCK l b EX 1", TOKEN,
                  TOKEN, "(any)", "_");
}

Test(lock, an_owner_holds_it_as_often_as_it_takes_it) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer first = resp_call(conn, "LOCK l a PX 60000");
    struct buffer second = resp_call(conn, "LOCK l a PX 60000");
    struct buffer third = resp_call(conn, "LOCK l a PX 90000 XX");
    cr_expect_str_eq(buffer_text(&first), buffer_text(&second));
    cr_expect_str_eq(buffer_text(&first), buffer_text(&third));
    assert_reply(conn, "UNLOCK l a", ":1\r\n");
    assert_reply(conn, "UNLOCK l a", ":0\r\n");
    struct buffer again = resp_call(conn, "LOCK l a PX 60000");
    cr_expect(strtoll(buffer_text(&again) + 1, NULL, 10) >
              strtoll(buffer_text(&first) + 1, NULL, 10));
    buffer_release(&first);
    buffer_release(&second);
    buffer_release(&third);
    buffer_release(&again);
    first = resp_call(conn, "LOCK l a PX 60000");
    buffer_release(&first);
    assert_reply(conn, "UNLOCK l a ALL", ":0\r\n");
    assert_reply(conn, "EXISTS l", ":0\r\n");
    resp_close(conn);
}

Test(lock, wrong_requests_change_nothing) {
    assert_script(
        server,
        "LOCK l a ; LOCK l a EX 0 ; LOCK l a PX -5 ; LOCK l a EX 9223372036854775807 ; "
        "LOCK l a EX x ; LOCK l \"\" EX 10 ; LOCK l a EX 10 NX XX ; LOCK l a EX 10 EX 10 ; "
        "LOCK l a EX 10 XX BLOCK 5 ; LOCK l a EX 10 BLOCK -1 ; LOCK l a EX 10 BLOCK x ; "
        "LOCK l a EX 10 SESSION SESSION ; LOCK l a EX 10 FOO ; LOCK l a NX ; LOCK l ; "
        "EXISTS l",
        SYNTAX_ERROR, BAD_EXPIRE_TIME("lock"), BAD_EXPIRE_TIME("lock"), BAD_EXPIRE_TIME("lock"),
        NOT_AN_INTEGER, "-ERR empty lock owner", SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
        "-ERR timeout is negative", "-ERR timeout is not an integer or out of range", SYNTAX_ERROR,
        SYNTAX_ERROR, SYNTAX_ERROR, WRONG_ARITY("lock"), ":0");
    assert_script(
        server,
        "LOCK l a PXAT 5 ; LOCK l a EXAT 1 ; EXISTS l ; RPUSH q x ; LOCK q a EX 5 ; UNLOCK "
        "q a ; LOCKINFO q ; FENCE q 1 ; UNLOCK l a FOO ; UNLOCK l ; FENCE l x ; LOCKINFO l",
        "$-1", "$-1", ":0", ":1", WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, SYNTAX_ERROR,
        WRONG_ARITY("unlock"), NOT_AN_INTEGER, "$-1");
}

Test(lock, it_is_a_string_to_everybody_else) {
    assert_script(
        server,
        "LOCK l owner PX 60000 ; TYPE l ; OBJECT ENCODING l ; GET l ; STRLEN l ; SET l x NX "
        "; SCAN 0 TYPE lock ; SCAN 0 TYPE string ; PERSIST l ; GETEX l PERSIST ; PEXPIRE l "
        "70000 ; OBJECT ENCODING l ; COPY l c ; OBJECT ENCODING c ; RENAME l m ; OBJECT "
        "ENCODING m ; EXISTS l ; UNLOCK m owner",
        TOKEN, "+string", "$4⏎lock", "$5⏎owner", ":5", "$-1", "*2⏎$1⏎0⏎*1⏎$1⏎l", "*2⏎$1⏎0⏎*1⏎$1⏎l",
        NO_EXPIRY, NO_EXPIRY, ":1", "$4⏎lock", ":1", "$6⏎embstr", "+OK", "$4⏎lock", ":0", ":0");
    assert_script(
        server,
        "LOCK l 10 PX 60000 ; INCR l ; OBJECT ENCODING l ; LOCK m a EX 9 ; APPEND m b ; GET "
        "m ; UNLOCK m ab ; LOCK n a EX 9 ; SET n b KEEPTTL ; OBJECT ENCODING n ; LOCK o a "
        "EX 9 ; SETRANGE o 1 z ; GET o ; LOCK p a EX 9 ; MOVE p 1 ; SELECT 1 ; OBJECT "
        "ENCODING p ; DEL p",
        TOKEN, ":11", "$3⏎int", TOKEN, ":2", "$2⏎ab", ":0", TOKEN, "+OK", "$6⏎embstr", TOKEN, ":2",
        "$2⏎az", TOKEN, ":1", "+OK", "$6⏎embstr", ":1");
    assert_script(
        server,
        "SET p v ; LOCK p w EX 9 ; UNLOCK p w ; LOCKINFO p ; LOCK p v EX 9 ; OBJECT "
        "ENCODING p ; SET q v ; UNLOCK q v ; EXISTS q ; LOCK d a EX 9 ; DEL d ; LOCK d b "
        "EX 9 ; MEMORY USAGE d",
        "+OK", "$-1", ":-1",
        "*16⏎$5⏎owner⏎$1⏎v⏎$5⏎token⏎:0⏎$5⏎count⏎:1⏎$4⏎pttl⏎:-1⏎$7⏎held-ms⏎:0⏎$7⏎waiters⏎:0⏎$7"
        "⏎session⏎:0⏎$6⏎native⏎:0",
        TOKEN, "$4⏎lock", "+OK", ":0", ":0", TOKEN, ":1", TOKEN, "(starts):");
}

Test(lock, waiters_are_served_in_their_order) {
    assert_script(
        server,
        "LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; C> &LOCK l c PX 60000 BLOCK 0 "
        "; LOCK l a PX 60000 ; UNLOCK l a ; B> @read ; UNLOCK l a ; LOCK l x PX 5 ; B> @read "
        "; C> @read ; UNLOCK l b ; C> @read ; GET l",
        TOKEN, TOKEN, ":1", "(nothing)", ":0", "$-1", TOKEN, "(nothing)", ":0", TOKEN, "$1⏎c");
    assert_script(
        server,
        "LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; C> &LOCK l c PX 60000 BLOCK 0 "
        "; LOCKINFO l ; CLIENT UNBLOCK $IDB ; B> @read ; DEL l ; C> @read ; FLUSHALL",
        TOKEN, "(any)", ":1", "$-1", ":1", TOKEN, "+OK");
    assert_script(
        server,
        "LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; C> &LOCK l c PX 60000 BLOCK 0 "
        "; B> !close ; D> CLIENT LIST ; UNLOCK l a ; C> @read",
        TOKEN, "(any)", ":0", TOKEN);
}

Test(lock, everything_that_frees_it_wakes_the_next_one) {
    static const char *const frees[] = {"DEL l",      "UNLINK l",   "FLUSHDB",     "RENAME l m",
                                        "SWAPDB 0 1", "UNLOCK l a", "PEXPIRE l 1", "FLUSHALL"};
    for (size_t i = 0; i < sizeof frees / sizeof *frees; i++) {
        struct buffer line = {0};
        buffer_append_format(&line,
                             "LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; %s ; B> @read ; "
                             "SWAPDB 0 1 ; SWAPDB 0 1",
                             frees[i]);
        assert_script(server, buffer_text(&line), TOKEN, "(any)", TOKEN, "+OK", "+OK");
        buffer_release(&line);
    }
}

Test(lock, another_type_or_a_string_keeps_them_waiting) {
    assert_script(server,
                  "LOCK l a PX 60000 ; B> &LOCK l b PX 60000 BLOCK 0 ; MULTI ; DEL l ; RPUSH l x ; "
                  "EXEC ; B> @read ; MULTI ; DEL l ; SET l v ; EXEC ; B> @read ; DEL l ; B> @read",
                  TOKEN, "+OK", "+QUEUED", "+QUEUED", "*2⏎:1⏎:1", "(nothing)", "+OK", "+QUEUED",
                  "+QUEUED", "*2⏎:1⏎+OK", "(nothing)", ":1", TOKEN);
}

Test(lock, a_wait_ends_by_itself_and_never_begins_in_a_transaction) {
    assert_script(
        server,
        "LOCK l a PX 60000 ; LOCK l b PX 60000 BLOCK 10 ; MULTI ; LOCK l b EX 5 BLOCK 0 ; "
        "EXEC ; EVAL \"return redis.call('lock', 'l', 'b', 'ex', 5, 'block', 0)\" 1 l ; LOCK "
        "m a PX 20 ; LOCK m b PX 60000 BLOCK 0 ; LOCK n a PX 60000 ; LOCK n b PXAT 1 BLOCK 0",
        TOKEN, "$-1", "+OK", "+QUEUED", "*1⏎$-1", "$-1", TOKEN, TOKEN, TOKEN, "$-1");
}

Test(lock, a_fence_is_a_condition_of_exec) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer reply = resp_call(conn, "LOCK l a PX 60000");
    long long token = strtoll(buffer_text(&reply) + 1, NULL, 10);
    char line[64];
    buffer_release(&reply);
    (void)snprintf(line, sizeof line, "FENCE l %lld", token);
    assert_reply(conn, line, ":1\r\n");
    assert_reply(conn, "FENCE l 1", ":0\r\n");
    assert_reply(conn, "FENCE none 1", ":0\r\n");
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, line, "+QUEUED\r\n");
    assert_reply(conn, "SET x 1", "+QUEUED\r\n");
    assert_reply(conn, "EXEC", "*2\r\n:1\r\n+OK\r\n");
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, "SET x 2", "+QUEUED\r\n");
    assert_reply(conn, "FENCE l 1", "+QUEUED\r\n");
    assert_reply(conn, "EXEC", "*-1\r\n");
    assert_reply(conn, "GET x", "$1\r\n1\r\n");
    assert_reply(conn, "UNLOCK l a", ":0\r\n");
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, line, "+QUEUED\r\n");
    assert_reply(conn, "SET x 3", "+QUEUED\r\n");
    assert_reply(conn, "EXEC", "*-1\r\n");
    assert_reply(conn, "GET x", "$1\r\n1\r\n");
    resp_close(conn);
}

Test(lock, a_session_keeps_its_locks_while_it_speaks_and_frees_them_when_it_ends) {
    assert_script(
        server,
        "B> LOCK l b PX 60000 SESSION ; B> LOCK m b PX 60000 SESSION ; B> LOCK m b PX 60000 "
        "; &LOCK l a PX 60000 BLOCK 0 ; B> !close ; @read ; EXISTS m",
        TOKEN, TOKEN, TOKEN, TOKEN, ":0");
    assert_script(server, "LOCK l a PX 60000 SESSION ; RESET ; EXISTS l", TOKEN, "+RESET", ":0");
    assert_script(server,
                  "B> LOCK l b PX 40 SESSION ; B> ?PTTL l ; B> PING ; &LOCK l a PX 60000 BLOCK 0 ; "
                  "@read ; GET l",
                  TOKEN, "(starts):", "+PONG", TOKEN, "$1⏎a");
}

/* The connection speaks until its lease would have ended several times. */
Test(lock, a_lease_of_a_session_is_renewed) {
    enum { LEASES = 4, STEPS = 40, STEP_MS = 20, LEASE_MS = STEPS * STEP_MS };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer reply = resp_call(conn, "LOCK l a PX 800 SESSION");
    buffer_release(&reply);
    cr_assert(test_server_hold_clock(server));
    for (int i = 0; i < LEASES * STEPS; i++) {
        cr_assert(test_server_pass_time(server, STEP_MS));
        assert_reply(conn, "EXISTS l", ":1\r\n");
    }
    cr_assert(test_server_pass_time(server, LEASE_MS));
    cr_assert(test_server_pass_time(server, LEASE_MS + 1));
    assert_reply(conn, "EXISTS l", ":0\r\n");
    resp_close(conn);
}

/* Asks until LOCKINFO says this. */
static void wait_for_waiters(struct resp_conn *conn, const char *text) {
    bool has_come = false;
    while (!has_come) {
        struct buffer info = resp_call(conn, "LOCKINFO l");
        has_come = strstr(buffer_text(&info), text) != NULL;
        buffer_release(&info);
    }
}

Test(lock, ten_thousand_waiters_are_served_one_by_one) {
    enum { WAITERS = 10000, SERVED = 200, SPARE = 200 };
    test_server_stop(server);
    test_server_allow_descriptors(WAITERS + SPARE);
    start();
    struct resp_conn *holder = test_server_connect(server);
    struct resp_conn **waiters = malloc(WAITERS * sizeof(struct resp_conn *));
    struct buffer reply = resp_call(holder, "LOCK l holder PX 600000");
    buffer_release(&reply);
    assert_reply(holder, "CONFIG SET maxclients 10100", "+OK\r\n");
    for (size_t i = 0; i < WAITERS; i++) {
        char line[64];
        waiters[i] = test_server_connect(server);
        (void)snprintf(line, sizeof line, "LOCK l w%zu PX 600000 BLOCK 0", i);
        resp_send_command(waiters[i], line);
    }
    wait_for_waiters(holder, "$7\r\nwaiters\r\n:10000\r\n");
    assert_reply(holder, "UNLOCK l holder", ":0\r\n");
    for (size_t i = 0; i < SERVED; i++) {
        char line[64];
        struct buffer token = {0};
        cr_assert_eq(resp_read(waiters[i], &token), RESP_COMPLETE);
        cr_assert(token.data[0] == ':');
        buffer_release(&token);
        (void)snprintf(line, sizeof line, "UNLOCK l w%zu", i);
        assert_reply(holder, line, ":0\r\n");
    }
    for (size_t i = 0; i < WAITERS; i++) {
        resp_close(waiters[i]);
    }
    free(waiters);
    resp_close(holder);
}

Test(lock, figures_and_events_tell_of_locks) {
    assert_script(server,
                  "CONFIG SET notify-keyspace-events KEA ; B> PSUBSCRIBE __key*__:* ; LOCK l a PX "
                  "60000 ; B> @read ; LOCK l a PX 60000 ; UNLOCK l a ; UNLOCK l a ; INFO locks",
                  "+OK", "(any)", TOKEN, "(starts)*4⏎$8⏎pmessage", TOKEN, ":1", ":0", "(starts)$");
    struct resp_conn *conn = test_server_connect(server);
    struct buffer info = resp_call(conn, "INFO locks");
    cr_expect_not_null(
        strstr(buffer_text(&info), "locks_held:0\r\nlock_waiters:0\r\nlock_grants:1"));
    buffer_release(&info);
    resp_close(conn);
}
