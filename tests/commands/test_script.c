/*
 * Scripts: EVAL and its kin, SCRIPT, and what scripts see.
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

TestSuite(script, .init = start, .fini = stop);

Test(script, values_become_replies) {
    static const struct script_row rows[] = {
        {"EVAL \"return {1,2.9,-1.9,'a',nil,5}\" 0 ; EVAL \"return {true,false}\" 0 ; "
         "EVAL \"return {ok='X'}\" 0 ; EVAL \"return ''\" 0 ; EVAL \"return {}\" 0 ; "
         "EVAL \"return {a=1}\" 0 ; EVAL \"return 1e15\" 0 ; EVAL \"return 2^53+1\" 0 ; "
         "EVAL \"return -0.5\" 0",
         {"*4⏎:1⏎:2⏎:-1⏎$1⏎a", "*2⏎:1⏎$-1", "+X", "$0⏎", "*0", "*0", ":1000000000000000",
          ":9007199254740992", ":0"}},
        {"EVAL \"return {err='ERR x',ok='y'}\" 0 ; EVAL \"return redis.status_reply('fine')\" 0 ; "
         "EVAL \"return redis.error_reply('CODE msg')\" 0 ; EVAL \"return {err='nocode'}\" 0",
         {"-ERR x", "+fine", "-CODE msg", "-nocode"}},
    };
    assert_rows(server, rows);
}

/* Those that assign none find globals on a shorter way; nobody may change them on either. */
Test(script, cannot_assign_globals_wherever_it_tries) {
#define READ_ONLY "(starts)-ERR user_script:1: Attempt to modify a readonly table"
#define NO_GLOBAL                                                                                  \
    "(starts)-ERR user_script:1: Script attempted to access nonexistent global variable 'x'"
    static const struct script_row rows[] = {
        {"EVAL \"local function f() local function g() x = 1 end g() end f()\" 0 ; EVAL \"return "
         "x\" 0 ; EVAL \"redis = nil\" 0 ; EVAL \"return type(redis.call)\" 0 ; EVAL \"redis.call "
         "= nil\" 0 ; EVAL \"return type(redis.call)\" 0 ; EVAL \"KEYS = 1\" 0 ; EVAL \"return "
         "type(KEYS)\" 0",
         {READ_ONLY, NO_GLOBAL, READ_ONLY, "$8⏎function", READ_ONLY, "$8⏎function", READ_ONLY,
          "$5⏎table"}},
        {"EVAL \"_G.x = 1\" 0 ; EVAL \"return x\" 0 ; EVAL \"rawset(_G, 'x', 1)\" 0 ; EVAL "
         "\"loadstring('x = 1')()\" 0 ; EVAL \"return x\" 0 ; EVAL \"return "
         "loadstring('return x')()\" 0 ; EVAL \"tostring = nil\" 0 ; EVAL \"return "
         "tostring(1)\" 0 ; EVAL \"_G.tostring = nil\" 0",
         {READ_ONLY, NO_GLOBAL, "(starts)-ERR", "(starts)-ERR", NO_GLOBAL, "(starts)-ERR",
          READ_ONLY, "$1⏎1", READ_ONLY}},
        {"EVAL \"return _G == _G._G\" 0 ; EVAL \"return getfenv == nil\" 0 ; EVAL \"return "
         "KEYS[1] .. ARGV[1]\" 1 a b ; EVAL \"return {KEYS[1], ARGV[1]}\" 1 c d",
         {":1", "(starts)-ERR", "$2⏎ab", "*2⏎$1⏎c⏎$1⏎d"}},
    };
    assert_rows(server, rows);
}

