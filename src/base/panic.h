/*
 * panic: assertions that stay on in release, and the report that a crash leaves behind.
 *
 * ASSERT is for mistakes of the programmer only; nothing that a client, a file or a peer
 * sends may reach one.
 */
#ifndef LATCHKEY_BASE_PANIC_H
#define LATCHKEY_BASE_PANIC_H

#include <stddef.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The caller must look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Ends the process with a crash report when the condition is false. On in every build. */
#define ASSERT(condition)                                                                          \
    ((condition) ? (void)0 : panic_assertion_failed(#condition, __FILE__, __LINE__))

/* Marks a place that control flow cannot reach; ends the process with a crash report. */
#define UNREACHABLE() panic_assertion_failed("unreachable", __FILE__, __LINE__)

/* Writes one part of the crash report, line by line, with panic_line. */
typedef void (*panic_section_writer)(void *context);

/* Who adds to the crash report: the server's current command, INFO, the client list. */
struct panic_section {
    const char *title;
    panic_section_writer write;
    void *context;
};

enum { PANIC_SECTION_MAX = 8 };

/* Reports a failed assertion and aborts. For the macros above. */
_Noreturn void panic_assertion_failed(const char *condition, const char *file, int line);

/* Logs a message built as printf does, writes the crash report and aborts. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Installs handlers of SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT that write the crash report
 * (signal, address, version, stack, all sections) to the log and end
 * the process with the default action of the signal. A report that is not written within five
 * seconds is cut short, and the process ends by SIGABRT.
 * version  kept, a string that lives as long as the process.
 */
void panic_install(const char *version);

/* Adds a section to the crash report. At most PANIC_SECTION_MAX (asserted). */
void panic_add_section(struct panic_section section);

/* Removes every section whose context is this one: before the context dies. */
void panic_remove_sections(const void *context);

/* Writes a line of the crash report to the log. Only from a panic_section_writer. */
void panic_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
