/*
 * Tables are looked at twice: whether they are arrays is known only after all keys were seen. Raw
 * access: metatables are not asked.
 */
#include "script/lua_json_internal.h"

#include "base/panic.h"
#include "base/text.h"
#include "script/lua_standin.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    ESCAPE_SIZE = 6, /* \u001f */
    NUMBER_SIZE = 32,
    STACK_ROOM = 4,
};

/* Integers below this are printed by %.14g as they are. */
static const double plain_integer_limit = 1e14;

struct encoder {
    lua_State *lua;
    struct json_settings *settings;
};

static void encode_value(const struct encoder *to, int depth);

static void append(const struct encoder *to, struct bytes text) {
    lua_buffer_append(to->lua, &to->settings->buffer, text);
}

static void refuse(const struct encoder *to, int index, const char *reason) {
    (void)luaL_error(to->lua, "Cannot serialise %s: %s", luaL_typename(to->lua, index), reason);
}

/* ---- Strings and numbers ---- */

/* Writes the escape of a byte, or the byte itself. Returns the place behind it. */
static char *escape(char *out, unsigned char byte) {
    enum { DELETE = 127, NIBBLE_BITS = 4, NIBBLE_MASK = 15 };
    static const char digits[] = "0123456789abcdef";
    static const char named[] = "btnvfr"; /* from 8 on; v has no name in JSON */
    if (byte == '"' || byte == '\\' || byte == '/') {
        *out++ = '\\';
        *out++ = (char)byte;
    } else if (byte >= '\b' && byte <= '\r' && byte != '\v') {
        *out++ = '\\';
        *out++ = named[byte - '\b'];
    } else if (byte < ' ' || byte == DELETE) {
        memcpy(out, "\\u00", strlen("\\u00"));
        out += strlen("\\u00");
        *out++ = digits[byte >> NIBBLE_BITS];
        *out++ = digits[byte & NIBBLE_MASK];
    } else {
        *out++ = (char)byte;
    }
    return out;
}

static void encode_string(const struct encoder *to, int index) {
    size_t length = 0;
    const char *text = lua_tolstring(to->lua, index, &length);
    lua_buffer_reserve(to->lua, &to->settings->buffer, ESCAPE_SIZE * length + 2);
    size_t start = sds_length(to->settings->buffer.bytes);
    char *out = to->settings->buffer.bytes + start;
    *out++ = '"';
    for (size_t i = 0; i < length; i++) {
        out = escape(out, (unsigned char)text[i]);
    }
    *out++ = '"';
    sds_set_length(to->settings->buffer.bytes, (size_t)(out - to->settings->buffer.bytes));
}

static size_t print_number(const struct encoder *to, double number, char digits[NUMBER_SIZE]) {
    double magnitude = fabs(number);
    bool is_plain = magnitude < plain_integer_limit && number == (double)(int64_t)number &&
                    !(number == 0 && signbit(number));
    if (is_plain && to->settings->number_precision == JSON_PRECISION_MAX) {
        return text_print_int64(digits, (int64_t)number);
    }
    return (size_t)snprintf(digits, NUMBER_SIZE, "%.*g", to->settings->number_precision, number);
}

static void encode_number(const struct encoder *to, int index) {
    double number = lua_tonumber(to->lua, index);
    if (LIKELY(isfinite(number))) {
        char digits[NUMBER_SIZE];
        size_t length = print_number(to, number, digits);
        append(to, (struct bytes){digits, length});
        return;
    }
    switch ((enum json_invalid_numbers)to->settings->encode_invalid) {
    case JSON_INVALID_OFF:
        refuse(to, index, "must not be NaN or Inf");
        return;
    case JSON_INVALID_NULL:
        append(to, BYTES("null"));
        return;
    case JSON_INVALID_ON:
        append(to, isnan(number) ? BYTES("nan") : number > 0 ? BYTES("inf") : BYTES("-inf"));
        return;
    }
}

/* ---- Tables ---- */

