/*
 * Streams with groups and pending entries, exchanged with the stock server in both directions by
 * RDB files, DUMP and RESTORE, and logs; and what only our own files carry.
 */
#include "support/check.h"

#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 512, STREAMS = 6, GROUPS = 3, CONSUMERS = 4, IDS = 400, STEPS = 1500 };

/* ---- The data ---- */

static unsigned next_random(unsigned *random) {
    *random = *random * 1103515245U + 12345U;
    return *random >> 8;
}

/* What fills streams; in both servers, and by itself the same in both. */
static const char *const templates[] = {
    "XADD x%s 1-* f v%i",
    "XADD x%s 1-* f v%i",
    "XADD x%s 1-* f v%i",
    "XADD x%s 1-* f %i g \"\" h -%i",
    "XADD x%s 1-* name%i value",
    "XADD x%s MAXLEN 300 1-* f v%i",
    "XADD x%s MAXLEN ~ 100 2-* f v%i",
    "XDEL x%s 1-%i 1-%i",
    "XDEL x%s 1-%i",
    "XTRIM x%s MINID 1-5",
    "XGROUP CREATE x%s g%g 0",
    "XGROUP CREATE x%s g%g $ MKSTREAM",
    "XGROUP CREATE x%s g%g 1-%i ENTRIESREAD 7",
    "XGROUP SETID x%s g%g 1-%i",
    "XGROUP CREATECONSUMER x%s g%g c%c",
    "XGROUP DELCONSUMER x%s g%g c3",
    "XGROUP DESTROY x%s g2",
    "XREADGROUP GROUP g%g c%c COUNT 7 STREAMS x%s >",
    "XREADGROUP GROUP g%g c%c COUNT 2 STREAMS x%s >",
    "XREADGROUP GROUP g%g c%c COUNT 1 NOACK STREAMS x%s >",
    "XACK x%s g%g 1-%i 1-%i 1-%i",
    "XCLAIM x%s g%g c%c 0 1-%i 1-%i TIME 1700000000%i RETRYCOUNT %i",
    "XCLAIM x%s g%g c%c 0 1-%i FORCE",
    "XAUTOCLAIM x%s g%g c%c 0 1-%i COUNT 3",
    "XSETID x%s 9-%i",
};

static void write_step(struct resp_conn *conn, unsigned *random) {
    char line[LINE_SIZE];
    size_t index = next_random(random) % (sizeof templates / sizeof *templates);
    size_t used = 0;
    if (index + 1 == sizeof templates / sizeof *templates && next_random(random) % 20 != 0) {
        return; /* Behind it little can be added. */
    }
    for (const char *at = templates[index]; *at != '\0'; at++) {
        unsigned limit = 0;
        if (at[0] == '%') {
            at++;
            limit = *at == 's' ? STREAMS : *at == 'g' ? GROUPS : *at == 'c' ? CONSUMERS : IDS;
            used += (size_t)snprintf(line + used, sizeof line - used, "%u",
                                     next_random(random) % limit);
        } else {
            line[used++] = *at;
        }
    }
    line[used] = '\0';
    struct buffer reply = resp_call(conn, line);
    buffer_release(&reply);
}

static void write_steps(const struct test_server *server, int count) {
    struct resp_conn *conn = test_server_connect(server);
    unsigned random = (unsigned)wait_now_ms();
    cr_log_info("seed %u", random);
    for (int i = 0; i < count; i++) {
        write_step(conn, &random);
    }
    resp_close(conn);
}

/* ---- What is there ---- */

/* What is told besides what all servers have and every file carries. */
enum {
    WITH_SEEN = 1,
    WITH_NACKED = 2,
    WITH_IDLE = 4,
    WITH_PRODUCERS = 8,
    FILE_PARTS = WITH_SEEN | WITH_IDLE,
    NEWER_PARTS = WITH_NACKED | WITH_PRODUCERS
};

