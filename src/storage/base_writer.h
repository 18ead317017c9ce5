/*
 * base_writer: writes the base of the AOF, as RDB or as commands (aof-use-rdb-preamble).
 */
#ifndef LATCHKEY_STORAGE_BASE_WRITER_H
#define LATCHKEY_STORAGE_BASE_WRITER_H

#include "base/panic.h"
#include "keyspace/snapshot.h"
#include "persist/background.h"

#include <stdbool.h>

struct base_writer;
struct server;
struct worker;

/*
 * Creates a writer to an empty file, in the form that the settings say. fd: kept open, not taken.
 */
struct base_writer *base_writer_create(const struct server *server, int fd, struct worker *worker,
                                       struct background_wake wake);

/* Frees; no work may be under way. NULL is accepted. */
void base_writer_destroy(struct base_writer *writer);

/* True when the base is an RDB file. */
bool base_writer_is_rdb(const struct base_writer *writer);

/* Where the snapshot goes, and which one it is: right after it has begun; kept until the finish. */
struct snapshot_sink base_writer_sink(struct base_writer *writer);
void base_writer_set_snapshot(struct base_writer *writer, const struct snapshot *snapshot);

/* Everything has come: the rest is written, and the file synced. */
void base_writer_finish(struct base_writer *writer);

/* Takes what the thread has finished. Returns 0, or the first -errno. */
int base_writer_poll(struct base_writer *writer) MUST_CHECK;

/* Nothing more is written. Only while the worker is idle. */
void base_writer_give_up(struct base_writer *writer);

/* True while the thread has work; after the finish until all is written and synced. */
bool base_writer_is_busy(const struct base_writer *writer);

#endif
