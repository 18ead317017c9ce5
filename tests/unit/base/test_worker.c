#include "base/worker.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { JOB_COUNT = 5000 };

struct journal {
    int numbers[JOB_COUNT];
    size_t count;
};

struct step {
    struct journal *journal;
    int number;
};

static void write_step(void *argument) {
    struct step *step = argument;
    step->journal->numbers[step->journal->count++] = step->number;
    alloc_free(step);
}

static void submit_steps(struct worker *worker, struct journal *journal) {
    for (int i = 0; i < JOB_COUNT; i++) {
        struct step *step = alloc_new(sizeof *step);
        *step = (struct step){journal, i};
        worker_submit(worker, write_step, step);
    }
}

Test(worker, jobs_run_in_the_order_in_which_they_were_submitted) {
    static struct journal journal;
    struct worker *worker = worker_create("test");
    submit_steps(worker, &journal);
    worker_drain(worker);
    require(worker_pending_count(worker) == 0);
    require(journal.count == JOB_COUNT);
    for (int i = 0; i < JOB_COUNT; i++) {
        require(journal.numbers[i] == i);
    }
    worker_destroy(worker);
}

Test(worker, destroying_runs_what_is_queued) {
    static struct journal journal;
    size_t start = alloc_used_bytes();
    struct worker *worker = worker_create("test");
    submit_steps(worker, &journal);
    worker_destroy(worker);
    require(journal.count == JOB_COUNT);
    require(alloc_used_bytes() == start);
    worker_destroy(NULL);
}

struct gate {
    atomic_bool is_open;
    atomic_bool is_waiting;
};

static void wait_at_gate(void *argument) {
    struct gate *gate = argument;
    atomic_store(&gate->is_waiting, true);
    while (!atomic_load(&gate->is_open)) {
    }
}

Test(worker, a_running_job_counts_as_pending) {
    struct gate gate = {false, false};
    struct worker *worker = worker_create("test");
    require(worker_pending_count(worker) == 0);
    worker_submit(worker, wait_at_gate, &gate);
    worker_submit(worker, wait_at_gate, &gate);
    while (!atomic_load(&gate.is_waiting)) {
    }
    require(worker_pending_count(worker) == 2);
    atomic_store(&gate.is_open, true);
    worker_drain(worker);
    require(worker_pending_count(worker) == 0);
    worker_destroy(worker);
}

static void read_mask(void *argument) {
    (void)pthread_sigmask(SIG_SETMASK, NULL, argument);
}

Test(worker, signals_are_blocked_on_its_thread_and_not_on_ours) {
    sigset_t mask;
    struct worker *worker = worker_create("test");
    worker_submit(worker, read_mask, &mask);
    worker_drain(worker);
    require(sigismember(&mask, SIGTERM) == 1);
    require(sigismember(&mask, SIGUSR1) == 1);
    read_mask(&mask);
    require(sigismember(&mask, SIGTERM) == 0);
    worker_destroy(worker);
}

static void read_name(void *argument) {
    (void)pthread_getname_np(pthread_self(), argument, 16);
}

Test(worker, the_thread_carries_its_name) {
    char name[16] = "";
    struct worker *worker = worker_create("lazy free");
    worker_submit(worker, read_name, name);
    worker_drain(worker);
    require_text(bytes_of_text(name), "lazy free");
    worker_destroy(worker);
}

static void note_thread(void *argument) {
    *(pthread_t *)argument = pthread_self();
}

Test(worker, a_job_runs_within_the_call_while_the_system_has_no_thread_to_give) {
    pthread_attr_t usual;
    pthread_attr_t absurd;
    require(pthread_getattr_default_np(&usual) == 0);
    require(pthread_getattr_default_np(&absurd) == 0);
    require(pthread_attr_setstacksize(&absurd, SIZE_MAX / 2) == 0);
    require(pthread_setattr_default_np(&absurd) == 0);
    struct worker *worker = worker_create("test");
    pthread_t runner;
    worker_submit(worker, note_thread, &runner);
    require(worker_pending_count(worker) == 0);
    require(pthread_equal(runner, pthread_self()));
    require(pthread_setattr_default_np(&usual) == 0);
    worker_submit(worker, note_thread, &runner);
    worker_drain(worker);
    require(!pthread_equal(runner, pthread_self()));
    worker_destroy(worker);
}

static size_t count_threads(void) {
    DIR *directory = opendir("/proc/self/task");
    require(directory != NULL);
    size_t count = 0;
    while (readdir(directory) != NULL) {
        count++;
    }
    (void)closedir(directory);
    return count;
}

Test(worker, the_thread_starts_with_the_first_job) {
    size_t before = count_threads();
    struct worker *worker = worker_create("test");
    worker_drain(worker);
    require(count_threads() == before);
    worker_destroy(worker);
    struct gate gate = {false, false};
    worker = worker_create("test");
    worker_submit(worker, wait_at_gate, &gate);
    require(count_threads() == before + 1);
    atomic_store(&gate.is_open, true);
    worker_destroy(worker);
}

/* Blocks next to each other, so that freeing one joins it with others. */
enum { NEIGHBOUR_COUNT = 400, NEIGHBOUR_SIZE = 28000, HANG_SECONDS = 60 };

static void free_neighbours(void *context) {
    void **blocks = context;
    for (size_t i = 0; i < NEIGHBOUR_COUNT; i++) {
        alloc_free_sized(blocks[i], NEIGHBOUR_SIZE);
    }
}

Test(worker, the_first_that_its_thread_does_may_be_to_free, .timeout = HANG_SECONDS) {
    void *blocks[NEIGHBOUR_COUNT];
    (void)alloc_purge_in_background(); /* Puts functions of ours between allocator and system. */
    for (size_t i = 0; i < NEIGHBOUR_COUNT; i++) {
        blocks[i] = alloc_new(NEIGHBOUR_SIZE);
    }
    struct worker *worker = worker_create("test");
    worker_submit(worker, free_neighbours, blocks);
    worker_destroy(worker);
}
