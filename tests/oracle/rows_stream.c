/*
 * Streams and consumer groups. Left out, because stock 7.0.15 does not have them: XDELEX, XACKDEL,
 * XNACK, CLAIM, MAXCOUNT, MAXSIZE, KEEPREF and its kin. Ids are written out, since those of the
 * clock differ; entries are idle for no time or for very long, so that every limit is clear.
 * XSETID goes above all that was deleted, which only newer servers look at; who waits names a key
 * once, since newer servers look at each of its ids.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

/* For how long an entry must have been idle. */
#define MIN_IDLE "(0|0|0|500000000|-1|abc)"
#define BLOCK "(0|0|0|100000000|00|-1|abc|1.5|9223372036854775808)"

// clang-format off
static const struct row rows[] = {
    {24, "XADD key new-id f value", ROW_WHOLE},
    {8, "XADD key new-id member value", ROW_WHOLE},
    {6, "XADD key new-id f value g value", ROW_WHOLE},
    {4, "XADD key new-id member value member value f value", ROW_WHOLE},
    {3, "XADD key NOMKSTREAM new-id f value", ROW_WHOLE},
    {5, "XADD key MAXLEN [=] count new-id f value", ROW_WHOLE},
    {3, "XADD key MAXLEN ~ count [LIMIT count] new-id f value", ROW_WHOLE},
    {3, "XADD key MINID [=|~] id new-id f value", ROW_WHOLE},
    {3, "XADD key {NOMKSTREAM} {MAXLEN (=|~) count} {MINID (=|~) id} {LIMIT count} new-id f value "
     "[g]", ROW_WHOLE},
    {4, "EVAL 'for i=1,tonumber(ARGV[1]) do redis.pcall(\"XADD\",KEYS[1],\"9-*\",\"f\",i) end' 1 "
     "key (40|130|260)", ROW_WHOLE},
    {4, "XLEN key", ROW_PLAIN},
    {8, "XRANGE key id-end id-end [COUNT count]", ROW_PLAIN},
    {8, "XREVRANGE key id-end id-end [COUNT count]", ROW_PLAIN},
    {6, "XDEL key id+", ROW_PLAIN},
    {3, "XTRIM key MAXLEN [=] count", ROW_PLAIN},
    {3, "XTRIM key MAXLEN ~ (0|50|100|150) [LIMIT (0|1|99|100|200)]", ROW_PLAIN},
    {3, "XTRIM key MINID [=|~] id [LIMIT count]", ROW_PLAIN},
    {2, "XTRIM key {MAXLEN (=|~) count} {MINID (=|~) id} {LIMIT count}", ROW_PLAIN},
    {1, "XSETID key (10-5|11|12) {ENTRIESADDED count} {MAXDELETEDID id}", ROW_WHOLE},
    {3, "DEL set;XADD set 5-1 f v;XADD set 6-1 f v;XSETID set (6|7|id) {ENTRIESADDED count} "
     "{MAXDELETEDID id};XINFO STREAM set", ROW_WHOLE},
    {6, "XREAD {COUNT count} streams", ROW_PLAIN},
    {4, "XREAD {COUNT count} {BLOCK " BLOCK "} STREAMS (key (id|$|$)|k0 k1 (id|$) (id|$))",
     ROW_WHOLE},
    {2, "XREAD STREAMS key key id", ROW_PLAIN},
    {1, "XREAD STREAMS key +", ROW_WHOLE},
    {9, "XGROUP CREATE key group (0|0|$|id) {MKSTREAM} {ENTRIESREAD (0|1|5|-1|-2|abc)}",
     ROW_PLAIN},
    {3, "XGROUP SETID key group (0|$|-|+|id) {ENTRIESREAD (0|1|5|-1|-2|abc)}", ROW_PLAIN},
    {1, "XGROUP DESTROY key group", ROW_PLAIN},
    {3, "XGROUP CREATECONSUMER key group consumer", ROW_PLAIN},
    {2, "XGROUP DELCONSUMER key group consumer", ROW_PLAIN},
    {1, "XGROUP (HELP|garbage) [key]", ROW_PLAIN},
    {20, "XREADGROUP GROUP group consumer {COUNT count} {NOACK} group-streams", ROW_PLAIN},
    {6, "XREADGROUP GROUP group consumer STREAMS key >", ROW_PLAIN},
    {4, "XREADGROUP GROUP group consumer {COUNT count} {BLOCK " BLOCK "} {NOACK} STREAMS "
     "(key (>|id)|k0 k1 (>|id) (>|id))", ROW_WHOLE},
    {2, "XREADGROUP {GROUP group consumer} {COUNT count} {NOACK} group-streams", ROW_PLAIN},
    {8, "XACK key group id+", ROW_PLAIN},
    {4, "XPENDING key group", ROW_PLAIN},
    {8, "XPENDING key group [IDLE " MIN_IDLE "] id-end id-end count [consumer]", ROW_WHOLE},
    {3, "XPENDING key group {IDLE} {id-end} {id-end} {0} {consumer}", ROW_WHOLE},
    {10, "XCLAIM key group consumer " MIN_IDLE " id+ {IDLE (0|1000000000|-1|abc)} "
     "{RETRYCOUNT count} {FORCE} {JUSTID} {LASTID id}", ROW_WHOLE},
    {4, "XCLAIM key group consumer " MIN_IDLE " id+ {TIME (1|0|-1|at-ms)} {RETRYCOUNT count} "
     "{FORCE} {JUSTID} {garbage}", ROW_WHOLE},
    {2, "XCLAIM key group consumer " MIN_IDLE " {JUSTID} {garbage}", ROW_WHOLE},
    {8, "XAUTOCLAIM key group consumer " MIN_IDLE " (0|-|id) {COUNT count} {JUSTID}", ROW_WHOLE},
    {2, "XAUTOCLAIM key group consumer " MIN_IDLE " {garbage} {COUNT} {JUSTID}", ROW_WHOLE},
    {5, "XINFO STREAM key", ROW_PLAIN},
    {5, "XINFO STREAM key FULL [COUNT count]", ROW_PLAIN},
    {5, "XINFO GROUPS key", ROW_PLAIN},
    {5, "XINFO CONSUMERS key group", ROW_PLAIN},
    {1, "XINFO (HELP|garbage) [key]", ROW_PLAIN},
};

