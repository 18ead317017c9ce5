/*
 * shrink: the few steps of an episode that make the difference.
 */
#ifndef ORACLE_SHRINK_H
#define ORACLE_SHRINK_H

#include "oracle/run.h"

/*
 * Removes steps from the episode as long as the servers still differ.
 * command  what the difference is about (run_result.command).
 */
void shrink_episode(struct link *ours, struct link *stock, const char *command,
                    struct episode *episode);

#endif
