#include "structs/slot_set.h"

#include "base/alloc.h"
#include "base/random.h"
#include "support/unit.h"

#include <string.h>

enum { SLOTS = 3000 };

struct seen {
    bool is_in[SLOTS];
    size_t count;
};

static void see(void *context, uint32_t slot) {
    struct seen *seen = context;
    require(slot < SLOTS && !seen->is_in[slot]);
    seen->is_in[slot] = true;
    seen->count++;
}

static void require_members(const struct slot_set *set, const bool *expected) {
    static struct seen seen;
    memset(&seen, 0, sizeof seen);
    slot_set_each(set, see, &seen);
    require(seen.count == set->count);
    require(memcmp(seen.is_in, expected, sizeof seen.is_in) == 0);
}

static bool is_even(void *context, uint32_t slot) {
    (void)context;
    return slot % 2 == 0;
}

/* Random members from a range of slots: small ones become bitmaps, sparse ones stay arrays. */
static void check_range(uint32_t range, uint32_t additions, struct random *random) {
    size_t start = alloc_used_bytes();
    bool expected[SLOTS] = {false};
    struct slot_set set = {0};
    for (uint32_t i = 0; i < additions; i++) {
        uint32_t slot = (uint32_t)random_below(random, range);
        require(slot_set_add(&set, slot) == !expected[slot]);
        expected[slot] = true;
        require_members(&set, expected);
    }
    size_t odd_count = 0;
    for (uint32_t i = 1; i < SLOTS; i += 2) {
        odd_count += expected[i];
        expected[i] = false;
    }
    require(slot_set_filter(&set, is_even, NULL) == odd_count);
    require_members(&set, expected);
    require(slot_set_add(&set, 1));
    expected[1] = true;
    require_members(&set, expected);
    slot_set_release(&set);
    require(set.count == 0 && slot_set_memory(&set) == 0);
    require(alloc_used_bytes() == start);
}

Test(slot_set, holds_each_number_once_in_every_form) {
    struct random random;
    random_init(&random, 1);
    check_range(2, 4, &random);
    check_range(10, 40, &random);
    check_range(200, 300, &random);
    check_range(SLOTS, 20, &random);
    check_range(SLOTS, 1000, &random);
}

Test(slot_set, a_few_numbers_take_no_memory_of_their_own) {
    struct slot_set set = {0};
    require(slot_set_add(&set, 7) && slot_set_add(&set, 100000));
    require(slot_set_memory(&set) == 0);
}

Test(slot_set, a_dense_set_takes_a_bit_for_each_number) {
    enum { COUNT = 1024, BITS_OF_BYTE = 8 };
    struct slot_set set = {0};
    for (uint32_t i = 0; i < COUNT; i++) {
        require(slot_set_add(&set, i));
    }
    require(slot_set_memory(&set) <= 2 * COUNT / BITS_OF_BYTE);
    slot_set_release(&set);
}
