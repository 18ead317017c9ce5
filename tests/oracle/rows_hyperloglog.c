/*
 * Estimates of distinct elements. Their strings are read back, too, and must be the same bytes.
 * Of strings whose last run lacks its second byte, PFDEBUG DECODE on the stock server shows what
 * stands behind the string; so it is asked about fresh ones.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {30, "PFADD key value+", ROW_PLAIN},
    {8, "PFADD key many", ROW_PLAIN},
    {6, "PFADD key many; PFADD key-again many; PFADD key-again many", ROW_PLAIN},
    {3, "PFADD key", ROW_PLAIN},
    {16, "PFCOUNT key", ROW_PLAIN},
    {8, "PFCOUNT key+", ROW_PLAIN},
    {8, "PFMERGE key key+", ROW_PLAIN},
    {2, "PFMERGE key", ROW_PLAIN},
    {6, "GET key", ROW_PLAIN},
    {3, "PFDEBUG ENCODING key", ROW_PLAIN},
    {2, "PFDEBUG TODENSE key", ROW_PLAIN},
    {3, "DEL fresh; PFADD fresh value+ many; PFDEBUG (GETREG|DECODE) fresh", ROW_WHOLE},
    {1, "PFDEBUG FOO key", ROW_PLAIN},
    {4, "SET key value", ROW_PLAIN},
    {2, "APPEND key word", ROW_PLAIN},
    {2, "COPY key key REPLACE; PFADD key-again value", ROW_WHOLE},
};

static const struct rule rules[] = {
    {"PFADD", RULE_ENDS, "damage by BITFIELD and its kin is found", "-INVALIDOBJ*", ":*"},
};
// clang-format on

const struct family hyperloglog_family = {
    .name = "hyperloglog",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
};
