/*
 * The writer writes what the journal gets, in order, whoever does the work; after a failure it
 * cuts the file back and writes anew.
 */
#include "persist/aof_writer.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/worker.h"
#include "persist/aof_line.h"
#include "structs/journal.h"
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    BACKLOG = 1 << 20,
    CONTENT_MAX = 1 << 16,
    ROUNDS = 200,
    NS_PER_MS = 1000000,
    NS_PER_SECOND = 1000000000,
};

struct log {
    struct journal *journal;
    struct worker *closer;
    struct aof_writer *writer;
    int fd; /* of the file, for reading */
};

/* Stands in for the system's: syncs wait while they are held. */
static atomic_bool sync_is_held;

/* Likewise: writes take so long by the clock that durations are read from, … */
static atomic_int write_ms;
static atomic_int written_ms;
/* … and it is noted who makes them. */
static atomic_int own_write_count;

int clock_gettime(clockid_t id, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, id, now);
    if (id == CLOCK_MONOTONIC) {
        long ns = now->tv_nsec + (long)atomic_load(&written_ms) * NS_PER_MS;
        now->tv_sec += ns / NS_PER_SECOND;
        now->tv_nsec = ns % NS_PER_SECOND;
    }
    return result;
}

ssize_t pwritev64(int fd, const struct iovec *vectors, int count, off64_t offset) {
    (void)atomic_fetch_add(&written_ms, atomic_load(&write_ms));
    if (gettid() == getpid()) {
        (void)atomic_fetch_add(&own_write_count, 1);
    }
    return syscall(SYS_pwritev, fd, vectors, (long)count, (long)offset, 0L);
}

int fdatasync(int fd) {
    while (atomic_load(&sync_is_held)) {
        (void)sched_yield();
    }
    return (int)syscall(SYS_fdatasync, fd);
}

static int open_temporary(char *path) {
    int fd = mkstemp(path);
    require(fd >= 0);
    (void)unlink(path);
    return fd;
}

static struct log log_create(enum aof_policy policy) {
    char path[] = "/tmp/latchkey-writer-XXXXXX";
    struct log log = {.journal = journal_create(), .fd = open_temporary(path)};
    log.closer = worker_create("close");
    log.writer = aof_writer_create(log.journal, log.closer, (struct background_wake){NULL, NULL});
    aof_writer_open(log.writer, &(struct aof_target){dup(log.fd), 0, 7});
    aof_writer_set_policy(log.writer, policy, false);
    return log;
}

static void log_release(struct log *log) {
    aof_writer_destroy(log->writer);
    worker_destroy(log->closer);
    journal_destroy(log->journal);
    (void)close(log->fd);
}

static void append(struct log *log, const char *text) {
    journal_append(log->journal, bytes_of_text(text), JOURNAL_EVERYBODY);
    journal_end_request(log->journal);
}

static sds content_of(int fd) {
    sds content = sds_uninitialized(CONTENT_MAX);
    ssize_t size = pread(fd, content, CONTENT_MAX, 0);
    require(size >= 0);
    sds_set_length(content, (size_t)size);
    return content;
}

/* The content without annotation lines. */
static sds commands_of(int fd) {
    sds content = content_of(fd);
    sds commands = sds_new(BYTES(""));
    const char *at = content;
    const char *end = content + sds_length(content);
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        require(line_end != NULL);
        if (*at != '#') {
            commands = sds_append(commands, (struct bytes){at, (size_t)(line_end - at) + 1});
        }
        at = line_end + 1;
    }
    sds_free(content);
    return commands;
}

static void wait_until_written(struct log *log) {
    while (aof_writer_marks(log->writer).written < journal_end(log->journal)) {
        aof_writer_poll(log->writer);
    }
}

static void wait_until_synced(struct log *log) {
    int64_t now_ms = 0;
    while (aof_writer_marks(log->writer).synced != journal_end(log->journal)) {
        aof_writer_hand_over(log->writer);
        aof_writer_poll(log->writer);
        now_ms += CLOCK_MS_PER_SECOND;
        clock_set_fixed(now_ms * CLOCK_US_PER_MS);
        (void)aof_writer_run(log->writer, now_ms, BACKLOG);
    }
}

static void write_and_compare(enum aof_policy policy) {
    struct log log = log_create(policy);
    sds expected = sds_new(BYTES(""));
    for (int i = 0; i < ROUNDS; i++) {
        char line[32];
        (void)snprintf(line, sizeof line, "command %d\n", i);
        append(&log, line);
        expected = sds_append(expected, bytes_of_text(line));
        aof_writer_hand_over(log.writer);
        aof_writer_poll(log.writer);
        if (i % 50 == 0 && policy != AOF_NO) {
            wait_until_synced(&log);
            require(aof_writer_backlog(log.writer) == 0);
        }
    }
    require(aof_writer_close(log.writer, true) == 0);
    require(!aof_writer_is_open(log.writer));
    sds commands = commands_of(log.fd);
    require(bytes_equal(sds_view(commands), sds_view(expected)));
    sds_free(commands);
    sds_free(expected);
    log_release(&log);
}

