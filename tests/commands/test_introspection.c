/*
 * MEMORY, DEBUG, SLOWLOG and LATENCY.
 */
#include "support/check.h"
#include "support/errors.h"

#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(introspection, .init = start, .fini = stop);

Test(introspection, memory_usage_measures_a_key) {
    assert_script(server,
                  "MEMORY USAGE nokey ; MEMORY USAGE nokey SAMPLES 5 ; MEMORY USAGE k SAMPLES -1 "
                  "; SET k v ; MEMORY USAGE k SAMPLES -1 ; MEMORY USAGE k SAMPLES abc ; MEMORY "
                  "USAGE k FOO 1 ; MEMORY USAGE k SAMPLES ; MEMORY USAGE ; HELLO 3 ; MEMORY USAGE "
                  "nokey",
                  "$-1", "$-1", SYNTAX_ERROR, "+OK", SYNTAX_ERROR, NOT_AN_INTEGER, SYNTAX_ERROR,
                  SYNTAX_ERROR, WRONG_ARITY("memory|usage"), "(any)", "_");
}

Test(introspection, memory_refuses_unknown_subcommands) {
    assert_script(server,
                  "MEMORY BLAH ; MEMORY ; MEMORY STATS x ; MEMORY DOCTOR x ; MEMORY PURGE x ; "
                  "MEMORY MALLOC-STATS x ; MEMORY HELP x ; MEMORY PURGE",
                  "-ERR unknown subcommand 'BLAH'. Try MEMORY HELP.", WRONG_ARITY("memory"),
                  WRONG_ARITY("memory|stats"), WRONG_ARITY("memory|doctor"),
                  WRONG_ARITY("memory|purge"), WRONG_ARITY("memory|malloc-stats"),
                  WRONG_ARITY("memory|help"), "+OK");
}

Test(introspection, debug_protocol_shows_every_type) {
    assert_script(server,
                  "DEBUG PROTOCOL STRING ; DEBUG PROTOCOL INTEGER ; DEBUG PROTOCOL DOUBLE ; DEBUG "
                  "PROTOCOL NULL ; DEBUG PROTOCOL ARRAY ; DEBUG PROTOCOL SET ; DEBUG PROTOCOL MAP "
                  "; DEBUG PROTOCOL BIGNUM ; DEBUG PROTOCOL TRUE ; DEBUG PROTOCOL FALSE ; DEBUG "
                  "PROTOCOL VERBATIM ; DEBUG PROTOCOL ATTRIB ; DEBUG PROTOCOL FOO",
                  "$11⏎Hello World", ":12345", "$5⏎3.141", "$-1", "*3⏎:0⏎:1⏎:2", "*3⏎:0⏎:1⏎:2",
                  "*6⏎:0⏎:0⏎:1⏎:1⏎:2⏎:0", "$37⏎1234567999999999999999999999999999999", ":1", ":0",
                  "$25⏎This is a verbatim\\nstring", "$39⏎Some real reply following the attribute",
                  "-ERR Wrong protocol type name. Please use one of the following: "
                  "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|fals"
                  "e");
    assert_script(server,
                  "HELLO 3 ; DEBUG PROTOCOL STRING ; DEBUG PROTOCOL INTEGER ; DEBUG PROTOCOL "
                  "DOUBLE ; DEBUG PROTOCOL NULL ; DEBUG PROTOCOL ARRAY ; DEBUG PROTOCOL SET ; "
                  "DEBUG PROTOCOL MAP ; DEBUG PROTOCOL BIGNUM ; DEBUG PROTOCOL TRUE ; DEBUG "
                  "PROTOCOL FALSE ; DEBUG PROTOCOL VERBATIM ; DEBUG PROTOCOL ATTRIB",
                  "(any)", "$11⏎Hello World", ":12345", ",3.141", "_", "*3⏎:0⏎:1⏎:2", "~3⏎:0⏎:1⏎:2",
                  "%3⏎:0⏎#f⏎:1⏎#t⏎:2⏎#f", "(1234567999999999999999999999999999999", "#t", "#f",
                  "=29⏎txt:This is a verbatim\\nstring",
                  "|1⏎$14⏎key-popularity⏎*2⏎$7⏎key:123⏎:90⏎$39⏎Some real reply following the "
                  "attribute");
}

