/*
 * Bitmaps. BITOP's DIFF, DIFF1, ANDOR and ONE are newer than the oracle.
 */
#include "support/check.h"
#include "support/errors.h"

#include <stddef.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(bitmap, .init = start, .fini = stop);

Test(bitmap, setbit_returns_the_old_bit_and_grows_with_zeros) {
    assert_script(server,
                  "SETBIT k 7 1 ; SETBIT k 7 0 ; STRLEN k ; SETBIT k 100 1 ; STRLEN k ; GETBIT k "
                  "5000 ; GETBIT k 100 ; GETBIT nokey 0 ; GET k",
                  ":0", ":1", ":1", ":0", ":13", ":0", ":1", ":0",
                  "$13⏎\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x08");
    assert_script(server,
                  "SETBIT b -1 1 ; SETBIT b 4294967296 1 ; SETBIT b abc 1 ; SETBIT b 0 2 ; SETBIT "
                  "b 0 a ; SETBIT b 0 -1 ; SETBIT b \"\" 1 ; SETBIT b 1.5 1 ; EXISTS b",
                  "-ERR bit offset is not an integer or out of range",
                  "-ERR bit offset is not an integer or out of range",
                  "-ERR bit offset is not an integer or out of range",
                  "-ERR bit is not an integer or out of range",
                  "-ERR bit is not an integer or out of range",
                  "-ERR bit is not an integer or out of range",
                  "-ERR bit offset is not an integer or out of range",
                  "-ERR bit offset is not an integer or out of range", ":0");
    assert_script(server,
                  "SETBIT b 0 ; SETBIT b ; SETBIT b 0 1 2 ; RPUSH l a ; SETBIT l 0 1 ; SETBIT l "
                  "-1 1",
                  WRONG_ARITY("setbit"), WRONG_ARITY("setbit"), WRONG_ARITY("setbit"), ":1",
                  WRONG_TYPE, "-ERR bit offset is not an integer or out of range");
    assert_script(server,
                  "SET n 1 ; SETBIT n 6 1 ; GET n ; SET t v EX 100 ; SETBIT t 1 0 ; TTL t ; "
                  "SETBIT z 0 0 ; STRLEN z",
                  "+OK", ":0", "$1⏎3", "+OK", ":1", ":100", ":0", ":1");
}

Test(bitmap, getbit_reads_beyond_the_end_as_zero) {
    assert_script(server,
                  "SET k \"\\x80\\x01\" ; GETBIT k 0 ; GETBIT k 1 ; GETBIT k 15 ; GETBIT k 16 ; "
                  "GETBIT k 4294967295 ; GETBIT k 4294967296 ; GETBIT k -1 ; GETBIT k abc ; "
                  "GETBIT k ; GETBIT k 0 1 ; SET n 12 ; GETBIT n 2 ; RPUSH l a ; GETBIT l 0",
                  "+OK", ":1", ":0", ":1", ":0", ":0",
                  "-ERR bit offset is not an integer or out of range",
                  "-ERR bit offset is not an integer or out of range",
                  "-ERR bit offset is not an integer or out of range", WRONG_ARITY("getbit"),
                  WRONG_ARITY("getbit"), "+OK", ":1", ":1", WRONG_TYPE);
}

