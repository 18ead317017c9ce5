/*
 * grammar: command streams from rows, one for each form of a command.
 *
 * A row's syntax is a line of words. A word in small letters names a generator of arguments
 * (grammar_values.c); any other stands for itself. ( a | b ) chooses, [ a | b ] chooses or
 * leaves out, { a | b } too and stands anywhere among the braces next to it, and a + behind a
 * word or a bracket repeats it. Several commands of a row are separated by semicolons; !wait
 * stands for the time in which a deadline of one or two milliseconds passes, !raw sends its
 * argument as it is.
 */
#ifndef ORACLE_GRAMMAR_H
#define ORACLE_GRAMMAR_H

#include "oracle/family.h"
#include "oracle/random.h"
#include "oracle/step.h"

struct generator {
    struct random random;
    size_t connection_count;
    size_t key_count; /* Of the small pool of this episode. */
    size_t focus;     /* Index of the family that most commands come from. */
    unsigned focus_percent;
    unsigned big_percent; /* How many values are large in this episode. */
    struct buffer key;    /* The last one, for key-again. */
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

/* Appends the text of a script. */
void grammar_script(struct generator *generator, struct command_line *args);

/* Appends a longitude and a latitude. */
void grammar_place(struct generator *generator, struct command_line *args);

/* Appends a length in any unit. */
void grammar_length(struct generator *generator, struct command_line *args);

/* Appends the text of a function library. */
void grammar_library(struct generator *generator, struct command_line *args);

/* Appends one argument and returns it. */
struct buffer *grammar_argument(struct command_line *args);

/* Returns a random row, by weight. */
const struct row *grammar_row(struct generator *generator);

#endif
