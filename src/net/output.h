/*
 * output: what a connection still has to send, as a queue of spans of reference-counted blocks.
 *
 * Replies that the socket did not take, messages shared by many receivers and large values all
 * wait in this one form.
 */
#ifndef LATCHKEY_NET_OUTPUT_H
#define LATCHKEY_NET_OUTPUT_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* Bytes shared by several queues; freed with the last reference. */
struct output_block;

/* Makes a block of an sds (taken), with one reference. */
struct output_block *output_block_create(sds bytes);
void output_block_ref(struct output_block *block);
void output_block_unref(struct output_block *block);

/* The block's bytes; a view. */
struct bytes output_block_bytes(const struct output_block *block);

/*
 * What holds bytes back: they are not sent before the log has been made safe up to this offset.
 * 0 holds nothing back. Order is kept: a span behind one that is held waits, whatever its gate.
 */
struct output_gate {
    uint64_t offset;
    bool is_write; /* the bytes say that something was written */
};

/* A part of a block. */
struct output_span {
    struct output_block *block;
    size_t offset;
    size_t length;
    struct output_gate gate;
};

/* A queue; embedded; all zero is empty. */
struct output {
    struct output_span *spans; /* a ring, or NULL */
    size_t first;
    size_t count;
    size_t capacity;         /* of the ring: a power of two, or 0 */
    size_t size;             /* bytes waiting */
    struct output_gate gate; /* of what is appended next */
    uint64_t released;       /* spans with gates up to this may be sent */
    struct output_span lone; /* the only one, while there is no ring */
};

/* Drops what waits; the queue is empty then. */
void output_release(struct output *output);

/* Queues a copy of the bytes, behind what waits already. */
void output_append(struct output *output, struct bytes source);

/* Queues an sds without copying. bytes: taken. */
void output_append_sds(struct output *output, sds bytes);

/* Queues a whole shared block; takes a reference of its own. */
void output_append_block(struct output *output, struct output_block *block);

/* Queues a copy of the bytes in front of everything. */
void output_prepend(struct output *output, struct bytes source, struct output_gate gate);

/* True when bytes wait that are not held back. */
bool output_is_sendable(const struct output *output);

/* True when bytes are held back that say that something was written. */
bool output_has_gated_write(const struct output *output);

/* Holds nothing back any more of what waits. */
void output_open_gates(struct output *output);

/* Moves everything that waits in `behind` to the end of `output`; `behind` is empty then. */
void output_join(struct output *output, struct output *behind);

/* Fills at most `capacity` vectors with what may be sent first; returns their number. */
size_t output_vectors(const struct output *output, struct iovec *vectors, size_t capacity);

/* Drops the first `size` bytes: they were sent. */
void output_sent(struct output *output, size_t size);

/* Bytes of memory that the queue holds, its share of blocks included. */
size_t output_memory(const struct output *output);

#endif
