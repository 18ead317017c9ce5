#include "net/connection.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A listener, its loop, a client's descriptor and the accepted connection. */
struct link {
    struct event_loop *loop;
    struct listener listener;
    struct connection connection;
    int client_fd;
};

static void accept_one(struct link *link) {
    require(event_loop_update(link->loop, &link->listener.source) == 0);
    require(event_loop_wait(link->loop, 5000) == 1);
    require(event_loop_ready(link->loop, 0).source == &link->listener.source);
    require(connection_accept(&link->listener, &link->connection) == 0);
    require(connection_accept(&link->listener, &(struct connection){0}) == -EAGAIN);
}

static struct link link_by_tcp(void) {
    struct link link = {.loop = event_loop_create()};
    require(listener_open_tcp(&link.listener, "127.0.0.1", 0, 16) == 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)listener_port(&link.listener)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    link.client_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(link.client_fd >= 0);
    require(connect(link.client_fd, (struct sockaddr *)&address, sizeof address) == 0);
    accept_one(&link);
    return link;
}

static void unlink_all(struct link *link) {
    connection_close(link->loop, &link->connection);
    connection_close(link->loop, &link->connection);
    listener_close(link->loop, &link->listener);
    (void)close(link->client_fd);
    event_loop_destroy(link->loop);
}

static void read_from_client(struct link *link, char *buffer, size_t size) {
    for (size_t at = 0; at < size;) {
        ssize_t count = read(link->client_fd, buffer + at, size - at);
        require(count > 0);
        at += (size_t)count;
    }
}

static int64_t read_when_there(struct link *link, char *buffer, size_t size) {
    require(event_loop_update(link->loop, &link->connection.source) == 0);
    require(event_loop_wait(link->loop, 5000) == 1);
    return connection_read(&link->connection, buffer, size);
}

Test(connection, bytes_go_both_ways_over_tcp) {
    size_t start = alloc_used_bytes();
    struct link link = link_by_tcp();
    char buffer[100];
    require(connection_read(&link.connection, buffer, sizeof buffer) == -EAGAIN);
    require(write(link.client_fd, "PING", 4) == 4);
    require(read_when_there(&link, buffer, sizeof buffer) == 4);
    require(memcmp(buffer, "PING", 4) == 0);
    require(connection_write(&link.connection, BYTES("+PONG")) == 5);
    read_from_client(&link, buffer, 5);
    require(memcmp(buffer, "+PONG", 5) == 0);
    require(connection_write(&link.connection, (struct bytes){NULL, 0}) == 0);
    unlink_all(&link);
    require(alloc_used_bytes() == start);
}

Test(connection, a_read_may_fill_two_places) {
    struct link link = link_by_tcp();
    char first[3];
    char second[10];
    struct iovec places[2] = {{first, sizeof first}, {second, sizeof second}};
    require(write(link.client_fd, "abcdef", 6) == 6);
    require(event_loop_update(link.loop, &link.connection.source) == 0);
    require(event_loop_wait(link.loop, 5000) == 1);
    require(connection_read_two(&link.connection, places) == 6);
    require(memcmp(first, "abc", 3) == 0 && memcmp(second, "def", 3) == 0);
    require(connection_read_two(&link.connection, places) == -EAGAIN);
    unlink_all(&link);
}

Test(connection, the_end_of_the_peer_is_told) {
    struct link link = link_by_tcp();
    char buffer[10];
    (void)shutdown(link.client_fd, SHUT_WR);
    require(read_when_there(&link, buffer, sizeof buffer) == -ECONNRESET);
    unlink_all(&link);
}

