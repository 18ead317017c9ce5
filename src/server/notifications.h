/*
 * notifications: keyspace events as messages, to whoever subscribes to their channels.
 *
 * `notify-keyspace-events` chooses the classes, and the channels: `K` for __keyspace@<db>__:<key>,
 * whose messages are events, `E` for __keyevent@<db>__:<event>, whose messages are keys.
 */
#ifndef LATCHKEY_SERVER_NOTIFICATIONS_H
#define LATCHKEY_SERVER_NOTIFICATIONS_H

#include "base/sds.h"

#include <stddef.h>

struct key_happening;
struct notifications;
struct server;

/* Creates the part. Free with notifications_destroy. listener_index: of its row in the keyspace. */
struct notifications *notifications_create(struct server *server, size_t listener_index);
void notifications_destroy(struct notifications *notifications);

/* Takes over the setting; letters that are no class were refused before. */
void notifications_configure(struct notifications *notifications, struct bytes letters);

/* The row of the keyspace's listeners. context: the notifications. */
void notifications_hear(void *context, const struct key_happening *happening);

#endif
