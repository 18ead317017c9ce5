/*
 * fiber: a second stack on which a function runs that may pause, wherever it is, and go on later.
 *
 * A fiber belongs to one thread. What it runs is ordinary code on a stack of ordinary size; a guard
 * page lies below.
 */
#ifndef LATCHKEY_BASE_FIBER_H
#define LATCHKEY_BASE_FIBER_H

#include <stdbool.h>

struct fiber;

/* Creates a fiber that runs nothing. Its stack takes memory as it is used. */
struct fiber *fiber_create(void);

/* Frees a fiber whose function has ended (asserted). NULL is accepted. */
void fiber_destroy(struct fiber *fiber);

/*
 * Runs a function on the fiber, which runs nothing else (asserted), until it ends or pauses.
 * Returns true when it has ended. Costs some 20 ns besides the function.
 */
bool fiber_run(struct fiber *fiber, void (*function)(void *context), void *context);

/* Goes on with a function that has paused. Returns true when it has ended. */
bool fiber_resume(struct fiber *fiber);

/* For the function: returns to who started or resumed it, until it is resumed. */
void fiber_pause(struct fiber *fiber);

/* True while code runs on the fiber, and while its function has paused. */
bool fiber_is_running(const struct fiber *fiber);
bool fiber_is_paused(const struct fiber *fiber);

#endif
