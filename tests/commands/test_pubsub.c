/*
 * Publish and subscribe, and keyspace notifications.
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

TestSuite(pubsub, .init = start, .fini = stop);

#define SUBSCRIBED_A "*3⏎$9⏎subscribe⏎$1⏎a⏎:1"
#define CONTEXT_ERROR(name)                                                                        \
    "-ERR Can't execute '" name "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET " \
    "are allowed in this context"

Test(pubsub, each_subscription_is_confirmed_with_the_number_of_all) {
    static const struct script_row rows[] = {
        {"&SUBSCRIBE a b a ; @read ; &PSUBSCRIBE p* ; @read ; &UNSUBSCRIBE a ; @read ; "
         "&UNSUBSCRIBE ; @read ; &PUNSUBSCRIBE ; @read",
         {"*3⏎$9⏎subscribe⏎$1⏎a⏎:1⏎*3⏎$9⏎subscribe⏎$1⏎b⏎:2⏎*3⏎$9⏎subscribe⏎$1⏎a⏎:2",
          "*3⏎$10⏎psubscribe⏎$2⏎p*⏎:3", "*3⏎$11⏎unsubscribe⏎$1⏎a⏎:2", "*3⏎$11⏎unsubscribe⏎$1⏎b⏎:1",
          "*3⏎$12⏎punsubscribe⏎$2⏎p*⏎:0"}},
        {"&UNSUBSCRIBE ; @read ; &PUNSUBSCRIBE x y ; @read ; &SUNSUBSCRIBE ; @read",
         {"*3⏎$11⏎unsubscribe⏎$-1⏎:0", "*3⏎$12⏎punsubscribe⏎$1⏎x⏎:0⏎*3⏎$12⏎punsubscribe⏎$1⏎y⏎:0",
          "*3⏎$12⏎sunsubscribe⏎$-1⏎:0"}},
        {"HELLO 3 ; &SUBSCRIBE a ; @read ; &UNSUBSCRIBE ; @read ; &UNSUBSCRIBE ; @read",
         {"(any)", ">3⏎$9⏎subscribe⏎$1⏎a⏎:1", ">3⏎$11⏎unsubscribe⏎$1⏎a⏎:0",
          ">3⏎$11⏎unsubscribe⏎_⏎:0"}},
        {"SUBSCRIBE ; PSUBSCRIBE ; SSUBSCRIBE",
         {"-ERR wrong number of arguments for 'subscribe' command",
          "-ERR wrong number of arguments for 'psubscribe' command",
          "-ERR wrong number of arguments for 'ssubscribe' command"}},
    };
    assert_rows(server, rows);
}

Test(pubsub, a_subscriber_in_resp2_may_ask_for_little_else) {
    static const struct script_row rows[] = {
        {"SUBSCRIBE a ; GET k ; PING ; PING hi ; RESET ; GET k",
         {SUBSCRIBED_A, CONTEXT_ERROR("get"), "*2⏎$4⏎pong⏎$0⏎", "*2⏎$4⏎pong⏎$2⏎hi", "+RESET",
          "$-1"}},
        {"SUBSCRIBE a ; MULTI ; FOO ; GET",
         {SUBSCRIBED_A, CONTEXT_ERROR("multi"),
          "-ERR unknown command 'FOO', with args beginning with: ",
          "-ERR wrong number of arguments for 'get' command"}},
        {"SUBSCRIBE a ; QUIT", {SUBSCRIBED_A, "+OK"}},
        {"SUBSCRIBE a ; PUBLISH a self", {SUBSCRIBED_A, CONTEXT_ERROR("publish")}},
        {"SUBSCRIBE a ; UNSUBSCRIBE a ; GET k",
         {SUBSCRIBED_A, "*3⏎$11⏎unsubscribe⏎$1⏎a⏎:0", "$-1"}},
        {"MULTI ; SUBSCRIBE a ; PING ; &EXEC ; @read",
         {"+OK", "+QUEUED", "+QUEUED", "*2⏎*3⏎$9⏎subscribe⏎$1⏎a⏎:1⏎*2⏎$4⏎pong⏎$0⏎"}},
    };
    assert_rows(server, rows);
}

Test(pubsub, a_subscriber_in_resp3_may_do_all_it_did) {
    static const struct script_row rows[] = {
        {"HELLO 3 ; &SUBSCRIBE a ; @read ; SET k v ; PING ; B> PUBLISH a m ; @read",
         {"(any)", ">3⏎$9⏎subscribe⏎$1⏎a⏎:1", "+OK", "+PONG", ":1", ">3⏎$7⏎message⏎$1⏎a⏎$1⏎m"}},
        /* Newer servers put a client's own message behind the reply. */
        {"HELLO 3 ; &SUBSCRIBE a ; @read ; &PUBLISH a self ; @read",
         {"(any)", ">3⏎$9⏎subscribe⏎$1⏎a⏎:1", ":1⏎>3⏎$7⏎message⏎$1⏎a⏎$4⏎self"}},
        {"HELLO 3 ; &SUBSCRIBE a ; @read ; MULTI ; PUBLISH a x ; PING ; &EXEC ; @read",
         {"(any)", ">3⏎$9⏎subscribe⏎$1⏎a⏎:1", "+OK", "+QUEUED", "+QUEUED",
          "*2⏎:1⏎+PONG⏎>3⏎$7⏎message⏎$1⏎a⏎$1⏎x"}},
    };
    assert_rows(server, rows);
}

