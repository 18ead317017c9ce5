/*
 * replies: counts the complete RESP replies in a stream that arrives in pieces of any size.
 *
 * Only lengths are looked at; the bytes of bulk strings are skipped.
 */
#ifndef BENCH_REPLIES_H
#define BENCH_REPLIES_H

#include <stddef.h>
#include <stdint.h>

enum { REPLIES_LINE_SIZE = 128 };

struct replies {
    uint64_t error_count;         /* error replies seen so far */
    uint64_t skip_size;           /* bytes of a bulk string that are still to come */
    uint64_t open_count;          /* values that the present reply still lacks */
    size_t line_used;             /* bytes of an incomplete line */
    char line[REPLIES_LINE_SIZE]; /* that line, cut off where it does not fit */
};

/* Consumes the next bytes of the stream; returns how many replies they completed. */
uint64_t replies_count(struct replies *replies, const char *bytes, size_t size);

#endif
