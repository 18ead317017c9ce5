/*
 * expiry_row: 20,000 GETs a second on other keys, sent on schedule whether or not earlier ones were
 * answered. Latency counts from the scheduled moment, so a stall is felt by every request that
 * falls into it. One more connection of the same loop asks for used_memory every 20 ms; memory
 * counts as back when all but a twentieth of what the keys had taken is free.
 */
#include "bench/expiry_row.h"

#include "bench/histogram.h"
#include "bench/link.h"
#include "bench/replies.h"
#include "bench/requests.h"
#include "bench/server_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    DUE_KEYS = 1000 * 1000,
    OTHER_KEYS = 10 * 1000,
    VALUE_SIZE = 16,
    CONNECTIONS = 50,
    SLOT_NS = 50 * 1000, /* 20,000 a second */
    POLL_PERIOD_NS = 20 * 1000 * 1000,
    MILLISECOND_NS = 1000 * 1000,
    SECOND_MS = 1000,
    LEAD_MS = 8000,  /* from the begin of filling to the instant */
    WARM_MS = 500,   /* load before the quiet phase */
    PHASE_MS = 2000, /* the quiet phase, and the phase after the instant */
    GIVE_UP_MS = 20000,
    QUEUE_SIZE = 1 << 14, /* unanswered requests a connection: a stall of 40 seconds */
    READ_SIZE = 64 * 1024,
    INFO_SIZE = 16 * 1024,
    WORDS_SIZE = 64,
    EVENT_COUNT = 64,
    BACK_PARTS = 20, /* one of these parts of the growth may remain */
    ORDER_SEED = 777
};

static const double P999 = 0.999;

/* A connection of the load, with the scheduled moments of what it has not answered yet. */
struct paced {
    int fd;
    uint64_t sent_count;
    uint64_t done_count;
    uint64_t *scheduled_ns; /* a ring of QUEUE_SIZE */
    struct batch batch;
    struct progress progress;
    struct replies replies;
};

struct watch {
    struct paced connections[CONNECTIONS];
    struct key_order order;
    int epoll_fd;
    int info_fd;
    bool is_asking;
    struct replies info_replies;
    char info[INFO_SIZE];
    size_t info_used;
    uint64_t used_memory;
    uint64_t back_below; /* used_memory that counts as back */
    uint64_t due_ns;     /* the instant, on the monotonic clock */
    int64_t back_ns;
    bool is_back;
    struct histogram quiet;
    struct histogram due;
    char *read_buffer;
};

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "bench: expiry: %s\n", what);
    exit(EXIT_FAILURE);
}

static uint64_t wall_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * SECOND_MS + (uint64_t)now.tv_nsec / MILLISECOND_NS;
}

static uint64_t parse_used_memory(const char *info) {
    const char *field = strstr(info, "\nused_memory:");
    uint64_t used = 0;
    if (field == NULL || sscanf(field, "\nused_memory:%" SCNu64, &used) != 1) {
        fail("INFO has no used_memory");
    }
    return used;
}

static uint64_t ask_used_memory(int port) {
    char info[INFO_SIZE];
    int fd = link_open(port);
    if (link_ask(fd, "INFO memory", info, sizeof(info)) < 0) {
        fail("no reply to INFO");
    }
    (void)close(fd);
    return parse_used_memory(info);
}

static void add_socket(struct watch *watch, int fd, unsigned index) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        fail(strerror(errno));
    }
}

static void watch_open(struct watch *watch, int port) {
    watch->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    watch->read_buffer = bench_allocate(READ_SIZE, 1);
    key_order_init(&watch->order, OTHER_KEYS, ORDER_SEED);
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        struct paced *paced = &watch->connections[i];
        paced->fd = link_open(port);
        paced->scheduled_ns = bench_allocate(QUEUE_SIZE, sizeof(*paced->scheduled_ns));
        progress_init(&paced->progress, OTHER_KEYS / CONNECTIONS * i, 0);
        batch_init(&paced->batch, "GET %k", 0, 1, &(struct request_values){0});
        add_socket(watch, paced->fd, i);
    }
    watch->info_fd = link_open(port);
    add_socket(watch, watch->info_fd, CONNECTIONS);
}

static void watch_close(struct watch *watch) {
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        struct paced *paced = &watch->connections[i];
        (void)close(paced->fd);
        free(paced->scheduled_ns);
        batch_release(&paced->batch);
    }
    key_order_release(&watch->order);
    free(watch->read_buffer);
    (void)close(watch->info_fd);
    (void)close(watch->epoll_fd);
}

static void send_one(struct watch *watch, unsigned index, uint64_t scheduled_ns) {
    struct paced *paced = &watch->connections[index];
    batch_set_digits(&paced->batch, &watch->order, &paced->progress);
    const struct text *text = &paced->batch.text;
    if (paced->sent_count - paced->done_count == QUEUE_SIZE ||
        send(paced->fd, text->bytes, text->size, MSG_NOSIGNAL) != (ssize_t)text->size) {
        fail("the server does not keep up");
    }
    paced->scheduled_ns[paced->sent_count % QUEUE_SIZE] = scheduled_ns;
    paced->sent_count++;
}

