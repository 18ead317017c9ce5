/*
 * CONFIG GET, SET, RESETSTAT and REWRITE; every parameter with its type, range and default.
 */
#include "support/check.h"
#include "support/rows.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(config, .init = start, .fini = stop);

#define SET_FAILED(name, problem)                                                                  \
    "-ERR CONFIG SET failed (possibly related to argument '" name "') - " problem

Test(config, get_takes_patterns_and_many_names) {
    static const struct script_row rows[] = {
        {"CONFIG GET maxmemory", {"*2⏎$9⏎maxmemory⏎$1⏎0"}},
        {"CONFIG GET MAXMEMORY", {"*2⏎$9⏎MAXMEMORY⏎$1⏎0"}},
        {"CONFIG GET maxmemory hz maxmemory", {"*4⏎$2⏎hz⏎$2⏎10⏎$9⏎maxmemory⏎$1⏎0"}},
        {"CONFIG GET [m]axmemory nosuch", {"*2⏎$9⏎maxmemory⏎$1⏎0"}},
        {"CONFIG GET nosuch", {"*0"}},
        {"HELLO 3 ; CONFIG GET hz", {"(any)", "%1⏎$2⏎hz⏎$2⏎10"}},
        {"CONFIG GET", {"-ERR wrong number of arguments for 'config|get' command"}},
        {"CONFIG ; CONFIG BLAH",
         {"-ERR wrong number of arguments for 'config' command",
          "-ERR unknown subcommand 'BLAH'. Try CONFIG HELP."}},
        {"CONFIG HELP x ; CONFIG RESETSTAT a",
         {"-ERR wrong number of arguments for 'config|help' command",
          "-ERR wrong number of arguments for 'config|resetstat' command"}},
    };
    assert_rows(server, rows);
}

Test(config, set_changes_all_or_nothing) {
    static const struct script_row rows[] = {
        {"CONFIG SET maxmemory 100mb hz bad ; CONFIG GET maxmemory",
         {SET_FAILED("hz", "argument couldn't be parsed into an integer"), "*2⏎$9⏎maxmemory⏎$1⏎0"}},
        {"CONFIG SET maxmemory 1 nosuch 2 ; CONFIG GET maxmemory",
         {"-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'",
          "*2⏎$9⏎maxmemory⏎$1⏎0"}},
        {"CONFIG SET maxmemory 1 maxmemory 2", {SET_FAILED("maxmemory", "duplicate parameter")}},
        {"CONFIG SET maxmemory 0 MAXMEMORY 0", {SET_FAILED("MAXMEMORY", "duplicate parameter")}},
        {"CONFIG SET a ; CONFIG SET maxmemory ; CONFIG SET maxmemory 1 hz",
         {"-ERR wrong number of arguments for 'config|set' command",
          "-ERR wrong number of arguments for 'config|set' command", "-ERR syntax error"}},
        {"CONFIG SET maxmemory 1gb hz 20 ; CONFIG GET hz maxmemory ; CONFIG SET maxmemory 0 hz 10",
         {"+OK", "*4⏎$2⏎hz⏎$2⏎20⏎$9⏎maxmemory⏎$10⏎1073741824", "+OK"}},
        {"CONFIG SET hash-max-ziplist-value 128 ; CONFIG GET hash-max-listpack-value ; CONFIG SET "
         "hash-max-listpack-value 32 hash-max-ziplist-value 64",
         {"+OK", "*2⏎$23⏎hash-max-listpack-value⏎$3⏎128", "+OK"}},
    };
    assert_rows(server, rows);
}

