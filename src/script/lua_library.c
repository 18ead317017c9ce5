/*
 * Random numbers are those that scripts get elsewhere: the generator of the drand48 family with
 * 31 bits at a time, which nothing seeds but the script.
 * Source: POSIX.1-2017, drand48.
 */
#include "script/lua_library.h"

#include "base/panic.h"
#include "script/lua_context.h"
#include "script/lua_standin.h"
#include "script/lua_string.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- math ---- */

enum {
    RANDOM_BITS = 48,
    RESULT_SHIFT = 17, /* 31 of the bits are returned */
    SEED_SHIFT = 16,
    SEED_LOW_BITS = 0x330e,
    RANDOM_MAX = INT32_MAX,
};

static const uint64_t random_mask = (UINT64_C(1) << RANDOM_BITS) - 1;
static const uint64_t random_factor = UINT64_C(0x5deece66d);
static const uint64_t random_increment = 0xb;
static const uint64_t random_start = UINT64_C(0x1234abcd330e);

static uint64_t *random_state(lua_State *lua) {
    return lua_touserdata(lua, lua_upvalueindex(1));
}

/* A number from 0 on, below 1. */
static lua_Number next_fraction(lua_State *lua) {
    uint64_t *state = random_state(lua);
    *state = (*state * random_factor + random_increment) & random_mask;
    return (lua_Number)((*state >> RESULT_SHIFT) % RANDOM_MAX) / (lua_Number)RANDOM_MAX;
}

static int32_t check_int(lua_State *lua, int index) {
    return (int32_t)luaL_checkinteger(lua, index);
}

static int math_random(lua_State *lua) {
    lua_Number fraction = next_fraction(lua);
    int32_t low = 1;
    int count = lua_gettop(lua);
    if (count == 0) {
        lua_pushnumber(lua, fraction);
        return 1;
    }
    if (count > 2) {
        return luaL_error(lua, "wrong number of arguments");
    }
    if (count == 2) {
        low = check_int(lua, 1);
    }
    int32_t high = check_int(lua, count);
    luaL_argcheck(lua, low <= high, count, "interval is empty");
    lua_Number size = (lua_Number)high - low + 1;
    lua_pushnumber(lua, floor(fraction * size) + low);
    return 1;
}

static int math_randomseed(lua_State *lua) {
    uint32_t seed = (uint32_t)check_int(lua, 1);
    *random_state(lua) = (uint64_t)seed << SEED_SHIFT | SEED_LOW_BITS;
    return 0;
}

void lua_library_add_math(struct lua_State *lua) {
    lua_getfield(lua, -1, "fmod");
    lua_setfield(lua, -2, "mod");
    uint64_t *state = lua_newuserdata(lua, sizeof *state);
    *state = random_start;
    lua_pushvalue(lua, -1);
    lua_pushcclosure(lua, math_random, 1);
    lua_setfield(lua, -3, "random");
    lua_pushcclosure(lua, math_randomseed, 1);
    lua_setfield(lua, -2, "randomseed");
}

/* ---- table ---- */

/*
 * Upvalue: the library's own function, which writes past metatables. It is called with arguments
 * that it accepts: its errors would not name the place in the script.
 */
static int table_insert(lua_State *lua) {
    enum { WITHOUT_POSITION = 2, WITH_POSITION = 3, BELOW_FIRST_MAX = 1000 * 1000 };
    luaL_checktype(lua, 1, LUA_TTABLE);
    if (lua_standin_push_hidden(lua, 1) != 0) {
        return lua_standin_refuse(lua);
    }
    int count = lua_gettop(lua);
    if (count != WITHOUT_POSITION && count != WITH_POSITION) {
        return luaL_error(lua, "wrong number of arguments to 'insert'");
    }
    /* All elements from there on are moved, those that are not there too. */
    if (count == WITH_POSITION && luaL_checknumber(lua, 2) < -BELOW_FIRST_MAX) {
        return luaL_argerror(lua, 2, "position out of bounds");
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, count, 0);
    return 0;
}

