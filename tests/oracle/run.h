/*
 * run: an episode on both servers at once, up to the first difference.
 */
#ifndef ORACLE_RUN_H
#define ORACLE_RUN_H

#include "oracle/link.h"
#include "oracle/step.h"

enum { RUN_COMMAND_SIZE = 24 };

struct run_result {
    size_t sent_count;              /* Commands that both servers got. */
    char command[RUN_COMMAND_SIZE]; /* Whose reply differs, or "dataset"; "" when nothing does. */
    struct buffer difference;       /* What differs, for people; empty when nothing does. */
};

/* Runs the episode on the emptied servers. Release the result's text. */
struct run_result run_episode(struct link *ours, struct link *stock, const struct episode *episode);

#endif
