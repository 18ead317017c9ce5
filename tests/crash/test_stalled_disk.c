/*
 * A disk that does not answer for a while holds up nobody but those who asked for it: whatever the
 * server is doing with its files then, the loop goes on serving.
 */
#include "crash/disk.h"
#include "support/check.h"
#include "support/wait.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { TEXT_SIZE = 320 };

struct rig {
    struct disk *disk;
    struct test_server *server;
    struct resp_conn *conn;
};

static const char *const no_log[] = {"--save", "", NULL};
static const char *const log_always[] = {"--save", "",  "--appendonly", "yes", "--appendfsync",
                                         "always", NULL};
static const char *const log_everysec[] = {"--save", "", "--appendonly", "yes", NULL};

static struct rig begin(const char *const options[]) {
    struct rig rig = {.disk = disk_create()};
    rig.server = test_server_start_with_config("", options);
    rig.conn = test_server_connect(rig.server);
    assert_reply(rig.conn, "SET before 1", "+OK\r\n");
    return rig;
}

static void end(struct rig *rig) {
    resp_close(rig->conn);
    test_server_stop(rig->server);
    disk_destroy(rig->disk);
}

/* The server has ended: the next one loads the log, and answers this. */
static void end_with_start(struct rig *rig, const char *request, const char *reply) {
    resp_close(rig->conn);
    test_server_start_again(rig->server);
    rig->conn = test_server_connect(rig->server);
    assert_reply(rig->conn, request, reply);
    end(rig);
}

static void end_with_crash(struct rig *rig, const char *request, const char *reply) {
    test_server_crash(rig->server);
    disk_stall(rig->disk, 0);
    end_with_start(rig, request, reply);
}

static bool a_call_waits(void *context) {
    const struct rig *rig = context;
    return atomic_load(&disk_control(rig->disk)->waiting) > 0;
}

/* Waits until something stands before the disk, and sees that the loop does not. */
static void expect_serving(struct rig *rig) {
    cr_assert(wait_until(a_call_waits, rig, WAIT_DEADLINE_MS));
    assert_reply(rig->conn, "PING", "+PONG\r\n");
    assert_reply(rig->conn, "GET before", "$1\r\n1\r\n");
}

static bool info_has(struct resp_conn *conn, const char *text) {
    struct buffer reply = resp_call(conn, "INFO persistence");
    bool has = strstr(buffer_text(&reply), text) != NULL;
    buffer_release(&reply);
    return has;
}

static bool is_on(void *context) {
    const struct rig *rig = context;
    return info_has(rig->conn, "aof_enabled:1\r") &&
           info_has(rig->conn, "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r");
}

static bool is_saved(void *context) {
    const struct rig *rig = context;
    return info_has(rig->conn, "rdb_bgsave_in_progress:0\r");
}

static void expect_reply(struct resp_conn *conn, const char *expected) {
    struct buffer reply = {0};
    cr_assert_eq(resp_read_within(conn, &reply, WAIT_DEADLINE_MS), RESP_COMPLETE);
    cr_assert_str_eq(buffer_text(&reply), expected);
    buffer_release(&reply);
}

static void expect_no_reply(struct resp_conn *conn) {
    struct buffer reply = {0};
    cr_assert_eq(resp_read_within(conn, &reply, 0), RESP_TIMED_OUT);
    buffer_release(&reply);
}

/* ---- Switching the log off ---- */

/* A write whose sync does not end, and the log is switched off behind it. */
static struct resp_conn *switch_off_behind_a_write(struct rig *rig) {
    disk_stall(rig->disk, SHIM_SYNC);
    struct resp_conn *writer = test_server_connect(rig->server);
    resp_send_command(writer, "SET during 1");
    expect_serving(rig);
    assert_reply(rig->conn, "CONFIG SET appendonly no", "+OK\r\n");
    expect_serving(rig);
    return writer;
}

