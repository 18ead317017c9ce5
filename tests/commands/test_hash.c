/*
 * Hashes, but for deadlines of fields (test_hash_deadlines.c).
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

TestSuite(hash, .init = start, .fini = stop);

Test(hash, hset_counts_new_fields_only) {
    assert_script(server,
                  "HSET h a 1 b 2 ; HSET h a 9 c 3 ; HMSET h d 1 ; HSETNX h a 0 ; HSETNX h e 5 ; "
                  "HMGET h a b c d e f ; HLEN h",
                  ":2", ":1", "+OK", ":0", ":1", "*6⏎$1⏎9⏎$1⏎2⏎$1⏎3⏎$1⏎1⏎$1⏎5⏎$-1", ":5");
    assert_script(server,
                  "HSET h f ; HSET h f v g ; HMSET h f ; HSET h ; HMSET h f v g ; HSETNX h f ; SET "
                  "s v ; HSET s a 1 ; HMSET s a 1 ; HSETNX s a 1 ; HSET s a 1 b ; EXISTS h",
                  WRONG_ARITY("hset"), WRONG_ARITY("hset"), WRONG_ARITY("hmset"),
                  WRONG_ARITY("hset"), WRONG_ARITY("hmset"), WRONG_ARITY("hsetnx"), "+OK",
                  WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_ARITY("hset"), ":0");
}

Test(hash, reads_of_absent_keys_and_fields) {
    assert_script(server,
                  "HGETALL h ; HKEYS h ; HVALS h ; HLEN h ; HSTRLEN h f ; HMGET h a b ; HGET h a ; "
                  "HEXISTS h a ; HDEL h a ; HSET h a 123 ; HSTRLEN h a ; HEXISTS h a ; HEXISTS h b "
                  "; HGET h b ; HSTRLEN h b",
                  "*0", "*0", "*0", ":0", ":0", "*2⏎$-1⏎$-1", "$-1", ":0", ":0", ":1", ":3", ":1",
                  ":0", "$-1", ":0");
    assert_script(server,
                  "SET s v ; HGET s f ; HMGET s f ; HGETALL s ; HKEYS s ; HVALS s ; HLEN s ; "
                  "HSTRLEN s f ; HEXISTS s f ; HDEL s f ; HSCAN s 0 ; HRANDFIELD s",
                  "+OK", WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE,
                  WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE, WRONG_TYPE);
}

Test(hash, hgetall_is_a_map_in_resp3) {
    assert_script(server,
                  "HSET h f v g w ; HGETALL h ; HKEYS h ; HVALS h ; HELLO 3 ; HGETALL h ; HGETALL "
                  "no ; HGET h no ; HKEYS h",
                  ":2", "*4⏎$1⏎f⏎$1⏎v⏎$1⏎g⏎$1⏎w", "*2⏎$1⏎f⏎$1⏎g", "*2⏎$1⏎v⏎$1⏎w", "(any)",
                  "%2⏎$1⏎f⏎$1⏎v⏎$1⏎g⏎$1⏎w", "%0", "_", "*2⏎$1⏎f⏎$1⏎g");
}

Test(hash, hdel_of_the_last_field_deletes_the_key) {
    assert_script(server, "HSET h a 1 b 2 ; HDEL h a zz a ; HDEL h b ; EXISTS h ; HDEL h", ":2",
                  ":1", ":1", ":0", WRONG_ARITY("hdel"));
}

Test(hash, hincrby_adds_integers) {
    assert_script(
        server,
        "HINCRBY h n 5 ; HINCRBY h n -7 ; HSET h f abc m 9223372036854775807 x \" 1\" ; "
        "HINCRBY h f 1 ; HINCRBY h m 1 ; HINCRBY h x 1 ; HINCRBY h n abc ; HGET h n ; SET "
        "s v ; HINCRBY s n 1 ; HINCRBY s n x ; HINCRBY h n",
        ":5", ":-2", ":3", "-ERR hash value is not an integer",
        "-ERR increment or decrement would overflow", "-ERR hash value is not an integer",
        NOT_AN_INTEGER, "$2⏎-2", "+OK", WRONG_TYPE, NOT_AN_INTEGER, WRONG_ARITY("hincrby"));
}

Test(hash, hincrbyfloat_prints_without_exponent) {
    assert_script(
        server,
        "HINCRBYFLOAT h f 10.50 ; HINCRBYFLOAT h f 0.1 ; HINCRBYFLOAT h f 5.0e3 ; HSET h f "
        "3.0 ; HINCRBYFLOAT h f 0 ; HSET h g abc ; HINCRBYFLOAT h g 1 ; HINCRBYFLOAT h n "
        "abc ; HINCRBYFLOAT h n inf ; HINCRBYFLOAT h n nan ; HEXISTS h n",
        "$4⏎10.5", "$4⏎10.6", "$22⏎5010.60000000000000009", ":0", "$1⏎3", ":1",
        "-ERR hash value is not a float", NOT_A_FLOAT, "-ERR value is NaN or Infinity", NOT_A_FLOAT,
        ":0");
}

Test(hash, hrandfield_takes_counts) {
    assert_script(server,
                  "HRANDFIELD h ; HRANDFIELD h 3 ; HRANDFIELD h 0 ; HSET h a 1 ; HRANDFIELD h ; "
                  "HRANDFIELD h -3 ; HRANDFIELD h 3 ; HRANDFIELD h 2 WITHVALUES ; HRANDFIELD h -2 "
                  "WITHVALUES ; HELLO 3 ; HRANDFIELD h -2 WITHVALUES",
                  "$-1", "*0", "*0", ":1", "$1⏎a", "*3⏎$1⏎a⏎$1⏎a⏎$1⏎a", "*1⏎$1⏎a", "*2⏎$1⏎a⏎$1⏎1",
                  "*4⏎$1⏎a⏎$1⏎1⏎$1⏎a⏎$1⏎1", "(any)", "*2⏎*2⏎$1⏎a⏎$1⏎1⏎*2⏎$1⏎a⏎$1⏎1");
    assert_script(
        server,
        "HSET h a 1 ; HRANDFIELD h abc ; HRANDFIELD h 1 FOO ; HRANDFIELD h 1 WITHVALUES x "
        "; HRANDFIELD h -9223372036854775808 ; HRANDFIELD h -4611686018427387905 "
        "WITHVALUES ; HRANDFIELD no 1 FOO",
        ":1", NOT_AN_INTEGER, SYNTAX_ERROR, SYNTAX_ERROR,
        "-ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807",
        "-ERR value is out of range", SYNTAX_ERROR);
}

Test(hash, hscan_tells_names_alone_with_novalues) {
    assert_script(server,
                  "HSET h a 1 b 2 ; HSCAN h 0 ; HSCAN h 0 NOVALUES ; HSCAN h 0 MATCH a COUNT 10 "
                  "NOVALUES ; HSCAN h 77 ; HSCAN no 0 ; HSCAN h 0 NOSCORES ; HSCAN h x",
                  ":2", "*2⏎$1⏎0⏎*4⏎$1⏎a⏎$1⏎1⏎$1⏎b⏎$1⏎2", "*2⏎$1⏎0⏎*2⏎$1⏎a⏎$1⏎b", "*2⏎$1⏎0⏎*1⏎$1⏎a",
                  "*2⏎$1⏎0⏎*4⏎$1⏎a⏎$1⏎1⏎$1⏎b⏎$1⏎2", "*2⏎$1⏎0⏎*0",
                  "-ERR NOSCORES option can only be used in ZSCAN", "-ERR invalid cursor");
}

Test(hash, encodings_follow_the_thresholds) {
    assert_script(
        server,
        "HSET h a 1 b 2 c 3 ; OBJECT ENCODING h ; CONFIG SET hash-max-listpack-entries 2 ; "
        "OBJECT ENCODING h ; HSET h a 5 ; OBJECT ENCODING h ; HDEL h a b ; OBJECT ENCODING "
        "h ; CONFIG SET hash-max-ziplist-entries 3 hash-max-listpack-value 4 ; HSET g a "
        "1234 ; OBJECT ENCODING g ; HSET g a 12345 ; OBJECT ENCODING g ; HGET g a ; HSET f "
        "abcde 1 ; OBJECT ENCODING f ; COPY f e ; OBJECT ENCODING e ; HGETALL e",
        ":3", "$8⏎listpack", "+OK", "$8⏎listpack", ":0", "$9⏎hashtable", ":2", "$9⏎hashtable",
        "+OK", ":1", "$8⏎listpack", ":0", "$9⏎hashtable", "$5⏎12345", ":1", "$9⏎hashtable", ":1",
        "$9⏎hashtable", "*2⏎$5⏎abcde⏎$1⏎1");
}

Test(hash, a_reply_that_repeats_ends_at_the_largest_string) {
    assert_script(server,
                  "CONFIG SET proto-max-bulk-len 1048576 ; HSET k "
                  "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee v ; HRANDFIELD k "
                  "-9223372036854775807 ; HRANDFIELD k -200000 ; HRANDFIELD k -20000 ; HRANDFIELD "
                  "k -1 WITHVALUES ; PING",
                  "+OK", ":1", "-ERR reply exceeds maximum allowed size (proto-max-bulk-len)",
                  "-ERR reply exceeds maximum allowed size (proto-max-bulk-len)",
                  "-ERR reply exceeds maximum allowed size (proto-max-bulk-len)",
                  "*2⏎$50⏎aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee⏎$1⏎v", "+PONG");
}
