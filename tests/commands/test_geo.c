/*
 * Places on the earth in sorted sets.
 */
#include "support/check.h"
#include "support/rows.h"

#include <stdio.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(geo, .init = start, .fini = stop);

Test(geo, places_are_members_whose_scores_are_hashes) {
    static const struct script_row rows[] = {
        {"GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania ; GEOADD Sicily "
         "13.361389 38.115556 Palermo ; ZSCORE Sicily Palermo ; GEOHASH Sicily Palermo Catania "
         "none ; GEOPOS Sicily Palermo none ; TYPE Sicily ; GEOHASH none a ; GEOPOS none a",
         {":2", ":0", "$16⏎3479099956230698", "*3⏎$11⏎sqc8b49rny0⏎$11⏎sqdtr74hyu0⏎$-1",
          "*2⏎*2⏎$20⏎13.36138933897018433⏎$20⏎38.11555639549629859⏎*-1", "+zset", "*1⏎$-1",
          "*1⏎*-1"}},
        {"HELLO 3 ; GEOADD g 1 2 a ; GEOPOS g a b ; GEODIST g a a",
         {"(any)", ":1", "*2⏎*2⏎,0.99999994039535522⏎,2.0000001856465488⏎_", "$6⏎0.0000"}},
    };
    assert_rows(server, rows);
}

Test(geo, distances_come_in_four_units) {
    static const struct script_row rows[] = {
        {"GEOADD s 13.361389 38.115556 a 15.087269 37.502669 b ; GEODIST s a b ; GEODIST s a b m ; "
         "GEODIST s a b km ; GEODIST s a b mi ; GEODIST s a b ft ; GEODIST s a none ; GEODIST none "
         "a b ; GEODIST s a b parsec",
         {":2", "$11⏎166274.1516", "$11⏎166274.1516", "$8⏎166.2742", "$8⏎103.3182",
          "$11⏎545518.8700", "$-1", "$-1",
          "-ERR unsupported unit provided. please use M, KM, FT, MI"}},
    };
    assert_rows(server, rows);
}

Test(geo, geoadd_obeys_its_conditions) {
    static const struct script_row rows[] = {
        {"GEOADD g XX 1 1 a ; EXISTS g ; GEOADD g 1 1 a ; GEOADD g NX 2 2 a 3 3 b ; GEOADD g CH 2 "
         "2 a ; GEOADD g XX CH 5 5 b 6 6 c ; ZCARD g ; GEOADD g NX XX 1 1 a",
         {":0", ":0", ":1", ":1", ":1", ":1", ":2", "-ERR syntax error"}},
    };
    assert_rows(server, rows);
}

Test(geo, what_is_no_place_is_refused) {
    static const struct script_row rows[] = {
        {"GEOADD g 181 0 a ; GEOADD g 0 86 a ; GEOADD g x 0 a ; GEOADD g 1 1 ; GEOADD g 1 1 a 2 ; "
         "GEOADD ; GEODIST g a ; EXISTS g",
         {"-ERR invalid longitude,latitude pair 181.000000,0.000000",
          "-ERR invalid longitude,latitude pair 0.000000,86.000000",
          "-ERR value is not a valid float", "-ERR wrong number of arguments for 'geoadd' command",
          "-ERR syntax error", "-ERR wrong number of arguments for 'geoadd' command",
          "-ERR wrong number of arguments for 'geodist' command", ":0"}},
        {"SET s x ; GEOADD s 1 1 a ; GEODIST s a b ; GEOHASH s a ; GEOPOS s a",
         {"+OK", "-WRONGTYPE Operation against a key holding the wrong kind of value",
          "-WRONGTYPE Operation against a key holding the wrong kind of value",
          "-WRONGTYPE Operation against a key holding the wrong kind of value",
          "-WRONGTYPE Operation against a key holding the wrong kind of value"}},
    };
    assert_rows(server, rows);
}

/* ---- Searches ---- */

