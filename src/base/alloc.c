/*
 * The count is kept per thread in plain thread-local memory, because an atomic addition on every
 * allocation of the loop would cost more than the allocation's fast path. Frees of another
 * thread's memory make its count negative; only the sum means something.
 */
#include "base/alloc.h"

#include "base/log.h"
#include "base/panic.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef LATCHKEY_LIBC_ALLOCATOR
#include <malloc.h>
#else
#include <jemalloc/jemalloc.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif
#endif

static _Atomic int64_t published_bytes;
static _Thread_local int64_t local_bytes;

/* A thread that takes no breaks never gets below the lowest number. */
static _Thread_local int64_t break_below = INT64_MIN;
static _Thread_local void (*take_break)(void);

static _Noreturn void fail(size_t size) {
    panic("Out of memory allocating %zu bytes", size);
}

static void end_stretch(void) {
    alloc_flush_count();
    take_break();
}

static inline void count_freed(size_t size) {
    local_bytes -= (int64_t)size;
    if (UNLIKELY(local_bytes < break_below)) {
        end_stretch();
    }
}

#ifdef LATCHKEY_LIBC_ALLOCATOR

/* No rounding: a sanitizer must see each byte that is written behind what was asked for. */
size_t alloc_size_class(size_t size) {
    return size == 0 ? 1 : size;
}

void *alloc_new(size_t size) {
    void *memory = malloc(size == 0 ? 1 : size);
    if (UNLIKELY(memory == NULL)) {
        fail(size);
    }
    local_bytes += (int64_t)malloc_usable_size(memory);
    return memory;
}

void *alloc_aligned(size_t alignment, size_t size) {
    void *memory = NULL;
    if (posix_memalign(&memory, alignment, size) != 0) {
        fail(size);
    }
    local_bytes += (int64_t)malloc_usable_size(memory);
    memset(memory, 0, size);
    return memory;
}

void *alloc_resize(void *memory, size_t size) {
    local_bytes -= memory == NULL ? 0 : (int64_t)malloc_usable_size(memory);
    void *moved = realloc(memory, size == 0 ? 1 : size);
    if (UNLIKELY(moved == NULL)) {
        fail(size);
    }
    local_bytes += (int64_t)malloc_usable_size(moved);
    return moved;
}

void alloc_free(void *memory) {
    if (memory != NULL) {
        count_freed(malloc_usable_size(memory));
        free(memory);
    }
}

void alloc_free_sized(void *memory, size_t size) {
    (void)size;
    alloc_free(memory);
}

size_t alloc_usable_size(const void *memory) {
    return malloc_usable_size((void *)(uintptr_t)memory);
}

struct alloc_stats alloc_read_stats(void) {
    return (struct alloc_stats){0};
}

const char *alloc_name(void) {
    return "libc";
}

struct alloc_growth *alloc_use_huge_pages(void) {
    return NULL;
}

bool alloc_take_wish(struct alloc_growth *growth) {
    (void)growth;
    return false;
}

void alloc_load_page(void *growth) {
    (void)growth;
}

void alloc_fill_zero(void *memory, size_t offset, size_t size) {
    memset((char *)memory + offset, 0, size);
}

void *alloc_resize_zeroed(void *memory, size_t old_size, size_t size) {
    char *resized = alloc_resize(memory, size);
    if (size > old_size) {
        memset(resized + old_size, 0, size - old_size);
    }
    return resized;
}

bool alloc_purge_in_background(void) {
    return false;
}

bool alloc_purge(void) {
    (void)malloc_trim(0);
    return true;
}

void alloc_report(void (*sink)(void *context, const char *text), void *context) {
    sink(context, "Stats not supported for the current allocator");
}

#else

enum {
    SMALL_PAGE_SIZE = 4096,
    OVERSIZE_MIN = 8 * 1024 * 1024, /* from here on allocations never stand in huge pages */
    GIVEN_BACK_MIN = 64 * 1024,     /* writing zeros to less is cheaper than a system call */
};

/*
 * The allocator's classes: 8, multiples of 16 up to 128, then four to each power of two. Computed
 * here because nallocx, asked twice for each change of a listpack, was seen in profiles; debug
 * builds compare the two.
 */
