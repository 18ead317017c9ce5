/*
 * The client's side is a table of its memberships, hashed as their groups and found by the group's
 * address: names are compared once, in the table of groups.
 */
#include "server/membership.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/worker.h"
#include "server/key_groups.h"
#include "structs/table.h"

/* Freeing the table of so many takes a tenth of a millisecond. */
enum { LARGE_SET = 4096 };

struct membership_set {
    struct key_groups *groups;
    struct client *client;
    struct table *table;
    uint64_t cursor; /* what stands before it has been left, while the set is destroyed */
    size_t left_count;
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
    *set = (struct membership_set){
        .groups = groups,
        .client = client,
        .table = table_create(&membership_table_type),
    };
    return set;
}

static void drop(struct key_groups *groups, struct membership *membership) {
    list_remove(&membership->member);
    membership->group->member_count--;
    key_groups_drop_empty(groups, membership->group);
    alloc_free(membership);
}

static void free_table(void *table) {
    table_destroy(table);
}

/* The set's own table goes as a whole. */
static void drop_visited(void *context, void *item) {
    struct membership_set *set = context;
    drop(set->groups, item);
    set->left_count++;
}

bool membership_set_destroy_some(struct membership_set *set, size_t count, struct worker *worker) {
    if (set == NULL) {
        return false;
    }
    size_t end_count = count < SIZE_MAX - set->left_count ? set->left_count + count : SIZE_MAX;
    do {
        set->cursor = table_scan(set->table, set->cursor, drop_visited, set);
    } while (set->cursor != 0 && set->left_count < end_count);
    if (set->cursor != 0) {
        return true;
    }
    if (worker == NULL || set->left_count < LARGE_SET) {
        table_destroy(set->table);
    } else {
        worker_submit(worker, free_table, set->table);
    }
    alloc_free(set);
    return false;
}

void membership_set_destroy(struct membership_set *set) {
    (void)membership_set_destroy_some(set, SIZE_MAX, NULL);
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

uint64_t membership_some(const struct membership_set *set, uint64_t cursor,
                         void (*visit)(void *context, struct key_group *group), void *context) {
    struct each_group each = {visit, context};
    return table_scan(set->table, cursor, visit_membership, &each);
}

void membership_each(const struct membership_set *set,
                     void (*visit)(void *context, struct key_group *group), void *context) {
    uint64_t cursor = 0;
    do {
        cursor = membership_some(set, cursor, visit, context);
    } while (cursor != 0);
}
