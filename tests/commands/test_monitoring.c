/*
 * SLOWLOG, LATENCY, MEMORY and MONITOR.
 */
#include "support/check.h"
#include "support/rows.h"

#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(monitoring, .init = start, .fini = stop);

static bool reply_has(struct resp_conn *conn, const char *line, const char *text) {
    struct buffer reply = resp_call(conn, line);
    bool has_text = strstr(buffer_text(&reply), text) != NULL;
    buffer_release(&reply);
    return has_text;
}

Test(monitoring, the_families_refuse_what_they_do_not_know) {
    static const struct script_row rows[] = {
        {"CONFIG SET slowlog-log-slower-than -1 ; SLOWLOG RESET ; SLOWLOG LEN ; SLOWLOG GET 0",
         {"+OK", "+OK", ":0", "*0"}},
        {"SLOWLOG GET abc ; SLOWLOG GET -2",
         {"-ERR count should be greater than or equal to -1",
          "-ERR count should be greater than or equal to -1"}},
        {"SLOWLOG GET 1 2",
         {"-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP."}},
        {"SLOWLOG blah ; LATENCY blah ; MEMORY blah",
         {"-ERR unknown subcommand 'blah'. Try SLOWLOG HELP.",
          "-ERR unknown subcommand 'blah'. Try LATENCY HELP.",
          "-ERR unknown subcommand 'blah'. Try MEMORY HELP."}},
        {"SLOWLOG HELP ; LATENCY HELP ; MEMORY HELP", {"(starts)*", "(starts)*", "(starts)*"}},
        {"LATENCY LATEST ; LATENCY RESET ; LATENCY RESET a b ; LATENCY HISTORY nope",
         {"*0", ":0", ":0", "*0"}},
        {"LATENCY GRAPH noevent", {"-ERR No samples available for event 'noevent'"}},
        {"LATENCY HISTORY", {"-ERR wrong number of arguments for 'latency|history' command"}},
        {"LATENCY HISTOGRAM nosuch ; HELLO 3 ; LATENCY HISTOGRAM nosuch", {"*0", "(any)", "%0"}},
        {"MEMORY USAGE", {"-ERR wrong number of arguments for 'memory|usage' command"}},
        {"SET s abc ; MEMORY USAGE s FOO ; MEMORY USAGE s SAMPLES -1 ; MEMORY USAGE s SAMPLES abc",
         {"+OK", "-ERR syntax error", "-ERR syntax error",
          "-ERR value is not an integer or out of range"}},
        {"MEMORY USAGE nokey ; SET s abc ; MEMORY USAGE s ; MEMORY USAGE s SAMPLES 0",
         {"$-1", "+OK", "(starts):", "(starts):"}},
        {"MEMORY STATS ; HELLO 3 ; MEMORY STATS", {"(starts)*", "(any)", "(starts)%"}},
        {"MEMORY DOCTOR ; MEMORY MALLOC-STATS ; MEMORY PURGE", {"(starts)$", "(starts)$", "(any)"}},
    };
    assert_rows(server, rows);
}

Test(monitoring, slow_requests_are_kept_newest_first_without_passwords) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CLIENT SETNAME bob", "+OK\r\n");
    assert_reply(conn, "CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 3", "+OK\r\n");
    assert_reply(conn, "AUTH default sekret", "+OK\r\n");
    assert_reply(conn, "CONFIG SET masterauth sekret", "+OK\r\n");
    struct buffer hello = resp_call(conn, "HELLO 2 AUTH default sekret");
    cr_expect(!reply_has(conn, "SLOWLOG GET -1", "sekret"));
    cr_expect(reply_has(conn, "SLOWLOG GET -1", "$10\r\n(redacted)\r\n"));
    assert_reply(conn, "DEBUG SLEEP 0.002", "+OK\r\n");
    cr_expect(
        reply_has(conn, "SLOWLOG GET 1", "*3\r\n$5\r\nDEBUG\r\n$5\r\nSLEEP\r\n$5\r\n0.002\r\n"));
    assert_reply(conn, "SLOWLOG LEN", ":3\r\n");
    assert_reply(conn, "CONFIG SET slowlog-log-slower-than -1", "+OK\r\n");
    assert_reply(conn, "SLOWLOG RESET", "+OK\r\n");
    assert_reply(conn, "SLOWLOG LEN", ":0\r\n");
    buffer_release(&hello);
    resp_close(conn);
}

