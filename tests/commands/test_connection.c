/*
 * HELLO, AUTH, RESET, QUIT, SELECT, ECHO and PING.
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

TestSuite(connection, .init = start, .fini = stop);

#define NO_PASSWORD_ERROR                                                                          \
    "-ERR AUTH <password> called without any password configured for the default user. Are you "   \
    "sure your configuration is correct?"
#define WRONG_PASSWORD_ERROR "-WRONGPASS invalid username-password pair or user is disabled."
#define HELLO_NOAUTH_ERROR                                                                         \
    "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "     \
    "<proto> AUTH <user> <pass> option can be used to authenticate the client and select the "     \
    "RESP "                                                                                        \
    "protocol version at the same time"
#define NAME_ERROR "-ERR Client names cannot contain spaces, newlines or special characters."

Test(connection, ping_and_echo_return_their_argument) {
    static const struct script_row rows[] = {
        {"PING ; PING \"\" ; PING hi", {"+PONG", "$0⏎", "$2⏎hi"}},
        {"PING a b", {"-ERR wrong number of arguments for 'ping' command"}},
        {"ECHO \"\" ; ECHO \"a\\x00b\"", {"$0⏎", "$3⏎a\\x00b"}},
        {"ECHO ; ECHO a b",
         {"-ERR wrong number of arguments for 'echo' command",
          "-ERR wrong number of arguments for 'echo' command"}},
        {"HELLO 3 ; PING ; PING x ; ECHO y", {"(any)", "+PONG", "$1⏎x", "$1⏎y"}},
    };
    assert_rows(server, rows);
}

Test(connection, select_takes_a_canonical_number_within_range) {
    static const struct script_row rows[] = {
        {"SELECT 15 ; SET k v ; SELECT 0 ; GET k ; SELECT 15 ; GET k",
         {"+OK", "+OK", "+OK", "$-1", "+OK", "$1⏎v"}},
        {"SELECT 16", {"-ERR DB index is out of range"}},
        {"SELECT -1", {"-ERR DB index is out of range"}},
        {"SELECT abc", {"-ERR value is not an integer or out of range"}},
        {"SELECT 01 ; SELECT +1 ; SELECT \" 1\"",
         {"-ERR value is not an integer or out of range",
          "-ERR value is not an integer or out of range",
          "-ERR value is not an integer or out of range"}},
        {"MULTI ; SELECT 99 ; SELECT 2 ; SET k v ; EXEC ; GET k",
         {"+OK", "+QUEUED", "+QUEUED", "+QUEUED", "*3⏎-ERR DB index is out of range⏎+OK⏎+OK",
          "$1⏎v"}},
        {"SELECT", {"-ERR wrong number of arguments for 'select' command"}},
    };
    assert_rows(server, rows);
}

Test(connection, hello_describes_the_server_as_a_map_in_resp3) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer reply = resp_call(conn, "HELLO 3");
    struct resp_value *value = resp_value_parse(reply.data, reply.size);
    cr_assert_eq(value->type, '%');
    static const struct {
        const char *field;
        const char *text;
    } fields[] = {
        {"server", "redis"},
        {"version", "7.2.4"},
        {"mode", "standalone"},
        {"role", "master"},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const struct resp_value *field = resp_value_field(value, fields[i].field);
        cr_assert_not_null(field, "%s", fields[i].field);
        cr_expect_str_eq(field->bytes, fields[i].text);
    }
    cr_expect_eq(resp_value_field(value, "proto")->integer, 3);
    cr_expect_gt(resp_value_field(value, "id")->integer, 0);
    cr_expect_eq(resp_value_field(value, "modules")->count, 0);
    resp_value_destroy(value);
    buffer_release(&reply);
    resp_close(conn);
}

Test(connection, hello_switches_the_protocol_and_refuses_others) {
    static const struct script_row rows[] = {
        {"HELLO 3 ; GET nokey ; HELLO 2 ; GET nokey", {"(starts)%7⏎", "_", "(starts)*14⏎", "$-1"}},
        {"HELLO ; GET nokey", {"(starts)*14⏎$6⏎server⏎", "$-1"}},
        {"HELLO 3 ; HELLO ; GET nokey", {"(any)", "(starts)%7⏎", "_"}},
        {"HELLO 4 ; HELLO 1 ; HELLO 0 ; HELLO -1",
         {"-NOPROTO unsupported protocol version", "-NOPROTO unsupported protocol version",
          "-NOPROTO unsupported protocol version", "-NOPROTO unsupported protocol version"}},
        {"HELLO abc ; HELLO \"\" ; HELLO 99999999999999999999",
         {"-ERR Protocol version is not an integer or out of range",
          "-ERR Protocol version is not an integer or out of range",
          "-ERR Protocol version is not an integer or out of range"}},
        {"HELLO 3 FOO ; GET nokey", {"-ERR Syntax error in HELLO option 'FOO'", "$-1"}},
        {"HELLO 3 AUTH ; HELLO 3 AUTH a",
         {"-ERR Syntax error in HELLO option 'AUTH'", "-ERR Syntax error in HELLO option 'AUTH'"}},
        {"HELLO 3 SETNAME", {"-ERR Syntax error in HELLO option 'SETNAME'"}},
        {"HELLO 3 AUTH nouser foo ; GET nokey", {WRONG_PASSWORD_ERROR, "$-1"}},
        {"HELLO 3 AUTH default any ; GET nokey", {"(starts)%7⏎", "_"}},
        {"HELLO 2 SETNAME n ; CLIENT GETNAME", {"(any)", "$1⏎n"}},
        {"HELLO 2 SETNAME a SETNAME b ; CLIENT GETNAME", {"(any)", "$1⏎b"}},
        {"HELLO 3 SETNAME \"a b\" ; CLIENT GETNAME ; GET nokey", {NAME_ERROR, "$-1", "$-1"}},
        {"HELLO 3 AUTH nouser foo SETNAME n ; CLIENT GETNAME", {WRONG_PASSWORD_ERROR, "$-1"}},
        {"MULTI ; HELLO 3 ; GET nokey ; EXEC ; GET nokey",
         {"+OK", "+QUEUED", "+QUEUED", "(starts)*2⏎%7⏎", "_"}},
    };
    assert_rows(server, rows);
}

Test(connection, auth_without_a_password_set_is_an_error_for_the_short_form) {
    static const struct script_row rows[] = {
        {"AUTH foo", {NO_PASSWORD_ERROR}},
        {"AUTH default foo", {"+OK"}},
        {"AUTH nouser foo", {WRONG_PASSWORD_ERROR}},
        {"AUTH a b c", {"-ERR syntax error"}},
        {"AUTH", {"-ERR wrong number of arguments for 'auth' command"}},
        {"MULTI ; AUTH x ; EXEC", {"+OK", "+QUEUED", "*1⏎" NO_PASSWORD_ERROR}},
    };
    assert_rows(server, rows);
}

Test(connection, quit_answers_and_drops_what_follows) {
    static const struct script_row rows[] = {
        {"~QUIT\\r\\nPING\\r\\n", {"+OK(closed)"}},
        {"QUIT ; PING", {"+OK", "(closed)"}},
        {"QUIT now ; PING", {"+OK", "(closed)"}},
        {"MULTI ; QUIT ; PING", {"+OK", "+OK", "(closed)"}},
        {"~SET k v\\r\\nQUIT\\r\\nSET k w\\r\\n ; B> GET k", {"+OK⏎+OK(closed)", "$1⏎v"}},
    };
    assert_rows(server, rows);
}

Test(connection, reset_brings_back_the_state_of_a_new_connection) {
    static const struct script_row rows[] = {
        {"HELLO 3 ; SELECT 1 ; CLIENT SETNAME me ; MULTI ; RESET ; CLIENT GETNAME ; EXEC ; SET k v "
         "; B> GET k ; GET nokey",
         {"(any)", "+OK", "+OK", "+OK", "+RESET", "$-1", "-ERR EXEC without MULTI", "+OK", "$1⏎v",
          "$-1"}},
        {"SET k 1 ; WATCH k ; RESET ; B> SET k 2 ; MULTI ; PING ; EXEC",
         {"+OK", "+OK", "+RESET", "+OK", "+OK", "+QUEUED", "*1⏎+PONG"}},
        {"RESET a", {"-ERR wrong number of arguments for 'reset' command"}},
        {"&CLIENT REPLY OFF ; RESET ; PING", {"+RESET", "+PONG"}},
        {"MONITOR ; RESET ; B> PING ; @read", {"+OK", "+RESET", "+PONG", "(nothing)"}},
        {"CLIENT NO-TOUCH on ; CLIENT SETINFO LIB-NAME lib ; RESET ; CLIENT LIST LIB-NAME lib",
         {"+OK", "+OK", "+RESET", "(starts)$"}},
    };
    assert_rows(server, rows);
}

/* ---- With a password ---- */

