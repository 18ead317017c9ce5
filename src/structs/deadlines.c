/*
 * Eight levels of 256 slots, one byte of the time each: level 0 holds the next 256 ms by the ms,
 * level 1 the next 65 s by 256 ms, and so on up to all 64 bits. A node goes to the level of the
 * highest byte in which its deadline differs from the wheel's time. When the wheel's time enters a
 * slot of a higher level, that slot's nodes go to lower levels, a bounded number at each call.
 *
 * A slot's head is a node itself (20 bytes, unaligned): its neighbours are the ends of the list.
 * So removing a node touches its two neighbours and nothing else; it needs no search for its slot.
 * The price is that a slot's bit in the occupancy map may be set for an empty slot; it is cleared
 * when that is noticed.
 */
#include "structs/deadlines.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "base/random.h"

#include <stdbool.h>

enum {
    LEVELS = 8,
    LEVEL_BITS = 8,
    SLOTS = 1 << LEVEL_BITS,
    ADDRESS_SIZE = 6,
    NEXT_OFFSET = 8,
    PREVIOUS_OFFSET = NEXT_OFFSET + ADDRESS_SIZE,
    WORD_BITS = 64,
    MAP_WORDS = SLOTS / WORD_BITS,
};

struct deadlines {
    uint64_t now; /* every slot before it is empty or due; deadlines below 0 count as 0 */
    size_t count;
    double sum_ms;
    uint64_t occupied[LEVELS][MAP_WORDS];
    unsigned char (*heads[LEVELS])[DEADLINE_NODE_SIZE]; /* SLOTS each; NULL: never had a node */
    unsigned char due[DEADLINE_NODE_SIZE]; /* nodes that are due or about to be looked at */
};

/* ---- Nodes ---- */

static void *load_link(const void *node, size_t offset) {
    uint64_t word = 0;
    memcpy(&word, (const char *)node + offset, ADDRESS_SIZE);
    return (void *)(uintptr_t)word;
}

static void store_link(void *node, size_t offset, const void *target) {
    uint64_t word = (uint64_t)(uintptr_t)target;
    memcpy((char *)node + offset, &word, ADDRESS_SIZE);
}

static void store_time(void *node, int64_t deadline_ms) {
    memcpy(node, &deadline_ms, sizeof deadline_ms);
}

static void init_head(void *head) {
    store_time(head, 0);
    store_link(head, NEXT_OFFSET, head);
    store_link(head, PREVIOUS_OFFSET, head);
}

static bool is_empty(const void *head) {
    return load_link(head, NEXT_OFFSET) == head;
}

static void link_front(void *head, void *node) {
    void *first = load_link(head, NEXT_OFFSET);
    store_link(node, NEXT_OFFSET, first);
    store_link(node, PREVIOUS_OFFSET, head);
    store_link(first, PREVIOUS_OFFSET, node);
    store_link(head, NEXT_OFFSET, node);
}

static void unlink_node(void *node) {
    void *next = load_link(node, NEXT_OFFSET);
    void *previous = load_link(node, PREVIOUS_OFFSET);
    store_link(next, PREVIOUS_OFFSET, previous);
    store_link(previous, NEXT_OFFSET, next);
}

/* Puts the whole list of a slot in front of another list. */
static void move_list(void *from, void *to) {
    if (is_empty(from)) {
        return;
    }
    void *first = load_link(from, NEXT_OFFSET);
    void *last = load_link(from, PREVIOUS_OFFSET);
    void *old_first = load_link(to, NEXT_OFFSET);
    store_link(to, NEXT_OFFSET, first);
    store_link(first, PREVIOUS_OFFSET, to);
    store_link(last, NEXT_OFFSET, old_first);
    store_link(old_first, PREVIOUS_OFFSET, last);
    init_head(from);
}

/* ---- Slots ---- */

static uint64_t wheel_time(int64_t deadline_ms) {
    return deadline_ms < 0 ? 0 : (uint64_t)deadline_ms;
}

static size_t slot_of(uint64_t time, size_t level) {
    return (size_t)(time >> (level * LEVEL_BITS)) & (SLOTS - 1);
}

static void set_occupied(struct deadlines *deadlines, size_t level, size_t slot) {
    deadlines->occupied[level][slot / WORD_BITS] |= UINT64_C(1) << slot % WORD_BITS;
}

static void clear_occupied(struct deadlines *deadlines, size_t level, size_t slot) {
    deadlines->occupied[level][slot / WORD_BITS] &= ~(UINT64_C(1) << slot % WORD_BITS);
}

