/*
 * aof_keeper_internal: the keeper's state, shared by its files: serving (aof_keeper.c), loading
 * (aof_load.c), rewriting (aof_rewrite.c), INFO (aof_info.c).
 */
#ifndef LATCHKEY_STORAGE_AOF_KEEPER_INTERNAL_H
#define LATCHKEY_STORAGE_AOF_KEEPER_INTERNAL_H

#include "base/sds.h"
#include "persist/aof_directory.h"
#include "persist/aof_loader.h"
#include "persist/aof_writer.h"
#include "persist/background.h"
#include "persist/group_wait.h"
#include "storage/aof_keeper.h"

#include <stdint.h>

struct base_writer;
struct rdb_loader;
struct replay;
struct snapshot;
struct worker;

enum keeper_state {
    KEEPER_OFF,
    KEEPER_LOADING,
    KEEPER_OPENING,  /* switched on: a rewrite makes its files, and begins it with its walk */
    KEEPER_STARTING, /* it counts once its first base is complete */
    KEEPER_ON,
    KEEPER_CLOSING, /* it is completed and closed; then it is off, or begins anew */
};

enum rewrite_phase {
    REWRITE_IDLE,
    REWRITE_PREPARING, /* a new increment and the file of the base are made */
    REWRITE_PREPARED,  /* they are there; the walk can begin */
    REWRITE_WALKING,   /* the base is written */
    REWRITE_INSTALLING,
    REWRITE_GIVING_UP, /* the walk goes to its end without writing, and files are dropped */
};

struct aof_rewrite {
    enum rewrite_phase phase;
    bool is_scheduled;
    bool is_rdb;                        /* the form of the base */
    enum aof_continuation continuation; /* what goes on behind it */
    struct snapshot *snapshot;
    struct base_writer *base;
    int base_fd;                 /* a task's while one runs; -1 = none */
    struct aof_target increment; /* likewise; fd -1 = none */
    sds open_problem;            /* likewise: why the directory cannot be opened, or NULL */
    int64_t start_ms;
    int64_t last_seconds; /* -1 = none yet */
    int64_t count;
    int64_t failures_in_row;
    int64_t next_try_ms;
    bool last_failed;
};

struct aof_keeper {
    struct server *server;
    struct aof_keeper_events events;
    enum keeper_state state;
    struct aof_writer *writer;
    struct group_wait group_wait;
    struct aof_directory directory; /* a task's while one runs */
    struct background task;
    struct worker *task_worker;
    struct aof_rewrite rewrite;
    struct aof_loader *loader;
    struct replay *replay;
    int64_t load_start_ms;
    int64_t load_told_ms;
    struct rdb_loader *rdb_loader; /* of the RDB part of a file */
    uint64_t base_size;            /* bytes of base and increments when the last rewrite ended */
    uint64_t complete_size;        /* bytes of all files but the current increment */
    int64_t lost_check_ms;
    bool is_failing;
};

/* ---- aof_load.c ---- */

/* Begins to load what the directory holds. */
void aof_load_begin(struct aof_keeper *keeper);

/* Frees what loading needed. */
void aof_load_release(struct aof_keeper *keeper);

/* Goes on for a slice. Ends loading when it is over, by stopping the server when it failed. */
void aof_load_step(struct aof_keeper *keeper);

/*
 * Drops the dataset and loads what the directory holds; the log is closed before. Waits. False when
 * that failed: then the server stops.
 */
bool aof_load_now(struct aof_keeper *keeper);

/* ---- aof_keeper.c ---- */

/* The log is complete up to now: what follows is recorded into this file. */
void aof_keeper_serve(struct aof_keeper *keeper, const struct aof_target *target);

/* Drops the log and begins a new one. */
void aof_keeper_restart(struct aof_keeper *keeper);

/* Applies the settings. */
void aof_keeper_apply_settings(struct aof_keeper *keeper);

/* Wakes the loop from a thread. */
struct background_wake aof_keeper_wake(struct aof_keeper *keeper);

/* ---- aof_rewrite.c ---- */

/* Starts a rewrite; none is under way. Under KEEPER_OPENING it makes the log's first base. */
void aof_rewrite_start(struct aof_keeper *keeper);

/* Takes finished work, and goes on with the walk for a slice. True when it wants to run at once. */
bool aof_rewrite_run(struct aof_keeper *keeper, int64_t now_ms);

/* Calls a rewrite off that runs; what it has made is dropped by a thread. */
void aof_rewrite_call_off(struct aof_keeper *keeper);

/* True while files of a rewrite are open, or a thread has the directory. */
bool aof_rewrite_has_files(const struct aof_keeper *keeper);

/* Calls it off, and waits for that; the walk may have to go on. */
void aof_rewrite_abort(struct aof_keeper *keeper);

/* Frees what a walk needs, right before the keyspace goes. */
void aof_rewrite_release(struct aof_keeper *keeper);

/* ---- aof_info.c ---- */

/* Appends the fields of INFO persistence. */
sds aof_info_describe(struct aof_keeper *keeper, sds text) __attribute__((warn_unused_result));

/* Bytes of the whole log now. */
uint64_t aof_info_size(const struct aof_keeper *keeper);

#endif
