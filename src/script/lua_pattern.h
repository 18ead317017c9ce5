/*
 * lua_pattern: matches Lua's patterns, and lets the loop go on while it does.
 *
 * A pattern can take time beyond any bound, and no hook is called inside of the library's own
 * matcher; this one counts its steps.
 * Source: Lua 5.1 Reference Manual, section 5.4.1.
 */
#ifndef LATCHKEY_SCRIPT_LUA_PATTERN_H
#define LATCHKEY_SCRIPT_LUA_PATTERN_H

#include "base/sds.h"

#include <stddef.h>

struct lua_State;

enum { LUA_PATTERN_CAPTURE_MAX = 32 };

/* A part of the subject; what length it has besides a size. */
enum { LUA_CAPTURE_OPEN = -1, LUA_CAPTURE_POSITION = -2 };

struct lua_capture {
    const char *start;
    ptrdiff_t length; /* or LUA_CAPTURE_… */
};

/* A subject and a pattern, without the ^ in front of it. */
struct lua_pattern {
    struct lua_State *lua;
    const char *start; /* of the subject */
    const char *end;
    const char *pattern_end;
    size_t capture_count;
    struct lua_capture captures[LUA_PATTERN_CAPTURE_MAX];
    size_t step_count;
    size_t depth;
};

/* Begins to work on a subject. */
void lua_pattern_init(struct lua_pattern *state, struct lua_State *lua, struct bytes subject);

/*
 * Matches at one place of the subject. Returns the end of the match, or NULL. Raises an error when
 * the pattern is malformed, as far as it was looked at.
 */
const char *lua_pattern_match(struct lua_pattern *state, const char *at, struct bytes pattern);

/*
 * Pushes one capture, counted from 0; the whole match, which is given, when there are no captures
 * and the first is asked for. Raises an error for others.
 */
void lua_pattern_push_capture(struct lua_pattern *state, size_t index, const char *match_start,
                              const char *match_end);

/* Pushes all captures, or the whole match when there are none. Returns their number. */
int lua_pattern_push_captures(struct lua_pattern *state, const char *match_start,
                              const char *match_end);

#endif
