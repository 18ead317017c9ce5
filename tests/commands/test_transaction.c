/*
 * MULTI, EXEC, DISCARD, WATCH, UNWATCH. A nested MULTI, and WATCH inside MULTI, abort the EXEC:
 * the rule of newer servers.
 */
#include "support/check.h"
#include "support/errors.h"

#include <stddef.h>
#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(transaction, .init = start, .fini = stop);

Test(transaction, exec_runs_the_queue_in_order) {
    assert_script(server,
                  "MULTI ; SET a 1 ; INCR a ; GET a ; EXEC ; MULTI ; EXEC ; EXEC ; DISCARD ; GET "
                  "a",
                  "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "*3⏎+OK⏎:2⏎$1⏎2", "+OK", "*0",
                  "-ERR EXEC without MULTI", "-ERR DISCARD without MULTI", "$1⏎2");
    assert_script(
        server, "MULTI ; SET a x ; INCR a ; SET b 2 ; EXEC ; GET b ; MULTI ; LPUSH a x ; EXEC",
        "+OK", "+QUEUED", "+QUEUED", "+QUEUED",
        "*3⏎+OK⏎-ERR value is not an integer or out of range⏎+OK", "$1⏎2", "+OK", "+QUEUED",
        "*1⏎-WRONGTYPE Operation against a key holding the wrong kind of value");
    assert_script(server,
                  "MULTI ; SELECT 1 ; SET q 1 ; EXEC ; EXISTS q ; SELECT 0 ; EXISTS q ; MULTI ; "
                  "SELECT 99 ; EXEC ; MULTI ; SELECT 1 ; SELECT 0 ; SET r 1 ; EXEC ; EXISTS r",
                  "+OK", "+QUEUED", "+QUEUED", "*2⏎+OK⏎+OK", ":1", "+OK", ":0", "+OK", "+QUEUED",
                  "*1⏎-ERR DB index is out of range", "+OK", "+QUEUED", "+QUEUED", "+QUEUED",
                  "*3⏎+OK⏎+OK⏎+OK", ":1");
    assert_script(server,
                  "MULTI ; SET a 1 ; FLUSHALL ; DBSIZE ; EXEC ; MULTI ; UNWATCH ; EXEC ; MULTI ; "
                  "ECHO \"a\\x00b\" ; EXEC",
                  "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "*3⏎+OK⏎+OK⏎:0", "+OK", "+QUEUED",
                  "*1⏎+OK", "+OK", "+QUEUED", "*1⏎$3⏎a\\x00b");
    assert_script(server, "EXEC ; DISCARD ; MULTI x ; EXEC ; DISCARD x ; UNWATCH x ; WATCH",
                  "-ERR EXEC without MULTI", "-ERR DISCARD without MULTI", WRONG_ARITY("multi"),
                  "-ERR EXEC without MULTI", WRONG_ARITY("discard"), WRONG_ARITY("unwatch"),
                  WRONG_ARITY("watch"));
    assert_script(server, "HELLO 3 ; MULTI ; GET nokey ; LPOP nokey 1 ; CONFIG GET hz ; EXEC",
                  "(any)", "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "*3⏎_⏎_⏎%1⏎$2⏎hz⏎$2⏎10");
}

Test(transaction, errors_while_queueing_abort_exec) {
    assert_script(server,
                  "MULTI ; SET a 1 ; INCR a b ; EXEC ; EXISTS a ; MULTI ; NOSUCH a ; SET a 1 ; "
                  "EXEC ; EXISTS a",
                  "+OK", "+QUEUED", WRONG_ARITY("incr"), EXEC_ABORTED, ":0", "+OK",
                  "-ERR unknown command 'NOSUCH', with args beginning with: 'a' ", "+QUEUED",
                  EXEC_ABORTED, ":0");
    assert_script(server,
                  "MULTI ; GET ; EXEC ; MULTI ; FOO ; EXEC ; MULTI ; NOSUCH ; DISCARD ; EXEC ; "
                  "MULTI ; OBJECT ; EXEC ; MULTI ; CONFIG BLAH ; EXEC ; MULTI ; PING a b ; EXEC",
                  "+OK", WRONG_ARITY("get"), EXEC_ABORTED, "+OK",
                  "-ERR unknown command 'FOO', with args beginning with: ", EXEC_ABORTED, "+OK",
                  "-ERR unknown command 'NOSUCH', with args beginning with: ", "+OK",
                  "-ERR EXEC without MULTI", "+OK", WRONG_ARITY("object"), EXEC_ABORTED, "+OK",
                  "-ERR unknown subcommand 'BLAH'. Try CONFIG HELP.", EXEC_ABORTED, "+OK",
                  "+QUEUED", "*1⏎-ERR wrong number of arguments for 'ping' command");
    assert_script(server,
                  "MULTI ; EXEC x ; EXEC ; EXEC x ; MULTI ; SET a ; EXEC x ; EXEC ; MULTI ; "
                  "DISCARD x ; EXEC",
                  "+OK",
                  "-EXECABORT Transaction discarded because of: wrong number of arguments for "
                  "'exec' command",
                  "-ERR EXEC without MULTI",
                  "-EXECABORT Transaction discarded because of: wrong number of arguments for "
                  "'exec' command",
                  "+OK", WRONG_ARITY("set"),
                  "-EXECABORT Transaction discarded because of: wrong number of arguments for "
                  "'exec' command",
                  "-ERR EXEC without MULTI", "+OK", WRONG_ARITY("discard"), EXEC_ABORTED);
    assert_script(server,
                  "SET k 1 ; WATCH k ; SET k 2 ; MULTI ; NOSUCH ; EXEC ; MULTI ; PING ; EXEC",
                  "+OK", "+OK", "+OK", "+OK",
                  "-ERR unknown command 'NOSUCH', with args beginning with: ", EXEC_ABORTED, "+OK",
                  "+QUEUED", "*1⏎+PONG");
}

Test(transaction, nested_multi_and_watch_in_multi_abort_exec) {
    assert_script(server,
                  "MULTI ; MULTI ; SET a 1 ; EXEC ; MULTI ; WATCH a ; SET b 1 ; EXEC ; EXISTS a b "
                  "; MULTI ; MULTI ; EXEC ; MULTI ; WATCH a ; EXEC ; MULTI ; MULTI ; DISCARD ; "
                  "EXEC",
                  "+OK", NOT_IN_MULTI, "+QUEUED", EXEC_ABORTED, "+OK", NOT_IN_MULTI, "+QUEUED",
                  EXEC_ABORTED, ":0", "+OK", NOT_IN_MULTI, EXEC_ABORTED, "+OK", NOT_IN_MULTI,
                  EXEC_ABORTED, "+OK", NOT_IN_MULTI, "+OK", "-ERR EXEC without MULTI");
}

Test(transaction, commands_that_are_not_queued) {
    assert_script(server, "MULTI ; SHUTDOWN ABORT ; EXEC ; MULTI ; QUIT", "+OK", NOT_IN_MULTI,
                  EXEC_ABORTED, "+OK", "+OK");
    assert_script(server, "MULTI ; SET a 1 ; RESET ; EXEC ; EXISTS a", "+OK", "+QUEUED", "+RESET",
                  "-ERR EXEC without MULTI", ":0");
    assert_script(server,
                  "MULTI ; MONITOR ; DISCARD ; MULTI ; HELLO 2 ; DISCARD ; MULTI ; CLIENT REPLY "
                  "ON ; EXEC ; MULTI ; AUTH x ; EXEC",
                  "+OK", "+QUEUED", "+OK", "+OK", "+QUEUED", "+OK", "+OK", "+QUEUED", "*1⏎+OK",
                  "+OK", "+QUEUED",
                  "*1⏎-ERR AUTH <password> called without any password configured for the default "
                  "user. Are you sure your configuration is correct?");
}

Test(transaction, discard_drops_queue_and_watches) {
    assert_script(server,
                  "MULTI ; SET a 1 ; DISCARD ; EXISTS a ; EXEC ; WATCH a ; MULTI ; DISCARD ; SET "
                  "a 1 ; MULTI ; PING ; EXEC",
                  "+OK", "+QUEUED", "+OK", ":0", "-ERR EXEC without MULTI", "+OK", "+OK", "+OK",
                  "+OK", "+OK", "+QUEUED", "*1⏎+PONG");
}

static void queue_many(struct resp_conn *conn) {
    enum { COUNT = 5000 };
    assert_reply(conn, "MULTI", "+OK\r\n");
    for (size_t i = 0; i < COUNT; i++) {
        assert_reply(conn, "RPUSH many value", "+QUEUED\r\n");
    }
}

Test(transaction, a_long_queue_is_dropped_by_discard_and_with_its_client) {
    struct resp_conn *conn = test_server_connect(server);
    queue_many(conn);
    assert_reply(conn, "DISCARD", "+OK\r\n");
    assert_reply(conn, "EXISTS many", ":0\r\n");
    queue_many(conn);
    resp_close(conn);
    conn = test_server_connect(server);
    assert_reply(conn, "EXISTS many", ":0\r\n");
    queue_many(conn);
    struct buffer reply = resp_call(conn, "EXEC");
    cr_expect(strncmp(buffer_text(&reply), "*5000\r\n", strlen("*5000\r\n")) == 0);
    buffer_release(&reply);
    assert_reply(conn, "LLEN many", ":5000\r\n");
    resp_close(conn);
}

Test(transaction, watch_sees_changes_by_anybody) {
    assert_script(server,
                  "SET k 1 ; WATCH k ; B> SET k 2 ; MULTI ; GET k ; EXEC ; MULTI ; GET k ; EXEC",
                  "+OK", "+OK", "+OK", "+OK", "+QUEUED", "*-1", "+OK", "+QUEUED", "*1⏎$1⏎2");
    assert_script(server, "SET k 1 ; WATCH k ; SET k 2 ; MULTI ; GET k ; EXEC", "+OK", "+OK", "+OK",
                  "+OK", "+QUEUED", "*-1");
    assert_script(server, "SET k 1 ; WATCH k ; B> SET k 2 ; B> SET k 1 ; MULTI ; GET k ; EXEC",
                  "+OK", "+OK", "+OK", "+OK", "+OK", "+QUEUED", "*-1");
    assert_script(server, "SET k 1 ; WATCH k ; B> SET k 1 ; MULTI ; PING ; EXEC", "+OK", "+OK",
                  "+OK", "+OK", "+QUEUED", "*-1");
    assert_script(server, "SET k 1 ; WATCH k ; B> EXPIRE k 100 ; MULTI ; PING ; EXEC", "+OK", "+OK",
                  ":1", "+OK", "+QUEUED", "*-1");
    assert_script(server, "SET k 1 EX 100 ; WATCH k ; B> PERSIST k ; MULTI ; PING ; EXEC", "+OK",
                  "+OK", ":1", "+OK", "+QUEUED", "*-1");
    assert_script(server,
                  "WATCH k ; B> SET k 1 ; MULTI ; PING ; EXEC ; WATCH k ; B> DEL k ; MULTI ; PING "
                  "; EXEC",
                  "+OK", "+OK", "+OK", "+QUEUED", "*-1", "+OK", ":1", "+OK", "+QUEUED", "*-1");
    assert_script(server,
                  "WATCH a b c ; B> SET c 1 ; MULTI ; PING ; EXEC ; WATCH a a b ; WATCH c ; B> "
                  "SET a 1 ; MULTI ; PING ; EXEC ; MULTI ; PING ; EXEC",
                  "+OK", "+OK", "+OK", "+QUEUED", "*-1", "+OK", "+OK", "+OK", "+OK", "+QUEUED",
                  "*-1", "+OK", "+QUEUED", "*1⏎+PONG");
    assert_script(server,
                  "SET a 1 ; WATCH b ; B> RENAME a b ; MULTI ; PING ; EXEC ; WATCH b ; B> RENAME "
                  "b c ; MULTI ; PING ; EXEC ; WATCH d ; B> COPY c d ; MULTI ; PING ; EXEC",
                  "+OK", "+OK", "+OK", "+OK", "+QUEUED", "*-1", "+OK", "+OK", "+OK", "+QUEUED",
                  "*-1", "+OK", ":1", "+OK", "+QUEUED", "*-1");
    assert_script(server,
                  "WATCH l ; B> RPUSH l a ; MULTI ; PING ; EXEC ; WATCH l ; B> LPOP l ; MULTI ; "
                  "PING ; EXEC ; SETBIT s 1 1 ; WATCH s ; B> SETBIT s 1 1 ; MULTI ; PING ; EXEC ; "
                  "WATCH s ; B> BITOP NOT s s ; MULTI ; PING ; EXEC",
                  "+OK", ":1", "+OK", "+QUEUED", "*-1", "+OK", "$1⏎a", "+OK", "+QUEUED", "*-1",
                  ":0", "+OK", ":1", "+OK", "+QUEUED", "*1⏎+PONG", "+OK", ":1", "+OK", "+QUEUED",
                  "*-1");
    assert_script(server,
                  "WATCH k ; B> MULTI ; B> SET k 1 ; B> EXEC ; MULTI ; PING ; EXEC ; WATCH k ; "
                  "MULTI ; B> SET k 2 ; EXEC",
                  "+OK", "+OK", "+QUEUED", "*1⏎+OK", "+OK", "+QUEUED", "*-1", "+OK", "+OK", "+OK",
                  "*-1");
    assert_script(server, "HELLO 3 ; WATCH k ; B> SET k 1 ; MULTI ; PING ; EXEC", "(any)", "+OK",
                  "+OK", "+OK", "+QUEUED", "_");
}

static void require_watches(struct resp_conn *conn, const char *shown) {
    struct buffer info = resp_call(conn, "CLIENT INFO");
    cr_assert_not_null(strstr(buffer_text(&info), shown), "wanted%sin: %s", shown,
                       buffer_text(&info));
    buffer_release(&info);
}

Test(transaction, a_key_that_is_watched_again_is_watched_once) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    assert_reply(conn, "WATCH a b c a", "+OK\r\n");
    assert_reply(other, "WATCH a a", "+OK\r\n");
    assert_reply(conn, "WATCH c a", "+OK\r\n");
    require_watches(conn, " watch=3 ");
    require_watches(other, " watch=1 ");
    assert_reply(other, "UNWATCH", "+OK\r\n");
    assert_reply(conn, "WATCH a d", "+OK\r\n");
    require_watches(conn, " watch=4 ");
    resp_close(other);
    resp_close(conn);
}

