#include "crash/writers.h"

#include "support/check.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    /* OK, the list's length, OK, QUEUED twice, EXEC's array, an id, an entry, acknowledged */
    REPLIES_PER_STEP = 9,
    STEPS_AHEAD = 3, /* sent before their replies are read */
    STEP_SIZE = 512,
    TEXT_SIZE = 256,
    SAMPLE_PERIOD_MS = 100,
    GAP_MAX_MS = 50,
};

struct run run_create(struct test_server *server) {
    struct run run = {
        .server = server,
        .writers = calloc(WRITER_COUNT, sizeof(struct writer)),
        .random = (unsigned)wait_now_ms(),
    };
    cr_log_info("seed %u", run.random);
    return run;
}

void run_release(struct run *run) {
    free(run->writers);
}

unsigned run_random(struct run *run) {
    run->random = run->random * 1103515245U + 12345U;
    return run->random >> 8;
}

/* ---- Writing ---- */

static bool send_step(struct writer *writer, int index) {
    char step[STEP_SIZE];
    int size = snprintf(step, sizeof step,
                        "SET w%d %ld\r\nRPUSH l%d %ld\r\nMULTI\r\nINCR a%d\r\nINCR b%d\r\nEXEC\r\n"
                        "XADD x%d %ld-1 number %ld\r\n"
                        "XREADGROUP GROUP g c COUNT 1 STREAMS x%d >\r\nXACK x%d g %ld-1\r\n",
                        index, writer->sent + 1, index, writer->sent + 1, index, index, index,
                        writer->sent + 1, writer->sent + 1, index, index, writer->sent);
    if (send(resp_fd(writer->conn), step, (size_t)size, MSG_NOSIGNAL) != size) {
        return false;
    }
    writer->sent++;
    return true;
}

/* Takes complete steps of replies out of the input. False when a reply is an error. */
static bool take_steps(struct writer *writer, int64_t now_ms) {
    for (;;) {
        size_t at = 0;
        int replies = 0;
        while (replies < REPLIES_PER_STEP) {
            int64_t size = resp_reply_size(writer->input + at, writer->received - at);
            if (size <= 0) {
                return true;
            }
            if (writer->input[at] == '-') {
                return false;
            }
            at += (size_t)size;
            replies++;
        }
        writer->acked++;
        size_t last = (writer->sample_count + WRITER_SAMPLE_COUNT - 1) % WRITER_SAMPLE_COUNT;
        if (writer->sample_count == 0 || now_ms - writer->samples[last].at_ms >= SAMPLE_PERIOD_MS) {
            writer->samples[writer->sample_count++ % WRITER_SAMPLE_COUNT] =
                (struct writer_sample){now_ms, writer->acked};
        }
        writer->received -= at;
        memmove(writer->input, writer->input + at, writer->received);
    }
}

/* What the machine took from the server, and so from its syncs, is not time that went by. */
static void count_time(struct run *run, int64_t *last_ms) {
    int64_t now_ms = wait_now_ms();
    run->served_ms += now_ms - *last_ms < GAP_MAX_MS ? now_ms - *last_ms : GAP_MAX_MS;
    *last_ms = now_ms;
}

/* Lets all writers go on until the server is gone. */
static void write_until_gone(struct run *run) {
    int64_t last_ms = wait_now_ms();
    struct pollfd fds[WRITER_COUNT];
    for (int i = 0; i < WRITER_COUNT; i++) {
        struct writer *writer = &run->writers[i];
        fds[i] = (struct pollfd){resp_fd(writer->conn), POLLIN, 0};
        for (int j = 0; j < STEPS_AHEAD; j++) {
            if (!send_step(writer, i)) {
                return;
            }
        }
    }
    while (poll(fds, WRITER_COUNT, WAIT_DEADLINE_MS) > 0) {
        count_time(run, &last_ms);
        for (int i = 0; i < WRITER_COUNT; i++) {
            struct writer *writer = &run->writers[i];
            if (fds[i].revents == 0) {
                continue;
            }
            ssize_t size = recv(fds[i].fd, writer->input + writer->received,
                                WRITER_BUFFER_SIZE - writer->received, 0);
            if (size <= 0) {
                return;
            }
            writer->received += (size_t)size;
            cr_assert(take_steps(writer, run->served_ms), "an error instead of a reply: %.*s",
                      (int)writer->received, writer->input);
            while (writer->sent - writer->acked < STEPS_AHEAD) {
                if (!send_step(writer, i)) {
                    return;
                }
            }
        }
    }
    cr_assert_fail("the server stopped answering");
}

