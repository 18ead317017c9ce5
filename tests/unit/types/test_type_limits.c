#include "types/type_limits.h"

#include "support/unit.h"

Test(type_limits, the_usual_thresholds_hold_from_the_start) {
    cr_assert_eq(type_limits()->list_fill, -2);
    cr_assert_eq(type_limits()->hash_value_bytes, 64);
    cr_assert_eq(type_limits()->set_integers, 512);
    cr_assert_eq(type_limits()->set_entries, 128);
    cr_assert_eq(type_limits()->zset_entries, 128);
    cr_assert_eq(type_limits()->zset_value_bytes, 64);
}

Test(type_limits, what_is_set_is_copied) {
    struct type_limits limits = *type_limits();
    limits.set_entries = 3;
    type_limits_set(&limits);
    limits.set_entries = 4;
    cr_assert_eq(type_limits()->set_entries, 3);
    cr_assert_eq(type_limits()->list_fill, -2);
}

Test(type_limits, a_block_has_room_up_to_a_gigabyte_or_what_is_set) {
    enum { GB = 1 << 30 };
    cr_assert(type_limits_have_room(GB - 100, 1, 90));
    cr_assert(!type_limits_have_room(GB - 100, 1, 91));
    cr_assert(!type_limits_have_room(0, 1, UINT32_MAX));
    struct type_limits limits = *type_limits();
    limits.block_bytes = 50;
    limits.set_integers = SIZE_MAX;
    type_limits_set(&limits);
    cr_assert(type_limits_have_room(20, 2, 10));
    cr_assert(!type_limits_have_room(20, 2, 11));
    cr_assert_eq(type_limits()->set_integers * sizeof(int64_t), GB);
}
