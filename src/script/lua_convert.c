/*
 * A reply is walked once, from front to back, by recursion as deep as it is nested; its depth is
 * bounded by the handlers that wrote it. The other way round the depth is bounded by Lua's stack.
 */
#include "script/lua_convert.h"

#include "base/panic.h"
#include "proto/reply.h"
#include "script/lua_context.h"
#include "script/script_run.h"
#include "server/request.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    DECIMAL = 10,
    LINE_END_SIZE = 2,
    STACK_ROOM = 8, /* slots that one level of a conversion uses */
    VERBATIM_FORMAT_SIZE = 3,
    VALUES_PER_TICK = 1000,
};

/* ---- Replies as Lua values ---- */

static const char *push_value(lua_State *lua, const char *at);

/* Reads the number of a head such as "$12"; leaves *at behind its line end. */
static int64_t read_number(const char **at) {
    const char *digit = *at;
    bool is_negative = *digit == '-';
    digit += is_negative;
    uint64_t value = 0;
    while (*digit != '\r') {
        value = value * DECIMAL + (uint64_t)(*digit - '0');
        digit++;
    }
    *at = digit + LINE_END_SIZE;
    return (int64_t)(is_negative ? 0 - value : value);
}

/* Reads a text up to its line end. */
static struct bytes read_line(const char **at) {
    const char *start = *at;
    const char *end = start;
    while (*end != '\r') {
        end++;
    }
    *at = end + LINE_END_SIZE;
    return (struct bytes){start, (size_t)(end - start)};
}

/* For what is within an aggregate: a C function has room enough for one that is not. */
static void make_room(lua_State *lua) {
    luaL_checkstack(lua, STACK_ROOM, "the reply of a command is nested too deeply");
}

/* Pushes {name = text}. */
static void push_wrapped(lua_State *lua, const char *name, struct bytes text) {
    lua_createtable(lua, 0, 1);
    lua_pushlstring(lua, text.data, text.length);
    lua_setfield(lua, -2, name);
}

static void push_error(lua_State *lua, struct bytes text) {
    push_wrapped(lua, "err", text);
    lua_pushboolean(lua, true);
    lua_setfield(lua, -2, "ignore_error_stats_update");
}

static const char *push_bulk(lua_State *lua, const char *at) {
    int64_t length = read_number(&at);
    if (length < 0) {
        lua_pushboolean(lua, false);
        return at;
    }
    lua_pushlstring(lua, at, (size_t)length);
    return at + length + LINE_END_SIZE;
}

static const char *push_array(lua_State *lua, const char *at) {
    int64_t count = read_number(&at);
    if (count < 0) {
        lua_pushboolean(lua, false);
        return at;
    }
    make_room(lua);
    lua_createtable(lua, (int)count, 0);
    for (int64_t i = 0; i < count; i++) {
        at = push_value(lua, at);
        lua_rawseti(lua, -2, (int)i + 1);
    }
    return at;
}

/* Pushes {map = {key = value, …}} or {set = {member = true, …}}. */
static const char *push_table(lua_State *lua, const char *at, bool is_map) {
    int64_t count = read_number(&at);
    make_room(lua);
    lua_createtable(lua, 0, 1);
    lua_createtable(lua, 0, (int)count);
    for (int64_t i = 0; i < count; i++) {
        at = push_value(lua, at);
        if (is_map) {
            at = push_value(lua, at);
        } else {
            lua_pushboolean(lua, true);
        }
        lua_rawset(lua, -3);
    }
    lua_setfield(lua, -2, is_map ? "map" : "set");
    return at;
}

static const char *push_verbatim(lua_State *lua, const char *at) {
    int64_t length = read_number(&at);
    const char *text = at + VERBATIM_FORMAT_SIZE + 1;
    lua_createtable(lua, 0, 1);
    lua_createtable(lua, 0, 2);
    lua_pushlstring(lua, text, (size_t)(length - VERBATIM_FORMAT_SIZE - 1));
    lua_setfield(lua, -2, "string");
    lua_pushlstring(lua, at, VERBATIM_FORMAT_SIZE);
    lua_setfield(lua, -2, "format");
    lua_setfield(lua, -2, "verbatim_string");
    return at + length + LINE_END_SIZE;
}

