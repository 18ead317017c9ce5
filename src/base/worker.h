/*
 * worker: one background thread with a queue of jobs, for what would block the loop: closing and
 * syncing files, freeing large values.
 *
 * A job owns what it gets; loop and worker share nothing but the queue. The only place where
 * threads are made.
 */
#ifndef LATCHKEY_BASE_WORKER_H
#define LATCHKEY_BASE_WORKER_H

#include <stddef.h>

struct worker;

/* Runs on the worker's thread; owns `argument`. */
typedef void (*worker_job)(void *argument);

/*
 * Creates a worker. Its thread starts with the first job, has all signals blocked and is named
 * `name` (at most 15 bytes; borrowed for the worker's life).
 */
struct worker *worker_create(const char *name);

/* Runs what is queued to its end, stops the thread, frees. NULL is accepted. */
void worker_destroy(struct worker *worker);

/*
 * Queues a job; jobs of one worker run in order. Where the system has no thread to give, the job
 * runs within the call. From one thread only. argument: taken.
 */
void worker_submit(struct worker *worker, worker_job job, void *argument);

/* The number of jobs queued or running. */
size_t worker_pending_count(const struct worker *worker);

/* Waits until every job queued before the call has run. */
void worker_drain(struct worker *worker);

#endif
