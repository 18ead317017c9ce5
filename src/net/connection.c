/*
 * All sockets are non-blocking and closed on exec. Replies of a turn leave by one send, where a
 * queue waits behind them by one sendmsg.
 */
#include "net/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    PORT_TEXT_SIZE = 8,
    VECTORS_MAX = 64, /* of what did not find room in a batch */
    KEEPALIVE_PROBE_COUNT = 3,
    WRITE_MAX_PER_TURN = 1024 * 1024, /* bytes that one connection may send in a turn */
};

static int set_option(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value) < 0 ? -errno : 0;
}

static int bind_and_listen(int fd, const struct sockaddr *address, socklen_t size, int backlog) {
    if (bind(fd, address, size) < 0 || listen(fd, backlog) < 0) {
        return -errno;
    }
    return 0;
}

static int open_tcp(const struct addrinfo *info, int backlog) {
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (fd < 0) {
        return -errno;
    }
    int error = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (error == 0 && info->ai_family == AF_INET6) {
        error = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    }
    if (error == 0) {
        error = bind_and_listen(fd, info->ai_addr, info->ai_addrlen, backlog);
    }
    if (error != 0) {
        (void)close(fd); /* The first error is the one to report. */
        return error;
    }
    return fd;
}

int listener_open_tcp(struct listener *listener, const char *address, int port, int backlog) {
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
    };
    const char *host = address;
    if (strcmp(address, "*") == 0) {
        hints.ai_family = AF_INET;
        host = NULL;
    } else if (strcmp(address, "::*") == 0) {
        hints.ai_family = AF_INET6;
        host = NULL;
    }
    char service[PORT_TEXT_SIZE];
    (void)snprintf(service, sizeof service, "%d", port);
    struct addrinfo *results = NULL;
    if (getaddrinfo(host, service, &hints, &results) != 0) {
        return -EINVAL;
    }
    int fd = -EADDRNOTAVAIL;
    for (struct addrinfo *info = results; info != NULL && fd < 0; info = info->ai_next) {
        fd = open_tcp(info, backlog);
    }
    freeaddrinfo(results);
    if (fd < 0) {
        return fd;
    }
    *listener = (struct listener){
        .source = {.fd = fd, .kind = EVENT_SOURCE_LISTENER, .wants_read = true},
    };
    return 0;
}

int listener_open_unix(struct listener *listener, const char *path, unsigned permissions,
                       int backlog) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return -ENAMETOOLONG;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -errno;
    }
    (void)unlink(path); /* A stale socket may or may not be there; bind tells about the rest. */
    int error = bind_and_listen(fd, (const struct sockaddr *)&address, sizeof address, backlog);
    if (error == 0 && permissions != 0 && chmod(path, permissions) < 0) {
        error = -errno;
    }
    if (error != 0) {
        (void)close(fd); /* The first error is the one to report. */
        return error;
    }
    *listener = (struct listener){
        .source = {.fd = fd, .kind = EVENT_SOURCE_LISTENER, .wants_read = true},
        .is_unix = true,
    };
    return 0;
}

void listener_close(struct event_loop *loop, struct listener *listener) {
    event_loop_remove(loop, &listener->source);
    (void)close(listener->source.fd); /* No data can be lost. */
    listener->source.fd = -1;
}

int listener_port(const struct listener *listener) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(listener->source.fd, (struct sockaddr *)&address, &size) < 0) {
        return 0;
    }
    if (address.ss_family == AF_INET) {
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    }
    return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port) : 0;
}

int connection_accept(struct listener *listener, struct connection *connection) {
    int fd = accept4(listener->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return errno == ECONNABORTED || errno == EINTR ? -EAGAIN : -errno;
    }
    *connection = (struct connection){
        .source = {.fd = fd, .kind = EVENT_SOURCE_CONNECTION, .wants_read = true},
        .is_unix = listener->is_unix,
    };
    if (!listener->is_unix) {
        /* Without it replies would only be late. */
        (void)set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    }
    return 0;
}

void connection_set_keepalive(struct connection *connection, int64_t seconds) {
    if (connection->is_unix) {
        return;
    }
    int fd = connection->source.fd;
    int interval = (int)(seconds / KEEPALIVE_PROBE_COUNT);
    /* Best effort: a peer that is silently gone is only noticed later without it. */
    (void)set_option(fd, SOL_SOCKET, SO_KEEPALIVE, seconds > 0);
    if (seconds > 0) {
        (void)set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)seconds);
        (void)set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval > 0 ? interval : 1);
        (void)set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBE_COUNT);
    }
}

bool connection_is_local(const struct connection *connection) {
    if (connection->is_unix) {
        return true;
    }
    char text[CONNECTION_ADDRESS_SIZE];
    connection_peer_address(connection, text);
    return strncmp(text, "127.", strlen("127.")) == 0 ||
           strncmp(text, "[::1]", strlen("[::1]")) == 0;
}

static void print_address(const struct sockaddr_storage *address, char *text) {
    char host[INET6_ADDRSTRLEN] = "?";
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *ip4 = (const struct sockaddr_in *)address;
        (void)inet_ntop(AF_INET, &ip4->sin_addr, host, sizeof host);
        (void)snprintf(text, CONNECTION_ADDRESS_SIZE, "%s:%u", host, ntohs(ip4->sin_port));
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)address;
        (void)inet_ntop(AF_INET6, &ip6->sin6_addr, host, sizeof host);
        (void)snprintf(text, CONNECTION_ADDRESS_SIZE, "[%s]:%u", host, ntohs(ip6->sin6_port));
    } else {
        (void)snprintf(text, CONNECTION_ADDRESS_SIZE, "?:0");
    }
}

