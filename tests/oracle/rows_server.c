/*
 * What tells about the server or changes all of it, where it can be foretold.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {4, "SWAPDB db db", ROW_PLAIN},
    {1, "FLUSHDB [SYNC|ASYNC|garbage]", ROW_PLAIN},
    {1, "FLUSHALL [SYNC|ASYNC|garbage]", ROW_PLAIN},
    {1, "FLUSHALL garbage garbage", ROW_PLAIN},
    {6, "COMMAND GETKEYS command", ROW_PLAIN},
    {6, "COMMAND GETKEYSANDFLAGS command", ROW_PLAIN},
    {1, "COMMAND LIST FILTERBY (MODULE garbage|ACLCAT (garbage|nosuch)|PATTERN (nosuch*|"
     "garbage))", ROW_PLAIN},
    {1, "COMMAND LIST FILTERBY garbage", ROW_PLAIN},
    {1, "COMMAND (INFO|DOCS) (nosuch|garbage)+", ROW_PLAIN},
    {1, "COMMAND (garbage|COUNT|LIST|GETKEYS|HELP) garbage+", ROW_PLAIN},
    {1, "garbage", ROW_PLAIN},
    {1, "NOSUCHCOMMAND value+", ROW_PLAIN},
    {1, "CONFIG (garbage|GET|SET|RESETSTAT|REWRITE|HELP) garbage+", ROW_PLAIN},
    {4, "CONFIG GET config-name+", ROW_PLAIN},
    {6, "CONFIG SET config-setting+", ROW_PLAIN},
    {1, "CONFIG SET config-setting garbage", ROW_PLAIN},
    {2, "CONFIG RESETSTAT", ROW_PLAIN},
    {1, "CONFIG REWRITE", ROW_PLAIN},
    {1, "CONFIG", ROW_PLAIN},
    {1, "TIME [garbage]", ROW_PLAIN},
    {1, "DBSIZE garbage", ROW_PLAIN},
    {1, "ROLE [garbage]", ROW_PLAIN},
    {1, "INFO (nosuch|garbage)+", ROW_PLAIN},
    {1, "INFO (server|clients|ALL|everything|default|keyspace|errorstats|commandstats)"
     "+", ROW_PLAIN},
    {1, "SLOWLOG (LEN|RESET|GET [0|-1|garbage|-2|abc])", ROW_PLAIN},
    {1, "SLOWLOG (garbage|LEN|RESET|HELP) garbage+", ROW_PLAIN},
    {1, "SLOWLOG", ROW_PLAIN},
    {1, "LATENCY (LATEST|RESET [nosuch]|HISTORY nosuch|GRAPH nosuch|HISTOGRAM nosuch)", ROW_PLAIN},
    {1, "LATENCY (LATEST|HISTORY|GRAPH|DOCTOR|HELP|garbage) garbage+", ROW_PLAIN},
    {1, "LATENCY", ROW_PLAIN},
    {2, "MEMORY USAGE key [SAMPLES (count|garbage)]", ROW_PLAIN},
    {1, "MEMORY (PURGE|STATS|DOCTOR|MALLOC-STATS)", ROW_PLAIN},
    {1, "MEMORY (USAGE|PURGE|STATS|DOCTOR|MALLOC-STATS|HELP|garbage) garbage+", ROW_PLAIN},
    {1, "MEMORY", ROW_PLAIN},
    {1, "MODULE LIST [garbage]", ROW_PLAIN},
    {1, "MODULE (UNLOAD|garbage) garbage", ROW_PLAIN},
    {1, "LOLWUT {VERSION (abc|5)}", ROW_WHOLE},
    {1, "SHUTDOWN (garbage|NOSAVE SAVE|ABORT|NOSAVE ABORT|NOW ABORT)", ROW_WHOLE},
    {1, "DEBUG (JMAP|NOSUCH|ERROR word|LOG word|garbage)", ROW_PLAIN},
    {1, "DEBUG (OBJECT|LISTPACK|DIGEST-VALUE) key", ROW_PLAIN},
    {1, "DEBUG PROTOCOL protocol-kind", ROW_PLAIN},
    {1, "DEBUG (OBJECT|ERROR|SET-ACTIVE-EXPIRE|HTSTATS|PROTOCOL) [garbage] [garbage]", ROW_PLAIN},
    {1, "DEBUG", ROW_PLAIN},
};

static const struct rule rules[] = {
    {"COMMAND GETKEYS", RULE_NEWER, "takes a command without arguments too", "-ERR *",
     "-ERR wrong number of arguments for 'command|getkeys' command\r\n"},
    {"COMMAND GETKEYSANDFLAGS", RULE_NEWER, "takes a command without arguments too", "-ERR *",
     "-ERR wrong number of arguments for 'command|getkeysandflags' command\r\n"},
    {"COMMAND COUNT", RULE_KIND, "more commands", NULL, NULL},
    {"COMMAND HELP", RULE_KIND, "own words", NULL, NULL},
    {"CONFIG HELP", RULE_KIND, "own words", NULL, NULL},
    {"DEBUG HELP", RULE_KIND, "own words", NULL, NULL},
    {"LATENCY HELP", RULE_KIND, "own words", NULL, NULL},
    {"MEMORY HELP", RULE_KIND, "own words", NULL, NULL},
    {"MODULE HELP", RULE_KIND, "own words", NULL, NULL},
    {"SLOWLOG HELP", RULE_KIND, "own words", NULL, NULL},
    {"COMMAND GETKEYS", RULE_NEWER, "a command that is not there yet",
     "-ERR Invalid command specified\r\n", "-ERR *"},
    {"COMMAND GETKEYSANDFLAGS", RULE_NEWER, "a command that is not there yet",
     "-ERR Invalid command specified\r\n", "-ERR *"},
    {"COMMAND GETKEYS", RULE_NEWER, "a command that takes an option more", "*\r\n",
     "-ERR Invalid number of arguments specified for command\r\n"},
    {"COMMAND GETKEYSANDFLAGS", RULE_NEWER, "a command that takes an option more", "*\r\n",
     "-ERR Invalid number of arguments specified for command\r\n"},
    {"COMMAND GETKEYS", RULE_NEWER, "a count of keys is a number",
     "-ERR Invalid arguments specified for command\r\n", "[*]*"},
    {"COMMAND GETKEYSANDFLAGS", RULE_NEWER, "a count of keys is a number",
     "-ERR Invalid arguments specified for command\r\n", "[*]*"},
    {"COMMAND GETKEYS", RULE_NOT_IN_MULTI, "takes a command without arguments too", NULL, NULL},
    {"COMMAND GETKEYSANDFLAGS", RULE_NOT_IN_MULTI, "takes a command without arguments too",
     NULL, NULL},
    {"COMMAND LIST", RULE_KIND, "other commands", NULL, NULL},
    {"COMMAND INFO", RULE_KIND, "other commands", NULL, NULL},
    {"COMMAND DOCS", RULE_KIND, "own words", NULL, NULL},
    {"CONFIG SET", RULE_NEWER, "one more level",
     "*verbose, notice, warning, nothing\r\n", "*verbose, notice, warning\r\n"},
    {"DEBUG DIGEST-VALUE", RULE_TYPES, "another digest", NULL, NULL},
    {"DEBUG OBJECT", RULE_NEWER, "takes FAST", "*", "-ERR unknown subcommand or wrong number*"},
    {"DEBUG HTSTATS", RULE_NEWER, "takes FULL", "*", "-ERR unknown subcommand or wrong number*"},
    {"TIME", RULE_TYPES, "passes", NULL, NULL},
    {"INFO", RULE_KIND, "other numbers", NULL, NULL},
    {"CONFIG GET", RULE_UNORDERED, "by definition", NULL, NULL},
    {"SLOWLOG GET", RULE_KIND, "other times", NULL, NULL},
    {"SLOWLOG LEN", RULE_TYPES, "other times", NULL, NULL},
    {"MEMORY USAGE", RULE_KIND, "other structures", NULL, NULL},
    {"MEMORY USAGE", RULE_NEWER, "a key that is due is gone", "[$_]*", ":*"},
    {"MEMORY STATS", RULE_KIND, "other structures", NULL, NULL},
    {"MEMORY DOCTOR", RULE_KIND, "own words", NULL, NULL},
    {"MEMORY MALLOC-STATS", RULE_KIND, "other memory", NULL, NULL},
    {"LATENCY HISTOGRAM", RULE_KIND, "other times", NULL, NULL},
    {"LATENCY DOCTOR", RULE_KIND, "own words", NULL, NULL},
    {"LOLWUT", RULE_KIND, "own art", NULL, NULL},
    {"DEBUG LISTPACK", RULE_NEWER, "a small list is one listpack", "+*",
     "-ERR Not a listpack encoded object.\r\n"},
    {"DEBUG OBJECT", RULE_NEWER, "a key that is due is gone", "-ERR no such key\r\n", "+Value*"},
    {"DEBUG OBJECT", RULE_KIND, "other structures", NULL, NULL},
    {"DEBUG HTSTATS", RULE_KIND, "other structures", NULL, NULL},
    {"DEBUG LISTPACK", RULE_KIND, "goes to standard output", NULL, NULL},
};
// clang-format on

static const char *const resets[] = {
    "CONFIG RESETSTAT",
    "CONFIG SET list-max-listpack-size -2 list-compress-depth 0 proto-max-bulk-len 512mb "
    "maxmemory 0 maxmemory-policy noeviction slowlog-max-len 128 lazyfree-lazy-user-del no "
    "notify-keyspace-events '' client-query-buffer-limit 1gb timeout 0 loglevel warning "
    "latency-tracking-info-percentiles '50 99 99.9' stream-node-max-bytes 4kb "
    "set-max-intset-entries 512 hash-max-listpack-entries 128 lfu-decay-time 1 "
    "active-defrag-threshold-lower 10",
};

const struct family server_family = {
    .name = "server",
    .rows = rows,
    .row_count = COUNT(rows),
    .rules = rules,
    .rule_count = COUNT(rules),
    .resets = resets,
    .reset_count = COUNT(resets),
};
