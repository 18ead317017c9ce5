/*
 * Function libraries in files and payloads: they survive, and the stock server understands them.
 */
#include "support/check.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 512 };

static const char *const log_options[] = {"--appendonly", "yes", NULL};
static const char *const text_base_options[] = {"--appendonly", "yes", "--aof-use-rdb-preamble",
                                                "no", NULL};

#define REGISTER "redis.register_function"
#define LOAD "FUNCTION LOAD \"#!lua name="

static const char *const names[] = {"first", "second", "long"};

/* Three libraries, one of them long enough to be compressed. */
static void load_libraries(struct resp_conn *conn) {
    static char spaces[2000];
    memset(spaces, ' ', sizeof spaces - 1);
    assert_reply(conn,
                 LOAD "first\\n" REGISTER "{function_name='f', flags={'no-writes'}, "
                      "description='what', callback=function() return 'from f' end}\"",
                 "$5\r\nfirst\r\n");
    assert_reply(conn, LOAD "second\\n" REGISTER "('g', function() return 'old' end)\"",
                 "$6\r\nsecond\r\n");
    assert_reply(conn, LOAD "gone\\n" REGISTER "('h', function() end)\"", "$4\r\ngone\r\n");
    assert_reply(conn, "FUNCTION DELETE gone", "+OK\r\n");
    assert_reply(conn,
                 "FUNCTION LOAD REPLACE \"#!lua name=second\\n" REGISTER
                 "('g', function() return 'from g' end)\"",
                 "$6\r\nsecond\r\n");
    struct buffer source = {0};
    buffer_append_format(&source, "#!lua name=long\n%s" REGISTER "('l', function() end)", spaces);
    resp_send_argv(conn, 3, (const char *const[]){"FUNCTION", "LOAD", buffer_text(&source)}, NULL);
    struct buffer reply = {0};
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
    cr_assert_str_eq(buffer_text(&reply), "$4\r\nlong\r\n");
    buffer_release(&source);
    buffer_release(&reply);
}

/* What a server says of its libraries, one after another: it lists them in any order. */
static struct buffer describe(struct resp_conn *conn) {
    struct buffer text = {0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char line[PATH_SIZE];
        (void)snprintf(line, sizeof line, "FUNCTION LIST WITHCODE LIBRARYNAME %s", names[i]);
        struct buffer reply = resp_call(conn, line);
        buffer_append(&text, reply.data, reply.size);
        buffer_release(&reply);
    }
    struct buffer stats = resp_call(conn, "FUNCTION STATS");
    buffer_append(&text, stats.data, stats.size);
    buffer_release(&stats);
    return text;
}

/* Wants the libraries of load_libraries, by what they say and what they do. */
static void check_libraries(const struct test_server *server, const struct buffer *expected) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer found = describe(conn);
    cr_expect_eq(found.size, expected->size);
    cr_expect_str_eq(buffer_text(&found), buffer_text(expected));
    assert_reply(conn, "FCALL_RO f 0", "$6\r\nfrom f\r\n");
    assert_reply(conn, "FCALL g 0", "$6\r\nfrom g\r\n");
    buffer_release(&found);
    resp_close(conn);
}

/* ---- Payloads ---- */

static struct resp_value *call_argv(struct resp_conn *conn, size_t argc, const char *const argv[],
                                    const size_t sizes[]) {
    struct buffer reply = {0};
    resp_send_argv(conn, argc, argv, sizes);
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
    struct resp_value *value = resp_value_parse(reply.data, reply.size);
    buffer_release(&reply);
    return value;
}

static struct resp_value *dump(struct resp_conn *conn) {
    return call_argv(conn, 2, (const char *const[]){"FUNCTION", "DUMP"}, (const size_t[]){8, 4});
}

/* Restores a payload and wants this reply: its text without the first byte. */
static void check_restore(struct resp_conn *conn, const char *payload, size_t size,
                          const char *policy, const char *expected) {
    struct resp_value *reply =
        call_argv(conn, 4, (const char *const[]){"FUNCTION", "RESTORE", payload, policy},
                  (const size_t[]){8, 7, size, strlen(policy)});
    cr_expect_str_eq(reply->bytes, expected);
    resp_value_destroy(reply);
}

