/*
 * A digest is its own hash, keyed anew so that nobody can fill one bucket. Every script is in one
 * of three lists, so all of them are cleared by moving two of the lists to the third. They are
 * freed later, by the loop: their functions belong to its interpreter.
 */
#include "script/script_store.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "script/lua_engine.h"
#include "script/script_header.h"
#include "structs/table.h"

#include <string.h>

/* So many at once take a quarter of a millisecond. */
enum { FREED_AT_ONCE = 512 };

struct script_store {
    struct lua_engine *engine;
    struct table *table;
    struct list_node removable; /* the one used longest ago first */
    size_t removable_count;
    struct list_node lasting;
    struct list_node cleared; /* found by nobody, not freed yet */
    size_t bytes;
    int64_t evicted_count;
};

static uint64_t hash_of_digest(const uint8_t *digest) {
    return hash_bytes((struct bytes){(const char *)digest, HASH_SHA1_SIZE});
}

static uint64_t hash_of_script(const void *item) {
    return hash_of_digest(((const struct script *)item)->digest);
}

static bool script_matches(const void *item, const void *key) {
    return memcmp(((const struct script *)item)->digest, key, HASH_SHA1_SIZE) == 0;
}

static const struct table_type table_type = {hash_of_script, script_matches};

struct script_store *script_store_create(struct lua_engine *engine) {
    struct script_store *store = alloc_zeroed(sizeof *store);
    store->engine = engine;
    store->table = table_create(&table_type);
    list_init(&store->removable);
    list_init(&store->lasting);
    list_init(&store->cleared);
    return store;
}

/* ---- Digests ---- */

static int hex_digit(char letter) {
    enum { DECIMAL = 10 };
    if (letter >= '0' && letter <= '9') {
        return letter - '0';
    }
    char lower = (char)(letter | ('a' - 'A'));
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + DECIMAL : -1;
}

