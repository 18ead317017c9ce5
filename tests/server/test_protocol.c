/*
 * Requests as bytes: inline and multibulk, cut anywhere, in pipelines, too large, and broken.
 */
#include "support/check.h"
#include "support/command_line.h"
#include "support/rows.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(protocol, .init = start, .fini = stop);

#define PROTOCOL_ERROR "-ERR Protocol error: "

/* Sends bytes given with escapes, and wants exactly these until the server closes. */
static void expect_then_closed(const char *sent, const char *expected) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer bytes = {0};
    struct buffer got = {0};
    command_line_unescape(sent, strlen(sent), &bytes);
    resp_send(conn, bytes.data, bytes.size);
    cr_expect(resp_read_until_close(conn, &got), "not closed: %s", sent);
    cr_expect_str_eq(buffer_text(&got), expected, "%s gave %s", sent, buffer_text(&got));
    buffer_release(&bytes);
    buffer_release(&got);
    resp_close(conn);
}

/* ---- Inline ---- */

Test(protocol, inline_requests_are_split_and_unquoted) {
    static const struct script_row rows[] = {
        {"~PING\\r\\n", {"+PONG"}},
        {"~PING\\n", {"+PONG"}},
        {"~   PING   \\r\\n", {"+PONG"}},
        {"~\\tPING\\t\\r\\n", {"+PONG"}},
        {"~\\r\\nPING\\r\\n", {"+PONG"}},
        {"~\\n\\n   \\nPING\\r\\n", {"+PONG"}},
        {"~SET k \"a b\"\\r\\nGET k\\nECHO 'x'\\r\\n", {"+OK⏎$3⏎a b⏎$1⏎x"}},
        {"~ECHO \"a\\\\x41\\\\n\\\\tb\"\\r\\n", {"$5⏎aA\\n\\tb"}},
        {"~ECHO \"\\\\r\\\\b\\\\a\\\\q\\\\xzz\"\\r\\n", {"$7⏎\\r\\x08\\x07qxzz"}},
        {"~ECHO 'it\\\\'s'\\r\\n", {"$4⏎it's"}},
        {"~ECHO 'a\\\\nb'\\r\\n", {"$4⏎a\\\\nb"}},
        {"~ECHO \"\"\\r\\n", {"$0⏎"}},
        {"~\"\" a\\r\\n", {"-ERR unknown command '', with args beginning with: 'a' "}},
        {"~+PING\\r\\n", {"-ERR unknown command '+PING', with args beginning with: "}},
    };
    assert_rows(server, rows);
}

Test(protocol, unbalanced_quotes_close_the_connection) {
    static const char error[] = PROTOCOL_ERROR "unbalanced quotes in request\r\n";
    expect_then_closed("SET a \"abc\\r\\n", error);
    expect_then_closed("SET a \"abc\"d\\r\\n", error);
    expect_then_closed("SET a 'abc'd\\r\\n", error);
    expect_then_closed("PING\\r\\nSET a 'abc\\r\\nPING\\r\\n", "+PONG\r\n-ERR Protocol error: "
                                                               "unbalanced quotes in request\r\n");
}

Test(protocol, a_browser_is_cut_off_without_an_answer) {
    expect_then_closed("POST / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n", "");
    expect_then_closed("*1\\r\\n$4\\r\\nPOST\\r\\n", "");
    expect_then_closed("PING\\r\\nHost: x\\r\\nPING\\r\\n", "");
}

/* ---- Multibulk ---- */

