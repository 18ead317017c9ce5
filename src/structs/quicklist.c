/*
 * Nodes never stand empty. Inserting into a full node goes to a neighbour that has room, else the
 * node is split at the place and its parts are joined with their neighbours where they fit.
 */
#include "structs/quicklist.h"

#include "base/alloc.h"
#include "base/panic.h"

enum {
    SIZE_LIMIT_FIRST = 4096, /* of fill -1; each further step doubles it */
    SIZE_LIMIT_STEPS = 5,
    COUNTED_SIZE_LIMIT = 8192, /* of nodes limited by their number of elements */
};

struct quicklist_node {
    struct quicklist_node *next;
    struct quicklist_node *previous;
    union {
        uint8_t *block;
        sds plain;
    };
    size_t count;
    bool is_plain;
};

struct quicklist {
    struct quicklist_node *head;
    struct quicklist_node *tail;
    size_t count;
    size_t node_count;
    int64_t fill;
};

static size_t packed_threshold_bytes;

void quicklist_set_packed_threshold(size_t threshold_bytes) {
    packed_threshold_bytes = threshold_bytes;
}

static size_t size_limit(int64_t fill) {
    if (fill >= 0) {
        return COUNTED_SIZE_LIMIT;
    }
    int64_t step = -fill > SIZE_LIMIT_STEPS ? SIZE_LIMIT_STEPS : -fill;
    return (size_t)SIZE_LIMIT_FIRST << (step - 1);
}

static size_t count_limit(int64_t fill) {
    if (fill < 0) {
        return SIZE_MAX;
    }
    return fill == 0 ? 1 : (size_t)fill;
}

bool quicklist_exceeds(int64_t fill, size_t count, size_t size) {
    return count > count_limit(fill) || size > size_limit(fill);
}

static bool is_large(const struct quicklist *list, struct bytes text) {
    if (packed_threshold_bytes != 0) {
        return text.length >= packed_threshold_bytes;
    }
    return text.length > size_limit(list->fill);
}

/* ---- Nodes ---- */

static void link_node(struct quicklist *list, struct quicklist_node *node,
                      struct quicklist_node *previous) {
    node->previous = previous;
    node->next = previous == NULL ? list->head : previous->next;
    *(node->previous == NULL ? &list->head : &node->previous->next) = node;
    *(node->next == NULL ? &list->tail : &node->next->previous) = node;
    list->node_count++;
}

static void free_node(struct quicklist_node *node) {
    if (node->is_plain) {
        sds_free(node->plain);
    } else {
        listpack_free(node->block);
    }
    alloc_free(node);
}

static void remove_node(struct quicklist *list, struct quicklist_node *node) {
    *(node->previous == NULL ? &list->head : &node->previous->next) = node->next;
    *(node->next == NULL ? &list->tail : &node->next->previous) = node->previous;
    list->node_count--;
    list->count -= node->count;
    free_node(node);
}

/* Makes a node of one element behind `previous` (NULL: in front). */
static struct quicklist_node *add_node(struct quicklist *list, struct bytes text,
                                       struct quicklist_node *previous) {
    struct quicklist_node *node = alloc_zeroed(sizeof *node);
    node->count = 1;
    node->is_plain = is_large(list, text);
    if (node->is_plain) {
        node->plain = sds_new(text);
    } else {
        node->block = listpack_append(listpack_create(), text);
    }
    link_node(list, node, previous);
    list->count++;
    return node;
}

static bool has_room(const struct quicklist *list, const struct quicklist_node *node,
                     struct bytes text) {
    return node != NULL && !node->is_plain &&
           !quicklist_exceeds(list->fill, node->count + 1,
                              listpack_size(node->block) + listpack_element_size(text));
}

struct quicklist *quicklist_create(int64_t fill) {
    struct quicklist *list = alloc_zeroed(sizeof *list);
    list->fill = fill;
    return list;
}

void quicklist_destroy(struct quicklist *list) {
    if (list == NULL) {
        return;
    }
    struct quicklist_node *node = list->head;
    while (node != NULL) {
        struct quicklist_node *next = node->next;
        free_node(node);
        node = next;
    }
    alloc_free(list);
}

struct quicklist *quicklist_copy(const struct quicklist *list) {
    struct quicklist *copy = quicklist_create(list->fill);
    for (const struct quicklist_node *node = list->head; node != NULL; node = node->next) {
        struct quicklist_node *added = alloc_zeroed(sizeof *added);
        added->count = node->count;
        added->is_plain = node->is_plain;
        if (node->is_plain) {
            added->plain = sds_new(sds_view(node->plain));
        } else {
            added->block = listpack_copy(node->block);
        }
        link_node(copy, added, copy->tail);
    }
    copy->count = list->count;
    return copy;
}

struct quicklist *quicklist_from_listpack(int64_t fill, uint8_t *block) {
    struct quicklist *list = quicklist_create(fill);
    struct quicklist_node *node = alloc_zeroed(sizeof *node);
    node->block = block;
    node->count = listpack_count(block);
    ASSERT(node->count > 0);
    link_node(list, node, NULL);
    list->count = node->count;
    return list;
}