static const struct rule rules[] = {
    {"XPENDING", RULE_STREAM, "for how long an entry was idle", NULL, NULL},
    {"XINFO STREAM", RULE_STREAM, "times of deliveries, and of the last attempt", NULL, NULL},
    {"XINFO CONSUMERS", RULE_STREAM, "times of the last attempt", NULL, NULL},
    {"XINFO GROUPS", RULE_STREAM, "consumers that have got nothing", NULL, NULL},
    {"XGROUP CREATECONSUMER", RULE_NEWER, "an attempt has made it before", ":0\r\n", ":1\r\n"},
    {"XINFO HELP", RULE_KIND, "own words", NULL, NULL},
    {"XGROUP HELP", RULE_KIND, "own words", NULL, NULL},
    {"XREAD", RULE_NEWER, "names its marks",
     "-ERR Unbalanced 'xread' list of streams: *", "-ERR Unbalanced XREAD list of streams: *"},
    {"XREADGROUP", RULE_NEWER, "names its marks",
     "-ERR Unbalanced 'xreadgroup' list of streams: *",
     "-ERR Unbalanced XREAD list of streams: *"},
    {"XREAD", RULE_NEWER, "the last entry may be read", "[*_]*",
     "-ERR Invalid stream ID specified as stream command argument\r\n"},
    {"XREAD", RULE_WAITS, "what was added is gone at once", NULL, "?1\r\n*[*]0\r\n"},
    {"XREADGROUP", RULE_WAITS, "what was added is gone at once", NULL, "?1\r\n*[*]0\r\n"},
    {"XREAD", RULE_ENDS, "keys filled at once are all read", NULL, NULL},
    {"XREADGROUP", RULE_ENDS, "keys filled at once are all read, and a wait in a group ends "
     "otherwise", NULL, NULL},
};
// clang-format on

const struct family stream_family = {
    .name = "stream",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
};
