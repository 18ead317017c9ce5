/*
 * connection: stream sockets: listening, accepting, reading, writing; TCP and Unix.
 */
#ifndef LATCHKEY_NET_CONNECTION_H
#define LATCHKEY_NET_CONNECTION_H

#include "base/panic.h"
#include "net/event_loop.h"
#include "net/output.h"
#include "net/socket_batch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A listening socket; embedded. */
struct listener {
    struct event_source source;
    bool is_unix;
};

/* A connected socket and what it still has to send; embedded. */
struct connection {
    struct event_source source;
    bool is_unix;
    struct output output;
};

enum { CONNECTION_ADDRESS_SIZE = 128 };

/*
 * Listens on a TCP address. Returns 0 or -errno; -EINVAL for what is no address.
 * address  an IP address, or "*" for all IPv4 and "::*" for all IPv6 addresses.
 */
int listener_open_tcp(struct listener *listener, const char *address, int port,
                      int backlog) MUST_CHECK;

/* Listens on a Unix socket, replacing one that is there. permissions 0 leaves the umask's. */
int listener_open_unix(struct listener *listener, const char *path, unsigned permissions,
                       int backlog) MUST_CHECK;

/* Closes the listening socket and forgets it in the loop. */
void listener_close(struct event_loop *loop, struct listener *listener);

/* The port that the listener is bound to; 0 for a Unix socket. */
int listener_port(const struct listener *listener);

/*
 * Accepts a connection into *connection. Returns 0, -EAGAIN when none waits, or another -errno
 * (-EMFILE: no descriptors).
 */
int connection_accept(struct listener *listener, struct connection *connection) MUST_CHECK;

/* Probes the peer after so many seconds of silence; 0 switches it off. TCP only. */
void connection_set_keepalive(struct connection *connection, int64_t seconds);

/* True when the peer's address is of this host (loopback or Unix socket). */
bool connection_is_local(const struct connection *connection);

/* Writes "ip:port", "[ip6]:port" or "path:0" of the peer, or of this side. */
void connection_peer_address(const struct connection *connection,
                             char text[CONNECTION_ADDRESS_SIZE]);
void connection_local_address(const struct connection *connection,
                              char text[CONNECTION_ADDRESS_SIZE]);

/*
 * Reads what is there, at most `size` bytes. Returns the number read (> 0), -EAGAIN when nothing
 * is there, -ECONNRESET or another -errno when the connection is at its end.
 */
int64_t connection_read(struct connection *connection, char *buffer, size_t size) MUST_CHECK;

/* As connection_read, but done when the batch runs. */
void connection_read_later(const struct connection *connection, struct socket_batch *batch,
                           char *buffer, size_t size);

/* What connection_read would have returned, of a result of the batch. */
int64_t connection_read_result(int64_t result) MUST_CHECK;

/* As connection_read into a first place and, when that is full, a second one. */
int64_t connection_read_two(struct connection *connection, const struct iovec places[2]) MUST_CHECK;

/*
 * Sends `first`, then the queue. What the socket does not take stays in the queue. Returns the
 * number of bytes sent, or -errno when the peer is gone.
 * first  borrowed; stands before the whole queue; a copy of its unsent rest is put in front.
 */
int64_t connection_write(struct connection *connection, struct bytes first) MUST_CHECK;

/*
 * As connection_write, but begun when the batch runs: until connection_end_write `first` may not
 * change, and nothing may leave the queue. Returns false when there is nothing to send.
 */
bool connection_begin_write(const struct connection *connection, struct socket_batch *batch,
                            struct bytes first) MUST_CHECK;

/*
 * Takes note of the batch's result, and sends what did not find room in it. Returns what
 * connection_write would have returned.
 */
int64_t connection_end_write(struct connection *connection, struct bytes first,
                             int64_t result) MUST_CHECK;

/* Closes the socket, drops what waits, forgets it in the loop. */
void connection_close(struct event_loop *loop, struct connection *connection);

#endif
