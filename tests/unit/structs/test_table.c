#include "structs/table.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "support/unit.h"

#include <signal.h>
#include <string.h>

/* An item is a number; its hash is spread, or bad on purpose. */
struct item {
    uint64_t number;
    uint64_t hash;
    bool is_in;
    unsigned seen_count;
};

static uint64_t hash_of_item(const void *item) {
    return ((const struct item *)item)->hash;
}

static bool item_has_number(const void *item, const void *key) {
    return ((const struct item *)item)->number == *(const uint64_t *)key;
}

static const struct table_type item_type = {.hash = hash_of_item, .matches = item_has_number};

static uint64_t spread(uint64_t number) {
    return hash_bytes((struct bytes){(const char *)&number, sizeof number});
}

static struct item *make_items(size_t count) {
    struct item *items = alloc_zeroed(count * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct item){.number = i, .hash = spread(i)};
    }
    return items;
}

static void put(struct table *table, struct item *item) {
    table_insert(table, item->hash, item);
    item->is_in = true;
}

static void take(struct table *table, struct item *item) {
    require(table_find(table, item->hash, &item->number) == item);
    table_remove_item(table, item->hash, item);
    item->is_in = false;
}

Test(table, an_empty_table_finds_nothing) {
    size_t start = alloc_used_bytes();
    struct table *table = table_create(&item_type);
    struct random random;
    random_init(&random, 1);
    uint64_t key = 5;
    require(table_count(table) == 0);
    require(table_find(table, spread(key), &key) == NULL);
    require(table_random(table, &random) == NULL);
    table_verify(table);
    table_prefetch_bucket(table, key);
    table_prefetch_items(table, key);
    table_destroy(table);
    table_destroy(NULL);
    require(alloc_used_bytes() == start);
}

Test(table, grows_and_shrinks_with_its_items_and_gives_its_memory_back) {
    enum { COUNT = 200000 };
    size_t start = alloc_used_bytes();
    struct item *items = make_items(COUNT);
    struct table *table = table_create(&item_type);
    for (size_t i = 0; i < COUNT; i++) {
        put(table, &items[i]);
        require(table_count(table) == i + 1);
        /* The first segment doubles, and holds 4096 buckets at most; later ones come singly. */
        require(i < 1000 || table_memory(table) < (i + 1) * 24);
        require(i < 50000 || table_memory(table) < (i + 1) * 17);
    }
    table_verify(table);
    require(table_memory(table) < COUNT * 12);
    for (size_t i = 0; i < COUNT; i++) {
        require(table_find(table, items[i].hash, &items[i].number) == &items[i]);
    }
    size_t full_memory = table_memory(table);
    for (size_t i = 0; i < COUNT; i++) {
        take(table, &items[i]);
        require(table_find(table, items[i].hash, &items[i].number) == NULL);
    }
    require(table_count(table) == 0);
    table_verify(table);
    require(table_memory(table) < full_memory / 50);
    table_destroy(table);
    alloc_free(items);
    require(alloc_used_bytes() == start);
}

static void check_against_model(const struct table *table, struct item *items, size_t count) {
    size_t in_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct item *expected = items[i].is_in ? &items[i] : NULL;
        require(table_find(table, items[i].hash, &items[i].number) == expected);
        in_count += items[i].is_in;
    }
    require(table_count(table) == in_count);
    table_verify(table);
}

/* Inserts, removes and moves at random; the share of inserts sways, so that the size does too. */
static void run_stream(struct random *random, struct item *items, size_t count, size_t steps) {
    struct table *table = table_create(&item_type);
    for (size_t step = 0; step < steps; step++) {
        struct item *item = &items[random_below(random, count)];
        bool grows = step / (2 * count) % 2 == 0;
        if (item->is_in && random_below(random, 10) == 0) {
            table_replace_item(table, item->hash, item, item);
        } else if (!item->is_in && random_below(random, 10) < (grows ? 9 : 2)) {
            put(table, item);
        } else if (item->is_in && random_below(random, 10) < (grows ? 2 : 9)) {
            if (random_below(random, 2) == 0) {
                take(table, item);
            } else {
                table_remove_item(table, item->hash, item);
                item->is_in = false;
            }
        }
        if (step % (steps / 20) == 0) {
            check_against_model(table, items, count);
        }
    }
    check_against_model(table, items, count);
    table_destroy(table);
}