Test(connection, nothing_but_auth_hello_quit_and_reset_runs_before_the_password) {
    struct test_server *guarded =
        test_server_start((const char *const[]){"--requirepass", "sekret", NULL});
    static const char *const refused[] = {"PING",      "GET a",  "MULTI",        "COMMAND",
                                          "CLIENT ID", "ECHO a", "CONFIG GET *", "SHUTDOWN"};
    struct resp_conn *conn = test_server_connect(guarded);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_reply(conn, refused[i], "-NOAUTH Authentication required.\r\n");
    }
    assert_reply(conn, "FOO", "-ERR unknown command 'FOO', with args beginning with: \r\n");
    assert_reply(conn, "GET", "-ERR wrong number of arguments for 'get' command\r\n");
    assert_reply(conn, "HELLO", HELLO_NOAUTH_ERROR "\r\n");
    assert_reply(conn, "HELLO 3", HELLO_NOAUTH_ERROR "\r\n");
    assert_reply(conn, "HELLO 3 SETNAME x", HELLO_NOAUTH_ERROR "\r\n");
    assert_reply(conn, "HELLO 4", "-NOPROTO unsupported protocol version\r\n");
    assert_reply(conn, "AUTH wrong", WRONG_PASSWORD_ERROR "\r\n");
    assert_reply(conn, "AUTH default wrong", WRONG_PASSWORD_ERROR "\r\n");
    assert_reply(conn, "AUTH nouser x", WRONG_PASSWORD_ERROR "\r\n");
    assert_reply(conn, "AUTH \"\"", WRONG_PASSWORD_ERROR "\r\n");
    assert_reply(conn, "AUTH sekretsekret", WRONG_PASSWORD_ERROR "\r\n");
    assert_reply(conn, "HELLO 3 AUTH default wrong", WRONG_PASSWORD_ERROR "\r\n");
    assert_reply(conn, "RESET", "+RESET\r\n");
    assert_reply(conn, "AUTH sekret", "+OK\r\n");
    assert_reply(conn, "AUTH x", WRONG_PASSWORD_ERROR "\r\n");
    assert_reply(conn, "PING", "+PONG\r\n");
    assert_reply(conn, "RESET", "+RESET\r\n");
    assert_reply(conn, "PING", "-NOAUTH Authentication required.\r\n");
    assert_reply(conn, "QUIT", "+OK\r\n");
    resp_close(conn);
    test_server_stop(guarded);
}