Test(pubsub, confirmations_reach_a_client_that_wants_no_replies) {
    static const struct script_row rows[] = {
        {"HELLO 3 ; &CLIENT REPLY OFF ; &SUBSCRIBE a ; @read ; &PSUBSCRIBE a* ; @read ; &PING ; "
         "B> PUBLISH a m ; @read ; &UNSUBSCRIBE a ; @read ; &PUNSUBSCRIBE ; @read",
         {"(any)", ">3⏎$9⏎subscribe⏎$1⏎a⏎:1", ">3⏎$10⏎psubscribe⏎$2⏎a*⏎:2", ":2",
          ">3⏎$7⏎message⏎$1⏎a⏎$1⏎m⏎>4⏎$8⏎pmessage⏎$2⏎a*⏎$1⏎a⏎$1⏎m", ">3⏎$11⏎unsubscribe⏎$1⏎a⏎:1",
          ">3⏎$12⏎punsubscribe⏎$2⏎a*⏎:0"}},
        {"&CLIENT REPLY SKIP ; &SUBSCRIBE a ; @read ; &PING ; @read",
         {SUBSCRIBED_A, "*2⏎$4⏎pong⏎$0⏎"}},
    };
    assert_rows(server, rows);
}

Test(pubsub, messages_reach_channels_and_patterns) {
    static const struct script_row rows[] = {
        {"SUBSCRIBE ch ; PSUBSCRIBE c* ; B> PUBLISH ch m ; @read",
         {"*3⏎$9⏎subscribe⏎$2⏎ch⏎:1", "*3⏎$10⏎psubscribe⏎$2⏎c*⏎:2", ":2",
          "*3⏎$7⏎message⏎$2⏎ch⏎$1⏎m⏎*4⏎$8⏎pmessage⏎$2⏎c*⏎$2⏎ch⏎$1⏎m"}},
        {"HELLO 3 ; &PSUBSCRIBE c? ; @read ; B> PUBLISH ch m ; B> PUBLISH c m ; @read",
         {"(any)", ">3⏎$10⏎psubscribe⏎$2⏎c?⏎:1", ":1", ":0", ">4⏎$8⏎pmessage⏎$2⏎c?⏎$2⏎ch⏎$1⏎m"}},
        {"SUBSCRIBE a ; B> MULTI ; B> PUBLISH a m ; B> EXEC ; @read",
         {SUBSCRIBED_A, "+OK", "+QUEUED", "*1⏎:1", "*3⏎$7⏎message⏎$1⏎a⏎$1⏎m"}},
        {"SUBSCRIBE \"a\\x00b\" ; B> PUBLISH \"a\\x00b\" \"\\r\\n\" ; @read",
         {"*3⏎$9⏎subscribe⏎$3⏎a\\x00b⏎:1", ":1", "*3⏎$7⏎message⏎$3⏎a\\x00b⏎$2⏎\\x0d\\x0a"}},
        {"PUBLISH a b ; SPUBLISH a b ; PUBLISH a",
         {":0", ":0", "-ERR wrong number of arguments for 'publish' command"}},
        {"SUBSCRIBE a ; B> SUBSCRIBE a ; C> PUBLISH a m ; @read ; B> @read",
         {SUBSCRIBED_A, SUBSCRIBED_A, ":2", "*3⏎$7⏎message⏎$1⏎a⏎$1⏎m", "*3⏎$7⏎message⏎$1⏎a⏎$1⏎m"}},
        {"SUBSCRIBE a ; !close ; ?PUBLISH a m", {SUBSCRIBED_A, ":0"}},
    };
    assert_rows(server, rows);
}