static const struct script_row value_rows[] = {
    {"CONFIG SET maxmemory 1K ; CONFIG GET maxmemory ; CONFIG SET maxmemory 1kB ; CONFIG GET "
     "maxmemory ; CONFIG SET maxmemory 0",
     {"+OK", "*2⏎$9⏎maxmemory⏎$4⏎1000", "+OK", "*2⏎$9⏎maxmemory⏎$4⏎1024", "+OK"}},
    {"CONFIG SET maxmemory abc ; CONFIG SET maxmemory -1 ; CONFIG SET maxmemory 1x",
     {SET_FAILED("maxmemory", "argument must be a memory value"),
      SET_FAILED("maxmemory", "argument must be a memory value"),
      SET_FAILED("maxmemory", "argument must be a memory value")}},
    {"CONFIG SET maxmemory-policy foo",
     {SET_FAILED("maxmemory-policy",
                 "argument(s) must be one of the following: volatile-lru, volatile-lfu, "
                 "volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, "
                 "noeviction")}},
    {"CONFIG SET appendonly foo", {SET_FAILED("appendonly", "argument must be 'yes' or 'no'")}},
    {"CONFIG SET maxclients 0",
     {SET_FAILED("maxclients", "argument must be between 1 and 4294967295 inclusive")}},
    {"CONFIG SET hz 0 ; CONFIG GET hz ; CONFIG SET hz 1000 ; CONFIG GET hz ; CONFIG SET hz 10",
     {"+OK", "*2⏎$2⏎hz⏎$1⏎1", "+OK", "*2⏎$2⏎hz⏎$3⏎500", "+OK"}},
    {"CONFIG SET save abc ; CONFIG SET save 900 ; CONFIG SET save \"900 1 300 10\" ; CONFIG "
     "GET "
     "save ; CONFIG SET save \"\" ; CONFIG GET save",
     {SET_FAILED("save", "Invalid save parameters"), SET_FAILED("save", "Invalid save parameters"),
      "+OK", "*2⏎$4⏎save⏎$12⏎900 1 300 10", "+OK", "*2⏎$4⏎save⏎$0⏎"}},
    {"CONFIG SET notify-keyspace-events Q",
     {SET_FAILED("notify-keyspace-events",
                 "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")}},
    {"CONFIG SET notify-keyspace-events KEA$lshzxeg ; CONFIG GET notify-keyspace-events ; "
     "CONFIG "
     "SET notify-keyspace-events mntKE ; CONFIG GET notify-keyspace-events",
     {"+OK", "*2⏎$22⏎notify-keyspace-events⏎$3⏎AKE", "+OK",
      "*2⏎$22⏎notify-keyspace-events⏎$5⏎tnKEm"}},
    {"CONFIG SET client-output-buffer-limit foo ; CONFIG SET client-output-buffer-limit \"foo "
     "1 "
     "1 1\" ; CONFIG SET client-output-buffer-limit \"normal a 1 1\"",
     {SET_FAILED("client-output-buffer-limit",
                 "Wrong number of arguments in buffer limit configuration."),
      SET_FAILED("client-output-buffer-limit",
                 "Invalid client class specified in buffer limit configuration."),
      SET_FAILED("client-output-buffer-limit",
                 "Error in hard, soft or soft_seconds setting in buffer limit "
                 "configuration.")}},
    {"CONFIG SET client-output-buffer-limit \"replica 1gb 2kb 10 pubsub 1 2 3\" ; CONFIG GET "
     "client-output-buffer-limit",
     {"+OK", "*2⏎$26⏎client-output-buffer-limit⏎$50⏎normal 0 0 0 slave 1073741824 2048 10 "
             "pubsub 1 2 3"}},
    {"CONFIG SET oom-score-adj-values \"0 200\" ; CONFIG SET oom-score-adj-values \"0 1 9999\"",
     {SET_FAILED("oom-score-adj-values", "wrong number of arguments"),
      SET_FAILED("oom-score-adj-values",
                 "Invalid oom-score-adj-values, elements must be between -2000 and 2000.")}},
    {"CONFIG SET latency-tracking-info-percentiles \"50 200\" ; CONFIG SET "
     "latency-tracking-info-percentiles a ; CONFIG SET latency-tracking-info-percentiles "
     "\"50.0 99.9\" ; CONFIG GET latency-tracking-info-percentiles",
     {SET_FAILED("latency-tracking-info-percentiles",
                 "latency-tracking-info-percentiles parameters should sit between "
                 "[0.0,100.0]"),
      SET_FAILED("latency-tracking-info-percentiles",
                 "Invalid latency-tracking-info-percentiles parameters"),
      "+OK", "*2⏎$33⏎latency-tracking-info-percentiles⏎$7⏎50 99.9"}},
    {"CONFIG SET maxmemory-clients 5% ; CONFIG SET maxmemory-clients 101% ; CONFIG SET "
     "maxmemory-clients x",
     {"+OK", SET_FAILED("maxmemory-clients", "percentage argument must be less or equal to 100"),
      SET_FAILED("maxmemory-clients", "argument must be a memory or percent value")}},
    {"CONFIG SET proc-title-template \"{title} {foo}\"",
     {SET_FAILED("proc-title-template",
                 "template format is invalid or contains unknown variables")}},
    {"CONFIG SET shutdown-on-sigterm \"save nosave\" ; CONFIG SET shutdown-on-sigterm \"save x\" ; "
     "CONFIG SET shutdown-on-sigterm \"\"",
     {SET_FAILED("shutdown-on-sigterm",
                 "shutdown options SAVE and NOSAVE can't be used simultaneously"),
      SET_FAILED("shutdown-on-sigterm", "argument(s) must be one of the following: default, save, "
                                        "nosave, now, force"),
      SET_FAILED("shutdown-on-sigterm", "argument(s) must be one of the following: default, save, "
                                        "nosave, now, force")}},
    {"CONFIG SET shutdown-on-sigint \"force NOW nosave\" ; CONFIG GET shutdown-on-sigint ; CONFIG "
     "SET "
     "shutdown-on-sigint \"now default\" ; CONFIG GET shutdown-on-sigint ; CONFIG SET "
     "shutdown-on-sigint default ; CONFIG GET shutdown-on-sigint",
     {"+OK", "*2⏎$18⏎shutdown-on-sigint⏎$16⏎nosave now force", "+OK",
      "*2⏎$18⏎shutdown-on-sigint⏎$3⏎now", "+OK", "*2⏎$18⏎shutdown-on-sigint⏎$7⏎default"}},
    {"CONFIG SET proc-title-template \"\"",
     {SET_FAILED("proc-title-template",
                 "template format is invalid or contains unknown variables")}},
    {"CONFIG GET key-load-dela* ; CONFIG GET KEY-load-delay ; CONFIG SET key-load-delay -1 ; "
     "CONFIG "
     "GET key-load-delay ; CONFIG SET key-load-delay 0 ; CONFIG SET watchdog-period -1",
     {"*0", "*2⏎$14⏎KEY-load-delay⏎$1⏎0", "+OK", "*2⏎$14⏎key-load-delay⏎$2⏎-1", "+OK",
      SET_FAILED("watchdog-period", "argument must be between 0 and 2147483647 inclusive")}},
    {"CONFIG SET maxclients 2000000000 ; CONFIG GET maxclients",
     {"(starts)-ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating "
      "system is not able to handle the specified number of clients, try with ",
      "*2⏎$10⏎maxclients⏎$5⏎10000"}},
    {"CONFIG SET activedefrag yes", {"(starts)-ERR CONFIG SET failed"}},
    {"CONFIG SET tls-port 5",
     {SET_FAILED("tls-port", "Unable to update TLS configuration. Check server logs.")}},
    {"CONFIG SET databases 4", {SET_FAILED("databases", "can't set immutable config")}},
    {"CONFIG SET SLAVEOF a ; CONFIG SET aof_rewrite_cpulist 1 ; CONFIG SET slave-priority a",
     {SET_FAILED("slaveof", "can't set immutable config"),
      SET_FAILED("aof_rewrite_cpulist", "can't set immutable config"),
      SET_FAILED("slave-priority", "argument couldn't be parsed into an integer")}},
    {"CONFIG SET dir /tmp ; CONFIG SET dbfilename a",
     {SET_FAILED("dir", "can't set protected config"),
      SET_FAILED("dbfilename", "can't set protected config")}},
    {"CONFIG SET port 70000",
     {SET_FAILED("port", "argument must be between 0 and 65535 inclusive")}},
    {"CONFIG SET bind 256.256.256.256 ; CONFIG GET bind ; PING",
     {SET_FAILED("bind", "Failed to bind to specified addresses."), "*2⏎$4⏎bind⏎$9⏎127.0.0.1",
      "+PONG"}},
    {"CONFIG REWRITE", {"-ERR The server is running without a config file"}},
};