/* Both sides of a Unix connection are shown by the path of the listening socket. */
static void print_unix_path(int fd, char *text) {
    struct sockaddr_un address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
        address.sun_path[0] = '\0';
    }
    (void)snprintf(text, CONNECTION_ADDRESS_SIZE, "%.*s:0", (int)sizeof address.sun_path,
                   address.sun_path);
}

void connection_peer_address(const struct connection *connection,
                             char text[CONNECTION_ADDRESS_SIZE]) {
    if (connection->is_unix) {
        print_unix_path(connection->source.fd, text);
        return;
    }
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    (void)getpeername(connection->source.fd, (struct sockaddr *)&address, &size);
    print_address(&address, text);
}

void connection_local_address(const struct connection *connection,
                              char text[CONNECTION_ADDRESS_SIZE]) {
    if (connection->is_unix) {
        print_unix_path(connection->source.fd, text);
        return;
    }
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    (void)getsockname(connection->source.fd, (struct sockaddr *)&address, &size);
    print_address(&address, text);
}

int64_t connection_read_result(int64_t result) {
    if (result == 0) {
        return -ECONNRESET;
    }
    return result == -EINTR || result == -EWOULDBLOCK ? -EAGAIN : result;
}

int64_t connection_read(struct connection *connection, char *buffer, size_t size) {
    ssize_t count = recv(connection->source.fd, buffer, size, 0);
    return connection_read_result(count < 0 ? -errno : count);
}

void connection_read_later(const struct connection *connection, struct socket_batch *batch,
                           char *buffer, size_t size) {
    socket_batch_receive(batch, connection->source.fd, buffer, size);
}

int64_t connection_read_two(struct connection *connection, const struct iovec places[2]) {
    ssize_t count = readv(connection->source.fd, places, 2);
    return connection_read_result(count < 0 ? -errno : count);
}

static int64_t send_result(int64_t result) {
    return result == -EAGAIN || result == -EWOULDBLOCK || result == -EINTR ? 0 : result;
}

static int64_t send_queue(struct connection *connection, size_t budget) {
    size_t total = 0;
    while (output_is_sendable(&connection->output) && total < budget) {
        struct iovec vectors[VECTORS_MAX];
        size_t count = output_vectors(&connection->output, vectors, VECTORS_MAX);
        struct msghdr message = {.msg_iov = vectors, .msg_iovlen = count};
        ssize_t sent = sendmsg(connection->source.fd, &message, MSG_NOSIGNAL);
        int64_t result = send_result(sent < 0 ? -errno : sent);
        if (result <= 0) {
            return result < 0 ? result : (int64_t)total;
        }
        output_sent(&connection->output, (size_t)result);
        total += (size_t)result;
    }
    return (int64_t)total;
}

static size_t first_vectors(const struct connection *connection, struct bytes first,
                            struct iovec vectors[SOCKET_BATCH_VECTORS]) {
    vectors[0] = (struct iovec){(void *)(uintptr_t)first.data, first.length};
    size_t count = first.length > 0 ? 1 : 0;
    return count +
           output_vectors(&connection->output, vectors + count, SOCKET_BATCH_VECTORS - count);
}

bool connection_begin_write(const struct connection *connection, struct socket_batch *batch,
                            struct bytes first) {
    struct iovec vectors[SOCKET_BATCH_VECTORS];
    size_t count = first_vectors(connection, first, vectors);
    if (count > 0) {
        socket_batch_send(batch, connection->source.fd, vectors, count);
    }
    return count > 0;
}

int64_t connection_end_write(struct connection *connection, struct bytes first, int64_t result) {
    struct output *output = &connection->output;
    int64_t sent = send_result(result);
    if (sent < 0) {
        return sent;
    }
    if ((size_t)sent < first.length) {
        struct bytes rest = {first.data + sent, first.length - (size_t)sent};
        output_prepend(output, rest, (struct output_gate){0});
        return sent;
    }
    if ((size_t)sent > first.length) {
        output_sent(output, (size_t)sent - first.length);
    }
    /* After a send that was cut short the socket is full, most likely: the next call tells. */
    int64_t sent_behind =
        sent > 0 && output_is_sendable(output) ? send_queue(connection, WRITE_MAX_PER_TURN) : 0;
    return sent_behind < 0 ? sent_behind : sent + sent_behind;
}

int64_t connection_write(struct connection *connection, struct bytes first) {
    struct iovec vectors[SOCKET_BATCH_VECTORS];
    struct msghdr message = {.msg_iov = vectors};
    message.msg_iovlen = first_vectors(connection, first, vectors);
    if (message.msg_iovlen == 0) {
        return 0;
    }
    ssize_t sent = sendmsg(connection->source.fd, &message, MSG_NOSIGNAL);
    return connection_end_write(connection, first, sent < 0 ? -errno : sent);
}

void connection_close(struct event_loop *loop, struct connection *connection) {
    if (connection->source.fd < 0) {
        return;
    }
    event_loop_remove(loop, &connection->source);
    (void)close(connection->source.fd); /* The peer learns of it; nothing more can be done. */
    connection->source.fd = -1;
    output_release(&connection->output);
}
