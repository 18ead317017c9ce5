/*
 * Sorted sets: single members, ranges, pops, waiting. Algebra is in test_zset_algebra.c.
 */
#include "support/check.h"
#include "support/errors.h"

#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(zset, .init = start, .fini = stop);

#define NAN_SCORE "-ERR resulting score is not a number (NaN)"
#define BAD_SCORE_RANGE "-ERR min or max is not a float"
#define BAD_LEX_RANGE "-ERR min or max not valid string range item"

/* Every script runs on small and on large sorted sets. */
static void both(const char *script, const char *const expected[]) {
    static const char *const limits[] = {"128", "0"};
    for (size_t i = 0; i < 2; i++) {
        struct buffer line = {0};
        buffer_append_format(&line, "CONFIG SET zset-max-listpack-entries %s ; %s", limits[i],
                             script);
        const char *all[64] = {"+OK"};
        size_t count = 1;
        for (; expected[count - 1] != NULL; count++) {
            all[count] = expected[count - 1];
        }
        char *difference = script_run(server, buffer_text(&line), all);
        cr_assert_null(difference, "limit %s: %s", limits[i], difference);
        free(difference);
        buffer_release(&line);
    }
}

#define BOTH(script, ...) both((script), (const char *const[]){__VA_ARGS__, NULL})

Test(zset, zadd_counts_by_its_options) {
    BOTH("ZADD z 1 a 2 b ; ZADD z 5 a 3 c ; ZADD z CH 6 a 3 c 9 d ; ZADD z CH 6 a ; ZADD z NX 9 a "
         "1 e ; "
         "ZADD z XX CH 7 a 7 nobody ; ZADD z GT CH 3 a 8 b ; ZADD z LT CH 3 a 9 b 1 new ; ZRANGE z "
         "0 -1 "
         "WITHSCORES ; ZADD z 1 r 2 r ; ZSCORE z r ; ZADD no XX 1 a ; EXISTS no",
         ":2", ":1", ":2", ":0", ":1", ":1", ":1", ":2",
         "*12⏎$1⏎e⏎$1⏎1⏎$3⏎new⏎$1⏎1⏎$1⏎a⏎$1⏎3⏎$1⏎c⏎$1⏎3⏎$1⏎b⏎$1⏎8⏎$1⏎d⏎$1⏎9", ":1", "$1⏎2", ":0",
         ":0");
    BOTH("ZADD z 5 a ; ZADD z GT INCR -1 a ; ZADD z GT INCR 2 a ; ZADD z LT INCR 1 a ; ZADD z NX "
         "INCR 1 a "
         "; ZADD z XX INCR 1 no ; ZINCRBY z 1.50 m ; ZINCRBY z -inf m ; ZADD z INCR inf m ; ZSCORE "
         "z m ; "
         "ZADD no XX INCR 1 a ; HELLO 3 ; ZINCRBY z 1 a ; ZADD z NX INCR 1 a",
         ":1", "$-1", "$1⏎7", "$-1", "$-1", "$-1", "$3⏎1.5", "$4⏎-inf", NAN_SCORE, "$4⏎-inf", "$-1",
         "(any)", ",8", "_");
}

Test(zset, zadd_refuses_before_it_changes) {
    BOTH("ZADD z 1 a bad b ; EXISTS z ; ZADD z 1 ; ZADD z 1 a 2 ; ZADD z nan a ; ZADD z NX XX 1 a "
         "; ZADD z GT "
         "LT 1 a ; ZADD z NX GT 1 a ; ZADD z INCR 1 a 2 b ; ZADD z FOO 1 a ; ZADD z NX INCR ; "
         "ZINCRBY z abc "
         "a ; ZINCRBY z nan a ; ZADD z \"\" a ; EXISTS z ; SET s v ; ZADD s 1 a ; ZADD s x a ; "
         "ZINCRBY s 1 a",
         NOT_A_FLOAT, ":0", WRONG_ARITY("zadd"), SYNTAX_ERROR, NOT_A_FLOAT,
         "-ERR XX and NX options at the same time are not compatible",
         "-ERR GT, LT, and/or NX options at the same time are not compatible",
         "-ERR GT, LT, and/or NX options at the same time are not compatible",
         "-ERR INCR option supports a single increment-element pair", SYNTAX_ERROR, SYNTAX_ERROR,
         NOT_A_FLOAT, NOT_A_FLOAT, NOT_A_FLOAT, ":0", "+OK", WRONG_TYPE, NOT_A_FLOAT, WRONG_TYPE);
}

