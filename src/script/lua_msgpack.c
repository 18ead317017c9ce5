#include "script/lua_msgpack.h"

#include "base/panic.h"
#include "script/lua_buffer.h"
#include "script/lua_msgpack_internal.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stddef.h>

static const struct luaL_Reg functions[] = {
    {"pack", msgpack_pack},
    {"unpack", msgpack_unpack},
    {"unpack_one", msgpack_unpack_one},
    {"unpack_limit", msgpack_unpack_limit},
};

/* What scripts elsewhere find in these fields may be compared, so it is the same. */
static const struct {
    const char *name;
    const char *value;
} texts[] = {
    {"_NAME", "cmsgpack"},
    {"_VERSION", "lua-cmsgpack 0.4.0"},
};

void lua_msgpack_push(struct lua_State *lua) {
    lua_createtable(lua, 0, ARRAY_SIZE(functions) + ARRAY_SIZE(texts));
    (void)lua_buffer_push(lua);
    for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
        lua_pushvalue(lua, -1);
        lua_pushcclosure(lua, functions[i].func, 1);
        lua_setfield(lua, -3, functions[i].name);
    }
    lua_pop(lua, 1);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        lua_pushstring(lua, texts[i].value);
        lua_setfield(lua, -2, texts[i].name);
    }
}