/*
 * The length of the array that the table on top is, holes counted; 0 when it has keys that are no
 * positive integers, or none at all, or too many holes.
 */
static int array_length(const struct encoder *to) {
    lua_State *lua = to->lua;
    const struct json_settings *settings = to->settings;
    double max = 0;
    double count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_pop(lua, 1);
        double key = lua_type(lua, -1) == LUA_TNUMBER ? lua_tonumber(lua, -1) : 0;
        if (!(key >= 1 && key <= INT32_MAX) || key != floor(key)) {
            lua_pop(lua, 1);
            return 0;
        }
        max = key > max ? key : max;
        count++;
    }
    bool is_sparse = settings->sparse_ratio > 0 && max > count * settings->sparse_ratio &&
                     max > settings->sparse_safe;
    if (!is_sparse) {
        return (int)max;
    }
    if (!settings->converts_sparse) {
        refuse(to, -1, "excessively sparse array");
    }
    return 0;
}

static void encode_array(const struct encoder *to, int length, int depth) {
    append(to, BYTES("["));
    for (int i = 1; i <= length; i++) {
        if (i > 1) {
            append(to, BYTES(","));
        }
        lua_rawgeti(to->lua, -1, i);
        encode_value(to, depth);
        lua_pop(to->lua, 1);
    }
    append(to, BYTES("]"));
}

static void encode_key(const struct encoder *to, int index) {
    switch (lua_type(to->lua, index)) {
    case LUA_TNUMBER:
        append(to, BYTES("\""));
        encode_number(to, index);
        append(to, BYTES("\":"));
        return;
    case LUA_TSTRING:
        encode_string(to, index);
        append(to, BYTES(":"));
        return;
    default:
        refuse(to, index, "table key must be a number or string");
    }
}

static void encode_object(const struct encoder *to, int depth) {
    bool is_first = true;
    append(to, BYTES("{"));
    lua_pushnil(to->lua);
    while (lua_next(to->lua, -2) != 0) {
        if (!is_first) {
            append(to, BYTES(","));
        }
        is_first = false;
        encode_key(to, -2);
        encode_value(to, depth);
        lua_pop(to->lua, 1);
    }
    append(to, BYTES("}"));
}

static void encode_table(const struct encoder *to, int depth) {
    lua_State *lua = to->lua;
    if (depth > to->settings->encode_max_depth || lua_checkstack(lua, STACK_ROOM) == 0) {
        (void)luaL_error(lua, "Cannot serialise, excessive nesting (%d)", depth);
    }
    if (lua_standin_push_hidden(lua, -1) == 0) {
        lua_pushvalue(lua, -1);
    }
    int length = array_length(to);
    if (length > 0) {
        encode_array(to, length, depth);
    } else {
        encode_object(to, depth);
    }
    lua_pop(lua, 1);
}

/* Writes the value on top of the stack, inside of so many tables. */
static void encode_value(const struct encoder *to, int depth) {
    lua_State *lua = to->lua;
    lua_buffer_step(lua, &to->settings->buffer);
    switch (lua_type(lua, -1)) {
    case LUA_TSTRING:
        encode_string(to, -1);
        return;
    case LUA_TNUMBER:
        encode_number(to, -1);
        return;
    case LUA_TBOOLEAN:
        append(to, lua_toboolean(lua, -1) != 0 ? BYTES("true") : BYTES("false"));
        return;
    case LUA_TTABLE:
        encode_table(to, depth + 1);
        return;
    case LUA_TNIL:
        append(to, BYTES("null"));
        return;
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(lua, -1) == NULL) {
            append(to, BYTES("null"));
            return;
        }
        break;
    default:
        break;
    }
    refuse(to, -1, "type not supported");
}

int json_encode(struct lua_State *lua) {
    luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
    struct encoder to = {lua, lua_touserdata(lua, lua_upvalueindex(1))};
    lua_buffer_reset(&to.settings->buffer);
    encode_value(&to, 0);
    lua_buffer_push_string(lua, &to.settings->buffer);
    return 1;
}
