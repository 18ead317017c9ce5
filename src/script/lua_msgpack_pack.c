/*
 * A table is an array when its keys are 1, 2, …, without a hole; else a map. Both are looked at
 * twice: their size stands in front. Raw access: metatables are not asked.
 */
#include "script/lua_msgpack_internal.h"

#include "base/panic.h"
#include "script/lua_buffer.h"
#include "script/lua_standin.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    DEPTH_MAX = 16, /* a table inside of so many others becomes nil */
    STACK_ROOM = 5, /* a table, its stand-in, key, copy of the key, value */
    HEAD_SIZE = 9,  /* the first byte and eight of a number */
    BYTE_BITS = 8,
};

/* Doubles from here on are no int64_t. */
static const double int64_limit = 9223372036854775808.0;

struct packer {
    lua_State *lua;
    struct lua_buffer *buffer;
};

static void pack_value(const struct packer *to, int depth);

/* ---- Numbers and heads ---- */

/* Writes the first byte, and behind it a number in so many bytes. */
static void write_number(const struct packer *to, int first, uint64_t number, size_t size) {
    char bytes[HEAD_SIZE];
    bytes[0] = (char)first;
    for (size_t i = size; i > 0; i--) {
        bytes[i] = (char)(number & UINT8_MAX);
        number >>= BYTE_BITS;
    }
    lua_buffer_append(to->lua, to->buffer, (struct bytes){bytes, size + 1});
}

static void write_byte(const struct packer *to, int byte) {
    write_number(to, byte, 0, 0);
}

/* Writes a length with the first byte for 16 or for 32 bits. */
static void write_length(const struct packer *to, size_t length, int first_16, int first_32) {
    if (length <= UINT16_MAX) {
        write_number(to, first_16, length, sizeof(uint16_t));
    } else {
        write_number(to, first_32, length, sizeof(uint32_t));
    }
}

static void pack_positive(const struct packer *to, uint64_t number) {
    if (number <= MSGPACK_POSITIVE_MAX) {
        write_byte(to, (int)number);
    } else if (number <= UINT8_MAX) {
        write_number(to, MSGPACK_UINT_8, number, sizeof(uint8_t));
    } else if (number <= UINT16_MAX) {
        write_number(to, MSGPACK_UINT_16, number, sizeof(uint16_t));
    } else if (number <= UINT32_MAX) {
        write_number(to, MSGPACK_UINT_32, number, sizeof(uint32_t));
    } else {
        write_number(to, MSGPACK_UINT_64, number, sizeof(uint64_t));
    }
}

static void pack_negative(const struct packer *to, int64_t number) {
    if (number >= MSGPACK_NEGATIVE_LEAST) {
        write_byte(to, (int)(number & UINT8_MAX));
    } else if (number >= INT8_MIN) {
        write_number(to, MSGPACK_INT_8, (uint64_t)number, sizeof(int8_t));
    } else if (number >= INT16_MIN) {
        write_number(to, MSGPACK_INT_16, (uint64_t)number, sizeof(int16_t));
    } else if (number >= INT32_MIN) {
        write_number(to, MSGPACK_INT_32, (uint64_t)number, sizeof(int32_t));
    } else {
        write_number(to, MSGPACK_INT_64, (uint64_t)number, sizeof(int64_t));
    }
}

static void pack_double(const struct packer *to, double number) {
    uint64_t bits = 0;
    memcpy(&bits, &number, sizeof bits);
    write_number(to, MSGPACK_FLOAT_64, bits, sizeof bits);
}

/* The shortest form that keeps the value. */
static void pack_number(const struct packer *to, double number) {
    bool is_int64 = number >= -int64_limit && number < int64_limit && number == trunc(number);
    float narrow = (float)number;
    if (is_int64 && number >= 0) {
        pack_positive(to, (uint64_t)number);
    } else if (is_int64) {
        pack_negative(to, (int64_t)number);
    } else if ((double)narrow == number) {
        uint32_t bits = 0;
        memcpy(&bits, &narrow, sizeof bits);
        write_number(to, MSGPACK_FLOAT_32, bits, sizeof bits);
    } else {
        pack_double(to, number);
    }
}

