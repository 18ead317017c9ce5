/*
 * The stack and the first frame on it come from makecontext; from then on _setjmp and _longjmp
 * switch, because swapcontext makes a system call each time (0.3 us for a pair instead of 20 ns).
 * Builds with the address or thread sanitizer switch by swapcontext, and tell the sanitizer.
 * The fiber's first frame never returns: it waits for the next function.
 */

/* The library's check of longjmp takes a jump to another stack for an error. */
#undef _FORTIFY_SOURCE

#include "base/fiber.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define FIBER_TSAN 1
#endif
#ifdef FIBER_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

enum { STACK_SIZE = 8 * 1024 * 1024 }; /* As of a thread: command handlers run on it. */

struct fiber {
    void *memory; /* the guard page, then the stack */
    size_t memory_size;
    void (*function)(void *context); /* NULL while nothing runs or has paused */
    void *context;
    bool is_running;
    bool has_begun;
    jmp_buf outside_jump;
    jmp_buf inside_jump;
    ucontext_t outside;
    ucontext_t inside;
    /* What the sanitizers must know of the two stacks. */
    void *outside_shadow;
    void *inside_shadow;
    const void *outside_bottom;
    size_t outside_size;
};

/* ---- Switching ---- */

#ifdef FIBER_ASAN
static void switch_in(struct fiber *fiber) {
    char *bottom = (char *)fiber->memory + (fiber->memory_size - STACK_SIZE);
    __sanitizer_start_switch_fiber(&fiber->outside_shadow, bottom, STACK_SIZE);
    (void)swapcontext(&fiber->outside, &fiber->inside);
    __sanitizer_finish_switch_fiber(fiber->outside_shadow, NULL, NULL);
}

static void arrive_inside(struct fiber *fiber) {
    __sanitizer_finish_switch_fiber(fiber->inside_shadow, &fiber->outside_bottom,
                                    &fiber->outside_size);
}

static void switch_out(struct fiber *fiber) {
    __sanitizer_start_switch_fiber(&fiber->inside_shadow, fiber->outside_bottom,
                                   fiber->outside_size);
    (void)swapcontext(&fiber->inside, &fiber->outside);
    arrive_inside(fiber);
}
#elif defined(FIBER_TSAN)
static void switch_in(struct fiber *fiber) {
    if (fiber->inside_shadow == NULL) {
        fiber->inside_shadow = __tsan_create_fiber(0);
    }
    fiber->outside_shadow = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber->inside_shadow, 0);
    (void)swapcontext(&fiber->outside, &fiber->inside);
}

static void arrive_inside(struct fiber *fiber) {
    (void)fiber;
}

static void switch_out(struct fiber *fiber) {
    __tsan_switch_to_fiber(fiber->outside_shadow, 0);
    (void)swapcontext(&fiber->inside, &fiber->outside);
}
#else
static void switch_in(struct fiber *fiber) {
    if (_setjmp(fiber->outside_jump) != 0) {
        return;
    }
    if (!fiber->has_begun) {
        fiber->has_begun = true;
        (void)setcontext(&fiber->inside);
    }
    _longjmp(fiber->inside_jump, 1);
}

static void arrive_inside(struct fiber *fiber) {
    (void)fiber;
}

static void switch_out(struct fiber *fiber) {
    if (_setjmp(fiber->inside_jump) == 0) {
        _longjmp(fiber->outside_jump, 1);
    }
}
#endif

/* The first frame on the stack. The pointer comes in two halves: makecontext passes ints. */
static void serve(unsigned high, unsigned low) {
    enum { HALF_BITS = 32 };
    struct fiber *fiber = (struct fiber *)((uintptr_t)high << HALF_BITS | (uintptr_t)low);
    arrive_inside(fiber);
    for (;;) {
        fiber->function(fiber->context);
        fiber->function = NULL;
        switch_out(fiber);
    }
}

/* ---- Public ---- */

struct fiber *fiber_create(void) {
    enum { HALF_BITS = 32 };
    struct fiber *fiber = alloc_zeroed(sizeof *fiber);
    size_t guard_size = (size_t)sysconf(_SC_PAGESIZE);
    fiber->memory_size = guard_size + STACK_SIZE;
    fiber->memory = mmap(NULL, fiber->memory_size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    ASSERT(fiber->memory != MAP_FAILED);
    int status = mprotect(fiber->memory, guard_size, PROT_NONE);
    ASSERT(status == 0);
    status = getcontext(&fiber->inside);
    ASSERT(status == 0);
    fiber->inside.uc_stack.ss_sp = (char *)fiber->memory + guard_size;
    fiber->inside.uc_stack.ss_size = STACK_SIZE;
    uintptr_t address = (uintptr_t)fiber;
    makecontext(&fiber->inside, (void (*)(void))serve, 2, (unsigned)(address >> HALF_BITS),
                (unsigned)address);
    return fiber;
}

void fiber_destroy(struct fiber *fiber) {
    if (fiber == NULL) {
        return;
    }
    ASSERT(fiber->function == NULL);
#ifdef FIBER_TSAN
    if (fiber->inside_shadow != NULL) {
        __tsan_destroy_fiber(fiber->inside_shadow);
    }
#endif
    (void)munmap(fiber->memory, fiber->memory_size);
    alloc_free(fiber);
}

static bool enter(struct fiber *fiber) {
    fiber->is_running = true;
    switch_in(fiber);
    fiber->is_running = false;
    return fiber->function == NULL;
}

bool fiber_run(struct fiber *fiber, void (*function)(void *context), void *context) {
    ASSERT(fiber->function == NULL);
    fiber->function = function;
    fiber->context = context;
    return enter(fiber);
}

bool fiber_resume(struct fiber *fiber) {
    ASSERT(fiber_is_paused(fiber));
    return enter(fiber);
}

void fiber_pause(struct fiber *fiber) {
    ASSERT(fiber->is_running);
    switch_out(fiber);
}

bool fiber_is_running(const struct fiber *fiber) {
    return fiber->is_running;
}

bool fiber_is_paused(const struct fiber *fiber) {
    return fiber->function != NULL && !fiber->is_running;
}
