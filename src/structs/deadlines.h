/*
 * deadlines: an index of deadlines by time, a hierarchical timing wheel of intrusive nodes.
 *
 * A node is DEADLINE_NODE_SIZE unaligned bytes inside the indexed object: the deadline in
 * milliseconds since 1970 and the addresses of two neighbours (48 bits each). So the index needs no
 * memory per member, and insert, remove and change are O(1). A node may stand in a slot earlier
 * than its deadline (a deadline that is put off is not moved until that slot is reached).
 * Source: G. Varghese, A. Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987.
 */
#ifndef LATCHKEY_STRUCTS_DEADLINES_H
#define LATCHKEY_STRUCTS_DEADLINES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DEADLINE_NODE_SIZE = 20 };

struct deadlines;
struct random;

/* Creates an empty index whose wheel starts at this time. */
struct deadlines *deadlines_create(int64_t now_ms);

/* Frees the index, not the objects of its nodes. NULL is accepted. */
void deadlines_destroy(struct deadlines *deadlines);

/* The number of nodes. */
size_t deadlines_count(const struct deadlines *deadlines);

/* The mean of all deadlines in ms since 1970, approximately; 0 when empty. */
int64_t deadlines_mean(const struct deadlines *deadlines);

/*
 * Adds a node. O(1).
 * node         DEADLINE_NODE_SIZE bytes inside an object; they stay there until removed or moved.
 * deadline_ms  any value; a past one is due at once.
 */
void deadlines_insert(struct deadlines *deadlines, void *node, int64_t deadline_ms);

/* Takes a node out. O(1). */
void deadlines_remove(struct deadlines *deadlines, void *node);

/* Gives a node another deadline. O(1). */
void deadlines_change(struct deadlines *deadlines, void *node, int64_t deadline_ms);

/*
 * Tells the index that the object moved: the node's bytes have been copied from old_node to
 * new_node, the old place is not read any more. O(1).
 */
void deadlines_moved(struct deadlines *deadlines, const void *old_node, void *new_node);

/*
 * Advances the wheel to now_ms and returns a node that is due (deadline <= now_ms), or NULL when
 * none is due or the step budget ran out. The node stays in the index: the caller removes it (or
 * changes it) before the next call.
 * steps  in: how many nodes and slots may be looked at; out: how many are left. 0 with a NULL
 *        result means that there may be more.
 */
void *deadlines_take_due(struct deadlines *deadlines, int64_t now_ms, size_t *steps);

/*
 * A lower bound of the earliest deadline, exact within the wheel's innermost level: nothing is due
 * before it. INT64_MAX when empty. O(levels).
 */
int64_t deadlines_next(const struct deadlines *deadlines);

/* How long it is until deadlines_next: 0 when that is past, INT64_MAX when empty. O(levels). */
int64_t deadlines_left_ms(const struct deadlines *deadlines, int64_t now_ms);

/*
 * Returns one of the nodes, NULL when there is none. All slots of the wheel have about the same
 * chance; within a slot its nodes take turns. O(levels).
 */
void *deadlines_draw(struct deadlines *deadlines, struct random *random);

/* Returns one of the nodes of the slot that comes first, in turns; NULL when there is no node. */
void *deadlines_draw_soon(struct deadlines *deadlines);

/* The struct of `type` whose field `member` is the node. */
#define DEADLINE_ENTRY(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* The deadline that a node holds. */
static inline int64_t deadline_node_time(const void *node) {
    int64_t deadline_ms;
    memcpy(&deadline_ms, node, sizeof deadline_ms);
    return deadline_ms;
}

#endif
