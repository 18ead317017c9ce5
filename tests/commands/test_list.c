/*
 * Lists: replies, limits, errors, and the encodings behind them.
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

TestSuite(list, .init = start, .fini = stop);

Test(list, lpush_and_rpush_add_one_at_a_time) {
    assert_script(server,
                  "LPUSH l a b c ; RPUSH l d e ; LRANGE l 0 -1 ; LLEN l ; LPUSH l ; RPUSH l ; "
                  "LPUSH ; SET s v ; LPUSH s a ; RPUSH s a ; GET s",
                  ":3", ":5", "*5⏎$1⏎c⏎$1⏎b⏎$1⏎a⏎$1⏎d⏎$1⏎e", ":5", WRONG_ARITY("lpush"),
                  WRONG_ARITY("rpush"), WRONG_ARITY("lpush"), "+OK", WRONG_TYPE, WRONG_TYPE,
                  "$1⏎v");
    assert_script(server,
                  "LPUSHX l a ; RPUSHX l a b ; EXISTS l ; RPUSH l x ; LPUSHX l a b ; RPUSHX l c d "
                  "; LRANGE l 0 -1 ; SET s v ; LPUSHX s a ; RPUSHX s a ; LPUSHX l ; RPUSHX l",
                  ":0", ":0", ":0", ":1", ":3", ":5", "*5⏎$1⏎b⏎$1⏎a⏎$1⏎x⏎$1⏎c⏎$1⏎d", "+OK",
                  WRONG_TYPE, WRONG_TYPE, WRONG_ARITY("lpushx"), WRONG_ARITY("rpushx"));
    assert_script(server,
                  "RPUSH l \"\" \"a\\x00b\" 123 -5 9223372036854775807 9223372036854775808 01 +1 "
                  "; LRANGE l 0 -1 ; LINDEX l 3 ; LPOS l 123 ; LPOS l 01 ; LPOS l 1",
                  ":8",
                  "*8⏎$0⏎⏎$3⏎a\\x00b⏎$3⏎123⏎$2⏎-5⏎$19⏎9223372036854775807⏎$19⏎9223372036854775808"
                  "⏎$2⏎01⏎$2⏎+1",
                  "$2⏎-5", ":2", ":6", "$-1");
}

Test(list, llen_counts) {
    assert_script(server, "LLEN l ; RPUSH l a b ; LLEN l ; SET s v ; LLEN s ; LLEN ; LLEN a b",
                  ":0", ":2", ":2", "+OK", WRONG_TYPE, WRONG_ARITY("llen"), WRONG_ARITY("llen"));
}

Test(list, lindex_counts_from_both_ends) {
    assert_script(server,
                  "RPUSH l a b c ; LINDEX l 0 ; LINDEX l 2 ; LINDEX l 3 ; LINDEX l -1 ; LINDEX l "
                  "-3 ; LINDEX l -4 ; LINDEX nokey 0 ; LINDEX l 9223372036854775807 ; LINDEX l "
                  "-9223372036854775808",
                  ":3", "$1⏎a", "$1⏎c", "$-1", "$1⏎c", "$1⏎a", "$-1", "$-1", "$-1", "$-1");
    assert_script(server,
                  "RPUSH l a ; LINDEX l a ; LINDEX l 00 ; LINDEX l +0 ; LINDEX l \" 0\" ; LINDEX "
                  "l ; LINDEX l 0 1 ; LINDEX nokey a ; SET s v ; LINDEX s 0 ; LINDEX s a ; LINDEX "
                  "l 1.0",
                  ":1", NOT_AN_INTEGER, NOT_AN_INTEGER, NOT_AN_INTEGER, NOT_AN_INTEGER,
                  WRONG_ARITY("lindex"), WRONG_ARITY("lindex"), "$-1", "+OK", WRONG_TYPE,
                  WRONG_TYPE, NOT_AN_INTEGER);
    assert_script(server, "HELLO 3 ; RPUSH l a ; LINDEX l 9 ; LINDEX nokey 0", "(any)", ":1", "_",
                  "_");
}

Test(list, lrange_clamps_its_indices) {
    assert_script(server,
                  "RPUSH l a b c d ; LRANGE l 0 -1 ; LRANGE l -2 -1 ; LRANGE l -100 1 ; LRANGE l "
                  "2 1 ; LRANGE l 9 10 ; LRANGE l 0 100 ; LRANGE l 3 3 ; LRANGE l -1 -1 ; LRANGE "
                  "l -1 -2 ; LRANGE nokey 0 -1 ; LRANGE l -9223372036854775808 "
                  "9223372036854775807 ; LRANGE l 0 -100",
                  ":4", "*4⏎$1⏎a⏎$1⏎b⏎$1⏎c⏎$1⏎d", "*2⏎$1⏎c⏎$1⏎d", "*2⏎$1⏎a⏎$1⏎b", "*0", "*0",
                  "*4⏎$1⏎a⏎$1⏎b⏎$1⏎c⏎$1⏎d", "*1⏎$1⏎d", "*1⏎$1⏎d", "*0", "*0",
                  "*4⏎$1⏎a⏎$1⏎b⏎$1⏎c⏎$1⏎d", "*0");
    assert_script(server,
                  "RPUSH l a ; LRANGE l a b ; LRANGE l 0 b ; LRANGE l 0 ; LRANGE l 0 1 2 ; LRANGE "
                  "nokey a b ; SET s v ; LRANGE s 0 -1 ; LRANGE s a b",
                  ":1", NOT_AN_INTEGER, NOT_AN_INTEGER, WRONG_ARITY("lrange"),
                  WRONG_ARITY("lrange"), NOT_AN_INTEGER, "+OK", WRONG_TYPE, NOT_AN_INTEGER);
}

Test(list, lset_replaces_one) {
    assert_script(server,
                  "RPUSH l a b ; LSET l -1 z ; LSET l -3 z ; LSET l 2 z ; LINDEX l -1 ; LSET l 0 "
                  "\"\" ; LRANGE l 0 -1 ; LSET nokey 0 a ; LSET l abc a ; LSET l 10 a ; LSET "
                  "nokey abc a ; LSET l 0 ; LSET l 0 a b ; SET s v ; LSET s 0 a ; LSET l 0 12 ; "
                  "LRANGE l 0 -1",
                  ":2", "+OK", "-ERR index out of range", "-ERR index out of range", "$1⏎z", "+OK",
                  "*2⏎$0⏎⏎$1⏎z", NO_SUCH_KEY, NOT_AN_INTEGER, "-ERR index out of range",
                  NO_SUCH_KEY, WRONG_ARITY("lset"), WRONG_ARITY("lset"), "+OK", WRONG_TYPE, "+OK",
                  "*2⏎$2⏎12⏎$1⏎z");
}

Test(list, linsert_before_and_after) {
    assert_script(server,
                  "LINSERT nokey BEFORE a b ; RPUSH l a ; LINSERT l BEFORE zz b ; LINSERT l AFTER "
                  "a b ; LINSERT l before b x ; LINSERT l aFter x y ; LRANGE l 0 -1 ; LINSERT l "
                  "FOO a b ; LINSERT nokey FOO a b ; LINSERT l BEFORE a ; LINSERT l BEFORE a b c "
                  "; SET s v ; LINSERT s BEFORE a b ; LINSERT s FOO a b ; EXISTS nokey",
                  ":0", ":1", ":-1", ":2", ":3", ":4", "*4⏎$1⏎a⏎$1⏎x⏎$1⏎y⏎$1⏎b", SYNTAX_ERROR,
                  SYNTAX_ERROR, WRONG_ARITY("linsert"), WRONG_ARITY("linsert"), "+OK", WRONG_TYPE,
                  SYNTAX_ERROR, ":0");
    assert_script(server,
                  "RPUSH l 1 2 1 ; LINSERT l BEFORE 1 0 ; LINSERT l AFTER 1 5 ; LRANGE l 0 -1",
                  ":3", ":4", ":5", "*5⏎$1⏎0⏎$1⏎1⏎$1⏎5⏎$1⏎2⏎$1⏎1");
}

Test(list, lrem_counts_from_head_or_tail) {
    assert_script(server,
                  "RPUSH l a b a c a ; LREM l -1 a ; LREM l 1 a ; LREM l 0 a ; LRANGE l 0 -1 ; "
                  "LREM l 0 zz ; LREM nokey 0 a ; LREM l 0 b ; LREM l 5 c ; EXISTS l",
                  ":5", ":1", ":1", ":1", "*2⏎$1⏎b⏎$1⏎c", ":0", ":0", ":1", ":1", ":0");
    assert_script(server,
                  "RPUSH l a b a c a ; LREM l -2 a ; LRANGE l 0 -1 ; LREM l 9223372036854775807 a "
                  "; LRANGE l 0 -1 ; RPUSH m a a ; LREM m -9223372036854775808 a ; EXISTS m",
                  ":5", ":2", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", ":1", "*2⏎$1⏎b⏎$1⏎c", ":2", ":2", ":0");
    assert_script(server,
                  "RPUSH l 1 01 1 ; LREM l 0 1 ; LRANGE l 0 -1 ; LREM l a b ; LREM l 1 ; LREM l 1 "
                  "a b ; LREM nokey a b ; SET s v ; LREM s 0 a ; LREM s a b",
                  ":3", ":2", "*1⏎$2⏎01", NOT_AN_INTEGER, WRONG_ARITY("lrem"), WRONG_ARITY("lrem"),
                  NOT_AN_INTEGER, "+OK", WRONG_TYPE, NOT_AN_INTEGER);
}

Test(list, ltrim_keeps_a_range) {
    assert_script(server,
                  "RPUSH l a b c d e ; LTRIM l 1 -2 ; LRANGE l 0 -1 ; LTRIM l 0 100 ; LRANGE l 0 "
                  "-1 ; LTRIM l -2 -1 ; LRANGE l 0 -1 ; LTRIM l 5 10 ; EXISTS l ; LTRIM nokey 0 "
                  "-1",
                  ":5", "+OK", "*3⏎$1⏎b⏎$1⏎c⏎$1⏎d", "+OK", "*3⏎$1⏎b⏎$1⏎c⏎$1⏎d", "+OK",
                  "*2⏎$1⏎c⏎$1⏎d", "+OK", ":0", "+OK");
    assert_script(server,
                  "RPUSH l a b ; LTRIM l 1 0 ; EXISTS l ; RPUSH l a b ; LTRIM l -100 -200 ; "
                  "EXISTS l ; RPUSH l a b ; LTRIM l -9223372036854775808 9223372036854775807 ; "
                  "LLEN l ; LTRIM l a b ; LTRIM l 0 b ; LTRIM l 0 ; LTRIM l 0 1 2 ; LTRIM nokey a "
                  "b ; SET s v ; LTRIM s 0 1 ; LTRIM s a b",
                  ":2", "+OK", ":0", ":2", "+OK", ":0", ":2", "+OK", ":2", NOT_AN_INTEGER,
                  NOT_AN_INTEGER, WRONG_ARITY("ltrim"), WRONG_ARITY("ltrim"), NOT_AN_INTEGER, "+OK",
                  WRONG_TYPE, NOT_AN_INTEGER);
}

Test(list, lpop_and_rpop_take_one_or_many) {
    assert_script(server,
                  "LPOP k ; LPOP k 0 ; LPOP k 5 ; RPUSH k a b ; LPOP k 0 ; LPOP k 5 ; EXISTS k ; "
                  "RPOP k ; RPOP k 0 ; RPOP k 5",
                  "$-1", "*-1", "*-1", ":2", "*0", "*2⏎$1⏎a⏎$1⏎b", ":0", "$-1", "*-1", "*-1");
    assert_script(server,
                  "RPUSH k a b c d e ; LPOP k ; RPOP k ; LPOP k 1 ; RPOP k 2 ; LRANGE k 0 -1 ; "
                  "EXISTS k",
                  ":5", "$1⏎a", "$1⏎e", "*1⏎$1⏎b", "*2⏎$1⏎d⏎$1⏎c", "*0", ":0");
    assert_script(server,
                  "RPUSH l a b c ; RPOP l 2 ; LPOP l 99999999999 ; RPUSH l a ; LPOP l "
                  "9223372036854775807 ; EXISTS l",
                  ":3", "*2⏎$1⏎c⏎$1⏎b", "*1⏎$1⏎a", ":1", "*1⏎$1⏎a", ":0");
    assert_script(server,
                  "RPUSH l a ; LPOP l -1 ; LPOP l abc ; LPOP l 1 2 ; LPOP l 9223372036854775808 ; "
                  "RPOP l -1 ; RPOP l abc ; RPOP l 1 2 ; LPOP ; RPOP ; LPOP nokey -1 ; LPOP nokey "
                  "abc ; SET s v ; LPOP s ; RPOP s 1 ; LPOP s -1 ; LLEN l",
                  ":1", "-ERR value is out of range, must be positive",
                  "-ERR value is out of range, must be positive", WRONG_ARITY("lpop"),
                  "-ERR value is out of range, must be positive",
                  "-ERR value is out of range, must be positive",
                  "-ERR value is out of range, must be positive", WRONG_ARITY("rpop"),
                  WRONG_ARITY("lpop"), WRONG_ARITY("rpop"),
                  "-ERR value is out of range, must be positive",
                  "-ERR value is out of range, must be positive", "+OK", WRONG_TYPE, WRONG_TYPE,
                  "-ERR value is out of range, must be positive", ":1");
    assert_script(server,
                  "HELLO 3 ; LPOP nokey ; LPOP nokey 2 ; RPOP nokey ; RPOP nokey 0 ; RPUSH l a b "
                  "; LPOP l 0 ; LPOP l 2",
                  "(any)", "_", "_", "_", "_", ":2", "*0", "*2⏎$1⏎a⏎$1⏎b");
}

Test(list, lpos_finds_positions) {
    assert_script(server,
                  "RPUSH l a b c a b c a ; LPOS l a ; LPOS l a RANK 2 ; LPOS l a RANK -1 ; LPOS l "
                  "a COUNT 2 RANK -1 ; LPOS l a COUNT 0 MAXLEN 4 ; LPOS l zz ; LPOS l zz COUNT 1 "
                  "; LPOS nokey a ; LPOS nokey a COUNT 1 ; LPOS l a RANK 4 ; LPOS l a RANK -4 ; "
                  "LPOS l a RANK 4 COUNT 0",
                  ":7", ":0", ":3", ":6", "*2⏎:6⏎:3", "*2⏎:0⏎:3", "$-1", "*0", "$-1", "*0", "$-1",
                  "$-1", "*0");
    assert_script(server,
                  "RPUSH l a b c a b c a ; LPOS l a COUNT 0 ; LPOS l a COUNT 2 ; LPOS l a COUNT "
                  "100 ; LPOS l a RANK 2 COUNT 1 ; LPOS l c MAXLEN 2 ; LPOS l c MAXLEN 3 ; LPOS l "
                  "a RANK -1 MAXLEN 1 ; LPOS l c RANK -1 MAXLEN 1 ; LPOS l a RANK -2 COUNT 0 ; "
                  "LPOS l a MAXLEN 0 COUNT 0 ; LPOS l a rank -1 count 0 maxlen 1000 ; LPOS l a "
                  "COUNT 0 MAXLEN 1 RANK 2",
                  ":7", "*3⏎:0⏎:3⏎:6", "*2⏎:0⏎:3", "*3⏎:0⏎:3⏎:6", "*1⏎:3", "$-1", ":2", ":6", "$-1",
                  "*2⏎:3⏎:0", "*3⏎:0⏎:3⏎:6", "*3⏎:6⏎:3⏎:0", "*0");
    assert_script(server,
                  "RPUSH l a ; LPOS l a RANK 0 ; LPOS l a COUNT -1 ; LPOS l a MAXLEN -1 ; LPOS l "
                  "a FOO ; LPOS l a FOO 1 ; LPOS l a RANK ; LPOS l a RANK abc ; LPOS l a COUNT "
                  "abc ; LPOS l a MAXLEN abc ; LPOS l ; LPOS nokey a RANK 0 ; LPOS l a RANK "
                  "9223372036854775807 ; LPOS l a RANK -9223372036854775807 ; SET s v ; LPOS s a "
                  "; LPOS s a RANK 0",
                  ":1",
                  "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the "
                  "second ... or use negative to start from the end of the list",
                  "-ERR COUNT can't be negative", "-ERR MAXLEN can't be negative", SYNTAX_ERROR,
                  SYNTAX_ERROR, SYNTAX_ERROR, NOT_AN_INTEGER, "-ERR COUNT can't be negative",
                  "-ERR MAXLEN can't be negative", WRONG_ARITY("lpos"),
                  "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the "
                  "second ... or use negative to start from the end of the list",
                  "$-1", "$-1", "+OK", WRONG_TYPE,
                  "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the "
                  "second ... or use negative to start from the end of the list");
    assert_script(server, "RPUSH l a ; LPOS l a RANK -9223372036854775808", ":1",
                  "-ERR value is out of range, value must between -9223372036854775807 and "
                  "9223372036854775807");
    assert_script(server,
                  "HELLO 3 ; RPUSH l a ; LPOS l zz ; LPOS l zz COUNT 0 ; LPOS nokey a ; LPOS "
                  "nokey a COUNT 1",
                  "(any)", ":1", "_", "*0", "_", "*0");
}

/* ---- Encodings ---- */

