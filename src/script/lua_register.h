/*
 * lua_register: what the text of a function library finds while it is loaded:
 * redis.register_function and little else.
 */
#ifndef LATCHKEY_SCRIPT_LUA_REGISTER_H
#define LATCHKEY_SCRIPT_LUA_REGISTER_H

#include "base/sds.h"

#include <stdbool.h>
#include <stdint.h>

struct lua_State;

/* A function that a library offers. Names are borrowed for the call. */
struct lua_registration {
    struct bytes name;
    struct bytes description;
    bool has_description;
    uint32_t flags; /* enum script_flag */
    int reference;  /* of the function in the engine */
};

/* Who takes the functions of the library that is being loaded. */
struct lua_registrar {
    void *context;
    /*
     * Takes a function, and with it the reference. Returns NULL, or why it cannot be: a text that
     * lives as long as the program, and the reference stays the caller's.
     */
    const char *(*take)(void *context, const struct lua_registration *registration);
};

/*
 * Makes the globals that libraries find while they are loaded. Once for a state, while the hidden
 * table of its globals is on top of the stack (lua_sandbox_open). Returns a reference to them.
 */
int lua_register_open(struct lua_State *lua);

/*
 * Gives the state's functions other globals: those of a reference to a hidden table. Never raises
 * an error.
 */
void lua_register_set_globals(struct lua_State *lua, int reference);

#endif