Test(protocol, multibulk_requests_are_taken_as_the_stock_server_takes_them) {
    static const struct script_row rows[] = {
        {"~*-1\\r\\nPING\\r\\n", {"+PONG"}},
        {"~*0\\r\\nPING\\r\\n", {"+PONG"}},
        {"~*0\\r\\n*-1\\r\\n*1\\r\\n$4\\r\\nPING\\r\\n", {"+PONG"}},
        {"~*1\\r\\n$4\\r\\nPINGxx*1\\r\\n$4\\r\\nPING\\r\\n", {"+PONG⏎+PONG"}},
        {"~*1\\rx$4\\rxPINGyy", {"+PONG"}},
        {"~*2\\r\\n$4\\r\\nEcHo\\r\\n$3\\r\\na\\0b\\r\\n", {"$3⏎a\\0b"}},
        {"~*1\\r\\n$0\\r\\n\\r\\n", {"-ERR unknown command '', with args beginning with: "}},
        {"~*1\\r\\n$5\\r\\nxx\\nyy\\r\\n",
         {"-ERR unknown command 'xx yy', with args beginning with: "}},
        {"~*1\\r\\n$4\\r\\nPI ; ~NG\\r\\n", {"", "+PONG"}},
        {"~*1048577\\r\\n", {""}},
    };
    assert_rows(server, rows);
}

Test(protocol, errors_close_the_connection_behind_their_reply) {
    static const struct {
        const char *sent;
        const char *error;
    } rows[] = {
        {"*3000000000\\r\\n", "invalid multibulk length"},
        {"*2147483648\\r\\n", "invalid multibulk length"},
        {"*abc\\r\\n", "invalid multibulk length"},
        {"*\\r\\n", "invalid multibulk length"},
        {"*+1\\r\\n", "invalid multibulk length"},
        {"*01\\r\\n", "invalid multibulk length"},
        {"* 1\\r\\n", "invalid multibulk length"},
        {"*1 \\r\\n", "invalid multibulk length"},
        {"*1\\r\\nPING\\r\\n", "expected '$', got 'P'"},
        {"*1\\r\\n\\x01PING\\r\\n", "expected '$', got '\x01'"},
        {"*1\\r\\n\\xffPING\\r\\n", "expected '$', got '\xff'"},
        {"*1\\r\\n\\nPING\\r\\n", "expected '$', got ' '"},
        {"*2\\r\\n$3\\r\\nGET\\r\\n*1\\r\\n", "expected '$', got '*'"},
        {"*1\\r\\n$abc\\r\\n", "invalid bulk length"},
        {"*1\\r\\n$\\r\\n", "invalid bulk length"},
        {"*1\\r\\n$-1\\r\\n", "invalid bulk length"},
        {"*1\\r\\n$536870913\\r\\n", "invalid bulk length"},
        {"*2\\r\\n$3\\r\\nGET\\r\\n$-5\\r\\n", "invalid bulk length"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buffer expected = {0};
        buffer_append_format(&expected, PROTOCOL_ERROR "%s\r\n", rows[i].error);
        expect_then_closed(rows[i].sent, expected.data);
        buffer_release(&expected);
    }
}

Test(protocol, an_error_takes_its_place_behind_earlier_replies) {
    expect_then_closed("PING\\r\\n*1\\r\\n$x\\r\\nPING\\r\\n",
                       "+PONG\r\n" PROTOCOL_ERROR "invalid bulk length\r\n");
    expect_then_closed("MULTI\\r\\nPING\\r\\n*x\\r\\n",
                       "+OK\r\n+QUEUED\r\n" PROTOCOL_ERROR "invalid multibulk length\r\n");
}

Test(protocol, an_error_behind_a_blocking_request_waits_for_it) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    struct buffer got = {0};
    resp_send_text(conn, "BLPOP k 0\r\n*x\r\n");
    cr_expect_eq(resp_read_within(conn, &got, 20), RESP_TIMED_OUT);
    assert_reply(other, "RPUSH k a", ":1\r\n");
    cr_expect(resp_read_until_close(conn, &got));
    cr_expect_str_eq(buffer_text(&got),
                     "*2\r\n$1\r\nk\r\n$1\r\na\r\n" PROTOCOL_ERROR "invalid multibulk length\r\n");
    buffer_release(&got);
    resp_close(conn);
    resp_close(other);
}

