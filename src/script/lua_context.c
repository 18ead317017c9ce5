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

#include <luajit-2.1/lua.h>
#include <luajit-2.1/luajit.h>

enum { TICK_INSTRUCTIONS = 10000 }; /* some 50 us */

static bool fits(const struct lua_context *context, size_t size) {
    int64_t limit = context->memory_limit == NULL ? 0 : *context->memory_limit;
    return limit <= 0 || context->used_bytes + size <= (size_t)limit;
}

bool lua_context_has_room(struct lua_State *lua, size_t size) {
    return fits(lua_context_of(lua), size);
}

static void *allocate(void *user, void *memory, size_t old_size, size_t new_size) {
    struct lua_context *context = user;
    if (new_size == 0) {
        context->used_bytes -= old_size;
        alloc_free(memory);
        return NULL;
    }
    if (new_size > old_size && !fits(context, new_size - old_size)) {
        return NULL;
    }
    context->used_bytes += new_size - old_size;
    return alloc_resize(memory, new_size);
}

/* ---- Scripts that run long ---- */

static void on_count(lua_State *lua, lua_Debug *place) {
    (void)place;
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

void lua_context_tick(struct lua_State *lua) {
    lua_context_tick_at(lua, clock_ticks());
}

void lua_context_tick_at(struct lua_State *lua, uint64_t ticks) {
    const struct lua_context *context = lua_context_of(lua);
    struct script_run *run = context->run;
    if (run == NULL) {
        return;
    }
    if (!task_give_way(context->server->task, ticks)) {
        run->is_killed = true; /* The server stops. */
    }
    if (run->is_killed) {
        raise_killed(lua);
    }
}

void lua_context_end_run(struct lua_context *context) {
    if (context->run->is_killed) {
        lua_sethook(context->lua, on_count, LUA_MASKCOUNT, TICK_INSTRUCTIONS);
    }
    context->run = NULL;
}

/* ---- The state ---- */

void lua_context_open(struct lua_context *context) {
    context->lua = lua_newstate(allocate, context);
    ASSERT(context->lua != NULL);
    /* Compiled loops would never call the hook that stops a script. */
    int is_off = luaJIT_setmode(context->lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    ASSERT(is_off == 1);
    lua_sethook(context->lua, on_count, LUA_MASKCOUNT, TICK_INSTRUCTIONS);
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
