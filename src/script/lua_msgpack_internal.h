/*
 * lua_msgpack_internal: the first bytes of values, and the functions of the library.
 */
#ifndef LATCHKEY_SCRIPT_LUA_MSGPACK_INTERNAL_H
#define LATCHKEY_SCRIPT_LUA_MSGPACK_INTERNAL_H

struct lua_State;

/* Up to FIX_MAX of a kind the number is in the first byte itself. */
enum msgpack_byte {
    MSGPACK_POSITIVE_MAX = 0x7f, /* 0 to 127 stand for themselves */
    MSGPACK_FIX_MAP = 0x80,
    MSGPACK_FIX_ARRAY = 0x90,
    MSGPACK_FIX_STRING = 0xa0,
    MSGPACK_NIL = 0xc0,
    MSGPACK_FALSE = 0xc2,
    MSGPACK_TRUE = 0xc3,
    MSGPACK_FLOAT_32 = 0xca,
    MSGPACK_FLOAT_64 = 0xcb,
    MSGPACK_UINT_8 = 0xcc,
    MSGPACK_UINT_16 = 0xcd,
    MSGPACK_UINT_32 = 0xce,
    MSGPACK_UINT_64 = 0xcf,
    MSGPACK_INT_8 = 0xd0,
    MSGPACK_INT_16 = 0xd1,
    MSGPACK_INT_32 = 0xd2,
    MSGPACK_INT_64 = 0xd3,
    MSGPACK_STRING_8 = 0xd9,
    MSGPACK_STRING_16 = 0xda,
    MSGPACK_STRING_32 = 0xdb,
    MSGPACK_ARRAY_16 = 0xdc,
    MSGPACK_ARRAY_32 = 0xdd,
    MSGPACK_MAP_16 = 0xde,
    MSGPACK_MAP_32 = 0xdf,
    MSGPACK_NEGATIVE_MIN = 0xe0, /* -32 to -1 */
};

enum {
    MSGPACK_FIX_COUNT_MAX = 15,  /* of maps and arrays */
    MSGPACK_FIX_STRING_MAX = 31, /* bytes */
    MSGPACK_NEGATIVE_LEAST = -32,
};

/* cmsgpack.pack; its first upvalue is a lua_buffer. */
int msgpack_pack(struct lua_State *lua);

/* cmsgpack.unpack, unpack_one and unpack_limit. */
int msgpack_unpack(struct lua_State *lua);
int msgpack_unpack_one(struct lua_State *lua);
int msgpack_unpack_limit(struct lua_State *lua);

#endif
