/*
 * hand_over_row: each client runs the same loop: take the lock, release it, want it again. One that
 * polls rests for 10 ms after each try that failed; since no two clients rest in step, their first
 * tries are spread over such a period. The clients share one thread, which never sleeps, so that a
 * try goes out when it is due.
 */
#include "bench/hand_over_row.h"

#include "bench/link.h"
#include "bench/requests.h"
#include "bench/server_process.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CLIENT_COUNT = 64,
    NOBODY = CLIENT_COUNT,
    MILLISECOND_NS = 1000 * 1000,
    SECOND_NS = 1000 * MILLISECOND_NS,
    REST_NS = 10 * MILLISECOND_NS,
    WARM_UP_MS = 500,
    MEASURE_MS = 2500,
    QUICK_MEASURE_MS = 700,
    REPLY_SIZE = 256
};

#define RELEASE_SCRIPT                                                                             \
    "SCRIPT LOAD "                                                                                 \
    "if\tredis.call('get',KEYS[1])==ARGV[1]\tthen\treturn\tredis.call('del',KEYS[1])\telse\t"      \
    "return\t0\tend"
#define RELEASE_DIGEST "ea6ec4e30b9e86b229a027e07db75babe4de5f91"

struct client {
    int fd;
    bool is_resting;
    bool is_releasing; /* the reply that comes is that of a release */
    uint64_t due_ns;   /* when the rest ends */
    uint64_t wants_ns; /* since when it wants the lock */
    struct text take;
    struct text release;
};

struct race {
    struct client clients[CLIENT_COUNT];
    struct hand_over_result *result;
    int epoll_fd;
    unsigned last_holder; /* NOBODY: none yet */
    uint64_t pass_count;
    uint64_t now_ns;
};

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "bench: hand-over: %s\n", what);
    exit(EXIT_FAILURE);
}

static void send_text(const struct client *client, const struct text *text) {
    if (send(client->fd, text->bytes, text->size, MSG_NOSIGNAL) != (ssize_t)text->size) {
        fail("cannot send");
    }
}

static void open_client(struct race *race, unsigned index, int port, bool has_locks) {
    struct client *client = &race->clients[index];
    struct request_values values = {.connection = index};
    requests_encode(&client->take,
                    has_locks ? "LOCK lock %c PX 30000 BLOCK 0" : "SET lock %c NX PX 30000",
                    &values);
    requests_encode(&client->release,
                    has_locks ? "UNLOCK lock %c" : "EVALSHA " RELEASE_DIGEST " 1 lock %c", &values);
    client->fd = link_open(port);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    if (fcntl(client->fd, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(race->epoll_fd, EPOLL_CTL_ADD, client->fd, &event) != 0) {
        fail("cannot wait for a client");
    }
    client->is_resting = true;
    client->wants_ns = race->now_ns;
    client->due_ns = race->now_ns + REST_NS / CLIENT_COUNT * index;
}

static void grant(struct race *race, unsigned index) {
    struct client *client = &race->clients[index];
    race->pass_count += race->last_holder != index;
    race->last_holder = index;
    histogram_add(&race->result->waits, race->now_ns - client->wants_ns);
    client->is_releasing = true;
    send_text(client, &client->release);
}

static void receive(struct race *race, unsigned index) {
    struct client *client = &race->clients[index];
    char reply[REPLY_SIZE];
    ssize_t size = recv(client->fd, reply, sizeof(reply), 0);
    if (size <= 0 || reply[size - 1] != '\n' || reply[0] == '-') {
        fail("no reply, half a reply, or an error");
    }
    race->now_ns = link_now_ns();
    if (client->is_releasing) {
        client->is_releasing = false;
        client->wants_ns = race->now_ns;
        send_text(client, &client->take);
    } else if (reply[0] == '$') {
        client->is_resting = true;
        client->due_ns = race->now_ns + REST_NS;
    } else {
        grant(race, index);
    }
}

static void turn(struct race *race) {
    struct epoll_event events[CLIENT_COUNT];
    int count = epoll_wait(race->epoll_fd, events, CLIENT_COUNT, 0);
    for (int i = 0; i < count; i++) {
        receive(race, events[i].data.u32);
    }
    race->now_ns = link_now_ns();
    for (unsigned i = 0; i < CLIENT_COUNT; i++) {
        struct client *client = &race->clients[i];
        if (client->is_resting && client->due_ns <= race->now_ns) {
            client->is_resting = false;
            send_text(client, &client->take);
        }
    }
}

static void run_for(struct race *race, uint64_t duration_ms) {
    uint64_t end_ns = race->now_ns + duration_ms * MILLISECOND_NS;
    while (race->now_ns < end_ns) {
        turn(race);
    }
}

void hand_over_row_run(const char *path, bool has_locks, bool is_quick,
                       struct hand_over_result *result) {
    struct server_process server;
    server_process_start(&server, path, NULL);
    link_send(server.port, RELEASE_SCRIPT);
    struct race race = {
        .result = result,
        .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
        .last_holder = NOBODY,
        .now_ns = link_now_ns(),
    };
    for (unsigned i = 0; i < CLIENT_COUNT; i++) {
        open_client(&race, i, server.port, has_locks);
    }
    run_for(&race, WARM_UP_MS);
    histogram_reset(&result->waits);
    struct cpu_time before = server_process_cpu(&server);
    uint64_t start_ns = race.now_ns;
    race.pass_count = 0;
    run_for(&race, is_quick ? QUICK_MEASURE_MS : MEASURE_MS);
    struct cpu_time after = server_process_cpu(&server);
    double elapsed_ns = (double)(race.now_ns - start_ns);
    result->per_second = (double)race.pass_count / elapsed_ns * SECOND_NS;
    result->busy = (double)(after.total_ns - before.total_ns) / elapsed_ns;
    for (unsigned i = 0; i < CLIENT_COUNT; i++) {
        (void)close(race.clients[i].fd);
        text_release(&race.clients[i].take);
        text_release(&race.clients[i].release);
    }
    (void)close(race.epoll_fd);
    server_process_stop(&server, false);
}
