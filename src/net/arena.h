/*
 * arena: one region of memory that is filled from front to back during a turn and emptied at once.
 */
#ifndef LATCHKEY_NET_ARENA_H
#define LATCHKEY_NET_ARENA_H

#include <stddef.h>

/* Embedded by its owner. */
struct arena {
    char *memory;
    size_t size;
    size_t used;
};

/* Reserves the region; pages are taken from the system as they are touched. */
void arena_init(struct arena *arena, size_t size);
void arena_release(struct arena *arena);

/* Where the next bytes go: arena_room bytes fit, and arena_take keeps what was written. */
char *arena_place(const struct arena *arena);
size_t arena_room(const struct arena *arena);
void arena_take(struct arena *arena, size_t size);

/* Empties the arena: everything in it is dead. */
void arena_reset(struct arena *arena);

/* Empties the arena and gives all pages but the first `kept_size` bytes back to the system. */
void arena_trim(struct arena *arena, size_t kept_size);

#endif