Test(bitmap, bitcount_counts_in_bytes_or_bits) {
    assert_script(server,
                  "SET k foobar ; BITCOUNT k ; BITCOUNT k 0 0 ; BITCOUNT k 1 1 ; BITCOUNT k -2 -1 "
                  "; BITCOUNT k 5 30 BIT ; BITCOUNT k 0 5 byte ; BITCOUNT k 1 0 ; BITCOUNT k 0 -1 "
                  "; BITCOUNT k 0 -1 BIT ; BITCOUNT nokey ; BITCOUNT nokey 0 -1",
                  "+OK", ":26", ":4", ":6", ":7", ":17", ":26", ":0", ":26", ":26", ":0", ":0");
    assert_script(server,
                  "SET k foobar ; BITCOUNT k -100 -200 ; BITCOUNT k -200 -100 ; BITCOUNT k 100 "
                  "200 ; BITCOUNT k 0 1000 ; BITCOUNT k -1 -2 ; BITCOUNT k 7 7 BIT ; BITCOUNT k "
                  "-3 -1 BIT ; BITCOUNT k 1 9223372036854775807 BIT ; BITCOUNT k "
                  "-9223372036854775808 9223372036854775807 BIT ; BITCOUNT k -9223372036854775808 "
                  "-9223372036854775808",
                  "+OK", ":0", ":4", ":0", ":26", ":0", ":0", ":1", ":26", ":26", ":4");
    assert_script(server,
                  "SET k foobar ; BITCOUNT k 0 ; BITCOUNT k a b ; BITCOUNT k 0 b ; BITCOUNT k 0 1 "
                  "FOO ; BITCOUNT k 0 1 BIT BIT ; BITCOUNT ; BITCOUNT nokey 0 ; BITCOUNT nokey a "
                  "b ; BITCOUNT nokey 0 1 FOO ; RPUSH l a ; BITCOUNT l ; BITCOUNT l 0 1 FOO ; "
                  "BITCOUNT l a b ; SET n 123 ; BITCOUNT n",
                  "+OK", SYNTAX_ERROR, NOT_AN_INTEGER, NOT_AN_INTEGER, SYNTAX_ERROR, SYNTAX_ERROR,
                  WRONG_ARITY("bitcount"), ":0", ":0", ":0", ":1", WRONG_TYPE, WRONG_TYPE,
                  WRONG_TYPE, "+OK", ":10");
}

Test(bitmap, bitpos_finds_the_first_bit) {
    assert_script(server,
                  "SET k \"\\xff\\xf0\" ; SETBIT b 7 0 ; BITPOS b 1 ; BITPOS b 0 ; SETBIT c 0 1 ; "
                  "SETBIT c 1 1 ; BITPOS c 0 ; BITPOS nokey 0 ; BITPOS nokey 1 ; BITPOS c 0 1 ; "
                  "BITPOS c 0 0 -1 BIT",
                  "+OK", ":0", ":-1", ":0", ":0", ":0", ":2", ":0", ":-1", ":-1", ":2");
    assert_script(server,
                  "SET k \"\\xff\\xff\" ; BITPOS k 0 ; BITPOS k 0 0 ; BITPOS k 0 0 -1 ; BITPOS k "
                  "0 1 ; BITPOS k 0 2 ; BITPOS k 0 -1 ; BITPOS k 0 0 15 BIT ; BITPOS k 0 0 100 ; "
                  "BITPOS k 1 1 1 ; BITPOS k 1 9 BIT ; BITPOS k 1 3 5 BIT ; BITPOS k 1 2 1",
                  "+OK", ":16", ":16", ":-1", ":16", ":-1", ":16", ":-1", ":-1", ":8",
                  NOT_AN_INTEGER, ":3", ":-1");
    assert_script(server,
                  "SET k \"\\x00\\x0f\\x00\" ; BITPOS k 1 ; BITPOS k 1 2 ; BITPOS k 1 1 ; BITPOS "
                  "k 1 -2 -1 ; BITPOS k 1 13 20 BIT ; BITPOS k 0 12 15 BIT ; BITPOS k 0 12 16 BIT "
                  "; BITPOS k 1 16 -1 BIT ; BITPOS k 1 -9 -9 BIT ; BITPOS k 1 0 -1 byte",
                  "+OK", ":12", ":-1", ":12", ":12", ":13", ":-1", ":16", ":-1", ":15", ":12");
    assert_script(server,
                  "SET k a ; BITPOS k 2 ; BITPOS k a ; BITPOS k -1 ; BITPOS k 0 a ; BITPOS k 0 0 "
                  "a ; BITPOS k 0 0 1 FOO ; BITPOS k 0 0 1 BIT x ; BITPOS k ; BITPOS nokey 2 ; "
                  "BITPOS nokey 1 a ; BITPOS nokey 0 0 1 FOO ; RPUSH l a ; BITPOS l 0 ; BITPOS l "
                  "0 a ; SET e \"\" ; BITPOS e 0 ; BITPOS e 1",
                  "+OK", "-ERR The bit argument must be 1 or 0.", NOT_AN_INTEGER,
                  "-ERR The bit argument must be 1 or 0.", NOT_AN_INTEGER, NOT_AN_INTEGER,
                  SYNTAX_ERROR, SYNTAX_ERROR, WRONG_ARITY("bitpos"),
                  "-ERR The bit argument must be 1 or 0.", ":-1", ":0", ":1", WRONG_TYPE,
                  WRONG_TYPE, "+OK", ":-1", ":-1");
}