static void check_exchange(struct test_server *source_server, struct test_server *target_server) {
    struct resp_conn *source = test_server_connect(source_server);
    struct resp_conn *target = test_server_connect(target_server);
    load_libraries(source);
    struct buffer expected = describe(source);
    struct resp_value *payload = dump(source);
    check_restore(target, payload->bytes, payload->size, "APPEND", "OK");
    check_libraries(target_server, &expected);
    resp_value_destroy(payload);
    buffer_release(&expected);
    resp_close(source);
    resp_close(target);
    test_server_stop(source_server);
    test_server_stop(target_server);
}

Test(functions, the_stock_server_restores_our_payloads) {
    check_exchange(test_server_start(NULL), test_server_start_stock(NULL));
}

Test(functions, payloads_of_the_stock_server_are_restored) {
    check_exchange(test_server_start_stock(NULL), test_server_start(NULL));
}

Test(functions, payloads_are_those_of_the_stock_server) {
    struct test_server *servers[] = {test_server_start(NULL), test_server_start_stock(NULL)};
    struct resp_value *empty[2];
    struct resp_value *payloads[2];
    for (size_t i = 0; i < 2; i++) {
        struct resp_conn *conn = test_server_connect(servers[i]);
        empty[i] = dump(conn);
        assert_reply(conn, LOAD "first\\n" REGISTER "('f', function() return 1 end)\"",
                     "$5\r\nfirst\r\n");
        payloads[i] = dump(conn);
        resp_close(conn);
        test_server_stop(servers[i]);
    }
    cr_expect_eq(empty[0]->size, empty[1]->size);
    cr_expect_eq(memcmp(empty[0]->bytes, empty[1]->bytes, empty[1]->size), 0);
    cr_assert_eq(payloads[0]->size, payloads[1]->size);
    cr_expect_eq(memcmp(payloads[0]->bytes, payloads[1]->bytes, payloads[1]->size), 0);
    for (size_t i = 0; i < 2; i++) {
        resp_value_destroy(empty[i]);
        resp_value_destroy(payloads[i]);
    }
}

Test(functions, policy_says_what_becomes_of_libraries_that_are_there) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, LOAD "a\\n" REGISTER "('f', function() return 1 end)\"", "$1\r\na\r\n");
    struct resp_value *payload = dump(conn);
    const char *bytes = payload->bytes;
    size_t size = payload->size;
    check_restore(conn, bytes, size, "append", "ERR Library a already exists");
    check_restore(conn, bytes, size, "other",
                  "ERR Wrong restore policy given, value should be either FLUSH, APPEND or "
                  "REPLACE.");
    assert_reply(conn, "FUNCTION LOAD REPLACE \"#!lua name=a\\n" REGISTER "('x', function() end)\"",
                 "$1\r\na\r\n");
    check_restore(conn, bytes, size, "replace", "OK");
    assert_reply(conn, "FCALL f 0", ":1\r\n");
    assert_reply(conn, "FCALL x 0", "-ERR Function not found\r\n");
    /* The name of the function is another library's, which nothing replaces. */
    assert_reply(conn, "FUNCTION FLUSH", "+OK\r\n");
    assert_reply(conn, LOAD "b\\n" REGISTER "('F', function() return 2 end)\"", "$1\r\nb\r\n");
    assert_reply(conn, LOAD "a\\n" REGISTER "('y', function() return 3 end)\"", "$1\r\na\r\n");
    check_restore(conn, bytes, size, "replace", "ERR Function f already exists");
    assert_reply(conn, "FCALL f 0", ":2\r\n");
    assert_reply(conn, "FCALL y 0", ":3\r\n");
    check_restore(conn, bytes, size, "flush", "OK");
    assert_reply(conn, "FCALL f 0", ":1\r\n");
    assert_reply(conn, "FCALL y 0", "-ERR Function not found\r\n");
    assert_reply(conn, "FUNCTION RESTORE abc FLUSH",
                 "-ERR DUMP payload version or checksum are wrong\r\n");
    assert_reply(conn, "FUNCTION RESTORE a b c",
                 "-ERR unknown subcommand or wrong number of arguments for 'RESTORE'. Try FUNCTION "
                 "HELP.\r\n");
    resp_value_destroy(payload);
    resp_close(conn);
    test_server_stop(server);
}

