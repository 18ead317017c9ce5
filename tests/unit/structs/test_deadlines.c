#include "structs/deadlines.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/random.h"
#include "support/unit.h"

#include <signal.h>

#define NOW_MS INT64_C(1700000000123)

/* The node stands unaligned, as it does inside an entry. */
struct object {
    char before;
    char node[DEADLINE_NODE_SIZE];
    bool is_in;
    int64_t deadline_ms;
};

static struct object *object_of(void *node) {
    return DEADLINE_ENTRY(node, struct object, node);
}

static void put(struct deadlines *deadlines, struct object *object, int64_t deadline_ms) {
    object->deadline_ms = deadline_ms;
    object->is_in = true;
    deadlines_insert(deadlines, object->node, deadline_ms);
}

/* Takes the next due object out; NULL when there is none. */
static struct object *take_one(struct deadlines *deadlines, int64_t now_ms) {
    void *node = NULL;
    size_t steps = 0;
    do {
        steps = 1000;
        node = deadlines_take_due(deadlines, now_ms, &steps);
    } while (node == NULL && steps == 0);
    if (node == NULL) {
        return NULL;
    }
    struct object *object = object_of(node);
    require(object->is_in);
    require(object->deadline_ms == deadline_node_time(node));
    require(object->deadline_ms <= now_ms);
    deadlines_remove(deadlines, node);
    object->is_in = false;
    return object;
}

static size_t take_all(struct deadlines *deadlines, int64_t now_ms) {
    size_t count = 0;
    while (take_one(deadlines, now_ms) != NULL) {
        count++;
    }
    return count;
}

Test(deadlines, it_tells_how_long_it_is_until_the_next_one) {
    struct deadlines *deadlines = deadlines_create(NOW_MS);
    struct object object;
    require(deadlines_left_ms(deadlines, NOW_MS) == INT64_MAX);
    put(deadlines, &object, NOW_MS + 5);
    require(deadlines_left_ms(deadlines, NOW_MS) == 5);
    require(deadlines_left_ms(deadlines, NOW_MS + 4) == 1);
    require(deadlines_left_ms(deadlines, NOW_MS + 9) == 0);
    deadlines_destroy(deadlines);
}

Test(deadlines, an_empty_index_has_nothing_due) {
    size_t start = alloc_used_bytes();
    struct deadlines *deadlines = deadlines_create(NOW_MS);
    require(deadlines_count(deadlines) == 0);
    require(deadlines_mean(deadlines) == 0);
    require(deadlines_next(deadlines) == INT64_MAX);
    require(take_one(deadlines, NOW_MS) == NULL);
    require(take_one(deadlines, INT64_MAX) == NULL);
    require(take_one(deadlines, 0) == NULL);
    deadlines_destroy(deadlines);
    deadlines_destroy(NULL);
    require(alloc_used_bytes() == start);
}

Test(deadlines, a_node_is_due_at_its_millisecond_and_not_before) {
    static const int64_t distances[] = {1,     2,     255,     256,      257,         65535,
                                        65536, 65537, 1 << 24, 86400000, 31536000000, 1 << 30};
    for (size_t i = 0; i < sizeof distances / sizeof *distances; i++) {
        struct deadlines *deadlines = deadlines_create(NOW_MS);
        struct object object = {0};
        put(deadlines, &object, NOW_MS + distances[i]);
        require(deadlines_next(deadlines) > NOW_MS);
        require(deadlines_next(deadlines) <= NOW_MS + distances[i]);
        require(take_one(deadlines, NOW_MS) == NULL);
        require(take_one(deadlines, NOW_MS + distances[i] - 1) == NULL);
        require(deadlines_next(deadlines) == NOW_MS + distances[i]);
        require(take_one(deadlines, NOW_MS + distances[i]) == &object);
        require(deadlines_count(deadlines) == 0);
        deadlines_destroy(deadlines);
    }
}