Test(pubsub, shard_channels_are_a_world_of_their_own) {
    static const struct script_row rows[] = {
        {"SSUBSCRIBE ch ; SUBSCRIBE ch ; B> PUBLISH ch m ; B> SPUBLISH ch sm ; @read ; "
         "B> PUBSUB CHANNELS ; B> PUBSUB SHARDCHANNELS ; B> PUBSUB SHARDNUMSUB ch ; "
         "B> PUBSUB NUMSUB ch nope",
         {"*3⏎$10⏎ssubscribe⏎$2⏎ch⏎:1", "*3⏎$9⏎subscribe⏎$2⏎ch⏎:1", ":1", ":1",
          "*3⏎$7⏎message⏎$2⏎ch⏎$1⏎m⏎*3⏎$8⏎smessage⏎$2⏎ch⏎$2⏎sm", "*1⏎$2⏎ch", "*1⏎$2⏎ch",
          "*2⏎$2⏎ch⏎:1", "*4⏎$2⏎ch⏎:1⏎$4⏎nope⏎:0"}},
        {"SSUBSCRIBE x ; SUNSUBSCRIBE x ; GET k",
         {"*3⏎$10⏎ssubscribe⏎$1⏎x⏎:1", "*3⏎$12⏎sunsubscribe⏎$1⏎x⏎:0", "$-1"}},
    };
    assert_rows(server, rows);
}

Test(pubsub, what_is_subscribed_to_can_be_asked) {
    static const struct script_row rows[] = {
        {"PUBSUB NUMPAT ; PUBSUB NUMSUB ; PUBSUB CHANNELS ; PUBSUB SHARDCHANNELS ; "
         "PUBSUB SHARDNUMSUB",
         {":0", "*0", "*0", "*0", "*0"}},
        {"PSUBSCRIBE a* ; B> PSUBSCRIBE a* ; B> RESET ; B> PUBSUB NUMPAT",
         {"*3⏎$10⏎psubscribe⏎$2⏎a*⏎:1", "*3⏎$10⏎psubscribe⏎$2⏎a*⏎:1", "+RESET", ":1"}},
        {"SUBSCRIBE ab ; B> PUBSUB CHANNELS a* ; B> PUBSUB CHANNELS b* ; B> PUBSUB CHANNELS a b",
         {"*3⏎$9⏎subscribe⏎$2⏎ab⏎:1", "*1⏎$2⏎ab", "*0",
          "-ERR wrong number of arguments for 'pubsub|channels' command"}},
        {"PUBSUB blah ; PUBSUB NUMPAT a ; PUBSUB",
         {"-ERR unknown subcommand 'blah'. Try PUBSUB HELP.",
          "-ERR wrong number of arguments for 'pubsub|numpat' command",
          "-ERR wrong number of arguments for 'pubsub' command"}},
        {"PUBSUB HELP", {"(starts)*"}},
    };
    assert_rows(server, rows);
}

