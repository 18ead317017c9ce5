/*
 * Two tables find libraries and functions by name; lists keep them in order. A library that is
 * loaded stands by itself until all is known to be well: only then is it linked. Libraries that
 * were cleared are freed by the loop a few at a time: their functions belong to its interpreter.
 */
#include "script/function_store.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "script/lua_engine.h"
#include "script/lua_register.h"
#include "script/script_header.h"
#include "structs/table.h"

/* So many at once take a quarter of a millisecond. */
enum { FREED_AT_ONCE = 128 };

struct function_store {
    struct lua_engine *engine;
    struct list_node libraries;
    struct list_node cleared; /* found by nobody, not freed yet */
    struct table *by_name;
    struct table *functions;
    size_t function_count;
    size_t bytes;
};

/* ---- The tables ---- */

static uint64_t hash_of_library(const void *item) {
    return hash_bytes(sds_view(((const struct function_library *)item)->name));
}

static bool library_matches(const void *item, const void *key) {
    const struct bytes *name = key;
    return bytes_equal(sds_view(((const struct function_library *)item)->name), *name);
}

static uint64_t hash_of_function(const void *item) {
    return hash_bytes_nocase(sds_view(((const struct function *)item)->name));
}

static bool function_matches(const void *item, const void *key) {
    const struct bytes *name = key;
    return bytes_equal_nocase(sds_view(((const struct function *)item)->name), *name);
}

static uint64_t hash_of_exact_name(const void *item) {
    return hash_bytes(sds_view(((const struct function *)item)->name));
}

static bool exact_name_matches(const void *item, const void *key) {
    const struct bytes *name = key;
    return bytes_equal(sds_view(((const struct function *)item)->name), *name);
}

static const struct table_type exact_name_type = {hash_of_exact_name, exact_name_matches};
static const struct table_type library_type = {hash_of_library, library_matches};
static const struct table_type function_type = {hash_of_function, function_matches};

struct function_store *function_store_create(struct lua_engine *engine) {
    struct function_store *store = alloc_zeroed(sizeof *store);
    store->engine = engine;
    store->by_name = table_create(&library_type);
    store->functions = table_create(&function_type);
    list_init(&store->libraries);
    list_init(&store->cleared);
    return store;
}

void function_store_destroy(struct function_store *store) {
    if (store != NULL) {
        function_store_clear(store);
        while (function_store_free_some(store)) {
        }
        table_destroy(store->by_name);
        table_destroy(store->functions);
        alloc_free(store);
    }
}

struct function *function_store_find(const struct function_store *store, struct bytes name) {
    return table_find(store->functions, hash_bytes_nocase(name), &name);
}

static struct function_library *find_library(const struct function_store *store,
                                             struct bytes name) {
    return table_find(store->by_name, hash_bytes(name), &name);
}

/* ---- Libraries by themselves ---- */

static void free_function(struct function_store *store, struct function *function) {
    lua_engine_forget(store->engine, function->reference);
    sds_free(function->name);
    sds_free(function->description);
    alloc_free(function);
}

static void free_library(struct function_store *store, struct function_library *library) {
    while (!list_is_empty(&library->functions)) {
        struct function *function = LIST_ENTRY(library->functions.next, struct function, node);
        list_remove(&function->node);
        free_function(store, function);
    }
    sds_free(library->name);
    sds_free(library->source);
    alloc_free(library);
}

static size_t memory_of(const struct function_library *library) {
    size_t bytes = sizeof *library + sds_memory(library->name) + sds_memory(library->source);
    LIST_EACH(node, &library->functions) {
        const struct function *function = LIST_ENTRY(node, struct function, node);
        bytes += sizeof *function + sds_memory(function->name);
        bytes += function->description == NULL ? 0 : sds_memory(function->description);
    }
    return bytes;
}

/* A library that is being loaded. */
struct loading {
    struct function_library *library;
    struct table *names; /* its functions, told apart by the case of letters */
};

