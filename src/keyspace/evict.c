/*
 * Candidates are held by their names: entries move. A candidate that was used since it was drawn,
 * or that got a later deadline, is dropped when its turn comes.
 *
 * Keys are drawn by the bucket. Where few of those have a deadline and the rule wants one, and for
 * half of the samples where it goes by deadlines, keys are drawn from the wheel of deadlines, whose
 * slots take turns.
 */
#include "keyspace/evict.h"

#include "base/alloc.h"
#include "base/cache.h"
#include "base/hash.h"
#include "base/random.h"
#include "keyspace/entry.h"
#include "keyspace/keyspace_internal.h"
#include "structs/deadlines.h"
#include "structs/table.h"
#include "types/lock_value.h"

#include <string.h>

enum {
    POOL_SIZE = 16,
    DRAWS_MAX = 128,        /* keys of some buckets */
    BUCKETS_MAX = 4,        /* … that are drawn for the samples of one key */
    WHEEL_DRAWS_MAX = 64,   /* for samples that are no locks */
    DATABASE_DRAWS_MAX = 8, /* for one with a key that may go */
};

/* A key that may go. */
struct candidate {
    sds name;
    uint64_t hash;
    int database_index;
    int64_t score; /* the higher, the sooner it goes */
};

struct evictor {
    struct keyspace *keyspace;
    struct eviction_rule rule;        /* that the candidates were drawn by */
    struct candidate pool[POOL_SIZE]; /* in ascending order of their scores */
    size_t count;
};

static void clear_pool(struct evictor *evictor) {
    for (size_t i = 0; i < evictor->count; i++) {
        sds_free(evictor->pool[i].name);
    }
    evictor->count = 0;
}

struct evictor *evictor_create(struct keyspace *keyspace) {
    struct evictor *evictor = alloc_zeroed(sizeof *evictor);
    evictor->keyspace = keyspace;
    return evictor;
}

void evictor_destroy(struct evictor *evictor) {
    if (evictor != NULL) {
        clear_pool(evictor);
        alloc_free(evictor);
    }
}

/* ---- Drawing ---- */

/* How many keys of a database the rule means. */
static size_t count_keys(const struct database *database, const struct eviction_rule *rule) {
    return rule->volatile_only ? database_deadline_count(database) : database_key_count(database);
}

/* A database by chance, by its number of keys; NULL when all are empty. */
static struct database *draw_database(const struct evictor *evictor) {
    struct keyspace *keyspace = evictor->keyspace;
    size_t total = 0;
    for (size_t i = 0; i < keyspace->database_count; i++) {
        total += count_keys(&keyspace->databases[i], &evictor->rule);
    }
    if (total == 0) {
        return NULL;
    }
    uint64_t at = random_below(&keyspace->random, total);
    struct database *database = keyspace->databases;
    for (size_t count = 0; at >= (count = count_keys(database, &evictor->rule)); database++) {
        at -= count;
    }
    return database;
}

static bool may_go(const struct evictor *evictor, struct entry *entry) {
    struct value value;
    entry_read_value(entry, &value);
    return (!evictor->rule.volatile_only || entry_deadline_node(entry) != NULL) &&
           !lock_value_is(&value);
}

/* Keys of a database that were drawn. */
struct draws {
    const struct evictor *evictor;
    struct database *database;
    struct entry *entries[DRAWS_MAX];
    size_t count;
};

static void note_entry(void *context, void *item) {
    struct draws *draws = context;
    if (draws->count < DRAWS_MAX) {
        cache_prefetch(item);
        draws->entries[draws->count++] = item;
    }
}

/* Keeps those that may go, and of these `wanted`, beginning anywhere. */
static void keep_some(struct draws *draws, size_t wanted) {
    size_t count = 0;
    for (size_t i = 0; i < draws->count; i++) {
        if (may_go(draws->evictor, draws->entries[i])) {
            draws->entries[count++] = draws->entries[i];
        }
    }
    draws->count = count;
    if (count > wanted) {
        size_t first = (size_t)random_below(&draws->database->keyspace->random, count);
        struct entry *kept[EVICTION_SAMPLE_MAX];
        for (size_t i = 0; i < wanted; i++) {
            kept[i] = draws->entries[(first + i) % count];
        }
        memcpy(draws->entries, kept, wanted * sizeof(struct entry *));
        draws->count = wanted;
    }
}

/* All keys of a few buckets, which cost one cache miss each besides that of each key. */
static void draw_from_table(struct draws *draws, size_t wanted) {
    uint64_t cursor = random_next(&draws->database->keyspace->random);
    for (size_t i = 0; i < BUCKETS_MAX && draws->count < wanted; i++) {
        cursor = table_scan(draws->database->table, cursor, note_entry, draws);
    }
}

static void draw_from_wheel(struct draws *draws, size_t wanted) {
    struct deadlines *deadlines = draws->database->deadlines;
    struct random *random = &draws->database->keyspace->random;
    bool by_deadline = draws->evictor->rule.order == EVICTION_SOONEST;
    for (size_t i = 0; i < WHEEL_DRAWS_MAX && draws->count < wanted; i++) {
        /* What is due next may be locks only: every other draw is from all keys. */
        bool soon = by_deadline && i % 2 == 0;
        void *node = soon ? deadlines_draw_soon(deadlines) : deadlines_draw(deadlines, random);
        struct entry *entry = entry_of_deadline_node(node);
        if (may_go(draws->evictor, entry)) {
            draws->entries[draws->count++] = entry;
        }
    }
}

