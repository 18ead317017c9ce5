/*
 * A bitmap does not become an array again: sets shrink only when their members go for good.
 */
#include "structs/slot_set.h"

#include "base/alloc.h"

#include <string.h>

enum { WORD_BITS = 32, ARRAY_START = 8, BITMAP_SLACK = 2 };

void slot_set_release(struct slot_set *set) {
    if (set->capacity > 0) {
        alloc_free(set->words);
    }
    *set = (struct slot_set){0};
}

static uint32_t *numbers_of(struct slot_set *set) {
    return set->capacity == 0 ? set->own : set->words;
}

static void grow_bitmap(struct slot_set *set, uint32_t capacity) {
    set->words = alloc_resize(set->words, capacity * sizeof *set->words);
    memset(set->words + set->capacity, 0, (capacity - set->capacity) * sizeof *set->words);
    set->capacity = capacity;
}

static bool set_bit(struct slot_set *set, uint32_t slot) {
    uint32_t word = slot / WORD_BITS;
    if (word >= set->capacity) {
        uint32_t doubled = set->capacity * BITMAP_SLACK;
        grow_bitmap(set, word < doubled ? doubled : word + 1);
    }
    uint32_t bit = UINT32_C(1) << slot % WORD_BITS;
    if ((set->words[word] & bit) != 0) {
        return false;
    }
    set->words[word] |= bit;
    set->count++;
    return true;
}

static void become_bitmap(struct slot_set *set, uint32_t largest) {
    struct slot_set bitmap = {.is_bitmap = true};
    uint32_t capacity = largest / WORD_BITS + 1;
    bitmap.words = alloc_zeroed(capacity * sizeof *bitmap.words);
    bitmap.capacity = capacity;
    const uint32_t *numbers = numbers_of(set);
    for (uint32_t i = 0; i < set->count; i++) {
        set_bit(&bitmap, numbers[i]);
    }
    slot_set_release(set);
    *set = bitmap;
}

static void grow_array(struct slot_set *set) {
    uint32_t capacity = set->capacity == 0 ? ARRAY_START : set->capacity * 2;
    uint32_t *words = alloc_new(capacity * sizeof *words);
    memcpy(words, numbers_of(set), set->count * sizeof *words);
    if (set->capacity > 0) {
        alloc_free(set->words);
    }
    set->words = words;
    set->capacity = capacity;
}

bool slot_set_add(struct slot_set *set, uint32_t slot) {
    if (set->is_bitmap) {
        return set_bit(set, slot);
    }
    const uint32_t *numbers = numbers_of(set);
    uint32_t largest = slot;
    for (uint32_t i = 0; i < set->count; i++) {
        if (numbers[i] == slot) {
            return false;
        }
        largest = numbers[i] > largest ? numbers[i] : largest;
    }
    uint32_t room = set->capacity == 0 ? SLOT_SET_INLINE : set->capacity;
    if (set->count == room) {
        if (largest / WORD_BITS < 2 * room) {
            become_bitmap(set, largest);
            return set_bit(set, slot);
        }
        grow_array(set);
    }
    numbers_of(set)[set->count++] = slot;
    return true;
}

static void visit_bits(uint32_t word, uint32_t first, slot_visitor visit, void *context) {
    while (word != 0) {
        visit(context, first + (uint32_t)__builtin_ctz(word));
        word &= word - 1;
    }
}

void slot_set_each(const struct slot_set *set, slot_visitor visit, void *context) {
    if (set->is_bitmap) {
        for (uint32_t i = 0; i < set->capacity; i++) {
            visit_bits(set->words[i], i * WORD_BITS, visit, context);
        }
        return;
    }
    const uint32_t *numbers = set->capacity == 0 ? set->own : set->words;
    for (uint32_t i = 0; i < set->count; i++) {
        visit(context, numbers[i]);
    }
}

static uint32_t filter_bits(uint32_t word, uint32_t first,
                            bool (*keeps)(void *context, uint32_t slot), void *context) {
    uint32_t kept = word;
    for (uint32_t rest = word; rest != 0; rest &= rest - 1) {
        uint32_t bit = (uint32_t)__builtin_ctz(rest);
        if (!keeps(context, first + bit)) {
            kept &= ~(UINT32_C(1) << bit);
        }
    }
    return kept;
}

size_t slot_set_filter(struct slot_set *set, bool (*keeps)(void *context, uint32_t slot),
                       void *context) {
    uint32_t kept = 0;
    if (set->is_bitmap) {
        for (uint32_t i = 0; i < set->capacity; i++) {
            set->words[i] = filter_bits(set->words[i], i * WORD_BITS, keeps, context);
            kept += (uint32_t)__builtin_popcount(set->words[i]);
        }
    } else {
        uint32_t *numbers = numbers_of(set);
        for (uint32_t i = 0; i < set->count; i++) {
            if (keeps(context, numbers[i])) {
                numbers[kept++] = numbers[i];
            }
        }
    }
    size_t removed = set->count - kept;
    set->count = kept;
    return removed;
}

size_t slot_set_memory(const struct slot_set *set) {
    return set->capacity * sizeof(uint32_t);
}
