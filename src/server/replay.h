/*
 * replay: runs the commands of a log: no gates, no replies, nothing recorded.
 *
 * Only commands that a log can hold are run: writes, SELECT, MULTI and EXEC. A command that cannot
 * be right (unknown, wrong arity, one that answers an error) is refused: the log is damaged.
 */
#ifndef LATCHKEY_SERVER_REPLAY_H
#define LATCHKEY_SERVER_REPLAY_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>

struct replay;
struct server;

/* A command among the arguments of a batch. */
struct replay_command {
    const struct bytes *args;
    size_t argc;
};

enum { REPLAY_BATCH_MAX = 256 };

/* Creates a player in database 0. Free with replay_destroy. */
struct replay *replay_create(struct server *server);
void replay_destroy(struct replay *replay);

/*
 * Runs commands in order; keys are brought into the cache ahead. Returns their number, or the index
 * of the first that cannot be right; then *error says why (an sds for the caller).
 * count  at most REPLAY_BATCH_MAX.
 */
size_t replay_run(struct replay *replay, const struct replay_command *commands, size_t count,
                  sds *error);

/* Goes back to database 0: each file begins there. */
void replay_begin_file(struct replay *replay);

/* True between MULTI and EXEC. */
bool replay_is_in_transaction(const struct replay *replay);

/* Forgets a transaction that has no end. */
void replay_drop_transaction(struct replay *replay);

#endif