Test(config, values_are_checked_and_shown_in_one_form) {
    assert_rows(server, value_rows);
}

/* ---- Every parameter ---- */

enum kind { BOOLEAN, NUMBER, MEMORY, ENUMERATION, OTHER };
enum when { ALWAYS, AT_START, PROTECTED };

static const struct parameter {
    const char *name;
    const char *initial; /* NULL: the test's server has another one */
    enum when when;
    enum kind kind;
    long long min;
    long long max;
} parameters[] = {
#include "commands/config_parameters.inc"
};

enum { LINE_SIZE = 512 };

static bool sets(struct resp_conn *conn, const char *name, const char *value, const char *start) {
    struct buffer reply = {0};
    resp_send_argv(conn, 4, (const char *const[]){"CONFIG", "SET", name, value}, NULL);
    bool is_good = resp_read(conn, &reply) == RESP_COMPLETE &&
                   strncmp(buffer_text(&reply), start, strlen(start)) == 0;
    cr_expect(is_good, "CONFIG SET %s '%s': %s", name, value, buffer_text(&reply));
    buffer_release(&reply);
    return is_good;
}

/* The value that CONFIG GET shows; owned by the caller. */
static struct buffer value_of(struct resp_conn *conn, const char *name) {
    char line[LINE_SIZE];
    (void)snprintf(line, sizeof line, "CONFIG GET %s", name);
    struct buffer reply = resp_call(conn, line);
    struct resp_value *map = resp_value_parse(reply.data, reply.size);
    struct buffer text = {0};
    cr_assert_eq(map->count, 2, "%s is not known", name);
    buffer_append(&text, map->items[1].bytes, map->items[1].size);
    resp_value_destroy(map);
    buffer_release(&reply);
    return text;
}

