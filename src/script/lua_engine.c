/*
 * A state is made once and serves all scripts: what one of them leaves behind is garbage. Scripts
 * are functions in the registry; KEYS and ARGV are fields of the hidden table of globals, set
 * before each call.
 */
#include "script/lua_engine.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "proto/reply.h"
#include "script/lua_api.h"
#include "script/lua_bytecode.h"
#include "script/lua_call.h"
#include "script/lua_context.h"
#include "script/lua_convert.h"
#include "script/lua_json.h"
#include "script/lua_msgpack.h"
#include "script/lua_register.h"
#include "script/lua_sandbox.h"
#include "script/lua_source.h"
#include "script/lua_standin.h"
#include "script/lua_struct.h"
#include "script/script_run.h"

#include <assert.h>
#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>

static_assert(LUA_ENGINE_NO_REFERENCE == LUA_NOREF, "the header tells of Lua's own constant");

struct lua_engine {
    struct lua_context context; /* first: lua_context_of leads from a state to its engine */
    const char *chunk_name;
    const int64_t *memory_limit;
    bool has_libraries;
    int globals;         /* reference of the hidden table of globals */
    int library_globals; /* of the one that libraries find while they are loaded */
    int error_handler;
};

/* ---- The state ---- */

/* Adds a library, made read-only, to the table on top. */
static void add_library(lua_State *lua, const char *name, void (*push)(lua_State *lua)) {
    push(lua);
    lua_standin_make(lua);
    lua_setfield(lua, -2, name);
}

static int open_state(lua_State *lua) {
    struct lua_engine *engine = lua_touserdata(lua, 1);
    lua_sandbox_open(lua);
    add_library(lua, "cjson", lua_json_push);
    add_library(lua, "cmsgpack", lua_msgpack_push);
    add_library(lua, "struct", lua_struct_push);
    lua_api_push(lua, !engine->has_libraries);
    lua_standin_make(lua);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, "redis");
    lua_setfield(lua, -2, "server");
    engine->library_globals = engine->has_libraries ? lua_register_open(lua) : LUA_NOREF;
    engine->globals = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_pushcfunction(lua, lua_api_describe_error);
    engine->error_handler = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
}

struct lua_engine *lua_engine_create(struct server *server, struct lua_engine_options options) {
    struct lua_engine *engine = alloc_zeroed(sizeof *engine);
    engine->chunk_name = options.chunk_name;
    engine->memory_limit = options.memory_limit;
    engine->has_libraries = options.has_libraries;
    engine->context.server = server;
    engine->context.caller = lua_caller_create();
    return engine;
}

/* Makes the interpreter for the first script: many servers never run one. */
static void ensure_open(struct lua_engine *engine) {
    if (engine->context.lua != NULL) {
        return;
    }
    lua_context_open(&engine->context);
    int status = lua_cpcall(engine->context.lua, open_state, engine);
    ASSERT(status == 0);
    lua_context_limit(&engine->context, engine->memory_limit);
}

void lua_engine_destroy(struct lua_engine *engine) {
    if (engine != NULL) {
        if (engine->context.lua != NULL) {
            lua_context_close(&engine->context);
        }
        lua_caller_destroy(engine->context.caller);
        alloc_free(engine);
    }
}

size_t lua_engine_memory(const struct lua_engine *engine) {
    return engine->context.used_bytes;
}

bool lua_engine_collect(struct lua_engine *engine, int64_t budget_ns) {
    return lua_context_collect(&engine->context, budget_ns);
}

/* ---- Compiling ---- */

struct compilation {
    struct bytes body;
    const struct lua_engine *engine;
    int reference;
    sds error;
};

/*
 * A script that assigns no global may have the hidden table for its globals, and finds them without
 * the detour over the stand-in: nothing else that scripts have could lead to a function's globals.
 */
static void shorten_way(lua_State *lua, const struct lua_engine *engine) {
    if (!lua_bytecode_may_set_globals(lua)) {
        lua_rawgeti(lua, LUA_REGISTRYINDEX, engine->globals);
        (void)lua_setfenv(lua, -2);
    }
}

static int compile(lua_State *lua) {
    struct compilation *compilation = lua_touserdata(lua, 1);
    const struct lua_engine *engine = compilation->engine;
    int status = lua_source_load(lua, compilation->body, engine->chunk_name);
    if (status == 0) {
        shorten_way(lua, engine);
        compilation->reference = luaL_ref(lua, LUA_REGISTRYINDEX);
        return 0;
    }
    return lua_error(lua);
}

int lua_engine_compile(struct lua_engine *engine, struct bytes body, sds *error) {
    ensure_open(engine);
    struct compilation compilation = {body, engine, LUA_NOREF, NULL};
    if (lua_cpcall(engine->context.lua, compile, &compilation) != 0) {
        size_t length = 0;
        const char *text = lua_tolstring(engine->context.lua, -1, &length);
        *error = sds_new((struct bytes){text, length});
        lua_pop(engine->context.lua, 1);
    }
    return compilation.reference;
}

