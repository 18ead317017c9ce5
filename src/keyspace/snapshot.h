/*
 * snapshot: the dataset as it stands at one moment, handed out in slices while it goes on changing.
 *
 * Beginning flips the keyspace's epoch: entries born after that carry the new bit. The walk goes
 * over all tables and hands each entry that carries the old bit to a sink; an entry that is about
 * to change or to go is handed over before. So each entry is handed over exactly once, as it stood
 * when the snapshot began, in any order. One snapshot at a time.
 *
 * A large value is kept (value_ops_keep) and handed over in pieces. Between its pieces the sink may
 * get other entries: it puts them behind the large value or somewhere else.
 *
 * Whoever begins reads everything else that belongs to the same moment (the journal's offset) in
 * the same breath, before anything can change.
 */
#ifndef LATCHKEY_KEYSPACE_SNAPSHOT_H
#define LATCHKEY_KEYSPACE_SNAPSHOT_H

#include "base/panic.h"
#include "base/sds.h"
#include "types/value_piece.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keyspace;
struct snapshot;
struct value;

/* A key of the snapshot. Everything is borrowed for the call. */
struct snapshot_item {
    int database_index; /* at the beginning of the snapshot */
    struct bytes key;
    const struct value *value; /* not to be read in begin_value: the pieces follow */
    int64_t deadline_ms;       /* -1 without */
    int64_t idle_seconds;      /* 0 under an LFU policy */
    unsigned frequency;        /* 0 under another */
};

/* Who writes the snapshot down. All functions are called on the loop's thread. */
struct snapshot_sink {
    void *context;
    /* Takes a key with its whole value. May come between the pieces of a large value. */
    void (*write)(void *context, const struct snapshot_item *item);
    /* Takes a large value: begin, pieces until all have come, end. One at a time. */
    void (*begin_value)(void *context, const struct snapshot_item *item,
                        const struct value_shape *shape);
    void (*piece)(void *context, const struct value_piece *piece);
    void (*end_value)(void *context);
    /* False while so much waits to be written that the walk should pause. */
    bool (*has_room)(void *context);
};

/* What there was when the snapshot began, for progress and for hints in a file. */
struct snapshot_counts {
    size_t key_count;
    size_t deadline_count;
};

enum snapshot_status {
    SNAPSHOT_RUNNING, /* the time was used up */
    SNAPSHOT_PAUSED,  /* the sink has no room */
    SNAPSHOT_DONE,    /* everything was handed over, or the aborted snapshot is through */
};

/*
 * Begins: the snapshot is of this moment. O(databases). NULL while another one runs, or an aborted
 * one is not through yet.
 * element_max  values above about this number of elements are handed over in pieces.
 */
struct snapshot *snapshot_begin(struct keyspace *keyspace, const struct snapshot_sink *sink,
                                size_t element_max);

/* True while no snapshot runs, and no aborted one is on its way to its end. */
bool snapshot_may_begin(const struct keyspace *keyspace);

/* For tests: each key takes so long at least; the walk says SNAPSHOT_PAUSED meanwhile. 0: none. */
void snapshot_set_delay(struct snapshot *snapshot, int64_t delay_us);

/* Who else wants the thread that walks. */
enum snapshot_company {
    SNAPSHOT_ALONE,
    SNAPSHOT_AMONG_OTHERS, /* requests come and go: the walk takes at most a quarter of the time */
    SNAPSHOT_BEFORE_OTHERS /* requests wait just now: it waits for a moment without, a while */
};

/*
 * Whom the walk makes way for, from now on: while it does, snapshot_run says SNAPSHOT_RUNNING at
 * once. What writes the snapshot works less, too. A sixteenth of the time is its own.
 */
void snapshot_make_way(struct snapshot *snapshot, enum snapshot_company company);

/* In how many milliseconds to call snapshot_run again: 0 unless it makes way. NULL is accepted. */
int64_t snapshot_rest_ms(const struct snapshot *snapshot);

/* Walks on for about budget_us. Call until SNAPSHOT_DONE, then snapshot_destroy. */
enum snapshot_status snapshot_run(struct snapshot *snapshot, int64_t budget_us);

/*
 * Gives up: the sink hears nothing more. The walk must go on (snapshot_run) until SNAPSHOT_DONE,
 * because every entry has to carry the same bit before the next snapshot can begin.
 */
void snapshot_abort(struct snapshot *snapshot);

/*
 * Frees. A snapshot that is not done may only be destroyed right before its keyspace is (the
 * entries' bits are left in disorder).
 */
void snapshot_destroy(struct snapshot *snapshot);

/* Keys and deadlines of a database (by its number then), and of all, when the snapshot began. */
struct snapshot_counts snapshot_counts(const struct snapshot *snapshot, size_t database_index);
struct snapshot_counts snapshot_total_counts(const struct snapshot *snapshot);

/* Keys handed over so far. */
size_t snapshot_done_count(const struct snapshot *snapshot);

#endif
