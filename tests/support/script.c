/*
 * The steps are read from the text one after another; each knows its connection, how to send and
 * which expectation it must meet. That nothing arrives is shown without a pause: after two round
 * trips of another connection the server has done whatever it was going to do at once.
 */
#include "support/script.h"

#include "support/command_line.h"
#include "support/wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTION_COUNT = 26, LAST_CR_LF = 2, ROUND_TRIPS = 2, ID_SIZE = 24 };

struct step {
    size_t connection_index;
    bool is_sent_only; /* & */
    bool is_read_only; /* @read */
    bool is_raw;       /* ~ */
    bool is_repeated;  /* ? */
    bool is_close;     /* !close */
    bool is_release;   /* !release */
    const char *text;
    size_t size;
};

struct run {
    const struct test_server *server;
    struct resp_conn *connections[CONNECTION_COUNT];
    bool needs_ids; /* The script names client ids. */
    bool holds_clock;
    char ids[CONNECTION_COUNT][ID_SIZE];
    struct buffer difference;
};

static const char id_mark[] = "$ID";

static void note_id(struct run *run, size_t index) {
    struct buffer reply = resp_call(run->connections[index], "CLIENT ID");
    size_t size = reply.size > LAST_CR_LF + 1 ? reply.size - LAST_CR_LF - 1 : 0;
    size = size < ID_SIZE ? size : ID_SIZE - 1;
    memcpy(run->ids[index], reply.data + 1, size);
    run->ids[index][size] = '\0';
    buffer_release(&reply);
}

/* The server does not do so while it is busy; time goes on when it is asked again. */
static void let_time_pass(void *context) {
    const struct run *run = context;
    if (run->holds_clock) {
        (void)test_server_pass_time(run->server, 1);
    }
}

static struct resp_conn *connection(struct run *run, size_t index) {
    if (run->connections[index] == NULL) {
        run->connections[index] = test_server_connect(run->server);
        resp_on_silence(run->connections[index], let_time_pass, run);
        if (run->needs_ids) {
            note_id(run, index);
        }
    }
    return run->connections[index];
}

/* Returns where the command ends: before " ; " outside of quotes, or at the end. */
static size_t command_size(const char *text) {
    char quote = '\0';
    size_t i = 0;
    for (; text[i] != '\0'; i++) {
        if (quote == '\0' && strncmp(text + i, " ; ", strlen(" ; ")) == 0) {
            break;
        }
        if (text[i] == '\\' && quote != '\'' && text[i + 1] != '\0') {
            i++;
        } else if (quote == '\0' && (text[i] == '"' || text[i] == '\'') && text[0] != '~') {
            quote = text[i];
        } else if (text[i] == quote) {
            quote = '\0';
        }
    }
    return i;
}

static struct step parse_step(const char *text, size_t size) {
    struct step step = {0};
    if (size > 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] == '>') {
        step.connection_index = (size_t)(text[0] - 'A');
        text += 2;
        size -= 2;
        while (size > 0 && *text == ' ') {
            text++;
            size--;
        }
    }
    for (; size > 0 && strchr("&~?", *text) != NULL; text++, size--) {
        step.is_sent_only = step.is_sent_only || *text == '&';
        step.is_raw = step.is_raw || *text == '~';
        step.is_repeated = step.is_repeated || *text == '?';
        if (*text == '~') {
            text++;
            size--;
            break;
        }
    }
    step.is_read_only = size == strlen("@read") && strncmp(text, "@read", size) == 0;
    step.is_close = size == strlen("!close") && strncmp(text, "!close", size) == 0;
    step.is_release = size == strlen("!release") && strncmp(text, "!release", size) == 0;
    step.text = text;
    step.size = size;
    return step;
}

/* Appends a command's text with client ids in the places of their marks. */
static void fill_ids(struct run *run, const struct step *step, struct buffer *text) {
    size_t mark_size = strlen(id_mark);
    for (size_t i = 0; i < step->size; i++) {
        bool is_mark =
            i + mark_size < step->size && memcmp(step->text + i, id_mark, mark_size) == 0;
        if (is_mark) {
            size_t index = (size_t)(step->text[i + mark_size] - 'A');
            (void)connection(run, index);
            buffer_append_text(text, run->ids[index]);
            i += mark_size;
        } else {
            buffer_append(text, step->text + i, 1);
        }
    }
}