Test(introspection, debug_refuses_unknown_subcommands) {
    assert_script(server,
                  "DEBUG ; DEBUG NOSUCH ; DEBUG blah x ; DEBUG SLEEP ; DEBUG OBJECT ; DEBUG "
                  "PROTOCOL ; DEBUG ERROR ; DEBUG LOG ; DEBUG LISTPACK ; DEBUG HTSTATS",
                  WRONG_ARITY("debug"),
                  "-ERR unknown subcommand or wrong number of arguments for 'NOSUCH'. Try DEBUG "
                  "HELP.",
                  "-ERR unknown subcommand or wrong number of arguments for 'blah'. Try DEBUG "
                  "HELP.",
                  "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG "
                  "HELP.",
                  "-ERR unknown subcommand or wrong number of arguments for 'OBJECT'. Try DEBUG "
                  "HELP.",
                  "-ERR unknown subcommand or wrong number of arguments for 'PROTOCOL'. Try DEBUG "
                  "HELP.",
                  "-ERR unknown subcommand or wrong number of arguments for 'ERROR'. Try DEBUG "
                  "HELP.",
                  "-ERR unknown subcommand or wrong number of arguments for 'LOG'. Try DEBUG "
                  "HELP.",
                  "-ERR unknown subcommand or wrong number of arguments for 'LISTPACK'. Try DEBUG "
                  "HELP.",
                  "-ERR unknown subcommand or wrong number of arguments for 'HTSTATS'. Try DEBUG "
                  "HELP.");
}

Test(introspection, debug_small_helpers) {
    assert_script(server,
                  "DEBUG SLEEP 0 ; DEBUG ERROR \"MYERR some text\" ; DEBUG ERROR \"no code\" ; "
                  "DEBUG LOG hello ; DEBUG SET-ACTIVE-EXPIRE 1 ; DEBUG CHANGE-REPL-ID ; DEBUG "
                  "SET-DISABLE-DENY-SCRIPTS 0 ; DEBUG QUICKLIST-PACKED-THRESHOLD 100b ; DEBUG "
                  "QUICKLIST-PACKED-THRESHOLD 0 ; DEBUG QUICKLIST-PACKED-THRESHOLD abc ; DEBUG "
                  "REPLYBUFFER PEAK-RESET-TIME NEVER ; DEBUG REPLYBUFFER PEAK-RESET-TIME RESET ; "
                  "DEBUG REPLYBUFFER PEAK-RESET-TIME 100 ; DEBUG REPLYBUFFER RESIZING 1 ; DEBUG "
                  "REPLYBUFFER FOO 1",
                  "+OK", "-MYERR some text", "-no code", "+OK", "+OK", "+OK", "+OK", "+OK", "+OK",
                  "-ERR argument must be a memory value bigger than 1 and smaller than 4gb", "+OK",
                  "+OK", "+OK", "+OK",
                  "-ERR unknown subcommand or wrong number of arguments for 'REPLYBUFFER'. Try "
                  "DEBUG HELP.");
    assert_script(server,
                  "DEBUG OBJECT nokey ; DEBUG LISTPACK nokey ; SET k v ; DEBUG LISTPACK k ; DEBUG "
                  "HTSTATS 99 ; DEBUG HTSTATS abc ; DEBUG DIGEST-VALUE nokey",
                  NO_SUCH_KEY, NO_SUCH_KEY, "+OK", "-ERR Not a listpack encoded object.",
                  "-ERR Out of range database", NOT_AN_INTEGER,
                  "*1⏎+0000000000000000000000000000000000000000");
}

