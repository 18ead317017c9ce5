/*
 * lua_json: the library `cjson` of scripts: values as JSON text and back.
 *
 * The distribution's lua-cjson has the same functions, but grows its text beyond any limit, ends
 * the process when memory runs out, and loses memory when Lua raises an error.
 * Source: RFC 8259; the manual of lua-cjson 2.1.0, 2012, for functions and settings.
 */
#ifndef LATCHKEY_SCRIPT_LUA_JSON_H
#define LATCHKEY_SCRIPT_LUA_JSON_H

struct lua_State;

/* Pushes the table of the library, not yet read-only. */
void lua_json_push(struct lua_State *lua);

#endif