Test(zset, scores_are_printed_shortest) {
    BOTH("ZADD z 1 a 1.5 b 1e21 c 0.1 d 3.0 e 1e-7 f inf g -inf h 17179869184.5 i ; ZMSCORE z a b "
         "c d e f g "
         "h i no ; ZADD z 3.14159265358979312 a 0.30000000000000004 b 1.7976931348623157e308 c "
         "4.9e-324 d "
         "123456789012345678 e 9007199254740993 f ; ZMSCORE z a b c d e f",
         ":9", "*10⏎$1⏎1⏎$3⏎1.5⏎$5⏎1e+21⏎$3⏎0.1⏎$1⏎3⏎$4⏎1e-7⏎$3⏎inf⏎$4⏎-inf⏎$13⏎17179869184.5⏎$-1",
         ":0",
         "*6⏎$17⏎3.141592653589793⏎$19⏎0.30000000000000004⏎$23⏎1.7976931348623157e+308⏎$6⏎5e-324⏎$"
         "18⏎"
         "123456789012345680⏎$16⏎9007199254740992");
}

Test(zset, ranks_count_from_both_ends) {
    BOTH("ZADD z 1 a 2 b 2 c ; ZRANK z a ; ZRANK z c ; ZREVRANK z a ; ZRANK z no ; ZRANK no a ; "
         "ZRANK z b "
         "WITHSCORE ; ZREVRANK z c WITHSCORE ; ZRANK z no WITHSCORE ; ZRANK z a FOO ; ZRANK z a "
         "WITHSCORE x ; "
         "HELLO 3 ; ZRANK z b WITHSCORE ; ZRANK z no WITHSCORE ; ZSCORE z a ; ZSCORE z no ; "
         "ZMSCORE no a b",
         ":3", ":0", ":2", ":2", "$-1", "$-1", "*2⏎:1⏎$1⏎2", "*2⏎:0⏎$1⏎2", "*-1", SYNTAX_ERROR,
         WRONG_ARITY("zrank"), "(any)", "*2⏎:1⏎,2", "_", ",1", "_", "*2⏎_⏎_");
}

Test(zset, equal_scores_order_by_bytes) {
    BOTH("ZADD z 0 B 0 a 0 A 0 aa 0 \"\" ; ZRANGE z 0 -1 ; ZRANGE z - + BYLEX LIMIT 1 2 ; ZREM z a "
         "a no ; "
         "ZCARD z ; ZREM z B A aa \"\" ; EXISTS z ; ZREM no a ; ZCARD no",
         ":5", "*5⏎$0⏎⏎$1⏎A⏎$1⏎B⏎$1⏎a⏎$2⏎aa", "*2⏎$1⏎A⏎$1⏎B", ":1", ":4", ":4", ":0", ":0", ":0");
}