#define THREE "GEOADD g 0 0 a 0.001 0 b 0.002 0 c"

Test(geo, searches_find_what_lies_in_a_circle_or_a_box) {
    static const struct script_row rows[] = {
        {THREE " ; GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 1 km ASC WITHDIST ; GEOSEARCH g FROMLONLAT "
               "0 0 BYRADIUS 1 km DESC COUNT 2 ; GEOSEARCH g FROMMEMBER a BYBOX 400 400 m ASC ; "
               "GEOSEARCH nokey FROMLONLAT 0 0 BYRADIUS 1 km ; GEORADIUS g 0 0 150 m ASC ; "
               "GEORADIUSBYMEMBER g b 120 m DESC COUNT 1 ; GEORADIUS_RO g 0 0 500 ft ASC ; "
               "GEORADIUSBYMEMBER_RO g a 0 mi",
         {":3", "*3⏎*2⏎$1⏎a⏎$6⏎0.0003⏎*2⏎$1⏎b⏎$6⏎0.1113⏎*2⏎$1⏎c⏎$6⏎0.2223", "*2⏎$1⏎c⏎$1⏎b",
          "*2⏎$1⏎a⏎$1⏎b", "*0", "*2⏎$1⏎a⏎$1⏎b", "*1⏎$1⏎c", "*2⏎$1⏎a⏎$1⏎b", "*1⏎$1⏎a"}},
        {"HELLO 3 ; " THREE " ; GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 10 m WITHCOORD WITHDIST "
         "WITHHASH",
         {"(any)", ":3",
          "*1⏎*4⏎$1⏎a⏎$6⏎0.3300⏎:3377699720527872⏎*2⏎,0.00000268220901489⏎,0."
          "00000126736058093"}},
    };
    assert_rows(server, rows);
}

Test(geo, searches_end_at_a_count) {
    static const struct script_row rows[] = {
        {THREE " ; GEOSEARCH g FROMLONLAT 0.003 0 BYRADIUS 1 km COUNT 2 ANY ; GEOSEARCH g "
               "FROMLONLAT 0.003 0 BYRADIUS 1 km COUNT 2 ; GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 1 "
               "km COUNT 2 ANY DESC ; GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 1 km COUNT 1 COUNT 2",
         {":3", "*2⏎$1⏎a⏎$1⏎b", "*2⏎$1⏎c⏎$1⏎b", "*2⏎$1⏎b⏎$1⏎a", "*2⏎$1⏎a⏎$1⏎b"}},
    };
    assert_rows(server, rows);
}

/* Members in no order; a search for a few finds those that a full one begins with. */
Test(geo, the_nearest_few_are_the_first_of_all) {
    enum { MEMBERS = 300, WORD = 40 };
    struct resp_conn *conn = test_server_connect(server);
    for (int i = 0; i < MEMBERS; i++) {
        char line[2 * WORD];
        (void)snprintf(line, sizeof line, "GEOADD g %f %f m%d", 0.01 * (i * 7919 % 101),
                       0.01 * (i * 104729 % 103), i);
        assert_reply(conn, line, ":1\r\n");
    }
    static const char *const orders[] = {"ASC", "DESC"};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        char line[3 * WORD];
        (void)snprintf(line, sizeof line, "GEOSEARCH g FROMLONLAT 0.5 0.5 BYRADIUS 60 km %s",
                       orders[i]);
        struct buffer reply = resp_call(conn, line);
        struct resp_value *all = resp_value_parse(reply.data, reply.size);
        cr_assert_gt(all->count, 100);
        buffer_release(&reply);
        for (size_t count = 1; count <= all->count + 1; count += 1 + count / 3) {
            (void)snprintf(line, sizeof line,
                           "GEOSEARCH g FROMLONLAT 0.5 0.5 BYRADIUS 60 km %s COUNT %zu", orders[i],
                           count);
            reply = resp_call(conn, line);
            struct resp_value *few = resp_value_parse(reply.data, reply.size);
            cr_assert_eq(few->count, count < all->count ? count : all->count);
            for (size_t j = 0; j < few->count; j++) {
                cr_assert_str_eq(few->items[j].bytes, all->items[j].bytes);
            }
            resp_value_destroy(few);
            buffer_release(&reply);
        }
        resp_value_destroy(all);
    }
    resp_close(conn);
}

