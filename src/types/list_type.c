/*
 * A small list is the listpack itself: the entry's word points at the block, with no struct
 * between. A large one is a quicklist. What both can do alike goes through struct place.
 */
#include "types/list_type.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "structs/listpack.h"
#include "structs/quicklist.h"
#include "types/type_limits.h"
#include "types/type_row.h"
#include "types/value.h"

enum list_encoding { LIST_LISTPACK, LIST_QUICKLIST };

static bool is_listpack(const struct value *value) {
    return value->encoding == LIST_LISTPACK;
}

static void put_listpack(struct value *value, uint8_t *block) {
    *value = (struct value){
        .type = VALUE_LIST,
        .encoding = LIST_LISTPACK,
        .storage = VALUE_STORED_OBJECT,
        .object = block,
    };
}

static void put_quicklist(struct value *value, struct quicklist *list) {
    *value = (struct value){
        .type = VALUE_LIST,
        .encoding = LIST_QUICKLIST,
        .storage = VALUE_STORED_OBJECT,
        .object = list,
    };
}

void list_type_create(struct value *value) {
    put_listpack(value, listpack_create());
}

size_t list_type_length(const struct value *value) {
    return is_listpack(value) ? listpack_count(value->object) : quicklist_count(value->object);
}

/* ---- Conversions ---- */

static void convert_to_quicklist(struct value *value) {
    uint8_t *block = value->object;
    int64_t fill = type_limits()->list_fill;
    if (listpack_first(block) != NULL) {
        put_quicklist(value, quicklist_from_listpack(fill, block));
        return;
    }
    listpack_free(block);
    put_quicklist(value, quicklist_create(fill));
}

/* The oracle counts the bytes of the texts themselves, not of their elements. */
void list_type_prepare(struct value *value, const struct bytes *elements, size_t count) {
    if (!is_listpack(value)) {
        return;
    }
    size_t size = listpack_size(value->object);
    for (size_t i = 0; i < count; i++) {
        size += elements[i].length;
    }
    if (quicklist_exceeds(type_limits()->list_fill, listpack_count(value->object) + count, size)) {
        convert_to_quicklist(value);
    }
}

static void convert_if_small(struct value *value) {
    uint8_t *block = is_listpack(value) ? NULL : quicklist_to_listpack(value->object);
    if (block != NULL) {
        put_listpack(value, block);
    }
}

/* ---- Places in either encoding ---- */

struct place {
    uint8_t *element; /* of a listpack */
    struct quicklist_position position;
};

static bool seek(const struct value *value, int64_t index, struct place *place) {
    if (is_listpack(value)) {
        place->element = listpack_seek(value->object, index);
        return place->element != NULL;
    }
    place->position = quicklist_seek(value->object, index);
    return place->position.node != NULL;
}

static bool step(const struct value *value, bool backwards, struct place *place) {
    if (is_listpack(value)) {
        place->element = backwards ? listpack_previous(value->object, place->element)
                                   : listpack_next(value->object, place->element);
        return place->element != NULL;
    }
    place->position =
        backwards ? quicklist_previous(place->position) : quicklist_next(place->position);
    return place->position.node != NULL;
}

static struct bytes read_place(const struct value *value, const struct place *place,
                               char scratch[LIST_SCRATCH_SIZE]) {
    return is_listpack(value) ? listpack_get(place->element, scratch)
                              : quicklist_get(place->position, scratch);
}

static bool place_equals(const struct value *value, const struct place *place,
                         const struct listpack_wanted *wanted) {
    return is_listpack(value) ? listpack_equals(place->element, wanted)
                              : quicklist_equals(place->position, wanted);
}

/* ---- Public ---- */

void list_type_push(struct value *value, struct bytes element, enum list_end end) {
    if (is_listpack(value)) {
        value->object = end == LIST_HEAD ? listpack_prepend(value->object, element)
                                         : listpack_append(value->object, element);
        return;
    }
    quicklist_push(value->object, element, end == LIST_HEAD ? QUICKLIST_HEAD : QUICKLIST_TAIL);
}

bool list_type_get(const struct value *value, int64_t index, char scratch[LIST_SCRATCH_SIZE],
                   struct bytes *element) {
    struct place place = {0};
    if (!seek(value, index, &place)) {
        return false;
    }
    *element = read_place(value, &place, scratch);
    return true;
}

