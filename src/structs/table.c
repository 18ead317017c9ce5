/*
 * A bucket is one cache line: nine tags, flags, nine 48-bit addresses.
 *
 *     | tag 0 … tag 8 | flags | address 0 (6 bytes) … address 8 |
 *
 * A bucket that is full gets an overflow bucket, whose address takes the ninth place. Every bucket
 * of a chain but the last is full, and places are filled from the front.
 *
 * Linear hashing: with small_mask + 1 = 2^L, there are between 2^L and 2^(L+1) buckets; those below
 * the split point have been divided in two. Growing divides the bucket at the split point,
 * shrinking joins the last bucket with the one it came from. Bucket arrays that double (with two
 * tables during a resize) were rejected: just after doubling they need twice the memory per item.
 *
 * Buckets stand in segments of 256 KiB, found through a directory that stays in the cache; the
 * first segment grows by doubling, so that a small table is small.
 */
#include "structs/table.h"

#include "base/alloc.h"
#include "base/cache.h"
#include "base/panic.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum {
    PLACES = 9,
    OVERFLOW_PLACE = PLACES - 1,
    ADDRESS_SIZE = 6,
    ADDRESS_BITS = 48,
    BUCKET_SIZE = 64,
    PAIRED_MAX = 32,
    SEGMENT_BITS = 12,
    SEGMENT_BUCKETS = 1 << SEGMENT_BITS,
    FLAG_OVERFLOW = 1,
    TAG_SHIFT = 56,
    /* Items per bucket, times two. Chosen by measurement: with 6.5, memory per item stays below
     * 11.5 bytes at every size, and nine of ten look-ups need one bucket. */
    GROW_LOAD_TWICE = 13,
    SHRINK_LOAD_TWICE = 6,
    COLLECTED_MAX = 256,
    RANDOM_PLACES = 16,
    RANDOM_TRIES_MAX = 1000,
    ITEM_SECOND_LINE = 40, /* an entry of 48 bytes often reaches into a second line */
};

struct bucket {
    uint8_t tags[PLACES]; /* 0 is empty */
    uint8_t flags;
    uint8_t places[PLACES * ADDRESS_SIZE];
};

static_assert(sizeof(struct bucket) == BUCKET_SIZE, "a bucket is a cache line");

struct table {
    const struct table_type *type;
    struct bucket **segments;
    size_t segment_count;
    size_t first_capacity; /* buckets allocated in the first segment */
    size_t bucket_count;
    size_t small_mask;
    size_t item_count;
    size_t overflow_count;
    unsigned pause_count;
    void *attachment;
};

/* ---- Buckets ---- */

/* Loads a word that ends with the address: six bytes would go through memory and wait there. */
static inline void *load_address(const struct bucket *bucket, size_t place) {
    enum { SURPLUS = sizeof(uint64_t) - ADDRESS_SIZE, BITS_PER_BYTE = 8 };
    static_assert(offsetof(struct bucket, places) >= SURPLUS, "the word begins in the bucket");
    const unsigned char *start = (const unsigned char *)bucket + offsetof(struct bucket, places);
    uint64_t word;
    memcpy(&word, start + place * ADDRESS_SIZE - SURPLUS, sizeof word);
    return (void *)(uintptr_t)(word >> SURPLUS * BITS_PER_BYTE);
}

static inline void store_address(struct bucket *bucket, size_t place, const void *address) {
    uint64_t word = (uint64_t)(uintptr_t)address;
    memcpy(bucket->places + place * ADDRESS_SIZE, &word, ADDRESS_SIZE);
}

static inline struct bucket *next_bucket(const struct bucket *bucket) {
    return (bucket->flags & FLAG_OVERFLOW) != 0 ? load_address(bucket, OVERFLOW_PLACE) : NULL;
}

static inline size_t place_count(const struct bucket *bucket) {
    return (bucket->flags & FLAG_OVERFLOW) != 0 ? PLACES - 1 : PLACES;
}

