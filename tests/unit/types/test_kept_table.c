#include "types/kept_table.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <string.h>

enum { ITEMS = 2000, NEW_ITEMS = 500, SMALL_BUDGET = 200, TEXT_SIZE = 8 };

struct item {
    size_t number;
    char text[TEXT_SIZE];
};

static uint64_t hash_of_number(size_t number) {
    uint64_t word = (uint64_t)number * UINT64_C(0xbf58476d1ce4e5b9);
    return word ^ word >> 31;
}

static uint64_t hash_of(const void *item) {
    return hash_of_number(((const struct item *)item)->number);
}

static bool is_number(const void *item, const void *key) {
    return ((const struct item *)item)->number == *(const size_t *)key;
}

static const struct table_type numbers = {hash_of, is_number};

static void read_item(const void *pointer, struct value_piece *piece) {
    const struct item *item = pointer;
    piece->kind = PIECE_FIELD;
    piece->first = (struct bytes){(const char *)&item->number, sizeof item->number};
    piece->second = bytes_of_text(item->text);
}

static void *clone_item(const void *item) {
    struct item *copy = alloc_new(sizeof *copy);
    memcpy(copy, item, sizeof *copy);
    return copy;
}

static void free_item(void *item) {
    alloc_free(item);
}

static const struct kept_table_type items = {read_item, clone_item, free_item};

static struct item *add(struct table *table, size_t number) {
    struct item *item = alloc_zeroed(sizeof *item);
    item->number = number;
    (void)snprintf(item->text, sizeof item->text, "old");
    table_insert(table, hash_of(item), item);
    return item;
}

static struct table *create(void) {
    struct table *table = table_create(&numbers);
    for (size_t i = 0; i < ITEMS; i++) {
        (void)add(table, i);
    }
    return table;
}

/* Takes the item of a number out of the table; NULL when there is none. */
static struct item *take_out(struct table *table, size_t number) {
    struct item *item = table_find(table, hash_of_number(number), &number);
    if (item != NULL) {
        table_remove_item(table, hash_of_number(number), item);
    }
    return item;
}

static void drop(struct table *table) {
    for (size_t i = 0; i < ITEMS + NEW_ITEMS; i++) {
        alloc_free(take_out(table, i));
    }
    require(table_count(table) == 0);
    table_destroy(table);
}

/* How often each number was handed out; all must be as they were at the beginning. */
static void count_piece(void *context, const struct value_piece *piece) {
    size_t *counts = context;
    size_t number;
    memcpy(&number, piece->first.data, sizeof number);
    require(number < ITEMS);
    require_text(piece->second, "old");
    counts[number]++;
}

static void change_some(struct table *table, struct random *random) {
    for (size_t i = 0; i < 20; i++) {
        size_t number = random_below(random, ITEMS + NEW_ITEMS);
        uint64_t hash = hash_of_number(number);
        struct kept_table *kept = kept_table_of(table);
        struct item *item = table_find(table, hash, &number);
        if (item == NULL) {
            item = add(table, number);
            (void)snprintf(item->text, sizeof item->text, "new");
            kept_table_inserted(kept, hash, item);
        } else if (random_below(random, 2) == 0) {
            kept_table_changes(kept, hash, item);
            (void)snprintf(item->text, sizeof item->text, "changed");
        } else {
            table_remove_item(table, hash, item);
            if (!kept_table_takes(kept, hash, item)) {
                alloc_free(item);
            }
        }
    }
}

Test(kept_table, each_item_of_the_beginning_comes_once_as_it_was) {
    struct random random;
    unit_random(&random, "kept_table");
    size_t before = alloc_used_bytes();
    for (size_t round = 0; round < 20; round++) {
        struct table *table = create();
        size_t counts[ITEMS] = {0};
        kept_table_begin(table, &items);
        do {
            change_some(table, &random);
        } while (!kept_table_walk(kept_table_of(table), SMALL_BUDGET, count_piece, counts));
        require(kept_table_of(table) == NULL);
        for (size_t i = 0; i < ITEMS; i++) {
            require(counts[i] == 1);
        }
        table_verify(table);
        drop(table);
    }
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(kept_table, a_walk_that_is_given_up_frees_what_it_saved) {
    size_t before = alloc_used_bytes();
    struct table *table = create();
    kept_table_begin(table, &items);
    for (size_t i = 0; i < ITEMS; i++) {
        struct item *item = take_out(table, i);
        require(kept_table_takes(kept_table_of(table), hash_of_number(i), item));
    }
    size_t steps = 1;
    while (!kept_table_walk(kept_table_of(table), SMALL_BUDGET, NULL, NULL)) {
        steps++;
    }
    require(steps > ITEMS * 8 / SMALL_BUDGET / 2);
    drop(table);
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(kept_table, large_is_many_items_or_long_ones) {
    struct table *table = create();
    require(!kept_table_is_large(table, &items, ITEMS));
    require(kept_table_is_large(table, &items, ITEMS - 1));
    drop(table);
}
