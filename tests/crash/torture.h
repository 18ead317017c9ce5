/*
 * torture: how long the tests of this suite go on under `make torture`, which sets
 * $LATCHKEY_TORTURE_SECONDS; all of them share the time.
 */
#ifndef CRASH_TORTURE_H
#define CRASH_TORTURE_H

#include "support/wait.h"

#include <stdlib.h>

enum { TORTURE_TEST_COUNT = 18, TORTURE_MS_PER_SECOND = 1000 };

/* Returns until when a test that begins now goes on, on the clock of wait_now_ms. */
static inline int64_t torture_end_ms(void) {
    const char *seconds = getenv("LATCHKEY_TORTURE_SECONDS");
    int64_t share_ms = seconds == NULL
                           ? 0
                           : TORTURE_MS_PER_SECOND * strtol(seconds, NULL, 10) / TORTURE_TEST_COUNT;
    return wait_now_ms() + share_ms;
}

#endif
