/*
 * An element stands behind two dependent misses: its bucket, then the item. Several look-ups that
 * wait side by side take little longer than one. All buckets are asked for first, then all items;
 * nothing runs in between, so what was found for the first step still holds for the second.
 */
#include "server/prefetch.h"

#include "base/hash.h"
#include "base/panic.h"
#include "keyspace/keyspace.h"
#include "types/value_ops.h"

#include <stdbool.h>

/* Where an element is looked for. */
struct place {
    struct value value;
    uint64_t hash;
    bool is_known;
};

static bool have_one_key(const struct prefetch_element *a, const struct prefetch_element *b) {
    return a->key_hash == b->key_hash && a->database == b->database && bytes_equal(a->key, b->key);
}

void prefetch_elements(const struct prefetch_element *elements, size_t count) {
    struct place places[PREFETCH_ELEMENTS_MAX];
    ASSERT(count <= PREFETCH_ELEMENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct prefetch_element *element = &elements[i];
        struct place *place = &places[i];
        if (i > 0 && have_one_key(element, element - 1)) {
            place->value = places[i - 1].value;
            place->is_known = places[i - 1].is_known;
        } else {
            place->is_known =
                keyspace_glimpse(element->database, element->key, element->key_hash, &place->value);
        }
        if (place->is_known) {
            place->hash = hash_bytes(element->name);
            value_ops_prefetch(&place->value, place->hash, false);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (places[i].is_known) {
            value_ops_prefetch(&places[i].value, places[i].hash, true);
        }
    }
}
