/*
 * writers: clients that count, and what must be there of their counting after a crash.
 *
 * Each writer sets a key to its number, pushes the number to a list, increments two keys in a
 * transaction, and adds an entry with the number to a stream, which it then reads in a group and
 * acknowledges one step later. After a restart the key, the list and the stream must hold at least
 * the last number that had to survive, list and stream must be without gaps, the two keys equal,
 * and what was read and not acknowledged pending.
 */
#ifndef CRASH_WRITERS_H
#define CRASH_WRITERS_H

#include "support/server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WRITER_COUNT = 20, WRITER_BUFFER_SIZE = 64 * 1024, WRITER_SAMPLE_COUNT = 64 };

/* What was acknowledged at a time. */
struct writer_sample {
    int64_t at_ms;
    long acked;
};

struct writer {
    struct resp_conn *conn;
    long sent;  /* the last number sent */
    long acked; /* the last number whose replies have all come */
    long floor; /* the last number that must survive */
    struct writer_sample samples[WRITER_SAMPLE_COUNT]; /* the newest ones, a ring */
    size_t sample_count;
    size_t received;
    char input[WRITER_BUFFER_SIZE];
};

struct run {
    struct test_server *server;
    struct writer *writers;
    unsigned random;
    int64_t served_ms; /* how long the server has answered, all in all */
};

/* Creates the writers; the seed is logged. Released with run_release. */
struct run run_create(struct test_server *server);
void run_release(struct run *run);

/* The next number of the run's seeded generator. */
unsigned run_random(struct run *run);

/* Lets all writers write until the server is killed, after a delay; closes their connections. */
void run_until_killed(struct run *run, unsigned delay_us);

/*
 * What must be there now: everything acknowledged, or (loss_ms above 0) what was acknowledged that
 * long before the end; times in which the machine let the server do nothing do not count.
 */
void run_check(struct run *run, int64_t loss_ms);

#endif
