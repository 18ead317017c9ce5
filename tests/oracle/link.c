/*
 * A connection is idle when the server has read all bytes that were sent on it (the socket's
 * output queue is empty) and then says that the client is blocked, or has no unread request and
 * no unsent output. A request that is never finished leaves bytes unread for ever: then the
 * client is idle when several looks in a row find the same.
 */
#include "oracle/link.h"

#include "support/server.h"
#include "support/wait.h"

#include <ctype.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
    FIRST_CAPACITY = 16,
    READ_WAIT_MS = 3,
    SAME_LOOKS = 6,
    HANG_MS = 20000,
    DECIMAL_BASE = 10,
};

struct connection {
    struct resp_conn *conn; /* NULL while closed. */
    long long id;
};

struct link {
    const char *name;
    bool is_stock;
    bool has_died;
    struct test_server *server;
    struct resp_conn *control;
    struct connection connections[CONNECTION_LIMIT];
};

/* ---- The process ---- */

static void start(struct link *link) {
    static const char *const stock_options[] = {"--loglevel", "warning", NULL};
    link->server =
        link->is_stock ? test_server_start_stock(stock_options) : test_server_start(NULL);
    link->control = test_server_connect(link->server);
}

struct link *link_create(const char *name, bool is_stock) {
    struct link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        support_fail("out of memory");
    }
    link->name = name;
    link->is_stock = is_stock;
    start(link);
    return link;
}

static void close_all(struct link *link) {
    for (size_t i = 0; i < CONNECTION_LIMIT; i++) {
        link_close(link, i);
    }
}

static void show_end(struct link *link) {
    struct buffer log = test_server_log(link->server);
    (void)fprintf(stderr, "%s has ended:\n%s\n", link->name, buffer_text(&log));
    buffer_release(&log);
}

bool link_is_alive(struct link *link) {
    if (link->has_died) {
        return false;
    }
    struct buffer reply = {0};
    resp_send_command(link->control, "PING");
    bool is_alive = resp_read_within(link->control, &reply, HANG_MS) == RESP_COMPLETE;
    buffer_release(&reply);
    link->has_died = !is_alive;
    return is_alive;
}

bool link_revive(struct link *link) {
    if (link_is_alive(link)) {
        return false;
    }
    show_end(link);
    close_all(link);
    resp_close(link->control);
    test_server_kill(link->server);
    start(link);
    link->has_died = false;
    return true;
}

bool link_destroy(struct link *link) {
    bool is_well = link_is_alive(link);
    close_all(link);
    resp_close(link->control);
    if (is_well) {
        test_server_stop(link->server);
    } else {
        show_end(link);
        test_server_kill(link->server);
    }
    free(link);
    return is_well;
}

/* ---- Connections ---- */

void link_close(struct link *link, size_t connection_index) {
    resp_close(link->connections[connection_index].conn);
    link->connections[connection_index] = (struct connection){0};
}

bool link_is_open(const struct link *link, size_t connection_index) {
    return link->connections[connection_index].conn != NULL;
}

/* Reads a reply; a server that does not answer counts as dead. */
static struct buffer read_reply(struct link *link, struct resp_conn *conn) {
    struct buffer reply = {0};
    if (resp_read_within(conn, &reply, HANG_MS) != RESP_COMPLETE) {
        link->has_died = true;
    }
    return reply;
}

static struct connection *open_connection(struct link *link, size_t connection_index) {
    struct connection *connection = &link->connections[connection_index];
    if (connection->conn == NULL) {
        connection->conn = resp_try_unix(test_server_socket_path(link->server));
        if (connection->conn == NULL) {
            link->has_died = true;
            return connection;
        }
        resp_send_command(connection->conn, "CLIENT ID");
        struct buffer id = read_reply(link, connection->conn);
        connection->id = id.size > 1 ? strtoll(id.data + 1, NULL, DECIMAL_BASE) : 0;
        buffer_release(&id);
    }
    return connection;
}

void link_send(struct link *link, size_t connection_index, const char *data, size_t size) {
    struct connection *connection = open_connection(link, connection_index);
    if (connection->conn != NULL) {
        resp_send(connection->conn, data, size);
    }
}

/* Bytes that were sent and that the server has not taken yet. */
static int unread_size(const struct connection *connection) {
    int size = 0;
    (void)ioctl(resp_fd(connection->conn), SIOCOUTQ, &size);
    return size;
}

void link_wait_read(struct link *link, size_t connection_index) {
    const struct connection *connection = &link->connections[connection_index];
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    while (connection->conn != NULL && unread_size(connection) > 0 && wait_now_ms() < deadline_ms) {
        (void)sched_yield();
    }
}

struct buffer link_ask(struct link *link, const struct command_line *args) {
    struct buffer request = {0};
    command_line_encode(args, &request);
    resp_send(link->control, request.data, request.size);
    buffer_release(&request);
    return read_reply(link, link->control);
}

struct buffer link_ask_line(struct link *link, const char *line) {
    struct command_line args = command_line_split(line, strlen(line));
    struct buffer reply = link_ask(link, &args);
    command_line_release(&args);
    return reply;
}

void link_unblock(struct link *link, size_t connection_index, bool with_error) {
    struct buffer line = {0};
    buffer_append_format(&line, "CLIENT UNBLOCK %lld%s", link->connections[connection_index].id,
                         with_error ? " ERROR" : "");
    struct buffer reply = link_ask_line(link, line.data);
    buffer_release(&reply);
    buffer_release(&line);
}

