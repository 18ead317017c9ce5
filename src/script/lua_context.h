/*
 * lua_context: a Lua state with counted and limited memory, and what its functions must know of
 * the server around it.
 */
#ifndef LATCHKEY_SCRIPT_LUA_CONTEXT_H
#define LATCHKEY_SCRIPT_LUA_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lua_State;
struct lua_caller;
struct script_run;
struct server;

/* Embedded by lua_engine; the allocator of the state leads to it. */
struct lua_context {
    struct lua_State *lua;
    struct server *server;
    struct lua_caller *caller;   /* the memory of redis.call */
    struct script_run *run;      /* what runs now; NULL when nothing does */
    const int64_t *memory_limit; /* in bytes, read again at each allocation; NULL or 0 = none */
    size_t used_bytes;
};

/* Creates the state, with nothing in it. Free with lua_context_close. */
void lua_context_open(struct lua_context *context);
void lua_context_close(struct lua_context *context);

/*
 * To be called now and then by whatever a script may keep busy: lets the loop go on if it is time
 * for that. Raises an error when the script was killed meanwhile.
 */
void lua_context_tick(struct lua_State *lua);

/* The same for who knows the time, as clock_ticks. */
void lua_context_tick_at(struct lua_State *lua, uint64_t ticks);

/* Makes the end of a run forget that it was killed. */
void lua_context_end_run(struct lua_context *context);

/* True when memory outside of the state may be so large, too, within the state's limit. */
bool lua_context_has_room(struct lua_State *lua, size_t size);

/* The context of a state or of a coroutine in it. */
struct lua_context *lua_context_of(struct lua_State *lua);

#endif