/* Sends RPUSH key with `count` elements of `size` bytes in one command. */
static void push_many(struct resp_conn *conn, const char *key, size_t count, size_t size) {
    char *element = malloc(size + 1);
    const char **args = malloc((count + 2) * sizeof *args);
    cr_assert(element != NULL && args != NULL);
    memset(element, 'x', size);
    element[size] = '\0';
    args[0] = "RPUSH";
    args[1] = key;
    for (size_t i = 0; i < count; i++) {
        args[i + 2] = element;
    }
    resp_send_argv(conn, count + 2, args, NULL);
    struct buffer reply = {0};
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
    buffer_release(&reply);
    free(args);
    free(element);
}

#define LISTPACK "$8\r\nlistpack\r\n"
#define QUICKLIST "$9\r\nquicklist\r\n"

/* Checks that a list of `count` elements of `size` bytes is a listpack, one more a quicklist. */
static void check_threshold(struct resp_conn *conn, size_t count, size_t size) {
    struct buffer reply = resp_call(conn, "DEL l");
    buffer_release(&reply);
    push_many(conn, "l", count, size);
    assert_reply(conn, "OBJECT ENCODING l", LISTPACK);
    push_many(conn, "l", 1, size);
    assert_reply(conn, "OBJECT ENCODING l", QUICKLIST);
}