/* Items in one bucket: places are filled from the front. */
static size_t used_places(const struct bucket *bucket) {
    size_t count = place_count(bucket);
    while (count > 0 && bucket->tags[count - 1] == 0) {
        count--;
    }
    return count;
}

static inline uint8_t tag_of(uint64_t hash) {
    uint8_t tag = (uint8_t)(hash >> TAG_SHIFT);
    return tag == 0 ? 1 : tag;
}

/*
 * A bit mask of the places whose tag may agree; the ninth is bit 71 of a wider mask and is looked
 * at by itself. Bits above a true match may be wrong: the caller compares the tag again.
 */
static inline uint64_t matching_places(const struct bucket *bucket, uint8_t tag) {
    static const uint64_t ones = 0x0101010101010101;
    static const uint64_t highs = 0x8080808080808080;
    uint64_t tags;
    memcpy(&tags, bucket->tags, sizeof tags);
    uint64_t difference = tags ^ (ones * tag);
    return (difference - ones) & ~difference & highs;
}

static inline size_t bucket_index(const struct table *table, uint64_t hash) {
    size_t index = (size_t)hash & (2 * table->small_mask + 1);
    return index < table->bucket_count ? index : index & table->small_mask;
}

static inline struct bucket *bucket_at(const struct table *table, size_t index) {
    return table->segments[index >> SEGMENT_BITS] + (index & (SEGMENT_BUCKETS - 1));
}

static inline struct bucket *home_bucket(const struct table *table, uint64_t hash) {
    return bucket_at(table, bucket_index(table, hash));
}

/* Where an item stands. */
struct position {
    struct bucket *bucket;
    size_t place;
};

static void append_to_chain(struct table *table, struct bucket *bucket, uint8_t tag,
                            const void *item) {
    struct bucket *next = NULL;
    while ((next = next_bucket(bucket)) != NULL) {
        bucket = next;
    }
    size_t used = used_places(bucket);
    if (used == PLACES) {
        next = alloc_aligned(BUCKET_SIZE, sizeof *next);
        next->tags[0] = bucket->tags[OVERFLOW_PLACE];
        store_address(next, 0, load_address(bucket, OVERFLOW_PLACE));
        bucket->tags[OVERFLOW_PLACE] = 0;
        bucket->flags |= FLAG_OVERFLOW;
        store_address(bucket, OVERFLOW_PLACE, next);
        table->overflow_count++;
        bucket = next;
        used = 1;
    }
    bucket->tags[used] = tag;
    store_address(bucket, used, item);
}

/* Takes an item out and moves the last one of the chain into its place. */
static void remove_from_chain(struct table *table, struct bucket *home, struct position position) {
    struct bucket *before = NULL;
    struct bucket *last = home;
    struct bucket *next = NULL;
    while ((next = next_bucket(last)) != NULL) {
        before = last;
        last = next;
    }
    size_t used = used_places(last);
    ASSERT(used > 0);
    size_t last_place = used - 1;
    position.bucket->tags[position.place] = last->tags[last_place];
    store_address(position.bucket, position.place, load_address(last, last_place));
    last->tags[last_place] = 0;
    if (last_place == 0 && before != NULL) {
        before->flags &= (uint8_t)~FLAG_OVERFLOW;
        before->tags[OVERFLOW_PLACE] = 0;
        table->overflow_count--;
        alloc_free(last);
    }
}

static struct position find_item(const struct table *table, uint64_t hash, const void *item) {
    uint8_t tag = tag_of(hash);
    for (struct bucket *bucket = home_bucket(table, hash); bucket != NULL;
         bucket = next_bucket(bucket)) {
        for (size_t i = 0; i < place_count(bucket); i++) {
            if (bucket->tags[i] == tag && load_address(bucket, i) == item) {
                return (struct position){bucket, i};
            }
        }
    }
    return (struct position){NULL, 0};
}