Test(introspection, debug_populate_makes_keys) {
    assert_script(server,
                  "DEBUG POPULATE 3 ; DBSIZE ; GET key:0 ; GET key:2 ; DEBUG POPULATE 2 pre ; GET "
                  "pre:1 ; DEBUG POPULATE 1 big 10 ; STRLEN big:0 ; GET big:0 ; DEBUG POPULATE "
                  "abc ; DEBUG POPULATE 1 a abc ; DEBUG POPULATE -1 ; SET key:0 mine ; DEBUG "
                  "POPULATE 5 ; GET key:0 ; DBSIZE ; DEBUG POPULATE 1 small 1 ; GET small:0 ; "
                  "DEBUG POPULATE",
                  "+OK", ":3", "$7⏎value:0", "$7⏎value:2", "+OK", "$7⏎value:1", "+OK", ":10",
                  "$10⏎value:0\\x00\\x00\\x00", "-ERR value is out of range, must be positive",
                  "-ERR value is out of range, must be positive",
                  "-ERR value is out of range, must be positive", "+OK", "+OK", "$4⏎mine", ":8",
                  "+OK", "$1⏎v",
                  "-ERR unknown subcommand or wrong number of arguments for 'POPULATE'. Try DEBUG "
                  "HELP.");
}

Test(introspection, slowlog_answers) {
    assert_script(server,
                  "SLOWLOG RESET ; SLOWLOG LEN ; SLOWLOG GET 0 ; SLOWLOG GET -2 ; SLOWLOG GET abc "
                  "; SLOWLOG GET 1 2 ; SLOWLOG BLAH ; SLOWLOG ; SLOWLOG LEN x ; SLOWLOG RESET x ; "
                  "SLOWLOG GET -1 ; SLOWLOG HELP x",
                  "+OK", ":0", "*0", "-ERR count should be greater than or equal to -1",
                  "-ERR count should be greater than or equal to -1",
                  "-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG "
                  "HELP.",
                  "-ERR unknown subcommand 'BLAH'. Try SLOWLOG HELP.", WRONG_ARITY("slowlog"),
                  WRONG_ARITY("slowlog|len"), WRONG_ARITY("slowlog|reset"), "*0",
                  WRONG_ARITY("slowlog|help"));
}

Test(introspection, latency_answers) {
    assert_script(server,
                  "LATENCY LATEST ; LATENCY RESET ; LATENCY RESET a b ; LATENCY HISTORY nope ; "
                  "LATENCY HISTORY ; LATENCY GRAPH nope ; LATENCY GRAPH ; LATENCY BLAH ; LATENCY "
                  "; LATENCY LATEST x ; LATENCY DOCTOR x ; LATENCY HELP x ; LATENCY HISTOGRAM "
                  "nosuch",
                  "*0", ":0", ":0", "*0", WRONG_ARITY("latency|history"),
                  "-ERR No samples available for event 'nope'", WRONG_ARITY("latency|graph"),
                  "-ERR unknown subcommand 'BLAH'. Try LATENCY HELP.", WRONG_ARITY("latency"),
                  WRONG_ARITY("latency|latest"), WRONG_ARITY("latency|doctor"),
                  WRONG_ARITY("latency|help"), "*0");
}

static struct resp_value *ask(struct resp_conn *conn, const char *line) {
    struct buffer reply = resp_call(conn, line);
    struct resp_value *value = resp_value_parse(buffer_text(&reply), reply.size);
    buffer_release(&reply);
    return value;
}

Test(introspection, help_of_containers_lists_their_subcommands) {
    assert_script(server, "MEMORY HELP ; SLOWLOG HELP ; LATENCY HELP ; DEBUG HELP ; OBJECT HELP",
                  "(starts)*", "(starts)*", "(starts)*", "(starts)*", "(starts)*");
}