/* ---- Checking ---- */

/* command and key are put together: "GET w" and 3 ask for w3. */
static long ask_number(struct resp_conn *conn, const char *command, int index, const char *rest) {
    char line[TEXT_SIZE];
    (void)snprintf(line, sizeof line, "%s%d%s", command, index, rest);
    struct buffer reply = resp_call(conn, line);
    const char *text = buffer_text(&reply);
    const char *digits = text[0] == '$' ? strchr(text, '\n') : text;
    long number = text[0] == '$' && text[1] == '-' ? 0 : strtol(digits + 1, NULL, 10);
    buffer_release(&reply);
    return number;
}

__attribute__((format(printf, 2, 3))) static struct resp_value *ask(struct resp_conn *conn,
                                                                    const char *format, ...) {
    char line[TEXT_SIZE];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(line, sizeof line, format, list);
    va_end(list);
    struct buffer reply = resp_call(conn, line);
    struct resp_value *value = resp_value_parse(reply.data, reply.size);
    buffer_release(&reply);
    return value;
}

/* The number in an id, "7-1"; 0 of what is none. */
static long number_of_id(const struct resp_value *value) {
    return value == NULL || value->is_null ? 0 : strtol(value->bytes, NULL, 10);
}

/*
 * A group has read the last entry or the one before it, and the last that it read is pending,
 * perhaps with the one before that.
 */
static void check_group(struct resp_conn *conn, int index, long length) {
    struct resp_value *groups = ask(conn, "XINFO GROUPS x%d", index);
    cr_assert_eq(groups->count, 1);
    long read = number_of_id(resp_value_field(&groups->items[0], "last-delivered-id"));
    struct resp_value *pending = ask(conn, "XPENDING x%d g", index);
    cr_assert(read == length || read == length - 1, "writer %d: stream of %ld, read %ld", index,
              length, read);
    const struct resp_value *counter = resp_value_field(&groups->items[0], "entries-read");
    cr_assert(counter->is_null ? read == 0 : counter->integer == read,
              "writer %d: stream of %ld, read %ld, counted %ld", index, length, read,
              (long)counter->integer);
    cr_assert_eq(resp_value_field(&groups->items[0], "pending")->integer,
                 pending->items[0].integer);
    if (read > 0) {
        cr_assert_eq(number_of_id(&pending->items[2]), read, "writer %d: %ld is not pending", index,
                     read);
        cr_assert(pending->items[0].integer == 1 ||
                  (pending->items[0].integer == 2 && number_of_id(&pending->items[1]) == read - 1));
    }
    resp_value_destroy(groups);
    resp_value_destroy(pending);
}

/* Checks the stream, and lets it go on from the number that the key has. */
static void check_stream(const struct writer *writer, struct resp_conn *conn, int index, long set) {
    struct resp_value *info = ask(conn, "XINFO STREAM x%d", index);
    if (info->type == '-') {
        cr_assert(writer->floor == 0 && set <= 1, "writer %d has no stream", index);
        resp_value_destroy(info);
        return;
    }
    long length = (long)resp_value_field(info, "length")->integer;
    cr_assert(length == set || length == set - 1, "writer %d: stream of %ld, key %ld", index,
              length, set);
    cr_assert_geq(length, writer->floor);
    cr_assert_eq(number_of_id(resp_value_field(info, "last-generated-id")), length);
    cr_assert_eq(resp_value_field(info, "entries-added")->integer, length);
    resp_value_destroy(info);
    check_group(conn, index, length);
    if (length < set) {
        resp_value_destroy(ask(conn, "XADD x%d %ld-1 number %ld", index, set, set));
    }
    resp_value_destroy(ask(conn, "XREADGROUP GROUP g c STREAMS x%d >", index));
    for (long i = set - 3; i < set; i++) {
        resp_value_destroy(ask(conn, "XACK x%d g %ld-1", index, i < 0 ? 0 : i));
    }
}

