/*
 * keyspace: the databases, and the one door through which keys are read and changed.
 *
 * A key is opened for reading or for writing into a struct open_key, which holds a working copy of
 * its value's tag and of its deadline. A write changes the working copy through the functions of
 * the type and then stores or removes it; storing an empty collection removes the key. Opening for
 * writing removes a key that is due first; opening for reading hides it.
 * An open key is dead after the next change of the same key.
 */
#ifndef LATCHKEY_KEYSPACE_KEYSPACE_H
#define LATCHKEY_KEYSPACE_KEYSPACE_H

#include "base/random.h"
#include "base/sds.h"
#include "keyspace/key_event.h"
#include "types/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct database;
struct entry;
struct keyspace;
struct worker;

enum { DEADLINE_NONE = -1 };

/* A key, held open. */
struct open_key {
    struct database *database;
    struct bytes name; /* borrowed from the caller */
    uint64_t hash;
    struct entry *entry; /* NULL when the key is absent */
    struct value value;  /* the working copy; when absent, the caller fills it before storing */
    int64_t deadline_ms; /* the working copy; DEADLINE_NONE without; stored with the value */
};

/*
 * Who decides that a key is over: this server's clock; the log that it follows (clients see a due
 * key as absent all the same); or nobody, while a log is replayed and no client is served.
 */
enum time_authority { TIME_BY_CLOCK, TIME_BY_LOG, TIME_STOPPED };

/* Who hears of what goes by itself: the reason decides on effect and event. */
struct removal_sink {
    /* As expired, for due fields that were removed from a hash. */
    void (*expired_fields)(void *context, struct database *database, struct bytes key,
                           const struct bytes *names, size_t count);
    /* Called after a due key was removed, before its bytes die. */
    void (*expired)(void *context, struct database *database, struct bytes key, uint64_t hash);
    /* The same for a key that was removed to make room. */
    void (*evicted)(void *context, struct database *database, struct bytes key, uint64_t hash);
    void *context;
};

/* Counters that the keyspace owns; INFO reads them. */
struct keyspace_counters {
    int64_t hits;
    int64_t misses;
    int64_t expired_keys;
    int64_t expired_locks; /* of these: locks that somebody held */
    int64_t expired_fields;
    int64_t expired_time_cap_reached_count;
    int64_t evicted_keys;
};

/* What counts the locks among the values; belongs to the keyspace. */
struct lock_counter *keyspace_lock_counter(struct keyspace *keyspace);

/* Creates `database_count` empty databases. Free with keyspace_destroy. */
struct keyspace *keyspace_create(size_t database_count);

/* Frees everything in it. NULL is accepted. */
void keyspace_destroy(struct keyspace *keyspace);

/* Plugs in the listeners; the rows are kept, not copied. */
void keyspace_set_listeners(struct keyspace *keyspace, const struct key_listener *listeners,
                            size_t count);

/* Who hears of keys and fields that go by themselves, to write the effect. */
void keyspace_set_removal_sink(struct keyspace *keyspace, struct removal_sink sink);

/* Says who decides that a key is due. */
void keyspace_set_time_authority(struct keyspace *keyspace, enum time_authority authority);

/*
 * Holds back the removal of due keys (nested calls count): while clients are paused or writes are
 * refused, and while leases of locks are renewed. Reads still see them as absent; writes find them.
 */
void keyspace_hold_expiry(struct keyspace *keyspace);
void keyspace_release_expiry(struct keyspace *keyspace);

/* The counters, to be read and reset; they live as long as the keyspace. */
struct keyspace_counters *keyspace_counters(struct keyspace *keyspace);

/* The databases, by index (asserted). */
size_t keyspace_database_count(const struct keyspace *keyspace);
struct database *keyspace_database(struct keyspace *keyspace, size_t index);

/* The number by which clients select the database. */
int database_index(const struct database *database);

/* Keys, due ones included, and keys with a deadline; mean deadline as deadlines_mean. */
size_t database_key_count(const struct database *database);
size_t database_deadline_count(const struct database *database);
/* Keys that hold a hash with fields that have a deadline. */
size_t database_timed_hash_count(const struct database *database);
int64_t database_mean_deadline_ms(const struct database *database);

/* How a lookup treats the key's access time and the counters. */
enum open_mode {
    OPEN_COUNTED,   /* a client's read: counts hit or miss, touches, emits keymiss */
    OPEN_GLANCED,   /* counts and emits, but does not touch (TTL, TYPE, EXISTS) */
    OPEN_UNTOUCHED, /* introspection: neither counts nor touches (OBJECT, DEBUG) */
};

/*
 * Opens a key for reading. Returns false when it is absent or due; then only name, hash and
 * database of *key are set (entry NULL).
 */
bool keyspace_open_read(struct database *database, struct bytes name, uint64_t hash,
                        enum open_mode mode, struct open_key *key);

/* Opens a key for writing; as above, but a due key is removed first (effect and event included). */
bool keyspace_open_write(struct database *database, struct bytes name, uint64_t hash,
                         struct open_key *key);

/*
 * Stores the working copy: creates the entry (and emits `new`), writes the value back, sets, moves
 * or drops the deadline, and frees what the value replaced. key->value: taken; borrowed bytes are
 * copied. An empty collection removes the key instead (see keyspace_remove). key->entry and
 * key->value are fresh afterwards. Emits nothing else: the caller announces (keyspace_announce).
 * Returns false when the key was removed.
 */
