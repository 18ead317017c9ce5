/*
 * The allocator counts what it gives and refuses what is over the limit; LuaJIT turns that into an
 * error that the script sees ("not enough memory"), and the state stays sound.
 */
#include "script/lua_context.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "script/script_run.h"
#include "server/server.h"
#include "server/task.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <luajit-2.1/luajit.h>

enum {
    TICK_INSTRUCTIONS = 10000,   /* some 50 us */
    WATCHFUL_INSTRUCTIONS = 200, /* while each may compare or copy megabytes */
    LARGE_BLOCK = 256 * 1024,
    LARGE_STATE = 16 * 1024 * 1024,
    STACK_MAX = 4 * 1024 * 1024, /* half of the stack of a fiber, or of a process */
};

static void on_count(lua_State *lua, lua_Debug *place);

static size_t limit_of(const struct lua_context *context) {
    int64_t limit = context->memory_limit == NULL ? 0 : *context->memory_limit;
    return limit <= 0 ? SIZE_MAX : (size_t)limit;
}

static bool fits(const struct lua_context *context, size_t size) {
    size_t limit = limit_of(context);
    return context->is_unlimited || (size <= limit && context->used_bytes <= limit - size);
}

size_t lua_context_limit_of(struct lua_State *lua) {
    return limit_of(lua_context_of(lua));
}

bool lua_context_has_room(struct lua_State *lua, size_t size) {
    return fits(lua_context_of(lua), size);
}

/* Has the hook called after as many instructions as suits what is in memory. */
static void set_pace(struct lua_context *context, bool is_watchful) {
    context->is_watchful = is_watchful;
    lua_sethook(context->lua, on_count, LUA_MASKCOUNT,
                is_watchful ? WATCHFUL_INSTRUCTIONS : TICK_INSTRUCTIONS);
}

static void *allocate(void *user, void *memory, size_t old_size, size_t new_size) {
    struct lua_context *context = user;
    if (new_size == 0) {
        context->used_bytes -= old_size;
        alloc_free(memory);
        return NULL;
    }
    if (new_size > old_size && !fits(context, new_size - old_size)) {
        context->collect_at = 0; /* The limit may be lower than it was. */
        return NULL;
    }
    context->used_bytes += new_size - old_size;
    if (UNLIKELY(context->used_bytes > context->collect_at) && !context->must_collect) {
        context->must_collect = true;
        lua_sethook(context->lua, on_count, LUA_MASKCOUNT, 1);
    } else if (UNLIKELY(new_size >= LARGE_BLOCK) && !context->is_watchful &&
               !context->must_collect && context->lua != NULL) {
        set_pace(context, true);
    }
    return alloc_resize(memory, new_size);
}

/* ---- Garbage ---- */

/*
 * Collections run without a limit: they make the table of strings smaller by allocating the
 * smaller one, and between scripts nobody would catch the error.
 */
bool lua_context_set_unlimited(struct lua_context *context, bool is_unlimited) {
    bool before = context->is_unlimited;
    context->is_unlimited = is_unlimited;
    return before;
}

/* Sets from where on a script's garbage has to go. Half of the limit may be live. */
static void plan_collection(struct lua_context *context) {
    enum { GROWTH_PART = 4 };
    size_t limit = limit_of(context);
    size_t grown = context->used_bytes + limit / GROWTH_PART;
    context->collect_at = limit == SIZE_MAX ? SIZE_MAX : grown > limit / 2 ? grown : limit / 2;
}

static void collect_all(struct lua_context *context) {
    context->must_collect = false;
    bool was_unlimited = lua_context_set_unlimited(context, true);
    (void)lua_gc(context->lua, LUA_GCCOLLECT, 0);
    (void)lua_context_set_unlimited(context, was_unlimited);
    plan_collection(context);
    set_pace(context, context->is_watchful);
}

/*
 * A cycle that freed much is followed by another: the table of strings shrinks once a cycle. So is
 * the first after a script, which may have begun it: what the script held then is kept.
 */
static bool finish_cycle(struct lua_context *context) {
    enum { MUCH_PART = 8 };
    bool is_first = context->collected_bytes == 0;
    bool freed_much = is_first || context->used_bytes < context->collected_bytes -
                                                            context->collected_bytes / MUCH_PART;
    context->collected_bytes = context->used_bytes;
    context->is_collecting = freed_much;
    context->live_bytes = context->used_bytes;
    plan_collection(context);
    set_pace(context, context->used_bytes >= LARGE_STATE);
    return freed_much;
}