/* Called by the engine for each function that the library registers. */
static const char *take_function(void *context, const struct lua_registration *registration) {
    struct loading *loading = context;
    struct function_library *library = loading->library;
    if (!script_header_is_name(registration->name)) {
        return "ERR " SCRIPT_HEADER_NAME_ERROR;
    }
    uint64_t hash = hash_bytes(registration->name);
    if (table_find(loading->names, hash, &registration->name) != NULL) {
        return "ERR Function already exists in the library";
    }
    struct function *function = alloc_zeroed(sizeof *function);
    function->library = library;
    function->name = sds_new(registration->name);
    function->description =
        registration->has_description ? sds_new(registration->description) : NULL;
    function->flags = registration->flags;
    function->reference = registration->reference;
    table_insert(loading->names, hash, function);
    list_push_back(&library->functions, &function->node);
    library->function_count++;
    return NULL;
}

/* ---- In and out of the store ---- */

/*
 * Two functions of a library whose names differ by case alone are both listed, and only the first
 * is found.
 */
static void link_library(struct function_store *store, struct function_library *library) {
    list_push_back(&store->libraries, &library->node);
    table_insert(store->by_name, hash_of_library(library), library);
    LIST_EACH(node, &library->functions) {
        struct function *function = LIST_ENTRY(node, struct function, node);
        if (function_store_find(store, sds_view(function->name)) == NULL) {
            table_insert(store->functions, hash_of_function(function), function);
        }
    }
    store->function_count += library->function_count;
    store->bytes += memory_of(library);
}

static void unlink_library(struct function_store *store, struct function_library *library) {
    LIST_EACH(node, &library->functions) {
        struct function *function = LIST_ENTRY(node, struct function, node);
        if (function_store_find(store, sds_view(function->name)) == function) {
            table_remove_item(store->functions, hash_of_function(function), function);
        }
    }
    table_remove_item(store->by_name, hash_of_library(library), library);
    list_remove(&library->node);
    store->function_count -= library->function_count;
    store->bytes -= memory_of(library);
}

/* Frees a library that is not found any more; a run that is under way keeps it until it ends. */
static void drop_library(struct function_store *store, struct function_library *library) {
    library->is_dropped = true;
    if (library->use_count == 0) {
        free_library(store, library);
    }
}

void function_store_hold(struct function_library *library) {
    library->use_count++;
}

void function_store_release(struct function_store *store, struct function_library *library) {
    ASSERT(library->use_count > 0);
    library->use_count--;
    if (library->use_count == 0 && library->is_dropped) {
        free_library(store, library);
    }
}

bool function_store_delete(struct function_store *store, struct bytes name) {
    struct function_library *library = find_library(store, name);
    if (library != NULL) {
        unlink_library(store, library);
        drop_library(store, library);
    }
    return library != NULL;
}

void function_store_clear(struct function_store *store) {
    table_destroy(store->by_name);
    table_destroy(store->functions);
    store->by_name = table_create(&library_type);
    store->functions = table_create(&function_type);
    list_move_all(&store->libraries, &store->cleared);
    store->function_count = 0;
    store->bytes = 0;
}

bool function_store_free_some(struct function_store *store) {
    for (size_t i = 0; i < FREED_AT_ONCE && !list_is_empty(&store->cleared); i++) {
        struct list_node *node = list_pop_front(&store->cleared);
        drop_library(store, LIST_ENTRY(node, struct function_library, node));
    }
    return !list_is_empty(&store->cleared);
}

/* ---- Loading ---- */

/*
 * Looks for a name of the library that another one's function has. `gone`: a library that makes
 * room, or NULL.
 */
static sds find_collision(const struct function_store *store,
                          const struct function_library *library,
                          const struct function_library *gone) {
    LIST_EACH(node, &library->functions) {
        const struct function *function = LIST_ENTRY(node, struct function, node);
        const struct function *other = function_store_find(store, sds_view(function->name));
        if (other != NULL && other->library != gone) {
            return sds_append_format(sds_new(BYTES("")), "Function %s already exists",
                                     function->name);
        }
    }
    return NULL;
}

/* Runs the source of a library that is still empty. */
static sds run_source(struct function_store *store, struct bytes body, int64_t budget_ns,
                      struct function_library *library) {
    struct loading loading = {library, table_create(&exact_name_type)};
    struct lua_registrar registrar = {&loading, take_function};
    sds error = lua_engine_load_library(store->engine, body, &registrar, budget_ns);
    table_destroy(loading.names);
    if (error == NULL && library->function_count == 0) {
        error = sds_new(BYTES("No functions registered"));
    }
    return error;
}

