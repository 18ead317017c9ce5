/*
 * key_groups: clients grouped by a key that they have in common: who watches it, who waits on it.
 *
 * A group exists as long as it has members. It holds the key's bytes, not its entry, so the key
 * itself may come and go.
 */
#ifndef LATCHKEY_SERVER_KEY_GROUPS_H
#define LATCHKEY_SERVER_KEY_GROUPS_H

#include "base/list.h"
#include "base/sds.h"

#include <stddef.h>
#include <stdint.h>

struct key_groups;

/* Members link themselves into `members`; `mark` is a link for the owner's own use. */
struct key_group {
    struct list_node members;
    struct list_node mark;
    int database_index;
    uint64_t hash; /* of the key alone */
    sds key;
    size_t member_count;   /* this and the next are kept by owners who want to know them */
    uint64_t change_count; /* of the key */
};

/* Creates an empty table. */
struct key_groups *key_groups_create(void);

/* Frees the table, which must be empty (asserted). NULL is accepted. */
void key_groups_destroy(struct key_groups *groups);

/* Groups, that is keys. */
size_t key_groups_count(const struct key_groups *groups);

/* The group of a key; NULL when it has none. O(1). */
struct key_group *key_groups_find(const struct key_groups *groups, int database_index,
                                  struct bytes key, uint64_t hash);

/* The group of a key, made when there is none. The caller adds a member. O(1). */
struct key_group *key_groups_get(struct key_groups *groups, int database_index, struct bytes key,
                                 uint64_t hash);

/* Frees the group if it has no members; its mark must be unlinked then (done here). */
void key_groups_drop_empty(struct key_groups *groups, struct key_group *group);

/* Visits every group; the visitor must not add or drop groups. O(groups). */
void key_groups_each(struct key_groups *groups,
                     void (*visit)(void *context, struct key_group *group), void *context);

#endif
