/*
 * The append-only file over a socket: what was written is there after a restart, after a rewrite in
 * the middle of writes, and in a stock server that loads our files; and the reverse.
 */
#include "support/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 512,
    KEY_COUNT = 40,
    FEW_COUNT = 3,
    STEP_COUNT = 3000,
    TYPE_COUNT = 5,
    FILE_MODE = 0644
};

static const char *const aof_options[] = {"--appendonly", "yes", NULL};
static const char *const text_base_options[] = {"--appendonly", "yes", "--aof-use-rdb-preamble",
                                                "no", NULL};

/* ---- A stream of writes ---- */

static unsigned next_random(unsigned *random) {
    *random = *random * 1103515245U + 12345U;
    return *random >> 8;
}

/* %u: one of many numbers; %k: one of a few, so that a command finds what another one wrote. */
static const char *const templates[] = {
    "SET s%u v%u",
    "SET s%k v%k",
    "SET s%u %u EX 5000",
    "INCR n%u",
    "APPEND s%u x%k",
    "INCRBYFLOAT f%u 1.5",
    "GETEX s%u PERSIST",
    "SETRANGE s%u %u abc",
    "DEL s%u l%u",
    "RENAME s%u s%u",
    "COPY l%u l%u REPLACE",
    "EXPIRE l%u 99%u",
    "PERSIST l%u",
    "RPUSH l%u a%u b c",
    "LPUSH l%u a%u",
    "LPOP l%u",
    "LINSERT l%u BEFORE b x%k",
    "LREM l%u 1 c",
    "LMOVE l%u l%u LEFT RIGHT",
    "SADD t%u a%u b c 1 2",
    "SADD t%k a%k b c 1 2",
    "SREM t%u b",
    "SPOP t%u",
    "SINTERSTORE t%k t%k t1",
    "HSET h%u f%u v g 1",
    "HINCRBY h%u g 3",
    "HDEL h%u g",
    "HINCRBYFLOAT h%u e 0.25",
    "ZADD z%u 1.5 a%u 2 b",
    "ZINCRBY z%u 0.125 b",
    "ZPOPMIN z%u",
    "ZUNIONSTORE z%u 2 z1 z%u",
    "SETBIT s%u 7 1",
    "MOVE s%u 3",
    "PEXPIREAT s%u 1",
    "XADD x%k 1-* f v%u",
    "XADD x%k MAXLEN ~ 3 1-* f v%u g %u",
    "XADD y%u MAXLEN 20 * f v",
    "XDEL x%k 1-%u 1-1%u 1-2%u",
    "XTRIM x%k MAXLEN 3",
    "XGROUP CREATE x%k g 0 MKSTREAM",
    "XREADGROUP GROUP g c COUNT 2 STREAMS x%k >",
    "XREADGROUP GROUP g d COUNT 3 STREAMS x%k >",
    "XACK x%k g 1-%u 1-1%u 1-2%u",
    "XCLAIM x%k g d 0 1-%u 1-1%u 1-2%u",
    "XAUTOCLAIM x%k g c 0 0 COUNT 3",
    "XGROUP DELCONSUMER x%k g d",
    "LOCK k%u o%u PX 90000000",
    "UNLOCK k%u o%u",
    "GETSET s%u v%u",
    "GETDEL s%u",
    "GETEX s%u EX 8000",
    "SETNX s%u v%u",
    "SETEX s%u 6%u00 v",
    "PSETEX s%u 6%u00000 v",
    "MSET s%u a%u n%u 5",
    "MSETNX s%u 1 s%u 2",
    "MSETEX 2 s%u a s%u b EX 7000",
    "SET s%k v%k IFEQ v%k",
    "SET s%u x%k KEEPTTL",
    "SET s%u y%u XX GET",
    "DELEX s%k IFEQ v%k",
    "DELIFEQ s%k v%k",
    "DECRBY n%u %u",
    "INCREX n%u",
    "BITOP OR s%u s%u s%u",
    "BITFIELD s%u SET u8 %u 7 INCRBY u4 2 3",
    "PFADD p%u a%u b%u",
    "PFMERGE p%u p%u p1",
    "RPOP l%u 2",
    "LPUSHX l%u y%u",
    "LSET l%u 0 y%u",
    "LTRIM l%u 0 %u",
    "LMPOP 2 l%u l%u LEFT COUNT 2",
    "RPOPLPUSH l%u l%u",
    "LMOVEM l%u l%u LEFT RIGHT COUNT 2 BULK",
    "BLPOP l%u l%u 0.001",
    "BLMOVE l%u l%u RIGHT LEFT 0.001",
    "BLMPOP 0.001 2 l%u l%u RIGHT COUNT 2",
    "BZPOPMIN z%u 0.001",
    "SMOVE t%u t%u b",
    "SPOP t%u 2",
    "SUNIONSTORE t%u t%u t2",
    "SDIFFSTORE t%u t%u t2",
    "HSETNX h%u g %u",
    "HMSET h%u g 7 e 1.5",
    "HGETDEL h%u FIELDS 2 g e",
    "ZADD z%u GT CH 3 b",
    "ZADD z%u XX INCR 0.5 b",
    "ZREM z%u a%u b",
    "ZPOPMAX z%u 2",
    "ZPOPDUE z%u COUNT 1",
    "ZMPOP 2 z%u z%u MAX COUNT 2",
    "ZREMRANGEBYRANK z%u 0 1",
    "ZREMRANGEBYSCORE z%u 0 1.5",
    "ZREMRANGEBYLEX z%k [a [a9",
    "ZRANGESTORE z%u z%u 0 2",
    "ZINTERSTORE z%u 2 z%u z%u",
    "ZDIFFSTORE z%u 2 z%u z1",
    "GEOADD z%u 13.%u 38.1 p%u",
    "GEOSEARCHSTORE z%u z%u FROMLONLAT 13 38 BYRADIUS 500 km",
    "SORT l%u ALPHA STORE l%u",
    "UNLINK s%u t%u",
    "RENAMENX l%u l%u",
    "EXPIREAT s%u 41024448%u",
    "PEXPIRE h%u 90000000 NX",
    "SWAPDB 2 3",
    "XGROUP SETID x%k g 0",
    "XGROUP CREATECONSUMER x%k g e",
    "XGROUP DESTROY x%k g",
    "XREADGROUP GROUP g c COUNT 2 NOACK STREAMS x%k >",
    "EVAL \"redis.call('SELECT', 1) redis.call('SET', KEYS[1], ARGV[1]) "
    "return redis.call('INCR', KEYS[2])\" 2 s%u n%u v%u",
    "EVAL \"redis.call('RPUSH', KEYS[1], 'x') return redis.call('HSET', KEYS[1], 'f', 1)\" 1 l%u",
};