Test(deadlines, extreme_deadlines_are_taken) {
    struct deadlines *deadlines = deadlines_create(NOW_MS);
    struct object objects[5] = {0};
    put(deadlines, &objects[0], 0);
    put(deadlines, &objects[1], -1);
    put(deadlines, &objects[2], NOW_MS);
    put(deadlines, &objects[3], INT64_MAX);
    put(deadlines, &objects[4], INT64_MIN);
    require(deadlines_next(deadlines) <= NOW_MS);
    require(take_all(deadlines, NOW_MS) == 4);
    require(objects[3].is_in);
    require(take_one(deadlines, INT64_MAX - 1) == NULL);
    require(take_one(deadlines, INT64_MAX) == &objects[3]);
    deadlines_destroy(deadlines);
}

Test(deadlines, a_million_deadlines_in_one_second_are_handed_out_in_slices) {
    enum { COUNT = 1000000, STEPS = 500 };
    struct random random;
    unit_random(&random, "deadlines.million");
    struct object *objects = alloc_zeroed(COUNT * sizeof *objects);
    struct deadlines *deadlines = deadlines_create(NOW_MS);
    for (size_t i = 0; i < COUNT; i++) {
        put(deadlines, &objects[i], NOW_MS + 3600000 + (int64_t)random_below(&random, 1000));
    }
    require(deadlines_count(deadlines) == COUNT);
    int64_t mean = deadlines_mean(deadlines) - NOW_MS;
    require(mean > 3600400 && mean < 3600600);
    size_t taken = 0;
    size_t slices = 0;
    int64_t now_ms = NOW_MS + 3600000 - 1;
    require(take_all(deadlines, now_ms) == 0);
    while (taken < COUNT) {
        now_ms += slices % 4 == 0;
        size_t steps = STEPS;
        void *node = NULL;
        while ((node = deadlines_take_due(deadlines, now_ms, &steps)) != NULL) {
            require(deadline_node_time(node) <= now_ms);
            deadlines_remove(deadlines, node);
            taken++;
            if (steps == 0) {
                break;
            }
        }
        require(++slices < 20000);
    }
    require(deadlines_count(deadlines) == 0);
    require(deadlines_next(deadlines) == INT64_MAX);
    deadlines_destroy(deadlines);
    alloc_free(objects);
}

/* Each node is moved once a level at most, so the work stays linear. */
Test(deadlines, steps_stay_in_proportion_to_the_nodes) {
    enum { COUNT = 10000 };
    struct object *objects = alloc_zeroed(COUNT * sizeof *objects);
    struct deadlines *deadlines = deadlines_create(NOW_MS);
    for (size_t i = 0; i < COUNT; i++) {
        put(deadlines, &objects[i], NOW_MS + (int64_t)i * 977);
    }
    size_t steps_left = COUNT * 20;
    size_t taken = 0;
    void *node = NULL;
    while ((node = deadlines_take_due(deadlines, NOW_MS + COUNT * 977, &steps_left)) != NULL) {
        deadlines_remove(deadlines, node);
        taken++;
    }
    require(taken == COUNT);
    require(steps_left > 0);
    deadlines_destroy(deadlines);
    alloc_free(objects);
}

Test(deadlines, due_nodes_come_in_the_order_of_time_while_the_clock_runs_evenly) {
    enum { COUNT = 5000 };
    struct random random;
    unit_random(&random, "deadlines.order");
    struct object *objects = alloc_zeroed(COUNT * sizeof *objects);
    struct deadlines *deadlines = deadlines_create(NOW_MS);
    for (size_t i = 0; i < COUNT; i++) {
        put(deadlines, &objects[i], NOW_MS + 1 + (int64_t)random_below(&random, 100000));
    }
    for (int64_t now_ms = NOW_MS; now_ms <= NOW_MS + 100000; now_ms++) {
        struct object *object = NULL;
        while ((object = take_one(deadlines, now_ms)) != NULL) {
            require(object->deadline_ms == now_ms);
        }
    }
    require(deadlines_count(deadlines) == 0);
    deadlines_destroy(deadlines);
    alloc_free(objects);
}

