/*
 * lua_standin: tables that scripts can read and not change.
 *
 * LuaJIT has no read-only tables. What is shared by scripts is an empty table, whose metatable
 * finds everything in a hidden one and refuses writes; functions of the library that go past
 * metatables (rawset, next, …) must ask here.
 */
#ifndef LATCHKEY_SCRIPT_LUA_STANDIN_H
#define LATCHKEY_SCRIPT_LUA_STANDIN_H

struct lua_State;

/* Replaces the table on top of the stack by its stand-in. */
void lua_standin_make(struct lua_State *lua);

/* Pushes the hidden table behind a stand-in at an index and returns 1; else pushes nothing. */
int lua_standin_push_hidden(struct lua_State *lua, int index);

/*
 * Pops a value, which getmetatable shall return for those that have the metatable below it on the
 * stack; and pushes that of the value at an index, and returns 1, or pushes nothing.
 */
void lua_standin_set_metatable(struct lua_State *lua);
int lua_standin_push_metatable(struct lua_State *lua, int index);

/* Raises the error of functions of the library that are to change a stand-in: without the place. */
int lua_standin_refuse(struct lua_State *lua);

#endif
