/*
 * Streams. XDELEX, XACKDEL, XNACK, CLAIM, MAXCOUNT and MAXSIZE are newer than the oracle; what
 * ends a wait in a group, and the consumer that XREADGROUP makes without entries, are as in newer
 * servers.
 */
#include "support/check.h"
#include "support/errors.h"
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

TestSuite(stream, .init = start, .fini = stop);

#define NO_GROUP "-NOGROUP No such key 'x' or consumer group 'g' in XREADGROUP with GROUP option"
#define SMALL_ID "-ERR The ID specified in XADD is equal or smaller than the target stream top item"

/* Found by the oracle. */
static const struct script_row oracle_rows[] = {
    {"XADD x 01-+2 f v ; XRANGE x \" 1\" 001", {"$3⏎1-2", "*1⏎*2⏎$3⏎1-2⏎*2⏎$1⏎f⏎$1⏎v"}},
    {"XADD x LIMIT 0 1-1 f v ; XTRIM x LIMIT 0 ; XTRIM x LIMIT 1",
     {"-ERR syntax error, LIMIT cannot be used without the special ~ option",
      "-ERR syntax error, XTRIM must be called with a trimming strategy",
      "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"}},
    {"XADD x 9-7 f v ; XDEL x 9-7 ; XGROUP CREATE x g $ ENTRIESREAD 0 ; XADD x 9-8 f v ; "
     "XINFO GROUPS x",
     {"(last)", "*1⏎*12⏎$4⏎name⏎$1⏎g⏎$9⏎consumers⏎:0⏎$7⏎pending⏎:0⏎$17⏎last-delivered-id⏎$3⏎9-7⏎$"
                "12⏎entries-read⏎:0⏎$3⏎lag⏎:2"}},
    {"XADD x 9-1 f v ; XGROUP CREATE x g 3 ; XDEL x 9-1 ; XADD x 9-2 f v ; XINFO GROUPS x",
     {"(last)", "*1⏎*12⏎$4⏎name⏎$1⏎g⏎$9⏎consumers⏎:0⏎$7⏎pending⏎:0⏎$17⏎last-delivered-id⏎$3⏎3-0⏎$"
                "12⏎entries-read⏎$-1⏎$3⏎lag⏎:1"}},
    {"XADD x 1-1 f v ; WATCH x ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x > ; "
     "XCLAIM x g d 0 1-1 ; XACK x g 1-1 ; XGROUP SETID x g 0 ; XGROUP DELCONSUMER x g c ; "
     "XGROUP DESTROY x g ; XSETID x 9-9 ; MULTI ; XLEN x ; EXEC",
     {"(last)", "*1⏎:1"}},
    {"WATCH x ; XGROUP CREATE x g 0 MKSTREAM ; MULTI ; EXEC", {"(last)", "*-1"}},
    {"XADD x 1-1 f v ; WATCH x ; XDEL x 1-1 ; MULTI ; EXEC", {"(last)", "*-1"}},
    {"XADD x 1-1 f v ; XADD x 2-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x > ; "
     "XCLAIM x g c 0 1-1 2-1 TIME 1000 RETRYCOUNT 1 JUSTID ; XDEL x 2-1 ; "
     "XREADGROUP GROUP g c STREAMS x 0 ; XREADGROUP GROUP g c STREAMS x 1-0 ; "
     "EVAL \"local t = redis.call('XPENDING', 'x', 'g', '-', '+', 9) return {t[1][4], t[2][4]}\" "
     "0 ; EVAL \"return redis.call('XPENDING', 'x', 'g', 'IDLE', 100000, '-', '+', 9)[1][1]\" 0",
     {"(last)", "*2⏎:3⏎:1", "$3⏎2-1"}},
    {"XGROUP CREATE x g 0 MKSTREAM ; XGROUP SETID x g + ; XINFO GROUPS x ; XGROUP SETID x g - ; "
     "XGROUP CREATE x h +",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x 18446744073709551615-"
     "18446744073709551615",
     {"$3⏎1-1", "+OK", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v"}},
};

Test(stream, commands_answer_as_the_oracle_has_shown) {
    assert_rows(server, oracle_rows);
}

/* Messages that producers send again. */
static const struct script_row producer_rows[] = {
    {"XADD x IDMP p a * f v ; XADD x IDMP p a * g w ; XADD x IDMP p b * f v ; XADD x IDMP q a * f "
     "v ; XLEN x",
     {"(any)", "(any)", "(any)", "(any)", ":3"}},
    {"XADD x IDMPAUTO p * f v ; XADD x IDMPAUTO p * f v ; XADD x IDMPAUTO p * f w ; XADD x "
     "IDMPAUTO p * v f ; XADD x IDMPAUTO p * fv \"\" ; XADD x IDMPAUTO q * f v ; XLEN x",
     {"(last)", ":5"}},
    {"XADD x NOMKSTREAM IDMP p a * f v ; EXISTS x", {"$-1", ":0"}},
    {"XADD x IDMP p a 1-1 f v ; XADD x IDMP p a 1-* f v ; XADD x IDMPAUTO p 1-1 f v ; EXISTS x",
     {"-ERR IDMP and IDMPAUTO can be used only with the id *",
      "-ERR IDMP and IDMPAUTO can be used only with the id *",
      "-ERR IDMP and IDMPAUTO can be used only with the id *", ":0"}},
    {"XADD x IDMP \"\" a * f v ; XADD x IDMP p \"\" * f v ; XADD x IDMPAUTO \"\" * f v",
     {"-ERR the ids of a producer and of a message must not be empty",
      "-ERR the ids of a producer and of a message must not be empty",
      "-ERR the ids of a producer and of a message must not be empty"}},
    {"XADD x IDMP p a IDMPAUTO p * f v ; XADD x IDMP p a IDMP p b * f v ; XADD x IDMP p a * f ; "
     "XADD x a IDMP p ; XADD x IDMPAUTO p a f",
     {"-ERR syntax error", "-ERR syntax error", "-ERR wrong number of arguments for 'xadd' command",
      "-ERR Invalid stream ID specified as stream command argument",
      "-ERR Invalid stream ID specified as stream command argument"}},
    /* A repeat adds, trims and makes nothing, and the stream may have lost the entry. */
    {"XADD x 1-1 f v ; XADD x IDMP p a * f v ; XADD x MAXLEN 0 IDMP p a * f v ; XLEN x ; XTRIM x "
     "MAXLEN 0 ; XADD x IDMP p a * f v ; XLEN x",
     {"(last)", ":0"}},
    {"XADD x 1-1 f v ; XCFGSET x IDMP-MAXSIZE 2 ; XADD x IDMP p a * f v ; XADD x IDMP p b * f v ; "
     "XADD x IDMP p c * f v ; XADD x IDMP p b * f v ; XLEN x ; XADD x IDMP p a * f v ; XLEN x ; "
     "XCFGSET x IDMP-DURATION 86400 ; XADD x IDMP p a * f v ; XLEN x",
     {"$3⏎1-1", "+OK", "(any)", "(any)", "(any)", "(any)", ":4", "(any)", ":5", "+OK", "(any)",
      ":6"}},
    {"SET s v ; XADD s IDMP p a * f v ; XCFGSET s IDMP-MAXSIZE 1 ; XIDMPRECORD s p a 1-1 ; XCFGSET "
     "x IDMP-MAXSIZE 1 ; XIDMPRECORD x p a 1-1",
     {"+OK", "-WRONGTYPE Operation against a key holding the wrong kind of value",
      "-WRONGTYPE Operation against a key holding the wrong kind of value",
      "-WRONGTYPE Operation against a key holding the wrong kind of value", "-ERR no such key",
      "-ERR no such key"}},
    {"XADD x 1-1 f v ; XCFGSET x ; XCFGSET x IDMP-DURATION ; XCFGSET x FOO 1 ; XCFGSET x "
     "IDMP-DURATION 0 ; XCFGSET x IDMP-DURATION 86401 ; XCFGSET x IDMP-DURATION a ; XCFGSET x "
     "IDMP-MAXSIZE 0 ; XCFGSET x IDMP-MAXSIZE 10001 ; XCFGSET x IDMP-DURATION 5 IDMP-MAXSIZE x",
     {"$3⏎1-1", "-ERR syntax error", "-ERR syntax error", "-ERR syntax error",
      "-ERR invalid duration", "-ERR invalid duration", "-ERR invalid duration",
      "-ERR invalid maxsize", "-ERR invalid maxsize", "-ERR invalid maxsize"}},
    {"XADD x 1-1 f v ; XCFGSET x IDMP-DURATION 7 ; XINFO STREAM x",
     {"(last)",
      "*32⏎$6⏎length⏎:1⏎$15⏎radix-tree-keys⏎:1⏎$16⏎radix-tree-nodes⏎:2⏎$17⏎last-"
      "generated-id⏎$3⏎1-1⏎$20⏎max-deleted-entry-id⏎$3⏎0-0⏎$13⏎entries-added⏎:1⏎$23⏎"
      "recorded-first-entry-id⏎$3⏎1-1⏎$13⏎idmp-duration⏎:7⏎$12⏎idmp-maxsize⏎:100⏎$12⏎pids-"
      "tracked⏎:0⏎$12⏎iids-tracked⏎:0⏎$10⏎iids-added⏎:0⏎$15⏎iids-duplicates⏎:0⏎$6⏎groups⏎"
      ":0⏎$11⏎first-entry⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v⏎$10⏎last-entry⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v"}},
    {"XADD x 9999999999999-5 f v ; XIDMPRECORD x p a 9999999999999-4 ; XADD x IDMP p a * f v ; "
     "XIDMPRECORD x p a 9999999999999-6 ; XIDMPRECORD x p b 5 ; XADD x IDMP p b * f v ; "
     "XIDMPRECORD x p \"\" 1-1 ; XIDMPRECORD x \"\" a 1-1 ; XIDMPRECORD x p a z",
     {"$15⏎9999999999999-5", "+OK", "$15⏎9999999999999-4",
      "-ERR the id of a record must not be above the last one of the stream", "+OK",
      "$15⏎9999999999999-6", "-ERR the ids of a producer and of a message must not be empty",
      "-ERR the ids of a producer and of a message must not be empty",
      "-ERR Invalid stream ID specified as stream command argument"}},
    /* A copy takes the limits along, and no producers. */
    {"XADD x 9999999999999-5 f v ; XCFGSET x IDMP-DURATION 7 ; XIDMPRECORD x p a 9999999999999-4 ; "
     "COPY x y ; XADD y IDMP p a * f v ; XADD x IDMP p a * f v ; RENAME x z ; XADD z IDMP p a * f "
     "v",
     {"(last)", "$15⏎9999999999999-6", "$15⏎9999999999999-4", "+OK", "$15⏎9999999999999-4"}},
};

Test(stream, a_message_that_a_producer_sends_again_is_known) {
    assert_rows(server, producer_rows);
}

Test(stream, the_same_id_is_answered_to_a_message_that_is_sent_again) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer first = resp_call(conn, "XADD x IDMP p a * f v");
    struct buffer other = resp_call(conn, "XADD x IDMP p b * f v");
    struct buffer again = resp_call(conn, "XADD x IDMP p a * f v");
    cr_expect_str_eq(again.data, first.data);
    cr_expect_str_neq(other.data, first.data);
    buffer_release(&first);
    buffer_release(&other);
    buffer_release(&again);
    resp_close(conn);
}

/* The rows of the tables of behaviours and errors. */
static const struct script_row table_rows[] = {
    {"XADD x 5 f v ; XADD x 5 f v ; XADD x 4-9 f v ; XADD x 0-0 f v ; XADD x 5-1 f v ; XADD x 5-* "
     "f v ; XADD x 6-* f v",
     {"$3⏎5-0", "-ERR The ID specified in XADD is equal or smaller than the target stream top item",
      "-ERR The ID specified in XADD is equal or smaller than the target stream top item",
      "-ERR The ID specified in XADD must be greater than 0-0", "$3⏎5-1", "$3⏎5-2", "$3⏎6-0"}},
    {"XADD x 0-* f v", {"$3⏎0-1"}},
    {"XADD x NOMKSTREAM * f v ; EXISTS x", {"$-1", ":0"}},
    {"XADD x 5-1 f v ; XDEL x 5-1 ; XLEN x ; EXISTS x ; XADD x 5-1 f v ; XADD x 5-* f v",
     {"$3⏎5-1", ":1", ":0", ":1",
      "-ERR The ID specified in XADD is equal or smaller than the target stream top item",
      "$3⏎5-2"}},
    {"XADD x MAXLEN 0 1-1 f v ; XLEN x ; EXISTS x", {"$3⏎1-1", ":0", ":1"}},
    {"XADD x 1-1 f v ; XADD x 2-1 f v ; XADD x 3-1 f v ; XTRIM x MINID 3 ; XRANGE x - +",
     {"$3⏎1-1", "$3⏎2-1", "$3⏎3-1", ":2", "*1⏎*2⏎$3⏎3-1⏎*2⏎$1⏎f⏎$1⏎v"}},
    {"XADD x 1-1 f v ; XADD x 1-2 f v ; XADD x 2-1 f v ; XRANGE x 1 1 ; XRANGE x (1-1 + COUNT 1 ; "
     "XREVRANGE x 2 (1-2 ; XRANGE x - + COUNT 0",
     {"$3⏎1-1", "$3⏎1-2", "$3⏎2-1", "*2⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v⏎*2⏎$3⏎1-2⏎*2⏎$1⏎f⏎$1⏎v",
      "*1⏎*2⏎$3⏎1-2⏎*2⏎$1⏎f⏎$1⏎v", "*1⏎*2⏎$3⏎2-1⏎*2⏎$1⏎f⏎$1⏎v", "*-1"}},
    {"XADD x 1-1 f v ; XADD x 2-1 f w ; XREAD STREAMS x + ; XREAD STREAMS x $ ; XREAD COUNT 0 "
     "STREAMS x 0",
     {"$3⏎1-1", "$3⏎2-1", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎2-1⏎*2⏎$1⏎f⏎$1⏎w", "*-1",
      "*1⏎*2⏎$1⏎x⏎*2⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v⏎*2⏎$3⏎2-1⏎*2⏎$1⏎f⏎$1⏎w"}},
    {"XADD x 1-1 f v ; XADD x 2-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x > ; "
     "XDEL x 1-1 ; XREADGROUP GROUP g c STREAMS x 0 ; XACK x g 1-1 9-9 ; XREADGROUP GROUP g c "
     "STREAMS x > ; XREADGROUP GROUP g c STREAMS x 2-1",
     {"$3⏎1-1", "$3⏎2-1", "+OK", "*1⏎*2⏎$1⏎x⏎*2⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v⏎*2⏎$3⏎2-1⏎*2⏎$1⏎f⏎$1⏎v",
      ":1", "*1⏎*2⏎$1⏎x⏎*2⏎*2⏎$3⏎1-1⏎*-1⏎*2⏎$3⏎2-1⏎*2⏎$1⏎f⏎$1⏎v", ":1", "*-1", "*1⏎*2⏎$1⏎x⏎*0"}},
    {"XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c NOACK STREAMS x > ; XPENDING x g",
     {"$3⏎1-1", "+OK", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v", "*4⏎:0⏎$-1⏎$-1⏎*-1"}},
    {"XADD x 1-1 f v ; XGROUP CREATE x g $ ; XREADGROUP GROUP g c STREAMS x > ; XGROUP DELCONSUMER "
     "x g c ; XGROUP CREATECONSUMER x g c ; XGROUP CREATECONSUMER x g c",
     {"$3⏎1-1", "+OK", "*-1", ":0", ":1", ":0"}},
    {"XGROUP CREATE x g $ ; XGROUP CREATE x g $ MKSTREAM ; XLEN x ; TYPE x ; XGROUP CREATE x g $ ; "
     "XGROUP DESTROY x g ; XGROUP DESTROY x g",
     {"-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to "
      "use the MKSTREAM option to create an empty stream automatically.",
      "+OK", ":0", "+stream", "-BUSYGROUP Consumer Group name already exists", ":1", ":0"}},
    {"XADD x 1-1 f v ; XADD x 2-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x > ; "
     "XDEL x 1-1 ; XAUTOCLAIM x g c2 0 0 ; XPENDING x g",
     {"$3⏎1-1", "$3⏎2-1", "+OK", "*1⏎*2⏎$1⏎x⏎*2⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v⏎*2⏎$3⏎2-1⏎*2⏎$1⏎f⏎$1⏎v",
      ":1", "*3⏎$3⏎0-0⏎*1⏎*2⏎$3⏎2-1⏎*2⏎$1⏎f⏎$1⏎v⏎*1⏎$3⏎1-1",
      "*4⏎:1⏎$3⏎2-1⏎$3⏎2-1⏎*1⏎*2⏎$2⏎c2⏎$1⏎1"}},
    {"XADD x 1-1 f v ; XGROUP CREATE x g $ ; XCLAIM x g c 0 1-1 ; XCLAIM x g c 0 1-1 FORCE ; "
     "XCLAIM x g c 0 9-9 FORCE",
     {"$3⏎1-1", "+OK", "*0", "*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v", "*0"}},
    {"XADD x 1-1 f v ; XGROUP CREATE x g $ ; XCLAIM x g c 0 1-1 FORCE IDLE -9223372036854775808 ; "
     "XPENDING x g IDLE 600000 - + 1",
     {"$3⏎1-1", "+OK", "*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v", "*0"}},
    {"XADD x 1-1 f v ; XGROUP CREATE x g 0 ENTRIESREAD 9223372036854775807 ; XREADGROUP GROUP g c "
     "STREAMS x > ; XINFO GROUPS x",
     {"$3⏎1-1", "+OK", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v",
      "*1⏎*12⏎$4⏎name⏎$1⏎g⏎$9⏎consumers⏎:1⏎$7⏎pending⏎:1⏎$17⏎last-delivered-id⏎$3⏎1-1⏎$12⏎entries-"
      "read⏎:9223372036854775807⏎$3⏎lag⏎:-9223372036854775806"}},
    {"XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XPENDING x g ; XPENDING x g - + 10",
     {"$3⏎1-1", "+OK", "*4⏎:0⏎$-1⏎$-1⏎*-1", "*0"}},
    {"XADD x 1-1 f v ; XINFO STREAM x",
     {"$3⏎1-1",
      "*20⏎$6⏎length⏎:1⏎$15⏎radix-tree-keys⏎:1⏎$16⏎radix-tree-nodes⏎:2⏎$17⏎last-generated-id⏎$3⏎1-"
      "1⏎$20⏎max-deleted-entry-id⏎$3⏎0-0⏎$13⏎entries-added⏎:1⏎$23⏎recorded-first-entry-id⏎$3⏎1-1⏎$"
      "6⏎groups⏎:0⏎$11⏎first-entry⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v⏎$10⏎last-entry⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v"}},
    {"XADD x 1-1 f v ; XADD x 2-1 f v ; XGROUP CREATE x g 1-1 ; XINFO GROUPS x ; XDEL x 2-1 ; "
     "XINFO GROUPS x",
     {"$3⏎1-1", "$3⏎2-1", "+OK",
      "*1⏎*12⏎$4⏎name⏎$1⏎g⏎$9⏎consumers⏎:0⏎$7⏎pending⏎:0⏎$17⏎last-delivered-id⏎$3⏎1-1⏎$12⏎entries-"
      "read⏎$-1⏎$3⏎lag⏎:1",
      ":1",
      "*1⏎*12⏎$4⏎name⏎$1⏎g⏎$9⏎consumers⏎:0⏎$7⏎pending⏎:0⏎$17⏎last-delivered-id⏎$3⏎1-1⏎$12⏎entries-"
      "read⏎$-1⏎$3⏎lag⏎$-1"}},
    {"XADD x 1-1 f v ; XSETID x 9-9 ; XADD x 9-9 f v ; XADD x 9-10 f v",
     {"$3⏎1-1", "+OK",
      "-ERR The ID specified in XADD is equal or smaller than the target stream top item",
      "$4⏎9-10"}},
    {"XADD x 1-1 f v ; &XREAD BLOCK 0 STREAMS x $ ; B> XADD x 2-1 f w ; @read",
     {"$3⏎1-1", "$3⏎2-1", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎2-1⏎*2⏎$1⏎f⏎$1⏎w"}},
    {"XGROUP CREATE x g $ MKSTREAM ; &XREADGROUP GROUP g c BLOCK 0 STREAMS x > ; B> XADD x 2-1 f w "
     "; @read",
     {"+OK", "$3⏎2-1", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎2-1⏎*2⏎$1⏎f⏎$1⏎w"}},
    {"XLEN x ; XRANGE x - + ; XDEL x 1-1 ; XACK x g 1-1 ; XTRIM x MAXLEN 0 ; XINFO STREAM x",
     {":0", "*0", ":0", ":0", ":0", "-ERR no such key"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x 1-1 f v",
     {"(last)",
      "-ERR The ID specified in XADD is equal or smaller than the target stream top item"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x 0-0 f v",
     {"(last)", "-ERR The ID specified in XADD must be greater than 0-0"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x 1-0 f v",
     {"(last)",
      "-ERR The ID specified in XADD is equal or smaller than the target stream top item"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x abc f v",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x 1-2-3 f v",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x * f",
     {"(last)", "-ERR wrong number of arguments for 'xadd' command"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x 1-* f v", {"(last)", "$3⏎1-2"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x MAXLEN abc * f v",
     {"(last)", "-ERR value is not an integer or out of range"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x MAXLEN -1 * f v",
     {"(last)", "-ERR The MAXLEN argument must be >= 0."}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x MAXLEN 10 LIMIT 5 * f v",
     {"(last)", "-ERR syntax error, LIMIT cannot be used without the special ~ option"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x MAXLEN = 10 LIMIT 5 * f v",
     {"(last)", "-ERR syntax error, LIMIT cannot be used without the special ~ option"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x MAXLEN ~ 10 LIMIT -1 * f v",
     {"(last)", "-ERR The LIMIT argument must be >= 0."}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x MAXLEN 1 MINID 1 * f v",
     {"(last)", "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x MINID abc * f v",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD s * f v",
     {"(last)", "-WRONGTYPE Operation against a key holding the wrong kind of value"}},
    {"XADD x 1-1 f v ; SET s abc ; XADD x 18446744073709551616-1 f v",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XRANGE x abc +",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XRANGE x ( +",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XRANGE x (- +",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XRANGE x (18446744073709551615-18446744073709551615 +",
     {"(last)", "-ERR invalid start ID for the interval"}},
    {"XADD x 1-1 f v ; SET s abc ; XRANGE x - (0-0",
     {"(last)", "-ERR invalid end ID for the interval"}},
    {"XADD x 1-1 f v ; SET s abc ; XRANGE x - + COUNT abc",
     {"(last)", "-ERR value is not an integer or out of range"}},
    {"XADD x 1-1 f v ; SET s abc ; XRANGE x - + FOO", {"(last)", "-ERR syntax error"}},
    {"XADD x 1-1 f v ; SET s abc ; XREAD STREAMS x",
     {"(last)", "-ERR wrong number of arguments for 'xread' command"}},
    {"XADD x 1-1 f v ; SET s abc ; XREAD STREAMS x y 0",
     {"(last)", "-ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' "
                "must be specified."}},
    {"XADD x 1-1 f v ; SET s abc ; XREAD COUNT abc STREAMS x 0",
     {"(last)", "-ERR value is not an integer or out of range"}},
    {"XADD x 1-1 f v ; SET s abc ; XREAD BLOCK -1 STREAMS x 0",
     {"(last)", "-ERR timeout is negative"}},
    {"XADD x 1-1 f v ; SET s abc ; XREAD BLOCK abc STREAMS x 0",
     {"(last)", "-ERR timeout is not an integer or out of range"}},
    {"XADD x 1-1 f v ; SET s abc ; XREAD x 0",
     {"(last)", "-ERR wrong number of arguments for 'xread' command"}},
    {"XADD x 1-1 f v ; SET s abc ; XREAD STREAMS x abc",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XREAD STREAMS x >",
     {"(last)", "-ERR The > ID can be specified only when calling XREADGROUP using the GROUP "
                "<group> <consumer> option."}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x >",
     {"(last)", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x $",
     {"(last)", "-ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the "
                "history of this consumer by specifying a proper ID, or use the > ID to get new "
                "messages. The $ ID would just return an empty result set."}},
    {"XADD x 1-1 f v ; SET s abc ; XREADGROUP STREAMS x 0 0 0 0",
     {"(last)", "-ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' "
                "must be specified."}},
    {"XADD x 1-1 f v ; SET s abc ; XREAD NOACK STREAMS x 0",
     {"(last)",
      "-ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."}},
    {"XADD x 1-1 f v ; SET s abc ; XREAD GROUP g c STREAMS x 0",
     {"(last)",
      "-ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XACK x g abc",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XACK x",
     {"(last)", "-ERR wrong number of arguments for 'xack' command"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE nokey g $",
     {"(last)", "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you "
                "may want to use the MKSTREAM option to create an empty stream automatically."}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g abc",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g $ ENTRIESREAD abc",
     {"(last)", "-ERR value is not an integer or out of range"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g $ ENTRIESREAD -2",
     {"(last)", "-ERR value for ENTRIESREAD must be positive or -1"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE s g $",
     {"(last)", "-WRONGTYPE Operation against a key holding the wrong kind of value"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP SETID x nog $",
     {"(last)", "-NOGROUP No such consumer group 'nog' for key name 'x'"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP SETID nokey g $",
     {"(last)", "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you "
                "may want to use the MKSTREAM option to create an empty stream automatically."}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP DESTROY nokey g",
     {"(last)", "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you "
                "may want to use the MKSTREAM option to create an empty stream automatically."}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATECONSUMER x nog c",
     {"(last)", "-NOGROUP No such consumer group 'nog' for key name 'x'"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP DELCONSUMER x nog c",
     {"(last)", "-NOGROUP No such consumer group 'nog' for key name 'x'"}},
    {"XADD x 1-1 f v ; SET s abc ; XPENDING x nog",
     {"(last)", "-NOGROUP No such key 'x' or consumer group 'nog'"}},
    {"XADD x 1-1 f v ; SET s abc ; XPENDING nokey g",
     {"(last)", "-NOGROUP No such key 'nokey' or consumer group 'g'"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XPENDING x g - + abc",
     {"(last)", "-ERR value is not an integer or out of range"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XPENDING x g - +",
     {"(last)", "-ERR syntax error"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XPENDING x g IDLE abc - + 1",
     {"(last)", "-ERR value is not an integer or out of range"}},
    {"XADD x 1-1 f v ; SET s abc ; XCLAIM x nog c 0 1-1",
     {"(last)", "-NOGROUP No such key 'x' or consumer group 'nog'"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XCLAIM x g c abc 1-1",
     {"(last)", "-ERR Invalid min-idle-time argument for XCLAIM"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XCLAIM x g c 0 abc",
     {"(last)", "-ERR Unrecognized XCLAIM option 'abc'"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XCLAIM x g c 0 1-1 FOO",
     {"(last)", "-ERR Unrecognized XCLAIM option 'FOO'"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XCLAIM x g c 0 1-1 IDLE abc",
     {"(last)", "-ERR Invalid IDLE option argument for XCLAIM"}},
    {"XADD x 1-1 f v ; SET s abc ; XAUTOCLAIM x nog c 0 0",
     {"(last)", "-NOGROUP No such key 'x' or consumer group 'nog'"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XAUTOCLAIM x g c abc 0",
     {"(last)", "-ERR Invalid min-idle-time argument for XAUTOCLAIM"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XAUTOCLAIM x g c 0 0 COUNT 0",
     {"(last)", "-ERR COUNT must be > 0"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XAUTOCLAIM x g c 0 abc",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XDEL x abc",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XTRIM x FOO 1", {"(last)", "-ERR syntax error"}},
    {"XADD x 1-1 f v ; SET s abc ; XTRIM x MAXLEN abc",
     {"(last)", "-ERR value is not an integer or out of range"}},
    {"XADD x 1-1 f v ; SET s abc ; XTRIM x MAXLEN -1",
     {"(last)", "-ERR The MAXLEN argument must be >= 0."}},
    {"XADD x 1-1 f v ; SET s abc ; XTRIM x MAXLEN 1 LIMIT 1",
     {"(last)", "-ERR syntax error, LIMIT cannot be used without the special ~ option"}},
    {"XADD x 1-1 f v ; SET s abc ; XSETID x 0-1",
     {"(last)", "-ERR The ID specified in XSETID is smaller than the target stream top item"}},
    {"XADD x 1-1 f v ; SET s abc ; XSETID nokey 1-1", {"(last)", "-ERR no such key"}},
    {"XADD x 1-1 f v ; SET s abc ; XSETID x abc",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XSETID x 5-1 ENTRIESADDED 0 MAXDELETEDID 1-1",
     {"(last)",
      "-ERR The entries_added specified in XSETID is smaller than the target stream length"}},
    {"XADD x 1-1 f v ; SET s abc ; XSETID x 5-1 ENTRIESADDED 5 MAXDELETEDID 9-1",
     {"(last)",
      "-ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"}},
    {"XADD x 1-1 f v ; SET s abc ; XSETID x 5-1 ENTRIESADDED -1 MAXDELETEDID 1-1",
     {"(last)", "-ERR entries_added must be positive"}},
    {"XADD x 1-1 f v ; SET s abc ; XINFO STREAM nokey", {"(last)", "-ERR no such key"}},
    {"XADD x 1-1 f v ; SET s abc ; XINFO GROUPS nokey", {"(last)", "-ERR no such key"}},
    {"XADD x 1-1 f v ; SET s abc ; XINFO CONSUMERS x nog",
     {"(last)", "-NOGROUP No such consumer group 'nog' for key name 'x'"}},
    {"XADD x 1-1 f v ; SET s abc ; XINFO STREAM x FULL COUNT abc",
     {"(last)", "-ERR value is not an integer or out of range"}},
    {"XADD x 1-1 f v ; SET s abc ; XINFO STREAM x FOO",
     {"(last)",
      "-ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP."}},
    {"XADD x 1-1 f v ; SET s abc ; XREADGROUP GROUP nog c STREAMS x >",
     {"(last)",
      "-NOGROUP No such key 'x' or consumer group 'nog' in XREADGROUP with GROUP option"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS nokey >",
     {"(last)",
      "-NOGROUP No such key 'nokey' or consumer group 'g' in XREADGROUP with GROUP option"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x abc",
     {"(last)", "-ERR Invalid stream ID specified as stream command argument"}},
    {"XADD x 1-1 f v ; SET s abc ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS s >",
     {"(last)", "-WRONGTYPE Operation against a key holding the wrong kind of value"}},
    {"XADD x 1-1 f v ; SET s abc ; XINFO CONSUMERS x",
     {"(last)", "-ERR wrong number of arguments for 'xinfo|consumers' command"}},
    {"XADD x 1-1 f v ; SET s abc ; XINFO HELP x",
     {"(last)", "-ERR wrong number of arguments for 'xinfo|help' command"}},
    {"XADD x 1-1 f v ; XGROUP CREATE x g $ ; XGROUP CREATE x g $",
     {"(last)", "-BUSYGROUP Consumer Group name already exists"}},
    {"XADD x 18446744073709551615-18446744073709551615 f v ; XADD x * f v",
     {"(last)", "-ERR The stream has exhausted the last possible ID, unable to add more items"}},
    {"XADD x 5-18446744073709551615 f v ; XADD x 5-* f v",
     {"(last)",
      "-ERR The ID specified in XADD is equal or smaller than the target stream top item"}},
};

Test(stream, commands_behave_and_fail_as_the_tables_say) {
    assert_rows(server, table_rows);
}

Test(stream, a_range_may_be_read_both_ways_over_many_nodes) {
    assert_script(server, "CONFIG SET stream-node-max-entries 2", "+OK");
    assert_script(
        server,
        "XADD x 1-1 a 1 ; XADD x 1-2 a 2 ; XADD x 2-0 b 3 ; XADD x 3-0 b 4 c 5 ; XADD x "
        "3-7 c 6 ; XDEL x 2-0 ; XRANGE x - + ; XREVRANGE x + - COUNT 2 ; XRANGE x (1-1 "
        "(3-7 ; XREVRANGE x 3-6 1-2",
        "$3⏎1-1", "$3⏎1-2", "$3⏎2-0", "$3⏎3-0", "$3⏎3-7", ":1",
        "*4⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎1⏎*2⏎$3⏎1-2⏎*2⏎$1⏎a⏎$1⏎2⏎*2⏎$3⏎3-0⏎*4⏎$1⏎b⏎$1⏎4⏎$1⏎c⏎$1⏎5"
        "⏎*2⏎$3⏎3-7⏎*2⏎$1⏎c⏎$1⏎6",
        "*2⏎*2⏎$3⏎3-7⏎*2⏎$1⏎c⏎$1⏎6⏎*2⏎$3⏎3-0⏎*4⏎$1⏎b⏎$1⏎4⏎$1⏎c⏎$1⏎5",
        "*2⏎*2⏎$3⏎1-2⏎*2⏎$1⏎a⏎$1⏎2⏎*2⏎$3⏎3-0⏎*4⏎$1⏎b⏎$1⏎4⏎$1⏎c⏎$1⏎5",
        "*2⏎*2⏎$3⏎3-0⏎*4⏎$1⏎b⏎$1⏎4⏎$1⏎c⏎$1⏎5⏎*2⏎$3⏎1-2⏎*2⏎$1⏎a⏎$1⏎2");
}

Test(stream, an_approximate_trim_removes_whole_nodes_up_to_its_limit) {
    assert_script(server, "CONFIG SET stream-node-max-entries 2", "+OK");
    assert_script(server,
                  "XADD x 1 a 1 ; XADD x 2 a 2 ; XADD x 3 a 3 ; XADD x 4 a 4 ; XADD x 5 a 5 ; "
                  "XTRIM x MAXLEN ~ 2 LIMIT 1 ; XTRIM x MAXLEN ~ 2 LIMIT 2 ; XTRIM x MAXLEN ~ 2 ; "
                  "XLEN x ; XTRIM x MINID ~ 5 LIMIT 0 ; XLEN x ; XTRIM x MINID 6 ; XADD x MAXLEN ~ "
                  "1 6 a b ; XLEN x ; XTRIM x LIMIT 5 ; XTRIM x KEEPREF",
                  "$3⏎1-0", "$3⏎2-0", "$3⏎3-0", "$3⏎4-0", "$3⏎5-0", ":0", ":2", ":0", ":3", ":2",
                  ":1", ":1", "$3⏎6-0", ":1",
                  "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
                  "-ERR wrong number of arguments for 'xtrim' command");
    assert_script(server, "XTRIM x KEEPREF DELREF",
                  "-ERR syntax error, XTRIM must be called with a trimming strategy");
}

Test(stream, references_decide_what_may_be_deleted) {
    assert_script(
        server,
        "XADD x 1 a 1 ; XADD x 2 a 2 ; XADD x 3 a 3 ; XDELEX x ACKED IDS 1 1 ; XGROUP "
        "CREATE x g 0 ; XREADGROUP GROUP g c COUNT 2 STREAMS x > ; XDELEX x ACKED IDS 3 1 "
        "3 9 ; XACK x g 1 ; XDELEX x ACKED IDS 2 1 2 ; XDELEX x DELREF IDS 1 2 ; XPENDING "
        "x g ; XDELEX x IDS 2 3 3 ; XLEN x ; XDELEX no IDS 2 1 2",
        "$3⏎1-0", "$3⏎2-0", "$3⏎3-0", "*1⏎:2", "+OK", "(any)", "*3⏎:2⏎:2⏎:-1", ":1", "*2⏎:1⏎:2",
        "*1⏎:1", "*4⏎:0⏎$-1⏎$-1⏎*-1", "*2⏎:1⏎:-1", ":0", "*2⏎:-1⏎:-1");
    assert_script(
        server,
        "XADD x 1 a 1 ; XADD x 2 a 2 ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS "
        "x > ; XTRIM x MAXLEN 0 ACKED ; XACK x g 2 ; XTRIM x MAXLEN 0 ACKED ; XRANGE x - "
        "+ ; XTRIM x MAXLEN 0 DELREF ; XPENDING x g",
        "$3⏎1-0", "$3⏎2-0", "+OK", "(any)", ":0", ":1", ":1", "*1⏎*2⏎$3⏎1-0⏎*2⏎$1⏎a⏎$1⏎1", ":1",
        "*4⏎:0⏎$-1⏎$-1⏎*-1");
    assert_script(
        server,
        "XADD x 1 a 1 ; XADD x 2 a 2 ; XGROUP CREATE x g 0 ; XGROUP CREATE x h 0 ; "
        "XREADGROUP GROUP g c STREAMS x > ; XACKDEL x g ACKED IDS 2 1 5 ; XLEN x ; XACKDEL "
        "x g IDS 1 2 ; XLEN x ; XACKDEL x g IDS 1 2 ; XACKDEL x nog IDS 1 1 ; XACKDEL no "
        "g IDS 1 1",
        "$3⏎1-0", "$3⏎2-0", "+OK", "+OK", "(any)", "*2⏎:2⏎:-1", ":2", "*1⏎:1", ":1", "*1⏎:-1",
        "*1⏎:-1", "*1⏎:-1");
    assert_script(
        server,
        "XDELEX x FOO IDS 1 1 ; XDELEX x IDS 0 1 ; XDELEX x IDS 3 1 2 ; XDELEX x IDS 1 1 "
        "2 ; XDELEX x IDS 1 a ; XACKDEL x g FOO 1 1 ; SET s v ; XDELEX s IDS 1 1 ; XACKDEL "
        "s g IDS 1 1",
        SYNTAX_ERROR, "-ERR Number of IDs must be a positive integer",
        "-ERR The `numids` parameter must match the number of arguments", SYNTAX_ERROR,
        "-ERR Invalid stream ID specified as stream command argument", SYNTAX_ERROR, "+OK",
        WRONG_TYPE, WRONG_TYPE);
}

Test(stream, entries_that_are_given_back_go_to_whoever_claims_first) {
    assert_script(
        server,
        "XADD x 1 a 1 ; XADD x 2 a 2 ; XADD x 3 a 3 ; XGROUP CREATE x g 0 ; XREADGROUP "
        "GROUP g c STREAMS x > ; XNACK x g FAIL IDS 2 2 9 ; XPENDING x g 2 2 1 ; XPENDING "
        "x g ; XNACK x g SILENT IDS 1 3 ; XPENDING x g 3 3 1 ; XREADGROUP GROUP g d CLAIM "
        "1000000 STREAMS x > ; XPENDING x g 2 3 2 d",
        "$3⏎1-0", "$3⏎2-0", "$3⏎3-0", "+OK", "(any)", ":1", "*1⏎*4⏎$3⏎2-0⏎$0⏎⏎:-1⏎:1",
        "*4⏎:3⏎$3⏎1-0⏎$3⏎3-0⏎*1⏎*2⏎$1⏎c⏎$1⏎2", ":1", "*1⏎*4⏎$3⏎3-0⏎$0⏎⏎:-1⏎:0",
        "*1⏎*2⏎$1⏎x⏎*2⏎*4⏎$3⏎2-0⏎*2⏎$1⏎a⏎$1⏎2⏎:-1⏎:1⏎*4⏎$3⏎3-0⏎*2⏎$1⏎a⏎$1⏎3⏎:-1⏎:0", "(any)");
    assert_script(server,
                  "XADD x 1 a 1 ; XGROUP CREATE x g 0 ; XNACK x g FATAL IDS 1 1 ; XNACK x g FATAL "
                  "IDS 1 1 FORCE ; XPENDING x g - + 1 ; XNACK x g FAIL IDS 1 1 RETRYCOUNT 7 ; "
                  "XPENDING x g - + 1 ; XNACK x nog FAIL IDS 1 1 ; XNACK x g FOO IDS 1 1 ; XNACK x "
                  "g FAIL IDS 1 1 RETRYCOUNT x ; XNACK x g FAIL IDS 1 1 FOO",
                  "$3⏎1-0", "+OK", ":0", ":1", "*1⏎*4⏎$3⏎1-0⏎$0⏎⏎:-1⏎:9223372036854775807", ":1",
                  "*1⏎*4⏎$3⏎1-0⏎$0⏎⏎:-1⏎:7", "-NOGROUP No such key 'x' or consumer group 'nog'",
                  SYNTAX_ERROR, "-ERR Invalid RETRYCOUNT option argument for XNACK", SYNTAX_ERROR);
}

Test(stream, claim_hands_out_what_is_idle_before_what_is_new) {
    assert_script(
        server,
        "XADD x 1 a 1 ; XADD x 2 a 2 ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c COUNT 1 "
        "STREAMS x > ; XCLAIM x g c 0 1 IDLE 5000 RETRYCOUNT 3 JUSTID ; XREADGROUP GROUP g "
        "d CLAIM 100000 COUNT 5 STREAMS x > ; XREADGROUP GROUP g d CLAIM 4000 COUNT 1 "
        "STREAMS x > ; XPENDING x g 1 1 1 ; XREADGROUP GROUP g d CLAIM -1 STREAMS x > ; "
        "XREAD CLAIM 1 STREAMS x 0",
        "$3⏎1-0", "$3⏎2-0", "+OK", "(any)", "*1⏎$3⏎1-0", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎2-0⏎*2⏎$1⏎a⏎$1⏎2",
        "(starts)*1⏎*2⏎$1⏎x⏎*1⏎*4⏎$3⏎1-0⏎*2⏎$1⏎a⏎$1⏎1⏎:5", "(starts)*1⏎*4⏎$3⏎1-0⏎$1⏎d⏎",
        "-ERR min-idle-time must be a positive integer", SYNTAX_ERROR);
}

Test(stream, claim_hands_out_first_what_was_idle_longest) {
    assert_script(
        server,
        "XADD x 1 a 1 ; XADD x 2 a 2 ; XADD x 3 a 3 ; XADD x 4 a 4 ; XGROUP CREATE x g 0 ; "
        "XREADGROUP GROUP g c STREAMS x > ; XCLAIM x g c 0 1 IDLE 2000 JUSTID ; XCLAIM x g c 0 2 "
        "IDLE 9000 JUSTID ; XCLAIM x g c 0 3 IDLE 5000 JUSTID ; XREADGROUP GROUP g d CLAIM 1000 "
        "COUNT 1 STREAMS x > ; XREADGROUP GROUP g d CLAIM 1000 COUNT 1 STREAMS x > ; XREADGROUP "
        "GROUP g d CLAIM 1000 COUNT 9 MAXCOUNT 1 STREAMS x > ; XREADGROUP GROUP g d CLAIM 1000 "
        "COUNT 1 STREAMS x >",
        "(any)", "(any)", "(any)", "(any)", "+OK", "(any)", "*1⏎$3⏎1-0", "*1⏎$3⏎2-0", "*1⏎$3⏎3-0",
        "(starts)*1⏎*2⏎$1⏎x⏎*1⏎*4⏎$3⏎2-0⏎", "(starts)*1⏎*2⏎$1⏎x⏎*1⏎*4⏎$3⏎3-0⏎",
        "(starts)*1⏎*2⏎$1⏎x⏎*1⏎*4⏎$3⏎1-0⏎", "*-1");
    /* What was deleted meanwhile is not in the way of what comes behind. */
    assert_script(
        server,
        "XADD x 1 a 1 ; XADD x 2 a 2 ; XADD x 3 a 3 ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c "
        "STREAMS x > ; XDEL x 1 2 ; XREADGROUP GROUP g d CLAIM 0 COUNT 1 STREAMS x > ; XPENDING x "
        "g - + 9 d",
        "(any)", "(any)", "(any)", "+OK", "(any)", ":2", "(starts)*1⏎*2⏎$1⏎x⏎*1⏎*4⏎$3⏎3-0⏎",
        "(starts)*1⏎*4⏎$3⏎3-0⏎$1⏎d⏎");
    /* A time so far away that it never comes. */
    assert_script(server,
                  "XADD x 1 a 1 ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x > ; "
                  "XREADGROUP GROUP g d BLOCK 5 CLAIM 9223372036854775807 STREAMS x >",
                  "(any)", "+OK", "(any)", "*-1");
}

Test(stream, pending_entries_are_shown_by_idle_time_and_consumer) {
    assert_script(
        server,
        "XADD x 1 a 1 ; XADD x 2 a 2 ; XADD x 3 a 3 ; XADD x 4 a 4 ; XGROUP CREATE x g 0 ; "
        "XREADGROUP GROUP g c COUNT 2 STREAMS x > ; XREADGROUP GROUP g d STREAMS x > ; XCLAIM x g "
        "d 0 2 TIME 1000 JUSTID ; XCLAIM x g d 0 4 TIME 2000 JUSTID ; XCLAIM x g c 0 3 TIME 3000 "
        "JUSTID ; XPENDING x g IDLE 100000 - + 1 ; XPENDING x g IDLE 100000 (2 + 9 d ; XPENDING x "
        "g IDLE 100000 - (4-0 9 d ; XPENDING x g IDLE 100000 - + 9 c ; XPENDING x g IDLE 100000 1 "
        "2 "
        "9 c ; XPENDING x g IDLE 9000000000000 - + 9 ; XPENDING x g - + 9 c",
        "(any)", "(any)", "(any)", "(any)", "+OK", "(any)", "(any)", "*1⏎$3⏎2-0", "*1⏎$3⏎4-0",
        "*1⏎$3⏎3-0", "(starts)*1⏎*4⏎$3⏎2-0⏎$1⏎d⏎", "(starts)*1⏎*4⏎$3⏎4-0⏎$1⏎d⏎",
        "(starts)*1⏎*4⏎$3⏎2-0⏎$1⏎d⏎", "(starts)*1⏎*4⏎$3⏎3-0⏎$1⏎c⏎", "*0", "*0",
        "(starts)*2⏎*4⏎$3⏎1-0⏎$1⏎c⏎");
}

Test(stream, a_waiting_claim_ends_when_an_entry_was_idle_long_enough) {
    assert_script(server,
                  "XADD x 1 a 1 ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x > ; "
                  "XREADGROUP GROUP g d BLOCK 0 CLAIM 30 STREAMS x > ; XPENDING x g - + 1 d",
                  "$3⏎1-0", "+OK", "(any)", "(starts)*1⏎*2⏎$1⏎x⏎*1⏎*4⏎$3⏎1-0⏎",
                  "(starts)*1⏎*4⏎$3⏎1-0⏎$1⏎d⏎");
}

Test(stream, limits_of_a_whole_reply_leave_at_least_one_entry) {
    assert_script(
        server,
        "XADD x 1 a 1 ; XADD x 2 a 2 ; XADD y 1 a 3 ; XREAD MAXCOUNT 2 STREAMS x y 0 0 ; "
        "XREAD MAXCOUNT 3 STREAMS x y 1 0 ; XREAD MAXSIZE 1 STREAMS x y 0 0 ; XREAD "
        "MAXCOUNT 0 STREAMS x 0 ; XREAD MAXSIZE a STREAMS x 0",
        "$3⏎1-0", "$3⏎2-0", "$3⏎1-0", "*1⏎*2⏎$1⏎x⏎*2⏎*2⏎$3⏎1-0⏎*2⏎$1⏎a⏎$1⏎1⏎*2⏎$3⏎2-0⏎*2⏎$1⏎a⏎$1⏎2",
        "*2⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎2-0⏎*2⏎$1⏎a⏎$1⏎2⏎*2⏎$1⏎y⏎*1⏎*2⏎$3⏎1-0⏎*2⏎$1⏎a⏎$1⏎3",
        "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-0⏎*2⏎$1⏎a⏎$1⏎1", "-ERR MAXCOUNT must be a positive integer",
        "-ERR MAXSIZE must be a positive integer");
}

Test(stream, waits_are_served_and_end) {
    assert_script(
        server,
        "&XREAD BLOCK 0 STREAMS x y $ $ ; B> XADD y 1-1 a b ; @read ; &XREAD BLOCK 0 "
        "STREAMS y 1-1 ; B> DEL y ; @read ; B> SET y v ; @read ; B> DEL y ; B> XADD y 2-1 "
        "a b ; @read",
        "$3⏎1-1", "*1⏎*2⏎$1⏎y⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎b", ":1", "(nothing)", "+OK", "(nothing)",
        ":1", "$3⏎2-1", "*1⏎*2⏎$1⏎y⏎*1⏎*2⏎$3⏎2-1⏎*2⏎$1⏎a⏎$1⏎b");
    assert_script(server,
                  "XGROUP CREATE x g $ MKSTREAM ; &XREADGROUP GROUP g c BLOCK 0 STREAMS x > ; B> "
                  "XGROUP DESTROY x g ; @read",
                  "+OK", ":1", NO_GROUP);
    assert_script(
        server,
        "XGROUP CREATE x g $ MKSTREAM ; &XREADGROUP GROUP g c BLOCK 0 STREAMS x > ; B> DEL "
        "x ; @read",
        "+OK", ":1", NO_GROUP);
    assert_script(
        server,
        "XGROUP CREATE x g $ MKSTREAM ; &XREADGROUP GROUP g c BLOCK 0 STREAMS x > ; B> SET "
        "x v ; @read",
        "+OK", "+OK", WRONG_TYPE);
    assert_script(
        server,
        "XGROUP CREATE x g $ MKSTREAM ; &XREADGROUP GROUP g c BLOCK 0 STREAMS x > ; C> "
        "&XREADGROUP GROUP g d BLOCK 0 STREAMS x > ; B> XADD x 1-1 a b ; @read ; C> @read ; "
        "B> XADD x 1-2 a b ; C> @read",
        "+OK", "$3⏎1-1", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎b", "(nothing)", "$3⏎1-2",
        "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-2⏎*2⏎$1⏎a⏎$1⏎b");
    assert_script(server,
                  "XREAD BLOCK 5 STREAMS x $ ; CLIENT ID ; &XREAD BLOCK 0 STREAMS x $ ; B> CLIENT "
                  "UNBLOCK $IDA ; @read",
                  "*-1", "(any)", ":1", "*-1");
}

Test(stream, what_has_nothing_for_who_waits_does_not_run_the_request_again) {
    assert_script(
        server,
        "XGROUP CREATE x g $ MKSTREAM ; XADD x 1-1 a b ; XADD x 1-2 a b ; XREADGROUP GROUP g c "
        "STREAMS x > ; &XREADGROUP GROUP g c BLOCK 0 STREAMS x > ; B> CONFIG RESETSTAT ; B> EXPIRE "
        "x 100 ; B> PERSIST x ; B> XTRIM x MAXLEN 1 ; B> XDEL x 1-2 ; B> XSETID x 5-1 ; B> XGROUP "
        "CREATE x h 0 ; B> XGROUP CREATECONSUMER x g d ; B> LATENCY HISTOGRAM xreadgroup ; B> XADD "
        "x 5-2 a b ; @read",
        "+OK", "$3⏎1-1", "$3⏎1-2", "(any)", "+OK", ":1", ":1", ":1", ":1", "+OK", "+OK", ":1", "*0",
        "$3⏎5-2", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎5-2⏎*2⏎$1⏎a⏎$1⏎b");
}

/* As on the stock server; it is an error only when the wait would begin. */
Test(stream, a_key_that_gets_another_type_does_not_end_the_wait_for_others) {
    static const struct script_row cases[] = {
        {"XADD x 1-1 a b ; &XREAD BLOCK 0 STREAMS x y $ $ ; B> SET y v ; B> XADD x 1-2 a b ; @read",
         {"$3⏎1-1", "+OK", "$3⏎1-2", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-2⏎*2⏎$1⏎a⏎$1⏎b"}},
        {"XADD x 1-1 a b ; &XREAD BLOCK 0 STREAMS x y $ $ ; B> SET x v ; @read ; B> XADD y 1-1 a b "
         "; @read",
         {"$3⏎1-1", "+OK", "(nothing)", "$3⏎1-1", "*1⏎*2⏎$1⏎y⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎b"}},
        {"XADD x 1-1 a b ; XADD u 1-1 a b ; &XREAD BLOCK 0 STREAMS y x $ $ ; B> SET y v ; B> "
         "EXPIRE x 100 ; B> PERSIST x ; B> RENAME u x ; @read ; B> DEL y ; B> XADD y 1-1 a b ; "
         "@read",
         {"$3⏎1-1", "$3⏎1-1", "+OK", ":1", ":1", "+OK", "(nothing)", ":1", "$3⏎1-1",
          "*1⏎*2⏎$1⏎y⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎b"}},
        {"XADD x 1-1 a b ; &XREAD BLOCK 0 STREAMS x y $ $ ; B> SELECT 1 ; B> SET y v ; B> XADD x "
         "2-1 a b ; B> SWAPDB 0 1 ; @read",
         {"$3⏎1-1", "+OK", "+OK", "$3⏎2-1", "+OK", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎2-1⏎*2⏎$1⏎a⏎$1⏎b"}},
        {"SET y v ; XREAD BLOCK 0 STREAMS x y $ $", {"+OK", WRONG_TYPE}},
    };
    assert_rows(server, cases);
}

Test(stream, whoever_waits_in_several_groups_or_claims_is_served_in_turn) {
    /* One entry serves the first of each group, and all who read without one. */
    assert_script(
        server,
        "XGROUP CREATE x g $ MKSTREAM ; XGROUP CREATE x h $ ; &XREADGROUP GROUP g a BLOCK 0 "
        "STREAMS x > ; B> &XREADGROUP GROUP g b BLOCK 0 STREAMS x > ; C> &XREADGROUP GROUP h c "
        "BLOCK 0 STREAMS x > ; D> &XREAD BLOCK 0 STREAMS x $ ; E> &XREAD BLOCK 0 STREAMS x $ ; "
        "F> XADD x 1-1 a b ; @read ; B> @read ; C> @read ; D> @read ; E> @read ; F> XADD x 1-2 a "
        "b ; B> @read",
        "+OK", "+OK", "$3⏎1-1", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎b", "(nothing)",
        "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎b", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎b",
        "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎b", "$3⏎1-2", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-2⏎*2⏎$1⏎a⏎$1⏎b");
    /* Behind one who waits in vain stands one who claims: what was delivered becomes its own. */
    assert_script(
        server,
        "XGROUP CREATE x g $ MKSTREAM ; &XREADGROUP GROUP g a BLOCK 0 STREAMS x > ; B> "
        "&XREADGROUP GROUP g b BLOCK 0 STREAMS x > ; C> &XREADGROUP GROUP g c BLOCK 0 CLAIM 20 "
        "STREAMS x > ; D> XADD x 1-1 a b ; @read ; C> @read ; B> @read",
        "+OK", "$3⏎1-1", "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎b", "(starts)*1⏎*2⏎$1⏎x⏎*1⏎*4⏎$3⏎1-1⏎",
        "(nothing)");
    /* What ends the wait of one ends that of all. */
    assert_script(
        server,
        "XGROUP CREATE x g $ MKSTREAM ; &XREADGROUP GROUP g a BLOCK 0 STREAMS x > ; B> "
        "&XREADGROUP GROUP g b BLOCK 0 STREAMS x > ; C> &XREADGROUP GROUP g c BLOCK 0 STREAMS x "
        "> ; D> DEL x ; @read ; B> @read ; C> @read",
        "+OK", ":1", NO_GROUP, NO_GROUP, NO_GROUP);
}

static bool info_has(struct resp_conn *conn, const char *line) {
    struct buffer info = resp_call(conn, "INFO everything");
    bool has_line = strstr(buffer_text(&info), line) != NULL;
    buffer_release(&info);
    return has_line;
}

static void await_info(struct resp_conn *conn, const char *line) {
    int64_t start_ms = wait_now_ms();
    while (!info_has(conn, line)) {
        cr_assert(wait_now_ms() - start_ms < WAIT_DEADLINE_MS);
        wait_moment();
    }
}

/* What is counted by latency is runs, not calls. */
static void expect_runs(struct resp_conn *conn, const char *count_line) {
    struct buffer histogram = resp_call(conn, "LATENCY HISTOGRAM xreadgroup");
    cr_expect(strstr(buffer_text(&histogram), count_line) != NULL, "%s", buffer_text(&histogram));
    buffer_release(&histogram);
}

/* Lets eight wait, and counts how many run for an entry: one gets it, one runs in vain. */
static void require_few_runs(const char *options) {
    enum { WAITING = 8, LINE_SIZE = 64 };
    char line[LINE_SIZE];
    struct resp_conn *waiting[WAITING];
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "FLUSHALL", "+OK\r\n");
    assert_reply(conn, "XGROUP CREATE x g $ MKSTREAM", "+OK\r\n");
    for (int i = 0; i < WAITING; i++) {
        waiting[i] = test_server_connect(server);
        (void)snprintf(line, sizeof line, "XREADGROUP GROUP g c%d BLOCK 0%s STREAMS x >", i,
                       options);
        resp_send_command(waiting[i], line);
        (void)snprintf(line, sizeof line, "blocked_clients:%d\r", i + 1);
        await_info(conn, line);
    }
    assert_reply(conn, "CONFIG RESETSTAT", "+OK\r\n");
    assert_reply(conn, "XADD x 1-1 a b", "$3\r\n1-1\r\n");
    expect_runs(conn, "$5\r\ncalls\r\n:2\r\n");
    assert_reply(conn, "XADD x 1-2 a b", "$3\r\n1-2\r\n");
    expect_runs(conn, "$5\r\ncalls\r\n:4\r\n");
    for (int i = 0; i < WAITING; i++) {
        resp_close(waiting[i]);
    }
    await_info(conn, "blocked_clients:0\r");
    resp_close(conn);
}

Test(stream, an_entry_runs_the_requests_of_few_of_many_who_wait) {
    require_few_runs("");
    require_few_runs(" CLAIM 100000");
}

Test(stream, when_one_who_waits_to_claim_leaves_the_next_one_waits_in_its_stead) {
    /* A gets the entry; B learns when to claim it, C does not, until B is gone. */
    static const char script[] =
        "XGROUP CREATE x g $ MKSTREAM ; &XREADGROUP GROUP g a BLOCK 0 CLAIM 30 STREAMS x > ; B> "
        "CLIENT ID ; B> &XREADGROUP GROUP g b BLOCK 0 CLAIM 30 STREAMS x > ; C> &XREADGROUP GROUP "
        "g c BLOCK 0 CLAIM 30 STREAMS x > ; D> XADD x 1-1 a b ; @read ; %s ; C> @read ; D> "
        "XPENDING x g - + 9 c";
    /* B's reply is not looked at: on a slow machine it claims the entry before it leaves. */
    static const char *const ends[] = {"B> !close", "D> CLIENT UNBLOCK $IDB ; B> @read"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char text[sizeof script + 64];
        (void)snprintf(text, sizeof text, script, ends[i]);
        const char *const expected[] = {"+OK",
                                        "(any)",
                                        "$3⏎1-1",
                                        "*1⏎*2⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎a⏎$1⏎b",
                                        "(any)",
                                        "(any)",
                                        "(starts)*1⏎*2⏎$1⏎x⏎*1⏎*4⏎$3⏎1-1⏎",
                                        "(starts)*1⏎*4⏎$3⏎1-1⏎$1⏎c⏎",
                                        NULL};
        const char *closed[] = {expected[0], expected[1], expected[2], expected[3],
                                expected[6], expected[7], NULL};
        char *difference = script_run(server, text, i == 0 ? closed : expected);
        cr_assert_null(difference, "%s", difference);
    }
}

Test(stream, maps_and_nulls_have_their_forms_in_resp3) {
    assert_script(
        server,
        "HELLO 3 ; XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x > "
        "; XREAD STREAMS x 0 ; XREAD STREAMS x $ ; XINFO GROUPS x ; XDEL x 1-1 ; "
        "XREADGROUP GROUP g c STREAMS x 0 ; XADD no NOMKSTREAM * f v ; XPENDING x g ; "
        "XRANGE x - + COUNT 0",
        "(any)", "$3⏎1-1", "+OK", "%1⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v",
        "%1⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v", "_",
        "*1⏎%6⏎$4⏎name⏎$1⏎g⏎$9⏎consumers⏎:1⏎$7⏎pending⏎:1⏎$17⏎last-delivered-id⏎$3⏎1-1⏎$12⏎"
        "entries-read⏎:1⏎$3⏎lag⏎:0",
        ":1", "%1⏎$1⏎x⏎*1⏎*2⏎$3⏎1-1⏎_", "_", "*4⏎:1⏎$3⏎1-1⏎$3⏎1-1⏎*1⏎*2⏎$1⏎c⏎$1⏎1", "_");
    assert_script(
        server,
        "HELLO 3 ; XADD x 1-1 f v ; XADD x 2-1 f v g w ; XINFO STREAM x ; XINFO STREAM x "
        "FULL COUNT 1",
        "(any)", "$3⏎1-1", "$3⏎2-1",
        "%10⏎$6⏎length⏎:2⏎$15⏎radix-tree-keys⏎:1⏎$16⏎radix-tree-nodes⏎:2⏎$17⏎"
        "last-generated-id⏎$3⏎2-1⏎$20⏎max-deleted-entry-id⏎$3⏎0-0⏎$13⏎entries-added⏎:2⏎$23⏎"
        "recorded-first-entry-id⏎$3⏎1-1⏎$6⏎groups⏎:0⏎$11⏎first-entry⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v"
        "⏎$10⏎last-entry⏎*2⏎$3⏎2-1⏎*4⏎$1⏎f⏎$1⏎v⏎$1⏎g⏎$1⏎w",
        "%9⏎$6⏎length⏎:2⏎$15⏎radix-tree-keys⏎:1⏎$16⏎radix-tree-nodes⏎:2⏎$17⏎"
        "last-generated-id⏎$3⏎2-1⏎$20⏎max-deleted-entry-id⏎$3⏎0-0⏎$13⏎entries-added⏎:2⏎$23⏎"
        "recorded-first-entry-id⏎$3⏎1-1⏎$7⏎entries⏎*1⏎*2⏎$3⏎1-1⏎*2⏎$1⏎f⏎$1⏎v⏎$6⏎groups⏎*0");
}

Test(stream, help_and_a_wrong_subcommand_are_answered) {
    assert_script(server, "XGROUP HELP ; XINFO HELP ; XGROUP FOO ; XINFO FOO ; XINFO ; XGROUP",
                  "(starts)*", "(starts)*", "-ERR unknown subcommand 'FOO'. Try XGROUP HELP.",
                  "-ERR unknown subcommand 'FOO'. Try XINFO HELP.", WRONG_ARITY("xinfo"),
                  WRONG_ARITY("xgroup"));
}

Test(stream, a_copy_is_independent) {
    assert_script(
        server,
        "XADD x 1 a 1 ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x > ; COPY x y ; "
        "XACK x g 1 ; XADD x 2 a 2 ; XDEL x 1 ; XRANGE y - + ; XPENDING y g ; RENAME y z ; "
        "OBJECT ENCODING z ; TYPE z ; SCAN 0 TYPE stream COUNT 100",
        "$3⏎1-0", "+OK", "(any)", ":1", ":1", "$3⏎2-0", ":1", "*1⏎*2⏎$3⏎1-0⏎*2⏎$1⏎a⏎$1⏎1",
        "*4⏎:1⏎$3⏎1-0⏎$3⏎1-0⏎*1⏎*2⏎$1⏎c⏎$1⏎1", "+OK", "$6⏎stream", "+stream",
        "(starts)*2⏎$1⏎0⏎*2⏎");
}
