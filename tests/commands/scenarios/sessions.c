/*
 * A session store: one hash a user, whose fields are sessions of devices and one-time codes, each
 * with a deadline of its own.
 */
#include "commands/scenarios/scenario.h"

enum { USERS = 300, DEVICES = 5 };

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(sessions, .init = start, .fini = stop);

Test(sessions, a_login_lives_as_long_as_it_is_used) {
    assert_script(
        server,
        "HSET user:1 name ann ; HSETEX user:1 EX 1000 FIELDS 1 phone token-1 ; HSETEX "
        "user:1 PX 30 FIELDS 1 code 4711 ; HGET user:1 phone ; HGETEX user:1 PX 5000000 "
        "FIELDS 1 phone ; ?HEXISTS user:1 code ; HMGET user:1 name phone ; HTTL user:1 FIELDS 2 "
        "name code ; HGETDEL user:1 FIELDS 1 phone ; HKEYS user:1 ; HGET user:1 phone",
        ":1", ":1", ":1", "$7⏎token-1", "*1⏎$7⏎token-1", ":0", "*2⏎$3⏎ann⏎$7⏎token-1", "*2⏎:-1⏎:-2",
        "*1⏎$7⏎token-1", "*1⏎$4⏎name", "$-1");
}

Test(sessions, a_code_is_used_once_whoever_is_first) {
    assert_script(server,
                  "HSETEX codes EX 600 FIELDS 1 ann 4711 ; &HGETDEL codes FIELDS 1 ann ; B> "
                  "HGETDEL codes FIELDS 1 ann ; @read ; EXISTS codes",
                  ":1", "*1⏎$-1", "*1⏎$4⏎4711", ":0");
}

Test(sessions, writing_anew_ends_the_old_deadline) {
    assert_script(server,
                  "HSETEX user:1 EX 100 FIELDS 2 phone a laptop b ; HSET user:1 phone c ; HTTL "
                  "user:1 FIELDS 1 phone ; HSETEX user:1 KEEPTTL FIELDS 1 laptop d ; HMGET user:1 "
                  "phone laptop ; HPERSIST user:1 FIELDS 2 phone laptop ; HEXPIRE user:1 0 FIELDS "
                  "1 laptop ; HLEN user:1",
                  ":1", ":0", "*1⏎:-1", ":1", "*2⏎$1⏎c⏎$1⏎d", "*2⏎:-1⏎:1", "*1⏎:2", ":1");
}

/* Of each user half of the sessions end; then those users go who have none but such. */
static bool is_user_count(void *context) {
    return scenario_integer(context, "DBSIZE") == USERS / 2;
}

Test(sessions, users_without_sessions_leave_memory_by_themselves) {
    struct resp_conn *conn = test_server_connect(server);
    for (int user = 0; user < USERS; user++) {
        for (int device = 0; device < DEVICES; device++) {
            int ttl_ms = user % 2 == 0 || device % 2 == 0 ? 50 + device : 10000000;
            scenario_send(conn, "HSETEX user:%d PX %d FIELDS 1 device:%d token", user, ttl_ms,
                          device);
        }
    }
    for (int i = 0; i < USERS * DEVICES; i++) {
        resp_value_destroy(scenario_read(conn));
    }
    cr_assert(wait_until(is_user_count, conn, WAIT_DEADLINE_MS));
    cr_assert_eq(scenario_integer(conn, "EXISTS user:0"), 0);
    cr_assert_eq(scenario_integer(conn, "HLEN user:1"), DEVICES / 2);
    resp_close(conn);
}

Test(sessions, deadlines_survive_a_restart) {
    struct test_server *kept =
        test_server_start((const char *const[]){"--appendonly", "yes", NULL});
    struct resp_conn *conn = test_server_connect(kept);
    (void)scenario_integer(conn, "HSETEX user:1 EX 1000 FIELDS 1 phone token");
    (void)scenario_integer(conn, "HSETEX user:1 PX 1 FIELDS 1 code 4711");
    resp_close(conn);
    test_server_restart(kept);
    conn = test_server_connect(kept);
    struct resp_value *left = scenario_call(conn, "HTTL user:1 FIELDS 2 phone code");
    cr_assert(left->items[0].integer > 0 && left->items[0].integer <= 1000);
    cr_assert_eq(left->items[1].integer, -2);
    resp_value_destroy(left);
    resp_close(conn);
    test_server_stop(kept);
}
