/*
 * The pattern is read as it is matched, so that a malformed part that is never reached is no error,
 * as in Lua 5.1. A match of an item with a repetition tries the rest of the pattern by recursion,
 * which is therefore no deeper than the pattern is long.
 */
#include "script/lua_pattern.h"

#include "base/panic.h"
#include "script/lua_context.h"

#include <ctype.h>
#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stdbool.h>
#include <string.h>

enum {
    STEPS_PER_TICK = 20000,
    DEPTH_MAX = 10000, /* of recursion: some 2 MB of stack */
};

static const char *match_rest(struct lua_pattern *state, const char *at, const char *item);

static void take_step(struct lua_pattern *state) {
    if (UNLIKELY(++state->step_count == STEPS_PER_TICK)) {
        state->step_count = 0;
        lua_context_tick(state->lua);
    }
}

/* ---- Classes of bytes ---- */

/* True when a byte is of the class that a letter behind % names. */
static bool is_in_class(unsigned char byte, char letter) {
    bool result = false;
    switch (tolower((unsigned char)letter)) {
    case 'a':
        result = isalpha(byte) != 0;
        break;
    case 'c':
        result = iscntrl(byte) != 0;
        break;
    case 'd':
        result = isdigit(byte) != 0;
        break;
    case 'l':
        result = islower(byte) != 0;
        break;
    case 'p':
        result = ispunct(byte) != 0;
        break;
    case 's':
        result = isspace(byte) != 0;
        break;
    case 'u':
        result = isupper(byte) != 0;
        break;
    case 'w':
        result = isalnum(byte) != 0;
        break;
    case 'x':
        result = isxdigit(byte) != 0;
        break;
    case 'z':
        result = byte == '\0';
        break;
    default:
        return letter == (char)byte; /* Not a class: % makes it stand for itself. */
    }
    return isupper((unsigned char)letter) != 0 ? !result : result;
}

/* The end of the item that begins here: a byte, a class or a set. */
static const char *item_end(struct lua_pattern *state, const char *item) {
    char first = *item++;
    if (first == '%') {
        if (item == state->pattern_end) {
            (void)luaL_error(state->lua, "malformed pattern (ends with '%%')");
        }
        return item + 1;
    }
    if (first != '[') {
        return item;
    }
    item += item < state->pattern_end && *item == '^';
    do { /* A bracket that comes first stands for itself. */
        if (item == state->pattern_end) {
            (void)luaL_error(state->lua, "malformed pattern (missing ']')");
        }
        bool is_escape = *item++ == '%';
        if (is_escape && item < state->pattern_end) {
            item++;
        }
    } while (item == state->pattern_end || *item != ']');
    return item + 1;
}

/* True when a byte is in the set between the brackets; `last` is the closing one. */
static bool is_in_set(unsigned char byte, const char *item, const char *last) {
    bool is_negated = item[1] == '^';
    item += 1 + is_negated;
    while (item < last) {
        if (*item == '%') {
            if (is_in_class(byte, item[1])) {
                return !is_negated;
            }
            item += 2;
        } else if (item[1] == '-' && item + 2 < last) {
            if ((unsigned char)item[0] <= byte && byte <= (unsigned char)item[2]) {
                return !is_negated;
            }
            item += 3;
        } else {
            if ((unsigned char)*item == byte) {
                return !is_negated;
            }
            item++;
        }
    }
    return is_negated;
}

/* True when there is a byte at a place, and it is one of the item's. */
static bool matches_item(const struct lua_pattern *state, const char *at, const char *item,
                         const char *end) {
    if (at >= state->end) {
        return false;
    }
    unsigned char byte = (unsigned char)*at;
    switch (*item) {
    case '.':
        return true;
    case '%':
        return is_in_class(byte, item[1]);
    case '[':
        return is_in_set(byte, item, end - 1);
    default:
        return (unsigned char)*item == byte;
    }
}

/* ---- Items with a meaning of their own ---- */

