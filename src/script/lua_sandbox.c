/*
 * Names that LuaJIT has and scripts elsewhere do not find (ffi, jit, debug, io, newproxy, …) are
 * left out by a list of what there is, not by one of what there is not. Metatables of stand-ins and
 * of strings are never given to scripts; what getmetatable returns for them is a stand-in itself.
 */
#include "script/lua_sandbox.h"

#include "base/panic.h"
#include "script/lua_context.h"
#include "script/lua_library.h"
#include "script/lua_source.h"
#include "script/lua_standin.h"
#include "script/script_run.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <luajit-2.1/lualib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Functions of the base library that look behind metatables ---- */

static int safe_next(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 2);
    if (lua_standin_push_hidden(lua, 1) != 0) {
        lua_replace(lua, 1);
    }
    if (lua_next(lua, 1) != 0) {
        return 2;
    }
    lua_pushnil(lua);
    return 1;
}

/* Upvalues: the library's own next, which is faster, and ours. */
static int safe_pairs(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    bool is_protected = lua_standin_push_hidden(lua, 1) != 0;
    lua_pushvalue(lua, lua_upvalueindex(is_protected ? 2 : 1));
    lua_pushvalue(lua, 1);
    lua_pushnil(lua);
    return 3;
}

static int safe_rawget(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_checkany(lua, 2);
    lua_settop(lua, 2);
    if (lua_standin_push_hidden(lua, 1) != 0) {
        lua_replace(lua, 1);
    }
    lua_rawget(lua, 1);
    return 1;
}

static int safe_rawset(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_checkany(lua, 2);
    luaL_checkany(lua, 3);
    lua_settop(lua, 3);
    if (lua_standin_push_hidden(lua, 1) != 0) {
        return lua_standin_refuse(lua);
    }
    lua_rawset(lua, 1);
    return 1;
}

static int safe_getmetatable(lua_State *lua) {
    luaL_checkany(lua, 1);
    if (lua_standin_push_metatable(lua, 1)) {
        return 1;
    }
    if (lua_standin_push_hidden(lua, 1) || lua_getmetatable(lua, 1) == 0) {
        lua_pushnil(lua);
        return 1;
    }
    if (luaL_getmetafield(lua, 1, "__metatable") != 0) {
        return 1;
    }
    return 1;
}

