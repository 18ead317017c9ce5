#include "base/clock.h"

#include "support/unit.h"

#include <time.h>

Test(clock, fixed_time_stays_until_it_is_refreshed) {
    clock_set_fixed(1234567890123456);
    require(clock_unix_us() == 1234567890123456);
    require(clock_unix_ms() == 1234567890123);
    require(clock_unix_us() == 1234567890123456);
    clock_refresh();
    require(clock_unix_us() != 1234567890123456);
}

Test(clock, refreshing_reads_the_wall_clock) {
    int64_t before = clock_read_unix_us();
    clock_refresh();
    int64_t after = clock_read_unix_us();
    require(before <= clock_unix_us() && clock_unix_us() <= after);
    require(clock_unix_ms() == clock_unix_us() / CLOCK_US_PER_MS);
    int64_t now_seconds = (int64_t)time(NULL);
    int64_t difference = now_seconds - after / CLOCK_US_PER_SECOND;
    require(difference >= -1 && difference <= 60);
}

Test(clock, held_time_stands_and_goes_on_from_there) {
    enum { FORWARD_US = 5000000 };
    clock_refresh();
    int64_t held_us = clock_unix_us();
    clock_hold();
    clock_refresh();
    require(clock_unix_us() == held_us);
    clock_forward(FORWARD_US);
    clock_hold();
    require(clock_unix_us() == held_us);
    clock_refresh();
    require(clock_unix_us() == held_us + FORWARD_US);
    clock_release();
    clock_refresh();
    require(clock_unix_us() >= held_us + FORWARD_US);
    /* What is ahead of the system's time is not held back a second time. */
    clock_hold();
    clock_release();
    clock_refresh();
    require(clock_unix_us() >= held_us + FORWARD_US);
}

Test(clock, time_that_was_held_for_a_while_is_made_up_for) {
    clock_set_fixed(1);
    clock_hold();
    clock_release();
    clock_refresh();
    require(clock_unix_us() >= clock_read_unix_us() - CLOCK_US_PER_SECOND * INT64_C(60));
}

Test(clock, reading_past_the_cache_leaves_the_cache_alone) {
    clock_set_fixed(5);
    require(clock_read_unix_us() > 1000000000);
    require(clock_unix_us() == 5);
}

Test(clock, monotonic_time_never_goes_back) {
    int64_t previous = clock_monotonic_ns();
    for (size_t i = 0; i < 10000; i++) {
        int64_t now = clock_monotonic_ns();
        require(now >= previous);
        previous = now;
    }
}

/* Both readings with nothing between them: of several tries the one that took least. */
static struct clock_moment read_together(void) {
    enum { TRY_COUNT = 20 };
    struct clock_moment best = {0, 0};
    uint64_t shortest = UINT64_MAX;
    for (size_t i = 0; i < TRY_COUNT; i++) {
        uint64_t before = clock_ticks();
        int64_t ns = clock_monotonic_ns();
        uint64_t length = clock_ticks() - before;
        if (length < shortest) {
            shortest = length;
            best = (struct clock_moment){ns, before};
        }
    }
    return best;
}

Test(clock, ticks_measure_what_the_monotonic_clock_measures) {
    clock_init();
    struct clock_moment start = read_together();
    while (clock_monotonic_ns() - start.ns < 20000000) {
    }
    struct clock_moment end = read_together();
    int64_t elapsed_ns = end.ns - start.ns;
    int64_t measured_ns = clock_ticks_to_ns(end.ticks - start.ticks);
    require(measured_ns > elapsed_ns - elapsed_ns / 50);
    require(measured_ns < elapsed_ns + elapsed_ns / 50);
}

Test(clock, converting_ticks_is_linear_up_to_days) {
    clock_init();
    int64_t unit = clock_ticks_to_ns(UINT64_C(1) << 30);
    require(unit > 0);
    int64_t large = clock_ticks_to_ns(UINT64_C(1) << 50);
    int64_t expected = unit << 20;
    require(large - expected < expected / 1000 && expected - large < expected / 1000);
    require(clock_ticks_to_ns(0) == 0);
}
