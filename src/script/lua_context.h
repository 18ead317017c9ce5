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
struct lua_registrar;
struct script_run;
struct server;

/* Embedded by lua_engine; the allocator of the state leads to it. */
struct lua_context {
    struct lua_State *lua;
    struct server *server;
    struct lua_caller *caller;             /* the memory of redis.call */
    struct script_run *run;                /* what runs now; NULL when nothing does */
    const struct lua_registrar *registrar; /* of the library that is loaded now; else NULL */
    uint64_t load_end_ticks;               /* when that must have ended */
    const int64_t *memory_limit; /* in bytes, read again at each allocation; NULL or 0 = none */
    size_t used_bytes;
    size_t collect_at;       /* used bytes from which on all garbage is to be collected */
    bool must_collect;       /* at the next instruction */
    bool is_watchful;        /* single instructions may take long: there are large blocks */
    bool is_unlimited;       /* what runs now must not fail for want of memory */
    const char *stack_start; /* where on the C stack the present run began; NULL without one */
    size_t live_bytes;       /* when garbage was last collected between scripts */
    bool is_collecting;      /* a collection between scripts is under way, … */
    size_t collected_bytes;  /* … whose last cycle left so much; 0 = none has ended */
};

/* Creates the state, with nothing in it. Free with lua_context_close. */
void lua_context_open(struct lua_context *context);

/* Limits the memory from now on, when the libraries are there. limit: kept. */
void lua_context_limit(struct lua_context *context, const int64_t *limit);
void lua_context_close(struct lua_context *context);

/*
 * To be called now and then by whatever a script may keep busy: lets the loop go on if it is time
 * for that. Raises an error when the script was killed meanwhile.
 */
void lua_context_tick(struct lua_State *lua);

/* The same for who knows the context, and the time as clock_ticks. */
void lua_context_tick_at(struct lua_State *lua, const struct lua_context *context, uint64_t ticks);

/*
 * To be called by C functions before they call into Lua: raises an error when the C stack has grown
 * so much since the run began that it might overflow.
 */
void lua_context_check_stack(struct lua_State *lua);

/* The same as a question. */
bool lua_context_has_stack(struct lua_State *lua);

/*
 * Around code that runs in the state. Nothing that has happened in one run holds for the next: that
 * it was killed, that it was late.
 */
void lua_context_begin_run(struct lua_context *context);
void lua_context_end_run(struct lua_context *context);

/*
 * Lifts the limit of memory, or puts it back: for code outside of protected calls, where an error
 * would end the process. Returns what was before.
 */
bool lua_context_set_unlimited(struct lua_context *context, bool is_unlimited);

/*
 * Collects garbage that scripts have left, for at most so long. Returns false when there is nothing
 * more to be done. While no script runs.
 */
bool lua_context_collect(struct lua_context *context, int64_t budget_ns);

/* The limit of the state's memory in bytes; SIZE_MAX without one. */
size_t lua_context_limit_of(struct lua_State *lua);

/* True when memory outside of the state may be so large, too, within the state's limit. */
bool lua_context_has_room(struct lua_State *lua, size_t size);

/* The context of a state or of a coroutine in it. */
struct lua_context *lua_context_of(struct lua_State *lua);

#endif