/* True when sorting a table takes long: it has many elements, or long texts among them. */
static bool is_long_work(lua_State *lua, int index) {
    enum { COUNT_MAX = 100 * 1000, TEXT_BYTES_MAX = 10 * 1000 * 1000 };
    size_t count = lua_objlen(lua, index);
    size_t bytes = 0;
    for (size_t i = 1; i <= count && count <= COUNT_MAX; i++) {
        lua_rawgeti(lua, index, (int)i);
        bytes += lua_type(lua, -1) == LUA_TSTRING ? lua_objlen(lua, -1) : 0;
        lua_pop(lua, 1);
    }
    return count > COUNT_MAX || bytes > TEXT_BYTES_MAX;
}

/*
 * Upvalues: the library's own function, and a comparison in Lua. Sorting a large table with that
 * is slower, but can be interrupted.
 */
static int table_sort(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_context_check_stack(lua);
    if (!lua_isnoneornil(lua, 2)) {
        luaL_checktype(lua, 2, LUA_TFUNCTION);
    } else if (is_long_work(lua, 1)) {
        lua_settop(lua, 1);
        lua_pushvalue(lua, lua_upvalueindex(2));
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 0);
    return 0;
}

static int table_setn(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    return luaL_error(lua, "'setn' is obsolete");
}

void lua_library_add_table(struct lua_State *lua) {
    lua_getfield(lua, -1, "insert");
    lua_pushcclosure(lua, table_insert, 1);
    lua_setfield(lua, -2, "insert");
    lua_getfield(lua, -1, "sort");
    int status = luaL_loadstring(lua, "local a, b = ... return a < b");
    ASSERT(status == 0);
    lua_pushcclosure(lua, table_sort, 2);
    lua_setfield(lua, -2, "sort");
    lua_pushcfunction(lua, table_setn);
    lua_setfield(lua, -2, "setn");
}

/* ---- bit ---- */

/* The lowest 32 bits of a number, rounded: what all functions of the library work on. */
static uint32_t bits_at(lua_State *lua, int index) {
    static const double rounding = 6755399441055744.0; /* 2^52 + 2^51: shifts fractions out */
    double shifted = luaL_checknumber(lua, index) + rounding;
    uint64_t word = 0;
    memcpy(&word, &shifted, sizeof word);
    return (uint32_t)word;
}

/* bit.tohex(number [, digits]): there are never more than eight; negative = capital letters. */
static int bit_tohex(lua_State *lua) {
    enum { DIGIT_MAX = 8, DIGIT_BITS = 4, DIGIT_MASK = 15 };
    uint32_t bits = bits_at(lua, 1);
    int64_t asked = lua_isnone(lua, 2) ? DIGIT_MAX : (int32_t)bits_at(lua, 2);
    const char *letters = asked < 0 ? "0123456789ABCDEF" : "0123456789abcdef";
    asked = asked < 0 ? -asked : asked;
    size_t count = asked > DIGIT_MAX ? DIGIT_MAX : (size_t)asked;
    char digits[DIGIT_MAX];
    for (size_t i = count; i > 0; i--) {
        digits[i - 1] = letters[bits & DIGIT_MASK];
        bits >>= DIGIT_BITS;
    }
    lua_pushlstring(lua, digits, count);
    return 1;
}

void lua_library_add_bit(struct lua_State *lua) {
    lua_pushcfunction(lua, bit_tohex);
    lua_setfield(lua, -2, "tohex");
}

/* ---- string ---- */

