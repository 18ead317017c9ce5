/*
 * A file may come from a server with any number of databases, of which it names those that have
 * keys. So each number gets a keyspace of one database: memory is used by what the file holds, not
 * by the highest number in it.
 */
#include "storage/checked_data.h"

#include "base/alloc.h"
#include "keyspace/keyspace.h"
#include "structs/id_map.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CHUNK_MAX = 64,             /* databases that are moved when one comes between them */
    DATABASE_LIMIT = INT32_MAX, /* the most that `databases` takes */
};

/* Keyspaces by the number of their database, as ids number-0. */
struct checked_data {
    struct id_map *keyspaces;
};

static void free_keyspace(void *value) {
    struct keyspace **keyspace = value;
    keyspace_destroy(*keyspace);
}

static const struct id_map_type keyspaces_type = {
    .value_size = sizeof(struct keyspace *),
    .chunk_max = CHUNK_MAX,
    .free = free_keyspace,
};

static struct keyspace *find_keyspace(struct checked_data *data, uint64_t number) {
    struct stream_id id = {number, 0};
    struct id_cursor cursor;
    if (id_map_find(data->keyspaces, id, &cursor)) {
        struct keyspace *const *found = id_map_value(data->keyspaces, &cursor);
        return *found;
    }
    struct keyspace **made = id_map_insert(data->keyspaces, id);
    *made = keyspace_create(1);
    return *made;
}

static struct database *find_database(void *context, uint64_t number) {
    return number < DATABASE_LIMIT ? keyspace_database(find_keyspace(context, number), 0) : NULL;
}

/* Sums up a number of all databases. */
static int64_t sum(const struct checked_data *data, size_t (*count)(const struct database *)) {
    int64_t result = 0;
    struct id_cursor cursor;
    bool is_found = id_map_first(data->keyspaces, &cursor);
    while (is_found) {
        struct keyspace *const *keyspace = id_map_value(data->keyspaces, &cursor);
        result += (int64_t)count(keyspace_database(*keyspace, 0));
        is_found = id_map_next(data->keyspaces, &cursor);
    }
    return result;
}

struct checked_data *checked_data_create(void) {
    struct checked_data *data = alloc_new(sizeof *data);
    data->keyspaces = id_map_create(&keyspaces_type);
    (void)find_keyspace(data, 0); /* Files of old versions name no database before their keys. */
    return data;
}

void checked_data_destroy(struct checked_data *data) {
    if (data != NULL) {
        id_map_destroy(data->keyspaces);
        alloc_free(data);
    }
}

struct keyspace *checked_data_keyspace(struct checked_data *data) {
    return find_keyspace(data, 0);
}

struct rdb_database_finder checked_data_finder(struct checked_data *data) {
    return (struct rdb_database_finder){.context = data, .find = find_database};
}

int64_t checked_data_key_count(const struct checked_data *data) {
    return sum(data, database_key_count);
}

int64_t checked_data_deadline_count(const struct checked_data *data) {
    return sum(data, database_deadline_count);
}