uint8_t *quicklist_to_listpack(struct quicklist *list) {
    struct quicklist_node *node = list->head;
    if (list->node_count != 1 || node->is_plain ||
        quicklist_exceeds(list->fill, 2 * node->count, 2 * listpack_size(node->block))) {
        return NULL;
    }
    uint8_t *block = node->block;
    alloc_free(node);
    alloc_free(list);
    return block;
}

size_t quicklist_count(const struct quicklist *list) {
    return list->count;
}

size_t quicklist_node_count(const struct quicklist *list) {
    return list->node_count;
}

size_t quicklist_memory(const struct quicklist *list) {
    size_t total = sizeof *list + list->node_count * sizeof(struct quicklist_node);
    for (const struct quicklist_node *node = list->head; node != NULL; node = node->next) {
        total += node->is_plain ? sds_memory(node->plain) : alloc_usable_size(node->block);
    }
    return total;
}

void quicklist_push(struct quicklist *list, struct bytes text, enum quicklist_end end) {
    bool at_head = end == QUICKLIST_HEAD;
    struct quicklist_node *node = at_head ? list->head : list->tail;
    if (is_large(list, text) || !has_room(list, node, text)) {
        (void)add_node(list, text, at_head ? NULL : list->tail);
        return;
    }
    node->block =
        at_head ? listpack_prepend(node->block, text) : listpack_append(node->block, text);
    node->count++;
    list->count++;
}

/* ---- Positions ---- */

static struct quicklist_position first_of(struct quicklist_node *node) {
    bool has_block = node != NULL && !node->is_plain;
    return (struct quicklist_position){node, has_block ? listpack_first(node->block) : NULL};
}

static struct quicklist_position last_of(struct quicklist_node *node) {
    bool has_block = node != NULL && !node->is_plain;
    return (struct quicklist_position){node, has_block ? listpack_last(node->block) : NULL};
}

struct quicklist_position quicklist_seek(const struct quicklist *list, int64_t index) {
    int64_t count = (int64_t)list->count;
    int64_t position = index < 0 ? index + count : index;
    if (position < 0 || position >= count) {
        return (struct quicklist_position){NULL, NULL};
    }
    struct quicklist_node *node = list->head;
    if (position < count / 2) {
        while (position >= (int64_t)node->count) {
            position -= (int64_t)node->count;
            node = node->next;
        }
    } else {
        int64_t from_end = count - 1 - position;
        node = list->tail;
        while (from_end >= (int64_t)node->count) {
            from_end -= (int64_t)node->count;
            node = node->previous;
        }
        position = (int64_t)node->count - 1 - from_end;
    }
    uint8_t *element = node->is_plain ? NULL : listpack_seek(node->block, position);
    return (struct quicklist_position){node, element};
}

struct quicklist_position quicklist_next(struct quicklist_position position) {
    if (!position.node->is_plain) {
        uint8_t *next = listpack_next(position.node->block, position.element);
        if (next != NULL) {
            return (struct quicklist_position){position.node, next};
        }
    }
    return first_of(position.node->next);
}

struct quicklist_position quicklist_previous(struct quicklist_position position) {
    if (!position.node->is_plain) {
        uint8_t *previous = listpack_previous(position.node->block, position.element);
        if (previous != NULL) {
            return (struct quicklist_position){position.node, previous};
        }
    }
    return last_of(position.node->previous);
}

struct bytes quicklist_get(struct quicklist_position position,
                           char scratch[LISTPACK_SCRATCH_SIZE]) {
    return position.node->is_plain ? sds_view(position.node->plain)
                                   : listpack_get(position.element, scratch);
}

bool quicklist_equals(struct quicklist_position position, const struct listpack_wanted *wanted) {
    return position.node->is_plain ? bytes_equal(sds_view(position.node->plain), wanted->text)
                                   : listpack_equals(position.element, wanted);
}

/* ---- Changing inside ---- */

/* Divides a node in front of an element, which is not its first. Returns the new second part. */
static struct quicklist_node *split_node(struct quicklist *list, struct quicklist_node *node,
                                         const uint8_t *element) {
    size_t index = 0;
    for (const uint8_t *at = listpack_first(node->block); at != element;
         at = listpack_next(node->block, at)) {
        index++;
    }
    struct quicklist_node *second = alloc_zeroed(sizeof *second);
    second->block = listpack_erase_range(listpack_copy(node->block), 0, index);
    second->count = node->count - index;
    node->block = listpack_erase_range(node->block, index, second->count);
    node->count = index;
    link_node(list, second, node);
    return second;
}

/* Joins a node with the next one if both fit into one. */
static void join_with_next(struct quicklist *list, struct quicklist_node *node) {
    struct quicklist_node *next = node == NULL ? NULL : node->next;
    if (next == NULL || node->is_plain || next->is_plain ||
        quicklist_exceeds(list->fill, node->count + next->count,
                          listpack_size(node->block) + listpack_size(next->block))) {
        return;
    }
    node->block = listpack_join(node->block, next->block);
    node->count += next->count;
    list->count += next->count; /* remove_node takes them off again. */
    remove_node(list, next);
}