/* The log has these in words that a stock server does not know. */
static const char *const newer_templates[] = {
    "XDELEX x%k IDS 3 1-%u 1-1%u 1-2%u",
    "XDELEX x%k DELREF IDS 3 1-%u 1-1%u 1-2%u",
    "XDELEX x%k ACKED IDS 3 1-%u 1-1%u 1-2%u",
    "XACKDEL x%k g DELREF IDS 3 1-%u 1-1%u 1-2%u",
    "XNACK x%k g FAIL IDS 2 1-%u 1-1%u",
    "XNACK x%k g SILENT IDS 1 1-%u FORCE",
    "HSET v%k f 1 g 2 e 3",
    "HEXPIRE v%k 5000 FIELDS 2 f g",
    "HPEXPIREAT v%k 4102444800%u00 GT FIELDS 2 e g",
    "HPEXPIREAT v%k 1 FIELDS 1 f",
    "HPERSIST v%k FIELDS 1 g",
    "HSETEX v%k FNX PX 7000000 FIELDS 1 f 7",
    "HSETEX v%k KEEPTTL FIELDS 2 f 8 e 9",
    "HGETEX v%k EX 6000 FIELDS 2 f e",
    "HGETEX v%k PERSIST FIELDS 1 e",
    "HGETDEL v%k FIELDS 1 f",
    "RENAME v%k v%k",
};

static const char *choose(unsigned *random, bool is_newer) {
    enum { COUNT = sizeof templates / sizeof *templates };
    enum { NEWER_COUNT = sizeof newer_templates / sizeof *newer_templates };
    if (is_newer && next_random(random) % 2 == 0) {
        return newer_templates[next_random(random) % NEWER_COUNT];
    }
    return templates[next_random(random) % COUNT];
}

static void write_step(struct resp_conn *conn, unsigned *random, bool is_newer) {
    char line[TEXT_SIZE];
    const char *template = choose(random, is_newer);
    size_t used = 0;
    for (const char *at = template; *at != '\0'; at++) {
        if (at[0] == '%' && (at[1] == 'u' || at[1] == 'k')) {
            unsigned limit = at[1] == 'u' ? KEY_COUNT : FEW_COUNT;
            used += (size_t)snprintf(line + used, sizeof line - used, "%u",
                                     next_random(random) % limit);
            at++;
        } else {
            line[used++] = *at;
        }
    }
    line[used] = '\0';
    struct buffer reply = resp_call(conn, line);
    buffer_release(&reply);
}

static void write_any_stream(struct resp_conn *conn, unsigned seed, int steps, bool is_newer) {
    unsigned random = seed;
    cr_log_info("seed %u", seed);
    for (int i = 0; i < steps; i++) {
        if (i % 100 == 0) {
            assert_reply(conn, i % 200 == 0 ? "SELECT 0" : "SELECT 2", "+OK\r\n");
        }
        if (i % 50 == 0) {
            assert_reply(conn, "MULTI", "+OK\r\n");
            for (int j = 0; j < 3; j++) {
                write_step(conn, &random, is_newer);
            }
            struct buffer reply = resp_call(conn, "EXEC");
            buffer_release(&reply);
        }
        write_step(conn, &random, is_newer);
    }
}

static void write_stream(struct resp_conn *conn, unsigned seed, int steps) {
    write_any_stream(conn, seed, steps, false);
}

/* ---- What is there ---- */

static void add_reply(struct resp_conn *conn, const char *line, struct buffer *text) {
    struct buffer reply = resp_call(conn, line);
    buffer_append(text, reply.data, reply.size);
    buffer_release(&reply);
}

static void add_reads(struct resp_conn *conn, const char *const reads[], struct buffer *text) {
    for (size_t i = 0; reads[i] != NULL; i++) {
        for (int key = 0; key < KEY_COUNT; key++) {
            char line[TEXT_SIZE];
            const char *mark = strstr(reads[i], "%d");
            (void)snprintf(line, sizeof line, "%.*s%d%s", (int)(mark - reads[i]), reads[i], key,
                           mark + 2);
            add_reply(conn, line, text);
        }
    }
}

