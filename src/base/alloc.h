/*
 * alloc: counted memory allocation that cannot fail.
 *
 * Running out of memory logs the size and aborts. Bytes in use are counted by usable size,
 * per thread without atomic operations; other threads publish theirs with alloc_flush_count.
 * Release builds use jemalloc, sanitizer builds (LATCHKEY_LIBC_ALLOCATOR) the libc.
 */
#ifndef LATCHKEY_BASE_ALLOC_H
#define LATCHKEY_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Returns size bytes (at least 1), aligned for any object. Free with alloc_free. */
void *alloc_new(size_t size) __attribute__((malloc, returns_nonnull));

/* As alloc_new, filled with zero bytes. */
void *alloc_zeroed(size_t size) __attribute__((malloc, returns_nonnull));

/* As alloc_zeroed, aligned to `alignment`, a power of two. */
void *alloc_aligned(size_t alignment, size_t size) __attribute__((malloc, returns_nonnull));

/* Resizes; NULL allocates. The old pointer is dead. The new bytes are undefined. */
void *alloc_resize(void *memory, size_t size) __attribute__((returns_nonnull));

/*
 * Sets bytes of an allocation to zero. Where they are many and the allocation has 8 MiB or more,
 * their pages go back to the system instead, which hands out zeros when they are touched again.
 */
void alloc_fill_zero(void *memory, size_t offset, size_t size);

/*
 * As alloc_resize, but the bytes from old_size on are zero, by alloc_fill_zero, and those behind
 * old_size are not copied. memory: not NULL. old_size: at most the bytes asked for before.
 */
void *alloc_resize_zeroed(void *memory, size_t old_size, size_t size)
    __attribute__((returns_nonnull));

/* Frees what alloc_* returned. NULL is accepted. */
void alloc_free(void *memory);

/* As alloc_free for memory whose alloc_size_class(size) is known: cheaper. Not NULL. */
void alloc_free_sized(void *memory, size_t size);

/* The bytes that an allocation of `size` really takes: its size class. */
size_t alloc_size_class(size_t size);

/* The usable bytes of an allocation. */
size_t alloc_usable_size(const void *memory);

/* Bytes in use as seen by the calling thread: published by all plus its own. */
size_t alloc_used_bytes(void);

/* True when more than so many bytes are in use, up to INT64_MAX: cheap enough for each request. */
bool alloc_exceeds(size_t limit);

/* Publishes the calling thread's count; a worker thread calls it after each job. */
void alloc_flush_count(void);

/*
 * Has the calling thread call take_break, which may wait, each time it has freed freed_bytes more
 * than it allocated; its count is published then too. Other frees cost one comparison.
 */
void alloc_take_breaks(size_t freed_bytes, void (*take_break)(void));

/* What the allocator itself says about memory, for INFO memory and MEMORY STATS. */
struct alloc_stats {
    size_t allocated_bytes;
    size_t active_bytes;
    size_t resident_bytes;
    size_t retained_bytes;
};

/* Reads the allocator's own statistics. Expensive (microseconds). Zeros where unknown. */
struct alloc_stats alloc_read_stats(void);

/* The allocator's name and version, such as "jemalloc-5.3.0" or "libc". */
const char *alloc_name(void);

/* Where a heap grows. It belongs to the allocator, for as long as the process runs. */
struct alloc_growth;

/*
 * Has the calling thread's further memory stand in huge pages, where the system allows that for who
 * asks (transparent_hugepage/enabled is `madvise` or `always`): a look-up in a large dataset then
 * misses the address translation seldom. Small heaps stay in small pages. Returns NULL where the
 * allocator cannot.
 */
struct alloc_growth *alloc_use_huge_pages(void);

/*
 * The first touch of a huge page takes the system 0.1 ms, or 5 ms where a host must give the memory
 * first. So another thread has the next one ready: when alloc_take_wish returns true, it is to run
 * alloc_load_page, whose argument is the growth. While it has not, the answer is false. A wish
 * costs one atomic load; a page, which may stay unused, 2 MiB.
 */
bool alloc_take_wish(struct alloc_growth *growth);
void alloc_load_page(void *growth);

/*
 * Has unused memory go back to the system from a thread of the allocator's own, some seconds after
 * it was freed. Without, whoever allocates or frees does it on the way: tens of milliseconds for a
 * gigabyte. After it the process must not fork. Returns false where the allocator cannot.
 */
bool alloc_purge_in_background(void);

/*
 * Gives unused memory back to the system, all of it at once: slow. Returns false where the
 * allocator cannot.
 */
bool alloc_purge(void);

/* Writes the allocator's report of itself: calls sink for each piece of text. */
void alloc_report(void (*sink)(void *context, const char *text), void *context);

#endif
