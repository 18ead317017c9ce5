/*
 * What clients may take: connections, memory for input and output, time.
 */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TEXT_SIZE = 256 };

static size_t resident_kib(const struct test_server *server) {
    char path[TEXT_SIZE];
    char line[TEXT_SIZE];
    size_t kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)test_server_pid(server));
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmRSS:", strlen("VmRSS:")) == 0) {
            kib = strtoul(line + strlen("VmRSS:"), NULL, 10);
        }
    }
    (void)fclose(file);
    return kib;
}

static bool info_has(struct resp_conn *conn, const char *text) {
    struct buffer reply = resp_call(conn, "INFO everything");
    bool has_text = strstr(buffer_text(&reply), text) != NULL;
    buffer_release(&reply);
    return has_text;
}

static bool is_closed(struct resp_conn *conn, struct buffer *bytes) {
    return resp_read_until_close(conn, bytes);
}

/* Closing them takes longer than a turn may, but nobody must notice. */
Test(limits, clients_killed_by_the_thousand_are_gone_with_the_reply) {
    enum { COUNT = 3000, SPARE = 100 };
    test_server_allow_descriptors(COUNT + SPARE);
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *first = test_server_connect(server);
    static struct resp_conn *killed[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        killed[i] = test_server_connect(server);
        assert_reply(killed[i], "SUBSCRIBE c", "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
    }
    assert_reply(first, "CLIENT KILL TYPE pubsub", ":3000\r\n");
    assert_reply(first, "PUBLISH c message", ":0\r\n");
    cr_expect(info_has(first, "connected_clients:1\r\n"));
    struct buffer bytes = {0};
    for (size_t i = 0; i < COUNT; i++) {
        cr_expect(is_closed(killed[i], &bytes));
        resp_close(killed[i]);
    }
    cr_expect_str_eq(buffer_text(&bytes), "");
    cr_expect(info_has(first, "pubsub_channels:0\r\n"));
    buffer_release(&bytes);
    resp_close(first);
    test_server_stop(server);
}

Test(limits, ten_thousand_idle_connections_cost_less_than_10_mb) {
    enum { COUNT = 10000, SPARE = 100, LIMIT_KIB = 10000000 / 1024 };
    test_server_allow_descriptors(COUNT + SPARE);
    struct test_server *server =
        test_server_start((const char *const[]){"--maxclients", "10001", NULL});
    struct resp_conn *first = test_server_connect(server);
    assert_reply(first, "PING", "+PONG\r\n");
    size_t before_kib = resident_kib(server);
    struct resp_conn **idle = calloc(COUNT, sizeof *idle);
    for (size_t i = 0; i < COUNT; i++) {
        idle[i] = test_server_connect(server);
        assert_reply(idle[i], "PING", "+PONG\r\n");
    }
    cr_expect(info_has(first, "connected_clients:10001\r\n"));
    size_t cost_kib = resident_kib(server) - before_kib;
    const char *variant = getenv("LATCHKEY_SERVER");
    bool has_sanitizers = variant != NULL && strstr(variant, "sanitize") != NULL;
    cr_expect(has_sanitizers || cost_kib < LIMIT_KIB, "%zu KiB", cost_kib);
    struct resp_conn *refused = test_server_connect(server);
    struct buffer bytes = {0};
    cr_expect(is_closed(refused, &bytes));
    cr_expect_str_eq(buffer_text(&bytes), "-ERR max number of clients reached\r\n");
    resp_close(refused);
    for (size_t i = 0; i < COUNT; i++) {
        resp_close(idle[i]);
    }
    free(idle);
    buffer_release(&bytes);
    resp_close(first);
    test_server_stop(server);
}

/* The connection that saw the server get ready may not be gone yet: tries until there is room. */
static struct resp_conn *connect_admitted(const struct test_server *server) {
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    struct resp_conn *conn = test_server_connect(server);
    struct buffer reply = resp_call(conn, "PING");
    while (strcmp(buffer_text(&reply), "+PONG\r\n") != 0 && wait_now_ms() < deadline_ms) {
        resp_close(conn);
        buffer_release(&reply);
        wait_moment();
        conn = test_server_connect(server);
        reply = resp_call(conn, "PING");
    }
    cr_expect_str_eq(buffer_text(&reply), "+PONG\r\n");
    buffer_release(&reply);
    return conn;
}

Test(limits, connections_over_maxclients_are_refused) {
    struct test_server *server =
        test_server_start((const char *const[]){"--maxclients", "2", NULL});
    struct resp_conn *first = connect_admitted(server);
    struct resp_conn *second = connect_admitted(server);
    struct buffer bytes = {0};
    struct resp_conn *third = test_server_connect(server);
    cr_expect(is_closed(third, &bytes));
    cr_expect_str_eq(buffer_text(&bytes), "-ERR max number of clients reached\r\n");
    cr_expect(!info_has(first, "rejected_connections:0\r\n"));
    assert_reply(first, "CONFIG SET maxclients 3", "+OK\r\n");
    struct resp_conn *fourth = test_server_connect(server);
    assert_reply(fourth, "PING", "+PONG\r\n");
    buffer_release(&bytes);
    resp_close(first);
    resp_close(second);
    resp_close(third);
    resp_close(fourth);
    test_server_stop(server);
}

Test(limits, an_idle_client_is_closed_after_timeout_but_not_one_that_waits) {
    struct test_server *server = test_server_start((const char *const[]){"--timeout", "1", NULL});
    struct resp_conn *idle = test_server_connect(server);
    struct resp_conn *waiting = test_server_connect(server);
    struct buffer bytes = {0};
    assert_reply(idle, "PING", "+PONG\r\n");
    resp_send_command(waiting, "BLPOP k 0");
    cr_expect(is_closed(idle, &bytes));
    struct resp_conn *other = test_server_connect(server);
    assert_reply(other, "RPUSH k a", ":1\r\n");
    cr_expect_eq(resp_read(waiting, &bytes), RESP_COMPLETE);
    cr_expect_str_eq(buffer_text(&bytes), "*2\r\n$1\r\nk\r\n$1\r\na\r\n");
    buffer_release(&bytes);
    resp_close(idle);
    resp_close(waiting);
    resp_close(other);
    test_server_stop(server);
}

Test(limits, a_request_over_the_query_buffer_limit_closes_its_connection) {
    enum { SENT = 100000 };
    struct test_server *server =
        test_server_start((const char *const[]){"--client-query-buffer-limit", "1mb", NULL});
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    struct buffer bytes = {0};
    char *part = calloc(1, SENT);
    resp_send_text(conn, "*2\r\n$3\r\nGET\r\n$3000000\r\n");
    /* The server may hang up before all is sent. */
    cr_expect_gt(send(resp_fd(conn), part, SENT, MSG_NOSIGNAL), 0);
    free(part);
    cr_expect(is_closed(conn, &bytes));
    cr_expect_eq(bytes.size, 0);
    cr_expect(info_has(other, "client_query_buffer_limit_disconnections:1\r\n"));
    assert_reply(other, "PING", "+PONG\r\n");
    buffer_release(&bytes);
    resp_close(conn);
    resp_close(other);
    test_server_stop(server);
}

/* Asks for a large value again and again without reading a byte, until the server hangs up. */
static void expect_cut_off(const char *limits, const char *setup, const char *request) {
    enum { REQUESTS = 400 };
    struct test_server *server =
        test_server_start((const char *const[]){"--client-output-buffer-limit", limits, NULL});
    struct resp_conn *other = test_server_connect(server);
    struct buffer reply = resp_call(other, setup);
    struct resp_conn *conn = test_server_connect(server);
    struct buffer requests = {0};
    for (int i = 0; i < REQUESTS; i++) {
        buffer_append_text(&requests, request);
    }
    cr_assert_eq(write(resp_fd(conn), requests.data, requests.size), (ssize_t)requests.size);
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    while (!info_has(other, "client_output_buffer_limit_disconnections:1\r\n") &&
           wait_now_ms() < deadline_ms) {
        wait_moment();
    }
    cr_expect(info_has(other, "client_output_buffer_limit_disconnections:1\r\n"), "%s", limits);
    cr_expect(info_has(other, "connected_clients:1\r\n"));
    buffer_release(&reply);
    buffer_release(&requests);
    resp_close(conn);
    resp_close(other);
    test_server_stop(server);
}

Test(limits, a_client_that_does_not_read_is_closed_at_the_hard_limit) {
    expect_cut_off("normal 1mb 0 0", "SETRANGE k 99999 x", "GET k\r\n");
}

Test(limits, a_client_that_does_not_read_is_closed_after_a_time_over_the_soft_limit) {
    expect_cut_off("normal 0 100kb 1", "SETRANGE k 9999 x", "GET k\r\n");
}

/* What a client gets that sends these requests at once. */
static size_t received_size(struct test_server *server, const char *requests) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer bytes = {0};
    resp_send_text(conn, requests);
    cr_expect(is_closed(conn, &bytes), "%s", requests);
    size_t size = bytes.size;
    buffer_release(&bytes);
    resp_close(conn);
    return size;
}

