#include "base/alloc.h"

#include "base/clock.h"
#include "base/panic.h"
#include "base/worker.h"
#include "support/unit.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(alloc, the_count_returns_to_its_start) {
    enum { COUNT = 1000 };
    struct random random;
    unit_random(&random, "alloc");
    static void *memory[COUNT];
    size_t start = alloc_used_bytes();
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = random_below(&random, 5000);
        size_t alignment = (size_t)1 << (4 + random_below(&random, 5));
        switch (random_below(&random, 3)) {
        case 0:
            memory[i] = alloc_new(size);
            break;
        case 1:
            memory[i] = alloc_zeroed(size);
            break;
        default:
            memory[i] = alloc_aligned(alignment, size + 1);
            require((uintptr_t)memory[i] % alignment == 0);
        }
    }
    require(alloc_used_bytes() > start);
    for (size_t i = 0; i < COUNT; i++) {
        memory[i] = alloc_resize(memory[i], random_below(&random, 9000));
    }
    for (size_t i = 0; i < COUNT; i++) {
        alloc_free(memory[i]);
    }
    require(alloc_used_bytes() == start);
}

Test(alloc, the_count_grows_by_the_usable_size) {
    for (size_t size = 0; size < 20000; size += 1 + size / 8) {
        size_t start = alloc_used_bytes();
        void *memory = alloc_new(size);
        require(alloc_used_bytes() - start == alloc_usable_size(memory));
        require(alloc_usable_size(memory) >= size);
        alloc_free_sized(memory, size);
        require(alloc_used_bytes() == start);
    }
}

static size_t break_count;

static void count_break(void) {
    break_count++;
}

static void free_in_stretches(void *argument) {
    enum { SIZE = 1024, COUNT = 100 };
    void *memory[COUNT];
    (void)argument;
    for (size_t i = 0; i < COUNT; i++) {
        memory[i] = alloc_new(SIZE);
    }
    alloc_take_breaks(10 * SIZE + SIZE / 2, count_break);
    for (size_t i = 0; i < COUNT / 2; i++) {
        alloc_free(memory[i]);
        require(break_count == (i + 1) / 11);
    }
    for (size_t i = COUNT / 2; i < COUNT; i++) {
        alloc_free_sized(memory[i], SIZE);
    }
}

Test(alloc, who_frees_much_takes_breaks) {
    struct worker *worker = worker_create("test");
    worker_submit(worker, free_in_stretches, NULL);
    worker_destroy(worker);
    require(break_count == 100 / 11);
}

Test(alloc, all_bytes_of_a_size_class_may_be_written) {
    for (size_t size = 0; size < 20000; size += 1 + size / 8) {
        size_t class_size = alloc_size_class(size);
        require(class_size >= size);
        unsigned char *memory = alloc_new(size);
        memset(memory, 0xa5, class_size);
        alloc_free(memory);
    }
}

Test(alloc, zeroed_memory_is_zero_even_where_it_was_used_before) {
    for (size_t round = 0; round < 20; round++) {
        unsigned char *dirty = alloc_new(3000);
        memset(dirty, 255, 3000);
        alloc_free(dirty);
        unsigned char *clean = round % 2 == 0 ? alloc_zeroed(3000) : alloc_aligned(64, 3000);
        for (size_t i = 0; i < 3000; i++) {
            require(clean[i] == 0);
        }
        alloc_free(clean);
    }
}

Test(alloc, resizing_keeps_the_bytes) {
    unsigned char *memory = alloc_resize(NULL, 100);
    for (size_t i = 0; i < 100; i++) {
        memory[i] = (unsigned char)i;
    }
    memory = alloc_resize(memory, 100000);
    for (size_t i = 0; i < 100; i++) {
        require(memory[i] == i);
    }
    memory = alloc_resize(memory, 10);
    for (size_t i = 0; i < 10; i++) {
        require(memory[i] == i);
    }
    memory = alloc_resize(memory, 0);
    alloc_free(memory);
    alloc_free(NULL);
}

static void allocate_and_keep(void *argument) {
    void **place = argument;
    *place = alloc_new(1000000);
}

Test(alloc, memory_of_another_thread_is_counted_and_may_be_freed_here) {
    struct worker *worker = worker_create("test");
    size_t start = alloc_used_bytes();
    void *memory = NULL;
    worker_submit(worker, allocate_and_keep, &memory);
    worker_drain(worker);
    require(memory != NULL);
    require(alloc_used_bytes() >= start + 1000000);
    alloc_free(memory);
    require(alloc_used_bytes() == start);
    worker_destroy(worker);
}

Test(alloc, the_allocator_tells_its_name_and_reports) {
    require(strlen(alloc_name()) > 0);
    struct alloc_stats stats = alloc_read_stats();
    bool is_jemalloc = strncmp(alloc_name(), "jemalloc", strlen("jemalloc")) == 0;
    require(is_jemalloc == (stats.allocated_bytes > 0));
    require(stats.resident_bytes >= stats.active_bytes);
    require(stats.active_bytes >= stats.allocated_bytes);
    require(alloc_purge());
}

static void count_text(void *context, const char *text) {
    *(size_t *)context += strlen(text);
}

Test(alloc, the_report_comes_in_pieces_of_text) {
    size_t total = 0;
    alloc_report(count_text, &total);
    require(total > 10);
}

/* The number of kB behind a name in the process's own memory figures; -1 when there is none. */
static long own_memory_kb(const char *name) {
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    require(file != NULL);
    char line[256];
    long kb = -1;
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            kb = strtol(line + strlen(name), NULL, 10);
        }
    }
    require(fclose(file) == 0);
    return kb;
}

static bool system_has_huge_pages(void) {
    FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
    char line[128] = "[never]";
    if (file != NULL) {
        require(fgets(line, sizeof line, file) != NULL);
        require(fclose(file) == 0);
    }
    return strstr(line, "[never]") == NULL;
}

