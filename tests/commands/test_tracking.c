/*
 * CLIENT TRACKING: who is told of changes, when and how. Replies are those of the stock server
 * unless a row says what newer ones do.
 */
#include "support/check.h"
#include "support/errors.h"
#include "support/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(tracking, .init = start, .fini = stop);

#define OFF "*6⏎$5⏎flags⏎*1⏎$3⏎off⏎$8⏎redirect⏎:-1⏎$8⏎prefixes⏎*0"
#define ON(flags) "*6⏎$5⏎flags⏎" flags "⏎$8⏎redirect⏎:0⏎$8⏎prefixes⏎*0"
#define INVALIDATE(keys) ">2⏎$10⏎invalidate⏎" keys
#define MESSAGE(keys) "*3⏎$7⏎message⏎$20⏎__redis__:invalidate⏎" keys
#define NO_SUCH_CLIENT "-ERR The client ID you want redirect to does not exist"
#define BCAST_SWITCH                                                                               \
    "-ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then " \
    "re-enabling it with a different mode."
#define CHOICE_SWITCH                                                                              \
    "-ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then " \
    "re-enabling it with a different mode."
#define OVERLAP(prefix, relation, other)                                                           \
    "-ERR Prefix '" prefix "' overlaps with " relation " prefix '" other                           \
    "'. Prefixes for a single client must not overlap."
#define CACHING_OFF                                                                                \
    "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "    \
    "OPTOUT mode enabled"
#define YES_NEEDS_OPTIN                                                                            \
    "-ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
#define NO_NEEDS_OPTOUT                                                                            \
    "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."

Test(tracking, arguments_are_checked_as_on_the_oracle) {
    static const struct script_row rows[] = {
        {"CLIENT TRACKING ; CLIENT TRACKING foo ; CLIENT TRACKING on foo ; CLIENT TRACKING off foo",
         {WRONG_ARITY("client|tracking"), SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR}},
        {"CLIENT TRACKING on REDIRECT ; CLIENT TRACKING on REDIRECT x ; CLIENT TRACKING on "
         "REDIRECT 99999 ; CLIENT TRACKING on REDIRECT 0 ; CLIENT TRACKING on REDIRECT -5 ; "
         "CLIENT TRACKING off REDIRECT 99999",
         {SYNTAX_ERROR, NOT_AN_INTEGER, NO_SUCH_CLIENT, NO_SUCH_CLIENT, NO_SUCH_CLIENT,
          NO_SUCH_CLIENT}},
        {"B> PING ; CLIENT TRACKING on REDIRECT $IDB REDIRECT $IDB",
         {"+PONG", "-ERR A client can only redirect to a single other client"}},
        {"CLIENT TRACKING on PREFIX ; CLIENT TRACKING on PREFIX a OPTIN OPTOUT ; CLIENT TRACKING "
         "on BCAST OPTIN ; CLIENT TRACKING on OPTIN OPTOUT ; CLIENT TRACKING off OPTIN OPTOUT",
         {SYNTAX_ERROR, "-ERR PREFIX option requires BCAST mode to be enabled",
          "-ERR OPTIN and OPTOUT are not compatible with BCAST",
          "-ERR You can't specify both OPTIN mode and OPTOUT mode", "+OK"}},
        {"CLIENT TRACKING on BCAST ; CLIENT TRACKING on ; CLIENT TRACKING on OPTIN OPTOUT ; "
         "CLIENT TRACKING on BCAST OPTIN",
         {"+OK", BCAST_SWITCH, BCAST_SWITCH,
          "-ERR OPTIN and OPTOUT are not compatible with BCAST"}},
        {"CLIENT TRACKING on OPTIN ; CLIENT TRACKING on OPTOUT ; CLIENT TRACKING on BCAST ; "
         "CLIENT TRACKING on ; CLIENT TRACKING on OPTOUT",
         {"+OK", CHOICE_SWITCH, BCAST_SWITCH, "+OK", "+OK"}},
    };
    assert_rows(server, rows);
}

