/*
 * evict: keys leave memory to make room for others.
 *
 * Which key goes is decided among a few that are drawn by chance, as exact orders would cost memory
 * in every entry and work at every access. The best of those that were drawn before and not taken
 * are kept, so that choices get better with each draw. Locks never go.
 */
#ifndef LATCHKEY_KEYSPACE_EVICT_H
#define LATCHKEY_KEYSPACE_EVICT_H

#include <stdbool.h>
#include <stddef.h>

struct evictor;
struct keyspace;

enum { EVICTION_SAMPLE_MAX = 64 };

/* Which key goes first. */
enum eviction_order {
    EVICTION_LEAST_RECENT,   /* not used for the longest time */
    EVICTION_LEAST_FREQUENT, /* used least often */
    EVICTION_SOONEST,        /* with the earliest deadline */
    EVICTION_RANDOM,
};

struct eviction_rule {
    enum eviction_order order;
    bool volatile_only;  /* keys without a deadline stay */
    size_t sample_count; /* keys that are drawn for each that goes; 1 to EVICTION_SAMPLE_MAX */
    bool lazily;         /* values are freed in the background even where that is not costly */
};

/* Creates what remembers the candidates. keyspace: kept. Free with evictor_destroy. */
struct evictor *evictor_create(struct keyspace *keyspace);
void evictor_destroy(struct evictor *evictor);

/*
 * Removes one key by the rule, as evicted. Returns false when none was found that may go.
 * O(samples + databases).
 */
bool evictor_remove_one(struct evictor *evictor, const struct eviction_rule *rule);

#endif
