/*
 * The allocator counts what it gives and refuses what is over the limit; LuaJIT turns that into an
 * error that the script sees ("not enough memory"), and the state stays sound.
 */
#include "script/lua_context.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <luajit-2.1/lua.h>
#include <luajit-2.1/luajit.h>

static void *allocate(void *user, void *memory, size_t old_size, size_t new_size) {
    struct lua_context *context = user;
    if (new_size == 0) {
        context->used_bytes -= old_size;
        alloc_free(memory);
        return NULL;
    }
    int64_t limit = context->memory_limit == NULL ? 0 : *context->memory_limit;
    if (new_size > old_size && limit > 0 &&
        context->used_bytes + (new_size - old_size) > (size_t)limit) {
        return NULL;
    }
    context->used_bytes += new_size - old_size;
    return alloc_resize(memory, new_size);
}

void lua_context_open(struct lua_context *context) {
    context->lua = lua_newstate(allocate, context);
    ASSERT(context->lua != NULL);
    /* Compiled loops would never call the hook that stops a script. */
    int is_off = luaJIT_setmode(context->lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    ASSERT(is_off == 1);
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
