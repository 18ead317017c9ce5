/*
 * Containers are read by recursion. Each level holds two values on Lua's stack, whose size is
 * limited, and with it the depth; a count that the input names reserves nothing.
 */
#include "script/lua_msgpack_internal.h"

#include "base/panic.h"
#include "base/sds.h"
#include "script/lua_buffer.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { BYTE_BITS = 8 };

/* Error texts are part of what scripts see, so they name the functions that others know. */
#define MANY_VALUES "too many return values at once; use unpack_one or unpack_limit instead."

struct unpacker {
    lua_State *lua;
    struct lua_buffer *buffer; /* for its ticks */
    const uint8_t *at;
    const uint8_t *end;
};

static void unpack_value(struct unpacker *from);

/* ---- Bytes ---- */

/* Takes bytes off the input, or raises an error. */
static const uint8_t *take(struct unpacker *from, size_t size) {
    if ((size_t)(from->end - from->at) < size) {
        (void)luaL_error(from->lua, "Missing bytes in input.");
    }
    const uint8_t *taken = from->at;
    from->at += size;
    return taken;
}

static uint64_t take_number(struct unpacker *from, size_t size) {
    const uint8_t *bytes = take(from, size);
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number = number << BYTE_BITS | bytes[i];
    }
    return number;
}

/* ---- Values ---- */

static void unpack_string(struct unpacker *from, size_t length) {
    const uint8_t *bytes = take(from, length);
    lua_pushlstring(from->lua, (const char *)bytes, length);
}

static void unpack_array(struct unpacker *from, size_t count) {
    lua_newtable(from->lua);
    luaL_checkstack(from->lua, 1, "in function mp_decode_to_lua_array");
    for (size_t i = 1; i <= count; i++) {
        lua_pushnumber(from->lua, (lua_Number)i);
        unpack_value(from);
        lua_settable(from->lua, -3);
    }
}

static void unpack_map(struct unpacker *from, size_t count) {
    lua_newtable(from->lua);
    for (size_t i = 0; i < count; i++) {
        unpack_value(from);
        unpack_value(from);
        lua_settable(from->lua, -3);
    }
}

static void unpack_float(struct unpacker *from) {
    uint32_t bits = (uint32_t)take_number(from, sizeof bits);
    float number = 0;
    memcpy(&number, &bits, sizeof number);
    lua_pushnumber(from->lua, (lua_Number)number);
}

static void unpack_double(struct unpacker *from) {
    uint64_t bits = take_number(from, sizeof bits);
    double number = 0;
    memcpy(&number, &bits, sizeof number);
    lua_pushnumber(from->lua, number);
}

static void push_integer(struct unpacker *from, int64_t number) {
    lua_pushnumber(from->lua, (lua_Number)number);
}

/* Reads the rest of a number. Returns false when the first byte is that of another kind. */
static bool unpack_number(struct unpacker *from, int first) {
    switch (first) {
    case MSGPACK_FLOAT_32:
        unpack_float(from);
        return true;
    case MSGPACK_FLOAT_64:
        unpack_double(from);
        return true;
    case MSGPACK_UINT_8:
        push_integer(from, (uint8_t)take_number(from, sizeof(uint8_t)));
        return true;
    case MSGPACK_UINT_16:
        push_integer(from, (uint16_t)take_number(from, sizeof(uint16_t)));
        return true;
    case MSGPACK_UINT_32:
        push_integer(from, (uint32_t)take_number(from, sizeof(uint32_t)));
        return true;
    case MSGPACK_INT_8:
        push_integer(from, (int8_t)take_number(from, sizeof(int8_t)));
        return true;
    case MSGPACK_INT_16:
        push_integer(from, (int16_t)take_number(from, sizeof(int16_t)));
        return true;
    case MSGPACK_INT_32:
        push_integer(from, (int32_t)take_number(from, sizeof(int32_t)));
        return true;
    case MSGPACK_UINT_64: /* Beyond 2^63 it is negative elsewhere, too. */
    case MSGPACK_INT_64:
        push_integer(from, (int64_t)take_number(from, sizeof(int64_t)));
        return true;
    default:
        return false;
    }
}