Test(pubsub, a_subscriber_is_seen_in_client_list) {
    static const struct script_row rows[] = {
        {"SUBSCRIBE a ; B> CLIENT LIST TYPE pubsub ; B> CLIENT KILL TYPE pubsub ; B> PUBSUB NUMPAT",
         {SUBSCRIBED_A, "(any)", ":1", ":0"}},
    };
    assert_rows(server, rows);
}

Test(pubsub, a_subscriber_that_does_not_read_is_closed_and_others_are_not) {
    static const struct script_row rows[] = {
        {"CONFIG SET client-output-buffer-limit \"pubsub 100 0 0\" ; SUBSCRIBE a ; B> HELLO 3 ; "
         "B> SUBSCRIBE b ; C> PUBLISH a \"01234567890123456789012345678901234567890123456789"
         "01234567890123456789012345678901234567890123456789\" ; C> ?PUBSUB NUMSUB a b ; "
         "C> CONFIG SET client-output-buffer-limit \"pubsub 33554432 8388608 60\"",
         {"+OK", SUBSCRIBED_A, "(any)", ">3⏎$9⏎subscribe⏎$1⏎b⏎:1", ":1", "*4⏎$1⏎a⏎:0⏎$1⏎b⏎:1",
          "+OK"}},
    };
    assert_rows(server, rows);
}

Test(pubsub, changes_of_keys_are_notified_by_class) {
    static const struct script_row rows[] = {
        {"CONFIG SET notify-keyspace-events KEA ; PSUBSCRIBE __key*__:* ; B> SET k v ; @read ; "
         "B> DEL k ; @read ; B> LPUSH l x ; @read",
         {"+OK", "*3⏎$10⏎psubscribe⏎$10⏎__key*__:*⏎:1", "+OK",
          "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$16⏎__keyspace@0__:k⏎$3⏎set⏎"
          "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$18⏎__keyevent@0__:set⏎$1⏎k",
          ":1",
          "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$16⏎__keyspace@0__:k⏎$3⏎del⏎"
          "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$18⏎__keyevent@0__:del⏎$1⏎k",
          ":1",
          "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$16⏎__keyspace@0__:l⏎$5⏎lpush⏎"
          "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$20⏎__keyevent@0__:lpush⏎$1⏎l"}},
        {"CONFIG SET notify-keyspace-events El ; PSUBSCRIBE __key*__:* ; B> SET k v ; "
         "B> RPUSH l x ; @read",
         {"+OK", "(any)", "+OK", ":1",
          "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$20⏎__keyevent@0__:rpush⏎$1⏎l"}},
        {"CONFIG SET notify-keyspace-events Kmn ; PSUBSCRIBE __key*__:* ; B> SELECT 3 ; "
         "B> GET k ; B> SET k v ; @read",
         {"+OK", "(any)", "+OK", "$-1", "+OK",
          "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$16⏎__keyspace@3__:k⏎$7⏎keymiss⏎"
          "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$16⏎__keyspace@3__:k⏎$3⏎new"}},
        {"CONFIG SET notify-keyspace-events gx ; PSUBSCRIBE __key*__:* ; B> SET k v PX 1 ; "
         "B> ?EXISTS k ; @read",
         {"+OK", "(any)", "+OK", ":0", "(nothing)"}},
        {"CONFIG SET notify-keyspace-events Ex ; PSUBSCRIBE __key*__:* ; B> SET k v PX 1 ; "
         "B> ?EXISTS k ; @read",
         {"+OK", "(any)", "+OK", ":0",
          "*4⏎$8⏎pmessage⏎$10⏎__key*__:*⏎$22⏎__keyevent@0__:expired⏎$1⏎k"}},
        {"CONFIG SET notify-keyspace-events \"\" ; CONFIG GET notify-keyspace-events",
         {"+OK", "*2⏎$22⏎notify-keyspace-events⏎$0⏎"}},
    };
    assert_rows(server, rows);
}

