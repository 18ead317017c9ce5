#include "persist/group_wait.h"

#include <stdbool.h>

enum {
    PAUSE_DIVISOR = 4, /* so much of a usual sync without anybody coming back ends the wait */
    MEAN_WEIGHT = 8,   /* a sync moves the mean by this part of what it differs */
};

static int64_t at_most(int64_t value, int64_t limit) {
    return value < limit ? value : limit;
}

void group_wait_note_sync(struct group_wait *wait, int64_t end_ns, int64_t sync_ns) {
    if (end_ns == wait->sync_end_ns) {
        return;
    }
    bool is_first = wait->sync_end_ns == 0;
    wait->sync_end_ns = end_ns;
    wait->return_ns = end_ns;
    if (is_first) {
        wait->usual_sync_ns = sync_ns;
        return;
    }
    int64_t counted_ns = at_most(sync_ns, 2 * wait->usual_sync_ns);
    wait->usual_sync_ns += (counted_ns - wait->usual_sync_ns) / MEAN_WEIGHT;
}

int64_t group_wait_end(struct group_wait *wait, size_t awaited_count, int64_t now_ns) {
    if (awaited_count != wait->awaited_count) {
        wait->awaited_count = awaited_count;
        wait->return_ns = now_ns;
    }
    return at_most(wait->return_ns + wait->usual_sync_ns / PAUSE_DIVISOR,
                   wait->sync_end_ns + wait->usual_sync_ns);
}
