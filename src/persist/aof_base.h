/*
 * aof_base: writes a snapshot as a base of the AOF in text form, on a thread of its own.
 *
 * The loop turns values into commands; full blocks go to the thread. Frames are closed by
 * annotation lines, as in increments.
 */
#ifndef LATCHKEY_PERSIST_AOF_BASE_H
#define LATCHKEY_PERSIST_AOF_BASE_H

#include "base/panic.h"
#include "base/sds.h"
#include "keyspace/snapshot.h"
#include "persist/background.h"

#include <stdbool.h>

struct aof_base;
struct worker;

/*
 * Creates a writer to an empty file.
 * fd                kept open, not taken.
 * worker            kept.
 * syncs_on_the_way  aof-rewrite-incremental-fsync
 */
struct aof_base *aof_base_create(int fd, struct worker *worker, struct background_wake wake,
                                 bool syncs_on_the_way);

/* Adds a line that loaders of stock servers skip; before anything else. */
void aof_base_add_note(struct aof_base *base, struct bytes line);

/* Adds a function library, as the command that loads it; before any key. */
void aof_base_add_library(struct aof_base *base, struct bytes source);

/* Frees; no work may be under way (aof_base_is_busy). NULL is accepted. */
void aof_base_destroy(struct aof_base *base);

/* Where a snapshot goes. */
struct snapshot_sink aof_base_sink(struct aof_base *base);

/* Everything has come: the rest is written, and the file synced. */
void aof_base_finish(struct aof_base *base);

/*
 * Looks for the end of the thread's work and gives it more. Returns 0, or the first -errno: then
 * nothing more is written.
 */
int aof_base_poll(struct aof_base *base) MUST_CHECK;

/* Nothing more is written. The writer may be freed when it is not busy. */
void aof_base_give_up(struct aof_base *base);

/* True while the thread has work. After aof_base_finish: until all is written and synced. */
bool aof_base_is_busy(const struct aof_base *base);

#endif