/* Every key with its value and its deadline in whole seconds, in one order on all servers. */
static struct buffer dump_any(struct resp_conn *conn, bool is_newer) {
    static const char *const reads[] = {
        "GET s%d",
        "GET n%d",
        "GET f%d",
        "GET p%d",
        "LRANGE l%d 0 -1",
        "SCARD t%d",
        "SMISMEMBER t%d a b c 1 2 a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a20 a30",
        "HGET h%d g",
        "HGET h%d e",
        "HLEN h%d",
        "ZRANGE z%d 0 -1 WITHSCORES",
        "PEXPIRETIME s%d",
        "PEXPIRETIME l%d",
        "PEXPIRETIME h%d",
        "XRANGE x%d - +",
        "XPENDING x%d g",
        "XRANGE y%d - +",
        "GET k%d",
        "XINFO STREAM x%d",
        NULL,
    };
    static const char *const newer_reads[] = {
        "HMGET v%d f g e",
        "HPEXPIRETIME v%d FIELDS 3 f g e",
        NULL,
    };
    struct buffer text = {0};
    for (int database = 0; database < 4; database++) {
        char line[TEXT_SIZE];
        (void)snprintf(line, sizeof line, "SELECT %d", database);
        add_reply(conn, line, &text);
        add_reply(conn, "DBSIZE", &text);
        add_reads(conn, reads, &text);
        if (is_newer) {
            add_reads(conn, newer_reads, &text);
        }
    }
    assert_reply(conn, "SELECT 0", "+OK\r\n");
    return text;
}

static struct buffer dump(struct resp_conn *conn) {
    return dump_any(conn, false);
}

static struct buffer dump_of_any(const struct test_server *server, bool is_newer) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer text = dump_any(conn, is_newer);
    resp_close(conn);
    return text;
}

static struct buffer dump_of(const struct test_server *server) {
    return dump_of_any(server, false);
}

static void assert_same(const struct buffer *a, const struct buffer *b, const char *what) {
    enum { SHOWN = 60 };
    size_t at = 0;
    while (at < a->size && at < b->size && a->data[at] == b->data[at]) {
        at++;
    }
    size_t start = at > SHOWN ? at - SHOWN : 0;
    cr_assert(at == a->size && at == b->size, "%s differs:\n[%.100s]\n[%.100s]", what,
              buffer_text(a) + start, buffer_text(b) + start);
}

/* Moves the log of one server to the directory of another that is about to start. */
static void copy_log(const struct test_server *from, const struct test_server *to) {
    char command[TEXT_SIZE];
    (void)snprintf(command, sizeof command, "rm -rf %s/appendonlydir && cp -r %s/appendonlydir %s/",
                   test_server_dir(to), test_server_dir(from), test_server_dir(to));
    cr_assert_eq(system(command), 0);
}

static bool is_rewritten(void *context) {
    struct resp_conn *conn = context;
    struct buffer reply = resp_call(conn, "INFO persistence");
    bool is_done = strstr(buffer_text(&reply), "aof_rewrite_in_progress:0") != NULL &&
                   strstr(buffer_text(&reply), "aof_rewrites:0\r\n") == NULL;
    buffer_release(&reply);
    return is_done;
}

/* A base of commands cannot say that an entry is pending that was deleted. */
static void forget_deleted_pending(struct resp_conn *conn) {
    for (int database = 0; database < 4; database += 2) {
        char line[TEXT_SIZE];
        (void)snprintf(line, sizeof line, "SELECT %d", database);
        assert_reply(conn, line, "+OK\r\n");
        for (int key = 0; key < KEY_COUNT; key++) {
            (void)snprintf(line, sizeof line, "XAUTOCLAIM x%d g c 0 0 COUNT 10000 JUSTID", key);
            struct buffer reply = resp_call(conn, line);
            buffer_release(&reply);
        }
    }
}

static long long info_number(struct resp_conn *conn, const char *field) {
    struct buffer info = resp_call(conn, "INFO everything");
    struct buffer start = {0};
    buffer_append_format(&start, "\n%s:", field);
    const char *at = strstr(buffer_text(&info), start.data);
    cr_assert_not_null(at, "%s", field);
    long long number = strtoll(at + start.size, NULL, 10);
    buffer_release(&start);
    buffer_release(&info);
    return number;
}

/* Writes on while a key must go for each that comes. */
static void write_stream_within_limit(struct resp_conn *conn, unsigned seed) {
    enum { PRESSURE = 10000 };
    long long used = info_number(conn, "used_memory");
    long long limit = used - info_number(conn, "mem_not_counted_for_evict") - PRESSURE;
    char line[TEXT_SIZE];
    (void)snprintf(line, sizeof line, "CONFIG SET maxmemory-policy allkeys-random maxmemory %lld",
                   limit);
    assert_reply(conn, line, "+OK\r\n");
    write_stream(conn, seed, STEP_COUNT);
    assert_reply(conn, "CONFIG SET maxmemory 0 maxmemory-policy noeviction", "+OK\r\n");
    cr_expect_gt(info_number(conn, "evicted_keys"), 0);
}

static void replay_everywhere(const char *const options[], bool rewrites) {
    struct test_server *server = test_server_start(options);
    struct resp_conn *conn = test_server_connect(server);
    unsigned seed = (unsigned)wait_now_ms();
    write_stream(conn, seed, STEP_COUNT);
    write_stream_within_limit(conn, seed + 3);
    if (rewrites) {
        assert_reply(conn, "BGREWRITEAOF", "+Background append only file rewriting started\r\n");
        write_stream(conn, seed + 1, STEP_COUNT);
        cr_assert(wait_until(is_rewritten, conn, WAIT_DEADLINE_MS));
        write_stream(conn, seed + 2, STEP_COUNT / 10);
    }
    if (options == text_base_options) {
        forget_deleted_pending(conn);
    }
    struct buffer before = dump(conn);
    resp_close(conn);
    test_server_restart(server);
    struct buffer after = dump_of(server);
    assert_same(&before, &after, "what was replayed");
    test_server_crash(server);
    struct test_server *stock =
        test_server_start_stock((const char *const[]){"--appendonly", "yes", NULL});
    test_server_crash(stock);
    copy_log(server, stock);
    test_server_start_again(stock);
    struct buffer theirs = dump_of(stock);
    assert_same(&before, &theirs, "what the stock server replayed");
    buffer_release(&before);
    buffer_release(&after);
    buffer_release(&theirs);
    test_server_release(server);
    test_server_stop(stock);
}

