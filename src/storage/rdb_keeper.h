/*
 * rdb_keeper: the dump file of a running server: written in the background or at once, by save
 * points, at the end; loaded at start.
 *
 * It joins the snapshots of keyspace/ with the files of persist/: it is the saver that
 * server/saving asks.
 */
#ifndef LATCHKEY_STORAGE_RDB_KEEPER_H
#define LATCHKEY_STORAGE_RDB_KEEPER_H

#include "base/panic.h"
#include "persist/rdb_writer.h"

#include <stdbool.h>

struct rdb_keeper;
struct server;

/* Told on the way; both may be NULL. */
struct rdb_keeper_events {
    void *context;
    void (*loading)(void *context, double percent); /* now and then */
    void (*ready)(void *context);                   /* the data set is complete */
};

/* Creates the part and plugs it into the server. Free with rdb_keeper_destroy. */
struct rdb_keeper *rdb_keeper_create(struct server *server, struct rdb_keeper_events events);
void rdb_keeper_destroy(struct rdb_keeper *keeper);

/*
 * Opens the dump file, if there is one; the loop then loads it. Returns false after logging why
 * that is impossible.
 */
bool rdb_keeper_start(struct rdb_keeper *keeper) MUST_CHECK;

/* How the settings want RDB files to be written. */
struct rdb_writer_options rdb_keeper_writer_options(const struct server *server);

/* Gives up what is being written, at the end of serving. Waits. */
void rdb_keeper_stop(struct rdb_keeper *keeper);

#endif