size_t alloc_size_class(size_t size) {
    enum { TINY = 8, QUANTUM_BITS = 4, GROUP_BITS = 2, TOP_BIT = 63 };
    size_t class_size = TINY;
    if (LIKELY(size > TINY)) {
        unsigned top = TOP_BIT - (unsigned)__builtin_clzll(2 * size - 1);
        unsigned bits = top < GROUP_BITS + QUANTUM_BITS + 1 ? QUANTUM_BITS : top - GROUP_BITS - 1;
        size_t spacing = (size_t)1 << bits;
        class_size = (size + spacing - 1) & ~(spacing - 1);
    }
#ifdef LATCHKEY_DEBUG
    ASSERT(class_size == nallocx(size == 0 ? 1 : size, 0));
#endif
    return class_size;
}

void *alloc_new(size_t size) {
    size_t wanted = size == 0 ? 1 : size;
    void *memory = mallocx(wanted, 0);
    if (UNLIKELY(memory == NULL)) {
        fail(size);
    }
    local_bytes += (int64_t)alloc_size_class(wanted);
    return memory;
}

void *alloc_aligned(size_t alignment, size_t size) {
    void *memory = mallocx(size, MALLOCX_ALIGN(alignment) | MALLOCX_ZERO);
    if (UNLIKELY(memory == NULL)) {
        fail(size);
    }
    local_bytes += (int64_t)sallocx(memory, 0);
    return memory;
}

void *alloc_resize(void *memory, size_t size) {
    if (memory == NULL) {
        return alloc_new(size);
    }
    local_bytes -= (int64_t)sallocx(memory, 0);
    void *moved = rallocx(memory, size == 0 ? 1 : size, 0);
    if (UNLIKELY(moved == NULL)) {
        fail(size);
    }
    local_bytes += (int64_t)sallocx(moved, 0);
    return moved;
}

void alloc_free(void *memory) {
    if (memory != NULL) {
        count_freed(sallocx(memory, 0));
        dallocx(memory, 0);
    }
}

void alloc_free_sized(void *memory, size_t size) {
    size_t allocated = size == 0 ? 1 : size;
    count_freed(alloc_size_class(allocated));
    sdallocx(memory, allocated, 0);
}

size_t alloc_usable_size(const void *memory) {
    return sallocx(memory, 0);
}

static size_t read_size(const char *name) {
    size_t value = 0;
    size_t size = sizeof value;
    return mallctl(name, &value, &size, NULL, 0) == 0 ? value : 0;
}

struct alloc_stats alloc_read_stats(void) {
    uint64_t epoch = 1;
    size_t size = sizeof epoch;
    (void)mallctl("epoch", &epoch, &size, &epoch, size); /* Old figures otherwise. */
    return (struct alloc_stats){
        .allocated_bytes = read_size("stats.allocated"),
        .active_bytes = read_size("stats.active"),
        .resident_bytes = read_size("stats.resident"),
        .retained_bytes = read_size("stats.retained"),
    };
}

#define TEXT_OF(number) #number
#define VERSION_TEXT(major, minor, bugfix)                                                         \
    "jemalloc-" TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(bugfix)

const char *alloc_name(void) {
    return VERSION_TEXT(JEMALLOC_VERSION_MAJOR, JEMALLOC_VERSION_MINOR, JEMALLOC_VERSION_BUGFIX);
}

enum {
    HUGE_PAGE_SIZE = 2 * 1024 * 1024,
    ARENA_NAME_SIZE = 64,
    HUGE_MAPPING_MIN = 2 * HUGE_PAGE_SIZE, /* the allocator maps more at a time as it grows */
};

enum wish { NO_WISH, WISHED, UNDER_WAY };

/*
 * Kept by the allocator for good: it hands `hooks` to its own functions. The allocator cuts what it
 * needs from the front of the memory that it mapped last; `end` is 0 while that changes.
 */
struct alloc_growth {
    extent_hooks_t hooks; /* first: leads from what a function gets to the rest */
    extent_alloc_t *map;  /* how the allocator maps memory by itself */
    extent_split_t *split;
    _Atomic uintptr_t start;
    _Atomic uintptr_t end;
    _Atomic uintptr_t used;   /* it was cut up to here */
    _Atomic uintptr_t loaded; /* and pages are there up to here */
    _Atomic int wish;
};

