/*
 * The connection. CLIENT TRACKING, CACHING, GETREDIR and PAUSE are not here.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {3, "PING [word]", ROW_PLAIN},
    {1, "PING word word", ROW_PLAIN},
    {2, "ECHO value", ROW_PLAIN},
    {8, "SELECT db", ROW_PLAIN},
    {3, "SELECT 0", ROW_PLAIN},
    {4, "HELLO (2|3)", ROW_PLAIN},
    {1, "HELLO [4|1|garbage] [AUTH word word] [SETNAME word] [garbage]", ROW_PLAIN},
    {1, "HELLO (2|3) {AUTH default word} {SETNAME word} {garbage}", ROW_PLAIN},
    {1, "RESET", ROW_PLAIN},
    {1, "QUIT [garbage]", ROW_PLAIN},
    {1, "AUTH word [word]", ROW_PLAIN},
    {1, "AUTH default word", ROW_PLAIN},
    {3, "CLIENT SETNAME (word|value)", ROW_PLAIN},
    {3, "CLIENT GETNAME", ROW_PLAIN},
    {1, "CLIENT ID", ROW_PLAIN},
    {1, "CLIENT INFO", ROW_PLAIN},
    {1, "CLIENT LIST {TYPE (normal|pubsub|master|replica|slave|garbage)}", ROW_PLAIN},
    {1, "CLIENT LIST TYPE (pubsub|replica|master)", ROW_PLAIN},
    {1, "CLIENT LIST ID (9999999|0|-1|garbage)+", ROW_PLAIN},
    /* Not spoilt: with a newer filter, such as DB 0, it would end the oracle's own connections. */
    {1, "CLIENT KILL (1.2.3.4:5|garbage)", ROW_WHOLE},
    {1, "CLIENT KILL ID (9999999|0|garbage) {TYPE (pubsub|garbage)} {SKIPME (yes|no|"
     "garbage)}", ROW_WHOLE},
    {1, "CLIENT KILL TYPE (pubsub|replica|master|slave|garbage) {SKIPME (yes|no)}", ROW_WHOLE},
    {1, "CLIENT KILL (ADDR|LADDR|USER) (1.2.3.4:5|nobody|garbage) [garbage]", ROW_WHOLE},
    {1, "CLIENT (NO-EVICT|REPLY|UNPAUSE) [garbage]", ROW_PLAIN},
    {1, "CLIENT NO-EVICT (ON|OFF|on|off)", ROW_PLAIN},
    {2, "CLIENT REPLY (ON|SKIP|OFF);PING;GET key;CLIENT REPLY ON", ROW_WHOLE},
    {1, "CLIENT PAUSE (-1|1.5|abc) [WRITE|ALL|garbage]", ROW_WHOLE},
    {1, "CLIENT (garbage|GETNAME|SETNAME|UNBLOCK|NO-EVICT|ID|LIST|INFO) garbage+", ROW_PLAIN},
    {1, "CLIENT UNBLOCK (99999999|garbage|-1) [TIMEOUT|ERROR|garbage]", ROW_PLAIN},
    {1, "CLIENT", ROW_PLAIN},
    {1, "!raw raw", ROW_PLAIN},
};

static const struct rule rules[] = {
    {"HELLO", RULE_TYPES, "the id differs", NULL, NULL},
    {"CLIENT HELP", RULE_KIND, "own words", NULL, NULL},
    {"CLIENT KILL", RULE_NEWER, "more filters", "*", "-ERR syntax error\r\n"},
    {"CLIENT LIST", RULE_NEWER, "more filters", "*", "-ERR syntax error\r\n"},
    {"CLIENT GETNAME", RULE_NEWER, "a refused HELLO sets no name", "[$_]*", "$*"},
    {"CLIENT GETNAME", RULE_NEWER, "a refused HELLO drops no name", "$*", "[$_]*"},
    {"CLIENT KILL ID", RULE_NEWER, "DB and others name filters",
     "*", "-ERR client-id should be greater than 0\r\n"},
    {"CLIENT LIST ID", RULE_NEWER, "DB and others name filters",
     "*", "-ERR Invalid client ID\r\n"},
    {"HELLO", RULE_NEWER, "all options are read before a password is tried",
     "-ERR Syntax error in HELLO *", "-WRONGPASS *"},
    {"CLIENT ID", RULE_TYPES, "the id differs", NULL, NULL},
    {"CLIENT INFO", RULE_KIND, "numbers and newer fields", NULL, NULL},
    {"CLIENT LIST", RULE_KIND, "numbers and newer fields", NULL, NULL},
    {"CLIENT REPLY", RULE_NOT_IN_MULTI, "what is queued is not seen then", NULL, NULL},
};
// clang-format on

const struct family connection_family = {
    .name = "connection",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
};