Test(zset, zrange_by_rank) {
    BOTH("ZADD z 1 a 2 b 3 c ; ZRANGE z 0 -1 ; ZRANGE z 5 10 ; ZRANGE z -100 100 ; ZRANGE z 1 0 ; "
         "ZRANGE z 0 1 "
         "REV ; ZREVRANGE z 0 0 WITHSCORES ; ZRANGE no 0 -1 ; ZRANGE z 0 1 LIMIT 0 1 ; ZRANGE z a "
         "b ; ZRANGE z "
         "0 1 FOO ; ZREVRANGE z 0 1 REV ; HELLO 3 ; ZRANGE z 0 1 WITHSCORES",
         ":3", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", "*0", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", "*0", "*2⏎$1⏎c⏎$1⏎b", "*2⏎$1⏎c⏎$1⏎3",
         "*0",
         "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
         NOT_AN_INTEGER, SYNTAX_ERROR, SYNTAX_ERROR, "(any)", "*2⏎*2⏎$1⏎a⏎,1⏎*2⏎$1⏎b⏎,2");
}

Test(zset, ranges_by_score) {
    BOTH("ZADD z 1 a 2 b 3 c ; ZRANGE z (1 3 BYSCORE ; ZRANGE z 3 (1 BYSCORE REV ; ZRANGE z -inf "
         "+inf BYSCORE "
         "LIMIT 1 -1 ; ZRANGE z 1 3 BYSCORE REV ; ZRANGEBYSCORE z (1 (1 ; ZRANGE z -inf +inf "
         "BYSCORE LIMIT -1 2 ; "
         "ZREVRANGEBYSCORE z +inf -inf LIMIT 1 1 WITHSCORES ; ZCOUNT z (1 3 ; ZCOUNT z 1 (3 ; "
         "ZCOUNT no 1 2 ; "
         "ZRANGEBYSCORE z -inf +inf LIMIT 0 0 ; ZRANGE z (a b BYSCORE ; ZRANGEBYSCORE z a b ; "
         "ZCOUNT z a b ; ZRANGE z 0 "
         "1 BYSCORE LIMIT a b ; ZRANGEBYSCORE z 1 2 LIMIT 1 ; ZREMRANGEBYSCORE z a b",
         ":3", "*2⏎$1⏎b⏎$1⏎c", "*2⏎$1⏎c⏎$1⏎b", "*2⏎$1⏎b⏎$1⏎c", "*0", "*0", "*0", "*2⏎$1⏎b⏎$1⏎2",
         ":2", ":2", ":0", "*0", BAD_SCORE_RANGE, BAD_SCORE_RANGE, BAD_SCORE_RANGE, NOT_AN_INTEGER,
         SYNTAX_ERROR, BAD_SCORE_RANGE);
}

Test(zset, ranges_by_member) {
    BOTH("ZADD z 0 a 0 b 0 c ; ZRANGE z [a (c BYLEX ; ZRANGE z + - BYLEX ; ZRANGE z + - BYLEX REV "
         "; ZREVRANGEBYLEX z (c "
         "- ; ZRANGEBYLEX z - + LIMIT 1 1 ; ZLEXCOUNT z [b + ; ZLEXCOUNT z (a (b ; ZRANGE z a b "
         "BYLEX ; ZRANGEBYLEX z a b "
         "; ZLEXCOUNT z a b ; ZREMRANGEBYLEX z a b ; ZRANGE z [a [b BYLEX WITHSCORES ; "
         "ZREMRANGEBYLEX z [a (c ; ZRANGE z 0 "
         "-1 ; ZREMRANGEBYLEX z - + ; EXISTS z",
         ":3", "*2⏎$1⏎a⏎$1⏎b", "*0", "*3⏎$1⏎c⏎$1⏎b⏎$1⏎a", "*2⏎$1⏎b⏎$1⏎a", "*1⏎$1⏎b", ":2", ":0",
         BAD_LEX_RANGE, BAD_LEX_RANGE, BAD_LEX_RANGE, BAD_LEX_RANGE,
         "-ERR syntax error, WITHSCORES not supported in combination with BYLEX", ":2", "*1⏎$1⏎c",
         ":1", ":0");
}