/* Pairs of an attribute say something about the value behind them; scripts see that value alone. */
static const char *skip_attribute(lua_State *lua, const char *at) {
    int64_t count = read_number(&at);
    for (int64_t i = 0; i < 2 * count; i++) {
        at = push_value(lua, at);
        lua_pop(lua, 1);
    }
    return push_value(lua, at);
}

static const char *push_double(lua_State *lua, const char *at) {
    struct bytes text = read_line(&at);
    lua_createtable(lua, 0, 1);
    lua_pushnumber(lua, strtod(text.data, NULL)); /* Stops at the line end. */
    lua_setfield(lua, -2, "double");
    return at;
}

static const char *push_value(lua_State *lua, const char *at) {
    char type = *at++;
    switch (type) {
    case '$':
        return push_bulk(lua, at);
    case ':':
        lua_pushnumber(lua, (lua_Number)read_number(&at));
        return at;
    case '+':
        push_wrapped(lua, "ok", read_line(&at));
        return at;
    case '-':
        push_error(lua, read_line(&at));
        return at;
    case '*':
    case '>':
        return push_array(lua, at);
    case '_':
        lua_pushnil(lua);
        return at + LINE_END_SIZE;
    case '#':
        lua_pushboolean(lua, *at == 't');
        return at + 1 + LINE_END_SIZE;
    case ',':
        return push_double(lua, at);
    case '(':
        push_wrapped(lua, "big_number", read_line(&at));
        return at;
    case '=':
        return push_verbatim(lua, at);
    case '%':
        return push_table(lua, at, true);
    case '~':
        return push_table(lua, at, false);
    case '|':
        return skip_attribute(lua, at);
    default:
        UNREACHABLE();
    }
}

void lua_convert_push_reply(struct lua_State *lua, struct bytes encoded) {
    const char *end = push_value(lua, encoded.data);
    ASSERT(end == encoded.data + encoded.length);
}

/* ---- Lua values as replies ---- */

/* What one conversion hands down. */
struct conversion {
    lua_State *lua;
    const struct script_run *run;
    struct reply *reply;
    size_t size_max; /* of what has been written to the reply: a small value can be a large one */
    size_t value_count;
};

static void write_value(struct conversion *to);

static struct bytes text_at(lua_State *lua, int index) {
    size_t length = 0;
    const char *data = lua_tolstring(lua, index, &length);
    return (struct bytes){data, length};
}

/* Pushes a field of the table on top without asking metatables; its type. */
static int push_field(lua_State *lua, const char *name) {
    lua_pushstring(lua, name);
    lua_rawget(lua, -2);
    return lua_type(lua, -1);
}

static bool write_text_field(struct conversion *to, const char *name,
                             void (*write)(struct reply *reply, struct bytes text)) {
    bool is_text = push_field(to->lua, name) == LUA_TSTRING;
    if (is_text) {
        write(to->reply, text_at(to->lua, -1));
    }
    lua_pop(to->lua, 1);
    return is_text;
}

static bool write_double_field(struct conversion *to) {
    bool is_number = push_field(to->lua, "double") == LUA_TNUMBER;
    if (is_number) {
        reply_double(to->reply, lua_tonumber(to->lua, -1));
    }
    lua_pop(to->lua, 1);
    return is_number;
}

static size_t count_pairs(lua_State *lua) {
    size_t count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        count++;
        lua_pop(lua, 1);
    }
    return count;
}

