/* paced_load: see the header. */
#include "bench/paced_load.h"

#include "bench/link.h"
#include "bench/replies.h"
#include "bench/requests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS = 50,
    PROGRAM_MAX = 8,
    QUEUE_SIZE = 1 << 16, /* unanswered requests of a connection */
    READ_SIZE = 64 * 1024,
    EVENT_COUNT = 64,
    ASK_PERIOD_NS = 1000 * 1000,
    TICK_NS = 100 * 1000, /* requests may be late by this much: who spins takes from the server */
    ORDER_SEED = 99
};

struct paced {
    int fd;
    uint64_t sent_count;
    uint64_t done_count;
    uint64_t *scheduled_ns; /* a ring of QUEUE_SIZE */
    struct batch batches[PROGRAM_MAX];
    struct progress progress;
    struct replies replies;
};

struct paced_load {
    struct paced connections[CONNECTIONS];
    struct paced_plan plan;
    size_t program_length;
    struct key_order order;
    int epoll_fd;
    unsigned turn;
    uint64_t next_ns;
    struct histogram *histogram; /* NULL: nothing is counted */
    uint64_t counted_from_ns;
    char *read_buffer;
};

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "bench: paced load: %s\n", what);
    exit(EXIT_FAILURE);
}

/* ---- The load ---- */

struct paced_load *paced_load_open(const struct paced_plan *plan, int port) {
    struct paced_load *load = bench_allocate(1, sizeof(*load));
    char *value = bench_allocate(plan->value_size + 1, 1);
    requests_fill_value(value, plan->value_size, ORDER_SEED);
    load->plan = *plan;
    load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    load->read_buffer = bench_allocate(READ_SIZE, 1);
    load->program_length = requests_program_length(plan->program);
    key_order_init(&load->order, plan->key_count, ORDER_SEED);
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        struct paced *paced = &load->connections[i];
        paced->fd = link_open(port);
        paced->scheduled_ns = bench_allocate(QUEUE_SIZE, sizeof(*paced->scheduled_ns));
        progress_init(&paced->progress, plan->key_count / CONNECTIONS * i, 0);
        for (size_t j = 0; j < load->program_length; j++) {
            batch_init(&paced->batches[j], plan->program, j, 1,
                       &(struct request_values){.value = value, .value_size = plan->value_size});
        }
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        if (fcntl(paced->fd, F_SETFL, O_NONBLOCK) != 0 ||
            epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, paced->fd, &event) != 0) {
            fail(strerror(errno));
        }
    }
    free(value);
    load->next_ns = link_now_ns();
    return load;
}

void paced_load_close(struct paced_load *load) {
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        struct paced *paced = &load->connections[i];
        (void)close(paced->fd);
        free(paced->scheduled_ns);
        for (size_t j = 0; j < load->program_length; j++) {
            batch_release(&paced->batches[j]);
        }
    }
    key_order_release(&load->order);
    free(load->read_buffer);
    (void)close(load->epoll_fd);
    free(load);
}

static void send_one(struct paced_load *load, uint64_t scheduled_ns) {
    unsigned turn = load->turn++;
    struct paced *paced = &load->connections[turn % CONNECTIONS];
    struct batch *batch = &paced->batches[turn / CONNECTIONS % load->program_length];
    batch_set_digits(batch, &load->order, &paced->progress);
    if (paced->sent_count - paced->done_count == QUEUE_SIZE ||
        send(paced->fd, batch->text.bytes, batch->text.size, MSG_NOSIGNAL) !=
            (ssize_t)batch->text.size) {
        fail("the server does not keep up");
    }
    paced->scheduled_ns[paced->sent_count++ % QUEUE_SIZE] = scheduled_ns;
}

static void receive(struct paced_load *load, struct paced *paced) {
    ssize_t got = recv(paced->fd, load->read_buffer, READ_SIZE, 0);
    if (got <= 0) {
        fail("the server closed a connection");
    }
    uint64_t count = replies_count(&paced->replies, load->read_buffer, (size_t)got);
    uint64_t now_ns = link_now_ns();
    for (; count > 0; count--) {
        uint64_t scheduled_ns = paced->scheduled_ns[paced->done_count++ % QUEUE_SIZE];
        if (load->histogram != NULL && scheduled_ns >= load->counted_from_ns) {
            histogram_add(load->histogram, now_ns - scheduled_ns);
        }
    }
    if (paced->replies.error_count > 0) {
        fail("the load was answered with errors");
    }
}

/*
 * Waits for replies, at the longest until a tick behind what is due next. A generator that never
 * sleeps uses up what a host grants a machine of two cores, and then all of it stands still.
 */
static int await(struct paced_load *load, uint64_t now_ns, uint64_t until_ns,
                 struct epoll_event events[EVENT_COUNT]) {
    uint64_t wake_ns = load->next_ns + TICK_NS < until_ns ? load->next_ns + TICK_NS : until_ns;
    struct timespec timeout = {.tv_nsec = wake_ns > now_ns ? (long)(wake_ns - now_ns) : 0};
    return epoll_pwait2(load->epoll_fd, events, EVENT_COUNT, &timeout, NULL);
}

void paced_load_run(struct paced_load *load, uint64_t until_ns) {
    for (uint64_t now_ns = link_now_ns(); now_ns < until_ns; now_ns = link_now_ns()) {
        for (; load->next_ns <= now_ns; load->next_ns += load->plan.period_ns) {
            send_one(load, load->next_ns);
        }
        struct epoll_event events[EVENT_COUNT];
        int count = await(load, now_ns, until_ns, events);
        for (int i = 0; i < count; i++) {
            receive(load, &load->connections[events[i].data.u32]);
        }
    }
}

void paced_load_count_into(struct paced_load *load, struct histogram *histogram) {
    load->histogram = histogram;
    load->counted_from_ns = link_now_ns();
}

void paced_load_ask(struct paced_load *load, int fd, const char *words, char *reply, size_t size) {
    struct text text = {0};
    struct replies replies = {0};
    size_t used = 0;
    requests_encode(&text, words, &(struct request_values){0});
    if (send(fd, text.bytes, text.size, MSG_NOSIGNAL) != (ssize_t)text.size) {
        fail("cannot ask");
    }
    text_release(&text);
    for (bool is_complete = false; !is_complete;) {
        paced_load_run(load, link_now_ns() + ASK_PERIOD_NS);
        ssize_t got = recv(fd, reply + used, size - 1 - used, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            fail("no reply");
        }
        if (got > 0) {
            is_complete = replies_count(&replies, reply + used, (size_t)got) > 0;
            used += (size_t)got;
        }
    }
    reply[used] = '\0';
}
