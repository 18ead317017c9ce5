/*
 * Functions that a library makes keep the globals under which they were compiled, so these are one
 * table throughout, and what stands behind it is exchanged while a library is loaded.
 */
#include "script/lua_register.h"

#include "script/lua_api.h"
#include "script/lua_call.h"
#include "script/lua_context.h"
#include "script/lua_standin.h"
#include "script/script_header.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Where the parts of a registration stand on the stack while it is read. */
enum slot { SLOT_TABLE = 1, SLOT_CALLBACK, SLOT_NAME, SLOT_DESCRIPTION };

static struct bytes text_at(lua_State *lua, int index) {
    size_t length = 0;
    const char *data = lua_tolstring(lua, index, &length);
    return (struct bytes){data, length};
}

/* ---- Named arguments ---- */

/* Reads the list of flags on top of the stack. Returns an error text, or NULL. */
static const char *read_flags(lua_State *lua, uint32_t *flags) {
    if (!lua_istable(lua, -1)) {
        return "ERR flags argument to redis.register_function must be a table representing "
               "function flags";
    }
    for (int i = 1;; i++) {
        lua_rawgeti(lua, -1, i);
        if (lua_isnil(lua, -1)) {
            lua_pop(lua, 1);
            return NULL;
        }
        bool is_text = lua_type(lua, -1) == LUA_TSTRING;
        uint32_t flag = is_text ? script_header_flag_nocase(text_at(lua, -1)) : 0;
        lua_pop(lua, 1);
        if (flag == 0) {
            return "ERR unknown flag given";
        }
        *flags |= flag;
    }
}

/* Keeps the text or number on top of the stack in a slot. False when it is neither. */
static bool keep_text(lua_State *lua, int slot) {
    if (lua_isstring(lua, -1) == 0) {
        return false;
    }
    lua_pushvalue(lua, -1);
    (void)lua_tolstring(lua, -1, NULL); /* A number becomes a text where it stands. */
    lua_replace(lua, (int)slot);
    return true;
}

/* Reads the named argument whose value is on top of the stack. Returns an error text, or NULL. */
static const char *read_argument(lua_State *lua, struct bytes name, uint32_t *flags) {
    if (bytes_is(name, "function_name")) {
        return keep_text(lua, SLOT_NAME) ? NULL
                                         : "ERR function_name argument given to "
                                           "redis.register_function must be a string";
    }
    if (bytes_is(name, "description")) {
        return keep_text(lua, SLOT_DESCRIPTION) ? NULL
                                                : "ERR description argument given to "
                                                  "redis.register_function must be a string";
    }
    if (bytes_is(name, "callback")) {
        if (!lua_isfunction(lua, -1)) {
            return "ERR callback argument given to redis.register_function must be a function";
        }
        lua_pushvalue(lua, -1);
        lua_replace(lua, SLOT_CALLBACK);
        return NULL;
    }
    return bytes_is(name, "flags") ? read_flags(lua, flags)
                                   : "ERR unknown argument given to redis.register_function";
}

/* Fills the slots from the table in the first of them. Returns an error text, or NULL. */
static const char *read_named_arguments(lua_State *lua, uint32_t *flags) {
    lua_settop(lua, SLOT_DESCRIPTION);
    lua_pushnil(lua);
    while (lua_next(lua, SLOT_TABLE) != 0) {
        if (lua_isstring(lua, -2) == 0) {
            return "ERR named argument key given to redis.register_function is not a string";
        }
        lua_pushvalue(lua, -2); /* The key itself must stay as it is, even if it is a number. */
        lua_insert(lua, -2);
        const char *error = read_argument(lua, text_at(lua, -2), flags);
        if (error != NULL) {
            return error;
        }
        lua_pop(lua, 2);
    }
    if (lua_isnil(lua, SLOT_NAME)) {
        return "ERR redis.register_function must get a function name argument";
    }
    return lua_isnil(lua, SLOT_CALLBACK)
               ? "ERR redis.register_function must get a callback argument"
               : NULL;
}

/* ---- Arguments in order ---- */

/* Fills the slots from a name and a function. Returns an error text, or NULL. */
static const char *read_arguments(lua_State *lua) {
    if (lua_isstring(lua, 1) == 0) {
        return "ERR first argument to redis.register_function must be a string";
    }
    if (!lua_isfunction(lua, 2)) {
        return "ERR second argument to redis.register_function must be a function";
    }
    lua_pushvalue(lua, 1);
    (void)lua_tolstring(lua, -1, NULL);
    lua_pushnil(lua);
    return NULL;
}

/* ---- redis.register_function ---- */

/* Hands over what stands in the slots. Returns an error text, or NULL. */
static const char *hand_over(lua_State *lua, const struct lua_registrar *registrar,
                             uint32_t flags) {
    struct lua_registration registration = {
        .name = text_at(lua, SLOT_NAME),
        .description = text_at(lua, SLOT_DESCRIPTION),
        .has_description = !lua_isnil(lua, SLOT_DESCRIPTION),
        .flags = flags,
    };
    lua_pushvalue(lua, SLOT_CALLBACK);
    registration.reference = luaL_ref(lua, LUA_REGISTRYINDEX);
    const char *error = registrar->take(registrar->context, &registration);
    if (error != NULL) {
        luaL_unref(lua, LUA_REGISTRYINDEX, registration.reference);
    }
    return error;
}

static int register_function(lua_State *lua) {
    const struct lua_registrar *registrar = lua_context_of(lua)->registrar;
    int count = lua_gettop(lua);
    uint32_t flags = 0;
    const char *error = NULL;
    if (count != 1 && count != 2) {
        error = "ERR wrong number of arguments to redis.register_function";
    } else if (count == 1 && !lua_istable(lua, SLOT_TABLE)) {
        error = "ERR calling redis.register_function with a single argument is only applicable to "
                "Lua table (representing named arguments).";
    } else {
        error = count == 1 ? read_named_arguments(lua, &flags) : read_arguments(lua);
    }
    if (error == NULL && registrar == NULL) {
        error = "ERR redis.register_function can only be called on FUNCTION LOAD command";
    }
    if (error == NULL) {
        error = hand_over(lua, registrar, flags);
    }
    return error == NULL ? 0 : lua_call_raise(lua, error);
}

/* ---- Globals ---- */

/* Gives the table on top of the stack the metatable of the one at an index. */
static void share_metatable(lua_State *lua, int index) {
    (void)lua_getmetatable(lua, index);
    lua_setmetatable(lua, -2);
}

int lua_register_open(struct lua_State *lua) {
    int globals = lua_gettop(lua);
    lua_createtable(lua, 0, 2);
    share_metatable(lua, globals);
    lua_api_push_constants(lua);
    lua_pushcfunction(lua, register_function);
    lua_setfield(lua, -2, "register_function");
    share_metatable(lua, globals);
    lua_standin_make(lua);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, "redis");
    lua_setfield(lua, -2, "server");
    return luaL_ref(lua, LUA_REGISTRYINDEX);
}

void lua_register_set_globals(struct lua_State *lua, int reference) {
    (void)lua_getmetatable(lua, LUA_GLOBALSINDEX);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, reference);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
}
