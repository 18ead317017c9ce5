/*
 * Everything is read forwards from an entry's flags; going back takes the size behind the entry
 * before. Only verified nodes get here, so elements are not checked again.
 */
#include "types/stream_node.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <string.h>

enum {
    FLAG_DELETED = 1,
    FLAG_SAME_FIELDS = 2,
    FLAGS_ALL = FLAG_DELETED | FLAG_SAME_FIELDS,
    HEAD_COUNT = 3,       /* flags, ms, seq */
    OWN_FIELDS_COUNT = 4, /* the head and the number of fields */
    MASTER_COUNT = 3,     /* live, deleted, number of fields */
    STACK_ITEMS = 32,
};

static int64_t integer_at(const uint8_t *element) {
    int64_t number = 0;
    struct bytes text;
    return listpack_get_integer(element, &number, &text) ? number : 0;
}

static struct listpack_item integer_item(int64_t integer) {
    return (struct listpack_item){.integer = integer};
}

static struct listpack_item text_item(struct bytes text) {
    return (struct listpack_item){.text = {text.data == NULL ? "" : text.data, text.length}};
}

/* ---- The master entry ---- */

size_t stream_node_live(const uint8_t *block) {
    return (size_t)integer_at(listpack_first(block));
}

size_t stream_node_total(const uint8_t *block) {
    const uint8_t *live = listpack_first(block);
    return (size_t)(integer_at(live) + integer_at(listpack_next(block, live)));
}

uint8_t *stream_node_create(size_t room, const struct bytes *words, size_t pair_count) {
    uint8_t *block = listpack_create_with_room(room);
    struct listpack_item head[MASTER_COUNT] = {integer_item(0), integer_item(0),
                                               integer_item((int64_t)pair_count)};
    block = listpack_append_items(block, head, MASTER_COUNT);
    for (size_t i = 0; i < pair_count; i++) {
        block = listpack_append(block, words[2 * i]);
    }
    struct listpack_item end = integer_item(0);
    return listpack_append_items(block, &end, 1);
}

/* The element behind the number of fields, and that number. */
static const uint8_t *master_fields(const uint8_t *block, size_t *count) {
    const uint8_t *element = listpack_first(block);
    element = listpack_next(block, listpack_next(block, element));
    *count = (size_t)integer_at(element);
    return listpack_next(block, element);
}

/* Adds to the numbers of live and deleted entries. */
static uint8_t *count_entries(uint8_t *block, int64_t live, int64_t deleted) {
    char digits[TEXT_INT64_MAX_SIZE];
    uint8_t *element = listpack_first(block);
    size_t length = text_print_int64(digits, integer_at(element) + live);
    block = listpack_replace(block, &element, (struct bytes){digits, length});
    if (deleted != 0) {
        element = listpack_next(block, element);
        length = text_print_int64(digits, integer_at(element) + deleted);
        block = listpack_replace(block, &element, (struct bytes){digits, length});
    }
    return block;
}

/* ---- Appending ---- */

static bool has_master_fields(const uint8_t *block, const struct bytes *words, size_t pair_count) {
    size_t count;
    char scratch[LISTPACK_SCRATCH_SIZE];
    const uint8_t *field = master_fields(block, &count);
    if (count != pair_count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!bytes_equal(listpack_get(field, scratch), words[2 * i])) {
            return false;
        }
        field = listpack_next(block, field);
    }
    return true;
}

uint8_t *stream_node_append(uint8_t *block, struct stream_id key, struct stream_id id,
                            const struct bytes *words, size_t pair_count) {
    bool is_same = has_master_fields(block, words, pair_count);
    size_t count = is_same ? HEAD_COUNT + pair_count : OWN_FIELDS_COUNT + 2 * pair_count;
    struct listpack_item on_stack[STACK_ITEMS];
    struct listpack_item *items =
        count < STACK_ITEMS ? on_stack : alloc_new((count + 1) * sizeof *items);
    size_t used = 0;
    items[used++] = integer_item(is_same ? FLAG_SAME_FIELDS : 0);
    items[used++] = integer_item((int64_t)(id.ms - key.ms));
    items[used++] = integer_item((int64_t)(id.seq - key.seq));
    if (!is_same) {
        items[used++] = integer_item((int64_t)pair_count);
    }
    for (size_t i = 0; i < pair_count; i++) {
        if (!is_same) {
            items[used++] = text_item(words[2 * i]);
        }
        items[used++] = text_item(words[2 * i + 1]);
    }
    items[used++] = integer_item((int64_t)count);
    block = listpack_append_items(block, items, used);
    if (items != on_stack) {
        alloc_free(items);
    }
    return count_entries(block, 1, 0);
}

/* ---- Entries ---- */

/* Reads the entry whose flags stand here. */
static void read_entry(const uint8_t *block, struct stream_id key, const uint8_t *start,
                       struct stream_entry *entry) {
    int64_t flags = integer_at(start);
    const uint8_t *ms = listpack_next(block, start);
    const uint8_t *seq = listpack_next(block, ms);
    entry->block = block;
    entry->start = start;
    entry->is_deleted = (flags & FLAG_DELETED) != 0;
    entry->id.ms = key.ms + (uint64_t)integer_at(ms);
    entry->id.seq = key.seq + (uint64_t)integer_at(seq);
    entry->first = listpack_next(block, seq);
    if ((flags & FLAG_SAME_FIELDS) != 0) {
        entry->master_field = master_fields(block, &entry->pair_count);
    } else {
        entry->master_field = NULL;
        entry->pair_count = (size_t)integer_at(entry->first);
        entry->first = listpack_next(block, entry->first);
    }
}

