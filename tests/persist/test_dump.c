/*
 * DUMP and RESTORE over a socket: payloads exchanged with the stock server, options, refusals.
 */
#include "persist/dataset.h"
#include "support/check.h"

#include <stdio.h>
#include <string.h>

/* What DUMP of the stock server makes of "hello". */
#define HELLO "\"\\x00\\x05hello\\x0a\\x00\\x63\\x72\\xdf\\x76\\x65\\x34\\x20\\x0a\""

/* ---- Exchange ---- */

static struct resp_value *call_argv(struct resp_conn *conn, size_t argc, const char *const argv[],
                                    const size_t sizes[]) {
    struct buffer reply = {0};
    resp_send_argv(conn, argc, argv, sizes);
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
    struct resp_value *value = resp_value_parse(reply.data, reply.size);
    buffer_release(&reply);
    return value;
}

static void move_key(struct resp_conn *source, struct resp_conn *target,
                     const struct resp_value *key) {
    struct resp_value *payload = call_argv(source, 2, (const char *const[]){"DUMP", key->bytes},
                                           (const size_t[]){4, key->size});
    struct resp_value *deadline =
        call_argv(source, 2, (const char *const[]){"PEXPIRETIME", key->bytes},
                  (const size_t[]){11, key->size});
    char text[32];
    long long given = deadline->integer < 0 ? 0 : deadline->integer;
    int length = snprintf(text, sizeof text, "%lld", given);
    struct resp_value *reply = call_argv(
        target, 5, (const char *const[]){"RESTORE", key->bytes, text, payload->bytes, "ABSTTL"},
        (const size_t[]){7, key->size, (size_t)length, payload->size, 6});
    cr_assert_eq(reply->type, '+', "RESTORE %s: %s", key->bytes, reply->bytes);
    resp_value_destroy(payload);
    resp_value_destroy(deadline);
    resp_value_destroy(reply);
}

/* Moves all keys of database 0 by DUMP and RESTORE, and wants the same data afterwards. */
static void check_exchange(struct test_server *source_server, struct test_server *target_server) {
    struct resp_conn *source = test_server_connect(source_server);
    struct resp_conn *target = test_server_connect(target_server);
    dataset_fill(source);
    assert_reply(target, "SELECT 3", "+OK\r\n");
    assert_reply(target, "SET other database", "+OK\r\n");
    assert_reply(target, "SELECT 0", "+OK\r\n");
    struct resp_value *keys =
        call_argv(source, 2, (const char *const[]){"KEYS", "*"}, (const size_t[]){4, 1});
    for (size_t i = 0; i < keys->count; i++) {
        move_key(source, target, &keys->items[i]);
    }
    struct buffer wanted = {0};
    struct buffer found = {0};
    dataset_describe(source, &wanted);
    dataset_describe(target, &found);
    cr_assert_str_eq(buffer_text(&found), buffer_text(&wanted));
    buffer_release(&wanted);
    buffer_release(&found);
    resp_value_destroy(keys);
    resp_close(source);
    resp_close(target);
    test_server_stop(source_server);
    test_server_stop(target_server);
}

Test(dump, the_stock_server_restores_our_payloads) {
    check_exchange(test_server_start(NULL), test_server_start_stock(NULL));
}

Test(dump, payloads_of_the_stock_server_are_restored) {
    check_exchange(test_server_start_stock(NULL), test_server_start(NULL));
}

Test(dump, payloads_are_those_of_the_stock_server_where_encodings_agree) {
    static const char *const keys[] = {"string:empty", "string:text",      "string:int",
                                       "string:zeros", "string:large-int", "list:short",
                                       "set:integers", "hash:few",         "no-such-key"};
    struct test_server *ours = test_server_start(NULL);
    struct test_server *stock = test_server_start_stock(NULL);
    struct resp_conn *conns[] = {test_server_connect(ours), test_server_connect(stock)};
    dataset_fill(conns[0]);
    dataset_fill(conns[1]);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "DUMP %s", keys[i]);
        struct buffer wanted = resp_call(conns[1], line);
        struct buffer found = resp_call(conns[0], line);
        cr_expect_eq(found.size, wanted.size, "%s", keys[i]);
        cr_expect_eq(memcmp(found.data, wanted.data, wanted.size), 0, "%s", keys[i]);
        buffer_release(&wanted);
        buffer_release(&found);
    }
    resp_close(conns[0]);
    resp_close(conns[1]);
    test_server_stop(ours);
    test_server_stop(stock);
}

Test(dump, fields_keep_their_deadlines) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "HSET h f v g w", ":2\r\n");
    assert_reply(conn, "HPEXPIREAT h 1999999999000 FIELDS 1 f", "*1\r\n:1\r\n");
    struct resp_value *payload =
        call_argv(conn, 2, (const char *const[]){"DUMP", "h"}, (const size_t[]){4, 1});
    cr_assert_eq(payload->bytes[0], 25);
    struct resp_value *reply =
        call_argv(conn, 4, (const char *const[]){"RESTORE", "copy", "0", payload->bytes},
                  (const size_t[]){7, 4, 1, payload->size});
    cr_assert_str_eq(reply->bytes, "OK");
    assert_reply(conn, "HPEXPIRETIME copy FIELDS 2 f g", "*2\r\n:1999999999000\r\n:-1\r\n");
    resp_value_destroy(payload);
    resp_value_destroy(reply);
    resp_close(conn);
    test_server_stop(server);
}

