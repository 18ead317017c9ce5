/*
 * rdb_libraries: function libraries to and from RDB bytes: the payload of FUNCTION DUMP and
 * RESTORE.
 *
 * A payload is an opcode and a source for each library, two bytes of version, and a CRC-64 of all
 * before it.
 */
#ifndef LATCHKEY_PERSIST_RDB_LIBRARIES_H
#define LATCHKEY_PERSIST_RDB_LIBRARIES_H

#include "base/panic.h"
#include "base/sds.h"
#include "persist/rdb_loader.h"

#include <stdbool.h>
#include <stddef.h>

/* The payload of libraries, to be freed with sds_free. compresses: long sources by LZF. */
sds rdb_libraries_dump(const struct bytes *sources, size_t count, bool compresses)
    __attribute__((warn_unused_result));

/*
 * Hands the libraries of a payload that is not trusted to a taker, one after another, up to the
 * first that it refuses. Returns NULL, or the text of an error without a code, to be freed.
 */
sds rdb_libraries_restore(struct bytes payload, struct rdb_library_taker taker) MUST_CHECK;

#endif
