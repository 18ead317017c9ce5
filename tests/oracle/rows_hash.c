/*
 * Hashes. Left out, because stock 7.0.15 does not have them: deadlines of fields, HGETDEL, HGETEX,
 * HSETEX, NOVALUES. HRANDFIELD is compared where chance does not matter.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {16, "HSET key member value", ROW_PLAIN},
    {10, "HSET key member value member value member value", ROW_PLAIN},
    {3, "HSET key many", ROW_PLAIN},
    {4, "HMSET key member value member value", ROW_PLAIN},
    {6, "HSETNX key member value", ROW_PLAIN},
    {8, "HGET key member", ROW_PLAIN},
    {6, "HMGET key member+", ROW_PLAIN},
    {6, "HDEL key member+", ROW_PLAIN},
    {2, "HDEL key many", ROW_PLAIN},
    {4, "HLEN key", ROW_PLAIN},
    {4, "HEXISTS key member", ROW_PLAIN},
    {4, "HSTRLEN key member", ROW_PLAIN},
    {6, "HGETALL key", ROW_PLAIN},
    {3, "HKEYS key", ROW_PLAIN},
    {3, "HVALS key", ROW_PLAIN},
    {8, "HINCRBY key member int", ROW_PLAIN},
    {6, "HINCRBYFLOAT key member float", ROW_PLAIN},
    {4, "HSCAN key 0 COUNT 100000 [MATCH pattern]", ROW_WHOLE},
    {2, "HSCAN key (abc|1.5|0 COUNT (0|x)|0 FOO)", ROW_WHOLE},
    {3, "HRANDFIELD key", ROW_PLAIN},
    {3, "HRANDFIELD key 100000 [WITHVALUES]", ROW_PLAIN},
    {2, "HRANDFIELD key -3 [WITHVALUES]", ROW_PLAIN},
    {2, "HRANDFIELD key garbage [WITHVALUES]", ROW_PLAIN},
    {1, "HRANDFIELD key (-9223372036854775808|9223372036854775807|9223372036854775808)",
     ROW_WHOLE},
    {1, "HRANDFIELD key (-9223372036854775808|-4611686018427387905|4611686018427387904|"
     "4611686018427387903) WITHVALUES", ROW_WHOLE},
};

static const struct rule rules[] = {
    {"HGETALL", RULE_UNORDERED, "the order of a table", NULL, NULL},
    {"HKEYS", RULE_UNORDERED, "the order of a table", NULL, NULL},
    {"HVALS", RULE_UNORDERED, "the order of a table", NULL, NULL},
    {"HSCAN", RULE_UNORDERED, "the order of a table", NULL, NULL},
    {"HRANDFIELD", RULE_KIND, "chance", NULL, NULL},
};
// clang-format on

const struct family hash_family = {
    .name = "hash",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
};
