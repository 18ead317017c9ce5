/*
 * Sets. Left out, because stock 7.0.15 does not have them: SUNIONCARD, SDIFFCARD. SPOP is sent
 * where it takes all, SRANDMEMBER compared where chance does not matter.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {20, "SADD key member+", ROW_PLAIN},
    {4, "SADD key many", ROW_PLAIN},
    {8, "SREM key member+", ROW_PLAIN},
    {2, "SREM key many", ROW_PLAIN},
    {4, "SCARD key", ROW_PLAIN},
    {6, "SISMEMBER key member", ROW_PLAIN},
    {4, "SMISMEMBER key member+", ROW_PLAIN},
    {6, "SMEMBERS key", ROW_PLAIN},
    {6, "SMOVE key key member", ROW_PLAIN},
    {6, "SINTER key+", ROW_PLAIN},
    {6, "SUNION key+", ROW_PLAIN},
    {6, "SDIFF key+", ROW_PLAIN},
    {4, "SINTERSTORE key key+", ROW_PLAIN},
    {4, "SUNIONSTORE key key+", ROW_PLAIN},
    {4, "SDIFFSTORE key key+", ROW_PLAIN},
    {6, "SINTERCARD nkeys [LIMIT count]", ROW_PLAIN},
    {3, "SSCAN key 0 COUNT 100000 [MATCH pattern]", ROW_WHOLE},
    {2, "SSCAN key (abc|1.5|0 COUNT (0|x)|0 FOO)", ROW_WHOLE},
    {3, "SPOP key 100000", ROW_WHOLE},
    {1, "SPOP key 0", ROW_WHOLE},
    {1, "SPOP key (-1|abc)", ROW_WHOLE},
    {3, "SRANDMEMBER key", ROW_PLAIN},
    {3, "SRANDMEMBER key 100000", ROW_PLAIN},
    {2, "SRANDMEMBER key garbage", ROW_PLAIN},
    {1, "SRANDMEMBER key (-9223372036854775808|9223372036854775807|9223372036854775808)",
     ROW_WHOLE},
};

static const struct rule rules[] = {
    {"SMEMBERS", RULE_UNORDERED, "the order of a table", NULL, NULL},
    {"SINTER", RULE_UNORDERED, "the order of a table", NULL, NULL},
    {"SUNION", RULE_UNORDERED, "the order of a table", NULL, NULL},
    {"SDIFF", RULE_UNORDERED, "the order of a table", NULL, NULL},
    {"SSCAN", RULE_UNORDERED, "the order of a table", NULL, NULL},
    {"SPOP", RULE_UNORDERED, "the order of a table", NULL, NULL},
    {"SRANDMEMBER", RULE_KIND, "chance", NULL, NULL},
    {"COMMAND GETKEYSANDFLAGS", RULE_NEWER, "SINTERSTORE does not read its destination",
     "*+OW\r\n+update*", "*+RW\r\n+update*"},
    {"OBJECT ENCODING", RULE_NEWER, "a small set is a listpack", "$8\r\nlistpack\r\n",
     "$9\r\nhashtable\r\n"},
};
// clang-format on

const struct family set_family = {
    .name = "set",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
};