bool lua_context_collect(struct lua_context *context, int64_t budget_ns) {
    enum { GARBAGE_MIN = 256 * 1024, STEPS = 32 };
    ASSERT(context->run == NULL);
    size_t due_bytes = context->live_bytes + context->live_bytes / 2 + GARBAGE_MIN;
    if (!context->is_collecting && context->used_bytes < due_bytes) {
        return false;
    }
    if (!context->is_collecting) {
        context->is_collecting = true;
        context->collected_bytes = 0;
    }
    bool was_unlimited = lua_context_set_unlimited(context, true);
    uint64_t end = clock_ticks() + clock_ns_to_ticks(budget_ns);
    bool has_more = true;
    bool is_complete = false;
    do {
        for (int i = 0; i < STEPS && !is_complete; i++) {
            is_complete = lua_gc(context->lua, LUA_GCSTEP, 0) != 0;
        }
        if (is_complete) {
            has_more = finish_cycle(context);
        }
    } while (!is_complete && clock_ticks() < end);
    (void)lua_context_set_unlimited(context, was_unlimited);
    return has_more;
}

/* ---- Scripts that run long ---- */

static void on_count(lua_State *lua, lua_Debug *place) {
    (void)place;
    struct lua_context *context = lua_context_of(lua);
    if (UNLIKELY(context->must_collect)) {
        collect_all(context);
    }
    lua_context_tick(lua);
}

/* From now on each instruction raises the error again: a script cannot go on by catching it. */
static void raise_killed(lua_State *lua) {
    lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
    lua_createtable(lua, 0, 1);
    lua_pushliteral(lua, "ERR Script killed by user with SCRIPT KILL...");
    lua_setfield(lua, -2, "err");
    (void)lua_error(lua);
}

/* A library's text that runs too long; nor can it catch that. */
static void raise_late(lua_State *lua) {
    lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
    lua_createtable(lua, 0, 1);
    lua_pushliteral(lua, "ERR FUNCTION LOAD timeout");
    lua_setfield(lua, -2, "err");
    (void)lua_error(lua);
}

void lua_context_tick(struct lua_State *lua) {
    lua_context_tick_at(lua, lua_context_of(lua), clock_ticks());
}

void lua_context_tick_at(struct lua_State *lua, const struct lua_context *context, uint64_t ticks) {
    struct script_run *run = context->run;
    if (run == NULL) {
        if (context->registrar != NULL && ticks > context->load_end_ticks) {
            raise_late(lua);
        }
        return;
    }
    if (!task_give_way(context->server->task, ticks)) {
        run->is_killed = true; /* The server stops. */
    }
    if (run->is_killed) {
        raise_killed(lua);
    }
}

void lua_context_begin_run(struct lua_context *context) {
    context->stack_start = __builtin_frame_address(0);
    context->collected_bytes = 0;
}

void lua_context_end_run(struct lua_context *context) {
    bool is_loading = context->registrar != NULL;
    if (UNLIKELY(is_loading || context->run->is_killed || context->is_watchful)) {
        set_pace(context, context->used_bytes >= LARGE_STATE);
    }
    context->run = NULL;
    context->registrar = NULL;
    context->stack_start = NULL;
}

/* ---- The C stack ---- */

bool lua_context_has_stack(struct lua_State *lua) {
    const struct lua_context *context = lua_context_of(lua);
    const char *here = __builtin_frame_address(0);
    return context->stack_start == NULL || context->stack_start - here < STACK_MAX;
}

void lua_context_check_stack(struct lua_State *lua) {
    if (UNLIKELY(!lua_context_has_stack(lua))) {
        (void)luaL_error(lua, "C stack overflow");
    }
}

/* ---- The state ---- */

void lua_context_open(struct lua_context *context) {
    context->collect_at = SIZE_MAX;
    context->lua = lua_newstate(allocate, context);
    ASSERT(context->lua != NULL);
    /* Compiled loops would never call the hook that stops a script. */
    int is_off = luaJIT_setmode(context->lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    ASSERT(is_off == 1);
    lua_sethook(context->lua, on_count, LUA_MASKCOUNT, TICK_INSTRUCTIONS);
}

void lua_context_limit(struct lua_context *context, const int64_t *limit) {
    context->memory_limit = limit;
    context->live_bytes = context->used_bytes;
    plan_collection(context);
}

void lua_context_close(struct lua_context *context) {
    lua_close(context->lua);
    ASSERT(context->used_bytes == 0);
}

struct lua_context *lua_context_of(struct lua_State *lua) {
    void *context = NULL;
    (void)lua_getallocf(lua, &context);
    return context;
}