Test(table, random_operations_agree_with_a_model) {
    struct random random;
    unit_random(&random, "table.model");
    size_t counts[] = {1, 8, 9, 10, 50, 3000};
    for (size_t i = 0; i < 6; i++) {
        struct item *items = make_items(counts[i]);
        run_stream(&random, items, counts[i], 20000);
        alloc_free(items);
    }
}

Test(table, colliding_hashes_agree_with_a_model) {
    struct random random;
    unit_random(&random, "table.collisions");
    enum { COUNT = 400 };
    uint64_t masks[] = {0, 3, UINT64_C(0xff00000000000003), UINT64_C(0xff00000000000000)};
    for (size_t i = 0; i < 4; i++) {
        struct item *items = make_items(COUNT);
        for (size_t j = 0; j < COUNT; j++) {
            items[j].hash &= masks[i];
        }
        run_stream(&random, items, COUNT, 6000);
        alloc_free(items);
    }
}

/* Tags are the top byte: 0 stands for an empty place, and 0 and 1 share a tag. */
Test(table, all_top_bytes_of_hashes_are_told_apart) {
    enum { COUNT = 256 * 4 };
    struct item *items = make_items(COUNT);
    struct table *table = table_create(&item_type);
    for (size_t i = 0; i < COUNT; i++) {
        items[i].hash = (uint64_t)(i % 256) << 56 | i / 256;
        put(table, &items[i]);
    }
    check_against_model(table, items, COUNT);
    for (size_t i = 0; i < COUNT; i += 2) {
        take(table, &items[i]);
    }
    check_against_model(table, items, COUNT);
    table_destroy(table);
    alloc_free(items);
}

Test(table, a_replaced_item_is_found_at_its_new_address) {
    struct item *items = make_items(100);
    struct table *table = table_create(&item_type);
    for (size_t i = 0; i < 50; i++) {
        put(table, &items[i]);
    }
    for (size_t i = 0; i < 50; i++) {
        items[50 + i] = items[i];
        table_replace_item(table, items[i].hash, &items[i], &items[50 + i]);
        require(table_find(table, items[i].hash, &items[i].number) == &items[50 + i]);
    }
    require(table_count(table) == 50);
    table_verify(table);
    table_destroy(table);
    alloc_free(items);
}

Test(table, removing_an_item_that_is_not_there_is_a_programmers_mistake, .signal = SIGABRT) {
    struct item item = {.number = 1, .hash = 1};
    struct table *table = table_create(&item_type);
    table_remove_item(table, item.hash, &item);
}

/* ---- Scanning ---- */

static void count_item(void *context, void *item) {
    (void)context;
    ((struct item *)item)->seen_count++;
}

Test(table, a_scan_of_a_table_at_rest_visits_each_item_once) {
    for (size_t count = 0; count < 3000; count += 1 + count / 3) {
        struct item *items = make_items(count + 1);
        struct table *table = table_create(&item_type);
        for (size_t i = 0; i < count; i++) {
            put(table, &items[i]);
        }
        uint64_t cursor = 0;
        do {
            cursor = table_scan(table, cursor, count_item, NULL);
        } while (cursor != 0);
        for (size_t i = 0; i < count; i++) {
            require(items[i].seen_count == 1);
        }
        table_destroy(table);
        alloc_free(items);
    }
}

/*
 * Items below `kept` stay; the others come and go while the scan runs, `trend` of ten of them in,
 * so that the table grows or shrinks by many times.
 */
