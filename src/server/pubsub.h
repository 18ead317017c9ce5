/*
 * pubsub: who hears which channels, patterns and shard channels; delivery of messages.
 *
 * A message is encoded once per protocol and shared by the queues of all its receivers. A receiver
 * that does not read meets the limit of its output buffer; the others feel nothing of it.
 */
#ifndef LATCHKEY_SERVER_PUBSUB_H
#define LATCHKEY_SERVER_PUBSUB_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>

struct client;
struct pubsub;
struct server;

enum pubsub_kind { PUBSUB_CHANNEL, PUBSUB_PATTERN, PUBSUB_SHARD_CHANNEL, PUBSUB_KIND_COUNT };

/* Creates the part. Free with pubsub_destroy after all clients. */
struct pubsub *pubsub_create(struct server *server);
void pubsub_destroy(struct pubsub *pubsub);

/* Subscribes a client; false when it was subscribed already. O(1). */
bool pubsub_subscribe(struct client *client, enum pubsub_kind kind, struct bytes name);

/* Ends a subscription; false when there was none. O(1). */
bool pubsub_unsubscribe(struct client *client, enum pubsub_kind kind, struct bytes name);

/* Gets one name; the bytes are dead after the call. Must not subscribe or unsubscribe. */
typedef void (*pubsub_visitor)(void *context, struct bytes name, size_t subscriber_count);

/*
 * Visits some of what a client is subscribed to, from a cursor on that is 0 at first, and returns
 * the next one, 0 at the end. Between two calls it may unsubscribe: all else is visited. O(some).
 */
uint64_t pubsub_some_subscriptions(const struct client *client, enum pubsub_kind kind,
                                   uint64_t cursor, pubsub_visitor visit, void *context);

/* The number of a client's subscriptions of one kind. O(1). */
size_t pubsub_subscription_count(const struct client *client, enum pubsub_kind kind);

/* Ends all subscriptions of a client that is reset. */
void pubsub_forget(struct client *client);

/*
 * Ends some subscriptions of a client that goes away, which has none for others from the first call
 * on. Returns true when there are more; nothing else may be done with them meanwhile.
 */
bool pubsub_forget_some(struct client *client);

/*
 * Delivers a message to the subscribers of a channel (and, for PUBSUB_CHANNEL, of patterns that
 * match it); clients that are being closed are left out. Returns the number of deliveries.
 * O(receivers + patterns).
 */
size_t pubsub_publish(struct pubsub *pubsub, enum pubsub_kind kind, struct bytes channel,
                      struct bytes message);

/* True when nobody is subscribed to anything: then nothing needs to be published. */
bool pubsub_is_idle(const struct pubsub *pubsub);

/*
 * Channels or patterns with subscribers, subscribers of one of them, and subscribed clients. O(1).
 */
size_t pubsub_name_count(const struct pubsub *pubsub, enum pubsub_kind kind);
size_t pubsub_subscriber_count(const struct pubsub *pubsub, enum pubsub_kind kind,
                               struct bytes name);
size_t pubsub_client_count(const struct pubsub *pubsub);

/* Visits all channels or patterns that have subscribers. */
void pubsub_each_name(struct pubsub *pubsub, enum pubsub_kind kind, pubsub_visitor visit,
                      void *context);

#endif
