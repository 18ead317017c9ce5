/*
 * A counted B+ tree: what a skiplist becomes when its towers are packed side by side into lines.
 * An inner node holds, for each child, its first pair (key and item) and the number of its pairs.
 * A leaf holds up to a hundred pairs, keys and addresses in two arrays:
 *
 *     links, base, count … (32) | key … | address (6) …
 *
 * A key is the score's bits, turned so that they order as integers. A leaf is narrow when all its
 * keys are base + (n << shift) with 32-bit n, as scores that are integers, times or rounded are;
 * else it is wide and holds 64-bit keys. Leaves grow and shrink by size classes, so that they are
 * nearly full whatever the order of insertion; that, and narrow keys, is 11 to 15 bytes a pair.
 *
 * Rejected: a skiplist with one pair a node (a random look-up among a million pairs touches some
 * 40 lines, its nodes take 40 bytes and more a pair); one with packed nodes (level links still cost
 * a miss each where the tree's inner nodes, 1 KiB each, stay in the cache). Source: D. Comer, "The
 * Ubiquitous B-Tree", ACM Computing Surveys 11(2), 1979.
 */
#include "structs/score_tree.h"

#include "base/alloc.h"
#include "base/cache.h"
#include "base/panic.h"

#include <string.h>

enum {
    ADDRESS_SIZE = 6,
    NARROW_SIZE = 4 + ADDRESS_SIZE, /* bytes of a pair */
    WIDE_SIZE = 8 + ADDRESS_SIZE,
    LEAF_SIZE_MAX = 1024,
    LEAF_PAIRS_MAX = LEAF_SIZE_MAX / NARROW_SIZE,
    LEAF_MERGE_BELOW = 24, /* a leaf with fewer looks for a neighbour … */
    LEAF_MERGED_MAX = 56,  /* … with which it has at most so many */
    INNER_MAX = 31,
    INNER_MERGE_BELOW = 8,
    INNER_MERGED_MAX = 24,
    HEIGHT_MAX = 16,
    LINE_SIZE = 64,
    PREFETCHED_LINES = 6,
    SIGN_BIT = 63,
};

struct score_leaf {
    struct score_leaf *next;
    struct score_leaf *previous;
    uint64_t base;
    uint16_t count;
    uint16_t capacity;
    uint16_t size;
    uint8_t shift;
    bool is_wide;
    unsigned char places[];
};

struct inner {
    size_t count;
    size_t totals[INNER_MAX];
    uint64_t keys[INNER_MAX];
    void *items[INNER_MAX];
    void *children[INNER_MAX];
};

struct score_tree {
    const struct score_tree_type *type;
    void *root;
    size_t height; /* levels of inner nodes above the leaves */
    size_t count;
};

/* The way from the root to a leaf: inner nodes, and which child was taken. */
struct path {
    struct {
        struct inner *inner;
        size_t index;
    } steps[HEIGHT_MAX];
};

/* Pairs taken out of leaves. */
struct pairs {
    size_t count;
    uint64_t keys[2 * LEAF_PAIRS_MAX];
    void *items[2 * LEAF_PAIRS_MAX];
};

static uint64_t key_of(double score) {
    score = score == 0 ? 0 : score; /* -0 equals 0 */
    uint64_t bits;
    memcpy(&bits, &score, sizeof bits);
    return bits >> SIGN_BIT != 0 ? ~bits : bits | UINT64_C(1) << SIGN_BIT;
}

/* ---- Leaves ---- */

static uint64_t leaf_key(const struct score_leaf *leaf, size_t index) {
    if (leaf->is_wide) {
        uint64_t key;
        memcpy(&key, leaf->places + index * sizeof key, sizeof key);
        return key;
    }
    uint32_t offset;
    memcpy(&offset, leaf->places + index * sizeof offset, sizeof offset);
    return leaf->base + ((uint64_t)offset << leaf->shift);
}

static size_t key_size(const struct score_leaf *leaf) {
    return leaf->is_wide ? sizeof(uint64_t) : sizeof(uint32_t);
}

