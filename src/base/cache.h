/*
 * cache: asking for memory ahead of its use.
 */
#ifndef LATCHKEY_BASE_CACHE_H
#define LATCHKEY_BASE_CACHE_H

/*
 * Starts loading the cache line that holds this address, which need not be valid. To gcc a function
 * that does nothing but __builtin_prefetch has no effect, and calls of it disappear; the empty
 * statement is one that it has to keep.
 */
static inline void cache_prefetch(const void *address) {
    __builtin_prefetch(address);
    __asm__ volatile("" : : "r"(address));
}

#endif