Test(introspection, memory_usage_grows_with_the_value) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SET small v", "+OK\r\n");
    assert_reply(conn, "SETRANGE large 99999 x", ":100000\r\n");
    struct resp_value *small = ask(conn, "MEMORY USAGE small");
    struct resp_value *large = ask(conn, "MEMORY USAGE large SAMPLES 0");
    cr_assert_geq(small->integer, 10);
    cr_assert_geq(large->integer, 100000);
    cr_assert_leq(large->integer, 300000);
    resp_value_destroy(small);
    resp_value_destroy(large);
    resp_close(conn);
}

Test(introspection, memory_usage_of_a_list_counts_its_elements) {
    struct resp_conn *conn = test_server_connect(server);
    for (int i = 0; i < 1000; i++) {
        struct buffer reply = resp_call(conn, "RPUSH l 12345678901234567890123456789012");
        buffer_release(&reply);
    }
    struct resp_value *usage = ask(conn, "MEMORY USAGE l SAMPLES 0");
    cr_assert_geq(usage->integer, 32000);
    cr_assert_leq(usage->integer, 64000);
    resp_value_destroy(usage);
    resp_close(conn);
}

Test(introspection, memory_stats_names_its_figures) {
    static const char *const names[] = {
        "peak.allocated",  "total.allocated",     "startup.allocated",  "replication.backlog",
        "clients.slaves",  "clients.normal",      "aof.buffer",         "overhead.total",
        "keys.count",      "keys.bytes-per-key",  "dataset.bytes",      "dataset.percentage",
        "peak.percentage", "allocator.allocated", "allocator.resident", "fragmentation",
    };
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SET k v", "+OK\r\n");
    struct resp_value *stats = ask(conn, "MEMORY STATS");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cr_assert_not_null(resp_value_field(stats, names[i]), "%s", names[i]);
    }
    cr_assert_eq(resp_value_field(stats, "keys.count")->integer, 1);
    resp_value_destroy(stats);
    resp_close(conn);
}

Test(introspection, memory_texts_are_verbatim_in_resp3) {
    assert_script(
        server,
        "MEMORY DOCTOR ; MEMORY MALLOC-STATS ; LATENCY DOCTOR ; HELLO 3 ; MEMORY DOCTOR ; "
        "MEMORY MALLOC-STATS ; MEMORY STATS ; LATENCY DOCTOR",
        "(starts)$", "(starts)$", "(starts)$", "(starts)%", "(starts)=", "(starts)=", "(starts)%",
        "(starts)=");
}

Test(introspection, debug_object_describes_a_value) {
    assert_script(server,
                  "SET k 12 ; DEBUG OBJECT k ; RPUSH l a ; DEBUG OBJECT l ; DEBUG HTSTATS 0 ; "
                  "DEBUG HTSTATS-KEY nokey ; DEBUG HTSTATS-KEY k",
                  "+OK", "(starts)+Value at:0x", ":1", "(starts)+Value at:0x", "(starts)$",
                  NO_SUCH_KEY, "(starts)-ERR ");
}

Test(introspection, debug_log_and_listpack_write_into_the_log) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "DEBUG LOG something-to-find", "+OK\r\n");
    cr_assert(test_server_wait_for_log(server, "DEBUG LOG: something-to-find"));
    assert_reply(conn, "RPUSH l element-to-find", ":1\r\n");
    struct buffer reply = resp_call(conn, "DEBUG LISTPACK l");
    cr_assert_eq(reply.data[0], '+');
    cr_assert(test_server_wait_for_log(server, "element-to-find"));
    buffer_release(&reply);
    resp_close(conn);
}

Test(introspection, debug_stringmatch_len_survives_long_patterns) {
    assert_script(server, "DEBUG STRINGMATCH-LEN 100000 a*b*c*d*e*f*g*h*", "(any)");
}

/* The digest of what the command sets up, over an empty keyspace. */
static struct buffer digest_of(struct resp_conn *conn, const char *const commands[]) {
    struct buffer flushed = resp_call(conn, "FLUSHALL");
    buffer_release(&flushed);
    for (size_t i = 0; commands[i] != NULL; i++) {
        struct buffer reply = resp_call(conn, commands[i]);
        buffer_release(&reply);
    }
    return resp_call(conn, "DEBUG DIGEST");
}

