/*
 * step: one thing that happens in an episode, and the list of all of them.
 *
 * An episode starts on empty servers with fresh connections, so that it can be run again, in
 * part, until only what makes the difference is left.
 */
#ifndef ORACLE_STEP_H
#define ORACLE_STEP_H

#include "support/command_line.h"

#include <stdbool.h>
#include <stddef.h>

enum { CONNECTION_LIMIT = 8, DATABASE_COUNT = 4 };

enum step_kind {
    STEP_COMMAND,       /* A command on a connection. */
    STEP_UNBLOCK,       /* CLIENT UNBLOCK of the connection, from outside. */
    STEP_UNBLOCK_ERROR, /* The same with ERROR. */
    STEP_RECONNECT,     /* The connection is closed and opened again. */
    STEP_RAW,           /* Bytes as they are: the only argument. */
    STEP_WAIT,          /* A few milliseconds pass. */
};

struct step {
    enum step_kind kind;
    size_t connection_index;
    bool is_inline;           /* Sent as a line of text, not as an array. */
    bool is_joined;           /* Sent in one piece with the step before on this connection. */
    unsigned cut_percent;     /* Where the request is cut in two; 0 nowhere. */
    struct command_line args; /* Of STEP_COMMAND and STEP_RAW. */
};

struct episode {
    struct step *steps;
    size_t count;
    size_t capacity;
};

/* Appends a step and returns it; valid until the next append. */
struct step *episode_append(struct episode *episode, enum step_kind kind, size_t connection_index);

/* Frees all steps. */
void episode_release(struct episode *episode);

/*
 * Appends the steps of a line: "SET k v ; B> BLPOP l 0 ; B> !unblock ; B> + GET k". Connections
 * are letters; !unblock, !unblock-error, !reconnect, !raw and !wait are the other kinds of step. A
 * + of its own in front means "in one piece with the step before", a ~ "as a line of text", a / and
 * a number where the request is cut, in percent.
 */
void episode_parse(struct episode *episode, const char *line);

/* Returns the word for a kind of step, "" for STEP_COMMAND. */
const char *step_kind_name(enum step_kind kind);

/* Appends a copy of a step. */
void episode_append_copy(struct episode *episode, const struct step *step);

/* Appends the step as it stands in such a line. */
void step_print(const struct step *step, struct buffer *text);

/* Appends the request's bytes. */
void step_encode(const struct step *step, struct buffer *request);

/* True when the argument is this word, whatever its case. */
bool step_argument_is(const struct step *step, size_t index, const char *word);

#endif
