/*
 * As in Lua 5.1, a pattern ends at its first zero byte (%z stands for one), and ^ means the begin
 * of the subject everywhere but in gmatch.
 */
#include "script/lua_string.h"

#include "base/panic.h"
#include "base/sds.h"
#include "script/lua_context.h"
#include "script/lua_pattern.h"

#include <ctype.h>
#include <limits.h>
#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static struct bytes check_text(lua_State *lua, int index) {
    size_t length = 0;
    const char *data = luaL_checklstring(lua, index, &length);
    return (struct bytes){data, length};
}

static struct bytes check_pattern(lua_State *lua, int index) {
    const char *data = luaL_checkstring(lua, index);
    return (struct bytes){data, strlen(data)};
}

/* Takes a ^ off the front. */
static bool take_anchor(struct bytes *pattern) {
    bool is_anchored = pattern->length > 0 && pattern->data[0] == '^';
    pattern->data += is_anchored;
    pattern->length -= is_anchored;
    return is_anchored;
}

/* ---- find and match ---- */

/* The offset that an argument names: from 1, or from the end when negative. */
static size_t start_offset(lua_State *lua, int index, size_t length) {
    ptrdiff_t position = luaL_optinteger(lua, index, 1);
    if (position < 0) {
        position += (ptrdiff_t)length + 1;
    }
    position = position < 1 ? 0 : position - 1;
    return (size_t)position > length ? length : (size_t)position;
}

static bool is_plain(struct bytes pattern) {
    return strpbrk(pattern.data, "^$*+?.([%-") == NULL;
}

static int find_plain(lua_State *lua, struct bytes subject, size_t start) {
    enum { LONG_TEXT = 1024 * 1024 };
    struct bytes wanted = check_text(lua, 2);
    const char *found =
        memmem(subject.data + start, subject.length - start, wanted.data, wanted.length);
    if (subject.length > LONG_TEXT) {
        lua_context_tick(lua);
    }
    if (found == NULL) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushinteger(lua, found - subject.data + 1);
    lua_pushinteger(lua, found - subject.data + (ptrdiff_t)wanted.length);
    return 2;
}

static int find_match(lua_State *lua, bool returns_place) {
    enum { PLAIN_ARGUMENT = 4 };
    struct bytes subject = check_text(lua, 1);
    struct bytes pattern = check_pattern(lua, 2);
    size_t start = start_offset(lua, 3, subject.length);
    if (returns_place && (lua_toboolean(lua, PLAIN_ARGUMENT) != 0 || is_plain(pattern))) {
        return find_plain(lua, subject, start);
    }
    bool is_anchored = take_anchor(&pattern);
    struct lua_pattern state;
    lua_pattern_init(&state, lua, subject);
    const char *at = subject.data + start;
    do {
        const char *end = lua_pattern_match(&state, at, pattern);
        if (end != NULL && returns_place) {
            lua_pushinteger(lua, at - subject.data + 1);
            lua_pushinteger(lua, end - subject.data);
            return lua_pattern_push_captures(&state, NULL, NULL) + 2;
        }
        if (end != NULL) {
            return lua_pattern_push_captures(&state, at, end);
        }
    } while (at++ < state.end && !is_anchored);
    lua_pushnil(lua);
    return 1;
}

static int find(lua_State *lua) {
    return find_match(lua, true);
}

static int match(lua_State *lua) {
    return find_match(lua, false);
}

/* ---- gmatch ---- */

/* Upvalues: subject, pattern, and the offset to go on at. */
enum { GMATCH_SUBJECT = 1, GMATCH_PATTERN, GMATCH_OFFSET };

static int match_next(lua_State *lua) {
    struct bytes subject = check_text(lua, lua_upvalueindex(GMATCH_SUBJECT));
    struct bytes pattern = check_pattern(lua, lua_upvalueindex(GMATCH_PATTERN));
    size_t offset = (size_t)lua_tointeger(lua, lua_upvalueindex(GMATCH_OFFSET));
    struct lua_pattern state;
    lua_pattern_init(&state, lua, subject);
    for (const char *at = subject.data + offset; at <= state.end; at++) {
        const char *end = lua_pattern_match(&state, at, pattern);
        if (end != NULL) {
            /* Behind an empty match the next one is a byte further on. */
            lua_pushinteger(lua, end - subject.data + (end == at));
            lua_replace(lua, lua_upvalueindex(GMATCH_OFFSET));
            return lua_pattern_push_captures(&state, at, end);
        }
    }
    return 0;
}

