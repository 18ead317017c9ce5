/*
 * generator: closed-loop load over many connections from one thread.
 *
 * Each connection sends a batch of requests, waits for all replies, and sends the next. Latency is
 * the time from a batch's sending until its last reply has been read.
 */
#ifndef BENCH_GENERATOR_H
#define BENCH_GENERATOR_H

#include "bench/histogram.h"
#include "bench/requests.h"
#include "bench/server_process.h"

#include <stddef.h>
#include <stdint.h>

struct load {
    const char *program;           /* what each connection sends, see requests.h */
    const struct key_order *order; /* the keys of %k and %l */
    unsigned connection_count;     /* even where the program names %p */
    const char *reading;           /* what the first ones send, as many requests, or NULL */
    unsigned reader_count;         /* how many these are; then only their latency counts */
    unsigned listener_count;       /* connections that only receive */
    const char *listening;         /* the requests of each, answered before the load begins */
    const char *listener_read;     /* what each then asks once for each key, or NULL */
    unsigned depth;                /* requests in a batch */
    size_t value_size;             /* bytes of %v */
    uint64_t warm_up_ns;           /* before the measured interval */
    uint64_t measure_ns;           /* its length; 0: until request_count requests are answered */
    uint64_t request_count;        /* only with measure_ns 0, and then there is no warm-up */
    unsigned run_index;            /* of the loads that the server sees, from 0 */
    bool is_ping_pong;             /* every second connection begins by waiting for the other */
};

struct load_result {
    uint64_t request_count;     /* answered in the measured interval */
    uint64_t elapsed_ns;        /* its true length */
    uint64_t error_count;       /* error replies, warm-up included */
    struct cpu_time before;     /* the server's CPU time at its begin */
    struct cpu_time after;      /* and at its end */
    uint64_t generator_ns;      /* CPU time that the generator itself used in it */
    struct histogram histogram; /* of the batches that ended in it */
};

/* Runs a load against a server; ends the program when a connection breaks. */
void generator_run(const struct load *load, const struct server_process *server,
                   struct load_result *result);

#endif
