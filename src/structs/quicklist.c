/*
 * A listpack that grows in front moves all that it holds, which cost LPUSH more than all the rest.
 * So a list that is pushed to in front has a short node there, its `front`; once that is full, it
 * is joined with the node behind it. For limits and conversions the two count as the one node that
 * they are going to be, so nobody sees the difference.
 *
 * Nodes never stand empty. Inserting into a full node goes to a neighbour that has room, else the
 * node is split at the place and its parts are joined with their neighbours where they fit.
 *
 * A kept list: keeping raises the list's epoch, so that all nodes have an older one at no cost.
 * Before such a node changes, its content moves to a chain at that node and the node works on a
 * copy; when a node goes, its chain moves to the node behind it. So the walk, which goes from head
 * to tail, meets all old content in the old order, and gives each node that it passes the new
 * epoch.
 */
#include "structs/quicklist.h"

#include "base/alloc.h"
#include "base/panic.h"

enum {
    SIZE_LIMIT_FIRST = 4096, /* of fill -1; each further step doubles it */
    SIZE_LIMIT_STEPS = 5,
    FILL_MIN = -SIZE_LIMIT_STEPS,
    COUNTED_SIZE_LIMIT = 8192, /* of nodes limited by their number of elements */
    LONG_ELEMENT_ADDS = 10,    /* the lengths before and behind an element of a block */
    FRONT_SIZE_LIMIT = 512,    /* joining and moving cost about the same then */
};

/* Old content that a kept list still needs. */
struct saved_node {
    struct saved_node *next;
    union {
        uint8_t *block;
        sds plain;
    };
    bool is_plain;
};

/* Old content in its order; not empty. */
struct saved_chain {
    struct saved_node *first;
    struct saved_node *last;
};

struct quicklist_node {
    struct quicklist_node *next;
    struct quicklist_node *previous;
    union {
        uint8_t *block;
        sds plain;
    };
    struct saved_chain *saved; /* what stood here before the node's own content; mostly NULL */
    size_t count;
    uint32_t epoch; /* differs from the list's: the content is as it was when the list was kept */
    bool is_plain;
};

/* The walk over a kept list. */
struct keep {
    struct quicklist_node *cursor;  /* nothing before it is still needed */
    struct saved_chain *tail_saved; /* what stood behind the last node */
    size_t left_count;              /* pieces that are still to come */
    size_t given_size; /* bytes of the first piece that is left that have been given out */
    bool has_given;    /* all of it has been given out */
};

