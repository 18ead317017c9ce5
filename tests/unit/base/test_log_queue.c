/*
 * A reader that does not read stops nobody who logs; what it takes later is in order.
 */
#include "base/log_queue.h"

#include "base/log.h"
#include "support/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_COUNT = 4 * LOG_QUEUE_MAX, TEXT_SIZE = 1 << 20, TEXT_MAX = 64, PIPE_SIZE = 4096 };

/* Makes a pipe that the log goes to, and returns its end for reading. */
static int open_pipe(char *path) {
    require(mkdtemp(path) != NULL);
    char name[TEXT_MAX];
    (void)snprintf(name, sizeof name, "%s/log", path);
    require(mkfifo(name, 0600) == 0);
    int fd = open(name, O_RDWR | O_CLOEXEC); /* So it has a writer, too, all the time. */
    require(fd >= 0 && fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE) == PIPE_SIZE);
    struct log_target target = {.level = LOG_LEVEL_DEBUG, .path = name, .role = 'M'};
    require(log_set_target(&target) == 0);
    return fd;
}

static void remove_pipe(const char *path, int fd) {
    char name[TEXT_MAX];
    (void)snprintf(name, sizeof name, "%s/log", path);
    (void)close(fd);
    (void)unlink(name);
    (void)rmdir(path);
}

/* What is read until a text comes, and a little more. */
static char *read_until(int fd, const char *wanted) {
    char *text = calloc(1, TEXT_SIZE);
    size_t size = 0;
    while (strstr(text, wanted) == NULL) {
        ssize_t count = read(fd, text + size, TEXT_SIZE - 1 - size);
        require(count > 0);
        size += (size_t)count;
    }
    return text;
}

static void *destroy(void *context) {
    log_queue_destroy(context);
    log_raw("the end");
    return NULL;
}

/* Ends the queue while what it writes is read. */
static char *read_rest(int fd, struct log_queue *queue) {
    pthread_t thread;
    require(pthread_create(&thread, NULL, destroy, queue) == 0);
    char *text = read_until(fd, "the end");
    require(pthread_join(thread, NULL) == 0);
    return text;
}

Test(log_queue, lines_wait_for_their_reader_in_order) {
    char path[] = "/tmp/latchkey-log-XXXXXX";
    int fd = open_pipe(path);
    struct log_queue *queue = log_queue_create();
    for (int i = 0; i < LOG_QUEUE_MAX; i++) {
        log_line(LOG_LEVEL_NOTICE, "line %d.", i);
    }
    char *text = read_rest(fd, queue);
    const char *at = text;
    for (int i = 0; i < LOG_QUEUE_MAX; i++) {
        char wanted[TEXT_MAX];
        (void)snprintf(wanted, sizeof wanted, "line %d.\n", i);
        at = strstr(at, wanted);
        require(at != NULL);
    }
    require(strstr(text, "were lost") == NULL);
    free(text);
    remove_pipe(path, fd);
}

Test(log_queue, lines_that_find_no_room_are_counted) {
    char path[] = "/tmp/latchkey-log-XXXXXX";
    int fd = open_pipe(path);
    struct log_queue *queue = log_queue_create();
    for (int i = 0; i < LINE_COUNT; i++) {
        log_line(LOG_LEVEL_NOTICE, "line %d.", i);
    }
    char *text = read_until(fd, "line 500.");
    free(text);
    log_line(LOG_LEVEL_NOTICE, "room");
    text = read_rest(fd, queue);
    const char *at = strstr(text, "room");
    require(at != NULL && strstr(at, " lines before were lost: the log took none") != NULL);
    free(text);
    remove_pipe(path, fd);
}
