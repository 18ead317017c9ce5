/*
 * CLIENT, but for tracking.
 */
#include "support/check.h"
#include "support/rows.h"

#include <stdio.h>
#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(client, .init = start, .fini = stop);

#define NAME_ERROR "-ERR Client names cannot contain spaces, newlines or special characters."
#define NOT_AN_INTEGER "-ERR value is not an integer or out of range"

enum { LINE_SIZE = 1024, VALUE_SIZE = 128 };

static long long client_id(struct resp_conn *conn) {
    struct buffer reply = resp_call(conn, "CLIENT ID");
    long long id = strtoll(reply.data + 1, NULL, 10);
    buffer_release(&reply);
    return id;
}

/* The text of a bulk reply. */
static struct buffer bulk_text(struct resp_conn *conn, const char *line) {
    struct buffer reply = resp_call(conn, line);
    struct resp_value *value = resp_value_parse(reply.data, reply.size);
    struct buffer text = {0};
    buffer_append(&text, value->bytes, value->size);
    resp_value_destroy(value);
    buffer_release(&reply);
    return text;
}

/* The value of a field in the first line of CLIENT LIST or CLIENT INFO; "" when it is not there. */
static const char *field_of(const char *line, const char *name, char value[VALUE_SIZE]) {
    char start[VALUE_SIZE];
    (void)snprintf(start, sizeof start, " %s=", name);
    const char *at = strstr(line, start);
    value[0] = '\0';
    if (at != NULL) {
        at += strlen(start);
        size_t length = strcspn(at, " \n");
        (void)snprintf(value, VALUE_SIZE, "%.*s", (int)length, at);
    }
    return value;
}

static size_t count_lines(const char *text) {
    size_t count = 0;
    for (const char *at = text; *at != '\0'; at++) {
        count += *at == '\n';
    }
    return count;
}

static size_t listed(struct resp_conn *conn, const char *line) {
    struct buffer text = bulk_text(conn, line);
    size_t count = count_lines(buffer_text(&text));
    buffer_release(&text);
    return count;
}

/* ---- The own session ---- */

Test(client, names_are_set_shown_and_dropped) {
    static const struct script_row rows[] = {
        {"CLIENT GETNAME ; CLIENT SETNAME x ; CLIENT GETNAME ; CLIENT SETNAME \"\" ; CLIENT "
         "GETNAME",
         {"$-1", "+OK", "$1⏎x", "+OK", "$-1"}},
        {"CLIENT SETNAME a ; CLIENT SETNAME \"a b\" ; CLIENT GETNAME", {"+OK", NAME_ERROR, "$1⏎a"}},
        {"CLIENT SETNAME \"a\\n\" ; CLIENT SETNAME \"a\\x7f\" ; CLIENT SETNAME \"a\\xff\"",
         {NAME_ERROR, NAME_ERROR, NAME_ERROR}},
        {"HELLO 3 ; CLIENT GETNAME", {"(any)", "_"}},
        {"CLIENT GETNAME x", {"-ERR wrong number of arguments for 'client|getname' command"}},
    };
    assert_rows(server, rows);
}

Test(client, setinfo_takes_the_name_and_version_of_a_library) {
    static const struct script_row rows[] = {
        {"CLIENT SETINFO LIB-NAME mylib ; CLIENT SETINFO lib-ver 1.0 ; CLIENT SETINFO lib-name "
         "\"\"",
         {"+OK", "+OK", "+OK"}},
        {"CLIENT SETINFO LIB-NAME \"a b\"",
         {"-ERR lib-name cannot contain spaces, newlines or special characters."}},
        {"CLIENT SETINFO LIB-VER \"1\\n\"",
         {"-ERR lib-ver cannot contain spaces, newlines or special characters."}},
        {"CLIENT SETINFO foo bar", {"-ERR Unrecognized option 'foo'"}},
        {"CLIENT SETINFO LIB-NAME",
         {"-ERR wrong number of arguments for 'client|setinfo' command"}},
    };
    assert_rows(server, rows);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CLIENT SETINFO LIB-NAME mylib", "+OK\r\n");
    assert_reply(conn, "CLIENT SETINFO LIB-VER 1.0", "+OK\r\n");
    struct buffer info = bulk_text(conn, "CLIENT INFO");
    char value[VALUE_SIZE];
    cr_expect_str_eq(field_of(buffer_text(&info), "lib-name", value), "mylib");
    cr_expect_str_eq(field_of(buffer_text(&info), "lib-ver", value), "1.0");
    buffer_release(&info);
    resp_close(conn);
}