Test(tracking, prefixes_of_a_client_must_not_overlap) {
    static const struct script_row rows[] = {
        {"CLIENT TRACKING on BCAST PREFIX a PREFIX a ; CLIENT TRACKING on BCAST PREFIX abc PREFIX "
         "b PREFIX a ; CLIENT TRACKINGINFO",
         {OVERLAP("a", "another provided", "a"), OVERLAP("abc", "another provided", "a"), OFF}},
        {"CLIENT TRACKING on BCAST PREFIX b PREFIX abc ; CLIENT TRACKING on BCAST PREFIX a ; "
         "CLIENT TRACKING on BCAST PREFIX c NOLOOP ; CLIENT TRACKINGINFO",
         {"+OK", OVERLAP("a", "an existing", "abc"), "+OK",
          "*6⏎$5⏎flags⏎*3⏎$2⏎on⏎$5⏎bcast⏎$6⏎noloop⏎$8⏎redirect⏎:0⏎$8⏎prefixes⏎*3⏎$3⏎abc⏎$1⏎b⏎"
          "$1⏎c"}},
        {"CLIENT TRACKING on BCAST ; CLIENT TRACKING on BCAST PREFIX a",
         {"+OK", OVERLAP("a", "an existing", "")}},
    };
    assert_rows(server, rows);
}

Test(tracking, a_client_sees_its_state) {
    static const struct script_row rows[] = {
        {"CLIENT TRACKINGINFO ; CLIENT GETREDIR ; CLIENT TRACKING on ; CLIENT TRACKINGINFO ; "
         "CLIENT GETREDIR ; RESET ; CLIENT TRACKINGINFO",
         {OFF, ":-1", "+OK", ON("*1⏎$2⏎on"), ":0", "+RESET", OFF}},
        {"HELLO 3 ; CLIENT TRACKING on ; CLIENT TRACKINGINFO",
         {"(any)", "+OK", "%3⏎$5⏎flags⏎~1⏎$2⏎on⏎$8⏎redirect⏎:0⏎$8⏎prefixes⏎*0"}},
        {"CLIENT TRACKING on ; B> CLIENT LIST ID $IDA", {"+OK", "(any)"}},
    };
    assert_rows(server, rows);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CLIENT TRACKING on BCAST", "+OK\r\n");
    struct buffer line = resp_call(conn, "CLIENT INFO");
    cr_assert(strstr(buffer_text(&line), " flags=tB") != NULL, "%s", buffer_text(&line));
    cr_assert(strstr(buffer_text(&line), " redir=0 ") != NULL, "%s", buffer_text(&line));
    buffer_release(&line);
    resp_close(conn);
}

Test(tracking, choices_hold_for_the_next_request) {
    static const struct script_row rows[] = {
        {"CLIENT CACHING yes ; CLIENT CACHING foo ; CLIENT TRACKING on ; CLIENT CACHING yes ; "
         "CLIENT CACHING no ; CLIENT CACHING foo",
         {CACHING_OFF, CACHING_OFF, "+OK", YES_NEEDS_OPTIN, NO_NEEDS_OPTOUT, SYNTAX_ERROR}},
        {"CLIENT TRACKING on OPTIN ; CLIENT CACHING no ; CLIENT CACHING yes ; CLIENT "
         "TRACKINGINFO ; GET x ; CLIENT TRACKINGINFO ; CLIENT CACHING yes ; GET ; CLIENT "
         "TRACKINGINFO",
         {"+OK", NO_NEEDS_OPTOUT, "+OK", ON("*3⏎$2⏎on⏎$5⏎optin⏎$11⏎caching-yes"), "$-1",
          ON("*2⏎$2⏎on⏎$5⏎optin"), "+OK", WRONG_ARITY("get"), ON("*2⏎$2⏎on⏎$5⏎optin")}},
        {"CLIENT TRACKING on OPTOUT ; CLIENT CACHING no ; CLIENT TRACKINGINFO",
         {"+OK", "+OK", ON("*3⏎$2⏎on⏎$6⏎optout⏎$10⏎caching-no")}},
        {"HELLO 3 ; CLIENT TRACKING on OPTIN ; GET a ; CLIENT CACHING yes ; GET b ; GET c ; "
         "B> MSET a 1 b 1 c 1 ; @read",
         {"(any)", "+OK", "_", "+OK", "_", "_", "+OK", INVALIDATE("*1⏎$1⏎b")}},
        {"HELLO 3 ; CLIENT TRACKING on OPTIN ; CLIENT CACHING yes ; MULTI ; GET a ; GET b ; EXEC "
         "; GET c ; B> MSET a 1 b 1 c 1 ; @read",
         {"(any)", "+OK", "+OK", "+OK", "+QUEUED", "+QUEUED", "*2⏎_⏎_", "_", "+OK",
          INVALIDATE("*1⏎$1⏎a⏎") INVALIDATE("*1⏎$1⏎b")}},
        {"HELLO 3 ; CLIENT TRACKING on OPTOUT ; CLIENT CACHING no ; GET a ; GET b ; B> MSET a 1 "
         "b 1 ; @read",
         {"(any)", "+OK", "+OK", "_", "_", "+OK", INVALIDATE("*1⏎$1⏎b")}},
    };
    assert_rows(server, rows);
}