static bool is_left_out(const struct resp_value *name, unsigned shown) {
    bool is_active = strcmp(name->bytes, "active-time") == 0;
    bool is_nacked = strcmp(name->bytes, "nacked-count") == 0;
    bool is_seen = strcmp(name->bytes, "seen-time") == 0;
    bool is_figure = strncmp(name->bytes, "iids-", strlen("iids-")) == 0;
    bool is_producer = strncmp(name->bytes, "idmp-", strlen("idmp-")) == 0 ||
                       strcmp(name->bytes, "pids-tracked") == 0;
    return is_active || is_figure || (is_nacked && (shown & WITH_NACKED) == 0) ||
           (is_seen && (shown & WITH_SEEN) == 0) || (is_producer && (shown & WITH_PRODUCERS) == 0);
}

static bool is_idle_consumer(const struct resp_value *value) {
    const struct resp_value *count = resp_value_field(value, "pel-count");
    return value->type == '*' && resp_value_field(value, "seen-time") != NULL && count != NULL &&
           count->integer == 0;
}

static void describe(const struct resp_value *value, unsigned shown, struct buffer *text) {
    if (value->count == 0) {
        resp_value_print(value, text);
        return;
    }
    const struct resp_value *first = &value->items[0];
    bool has_fields = first->type == '$' && !first->is_null && value->count > 2 &&
                      (strcmp(first->bytes, "name") == 0 || strcmp(first->bytes, "length") == 0);
    buffer_append_text(text, "[");
    for (size_t i = 0; i < value->count; i++) {
        if (has_fields && i % 2 == 0 && is_left_out(&value->items[i], shown)) {
            i++;
            continue;
        }
        if ((shown & WITH_IDLE) == 0 && is_idle_consumer(&value->items[i])) {
            continue;
        }
        describe(&value->items[i], shown, text);
        buffer_append_text(text, has_fields && i % 2 != 0 ? "\n" : " ");
    }
    buffer_append_text(text, "]");
}

static char *describe_streams(const struct test_server *server, unsigned shown) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer text = {0};
    for (int i = 0; i < STREAMS; i++) {
        char line[LINE_SIZE];
        (void)snprintf(line, sizeof line, "XINFO STREAM x%d FULL COUNT 0", i);
        struct buffer reply = resp_call(conn, line);
        struct resp_value *value = resp_value_parse(reply.data, reply.size);
        buffer_append_format(&text, "x%d ", i);
        describe(value, shown, &text);
        resp_value_destroy(value);
        buffer_release(&reply);
    }
    resp_close(conn);
    char *copy = strdup(buffer_text(&text));
    buffer_release(&text);
    return copy;
}

static void check_same(const struct test_server *server, unsigned shown, const char *expected) {
    enum { BEFORE = 300, SHOWN = 600 };
    char *found = describe_streams(server, shown);
    size_t at = 0;
    while (found[at] != '\0' && found[at] == expected[at]) {
        at++;
    }
    at = at < BEFORE ? 0 : at - BEFORE; /* Some of what stands before says where it is. */
    cr_assert_str_eq(found, expected, "differs: %.*s\n-- wanted --\n%.*s", SHOWN, found + at, SHOWN,
                     expected + at);
    free(found);
}

/* ---- RDB files ---- */

static void save(const struct test_server *server) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SAVE", "+OK\r\n");
    resp_close(conn);
}

Test(stream_exchange, the_stock_server_loads_our_file) {
    struct test_server *ours = test_server_start(NULL);
    write_steps(ours, STEPS);
    save(ours);
    struct test_server *stock =
        test_server_start_stock((const char *const[]){"--dir", test_server_dir(ours), NULL});
    char *expected = describe_streams(ours, FILE_PARTS);
    check_same(stock, FILE_PARTS, expected);
    free(expected);
    test_server_stop(stock);
    test_server_stop(ours);
}

Test(stream_exchange, a_file_of_the_stock_server_is_loaded) {
    struct test_server *stock = test_server_start_stock(NULL);
    write_steps(stock, STEPS);
    save(stock);
    struct test_server *ours =
        test_server_start((const char *const[]){"--dir", test_server_dir(stock), NULL});
    char *expected = describe_streams(stock, FILE_PARTS);
    check_same(ours, FILE_PARTS, expected);
    free(expected);
    test_server_stop(ours);
    test_server_stop(stock);
}

