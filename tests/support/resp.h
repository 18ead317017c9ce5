/*
 * resp: a client that shows replies as the bytes that came, RESP2 and RESP3.
 *
 * Every wait has a deadline (WAIT_DEADLINE_MS). What cannot be sent or connected fails the test.
 */
#ifndef SUPPORT_RESP_H
#define SUPPORT_RESP_H

#include "support/buffer.h"

#include <stdbool.h>
#include <stdint.h>

struct resp_conn;

enum resp_status {
    RESP_COMPLETE,  /* One whole reply. */
    RESP_TIMED_OUT, /* The deadline passed first. */
    RESP_CLOSED,    /* The server closed the connection first. */
    RESP_MALFORMED, /* The bytes are no reply. */
};

/* Connect; close with resp_close. resp_try_unix returns NULL when nobody listens. */
struct resp_conn *resp_connect_unix(const char *path);
struct resp_conn *resp_try_unix(const char *path);
struct resp_conn *resp_connect_tcp(const char *host, int port);

/* Closes the connection and frees it. NULL is allowed. */
void resp_close(struct resp_conn *conn);

/*
 * While the connection waits for bytes, calls `function` whenever none have come for a moment.
 * context  handed to it; outlives the connection
 */
void resp_on_silence(struct resp_conn *conn, void (*function)(void *context), void *context);

/* Returns the socket. */
int resp_fd(const struct resp_conn *conn);

/* Sends bytes as they are; reads what arrives meanwhile, so that neither side stalls. */
void resp_send(struct resp_conn *conn, const char *data, size_t size);

/* Sends bytes up to the zero: resp_send_text(conn, "PING\r\n"). */
void resp_send_text(struct resp_conn *conn, const char *text);

/* Sends one command: resp_send_command(conn, "SET k \"a\\x00b\""). See command_line.h. */
void resp_send_command(struct resp_conn *conn, const char *line);

/* Sends one command; `sizes` NULL means that the arguments are texts. */
void resp_send_argv(struct resp_conn *conn, size_t argc, const char *const argv[],
                    const size_t sizes[]);

/*
 * Appends the next reply to `reply`, byte for byte. On another status than RESP_COMPLETE
 * `reply` is left alone and the bytes stay for later.
 */
enum resp_status resp_read(struct resp_conn *conn, struct buffer *reply);

/* The same, waiting at most `timeout_ms`; 0 takes what is there. */
enum resp_status resp_read_within(struct resp_conn *conn, struct buffer *reply, int64_t timeout_ms);

/* Appends everything up to the close by the server; false when it does not close. */
bool resp_read_until_close(struct resp_conn *conn, struct buffer *bytes);

/* Appends bytes until at least `size` have come; false when they do not. */
bool resp_read_bytes(struct resp_conn *conn, size_t size, struct buffer *bytes);

/* Sends one command line and returns its reply, owned by the caller. */
struct buffer resp_call(struct resp_conn *conn, const char *line);

/* Sends one command line, reads its reply, and says whether it is exactly `expected`. */
bool resp_call_is(struct resp_conn *conn, const char *line, const char *expected);

/* Returns the size of the reply at the start of the bytes: 0 incomplete, -1 malformed. */
int64_t resp_reply_size(const char *data, size_t size);

/* ---- A reply as a tree ---- */

struct resp_value {
    char type;                /* '+' '-' ':' '$' '*' '_' ',' '#' '(' '!' '=' '%' '~' '>' '|' */
    bool is_null;             /* $-1, *-1 and _ */
    int64_t integer;          /* Of ':'. */
    char *bytes;              /* Of all that is not an aggregate; zero-terminated. */
    size_t size;              /* Bytes of `bytes`. */
    size_t count;             /* Children; a map of n pairs has 2n. */
    struct resp_value *items; /* `count` of them. */
};

/* Parses one complete reply. Fails the test when it is none. Free with resp_value_destroy. */
struct resp_value *resp_value_parse(const char *data, size_t size);

/* Frees the tree. NULL is allowed. */
void resp_value_destroy(struct resp_value *value);

/* Returns the value of a key in a map, or in an array of pairs; NULL when absent. */
const struct resp_value *resp_value_field(const struct resp_value *map, const char *key);

/*
 * Appends a canonical text: +OK -ERR… :1 "bytes" ,1.5 #t nil [a b] {k v} ~[a b] >[a b].
 */
void resp_value_print(const struct resp_value *value, struct buffer *text);

#endif
