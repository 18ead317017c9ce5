/*
 * wait: conditions with a deadline, instead of sleeps.
 */
#ifndef SUPPORT_WAIT_H
#define SUPPORT_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* What a test waits for at most, in milliseconds: generous, since only a failure takes it. */
enum { WAIT_DEADLINE_MS = 40000 };

/* Returns milliseconds of the monotonic clock. */
int64_t wait_now_ms(void);

/* Rests for a moment inside a loop that polls a condition. */
void wait_moment(void);

/*
 * Calls `condition` until it is true, at most `timeout_ms`.
 * Returns false when it never was.
 */
bool wait_until(bool (*condition)(void *context), void *context, int64_t timeout_ms);

#endif
