/*
 * Snapshots under random writes: a dump file holds the data as it stood when BGSAVE came, and a
 * rewritten log all that came before and after, whatever is written while the walk is under way,
 * and whatever else is asked for meanwhile.
 */
#include "persist/dataset.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEYS = 8,
    ELEMENTS = 1500,
    STEPS = 4000,
    ROUNDS = 3,
    OPERATIONS = 40,
    STEPS_BESIDE = 50, /* behind each operation */
};

/* %k: the number of a key; %i: the number of an element, or an index. */
static const char *const templates[] = {
    "SET s%k v%i",
    "APPEND s%k text%i",
    "SETRANGE s%k %i text",
    "SETRANGE s%k %i00 text",
    "SETBIT s%k %i 1",
    "INCRBY n%k %i",
    "RPUSH l%k c%i c%i %i",
    "LPUSH l%k c%i c%i",
    "LSET l%k %i other",
    "LSET l%k -%i longer-than-the-element-that-was-there-before",
    "LINSERT l%k BEFORE c%i new",
    "LREM l%k 1 c%i",
    "LPOP l%k 2",
    "RPOP l%k",
    "LTRIM l%k 5 -5",
    "LMOVE l%k l%k LEFT RIGHT",
    "SADD t%k m%i m%i %i",
    "SREM t%k m%i m%i m%i",
    "SADD i%k %i %i000",
    "SREM i%k %i",
    "SPOP t%k",
    "SMOVE t%k t%k m%i",
    "HSET h%k f%i v%i f%i other",
    "HDEL h%k f%i f%i f%i",
    "HINCRBY h%k n%i %i",
    "ZADD z%k %i m%i %i m%i",
    "ZREM z%k m%i m%i",
    "ZINCRBY z%k %i m%i",
    "ZPOPMIN z%k",
    "ZREMRANGEBYRANK z%k %i %i",
    "XADD x%k * f v%i",
    "XDEL x%k 1-%i 1-%i",
    "XTRIM x%k MAXLEN ~ 1400",
    "DEL %t%k",
    "UNLINK %t%k",
    "EXPIREAT %t%k 99999%i",
    "PERSIST %t%k",
    "RENAME %t%k %t%k",
    "COPY %t%k %t%k REPLACE",
    "MOVE %t%k 1",
    "SWAPDB 0 1",
    "SUNIONSTORE t%k t%k i%k",
    "ZUNIONSTORE z%k 2 z%k z%k",
    "SORT l%k ALPHA LIMIT 0 900 STORE l%k",
    "SORT i%k BY nosort STORE l%k",
};

/* Makes all keys large, each in its own way. */
static const char fill[] =
    "EVAL \"for i = 1, tonumber(ARGV[2]) do for k = 0, ARGV[1] - 1 do "
    "redis.call('APPEND', 's' .. k, 'part' .. i) redis.call('RPUSH', 'l' .. k, 'c' .. i) "
    "redis.call('SADD', 't' .. k, 'm' .. i) redis.call('SADD', 'i' .. k, i) "
    "redis.call('HSET', 'h' .. k, 'f' .. i, 'v' .. i) redis.call('ZADD', 'z' .. k, i % 50, 'm' .. "
    "i) redis.call('XADD', 'x' .. k, '1-*', 'f', 'v' .. i) redis.call('SET', 'small' .. i, i) "
    "end end\" 0 8 1500";

static unsigned next_random(unsigned *random) {
    *random = *random * 1103515245U + 12345U;
    return *random >> 8;
}

/* A run is repeated with the seed that it has printed. */
static unsigned start_random(const char *test) {
    const char *given = getenv("TEST_SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)wait_now_ms();
    (void)fprintf(stderr, "snapshot.%s: TEST_SEED=%u\n", test, seed);
    return seed;
}

static void append_step(struct buffer *text, unsigned *random) {
    static const char types[] = "snltihzx";
    size_t index = next_random(random) % (sizeof templates / sizeof *templates);
    for (const char *at = templates[index]; *at != '\0'; at++) {
        if (at[0] != '%') {
            buffer_append_format(text, "%c", at[0]);
            continue;
        }
        at++;
        if (*at == 't') {
            buffer_append_format(text, "%c", types[next_random(random) % strlen(types)]);
        } else {
            buffer_append_format(text, "%u", next_random(random) % (*at == 'k' ? KEYS : ELEMENTS));
        }
    }
    buffer_append_text(text, "\r\n");
}

/* Sends a command and random ones behind it, all in one piece. Returns how many replies come. */
static size_t send_steps(struct resp_conn *conn, const char *command, size_t count,
                         unsigned *random) {
    struct buffer text = {0};
    buffer_append_format(&text, "%s\r\n", command);
    for (size_t i = 0; i < count; i++) {
        append_step(&text, random);
    }
    resp_send(conn, text.data, text.size);
    buffer_release(&text);
    return 1 + count;
}

static void read_replies(struct resp_conn *conn, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct buffer reply = {0};
        cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
        buffer_release(&reply);
    }
}