static unsigned char *address_place(const struct score_leaf *leaf, size_t index) {
    size_t offset = leaf->capacity * key_size(leaf) + index * ADDRESS_SIZE;
    return (unsigned char *)(uintptr_t)leaf->places + offset;
}

/* Loads a word that ends with the address: six bytes would go through memory and wait there. */
static void *load_address(const unsigned char *place) {
    enum { SURPLUS = sizeof(uint64_t) - ADDRESS_SIZE, BITS_PER_BYTE = 8 };
    uint64_t word;
    memcpy(&word, place - SURPLUS, sizeof word);
    return (void *)(uintptr_t)(word >> SURPLUS * BITS_PER_BYTE);
}

static void *leaf_item(const struct score_leaf *leaf, size_t index) {
    return load_address(address_place(leaf, index));
}

/* True when the key can be written into the leaf as it is. */
static bool key_fits(const struct score_leaf *leaf, uint64_t key) {
    if (leaf->is_wide) {
        return true;
    }
    uint64_t distance = key - leaf->base;
    return key >= leaf->base && distance >> leaf->shift <= UINT32_MAX &&
           (distance >> leaf->shift) << leaf->shift == distance;
}

static void write_key(struct score_leaf *leaf, size_t index, uint64_t key) {
    if (leaf->is_wide) {
        memcpy(leaf->places + index * sizeof key, &key, sizeof key);
        return;
    }
    uint32_t offset = (uint32_t)((key - leaf->base) >> leaf->shift);
    memcpy(leaf->places + index * sizeof offset, &offset, sizeof offset);
}

static void write_pair(struct score_leaf *leaf, size_t index, uint64_t key, const void *item) {
    uint64_t word = (uint64_t)(uintptr_t)item;
    write_key(leaf, index, key);
    memcpy(address_place(leaf, index), &word, ADDRESS_SIZE);
}

static void append_pairs(const struct score_leaf *leaf, struct pairs *pairs) {
    for (size_t i = 0; i < leaf->count; i++) {
        pairs->keys[pairs->count] = leaf_key(leaf, i);
        pairs->items[pairs->count++] = leaf_item(leaf, i);
    }
}

/* A part of pairs, and the form of a leaf that holds it. */
struct form {
    size_t first;
    size_t count;
    bool is_wide;
    uint8_t shift;
    size_t size; /* 0: too many for one leaf */
};

static struct form choose_form(const struct pairs *pairs, size_t first, size_t count) {
    static const uint16_t sizes[] = {128, 192, 256, 384, 512, 640, 768, 896, LEAF_SIZE_MAX};
    struct form form = {.first = first, .count = count};
    uint64_t differences = 0;
    for (size_t i = 1; i < count; i++) {
        differences |= pairs->keys[first + i] - pairs->keys[first];
    }
    uint64_t span = pairs->keys[first + count - 1] - pairs->keys[first];
    form.shift = differences == 0 ? 0 : (uint8_t)__builtin_ctzll(differences);
    form.is_wide = span >> form.shift > UINT32_MAX;
    size_t needed =
        sizeof(struct score_leaf) + count * (size_t)(form.is_wide ? WIDE_SIZE : NARROW_SIZE);
    for (size_t i = 0; i < ARRAY_SIZE(sizes) && form.size == 0; i++) {
        form.size = sizes[i] >= needed ? sizes[i] : 0;
    }
    return form;
}

/* Links a leaf where its neighbours are to find it. */
static void link_leaf(struct score_leaf *leaf) {
    if (leaf->next != NULL) {
        leaf->next->previous = leaf;
    }
    if (leaf->previous != NULL) {
        leaf->previous->next = leaf;
    }
}

static void unlink_leaf(struct score_leaf *leaf) {
    if (leaf->next != NULL) {
        leaf->next->previous = leaf->previous;
    }
    if (leaf->previous != NULL) {
        leaf->previous->next = leaf->next;
    }
    alloc_free(leaf);
}

