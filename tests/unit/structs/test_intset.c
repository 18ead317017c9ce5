#include "structs/intset.h"

#include "base/alloc.h"
#include "base/random.h"
#include "support/unit.h"

#include <string.h>

static uint8_t *add(uint8_t *block, int64_t number) {
    size_t index;
    return intset_find(block, number, &index) ? block : intset_insert(block, index, number);
}

Test(intset, an_empty_set_is_eight_bytes) {
    uint8_t *block = intset_create();
    cr_assert_eq(intset_count(block), 0);
    cr_assert_eq(intset_size(block), 8);
    cr_assert(intset_verify(block, intset_size(block)));
    size_t index = 9;
    cr_assert_not(intset_find(block, 0, &index));
    cr_assert_eq(index, 0);
    intset_free(block);
}

Test(intset, the_block_is_in_the_published_format) {
    uint8_t *block = intset_create();
    block = add(block, 1);
    block = add(block, -2);
    static const uint8_t two[] = {2, 0, 0, 0, 2, 0, 0, 0, 0xfe, 0xff, 1, 0};
    cr_assert_eq(intset_size(block), sizeof two);
    cr_assert_eq(memcmp(block, two, sizeof two), 0);
    block = add(block, 70000);
    static const uint8_t four[] = {4,    0,    0, 0, 3, 0, 0,    0,    0xfe, 0xff,
                                   0xff, 0xff, 1, 0, 0, 0, 0x70, 0x11, 1,    0};
    cr_assert_eq(intset_size(block), sizeof four);
    cr_assert_eq(memcmp(block, four, sizeof four), 0);
    block = add(block, INT64_MIN);
    cr_assert_eq(block[0], 8);
    cr_assert_eq(intset_size(block), 8 + 4 * 8);
    cr_assert_eq(intset_get(block, 0), INT64_MIN);
    cr_assert_eq(intset_get(block, 3), 70000);
    intset_free(block);
}

Test(intset, the_edges_of_each_width_come_back) {
    static const int64_t numbers[] = {
        INT16_MIN, INT16_MAX, INT16_MIN - 1,          INT16_MAX + 1,
        INT32_MIN, INT32_MAX, (int64_t)INT32_MIN - 1, (int64_t)INT32_MAX + 1,
        INT64_MIN, INT64_MAX};
    static const size_t widths[] = {2, 2, 4, 4, 4, 4, 8, 8, 8, 8};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint8_t *block = add(intset_create(), numbers[i]);
        require(intset_size(block) == 8 + widths[i]);
        require(intset_get(block, 0) == numbers[i]);
        block = add(block, 0);
        require(intset_count(block) == 2);
        require(intset_get(block, numbers[i] > 0 ? 1 : 0) == numbers[i]);
        require(intset_verify(block, intset_size(block)));
        intset_free(block);
    }
}

Test(intset, damaged_blocks_are_refused) {
    uint8_t *block = intset_create();
    for (int64_t i = 0; i < 5; i++) {
        block = add(block, i * 100);
    }
    size_t size = intset_size(block);
    cr_assert(intset_verify(block, size));
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *part = alloc_new(cut);
        memcpy(part, block, cut);
        require(!intset_verify(part, cut));
        alloc_free(part);
    }
    static const uint8_t widths[] = {0, 1, 3, 5, 16, 255};
    for (size_t i = 0; i < sizeof widths; i++) {
        block[0] = widths[i];
        require(!intset_verify(block, size));
    }
    block[0] = 2;
    block[4] = 6;
    cr_assert_not(intset_verify(block, size), "a count that is too large");
    block[4] = 4;
    cr_assert_not(intset_verify(block, size), "bytes behind the end");
    block[7] = 0x80;
    cr_assert_not(intset_verify(block, size), "a size that overflows");
    block[7] = 0;
    block[4] = 5;
    memcpy(block + 8 + 4, block + 8 + 2, 2);
    cr_assert_not(intset_verify(block, size), "an integer twice");
    block[8 + 5] = 0x80;
    cr_assert_not(intset_verify(block, size), "out of order");
    intset_free(block);
}

/* A sorted array beside it. */
struct model {
    int64_t numbers[300];
    size_t count;
};

static bool model_find(const struct model *model, int64_t number, size_t *index) {
    *index = 0;
    while (*index < model->count && model->numbers[*index] < number) {
        (*index)++;
    }
    return *index < model->count && model->numbers[*index] == number;
}

static int64_t random_number(struct random *random) {
    static const unsigned shifts[] = {56, 48, 40, 32, 16, 0};
    int64_t number = (int64_t)(random_next(random) >> shifts[random_below(random, 6)]);
    return random_below(random, 2) == 0 ? number : -1 - number;
}

Test(intset, random_changes_give_what_a_sorted_array_gives) {
    struct random random;
    unit_random(&random, "intset");
    size_t before = alloc_used_bytes();
    for (size_t round = 0; round < 60; round++) {
        uint8_t *block = intset_create();
        struct model model = {.count = 0};
        for (size_t step = 0; step < 500; step++) {
            int64_t number = random_number(&random);
            if (model.count > 0 && random_below(&random, 3) == 0) {
                number = model.numbers[random_below(&random, model.count)];
            }
            size_t index;
            size_t wanted;
            bool is_there = model_find(&model, number, &wanted);
            require(intset_find(block, number, &index) == is_there && index == wanted);
            if (is_there && random_below(&random, 2) == 0) {
                block = intset_erase(block, index);
                model.count--;
                memmove(&model.numbers[index], &model.numbers[index + 1],
                        (model.count - index) * sizeof *model.numbers);
            } else if (!is_there && model.count < 300) {
                block = intset_insert(block, index, number);
                memmove(&model.numbers[index + 1], &model.numbers[index],
                        (model.count - index) * sizeof *model.numbers);
                model.numbers[index] = number;
                model.count++;
            }
            require(intset_count(block) == model.count);
        }
        require(intset_verify(block, intset_size(block)));
        uint8_t *copy = intset_copy(block);
        for (size_t i = 0; i < model.count; i++) {
            require(intset_get(block, i) == model.numbers[i]);
            require(intset_get(copy, i) == model.numbers[i]);
        }
        intset_free(copy);
        intset_free(block);
    }
    cr_assert_eq(alloc_used_bytes(), before);
}
