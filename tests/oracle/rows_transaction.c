/*
 * Transactions. What is nested is not sent: newer servers then refuse EXEC.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {24, "MULTI", ROW_PLAIN},
    {4, "EXEC", ROW_PLAIN},
    {2, "DISCARD", ROW_PLAIN},
    {16, "WATCH key+", ROW_PLAIN},
    {2, "UNWATCH", ROW_PLAIN},
    {1, "(EXEC|DISCARD|UNWATCH) garbage", ROW_PLAIN},
    {1, "MULTI garbage", ROW_PLAIN},
    {1, "WATCH", ROW_PLAIN},
};

static const struct rule rules[] = {
    {"MULTI", RULE_NOT_IN_MULTI, "newer servers refuse the EXEC then", NULL, NULL},
    {"WATCH", RULE_NOT_IN_MULTI, "newer servers refuse the EXEC then", NULL, NULL},
};
// clang-format on

const struct family transaction_family = {
    .name = "transaction",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
};
