/*
 * aof_writer: the journal's way into the current increment of the AOF.
 *
 * The loop hands over what the journal has got; the bytes are written in frames, each with its
 * annotation line (aof_line.h), by the loop itself while that is quick and no sync runs, else by a
 * thread. Syncs run on their own thread. The journal keeps bytes until they are safe, so that
 * after a failure the file is cut back and they are written anew.
 *
 * Two marks, as offsets of the journal: written (handed to the kernel) and synced.
 * All functions belong to the loop's thread and do not wait, unless they say so.
 */
#ifndef LATCHKEY_PERSIST_AOF_WRITER_H
#define LATCHKEY_PERSIST_AOF_WRITER_H

#include "base/panic.h"
#include "persist/background.h"

#include <stdbool.h>
#include <stdint.h>

struct aof_writer;
struct journal;
struct worker;

/* In the order of the choices of appendfsync. */
enum aof_policy { AOF_EVERYSEC, AOF_ALWAYS, AOF_NO };

/* A file to append to. */
struct aof_target {
    int fd;         /* taken */
    uint64_t size;  /* bytes in it, all of them sound and synced */
    uint64_t chain; /* the last checksum in it; of an empty file the seed of its first line */
};

/* What went wrong last. */
struct aof_failure {
    int error; /* 0 or -errno */
    bool in_sync;
};

struct aof_marks {
    uint64_t written;
    uint64_t synced;
};

/*
 * Creates the part with its threads. Free with aof_writer_destroy.
 * journal  kept
 * closer   closes files, which may take long when they were deleted meanwhile; kept
 */
struct aof_writer *aof_writer_create(struct journal *journal, struct worker *closer,
                                     struct background_wake wake);

/* Frees; an open file is left as it is. May wait for threads. NULL is accepted. */
void aof_writer_destroy(struct aof_writer *writer);

/* Begins to append what the journal gets from now on. */
void aof_writer_open(struct aof_writer *writer, const struct aof_target *target);
bool aof_writer_is_open(const struct aof_writer *writer);

/*
 * From now on what the journal gets goes into another file. What came before still goes into the
 * old one, and is synced first. target->chain is set here: the files are one chain.
 */
void aof_writer_switch(struct aof_writer *writer, struct aof_target *target);

/* True while the file before the last switch is not complete yet. */
bool aof_writer_is_switching(const struct aof_writer *writer);

/*
 * Begins to end: writes and syncs everything that the journal has got, says so in the file, and
 * closes it. The journal must get nothing more meanwhile; marks go on moving.
 * is_clean false: drops what was not written.
 */
void aof_writer_begin_end(struct aof_writer *writer, bool is_clean);

/*
 * True when the end has come: the writer is closed then. *error: 0, or -errno when something could
 * not be made safe.
 */
bool aof_writer_take_end(struct aof_writer *writer, int *error);

/* Both, waiting. Returns the error. */
int aof_writer_close(struct aof_writer *writer, bool is_clean) MUST_CHECK;

/* When to sync; is_paused: not for now (while a rewrite runs, if so configured). */
void aof_writer_set_policy(struct aof_writer *writer, enum aof_policy policy, bool is_paused);

/* Writes what the journal has got, or has it written, or leaves it to the end of what runs. */
void aof_writer_hand_over(struct aof_writer *writer);

/* Looks for the end of what threads do, and goes on. */
void aof_writer_poll(struct aof_writer *writer);

/*
 * Timers: starts syncs that are due, tries again after failures.
 * may_delay_bytes  when more than this waits to be synced, a sync starts before its time.
 * Returns in how many ms it is due again.
 */
int64_t aof_writer_run(struct aof_writer *writer, int64_t now_ms, uint64_t may_delay_bytes);

/* How far the log is written, and synced. */
struct aof_marks aof_writer_marks(const struct aof_writer *writer);

/* What keeps it from writing; error 0 while all is well. */
struct aof_failure aof_writer_failure(const struct aof_writer *writer);

/* Makes it fail for a reason found elsewhere (its file is gone), until it is opened anew. */
void aof_writer_abandon(struct aof_writer *writer, int error);

/* Bytes of the journal that it keeps; bytes of the current file; both for INFO and limits. */
uint64_t aof_writer_backlog(const struct aof_writer *writer);
uint64_t aof_writer_file_size(const struct aof_writer *writer);

/* The current file's descriptor, -1 when closed. */
int aof_writer_fd(const struct aof_writer *writer);

/* True while a sync is under way. */
bool aof_writer_is_syncing(const struct aof_writer *writer);

/* How long the last sync took, when it ended (monotonic), and how many writes a sync delayed. */
int64_t aof_writer_last_sync_ns(const struct aof_writer *writer);
int64_t aof_writer_last_sync_end_ns(const struct aof_writer *writer);
int64_t aof_writer_delayed_count(const struct aof_writer *writer);

#endif