Test(transaction, watch_ignores_what_changes_nothing) {
    assert_script(server,
                  "RPUSH k a ; WATCH k ; B> LPUSHX nokey a ; B> EXPIRE nokey 1 ; B> LREM k 0 zz ; "
                  "B> DEL nokey ; B> SETNX k v ; B> PERSIST k ; MULTI ; PING ; EXEC",
                  ":1", "+OK", ":0", ":0", ":0", ":0", ":0", ":0", "+OK", "+QUEUED", "*1⏎+PONG");
    assert_script(server,
                  "SET a 1 ; WATCH a ; B> GET a ; B> TTL a ; B> TOUCH a ; B> GETRANGE a 0 1 ; "
                  "MULTI ; PING ; EXEC",
                  "+OK", "+OK", "$1⏎1", ":-1", ":1", "$1⏎1", "+OK", "+QUEUED", "*1⏎+PONG");
    assert_script(server, "SET k 1 ; WATCH k ; B> SELECT 1 ; B> SET k 2 ; MULTI ; PING ; EXEC",
                  "+OK", "+OK", "+OK", "+OK", "+OK", "+QUEUED", "*1⏎+PONG");
    assert_script(server, "SET k 1 ; WATCH k ; B> SET k 2 ; UNWATCH ; MULTI ; PING ; EXEC", "+OK",
                  "+OK", "+OK", "+OK", "+OK", "+QUEUED", "*1⏎+PONG");
    assert_script(server,
                  "WATCH k ; WATCH k ; B> SET other 1 ; MULTI ; PING ; EXEC ; SET k 1 ; WATCH k ; "
                  "EXEC ; DISCARD ; B> SET k 2 ; MULTI ; PING ; EXEC",
                  "+OK", "+OK", "+OK", "+OK", "+QUEUED", "*1⏎+PONG", "+OK", "+OK",
                  "-ERR EXEC without MULTI", "-ERR DISCARD without MULTI", "+OK", "+OK", "+QUEUED",
                  "*-1");
    assert_script(server,
                  "SET k 1 ; WATCH k ; B> APPEND k \"\" ; MULTI ; PING ; EXEC ; WATCH k ; B> "
                  "SETRANGE k 0 \"\" ; MULTI ; PING ; EXEC ; WATCH k ; B> GETEX k ; MULTI ; PING "
                  "; EXEC ; WATCH k ; B> GETEX k PERSIST ; MULTI ; PING ; EXEC ; WATCH k ; B> "
                  "INCRBY k 0 ; MULTI ; PING ; EXEC",
                  "+OK", "+OK", ":1", "+OK", "+QUEUED", "*-1", "+OK", ":1", "+OK", "+QUEUED",
                  "*1⏎+PONG", "+OK", "$1⏎1", "+OK", "+QUEUED", "*1⏎+PONG", "+OK", "$1⏎1", "+OK",
                  "+QUEUED", "*1⏎+PONG", "+OK", ":1", "+OK", "+QUEUED", "*-1");
    assert_script(server,
                  "RPUSH l a b ; WATCH l ; B> LTRIM l 0 -1 ; MULTI ; PING ; EXEC ; WATCH l ; B> "
                  "LSET l 0 a ; MULTI ; PING ; EXEC ; WATCH l ; B> LPOP l 0 ; MULTI ; PING ; EXEC "
                  "; SET a 1 ; WATCH a ; B> RENAME a a ; MULTI ; PING ; EXEC ; WATCH l ; B> LMOVE "
                  "l l LEFT LEFT ; MULTI ; PING ; EXEC",
                  ":2", "+OK", "+OK", "+OK", "+QUEUED", "*-1", "+OK", "+OK", "+OK", "+QUEUED",
                  "*-1", "+OK", "*0", "+OK", "+QUEUED", "*1⏎+PONG", "+OK", "+OK", "+OK", "+OK",
                  "+QUEUED", "*1⏎+PONG", "+OK", "$1⏎a", "+OK", "+QUEUED", "*-1");
}

