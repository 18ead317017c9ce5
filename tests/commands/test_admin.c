/*
 * INFO, TIME, DBSIZE, FLUSHDB, FLUSHALL, SWAPDB, ROLE, LOLWUT, MODULE and DEBUG.
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

TestSuite(admin, .init = start, .fini = stop);

Test(admin, databases_are_counted_emptied_and_exchanged) {
    static const struct script_row rows[] = {
        {"SET a 1 ; DBSIZE ; FLUSHDB ; DBSIZE", {"+OK", ":1", "+OK", ":0"}},
        {"SET a 1 ; SELECT 1 ; SET b 2 ; SWAPDB 0 1 ; GET a ; SELECT 0 ; GET b ; FLUSHALL ; DBSIZE "
         "; "
         "SELECT 1 ; DBSIZE",
         {"+OK", "+OK", "+OK", "+OK", "$1⏎1", "+OK", "$1⏎2", "+OK", ":0", "+OK", ":0"}},
        {"FLUSHALL SYNC ; FLUSHALL ASYNC ; FLUSHDB async", {"+OK", "+OK", "+OK"}},
        {"FLUSHALL FOO ; FLUSHDB FOO ; FLUSHALL SYNC ASYNC",
         {"-ERR syntax error", "-ERR syntax error", "-ERR syntax error"}},
        {"SWAPDB a 1 ; SWAPDB 1 a ; SWAPDB 0 99 ; SWAPDB -1 0 ; SWAPDB 0 0",
         {"-ERR invalid first DB index", "-ERR invalid second DB index",
          "-ERR DB index is out of range", "-ERR DB index is out of range", "+OK"}},
        {"MULTI ; SET a 1 ; FLUSHALL ; DBSIZE ; EXEC",
         {"+OK", "+QUEUED", "+QUEUED", "+QUEUED", "*3⏎+OK⏎+OK⏎:0"}},
        {"&BLPOP k 0 ; B> SELECT 1 ; B> RPUSH k a ; B> SWAPDB 0 1 ; @read",
         {"+OK", ":1", "+OK", "*2⏎$1⏎k⏎$1⏎a"}},
        {"ROLE", {"*3⏎$6⏎master⏎:0⏎*0"}},
        {"TIME", {"(starts)*2⏎$10⏎"}},
        {"LOLWUT ; LOLWUT VERSION 5 1 1 1 ; LOLWUT VERSION abc",
         {"(starts)$", "(starts)$", "-ERR value is not an integer or out of range"}},
        {"LOLWUT VERSION 5 a ; LOLWUT VERSION 5 1 1 a ; LOLWUT VERSION 5 1 1 1 a ; "
         "LOLWUT VERSION 6 1 a ; LOLWUT VERSION 6 1 1 a ; LOLWUT VERSION 7 a ; LOLWUT 5 a",
         {"-ERR value is not an integer or out of range",
          "-ERR value is not an integer or out of range", "(starts)$",
          "-ERR value is not an integer or out of range", "(starts)$", "(starts)$", "(starts)$"}},
    };
    assert_rows(server, rows);
}

#define MODULES_REFUSED                                                                            \
    "-ERR MODULE command not allowed. If the enable-module-command option is set to \"local\", "   \
    "you can run it from a local connection, otherwise you need to set this option in the "        \
    "configuration file, and then restart the server."
#define MODULE_NOT_LOADED "-ERR Error loading the extension. Please check the server logs."

Test(admin, there_are_no_modules_and_none_can_be_loaded) {
    static const struct script_row refused[] = {
        {"MODULE LIST ; MODULE UNLOAD foo ; MODULE LOAD /nowhere ; MODULE LOADEX /nowhere",
         {"*0", MODULES_REFUSED, MODULES_REFUSED, MODULES_REFUSED}},
        {"MODULE LOAD ; MODULE LOADEX ; MODULE LIST x ; MODULE HELP x",
         {"-ERR wrong number of arguments for 'module|load' command",
          "-ERR wrong number of arguments for 'module|loadex' command",
          "-ERR wrong number of arguments for 'module|list' command",
          "-ERR wrong number of arguments for 'module|help' command"}},
        {"MODULE HELP ; MODULE LIST", {"(starts)*", "*0"}},
    };
    assert_rows(server, refused);
    static const struct script_row allowed[] = {
        {"MODULE LOAD /nowhere ; MODULE LOAD /nowhere a b ; MODULE LOADEX /nowhere ; "
         "MODULE LOADEX /nowhere CONFIG a ; MODULE LOADEX /nowhere FOO ; MODULE UNLOAD foo",
         {MODULE_NOT_LOADED, MODULE_NOT_LOADED, MODULE_NOT_LOADED, MODULE_NOT_LOADED,
          MODULE_NOT_LOADED, "-ERR Error unloading module: no such module with that name"}},
    };
    struct test_server *open =
        test_server_start((const char *const[]){"--enable-module-command", "yes", NULL});
    assert_rows(open, allowed);
    test_server_stop(open);
}

Test(admin, info_is_asked_for_by_section) {
    static const struct script_row rows[] = {
        {"INFO nosuch ; INFO CLUSTER ; INFO cluster nosuch",
         {"$0⏎", "$30⏎# Cluster⏎cluster_enabled:0⏎", "$30⏎# Cluster⏎cluster_enabled:0⏎"}},
        {"HELLO 3 ; INFO nosuch ; INFO cluster",
         {"(any)", "=4⏎txt:", "=34⏎txt:# Cluster⏎cluster_enabled:0⏎"}},
        {"SET a 1 ; INFO keyspace", {"+OK", "$44⏎# Keyspace⏎db0:keys=1,expires=0,avg_ttl=0⏎"}},
    };
    assert_rows(server, rows);
}

static struct buffer info_text(struct resp_conn *conn, const char *line) {
    struct buffer reply = resp_call(conn, line);
    struct resp_value *value = resp_value_parse(reply.data, reply.size);
    struct buffer text = {0};
    buffer_append(&text, value->bytes, value->size);
    resp_value_destroy(value);
    buffer_release(&reply);
    return text;
}

Test(admin, info_has_its_sections_in_order) {
    static const char *const by_default[] = {
        "# Server\r\n",     "# Clients\r\n",     "# Memory\r\n",   "# Persistence\r\n",
        "# Stats\r\n",      "# Replication\r\n", "# CPU\r\n",      "# Modules\r\n",
        "# Errorstats\r\n", "# Cluster\r\n",     "# Keyspace\r\n",
    };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer text = info_text(conn, "INFO");
    const char *at = buffer_text(&text);
    for (size_t i = 0; i < sizeof by_default / sizeof by_default[0]; i++) {
        at = strstr(at, by_default[i]);
        cr_assert_not_null(at, "%s", by_default[i]);
    }
    cr_expect_null(strstr(buffer_text(&text), "# Commandstats"));
    buffer_release(&text);
    static const char *const full[] = {"INFO all", "INFO everything",
                                       "INFO default commandstats "
                                       "latencystats"};
    for (size_t i = 0; i < sizeof full / sizeof full[0]; i++) {
        text = info_text(conn, full[i]);
        cr_expect_not_null(strstr(buffer_text(&text), "# Commandstats\r\n"), "%s", full[i]);
        cr_expect_not_null(strstr(buffer_text(&text), "# Latencystats\r\n"), "%s", full[i]);
        cr_expect_not_null(strstr(buffer_text(&text), "# Keyspace\r\n"), "%s", full[i]);
        buffer_release(&text);
    }
    resp_close(conn);
}

Test(admin, fields_that_clients_and_agents_read_have_their_types) {
    static const struct {
        const char *field;
        const char *letters; /* of which the value consists; NULL: just this text */
    } fields[] = {
        {"redis_version:7.2.4\r\n", NULL},
        {"server_name:latchkey\r\n", NULL},
        {"redis_mode:standalone\r\n", NULL},
        {"arch_bits:64\r\n", NULL},
        {"cluster_enabled:0\r\n", NULL},
        {"role:master\r\n", NULL},
        {"loading:0\r\n", NULL},
        {"latchkey_version:", "0123456789."},
        {"process_id:", "0123456789"},
        {"run_id:", "0123456789abcdef"},
        {"tcp_port:", "0123456789"},
        {"uptime_in_seconds:", "0123456789"},
        {"connected_clients:", "0123456789"},
        {"blocked_clients:", "0123456789"},
        {"used_memory:", "0123456789"},
        {"used_memory_human:", "0123456789.BKMG"},
        {"used_memory_peak_perc:", "0123456789.%"},
        {"mem_fragmentation_ratio:", "0123456789."},
        {"total_commands_processed:", "0123456789"},
        {"instantaneous_ops_per_sec:", "0123456789"},
        {"expired_keys:", "0123456789"},
        {"used_cpu_user:", "0123456789."},
        {"master_replid:", "0123456789abcdef"},
    };
    struct resp_conn *conn = test_server_connect(server);
    struct buffer text = info_text(conn, "INFO everything");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const char *at = strstr(buffer_text(&text), fields[i].field);
        cr_assert_not_null(at, "%s", fields[i].field);
        if (fields[i].letters != NULL) {
            at += strlen(fields[i].field);
            size_t length = strspn(at, fields[i].letters);
            cr_expect(length > 0 && at[length] == '\r', "%s%.20s", fields[i].field, at);
        }
    }
    buffer_release(&text);
    resp_close(conn);
}

