/*
 * The dump file over a socket: exchanged with the stock server, written in the background, by save
 * points and at the end; what happens when it cannot be written or read.
 */
#include "persist/dataset.h"
#include "support/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

static struct test_server *start_filled(const char *const options[]) {
    struct test_server *server = test_server_start(options);
    struct resp_conn *conn = test_server_connect(server);
    dataset_fill(conn);
    resp_close(conn);
    return server;
}

/* One value of INFO, owned by the caller. */
static char *info_field(struct resp_conn *conn, const char *name) {
    struct buffer reply = resp_call(conn, "INFO everything");
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "\n%s:", name);
    const char *at = strstr(buffer_text(&reply), wanted);
    cr_assert_not_null(at, "INFO has no %s", name);
    at += strlen(wanted);
    char *value = strndup(at, strcspn(at, "\r"));
    buffer_release(&reply);
    return value;
}

struct field_wait {
    struct resp_conn *conn;
    const char *name;
    const char *value;
};

static bool field_is(void *context) {
    const struct field_wait *wait = context;
    char *value = info_field(wait->conn, wait->name);
    bool is_equal = strcmp(value, wait->value) == 0;
    free(value);
    return is_equal;
}

static void wait_for_field(struct resp_conn *conn, const char *name, const char *value) {
    struct field_wait wait = {conn, name, value};
    cr_assert(wait_until(field_is, &wait, WAIT_DEADLINE_MS), "%s never was %s", name, value);
}

static void require_field(struct resp_conn *conn, const char *name, const char *value) {
    struct field_wait wait = {conn, name, value};
    cr_assert(field_is(&wait), "%s is not %s", name, value);
}

static void dump_path(const struct test_server *server, char path[PATH_SIZE]) {
    (void)snprintf(path, PATH_SIZE, "%s/dump.rdb", test_server_dir(server));
}

static bool has_dump(const struct test_server *server) {
    char path[PATH_SIZE];
    dump_path(server, path);
    return access(path, F_OK) == 0;
}

/* ---- Exchange ---- */

Test(rdb, the_stock_server_loads_our_file) {
    struct test_server *ours = start_filled(NULL);
    struct resp_conn *conn = test_server_connect(ours);
    assert_reply(conn, "SAVE", "+OK\r\n");
    char command[2 * PATH_SIZE];
    (void)snprintf(command, sizeof command, "redis-check-rdb %s/dump.rdb >/dev/null",
                   test_server_dir(ours));
    cr_assert_eq(system(command), 0);
    const char *const options[] = {"--dir", test_server_dir(ours), NULL};
    struct test_server *stock = test_server_start_stock(options);
    char *expected = dataset_of_server(ours);
    dataset_check_same(stock, expected);
    free(expected);
    resp_close(conn);
    test_server_stop(stock);
    test_server_stop(ours);
}

static void load_stock_file(const char *const stock_options[]) {
    struct test_server *stock = test_server_start_stock(stock_options);
    struct resp_conn *conn = test_server_connect(stock);
    dataset_fill(conn);
    assert_reply(conn, "SAVE", "+OK\r\n");
    const char *const options[] = {"--dir", test_server_dir(stock), NULL};
    struct test_server *ours = test_server_start(options);
    char *expected = dataset_of_server(stock);
    dataset_check_same(ours, expected);
    free(expected);
    resp_close(conn);
    test_server_stop(ours);
    test_server_stop(stock);
}

Test(rdb, a_file_of_the_stock_server_is_loaded) {
    load_stock_file(NULL);
}

Test(rdb, a_file_of_the_stock_server_without_compression_and_checksum_is_loaded) {
    load_stock_file((const char *const[]){"--rdbcompression", "no", "--rdbchecksum", "no",
                                          "--list-max-listpack-size", "4", NULL});
}

Test(rdb, debug_reload_changes_nothing) {
    struct test_server *server = start_filled(NULL);
    char *expected = dataset_of_server(server);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "DEBUG RELOAD", "+OK\r\n");
    dataset_check_same(server, expected);
    assert_reply(conn, "CONFIG SET snapshot-slice-elements 16", "+OK\r\n");
    assert_reply(conn, "DEBUG RELOAD", "+OK\r\n");
    dataset_check_same(server, expected);
    free(expected);
    resp_close(conn);
    test_server_stop(server);
}

