/*
 * lua_sandbox: the globals that scripts see. None of them can be changed (lua_standin).
 */
#ifndef LATCHKEY_SCRIPT_LUA_SANDBOX_H
#define LATCHKEY_SCRIPT_LUA_SANDBOX_H

struct lua_State;

/*
 * Opens the libraries and makes the state's globals read-only. To be called once for a new state.
 * Leaves the hidden table of globals on the stack: what else scripts shall find goes in there.
 */
void lua_sandbox_open(struct lua_State *lua);

#endif
