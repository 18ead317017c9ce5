/*
 * aof_keeper: the AOF of a running server: loaded at start, kept while serving, rewritten, switched
 * on and off, and what happens when the disk fails.
 *
 * It joins the journal of server/ with the files of persist/: it is the keeper of the log that
 * server/durability asks.
 */
#ifndef LATCHKEY_STORAGE_AOF_KEEPER_H
#define LATCHKEY_STORAGE_AOF_KEEPER_H

#include "base/panic.h"

#include <stdbool.h>

struct aof_keeper;
struct server;

/* Told on the way; both may be NULL. */
struct aof_keeper_events {
    void *context;
    void (*loading)(void *context, double percent); /* now and then */
    void (*ready)(void *context);                   /* the data set is complete */
};

/* Creates the part and plugs it into the server. Free with aof_keeper_destroy. */
struct aof_keeper *aof_keeper_create(struct server *server, struct aof_keeper_events events);
void aof_keeper_destroy(struct aof_keeper *keeper);

/*
 * Opens the log if the configuration wants one; the loop then loads it. Returns false after logging
 * why it cannot.
 */
bool aof_keeper_start(struct aof_keeper *keeper) MUST_CHECK;

/* Writes and syncs what there is, at the end of serving. Waits. False after logging a failure. */
bool aof_keeper_stop(struct aof_keeper *keeper) MUST_CHECK;

#endif