void link_begin(struct link *link, const char *const lines[], size_t line_count) {
    close_all(link);
    for (size_t i = 0; i < line_count && !link->has_died; i++) {
        struct buffer reply = link_ask_line(link, lines[i]);
        if (reply.size > 0 && reply.data[0] == '-' && !link->is_stock) {
            (void)fprintf(stderr, "%s: %s: %s", link->name, lines[i], reply.data);
        }
        buffer_release(&reply);
    }
}

/* ---- Replies ---- */

void replies_release(struct replies *replies) {
    for (size_t i = 0; i < replies->count; i++) {
        buffer_release(&replies->items[i]);
    }
    free(replies->items);
    *replies = (struct replies){0};
}

static void append_reply(struct replies *replies, struct buffer reply) {
    if (replies->count == replies->capacity) {
        replies->capacity = replies->capacity == 0 ? FIRST_CAPACITY : replies->capacity * 2;
        struct buffer *items = realloc(replies->items, replies->capacity * sizeof *items);
        if (items == NULL) {
            support_fail("out of memory");
        }
        replies->items = items;
    }
    replies->items[replies->count++] = reply;
}

/* Returns the number behind " name=" in a line of CLIENT LIST, 0 when there is none. */
static long long line_number(const char *line, const char *name) {
    const char *at = strstr(line, name);
    return at == NULL ? 0 : strtoll(at + strlen(name), NULL, DECIMAL_BASE);
}

static bool line_has_flag(const char *line, char flag) {
    const char *flags = strstr(line, " flags=");
    if (flags == NULL) {
        return false;
    }
    flags += strlen(" flags=");
    return memchr(flags, flag, strcspn(flags, " ")) != NULL;
}

/*
 * Waits until nothing more comes on the connection by itself. Returns false when the server has
 * output that the socket did not take: it comes only as it is read.
 */
static bool wait_idle(struct link *link, const struct connection *connection,
                      struct replies *replies) {
    long long last_unread = -1;
    bool was_idle = false;
    int looks = 0;
    int64_t deadline_ms = wait_now_ms() + HANG_MS;
    while (!link->has_died && looks < SAME_LOOKS && wait_now_ms() < deadline_ms) {
        if (unread_size(connection) > 0) {
            (void)sched_yield();
            continue;
        }
        struct buffer line = {0};
        buffer_append_format(&line, "CLIENT LIST ID %lld", connection->id);
        struct buffer reply = link_ask_line(link, line.data);
        buffer_release(&line);
        const char *text = buffer_text(&reply);
        bool is_gone = strstr(text, "id=") == NULL;
        replies->is_waiting = line_has_flag(text, 'b');
        long long unsent = line_number(text, " obl=") + line_number(text, " oll=");
        long long unread = line_number(text, " qbuf=") + unsent;
        buffer_release(&reply);
        /* Twice: a client that was just woken may be about to go on with what it sent before. */
        bool is_idle = is_gone || replies->is_waiting || unread == 0;
        if (is_idle && was_idle) {
            return true;
        }
        if (unsent > 0) {
            return false;
        }
        was_idle = is_idle;
        looks = unread == last_unread ? looks + 1 : 0;
        last_unread = unread;
    }
    return true;
}

/* Writes x over the characters of the text, line ends left out, wherever it stands in the reply. */
static void blank(struct buffer *reply, const char *text) {
    char *at = reply->size > 0 ? memmem(reply->data, reply->size, text, strlen(text)) : NULL;
    while (at != NULL) {
        for (size_t i = 0; text[i] != '\0'; i++) {
            at[i] = isspace((unsigned char)text[i]) ? text[i] : 'x';
        }
        at = memmem(reply->data, reply->size, text, strlen(text));
    }
}

/*
 * The directory and the port are each server's own: nothing that names them is equal. They have the
 * same size on both sides.
 */
static void blank_own_place(const struct link *link, struct buffer *reply) {
    char port[sizeof "\r\n65535\r\n"];
    (void)snprintf(port, sizeof port, "\r\n%d\r\n", test_server_port(link->server));
    blank(reply, port);
    blank(reply, test_server_dir(link->server));
}

/* Takes one reply; false when none came in this time. */
static bool take_reply(const struct link *link, const struct connection *connection,
                       int64_t timeout_ms, struct replies *replies) {
    struct buffer reply = {0};
    enum resp_status status = resp_read_within(connection->conn, &reply, timeout_ms);
    if (status == RESP_COMPLETE) {
        blank_own_place(link, &reply);
        append_reply(replies, reply);
        return true;
    }
    buffer_release(&reply);
    replies->is_closed = status == RESP_CLOSED;
    replies->is_malformed = status == RESP_MALFORMED;
    return false;
}

void link_collect(struct link *link, size_t connection_index, size_t expected_count,
                  bool is_careful, struct replies *replies) {
    const struct connection *connection = &link->connections[connection_index];
    replies->is_waiting = false;
    bool is_idle = false;
    while (connection->conn != NULL && !replies->is_closed && !replies->is_malformed &&
           !link->has_died && (is_careful || replies->count < expected_count)) {
        if (take_reply(link, connection, is_idle || is_careful ? 0 : READ_WAIT_MS, replies)) {
            continue;
        }
        if (is_idle) {
            return;
        }
        if (!replies->is_closed && !replies->is_malformed) {
            is_idle = wait_idle(link, connection, replies);
            /* Replies of one turn leave in any order: the turn with the last ones must be over. */
            (void)link_is_alive(link);
        }
    }
}