static bool parse_digest(struct bytes name, uint8_t digest[HASH_SHA1_SIZE]) {
    enum { DIGIT_BITS = 4 };
    if (name.length != SCRIPT_DIGEST_HEX_SIZE) {
        return false;
    }
    for (size_t i = 0; i < HASH_SHA1_SIZE; i++) {
        int high = hex_digit(name.data[2 * i]);
        int low = hex_digit(name.data[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        digest[i] = (uint8_t)(high << DIGIT_BITS | low);
    }
    return true;
}

static void print_digest(const uint8_t digest[HASH_SHA1_SIZE], char name[SCRIPT_DIGEST_HEX_SIZE]) {
    enum { DIGIT_BITS = 4, DIGIT_MASK = 15 };
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < HASH_SHA1_SIZE; i++) {
        name[2 * i] = digits[digest[i] >> DIGIT_BITS];
        name[2 * i + 1] = digits[digest[i] & DIGIT_MASK];
    }
}

/* ---- Removing ---- */

static size_t memory_of(const struct script *script) {
    return sizeof *script + sds_memory(script->body);
}

static void free_script(struct script_store *store, struct script *script) {
    lua_engine_forget(store->engine, script->reference);
    sds_free(script->body);
    alloc_free(script);
}

/* Frees a script that is not found any more; a run that is under way keeps it until it ends. */
static void drop(struct script_store *store, struct script *script) {
    list_remove(&script->node);
    script->is_dropped = true;
    if (script->use_count == 0) {
        free_script(store, script);
    }
}

void script_store_clear(struct script_store *store) {
    table_destroy(store->table);
    store->table = table_create(&table_type);
    list_move_all(&store->removable, &store->cleared);
    list_move_all(&store->lasting, &store->cleared);
    store->removable_count = 0;
    store->bytes = 0;
}

bool script_store_free_some(struct script_store *store) {
    for (size_t i = 0; i < FREED_AT_ONCE && !list_is_empty(&store->cleared); i++) {
        drop(store, LIST_ENTRY(store->cleared.next, struct script, node));
    }
    return !list_is_empty(&store->cleared);
}

void script_store_destroy(struct script_store *store) {
    if (store != NULL) {
        script_store_clear(store);
        while (script_store_free_some(store)) {
        }
        table_destroy(store->table);
        alloc_free(store);
    }
}

void script_store_hold(struct script *script) {
    script->use_count++;
}

void script_store_release(struct script_store *store, struct script *script) {
    ASSERT(script->use_count > 0);
    script->use_count--;
    if (script->use_count == 0 && script->is_dropped) {
        free_script(store, script);
    }
}

static void make_room(struct script_store *store) {
    while (store->removable_count >= SCRIPT_STORE_EVAL_MAX) {
        struct script *oldest = LIST_ENTRY(store->removable.next, struct script, node);
        table_remove_item(store->table, hash_of_script(oldest), oldest);
        store->removable_count--;
        store->bytes -= memory_of(oldest);
        drop(store, oldest);
        store->evicted_count++;
    }
}

/* ---- Finding and compiling ---- */

/* Notes that a script is used now. */
static struct script *touch(struct script_store *store, struct script *script) {
    if (script != NULL && script->may_go) {
        list_remove(&script->node);
        list_push_back(&store->removable, &script->node);
    }
    return script;
}

struct script *script_store_find(struct script_store *store, struct bytes name) {
    uint8_t digest[HASH_SHA1_SIZE];
    if (!parse_digest(name, digest)) {
        return NULL;
    }
    return touch(store, table_find(store->table, hash_of_digest(digest), digest));
}

static struct script *compile(struct script_store *store, struct bytes source, sds *error) {
    uint32_t flags = 0;
    struct bytes body = source;
    sds cause = script_header_read(source, &flags, &body);
    if (cause != NULL) {
        *error = sds_append(sds_new(BYTES("ERR ")), sds_view(cause));
        sds_free(cause);
        return NULL;
    }
    int reference = lua_engine_compile(store->engine, body, &cause);
    if (reference == LUA_ENGINE_NO_REFERENCE) {
        *error = sds_new(BYTES("ERR Error compiling script (new function): "));
        *error = sds_append(*error, sds_view(cause));
        sds_free(cause);
        return NULL;
    }
    struct script *script = alloc_zeroed(sizeof *script);
    script->flags = flags;
    script->reference = reference;
    script->body = sds_new(source);
    return script;
}

/* A script of EVAL that SCRIPT LOAD brings, too, stays from then on. */
static void keep(struct script_store *store, struct script *script) {
    if (script->may_go) {
        script->may_go = false;
        store->removable_count--;
        list_remove(&script->node);
        list_push_back(&store->lasting, &script->node);
    }
}

struct script *script_store_get(struct script_store *store, struct bytes body, bool stays,
                                sds *error) {
    uint8_t digest[HASH_SHA1_SIZE];
    hash_sha1(body, digest);
    uint64_t hash = hash_of_digest(digest);
    struct script *script = touch(store, table_find(store->table, hash, digest));
    if (script != NULL) {
        if (stays) {
            keep(store, script);
        }
        return script;
    }
    script = compile(store, body, error);
    if (script == NULL) {
        return NULL;
    }
    memcpy(script->digest, digest, sizeof digest);
    print_digest(digest, script->name);
    if (stays) {
        list_push_back(&store->lasting, &script->node);
    } else {
        make_room(store);
        script->may_go = true;
        list_push_back(&store->removable, &script->node);
        store->removable_count++;
    }
    table_insert(store->table, hash, script);
    store->bytes += memory_of(script);
    return script;
}

/* ---- Figures ---- */

size_t script_store_count(const struct script_store *store) {
    return table_count(store->table);
}

size_t script_store_memory(const struct script_store *store) {
    return store->bytes + table_memory(store->table);
}

int64_t script_store_evicted_count(const struct script_store *store) {
    return store->evicted_count;
}
