#include "base/log.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

enum { PATH_SIZE = 64, TEXT_SIZE = 16384 };

/* A log file with what was written to it. */
struct log_file {
    char path[PATH_SIZE];
    char text[TEXT_SIZE];
};

static void open_target(struct log_file *file, enum log_level level, char role) {
    (void)snprintf(file->path, sizeof file->path, "/tmp/latchkey-log-XXXXXX");
    int fd = mkstemp(file->path);
    require(fd >= 0);
    (void)close(fd);
    struct log_target target = {.level = level, .path = file->path, .role = role};
    require(log_set_target(&target) == 0);
}

static const char *read_back(struct log_file *file) {
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    require(fd >= 0);
    ssize_t size = read(fd, file->text, sizeof file->text - 1);
    require(size >= 0);
    file->text[size] = '\0';
    (void)close(fd);
    return file->text;
}

static void finish(struct log_file *file) {
    (void)unlink(file->path);
}

static bool text_fits(const char *text, const char *pattern) {
    regex_t expression;
    require(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB) == 0);
    int result = regexec(&expression, text, 0, NULL, 0);
    regfree(&expression);
    return result == 0;
}

Test(log, a_line_has_process_role_date_and_mark) {
    struct log_file file;
    open_target(&file, LOG_LEVEL_DEBUG, 'S');
    log_line(LOG_LEVEL_NOTICE, "Ready to %s connections, %d", "accept", 7);
    char pattern[200];
    (void)snprintf(pattern, sizeof pattern,
                   "^%d:S [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} "
                   "\\* Ready to accept connections, 7\n$",
                   (int)getpid());
    require(text_fits(read_back(&file), pattern));
    finish(&file);
}

Test(log, each_level_has_its_mark) {
    struct log_file file;
    open_target(&file, LOG_LEVEL_DEBUG, 'M');
    log_line(LOG_LEVEL_DEBUG, "one");
    log_line(LOG_LEVEL_VERBOSE, "two");
    log_line(LOG_LEVEL_NOTICE, "three");
    log_line(LOG_LEVEL_WARNING, "four");
    const char *text = read_back(&file);
    require(strstr(text, " . one\n") != NULL);
    require(strstr(text, " - two\n") != NULL);
    require(strstr(text, " * three\n") != NULL);
    require(strstr(text, " # four\n") != NULL);
    finish(&file);
}

Test(log, lines_below_the_level_are_not_written) {
    struct log_file file;
    open_target(&file, LOG_LEVEL_WARNING, 'M');
    log_line(LOG_LEVEL_NOTICE, "quiet");
    log_line(LOG_LEVEL_WARNING, "loud");
    log_set_level(LOG_LEVEL_VERBOSE);
    log_line(LOG_LEVEL_VERBOSE, "heard");
    log_line(LOG_LEVEL_DEBUG, "unheard");
    log_set_level(LOG_LEVEL_NOTHING);
    log_line(LOG_LEVEL_WARNING, "silenced");
    const char *text = read_back(&file);
    require(strstr(text, "quiet") == NULL);
    require(strstr(text, "loud") != NULL);
    require(strstr(text, "# heard") == NULL && strstr(text, "- heard") != NULL);
    require(strstr(text, "unheard") == NULL);
    require(strstr(text, "silenced") == NULL);
    finish(&file);
}

Test(log, control_characters_do_not_forge_lines) {
    struct log_file file;
    open_target(&file, LOG_LEVEL_DEBUG, 'M');
    log_line(LOG_LEVEL_NOTICE, "a\nb\r\x1b[31mc\td");
    const char *text = read_back(&file);
    require(strchr(text, '\n') == text + strlen(text) - 1);
    require(strstr(text, " * a b  [31mc\td\n") != NULL);
    finish(&file);
}

Test(log, a_long_line_is_cut) {
    struct log_file file;
    open_target(&file, LOG_LEVEL_DEBUG, 'M');
    char text[5000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    log_line(LOG_LEVEL_NOTICE, "%s", text);
    const char *written = read_back(&file);
    size_t length = strlen(written);
    require(length > 1000 && length < 1200);
    require(written[length - 1] == '\n');
    finish(&file);
}

Test(log, raw_text_stands_as_it_is) {
    struct log_file file;
    open_target(&file, LOG_LEVEL_WARNING, 'M');
    log_raw("banner\n\tline\n");
    require_text(bytes_of_text(read_back(&file)), "banner\n\tline\n");
    finish(&file);
}

Test(log, a_file_that_was_moved_away_is_begun_anew) {
    struct log_file file;
    open_target(&file, LOG_LEVEL_DEBUG, 'M');
    log_line(LOG_LEVEL_NOTICE, "first");
    require(unlink(file.path) == 0);
    log_line(LOG_LEVEL_NOTICE, "second");
    const char *text = read_back(&file);
    require(strstr(text, "first") == NULL && strstr(text, "second") != NULL);
    finish(&file);
}

Test(log, a_target_that_cannot_be_opened_leaves_the_old_one) {
    struct log_file file;
    open_target(&file, LOG_LEVEL_DEBUG, 'M');
    struct log_target bad = {.level = LOG_LEVEL_WARNING, .path = "/nonexistent/log", .role = 'S'};
    require(log_set_target(&bad) == -ENOENT);
    char path[5000];
    memset(path, 'p', sizeof path);
    path[sizeof path - 1] = '\0';
    bad.path = path;
    require(log_set_target(&bad) == -ENAMETOOLONG);
    log_line(LOG_LEVEL_DEBUG, "still here");
    require(text_fits(read_back(&file), ":M .* \\. still here\n$"));
    finish(&file);
}

Test(log, syslog_may_be_added) {
    struct log_file file;
    open_target(&file, LOG_LEVEL_DEBUG, 'M');
    struct log_target target = {
        .level = LOG_LEVEL_DEBUG,
        .path = file.path,
        .use_syslog = true,
        .syslog_ident = "latchkey-test",
        .syslog_facility = LOG_LOCAL0,
        .role = 'M',
    };
    require(log_set_target(&target) == 0);
    log_line(LOG_LEVEL_DEBUG, "to both");
    require(strstr(read_back(&file), "to both") != NULL);
    target.use_syslog = false;
    require(log_set_target(&target) == 0);
    finish(&file);
}
