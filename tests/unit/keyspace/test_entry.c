#include "keyspace/entry.h"

#include "base/alloc.h"
#include "base/random.h"
#include "structs/deadlines.h"
#include "support/unit.h"

#include <string.h>

static struct value text_value(struct bytes text) {
    return (struct value){.type = VALUE_STRING, .storage = VALUE_STORED_BYTES, .bytes = text};
}

static struct value integer_value(int64_t number) {
    return (struct value){
        .type = VALUE_STRING, .encoding = 3, .storage = VALUE_STORED_INTEGER, .integer = number};
}

static struct value object_value(enum value_type type, void *object) {
    return (struct value){
        .type = (uint8_t)type, .encoding = 15, .storage = VALUE_STORED_OBJECT, .object = object};
}

static void require_same(const struct entry *entry, const struct value *wanted) {
    struct value value;
    entry_read_value(entry, &value);
    require(value.type == wanted->type && value.encoding == wanted->encoding);
    require(value.storage == wanted->storage);
    require(entry_type(entry) == (enum value_type)wanted->type);
    switch ((enum value_storage)wanted->storage) {
    case VALUE_STORED_INTEGER:
        require(value.integer == wanted->integer);
        return;
    case VALUE_STORED_OBJECT:
        require(value.object == wanted->object);
        return;
    case VALUE_STORED_BYTES:
        require(bytes_equal(value.bytes, wanted->bytes));
        return;
    }
}

Test(entry, holds_key_and_value_of_every_size) {
    size_t before = alloc_used_bytes();
    char text[ENTRY_INLINE_MAX];
    memset(text, 'v', sizeof text);
    static const size_t key_sizes[] = {0, 1, 7, 8, 16, 255, 256, 65535, 65536, 100000};
    char *key_text = alloc_new(100000);
    memset(key_text, 'k', 100000);
    for (size_t i = 0; i < sizeof key_sizes / sizeof *key_sizes; i++) {
        for (size_t size = 0; size <= ENTRY_INLINE_MAX; size += size < 4 ? 1 : 27) {
            for (int has_deadline = 0; has_deadline < 2; has_deadline++) {
                struct bytes key = {key_text, key_sizes[i]};
                struct value value = text_value((struct bytes){text, size});
                struct entry *entry = entry_create(key, &value, has_deadline != 0);
                require(bytes_equal(entry_key(entry), key));
                require_same(entry, &value);
                require((entry_deadline_node(entry) != NULL) == (has_deadline != 0));
                require(entry_memory(entry) == alloc_usable_size(entry));
                entry_free(entry);
            }
        }
    }
    alloc_free(key_text);
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(entry, holds_words_of_every_kind) {
    static const int64_t numbers[] = {0, 1, -1, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct value value = integer_value(numbers[i]);
        struct entry *entry = entry_create(BYTES("key"), &value, i % 2 == 0);
        require_same(entry, &value);
        require_text(entry_key(entry), "key");
        entry_free(entry);
    }
    int object;
    for (int type = 0; type < VALUE_TYPE_COUNT; type++) {
        struct value value = object_value((enum value_type)type, &object);
        struct entry *entry = entry_create(BYTES("key"), &value, false);
        require_same(entry, &value);
        entry_free(entry);
    }
}

Test(entry, small_entries_fit_the_small_size_classes) {
    struct value sixteen = text_value(BYTES("0123456789abcdef"));
    struct entry *entry = entry_create(BYTES("0123456789abcdef"), &sixteen, false);
    cr_assert_leq(entry_memory(entry), 48);
    entry_free(entry);
    struct value number = integer_value(7);
    entry = entry_create(BYTES("0123456789abcdef"), &number, false);
    cr_assert_leq(entry_memory(entry), 40);
    entry_free(entry);
    entry = entry_create(BYTES("0123456789abcdef"), &sixteen, true);
    cr_assert_leq(entry_memory(entry), 64);
    entry_free(entry);
}

Test(entry, the_deadline_node_leads_back_to_its_entry) {
    struct deadlines *deadlines = deadlines_create(1000);
    struct value value = text_value(BYTES("v"));
    struct entry *without = entry_create(BYTES("a"), &value, false);
    cr_assert_null(entry_deadline_node(without));
    cr_assert_eq(entry_deadline_ms(without), -1);
    struct entry *entry = entry_create(BYTES("b"), &value, true);
    deadlines_insert(deadlines, entry_deadline_node(entry), 123456789);
    cr_assert_eq(entry_of_deadline_node(entry_deadline_node(entry)), entry);
    cr_assert_eq(entry_deadline_ms(entry), 123456789);
    require_text(entry_key(entry), "b");
    require_same(entry, &value);
    deadlines_remove(deadlines, entry_deadline_node(entry));
    entry_free(without);
    entry_free(entry);
    deadlines_destroy(deadlines);
}

Test(entry, access_bits_and_epoch_disturb_nothing_else) {
    struct value value = text_value(BYTES("value"));
    struct entry *entry = entry_create(BYTES("key"), &value, false);
    cr_assert_eq(entry_access(entry), 0);
    cr_assert_not(entry_epoch(entry));
    static const uint32_t accesses[] = {0,      1,       0xff,     0x100,
                                        0xffff, 0x10000, 0xabcdef, ENTRY_ACCESS_MAX};
    for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++) {
        entry_set_access(entry, accesses[i]);
        entry_set_epoch(entry, i % 2 == 0);
        require(entry_access(entry) == accesses[i]);
        require(entry_epoch(entry) == (i % 2 == 0));
        require_text(entry_key(entry), "key");
        require_same(entry, &value);
    }
    entry_free(entry);
}

