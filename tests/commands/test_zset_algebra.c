/*
 * Union, intersection and difference of sorted sets and sets.
 */
#include "support/check.h"
#include "support/errors.h"

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(zset_algebra, .init = start, .fini = stop);

#define NO_KEYS(name) "-ERR at least 1 input key is needed for '" name "' command"

Test(zset_algebra, scores_are_weighted_and_aggregated) {
    assert_script(server,
                  "ZADD a 1 x 2 y ; ZADD b 10 y 20 z ; ZUNION 2 a b WITHSCORES ; ZUNION 2 a b "
                  "WEIGHTS 2 3 WITHSCORES ; "
                  "ZUNION 2 a b AGGREGATE MIN WITHSCORES ; ZUNION 2 a b AGGREGATE MAX WITHSCORES ; "
                  "ZUNION 2 a b "
                  "AGGREGATE COUNT WITHSCORES ; ZUNION 2 a b WITHSCORES WEIGHTS 2 3 AGGREGATE "
                  "COUNT ; ZINTER 2 a b "
                  "WITHSCORES ; ZINTER 2 a b WEIGHTS 1 -1 WITHSCORES ; ZDIFF 2 a b WITHSCORES ; "
                  "ZINTER 2 a no ; ZDIFF "
                  "2 no a ; ZINTERCARD 2 a b ; ZINTERCARD 2 a a LIMIT 1 ; ZINTERCARD 2 a a LIMIT 0",
                  ":2", ":2", "*6⏎$1⏎x⏎$1⏎1⏎$1⏎y⏎$2⏎12⏎$1⏎z⏎$2⏎20",
                  "*6⏎$1⏎x⏎$1⏎2⏎$1⏎y⏎$2⏎34⏎$1⏎z⏎$2⏎60", "*6⏎$1⏎x⏎$1⏎1⏎$1⏎y⏎$1⏎2⏎$1⏎z⏎$2⏎20",
                  "*6⏎$1⏎x⏎$1⏎1⏎$1⏎y⏎$2⏎10⏎$1⏎z⏎$2⏎20", "*6⏎$1⏎x⏎$1⏎1⏎$1⏎z⏎$1⏎1⏎$1⏎y⏎$1⏎2",
                  "*6⏎$1⏎x⏎$1⏎2⏎$1⏎z⏎$1⏎3⏎$1⏎y⏎$1⏎5", "*2⏎$1⏎y⏎$2⏎12", "*2⏎$1⏎y⏎$2⏎-8",
                  "*2⏎$1⏎x⏎$1⏎1", "*0", "*0", ":1", ":1", ":2");
    assert_script(server,
                  "ZADD a 1 x ; HELLO 3 ; ZUNION 1 a WITHSCORES ; ZINTER 1 a WITHSCORES ; ZDIFF 1 "
                  "a WITHSCORES ; ZUNION 1 "
                  "a",
                  ":1", "(any)", "*1⏎*2⏎$1⏎x⏎,1", "*1⏎*2⏎$1⏎x⏎,1", "*1⏎*2⏎$1⏎x⏎,1", "*1⏎$1⏎x");
}

Test(zset_algebra, members_of_sets_score_1) {
    assert_script(server,
                  "SADD s a b ; ZADD z 5 a ; ZUNIONSTORE d 2 s z WEIGHTS 2 3 ; ZRANGE d 0 -1 "
                  "WITHSCORES ; ZINTERSTORE d 2 s z "
                  "AGGREGATE MAX ; ZRANGE d 0 -1 WITHSCORES ; ZDIFFSTORE d 2 s z ; ZRANGE d 0 -1 "
                  "WITHSCORES ; ZDIFFSTORE d 2 z "
                  "s ; EXISTS d",
                  ":2", ":1", ":2", "*4⏎$1⏎b⏎$1⏎2⏎$1⏎a⏎$2⏎17", ":1", "*2⏎$1⏎a⏎$1⏎5", ":1",
                  "*2⏎$1⏎b⏎$1⏎1", ":0", ":0");
}

Test(zset_algebra, infinities_that_cancel_out_give_0) {
    assert_script(server,
                  "ZADD a inf m ; ZADD b -inf m ; ZUNIONSTORE d 2 a b ; ZSCORE d m ; ZUNIONSTORE d "
                  "1 a WEIGHTS 0 ; ZSCORE d m",
                  ":1", ":1", ":1", "$1⏎0", ":1", "$1⏎0");
}

Test(zset_algebra, of_0_and_minus_0_the_one_that_came_first_stays) {
    assert_script(server,
                  "ZADD z 0 a ; ZUNION 2 z z WEIGHTS -1 3 AGGREGATE MIN WITHSCORES ; ZUNION 2 z z "
                  "WEIGHTS 3 -1 AGGREGATE MIN WITHSCORES ; ZINTER 2 z z WEIGHTS -1 3 AGGREGATE MAX "
                  "WITHSCORES ; ZINTER 2 z z WEIGHTS 3 -1 AGGREGATE MAX WITHSCORES ; ZUNION 2 z z "
                  "WEIGHTS -1 3 WITHSCORES",
                  ":1", "*2⏎$1⏎a⏎$2⏎-0", "*2⏎$1⏎a⏎$1⏎0", "*2⏎$1⏎a⏎$2⏎-0", "*2⏎$1⏎a⏎$1⏎0",
                  "*2⏎$1⏎a⏎$1⏎0");
}

Test(zset_algebra, destinations_are_replaced_or_removed) {
    assert_script(server,
                  "SET d v ; ZADD z 1 a 2 b ; ZUNIONSTORE d 1 z ; TYPE d ; ZUNIONSTORE z 2 z z ; "
                  "ZRANGE z 0 -1 WITHSCORES ; "
                  "ZINTERSTORE d 2 z no ; EXISTS d",
                  "+OK", ":2", ":2", "+zset", ":2", "*4⏎$1⏎a⏎$1⏎2⏎$1⏎b⏎$1⏎4", ":0", ":0");
}

Test(zset_algebra, errors) {
    assert_script(server,
                  "ZADD z 1 a ; ZUNIONSTORE d 0 z ; ZUNIONSTORE d abc z ; ZUNIONSTORE d 2 z ; "
                  "ZUNIONSTORE d 1 z WEIGHTS abc ; "
                  "ZUNIONSTORE d 1 z WEIGHTS ; ZUNIONSTORE d 1 z AGGREGATE foo ; ZUNIONSTORE d 1 z "
                  "WITHSCORES ; ZUNION 0 z ; "
                  "ZINTER 0 z ; ZDIFF 0 z ; ZDIFF 1 z WEIGHTS 1 ; ZINTERCARD 0 z ; ZINTERCARD 1 z "
                  "LIMIT -1 ; ZINTERCARD abc z "
                  "; ZINTERCARD 2 z ; SET s v ; ZUNION 2 z s ; ZINTER 2 no s ; ZDIFF 1 s ; "
                  "ZINTERCARD 1 s ; ZDIFFSTORE d 1 s",
                  ":1", NO_KEYS("zunionstore"), NOT_AN_INTEGER, SYNTAX_ERROR,
                  "-ERR weight value is not a float", SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
                  NO_KEYS("zunion"), NO_KEYS("zinter"), NO_KEYS("zdiff"), SYNTAX_ERROR,
                  NO_KEYS("zintercard"), "-ERR LIMIT can't be negative", NOT_AN_INTEGER,
                  SYNTAX_ERROR, "+OK", WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE);
}
