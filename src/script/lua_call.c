/*
 * Arguments are views of the strings on Lua's stack; numbers are printed into memory that is used
 * again by the next call. The reply is written into a buffer and converted from there. What is on
 * the C stack while Lua may raise an error owns nothing.
 */
#include "script/lua_call.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "base/text.h"
#include "proto/reply.h"
#include "script/lua_context.h"
#include "script/lua_convert.h"
#include "script/script_run.h"
#include "server/client.h"
#include "server/command.h"
#include "server/diagnostics.h"
#include "server/dispatch.h"
#include "server/propagate.h"
#include "server/request.h"
#include "server/server.h"
#include "server/settings.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { REPLY_SIZE = 8192, ARGUMENTS_MIN = 16 };

struct lua_caller {
    struct bytes *args;
    char (*numbers)[TEXT_DOUBLE_MAX_SIZE]; /* the texts of arguments that are numbers */
    size_t capacity;
    struct recent_commands recent;
    struct reply reply;
    char reply_memory[REPLY_SIZE];
};

struct lua_caller *lua_caller_create(void) {
    struct lua_caller *caller = alloc_new(sizeof *caller);
    memset(caller, 0, offsetof(struct lua_caller, reply_memory));
    return caller;
}

void lua_caller_destroy(struct lua_caller *caller) {
    if (caller != NULL) {
        reply_release(&caller->reply);
        alloc_free(caller->args);
        alloc_free(caller->numbers);
        alloc_free(caller);
    }
}

/* ---- Errors ---- */

static void push_error(lua_State *lua, const char *text) {
    lua_createtable(lua, 0, 2);
    lua_pushstring(lua, text);
    lua_setfield(lua, -2, "err");
}

int lua_call_raise(struct lua_State *lua, const char *text) {
    push_error(lua, text);
    return lua_error(lua);
}

/* ---- Arguments ---- */

static void make_room(struct lua_caller *caller, size_t count) {
    if (count > caller->capacity) {
        caller->capacity = count < ARGUMENTS_MIN ? ARGUMENTS_MIN : 2 * count;
        caller->args = alloc_resize(caller->args, caller->capacity * sizeof *caller->args);
        caller->numbers = alloc_resize(caller->numbers, caller->capacity * sizeof *caller->numbers);
    }
}

/*
 * Makes the values on the stack arguments. Returns an error text, or NULL. Together they may be as
 * large as the request of a client: one text given thousands of times is still one in a script.
 */
static const char *collect_arguments(lua_State *lua, struct lua_caller *caller, size_t argc) {
    int count = (int)argc;
    size_t size = 0;
    if (count == 0) {
        return "ERR Please specify at least one argument for this redis lib call";
    }
    make_room(caller, (size_t)count);
    for (int i = 0; i < count; i++) {
        struct bytes *arg = &caller->args[i];
        int type = lua_type(lua, i + 1);
        if (LIKELY(type == LUA_TSTRING)) {
            arg->data = lua_tolstring(lua, i + 1, &arg->length);
        } else if (type == LUA_TNUMBER) {
            arg->data = caller->numbers[i];
            arg->length = text_print_double(caller->numbers[i], lua_tonumber(lua, i + 1));
        } else {
            return "ERR Lua redis lib command arguments must be strings or integers";
        }
        size += arg->length;
    }
    const struct settings *settings = lua_context_of(lua)->server->settings;
    if (UNLIKELY(size > (size_t)settings->client_query_buffer_limit_bytes)) {
        return "ERR Lua redis lib command arguments exceed client-query-buffer-limit";
    }
    return NULL;
}

/* ---- Gates ---- */

/* A script that has written already goes on: it cannot be stopped in the middle. */
static bool lacks_memory(const struct script_run *run, const struct request *req) {
    return (req->server->gates & SERVER_GATE_MEMORY) != 0 && !run->has_written &&
           (run->flags & SCRIPT_ALLOW_OOM) == 0 && (req->flags & REQUEST_REPLAYED) == 0 &&
           (req->command->flags & CMD_DENY_OOM) != 0;
}

