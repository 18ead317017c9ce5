/*
 * lua_library: functions of Lua 5.1 that LuaJIT lacks, or that scripts must not have as they are.
 */
#ifndef LATCHKEY_SCRIPT_LUA_LIBRARY_H
#define LATCHKEY_SCRIPT_LUA_LIBRARY_H

struct lua_State;

/* Puts math.random, randomseed and mod into the table on top of the stack. */
void lua_library_add_math(struct lua_State *lua);

/*
 * Puts sort, insert and setn into the table on top of the stack. Those of the library are in it.
 */
void lua_library_add_table(struct lua_State *lua);

/* Puts format and the functions of lua_string into the table on top of the stack. */
void lua_library_add_string(struct lua_State *lua);

/*
 * Puts resume and wrap, which mind the C stack, into the table on top of the stack. Those of the
 * library are in it.
 */
void lua_library_add_coroutine(struct lua_State *lua);

/* Puts tohex, which makes as few digits as elsewhere, into the table on top of the stack. */
void lua_library_add_bit(struct lua_State *lua);

/* collectgarbage, without what would change the collector for others. */
int lua_library_collect_garbage(struct lua_State *lua);

#endif