static void pack_string(const struct packer *to, int index) {
    struct bytes text = {NULL, 0};
    text.data = lua_tolstring(to->lua, index, &text.length);
    if (text.length <= MSGPACK_FIX_STRING_MAX) {
        write_byte(to, MSGPACK_FIX_STRING | (int)text.length);
    } else if (text.length <= UINT8_MAX) {
        write_number(to, MSGPACK_STRING_8, text.length, sizeof(uint8_t));
    } else {
        write_length(to, text.length, MSGPACK_STRING_16, MSGPACK_STRING_32);
    }
    lua_buffer_append(to->lua, to->buffer, text);
}

/* ---- Tables ---- */

struct shape {
    size_t count; /* of fields */
    bool is_array;
};

/* Looks at all keys of the table on top. */
static struct shape find_shape(const struct packer *to) {
    lua_State *lua = to->lua;
    struct shape shape = {0, true};
    double max = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_pop(lua, 1);
        lua_buffer_step(lua, to->buffer);
        shape.count++;
        double key = lua_type(lua, -1) == LUA_TNUMBER ? lua_tonumber(lua, -1) : 0;
        shape.is_array = shape.is_array && key > 0 && key == floor(key);
        max = key > max ? key : max;
    }
    shape.is_array = shape.is_array && max == (double)shape.count;
    return shape;
}

static void write_count(const struct packer *to, size_t count, int first, int first_16,
                        int first_32) {
    if (count <= MSGPACK_FIX_COUNT_MAX) {
        write_byte(to, first | (int)count);
    } else {
        write_length(to, count, first_16, first_32);
    }
}

static void pack_array(const struct packer *to, size_t count, int depth) {
    write_count(to, count, MSGPACK_FIX_ARRAY, MSGPACK_ARRAY_16, MSGPACK_ARRAY_32);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(to->lua, -1, (int)i);
        pack_value(to, depth);
        lua_pop(to->lua, 1);
    }
}

static void pack_map(const struct packer *to, size_t count, int depth) {
    lua_State *lua = to->lua;
    write_count(to, count, MSGPACK_FIX_MAP, MSGPACK_MAP_16, MSGPACK_MAP_32);
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_pushvalue(lua, -2);
        pack_value(to, depth);
        lua_pop(lua, 1);
        pack_value(to, depth);
        lua_pop(lua, 1);
    }
}

/* Packs the table on top, which is inside of so many others. */
static void pack_table(const struct packer *to, int depth) {
    lua_State *lua = to->lua;
    if (depth == DEPTH_MAX) {
        write_byte(to, MSGPACK_NIL);
        return;
    }
    luaL_checkstack(lua, STACK_ROOM, "in function pack");
    if (lua_standin_push_hidden(lua, -1) == 0) {
        lua_pushvalue(lua, -1);
    }
    struct shape shape = find_shape(to);
    if (shape.is_array) {
        pack_array(to, shape.count, depth + 1);
    } else {
        pack_map(to, shape.count, depth + 1);
    }
    lua_pop(lua, 1);
}

/* Packs the value on top of the stack; what has no form becomes nil. */
static void pack_value(const struct packer *to, int depth) {
    lua_State *lua = to->lua;
    lua_buffer_step(lua, to->buffer);
    switch (lua_type(lua, -1)) {
    case LUA_TSTRING:
        pack_string(to, -1);
        return;
    case LUA_TNUMBER:
        pack_number(to, lua_tonumber(lua, -1));
        return;
    case LUA_TBOOLEAN:
        write_byte(to, lua_toboolean(lua, -1) != 0 ? MSGPACK_TRUE : MSGPACK_FALSE);
        return;
    case LUA_TTABLE:
        pack_table(to, depth);
        return;
    default:
        write_byte(to, MSGPACK_NIL);
        return;
    }
}

int msgpack_pack(struct lua_State *lua) {
    struct packer to = {lua, lua_touserdata(lua, lua_upvalueindex(1))};
    int count = lua_gettop(lua);
    luaL_argcheck(lua, count > 0, 0, "MessagePack pack needs input.");
    luaL_checkstack(lua, 1, "in function pack");
    lua_buffer_reset(to.buffer);
    for (int i = 1; i <= count; i++) {
        lua_pushvalue(lua, i);
        pack_value(&to, 0);
        lua_pop(lua, 1);
    }
    lua_buffer_push_string(lua, to.buffer);
    return 1;
}
