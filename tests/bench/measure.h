/*
 * measure: runs a row several times, the two servers in turn, each time with a fresh process.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "bench/rows.h"

#include <stdbool.h>
#include <stdint.h>

struct plan {
    const char *paths[2]; /* the servers: SIDE_STOCK, SIDE_OURS */
    unsigned rounds;      /* 1 to MEASURE_MAX_ROUNDS */
    bool is_quick;        /* short intervals and few keys, for a first impression */
};

enum { SIDE_STOCK, SIDE_OURS, SIDE_COUNT };
enum { MEASURE_MAX_ROUNDS = 25 };

/* Figures of one server, medians of all rounds; times in nanoseconds. */
struct figures {
    double total_ns;  /* CPU time per request */
    double user_ns;   /* its user part */
    double system_ns; /* its system part */
    double requests_per_second;
    double busy;           /* CPU time of the server by time: 1 is a full core */
    double generator_busy; /* the same of the generator */
    double p50_ns;
    double p99_ns;
    double p999_ns;
    double errors;          /* error replies */
    double bytes_per_entry; /* ROW_MEMORY: the worst of the steps */
    double quiet_p999_ns;   /* ROW_EXPIRY: in the two seconds before the instant */
    double due_p999_ns;     /* in the two seconds after it */
    double back_ns;         /* until memory was back; 20 s: never */
    double quiet_max_ns;    /* ROW_SNAPSHOT, ROW_PAUSE: before the command */
    double busy_p999_ns;    /* while the dataset is written */
    double busy_max_ns;     /* and from the command that lets go on */
    double duration_ns;     /* of writing; ROW_START: of the start */
    double extra_bytes;     /* of memory while it is written */
};

/* Measures a row on both servers. */
void measure_row(const struct row *row, const struct plan *plan, struct figures figures[2]);

#endif