/* ---- Payloads ---- */

static struct resp_value *call_argv(struct resp_conn *conn, size_t argc, const char *const argv[],
                                    const size_t sizes[]) {
    struct buffer reply = {0};
    resp_send_argv(conn, argc, argv, sizes);
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
    struct resp_value *value = resp_value_parse(reply.data, reply.size);
    buffer_release(&reply);
    return value;
}

static void move_stream(struct resp_conn *source, struct resp_conn *target, const char *key) {
    struct resp_value *payload =
        call_argv(source, 2, (const char *const[]){"DUMP", key}, (const size_t[]){4, strlen(key)});
    if (!payload->is_null) {
        struct resp_value *reply =
            call_argv(target, 4, (const char *const[]){"RESTORE", key, "0", payload->bytes},
                      (const size_t[]){7, strlen(key), 1, payload->size});
        cr_assert_eq(reply->type, '+', "RESTORE %s: %s", key, reply->bytes);
        resp_value_destroy(reply);
    }
    resp_value_destroy(payload);
}

static void move_all(const struct test_server *source_server,
                     const struct test_server *target_server) {
    struct resp_conn *source = test_server_connect(source_server);
    struct resp_conn *target = test_server_connect(target_server);
    for (int i = 0; i < STREAMS; i++) {
        char key[LINE_SIZE];
        (void)snprintf(key, sizeof key, "x%d", i);
        move_stream(source, target, key);
    }
    resp_close(source);
    resp_close(target);
}

static void exchange_payloads(struct test_server *source, struct test_server *target) {
    write_steps(source, STEPS);
    move_all(source, target);
    char *expected = describe_streams(source, FILE_PARTS);
    check_same(target, FILE_PARTS, expected);
    free(expected);
    test_server_stop(source);
    test_server_stop(target);
}

Test(stream_exchange, the_stock_server_restores_our_payloads) {
    exchange_payloads(test_server_start(NULL), test_server_start_stock((const char *const[]){
                                                   "--sanitize-dump-payload", "yes", NULL}));
}

Test(stream_exchange, payloads_of_the_stock_server_are_restored) {
    exchange_payloads(test_server_start_stock(NULL), test_server_start(NULL));
}

/* ---- Logs ---- */

static void copy_log(const struct test_server *from, const struct test_server *to) {
    char command[2 * LINE_SIZE];
    (void)snprintf(command, sizeof command, "rm -rf %s/appendonlydir && cp -r %s/appendonlydir %s/",
                   test_server_dir(to), test_server_dir(from), test_server_dir(to));
    cr_assert_eq(system(command), 0);
}

static bool is_rewritten(void *context) {
    struct resp_conn *conn = context;
    struct buffer reply = resp_call(conn, "INFO persistence");
    bool is_done = strstr(buffer_text(&reply), "aof_rewrite_in_progress:0") != NULL &&
                   strstr(buffer_text(&reply), "aof_rewrite_scheduled:0") != NULL;
    buffer_release(&reply);
    return is_done;
}

static void rewrite(const struct test_server *server) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "BGREWRITEAOF", "+Background append only file rewriting started\r\n");
    cr_assert(wait_until(is_rewritten, conn, WAIT_DEADLINE_MS));
    resp_close(conn);
}

/*
 * One server writes a log, with a base in the middle; both then replay it. What counts is what the
 * writer itself has read back: in logs of commands entries that were deleted are not pending. Nor
 * do consumers without pending entries count, which newer servers make by each attempt.
 */
static void exchange_logs(struct test_server *writer, struct test_server *reader) {
    write_steps(writer, STEPS);
    rewrite(writer);
    write_steps(writer, STEPS / 4);
    test_server_crash(reader);
    test_server_restart(writer);
    copy_log(writer, reader);
    test_server_start_again(reader);
    char *expected = describe_streams(writer, 0);
    check_same(reader, 0, expected);
    free(expected);
    test_server_stop(writer);
    test_server_stop(reader);
}

