/*
 * resp_parse: requests in RESP multibulk or inline form.
 *
 * Two readers of one grammar. resp_parse_request takes a complete request out of a buffer without
 * copying: arguments are views into it. A request too large to be waited for in a buffer goes
 * through a resp_builder, which owns each argument and receives large ones in place.
 */
#ifndef LATCHKEY_PROTO_RESP_PARSE_H
#define LATCHKEY_PROTO_RESP_PARSE_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>

enum resp_status {
    RESP_DONE,      /* a request is complete; with 0 arguments it is to be skipped */
    RESP_NEED_MORE, /* the bytes end inside a request */
    RESP_INVALID,   /* a protocol error: the connection must be closed after the error reply */
};

/* What a peer may send. */
struct resp_limits {
    size_t bulk_size_max;      /* bytes of one argument */
    size_t argument_count_max; /* arguments of one request */
    bool is_authenticated;     /* false: the two above come from the limits before authentication */
};

enum {
    RESP_UNAUTHENTICATED_BULK_MAX = 16384,
    RESP_UNAUTHENTICATED_ARGUMENT_MAX = 10,
    RESP_ARGUMENT_COUNT_MAX = 0x7fffffff,
    RESP_INLINE_SIZE_MAX = 65536,
};

/* A growing array of arguments; embedded. Requests of a batch share one. */
struct resp_args {
    struct bytes *items;
    size_t count;
    size_t capacity;
};

/* Appends one argument. */
void resp_args_append(struct resp_args *args, struct bytes arg);

/* Frees the array; what the views point to is not its own. */
void resp_args_release(struct resp_args *args);

/* What parsing one request gave. */
struct resp_request {
    size_t first_arg; /* index of the first argument in the array */
    size_t arg_count;
    size_t consumed_size; /* bytes of the buffer, the request's line ends included */
    bool is_canonical;    /* a multibulk request, exactly as this server would write it */
};

enum { RESP_ERROR_SIZE = 96 };

/*
 * Parses the request at the start of a buffer. O(bytes).
 * data     written to: quoted inline arguments are unescaped in place (RESP_DONE only).
 * args     the arguments are appended; views into data.
 * request  set on RESP_DONE.
 * error    set on RESP_INVALID: the text after "-ERR ", zero-terminated.
 */
enum resp_status resp_parse_request(char *data, size_t size, const struct resp_limits *limits,
                                    struct resp_args *args, struct resp_request *request,
                                    char error[RESP_ERROR_SIZE]);

struct resp_builder;

/* Starts an empty builder. Free with resp_builder_destroy. */
struct resp_builder *resp_builder_create(void);
void resp_builder_destroy(struct resp_builder *builder);

/*
 * Feeds bytes of one multibulk request. Consumes up to the request's end.
 * On RESP_NEED_MORE all bytes were consumed.
 */
enum resp_status resp_builder_feed(struct resp_builder *builder, const char *data, size_t size,
                                   const struct resp_limits *limits, size_t *consumed_size,
                                   char error[RESP_ERROR_SIZE]);

/*
 * The place where the rest of the current argument belongs, and its size; 0 when the next bytes
 * are not inside an argument. Bytes received there are told with resp_builder_received.
 */
size_t resp_builder_place(struct resp_builder *builder, char **place);
void resp_builder_received(struct resp_builder *builder, size_t size);

/* Bytes that the builder holds. */
size_t resp_builder_memory(const struct resp_builder *builder);

/* The arguments of the complete request; owned by the builder. */
size_t resp_builder_arg_count(const struct resp_builder *builder);
struct bytes resp_builder_arg(const struct resp_builder *builder, size_t index);

/* Takes an argument out as an sds; its view stays valid as long as the new owner keeps it. */
sds resp_builder_take(struct resp_builder *builder, size_t index);

#endif
