/*
 * link: plain blocking connections to a server, for loading data and for asking single questions.
 */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include <stddef.h>
#include <stdint.h>

/* What a server is filled with before a measurement. */
struct filling {
    const char *words;   /* requests for each key, see requests.h; %k and %i count from 0 */
    uint64_t first;      /* the first key */
    uint64_t count;      /* keys */
    unsigned list_count; /* key i stands for list i modulo this; 0 where it names no list */
    size_t value_size;   /* bytes of %v */
    uint64_t moment_ms;  /* of %t */
};

/* Connects to a port of 127.0.0.1; returns the socket, or -1. */
int link_try_open(int port);

/* The same, but ends the program on failure. */
int link_open(int port);

/*
 * Sends one request (see requests.h) and reads until its reply is complete.
 * Returns the bytes stored in `reply`, which are cut at `size` and end in '\0', or -1.
 */
long link_ask(int fd, const char *words, char *reply, size_t size);

/* Sends one request on a connection of its own; ends the program on an error reply. */
void link_send(int port, const char *words);

/* The same for all requests of a filling, in pipelines on an open connection. */
void link_fill_on(int fd, const struct filling *filling);

/* Sends all requests of a filling in pipelines; ends the program on an error reply. */
void link_fill(int port, const struct filling *filling);

/* Returns the monotonic time in nanoseconds. */
uint64_t link_now_ns(void);

#endif
