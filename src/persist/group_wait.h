/*
 * group_wait: when the next group commit starts.
 *
 * The clients that one group has answered send their next writes within moments. A group that
 * starts with the first of them leaves the others to the one behind it: then groups split into
 * halves that alternate, each write waits for two syncs, and the disk has twice the work.
 *
 * So a group waits for them while they keep coming, and never longer than a sync takes: that is
 * what a write would have waited had it come right behind the start of a sync.
 */
#ifndef LATCHKEY_PERSIST_GROUP_WAIT_H
#define LATCHKEY_PERSIST_GROUP_WAIT_H

#include <stddef.h>
#include <stdint.h>

/* All zero: no sync was seen yet. Times are monotonic, in ns. */
struct group_wait {
    int64_t usual_sync_ns; /* a running mean, which one slow sync hardly moves */
    int64_t sync_end_ns;   /* of the last sync */
    int64_t return_ns;     /* when the last client came back, or that end */
    size_t awaited_count;
};

/*
 * Tells of the last sync: when it ended and how long it took. One that it knows already changes
 * nothing.
 */
void group_wait_note_sync(struct group_wait *wait, int64_t end_ns, int64_t sync_ns);

/*
 * Returns the instant at which the group starts even if nobody else has come back until then. It
 * may be past.
 *
 * awaited_count  clients that were answered and have not been heard since, now; not 0
 */
int64_t group_wait_end(struct group_wait *wait, size_t awaited_count, int64_t now_ns);

#endif