Test(admin, debug_holds_the_clock) {
    static const struct script_row rows[] = {
        {"SET k v PX 1000 ; DEBUG CLOCK FORWARD 999 ; PTTL k ; DEBUG CLOCK HOLD ; DEBUG CLOCK "
         "FORWARD 2 ; EXISTS k ; DEBUG CLOCK RELEASE",
         {"+OK", "+OK", ":1", "+OK", "+OK", ":0", "+OK"}},
        {"DEBUG CLOCK FORWARD ; DEBUG CLOCK FORWARD -1 ; DEBUG CLOCK FORWARD x ; DEBUG CLOCK x",
         {"(starts)-ERR Use DEBUG CLOCK", "(starts)-ERR value is out of range",
          "(starts)-ERR value is", "(starts)-ERR Use DEBUG CLOCK"}},
    };
    assert_rows(server, rows);
}

Test(admin, debug_does_what_tests_need) {
    static const struct script_row rows[] = {
        {"DEBUG ; DEBUG NOSUCH ; DEBUG JMAP",
         {"-ERR wrong number of arguments for 'debug' command",
          "-ERR unknown subcommand or wrong number of arguments for 'NOSUCH'. Try DEBUG HELP.",
          "-ERR unknown subcommand or wrong number of arguments for 'JMAP'. Try DEBUG HELP."}},
        {"DEBUG SLEEP 0 ; DEBUG SLEEP abc ; DEBUG SET-ACTIVE-EXPIRE abc ; DEBUG SET-ACTIVE-EXPIRE "
         "1",
         {"+OK", "+OK", "+OK", "+OK"}},
        {"DEBUG SLEEP 1e30 ; DEBUG SLEEP inf ; DEBUG SLEEP 9223372036854775807 ; DEBUG SLEEP nan",
         {"+OK", "+OK", "+OK", "+OK"}},
        {"DEBUG OBJECT nokey ; DEBUG LISTPACK nokey", {"-ERR no such key", "-ERR no such key"}},
        {"SET k v ; DEBUG OBJECT k", {"+OK", "(starts)+Value at:0x"}},
        {"DEBUG POPULATE 3 p 10 ; STRLEN p:1 ; DBSIZE ; DEBUG POPULATE 0 ; DEBUG "
         "POPULATE 1 q 0 ; GET q:0",
         {"+OK", ":10", ":3", "+OK", "+OK", "$7⏎value:0"}},
        {"DEBUG DIGEST ; DEBUG DIGEST-VALUE nokey",
         {"+0000000000000000000000000000000000000000",
          "*1⏎+0000000000000000000000000000000000000000"}},
        {"DEBUG ERROR \"ERR a\\r\\nb\"", {"-ERR a  b"}},
        {"DEBUG LOG hello ; DEBUG CHANGE-REPL-ID", {"+OK", "+OK"}},
        {"DEBUG STRINGMATCH-LEN 10 a* ; DEBUG STRINGMATCH-LEN 3 b*", {":1", ":0"}},
        {"DEBUG QUICKLIST-PACKED-THRESHOLD abc ; DEBUG QUICKLIST-PACKED-THRESHOLD 4293918721 ; "
         "DEBUG "
         "QUICKLIST-PACKED-THRESHOLD 4293918720 ; DEBUG QUICKLIST-PACKED-THRESHOLD 0",
         {"-ERR argument must be a memory value bigger than 1 and smaller than 4gb",
          "-ERR argument must be a memory value bigger than 1 and smaller than 4gb", "+OK", "+OK"}},
        {"DEBUG QUICKLIST-PACKED-THRESHOLD \"\" ; CONFIG SET maxmemory 1gb ; CONFIG SET maxmemory "
         "\"\" ; CONFIG GET maxmemory ; CONFIG SET proto-max-bulk-len \"\"",
         {"+OK", "+OK", "+OK", "*2⏎$9⏎maxmemory⏎$1⏎0",
          "-ERR CONFIG SET failed (possibly related to argument 'proto-max-bulk-len') - argument "
          "must be between 1048576 and 9223372036854775807 inclusive"}},
        {"DEBUG REPLYBUFFER PEAK-RESET-TIME NEVER ; DEBUG REPLYBUFFER RESIZING x",
         {"+OK", "-ERR value is not an integer or out of range"}},
        {"SET k abcde ; DEBUG SDSLEN k ; SET k 12 ; DEBUG SDSLEN k ; DEBUG SDSLEN nokey",
         {"+OK",
          "(starts)+key_sds_len:1, key_sds_avail:0, key_zmalloc: 1, val_sds_len:5, "
          "val_sds_avail:0, val_zmalloc: ",
          "+OK", "-ERR Not an sds encoded string.", "-ERR no such key"}},
        {"RPUSH l a ; DEBUG QUICKLIST l ; DEBUG QUICKLIST l 1 ; SET k v ; DEBUG QUICKLIST k ; "
         "DEBUG "
         "QUICKLIST nokey",
         {":1", "+Quicklist structure printed on stdout", "+Quicklist structure printed on stdout",
          "+OK", "-ERR Not a quicklist encoded object.", "-ERR no such key"}},
        {"RESTORE k 0 \"\\x00\\x01a\\x0a\\x0012345678\" ; DEBUG SET-SKIP-CHECKSUM-VALIDATION 1 ; "
         "RESTORE k 0 \"\\x00\\x01a\\x0a\\x0012345678\" ; RESTORE j 0 \"\\x00\\x05a\\x0a\\x00123456"
         "78\" ; RESTORE j 0 a ; GET k ; DEBUG SET-SKIP-CHECKSUM-VALIDATION 0 ; RESTORE i 0 "
         "\"\\x00\\x01a\\x0a\\x0012345678\"",
         {"-ERR DUMP payload version or checksum are wrong", "+OK", "+OK", "-ERR Bad data format",
          "-ERR DUMP payload version or checksum are wrong", "$1⏎a", "+OK",
          "-ERR DUMP payload version or checksum are wrong"}},
        {"DEBUG LOADAOF ; DEBUG CONFIG-REWRITE-FORCE-ALL",
         {"-ERR Error trying to load the AOF files, check server logs.",
          "-ERR The server is running without a config file"}},
        {"HELLO 3 ; DEBUG PROTOCOL double ; DEBUG PROTOCOL null ; DEBUG PROTOCOL true ; DEBUG "
         "PROTOCOL bignum ; DEBUG PROTOCOL verbatim",
         {"(any)", ",3.141", "_", "#t", "(1234567999999999999999999999999999999",
          "=29⏎txt:This is a verbatim\\nstring"}},
    };
    assert_rows(server, rows);
    struct test_server *plain =
        test_server_start((const char *const[]){"--enable-debug-command", "no", NULL});
    struct resp_conn *conn = test_server_connect(plain);
    assert_reply(conn, "DEBUG SLEEP 0",
                 "-ERR DEBUG command not allowed. If the enable-debug-command option is set to "
                 "\"local\", you can run it from a local connection, otherwise you need to set "
                 "this option in the configuration file, and then restart the server.\r\n");
    resp_close(conn);
    test_server_stop(plain);
}