Test(functions, a_payload_cut_or_changed_anywhere_is_refused) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    load_libraries(conn);
    struct resp_value *payload = dump(conn);
    for (size_t i = 0; i < payload->size; i++) {
        check_restore(conn, payload->bytes, i, "FLUSH",
                      "ERR DUMP payload version or checksum are wrong");
        payload->bytes[i] ^= 0x20;
        check_restore(conn, payload->bytes, payload->size, "FLUSH",
                      "ERR DUMP payload version or checksum are wrong");
        payload->bytes[i] ^= 0x20;
    }
    assert_reply(conn, "FCALL g 0", "$6\r\nfrom g\r\n");
    /* Well summed, but a value, a library of a release candidate, a source that ends too early. */
    static const struct {
        const char *payload;
        size_t size;
        const char *error;
    } rows[] = {
        {"\x00\x01\x61\x0a\x00\xbf\xfe\xef\x9b\x8f\x36\x7d\xb4", 13,
         "ERR given type is not a function"},
        {"\xf6\x01\x61\x0a\x00\xeb\xbc\x2f\xbf\x62\x40\x6c\x8c", 13,
         "ERR Pre-GA function format not supported"},
        {"\xf5\x0a\x00\x3f\x97\x75\x21\x84\xd9\x5c\xa4", 11, "ERR Failed loading library payload"},
        {"\xf5\x05\x61\x62\x0a\x00\x93\xbb\xbd\x3e\x9b\x57\x75\xf3", 14,
         "ERR Failed loading library payload"},
        {"\xf5\x01\x78\x0a\x00\x54\xa5\xad\xd7\xcc\xb0\x54\xb7", 13,
         "ERR Missing library metadata"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_restore(conn, rows[i].payload, rows[i].size, "FLUSH", rows[i].error);
    }
    assert_reply(conn, "FCALL g 0", "$6\r\nfrom g\r\n");
    resp_value_destroy(payload);
    resp_close(conn);
    test_server_stop(server);
}

/* ---- Files ---- */

Test(functions, survive_flushall_and_debug_reload) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    load_libraries(conn);
    struct buffer expected = describe(conn);
    assert_reply(conn, "FLUSHALL", "+OK\r\n");
    assert_reply(conn, "DEBUG RELOAD", "+OK\r\n");
    check_libraries(server, &expected);
    assert_reply(conn, "DEBUG RELOAD NOSAVE NOFLUSH", "-ERR Error trying to load the RDB dump\r\n");
    assert_reply(conn, "DEBUG RELOAD NOSAVE NOFLUSH MERGE", "+OK\r\n");
    check_libraries(server, &expected);
    buffer_release(&expected);
    resp_close(conn);
    test_server_stop(server);
}

/* Saves in one server and loads in another one of the same directory. */
static void check_dump_file(struct test_server *writer,
                            struct test_server *(*start)(const char *const options[])) {
    struct resp_conn *conn = test_server_connect(writer);
    load_libraries(conn);
    assert_reply(conn, "SET k v", "+OK\r\n");
    assert_reply(conn, "SAVE", "+OK\r\n");
    struct buffer expected = describe(conn);
    struct test_server *reader =
        start((const char *const[]){"--dir", test_server_dir(writer), NULL});
    check_libraries(reader, &expected);
    buffer_release(&expected);
    resp_close(conn);
    test_server_stop(reader);
    test_server_stop(writer);
}

