/*
 * Function libraries, of few names, so that they meet. What they are made of stands in
 * grammar_script.c.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {30, "FUNCTION LOAD REPLACE library", ROW_WHOLE},
    {10, "FUNCTION LOAD library", ROW_WHOLE},
    {1, "FUNCTION LOAD (REPLACE|FOO)+ library", ROW_WHOLE},
    {30, "FCALL function-name 1 key word", ROW_WHOLE},
    {10, "FCALL function-name 0", ROW_WHOLE},
    {2, "FCALL (F1|G1|f4) 1 key word", ROW_WHOLE},
    {10, "FCALL_RO function-name 1 key word", ROW_WHOLE},
    {4, "FCALL function-name nkeys word word", ROW_WHOLE},
    {2, "FCALL function-name (0|1|2|-1|x) key", ROW_WHOLE},
    {2, "FCALL_RO garbage (0|1|x) key", ROW_WHOLE},
    {6, "FUNCTION DELETE library-name", ROW_WHOLE},
    {1, "FUNCTION FLUSH [SYNC|ASYNC|FOO]", ROW_PLAIN},
    {8, "FUNCTION LIST {WITHCODE} {LIBRARYNAME (library-name|l*|L?|x)}", ROW_PLAIN},
    {4, "FUNCTION STATS", ROW_WHOLE},
    {4, "FUNCTION DUMP", ROW_WHOLE},
    {2, "FUNCTION RESTORE word [FLUSH|APPEND|REPLACE|FOO]", ROW_WHOLE},
    {1, "FUNCTION (KILL|NOSUCH)", ROW_WHOLE},
    {2, "COMMAND GETKEYS (FCALL|FCALL_RO) f1 (0|1|2) word word", ROW_WHOLE},
    {2, "COMMAND GETKEYSANDFLAGS (FCALL|FCALL_RO) f1 (0|1|2) word word", ROW_WHOLE},
};

static const struct rule rules[] = {
    {"FUNCTION HELP", RULE_KIND, "our own words", NULL, NULL},
    {"FUNCTION LIST", RULE_UNORDERED, "the order is that of a table there", NULL, NULL},
    {"FUNCTION LOAD", RULE_NEWER, "which of several names is named: as above",
     "-ERR Function * already exists\r\n", "-ERR Function * already exists\r\n"},
    {"FUNCTION DUMP", RULE_KIND, "the order is that of a table there", NULL, NULL},
};

static const char *const resets[] = {"FUNCTION FLUSH"};
// clang-format on

const struct family function_family = {
    .name = "function",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
    .resets = resets,
    .reset_count = COUNT(resets),
};