Test(tracking, a_reader_is_told_once_of_a_change) {
    static const struct script_row rows[] = {
        {"HELLO 3 ; CLIENT TRACKING on ; MGET a b ; B> SET a 1 ; B> SET a 2 ; @read ; B> DEL c b "
         "; B> SELECT 3 ; B> SET a 1 ; @read",
         {"(any)", "+OK", "*2⏎_⏎_", "+OK", "+OK", INVALIDATE("*1⏎$1⏎a"), ":0", "+OK", "+OK",
          "(nothing)"}},
        /* A change in any database counts. */
        {"HELLO 3 ; CLIENT TRACKING on ; GET a ; B> SELECT 3 ; B> SET a 1 ; @read",
         {"(any)", "+OK", "_", "+OK", "+OK", INVALIDATE("*1⏎$1⏎a")}},
        {"HELLO 3 ; CLIENT TRACKING on ; &SET a 1 ; @read ; GET a ; &SET a 2 ; @read ; &SET a 3 "
         "; @read",
         {"(any)", "+OK", "+OK", "$1⏎1", "+OK⏎" INVALIDATE("*1⏎$1⏎a"), "+OK"}},
        {"HELLO 3 ; CLIENT TRACKING on NOLOOP ; GET a ; &SET a 2 ; @read ; B> SET a 3 ; @read",
         {"(any)", "+OK", "_", "+OK", "+OK", "(nothing)"}},
        {"HELLO 3 ; CLIENT TRACKING on ; GET k ; MULTI ; SET k w ; GET k ; SET k z ; PING ; "
         "&EXEC ; @read",
         {"(any)", "+OK", "_", "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED",
          "*4⏎+OK⏎$1⏎w⏎+OK⏎+PONG⏎" INVALIDATE("*1⏎$1⏎k⏎") INVALIDATE("*1⏎$1⏎k")}},
        {"HELLO 3 ; CLIENT TRACKING on ; SET k v PX 30 ; GET k ; B> ?EXISTS k ; @read",
         {"(any)", "+OK", "+OK", "$1⏎v", ":0", INVALIDATE("*1⏎$1⏎k")}},
        {"HELLO 3 ; CLIENT TRACKING on ; B> SET a 1 ; GET a ; GET b ; B> RENAME a b ; @read",
         {"(any)", "+OK", "+OK", "$1⏎1", "_", "+OK", INVALIDATE("*1⏎$1⏎a⏎") INVALIDATE("*1⏎$1⏎b")}},
        {"HELLO 3 ; CLIENT TRACKING on ; TTL t ; TYPE y ; EXISTS e1 e2 ; STRLEN s ; B> MSET e2 1 "
         "s 1 t 1 ; @read",
         {"(any)", "+OK", ":-2", "+none", ":0", ":0", "+OK",
          INVALIDATE("*1⏎$2⏎e2⏎") INVALIDATE("*1⏎$1⏎s⏎") INVALIDATE("*1⏎$1⏎t")}},
        {"CLIENT TRACKING on ; GET k ; B> SET k v ; @read", {"+OK", "$-1", "+OK", "(nothing)"}},
        {"HELLO 3 ; CLIENT TRACKING on ; GET k ; CLIENT TRACKING off ; B> SET k v ; @read",
         {"(any)", "+OK", "_", "+OK", "+OK", "(nothing)"}},
        /* A reader that waits is told of the change before it gets it; newer servers note the
         * read that then happens. */
        {"HELLO 3 ; CLIENT TRACKING on ; &XREAD BLOCK 0 STREAMS s $ ; B> XADD s 1-1 a b ; @read ; "
         "B> XADD s 2-1 a b ; @read",
         {"(any)", "+OK", "$3⏎1-1", INVALIDATE("*1⏎$1⏎s⏎") "%1⏎$1⏎s⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎b",
          "$3⏎2-1", INVALIDATE("*1⏎$1⏎s")}},
    };
    assert_rows(server, rows);
}

