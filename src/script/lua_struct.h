/*
 * lua_struct: the library `struct` of scripts: values as the bytes of C structs and back.
 *
 * Source: "Library for Converting Data to and from C Structs for Lua 5.1", R. Ierusalimschy, 2010,
 * for the format options; the limits and error texts are those of the stock server.
 */
#ifndef LATCHKEY_SCRIPT_LUA_STRUCT_H
#define LATCHKEY_SCRIPT_LUA_STRUCT_H

struct lua_State;

/* Pushes the table of the library, not yet read-only. */
void lua_struct_push(struct lua_State *lua);

#endif