/* The first occupied slot at or behind `from` on a level; SLOTS when there is none. */
static size_t next_occupied(const struct deadlines *deadlines, size_t level, size_t from) {
    for (size_t word = from / WORD_BITS; word < MAP_WORDS; word++) {
        uint64_t bits = deadlines->occupied[level][word];
        if (word == from / WORD_BITS) {
            bits &= ~UINT64_C(0) << from % WORD_BITS;
        }
        if (bits != 0) {
            return word * WORD_BITS + (size_t)__builtin_ctzll(bits);
        }
    }
    return SLOTS;
}

static void add_heads(struct deadlines *deadlines, size_t level) {
    unsigned char(*heads)[DEADLINE_NODE_SIZE] = alloc_new(SLOTS * sizeof *heads);
    for (size_t i = 0; i < SLOTS; i++) {
        init_head(heads[i]);
    }
    deadlines->heads[level] = heads;
}

static void place(struct deadlines *deadlines, void *node) {
    uint64_t time = wheel_time(deadline_node_time(node));
    if (time <= deadlines->now) {
        link_front(deadlines->due, node);
        return;
    }
    uint64_t difference = time ^ deadlines->now;
    size_t level = (size_t)(WORD_BITS - 1 - __builtin_clzll(difference)) / LEVEL_BITS;
    size_t slot = slot_of(time, level);
    if (UNLIKELY(deadlines->heads[level] == NULL)) {
        add_heads(deadlines, level);
    }
    link_front(deadlines->heads[level][slot], node);
    set_occupied(deadlines, level, slot);
}

/* The time at which the slot begins, seen from the wheel's time. */
static uint64_t slot_start(const struct deadlines *deadlines, size_t level, size_t slot) {
    size_t shift = level * LEVEL_BITS;
    uint64_t above =
        level == LEVELS - 1 ? 0 : deadlines->now >> (shift + LEVEL_BITS) << (shift + LEVEL_BITS);
    return above | (uint64_t)slot << shift;
}

/*
 * Finds the occupied slot that begins first. All of a level's slots behind the wheel's time come
 * before those of the next level. Slots found empty are cleared. False when there is none.
 */
static bool find_first_slot(struct deadlines *deadlines, size_t *level, size_t *slot) {
    for (*level = 0; *level < LEVELS; *level += 1) {
        size_t from = slot_of(deadlines->now, *level) + 1;
        while (from < SLOTS && (*slot = next_occupied(deadlines, *level, from)) < SLOTS) {
            if (!is_empty(deadlines->heads[*level][*slot])) {
                return true;
            }
            clear_occupied(deadlines, *level, *slot);
            from = *slot + 1;
        }
    }
    return false;
}

/* ---- Public ---- */

struct deadlines *deadlines_create(int64_t now_ms) {
    struct deadlines *deadlines = alloc_zeroed(sizeof *deadlines);
    deadlines->now = wheel_time(now_ms);
    init_head(deadlines->due);
    return deadlines;
}

void deadlines_destroy(struct deadlines *deadlines) {
    for (size_t level = 0; deadlines != NULL && level < LEVELS; level++) {
        alloc_free(deadlines->heads[level]);
    }
    alloc_free(deadlines);
}

size_t deadlines_count(const struct deadlines *deadlines) {
    return deadlines->count;
}

int64_t deadlines_mean(const struct deadlines *deadlines) {
    if (deadlines->count == 0) {
        return 0;
    }
    double mean = deadlines->sum_ms / (double)deadlines->count;
    return mean >= (double)INT64_MAX ? INT64_MAX : (int64_t)mean;
}

void deadlines_insert(struct deadlines *deadlines, void *node, int64_t deadline_ms) {
    store_time(node, deadline_ms);
    place(deadlines, node);
    deadlines->count++;
    deadlines->sum_ms += (double)deadline_ms;
}

void deadlines_remove(struct deadlines *deadlines, void *node) {
    ASSERT(deadlines->count > 0);
    unlink_node(node);
    deadlines->count--;
    deadlines->sum_ms =
        deadlines->count == 0 ? 0 : deadlines->sum_ms - (double)deadline_node_time(node);
}

void deadlines_change(struct deadlines *deadlines, void *node, int64_t deadline_ms) {
    int64_t old_ms = deadline_node_time(node);
    deadlines->sum_ms += (double)deadline_ms - (double)old_ms;
    store_time(node, deadline_ms);
    /* A later deadline is noticed when the node's slot is reached. */
    if (deadline_ms < old_ms) {
        unlink_node(node);
        place(deadlines, node);
    }
}