static struct alloc_growth *growth_of(extent_hooks_t *hooks) {
    return (struct alloc_growth *)(void *)hooks;
}

/* The page behind the one that is in use is to be there. */
static uintptr_t wanted_end(const struct alloc_growth *growth) {
    uintptr_t page = HUGE_PAGE_SIZE;
    uintptr_t end = atomic_load(&growth->end);
    uintptr_t wanted = ((atomic_load(&growth->used) + page - 1) & ~(page - 1)) + page;
    return wanted < end ? wanted : end;
}

static void note_use(struct alloc_growth *growth, uintptr_t used) {
    if (used <= atomic_load(&growth->used) || used > atomic_load(&growth->end)) {
        return;
    }
    atomic_store(&growth->used, used);
    int none = NO_WISH;
    if (wanted_end(growth) > atomic_load(&growth->loaded)) {
        (void)atomic_compare_exchange_strong(&growth->wish, &none, WISHED);
    }
}

static bool split_huge(extent_hooks_t *hooks, void *address, size_t size, size_t front_size,
                       size_t back_size, bool is_committed, unsigned arena) {
    struct alloc_growth *growth = growth_of(hooks);
    uintptr_t front = (uintptr_t)address;
    if (front >= atomic_load(&growth->start)) {
        note_use(growth, front + front_size);
    }
    return growth->split(hooks, address, size, front_size, back_size, is_committed, arena);
}

static void *map_huge(extent_hooks_t *hooks, void *address, size_t size, size_t alignment,
                      bool *zero, bool *commit, unsigned arena) {
    struct alloc_growth *growth = growth_of(hooks);
    bool is_large = size >= HUGE_MAPPING_MIN;
    size_t huge_alignment = alignment < HUGE_PAGE_SIZE ? (size_t)HUGE_PAGE_SIZE : alignment;
    void *memory = growth->map(hooks, address, size, is_large ? huge_alignment : alignment, zero,
                               commit, arena);
    if (memory != NULL && is_large) {
        (void)madvise(memory, size, MADV_HUGEPAGE); /* Small pages otherwise. */
        atomic_store(&growth->end, 0);
        atomic_store(&growth->start, (uintptr_t)memory);
        atomic_store(&growth->used, (uintptr_t)memory);
        atomic_store(&growth->loaded, (uintptr_t)memory);
        atomic_store(&growth->end, (uintptr_t)memory + size);
    }
    return memory;
}

/* Reads or replaces the hooks of an arena. Returns false when the allocator refuses. */
static bool exchange_hooks(unsigned arena, extent_hooks_t **hooks, extent_hooks_t *replacement) {
    char name[ARENA_NAME_SIZE];
    size_t size = sizeof *hooks;
    (void)snprintf(name, sizeof name, "arena.%u.extent_hooks", arena);
    return mallctl(name, hooks, &size, replacement == NULL ? NULL : (void *)&replacement,
                   replacement == NULL ? 0 : sizeof replacement) == 0;
}

/*
 * The allocator would give a freed gigabyte back in one call, 3 ms on end in the kernel, which a
 * loop on the same core would have to wait for.
 */
static bool purge_in_steps(extent_hooks_t *hooks, void *address, size_t size, size_t offset,
                           size_t length, unsigned arena) {
    (void)hooks;
    (void)size;
    (void)arena;
    uintptr_t page = HUGE_PAGE_SIZE;
    uintptr_t from = (uintptr_t)address + offset;
    uintptr_t end = from + length;
    bool has_failed = false;
    while (from < end && !has_failed) {
        uintptr_t page_end = (from + page) & ~(page - 1);
        uintptr_t next = page_end < end ? page_end : end;
        has_failed = madvise((void *)from, next - from, MADV_DONTNEED) != 0;
        from = next;
        (void)sched_yield();
    }
    return has_failed;
}

/* Has an arena purge in steps. Returns false when the allocator refuses. */
static bool soften_purge(unsigned arena) {
    extent_hooks_t *old = NULL;
    if (!exchange_hooks(arena, &old, NULL) || old == NULL) {
        return false;
    }
    if (old->purge_forced == purge_in_steps) {
        return true;
    }
    extent_hooks_t *hooks = alloc_new(sizeof *hooks); /* the allocator's for good */
    *hooks = *old;
    hooks->purge_forced = purge_in_steps;
    return exchange_hooks(arena, &old, hooks);
}