Test(transaction, watch_and_whole_databases) {
    assert_script(server,
                  "WATCH k ; B> FLUSHALL ; MULTI ; PING ; EXEC ; SET k 1 ; WATCH k ; B> FLUSHALL "
                  "; MULTI ; PING ; EXEC ; SET k 1 ; WATCH k ; B> FLUSHDB ; MULTI ; PING ; EXEC ; "
                  "SET k 1 ; WATCH k ; B> SELECT 1 ; B> FLUSHDB ; MULTI ; PING ; EXEC",
                  "+OK", "+OK", "+OK", "+QUEUED", "*1⏎+PONG", "+OK", "+OK", "+OK", "+OK", "+QUEUED",
                  "*-1", "+OK", "+OK", "+OK", "+OK", "+QUEUED", "*-1", "+OK", "+OK", "+OK", "+OK",
                  "+OK", "+QUEUED", "*1⏎+PONG");
    assert_script(server, "SET k 1 ; WATCH k ; B> SWAPDB 0 1 ; MULTI ; PING ; EXEC ; B> SWAPDB 0 1",
                  "+OK", "+OK", "+OK", "+OK", "+QUEUED", "*-1", "+OK");
    assert_script(server,
                  "WATCH k ; B> SWAPDB 0 1 ; MULTI ; PING ; EXEC ; B> SELECT 1 ; B> SET k 1 ; "
                  "WATCH k ; B> SWAPDB 0 1 ; MULTI ; PING ; EXEC ; WATCH k ; B> SWAPDB 2 3 ; "
                  "MULTI ; PING ; EXEC",
                  "+OK", "+OK", "+OK", "+QUEUED", "*1⏎+PONG", "+OK", "+OK", "+OK", "+OK", "+OK",
                  "+QUEUED", "*-1", "+OK", "+OK", "+OK", "+QUEUED", "*1⏎+PONG");
    assert_script(server,
                  "SET k 1 ; WATCH k ; B> MOVE k 1 ; MULTI ; PING ; EXEC ; WATCH k ; B> SELECT 1 "
                  "; B> MOVE k 0 ; MULTI ; PING ; EXEC",
                  "+OK", "+OK", ":1", "+OK", "+QUEUED", "*-1", "+OK", "+OK", ":1", "+OK", "+QUEUED",
                  "*-1");
}

