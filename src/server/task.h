/*
 * task: the one request that may take longer than a turn: a script, or an EXEC with scripts in it.
 *
 * It runs on a stack of its own (base/fiber). Once it has run for busy-reply-threshold it pauses at
 * each opportunity, a slice at a time, and goes on between turns; until it ends, other clients are
 * told BUSY, and nothing else that changes data is done.
 */
#ifndef LATCHKEY_SERVER_TASK_H
#define LATCHKEY_SERVER_TASK_H

#include <stdbool.h>
#include <stdint.h>

struct reply;
struct request;
struct server;
struct task;

/* What runs a task's request: once, to its end. */
typedef void (*task_function)(struct request *req, struct reply *reply);

/* Creates the part. Free with task_destroy, when no request has paused. */
struct task *task_create(struct server *server);
void task_destroy(struct task *task);

/*
 * Runs a request that may pause. When it pauses, its client waits, and gets the reply in a later
 * turn; the reply given here stays as it was. Runs on the spot inside of another task.
 */
void task_start(struct task *task, struct request *req, struct reply *reply,
                task_function function);

/*
 * For code that runs long: lets the loop go on if it is time for that, and returns later. Returns
 * false when the server stops and the request must end at once.
 * ticks  now, as clock_ticks.
 */
bool task_give_way(struct task *task, uint64_t ticks);

/* True while a request has paused. */
bool task_has_paused(const struct task *task);

/* Runs a paused request for a slice. Called by the loop between turns. */
void task_continue(struct task *task);

/* Ends a paused request: it is told to, and none of its effects is recorded. The server stops. */
void task_abort(struct task *task);

/* The command that ends what has paused, for the BUSY error: "SCRIPT KILL". text: kept. */
void task_set_killer(struct task *task, const char *text);
const char *task_killer(const struct task *task);

#endif