Test(zset, a_range_has_one_kind_and_one_direction) {
    BOTH("ZADD z 1 a 2 b ; ZRANGE z 0 1 BYSCORE BYLEX ; ZRANGE z - + BYLEX BYSCORE ; ZRANGE z 0 1 "
         "BYSCORE BYSCORE ; ZRANGE z 0 1 REV REV ; ZRANGESTORE d z 0 1 REV REV ; ZRANGE z 0 1 "
         "WITHSCORES WITHSCORES ; ZREVRANGE z 0 1 LIMIT 0 1 ; ZREVRANGE z 0 1 LIMIT 0 ; "
         "ZRANGEBYLEX z - + WITHSCORES ; ZREVRANGEBYLEX z + - LIMIT 0 1 WITHSCORES ; ZRANGEBYSCORE "
         "z 1 2 BYSCORE ; ZRANGESTORE d z 0 1 WITHSCORES",
         ":2", SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
         "*4⏎$1⏎a⏎$1⏎1⏎$1⏎b⏎$1⏎2",
         "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
         SYNTAX_ERROR, "-ERR syntax error, WITHSCORES not supported in combination with BYLEX",
         "-ERR syntax error, WITHSCORES not supported in combination with BYLEX", SYNTAX_ERROR,
         SYNTAX_ERROR);
}

Test(zset, ranges_are_removed_and_stored) {
    BOTH("ZADD z 1 a 2 b 3 c 4 d ; ZRANGESTORE e z 0 1 ; ZRANGE e 0 -1 WITHSCORES ; ZRANGESTORE e "
         "z (1 3 BYSCORE LIMIT "
         "0 1 ; ZRANGESTORE e z 0 -1 REV ; ZRANGE e 0 -1 ; ZRANGESTORE e z 9 10 ; EXISTS e ; "
         "ZRANGESTORE z z 0 1 ; ZCARD z "
         "; ZREMRANGEBYRANK z -1 -1 ; ZREMRANGEBYRANK z 5 9 ; ZREMRANGEBYSCORE z -inf +inf ; "
         "EXISTS z ; ZRANGESTORE d z 0 1 "
         "WITHSCORES ; ZREMRANGEBYRANK z a b ; SET s v ; ZRANGESTORE d s 0 1",
         ":4", ":2", "*4⏎$1⏎a⏎$1⏎1⏎$1⏎b⏎$1⏎2", ":1", ":4", "*4⏎$1⏎a⏎$1⏎b⏎$1⏎c⏎$1⏎d", ":0", ":0",
         ":2", ":2", ":1", ":0", ":1", ":0", SYNTAX_ERROR, NOT_AN_INTEGER, "+OK", WRONG_TYPE);
}

Test(zset, pops_take_from_an_end) {
    BOTH("ZADD z 1 a 2 b 3 c ; ZPOPMIN z 0 ; ZPOPMIN z ; ZPOPMAX z 5 ; ZPOPMIN z ; EXISTS z ; ZADD "
         "z 1 a 2 b ; HELLO 3 ; "
         "ZPOPMIN z ; ZPOPMAX z 1 ; ZPOPMIN no 1",
         ":3", "*0", "*2⏎$1⏎a⏎$1⏎1", "*4⏎$1⏎c⏎$1⏎3⏎$1⏎b⏎$1⏎2", "*0", ":0", ":2", "(any)",
         "*2⏎$1⏎a⏎,1", "*1⏎*2⏎$1⏎b⏎,2", "*0");
    BOTH("ZADD z 1 a 2 b 3 c ; ZMPOP 2 no z MIN COUNT 2 ; ZMPOP 1 z MAX ; ZMPOP 1 no MIN ; ZMPOP 0 "
         "z MIN ; ZMPOP abc z MIN "
         "; ZMPOP 1 z FOO ; ZMPOP 1 z MIN COUNT 0 ; ZMPOP 1 z MIN COUNT 1 COUNT 1 ; ZPOPMIN z -1 ; "
         "ZPOPMIN z abc ; ZPOPMIN "
         "z 1 2 ; SET s v ; ZMPOP 1 s MIN ; ZPOPMAX s",
         ":3", "*2⏎$1⏎z⏎*2⏎*2⏎$1⏎a⏎$1⏎1⏎*2⏎$1⏎b⏎$1⏎2", "*2⏎$1⏎z⏎*1⏎*2⏎$1⏎c⏎$1⏎3", "*-1",
         "-ERR numkeys should be greater than 0", "-ERR numkeys should be greater than 0",
         SYNTAX_ERROR, "-ERR count should be greater than 0", SYNTAX_ERROR,
         "-ERR value is out of range, must be positive",
         "-ERR value is out of range, must be positive", SYNTAX_ERROR, "+OK", WRONG_TYPE,
         WRONG_TYPE);
}

