#include "net/socket_batch.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAIRS = SOCKET_BATCH_MAX, LINE_SIZE = 32 };

/* The ends of socket pairs: what is sent into one end is received at the other. */
struct pairs {
    int near[PAIRS];
    int far[PAIRS];
};

static void open_pairs(struct pairs *pairs) {
    for (size_t i = 0; i < PAIRS; i++) {
        int fds[2];
        require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
        pairs->near[i] = fds[0];
        pairs->far[i] = fds[1];
    }
}

static void close_pairs(const struct pairs *pairs) {
    for (size_t i = 0; i < PAIRS; i++) {
        (void)close(pairs->near[i]);
        (void)close(pairs->far[i]);
    }
}

/* Each test runs with the ring, where the system has one, and without. */
static void with_and_without_ring(void (*test)(struct socket_batch *, const struct pairs *)) {
    for (int use_ring = 0; use_ring < 2; use_ring++) {
        struct pairs pairs;
        open_pairs(&pairs);
        struct socket_batch *batch = socket_batch_create(use_ring == 1);
        require(!socket_batch_has_ring(batch));
        test(batch, &pairs);
        require(use_ring == 1 || !socket_batch_has_ring(batch));
        socket_batch_destroy(batch);
        close_pairs(&pairs);
    }
}

static void send_and_receive(struct socket_batch *batch, const struct pairs *pairs) {
    char lines[PAIRS][LINE_SIZE];
    char received[PAIRS][LINE_SIZE];
    for (size_t i = 0; i < PAIRS; i++) {
        (void)snprintf(lines[i], LINE_SIZE, "%*zu", (int)(i % LINE_SIZE), i);
        struct iovec halves[2] = {{lines[i], 2}, {lines[i] + 2, strlen(lines[i] + 2)}};
        halves[0].iov_len = strlen(lines[i]) < 2 ? strlen(lines[i]) : 2;
        size_t count = strlen(lines[i]) > 2 ? 2 : 1;
        require(socket_batch_count(batch) == i);
        socket_batch_send(batch, pairs->near[i], halves, count);
    }
    socket_batch_run(batch);
    require(socket_batch_count(batch) == 0);
    for (size_t i = 0; i < PAIRS; i++) {
        require(socket_batch_result(batch, i) == (int64_t)strlen(lines[i]));
        socket_batch_receive(batch, pairs->far[i], received[i], LINE_SIZE);
    }
    socket_batch_run(batch);
    for (size_t i = 0; i < PAIRS; i++) {
        require(socket_batch_result(batch, i) == (int64_t)strlen(lines[i]));
        require(memcmp(received[i], lines[i], strlen(lines[i])) == 0);
    }
}

Test(socket_batch, what_is_sent_to_many_arrives_at_each) {
    with_and_without_ring(send_and_receive);
}

static void use_mixed(struct socket_batch *batch, const struct pairs *pairs) {
    char text[] = "text";
    char place[LINE_SIZE] = "";
    struct iovec vector = {text, strlen(text)};
    (void)close(pairs->far[1]);
    (void)shutdown(pairs->near[2], SHUT_WR);
    socket_batch_receive(batch, pairs->near[0], place, LINE_SIZE); /* nothing is there */
    socket_batch_send(batch, pairs->near[1], &vector, 1);          /* the peer is gone */
    socket_batch_receive(batch, pairs->far[2], place, LINE_SIZE);  /* the peer has ended */
    socket_batch_send(batch, -1, &vector, 1);                      /* there is no such socket */
    socket_batch_send(batch, pairs->near[4], &vector, 1); /* those behind errors are done */
    socket_batch_run(batch);
    require(socket_batch_result(batch, 0) == -EAGAIN);
    require(socket_batch_result(batch, 1) == -EPIPE);
    require(socket_batch_result(batch, 2) == 0);
    require(socket_batch_result(batch, 3) == -EBADF);
    require(socket_batch_result(batch, 4) == 4);
    require(read(pairs->far[4], place, LINE_SIZE) == 4 && memcmp(place, "text", 4) == 0);
    socket_batch_run(batch); /* empty */
}

Test(socket_batch, an_error_is_that_of_its_own_operation) {
    with_and_without_ring(use_mixed);
}

/* A socket that is full takes a part, then nothing, and nobody waits for it. */
static void fill(struct socket_batch *batch, const struct pairs *pairs) {
    enum { MUCH = 4 * 1024 * 1024 };
    static char much[MUCH];
    struct iovec vector = {much, sizeof much};
    socket_batch_send(batch, pairs->near[0], &vector, 1);
    socket_batch_send(batch, pairs->near[1], &vector, 1);
    socket_batch_run(batch);
    int64_t taken = socket_batch_result(batch, 0);
    require(taken > 0 && taken < MUCH);
    socket_batch_send(batch, pairs->near[0], &vector, 1);
    socket_batch_send(batch, pairs->near[2], &vector, 1);
    socket_batch_run(batch);
    require(socket_batch_result(batch, 0) == -EAGAIN);
    require(socket_batch_result(batch, 1) > 0);
}

Test(socket_batch, a_full_socket_takes_what_fits) {
    with_and_without_ring(fill);
}