Test(stalled_disk, a_log_is_switched_off_and_what_waits_for_the_disk_goes_on_waiting) {
    struct rig rig = begin(log_always);
    struct resp_conn *writer = switch_off_behind_a_write(&rig);
    cr_expect(info_has(rig.conn, "aof_enabled:0\r"));
    assert_reply(rig.conn, "SET unlogged 1", "+OK\r\n");
    assert_reply(rig.conn, "GET during", "$1\r\n1\r\n");
    assert_reply(rig.conn, "WAITAOF 1 0 0",
                 "-ERR WAITAOF cannot be used when numlocal is set but appendonly is "
                 "disabled.\r\n");
    expect_no_reply(writer);
    disk_stall(rig.disk, 0);
    expect_reply(writer, "+OK\r\n");
    resp_close(writer);
    resp_send_command(rig.conn, "SHUTDOWN");
    cr_assert_eq(test_server_wait(rig.server), 0);
    end_with_start(&rig, "MGET before during unlogged", "*3\r\n$1\r\n1\r\n$1\r\n1\r\n$-1\r\n");
}

Test(stalled_disk, a_kill_behind_the_switch_loses_nothing_acknowledged) {
    struct rig rig = begin(log_everysec);
    disk_stall(rig.disk, SHIM_SYNC);
    assert_reply(rig.conn, "SET during 1", "+OK\r\n");
    expect_serving(&rig);
    assert_reply(rig.conn, "SET behind 1", "+OK\r\n");
    assert_reply(rig.conn, "CONFIG SET appendonly no", "+OK\r\n");
    expect_serving(&rig);
    end_with_crash(&rig, "MGET before during behind", "*3\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\n1\r\n");
}

Test(stalled_disk, a_log_that_is_switched_on_again_begins_when_the_old_one_is_complete) {
    struct rig rig = begin(log_always);
    struct resp_conn *writer = switch_off_behind_a_write(&rig);
    assert_reply(rig.conn, "BGREWRITEAOF", "+Background append only file rewriting scheduled\r\n");
    assert_reply(rig.conn, "SET unlogged 1", "+OK\r\n");
    assert_reply(rig.conn, "CONFIG SET appendonly yes", "+OK\r\n");
    cr_expect(info_has(rig.conn, "aof_enabled:1\r"));
    assert_reply(rig.conn, "SET unlogged 2", "+OK\r\n");
    expect_no_reply(writer);
    disk_stall(rig.disk, 0);
    expect_reply(writer, "+OK\r\n");
    cr_assert(wait_until(is_on, &rig, WAIT_DEADLINE_MS));
    assert_reply(rig.conn, "SET after 1", "+OK\r\n");
    resp_close(writer);
    end_with_crash(&rig, "MGET before during unlogged after",
                   "*4\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n1\r\n");
}

Test(stalled_disk, a_rewrite_behind_the_switch_waits_for_it) {
    struct rig rig = begin(log_always);
    struct resp_conn *writer = switch_off_behind_a_write(&rig);
    assert_reply(rig.conn, "SET unlogged 1", "+OK\r\n");
    assert_reply(rig.conn, "BGREWRITEAOF", "+Background append only file rewriting scheduled\r\n");
    cr_expect(info_has(rig.conn, "aof_rewrite_scheduled:1\r"));
    disk_stall(rig.disk, 0);
    expect_reply(writer, "+OK\r\n");
    resp_close(writer);
    cr_assert(test_server_wait_for_log(rig.server, "rewrite finished successfully"));
    end_with_crash(&rig, "MGET before during unlogged", "*3\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\n1\r\n");
}