/* Pops from a quicklist until it becomes a listpack, and returns how many elements are left. */
static size_t pop_until_listpack(struct resp_conn *conn, size_t length) {
    for (; length > 0; length--) {
        struct buffer encoding = resp_call(conn, "OBJECT ENCODING l");
        bool is_listpack = strcmp(buffer_text(&encoding), LISTPACK) == 0;
        buffer_release(&encoding);
        if (is_listpack) {
            break;
        }
        struct buffer element = resp_call(conn, "LPOP l");
        buffer_release(&element);
    }
    return length;
}

Test(list, the_size_of_a_listpack_is_limited_by_list_max_listpack_size) {
    static const struct {
        const char *set;
        size_t count;
    } rows[] = {
        {"CONFIG SET list-max-listpack-size 128", 128},
        {"CONFIG SET list-max-listpack-size 5", 5},
        {"CONFIG SET list-max-listpack-size 1", 1},
    };
    struct resp_conn *conn = test_server_connect(server);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_reply(conn, rows[i].set, "+OK\r\n");
        check_threshold(conn, rows[i].count, 10);
    }
    resp_close(conn);
}

Test(list, one_command_that_goes_beyond_the_limit_makes_a_quicklist) {
    static const struct {
        const char *set;
        size_t count;
        size_t size;
        size_t more_count;
        size_t more_size;
    } rows[] = {
        {"CONFIG SET list-max-listpack-size -2", 818, 10, 819, 10},
        {"CONFIG SET list-max-listpack-size -1", 408, 10, 409, 10},
        {"CONFIG SET list-max-listpack-size -3", 1637, 10, 1638, 10},
        {"CONFIG SET list-max-ziplist-size -2", 1, 8185, 1, 8186},
    };
    struct resp_conn *conn = test_server_connect(server);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_reply(conn, rows[i].set, "+OK\r\n");
        push_many(conn, "fits", rows[i].count, rows[i].size);
        push_many(conn, "more", rows[i].more_count, rows[i].more_size);
        assert_reply(conn, "OBJECT ENCODING fits", LISTPACK);
        assert_reply(conn, "OBJECT ENCODING more", QUICKLIST);
        assert_reply(conn, "DEL fits more", ":2\r\n");
    }
    resp_close(conn);
}

