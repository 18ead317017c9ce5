/*
 *     header | field … | 0 | entry … | spare room
 *     entry: head | [ms] | seq | [fields] | value …          | size      with the fields in common
 *            head | [ms] | seq | [fields] | field | value …  | size      with fields of its own
 *
 * The head has two flags and the difference of the milliseconds while that is small. `seq` counts
 * from the key's within its millisecond, else from 0. Fields and values are bare elements of a
 * listpack; numbers have seven bits a byte, the lowest first. `size` is that of the entry before
 * it, to walk backwards: seven bits a byte, the lowest last, as behind a listpack's element.
 *
 * Chosen over the published form, where each element has a length behind it and the entry its
 * number of elements: an entry of three values of 16 bytes is 54 bytes instead of 62.
 *
 * Only nodes that were made here get here, so entries are not checked again.
 */
#include "types/stream_node.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <string.h>

enum {
    HEAD_DELETED = 1,
    HEAD_SAME_FIELDS = 2,
    HEAD_MS_SHIFT = 2,
    HEAD_MS_FOLLOWS = 63,

    NUMBER_MAX_SIZE = 10,
    NUMBER_BITS = 7,
    NUMBER_MORE = 128,
    NUMBER_MASK = 127,
    ENTRY_MAX_SIZE = 1 + 4 * NUMBER_MAX_SIZE, /* without elements */

    /* The published form. */
    PUBLISHED_HEAD_COUNT = 3,       /* flags, ms, seq */
    PUBLISHED_OWN_FIELDS_COUNT = 4, /* the head and the number of fields */
};

struct stream_node {
    uint32_t size; /* of all of it */
    uint32_t live;
    uint32_t deleted;
    uint32_t field_count;
    uint32_t published_size; /* without the elements that count live and deleted entries */
    uint8_t bytes[];
};

static uint8_t *start_of(const struct stream_node *node) {
    return (uint8_t *)(uintptr_t)node;
}

/* ---- Numbers ---- */

static inline const uint8_t *read_number(const uint8_t *at, uint64_t *number) {
    uint64_t value = *at & NUMBER_MASK;
    for (unsigned shift = NUMBER_BITS; UNLIKELY((*at & NUMBER_MORE) != 0); shift += NUMBER_BITS) {
        at++;
        value |= (uint64_t)(*at & NUMBER_MASK) << shift;
    }
    *number = value;
    return at + 1;
}

static inline uint8_t *write_number(uint8_t *at, uint64_t number) {
    while (UNLIKELY(number > NUMBER_MASK)) {
        *at++ = (uint8_t)(number | NUMBER_MORE);
        number >>= NUMBER_BITS;
    }
    *at++ = (uint8_t)number;
    return at;
}

static size_t number_size(size_t number) {
    size_t size = 1;
    while (UNLIKELY(number > NUMBER_MASK)) {
        number >>= NUMBER_BITS;
        size++;
    }
    return size;
}

/* A number that is read from its end. */
static uint8_t *write_back(uint8_t *at, size_t number) {
    size_t size = number_size(number);
    for (size_t i = size; i > 0; i--) {
        at[i - 1] = (uint8_t)((number & NUMBER_MASK) | (i > 1 ? NUMBER_MORE : 0));
        number >>= NUMBER_BITS;
    }
    return at + size;
}

/* Reads the number that ends before `end`, and returns where it begins. */
static const uint8_t *read_back(const uint8_t *end, size_t *number) {
    size_t value = 0;
    unsigned shift = 0;
    do {
        end--;
        value |= (size_t)(*end & NUMBER_MASK) << shift;
        shift += NUMBER_BITS;
    } while (UNLIKELY((*end & NUMBER_MORE) != 0));
    *number = value;
    return end;
}

/* ---- Nodes ---- */

static struct stream_node *make_room(struct stream_node *node, size_t added) {
    size_t size = node->size + added;
    return size > alloc_usable_size(node) ? alloc_resize(node, size) : node;
}

/* Writes an element, and adds what it takes in the published form. */
static uint8_t *write_element(uint8_t *at, struct bytes text, size_t *published_size) {
    uint8_t *end = listpack_bare_write(at, text);
    *published_size += listpack_published_size((size_t)(end - at));
    return end;
}

struct stream_node *stream_node_create(size_t room, const struct bytes *words, size_t pair_count) {
    struct stream_node *node = NULL;
    size_t size = sizeof *node + 1;
    for (size_t i = 0; i < pair_count; i++) {
        size += LISTPACK_BARE_HEAD_SIZE + words[2 * i].length;
    }
    node = alloc_new(size > room ? size : room);
    size_t published_size =
        LISTPACK_EMPTY_SIZE + listpack_integer_size((int64_t)pair_count) + listpack_integer_size(0);
    uint8_t *at = node->bytes;
    for (size_t i = 0; i < pair_count; i++) {
        at = write_element(at, words[2 * i], &published_size);
    }
    *at++ = 0;
    node->size = (uint32_t)(at - start_of(node));
    node->live = 0;
    node->deleted = 0;
    node->field_count = (uint32_t)pair_count;
    node->published_size = (uint32_t)published_size;
    return node;
}