static int safe_setmetatable(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    int type = lua_type(lua, 2);
    luaL_argcheck(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table expected");
    if (luaL_getmetafield(lua, 1, "__metatable") != 0) {
        return luaL_error(lua, "cannot change a protected metatable");
    }
    if (lua_standin_push_hidden(lua, 1) != 0) {
        return lua_standin_refuse(lua);
    }
    lua_settop(lua, 2);
    lua_setmetatable(lua, 1);
    return 1;
}

/* ---- Errors ---- */

/* Scripts elsewhere know an error by its text, so that is what pcall gives of the server's. */
static int safe_pcall(lua_State *lua) {
    luaL_checkany(lua, 1);
    lua_context_check_stack(lua);
    int status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
    if (status != 0 && lua_istable(lua, -1)) {
        lua_pushliteral(lua, "err");
        lua_rawget(lua, -2);
        lua_remove(lua, lua_isnil(lua, -1) ? -1 : -2);
    }
    lua_pushboolean(lua, status == 0);
    lua_insert(lua, 1);
    return lua_gettop(lua);
}

/*
 * Upvalue: the script's handler. Not for the error that ends a killed script: that is raised by the
 * hook, and no hook would be called inside of the handler.
 */
static int call_handler(lua_State *lua) {
    const struct script_run *run = lua_context_of(lua)->run;
    if (run != NULL && run->is_killed) {
        return 1;
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, 1, 1);
    return 1;
}

static int safe_xpcall(lua_State *lua) {
    luaL_checkany(lua, 2);
    lua_context_check_stack(lua);
    lua_settop(lua, 2);
    lua_pushcclosure(lua, call_handler, 1);
    lua_insert(lua, 1);
    int status = lua_pcall(lua, 0, LUA_MULTRET, 1);
    lua_pushboolean(lua, status == 0);
    lua_replace(lua, 1);
    return lua_gettop(lua);
}

/* ---- Loading ---- */

static int return_loaded(lua_State *lua, int status) {
    lua_context_tick(lua); /* A long text takes long to compile. */
    if (status == 0) {
        return 1;
    }
    lua_pushnil(lua);
    lua_insert(lua, -2);
    return 2;
}

static int safe_loadstring(lua_State *lua) {
    size_t length = 0;
    const char *text = luaL_checklstring(lua, 1, &length);
    const char *name = luaL_optstring(lua, 2, text);
    return return_loaded(lua, lua_source_load(lua, (struct bytes){text, length}, name));
}

/* Calls the function at 1 until it returns nothing, and leaves its texts together on the stack. */
static int collect_pieces(lua_State *lua) {
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    for (;;) {
        lua_pushvalue(lua, 1);
        lua_call(lua, 0, 1);
        size_t size = 0;
        if (lua_isnil(lua, -1) || (lua_isstring(lua, -1) && lua_objlen(lua, -1) == 0)) {
            lua_pop(lua, 1);
            luaL_pushresult(&buffer);
            return 1;
        }
        if (!lua_isstring(lua, -1)) {
            return luaL_error(lua, "reader function must return a string");
        }
        (void)lua_tolstring(lua, -1, &size);
        luaL_addvalue(&buffer);
    }
}

static int safe_load(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    const char *name = luaL_optstring(lua, 2, "=(load)");
    lua_context_check_stack(lua);
    lua_pushcfunction(lua, collect_pieces);
    lua_pushvalue(lua, 1);
    int status = lua_pcall(lua, 1, 1, 0);
    if (status == 0) {
        size_t length = 0;
        const char *text = lua_tolstring(lua, -1, &length);
        status = lua_source_load(lua, (struct bytes){text, length}, name);
    }
    return return_loaded(lua, status);
}

/* ---- The table of globals ---- */

static int miss_global(lua_State *lua) {
    if (lua_type(lua, 2) == LUA_TSTRING) {
        return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'",
                          lua_tostring(lua, 2));
    }
    return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'",
                      luaL_typename(lua, 2));
}

/* Names of functions of a library. */
struct name_list {
    const char *const *names;
    size_t count;
};

#define NAME_LIST(array)                                                                           \
    (struct name_list) {                                                                           \
        (array), ARRAY_SIZE(array)                                                                 \
    }

/* Copies fields of the table at an index into a new one, and leaves that on the stack. */
static void copy_fields(lua_State *lua, int from, struct name_list list) {
    lua_createtable(lua, 0, (int)list.count);
    for (size_t i = 0; i < list.count; i++) {
        lua_getfield(lua, from, list.names[i]);
        lua_setfield(lua, -2, list.names[i]);
    }
}

/* What compiled text refers to where it returns the values of a call: see lua_source. */
static int return_arguments(lua_State *lua) {
    return lua_gettop(lua);
}

static const char *const base_names[] = {
    "_VERSION", "assert",   "error",    "gcinfo", "ipairs", "rawequal",
    "select",   "tonumber", "tostring", "type",   "unpack",
};
static const char *const string_names[] = {
    "byte", "char", "dump", "format", "len", "lower", "rep", "reverse", "sub", "upper",
};
static const char *const table_names[] = {
    "concat", "foreach", "foreachi", "getn", "insert", "maxn", "remove", "sort",
};
static const char *const math_names[] = {
    "abs",   "acos", "asin",  "atan", "atan2", "ceil", "cos",   "cosh", "deg", "exp",
    "floor", "fmod", "frexp", "huge", "ldexp", "log",  "log10", "max",  "min", "modf",
    "pi",    "pow",  "rad",   "sin",  "sinh",  "sqrt", "tan",   "tanh",
};
static const char *const coroutine_names[] = {
    "create", "resume", "running", "status", "wrap", "yield",
};
static const char *const bit_names[] = {
    "arshift", "band", "bnot", "bor", "bswap", "bxor", "lshift", "rol", "ror", "rshift", "tobit",
};
static const char *const os_names[] = {"clock"};

static void open_library(lua_State *lua, const char *name, lua_CFunction open) {
    lua_pushcfunction(lua, open);
    lua_pushstring(lua, name);
    lua_call(lua, 1, 0);
}

