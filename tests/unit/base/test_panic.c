#include "base/panic.h"

#include "base/log.h"
#include "support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT_SIZE = 65536 };

/* Runs `crash` in a process of its own; returns the signal that ended it and what it logged. */
static int crash_report(void (*crash)(void), char text[TEXT_SIZE]) {
    char path[] = "/tmp/latchkey-panic-XXXXXX";
    int fd = mkstemp(path);
    require(fd >= 0);
    pid_t child = fork();
    require(child >= 0);
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &no_core);
        struct log_target target = {.level = LOG_LEVEL_NOTICE, .path = path, .role = 'M'};
        if (log_set_target(&target) == 0) {
            crash();
        }
        _exit(0);
    }
    int status = 0;
    require(waitpid(child, &status, 0) == child);
    ssize_t size = read(fd, text, TEXT_SIZE - 1);
    require(size >= 0);
    text[size] = '\0';
    (void)close(fd);
    (void)unlink(path);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void fail_assertion(void) {
    int two = 2;
    ASSERT(two == 3);
}

Test(panic, a_failed_assertion_is_reported_and_aborts) {
    static char text[TEXT_SIZE];
    require(crash_report(fail_assertion, text) == SIGABRT);
    require(strstr(text, "ASSERTION FAILED") != NULL);
    require(strstr(text, "test_panic.c:") != NULL);
    require(strstr(text, "'two == 3' is not true") != NULL);
    require(strstr(text, "STACK TRACE") != NULL);
    require(strstr(text, "REPORT END") != NULL);
}

static void hold_assertion(void) {
    int two = 2;
    ASSERT(two == 2);
}

Test(panic, an_assertion_that_holds_does_nothing) {
    static char text[TEXT_SIZE];
    require(crash_report(hold_assertion, text) == 0);
    require_text(bytes_of_text(text), "");
}

static void write_command(void *context) {
    panic_line("current command: %s", (const char *)context);
}

static void crash_with_sections(void) {
    static char get[] = "GET key";
    static char gone[] = "DEL key";
    panic_install("1.2.3");
    panic_add_section((struct panic_section){"COMMAND", write_command, get});
    panic_add_section((struct panic_section){"GONE", write_command, gone});
    panic_add_section((struct panic_section){"AGAIN", write_command, get});
    panic_remove_sections(gone);
    int *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(volatile int *)nowhere = 1;
}

Test(panic, a_fatal_signal_is_reported_with_all_sections_and_ends_the_process_by_it) {
    static char text[TEXT_SIZE];
    require(crash_report(crash_with_sections, text) == SIGSEGV);
    require(strstr(text, "Latchkey 1.2.3 crashed by signal: 11") != NULL);
    const char *first = strstr(text, "------ COMMAND ------\ncurrent command: GET key\n");
    const char *second = strstr(text, "------ AGAIN ------\ncurrent command: GET key\n");
    require(first != NULL && second != NULL && first < second);
    require(strstr(text, "GONE") == NULL);
    require(strstr(text, "REPORT END") != NULL);
}

static void crash_again(void *context) {
    (void)context;
    panic_line("before the second crash");
    (void)raise(SIGSEGV);
}

static void crash_twice(void) {
    panic_install("1.2.3");
    panic_add_section((struct panic_section){"BAD", crash_again, NULL});
    (void)raise(SIGSEGV);
}

Test(panic, a_section_that_crashes_ends_the_report) {
    static char text[TEXT_SIZE];
    require(crash_report(crash_twice, text) == SIGSEGV);
    require(strstr(text, "before the second crash") != NULL);
    require(strstr(text, "REPORT END") == NULL);
}

static void wait_for_ever(void *context) {
    (void)context;
    panic_line("before the wait");
    for (;;) {
        (void)pause(); /* An alarm whose handler returned would not end it. */
    }
}

static void crash_and_wait(void) {
    panic_install("1.2.3");
    panic_add_section((struct panic_section){"LOCKED", wait_for_ever, NULL});
    (void)raise(SIGSEGV);
}

Test(panic, a_section_that_waits_for_ever_is_cut_short) {
    static char text[TEXT_SIZE];
    require(crash_report(crash_and_wait, text) == SIGABRT);
    require(strstr(text, "before the wait") != NULL);
    require(strstr(text, "REPORT CUT SHORT") != NULL);
}

static void panic_with_numbers(void) {
    panic_install("1.2.3");
    panic("Out of memory allocating %d bytes", 77);
}

Test(panic, a_panic_says_why_and_reports_once) {
    static char text[TEXT_SIZE];
    require(crash_report(panic_with_numbers, text) == SIGABRT);
    require(strstr(text, "Out of memory allocating 77 bytes") != NULL);
    const char *start = strstr(text, "REPORT START");
    require(start != NULL && strstr(start + 1, "REPORT START") == NULL);
}

static void reach_the_unreachable(void) {
    UNREACHABLE();
}

Test(panic, reaching_the_unreachable_aborts) {
    static char text[TEXT_SIZE];
    require(crash_report(reach_the_unreachable, text) == SIGABRT);
    require(strstr(text, "unreachable") != NULL);
}

static void print_a_long_line(void *context) {
    panic_line("%s", (const char *)context);
}

static void crash_with_a_long_line(void) {
    static char line[5000];
    memset(line, 'y', sizeof line - 1);
    panic_add_section((struct panic_section){"LONG", print_a_long_line, line});
    fail_assertion();
}

Test(panic, a_long_line_is_cut_and_ends) {
    static char text[TEXT_SIZE];
    require(crash_report(crash_with_a_long_line, text) == SIGABRT);
    const char *line = strstr(text, "yyy");
    require(line != NULL);
    size_t length = strspn(line, "y");
    require(length > 900 && length < 1100 && line[length] == '\n');
}
