/*
 * keyspace_internal: the structs that keyspace.c, expire.c, evict.c and snapshot.c share.
 */
#ifndef LATCHKEY_KEYSPACE_KEYSPACE_INTERNAL_H
#define LATCHKEY_KEYSPACE_KEYSPACE_INTERNAL_H

#include "keyspace/keyspace.h"
#include "types/lock_value.h"

struct deadlines;
struct field_deadlines;
struct snapshot;
struct table;

enum { KEYSPACE_LISTENER_MAX = 8 };

/* How far a snapshot has come with a table; it goes where the table goes. */
struct table_walk {
    uint64_t cursor;
    int database_index; /* of the database that the table belonged to at the flip */
    bool is_done;
};

struct database {
    struct keyspace *keyspace;
    struct table *table;
    struct deadlines *deadlines;
    struct field_deadlines *fields; /* NULL until a field of a hash gets a deadline */
    int index;
    struct table_walk walk; /* without meaning while there is no snapshot */
};

struct keyspace {
    struct database *databases;
    size_t database_count;
    const struct key_listener *listeners;
    size_t listener_count;
    unsigned interests[KEYSPACE_LISTENER_MAX];
    unsigned any_interest; /* all interests together: the one test on the path of every write */
    struct removal_sink removal_sink;
    enum time_authority authority;
    unsigned expiry_hold_count;
    struct access_policy access_policy;
    struct keyspace_counters counters;
    struct lock_counter lock_counter;
    struct random random;
    struct worker *worker;
    bool epoch; /* that entries are born with; during a snapshot, others belong to the snapshot */
    struct snapshot *snapshot; /* NULL when none runs or drains */
};

/* What a flush takes out of a database. */
struct detached_data {
    struct table *table;
    struct deadlines *deadlines;
    struct field_deadlines *fields;
    struct table_walk walk;
};

/* Removes an entry that is due: effect, event, memory. */
void keyspace_expire_entry(struct database *database, struct entry *entry, uint64_t hash);

/* Removes an entry to make room: effect, event, memory; its value in the background when lazily. */
void keyspace_evict_entry(struct database *database, struct entry *entry, uint64_t hash,
                          bool lazily);

/* Removes fields that are due from the hash under a key, a bounded number; effect and events. */
void keyspace_expire_fields(struct database *database, struct bytes name, uint64_t hash,
                            int64_t now_ms);

/* True when due keys may be removed by this server's own clock. */
bool keyspace_may_expire(const struct keyspace *keyspace);

/* Frees the value's object, in the background if that is asked for and pays. */
void keyspace_free_value(struct keyspace *keyspace, struct value *value, bool lazily);

/* Frees all entries of detached data and the data, in the background if that is asked for. */
void keyspace_free_detached(struct keyspace *keyspace, struct detached_data *data, bool lazily);

/*
 * What snapshot.c brings to the one door. Called only while keyspace->snapshot is set.
 * keep_entry: before an entry changes or goes. keep_value: before a value is freed; true when the
 * snapshot takes it instead. keep_detached: takes flushed data, which it frees when it is through.
 */
void keyspace_keep_entry(struct database *database, struct entry *entry);
bool keyspace_keep_value(struct keyspace *keyspace, const struct value *value);
void keyspace_keep_detached(struct keyspace *keyspace, struct detached_data *data);

#endif