Test(zset, waiting_pops_are_served_by_zadd) {
    BOTH("ZADD z 1 a 2 b ; BZPOPMAX no z 0 ; BZMPOP 0 2 no z MIN ; BZPOPMIN z 0.01 ; BZMPOP 0.01 1 "
         "z MAX ; &BZPOPMIN k z 0 ; "
         "B> ZADD z 2 b 1 a ; @read ; B> ZCARD z ; BZPOPMIN z abc ; BZPOPMIN z -1 ; BZMPOP -1 1 z "
         "MIN ; BZMPOP abc 1 z MIN",
         ":2", "*3⏎$1⏎z⏎$1⏎b⏎$1⏎2", "*2⏎$1⏎z⏎*1⏎*2⏎$1⏎a⏎$1⏎1", "*-1", "*-1", ":2",
         "*3⏎$1⏎z⏎$1⏎a⏎$1⏎1", ":1", "-ERR timeout is not a float or out of range",
         "-ERR timeout is negative", "-ERR timeout is negative",
         "-ERR timeout is not a float or out of range");
    BOTH("&BZPOPMIN k 0 ; B> SET k v ; B> DEL k ; B> ZADD o 7 x ; B> RENAME o k ; @read", "+OK",
         ":1", ":1", "+OK", "*3⏎$1⏎k⏎$1⏎x⏎$1⏎7");
    BOTH("MULTI ; BZPOPMIN k 0 ; BZMPOP 0 1 k MIN ; BZPOPDUE 1 k 0 ; EXEC", "+OK", "+QUEUED",
         "+QUEUED", "+QUEUED", "*3⏎*-1⏎*-1⏎*-1");
}

Test(zset, zrandmember_takes_counts) {
    BOTH("ZRANDMEMBER z ; ZRANDMEMBER z 2 ; ZRANDMEMBER z 2 WITHSCORES ; ZADD z 1 a ; ZRANDMEMBER "
         "z ; ZRANDMEMBER z -2 ; "
         "ZRANDMEMBER z 5 WITHSCORES ; ZRANDMEMBER z abc ; ZRANDMEMBER z 1 FOO ; ZRANDMEMBER z "
         "-9223372036854775808 ; HELLO 3 "
         "; ZRANDMEMBER z -2 WITHSCORES",
         "$-1", "*0", "*0", ":1", "$1⏎a", "*2⏎$1⏎a⏎$1⏎a", "*2⏎$1⏎a⏎$1⏎1", NOT_AN_INTEGER,
         SYNTAX_ERROR,
         "-ERR value is out of range, value must between -9223372036854775807 and "
         "9223372036854775807",
         "(any)", "*2⏎*2⏎$1⏎a⏎,1⏎*2⏎$1⏎a⏎,1");
}

