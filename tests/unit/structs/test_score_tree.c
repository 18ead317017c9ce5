#include "structs/score_tree.h"

#include "base/alloc.h"
#include "base/random.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

enum { MEMBER_SIZE = 12 };

struct item {
    double score;
    char member[MEMBER_SIZE];
    bool is_there;
};

static struct bytes member_of(const void *pointer) {
    const struct item *item = pointer;
    return bytes_of_text(item->member);
}

static double score_of(const void *pointer) {
    return ((const struct item *)pointer)->score;
}

static const struct score_tree_type type = {member_of};

static int compare_items(const void *a, const void *b) {
    const struct item *first = *(const struct item *const *)a;
    const struct item *second = *(const struct item *const *)b;
    if (first->score != second->score) {
        return first->score < second->score ? -1 : 1;
    }
    return bytes_compare(member_of(first), member_of(second));
}

/* Pairs before the bound, by looking at each of the sorted items. */
static size_t count_before(struct item *const *sorted, size_t count,
                           const struct score_bound *bound) {
    size_t before = 0;
    for (size_t i = 0; i < count; i++) {
        int order = 0;
        if (bound->kind != BOUND_BY_MEMBER && sorted[i]->score != bound->score) {
            order = sorted[i]->score < bound->score ? -1 : 1;
        } else if (bound->kind != BOUND_BY_SCORE) {
            order = bytes_compare(member_of(sorted[i]), bound->member);
        }
        before += order < 0 || (order == 0 && bound->is_behind);
    }
    return before;
}