Test(geo, polygons_have_corners_and_their_mean_as_centre) {
    static const struct script_row rows[] = {
        {"GEOADD g 0 0 centre 1 1 corner 3 3 beyond -1 0 edge ; GEOSEARCH g BYPOLYGON 4 -2 -2 2 -2 "
         "2 2 -2 2 ASC WITHDIST ; GEOSEARCH g FROMMEMBER corner BYPOLYGON 4 -2 -2 2 -2 2 2 -2 2 "
         "ASC ; GEOSEARCH g BYPOLYGON 3 0.5 0.5 4 0.5 4 4.5 ASC COUNT 1 ; GEOSEARCHSTORE d g "
         "BYPOLYGON 3 0.5 0.5 4 0.5 4 4.5 ; ZRANGE d 0 -1",
         {":4", "*3⏎*2⏎$6⏎centre⏎$6⏎0.3300⏎*2⏎$4⏎edge⏎$11⏎111226.2934⏎*2⏎$6⏎corner⏎$11⏎157293.7015",
          "*3⏎$6⏎corner⏎$6⏎centre⏎$4⏎edge", "*1⏎$6⏎beyond", ":2", "*2⏎$6⏎corner⏎$6⏎beyond"}},
        {"GEOSEARCH g BYPOLYGON 2 0 0 1 1 ASC ; GEOSEARCH g BYPOLYGON x 0 0 1 1 ; GEOSEARCH g "
         "BYPOLYGON 3 0 0 1 1 2 ; GEOSEARCH g BYPOLYGON 10001 0 0 1 1 ; GEOSEARCH g BYPOLYGON 3 0 "
         "0 1 1 2 86 ; GEOSEARCH g BYPOLYGON 3 0 0 1 1 2 2 BYRADIUS 1 m ; GEOSEARCH g FROMLONLAT 0 "
         "0 BYBOX 1 1 m BYPOLYGON 3 0 0 1 1 2 2",
         {"-ERR GEOSEARCH BYPOLYGON must have at least 3 vertices",
          "-ERR value is not an integer or out of range", "-ERR syntax error",
          "-ERR GEOSEARCH BYPOLYGON must have at most 10000 vertices",
          "-ERR invalid longitude,latitude pair 2.000000,86.000000", "-ERR syntax error",
          "-ERR syntax error"}},
    };
    assert_rows(server, rows);
}

Test(geo, results_are_stored_with_hashes_or_distances) {
    static const struct script_row rows[] = {
        {THREE " ; GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 120 m ; ZRANGE d 0 -1 WITHSCORES ; "
               "GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 1 km COUNT 1 STOREDIST ; ZRANGE d 0 -1 "
               "WITHSCORES ; GEORADIUS g 0 0 1 km STORE x STOREDIST y ; EXISTS x ; ZCARD y ; "
               "GEORADIUSBYMEMBER g a 1 km STOREDIST y STORE x ; ZSCORE x a",
         {":3", ":2", "*4⏎$1⏎a⏎$16⏎3377699720527872⏎$1⏎b⏎$16⏎3377699720563336", ":1",
          "*2⏎$1⏎a⏎$1⏎0", ":3", ":0", ":3", ":3", "$16⏎3377699720527872"}},
        {THREE
         " ; SET s v ; SET x v ; GEOSEARCHSTORE s g FROMLONLAT 50 50 BYRADIUS 1 m ; EXISTS s ; "
         "GEORADIUS nokey 0 0 1 m STORE x ; EXISTS x ; GEOSEARCHSTORE g g FROMMEMBER a BYRADIUS "
         "120 m ; ZCARD g ; OBJECT ENCODING g",
         {":3", "+OK", "+OK", ":0", ":0", ":0", ":0", ":2", ":2", "$8⏎listpack"}},
    };
    assert_rows(server, rows);
}

