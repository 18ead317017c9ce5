/*
 * The state goes idle, running, done, idle; the thread's last store releases what it wrote.
 */
#include "persist/background.h"

#include "base/panic.h"
#include "base/worker.h"

enum { IDLE, RUNNING, DONE };

static void run_job(void *argument) {
    struct background *background = argument;
    /* The owner may use the struct anew as soon as it is done. */
    struct background_wake wake = background->wake;
    background->result = background->run(background->context);
    atomic_store_explicit(&background->state, DONE, memory_order_release);
    if (wake.wake != NULL) {
        wake.wake(wake.context);
    }
}

void background_start(struct background *background, struct worker *worker,
                      int (*run)(void *context), void *context, struct background_wake wake) {
    ASSERT(!background_is_busy(background));
    background->run = run;
    background->context = context;
    background->wake = wake;
    atomic_store_explicit(&background->state, RUNNING, memory_order_relaxed);
    worker_submit(worker, run_job, background);
}

bool background_is_busy(const struct background *background) {
    return atomic_load_explicit(&background->state, memory_order_acquire) != IDLE;
}

bool background_take(struct background *background, int *result) {
    if (atomic_load_explicit(&background->state, memory_order_acquire) != DONE) {
        return false;
    }
    *result = background->result;
    atomic_store_explicit(&background->state, IDLE, memory_order_relaxed);
    return true;
}
