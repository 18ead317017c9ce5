/*
 * propagate: the effects of writes, in order, to those who record them: the journal as RESP, and
 * sinks as arguments. One request's effects become one command, or a transaction when they are
 * several.
 */
#ifndef LATCHKEY_SERVER_PROPAGATE_H
#define LATCHKEY_SERVER_PROPAGATE_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>

struct effects;
struct journal;
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

/*
 * Records into a journal from now on, or into none (NULL). The next effect selects its database.
 * journal: kept.
 */
void propagate_set_journal(struct propagate *propagate, struct journal *journal);

/* Whether a line with the time goes into the journal, for its file, when the second has changed. */
void propagate_set_timestamps(struct propagate *propagate, bool are_wanted);

/*
 * Who is told of each command once it and what belongs to it are in the journal; NULL: nobody.
 * Borrowed bytes; SELECT, MULTI, EXEC and annotations of this part are not told.
 */
typedef void (*effect_observer)(void *context, const struct bytes *args, size_t argc);
void propagate_set_observer(struct propagate *propagate, effect_observer observer, void *context);

/* Makes the next effect select its database: before a cut of the journal. */
void propagate_force_select(struct propagate *propagate);

/* True when somebody records: else effects need not be built. */
bool propagate_is_active(const struct propagate *propagate);

/* The effects of the request (or transaction) that runs now; they belong to this part. */
struct effects *propagate_effects(struct propagate *propagate);

/* Appends one command to the effects; the bytes are copied. Nothing is done without a sink. */
void effects_add(struct effects *effects, int database_index, const struct bytes *args,
                 size_t argc);

/* The same for some of those who record: targets are those of the journal (JOURNAL_FILE, …). */
void effects_add_for(struct effects *effects, unsigned targets, int database_index,
                     const struct bytes *args, size_t argc);

/*
 * Puts a line of these words before the next command, into the journal's file only: loaders of
 * stock servers skip it.
 */
void effects_annotate(struct effects *effects, int database_index, const struct bytes *words,
                      size_t count);

/*
 * Between begin and end (EXEC, scripts) effects are gathered and become one transaction.
 * Calls nest; only the outermost counts.
 */
void propagate_begin_transaction(struct propagate *propagate);
void propagate_end_transaction(struct propagate *propagate);

/*
 * Records a request that is its own effect by the bytes it came in, and ends it. Returns false, and
 * does nothing, when it must go the long way: there are other effects, an open transaction, or a
 * sink that wants arguments. args, argc: the same request.
 */
bool propagate_verbatim(struct propagate *propagate, int database_index, struct bytes request,
                        const struct bytes *args, size_t argc);

/* From now on nothing is recorded: the server stops in the middle of a request. */
void propagate_abandon(struct propagate *propagate);

/* Ends a request: unless a transaction is open, hands its effects to the sinks and empties them. */
void propagate_flush(struct propagate *propagate);

/*
 * As propagate_flush for effects that do not belong together (keys that expired): no transaction.
 */
void propagate_flush_singly(struct propagate *propagate);

#endif
