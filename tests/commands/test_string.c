/*
 * Strings: each command's replies, options, limits and errors, as the oracle gives them.
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

TestSuite(string, .init = start, .fini = stop);

Test(string, get_returns_the_value_or_null) {
    assert_script(server, "GET k ; SET k v ; GET k ; GET k k ; GET", "$-1", "+OK", "$1⏎v",
                  WRONG_ARITY("get"), WRONG_ARITY("get"));
    assert_script(server, "HELLO 3 ; GET k", "(any)", "_");
    assert_script(server, "RPUSH l a ; GET l", ":1", WRONG_TYPE);
    assert_script(server, "SET k \"\" ; GET k ; STRLEN k", "+OK", "$0⏎", ":0");
    assert_script(server,
                  "SET \"a\\x00b\\r\\n\" \"\\x00\\xff\\r\\n\" ; GET \"a\\x00b\\r\\n\" ; GET a",
                  "+OK", "$4⏎\\x00\\xff⏎", "$-1");
}

Test(string, set_replaces_any_type_and_drops_the_deadline) {
    assert_script(server, "RPUSH k a ; SET k v ; TYPE k ; GET k", ":1", "+OK", "+string", "$1⏎v");
    assert_script(server, "SET k 1 EX 100 ; SET k 2 ; TTL k", "+OK", "+OK", ":-1");
    assert_script(server, "SET k 1 EX 100 ; SET k 2 KEEPTTL ; TTL k ; SET n 1 KEEPTTL ; TTL n",
                  "+OK", "+OK", ":100", "+OK", ":-1");
    assert_script(server, "RPUSH k a ; EXPIRE k 100 ; SET k v KEEPTTL ; TTL k ; TYPE k", ":1", ":1",
                  "+OK", ":100", "+string");
}

Test(string, set_nx_and_xx_are_conditions) {
    assert_script(server,
                  "SET k 1 XX ; EXISTS k ; SET k 1 NX ; SET k 2 NX ; GET k ; SET k 3 XX ; GET k",
                  "$-1", ":0", "+OK", "$-1", "$1⏎1", "+OK", "$1⏎3");
    assert_script(server, "HELLO 3 ; SET k 1 XX ; SET k 1 NX ; SET k 1 NX", "(any)", "_", "+OK",
                  "_");
    assert_script(server, "SET k 1 EX 100 ; SET k 2 NX EX 5 ; TTL k", "+OK", "$-1", ":100");
    assert_script(server, "RPUSH l a ; SET l v NX ; TYPE l ; SET l v XX ; TYPE l", ":1", "$-1",
                  "+list", "+OK", "+string");
}

Test(string, set_get_returns_the_old_value) {
    assert_script(server, "SET k 1 GET ; SET k 2 GET ; GET k", "$-1", "$1⏎1", "$1⏎2");
    assert_script(server, "SET k 1 NX GET ; SET k 2 NX GET ; GET k", "$-1", "$1⏎1", "$1⏎1");
    assert_script(server, "SET k 1 XX GET ; EXISTS k ; SET k 1 ; SET k 2 XX GET ; GET k", "$-1",
                  ":0", "+OK", "$1⏎1", "$1⏎2");
    assert_script(server, "HELLO 3 ; SET k 1 GET ; SET k 2 GET", "(any)", "_", "$1⏎1");
    assert_script(server,
                  "RPUSH k a ; SET k v GET ; TYPE k ; SET k v NX GET ; SET k v XX GET ; LLEN k",
                  ":1", WRONG_TYPE, "+list", WRONG_TYPE, WRONG_TYPE, ":1");
    assert_script(server, "SET k v gEt Px 100000 nX ; TTL k", "$-1", ":100");
}

Test(string, set_sets_deadlines_relative_and_absolute) {
    assert_script(server, "SET k v EX 100 ; TTL k ; SET k v PX 100000 ; TTL k", "+OK", ":100",
                  "+OK", ":100");
    assert_script(server,
                  "SET k v EXAT 33177117420 ; EXPIRETIME k ; SET k v PXAT 33177117420123 ; "
                  "PEXPIRETIME k",
                  "+OK", ":33177117420", "+OK", ":33177117420123");
    assert_script(server, "SET k v EXAT 1 ; EXISTS k ; SET k v PXAT 1 ; GET k", "+OK", ":0", "+OK",
                  "$-1");
    assert_script(server,
                  "SET k v PXAT 9223372036854775807 ; PEXPIRETIME k ; SET k v PX "
                  "9223372036854775807",
                  "+OK", ":9223372036854775807", BAD_EXPIRE_TIME("set"));
    assert_script(server,
                  "SET k v EX 9223372036854775 ; SET k v EX 9223372036854776 ; SET k v EXAT "
                  "9223372036854775 ; SET k v EXAT 9223372036854776",
                  BAD_EXPIRE_TIME("set"), BAD_EXPIRE_TIME("set"), "+OK", BAD_EXPIRE_TIME("set"));
    assert_script(server,
                  "SET k v ex 10 ; TTL k ; SET k v pX 10000 ; TTL k ; SET k v keepttl ; TTL k",
                  "+OK", ":10", "+OK", ":10", "+OK", ":10");
}

Test(string, set_refuses_bad_deadlines) {
    assert_script(server,
                  "SET k v EX 0 ; SET k v EX -1 ; SET k v PX 0 ; SET k v PX -1 ; SET k v EXAT 0 ; "
                  "SET k v EXAT -5 ; SET k v PXAT 0 ; EXISTS k",
                  BAD_EXPIRE_TIME("set"), BAD_EXPIRE_TIME("set"), BAD_EXPIRE_TIME("set"),
                  BAD_EXPIRE_TIME("set"), BAD_EXPIRE_TIME("set"), BAD_EXPIRE_TIME("set"),
                  BAD_EXPIRE_TIME("set"), ":0");
    assert_script(server,
                  "SET k v EX abc ; SET k v EX 1.5 ; SET k v EX \"\" ; SET k v PX \" 1\" ; SET k "
                  "v EX 9223372036854775808 ; EXISTS k",
                  NOT_AN_INTEGER, NOT_AN_INTEGER, NOT_AN_INTEGER, NOT_AN_INTEGER, NOT_AN_INTEGER,
                  ":0");
    assert_script(server, "SET k 1 ; SET k 2 EX 0 ; SET k 3 EX abc GET ; GET k", "+OK",
                  BAD_EXPIRE_TIME("set"), NOT_AN_INTEGER, "$1⏎1");
    assert_script(server,
                  "SET k v EX 9223372036854775807 ; SET k v EX -9223372036854775808 ; EXISTS k",
                  BAD_EXPIRE_TIME("set"), BAD_EXPIRE_TIME("set"), ":0");
}

Test(string, set_refuses_wrong_options) {
    assert_script(server, "SET k v EX ; SET k v PX ; SET k v EXAT ; SET k v PXAT ; EXISTS k",
                  SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, ":0");
    assert_script(server,
                  "SET k v FOO ; SET k v \"\" ; SET k v NX XX ; SET k v XX NX ; SET k v EX 10 "
                  "KEEPTTL ; SET k v KEEPTTL EX 10",
                  SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
                  SYNTAX_ERROR);
    assert_script(server,
                  "SET k v EX 10 PX 10 ; SET k v PX 10 EXAT 10 ; SET k v EXAT 10 PXAT 10 ; SET k "
                  "v PXAT 10 EX 10",
                  SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR);
    assert_script(server,
                  "SET k v EX 10 PERSIST ; SET k v PERSIST ; SET k v NX NX ; SET j v XX XX ; SET "
                  "k v GET GET",
                  SYNTAX_ERROR, SYNTAX_ERROR, "+OK", "$-1", "$1⏎v");
    assert_script(server, "SET k v EX 10 EX 20 ; TTL k ; SET k v KEEPTTL KEEPTTL ; TTL k", "+OK",
                  ":20", "+OK", ":20");
    assert_script(server, "SET ; SET k ; GET k", WRONG_ARITY("set"), WRONG_ARITY("set"), "$-1");
}

Test(string, setnx_sets_only_an_absent_key) {
    assert_script(server, "SETNX k 1 ; SETNX k 2 ; GET k ; RPUSH l a ; SETNX l v ; TYPE l", ":1",
                  ":0", "$1⏎1", ":1", ":0", "+list");
    assert_script(server, "SETNX k ; SETNX k a b ; SETNX", WRONG_ARITY("setnx"),
                  WRONG_ARITY("setnx"), WRONG_ARITY("setnx"));
    assert_script(server, "SET k v PX 1 ; ?EXISTS k ; SETNX k 2 ; GET k", "+OK", ":0", ":1",
                  "$1⏎2");
}

Test(string, setex_and_psetex_set_value_and_deadline) {
    assert_script(server, "SETEX k 100 v ; TTL k ; GET k ; PSETEX k 100000 w ; TTL k ; GET k",
                  "+OK", ":100", "$1⏎v", "+OK", ":100", "$1⏎w");
    assert_script(server,
                  "SETEX a 0 b ; SETEX a -1 b ; PSETEX a 0 b ; PSETEX a -1 b ; SETEX a abc b ; "
                  "PSETEX a abc b ; EXISTS a",
                  BAD_EXPIRE_TIME("setex"), BAD_EXPIRE_TIME("setex"), BAD_EXPIRE_TIME("psetex"),
                  BAD_EXPIRE_TIME("psetex"), NOT_AN_INTEGER, NOT_AN_INTEGER, ":0");
    assert_script(server,
                  "SETEX k v 10 ; SETEX k 10 ; PSETEX k 10 ; SETEX k 10 v w ; PSETEX k 10 v w",
                  NOT_AN_INTEGER, WRONG_ARITY("setex"), WRONG_ARITY("psetex"), WRONG_ARITY("setex"),
                  WRONG_ARITY("psetex"));
    assert_script(server,
                  "SETEX k 9223372036854775807 v ; PSETEX k 9223372036854775807 v ; EXISTS k",
                  BAD_EXPIRE_TIME("setex"), BAD_EXPIRE_TIME("psetex"), ":0");
    assert_script(server,
                  "RPUSH l a ; SETEX l 10 v ; TYPE l ; RPUSH m a ; PSETEX m 10000 v ; TYPE m", ":1",
                  "+OK", "+string", ":1", "+OK", "+string");
}

Test(string, getset_returns_the_old_value_and_drops_the_deadline) {
    assert_script(server, "GETSET k 1 ; GETSET k 2 ; GET k", "$-1", "$1⏎1", "$1⏎2");
    assert_script(server, "SET k 1 EX 100 ; GETSET k 2 ; TTL k", "+OK", "$1⏎1", ":-1");
    assert_script(server, "RPUSH l a ; GETSET l v ; TYPE l ; GETSET k ; GETSET k a b", ":1",
                  WRONG_TYPE, "+list", WRONG_ARITY("getset"), WRONG_ARITY("getset"));
    assert_script(server, "HELLO 3 ; GETSET k 1", "(any)", "_");
}

Test(string, getdel_returns_and_deletes) {
    assert_script(server, "SET k v ; GETDEL k ; GETDEL k ; EXISTS k", "+OK", "$1⏎v", "$-1", ":0");
    assert_script(server, "RPUSH l a ; GETDEL l ; EXISTS l ; GETDEL ; GETDEL a b", ":1", WRONG_TYPE,
                  ":1", WRONG_ARITY("getdel"), WRONG_ARITY("getdel"));
    assert_script(server, "HELLO 3 ; GETDEL k", "(any)", "_");
}

Test(string, getex_changes_the_deadline) {
    assert_script(server,
                  "SET k v EX 100 ; GETEX k ; TTL k ; GETEX k PERSIST ; TTL k ; GETEX k PERSIST ; "
                  "TTL k",
                  "+OK", "$1⏎v", ":100", "$1⏎v", ":-1", "$1⏎v", ":-1");
    assert_script(server,
                  "SET k v ; GETEX k EX 100 ; TTL k ; GETEX k PX 200000 ; TTL k ; GETEX k EXAT "
                  "33177117420 ; EXPIRETIME k ; GETEX k PXAT 33177117420123 ; PEXPIRETIME k",
                  "+OK", "$1⏎v", ":100", "$1⏎v", ":200", "$1⏎v", ":33177117420", "$1⏎v",
                  ":33177117420123");
    assert_script(server,
                  "SET k v ; GETEX k EXAT 1 ; EXISTS k ; SET k v ; GETEX k PXAT 1 ; EXISTS k",
                  "+OK", "$1⏎v", ":0", "+OK", "$1⏎v", ":0");
    assert_script(server, "SET k v ; GETEX k ex 100 ; GETEX k persist ; TTL k", "+OK", "$1⏎v",
                  "$1⏎v", ":-1");
    assert_script(server, "HELLO 3 ; GETEX k ; GETEX k EX 10", "(any)", "_", "_");
}

Test(string, getex_refuses_wrong_options) {
    assert_script(server,
                  "SET k v ; GETEX k EX 10 PERSIST ; GETEX k EX 10 PX 10 ; GETEX k KEEPTTL ; "
                  "GETEX k NX ; GETEX k GET ; GETEX k FOO ; GETEX k EX ; GETEX k PERSIST EX 1 ; "
                  "TTL k",
                  "+OK", SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
                  SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, ":-1");
    assert_script(server,
                  "SET k v ; GETEX k EX 0 ; GETEX k EX -1 ; GETEX k PX 0 ; GETEX k EXAT 0 ; GETEX "
                  "k PXAT -1 ; GETEX k EX abc ; TTL k",
                  "+OK", BAD_EXPIRE_TIME("getex"), BAD_EXPIRE_TIME("getex"),
                  BAD_EXPIRE_TIME("getex"), BAD_EXPIRE_TIME("getex"), BAD_EXPIRE_TIME("getex"),
                  NOT_AN_INTEGER, ":-1");
    assert_script(server, "GETEX a EX 0 ; GETEX a EX -1 ; GETEX a EX abc ; GETEX a FOO ; GETEX",
                  "$-1", "$-1", "$-1", SYNTAX_ERROR, WRONG_ARITY("getex"));
    assert_script(server, "RPUSH l a ; GETEX l ; GETEX l EX 10 ; GETEX l FOO ; TTL l", ":1",
                  WRONG_TYPE, WRONG_TYPE, SYNTAX_ERROR, ":-1");
    assert_script(server,
                  "SET k v ; GETEX k EX 9223372036854775807 ; GETEX k PX 9223372036854775807",
                  "+OK", BAD_EXPIRE_TIME("getex"), BAD_EXPIRE_TIME("getex"));
}

Test(string, strlen_counts_bytes) {
    assert_script(server,
                  "STRLEN k ; SET k hello ; STRLEN k ; SET k -1234 ; STRLEN k ; SET k "
                  "\"\\x00\\x01\" ; STRLEN k",
                  ":0", "+OK", ":5", "+OK", ":5", "+OK", ":2");
    assert_script(server, "RPUSH l a ; STRLEN l ; STRLEN ; STRLEN a b", ":1", WRONG_TYPE,
                  WRONG_ARITY("strlen"), WRONG_ARITY("strlen"));
    assert_script(server,
                  "SET k 9223372036854775807 ; STRLEN k ; SET k -9223372036854775808 ; STRLEN k ; "
                  "SET k 0 ; STRLEN k",
                  "+OK", ":19", "+OK", ":20", "+OK", ":1");
}

Test(string, getrange_and_substr_cut_by_index) {
    assert_script(server,
                  "SET k Hello ; GETRANGE k 0 -1 ; GETRANGE k 0 0 ; GETRANGE k -1 -1 ; GETRANGE k "
                  "1 3 ; GETRANGE k -3 -1",
                  "+OK", "$5⏎Hello", "$1⏎H", "$1⏎o", "$3⏎ell", "$3⏎llo");
    assert_script(server,
                  "SET k Hello ; GETRANGE k 10 20 ; GETRANGE k 3 1 ; GETRANGE k -100 2 ; GETRANGE "
                  "k 0 -100 ; GETRANGE k -1 -3 ; GETRANGE k -100 -200 ; GETRANGE k 0 100 ; "
                  "GETRANGE k 4 4 ; GETRANGE k 5 5",
                  "+OK", "$0⏎", "$0⏎", "$3⏎Hel", "$1⏎H", "$0⏎", "$0⏎", "$5⏎Hello", "$1⏎o", "$0⏎");
    assert_script(server,
                  "GETRANGE nokey 0 -1 ; SET k \"\" ; GETRANGE k 0 -1 ; SET k 12345 ; GETRANGE k "
                  "1 2 ; SET k -12 ; GETRANGE k 0 1",
                  "$0⏎", "+OK", "$0⏎", "+OK", "$2⏎23", "+OK", "$2⏎-1");
    assert_script(server,
                  "SET k Hello ; GETRANGE k 0 9223372036854775807 ; GETRANGE k "
                  "-9223372036854775808 -1 ; GETRANGE k -9223372036854775808 -9223372036854775808 "
                  "; GETRANGE k 9223372036854775807 9223372036854775807",
                  "+OK", "$5⏎Hello", "$5⏎Hello", "$1⏎H", "$0⏎");
    assert_script(server,
                  "SET k Hello ; GETRANGE k a b ; GETRANGE k 0 1.5 ; GETRANGE k 0 ; GETRANGE k 0 "
                  "1 2 ; GETRANGE nokey a b ; RPUSH l a ; GETRANGE l 0 -1",
                  "+OK", NOT_AN_INTEGER, NOT_AN_INTEGER, WRONG_ARITY("getrange"),
                  WRONG_ARITY("getrange"), NOT_AN_INTEGER, ":1", WRONG_TYPE);
    assert_script(server,
                  "SET k abc ; SUBSTR k 0 1 ; SUBSTR k -2 -1 ; SUBSTR nokey 0 1 ; SUBSTR k 0 ; "
                  "SUBSTR k x 1 ; RPUSH l a ; SUBSTR l 0 1",
                  "+OK", "$2⏎ab", "$2⏎bc", "$0⏎", WRONG_ARITY("substr"), NOT_AN_INTEGER, ":1",
                  WRONG_TYPE);
}

Test(string, setrange_overwrites_and_pads_with_zero_bytes) {
    assert_script(server,
                  "SETRANGE k 3 ab ; GET k ; SETRANGE k 1 xyz ; GET k ; SETRANGE k 5 q ; GET k",
                  ":5", "$5⏎\\x00\\x00\\x00ab", ":5", "$5⏎\\x00xyzb", ":6", "$6⏎\\x00xyzbq");
    assert_script(server,
                  "SETRANGE n 5 \"\" ; EXISTS n ; SET k abc ; SETRANGE k 5 \"\" ; GET k ; "
                  "SETRANGE k 0 \"\" ; GET k",
                  ":0", ":0", "+OK", ":3", "$3⏎abc", ":3", "$3⏎abc");
    assert_script(server,
                  "SET k 12345 ; SETRANGE k 1 x ; GET k ; SET k 1 EX 100 ; SETRANGE k 0 9 ; TTL k",
                  "+OK", ":5", "$5⏎1x345", "+OK", ":1", ":100");
    assert_script(server,
                  "SETRANGE n -1 a ; SETRANGE n a a ; SETRANGE n 536870912 a ; SETRANGE n "
                  "536870911 aa ; SETRANGE n 9223372036854775807 a ; SETRANGE n "
                  "9223372036854775807 \"\" ; EXISTS n",
                  "-ERR offset is out of range", NOT_AN_INTEGER,
                  "-ERR string exceeds maximum allowed size (proto-max-bulk-len)",
                  "-ERR string exceeds maximum allowed size (proto-max-bulk-len)",
                  "-ERR string exceeds maximum allowed size (proto-max-bulk-len)", ":0", ":0");
    assert_script(server,
                  "SETRANGE n 0 ; SETRANGE n 0 a b ; RPUSH l a ; SETRANGE l 0 x ; SETRANGE l 0 "
                  "\"\" ; SETRANGE l -1 x ; SETRANGE l x x",
                  WRONG_ARITY("setrange"), WRONG_ARITY("setrange"), ":1", WRONG_TYPE, WRONG_TYPE,
                  "-ERR offset is out of range", NOT_AN_INTEGER);
    assert_script(server, "SETRANGE n 1000 x ; STRLEN n ; GETRANGE n 999 1000", ":1001", ":1001",
                  "$2⏎\\x00x");
}

Test(string, append_adds_bytes) {
    assert_script(server, "APPEND k ab ; APPEND k cd ; GET k ; APPEND k \"\" ; GET k", ":2", ":4",
                  "$4⏎abcd", ":4", "$4⏎abcd");
    assert_script(server,
                  "APPEND k \"\" ; EXISTS k ; STRLEN k ; SET n 10 ; APPEND n 5 ; GET n ; INCR n",
                  ":0", ":1", ":0", "+OK", ":3", "$3⏎105", ":106");
    assert_script(server, "RPUSH l a ; APPEND l x ; APPEND k ; APPEND k a b", ":1", WRONG_TYPE,
                  WRONG_ARITY("append"), WRONG_ARITY("append"));
    assert_script(server, "SET k a EX 100 ; APPEND k b ; TTL k", "+OK", ":2", ":100");
}

Test(string, incr_and_decr_count) {
    assert_script(server,
                  "INCR k ; INCR k ; DECR k ; INCRBY k 10 ; DECRBY k 4 ; GET k ; DECR n ; INCRBY "
                  "n -5 ; DECRBY n -5",
                  ":1", ":2", ":1", ":11", ":7", "$1⏎7", ":-1", ":-6", ":-1");
    assert_script(server,
                  "SET n 9223372036854775806 ; INCR n ; INCR n ; GET n ; SET n "
                  "-9223372036854775807 ; DECR n ; DECR n ; GET n",
                  "+OK", ":9223372036854775807", "-ERR increment or decrement would overflow",
                  "$19⏎9223372036854775807", "+OK", ":-9223372036854775808",
                  "-ERR increment or decrement would overflow", "$20⏎-9223372036854775808");
    assert_script(server,
                  "SET n 1 ; INCRBY n 9223372036854775807 ; SET n -1 ; INCRBY n "
                  "-9223372036854775808 ; GET n ; SET n -2 ; DECRBY n 9223372036854775807",
                  "+OK", "-ERR increment or decrement would overflow", "+OK",
                  "-ERR increment or decrement would overflow", "$2⏎-1", "+OK",
                  "-ERR increment or decrement would overflow");
    assert_script(server,
                  "DECRBY k -9223372036854775808 ; INCRBY k -9223372036854775808 ; DECR k ; "
                  "DECRBY j 9223372036854775807",
                  "-ERR decrement would overflow", ":-9223372036854775808",
                  "-ERR increment or decrement would overflow", ":-9223372036854775807");
    assert_script(server, "SET n 1 EX 100 ; INCR n ; DECR n ; INCRBY n 5 ; DECRBY n 5 ; TTL n",
                  "+OK", ":2", ":1", ":6", ":1", ":100");
}

Test(string, incr_refuses_what_is_no_integer) {
    assert_script(server,
                  "SET n \" 1\" ; INCR n ; SET n \"1 \" ; INCR n ; SET n +1 ; INCR n ; SET n 01 ; "
                  "INCR n ; SET n -0 ; INCR n ; SET n 1.0 ; INCR n ; SET n \"\" ; INCR n ; SET n "
                  "abc ; DECR n ; SET n 9223372036854775808 ; INCR n ; SET n 12345678901234567890 "
                  "; DECRBY n 1 ; SET n 1e3 ; INCRBY n 1 ; SET n 0x10 ; INCR n ; SET n \"1\\x00\" "
                  "; INCR n",
                  "+OK", NOT_AN_INTEGER, "+OK", NOT_AN_INTEGER, "+OK", NOT_AN_INTEGER, "+OK",
                  NOT_AN_INTEGER, "+OK", NOT_AN_INTEGER, "+OK", NOT_AN_INTEGER, "+OK",
                  NOT_AN_INTEGER, "+OK", NOT_AN_INTEGER, "+OK", NOT_AN_INTEGER, "+OK",
                  NOT_AN_INTEGER, "+OK", NOT_AN_INTEGER, "+OK", NOT_AN_INTEGER, "+OK",
                  NOT_AN_INTEGER);
    assert_script(server,
                  "INCRBY n abc ; INCRBY n 1.5 ; INCRBY n \"\" ; DECRBY n abc ; INCRBY n "
                  "9223372036854775808 ; INCRBY n +1 ; INCRBY n \" 1\" ; EXISTS n",
                  NOT_AN_INTEGER, NOT_AN_INTEGER, NOT_AN_INTEGER, NOT_AN_INTEGER, NOT_AN_INTEGER,
                  NOT_AN_INTEGER, NOT_AN_INTEGER, ":0");
    assert_script(server, "RPUSH l a ; INCR l ; DECR l ; INCRBY l 1 ; DECRBY l 1 ; INCRBY l abc",
                  ":1", WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, NOT_AN_INTEGER);
    assert_script(server,
                  "INCR ; INCR a b ; DECR ; DECR a b ; INCRBY a ; INCRBY a 1 2 ; DECRBY a ; "
                  "DECRBY a 1 2",
                  WRONG_ARITY("incr"), WRONG_ARITY("incr"), WRONG_ARITY("decr"),
                  WRONG_ARITY("decr"), WRONG_ARITY("incrby"), WRONG_ARITY("incrby"),
                  WRONG_ARITY("decrby"), WRONG_ARITY("decrby"));
    assert_script(server, "SET n 1 ; APPEND n 2 ; INCR n ; SETRANGE n 0 9 ; INCR n", "+OK", ":2",
                  ":13", ":2", ":94");
}

Test(string, incrbyfloat_prints_without_exponent_and_without_trailing_zeros) {
    assert_script(server,
                  "SET k 10.50 ; INCRBYFLOAT k 0.1 ; INCRBYFLOAT k -5 ; SET k 5.0e3 ; INCRBYFLOAT "
                  "k 2.0e2 ; INCRBYFLOAT k 0 ; GET k",
                  "+OK", "$4⏎10.6", "$3⏎5.6", "+OK", "$4⏎5200", "$4⏎5200", "$4⏎5200");
    assert_script(server,
                  "SET k 3.0 ; INCRBYFLOAT k 1.000000000000000005 ; SET k 0.1 ; INCRBYFLOAT k 0.2 "
                  "; INCRBYFLOAT k 1e-20 ; SET k 1e20 ; INCRBYFLOAT k 1",
                  "+OK", "$19⏎4.00000000000000001", "+OK", "$3⏎0.3", "$3⏎0.3", "+OK",
                  "$21⏎100000000000000000000");
    assert_script(server,
                  "INCRBYFLOAT k -0 ; INCRBYFLOAT k -0.0 ; INCRBYFLOAT j 0x10 ; INCRBYFLOAT j "
                  "0x1p-2",
                  "$1⏎0", "$1⏎0", "$2⏎16", "$5⏎16.25");
    assert_script(server,
                  "INCRBYFLOAT a 1e-17 ; INCRBYFLOAT b 1e-18 ; INCRBYFLOAT c 123456789012345678 ; "
                  "INCRBYFLOAT d 3.3 ; INCRBYFLOAT d 1.1 ; INCRBYFLOAT e 1.5e300",
                  "$19⏎0.00000000000000001", "$1⏎0", "$18⏎123456789012345678", "$3⏎3.3", "$3⏎4.4",
                  "$301⏎1500000000000000000049800109861472166362379239118673928551219718248973529"
                  "929812708792854310575830930686530644566050229406926646739311017606984258288377"
                  "434143937602778196710661234655944195770838513268846826150205418632995547271874"
                  "827072936230594920013241190363994471886080567336615911694509046614720512");
    assert_script(server,
                  "SET k 1 EX 100 ; INCRBYFLOAT k 1 ; TTL k ; SET k 1 ; INCR k ; INCRBYFLOAT k "
                  "1.5 ; INCR k",
                  "+OK", "$1⏎2", ":100", "+OK", ":2", "$3⏎3.5", NOT_AN_INTEGER);
    assert_script(server, "HELLO 3 ; INCRBYFLOAT k 1.5", "(any)", "$3⏎1.5");
}

Test(string, incrbyfloat_refuses_what_is_no_number) {
    assert_script(server,
                  "SET k abc ; INCRBYFLOAT k 1 ; SET k \" 1\" ; INCRBYFLOAT k 1 ; SET k \"1 \" ; "
                  "INCRBYFLOAT k 1 ; SET k \"\" ; INCRBYFLOAT k 1 ; SET k \"1\\x00\" ; "
                  "INCRBYFLOAT k 1",
                  "+OK", NOT_A_FLOAT, "+OK", NOT_A_FLOAT, "+OK", NOT_A_FLOAT, "+OK", NOT_A_FLOAT,
                  "+OK", NOT_A_FLOAT);
    assert_script(server,
                  "INCRBYFLOAT n abc ; INCRBYFLOAT n \"\" ; INCRBYFLOAT n nan ; INCRBYFLOAT n \" "
                  "1\" ; INCRBYFLOAT n \"1 \" ; INCRBYFLOAT n 1e ; EXISTS n",
                  NOT_A_FLOAT, NOT_A_FLOAT, NOT_A_FLOAT, NOT_A_FLOAT, NOT_A_FLOAT, NOT_A_FLOAT,
                  ":0");
    assert_script(server,
                  "INCRBYFLOAT n +inf ; INCRBYFLOAT n -inf ; INCRBYFLOAT n inf ; INCRBYFLOAT n "
                  "infinity ; SET n 1e4932 ; INCRBYFLOAT n 1e4932 ; GET n ; SET i inf ; "
                  "INCRBYFLOAT i 1 ; INCRBYFLOAT i -inf",
                  "-ERR increment would produce NaN or Infinity",
                  "-ERR increment would produce NaN or Infinity",
                  "-ERR increment would produce NaN or Infinity",
                  "-ERR increment would produce NaN or Infinity", "+OK",
                  "-ERR increment would produce NaN or Infinity", "$6⏎1e4932", "+OK",
                  "-ERR increment would produce NaN or Infinity",
                  "-ERR increment would produce NaN or Infinity");
    assert_script(server,
                  "SET i 1e5000 ; INCRBYFLOAT i 1 ; INCRBYFLOAT j 1e5000 ; INCRBYFLOAT j 1e-5000",
                  "+OK", NOT_A_FLOAT, NOT_A_FLOAT, NOT_A_FLOAT);
    assert_script(server,
                  "RPUSH l a ; INCRBYFLOAT l 1 ; INCRBYFLOAT l abc ; INCRBYFLOAT k ; INCRBYFLOAT "
                  "k 1 2",
                  ":1", WRONG_TYPE, WRONG_TYPE, WRONG_ARITY("incrbyfloat"),
                  WRONG_ARITY("incrbyfloat"));
}

Test(string, mget_gives_null_for_absent_and_other_types) {
    assert_script(server, "MSET a 1 b 2 ; RPUSH l x ; MGET a nokey l b a ; MGET ; MGET a", "+OK",
                  ":1", "*5⏎$1⏎1⏎$-1⏎$-1⏎$1⏎2⏎$1⏎1", WRONG_ARITY("mget"), "*1⏎$1⏎1");
    assert_script(server, "HELLO 3 ; SET a 1 ; MGET a nokey", "(any)", "+OK", "*2⏎$1⏎1⏎_");
}

Test(string, mset_and_msetnx_set_many) {
    assert_script(server,
                  "MSET a 1 b 2 ; MGET a b ; MSET a 1 a 2 ; GET a ; RPUSH l x ; MSET l 1 ; TYPE l "
                  "; SET t 1 EX 100 ; MSET t 2 ; TTL t",
                  "+OK", "*2⏎$1⏎1⏎$1⏎2", "+OK", "$1⏎2", ":1", "+OK", "+string", "+OK", "+OK",
                  ":-1");
    assert_script(server, "MSET a ; MSET ; MSET a 1 b ; MSETNX a 1 b ; MSETNX a ; MSETNX",
                  WRONG_ARITY("mset"), WRONG_ARITY("mset"), WRONG_ARITY("mset"),
                  WRONG_ARITY("msetnx"), WRONG_ARITY("msetnx"), WRONG_ARITY("msetnx"));
    assert_script(server,
                  "SET b 1 ; MSETNX a 1 b 2 ; EXISTS a ; MSETNX c 1 d 2 ; MGET c d ; MSETNX e 1 e "
                  "2 ; GET e ; RPUSH l x ; MSETNX z 1 l 2 ; EXISTS z",
                  "+OK", ":0", ":0", ":1", "*2⏎$1⏎1⏎$1⏎2", ":1", "$1⏎2", ":1", ":0", ":0");
}

Test(string, encodings_of_strings) {
    assert_script(server,
                  "SET k 1 ; OBJECT ENCODING k ; SET k 0 ; OBJECT ENCODING k ; SET k -1 ; OBJECT "
                  "ENCODING k ; SET k 01 ; OBJECT ENCODING k ; SET k +1 ; OBJECT ENCODING k ; SET "
                  "k -0 ; OBJECT ENCODING k ; SET k 1.0 ; OBJECT ENCODING k ; SET k \" 1\" ; "
                  "OBJECT ENCODING k",
                  "+OK", "$3⏎int", "+OK", "$3⏎int", "+OK", "$3⏎int", "+OK", "$6⏎embstr", "+OK",
                  "$6⏎embstr", "+OK", "$6⏎embstr", "+OK", "$6⏎embstr", "+OK", "$6⏎embstr");
    assert_script(server,
                  "SET k 9223372036854775807 ; OBJECT ENCODING k ; SET k 9223372036854775808 ; "
                  "OBJECT ENCODING k ; SET k -9223372036854775808 ; OBJECT ENCODING k ; SET k "
                  "12345678901234567890 ; OBJECT ENCODING k ; SET k 10000 ; OBJECT ENCODING k ; "
                  "SET k a ; OBJECT ENCODING k ; SET k \"\" ; OBJECT ENCODING k",
                  "+OK", "$3⏎int", "+OK", "$6⏎embstr", "+OK", "$3⏎int", "+OK", "$6⏎embstr", "+OK",
                  "$3⏎int", "+OK", "$6⏎embstr", "+OK", "$6⏎embstr");
    assert_script(server,
                  "SET k aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ; OBJECT ENCODING k ; SET k "
                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ; OBJECT ENCODING k",
                  "+OK", "$6⏎embstr", "+OK", "$3⏎raw");
    assert_script(server,
                  "APPEND k 1 ; OBJECT ENCODING k ; SET k 1 ; APPEND k 2 ; OBJECT ENCODING k ; "
                  "SET k 1 ; INCR k ; OBJECT ENCODING k ; SET k ab ; APPEND k c ; OBJECT ENCODING "
                  "k ; SET k 10 ; INCRBYFLOAT k 1 ; OBJECT ENCODING k",
                  ":1", "$3⏎int", "+OK", ":2", "$3⏎raw", "+OK", ":2", "$3⏎int", "+OK", ":3",
                  "$3⏎raw", "+OK", "$2⏎11", "$6⏎embstr");
    assert_script(server,
                  "SET k 12 ; SETRANGE k 0 3 ; OBJECT ENCODING k ; SETRANGE n 0 12 ; OBJECT "
                  "ENCODING n ; SETBIT b 0 1 ; OBJECT ENCODING b ; SET k 12 ; GETSET k 5 ; OBJECT "
                  "ENCODING k ; INCR q ; OBJECT ENCODING q ; INCRBYFLOAT f 3 ; OBJECT ENCODING f "
                  "; MSET m 5 ; OBJECT ENCODING m ; COPY m m2 ; OBJECT ENCODING m2 ; BITOP NOT d "
                  "m ; OBJECT ENCODING d",
                  "+OK", ":2", "$3⏎raw", ":2", "$3⏎raw", ":0", "$3⏎raw", "+OK", "$2⏎12", "$3⏎int",
                  ":1", "$3⏎int", "$1⏎3", "$6⏎embstr", "+OK", "$3⏎int", ":1", "$3⏎int", ":1",
                  "$3⏎raw");
    assert_script(server,
                  "SET k 5 ; SETBIT k 0 0 ; OBJECT ENCODING k ; SET k abc ; COPY k k2 ; OBJECT "
                  "ENCODING k2 ; APPEND k d ; COPY k k3 ; OBJECT ENCODING k3 ; GETSET g abc ; "
                  "OBJECT ENCODING g ; SETNX s abc ; OBJECT ENCODING s ; SETEX t 10 7 ; OBJECT "
                  "ENCODING t",
                  "+OK", ":0", "$3⏎raw", "+OK", ":1", "$6⏎embstr", ":4", ":1", "$3⏎raw", "$-1",
                  "$6⏎embstr", ":1", "$6⏎embstr", "+OK", "$3⏎int");
    assert_script(server,
                  "SET k 5 ; BITFIELD k SET u8 0 49 ; OBJECT ENCODING k ; SET k 1 ; APPEND k \"\" "
                  "; OBJECT ENCODING k ; SET k 1 ; SETRANGE k 0 \"\" ; OBJECT ENCODING k",
                  "+OK", "*1⏎:53", "$3⏎raw", "+OK", ":1", "$3⏎raw", "+OK", ":1", "$3⏎int");
}
