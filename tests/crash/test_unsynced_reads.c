/*
 * Under appendfsync always a read waits for the disk exactly when its reply could tell of a write
 * that is not on it. No sync ends here before the test says so.
 */
#include "crash/disk.h"
#include "support/check.h"
#include "support/wait.h"

enum { READS_MAX = 8 };

struct rig {
    struct disk *disk;
    struct test_server *server;
};

/* Reads that wait, and reads that do not, while this write is on its way to the disk. */
struct scene {
    const char *write;
    const char *waiting[READS_MAX];
    const char *answered[READS_MAX];
};

static const struct scene scenes[] = {
    {"SET written 1",
     {"GET written", "MGET other written", "EXISTS written", "DBSIZE", "KEYS *", "SCAN 0",
      "EVAL \"return redis.call('GET','written')\" 0"},
     {"GET other", "GET missing", "MGET other list", "LRANGE list 0 -1", "OBJECT ENCODING other",
      "SINTER set missing", "PING", "CLIENT GETNAME"}},
    {"RPUSH list x", {"LLEN list", "SORT list BY nosort"}, {"SMEMBERS set"}},
    {"RENAME renamed target", {"GET renamed", "GET target"}, {"GET other"}},
    {"SINTERSTORE stored set", {"SCARD stored"}, {"SCARD set"}},
    {"ZUNIONSTORE union 1 set", {"ZCARD union"}, {"ZCARD missing"}},
    {"EVAL \"redis.call('SET','scripted',1) redis.call('DEL','doomed')\" 0",
     {"GET scripted", "GET doomed"},
     {"GET other"}},
    {"LOCK lock owner PX 60000", {"LOCKINFO lock", "EXISTS lock"}, {"EXISTS other"}},
    {"XREADGROUP GROUP g c STREAMS stream >", {"XPENDING stream g"}, {"XLEN missing"}},
    {"HEXPIRE hash 1000 FIELDS 1 f", {"HTTL hash FIELDS 1 f"}, {"HGETALL missing"}},
    {"SORT set ALPHA STORE sorted", {"LRANGE sorted 0 -1"}, {"GET other"}},
    {"SWAPDB 2 3", {"GET other", "LLEN list"}, {"PING"}},
};

static struct rig begin(void) {
    struct rig rig = {.disk = disk_create()};
    const char *options[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};
    rig.server = test_server_start(options);
    struct resp_conn *conn = test_server_connect(rig.server);
    assert_reply(conn, "MSET other 1 renamed 1 doomed 1", "+OK\r\n");
    assert_reply(conn, "RPUSH list 1", ":1\r\n");
    assert_reply(conn, "SADD set 1", ":1\r\n");
    assert_reply(conn, "HSET hash f v", ":1\r\n");
    assert_reply(conn, "XADD stream 1-1 f v", "$3\r\n1-1\r\n");
    assert_reply(conn, "XGROUP CREATE stream g 0", "+OK\r\n");
    resp_close(conn);
    return rig;
}

static void end(struct rig rig) {
    test_server_stop(rig.server);
    disk_destroy(rig.disk);
}

static bool is_answered_within(struct resp_conn *conn, int64_t timeout_ms) {
    struct buffer reply = {0};
    bool is_answered = resp_read_within(conn, &reply, timeout_ms) == RESP_COMPLETE;
    buffer_release(&reply);
    return is_answered;
}

static bool answers(struct rig rig, const char *request) {
    struct resp_conn *conn = test_server_connect(rig.server);
    resp_send_command(conn, request);
    bool answers = is_answered_within(conn, WAIT_DEADLINE_MS);
    resp_close(conn);
    return answers;
}

/* A request that is sent, but not answered until the disk goes on. */
static struct resp_conn *send_request(struct rig rig, const char *request) {
    struct resp_conn *conn = test_server_connect(rig.server);
    resp_send_command(conn, request);
    return conn;
}

static void play(struct rig rig, const struct scene *scene) {
    disk_stall(rig.disk, SHIM_SYNC);
    struct resp_conn *writer = send_request(rig, scene->write);
    cr_assert(answers(rig, "PING"), "PING is held behind: %s", scene->write);
    struct resp_conn *waiting[READS_MAX] = {NULL};
    for (size_t i = 0; i < READS_MAX && scene->waiting[i] != NULL; i++) {
        waiting[i] = send_request(rig, scene->waiting[i]);
    }
    for (size_t i = 0; i < READS_MAX && scene->answered[i] != NULL; i++) {
        cr_assert(answers(rig, scene->answered[i]), "%s is held behind: %s", scene->answered[i],
                  scene->write);
    }
    cr_assert(!is_answered_within(writer, 0), "acknowledged before its sync: %s", scene->write);
    for (size_t i = 0; i < READS_MAX && waiting[i] != NULL; i++) {
        cr_assert(!is_answered_within(waiting[i], 0), "%s shows what may be lost: %s",
                  scene->waiting[i], scene->write);
    }
    disk_stall(rig.disk, 0);
    cr_assert(is_answered_within(writer, WAIT_DEADLINE_MS));
    resp_close(writer);
    for (size_t i = 0; i < READS_MAX && waiting[i] != NULL; i++) {
        cr_assert(is_answered_within(waiting[i], WAIT_DEADLINE_MS));
        resp_close(waiting[i]);
    }
}

Test(unsynced_reads, a_read_waits_when_it_could_show_an_unsynced_write) {
    struct rig rig = begin();
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        play(rig, &scenes[i]);
    }
    end(rig);
}

/* The switch itself: what was written before under another policy is not safe either. */
Test(unsynced_reads, writes_before_the_switch_to_always_count) {
    struct rig rig = begin();
    struct resp_conn *conn = test_server_connect(rig.server);
    assert_reply(conn, "CONFIG SET appendfsync no", "+OK\r\n");
    assert_reply(conn, "SET written 1", "+OK\r\n");
    disk_stall(rig.disk, SHIM_SYNC);
    resp_send_command(conn, "CONFIG SET appendfsync always");
    cr_assert(answers(rig, "PING"));
    struct resp_conn *reader = send_request(rig, "GET written");
    cr_assert(answers(rig, "PING"));
    cr_assert(!is_answered_within(reader, 0));
    disk_stall(rig.disk, 0);
    cr_assert(is_answered_within(reader, WAIT_DEADLINE_MS));
    cr_assert(is_answered_within(conn, WAIT_DEADLINE_MS));
    resp_close(reader);
    resp_close(conn);
    end(rig);
}

/* Requests of one connection: a free read stays behind a held reply, in order. */
Test(unsynced_reads, a_connection_is_answered_in_order) {
    struct rig rig = begin();
    disk_stall(rig.disk, SHIM_SYNC);
    struct resp_conn *conn = send_request(rig, "SET written 1");
    cr_assert(answers(rig, "PING"));
    resp_send_command(conn, "GET other");
    resp_send_command(conn, "PING");
    cr_assert(answers(rig, "PING"));
    cr_assert(!is_answered_within(conn, 0));
    disk_stall(rig.disk, 0);
    static const char *const expected[] = {"+OK\r\n", "$1\r\n1\r\n", "+PONG\r\n"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct buffer reply = {0};
        cr_assert_eq(resp_read_within(conn, &reply, WAIT_DEADLINE_MS), RESP_COMPLETE);
        cr_assert_str_eq(buffer_text(&reply), expected[i]);
        buffer_release(&reply);
    }
    resp_close(conn);
    end(rig);
}
