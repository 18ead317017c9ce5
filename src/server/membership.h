/*
 * membership: which key groups a client belongs to, found from either side: a group lists its
 * members, a client finds its membership by the group. Joining and leaving cost the same however
 * many others there are.
 */
#ifndef LATCHKEY_SERVER_MEMBERSHIP_H
#define LATCHKEY_SERVER_MEMBERSHIP_H

#include "base/list.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct key_group;
struct key_groups;
struct membership_set;
struct worker;

/* A client in a group: linked into the group's members. */
struct membership {
    struct list_node member;
    struct key_group *group;
    struct client *client;
};

/* Creates the empty set of a client's memberships in groups of one table. groups: kept. */
struct membership_set *membership_set_create(struct key_groups *groups, struct client *client);

/* Leaves all groups and frees the set. NULL is accepted. */
void membership_set_destroy(struct membership_set *set);

/*
 * The same in steps: leaves about so many groups. Returns true when more are left; else the set is
 * freed. From the first call on the set may be used for nothing else. NULL is accepted.
 * worker  frees the memory of a large set; NULL: nobody does but this call.
 */
bool membership_set_destroy_some(struct membership_set *set, size_t count, struct worker *worker);

/* The number of groups. O(1). */
size_t membership_set_count(const struct membership_set *set);

/* Joins the group of a name, made when there is none; false when the client is in it. O(1). */
bool membership_join(struct membership_set *set, struct bytes name);

/* Leaves the group of a name; false when the client is not in it. O(1). */
bool membership_leave(struct membership_set *set, struct bytes name);

/* Leaves by the membership itself, such as one found in the group's members. O(1). */
void membership_end(struct membership_set *set, struct membership *membership);

/* Visits the groups; the visitor must not join or leave. */
void membership_each(const struct membership_set *set,
                     void (*visit)(void *context, struct key_group *group), void *context);

/*
 * Visits a few groups, from a cursor on that is 0 at first, and returns the next one, 0 at the end.
 * Between two calls the client may join and leave: what it does not leave is visited.
 */
uint64_t membership_some(const struct membership_set *set, uint64_t cursor,
                         void (*visit)(void *context, struct key_group *group), void *context);

#endif
