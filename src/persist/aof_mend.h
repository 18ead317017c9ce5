/*
 * aof_mend: writes a part of a file of the log again that a failed sync left in doubt.
 *
 * The kernel may take bytes for clean that never reached the disk: only bytes that are written anew
 * are synced by the next sync. They are written over themselves, so who reads the file meanwhile
 * (the next process, should this one be killed) finds all of them.
 */
#ifndef LATCHKEY_PERSIST_AOF_MEND_H
#define LATCHKEY_PERSIST_AOF_MEND_H

#include "base/panic.h"

#include <stdint.h>

/* Whole frames with their lines; none when `from` is `to`. */
struct aof_span {
    uint64_t from;
    uint64_t to;
    uint64_t chain_before; /* the last checksum before it; at the file's start the seed */
    uint64_t chain_after;  /* the last checksum in it */
};

/*
 * Reads the span, checks it by its lines, and writes it to its place. O(bytes), waits for the disk.
 * Returns 0, -EBADMSG when the file does not hold what was written (or more than can be checked),
 * or -errno. The file's bytes are the same as before in each case.
 */
int aof_mend_span(int fd, const struct aof_span *span) MUST_CHECK;

#endif