/* ---- Growing and shrinking ---- */

/* Items taken out of a chain, with their tags. */
struct collected {
    void **items;
    uint8_t *tags;
    size_t count;
    size_t capacity;
    void *first_items[COLLECTED_MAX];
    uint8_t first_tags[COLLECTED_MAX];
};

static void collect_init(struct collected *collected) {
    collected->items = collected->first_items;
    collected->tags = collected->first_tags;
    collected->count = 0;
    collected->capacity = COLLECTED_MAX;
}

static void collect_release(struct collected *collected) {
    if (collected->items != collected->first_items) {
        alloc_free(collected->items);
        alloc_free(collected->tags);
    }
}

static void collect_one(struct collected *collected, void *item, uint8_t tag) {
    if (collected->count == collected->capacity) {
        size_t capacity = 2 * collected->capacity;
        void **items = alloc_new(capacity * sizeof *items);
        uint8_t *tags = alloc_new(capacity);
        memcpy(items, collected->items, collected->count * sizeof *items);
        memcpy(tags, collected->tags, collected->count);
        collect_release(collected);
        collected->items = items;
        collected->tags = tags;
        collected->capacity = capacity;
    }
    collected->items[collected->count] = item;
    collected->tags[collected->count++] = tag;
}

static void collect_chain(const struct bucket *bucket, struct collected *collected) {
    for (; bucket != NULL; bucket = next_bucket(bucket)) {
        for (size_t i = 0; i < place_count(bucket) && bucket->tags[i] != 0; i++) {
            collect_one(collected, load_address(bucket, i), bucket->tags[i]);
        }
    }
}

static void clear_chain(struct table *table, struct bucket *home) {
    struct bucket *bucket = next_bucket(home);
    while (bucket != NULL) {
        struct bucket *next = next_bucket(bucket);
        alloc_free(bucket);
        table->overflow_count--;
        bucket = next;
    }
    memset(home, 0, sizeof *home);
}

static void resize_first_segment(struct table *table, size_t capacity) {
    struct bucket *buckets = alloc_aligned(BUCKET_SIZE, capacity * sizeof *buckets);
    size_t kept = table->bucket_count < capacity ? table->bucket_count : capacity;
    memcpy(buckets, table->segments[0], kept * sizeof *buckets);
    alloc_free(table->segments[0]);
    table->segments[0] = buckets;
    table->first_capacity = capacity;
}

/* Makes room for one more bucket. */
static void add_bucket_room(struct table *table) {
    if (table->bucket_count < SEGMENT_BUCKETS) {
        if (table->bucket_count == table->first_capacity) {
            resize_first_segment(table, 2 * table->first_capacity);
        }
        return;
    }
    size_t needed = (table->bucket_count >> SEGMENT_BITS) + 1;
    if (needed > table->segment_count) {
        table->segments = alloc_resize(table->segments, needed * sizeof(struct bucket *));
        table->segments[needed - 1] =
            alloc_aligned(BUCKET_SIZE, SEGMENT_BUCKETS * sizeof(struct bucket));
        table->segment_count = needed;
    }
}

/*
 * Buckets are divided in order, so the items of the next one can be on their way to the cache until
 * its turn comes: dividing it hashes their keys, which took most of the time of growing.
 */
static void prefetch_next_split(const struct table *table) {
    size_t next = table->bucket_count - (table->small_mask + 1);
    const struct bucket *bucket = bucket_at(table, next);
    for (size_t i = 0; i < place_count(bucket) && bucket->tags[i] != 0; i++) {
        cache_prefetch(load_address(bucket, i));
    }
    if (next + 1 < table->bucket_count) {
        cache_prefetch(bucket_at(table, next + 1));
    }
}

