/*
 * blocking: clients that wait on keys, first come first served on each key.
 *
 * A blocked client keeps a copy of its request. When a key that it waits on changes, the request
 * runs again right after the request (or EXEC, or script) that changed it; if it still finds
 * nothing, the client goes on waiting in its old place.
 */
#ifndef LATCHKEY_SERVER_BLOCKING_H
#define LATCHKEY_SERVER_BLOCKING_H

#include "keyspace/key_event.h"
#include "server/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blocking;
struct client;
struct server;

/* Creates the part. Free with blocking_destroy after all clients. */
struct blocking *blocking_create(struct server *server);
void blocking_destroy(struct blocking *blocking);

/* Hears of changes of keys; a row of the keyspace's listeners. context: the struct blocking. */
void blocking_hear(void *context, const struct key_happening *happening);

/* The row that the listener stands in, so that it is called only while somebody waits. */
void blocking_set_listener_index(struct blocking *blocking, size_t listener_index);

/* Makes the request's client wait; see request_block. */
void blocking_wait(struct blocking *blocking, struct request *req, const size_t *key_indexes,
                   size_t key_count, const struct block_options *options);

/* True when a key that somebody waits on changed. */
bool blocking_has_ready_keys(const struct blocking *blocking);

/* Runs the requests of those who wait on changed keys, until no key is ready. */
void blocking_serve(struct blocking *blocking);

/* The number of clients in queues with a name for this type, and of those that wait on a key. */
size_t blocking_queue_count(const struct blocking *blocking, enum value_type type);
size_t blocking_waiters_on(const struct blocking *blocking, int database_index, struct bytes key,
                           uint64_t hash);

/*
 * True when a key has changed and clients in a queue with a name wait on it for this type: they
 * come first, when the running request has ended.
 */
bool blocking_is_owed(const struct blocking *blocking, int database_index, struct bytes key,
                      uint64_t hash, enum value_type type);

/* For how long the client has waited, in us; 0 when it does not wait. */
int64_t blocking_waited_us(const struct client *client);

/* Runs the request of one blocked client again: what it waits for besides keys may have come. */
void blocking_run_again(struct blocking *blocking, struct client *client);

/* Looks at all keys that somebody waits on, after a database was emptied or exchanged. */
void blocking_recheck(struct blocking *blocking);

/*
 * Ends waits whose time ran out, and runs again the requests that wait for a time. Returns in how
 * many ms the next of these comes (INT64_MAX: none).
 */
int64_t blocking_end_timeouts(struct blocking *blocking);

/* How a wait is ended from outside. */
enum unblock_reason { UNBLOCK_TIMEOUT, UNBLOCK_ERROR };

/*
 * Ends the wait of a blocked client: with the reply of a time-out, or with an UNBLOCKED error.
 * Returns false when the client is not blocked.
 */
bool blocking_unblock(struct blocking *blocking, struct client *client, enum unblock_reason reason);

/* Forgets a client that goes away. */
void blocking_forget(struct client *client);

/* The number of blocked clients, of those with a time-out, and of keys that somebody waits on. */
size_t blocking_client_count(const struct blocking *blocking);
size_t blocking_timeout_count(const struct blocking *blocking);
size_t blocking_key_count(const struct blocking *blocking);

#endif
