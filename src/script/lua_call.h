/*
 * lua_call: redis.call and redis.pcall: commands that a script runs.
 */
#ifndef LATCHKEY_SCRIPT_LUA_CALL_H
#define LATCHKEY_SCRIPT_LUA_CALL_H

struct lua_State;
struct lua_caller;

/* The memory that the calls of an engine use again and again. Free with lua_caller_destroy. */
struct lua_caller *lua_caller_create(void);
void lua_caller_destroy(struct lua_caller *caller);

/* The functions of the table `redis`: call raises errors, pcall returns them. */
int lua_call_command(struct lua_State *lua);
int lua_call_command_protected(struct lua_State *lua);

/* redis.acl_check_cmd: whether the client of the script may run a command. */
int lua_call_check_permission(struct lua_State *lua);

/* Raises an error of the server, which begins with a code such as ERR. Does not return. */
int lua_call_raise(struct lua_State *lua, const char *text);

#endif