struct alloc_growth *alloc_use_huge_pages(void) {
    unsigned arena = 0;
    size_t arena_size = sizeof arena;
    extent_hooks_t *old = NULL;
    if (mallctl("thread.arena", &arena, &arena_size, NULL, 0) != 0 ||
        !exchange_hooks(arena, &old, NULL) || old == NULL || old->split == NULL) {
        return NULL;
    }
    if (old->alloc == map_huge) {
        return growth_of(old);
    }
    struct alloc_growth *growth = alloc_zeroed(sizeof *growth);
    growth->hooks = *old;
    growth->map = old->alloc;
    growth->split = old->split;
    growth->hooks.alloc = map_huge;
    growth->hooks.split = split_huge;
    growth->hooks.purge_forced = purge_in_steps;
    if (!exchange_hooks(arena, &old, &growth->hooks)) {
        alloc_free(growth);
        return NULL;
    }
    return growth;
}

bool alloc_take_wish(struct alloc_growth *growth) {
    if (LIKELY(atomic_load_explicit(&growth->wish, memory_order_relaxed) != WISHED)) {
        return false;
    }
    atomic_store(&growth->wish, UNDER_WAY);
    return true;
}

void alloc_load_page(void *context) {
    struct alloc_growth *growth = context;
    uintptr_t end = atomic_load(&growth->end);
    uintptr_t loaded = atomic_load(&growth->loaded);
    uintptr_t wanted = wanted_end(growth);
    /* Unchanged, the end says that all is of one mapping; and none is ever taken back. */
    if (end != 0 && end == atomic_load(&growth->end) && wanted > loaded) {
        (void)madvise((void *)loaded, wanted - loaded, MADV_POPULATE_WRITE);
        (void)atomic_compare_exchange_strong(&growth->loaded, &loaded, wanted);
    }
    atomic_store(&growth->wish, NO_WISH);
}

void alloc_fill_zero(void *memory, size_t offset, size_t size) {
    uintptr_t start = (uintptr_t)memory + offset;
    uintptr_t from = (start + SMALL_PAGE_SIZE - 1) & ~(uintptr_t)(SMALL_PAGE_SIZE - 1);
    uintptr_t end = (start + size) & ~(uintptr_t)(SMALL_PAGE_SIZE - 1);
    if (size < GIVEN_BACK_MIN || sallocx(memory, 0) < OVERSIZE_MIN ||
        madvise((void *)from, end - from, MADV_DONTNEED) != 0) {
        memset((char *)memory + offset, 0, size);
        return;
    }
    memset((void *)start, 0, from - start);
    memset((void *)end, 0, start + size - end);
}

/*
 * Copies to a new allocation. Of a large one, pages of zeros are not written but given back, so
 * that what was never touched stays untouched.
 */
static void copy_to_new(char *target, const char *source, size_t size) {
    static const char zeros[SMALL_PAGE_SIZE];
    if (size < OVERSIZE_MIN) {
        memcpy(target, source, size);
        return;
    }
    size_t zeros_from = 0;
    for (size_t at = 0; at < size; at += SMALL_PAGE_SIZE) {
        size_t part = size - at < SMALL_PAGE_SIZE ? size - at : SMALL_PAGE_SIZE;
        if (memcmp(source + at, zeros, part) != 0) {
            alloc_fill_zero(target, zeros_from, at - zeros_from);
            memcpy(target + at, source + at, part);
            zeros_from = at + part;
        }
    }
    alloc_fill_zero(target, zeros_from, size - zeros_from);
}

void *alloc_resize_zeroed(void *memory, size_t old_size, size_t size) {
    if (size <= old_size) {
        return alloc_resize(memory, size);
    }
    /* The allocator would copy unused bytes too, and so touch them. */
    local_bytes -= (int64_t)sallocx(memory, 0);
    void *moved = memory;
    if (xallocx(memory, size, 0, 0) < size) {
        moved = mallocx(size, 0);
        if (UNLIKELY(moved == NULL)) {
            fail(size);
        }
        copy_to_new(moved, memory, old_size);
        dallocx(memory, 0);
    }
    local_bytes += (int64_t)sallocx(moved, 0);
    alloc_fill_zero(moved, old_size, size - old_size);
    return moved;
}

