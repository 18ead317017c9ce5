/*
 * quicklist: a linked list of listpacks, for long lists: cheap at both ends, compact inside.
 *
 * A node holds at most what `fill` allows: positive, a number of elements (and 8 KiB); -1 … -5, a
 * size of 4, 8, 16, 32 or 64 KiB. An element larger than a node may be has a node to itself,
 * "plain", outside of any listpack.
 */
#ifndef LATCHKEY_STRUCTS_QUICKLIST_H
#define LATCHKEY_STRUCTS_QUICKLIST_H

#include "base/sds.h"
#include "structs/listpack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quicklist;
struct quicklist_node;

/* A part of a list that is kept: a listpack, or an element that stands alone. */
struct quicklist_piece {
    struct bytes bytes;
    size_t offset; /* where the bytes begin in the whole piece, and the size of that */
    size_t total;
    bool is_plain;
};

enum quicklist_end { QUICKLIST_HEAD, QUICKLIST_TAIL };

/* Where an element stands. Dead after any change but those that set it anew. */
struct quicklist_position {
    struct quicklist_node *node; /* NULL: no element */
    uint8_t *element;            /* NULL in a plain node */
};

/* An empty list, and an independent copy. Free with quicklist_destroy, which accepts NULL. */
struct quicklist *quicklist_create(int64_t fill);
void quicklist_destroy(struct quicklist *list);
struct quicklist *quicklist_copy(const struct quicklist *list);

/* Makes a list of one node from a listpack. block: taken; not empty (asserted). */
struct quicklist *quicklist_from_listpack(int64_t fill, uint8_t *block);

/*
 * The listpack of a list that has one node no larger than half of what `fill` allows, NULL
 * otherwise. The list is destroyed then, and the caller owns the block.
 */
uint8_t *quicklist_to_listpack(struct quicklist *list);

/* Elements, and nodes. O(1). */
size_t quicklist_count(const struct quicklist *list);
size_t quicklist_node_count(const struct quicklist *list);

/* Bytes of all nodes. O(nodes). */
size_t quicklist_memory(const struct quicklist *list);

/* True when so many elements in so many bytes are more than a node may hold. */
bool quicklist_exceeds(int64_t fill, size_t count, size_t size);

/* True when an element of so many bytes gets a node of its own. */
bool quicklist_is_alone(int64_t fill, size_t size);

/* Adds an element at one end. Amortized O(1). */
void quicklist_push(struct quicklist *list, struct bytes text, enum quicklist_end end);

/* The element at a 0-based index, negative from the end. O(nodes). */
struct quicklist_position quicklist_seek(const struct quicklist *list, int64_t index);

/* The neighbour towards the tail, or towards the head. */
struct quicklist_position quicklist_next(struct quicklist_position position);
struct quicklist_position quicklist_previous(struct quicklist_position position);

/* The element: a view into the list, or the number printed into scratch. */
struct bytes quicklist_get(struct quicklist_position position, char scratch[LISTPACK_SCRATCH_SIZE]);

/* True when the element is the one that is looked for. */
bool quicklist_equals(struct quicklist_position position, const struct listpack_wanted *wanted);

/* Inserts before or behind an element. */
void quicklist_insert(struct quicklist *list, struct quicklist_position position, struct bytes text,
                      bool behind);

/* Puts another text in the place of an element. O(bytes of its node). */
void quicklist_replace(struct quicklist *list, struct quicklist_position position,
                       struct bytes text);

/* Removes an element; returns the one towards the tail, or (`backwards`) towards the head. */
struct quicklist_position quicklist_erase(struct quicklist *list,
                                          struct quicklist_position position, bool backwards);

/* Removes `count` elements from a 0-based index on. O(nodes). */
void quicklist_erase_range(struct quicklist *list, size_t index, size_t count);

/*
 * Keeps the list as it is now for a walk in slices, while it goes on changing: a node that changes
 * or goes leaves its old content behind. Not kept already (asserted). O(1). Meanwhile the list must
 * not be destroyed, and does not become a listpack.
 */
void quicklist_keep(struct quicklist *list);
bool quicklist_is_kept(const struct quicklist *list);

/*
 * The next piece of a kept list, in order from the head; false at the end: then the list is kept no
 * longer. As many pieces as the list had nodes, but that plain ones come in parts of at most
 * part_max bytes. *piece lives until the next call. O(1), but for nodes that were added meanwhile.
 */
bool quicklist_next_kept(struct quicklist *list, size_t part_max, struct quicklist_piece *piece);

/* Visits all nodes of the list as it is. */
typedef void (*quicklist_node_visitor)(void *context, struct quicklist_piece piece);
void quicklist_each_node(const struct quicklist *list, quicklist_node_visitor visit, void *context);

/* Adds a whole node at the tail; for loading. block: taken, not empty. text: taken. */
void quicklist_add_listpack(struct quicklist *list, uint8_t *block);
void quicklist_add_plain(struct quicklist *list, sds text);

/* As quicklist_to_listpack for one node of any size that `fill` allows. */
uint8_t *quicklist_take_only_node(struct quicklist *list);

/* Elements of this size, or of about a GiB, get nodes of their own; 0: by fill. For DEBUG. */
void quicklist_set_packed_threshold(size_t threshold_bytes);

/* Checks all invariants; asserts. O(bytes). */
void quicklist_verify(const struct quicklist *list);

#endif