bool keyspace_store(struct open_key *key);

/*
 * Replaces the whole value: as keyspace_store, but the old value is freed and *value stored in its
 * place. Bytes of *value may be borrowed from anywhere but the key's own old value.
 */
void keyspace_replace(struct open_key *key, const struct value *value, int64_t deadline_ms);

/*
 * Stores a key that is loaded: key->database, name, hash, value and deadline_ms are set. No
 * listener hears of it. Returns false, and the value stays the caller's, when the key is there
 * already.
 */
bool keyspace_load(struct open_key *key);

/* Makes room for so many keys, for loading. */
void keyspace_reserve(struct database *database, size_t key_count);

/* Stores only the deadline of a key that exists (EXPIRE, PERSIST). */
void keyspace_store_deadline(struct open_key *key);

/*
 * Removes a key that is open for writing and exists. The value is freed, in the background when
 * `lazily` and large. Emits nothing.
 */
void keyspace_remove(struct open_key *key, bool lazily);

/*
 * As keyspace_remove, but hands the value out: the caller owns its object, or finds its bytes in
 * `scratch`.
 */
enum { KEYSPACE_SCRATCH_SIZE = 255 };
void keyspace_take(struct open_key *key, struct value *value, char scratch[KEYSPACE_SCRATCH_SIZE]);

/* Frees a value that no key has, in the background when that is large. *value: taken. */
void keyspace_discard(struct database *database, struct value *value);

/* Tells all listeners. Cheap when nobody listens to the event. */
void keyspace_announce(struct database *database, enum key_event event, struct bytes name,
                       uint64_t hash);

/*
 * Says what a listener wants to hear: event classes, or KEY_INTEREST_CHANGES for every change, or
 * KEY_INTEREST_CONTENTS for every change but those that leave a stream's entries.
 * Rows without interest are not called. index: the listener's row.
 */
enum { KEY_INTEREST_CONTENTS = 1 << 29, KEY_INTEREST_CHANGES = 1 << 30 };
void keyspace_set_interest(struct keyspace *keyspace, size_t listener_index, unsigned classes);

/* Starts loading a key's bucket, or its entry, into the cache. Changes nothing. */
void keyspace_prefetch_bucket(const struct database *database, uint64_t hash);
void keyspace_prefetch_entry(const struct database *database, uint64_t hash);

/*
 * Starts loading the value, best some time after the entry. Returns false when the entry itself
 * holds it.
 */
bool keyspace_prefetch_value(const struct database *database, uint64_t hash);

/*
 * Finds a value whose parts are to be loaded into the cache; false when the key is absent. A due
 * key is found, too: nothing is counted, touched or removed. The value is for reading only.
 */
bool keyspace_glimpse(const struct database *database, struct bytes name, uint64_t hash,
                      struct value *value);

/* Visits the keys of one cursor position, due ones left out. Visitors must not change anything. */
typedef void (*keyspace_visitor)(void *context, const struct open_key *key);
uint64_t keyspace_scan(struct database *database, uint64_t cursor, keyspace_visitor visit,
                       void *context);

/* As keyspace_scan, but due keys are visited too. */
uint64_t keyspace_scan_with_due(struct database *database, uint64_t cursor, keyspace_visitor visit,
                                void *context);

/* Whether the deadline of a key that is there has passed. */
bool keyspace_is_due(const struct open_key *key);

/*
 * A random key that is not due; false when there is none. Some due keys that are drawn on the way
 * are removed. O(1) unless most keys are due: then O(keys).
 */
bool keyspace_random(struct database *database, struct random *random, struct open_key *key);

/* Who frees large values in the background; NULL (the start) frees them at once. kept. */
void keyspace_set_worker(struct keyspace *keyspace, struct worker *worker);

/* Removes all keys of one database; in the background when lazily. Returns their number. */
size_t keyspace_flush(struct database *database, bool lazily);

/* Exchanges the contents of two databases. */
void keyspace_swap(struct keyspace *keyspace, size_t first_index, size_t second_index);

/* How accesses are remembered: the time of the last one, or a logarithmic counter that decays. */
struct access_policy {
    bool by_frequency;
    int64_t log_factor;
    int64_t decay_minutes;
};
void keyspace_set_access_policy(struct keyspace *keyspace, struct access_policy policy);

/*
 * Makes a present key look as if it was last touched so many seconds ago, or (under an LFU policy)
 * touched so often. What the policy does not remember is ignored. A negative number of seconds is
 * ignored, too; with a negative frequency the key is as often touched as a new one.
 */
void keyspace_set_access(struct open_key *key, int64_t idle_seconds, int64_t frequency);

/* Seconds since the key was last touched, and the LFU counter. */
int64_t keyspace_idle_seconds(const struct open_key *key);
unsigned keyspace_frequency(const struct open_key *key);

/* Bytes of the entry, of the table and of the index, for MEMORY USAGE and STATS. */
size_t keyspace_entry_memory(const struct open_key *key);
size_t database_table_memory(const struct database *database);

/* Appends figures of the tables of keys and deadlines, for DEBUG HTSTATS. O(buckets). */
sds database_describe_tables(const struct database *database, sds text)
    __attribute__((warn_unused_result));

#endif
