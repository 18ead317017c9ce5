/*
 * 50,000 requests a second go out on schedule over 50 connections whether or not earlier ones were
 * answered; latency counts from the scheduled moment. One more connection starts the command and
 * asks every 20 ms whether it is over.
 */
#include "bench/snapshot_row.h"

#include "bench/histogram.h"
#include "bench/link.h"
#include "bench/replies.h"
#include "bench/requests.h"
#include "bench/server_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS = 50,
    SLOT_NS = 20 * 1000, /* 50,000 a second */
    PROGRAM_MAX = 8,
    QUIET_MS = 2000,
    WARM_MS = 500,
    MILLISECOND_NS = 1000 * 1000,
    POLL_PERIOD_NS = 20 * MILLISECOND_NS,
    QUICK_PARTS = 100, /* a quick run has one of these parts of the entries */
    QUEUE_SIZE = 1 << 16,
    READ_SIZE = 64 * 1024,
    INFO_SIZE = 16 * 1024,
    EVENT_COUNT = 64,
    LARGE_LIST_ELEMENTS = 200 * 1000, /* of 1000 bytes */
    LARGE_STRING_PARTS = 200,         /* of 1 MB */
    LARGE_PART_SIZE = 1000 * 1000,
    LARGE_ELEMENT_SIZE = 1000,
    ORDER_SEED = 99
};

static const double P999 = 0.999;
static const double P100 = 1;

struct paced {
    int fd;
    uint64_t sent_count;
    uint64_t done_count;
    uint64_t *scheduled_ns; /* a ring of QUEUE_SIZE */
    struct batch batches[PROGRAM_MAX];
    struct progress progress;
    struct replies replies;
};

struct load {
    struct paced connections[CONNECTIONS];
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
    fprintf(stderr, "bench: snapshot: %s\n", what);
    exit(EXIT_FAILURE);
}

/* ---- The load ---- */

static void load_open(struct load *load, const struct row *row, size_t key_count, int port) {
    char *value = bench_allocate(row->value_size, 1);
    requests_fill_value(value, row->value_size, ORDER_SEED);
    load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    load->read_buffer = bench_allocate(READ_SIZE, 1);
    load->program_length = requests_program_length(row->program);
    key_order_init(&load->order, key_count, ORDER_SEED);
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        struct paced *paced = &load->connections[i];
        paced->fd = link_open(port);
        paced->scheduled_ns = bench_allocate(QUEUE_SIZE, sizeof(*paced->scheduled_ns));
        progress_init(&paced->progress, key_count / CONNECTIONS * i, 0);
        for (size_t j = 0; j < load->program_length; j++) {
            batch_init(&paced->batches[j], row->program, j, 1,
                       &(struct request_values){.value = value, .value_size = row->value_size});
        }
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        if (fcntl(paced->fd, F_SETFL, O_NONBLOCK) != 0 ||
            epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, paced->fd, &event) != 0) {
            fail(strerror(errno));
        }
    }
    free(value);
}