Test(deadlines, a_clock_set_back_delays_what_is_not_due_any_more) {
    struct deadlines *deadlines = deadlines_create(NOW_MS);
    struct object objects[300] = {0};
    for (size_t i = 0; i < 300; i++) {
        put(deadlines, &objects[i], NOW_MS + (int64_t)i * 1000);
    }
    require(take_all(deadlines, NOW_MS + 99000) == 100);
    require(take_one(deadlines, NOW_MS - 10000000) == NULL);
    put(deadlines, &objects[0], NOW_MS - 9999999);
    require(take_one(deadlines, NOW_MS - 9999999) == &objects[0]);
    require(take_one(deadlines, NOW_MS + 99000) == NULL);
    require(take_all(deadlines, NOW_MS + 150000) == 51);
    require(take_one(deadlines, 0) == NULL);
    require(take_all(deadlines, NOW_MS + 300000) == 149);
    deadlines_destroy(deadlines);
}

Test(deadlines, a_moved_object_is_handed_out_at_its_new_place) {
    enum { COUNT = 100 };
    struct deadlines *deadlines = deadlines_create(NOW_MS);
    struct object *objects = alloc_zeroed(2 * COUNT * sizeof *objects);
    for (size_t i = 0; i < COUNT; i++) {
        put(deadlines, &objects[i], NOW_MS + (int64_t)(i % 7) * 100);
    }
    for (size_t i = 0; i < COUNT; i++) {
        objects[COUNT + i] = objects[i];
        deadlines_moved(deadlines, objects[i].node, objects[COUNT + i].node);
        memset(&objects[i], 0x5a, sizeof objects[i]);
    }
    size_t taken = 0;
    struct object *object = NULL;
    while ((object = take_one(deadlines, NOW_MS + 1000)) != NULL) {
        require(object >= objects + COUNT);
        taken++;
    }
    require(taken == COUNT);
    deadlines_destroy(deadlines);
    alloc_free(objects);
}

Test(deadlines, the_mean_follows_every_change) {
    struct deadlines *deadlines = deadlines_create(NOW_MS);
    struct object objects[2] = {0};
    put(deadlines, &objects[0], NOW_MS + 1000);
    require(deadlines_mean(deadlines) == NOW_MS + 1000);
    put(deadlines, &objects[1], NOW_MS + 3000);
    require(deadlines_mean(deadlines) == NOW_MS + 2000);
    deadlines_change(deadlines, objects[1].node, NOW_MS + 5000);
    require(deadlines_mean(deadlines) == NOW_MS + 3000);
    deadlines_remove(deadlines, objects[0].node);
    require(deadlines_mean(deadlines) == NOW_MS + 5000);
    deadlines_remove(deadlines, objects[1].node);
    require(deadlines_mean(deadlines) == 0);
    deadlines_destroy(deadlines);
}

Test(deadlines, removing_from_an_empty_index_is_a_programmers_mistake, .signal = SIGABRT) {
    struct object object = {0};
    deadlines_remove(deadlines_create(NOW_MS), object.node);
}

/* ---- Against a model ---- */

enum { MODEL_COUNT = 400 };

struct model {
    struct deadlines *deadlines;
    struct object *objects;
    struct random *random;
    int64_t now_ms;
};

static int64_t random_deadline(struct model *model) {
    int64_t distance =
        (int64_t)(random_next(model->random) >> (20 + random_below(model->random, 44)));
    return model->now_ms + (random_below(model->random, 5) == 0 ? -distance : distance);
}

static int64_t earliest(const struct model *model) {
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        const struct object *object = &model->objects[i];
        if (object->is_in && object->deadline_ms < least) {
            least = object->deadline_ms;
        }
    }
    return least;
}

static void change_one(struct model *model) {
    struct object *object = &model->objects[random_below(model->random, MODEL_COUNT)];
    if (!object->is_in) {
        put(model->deadlines, object, random_deadline(model));
    } else if (random_below(model->random, 2) == 0) {
        object->deadline_ms = random_deadline(model);
        deadlines_change(model->deadlines, object->node, object->deadline_ms);
    } else {
        deadlines_remove(model->deadlines, object->node);
        object->is_in = false;
    }
}

