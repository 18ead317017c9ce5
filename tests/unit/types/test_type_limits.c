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
