#include "script/lua_json.h"

#include "base/panic.h"
#include "script/lua_buffer.h"
#include "script/lua_json_internal.h"

#include <limits.h>
#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stdint.h>

enum {
    DEPTH_MAX = 1000,
    SPARSE_RATIO = 2,
    SPARSE_SAFE = 10,
};

static int free_settings(lua_State *lua) {
    struct json_settings *settings = lua_touserdata(lua, 1);
    lua_buffer_release(&settings->buffer);
    return 0;
}

/* ---- Settings ---- */

/* The settings of the function that runs, which takes at most so many arguments. */
static struct json_settings *begin_setting(lua_State *lua, int argument_max) {
    luaL_argcheck(lua, lua_gettop(lua) <= argument_max, argument_max + 1,
                  "found too many arguments");
    lua_settop(lua, argument_max);
    return lua_touserdata(lua, lua_upvalueindex(1));
}

static void set_integer(lua_State *lua, int index, int *setting, int min, int max) {
    if (!lua_isnil(lua, index)) {
        lua_Number value = (lua_Number)luaL_checkinteger(lua, index);
        if (!(value >= min && value <= max)) {
            const char *message =
                lua_pushfstring(lua, "expected integer between %d and %d", min, max);
            (void)luaL_argerror(lua, 1, message); /* As lua-cjson says it for any argument. */
        }
        *setting = (int)value;
    }
    lua_pushinteger(lua, *setting);
}

static const char *const choices[] = {"off", "on", "null", NULL};
static const char *const boolean_choices[] = {"off", "on", NULL};

static void set_choice(lua_State *lua, int index, int *setting, const char *const names[]) {
    if (lua_isboolean(lua, index)) {
        *setting = lua_toboolean(lua, index) != 0 ? JSON_INVALID_ON : JSON_INVALID_OFF;
    } else if (!lua_isnil(lua, index)) {
        *setting = luaL_checkoption(lua, index, NULL, names);
    }
    if (*setting == JSON_INVALID_NULL) {
        lua_pushstring(lua, names[*setting]);
    } else {
        lua_pushboolean(lua, *setting == JSON_INVALID_ON);
    }
}

static void set_boolean(lua_State *lua, int index, bool *setting) {
    int choice = *setting;
    set_choice(lua, index, &choice, boolean_choices);
    *setting = choice == JSON_INVALID_ON;
}

static int encode_max_depth(lua_State *lua) {
    struct json_settings *settings = begin_setting(lua, 1);
    set_integer(lua, 1, &settings->encode_max_depth, 1, INT_MAX);
    return 1;
}

static int decode_max_depth(lua_State *lua) {
    struct json_settings *settings = begin_setting(lua, 1);
    set_integer(lua, 1, &settings->decode_max_depth, 1, INT_MAX);
    return 1;
}

static int encode_number_precision(lua_State *lua) {
    struct json_settings *settings = begin_setting(lua, 1);
    set_integer(lua, 1, &settings->number_precision, 1, JSON_PRECISION_MAX);
    return 1;
}

static int encode_sparse_array(lua_State *lua) {
    enum { ARGUMENT_MAX = 3 };
    struct json_settings *settings = begin_setting(lua, ARGUMENT_MAX);
    set_boolean(lua, 1, &settings->converts_sparse);
    set_integer(lua, 2, &settings->sparse_ratio, 0, INT_MAX);
    set_integer(lua, ARGUMENT_MAX, &settings->sparse_safe, 0, INT_MAX);
    return ARGUMENT_MAX;
}

static int encode_keep_buffer(lua_State *lua) {
    struct json_settings *settings = begin_setting(lua, 1);
    set_boolean(lua, 1, &settings->keeps_buffer);
    return 1;
}

static int encode_invalid_numbers(lua_State *lua) {
    struct json_settings *settings = begin_setting(lua, 1);
    set_choice(lua, 1, &settings->encode_invalid, choices);
    return 1;
}

static int decode_invalid_numbers(lua_State *lua) {
    struct json_settings *settings = begin_setting(lua, 1);
    set_choice(lua, 1, &settings->decode_invalid, boolean_choices);
    return 1;
}

/* ---- The library ---- */

/* Scripts may have an instance of their own, with settings of its own. */
static int create_instance(lua_State *lua) {
    lua_json_push(lua);
    return 1;
}

static const struct luaL_Reg functions[] = {
    {"encode", json_encode},
    {"decode", json_decode},
    {"encode_sparse_array", encode_sparse_array},
    {"encode_max_depth", encode_max_depth},
    {"decode_max_depth", decode_max_depth},
    {"encode_number_precision", encode_number_precision},
    {"encode_keep_buffer", encode_keep_buffer},
    {"encode_invalid_numbers", encode_invalid_numbers},
    {"decode_invalid_numbers", decode_invalid_numbers},
    {"new", create_instance},
};

static void push_settings(lua_State *lua) {
    struct json_settings *settings = lua_newuserdata(lua, sizeof *settings);
    *settings = (struct json_settings){
        .encode_max_depth = DEPTH_MAX,
        .decode_max_depth = DEPTH_MAX,
        .number_precision = JSON_PRECISION_MAX,
        .sparse_ratio = SPARSE_RATIO,
        .sparse_safe = SPARSE_SAFE,
        .encode_invalid = JSON_INVALID_OFF,
        .decode_invalid = JSON_INVALID_ON,
        .keeps_buffer = true,
    };
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, free_settings);
    lua_setfield(lua, -2, "__gc");
    lua_setmetatable(lua, -2);
}

void lua_json_push(struct lua_State *lua) {
    enum { OTHER_FIELDS = 3 };
    lua_createtable(lua, 0, ARRAY_SIZE(functions) + OTHER_FIELDS);
    push_settings(lua);
    for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
        lua_pushvalue(lua, -1);
        lua_pushcclosure(lua, functions[i].func, 1);
        lua_setfield(lua, -3, functions[i].name);
    }
    lua_pop(lua, 1);
    lua_pushlightuserdata(lua, NULL);
    lua_setfield(lua, -2, "null");
    lua_pushliteral(lua, "cjson");
    lua_setfield(lua, -2, "_NAME");
    lua_pushliteral(lua, "2.1.0");
    lua_setfield(lua, -2, "_VERSION");
}
