/*
 * rdb_value: one value to and from RDB bytes: the payload of DUMP and RESTORE.
 *
 * A payload is the type, the value, two bytes of version, and a CRC-64 of all before it.
 */
#ifndef LATCHKEY_PERSIST_RDB_VALUE_H
#define LATCHKEY_PERSIST_RDB_VALUE_H

#include "base/panic.h"
#include "base/sds.h"

#include <stdbool.h>

struct value;

/* The payload of a value, to be freed with sds_free. compresses: long strings by LZF. */
sds rdb_dump(const struct value *value, bool compresses) __attribute__((warn_unused_result));

/* What a payload that is not trusted came to. */
enum rdb_restore_status {
    RDB_RESTORE_DONE,
    RDB_RESTORE_WRONG_FOOTER, /* too short, of a newer version, or the checksum is wrong */
    RDB_RESTORE_DAMAGED,      /* the value cannot be read */
};

/*
 * Makes the value of a payload. Every length, order and uniqueness is checked.
 * value    set on RDB_RESTORE_DONE, and the caller's to store; its bytes may be borrowed from the
 *          payload or from *kept.
 * kept     an sds, or NULL, to be freed when the value has been stored.
 * problem  set on RDB_RESTORE_DAMAGED; lives as long as the program.
 */
enum rdb_restore_status rdb_restore(struct bytes payload, struct value *value, sds *kept,
                                    const char **problem) MUST_CHECK;

/*
 * The same for a payload whose version and checksum are not looked at, for tests with damaged ones.
 */
enum rdb_restore_status rdb_restore_unsummed(struct bytes payload, struct value *value, sds *kept,
                                             const char **problem) MUST_CHECK;

#endif
