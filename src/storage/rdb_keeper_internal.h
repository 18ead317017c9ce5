/*
 * rdb_keeper_internal: the keeper's state, shared by its files: saving (rdb_keeper.c), loading
 * (rdb_load.c).
 */
#ifndef LATCHKEY_STORAGE_RDB_KEEPER_INTERNAL_H
#define LATCHKEY_STORAGE_RDB_KEEPER_INTERNAL_H

#include "base/sds.h"
#include "persist/background.h"
#include "server/saving.h"
#include "storage/rdb_keeper.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_loader;
struct rdb_writer;
struct snapshot;
struct worker;

enum save_phase {
    SAVE_IDLE,
    SAVE_WALKING,    /* the file is written */
    SAVE_INSTALLING, /* it gets its name (a thread) */
    SAVE_GIVING_UP,  /* the walk goes to its end without writing, and files are dropped */
};

enum { RDB_NAME_SIZE = 64 };

struct rdb_keeper {
    struct server *server;
    struct rdb_keeper_events events;
    struct worker *worker;
    enum save_phase phase;
    struct snapshot *snapshot;
    struct rdb_writer *writer;
    int directory_fd; /* -1 = none */
    int fd;           /* a task's while one runs; -1 = none */
    char temp_name[RDB_NAME_SIZE];
    sds name; /* that the file gets */
    struct background task;
    bool is_in_background; /* the save: nobody waits for its end */
    bool has_failed;       /* the last save */
    int64_t dirty_before;
    int64_t next_try_ms;       /* by save points, after a failure */
    struct rdb_loader *loader; /* NULL when nothing is loaded */
    int load_fd;               /* -1 = none */
    bool load_replaces;        /* libraries of the file replace those of the same names */
    int64_t load_start_ms;
    int64_t load_told_ms;
    int64_t codec_due_ms; /* by then the libraries of files are looked for; 0: done */
};

/* ---- rdb_load.c ---- */

/* Frees what loading needed. */
void rdb_load_release(struct rdb_keeper *keeper);

/* Goes on loading for a slice. Ends it when it is over, by stopping the server when it failed. */
void rdb_load_step(struct rdb_keeper *keeper);

/* DEBUG RELOAD: loads the file at once. False after logging why not. */
bool rdb_load_now(struct rdb_keeper *keeper, struct reload_options options);

/* Appends the fields of INFO while loading. */
sds rdb_load_describe(struct rdb_keeper *keeper, sds text) __attribute__((warn_unused_result));

#endif