void deadlines_moved(struct deadlines *deadlines, const void *old_node, void *new_node) {
    (void)deadlines;
    (void)old_node;
    store_link(load_link(new_node, NEXT_OFFSET), PREVIOUS_OFFSET, new_node);
    store_link(load_link(new_node, PREVIOUS_OFFSET), NEXT_OFFSET, new_node);
}

/* The clock was set back: every node is looked at again, a few at each call. */
static void turn_back(struct deadlines *deadlines, uint64_t now) {
    for (size_t level = 0; level < LEVELS; level++) {
        for (size_t slot = 0; deadlines->heads[level] != NULL && slot < SLOTS; slot++) {
            move_list(deadlines->heads[level][slot], deadlines->due);
            clear_occupied(deadlines, level, slot);
        }
    }
    deadlines->now = now;
}

void *deadlines_take_due(struct deadlines *deadlines, int64_t now_ms, size_t *steps) {
    uint64_t now = wheel_time(now_ms);
    if (now < deadlines->now) {
        turn_back(deadlines, now);
    }
    while (*steps > 0) {
        *steps -= 1;
        void *node = load_link(deadlines->due, NEXT_OFFSET);
        if (node != deadlines->due) {
            if (deadline_node_time(node) <= now_ms) {
                return node;
            }
            /* Put off, or on its way down from a higher level. */
            unlink_node(node);
            place(deadlines, node);
            continue;
        }
        size_t level;
        size_t slot;
        if (!find_first_slot(deadlines, &level, &slot) ||
            slot_start(deadlines, level, slot) > now) {
            deadlines->now = now;
            return NULL;
        }
        deadlines->now = slot_start(deadlines, level, slot);
        clear_occupied(deadlines, level, slot);
        move_list(deadlines->heads[level][slot], deadlines->due);
    }
    return NULL;
}

int64_t deadlines_next(const struct deadlines *deadlines) {
    if (deadlines->count == 0) {
        return INT64_MAX;
    }
    if (!is_empty(deadlines->due)) {
        return deadlines->now > INT64_MAX ? INT64_MAX : (int64_t)deadlines->now;
    }
    for (size_t level = 0; level < LEVELS; level++) {
        size_t from = slot_of(deadlines->now, level) + 1;
        size_t slot = from < SLOTS ? next_occupied(deadlines, level, from) : SLOTS;
        if (slot < SLOTS) {
            uint64_t start = slot_start(deadlines, level, slot);
            return start > INT64_MAX ? INT64_MAX : (int64_t)start;
        }
    }
    return INT64_MAX;
}

int64_t deadlines_left_ms(const struct deadlines *deadlines, int64_t now_ms) {
    int64_t next_ms = deadlines_next(deadlines);
    if (next_ms == INT64_MAX) {
        return INT64_MAX;
    }
    return next_ms > now_ms ? next_ms - now_ms : 0;
}

/* The last node of a list, which becomes the first: calls go round. */
static void *rotate(void *head) {
    void *node = load_link(head, PREVIOUS_OFFSET);
    unlink_node(node);
    link_front(head, node);
    return node;
}

/* The first slot of a level in [from, to) that has nodes, NULL when there is none. */
static void *find_slot(struct deadlines *deadlines, size_t level, size_t from, size_t to) {
    size_t slot = from;
    while (slot < to && (slot = next_occupied(deadlines, level, slot)) < to) {
        if (!is_empty(deadlines->heads[level][slot])) {
            return deadlines->heads[level][slot];
        }
        clear_occupied(deadlines, level, slot);
        slot++;
    }
    return NULL;
}

/* A list of a level that has nodes, looked for from a slot on; behind all levels, those due. */
static void *find_list(struct deadlines *deadlines, size_t level, size_t from) {
    if (level == LEVELS) {
        return is_empty(deadlines->due) ? NULL : deadlines->due;
    }
    void *head = find_slot(deadlines, level, from, SLOTS);
    return head != NULL ? head : find_slot(deadlines, level, 0, from);
}

void *deadlines_draw(struct deadlines *deadlines, struct random *random) {
    size_t first_level = (size_t)random_below(random, LEVELS + 1);
    size_t first_slot = (size_t)random_below(random, SLOTS);
    for (size_t i = 0; i <= LEVELS; i++) {
        void *head = find_list(deadlines, (first_level + i) % (LEVELS + 1), first_slot);
        if (head != NULL) {
            return rotate(head);
        }
    }
    return NULL;
}

void *deadlines_draw_soon(struct deadlines *deadlines) {
    size_t level;
    size_t slot;
    if (!is_empty(deadlines->due)) {
        return rotate(deadlines->due);
    }
    return find_first_slot(deadlines, &level, &slot) ? rotate(deadlines->heads[level][slot]) : NULL;
}
