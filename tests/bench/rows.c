/*
 * rows: the table. Limits are those that the project has set itself for its first step. The 16 KiB
 * rows have fewer keys, because a million of them would not fit into the memory of most machines.
 * EXPIRE works on keys that have a deadline, so that its figure does not depend on how many the
 * interval reaches.
 */
#include "bench/rows.h"

enum {
    KEYS = 1000 * 1000,
    LARGE_KEYS = 50 * 1000,
    CONNECTIONS = 50,
    VALUE = 16,
    KIBIBYTE = 1024,
    LARGE_VALUE = 16 * KIBIBYTE,
    SHALLOW = 16,
    DEEP = 64,
    LIST_ELEMENTS = 100,
    MANY_CONNECTIONS = 1000,
    MOST_CONNECTIONS = 10000,
    MANY_MEMBERS = 10 * 1000,
    OTHER_KEYS = 100 * 1000,
    LARGE_MEMBERS = 5 * 1000 * 1000,
    RSS_STEPS = 8,
    RSS_FIRST_STEP = 4,
    BLOCKED = 100,
    READ_COUNT = 100,
    RSS_LISTS = 100 * 1000,
    RSS_LIST_ELEMENTS = 50,
    LISTENERS = 50,
    MANY_LISTENERS = 5000,
    TRACKED = 100 * 1000,
    TRANSACTION = 7 /* MULTI, five times SET, EXEC */
};

#define TEN_TIMES(words) words words words words words words words words words words

#define LOAD(words, size, keys, connections)                                                       \
    .kind = ROW_LOAD, .program = (words), .value_size = (size), .key_count = (keys),               \
    .connection_count = (connections)

/* A million keys with 16-byte values, 50 connections: what most rows have. */
#define FILLED(filling_words, words)                                                               \
    LOAD(words, VALUE, KEYS, CONNECTIONS), .filling = (filling_words), .filling_count = KEYS
#define STRINGS(words) FILLED("SET %k %v", words)
#define STRINGS_OF(size, keys, words)                                                              \
    LOAD(words, size, keys, CONNECTIONS), .filling = "SET %k %v", .filling_count = (keys)
#define CROWD(connections)                                                                         \
    LOAD("GET %k", VALUE, KEYS, connections), .filling = "SET %k %v", .filling_count = KEYS
#define LISTS(words) LOAD(words, VALUE, 1, CONNECTIONS)

/* Eight steps of a million keys; those from 4 to 8 million count. */
#define STEPS(words)                                                                               \
    .kind = ROW_MEMORY, .filling = (words), .filling_count = KEYS, .value_size = VALUE,            \
    .entries = 1, .steps = RSS_STEPS, .first_step = RSS_FIRST_STEP

/* One collection with so many members or fields, 50 connections. */
#define ONE_KEY(count, filling_words, words)                                                       \
    LOAD(words, VALUE, count, CONNECTIONS), .filling = (filling_words), .filling_count = (count)

/* Entries of three short fields. */
#define FIELDS "name %v state %v owner %v"
#define STREAM_OF(count, words)                                                                    \
    LOAD(words, VALUE, 1, CONNECTIONS), .filling = "XADD s * " FIELDS, .filling_count = (count)

/* A million small collections; one of five million members. */
#define SPREAD(words)                                                                              \
    .kind = ROW_MEMORY, .filling = (words), .filling_count = KEYS, .value_size = VALUE,            \
    .entries = 1, .steps = 1, .first_step = 1
#define ONE_LARGE(words)                                                                           \
    .kind = ROW_MEMORY, .filling = (words), .filling_count = LARGE_MEMBERS, .value_size = VALUE,   \
    .entries = 1, .steps = 1, .first_step = 1

/* The dataset is written out, and what that may cost. */
#define WRITTEN_OUT(word)                                                                          \
    .kind = ROW_SNAPSHOT, .command = (word), .filling = "SET %k %v", .value_size = 64,             \
    .rise_limit_ms = 1, .max_limit_ms = 5, .extra_limit_bytes = 100e6, .limit = 1.3
#define MIXED_LOAD                                                                                 \
    .filling_count = 8 * 1000 * 1000, .key_count = 8 * 1000 * 1000, .program = "SET %k %v; GET %k"
