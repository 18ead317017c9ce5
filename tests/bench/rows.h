/*
 * rows: what is measured, and what it may cost in comparison with the stock server.
 */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include <stddef.h>
#include <stdint.h>

enum row_kind {
    ROW_LOAD,     /* CPU time per request under a closed loop */
    ROW_MEMORY,   /* resident bytes per entry */
    ROW_EXPIRY,   /* many keys or fields due at one instant */
    ROW_PAUSE,    /* a command that lets go of very much */
    ROW_SNAPSHOT, /* the dataset is written out under a paced load */
    ROW_START,    /* a start with the dataset on disk */
    ROW_HAND_OVER /* a lock goes from client to client */
};

enum { ROW_FURTHER_MAX = 2 };

/* What a server is sent behind the row's filling. */
struct further_filling {
    const char *words;   /* NULL: nothing */
    uint64_t count;      /* keys */
    unsigned list_count; /* keys go round so many lists; 0: they name none */
    size_t value_size;   /* bytes of a value */
};

struct row {
    const char *name;
    enum row_kind kind;
    const char *program;       /* what is sent, see requests.h */
    const char *stock_program; /* ROW_LOAD: what the stock server is sent instead, or NULL */
    const char *filling;       /* what the server is sent before for each key, or NULL */
    const char *opening;       /* ROW_LOAD: one request sent behind the filling, or NULL */
    uint64_t filling_count;    /* keys of the filling */
    unsigned filling_lists;    /* lists that these go round; 0 where they name none */
    size_t key_count;          /* random keys of the program */
    size_t value_size;         /* bytes of a value, in the filling too */
    unsigned connection_count; /* at the same time */
    unsigned listener_count;   /* ROW_LOAD: further connections, which only receive */
    const char *listening;     /* ROW_LOAD: the requests with which each listener begins */
    const char *listener_read; /* ROW_LOAD: what each then asks once for each key, or NULL */
    const char *reading;       /* ROW_LOAD: what the first connections send, as many requests as
                                  the program has, whose latency alone counts; or NULL */
    unsigned reader_count;     /* how many these are */
    uint64_t request_count;    /* ROW_LOAD: ends after so many requests; 0: after a time */
    unsigned depth;            /* pipeline */
    double limit;              /* of the ratio ours / stock in CPU time, or in bytes per entry */
    double user_limit;         /* of the ratio in user time; 0: none */
    double byte_limit;         /* ROW_MEMORY: of our bytes per entry; 0: none */
    double rise_limit_ms;      /* ROW_EXPIRY: how far p99.9 may rise at the instant */
    double back_limit_s;       /* ROW_EXPIRY: until the memory must be free */
    unsigned entries;          /* ROW_MEMORY: entries that one request adds */
    unsigned steps;            /* ROW_MEMORY: fillings one after another, each measured */
    unsigned first_step;       /* the first that counts */
    const char *policy;        /* ROW_LOAD: appendfsync of an append-only file; NULL: none */
    double rate_limit;         /* ROW_LOAD: our requests a second by the stock server's must not
                                  be below, nor our p99.9 above its; 0: CPU time counts */
    double p99_limit;          /* ROW_LOAD: of the ratio ours / stock; then it alone counts */
    const char *command;       /* ROW_SNAPSHOT: what writes it out; ROW_PAUSE: what lets go;
                                  ROW_START: NULL for the AOF */
    struct further_filling further[ROW_FURTHER_MAX]; /* of a row with a paced load */
    unsigned is_ours_alone;                          /* the stock server has no such commands */
    double max_limit_ms;      /* ROW_SNAPSHOT, ROW_PAUSE: how far the longest may rise;
                                 ROW_START: of our start, 0: the stock server's time counts */
    double extra_limit_bytes; /* ROW_SNAPSHOT: of memory while it runs */
    unsigned is_ping_pong;    /* ROW_LOAD: connections are pairs that wait for each other */
    double pass_limit;        /* ROW_HAND_OVER: of the ratio ours / stock in hand-overs a second */
};

/* Returns the rows and stores their number. */
const struct row *rows_all(size_t *count);

#endif
