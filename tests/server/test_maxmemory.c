/*
 * maxmemory: what is refused and what goes when the limit is reached.
 */
#include "support/check.h"
#include "support/errors.h"
#include "support/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OOM "-OOM command not allowed when used memory > 'maxmemory'."

enum { KEYS = 2000, TEXT_SIZE = 160, ROOM = 100000, VALUE_SIZE = 100 };

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(maxmemory, .init = start, .fini = stop);

static long long info_number(struct resp_conn *conn, const char *field) {
    struct buffer reply = resp_call(conn, "INFO everything");
    const char *at = strstr(buffer_text(&reply), field);
    cr_assert_not_null(at, "%s", field);
    long long number = strtoll(at + strlen(field) + 1, NULL, 10);
    buffer_release(&reply);
    return number;
}

/* Writes keys, each with a deadline. */
static void write_keys(struct resp_conn *conn, const char *prefix) {
    for (int i = 0; i < KEYS; i++) {
        char line[2 * TEXT_SIZE];
        (void)snprintf(line, sizeof line, "SET %s:%d %0*d EX 10000", prefix, i, VALUE_SIZE, 0);
        assert_reply(conn, line, "+OK\r\n");
    }
}

/* The limit is a little more than is in use now. */
static void set_limit(struct resp_conn *conn, const char *policy) {
    char line[TEXT_SIZE];
    (void)snprintf(line, sizeof line, "CONFIG SET maxmemory-policy %s maxmemory %lld", policy,
                   info_number(conn, "\nused_memory") + ROOM);
    assert_reply(conn, line, "+OK\r\n");
}

Test(maxmemory, what_needs_memory_is_refused) {
    assert_script(
        server,
        "SET s abc ; CONFIG SET maxmemory 1 ; SET s x ; APPEND s x ; INCR n ; LPUSH l a ; "
        "GET s ; DEL s ; EXPIRE s 1 ; LPOP l ; PUBLISH c m ; PING ; CONFIG SET maxmemory "
        "0 ; SET s x",
        "+OK", "+OK", OOM, OOM, OOM, OOM, "$3⏎abc", ":1", ":0", "$-1", ":0", "+PONG", "+OK", "+OK");
}

Test(maxmemory, a_transaction_can_only_be_ended) {
    assert_script(
        server,
        "CONFIG SET maxmemory 1 ; MULTI ; GET s ; EXEC ; MULTI ; PING ; DISCARD ; MULTI ; "
        "RESET ; MULTI ; EXEC ; CONFIG SET maxmemory 0 ; MULTI ; SET a b ; B> CONFIG SET "
        "maxmemory 1 ; EXEC ; EXISTS a ; CONFIG SET maxmemory 0 ; MULTI ; GET s ; DEL s ; "
        "B> CONFIG SET maxmemory 1 ; EXEC ; CONFIG SET maxmemory 0",
        "+OK", "+OK", OOM, EXEC_ABORTED, "+OK", OOM, "+OK", "+OK", "+RESET", "+OK", "*0", "+OK",
        "+OK", "+QUEUED", "+OK",
        "-EXECABORT Transaction discarded because of: OOM command not allowed when used "
        "memory > 'maxmemory'.",
        ":0", "+OK", "+OK", "+QUEUED", "+QUEUED", "+OK", "*2⏎$-1⏎:0", "+OK");
}

Test(maxmemory, scripts_may_write_once_they_have_written) {
    assert_script(
        server,
        "CONFIG SET maxmemory 1 ; EVAL \"return redis.call('SET',KEYS[1],1)\" 1 k ; EVAL \"return "
        "redis.pcall('SET',KEYS[1],1).err\" 1 k ; EVAL \"return 1\" 0 ; EVAL \"redis.call('DEL', "
        "KEYS[1]) return redis.call('SET',KEYS[1],1)\" 1 k ; EVAL \"#!lua\\nreturn 1\" 0 ; EVAL "
        "\"#!lua flags=allow-oom\\nreturn redis.call('SET',KEYS[1],2)\" 1 k ; GET k ; SCRIPT LOAD "
        "\"return 1\" ; CONFIG SET maxmemory 0 ; EVAL \"return redis.call('SET',KEYS[1],3)\" 1 k",
        "+OK", OOM " script: a8e045687019c1230c01d4717e0579b12b1a1b50, on @user_script:1.",
        "$55⏎OOM command not allowed when used memory > 'maxmemory'.", ":1", "+OK", OOM, "+OK",
        "$1⏎2", "$40⏎e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "+OK", "+OK");
}

/* Each policy makes room, and the memory stays at the limit. */
Test(maxmemory, keys_are_evicted_by_every_policy) {
    static const char *const policies[] = {"allkeys-lru",  "allkeys-lfu",  "allkeys-random",
                                           "volatile-lru", "volatile-lfu", "volatile-random",
                                           "volatile-ttl"};
    struct resp_conn *conn = test_server_connect(server);
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        assert_reply(conn, "CONFIG SET maxmemory 0", "+OK\r\n");
        assert_reply(conn, "FLUSHALL SYNC", "+OK\r\n");
        assert_reply(conn, "CONFIG RESETSTAT", "+OK\r\n");
        write_keys(conn, "old");
        assert_reply(conn, "SET lasting x", "+OK\r\n");
        set_limit(conn, policies[i]);
        write_keys(conn, "new");
        long long evicted = info_number(conn, "\nevicted_keys");
        long long left = info_number(conn, "\ndb0:keys");
        cr_expect_gt(evicted, KEYS / 4, "%s: %lld", policies[i], evicted);
        cr_expect_geq(evicted + left, 2 * KEYS, "%s: %lld + %lld", policies[i], evicted, left);
        cr_expect_leq(info_number(conn, "\nused_memory"),
                      info_number(conn, "\nmaxmemory") + ROOM / 2, "%s", policies[i]);
        if (strncmp(policies[i], "volatile", strlen("volatile")) == 0) {
            assert_reply(conn, "EXISTS lasting", ":1\r\n");
        }
    }
    resp_close(conn);
}

