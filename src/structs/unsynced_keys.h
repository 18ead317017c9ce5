/*
 * unsynced_keys: up to which offset of the journal a key was written, as far as anybody must know:
 * a read of a key that no unsynced write named tells nothing that a crash can take back.
 *
 * A fixed table of slots by the hash of the key. A slot that two unsynced keys share holds for
 * every key that falls into it, so that an answer may be too late an offset, never too early.
 */
#ifndef LATCHKEY_STRUCTS_UNSYNCED_KEYS_H
#define LATCHKEY_STRUCTS_UNSYNCED_KEYS_H

#include <stdint.h>

struct unsynced_keys;

/* Creates an empty table; 128 KiB. Free with unsynced_keys_destroy. */
struct unsynced_keys *unsynced_keys_create(void);
void unsynced_keys_destroy(struct unsynced_keys *keys);

/*
 * Notes a write to the key with this hash that ends at an offset. Offsets do not fall.
 * synced: up to where the journal is safe, so that older notes of other keys may go.
 */
void unsynced_keys_note(struct unsynced_keys *keys, uint64_t key_hash, uint64_t offset,
                        uint64_t synced);

/* The same for all keys at once. */
void unsynced_keys_note_all(struct unsynced_keys *keys, uint64_t offset);

/*
 * An offset at or behind the end of the key's last write, if that is not safe yet; else any offset.
 */
uint64_t unsynced_keys_offset(const struct unsynced_keys *keys, uint64_t key_hash);

#endif