Test(zset, zscan_of_a_few) {
    assert_script(server,
                  "ZADD z 1 a 2.5 b ; ZSCAN z 0 ; ZSCAN z 0 NOSCORES MATCH a ; ZSCAN no 0 ; ZSCAN "
                  "z 0 NOVALUES ; ZSCAN z 0 FOO",
                  ":2", "*2⏎$1⏎0⏎*4⏎$1⏎a⏎$1⏎1⏎$1⏎b⏎$3⏎2.5", "*2⏎$1⏎0⏎*1⏎$1⏎a", "*2⏎$1⏎0⏎*0",
                  "-ERR NOVALUES option can only be used in HSCAN", SYNTAX_ERROR);
}

Test(zset, encodings_follow_the_thresholds) {
    assert_script(server,
                  "CONFIG SET zset-max-listpack-entries 2 zset-max-listpack-value 4 ; ZADD z 1 a 2 "
                  "b ; OBJECT ENCODING z ; ZADD z 3 "
                  "c ; OBJECT ENCODING z ; ZREM z a b ; OBJECT ENCODING z ; ZRANGESTORE y z 0 -1 ; "
                  "OBJECT ENCODING y ; ZADD x 1 abcde "
                  "; OBJECT ENCODING x ; ZUNIONSTORE w 1 z ; OBJECT ENCODING w ; COPY x v ; OBJECT "
                  "ENCODING v ; ZRANGE v 0 -1",
                  "+OK", ":2", "$8⏎listpack", ":1", "$8⏎skiplist", ":2", "$8⏎skiplist", ":1",
                  "$8⏎listpack", ":1", "$8⏎skiplist", ":1", "$8⏎listpack", ":1", "$8⏎skiplist",
                  "*1⏎$5⏎abcde");
}

/* ---- Members whose time has come ---- */

Test(zset, zpopdue_takes_what_is_due) {
    BOTH("ZADD z 10 a 20 b 30 c ; ZPOPDUE z NOW 5 ; ZPOPDUE z NOW 25 ; ZPOPDUE z NOW 25 COUNT 5 "
         "RESCHEDULE 100 ; ZRANGE z 0 -1 "
         "WITHSCORES ; ZPOPDUE z COUNT 10 ; EXISTS z ; ZPOPDUE no ; ZADD z 1 a ; HELLO 3 ; ZPOPDUE "
         "z",
         ":3", "*0", "*2⏎$1⏎a⏎$2⏎10", "*2⏎$1⏎b⏎$2⏎20", "*4⏎$1⏎c⏎$2⏎30⏎$1⏎b⏎$3⏎125",
         "*4⏎$1⏎c⏎$2⏎30⏎$1⏎b⏎$3⏎125", ":0", "*0", ":1", "(any)", "*1⏎*2⏎$1⏎a⏎,1");
    BOTH("ZPOPDUE z COUNT 0 ; ZPOPDUE z RESCHEDULE 0 ; ZPOPDUE z NOW x ; ZPOPDUE z FOO 1 ; ZPOPDUE "
         "z COUNT ; BZPOPDUE 0 z 0 ; "
         "BZPOPDUE 1 z ; BZPOPDUE 1 z -1 ; BZPOPDUE 1 z x ; BZPOPDUE 1 z 1 NOW 1 ; SET s v ; "
         "ZPOPDUE s ; BZPOPDUE 1 s 0 ; ZPOPDUE z "
         "NOW 9223372036854775807 RESCHEDULE 1",
         "-ERR count should be greater than 0", "-ERR reschedule should be greater than 0",
         NOT_AN_INTEGER, SYNTAX_ERROR, SYNTAX_ERROR, "-ERR numkeys should be greater than 0",
         WRONG_ARITY("bzpopdue"), "-ERR timeout is negative",
         "-ERR timeout is not a float or out of range", SYNTAX_ERROR, "+OK", WRONG_TYPE, WRONG_TYPE,
         NOT_AN_INTEGER);
}