Test(script, is_known_by_its_digest) {
    static const struct script_row rows[] = {
        {"EVAL \"return 1\" 0 ; EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0 ; "
         "EVALSHA E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0 ; "
         "EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0 ; "
         "SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db ffff ; SCRIPT FLUSH ; "
         "EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0",
         {":1", ":1", ":1", ":1", "*2⏎:1⏎:0", "+OK",
          "-NOSCRIPT No matching script. Please use EVAL."}},
        {"SCRIPT LOAD \"return 1\" ; SCRIPT SHOW e0e1f9fabfc9d4800c877a703b823ac0578ff8db ; "
         "SCRIPT SHOW ffff ; SCRIPT FLUSH FOO ; SCRIPT FLUSH ASYNC ; SCRIPT KILL ; "
         "SCRIPT DEBUG foo ; SCRIPT DEBUG NO ; SCRIPT HELP ; SCRIPT blah",
         {"$40⏎e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "$8⏎return 1",
          "-NOSCRIPT No matching script. Please use EVAL.",
          "-ERR SCRIPT FLUSH only support SYNC|ASYNC option", "+OK",
          "-NOTBUSY No scripts in execution right now.", "-ERR Use SCRIPT DEBUG YES/SYNC/NO", "+OK",
          "(any)", "-ERR unknown subcommand 'blah'. Try SCRIPT HELP."}},
    };
    assert_rows(server, rows);
}

Test(script, that_may_only_read_cannot_write) {
    static const struct script_row rows[] = {
        {"EVAL_RO \"return redis.call('SET',KEYS[1],1)\" 1 k ; EXISTS k ; "
         "EVAL_RO \"return redis.call('GET',KEYS[1])\" 1 k",
         {"(starts)-ERR Write commands are not allowed from read-only scripts. script: "
          "a8e045687019c1230c01d4717e0579b12b1a1b50",
          ":0", "$-1"}},
        {"EVAL_RO \"return redis.call('PUBLISH','ch','m')\" 0 ; "
         "EVAL_RO \"return redis.pcall('PFCOUNT',KEYS[1]).err\" 1 k ; "
         "EVAL \"#!lua flags=no-writes\\nreturn redis.call('SPUBLISH','ch','m')\" 0 ; "
         "EVAL \"#!lua flags=no-writes,\\nreturn 1\" 0 ; EVAL \"#!lua flags=\\nreturn 1\" 0",
         {"(starts)-ERR Write commands are not allowed from read-only scripts. script: ",
          "$58⏎ERR Write commands are not allowed from read-only scripts.",
          "(starts)-ERR Write commands are not allowed from read-only scripts. script: ",
          "-ERR Unexpected flag in script shebang: ", ":1"}},
    };
    assert_rows(server, rows);
}

Test(script, calls_commands) {
    static const struct script_row rows[] = {
        {"EVAL \"return redis.call('GET','nokey')==false and 1 or 0\" 0 ; "
         "EVAL \"return redis.call('SET','a',1).ok\" 0 ; "
         "EVAL \"return type(redis.call('INCR','n'))\" 0 ; "
         "EVAL \"return redis.pcall('INCR','a',1).err\" 0 ; "
         "EVAL \"return tostring(redis.call('BLPOP','nok',1))\" 0",
         {":1", "$2⏎OK", "$6⏎number",
          "$58⏎ERR Wrong number of args calling Redis command from script", "$5⏎false"}},
        {"EVAL \"redis.call('SELECT',1) redis.call('SET','k',1) return 1\" 0 ; EXISTS k ; "
         "SELECT 1 ; EXISTS k",
         {":1", ":0", "+OK", ":1"}},
    };
    assert_rows(server, rows);
}

Test(script, is_not_run_for_a_client_that_would_debug_it) {
    static const struct script_row rows[] = {
        {"SCRIPT DEBUG YES ; EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0 ; "
         "SCRIPT DEBUG NO ; EVAL \"return 1\" 0 ; SCRIPT DEBUG SYNC ; RESET ; EVAL \"return 1\" 0",
         {"+OK", "-ERR Please use EVAL instead of EVALSHA for debugging", "+OK", ":1", "+OK",
          "+RESET", ":1"}},
        {"MULTI ; SCRIPT DEBUG YES ; EVAL \"return 1\" 0 ; EXEC ; SCRIPT DEBUG YES ; MULTI ; "
         "EVAL \"return redis.call('SET','debugged',1)\" 0 ; EXEC",
         {"+OK", "+QUEUED", "+QUEUED", "*2⏎-ERR SCRIPT DEBUG must be called outside a pipeline⏎:1",
          "+OK", "+OK", "+QUEUED",
          "*1⏎-ERR There is no debugger of scripts here: the script was not run"}},
    };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer got = {0};
    assert_rows(server, rows);
    resp_send_text(conn, "SCRIPT DEBUG YES\r\n"
                         "EVAL \"return redis.call('SET','debugged',1)\" 0\r\nPING\r\n");
    cr_assert(resp_read_until_close(conn, &got));
    cr_expect_str_eq(buffer_text(&got),
                     "+OK\r\n*1\r\n+<endsession>\r\n"
                     "-ERR There is no debugger of scripts here: the script was not run\r\n");
    buffer_release(&got);
    resp_close(conn);
    conn = test_server_connect(server);
    assert_reply(conn, "EXISTS debugged", ":0\r\n");
    resp_close(conn);
}

