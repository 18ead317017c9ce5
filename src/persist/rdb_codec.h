/*
 * rdb_codec: the checksum and the compression of RDB files and payloads, by isa-l and liblzf.
 *
 * A library is loaded by the first call that needs it: a start without a file needs neither. The
 * process ends, with a line in the log, when that fails. Any thread may call.
 */
#ifndef LATCHKEY_PERSIST_RDB_CODEC_H
#define LATCHKEY_PERSIST_RDB_CODEC_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Loads what is not loaded yet (half a millisecond), so that a library that is missing is found
 * out now.
 */
void rdb_codec_load(void);

/* Goes on with a CRC-64 (Jones, reflected, no initial or final inversion; 0 at the start). */
uint64_t rdb_codec_checksum(uint64_t checksum, struct bytes source);

/*
 * Compresses as LZF into at most `room` bytes and returns how many they are; 0 when they are not
 * enough. Both sizes are below 4 GiB.
 */
size_t rdb_codec_compress(struct bytes source, char *target, size_t room);

/* Expands LZF. False when that does not give `size` bytes (below 4 GiB): *target is undefined. */
bool rdb_codec_expand(struct bytes source, char *target, size_t size);

#endif