Test(bitmap, bitop_combines_strings) {
    assert_script(server,
                  "MSET a foobar b abcdef ; BITOP AND d a b ; GET d ; BITOP OR d a b ; GET d ; "
                  "BITOP XOR d a b ; GET d ; BITOP NOT d a ; GET d",
                  "+OK", ":6", "$6⏎`bc`ab", ":6", "$6⏎goofev", ":6",
                  "$6⏎\\x07\\r\\x0c\\x06\\x04\\x14", ":6", "$6⏎\\x99\\x90\\x90\\x9d\\x9e\\x8d");
    assert_script(server,
                  "MSET a abc b abcdef ; BITOP AND d a b ; GET d ; BITOP OR d a b ; GET d ; BITOP "
                  "XOR d a b nokey ; GET d ; BITOP AND d b nokey ; GET d ; bitop and d b b b ; "
                  "GET d",
                  "+OK", ":6", "$6⏎abc\\x00\\x00\\x00", ":6", "$6⏎abcdef", ":6",
                  "$6⏎\\x00\\x00\\x00def", ":6", "$6⏎\\x00\\x00\\x00\\x00\\x00\\x00", ":6",
                  "$6⏎abcdef");
    assert_script(server,
                  "SET d v ; BITOP AND d no1 no2 ; EXISTS d ; SET a abc ; BITOP OR d a no1 ; GET "
                  "d ; BITOP NOT d a ; STRLEN d ; BITOP NOT d nokey ; EXISTS d ; BITOP AND a a a "
                  "; GET a",
                  "+OK", ":0", ":0", "+OK", ":3", "$3⏎abc", ":3", ":3", ":0", ":0", ":3", "$3⏎abc");
    assert_script(server,
                  "SET a abc EX 100 ; SET d x EX 100 ; BITOP OR d a ; TTL d ; RPUSH l x ; BITOP "
                  "OR l a ; TYPE l ; SET n 12 ; BITOP OR d n ; GET d",
                  "+OK", "+OK", ":3", ":-1", ":1", ":3", "+string", "+OK", ":2", "$2⏎12");
    assert_script(server,
                  "SET s abc ; RPUSH l a ; BITOP FOO d s ; BITOP NOT d s s ; BITOP AND d l ; "
                  "BITOP AND d s l ; BITOP AND d nokey l ; BITOP AND d ; BITOP AND ; BITOP NOT d "
                  "; EXISTS d",
                  "+OK", ":1", SYNTAX_ERROR,
                  "-ERR BITOP NOT must be called with a single source key.", WRONG_TYPE, WRONG_TYPE,
                  WRONG_TYPE, WRONG_ARITY("bitop"), WRONG_ARITY("bitop"), WRONG_ARITY("bitop"),
                  ":0");
    assert_script(server,
                  "SET e \"\" ; SET d v ; BITOP OR d e ; EXISTS d ; SET d v ; BITOP NOT d e ; "
                  "EXISTS d",
                  "+OK", "+OK", ":0", ":0", "+OK", ":0", ":0");
}

