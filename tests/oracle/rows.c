/*
 * The commands that the oracle knows, in the notation of grammar.h.
 *
 * Left out: what an oracle of this version refuses (SET IFEQ, DELEX, MSETEX, INCREX, DIGEST,
 * LMOVEM, BITCOUNT with a start alone, BITOP DIFF), and what differs from one server to the next
 * by nature (INFO, CLIENT LIST, MEMORY, DEBUG, TIME).
 */
#include "oracle/grammar.h"

#define ROW_COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

#define EXPIRY "EX s|PX ms|EXAT at-s|PXAT at-ms"

// clang-format off
static const struct row string_list[] = {
    {30, "SET key value", false},
    {20, "SET key value {NX|XX} {GET} {" EXPIRY "|KEEPTTL}", true},
    {4, "SET key value {NX} {XX} {GET} {" EXPIRY "} {KEEPTTL} {garbage}", true},
    {16, "GET key", false},
    {4, "GETDEL key", false},
    {8, "GETEX key [" EXPIRY "|PERSIST]", true},
    {1, "GETEX key {" EXPIRY "} {PERSIST} {EX s}", true},
    {4, "GETSET key value", false},
    {3, "SETNX key value", false},
    {3, "SETEX key s value", true},
    {3, "PSETEX key ms value", true},
    {6, "MSET (key value)+", false},
    {3, "MSETNX (key value)+", false},
    {6, "MGET key+", false},
    {6, "APPEND key value", false},
    {4, "STRLEN key", false},
    {6, "GETRANGE key index index", false},
    {2, "SUBSTR key index index", false},
    {6, "SETRANGE key range-offset word", false},
    {6, "INCR key", false},
    {4, "DECR key", false},
    {6, "INCRBY key int", false},
    {4, "DECRBY key int", false},
    {8, "INCRBYFLOAT key float", false},
    {3, "SET lcs-key word", false},
    {2, "APPEND lcs-key bytes", false},
    {1, "RPUSH lcs-key word", false},
    {1, "DEL lcs-key", false},
    {4, "LCS lcs-key lcs-key {LEN} {IDX} {MINMATCHLEN count} {WITHMATCHLEN}", false},
    {8, "SETBIT key offset bit", false},
    {5, "GETBIT key offset", false},
    {4, "BITCOUNT key", false},
    {6, "BITCOUNT key index index [BYTE|BIT|garbage]", false},
    {8, "BITPOS key bit [index [index [BYTE|BIT|garbage]]]", false},
    {6, "BITOP (AND|OR|XOR) key key+", false},
    {2, "BITOP (NOT|garbage) key key [key]", false},
    {10, "BITFIELD key (GET field field-offset|SET field field-offset int|"
         "INCRBY field field-offset int|OVERFLOW (WRAP|SAT|FAIL|garbage))+", false},
    {3, "BITFIELD_RO key (GET field field-offset)+", false},
    {1, "BITFIELD_RO key (GET field field-offset|SET field field-offset int)+", false},
};
const struct row_table string_rows = {string_list, ROW_COUNT(string_list)};

static const struct row list_entries[] = {
    {16, "LPUSH key value+", false},
    {16, "RPUSH key value+", false},
    {3, "RPUSH key many", false},
    {2, "LPUSH key many", false},
    {4, "LPUSHX key value+", false},
    {4, "RPUSHX key value+", false},
    {8, "LPOP key [count]", false},
    {8, "RPOP key [count]", false},
    {4, "LLEN key", false},
    {6, "LINDEX key index", false},
    {8, "LRANGE key index index", false},
    {2, "LRANGE key 0 -1", false},
    {6, "LSET key index value", false},
    {6, "LREM key index word", false},
    {3, "LTRIM key index index", false},
    {6, "LINSERT key (BEFORE|AFTER|garbage) word value", false},
    {4, "LINSERT key (BEFORE|AFTER) word value+", false},
    {8, "LPOS key word {RANK index} {COUNT count} {MAXLEN count}", false},
    {6, "LMOVE key key side side", false},
    {4, "RPOPLPUSH key key", false},
    {6, "LMPOP nkeys side [COUNT count]", false},
    {6, "BLPOP key+ timeout", false},
    {6, "BRPOP key+ timeout", false},
    {4, "BLMOVE key key side side timeout", false},
    {3, "BRPOPLPUSH key key timeout", false},
    {4, "BLMPOP timeout nkeys side [COUNT count]", false},
};
const struct row_table list_rows = {list_entries, ROW_COUNT(list_entries)};