static const char *const with_rdb_base[] = {"--appendonly", "yes", NULL};
static const char *const with_text_base[] = {"--appendonly", "yes", "--aof-use-rdb-preamble", "no",
                                             NULL};

Test(stream_exchange, the_stock_server_replays_our_log) {
    exchange_logs(test_server_start(with_rdb_base), test_server_start_stock(with_rdb_base));
}

Test(stream_exchange, the_stock_server_replays_our_log_with_a_base_of_commands) {
    exchange_logs(test_server_start(with_text_base), test_server_start_stock(with_text_base));
}

Test(stream_exchange, a_log_of_the_stock_server_is_replayed) {
    exchange_logs(test_server_start_stock(with_rdb_base), test_server_start(with_rdb_base));
}

Test(stream_exchange, a_log_of_the_stock_server_with_a_base_of_commands_is_replayed) {
    exchange_logs(test_server_start_stock(with_text_base), test_server_start(with_text_base));
}

/* ---- What stock servers of this version do not have ---- */

/* Entries that were given back, producers and their limits. */
static void write_newer(const struct test_server *server) {
    assert_script(
        server,
        "EVAL \"for i = 1, 300 do redis.call('XADD', 'x0', '9999999999999-*', 'f', i) end\" 0 ; "
        "XGROUP CREATE x0 g0 0 ; XREADGROUP GROUP g0 c0 COUNT 100 STREAMS x0 > ; "
        "XNACK x0 g0 FAIL IDS 2 9999999999999-5 9999999999999-50 ; "
        "XNACK x0 g0 FATAL IDS 1 9999999999999-7 ; XNACK x0 g0 SILENT IDS 1 9999999999999-8 ; "
        "XGROUP CREATE x0 g1 0 ; XREADGROUP GROUP g1 \"\" COUNT 3 STREAMS x0 > ; "
        "XNACK x0 g1 FAIL IDS 1 9999999999999-1 ; "
        "XGROUP CREATE x0 g2 0 ; XREADGROUP GROUP g2 \"\" COUNT 1 STREAMS x0 > ; "
        "XNACK x0 g2 FAIL IDS 1 9999999999999-0 ; "
        "XCFGSET x0 IDMP-DURATION 500 IDMP-MAXSIZE 50 ; XADD x0 IDMP p a * f v ; "
        "XADD x0 IDMPAUTO q * f v ; XADD x1 9999999999999-0 f v ; "
        "XADD x1 IDMP p a * f v",
        "(last)", "$15⏎9999999999999-1");
}

/* A line to the server as it is, and how its reply begins as resp_value_print shows it. */
struct line {
    const char *line;
    const char *start;
};

static void check_lines(const struct test_server *server, const struct line *lines, size_t count) {
    struct resp_conn *conn = test_server_connect(server);
    for (size_t i = 0; i < count; i++) {
        struct buffer reply = resp_call(conn, lines[i].line);
        struct resp_value *value = resp_value_parse(reply.data, reply.size);
        struct buffer text = {0};
        resp_value_print(value, &text);
        cr_expect_eq(strncmp(buffer_text(&text), lines[i].start, strlen(lines[i].start)), 0,
                     "%s: %.200s", lines[i].line, buffer_text(&text));
        resp_value_destroy(value);
        buffer_release(&text);
        buffer_release(&reply);
    }
    resp_close(conn);
}

#define CHECK_LINES(server, lines) check_lines((server), (lines), sizeof(lines) / sizeof(lines)[0])

static const struct line reload[] = {{"DEBUG RELOAD", "+OK"}};
static const struct line load[] = {{"DEBUG RELOAD NOSAVE", "+OK"}};
static const struct line slice[] = {{"CONFIG SET snapshot-slice-elements 16", "+OK"}};