Test(transaction, watch_and_expiry) {
    assert_script(server, "SET k 1 PX 300 ; WATCH k ; B> ?EXISTS k ; MULTI ; PING ; EXEC", "+OK",
                  "+OK", ":0", "+OK", "+QUEUED", "*-1");
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; SET k 1 PX 1 ; ?EXISTS k ; WATCH k ; DEBUG "
                  "SET-ACTIVE-EXPIRE 1 ; ?DBSIZE ; MULTI ; PING ; EXEC",
                  "+OK", "+OK", ":0", "+OK", "+OK", ":0", "+OK", "+QUEUED", "*1⏎+PONG");
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; SET k 1 PX 300 ; WATCH k ; ?STRLEN k ; MULTI ; "
                  "PING ; EXEC ; DEBUG SET-ACTIVE-EXPIRE 1",
                  "+OK", "+OK", "+OK", ":0", "+OK", "+QUEUED", "*-1", "+OK");
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; SET k 1 PX 1 ; ?EXISTS k ; WATCH k ; SET k 2 ; "
                  "MULTI ; PING ; EXEC ; DEBUG SET-ACTIVE-EXPIRE 1",
                  "+OK", "+OK", ":0", "+OK", "+OK", "+OK", "+QUEUED", "*-1", "+OK");
}

