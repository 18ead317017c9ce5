/*
 * Rate limiters, in the forms that programs use: a counter for each window, a log of requests in a
 * sorted set, and a bucket of tokens in a script. Times of the last two are given, not waited for.
 */
#include "commands/scenarios/scenario.h"

enum { LIMIT = 20, CLIENTS = 8, TRIES = 10 };

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(rate_limiter, .init = start, .fini = stop);

/* Counter and deadline in one transaction; the deadline is that of the window's first request. */
static void send_counted(struct resp_conn *conn) {
    scenario_send(conn, "MULTI");
    scenario_send(conn, "INCR limit:user");
    scenario_send(conn, "PEXPIRE limit:user 100000 NX");
    scenario_send(conn, "EXEC");
}

static bool read_counted(struct resp_conn *conn) {
    for (int i = 0; i < 3; i++) {
        resp_value_destroy(scenario_read(conn));
    }
    struct resp_value *results = scenario_read(conn);
    cr_assert_eq(results->count, 2);
    cr_assert_eq(results->items[1].integer, results->items[0].integer == 1);
    bool is_allowed = results->items[0].integer <= LIMIT;
    resp_value_destroy(results);
    return is_allowed;
}

Test(rate_limiter, a_window_allows_its_limit_however_many_ask_at_once) {
    struct resp_conn *clients[CLIENTS];
    int allowed_count = 0;
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = test_server_connect(server);
    }
    for (int i = 0; i < CLIENTS * TRIES; i++) {
        send_counted(clients[i % CLIENTS]);
    }
    for (int i = 0; i < CLIENTS * TRIES; i++) {
        allowed_count += read_counted(clients[i % CLIENTS]);
    }
    cr_assert_eq(allowed_count, LIMIT);
    int64_t left_ms = scenario_integer(clients[0], "PTTL limit:user");
    cr_assert(left_ms > 0 && left_ms <= 100000);
    for (int i = 0; i < CLIENTS; i++) {
        resp_close(clients[i]);
    }
}

Test(rate_limiter, a_new_window_begins_when_the_old_one_has_passed) {
    assert_script(server,
                  "SET limit:user 20 PX 300 ; INCR limit:user ; ?EXISTS limit:user ; INCR "
                  "limit:user ; PEXPIRE limit:user 100000 NX ; PEXPIRE limit:user 5 NX",
                  "+OK", ":21", ":0", ":1", ":1", ":0");
}

/* One request at a time in ms: what is older than a second is forgotten. */
static bool is_allowed_at(struct resp_conn *conn, int now_ms, int number) {
    scenario_send(conn, "MULTI");
    scenario_send(conn, "ZREMRANGEBYSCORE log:user -inf %d", now_ms - 1000);
    scenario_send(conn, "ZADD log:user %d request:%d", now_ms, number);
    scenario_send(conn, "ZCARD log:user");
    scenario_send(conn, "PEXPIRE log:user 1000000");
    scenario_send(conn, "EXEC");
    for (int i = 0; i < 5; i++) {
        resp_value_destroy(scenario_read(conn));
    }
    struct resp_value *results = scenario_read(conn);
    bool is_allowed = results->items[2].integer <= LIMIT;
    resp_value_destroy(results);
    return is_allowed;
}

Test(rate_limiter, a_sliding_window_counts_the_last_second) {
    struct resp_conn *conn = test_server_connect(server);
    int number = 0;
    for (int i = 0; i < LIMIT; i++) {
        cr_assert(is_allowed_at(conn, 10000 + 10 * i, number++));
    }
    cr_assert(!is_allowed_at(conn, 10500, number++));
    cr_assert(is_allowed_at(conn, 11040, number++), "five of the first have gone by");
    cr_assert_eq(scenario_integer(conn, "ZCOUNT log:user 10000 10040"), 0);
    cr_assert(is_allowed_at(conn, 20000, number++));
    cr_assert_eq(scenario_integer(conn, "ZCARD log:user"), 1);
    resp_close(conn);
}

/* Ten tokens at most, one more each 100 ms. */
#define BUCKET                                                                                     \
    "local b=redis.call('hmget',KEYS[1],'tokens','at') local now=tonumber(ARGV[1]) local "         \
    "tokens=tonumber(b[1] or 10) local at=tonumber(b[2] or now) tokens=math.min(10,tokens+(now-"   \
    "at)/100) local ok=0 if tokens>=1 then tokens=tokens-1 ok=1 end "                              \
    "redis.call('hset',KEYS[1],'tokens',tostring(tokens),'at',now) "                               \
    "redis.call('pexpire',KEYS[1],1000000) return {ok,tostring(tokens)}"

Test(rate_limiter, a_bucket_of_tokens_fills_again) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_value *digest = scenario_call(conn, "SCRIPT LOAD \"%s\"", BUCKET);
    int allowed_count = 0;
    for (int i = 0; i < 2 * TRIES; i++) {
        struct resp_value *taken =
            scenario_call(conn, "EVALSHA %s 1 bucket:user 5000", digest->bytes);
        allowed_count += (int)taken->items[0].integer;
        resp_value_destroy(taken);
    }
    cr_assert_eq(allowed_count, TRIES);
    struct resp_value *taken = scenario_call(conn, "EVALSHA %s 1 bucket:user 5250", digest->bytes);
    cr_assert_eq(taken->items[0].integer, 1);
    cr_assert_str_eq(taken->items[1].bytes, "1.5");
    resp_value_destroy(taken);
    resp_value_destroy(digest);
    resp_close(conn);
}

Test(rate_limiter, one_command_counts_up_to_a_bound) {
    assert_script(server,
                  "INCREX limit:user UBOUND 2 EX 100 ; INCREX limit:user UBOUND 2 ; INCREX "
                  "limit:user UBOUND 2 ; GET limit:user",
                  "*2⏎:1⏎:1", "*2⏎:2⏎:1", "*2⏎:2⏎:0", "$1⏎2");
}