Test(client, switches_take_on_and_off) {
    static const struct script_row rows[] = {
        {"CLIENT NO-EVICT on ; CLIENT NO-EVICT OFF ; CLIENT NO-EVICT foo",
         {"+OK", "+OK", "-ERR syntax error"}},
        {"CLIENT NO-TOUCH on ; CLIENT NO-TOUCH off ; CLIENT NO-TOUCH foo",
         {"+OK", "+OK", "-ERR syntax error"}},
        {"CLIENT CAPA redirect ; CLIENT CAPA a b c", {"+OK", "+OK"}},
        {"CLIENT IMPORT-SOURCE ON", {"-ERR Server is not in import mode"}},
    };
    assert_rows(server, rows);
}

Test(client, reply_off_and_skip_swallow_replies) {
    static const struct script_row rows[] = {
        {"&CLIENT REPLY SKIP ; &PING ; &ECHO a ; @read ; &CLIENT REPLY OFF ; &PING ; &CLIENT REPLY "
         "ON ; @read",
         {"$1⏎a", "+OK"}},
        {"&CLIENT REPLY OFF ; &FOO ; &CLIENT REPLY FOO ; &CLIENT REPLY SKIP ; &CLIENT REPLY ON ; "
         "@read ; PING",
         {"+OK", "+PONG"}},
        {"&CLIENT REPLY SKIP ; &CLIENT REPLY SKIP ; &PING ; &ECHO x ; @read", {"$1⏎x"}},
        {"&CLIENT REPLY SKIP ; CLIENT REPLY ON ; PING", {"+OK", "+PONG"}},
        {"CLIENT REPLY FOO", {"-ERR syntax error"}},
        {"CLIENT REPLY", {"-ERR wrong number of arguments for 'client|reply' command"}},
        {"MULTI ; CLIENT REPLY ON ; EXEC", {"+OK", "+QUEUED", "*1⏎+OK"}},
    };
    assert_rows(server, rows);
}

Test(client, the_family_refuses_what_it_does_not_know) {
    static const struct script_row rows[] = {
        {"CLIENT", {"-ERR wrong number of arguments for 'client' command"}},
        {"CLIENT foo bar", {"-ERR unknown subcommand 'foo'. Try CLIENT HELP."}},
        {"CLIENT ID x", {"-ERR wrong number of arguments for 'client|id' command"}},
        {"CLIENT INFO x", {"-ERR wrong number of arguments for 'client|info' command"}},
        {"CLIENT HELP", {"(starts)*"}},
    };
    assert_rows(server, rows);
}

/* ---- CLIENT INFO and CLIENT LIST ---- */

Test(client, a_line_has_every_field_in_order) {
    static const char *const names[] = {
        "addr",      "laddr",    "fd",         "name",        "age",      "idle",  "flags",
        "db",        "sub",      "psub",       "ssub",        "multi",    "watch", "qbuf",
        "qbuf-free", "argv-mem", "multi-mem",  "rbs",         "rbp",      "obl",   "oll",
        "omem",      "tot-mem",  "events",     "cmd",         "user",     "redir", "resp",
        "lib-name",  "lib-ver",  "tot-net-in", "tot-net-out", "tot-cmds",
    };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer info = bulk_text(conn, "CLIENT INFO");
    const char *at = buffer_text(&info);
    cr_assert(strncmp(at, "id=", strlen("id=")) == 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char start[VALUE_SIZE];
        (void)snprintf(start, sizeof start, " %s=", names[i]);
        at = strchr(at, ' ');
        cr_assert_not_null(at, "no field %s", names[i]);
        cr_assert(strncmp(at, start, strlen(start)) == 0, "%s is not at its place: %s", names[i],
                  at);
        at++;
    }
    cr_expect_null(strchr(at, ' '));
    cr_expect_eq(at[strlen(at) - 1], '\n');
    buffer_release(&info);
    resp_close(conn);
}

