/*
 * link: one of the two servers as the oracle sees it: the process, a control connection and the
 * connections of an episode, with the replies that came on them.
 *
 * Whether a connection has answered all that it is going to answer is asked of the server (CLIENT
 * LIST on the control connection), not guessed from a pause.
 */
#ifndef ORACLE_LINK_H
#define ORACLE_LINK_H

#include "oracle/step.h"
#include "support/resp.h"

#include <stdbool.h>
#include <stddef.h>

struct link;

/* What a connection has said so far and not yet been asked about. */
struct replies {
    struct buffer *items; /* Each one whole reply. */
    size_t count;
    size_t capacity;
    bool is_closed;    /* The server has closed the connection. */
    bool is_waiting;   /* The client is blocked: more comes later. */
    bool is_malformed; /* Bytes came that are no reply. */
};

/*
 * Starts a server. Free with link_destroy.
 * name  "latchkey" or "stock": which one.
 */
struct link *link_create(const char *name, bool is_stock);

/* Stops the server. Returns false when it had ended before, or ended badly; its output is shown. */
bool link_destroy(struct link *link);

/* Starts the server anew when it has died. Returns true when it had. */
bool link_revive(struct link *link);

/* True while the server answers. */
bool link_is_alive(struct link *link);

/* Closes the connections of the last episode and empties the server by these command lines. */
void link_begin(struct link *link, const char *const lines[], size_t line_count);

/* Sends bytes on a connection, opening it when it is not open. */
void link_send(struct link *link, size_t connection_index, const char *data, size_t size);

/* Waits until the server has read all that was sent on the connection. */
void link_wait_read(struct link *link, size_t connection_index);

/*
 * Appends replies until there are `expected_count`, or nothing more comes. With is_careful it
 * always goes on until nothing more comes.
 */
void link_collect(struct link *link, size_t connection_index, size_t expected_count,
                  bool is_careful, struct replies *replies);

/* Closes a connection; the next link_send opens another one. */
void link_close(struct link *link, size_t connection_index);

/* True when the connection is open. */
bool link_is_open(const struct link *link, size_t connection_index);

/* CLIENT UNBLOCK of the connection. */
void link_unblock(struct link *link, size_t connection_index, bool with_error);

/* Runs a command on the control connection and returns its reply, owned by the caller. */
struct buffer link_ask(struct link *link, const struct command_line *args);

/* The same for a line of text. */
struct buffer link_ask_line(struct link *link, const char *line);

/* Frees the replies. */
void replies_release(struct replies *replies);

#endif