Test(tracking, a_flush_tells_all_who_track) {
    static const struct script_row rows[] = {
        {"HELLO 3 ; CLIENT TRACKING on ; GET a ; B> FLUSHDB ; @read ; B> SET a 1 ; @read ; "
         "B> FLUSHALL ; @read",
         {"(any)", "+OK", "_", "+OK", INVALIDATE("_"), "+OK", "(nothing)", "+OK", INVALIDATE("_")}},
        {"HELLO 3 ; CLIENT TRACKING on BCAST PREFIX x NOLOOP ; &FLUSHALL ; @read",
         {"(any)", "+OK", "+OK⏎" INVALIDATE("_")}},
        {"HELLO 3 ; B> FLUSHALL ; @read", {"(any)", "+OK", "(nothing)"}},
    };
    assert_rows(server, rows);
}

Test(tracking, scripts_track_what_they_read) {
    static const struct script_row rows[] = {
        {"HELLO 3 ; CLIENT TRACKING on ; EVAL_RO \"return redis.call('get', KEYS[1])\" 1 k ; "
         "B> SET k 1 ; @read",
         {"(any)", "+OK", "_", "+OK", INVALIDATE("*1⏎$1⏎k")}},
        /* Newer servers note what was read, not what was declared. */
        {"HELLO 3 ; CLIENT TRACKING on ; EVAL \"return redis.call('get', 'inner')\" 1 unread ; "
         "B> MSET unread 1 inner 1 ; @read",
         {"(any)", "+OK", "_", "+OK", INVALIDATE("*1⏎$5⏎inner")}},
        {"HELLO 3 ; CLIENT TRACKING on ; GET k ; &EVAL \"redis.call('set', KEYS[1], 1) return "
         "redis.call('get', KEYS[1])\" 1 k ; @read",
         {"(any)", "+OK", "_", "$1⏎1⏎" INVALIDATE("*1⏎$1⏎k")}},
    };
    assert_rows(server, rows);
}