Test(rdb, debug_reload_has_three_options) {
    struct test_server *server = test_server_start(NULL);
    assert_script(server,
                  "SET a 1 ; SAVE ; SET a 2 ; SET b 3 ; DEBUG RELOAD NOSAVE NOFLUSH MERGE ; "
                  "GET a ; GET b ; DEBUG RELOAD NOSAVE ; GET b ; DEBUG RELOAD NOSAVE NOFLUSH ; "
                  "DEBUG RELOAD FOO",
                  "+OK", "+OK", "+OK", "+OK", "+OK", "$1⏎1", "$1⏎3", "+OK", "$-1",
                  "-ERR Error trying to load the RDB dump",
                  "-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    test_server_stop(server);
}

Test(rdb, what_is_loaded_is_no_event_and_spoils_watches_of_what_was_there) {
    struct test_server *server = test_server_start(NULL);
    assert_script(server,
                  "CONFIG SET notify-keyspace-events KEAn ; ZADD z 1 a ; B> PSUBSCRIBE __key* ; "
                  "WATCH z ; DEBUG RELOAD ; MULTI ; PING ; EXEC ; DEL z ; B> @read",
                  "+OK", ":1", "*3⏎$10⏎psubscribe⏎$6⏎__key*⏎:1", "+OK", "+OK", "+OK", "+QUEUED",
                  "*-1", ":1",
                  "*4⏎$8⏎pmessage⏎$6⏎__key*⏎$16⏎__keyspace@0__:z⏎$3⏎del⏎*4⏎$8⏎pmessage⏎$6⏎__key*⏎"
                  "$18⏎__keyevent@0__:del⏎$1⏎z");
    test_server_stop(server);
}

Test(rdb, what_is_loaded_makes_those_who_track_keys_forget_all) {
    struct test_server *server = test_server_start(NULL);
    assert_script(server, "HELLO 3 ; CLIENT TRACKING ON ; GET k ; B> DEBUG RELOAD ; @read", "(any)",
                  "+OK", "_", "+OK", ">2⏎$10⏎invalidate⏎_");
    test_server_stop(server);
}

/* ---- Saving ---- */

Test(rdb, the_commands_of_saving_reply_as_the_stock_server) {
    struct test_server *server = test_server_start(NULL);
    assert_script(server,
                  "SAVE ; SAVE x ; BGSAVE FOO ; BGSAVE SCHEDULE x ; BGSAVE CANCEL ; MULTI ; "
                  "BGSAVE ; SAVE ; EXEC",
                  "+OK", "-ERR wrong number of arguments for 'save' command", "-ERR syntax error",
                  "-ERR syntax error",
                  "-ERR Background saving is currently not in progress or scheduled", "+OK",
                  "+QUEUED", "-ERR Command not allowed inside a transaction",
                  "-EXECABORT Transaction discarded because of previous errors.");
    assert_script(server, "MULTI ; BGSAVE ; EXEC ; LASTSAVE", "+OK", "+QUEUED",
                  "*1⏎+Background saving scheduled", "(starts):");
    struct resp_conn *conn = test_server_connect(server);
    wait_for_field(conn, "rdb_saves", "2");
    assert_reply(conn, "BGSAVE", "+Background saving started\r\n");
    wait_for_field(conn, "rdb_saves", "3");
    wait_for_field(conn, "rdb_bgsave_in_progress", "0");
    resp_close(conn);
    test_server_stop(server);
}

static const char *const with_points[] = {"--save", "1000 1000", NULL};

/* Puts a dump file where a server that has crashed will look for it. */
static void put_dump(const struct test_server *server, const char *bytes, size_t size) {
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/dump.rdb", test_server_dir(server));
    FILE *file = fopen(path, "we");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

Test(rdb, keys_that_hold_nothing_are_left_out) {
    /* A list, a set, an intset, a hash, a sorted set, a listpack of each, and two quicklists. */
    static const char dump[] = "REDIS0010\xfe\x00"
                               "\x01\x02"
                               "e1\x00"
                               "\x02\x02"
                               "e2\x00"
                               "\x0b\x02"
                               "e3\x08\x02\0\0\0\0\0\0\0"
                               "\x04\x02"
                               "e4\x00"
                               "\x05\x02"
                               "e5\x00"
                               "\x10\x02"
                               "e6\x07\x07\0\0\0\0\0\xff"
                               "\x11\x02"
                               "e7\x07\x07\0\0\0\0\0\xff"
                               "\x12\x02"
                               "e8\x01\x02\x07\x07\0\0\0\0\0\xff"
                               "\x12\x02"
                               "li\x02\x02\x07\x07\0\0\0\0\0\xff\x02\x09\x09\0\0\0\x01\0"
                               "\x01\x01\xff"
                               "\x00\x01"
                               "s\x01v"
                               "\xff\0\0\0\0\0\0\0\0";
    struct test_server *server = test_server_start(with_points);
    test_server_crash(server);
    put_dump(server, dump, sizeof dump - 1);
    test_server_start_again(server);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "DBSIZE", ":2\r\n");
    assert_reply(conn, "GET s", "$1\r\nv\r\n");
    assert_reply(conn, "LRANGE li 0 -1", "*1\r\n$1\r\n1\r\n");
    cr_expect(test_server_wait_for_log(server, "skipping empty key: e1\n"));
    cr_expect(test_server_wait_for_log(
        server, "Done loading RDB, keys loaded: 2, keys expired: 0, empty keys skipped: 8."));
    /* One that a client brings is damaged. */
    assert_reply(conn, "DEBUG SET-SKIP-CHECKSUM-VALIDATION 1", "+OK\r\n");
    assert_reply(conn, "RESTORE e 0 \"\\x02\\x00\\x0a\\x0012345678\"", "-ERR Bad data format\r\n");
    resp_close(conn);
    test_server_stop(server);
}

Test(rdb, one_save_runs_at_a_time_and_can_be_cancelled) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SET a 1", "+OK\r\n");
    assert_reply(conn, "CONFIG SET rdb-key-save-delay 1000000000", "+OK\r\n");
    assert_reply(conn, "BGSAVE", "+Background saving started\r\n");
    assert_reply(conn, "BGSAVE", "-ERR Background save already in progress\r\n");
    assert_reply(conn, "BGSAVE SCHEDULE", "-ERR Background save already in progress\r\n");
    assert_reply(conn, "SAVE", "-ERR Background save already in progress\r\n");
    assert_reply(conn, "BGSAVE CANCEL", "+Background saving cancelled\r\n");
    wait_for_field(conn, "rdb_bgsave_in_progress", "0");
    wait_for_field(conn, "rdb_saves", "0");
    wait_for_field(conn, "rdb_last_bgsave_status", "ok");
    cr_assert_not(has_dump(server));
    assert_reply(conn, "CONFIG SET rdb-key-save-delay 0", "+OK\r\n");
    assert_reply(conn, "SAVE", "+OK\r\n");
    cr_assert(has_dump(server));
    resp_close(conn);
    test_server_stop(server);
}

