#include "persist/background.h"

#include "base/worker.h"
#include "support/unit.h"

static int add_one(void *context) {
    return ++*(int *)context;
}

static void note_wake(void *context) {
    atomic_fetch_add((atomic_int *)context, 1);
}

Test(background, a_result_is_taken_once) {
    struct worker *worker = worker_create("test");
    struct background background = {0};
    atomic_int wakes = 0;
    int number = 4;
    int result = 0;
    cr_assert_not(background_take(&background, &result));
    for (int i = 0; i < 100; i++) {
        background_start(&background, worker, add_one, &number,
                         (struct background_wake){note_wake, &wakes});
        require(background_is_busy(&background));
        worker_drain(worker);
        require(background_take(&background, &result) && result == 5 + i);
        require(!background_take(&background, &result));
        require(!background_is_busy(&background) && atomic_load(&wakes) == i + 1);
    }
    worker_destroy(worker);
}