Test(geo, searches_that_say_too_little_or_too_much_are_refused) {
    static const struct script_row rows[] = {
        {THREE " ; GeoSearch g BYRADIUS 1 m ASC COUNT 1 ; GEOSEARCH g FROMLONLAT 0 0 ASC COUNT 1 ; "
               "GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 1 m BYBOX 1 1 m ; GEOSEARCH g FROMLONLAT 0 0 "
               "FROMMEMBER a BYRADIUS 1 m ; GEOSEARCH g FROMMEMBER none BYRADIUS 1 m ; GEOSEARCH "
               "g FROMLONLAT 200 0 BYRADIUS 1 m ; GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 1 m ANY ; "
               "GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 1 m STOREDIST ; GEORADIUS_RO g 0 0 1 m STORE d",
         {":3", "-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GeoSearch",
          "-ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH",
          "-ERR syntax error", "-ERR syntax error", "-ERR could not decode requested zset member",
          "-ERR invalid longitude,latitude pair 200.000000,0.000000",
          "-ERR the ANY argument requires COUNT argument", "-ERR syntax error",
          "-ERR syntax error"}},
        {"GEOSEARCH g FROMLONLAT 0 0 BYBOX -1 1 m ; GEOSEARCH g FROMLONLAT 0 0 BYBOX x 1 m ; "
         "GEOSEARCH g FROMLONLAT 0 0 BYBOX 1 x m ; GEORADIUS g 0 0 -1 m ; GEORADIUS g 0 0 x m ; "
         "GEORADIUS g 0 0 1 parsec ; GEORADIUS g 0 0 1 m COUNT 0 ; GEORADIUS g 0 0 1 m COUNT x ; "
         "GEORADIUS g 0 0 1 m WITHDIST STORE d ; GEOSEARCHSTORE d g FROMLONLAT 0 0 BYRADIUS 1 m "
         "WITHDIST ; GEORADIUSBYMEMBER none a -1 m",
         {"-ERR height or width cannot be negative", "-ERR need numeric width",
          "-ERR need numeric height", "-ERR radius cannot be negative", "-ERR need numeric radius",
          "-ERR unsupported unit provided. please use M, KM, FT, MI", "-ERR COUNT must be > 0",
          "-ERR value is not an integer or out of range",
          "-ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD "
          "options",
          "-ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
          "*0"}},
        {"SET s x ; GEOSEARCH s FROMMEMBER a BYRADIUS x m ; GEORADIUSBYMEMBER s a x m ; GEOSEARCH "
         "s ; GEOSEARCHSTORE d s a b c d ; GEORADIUS_RO s 0 ; GEORADIUSBYMEMBER_RO s",
         {"+OK", "-WRONGTYPE Operation against a key holding the wrong kind of value",
          "-WRONGTYPE Operation against a key holding the wrong kind of value",
          "-ERR wrong number of arguments for 'geosearch' command",
          "-ERR wrong number of arguments for 'geosearchstore' command",
          "-ERR wrong number of arguments for 'georadius_ro' command",
          "-ERR wrong number of arguments for 'georadiusbymember_ro' command"}},
    };
    assert_rows(server, rows);
}

Test(geo, keys_of_stored_results_are_known) {
    static const struct script_row rows[] = {
        {"COMMAND GETKEYS GEORADIUS g 0 0 1 km STORE d STOREDIST e ; COMMAND GETKEYS GEORADIUS g 0 "
         "0 1 km STORE ; COMMAND GETKEYS GEOSEARCHSTORE a b c d e f g",
         {"*3⏎$1⏎g⏎$1⏎d⏎$1⏎e", "*1⏎$1⏎g", "*2⏎$1⏎a⏎$1⏎b"}},
    };
    assert_rows(server, rows);
}