Test(rdb, a_save_waits_for_each_key_where_a_test_wants_it) {
    struct test_server *server =
        test_server_start((const char *const[]){"--rdb-key-save-delay", "10000000", NULL});
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SET a 1", "+OK\r\n");
    assert_reply(conn, "BGSAVE", "+Background saving started\r\n");
    assert_reply(conn, "BGREWRITEAOF", "+Background append only file rewriting scheduled\r\n");
    assert_reply(conn, "CONFIG SET rdb-key-save-delay 0", "+OK\r\n");
    assert_reply(conn, "BGSAVE", "-ERR Background save already in progress\r\n");
    assert_reply(conn, "BGSAVE CANCEL", "+Background saving cancelled\r\n");
    assert_reply(conn, "SAVE", "+OK\r\n");
    cr_assert(has_dump(server));
    resp_close(conn);
    test_server_stop(server);
}

Test(rdb, flushall_ends_a_save) {
    struct test_server *server =
        test_server_start((const char *const[]){"--rdb-key-save-delay", "10000000", NULL});
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SET a 1", "+OK\r\n");
    assert_reply(conn, "BGSAVE", "+Background saving started\r\n");
    assert_reply(conn, "FLUSHDB", "+OK\r\n");
    wait_for_field(conn, "rdb_bgsave_in_progress", "1");
    assert_reply(conn, "FLUSHALL", "+OK\r\n");
    wait_for_field(conn, "rdb_bgsave_in_progress", "0");
    wait_for_field(conn, "rdb_last_bgsave_status", "ok");
    wait_for_field(conn, "rdb_saves", "0");
    cr_assert_not(has_dump(server));
    resp_close(conn);
    test_server_stop(server);
}

