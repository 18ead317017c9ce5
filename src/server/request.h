/*
 * request: one execution of a command: its arguments, the session and database it runs for, and
 * what its handler says about its effects. Requests of clients, EXEC, scripts, the AOF and a
 * primary are all of this one kind.
 *
 * A handler checks all its arguments before it changes anything, opens keys through request_read
 * and request_write, changes the value through its type, and ends each change with one
 * request_changed (or request_removed): from it follow storing, events, WATCH, waiters, the dirty
 * count and the journal.
 */
#ifndef LATCHKEY_SERVER_REQUEST_H
#define LATCHKEY_SERVER_REQUEST_H

#include "base/sds.h"
#include "keyspace/keyspace.h"
#include "types/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct effects;
struct known_command;
struct reply;
struct resp_builder;
struct server;

enum request_flag {
    REQUEST_IN_EXEC = 1 << 0,    /* runs inside EXEC: must not block */
    REQUEST_IN_SCRIPT = 1 << 1,  /* must not block */
    REQUEST_REPLAYED = 1 << 2,   /* from the AOF or a primary: no gates, no reply */
    REQUEST_REEXECUTED = 1 << 3, /* a blocked request that runs again because a key became ready */
    REQUEST_BLOCKED = 1 << 4,    /* the handler called request_block: no reply yet */
    REQUEST_REPLAY_GIVEN = 1 << 5,  /* the handler gave its effects itself */
    REQUEST_TIMED_OUT = 1 << 6,     /* a blocked request that ends without having been served */
    REQUEST_ERROR_COUNTED = 1 << 7, /* its error reply is one that was counted by its code before */
};

struct request {
    struct server *server;
    struct client *client;
    struct database *database;
    const struct known_command *command;
    const struct bytes *args; /* args[0] is the command's name; borrowed, dead after the turn */
    size_t argc;
    uint64_t first_key_hash; /* of args[first_key] */
    size_t first_key;        /* 0 = no hash known */
    uint32_t flags;          /* enum request_flag */
    unsigned spared_targets; /* of the journal: those who do not get the effects */
    int64_t dirty_count;     /* changes so far */
    struct effects *effects; /* where effects go; never NULL */
    struct bytes raw; /* the bytes that the request came in, if they are canonical; else empty */
    struct resp_builder *builder; /* owner of the arguments of a large request, else NULL */
    uint64_t hidden_args;         /* by bit: passwords, see request_hide_arg */
};

/* The number of arguments, the name of the command included. */
static inline size_t request_argc(const struct request *req) {
    return req->argc;
}

/* The argument at an index below argc; 0 is the name. Borrowed, dead after the turn. */
static inline struct bytes request_arg(const struct request *req, size_t index) {
    return req->args[index];
}

/*
 * Says that an argument is a password: the slow log, MONITOR and the crash report do not show it.
 * request_shown_arg gives what they show.
 */
void request_hide_arg(struct request *req, size_t index);
struct bytes request_shown_arg(const struct request *req, size_t index);

/* The hash of a key argument: the one computed by the parser, or a fresh one. */
uint64_t request_key_hash(const struct request *req, size_t index);

/* The result of opening a key of a type. */
enum key_status { KEY_ABSENT, KEY_PRESENT, KEY_WRONG_TYPE };

/*
 * Opens the key at an argument for reading, counting hit or miss. KEY_WRONG_TYPE: the error is in
 * the reply and the handler returns.
 */
enum key_status request_read(struct request *req, size_t index, enum value_type type,
                             struct open_key *key, struct reply *reply);

/*
 * Opens the key at an argument for writing. KEY_ABSENT: the handler may fill key->value with a new
 * value (key->deadline_ms is DEADLINE_NONE) and announce it with request_changed, or leave it.
 */
enum key_status request_write(struct request *req, size_t index, enum value_type type,
                              struct open_key *key, struct reply *reply);

/* As above for a key of any type. Return false when it is absent. */
bool request_read_any(struct request *req, size_t index, enum open_mode mode, struct open_key *key);
bool request_write_any(struct request *req, size_t index, struct open_key *key);