static void try_bounds(struct resp_conn *conn, const struct parameter *parameter) {
    char number[LINE_SIZE];
    if (parameter->min > 0 || (parameter->kind == NUMBER && parameter->min > INT64_MIN)) {
        (void)snprintf(number, sizeof number, "%lld", parameter->min - 1);
        (void)sets(conn, parameter->name, number, "-ERR CONFIG SET failed");
    }
    if (parameter->max < INT64_MAX && parameter->max != 0) {
        (void)snprintf(number, sizeof number, "%lld", parameter->max + 1);
        (void)sets(conn, parameter->name, number, "-ERR CONFIG SET failed");
    }
    (void)sets(conn, parameter->name, "abc", "-ERR CONFIG SET failed");
}

Test(config, every_parameter_is_known_with_default_type_and_range) {
    struct resp_conn *conn = test_server_connect(server);
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        const struct parameter *parameter = &parameters[i];
        struct buffer value = value_of(conn, parameter->name);
        if (parameter->initial != NULL) {
            cr_expect_str_eq(buffer_text(&value), parameter->initial, "%s is '%s'", parameter->name,
                             buffer_text(&value));
        }
        static const char *const outcomes[] = {
            "+OK\r\n",
            "-ERR CONFIG SET failed (possibly related to argument '",
            "-ERR CONFIG SET failed (possibly related to argument '",
        };
        (void)sets(conn, parameter->name, buffer_text(&value), outcomes[parameter->when]);
        if (parameter->when == ALWAYS && parameter->kind != OTHER) {
            try_bounds(conn, parameter);
        }
        struct buffer after = value_of(conn, parameter->name);
        cr_expect_str_eq(buffer_text(&after), buffer_text(&value), "%s has changed",
                         parameter->name);
        buffer_release(&after);
        buffer_release(&value);
    }
    struct buffer reply = resp_call(conn, "CONFIG GET *");
    struct resp_value *all = resp_value_parse(reply.data, reply.size);
    /* What only this server has comes on top. */
    static const char *const own[] = {"aof-backlog-limit",
                                      "aof-load-corrupt-tail-max-size",
                                      "snapshot-slice-elements",
                                      "maxmemory-scripts",
                                      "huge-pages",
                                      "io-uring"};
    size_t known = sizeof parameters / sizeof parameters[0] + sizeof own / sizeof own[0];
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        struct buffer value = value_of(conn, own[i]);
        bool is_fixed = strcmp(own[i], "huge-pages") == 0 || strcmp(own[i], "io-uring") == 0;
        (void)sets(conn, own[i], buffer_text(&value), is_fixed ? "-ERR CONFIG SET failed" : "+OK");
        buffer_release(&value);
    }
    cr_expect_eq(all->count / 2, known, "%zu instead of %zu", all->count / 2, known);
    resp_value_destroy(all);
    buffer_release(&reply);
    resp_close(conn);
}

/* ---- CONFIG RESETSTAT and CONFIG REWRITE ---- */

static bool info_has(struct resp_conn *conn, const char *section, const char *line) {
    char command[LINE_SIZE];
    (void)snprintf(command, sizeof command, "INFO %s", section);
    struct buffer reply = resp_call(conn, command);
    bool has_line = strstr(buffer_text(&reply), line) != NULL;
    buffer_release(&reply);
    return has_line;
}

