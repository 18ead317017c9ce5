/*
 * Scripts. Those of a small pool are also called by their digests. What else they are made of
 * stands in grammar_script.c. Left out, because newer servers answer otherwise: numbers with
 * fractions as arguments of commands, blocking commands, TIME. SCRIPT DEBUG depends on pipelines.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {40, "EVAL script 0", ROW_WHOLE},
    {40, "EVAL script 1 key word", ROW_WHOLE},
    {10, "EVAL script nkeys word word", ROW_WHOLE},
    {10, "EVAL_RO script 1 key word", ROW_WHOLE},
    {4, "EVAL pool-script 1 key word", ROW_PLAIN},
    {2, "EVAL_RO pool-script 1 key word", ROW_PLAIN},
    {10, "EVALSHA pool-digest 1 key word", ROW_PLAIN},
    {4, "EVALSHA_RO pool-digest 1 key word", ROW_PLAIN},
    {2, "EVAL pool-script (0|1|2|-1|x) key", ROW_WHOLE},
    {2, "EVALSHA pool-digest (0|1|2|-1|x) key", ROW_WHOLE},
    {2, "EVALSHA garbage 1 key", ROW_WHOLE},
    {6, "SCRIPT LOAD pool-script", ROW_PLAIN},
    {2, "SCRIPT LOAD script", ROW_WHOLE},
    {4, "SCRIPT EXISTS pool-digest+ [garbage]", ROW_PLAIN},
    {2, "SCRIPT FLUSH [SYNC|ASYNC|FOO]", ROW_PLAIN},
    {1, "SCRIPT (KILL|NOSUCH)", ROW_WHOLE},
};

static const struct rule rules[] = {
    {"SCRIPT HELP", RULE_KIND, "our own words", NULL, NULL},
};

static const char *const resets[] = {"SCRIPT FLUSH"};
// clang-format on

const struct family script_family = {
    .name = "script",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
    .resets = resets,
    .reset_count = COUNT(resets),
};