Test(zset, bzpopdue_sleeps_until_the_head_is_due) {
    BOTH("&BZPOPDUE 2 k z 0 COUNT 2 ; B> ZADD z 99999999999999 late ; @read ; B> ZADD z 1 now 2 "
         "then 3 last ; @read ; B> ZCARD z",
         ":1", "(nothing)", ":3", "*2⏎$1⏎z⏎*2⏎*2⏎$3⏎now⏎$1⏎1⏎*2⏎$4⏎then⏎$1⏎2", ":2");
    BOTH("ZADD z 1 a ; BZPOPDUE 1 z 0 RESCHEDULE 50 ; BZPOPDUE 1 z 5 ; BZPOPDUE 1 z 0.01", ":1",
         "*2⏎$1⏎z⏎*1⏎*2⏎$1⏎a⏎$1⏎1", "(any)", "*-1");
}

Test(zset, bzpopdue_serves_whoever_waits_longest) {
    BOTH("ZADD z 1 a ; ZPOPDUE z RESCHEDULE 1000 ; &BZPOPDUE 1 z 0 ; B> &BZPOPDUE 1 z 0 ; C> "
         "?EXISTS "
         "z ; C> ZADD z 1 b ; B> @read",
         ":1", "*2⏎$1⏎a⏎$1⏎1", ":0", ":1", "*2⏎$1⏎z⏎*1⏎*2⏎$1⏎b⏎$1⏎1");
}

/* What falls due while the server is busy is not for the request that comes next. */
Test(zset, bzpopdue_that_comes_when_a_member_falls_due_is_behind_who_waits) {
    BOTH("&BZPOPDUE 1 z 0 ; B> &BZPOPDUE 1 z 0 ; C> ~EVAL \"local t = redis.call('TIME') return "
         "redis.call('ZADD', 'z', t[1] * 1000 + math.floor(t[2] / 1000) + 20, 'a')\" 0\\r\\nDEBUG "
         "CLOCK FORWARD 40\\r\\nBZPOPDUE 2 none z 0\\r\\n ; @read ; D> ZADD z 1 b 2 c ; B> @read ; "
         "C> "
         "@read ; D> EXISTS z",
         ":1⏎+OK", "(starts)*2⏎$1⏎z⏎*1⏎*2⏎$1⏎a⏎", ":2", "*2⏎$1⏎z⏎*1⏎*2⏎$1⏎b⏎$1⏎1",
         "*2⏎$1⏎z⏎*1⏎*2⏎$1⏎c⏎$1⏎2", ":0");
    /* With another key that has something for it, it need not wait. */
    BOTH("&BZPOPDUE 1 z 0 ; C> ~EVAL \"local t = redis.call('TIME') return redis.call('ZADD', 'z', "
         "t[1] * 1000 + math.floor(t[2] / 1000) + 20, 'a')\" 0\\r\\nDEBUG CLOCK FORWARD "
         "40\\r\\nZADD y 1 "
         "b\\r\\nBZPOPDUE 2 z y 0\\r\\n ; @read",
         ":1⏎+OK⏎:1⏎*2⏎$1⏎y⏎*1⏎*2⏎$1⏎b⏎$1⏎1", "(starts)*2⏎$1⏎z⏎*1⏎*2⏎$1⏎a⏎");
}

Test(zset, a_reply_that_repeats_ends_at_the_largest_string) {
    assert_script(server,
                  "CONFIG SET proto-max-bulk-len 1048576 ; ZADD k 1 "
                  "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee ; ZRANDMEMBER k "
                  "-9223372036854775807 ; ZRANDMEMBER k -200000 ; ZRANDMEMBER k -20000 ; "
                  "ZRANDMEMBER k -1 WITHSCORES ; PING",
                  "+OK", ":1", "-ERR reply exceeds maximum allowed size (proto-max-bulk-len)",
                  "-ERR reply exceeds maximum allowed size (proto-max-bulk-len)",
                  "-ERR reply exceeds maximum allowed size (proto-max-bulk-len)",
                  "*2⏎$50⏎aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee⏎$1⏎1", "+PONG");
}
