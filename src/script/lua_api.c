/*
 * Functions outside of scripts' reach check their arguments as the stock server does, and say what
 * is wrong in its words.
 */
#include "script/lua_api.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/panic.h"
#include "base/sds.h"
#include "proto/reply.h"
#include "script/lua_call.h"
#include "script/lua_context.h"
#include "script/script_run.h"
#include "server/info.h"
#include "server/propagate.h"
#include "structs/journal.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct bytes text_at(lua_State *lua, int index) {
    size_t length = 0;
    const char *data = lua_tolstring(lua, index, &length);
    return (struct bytes){data, length};
}

/* ---- Replies made by hand ---- */

/* Returns {field = text}. */
static int return_single_field(lua_State *lua, const char *field) {
    lua_createtable(lua, 0, 1);
    lua_insert(lua, -2);
    lua_setfield(lua, -2, field);
    return 1;
}

static bool is_single_text(lua_State *lua) {
    return lua_gettop(lua) == 1 && lua_type(lua, 1) == LUA_TSTRING;
}

static int return_wrong_arguments(lua_State *lua) {
    lua_pushliteral(lua, "ERR wrong number or type of arguments");
    return return_single_field(lua, "err");
}

/* A text that says no code gets ERR; one with a dash in front says what it is. */
static int error_reply(lua_State *lua) {
    if (!is_single_text(lua)) {
        return return_wrong_arguments(lua);
    }
    struct bytes text = text_at(lua, 1);
    bool has_dash = text.length > 0 && text.data[0] == '-';
    bool has_code = memchr(text.data, ' ', text.length) != NULL;
    if (has_dash && has_code) {
        lua_pushlstring(lua, text.data + 1, text.length - 1);
        return return_single_field(lua, "err");
    }
    lua_pushliteral(lua, "ERR ");
    lua_pushlstring(lua, text.data + has_dash, text.length - has_dash);
    if (!has_dash && has_code) {
        lua_remove(lua, -2);
    } else {
        lua_concat(lua, 2);
    }
    return return_single_field(lua, "err");
}

static int status_reply(lua_State *lua) {
    if (!is_single_text(lua)) {
        return return_wrong_arguments(lua);
    }
    return return_single_field(lua, "ok");
}

/* ---- Odds and ends ---- */

static int sha1_hex(lua_State *lua) {
    if (lua_gettop(lua) != 1) {
        return lua_call_raise(lua, "ERR wrong number of arguments");
    }
    uint8_t digest[HASH_SHA1_SIZE];
    hash_sha1(text_at(lua, 1), digest);
    lua_context_tick(lua); /* A text of some megabytes takes as long as a slice. */
    char hex[2 * HASH_SHA1_SIZE + 1];
    for (size_t i = 0; i < sizeof digest; i++) {
        (void)snprintf(hex + 2 * i, sizeof hex - 2 * i, "%02x", digest[i]);
    }
    lua_pushlstring(lua, hex, sizeof hex - 1);
    return 1;
}

/* The levels as scripts number them. */
static const enum log_level log_levels[] = {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_VERBOSE,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_WARNING,
};

static int write_log(lua_State *lua) {
    int count = lua_gettop(lua);
    if (count < 2) {
        return lua_call_raise(lua, "ERR redis.log() requires two arguments or more.");
    }
    if (lua_isnumber(lua, 1) == 0) {
        return lua_call_raise(lua, "ERR First argument must be a number (log level).");
    }
    lua_Number level = lua_tonumber(lua, 1);
    if (!(level >= 0 && level < (lua_Number)ARRAY_SIZE(log_levels))) {
        return lua_call_raise(lua, "ERR Invalid debug level.");
    }
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    for (int i = 2; i <= count; i++) {
        struct bytes part = text_at(lua, i);
        if (part.data != NULL) {
            luaL_addlstring(&buffer, i > 2 ? " " : "", i > 2 ? 1 : 0);
            luaL_addlstring(&buffer, part.data, part.length);
        }
    }
    luaL_pushresult(&buffer);
    log_line(log_levels[(size_t)level], "%s", lua_tostring(lua, -1));
    return 0;
}

static int set_protocol(lua_State *lua) {
    if (lua_gettop(lua) != 1) {
        return lua_call_raise(lua, "ERR redis.setresp() requires one argument.");
    }
    lua_Integer protocol = lua_tointeger(lua, 1);
    if (protocol != RESP2 && protocol != RESP3) {
        return lua_call_raise(lua, "ERR RESP version must be 2 or 3.");
    }
    lua_context_of(lua)->run->protocol = (int)protocol;
    return 0;
}

static int set_targets(lua_State *lua) {
    if (lua_gettop(lua) != 1) {
        return lua_call_raise(lua, "ERR redis.set_repl() requires two arguments.");
    }
    int targets = (int)lua_tonumber(lua, 1);
    if ((targets & ~JOURNAL_EVERYBODY) != 0) {
        return lua_call_raise(lua, "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, "
                                   "REPL_ALL or REPL_NONE.");
    }
    lua_context_of(lua)->run->spared_targets = JOURNAL_EVERYBODY & ~(unsigned)targets;
    return 0;
}