Test(stalled_disk, a_shutdown_behind_the_switch_completes_the_log) {
    struct rig rig = begin(log_always);
    struct resp_conn *writer = switch_off_behind_a_write(&rig);
    resp_send_command(rig.conn, "SHUTDOWN");
    disk_stall(rig.disk, 0);
    cr_assert_eq(test_server_wait(rig.server), 0);
    expect_reply(writer, "+OK\r\n");
    resp_close(writer);
    end_with_start(&rig, "MGET before during", "*2\r\n$1\r\n1\r\n$1\r\n1\r\n");
}

/* Nobody knows what becomes of the write: its client is not told that it is done. */
Test(stalled_disk, a_log_that_cannot_be_completed_acknowledges_nothing) {
    struct rig rig = begin(log_always);
    struct resp_conn *writer = switch_off_behind_a_write(&rig);
    disk_fail(rig.disk, SHIM_SYNC | SHIM_WRITE, EIO, 0, -1);
    disk_stall(rig.disk, 0);
    struct buffer reply = {0};
    cr_assert_eq(resp_read_within(writer, &reply, WAIT_DEADLINE_MS), RESP_CLOSED);
    buffer_release(&reply);
    resp_close(writer);
    cr_assert(test_server_wait_for_log(rig.server, "could not be made safe"));
    assert_reply(rig.conn, "SET unlogged 1", "+OK\r\n");
    disk_heal(rig.disk);
    assert_reply(rig.conn, "CONFIG SET appendonly yes", "+OK\r\n");
    cr_assert(wait_until(is_on, &rig, WAIT_DEADLINE_MS));
    end_with_crash(&rig, "MGET before unlogged", "*2\r\n$1\r\n1\r\n$1\r\n1\r\n");
}

/* Where the disk fails already, switching the log off is what lets writes go on. */
Test(stalled_disk, switching_a_failing_log_off_lets_writes_go_on) {
    struct rig rig = begin(log_always);
    disk_fail(rig.disk, SHIM_SYNC | SHIM_WRITE, EIO, 0, -1);
    struct resp_conn *writer = test_server_connect(rig.server);
    resp_send_command(writer, "SET during 1");
    cr_assert(test_server_wait_for_log(rig.server, "Writes are refused"));
    resp_close(writer);
    disk_stall(rig.disk, SHIM_SYNC | SHIM_WRITE | SHIM_TRUNCATE);
    expect_serving(&rig);
    assert_reply(rig.conn, "CONFIG SET appendonly no", "+OK\r\n");
    assert_reply(rig.conn, "SET unlogged 1", "+OK\r\n");
    disk_heal(rig.disk);
    disk_stall(rig.disk, 0);
    assert_reply(rig.conn, "CONFIG SET appendonly yes", "+OK\r\n");
    cr_assert(wait_until(is_on, &rig, WAIT_DEADLINE_MS));
    end_with_crash(&rig, "MGET before unlogged", "*2\r\n$1\r\n1\r\n$1\r\n1\r\n");
}

/* ---- Switching it on, rewriting it ---- */

/* Does something while calls of one kind do not end. */
static void stall_during(struct rig *rig, uint32_t kind, const char *request, const char *reply) {
    disk_stall(rig->disk, kind);
    assert_reply(rig->conn, request, reply);
    expect_serving(rig);
    assert_reply(rig->conn, "SET during 1", "+OK\r\n");
    disk_stall(rig->disk, 0);
    cr_assert(wait_until(is_on, rig, WAIT_DEADLINE_MS));
}

static void switch_on(uint32_t kind) {
    struct rig rig = begin(no_log);
    stall_during(&rig, kind, "CONFIG SET appendonly yes", "+OK\r\n");
    assert_reply(rig.conn, "SET after 1", "+OK\r\n");
    assert_reply(rig.conn, "CONFIG REWRITE", "+OK\r\n");
    end_with_crash(&rig, "MGET before during after", "*3\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\n1\r\n");
}

Test(stalled_disk, a_log_is_switched_on_while_files_cannot_be_opened) {
    switch_on(SHIM_OPEN);
}

