/*
 * function_store: the function libraries, and their functions by name.
 *
 * Names of libraries are told apart by the case of letters, names of functions are not.
 */
#ifndef LATCHKEY_SCRIPT_FUNCTION_STORE_H
#define LATCHKEY_SCRIPT_FUNCTION_STORE_H

#include "base/list.h"
#include "base/panic.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct function_library;
struct function_store;
struct lua_engine;

/* A function of a library. */
struct function {
    struct list_node node; /* among those of its library */
    struct function_library *library;
    sds name;
    sds description; /* NULL = none */
    uint32_t flags;  /* enum script_flag */
    int reference;   /* in the engine */
};

struct function_library {
    struct list_node node;      /* in the order of loading */
    struct list_node functions; /* in the order of registering */
    size_t function_count;
    sds name;
    sds source;
    size_t use_count; /* runs under way: it may not be freed */
    bool is_dropped;  /* freed when the last run ends */
};

/* Creates an empty store. engine: kept. Free with function_store_destroy before the engine. */
struct function_store *function_store_create(struct lua_engine *engine);
void function_store_destroy(struct function_store *store);

/* Finds a function; NULL when there is none. O(1). */
struct function *function_store_find(const struct function_store *store, struct bytes name);

/* The functions of a library that is held are not freed. */
void function_store_hold(struct function_library *library);
void function_store_release(struct function_store *store, struct function_library *library);

/*
 * Loads a library from its source, which runs for at most so long. While no function runs.
 * replaces  the library of that name goes, if there is one.
 * Returns NULL, or the text of an error without a code, to be freed: then nothing has changed.
 */
sds function_store_load(struct function_store *store, struct bytes source, bool replaces,
                        int64_t budget_ns, struct function_library **library) MUST_CHECK;

/* What becomes of libraries that are there when others are restored. */
enum function_restore_policy {
    FUNCTION_RESTORE_APPEND,  /* they stay; a name that is taken is an error */
    FUNCTION_RESTORE_REPLACE, /* those of the same names go */
    FUNCTION_RESTORE_FLUSH,   /* all go */
};

/*
 * Moves all libraries of another store of the same engine into this one. Returns NULL, or the text
 * of an error without a code, to be freed: then nothing has changed.
 */
sds function_store_take(struct function_store *store, struct function_store *other,
                        enum function_restore_policy policy) MUST_CHECK;

/* Removes a library; false when there is none of that name. */
bool function_store_delete(struct function_store *store, struct bytes name);

/* Removes all libraries, which function_store_free_some then frees. O(1). */
void function_store_clear(struct function_store *store);

/* Frees some of the libraries that were cleared. Returns false when there are no more. */
bool function_store_free_some(struct function_store *store);

/* The list of libraries, by function_library.node, in the order of loading. */
const struct list_node *function_store_libraries(const struct function_store *store);

/* Libraries, functions of all of them, names of functions, and bytes outside of the engine. */
size_t function_store_library_count(const struct function_store *store);
size_t function_store_function_count(const struct function_store *store);
size_t function_store_name_count(const struct function_store *store);
size_t function_store_memory(const struct function_store *store);

#endif