static void scan_under_change(struct random *random, size_t kept, size_t changing, bool shrinks) {
    size_t count = kept + changing;
    struct item *items = make_items(count);
    struct table *table = table_create(&item_type);
    for (size_t i = 0; i < (shrinks ? count : kept); i++) {
        put(table, &items[i]);
    }
    size_t changes_per_step = 1 + random_below(random, 40);
    uint64_t cursor = 0;
    size_t turns = 0;
    do {
        cursor = table_scan(table, cursor, count_item, NULL);
        for (size_t i = 0; i < changes_per_step && changing > 0; i++) {
            struct item *item = &items[kept + random_below(random, changing)];
            bool wants_in = random_below(random, 10) < (shrinks ? 1 : 9);
            if (wants_in && !item->is_in) {
                put(table, item);
            } else if (!wants_in && item->is_in) {
                take(table, item);
            }
        }
        require(++turns < 1000000);
    } while (cursor != 0);
    for (size_t i = 0; i < kept; i++) {
        require(items[i].seen_count >= 1);
    }
    table_verify(table);
    table_destroy(table);
    alloc_free(items);
}

Test(table, a_scan_visits_every_item_that_stays_while_the_table_grows_or_shrinks) {
    struct random random;
    unit_random(&random, "table.scan");
    for (size_t round = 0; round < 150; round++) {
        size_t kept = 1 + random_below(&random, 400);
        size_t changing = random_below(&random, 4000);
        scan_under_change(&random, kept, changing, round % 2 == 0);
    }
}

static void set_all(struct table *table, struct item *items, size_t count, bool wants_in) {
    for (size_t i = 0; i < count; i++) {
        if (wants_in && !items[i].is_in) {
            put(table, &items[i]);
        } else if (!wants_in && items[i].is_in) {
            take(table, &items[i]);
        }
    }
}

/* Growing and shrinking by turns within one scan. */
Test(table, a_scan_visits_every_item_that_stays_while_the_size_sways) {
    struct random random;
    unit_random(&random, "table.sway");
    for (size_t round = 0; round < 40; round++) {
        enum { KEPT = 100, CHANGING = 3000 };
        struct item *items = make_items(KEPT + CHANGING);
        struct table *table = table_create(&item_type);
        for (size_t i = 0; i < KEPT; i++) {
            put(table, &items[i]);
        }
        uint64_t cursor = 0;
        size_t turns = 0;
        do {
            cursor = table_scan(table, cursor, count_item, NULL);
            if (random_below(&random, 8) == 0) {
                set_all(table, items + KEPT, CHANGING, random_below(&random, 2) == 0);
            }
        } while (cursor != 0 && ++turns < 100000);
        require(cursor == 0);
        for (size_t i = 0; i < KEPT; i++) {
            require(items[i].seen_count >= 1);
        }
        table_destroy(table);
        alloc_free(items);
    }
}

struct removal {
    struct table *table;
    size_t removed_count;
};

static void remove_and_free(void *context, void *item) {
    struct removal *removal = context;
    struct item *visited = item;
    table_remove_item(removal->table, visited->hash, visited);
    alloc_free(visited);
    removal->removed_count++;
}

Test(table, a_visitor_may_remove_and_free_what_it_visits) {
    enum { COUNT = 5000 };
    size_t start = alloc_used_bytes();
    struct removal removal = {table_create(&item_type), 0};
    for (size_t i = 0; i < COUNT; i++) {
        struct item *item = alloc_zeroed(sizeof *item);
        *item = (struct item){.number = i, .hash = spread(i)};
        table_insert(removal.table, item->hash, item);
    }
    uint64_t cursor = 0;
    do {
        cursor = table_scan(removal.table, cursor, remove_and_free, &removal);
    } while (cursor != 0);
    require(removal.removed_count == COUNT);
    require(table_count(removal.table) == 0);
    table_destroy(removal.table);
    require(alloc_used_bytes() == start);
}

