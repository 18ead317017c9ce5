/*
 * lua_api: the table `redis`, also known as `server`, through which scripts reach the server.
 */
#ifndef LATCHKEY_SCRIPT_LUA_API_H
#define LATCHKEY_SCRIPT_LUA_API_H

#include <stdbool.h>

struct lua_State;

/*
 * Pushes the table, with all its functions and constants, not yet read-only.
 * is_for_scripts  those of EVAL, which find some functions more than those of libraries.
 */
void lua_api_push(struct lua_State *lua, bool is_for_scripts);

/* Pushes a table of what of it libraries find while they are loaded: redis.log, versions. */
void lua_api_push_constants(struct lua_State *lua);

/*
 * Makes the value on top of the stack, an error, into a table with the fields err, source and
 * line: the handler of errors that nobody in the script has caught.
 */
int lua_api_describe_error(struct lua_State *lua);

#endif
