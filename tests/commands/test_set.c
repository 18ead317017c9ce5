/*
 * Sets: replies, errors, encodings, and chance that is fair.
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

TestSuite(set, .init = start, .fini = stop);

Test(set, sadd_and_srem_count_what_changed) {
    assert_script(server,
                  "SADD s a a b ; SADD s b c ; SREM s a a zz ; SCARD s ; SREM nokey a ; SREM s b c "
                  "; EXISTS s ; SCARD s ; SADD s ; SREM s ; SCARD",
                  ":2", ":1", ":1", ":2", ":0", ":2", ":0", ":0", WRONG_ARITY("sadd"),
                  WRONG_ARITY("srem"), WRONG_ARITY("scard"));
    assert_script(server, "SET k v ; SADD k a ; SREM k a ; SCARD k ; SISMEMBER k a ; SMEMBERS k",
                  "+OK", WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE);
}

Test(set, membership) {
    assert_script(server,
                  "SADD s 1 a ; SISMEMBER s 1 ; SISMEMBER s 01 ; SISMEMBER s a ; SISMEMBER no a ; "
                  "SMISMEMBER s a b 1 ; SMISMEMBER no a b ; SET k v ; SMISMEMBER k a",
                  ":2", ":1", ":0", ":1", ":0", "*3⏎:1⏎:0⏎:1", "*2⏎:0⏎:0", "+OK", WRONG_TYPE);
}

Test(set, integers_come_in_numeric_order) {
    assert_script(server, "SADD s 3 1 2 -1 10 ; SMEMBERS s ; HELLO 3 ; SMEMBERS s ; SMEMBERS nokey",
                  ":5", "*5⏎$2⏎-1⏎$1⏎1⏎$1⏎2⏎$1⏎3⏎$2⏎10", "(any)", "~5⏎$2⏎-1⏎$1⏎1⏎$1⏎2⏎$1⏎3⏎$2⏎10",
                  "~0");
}

Test(set, smove_tells_whether_it_moved) {
    assert_script(server,
                  "SADD a x ; SMOVE a b x ; SMOVE a b x ; SMOVE b b x ; SMOVE b b y ; EXISTS a ; "
                  "SET k v ; SMOVE nokey k x ; SMOVE b k x ; SMOVE k b x ; SMEMBERS b",
                  ":1", ":1", ":0", ":1", ":0", ":0", "+OK", ":0", WRONG_TYPE, WRONG_TYPE,
                  "*1⏎$1⏎x");
}

Test(set, spop_and_srandmember_take_counts) {
    assert_script(server,
                  "SPOP s ; SPOP s 0 ; SPOP s 3 ; SRANDMEMBER s ; SRANDMEMBER s 3 ; SADD s a ; "
                  "SPOP s 0 ; SRANDMEMBER s 5 ; SRANDMEMBER s -3 ; SRANDMEMBER s 0 ; SPOP s 5 ; "
                  "EXISTS s",
                  "$-1", "*0", "*0", "$-1", "*0", ":1", "*0", "*1⏎$1⏎a", "*3⏎$1⏎a⏎$1⏎a⏎$1⏎a", "*0",
                  "*1⏎$1⏎a", ":0");
    assert_script(server,
                  "SADD s a ; SPOP s -1 ; SPOP s abc ; SPOP s 1 2 ; SRANDMEMBER s abc ; "
                  "SRANDMEMBER s -9223372036854775808 ; SRANDMEMBER s 1 2 ; SET k v ; SPOP k ; "
                  "SRANDMEMBER k ; SRANDMEMBER k 1 ; SPOP k 1",
                  ":1", "-ERR value is out of range, must be positive",
                  "-ERR value is out of range, must be positive", SYNTAX_ERROR, NOT_AN_INTEGER,
                  "-ERR value is out of range, value must between -9223372036854775807 and "
                  "9223372036854775807",
                  SYNTAX_ERROR, "+OK", WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE);
}

Test(set, algebra_of_present_and_absent_sets) {
    assert_script(server,
                  "SADD a 1 2 3 ; SADD b 2 3 4 ; SINTER a b ; SDIFF a b ; SUNION a b ; SINTER a no "
                  "; SDIFF no a ; SUNION a no ; SINTERCARD 2 a b ; SINTERCARD 2 a b LIMIT 1 ; "
                  "SINTERCARD 2 a b LIMIT 0 ; SUNIONCARD 2 a b ; SUNIONCARD 2 a b LIMIT 3 ; "
                  "SUNIONCARD 2 a b APPROX ; SDIFFCARD 2 a b ; SDIFFCARD 2 no a",
                  ":3", ":3", "*2⏎$1⏎2⏎$1⏎3", "*1⏎$1⏎1", "*4⏎$1⏎1⏎$1⏎2⏎$1⏎3⏎$1⏎4", "*0", "*0",
                  "*3⏎$1⏎1⏎$1⏎2⏎$1⏎3", ":2", ":1", ":2", ":4", ":3", ":4", ":1", ":0");
    assert_script(server,
                  "SADD a 1 ; SET k v ; SINTER no k ; SUNION a k ; SDIFF a k ; SINTERCARD 0 a ; "
                  "SINTERCARD x a ; SINTERCARD 2 a ; SINTERCARD 1 a LIMIT -1 ; SINTERCARD 1 a "
                  "LIMIT x ; SINTERCARD 1 a FOO ; SINTERCARD 1 k ; SINTERCARD 1 a APPROX",
                  ":1", "+OK", WRONG_TYPE, WRONG_TYPE, WRONG_TYPE,
                  "-ERR numkeys should be greater than 0", "-ERR numkeys should be greater than 0",
                  "-ERR Number of keys can't be greater than number of args",
                  "-ERR LIMIT can't be negative", "-ERR LIMIT can't be negative", SYNTAX_ERROR,
                  WRONG_TYPE, SYNTAX_ERROR);
}

Test(set, stored_results_replace_or_remove_the_destination) {
    assert_script(server,
                  "SADD a 1 2 ; SADD b 2 3 ; SET d v ; SINTERSTORE d a b ; SMEMBERS d ; "
                  "SUNIONSTORE d d a ; SCARD d ; SDIFFSTORE a a b ; SMEMBERS a ; SINTERSTORE d a "
                  "no ; EXISTS d ; SINTERSTORE d k ; SET k v ; SINTERSTORE d k",
                  ":2", ":2", "+OK", ":1", "*1⏎$1⏎2", ":2", ":2", ":1", "*1⏎$1⏎1", ":0", ":0", ":0",
                  "+OK", WRONG_TYPE);
}

Test(set, sscan_of_small_sets_is_one_call) {
    assert_script(server,
                  "SADD s 1 2 10 a ; SSCAN s 0 MATCH 1* ; SSCAN no 0 ; SSCAN no 0 FOO ; SSCAN s 0 "
                  "FOO ; SSCAN s x ; SSCAN s 0 COUNT 0 ; SSCAN s 0 COUNT x ; SSCAN s 0 NOVALUES ; "
                  "SSCAN s 0 NOSCORES ; SET k v ; SSCAN k 0",
                  ":4", "*2⏎$1⏎0⏎*2⏎$1⏎1⏎$2⏎10", "*2⏎$1⏎0⏎*0", "*2⏎$1⏎0⏎*0", SYNTAX_ERROR,
                  "-ERR invalid cursor", SYNTAX_ERROR, NOT_AN_INTEGER,
                  "-ERR NOVALUES option can only be used in HSCAN",
                  "-ERR NOSCORES option can only be used in ZSCAN", "+OK", WRONG_TYPE);
}

Test(set, encodings_follow_the_members) {
    assert_script(server,
                  "SADD s 1 2 ; OBJECT ENCODING s ; SADD s a ; OBJECT ENCODING s ; SREM s a ; "
                  "OBJECT ENCODING s ; SADD t 01 ; OBJECT ENCODING t ; SADD u "
                  "9223372036854775808 ; OBJECT ENCODING u ; SADD v -9223372036854775808 ; OBJECT "
                  "ENCODING v",
                  ":2", "$6⏎intset", ":1", "$8⏎listpack", ":1", "$8⏎listpack", ":1", "$8⏎listpack",
                  ":1", "$8⏎listpack", ":1", "$6⏎intset");
    assert_script(server,
                  "CONFIG SET set-max-intset-entries 3 set-max-listpack-entries 2 "
                  "set-max-listpack-value 4 ; SADD s 1 2 3 ; OBJECT ENCODING s ; SADD s 4 ; OBJECT "
                  "ENCODING s ; SADD t a b ; OBJECT ENCODING t ; SADD t c ; OBJECT ENCODING t ; "
                  "SADD u abcde ; OBJECT ENCODING u ; SREM s 1 2 3 ; OBJECT ENCODING s ; "
                  "SUNIONSTORE s s ; OBJECT ENCODING s ; SINTERSTORE t t t ; SPOP t 2 ; OBJECT "
                  "ENCODING t",
                  "+OK", ":3", "$6⏎intset", ":1", "$9⏎hashtable", ":2", "$8⏎listpack", ":1",
                  "$9⏎hashtable", ":1", "$9⏎hashtable", ":3", "$9⏎hashtable", ":1", "$6⏎intset",
                  ":3", "(any)", "$9⏎hashtable");
}

Test(set, a_reply_that_repeats_ends_at_the_largest_string) {
    assert_script(server,
                  "CONFIG SET proto-max-bulk-len 1048576 ; SADD k "
                  "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee ; SRANDMEMBER k "
                  "-9223372036854775807 ; SRANDMEMBER k -200000 ; SRANDMEMBER k -20000 ; "
                  "SRANDMEMBER k -1 ; PING",
                  "+OK", ":1", "-ERR reply exceeds maximum allowed size (proto-max-bulk-len)",
                  "-ERR reply exceeds maximum allowed size (proto-max-bulk-len)",
                  "-ERR reply exceeds maximum allowed size (proto-max-bulk-len)",
                  "*1⏎$50⏎aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee", "+PONG");
}