static void send_step(struct run *run, const struct step *step) {
    struct resp_conn *conn = connection(run, step->connection_index);
    struct buffer request = {0};
    if (step->is_raw) {
        command_line_unescape(step->text, step->size, &request);
    } else {
        struct buffer text = {0};
        fill_ids(run, step, &text);
        struct command_line line = command_line_split(buffer_text(&text), text.size);
        command_line_encode(&line, &request);
        command_line_release(&line);
        buffer_release(&text);
    }
    resp_send(conn, request.data, request.size);
    buffer_release(&request);
}

/* Decodes U+23CE to CR LF, and escapes. */
static void decode_text(const char *expected, size_t size, struct buffer *bytes) {
    const char *mark = "\xe2\x8f\x8e";
    struct buffer text = {0};
    for (size_t i = 0; i < size; i++) {
        if (strncmp(expected + i, mark, strlen(mark)) == 0) {
            buffer_append_text(&text, "\r\n");
            i += strlen(mark) - 1;
        } else {
            buffer_append(&text, expected + i, 1);
        }
    }
    command_line_unescape(buffer_text(&text), text.size, bytes);
    buffer_release(&text);
}

/* The same for a whole reply, which CR LF ends. */
static void decode_expected(const char *expected, size_t size, struct buffer *bytes) {
    decode_text(expected, size, bytes);
    bool is_terminated = bytes->size >= LAST_CR_LF && size >= 1 && expected[size - 1] == '\n';
    if (bytes->size > 0 && !is_terminated) {
        buffer_append_text(bytes, "\r\n");
    }
}

static bool starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends_with(const char *text, const char *end) {
    return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

/* Lets the server finish what it was going to do at once. */
static void settle(struct run *run) {
    struct resp_conn *other = test_server_connect(run->server);
    for (int i = 0; i < ROUND_TRIPS; i++) {
        struct buffer reply = resp_call(other, "PING");
        buffer_release(&reply);
    }
    resp_close(other);
}

/* Reads what belongs to the expectation and says whether it is met. */
static bool meets(struct run *run, const struct step *step, const char *expected,
                  struct buffer *got) {
    struct resp_conn *conn = connection(run, step->connection_index);
    struct buffer wanted = {0};
    bool is_met = false;
    if (strcmp(expected, "(nothing)") == 0) {
        settle(run);
        is_met = resp_read_within(conn, got, 0) == RESP_TIMED_OUT;
    } else if (strcmp(expected, "(any)") == 0 || starts_with(expected, "(starts)")) {
        bool is_any = strcmp(expected, "(any)") == 0;
        const char *start = is_any ? "" : expected + strlen("(starts)");
        decode_text(start, strlen(start), &wanted);
        is_met = resp_read(conn, got) == RESP_COMPLETE && got->size >= wanted.size &&
                 memcmp(got->data, buffer_text(&wanted), wanted.size) == 0;
    } else if (ends_with(expected, "(closed)")) {
        size_t size = strlen(expected) - strlen("(closed)");
        while (size > 0 && expected[size - 1] == ' ') {
            size--;
        }
        decode_expected(expected, size, &wanted);
        is_met = resp_read_until_close(conn, got) && got->size == wanted.size &&
                 memcmp(buffer_text(got), buffer_text(&wanted), wanted.size) == 0;
    } else {
        decode_expected(expected, strlen(expected), &wanted);
        bool is_one = !step->is_raw && !step->is_read_only;
        bool came = is_one ? resp_read(conn, got) == RESP_COMPLETE
                           : resp_read_bytes(conn, wanted.size, got);
        is_met = came && got->size == wanted.size &&
                 memcmp(got->data, buffer_text(&wanted), wanted.size) == 0;
    }
    buffer_release(&wanted);
    return is_met;
}

/*
 * Appends what the server does when it does not reply: its line in /proc, of which the third word
 * is R when it runs and S when it sleeps, and the end of its output.
 */
static void describe_silence(const struct test_server *server, struct buffer *text) {
    enum { PATH_SIZE = 64, LINE_SIZE = 256, TAIL_SIZE = 2000 };
    char path[PATH_SIZE];
    char line[LINE_SIZE] = "no such process";
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)test_server_pid(server));
    FILE *stream = fopen(path, "re");
    if (stream != NULL) {
        (void)fgets(line, sizeof line, stream);
        (void)fclose(stream);
    }
    struct buffer log = test_server_log(server);
    const char *tail = buffer_text(&log) + (log.size > TAIL_SIZE ? log.size - TAIL_SIZE : 0);
    buffer_append_format(text, "\n  process  %s\n  output   %s", line, tail);
    buffer_release(&log);
}