static void split_one(struct table *table) {
    add_bucket_room(table);
    size_t from = table->bucket_count - (table->small_mask + 1);
    struct bucket *bucket = bucket_at(table, from);
    struct collected collected;
    collect_init(&collected);
    collect_chain(bucket, &collected);
    clear_chain(table, bucket);
    table->bucket_count++;
    if (table->bucket_count == 2 * (table->small_mask + 1)) {
        table->small_mask = 2 * table->small_mask + 1;
    }
    for (size_t i = 0; i < collected.count; i++) {
        uint64_t hash = table->type->hash(collected.items[i]);
        append_to_chain(table, home_bucket(table, hash), collected.tags[i], collected.items[i]);
    }
    collect_release(&collected);
    prefetch_next_split(table);
}

static void drop_bucket_room(struct table *table) {
    size_t needed = ((table->bucket_count - 1) >> SEGMENT_BITS) + 1;
    if (needed < table->segment_count) {
        alloc_free(table->segments[--table->segment_count]);
    }
    enum { SLACK = 4 };
    if (table->segment_count == 1 && table->bucket_count * SLACK <= table->first_capacity) {
        resize_first_segment(table, table->first_capacity / 2);
    }
}

static void join_one(struct table *table) {
    if (table->bucket_count == table->small_mask + 1) {
        table->small_mask /= 2;
    }
    size_t last = table->bucket_count - 1;
    struct bucket *bucket = bucket_at(table, last);
    struct collected collected;
    collect_init(&collected);
    collect_chain(bucket, &collected);
    clear_chain(table, bucket);
    table->bucket_count--;
    struct bucket *partner = bucket_at(table, last & table->small_mask);
    for (size_t i = 0; i < collected.count; i++) {
        append_to_chain(table, partner, collected.tags[i], collected.items[i]);
    }
    collect_release(&collected);
    drop_bucket_room(table);
}

static void grow_if_full(struct table *table) {
    if (UNLIKELY(2 * table->item_count > GROW_LOAD_TWICE * table->bucket_count) &&
        table->pause_count == 0) {
        split_one(table);
    }
}

static void shrink_if_sparse(struct table *table) {
    if (UNLIKELY(2 * table->item_count < SHRINK_LOAD_TWICE * table->bucket_count) &&
        table->bucket_count > 1 && table->pause_count == 0) {
        join_one(table);
    }
}

/* ---- Public ---- */

struct table *table_create(const struct table_type *type) {
    struct table *table = alloc_zeroed(sizeof *table);
    table->type = type;
    table->segments = alloc_new(sizeof(struct bucket *));
    table->segments[0] = alloc_aligned(BUCKET_SIZE, sizeof(struct bucket));
    table->segment_count = 1;
    table->first_capacity = 1;
    table->bucket_count = 1;
    return table;
}

void table_destroy(struct table *table) {
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->bucket_count && table->overflow_count > 0; i++) {
        clear_chain(table, bucket_at(table, i));
    }
    for (size_t i = 0; i < table->segment_count; i++) {
        alloc_free(table->segments[i]);
    }
    alloc_free(table->segments);
    alloc_free(table);
}

size_t table_count(const struct table *table) {
    return table->item_count;
}

/* The item with this key in one bucket; NULL when it is not there. */
static inline void *match_in_bucket(const struct table *table, const struct bucket *bucket,
                                    uint8_t tag, const void *key) {
    enum { BITS_PER_TAG = 8 };
    uint64_t mask = matching_places(bucket, tag);
    while (mask != 0) {
        size_t i = (size_t)__builtin_ctzll(mask) / BITS_PER_TAG;
        mask &= mask - 1;
        if (bucket->tags[i] == tag) {
            void *item = load_address(bucket, i);
            if (LIKELY(table->type->matches(item, key))) {
                return item;
            }
        }
    }
    if (bucket->tags[OVERFLOW_PLACE] == tag && (bucket->flags & FLAG_OVERFLOW) == 0) {
        void *item = load_address(bucket, OVERFLOW_PLACE);
        if (table->type->matches(item, key)) {
            return item;
        }
    }
    return NULL;
}

