/*
 * text: numbers as clients write them, and glob patterns.
 *
 * Parsing is strict and locale-free: the whole input must be the number. Printing gives what the
 * stock server prints.
 */
#ifndef LATCHKEY_BASE_TEXT_H
#define LATCHKEY_BASE_TEXT_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_INT64_MAX_SIZE = 21,             /* "-9223372036854775808" and a zero byte */
    TEXT_DOUBLE_MAX_SIZE = 128,           /* room for text_print_double and a zero byte */
    TEXT_LONG_DOUBLE_MAX_SIZE = 5 * 1024, /* LDBL_MAX without exponent, and a zero byte */
};

/*
 * Parses a canonical decimal integer: no leading zeros, plus signs, spaces or "-0".
 * Returns false, *result alone, when it is none or out of range.
 */
bool text_parse_int64(struct bytes text, int64_t *result);

/* As text_parse_int64, for 0 … 2^64-1. */
bool text_parse_uint64(struct bytes text, uint64_t *result);

/*
 * Parses a floating-point number as strtod in the C locale does ("inf", "1e3", hexadecimal), no
 * spaces in front, nothing behind, not empty. False for NaN, for overflow to infinity and for
 * underflow to zero.
 */
bool text_parse_double(struct bytes text, double *result);
bool text_parse_long_double(struct bytes text, long double *result);

/*
 * Parses a size with an optional unit: k=1000, kb=1024, m, mb, g, gb, b; any case. No digits are
 * 0, as on the oracle, which takes `maxmemory ""` for no limit.
 * Returns false when it is none, negative or out of range.
 */
bool text_parse_memory(struct bytes text, int64_t *result);

/* Prints into at least TEXT_INT64_MAX_SIZE bytes, zero-terminated; returns the length. */
size_t text_print_int64(char *buffer, int64_t value);
size_t text_print_uint64(char *buffer, uint64_t value);

/*
 * Prints the shortest decimal that reads back as the same double, as newer servers write sorted-set
 * scores and RESP3 doubles ("3", "0.1", "1e-7", "1e+21", "inf", "-inf", "nan"); whole numbers up to
 * 2^62 digit by digit. TEXT_DOUBLE_MAX_SIZE bytes. Returns the length.
 */
size_t text_print_double(char *buffer, double value);

/*
 * Prints with 17 digits behind the point, trailing zeros cut, no exponent: the form of
 * INCRBYFLOAT. TEXT_LONG_DOUBLE_MAX_SIZE bytes. Returns the length.
 */
size_t text_print_long_double(char *buffer, long double value);

/*
 * Glob match: * ? [a-z] [^a] and \ escapes, over bytes. Cost is bounded by O(pattern * text)
 * even for patterns of many stars.
 */
bool text_matches_glob(struct bytes pattern, struct bytes text, bool ignore_case);

/*
 * Splits a line into arguments as redis-cli and redis.conf write them: blanks separate; "..."
 * with \n \r \t \b \a \" \\ \xHH; '...' with \' only. Returns an array of *count sds (array from
 * alloc, each to be freed by text_free_args), or NULL on unbalanced quotes and where text follows
 * a closing quote. An empty line gives an array with *count 0.
 */
sds *text_split_args(struct bytes line, size_t *count);
void text_free_args(sds *args, size_t count);

#endif
