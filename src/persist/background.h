/*
 * background: one piece of work on a worker's thread, whose end the loop looks for.
 *
 * While it runs the work owns what its context points to; the loop gets it back with the result.
 */
#ifndef LATCHKEY_PERSIST_BACKGROUND_H
#define LATCHKEY_PERSIST_BACKGROUND_H

#include <stdatomic.h>
#include <stdbool.h>

struct worker;

/* Wakes the loop; called on the worker's thread. */
struct background_wake {
    void (*wake)(void *context);
    void *context;
};

/* Embedded by whoever starts it; all zero is idle. */
struct background {
    atomic_int state;
    int (*run)(void *context); /* returns 0 or -errno */
    void *context;
    struct background_wake wake;
    int result;
};

/* Starts the work; asserts that none is under way. */
void background_start(struct background *background, struct worker *worker,
                      int (*run)(void *context), void *context, struct background_wake wake);

/* True from the start until the result was taken. */
bool background_is_busy(const struct background *background);

/* Takes the result of work that has ended; false while it runs or when there was none. */
bool background_take(struct background *background, int *result);

#endif