static struct score_leaf *new_leaf(size_t size) {
    struct score_leaf *leaf = alloc_new(size);
    memset(leaf, 0, sizeof *leaf);
    leaf->size = (uint16_t)size;
    return leaf;
}

/* Fills a leaf with pairs, in a form that has a size. Returns the leaf, which may have moved. */
static struct score_leaf *fill_leaf(struct score_leaf *leaf, const struct pairs *pairs,
                                    const struct form *form) {
    if (leaf->size != form->size) {
        struct score_leaf *moved = new_leaf(form->size);
        moved->next = leaf->next;
        moved->previous = leaf->previous;
        link_leaf(moved);
        alloc_free(leaf);
        leaf = moved;
    }
    size_t pair_size = form->is_wide ? WIDE_SIZE : NARROW_SIZE;
    leaf->count = (uint16_t)form->count;
    leaf->capacity = (uint16_t)((form->size - sizeof *leaf) / pair_size);
    leaf->is_wide = form->is_wide;
    leaf->shift = form->shift;
    leaf->base = pairs->keys[form->first];
    for (size_t i = 0; i < form->count; i++) {
        write_pair(leaf, i, pairs->keys[form->first + i], pairs->items[form->first + i]);
    }
    return leaf;
}

static void open_gap(struct score_leaf *leaf, size_t index) {
    size_t moved = leaf->count - index;
    size_t size = key_size(leaf);
    unsigned char *keys = leaf->places + index * size;
    memmove(keys + size, keys, moved * size);
    unsigned char *addresses = address_place(leaf, index);
    memmove(addresses + ADDRESS_SIZE, addresses, moved * ADDRESS_SIZE);
    leaf->count++;
}

static void close_gap(struct score_leaf *leaf, size_t index) {
    size_t moved = (size_t)leaf->count - index - 1;
    size_t size = key_size(leaf);
    unsigned char *keys = leaf->places + index * size;
    memmove(keys, keys + size, moved * size);
    unsigned char *addresses = address_place(leaf, index);
    memmove(addresses, addresses + ADDRESS_SIZE, moved * ADDRESS_SIZE);
    leaf->count--;
}

/* Inserts where the leaf as it is has no room: it grows, or a right half splits off. */
static struct score_leaf *rebuild_with(struct score_leaf *leaf, size_t index, uint64_t key,
                                       void *item, struct score_leaf **right) {
    struct pairs pairs = {.count = 0};
    append_pairs(leaf, &pairs);
    memmove(pairs.keys + index + 1, pairs.keys + index,
            (pairs.count - index) * sizeof pairs.keys[0]);
    memmove(pairs.items + index + 1, pairs.items + index,
            (pairs.count - index) * sizeof pairs.items[0]);
    pairs.keys[index] = key;
    pairs.items[index] = item;
    pairs.count++;
    struct form whole = choose_form(&pairs, 0, pairs.count);
    *right = NULL;
    if (whole.size != 0) {
        return fill_leaf(leaf, &pairs, &whole);
    }
    /* Rising scores fill leaf after leaf; others are halved. */
    size_t kept = index + 1 == pairs.count && leaf->next == NULL ? index : pairs.count / 2;
    struct form left_form = choose_form(&pairs, 0, kept);
    struct form right_form = choose_form(&pairs, kept, pairs.count - kept);
    leaf = fill_leaf(leaf, &pairs, &left_form);
    struct score_leaf *added = new_leaf(right_form.size);
    added->next = leaf->next;
    added->previous = leaf;
    link_leaf(added);
    *right = fill_leaf(added, &pairs, &right_form);
    return leaf;
}

static struct score_leaf *insert_into_leaf(struct score_leaf *leaf, size_t index, uint64_t key,
                                           void *item, struct score_leaf **right) {
    *right = NULL;
    if (leaf->count == leaf->capacity || !key_fits(leaf, key)) {
        return rebuild_with(leaf, index, key, item, right);
    }
    open_gap(leaf, index);
    write_pair(leaf, index, key, item);
    return leaf;
}

/* ---- Comparing ---- */

