/*
 * socket_batch: receives and sends of many sockets, done by one system call where the kernel has
 * io_uring and lets this process use it, and otherwise one after another.
 */
#ifndef LATCHKEY_NET_SOCKET_BATCH_H
#define LATCHKEY_NET_SOCKET_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum { SOCKET_BATCH_MAX = 64, SOCKET_BATCH_VECTORS = 8 };

struct socket_batch;

/*
 * Makes an empty batch. use_ring: false leaves io_uring alone; else its ring is made when several
 * operations run together for the first time. Free with socket_batch_destroy.
 */
struct socket_batch *socket_batch_create(bool use_ring);
void socket_batch_destroy(struct socket_batch *batch);

/* True while system calls are saved. */
bool socket_batch_has_ring(const struct socket_batch *batch);

/* The operations that wait; at most SOCKET_BATCH_MAX. */
size_t socket_batch_count(const struct socket_batch *batch);

/*
 * Adds a receive of at most `size` bytes, or a send. The memory is borrowed until the batch has
 * run; the vectors themselves (1 to SOCKET_BATCH_VECTORS) are copied.
 */
void socket_batch_receive(struct socket_batch *batch, int fd, char *place, size_t size);
void socket_batch_send(struct socket_batch *batch, int fd, const struct iovec *vectors,
                       size_t count);

/*
 * Does in this order what was added, without waiting for any socket; the batch is empty then. The
 * results stay until the next run.
 */
void socket_batch_run(struct socket_batch *batch);

/* What the operation added as the index-th gave: the number of bytes, or -errno. */
int64_t socket_batch_result(const struct socket_batch *batch, size_t index);

#endif
