#include "types/hash_item.h"

#include "base/alloc.h"
#include "base/random.h"
#include "support/unit.h"
#include "types/hash_type.h"

static void require_same(const void *item, const struct hash_field *wanted) {
    struct hash_field field;
    hash_item_read(item, &field);
    require(bytes_equal(field.name, wanted->name));
    require(bytes_equal(field.value, wanted->value));
    require(field.deadline_ms == wanted->deadline_ms);
    require(bytes_equal(hash_item_name(item), wanted->name));
    require(hash_item_deadline(item) == wanted->deadline_ms);
}

Test(hash_item, fields_of_every_size_come_back) {
    struct random random;
    unit_random(&random, "hash_item");
    char bytes[70000];
    unit_random_bytes(&random, bytes, sizeof bytes, 0);
    size_t before = alloc_used_bytes();
    static const size_t sizes[] = {0, 1, 63, 126, 127, 128, 254, 255, 256, 300, 65536};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            for (int64_t deadline_ms = HASH_NO_DEADLINE; deadline_ms < 2; deadline_ms++) {
                struct hash_field field = {{bytes, sizes[i]}, {bytes + 7, sizes[k]}, deadline_ms};
                void *item = hash_item_create(&field);
                require_same(item, &field);
                require(hash_item_memory(item) == alloc_usable_size(item));
                hash_item_free(item);
            }
        }
    }
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(hash_item, a_small_field_takes_one_small_allocation) {
    struct hash_field field = {BYTES("field"), BYTES("value"), HASH_NO_DEADLINE};
    void *item = hash_item_create(&field);
    cr_assert_leq(hash_item_memory(item), 24);
    hash_item_free(item);
}

Test(hash_item, rewriting_changes_all_or_nothing) {
    struct random random;
    unit_random(&random, "hash_item_rewrite");
    char bytes[400];
    unit_random_bytes(&random, bytes, sizeof bytes, 0);
    size_t fitting = 0;
    for (size_t round = 0; round < 20000; round++) {
        struct hash_field field = {
            {bytes, random_below(&random, 140)},
            {bytes + 100, random_below(&random, 280)},
            random_below(&random, 2) == 0 ? HASH_NO_DEADLINE : 1000,
        };
        void *item = hash_item_create(&field);
        size_t memory = hash_item_memory(item);
        struct hash_field other = field;
        /* With an allocator that has no size classes, only another value of the same size fits. */
        other.value = (struct bytes){
            bytes + 90,
            random_below(&random, 4) == 0 ? field.value.length : random_below(&random, 290),
        };
        other.deadline_ms = random_below(&random, 2) == 0 ? HASH_NO_DEADLINE : 2000;
        bool is_rewritten = hash_item_rewrite(item, other.value, other.deadline_ms);
        require_same(item, is_rewritten ? &other : &field);
        require(hash_item_memory(item) == memory);
        fitting += is_rewritten;
        hash_item_free(item);
    }
    cr_assert_gt(fitting, 100);
}

Test(hash_item, a_value_of_the_same_size_is_always_rewritten) {
    struct hash_field field = {BYTES("name"), BYTES("12345"), 5};
    void *item = hash_item_create(&field);
    cr_assert(hash_item_rewrite(item, BYTES("54321"), 6));
    field.value = BYTES("54321");
    field.deadline_ms = 6;
    require_same(item, &field);
    hash_item_free(item);
}