/* Where there are none, memory is what it was before. */
Test(alloc, a_large_heap_stands_in_huge_pages) {
    enum { COUNT = 400000, SIZE = 256 };
    bool is_possible = alloc_use_huge_pages() != NULL && system_has_huge_pages();
    static void *memory[COUNT];
    size_t start = alloc_used_bytes();
    for (size_t i = 0; i < COUNT; i++) {
        memory[i] = alloc_new(SIZE);
        memset(memory[i], 1, SIZE);
    }
    require(!is_possible || own_memory_kb("AnonHugePages:") > COUNT * SIZE / 1024 / 2);
    require(own_memory_kb("Rss:") < 2 * COUNT * SIZE / 1024);
    for (size_t i = 0; i < COUNT; i++) {
        alloc_free(memory[i]);
    }
    require(alloc_used_bytes() == start);
}

/* Each page is there before the heap reaches it: no allocation is the first to touch one. */
Test(alloc, the_next_page_of_a_heap_that_grows_is_loaded_when_it_is_wished_for) {
    enum { COUNT = 400000, SIZE = 256, PAGE_KB = 2048 };
    struct alloc_growth *growth = alloc_use_huge_pages();
    static void *memory[COUNT];
    size_t wish_count = 0;
    for (size_t i = 0; i < COUNT; i++) {
        memory[i] = alloc_new(SIZE);
        memset(memory[i], 1, SIZE);
        if (growth == NULL || !alloc_take_wish(growth)) {
            continue;
        }
        require(!alloc_take_wish(growth));
        long before_kb = own_memory_kb("Rss:");
        alloc_load_page(growth);
        long loaded_kb = own_memory_kb("Rss:") - before_kb;
        require(loaded_kb < 3 * PAGE_KB);
        wish_count += loaded_kb > PAGE_KB / 2;
    }
    size_t page_count = (size_t)COUNT * SIZE / 1024 / PAGE_KB;
    require(growth == NULL || wish_count > page_count / 2);
    for (size_t i = 0; i < COUNT; i++) {
        alloc_free(memory[i]);
    }
}

static bool is_zero(const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

Test(alloc, memory_that_grows_zeroed_keeps_its_bytes_and_is_zero_behind_them) {
    static const size_t sizes[] = {1, 100, 5000, 20000, 3000000, 9000000, 40000000, 60000000};
    (void)alloc_purge_in_background();
    size_t start = alloc_used_bytes();
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(sizes); j++) {
            /* What is used again is not zero by itself. */
            char *used = alloc_new(sizes[j]);
            memset(used, 'u', sizes[j]);
            char *memory = alloc_new(sizes[i]);
            memset(memory, 'm', alloc_usable_size(memory));
            alloc_free(used);
            memory = alloc_resize_zeroed(memory, sizes[i], sizes[j]);
            size_t kept = sizes[i] < sizes[j] ? sizes[i] : sizes[j];
            require(memory[0] == 'm');
            require(memory[kept - 1] == 'm');
            require(memcmp(memory, memory + 1, kept - 1) == 0);
            require(is_zero(memory + kept, sizes[j] - kept));
            alloc_free(memory);
        }
    }
    require(alloc_used_bytes() == start);
}

/* Pages of zeros are the system's business, wherever they stand in a long allocation. */
Test(alloc, zeros_of_a_long_allocation_take_no_memory) {
    enum { MB = 1024 * 1024, MOST_MB = 24 };
    bool is_counted = strncmp(alloc_name(), "jemalloc", strlen("jemalloc")) == 0;
    char *memory = alloc_new(10 * MB);
    memset(memory, 'm', 10 * MB);
    long most_kb = own_memory_kb("Rss:") + (long)MOST_MB * 1024;
    memory = alloc_resize_zeroed(memory, 10 * MB, 300 * MB);
    alloc_fill_zero(memory, 10 * MB + 1, 250 * MB);
    require(own_memory_kb("Rss:") < most_kb || !is_counted);
    require(memory[0] == 'm' && memory[10 * MB - 1] == 'm');
    require(is_zero(memory + 10 * MB, 10 * MB) && is_zero(memory + 295 * MB, 5 * MB));
    memset(memory, 'm', 12 * MB);
    alloc_fill_zero(memory, 9 * MB + 5, 2 * MB);
    require(memory[9 * MB + 4] == 'm' && memory[11 * MB + 5] == 'm');
    require(is_zero(memory + 9 * MB + 5, 2 * MB));
    alloc_free(memory);
}

static bool is_soon_less_than(long most_kb) {
    enum { DEADLINE_S = 15, NS_PER_S = 1000000000 };
    int64_t start_ns = clock_monotonic_ns();
    while (own_memory_kb("Rss:") >= most_kb) {
        if (clock_monotonic_ns() - start_ns > (int64_t)DEADLINE_S * NS_PER_S) {
            return false;
        }
    }
    return true;
}

/* Whoever frees much must not spend the time that giving it back takes. */
Test(alloc, what_is_freed_goes_back_to_the_system_later_and_by_itself) {
    enum { SIZE = 256 * 1024 * 1024 };
    clock_init();
    long most_kb = own_memory_kb("Rss:") + SIZE / 2 / 1024;
    bool is_possible = alloc_purge_in_background();
    require(is_possible == (strncmp(alloc_name(), "jemalloc", strlen("jemalloc")) == 0));
    require(alloc_purge_in_background() == is_possible);
    char *memory = alloc_new(SIZE);
    memset(memory, 1, SIZE);
    alloc_free(memory);
    require(!is_possible || own_memory_kb("Rss:") > most_kb);
    require(is_soon_less_than(most_kb));
}
