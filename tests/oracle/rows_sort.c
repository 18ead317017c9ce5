/*
 * SORT. Elements of one weight are in the order of their bytes when it is by number; by other
 * bytes the stock server's order among them is no rule, so there weights differ. It converts
 * sorted sets when it sorts them, so those are deleted at once. It also takes an earlier command's
 * number that was too large for one of its own, unless another number was read since: CALM.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

#define CALM "ZADD calm 0 m; "

/* Five elements; a weight and a hash for most. */
#define FRESH                                                                                      \
    "DEL srt; (RPUSH srt 3 1 22 10 5|SADD srt 3 1 22 10 5|ZADD srt 1 3 2 1 3 22 5 10 7 5); "       \
    "MSET w3 9 w1 (10|11) w22 2 w10 (7|abc) v3 three v1 one v10 ten; HSET h3 f 3 g x; HSET h1 f "  \
    "2; "                                                                                          \
    "HSET h22 f 5; HSET h10 f 4; " CALM
#define GETS " {GET v*} {GET #} {GET h*->f} {GET w*->} {GET nosuch*|GET v}"
#define GONE "; DEL srt"

// clang-format off
static const struct row rows[] = {
    {10, FRESH "SORT srt {ASC|DESC} {LIMIT index index} {ALPHA}" GETS GONE, ROW_WHOLE},
    {8, FRESH "SORT srt BY w* {ASC|DESC} {LIMIT 0 index} {ALPHA}" GETS GONE, ROW_WHOLE},
    {6, FRESH "SORT srt BY h*->f {ASC|DESC} {LIMIT index 3}" GETS GONE, ROW_WHOLE},
    {8, FRESH "SORT srt {BY w*|BY h*->f} {ASC|DESC} {ALPHA} {STORE key}" GETS GONE, ROW_WHOLE},
    {6, FRESH "SORT_RO srt {BY w*} {ASC|DESC} {LIMIT index count} {STORE srt}" GETS GONE,
     ROW_WHOLE},
    {6, "DEL srt; (RPUSH srt b 1 a 10 B|ZADD srt 1 b 2 1 3 a); SORT srt BY nosort {ASC|DESC} "
     "{LIMIT index index} {GET v*}" GONE, ROW_WHOLE},
    {4, "DEL srt; SADD srt b 1 a 10 B; SORT srt BY nosort {ASC|DESC} {LIMIT index index} "
     "STORE out; LRANGE out 0 -1" GONE, ROW_WHOLE},
    {6, "DEL srt; RPUSH srt word int word (b|\"\\xff\\xfe\"); SORT srt ALPHA {ASC|DESC} "
     "{LIMIT index index} {STORE key}" GONE, ROW_WHOLE},
    {6, "DEL srt; RPUSH srt float int float int int; " CALM "SORT srt {ASC|DESC} {STORE key}" GONE,
     ROW_WHOLE},
    {4, "(SET srt x|HSET srt f v|PFADD srt a); SORT srt {ALPHA} {STORE key}" GONE, ROW_WHOLE},
    {8, "DEL list; RPUSH list int+; " CALM "SORT list {ASC|DESC} {LIMIT index index} {ALPHA}",
     ROW_PLAIN},
    {3, "COMMAND GETKEYS SORT key {BY word} {STORE key} {STORE key} {GET word}", ROW_WHOLE},
};

static const struct rule rules[] = {
    {"OBJECT ENCODING srt", RULE_NEWER, "sorting converts nothing", "$8\r\nlistpack\r\n",
     "$8\r\nskiplist\r\n"},
};
// clang-format on

const struct family sort_family = {
    .name = "sort",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
};
