/*
 * aof_truncate: cuts a file of the AOF back to what had been written at a time, by its time
 * annotations (`#TS:<seconds>`, written under aof-timestamp-enabled).
 */
#ifndef LATCHKEY_PERSIST_AOF_TRUNCATE_H
#define LATCHKEY_PERSIST_AOF_TRUNCATE_H

#include "base/panic.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stdint.h>

/* Where a file is to end. */
struct aof_cut {
    uint64_t offset;       /* of the annotation that is too late */
    bool is_behind_data;   /* commands stand before it */
    bool has_chain;        /* one of our annotation lines (aof_line.h) stands before it */
    uint64_t frame_offset; /* the last one's end */
    uint64_t chain;        /* its checksum */
    uint64_t synced;       /* what it says was on the disk */
};

/*
 * Looks for the first time annotation later than unix_seconds. False when there is none: also in a
 * file that begins with RDB data, and behind bytes that are no command.
 */
bool aof_truncate_find(struct bytes text, int64_t unix_seconds, struct aof_cut *cut);

/*
 * Cuts the file there, and ends the frame that is cut through by a line of ours. text: the file as
 * it was. Waits for the disk. Returns 0 or -errno.
 */
int aof_truncate_file(int directory_fd, const char *name, struct bytes text,
                      const struct aof_cut *cut) MUST_CHECK;

#endif