Test(stalled_disk, a_log_is_switched_on_while_nothing_can_be_synced) {
    switch_on(SHIM_SYNC);
}

Test(stalled_disk, a_log_is_switched_on_while_names_cannot_change) {
    switch_on(SHIM_RENAME | SHIM_UNLINK);
}

static void rewrite(uint32_t kind) {
    struct rig rig = begin(log_everysec);
    for (int i = 0; i < 2; i++) {
        stall_during(&rig, kind, "BGREWRITEAOF",
                     "+Background append only file rewriting started\r\n");
    }
    end_with_crash(&rig, "MGET before during", "*2\r\n$1\r\n1\r\n$1\r\n1\r\n");
}

Test(stalled_disk, a_log_is_rewritten_while_files_cannot_be_opened) {
    rewrite(SHIM_OPEN);
}

Test(stalled_disk, a_log_is_rewritten_while_nothing_can_be_synced) {
    rewrite(SHIM_SYNC);
}

Test(stalled_disk, a_log_is_rewritten_while_names_cannot_change) {
    rewrite(SHIM_RENAME);
}

/* Closing is what frees a large file that was deleted. */
Test(stalled_disk, a_log_is_rewritten_while_files_cannot_be_closed) {
    rewrite(SHIM_CLOSE);
}

Test(stalled_disk, a_log_is_rewritten_while_files_cannot_be_deleted) {
    rewrite(SHIM_UNLINK);
}

static bool is_new_file_written(void *context) {
    const struct rig *rig = context;
    char path[TEXT_SIZE];
    (void)snprintf(path, sizeof path, "%s/appendonlydir/appendonly.aof.2.incr.aof",
                   test_server_dir(rig->server));
    assert_reply(rig->conn, "SET during 1", "+OK\r\n");
    struct stat info;
    return stat(path, &info) == 0 && info.st_size > 0;
}

/* The file before a switch is closed once it is complete, and may be deleted by then. */
Test(stalled_disk, a_switch_of_files_goes_on_while_files_cannot_be_closed) {
    struct rig rig = begin(log_everysec);
    assert_reply(rig.conn, "CONFIG SET rdb-key-save-delay 100000000", "+OK\r\n");
    disk_stall(rig.disk, SHIM_RENAME); /* Of the manifest that names the new file. */
    assert_reply(rig.conn, "BGREWRITEAOF", "+Background append only file rewriting started\r\n");
    expect_serving(&rig);
    disk_stall(rig.disk, SHIM_CLOSE);
    cr_assert(wait_until(is_new_file_written, &rig, WAIT_DEADLINE_MS));
    expect_serving(&rig);
    assert_reply(rig.conn, "CONFIG SET appendonly no", "+OK\r\n");
    disk_stall(rig.disk, 0);
    end_with_crash(&rig, "MGET before during", "*2\r\n$1\r\n1\r\n$1\r\n1\r\n");
}

/* A rewrite that is called off leaves a large file to be deleted and closed. */
static void call_off(uint32_t kind) {
    struct rig rig = begin(log_everysec);
    assert_reply(rig.conn, "CONFIG SET rdb-key-save-delay 100000000", "+OK\r\n");
    assert_reply(rig.conn, "BGREWRITEAOF", "+Background append only file rewriting started\r\n");
    assert_reply(rig.conn, "CONFIG SET rdb-key-save-delay 0", "+OK\r\n");
    disk_stall(rig.disk, kind);
    assert_reply(rig.conn, "CONFIG SET appendonly no", "+OK\r\n");
    expect_serving(&rig);
    disk_stall(rig.disk, 0);
    assert_reply(rig.conn, "CONFIG SET appendonly yes", "+OK\r\n");
    cr_assert(wait_until(is_on, &rig, WAIT_DEADLINE_MS));
    end_with_crash(&rig, "GET before", "$1\r\n1\r\n");
}

Test(stalled_disk, a_rewrite_is_called_off_while_files_cannot_be_deleted) {
    call_off(SHIM_UNLINK);
}