Test(aof_writer, writes_everything_in_order_under_everysec) {
    write_and_compare(AOF_EVERYSEC);
}

Test(aof_writer, writes_everything_in_order_under_always) {
    write_and_compare(AOF_ALWAYS);
}

Test(aof_writer, writes_everything_in_order_under_no) {
    write_and_compare(AOF_NO);
}

Test(aof_writer, a_file_begins_with_a_line_that_carries_the_seed) {
    struct log log = log_create(AOF_EVERYSEC);
    append(&log, "x\n");
    aof_writer_hand_over(log.writer);
    sds content = content_of(log.fd);
    struct aof_line line;
    require(aof_line_parse(sds_view(content), &line));
    require(line.length == 0);
    require(line.checksum == 7);
    sds_free(content);
    log_release(&log);
}

Test(aof_writer, a_frame_does_not_begin_like_that_of_a_stock_server) {
    struct log log = log_create(AOF_EVERYSEC);
    append(&log, AOF_LINE_FOREIGN_START "$1\r\n0\r\n");
    aof_writer_hand_over(log.writer);
    sds content = content_of(log.fd);
    const char *first_end = strchr(content, '\n');
    require(strncmp(first_end + 1, AOF_LINE_SEPARATOR AOF_LINE_FOREIGN_START,
                    sizeof(AOF_LINE_SEPARATOR AOF_LINE_FOREIGN_START) - 1) == 0);
    sds_free(content);
    log_release(&log);
}

Test(aof_writer, what_comes_after_a_switch_goes_into_the_new_file) {
    char path[] = "/tmp/latchkey-writer-XXXXXX";
    struct log log = log_create(AOF_EVERYSEC);
    append(&log, "old\n");
    int new_fd = open_temporary(path);
    struct aof_target target = {dup(new_fd), 0, 0};
    aof_writer_switch(log.writer, &target);
    append(&log, "new\n");
    wait_until_synced(&log);
    require(!aof_writer_is_switching(log.writer));
    sds old_commands = commands_of(log.fd);
    sds new_commands = commands_of(new_fd);
    require_text(sds_view(old_commands), "old\n");
    require_text(sds_view(new_commands), "new\n");
    /* The new file's first line carries the old one's last checksum. */
    sds old_content = content_of(log.fd);
    sds new_content = content_of(new_fd);
    struct aof_line last;
    struct aof_line first;
    require(aof_line_parse(bytes_of_text(strstr(old_content, "old\n") + strlen("old\n")), &last));
    require(aof_line_parse(sds_view(new_content), &first));
    require(first.checksum == last.checksum);
    sds_free(old_content);
    sds_free(new_content);
    sds_free(old_commands);
    sds_free(new_commands);
    (void)close(new_fd);
    log_release(&log);
}

/* The sync takes the old file, and the group behind it wants to do the same. */
Test(aof_writer, a_group_that_follows_the_last_sync_of_the_old_file_succeeds) {
    enum { LARGE_SIZE = 8 << 20 };
    char path[] = "/tmp/latchkey-writer-XXXXXX";
    struct log log = log_create(AOF_ALWAYS);
    append(&log, "old\n");
    wait_until_synced(&log);
    int new_fd = open_temporary(path);
    struct aof_target target = {dup(new_fd), 0, 0};
    aof_writer_switch(log.writer, &target);
    (void)aof_writer_run(log.writer, 0, BACKLOG);
    require(aof_writer_is_syncing(log.writer));
    /* Writing takes longer than it takes to hear that the sync has ended. */
    char *large = alloc_zeroed(LARGE_SIZE);
    memset(large, 'x', LARGE_SIZE - 1);
    append(&log, large);
    append(&log, "\n");
    while (aof_writer_marks(log.writer).synced != journal_end(log.journal)) {
        aof_writer_hand_over(log.writer);
        aof_writer_poll(log.writer);
        require(aof_writer_failure(log.writer).error == 0);
    }
    require(!aof_writer_is_switching(log.writer));
    alloc_free(large);
    (void)close(new_fd);
    log_release(&log);
}

