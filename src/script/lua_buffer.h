/*
 * lua_buffer: bytes that functions of libraries make before they become a string.
 *
 * The bytes stand outside of the Lua state, within its limit of memory. A buffer belongs to a
 * userdata with a __gc that releases it, so that an error may be raised at any place.
 */
#ifndef LATCHKEY_SCRIPT_LUA_BUFFER_H
#define LATCHKEY_SCRIPT_LUA_BUFFER_H

#include "base/sds.h"

#include <stddef.h>

struct lua_State;

/* All zero = empty. */
struct lua_buffer {
    sds bytes;         /* NULL before the first use */
    size_t step_count; /* since the last tick */
};

/* Pushes a userdata that is an empty buffer, and returns it. */
struct lua_buffer *lua_buffer_push(struct lua_State *lua);

/* Frees the bytes. For those who keep a buffer in a userdata of their own. */
void lua_buffer_release(struct lua_buffer *buffer);

/* Makes the buffer empty; memory that has grown large goes. */
void lua_buffer_reset(struct lua_buffer *buffer);

/* Appends. Raises an error when that is too much for the state's limit of memory. */
void lua_buffer_append(struct lua_State *lua, struct lua_buffer *buffer, struct bytes tail);

/* Makes room for so many bytes behind those that are there; the same error. */
void lua_buffer_reserve(struct lua_State *lua, struct lua_buffer *buffer, size_t size);

/* Pushes the bytes as a string, and makes the buffer empty. */
void lua_buffer_push_string(struct lua_State *lua, struct lua_buffer *buffer);

/* To be called for each element: lets the loop go on now and then. Raises when killed. */
void lua_buffer_step(struct lua_State *lua, struct lua_buffer *buffer);

#endif