Test(stalled_disk, a_rewrite_is_called_off_while_files_cannot_be_closed) {
    call_off(SHIM_CLOSE);
}

/* ---- Saving ---- */

static void save(uint32_t kind) {
    struct rig rig = begin(no_log);
    disk_stall(rig.disk, kind);
    assert_reply(rig.conn, "BGSAVE", "+Background saving started\r\n");
    assert_reply(rig.conn, "SET before 2", "+OK\r\n");
    assert_reply(rig.conn, "SET before 1", "+OK\r\n");
    expect_serving(&rig);
    disk_stall(rig.disk, 0);
    cr_assert(wait_until(is_saved, &rig, WAIT_DEADLINE_MS));
    cr_expect(info_has(rig.conn, "rdb_last_bgsave_status:ok\r"));
    end_with_crash(&rig, "GET before", "$1\r\n1\r\n");
}

Test(stalled_disk, a_dataset_is_saved_while_files_cannot_be_opened) {
    save(SHIM_OPEN);
}

Test(stalled_disk, a_dataset_is_saved_while_nothing_can_be_written) {
    save(SHIM_WRITE);
}

Test(stalled_disk, a_dataset_is_saved_while_nothing_can_be_synced) {
    save(SHIM_SYNC);
}

Test(stalled_disk, a_dataset_is_saved_while_names_cannot_change) {
    save(SHIM_RENAME);
}

Test(stalled_disk, a_dataset_is_saved_while_files_cannot_be_closed) {
    save(SHIM_CLOSE);
}

static void cancel(uint32_t first_kind, uint32_t second_kind, const char *request,
                   const char *reply) {
    struct rig rig = begin(no_log);
    disk_stall(rig.disk, first_kind);
    assert_reply(rig.conn, "BGSAVE", "+Background saving started\r\n");
    cr_assert(wait_until(a_call_waits, &rig, WAIT_DEADLINE_MS));
    assert_reply(rig.conn, request, reply);
    assert_reply(rig.conn, "SET before 1", "+OK\r\n");
    expect_serving(&rig);
    disk_stall(rig.disk, second_kind);
    expect_serving(&rig);
    disk_stall(rig.disk, 0);
    cr_assert(wait_until(is_saved, &rig, WAIT_DEADLINE_MS));
    assert_reply(rig.conn, "SET after 1", "+OK\r\n");
    assert_reply(rig.conn, "SAVE", "+OK\r\n");
    end_with_crash(&rig, "MGET before after", "*2\r\n$1\r\n1\r\n$1\r\n1\r\n");
}

Test(stalled_disk, a_save_is_cancelled_while_nothing_can_be_written) {
    cancel(SHIM_WRITE, SHIM_UNLINK, "BGSAVE CANCEL", "+Background saving cancelled\r\n");
}

Test(stalled_disk, a_save_is_cancelled_while_nothing_can_be_synced) {
    cancel(SHIM_SYNC, SHIM_CLOSE, "BGSAVE CANCEL", "+Background saving cancelled\r\n");
}

Test(stalled_disk, a_flush_ends_a_save_while_nothing_can_be_written) {
    cancel(SHIM_WRITE, SHIM_UNLINK, "FLUSHALL", "+OK\r\n");
}

/* ---- The server's own log ---- */

Test(stalled_disk, the_server_serves_while_its_log_file_cannot_be_opened) {
    static const char *const options[] = {"--save", "", "--logfile", "server.log", NULL};
    struct rig rig = begin(options);
    disk_stall(rig.disk, SHIM_LOG);
    assert_reply(rig.conn, "BGSAVE", "+Background saving started\r\n");
    expect_serving(&rig);
    cr_assert(wait_until(is_saved, &rig, WAIT_DEADLINE_MS));
    disk_stall(rig.disk, 0);
    end(&rig);
}
