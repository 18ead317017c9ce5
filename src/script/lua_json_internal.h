/*
 * lua_json_internal: what the files of lua_json share: settings, and the buffer in which texts are
 * made.
 */
#ifndef LATCHKEY_SCRIPT_LUA_JSON_INTERNAL_H
#define LATCHKEY_SCRIPT_LUA_JSON_INTERNAL_H

#include "script/lua_buffer.h"

#include <stdbool.h>

struct lua_State;

enum { JSON_PRECISION_MAX = 14 }; /* digits of numbers, as Lua itself prints them */

/* The choices of encode_invalid_numbers and decode_invalid_numbers. */
enum json_invalid_numbers { JSON_INVALID_OFF, JSON_INVALID_ON, JSON_INVALID_NULL };

/*
 * The settings of one instance of the library: a userdata, the first upvalue of its functions. It
 * owns the buffer, so that an error may be raised at any place.
 */
struct json_settings {
    int encode_max_depth;
    int decode_max_depth;
    int number_precision;
    int sparse_ratio;
    int sparse_safe;
    int encode_invalid; /* enum json_invalid_numbers */
    int decode_invalid;
    bool converts_sparse;
    bool keeps_buffer; /* kept as a setting only */
    struct lua_buffer buffer;
};

/* cjson.encode and cjson.decode. */
int json_encode(struct lua_State *lua);
int json_decode(struct lua_State *lua);

#endif