static void load_close(struct load *load) {
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

static void send_one(struct load *load, uint64_t scheduled_ns) {
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

static void receive(struct load *load, struct paced *paced) {
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

/* Sends what is due and takes what has come, until the moment. */
static void load_run(struct load *load, uint64_t until_ns) {
    for (uint64_t now_ns = link_now_ns(); now_ns < until_ns; now_ns = link_now_ns()) {
        for (; load->next_ns <= now_ns; load->next_ns += SLOT_NS) {
            send_one(load, load->next_ns);
        }
        struct epoll_event events[EVENT_COUNT];
        int count = epoll_wait(load->epoll_fd, events, EVENT_COUNT, 0);
        for (int i = 0; i < count; i++) {
            receive(load, &load->connections[events[i].data.u32]);
        }
    }
}

static void count_into(struct load *load, struct histogram *histogram) {
    load->histogram = histogram;
    load->counted_from_ns = link_now_ns();
}

/* ---- The command ---- */

static void ask(int port, const char *words, char *reply, size_t size) {
    int fd = link_open(port);
    if (link_ask(fd, words, reply, size) < 0 || reply[0] == '-') {
        fail(words);
    }
    (void)close(fd);
}

static uint64_t info_number(const char *info, const char *field) {
    const char *at = strstr(info, field);
    uint64_t number = 0;
    if (at == NULL || sscanf(at + strlen(field), ":%" SCNu64, &number) != 1) {
        fail("INFO lacks a field");
    }
    return number;
}

/* INFO comes over a connection of its own, asked for and read while the load goes on. */
static void ask_info(struct load *load, int fd, char *info) {
    struct text text = {0};
    struct replies replies = {0};
    size_t used = 0;
    requests_encode(&text, "INFO persistence", &(struct request_values){0});
    if (send(fd, text.bytes, text.size, MSG_NOSIGNAL) != (ssize_t)text.size) {
        fail("cannot ask for INFO");
    }
    text_release(&text);
    for (bool is_complete = false; !is_complete;) {
        load_run(load, link_now_ns() + MILLISECOND_NS);
        ssize_t got = recv(fd, info + used, INFO_SIZE - 1 - used, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            fail("no reply to INFO");
        }
        if (got > 0) {
            is_complete = replies_count(&replies, info + used, (size_t)got) > 0;
            used += (size_t)got;
        }
    }
    info[used] = '\0';
}

static bool is_over(const char *info) {
    return info_number(info, "\nrdb_bgsave_in_progress") == 0 &&
           info_number(info, "\naof_rewrite_in_progress") == 0 &&
           info_number(info, "\naof_rewrite_scheduled") == 0;
}

static void run_command(struct load *load, const struct row *row,
                        const struct server_process *server, struct snapshot_result *result) {
    char info[INFO_SIZE];
    uint64_t before_bytes = server_process_rss(server);
    uint64_t most_bytes = before_bytes;
    int fd = link_open(server->port);
    uint64_t start_ns = link_now_ns();
    ask(server->port, row->command, info, sizeof(info));
    do {
        load_run(load, link_now_ns() + POLL_PERIOD_NS);
        uint64_t bytes = server_process_rss(server);
        most_bytes = bytes > most_bytes ? bytes : most_bytes;
        ask_info(load, fd, info);
    } while (!is_over(info));
    result->duration_ns = (double)(link_now_ns() - start_ns);
    uint64_t copied = info_number(info, "\nrdb_last_cow_size");
    uint64_t aof_copied = info_number(info, "\naof_last_cow_size");
    copied = aof_copied > copied ? aof_copied : copied;
    result->extra_bytes = (double)(most_bytes - before_bytes) + (double)copied;
    (void)close(fd);
}

static void fill(const struct row *row, size_t count, bool is_quick, int port) {
    link_fill(port, &(struct filling){
                        .words = row->filling,
                        .count = count,
                        .value_size = row->value_size,
                    });
    if (row->has_large_values == 0) {
        return;
    }
    unsigned parts = is_quick ? QUICK_PARTS / 10 : 1;
    link_fill(port, &(struct filling){
                        .words = "RPUSH large:list %v",
                        .count = LARGE_LIST_ELEMENTS / parts,
                        .value_size = LARGE_ELEMENT_SIZE,
                    });
    link_fill(port, &(struct filling){
                        .words = "APPEND large:string %v",
                        .count = LARGE_STRING_PARTS / parts,
                        .value_size = LARGE_PART_SIZE,
                    });
}

void snapshot_row_run(const struct row *row, const char *path, bool is_quick,
                      struct snapshot_result *result) {
    struct server_process server;
    size_t count = row->filling_count / (is_quick ? QUICK_PARTS : 1);
    server_process_start(&server, path, NULL);
    fill(row, count, is_quick, server.port);
    struct load *load = bench_allocate(1, sizeof(*load));
    struct histogram *quiet = bench_allocate(1, sizeof(*quiet));
    struct histogram *busy = bench_allocate(1, sizeof(*busy));
    load_open(load, row, count, server.port);
    load->next_ns = link_now_ns();
    load_run(load, link_now_ns() + (uint64_t)WARM_MS * MILLISECOND_NS);
    count_into(load, quiet);
    load_run(load, link_now_ns() + (uint64_t)QUIET_MS * MILLISECOND_NS);
    count_into(load, busy);
    run_command(load, row, &server, result);
    result->quiet_p999_ns = histogram_percentile(quiet, P999);
    result->quiet_max_ns = histogram_percentile(quiet, P100);
    result->busy_p999_ns = histogram_percentile(busy, P999);
    result->busy_max_ns = histogram_percentile(busy, P100);
    load_close(load);
    free(quiet);
    free(busy);
    server_process_stop(&server, false);
}

double start_row_run(const struct row *row, const char *path, bool is_quick) {
    struct server_process server;
    char reply[INFO_SIZE];
    size_t count = row->filling_count / (is_quick ? QUICK_PARTS : 1);
    bool by_log = row->command == NULL;
    const char *policy = by_log ? "everysec" : NULL;
    server_process_start_logged(&server, path, policy);
    fill(row, count, is_quick, server.port);
    if (!by_log) {
        ask(server.port, row->command, reply, sizeof(reply));
    }
    ask(server.port, "DBSIZE", reply, sizeof(reply));
    size_t expected = strtoull(reply + 1, NULL, 10);
    uint64_t start_ns = server_process_restart(&server, path, policy);
    double took_ns = (double)(link_now_ns() - start_ns);
    ask(server.port, "DBSIZE", reply, sizeof(reply));
    if (strtoull(reply + 1, NULL, 10) != expected) {
        fail("keys are missing after the start");
    }
    server_process_stop(&server, false);
    return took_ns;
}
