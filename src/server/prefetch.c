/*
 * An element stands behind two dependent misses: its bucket, then the item. Several look-ups that
 * wait side by side take little longer than one. All buckets are asked for first, then all items;
 * nothing runs in between, so what was found for the first step still holds for the second. Of a
 * small collection the begin of its block is loaded.
 */
#include "server/prefetch.h"

#include "base/cache.h"
#include "base/hash.h"
#include "base/panic.h"
#include "keyspace/keyspace.h"
#include "structs/table.h"
#include "types/value_ops.h"

#include <stdbool.h>

enum { LINE_SIZE = 64, BLOCK_LINES = 2 };

static bool have_one_key(const struct prefetch_element *a, const struct prefetch_element *b) {
    return a->key_hash == b->key_hash && a->database == b->database && bytes_equal(a->key, b->key);
}

/* The table in which an element of a key is looked for; NULL when there is none. */
static const struct table *table_of(const struct prefetch_element *element) {
    struct value value;
    if (!keyspace_glimpse(element->database, element->key, element->key_hash, &value)) {
        return NULL;
    }
    const struct table *table = value_ops_inner_table(&value);
    if (table == NULL && value.storage == VALUE_STORED_OBJECT) {
        for (size_t i = 0; i < BLOCK_LINES; i++) {
            cache_prefetch((const char *)value.object + i * LINE_SIZE);
        }
    }
    return table;
}

void prefetch_elements(const struct prefetch_element *elements, size_t count) {
    const struct table *tables[PREFETCH_ELEMENTS_MAX];
    uint64_t hashes[PREFETCH_ELEMENTS_MAX];
    ASSERT(count <= PREFETCH_ELEMENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        bool is_repeated = i > 0 && have_one_key(&elements[i], &elements[i - 1]);
        tables[i] = is_repeated ? tables[i - 1] : table_of(&elements[i]);
        if (tables[i] != NULL) {
            hashes[i] = hash_bytes(elements[i].name);
            table_prefetch_bucket(tables[i], hashes[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (tables[i] != NULL) {
            table_prefetch_items(tables[i], hashes[i]);
        }
    }
}