Test(rdb, flushall_saves_where_there_are_save_points) {
    struct test_server *server = start_filled(with_points);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SAVE", "+OK\r\n");
    assert_reply(conn, "SET a 1", "+OK\r\n");
    assert_reply(conn, "FLUSHALL", "+OK\r\n");
    require_field(conn, "rdb_saves", "2");
    require_field(conn, "rdb_changes_since_last_save", "0");
    require_field(conn, "rdb_bgsave_in_progress", "0");
    assert_reply(conn, "BGSAVE", "+Background saving started\r\n");
    wait_for_field(conn, "rdb_saves", "3");
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, "FLUSHALL", "+QUEUED\r\n");
    assert_reply(conn, "EXEC", "*1\r\n+OK\r\n");
    wait_for_field(conn, "rdb_saves", "4");
    resp_close(conn);
    test_server_crash(server);
    test_server_start_again(server);
    conn = test_server_connect(server);
    assert_reply(conn, "DBSIZE", ":0\r\n");
    resp_close(conn);
    test_server_stop(server);
}

/* True once the server that loads has refused the change. */
static bool is_change_refused(void *context) {
    struct resp_conn *conn = resp_try_unix(context);
    if (conn == NULL) {
        return false;
    }
    static const char refusal[] = "-LOADING Redis is loading the dataset in memory\r\n";
    bool is_refused = resp_call_is(conn, "CONFIG SET hz 20 appendonly yes", refusal) &&
                      resp_call_is(conn, "CONFIG SET dir /", refusal) &&
                      resp_call_is(conn, "DEBUG RELOAD", refusal) &&
                      resp_call_is(conn, "DEBUG LOADAOF", refusal) &&
                      resp_call_is(conn, "CONFIG SET loglevel verbose", "+OK\r\n") &&
                      resp_call_is(conn, "CONFIG SET key-load-delay 0", "+OK\r\n");
    resp_close(conn);
    return is_refused;
}

Test(rdb, what_must_not_change_while_loading_is_refused) {
    struct test_server *server = test_server_start(
        (const char *const[]){"--save", "1000 1000", "--key-load-delay", "100000000", NULL});
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "DEBUG POPULATE 1000", "+OK\r\n");
    assert_reply(conn, "SAVE", "+OK\r\n");
    resp_close(conn);
    test_server_crash(server);
    /* The start waits for the end of the load, which the child brings about. */
    char *path = strdup(test_server_socket_path(server));
    pid_t child = fork();
    if (child == 0) {
        _exit(wait_until(is_change_refused, path, WAIT_DEADLINE_MS) ? 0 : 1);
    }
    test_server_start_again(server);
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
    conn = test_server_connect(server);
    assert_reply(conn, "DBSIZE", ":1000\r\n");
    assert_reply(conn, "CONFIG GET hz", "*2\r\n$2\r\nhz\r\n$2\r\n10\r\n");
    resp_close(conn);
    free(path);
    test_server_stop(server);
}

