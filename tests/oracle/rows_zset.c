/*
 * Sorted sets. Left out, because stock 7.0.15 does not have them: WITHSCORE, NOSCORES, AGGREGATE
 * COUNT, ZPOPDUE, BZPOPDUE. Weights are whole numbers, so that sums do not depend on their order.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {20, "ZADD key [NX|XX] [GT|LT] [CH] score member", ROW_WHOLE},
    {12, "ZADD key score member score member score member", ROW_WHOLE},
    {6, "ZADD key [NX|XX] [GT|LT] INCR score member", ROW_WHOLE},
    {6, "ZINCRBY key score member", ROW_WHOLE},
    {6, "ZADD key 0 member 0 member 0 member", ROW_WHOLE},
    {4, "ZADD key [NX|XX|GT|LT|CH|INCR|FOO]+ score member [score [member]]", ROW_WHOLE},
    {6, "ZREM key member+", ROW_PLAIN},
    {3, "ZCARD key", ROW_PLAIN},
    {6, "ZSCORE key member", ROW_PLAIN},
    {4, "ZMSCORE key member+", ROW_PLAIN},
    {4, "ZRANK key member", ROW_PLAIN},
    {4, "ZREVRANK key member", ROW_PLAIN},
    {8, "ZRANGE key index index [REV] [WITHSCORES]", ROW_PLAIN},
    {8, "ZRANGE key score-end score-end BYSCORE [REV] [LIMIT index count] [WITHSCORES]", ROW_PLAIN},
    {4, "ZREVRANGE key index index [WITHSCORES]", ROW_PLAIN},
    {4, "ZRANGEBYSCORE key score-end score-end {WITHSCORES} {LIMIT index count}", ROW_PLAIN},
    {4, "ZREVRANGEBYSCORE key score-end score-end {WITHSCORES} {LIMIT index count}", ROW_PLAIN},
    {4, "DEL lex; ZADD lex 0 member 0 member 0 a 0 m3 0 m5; ZRANGEBYLEX lex member-end "
     "member-end [LIMIT index count]", ROW_WHOLE},
    {4, "DEL lex; ZADD lex 0 member 0 member 0 a 0 m3 0 m5; ZREVRANGEBYLEX lex member-end "
     "member-end [LIMIT index count]", ROW_WHOLE},
    {4, "DEL lex; ZADD lex 0 member 0 member 0 a 0 m3 0 m5; ZRANGE lex member-end member-end "
     "BYLEX [REV] [LIMIT index count]", ROW_WHOLE},
    {3, "DEL lex; ZADD lex 0 member 0 member 0 a 0 m3 0 m5; ZLEXCOUNT lex member-end "
     "member-end", ROW_WHOLE},
    {3, "DEL lex; ZADD lex 0 member 0 member 0 a 0 m3 0 m5; ZREMRANGEBYLEX lex member-end "
     "member-end; ZCARD lex", ROW_WHOLE},
    {4, "ZCOUNT key score-end score-end", ROW_PLAIN},
    {2, "ZREMRANGEBYRANK key index index", ROW_PLAIN},
    {2, "ZREMRANGEBYSCORE key score-end score-end", ROW_PLAIN},
    {4, "ZRANGESTORE key key index index [REV]", ROW_PLAIN},
    {4, "ZRANGESTORE key key score-end score-end BYSCORE [REV] [LIMIT index count]", ROW_PLAIN},
    {4, "ZPOPMIN key [count]", ROW_PLAIN},
    {4, "ZPOPMAX key [count]", ROW_PLAIN},
    {4, "ZMPOP nkeys end [COUNT count]", ROW_PLAIN},
    {4, "BZPOPMIN key+ timeout", ROW_PLAIN},
    {4, "BZPOPMAX key+ timeout", ROW_PLAIN},
    {4, "BZMPOP timeout nkeys end [COUNT count]", ROW_PLAIN},
    {4, "ZUNION nkeys {WEIGHTS (1|2|-1|0) (1|2|3)} {AGGREGATE (SUM|MIN|MAX|AVG)} "
     "{WITHSCORES}", ROW_PLAIN},
    {4, "ZINTER nkeys {WEIGHTS (1|2|-1|0) (1|2|3)} {AGGREGATE (SUM|MIN|MAX|AVG)} "
     "{WITHSCORES}", ROW_PLAIN},
    {4, "ZDIFF nkeys [WITHSCORES]", ROW_PLAIN},
    {3, "ZUNIONSTORE key nkeys {WEIGHTS (1|2|-1) (1|2|3)} {AGGREGATE (SUM|MIN|MAX)}", ROW_PLAIN},
    {3, "ZINTERSTORE key nkeys {WEIGHTS (1|2|-1) (1|2|3)} {AGGREGATE (SUM|MIN|MAX)}", ROW_PLAIN},
    {3, "ZDIFFSTORE key nkeys", ROW_PLAIN},
    {4, "ZINTERCARD nkeys [LIMIT count]", ROW_PLAIN},
    {3, "ZSCAN key 0 COUNT 100000 [MATCH pattern]", ROW_WHOLE},
    {2, "ZSCAN key (abc|1.5|0 COUNT (0|x)|0 FOO)", ROW_WHOLE},
    {3, "ZRANDMEMBER key", ROW_PLAIN},
    {3, "ZRANDMEMBER key 100000 [WITHSCORES]", ROW_PLAIN},
    {2, "ZRANDMEMBER key garbage [WITHSCORES]", ROW_PLAIN},
    {1, "ZRANDMEMBER key (-9223372036854775808|9223372036854775807|9223372036854775808)",
     ROW_WHOLE},
    {1, "ZRANDMEMBER key (-9223372036854775808|-4611686018427387905|4611686018427387904|"
     "4611686018427387903) WITHSCORES", ROW_WHOLE},
};

static const struct rule rules[] = {
    {"", RULE_NUMBERS, "doubles are printed as newer servers do", NULL, NULL},
    {"ZSCAN", RULE_UNORDERED, "the order of a table", NULL, NULL},
    {"ZRANDMEMBER", RULE_KIND, "chance", NULL, NULL},
    {"BZPOPMIN", RULE_ENDS, "keys filled at once are tried in their own order", NULL, NULL},
    {"BZPOPMAX", RULE_ENDS, "keys filled at once are tried in their own order", NULL, NULL},
    {"BZMPOP", RULE_ENDS, "keys filled at once are tried in their own order", NULL, NULL},
    {"ZUNIONSTORE", RULE_WAKES, "who waits on a key of another type gets what replaces it", NULL,
     NULL},
    {"ZINTERSTORE", RULE_WAKES, "see ZUNIONSTORE", NULL, NULL},
    {"ZDIFFSTORE", RULE_WAKES, "see ZUNIONSTORE", NULL, NULL},
    {"ZRANGESTORE", RULE_WAKES, "see ZUNIONSTORE", NULL, NULL},
    {"SORT", RULE_WAKES, "see ZUNIONSTORE", NULL, NULL},
    {"GEOSEARCHSTORE", RULE_WAKES, "see ZUNIONSTORE", NULL, NULL},
    {"GEORADIUS", RULE_WAKES, "see ZUNIONSTORE", NULL, NULL},
    {"GEORADIUSBYMEMBER", RULE_WAKES, "see ZUNIONSTORE", NULL, NULL},
    {"EXEC", RULE_WAKES, "see ZUNIONSTORE", NULL, NULL},
    {"BZMPOP", RULE_NEWER, "a timeout beyond all numbers", "-ERR timeout is out of range\r\n", "*"},
    {"ZRANK", RULE_NEWER, "an option more", "-ERR syntax error\r\n",
     "-ERR wrong number of arguments for 'zrank' command\r\n"},
    {"ZREVRANK", RULE_NEWER, "an option more", "-ERR syntax error\r\n",
     "-ERR wrong number of arguments for 'zrevrank' command\r\n"},
    {"ZRANK", RULE_NOT_IN_MULTI, "an option more", NULL, NULL},
    {"ZREVRANK", RULE_NOT_IN_MULTI, "an option more", NULL, NULL},
};
// clang-format on

const struct family zset_family = {
    .name = "zset",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
};