/* Draws keys that may go, at most as many as the rule wants; none when none was found. */
static struct draws draw(const struct evictor *evictor) {
    struct draws draws = {.evictor = evictor, .count = 0};
    for (size_t i = 0; i < DATABASE_DRAWS_MAX && draws.count == 0; i++) {
        draws.database = draw_database(evictor);
        if (draws.database == NULL) {
            break;
        }
        size_t wanted = evictor->rule.order == EVICTION_RANDOM ? 1 : evictor->rule.sample_count;
        bool by_deadline = evictor->rule.order == EVICTION_SOONEST;
        size_t any_count = by_deadline ? (wanted + 1) / 2 : wanted; /* The others go soon. */
        draw_from_table(&draws, any_count);
        keep_some(&draws, any_count);
        if (evictor->rule.volatile_only) {
            draw_from_wheel(&draws, wanted);
        }
    }
    return draws;
}

/* ---- Candidates ---- */

static int64_t score_of(const struct evictor *evictor, struct database *database,
                        struct entry *entry) {
    struct open_key key = {.database = database, .entry = entry};
    switch (evictor->rule.order) {
    case EVICTION_LEAST_FREQUENT:
        return -(int64_t)keyspace_frequency(&key);
    case EVICTION_SOONEST:
        return -entry_deadline_ms(entry);
    case EVICTION_LEAST_RECENT:
    case EVICTION_RANDOM:
        break;
    }
    return keyspace_idle_seconds(&key);
}

static bool has_candidate(const struct evictor *evictor, int database_index, uint64_t hash) {
    for (size_t i = 0; i < evictor->count; i++) {
        if (evictor->pool[i].hash == hash && evictor->pool[i].database_index == database_index) {
            return true;
        }
    }
    return false;
}

/* Takes the key up among the candidates unless it is one, or they are better and enough. */
static void offer(struct evictor *evictor, struct database *database, struct entry *entry) {
    int64_t score = score_of(evictor, database, entry);
    bool is_full = evictor->count == POOL_SIZE;
    if (is_full && score <= evictor->pool[0].score) {
        return;
    }
    struct candidate candidate = {
        .hash = hash_bytes(entry_key(entry)),
        .database_index = database_index(database),
        .score = score,
    };
    if (has_candidate(evictor, candidate.database_index, candidate.hash)) {
        return;
    }
    size_t place = 0;
    while (place < evictor->count && evictor->pool[place].score < candidate.score) {
        place++;
    }
    candidate.name = sds_new(entry_key(entry));
    if (is_full) {
        place--;
        sds_free(evictor->pool[0].name);
        memmove(evictor->pool, evictor->pool + 1, place * sizeof candidate);
    } else {
        memmove(evictor->pool + place + 1, evictor->pool + place,
                (evictor->count - place) * sizeof candidate);
        evictor->count++;
    }
    evictor->pool[place] = candidate;
}

/* Removes the best candidate that still is one; false when there is none. */
static bool remove_best(struct evictor *evictor) {
    bool is_removed = false;
    while (!is_removed && evictor->count > 0) {
        struct candidate best = evictor->pool[--evictor->count];
        struct database *database =
            keyspace_database(evictor->keyspace, (size_t)best.database_index);
        struct bytes name = sds_view(best.name);
        struct entry *entry = table_find(database->table, best.hash, &name);
        if (entry != NULL && may_go(evictor, entry) &&
            score_of(evictor, database, entry) >= best.score) {
            keyspace_evict_entry(database, entry, best.hash, evictor->rule.lazily);
            is_removed = true;
        }
        sds_free(best.name);
    }
    return is_removed;
}

/* Draws new candidates; false when there is nothing to draw. */
static bool fill_pool(struct evictor *evictor) {
    struct draws draws = draw(evictor);
    for (size_t i = 0; i < draws.count; i++) {
        offer(evictor, draws.database, draws.entries[i]);
    }
    return draws.count > 0;
}

static bool is_same_kind(const struct eviction_rule *a, const struct eviction_rule *b) {
    return a->order == b->order && a->volatile_only == b->volatile_only;
}

static bool remove_random(struct evictor *evictor) {
    struct draws draws = draw(evictor);
    if (draws.count == 0) {
        return false;
    }
    struct entry *entry = draws.entries[0];
    keyspace_evict_entry(draws.database, entry, hash_bytes(entry_key(entry)), evictor->rule.lazily);
    return true;
}

bool evictor_remove_one(struct evictor *evictor, const struct eviction_rule *rule) {
    if (!is_same_kind(rule, &evictor->rule)) {
        clear_pool(evictor);
    }
    evictor->rule = *rule;
    if (rule->order == EVICTION_RANDOM) {
        return remove_random(evictor);
    }
    /* All candidates may have gone, or been used, since they were drawn. */
    bool has_drawn = true;
    while (has_drawn) {
        has_drawn = fill_pool(evictor);
        if (remove_best(evictor)) {
            return true;
        }
    }
    return false;
}