/*
 * Stores the working copy of an open key (keyspace_store: an emptied collection goes, with a `del`
 * event after `event`), announces the event and counts `count` changes. The event of a change that
 * only waiters and watchers should hear is EVENT_NONE, one of a stream's groups EVENT_GROUP.
 */
void request_changed(struct request *req, struct open_key *key, enum key_event event,
                     int64_t count);

/*
 * Puts another value and deadline in the place of whatever is there (SET, GETSET, RENAME …),
 * announces the event and counts one change. *value as in keyspace_replace.
 */
void request_replaced(struct request *req, struct open_key *key, const struct value *value,
                      int64_t deadline_ms, enum key_event event);

/* Removes an open key that is present, announces `event` (EVENT_DEL) and counts one change. */
void request_removed(struct request *req, struct open_key *key, enum key_event event, bool lazily);

/* Stores only the deadline of a present key, announces the event, counts one change. */
void request_deadline_changed(struct request *req, struct open_key *key, enum key_event event);

/* Announces another event of the same change: EXPIRE after SET … EX. */
void request_announce(struct request *req, const struct open_key *key, enum key_event event);

/* Counts changes that touch no single key (FLUSHALL, SWAPDB). */
void request_count_changes(struct request *req, int64_t count);

/* True when somebody records effects: else building them can be left out. */
bool request_is_recorded(const struct request *req);

/*
 * Says that the effect of this request is another command: may be called several times (they
 * become one transaction). After the first call the request itself is not recorded. The bytes are
 * copied. Does nothing when nobody records.
 */
void request_replay_as(struct request *req, const struct bytes *args, size_t argc);

/*
 * Puts a line "word word …" before the next effect, into the log's file only: what stock servers
 * skip and this one reads. The first word begins with '#'.
 */
void request_annotate(struct request *req, const struct bytes *words, size_t count);

/* Says that the request has no effect to be recorded, although it counted changes. */
void request_replay_nothing(struct request *req);

/* A handler that moves bytes with a number or a constant builds its effect with these. */
enum { REQUEST_NUMBER_SIZE = 24 };
struct bytes request_number(char buffer[REQUEST_NUMBER_SIZE], int64_t value);

/*
 * The argument as an owned sds: for values that the keyspace keeps. Received straight into its
 * final memory where it was large, else copied.
 */
sds request_take_arg(struct request *req, size_t index);

/* True when the request may wait: not in EXEC, scripts, replay. */
bool request_may_block(const struct request *req);

/* What a wait is answered with when its time runs out. */
enum timeout_reply {
    TIMEOUT_NULL_ARRAY,
    TIMEOUT_NULL,
    TIMEOUT_ZERO,
    TIMEOUT_RUN_AGAIN, /* the handler runs once more, with REQUEST_TIMED_OUT, and replies */
};

/* What ends a wait besides a key. */
struct block_options {
    double timeout_seconds; /* not negative; 0, or beyond all clocks: for ever */
    enum value_type type;   /* the type that serves it; another type keeps it waiting */
    enum timeout_reply timeout_reply;
    int64_t wake_ms; /* since 1970: when it runs again although no key changed; 0 = never */
    bool wakes_on_any_change; /* also when a key goes or gets another type */
    size_t queue_index;   /* of the argument that names a queue; 0 = none. On each key, whoever of a
                         * queue for this type runs in vain ends the turn of those behind, too */
    uint64_t queue_class; /* 0 = none; else it does so for this class and those without one */
};

/*
 * Makes the client wait until one of its keys becomes ready; then the same handler runs again with
 * REQUEST_REEXECUTED. The handler returns at once without a reply.
 * key_indexes  positions of the key arguments, in the order in which they are served; none: only
 *              time ends the wait.
 */
void request_block(struct request *req, const size_t *key_indexes, size_t key_count,
                   const struct block_options *options);

/* Selects the database of the request's client and of the rest of this request's turn. */
void request_select(struct request *req, size_t database_index);

#endif
