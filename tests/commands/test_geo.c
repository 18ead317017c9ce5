/*
 * Places on the earth in sorted sets.
 */
#include "support/check.h"
#include "support/rows.h"

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
