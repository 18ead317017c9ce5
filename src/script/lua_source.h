/*
 * lua_source: text written for Lua 5.1, compiled by LuaJIT to do what it does in Lua 5.1.
 *
 * LuaJIT differs in four things that scripts and their users see:
 *   - a function in C that is called in tail position replaces its caller, and with it the line
 *     that an error names; in Lua 5.1 only functions in Lua do. Such calls get out of the tail
 *     position: "return redis.call(…)" is compiled as "return (redis.call(…))".
 *   - a backslash before a letter that means nothing is an error, and \x, \z and \u mean
 *     something; in Lua 5.1 the letter stands for itself.
 *   - numbers may have the suffixes LL, ULL and i, which even load the FFI library.
 *   - bytes from 128 on are letters of names; in Lua 5.1 they are errors outside of texts.
 */
#ifndef LATCHKEY_SCRIPT_LUA_SOURCE_H
#define LATCHKEY_SCRIPT_LUA_SOURCE_H

#include "base/sds.h"

struct lua_State;

/* The global, a function that returns its arguments, that compiled text may refer to. */
#define LUA_SOURCE_RETURN_NAME "\xe2\x86\xa9"

/*
 * Compiles a text, which may not be bytecode, and pushes it as a function. Returns 0, or another
 * status with a message on the stack instead. Never raises an error.
 * chunk_name  as for luaL_loadbuffer.
 */
int lua_source_load(struct lua_State *lua, struct bytes source, const char *chunk_name);

#endif