/* Puts a text between two neighbouring nodes. */
static void insert_between(struct quicklist *list, struct quicklist_node *previous,
                           struct quicklist_node *next, struct bytes text) {
    bool is_plain = is_large(list, text);
    if (!is_plain && has_room(list, previous, text)) {
        previous->block = listpack_append(previous->block, text);
        previous->count++;
        list->count++;
    } else if (!is_plain && has_room(list, next, text)) {
        next->block = listpack_prepend(next->block, text);
        next->count++;
        list->count++;
    } else {
        (void)add_node(list, text, previous);
    }
}

void quicklist_insert(struct quicklist *list, struct quicklist_position position, struct bytes text,
                      bool behind) {
    struct quicklist_node *node = position.node;
    uint8_t *before = position.element;
    if (!node->is_plain && behind) {
        before = listpack_next(node->block, position.element);
    }
    if (!node->is_plain && !is_large(list, text) && has_room(list, node, text)) {
        node->block = listpack_insert(node->block, before, text, NULL);
        node->count++;
        list->count++;
        return;
    }
    bool at_end = node->is_plain ? behind : before == NULL;
    bool at_front = node->is_plain ? !behind : before == listpack_first(node->block);
    if (at_end) {
        insert_between(list, node, node->next, text);
    } else if (at_front) {
        insert_between(list, node->previous, node, text);
    } else {
        struct quicklist_node *second = split_node(list, node, before);
        insert_between(list, node, second, text);
        join_with_next(list, second);
        join_with_next(list, node->previous);
    }
}

/* The 0-based index of an element. O(nodes and elements of its node). */
static int64_t index_of(const struct quicklist *list, struct quicklist_position position) {
    int64_t index = 0;
    for (const struct quicklist_node *node = list->head; node != position.node; node = node->next) {
        index += (int64_t)node->count;
    }
    if (!position.node->is_plain) {
        const uint8_t *at = listpack_first(position.node->block);
        for (; at != position.element; at = listpack_next(position.node->block, at)) {
            index++;
        }
    }
    return index;
}

void quicklist_replace(struct quicklist *list, struct quicklist_position position,
                       struct bytes text) {
    struct quicklist_node *node = position.node;
    bool is_plain = is_large(list, text);
    if (!node->is_plain && !is_plain) {
        size_t size = listpack_size(node->block) + listpack_element_size(text);
        if (node->count == 1 || !quicklist_exceeds(list->fill, node->count, size)) {
            node->block = listpack_replace(node->block, &position.element, text);
            return;
        }
    }
    if (node->is_plain && is_plain) {
        sds_free(node->plain);
        node->plain = sds_new(text);
        return;
    }
    /* Inserting may divide and join nodes, so the old element is found again by its index. */
    int64_t index = index_of(list, position);
    quicklist_insert(list, position, text, true);
    (void)quicklist_erase(list, quicklist_seek(list, index), false);
}

struct quicklist_position quicklist_erase(struct quicklist *list,
                                          struct quicklist_position position, bool backwards) {
    struct quicklist_node *node = position.node;
    if (node->count == 1) {
        struct quicklist_position neighbour =
            backwards ? last_of(node->previous) : first_of(node->next);
        remove_node(list, node);
        return neighbour;
    }
    node->block = listpack_erase(node->block, &position.element);
    node->count--;
    list->count--;
    if (!backwards) {
        return position.element == NULL ? first_of(node->next) : position;
    }
    uint8_t *previous = position.element == NULL ? listpack_last(node->block)
                                                 : listpack_previous(node->block, position.element);
    return previous == NULL ? last_of(node->previous) : (struct quicklist_position){node, previous};
}

void quicklist_erase_range(struct quicklist *list, size_t index, size_t count) {
    struct quicklist_node *node = list->head;
    while (node != NULL && index >= node->count) {
        index -= node->count;
        node = node->next;
    }
    while (node != NULL && count > 0) {
        struct quicklist_node *next = node->next;
        size_t erased = node->count - index < count ? node->count - index : count;
        if (erased == node->count) {
            remove_node(list, node);
        } else {
            node->block = listpack_erase_range(node->block, index, erased);
            node->count -= erased;
            list->count -= erased;
        }
        count -= erased;
        index = 0;
        node = next;
    }
}

void quicklist_verify(const struct quicklist *list) {
    size_t count = 0;
    size_t node_count = 0;
    const struct quicklist_node *previous = NULL;
    for (const struct quicklist_node *node = list->head; node != NULL; node = node->next) {
        ASSERT(node->previous == previous);
        ASSERT(node->count > 0);
        if (!node->is_plain) {
            ASSERT(listpack_verify(node->block, listpack_size(node->block)));
            ASSERT(listpack_count(node->block) == node->count);
        }
        count += node->count;
        node_count++;
        previous = node;
    }
    ASSERT(list->tail == previous);
    ASSERT(count == list->count);
    ASSERT(node_count == list->node_count);
}
