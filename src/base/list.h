/*
 * list: an intrusive doubly linked list. A node is a field of the struct that is linked; the list
 * never allocates. Header only: every function is a few instructions.
 */
#ifndef LATCHKEY_BASE_LIST_H
#define LATCHKEY_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A node, or the head of a list. A node that is in no list is {NULL, NULL}. */
struct list_node {
    struct list_node *next;
    struct list_node *previous;
};

/* The struct of `type` whose field `member` is at `node`. */
#define LIST_ENTRY(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* Visits each node of a list from first to last; `node` must not be unlinked in the body. */
#define LIST_EACH(node, head)                                                                      \
    for (struct list_node *node = (head)->next; node != (head); node = node->next)

/* Makes an empty list. */
static inline void list_init(struct list_node *head) {
    head->next = head;
    head->previous = head;
}

/* True when nothing is linked behind the head. */
static inline bool list_is_empty(const struct list_node *head) {
    return head->next == head;
}

/* True when the node is in a list. A node starts as {NULL, NULL}. */
static inline bool list_is_linked(const struct list_node *node) {
    return node->next != NULL;
}

/* Links a node behind another, which may be the head. */
static inline void list_insert_after(struct list_node *position, struct list_node *node) {
    node->previous = position;
    node->next = position->next;
    position->next->previous = node;
    position->next = node;
}

/* Links a node as the first. */
static inline void list_push_front(struct list_node *head, struct list_node *node) {
    list_insert_after(head, node);
}

/* Links a node as the last. */
static inline void list_push_back(struct list_node *head, struct list_node *node) {
    list_insert_after(head->previous, node);
}

/* Takes a linked node out of its list. */
static inline void list_remove(struct list_node *node) {
    node->previous->next = node->next;
    node->next->previous = node->previous;
    node->next = NULL;
    node->previous = NULL;
}

/* Moves all nodes of a list behind the last of another one. O(1). */
static inline void list_move_all(struct list_node *from, struct list_node *head) {
    if (list_is_empty(from)) {
        return;
    }
    from->next->previous = head->previous;
    from->previous->next = head;
    head->previous->next = from->next;
    head->previous = from->previous;
    list_init(from);
}

/* Takes the first node out; NULL when the list is empty. */
static inline struct list_node *list_pop_front(struct list_node *head) {
    struct list_node *node = head->next;
    if (node == head) {
        return NULL;
    }
    list_remove(node);
    return node;
}

#endif