Test(list, elements_pushed_one_by_one_take_less_room_before_a_quicklist) {
    struct resp_conn *conn = test_server_connect(server);
    for (int i = 0; i < 682; i++) {
        push_many(conn, "l", 1, 10);
    }
    assert_reply(conn, "OBJECT ENCODING l", LISTPACK);
    push_many(conn, "l", 1, 10);
    assert_reply(conn, "OBJECT ENCODING l", QUICKLIST);
    resp_close(conn);
}

Test(list, a_quicklist_that_shrank_to_half_the_limit_is_a_listpack_again) {
    struct resp_conn *conn = test_server_connect(server);
    push_many(conn, "l", 2000, 10);
    cr_assert_eq(pop_until_listpack(conn, 2000), 340);
    assert_reply(conn, "CONFIG SET list-max-listpack-size 128", "+OK\r\n");
    assert_reply(conn, "DEL l", ":1\r\n");
    push_many(conn, "l", 200, 10);
    cr_assert_eq(pop_until_listpack(conn, 200), 64);
    resp_close(conn);
}

Test(list, lrem_ltrim_and_rpop_make_a_listpack_of_a_small_quicklist) {
    struct resp_conn *conn = test_server_connect(server);
    push_many(conn, "l", 3000, 10);
    assert_reply(conn, "RPUSH l a b", ":3002\r\n");
    assert_reply(conn, "LREM l 0 xxxxxxxxxx", ":3000\r\n");
    assert_reply(conn, "OBJECT ENCODING l", LISTPACK);
    push_many(conn, "m", 3000, 10);
    assert_reply(conn, "LTRIM m 0 1", "+OK\r\n");
    assert_reply(conn, "OBJECT ENCODING m", LISTPACK);
    push_many(conn, "n", 3000, 10);
    assert_reply(conn, "LTRIM n 2990 -1", "+OK\r\n");
    assert_reply(conn, "OBJECT ENCODING n", LISTPACK);
    assert_reply(conn, "LLEN n", ":10\r\n");
    resp_close(conn);
}

