/*
 * Deadlines of keys.
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

TestSuite(expire, .init = start, .fini = stop);

Test(expire, expire_sets_moves_and_reports_deadlines) {
    assert_script(server,
                  "SET k v ; EXPIRE k 100 ; TTL k ; PEXPIRE k 200000 ; TTL k ; EXPIREAT k "
                  "33177117420 ; EXPIRETIME k ; PEXPIREAT k 33177117420123 ; PEXPIRETIME k ; "
                  "EXPIRETIME k",
                  "+OK", ":1", ":100", ":1", ":200", ":1", ":33177117420", ":1", ":33177117420123",
                  ":33177117420");
    assert_script(server,
                  "EXPIRE nokey 10 ; PEXPIRE nokey 10 ; EXPIREAT nokey 33177117420 ; PEXPIREAT "
                  "nokey 33177117420123 ; RPUSH l a ; EXPIRE l 100 ; TTL l ; PERSIST l ; TTL l",
                  ":0", ":0", ":0", ":0", ":1", ":1", ":100", ":1", ":-1");
}

Test(expire, expire_in_the_past_deletes) {
    assert_script(server,
                  "SET k v ; EXPIRE k -1 ; EXISTS k ; SET k v ; EXPIRE k 0 ; EXISTS k ; SET k v ; "
                  "EXPIREAT k 1 ; EXISTS k ; SET k v ; PEXPIRE k 0 ; EXISTS k ; SET k v ; "
                  "PEXPIREAT k 1 ; EXISTS k ; SET k v ; PEXPIREAT k -1 ; EXISTS k ; SET k v ; "
                  "EXPIREAT k 0 ; EXISTS k",
                  "+OK", ":1", ":0", "+OK", ":1", ":0", "+OK", ":1", ":0", "+OK", ":1", ":0", "+OK",
                  ":1", ":0", "+OK", ":1", ":0", "+OK", ":1", ":0");
    assert_script(server,
                  "SET k v ; EXPIRE k 10 ; EXPIRE k -1 LT ; EXISTS k ; SET k v EX 10 ; EXPIRE k "
                  "-1 GT ; EXISTS k ; EXPIRE k -1 NX ; EXISTS k ; EXPIRE k -1 XX ; EXISTS k",
                  "+OK", ":1", ":1", ":0", "+OK", ":0", ":1", ":0", ":1", ":1", ":0");
}

Test(expire, expire_conditions_take_no_deadline_as_infinite) {
    assert_script(server,
                  "SET k v ; EXPIRE k 10 XX ; EXPIRE k 10 GT ; EXPIRE k 100 LT ; EXPIRE k 10 NX ; "
                  "EXPIRE k 50 GT ; EXPIRE k 200 GT ; EXPIRE k 100 XX LT ; TTL k",
                  "+OK", ":0", ":0", ":1", ":0", ":0", ":1", ":1", ":100");
    assert_script(server,
                  "SET k v EX 100 ; EXPIRE k 100000 LT ; EXPIRE k 50 lt ; TTL k ; PEXPIRE k 60000 "
                  "gt ; TTL k ; PEXPIRE k 50000 xx gt ; PEXPIRE k 50000 nx ; EXPIREAT k "
                  "33177117420 GT ; EXPIREAT k 33177117420 GT ; EXPIREAT k 33177117420 LT ; "
                  "PEXPIREAT k 33177117420001 GT ; PEXPIREAT k 33177117420001 LT",
                  "+OK", ":0", ":1", ":50", ":1", ":60", ":0", ":0", ":1", ":0", ":0", ":1", ":0");
    assert_script(server,
                  "SET k v ; EXPIRE k 10 NX NX ; EXPIRE k 20 XX XX GT ; TTL k ; EXPIRE k 30 GT GT",
                  "+OK", ":1", ":1", ":20", ":1");
}

Test(expire, expire_refuses_wrong_arguments) {
    assert_script(server,
                  "SET s abc ; EXPIRE s abc ; EXPIRE s 1.5 ; EXPIRE s \"\" ; EXPIRE s "
                  "9223372036854775807 ; EXPIRE s -9223372036854775807 ; PEXPIRE s "
                  "9223372036854775807 ; EXPIREAT s 9223372036854775807 ; EXPIREAT s "
                  "-9223372036854775808 ; PEXPIREAT s abc ; EXPIRE s 010 ; TTL s",
                  "+OK", NOT_AN_INTEGER, NOT_AN_INTEGER, NOT_AN_INTEGER, BAD_EXPIRE_TIME("expire"),
                  BAD_EXPIRE_TIME("expire"), BAD_EXPIRE_TIME("pexpire"),
                  BAD_EXPIRE_TIME("expireat"), BAD_EXPIRE_TIME("expireat"), NOT_AN_INTEGER,
                  NOT_AN_INTEGER, ":-1");
    assert_script(server,
                  "SET s abc ; EXPIRE s 10 NX XX ; EXPIRE s 10 GT LT ; EXPIRE s 10 NX GT ; EXPIRE "
                  "s 10 NX LT ; EXPIRE s 10 FOO ; EXPIRE s 10 NX FOO ; EXPIRE s abc FOO ; PEXPIRE "
                  "s 10 NX XX ; EXPIREAT s 10 NX LT ; PEXPIREAT s 10 FOO ; EXPIRE s 10 XX NX GT "
                  "LT ; TTL s ; EXPIRE s 10 \"\"",
                  "+OK", "-ERR NX and XX, GT or LT options at the same time are not compatible",
                  "-ERR GT and LT options at the same time are not compatible",
                  "-ERR NX and XX, GT or LT options at the same time are not compatible",
                  "-ERR NX and XX, GT or LT options at the same time are not compatible",
                  "-ERR Unsupported option FOO", "-ERR Unsupported option FOO",
                  "-ERR Unsupported option FOO",
                  "-ERR NX and XX, GT or LT options at the same time are not compatible",
                  "-ERR NX and XX, GT or LT options at the same time are not compatible",
                  "-ERR Unsupported option FOO",
                  "-ERR NX and XX, GT or LT options at the same time are not compatible", ":-1",
                  "-ERR Unsupported option ");
    assert_script(server,
                  "EXPIRE s ; PEXPIRE s ; EXPIREAT s ; PEXPIREAT s ; EXPIRE ; EXPIRE nokey abc ; "
                  "EXPIRE nokey 9223372036854775807 ; EXPIRE nokey 10 FOO ; PERSIST ; PERSIST a b "
                  "; TTL ; TTL a b ; PTTL ; PTTL a b ; EXPIRETIME ; EXPIRETIME a b ; PEXPIRETIME "
                  "; PEXPIRETIME a b",
                  WRONG_ARITY("expire"), WRONG_ARITY("pexpire"), WRONG_ARITY("expireat"),
                  WRONG_ARITY("pexpireat"), WRONG_ARITY("expire"), NOT_AN_INTEGER,
                  BAD_EXPIRE_TIME("expire"), "-ERR Unsupported option FOO", WRONG_ARITY("persist"),
                  WRONG_ARITY("persist"), WRONG_ARITY("ttl"), WRONG_ARITY("ttl"),
                  WRONG_ARITY("pttl"), WRONG_ARITY("pttl"), WRONG_ARITY("expiretime"),
                  WRONG_ARITY("expiretime"), WRONG_ARITY("pexpiretime"),
                  WRONG_ARITY("pexpiretime"));
}

Test(expire, expire_takes_the_largest_deadlines) {
    assert_script(server,
                  "SET k v ; EXPIRE k 9223372036 ; PEXPIREAT k 9223372036854775807 ; PEXPIRETIME "
                  "k ; PTTL nokey ; EXPIREAT k 9223372036854775 ; PEXPIRETIME k ; EXPIREAT k "
                  "9223372036854776 ; PEXPIRE k 9223372036854775806",
                  "+OK", ":1", ":1", ":9223372036854775807", ":-2", ":1", ":9223372036854775000",
                  BAD_EXPIRE_TIME("expireat"), BAD_EXPIRE_TIME("pexpire"));
}

Test(expire, ttl_and_expiretime_report_absence) {
    assert_script(server,
                  "TTL nokey ; PTTL nokey ; EXPIRETIME nokey ; PEXPIRETIME nokey ; SET k v ; TTL "
                  "k ; PTTL k ; EXPIRETIME k ; PEXPIRETIME k",
                  ":-2", ":-2", ":-2", ":-2", "+OK", ":-1", ":-1", ":-1", ":-1");
    assert_script(server,
                  "SET k v PX 1900 ; TTL k ; SET k v PX 1400 ; TTL k ; SET k v PX 400 ; TTL k",
                  "+OK", ":2", "+OK", ":1", "+OK", ":0");
}

Test(expire, persist_drops_a_deadline_once) {
    assert_script(server,
                  "SET k v EX 10 ; PERSIST k ; PERSIST k ; PERSIST nokey ; TTL k ; RPUSH l a ; "
                  "EXPIRE l 100 ; PERSIST l ; TTL l",
                  "+OK", ":1", ":0", ":0", ":-1", ":1", ":1", ":1", ":-1");
}

Test(expire, a_due_key_is_absent_for_every_command) {
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; SET a v PX 1 ; ?EXISTS a ; GET a ; TTL a ; PERSIST "
                  "a ; EXPIRE a 10 ; APPEND a x ; TTL a ; DEBUG SET-ACTIVE-EXPIRE 1",
                  "+OK", "+OK", ":0", "$-1", ":-2", ":0", ":0", ":1", ":-1", "+OK");
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; RPUSH l a ; PEXPIRE l 1 ; ?EXISTS l ; LLEN l ; "
                  "LRANGE l 0 -1 ; LPUSHX l b ; LPOP l ; SET l v NX ; GET l ; DEBUG "
                  "SET-ACTIVE-EXPIRE 1",
                  "+OK", ":1", ":1", ":0", ":0", "*0", ":0", "$-1", "+OK", "$1⏎v", "+OK");
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; SET a v PX 1 ; ?EXISTS a ; RENAME a b ; COPY a b ; "
                  "MOVE a 1 ; TYPE a ; OBJECT ENCODING a ; DBSIZE ; SET c v PX 1 ; ?EXISTS c ; "
                  "SET c v XX ; GETSET c w ; DEBUG SET-ACTIVE-EXPIRE 1",
                  "+OK", "+OK", ":0", NO_SUCH_KEY, ":0", ":0", "+none", "$-1", ":0", "+OK", ":0",
                  "$-1", "$-1", "+OK");
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; SET a 5 PX 1 ; ?STRLEN a ; INCR a ; SET b 5 PX 1 ; "
                  "?STRLEN b ; SETRANGE b 1 x ; GET b ; SET c 5 PX 1 ; ?STRLEN c ; SETBIT c 0 1 ; "
                  "GET c ; SET d 5 PX 1 ; ?STRLEN d ; MSETNX d 6 ; GET d ; DEBUG "
                  "SET-ACTIVE-EXPIRE 1",
                  "+OK", "+OK", ":0", ":1", "+OK", ":0", ":2", "$2⏎\\x00x", "+OK", ":0", ":0",
                  "$1⏎\\x80", "+OK", ":0", ":1", "$1⏎6", "+OK");
}

/* Only due keys that match go, as in newer servers; KEYS removes none. */
Test(expire, a_scan_removes_the_due_keys_that_it_would_have_returned) {
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; SET stays v ; SET s v PX 1 ; HSET h f v ; PEXPIRE h "
                  "1 ; ?KEYS * ; DBSIZE ; SCAN 0 MATCH x* ; DBSIZE ; SCAN 0 TYPE hash ; DBSIZE ; "
                  "SCAN 0 ; DBSIZE ; DEBUG SET-ACTIVE-EXPIRE 1",
                  "+OK", "+OK", "+OK", ":1", ":1", "*1⏎$5⏎stays", ":3", "*2⏎$1⏎0⏎*0", ":3",
                  "*2⏎$1⏎0⏎*0", ":2", "*2⏎$1⏎0⏎*1⏎$5⏎stays", ":1", "+OK");
}

Test(expire, due_keys_that_randomkey_draws_are_removed) {
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; SET a v PX 1 ; SET b v PX 1 ; ?KEYS * ; DBSIZE ; "
                  "RANDOMKEY ; DBSIZE ; DEBUG SET-ACTIVE-EXPIRE 1",
                  "+OK", "+OK", "+OK", "*0", ":2", "$-1", ":0", "+OK");
}

Test(expire, a_due_key_leaves_memory_without_being_touched) {
    assert_script(server,
                  "SET a 1 PX 20 ; SET b 2 PX 26 ; RPUSH l 1 2 3 ; PEXPIRE l 7 ; SET stay 1 EX "
                  "1000 ; ?DBSIZE ; RANDOMKEY",
                  "+OK", "+OK", ":3", ":1", "+OK", ":1", "$4⏎stay");
}
