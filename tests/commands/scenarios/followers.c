/*
 * Followers in common: who follows both of two people, who is followed by friends of mine but not
 * by me, and pages of a large intersection.
 */
#include "commands/scenarios/scenario.h"

#include <stdio.h>

enum { PEOPLE = 6000, BATCH = 100 };

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(followers, .init = start, .fini = stop);

/* Everybody whose number a divisor divides follows; ids are names or numbers. */
static void follow(struct resp_conn *conn, const char *key, int divisor, const char *prefix) {
    int sent = 0;
    for (int id = divisor; id <= PEOPLE; id += divisor) {
        scenario_send(conn, "SADD %s %s%d", key, prefix, id);
        sent++;
    }
    for (; sent > 0; sent--) {
        resp_value_destroy(scenario_read(conn));
    }
}

static void assert_common_followers(struct resp_conn *conn, const char *prefix) {
    follow(conn, "followers:ann", 2, prefix);
    follow(conn, "followers:ben", 3, prefix);
    follow(conn, "followers:cleo", 5, prefix);
    cr_assert_eq(scenario_integer(conn, "SINTERCARD 2 followers:ann followers:ben"), PEOPLE / 6);
    cr_assert_eq(scenario_integer(conn, "SINTERCARD 2 followers:ann followers:ben LIMIT 50"), 50);
    struct resp_value *common =
        scenario_call(conn, "SINTER followers:ann followers:ben followers:cleo");
    cr_assert_eq(common->count, PEOPLE / 30);
    for (size_t i = 0; i < common->count; i++) {
        int id = (int)strtol(common->items[i].bytes + strlen(prefix), NULL, 10);
        cr_assert(id > 0 && id % 30 == 0);
    }
    resp_value_destroy(common);
    cr_assert_eq(scenario_integer(conn, "SDIFFSTORE only:ben followers:ben followers:ann"),
                 PEOPLE / 3 - PEOPLE / 6);
    cr_assert_eq(scenario_integer(conn, "SUNIONSTORE either followers:ann followers:ben"),
                 PEOPLE / 2 + PEOPLE / 3 - PEOPLE / 6);
    cr_assert_eq(scenario_integer(conn, "SISMEMBER either %s%d", prefix, 7), 0);
    cr_assert_eq(scenario_integer(conn, "SISMEMBER only:ben %s%d", prefix, 9), 1);
}

Test(followers, people_with_numbers) {
    struct resp_conn *conn = test_server_connect(server);
    assert_common_followers(conn, "");
    resp_close(conn);
}

Test(followers, people_with_names) {
    struct resp_conn *conn = test_server_connect(server);
    assert_common_followers(conn, "user:");
    resp_close(conn);
}

/* Pages through a stored intersection while people come and go; who stays is seen. */
Test(followers, pages_show_everybody_who_stays) {
    enum { STAYING = PEOPLE / 6 };
    static bool is_seen[PEOPLE + 1];
    struct resp_conn *conn = test_server_connect(server);
    follow(conn, "followers:ann", 2, "");
    follow(conn, "followers:ben", 3, "");
    cr_assert_eq(scenario_integer(conn, "SINTERSTORE common followers:ann followers:ben"), STAYING);
    char cursor[32] = "0";
    int joined = 0;
    do {
        struct resp_value *page = scenario_call(conn, "SSCAN common %s COUNT %d", cursor, BATCH);
        (void)snprintf(cursor, sizeof cursor, "%s", page->items[0].bytes);
        for (size_t i = 0; i < page->items[1].count; i++) {
            long id = strtol(page->items[1].items[i].bytes, NULL, 10);
            if (id <= PEOPLE) {
                is_seen[id] = true;
            }
        }
        resp_value_destroy(page);
        for (int i = 0; i < BATCH; i++) {
            (void)scenario_integer(conn, "SADD common %d", PEOPLE + 1 + joined++);
        }
        (void)scenario_integer(conn, "SREM common %d", PEOPLE + joined);
    } while (strcmp(cursor, "0") != 0);
    for (int id = 6; id <= PEOPLE; id += 6) {
        cr_assert(is_seen[id], "%d was not seen", id);
    }
    resp_close(conn);
}

Test(followers, suggestions_are_friends_of_friends) {
    assert_script(
        server,
        "SADD follows:me ann ben ; SADD follows:ann ben cleo dan ; SADD follows:ben cleo "
        "me ; SUNIONSTORE near follows:ann follows:ben ; SREM near me ; SDIFF near "
        "follows:me ; SMISMEMBER follows:me ann cleo ; SMOVE follows:ann follows:me dan ; "
        "SINTER follows:me follows:ann",
        ":2", ":3", ":2", ":4", ":1", "(any)", "*2⏎:1⏎:0", ":1", "*1⏎$3⏎ben");
}
