/*
 * prefetch: loads what the next requests of a batch will look for inside large collections.
 */
#ifndef LATCHKEY_SERVER_PREFETCH_H
#define LATCHKEY_SERVER_PREFETCH_H

#include "base/sds.h"

#include <stddef.h>
#include <stdint.h>

struct database;

enum { PREFETCH_ELEMENTS_MAX = 16 };

/* An element that a request will look for. */
struct prefetch_element {
    const struct database *database;
    struct bytes key;
    uint64_t key_hash;
    struct bytes name; /* of the field or member */
};

/*
 * Starts loading the buckets and items of so many elements (at most PREFETCH_ELEMENTS_MAX,
 * asserted) into the cache. Changes nothing; what is absent costs little.
 */
void prefetch_elements(const struct prefetch_element *elements, size_t count);

#endif
