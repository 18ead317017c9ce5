/*
 * script_args: what the commands that run scripts and functions have in common: keys and arguments,
 * and what a script's flags say of its request.
 */
#ifndef LATCHKEY_COMMANDS_SCRIPT_ARGS_H
#define LATCHKEY_COMMANDS_SCRIPT_ARGS_H

#include "base/panic.h"
#include "script/lua_engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reply;
struct request;

/*
 * Reads the number of keys, the argument at 2. Returns false when it is none, or more than there
 * are arguments behind it, with the error in the reply.
 * not_a_number  the text of the error about something else than a number.
 */
bool script_args_key_count(const struct request *req, const char *not_a_number, size_t *key_count,
                           struct reply *reply) MUST_CHECK;

/* How the function of a reference is called: with keys and arguments from the argument at 3 on. */
struct lua_call script_args_call(const struct request *req, int reference, size_t key_count);

/*
 * The flags of a request whose script has these flags (enum script_flag): what it says in its first
 * line decides how its request is treated.
 */
uint32_t script_args_flags(const struct request *req, uint32_t script_flags);

/* True unless the command is one that only reads, and the script may write: then an error. */
bool script_args_may_run(const struct request *req, uint32_t script_flags,
                         struct reply *reply) MUST_CHECK;

#endif
