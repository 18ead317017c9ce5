/*
 * score_tree: (score, member) pairs in order, the index of large sorted sets, with ranks.
 *
 * Ordered by score, equal scores by member bytes. The tree does not own its items: it holds their
 * addresses beside their scores and asks the type for a member's bytes where scores are equal.
 * All operations take O(log n) steps and, in a tree of a million pairs, about three cache misses.
 */
#ifndef LATCHKEY_STRUCTS_SCORE_TREE_H
#define LATCHKEY_STRUCTS_SCORE_TREE_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct score_leaf;
struct score_tree;

/* What a tree must know about its items. */
struct score_tree_type {
    struct bytes (*member)(const void *item);
};

/* A place between pairs: before, or behind, all that equal it. */
struct score_bound {
    enum { BOUND_BY_SCORE, BOUND_BY_PAIR, BOUND_BY_MEMBER } kind; /* what is compared */
    bool is_behind;
    double score;        /* not of BOUND_BY_MEMBER; never NaN */
    struct bytes member; /* not of BOUND_BY_SCORE */
};

/* Creates an empty tree. type: kept. */
struct score_tree *score_tree_create(const struct score_tree_type *type);

/* Frees the tree, not its items. NULL is accepted. */
void score_tree_destroy(struct score_tree *tree);

/* The number of pairs. */
size_t score_tree_count(const struct score_tree *tree);

/* Adds a pair that is absent (the caller has looked). score: never NaN. O(log n). */
void score_tree_insert(struct score_tree *tree, double score, void *item);

/* Removes an item that is there under this score (asserted). O(log n). */
void score_tree_remove(struct score_tree *tree, double score, const void *item);

/* Gives an item that is there another score. O(log n). */
void score_tree_change(struct score_tree *tree, double score, void *item, double new_score);

/*
 * Counts the pairs before a bound: the rank of what stands there. BOUND_BY_MEMBER has a meaning
 * where all scores are equal. O(log n).
 */
size_t score_tree_rank(const struct score_tree *tree, const struct score_bound *bound);

/* A pair's place; dead after the next change of the tree. leaf NULL: behind the last pair. */
struct score_position {
    const struct score_leaf *leaf;
    size_t index;
};

/* The place of the pair of this rank, 0-based from the lowest. O(log n). */
struct score_position score_tree_at(const struct score_tree *tree, size_t rank);

/* The item at a place that holds one. */
void *score_position_item(struct score_position position);

/*
 * Stores the items from a place on, towards higher or lower ranks, and moves the place behind
 * them, where leaf is NULL beyond the ends. O(items).
 * Returns how many: up to `count`, in the leaf of the place, which exists (asserted).
 * They are on their way into the cache.
 */
size_t score_position_take(struct score_position *position, size_t count, bool backwards,
                           void *items[]);

/* Bytes of the tree's own memory, items not included. O(pairs / 100). */
size_t score_tree_memory(const struct score_tree *tree);

/*
 * Checks every invariant; asserts. O(n). For tests and debug builds.
 * score_of  the score that an item should have.
 */
void score_tree_verify(const struct score_tree *tree, double (*score_of)(const void *item));

#endif