struct quicklist {
    struct quicklist_node *head;
    struct quicklist_node *tail;
    struct quicklist_node *front; /* NULL, or the head, which belongs to the node behind it */
    size_t count;
    size_t node_count;
    struct keep *keep; /* NULL while the list is not kept */
    int32_t fill;
    uint32_t epoch;
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

bool quicklist_is_alone(int64_t fill, size_t size) {
    /* A block of this one element would be no longer than files may hold. */
    static const size_t packed_max = LISTPACK_SIZE_MAX - LISTPACK_EMPTY_SIZE - LONG_ELEMENT_ADDS;
    if (packed_threshold_bytes != 0) {
        return size >= packed_threshold_bytes || size > packed_max;
    }
    return size > size_limit(fill);
}

static bool is_large(const struct quicklist *list, struct bytes text) {
    return quicklist_is_alone(list->fill, text.length);
}

/* ---- Nodes ---- */

static void link_node(struct quicklist *list, struct quicklist_node *node,
                      struct quicklist_node *previous) {
    list->front = previous == NULL || previous == list->front ? NULL : list->front;
    node->previous = previous;
    node->next = previous == NULL ? list->head : previous->next;
    *(node->previous == NULL ? &list->head : &node->previous->next) = node;
    *(node->next == NULL ? &list->tail : &node->next->previous) = node;
    list->node_count++;
}

static void free_saved(struct saved_node *saved) {
    if (saved->is_plain) {
        sds_free(saved->plain);
    } else {
        listpack_free(saved->block);
    }
    alloc_free(saved);
}

/* Moves the node's own content to the end of its chain. */
static void save_content(struct quicklist_node *node) {
    struct saved_node *saved = alloc_zeroed(sizeof *saved);
    saved->is_plain = node->is_plain;
    if (node->is_plain) {
        saved->plain = node->plain;
    } else {
        saved->block = node->block;
    }
    if (node->saved == NULL) {
        node->saved = alloc_new(sizeof *node->saved);
        node->saved->first = saved;
    } else {
        node->saved->last->next = saved;
    }
    node->saved->last = saved;
}

/* Puts a chain in front of another one. */
static void move_chain(struct saved_chain *chain, struct saved_chain **target) {
    if (chain == NULL) {
        return;
    }
    if (*target != NULL) {
        chain->last->next = (*target)->first;
        chain->last = (*target)->last;
        alloc_free(*target);
    }
    *target = chain;
}

/* Frees the first of a chain, and the chain when it was the last. */
static void drop_first_saved(struct saved_chain **chain) {
    struct saved_node *saved = (*chain)->first;
    (*chain)->first = saved->next;
    if (saved->next == NULL) {
        alloc_free(*chain);
        *chain = NULL;
    }
    free_saved(saved);
}

static bool is_old(const struct quicklist *list, const struct quicklist_node *node) {
    return list->keep != NULL && node->epoch != list->epoch;
}

/*
 * Before the listpack of a node changes: a kept list gets the original, the node a copy. An element
 * of the listpack is found again in the copy.
 */
static void touch_element(struct quicklist *list, struct quicklist_node *node, uint8_t **element) {
    if (LIKELY(!is_old(list, node))) {
        return;
    }
    uint8_t *original = node->block;
    save_content(node);
    node->epoch = list->epoch;
    node->block = listpack_copy(original);
    if (*element != NULL) {
        *element = node->block + (*element - original);
    }
}

static void touch_node(struct quicklist *list, struct quicklist_node *node) {
    uint8_t *element = NULL;
    touch_element(list, node, &element);
}

/* Before a node goes: what a kept list needs of it moves on. Returns false if it needs nothing. */
static bool keep_removed(struct quicklist *list, struct quicklist_node *node) {
    struct keep *keep = list->keep;
    bool was_old = is_old(list, node);
    if (was_old) {
        save_content(node);
    }
    move_chain(node->saved, node->next == NULL ? &keep->tail_saved : &node->next->saved);
    keep->cursor = keep->cursor == node ? node->next : keep->cursor;
    return was_old;
}

static struct quicklist_node *new_node(const struct quicklist *list) {
    struct quicklist_node *node = alloc_zeroed(sizeof *node);
    node->epoch = list->epoch;
    return node;
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
    list->front = node == list->front || node->previous == list->front ? NULL : list->front;
    *(node->previous == NULL ? &list->head : &node->previous->next) = node->next;
    *(node->next == NULL ? &list->tail : &node->next->previous) = node->previous;
    list->node_count--;
    list->count -= node->count;
    if (UNLIKELY(list->keep != NULL) && keep_removed(list, node)) {
        alloc_free(node);
    } else {
        free_node(node);
    }
}

/* Makes a node of one element behind `previous` (NULL: in front). */
static struct quicklist_node *add_node(struct quicklist *list, struct bytes text,
                                       struct quicklist_node *previous) {
    struct quicklist_node *node = new_node(list);
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

/* True when an element of this size in a listpack fits into a node. */
static bool has_room_for(const struct quicklist *list, const struct quicklist_node *node,
                         size_t element_size) {
    return node != NULL && !node->is_plain &&
           !quicklist_exceeds(list->fill, node->count + 1,
                              listpack_size(node->block) + element_size);
}

static bool has_room(const struct quicklist *list, const struct quicklist_node *node,
                     struct bytes text) {
    return has_room_for(list, node, listpack_element_size(text));
}

/* Joins a node with the next one, whatever limits say; both are listpacks. */
static void absorb_next(struct quicklist *list, struct quicklist_node *node) {
    struct quicklist_node *next = node->next;
    touch_node(list, node);
    node->block = listpack_join(node->block, next->block);
    node->count += next->count;
    list->count += next->count; /* remove_node takes them off again. */
    remove_node(list, next);
}

/* Bytes of the node that the front and the one behind it are going to be. */
static size_t size_with_front(const struct quicklist *list) {
    return listpack_size(list->front->block) + listpack_size(list->front->next->block) -
           LISTPACK_EMPTY_SIZE;
}

/* Makes the front and the node behind it one node, if that fits. */
static void join_front(struct quicklist *list) {
    struct quicklist_node *front = list->front;
    list->front = NULL;
    if (!quicklist_exceeds(list->fill, front->count + front->next->count,
                           listpack_size(front->block) + listpack_size(front->next->block) -
                               LISTPACK_EMPTY_SIZE)) {
        absorb_next(list, front);
    }
}

struct quicklist *quicklist_create(int64_t fill) {
    struct quicklist *list = alloc_zeroed(sizeof *list);
    list->fill = fill < FILL_MIN ? FILL_MIN : fill > INT32_MAX ? INT32_MAX : (int32_t)fill;
    return list;
}

void quicklist_destroy(struct quicklist *list) {
    if (list == NULL) {
        return;
    }
    ASSERT(list->keep == NULL);
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
        struct quicklist_node *added = new_node(copy);
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
    quicklist_add_listpack(list, block);
    return list;
}

static uint8_t *take_only_node(struct quicklist *list, size_t share) {
    if (list->front != NULL && list->node_count == 2 && list->keep == NULL &&
        !quicklist_exceeds(list->fill, share * list->count, share * size_with_front(list))) {
        join_front(list);
    }
    struct quicklist_node *node = list->head;
    if (list->node_count != 1 || node->is_plain || list->keep != NULL ||
        quicklist_exceeds(list->fill, share * node->count, share * listpack_size(node->block))) {
        return NULL;
    }
    uint8_t *block = node->block;
    alloc_free(node);
    alloc_free(list);
    return block;
}

uint8_t *quicklist_to_listpack(struct quicklist *list) {
    return take_only_node(list, 2);
}

uint8_t *quicklist_take_only_node(struct quicklist *list) {
    return take_only_node(list, 1);
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

/* Sees to it that the head is short enough for a push in front, or is to get a new node. */
static void prepare_front(struct quicklist *list, size_t size) {
    if (list->front != NULL) {
        size_t count = list->front->count + list->front->next->count;
        bool is_full = quicklist_exceeds(list->fill, count + 1, size_with_front(list) + size);
        if (!is_full && listpack_size(list->front->block) + size <= FRONT_SIZE_LIMIT) {
            return;
        }
        join_front(list);
    }
    struct quicklist_node *head = list->head;
    if (has_room_for(list, head, size) && listpack_size(head->block) > 2 * FRONT_SIZE_LIMIT) {
        list->front = NULL;
        struct quicklist_node *front = new_node(list);
        front->block = listpack_create_with_room(FRONT_SIZE_LIMIT);
        link_node(list, front, NULL);
        list->front = front;
    }
}

void quicklist_push(struct quicklist *list, struct bytes text, enum quicklist_end end) {
    bool at_head = end == QUICKLIST_HEAD;
    bool is_plain = is_large(list, text);
    size_t size = is_plain ? 0 : listpack_element_size(text);
    if (at_head && !is_plain) {
        prepare_front(list, size);
    }
    struct quicklist_node *node = at_head ? list->head : list->tail;
    if (is_plain || !has_room_for(list, node, size)) {
        (void)add_node(list, text, at_head ? NULL : list->tail);
        return;
    }
    touch_node(list, node);
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
                                         uint8_t *element) {
    size_t index = 0;
    touch_element(list, node, &element);
    for (const uint8_t *at = listpack_first(node->block); at != element;
         at = listpack_next(node->block, at)) {
        index++;
    }
    struct quicklist_node *second = new_node(list);
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
    absorb_next(list, node);
}

/* Puts a text between two neighbouring nodes. */
static void insert_between(struct quicklist *list, struct quicklist_node *previous,
                           struct quicklist_node *next, struct bytes text) {
    bool is_plain = is_large(list, text);
    if (!is_plain && has_room(list, previous, text)) {
        touch_node(list, previous);
        previous->block = listpack_append(previous->block, text);
        previous->count++;
        list->count++;
    } else if (!is_plain && has_room(list, next, text)) {
        touch_node(list, next);
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
        touch_element(list, node, &before);
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
            touch_element(list, node, &position.element);
            node->block = listpack_replace(node->block, &position.element, text);
            return;
        }
    }
    if (node->is_plain && is_plain) {
        if (is_old(list, node)) {
            save_content(node);
            node->epoch = list->epoch;
        } else {
            sds_free(node->plain);
        }
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
    touch_element(list, node, &position.element);
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
            touch_node(list, node);
            node->block = listpack_erase_range(node->block, index, erased);
            node->count -= erased;
            list->count -= erased;
        }
        count -= erased;
        index = 0;
        node = next;
    }
}

/* ---- Keeping ---- */

void quicklist_keep(struct quicklist *list) {
    ASSERT(list->keep == NULL);
    list->epoch++;
    list->keep = alloc_zeroed(sizeof *list->keep);
    list->keep->cursor = list->head;
    list->keep->left_count = list->node_count;
}

bool quicklist_is_kept(const struct quicklist *list) {
    return list->keep != NULL;
}

/* Moves the cursor to the node where the first piece that is left stands; NULL: behind all. */
static struct quicklist_node *seek_first_left(struct quicklist *list) {
    struct quicklist_node *node = list->keep->cursor;
    while (node != NULL && node->saved == NULL && !is_old(list, node)) {
        node = node->next;
    }
    list->keep->cursor = node;
    return node;
}

static void drop_first_left(struct quicklist *list) {
    struct quicklist_node *node = seek_first_left(list);
    if (node != NULL && node->saved == NULL) {
        node->epoch = list->epoch;
    } else {
        drop_first_saved(node == NULL ? &list->keep->tail_saved : &node->saved);
    }
    list->keep->left_count--;
    list->keep->given_size = 0;
    list->keep->has_given = false;
}

static struct quicklist_piece piece_of(const uint8_t *block, const char *plain, bool is_plain) {
    struct bytes bytes =
        is_plain ? sds_view(plain) : (struct bytes){(const char *)block, listpack_size(block)};
    return (struct quicklist_piece){bytes, 0, bytes.length, is_plain};
}

static struct quicklist_piece piece_of_node(const struct quicklist_node *node) {
    return piece_of(node->is_plain ? NULL : node->block, node->is_plain ? node->plain : NULL,
                    node->is_plain);
}

/* The whole first piece that is left. */
static struct quicklist_piece first_left(struct quicklist *list) {
    const struct quicklist_node *node = seek_first_left(list);
    const struct saved_chain *chain = node == NULL ? list->keep->tail_saved : node->saved;
    if (chain == NULL) {
        ASSERT(node != NULL);
        return piece_of_node(node);
    }
    const struct saved_node *saved = chain->first;
    return piece_of(saved->is_plain ? NULL : saved->block, saved->is_plain ? saved->plain : NULL,
                    saved->is_plain);
}

bool quicklist_next_kept(struct quicklist *list, size_t part_max, struct quicklist_piece *piece) {
    struct keep *keep = list->keep;
    ASSERT(keep != NULL);
    if (keep->has_given) {
        drop_first_left(list);
    }
    if (keep->left_count == 0) {
        alloc_free(keep);
        list->keep = NULL;
        return false;
    }
    *piece = first_left(list);
    if (piece->is_plain) {
        size_t rest = piece->total - keep->given_size;
        piece->offset = keep->given_size;
        piece->bytes.data += keep->given_size;
        piece->bytes.length = rest < part_max ? rest : part_max;
    }
    keep->given_size += piece->bytes.length;
    keep->has_given = keep->given_size == piece->total;
    return true;
}

void quicklist_each_node(const struct quicklist *list, quicklist_node_visitor visit,
                         void *context) {
    for (const struct quicklist_node *node = list->head; node != NULL; node = node->next) {
        visit(context, piece_of_node(node));
    }
}

void quicklist_add_listpack(struct quicklist *list, uint8_t *block) {
    struct quicklist_node *node = new_node(list);
    node->block = block;
    node->count = listpack_count(block);
    ASSERT(node->count > 0);
    link_node(list, node, list->tail);
    list->count += node->count;
}

void quicklist_add_plain(struct quicklist *list, sds text) {
    struct quicklist_node *node = new_node(list);
    node->plain = text;
    node->is_plain = true;
    node->count = 1;
    link_node(list, node, list->tail);
    list->count++;
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
