/*
 * scripting: the part of the server that runs scripts: the engine of EVAL with its scripts, and
 * that of FCALL with its function libraries.
 */
#ifndef LATCHKEY_SCRIPT_SCRIPTING_H
#define LATCHKEY_SCRIPT_SCRIPTING_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct function_store;
struct lua_call;
struct lua_engine;
struct reply;
struct request;
struct script_run;
struct script_store;
struct scripting;
struct server;

/*
 * How long the source of a library may run while it is loaded: one that comes from a client keeps
 * all others waiting; one of a file has been loaded before, perhaps on a faster machine.
 */
#define SCRIPTING_LOAD_BUDGET_NS INT64_C(500000000)
#define SCRIPTING_TRUSTED_LOAD_BUDGET_NS INT64_C(10000000000)

/* Creates the part and its engines. Free with scripting_destroy. */
struct scripting *scripting_create(struct server *server);
void scripting_destroy(struct scripting *scripting);

/* The scripts of EVAL. */
struct script_store *scripting_scripts(struct scripting *scripting);

/* The engine of EVAL. */
struct lua_engine *scripting_engine(struct scripting *scripting);

/* The function libraries, and the engine of FCALL. */
struct function_store *scripting_functions(struct scripting *scripting);
struct lua_engine *scripting_function_engine(struct scripting *scripting);

/* To be called when libraries have changed: INFO tells of them. */
void scripting_update_figures(struct scripting *scripting);

/* What runs now, in either engine; NULL when nothing does. */
const struct script_run *scripting_current(const struct scripting *scripting);

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