void list_type_drop(struct value *value, enum list_end end, size_t count) {
    size_t length = list_type_length(value);
    size_t index = end == LIST_HEAD ? 0 : length - count;
    ASSERT(count <= length);
    if (is_listpack(value)) {
        value->object = listpack_erase_range(value->object, index, count);
        return;
    }
    quicklist_erase_range(value->object, index, count);
    convert_if_small(value);
}

void list_type_range(const struct value *value, size_t index, size_t count, bool backwards,
                     list_visitor visit, void *context) {
    struct place place = {0};
    if (count == 0 || !seek(value, (int64_t)index, &place)) {
        return;
    }
    char scratch[LIST_SCRATCH_SIZE];
    for (;;) {
        if (!visit(context, index, read_place(value, &place, scratch)) || --count == 0 ||
            !step(value, backwards, &place)) {
            return;
        }
        index = backwards ? index - 1 : index + 1;
    }
}

bool list_type_set(struct value *value, int64_t index, struct bytes element) {
    struct place place = {0};
    if (!seek(value, index, &place)) {
        return false;
    }
    if (is_listpack(value)) {
        value->object = listpack_replace(value->object, &place.element, element);
        return true;
    }
    quicklist_replace(value->object, place.position, element);
    convert_if_small(value);
    return true;
}

static bool find(const struct value *value, struct bytes text, struct place *place) {
    struct listpack_wanted wanted = listpack_wanted(text);
    bool is_there = seek(value, 0, place);
    while (is_there && !place_equals(value, place, &wanted)) {
        is_there = step(value, false, place);
    }
    return is_there;
}

bool list_type_insert(struct value *value, struct bytes pivot, struct bytes element, bool behind) {
    struct place place = {0};
    if (!find(value, pivot, &place)) {
        return false;
    }
    if (is_listpack(value)) {
        uint8_t *before = behind ? listpack_next(value->object, place.element) : place.element;
        value->object = listpack_insert(value->object, before, element, NULL);
        return true;
    }
    quicklist_insert(value->object, place.position, element, behind);
    return true;
}

static bool erase(struct value *value, bool backwards, struct place *place) {
    if (!is_listpack(value)) {
        place->position = quicklist_erase(value->object, place->position, backwards);
        return place->position.node != NULL;
    }
    value->object = listpack_erase(value->object, &place->element);
    if (backwards) {
        place->element = place->element == NULL ? listpack_last(value->object)
                                                : listpack_previous(value->object, place->element);
    }
    return place->element != NULL;
}

size_t list_type_remove(struct value *value, struct bytes element, int64_t count) {
    bool backwards = count < 0;
    uint64_t limit = count == 0 ? UINT64_MAX : backwards ? 0 - (uint64_t)count : (uint64_t)count;
    struct listpack_wanted wanted = listpack_wanted(element);
    struct place place = {0};
    size_t removed = 0;
    bool is_there = seek(value, backwards ? -1 : 0, &place);
    while (is_there && removed < limit) {
        if (place_equals(value, &place, &wanted)) {
            is_there = erase(value, backwards, &place);
            removed++;
        } else {
            is_there = step(value, backwards, &place);
        }
    }
    if (removed > 0) {
        convert_if_small(value);
    }
    return removed;
}

static void list_type_free(struct value *value) {
    if (is_listpack(value)) {
        listpack_free(value->object);
    } else {
        quicklist_destroy(value->object);
    }
}

static void list_type_copy(const struct value *source, struct value *copy) {
    if (is_listpack(source)) {
        put_listpack(copy, listpack_copy(source->object));
    } else {
        put_quicklist(copy, quicklist_copy(source->object));
    }
}

static const char *list_type_encoding_name(const struct value *value) {
    return is_listpack(value) ? "listpack" : "quicklist";
}

static size_t list_type_memory(const struct value *value, size_t sample_count) {
    (void)sample_count; /* Nodes are few: all of them are measured. */
    return is_listpack(value) ? alloc_usable_size(value->object) : quicklist_memory(value->object);
}

static size_t list_type_free_effort(const struct value *value) {
    return is_listpack(value) ? 1 : quicklist_node_count(value->object);
}

/* Passes elements on to a visitor of value_ops. */
struct walk {
    value_visitor visit;
    void *context;
};

static bool visit_element(void *context, size_t index, struct bytes element) {
    (void)index;
    const struct walk *walk = context;
    walk->visit(walk->context, element, (struct bytes){NULL, 0});
    return true;
}