Test(bitmap, bitop_knows_diff_diff1_andor_and_one) {
    assert_script(server,
                  "MSET x \"\\xff\\x0f\" y \"\\x0f\" z \"\\xf0\\x01\" ; BITOP DIFF d x y ; GET d "
                  "; BITOP DIFF d x y z ; GET d ; BITOP DIFF1 d x y z ; GET d ; BITOP DIFF1 d y x "
                  "z ; GET d ; BITOP ANDOR d x y z ; GET d ; BITOP ANDOR d y x ; GET d ; BITOP "
                  "ONE d x y z ; GET d ; BITOP ONE d x ; GET d ; BITOP ONE d x x x ; GET d",
                  "+OK", ":2", "$2⏎\\xf0\\x0f", ":2", "$2⏎\\x00\\x0e", ":2", "$2⏎\\x00\\x00", ":2",
                  "$2⏎\\xf0\\x0f", ":2", "$2⏎\\xff\\x01", ":2", "$2⏎\\x0f\\x00", ":2",
                  "$2⏎\\x00\\x0e", ":2", "$2⏎\\xff\\x0f", ":2", "$2⏎\\x00\\x00");
    assert_script(server,
                  "SET x abc ; RPUSH l a ; BITOP DIFF d x ; BITOP DIFF1 d x ; BITOP ANDOR d x ; "
                  "BITOP one d x ; BITOP DIFF d x l ; BITOP DIFF d nokey x ; GET d ; BITOP DIFF1 "
                  "d nokey x ; GET d ; BITOP ANDOR d nokey x ; GET d ; BITOP ONE d nokey nokey ; "
                  "EXISTS d",
                  "+OK", ":1", "-ERR BITOP DIFF must be called with at least two source keys.",
                  "-ERR BITOP DIFF1 must be called with at least two source keys.",
                  "-ERR BITOP ANDOR must be called with at least two source keys.", ":3",
                  WRONG_TYPE, ":3", "$3⏎\\x00\\x00\\x00", ":3", "$3⏎abc", ":3",
                  "$3⏎\\x00\\x00\\x00", ":0", ":0");
}

Test(bitmap, bitfield_gets_sets_and_adds) {
    assert_script(server,
                  "BITFIELD k SET u8 0 255 INCRBY u8 0 10 ; BITFIELD k OVERFLOW SAT INCRBY u8 0 "
                  "250 ; BITFIELD k OVERFLOW FAIL INCRBY u8 0 10 ; BITFIELD k SET i8 #1 -1 GET i8 "
                  "#1 GET u4 8 ; BITFIELD k GET u63 0",
                  "*2⏎:0⏎:9", "*1⏎:255", "*1⏎$-1", "*3⏎:0⏎:-1⏎:15", "*1⏎:9223231299366420480");
    assert_script(server,
                  "BITFIELD k GET u8 0 ; EXISTS k ; BITFIELD k ; BITFIELD k SET u1 100 1 ; STRLEN "
                  "k ; BITFIELD k GET u8 1000 GET i5 #3",
                  "*1⏎:0", ":0", "*0", "*1⏎:0", ":13", "*2⏎:0⏎:0");
    assert_script(server,
                  "BITFIELD k SET i64 0 -9223372036854775808 GET i64 0 INCRBY i64 0 -1 ; BITFIELD "
                  "k OVERFLOW SAT INCRBY i64 0 1 INCRBY i64 0 -9223372036854775808 INCRBY i64 0 "
                  "-9223372036854775808 ; BITFIELD k OVERFLOW FAIL INCRBY i64 0 -1 ; BITFIELD k "
                  "SET u63 0 9223372036854775807 INCRBY u63 0 1 ; BITFIELD k SET i1 0 1 GET i1 0 "
                  "GET u1 0 INCRBY i1 0 1",
                  "*3⏎:0⏎:-9223372036854775808⏎:9223372036854775807",
                  "*3⏎:9223372036854775807⏎:-1⏎:-9223372036854775808", "*1⏎$-1",
                  "*2⏎:4611686018427387904⏎:0", "*4⏎:0⏎:-1⏎:1⏎:0");
    assert_script(server,
                  "BITFIELD k SET i8 0 127 OVERFLOW WRAP INCRBY i8 0 1 ; BITFIELD k SET i8 0 127 "
                  "OVERFLOW SAT INCRBY i8 0 1 INCRBY i8 0 -300 ; BITFIELD k OVERFLOW FAIL SET i8 "
                  "0 200 SET i8 0 100 ; BITFIELD k OVERFLOW SAT SET u8 0 -1 SET u8 0 300 GET u8 0 "
                  "; BITFIELD k OVERFLOW FAIL SET u8 0 -1 INCRBY u8 0 -300 ; BITFIELD k SET u8 0 "
                  "-1 GET u8 0 SET u8 0 257 GET u8 0",
                  "*2⏎:0⏎:-128", "*3⏎:-128⏎:127⏎:-128", "*2⏎$-1⏎:-128", "*3⏎:100⏎:255⏎:255",
                  "*2⏎$-1⏎$-1", "*4⏎:255⏎:255⏎:255⏎:1");
    assert_script(server,
                  "HELLO 3 ; SET s abc ; BITFIELD s GET u8 0 OVERFLOW FAIL SET u2 0 5 ; BITFIELD "
                  "s OVERFLOW FAIL INCRBY u2 0 3",
                  "(any)", "+OK", "*2⏎:97⏎_", "*1⏎_");
    assert_script(server,
                  "SET n 12 ; BITFIELD n GET u8 0 GET u8 8 ; BITFIELD n INCRBY u8 0 1 ; GET n ; "
                  "SET t v EX 100 ; BITFIELD t SET u8 0 1 ; TTL t ; bitfield t get u8 0 overflow "
                  "wrap incrby u8 0 1",
                  "+OK", "*2⏎:49⏎:50", "*1⏎:50", "$2⏎22", "+OK", "*1⏎:118", ":100", "*2⏎:1⏎:2");
}

