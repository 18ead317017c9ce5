/*
 * rdb_writer: writes a snapshot as an RDB file, on a thread of its own.
 *
 * The loop turns values into bytes; full blocks go to the thread, which checksums and writes them.
 * Used for dump files and for bases of the AOF.
 */
#ifndef LATCHKEY_PERSIST_RDB_WRITER_H
#define LATCHKEY_PERSIST_RDB_WRITER_H

#include "base/panic.h"
#include "base/sds.h"
#include "keyspace/snapshot.h"
#include "persist/background.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_writer;
struct worker;

struct rdb_writer_options {
    bool compresses;          /* rdbcompression */
    bool checksums;           /* rdbchecksum: else the footer is zero */
    bool syncs_on_the_way;    /* rdb-save-incremental-fsync, or the AOF's option */
    bool is_aof_base;         /* noted in the file */
    bool has_field_deadlines; /* some hash has them: the file needs version 12 */
    bool by_frequency;        /* keys carry their LFU counter */
    bool by_idle_time;        /* keys carry the seconds since their last access */
    uint64_t lock_token;      /* the last one that a lock got */
    const char *version;      /* of the server, noted in the file; kept */
};

/*
 * Creates a writer to an empty file.
 * fd      kept open, not taken; -1: it is not open yet, see rdb_writer_set_file
 * worker  kept
 */
struct rdb_writer *rdb_writer_create(int fd, const struct rdb_writer_options *options,
                                     struct worker *worker, struct background_wake wake);

/* The file is open now: what has been gathered until then is written. */
void rdb_writer_set_file(struct rdb_writer *writer, int fd);

/* Adds a function library; before any key. */
void rdb_writer_add_library(struct rdb_writer *writer, struct bytes source);

/* Frees; no work may be under way (rdb_writer_is_busy). NULL is accepted. */
void rdb_writer_destroy(struct rdb_writer *writer);

/* Where a snapshot goes. */
struct snapshot_sink rdb_writer_sink(struct rdb_writer *writer);

/* Names the snapshot, whose counts go into the file as hints. snapshot: kept until the finish. */
void rdb_writer_set_snapshot(struct rdb_writer *writer, const struct snapshot *snapshot);

/* Everything has come: the rest is written, and the file synced. */
void rdb_writer_finish(struct rdb_writer *writer);

/*
 * Looks for the end of the thread's work and gives it more. Returns 0, or the first -errno: then
 * nothing more is written.
 */
int rdb_writer_poll(struct rdb_writer *writer) MUST_CHECK;

/* Nothing more is written. The writer may be freed when it is not busy. */
void rdb_writer_give_up(struct rdb_writer *writer);

/* True while the thread has work. After rdb_writer_finish: until all is written and synced. */
bool rdb_writer_is_busy(const struct rdb_writer *writer);

#endif