/* Each of many names is answered once, with what is left then. */
Test(pubsub, unsubscribing_from_all_tells_each_name_once) {
    enum { NAME_COUNT = 3000 };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer text = {0};
    struct buffer reply = {0};
    bool is_told[NAME_COUNT] = {false};
    buffer_append_text(&text, "SUBSCRIBE");
    for (int i = 0; i < NAME_COUNT; i++) {
        buffer_append_format(&text, " c%d", i);
    }
    buffer_append_text(&text, "\r\nUNSUBSCRIBE\r\n");
    resp_send_text(conn, buffer_text(&text));
    for (int i = 0; i < NAME_COUNT; i++) {
        buffer_clear(&reply);
        cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
    }
    for (int left = NAME_COUNT - 1; left >= 0; left--) {
        buffer_clear(&reply);
        cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
        struct resp_value *value = resp_value_parse(reply.data, reply.size);
        cr_assert_str_eq(value->items[0].bytes, "unsubscribe");
        long name = strtol(value->items[1].bytes + 1, NULL, 10);
        cr_assert(name >= 0 && name < NAME_COUNT && !is_told[name]);
        is_told[name] = true;
        cr_assert_eq(value->items[2].integer, left);
        resp_value_destroy(value);
    }
    assert_reply(conn, "PUBSUB CHANNELS", "*0\r\n");
    buffer_release(&text);
    buffer_release(&reply);
    resp_close(conn);
}

static bool nobody_is_subscribed(void *context) {
    return resp_call_is(context, "PUBSUB CHANNELS", "*0\r\n") &&
           resp_call_is(context, "PUBSUB NUMPAT", ":0\r\n");
}

/* Its subscriptions end a few at a time, so as not to hold the others. */
Test(pubsub, a_client_that_is_closed_hears_nothing_however_much_it_is_subscribed_to) {
    enum { NAME_COUNT = 1000, KIND_COUNT = 2 };
    struct resp_conn *subscriber = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    struct buffer text = resp_call(subscriber, "CLIENT ID");
    long long id = strtoll(buffer_text(&text) + 1, NULL, 10);
    buffer_clear(&text);
    static const char *const commands[KIND_COUNT] = {"SUBSCRIBE", "PSUBSCRIBE"};
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        buffer_append_text(&text, commands[kind]);
        for (int i = 0; i < NAME_COUNT; i++) {
            buffer_append_format(&text, " c%d", i);
        }
        buffer_append_text(&text, "\r\n");
    }
    resp_send_text(subscriber, buffer_text(&text));
    for (int i = 0; i < KIND_COUNT * NAME_COUNT; i++) {
        buffer_clear(&text);
        cr_assert_eq(resp_read(subscriber, &text), RESP_COMPLETE);
    }
    assert_reply(other, "PUBLISH c999 x", ":2\r\n");
    buffer_clear(&text);
    buffer_append_format(&text, "MULTI\r\nCLIENT KILL ID %lld\r\nPUBLISH c999 x\r\nEXEC\r\n", id);
    resp_send_text(other, buffer_text(&text));
    enum { REPLY_COUNT = 4 };
    for (int i = 0; i < REPLY_COUNT; i++) {
        buffer_clear(&text);
        cr_assert_eq(resp_read(other, &text), RESP_COMPLETE);
    }
    cr_expect_str_eq(buffer_text(&text), "*2\r\n:1\r\n:0\r\n");
    cr_expect(wait_until(nobody_is_subscribed, other, WAIT_DEADLINE_MS));
    buffer_release(&text);
    resp_close(subscriber);
    resp_close(other);
}
