/*
 * Strings compared with something: conditions, digests, bounds (newer than the oracle: see
 * compat/newer.md), and LCS.
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

TestSuite(string_compare, .init = start, .fini = stop);

Test(string_compare, set_ifeq_sets_only_when_equal) {
    assert_script(server,
                  "SET k 1 ; SET k 2 IFEQ 1 ; SET k 3 IFEQ 9 ; SET k 3 IFEQ 9 GET ; SET nok 1 "
                  "IFEQ 1 ; GET k ; EXISTS nok",
                  "+OK", "+OK", "$-1", "$1⏎2", "$-1", "$1⏎2", ":0");
    assert_script(server,
                  "SET k v EX 100 ; SET k w IFEQ v ; TTL k ; SET k x IFEQ w EX 50 ; TTL k ; SET k "
                  "y IFEQ x KEEPTTL ; TTL k ; SET k z IFEQ nope EX 5 ; TTL k ; GET k",
                  "+OK", "+OK", ":-1", "+OK", ":50", "+OK", ":50", "$-1", ":50", "$1⏎y");
    assert_script(server,
                  "SET k 12 ; SET k 13 IFEQ 12 GET ; SET k 14 IFEQ \"13 \" GET ; SET nok v IFEQ "
                  "\"\" GET ; SET e \"\" ; SET e x IFEQ \"\" ; GET e",
                  "+OK", "$2⏎12", "$2⏎13", "$-1", "+OK", "+OK", "$1⏎x");
    assert_script(server,
                  "HELLO 3 ; SET nok 1 IFEQ 1 ; SET k 1 ; SET k 2 IFEQ 9 ; SET k 2 IFEQ 1 ; SET k "
                  "3 IFEQ 1 GET ; SET nok 3 IFEQ 1 GET",
                  "(any)", "_", "+OK", "_", "+OK", "$1⏎2", "_");
    assert_script(server, "SET k v ifeq ; SET k v IFEQ", SYNTAX_ERROR, SYNTAX_ERROR);
}

Test(string_compare, set_ifne_sets_when_different_or_absent) {
    assert_script(server,
                  "SET k 1 IFNE x ; GET k ; SET k 2 IFNE 1 ; SET k 2 IFNE 5 ; GET k ; SET k 3 "
                  "IFNE 2 GET ; SET k 3 IFNE 9 GET ; GET k ; SET n v IFNE q GET ; GET n",
                  "+OK", "$1⏎1", "$-1", "+OK", "$1⏎2", "$1⏎2", "$1⏎2", "$1⏎3", "$-1", "$1⏎v");
}

Test(string_compare, set_ifdeq_and_ifdne_compare_digests) {
    assert_script(server, "SET k hello ; DIGEST k ; SET k x IFDEQ 9555e8555c62dcfd ; GET k", "+OK",
                  "$16⏎9555e8555c62dcfd", "+OK", "$1⏎x");
    assert_script(server,
                  "SET k hello ; SET k x IFDEQ 9555E8555C62DCFD ; GET k ; SET k hello ; SET k x "
                  "IFDEQ 0000000000000000 ; SET k y IFDEQ 0000000000000000 GET ; GET k",
                  "+OK", "+OK", "$1⏎x", "+OK", "$-1", "$5⏎hello", "$5⏎hello");
    assert_script(server,
                  "SET k hello ; SET k x IFDNE 9555e8555c62dcfd ; SET k x IFDNE 0000000000000000 "
                  "; GET k ; SET n v IFDNE 0000000000000000 ; GET n ; SET m v IFDEQ "
                  "0000000000000000 ; EXISTS m",
                  "+OK", "$-1", "+OK", "$1⏎x", "+OK", "$1⏎v", "$-1", ":0");
    assert_script(server,
                  "SET k hello ; SET k x IFDEQ abc ; SET k x IFDNE 9555e8555c62dcf ; SET k x "
                  "IFDEQ 9555e8555c62dcfdd ; SET k x IFDEQ zzzzzzzzzzzzzzzz ; GET k ; SET n v "
                  "IFDEQ abc ; SET n v IFDNE abc ; GET n",
                  "+OK", "-ERR digest must be exactly 16 hexadecimal characters",
                  "-ERR digest must be exactly 16 hexadecimal characters",
                  "-ERR digest must be exactly 16 hexadecimal characters",
                  "-ERR digest must be exactly 16 hexadecimal characters", "$5⏎hello", "$-1", "+OK",
                  "$1⏎v");
    assert_script(server,
                  "RPUSH l a ; SET l x IFDEQ abc ; SET l x IFEQ a ; SET l x IFNE a ; SET l x "
                  "IFDNE zz ; LLEN l",
                  ":1", WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, ":1");
}

Test(string_compare, set_conditions_exclude_one_another) {
    assert_script(server,
                  "SET k 1 ; SET k 2 NX IFEQ 1 ; SET k 2 IFEQ 1 XX ; SET k 2 IFEQ 1 IFEQ 1 ; SET "
                  "k 2 IFNE 1 IFEQ 1 ; SET k 2 IFDEQ 9555e8555c62dcfd IFNE 3 ; SET k 2 IFDNE "
                  "9555e8555c62dcfd NX ; SET k 2 XX IFNE 3 ; SET k 2 IFNE ; SET k 2 IFDEQ ; SET k "
                  "2 IFDNE ; GET k",
                  "+OK", SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
                  SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, "$1⏎1");
}

Test(string_compare, delex_deletes_on_a_condition) {
    assert_script(server, "SET k v ; DELEX k ; EXISTS k ; DELEX k ; RPUSH l a ; DELEX l ; EXISTS l",
                  "+OK", ":1", ":0", ":0", ":1", ":1", ":0");
    assert_script(server,
                  "SET k v ; DELEX k IFEQ w ; DELEX k IFEQ v ; EXISTS k ; DELEX k IFEQ v ; DELEX "
                  "k IFNE v ; DELEX k IFDEQ zz",
                  "+OK", ":0", ":1", ":0", ":0", ":0", ":0");
    assert_script(server, "SET k v ; DELEX k IFNE v ; DELEX k ifne w ; EXISTS k", "+OK", ":0", ":1",
                  ":0");
    assert_script(server,
                  "SET k hello ; DELEX k IFDEQ 0000000000000000 ; DELEX k IFDEQ 9555E8555C62DCFD "
                  "; EXISTS k ; SET k hello ; DELEX k IFDNE 9555e8555c62dcfd ; DELEX k IFDNE "
                  "0000000000000000 ; EXISTS k",
                  "+OK", ":0", ":1", ":0", "+OK", ":0", ":1", ":0");
    assert_script(server, "SET k 5 ; DELEX k IFEQ 5 ; EXISTS k", "+OK", ":1", ":0");
    assert_script(server,
                  "SET k v ; DELEX k FOO v ; DELEX k IFEQ ; DELEX k IFEQ v x ; DELEX k v ; DELEX "
                  "; DELEX k IFDEQ abc ; EXISTS k",
                  "+OK", "-ERR Invalid condition. Use IFEQ, IFNE, IFDEQ or IFDNE",
                  WRONG_ARITY("delex"), WRONG_ARITY("delex"), WRONG_ARITY("delex"),
                  WRONG_ARITY("delex"), "-ERR digest must be exactly 16 hexadecimal characters",
                  ":1");
    assert_script(server,
                  "RPUSH l a ; DELEX l IFEQ a ; DELEX l IFNE a ; DELEX l IFDEQ zz ; DELEX l IFDNE "
                  "0000000000000000 ; LLEN l",
                  ":1", WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, ":1");
}

Test(string_compare, delifeq_deletes_when_equal) {
    assert_script(server,
                  "SET k v ; DELIFEQ k w ; DELIFEQ k v ; EXISTS k ; DELIFEQ k v ; RPUSH l a ; "
                  "DELIFEQ l a ; DELIFEQ k ; DELIFEQ k a b ; SET n 10 ; DELIFEQ n 10",
                  "+OK", ":0", ":1", ":0", ":0", ":1", WRONG_TYPE, WRONG_ARITY("delifeq"),
                  WRONG_ARITY("delifeq"), "+OK", ":1");
}

Test(string_compare, digest_is_xxh3_of_the_value) {
    assert_script(server,
                  "SET k hello ; DIGEST k ; SET e \"\" ; DIGEST e ; SET n 123 ; DIGEST n ; DIGEST "
                  "nokey ; RPUSH l a ; DIGEST l ; DIGEST ; DIGEST a b",
                  "+OK", "$16⏎9555e8555c62dcfd", "+OK", "$16⏎2d06800538d394c2", "+OK",
                  "$16⏎404a763b3f4c8c9a", "$-1", ":1", WRONG_TYPE, WRONG_ARITY("digest"),
                  WRONG_ARITY("digest"));
    assert_script(server, "HELLO 3 ; DIGEST nokey ; SET k hello ; DIGEST k", "(any)", "_", "+OK",
                  "$16⏎9555e8555c62dcfd");
    assert_script(server, "SET n 123 ; DIGEST n ; SET n 12 ; APPEND n 3 ; DIGEST n", "+OK",
                  "$16⏎404a763b3f4c8c9a", "+OK", ":3", "$16⏎404a763b3f4c8c9a");
}

Test(string_compare, msetex_sets_all_with_a_deadline) {
    assert_script(server,
                  "MSETEX 2 a 1 b 2 ; MGET a b ; TTL a ; MSETEX 2 a 3 b 4 EX 100 ; TTL a ; TTL b "
                  "; MSETEX 1 a 5 KEEPTTL ; TTL a ; MSETEX 1 a 5 ; TTL a",
                  ":1", "*2⏎$1⏎1⏎$1⏎2", ":-1", ":1", ":100", ":100", ":1", ":100", ":1", ":-1");
    assert_script(server,
                  "MSETEX 1 a 1 PX 100000 ; TTL a ; MSETEX 1 a 1 EXAT 33177117420 ; EXPIRETIME a "
                  "; MSETEX 1 a 1 PXAT 33177117420123 ; PEXPIRETIME a ; MSETEX 2 a 1 b 2 EXAT 1 ; "
                  "EXISTS a b",
                  ":1", ":100", ":1", ":33177117420", ":1", ":33177117420123", ":1", ":0");
    assert_script(server, "MSETEX 1 a 1 ex 100 nx ; TTL a ; MSETEX 1 a 1 NX EX 10 ; TTL a", ":1",
                  ":100", ":0", ":100");
}

Test(string_compare, msetex_nx_and_xx_are_all_or_nothing) {
    assert_script(server,
                  "SET b 1 ; MSETEX 2 a 1 b 2 NX ; EXISTS a ; MSETEX 2 c 1 d 2 NX ; MGET c d ; "
                  "MSETEX 2 c 5 e 5 XX ; EXISTS e ; GET c ; MSETEX 2 c 7 d 8 XX EX 100 ; MGET c d "
                  "; TTL d",
                  "+OK", ":0", ":0", ":1", "*2⏎$1⏎1⏎$1⏎2", ":0", ":0", "$1⏎1", ":1", "*2⏎$1⏎7⏎$1⏎8",
                  ":100");
    assert_script(server,
                  "RPUSH l a ; MSETEX 1 l v NX ; TYPE l ; MSETEX 1 l v XX ; TYPE l ; MSETEX 2 x 1 "
                  "x 2 ; GET x",
                  ":1", ":0", "+list", ":1", "+string", ":1", "$1⏎2");
}

Test(string_compare, msetex_refuses_wrong_arguments) {
    assert_script(server,
                  "MSETEX 0 a 1 ; MSETEX -1 a 1 ; MSETEX abc a 1 ; MSETEX 2147483648 a 1 ; MSETEX "
                  "2 a 1 ; MSETEX 2 a 1 b ; MSETEX 1 a ; MSETEX 1 ; MSETEX 2147483647 a 1 ; "
                  "EXISTS a",
                  "-ERR invalid numkeys value", "-ERR invalid numkeys value",
                  "-ERR invalid numkeys value", "-ERR invalid numkeys value",
                  "-ERR wrong number of key-value pairs", "-ERR wrong number of key-value pairs",
                  WRONG_ARITY("msetex"), WRONG_ARITY("msetex"),
                  "-ERR wrong number of key-value pairs", ":0");
    assert_script(server,
                  "MSETEX 1 a 1 NX XX ; MSETEX 1 a 1 EX 10 PX 10 ; MSETEX 1 a 1 EX ; MSETEX 1 a 1 "
                  "FOO ; MSETEX 1 a 1 EX 10 KEEPTTL ; MSETEX 1 a 1 b 2 ; MSETEX 1 a 1 GET ; "
                  "MSETEX 1 a 1 EX abc ; EXISTS a",
                  SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
                  SYNTAX_ERROR, SYNTAX_ERROR, NOT_AN_INTEGER, ":0");
    assert_script(server,
                  "MSETEX 1 a 1 EX 0 ; MSETEX 1 a 1 EX -1 ; MSETEX 1 a 1 PX 0 ; MSETEX 1 a 1 EXAT "
                  "0 ; MSETEX 1 a 1 PXAT -1 ; MSETEX 1 a 1 EX 9223372036854775807 ; EXISTS a",
                  BAD_EXPIRE_TIME("msetex"), BAD_EXPIRE_TIME("msetex"), BAD_EXPIRE_TIME("msetex"),
                  BAD_EXPIRE_TIME("msetex"), BAD_EXPIRE_TIME("msetex"), BAD_EXPIRE_TIME("msetex"),
                  ":0");
}

Test(string_compare, increx_counts_with_bounds) {
    assert_script(server,
                  "INCREX k ; INCREX k BYINT 5 ; INCREX k BYINT -10 ; GET k ; INCREX k BYINT 1 "
                  "UBOUND 0 ; INCREX k BYINT 3 UBOUND -2 ; GET k ; INCREX k BYINT -1 LBOUND -4 ; "
                  "GET k",
                  "*2⏎:1⏎:1", "*2⏎:6⏎:5", "*2⏎:-4⏎:-10", "$2⏎-4", "*2⏎:-3⏎:1", "*2⏎:-3⏎:0", "$2⏎-3",
                  "*2⏎:-4⏎:-1", "$2⏎-4");
    assert_script(server,
                  "SET k 5 ; INCREX k BYINT 10 UBOUND 10 SATURATE ; INCREX k BYINT 10 UBOUND 10 "
                  "SATURATE ; INCREX k BYINT -100 LBOUND -7 SATURATE ; GET k",
                  "+OK", "*2⏎:10⏎:5", "*2⏎:10⏎:0", "*2⏎:-7⏎:-17", "$2⏎-7");
    assert_script(server,
                  "SET k 9223372036854775807 ; INCREX k ; INCREX k SATURATE ; GET k ; SET k "
                  "-9223372036854775808 ; INCREX k BYINT -1 ; INCREX k BYINT -1 SATURATE",
                  "+OK", "*2⏎:9223372036854775807⏎:0", "*2⏎:9223372036854775807⏎:0",
                  "$19⏎9223372036854775807", "+OK", "*2⏎:-9223372036854775808⏎:0",
                  "*2⏎:-9223372036854775808⏎:0");
    assert_script(server,
                  "INCREX k LBOUND 5 ; EXISTS k ; INCREX k LBOUND 5 SATURATE ; GET k ; SET m 20 ; "
                  "INCREX m UBOUND 10 SATURATE ; GET m ; INCREX m BYINT -5 UBOUND 10",
                  "*2⏎:0⏎:0", ":0", "*2⏎:5⏎:5", "$1⏎5", "+OK", "*2⏎:10⏎:-10", "$2⏎10", "*2⏎:5⏎:-5");
    assert_script(server, "HELLO 3 ; INCREX k BYINT 2", "(any)", "*2⏎:2⏎:2");
}

Test(string_compare, increx_by_float_replies_strings_or_doubles) {
    assert_script(server,
                  "INCREX k BYFLOAT 1.5 ; INCREX k BYFLOAT 0.1 ; GET k ; INCREX k BYFLOAT 10 "
                  "UBOUND 5 ; INCREX k BYFLOAT 10 UBOUND 5.5 SATURATE ; GET k ; INCREX k BYFLOAT "
                  "-100 LBOUND -1.25 SATURATE",
                  "*2⏎$3⏎1.5⏎$3⏎1.5", "*2⏎$3⏎1.6⏎$3⏎0.1", "$3⏎1.6", "*2⏎$3⏎1.6⏎$1⏎0",
                  "*2⏎$3⏎5.5⏎$3⏎3.9", "$3⏎5.5", "*2⏎$5⏎-1.25⏎$5⏎-6.75");
    assert_script(server, "HELLO 3 ; INCREX k BYFLOAT 1.5 ; INCREX k BYFLOAT 1 UBOUND 2", "(any)",
                  "*2⏎,1.5⏎,1.5", "*2⏎,1.5⏎,0");
    assert_script(server,
                  "INCREX k BYFLOAT inf ; INCREX k BYFLOAT -inf ; INCREX k BYFLOAT nan ; INCREX k "
                  "BYFLOAT abc ; INCREX k BYINT 1.5 ; EXISTS k ; SET k abc ; INCREX k ; INCREX k "
                  "BYFLOAT 1",
                  "-ERR value or increment would produce Infinity",
                  "-ERR value or increment would produce Infinity", NOT_A_FLOAT, NOT_A_FLOAT,
                  NOT_AN_INTEGER, ":0", "+OK", NOT_AN_INTEGER, NOT_A_FLOAT);
}

Test(string_compare, increx_sets_and_keeps_deadlines) {
    assert_script(server,
                  "INCREX k EX 100 ; TTL k ; INCREX k ; TTL k ; INCREX k PERSIST ; TTL k ; INCREX "
                  "k PX 100000 ; TTL k ; INCREX k EXAT 33177117420 ; EXPIRETIME k ; INCREX k PXAT "
                  "33177117420123 ; PEXPIRETIME k",
                  "*2⏎:1⏎:1", ":100", "*2⏎:2⏎:1", ":100", "*2⏎:3⏎:1", ":-1", "*2⏎:4⏎:1", ":100",
                  "*2⏎:5⏎:1", ":33177117420", "*2⏎:6⏎:1", ":33177117420123");
    assert_script(server,
                  "INCREX k EX 100 ENX ; TTL k ; INCREX k EX 50 ENX ; TTL k ; INCREX k EX 50 "
                  "UBOUND 2 ; TTL k ; INCREX k EX 50 UBOUND 2 SATURATE ; TTL k",
                  "*2⏎:1⏎:1", ":100", "*2⏎:2⏎:1", ":100", "*2⏎:2⏎:0", ":100", "*2⏎:2⏎:0", ":50");
    assert_script(server, "SET k 1 ; INCREX k EXAT 1 ; EXISTS k", "+OK", "*2⏎:2⏎:1", ":0");
}

Test(string_compare, increx_accepts_nx_and_xx) {
    assert_script(server,
                  "INCREX k XX ; EXISTS k ; INCREX k NX ; INCREX k NX ; GET k ; INCREX k XX ; GET "
                  "k",
                  "*2⏎$-1⏎:0", ":0", "*2⏎:1⏎:1", "*2⏎:1⏎:0", "$1⏎1", "*2⏎:2⏎:1", "$1⏎2");
}

Test(string_compare, increx_refuses_wrong_arguments) {
    assert_script(server,
                  "INCREX k LBOUND 5 UBOUND 1 ; INCREX k BYINT abc ; INCREX k LBOUND abc ; INCREX "
                  "k UBOUND 1.5 ; INCREX k BYINT 1 BYFLOAT 1 ; INCREX k BYINT ; INCREX k FOO ; "
                  "INCREX k EX ; INCREX k EX 0 ; INCREX k EX abc ; INCREX k ENX ; INCREX k "
                  "PERSIST ENX ; INCREX k EX 1 PX 1 ; INCREX k EX 1 PERSIST ; INCREX k NX XX ; "
                  "INCREX ; EXISTS k",
                  "-ERR LBOUND can't be greater than UBOUND", NOT_AN_INTEGER, NOT_AN_INTEGER,
                  NOT_AN_INTEGER, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
                  BAD_EXPIRE_TIME("increx"), NOT_AN_INTEGER, SYNTAX_ERROR, SYNTAX_ERROR,
                  SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, WRONG_ARITY("increx"), ":0");
    assert_script(server, "RPUSH l a ; INCREX l ; INCREX l BYFLOAT 1 ; LLEN l", ":1", WRONG_TYPE,
                  WRONG_TYPE, ":1");
}

Test(string_compare, lcs_finds_the_longest_common_subsequence) {
    assert_script(server,
                  "MSET a ohmytext b mynewtext ; LCS a b ; LCS a b LEN ; LCS a b IDX MINMATCHLEN "
                  "4 WITHMATCHLEN",
                  "+OK", "$6⏎mytext", ":6", "*4⏎$7⏎matches⏎*1⏎*3⏎*2⏎:4⏎:7⏎*2⏎:5⏎:8⏎:4⏎$3⏎len⏎:6");
    assert_script(server,
                  "MSET a ohmytext b mynewtext ; LCS a b IDX ; LCS a b IDX MINMATCHLEN 4 ; LCS a "
                  "b IDX WITHMATCHLEN ; LCS a b MINMATCHLEN 4 ; LCS a b WITHMATCHLEN ; LCS a b "
                  "IDX MINMATCHLEN -5 ; LCS a b IDX MINMATCHLEN 100",
                  "+OK", "*4⏎$7⏎matches⏎*2⏎*2⏎*2⏎:4⏎:7⏎*2⏎:5⏎:8⏎*2⏎*2⏎:2⏎:3⏎*2⏎:0⏎:1⏎$3⏎len⏎:6",
                  "*4⏎$7⏎matches⏎*1⏎*2⏎*2⏎:4⏎:7⏎*2⏎:5⏎:8⏎$3⏎len⏎:6",
                  "*4⏎$7⏎matches⏎*2⏎*3⏎*2⏎:4⏎:7⏎*2⏎:5⏎:8⏎:4⏎*3⏎*2⏎:2⏎:3⏎*2⏎:0⏎:1⏎:2⏎$3⏎len⏎:6",
                  "$6⏎mytext", "$6⏎mytext",
                  "*4⏎$7⏎matches⏎*2⏎*2⏎*2⏎:4⏎:7⏎*2⏎:5⏎:8⏎*2⏎*2⏎:2⏎:3⏎*2⏎:0⏎:1⏎$3⏎len⏎:6",
                  "*4⏎$7⏎matches⏎*0⏎$3⏎len⏎:6");
    assert_script(server,
                  "HELLO 3 ; MSET a ohmytext b mynewtext ; LCS a b ; LCS a b LEN ; LCS a b IDX ; "
                  "LCS a b IDX WITHMATCHLEN",
                  "(any)", "+OK", "$6⏎mytext", ":6",
                  "%2⏎$7⏎matches⏎*2⏎*2⏎*2⏎:4⏎:7⏎*2⏎:5⏎:8⏎*2⏎*2⏎:2⏎:3⏎*2⏎:0⏎:1⏎$3⏎len⏎:6",
                  "%2⏎$7⏎matches⏎*2⏎*3⏎*2⏎:4⏎:7⏎*2⏎:5⏎:8⏎:4⏎*3⏎*2⏎:2⏎:3⏎*2⏎:0⏎:1⏎:2⏎$3⏎len⏎:6");
    assert_script(server,
                  "LCS x y ; LCS x y LEN ; LCS x y IDX ; SET a abc ; LCS a y ; LCS a y idx ; SET "
                  "e \"\" ; LCS a e LEN ; LCS a a ; SET n 12345 ; SET m 1357 ; LCS n m",
                  "$0⏎", ":0", "*4⏎$7⏎matches⏎*0⏎$3⏎len⏎:0", "+OK", "$0⏎",
                  "*4⏎$7⏎matches⏎*0⏎$3⏎len⏎:0", "+OK", ":0", "$3⏎abc", "+OK", "+OK", "$3⏎135");
}

Test(string_compare, lcs_refuses_wrong_arguments) {
    assert_script(server,
                  "MSET a abc b abd ; RPUSH l x ; LCS l a ; LCS a l ; LCS l l LEN ; LCS a b LEN "
                  "IDX ; LCS a b FOO ; LCS a b MINMATCHLEN ; LCS a b MINMATCHLEN abc ; LCS a ; "
                  "LCS a b MINMATCHLEN 1 IDX LEN ; LCS l a FOO ; LCS l a LEN IDX",
                  "+OK", ":1", "-ERR The specified keys must contain string values",
                  "-ERR The specified keys must contain string values",
                  "-ERR The specified keys must contain string values",
                  "-ERR If you want both the length and indexes, please just use IDX.",
                  SYNTAX_ERROR, SYNTAX_ERROR, NOT_AN_INTEGER, WRONG_ARITY("lcs"),
                  "-ERR If you want both the length and indexes, please just use IDX.",
                  "-ERR The specified keys must contain string values",
                  "-ERR The specified keys must contain string values");
}