/* %bxy: from an x to the y that balances it. */
static const char *match_balanced(struct lua_pattern *state, const char *at, const char *item) {
    if (state->pattern_end - item < 2) {
        (void)luaL_error(state->lua, "unbalanced pattern");
    }
    if (at >= state->end || *at != item[0]) {
        return NULL;
    }
    size_t open = 1;
    for (at++; at < state->end; at++) {
        take_step(state);
        if (*at == item[1]) {
            if (--open == 0) {
                return at + 1;
            }
        } else if (*at == item[0]) {
            open++;
        }
    }
    return NULL;
}

static const char *match_frontier(struct lua_pattern *state, const char *at, const char *item) {
    if (item == state->pattern_end || *item != '[') {
        (void)luaL_error(state->lua, "missing '[' after '%%f' in pattern");
    }
    const char *end = item_end(state, item);
    unsigned char before = at == state->start ? '\0' : (unsigned char)at[-1];
    unsigned char here = at == state->end ? '\0' : (unsigned char)*at;
    if (is_in_set(before, item, end - 1) || !is_in_set(here, item, end - 1)) {
        return NULL;
    }
    return match_rest(state, at, end);
}

/* %1: what a capture has matched, again. */
static const char *match_capture_again(struct lua_pattern *state, const char *at, char digit) {
    size_t index = (size_t)(digit - '1');
    if (digit == '0' || index >= state->capture_count ||
        state->captures[index].length == LUA_CAPTURE_OPEN) {
        (void)luaL_error(state->lua, "invalid capture index");
    }
    const struct lua_capture *capture = &state->captures[index];
    size_t length = (size_t)capture->length; /* A position is longer than any subject. */
    if ((size_t)(state->end - at) < length || memcmp(capture->start, at, length) != 0) {
        return NULL;
    }
    return at + length;
}

static const char *begin_capture(struct lua_pattern *state, const char *at, const char *rest,
                                 ptrdiff_t length) {
    if (state->capture_count == LUA_PATTERN_CAPTURE_MAX) {
        (void)luaL_error(state->lua, "too many captures");
    }
    state->captures[state->capture_count++] = (struct lua_capture){at, length};
    const char *end = match_rest(state, at, rest);
    if (end == NULL) {
        state->capture_count--;
    }
    return end;
}

static const char *end_capture(struct lua_pattern *state, const char *at, const char *rest) {
    size_t index = state->capture_count;
    while (index > 0 && state->captures[index - 1].length != LUA_CAPTURE_OPEN) {
        index--;
    }
    if (index == 0) {
        (void)luaL_error(state->lua, "invalid pattern capture");
    }
    struct lua_capture *capture = &state->captures[index - 1];
    capture->length = at - capture->start;
    const char *end = match_rest(state, at, rest);
    if (end == NULL) {
        capture->length = LUA_CAPTURE_OPEN;
    }
    return end;
}

/* ---- Repetitions ---- */

/* As many as there are, then fewer, until the rest of the pattern matches. */
static const char *match_longest(struct lua_pattern *state, const char *at, const char *item,
                                 const char *end) {
    ptrdiff_t count = 0;
    while (matches_item(state, at + count, item, end)) {
        take_step(state);
        count++;
    }
    for (; count >= 0; count--) {
        const char *match_end = match_rest(state, at + count, end + 1);
        if (match_end != NULL) {
            return match_end;
        }
    }
    return NULL;
}

/* None, then more, until the rest of the pattern matches. */
static const char *match_shortest(struct lua_pattern *state, const char *at, const char *item,
                                  const char *end) {
    for (;; at++) {
        const char *match_end = match_rest(state, at, end + 1);
        if (match_end != NULL || !matches_item(state, at, item, end)) {
            return match_end;
        }
    }
}

/* ---- The pattern ---- */