Test(protocol, lines_without_an_end_are_refused_at_64_kib) {
    enum { TOO_MUCH = 70000 };
    static const struct {
        const char *start;
        char filler;
        const char *error;
    } rows[] = {
        {"", 'A', "too big inline request"},
        {"*", '1', "too big mbulk count string"},
        {"*1\r\n$", '1', "too big bulk count string"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct resp_conn *conn = test_server_connect(server);
        struct buffer expected = {0};
        struct buffer got = {0};
        char *filler = malloc(TOO_MUCH);
        memset(filler, rows[i].filler, TOO_MUCH);
        resp_send_text(conn, rows[i].start);
        resp_send(conn, filler, TOO_MUCH);
        buffer_append_format(&expected, PROTOCOL_ERROR "%s\r\n", rows[i].error);
        cr_expect(resp_read_until_close(conn, &got));
        cr_expect_str_eq(buffer_text(&got), buffer_text(&expected));
        free(filler);
        buffer_release(&expected);
        buffer_release(&got);
        resp_close(conn);
    }
}

Test(protocol, the_longest_inline_request_is_taken) {
    enum { LENGTH = 60000 };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer line = {0};
    buffer_append_text(&line, "STRLEN ");
    memset(buffer_reserve(&line, LENGTH), 'k', LENGTH);
    line.size += LENGTH;
    buffer_append_text(&line, "\r\n");
    resp_send(conn, line.data, line.size);
    struct buffer got = {0};
    cr_expect_eq(resp_read(conn, &got), RESP_COMPLETE);
    cr_expect_str_eq(buffer_text(&got), ":0\r\n");
    buffer_release(&got);
    buffer_release(&line);
    resp_close(conn);
}

/* ---- Cut anywhere, and pipelines ---- */

Test(protocol, a_stream_of_requests_may_be_cut_at_every_byte) {
    static const char stream[] = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhe\r\nl\r\n"
                                 "GET k\r\n"
                                 "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n"
                                 "ECHO \"a b\"\n"
                                 "*0\r\n"
                                 "*1\r\n$4\r\nPING\r\n";
    static const char replies[] = "+OK\r\n$5\r\nhe\r\nl\r\n$0\r\n\r\n$3\r\na b\r\n+PONG\r\n";
    struct resp_conn *other = test_server_connect(server);
    for (size_t cut = 1; cut < sizeof stream - 1; cut++) {
        struct resp_conn *conn = test_server_connect(server);
        struct buffer got = {0};
        resp_send(conn, stream, cut);
        /* The reply to another connection shows that the first part was read. */
        assert_reply(other, "PING", "+PONG\r\n");
        resp_send(conn, stream + cut, sizeof stream - 1 - cut);
        cr_assert(resp_read_bytes(conn, sizeof replies - 1, &got), "cut at %zu", cut);
        cr_assert_str_eq(buffer_text(&got), replies, "cut at %zu", cut);
        buffer_release(&got);
        resp_close(conn);
    }
    resp_close(other);
}

Test(protocol, a_stream_of_requests_may_come_byte_by_byte) {
    static const char stream[] = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nab\r\nGET k\r\n";
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    for (size_t i = 0; i < sizeof stream - 1; i++) {
        resp_send(conn, stream + i, 1);
        assert_reply(other, "PING", "+PONG\r\n");
    }
    struct buffer got = {0};
    cr_assert(resp_read_bytes(conn, strlen("+OK\r\n$2\r\nab\r\n"), &got));
    cr_expect_str_eq(buffer_text(&got), "+OK\r\n$2\r\nab\r\n");
    buffer_release(&got);
    resp_close(conn);
    resp_close(other);
}

Test(protocol, a_pipeline_of_100000_requests_is_answered_in_order) {
    enum { COUNT = 100000, LINE_SIZE = 64 };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer requests = {0};
    struct buffer expected = {0};
    for (int i = 0; i < COUNT; i++) {
        char number[LINE_SIZE];
        int length = snprintf(number, sizeof number, "%d", i);
        buffer_append_format(&requests, "*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n", length, number);
        buffer_append_format(&expected, "$%d\r\n%s\r\n", length, number);
    }
    resp_send(conn, requests.data, requests.size);
    struct buffer got = {0};
    cr_assert(resp_read_bytes(conn, expected.size, &got));
    cr_expect_eq(got.size, expected.size);
    cr_expect_eq(memcmp(got.data, expected.data, expected.size), 0);
    buffer_release(&requests);
    buffer_release(&expected);
    buffer_release(&got);
    resp_close(conn);
}

Test(protocol, a_pipeline_goes_on_behind_a_blocking_request) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    resp_send_text(conn, "SET a 1\r\nBLPOP k 0\r\nGET a\r\nBLPOP k 0\r\nGET a\r\n");
    struct buffer got = {0};
    cr_assert(resp_read_bytes(conn, strlen("+OK\r\n"), &got));
    assert_reply(other, "RPUSH k x", ":1\r\n");
    cr_assert(resp_read_bytes(conn, strlen("*2\r\n$1\r\nk\r\n$1\r\nx\r\n$1\r\n1\r\n"), &got));
    assert_reply(other, "SET a 2", "+OK\r\n");
    assert_reply(other, "RPUSH k y", ":1\r\n");
    cr_assert(resp_read_bytes(conn, strlen("*2\r\n$1\r\nk\r\n$1\r\ny\r\n$1\r\n2\r\n"), &got));
    cr_expect_str_eq(buffer_text(&got), "+OK\r\n*2\r\n$1\r\nk\r\n$1\r\nx\r\n$1\r\n1\r\n"
                                        "*2\r\n$1\r\nk\r\n$1\r\ny\r\n$1\r\n2\r\n");
    buffer_release(&got);
    resp_close(conn);
    resp_close(other);
}

