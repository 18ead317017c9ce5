#include "base/fiber.h"
#include "support/unit.h"

struct steps {
    struct fiber *fiber;
    int count;
    int pauses;
};

static void count_steps(void *context) {
    struct steps *steps = context;
    for (int i = 0; i < steps->pauses; i++) {
        steps->count++;
        fiber_pause(steps->fiber);
    }
    steps->count++;
}

Test(fiber, function_runs_to_its_end_and_the_next_one_follows) {
    struct steps steps = {fiber_create(), 0, 0};
    for (int i = 1; i <= 1000; i++) {
        require(fiber_run(steps.fiber, count_steps, &steps));
        require(steps.count == i);
        require(!fiber_is_paused(steps.fiber));
    }
    fiber_destroy(steps.fiber);
}

Test(fiber, function_pauses_and_goes_on) {
    struct steps steps = {fiber_create(), 0, 3};
    require(!fiber_run(steps.fiber, count_steps, &steps));
    for (int i = 1; i < 3; i++) {
        require(steps.count == i);
        require(fiber_is_paused(steps.fiber));
        require(!fiber_is_running(steps.fiber));
        require(!fiber_resume(steps.fiber));
    }
    require(fiber_resume(steps.fiber));
    require(steps.count == 4);
    fiber_destroy(steps.fiber);
}

/* Uses a megabyte of stack, and pauses at the bottom of it. */
static int descend(struct steps *steps, int depth) {
    enum { FRAME_SIZE = 1024 };
    volatile char frame[FRAME_SIZE];
    for (size_t i = 0; i < sizeof frame; i++) {
        frame[i] = (char)depth;
    }
    if (depth == 0) {
        fiber_pause(steps->fiber);
        return 0;
    }
    return descend(steps, depth - 1) + (frame[FRAME_SIZE - 1] == (char)depth);
}

static void go_deep(void *context) {
    struct steps *steps = context;
    steps->count = descend(steps, 1000);
}

Test(fiber, stack_is_as_deep_as_a_thread_needs_and_survives_a_pause) {
    struct steps steps = {fiber_create(), 0, 0};
    require(!fiber_run(steps.fiber, go_deep, &steps));
    require(fiber_resume(steps.fiber));
    require(steps.count == 1000);
    fiber_destroy(steps.fiber);
}

Test(fiber, two_fibers_pause_in_turn) {
    struct steps a = {fiber_create(), 0, 2};
    struct steps b = {fiber_create(), 0, 2};
    require(!fiber_run(a.fiber, count_steps, &a));
    require(!fiber_run(b.fiber, count_steps, &b));
    require(!fiber_resume(a.fiber));
    require(!fiber_resume(b.fiber));
    require(fiber_resume(b.fiber));
    require(fiber_resume(a.fiber));
    require(a.count + b.count == 6);
    fiber_destroy(a.fiber);
    fiber_destroy(b.fiber);
}
