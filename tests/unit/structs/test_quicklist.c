#include "structs/quicklist.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <string.h>

enum { TEXT_MAX = 70000 };

/* ---- A model: an array of texts ---- */

struct model {
    sds *texts;
    size_t count;
    size_t capacity;
};

static void model_insert(struct model *model, size_t index, struct bytes text) {
    if (model->count == model->capacity) {
        model->capacity = 2 * model->capacity + 16;
        model->texts = alloc_resize(model->texts, model->capacity * sizeof *model->texts);
    }
    memmove(model->texts + index + 1, model->texts + index,
            (model->count - index) * sizeof *model->texts);
    model->texts[index] = sds_new(text);
    model->count++;
}

static void model_erase(struct model *model, size_t index, size_t count) {
    for (size_t i = index; i < index + count; i++) {
        sds_free(model->texts[i]);
    }
    memmove(model->texts + index, model->texts + index + count,
            (model->count - index - count) * sizeof *model->texts);
    model->count -= count;
}

static void model_release(struct model *model) {
    model_erase(model, 0, model->count);
    alloc_free(model->texts);
}

static void check_model(const struct model *model, const struct quicklist *list) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    quicklist_verify(list);
    require(quicklist_count(list) == model->count);
    struct quicklist_position position = quicklist_seek(list, 0);
    for (size_t i = 0; i < model->count; i++) {
        require(position.node != NULL);
        require(bytes_equal(quicklist_get(position, scratch), sds_view(model->texts[i])));
        position = quicklist_next(position);
    }
    require(position.node == NULL);
    position = quicklist_seek(list, -1);
    for (size_t i = model->count; i > 0; i--) {
        require(position.node != NULL);
        require(bytes_equal(quicklist_get(position, scratch), sds_view(model->texts[i - 1])));
        position = quicklist_previous(position);
    }
    require(position.node == NULL);
    require(quicklist_seek(list, (int64_t)model->count).node == NULL);
    require(quicklist_seek(list, -(int64_t)model->count - 1).node == NULL);
}

/* ---- Random operations ---- */

struct world {
    struct random *random;
    struct quicklist *list;
    struct model model;
    char *buffer;
    size_t text_max;
};

static struct bytes random_text(struct world *world) {
    struct random *random = world->random;
    if (random_below(random, 3) == 0) {
        size_t length = text_print_int64(world->buffer, (int64_t)random_below(random, 100000));
        return (struct bytes){world->buffer, length};
    }
    size_t limit = random_below(random, 20) == 0 ? world->text_max : 40;
    size_t length = random_below(random, limit);
    memset(world->buffer, 'a' + (int)random_below(random, 26), length);
    return (struct bytes){world->buffer, length};
}

static struct quicklist_position check_seek(const struct world *world, size_t index) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    struct quicklist_position position = quicklist_seek(world->list, (int64_t)index);
    struct quicklist_position again =
        quicklist_seek(world->list, (int64_t)index - (int64_t)world->model.count);
    struct bytes expected = sds_view(world->model.texts[index]);
    require(position.node == again.node && position.element == again.element);
    require(bytes_equal(quicklist_get(position, scratch), expected));
    struct listpack_wanted wanted = listpack_wanted(expected);
    require(quicklist_equals(position, &wanted));
    wanted = listpack_wanted(BYTES("something else"));
    require(!quicklist_equals(position, &wanted));
    return position;
}

static void add_one(struct world *world) {
    struct bytes text = random_text(world);
    size_t count = world->model.count;
    if (count == 0 || random_below(world->random, 2) == 0) {
        bool at_head = random_below(world->random, 2) == 0;
        quicklist_push(world->list, text, at_head ? QUICKLIST_HEAD : QUICKLIST_TAIL);
        model_insert(&world->model, at_head ? 0 : count, text);
        return;
    }
    size_t index = random_below(world->random, count);
    bool behind = random_below(world->random, 2) == 0;
    quicklist_insert(world->list, check_seek(world, index), text, behind);
    model_insert(&world->model, index + behind, text);
}

static void erase_one(struct world *world, size_t index) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    bool backwards = random_below(world->random, 2) == 0;
    struct quicklist_position next =
        quicklist_erase(world->list, check_seek(world, index), backwards);
    model_erase(&world->model, index, 1);
    size_t expected = backwards ? index - 1 : index;
    bool has_next = expected < world->model.count && !(backwards && index == 0);
    require((next.node != NULL) == has_next);
    require(!has_next ||
            bytes_equal(quicklist_get(next, scratch), sds_view(world->model.texts[expected])));
}

static void change_one(struct world *world) {
    size_t count = world->model.count;
    size_t index = random_below(world->random, count);
    switch (random_below(world->random, 8)) {
    case 0: {
        size_t erased = random_below(world->random, 30);
        quicklist_erase_range(world->list, index, erased);
        model_erase(&world->model, index, erased < count - index ? erased : count - index);
        return;
    }
    case 1:
    case 2:
    case 3: {
        struct bytes text = random_text(world);
        quicklist_replace(world->list, check_seek(world, index), text);
        sds_free(world->model.texts[index]);
        world->model.texts[index] = sds_new(text);
        return;
    }
    default:
        erase_one(world, index);
    }
}