Test(list, one_large_element_makes_a_quicklist_that_stays_one) {
    enum { LARGE_SIZE = 9000 };
    char element[LARGE_SIZE + 1];
    memset(element, 'y', LARGE_SIZE);
    element[LARGE_SIZE] = '\0';
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "RPUSH l a b c", ":3\r\n");
    struct buffer reply = {0};
    resp_send_argv(conn, 4, (const char *const[]){"LSET", "l", "1", element}, NULL);
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
    cr_assert_str_eq(buffer_text(&reply), "+OK\r\n");
    assert_reply(conn, "OBJECT ENCODING l", QUICKLIST);
    assert_reply(conn, "LSET l 1 small", "+OK\r\n");
    assert_reply(conn, "OBJECT ENCODING l", QUICKLIST);
    assert_reply(conn, "LRANGE l 0 -1", "*3\r\n$1\r\na\r\n$5\r\nsmall\r\n$1\r\nc\r\n");
    assert_reply(conn, "RPUSH m a b c", ":3\r\n");
    buffer_clear(&reply);
    resp_send_argv(conn, 5, (const char *const[]){"LINSERT", "m", "BEFORE", "b", element}, NULL);
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
    cr_assert_str_eq(buffer_text(&reply), ":4\r\n");
    assert_reply(conn, "OBJECT ENCODING m", QUICKLIST);
    buffer_release(&reply);
    resp_close(conn);
}