Test(table, any_cursor_is_safe_and_comes_to_an_end) {
    struct random random;
    unit_random(&random, "table.cursor");
    struct item *items = make_items(500);
    struct table *table = table_create(&item_type);
    for (size_t i = 0; i < 500; i++) {
        put(table, &items[i]);
    }
    for (size_t round = 0; round < 1000; round++) {
        uint64_t cursor = round == 0 ? UINT64_MAX : random_next(&random);
        size_t steps = 0;
        do {
            cursor = table_scan(table, cursor, count_item, NULL);
            require(++steps < 1000);
        } while (cursor != 0);
    }
    table_destroy(table);
    alloc_free(items);
}

/* ---- Random items ---- */

Test(table, random_items_are_near_to_evenly_distributed) {
    struct random random;
    unit_random(&random, "table.random");
    size_t counts[] = {1, 2, 9, 10, 100, 577, 1000};
    for (size_t i = 0; i < 7; i++) {
        struct item *items = make_items(counts[i]);
        struct table *table = table_create(&item_type);
        for (size_t j = 0; j < counts[i]; j++) {
            put(table, &items[j]);
        }
        for (size_t j = 0; j < counts[i] * 300; j++) {
            struct item *item = table_random(table, &random);
            require(item != NULL);
            item->seen_count++;
        }
        /* 300 expected; six standard deviations are 104. */
        for (size_t j = 0; j < counts[i]; j++) {
            require(items[j].seen_count > 190 && items[j].seen_count < 410);
        }
        table_destroy(table);
        alloc_free(items);
    }
}

Test(table, a_random_item_of_a_chain_longer_than_usual_is_found_at_last) {
    struct random random;
    unit_random(&random, "table.chain");
    enum { COUNT = 15 };
    struct item *items = make_items(COUNT);
    struct table *table = table_create(&item_type);
    for (size_t i = 0; i < COUNT; i++) {
        items[i].hash = 0;
        put(table, &items[i]);
    }
    for (size_t i = 0; i < 20000; i++) {
        ((struct item *)table_random(table, &random))->seen_count++;
    }
    for (size_t i = 0; i < COUNT; i++) {
        require(items[i].seen_count > 0);
    }
    table_destroy(table);
    alloc_free(items);
}

Test(table, a_sparse_table_whose_resizing_is_paused_gives_random_items) {
    struct random random;
    unit_random(&random, "table.sparse");
    enum { COUNT = 50000 };
    struct item *items = make_items(COUNT);
    struct table *table = table_create(&item_type);
    for (size_t i = 0; i < COUNT; i++) {
        put(table, &items[i]);
    }
    table_pause_resize(table);
    for (size_t i = 1; i < COUNT; i++) {
        take(table, &items[i]);
    }
    for (size_t i = 0; i < 100; i++) {
        require(table_random(table, &random) == &items[0]);
    }
    table_resume_resize(table);
    table_destroy(table);
    alloc_free(items);
}

/* ---- Resizing ---- */

Test(table, paused_resizing_keeps_the_buckets_until_the_last_resume) {
    enum { COUNT = 2000 };
    struct item *items = make_items(COUNT);
    struct table *table = table_create(&item_type);
    table_pause_resize(table);
    table_pause_resize(table);
    for (size_t i = 0; i < COUNT / 2; i++) {
        put(table, &items[i]);
    }
    require(table_read_stats(table).bucket_count == 1);
    check_against_model(table, items, COUNT);
    table_resume_resize(table);
    put(table, &items[COUNT / 2]);
    require(table_read_stats(table).bucket_count == 1);
    table_resume_resize(table);
    for (size_t i = COUNT / 2 + 1; i < COUNT; i++) {
        put(table, &items[i]);
    }
    require(table_read_stats(table).bucket_count > 100);
    check_against_model(table, items, COUNT);
    table_pause_resize(table);
    size_t bucket_count = table_read_stats(table).bucket_count;
    for (size_t i = 0; i < COUNT; i++) {
        take(table, &items[i]);
    }
    require(table_read_stats(table).bucket_count == bucket_count);
    table_resume_resize(table);
    table_destroy(table);
    alloc_free(items);
}

