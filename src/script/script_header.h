/*
 * script_header: the first line of a script, which says in which language it is written and what
 * it needs: "#!lua name=library flags=no-writes,allow-stale".
 */
#ifndef LATCHKEY_SCRIPT_SCRIPT_HEADER_H
#define LATCHKEY_SCRIPT_SCRIPT_HEADER_H

#include "base/panic.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stdint.h>

/* Finds the flag (enum script_flag) of a name such as "no-writes"; 0 when there is none. */
uint32_t script_header_flag(struct bytes name);

/* The same for a name in letters of either case, as redis.register_function takes them. */
uint32_t script_header_flag_nocase(struct bytes name);

/* The name of one flag. */
const char *script_header_flag_name(uint32_t flag);

/*
 * Reads the header of a script for EVAL. *flags gets the script's flags (SCRIPT_WITHOUT_HEADER
 * when it has no header), *body the text behind the header, which begins with its line end, so
 * that lines keep their numbers. Returns NULL, or the text of an error, to be freed.
 */
sds script_header_read(struct bytes source, uint32_t *flags, struct bytes *body) MUST_CHECK;

/* True for a name that a library or a function may have: letters, digits, underscores. */
bool script_header_is_name(struct bytes name);

/* The text of the error about a name that is none. */
#define SCRIPT_HEADER_NAME_ERROR                                                                   \
    "Library names can only contain letters, numbers, or underscores(_) and must be at least one " \
    "character long"

/*
 * Reads the header of a function library, of the one language that there is. *name gets its name,
 * to be freed, *body the text behind the header, beginning with its line end. Returns NULL, or the
 * text of an error, to be freed; then *name is NULL.
 */
sds script_header_read_library(struct bytes source, sds *name, struct bytes *body) MUST_CHECK;

#endif
