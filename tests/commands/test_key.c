/*
 * Commands on keys of any type.
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

TestSuite(key, .init = start, .fini = stop);

Test(key, del_unlink_exists_and_touch_count) {
    assert_script(server,
                  "SET a 1 ; RPUSH b 1 ; DEL a b c ; DEL a ; SET a 1 ; DEL a a ; SET a 1 ; UNLINK "
                  "a a b ; UNLINK a ; DEL ; UNLINK",
                  "+OK", ":1", ":2", ":0", "+OK", ":1", "+OK", ":1", ":0", WRONG_ARITY("del"),
                  WRONG_ARITY("unlink"));
    assert_script(server,
                  "SET a 1 ; EXISTS a a a b ; EXISTS b ; EXISTS ; TOUCH a b a ; TOUCH b ; TOUCH ; "
                  "RPUSH l x ; EXISTS l ; TOUCH l",
                  "+OK", ":3", ":0", WRONG_ARITY("exists"), ":2", ":0", WRONG_ARITY("touch"), ":1",
                  ":1", ":1");
    assert_script(server, "SET a 1 PX 1 ; ?EXISTS a ; DEL a ; SET b 1 PX 1 ; ?TOUCH b ; UNLINK b",
                  "+OK", ":0", ":0", "+OK", ":0", ":0");
}

Test(key, type_names_the_type) {
    assert_script(server,
                  "TYPE k ; SET k v ; TYPE k ; RPUSH l a ; TYPE l ; SETBIT b 1 1 ; TYPE b ; TYPE "
                  "; TYPE a b ; HELLO 3 ; TYPE nokey",
                  "+none", "+OK", "+string", ":1", "+list", ":0", "+string", WRONG_ARITY("type"),
                  WRONG_ARITY("type"), "(any)", "+none");
}

Test(key, rename_moves_value_and_deadline) {
    assert_script(server,
                  "SET a 1 EX 100 ; SET b 2 EX 999 ; RENAME a b ; TTL b ; GET b ; EXISTS a ; "
                  "RENAME b b ; TTL b ; RENAME nokey b ; RENAME nokey nokey ; RENAME a ; RENAME a "
                  "b c",
                  "+OK", "+OK", "+OK", ":100", "$1⏎1", ":0", "+OK", ":100", NO_SUCH_KEY,
                  NO_SUCH_KEY, WRONG_ARITY("rename"), WRONG_ARITY("rename"));
    assert_script(server,
                  "RPUSH l a b ; SET s v EX 100 ; RENAME l s ; TYPE s ; TTL s ; LRANGE s 0 -1",
                  ":2", "+OK", "+OK", "+list", ":-1", "*2⏎$1⏎a⏎$1⏎b");
    assert_script(server,
                  "SET a 1 ; SET b 2 ; RENAMENX a a ; RENAMENX a b ; RENAMENX a c ; GET c ; "
                  "EXISTS a ; RENAMENX nokey b ; RENAMENX nokey nokey ; RENAMENX a ; SET d 1 EX "
                  "100 ; RENAMENX d e ; TTL e",
                  "+OK", "+OK", ":0", ":0", ":1", "$1⏎1", ":0", NO_SUCH_KEY, NO_SUCH_KEY,
                  WRONG_ARITY("renamenx"), "+OK", ":1", ":100");
    assert_script(server,
                  "SET a 1 PX 1 ; ?EXISTS a ; RENAME a b ; SET a 1 ; SET b 1 PX 1 ; ?EXISTS b ; "
                  "RENAMENX a b",
                  "+OK", ":0", NO_SUCH_KEY, "+OK", "+OK", ":0", ":1");
}

Test(key, copy_keeps_value_and_deadline) {
    assert_script(server,
                  "SET a 1 EX 100 ; COPY a b ; TTL b ; COPY a b ; COPY a b REPLACE ; COPY a a DB "
                  "1 ; COPY nokey c ; COPY a c DB 0 ; SELECT 1 ; GET a ; TTL a",
                  "+OK", ":1", ":100", ":0", ":1", ":1", ":0", ":1", "+OK", "$1⏎1", ":100");
    assert_script(server,
                  "SET s abc ; COPY s s ; COPY s s2 DB 99 ; COPY s s2 DB -1 ; COPY s s2 DB abc ; "
                  "COPY s s DB 0 ; COPY s s2 FOO ; COPY s s2 DB ; COPY s s2 REPLACE DB 1 REPLACE "
                  "; COPY s ; COPY s s2 DB 1 DB 0 ; COPY s s REPLACE ; EXISTS s2",
                  "+OK", "-ERR source and destination objects are the same",
                  "-ERR DB index is out of range", "-ERR DB index is out of range", NOT_AN_INTEGER,
                  "-ERR source and destination objects are the same", SYNTAX_ERROR, SYNTAX_ERROR,
                  ":1", WRONG_ARITY("copy"), ":1",
                  "-ERR source and destination objects are the same", ":1");
    assert_script(server,
                  "RPUSH l a ; COPY l l2 ; RPUSH l2 b ; LLEN l ; LLEN l2 ; SET s v EX 100 ; COPY "
                  "l s REPLACE ; TTL s ; TYPE s ; COPY s l replace db 0 ; COPY nokey l REPLACE ; "
                  "LLEN l",
                  ":1", ":1", ":2", ":1", ":2", "+OK", ":1", ":-1", "+list", ":1", ":0", ":1");
}

Test(key, move_goes_to_another_database) {
    assert_script(server,
                  "SET a 1 EX 100 ; MOVE a 1 ; EXISTS a ; SELECT 1 ; GET a ; TTL a ; SELECT 0 ; "
                  "MOVE a 1 ; SET a 2 ; MOVE a 1 ; GET a",
                  "+OK", ":1", ":0", "+OK", "$1⏎1", ":100", "+OK", ":0", "+OK", ":0", "$1⏎2");
    assert_script(
        server,
        "SET s abc ; MOVE s 0 ; MOVE s 99 ; MOVE s -1 ; MOVE s a ; MOVE s ; MOVE s 1 2 "
        "; MOVE nokey 0 ; MOVE nokey 1 ; RPUSH l a ; MOVE l 2 ; SELECT 2 ; LRANGE l 0 "
        "-1",
        "+OK", "-ERR source and destination objects are the same", "-ERR DB index is out of range",
        "-ERR DB index is out of range", NOT_AN_INTEGER, WRONG_ARITY("move"), WRONG_ARITY("move"),
        "-ERR source and destination objects are the same", ":0", ":1", ":1", "+OK", "*1⏎$1⏎a");
}

Test(key, randomkey_gives_some_key) {
    assert_script(server,
                  "RANDOMKEY ; SET a 1 ; RANDOMKEY ; RANDOMKEY x ; HELLO 3 ; DEL a ; RANDOMKEY",
                  "$-1", "+OK", "$1⏎a", WRONG_ARITY("randomkey"), "(any)", ":1", "_");
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; SET a 1 PX 1 ; ?EXISTS a ; RANDOMKEY ; DBSIZE ; "
                  "DEBUG SET-ACTIVE-EXPIRE 1",
                  "+OK", "+OK", ":0", "$-1", ":0", "+OK");
}

Test(key, keys_matches_globs) {
    assert_script(server,
                  "MSET a1 1 b2 1 \"a[1]\" 1 ; KEYS a[1-1] ; KEYS a[^1] ; KEYS a\\\\[1\\\\] ; "
                  "KEYS ?2 ; KEYS [c-b]2 ; KEYS a[ ; KEYS \"\" ; KEYS b? ; KEYS *2 ; KEYS *\\\\] "
                  "; KEYS [^a]2 ; KEYS B2 ; KEYS b\\\\2 ; KEYS b2\\\\ ; KEYS b**2 ; KEYS [b ; "
                  "KEYS [] ; KEYS b[] ; KEYS b[2",
                  "+OK", "*1⏎$2⏎a1", "*0", "*1⏎$4⏎a[1]", "*1⏎$2⏎b2", "*1⏎$2⏎b2", "*0", "*0",
                  "*1⏎$2⏎b2", "*1⏎$2⏎b2", "*1⏎$4⏎a[1]", "*1⏎$2⏎b2", "*0", "*1⏎$2⏎b2", "*0",
                  "*1⏎$2⏎b2", "*0", "*0", "*0", "*1⏎$2⏎b2");
    assert_script(server,
                  "KEYS * ; SET a 1 ; KEYS * ; KEYS ; KEYS a b ; SET \"\" v ; KEYS \"\" ; DEL a ; "
                  "KEYS * ; SET \"\\x00\" v ; KEYS \"\\x00\" ; KEYS ?",
                  "*0", "+OK", "*1⏎$1⏎a", WRONG_ARITY("keys"), WRONG_ARITY("keys"), "+OK", "*1⏎$0⏎",
                  ":1", "*1⏎$0⏎", "+OK", "*1⏎$1⏎\\x00", "*1⏎$1⏎\\x00");
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; SET a 1 PX 1 ; ?EXISTS a ; KEYS * ; SET b 1 PX 1 ; "
                  "?STRLEN b ; KEYS b ; DEBUG SET-ACTIVE-EXPIRE 1",
                  "+OK", "+OK", ":0", "*0", "+OK", ":0", "*0", "+OK");
}

Test(key, scan_walks_filters_and_counts) {
    assert_script(server,
                  "SCAN 0 ; SET a 1 ; SCAN 0 ; SCAN 0 MATCH a ; SCAN 0 MATCH b* ; SCAN 0 COUNT "
                  "1000 ; SCAN 123456 ; SCAN 0 MATCH a COUNT 5 TYPE string ; scan 0 match a count "
                  "5",
                  "*2⏎$1⏎0⏎*0", "+OK", "*2⏎$1⏎0⏎*1⏎$1⏎a", "*2⏎$1⏎0⏎*1⏎$1⏎a", "*2⏎$1⏎0⏎*0",
                  "*2⏎$1⏎0⏎*1⏎$1⏎a", "*2⏎$1⏎0⏎*1⏎$1⏎a", "*2⏎$1⏎0⏎*1⏎$1⏎a", "*2⏎$1⏎0⏎*1⏎$1⏎a");
    assert_script(server,
                  "SET a 1 ; RPUSH l 1 ; SCAN 0 TYPE list ; SCAN 0 TYPE LIST ; SCAN 0 TYPE string "
                  "MATCH a* ; SCAN 0 TYPE hash ; SCAN 0 TYPE set ; SCAN 0 TYPE zset ; SCAN 0 TYPE "
                  "stream",
                  "+OK", ":1", "*2⏎$1⏎0⏎*1⏎$1⏎l", "*2⏎$1⏎0⏎*1⏎$1⏎l", "*2⏎$1⏎0⏎*1⏎$1⏎a",
                  "*2⏎$1⏎0⏎*0", "*2⏎$1⏎0⏎*0", "*2⏎$1⏎0⏎*0", "*2⏎$1⏎0⏎*0");
    assert_script(server,
                  "SCAN abc ; SCAN 18446744073709551616 ; SCAN 99999999999999999999999 ; SCAN \" "
                  "0\" ; SCAN 0x1 ; SCAN - ; SCAN + ; SCAN 1a ; SCAN 0 COUNT 0 ; SCAN 0 COUNT -1 "
                  "; SCAN 0 COUNT abc ; SCAN 0 COUNT ; SCAN 0 MATCH ; SCAN 0 TYPE ; SCAN 0 FOO "
                  "bar ; SCAN 0 FOO ; SCAN ; SCAN 0 COUNT 9223372036854775808 ; SCAN 0 COUNT "
                  "9223372036854775807",
                  "-ERR invalid cursor", "-ERR invalid cursor", "-ERR invalid cursor",
                  "-ERR invalid cursor", "-ERR invalid cursor", "-ERR invalid cursor",
                  "-ERR invalid cursor", "-ERR invalid cursor", SYNTAX_ERROR, SYNTAX_ERROR,
                  NOT_AN_INTEGER, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
                  SYNTAX_ERROR, WRONG_ARITY("scan"), NOT_AN_INTEGER, "*2⏎$1⏎0⏎*0");
    assert_script(server, "SET s abc ; SCAN 0 TYPE nosuch ; SCAN 0 TYPE \"\"", "+OK",
                  "-ERR unknown type name 'nosuch'", "-ERR unknown type name ''");
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; SET b 1 PX 1 ; ?STRLEN b ; SCAN 0 ; DBSIZE ; SET c "
                  "1 PX 1 ; ?STRLEN c ; TYPE c ; TTL c ; OBJECT ENCODING c ; DEBUG "
                  "SET-ACTIVE-EXPIRE 1",
                  "+OK", "+OK", ":0", "*2⏎$1⏎0⏎*0", ":0", "+OK", ":0", "+none", ":-2", "$-1",
                  "+OK");
    assert_script(server, "HELLO 3 ; SET a 1 ; SCAN 0", "(any)", "+OK", "*2⏎$1⏎0⏎*1⏎$1⏎a");
}

Test(key, scan_takes_cursors_in_many_forms) {
    assert_script(server, "SET a 1 ; SCAN \"\" ; SCAN +0 ; SCAN -0 ; SCAN 00 ; SCAN \"0\\x00junk\"",
                  "+OK", "*2⏎$1⏎0⏎*1⏎$1⏎a", "*2⏎$1⏎0⏎*1⏎$1⏎a", "*2⏎$1⏎0⏎*1⏎$1⏎a", "*2⏎$1⏎0⏎*1⏎$1⏎a",
                  "*2⏎$1⏎0⏎*1⏎$1⏎a");
    assert_script(server,
                  "SCAN -1 ; SCAN 18446744073709551615 ; SCAN -18446744073709551615 ; SCAN "
                  "-18446744073709551616",
                  "*2⏎$1⏎0⏎*0", "*2⏎$1⏎0⏎*0", "*2⏎$1⏎0⏎*0", "-ERR invalid cursor");
}

Test(key, object_describes_a_value) {
    assert_script(server,
                  "SET k 1000000 ; OBJECT ENCODING k ; OBJECT REFCOUNT k ; OBJECT IDLETIME k ; "
                  "SET k abc ; OBJECT REFCOUNT k ; RPUSH l a ; OBJECT REFCOUNT l ; OBJECT "
                  "IDLETIME l ; SET s 1 ; OBJECT REFCOUNT s ; SET s 9999 ; OBJECT REFCOUNT s ; "
                  "SET s 10000 ; OBJECT REFCOUNT s ; SET s -1 ; OBJECT REFCOUNT s",
                  "+OK", "$3⏎int", ":1", ":0", "+OK", ":1", ":1", ":1", ":0", "+OK", ":2147483647",
                  "+OK", ":2147483647", "+OK", ":1", "+OK", ":1");
    assert_script(server,
                  "OBJECT ENCODING nokey ; OBJECT REFCOUNT nokey ; OBJECT IDLETIME nokey ; OBJECT "
                  "FREQ nokey ; SET k v ; OBJECT FREQ k ; HELLO 3 ; OBJECT ENCODING nokey ; "
                  "OBJECT REFCOUNT nokey ; OBJECT IDLETIME nokey ; OBJECT FREQ nokey",
                  "$-1", "$-1", "$-1", "$-1", "+OK",
                  "-ERR An LFU maxmemory policy is not selected, access frequency not tracked. "
                  "Please note that when switching between policies at runtime LRU and LFU data "
                  "will take some time to adjust.",
                  "(any)", "_", "_", "_", "_");
    assert_script(server,
                  "CONFIG SET maxmemory-policy allkeys-lfu ; SET k v ; OBJECT FREQ k ; OBJECT "
                  "IDLETIME k ; OBJECT FREQ nokey ; OBJECT IDLETIME nokey ; CONFIG SET "
                  "maxmemory-policy noeviction",
                  "+OK", "+OK", ":5",
                  "-ERR An LFU maxmemory policy is selected, idle time not tracked. Please note "
                  "that when switching between policies at runtime LRU and LFU data will take "
                  "some time to adjust.",
                  "$-1", "$-1", "+OK");
    assert_script(server,
                  "OBJECT nope ; OBJECT ; OBJECT blah x ; OBJECT ENCODING ; OBJECT ENCODING a b ; "
                  "OBJECT FREQ ; OBJECT IDLETIME ; OBJECT REFCOUNT ; OBJECT HELP x",
                  "-ERR unknown subcommand 'nope'. Try OBJECT HELP.", WRONG_ARITY("object"),
                  "-ERR unknown subcommand 'blah'. Try OBJECT HELP.",
                  WRONG_ARITY("object|encoding"), WRONG_ARITY("object|encoding"),
                  WRONG_ARITY("object|freq"), WRONG_ARITY("object|idletime"),
                  WRONG_ARITY("object|refcount"), WRONG_ARITY("object|help"));
}

Test(key, wait_without_replicas) {
    assert_script(server,
                  "WAIT 0 0 ; WAIT 1 10 ; WAIT a 1 ; WAIT 0 a ; WAIT 0 -1 ; WAIT 0 ; WAIT 0 1 2 ; "
                  "WAIT -1 0 ; WAIT 0 9223372036854775807 ; WAIT 0 9223372036854775808",
                  ":0", ":0", NOT_AN_INTEGER, "-ERR timeout is not an integer or out of range",
                  "-ERR timeout is negative", WRONG_ARITY("wait"), WRONG_ARITY("wait"), ":0", ":0",
                  "-ERR timeout is not an integer or out of range");
    assert_script(server, "MULTI ; WAIT 1 0 ; EXEC", "+OK", "+QUEUED", "*1⏎:0");
}

Test(key, a_wait_that_ends_beyond_all_clocks_does_not_end) {
    assert_script(server,
                  "&WAIT 1 9223372036854775807 ; B> CLIENT UNBLOCK $IDA ; @read ; "
                  "&WAITAOF 0 1 9223372036854775807 ; B> CLIENT UNBLOCK $IDA ; @read ; "
                  "SET l b ; &LOCK l a EX 10 BLOCK 9223372036854775807 ; B> CLIENT UNBLOCK $IDA ; "
                  "@read",
                  ":1", ":0", ":1", "*2⏎:0⏎:0", "+OK", ":1", "$-1");
}
