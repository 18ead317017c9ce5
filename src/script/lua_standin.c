/*
 * The hidden table is found by a key that no script can make: the address of a constant, in the
 * metatable of the stand-in.
 */
#include "script/lua_standin.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stdbool.h>
#include <stdint.h>

static const char hidden_key = 'h';  /* in a metatable: the hidden table */
static const char visible_key = 'v'; /* in a metatable: what getmetatable returns */

static void *key_of(const char *place) {
    return (void *)(uintptr_t)place;
}

static int refuse_write(lua_State *lua) {
    return luaL_error(lua, "Attempt to modify a readonly table");
}

int lua_standin_refuse(struct lua_State *lua) {
    lua_pushliteral(lua, "Attempt to modify a readonly table");
    return lua_error(lua);
}

static bool push_of_metatable(lua_State *lua, int index, const char *key) {
    if (lua_getmetatable(lua, index) == 0) {
        return false;
    }
    lua_pushlightuserdata(lua, key_of(key));
    lua_rawget(lua, -2);
    lua_remove(lua, -2);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        return false;
    }
    return true;
}

int lua_standin_push_hidden(struct lua_State *lua, int index) {
    return lua_istable(lua, index) && push_of_metatable(lua, index, &hidden_key);
}

void lua_standin_make(struct lua_State *lua) {
    lua_newtable(lua); /* the stand-in */
    lua_createtable(lua, 0, 3);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, refuse_write);
    lua_setfield(lua, -2, "__newindex");
    lua_pushlightuserdata(lua, key_of(&hidden_key));
    lua_pushvalue(lua, -4);
    lua_rawset(lua, -3);
    lua_setmetatable(lua, -2);
    lua_remove(lua, -2);
}

void lua_standin_set_metatable(struct lua_State *lua) {
    lua_pushlightuserdata(lua, key_of(&visible_key));
    lua_insert(lua, -2);
    lua_rawset(lua, -3);
}

int lua_standin_push_metatable(struct lua_State *lua, int index) {
    return push_of_metatable(lua, index, &visible_key);
}
