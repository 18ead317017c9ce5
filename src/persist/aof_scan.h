/*
 * aof_scan: what the sound annotation lines behind a damaged place say.
 */
#ifndef LATCHKEY_PERSIST_AOF_SCAN_H
#define LATCHKEY_PERSIST_AOF_SCAN_H

#include "base/panic.h"

#include <stdbool.h>
#include <stdint.h>

struct aof_scan {
    bool has_frames;     /* sound frames were found */
    bool has_unknown;    /* one of them was written while nobody synced */
    uint64_t synced_max; /* the largest offset that one says was synced */
};

/*
 * Looks at all lines behind an offset. A line counts only when its checksum fits its frame and the
 * line before, which a client cannot forge. Returns 0 or -errno (-EFBIG: too much work, the
 * file looks made up).
 */
int aof_scan_lines(int fd, uint64_t from, struct aof_scan *scan) MUST_CHECK;

#endif