/* ---- Clearing ---- */

enum { CLEARED_COUNT = 2000, PADDING_BYTES = 2000, CLEARED_BYTES = CLEARED_COUNT * PADDING_BYTES };

/* Loads many long texts, with a number in the place of each @. */
static void load_many(struct resp_conn *conn, const char *command, const char *format) {
    struct buffer source = {0};
    for (int i = 0; i < CLEARED_COUNT; i++) {
        buffer_clear(&source);
        for (const char *letter = format; *letter != '\0'; letter++) {
            if (*letter == '@') {
                buffer_append_format(&source, "%d", i);
            } else {
                buffer_append(&source, letter, 1);
            }
        }
        buffer_append_format(&source, "%0*d", PADDING_BYTES, 0);
        const char *const args[] = {command, "LOAD", buffer_text(&source)};
        resp_send_argv(conn, sizeof args / sizeof args[0], args, NULL);
    }
    for (int i = 0; i < CLEARED_COUNT; i++) {
        buffer_clear(&source);
        cr_assert_eq(resp_read(conn, &source), RESP_COMPLETE);
        cr_assert_eq(buffer_text(&source)[0], '$', "%s", buffer_text(&source));
    }
    buffer_release(&source);
}

/* The used memory in the next INFO of a text, of which it takes away what it has read. */
static long long next_used_memory(const char **text) {
    static const char field[] = "\nused_memory:";
    *text = strstr(*text, field);
    cr_assert_not_null(*text);
    *text += strlen(field);
    return strtoll(*text, NULL, 10);
}

struct memory_bound {
    struct resp_conn *conn;
    long long bytes;
};

static bool memory_is_below(void *context) {
    const struct memory_bound *bound = context;
    struct buffer info = resp_call(bound->conn, "INFO memory");
    const char *text = buffer_text(&info);
    long long used = next_used_memory(&text);
    buffer_release(&info);
    return used < bound->bytes;
}

/* Freeing many at once would hold all other clients. */
static void assert_freed_behind_the_request(struct resp_conn *conn, const char *flush) {
    struct buffer requests = {0};
    buffer_append_format(&requests, "MULTI\r\nINFO memory\r\n%s\r\nINFO memory\r\nEXEC\r\n", flush);
    resp_send_text(conn, buffer_text(&requests));
    enum { REPLY_COUNT = 5 };
    for (int i = 0; i < REPLY_COUNT; i++) {
        buffer_clear(&requests);
        cr_assert_eq(resp_read(conn, &requests), RESP_COMPLETE);
    }
    const char *text = buffer_text(&requests);
    long long before = next_used_memory(&text);
    long long after = next_used_memory(&text);
    cr_expect_gt(after, before - CLEARED_BYTES / 2, "%s freed at once", flush);
    struct memory_bound bound = {conn, before - CLEARED_BYTES / 2};
    cr_expect(wait_until(memory_is_below, &bound, WAIT_DEADLINE_MS), "%s freed nothing", flush);
    buffer_release(&requests);
}

Test(script, many_that_are_cleared_are_freed_behind_the_request) {
    struct resp_conn *conn = test_server_connect(server);
    load_many(conn, "SCRIPT", "return @ --");
    assert_freed_behind_the_request(conn, "SCRIPT FLUSH");
    load_many(conn, "FUNCTION", "#!lua name=l@\nredis.register_function('f@', function() end) --");
    assert_freed_behind_the_request(conn, "FUNCTION FLUSH");
    assert_reply(conn, "FCALL f1 0", "-ERR Function not found\r\n");
    load_many(conn, "FUNCTION", "#!lua name=l@\nredis.register_function('f@', function() end) --");
    assert_reply(conn, "FUNCTION DELETE l1", "+OK\r\n");
    resp_close(conn);
}
