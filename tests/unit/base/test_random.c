#include "base/random.h"

#include "support/unit.h"

#include <signal.h>
#include <string.h>

Test(random, the_same_seed_gives_the_same_numbers) {
    struct random first;
    struct random second;
    random_init(&first, 12345);
    random_init(&second, 12345);
    for (size_t i = 0; i < 1000; i++) {
        require(random_next(&first) == random_next(&second));
    }
}

Test(random, different_seeds_give_different_numbers) {
    uint64_t seen[256];
    for (uint64_t seed = 0; seed < 256; seed++) {
        struct random random;
        random_init(&random, seed);
        seen[seed] = random_next(&random);
        for (uint64_t i = 0; i < seed; i++) {
            require(seen[i] != seen[seed]);
        }
    }
}

/* State 1, 2, 3, 4 of xoshiro256**: rotl(2 * 5, 7) * 9 = 11520 comes first, then 0, then … */
Test(random, generator_is_xoshiro_256_star_star) {
    struct random random = {{1, 2, 3, 4}};
    static const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240};
    for (size_t i = 0; i < 4; i++) {
        require(random_next(&random) == expected[i]);
    }
}

Test(random, numbers_below_a_bound_are_even) {
    struct random random;
    unit_random(&random, "random.below");
    static const uint64_t bounds[] = {2, 3, 7, 10, 100};
    for (size_t b = 0; b < 5; b++) {
        uint64_t counts[100] = {0};
        uint64_t draws = bounds[b] * 2000;
        for (uint64_t i = 0; i < draws; i++) {
            uint64_t number = random_below(&random, bounds[b]);
            require(number < bounds[b]);
            counts[number]++;
        }
        /* The standard deviation of a count is below 45: 300 is beyond six of them. */
        for (uint64_t i = 0; i < bounds[b]; i++) {
            require(counts[i] > 1700 && counts[i] < 2300);
        }
    }
}

/* Without rejection, the lower half would come twice as often here. */
Test(random, a_bound_of_two_thirds_of_the_range_is_fair) {
    struct random random;
    unit_random(&random, "random.fair");
    uint64_t bound = UINT64_MAX / 3 * 2;
    size_t low = 0;
    for (size_t i = 0; i < 10000; i++) {
        low += random_below(&random, bound) < bound / 2;
    }
    require(low > 4600 && low < 5400);
}

Test(random, bounds_at_the_edges_work) {
    struct random random;
    random_init(&random, 1);
    for (size_t i = 0; i < 100; i++) {
        require(random_below(&random, 1) == 0);
        require(random_below(&random, UINT64_MAX) < UINT64_MAX);
    }
}

Test(random, a_bound_of_zero_is_a_programmers_mistake, .signal = SIGABRT) {
    struct random random;
    random_init(&random, 1);
    (void)random_below(&random, 0);
}

Test(random, system_bytes_differ_and_fill_everything) {
    unsigned char first[4096];
    unsigned char second[4096];
    memset(first, 0, sizeof first);
    random_system_bytes(first, sizeof first);
    random_system_bytes(second, sizeof second);
    require(memcmp(first, second, sizeof first) != 0);
    for (size_t i = 0; i + 16 <= sizeof first; i += 16) {
        static const unsigned char zeros[16];
        require(memcmp(first + i, zeros, sizeof zeros) != 0);
    }
    random_system_bytes(first, 0);
}

Test(random, hexadecimal_digits_are_lower_case_and_even) {
    static const char digits[] = "0123456789abcdef";
    char text[8000];
    size_t counts[16] = {0};
    random_system_hex(text, sizeof text);
    for (size_t i = 0; i < sizeof text; i++) {
        const char *place = memchr(digits, text[i], 16);
        require(place != NULL);
        counts[place - digits]++;
    }
    for (size_t i = 0; i < 16; i++) {
        require(counts[i] > 350 && counts[i] < 650);
    }
}