static int gmatch(lua_State *lua) {
    (void)check_text(lua, 1);
    (void)check_text(lua, 2);
    lua_settop(lua, 2);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, match_next, GMATCH_OFFSET);
    return 1;
}

/* ---- gsub ---- */

enum { GSUB_REPLACEMENT = 3, GSUB_MAX = 4 };

/* Adds the replacement text, with captures in place of %1 and the like. */
static void add_text(struct lua_pattern *state, luaL_Buffer *buffer, const char *start,
                     const char *end) {
    lua_State *lua = state->lua;
    struct bytes text = check_text(lua, GSUB_REPLACEMENT);
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] != '%') {
            luaL_addchar(buffer, text.data[i]);
            continue;
        }
        char next = text.data[++i]; /* Behind the last byte is a zero. */
        if (isdigit((unsigned char)next) == 0) {
            luaL_addchar(buffer, next);
        } else if (next == '0') {
            luaL_addlstring(buffer, start, (size_t)(end - start));
        } else {
            lua_pattern_push_capture(state, (size_t)(next - '1'), start, end);
            luaL_addvalue(buffer);
        }
    }
}

/* Adds what a function or a table has for the match; the match itself if that is nothing. */
static void add_result(struct lua_pattern *state, luaL_Buffer *buffer, const char *start,
                       const char *end) {
    lua_State *lua = state->lua;
    lua_context_check_stack(lua);
    if (lua_isfunction(lua, GSUB_REPLACEMENT)) {
        lua_pushvalue(lua, GSUB_REPLACEMENT);
        int count = lua_pattern_push_captures(state, start, end);
        lua_call(lua, count, 1);
    } else {
        lua_pattern_push_capture(state, 0, start, end);
        lua_gettable(lua, GSUB_REPLACEMENT);
    }
    if (lua_toboolean(lua, -1) == 0) {
        lua_pop(lua, 1);
        lua_pushlstring(lua, start, (size_t)(end - start));
    } else if (lua_isstring(lua, -1) == 0) {
        (void)luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
    }
    luaL_addvalue(buffer);
}

static void add_replacement(struct lua_pattern *state, luaL_Buffer *buffer, const char *start,
                            const char *end) {
    if (lua_isstring(state->lua, GSUB_REPLACEMENT) != 0) {
        add_text(state, buffer, start, end);
    } else {
        add_result(state, buffer, start, end);
    }
}

static int gsub(lua_State *lua) {
    struct bytes subject = check_text(lua, 1);
    struct bytes pattern = check_pattern(lua, 2);
    int type = lua_type(lua, GSUB_REPLACEMENT);
    lua_Integer max = luaL_optinteger(lua, GSUB_MAX, (lua_Integer)subject.length + 1);
    luaL_argcheck(lua,
                  type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                      type == LUA_TTABLE,
                  GSUB_REPLACEMENT, "string/function/table expected");
    bool is_anchored = take_anchor(&pattern);
    struct lua_pattern state;
    lua_pattern_init(&state, lua, subject);
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    lua_Integer count = 0;
    const char *at = subject.data;
    while (count < max) {
        const char *end = lua_pattern_match(&state, at, pattern);
        if (end != NULL) {
            count++;
            add_replacement(&state, &buffer, at, end);
        }
        if (end != NULL && end > at) {
            at = end;
        } else if (at < state.end) {
            luaL_addchar(&buffer, *at++);
        } else {
            break;
        }
        if (is_anchored) {
            break;
        }
    }
    luaL_addlstring(&buffer, at, (size_t)(state.end - at));
    luaL_pushresult(&buffer);
    lua_pushinteger(lua, count);
    return 2;
}

static const struct luaL_Reg functions[] = {
    {"find", find}, {"match", match}, {"gmatch", gmatch}, {"gfind", gmatch}, {"gsub", gsub},
};

void lua_string_add(struct lua_State *lua) {
    for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
        lua_pushcfunction(lua, functions[i].func);
        lua_setfield(lua, -2, functions[i].name);
    }
}
