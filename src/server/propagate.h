/*
 * propagate: the effects of writes, in order, to those who record them: the journal later, tests
 * now. One request's effects become one command, or a transaction when they are several.
 */
#ifndef LATCHKEY_SERVER_PROPAGATE_H
#define LATCHKEY_SERVER_PROPAGATE_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>

struct effects;
struct propagate;

/* A row of the table that app plugs in: who records effects. Called once for each command. */
struct effect_sink {
    const char *name;
    void (*write)(void *context, int database_index, const struct bytes *args, size_t argc);
    void *context;
};

/* Creates the part; the rows are kept. */
struct propagate *propagate_create(const struct effect_sink *sinks, size_t sink_count);
void propagate_destroy(struct propagate *propagate);

/* True when there is a sink: else effects need not be built. */
bool propagate_is_active(const struct propagate *propagate);

/* The effects of the request (or transaction) that runs now; they belong to this part. */
struct effects *propagate_effects(struct propagate *propagate);

/* Appends one command to the effects; the bytes are copied. Nothing is done without a sink. */
void effects_add(struct effects *effects, int database_index, const struct bytes *args,
                 size_t argc);

/*
 * Between begin and end (EXEC, scripts) effects are gathered and become one transaction.
 * Calls nest; only the outermost counts.
 */
void propagate_begin_transaction(struct propagate *propagate);
void propagate_end_transaction(struct propagate *propagate);

/* Ends a request: unless a transaction is open, hands its effects to the sinks and empties them. */
void propagate_flush(struct propagate *propagate);

#endif
