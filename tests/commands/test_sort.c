/*
 * SORT and SORT_RO.
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

TestSuite(sort, .init = start, .fini = stop);

Test(sort, orders_numbers_and_bytes) {
    static const struct script_row rows[] = {
        {"RPUSH l 3 1 2 10 ; SORT l ; SORT l DESC ; SORT l ALPHA ; SORT l LIMIT 1 2 ; SORT l LIMIT "
         "0 0 ; SORT l LIMIT 10 5 ; SORT l LIMIT -1 2",
         {":4", "*4⏎$1⏎1⏎$1⏎2⏎$1⏎3⏎$2⏎10", "*4⏎$2⏎10⏎$1⏎3⏎$1⏎2⏎$1⏎1", "*4⏎$1⏎1⏎$2⏎10⏎$1⏎2⏎$1⏎3",
          "*2⏎$1⏎2⏎$1⏎3", "*0", "*0", "*2⏎$1⏎1⏎$1⏎2"}},
        {"RPUSH l a b ; SORT l ; SORT l ALPHA DESC",
         {":2", "-ERR One or more scores can't be converted into double", "*2⏎$1⏎b⏎$1⏎a"}},
        {"SADD s 3 1 2 ; SORT s ; ZADD z 1 c 2 b 3 a ; SORT z BY nosort DESC ; SORT z ALPHA ; SORT "
         "z BY nosort LIMIT 0 1",
         {":3", "*3⏎$1⏎1⏎$1⏎2⏎$1⏎3", ":3", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", "*1⏎$1⏎c"}},
    };
    assert_rows(server, rows);
}

Test(sort, looks_up_weights_and_values) {
    static const struct script_row rows[] = {
        {"RPUSH l 3 1 2 ; MSET w_1 9 w_2 8 w_3 7 ; HSET o_1 f x g 5 ; SORT l BY w_* ; SORT l BY "
         "w_* GET # GET w_* ; SORT l GET o_*->f ; SORT l BY o_*->g GET # ; SORT l BY nosort GET "
         "w_*",
         {":3", "+OK", ":2", "*3⏎$1⏎3⏎$1⏎2⏎$1⏎1", "*6⏎$1⏎3⏎$1⏎7⏎$1⏎2⏎$1⏎8⏎$1⏎1⏎$1⏎9",
          "*3⏎$1⏎x⏎$-1⏎$-1", "*3⏎$1⏎2⏎$1⏎3⏎$1⏎1", "*3⏎$1⏎7⏎$1⏎9⏎$1⏎8"}},
        {"RPUSH l 3 1 2 ; SORT l BY nosort BY w_* ; SORT l BY w_* BY nosort",
         {":3", "*3⏎$1⏎3⏎$1⏎1⏎$1⏎2", "*3⏎$1⏎3⏎$1⏎1⏎$1⏎2"}},
        {"RPUSH l 1 ; SET w_1 abc ; SORT l BY w_* ; SORT l BY w_* ALPHA",
         {":1", "+OK", "-ERR One or more scores can't be converted into double", "*1⏎$1⏎1"}},
        /* Of equal weights a set has no order to keep: replay must agree. */
        {"SADD s c b d a ; SET w_a 1 ; SORT s BY w_* ALPHA ; SORT s BY w_* ALPHA DESC ; "
         "SORT s BY w_* ALPHA LIMIT 0 2 STORE out ; LRANGE out 0 -1",
         {":4", "+OK", "*4⏎$1⏎b⏎$1⏎c⏎$1⏎d⏎$1⏎a", "*4⏎$1⏎a⏎$1⏎d⏎$1⏎c⏎$1⏎b", ":2", "*2⏎$1⏎b⏎$1⏎c"}},
    };
    assert_rows(server, rows);
}

Test(sort, stores_the_result_as_a_list) {
    static const struct script_row rows[] = {
        {"RPUSH l 3 1 2 ; SORT l STORE out ; LRANGE out 0 -1 ; SORT none STORE out ; EXISTS out",
         {":3", ":3", "*3⏎$1⏎1⏎$1⏎2⏎$1⏎3", ":0", ":0"}},
        {"RPUSH l 1 ; SORT l GET none_* STORE out ; LRANGE out 0 -1", {":1", ":1", "*1⏎$0⏎"}},
        {"RPUSH l 1 2 ; SET s x ; SORT l STORE s ; TYPE s", {":2", "+OK", ":2", "+list"}},
    };
    assert_rows(server, rows);
}

Test(sort, refuses_what_it_cannot_do) {
    static const struct script_row rows[] = {
        {"SET s x ; SORT s ; SORT_RO s",
         {"+OK", "-WRONGTYPE Operation against a key holding the wrong kind of value",
          "-WRONGTYPE Operation against a key holding the wrong kind of value"}},
        {"RPUSH l 1 ; SORT l LIMIT 1 ; SORT l FOO ; SORT l BY ; SORT l GET ; SORT l LIMIT a b ; "
         "SORT_RO l STORE x ; SORT_RO l DESC ; SORT ; SORT none ; COMMAND GETKEYS SORT l BY w_* "
         "STORE out",
         {":1", "-ERR syntax error", "-ERR syntax error", "-ERR syntax error", "-ERR syntax error",
          "-ERR value is not an integer or out of range", "-ERR syntax error", "*1⏎$1⏎1",
          "-ERR wrong number of arguments for 'sort' command", "*0", "*2⏎$1⏎l⏎$3⏎out"}},
    };
    assert_rows(server, rows);
}