Test(client, a_line_tells_the_state_of_the_session) {
    struct resp_conn *conn = test_server_connect_tcp(server);
    assert_reply(conn, "SELECT 3", "+OK\r\n");
    assert_reply(conn, "CLIENT SETNAME me", "+OK\r\n");
    assert_reply(conn, "WATCH a b", "+OK\r\n");
    assert_reply(conn, "CLIENT NO-EVICT on", "+OK\r\n");
    assert_reply(conn, "CLIENT NO-TOUCH on", "+OK\r\n");
    struct buffer info = bulk_text(conn, "CLIENT INFO");
    char value[VALUE_SIZE];
    char expected[VALUE_SIZE];
    const char *line = buffer_text(&info);
    cr_expect_str_eq(field_of(line, "db", value), "3");
    cr_expect_str_eq(field_of(line, "name", value), "me");
    cr_expect_str_eq(field_of(line, "watch", value), "2");
    cr_expect_str_eq(field_of(line, "multi", value), "-1");
    cr_expect_str_eq(field_of(line, "flags", value), "eT");
    cr_expect_str_eq(field_of(line, "cmd", value), "client|info");
    cr_expect_str_eq(field_of(line, "user", value), "default");
    cr_expect_str_eq(field_of(line, "redir", value), "-1");
    cr_expect_str_eq(field_of(line, "resp", value), "2");
    cr_expect_str_eq(field_of(line, "events", value), "r");
    (void)snprintf(expected, sizeof expected, "127.0.0.1:%d", test_server_port(server));
    cr_expect_str_eq(field_of(line, "laddr", value), expected);
    cr_expect(strncmp(field_of(line, "addr", value), "127.0.0.1:", strlen("127.0.0.1:")) == 0);
    cr_expect_gt(strtoll(field_of(line, "tot-net-in", value), NULL, 10), 100);
    cr_expect_gt(strtoll(field_of(line, "tot-mem", value), NULL, 10), 100);
    buffer_release(&info);
    resp_close(conn);
}

Test(client, a_line_tells_of_multi_blocking_and_monitor) {
    struct resp_conn *in_multi = test_server_connect(server);
    struct resp_conn *blocked = test_server_connect(server);
    struct resp_conn *monitor = test_server_connect(server);
    struct resp_conn *conn = test_server_connect(server);
    long long multi_id = client_id(in_multi);
    long long blocked_id = client_id(blocked);
    long long monitor_id = client_id(monitor);
    assert_reply(in_multi, "MULTI", "+OK\r\n");
    assert_reply(in_multi, "PING", "+QUEUED\r\n");
    assert_reply(monitor, "MONITOR", "+OK\r\n");
    resp_send_command(blocked, "BLPOP k 0");
    char line[LINE_SIZE];
    char value[VALUE_SIZE];
    (void)snprintf(line, sizeof line, "CLIENT LIST ID %lld", blocked_id);
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    struct buffer text = bulk_text(conn, line);
    while (strcmp(field_of(buffer_text(&text), "flags", value), "bU") != 0 &&
           wait_now_ms() < deadline_ms) {
        buffer_release(&text);
        wait_moment();
        text = bulk_text(conn, line);
    }
    cr_expect_str_eq(field_of(buffer_text(&text), "flags", value), "bU");
    cr_expect_str_eq(field_of(buffer_text(&text), "cmd", value), "blpop");
    buffer_release(&text);
    (void)snprintf(line, sizeof line, "CLIENT LIST ID %lld", multi_id);
    text = bulk_text(conn, line);
    cr_expect_str_eq(field_of(buffer_text(&text), "flags", value), "xU");
    cr_expect_str_eq(field_of(buffer_text(&text), "multi", value), "1");
    buffer_release(&text);
    (void)snprintf(line, sizeof line, "CLIENT LIST ID %lld", monitor_id);
    text = bulk_text(conn, line);
    cr_expect_str_eq(field_of(buffer_text(&text), "flags", value), "OU");
    buffer_release(&text);
    resp_close(in_multi);
    resp_close(blocked);
    resp_close(monitor);
    resp_close(conn);
}

Test(client, a_line_tells_of_exec) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CLIENT NO-EVICT ON", "+OK\r\n");
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, "CLIENT INFO", "+QUEUED\r\n");
    assert_reply(conn, "PING", "+QUEUED\r\n");
    struct buffer reply = resp_call(conn, "EXEC");
    char value[VALUE_SIZE];
    cr_expect_str_eq(field_of(buffer_text(&reply), "flags", value), "xUe");
    cr_expect_str_eq(field_of(buffer_text(&reply), "multi", value), "2");
    buffer_release(&reply);
    reply = bulk_text(conn, "CLIENT INFO");
    cr_expect_str_eq(field_of(buffer_text(&reply), "flags", value), "Ue");
    cr_expect_str_eq(field_of(buffer_text(&reply), "multi", value), "-1");
    buffer_release(&reply);
    resp_close(conn);
}

