/*
 * reply: writes RESP2 or RESP3 replies into one contiguous buffer.
 *
 * The buffer starts in memory that the caller lends (the write arena of a turn); a reply that does
 * not fit moves into an sds of its own. The protocol version decides how nulls, maps, sets,
 * doubles and booleans look; callers say what they mean.
 */
#ifndef LATCHKEY_PROTO_REPLY_H
#define LATCHKEY_PROTO_REPLY_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESP2 = 2, RESP3 = 3 };

struct reply {
    char *start;       /* first byte written */
    char *at;          /* next byte to write */
    char *limit;       /* end of the room */
    sds own;           /* NULL while in lent memory, else holds start … limit */
    uint8_t protocol;  /* RESP2 or RESP3 */
    uint32_t errors;   /* error replies written so far */
    size_t last_error; /* offset from start of the newest error reply */
};

/* Starts a reply in lent memory of `size` bytes (may be 0). */
void reply_init(struct reply *reply, char *memory, size_t size, int protocol);

/* Frees memory of its own. What was written is dead. */
void reply_release(struct reply *reply);

/* What was written so far. */
struct bytes reply_written(const struct reply *reply);

/* Drops what was written behind this length. */
void reply_truncate(struct reply *reply, size_t length);

/* Makes room for `size` more bytes and returns where to write them; then add to reply->at. */
char *reply_reserve(struct reply *reply, size_t size);

/* "+OK\r\n" and "+QUEUED\r\n" are asked for so often that they have functions. */
void reply_ok(struct reply *reply);
void reply_queued(struct reply *reply);

/* "+text". text: without line breaks; those in bytes become spaces. */
void reply_simple(struct reply *reply, const char *text);
void reply_simple_bytes(struct reply *reply, struct bytes text);

/*
 * "-text". The text starts with its code ("ERR …", "WRONGTYPE …"). Line breaks in it (a client may
 * have sent them) become spaces.
 */
void reply_error(struct reply *reply, const char *text);
void reply_error_format(struct reply *reply, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void reply_error_bytes(struct reply *reply, struct bytes text);

/* The errors that many commands share. */
void reply_wrong_type(struct reply *reply);
void reply_syntax_error(struct reply *reply);
void reply_not_an_integer(struct reply *reply); /* "ERR value is not an integer or out of range" */
void reply_out_of_range(struct reply *reply);   /* "ERR index out of range" */
void reply_no_such_key(struct reply *reply);

/* Replies of one element, in the form of the protocol version. */
void reply_integer(struct reply *reply, int64_t value);
void reply_bulk(struct reply *reply, struct bytes value);
void reply_bulks(struct reply *reply, const struct bytes *values, size_t count); /* in a row */
void reply_bulk_text(struct reply *reply, const char *text);
void reply_bulk_integer(struct reply *reply, int64_t value);
void reply_null(struct reply *reply);       /* $-1 or _ */
void reply_null_array(struct reply *reply); /* *-1 or _ */
void reply_double(struct reply *reply, double value);
void reply_bool(struct reply *reply, bool value);
void reply_big_number(struct reply *reply, struct bytes digits);

/* A verbatim string; format is three letters such as "txt". A bulk in RESP2. */
void reply_verbatim(struct reply *reply, const char *format, struct bytes text);

/* Heads of aggregates; the elements follow. A map of n pairs is an array of 2n in RESP2. */
void reply_array(struct reply *reply, size_t count);
void reply_map(struct reply *reply, size_t pair_count);
void reply_set(struct reply *reply, size_t count);
void reply_push(struct reply *reply, size_t count);
void reply_attribute(struct reply *reply, size_t pair_count); /* RESP3 only (asserted) */

/*
 * An aggregate whose length is known only at its end: begin returns a mark, end writes the head in
 * front of what was written since. O(bytes since). May be nested.
 */
size_t reply_begin(struct reply *reply);
void reply_end_array(struct reply *reply, size_t mark, size_t count);
void reply_end_map(struct reply *reply, size_t mark, size_t pair_count);
void reply_end_set(struct reply *reply, size_t mark, size_t count);

/*
 * Puts a bulk in front of what was written since the mark: for a value that is known only at the
 * end, such as the cursor of SCAN.
 */
void reply_end_behind(struct reply *reply, size_t mark, struct bytes value);

/* Moves what was written out of lent memory. */
void reply_own(struct reply *reply);

/*
 * Appends another reply and releases it. One that was begun in the unused part of this reply's
 * memory, and has not outgrown that, costs nothing.
 */
void reply_take(struct reply *reply, struct reply *other);

/* Appends bytes that are a complete reply already. */
void reply_raw(struct reply *reply, struct bytes encoded);

/* An array of the lines, then the two lines about HELP that every HELP reply ends with. */
void reply_help(struct reply *reply, const char *command, const char *const lines[], size_t count);

#endif
