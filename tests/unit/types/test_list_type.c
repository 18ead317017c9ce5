#include "types/list_type.h"

#include "base/alloc.h"
#include "base/random.h"
#include "support/unit.h"
#include "types/type_limits.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <string.h>

/* A plain array of texts. */
enum { MODEL_MAX = 3000 };

struct model {
    sds items[MODEL_MAX];
    size_t count;
};

static void model_insert(struct model *model, size_t index, struct bytes text) {
    require(model->count < MODEL_MAX);
    memmove(&model->items[index + 1], &model->items[index],
            (model->count - index) * sizeof *model->items);
    model->items[index] = sds_new(text);
    model->count++;
}

static void model_erase(struct model *model, size_t index) {
    sds_free(model->items[index]);
    model->count--;
    memmove(&model->items[index], &model->items[index + 1],
            (model->count - index) * sizeof *model->items);
}

static void push(struct value *value, struct bytes element, enum list_end end) {
    list_type_prepare(value, &element, 1);
    list_type_push(value, element, end);
}

struct check {
    const struct model *model;
    size_t next;
    size_t seen;
    bool backwards;
};

static bool check_element(void *context, size_t index, struct bytes element) {
    struct check *check = context;
    require(index == check->next);
    require(bytes_equal(element, sds_view(check->model->items[index])));
    check->next = check->backwards ? check->next - 1 : check->next + 1;
    check->seen++;
    return true;
}

static void require_same(struct random *random, const struct value *value,
                         const struct model *model) {
    require(list_type_length(value) == model->count);
    struct check check = {.model = model};
    list_type_range(value, 0, model->count, false, check_element, &check);
    require(check.seen == model->count);
    char scratch[LIST_SCRATCH_SIZE];
    struct bytes element;
    require(!list_type_get(value, (int64_t)model->count, scratch, &element));
    require(!list_type_get(value, -(int64_t)model->count - 1, scratch, &element));
    if (model->count > 0) {
        size_t index = random_below(random, model->count);
        check = (struct check){model, index, 0, true};
        list_type_range(value, index, index + 1, true, check_element, &check);
        require(check.seen == index + 1);
        require(list_type_get(value, (int64_t)index, scratch, &element));
        require(bytes_equal(element, sds_view(model->items[index])));
        require(list_type_get(value, (int64_t)index - (int64_t)model->count, scratch, &element));
        require(bytes_equal(element, sds_view(model->items[index])));
    }
}

static struct bytes random_element(struct random *random, char *text) {
    size_t length = random_below(random, random_below(random, 30) == 0 ? 500 : 6);
    unit_random_bytes(random, text, length, 3);
    if (random_below(random, 3) == 0) {
        length = (size_t)snprintf(text, 500, "%d", (int)random_below(random, 5));
    }
    return (struct bytes){text, length};
}

static size_t model_remove(struct model *model, struct bytes text, int64_t count) {
    size_t removed = 0;
    size_t limit = count == 0 ? SIZE_MAX : (size_t)(count < 0 ? -count : count);
    for (size_t left = model->count; left > 0 && removed < limit && count < 0; left--) {
        if (bytes_equal(sds_view(model->items[left - 1]), text)) {
            model_erase(model, left - 1);
            removed++;
        }
    }
    for (size_t i = 0; i < model->count && removed < limit && count >= 0;) {
        if (bytes_equal(sds_view(model->items[i]), text)) {
            model_erase(model, i);
            removed++;
        } else {
            i++;
        }
    }
    return removed;
}

static void model_step(struct random *random, struct value *value, struct model *model,
                       unsigned growth) {
    char text[500];
    struct bytes element = random_element(random, text);
    char other_text[500];
    struct bytes other = random_element(random, other_text);
    size_t index = model->count > 0 ? random_below(random, model->count) : 0;
    unsigned choice = (unsigned)random_below(random, 10);
    if (choice < growth && model->count < MODEL_MAX - 1) {
        enum list_end end = random_below(random, 2) == 0 ? LIST_HEAD : LIST_TAIL;
        push(value, element, end);
        model_insert(model, end == LIST_HEAD ? 0 : model->count, element);
    } else if (choice == 9) {
        list_type_prepare(value, &element, 1);
        require(list_type_set(value, (int64_t)index, element) == (model->count > 0));
        if (model->count > 0) {
            model_erase(model, index);
            model_insert(model, index, element);
        }
    } else if (choice == 8 && model->count < MODEL_MAX - 1) {
        bool behind = random_below(random, 2) == 0;
        size_t place = 0;
        while (place < model->count && !bytes_equal(sds_view(model->items[place]), other)) {
            place++;
        }
        list_type_prepare(value, &element, 1);
        require(list_type_insert(value, other, element, behind) == (place < model->count));
        if (place < model->count) {
            model_insert(model, place + behind, element);
        }
    } else if (choice == 7 && random_below(random, 4) == 0) {
        int64_t count = (int64_t)random_below(random, 5) - 2;
        require(list_type_remove(value, other, count) == model_remove(model, other, count));
    } else if (model->count > 0) {
        size_t count = 1 + random_below(random, model->count < 4 ? model->count : 4);
        enum list_end end = random_below(random, 2) == 0 ? LIST_HEAD : LIST_TAIL;
        list_type_drop(value, end, count);
        for (; count > 0; count--) {
            model_erase(model, end == LIST_HEAD ? 0 : model->count - 1);
        }
    }
}