Test(aof, a_stream_of_writes_is_replayed_here_and_by_the_stock_server) {
    replay_everywhere(aof_options, false);
}

Test(aof, what_newer_commands_write_is_replayed) {
    struct test_server *server = test_server_start(aof_options);
    unsigned seed = (unsigned)wait_now_ms();
    for (unsigned i = 0; i < 2; i++) {
        struct resp_conn *conn = test_server_connect(server);
        write_any_stream(conn, seed + i, STEP_COUNT, true);
        resp_close(conn);
        struct buffer before = dump_of_any(server, true);
        test_server_restart(server);
        struct buffer after = dump_of_any(server, true);
        assert_same(&before, &after, "what was replayed");
        buffer_release(&after);
        conn = test_server_connect(server);
        assert_reply(conn, "BGREWRITEAOF", "+Background append only file rewriting started\r\n");
        cr_assert(wait_until(is_rewritten, conn, WAIT_DEADLINE_MS));
        resp_close(conn);
        test_server_restart(server);
        after = dump_of_any(server, true);
        assert_same(&before, &after, "what was rewritten");
        buffer_release(&after);
        buffer_release(&before);
    }
    test_server_stop(server);
}

static int64_t token_of(struct resp_conn *conn, const char *line) {
    struct buffer reply = resp_call(conn, line);
    int64_t token = strtoll(buffer_text(&reply) + 1, NULL, 10);
    cr_assert(reply.data[0] == ':' && token > 0, "%s: %s", line, buffer_text(&reply));
    buffer_release(&reply);
    return token;
}

/* What LOCKINFO says but for times. */
static void expect_lock(struct resp_conn *conn, const char *key, int64_t token, int count) {
    char line[TEXT_SIZE];
    char start[TEXT_SIZE];
    (void)snprintf(line, sizeof line, "LOCKINFO %s", key);
    (void)snprintf(start, sizeof start,
                   "*16\r\n$5\r\nowner\r\n$5\r\nowner\r\n$5\r\ntoken\r\n:%lld\r\n$5\r\ncount\r\n:%d"
                   "\r\n",
                   (long long)token, count);
    struct buffer reply = resp_call(conn, line);
    cr_expect(strncmp(buffer_text(&reply), start, strlen(start)) == 0, "%s: %s", key,
              buffer_text(&reply));
    buffer_release(&reply);
}

static void keep_locks(const char *const options[], bool rewrites, bool saves) {
    struct test_server *server = test_server_start(options);
    struct resp_conn *conn = test_server_connect(server);
    int64_t first = token_of(conn, "LOCK first owner PX 1000000");
    (void)token_of(conn, "LOCK first owner PX 1000000");
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, "LOCK second owner PX 1000000 SESSION", "+QUEUED\r\n");
    assert_reply(conn, "SET plain owner", "+QUEUED\r\n");
    struct buffer reply = resp_call(conn, "EXEC");
    int64_t second = strtoll(buffer_text(&reply) + strlen("*2\r\n:"), NULL, 10);
    buffer_release(&reply);
    if (rewrites) {
        assert_reply(conn, "BGREWRITEAOF", "+Background append only file rewriting started\r\n");
        cr_assert(wait_until(is_rewritten, conn, WAIT_DEADLINE_MS));
    }
    if (saves) {
        assert_reply(conn, "SAVE", "+OK\r\n");
    }
    /* SIGKILL: the session does not end in order. */
    test_server_crash(server);
    resp_close(conn);
    test_server_start_again(server);
    conn = test_server_connect(server);
    expect_lock(conn, "first", first, 2);
    expect_lock(conn, "second", second, 1);
    assert_reply(conn, "OBJECT ENCODING plain", "$6\r\nembstr\r\n");
    cr_expect_gt(token_of(conn, "LOCK third owner PX 1000000"), second + 59 * 1000 * 1000);
    resp_close(conn);
    test_server_stop(server);
}

Test(aof, locks_and_their_tokens_survive) {
    keep_locks(aof_options, false, false);
    keep_locks(aof_options, true, false);
    keep_locks(text_base_options, true, false);
    keep_locks(NULL, false, true);
}

Test(aof, a_rewrite_in_the_middle_of_writes_changes_nothing) {
    replay_everywhere(aof_options, true);
}

Test(aof, a_rewrite_with_a_base_of_commands_changes_nothing) {
    replay_everywhere(text_base_options, true);
}

Test(aof, what_a_stock_server_wrote_is_replayed) {
    struct test_server *stock = test_server_start_stock(aof_options);
    struct resp_conn *conn = test_server_connect(stock);
    /* With everysec it keeps writes back while it syncs, and loses them when it is killed. */
    assert_reply(conn, "CONFIG SET appendfsync always", "+OK\r\n");
    write_stream(conn, (unsigned)wait_now_ms(), STEP_COUNT);
    assert_reply(conn, "BGREWRITEAOF", "+Background append only file rewriting started\r\n");
    cr_assert(wait_until(is_rewritten, conn, WAIT_DEADLINE_MS) || true);
    write_stream(conn, (unsigned)wait_now_ms(), STEP_COUNT / 10);
    struct buffer before = dump(conn);
    resp_close(conn);
    struct test_server *server = test_server_start(aof_options);
    test_server_crash(server);
    test_server_crash(stock);
    copy_log(stock, server);
    test_server_start_again(server);
    struct buffer after = dump_of(server);
    assert_same(&before, &after, "what was replayed");
    buffer_release(&before);
    buffer_release(&after);
    test_server_release(stock);
    test_server_stop(server);
}