#define LARGE_LOAD                                                                                 \
    .filling_count = OTHER_KEYS, .key_count = OTHER_KEYS,                                          \
    .further = {{"RPUSH large:list %v", 200 * 1000, 0, 1000},                                      \
                {"APPEND large:string %v", 200, 0, 1000 * 1000}},                                  \
    .program = "LPUSH large:list %v; GET %k; RPOP large:list; SETRANGE large:string %i %v"
#define MEMBERS_LOAD                                                                               \
    .filling_count = OTHER_KEYS, .key_count = LARGE_MEMBERS,                                       \
    .further = {{"ZADD large:zset %i %k", LARGE_MEMBERS, 0, VALUE},                                \
                {"HSET large:hash %k %v", LARGE_MEMBERS, 0, VALUE}},                               \
    .program = "ZADD large:zset %i %k; GET %k; HSET large:hash %k %v; GET %k"

/* A million become due, in their own keys or in hashes, while others are read. */
#define DUE(words, lists, others, reads)                                                           \
    .kind = ROW_EXPIRY, .filling = (others), .filling_count = MANY_MEMBERS, .value_size = VALUE,   \
    .further = {{words, KEYS, lists, VALUE}}, .key_count = MANY_MEMBERS, .program = (reads),       \
    .rise_limit_ms = 1, .back_limit_s = 1

/* A set of five million members goes. */
#define LETS_GO(word)                                                                              \
    .kind = ROW_PAUSE, .command = (word), .filling = "SET %k %v", .filling_count = OTHER_KEYS,     \
    .key_count = OTHER_KEYS, .value_size = VALUE,                                                  \
    .further = {{"SADD large %k", LARGE_MEMBERS, 0, VALUE}}, .program = "GET %k",                  \
    .max_limit_ms = 1

/* A server starts with what a filling left on disk. */
#define STARTED(word)                                                                              \
    .kind = ROW_START, .command = (word), .filling = "SET %k %v", .value_size = 200,               \
    .filling_count = 8 * 1000 * 1000

/* Scripts: words end at spaces and semicolons, so they have tabs. */
#define COMPARE_AND_DELETE_SCRIPT                                                                  \
    "if\tredis.call('get',KEYS[1])==ARGV[1]\tthen\treturn\tredis.call('del',KEYS[1])\telse\t"      \
    "return\t0\tend"
#define COMPARE_AND_DELETE_DIGEST "ea6ec4e30b9e86b229a027e07db75babe4de5f91"
#define LOAD_COMPARE_AND_DELETE "SCRIPT LOAD " COMPARE_AND_DELETE_SCRIPT
#define COMPARE_AND_DELETE "EVALSHA " COMPARE_AND_DELETE_DIGEST " 1 %K %v"
#define HUNDRED_CALLS "for\ti=1,100\tdo\tredis.call('get',KEYS[1])\tend"
#define HUNDRED_CALLS_DIGEST "70090a12953945dcfa0c2a85ac3e2a2623cb1a6b"

/* One client publishes, as soon as the last one is answered. */
#define PUBLISHED(listeners)                                                                       \
    LOAD("PUBLISH news %v", VALUE, 1, 1), .listener_count = (listeners),                           \
                                          .listening = "SUBSCRIBE news", .depth = 1

/* A pipeline of whole transactions. */
#define TRANSACTIONS(count)                                                                        \
    STRINGS("MULTI;SET %k %v;SET %k %v;SET %k %v;SET %k %v;SET %k %v;EXEC"),                       \
        .depth = (count)*TRANSACTION