static const uint8_t *skip(const uint8_t *block, const uint8_t *element, size_t count) {
    for (size_t i = 0; i < count && element != NULL; i++) {
        element = listpack_next(block, element);
    }
    return element;
}

bool stream_node_first(const uint8_t *block, struct stream_id key, struct stream_entry *entry) {
    size_t count;
    const uint8_t *field = master_fields(block, &count);
    const uint8_t *start = skip(block, field, count + 1);
    if (start == NULL) {
        return false;
    }
    read_entry(block, key, start, entry);
    return true;
}

bool stream_node_next(const uint8_t *block, struct stream_id key, struct stream_entry *entry) {
    size_t count = entry->master_field != NULL ? entry->pair_count : 2 * entry->pair_count;
    const uint8_t *start = skip(block, entry->first, count + 1);
    if (start == NULL) {
        return false;
    }
    read_entry(block, key, start, entry);
    return true;
}

/* The entry whose size stands here; false when it is the master entry's. */
static bool read_backwards(const uint8_t *block, struct stream_id key, const uint8_t *size,
                           struct stream_entry *entry) {
    int64_t count = integer_at(size);
    if (count == 0) {
        return false;
    }
    const uint8_t *start = size;
    for (int64_t i = 0; i < count; i++) {
        start = listpack_previous(block, start);
    }
    read_entry(block, key, start, entry);
    return true;
}

bool stream_node_last(const uint8_t *block, struct stream_id key, struct stream_entry *entry) {
    return read_backwards(block, key, listpack_last(block), entry);
}

bool stream_node_previous(const uint8_t *block, struct stream_id key, struct stream_entry *entry) {
    return read_backwards(block, key, listpack_previous(block, entry->start), entry);
}

uint8_t *stream_node_delete(uint8_t *block, struct stream_id key, struct stream_entry *entry) {
    ASSERT(!entry->is_deleted);
    size_t from_end = listpack_size(block) - (size_t)(entry->start - block);
    uint8_t *flags = block + (entry->start - block);
    char digit = (char)('0' + (integer_at(flags) | FLAG_DELETED));
    block = listpack_replace(block, &flags, (struct bytes){&digit, 1});
    block = count_entries(block, -1, 1);
    read_entry(block, key, block + listpack_size(block) - from_end, entry);
    return block;
}

/* ---- Pairs ---- */

void stream_pairs_begin(struct stream_pairs *pairs, const struct stream_entry *entry) {
    pairs->block = entry->block;
    pairs->at = entry->first;
    pairs->master_field = entry->master_field;
    pairs->left = entry->pair_count;
}

bool stream_pairs_next(struct stream_pairs *pairs, struct bytes *field, struct bytes *value) {
    if (pairs->left == 0) {
        return false;
    }
    pairs->left--;
    if (pairs->master_field != NULL) {
        *field = listpack_get(pairs->master_field, pairs->field_scratch);
        pairs->master_field = listpack_next(pairs->block, pairs->master_field);
    } else {
        *field = listpack_get(pairs->at, pairs->field_scratch);
        pairs->at = listpack_next(pairs->block, pairs->at);
    }
    *value = listpack_get(pairs->at, pairs->value_scratch);
    pairs->at = listpack_next(pairs->block, pairs->at);
    return true;
}

/* ---- Untrusted nodes ---- */

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

struct verify {
    const uint8_t *block;
    struct stream_id key;
    struct stream_id last; /* of the entry before */
    int64_t field_count;   /* of the master entry */
    int64_t limit;         /* no count is larger */
    int64_t live;
    int64_t deleted;
};

static bool verify_entry(struct verify *verify, const uint8_t **element) {
    const uint8_t *block = verify->block;
    int64_t flags;
    int64_t ms;
    int64_t seq;
    int64_t pairs = verify->field_count;
    int64_t size;
    if (!take_integer(block, element, FLAGS_ALL, &flags) ||
        !take_integer(block, element, -1, &ms) || !take_integer(block, element, -1, &seq)) {
        return false;
    }
    bool is_same = (flags & FLAG_SAME_FIELDS) != 0;
    if (!is_same && !take_integer(block, element, verify->limit, &pairs)) {
        return false;
    }
    int64_t count = is_same ? pairs : 2 * pairs;
    if (!take_elements(block, element, count) || !take_integer(block, element, -1, &size) ||
        size != count + (is_same ? HEAD_COUNT : OWN_FIELDS_COUNT)) {
        return false;
    }
    struct stream_id id = {verify->key.ms + (uint64_t)ms, verify->key.seq + (uint64_t)seq};
    bool is_first = verify->live + verify->deleted == 0;
    int order = stream_id_compare(id, verify->last);
    if (is_first ? order != 0 : order <= 0) {
        return false;
    }
    verify->last = id;
    verify->live += (flags & FLAG_DELETED) == 0;
    verify->deleted += (flags & FLAG_DELETED) != 0;
    return true;
}

bool stream_node_verify(const uint8_t *block, struct stream_id key) {
    const uint8_t *element = listpack_first(block);
    struct verify verify = {
        .block = block,
        .key = key,
        .last = key,
        .limit = (int64_t)listpack_count(block),
    };
    int64_t live;
    int64_t deleted;
    int64_t end;
    if (!take_integer(block, &element, verify.limit, &live) ||
        !take_integer(block, &element, verify.limit, &deleted) ||
        !take_integer(block, &element, verify.limit, &verify.field_count) ||
        !take_elements(block, &element, verify.field_count) ||
        !take_integer(block, &element, 0, &end)) {
        return false;
    }
    while (element != NULL) {
        if (!verify_entry(&verify, &element)) {
            return false;
        }
    }
    return live > 0 && verify.live == live && verify.deleted == deleted;
}
