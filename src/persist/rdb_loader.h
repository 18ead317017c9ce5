/*
 * rdb_loader: loads an RDB file into a keyspace, in slices.
 *
 * Versions 1 to 12 are read. Every length, order and uniqueness is checked, and the checksum at the
 * end; the first problem ends the load with its reason and place in the file.
 */
#ifndef LATCHKEY_PERSIST_RDB_LOADER_H
#define LATCHKEY_PERSIST_RDB_LOADER_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct database;
struct keyspace;
struct rdb_loader;

/* Who takes the function libraries of a file. */
struct rdb_library_taker {
    void *context;
    /* Returns NULL, or what is wrong with the source, to be freed: then the file is refused. */
    sds (*take)(void *context, struct bytes source); /* NULL: libraries are skipped */
};

/* Who says where the keys of a database go. */
struct rdb_database_finder {
    void *context;
    /* NULL refuses the file. */
    struct database *(*find)(void *context, uint64_t number); /* NULL: into the keyspace */
};

/* Who hears of keys that are left out because they hold nothing. */
struct rdb_skip_listener {
    void *context;
    void (*tell)(void *context, struct bytes name); /* or NULL */
};

struct rdb_load_options {
    bool skips_checksum; /* rdbchecksum no */
    bool keeps_due;      /* keys that are due are loaded, too: the file is the base of a log */
    bool replaces;       /* keys that are there already are replaced, else the file is refused */
    struct rdb_database_finder databases;
    struct rdb_library_taker libraries;
    struct rdb_skip_listener skipped;
};

enum rdb_load_status { RDB_LOAD_RUNNING, RDB_LOAD_DONE, RDB_LOAD_FAILED };

struct rdb_load_progress {
    uint64_t total_bytes;
    uint64_t loaded_bytes;
    uint64_t noted_memory; /* that the writing server used */
    int64_t loaded_keys;
    int64_t expired_keys; /* due ones that were left out */
    int64_t empty_keys;   /* those without elements, left out too */
    int64_t loaded_libraries;
    uint64_t lock_token; /* the last that a lock got */
};

/* Creates a loader of a file that it reads from its start. fd: kept open, not taken. */
struct rdb_loader *rdb_loader_create(struct keyspace *keyspace, int fd, uint64_t size,
                                     struct rdb_load_options options);
void rdb_loader_destroy(struct rdb_loader *loader);

/* Goes on for about budget_us (a single value is read in one go). */
enum rdb_load_status rdb_loader_step(struct rdb_loader *loader, int64_t budget_us);

/* After RDB_LOAD_FAILED: what is wrong; lives as long as the loader. */
const char *rdb_loader_message(const struct rdb_loader *loader);

/* loaded_bytes: after RDB_LOAD_DONE the size of the RDB part; what follows was not looked at. */
struct rdb_load_progress rdb_loader_progress(const struct rdb_loader *loader);

#endif
