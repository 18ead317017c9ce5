/* Any address may be prefetched, and what stands there stays as it is. */
#include "base/cache.h"

#include <criterion/criterion.h>
#include <stdint.h>

Test(cache, takes_addresses_where_nothing_is) {
    cache_prefetch(NULL);
    cache_prefetch((const void *)UINTPTR_MAX);
    cache_prefetch((const void *)(uintptr_t)1);
}

Test(cache, changes_nothing) {
    uint64_t words[] = {1, 2, 3};
    cache_prefetch(&words[1]);
    cr_assert_eq(words[0], 1);
    cr_assert_eq(words[1], 2);
    cr_assert_eq(words[2], 3);
}
