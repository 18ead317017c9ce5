/*
 * aof_line: the annotation lines in AOF files that say up to where the file is sound.
 *
 *     #LK <length> <synced> <checksum>\r\n
 *
 * length    bytes between the end of the annotation line before (or the start of the file) and this
 *           one: a frame. The line that begins a file has length 0.
 * synced    bytes of the file that were known to be safe on disk when the line was written; "-"
 *           when nobody syncs.
 * checksum  16 hexadecimal digits: XXH3-64 of the frame and of the line up to the checksum, seeded
 *           by the checksum of the line before. In the line that begins a file it is the seed of
 *           the next one: the last checksum of the increment before, or a random number.
 *
 * Stock loaders skip lines that begin with '#'. A frame never begins with the SELECT command that a
 * stock server writes first when it appends to a file: AOF_LINE_SEPARATOR stands before. So bytes
 * behind the last line that do begin with it are a stock server's.
 */
#ifndef LATCHKEY_PERSIST_AOF_LINE_H
#define LATCHKEY_PERSIST_AOF_LINE_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AOF_LINE_SIZE_MAX = 80, AOF_LINE_CHECKSUM_SIZE = 16 };

#define AOF_LINE_SYNCED_UNKNOWN UINT64_MAX
#define AOF_LINE_SEPARATOR "#\r\n"
#define AOF_LINE_FOREIGN_START "*2\r\n$6\r\nSELECT\r\n"
#define AOF_LINE_PREFIX "#LK "

struct aof_line {
    uint64_t length;
    uint64_t synced;
    uint64_t checksum;
    size_t head_size; /* bytes before the checksum's digits */
    size_t size;      /* bytes of the line with its end */
};

/* Writes the line up to its checksum; returns the size. At most AOF_LINE_SIZE_MAX bytes in all. */
size_t aof_line_print_head(char *buffer, uint64_t length, uint64_t synced);

/* Writes the checksum and the line's end behind the head; returns the size of what was written. */
size_t aof_line_print_checksum(char *buffer, uint64_t checksum);

/* Reads the line at the start of the text. False when there is none, or it is cut. */
bool aof_line_parse(struct bytes text, struct aof_line *line);

#endif