Test(client, list_filters_by_every_property) {
    struct resp_conn *first = test_server_connect_tcp(server);
    struct resp_conn *second = test_server_connect_tcp(server);
    assert_reply(first, "CLIENT SETNAME one", "+OK\r\n");
    assert_reply(second, "CLIENT SETNAME two", "+OK\r\n");
    assert_reply(second, "CLIENT SETINFO LIB-NAME lib", "+OK\r\n");
    assert_reply(second, "CLIENT SETINFO LIB-VER 9", "+OK\r\n");
    assert_reply(second, "SELECT 7", "+OK\r\n");
    assert_reply(second, "CLIENT NO-EVICT on", "+OK\r\n");
    char line[LINE_SIZE];
    char value[VALUE_SIZE];
    static const struct {
        const char *line;
        size_t count;
    } rows[] = {
        {"CLIENT LIST", 2},
        {"CLIENT LIST TYPE normal", 2},
        {"CLIENT LIST TYPE pubsub", 0},
        {"CLIENT LIST TYPE replica", 0},
        {"CLIENT LIST TYPE master", 0},
        {"CLIENT LIST USER default", 2},
        {"CLIENT LIST NAME two", 1},
        {"CLIENT LIST NOT-NAME two", 1},
        {"CLIENT LIST NAME three", 0},
        {"CLIENT LIST LIB-NAME lib", 1},
        {"CLIENT LIST NOT-LIB-NAME lib", 1},
        {"CLIENT LIST LIB-VER 9", 1},
        {"CLIENT LIST DB 7", 1},
        {"CLIENT LIST NOT-DB 7", 1},
        {"CLIENT LIST FLAGS e", 1},
        {"CLIENT LIST NOT-FLAGS e", 1},
        {"CLIENT LIST IP 127.0.0.1", 2},
        {"CLIENT LIST NOT-IP 127.0.0.1", 0},
        {"CLIENT LIST IDLE 0", 2},
        {"CLIENT LIST IDLE 1000", 0},
        {"CLIENT LIST MAXAGE 0", 2},
        {"CLIENT LIST MAXAGE 1000", 0},
        {"CLIENT LIST NOT-MAXAGE 1000", 2},
        {"CLIENT LIST SKIPME yes", 1},
        {"CLIENT LIST SKIPME no", 2},
        {"CLIENT LIST CAPA redirect", 0},
        {"CLIENT LIST ID 999999", 0},
        {"CLIENT LIST NAME two DB 7 FLAGS e TYPE normal", 1},
        {"CLIENT LIST NAME two DB 6", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(listed(first, rows[i].line), rows[i].count, "%s", rows[i].line);
    }
    (void)snprintf(line, sizeof line, "CLIENT LIST ID %lld 99999 %lld NAME one", client_id(first),
                   client_id(second));
    cr_expect_eq(listed(first, line), 1);
    struct buffer info = bulk_text(second, "CLIENT INFO");
    (void)snprintf(line, sizeof line, "CLIENT LIST ADDR %s",
                   field_of(buffer_text(&info), "addr", value));
    cr_expect_eq(listed(first, line), 1);
    (void)snprintf(line, sizeof line, "CLIENT LIST LADDR %s",
                   field_of(buffer_text(&info), "laddr", value));
    cr_expect_eq(listed(first, line), 2);
    buffer_release(&info);
    resp_close(first);
    resp_close(second);
}

Test(client, list_refuses_bad_filters) {
    static const struct script_row rows[] = {
        {"CLIENT LIST FOO ; CLIENT LIST TYPE ; CLIENT LIST ID",
         {"-ERR syntax error", "-ERR syntax error", "-ERR syntax error"}},
        {"CLIENT LIST TYPE foo", {"-ERR Unknown client type 'foo'"}},
        {"CLIENT LIST ID abc ; CLIENT LIST ID 0", {"-ERR Invalid client ID", "$0⏎"}},
        {"CLIENT LIST USER nobody", {"-ERR No such user 'nobody'"}},
        {"CLIENT LIST SKIPME maybe", {"-ERR syntax error"}},
        {"CLIENT LIST DB x ; CLIENT LIST IDLE x ; CLIENT LIST MAXAGE x",
         {NOT_AN_INTEGER, NOT_AN_INTEGER, NOT_AN_INTEGER}},
        {"CLIENT LIST NOT-FOO a", {"-ERR syntax error"}},
        {"HELLO 3 ; CLIENT LIST TYPE pubsub", {"(any)", "=4⏎txt:"}},
    };
    assert_rows(server, rows);
}

/* ---- CLIENT KILL ---- */

static bool is_closed(struct resp_conn *conn) {
    struct buffer bytes = {0};
    bool closed = resp_read_until_close(conn, &bytes);
    buffer_release(&bytes);
    return closed;
}

Test(client, kill_refuses_bad_filters) {
    static const struct script_row rows[] = {
        {"CLIENT KILL 1.2.3.4:5 ; CLIENT KILL ID", {"-ERR No such client", "-ERR No such client"}},
        {"CLIENT KILL ID 99999", {":0"}},
        {"CLIENT KILL ID abc ; CLIENT KILL ID 0 ; CLIENT KILL ID -1",
         {"-ERR client-id should be greater than 0", "-ERR client-id should be greater than 0",
          "-ERR client-id should be greater than 0"}},
        {"CLIENT KILL ID 99999 ID", {"-ERR syntax error"}},
        {"CLIENT KILL TYPE foo", {"-ERR Unknown client type 'foo'"}},
        {"CLIENT KILL TYPE master ; CLIENT KILL TYPE slave", {":0", ":0"}},
        {"CLIENT KILL USER nouser", {"-ERR No such user 'nouser'"}},
        {"CLIENT KILL FOO bar", {"-ERR syntax error"}},
        {"CLIENT KILL SKIPME foo", {"-ERR syntax error"}},
        {"CLIENT KILL MAXAGE x", {NOT_AN_INTEGER}},
        {"CLIENT KILL MAXAGE 1000", {":0"}},
    };
    assert_rows(server, rows);
}

Test(client, kill_closes_those_that_pass_the_filters) {
    static const struct script_row rows[] = {
        {"CLIENT KILL TYPE normal SKIPME no ; PING", {":1", "(closed)"}},
        {"B> PING ; CLIENT KILL TYPE normal ; B> PING ; PING",
         {"+PONG", ":1", "(closed)", "+PONG"}},
        {"B> CLIENT SETNAME x ; CLIENT KILL NAME x ; B> PING", {"+OK", ":1", "(closed)"}},
        {"B> SELECT 5 ; CLIENT KILL NOT-DB 0 ; B> PING", {"+OK", ":1", "(closed)"}},
        {"&BLPOP k 0 ; B> CLIENT KILL FLAGS b ; @read", {"(any)"}},
    };
    for (size_t i = 0; i + 1 < SCRIPT_ROW_COUNT(rows); i++) {
        char *difference = script_run(server, rows[i].script, rows[i].replies);
        cr_expect_null(difference, "%s", difference);
        free(difference);
    }
}

Test(client, kill_by_address_takes_one_connection) {
    struct resp_conn *first = test_server_connect_tcp(server);
    struct resp_conn *second = test_server_connect_tcp(server);
    struct buffer info = bulk_text(second, "CLIENT INFO");
    char value[VALUE_SIZE];
    char line[LINE_SIZE];
    (void)snprintf(line, sizeof line, "CLIENT KILL %s",
                   field_of(buffer_text(&info), "addr", value));
    assert_reply(first, line, "+OK\r\n");
    cr_assert(is_closed(second));
    assert_reply(first, line, "-ERR No such client\r\n");
    /* The own address: the reply still leaves. */
    buffer_release(&info);
    info = bulk_text(first, "CLIENT INFO");
    (void)snprintf(line, sizeof line, "CLIENT KILL %s",
                   field_of(buffer_text(&info), "addr", value));
    assert_reply(first, line, "+OK\r\n");
    cr_assert(is_closed(first));
    buffer_release(&info);
    resp_close(first);
    resp_close(second);
}

Test(client, a_killed_client_that_was_blocked_takes_no_element) {
    struct resp_conn *blocked = test_server_connect(server);
    struct resp_conn *conn = test_server_connect(server);
    char line[LINE_SIZE];
    (void)snprintf(line, sizeof line, "CLIENT KILL ID %lld", client_id(blocked));
    resp_send_command(blocked, "BLPOP k 0");
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    while (listed(conn, "CLIENT LIST FLAGS b") == 0 && wait_now_ms() < deadline_ms) {
        wait_moment();
    }
    assert_reply(conn, line, ":1\r\n");
    cr_assert(is_closed(blocked));
    assert_reply(conn, "RPUSH k a", ":1\r\n");
    assert_reply(conn, "LLEN k", ":1\r\n");
    resp_close(blocked);
    resp_close(conn);
}

/* ---- CLIENT UNBLOCK ---- */

Test(client, unblock_refuses_bad_arguments) {
    static const struct script_row rows[] = {
        {"CLIENT UNBLOCK abc ; CLIENT UNBLOCK 1 FOO ; CLIENT UNBLOCK abc FOO",
         {NOT_AN_INTEGER, "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
          "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"}},
        {"CLIENT UNBLOCK 1 TIMEOUT x",
         {"-ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP."}},
        {"CLIENT UNBLOCK 999999 ; CLIENT UNBLOCK -1", {":0", ":0"}},
    };
    assert_rows(server, rows);
}

static void unblock(const char *request, const char *reason, const char *expected) {
    struct resp_conn *blocked = test_server_connect(server);
    struct resp_conn *conn = test_server_connect(server);
    char line[LINE_SIZE];
    (void)snprintf(line, sizeof line, "CLIENT UNBLOCK %lld %s", client_id(blocked), reason);
    assert_reply(conn, line, ":0\r\n");
    resp_send_command(blocked, request);
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    struct buffer reply = resp_call(conn, line);
    while (strcmp(buffer_text(&reply), ":1\r\n") != 0 && wait_now_ms() < deadline_ms) {
        wait_moment();
        buffer_release(&reply);
        reply = resp_call(conn, line);
    }
    cr_expect_str_eq(buffer_text(&reply), ":1\r\n", "%s", request);
    buffer_clear(&reply);
    cr_expect_eq(resp_read(blocked, &reply), RESP_COMPLETE);
    cr_expect_str_eq(buffer_text(&reply), expected, "%s", request);
    assert_reply(blocked, "PING", "+PONG\r\n");
    buffer_release(&reply);
    resp_close(blocked);
    resp_close(conn);
}

Test(client, unblock_ends_a_wait_as_a_timeout_or_as_an_error) {
    unblock("BLPOP k 0", "ERROR", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
    unblock("BLPOP k 0", "", "*-1\r\n");
    unblock("BLPOP k 0", "TIMEOUT", "*-1\r\n");
    unblock("BLMPOP 0 1 k LEFT", "", "*-1\r\n");
    unblock("BLMOVE k d LEFT LEFT 0", "", "*-1\r\n");
    unblock("BRPOPLPUSH k d 0", "", "*-1\r\n");
    unblock("WAIT 1 0", "", ":0\r\n");
}

/* ---- CLIENT PAUSE ---- */

Test(client, pause_refuses_bad_arguments) {
    static const struct script_row rows[] = {
        {"CLIENT PAUSE abc ; CLIENT PAUSE -1 ; CLIENT PAUSE 1 FOO",
         {"-ERR timeout is not an integer or out of range", "-ERR timeout is negative",
          "-ERR CLIENT PAUSE mode must be WRITE or ALL"}},
        {"CLIENT PAUSE 99999999999999999999 ; CLIENT PAUSE 9223372036854775807",
         {"-ERR timeout is not an integer or out of range", "-ERR timeout is out of range"}},
        {"CLIENT PAUSE 1 ALL x",
         {"-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP."}},
        {"CLIENT UNPAUSE ; CLIENT UNPAUSE", {"+OK", "+OK"}},
    };
    assert_rows(server, rows);
}

Test(client, pause_all_holds_every_request_for_its_time) {
    static const struct script_row rows[] = {
        {"!release ; CLIENT PAUSE 50 ; &PING ; &ECHO a ; @read ; PING",
         {"+OK", "+PONG⏎$1⏎a", "+PONG"}},
        {"!release ; CLIENT PAUSE 50 ALL ; B> PING ; GET k", {"+OK", "+PONG", "$-1"}},
        {"CLIENT PAUSE 0 ; PING", {"+OK", "+PONG"}},
        {"!release ; MULTI ; CLIENT PAUSE 50 ; EXEC ; PING", {"+OK", "+QUEUED", "*1⏎+OK", "+PONG"}},
    };
    assert_rows(server, rows);
}

Test(client, pause_write_holds_writes_until_unpause) {
    static const struct script_row rows[] = {
        {"CLIENT PAUSE 100000 WRITE ; B> GET k ; &SET k v ; @read ; B> GET k ; B> CLIENT UNPAUSE ; "
         "@read ; B> GET k",
         {"+OK", "$-1", "(nothing)", "$-1", "+OK", "+OK", "$1⏎v"}},
        {"CLIENT PAUSE 100000 WRITE ; MULTI ; GET k ; EXEC ; MULTI ; &SET k v ; &EXEC ; @read ; B> "
         "CLIENT UNPAUSE ; @read",
         {"+OK", "+OK", "+QUEUED", "*1⏎$-1", "+OK", "(nothing)", "+OK", "+QUEUED⏎*1⏎+OK"}},
        {"MULTI ; SET k v ; B> CLIENT PAUSE 100000 WRITE ; &EXEC ; @read ; B> CLIENT UNPAUSE ; "
         "@read",
         {"+OK", "+QUEUED", "+OK", "(nothing)", "+OK", "*1⏎+OK"}},
        {"CLIENT PAUSE 100000 WRITE ; &SET k ; @read ; &FLUSHALL ; @read ; B> CLIENT UNPAUSE ; "
         "@read",
         {"+OK", "-ERR wrong number of arguments for 'set' command", "(nothing)", "+OK", "+OK"}},
        {"CLIENT PAUSE 100000 WRITE ; &SET a 1 ; &GET a ; @read ; B> CLIENT UNPAUSE ; @read",
         {"+OK", "(nothing)", "+OK", "+OK⏎$1⏎1"}},
    };
    assert_rows(server, rows);
}

Test(client, a_second_pause_makes_the_first_only_stricter) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *writer = test_server_connect(server);
    assert_reply(conn, "CLIENT PAUSE 100000 WRITE", "+OK\r\n");
    assert_reply(conn, "CLIENT PAUSE 1 WRITE", "+OK\r\n");
    resp_send_command(writer, "SET k v");
    struct buffer reply = {0};
    cr_expect_eq(resp_read_within(writer, &reply, 50), RESP_TIMED_OUT);
    struct buffer info = bulk_text(conn, "INFO clients");
    cr_expect_not_null(strstr(buffer_text(&info), "paused_reason:client_pause\r\n"));
    cr_expect_not_null(strstr(buffer_text(&info), "paused_actions:write\r\n"));
    cr_expect_not_null(strstr(buffer_text(&info), "blocked_clients:1\r\n"));
    buffer_release(&info);
    assert_reply(conn, "CLIENT UNPAUSE", "+OK\r\n");
    cr_expect_eq(resp_read(writer, &reply), RESP_COMPLETE);
    cr_expect_str_eq(buffer_text(&reply), "+OK\r\n");
    buffer_release(&reply);
    resp_close(conn);
    resp_close(writer);
}

Test(client, a_paused_client_that_leaves_is_forgotten) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *writer = test_server_connect(server);
    assert_reply(conn, "CLIENT PAUSE 100000 WRITE", "+OK\r\n");
    resp_send_command(writer, "SET k v");
    struct buffer reply = {0};
    cr_expect_eq(resp_read_within(writer, &reply, 20), RESP_TIMED_OUT);
    resp_close(writer);
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    while (listed(conn, "CLIENT LIST") != 1 && wait_now_ms() < deadline_ms) {
        wait_moment();
    }
    assert_reply(conn, "CLIENT UNPAUSE", "+OK\r\n");
    assert_reply(conn, "GET k", "$-1\r\n");
    buffer_release(&reply);
    resp_close(conn);
}

Test(client, no_touch_leaves_access_times_alone) {
    static const struct script_row rows[] = {
        {"CONFIG SET maxmemory-policy allkeys-lfu ; SET k v ; CLIENT NO-TOUCH on ; GET k ; GET k ; "
         "GET k ; OBJECT FREQ k ; CLIENT NO-TOUCH off ; GET k ; CONFIG SET maxmemory-policy "
         "noeviction",
         {"+OK", "+OK", "+OK", "$1⏎v", "$1⏎v", "$1⏎v", ":5", "+OK", "$1⏎v", "+OK"}},
    };
    assert_rows(server, rows);
}