/* Reads the rest of a value that is no number, with a first byte that stands for itself. */
static void unpack_other(struct unpacker *from, int first) {
    switch (first) {
    case MSGPACK_NIL:
        lua_pushnil(from->lua);
        return;
    case MSGPACK_FALSE:
    case MSGPACK_TRUE:
        lua_pushboolean(from->lua, first == MSGPACK_TRUE);
        return;
    case MSGPACK_STRING_8:
        unpack_string(from, take_number(from, sizeof(uint8_t)));
        return;
    case MSGPACK_STRING_16:
        unpack_string(from, take_number(from, sizeof(uint16_t)));
        return;
    case MSGPACK_STRING_32:
        unpack_string(from, take_number(from, sizeof(uint32_t)));
        return;
    case MSGPACK_ARRAY_16:
        unpack_array(from, take_number(from, sizeof(uint16_t)));
        return;
    case MSGPACK_ARRAY_32:
        unpack_array(from, take_number(from, sizeof(uint32_t)));
        return;
    case MSGPACK_MAP_16:
        unpack_map(from, take_number(from, sizeof(uint16_t)));
        return;
    case MSGPACK_MAP_32:
        unpack_map(from, take_number(from, sizeof(uint32_t)));
        return;
    default:
        (void)luaL_error(from->lua, "Bad data format in input.");
    }
}

/* Reads one value and pushes it. */
static void unpack_value(struct unpacker *from) {
    luaL_checkstack(from->lua, 1, MANY_VALUES);
    lua_buffer_step(from->lua, from->buffer);
    uint8_t first = *take(from, 1);
    if (first <= MSGPACK_POSITIVE_MAX) {
        push_integer(from, first);
    } else if (first >= MSGPACK_NEGATIVE_MIN) {
        push_integer(from, (int8_t)first);
    } else if (first < MSGPACK_FIX_ARRAY) {
        unpack_map(from, first & MSGPACK_FIX_COUNT_MAX);
    } else if (first < MSGPACK_FIX_STRING) {
        unpack_array(from, first & MSGPACK_FIX_COUNT_MAX);
    } else if (first < MSGPACK_NIL) {
        unpack_string(from, first & MSGPACK_FIX_STRING_MAX);
    } else if (!unpack_number(from, first)) {
        unpack_other(from, first);
    }
}

/* ---- The functions ---- */

/*
 * Reads the string at 1 from an offset on, and returns its values. With a limit (0 = none) or an
 * offset, the offset of what follows comes first, -1 at the end.
 */
static int unpack(lua_State *lua, lua_Integer limit, lua_Integer offset) {
    size_t size = 0;
    const char *text = luaL_checklstring(lua, 1, &size);
    if (offset < 0 || limit < 0) {
        return luaL_error(lua, "Invalid request to unpack with offset of %d and limit of %d.",
                          (int)offset, (int)size);
    }
    if ((size_t)offset > size) {
        return luaL_error(lua, "Start offset %d greater than input length %d.", (int)offset,
                          (int)size);
    }
    const uint8_t *start = (const uint8_t *)text;
    bool takes_all = limit == 0 && offset == 0;
    struct unpacker from = {lua, lua_touserdata(lua, lua_upvalueindex(1)), start + offset,
                            start + size};
    int count = 0;
    while (from.at < from.end && (takes_all || count < limit)) {
        unpack_value(&from);
        count++;
    }
    if (takes_all) {
        return count;
    }
    luaL_checkstack(lua, 1, "in function mp_unpack_full");
    lua_pushinteger(lua, from.at < from.end ? from.at - start : -1);
    lua_insert(lua, 2);
    return count + 1;
}

/* Leaves the string alone on the stack, so that the values may fill it. */
static void drop_options(lua_State *lua) {
    if (lua_gettop(lua) > 1) {
        lua_settop(lua, 1);
    }
}

int msgpack_unpack(struct lua_State *lua) {
    return unpack(lua, 0, 0);
}

int msgpack_unpack_one(struct lua_State *lua) {
    lua_Integer offset = luaL_optinteger(lua, 2, 0);
    drop_options(lua);
    return unpack(lua, 1, offset);
}

int msgpack_unpack_limit(struct lua_State *lua) {
    enum { OFFSET_INDEX = 3 };
    lua_Integer limit = luaL_checkinteger(lua, 2);
    lua_Integer offset = luaL_optinteger(lua, OFFSET_INDEX, 0);
    drop_options(lua);
    return unpack(lua, limit, offset);
}
