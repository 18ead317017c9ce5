#include "structs/unsynced_keys.h"

#include "base/random.h"
#include "support/unit.h"

#include <stdint.h>

enum { KEYS = 20000, SYNC_DISTANCE = 1000, CHECK_DISTANCE = 500 };

Test(unsynced_keys, only_keys_that_were_written_wait) {
    struct unsynced_keys *keys = unsynced_keys_create();
    struct random random;
    random_init(&random, 1);
    uint64_t written = random_next(&random);
    require(unsynced_keys_offset(keys, written) == 0);
    unsynced_keys_note(keys, written, 10, 0);
    require(unsynced_keys_offset(keys, written) == 10);
    for (int i = 0; i < KEYS; i++) {
        require(unsynced_keys_offset(keys, random_next(&random)) == 0);
    }
    unsynced_keys_note(keys, written, 20, 10);
    require(unsynced_keys_offset(keys, written) == 20);
    unsynced_keys_destroy(keys);
}

Test(unsynced_keys, a_note_of_all_keys_holds_for_all) {
    struct unsynced_keys *keys = unsynced_keys_create();
    unsynced_keys_note(keys, 1, 10, 0);
    unsynced_keys_note_all(keys, 20);
    require(unsynced_keys_offset(keys, 1) == 20 && unsynced_keys_offset(keys, 2) == 20);
    unsynced_keys_note(keys, 1, 30, 20);
    require(unsynced_keys_offset(keys, 1) == 30 && unsynced_keys_offset(keys, 2) == 20);
    unsynced_keys_destroy(keys);
}

/* Many more keys than slots: an answer may be too late an offset, never too early. */
Test(unsynced_keys, no_unsynced_write_is_forgotten) {
    static uint64_t hashes[KEYS];
    static uint64_t offsets[KEYS];
    struct unsynced_keys *keys = unsynced_keys_create();
    struct random random;
    random_init(&random, 2);
    for (int i = 0; i < KEYS; i++) {
        hashes[i] = random_next(&random);
    }
    uint64_t synced = 0;
    for (uint64_t offset = 1; offset < KEYS; offset++) {
        uint64_t key = random_below(&random, KEYS);
        unsynced_keys_note(keys, hashes[key], offset, synced);
        offsets[key] = offset;
        if (random_below(&random, SYNC_DISTANCE) == 0) {
            synced += random_below(&random, offset + 1 - synced);
        }
        if (offset % CHECK_DISTANCE == 0) {
            for (int i = 0; i < KEYS; i++) {
                uint64_t answer = unsynced_keys_offset(keys, hashes[i]);
                require(offsets[i] <= synced || answer >= offsets[i]);
            }
        }
    }
    unsynced_keys_destroy(keys);
}
