/*
 * generator: epoll, one read and one write a batch, and no allocation while it runs.
 *
 * A connection has as many batches as it takes until the program's beginning falls on the
 * beginning of a batch again; they are encoded once and only get other keys. The next batch gets
 * its keys when it is about to be sent.
 */
#include "bench/generator.h"

#include "bench/link.h"
#include "bench/replies.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENT_COUNT = 256,
    READ_SIZE = 256 * 1024,
    VALUE_SEED = 54321,
    NANOSECONDS = 1000 * 1000 * 1000,
    REPLY_SIZE = 256
};

struct connection {
    int fd;
    unsigned batch_index; /* the batch that is sent, or answered */
    uint64_t pending;     /* replies that are still to come */
    uint64_t sent_ns;     /* when the batch was sent */
    struct progress progress;
    size_t unsent_offset;  /* where the rest of a batch begins that the socket did not take */
    bool is_blocked;       /* there is such a rest */
    struct batch *batches; /* batch_count of the run */
    struct replies replies;
};

struct run {
    const struct load *load;
    struct load_result *result;
    struct connection *connections; /* those of the load, then listeners, of which only fd counts */
    unsigned batch_count;           /* of each connection */
    int epoll_fd;
    bool is_measuring;
    uint64_t sent_count; /* requests, in the measured interval */
    uint64_t now_ns;
    char *read_buffer;
};

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static unsigned greatest_common_divisor(unsigned a, unsigned b) {
    while (b != 0) {
        unsigned rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void watch(const struct run *run, unsigned index, int operation, bool for_writing) {
    struct epoll_event event = {
        .events = (uint32_t)EPOLLIN | (for_writing ? (uint32_t)EPOLLOUT : 0U),
        .data.u32 = index,
    };
    if (epoll_ctl(run->epoll_fd, operation, run->connections[index].fd, &event) != 0) {
        fail("epoll_ctl");
    }
}

static void open_connection(struct run *run, unsigned index, int port, const char *value) {
    const struct load *load = run->load;
    const char *program = index < load->reader_count ? load->reading : load->program;
    struct connection *connection = &run->connections[index];
    connection->fd = link_open(port);
    int flags = fcntl(connection->fd, F_GETFL);
    if (fcntl(connection->fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        fail("fcntl");
    }
    progress_init(&connection->progress, load->order->count / load->connection_count * index,
                  load->run_index);
    connection->batches = bench_allocate(run->batch_count, sizeof(*connection->batches));
    struct request_values values = {
        .connection = index,
        .value = value,
        .value_size = load->value_size,
    };
    for (unsigned i = 0; i < run->batch_count; i++) {
        batch_init(&connection->batches[i], program, (size_t)i * load->depth, load->depth, &values);
    }
    watch(run, index, EPOLL_CTL_ADD, false);
}

/* What a listener receives is read and forgotten. */
static void open_listener(struct run *run, unsigned index, int port) {
    struct connection *connection = &run->connections[index];
    char reply[REPLY_SIZE];
    connection->fd = link_open(port);
    for (const char *words = run->load->listening; words != NULL; words = strchr(words, ';')) {
        words += *words == ';';
        if (link_ask(connection->fd, words, reply, sizeof(reply)) < 0 || reply[0] == '-') {
            fail("a listener was refused");
        }
    }
    if (run->load->listener_read != NULL) {
        link_fill_on(connection->fd, &(struct filling){
                                         .words = run->load->listener_read,
                                         .count = run->load->order->count,
                                     });
    }
    watch(run, index, EPOLL_CTL_ADD, false);
}

static void send_bytes(struct run *run, unsigned index) {
    struct connection *connection = &run->connections[index];
    const struct text *text = &connection->batches[connection->batch_index].text;
    ssize_t sent = send(connection->fd, text->bytes + connection->unsent_offset,
                        text->size - connection->unsent_offset, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        fail("send");
    }
    connection->unsent_offset += sent > 0 ? (size_t)sent : 0;
    bool is_blocked = connection->unsent_offset < text->size;
    if (is_blocked != connection->is_blocked) {
        connection->is_blocked = is_blocked;
        watch(run, index, EPOLL_CTL_MOD, is_blocked);
    }
}

static void send_batch(struct run *run, unsigned index) {
    const struct load *load = run->load;
    if (load->measure_ns == 0 && run->sent_count >= load->request_count) {
        return;
    }
    struct connection *connection = &run->connections[index];
    batch_set_digits(&connection->batches[connection->batch_index], load->order,
                     &connection->progress);
    connection->unsent_offset = 0;
    connection->pending = load->depth;
    connection->sent_ns = run->now_ns;
    run->sent_count += load->depth;
    send_bytes(run, index);
}

static void receive(struct run *run, unsigned index) {
    struct connection *connection = &run->connections[index];
    ssize_t got = recv(connection->fd, run->read_buffer, READ_SIZE, 0);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN) {
            return;
        }
        fail("the server closed a connection");
    }
    if (index >= run->load->connection_count) {
        return;
    }
    uint64_t count = replies_count(&connection->replies, run->read_buffer, (size_t)got);
    if (connection->replies.error_count > 0 && run->result->error_count == 0) {
        fprintf(stderr, "bench: error reply: %.*s\n", REPLIES_LINE_SIZE, run->read_buffer);
    }
    run->result->error_count += connection->replies.error_count;
    connection->replies.error_count = 0;
    run->result->request_count += count;
    connection->pending -= count;
    if (connection->pending == 0) {
        run->now_ns = link_now_ns();
        if (run->load->reader_count == 0 || index < run->load->reader_count) {
            histogram_add(&run->result->histogram, run->now_ns - connection->sent_ns);
        }
        connection->batch_index = (connection->batch_index + 1) % run->batch_count;
        send_batch(run, index);
    }
}

static void turn(struct run *run) {
    struct epoll_event events[EVENT_COUNT];
    int count = epoll_wait(run->epoll_fd, events, EVENT_COUNT, -1);
    for (int i = 0; i < count; i++) {
        unsigned index = events[i].data.u32;
        if ((events[i].events & (uint32_t)EPOLLOUT) != 0 && run->connections[index].is_blocked) {
            send_bytes(run, index);
        }
        if ((events[i].events & ~(uint32_t)EPOLLOUT) != 0) {
            receive(run, index);
        }
    }
}

static void send_first(struct run *run) {
    run->now_ns = link_now_ns();
    for (unsigned i = 0; i < run->load->connection_count; i++) {
        if (!run->load->is_ping_pong || i % 2 == 0) {
            send_batch(run, i);
            continue;
        }
        /* Without its first request, a push, it only waits for the partner's. */
        struct connection *connection = &run->connections[i];
        struct batch *batch = &connection->batches[0];
        const char *wait = batch->text.bytes + batch->second_offset;
        connection->pending = run->load->depth - 1;
        connection->sent_ns = run->now_ns;
        size_t size = batch->text.size - batch->second_offset;
        if (send(connection->fd, wait, size, MSG_NOSIGNAL) != (ssize_t)size) {
            fail("send");
        }
    }
}

static uint64_t own_cpu_ns(void) {
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * NANOSECONDS + (uint64_t)used.tv_nsec;
}

static void measure(struct run *run, const struct server_process *server) {
    const struct load *load = run->load;
    struct load_result *result = run->result;
    uint64_t warm_until_ns = link_now_ns() + load->warm_up_ns;
    while (load->measure_ns > 0 && run->now_ns < warm_until_ns) {
        turn(run);
    }
    result->before = server_process_cpu(server);
    uint64_t own_before_ns = own_cpu_ns();
    uint64_t start_ns = link_now_ns();
    result->request_count = 0;
    histogram_reset(&result->histogram);
    if (load->measure_ns == 0) {
        send_first(run);
        while (result->request_count < run->sent_count) {
            turn(run);
        }
    }
    while (load->measure_ns > 0 && run->now_ns < start_ns + load->measure_ns) {
        turn(run);
    }
    result->elapsed_ns = link_now_ns() - start_ns;
    result->after = server_process_cpu(server);
    result->generator_ns = own_cpu_ns() - own_before_ns;
}

static void close_all(struct run *run) {
    for (unsigned i = 0; i < run->load->connection_count + run->load->listener_count; i++) {
        struct connection *connection = &run->connections[i];
        (void)close(connection->fd);
        for (unsigned j = 0; connection->batches != NULL && j < run->batch_count; j++) {
            batch_release(&connection->batches[j]);
        }
        free(connection->batches);
    }
    free(run->connections);
    (void)close(run->epoll_fd);
}

void generator_run(const struct load *load, const struct server_process *server,
                   struct load_result *result) {
    *result = (struct load_result){0};
    unsigned length = (unsigned)requests_program_length(load->program);
    struct run run = {
        .load = load,
        .result = result,
        .connections =
            bench_allocate(load->connection_count + load->listener_count, sizeof(*run.connections)),
        .batch_count = length / greatest_common_divisor(length, load->depth),
        .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
        .read_buffer = bench_allocate(READ_SIZE, 1),
    };
    char *value = bench_allocate(load->value_size + 1, 1);
    requests_fill_value(value, load->value_size, VALUE_SEED);
    for (unsigned i = 0; i < load->connection_count; i++) {
        open_connection(&run, i, server->port, value);
    }
    for (unsigned i = 0; i < load->listener_count; i++) {
        open_listener(&run, load->connection_count + i, server->port);
    }
    if (load->measure_ns > 0) {
        send_first(&run);
    }
    measure(&run, server);
    close_all(&run);
    free(value);
    free(run.read_buffer);
}
