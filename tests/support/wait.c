/*
 * Polls every millisecond.
 */
#include "support/wait.h"

#include <stddef.h>
#include <time.h>

enum { MS_PER_SECOND = 1000, NS_PER_MS = 1000000 };

int64_t wait_now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}

void wait_moment(void) {
    struct timespec pause = {.tv_nsec = NS_PER_MS};
    (void)nanosleep(&pause, NULL);
}

bool wait_until(bool (*condition)(void *context), void *context, int64_t timeout_ms) {
    int64_t deadline_ms = wait_now_ms() + timeout_ms;
    while (!condition(context)) {
        if (wait_now_ms() >= deadline_ms) {
            return false;
        }
        wait_moment();
    }
    return true;
}
