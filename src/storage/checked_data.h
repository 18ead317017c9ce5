/*
 * checked_data: what the tools that check files load, in databases made as files name them.
 */
#ifndef LATCHKEY_STORAGE_CHECKED_DATA_H
#define LATCHKEY_STORAGE_CHECKED_DATA_H

#include "persist/rdb_loader.h"

#include <stdint.h>

struct checked_data;
struct keyspace;

/* Nothing but the database 0. Free with checked_data_destroy. */
struct checked_data *checked_data_create(void);
void checked_data_destroy(struct checked_data *data);

/* The keyspace that a loader needs, with the database 0. */
struct keyspace *checked_data_keyspace(struct checked_data *data);

/* Makes each database that a server can have when its number comes for the first time. */
struct rdb_database_finder checked_data_finder(struct checked_data *data);

/* Numbers of keys, and of those with deadlines, in all databases. O(databases). */
int64_t checked_data_key_count(const struct checked_data *data);
int64_t checked_data_deadline_count(const struct checked_data *data);

#endif
