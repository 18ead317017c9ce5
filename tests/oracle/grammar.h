/*
 * grammar: command streams from rows, one for each form of a command.
 *
 * A row's syntax is a line of words. A word in small letters names a generator of arguments
 * (grammar_values.c); any other stands for itself. ( a | b ) chooses, [ a | b ] chooses or
 * leaves out, { a | b } too and stands anywhere among the braces next to it, and a + behind a
 * word or a bracket repeats it.
 */
#ifndef ORACLE_GRAMMAR_H
#define ORACLE_GRAMMAR_H

#include "oracle/random.h"
#include "oracle/step.h"

struct row {
    unsigned weight; /* How often, against the other rows. */
    const char *syntax;
    bool has_time; /* A small number in the wrong place would be a deadline soon due. */
};

struct row_table {
    const struct row *rows;
    size_t count;
};

extern const struct row_table string_rows;
extern const struct row_table list_rows;
extern const struct row_table key_rows;
extern const struct row_table session_rows;

struct generator {
    struct random random;
    size_t connection_count;
    size_t key_count;     /* Of the small pool of this episode. */
    unsigned big_percent; /* How many values are large in this episode. */
};

/* Appends one step or a few that belong together, most of them on this connection. */
void grammar_generate(struct generator *generator, struct episode *episode,
                      size_t connection_index);

/* Appends the arguments of a syntax to a command. */
void grammar_expand(struct generator *generator, const char *syntax, struct command_line *args);

/*
 * Appends what the generator of this name makes.
 * Returns false when there is none of this name.
 */
bool grammar_value(struct generator *generator, const char *name, size_t size,
                   struct command_line *args);

/* Appends one argument and returns it. */
struct buffer *grammar_argument(struct command_line *args);

/* Returns a random row, by weight. */
const struct row *grammar_row(struct generator *generator);

#endif
