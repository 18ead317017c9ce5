/*
 * clock: wall time cached per batch, and cheap monotonic time for durations.
 *
 * The cached wall time changes only by clock_refresh and is frozen inside EXEC and scripts by not
 * calling it. Tests inject time with clock_set_fixed, and hold the wall clock of a whole server.
 */
#ifndef LATCHKEY_BASE_CLOCK_H
#define LATCHKEY_BASE_CLOCK_H

#include <stdint.h>

enum { CLOCK_MS_PER_SECOND = 1000, CLOCK_US_PER_MS = 1000, CLOCK_US_PER_SECOND = 1000000 };

/* Reads the wall clock into the cache. */
void clock_refresh(void);

/* The cached wall time since 1970. */
int64_t clock_unix_ms(void);
int64_t clock_unix_us(void);
int64_t clock_unix_s(void);

/* Reads the wall clock now, past the cache. For TIME and logs. */
int64_t clock_read_unix_us(void);

/* Monotonic nanoseconds since some start. Reads the clock (about 20 ns). */
int64_t clock_monotonic_ns(void);

/*
 * Monotonic ticks: the cheapest reading there is (the processor's counter where it is invariant,
 * else nanoseconds). Convert differences with clock_ticks_to_ns.
 */
uint64_t clock_ticks(void);
int64_t clock_ticks_to_ns(uint64_t ticks);

/* The ticks of a duration, to compare with differences of clock_ticks. */
uint64_t clock_ns_to_ticks(int64_t ns);

/* A moment by both clocks. */
struct clock_moment {
    int64_t ns;
    uint64_t ticks;
};

/* Reads the monotonic clock and the counter, as close together as it can: a microsecond. */
struct clock_moment clock_read_moment(void);

/*
 * Measures the tick rate: once at start, before clock_ticks_to_ns. Waits until 0.2 ms have gone by
 * since the moment `start`.
 */
void clock_init_since(struct clock_moment start);

/* As clock_init_since, from now on. */
void clock_init(void);

/* Makes the cached wall time this value until the next clock_refresh; for replay and tests. */
void clock_set_fixed(int64_t unix_us);

/*
 * For tests: from clock_hold to clock_release the wall clock that clock_refresh reads stands where
 * it stood at the last one, and moves by clock_forward alone. Then it goes on: with the system's
 * time, or, as long as that is behind what was told, from there.
 */
void clock_hold(void);
void clock_release(void);

/* Puts a wall clock that is held forward by `us` >= 0; the next clock_refresh shows it. */
void clock_forward(int64_t us);

#endif