static void open_libraries(lua_State *lua) {
    open_library(lua, "", luaopen_base);
    open_library(lua, LUA_TABLIBNAME, luaopen_table);
    open_library(lua, LUA_STRLIBNAME, luaopen_string);
    open_library(lua, LUA_MATHLIBNAME, luaopen_math);
    open_library(lua, LUA_OSLIBNAME, luaopen_os);
    open_library(lua, LUA_BITLIBNAME, luaopen_bit);
}

static void set_function(lua_State *lua, const char *name, lua_CFunction function) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
}

static void add_base_functions(lua_State *lua) {
    set_function(lua, "rawget", safe_rawget);
    set_function(lua, "rawset", safe_rawset);
    set_function(lua, "getmetatable", safe_getmetatable);
    set_function(lua, "setmetatable", safe_setmetatable);
    set_function(lua, "pcall", safe_pcall);
    set_function(lua, "xpcall", safe_xpcall);
    set_function(lua, "load", safe_load);
    set_function(lua, "loadstring", safe_loadstring);
    set_function(lua, "collectgarbage", lua_library_collect_garbage);
    set_function(lua, "next", safe_next);
    lua_getfield(lua, LUA_GLOBALSINDEX, "next");
    lua_pushcfunction(lua, safe_next);
    lua_pushcclosure(lua, safe_pairs, 2);
    lua_setfield(lua, -2, "pairs");
}

/*
 * Adds a library, with these of its functions and those that `extend` adds, made read-only, to the
 * table on top.
 */
static void add_library(lua_State *lua, const char *name, struct name_list fields,
                        void (*extend)(lua_State *lua)) {
    lua_getfield(lua, LUA_GLOBALSINDEX, name);
    copy_fields(lua, lua_gettop(lua), fields);
    lua_remove(lua, -2);
    if (extend != NULL) {
        extend(lua);
    }
    lua_standin_make(lua);
    lua_setfield(lua, -2, name);
}

/* Methods of strings are found in the library that scripts see. */
static void protect_string_metatable(lua_State *lua) {
    lua_pushliteral(lua, "");
    lua_createtable(lua, 0, 2);
    lua_getfield(lua, -3, "string");
    (void)lua_standin_push_hidden(lua, -1);
    lua_setfield(lua, -3, "__index");
    /* What getmetatable("") returns. */
    lua_createtable(lua, 0, 1);
    lua_insert(lua, -2);
    lua_setfield(lua, -2, "__index");
    lua_standin_make(lua);
    lua_standin_set_metatable(lua);
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
}

/* Scripts that look for the metatable of _G, the stand-in on top, find one that is read-only. */
static void show_global_metatable(lua_State *lua) {
    (void)lua_getmetatable(lua, -1);
    lua_createtable(lua, 0, 1);
    set_function(lua, "__index", miss_global);
    lua_standin_make(lua);
    lua_standin_set_metatable(lua);
    lua_pop(lua, 1);
}

/* Makes the stand-in of the table on top the globals of the state. */
static void install_globals(lua_State *lua) {
    lua_createtable(lua, 0, 1); /* the metatable of the hidden table: what it does not have */
    lua_createtable(lua, 0, 1); /* what text refers to, but scripts do not find by pairs */
    set_function(lua, LUA_SOURCE_RETURN_NAME, return_arguments);
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, miss_global);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_pushvalue(lua, -1);
    lua_standin_make(lua);
    show_global_metatable(lua);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, "_G");
    lua_replace(lua, LUA_GLOBALSINDEX);
}

void lua_sandbox_open(struct lua_State *lua) {
    open_libraries(lua);
    copy_fields(lua, LUA_GLOBALSINDEX, NAME_LIST(base_names));
    add_base_functions(lua);
    add_library(lua, "string", NAME_LIST(string_names), lua_library_add_string);
    add_library(lua, "table", NAME_LIST(table_names), lua_library_add_table);
    add_library(lua, "math", NAME_LIST(math_names), lua_library_add_math);
    add_library(lua, "coroutine", NAME_LIST(coroutine_names), lua_library_add_coroutine);
    add_library(lua, "bit", NAME_LIST(bit_names), lua_library_add_bit);
    add_library(lua, "os", NAME_LIST(os_names), NULL);
    protect_string_metatable(lua);
    install_globals(lua);
}