Test(tracking, broadcasts_go_by_prefix_once_a_turn) {
    static const struct script_row rows[] = {
        {"HELLO 3 ; CLIENT TRACKING on BCAST PREFIX z PREFIX y ; B> MSET z3 1 z1 1 y2 1 x 1 z1 2 ; "
         "@read ; GET z1 ; B> SET z1 3 ; @read",
         {"(any)", "+OK", "+OK", INVALIDATE("*1⏎$2⏎y2⏎") INVALIDATE("*2⏎$2⏎z1⏎$2⏎z3"), "$1⏎2",
          "+OK", INVALIDATE("*1⏎$2⏎z1")}},
        {"HELLO 3 ; CLIENT TRACKING on BCAST ; &SET a 1 ; @read ; B> MULTI ; B> SET z1 2 ; B> SET "
         "z0 2 ; B> EXEC ; @read",
         {"(any)", "+OK", "+OK⏎" INVALIDATE("*1⏎$1⏎a"), "+OK", "+QUEUED", "+QUEUED", "*2⏎+OK⏎+OK",
          INVALIDATE("*2⏎$2⏎z0⏎$2⏎z1")}},
        {"HELLO 3 ; CLIENT TRACKING on BCAST NOLOOP ; B> HELLO 3 ; B> CLIENT TRACKING on BCAST "
         "PREFIX a ; &SET a1 1 ; @read ; B> @read ; B> &SET a2 1 ; B> @read ; @read",
         {"(any)", "+OK", "(any)", "+OK", "+OK", INVALIDATE("*1⏎$2⏎a1"),
          "+OK⏎" INVALIDATE("*1⏎$2⏎a2"), INVALIDATE("*1⏎$2⏎a2")}},
        {"HELLO 3 ; CLIENT TRACKING on BCAST PREFIX a ; CLIENT TRACKING off ; B> SET a1 1 ; @read",
         {"(any)", "+OK", "+OK", "+OK", "(nothing)"}},
    };
    assert_rows(server, rows);
}

Test(tracking, messages_can_go_to_another_client) {
    static const struct script_row rows[] = {
        {"B> PING ; CLIENT TRACKING on REDIRECT $IDB ; GET k ; C> SET k v ; B> @read ; GET k ; "
         "B> SUBSCRIBE x ; C> SET k w ; B> @read ; GET k ; SET k z ; B> @read ; C> FLUSHALL ; "
         "B> @read",
         {"+PONG", "+OK", "$-1", "+OK", "(nothing)", "$1⏎v", "*3⏎$9⏎subscribe⏎$1⏎x⏎:1", "+OK",
          MESSAGE("*1⏎$1⏎k"), "$1⏎w", "+OK", MESSAGE("*1⏎$1⏎k"), "+OK", MESSAGE("$-1")}},
        {"B> HELLO 3 ; CLIENT TRACKING on REDIRECT $IDB NOLOOP ; GET k ; C> SET k v ; B> @read ; "
         "GET k ; SET k z ; B> @read",
         {"(any)", "+OK", "$-1", "+OK", INVALIDATE("*1⏎$1⏎k"), "$1⏎v", "+OK", "(nothing)"}},
        {"B> PING ; HELLO 3 ; CLIENT TRACKING on REDIRECT $IDB ; GET k ; B> !close ; C> SET k v ; "
         "@read ; CLIENT TRACKING on ; GET k ; C> SET k v ; @read",
         {"+PONG", "(any)", "+OK", "_", "+OK", "(starts)>2⏎$21⏎tracking-redir-broken⏎:", "+OK",
          "$1⏎v", "+OK", INVALIDATE("*1⏎$1⏎k")}},
    };
    assert_rows(server, rows);
}

/* The number of a field of INFO. */
static long long info_field(struct resp_conn *conn, const char *name) {
    struct buffer info = resp_call(conn, "INFO everything");
    const char *at = strstr(buffer_text(&info), name);
    cr_assert_not_null(at, "INFO has %s", name);
    long long value = strtoll(at + strlen(name) + 1, NULL, 10);
    buffer_release(&info);
    return value;
}

static void wait_for_field(struct resp_conn *conn, const char *name, long long wanted) {
    while (info_field(conn, name) != wanted) {
        struct buffer reply = resp_call(conn, "PING");
        buffer_release(&reply);
    }
}

Test(tracking, what_a_client_read_goes_with_it) {
    enum { KEYS = 2000, READERS = 40 };
    struct resp_conn *reader[READERS];
    for (int i = 0; i < READERS; i++) {
        reader[i] = test_server_connect(server);
        assert_reply(reader[i], "CLIENT TRACKING on", "+OK\r\n");
        for (int j = 0; j < KEYS; j++) {
            char line[32];
            snprintf(line, sizeof line, "GET key:%d", j);
            assert_reply(reader[i], line, "$-1\r\n");
        }
    }
    struct resp_conn *conn = test_server_connect(server);
    cr_expect_eq(info_field(conn, "tracking_clients"), READERS);
    cr_expect_eq(info_field(conn, "tracking_total_keys"), KEYS);
    cr_expect_eq(info_field(conn, "tracking_total_items"), KEYS * READERS);
    for (int i = 1; i < READERS; i++) {
        resp_close(reader[i]);
    }
    wait_for_field(conn, "tracking_clients", 1);
    wait_for_field(conn, "tracking_total_items", KEYS);
    cr_expect_eq(info_field(conn, "tracking_total_keys"), KEYS);
    resp_close(reader[0]);
    wait_for_field(conn, "tracking_total_keys", 0);
    cr_expect_eq(info_field(conn, "tracking_total_items"), 0);
    resp_close(conn);
}