Test(rdb, a_rewrite_of_the_log_waits_for_a_save_and_the_other_way_round) {
    struct test_server *server =
        test_server_start((const char *const[]){"--appendonly", "yes", NULL});
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "DEBUG POPULATE 400000 key 100", "+OK\r\n");
    /* Both come in one turn, in which the save cannot end. */
    static const char replies[] = "+Background saving started\r\n"
                                  "+Background append only file rewriting scheduled\r\n";
    struct buffer text = {0};
    resp_send_text(conn, "BGSAVE\r\nBGREWRITEAOF\r\n");
    cr_assert(resp_read_bytes(conn, sizeof replies - 1, &text));
    cr_assert_str_eq(buffer_text(&text), replies);
    buffer_release(&text);
    wait_for_field(conn, "rdb_saves", "1");
    wait_for_field(conn, "aof_rewrite_in_progress", "0");
    wait_for_field(conn, "aof_rewrite_scheduled", "0");
    assert_reply(conn, "BGREWRITEAOF", "+Background append only file rewriting started\r\n");
    /* Before the rewrite begins to walk, the save starts and the rewrite waits for it; later it is
     * the save that waits. */
    struct buffer reply = resp_call(conn, "BGSAVE SCHEDULE");
    cr_assert(memcmp(reply.data, "+Background saving ", strlen("+Background saving ")) == 0);
    buffer_release(&reply);
    wait_for_field(conn, "aof_rewrite_scheduled", "0");
    wait_for_field(conn, "rdb_bgsave_in_progress", "0");
    wait_for_field(conn, "rdb_saves", "2");
    wait_for_field(conn, "rdb_last_bgsave_status", "ok");
    wait_for_field(conn, "aof_rewrite_in_progress", "0");
    wait_for_field(conn, "aof_last_bgrewrite_status", "ok");
    resp_close(conn);
    test_server_stop(server);
}

Test(rdb, a_save_is_of_its_beginning_while_everything_changes) {
    struct test_server *server = start_filled(NULL);
    char *expected = dataset_of_server(server);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SELECT 5", "+OK\r\n");
    assert_reply(conn, "DEBUG POPULATE 200000 key 50", "+OK\r\n");
    assert_reply(conn, "SELECT 0", "+OK\r\n");
    assert_reply(conn, "CONFIG SET snapshot-slice-elements 16", "+OK\r\n");
    resp_send_text(conn,
                   "BGSAVE\r\nFLUSHDB\r\nSET later x\r\nSWAPDB 3 5\r\nSELECT 3\r\nFLUSHDB\r\n");
    struct buffer replies = {0};
    cr_assert(resp_read_bytes(conn, strlen("+Background saving started\r\n") + 5 * 5, &replies));
    buffer_release(&replies);
    wait_for_field(conn, "rdb_saves", "1");
    assert_reply(conn, "DEBUG RELOAD NOSAVE", "+OK\r\n");
    assert_reply(conn, "SELECT 5", "+OK\r\n");
    assert_reply(conn, "DBSIZE", ":200000\r\n");
    assert_reply(conn, "FLUSHDB", "+OK\r\n");
    dataset_check_same(server, expected);
    free(expected);
    resp_close(conn);
    test_server_stop(server);
}

Test(rdb, a_save_point_starts_a_save) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CONFIG SET save \"1 2\"", "+OK\r\n");
    assert_reply(conn, "MSET a 1", "+OK\r\n");
    wait_for_field(conn, "rdb_changes_since_last_save", "1");
    assert_reply(conn, "MSET a 1", "+OK\r\n");
    wait_for_field(conn, "rdb_saves", "1");
    wait_for_field(conn, "rdb_changes_since_last_save", "0");
    cr_assert(has_dump(server));
    cr_expect(test_server_wait_for_log(server, "Background saving terminated with success"));
    resp_close(conn);
    test_server_stop(server);
}

/* ---- The end ---- */

Test(rdb, sigterm_saves_when_there_are_save_points) {
    struct test_server *server = start_filled(with_points);
    char *expected = dataset_of_server(server);
    test_server_restart(server);
    dataset_check_same(server, expected);
    free(expected);
    test_server_stop(server);
}

Test(rdb, sigterm_does_what_its_option_says) {
    static const char *const saving[] = {"--shutdown-on-sigterm", "save", "now", NULL};
    static const char *const not_saving[] = {"--save", "1000 1000", "--shutdown-on-sigterm",
                                             "nosave", "force",     NULL};
    const char *const *const options[] = {saving, not_saving};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct test_server *server = start_filled(options[i]);
        cr_assert_eq(kill(test_server_pid(server), SIGTERM), 0);
        cr_assert_eq(test_server_wait(server), 0);
        cr_expect_eq(has_dump(server), i == 0);
        test_server_release(server);
    }
}

