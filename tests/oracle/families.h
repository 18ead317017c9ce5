/*
 * families: the groups of commands that the oracle knows, one file each.
 */
#ifndef ORACLE_FAMILIES_H
#define ORACLE_FAMILIES_H

#include "oracle/family.h"

extern const struct family string_family;
extern const struct family bitmap_family;
extern const struct family list_family;
extern const struct family hash_family;
extern const struct family set_family;
extern const struct family zset_family;
extern const struct family geo_family;
extern const struct family hyperloglog_family;
extern const struct family sort_family;
extern const struct family stream_family;
extern const struct family key_family;
extern const struct family transaction_family;
extern const struct family script_family;
extern const struct family function_family;
extern const struct family connection_family;
extern const struct family server_family;

#endif