static bool is_idle(void *context) {
    struct buffer info = resp_call(context, "INFO persistence");
    bool is_at_rest = strstr(buffer_text(&info), "rdb_bgsave_in_progress:0\r") != NULL &&
                      strstr(buffer_text(&info), "rdb_last_bgsave_status:ok\r") != NULL &&
                      strstr(buffer_text(&info), "aof_rewrite_in_progress:0\r") != NULL &&
                      strstr(buffer_text(&info), "aof_rewrite_scheduled:0\r") != NULL &&
                      strstr(buffer_text(&info), "aof_last_bgrewrite_status:ok\r") != NULL;
    buffer_release(&info);
    return is_at_rest;
}

static struct test_server *start_filled(const char *const options[]) {
    struct test_server *server = test_server_start(options);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CONFIG SET snapshot-slice-elements 16", "+OK\r\n");
    assert_reply(conn, fill, "$-1\r\n");
    resp_close(conn);
    return server;
}

Test(snapshot, a_dump_file_holds_what_was_there_when_the_save_began) {
    unsigned random = start_random("dump");
    struct test_server *ours = start_filled(NULL);
    struct resp_conn *conn = test_server_connect(ours);
    for (int round = 0; round < ROUNDS; round++) {
        char *expected = dataset_of_server(ours);
        read_replies(conn, send_steps(conn, "BGSAVE", STEPS, &random));
        cr_assert(wait_until(is_idle, conn, WAIT_DEADLINE_MS));
        char *later = dataset_of_server(ours);
        struct test_server *stock =
            test_server_start_stock((const char *const[]){"--dir", test_server_dir(ours), NULL});
        dataset_check_same(stock, expected);
        test_server_stop(stock);
        /* What was written meanwhile has changed nothing else. */
        assert_reply(conn, "DEBUG RELOAD", "+OK\r\n");
        dataset_check_same(ours, later);
        free(later);
        free(expected);
    }
    resp_close(conn);
    test_server_stop(ours);
}

static void rewrite_under_writes(const char *const options[], unsigned *random) {
    struct test_server *ours = start_filled(options);
    struct resp_conn *conn = test_server_connect(ours);
    read_replies(conn, send_steps(conn, "BGREWRITEAOF", STEPS, random));
    cr_assert(wait_until(is_idle, conn, WAIT_DEADLINE_MS));
    char *expected = dataset_of_server(ours);
    resp_close(conn);
    test_server_restart(ours);
    dataset_check_same(ours, expected);
    free(expected);
    test_server_stop(ours);
}

Test(snapshot, a_rewritten_log_has_what_came_before_and_after) {
    unsigned random = start_random("log");
    rewrite_under_writes((const char *const[]){"--appendonly", "yes", NULL}, &random);
    rewrite_under_writes(
        (const char *const[]){"--appendonly", "yes", "--aof-use-rdb-preamble", "no", NULL},
        &random);
}

/* What may be asked for while a snapshot runs; the delay makes that likely. */
static const char *const operations[] = {
    "BGREWRITEAOF",
    "BGREWRITEAOF",
    "BGSAVE",
    "BGSAVE SCHEDULE",
    "BGSAVE CANCEL",
    "SAVE",
    "DEBUG RELOAD",
    "DEBUG LOADAOF",
    "CONFIG SET appendonly no",
    "CONFIG SET appendonly yes",
    "CONFIG SET appendonly yes",
    "CONFIG SET appendfsync always",
    "CONFIG SET appendfsync everysec",
    "CONFIG SET appendfsync no",
    "CONFIG SET aof-use-rdb-preamble yes",
    "CONFIG SET aof-use-rdb-preamble no",
    "CONFIG SET aof-timestamp-enabled yes",
    "CONFIG SET rdb-key-save-delay 0",
    "CONFIG SET rdb-key-save-delay 100",
};

Test(snapshot, operations_in_any_order_leave_a_complete_log) {
    unsigned random = start_random("operations");
    struct test_server *ours = start_filled((const char *const[]){"--appendonly", "yes", NULL});
    struct resp_conn *conn = test_server_connect(ours);
    for (int i = 0; i < OPERATIONS; i++) {
        size_t index = next_random(&random) % (sizeof operations / sizeof *operations);
        read_replies(conn, send_steps(conn, operations[index], STEPS_BESIDE, &random));
    }
    assert_reply(conn, "CONFIG SET rdb-key-save-delay 0", "+OK\r\n");
    assert_reply(conn, "CONFIG SET appendonly yes", "+OK\r\n");
    assert_reply(conn, "CONFIG SET appendfsync always", "+OK\r\n");
    assert_reply(conn, "WAITAOF 1 0 0", "*2\r\n:1\r\n:0\r\n");
    char *expected = dataset_of_server(ours);
    resp_close(conn);
    test_server_crash(ours);
    test_server_start_again(ours);
    dataset_check_same(ours, expected);
    free(expected);
    test_server_stop(ours);
}
