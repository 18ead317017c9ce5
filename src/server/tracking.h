/*
 * tracking: which keys clients cache (CLIENT TRACKING), and telling them when one changes.
 *
 * The table has the keys that were read, each with the clients that read it; a key leaves it with
 * the message about its change. Clients in broadcast mode are in no table: they hear of every
 * change of a key with one of their prefixes, all changes of a turn in one message.
 *
 * Keys are known by their names alone: a change in any database counts, as on the oracle.
 */
#ifndef LATCHKEY_SERVER_TRACKING_H
#define LATCHKEY_SERVER_TRACKING_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct key_happening;
struct known_command;
struct request;
struct server;
struct tracking;

/* How a client wants to be told. */
struct tracking_options {
    bool broadcasts;      /* BCAST */
    bool opts_in;         /* OPTIN: keys of a request behind CLIENT CACHING YES alone */
    bool opts_out;        /* OPTOUT: not those behind CLIENT CACHING NO */
    bool spares_own;      /* NOLOOP: not told of its own changes */
    uint64_t redirect_id; /* REDIRECT: the client that gets the messages; 0 = itself */
};

/* A client's state, as CLIENT TRACKINGINFO shows it. */
struct tracking_state {
    bool is_on;
    struct tracking_options options;
    bool has_choice; /* CLIENT CACHING was called for the next request */
    bool is_broken;  /* the client that messages are redirected to was missed */
};

/* Creates the part. listener_index: its row among the key listeners. */
struct tracking *tracking_create(struct server *server, size_t listener_index);

/* Frees it, after all clients. NULL is accepted. */
void tracking_destroy(struct tracking *tracking);

/* The state of a client; all zero when it never tracked. */
struct tracking_state tracking_state_of(const struct client *client);

/*
 * Turns tracking on, or changes its options. prefixes: added to those that the client has;
 * copied; one that it has is not added again. The caller has checked that the modes agree.
 */
void tracking_enable(struct client *client, const struct tracking_options *options,
                     const struct bytes *prefixes, size_t prefix_count);

/* Turns tracking off. Keys that the client read stay known until it goes. O(prefixes). */
void tracking_disable(struct client *client);

/* Forgets a client that goes. Its keys leave the table in slices, see tracking_run. */
void tracking_forget(struct client *client);

/* CLIENT CACHING: the choice for the client's next request. */
void tracking_choose(struct client *client);

/* Visits a client's prefixes; must not change tracking. */
void tracking_each_prefix(const struct client *client,
                          void (*visit)(void *context, struct bytes prefix), void *context);

/* A listener of keyspace events: tells who has read the key. */
void tracking_hear(void *context, const struct key_happening *happening);

/* Remembers the keys of a request that has just been run, when its client tracks them. */
void tracking_note_request(const struct request *req);

/* Says that a client's request has ended: a choice of CLIENT CACHING held for it alone. */
void tracking_end_request(struct client *client, const struct known_command *command);

/* Tells every tracking client that all keys may have changed, and empties the table. */
void tracking_note_flush(struct tracking *tracking);

/* Sends what clients in broadcast mode are to know of the changes since the last call. */
void tracking_send_broadcasts(struct tracking *tracking);

/* Drops entries of clients that are gone, a slice. Returns in how many ms it is due again. */
int64_t tracking_run(struct tracking *tracking);

/* Clients that track, keys in the table, (key, client) pairs, and prefixes. O(1). */
size_t tracking_client_count(const struct tracking *tracking);
size_t tracking_key_count(const struct tracking *tracking);
size_t tracking_item_count(const struct tracking *tracking);
size_t tracking_prefix_count(const struct tracking *tracking);

#endif