Test(score_tree, an_empty_tree_has_no_places) {
    size_t before = alloc_used_bytes();
    struct score_tree *tree = score_tree_create(&type);
    cr_assert_eq(score_tree_count(tree), 0);
    struct score_bound bound = {.kind = BOUND_BY_SCORE, .score = INFINITY, .is_behind = true};
    cr_assert_eq(score_tree_rank(tree, &bound), 0);
    score_tree_verify(tree, score_of);
    score_tree_destroy(tree);
    score_tree_destroy(NULL);
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(score_tree, equal_scores_are_ordered_by_member_bytes) {
    static struct item items[] = {
        {1, "b", true}, {1, "a", true},        {1, "ab", true}, {-INFINITY, "z", true},
        {0, "m", true}, {INFINITY, "0", true}, {1, "", true},   {-0.5, "q", true},
    };
    static const char *const wanted[] = {"z", "q", "m", "", "a", "ab", "b", "0"};
    struct score_tree *tree = score_tree_create(&type);
    for (size_t i = 0; i < 8; i++) {
        score_tree_insert(tree, items[i].score, &items[i]);
    }
    score_tree_verify(tree, score_of);
    struct score_position position = score_tree_at(tree, 0);
    for (size_t i = 0; i < 8; i++) {
        struct item *item = score_position_item(position);
        require_text(member_of(item), wanted[i]);
        require(score_position_item(score_tree_at(tree, i)) == item);
        struct score_position previous = score_position_previous(position);
        require((previous.leaf == NULL) == (i == 0));
        position = score_position_next(position);
    }
    cr_assert_null(position.leaf);
    score_tree_destroy(tree);
}

/* ---- Against a sorted array ---- */

enum { ITEMS = 1500 };

static void check_bounds(struct random *random, struct score_tree *tree, struct item *const *sorted,
                         size_t count, bool equal_scores) {
    for (size_t i = 0; i < 20; i++) {
        char text[MEMBER_SIZE];
        const struct item *near = count > 0 ? sorted[random_below(random, count)] : NULL;
        (void)snprintf(text, sizeof text, "%d", (int)random_below(random, 3000));
        bool takes_near = near != NULL && random_below(random, 2) == 0;
        struct score_bound bound = {
            .is_behind = random_below(random, 2) == 0,
            .score = takes_near ? near->score : (double)random_below(random, 40) / 2,
            .member = takes_near ? member_of(near) : bytes_of_text(text),
        };
        bound.kind = random_below(random, 2) == 0 ? BOUND_BY_SCORE : BOUND_BY_PAIR;
        if (equal_scores && random_below(random, 2) == 0) {
            bound.kind = BOUND_BY_MEMBER;
        }
        require(score_tree_rank(tree, &bound) == count_before(sorted, count, &bound));
    }
}

static void check_all(struct random *random, struct score_tree *tree, struct item *items,
                      bool equal_scores) {
    struct item **sorted = alloc_new(ITEMS * sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        if (items[i].is_there) {
            sorted[count++] = &items[i];
        }
    }
    qsort(sorted, count, sizeof *sorted, compare_items);
    score_tree_verify(tree, score_of);
    require(score_tree_count(tree) == count);
    if (count > 0) {
        struct score_position position = score_tree_at(tree, 0);
        for (size_t i = 0; i < count; i++) {
            require(score_position_item(position) == sorted[i]);
            position = score_position_next(position);
        }
        require(position.leaf == NULL);
        position = score_tree_at(tree, count - 1);
        for (size_t i = count; i > 0; i--) {
            require(score_position_item(position) == sorted[i - 1]);
            position = score_position_previous(position);
        }
        require(position.leaf == NULL);
        size_t rank = random_below(random, count);
        require(score_position_item(score_tree_at(tree, rank)) == sorted[rank]);
    }
    check_bounds(random, tree, sorted, count, equal_scores);
    alloc_free(sorted);
}

static double random_score(struct random *random, bool equal_scores) {
    return equal_scores ? 0 : (double)random_below(random, 40) / 2;
}

static void change_randomly(struct random *random, struct score_tree *tree, struct item *item,
                            unsigned growth, bool equal_scores) {
    if (!item->is_there) {
        if (random_below(random, 10) < growth) {
            item->score = random_score(random, equal_scores);
            item->is_there = true;
            score_tree_insert(tree, item->score, item);
        }
        return;
    }
    if (random_below(random, 10) >= growth) {
        score_tree_remove(tree, item->score, item);
        item->is_there = false;
    } else if (!equal_scores) {
        double score = random_score(random, false);
        double old_score = item->score;
        item->score = score;
        score_tree_change(tree, old_score, item, score);
    }
}

static void run_model(struct random *random, bool equal_scores) {
    struct item *items = alloc_zeroed(ITEMS * sizeof *items);
    for (size_t i = 0; i < ITEMS; i++) {
        (void)snprintf(items[i].member, MEMBER_SIZE, "%zu", i * 2);
    }
    struct score_tree *tree = score_tree_create(&type);
    static const unsigned growths[] = {9, 5, 1, 9, 1, 0};
    for (size_t phase = 0; phase < sizeof growths / sizeof *growths; phase++) {
        for (size_t step = 0; step < 6000; step++) {
            change_randomly(random, tree, &items[random_below(random, ITEMS)], growths[phase],
                            equal_scores);
            if (step % 500 == 0) {
                check_all(random, tree, items, equal_scores);
            }
        }
    }
    check_all(random, tree, items, equal_scores);
    score_tree_destroy(tree);
    alloc_free(items);
}

Test(score_tree, random_changes_give_what_a_sorted_array_gives) {
    struct random random;
    unit_random(&random, "score_tree");
    size_t before = alloc_used_bytes();
    for (size_t round = 0; round < 4; round++) {
        run_model(&random, round % 2 == 1);
    }
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(score_tree, ascending_and_descending_insertion_fill_leaves) {
    enum { COUNT = 100000 };
    for (int descends = 0; descends < 2; descends++) {
        struct item *items = alloc_zeroed(COUNT * sizeof *items);
        struct score_tree *tree = score_tree_create(&type);
        for (size_t i = 0; i < COUNT; i++) {
            items[i].score = descends ? -(double)i : (double)i;
            (void)snprintf(items[i].member, MEMBER_SIZE, "%zu", i);
            score_tree_insert(tree, items[i].score, &items[i]);
        }
        score_tree_verify(tree, score_of);
        require(score_tree_memory(tree) < (size_t)COUNT * 48);
        for (size_t i = 0; i < COUNT; i += 997) {
            require(score_position_item(score_tree_at(tree, i)) ==
                    &items[descends ? COUNT - 1 - i : i]);
        }
        for (size_t i = 0; i < COUNT; i++) {
            score_tree_remove(tree, items[i].score, &items[i]);
        }
        require(score_tree_count(tree) == 0);
        score_tree_verify(tree, score_of);
        score_tree_destroy(tree);
        alloc_free(items);
    }
}
