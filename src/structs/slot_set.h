/*
 * slot_set: a set of small numbers that are given out densely, such as the slots of an array.
 *
 * Two numbers fit into the set itself; more stand in an array, and once a bit for every number up
 * to the largest takes no more room than the array, in a bitmap.
 */
#ifndef LATCHKEY_STRUCTS_SLOT_SET_H
#define LATCHKEY_STRUCTS_SLOT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SLOT_SET_INLINE = 2 };

/* Embedded; all zero is empty. */
struct slot_set {
    uint32_t count;
    uint32_t capacity; /* words of `words`; 0 while the numbers stand in `own` */
    bool is_bitmap;
    union {
        uint32_t own[SLOT_SET_INLINE];
        uint32_t *words; /* numbers, or bits */
    };
};

/* Frees what the set holds; it is empty then. */
void slot_set_release(struct slot_set *set);

/* Adds a number; false when it is there. O(1) as a bitmap, else O(count). */
bool slot_set_add(struct slot_set *set, uint32_t slot);

/* Gets one number of a walk. */
typedef void (*slot_visitor)(void *context, uint32_t slot);

/* Visits every number; the visitor must not change the set. O(capacity). */
void slot_set_each(const struct slot_set *set, slot_visitor visit, void *context);

/* Keeps the numbers for which the test holds. Returns how many went. O(capacity). */
size_t slot_set_filter(struct slot_set *set, bool (*keeps)(void *context, uint32_t slot),
                       void *context);

/* Bytes that it holds besides itself. */
size_t slot_set_memory(const struct slot_set *set);

#endif