static void run_model(struct random *random, int64_t fill) {
    struct type_limits limits = *type_limits();
    limits.list_fill = fill;
    type_limits_set(&limits);
    struct value value;
    list_type_create(&value);
    struct model *model = alloc_zeroed(sizeof *model);
    static const unsigned growths[] = {7, 2, 7, 1};
    for (size_t phase = 0; phase < 4; phase++) {
        for (size_t step = 0; step < 1500; step++) {
            model_step(random, &value, model, growths[phase]);
            if (step % 50 == 0) {
                require_same(random, &value, model);
            }
        }
    }
    require_same(random, &value, model);
    struct value copy;
    value_ops_copy(&value, &copy);
    value_ops_free(&value);
    require_same(random, &copy, model);
    value_ops_free(&copy);
    while (model->count > 0) {
        model_erase(model, model->count - 1);
    }
    alloc_free(model);
}

Test(list_type, random_changes_give_what_a_plain_array_gives) {
    struct random random;
    unit_random(&random, "list_type");
    size_t before = alloc_used_bytes();
    static const int64_t fills[] = {-2, -1, 1, 3, 50, 500};
    for (size_t i = 0; i < sizeof fills / sizeof *fills; i++) {
        run_model(&random, fills[i]);
    }
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(list_type, the_encoding_changes_at_its_threshold_and_back_at_half) {
    struct type_limits limits = *type_limits();
    limits.list_fill = 10;
    type_limits_set(&limits);
    struct value value;
    list_type_create(&value);
    for (size_t i = 0; i < 10; i++) {
        push(&value, BYTES("x"), LIST_TAIL);
        cr_assert_str_eq(value_ops_encoding_name(&value), "listpack");
    }
    push(&value, BYTES("x"), LIST_TAIL);
    cr_assert_str_eq(value_ops_encoding_name(&value), "quicklist");
    list_type_drop(&value, LIST_TAIL, 5);
    cr_assert_str_eq(value_ops_encoding_name(&value), "quicklist");
    list_type_drop(&value, LIST_TAIL, 1);
    cr_assert_str_eq(value_ops_encoding_name(&value), "listpack");
    cr_assert_eq(list_type_length(&value), 5);
    value_ops_free(&value);
}

/* Pushes in front fill a short node, which counts as one with the node behind it. */
Test(list_type, a_list_that_was_pushed_to_in_front_becomes_compact_at_the_same_length) {
    char text[100];
    size_t compact_lengths[2] = {0, 0};
    memset(text, 'x', sizeof text);
    for (enum list_end end = LIST_HEAD; end <= LIST_TAIL; end++) {
        struct value value;
        list_type_create(&value);
        for (size_t i = 0; i < 90; i++) {
            push(&value, (struct bytes){text, sizeof text}, end);
        }
        cr_assert_str_eq(value_ops_encoding_name(&value), "quicklist");
        while (strcmp(value_ops_encoding_name(&value), "quicklist") == 0) {
            list_type_drop(&value, end == LIST_HEAD ? LIST_TAIL : LIST_HEAD, 1);
        }
        compact_lengths[end] = list_type_length(&value);
        value_ops_free(&value);
    }
    cr_assert_eq(compact_lengths[LIST_HEAD], compact_lengths[LIST_TAIL]);
}

Test(list_type, bytes_beyond_8_kib_make_it_a_quicklist) {
    char text[9000];
    memset(text, 'x', sizeof text);
    struct value value;
    list_type_create(&value);
    push(&value, BYTES("small"), LIST_TAIL);
    push(&value, (struct bytes){text, sizeof text}, LIST_HEAD);
    cr_assert_str_eq(value_ops_encoding_name(&value), "quicklist");
    char scratch[LIST_SCRATCH_SIZE];
    struct bytes element;
    cr_assert(list_type_get(&value, 0, scratch, &element));
    cr_assert_eq(element.length, sizeof text);
    cr_assert(list_type_set(&value, 0, BYTES("tiny")));
    cr_assert_eq(list_type_length(&value), 2);
    value_ops_free(&value);
}

Test(list_type, what_is_not_there_is_refused) {
    struct value value;
    list_type_create(&value);
    cr_assert_not(list_type_set(&value, 0, BYTES("x")));
    cr_assert_not(list_type_insert(&value, BYTES("a"), BYTES("b"), true));
    cr_assert_eq(list_type_remove(&value, BYTES("a"), 0), 0);
    cr_assert(value_ops_is_empty(&value));
    push(&value, BYTES("a"), LIST_TAIL);
    cr_assert_not(list_type_set(&value, 1, BYTES("x")));
    cr_assert_not(list_type_set(&value, -2, BYTES("x")));
    cr_assert_not(value_ops_is_empty(&value));
    value_ops_free(&value);
}
