/*
 * paced_load: requests that go out on schedule over 50 connections, whether or not earlier ones
 * were answered. Latency counts from the scheduled moment, so that every request that falls into a
 * stall feels it.
 */
#ifndef BENCH_PACED_LOAD_H
#define BENCH_PACED_LOAD_H

#include "bench/histogram.h"

#include <stddef.h>
#include <stdint.h>

struct paced_load;

struct paced_plan {
    const char *program; /* what is sent, see requests.h: one request of it at each moment */
    size_t value_size;   /* bytes of %v */
    size_t key_count;    /* random keys */
    uint64_t period_ns;  /* between two requests, whichever their connections */
};

/* Connects to a port of 127.0.0.1. The caller closes the load; failures end the program. */
struct paced_load *paced_load_open(const struct paced_plan *plan, int port);
void paced_load_close(struct paced_load *load);

/*
 * Sends what is due and takes what has come, until the moment on the monotonic clock. The schedule
 * began when the load was opened and is never left: who calls late sends more at once.
 */
void paced_load_run(struct paced_load *load, uint64_t until_ns);

/* From now on, latencies of what is scheduled from now on are added there (NULL: nowhere). */
void paced_load_count_into(struct paced_load *load, struct histogram *histogram);

/*
 * Asks one question over another connection, whose descriptor is given, while the load goes on.
 * Stores the reply, which ends in '\0' and must fit into `size` bytes.
 */
void paced_load_ask(struct paced_load *load, int fd, const char *words, char *reply, size_t size);

#endif
