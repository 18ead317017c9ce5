#include "types/hyperloglog.h"

#include "base/alloc.h"
#include "support/unit.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <stdio.h>

enum { NAME_SIZE = 32 };

static struct bytes text_of(const struct value *value) {
    return sds_view(value->object);
}

static void add(struct value *value, size_t number) {
    char name[NAME_SIZE];
    int length = snprintf(name, sizeof name, "element:%zu", number);
    require(hyperloglog_add(value, (struct bytes){name, (size_t)length}) != HYPERLOGLOG_DAMAGED);
}

static bool is_near(uint64_t estimate, size_t count) {
    size_t margin = count / 20 + 2;
    return estimate + margin >= count && estimate <= count + margin;
}

Test(hyperloglog, an_empty_one_is_sparse_and_counts_nothing) {
    size_t start = alloc_used_bytes();
    struct value value;
    hyperloglog_create(&value);
    uint64_t estimate = 1;
    require(hyperloglog_is_valid(text_of(&value)));
    require(hyperloglog_is_sparse(text_of(&value)));
    require(hyperloglog_cached(text_of(&value), &estimate) && estimate == 0);
    require(hyperloglog_estimate(text_of(&value), &estimate) && estimate == 0);
    value_ops_free(&value);
    require(alloc_used_bytes() == start);
}

Test(hyperloglog, an_element_counts_once) {
    struct value value;
    hyperloglog_create(&value);
    require(hyperloglog_add(&value, BYTES("a")) == HYPERLOGLOG_CHANGED);
    require(hyperloglog_add(&value, BYTES("a")) == HYPERLOGLOG_UNCHANGED);
    uint64_t estimate = 0;
    require(hyperloglog_estimate(text_of(&value), &estimate) && estimate == 1);
    value_ops_free(&value);
}

Test(hyperloglog, estimates_stay_near_the_truth_in_both_forms) {
    struct value value;
    hyperloglog_create(&value);
    for (size_t count = 1; count <= 20000; count++) {
        add(&value, count);
        if (count % 1000 == 0) {
            uint64_t estimate = 0;
            require(hyperloglog_estimate(text_of(&value), &estimate));
            require(is_near(estimate, count));
        }
    }
    require(!hyperloglog_is_sparse(text_of(&value)));
    value_ops_free(&value);
}

Test(hyperloglog, both_forms_hold_the_same_registers) {
    struct value sparse;
    struct value dense;
    hyperloglog_create(&sparse);
    hyperloglog_create(&dense);
    require(hyperloglog_make_dense(&dense));
    for (size_t i = 0; i < 100; i++) {
        add(&sparse, i);
        add(&dense, i);
    }
    require(hyperloglog_is_sparse(text_of(&sparse)));
    require(hyperloglog_make_dense(&sparse));
    require(bytes_equal(text_of(&sparse), text_of(&dense)));
    value_ops_free(&sparse);
    value_ops_free(&dense);
}

Test(hyperloglog, merging_counts_the_union) {
    struct value first;
    struct value second;
    hyperloglog_create(&first);
    hyperloglog_create(&second);
    for (size_t i = 0; i < 1000; i++) {
        add(&first, i);
        add(&second, i + 500);
    }
    struct hyperloglog_registers *registers = alloc_zeroed(sizeof *registers);
    require(hyperloglog_merge_into(registers, text_of(&first)));
    require(hyperloglog_merge_into(registers, text_of(&second)));
    require(is_near(hyperloglog_estimate_registers(registers), 1500));
    require(hyperloglog_raise(&first, registers));
    uint64_t estimate = 0;
    require(hyperloglog_estimate(text_of(&first), &estimate));
    require(is_near(estimate, 1500));
    alloc_free(registers);
    value_ops_free(&first);
    value_ops_free(&second);
}

Test(hyperloglog, the_estimate_in_the_header_is_kept_until_it_is_stale) {
    struct value value;
    hyperloglog_create(&value);
    hyperloglog_set_estimate(&value, 42);
    uint64_t estimate = 0;
    require(hyperloglog_cached(text_of(&value), &estimate) && estimate == 42);
    hyperloglog_set_stale(&value);
    require(!hyperloglog_cached(text_of(&value), &estimate));
    value_ops_free(&value);
}

Test(hyperloglog, damaged_strings_are_found) {
    require(!hyperloglog_is_valid(BYTES("")));
    require(!hyperloglog_is_valid(BYTES("HYLL")));
    require(!hyperloglog_is_valid(BYTES("an ordinary string, longer than a header")));
    struct value value;
    hyperloglog_create(&value);
    add(&value, 1);
    sds text = sds_new(text_of(&value));
    text[sds_length(text) - 1] = (char)0xff; /* A run that passes the last register. */
    uint64_t estimate = 0;
    require(!hyperloglog_estimate(sds_view(text), &estimate));
    sds_free(text);
    value_ops_free(&value);
}

Test(hyperloglog, the_test_of_the_module_on_itself_passes) {
    require(hyperloglog_self_test() == NULL);
}
