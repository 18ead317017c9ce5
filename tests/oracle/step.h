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
};

struct step {
    enum step_kind kind;
    size_t connection_index;
    bool is_inline;           /* Sent as a line of text, not as an array. */
    struct command_line args; /* Of STEP_COMMAND. */
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
 * Appends the steps of a line: "SET k v ; B> BLPOP l 0 ; B> !unblock". Connections are letters;
 * !unblock, !unblock-error and !reconnect are the other kinds of step.
 */
void episode_parse(struct episode *episode, const char *line);

/* Appends the step as it stands in such a line. */
void step_print(const struct step *step, struct buffer *text);

/* Appends the request's bytes. */
void step_encode(const struct step *step, struct buffer *request);

/* True when the argument is this word, whatever its case. */
bool step_argument_is(const struct step *step, size_t index, const char *word);

#endif
