/*
 * lua_bytecode: what a compiled function may do, read from its bytecode.
 *
 * Source: the comment in LuaJIT's lj_bcdump.h, version 2 of the format.
 */
#ifndef LATCHKEY_SCRIPT_LUA_BYTECODE_H
#define LATCHKEY_SCRIPT_LUA_BYTECODE_H

#include <stdbool.h>

struct lua_State;

/*
 * True when the function on top of the stack, which was compiled from text, or one that stands in
 * it, may assign a global; also when that cannot be told. O(its size). May raise an error when
 * memory runs out.
 */
bool lua_bytecode_may_set_globals(struct lua_State *lua);

#endif
