/*
 * script_store: the scripts of EVAL and SCRIPT LOAD, compiled, by their digests.
 *
 * Scripts that only EVAL brought are a cache: beyond a number of them the one that was not used
 * for the longest time goes. Scripts of SCRIPT LOAD stay.
 */
#ifndef LATCHKEY_SCRIPT_SCRIPT_STORE_H
#define LATCHKEY_SCRIPT_SCRIPT_STORE_H

#include "base/hash.h"
#include "base/list.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lua_engine;
struct script_store;

enum { SCRIPT_DIGEST_HEX_SIZE = 2 * HASH_SHA1_SIZE, SCRIPT_STORE_EVAL_MAX = 500 };

/* A script that was compiled. */
struct script {
    struct list_node node; /* among those that may go, that stay, or that were cleared */
    bool may_go;           /* to make room */
    uint8_t digest[HASH_SHA1_SIZE];
    char name[SCRIPT_DIGEST_HEX_SIZE]; /* the digest as text */
    uint32_t flags;                    /* enum script_flag */
    int reference;                     /* of the function in the engine */
    size_t use_count;                  /* runs under way: it may not be freed */
    bool is_dropped;                   /* freed when the last run ends */
    sds body;
};

/* Creates an empty store. engine: kept. Free with script_store_destroy before the engine. */
struct script_store *script_store_create(struct lua_engine *engine);
void script_store_destroy(struct script_store *store);

/* Finds a script by its digest, as text in either case; NULL when there is none. */
struct script *script_store_find(struct script_store *store, struct bytes name);

/*
 * Finds or compiles a script.
 * stays  SCRIPT LOAD: it is never removed to make room.
 * Returns NULL when it does not compile, with the text of the error reply in *error, to be freed.
 */
struct script *script_store_get(struct script_store *store, struct bytes body, bool stays,
                                sds *error);

/* While a script is held it is not freed. */
void script_store_hold(struct script *script);
void script_store_release(struct script_store *store, struct script *script);

/* Forgets all scripts, which script_store_free_some then frees. O(1). */
void script_store_clear(struct script_store *store);

/* Frees some of the scripts that were cleared. Returns false when there are no more. */
bool script_store_free_some(struct script_store *store);

/* Scripts, the bytes of their texts and of the store, and how many were removed to make room. */
size_t script_store_count(const struct script_store *store);
size_t script_store_memory(const struct script_store *store);
int64_t script_store_evicted_count(const struct script_store *store);

#endif