/* Refuses what a script may not run; true when the request may go on. */
static bool pass_gates(const struct script_run *run, struct request *req, struct reply *reply) {
    const struct known_command *command = req->command;
    if (!command_takes(command->row, req->argc)) {
        reply_error(reply, "ERR Wrong number of args calling Redis command from script");
        return false;
    }
    /* Scripts that are started by scripts would find the engine at work. */
    bool is_allowed = req->server->deny_scripts_disabled && (command->flags & CMD_LONG) == 0;
    if (UNLIKELY((command->flags & CMD_NOSCRIPT) != 0) && !is_allowed) {
        reply_error(reply, "ERR This Redis command is not allowed from script");
        return false;
    }
    bool writes = (command->flags & (CMD_WRITE | CMD_MAY_REPLICATE)) != 0;
    if (writes && (run->flags & SCRIPT_NO_WRITES) != 0) {
        reply_error(reply, "ERR Write commands are not allowed from read-only scripts.");
        return false;
    }
    if (UNLIKELY(lacks_memory(run, req))) {
        reply_error(reply, DISPATCH_NO_MEMORY);
        return false;
    }
    return LIKELY(req->server->gates == 0) || dispatch_pass_script_gates(req, reply);
}

/* ---- The call ---- */

static bool is_unknown(const struct request *req) {
    return req->command == NULL || ((req->command->flags & CMD_CONTAINER) != 0 && req->argc > 1);
}

static void run_request(struct script_run *run, struct lua_caller *caller, size_t argc) {
    struct server *server = run->req->server;
    struct client *client = run->req->client;
    struct request req = {
        .server = server,
        .client = client,
        .database = client->database,
        .args = caller->args,
        .argc = argc,
        .command = dispatch_find_recent(server, &caller->recent, caller->args, argc),
        .flags = REQUEST_IN_SCRIPT | (run->req->flags & REQUEST_REPLAYED),
        .spared_targets = run->spared_targets,
        .effects = propagate_effects(server->propagate),
    };
    if (is_unknown(&req)) {
        reply_error(&caller->reply, "ERR Unknown Redis command called from script");
        diagnostics_count_error(server->diagnostics, &caller->reply);
        return;
    }
    if (!pass_gates(run, &req, &caller->reply)) {
        command_counters_of(req.command)->rejected_calls++;
        diagnostics_count_error(server->diagnostics, &caller->reply);
        return;
    }
    run->has_written |= (req.command->flags & CMD_WRITE) != 0;
    dispatch_execute(&req, &caller->reply);
}

static int call(lua_State *lua, bool raises) {
    const struct lua_context *context = lua_context_of(lua);
    struct lua_caller *caller = context->caller;
    struct script_run *run = context->run;
    size_t argc = (size_t)lua_gettop(lua);
    reply_release(&caller->reply); /* An error may have left the last one behind. */
    reply_init(&caller->reply, caller->reply_memory, REPLY_SIZE, run->protocol);
    const char *error = collect_arguments(lua, caller, argc);
    if (UNLIKELY(error != NULL)) {
        push_error(lua, error);
        return raises ? lua_error(lua) : 1;
    }
    struct server *server = context->server;
    server->last_ticks = clock_ticks();
    lua_context_tick_at(lua, context, server->last_ticks);
    run_request(run, caller, argc);
    struct bytes written = reply_written(&caller->reply);
    bool is_error = written.data[0] == '-';
    lua_convert_push_reply(lua, written);
    reply_release(&caller->reply);
    return is_error && raises ? lua_error(lua) : 1;
}

int lua_call_command(struct lua_State *lua) {
    return call(lua, true);
}

int lua_call_command_protected(struct lua_State *lua) {
    return call(lua, false);
}

int lua_call_check_permission(struct lua_State *lua) {
    const struct lua_context *context = lua_context_of(lua);
    struct lua_caller *caller = context->caller;
    size_t argc = (size_t)lua_gettop(lua);
    const char *error = collect_arguments(lua, caller, argc);
    if (error != NULL) {
        return lua_call_raise(lua, error);
    }
    const struct known_command *command = dispatch_find(context->server, caller->args, argc);
    if (command == NULL || ((command->flags & CMD_CONTAINER) != 0 && argc > 1)) {
        return lua_call_raise(lua, "ERR Invalid command passed to redis.acl_check_cmd()");
    }
    lua_pushboolean(lua, true); /* Every user may run every command, as long as there is no ACL. */
    return 1;
}