Test(monitoring, long_events_are_kept_drawn_and_forgotten) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CONFIG SET latency-monitor-threshold 10", "+OK\r\n");
    assert_reply(conn, "DEBUG SLEEP 0.011", "+OK\r\n");
    /* What else takes long, because the machine is busy, is not looked for. */
    assert_reply(conn, "CONFIG SET latency-monitor-threshold 1000000", "+OK\r\n");
    cr_expect(reply_has(conn, "LATENCY LATEST", "*1\r\n*4\r\n$7\r\ncommand\r\n:"));
    cr_expect(reply_has(conn, "LATENCY HISTORY command", "*1\r\n*2\r\n:"));
    cr_expect(reply_has(conn, "LATENCY GRAPH command", "command - "));
    cr_expect(reply_has(conn, "LATENCY DOCTOR", "command"));
    assert_reply(conn, "LATENCY RESET command", ":1\r\n");
    assert_reply(conn, "LATENCY LATEST", "*0\r\n");
    cr_expect(reply_has(conn, "LATENCY HISTOGRAM debug", "$5\r\ndebug\r\n*4\r\n$5\r\ncalls\r\n:1"));
    resp_close(conn);
}

/* Reads one line that MONITOR shows, and returns what stands behind its time. */
static bool monitor_shows(struct resp_conn *monitor, const char *text) {
    struct buffer line = {0};
    bool is_shown = resp_read(monitor, &line) == RESP_COMPLETE &&
                    strstr(buffer_text(&line), text) != NULL && line.data[0] == '+';
    cr_expect(is_shown, "no %s in %s", text, buffer_text(&line));
    buffer_release(&line);
    return is_shown;
}

Test(monitoring, monitor_shows_requests_in_order_quoted_and_without_passwords) {
    struct resp_conn *monitor = test_server_connect(server);
    struct resp_conn *conn = test_server_connect(server);
    static const struct {
        const char *line;
        const char *shown; /* NULL: not shown */
    } rows[] = {
        {"PING", " [0 unix:"},
        {"AUTH sekret", "] \"AUTH\" \"(redacted)\"\r\n"},
        {"HELLO 2 AUTH default sekret SETNAME x",
         "] \"HELLO\" \"2\" \"AUTH\" \"(redacted)\" \"(redacted)\" \"SETNAME\" \"x\"\r\n"},
        {"CONFIG SET requirepass \"\"", NULL},
        {"FOO", NULL},
        {"GET", NULL},
        {"SELECT 3", " [3 unix:"},
        {"SET \"a\\n\\x00\\xff\\\"\\\\\" 1", "] \"SET\" \"a\\n\\x00\\xff\\\"\\\\\" \"1\"\r\n"},
        {"DEBUG SLEEP 0", NULL},
        {"CLIENT ID", "] \"CLIENT\" \"ID\"\r\n"},
        {"RESET", " [0 unix:"},
    };
    assert_reply(monitor, "MONITOR", "+OK\r\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buffer reply = resp_call(conn, rows[i].line);
        buffer_release(&reply);
        if (rows[i].shown != NULL) {
            (void)monitor_shows(monitor, rows[i].shown);
        }
    }
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, "SET k v", "+QUEUED\r\n");
    assert_reply(conn, "EXEC", "*1\r\n+OK\r\n");
    (void)monitor_shows(monitor, "\"MULTI\"");
    (void)monitor_shows(monitor, "\"SET\" \"k\" \"v\"");
    (void)monitor_shows(monitor, "\"EXEC\"");
    /* A blocked request is shown once, when it came. */
    struct resp_conn *blocked = test_server_connect(server);
    resp_send_command(blocked, "BLPOP l 0");
    (void)monitor_shows(monitor, "\"BLPOP\" \"l\" \"0\"");
    assert_reply(conn, "RPUSH l a", ":1\r\n");
    (void)monitor_shows(monitor, "\"RPUSH\" \"l\" \"a\"");
    /* A monitor may send requests; it sees them behind their replies. */
    assert_reply(monitor, "PING", "+PONG\r\n");
    (void)monitor_shows(monitor, "\"PING\"");
    static const char refusal[] = "-ERR Replica can't interact with the keyspace\r\n";
    assert_reply(monitor, "GET k", refusal);
    assert_reply(monitor, "SET k v", refusal);
    assert_reply(monitor, "PUBLISH c m", refusal);
    resp_close(monitor);
    resp_close(conn);
    resp_close(blocked);
}