Test(transaction, blocking_commands_do_not_block_in_multi) {
    assert_script(server,
                  "MULTI ; BLPOP k 0 ; BRPOP k 0 ; BRPOPLPUSH k d 0 ; BLMOVE k d LEFT RIGHT 0 ; "
                  "BLMPOP 0 1 k LEFT ; WAIT 1 0 ; EXEC",
                  "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED",
                  "*6⏎*-1⏎*-1⏎$-1⏎$-1⏎*-1⏎:0");
    assert_script(server,
                  "RPUSH k a b c d e ; MULTI ; BLPOP k 0 ; BRPOP k 0 ; BRPOPLPUSH k d 0 ; BLMOVE "
                  "k d LEFT RIGHT 0 ; BLMPOP 0 1 k LEFT ; EXEC",
                  ":5", "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED",
                  "*5⏎*2⏎$1⏎k⏎$1⏎a⏎*2⏎$1⏎k⏎$1⏎e⏎$1⏎d⏎$1⏎b⏎*2⏎$1⏎k⏎*1⏎$1⏎c");
    assert_script(server,
                  "HELLO 3 ; MULTI ; BLPOP k 0 ; BRPOPLPUSH k d 0 ; BLMOVE k d LEFT RIGHT 0 ; "
                  "BLMPOP 0 1 k LEFT ; EXEC",
                  "(any)", "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED", "*4⏎_⏎_⏎_⏎_");
    assert_script(server,
                  "MULTI ; BLMOVEM a b LEFT LEFT 0 ; BLMOVEM a b LEFT LEFT 0 COUNT 2 OBO ; "
                  "BLMOVEM a b LEFT LEFT 0 EXACTLY 2 OBO ; EXEC",
                  "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "*3⏎*-1⏎*-1⏎*-1");
}

Test(transaction, expiry_is_frozen_inside_exec) {
    assert_script(
        server,
        "MULTI ; SET k v PX 1 ; DEBUG CLOCK FORWARD 20 ; GET k ; EXISTS k ; EXEC ; EXISTS k", "+OK",
        "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED", "*4⏎+OK⏎+OK⏎$1⏎v⏎:1", ":0");
}