Test(config, what_fails_in_exec_is_counted_once) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SET k v", "+OK\r\n");
    assert_reply(conn, "CONFIG RESETSTAT", "+OK\r\n");
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, "INCR k", "+QUEUED\r\n");
    assert_reply(conn, "EXEC", "*1\r\n-ERR value is not an integer or out of range\r\n");
    cr_expect(info_has(conn, "errorstats", "errorstat_ERR:count=1\r\n"));
    cr_expect(info_has(conn, "stats", "total_error_replies:1\r\n"));
    struct buffer stats = resp_call(conn, "INFO commandstats");
    const char *exec = strstr(buffer_text(&stats), "cmdstat_exec:calls=1,");
    cr_assert_not_null(exec);
    cr_expect_eq(strncmp(strstr(exec, "failed_calls="), "failed_calls=0\r", 15), 0);
    buffer_release(&stats);
    resp_close(conn);
}

Test(config, resetstat_zeroes_the_counters) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SET k v", "+OK\r\n");
    assert_reply(conn, "GET k", "$1\r\nv\r\n");
    assert_reply(conn, "GET nokey", "$-1\r\n");
    assert_reply(conn, "LPUSH k a",
                 "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    cr_expect(info_has(conn, "stats", "keyspace_hits:1\r\nkeyspace_misses:1\r\n"));
    cr_expect(info_has(conn, "errorstats", "errorstat_WRONGTYPE:count=1\r\n"));
    cr_expect(info_has(conn, "commandstats", "cmdstat_set:calls=1,"));
    assert_reply(conn, "CONFIG RESETSTAT", "+OK\r\n");
    cr_expect(info_has(conn, "stats", "keyspace_hits:0\r\nkeyspace_misses:0\r\n"));
    cr_expect(!info_has(conn, "errorstats", "errorstat_"));
    cr_expect(!info_has(conn, "commandstats", "cmdstat_set:"));
    resp_close(conn);
}

static struct buffer file_text(const char *path) {
    struct buffer text = {0};
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file);
    int byte = 0;
    while ((byte = fgetc(file)) != EOF) {
        char letter = (char)byte;
        buffer_append(&text, &letter, 1);
    }
    (void)fclose(file);
    return text;
}

