/*
 * Strings. Left out, because stock 7.0.15 has no such thing: SET IFEQ and its kin, DELEX, DELIFEQ,
 * MSETEX, INCREX, DIGEST.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

#define EXPIRY "EX s|PX ms|EXAT at-s|PXAT at-ms"

// clang-format off
static const struct row rows[] = {
    {30, "SET key value", ROW_PLAIN},
    {20, "SET key value {NX|XX} {GET} {" EXPIRY "|KEEPTTL}", ROW_TIMED},
    {4, "SET key value {NX} {XX} {GET} {" EXPIRY "} {KEEPTTL} {garbage}", ROW_TIMED},
    {16, "GET key", ROW_PLAIN},
    {4, "GETDEL key", ROW_PLAIN},
    {8, "GETEX key [" EXPIRY "|PERSIST]", ROW_TIMED},
    {1, "GETEX key {" EXPIRY "} {PERSIST} {EX s}", ROW_TIMED},
    {4, "GETSET key value", ROW_PLAIN},
    {3, "SETNX key value", ROW_PLAIN},
    {3, "SETEX key s value", ROW_TIMED},
    {3, "PSETEX key ms value", ROW_TIMED},
    {6, "MSET (key value)+", ROW_PLAIN},
    {3, "MSETNX (key value)+", ROW_PLAIN},
    {6, "MGET key+", ROW_PLAIN},
    {6, "APPEND key value", ROW_PLAIN},
    {4, "STRLEN key", ROW_PLAIN},
    {6, "GETRANGE key index index", ROW_PLAIN},
    {2, "SUBSTR key index index", ROW_PLAIN},
    {6, "SETRANGE key range-offset word", ROW_PLAIN},
    {6, "INCR key", ROW_PLAIN},
    {4, "DECR key", ROW_PLAIN},
    {6, "INCRBY key int", ROW_PLAIN},
    {4, "DECRBY key int", ROW_PLAIN},
    {8, "INCRBYFLOAT key float", ROW_PLAIN},
    {3, "SET lcs-key word", ROW_PLAIN},
    {2, "APPEND lcs-key bytes", ROW_PLAIN},
    {1, "RPUSH lcs-key word", ROW_PLAIN},
    {1, "DEL lcs-key", ROW_PLAIN},
    {4, "LCS lcs-key lcs-key {LEN} {IDX} {MINMATCHLEN count} {WITHMATCHLEN}", ROW_PLAIN},
    {2, "SET key value PX soon;!wait", ROW_TIMED},
    {1, "PSETEX key soon value;!wait", ROW_TIMED},
    {1, "GETEX key PX soon;!wait", ROW_TIMED},
    {1, "SETEX key garbage value", ROW_TIMED},
    {1, "MSET key value key", ROW_PLAIN},
    {1, "GET", ROW_PLAIN},
    {1, "LCS lcs-key lcs-key {LEN} {IDX} {MINMATCHLEN int} {WITHMATCHLEN} {garbage}", ROW_PLAIN},
};

// clang-format on

const struct family string_family = {
    .name = "string",
    .rows = rows,
    .row_count = COUNT(rows),
};