/* Effects are what is recorded anyway. */
static int replicate_commands(lua_State *lua) {
    lua_pushboolean(lua, true);
    return 1;
}

/* There is no debugger to stop in. */
static int breakpoint(lua_State *lua) {
    lua_pushboolean(lua, false);
    return 1;
}

static int debug(lua_State *lua) {
    (void)lua;
    return 0;
}

/* ---- The table ---- */

static const struct {
    const char *name;
    lua_CFunction function;
    bool is_of_scripts; /* functions of libraries do not find it */
} functions[] = {
    {"call", lua_call_command, false},
    {"pcall", lua_call_command_protected, false},
    {"acl_check_cmd", lua_call_check_permission, false},
    {"error_reply", error_reply, false},
    {"status_reply", status_reply, false},
    {"sha1hex", sha1_hex, false},
    {"log", write_log, false},
    {"setresp", set_protocol, false},
    {"set_repl", set_targets, false},
    {"replicate_commands", replicate_commands, true},
    {"breakpoint", breakpoint, true},
    {"debug", debug, true},
};

static const struct {
    const char *name;
    int value;
    bool is_of_libraries; /* found while a library is loaded, too */
} constants[] = {
    {"LOG_DEBUG", 0, true},
    {"LOG_VERBOSE", 1, true},
    {"LOG_NOTICE", 2, true},
    {"LOG_WARNING", 3, true},
    {"REDIS_VERSION_NUM", LATCHKEY_REDIS_VERSION_NUMBER, true},
    {"REPL_NONE", 0, false},
    {"REPL_AOF", JOURNAL_FILE, false},
    {"REPL_SLAVE", JOURNAL_REPLICAS, false},
    {"REPL_REPLICA", JOURNAL_REPLICAS, false},
    {"REPL_ALL", JOURNAL_EVERYBODY, false},
};

/* Adds constants to the table on top. */
static void add_constants(lua_State *lua, bool all) {
    for (size_t i = 0; i < ARRAY_SIZE(constants); i++) {
        if (all || constants[i].is_of_libraries) {
            lua_pushinteger(lua, constants[i].value);
            lua_setfield(lua, -2, constants[i].name);
        }
    }
    lua_pushliteral(lua, LATCHKEY_REDIS_VERSION);
    lua_setfield(lua, -2, "REDIS_VERSION");
}

void lua_api_push(struct lua_State *lua, bool is_for_scripts) {
    lua_createtable(lua, 0, ARRAY_SIZE(functions) + ARRAY_SIZE(constants) + 1);
    for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
        if (is_for_scripts || !functions[i].is_of_scripts) {
            lua_pushcfunction(lua, functions[i].function);
            lua_setfield(lua, -2, functions[i].name);
        }
    }
    add_constants(lua, true);
}

void lua_api_push_constants(struct lua_State *lua) {
    lua_createtable(lua, 0, ARRAY_SIZE(constants) + 2);
    lua_pushcfunction(lua, write_log);
    lua_setfield(lua, -2, "log");
    add_constants(lua, false);
}

/* ---- Errors that nobody has caught ---- */

/* Pushes the text of an error of any kind. */
static void push_error_text(lua_State *lua, int index) {
    if (lua_isstring(lua, index) != 0) {
        lua_pushvalue(lua, index);
    } else if (lua_isnil(lua, index)) {
        lua_pushliteral(lua, "nil");
    } else if (lua_isboolean(lua, index)) {
        lua_pushstring(lua, lua_toboolean(lua, index) != 0 ? "true" : "false");
    } else {
        lua_pushfstring(lua, "%s: %p", luaL_typename(lua, index), lua_topointer(lua, index));
    }
}

/* Sets source and line of the table on top: of the innermost function that is not C. */
static void set_place(lua_State *lua) {
    lua_Debug place;
    int level = 1;
    bool is_found = false;
    while (!is_found && lua_getstack(lua, level, &place) != 0) {
        lua_getinfo(lua, "Sl", &place);
        is_found = place.currentline > 0;
        level++;
    }
    if (is_found) {
        lua_pushstring(lua, place.source);
        lua_setfield(lua, -2, "source");
        lua_pushfstring(lua, "%d", place.currentline);
        lua_setfield(lua, -2, "line");
    }
}

int lua_api_describe_error(struct lua_State *lua) {
    if (!lua_istable(lua, 1)) {
        lua_createtable(lua, 0, 3);
        lua_pushliteral(lua, "ERR ");
        push_error_text(lua, 1);
        lua_concat(lua, 2);
        lua_setfield(lua, -2, "err");
    }
    set_place(lua);
    return 1;
}
