/*
 * log_queue: a thread that writes the log's lines, so that a disk or a pipe that takes none does
 * not stop the thread that logs.
 *
 * What is lost when the process is killed is what the thread has not written yet: usually nothing.
 */
#ifndef LATCHKEY_BASE_LOG_QUEUE_H
#define LATCHKEY_BASE_LOG_QUEUE_H

struct log_queue;

/*
 * From now on lines of the calling thread are queued; those of other threads are written as before,
 * and so is log_raw. One queue at a time. The thread begins with the first line. Lines that come
 * while LOG_QUEUE_MAX wait are lost; how many is said behind the next one that is not.
 */
enum { LOG_QUEUE_MAX = 1000 };
struct log_queue *log_queue_create(void);

/* Writes what waits, which may take its time, and ends that. NULL is accepted. */
void log_queue_destroy(struct log_queue *queue);

#endif