Test(maxmemory, a_volatile_policy_refuses_when_no_key_has_a_deadline) {
    assert_script(
        server,
        "SET k v ; CONFIG SET maxmemory-policy volatile-ttl maxmemory 1 ; SET l w ; GET k "
        "; CONFIG SET maxmemory-policy allkeys-random ; ?DBSIZE ; SET l w ; CONFIG SET "
        "maxmemory 0 maxmemory-policy noeviction",
        "+OK", "+OK", OOM, "$1⏎v", "+OK", ":0", OOM, "+OK");
}

/* Nobody sends a request behind it. */
Test(maxmemory, a_lower_limit_takes_effect_by_itself) {
    enum { EVICTED = 500 };
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *watcher = test_server_connect(server);
    write_keys(conn, "key");
    assert_reply(conn, "CONFIG SET notify-keyspace-events Ee", "+OK\r\n");
    assert_reply(watcher, "SUBSCRIBE __keyevent@0__:evicted",
                 "*3\r\n$9\r\nsubscribe\r\n$22\r\n__keyevent@0__:evicted\r\n:1\r\n");
    char line[TEXT_SIZE];
    (void)snprintf(line, sizeof line,
                   "CONFIG SET maxmemory-eviction-tenacity 0 maxmemory-policy allkeys-random "
                   "maxmemory %lld",
                   info_number(conn, "\nused_memory") - KEYS * VALUE_SIZE / 2);
    assert_reply(conn, line, "+OK\r\n");
    for (size_t i = 0; i < EVICTED; i++) {
        struct buffer message = {0};
        resp_read(watcher, &message);
        buffer_release(&message);
    }
    cr_expect(test_server_wait_for_log(server, "new maxmemory value"));
    resp_close(conn);
    resp_close(watcher);
}

Test(maxmemory, what_is_evicted_is_told) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *watcher = test_server_connect(server);
    assert_reply(conn, "CONFIG SET notify-keyspace-events Ee", "+OK\r\n");
    assert_reply(conn, "SET k v", "+OK\r\n");
    assert_reply(watcher, "SUBSCRIBE __keyevent@0__:evicted",
                 "*3\r\n$9\r\nsubscribe\r\n$22\r\n__keyevent@0__:evicted\r\n:1\r\n");
    assert_reply(conn, "WATCH k", "+OK\r\n");
    assert_reply(conn, "CONFIG SET maxmemory-policy allkeys-lru maxmemory 1", "+OK\r\n");
    assert_reply(conn, "GET nokey", "$-1\r\n");
    struct buffer message = {0};
    resp_read(watcher, &message);
    cr_expect_str_eq(buffer_text(&message),
                     "*3\r\n$7\r\nmessage\r\n$22\r\n__keyevent@0__:evicted\r\n$1\r\nk\r\n");
    buffer_release(&message);
    assert_reply(conn, "CONFIG SET maxmemory 0", "+OK\r\n");
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, "PING", "+QUEUED\r\n");
    assert_reply(conn, "EXEC", "*-1\r\n"); /* The watched key has changed. */
    resp_close(conn);
    resp_close(watcher);
}

Test(maxmemory, a_lock_is_not_evicted) {
    assert_script(
        server,
        "LOCK name me PX 100000 ; SET k v EX 1000 ; CONFIG SET maxmemory-policy volatile-ttl "
        "maxmemory 1 ; ?EXISTS k ; EXISTS name ; CONFIG SET maxmemory 0 maxmemory-policy "
        "noeviction",
        "(any)", "+OK", "+OK", ":0", ":1", "+OK");
}

/* While writes are paused the data stands still, and nothing is refused for it. */
Test(maxmemory, nothing_is_evicted_under_a_pause) {
    assert_script(server,
                  "SET k v ; CLIENT PAUSE 100000 WRITE ; CONFIG SET maxmemory-policy allkeys-lru "
                  "maxmemory 1 ; GET k ; CLIENT UNPAUSE ; GET k ; CONFIG SET maxmemory 0 "
                  "maxmemory-policy noeviction",
                  "+OK", "+OK", "+OK", "$1⏎v", "+OK", "$-1", "+OK");
}
