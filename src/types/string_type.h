/*
 * string_type: strings as integers, as bytes inside the entry, or as a buffer of their own.
 */
#ifndef LATCHKEY_TYPES_STRING_TYPE_H
#define LATCHKEY_TYPES_STRING_TYPE_H

#include "base/sds.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct value;
struct value_ops;

enum {
    STRING_INLINE_MAX = 192, /* bytes that stand inside the entry; longer ones get a buffer */
    STRING_SCRATCH_SIZE = TEXT_INT64_MAX_SIZE,
};

/*
 * Makes the value of a text: an integer if it is the canonical form of one, else the bytes
 * (borrowed while short, a copy of its own when long). O(length).
 */
void string_value_of(struct bytes text, struct value *value);

/* As above, but bytes stay bytes even if they are an integer: results of INCRBYFLOAT. */
void string_value_of_text(struct bytes text, struct value *value);

/* As string_value_of for bytes that the value may keep. text: taken. */
void string_value_of_sds(sds text, struct value *value);

/* Makes the value an integer. */
void string_value_of_integer(int64_t number, struct value *value);

/* Bytes that are shown as "raw" although short: results of BITOP, HyperLogLogs. text: taken. */
void string_value_of_raw(sds text, struct value *value);

/* The string's bytes; those of an integer are printed into scratch. */
struct bytes string_bytes(const struct value *value, char scratch[STRING_SCRATCH_SIZE]);

/* Bytes; of an integer those of its text. */
size_t string_length(const struct value *value);

/* True and the number when the string is the canonical form of an integer. */
bool string_integer(const struct value *value, int64_t *number);

/* Appends bytes; the value becomes a buffer that has room to grow. Amortized O(tail). */
void string_append(struct value *value, struct bytes tail);

/*
 * Makes the value a buffer of at least `length` bytes (new ones are zero) and returns its first
 * byte, to be written to. O(length) when it was not a buffer yet.
 */
char *string_mutable(struct value *value, size_t length);

/*
 * As string_mutable, but only bytes [offset, offset + size) will be written, and bytes that are
 * new: cheaper while the string is kept.
 */
char *string_mutable_range(struct value *value, size_t length, size_t offset, size_t size);

/* Cuts a string that string_mutable was called for to a length, at most its own. */
void string_truncate(struct value *value, size_t length);

/* The row of value_ops. */
extern const struct value_ops string_ops;

#endif
