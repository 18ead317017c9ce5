/*
 * Ticks are the time-stamp counter where the processor says that it runs at a constant rate and
 * never stops; reading it costs a third of reading the clock. Else they are nanoseconds.
 */
#include "base/clock.h"

#include <stdbool.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#define POWER_LEAF 0x80000007U
#endif

enum {
    NS_PER_US = 1000,
    NS_PER_SECOND = 1000000000,
    CALIBRATION_NS = 200000, /* a reading is off by 50 ns: the rate by a part in 4,000 */
    RATE_SHIFT = 24,
};

/* The wall clock as it is told. */
static struct {
    /* In the units that are asked for: divided once a batch, not at each question. */
    int64_t unix_us;
    int64_t unix_ms;
    int64_t unix_s;
    /* How it differs from the system's. */
    bool is_held;
    int64_t held_us;  /* where it stands */
    int64_t ahead_us; /* once it goes on, never back: by how much it is ahead */
} wall;

static bool has_counter;
static uint64_t ns_per_tick_scaled = 1 << RATE_SHIFT;

static int64_t read_ns(clockid_t id) {
    struct timespec now;
    (void)clock_gettime(id, &now); /* Cannot fail: both clocks exist since Linux 2.6. */
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

void clock_set_fixed(int64_t unix_us) {
    wall.unix_us = unix_us;
    wall.unix_ms = unix_us / CLOCK_US_PER_MS;
    wall.unix_s = unix_us / CLOCK_US_PER_SECOND;
}

void clock_refresh(void) {
    int64_t now_us = read_ns(CLOCK_REALTIME) / NS_PER_US + wall.ahead_us;
    clock_set_fixed(wall.is_held ? wall.held_us : now_us);
}

void clock_hold(void) {
    if (!wall.is_held) {
        wall.is_held = true;
        wall.held_us = wall.unix_us;
    }
}

void clock_forward(int64_t us) {
    wall.held_us += us;
}

void clock_release(void) {
    int64_t ahead_us = wall.held_us - read_ns(CLOCK_REALTIME) / NS_PER_US;
    wall.ahead_us = ahead_us > 0 ? ahead_us : 0;
    wall.is_held = false;
}

int64_t clock_unix_us(void) {
    return wall.unix_us;
}

int64_t clock_unix_ms(void) {
    return wall.unix_ms;
}

int64_t clock_unix_s(void) {
    return wall.unix_s;
}

int64_t clock_read_unix_us(void) {
    return read_ns(CLOCK_REALTIME) / NS_PER_US;
}

int64_t clock_monotonic_ns(void) {
    return read_ns(CLOCK_MONOTONIC);
}

static uint64_t read_counter(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return 0;
#endif
}

uint64_t clock_ticks(void) {
    return has_counter ? read_counter() : (uint64_t)clock_monotonic_ns();
}

int64_t clock_ticks_to_ns(uint64_t ticks) {
    uint64_t whole = ticks >> RATE_SHIFT;
    uint64_t rest = ticks & ((1U << RATE_SHIFT) - 1);
    return (int64_t)(whole * ns_per_tick_scaled + (rest * ns_per_tick_scaled >> RATE_SHIFT));
}

uint64_t clock_ns_to_ticks(int64_t ns) {
    return (uint64_t)((double)ns * (double)(1 << RATE_SHIFT) / (double)ns_per_tick_scaled);
}

static bool processor_has_steady_counter(void) {
#if defined(__x86_64__)
    enum { INVARIANT_COUNTER_BIT = 8 };
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    return __get_cpuid(POWER_LEAF, &a, &b, &c, &d) != 0 && (d >> INVARIANT_COUNTER_BIT & 1) != 0;
#else
    return false;
#endif
}

/* Of several tries the one in which least time went by. */
struct clock_moment clock_read_moment(void) {
    enum { TRY_COUNT = 5 };
    struct clock_moment best = {0, 0};
    uint64_t shortest = UINT64_MAX;
    for (size_t i = 0; i < TRY_COUNT; i++) {
        uint64_t before = read_counter();
        int64_t ns = clock_monotonic_ns();
        uint64_t length = read_counter() - before;
        if (length < shortest) {
            shortest = length;
            best = (struct clock_moment){ns, before + length / 2};
        }
    }
    return best;
}

void clock_init_since(struct clock_moment start) {
    clock_refresh();
    if (!processor_has_steady_counter()) {
        return;
    }
    while (clock_monotonic_ns() - start.ns < CALIBRATION_NS) {
    }
    struct clock_moment end = clock_read_moment();
    if (end.ticks == start.ticks) {
        return;
    }
    ns_per_tick_scaled = ((uint64_t)(end.ns - start.ns) << RATE_SHIFT) / (end.ticks - start.ticks);
    has_counter = true;
}

void clock_init(void) {
    clock_init_since(clock_read_moment());
}