void *table_find(const struct table *table, uint64_t hash, const void *key) {
    uint8_t tag = tag_of(hash);
    const struct bucket *bucket = home_bucket(table, hash);
    do {
        void *item = match_in_bucket(table, bucket, tag, key);
        if (item != NULL) {
            return item;
        }
        bucket = next_bucket(bucket);
    } while (UNLIKELY(bucket != NULL));
    return NULL;
}

void table_insert(struct table *table, uint64_t hash, void *item) {
    ASSERT((uintptr_t)item >> ADDRESS_BITS == 0);
    append_to_chain(table, home_bucket(table, hash), tag_of(hash), item);
    table->item_count++;
    grow_if_full(table);
}

void table_remove_item(struct table *table, uint64_t hash, const void *item) {
    struct position position = find_item(table, hash, item);
    ASSERT(position.bucket != NULL);
    remove_from_chain(table, home_bucket(table, hash), position);
    table->item_count--;
    shrink_if_sparse(table);
}

void table_replace_item(struct table *table, uint64_t hash, const void *old_item, void *new_item) {
    ASSERT((uintptr_t)new_item >> ADDRESS_BITS == 0);
    struct position position = find_item(table, hash, old_item);
    ASSERT(position.bucket != NULL);
    store_address(position.bucket, position.place, new_item);
}

void table_prefetch_bucket(const struct table *table, uint64_t hash) {
    cache_prefetch(home_bucket(table, hash));
}

void table_prefetch_items(const struct table *table, uint64_t hash) {
    enum { BITS_PER_TAG = 8 };
    const struct bucket *bucket = home_bucket(table, hash);
    uint8_t tag = tag_of(hash);
    for (uint64_t mask = matching_places(bucket, tag); mask != 0; mask &= mask - 1) {
        /* A place whose tag only seems to agree may be empty: no pointer is made of it. */
        uintptr_t item =
            (uintptr_t)load_address(bucket, (size_t)__builtin_ctzll(mask) / BITS_PER_TAG);
        cache_prefetch((const void *)item);
        cache_prefetch((const void *)(item + ITEM_SECOND_LINE));
    }
    if ((bucket->flags & FLAG_OVERFLOW) != 0) {
        cache_prefetch(next_bucket(bucket));
    } else if (bucket->tags[OVERFLOW_PLACE] == tag) {
        cache_prefetch(load_address(bucket, OVERFLOW_PLACE));
    }
}

const void *table_glimpse(const struct table *table, uint64_t hash) {
    enum { BITS_PER_TAG = 8 };
    const struct bucket *bucket = home_bucket(table, hash);
    uint8_t tag = tag_of(hash);
    for (uint64_t mask = matching_places(bucket, tag); mask != 0; mask &= mask - 1) {
        size_t place = (size_t)__builtin_ctzll(mask) / BITS_PER_TAG;
        if (bucket->tags[place] == tag) {
            return (const void *)(uintptr_t)load_address(bucket, place);
        }
    }
    return NULL;
}

static uint64_t reverse_bits(uint64_t word) {
    word = (word >> 1 & 0x5555555555555555) | (word & 0x5555555555555555) << 1;
    word = (word >> 2 & 0x3333333333333333) | (word & 0x3333333333333333) << 2;
    word = (word >> 4 & 0x0f0f0f0f0f0f0f0f) | (word & 0x0f0f0f0f0f0f0f0f) << 4;
    return __builtin_bswap64(word);
}

