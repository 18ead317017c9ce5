/*
 * A line is built on the stack and written by one system call, so that lines of several threads do
 * not mix. The file is opened for each line, so that it may be moved away while the server runs.
 */
#include "base/log.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, LINE_SIZE = 1024, IDENT_SIZE = 64, HEAD_SIZE = 96, TIME_SIZE = 64 };

/* Where lines go. */
static struct {
    enum log_level level;
    char role; /* the letter in each line */
    bool is_syslog_open;
    char path[PATH_SIZE];
    char ident[IDENT_SIZE]; /* syslog keeps a pointer to it */
    struct log_carrier carrier;
} sink = {.level = LOG_LEVEL_NOTICE, .role = 'M'};

static int open_log(void) {
    if (sink.path[0] == '\0') {
        return STDOUT_FILENO;
    }
    return open(sink.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

static void write_out(const char *text, size_t length) {
    int fd = open_log();
    if (fd < 0) {
        return;
    }
    while (length > 0) {
        ssize_t count = write(fd, text, length);
        if (count < 0 && errno != EINTR) {
            break; /* There is nobody left to tell. */
        }
        if (count > 0) {
            text += count;
            length -= (size_t)count;
        }
    }
    if (fd != STDOUT_FILENO) {
        (void)close(fd);
    }
}

int log_set_target(const struct log_target *target) {
    if (strlen(target->path) >= sizeof sink.path) {
        return -ENAMETOOLONG;
    }
    if (target->path[0] != '\0') {
        int fd = open(target->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0) {
            return -errno;
        }
        (void)close(fd);
    }
    sink.level = target->level;
    memcpy(sink.path, target->path, strlen(target->path) + 1);
    sink.role = target->role;
    if (sink.is_syslog_open) {
        closelog();
    }
    sink.is_syslog_open = target->use_syslog;
    if (sink.is_syslog_open) {
        (void)snprintf(sink.ident, sizeof sink.ident, "%s", target->syslog_ident);
        openlog(sink.ident, LOG_PID | LOG_NDELAY | LOG_NOWAIT, target->syslog_facility);
    }
    return 0;
}

void log_set_level(enum log_level level) {
    sink.level = level;
}

static size_t print_head(char *head, enum log_level level) {
    static const char marks[] = ".-*#";
    int64_t now_us = clock_read_unix_us();
    time_t seconds = (time_t)(now_us / CLOCK_US_PER_SECOND);
    struct tm local;
    char date[TIME_SIZE] = "";
    if (localtime_r(&seconds, &local) != NULL) {
        (void)strftime(date, sizeof date, "%d %b %Y %H:%M:%S", &local);
    }
    int length = snprintf(head, HEAD_SIZE, "%d:%c %s.%03d %c ", (int)getpid(), sink.role, date,
                          (int)(now_us / CLOCK_US_PER_MS % CLOCK_MS_PER_SECOND), marks[level]);
    return length < 0 ? 0 : (size_t)length;
}

void log_set_carrier(struct log_carrier carrier) {
    sink.carrier = carrier;
}

void log_write(const struct log_text *text) {
    static const int priorities[] = {LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING};
    write_out(text->bytes, text->length);
    if (sink.is_syslog_open) {
        size_t length = text->length - text->head_length - 1;
        syslog(priorities[text->level], "%.*s", (int)length, text->bytes + text->head_length);
    }
}

void log_line(enum log_level level, const char *format, ...) {
    if (level < sink.level || level >= LOG_LEVEL_NOTHING) {
        return;
    }
    char text[LINE_SIZE];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (length < 0) {
        return;
    }
    for (char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' && *at != '\t') {
            *at = ' ';
        }
    }
    char line[HEAD_SIZE + LINE_SIZE + 1];
    size_t head_length = print_head(line, level);
    size_t text_length = strlen(text);
    memcpy(line + head_length, text, text_length);
    line[head_length + text_length] = '\n';
    struct log_text whole = {level, head_length, head_length + text_length + 1, line};
    struct log_carrier carrier = sink.carrier;
    if (carrier.take == NULL || !carrier.take(carrier.context, &whole)) {
        log_write(&whole);
    }
}

void log_raw(const char *text) {
    write_out(text, strlen(text));
}