/* ---- Switching on and off ---- */

static bool is_on(void *context) {
    struct resp_conn *conn = context;
    struct buffer reply = resp_call(conn, "INFO persistence");
    bool is_done = strstr(buffer_text(&reply), "aof_enabled:1") != NULL &&
                   strstr(buffer_text(&reply), "aof_rewrite_in_progress:0") != NULL;
    buffer_release(&reply);
    return is_done;
}

Test(aof, is_switched_on_and_off_while_serving) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SET before 1", "+OK\r\n");
    assert_reply(conn, "CONFIG SET appendonly yes", "+OK\r\n");
    assert_reply(conn, "SET during 2", "+OK\r\n");
    cr_assert(wait_until(is_on, conn, WAIT_DEADLINE_MS));
    assert_reply(conn, "SET after 3", "+OK\r\n");
    assert_reply(conn, "CONFIG SET appendonly no", "+OK\r\n");
    assert_reply(conn, "SET unlogged 4", "+OK\r\n");
    assert_reply(conn, "CONFIG SET appendonly yes", "+OK\r\n");
    cr_assert(wait_until(is_on, conn, WAIT_DEADLINE_MS));
    resp_close(conn);
    test_server_stop(server);
}

/* Without save points, with a configuration file, and with one key. */
static struct test_server *begin_without_log(struct resp_conn **conn) {
    struct test_server *server = test_server_start_with_config("save \"\"\n", NULL);
    *conn = test_server_connect(server);
    assert_reply(*conn, "SET before 1", "+OK\r\n");
    return server;
}

/* What the next start answers. */
static void end_with_restart(struct test_server *server, struct resp_conn *conn,
                             const char *request, const char *reply) {
    resp_close(conn);
    test_server_restart(server);
    conn = test_server_connect(server);
    assert_reply(conn, request, reply);
    resp_close(conn);
    test_server_stop(server);
}

/* The walk of the first base has to come to its end before the next one begins. */
Test(aof, is_switched_off_and_on_again_while_its_first_base_is_written) {
    struct resp_conn *conn = NULL;
    struct test_server *server = begin_without_log(&conn);
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, "CONFIG SET appendonly yes", "+QUEUED\r\n");
    assert_reply(conn, "CONFIG SET appendonly no", "+QUEUED\r\n");
    assert_reply(conn, "CONFIG SET appendonly yes", "+QUEUED\r\n");
    assert_reply(conn, "BGREWRITEAOF", "+QUEUED\r\n");
    assert_reply(conn, "EXEC",
                 "*4\r\n+OK\r\n+OK\r\n+OK\r\n"
                 "+Background append only file rewriting scheduled\r\n");
    assert_reply(conn, "SET during 2", "+OK\r\n");
    cr_assert(wait_until(is_rewritten, conn, WAIT_DEADLINE_MS));
    assert_reply(conn, "CONFIG REWRITE", "+OK\r\n");
    assert_reply(conn, "SET after 3", "+OK\r\n");
    end_with_restart(server, conn, "MGET before during after",
                     "*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n");
}

/* What was written since the first try stands in the increment, so no base may begin later. */
Test(aof, a_rewrite_waits_for_the_next_try_of_the_first_base) {
    struct resp_conn *conn = NULL;
    struct test_server *server = begin_without_log(&conn);
    assert_reply(conn, "CONFIG SET rdb-key-save-delay 100000000", "+OK\r\n");
    assert_reply(conn, "BGSAVE", "+Background saving started\r\n");
    assert_reply(conn, "CONFIG SET rdb-key-save-delay 0", "+OK\r\n");
    assert_reply(conn, "CONFIG SET appendonly yes", "+OK\r\n");
    assert_reply(conn, "RENAME before after", "+OK\r\n");
    assert_reply(conn, "BGSAVE CANCEL", "+Background saving cancelled\r\n");
    assert_reply(conn, "SAVE", "+OK\r\n");
    struct buffer reply = resp_call(conn, "BGREWRITEAOF"); /* The first base may run already. */
    buffer_release(&reply);
    cr_assert(wait_until(is_rewritten, conn, WAIT_DEADLINE_MS));
    assert_reply(conn, "CONFIG REWRITE", "+OK\r\n");
    end_with_restart(server, conn, "MGET before after", "*2\r\n$-1\r\n$1\r\n1\r\n");
}

