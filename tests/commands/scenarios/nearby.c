/*
 * Drivers near a passenger: drivers report where they are, the nearest free one is asked, and who
 * has not reported for a while is not found.
 */
#include "commands/scenarios/scenario.h"

enum { DRIVERS = 1000, NEAREST = 5 };

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(nearby, .init = start, .fini = stop);

/* Drivers stand in rows of a hundred, 0.001 degrees apart. */
static void report(struct resp_conn *conn, int driver) {
    scenario_send(conn, "GEOADD drivers %f %f driver:%d", 13.4 + 0.001 * (driver % 100),
                  52.5 + 0.001 * (driver / 100), driver);
}

Test(nearby, the_nearest_are_asked_first) {
    struct resp_conn *conn = test_server_connect(server);
    for (int driver = 0; driver < DRIVERS; driver++) {
        report(conn, driver);
    }
    for (int driver = 0; driver < DRIVERS; driver++) {
        resp_value_destroy(scenario_read(conn));
    }
    struct resp_value *found = scenario_call(
        conn, "GEOSEARCH drivers FROMLONLAT 13.4501 52.5052 BYRADIUS 2 km ASC COUNT %d WITHDIST",
        NEAREST);
    cr_assert_eq(found->count, NEAREST);
    cr_assert_str_eq(found->items[0].items[0].bytes, "driver:550");
    for (size_t i = 1; i < found->count; i++) {
        cr_assert(strtod(found->items[i - 1].items[1].bytes, NULL) <=
                  strtod(found->items[i].items[1].bytes, NULL));
    }
    resp_value_destroy(found);
    cr_assert_eq(scenario_integer(conn, "ZREM drivers driver:550"), 1);
    struct resp_value *next = scenario_call(
        conn, "GEOSEARCH drivers FROMLONLAT 13.4501 52.5052 BYRADIUS 2 km ASC COUNT 1");
    cr_assert_str_neq(next->items[0].bytes, "driver:550");
    resp_value_destroy(next);
    resp_close(conn);
}

Test(nearby, a_driver_who_moves_is_found_where_he_is) {
    assert_script(server,
                  "GEOADD drivers 13.40 52.50 ann 13.50 52.50 ben ; GEOSEARCH drivers FROMLONLAT "
                  "13.40 52.50 BYBOX 1 1 km ; GEOADD drivers XX CH 13.5001 52.5 ann ; GEOSEARCH "
                  "drivers FROMLONLAT 13.40 52.50 BYBOX 1 1 km ; GEOSEARCH drivers FROMMEMBER ann "
                  "BYRADIUS 50 m ASC ; GEOSEARCH drivers BYPOLYGON 4 13.45 52.4 13.55 52.4 13.55 "
                  "52.6 13.45 52.6 COUNT 9 ANY",
                  ":2", "*1⏎$3⏎ann", ":1", "*0", "*2⏎$3⏎ann⏎$3⏎ben", "*2⏎$3⏎ben⏎$3⏎ann");
}

Test(nearby, free_drivers_are_those_near_without_those_on_the_way) {
    assert_script(server,
                  "GEOADD drivers 13.40 52.50 ann 13.401 52.50 ben 13.402 52.50 cleo 14 53 far ; "
                  "ZADD busy 0 ben ; GEOSEARCHSTORE near drivers FROMLONLAT 13.40 52.50 BYRADIUS 1 "
                  "km STOREDIST ; ZDIFFSTORE free 2 near busy ; ZRANGE free 0 -1",
                  ":4", ":1", ":3", ":2", "*2⏎$3⏎ann⏎$4⏎cleo");
}