sds function_store_load(struct function_store *store, struct bytes source, bool replaces,
                        int64_t budget_ns, struct function_library **loaded) {
    sds name = NULL;
    struct bytes body;
    sds error = script_header_read_library(source, &name, &body);
    if (error != NULL) {
        return error;
    }
    struct function_library *old = find_library(store, sds_view(name));
    if (old != NULL && !replaces) {
        error = sds_append_format(sds_new(BYTES("")), "Library '%s' already exists", name);
        sds_free(name);
        return error;
    }
    struct function_library *library = alloc_zeroed(sizeof *library);
    list_init(&library->functions);
    library->name = name;
    library->source = sds_new(source);
    error = run_source(store, body, budget_ns, library);
    if (error == NULL) {
        error = find_collision(store, library, old);
    }
    if (error != NULL) {
        free_library(store, library);
        return error;
    }
    if (old != NULL) {
        unlink_library(store, old);
        drop_library(store, old);
    }
    link_library(store, library);
    *loaded = library;
    return NULL;
}

/* Looks for a library whose name another one has. */
static sds find_namesake(const struct function_store *store, const struct function_store *other) {
    LIST_EACH(node, &other->libraries) {
        const struct function_library *library = LIST_ENTRY(node, struct function_library, node);
        if (find_library(store, sds_view(library->name)) != NULL) {
            return sds_append_format(sds_new(BYTES("")), "Library %s already exists",
                                     library->name);
        }
    }
    return NULL;
}

/* Takes libraries out that others of the same names will replace; they are kept in a list. */
static void set_aside(struct function_store *store, const struct function_store *other,
                      struct list_node *aside) {
    LIST_EACH(node, &other->libraries) {
        const struct function_library *library = LIST_ENTRY(node, struct function_library, node);
        struct function_library *old = find_library(store, sds_view(library->name));
        if (old != NULL) {
            unlink_library(store, old);
            list_push_back(aside, &old->node);
        }
    }
}

static sds find_collisions(const struct function_store *store, const struct function_store *other) {
    LIST_EACH(node, &other->libraries) {
        const struct function_library *library = LIST_ENTRY(node, struct function_library, node);
        sds error = find_collision(store, library, NULL);
        if (error != NULL) {
            return error;
        }
    }
    return NULL;
}

/* Ends what set_aside began: the libraries come back, or go for good. */
static void end_aside(struct function_store *store, struct list_node *aside, bool come_back) {
    while (!list_is_empty(aside)) {
        struct function_library *library = LIST_ENTRY(aside->next, struct function_library, node);
        list_remove(&library->node);
        if (come_back) {
            link_library(store, library);
        } else {
            drop_library(store, library);
        }
    }
}

sds function_store_take(struct function_store *store, struct function_store *other,
                        enum function_restore_policy policy) {
    if (policy == FUNCTION_RESTORE_FLUSH) {
        function_store_clear(store);
    }
    sds error = policy == FUNCTION_RESTORE_APPEND ? find_namesake(store, other) : NULL;
    if (error != NULL) {
        return error;
    }
    struct list_node aside;
    list_init(&aside);
    set_aside(store, other, &aside);
    error = find_collisions(store, other);
    end_aside(store, &aside, error != NULL);
    while (error == NULL && !list_is_empty(&other->libraries)) {
        struct function_library *library =
            LIST_ENTRY(other->libraries.next, struct function_library, node);
        unlink_library(other, library);
        link_library(store, library);
    }
    return error;
}

/* ---- What there is ---- */

const struct list_node *function_store_libraries(const struct function_store *store) {
    return &store->libraries;
}

size_t function_store_library_count(const struct function_store *store) {
    return table_count(store->by_name);
}

size_t function_store_function_count(const struct function_store *store) {
    return store->function_count;
}

size_t function_store_name_count(const struct function_store *store) {
    return table_count(store->functions);
}

size_t function_store_memory(const struct function_store *store) {
    return store->bytes + table_memory(store->by_name) + table_memory(store->functions);
}