/* Writes the keys, and the values of a map, of the table in the field of this name. */
static bool write_table_field(struct conversion *to, const char *name, bool is_map) {
    lua_State *lua = to->lua;
    if (push_field(lua, name) != LUA_TTABLE) {
        lua_pop(lua, 1);
        return false;
    }
    if (is_map) {
        reply_map(to->reply, count_pairs(lua));
    } else {
        reply_set(to->reply, count_pairs(lua));
    }
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_pushvalue(lua, -2); /* Writing pops, and lua_next needs the key. */
        write_value(to);
        if (is_map) {
            write_value(to);
        } else {
            lua_pop(lua, 1);
        }
    }
    lua_pop(lua, 1);
    return true;
}

/* The first letters of the format, with spaces for those that are missing. */
static void write_verbatim(struct reply *reply, struct bytes format, struct bytes text) {
    char letters[VERBATIM_FORMAT_SIZE + 1] = "   ";
    size_t count = format.length < VERBATIM_FORMAT_SIZE ? format.length : VERBATIM_FORMAT_SIZE;
    for (size_t i = 0; i < count; i++) {
        char letter = format.data[i];
        letters[i] = letter == '\r' || letter == '\n' ? ' ' : letter;
    }
    reply_verbatim(reply, letters, text);
}

static bool write_verbatim_field(struct conversion *to) {
    lua_State *lua = to->lua;
    if (push_field(lua, "verbatim_string") != LUA_TTABLE) {
        lua_pop(lua, 1);
        return false;
    }
    bool is_verbatim = push_field(lua, "string") == LUA_TSTRING;
    if (is_verbatim) {
        lua_pushliteral(lua, "format");
        lua_rawget(lua, -3);
        is_verbatim = lua_type(lua, -1) == LUA_TSTRING;
        if (is_verbatim) {
            write_verbatim(to->reply, text_at(lua, -1), text_at(lua, -2));
        }
        lua_pop(lua, 1);
    }
    lua_pop(lua, 2);
    return is_verbatim;
}

/*
 * Writes the elements from 1 on, up to the first that is nil. They are counted first: a head that
 * is put in front of its elements moves them, at each level of nesting anew.
 */
static void write_array(struct conversion *to) {
    lua_State *lua = to->lua;
    int count = 0;
    for (bool is_nil = false; !is_nil; count += !is_nil) {
        lua_rawgeti(lua, -1, count + 1);
        is_nil = lua_isnil(lua, -1);
        lua_pop(lua, 1);
    }
    reply_array(to->reply, (size_t)count);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(lua, -1, i);
        write_value(to);
    }
}

/* The text with spaces in place of line breaks, which its form of reply cannot hold. */
static void write_big_number(struct reply *reply, struct bytes text) {
    sds digits = sds_new(text);
    for (size_t i = 0; i < text.length; i++) {
        digits[i] = digits[i] == '\r' || digits[i] == '\n' ? ' ' : digits[i];
    }
    reply_big_number(reply, sds_view(digits));
    sds_free(digits);
}

/* Notes that the error on top of the stack was a command's reply, and was counted as that. */
static void note_counted(lua_State *lua, const struct script_run *run) {
    push_field(lua, "ignore_error_stats_update");
    if (lua_toboolean(lua, -1) != 0) {
        run->req->flags |= REQUEST_ERROR_COUNTED;
    }
    lua_pop(lua, 1);
}

static bool write_error_field(struct conversion *to) {
    bool is_error = write_text_field(to, "err", reply_error_bytes);
    if (is_error) {
        note_counted(to->lua, to->run);
    }
    return is_error;
}

static void write_table(struct conversion *to) {
    bool is_written = write_error_field(to) || write_text_field(to, "ok", reply_simple_bytes) ||
                      write_double_field(to) || write_table_field(to, "map", true) ||
                      write_table_field(to, "set", false) ||
                      write_text_field(to, "big_number", write_big_number) ||
                      write_verbatim_field(to);
    if (!is_written) {
        write_array(to);
    }
}

static void write_boolean(struct conversion *to) {
    bool value = lua_toboolean(to->lua, -1) != 0;
    if (to->run->protocol == RESP3) {
        reply_bool(to->reply, value);
    } else if (value) {
        reply_integer(to->reply, 1);
    } else {
        reply_null(to->reply);
    }
}

