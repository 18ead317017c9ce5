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

/* The item at a place, which moves on. */
static void *take_one(struct score_position *position, bool backwards) {
    void *item = NULL;
    require(score_position_take(position, 1, backwards, &item) == 1);
    return item;
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
        require(take_one(&position, false) == item);
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

/* Takes runs of items from any rank on, both ways. */
static void check_taken(struct random *random, const struct score_tree *tree, struct item **sorted,
                        size_t count) {
    enum { RUN_MAX = 300 };
    void *items[RUN_MAX];
    bool backwards = random_below(random, 2) == 0;
    size_t rank = random_below(random, count);
    struct score_position position = score_tree_at(tree, rank);
    size_t left = backwards ? rank + 1 : count - rank;
    while (left > 0) {
        size_t wanted = 1 + random_below(random, RUN_MAX);
        size_t taken = score_position_take(&position, wanted, backwards, items);
        require(taken > 0 && taken <= wanted && taken <= left);
        for (size_t i = 0; i < taken; i++) {
            require(items[i] == sorted[backwards ? rank - i : rank + i]);
        }
        left -= taken;
        rank = backwards ? rank - taken : rank + taken;
    }
    require(position.leaf == NULL);
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
            require(take_one(&position, false) == sorted[i]);
        }
        require(position.leaf == NULL);
        position = score_tree_at(tree, count - 1);
        for (size_t i = count; i > 0; i--) {
            require(score_position_item(position) == sorted[i - 1]);
            require(take_one(&position, true) == sorted[i - 1]);
        }
        require(position.leaf == NULL);
        check_taken(random, tree, sorted, count);
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

/* ---- Scores of all kinds, against a sorted array ---- */

enum { NAME_SIZE = 16, PAIRS = 3000, STEPS = 15000, CHECK_EVERY = 500 };

struct pair {
    double score;
    bool is_present;
    char name[NAME_SIZE];
};

static struct bytes name_of_pair(const void *item) {
    return bytes_of_text(((const struct pair *)item)->name);
}

static double score_of_pair(const void *item) {
    return ((const struct pair *)item)->score;
}

static const struct score_tree_type pair_type = {name_of_pair};

static int compare(const void *a, const void *b) {
    const struct pair *first = *(const struct pair *const *)a;
    const struct pair *second = *(const struct pair *const *)b;
    if (first->score != second->score) {
        return first->score < second->score ? -1 : 1;
    }
    return bytes_compare(name_of_pair(first), name_of_pair(second));
}

enum score_kind { FEW, MANY, EQUAL, RISING, FRACTIONS, TIMES, KINDS };

static double make_score(struct random *random, enum score_kind kind, size_t step) {
    switch (kind) {
    case FEW:
        return (double)random_below(random, 1000);
    case MANY:
        return (double)random_next(random);
    case EQUAL:
        return 0;
    case RISING:
        return (double)step;
    case FRACTIONS:
        return (double)(int64_t)random_next(random) * 1e-3;
    case TIMES:
        return 1.7e12 + (double)random_below(random, 100000000);
    case KINDS:
        break;
    }
    abort();
}

/* Compares ranks and positions with the sorted items. */
static void check_order(const struct score_tree *tree, struct pair *items) {
    static struct pair *sorted[PAIRS];
    size_t count = 0;
    score_tree_verify(tree, score_of_pair);
    for (size_t i = 0; i < PAIRS; i++) {
        if (items[i].is_present) {
            sorted[count++] = &items[i];
        }
    }
    qsort(sorted, count, sizeof *sorted, compare);
    require(count == score_tree_count(tree));
    for (size_t i = 0; i < count; i++) {
        struct score_bound bound = {BOUND_BY_PAIR, false, sorted[i]->score,
                                    name_of_pair(sorted[i])};
        require(score_position_item(score_tree_at(tree, i)) == sorted[i]);
        require(score_tree_rank(tree, &bound) == i);
        bound.is_behind = true;
        require(score_tree_rank(tree, &bound) == i + 1);
    }
    require(score_tree_at(tree, count).leaf == NULL);
    struct score_position at = score_tree_at(tree, count > 0 ? count - 1 : 0);
    for (size_t i = count; i > 0; i--) {
        require(take_one(&at, true) == sorted[i - 1]);
    }
    require(at.leaf == NULL);
}

static void run_kind(struct random *random, enum score_kind kind) {
    struct score_tree *tree = score_tree_create(&pair_type);
    struct pair *items = alloc_zeroed(PAIRS * sizeof *items);
    for (size_t i = 0; i < PAIRS; i++) {
        (void)snprintf(items[i].name, NAME_SIZE, "m%zu", i);
    }
    for (size_t step = 0; step < STEPS; step++) {
        struct pair *item = &items[random_below(random, PAIRS)];
        /* Phases in which the tree grows and in which it shrinks. */
        bool removes = random_below(random, 100) < (step / 5000 % 2 == 1 ? 80 : 20);
        double score = make_score(random, kind, step);
        if (!item->is_present && !removes) {
            item->score = score;
            item->is_present = true;
            score_tree_insert(tree, score, item);
        } else if (item->is_present && removes) {
            item->is_present = false;
            score_tree_remove(tree, item->score, item);
        } else if (item->is_present) {
            bool is_near = random_below(random, 2) == 0;
            score = is_near ? item->score + (double)random_below(random, 5) - 2 : score;
            score_tree_change(tree, item->score, item, score);
            item->score = score;
        }
        if (step % CHECK_EVERY == 0) {
            check_order(tree, items);
        }
    }
    check_order(tree, items);
    score_tree_destroy(tree);
    alloc_free(items);
}

Test(score_tree, agrees_with_a_sorted_array_for_all_kinds_of_scores) {
    struct random random;
    unit_random(&random, "score_tree");
    size_t start = alloc_used_bytes();
    for (int kind = 0; kind < KINDS; kind++) {
        run_kind(&random, (enum score_kind)kind);
    }
    require(alloc_used_bytes() == start);
}

Test(score_tree, bounds_by_score_and_by_member) {
    struct pair items[] = {{1, true, "a"}, {1, true, "b"}, {2, true, "c"}, {2, true, "d"}};
    struct score_tree *tree = score_tree_create(&pair_type);
    for (size_t i = 0; i < 4; i++) {
        score_tree_insert(tree, items[i].score, &items[i]);
    }
    require(score_tree_rank(tree, &(struct score_bound){BOUND_BY_SCORE, false, 1, {0}}) == 0);
    require(score_tree_rank(tree, &(struct score_bound){BOUND_BY_SCORE, true, 1, {0}}) == 2);
    require(score_tree_rank(tree, &(struct score_bound){BOUND_BY_SCORE, false, 1.5, {0}}) == 2);
    require(score_tree_rank(tree, &(struct score_bound){BOUND_BY_SCORE, true, 9, {0}}) == 4);
    require(score_tree_rank(tree, &(struct score_bound){BOUND_BY_MEMBER, false, 0, BYTES("c")}) ==
            2);
    require(score_tree_rank(tree, &(struct score_bound){BOUND_BY_MEMBER, true, 0, BYTES("c")}) ==
            3);
    score_tree_destroy(tree);
}

Test(score_tree, zero_has_no_sign_and_infinities_are_the_ends) {
    struct pair items[] = {
        {0, true, "b"}, {-0.0, true, "a"}, {1.0 / 0.0, true, "i"}, {-1.0 / 0.0, true, "m"}};
    struct score_tree *tree = score_tree_create(&pair_type);
    for (size_t i = 0; i < 4; i++) {
        score_tree_insert(tree, items[i].score, &items[i]);
    }
    require(score_position_item(score_tree_at(tree, 0)) == &items[3]);
    require(score_position_item(score_tree_at(tree, 1)) == &items[1]);
    require(score_position_item(score_tree_at(tree, 2)) == &items[0]);
    require(score_position_item(score_tree_at(tree, 3)) == &items[2]);
    score_tree_destroy(tree);
}

Test(score_tree, takes_few_bytes_a_pair) {
    enum { COUNT = 100000 };
    struct pair *items = alloc_zeroed(COUNT * sizeof *items);
    struct random random;
    unit_random(&random, "score_tree memory");
    for (int kind = 0; kind < 3; kind++) {
        struct score_tree *tree = score_tree_create(&pair_type);
        for (size_t i = 0; i < COUNT; i++) {
            (void)snprintf(items[i].name, NAME_SIZE, "m%zu", i);
            items[i].score = kind == 0   ? (double)i
                             : kind == 1 ? (double)random_below(&random, COUNT)
                                         : (double)random_next(&random) / 7;
            score_tree_insert(tree, items[i].score, &items[i]);
        }
        require(score_tree_memory(tree) < COUNT * (kind < 2 ? 13 : 18));
        score_tree_destroy(tree);
    }
    alloc_free(items);
}