Test(limits, nothing_is_sent_of_replies_that_are_over_the_hard_limit) {
    struct test_server *server = test_server_start(
        (const char *const[]){"--client-output-buffer-limit", "normal 100kb 0 0", NULL});
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SETRANGE large 199999 x", ":200000\r\n");
    assert_reply(conn, "SETRANGE small 39999 x", ":40000\r\n");
    cr_expect_eq(received_size(server, "GET large\r\n"), 0);
    cr_expect_eq(received_size(server, "GET small\r\nGET small\r\nGET small\r\nGET small\r\n"), 0);
    cr_expect_eq(received_size(server, "MULTI\r\nGET large\r\nSET done 1\r\nEXEC\r\n"), 0);
    assert_reply(conn, "GET done", "$1\r\n1\r\n");
    cr_expect(info_has(conn, "client_output_buffer_limit_disconnections:3\r\n"));
    resp_close(conn);
    test_server_stop(server);
}

/* The figure that CLIENT LIST shows of the only subscriber; 0 when there is none. */
static long waiting_output(struct resp_conn *conn) {
    struct buffer list = resp_call(conn, "CLIENT LIST TYPE pubsub");
    const char *figure = strstr(buffer_text(&list), " omem=");
    long size = figure == NULL ? 0 : strtol(figure + strlen(" omem="), NULL, 10);
    buffer_release(&list);
    return size;
}