static const struct row key_list[] = {
    {10, "DEL key+", false},
    {4, "UNLINK key+", false},
    {5, "EXISTS key+", false},
    {3, "TOUCH key+", false},
    {4, "TYPE key", false},
    {5, "EXPIRE key s {NX|XX|GT|LT}", true},
    {2, "EXPIRE key s {NX} {XX} {GT} {LT}", true},
    {4, "PEXPIRE key ms {NX|XX|GT|LT}", true},
    {4, "EXPIREAT key at-s {NX|XX|GT|LT}", true},
    {4, "PEXPIREAT key at-ms {NX|XX} {GT|LT}", true},
    {4, "TTL key", false},
    {4, "PTTL key", false},
    {4, "EXPIRETIME key", false},
    {4, "PEXPIRETIME key", false},
    {4, "PERSIST key", false},
    {5, "RENAME key key", false},
    {4, "RENAMENX key key", false},
    {7, "COPY key key {DB db} {REPLACE}", false},
    {5, "MOVE key db", false},
    {1, "RANDOMKEY", false},
    {2, "KEYS pattern", false},
    {2, "SCAN 0 {MATCH pattern} {COUNT 1000} {TYPE (string|list|hash|LIST)}", false},
    {1, "SCAN (garbage|1.5|18446744073709551616) {COUNT count} {garbage}", false},
    {6, "OBJECT ENCODING key", false},
    {1, "OBJECT (REFCOUNT|IDLETIME|FREQ|HELP|garbage) [key] [garbage]", false},
    {1, "WAIT 0 0", false},
    {1, "KEYS *;DBSIZE", false},
};
const struct row_table key_rows = {key_list, ROW_COUNT(key_list)};

static const struct row session_list[] = {
    {14, "MULTI", false},
    {4, "EXEC", false},
    {2, "DISCARD", false},
    {8, "WATCH key+", false},
    {2, "UNWATCH", false},
    {3, "PING [word]", false},
    {2, "ECHO value", false},
    {5, "SELECT db", false},
    {1, "SELECT 0", false},
    {2, "SWAPDB db db", false},
    {2, "HELLO (2|3)", false},
    {1, "HELLO [4|1|garbage] [AUTH word word] [SETNAME word] [garbage]", false},
    {1, "RESET", false},
    {1, "AUTH word [word]", false},
    {1, "CLIENT SETNAME (word|value)", false},
    {1, "CLIENT GETNAME", false},
    {1, "CLIENT (garbage|GETNAME|SETNAME|KILL|UNBLOCK|NO-EVICT) garbage+", false},
    {1, "CLIENT UNBLOCK 99999999 [TIMEOUT|ERROR|garbage]", false},
    {1, "FLUSHDB [SYNC|ASYNC|garbage]", false},
    {1, "FLUSHALL [SYNC|ASYNC|garbage]", false},
    {3, "COMMAND GETKEYS command", false},
    {3, "COMMAND GETKEYSANDFLAGS command", false},
    {1, "garbage", false},
    {1, "NOSUCHCOMMAND value+", false},
    {1, "CONFIG (garbage|GET|SET) garbage+", false},
};
const struct row_table session_rows = {session_list, ROW_COUNT(session_list)};
// clang-format on
