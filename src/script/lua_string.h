/*
 * lua_string: the functions of the library `string` that work with patterns.
 */
#ifndef LATCHKEY_SCRIPT_LUA_STRING_H
#define LATCHKEY_SCRIPT_LUA_STRING_H

struct lua_State;

/* Puts find, match, gmatch, gfind and gsub into the table on top of the stack. */
void lua_string_add(struct lua_State *lua);

#endif
