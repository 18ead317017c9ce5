/*
 * scripting: the part of the server that runs scripts: the engine of EVAL and its scripts.
 */
#ifndef LATCHKEY_SCRIPT_SCRIPTING_H
#define LATCHKEY_SCRIPT_SCRIPTING_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lua_call;
struct lua_engine;
struct reply;
struct request;
struct script_run;
struct script_store;
struct scripting;
struct server;

/* Creates the part and the engine of EVAL. Free with scripting_destroy. */
struct scripting *scripting_create(struct server *server);
void scripting_destroy(struct scripting *scripting);

/* The scripts of EVAL. */
struct script_store *scripting_scripts(struct scripting *scripting);

/* The engine of EVAL. */
struct lua_engine *scripting_engine(struct scripting *scripting);

/* Forgets all scripts of EVAL. */
void scripting_flush(struct scripting *scripting);

/*
 * SCRIPT KILL (FUNCTION KILL for functions): ends what runs unless it has written. Replies.
 */
void scripting_kill(struct scripting *scripting, bool is_function, struct reply *reply);

/*
 * Runs a script for a request, in an engine: its effects become one transaction. run: name and
 * flags are set by the caller, the rest here.
 */
void scripting_run(struct lua_engine *engine, struct script_run *run, const struct lua_call *call,
                   struct request *req, struct reply *reply);

#endif
