#include "types/sampling.h"

#include "base/alloc.h"
#include "base/random.h"
#include "support/unit.h"

Test(sampling, a_walk_takes_exactly_what_is_wanted) {
    struct random random;
    unit_random(&random, "sampling_walk");
    for (size_t total = 0; total < 60; total++) {
        for (size_t wanted = 0; wanted <= total; wanted++) {
            struct sampling_walk walk = {&random, total, wanted};
            size_t taken = 0;
            for (size_t i = 0; i < total; i++) {
                taken += sampling_takes_next(&walk);
            }
            require(taken == wanted);
        }
    }
}

Test(sampling, each_element_is_taken_about_equally_often) {
    enum { TOTAL = 10, WANTED = 3, ROUNDS = 20000 };
    struct random random;
    unit_random(&random, "sampling_share");
    size_t counts[TOTAL] = {0};
    for (size_t round = 0; round < ROUNDS; round++) {
        struct sampling_walk walk = {&random, TOTAL, WANTED};
        for (size_t i = 0; i < TOTAL; i++) {
            counts[i] += sampling_takes_next(&walk);
        }
    }
    for (size_t i = 0; i < TOTAL; i++) {
        /* 6000 expected, 65 the standard deviation. */
        require(counts[i] > 5500 && counts[i] < 6500);
    }
}

Test(sampling, walking_pays_beyond_a_third) {
    cr_assert(sampling_should_walk(9, 4));
    cr_assert_not(sampling_should_walk(9, 3));
    cr_assert_not(sampling_should_walk(1000000, 10));
    cr_assert(sampling_should_walk(1, 1));
}

Test(sampling, drawn_numbers_are_refused_the_second_time) {
    struct random random;
    unit_random(&random, "drawn_numbers");
    size_t before = alloc_used_bytes();
    for (size_t count = 0; count < 300; count += 7) {
        struct drawn_numbers drawn;
        drawn_numbers_init(&drawn, count);
        uint64_t *numbers = alloc_new((count + 1) * sizeof *numbers);
        for (size_t i = 0; i < count; i++) {
            numbers[i] = i < 3 ? i : random_next(&random) >> 1;
            require(drawn_numbers_add(&drawn, numbers[i]));
            require(!drawn_numbers_add(&drawn, numbers[random_below(&random, i + 1)]));
        }
        alloc_free(numbers);
        drawn_numbers_release(&drawn);
    }
    cr_assert_eq(alloc_used_bytes(), before);
}