/* Both encodings answer alike: each command over listpacks of 4 elements and over one listpack. */
Test(list, a_long_list_answers_as_a_short_one) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CONFIG SET list-max-listpack-size 4", "+OK\r\n");
    assert_reply(conn, "RPUSH l 0 1 2 3 4 5 6 7 8 9", ":10\r\n");
    assert_reply(conn, "OBJECT ENCODING l", QUICKLIST);
    assert_reply(conn, "LINDEX l 5", "$1\r\n5\r\n");
    assert_reply(conn, "LINDEX l -8", "$1\r\n2\r\n");
    assert_reply(conn, "LPOS l 7", ":7\r\n");
    assert_reply(conn, "LPOS l 7 RANK -1", ":7\r\n");
    assert_reply(conn, "LSET l 4 four", "+OK\r\n");
    assert_reply(conn, "LINSERT l AFTER four five", ":11\r\n");
    assert_reply(conn, "LREM l -1 5", ":1\r\n");
    assert_reply(conn, "LRANGE l 3 6", "*4\r\n$1\r\n3\r\n$4\r\nfour\r\n$4\r\nfive\r\n$1\r\n6\r\n");
    assert_reply(conn, "LTRIM l 1 -2", "+OK\r\n");
    assert_reply(conn, "RPOPLPUSH l l", "$1\r\n8\r\n");
    assert_reply(conn, "LPOP l 3", "*3\r\n$1\r\n8\r\n$1\r\n1\r\n$1\r\n2\r\n");
    assert_reply(conn, "RPOP l 2", "*2\r\n$1\r\n7\r\n$1\r\n6\r\n");
    assert_reply(conn, "LRANGE l 0 -1", "*3\r\n$1\r\n3\r\n$4\r\nfour\r\n$4\r\nfive\r\n");
    resp_close(conn);
}

Test(list, lpos_and_lrem_walk_both_ways_over_many_nodes) {
    assert_script(server,
                  "CONFIG SET list-max-listpack-size 2 ; RPUSH l a b a c a d a e a ; "
                  "LPOS l a COUNT 0 ; LPOS l a COUNT 0 RANK -2 ; LPOS l a COUNT 0 MAXLEN 3 RANK -1 "
                  "; LPOS l a RANK 3 ; LREM l -2 a ; LRANGE l 0 -1 ; LREM l 2 a ; LRANGE l 0 -1",
                  "+OK", ":9", "*5⏎:0⏎:2⏎:4⏎:6⏎:8", "*4⏎:6⏎:4⏎:2⏎:0", "*2⏎:8⏎:6", ":4", ":2",
                  "*7⏎$1⏎a⏎$1⏎b⏎$1⏎a⏎$1⏎c⏎$1⏎a⏎$1⏎d⏎$1⏎e", ":2", "*5⏎$1⏎b⏎$1⏎c⏎$1⏎a⏎$1⏎d⏎$1⏎e");
}
