/*
 * dispatch: the gates that a request passes, its handler, and what follows from it.
 */
#ifndef LATCHKEY_SERVER_DISPATCH_H
#define LATCHKEY_SERVER_DISPATCH_H

#include "base/panic.h"
#include "server/request.h"

#include <stdint.h>

struct known_command;
struct reply;
struct server;

/*
 * Finds the command of a request by its name and, for a container, its subcommand. NULL when
 * unknown; a container is returned itself when the subcommand is unknown or missing.
 */
struct known_command *dispatch_find(const struct server *server, const struct bytes *args,
                                    size_t argc);

/*
 * Runs a client's request: gates, handler, counters, effects, and then those who waited for what
 * it changed. req->command may be NULL: unknown. The reply stays empty when the client was blocked
 * or held back (then CLIENT_POSTPONED is set and the request must be offered again).
 */
void dispatch_request(struct request *req, struct reply *reply);

/*
 * Asks the gates that hold for commands of a script, too, while server.gates is not 0: false, with
 * an error in the reply, when one refuses.
 */
bool dispatch_pass_script_gates(struct request *req, struct reply *reply) MUST_CHECK;

/* Replies that a script runs, and which command ends it. */
void dispatch_reply_busy(const struct server *server, struct reply *reply);

/*
 * Runs the handler alone, with counters and effects, for requests whose gates were passed: in
 * EXEC, for a blocked client, in scripts.
 */
void dispatch_execute(struct request *req, struct reply *reply);

/* Reads the wall time anew when, by server.last_ticks, what is cached has grown old. */
void dispatch_age_clock(struct server *server);

#endif
