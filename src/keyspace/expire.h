/*
 * expire: due keys leave memory whether or not anybody touches them.
 */
#ifndef LATCHKEY_KEYSPACE_EXPIRE_H
#define LATCHKEY_KEYSPACE_EXPIRE_H

#include <stdint.h>

struct keyspace;

/*
 * Removes due keys of all databases, for at most about budget_us of wall time.
 * Returns when it wants to run again, in ms since 1970: 0 for at once (the budget ran out),
 * INT64_MAX when no key has a deadline or expiry is held.
 */
int64_t expire_due_keys(struct keyspace *keyspace, int64_t budget_us);

#endif