Test(functions, stand_in_the_dump_file) {
    check_dump_file(test_server_start(NULL), test_server_start);
    check_dump_file(test_server_start(NULL), test_server_start_stock);
    check_dump_file(test_server_start_stock(NULL), test_server_start);
}

static bool is_rewritten(void *context) {
    struct resp_conn *conn = context;
    struct buffer reply = resp_call(conn, "INFO persistence");
    bool is_done = strstr(buffer_text(&reply), "aof_rewrite_in_progress:0") != NULL &&
                   strstr(buffer_text(&reply), "aof_rewrite_scheduled:0") != NULL &&
                   strstr(buffer_text(&reply), "aof_last_bgrewrite_status:ok") != NULL;
    buffer_release(&reply);
    return is_done;
}

/* Puts the log of one server in the place of another one's; neither runs. */
static void copy_log(const struct test_server *from, const struct test_server *to) {
    char command[4 * PATH_SIZE];
    (void)snprintf(command, sizeof command,
                   "rm -rf %s/appendonlydir && cp -r %s/appendonlydir %s/appendonlydir",
                   test_server_dir(to), test_server_dir(from), test_server_dir(to));
    cr_assert_eq(system(command), 0);
}

/* Loads what one server logged in another one, which takes the log as its own. */
static void check_log(struct test_server *writer, struct test_server *reader, bool rewrites) {
    struct resp_conn *conn = test_server_connect(writer);
    load_libraries(conn);
    if (rewrites) {
        assert_reply(conn, "BGREWRITEAOF", "+Background append only file rewriting started\r\n");
        cr_assert(wait_until(is_rewritten, conn, WAIT_DEADLINE_MS));
        /* What is logged behind the base meets what stands in it. */
        assert_reply(conn, "FUNCTION DELETE second", "+OK\r\n");
        assert_reply(conn, LOAD "second\\n" REGISTER "('g', function() return 'from g' end)\"",
                     "$6\r\nsecond\r\n");
    } else {
        struct resp_value *payload = dump(conn);
        check_restore(conn, payload->bytes, payload->size, "FLUSH", "OK");
        resp_value_destroy(payload);
    }
    struct buffer expected = describe(conn);
    resp_close(conn);
    test_server_restart(writer);
    check_libraries(writer, &expected);
    test_server_crash(writer);
    test_server_crash(reader);
    copy_log(writer, reader);
    test_server_start_again(reader);
    check_libraries(reader, &expected);
    buffer_release(&expected);
    test_server_release(writer);
    test_server_stop(reader);
}

Test(functions, stand_in_the_log) {
    check_log(test_server_start(log_options), test_server_start_stock(log_options), false);
    check_log(test_server_start_stock(log_options), test_server_start(log_options), false);
}

Test(functions, stand_in_the_base_of_the_log) {
    check_log(test_server_start(log_options), test_server_start_stock(log_options), true);
    check_log(test_server_start(text_base_options), test_server_start_stock(log_options), true);
    check_log(test_server_start_stock(log_options), test_server_start(log_options), true);
    check_log(test_server_start_stock(text_base_options), test_server_start(log_options), true);
}

Test(functions, a_library_that_cannot_be_loaded_refuses_the_file) {
    static const char file[] = "REDIS0010\xf5\x15#!lua name=a\nreturn {\xff\0\0\0\0\0\0\0";
    struct test_server *server = test_server_start(NULL);
    test_server_crash(server);
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/dump.rdb", test_server_dir(server));
    FILE *stream = fopen(path, "we");
    cr_assert_not_null(stream);
    cr_assert_eq(fwrite(file, 1, sizeof file, stream), sizeof file);
    cr_assert_eq(fclose(stream), 0);
    cr_assert_not(test_server_try_again(server));
    cr_assert_eq(test_server_wait(server), 1);
    struct buffer log = test_server_log(server);
    cr_expect_not_null(strstr(buffer_text(&log),
                              "a function library cannot be loaded: Error compiling function: "
                              "user_function:2: unexpected symbol near '<eof>'"),
                       "%s", buffer_text(&log));
    buffer_release(&log);
    test_server_release(server);
}