static const struct row rows[] = {
    {.name = "GET 16 B, pipeline 1",
     STRINGS("GET %k"),
     .depth = 1,
     .limit = 0.85,
     .user_limit = 0.35},
    {.name = "SET 16 B, pipeline 1",
     STRINGS("SET %k %v"),
     .depth = 1,
     .limit = 0.85,
     .user_limit = 0.35},
    {.name = "GET 16 B, pipeline 16",
     STRINGS("GET %k"),
     .depth = SHALLOW,
     .limit = 0.40,
     .user_limit = 0.20},
    {.name = "SET 16 B, pipeline 16",
     STRINGS("SET %k %v"),
     .depth = SHALLOW,
     .limit = 0.40,
     .user_limit = 0.20},
    {.name = "GET 16 B, pipeline 64", STRINGS("GET %k"), .depth = DEEP, .limit = 0.24},
    {.name = "SET 16 B, pipeline 64", STRINGS("SET %k %v"), .depth = DEEP, .limit = 0.24},
    {.name = "GET 1 KiB, pipeline 16",
     STRINGS_OF(KIBIBYTE, KEYS, "GET %k"),
     .depth = SHALLOW,
     .limit = 0.45},
    {.name = "SET 1 KiB, pipeline 16",
     STRINGS_OF(KIBIBYTE, KEYS, "SET %k %v"),
     .depth = SHALLOW,
     .limit = 0.45},
    {.name = "GET 16 KiB, pipeline 16",
     STRINGS_OF(LARGE_VALUE, LARGE_KEYS, "GET %k"),
     .depth = SHALLOW,
     .limit = 0.75},
    {.name = "SET 16 KiB, pipeline 16",
     STRINGS_OF(LARGE_VALUE, LARGE_KEYS, "SET %k %v"),
     .depth = SHALLOW,
     .limit = 0.75},
    {.name = "INCR, pipeline 16", FILLED("SET %k %i", "INCR %k"), .depth = SHALLOW, .limit = 0.45},
    {.name = "MSET 10, pipeline 16",
     STRINGS("MSET" TEN_TIMES(" %k %v")),
     .depth = SHALLOW,
     .limit = 0.22},
    {.name = "MGET 10, pipeline 16",
     STRINGS("MGET" TEN_TIMES(" %k")),
     .depth = SHALLOW,
     .limit = 0.20},
    {.name = "SET PX, live keys, pipeline 16",
     FILLED("SET %k %v PX 10000000", "SET %k %v PX 10000000"),
     .depth = SHALLOW,
     .limit = 0.45},
    {.name = "EXPIRE, pipeline 16",
     FILLED("SET %k %v PX 10000000", "EXPIRE %k 20000"),
     .depth = SHALLOW,
     .limit = 0.35},
    {.name = "DEL + SET, pipeline 16",
     STRINGS("DEL %k; SET %K %v"),
     .depth = SHALLOW,
     .limit = 0.45},
    {.name = "LPUSH, pipeline 16", LISTS("LPUSH mylist %v"), .depth = SHALLOW, .limit = 0.45},
    {.name = "LPUSH + RPOP, pipeline 16",
     LISTS("LPUSH %c %v; RPOP %c"),
     .depth = SHALLOW,
     .filling = "RPUSH %c %v",
     .filling_count = CONNECTIONS * LIST_ELEMENTS,
     .filling_lists = CONNECTIONS,
     .limit = 0.65},
    {.name = "LRANGE 100, pipeline 16",
     LISTS("LRANGE mylist 0 99"),
     .depth = SHALLOW,
     .filling = "RPUSH mylist %v",
     .filling_count = LIST_ELEMENTS,
     .limit = 0.45},
    {.name = "BRPOP ping-pong",
     LISTS("LPUSH %p %v; BRPOP %c 0"),
     .depth = 2,
     .is_ping_pong = 1,
     .limit = 0.90},
    {.name = "GET, 1000 connections", CROWD(MANY_CONNECTIONS), .depth = 1, .limit = 0.88},
    {.name = "GET, 10000 connections", CROWD(MOST_CONNECTIONS), .depth = 1, .limit = 0.88},
    {.name = "SET NX PX + DEL, pipeline 16",
     STRINGS("SET %l %v NX PX 30000; DEL %L"),
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "SET everysec, pipeline 1",
     STRINGS("SET %k %v"),
     .depth = 1,
     .policy = "everysec",
     .limit = 0.95},
    {.name = "SET everysec, pipeline 16",
     STRINGS("SET %k %v"),
     .depth = SHALLOW,
     .policy = "everysec",
     .limit = 0.38},
    {.name = "SET always, pipeline 1",
     LOAD("SET %k %v", VALUE, KEYS, CONNECTIONS),
     .depth = 1,
     .policy = "always",
     .rate_limit = 1.0},
    {.name = "SET always, pipeline 16",
     LOAD("SET %k %v", VALUE, KEYS, CONNECTIONS),
     .depth = SHALLOW,
     .policy = "always",
     .rate_limit = 1.35},
    {.name = "SET always, 1000 connections",
     LOAD("SET %k %v", VALUE, KEYS, MANY_CONNECTIONS),
     .depth = 1,
     .policy = "always",
     .rate_limit = 1.3},
    {.name = "GET beside SET always",
     LOAD("SET %k %v", VALUE, KEYS, 2 * CONNECTIONS),
     .filling = "SET %k %v",
     .filling_count = KEYS,
     .reading = "GET %k",
     .reader_count = CONNECTIONS,
     .depth = 1,
     .policy = "always",
     .p99_limit = 1.0},
    {.name = "HSET, 20 fields, pipeline 16",
     ONE_KEY(20, "HSET h %k %v", "HSET h %k %v"),
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "HGET, 20 fields, pipeline 16",
     ONE_KEY(20, "HSET h %k %v", "HGET h %k"),
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "HSET, 10000 fields, pipeline 16",
     ONE_KEY(MANY_MEMBERS, "HSET h %k %v", "HSET h %k %v"),
     .depth = SHALLOW,
     .limit = 0.70},
    {.name = "HGET, 10000 fields, pipeline 16",
     ONE_KEY(MANY_MEMBERS, "HSET h %k %v", "HGET h %k"),
     .depth = SHALLOW,
     .limit = 0.70},
    {.name = "HGETALL 20, pipeline 16",
     ONE_KEY(20, "HSET h %k %v", "HGETALL h"),
     .depth = SHALLOW,
     .limit = 0.45},
    {.name = "SADD, pipeline 16",
     ONE_KEY(KEYS, "SADD s %k", "SADD s %k"),
     .depth = SHALLOW,
     .limit = 0.40},
    {.name = "SISMEMBER, pipeline 16",
     ONE_KEY(KEYS, "SADD s %k", "SISMEMBER s %k"),
     .depth = SHALLOW,
     .limit = 0.75},
    {.name = "SINTER of 10000 integers",
     ONE_KEY(MANY_MEMBERS, "SADD s %i; SADD t %j", "SINTER s t"),
     .depth = 1,
     .limit = 0.25},
    {.name = "SINTER of 10000 strings",
     ONE_KEY(MANY_MEMBERS, "SADD s %k; SADD t %h", "SINTER s t"),
     .depth = 1,
     .limit = 0.25},
    {.name = "ZADD, 1 M members, pipeline 16",
     ONE_KEY(KEYS, "ZADD z %i %k", "ZADD z %i %k"),
     .depth = SHALLOW,
     .limit = 0.40},
    {.name = "ZINCRBY, 1 M members, pipeline 16",
     ONE_KEY(KEYS, "ZADD z %i %k", "ZINCRBY z 1 %k"),
     .depth = SHALLOW,
     .limit = 0.40},
    {.name = "ZRANK, 1 M members, pipeline 16",
     ONE_KEY(KEYS, "ZADD z %i %k", "ZRANK z %k"),
     .depth = SHALLOW,
     .limit = 0.40},
    {.name = "ZSCORE, 1 M members, pipeline 16",
     ONE_KEY(KEYS, "ZADD z %i %k", "ZSCORE z %k"),
     .depth = SHALLOW,
     .limit = 0.40},
    {.name = "ZRANGEBYSCORE 10, 1 M members, pipeline 16",
     ONE_KEY(KEYS, "ZADD z %i %k", "ZRANGEBYSCORE z %i +inf LIMIT 0 10"),
     .depth = SHALLOW,
     .limit = 0.40},
    {.name = "ZRANGE 100, 1 M members, pipeline 16",
     ONE_KEY(KEYS, "ZADD z %i %k", "ZRANGE z 500000 500099"),
     .depth = SHALLOW,
     .limit = 0.25},
    {.name = "GEOSEARCH of 100 in 1 M, pipeline 16",
     ONE_KEY(KEYS, "GEOADD g %x %y %k", "GEOSEARCH g FROMMEMBER %k BYRADIUS 5.27 km"),
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "GEOSEARCH of the nearest 10 of 10000",
     ONE_KEY(KEYS, "GEOADD g %x %y %k", "GEOSEARCH g FROMMEMBER %k BYRADIUS 52.7 km COUNT 10"),
     .depth = 1,
     .limit = 0.60},
    {.name = "PFADD, pipeline 16",
     ONE_KEY(KEYS, "PFADD p %k", "PFADD p %k"),
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "PFCOUNT, pipeline 16",
     ONE_KEY(KEYS, "PFADD p %k", "PFCOUNT p"),
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "PFCOUNT of two keys, pipeline 16",
     LOAD("PFCOUNT lst:000000000000 lst:000000000001", VALUE, KEYS, CONNECTIONS),
     .filling = "PFADD %c %k",
     .filling_count = KEYS,
     .filling_lists = 2,
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "XADD, pipeline 16",
     LOAD("XADD s * " FIELDS, VALUE, 1, CONNECTIONS),
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "XADD MAXLEN ~ 1000, pipeline 16",
     LOAD("XADD s MAXLEN ~ 1000 * " FIELDS, VALUE, 1, CONNECTIONS),
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "XADD + XREADGROUP + XACK, pipeline 16",
     LOAD("XADD %c %n " FIELDS ";XREADGROUP GROUP g w COUNT 1 STREAMS %c >;XACK %c g %N", VALUE, 1,
          CONNECTIONS),
     .filling = "XGROUP CREATE %c g 0 MKSTREAM",
     .filling_count = CONNECTIONS,
     .filling_lists = CONNECTIONS,
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "XRANGE 100, pipeline 16",
     STREAM_OF(READ_COUNT, "XRANGE s - + COUNT 100"),
     .depth = SHALLOW,
     .limit = 0.50},
    {.name = "XREAD of 100 new entries, pipeline 1",
     STREAM_OF(READ_COUNT, "XREAD COUNT 100 STREAMS s 0"),
     .depth = 1,
     .limit = 0.55},
    {.name = "XADD that wakes one of 100 blocked consumers",
     LOAD("XADD s * job %v;XREADGROUP GROUP g %c COUNT 1 BLOCK 0 STREAMS s >", VALUE, 1,
          2 * BLOCKED),
     .opening = "XGROUP CREATE s g $ MKSTREAM",
     .depth = 2,
     .is_ping_pong = 1,
     .limit = 0.85},
    {.name = "RSS, 16 B key and value", STEPS("SET %k %v"), .limit = 0.46, .byte_limit = 62},
    {.name = "RSS, 8-byte integer", STEPS("SET %k %i"), .limit = 0.45, .byte_limit = 46},
    {.name = "RSS, 16 B value with TTL",
     STEPS("SET %k %v PX 100000000"),
     .limit = 0.45,
     .byte_limit = 82},
    {.name = "RSS, list elements of 16 B",
     .kind = ROW_MEMORY,
     .filling = "RPUSH %c" TEN_TIMES(" %v %v %v %v %v"),
     .filling_count = RSS_LISTS,
     .filling_lists = RSS_LISTS,
     .value_size = VALUE,
     .entries = RSS_LIST_ELEMENTS,
     .steps = 1,
     .first_step = 1,
     .limit = 0.90},
    {.name = "RSS, hashes of 5 fields", SPREAD("HSET %k a %v b %v c %v d %v e %v"), .limit = 0.80},
    {.name = "RSS, sets of 5 members",
     SPREAD("SADD %k alpha beta gamma delta epsilon"),
     .limit = 0.25},
    {.name = "RSS, one hash of 5 M fields", ONE_LARGE("HSET h %k %v"), .limit = 0.55},
    {.name = "RSS, one sorted set of 5 M members", ONE_LARGE("ZADD z %i %k"), .limit = 0.50},
    {.name = "RSS, one stream of 5 M entries", ONE_LARGE("XADD s * " FIELDS), .limit = 0.95},
    {.name = "1 M keys due at one instant", DUE("SET %l %v PXAT %t", 0, "SET %k %v", "GET %k")},
    {.name = "1 M fields of one hash due at one instant",
     DUE("HSETEX due PXAT %t FIELDS 1 %l %v", 0, "HSET others %k %v", "HGET others %k"),
     .is_ours_alone = 1},
    {.name = "1 M fields of 100,000 hashes due at one instant",
     DUE("HSETEX %c PXAT %t FIELDS 1 %l %v", RSS_LISTS, "HSET others %k %v", "HGET others %k"),
     .is_ours_alone = 1},
    {.name = "DEL of 5 M members", LETS_GO("DEL large")},
    {.name = "UNLINK of 5 M members", LETS_GO("UNLINK large")},
    {.name = "expiry of 5 M members", LETS_GO("PEXPIRE large 300")},
    {.name = "FLUSHALL of 5 M members", LETS_GO("FLUSHALL")},
    {.name = "BGSAVE of 8 M keys", WRITTEN_OUT("BGSAVE"), MIXED_LOAD},
    {.name = "BGREWRITEAOF of 8 M keys", WRITTEN_OUT("BGREWRITEAOF"), MIXED_LOAD},
    {.name = "BGSAVE, list and string of 200 MB", WRITTEN_OUT("BGSAVE"), LARGE_LOAD},
    {.name = "BGREWRITEAOF, list and string of 200 MB", WRITTEN_OUT("BGREWRITEAOF"), LARGE_LOAD},
    {.name = "BGSAVE, sorted set and hash of 5 M", WRITTEN_OUT("BGSAVE"), MEMBERS_LOAD},
    {.name = "start with an AOF of 8 M SETs", STARTED(NULL), .limit = 0.35},
    {.name = "start with an RDB of 8 M keys", STARTED("SAVE"), .limit = 0.40},
    {.name = "start with nothing",
     .kind = ROW_START,
     .filling = "SET %k %v",
     .command = "SAVE",
     .max_limit_ms = 10},
    {.name = "EVALSHA compare-and-delete, pipeline 1",
     STRINGS("SET %k %v;" COMPARE_AND_DELETE),
     .opening = LOAD_COMPARE_AND_DELETE,
     .depth = 1,
     .limit = 0.90},
    {.name = "EVALSHA compare-and-delete, pipeline 16",
     STRINGS("SET %k %v;" COMPARE_AND_DELETE),
     .opening = LOAD_COMPARE_AND_DELETE,
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "EVALSHA that finds another value, pipeline 16",
     STRINGS("EVALSHA " COMPARE_AND_DELETE_DIGEST " 1 %k x"),
     .opening = LOAD_COMPARE_AND_DELETE,
     .depth = SHALLOW,
     .limit = 0.60},
    {.name = "EVALSHA of 100 redis.call",
     STRINGS("EVALSHA " HUNDRED_CALLS_DIGEST " 1 %k"),
     .opening = "SCRIPT LOAD " HUNDRED_CALLS,
     .depth = 1,
     .limit = 0.50},
    {.name = "PUBLISH to 50 subscribers", PUBLISHED(LISTENERS), .limit = 0.85},
    {.name = "PUBLISH to 5000 subscribers", PUBLISHED(MANY_LISTENERS), .limit = 0.80},
    {.name = "MULTI + 5 SET + EXEC, pipeline 1", TRANSACTIONS(1), .limit = 0.65},
    {.name = "MULTI + 5 SET + EXEC, pipeline 16", TRANSACTIONS(SHALLOW), .limit = 0.30},
    {.name = "LOCK + UNLOCK, SET NX PX + EVALSHA, pipeline 16",
     STRINGS("LOCK %l %v PX 30000;UNLOCK %L %v"),
     .stock_program = "SET %l %v NX PX 30000;EVALSHA " COMPARE_AND_DELETE_DIGEST " 1 %L %v",
     .opening = LOAD_COMPARE_AND_DELETE,
     .depth = SHALLOW,
     .limit = 0.35},
    {.name = "SET of 100000 keys tracked by 50 clients",
     LOAD("SET %k %v", VALUE, TRACKED, 1),
     .filling = "SET %k %v",
     .filling_count = TRACKED,
     .listener_count = LISTENERS,
     .listening = "HELLO 3;CLIENT TRACKING ON",
     .listener_read = "GET %k",
     .request_count = TRACKED,
     .depth = SHALLOW,
     .limit = 0.80},
    {.name = "64 clients pass a lock around", .kind = ROW_HAND_OVER, .pass_limit = 20},
};

const struct row *rows_all(size_t *count) {
    *count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}