/* As the processor of the stock server does it: what does not fit becomes the smallest integer. */
static int64_t integer_of(lua_Number number) {
    const lua_Number limit = 9223372036854775808.0;
    return number >= -limit && number < limit ? (int64_t)number : INT64_MIN;
}

/* A table that is in another one twice is written twice, and so on: a few make any reply. */
static void check_size(struct conversion *to) {
    if (reply_written(to->reply).length > to->size_max) {
        (void)luaL_error(to->lua, "the script's reply is larger than maxmemory-scripts");
    }
    if (++to->value_count % VALUES_PER_TICK == 0) {
        lua_context_tick(to->lua);
    }
}

static void write_value(struct conversion *to) {
    lua_State *lua = to->lua;
    check_size(to);
    if (lua_checkstack(lua, STACK_ROOM) == 0) {
        reply_error(to->reply, "ERR reached lua stack limit");
        lua_pop(lua, 1);
        return;
    }
    switch (lua_type(lua, -1)) {
    case LUA_TSTRING:
        reply_bulk(to->reply, text_at(lua, -1));
        break;
    case LUA_TBOOLEAN:
        write_boolean(to);
        break;
    case LUA_TNUMBER:
        reply_integer(to->reply, integer_of(lua_tonumber(lua, -1)));
        break;
    case LUA_TTABLE:
        write_table(to);
        break;
    default:
        reply_null(to->reply);
    }
    lua_pop(lua, 1);
}

void lua_convert_reply(struct lua_State *lua, const struct script_run *run, struct reply *reply) {
    size_t limit = lua_context_limit_of(lua);
    size_t written = reply_written(reply).length;
    struct conversion conversion = {.lua = lua, .run = run, .reply = reply};
    conversion.size_max = limit < SIZE_MAX - written ? written + limit : SIZE_MAX;
    write_value(&conversion);
}

/* Appends a field of the error on top of the stack, or nothing. */
static sds append_field(lua_State *lua, const char *name, sds text) {
    push_field(lua, name);
    if (lua_isstring(lua, -1) != 0) {
        text = sds_append(text, text_at(lua, -1));
    }
    lua_pop(lua, 1);
    return text;
}

/* False for an error that was raised outside of Lua. */
static bool has_place(lua_State *lua) {
    if (!lua_istable(lua, -1)) {
        return false;
    }
    bool is_nil = push_field(lua, "line") == LUA_TNIL;
    lua_pop(lua, 1);
    return !is_nil;
}

/* What it pushes must not fail: it may run outside of protected calls, and would lose the text. */
void lua_convert_error(struct lua_State *lua, const struct script_run *run, struct reply *reply) {
    struct lua_context *context = lua_context_of(lua);
    bool was_unlimited = lua_context_set_unlimited(context, true);
    sds text = sds_with_capacity(0);
    if (lua_istable(lua, -1)) {
        (void)push_field(lua, "err");
        bool has_text = lua_isstring(lua, -1) != 0; /* An empty one is one, too. */
        text = sds_append(text, has_text ? text_at(lua, -1) : BYTES("ERR unknown error"));
        lua_pop(lua, 1);
        note_counted(lua, run);
    } else {
        /* Out of memory, or an error in the handler of errors: these have no place. */
        text = sds_append(text, BYTES("ERR "));
        text = sds_append(text, lua_isstring(lua, -1) ? text_at(lua, -1) : BYTES("unknown error"));
    }
    text = sds_append(text, BYTES(" script: "));
    text = sds_append(text, run->name);
    if (has_place(lua)) {
        text = sds_append(text, BYTES(", on "));
        text = append_field(lua, "source", text);
        text = sds_append(text, BYTES(":"));
        text = append_field(lua, "line", text);
        text = sds_append(text, BYTES("."));
    }
    reply_error_bytes(reply, sds_view(text));
    sds_free(text);
    lua_pop(lua, 1);
    (void)lua_context_set_unlimited(context, was_unlimited);
}
