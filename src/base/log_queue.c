/*
 * Each line is a job of a worker, with a copy of its text.
 */
#include "base/log_queue.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

struct log_queue {
    struct worker *worker;
    pid_t owner; /* the thread whose lines are queued */
    size_t lost_count;
};

struct queued_line {
    struct log_text text;
    char bytes[];
};

static void write_line(void *argument) {
    struct queued_line *line = argument;
    log_write(&line->text);
    alloc_free(line);
}

static void tell_loss(struct log_queue *queue) {
    size_t lost_count = queue->lost_count;
    queue->lost_count = 0;
    if (lost_count > 0) {
        log_line(LOG_LEVEL_WARNING, "%zu lines before were lost: the log took none", lost_count);
    }
}

static bool take_line(void *context, const struct log_text *text) {
    struct log_queue *queue = context;
    if (gettid() != queue->owner) {
        return false;
    }
    if (worker_pending_count(queue->worker) >= LOG_QUEUE_MAX) {
        queue->lost_count++;
        return true;
    }
    struct queued_line *line = alloc_new(sizeof *line + text->length);
    line->text = *text;
    line->text.bytes = memcpy(line->bytes, text->bytes, text->length);
    worker_submit(queue->worker, write_line, line);
    tell_loss(queue);
    return true;
}

struct log_queue *log_queue_create(void) {
    struct log_queue *queue = alloc_zeroed(sizeof *queue);
    queue->worker = worker_create("log");
    queue->owner = gettid();
    log_set_carrier((struct log_carrier){queue, take_line});
    return queue;
}

void log_queue_destroy(struct log_queue *queue) {
    if (queue == NULL) {
        return;
    }
    log_set_carrier((struct log_carrier){NULL, NULL});
    worker_destroy(queue->worker);
    tell_loss(queue);
    alloc_free(queue);
}