Test(protocol, a_request_of_100000_arguments_is_taken) {
    enum { COUNT = 100000 };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer request = {0};
    buffer_append_format(&request, "*%d\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n", COUNT + 2);
    for (int i = 0; i < COUNT; i++) {
        buffer_append_text(&request, "$1\r\nx\r\n");
    }
    resp_send(conn, request.data, request.size);
    struct buffer got = {0};
    cr_assert_eq(resp_read(conn, &got), RESP_COMPLETE);
    cr_expect_str_eq(buffer_text(&got), ":100000\r\n");
    buffer_release(&request);
    buffer_release(&got);
    resp_close(conn);
}

/* ---- Large arguments ---- */

static size_t status_kib(const char *field) {
    enum { PATH_SIZE = 64, LINE_SIZE = 256 };
    char path[PATH_SIZE];
    char line[LINE_SIZE];
    size_t kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)test_server_pid(server));
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, field, strlen(field)) == 0) {
            kib = strtoul(line + strlen(field) + 1, NULL, 10);
        }
    }
    (void)fclose(file);
    return kib;
}

static void send_large_set(struct resp_conn *conn, const char *key, size_t size, char letter) {
    enum { PIECE = 1 << 20 };
    struct buffer head = {0};
    char *piece = malloc(PIECE);
    memset(piece, letter, PIECE);
    buffer_append_format(&head, "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n$%zu\r\n", strlen(key), key,
                         size);
    resp_send(conn, head.data, head.size);
    for (size_t sent = 0; sent < size; sent += PIECE) {
        resp_send(conn, piece, size - sent < PIECE ? size - sent : PIECE);
    }
    resp_send_text(conn, "\r\n");
    free(piece);
    buffer_release(&head);
}

Test(protocol, a_100_mb_argument_is_received_into_the_memory_that_the_value_keeps) {
    enum { SIZE = 100000000, KIB = 1024, SLACK_KIB = 24 * 1024 };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer got = {0};
    size_t before_kib = status_kib("VmHWM:");
    send_large_set(conn, "large", SIZE, 'x');
    cr_assert_eq(resp_read(conn, &got), RESP_COMPLETE);
    cr_expect_str_eq(buffer_text(&got), "+OK\r\n");
    size_t peak_kib = status_kib("VmHWM:") - before_kib;
    cr_expect_lt(peak_kib, SIZE / KIB + SLACK_KIB, "the peak is %zu KiB above", peak_kib);
    assert_reply(conn, "STRLEN large", ":100000000\r\n");
    assert_reply(conn, "GETRANGE large 99999998 -1", "$2\r\nxx\r\n");
    assert_reply(conn, "DEL large", ":1\r\n");
    buffer_release(&got);
    resp_close(conn);
}