Test(bitmap, a_write_that_changes_no_bit_is_no_change) {
    assert_script(server,
                  "SETBIT k 1 1 ; WATCH k ; SETBIT k 1 1 ; MULTI ; PING ; EXEC ; WATCH k ; "
                  "BITFIELD k SET u1 1 1 INCRBY u8 0 0 ; MULTI ; PING ; EXEC ; WATCH k ; SETBIT k "
                  "100 0 ; MULTI ; PING ; EXEC ; WATCH k ; BITFIELD k OVERFLOW FAIL INCRBY u8 0 "
                  "300 ; MULTI ; PING ; EXEC ; WATCH n ; SETBIT n 0 0 ; MULTI ; PING ; EXEC ; "
                  "WATCH m ; BITFIELD m SET u8 0 0 ; MULTI ; PING ; EXEC ; STRLEN m",
                  ":0", "+OK", ":1", "+OK", "+QUEUED", "*1⏎+PONG", "+OK", "*2⏎:1⏎:64", "+OK",
                  "+QUEUED", "*1⏎+PONG", "+OK", ":0", "+OK", "+QUEUED", "*-1", "+OK", "*1⏎$-1",
                  "+OK", "+QUEUED", "*1⏎+PONG", "+OK", ":0", "+OK", "+QUEUED", "*-1", "+OK",
                  "*1⏎:0", "+OK", "+QUEUED", "*-1", ":1");
    assert_script(server,
                  "SET a 5 ; SETBIT a 0 0 ; OBJECT ENCODING a ; SET b 5 ; BITFIELD b SET u8 0 53 "
                  "; OBJECT ENCODING b",
                  "+OK", ":0", "$3⏎raw", "+OK", "*1⏎:53", "$3⏎raw");
    assert_script(server,
                  "WATCH k ; BITFIELD k OVERFLOW FAIL INCRBY u8 800 300 ; MULTI ; PING ; EXEC ; "
                  "STRLEN k",
                  "+OK", "*1⏎$-1", "+OK", "+QUEUED", "*-1", ":101");
}