static void run_world(struct random *random, int64_t fill, size_t steps, size_t text_max) {
    size_t start = alloc_used_bytes();
    struct world world = {random, quicklist_create(fill), {NULL, 0, 0}, NULL, text_max};
    world.buffer = alloc_new(TEXT_MAX);
    for (size_t step = 0; step < steps; step++) {
        bool grows = step / 400 % 2 == 0;
        if (world.model.count == 0 || random_below(random, 10) < (grows ? 8 : 4)) {
            add_one(&world);
        } else {
            change_one(&world);
        }
        if (step % 20 == 0) {
            check_model(&world.model, world.list);
        }
    }
    check_model(&world.model, world.list);
    struct quicklist *copy = quicklist_copy(world.list);
    quicklist_destroy(world.list);
    check_model(&world.model, copy);
    quicklist_destroy(copy);
    model_release(&world.model);
    alloc_free(world.buffer);
    require(alloc_used_bytes() == start);
}

Test(quicklist, random_operations_agree_with_a_model_under_every_fill) {
    struct random random;
    unit_random(&random, "quicklist.model");
    static const int64_t fills[] = {-5, -4, -3, -2, -1, 0, 1, 2, 3, 16, 128, 32767, -100};
    for (size_t i = 0; i < sizeof fills / sizeof *fills; i++) {
        run_world(&random, fills[i], 1600, i % 2 == 0 ? 3000 : 20000);
    }
}

Test(quicklist, elements_larger_than_any_node_agree_with_a_model) {
    struct random random;
    unit_random(&random, "quicklist.large");
    run_world(&random, -1, 1500, TEXT_MAX);
    run_world(&random, -5, 1500, TEXT_MAX);
    run_world(&random, 4, 1500, TEXT_MAX);
}

Test(quicklist, a_packed_threshold_makes_elements_plain) {
    struct random random;
    unit_random(&random, "quicklist.packed");
    size_t thresholds[] = {1, 5, 100};
    for (size_t i = 0; i < 3; i++) {
        quicklist_set_packed_threshold(thresholds[i]);
        run_world(&random, -2, 1500, 300);
        run_world(&random, 3, 1500, 300);
    }
    quicklist_set_packed_threshold(0);
}

Test(quicklist, a_threshold_that_changes_under_a_list_is_safe) {
    struct random random;
    unit_random(&random, "quicklist.change");
    struct world world = {&random, quicklist_create(-1), {NULL, 0, 0}, NULL, 200};
    world.buffer = alloc_new(TEXT_MAX);
    for (size_t step = 0; step < 3000; step++) {
        if (step % 50 == 0) {
            quicklist_set_packed_threshold(random_below(&random, 60));
        }
        if (world.model.count == 0 || random_below(&random, 2) == 0) {
            add_one(&world);
        } else {
            change_one(&world);
        }
        if (step % 10 == 0) {
            check_model(&world.model, world.list);
        }
    }
    quicklist_set_packed_threshold(0);
    quicklist_destroy(world.list);
    model_release(&world.model);
    alloc_free(world.buffer);
}

/* ---- Limits ---- */

Test(quicklist, a_node_holds_what_the_fill_allows) {
    require(!quicklist_exceeds(-1, 100000, 4096) && quicklist_exceeds(-1, 1, 4097));
    require(!quicklist_exceeds(-2, 100000, 8192) && quicklist_exceeds(-2, 1, 8193));
    require(!quicklist_exceeds(-3, 1, 16384) && quicklist_exceeds(-3, 1, 16385));
    require(!quicklist_exceeds(-4, 1, 32768) && quicklist_exceeds(-4, 1, 32769));
    require(!quicklist_exceeds(-5, 1, 65536) && quicklist_exceeds(-5, 1, 65537));
    require(!quicklist_exceeds(-6, 1, 65536) && quicklist_exceeds(-6, 1, 65537));
    require(!quicklist_exceeds(INT64_MIN + 1, 1, 65536));
    require(!quicklist_exceeds(3, 3, 8192) && quicklist_exceeds(3, 4, 100));
    require(quicklist_exceeds(3, 1, 8193));
    require(!quicklist_exceeds(0, 1, 100) && quicklist_exceeds(0, 2, 100));
}

Test(quicklist, no_threshold_makes_a_block_that_files_cannot_hold) {
    require(!quicklist_is_alone(-2, 8192) && quicklist_is_alone(-2, 8193));
    quicklist_set_packed_threshold(100);
    require(!quicklist_is_alone(-2, 99) && quicklist_is_alone(-2, 100));
    quicklist_set_packed_threshold(SIZE_MAX);
    require(!quicklist_is_alone(-2, LISTPACK_SIZE_MAX - 17));
    require(quicklist_is_alone(-2, LISTPACK_SIZE_MAX - 16) && quicklist_is_alone(-2, SIZE_MAX));
    quicklist_set_packed_threshold(0);
}

