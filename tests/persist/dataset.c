/*
 * Values are read by the commands of their type; what has no order is sorted.
 */
#include "persist/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 512, DATABASES = 16, DEADLINE_COUNT = 20 };

static void call(struct resp_conn *conn, const char *line) {
    struct buffer reply = resp_call(conn, line);
    if (reply.size == 0 || reply.data[0] == '-') {
        support_fail("%s: %s", line, buffer_text(&reply));
    }
    buffer_release(&reply);
}

/* A command for each number: the number stands behind the first text, and behind the second. */
struct numbered_command {
    const char *first;
    const char *second; /* NULL: the command ends */
};

static void fill_many(struct resp_conn *conn, size_t count) {
    static const struct numbered_command commands[] = {
        {"RPUSH list:long element-", NULL}, {"SADD set:table member-", NULL},
        {"SADD set:integers-many ", NULL},  {"HSET hash:table f", " v"},
        {"ZADD zset:tree -0.", " m"},       {"XADD stream:many 1-* f ", NULL},
        {"APPEND string:long text-", NULL},
    };
    char line[LINE_SIZE];
    for (size_t i = 1; i <= count; i++) {
        for (size_t j = 0; j < sizeof commands / sizeof commands[0]; j++) {
            int length = snprintf(line, sizeof line, "%s%zu", commands[j].first, i);
            if (commands[j].second != NULL) {
                (void)snprintf(line + length, sizeof line - (size_t)length, "%s%zu",
                               commands[j].second, i);
            }
            call(conn, line);
        }
    }
    for (size_t i = 1; i <= DEADLINE_COUNT; i++) {
        (void)snprintf(line, sizeof line, "SET deadline:%zu x PX %zu00000", i, i);
        call(conn, line);
    }
}

void dataset_fill(struct resp_conn *conn) {
    static const char *const lines[] = {
        "SET string:empty \"\"",
        "SET string:text hello",
        "SET string:int 12345",
        "SET string:negative -129",
        "SET string:large-int 9223372036854775807",
        "SET string:zeros 0012",
        "SET 42 a-key-that-is-a-number",
        "SETRANGE string:zero-bytes 3000 x",
        "RPUSH list:short a 1 -2 \"\" 300 70000 -5000000000",
        "SADD set:integers 1 -70000 9999999999",
        "SADD set:few a b c 12",
        "HSET hash:few f v g 10 \"\" \"\"",
        "ZADD zset:few 1 a 2.5 b -inf c inf d 0.1 e",
        "XADD stream:few 1-1 f v",
        "XADD stream:few 1-2 f w g \"\"",
        "XADD stream:few 5-0 f 12",
        "XDEL stream:few 1-2",
        "XGROUP CREATE stream:few group 0 ENTRIESREAD 0",
        "XGROUP CREATECONSUMER stream:few group idle",
        "XREADGROUP GROUP group consumer COUNT 1 STREAMS stream:few >",
        "XGROUP CREATE stream:empty group $ MKSTREAM",
        "SET \"\" the-empty-key",
        "SELECT 3",
        "SET other database",
        "SELECT 0",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        call(conn, lines[i]);
    }
    fill_many(conn, 700);
}

/* ---- Description ---- */

static struct resp_value *ask(struct resp_conn *conn, const char *command, const char *key,
                              size_t key_size, const char *rest[2]) {
    const char *argv[] = {command, key, rest[0], rest[1], "WITHSCORES"};
    bool is_zset = strcmp(command, "ZRANGE") == 0;
    size_t argc = rest[0] == NULL ? 2 : is_zset ? 5 : 4;
    size_t sizes[] = {strlen(command), key_size, rest[0] == NULL ? 0 : strlen(rest[0]),
                      rest[1] == NULL ? 0 : strlen(rest[1]), strlen(argv[4])};
    struct buffer reply = {0};
    resp_send_argv(conn, argc, argv, sizes);
    if (resp_read(conn, &reply) != RESP_COMPLETE) {
        support_fail("no reply to %s", command);
    }
    struct resp_value *value = resp_value_parse(reply.data, reply.size);
    buffer_release(&reply);
    return value;
}

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *print_items(const struct resp_value *items, size_t count) {
    struct buffer text = {0};
    for (size_t i = 0; i < count; i++) {
        resp_value_print(&items[i], &text);
        buffer_append_text(&text, " ");
    }
    char *copy = strdup(buffer_text(&text));
    buffer_release(&text);
    return copy;
}