static bool have_equal_digests(struct resp_conn *conn, const char *const a[],
                               const char *const b[]) {
    struct buffer first = digest_of(conn, a);
    struct buffer second = digest_of(conn, b);
    bool are_equal = strcmp(buffer_text(&first), buffer_text(&second)) == 0;
    buffer_release(&first);
    buffer_release(&second);
    return are_equal;
}

Test(introspection, debug_digest_depends_on_the_data_alone) {
    static const char *const one_way[] = {"SET a 1", "SET b 2", "RPUSH l x y", NULL};
    static const char *const another[] = {"RPUSH l y", "LPUSH l x", "SET b 2", "INCR a", NULL};
    static const char *const other_order[] = {"SET a 1", "SET b 2", "RPUSH l y x", NULL};
    static const char *const with_deadline[] = {"SET a 1 EX 1000", "SET b 2", "RPUSH l x y", NULL};
    static const char *const elsewhere[] = {"SELECT 1",    "SET a 1",  "SET b 2",
                                            "RPUSH l x y", "SELECT 0", NULL};
    static const char *const sets[] = {"SADD s a b c", "HSET h f 1 g 2", NULL};
    static const char *const other_sets[] = {"SADD s c b a", "HSET h g 2 f 1", NULL};
    static const char *const other_pairs[] = {"SADD s a b c", "HSET h f 2 g 1", NULL};
    static const char *const nothing[] = {NULL};
    struct resp_conn *conn = test_server_connect(server);
    cr_assert(have_equal_digests(conn, one_way, another));
    cr_assert_not(have_equal_digests(conn, one_way, other_order));
    cr_assert_not(have_equal_digests(conn, one_way, with_deadline));
    cr_assert_not(have_equal_digests(conn, one_way, elsewhere));
    cr_assert(have_equal_digests(conn, sets, other_sets));
    cr_assert_not(have_equal_digests(conn, sets, other_pairs));
    struct buffer empty = digest_of(conn, nothing);
    cr_assert_str_eq(buffer_text(&empty), "+0000000000000000000000000000000000000000\r\n");
    buffer_release(&empty);
    assert_reply(conn, "DEBUG DIGEST-VALUE nokey",
                 "*1\r\n+0000000000000000000000000000000000000000\r\n");
    resp_close(conn);
}

Test(introspection, slowlog_keeps_what_was_slow) {
    assert_script(
        server,
        "CONFIG SET slowlog-log-slower-than 0 ; SET k v ; CONFIG SET "
        "slowlog-log-slower-than -1 ; SLOWLOG LEN ; SLOWLOG GET ; SLOWLOG GET 1 ; SLOWLOG "
        "RESET ; SLOWLOG LEN",
        "+OK", "+OK", "+OK", ":2",
        "(starts)*2\r\n*6\r\n:1\r\n:", "(starts)*1\r\n*6\r\n:1\r\n:", "+OK", ":0");
}

Test(introspection, latency_keeps_what_was_slow) {
    assert_script(server,
                  "CONFIG SET latency-monitor-threshold 10 ; DEBUG SLEEP 0.011 ; CONFIG SET "
                  "latency-monitor-threshold 1000000 ; LATENCY LATEST ; LATENCY HISTORY command ; "
                  "LATENCY GRAPH command ; LATENCY RESET command ; LATENCY LATEST ; LATENCY "
                  "HISTOGRAM debug",
                  "+OK", "+OK", "+OK",
                  "(starts)*1\r\n*4\r\n$7\r\ncommand\r\n:", "(starts)*1\r\n*2\r\n:", "(starts)$",
                  ":1", "*0", "(starts)*2\r\n$5\r\ndebug\r\n*4\r\n$5\r\ncalls\r\n:");
}
