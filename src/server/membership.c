/*
 * The client's side is a table of its memberships, hashed as their groups and found by the group's
 * address: names are compared once, in the table of groups.
 */
#include "server/membership.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "server/key_groups.h"
#include "structs/table.h"

struct membership_set {
    struct key_groups *groups;
    struct client *client;
    struct table *table;
};

static uint64_t hash_of_membership(const void *item) {
    return ((const struct membership *)item)->group->hash;
}

static bool is_in_group(const void *item, const void *group) {
    return ((const struct membership *)item)->group == group;
}

static const struct table_type membership_table_type = {hash_of_membership, is_in_group};

struct membership_set *membership_set_create(struct key_groups *groups, struct client *client) {
    struct membership_set *set = alloc_new(sizeof *set);
    *set = (struct membership_set){groups, client, table_create(&membership_table_type)};
    return set;
}

static void drop(struct key_groups *groups, struct membership *membership) {
    list_remove(&membership->member);
    membership->group->member_count--;
    key_groups_drop_empty(groups, membership->group);
    alloc_free(membership);
}

static void end_visited(void *context, void *item) {
    membership_end(context, item);
}

void membership_set_destroy(struct membership_set *set) {
    if (set == NULL) {
        return;
    }
    uint64_t cursor = 0;
    do {
        cursor = table_scan(set->table, cursor, end_visited, set);
    } while (cursor != 0);
    table_destroy(set->table);
    alloc_free(set);
}

size_t membership_set_count(const struct membership_set *set) {
    return table_count(set->table);
}

bool membership_join(struct membership_set *set, struct bytes name) {
    struct key_group *group = key_groups_get(set->groups, 0, name, hash_bytes(name));
    if (table_find(set->table, group->hash, group) != NULL) {
        return false;
    }
    struct membership *membership = alloc_zeroed(sizeof *membership);
    membership->group = group;
    membership->client = set->client;
    list_push_back(&group->members, &membership->member);
    group->member_count++;
    table_insert(set->table, group->hash, membership);
    return true;
}

bool membership_leave(struct membership_set *set, struct bytes name) {
    struct key_group *group = key_groups_find(set->groups, 0, name, hash_bytes(name));
    struct membership *membership =
        group == NULL ? NULL : table_find(set->table, group->hash, group);
    if (membership == NULL) {
        return false;
    }
    membership_end(set, membership);
    return true;
}

void membership_end(struct membership_set *set, struct membership *membership) {
    table_remove_item(set->table, membership->group->hash, membership);
    drop(set->groups, membership);
}

struct each_group {
    void (*visit)(void *context, struct key_group *group);
    void *context;
};

static void visit_membership(void *context, void *item) {
    const struct each_group *each = context;
    each->visit(each->context, ((struct membership *)item)->group);
}

void membership_each(const struct membership_set *set,
                     void (*visit)(void *context, struct key_group *group), void *context) {
    struct each_group each = {visit, context};
    uint64_t cursor = 0;
    do {
        cursor = table_scan(set->table, cursor, visit_membership, &each);
    } while (cursor != 0);
}