/* What was given back is so still, and what producers have sent is known. */
static void check_newer(const struct test_server *server) {
    static const struct line lines[] = {
        {"XADD x0 IDMP p a * f w", "\"9999999999999-300\""},
        {"XADD x0 IDMPAUTO q * f v", "\"9999999999999-301\""},
        {"XADD x1 IDMP p a * f v", "\"9999999999999-1\""},
        {"XLEN x0", ":302"},
        {"XADD x0 IDMP p b * f v", "\"9999999999999-302\""},
        {"XPENDING x0 g0 9999999999999-5 + 1", "[[\"9999999999999-5\" \"\" :-1 :1]]"},
        {"XPENDING x0 g0 9999999999999-7 + 1",
         "[[\"9999999999999-7\" \"\" :-1 :9223372036854775807]]"},
        {"XPENDING x0 g0 9999999999999-8 + 1", "[[\"9999999999999-8\" \"\" :-1 :0]]"},
        {"XPENDING x0 g1 - + 1", "[[\"9999999999999-0\" \"\" :"},
        {"XPENDING x0 g1 9999999999999-1 + 1", "[[\"9999999999999-1\" \"\" :-1 :1]]"},
        {"XINFO CONSUMERS x0 g0", "[[\"name\" \"c0\" \"pending\" :96 "},
        {"XINFO CONSUMERS x0 g1", "[[\"name\" \"\" \"pending\" :2 "},
        {"XINFO CONSUMERS x0 g2", "[[\"name\" \"\" \"pending\" :0 "},
    };
    CHECK_LINES(server, lines);
}

Test(stream_exchange, what_is_newer_survives_in_our_dump_file) {
    struct test_server *server = test_server_start(NULL);
    write_newer(server);
    char *expected = describe_streams(server, FILE_PARTS | NEWER_PARTS);
    /* In one piece, and in slices. */
    CHECK_LINES(server, reload);
    check_same(server, FILE_PARTS | NEWER_PARTS, expected);
    CHECK_LINES(server, slice);
    CHECK_LINES(server, reload);
    check_same(server, FILE_PARTS | NEWER_PARTS, expected);
    check_newer(server);
    free(expected);
    test_server_stop(server);
}

static void keep_newer(const char *const options[], bool rewrites) {
    struct test_server *server = test_server_start(options);
    write_newer(server);
    char *expected = describe_streams(server, NEWER_PARTS);
    if (rewrites) {
        rewrite(server);
    }
    test_server_restart(server);
    check_same(server, NEWER_PARTS, expected);
    check_newer(server);
    free(expected);
    test_server_stop(server);
}

Test(stream_exchange, what_is_newer_survives_in_our_log) {
    keep_newer(with_rdb_base, false);
    keep_newer(with_rdb_base, true);
    keep_newer(with_text_base, true);
}

Test(stream_exchange, the_stock_server_has_what_was_given_back_as_a_nameless_consumers) {
    struct test_server *ours = test_server_start(NULL);
    write_newer(ours);
    save(ours);
    char *expected = describe_streams(ours, FILE_PARTS | WITH_NACKED);
    struct test_server *stock =
        test_server_start_stock((const char *const[]){"--dir", test_server_dir(ours), NULL});
    static const struct line stock_lines[] = {
        {"XPENDING x0 g0",
         "[:100 \"9999999999999-0\" \"9999999999999-99\" [[\"\" \"4\"] [\"c0\" \"96\"]]]"},
        {"XPENDING x0 g0 9999999999999-8 9999999999999-8 1 \"\"", "[[\"9999999999999-8\" \"\" :"},
        {"SAVE", "+OK"},
    };
    CHECK_LINES(stock, stock_lines);
    CHECK_LINES(ours, load);
    check_same(ours, FILE_PARTS | WITH_NACKED, expected);
    static const struct line claims[] = {
        {"XACK x0 g0 9999999999999-8", ":1"},
        {"XCLAIM x0 g0 c1 0 9999999999999-5 JUSTID", "[\"9999999999999-5\"]"},
    };
    CHECK_LINES(stock, claims);
    free(expected);
    test_server_stop(stock);
    test_server_stop(ours);
}
