/*
 * keyspace_internal: the structs that keyspace.c and expire.c share.
 */
#ifndef LATCHKEY_KEYSPACE_KEYSPACE_INTERNAL_H
#define LATCHKEY_KEYSPACE_KEYSPACE_INTERNAL_H

#include "keyspace/keyspace.h"

struct deadlines;
struct table;

enum { KEYSPACE_LISTENER_MAX = 8 };

struct database {
    struct keyspace *keyspace;
    struct table *table;
    struct deadlines *deadlines;
    int index;
};

struct keyspace {
    struct database *databases;
    size_t database_count;
    const struct key_listener *listeners;
    size_t listener_count;
    unsigned interests[KEYSPACE_LISTENER_MAX];
    unsigned any_interest; /* all interests together: the one test on the path of every write */
    struct expiry_sink expiry_sink;
    enum time_authority authority;
    unsigned expiry_hold_count;
    struct access_policy access_policy;
    struct keyspace_counters counters;
    struct random random;
    struct worker *worker;
};

/* Removes an entry that is due: effect, event, memory. */
void keyspace_expire_entry(struct database *database, struct entry *entry, uint64_t hash);

/* True when due keys may be removed by this server's own clock. */
bool keyspace_may_expire(const struct keyspace *keyspace);

#endif
