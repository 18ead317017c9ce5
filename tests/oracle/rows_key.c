/*
 * Keys of any type. Not here yet: DUMP, RESTORE, MIGRATE.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {10, "DEL key+", ROW_PLAIN},
    {4, "UNLINK key+", ROW_PLAIN},
    {5, "EXISTS key+", ROW_PLAIN},
    {3, "TOUCH key+", ROW_PLAIN},
    {4, "TYPE key", ROW_PLAIN},
    {5, "EXPIRE key s {NX|XX|GT|LT}", ROW_TIMED},
    {2, "EXPIRE key s {NX} {XX} {GT} {LT}", ROW_TIMED},
    {4, "PEXPIRE key ms {NX|XX|GT|LT}", ROW_TIMED},
    {4, "EXPIREAT key at-s {NX|XX|GT|LT}", ROW_TIMED},
    {4, "PEXPIREAT key at-ms {NX|XX} {GT|LT}", ROW_TIMED},
    {4, "TTL key", ROW_PLAIN},
    {4, "PTTL key", ROW_PLAIN},
    {4, "EXPIRETIME key", ROW_PLAIN},
    {4, "PEXPIRETIME key", ROW_PLAIN},
    {4, "PERSIST key", ROW_PLAIN},
    {5, "RENAME key key", ROW_PLAIN},
    {4, "RENAMENX key key", ROW_PLAIN},
    {7, "COPY key key {DB db} {REPLACE}", ROW_PLAIN},
    {5, "MOVE key db", ROW_PLAIN},
    {1, "RANDOMKEY", ROW_PLAIN},
    {2, "KEYS pattern", ROW_PLAIN},
    {2, "SCAN 0 {MATCH pattern} {COUNT 1000} {TYPE (string|list|hash|LIST)}", ROW_PLAIN},
    {1, "SCAN (garbage|1.5|18446744073709551616) {COUNT count} {garbage}", ROW_PLAIN},
    {6, "OBJECT ENCODING key", ROW_PLAIN},
    {1, "OBJECT (REFCOUNT|IDLETIME|FREQ|HELP|garbage) [key] [garbage]", ROW_PLAIN},
    {2, "PEXPIRE key soon;!wait", ROW_TIMED},
    {1, "OBJECT", ROW_PLAIN},
    {1, "WAIT (0|garbage) (0|-1|garbage)", ROW_PLAIN},
    {1, "WAIT 1 0", ROW_PLAIN},
    {1, "KEYS *;DBSIZE", ROW_PLAIN},
};

static const struct rule rules[] = {
    {"TTL", RULE_NEAR, "counts down", NULL, NULL},
    {"PTTL", RULE_NEAR, "counts down", NULL, NULL},
    {"EXPIRETIME", RULE_NEAR, "the servers were asked at different times", NULL, NULL},
    {"PEXPIRETIME", RULE_NEAR, "the servers were asked at different times", NULL, NULL},
    {"DBSIZE", RULE_TYPES, "the stock server counts keys that are due until it removes them",
     NULL, NULL},
    {"KEYS", RULE_UNORDERED, "by definition", NULL, NULL},
    {"SCAN", RULE_UNORDERED, "by definition", NULL, NULL},
    {"OBJECT HELP", RULE_KIND, "own words", NULL, NULL},
    {"SCAN", RULE_NEWER, "a part of the keys is any part",
     "[*]2\r\n$[1-9]*", "[*]2\r\n$[0-9]*\r\n[1-9]*"},
    {"SCAN", RULE_NEWER, "a part of the keys is any part",
     "[*]2\r\n$[0-9]*\r\n[1-9]*", "[*]2\r\n$[1-9]*"},
    {"SCAN", RULE_NEWER, "a type must exist", "-ERR unknown type name *", "*"},
    {"SCAN -1", RULE_KIND, "no server has given this cursor", NULL, NULL},
    {"SCAN 9223372036854775807", RULE_KIND, "no server has given this cursor", NULL, NULL},
    {"SCAN -9223372036854775808", RULE_KIND, "no server has given this cursor", NULL, NULL},
    {"RANDOMKEY", RULE_KIND, "by definition", NULL, NULL},
    {"OBJECT IDLETIME", RULE_TYPES, "a shared number is older than its key", NULL, NULL},
    {"OBJECT REFCOUNT", RULE_NEWER, "no value is shared", ":1\r\n", ":2147483647\r\n"},
    {"OBJECT ENCODING", RULE_NEWER, "a small list is one listpack",
     "$8\r\nlistpack\r\n", "$9\r\nquicklist\r\n"},
};
// clang-format on

const struct family key_family = {
    .name = "key",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
};
