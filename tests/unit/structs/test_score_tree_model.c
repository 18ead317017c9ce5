#include "structs/score_tree.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <string.h>

enum { NAME_SIZE = 16, ITEMS = 3000, STEPS = 15000, CHECK_EVERY = 500 };

struct item {
    double score;
    bool is_present;
    char name[NAME_SIZE];
};

static struct bytes member_of(const void *item) {
    return bytes_of_text(((const struct item *)item)->name);
}

static double score_of(const void *item) {
    return ((const struct item *)item)->score;
}

static const struct score_tree_type type = {member_of};

static int compare(const void *a, const void *b) {
    const struct item *first = *(const struct item *const *)a;
    const struct item *second = *(const struct item *const *)b;
    if (first->score != second->score) {
        return first->score < second->score ? -1 : 1;
    }
    return bytes_compare(member_of(first), member_of(second));
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
static void check_order(const struct score_tree *tree, struct item *items) {
    static struct item *sorted[ITEMS];
    size_t count = 0;
    score_tree_verify(tree, score_of);
    for (size_t i = 0; i < ITEMS; i++) {
        if (items[i].is_present) {
            sorted[count++] = &items[i];
        }
    }
    qsort(sorted, count, sizeof *sorted, compare);
    require(count == score_tree_count(tree));
    for (size_t i = 0; i < count; i++) {
        struct score_bound bound = {BOUND_BY_PAIR, false, sorted[i]->score, member_of(sorted[i])};
        require(score_position_item(score_tree_at(tree, i)) == sorted[i]);
        require(score_tree_rank(tree, &bound) == i);
        bound.is_behind = true;
        require(score_tree_rank(tree, &bound) == i + 1);
    }
    require(score_tree_at(tree, count).leaf == NULL);
    struct score_position at = {NULL, 0};
    for (size_t i = count; i > 0; i--) {
        at = i == count ? score_tree_at(tree, i - 1) : score_position_previous(at);
        require(score_position_item(at) == sorted[i - 1]);
    }
    require(count == 0 || score_position_previous(at).leaf == NULL);
}

static void run_model(struct random *random, enum score_kind kind) {
    struct score_tree *tree = score_tree_create(&type);
    struct item *items = alloc_zeroed(ITEMS * sizeof *items);
    for (size_t i = 0; i < ITEMS; i++) {
        (void)snprintf(items[i].name, NAME_SIZE, "m%zu", i);
    }
    for (size_t step = 0; step < STEPS; step++) {
        struct item *item = &items[random_below(random, ITEMS)];
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

Test(score_tree_model, agrees_with_a_sorted_array_for_all_kinds_of_scores) {
    struct random random;
    unit_random(&random, "score_tree");
    size_t start = alloc_used_bytes();
    for (int kind = 0; kind < KINDS; kind++) {
        run_model(&random, (enum score_kind)kind);
    }
    require(alloc_used_bytes() == start);
}

Test(score_tree_model, bounds_by_score_and_by_member) {
    struct item items[] = {{1, true, "a"}, {1, true, "b"}, {2, true, "c"}, {2, true, "d"}};
    struct score_tree *tree = score_tree_create(&type);
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

Test(score_tree_model, zero_has_no_sign_and_infinities_are_the_ends) {
    struct item items[] = {
        {0, true, "b"}, {-0.0, true, "a"}, {1.0 / 0.0, true, "i"}, {-1.0 / 0.0, true, "m"}};
    struct score_tree *tree = score_tree_create(&type);
    for (size_t i = 0; i < 4; i++) {
        score_tree_insert(tree, items[i].score, &items[i]);
    }
    require(score_position_item(score_tree_at(tree, 0)) == &items[3]);
    require(score_position_item(score_tree_at(tree, 1)) == &items[1]);
    require(score_position_item(score_tree_at(tree, 2)) == &items[0]);
    require(score_position_item(score_tree_at(tree, 3)) == &items[2]);
    score_tree_destroy(tree);
}

Test(score_tree_model, takes_few_bytes_a_pair) {
    enum { COUNT = 100000 };
    struct item *items = alloc_zeroed(COUNT * sizeof *items);
    struct random random;
    unit_random(&random, "score_tree memory");
    for (int kind = 0; kind < 3; kind++) {
        struct score_tree *tree = score_tree_create(&type);
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
