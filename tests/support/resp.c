/*
 * The socket does not block; every wait is a poll with the time that is left.
 */
#include "support/resp.h"

#include "support/command_line.h"
#include "support/wait.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_SIZE = 65536, SILENCE_MS = 5 };

struct resp_conn {
    int fd;
    bool is_closed; /* The server has closed its side. */
    struct buffer input;
    void (*on_silence)(void *context); /* NULL for none */
    void *silence_context;
};

static struct resp_conn *adopt(int fd) {
    struct resp_conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
        support_fail("cannot use the socket: %s", strerror(errno));
    }
    conn->fd = fd;
    return conn;
}

struct resp_conn *resp_try_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        support_fail("the socket's path is too long: %s", path);
    }
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        support_fail("cannot open a socket: %s", strerror(errno));
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        (void)close(fd);
        return NULL;
    }
    return adopt(fd);
}

struct resp_conn *resp_connect_unix(const char *path) {
    struct resp_conn *conn = resp_try_unix(path);
    if (conn == NULL) {
        support_fail("cannot connect to %s: %s", path, strerror(errno));
    }
    return conn;
}

struct resp_conn *resp_connect_tcp(const char *host, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || inet_pton(AF_INET, host, &address.sin_addr) != 1 ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        support_fail("cannot connect to %s:%d: %s", host, port, strerror(errno));
    }
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return adopt(fd);
}

void resp_close(struct resp_conn *conn) {
    if (conn != NULL) {
        (void)close(conn->fd);
        buffer_release(&conn->input);
        free(conn);
    }
}

void resp_on_silence(struct resp_conn *conn, void (*function)(void *context), void *context) {
    conn->on_silence = function;
    conn->silence_context = context;
}

int resp_fd(const struct resp_conn *conn) {
    return conn->fd;
}

/* Takes what the socket holds now; false when there was nothing. */
static bool receive(struct resp_conn *conn) {
    char *end = buffer_reserve(&conn->input, READ_SIZE);
    ssize_t size = read(conn->fd, end, READ_SIZE);
    if (size > 0) {
        conn->input.size += (size_t)size;
        conn->input.data[conn->input.size] = '\0';
        return true;
    }
    if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        conn->is_closed = true;
    }
    return false;
}

static void wait_for(const struct resp_conn *conn, short events, int64_t deadline_ms) {
    struct pollfd ready = {.fd = conn->fd, .events = events};
    int64_t left_ms = deadline_ms - wait_now_ms();
    left_ms = left_ms > 0 ? left_ms : 0;
    if (conn->on_silence == NULL) {
        (void)poll(&ready, 1, (int)left_ms);
    } else if (poll(&ready, 1, left_ms < SILENCE_MS ? (int)left_ms : SILENCE_MS) == 0) {
        conn->on_silence(conn->silence_context);
    }
}

void resp_send(struct resp_conn *conn, const char *data, size_t size) {
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    while (size > 0) {
        ssize_t sent = send(conn->fd, data, size, MSG_NOSIGNAL);
        if (sent > 0) {
            data += sent;
            size -= (size_t)sent;
            continue;
        }
        if (errno == EPIPE || errno == ECONNRESET) {
            /* What the server said before it closed is read later. */
            return;
        }
        if ((errno != EAGAIN && errno != EINTR) || wait_now_ms() > deadline_ms) {
            support_fail("cannot send: %s", strerror(errno));
        }
        wait_for(conn, POLLIN | POLLOUT, deadline_ms);
        (void)receive(conn);
    }
}

void resp_send_text(struct resp_conn *conn, const char *text) {
    resp_send(conn, text, strlen(text));
}

void resp_send_command(struct resp_conn *conn, const char *line) {
    struct command_line arguments = command_line_split(line, strlen(line));
    struct buffer request = {0};
    command_line_encode(&arguments, &request);
    resp_send(conn, request.data, request.size);
    buffer_release(&request);
    command_line_release(&arguments);
}

void resp_send_argv(struct resp_conn *conn, size_t argc, const char *const argv[],
                    const size_t sizes[]) {
    struct buffer request = {0};
    buffer_append_format(&request, "*%zu\r\n", argc);
    for (size_t i = 0; i < argc; i++) {
        size_t size = sizes == NULL ? strlen(argv[i]) : sizes[i];
        buffer_append_format(&request, "$%zu\r\n", size);
        buffer_append(&request, argv[i], size);
        buffer_append_text(&request, "\r\n");
    }
    resp_send(conn, request.data, request.size);
    buffer_release(&request);
}

enum resp_status resp_read_within(struct resp_conn *conn, struct buffer *reply,
                                  int64_t timeout_ms) {
    int64_t deadline_ms = wait_now_ms() + timeout_ms;
    while (true) {
        int64_t size = resp_reply_size(buffer_text(&conn->input), conn->input.size);
        if (size < 0) {
            return RESP_MALFORMED;
        }
        if (size > 0) {
            buffer_append(reply, conn->input.data, (size_t)size);
            buffer_consume(&conn->input, (size_t)size);
            return RESP_COMPLETE;
        }
        if (conn->is_closed) {
            return RESP_CLOSED;
        }
        if (!receive(conn) && !conn->is_closed) {
            if (wait_now_ms() >= deadline_ms) {
                return RESP_TIMED_OUT;
            }
            wait_for(conn, POLLIN, deadline_ms);
        }
    }
}

enum resp_status resp_read(struct resp_conn *conn, struct buffer *reply) {
    return resp_read_within(conn, reply, WAIT_DEADLINE_MS);
}

/* Reads until `size` bytes are there, the server closes, or the deadline passes. */
static void gather(struct resp_conn *conn, size_t size) {
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    while (conn->input.size < size && !conn->is_closed && wait_now_ms() < deadline_ms) {
        if (!receive(conn)) {
            wait_for(conn, POLLIN, deadline_ms);
        }
    }
}

static void take_input(struct resp_conn *conn, struct buffer *bytes) {
    buffer_append(bytes, buffer_text(&conn->input), conn->input.size);
    buffer_clear(&conn->input);
}

bool resp_read_until_close(struct resp_conn *conn, struct buffer *bytes) {
    gather(conn, SIZE_MAX);
    take_input(conn, bytes);
    return conn->is_closed;
}

bool resp_read_bytes(struct resp_conn *conn, size_t size, struct buffer *bytes) {
    gather(conn, size);
    bool is_enough = conn->input.size >= size;
    take_input(conn, bytes);
    return is_enough;
}

struct buffer resp_call(struct resp_conn *conn, const char *line) {
    struct buffer reply = {0};
    resp_send_command(conn, line);
    if (resp_read(conn, &reply) != RESP_COMPLETE) {
        support_fail("no reply to: %s", line);
    }
    return reply;
}

bool resp_call_is(struct resp_conn *conn, const char *line, const char *expected) {
    struct buffer reply = resp_call(conn, line);
    bool is_equal = reply.size == strlen(expected) && memcmp(reply.data, expected, reply.size) == 0;
    if (!is_equal) {
        struct buffer text = {0};
        buffer_append_escaped(&text, reply.data, reply.size);
        (void)fprintf(stderr, "%s\n  expected %s\n  got      %s\n", line, expected, text.data);
        buffer_release(&text);
    }
    buffer_release(&reply);
    return is_equal;
}
