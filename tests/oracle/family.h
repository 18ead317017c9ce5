/*
 * family: what the oracle knows about a group of commands.
 *
 * To add a family: write rows_<name>.c like the others, with
 *   - its rows: a weight and a syntax in the notation of grammar.h for each form of each command,
 *     refused forms too; new kinds of arguments are generators in grammar_values.c;
 *   - its rules: where the replies may differ, and why (without a rule they are the same bytes);
 *   - its resets: commands that undo what its rows change besides keys (a parameter of CONFIG,
 *     loaded scripts), run on both servers before each episode;
 *   - for a new type, its reader in dataset.c, which reads the value back at the end;
 * and name it in families.h and in the table of families.c. `oracle --family <name>` then tries
 * it alone; every run mixes it with all others. Commands of the family that stock 7.0.15 does not
 * have stay out: socket tests cover them.
 */
#ifndef ORACLE_FAMILY_H
#define ORACLE_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

/* How a row may be spoilt to see what is refused. */
enum row_kind {
    ROW_PLAIN, /* In any way. */
    ROW_TIMED, /* Not by swapping: a small number would be a deadline soon due. */
    ROW_WHOLE, /* Not at all. */
};

/* One form of a command. */
struct row {
    unsigned weight; /* How often, against the other rows of the family. */
    const char *syntax;
    enum row_kind kind;
};

enum rule_kind {
    RULE_UNORDERED,    /* Aggregates hold the same elements in any order. */
    RULE_NEAR,         /* Numbers differ by less than half a minute (in s or ms). */
    RULE_NUMBERS,      /* The same doubles, one of them printed with an exponent. */
    RULE_STREAM,       /* What is told of streams, but for what compare_stream.h excuses. */
    RULE_TYPES,        /* Types and counts are the same, contents are not. */
    RULE_KIND,         /* Only the type of the reply is the same. */
    RULE_NEWER,        /* Newer servers answer otherwise: `ours` and `stock` are globs. */
    RULE_NOT_IN_MULTI, /* Is not sent inside MULTI, where newer servers go on otherwise. */
    RULE_ENDS,         /* Newer servers serve a waiting client otherwise, or both answer so that
                          what they keep differs from then on: the episode ends there. */
    RULE_WAITS,        /* Newer servers let a client wait that gets `stock`: the episode ends. */
    RULE_WAKES,        /* Wakes a client that the stock server lets wait: the episode ends. */
    RULE_NOT_SENT,     /* Is not sent: newer servers leave other data behind. */
};

struct rule {
    const char *command; /* Leading arguments in capitals, such as "OBJECT REFCOUNT"; "" all. */
    enum rule_kind kind;
    const char *why;
    const char *ours;  /* Of RULE_NEWER, over the reply's bytes; NULL otherwise. */
    const char *stock; /* Of RULE_NEWER and RULE_WAITS. */
};

struct family {
    const char *name;
    const struct row *rows;
    size_t row_count;
    const struct rule *rules;
    size_t rule_count;
    const char *const *resets;
    size_t reset_count;
};

/* The table of all families. */
size_t family_count(void);
const struct family *family_at(size_t index);

/* Returns the index of the family of this name, or family_count(). */
size_t family_index(const char *name);

#endif
