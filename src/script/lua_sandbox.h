/*
 * lua_sandbox: the globals that scripts see. None of them can be changed.
 *
 * LuaJIT has no read-only tables. What is shared by scripts is an empty table, whose metatable
 * finds everything in a hidden one and refuses writes; the functions of the base library that go
 * past metatables (rawset, next, …) know such tables.
 */
#ifndef LATCHKEY_SCRIPT_LUA_SANDBOX_H
#define LATCHKEY_SCRIPT_LUA_SANDBOX_H

struct lua_State;

/*
 * Opens the libraries and makes the state's globals read-only. To be called once for a new state.
 * Leaves the hidden table of globals on the stack: what else scripts shall find goes in there.
 */
void lua_sandbox_open(struct lua_State *lua);

/* Replaces the table on top of the stack by its read-only stand-in. */
void lua_sandbox_protect(struct lua_State *lua);

/* Pushes the hidden table behind a stand-in at an index and returns true; else pushes nothing. */
int lua_sandbox_push_hidden(struct lua_State *lua, int index);

#endif