/* Items that are no single byte. Returns false when this is none; else *result is the match. */
static bool match_special(struct lua_pattern *state, const char **at, const char **item,
                          const char **result) {
    const char *place = *item;
    if (*place == '(') {
        bool is_position = place + 1 < state->pattern_end && place[1] == ')';
        *result = begin_capture(state, *at, place + 1 + is_position,
                                is_position ? LUA_CAPTURE_POSITION : LUA_CAPTURE_OPEN);
        return true;
    }
    if (*place == ')') {
        *result = end_capture(state, *at, place + 1);
        return true;
    }
    if (*place == '$' && place + 1 == state->pattern_end) {
        *result = *at == state->end ? *at : NULL;
        return true;
    }
    if (*place != '%' || place + 1 == state->pattern_end) {
        return false;
    }
    if (place[1] == 'f') {
        *result = match_frontier(state, *at, place + 2);
        return true;
    }
    if (place[1] == 'b' || isdigit((unsigned char)place[1]) != 0) {
        enum { BALANCE_SIZE = 4, AGAIN_SIZE = 2 };
        bool is_balance = place[1] == 'b';
        const char *end = is_balance ? match_balanced(state, *at, place + 2)
                                     : match_capture_again(state, *at, place[1]);
        const char *rest = place + (is_balance ? BALANCE_SIZE : AGAIN_SIZE);
        *result = end == NULL ? NULL : match_rest(state, end, rest);
        return true;
    }
    return false;
}

/* Matches from an item to the end of the pattern. */
static const char *match_from(struct lua_pattern *state, const char *at, const char *item) {
    while (item != state->pattern_end) {
        take_step(state);
        const char *result = NULL;
        if (match_special(state, &at, &item, &result)) {
            return result;
        }
        const char *end = item_end(state, item);
        char repetition = end < state->pattern_end ? *end : '\0';
        bool matches = matches_item(state, at, item, end);
        if (repetition == '*') {
            return match_longest(state, at, item, end);
        }
        if (repetition == '+') {
            return matches ? match_longest(state, at + 1, item, end) : NULL;
        }
        if (repetition == '-') {
            return match_shortest(state, at, item, end);
        }
        if (repetition == '?') {
            if (matches && (result = match_rest(state, at + 1, end + 1)) != NULL) {
                return result;
            }
            item = end + 1;
            continue;
        }
        if (!matches) {
            return NULL;
        }
        at++;
        item = end;
    }
    return at;
}

static const char *match_rest(struct lua_pattern *state, const char *at, const char *item) {
    if (++state->depth > DEPTH_MAX) {
        (void)luaL_error(state->lua, "pattern too complex");
    }
    const char *result = match_from(state, at, item);
    state->depth--;
    return result;
}

/* ---- Public ---- */

void lua_pattern_init(struct lua_pattern *state, struct lua_State *lua, struct bytes subject) {
    state->lua = lua;
    state->start = subject.data;
    state->end = subject.data + subject.length;
    state->step_count = 0;
}

const char *lua_pattern_match(struct lua_pattern *state, const char *at, struct bytes pattern) {
    state->pattern_end = pattern.data + pattern.length;
    state->capture_count = 0;
    state->depth = 0;
    return match_rest(state, at, pattern.data);
}

void lua_pattern_push_capture(struct lua_pattern *state, size_t index, const char *match_start,
                              const char *match_end) {
    if (index >= state->capture_count) {
        if (index != 0) {
            (void)luaL_error(state->lua, "invalid capture index");
        }
        lua_pushlstring(state->lua, match_start, (size_t)(match_end - match_start));
        return;
    }
    const struct lua_capture *capture = &state->captures[index];
    if (capture->length == LUA_CAPTURE_OPEN) {
        (void)luaL_error(state->lua, "unfinished capture");
    }
    if (capture->length == LUA_CAPTURE_POSITION) {
        lua_pushinteger(state->lua, capture->start - state->start + 1);
    } else {
        lua_pushlstring(state->lua, capture->start, (size_t)capture->length);
    }
}

int lua_pattern_push_captures(struct lua_pattern *state, const char *match_start,
                              const char *match_end) {
    size_t count = state->capture_count == 0 && match_start != NULL ? 1 : state->capture_count;
    luaL_checkstack(state->lua, (int)count, "too many captures");
    for (size_t i = 0; i < count; i++) {
        lua_pattern_push_capture(state, i, match_start, match_end);
    }
    return (int)count;
}
