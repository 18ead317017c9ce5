/*
 * lua_msgpack: the library `cmsgpack` of scripts: values as MessagePack and back.
 *
 * Source: the MessagePack specification (msgpack.org, 2013), without its types bin and ext, which
 * scripts elsewhere do not have either; limits and error texts are those of the stock server.
 */
#ifndef LATCHKEY_SCRIPT_LUA_MSGPACK_H
#define LATCHKEY_SCRIPT_LUA_MSGPACK_H

struct lua_State;

/* Pushes the table of the library, not yet read-only. */
void lua_msgpack_push(struct lua_State *lua);

#endif
