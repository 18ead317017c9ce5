#include "persist/group_wait.h"

#include "support/unit.h"

enum { SYNC_NS = 800000, END_NS = 5000000, PAUSE_NS = SYNC_NS / 4 };

static struct group_wait behind_a_sync(void) {
    struct group_wait wait = {0};
    group_wait_note_sync(&wait, END_NS, SYNC_NS);
    return wait;
}

Test(group_wait, nobody_comes_back_for_a_quarter_of_a_sync) {
    struct group_wait wait = behind_a_sync();
    int64_t now_ns = END_NS + 1000;
    require(group_wait_end(&wait, 50, now_ns) == now_ns + PAUSE_NS);
    require(group_wait_end(&wait, 50, now_ns + PAUSE_NS) == now_ns + PAUSE_NS);
}

Test(group_wait, who_comes_back_prolongs_it) {
    struct group_wait wait = behind_a_sync();
    require(group_wait_end(&wait, 50, END_NS) == END_NS + PAUSE_NS);
    require(group_wait_end(&wait, 30, END_NS + 100) == END_NS + 100 + PAUSE_NS);
    require(group_wait_end(&wait, 30, END_NS + 200) == END_NS + 100 + PAUSE_NS);
}

Test(group_wait, it_is_never_longer_than_a_sync) {
    struct group_wait wait = behind_a_sync();
    for (size_t left = 100; left > 0; left--) {
        int64_t now_ns = END_NS + (int64_t)(101 - left) * SYNC_NS / 10;
        require(group_wait_end(&wait, left, now_ns) <= END_NS + SYNC_NS);
    }
    require(group_wait_end(&wait, 200, END_NS + SYNC_NS - 1) == END_NS + SYNC_NS);
}

Test(group_wait, each_sync_begins_a_new_wait) {
    struct group_wait wait = behind_a_sync();
    (void)group_wait_end(&wait, 50, END_NS + SYNC_NS);
    int64_t end_ns = END_NS + 2 * SYNC_NS;
    group_wait_note_sync(&wait, end_ns, SYNC_NS);
    require(group_wait_end(&wait, 50, end_ns) == end_ns + PAUSE_NS);
}

Test(group_wait, one_sync_is_counted_once) {
    struct group_wait wait = behind_a_sync();
    group_wait_note_sync(&wait, END_NS + 1, 2 * SYNC_NS);
    int64_t usual_ns = wait.usual_sync_ns;
    group_wait_note_sync(&wait, END_NS + 1, 2 * SYNC_NS);
    require(wait.usual_sync_ns == usual_ns);
}

Test(group_wait, one_slow_sync_hardly_makes_it_longer) {
    struct group_wait wait = behind_a_sync();
    group_wait_note_sync(&wait, 100 * (int64_t)END_NS, 100 * (int64_t)SYNC_NS);
    require(wait.usual_sync_ns > SYNC_NS);
    require(wait.usual_sync_ns <= SYNC_NS + SYNC_NS / 8);
}

Test(group_wait, it_follows_a_disk_that_becomes_slower_or_faster) {
    struct group_wait wait = behind_a_sync();
    int64_t end_ns = END_NS;
    for (int i = 0; i < 100; i++) {
        group_wait_note_sync(&wait, ++end_ns, 20 * (int64_t)SYNC_NS);
    }
    require(wait.usual_sync_ns > 19 * (int64_t)SYNC_NS);
    for (int i = 0; i < 100; i++) {
        group_wait_note_sync(&wait, ++end_ns, SYNC_NS);
    }
    require(wait.usual_sync_ns < 2 * (int64_t)SYNC_NS);
}