/* Scores are printed in different lengths by different servers: as numbers they are equal. */
static void append_scores(const struct resp_value *value, struct buffer *text) {
    for (size_t i = 0; i + 1 < value->count; i += 2) {
        buffer_append_escaped(text, value->items[i].bytes, value->items[i].size);
        buffer_append_format(text, "=%.17g ", strtod(value->items[i + 1].bytes, NULL));
    }
}

static void append_content(const struct resp_value *value, const char *type, struct buffer *text) {
    bool is_hash = strcmp(type, "hash") == 0;
    if (strcmp(type, "zset") == 0) {
        append_scores(value, text);
        return;
    }
    if (!is_hash && strcmp(type, "set") != 0) {
        resp_value_print(value, text);
        return;
    }
    size_t group = is_hash ? 2 : 1;
    size_t count = value->count / group;
    char **texts = calloc(count + 1, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        texts[i] = print_items(value->items + i * group, group);
    }
    qsort(texts, count, sizeof *texts, compare_texts);
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(text, texts[i]);
        free(texts[i]);
    }
    free(texts);
}

static void describe_key(struct resp_conn *conn, const struct resp_value *key,
                         struct buffer *text) {
    static const char *const readers[][4] = {
        {"string", "GET", NULL, NULL},   {"list", "LRANGE", "0", "-1"},
        {"set", "SMEMBERS", NULL, NULL}, {"hash", "HGETALL", NULL, NULL},
        {"zset", "ZRANGE", "0", "-1"},   {"stream", "XRANGE", "-", "+"},
    };
    struct resp_value *type = ask(conn, "TYPE", key->bytes, key->size, (const char *[2]){0});
    struct resp_value *deadline =
        ask(conn, "PEXPIRETIME", key->bytes, key->size, (const char *[2]){0});
    resp_value_print(key, text);
    buffer_append_format(text, " %s %lld ", type->bytes, (long long)deadline->integer);
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (strcmp(type->bytes, readers[i][0]) == 0) {
            struct resp_value *value = ask(conn, readers[i][1], key->bytes, key->size,
                                           (const char *[2]){readers[i][2], readers[i][3]});
            append_content(value, type->bytes, text);
            resp_value_destroy(value);
        }
    }
    resp_value_destroy(type);
    resp_value_destroy(deadline);
    buffer_append_text(text, "\n");
}

void dataset_describe(struct resp_conn *conn, struct buffer *text) {
    char line[LINE_SIZE];
    for (int database = 0; database < DATABASES; database++) {
        (void)snprintf(line, sizeof line, "SELECT %d", database);
        call(conn, line);
        struct resp_value *keys = ask(conn, "KEYS", "*", 1, (const char *[2]){0});
        char **texts = calloc(keys->count + 1, sizeof *texts);
        for (size_t i = 0; i < keys->count; i++) {
            struct buffer one = {0};
            describe_key(conn, &keys->items[i], &one);
            texts[i] = strdup(buffer_text(&one));
            buffer_release(&one);
        }
        qsort(texts, keys->count, sizeof *texts, compare_texts);
        buffer_append_format(text, "database %d: %zu keys\n", database, keys->count);
        for (size_t i = 0; i < keys->count; i++) {
            buffer_append_text(text, texts[i]);
            free(texts[i]);
        }
        free(texts);
        resp_value_destroy(keys);
    }
    call(conn, "SELECT 0");
}

char *dataset_of_server(const struct test_server *server) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer text = {0};
    dataset_describe(conn, &text);
    resp_close(conn);
    char *copy = strdup(buffer_text(&text));
    buffer_release(&text);
    return copy;
}

void dataset_check_same(const struct test_server *server, const char *expected) {
    enum { SHOWN_BEFORE = 60 };
    char *found = dataset_of_server(server);
    size_t at = 0;
    while (found[at] != '\0' && found[at] == expected[at]) {
        at++;
    }
    at = at < SHOWN_BEFORE ? 0 : at - SHOWN_BEFORE;
    if (strcmp(found, expected) != 0) {
        support_fail("differs: %.120s | %.120s", found + at, expected + at);
    }
    free(found);
}
