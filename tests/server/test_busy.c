/*
 * A script that runs longer than busy-reply-threshold: what others are told, and how it ends.
 */
#include "support/check.h"
#include "support/rows.h"

#include <string.h>

#define BUSY_TEXT                                                                                  \
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
#define BUSY "-" BUSY_TEXT
#define KILLED "(starts)-ERR Script killed by user with SCRIPT KILL... script: "
#define ENDLESS "EVAL \"while true do end\" 0"
#define UNKILLABLE                                                                                 \
    "-UNKILLABLE Sorry the script already executed write commands against the dataset. You can "   \
    "either wait the script termination or kill the server in a hard way using the SHUTDOWN "      \
    "NOSAVE command."

static struct test_server *server;

static void start(void) {
    server = test_server_start(
        (const char *const[]){"--busy-reply-threshold", "50", "--appendonly", "yes", NULL});
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(busy, .init = start, .fini = stop);

Test(busy, others_are_told_and_may_kill_the_script) {
    static const struct script_row rows[] = {
        {"SET k v ; B> &" ENDLESS " ; ?PING ; GET k ; PING ; FOO ; MULTI ; SET k w ; DISCARD ; "
         "SHUTDOWN ; SHUTDOWN SAVE ; C> PING ; SCRIPT KILL ; B> @read ; SCRIPT KILL ; GET k",
         {"+OK", BUSY, BUSY, BUSY, "-ERR unknown command 'FOO', with args beginning with: ", "+OK",
          BUSY, "+OK", BUSY, BUSY, BUSY, "+OK", KILLED,
          "-NOTBUSY No scripts in execution right now.", "$1⏎v"}},
    };
    assert_rows(server, rows);
}

Test(busy, script_that_catches_errors_is_killed_as_well) {
    static const struct script_row rows[] = {
        {"B> &EVAL \"while true do pcall(function() while true do end end) end\" 0 ; ?PING ; "
         "SCRIPT KILL ; B> @read ; PING",
         {BUSY, "+OK", KILLED, "+PONG"}},
        {"B> &EVAL \"local f f = function() return xpcall(f, function() while true do end end) "
         "end while true do f() end\" 0 ; ?PING ; SCRIPT KILL ; B> @read ; PING",
         {BUSY, "+OK", "(any)", "+PONG"}},
        {"B> &EVAL \"xpcall(function() while true do end end, function() while true do end end)\" "
         "0 ; ?PING ; SCRIPT KILL ; B> @read ; PING",
         {BUSY, "+OK", KILLED, "+PONG"}},
        {"B> &EVAL \"return string.find(string.rep('a',100), string.rep('a?',100) .. "
         "string.rep('a',100))\" 0 ; ?PING ; SCRIPT KILL ; B> @read ; PING",
         {BUSY, "+OK", KILLED, "+PONG"}},
        {"B> &EVAL \"local co = coroutine.wrap(function() while true do end end) "
         "while true do pcall(co) end\" 0 ; ?PING ; SCRIPT KILL ; B> @read ; PING",
         {BUSY, "+OK", KILLED, "+PONG"}},
        {"B> &EVAL \"while true do coroutine.resume(coroutine.create(function() "
         "while true do end end)) end\" 0 ; ?PING ; SCRIPT KILL ; B> @read ; PING",
         {BUSY, "+OK", KILLED, "+PONG"}},
        {"B> &EVAL \"table.sort({1,2,3}, function() while true do end end)\" 0 ; ?PING ; "
         "SCRIPT KILL ; B> @read ; PING",
         {BUSY, "+OK", KILLED, "+PONG"}},
        {"B> &EVAL \"string.gsub('abc', '.', function() while true do end end)\" 0 ; ?PING ; "
         "SCRIPT KILL ; B> @read ; PING",
         {BUSY, "+OK", KILLED, "+PONG"}},
        {"B> &EVAL \"while true do redis.call('GET','k') end\" 0 ; ?PING ; SCRIPT KILL ; "
         "B> @read ; PING",
         {BUSY, "+OK", KILLED, "+PONG"}},
    };
    assert_rows(server, rows);
}

Test(busy, script_that_wrote_is_waited_for) {
    static const struct script_row rows[] = {
        {"CONFIG RESETSTAT ; B> &EVAL \"redis.call('SET','k','v') repeat until string.find("
         "redis.call('INFO','errorstats'),'UNKILLABLE:count=2',1,true) return 'done'\" 0 ; "
         "?PING ; SCRIPT KILL ; FUNCTION KILL ; B> @read ; GET k",
         {"+OK", BUSY, UNKILLABLE, UNKILLABLE, "$4⏎done", "$1⏎v"}},
    };
    assert_rows(server, rows);
}

Test(busy, transaction_goes_on_behind_its_script) {
    static const struct script_row rows[] = {
        {"B> MULTI ; B> SET a 1 ; B> " ENDLESS " ; B> INCR a ; B> &EXEC ; ?PING ; SCRIPT KILL ; "
         "B> @read ; GET a",
         {"+OK", "+QUEUED", "+QUEUED", "+QUEUED", BUSY, "+OK",
          "(starts)*3⏎+OK⏎-ERR Script killed by user with SCRIPT KILL... script: ", "$1⏎2"}},
        {"MULTI ; B> &" ENDLESS " ; C> ?PING ; EXEC ; C> SCRIPT KILL ; B> @read",
         {"+OK", BUSY, "-EXECABORT Transaction discarded because of: " BUSY_TEXT, "+OK", KILLED}},
    };
    assert_rows(server, rows);
}

Test(busy, requests_behind_the_script_are_answered_in_order) {
    static const struct script_row rows[] = {
        {"B> &" ENDLESS " ; B> &SET k v ; B> &GET k ; ?PING ; SCRIPT KILL ; B> @read",
         {BUSY, "+OK", "(any)"}},
    };
    assert_rows(server, rows);
}

Test(busy, script_outlives_its_client) {
    static const struct script_row rows[] = {
        {"CONFIG RESETSTAT ; B> &EVAL \"redis.call('SET','k','v') repeat until "
         "string.find(redis.call('INFO','errorstats'),'UNKILLABLE:count=',1,true) return "
         "redis.call('SET','k','w')\" 0 ; ?PING ; B> !close ; C> SCRIPT KILL ; ?GET k",
         {"+OK", BUSY, UNKILLABLE, "$1⏎w"}},
        {"B> &" ENDLESS " ; ?PING ; B> !close ; SCRIPT KILL ; ?PING", {BUSY, "+OK", "+PONG"}},
    };
    assert_rows(server, rows);
}

Test(busy, key_that_comes_due_is_still_there_for_the_script) {
    static const struct script_row rows[] = {
        {"!release ; EVAL \"redis.call('SET','k','v','PX',50) local a = redis.call('TIME') local c "
         "= os.clock() repeat until os.clock() - c > 0.1 local b = redis.call('TIME') return "
         "{redis.call('EXISTS','k'),a[1]==b[1] and a[2]==b[2]}\" 0 ; ?EXISTS k",
         {"*2⏎:1⏎:1", ":0"}},
    };
    assert_rows(server, rows);
}

Test(busy, shutdown_without_saving_ends_both) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    assert_reply(conn, "SET before 1", "+OK\r\n");
    resp_send_command(conn, "EVAL \"redis.call('SET','k','v') while true do end\" 0");
    struct buffer reply = {0};
    do {
        buffer_release(&reply);
        reply = resp_call(other, "PING");
    } while (strcmp(buffer_text(&reply), BUSY "\r\n") != 0);
    buffer_release(&reply);
    resp_send_command(other, "SHUTDOWN NOSAVE");
    cr_assert_eq(test_server_wait(server), 0);
    resp_close(conn);
    resp_close(other);
    test_server_start_again(server);
    conn = test_server_connect(server);
    assert_reply(conn, "GET before", "$1\r\n1\r\n");
    assert_reply(conn, "EXISTS k", ":0\r\n");
    resp_close(conn);
}