Test(protocol, arguments_up_to_proto_max_bulk_len_are_taken) {
    enum { LIMIT = 1048576 };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer got = {0};
    assert_reply(conn, "CONFIG SET proto-max-bulk-len 1mb", "+OK\r\n");
    send_large_set(conn, "k", LIMIT, 'y');
    cr_assert_eq(resp_read(conn, &got), RESP_COMPLETE);
    cr_expect_str_eq(buffer_text(&got), "+OK\r\n");
    assert_reply(conn, "STRLEN k", ":1048576\r\n");
    expect_then_closed("*2\\r\\n$3\\r\\nGET\\r\\n$1048577\\r\\n",
                       PROTOCOL_ERROR "invalid bulk length\r\n");
    assert_reply(conn, "APPEND k x",
                 "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n");
    buffer_release(&got);
    resp_close(conn);
}

Test(protocol, a_large_value_is_sent_back_whole) {
    enum { SIZE = 5000000 };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer got = {0};
    send_large_set(conn, "k", SIZE, 'z');
    cr_assert_eq(resp_read(conn, &got), RESP_COMPLETE);
    buffer_clear(&got);
    for (int i = 0; i < 3; i++) {
        resp_send_command(conn, "GET k");
        resp_send_command(conn, "PING");
    }
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(resp_read(conn, &got), RESP_COMPLETE);
        cr_expect_eq(got.size, SIZE + strlen("$5000000\r\n\r\n"));
        cr_expect(strspn(got.data + strlen("$5000000\r\n"), "z") == SIZE);
        buffer_clear(&got);
        cr_assert_eq(resp_read(conn, &got), RESP_COMPLETE);
        cr_expect_str_eq(buffer_text(&got), "+PONG\r\n");
        buffer_clear(&got);
    }
    buffer_release(&got);
    resp_close(conn);
}

Test(protocol, a_large_request_may_wait_in_multi_and_in_a_pause) {
    enum { SIZE = 300000 };
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    struct buffer got = {0};
    assert_reply(conn, "MULTI", "+OK\r\n");
    send_large_set(conn, "k", SIZE, 'a');
    cr_assert_eq(resp_read(conn, &got), RESP_COMPLETE);
    cr_expect_str_eq(buffer_text(&got), "+QUEUED\r\n");
    assert_reply(conn, "EXEC", "*1\r\n+OK\r\n");
    assert_reply(conn, "STRLEN k", ":300000\r\n");
    assert_reply(other, "CLIENT PAUSE 100000 WRITE", "+OK\r\n");
    send_large_set(conn, "held", SIZE, 'b');
    resp_send_command(conn, "STRLEN held");
    buffer_clear(&got);
    cr_expect_eq(resp_read_within(conn, &got, 30), RESP_TIMED_OUT);
    assert_reply(other, "CLIENT UNPAUSE", "+OK\r\n");
    cr_assert_eq(resp_read(conn, &got), RESP_COMPLETE);
    cr_assert_eq(resp_read(conn, &got), RESP_COMPLETE);
    cr_expect_str_eq(buffer_text(&got), "+OK\r\n:300000\r\n");
    buffer_release(&got);
    resp_close(conn);
    resp_close(other);
}

Test(protocol, a_client_that_leaves_inside_a_large_argument_leaves_nothing) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    struct buffer got = {0};
    resp_send_text(conn, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\nabc");
    cr_expect_eq(resp_read_within(conn, &got, 20), RESP_TIMED_OUT);
    resp_close(conn);
    assert_reply(other, "GET k", "$-1\r\n");
    resp_close(other);
    buffer_release(&got);
}
