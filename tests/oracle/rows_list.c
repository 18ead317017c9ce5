/*
 * Lists. Left out, because stock 7.0.15 does not have them: LMOVEM and BLMOVEM.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {16, "LPUSH key value+", ROW_PLAIN},
    {16, "RPUSH key value+", ROW_PLAIN},
    {3, "RPUSH key many", ROW_PLAIN},
    {2, "LPUSH key many", ROW_PLAIN},
    {4, "LPUSHX key value+", ROW_PLAIN},
    {4, "RPUSHX key value+", ROW_PLAIN},
    {8, "LPOP key [count]", ROW_PLAIN},
    {8, "RPOP key [count]", ROW_PLAIN},
    {4, "LLEN key", ROW_PLAIN},
    {6, "LINDEX key index", ROW_PLAIN},
    {8, "LRANGE key index index", ROW_PLAIN},
    {2, "LRANGE key 0 -1", ROW_PLAIN},
    {6, "LSET key index value", ROW_PLAIN},
    {6, "LREM key index word", ROW_PLAIN},
    {3, "LTRIM key index index", ROW_PLAIN},
    {6, "LINSERT key (BEFORE|AFTER|garbage) word value", ROW_PLAIN},
    {4, "LINSERT key (BEFORE|AFTER) word value+", ROW_PLAIN},
    {8, "LPOS key word {RANK index} {COUNT count} {MAXLEN count}", ROW_PLAIN},
    {6, "LMOVE key key side side", ROW_PLAIN},
    {4, "RPOPLPUSH key key", ROW_PLAIN},
    {6, "LMPOP nkeys side [COUNT count]", ROW_PLAIN},
    {6, "BLPOP key+ timeout", ROW_PLAIN},
    {6, "BRPOP key+ timeout", ROW_PLAIN},
    {4, "BLMOVE key key side side timeout", ROW_PLAIN},
    {3, "BRPOPLPUSH key key timeout", ROW_PLAIN},
    {4, "BLMPOP timeout nkeys side [COUNT count]", ROW_PLAIN},
};


static const struct rule rules[] = {
    {"BLPOP", RULE_ENDS, "keys filled at once are tried in their own order", NULL, NULL},
    {"BRPOP", RULE_ENDS, "keys filled at once are tried in their own order", NULL, NULL},
    {"BLMPOP", RULE_ENDS, "keys filled at once are tried in their own order", NULL, NULL},
    {"LPOS", RULE_NEWER, "a rank without a positive counterpart is refused",
     "-ERR value is out of range, value must between -9223372036854775807 *", "*"},
    {"", RULE_NEWER, "a timeout beyond all numbers", "-ERR timeout is out of range\r\n",
     "-ERR timeout is negative\r\n"},
};
// clang-format on

const struct family list_family = {
    .name = "list",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
};
