/*
 * One table for all databases: the database's number is mixed into the hash.
 */
#include "server/key_groups.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "structs/table.h"

struct key_groups {
    struct table *table;
};

/* What a group is looked up by. */
struct group_key {
    int database_index;
    struct bytes key;
};

static uint64_t mixed_hash(int database_index, uint64_t hash) {
    static const uint64_t mix_factor = 0x9e3779b97f4a7c15;
    return hash ^ ((uint64_t)database_index * mix_factor);
}

static uint64_t hash_of_group(const void *item) {
    const struct key_group *group = item;
    return mixed_hash(group->database_index, group->hash);
}

static bool group_matches(const void *item, const void *key) {
    const struct key_group *group = item;
    const struct group_key *wanted = key;
    return group->database_index == wanted->database_index &&
           bytes_equal(sds_view(group->key), wanted->key);
}

static const struct table_type group_table_type = {
    .hash = hash_of_group,
    .matches = group_matches,
};

struct key_groups *key_groups_create(void) {
    struct key_groups *groups = alloc_new(sizeof *groups);
    groups->table = table_create(&group_table_type);
    return groups;
}

void key_groups_destroy(struct key_groups *groups) {
    if (groups == NULL) {
        return;
    }
    ASSERT(table_count(groups->table) == 0);
    table_destroy(groups->table);
    alloc_free(groups);
}

size_t key_groups_count(const struct key_groups *groups) {
    return table_count(groups->table);
}

struct key_group *key_groups_find(const struct key_groups *groups, int database_index,
                                  struct bytes key, uint64_t hash) {
    struct group_key wanted = {database_index, key};
    return table_find(groups->table, mixed_hash(database_index, hash), &wanted);
}

struct key_group *key_groups_get(struct key_groups *groups, int database_index, struct bytes key,
                                 uint64_t hash) {
    struct key_group *group = key_groups_find(groups, database_index, key, hash);
    if (group != NULL) {
        return group;
    }
    group = alloc_zeroed(sizeof *group);
    list_init(&group->members);
    group->database_index = database_index;
    group->hash = hash;
    group->key = sds_new(key);
    table_insert(groups->table, hash_of_group(group), group);
    return group;
}

void key_groups_drop_empty(struct key_groups *groups, struct key_group *group) {
    if (!list_is_empty(&group->members)) {
        return;
    }
    table_remove_item(groups->table, hash_of_group(group), group);
    if (list_is_linked(&group->mark)) {
        list_remove(&group->mark);
    }
    sds_free(group->key);
    alloc_free(group);
}

struct each_context {
    void (*visit)(void *context, struct key_group *group);
    void *context;
};

static void visit_group(void *context, void *item) {
    struct each_context *each = context;
    each->visit(each->context, item);
}

void key_groups_each(struct key_groups *groups,
                     void (*visit)(void *context, struct key_group *group), void *context) {
    struct each_context each = {visit, context};
    uint64_t cursor = 0;
    table_pause_resize(groups->table);
    do {
        cursor = table_scan(groups->table, cursor, visit_group, &each);
    } while (cursor != 0);
    table_resume_resize(groups->table);
}
