/*
 * rows: the table. Limits are those that the project has set itself for its first step. The 16 KiB
 * rows have fewer keys, because a million of them would not fit into the memory of most machines.
 */
#include "bench/rows.h"

enum {
    KEYS = 1000 * 1000,
    LARGE_KEYS = 50 * 1000,
    CONNECTIONS = 50,
    VALUE = 16,
    KIBIBYTE = 1024,
    LARGE_VALUE = 16 * KIBIBYTE,
    SHALLOW = 16,
    DEEP = 64,
    LIST_ELEMENTS = 100,
    MANY_CONNECTIONS = 1000,
    MOST_CONNECTIONS = 10000,
};

/* A million keys with 16-byte values, 50 connections: what most rows have. */
#define STRINGS(words)                                                                             \
    .kind = ROW_LOAD, .program = (words), .filling = "SET %k %v", .filling_count = KEYS,           \
    .key_count = KEYS, .value_size = VALUE, .connection_count = CONNECTIONS

static const struct row rows[] = {
    {.name = "GET 16 B, pipeline 1",
     STRINGS("GET %k"),
     .depth = 1,
     .limit = 0.85,
     .user_limit = 0.35},
    {.name = "SET 16 B, pipeline 1",
     STRINGS("SET %k %v"),
     .depth = 1,
     .limit = 0.85,
     .user_limit = 0.35},
    {.name = "GET 16 B, pipeline 16",
     STRINGS("GET %k"),
     .depth = SHALLOW,
     .limit = 0.40,
     .user_limit = 0.20},
    {.name = "SET 16 B, pipeline 16",
     STRINGS("SET %k %v"),
     .depth = SHALLOW,
     .limit = 0.40,
     .user_limit = 0.20},
    {.name = "GET 16 B, pipeline 64", STRINGS("GET %k"), .depth = DEEP, .limit = 0.24},
    {.name = "SET 16 B, pipeline 64", STRINGS("SET %k %v"), .depth = DEEP, .limit = 0.24},
};

const struct row *rows_all(size_t *count) {
    *count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}
