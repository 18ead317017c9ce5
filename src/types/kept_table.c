/*
 * Fresh items are known by their addresses, in a table of their own: an address that the allocator
 * uses again stands for a new item, which is entered anew.
 */
#include "types/kept_table.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <string.h>

enum { BYTES_PER_ELEMENT = 256, ITEM_OVERHEAD = 8 };

struct kept_table {
    struct table *table;
    const struct kept_table_type *type;
    struct table *fresh; /* items, by their addresses */
    void **saved;        /* old items that are still to be handed out; owned */
    size_t saved_count;
    size_t saved_capacity;
    uint64_t cursor;
    bool is_scanned;           /* only saved items are left */
    value_piece_visitor visit; /* of the walk that runs */
    void *context;
    size_t size;
};

static uint64_t hash_of_address(const void *item) {
    /*
     * Fibonacci hashing, both halves: the table takes low bits for buckets and high ones for tags.
     */
    uint64_t word = (uint64_t)(uintptr_t)item * UINT64_C(0x9e3779b97f4a7c15);
    return word ^ word >> 32;
}

static bool is_address(const void *item, const void *key) {
    return item == key;
}

static const struct table_type address_table_type = {
    .hash = hash_of_address,
    .matches = is_address,
};

void kept_table_begin(struct table *table, const struct kept_table_type *type) {
    ASSERT(kept_table_of(table) == NULL);
    struct kept_table *kept = alloc_zeroed(sizeof *kept);
    kept->table = table;
    kept->type = type;
    kept->fresh = table_create(&address_table_type);
    table_pause_resize(table);
    table_attach(table, kept);
}

static bool has_passed(const struct kept_table *kept, uint64_t hash) {
    return kept->is_scanned || table_scan_has_passed(kept->table, kept->cursor, hash);
}

static bool is_fresh(const struct kept_table *kept, const void *item) {
    return table_count(kept->fresh) > 0 &&
           table_find(kept->fresh, hash_of_address(item), item) != NULL;
}

static void save(struct kept_table *kept, void *item) {
    enum { CAPACITY_MIN = 16 };
    if (kept->saved_count == kept->saved_capacity) {
        kept->saved_capacity = 2 * kept->saved_capacity + CAPACITY_MIN;
        kept->saved = alloc_resize(kept->saved, kept->saved_capacity * sizeof *kept->saved);
    }
    kept->saved[kept->saved_count++] = item;
}

void kept_table_inserted(struct kept_table *kept, uint64_t hash, void *item) {
    if (!has_passed(kept, hash)) {
        table_insert(kept->fresh, hash_of_address(item), item);
    }
}

bool kept_table_takes(struct kept_table *kept, uint64_t hash, void *item) {
    if (has_passed(kept, hash)) {
        return false;
    }
    if (is_fresh(kept, item)) {
        table_remove_item(kept->fresh, hash_of_address(item), item);
        return false;
    }
    save(kept, item);
    return true;
}

void kept_table_changes(struct kept_table *kept, uint64_t hash, void *item) {
    if (has_passed(kept, hash) || is_fresh(kept, item)) {
        return;
    }
    save(kept, kept->type->clone(item));
    table_insert(kept->fresh, hash_of_address(item), item);
}

/* ---- Walking ---- */

static void hand_out(struct kept_table *kept, const void *item) {
    struct value_piece piece = {.deadline_ms = -1};
    kept->type->read(item, &piece);
    kept->size += piece.first.length + piece.second.length + ITEM_OVERHEAD;
    kept->visit(kept->context, &piece);
}

static void visit_item(void *context, void *item) {
    struct kept_table *kept = context;
    if (!is_fresh(kept, item)) {
        hand_out(kept, item);
    }
}

static void scan_on(struct kept_table *kept, size_t budget) {
    while (!kept->is_scanned && kept->size < budget) {
        kept->cursor = table_scan(kept->table, kept->cursor, visit_item, kept);
        kept->is_scanned = kept->cursor == 0;
    }
}

static void end(struct kept_table *kept) {
    table_attach(kept->table, NULL);
    table_resume_resize(kept->table);
    table_destroy(kept->fresh);
    alloc_free(kept->saved);
    alloc_free(kept);
}

bool kept_table_walk(struct kept_table *kept, size_t budget, value_piece_visitor visit,
                     void *context) {
    kept->visit = visit;
    kept->context = context;
    kept->size = 0;
    if (visit == NULL) {
        kept->is_scanned = true;
    } else {
        scan_on(kept, budget);
    }
    while (kept->saved_count > 0 && kept->is_scanned && kept->size < budget) {
        void *item = kept->saved[--kept->saved_count];
        if (visit != NULL) {
            hand_out(kept, item);
        } else {
            kept->size += ITEM_OVERHEAD;
        }
        kept->type->free(item);
    }
    if (!kept->is_scanned || kept->saved_count > 0) {
        return false;
    }
    end(kept);
    return true;
}

/* ---- Measuring ---- */

struct measure {
    const struct kept_table_type *type;
    size_t size;
};

static void measure_item(void *context, void *item) {
    struct measure *measure = context;
    struct value_piece piece = {.offset = 0};
    measure->type->read(item, &piece);
    measure->size += piece.first.length + piece.second.length;
}

bool kept_table_is_large(struct table *table, const struct kept_table_type *type,
                         size_t element_max) {
    if (table_count(table) > element_max) {
        return true;
    }
    struct measure measure = {type, 0};
    uint64_t cursor = 0;
    do {
        cursor = table_scan(table, cursor, measure_item, &measure);
    } while (cursor != 0 && measure.size <= element_max * BYTES_PER_ELEMENT);
    return measure.size > element_max * BYTES_PER_ELEMENT;
}