static void describe(struct run *run, const struct step *step, const char *expected,
                     const struct buffer *got) {
    buffer_append_format(&run->difference, "%.*s\n  expected %s\n  got      ", (int)step->size,
                         step->text, expected);
    if (got->size == 0) {
        buffer_append_text(&run->difference, "(nothing)");
        describe_silence(run->server, &run->difference);
    }
    buffer_append_escaped(&run->difference, buffer_text(got), got->size);
}

static void check_step(struct run *run, const struct step *step, const char *expected) {
    struct buffer got = {0};
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    bool is_met = meets(run, step, expected, &got);
    while (!is_met && step->is_repeated && wait_now_ms() < deadline_ms) {
        buffer_clear(&got);
        wait_moment();
        let_time_pass(run);
        send_step(run, step);
        is_met = meets(run, step, expected, &got);
    }
    if (!is_met) {
        describe(run, step, expected, &got);
    }
    buffer_release(&got);
}

/* Counts the steps that have an expectation. */
static size_t count_checks(const char *script) {
    size_t count = 0;
    for (const char *at = script; *at != '\0';) {
        size_t size = command_size(at);
        struct step step = parse_step(at, size);
        count += step.is_sent_only || step.is_close || step.is_release ? 0 : 1;
        at += size + (at[size] == '\0' ? 0 : strlen(" ; "));
    }
    return count;
}

static void hold_clock(struct run *run) {
    run->holds_clock = test_server_hold_clock(run->server);
}

static void release_clock(struct run *run) {
    if (run->holds_clock) {
        run->holds_clock = false;
        (void)test_server_release_clock(run->server);
    }
}

/* A step without an expectation. */
static void do_step(struct run *run, const struct step *step) {
    if (step->is_close) {
        resp_close(run->connections[step->connection_index]);
        run->connections[step->connection_index] = NULL;
    } else if (step->is_release) {
        release_clock(run);
    } else {
        send_step(run, step);
    }
    settle(run);
}

static void run_steps(struct run *run, const char *script, const char *const expected[]) {
    size_t expected_count = 0;
    while (expected[expected_count] != NULL) {
        expected_count++;
    }
    size_t check_count = count_checks(script);
    size_t skipped_count = 0;
    if (expected_count > 0 && strcmp(expected[0], "(last)") == 0) {
        expected++;
        expected_count--;
        skipped_count = check_count - (expected_count < check_count ? expected_count : 0);
    }
    if (check_count != expected_count + skipped_count) {
        buffer_append_format(&run->difference, "%zu replies for %zu expectations: %s", check_count,
                             expected_count, script);
        return;
    }
    for (const char *at = script; *at != '\0' && run->difference.size == 0;) {
        size_t size = command_size(at);
        struct step step = parse_step(at, size);
        if (step.is_sent_only || step.is_close || step.is_release) {
            do_step(run, &step);
        } else {
            if (!step.is_read_only) {
                send_step(run, &step);
            }
            check_step(run, &step, skipped_count > 0 ? "(any)" : *expected++);
            skipped_count -= skipped_count > 0 ? 1 : 0;
        }
        at += size + (at[size] == '\0' ? 0 : strlen(" ; "));
    }
}

char *script_run(const struct test_server *server, const char *script,
                 const char *const expected[]) {
    struct run run = {.server = server, .needs_ids = strstr(script, id_mark) != NULL};
    struct resp_conn *fresh = test_server_connect(server);
    struct buffer flushed = resp_call(fresh, "FLUSHALL");
    buffer_release(&flushed);
    resp_close(fresh);
    hold_clock(&run);
    run_steps(&run, script, expected);
    release_clock(&run);
    if (run.difference.size > 0) {
        buffer_append_format(&run.difference, "\nin: %s", script);
    }
    for (size_t i = 0; i < CONNECTION_COUNT; i++) {
        resp_close(run.connections[i]);
    }
    return run.difference.data;
}