uint64_t table_scan(struct table *table, uint64_t cursor, table_visitor visit, void *context) {
    struct collected collected;
    collect_init(&collected);
    size_t index = (size_t)cursor & table->small_mask;
    collect_chain(bucket_at(table, index), &collected);
    size_t upper = index + table->small_mask + 1;
    if (upper < table->bucket_count) {
        collect_chain(bucket_at(table, upper), &collected);
    }
    for (size_t i = 0; i < collected.count; i++) {
        cache_prefetch(collected.items[i]);
    }
    uint64_t mask = table->small_mask;
    /* The visitor may remove items, which joins buckets; the items were collected before. */
    for (size_t i = 0; i < collected.count; i++) {
        visit(context, collected.items[i]);
    }
    collect_release(&collected);
    return reverse_bits(reverse_bits(cursor | ~mask) + 1);
}

bool table_scan_has_passed(const struct table *table, uint64_t cursor, uint64_t hash) {
    uint64_t mask = table->small_mask;
    return reverse_bits(hash & mask) < reverse_bits(cursor & mask);
}

void table_attach(struct table *table, void *attachment) {
    table->attachment = attachment;
}

void *table_attachment(const struct table *table) {
    return table->attachment;
}

/* Items of two tables whose tags agree, on their way into the cache before they are compared. */
struct pairing {
    bool (*are_equal)(const void *item_a, const void *item_b);
    bool (*visit)(void *context, void *item);
    void *context;
    bool goes_on;
    size_t count;
    void *items_a[PAIRED_MAX];
    void *items_b[PAIRED_MAX];
};

static void compare_pairs(struct pairing *pairing) {
    for (size_t i = 0; i < pairing->count && pairing->goes_on; i++) {
        if (LIKELY(pairing->are_equal(pairing->items_a[i], pairing->items_b[i]))) {
            pairing->goes_on = pairing->visit(pairing->context, pairing->items_a[i]);
        }
    }
    pairing->count = 0;
}

static inline void add_pair(struct pairing *pairing, void *item_a, void *item_b) {
    if (UNLIKELY(pairing->count == PAIRED_MAX)) {
        compare_pairs(pairing);
    }
    cache_prefetch(item_a);
    cache_prefetch(item_b);
    pairing->items_a[pairing->count] = item_a;
    pairing->items_b[pairing->count++] = item_b;
}

/* Pairs an item, by its tag, with those of one bucket. */
static inline void pair_with_bucket(struct pairing *pairing, const struct bucket *a, size_t index,
                                    const struct bucket *bucket) {
    enum { BITS_PER_TAG = 8 };
    uint8_t tag = a->tags[index];
    for (uint64_t mask = matching_places(bucket, tag); mask != 0; mask &= mask - 1) {
        size_t place = (size_t)__builtin_ctzll(mask) / BITS_PER_TAG;
        if (LIKELY(bucket->tags[place] == tag)) {
            add_pair(pairing, load_address(a, index), load_address(bucket, place));
        }
    }
    if (bucket->tags[OVERFLOW_PLACE] == tag && (bucket->flags & FLAG_OVERFLOW) == 0) {
        add_pair(pairing, load_address(a, index), load_address(bucket, OVERFLOW_PLACE));
    }
}

static void pair_chains(struct pairing *pairing, const struct bucket *a,
                        const struct bucket *b_home) {
    for (; a != NULL; a = next_bucket(a)) {
        size_t count = used_places(a);
        for (const struct bucket *b = b_home; b != NULL; b = next_bucket(b)) {
            for (size_t i = 0; i < count; i++) {
                pair_with_bucket(pairing, a, i, b);
            }
        }
    }
}

