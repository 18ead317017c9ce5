/*
 * A table of the keys by name, and a timing wheel of the same items.
 */
#include "keyspace/field_deadlines.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "structs/deadlines.h"
#include "structs/table.h"

#include <string.h>

struct field_deadlines {
    struct table *table;
    struct deadlines *deadlines;
};

struct timed_key {
    unsigned char node[DEADLINE_NODE_SIZE];
    uint32_t name_size;
    uint64_t hash;
    char name[];
};

static struct bytes key_name(const struct timed_key *key) {
    return (struct bytes){key->name, key->name_size};
}

static uint64_t hash_of_key(const void *item) {
    return ((const struct timed_key *)item)->hash;
}

static bool key_matches(const void *item, const void *name) {
    return bytes_equal(key_name(item), *(const struct bytes *)name);
}

static const struct table_type key_table_type = {.hash = hash_of_key, .matches = key_matches};

struct field_deadlines *field_deadlines_create(void) {
    struct field_deadlines *index = alloc_new(sizeof *index);
    index->table = table_create(&key_table_type);
    index->deadlines = deadlines_create(clock_unix_ms());
    return index;
}

static void free_key(void *context, void *item) {
    (void)context;
    alloc_free(item);
}

void field_deadlines_destroy(struct field_deadlines *index) {
    if (index == NULL) {
        return;
    }
    table_pause_resize(index->table);
    uint64_t cursor = 0;
    do {
        cursor = table_scan(index->table, cursor, free_key, NULL);
    } while (cursor != 0);
    table_destroy(index->table);
    deadlines_destroy(index->deadlines);
    alloc_free(index);
}

size_t field_deadlines_count(const struct field_deadlines *index) {
    return table_count(index->table);
}

static void add_key(struct field_deadlines *index, struct bytes name, uint64_t hash,
                    int64_t deadline_ms) {
    struct timed_key *key = alloc_new(sizeof *key + name.length);
    key->name_size = (uint32_t)name.length;
    key->hash = hash;
    if (name.length > 0) {
        memcpy(key->name, name.data, name.length);
    }
    table_insert(index->table, hash, key);
    deadlines_insert(index->deadlines, key->node, deadline_ms);
}

void field_deadlines_note(struct field_deadlines *index, struct bytes name, uint64_t hash,
                          int64_t deadline_ms) {
    struct timed_key *key = table_find(index->table, hash, &name);
    if (key == NULL) {
        if (deadline_ms >= 0) {
            add_key(index, name, hash, deadline_ms);
        }
    } else if (deadline_ms < 0) {
        table_remove_item(index->table, hash, key);
        deadlines_remove(index->deadlines, key->node);
        alloc_free(key);
    } else if (deadline_node_time(key->node) != deadline_ms) {
        deadlines_change(index->deadlines, key->node, deadline_ms);
    }
}

bool field_deadlines_take_due(struct field_deadlines *index, int64_t now_ms, size_t *steps,
                              struct bytes *name, uint64_t *hash) {
    void *node = deadlines_take_due(index->deadlines, now_ms, steps);
    if (node == NULL) {
        return false;
    }
    const struct timed_key *key =
        (const struct timed_key *)(const void *)((char *)node - offsetof(struct timed_key, node));
    *name = key_name(key);
    *hash = key->hash;
    return true;
}

int64_t field_deadlines_next(const struct field_deadlines *index) {
    return deadlines_next(index->deadlines);
}
