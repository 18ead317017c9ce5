#include "structs/unsynced_keys.h"

#include "base/alloc.h"

#include <stdbool.h>

enum {
    SLOT_BITS = 13,
    SLOT_COUNT = 1 << SLOT_BITS,
};

struct slot {
    uint64_t offset;
    uint32_t tag;   /* more of the key's hash */
    bool is_shared; /* by keys with other tags: the offset holds for all */
};

struct unsynced_keys {
    uint64_t all_offset;
    struct slot slots[SLOT_COUNT];
};

struct unsynced_keys *unsynced_keys_create(void) {
    return alloc_zeroed(sizeof(struct unsynced_keys));
}

void unsynced_keys_destroy(struct unsynced_keys *keys) {
    alloc_free(keys);
}

static uint32_t tag_of(uint64_t key_hash) {
    return (uint32_t)(key_hash >> SLOT_BITS);
}

void unsynced_keys_note(struct unsynced_keys *keys, uint64_t key_hash, uint64_t offset,
                        uint64_t synced) {
    struct slot *slot = &keys->slots[key_hash & (SLOT_COUNT - 1)];
    uint32_t tag = tag_of(key_hash);
    bool is_free = slot->offset <= synced;
    *slot = (struct slot){
        .offset = offset,
        .tag = tag,
        .is_shared = !is_free && (slot->is_shared || slot->tag != tag),
    };
}

void unsynced_keys_note_all(struct unsynced_keys *keys, uint64_t offset) {
    keys->all_offset = offset;
}

uint64_t unsynced_keys_offset(const struct unsynced_keys *keys, uint64_t key_hash) {
    const struct slot *slot = &keys->slots[key_hash & (SLOT_COUNT - 1)];
    bool is_meant = slot->is_shared || slot->tag == tag_of(key_hash);
    return is_meant && slot->offset > keys->all_offset ? slot->offset : keys->all_offset;
}