void stream_node_free(struct stream_node *node) {
    alloc_free(node);
}

struct stream_node *stream_node_copy(const struct stream_node *node) {
    return memcpy(alloc_new(node->size), node, node->size);
}

struct stream_node *stream_node_shrink(struct stream_node *node) {
    bool is_smaller = alloc_size_class(node->size) < alloc_usable_size(node);
    return is_smaller ? alloc_resize(node, node->size) : node;
}

size_t stream_node_size(const struct stream_node *node) {
    return node->size;
}

size_t stream_node_memory(const struct stream_node *node) {
    return alloc_usable_size(node);
}

size_t stream_node_published_size(const struct stream_node *node) {
    return node->published_size + listpack_integer_size(node->live) +
           listpack_integer_size(node->deleted);
}

size_t stream_node_live(const struct stream_node *node) {
    return node->live;
}

size_t stream_node_total(const struct stream_node *node) {
    return (size_t)node->live + node->deleted;
}

const uint8_t *stream_node_fields(const struct stream_node *node, size_t *count) {
    *count = node->field_count;
    return node->bytes;
}

/* ---- Appending ---- */

static bool has_master_fields(const struct stream_node *node, const struct bytes *words,
                              size_t pair_count) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    const uint8_t *field = node->bytes;
    if (node->field_count != pair_count) {
        return false;
    }
    for (size_t i = 0; i < pair_count; i++) {
        if (!bytes_equal(listpack_get(field, scratch), words[2 * i])) {
            return false;
        }
        field += listpack_bare_size(field);
    }
    return true;
}

/* What of an entry is no element: head, ms, seq and, if it has its own, the number of fields. */
static uint8_t *write_head(uint8_t *at, struct stream_id key, struct stream_id id, bool is_same,
                           size_t pair_count) {
    uint64_t ms = id.ms - key.ms;
    unsigned flags = is_same ? HEAD_SAME_FIELDS : 0;
    unsigned high = ms < HEAD_MS_FOLLOWS ? (unsigned)ms : HEAD_MS_FOLLOWS;
    *at++ = (uint8_t)(flags | high << HEAD_MS_SHIFT);
    if (high == HEAD_MS_FOLLOWS) {
        at = write_number(at, ms);
    }
    at = write_number(at, ms == 0 ? id.seq - key.seq : id.seq);
    return is_same ? at : write_number(at, pair_count);
}

/* What the same takes in the published form, with the number of elements behind the entry. */
static size_t published_head_size(struct stream_id key, struct stream_id id, bool is_same,
                                  size_t pair_count) {
    size_t count =
        is_same ? PUBLISHED_HEAD_COUNT + pair_count : PUBLISHED_OWN_FIELDS_COUNT + 2 * pair_count;
    return listpack_integer_size(0) + listpack_integer_size((int64_t)(id.ms - key.ms)) +
           listpack_integer_size((int64_t)(id.seq - key.seq)) +
           (is_same ? 0 : listpack_integer_size((int64_t)pair_count)) +
           listpack_integer_size((int64_t)count);
}

struct stream_node *stream_node_append(struct stream_node *node, struct stream_id key,
                                       struct stream_id id, const struct bytes *words,
                                       size_t pair_count) {
    bool is_same = has_master_fields(node, words, pair_count);
    size_t first = is_same ? 1 : 0;
    size_t step = is_same ? 2 : 1;
    size_t size = ENTRY_MAX_SIZE;
    for (size_t i = first; i < 2 * pair_count; i += step) {
        size += LISTPACK_BARE_HEAD_SIZE + words[i].length;
    }
    node = make_room(node, size);
    uint8_t *start = start_of(node) + node->size;
    uint8_t *at = write_head(start, key, id, is_same, pair_count);
    size_t published_size = published_head_size(key, id, is_same, pair_count);
    for (size_t i = first; i < 2 * pair_count; i += step) {
        at = write_element(at, words[i], &published_size);
    }
    at = write_back(at, (size_t)(at - start));
    node->size += (uint32_t)(at - start);
    node->live++;
    node->published_size += (uint32_t)published_size;
    return node;
}

/* ---- Entries ---- */