Test(monitoring, latencies_are_not_kept_while_that_is_switched_off) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CONFIG SET latency-tracking no", "+OK\r\n");
    assert_reply(conn, "CONFIG RESETSTAT", "+OK\r\n");
    assert_reply(conn, "GET k", "$-1\r\n");
    assert_reply(conn, "LATENCY HISTOGRAM", "*0\r\n");
    assert_reply(conn, "CONFIG SET latency-tracking yes", "+OK\r\n");
    assert_reply(conn, "GET k", "$-1\r\n");
    cr_expect(reply_has(conn, "LATENCY HISTOGRAM get", "$3\r\nget\r\n*4\r\n$5\r\ncalls\r\n:1\r\n"));
    cr_expect(reply_has(conn, "INFO latencystats", "latency_percentiles_usec_get:p50="));
    resp_close(conn);
}

Test(monitoring, monitor_is_not_for_transactions) {
    static const struct script_row rows[] = {
        {"MULTI ; MONITOR ; EXEC",
         {"+OK", "+QUEUED", "*1⏎-ERR MONITOR isn't allowed for DENY BLOCKING client"}},
    };
    assert_rows(server, rows);
}

/* What the clients' sessions hold, as INFO tells it: as of the last second. */
static long long client_memory(struct resp_conn *conn) {
    static const char field[] = "\nmem_clients_normal:";
    struct buffer info = resp_call(conn, "INFO memory");
    const char *place = strstr(buffer_text(&info), field);
    cr_assert_not_null(place);
    long long bytes = strtoll(place + strlen(field), NULL, 10);
    buffer_release(&info);
    return bytes;
}

enum { QUEUED_BYTES = 100 * 1000 };

struct memory_wish {
    struct resp_conn *conn;
    long long above;
    long long below;
};

static bool client_memory_is_between(void *context) {
    const struct memory_wish *wish = context;
    long long bytes = client_memory(wish->conn);
    return bytes > wish->above && bytes < wish->below;
}

Test(monitoring, memory_of_clients_comes_and_goes_with_what_they_hold) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    long long start = client_memory(conn);
    cr_assert_gt(start, 0);
    struct buffer line = {0};
    buffer_append_format(&line, "SET k %0*d", QUEUED_BYTES, 0);
    assert_reply(other, "MULTI", "+OK\r\n");
    assert_reply(other, buffer_text(&line), "+QUEUED\r\n");
    struct memory_wish more = {conn, start + QUEUED_BYTES, start + 2 * QUEUED_BYTES};
    cr_expect(wait_until(client_memory_is_between, &more, WAIT_DEADLINE_MS));
    assert_reply(other, "DISCARD", "+OK\r\n");
    struct memory_wish less = {conn, 0, start + QUEUED_BYTES};
    cr_expect(wait_until(client_memory_is_between, &less, WAIT_DEADLINE_MS));
    assert_reply(other, "MULTI", "+OK\r\n");
    assert_reply(other, buffer_text(&line), "+QUEUED\r\n");
    cr_expect(wait_until(client_memory_is_between, &more, WAIT_DEADLINE_MS));
    resp_close(other);
    cr_expect(wait_until(client_memory_is_between, &less, WAIT_DEADLINE_MS));
    buffer_release(&line);
    resp_close(conn);
}