/* As in Lua 5.1, a table is no text, whatever its metatable says: no call nests in here. */
static int string_format(lua_State *lua) {
    int count = lua_gettop(lua);
    for (int i = 2; i <= count; i++) {
        if (lua_istable(lua, i) && luaL_getmetafield(lua, i, "__tostring") != 0) {
            return luaL_typerror(lua, i, "string");
        }
    }
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

void lua_library_add_string(struct lua_State *lua) {
    lua_getfield(lua, -1, "format");
    ASSERT(lua_tocfunction(lua, -1) != NULL);
    lua_pushcclosure(lua, string_format, 1);
    lua_setfield(lua, -2, "format");
    lua_string_add(lua);
}

/* ---- coroutine ---- */

/*
 * A coroutine that resumes another one takes C stack, and LuaJIT has no limit for that. These
 * functions are in Lua so that they call the library's as the script would have: by tail calls,
 * which leave the place of an error with the script.
 */
static const char coroutine_source[] =
    "local resume, wrap, has_stack, error = ...\n"
    "local function guarded_resume(co, ...)\n"
    "  if not has_stack() then return false, 'C stack overflow' end\n"
    "  return resume(co, ...)\n"
    "end\n"
    "local function guard(run)\n"
    "  return function(...)\n"
    "    if not has_stack() then error('C stack overflow', 2) end\n"
    "    return run(...)\n"
    "  end\n"
    "end\n"
    "return guarded_resume, guard\n";

static int has_stack(lua_State *lua) {
    lua_pushboolean(lua, lua_context_has_stack(lua));
    return 1;
}

/* Upvalues: the library's own function, and what puts a guard around what that returns. */
static int coroutine_wrap(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_settop(lua, 1);
    lua_pushvalue(lua, lua_upvalueindex(2));
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_pushvalue(lua, 1);
    lua_call(lua, 1, 1);
    lua_call(lua, 1, 1);
    return 1;
}

void lua_library_add_coroutine(struct lua_State *lua) {
    enum { PARAMETERS = 4, RESULTS = 2 };
    int status = luaL_loadbuffer(lua, coroutine_source, sizeof coroutine_source - 1, "=coroutine");
    ASSERT(status == 0);
    lua_getfield(lua, -2, "resume");
    lua_getfield(lua, -3, "wrap");
    lua_pushcfunction(lua, has_stack);
    lua_getfield(lua, LUA_GLOBALSINDEX, "error");
    lua_call(lua, PARAMETERS, RESULTS);
    lua_getfield(lua, -3, "wrap");
    lua_insert(lua, -2);
    lua_pushcclosure(lua, coroutine_wrap, 2);
    lua_setfield(lua, -3, "wrap");
    lua_setfield(lua, -2, "resume");
}

/* ---- The collector ---- */

int lua_library_collect_garbage(struct lua_State *lua) {
    static const char *const names[] = {"stop", "restart",  "collect",    "count",
                                        "step", "setpause", "setstepmul", NULL};
    static const int actions[] = {LUA_GCSTOP, LUA_GCRESTART,  LUA_GCCOLLECT,   LUA_GCCOUNT,
                                  LUA_GCSTEP, LUA_GCSETPAUSE, LUA_GCSETSTEPMUL};
    enum { BYTES_PER_KIB = 1024 };
    int action = actions[luaL_checkoption(lua, 1, "collect", names)];
    int argument = (int)luaL_optinteger(lua, 2, 0);
    switch (action) {
    case LUA_GCCOUNT: {
        int kibibytes = lua_gc(lua, LUA_GCCOUNT, 0);
        int rest = lua_gc(lua, LUA_GCCOUNTB, 0);
        lua_pushnumber(lua, kibibytes + (lua_Number)rest / BYTES_PER_KIB);
        return 1;
    }
    case LUA_GCSTEP:
        lua_pushboolean(lua, lua_gc(lua, LUA_GCSTEP, argument));
        return 1;
    case LUA_GCCOLLECT:
        (void)lua_gc(lua, LUA_GCCOLLECT, 0);
        lua_context_tick(lua); /* It takes as long as a million instructions. */
        break;
    default: /* What would hold for scripts to come is accepted, and does nothing. */
        break;
    }
    lua_pushinteger(lua, 0);
    return 1;
}