/* A bound whose score is a key. */
struct target {
    const struct score_tree_type *type;
    const struct score_bound *bound;
    uint64_t key;
};

static struct target make_target(const struct score_tree *tree, const struct score_bound *bound) {
    uint64_t key = bound->kind == BOUND_BY_MEMBER ? 0 : key_of(bound->score);
    return (struct target){tree->type, bound, key};
}

static inline bool pair_is_before(const struct target *target, uint64_t key, const void *item) {
    const struct score_bound *bound = target->bound;
    if (bound->kind != BOUND_BY_MEMBER) {
        if (LIKELY(key != target->key)) {
            return key < target->key;
        }
        if (bound->kind == BOUND_BY_SCORE) {
            return bound->is_behind;
        }
    }
    int order = bytes_compare(target->type->member(item), bound->member);
    return order < 0 || (order == 0 && bound->is_behind);
}

static size_t count_before_in_leaf(const struct target *target, const struct score_leaf *leaf) {
    size_t low = 0;
    size_t high = leaf->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (pair_is_before(target, leaf_key(leaf, middle), leaf_item(leaf, middle))) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static size_t count_before_in_inner(const struct target *target, const struct inner *inner) {
    size_t low = 0;
    size_t high = inner->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (pair_is_before(target, inner->keys[middle], inner->items[middle])) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void prefetch_leaf(const void *leaf) {
    for (size_t i = 0; i < PREFETCHED_LINES; i++) {
        cache_prefetch((const char *)leaf + i * LINE_SIZE);
    }
}

/* Goes down to the leaf in which the bound stands. */
static struct score_leaf *descend(const struct score_tree *tree, const struct target *target,
                                  struct path *path) {
    void *node = tree->root;
    for (size_t level = tree->height; level > 0; level--) {
        struct inner *inner = node;
        size_t before = count_before_in_inner(target, inner);
        size_t index = before > 0 ? before - 1 : 0;
        path->steps[level].inner = inner;
        path->steps[level].index = index;
        node = inner->children[index];
        if (level == 1) {
            prefetch_leaf(node);
        }
    }
    return node;
}

/* ---- Inner nodes ---- */

/* Writes what a parent knows of a child. level: of the parent. */
static void set_entry(struct inner *inner, size_t index, void *child, size_t level) {
    inner->children[index] = child;
    if (level == 1) {
        const struct score_leaf *leaf = child;
        inner->keys[index] = leaf_key(leaf, 0);
        inner->items[index] = leaf_item(leaf, 0);
        inner->totals[index] = leaf->count;
        return;
    }
    const struct inner *below = child;
    inner->keys[index] = below->keys[0];
    inner->items[index] = below->items[0];
    inner->totals[index] = 0;
    for (size_t i = 0; i < below->count; i++) {
        inner->totals[index] += below->totals[i];
    }
}

/* Moves entries from one place to another, of the same or another node. */
static void move_entries(struct inner *to, size_t to_index, const struct inner *from,
                         size_t from_index, size_t count) {
    memmove(to->totals + to_index, from->totals + from_index, count * sizeof to->totals[0]);
    memmove(to->keys + to_index, from->keys + from_index, count * sizeof to->keys[0]);
    memmove(to->items + to_index, from->items + from_index, count * sizeof to->items[0]);
    memmove(to->children + to_index, from->children + from_index, count * sizeof to->children[0]);
}

/* Inserts a child; returns the right half that splits off, or NULL. */
static struct inner *insert_entry(struct inner *inner, size_t index, void *child, size_t level) {
    struct inner *right = NULL;
    if (inner->count == INNER_MAX) {
        size_t kept = index == INNER_MAX ? INNER_MAX : INNER_MAX / 2;
        right = alloc_new(sizeof *right);
        right->count = inner->count - kept;
        move_entries(right, 0, inner, kept, right->count);
        inner->count = kept;
        if (index > kept || right->count == 0) {
            index -= kept;
            inner = right;
        }
    }
    move_entries(inner, index + 1, inner, index, inner->count - index);
    inner->count++;
    set_entry(inner, index, child, level);
    return right;
}

static void remove_entry(struct inner *inner, size_t index) {
    move_entries(inner, index, inner, index + 1, inner->count - index - 1);
    inner->count--;
}

/* ---- Public: making ---- */

struct score_tree *score_tree_create(const struct score_tree_type *type) {
    enum { FIRST_SIZE = 128 };
    struct score_tree *tree = alloc_zeroed(sizeof *tree);
    struct score_leaf *leaf = new_leaf(FIRST_SIZE);
    leaf->capacity = (uint16_t)((FIRST_SIZE - sizeof *leaf) / NARROW_SIZE);
    tree->type = type;
    tree->root = leaf;
    return tree;
}

static void free_node(void *node, size_t level) {
    if (level > 0) {
        const struct inner *inner = node;
        for (size_t i = 0; i < inner->count; i++) {
            free_node(inner->children[i], level - 1);
        }
    }
    alloc_free(node);
}

void score_tree_destroy(struct score_tree *tree) {
    if (tree != NULL) {
        free_node(tree->root, tree->height);
        alloc_free(tree);
    }
}

size_t score_tree_count(const struct score_tree *tree) {
    return tree->count;
}

/* ---- Public: changing ---- */

static void grow_root(struct score_tree *tree, void *right) {
    ASSERT(tree->height + 1 < HEIGHT_MAX);
    struct inner *root = alloc_new(sizeof *root);
    tree->height++;
    root->count = 2;
    set_entry(root, 0, tree->root, tree->height);
    set_entry(root, 1, right, tree->height);
    tree->root = root;
}

void score_tree_insert(struct score_tree *tree, double score, void *item) {
    struct score_bound bound = {BOUND_BY_PAIR, false, score, tree->type->member(item)};
    struct target target = make_target(tree, &bound);
    struct path path;
    struct score_leaf *leaf = descend(tree, &target, &path);
    struct score_leaf *right_leaf;
    void *child =
        insert_into_leaf(leaf, count_before_in_leaf(&target, leaf), target.key, item, &right_leaf);
    void *right = right_leaf;
    for (size_t level = 1; level <= tree->height; level++) {
        struct inner *inner = path.steps[level].inner;
        size_t index = path.steps[level].index;
        if (right != NULL) {
            set_entry(inner, index, child, level);
            right = insert_entry(inner, index + 1, right, level);
        } else {
            inner->totals[index]++;
            inner->children[index] = child;
            inner->keys[index] = level == 1 ? leaf_key(child, 0) : ((struct inner *)child)->keys[0];
            inner->items[index] =
                level == 1 ? leaf_item(child, 0) : ((struct inner *)child)->items[0];
        }
        child = inner;
    }
    if (tree->height == 0) {
        tree->root = child;
    }
    if (right != NULL) {
        grow_root(tree, right);
    }
    tree->count++;
}

/* Joins the child at an index with its right neighbour where both are small. */
static bool join_leaves(struct inner *inner, size_t index) {
    struct score_leaf *left = inner->children[index];
    struct score_leaf *right = inner->children[index + 1];
    if (left->count + right->count > LEAF_MERGED_MAX) {
        return false;
    }
    struct pairs pairs = {.count = 0};
    append_pairs(left, &pairs);
    append_pairs(right, &pairs);
    struct form form = choose_form(&pairs, 0, pairs.count);
    unlink_leaf(right);
    set_entry(inner, index, fill_leaf(left, &pairs, &form), 1);
    remove_entry(inner, index + 1);
    return true;
}

static bool join_inners(struct inner *inner, size_t index, size_t level) {
    struct inner *left = inner->children[index];
    struct inner *right = inner->children[index + 1];
    if (left->count + right->count > INNER_MERGED_MAX) {
        return false;
    }
    move_entries(left, left->count, right, 0, right->count);
    left->count += right->count;
    alloc_free(right);
    set_entry(inner, index, left, level);
    remove_entry(inner, index + 1);
    return true;
}

static bool join_children(struct inner *inner, size_t index, size_t level) {
    return level == 1 ? join_leaves(inner, index) : join_inners(inner, index, level);
}

/* Puts the parent's entry right after a pair left its child: dropped, joined or refreshed. */
static void settle_entry(struct inner *inner, size_t index, void *child, size_t level) {
    size_t count =
        level == 1 ? ((struct score_leaf *)child)->count : ((struct inner *)child)->count;
    if (count == 0) {
        if (level == 1) {
            unlink_leaf(child);
        } else {
            alloc_free(child);
        }
        remove_entry(inner, index);
        return;
    }
    set_entry(inner, index, child, level);
    if (count >= (level == 1 ? LEAF_MERGE_BELOW : INNER_MERGE_BELOW)) {
        return;
    }
    if (index + 1 < inner->count && join_children(inner, index, level)) {
        return;
    }
    if (index > 0) {
        (void)join_children(inner, index - 1, level);
    }
}

/* Takes a pair out of a leaf, which shrinks when much of it is unused. */
static struct score_leaf *remove_from_leaf(struct score_leaf *leaf, size_t index) {
    enum { SLACK = 2 };
    close_gap(leaf, index);
    if (leaf->count > 0 && SLACK * leaf->count < leaf->capacity) {
        struct pairs pairs = {.count = 0};
        append_pairs(leaf, &pairs);
        struct form form = choose_form(&pairs, 0, pairs.count);
        return fill_leaf(leaf, &pairs, &form);
    }
    return leaf;
}

void score_tree_remove(struct score_tree *tree, double score, const void *item) {
    struct score_bound bound = {BOUND_BY_PAIR, true, score, tree->type->member(item)};
    struct target target = make_target(tree, &bound);
    struct path path;
    struct score_leaf *leaf = descend(tree, &target, &path);
    size_t before = count_before_in_leaf(&target, leaf);
    ASSERT(before > 0 && leaf_item(leaf, before - 1) == item);
    void *child = remove_from_leaf(leaf, before - 1);
    for (size_t level = 1; level <= tree->height; level++) {
        settle_entry(path.steps[level].inner, path.steps[level].index, child, level);
        child = path.steps[level].inner;
    }
    tree->root = child;
    while (tree->height > 0 && ((struct inner *)tree->root)->count == 1) {
        struct inner *root = tree->root;
        tree->root = root->children[0];
        tree->height--;
        alloc_free(root);
    }
    tree->count--;
}

void score_tree_change(struct score_tree *tree, double score, void *item, double new_score) {
    struct bytes member = tree->type->member(item);
    struct score_bound bound = {BOUND_BY_PAIR, true, score, member};
    struct score_bound new_bound = {BOUND_BY_PAIR, false, new_score, member};
    struct target target = make_target(tree, &bound);
    struct target new_target = make_target(tree, &new_bound);
    struct path path;
    struct score_leaf *leaf = descend(tree, &target, &path);
    size_t index = count_before_in_leaf(&target, leaf) - 1;
    size_t new_index = count_before_in_leaf(&new_target, leaf);
    ASSERT(leaf_item(leaf, index) == item);
    /* Most changes are small: the pair stays within its leaf, and no parent learns of it. */
    bool stays =
        index > 0 && new_index > 0 && new_index < leaf->count && key_fits(leaf, new_target.key);
    if (!stays) {
        score_tree_remove(tree, score, item);
        score_tree_insert(tree, new_score, item);
        return;
    }
    close_gap(leaf, index);
    new_index -= new_index > index;
    open_gap(leaf, new_index);
    write_pair(leaf, new_index, new_target.key, item);
}

/* ---- Public: looking ---- */

size_t score_tree_rank(const struct score_tree *tree, const struct score_bound *bound) {
    struct target target = make_target(tree, bound);
    const void *node = tree->root;
    size_t rank = 0;
    for (size_t level = tree->height; level > 0; level--) {
        const struct inner *inner = node;
        size_t before = count_before_in_inner(&target, inner);
        if (before == 0) {
            return rank;
        }
        node = inner->children[before - 1];
        if (level == 1) {
            prefetch_leaf(node);
        }
        for (size_t i = 0; i + 1 < before; i++) {
            rank += inner->totals[i];
        }
    }
    return rank + count_before_in_leaf(&target, node);
}

struct score_position score_tree_at(const struct score_tree *tree, size_t rank) {
    if (rank >= tree->count) {
        return (struct score_position){NULL, 0};
    }
    const void *node = tree->root;
    for (size_t level = tree->height; level > 0; level--) {
        const struct inner *inner = node;
        size_t index = 0;
        while (rank >= inner->totals[index]) {
            rank -= inner->totals[index++];
        }
        node = inner->children[index];
    }
    return (struct score_position){node, rank};
}

void *score_position_item(struct score_position position) {
    return leaf_item(position.leaf, position.index);
}

size_t score_position_take(struct score_position *position, size_t count, bool backwards,
                           void *items[]) {
    const struct score_leaf *leaf = position->leaf;
    ASSERT(leaf != NULL);
    size_t index = position->index;
    size_t available = backwards ? index + 1 : leaf->count - index;
    count = count < available ? count : available;
    const unsigned char *place = address_place(leaf, index);
    ptrdiff_t step = backwards ? -ADDRESS_SIZE : ADDRESS_SIZE;
    for (size_t i = 0; i < count; i++) {
        items[i] = load_address(place);
        cache_prefetch(items[i]);
        place += step;
    }
    if (count < available) {
        position->index = backwards ? index - count : index + count;
        return count;
    }
    leaf = backwards ? leaf->previous : leaf->next;
    size_t last = leaf != NULL && backwards ? (size_t)leaf->count - 1 : 0;
    *position = (struct score_position){leaf, last};
    return count;
}

/* ---- Public: figures and checks ---- */

static size_t node_memory(const void *node, size_t level) {
    if (level == 0) {
        return ((const struct score_leaf *)node)->size;
    }
    const struct inner *inner = node;
    size_t bytes = alloc_size_class(sizeof *inner);
    for (size_t i = 0; i < inner->count; i++) {
        bytes += node_memory(inner->children[i], level - 1);
    }
    return bytes;
}

size_t score_tree_memory(const struct score_tree *tree) {
    return sizeof *tree + node_memory(tree->root, tree->height);
}

static size_t verify_node(const void *node, size_t level) {
    if (level == 0) {
        return ((const struct score_leaf *)node)->count;
    }
    const struct inner *inner = node;
    size_t total = 0;
    ASSERT(inner->count > 0 && inner->count <= INNER_MAX);
    for (size_t i = 0; i < inner->count; i++) {
        const void *child = inner->children[i];
        size_t count = verify_node(child, level - 1);
        ASSERT(count > 0 && count == inner->totals[i]);
        ASSERT(inner->items[i] ==
               (level == 1 ? leaf_item(child, 0) : ((const struct inner *)child)->items[0]));
        ASSERT(inner->keys[i] ==
               (level == 1 ? leaf_key(child, 0) : ((const struct inner *)child)->keys[0]));
        total += count;
    }
    return total;
}

void score_tree_verify(const struct score_tree *tree, double (*score_of)(const void *item)) {
    ASSERT(verify_node(tree->root, tree->height) == tree->count);
    size_t count = 0;
    const void *previous = NULL;
    struct score_position at = score_tree_at(tree, 0);
    while (at.leaf != NULL) {
        const struct score_position here = at;
        void *item = NULL;
        (void)score_position_take(&at, 1, false, &item);
        ASSERT(leaf_key(here.leaf, here.index) == key_of(score_of(item)));
        ASSERT(here.leaf->count <= here.leaf->capacity);
        if (previous != NULL) {
            double score = score_of(item);
            double lower = score_of(previous);
            ASSERT(lower <= score);
            ASSERT(lower < score ||
                   bytes_compare(tree->type->member(previous), tree->type->member(item)) < 0);
        }
        previous = item;
        count++;
    }
    ASSERT(count == tree->count);
}