Test(quicklist, pushed_elements_fill_nodes_up) {
    static const size_t node_counts[][2] = {{1, 1000}, {2, 500}, {3, 334}, {128, 8}, {1000, 1}};
    for (size_t i = 0; i < 5; i++) {
        struct quicklist *list = quicklist_create((int64_t)node_counts[i][0]);
        for (size_t j = 0; j < 1000; j++) {
            quicklist_push(list, BYTES("x"), j % 2 == 0 ? QUICKLIST_TAIL : QUICKLIST_HEAD);
        }
        size_t count = quicklist_node_count(list);
        require(count >= node_counts[i][1] && count <= node_counts[i][1] + 1);
        quicklist_verify(list);
        quicklist_destroy(list);
    }
}

Test(quicklist, inserting_into_a_full_node_does_not_leave_crumbs) {
    struct quicklist *list = quicklist_create(8);
    for (size_t i = 0; i < 64; i++) {
        quicklist_push(list, BYTES("x"), QUICKLIST_TAIL);
    }
    struct random random;
    unit_random(&random, "quicklist.crumbs");
    for (size_t i = 0; i < 2000; i++) {
        size_t index = random_below(&random, quicklist_count(list));
        quicklist_insert(list, quicklist_seek(list, (int64_t)index), BYTES("y"), i % 2 == 0);
    }
    quicklist_verify(list);
    /* Half full on average would be 516. */
    require(quicklist_node_count(list) < 700);
    quicklist_destroy(list);
}

/* ---- Conversions ---- */

Test(quicklist, a_listpack_becomes_a_list_of_one_node_and_back_when_small) {
    size_t start = alloc_used_bytes();
    uint8_t *block = listpack_create();
    for (size_t i = 0; i < 10; i++) {
        block = listpack_append(block, BYTES("element"));
    }
    struct quicklist *list = quicklist_from_listpack(16, block);
    require(quicklist_count(list) == 10);
    require(quicklist_node_count(list) == 1);
    require(quicklist_to_listpack(list) == NULL);
    quicklist_erase_range(list, 0, 1);
    require(quicklist_to_listpack(list) == NULL);
    quicklist_erase_range(list, 0, 1);
    block = quicklist_to_listpack(list);
    require(block != NULL && listpack_count(block) == 8);
    listpack_free(block);
    require(alloc_used_bytes() == start);
}

Test(quicklist, a_list_limited_by_size_becomes_a_listpack_at_half_of_a_node) {
    struct quicklist *list = quicklist_create(-1);
    char text[1000];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < 3; i++) {
        quicklist_push(list, (struct bytes){text, sizeof text}, QUICKLIST_TAIL);
    }
    require(quicklist_to_listpack(list) == NULL);
    quicklist_erase_range(list, 0, 1);
    uint8_t *block = quicklist_to_listpack(list);
    require(block != NULL && listpack_size(block) <= 2048);
    listpack_free(block);
}

Test(quicklist, lists_of_many_or_plain_nodes_do_not_become_a_listpack) {
    struct quicklist *list = quicklist_create(1);
    quicklist_push(list, BYTES("a"), QUICKLIST_TAIL);
    quicklist_push(list, BYTES("b"), QUICKLIST_TAIL);
    require(quicklist_to_listpack(list) == NULL);
    quicklist_destroy(list);
    char large[5000];
    memset(large, 'x', sizeof large);
    list = quicklist_create(-1);
    quicklist_push(list, (struct bytes){large, sizeof large}, QUICKLIST_TAIL);
    require(quicklist_to_listpack(list) == NULL);
    quicklist_verify(list);
    quicklist_destroy(list);
}

Test(quicklist, its_memory_is_what_was_allocated) {
    size_t start = alloc_used_bytes();
    struct quicklist *list = quicklist_create(-2);
    char large[9000];
    memset(large, 'x', sizeof large);
    for (size_t i = 0; i < 3000; i++) {
        size_t length = i % 100 == 0 ? sizeof large : i % 50;
        quicklist_push(list, (struct bytes){large, length}, QUICKLIST_TAIL);
    }
    size_t allocated = alloc_used_bytes() - start;
    size_t told = quicklist_memory(list);
    require(told <= allocated && told > allocated - allocated / 50);
    quicklist_destroy(list);
    quicklist_destroy(NULL);
    require(alloc_used_bytes() == start);
}

Test(quicklist, an_empty_list_has_no_positions) {
    struct quicklist *list = quicklist_create(-2);
    require(quicklist_seek(list, 0).node == NULL);
    require(quicklist_seek(list, -1).node == NULL);
    quicklist_erase_range(list, 0, 10);
    quicklist_verify(list);
    require(quicklist_to_listpack(list) == NULL);
    quicklist_destroy(list);
}