Test(connection, hello_authenticates_and_names_at_once) {
    struct test_server *guarded =
        test_server_start((const char *const[]){"--requirepass", "sekret", NULL});
    struct resp_conn *conn = test_server_connect(guarded);
    struct buffer reply = resp_call(conn, "HELLO 2 SETNAME x AUTH default sekret");
    cr_assert(strncmp(buffer_text(&reply), "*14\r\n", strlen("*14\r\n")) == 0);
    assert_reply(conn, "CLIENT GETNAME", "$1\r\nx\r\n");
    buffer_release(&reply);
    resp_close(conn);
    test_server_stop(guarded);
}

Test(connection, a_new_password_leaves_open_sessions_alone) {
    struct resp_conn *old = test_server_connect(server);
    assert_reply(old, "CONFIG SET requirepass sekret", "+OK\r\n");
    struct resp_conn *fresh = test_server_connect(server);
    assert_reply(old, "PING", "+PONG\r\n");
    assert_reply(fresh, "PING", "-NOAUTH Authentication required.\r\n");
    assert_reply(fresh, "AUTH sekret", "+OK\r\n");
    assert_reply(old, "CONFIG SET requirepass \"\"", "+OK\r\n");
    struct resp_conn *open = test_server_connect(server);
    assert_reply(open, "PING", "+PONG\r\n");
    resp_close(old);
    resp_close(fresh);
    resp_close(open);
}

Test(connection, before_the_password_requests_are_small) {
    struct test_server *guarded =
        test_server_start((const char *const[]){"--requirepass", "sekret", NULL});
    static const struct script_row rows[] = {
        {"~*11\\r\\n", {"-ERR Protocol error: unauthenticated multibulk length⏎(closed)"}},
        {"~*2\\r\\n$4\\r\\nAUTH\\r\\n$16385\\r\\n",
         {"-ERR Protocol error: unauthenticated bulk length⏎(closed)"}},
    };
    for (size_t i = 0; i < SCRIPT_ROW_COUNT(rows); i++) {
        struct resp_conn *conn = test_server_connect(guarded);
        struct buffer bytes = {0};
        struct buffer sent = {0};
        struct buffer expected = {0};
        const char *end = strstr(rows[i].replies[0], "⏎");
        buffer_append(&expected, rows[i].replies[0], (size_t)(end - rows[i].replies[0]));
        buffer_append_text(&expected, "\r\n");
        for (const char *at = rows[i].script + 1; *at != '\0'; at++) {
            bool is_escape = at[0] == '\\';
            char byte = !is_escape ? at[0] : at[1] == 'r' ? '\r' : '\n';
            buffer_append(&sent, &byte, 1);
            at += is_escape;
        }
        resp_send(conn, sent.data, sent.size);
        cr_assert(resp_read_until_close(conn, &bytes));
        cr_expect_str_eq(buffer_text(&bytes), buffer_text(&expected));
        buffer_release(&bytes);
        buffer_release(&sent);
        buffer_release(&expected);
        resp_close(conn);
    }
    /* At the limits the request is taken. */
    struct resp_conn *conn = test_server_connect(guarded);
    assert_reply(conn, "ECHO 2 3 4 5 6 7 8 9 10",
                 "-ERR wrong number of arguments for 'echo' "
                 "command\r\n");
    char *large = malloc(16385);
    memset(large, 'x', 16384);
    large[16384] = '\0';
    resp_send_argv(conn, 2, (const char *const[]){"AUTH", large}, NULL);
    struct buffer reply = {0};
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
    cr_expect_str_eq(buffer_text(&reply), WRONG_PASSWORD_ERROR "\r\n");
    buffer_release(&reply);
    free(large);
    resp_close(conn);
    test_server_stop(guarded);
}
