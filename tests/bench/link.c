/* link: see the header. */
#include "bench/link.h"

#include "bench/replies.h"
#include "bench/requests.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    NANOSECONDS = 1000 * 1000 * 1000,
    /* One write of a filling; its replies must fit into the socket's buffers. */
    CHUNK_SIZE = 256 * 1024,
    CHUNK_REQUESTS = 4000,
    READ_SIZE = 64 * 1024,
    VALUE_SEED = 12345
};

uint64_t link_now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

int link_try_open(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

int link_open(int port) {
    int fd = link_try_open(port);
    if (fd < 0) {
        fprintf(stderr, "bench: cannot connect to port %d: %s\n", port, strerror(errno));
        exit(EXIT_FAILURE);
    }
    return fd;
}

static int send_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return -1;
        }
        bytes += sent;
        size -= (size_t)sent;
    }
    return 0;
}

long link_ask(int fd, const char *words, char *reply, size_t size) {
    struct text text = {0};
    requests_encode(&text, words, &(struct request_values){0});
    int error = send_all(fd, text.bytes, text.size);
    text_release(&text);
    struct replies replies = {0};
    size_t used = 0;
    uint64_t complete = 0;
    while (error == 0 && complete == 0) {
        char bytes[CHUNK_REQUESTS];
        ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
        if (got <= 0) {
            return -1;
        }
        complete = replies_count(&replies, bytes, (size_t)got);
        size_t room = size - 1 - used;
        size_t kept = (size_t)got < room ? (size_t)got : room;
        memcpy(reply + used, bytes, kept);
        used += kept;
    }
    reply[used] = '\0';
    return error == 0 ? (long)used : -1;
}

static void exchange(int fd, const struct text *text, uint64_t request_count) {
    struct replies replies = {0};
    int error = send_all(fd, text->bytes, text->size);
    for (uint64_t done = 0; error == 0 && done < request_count;) {
        char bytes[READ_SIZE];
        ssize_t got = recv(fd, bytes, sizeof(bytes) - 1, 0);
        if (got <= 0) {
            error = -1;
            break;
        }
        done += replies_count(&replies, bytes, (size_t)got);
        if (replies.error_count > 0) {
            bytes[got] = '\0';
            fprintf(stderr, "bench: error while filling: %.*s\n", REPLIES_LINE_SIZE, bytes);
            exit(EXIT_FAILURE);
        }
    }
    if (error != 0) {
        fprintf(stderr, "bench: the server closed the connection while it was filled\n");
        exit(EXIT_FAILURE);
    }
}

void link_send(int port, const char *words) {
    struct text text = {0};
    requests_encode(&text, words, &(struct request_values){0});
    int fd = link_open(port);
    exchange(fd, &text, 1);
    (void)close(fd);
    text_release(&text);
}

void link_fill_on(int fd, const struct filling *filling) {
    char *value = bench_allocate(filling->value_size + 1, 1);
    requests_fill_value(value, filling->value_size, VALUE_SEED);
    struct request_values values = {
        .value = value,
        .value_size = filling->value_size,
        .moment_ms = filling->moment_ms,
    };
    struct text text = {0};
    uint64_t pending = 0;
    size_t request_count = requests_program_length(filling->words);
    for (uint64_t i = 0; i < filling->count; i++) {
        values.key = filling->first + i;
        values.connection = filling->list_count > 0 ? (unsigned)(i % filling->list_count) : 0;
        for (size_t j = 0; j < request_count; j++) {
            requests_encode(&text, requests_at(filling->words, j), &values);
        }
        pending += request_count;
        if (text.size >= CHUNK_SIZE || pending >= CHUNK_REQUESTS || i + 1 == filling->count) {
            exchange(fd, &text, pending);
            text.size = 0;
            pending = 0;
        }
    }
    text_release(&text);
    free(value);
}

void link_fill(int port, const struct filling *filling) {
    int fd = link_open(port);
    link_fill_on(fd, filling);
    (void)close(fd);
}
