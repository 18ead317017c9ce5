/*
 * The report is written from the signal handler itself, on a stack of its own: after a crash there
 * is no other place to run. Sections may touch damaged data; if one crashes, the second signal
 * ends the process with what was written so far. If one waits for ever (the crash came inside of
 * the allocator, whose lock is still held), an alarm does.
 */
#include "base/panic.h"

#include "base/log.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

enum {
    LINE_SIZE = 1024,
    FRAME_MAX = 64,
    SIGNAL_STACK_SIZE = 64 * 1024,
    REPORT_SECONDS = 5, /* what the report may take: a process that hangs is not started again */
};

static struct panic_section sections[PANIC_SECTION_MAX];
static size_t section_count;
static const char *program_version = "unknown";
static volatile sig_atomic_t is_reporting;
static char signal_stack[SIGNAL_STACK_SIZE];

void panic_line(const char *format, ...) {
    char line[LINE_SIZE];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof line - 1, format, list);
    va_end(list);
    if (length < 0) {
        return;
    }
    size_t end = strlen(line);
    line[end] = '\n';
    line[end + 1] = '\0';
    log_raw(line);
}

/* Names come from dladdr, because it does not allocate: the crash may be the allocator's. */
static _Unwind_Reason_Code write_frame(struct _Unwind_Context *context, void *argument) {
    int *count = argument;
    const char *address = (const char *)_Unwind_GetIP(context);
    Dl_info info;
    if (address == NULL || (*count)++ == FRAME_MAX) {
        return _URC_END_OF_STACK;
    }
    if (dladdr(address, &info) == 0) {
        panic_line("%p", (const void *)address);
        return _URC_NO_REASON;
    }
    bool is_named = info.dli_sname != NULL;
    const char *start = is_named ? info.dli_saddr : info.dli_fbase;
    panic_line("%s(%s+0x%tx) [%p]", info.dli_fname, is_named ? info.dli_sname : "", address - start,
               (const void *)address);
    return _URC_NO_REASON;
}

/* Not by backtrace(), which loads a library: a signal handler must not. */
static void write_stack(void) {
    int count = 0;
    panic_line("------ STACK TRACE ------");
    (void)_Unwind_Backtrace(write_frame, &count);
}

static void restore_default(int number) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    (void)sigaction(number, &action, NULL);
}

static _Noreturn void abort_quietly(void) {
    restore_default(SIGABRT);
    abort();
}

static void give_up(int number) {
    (void)number;
    panic_line("=== LATCHKEY BUG REPORT CUT SHORT: it could not be finished ===");
    abort_quietly();
}

static void limit_time(void) {
    struct sigaction action = {.sa_handler = give_up, .sa_flags = SA_ONSTACK};
    (void)sigaction(SIGALRM, &action, NULL);
    (void)alarm(REPORT_SECONDS);
}

static void write_report(const char *reason) {
    if (is_reporting != 0) {
        return;
    }
    is_reporting = 1;
    log_set_carrier((struct log_carrier){NULL, NULL}); /* Its thread may not come to write. */
    limit_time();
    panic_line("\n\n=== LATCHKEY BUG REPORT START: Cut & paste starting from here ===");
    log_line(LOG_LEVEL_WARNING, "Latchkey %s crashed%s", program_version, reason);
    write_stack();
    for (size_t i = 0; i < section_count; i++) {
        panic_line("------ %s ------", sections[i].title);
        sections[i].write(sections[i].context);
    }
    panic_line("=== LATCHKEY BUG REPORT END ===");
}

static void handle_signal(int number, siginfo_t *info, void *context) {
    (void)context;
    restore_default(number);
    char reason[LINE_SIZE];
    (void)snprintf(reason, sizeof reason, " by signal: %d (%s), at address %p", number,
                   strsignal(number), info->si_addr);
    write_report(reason);
    (void)raise(number);
}

_Noreturn void panic_assertion_failed(const char *condition, const char *file, int line) {
    char reason[LINE_SIZE];
    (void)snprintf(reason, sizeof reason, ": === ASSERTION FAILED === %s:%d '%s' is not true", file,
                   line, condition);
    write_report(reason);
    abort_quietly();
}

_Noreturn void panic(const char *format, ...) {
    char reason[LINE_SIZE] = ": ";
    va_list list;
    va_start(list, format);
    (void)vsnprintf(reason + 2, sizeof reason - 2, format, list);
    va_end(list);
    write_report(reason);
    abort_quietly();
}

void panic_install(const char *version) {
    static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    program_version = version;
    stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    (void)sigaltstack(&stack, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(fatal_signals); i++) {
        struct sigaction action = {.sa_sigaction = handle_signal};
        action.sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESETHAND);
        (void)sigaction(fatal_signals[i], &action, NULL);
    }
}

void panic_add_section(struct panic_section section) {
    ASSERT(section_count < PANIC_SECTION_MAX);
    sections[section_count++] = section;
}

void panic_remove_sections(const void *context) {
    size_t kept = 0;
    for (size_t i = 0; i < section_count; i++) {
        if (sections[i].context != context) {
            sections[kept++] = sections[i];
        }
    }
    section_count = kept;
}
