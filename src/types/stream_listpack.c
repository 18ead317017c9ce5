/*
 * Reading goes over the listpack twice: it is checked as a whole, then its entries are appended to
 * a node as XADD does it.
 */
#include "types/stream_listpack.h"

#include "base/alloc.h"
#include "base/panic.h"

enum {
    FLAG_DELETED = 1,
    FLAG_SAME_FIELDS = 2,
    FLAGS_ALL = FLAG_DELETED | FLAG_SAME_FIELDS,
    HEAD_COUNT = 3,       /* flags, ms, seq */
    OWN_FIELDS_COUNT = 4, /* the head and the number of fields */
    MASTER_COUNT = 4,     /* live, deleted, number of fields, 0 */
};

/* ---- Writing ---- */

/* Elements to be, in one block of memory that is used for entry after entry. */
struct items {
    struct listpack_item *items;
    size_t count;
    size_t capacity;
};

static void empty(struct items *items, size_t capacity) {
    items->count = 0;
    if (capacity > items->capacity) {
        items->capacity = capacity;
        items->items = alloc_resize(items->items, capacity * sizeof *items->items);
    }
}

static void put_integer(struct items *items, int64_t integer) {
    items->items[items->count++] = (struct listpack_item){.integer = integer};
}

static void put_element(struct items *items, const uint8_t *element) {
    struct listpack_item item = {.integer = 0};
    if (!listpack_get_integer(element, &item.integer, &item.text)) {
        item.text.data = item.text.data == NULL ? "" : item.text.data;
    }
    items->items[items->count++] = item;
}

static void put_entry(struct items *items, struct stream_id key, const struct stream_entry *entry) {
    bool is_same = entry->master_field != NULL;
    size_t pairs = entry->pair_count;
    size_t count = is_same ? HEAD_COUNT + pairs : OWN_FIELDS_COUNT + 2 * pairs;
    empty(items, count + 1);
    put_integer(items, (entry->is_deleted ? FLAG_DELETED : 0) | (is_same ? FLAG_SAME_FIELDS : 0));
    put_integer(items, (int64_t)(entry->id.ms - key.ms));
    put_integer(items, (int64_t)(entry->id.seq - key.seq));
    if (!is_same) {
        put_integer(items, (int64_t)pairs);
    }
    struct stream_pairs walk;
    const uint8_t *field;
    const uint8_t *value;
    stream_pairs_begin(&walk, entry);
    while (stream_pairs_next_elements(&walk, &field, &value)) {
        if (!is_same) {
            put_element(items, field);
        }
        put_element(items, value);
    }
    put_integer(items, (int64_t)count);
}

uint8_t *stream_listpack_write(const struct stream_node *node, struct stream_id key) {
    struct items items = {0};
    size_t field_count;
    const uint8_t *field = stream_node_fields(node, &field_count);
    size_t live = stream_node_live(node);
    empty(&items, MASTER_COUNT + field_count);
    put_integer(&items, (int64_t)live);
    put_integer(&items, (int64_t)(stream_node_total(node) - live));
    put_integer(&items, (int64_t)field_count);
    for (size_t i = 0; i < field_count; i++) {
        put_element(&items, field);
        field += listpack_bare_size(field);
    }
    put_integer(&items, 0);
    uint8_t *block = listpack_create_with_room(stream_node_published_size(node));
    block = listpack_append_items(block, items.items, items.count);
    struct stream_entry entry;
    for (bool has = stream_node_first(node, key, &entry); has;
         has = stream_node_next(node, key, &entry)) {
        put_entry(&items, key, &entry);
        block = listpack_append_items(block, items.items, items.count);
    }
    alloc_free(items.items);
    ASSERT(listpack_size(block) == stream_node_published_size(node));
    return block;
}

/* ---- Checking ---- */

/* Takes the next element, which must be an integer from 0 to a limit, or any without one. */
static bool take_integer(const uint8_t *block, const uint8_t **element, int64_t max,
                         int64_t *number) {
    struct bytes text;
    if (*element == NULL || !listpack_get_integer(*element, number, &text) ||
        (max >= 0 && (*number < 0 || *number > max))) {
        return false;
    }
    *element = listpack_next(block, *element);
    return true;
}

static bool take_elements(const uint8_t *block, const uint8_t **element, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        if (*element == NULL) {
            return false;
        }
        *element = listpack_next(block, *element);
    }
    return true;
}

/* What is known of a listpack while it is read. */
struct reading {
    const uint8_t *block;
    struct stream_id key;
    int64_t field_count; /* of the master entry */
    int64_t limit;       /* no count is larger */
};

/* An entry as it stands there. */
struct raw_entry {
    struct stream_id id;
    bool is_deleted;
    bool is_same;
    int64_t pair_count;
    const uint8_t *first; /* of its fields and values */
};

