/*
 * A small receive or send takes the kernel 2 us on hosts where entering it takes another 3 (page
 * tables are switched, a hypervisor is asked). One io_uring_enter does a whole batch: nothing is
 * ever under way between two calls, because MSG_DONTWAIT lets each operation end when it is
 * submitted. So the ring is used as a list of system calls and not as an event loop.
 */
#include "net/socket_batch.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <errno.h>
#include <liburing.h>
#include <sys/socket.h>

enum { UNDONE = INT32_MIN }; /* no error has this number */

struct operation {
    int fd;
    bool is_send;
    struct msghdr message; /* where there is more than one vector */
    size_t count;
    struct iovec vectors[SOCKET_BATCH_VECTORS];
};

struct socket_batch {
    bool wants_ring; /* at the first use: one call serves one socket as well */
    bool has_ring;
    struct io_uring ring;
    size_t count;
    struct operation operations[SOCKET_BATCH_MAX];
    int64_t results[SOCKET_BATCH_MAX];
};

static bool open_ring(struct io_uring *ring) {
    unsigned best = IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
                    IORING_SETUP_DEFER_TASKRUN; /* Linux 6.1 */
    return io_uring_queue_init(SOCKET_BATCH_MAX, ring, best) == 0 ||
           io_uring_queue_init(SOCKET_BATCH_MAX, ring, IORING_SETUP_SUBMIT_ALL) == 0;
}

struct socket_batch *socket_batch_create(bool use_ring) {
    struct socket_batch *batch = alloc_new(sizeof *batch);
    batch->wants_ring = use_ring;
    batch->has_ring = false;
    batch->count = 0;
    return batch;
}

static void close_ring(struct socket_batch *batch) {
    if (batch->has_ring) {
        io_uring_queue_exit(&batch->ring);
        batch->has_ring = false;
    }
}

void socket_batch_destroy(struct socket_batch *batch) {
    if (batch != NULL) {
        close_ring(batch);
        alloc_free(batch);
    }
}

bool socket_batch_has_ring(const struct socket_batch *batch) {
    return batch->has_ring;
}

size_t socket_batch_count(const struct socket_batch *batch) {
    return batch->count;
}

static struct operation *add(struct socket_batch *batch, int fd, bool is_send, size_t count) {
    ASSERT(batch->count < SOCKET_BATCH_MAX && count >= 1 && count <= SOCKET_BATCH_VECTORS);
    struct operation *operation = &batch->operations[batch->count++];
    operation->fd = fd;
    operation->is_send = is_send;
    operation->count = count;
    if (count > 1) {
        operation->message = (struct msghdr){.msg_iov = operation->vectors, .msg_iovlen = count};
    }
    return operation;
}

void socket_batch_receive(struct socket_batch *batch, int fd, char *place, size_t size) {
    struct operation *operation = add(batch, fd, false, 1);
    operation->vectors[0] = (struct iovec){place, size};
}

void socket_batch_send(struct socket_batch *batch, int fd, const struct iovec *vectors,
                       size_t count) {
    struct operation *operation = add(batch, fd, true, count);
    for (size_t i = 0; i < count; i++) {
        operation->vectors[i] = vectors[i];
    }
}

/* ---- One by one ---- */

/* Plain bytes cost the kernel less than a vector of one. */
static int64_t call_now(const struct operation *operation) {
    const struct iovec *first = operation->vectors;
    ssize_t count = 0;
    if (!operation->is_send) {
        count = recv(operation->fd, first->iov_base, first->iov_len, MSG_DONTWAIT);
    } else if (operation->count == 1) {
        count = send(operation->fd, first->iov_base, first->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
        count = sendmsg(operation->fd, &operation->message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    return count < 0 ? -errno : count;
}

/* ---- Through the ring ---- */

static void prepare(struct io_uring_sqe *entry, struct operation *operation) {
    const struct iovec *first = operation->vectors;
    if (!operation->is_send) {
        io_uring_prep_recv(entry, operation->fd, first->iov_base, first->iov_len, MSG_DONTWAIT);
    } else if (operation->count == 1) {
        io_uring_prep_send(entry, operation->fd, first->iov_base, first->iov_len,
                           MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
        io_uring_prep_sendmsg(entry, operation->fd, &operation->message,
                              MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

/* Takes the results that are there; returns how many. */
static size_t take_results(struct socket_batch *batch) {
    struct io_uring_cqe *entry = NULL;
    unsigned head = 0;
    unsigned count = 0;
    io_uring_for_each_cqe(&batch->ring, head, entry) {
        batch->results[io_uring_cqe_get_data64(entry)] = entry->res;
        count++;
    }
    io_uring_cq_advance(&batch->ring, count);
    return count;
}

/* A kernel that refuses leaves the rest undone, and the ring is given up. */
static void run_ring(struct socket_batch *batch) {
    for (size_t i = 0; i < batch->count; i++) {
        struct io_uring_sqe *entry = io_uring_get_sqe(&batch->ring);
        ASSERT(entry != NULL);
        prepare(entry, &batch->operations[i]);
        io_uring_sqe_set_data64(entry, i);
    }
    int taken = 0;
    size_t left = batch->count;
    while (left > 0 && (taken >= 0 || taken == -EINTR)) {
        taken = io_uring_submit_and_wait(&batch->ring, (unsigned)left);
        left -= take_results(batch);
    }
    if (left > 0) {
        close_ring(batch);
    }
}

void socket_batch_run(struct socket_batch *batch) {
    for (size_t i = 0; i < batch->count; i++) {
        batch->results[i] = UNDONE;
    }
    if (batch->count > 1) {
        if (UNLIKELY(batch->wants_ring)) {
            batch->wants_ring = false;
            batch->has_ring = open_ring(&batch->ring);
        }
        if (batch->has_ring) {
            run_ring(batch);
        }
    }
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->results[i] == UNDONE) {
            batch->results[i] = call_now(&batch->operations[i]);
        }
    }
    batch->count = 0;
}

int64_t socket_batch_result(const struct socket_batch *batch, size_t index) {
    ASSERT(index < SOCKET_BATCH_MAX);
    return batch->results[index];
}