bool table_intersect(const struct table *a, const struct table *b,
                     bool (*are_equal)(const void *item_a, const void *item_b),
                     bool (*visit)(void *context, void *item), void *context) {
    if (a->small_mask != b->small_mask) {
        return false;
    }
    struct pairing pairing = {
        .are_equal = are_equal,
        .visit = visit,
        .context = context,
        .goes_on = true,
    };
    /* A bucket that one table has divided meets both halves or the whole of the other's. */
    for (size_t index = 0; pairing.goes_on && index <= a->small_mask; index++) {
        size_t upper = index + a->small_mask + 1;
        bool a_is_split = upper < a->bucket_count;
        bool b_is_split = upper < b->bucket_count;
        const struct bucket *lower_a = bucket_at(a, index);
        const struct bucket *lower_b = bucket_at(b, index);
        pair_chains(&pairing, lower_a, lower_b);
        if (a_is_split) {
            pair_chains(&pairing, bucket_at(a, upper), b_is_split ? bucket_at(b, upper) : lower_b);
        } else if (b_is_split) {
            pair_chains(&pairing, lower_a, bucket_at(b, upper));
        }
    }
    compare_pairs(&pairing);
    return true;
}

static void *item_in_chain(const struct bucket *bucket, size_t number) {
    for (; bucket != NULL; bucket = next_bucket(bucket)) {
        size_t used = used_places(bucket);
        if (number < used) {
            return load_address(bucket, number);
        }
        number -= used;
    }
    return NULL;
}

void *table_random(const struct table *table, struct random *random) {
    if (table->item_count == 0) {
        return NULL;
    }
    for (size_t i = 0; i < RANDOM_TRIES_MAX; i++) {
        size_t index = (size_t)random_below(random, table->bucket_count);
        void *item = item_in_chain(bucket_at(table, index), random_below(random, RANDOM_PLACES));
        if (item != NULL) {
            return item;
        }
    }
    /* Very sparse (resizing is paused): the first item behind a random place. */
    size_t start = (size_t)random_below(random, table->bucket_count);
    for (size_t i = 0; i < table->bucket_count; i++) {
        void *item = item_in_chain(bucket_at(table, (start + i) % table->bucket_count), 0);
        if (item != NULL) {
            return item;
        }
    }
    UNREACHABLE();
}

void table_pause_resize(struct table *table) {
    table->pause_count++;
}

void table_resume_resize(struct table *table) {
    ASSERT(table->pause_count > 0);
    table->pause_count--;
}

void table_reserve(struct table *table, size_t count) {
    while (GROW_LOAD_TWICE * table->bucket_count < 2 * count) {
        split_one(table);
    }
}

size_t table_memory(const struct table *table) {
    size_t buckets = table->first_capacity + (table->segment_count - 1) * SEGMENT_BUCKETS;
    return sizeof *table + table->segment_count * sizeof(struct bucket *) +
           (buckets + table->overflow_count) * sizeof(struct bucket);
}

struct table_stats table_read_stats(const struct table *table) {
    struct table_stats stats = {
        .bucket_count = table->bucket_count,
        .overflow_bucket_count = table->overflow_count,
        .item_count = table->item_count,
    };
    for (size_t i = 0; i < table->bucket_count; i++) {
        size_t length = 0;
        for (const struct bucket *bucket = bucket_at(table, i); bucket != NULL;
             bucket = next_bucket(bucket)) {
            length += used_places(bucket);
        }
        stats.longest_chain = length > stats.longest_chain ? length : stats.longest_chain;
    }
    return stats;
}

void table_verify(const struct table *table) {
    size_t item_count = 0;
    size_t overflow_count = 0;
    for (size_t i = 0; i < table->bucket_count; i++) {
        const struct bucket *home = bucket_at(table, i);
        for (const struct bucket *bucket = home; bucket != NULL; bucket = next_bucket(bucket)) {
            overflow_count += bucket != home;
            size_t used = used_places(bucket);
            ASSERT(next_bucket(bucket) == NULL || used == PLACES - 1);
            ASSERT(bucket == home || used > 0);
            for (size_t j = 0; j < used; j++) {
                uint64_t hash = table->type->hash(load_address(bucket, j));
                ASSERT(bucket->tags[j] == tag_of(hash));
                ASSERT(home_bucket(table, hash) == home);
                item_count++;
            }
        }
    }
    ASSERT(item_count == table->item_count);
    ASSERT(overflow_count == table->overflow_count);
}