Test(connection, writing_to_a_peer_that_is_gone_is_an_error_and_no_signal) {
    struct link link = link_by_tcp();
    struct linger reset = {1, 0};
    require(setsockopt(link.client_fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
    (void)close(link.client_fd);
    link.client_fd = -1;
    char buffer[10];
    require(read_when_there(&link, buffer, sizeof buffer) == -ECONNRESET);
    require(connection_write(&link.connection, BYTES("x")) < 0);
    unlink_all(&link);
}

/* Sends `size` patterned bytes in writes of many forms, reading only when the socket is full. */
static void send_much(struct link *link, size_t size) {
    char *data = alloc_new(size);
    char *received = alloc_new(size);
    for (size_t i = 0; i < size; i++) {
        data[i] = (char)(unsigned char)(i * 31 >> 3);
    }
    size_t given = size / 2;
    int64_t sent = connection_write(&link->connection, (struct bytes){data, given});
    require(sent >= 0);
    size_t total = (size_t)sent;
    require(total + link->connection.output.size == given);
    require(link->connection.output.size > 0);
    output_append(&link->connection.output, (struct bytes){data + given, 1000});
    sds rest = sds_new((struct bytes){data + given + 1000, size - given - 1000});
    output_append_sds(&link->connection.output, rest);
    size_t read_count = 0;
    while (read_count < size) {
        ssize_t count = recv(link->client_fd, received + read_count, size - read_count, 0);
        require(count > 0);
        read_count += (size_t)count;
        sent = connection_write(&link->connection, (struct bytes){NULL, 0});
        require(sent >= 0);
        total += (size_t)sent;
    }
    require(total == size);
    require(link->connection.output.size == 0);
    require(memcmp(data, received, size) == 0);
    alloc_free(data);
    alloc_free(received);
}

Test(connection, what_the_socket_does_not_take_waits_and_comes_in_order) {
    struct link link = link_by_tcp();
    send_much(&link, 30000000);
    unlink_all(&link);
}

Test(connection, a_reply_stands_before_the_queue) {
    struct link link = link_by_tcp();
    output_append(&link.connection.output, BYTES("queue"));
    require(connection_write(&link.connection, BYTES("reply ")) == 11);
    char buffer[11];
    read_from_client(&link, buffer, sizeof buffer);
    require(memcmp(buffer, "reply queue", 11) == 0);
    unlink_all(&link);
}

Test(connection, a_write_in_a_batch_ends_as_any_other) {
    enum { SPANS = 3 * SOCKET_BATCH_VECTORS };
    struct link link = link_by_tcp();
    struct socket_batch *batch = socket_batch_create(true);
    struct bytes first = BYTES("reply ");
    require(!connection_begin_write(&link.connection, batch, (struct bytes){NULL, 0}));
    for (size_t i = 0; i < SPANS; i++) {
        output_append_sds(&link.connection.output, sds_new(BYTES("span ")));
    }
    require(connection_begin_write(&link.connection, batch, first));
    output_append_sds(&link.connection.output, sds_new(BYTES("later")));
    socket_batch_run(batch);
    int64_t result = socket_batch_result(batch, 0);
    require(result > (int64_t)first.length && result < 6 + SPANS * 5);
    require(connection_end_write(&link.connection, first, result) == 6 + SPANS * 5 + 5);
    require(link.connection.output.size == 0);
    char buffer[6 + SPANS * 5 + 5];
    read_from_client(&link, buffer, sizeof buffer);
    require(memcmp(buffer, "reply span span ", 16) == 0);
    require(memcmp(buffer + sizeof buffer - 10, "span later", 10) == 0);
    socket_batch_destroy(batch);
    unlink_all(&link);
}

Test(connection, the_rest_of_a_write_in_a_batch_waits_in_front) {
    struct link link = link_by_tcp();
    output_append(&link.connection.output, BYTES("queue"));
    require(connection_end_write(&link.connection, BYTES("reply "), 2) == 2);
    require(connection_end_write(&link.connection, (struct bytes){NULL, 0}, -EAGAIN) == 0);
    require(connection_end_write(&link.connection, (struct bytes){NULL, 0}, -EPIPE) == -EPIPE);
    require(connection_write(&link.connection, (struct bytes){NULL, 0}) == 9);
    char buffer[9];
    read_from_client(&link, buffer, sizeof buffer);
    require(memcmp(buffer, "ply queue", 9) == 0);
    unlink_all(&link);
}

/* Sockets that keep messages apart show what went out with one call. */
Test(connection, a_reply_and_the_queue_leave_together) {
    int fds[2];
    require(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
    struct connection connection = {.source = {.fd = fds[0]}};
    output_append(&connection.output, BYTES("queue"));
    require(connection_write(&connection, BYTES("reply ")) == 11);
    char buffer[12];
    require(recv(fds[1], buffer, sizeof buffer, 0) == 11);
    require(memcmp(buffer, "reply queue", 11) == 0);
    require(connection.output.size == 0);
    output_release(&connection.output);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

Test(connection, bytes_behind_a_gate_are_not_sent) {
    struct link link = link_by_tcp();
    link.connection.output.gate = (struct output_gate){.offset = 7};
    output_append(&link.connection.output, BYTES("held"));
    require(connection_write(&link.connection, BYTES("free")) == 4);
    require(link.connection.output.size == 4);
    link.connection.output.released = 7;
    require(connection_write(&link.connection, (struct bytes){NULL, 0}) == 4);
    char buffer[8];
    read_from_client(&link, buffer, sizeof buffer);
    require(memcmp(buffer, "freeheld", 8) == 0);
    unlink_all(&link);
}

Test(connection, closing_drops_what_waits) {
    size_t start = alloc_used_bytes();
    struct link link = link_by_tcp();
    output_append(&link.connection.output, BYTES("never sent"));
    unlink_all(&link);
    require(link.connection.source.fd == -1);
    require(alloc_used_bytes() == start);
}

/* ---- Addresses and options ---- */

Test(connection, tcp_addresses_of_both_sides_are_told) {
    struct link link = link_by_tcp();
    char text[CONNECTION_ADDRESS_SIZE];
    char expected[CONNECTION_ADDRESS_SIZE];
    connection_local_address(&link.connection, text);
    (void)snprintf(expected, sizeof expected, "127.0.0.1:%d", listener_port(&link.listener));
    require_text(bytes_of_text(text), expected);
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    require(getsockname(link.client_fd, (struct sockaddr *)&address, &size) == 0);
    connection_peer_address(&link.connection, text);
    (void)snprintf(expected, sizeof expected, "127.0.0.1:%d", ntohs(address.sin_port));
    require_text(bytes_of_text(text), expected);
    require(connection_is_local(&link.connection));
    require(link.connection.source.kind == EVENT_SOURCE_CONNECTION);
    unlink_all(&link);
}

static int read_option(int fd, int level, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    require(getsockopt(fd, level, option, &value, &size) == 0);
    return value;
}

Test(connection, keepalive_is_set_and_taken_back) {
    struct link link = link_by_tcp();
    int fd = link.connection.source.fd;
    require(read_option(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
    connection_set_keepalive(&link.connection, 300);
    require(read_option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
    require(read_option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 300);
    require(read_option(fd, IPPROTO_TCP, TCP_KEEPINTVL) == 100);
    require(read_option(fd, IPPROTO_TCP, TCP_KEEPCNT) == 3);
    connection_set_keepalive(&link.connection, 1);
    require(read_option(fd, IPPROTO_TCP, TCP_KEEPINTVL) == 1);
    connection_set_keepalive(&link.connection, 0);
    require(read_option(fd, SOL_SOCKET, SO_KEEPALIVE) == 0);
    unlink_all(&link);
}

/* ---- Listening ---- */

Test(connection, a_port_in_use_and_a_bad_address_are_errors) {
    struct listener first;
    struct listener second = {.source = {.fd = 77}};
    struct event_loop *loop = event_loop_create();
    require(listener_open_tcp(&first, "127.0.0.1", 0, 1) == 0);
    require(listener_open_tcp(&second, "127.0.0.1", listener_port(&first), 1) == -EADDRINUSE);
    require(listener_open_tcp(&second, "192.0.2.1", 0, 1) == -EADDRNOTAVAIL);
    require(listener_open_tcp(&second, "999.1.1.1.1", 0, 1) == -EINVAL);
    require(second.source.fd == 77);
    listener_close(loop, &first);
    event_loop_destroy(loop);
}

Test(connection, all_addresses_of_a_family_can_be_listened_on) {
    struct listener listener;
    struct event_loop *loop = event_loop_create();
    require(listener_open_tcp(&listener, "*", 0, 1) == 0);
    int port = listener_port(&listener);
    require(port > 0);
    listener_close(loop, &listener);
    require(listener_open_tcp(&listener, "*", port, 1) == 0);
    listener_close(loop, &listener);
    event_loop_destroy(loop);
}

static int connect_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(fd >= 0);
    require(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

Test(connection, unix_sockets_work_and_replace_stale_ones) {
    char folder[] = "/tmp/latchkey-net-XXXXXX";
    require(mkdtemp(folder) != NULL);
    char path[64];
    (void)snprintf(path, sizeof path, "%s/socket", folder);
    struct link link = {.loop = event_loop_create()};
    require(listener_open_unix(&link.listener, path, 0600, 4) == 0);
    listener_close(link.loop, &link.listener);
    require(listener_open_unix(&link.listener, path, 0700, 4) == 0);
    struct stat status;
    require(stat(path, &status) == 0 && (status.st_mode & 0777) == 0700);
    require(listener_port(&link.listener) == 0);
    link.client_fd = connect_unix(path);
    accept_one(&link);
    char text[CONNECTION_ADDRESS_SIZE];
    char expected[CONNECTION_ADDRESS_SIZE];
    (void)snprintf(expected, sizeof expected, "%s:0", path);
    connection_peer_address(&link.connection, text);
    require_text(bytes_of_text(text), expected);
    connection_local_address(&link.connection, text);
    require_text(bytes_of_text(text), expected);
    require(connection_is_local(&link.connection));
    connection_set_keepalive(&link.connection, 300);
    send_much(&link, 3000000);
    unlink_all(&link);
    (void)unlink(path);
    (void)rmdir(folder);
}

Test(connection, a_unix_path_that_cannot_be_is_an_error) {
    struct listener listener = {.source = {.fd = 77}};
    char path[300];
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    require(listener_open_unix(&listener, path, 0, 1) == -ENAMETOOLONG);
    require(listener_open_unix(&listener, "/nonexistent/socket", 0, 1) == -ENOENT);
    require(listener.source.fd == 77);
}