static bool set_decay(unsigned arena, const char *kind, ssize_t delay_ms) {
    char name[ARENA_NAME_SIZE];
    (void)snprintf(name, sizeof name, "arena.%u.%s_decay_ms", arena, kind);
    return mallctl(name, NULL, NULL, &delay_ms, sizeof delay_ms) == 0;
}

/*
 * Allocations of 8 MiB and more come from an arena of their own, whose memory goes back to the
 * system as soon as it is freed, by whoever frees it (5 ms for 100 MB), unless clean pages are kept
 * there for ever. So it is told to keep them, and that it cannot make any: used ones then go back
 * when their time has come, as in all arenas.
 */
static bool delay_purge_of_huge(void) {
    enum { DELAY_MS = 1000, FOR_EVER = -1 };
    void *memory = mallocx(OVERSIZE_MIN, 0); /* The arena is made for the first of them. */
    unsigned arena = 0;
    size_t arena_size = sizeof arena;
    unsigned own = 0;
    size_t own_size = sizeof own;
    bool is_known = memory != NULL &&
                    mallctl("arenas.lookup", &arena, &arena_size, &memory, sizeof memory) == 0 &&
                    mallctl("thread.arena", &own, &own_size, NULL, 0) == 0;
    if (memory != NULL) {
        dallocx(memory, 0);
    }
    extent_hooks_t *old = NULL;
    if (!is_known || !exchange_hooks(arena, &old, NULL)) {
        return false;
    }
    if (arena == own || old->purge_lazy == NULL) {
        return true; /* There is no such arena, by the environment's wish, or it is set up. */
    }
    extent_hooks_t *hooks = alloc_new(sizeof *hooks); /* the allocator's for good */
    *hooks = *old;
    hooks->purge_lazy = NULL;
    hooks->purge_forced = purge_in_steps;
    return exchange_hooks(arena, &old, hooks) && set_decay(arena, "muzzy", FOR_EVER) &&
           set_decay(arena, "dirty", DELAY_MS);
}

bool alloc_purge_in_background(void) {
    size_t thread_max = 1;
    bool is_on = true;
    unsigned own = 0;
    size_t own_size = sizeof own;
    return mallctl("thread.arena", &own, &own_size, NULL, 0) == 0 && soften_purge(own) &&
           mallctl("max_background_threads", NULL, NULL, &thread_max, sizeof thread_max) == 0 &&
           mallctl("background_thread", NULL, NULL, &is_on, sizeof is_on) == 0 &&
           delay_purge_of_huge();
}

bool alloc_purge(void) {
    return mallctl("arena.4096.purge", NULL, NULL, NULL, 0) == 0; /* 4096: all arenas */
}

void alloc_report(void (*sink)(void *context, const char *text), void *context) {
    malloc_stats_print(sink, context, NULL);
}

#endif

void *alloc_zeroed(size_t size) {
    enum { LARGE_SIZE = 16 * 1024 };
    /* Memory fresh from the system is zero: the allocator knows where, and leaves it untouched. */
    return size < LARGE_SIZE ? memset(alloc_new(size), 0, size)
                             : alloc_aligned(_Alignof(max_align_t), size);
}

size_t alloc_used_bytes(void) {
    int64_t total = atomic_load_explicit(&published_bytes, memory_order_relaxed) + local_bytes;
    return total < 0 ? 0 : (size_t)total;
}

bool alloc_exceeds(size_t limit) {
    return atomic_load_explicit(&published_bytes, memory_order_relaxed) + local_bytes >
           (int64_t)limit;
}

void alloc_flush_count(void) {
    (void)atomic_fetch_add_explicit(&published_bytes, local_bytes, memory_order_relaxed);
    local_bytes = 0;
}

void alloc_take_breaks(size_t freed_bytes, void (*function)(void)) {
    alloc_flush_count();
    break_below = -(int64_t)freed_bytes;
    take_break = function;
}
