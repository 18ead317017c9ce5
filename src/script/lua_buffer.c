#include "script/lua_buffer.h"

#include "script/lua_context.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>

enum { STEPS_PER_TICK = 1000, KEPT_SIZE = 16 * 1024 };

static int collect(lua_State *lua) {
    lua_buffer_release(lua_touserdata(lua, 1));
    return 0;
}

struct lua_buffer *lua_buffer_push(struct lua_State *lua) {
    struct lua_buffer *buffer = lua_newuserdata(lua, sizeof *buffer);
    *buffer = (struct lua_buffer){0};
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, collect);
    lua_setfield(lua, -2, "__gc");
    lua_setmetatable(lua, -2);
    return buffer;
}

void lua_buffer_release(struct lua_buffer *buffer) {
    sds_free(buffer->bytes);
    buffer->bytes = NULL;
}

void lua_buffer_reset(struct lua_buffer *buffer) {
    if (buffer->bytes != NULL && sds_capacity(buffer->bytes) > KEPT_SIZE) {
        lua_buffer_release(buffer);
    }
    if (buffer->bytes == NULL) {
        buffer->bytes = sds_with_capacity(0);
    }
    sds_set_length(buffer->bytes, 0);
}

void lua_buffer_reserve(struct lua_State *lua, struct lua_buffer *buffer, size_t size) {
    size_t length = sds_length(buffer->bytes);
    if (length + size <= sds_capacity(buffer->bytes)) {
        return;
    }
    if (!lua_context_has_room(lua, length + size)) {
        (void)luaL_error(lua, "not enough memory");
    }
    buffer->bytes = sds_reserve(buffer->bytes, size);
}

void lua_buffer_append(struct lua_State *lua, struct lua_buffer *buffer, struct bytes tail) {
    lua_buffer_reserve(lua, buffer, tail.length);
    buffer->bytes = sds_append(buffer->bytes, tail);
}

void lua_buffer_push_string(struct lua_State *lua, struct lua_buffer *buffer) {
    lua_pushlstring(lua, buffer->bytes, sds_length(buffer->bytes));
    lua_buffer_reset(buffer);
}

void lua_buffer_step(struct lua_State *lua, struct lua_buffer *buffer) {
    if (buffer->step_count++ == STEPS_PER_TICK) {
        buffer->step_count = 0;
        lua_context_tick(lua);
    }
}