void lua_engine_forget(struct lua_engine *engine, int reference) {
    luaL_unref(engine->context.lua, LUA_REGISTRYINDEX, reference);
}

/* ---- Libraries ---- */

struct library_load {
    struct lua_engine *engine;
    struct bytes body;
    sds error;
};

/*
 * The text of the error on top of the stack, a table or a text, behind other words. A text is given
 * the code that it lacks, if it is to have one.
 */
static sds describe_failure(lua_State *lua, struct bytes words, struct bytes code) {
    struct lua_context *context = lua_context_of(lua);
    bool was_unlimited = lua_context_set_unlimited(context, true);
    bool has_code = lua_istable(lua, -1);
    if (has_code) {
        lua_getfield(lua, -1, "err");
    }
    size_t length = 0;
    const char *cause = lua_tolstring(lua, -1, &length);
    (void)lua_context_set_unlimited(context, was_unlimited);
    sds text = sds_append(sds_new(words), has_code ? BYTES("") : code);
    return sds_append(text, (struct bytes){cause, length});
}

/* The text of the compiler's message on top of the stack. */
static sds describe_compilation(lua_State *lua) {
    return describe_failure(lua, BYTES("Error compiling function: "), BYTES(""));
}

/* Runs inside of a protected call. */
static int load_library(lua_State *lua) {
    struct library_load *load = lua_touserdata(lua, 1);
    struct lua_engine *engine = load->engine;
    lua_settop(lua, 0);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, engine->error_handler);
    if (lua_source_load(lua, load->body, engine->chunk_name) != 0) {
        load->error = describe_compilation(lua);
        return 0;
    }
    lua_register_set_globals(lua, engine->library_globals);
    int status = lua_pcall(lua, 0, 0, 1);
    lua_register_set_globals(lua, engine->globals);
    if (status != 0) {
        load->error = describe_failure(lua, BYTES("Error registering functions: "), BYTES("ERR "));
    }
    return 0;
}

sds lua_engine_load_library(struct lua_engine *engine, struct bytes body,
                            const struct lua_registrar *registrar, int64_t budget_ns) {
    ASSERT(engine->context.run == NULL && engine->context.registrar == NULL);
    ensure_open(engine);
    engine->context.registrar = registrar;
    engine->context.load_end_ticks = clock_ticks() + clock_ns_to_ticks(budget_ns);
    lua_context_begin_run(&engine->context);
    struct library_load load = {engine, body, NULL};
    if (lua_cpcall(engine->context.lua, load_library, &load) != 0) {
        load.error = describe_compilation(engine->context.lua);
    }
    lua_settop(engine->context.lua, 0);
    lua_context_end_run(&engine->context);
    return load.error;
}

/* ---- Running ---- */

struct execution {
    struct lua_engine *engine;
    const struct lua_call *call;
    struct reply *reply;
};

static void push_texts(lua_State *lua, const struct bytes *texts, size_t count) {
    lua_createtable(lua, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushlstring(lua, texts[i].data, texts[i].length);
        lua_rawseti(lua, -2, (int)i + 1);
    }
}

/* Runs inside of a protected call, so that running out of memory here is an error like others. */
static int execute(lua_State *lua) {
    const struct execution *execution = lua_touserdata(lua, 1);
    struct lua_engine *engine = execution->engine;
    const struct lua_call *call = execution->call;
    lua_settop(lua, 0);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, engine->error_handler);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, call->reference);
    int argument_count = 0;
    if (call->takes_arguments) {
        push_texts(lua, call->keys, call->key_count);
        push_texts(lua, call->args, call->arg_count);
        argument_count = 2;
    } else {
        lua_rawgeti(lua, LUA_REGISTRYINDEX, engine->globals);
        push_texts(lua, call->keys, call->key_count);
        lua_setfield(lua, -2, "KEYS");
        push_texts(lua, call->args, call->arg_count);
        lua_setfield(lua, -2, "ARGV");
        lua_pop(lua, 1);
    }
    if (lua_pcall(lua, argument_count, 1, 1) != 0) {
        lua_convert_error(lua, engine->context.run, execution->reply);
        return 0;
    }
    lua_convert_reply(lua, engine->context.run, execution->reply);
    return 0;
}

void lua_engine_execute(struct lua_engine *engine, struct script_run *run,
                        const struct lua_call *call, struct reply *reply) {
    ASSERT(engine->context.run == NULL);
    engine->context.run = run;
    lua_context_begin_run(&engine->context);
    struct execution execution = {engine, call, reply};
    size_t mark = reply_begin(reply);
    if (lua_cpcall(engine->context.lua, execute, &execution) != 0) {
        reply_truncate(reply, mark);
        lua_convert_error(engine->context.lua, run, reply);
    }
    lua_settop(engine->context.lua, 0);
    lua_context_end_run(&engine->context);
}
