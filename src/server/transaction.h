/*
 * transaction: MULTI with its queue of requests, and WATCH.
 */
#ifndef LATCHKEY_SERVER_TRANSACTION_H
#define LATCHKEY_SERVER_TRANSACTION_H

#include "base/sds.h"
#include "keyspace/key_event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct known_command;
struct reply;
struct request;
struct server;
struct transactions;

/* Creates the table of watched keys. Free with transactions_destroy after all clients. */
struct transactions *transactions_create(struct server *server);
void transactions_destroy(struct transactions *transactions);

/* Hears of changes of keys; a row of the keyspace's listeners. context: the struct transactions. */
void transactions_hear(void *context, const struct key_happening *happening);
void transactions_set_listener_index(struct transactions *transactions, size_t listener_index);

/* Starts to queue the client's requests. */
void transaction_begin(struct client *client);

/* Queues a copy of the request. */
void transaction_queue(const struct request *req);

/* A request was refused while queueing: EXEC will answer EXECABORT. */
void transaction_refuse(struct client *client);

/* Watches a key; again is no error. A key that is due already does not spoil when it goes. */
void transaction_watch(struct client *client, struct bytes key, uint64_t hash);

/* Forgets all watched keys of the client. */
void transaction_unwatch(struct client *client);

/* Drops queue and watches, leaves MULTI. */
void transaction_discard(struct client *client);

/* Runs EXEC: the reply of the whole transaction. */
void transaction_execute(struct request *req, struct reply *reply);

/*
 * Spoils watches before a database is emptied or exchanged: those on keys that exist in it or in
 * its replacement. other_index: -1, or the database that is put in its place.
 */
void transactions_database_changes(struct transactions *transactions, int database_index,
                                   int other_index);

/*
 * Requests in the client's queue, or that EXEC runs, -1 when not in MULTI; bytes that they take;
 * keys watched.
 */
int64_t transaction_queue_length(const struct client *client);
size_t transaction_memory(const struct client *client);
size_t transaction_watch_count(const struct client *client);

/* True when a request in the client's queue may take longer than a turn. */
bool transaction_is_long(const struct client *client);

/* True when a request in the client's queue writes. */
bool transaction_has_writes(const struct client *client);

/* True when a request in the client's queue may take more memory (CMD_DENY_OOM). */
bool transaction_needs_memory(const struct client *client);

/* True when a key that the client watches has changed. */
bool transaction_is_spoiled(const struct client *client);

/* Clients that watch, and keys watched. */
size_t transactions_client_count(const struct transactions *transactions);
size_t transactions_key_count(const struct transactions *transactions);

/* Frees what the client holds of both. */
void transaction_forget(struct client *client);

#endif