static void list_type_walk(const struct value *value, value_visitor visit, void *context) {
    struct walk walk = {visit, context};
    list_type_range(value, 0, list_type_length(value), false, visit_element, &walk);
}

/* ---- Storing ---- */

void list_type_create_nodes(struct value *value) {
    put_quicklist(value, quicklist_create(type_limits()->list_fill));
}

void list_type_add_listpack(struct value *value, uint8_t *block) {
    quicklist_add_listpack(value->object, block);
}

void list_type_add_plain(struct value *value, sds text) {
    quicklist_add_plain(value->object, text);
}

bool list_type_settle(struct value *value) {
    if (quicklist_count(value->object) == 0) {
        list_type_free(value);
        return false;
    }
    uint8_t *block = quicklist_take_only_node(value->object);
    if (block != NULL) {
        put_listpack(value, block);
    }
    return true;
}

/* ---- Pieces ---- */

enum {
    ELEMENTS_PER_NODE = 64, /* so many elements of about 128 bytes fill a node */
    PLAIN_PART_SIZE = 64 * 1024,
};

static struct value_shape list_type_shape(const struct value *value) {
    if (is_listpack(value)) {
        return (struct value_shape){.form = FORM_BLOCK, .count = 1};
    }
    return (struct value_shape){.form = FORM_NODES, .count = quicklist_node_count(value->object)};
}

struct piece_walk {
    value_piece_visitor visit;
    void *context;
    size_t size_max; /* is a plain node larger? */
    bool found_large;
};

static void visit_piece(void *context, struct quicklist_piece piece) {
    const struct piece_walk *walk = context;
    walk->visit(walk->context, &(struct value_piece){
                                   .kind = piece.is_plain ? PIECE_PLAIN : PIECE_LISTPACK,
                                   .first = piece.bytes,
                                   .offset = piece.offset,
                                   .total = piece.total,
                               });
}

static void list_type_pieces(const struct value *value, value_piece_visitor visit, void *context) {
    struct piece_walk walk = {.visit = visit, .context = context};
    if (is_listpack(value)) {
        struct bytes block = {value->object, listpack_size(value->object)};
        visit_piece(&walk, (struct quicklist_piece){block, 0, block.length, false});
    } else {
        quicklist_each_node(value->object, visit_piece, &walk);
    }
}

static void look_for_large(void *context, struct quicklist_piece piece) {
    struct piece_walk *walk = context;
    walk->found_large |= piece.bytes.length > walk->size_max;
}

static bool list_type_is_large(const struct value *value, size_t element_max) {
    enum { BYTES_PER_ELEMENT = 256 };
    if (is_listpack(value)) {
        return false;
    }
    if (quicklist_node_count(value->object) > element_max / ELEMENTS_PER_NODE) {
        return true;
    }
    struct piece_walk walk = {.size_max = element_max * BYTES_PER_ELEMENT};
    quicklist_each_node(value->object, look_for_large, &walk);
    return walk.found_large;
}

static struct value_shape list_type_keep(struct value *value) {
    quicklist_keep(value->object);
    return list_type_shape(value);
}

static const void *list_type_kept(const struct value *value) {
    return !is_listpack(value) && quicklist_is_kept(value->object) ? value->object : NULL;
}

static bool list_type_walk_kept(struct value *value, size_t budget, value_piece_visitor visit,
                                void *context) {
    struct piece_walk walk = {.visit = visit, .context = context};
    struct quicklist_piece piece;
    size_t size = 0;
    do {
        if (!quicklist_next_kept(value->object, PLAIN_PART_SIZE, &piece)) {
            return true;
        }
        if (visit != NULL) {
            visit_piece(&walk, piece);
        }
        size += piece.bytes.length;
    } while (size < budget);
    return false;
}

const struct value_ops list_type_ops = {
    .type_name = "list",
    .free = list_type_free,
    .copy = list_type_copy,
    .encoding_name = list_type_encoding_name,
    .length = list_type_length,
    .memory = list_type_memory,
    .free_effort = list_type_free_effort,
    .walk = list_type_walk,
    .shape = list_type_shape,
    .pieces = list_type_pieces,
    .is_large = list_type_is_large,
    .keep = list_type_keep,
    .kept = list_type_kept,
    .walk_kept = list_type_walk_kept,
};
