#include "base/cache.h"

#include "support/unit.h"

Test(cache, takes_addresses_where_nothing_is) {
    cache_prefetch(NULL);
    cache_prefetch((const void *)UINTPTR_MAX);
    cache_prefetch((const void *)(uintptr_t)1);
}

Test(cache, changes_nothing) {
    uint64_t words[] = {1, 2, 3};
    cache_prefetch(&words[1]);
    require(words[0] == 1 && words[1] == 2 && words[2] == 3);
}