/* A rewrite without a log holds the directory. */
Test(aof, is_switched_on_while_a_base_is_written) {
    struct resp_conn *conn = NULL;
    struct test_server *server = begin_without_log(&conn);
    assert_reply(conn, "CONFIG SET rdb-key-save-delay 100000000", "+OK\r\n");
    assert_reply(conn, "BGREWRITEAOF", "+Background append only file rewriting started\r\n");
    assert_reply(conn, "CONFIG SET rdb-key-save-delay 0", "+OK\r\n");
    assert_reply(conn, "CONFIG SET appendonly yes", "+OK\r\n");
    cr_assert(wait_until(is_on, conn, WAIT_DEADLINE_MS));
    assert_reply(conn, "CONFIG REWRITE", "+OK\r\n");
    assert_reply(conn, "SET after 2", "+OK\r\n");
    end_with_restart(server, conn, "MGET before after", "*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
}

static void expect_info(struct resp_conn *conn, const char *line) {
    struct buffer reply = resp_call(conn, "INFO persistence");
    cr_expect_not_null(strstr(buffer_text(&reply), line), "%s: %s", line, buffer_text(&reply));
    buffer_release(&reply);
}

/* As on the stock server: the rewrite is scheduled, and nothing has failed. */
Test(aof, is_switched_on_while_a_snapshot_is_written) {
    struct resp_conn *conn = NULL;
    struct test_server *server = begin_without_log(&conn);
    assert_reply(conn, "CONFIG SET rdb-key-save-delay 100000000", "+OK\r\n");
    assert_reply(conn, "BGSAVE", "+Background saving started\r\n");
    assert_reply(conn, "CONFIG SET appendonly yes", "+OK\r\n");
    expect_info(conn, "aof_enabled:1\r");
    expect_info(conn, "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:1\r");
    expect_info(conn, "aof_last_bgrewrite_status:ok\r");
    assert_reply(conn, "CONFIG SET appendonly no", "+OK\r\n");
    expect_info(conn, "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r");
    assert_reply(conn, "CONFIG SET appendonly yes", "+OK\r\n");
    assert_reply(conn, "SET during 2", "+OK\r\n");
    assert_reply(conn, "CONFIG SET rdb-key-save-delay 0", "+OK\r\n");
    assert_reply(conn, "BGSAVE CANCEL", "+Background saving cancelled\r\n");
    cr_assert(wait_until(is_rewritten, conn, WAIT_DEADLINE_MS));
    expect_info(conn, "aof_last_bgrewrite_status:ok\r\naof_rewrites:1\r");
    assert_reply(conn, "CONFIG REWRITE", "+OK\r\n");
    assert_reply(conn, "SET after 3", "+OK\r\n");
    end_with_restart(server, conn, "MGET before during after",
                     "*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n");
}

/* It would start with an empty log, or with an old one. */
Test(aof, shutdown_lets_the_first_base_be_written) {
    struct test_server *server = test_server_start_with_config("save \"\"\n", NULL);
    struct resp_conn *conn = test_server_connect(server);
    resp_send_text(conn, "SET before 1\r\nCONFIG SET appendonly yes\r\nCONFIG REWRITE\r\n"
                         "SHUTDOWN\r\n");
    cr_assert_eq(test_server_wait(server), 0);
    resp_close(conn);
    test_server_start_again(server);
    conn = test_server_connect(server);
    assert_reply(conn, "GET before", "$1\r\n1\r\n");
    resp_close(conn);
    test_server_stop(server);
}

Test(aof, shutdown_is_refused_when_the_first_base_cannot_be_written) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    char command[TEXT_SIZE];
    (void)snprintf(command, sizeof command, "mkdir -p %s/appendonlydir/temp-appendonly.aof.base",
                   test_server_dir(server));
    cr_assert_eq(system(command), 0);
    assert_reply(conn, "CONFIG SET appendonly yes", "+OK\r\n");
    assert_reply(conn, "SHUTDOWN", "-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
    assert_reply(conn, "SHUTDOWN NOSAVE", "-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
    resp_send_text(conn, "SHUTDOWN FORCE\r\n");
    cr_assert_eq(test_server_wait(server), 0);
    resp_close(conn);
    test_server_release(server);
}

static void reload_log(const char *const options[]) {
    struct test_server *server = test_server_start(options);
    struct resp_conn *conn = test_server_connect(server);
    write_stream(conn, 7, STEP_COUNT / 10);
    assert_reply(conn,
                 "FUNCTION LOAD \"#!lua name=l\\nredis.register_function('f', function() return "
                 "1 end)\"",
                 "$1\r\nl\r\n");
    for (int i = 0; i < 3; i++) {
        struct buffer before = dump(conn);
        assert_reply(conn, "DEBUG LOADAOF", "+OK\r\n");
        struct buffer after = dump(conn);
        cr_assert_str_eq(buffer_text(&after), buffer_text(&before));
        assert_reply(conn, "FCALL f 0", ":1\r\n");
        buffer_release(&before);
        buffer_release(&after);
        if (i == 1) {
            assert_reply(conn, "BGREWRITEAOF",
                         "+Background append only file rewriting started\r\n");
            cr_assert(wait_until(is_rewritten, conn, WAIT_DEADLINE_MS));
        }
        write_stream(conn, 8, STEP_COUNT / 10);
    }
    struct buffer before = dump(conn);
    resp_close(conn);
    test_server_restart(server);
    conn = test_server_connect(server);
    struct buffer after = dump(conn);
    cr_assert_str_eq(buffer_text(&after), buffer_text(&before));
    buffer_release(&before);
    buffer_release(&after);
    resp_close(conn);
    test_server_stop(server);
}

Test(aof, debug_loads_it_again_and_goes_on) {
    reload_log(aof_options);
    reload_log((const char *const[]){"--appendonly", "yes", "--appendfsync", "always", NULL});
}

/* ---- WAITAOF ---- */

Test(aof, waitaof_waits_for_the_sync_of_own_writes) {
    struct test_server *server = test_server_start(aof_options);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SET a 1", "+OK\r\n");
    assert_reply(conn, "WAITAOF 1 0 0", "*2\r\n:1\r\n:0\r\n");
    assert_reply(conn, "WAITAOF 0 1 1", "*2\r\n:1\r\n:0\r\n");
    assert_reply(conn, "WAITAOF 2 0 0",
                 "-ERR value is out of range, value must between 0 and 1\r\n");
    assert_reply(conn, "WAITAOF 1 0 -1", "-ERR timeout is negative\r\n");
    assert_reply(conn, "WAITAOF 1 0 x", "-ERR timeout is not an integer or out of range\r\n");
    assert_reply(conn, "MULTI", "+OK\r\n");
    assert_reply(conn, "WAITAOF 0 5 0", "+QUEUED\r\n");
    assert_reply(conn, "EXEC", "*1\r\n*2\r\n:1\r\n:0\r\n");
    resp_close(conn);
    test_server_stop(server);
    server = test_server_start(NULL);
    conn = test_server_connect(server);
    assert_reply(conn, "WAITAOF 0 0 0", "*2\r\n:0\r\n:0\r\n");
    assert_reply(
        conn, "WAITAOF 1 0 0",
        "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n");
    resp_close(conn);
    test_server_stop(server);
}

static bool somebody_waits(void *context) {
    struct buffer reply = resp_call(context, "INFO clients");
    bool waits = strstr(buffer_text(&reply), "blocked_clients:1\r") != NULL;
    buffer_release(&reply);
    return waits;
}

Test(aof, waitaof_ends_when_the_log_is_switched_off) {
    const char *const options[] = {"--appendonly", "yes", "--appendfsync", "no", NULL};
    struct test_server *server = test_server_start(options);
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *waiter = test_server_connect(server);
    assert_reply(waiter, "SET a 1", "+OK\r\n");
    resp_send_text(waiter, "WAITAOF 1 0 0\r\n");
    cr_assert(wait_until(somebody_waits, conn, WAIT_DEADLINE_MS));
    assert_reply(conn, "CONFIG SET appendonly no", "+OK\r\n");
    struct buffer reply = {0};
    cr_assert_eq(resp_read_within(waiter, &reply, WAIT_DEADLINE_MS), RESP_COMPLETE);
    cr_assert_str_eq(buffer_text(&reply), "-ERR WAITAOF cannot be used when numlocal is set but "
                                          "appendonly is disabled.\r\n");
    buffer_release(&reply);
    resp_close(waiter);
    resp_close(conn);
    test_server_stop(server);
}

/* ---- Files ---- */

static void write_text(const struct test_server *server, const char *name, const char *text) {
    char path[TEXT_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s", test_server_dir(server), name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
}

static void remove_log(const struct test_server *server) {
    char command[TEXT_SIZE];
    (void)snprintf(command, sizeof command, "rm -rf %s/appendonlydir", test_server_dir(server));
    cr_assert_eq(system(command), 0);
}

Test(aof, a_single_file_of_an_older_server_is_taken_over) {
    struct test_server *server = test_server_start(aof_options);
    test_server_crash(server);
    remove_log(server);
    write_text(server, "appendonly.aof",
               "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n");
    test_server_start_again(server);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "GET a", "$1\r\n1\r\n");
    assert_reply(conn, "SET b 2", "+OK\r\n");
    end_with_restart(server, conn, "MGET a b", "*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
}

/* A server that has not been started again since it got this log. */
static struct test_server *give_log(const char *manifest, const char *increment) {
    struct test_server *server = test_server_start(aof_options);
    test_server_crash(server);
    remove_log(server);
    char path[TEXT_SIZE];
    (void)snprintf(path, sizeof path, "%s/appendonlydir", test_server_dir(server));
    cr_assert_eq(mkdir(path, FILE_MODE | S_IXUSR), 0);
    write_text(server, "appendonlydir/appendonly.aof.manifest", manifest);
    write_text(server, "appendonlydir/appendonly.aof.1.incr.aof", increment);
    return server;
}

#define FIX_ADVICE "latchkey-check-aof --fix cuts the log there"

static void refuse_log_with(const char *manifest, const char *increment, const char *reason,
                            bool is_advised) {
    struct test_server *server = give_log(manifest, increment);
    cr_assert_not(test_server_try_again(server));
    cr_assert_eq(test_server_wait(server), 1);
    struct buffer log = test_server_log(server);
    cr_assert_not_null(strstr(buffer_text(&log), reason), "%s", buffer_text(&log));
    cr_assert_eq(strstr(buffer_text(&log), FIX_ADVICE) != NULL, is_advised, "%s",
                 buffer_text(&log));
    buffer_release(&log);
    test_server_release(server);
}

/* No cut at the end would mend it, and nothing says so. */
static void refuse_log(const char *manifest, const char *increment, const char *reason) {
    refuse_log_with(manifest, increment, reason, false);
}

static const char one_increment[] = "file appendonly.aof.1.incr.aof seq 1 type i\n";

/* The log was written when the clock stood decades later. */
Test(aof, tokens_grow_after_the_clock_was_moved_back) {
    static const int64_t later_token = 4000000000000000;
    struct test_server *server =
        give_log(one_increment, "#LOCK 4000000000000000 2\r\n"
                                "*5\r\n$3\r\nSET\r\n$5\r\nfirst\r\n$5\r\nowner\r\n"
                                "$4\r\nPXAT\r\n$13\r\n4000000000000\r\n");
    test_server_start_again(server);
    struct resp_conn *conn = test_server_connect(server);
    expect_lock(conn, "first", later_token, 2);
    int64_t next = token_of(conn, "LOCK second owner PX 1000000");
    cr_expect_gt(next, later_token);
    cr_expect_eq(token_of(conn, "LOCK third owner PX 1000000"), next + 1);
    resp_close(conn);
    test_server_restart(server);
    conn = test_server_connect(server);
    cr_expect_gt(token_of(conn, "LOCK fourth owner PX 1000000"), next + 1);
    resp_close(conn);
    test_server_stop(server);
}

Test(aof, an_unknown_command_is_refused_with_its_place) {
    refuse_log(one_increment, "*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nEXEC\r\n*1\r\n$3\r\nFOO\r\n",
               "appendonly.aof.1.incr.aof is damaged at offset 29: unknown command: \"FOO\"");
}

Test(aof, a_wrong_number_of_arguments_is_refused) {
    refuse_log(one_increment, "*1\r\n$3\r\nSET\r\n",
               "damaged at offset 0: wrong number of arguments: \"SET\"");
}

Test(aof, a_wrong_type_is_refused) {
    refuse_log(one_increment,
               "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"
               "*3\r\n$5\r\nRPUSH\r\n$1\r\na\r\n$1\r\n1\r\n",
               "damaged at offset 27: the command fails");
}

Test(aof, a_command_that_does_not_write_is_refused) {
    refuse_log(one_increment, "*1\r\n$8\r\nSHUTDOWN\r\n", "a command that does not write");
}

Test(aof, a_bad_manifest_is_refused) {
    refuse_log("file a seq 0 type i\n", "", "line 1 of the manifest: Invalid AOF manifest");
    refuse_log("file a/b seq 1 type i\n", "", "File can't be a path, just a filename");
    refuse_log("file a seq 1 type x\n", "", "Unknown AOF file type");
    refuse_log("", "", "Found an empty AOF manifest");
    refuse_log("file missing.aof seq 1 type b\n", "", "Cannot open appendonlydir/missing.aof");
    refuse_log("file appendonly.aof.1.incr.aof seq 1 type i\n#LK 0000000000000000\n", "",
               "The checksum does not fit");
}

Test(aof, damage_that_a_cut_would_mend_is_refused_with_advice) {
    static const char torn[] = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\ngarbage\r\n";
    refuse_log_with(one_increment, torn, "is damaged at offset 27", true);
    refuse_log("file appendonly.aof.1.incr.aof seq 1 type i\nfile later.aof seq 2 type i\n", torn,
               "is damaged at offset 27");
}

Test(aof, two_servers_do_not_write_one_directory) {
    struct test_server *server = test_server_start(aof_options);
    struct buffer output = {0};
    char path[TEXT_SIZE];
    (void)snprintf(path, sizeof path, "%s/second", test_server_dir(server));
    const char *arguments[] = {"--port",       "0",     "--unixsocket",
                               path,           "--dir", test_server_dir(server),
                               "--appendonly", "yes",   NULL};
    cr_assert_eq(test_server_run(arguments, &output), 1);
    cr_assert_not_null(strstr(buffer_text(&output), "Another process writes the AOF directory"));
    buffer_release(&output);
    test_server_stop(server);
}

static void limit_file_size(const struct test_server *server, rlim_t size) {
    struct rlimit limit = {size, RLIM_INFINITY};
    cr_assert_eq(prlimit(test_server_pid(server), RLIMIT_FSIZE, &limit, NULL), 0);
}

static bool is_set(void *conn) {
    return resp_call_is(conn, "SET a 2", "+OK\r\n");
}

Test(aof, a_limit_of_the_size_of_files_refuses_writes_while_it_holds) {
    struct test_server *server = test_server_start(aof_options);
    struct resp_conn *conn = test_server_connect(server);
    struct buffer rest = {0};
    limit_file_size(server, 1);
    resp_send_command(conn, "SET a 1");
    cr_assert(resp_read_until_close(conn, &rest));
    cr_assert_eq(rest.size, 0, "%s", buffer_text(&rest));
    buffer_release(&rest);
    resp_close(conn);
    conn = test_server_connect(server);
    assert_reply(conn, "SET a 2", "-MISCONF Errors writing to the AOF file: File too large\r\n");
    assert_reply(conn, "PING", "+PONG\r\n");
    limit_file_size(server, RLIM_INFINITY);
    cr_assert(wait_until(is_set, conn, WAIT_DEADLINE_MS));
    end_with_restart(server, conn, "GET a", "$1\r\n2\r\n");
}

/* Renamed commands are logged under their own names. */
Test(aof, renamed_commands_are_replayed) {
    struct test_server *server = test_server_start_with_config(
        "rename-command SET put\nrename-command GET \"\"\n", aof_options);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "PUT a 1", "+OK\r\n");
    assert_reply(conn, "PUT a 2", "+OK\r\n");
    end_with_restart(server, conn, "GETRANGE a 0 -1", "$1\r\n2\r\n");
}

/* A key whose time came while the server was down goes after the load, not before. */
Test(aof, due_keys_are_kept_until_the_log_is_replayed) {
    struct test_server *server =
        give_log("file appendonly.aof.1.incr.aof seq 1 type i\n",
                 "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"
                 "*5\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nx\r\n$4\r\nPXAT\r\n$1\r\n1\r\n"
                 "*3\r\n$6\r\nAPPEND\r\n$1\r\na\r\n$1\r\ny\r\n"
                 "*3\r\n$6\r\nRENAME\r\n$1\r\na\r\n$1\r\nb\r\n"
                 "*5\r\n$4\r\nCOPY\r\n$1\r\nb\r\n$1\r\nc\r\n$2\r\nDB\r\n$1\r\n0\r\n"
                 "*2\r\n$7\r\nPERSIST\r\n$1\r\nc\r\n");
    test_server_start_again(server);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "EXISTS a b", ":0\r\n");
    assert_reply(conn, "GET c", "$2\r\nxy\r\n");
    resp_close(conn);
    test_server_stop(server);
}

/* What was written before nobody waited for; under `always` even a read waits for its sync. */
Test(aof, a_change_to_always_syncs_what_was_written_before) {
    struct test_server *server = test_server_start(
        (const char *const[]){"--appendonly", "yes", "--appendfsync", "no", NULL});
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SET a 1", "+OK\r\n");
    assert_reply(conn, "CONFIG SET appendfsync always", "+OK\r\n");
    assert_reply(conn, "GET a", "$1\r\n1\r\n");
    assert_reply(conn, "CONFIG SET appendfsync everysec", "+OK\r\n");
    assert_reply(conn, "SET a 2", "+OK\r\n");
    assert_reply(conn, "CONFIG SET appendfsync always", "+OK\r\n");
    assert_reply(conn, "GET a", "$1\r\n2\r\n");
    assert_reply(conn, "WAITAOF 1 0 0", "*2\r\n:1\r\n:0\r\n");
    resp_close(conn);
    test_server_stop(server);
}