/* Takes the next entry. False when it is none. */
static bool take_entry(const struct reading *reading, const uint8_t **element,
                       struct raw_entry *entry) {
    const uint8_t *block = reading->block;
    int64_t flags;
    int64_t ms;
    int64_t seq;
    int64_t size;
    if (!take_integer(block, element, FLAGS_ALL, &flags) ||
        !take_integer(block, element, -1, &ms) || !take_integer(block, element, -1, &seq)) {
        return false;
    }
    entry->id.ms = reading->key.ms + (uint64_t)ms;
    entry->id.seq = reading->key.seq + (uint64_t)seq;
    entry->is_deleted = (flags & FLAG_DELETED) != 0;
    entry->is_same = (flags & FLAG_SAME_FIELDS) != 0;
    entry->pair_count = reading->field_count;
    if (!entry->is_same && !take_integer(block, element, reading->limit, &entry->pair_count)) {
        return false;
    }
    entry->first = *element;
    int64_t count = entry->is_same ? entry->pair_count : 2 * entry->pair_count;
    return take_elements(block, element, count) && take_integer(block, element, -1, &size) &&
           size == count + (entry->is_same ? HEAD_COUNT : OWN_FIELDS_COUNT);
}

/* Takes the counts and fields of the master entry. */
static bool take_master(struct reading *reading, const uint8_t **element, int64_t *live,
                        int64_t *deleted, const uint8_t **first_field) {
    const uint8_t *block = reading->block;
    int64_t end;
    if (!take_integer(block, element, reading->limit, live) ||
        !take_integer(block, element, reading->limit, deleted) ||
        !take_integer(block, element, reading->limit, &reading->field_count)) {
        return false;
    }
    *first_field = *element;
    return take_elements(block, element, reading->field_count) &&
           take_integer(block, element, 0, &end);
}

/* Whether entries follow whose ids grow, in these numbers. */
static bool check_entries(const struct reading *reading, const uint8_t *element, int64_t live,
                          int64_t deleted) {
    struct raw_entry entry;
    struct stream_id last = reading->key;
    bool is_first = true;
    while (element != NULL) {
        if (!take_entry(reading, &element, &entry)) {
            return false;
        }
        int order = stream_id_compare(entry.id, last);
        if (is_first ? order != 0 : order <= 0) {
            return false;
        }
        is_first = false;
        last = entry.id;
        live -= !entry.is_deleted;
        deleted -= entry.is_deleted;
    }
    return live == 0 && deleted == 0;
}

/* ---- Reading ---- */

/* Fields and values, in memory that is used for entry after entry. */
struct words {
    struct bytes *words;
    char (*scratch)[LISTPACK_SCRATCH_SIZE];
    size_t capacity;
};

static void reserve(struct words *words, size_t count) {
    if (count > words->capacity) {
        words->capacity = count;
        words->words = alloc_resize(words->words, count * sizeof *words->words);
        words->scratch = alloc_resize(words->scratch, count * sizeof *words->scratch);
    }
}

/* Reads elements as texts to every `step`th word from one on. */
static void read_words(struct words *words, const uint8_t *block, const uint8_t *element,
                       size_t first, size_t step, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t index = first + i * step;
        words->words[index] = listpack_get(element, words->scratch[index]);
        element = listpack_next(block, element);
    }
}

static struct stream_node *append_entry(struct stream_node *node, const struct reading *reading,
                                        const uint8_t *first_field, const struct raw_entry *entry,
                                        struct words *words) {
    size_t pair_count = (size_t)entry->pair_count;
    reserve(words, 2 * pair_count);
    if (entry->is_same) {
        read_words(words, reading->block, first_field, 0, 2, pair_count);
        read_words(words, reading->block, entry->first, 1, 2, pair_count);
    } else {
        read_words(words, reading->block, entry->first, 0, 1, 2 * pair_count);
    }
    node = stream_node_append(node, reading->key, entry->id, words->words, pair_count);
    struct stream_entry last;
    if (entry->is_deleted && stream_node_last(node, reading->key, &last)) {
        stream_node_delete(node, &last);
    }
    return node;
}

struct stream_node *stream_listpack_read(const uint8_t *block, struct stream_id key) {
    struct reading reading = {
        .block = block,
        .key = key,
        .limit = (int64_t)listpack_count(block),
    };
    const uint8_t *element = listpack_first(block);
    const uint8_t *first_field;
    int64_t live;
    int64_t deleted;
    if (!take_master(&reading, &element, &live, &deleted, &first_field) || live == 0 ||
        !check_entries(&reading, element, live, deleted)) {
        return NULL;
    }
    struct words words = {0};
    size_t field_count = (size_t)reading.field_count;
    reserve(&words, 2 * field_count);
    read_words(&words, block, first_field, 0, 2, field_count);
    struct stream_node *node = stream_node_create(listpack_size(block), words.words, field_count);
    struct raw_entry entry;
    while (element != NULL && take_entry(&reading, &element, &entry)) {
        node = append_entry(node, &reading, first_field, &entry, &words);
    }
    alloc_free(words.words);
    alloc_free(words.scratch);
    return stream_node_shrink(node);
}
