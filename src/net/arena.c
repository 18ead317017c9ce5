/*
 * The same front pages are used in every turn, so they stay in the cache.
 */
#include "net/arena.h"

#include "base/panic.h"

#include <sys/mman.h>

void arena_init(struct arena *arena, size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT(memory != MAP_FAILED);
    *arena = (struct arena){.memory = memory, .size = size};
}

void arena_release(struct arena *arena) {
    if (arena->memory != NULL) {
        (void)munmap(arena->memory, arena->size);
    }
    *arena = (struct arena){0};
}

char *arena_place(const struct arena *arena) {
    return arena->memory + arena->used;
}

size_t arena_room(const struct arena *arena) {
    return arena->size - arena->used;
}

void arena_take(struct arena *arena, size_t size) {
    ASSERT(size <= arena_room(arena));
    arena->used += size;
}

void arena_reset(struct arena *arena) {
    arena->used = 0;
}

void arena_trim(struct arena *arena, size_t kept_size) {
    arena->used = 0;
    if (kept_size < arena->size) {
        /* Advice only: a failure costs memory, nothing else. */
        (void)madvise(arena->memory + kept_size, arena->size - kept_size, MADV_DONTNEED);
    }
}