static void check_writer(struct run *run, struct resp_conn *conn, int index) {
    struct writer *writer = &run->writers[index];
    long set = ask_number(conn, "GET w", index, "");
    long length = ask_number(conn, "LLEN l", index, "");
    long first = ask_number(conn, "GET a", index, "");
    long second = ask_number(conn, "GET b", index, "");
    cr_assert_geq(set, writer->floor, "writer %d: %ld was acknowledged, %ld is there", index,
                  writer->floor, set);
    cr_assert_leq(set, writer->sent);
    cr_assert(length == set || length == set - 1, "writer %d: list of %ld, key %ld", index, length,
              set);
    cr_assert_geq(length, writer->floor);
    if (length > 0) {
        cr_assert_eq(ask_number(conn, "LINDEX l", index, " -1"), length);
        cr_assert_eq(ask_number(conn, "LINDEX l", index, " 0"), 1);
    }
    cr_assert_eq(first, second, "writer %d: half a transaction", index);
    cr_assert_geq(first, writer->floor);
    /* What was not acknowledged may be there or not: all counters go on from the same number. */
    char line[TEXT_SIZE];
    (void)snprintf(line, sizeof line, "MSET w%d %ld a%d %ld b%d %ld", index, set, index, set, index,
                   set);
    assert_reply(conn, line, "+OK\r\n");
    if (length < set) {
        (void)snprintf(line, sizeof line, "RPUSH l%d %ld", index, set);
        struct buffer reply = resp_call(conn, line);
        buffer_release(&reply);
    }
    check_stream(writer, conn, index, set);
    writer->sent = set;
    writer->acked = set;
    writer->received = 0;
    writer->sample_count = 0;
}

/* The last number acknowledged so long before the end. */
static long acked_before(const struct writer *writer, int64_t before_ms) {
    long acked = 0;
    for (size_t i = 0; i < writer->sample_count && i < WRITER_SAMPLE_COUNT; i++) {
        const struct writer_sample *sample = &writer->samples[i];
        acked = sample->at_ms <= before_ms && sample->acked > acked ? sample->acked : acked;
    }
    return acked;
}

void run_until_killed(struct run *run, unsigned delay_us) {
    for (int i = 0; i < WRITER_COUNT; i++) {
        run->writers[i].conn = test_server_connect(run->server);
        run->writers[i].floor = run->writers[i].acked;
        /* An error says that it is there already. */
        resp_value_destroy(ask(run->writers[i].conn, "XGROUP CREATE x%d g 0 MKSTREAM", i));
    }
    pid_t server_pid = test_server_pid(run->server);
    pid_t killer = fork();
    if (killer == 0) {
        (void)usleep(delay_us);
        (void)kill(server_pid, SIGKILL);
        _exit(0);
    }
    write_until_gone(run);
    (void)waitpid(killer, NULL, 0);
    for (int i = 0; i < WRITER_COUNT; i++) {
        resp_close(run->writers[i].conn);
    }
    test_server_crash(run->server);
}

void run_check(struct run *run, int64_t loss_ms) {
    struct resp_conn *conn = test_server_connect(run->server);
    for (int i = 0; i < WRITER_COUNT; i++) {
        struct writer *writer = &run->writers[i];
        writer->floor =
            loss_ms == 0 ? writer->acked : acked_before(writer, run->served_ms - loss_ms);
        check_writer(run, conn, i);
    }
    resp_close(conn);
}