static void check_model(const struct model *model) {
    size_t count = 0;
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        count += model->objects[i].is_in;
    }
    require(deadlines_count(model->deadlines) == count);
    int64_t least = earliest(model);
    int64_t bound = deadlines_next(model->deadlines);
    /* What is due already may be told by the wheel's own time. */
    require(bound <= (least > model->now_ms ? least : model->now_ms));
    require(count > 0 || bound == INT64_MAX);
}

/* Moves the clock, sometimes far or back, takes what is due or a part of it, and compares. */
static void advance(struct model *model) {
    int64_t jump = (int64_t)(random_next(model->random) >> (24 + random_below(model->random, 40)));
    model->now_ms += random_below(model->random, 6) == 0 ? -jump : jump;
    model->now_ms = model->now_ms < 0 ? 0 : model->now_ms;
    if (random_below(model->random, 3) == 0) {
        size_t steps = random_below(model->random, 10);
        void *node = deadlines_take_due(model->deadlines, model->now_ms, &steps);
        if (node != NULL) {
            require(object_of(node)->is_in && object_of(node)->deadline_ms <= model->now_ms);
            deadlines_remove(model->deadlines, node);
            object_of(node)->is_in = false;
        }
        return;
    }
    (void)take_all(model->deadlines, model->now_ms);
    require(earliest(model) > model->now_ms);
}

Test(deadlines, random_operations_agree_with_a_model) {
    struct random random;
    unit_random(&random, "deadlines.model");
    for (size_t round = 0; round < 30; round++) {
        struct model model = {
            .deadlines = deadlines_create(NOW_MS),
            .objects = alloc_zeroed(MODEL_COUNT * sizeof *model.objects),
            .random = &random,
            .now_ms = NOW_MS,
        };
        for (size_t step = 0; step < 3000; step++) {
            if (random_below(&random, 8) == 0) {
                advance(&model);
            } else {
                change_one(&model);
            }
            if (step % 16 == 0) {
                check_model(&model);
            }
        }
        deadlines_destroy(model.deadlines);
        alloc_free(model.objects);
    }
}

/* Nodes of near and far slots, some of them due; each is drawn sooner or later. */
Test(deadlines, every_node_is_drawn) {
    enum { COUNT = 200, DRAW_MAX = 100 * COUNT };
    struct deadlines *deadlines = deadlines_create(NOW_MS);
    struct random random;
    unit_random(&random, "every_node_is_drawn");
    static struct object objects[COUNT];
    require(deadlines_draw(deadlines, &random) == NULL);
    require(deadlines_draw_soon(deadlines) == NULL);
    for (size_t i = 0; i < COUNT; i++) {
        put(deadlines, &objects[i], NOW_MS - 1 + (INT64_C(1) << i % 40));
    }
    size_t drawn = 0;
    for (size_t i = 0; i < DRAW_MAX && drawn < COUNT; i++) {
        struct object *object = object_of(deadlines_draw(deadlines, &random));
        drawn += object->is_in;
        object->is_in = false;
    }
    require(drawn == COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        deadlines_remove(deadlines, objects[i].node);
    }
    require(deadlines_draw(deadlines, &random) == NULL); /* Slots that look occupied are empty. */
    require(deadlines_draw_soon(deadlines) == NULL);
    deadlines_destroy(deadlines);
}

Test(deadlines, those_that_come_first_are_drawn_in_turns) {
    enum { SOON = 5 };
    struct deadlines *deadlines = deadlines_create(NOW_MS);
    struct object objects[SOON];
    struct object later;
    put(deadlines, &later, NOW_MS + 100000000);
    for (size_t i = 0; i < SOON; i++) {
        put(deadlines, &objects[i], NOW_MS + 100000);
    }
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < SOON; i++) {
            require(deadlines_draw_soon(deadlines) == objects[i].node);
        }
    }
    for (size_t i = 0; i < SOON; i++) {
        deadlines_remove(deadlines, objects[i].node);
    }
    require(deadlines_draw_soon(deadlines) == later.node);
    deadlines_destroy(deadlines);
}