/* ---- Options and refusals ---- */

Test(dump, restore_makes_a_key_with_or_without_a_deadline) {
    struct test_server *server = test_server_start(NULL);
    assert_script(server,
                  "RESTORE k 0 " HELLO " ; GET k ; PTTL k ; RESTORE k 0 " HELLO " ; "
                  "RESTORE k 100000 " HELLO " REPLACE ; TTL k ; "
                  "RESTORE a 1999999999000 " HELLO " ABSTTL ; PEXPIRETIME a ; "
                  "RESTORE b 0 " HELLO " IDLETIME 1000 ; OBJECT IDLETIME b",
                  "+OK", "$5⏎hello", ":-1", "-BUSYKEY Target key name already exists.", "+OK",
                  ":100", "+OK", ":1999999999000", "+OK", ":1000");
    test_server_stop(server);
}

Test(dump, a_restored_key_is_as_often_used_as_was_said_or_as_a_new_one) {
    struct test_server *server = test_server_start(NULL);
    assert_script(server,
                  "CONFIG SET maxmemory-policy allkeys-lfu ; RESTORE k 0 " HELLO " FREQ 77 ; "
                  "OBJECT FREQ k ; RESTORE k 0 " HELLO " REPLACE ; OBJECT FREQ k ; "
                  "RESTORE k 0 " HELLO " REPLACE FREQ 0 ; OBJECT FREQ k",
                  "+OK", "+OK", ":77", "+OK", ":5", "+OK", ":0");
    test_server_stop(server);
}

Test(dump, restore_with_a_past_deadline_makes_nothing_and_removes_what_it_replaces) {
    struct test_server *server = test_server_start(NULL);
    assert_script(server,
                  "RESTORE k 1 " HELLO " ABSTTL ; EXISTS k ; SET k v ; "
                  "RESTORE k 1 " HELLO " ABSTTL REPLACE ; EXISTS k",
                  "+OK", ":0", "+OK", "+OK", ":0");
    test_server_stop(server);
}

Test(dump, restore_refuses_wrong_arguments_in_the_order_of_the_stock_server) {
    struct test_server *server = test_server_start(NULL);
    assert_script(server,
                  "RESTORE k 0 ; RESTORE k -1 abc ; RESTORE k x abc ; RESTORE k 0 abc ; "
                  "RESTORE k 0 abc IDLETIME -1 ; RESTORE k 0 abc FREQ 256 ; "
                  "RESTORE k 0 abc IDLETIME ; RESTORE k 0 abc IDLETIME 1 FREQ 1 ; "
                  "RESTORE k 0 abc FOO ; DUMP ; DUMP k",
                  "-ERR wrong number of arguments for 'restore' command",
                  "-ERR Invalid TTL value, must be >= 0",
                  "-ERR value is not an integer or out of range",
                  "-ERR DUMP payload version or checksum are wrong",
                  "-ERR Invalid IDLETIME value, must be >= 0",
                  "-ERR Invalid FREQ value, must be >= 0 and <= 255", "-ERR syntax error",
                  "-ERR syntax error", "-ERR syntax error",
                  "-ERR wrong number of arguments for 'dump' command", "$-1");
    test_server_stop(server);
}

Test(dump, a_refused_payload_leaves_the_key_alone) {
    struct test_server *server = test_server_start(NULL);
    assert_script(
        server,
        "SET k v ; RESTORE k 0 abc REPLACE ; "
        "RESTORE k 0 \"\\x00\\x05hell\\x0a\\x00\\x63\\x72\\xdf\\x76\\x65\\x34\\x20\\x0a\" "
        "REPLACE ; GET k",
        "+OK", "-ERR DUMP payload version or checksum are wrong",
        "-ERR DUMP payload version or checksum are wrong", "$1⏎v");
    test_server_stop(server);
}

Test(dump, a_payload_cut_or_changed_anywhere_is_refused) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    dataset_fill(conn);
    struct resp_value *payload =
        call_argv(conn, 2, (const char *const[]){"DUMP", "hash:few"}, (const size_t[]){4, 8});
    for (size_t i = 0; i < payload->size; i++) {
        size_t sizes[] = {7, 1, 1, i};
        const char *argv[] = {"RESTORE", "k", "0", payload->bytes};
        struct resp_value *reply = call_argv(conn, 4, argv, sizes);
        cr_expect_eq(reply->type, '-');
        resp_value_destroy(reply);
        payload->bytes[i] ^= 0x20;
        sizes[3] = payload->size;
        reply = call_argv(conn, 4, argv, sizes);
        payload->bytes[i] ^= 0x20;
        cr_expect_eq(reply->type, '-');
        resp_value_destroy(reply);
    }
    resp_value_destroy(payload);
    resp_close(conn);
    test_server_stop(server);
}