/* Reads the entry that begins here. */
static void read_entry(const struct stream_node *node, struct stream_id key, const uint8_t *start,
                       struct stream_entry *entry) {
    const uint8_t *at = start + 1;
    uint64_t ms = *start >> HEAD_MS_SHIFT;
    uint64_t seq;
    if (UNLIKELY(ms == HEAD_MS_FOLLOWS)) {
        at = read_number(at, &ms);
    }
    at = read_number(at, &seq);
    entry->id.ms = key.ms + ms;
    entry->id.seq = ms == 0 ? key.seq + seq : seq;
    entry->node = node;
    entry->start = start;
    entry->is_deleted = (*start & HEAD_DELETED) != 0;
    if (LIKELY((*start & HEAD_SAME_FIELDS) != 0)) {
        entry->master_field = node->bytes;
        entry->pair_count = node->field_count;
    } else {
        uint64_t pair_count;
        at = read_number(at, &pair_count);
        entry->master_field = NULL;
        entry->pair_count = (size_t)pair_count;
    }
    entry->first = at;
}

static const uint8_t *skip(const uint8_t *element, size_t count) {
    for (size_t i = 0; i < count; i++) {
        element += listpack_bare_size(element);
    }
    return element;
}

/* Reads the entry that begins here, unless this is the end. */
static bool read_at(const struct stream_node *node, struct stream_id key, const uint8_t *start,
                    struct stream_entry *entry) {
    if (start == start_of(node) + node->size) {
        return false;
    }
    read_entry(node, key, start, entry);
    return true;
}

bool stream_node_first(const struct stream_node *node, struct stream_id key,
                       struct stream_entry *entry) {
    return read_at(node, key, skip(node->bytes, node->field_count) + 1, entry);
}

bool stream_node_next(const struct stream_node *node, struct stream_id key,
                      struct stream_entry *entry) {
    size_t count = entry->master_field != NULL ? entry->pair_count : 2 * entry->pair_count;
    const uint8_t *end = skip(entry->first, count);
    return read_at(node, key, end + number_size((size_t)(end - entry->start)), entry);
}

/* The entry that ends here; false when the fields in common do. */
static bool read_backwards(const struct stream_node *node, struct stream_id key, const uint8_t *end,
                           struct stream_entry *entry) {
    size_t size;
    const uint8_t *at = read_back(end, &size);
    if (size == 0) {
        return false;
    }
    read_entry(node, key, at - size, entry);
    return true;
}

bool stream_node_last(const struct stream_node *node, struct stream_id key,
                      struct stream_entry *entry) {
    return read_backwards(node, key, start_of(node) + node->size, entry);
}

bool stream_node_previous(const struct stream_node *node, struct stream_id key,
                          struct stream_entry *entry) {
    return read_backwards(node, key, entry->start, entry);
}

void stream_node_delete(struct stream_node *node, struct stream_entry *entry) {
    ASSERT(!entry->is_deleted && entry->node == node);
    start_of(node)[entry->start - start_of(node)] |= HEAD_DELETED;
    node->live--;
    node->deleted++;
    entry->is_deleted = true;
}

static const uint8_t *moved(const struct stream_entry *entry, const uint8_t *at,
                            const struct stream_node *node) {
    return at == NULL ? NULL : start_of(node) + (at - start_of(entry->node));
}

void stream_node_move_entry(struct stream_entry *entry, const struct stream_node *node) {
    entry->start = moved(entry, entry->start, node);
    entry->first = moved(entry, entry->first, node);
    entry->master_field = moved(entry, entry->master_field, node);
    entry->node = node;
}

/* ---- Pairs ---- */

void stream_pairs_begin(struct stream_pairs *pairs, const struct stream_entry *entry) {
    pairs->at = entry->first;
    pairs->master_field = entry->master_field;
    pairs->left = entry->pair_count;
}

bool stream_pairs_next_elements(struct stream_pairs *pairs, const uint8_t **field,
                                const uint8_t **value) {
    if (pairs->left == 0) {
        return false;
    }
    pairs->left--;
    if (LIKELY(pairs->master_field != NULL)) {
        *field = pairs->master_field;
        pairs->master_field += listpack_bare_size(pairs->master_field);
    } else {
        *field = pairs->at;
        pairs->at += listpack_bare_size(pairs->at);
    }
    *value = pairs->at;
    pairs->at += listpack_bare_size(pairs->at);
    return true;
}

bool stream_pairs_next(struct stream_pairs *pairs, struct bytes *field, struct bytes *value) {
    const uint8_t *field_element;
    const uint8_t *value_element;
    if (!stream_pairs_next_elements(pairs, &field_element, &value_element)) {
        return false;
    }
    *field = listpack_get(field_element, pairs->field_scratch);
    *value = listpack_get(value_element, pairs->value_scratch);
    return true;
}