Test(table, resuming_without_a_pause_is_a_programmers_mistake, .signal = SIGABRT) {
    table_resume_resize(table_create(&item_type));
}

Test(table, reserving_makes_room_at_once) {
    enum { COUNT = 20000 };
    struct item *items = make_items(COUNT);
    struct table *table = table_create(&item_type);
    put(table, &items[0]);
    table_reserve(table, COUNT);
    size_t bucket_count = table_read_stats(table).bucket_count;
    for (size_t i = 1; i < COUNT; i++) {
        put(table, &items[i]);
    }
    require(table_read_stats(table).bucket_count == bucket_count);
    check_against_model(table, items, COUNT);
    table_reserve(table, 5);
    require(table_read_stats(table).bucket_count == bucket_count);
    table_destroy(table);
    alloc_free(items);
}

Test(table, figures_tell_what_is_there) {
    struct item *items = make_items(100);
    struct table *table = table_create(&item_type);
    table_pause_resize(table);
    for (size_t i = 0; i < 10; i++) {
        put(table, &items[i]);
    }
    struct table_stats stats = table_read_stats(table);
    require(stats.item_count == 10);
    require(stats.bucket_count == 1);
    require(stats.overflow_bucket_count == 1);
    require(stats.longest_chain == 10);
    table_destroy(table);
    alloc_free(items);
}

static bool have_one_number(const void *a, const void *b) {
    return ((const struct item *)a)->number == ((const struct item *)b)->number;
}

struct common {
    size_t count;
    size_t limit;
};

static bool count_common(void *context, void *item) {
    struct common *common = context;
    ((struct item *)item)->seen_count++;
    common->count++;
    return common->count < common->limit;
}

/* Two tables of numbers below a bound, of which a part is in both. */
static void check_intersection(struct random *random, size_t bound, uint64_t hash_mask) {
    struct item *items_a = make_items(bound);
    struct item *items_b = make_items(bound);
    struct table *a = table_create(&item_type);
    struct table *b = table_create(&item_type);
    size_t expected = 0;
    for (size_t i = 0; i < bound; i++) {
        items_a[i].hash &= hash_mask;
        items_b[i].hash &= hash_mask;
        if (random_below(random, 4) != 0) {
            put(a, &items_a[i]);
        }
        if (random_below(random, 4) != 0) {
            put(b, &items_b[i]);
        }
        expected += items_a[i].is_in && items_b[i].is_in;
    }
    struct common common = {0, SIZE_MAX};
    if (table_intersect(a, b, have_one_number, count_common, &common)) {
        require(common.count == expected);
        for (size_t i = 0; i < bound; i++) {
            require(items_a[i].seen_count == (items_a[i].is_in && items_b[i].is_in));
        }
        common = (struct common){0, 1};
        require(table_intersect(a, b, have_one_number, count_common, &common));
        require(common.count == (expected > 0));
    } else {
        require(common.count == 0);
    }
    table_destroy(a);
    table_destroy(b);
    alloc_free(items_a);
    alloc_free(items_b);
}

Test(table, an_intersection_visits_each_common_item_once) {
    enum { ROUNDS = 60, BOUND_MAX = 3000 };
    /* With few bits tags and buckets are full of others: chains, and tags that agree by chance. */
    static const uint64_t masks[] = {UINT64_MAX, UINT64_C(0x07000000000000ff)};
    struct random random;
    unit_random(&random, "table.intersection");
    for (size_t i = 0; i < ROUNDS; i++) {
        check_intersection(&random, random_below(&random, BOUND_MAX), masks[i % 2]);
    }
    /* Of one size class for sure. */
    check_intersection(&random, 1, UINT64_MAX);
}