static void check_shutdown(const char *const options[], const char *command, bool saves) {
    struct test_server *server = test_server_start(options);
    struct resp_conn *conn = test_server_connect(server);
    struct buffer rest = {0};
    assert_reply(conn, "SET a 1", "+OK\r\n");
    resp_send_command(conn, command);
    cr_assert(resp_read_until_close(conn, &rest), "%s", command);
    cr_assert_eq(rest.size, 0, "%s", buffer_text(&rest));
    buffer_release(&rest);
    cr_assert_eq(test_server_wait(server), 0);
    cr_assert_eq(has_dump(server), saves, "%s", command);
    resp_close(conn);
    test_server_release(server);
}

Test(rdb, shutdown_saves_by_its_option_or_by_save_points) {
    check_shutdown(NULL, "SHUTDOWN", false);
    check_shutdown(NULL, "SHUTDOWN SAVE", true);
    check_shutdown(with_points, "SHUTDOWN NOW", true);
    check_shutdown(with_points, "SHUTDOWN NOSAVE", false);
}

Test(rdb, shutdown_refuses_what_contradicts_itself) {
    struct test_server *server = test_server_start(NULL);
    assert_script(server,
                  "SHUTDOWN SAVE NOSAVE ; SHUTDOWN ABORT NOW ; SHUTDOWN FOO ; SHUTDOWN ABORT",
                  "-ERR syntax error", "-ERR syntax error", "-ERR syntax error",
                  "-ERR No shutdown in progress.");
    test_server_stop(server);
}

/* ---- When the disk fails ---- */

static const char misconf[] =
    "-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to "
    "disk. Commands that may modify the data set are disabled, because this instance is configured "
    "to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error "
    "option). "
    "Please check the Redis logs for details about the RDB error.\r\n";

/* A server whose file cannot get its name, because that is a directory's. */
static struct test_server *start_blocked(struct resp_conn **conn, char path[PATH_SIZE]) {
    struct test_server *server = test_server_start(with_points);
    dump_path(server, path);
    cr_assert_eq(mkdir(path, 0755), 0);
    *conn = test_server_connect(server);
    assert_reply(*conn, "SET s abc", "+OK\r\n");
    return server;
}

/* The same after a save in the background. */
static struct test_server *start_failing(struct resp_conn **conn, char path[PATH_SIZE]) {
    struct test_server *server = start_blocked(conn, path);
    assert_reply(*conn, "BGSAVE", "+Background saving started\r\n");
    wait_for_field(*conn, "rdb_last_bgsave_status", "err");
    cr_expect(test_server_wait_for_log(server, "Background saving error"));
    return server;
}

Test(rdb, writes_are_refused_after_a_save_that_failed) {
    struct resp_conn *conn;
    char path[PATH_SIZE];
    struct test_server *server = start_failing(&conn, path);
    assert_reply(conn, "SET a b", misconf);
    assert_reply(conn, "PING", misconf);
    assert_reply(conn, "GET s", "$3\r\nabc\r\n");
    assert_reply(conn, "SAVE", "-ERR\r\n");
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, "SET a b", misconf);
    assert_reply(conn, "EXEC", "-EXECABORT Transaction discarded because of previous errors.\r\n");
    assert_reply(conn, "CONFIG SET stop-writes-on-bgsave-error no", "+OK\r\n");
    assert_reply(conn, "SET a b", "+OK\r\n");
    assert_reply(conn, "CONFIG SET stop-writes-on-bgsave-error yes", "+OK\r\n");
    assert_reply(conn, "SET a b", misconf);
    assert_reply(conn, "CONFIG SET save \"\"", "+OK\r\n");
    assert_reply(conn, "SET a b", "+OK\r\n");
    assert_reply(conn, "CONFIG SET save \"1000 1000\"", "+OK\r\n");
    cr_assert_eq(rmdir(path), 0);
    assert_reply(conn, "SAVE", "+OK\r\n");
    assert_reply(conn, "SET a b", "+OK\r\n");
    resp_close(conn);
    test_server_stop(server);
}