Test(limits, a_subscriber_over_the_soft_limit_is_closed_though_nothing_comes) {
    enum { LIMIT = 100000, MESSAGE_SIZE = 1000 };
    struct test_server *server = test_server_start(
        (const char *const[]){"--client-output-buffer-limit", "pubsub 0 100000 1", NULL});
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *subscriber = test_server_connect(server);
    assert_reply(subscriber, "SUBSCRIBE a", "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
    char message[MESSAGE_SIZE + 1];
    memset(message, 'x', MESSAGE_SIZE);
    message[MESSAGE_SIZE] = '\0';
    while (waiting_output(conn) < LIMIT) {
        struct buffer reply = {0};
        resp_send_argv(conn, 3, (const char *const[]){"PUBLISH", "a", message}, NULL);
        cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
        cr_assert_str_eq(buffer_text(&reply), ":1\r\n");
        buffer_release(&reply);
    }
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    while (waiting_output(conn) > 0 && wait_now_ms() < deadline_ms) {
        wait_moment();
    }
    cr_expect(info_has(conn, "client_output_buffer_limit_disconnections:1\r\n"));
    resp_close(conn);
    resp_close(subscriber);
    test_server_stop(server);
}

Test(limits, a_stranger_that_does_not_read_is_closed) {
    enum { REQUESTS = 20000 };
    struct test_server *server =
        test_server_start((const char *const[]){"--requirepass", "sekret", NULL});
    struct resp_conn *other = test_server_connect(server);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(other, "AUTH sekret", "+OK\r\n");
    struct buffer requests = {0};
    for (int i = 0; i < REQUESTS; i++) {
        buffer_append_text(&requests, "PING\r\n");
    }
    cr_assert_gt(write(resp_fd(conn), requests.data, requests.size), 0);
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    while (!info_has(other, "client_output_buffer_limit_disconnections:1\r\n") &&
           wait_now_ms() < deadline_ms) {
        wait_moment();
    }
    cr_expect(info_has(other, "client_output_buffer_limit_disconnections:1\r\n"));
    buffer_release(&requests);
    resp_close(conn);
    resp_close(other);
    test_server_stop(server);
}

Test(limits, a_monitor_that_does_not_read_is_closed_and_others_go_on) {
    enum { REQUESTS = 60 };
    struct test_server *server = test_server_start(
        (const char *const[]){"--client-output-buffer-limit", "normal 100kb 0 0", NULL});
    struct resp_conn *monitor = test_server_connect(server);
    struct resp_conn *second = test_server_connect(server);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(monitor, "MONITOR", "+OK\r\n");
    assert_reply(second, "MONITOR", "+OK\r\n");
    char *large = malloc(20001);
    memset(large, 'x', 20000);
    large[20000] = '\0';
    struct buffer reply = {0};
    for (int i = 0; i < REQUESTS; i++) {
        resp_send_argv(conn, 2, (const char *const[]){"STRLEN", large}, NULL);
        cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
    }
    cr_expect(info_has(conn, "client_output_buffer_limit_disconnections:2\r\n"));
    assert_reply(conn, "PING", "+PONG\r\n");
    free(large);
    buffer_release(&reply);
    resp_close(monitor);
    resp_close(second);
    resp_close(conn);
    test_server_stop(server);
}

Test(limits, the_server_listens_on_several_addresses_and_on_none) {
    struct test_server *server =
        test_server_start((const char *const[]){"--bind", "127.0.0.1", "-::1", "-192.0.2.1", NULL});
    struct resp_conn *conn = test_server_connect_tcp(server);
    assert_reply(conn, "PING", "+PONG\r\n");
    assert_reply(conn, "CONFIG GET bind",
                 "*2\r\n$4\r\nbind\r\n$25\r\n127.0.0.1 -::1 -192.0.2.1\r\n");
    assert_reply(conn, "CONFIG SET port 0", "+OK\r\n");
    assert_reply(conn, "PING", "+PONG\r\n");
    resp_close(conn);
    test_server_stop(server);
}