Test(tracking, the_table_keeps_its_limit) {
    static const struct script_row rows[] = {
        {"CONFIG SET tracking-table-max-keys 2 ; HELLO 3 ; CLIENT TRACKING on ; GET a ; GET b ; "
         "GET c ; @read ; CONFIG SET tracking-table-max-keys 1000000",
         {"+OK", "(any)", "+OK", "_", "_", "_", "(starts)" INVALIDATE("*1⏎$1⏎"), "+OK"}},
    };
    assert_rows(server, rows);
}

/* Too many to be forgotten between two requests. */
Test(tracking, a_lowered_limit_is_reached_without_further_reads) {
    enum { KEY_COUNT = 5000, LIMIT = 3, LINE_SIZE = 32 };
    struct resp_conn *reader = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    resp_send_command(reader, "HELLO 3");
    struct buffer hello = {0};
    cr_assert_eq(resp_read(reader, &hello), RESP_COMPLETE);
    buffer_release(&hello);
    assert_reply(reader, "CLIENT TRACKING on", "+OK\r\n");
    for (size_t i = 0; i < KEY_COUNT; i++) {
        char line[LINE_SIZE];
        (void)snprintf(line, sizeof line, "GET key:%zu", i);
        assert_reply(reader, line, "_\r\n");
    }
    cr_expect_eq(info_field(other, "tracking_total_keys"), KEY_COUNT);
    assert_reply(other, "CONFIG SET tracking-table-max-keys 3", "+OK\r\n");
    wait_for_field(other, "tracking_total_keys", LIMIT);
    for (size_t i = 0; i < KEY_COUNT - LIMIT; i++) {
        struct buffer told = {0};
        cr_assert_eq(resp_read(reader, &told), RESP_COMPLETE);
        cr_assert(strncmp(buffer_text(&told), ">2\r\n$10\r\ninvalidate", 19) == 0);
        buffer_release(&told);
    }
    assert_reply(other, "CONFIG SET tracking-table-max-keys 1000000", "+OK\r\n");
    resp_close(other);
    resp_close(reader);
}

Test(tracking, prefixes_are_counted) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    assert_reply(conn, "CLIENT TRACKING on BCAST PREFIX a PREFIX b", "+OK\r\n");
    assert_reply(other, "CLIENT TRACKING on BCAST PREFIX a", "+OK\r\n");
    cr_expect_eq(info_field(conn, "tracking_total_prefixes"), 2);
    assert_reply(conn, "CLIENT TRACKING off", "+OK\r\n");
    cr_expect_eq(info_field(conn, "tracking_total_prefixes"), 1);
    resp_close(other);
    resp_close(conn);
}

/* Who reads its cache again when it hears of the event must not find the old value there. */
Test(tracking, a_key_is_invalid_before_its_event_is_told) {
    assert_script(server,
                  "CONFIG SET notify-keyspace-events Kl$ ; B> HELLO 3 ; B> CLIENT TRACKING on ; "
                  "B> PSUBSCRIBE *:k ; B> GET k ; SET k v ; B> @read",
                  "+OK", "(any)", "+OK", ">3⏎$10⏎psubscribe⏎$3⏎*:k⏎:1", "_", "+OK",
                  INVALIDATE("*1⏎$1⏎k⏎") ">4⏎$8⏎pmessage⏎$3⏎*:k⏎$16⏎__keyspace@0__:k⏎$3⏎set");
}
