/*
 * Candidates are held by their names: entries move. A candidate that was used since it was drawn,
 * or that got a later deadline, is dropped when its turn comes.
 *
 * Keys with a deadline are drawn from all keys while that soon hits one, which is fair; where they
 * are rare, from the wheel of deadlines, whose slots take turns.
 */
#include "keyspace/evict.h"

#include "base/alloc.h"
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
    FAIR_DRAW_MAX = 8, /* of all keys, for one with a deadline */
    DRAW_MAX = 64,     /* for one that is no lock */
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

static struct entry *draw_volatile(struct database *database) {
    struct random *random = &database->keyspace->random;
    for (size_t i = 0; i < FAIR_DRAW_MAX; i++) {
        struct entry *entry = table_random(database->table, random);
        if (entry_deadline_node(entry) != NULL) {
            return entry;
        }
    }
    return entry_of_deadline_node(deadlines_draw(database->deadlines, random));
}

static bool may_go(const struct evictor *evictor, struct entry *entry) {
    struct value value;
    entry_read_value(entry, &value);
    return (!evictor->rule.volatile_only || entry_deadline_node(entry) != NULL) &&
           !lock_value_is(&value);
}

/* A key that may go, by chance; NULL when none was found. soon: rather one that goes soon. */
static struct entry *draw(const struct evictor *evictor, bool soon, struct database **database) {
    for (size_t i = 0; i < DRAW_MAX; i++) {
        *database = draw_database(evictor);
        if (*database == NULL) {
            return NULL;
        }
        struct entry *entry;
        if (!evictor->rule.volatile_only) {
            entry = table_random((*database)->table, &evictor->keyspace->random);
        } else if (soon) {
            entry = entry_of_deadline_node(deadlines_draw_soon((*database)->deadlines));
        } else {
            entry = draw_volatile(*database);
        }
        if (may_go(evictor, entry)) {
            return entry;
        }
    }
    return NULL;
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
    struct candidate candidate = {
        .hash = hash_bytes(entry_key(entry)),
        .database_index = database_index(database),
        .score = score_of(evictor, database, entry),
    };
    size_t place = 0;
    while (place < evictor->count && evictor->pool[place].score < candidate.score) {
        place++;
    }
    bool is_full = evictor->count == POOL_SIZE;
    if ((is_full && place == 0) ||
        has_candidate(evictor, candidate.database_index, candidate.hash)) {
        return;
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
    bool by_deadline = evictor->rule.order == EVICTION_SOONEST;
    bool has_drawn = false;
    for (size_t i = 0; i < evictor->rule.sample_count; i++) {
        /* What is due next may be locks only: every other draw is from all keys. */
        bool soon = by_deadline && i % 2 != 0;
        struct database *database;
        struct entry *entry = draw(evictor, soon, &database);
        if (entry == NULL && !soon) {
            break;
        }
        if (entry != NULL) {
            offer(evictor, database, entry);
            has_drawn = true;
        }
    }
    return has_drawn;
}

static bool is_same_kind(const struct eviction_rule *a, const struct eviction_rule *b) {
    return a->order == b->order && a->volatile_only == b->volatile_only;
}

static bool remove_random(struct evictor *evictor) {
    struct database *database;
    struct entry *entry = draw(evictor, false, &database);
    if (entry == NULL) {
        return false;
    }
    keyspace_evict_entry(database, entry, hash_bytes(entry_key(entry)), evictor->rule.lazily);
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
