/*
 * lua_convert: replies as Lua values, and Lua values as replies.
 */
#ifndef LATCHKEY_SCRIPT_LUA_CONVERT_H
#define LATCHKEY_SCRIPT_LUA_CONVERT_H

#include "base/sds.h"

struct lua_State;
struct reply;
struct script_run;

/* Pushes a complete reply of our own (RESP2 or RESP3) as a Lua value. */
void lua_convert_push_reply(struct lua_State *lua, struct bytes encoded);

/*
 * Writes the value on top of the stack as a reply, and pops it. Booleans look as in the protocol
 * that the script asked for.
 */
void lua_convert_reply(struct lua_State *lua, const struct script_run *run, struct reply *reply);

/* Writes the error on top of the stack, which ended the run, as a reply, and pops it. */
void lua_convert_error(struct lua_State *lua, const struct script_run *run, struct reply *reply);

#endif