Test(config, rewrite_keeps_comments_order_and_the_mode_of_the_file) {
    static const char text[] = "# First comment\n"
                               "maxclients 500\n"
                               "\n"
                               "rename-command LOLWUT WAT\n"
                               "# About time\n"
                               "hz 20\n"
                               "timeout 100\n"
                               "timeout 200\n"
                               "save 900 1\n"
                               "save 300 10\n";
    struct test_server *own = test_server_start_with_config(text, NULL);
    struct resp_conn *conn = test_server_connect(own);
    cr_assert_eq(chmod(test_server_config_path(own), 0600), 0);
    assert_reply(conn, "CONFIG SET timeout 300 requirepass \"a \\\"b\" slowlog-max-len 7",
                 "+OK\r\n");
    assert_reply(conn, "CONFIG REWRITE", "+OK\r\n");
    struct buffer after = file_text(test_server_config_path(own));
    static const char start[] = "# First comment\n"
                                "maxclients 500\n"
                                "\n"
                                "rename-command LOLWUT WAT\n"
                                "# About time\n"
                                "hz 20\n"
                                "timeout 300\n";
    cr_expect(strncmp(buffer_text(&after), start, sizeof start - 1) == 0, "%s", after.data);
    cr_expect_not_null(strstr(buffer_text(&after), "\nslowlog-max-len 7\n"));
    cr_expect_not_null(strstr(buffer_text(&after), "\nrequirepass \"a \\\"b\"\n"));
    struct stat status;
    cr_expect_eq(stat(test_server_config_path(own), &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    /* What has its default is not added. */
    cr_expect_null(strstr(buffer_text(&after), "maxmemory-scripts"));
    cr_expect_null(strstr(buffer_text(&after), "aof-backlog-limit"));
    /* A second rewrite changes nothing, and the file can be read again. */
    assert_reply(conn, "CONFIG REWRITE", "+OK\r\n");
    struct buffer again = file_text(test_server_config_path(own));
    cr_expect_str_eq(buffer_text(&again), buffer_text(&after));
    resp_close(conn);
    test_server_restart(own);
    conn = test_server_connect(own);
    assert_reply(conn, "AUTH \"a \\\"b\"", "+OK\r\n");
    assert_reply(conn, "CONFIG GET slowlog-max-len", "*2\r\n$15\r\nslowlog-max-len\r\n$1\r\n7\r\n");
    resp_close(conn);
    buffer_release(&after);
    buffer_release(&again);
    test_server_stop(own);
}

Test(config, rewrite_leaves_lines_that_say_the_value) {
    static const char text[] = "proc-title-template \"{title} {config-file}\"\n"
                               "  auto-aof-rewrite-min-size   64mb\n"
                               "appendfilename 'log.aof'\n"
                               "notify-keyspace-events \"gK$\"\n"
                               "oom-score-adj-values 0 200  800\n"
                               "hash-max-ziplist-entries 100\n";
    struct test_server *own = test_server_start_with_config(text, NULL);
    struct resp_conn *conn = test_server_connect(own);
    assert_reply(conn, "CONFIG REWRITE", "+OK\r\n");
    struct buffer after = file_text(test_server_config_path(own));
    cr_expect(strncmp(buffer_text(&after), text, sizeof text - 1) == 0, "%s", after.data);
    cr_expect_null(strstr(buffer_text(&after), "hash-max-listpack-entries"));
    buffer_release(&after);
    resp_close(conn);
    test_server_stop(own);
}

Test(config, values_with_blanks_survive_a_rewrite_and_a_restart) {
    struct test_server *own = test_server_start_with_config("proc-title-template {title}\n", NULL);
    struct resp_conn *conn = test_server_connect(own);
    assert_reply(
        conn,
        "CONFIG SET requirepass \"a  b\" masterauth \" c\" proc-title-template \"{title}  x\"",
        "+OK\r\n");
    assert_reply(conn, "CONFIG REWRITE", "+OK\r\n");
    struct buffer file = file_text(test_server_config_path(own));
    cr_expect_not_null(strstr(buffer_text(&file), "proc-title-template \"{title}  x\"\n"));
    buffer_release(&file);
    resp_close(conn);
    test_server_restart(own);
    conn = test_server_connect(own);
    assert_reply(conn, "AUTH \"a  b\"", "+OK\r\n");
    assert_reply(conn, "CONFIG GET masterauth", "*2\r\n$10\r\nmasterauth\r\n$2\r\n c\r\n");
    resp_close(conn);
    test_server_stop(own);
}

Test(config, every_option_survives_a_rewrite_and_a_restart) {
    struct test_server *own = test_server_start_with_config("# empty\n", NULL);
    struct resp_conn *conn = test_server_connect(own);
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        const struct parameter *parameter = &parameters[i];
        bool is_number = parameter->kind == NUMBER && parameter->when == ALWAYS &&
                         strcmp(parameter->name, "port") != 0 &&
                         strcmp(parameter->name, "tls-port") != 0;
        if (is_number) {
            (void)sets(conn, parameter->name, "5", "+OK\r\n");
        }
    }
    struct buffer before = resp_call(conn, "CONFIG GET *");
    assert_reply(conn, "CONFIG REWRITE", "+OK\r\n");
    resp_close(conn);
    test_server_restart(own);
    conn = test_server_connect(own);
    struct buffer after = resp_call(conn, "CONFIG GET *");
    cr_expect_str_eq(buffer_text(&after), buffer_text(&before));
    buffer_release(&before);
    buffer_release(&after);
    resp_close(conn);
    test_server_stop(own);
}

Test(config, debug_writes_defaults_into_the_file_too) {
    struct test_server *own = test_server_start_with_config("hz 20\n", NULL);
    struct resp_conn *conn = test_server_connect(own);
    struct buffer before = resp_call(conn, "CONFIG GET *");
    assert_reply(conn, "DEBUG CONFIG-REWRITE-FORCE-ALL", "+OK\r\n");
    struct buffer file = file_text(test_server_config_path(own));
    cr_expect_not_null(strstr(buffer_text(&file), "\nslowlog-max-len 128\n"));
    cr_expect_not_null(strstr(buffer_text(&file), "\nshutdown-on-sigterm default\n"));
    resp_close(conn);
    test_server_restart(own);
    conn = test_server_connect(own);
    struct buffer after = resp_call(conn, "CONFIG GET *");
    cr_expect_str_eq(buffer_text(&after), buffer_text(&before));
    buffer_release(&file);
    buffer_release(&before);
    buffer_release(&after);
    resp_close(conn);
    test_server_stop(own);
}
