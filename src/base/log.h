/*
 * log: levelled lines to a file, standard output or syslog.
 *
 * A line is `PID:role date mark text`, role M (primary) S (replica) C (child) X (sentinel),
 * mark . - * # by level, date as "24 Nov 2026 12:00:00.123": the form that tools wait for.
 */
#ifndef LATCHKEY_BASE_LOG_H
#define LATCHKEY_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_VERBOSE,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_NOTHING
};

/* Where lines go. */
struct log_target {
    enum log_level level;
    const char *path; /* "" is standard output; the string is copied */
    bool use_syslog;
    const char *syslog_ident; /* copied */
    int syslog_facility;      /* LOG_LOCAL0 …, of <syslog.h> */
    char role;                /* 'M' or 'S' */
};

/* Sets the target of all following lines. Returns 0 or -errno if the file cannot be opened. */
int log_set_target(const struct log_target *target) __attribute__((warn_unused_result));

/* Changes only the level. */
void log_set_level(enum log_level level);

/* Writes a line built as printf does; cut at 1024 bytes; control characters are kept out. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A whole line, with its end. */
struct log_text {
    enum log_level level;
    size_t head_length; /* of what syslog has in its own form */
    size_t length;
    const char *bytes;
};

/*
 * Who takes lines to be written elsewhere (log_queue). take: copies the text; false: the line is
 * written at once.
 */
struct log_carrier {
    void *context;
    bool (*take)(void *context, const struct log_text *text);
};

/* From now on; take NULL: every line is written at once. */
void log_set_carrier(struct log_carrier carrier);

/* Writes a line that log_line has made. Waits. The target must stay what it is meanwhile. */
void log_write(const struct log_text *text);

/* Writes a line as it stands: for banners and crash reports. Async-signal-safe. */
void log_raw(const char *text);

#endif