Test(bitmap, bitfield_refuses_wrong_arguments) {
    assert_script(server,
                  "SET s abc ; BITFIELD s GET u64 0 ; BITFIELD s GET i65 0 ; BITFIELD s GET u0 0 "
                  "; BITFIELD s GET i0 0 ; BITFIELD s GET x8 0 ; BITFIELD s GET u 0 ; BITFIELD s "
                  "GET u8a 0 ; BITFIELD s GET \"\" 0 ; BITFIELD s GET u-8 0",
                  "+OK",
                  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.",
                  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.",
                  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.",
                  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.",
                  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.",
                  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.",
                  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.",
                  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.",
                  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.");
    assert_script(server,
                  "SET s abc ; BITFIELD s GET u8 -1 ; BITFIELD s GET u8 #a ; BITFIELD s GET u8 # "
                  "; BITFIELD s GET u8 #-1 ; BITFIELD s GET u8 4294967296 ; BITFIELD s GET u8 "
                  "4294967295 ; BITFIELD s GET u8 4294967288 ; BITFIELD s GET u8 #536870911 ; "
                  "BITFIELD s GET u8 #536870912 ; BITFIELD s GET u8 9223372036854775807",
                  "+OK", "-ERR bit offset is not an integer or out of range",
                  "-ERR bit offset is not an integer or out of range",
                  "-ERR bit offset is not an integer or out of range",
                  "-ERR bit offset is not an integer or out of range",
                  "-ERR bit offset is not an integer or out of range", "*1⏎:0", "*1⏎:0", "*1⏎:0",
                  "-ERR bit offset is not an integer or out of range",
                  "-ERR bit offset is not an integer or out of range");
    assert_script(server,
                  "SET s abc ; BITFIELD s FOO ; BITFIELD s OVERFLOW FOO ; BITFIELD s OVERFLOW ; "
                  "BITFIELD s SET u8 0 abc ; BITFIELD s GET u8 ; BITFIELD s SET u8 0 ; BITFIELD s "
                  "INCRBY u8 0 ; BITFIELD s GET ; BITFIELD s INCRBY u8 0 1.5 ; BITFIELD s SET u8 "
                  "0 9223372036854775808 ; BITFIELD ; BITFIELD s OVERFLOW SAT ; BITFIELD s GET u8 "
                  "0 FOO ; GET s",
                  "+OK", SYNTAX_ERROR, "-ERR Invalid OVERFLOW type specified", SYNTAX_ERROR,
                  NOT_AN_INTEGER, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
                  NOT_AN_INTEGER, NOT_AN_INTEGER, WRONG_ARITY("bitfield"), "*0", SYNTAX_ERROR,
                  "$3⏎abc");
    assert_script(server,
                  "SET s abc ; BITFIELD s SET u8 0 1 GET u99 0 ; GET s ; RPUSH l a ; BITFIELD l "
                  "GET u8 0 ; BITFIELD l SET u8 0 1 ; BITFIELD l ; BITFIELD l FOO ; BITFIELD n "
                  "SET u8 0 1 FOO ; EXISTS n",
                  "+OK",
                  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.",
                  "$3⏎abc", ":1", WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, SYNTAX_ERROR, SYNTAX_ERROR,
                  ":0");
}

Test(bitmap, bitfield_ro_only_reads) {
    assert_script(server,
                  "SET s abc ; BITFIELD_RO s GET u8 0 GET u8 #1 ; BITFIELD_RO s ; BITFIELD_RO "
                  "nokey GET u8 0 ; BITFIELD_RO s SET u8 0 1 ; BITFIELD_RO s INCRBY u8 0 1 ; "
                  "BITFIELD_RO s GET u8 0 SET u8 0 1 ; BITFIELD_RO s OVERFLOW SAT GET u8 0 ; "
                  "BITFIELD_RO s GET u64 0 ; BITFIELD_RO ; BITFIELD_RO s FOO ; RPUSH l a ; "
                  "BITFIELD_RO l GET u8 0 ; BITFIELD_RO s OVERFLOW SAT",
                  "+OK", "*2⏎:97⏎:98", "*0", "*1⏎:0",
                  "-ERR BITFIELD_RO only supports the GET subcommand",
                  "-ERR BITFIELD_RO only supports the GET subcommand",
                  "-ERR BITFIELD_RO only supports the GET subcommand", "*1⏎:97",
                  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.",
                  WRONG_ARITY("bitfield_ro"), SYNTAX_ERROR, ":1", WRONG_TYPE, "*0");
}
