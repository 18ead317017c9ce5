/*
 * lock_value: strings that are locks: the owner is the string, and beside it stand the token, how
 * often the owner holds the lock, and for whom.
 *
 * Whatever writes a string anew makes a plain string of a lock; a copy is a plain string.
 */
#ifndef LATCHKEY_TYPES_LOCK_VALUE_H
#define LATCHKEY_TYPES_LOCK_VALUE_H

#include "base/sds.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct value;

/* Counts the locks that there are, wherever they are freed. */
struct lock_counter {
    _Atomic size_t held;
};

struct lock_fields {
    struct bytes owner;
    uint64_t token;     /* above 0 */
    int64_t hold_count; /* above 0 */
    int64_t granted_ms; /* since 1970: when the owner got it */
    uint64_t session;   /* the id of the client that it belongs to; 0: none */
};

/* Makes the value of a lock; the owner is copied. counter: outlives the value. */
void lock_value_create(struct value *value, const struct lock_fields *fields,
                       struct lock_counter *counter);

/* True when the value is a lock. */
bool lock_value_is(const struct value *value);

/* What a lock holds; the owner is borrowed from it. */
struct lock_fields lock_value_fields(const struct value *value);

#endif
