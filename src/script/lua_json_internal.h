/*
 * lua_json_internal: what the files of lua_json share: settings, and the buffer in which texts are
 * made.
 */
#ifndef LATCHKEY_SCRIPT_LUA_JSON_INTERNAL_H
#define LATCHKEY_SCRIPT_LUA_JSON_INTERNAL_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>

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
    sds buffer;
    size_t step_count; /* until the next tick */
};

/* Makes the buffer empty, or frees one that has grown large. */
void json_reset_buffer(struct json_settings *settings);

/* Raises an error when the buffer cannot grow so much within the state's limit of memory. */
void json_reserve(struct lua_State *lua, struct json_settings *settings, size_t size);

/* To be called for each element: lets the loop go on now and then. */
void json_step(struct lua_State *lua, struct json_settings *settings);

/* cjson.encode and cjson.decode. */
int json_encode(struct lua_State *lua);
int json_decode(struct lua_State *lua);

#endif
