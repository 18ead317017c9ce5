/*
 * rdb_dataset: keyspaces with a value of each kind, their digests, and the way through a file.
 */
#ifndef UNIT_PERSIST_RDB_DATASET_H
#define UNIT_PERSIST_RDB_DATASET_H

#include "keyspace/keyspace.h"
#include "persist/rdb_loader.h"
#include "persist/rdb_writer.h"
#include "support/unit.h"
#include "types/value.h"

enum {
    DATASET_DATABASES = 4,
    DATASET_START_MS = 1000000, /* the time that the clock stands at */
    DATASET_NAME_SIZE = 64,
};

/* Stops the clock and sets thresholds so low that small values have every encoding. */
void dataset_init(void);

/* Sets a key of a database. value: taken. */
void dataset_put(struct keyspace *keyspace, size_t database, const char *name, struct value value,
                 int64_t deadline_ms);

/* Prints a prefix and a number; a view of the buffer. */
struct bytes dataset_name(char buffer[DATASET_NAME_SIZE], const char *prefix, size_t number);

/* A keyspace with every type in every encoding. factor: 1 for a small one. */
struct keyspace *dataset_create(size_t factor);

/* A number that equal datasets have in common. */
uint64_t dataset_digest(struct keyspace *keyspace);

/* The file that the writer makes. between: called after each slice; NULL for nothing. */
sds dataset_save(struct keyspace *keyspace, const struct rdb_writer_options *options,
                 void (*between)(struct keyspace *keyspace));

/* Loads bytes into the keyspace. *message: an sds for the caller, NULL when all is well. */
struct rdb_load_progress dataset_load(struct keyspace *keyspace, struct bytes bytes,
                                      struct rdb_load_options options, sds *message);

#endif