/* A file may only grow up to a limit: a full disk. */
static void limit_file_size(rlim_t size) {
    struct rlimit limit = {size, RLIM_INFINITY};
    require(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void fail_and_recover(enum aof_policy policy) {
    (void)signal(SIGXFSZ, SIG_IGN);
    struct log log = log_create(policy);
    append(&log, "before\n");
    wait_until_synced(&log);
    uint64_t safe = journal_end(log.journal);
    limit_file_size(128);
    for (int i = 0; i < 20; i++) {
        append(&log, "0123456789\n");
    }
    while (aof_writer_failure(log.writer).error == 0) {
        aof_writer_hand_over(log.writer);
        aof_writer_poll(log.writer);
    }
    require(aof_writer_failure(log.writer).error == -EFBIG);
    require(aof_writer_marks(log.writer).synced == safe);
    require(aof_writer_backlog(log.writer) == journal_end(log.journal) - safe);
    limit_file_size(RLIM_INFINITY);
    wait_until_synced(&log);
    require(aof_writer_failure(log.writer).error == 0);
    require(aof_writer_close(log.writer, true) == 0);
    sds commands = commands_of(log.fd);
    require(sds_length(commands) == strlen("before\n") + 20 * strlen("0123456789\n"));
    sds_free(commands);
    log_release(&log);
}

Test(aof_writer, goes_on_after_a_failure_under_always) {
    fail_and_recover(AOF_ALWAYS);
}

Test(aof_writer, goes_on_after_a_failure_under_everysec) {
    fail_and_recover(AOF_EVERYSEC);
}

/* What was written under `no` is safe; a sync that began before must not take that back. */
Test(aof_writer, a_sync_that_was_overtaken_does_not_make_less_safe) {
    (void)signal(SIGXFSZ, SIG_IGN);
    struct log log = log_create(AOF_EVERYSEC);
    append(&log, "first\n");
    aof_writer_hand_over(log.writer);
    atomic_store(&sync_is_held, true);
    clock_set_fixed(CLOCK_US_PER_SECOND);
    (void)aof_writer_run(log.writer, CLOCK_MS_PER_SECOND, BACKLOG);
    require(aof_writer_is_syncing(log.writer));
    aof_writer_set_policy(log.writer, AOF_NO, false);
    append(&log, "second\n");
    while (aof_writer_marks(log.writer).written != journal_end(log.journal)) {
        aof_writer_hand_over(log.writer);
        aof_writer_poll(log.writer);
    }
    aof_writer_set_policy(log.writer, AOF_EVERYSEC, false);
    atomic_store(&sync_is_held, false);
    while (aof_writer_is_syncing(log.writer)) {
        aof_writer_poll(log.writer);
    }
    limit_file_size(aof_writer_file_size(log.writer));
    append(&log, "third\n");
    aof_writer_hand_over(log.writer);
    require(aof_writer_failure(log.writer).error == -EFBIG);
    limit_file_size(RLIM_INFINITY);
    wait_until_synced(&log);
    sds commands = commands_of(log.fd);
    require_text(sds_view(commands), "first\nsecond\nthird\n");
    sds_free(commands);
    log_release(&log);
}

/* Makes the next write fail. */
static void fill_disk(struct log *log) {
    limit_file_size(128);
    for (int i = 0; i < 20; i++) {
        append(log, "0123456789\n");
    }
    while (aof_writer_failure(log->writer).error == 0) {
        aof_writer_hand_over(log->writer);
        aof_writer_poll(log->writer);
    }
}

/* What was answered under everysec is in the file whatever happens to later writes. */
Test(aof_writer, what_was_written_stays_and_is_synced_while_the_disk_is_full) {
    enum { TRIES = 20 };
    (void)signal(SIGXFSZ, SIG_IGN);
    struct log log = log_create(AOF_EVERYSEC);
    append(&log, "before\n");
    aof_writer_hand_over(log.writer);
    uint64_t written = aof_writer_marks(log.writer).written;
    require(written == journal_end(log.journal));
    sds before = content_of(log.fd);
    fill_disk(&log);
    int64_t now_ms = clock_unix_ms();
    for (int i = 0; i < TRIES || aof_writer_marks(log.writer).synced < written; i++) {
        now_ms += CLOCK_MS_PER_SECOND;
        clock_set_fixed(now_ms * CLOCK_US_PER_MS);
        (void)aof_writer_run(log.writer, now_ms, BACKLOG);
        aof_writer_poll(log.writer);
        sds now = content_of(log.fd);
        require(sds_length(now) >= sds_length(before));
        require(memcmp(now, before, sds_length(before)) == 0);
        sds_free(now);
    }
    require(aof_writer_marks(log.writer).synced == written);
    require(aof_writer_close(log.writer, true) == -EFBIG);
    sds after = content_of(log.fd);
    require(sds_length(after) == sds_length(before));
    sds_free(after);
    sds_free(before);
    log_release(&log);
}

Test(aof_writer, a_failure_that_is_over_does_not_keep_it_from_a_clean_end) {
    (void)signal(SIGXFSZ, SIG_IGN);
    struct log log = log_create(AOF_EVERYSEC);
    append(&log, "before\n");
    aof_writer_hand_over(log.writer);
    fill_disk(&log);
    limit_file_size(RLIM_INFINITY);
    require(aof_writer_close(log.writer, true) == 0);
    sds commands = commands_of(log.fd);
    require(sds_length(commands) == strlen("before\n") + 20 * strlen("0123456789\n"));
    sds_free(commands);
    log_release(&log);
}

/* Under `no` the journal lets go what was written: then the file before the cut must keep it. */
Test(aof_writer, a_change_to_no_during_a_switch_keeps_the_end_of_the_old_file) {
    (void)signal(SIGXFSZ, SIG_IGN);
    char path[] = "/tmp/latchkey-writer-XXXXXX";
    struct log log = log_create(AOF_EVERYSEC);
    append(&log, "old\n");
    aof_writer_hand_over(log.writer);
    int new_fd = open_temporary(path);
    struct aof_target target = {dup(new_fd), 0, 0};
    aof_writer_switch(log.writer, &target);
    aof_writer_set_policy(log.writer, AOF_NO, false);
    append(&log, "new\n");
    aof_writer_hand_over(log.writer);
    require(aof_writer_backlog(log.writer) == 0);
    fill_disk(&log);
    limit_file_size(RLIM_INFINITY);
    wait_until_synced(&log);
    require(aof_writer_close(log.writer, true) == 0);
    sds commands = commands_of(log.fd);
    require_text(sds_view(commands), "old\n");
    sds_free(commands);
    commands = commands_of(new_fd);
    require(sds_length(commands) == strlen("new\n") + 20 * strlen("0123456789\n"));
    sds_free(commands);
    (void)close(new_fd);
    log_release(&log);
}

Test(aof_writer, an_abandoned_file_is_not_written_to) {
    struct log log = log_create(AOF_EVERYSEC);
    aof_writer_abandon(log.writer, -ENOENT);
    append(&log, "x\n");
    aof_writer_hand_over(log.writer);
    require(aof_writer_failure(log.writer).error == -ENOENT);
    require(aof_writer_file_size(log.writer) == 0);
    require(aof_writer_close(log.writer, false) == -ENOENT);
    log_release(&log);
}

/* Nobody waits: the end comes when the disk has done its part, and the marks move until then. */
Test(aof_writer, an_end_without_waiting_writes_and_syncs_all) {
    struct log log = log_create(AOF_EVERYSEC);
    append(&log, "written\n");
    aof_writer_hand_over(log.writer);
    append(&log, "left\n");
    uint64_t end = journal_end(log.journal);
    atomic_store(&sync_is_held, true);
    aof_writer_begin_end(log.writer, true);
    int error = -1;
    aof_writer_poll(log.writer);
    require(aof_writer_is_syncing(log.writer));
    require(!aof_writer_take_end(log.writer, &error));
    require(aof_writer_marks(log.writer).synced < end);
    atomic_store(&sync_is_held, false);
    while (!aof_writer_take_end(log.writer, &error)) {
        aof_writer_poll(log.writer);
    }
    require(error == 0);
    require(!aof_writer_is_open(log.writer));
    require(aof_writer_marks(log.writer).synced == end);
    sds commands = commands_of(log.fd);
    require_text(sds_view(commands), "written\nleft\n");
    sds_free(commands);
    log_release(&log);
}

/* The loop tries again only when the thread's writes have been quick for a while. */
Test(aof_writer, slow_writes_stay_with_the_thread) {
    enum { SLOW_MS = 3, STEP_MS = 600, STEP_COUNT = 5 };
    struct log log = log_create(AOF_NO);
    int64_t now_ms = clock_unix_ms();
    atomic_store(&write_ms, SLOW_MS);
    for (int i = 0; i < STEP_COUNT; i++) {
        clock_set_fixed((now_ms + i * STEP_MS) * CLOCK_US_PER_MS);
        append(&log, "x\n");
        aof_writer_hand_over(log.writer);
        wait_until_written(&log);
    }
    require(atomic_load(&own_write_count) == 1);
    atomic_store(&write_ms, 0);
    for (int i = STEP_COUNT; atomic_load(&own_write_count) == 1; i++) {
        clock_set_fixed((now_ms + i * STEP_MS) * CLOCK_US_PER_MS);
        append(&log, "x\n");
        aof_writer_hand_over(log.writer);
        wait_until_written(&log);
    }
    require(aof_writer_close(log.writer, true) == 0);
    log_release(&log);
}