Test(rdb, a_shutdown_whose_save_fails_is_refused_unless_forced) {
    struct resp_conn *conn;
    char path[PATH_SIZE];
    struct test_server *server = start_failing(&conn, path);
    assert_reply(conn, "SHUTDOWN", "-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
    cr_assert_eq(kill(test_server_pid(server), SIGTERM), 0);
    cr_assert(test_server_wait_for_log(server, "can't exit"));
    assert_reply(conn, "GET s", "$3\r\nabc\r\n");
    resp_send_command(conn, "SHUTDOWN FORCE");
    cr_assert_eq(test_server_wait(server), 0);
    resp_close(conn);
    test_server_release(server);
}

Test(rdb, only_a_save_in_the_background_that_failed_refuses_writes) {
    struct resp_conn *conn;
    char path[PATH_SIZE];
    struct test_server *server = start_blocked(&conn, path);
    assert_reply(conn, "SAVE", "-ERR\r\n");
    assert_reply(conn, "SET a b", "+OK\r\n");
    assert_reply(conn, "SHUTDOWN", "-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
    assert_reply(conn, "SET a b", "+OK\r\n");
    assert_reply(conn, "PING", "+PONG\r\n");
    wait_for_field(conn, "rdb_last_bgsave_status", "ok");
    wait_for_field(conn, "rdb_last_bgsave_time_sec", "-1");
    cr_assert_eq(rmdir(path), 0);
    resp_close(conn);
    test_server_stop(server);
}

Test(rdb, a_second_signal_tries_again_where_the_first_could_not_save) {
    struct resp_conn *conn;
    char path[PATH_SIZE];
    struct test_server *server = start_blocked(&conn, path);
    cr_assert_eq(kill(test_server_pid(server), SIGINT), 0);
    cr_assert(test_server_wait_for_log(server, "can't exit"));
    assert_reply(conn, "GET s", "$3\r\nabc\r\n");
    cr_assert_eq(rmdir(path), 0);
    cr_assert_eq(kill(test_server_pid(server), SIGINT), 0);
    cr_assert_eq(test_server_wait(server), 0);
    cr_assert(has_dump(server));
    resp_close(conn);
    test_server_release(server);
}

/* ---- When the file is damaged ---- */

Test(rdb, a_damaged_file_is_refused_with_its_place_and_stays_as_it_is) {
    struct test_server *server = start_filled(with_points);
    char path[PATH_SIZE];
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SAVE", "+OK\r\n");
    dump_path(server, path);
    test_server_crash(server);
    int fd = open(path, O_RDWR);
    struct stat before;
    struct stat after;
    cr_assert_eq(fstat(fd, &before), 0);
    cr_assert_eq(pwrite(fd, "\xfe\xff", 2, before.st_size / 2), 2);
    cr_assert_not(test_server_try_again(server));
    struct buffer log = test_server_log(server);
    cr_assert_not_null(strstr(buffer_text(&log), "Damaged or unreadable RDB data at offset"), "%s",
                       buffer_text(&log));
    cr_assert_eq(fstat(fd, &after), 0);
    cr_assert_eq(before.st_size, after.st_size);
    (void)close(fd);
    buffer_release(&log);
    resp_close(conn);
    test_server_release(server);
}

Test(rdb, due_keys_are_not_loaded) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "DEBUG SET-ACTIVE-EXPIRE 0", "+OK\r\n");
    cr_assert(test_server_hold_clock(server));
    assert_reply(conn, "SET a 1 PX 30", "+OK\r\n");
    assert_reply(conn, "SET b 1 PX 100000", "+OK\r\n");
    assert_reply(conn, "SAVE", "+OK\r\n");
    cr_assert(test_server_pass_time(server, 31));
    assert_reply(conn, "DEBUG RELOAD NOSAVE", "+OK\r\n");
    assert_reply(conn, "DBSIZE", ":1\r\n");
    wait_for_field(conn, "rdb_last_load_keys_expired", "1");
    wait_for_field(conn, "rdb_last_load_keys_loaded", "1");
    resp_close(conn);
    test_server_stop(server);
}
