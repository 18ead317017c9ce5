/*
 * The table `redis` of scripts, function by function: what it returns and refuses is what the stock
 * server does. An error is compared up to its place.
 */
#include "support/check.h"

#include <string.h>

struct api_row {
    const char *script;
    const char *reply; /* what the reply begins with */
};

static const struct api_row rows[] = {
    {"return redis.error_reply('x')", "-ERR x\r\n"},
    {"table.insert(nil,1)",
     "-ERR user_script:1: bad argument #1 to 'insert' (table expected, got nil) script: "},
    {"table.insert({},'a','b')",
     "-ERR user_script:1: bad argument #2 to 'insert' (number expected, got string) script: "},
    {"table.insert({},1,2,3)",
     "-ERR user_script:1: wrong number of arguments to 'insert' script: "},
    {"table.sort({3,1},5)",
     "-ERR user_script:1: bad argument #2 to 'sort' (function expected, got number) script: "},
    {"table.remove(nil)",
     "-ERR user_script:1: bad argument #1 to 'remove' (table expected, got nil) script: "
     "f4953744be4d7f5dbc33de868e678d6df933d760, on @user_script:1.\r\n"},
    {"return redis.error_reply()", "-ERR wrong number or type of arguments\r\n"},
    {"return redis.error_reply(5)", "-ERR wrong number or type of arguments\r\n"},
    {"return redis.error_reply('')", "-ERR \r\n"},
    {"return redis.error_reply('-')", "-ERR \r\n"},
    {"return redis.error_reply('-A b')", "-A b\r\n"},
    {"return redis.error_reply('A b')", "-A b\r\n"},
    {"return redis.error_reply('--x y')", "--x y\r\n"},
    {"return redis.status_reply('a b')", "+a b\r\n"},
    {"return redis.status_reply(5)", "-ERR wrong number or type of arguments\r\n"},
    {"return redis.sha1hex('')", "$40\r\nda39a3ee5e6b4b0d3255bfef95601890afd80709\r\n"},
    {"return redis.sha1hex(5)", "$40\r\nac3478d69a3c81fa62e60f5c3696165a4e5e6ac4\r\n"},
    {"return redis.sha1hex()", "-ERR wrong number of arguments"},
    {"return redis.log()", "-ERR redis.log() requires two arguments or more."},
    {"return redis.log('a','b')", "-ERR First argument must be a number (log level)."},
    {"return redis.log(-1,'b')", "-ERR Invalid debug level."},
    {"return redis.log(1,nil)", "$-1\r\n"},
    {"return redis.setresp()", "-ERR redis.setresp() requires one argument."},
    {"return redis.setresp(4)", "-ERR RESP version must be 2 or 3."},
    {"return redis.setresp('3')", "$-1\r\n"},
    {"return redis.set_repl()", "-ERR redis.set_repl() requires two arguments."},
    {"return redis.set_repl(8)",
     "-ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."},
    {"return redis.set_repl('x')", "$-1\r\n"},
    {"return redis.set_repl(3)", "$-1\r\n"},
    {"return tostring(redis.replicate_commands())", "$4\r\ntrue\r\n"},
    {"return tostring(redis.breakpoint())", "$5\r\nfalse\r\n"},
    {"return tostring(redis.debug('a'))",
     "-ERR user_script:1: bad argument #1 to 'tostring' (value expected)"},
    {"return tostring(redis.acl_check_cmd('get','a'))", "$4\r\ntrue\r\n"},
    {"return tostring(redis.acl_check_cmd('foo','a'))",
     "-ERR Invalid command passed to redis.acl_check_cmd()"},
    {"return tostring(redis.acl_check_cmd())",
     "-ERR Please specify at least one argument for this redis lib call"},
    {"return tostring(redis.acl_check_cmd({}))",
     "-ERR Lua redis lib command arguments must be strings or integers"},
    {"return redis.call()", "-ERR Please specify at least one argument for this redis lib call"},
    {"return redis.pcall()",
     "-ERR Please specify at least one argument for this redis lib call\r\n"},
    {"return redis.call('foo')", "-ERR Unknown Redis command called from script"},
    {"return redis.pcall('foo')", "-ERR Unknown Redis command called from script\r\n"},
    {"return redis.call('set','a',true)",
     "-ERR Lua redis lib command arguments must be strings or integers"},
    {"return redis.call('multi')", "-ERR This Redis command is not allowed from script"},
    {"return redis.call('client','foo')", "-ERR Unknown Redis command called from script"},
    {"return {redis.LOG_DEBUG,redis.LOG_VERBOSE,redis.LOG_NOTICE,redis.LOG_WARNING}",
     "*4\r\n:0\r\n:1\r\n:2\r\n:3\r\n"},
    {"return {redis.REPL_NONE,redis.REPL_AOF,redis.REPL_SLAVE,redis.REPL_REPLICA,redis.REPL_ALL}",
     "*5\r\n:0\r\n:1\r\n:2\r\n:2\r\n:3\r\n"},
    {"return redis.setresp(3.5)", "$-1\r\n"},
    {"return redis.setresp(1e300)", "-ERR RESP version must be 2 or 3."},
    {"return server == redis", ":1\r\n"},
    {"return server.call('PING')", "+PONG\r\n"},
    {"return #redis.REDIS_VERSION >= 5 and redis.REDIS_VERSION_NUM >= 0x070000", ":1\r\n"},
};

Test(script_api, functions_answer_as_elsewhere) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        resp_send_argv(conn, 3, (const char *const[]){"EVAL", rows[i].script, "0"}, NULL);
        struct buffer reply = {0};
        cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE, "no reply to %s", rows[i].script);
        cr_expect(strncmp(buffer_text(&reply), rows[i].reply, strlen(rows[i].reply)) == 0,
                  "%s: %s, wanted %s", rows[i].script, buffer_text(&reply), rows[i].reply);
        buffer_release(&reply);
    }
    resp_close(conn);
    test_server_stop(server);
}
