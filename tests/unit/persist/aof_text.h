/*
 * aof_text: the bytes of an AOF file in the making, frames with the lines that vouch for them.
 */
#ifndef UNIT_PERSIST_AOF_TEXT_H
#define UNIT_PERSIST_AOF_TEXT_H

#include "base/sds.h"

#include <stddef.h>
#include <stdint.h>

struct aof_text {
    sds bytes;      /* of the file so far; whoever began it frees them */
    uint64_t chain; /* the last line's checksum */
};

/* A file with nothing but its first line. */
struct aof_text aof_text_begin(uint64_t seed);

/* Appends a frame and its line, which says that the log was synced up to an offset. */
void aof_text_add(struct aof_text *text, const char *frame, uint64_t synced);

#endif
