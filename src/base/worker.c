/*
 * A list of jobs under a mutex. Jobs are coarse (a file, a large value), so nothing cleverer pays.
 *
 * A thread costs 100 KB (its arena in the allocator) and a third of a millisecond: it is made for
 * the first job, which most workers of most servers never see.
 */
#include "base/worker.h"

#include "base/alloc.h"
#include "base/list.h"
#include "base/panic.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* About 0.1 ms of freeing small allocations. */
enum { STRETCH_BYTES = 16 * 1024 };

struct queued_job {
    struct list_node node;
    worker_job run;
    void *argument;
};

struct worker {
    const char *name;
    pthread_t thread;
    bool is_started;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* a job came, a job ended, or the end was asked for */
    struct list_node jobs;
    size_t pending_count;
    bool is_stopping;
};

static void lock(struct worker *worker) {
    int error = pthread_mutex_lock(&worker->mutex);
    ASSERT(error == 0);
}

static void unlock(struct worker *worker) {
    int error = pthread_mutex_unlock(&worker->mutex);
    ASSERT(error == 0);
}

/*
 * Where threads share a core, one that frees a large value keeps the loop from it until the system
 * ends its turn, which takes milliseconds. Between two frees it holds no lock of the allocator.
 */
static void give_way(void) {
    (void)sched_yield();
}

static void *run_jobs(void *context) {
    struct worker *worker = context;
    /*
     * The allocator makes its record of a thread with the thread's first allocation. One that frees
     * first would have it made amid that free, under a lock which the making takes, too.
     */
    alloc_free(alloc_new(1));
    alloc_take_breaks(STRETCH_BYTES, give_way);
    lock(worker);
    for (;;) {
        struct list_node *node = list_pop_front(&worker->jobs);
        if (node == NULL && worker->is_stopping) {
            break;
        }
        if (node == NULL) {
            (void)pthread_cond_wait(&worker->changed, &worker->mutex);
            continue;
        }
        unlock(worker);
        struct queued_job *job = LIST_ENTRY(node, struct queued_job, node);
        job->run(job->argument);
        alloc_free(job);
        alloc_flush_count();
        lock(worker);
        worker->pending_count--;
        (void)pthread_cond_broadcast(&worker->changed);
    }
    unlock(worker);
    return NULL;
}

struct worker *worker_create(const char *name) {
    struct worker *worker = alloc_zeroed(sizeof *worker);
    worker->name = name;
    list_init(&worker->jobs);
    (void)pthread_mutex_init(&worker->mutex, NULL);
    (void)pthread_cond_init(&worker->changed, NULL);
    return worker;
}

/* Returns false when the system has no thread to give. */
static bool start_thread(struct worker *worker) {
    /* Signals are for the loop's thread. */
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    worker->is_started = pthread_create(&worker->thread, NULL, run_jobs, worker) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (worker->is_started) {
        (void)pthread_setname_np(worker->thread, worker->name);
    }
    return worker->is_started;
}

void worker_destroy(struct worker *worker) {
    if (worker == NULL) {
        return;
    }
    lock(worker);
    worker->is_stopping = true;
    (void)pthread_cond_broadcast(&worker->changed);
    unlock(worker);
    if (worker->is_started) {
        int error = pthread_join(worker->thread, NULL);
        ASSERT(error == 0);
    }
    (void)pthread_mutex_destroy(&worker->mutex);
    (void)pthread_cond_destroy(&worker->changed);
    alloc_free(worker);
}

void worker_submit(struct worker *worker, worker_job job, void *argument) {
    if (!worker->is_started && !start_thread(worker)) {
        job(argument);
        return;
    }
    struct queued_job *queued = alloc_zeroed(sizeof *queued);
    queued->run = job;
    queued->argument = argument;
    lock(worker);
    list_push_back(&worker->jobs, &queued->node);
    worker->pending_count++;
    (void)pthread_cond_broadcast(&worker->changed);
    unlock(worker);
}

size_t worker_pending_count(const struct worker *worker) {
    struct worker *unlocked = (struct worker *)(uintptr_t)worker;
    lock(unlocked);
    size_t count = worker->pending_count;
    unlock(unlocked);
    return count;
}

void worker_drain(struct worker *worker) {
    lock(worker);
    while (worker->pending_count > 0) {
        (void)pthread_cond_wait(&worker->changed, &worker->mutex);
    }
    unlock(worker);
}