static void note_latency(struct watch *watch, uint64_t scheduled_ns, uint64_t now_ns) {
    uint64_t phase_ns = (uint64_t)PHASE_MS * MILLISECOND_NS;
    if (scheduled_ns + phase_ns < watch->due_ns || scheduled_ns >= watch->due_ns + phase_ns) {
        return;
    }
    bool is_quiet = scheduled_ns < watch->due_ns;
    histogram_add(is_quiet ? &watch->quiet : &watch->due, now_ns - scheduled_ns);
}

static void receive_replies(struct watch *watch, struct paced *paced) {
    ssize_t got = recv(paced->fd, watch->read_buffer, READ_SIZE, 0);
    if (got <= 0) {
        fail("the server closed a connection");
    }
    uint64_t count = replies_count(&paced->replies, watch->read_buffer, (size_t)got);
    uint64_t now_ns = link_now_ns();
    for (; count > 0; count--) {
        note_latency(watch, paced->scheduled_ns[paced->done_count % QUEUE_SIZE], now_ns);
        paced->done_count++;
    }
}

static void ask(struct watch *watch) {
    struct text text = {0};
    requests_encode(&text, "INFO memory", &(struct request_values){0});
    if (send(watch->info_fd, text.bytes, text.size, MSG_NOSIGNAL) != (ssize_t)text.size) {
        fail("cannot ask for INFO");
    }
    text_release(&text);
    watch->is_asking = true;
    watch->info_used = 0;
}

static void receive_info(struct watch *watch) {
    char *rest = watch->info + watch->info_used;
    ssize_t got = recv(watch->info_fd, rest, INFO_SIZE - 1 - watch->info_used, 0);
    if (got <= 0) {
        fail("no reply to INFO");
    }
    watch->info_used += (size_t)got;
    watch->info[watch->info_used] = '\0';
    if (replies_count(&watch->info_replies, rest, (size_t)got) == 0) {
        return;
    }
    watch->is_asking = false;
    watch->used_memory = parse_used_memory(watch->info);
    uint64_t now_ns = link_now_ns();
    if (!watch->is_back && now_ns > watch->due_ns && watch->used_memory <= watch->back_below) {
        watch->is_back = true;
        watch->back_ns = (int64_t)(now_ns - watch->due_ns);
    }
}

static void receive_all(struct watch *watch) {
    struct epoll_event events[EVENT_COUNT];
    int count = epoll_wait(watch->epoll_fd, events, EVENT_COUNT, 0);
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == CONNECTIONS) {
            receive_info(watch);
        } else {
            receive_replies(watch, &watch->connections[events[i].data.u32]);
        }
    }
}

/* Runs the load until the second phase is over and memory is back. */
static void watch_run(struct watch *watch) {
    uint64_t next_ns = watch->due_ns - (uint64_t)(PHASE_MS + WARM_MS) * MILLISECOND_NS;
    uint64_t next_ask_ns = next_ns;
    uint64_t phase_end_ns = watch->due_ns + (uint64_t)(PHASE_MS + WARM_MS) * MILLISECOND_NS;
    uint64_t give_up_ns = watch->due_ns + (uint64_t)GIVE_UP_MS * MILLISECOND_NS;
    watch->back_ns = (int64_t)GIVE_UP_MS * MILLISECOND_NS;
    uint64_t now_ns = link_now_ns();
    for (unsigned turn = 0; now_ns < phase_end_ns || (!watch->is_back && now_ns < give_up_ns);) {
        for (; next_ns <= now_ns; next_ns += SLOT_NS) {
            send_one(watch, turn++ % CONNECTIONS, next_ns);
        }
        if (!watch->is_asking && next_ask_ns <= now_ns) {
            next_ask_ns = now_ns + POLL_PERIOD_NS;
            ask(watch);
        }
        receive_all(watch);
        now_ns = link_now_ns();
    }
}

static void fill_due_keys(struct watch *watch, int port) {
    uint64_t due_ms = wall_ms() + LEAD_MS;
    watch->due_ns = link_now_ns() + (uint64_t)LEAD_MS * MILLISECOND_NS;
    char words[WORDS_SIZE];
    (void)snprintf(words, sizeof(words), "SET %%l %%v PXAT %" PRIu64, due_ms);
    link_fill(port, &(struct filling){
                        .words = words,
                        .count = DUE_KEYS,
                        .value_size = VALUE_SIZE,
                    });
    if (link_now_ns() + (uint64_t)(PHASE_MS + WARM_MS) * MILLISECOND_NS > watch->due_ns) {
        fail("filling took too long");
    }
}

void expiry_row_run(const char *path, struct expiry_result *result) {
    struct server_process server;
    server_process_start(&server, path, NULL);
    link_fill(server.port, &(struct filling){
                               .words = "SET %k %v",
                               .count = OTHER_KEYS,
                               .value_size = VALUE_SIZE,
                           });
    struct watch *watch = bench_allocate(1, sizeof(*watch));
    watch_open(watch, server.port);
    uint64_t before_size = ask_used_memory(server.port);
    fill_due_keys(watch, server.port);
    uint64_t filled_size = ask_used_memory(server.port);
    watch->back_below = before_size + (filled_size - before_size) / BACK_PARTS;
    watch_run(watch);
    result->quiet_p999_ns = histogram_percentile(&watch->quiet, P999);
    result->due_p999_ns = histogram_percentile(&watch->due, P999);
    result->back_ns = watch->back_ns;
    watch_close(watch);
    free(watch);
    server_process_stop(&server, false);
}
