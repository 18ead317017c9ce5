/*
 * lua_engine: one Lua interpreter (LuaJIT with its compiler switched off) in a sandbox.
 *
 * A sandbox has no file, no module, no bytecode, and nothing in it that one script could change
 * for the next one. Its memory is counted and limited. EVAL and functions have one engine each.
 * Source: Lua 5.1 Reference Manual, 2006-2012; LuaJIT's C API, luajit.org.
 */
#ifndef LATCHKEY_SCRIPT_LUA_ENGINE_H
#define LATCHKEY_SCRIPT_LUA_ENGINE_H

#include "base/panic.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lua_engine;
struct lua_registrar;
struct reply;
struct script_run;
struct server;

/* What differs between the engines. */
struct lua_engine_options {
    const char *chunk_name;      /* of its scripts, for error texts: "@user_script" */
    const int64_t *memory_limit; /* in bytes; read again at each allocation; 0 = none */
    bool has_libraries;          /* what runs are functions of libraries, not scripts */
};

/* Creates an engine. Free with lua_engine_destroy. */
struct lua_engine *lua_engine_create(struct server *server, struct lua_engine_options options);
void lua_engine_destroy(struct lua_engine *engine);

/* Bytes that the interpreter holds: 0 before the first script, for which it is made (0.3 ms). */
size_t lua_engine_memory(const struct lua_engine *engine);

/*
 * Collects garbage for at most so long. Returns false when there is no more. While no script runs.
 */
bool lua_engine_collect(struct lua_engine *engine, int64_t budget_ns);

enum { LUA_ENGINE_NO_REFERENCE = -2 };

/*
 * Compiles a script, which may not be bytecode. Returns a reference to be given to
 * lua_engine_execute, and up with lua_engine_forget; on failure LUA_ENGINE_NO_REFERENCE, and the
 * compiler's message in *error (to be freed).
 */
int lua_engine_compile(struct lua_engine *engine, struct bytes body, sds *error);
void lua_engine_forget(struct lua_engine *engine, int reference);

/*
 * Compiles and runs the text of a library, which gives its functions to the registrar; for at most
 * so long. Returns NULL, or the text of an error without a code, to be freed. While no script runs.
 */
sds lua_engine_load_library(struct lua_engine *engine, struct bytes body,
                            const struct lua_registrar *registrar, int64_t budget_ns) MUST_CHECK;

/* What a script is called with. Borrowed. */
struct lua_call {
    int reference; /* of the function */
    const struct bytes *keys;
    size_t key_count;
    const struct bytes *args;
    size_t arg_count;
    bool takes_arguments; /* keys and args are its parameters; else the globals KEYS and ARGV */
};

/* Runs a script for a request and writes what it returns, or its error, as the reply. */
void lua_engine_execute(struct lua_engine *engine, struct script_run *run,
                        const struct lua_call *call, struct reply *reply);

#endif