Test(entry, a_value_is_written_in_place_only_where_it_fits) {
    struct value number = integer_value(1);
    struct entry *entry = entry_create(BYTES("key"), &number, false);
    struct value other = integer_value(INT64_MIN);
    cr_assert(entry_write_value(entry, &other));
    require_same(entry, &other);
    struct value text = text_value(BYTES("text"));
    cr_assert_not(entry_write_value(entry, &text));
    require_same(entry, &other);
    int object;
    struct value pointer = object_value(VALUE_LIST, &object);
    cr_assert_not(entry_write_value(entry, &pointer));
    require_same(entry, &other);
    entry_free(entry);

    entry = entry_create(BYTES("key"), &pointer, false);
    struct value another = object_value(VALUE_HASH, &entry);
    cr_assert(entry_write_value(entry, &another));
    require_same(entry, &another);
    cr_assert_not(entry_write_value(entry, &number));
    entry_free(entry);
}

Test(entry, bytes_grow_and_shrink_in_place_within_their_size_class) {
    struct random random;
    unit_random(&random, "entry_write");
    char bytes[ENTRY_INLINE_MAX + 20];
    unit_random_bytes(&random, bytes, sizeof bytes, 0);
    for (size_t round = 0; round < 5000; round++) {
        size_t old_size = random_below(&random, ENTRY_INLINE_MAX + 1);
        size_t new_size = random_below(&random, sizeof bytes);
        struct value old_value = text_value((struct bytes){bytes, old_size});
        struct value new_value = text_value((struct bytes){bytes + 1, new_size % sizeof bytes});
        new_value.bytes.length = new_size < sizeof bytes - 1 ? new_size : sizeof bytes - 1;
        bool has_deadline = random_below(&random, 2) == 0;
        struct entry *entry = entry_create(BYTES("key"), &old_value, has_deadline);
        size_t memory = entry_memory(entry);
        size_t fixed = 8 + 3 + (has_deadline ? (size_t)DEADLINE_NODE_SIZE : 0);
        bool fits = new_value.bytes.length <= ENTRY_INLINE_MAX &&
                    alloc_size_class(fixed + new_value.bytes.length) == memory;
        require(entry_write_value(entry, &new_value) == fits);
        require_same(entry, fits ? &new_value : &old_value);
        require_text(entry_key(entry), "key");
        require(entry_memory(entry) == memory);
        entry_free(entry);
    }
}

Test(entry, its_own_bytes_may_be_written_over_themselves) {
    struct value value = text_value(BYTES("abcdefgh"));
    struct entry *entry = entry_create(BYTES("key"), &value, false);
    struct value own;
    entry_read_value(entry, &own);
    own.bytes.data += 2;
    own.bytes.length -= 2;
    cr_assert(entry_write_value(entry, &own));
    struct value wanted = text_value(BYTES("cdefgh"));
    require_same(entry, &wanted);
    entry_free(entry);
}
