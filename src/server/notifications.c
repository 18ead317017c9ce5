/*
 * The keyspace calls only for classes that are asked for, so a server without notifications pays
 * nothing. Channel names are built in one buffer that is kept.
 */
#include "server/notifications.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "keyspace/key_event.h"
#include "keyspace/keyspace.h"
#include "server/pubsub.h"
#include "server/server.h"

struct notifications {
    struct server *server;
    size_t listener_index;
    bool to_keyspace;
    bool to_keyevent;
    sds channel;
};

static const struct {
    char letter;
    unsigned classes;
} letter_classes[] = {
    {'g', KEY_CLASS_GENERIC},
    {'$', KEY_CLASS_STRING},
    {'l', KEY_CLASS_LIST},
    {'s', KEY_CLASS_SET},
    {'h', KEY_CLASS_HASH},
    {'z', KEY_CLASS_ZSET},
    {'x', KEY_CLASS_EXPIRED},
    {'e', KEY_CLASS_EVICTED},
    {'t', KEY_CLASS_STREAM},
    {'m', KEY_CLASS_KEY_MISS},
    {'n', KEY_CLASS_NEW},
    {'d', KEY_CLASS_MODULE},
    {'A', KEY_CLASS_GENERIC | KEY_CLASS_STRING | KEY_CLASS_LIST | KEY_CLASS_SET | KEY_CLASS_HASH |
              KEY_CLASS_ZSET | KEY_CLASS_EXPIRED | KEY_CLASS_EVICTED | KEY_CLASS_STREAM |
              KEY_CLASS_MODULE},
};

struct notifications *notifications_create(struct server *server, size_t listener_index) {
    struct notifications *notifications = alloc_zeroed(sizeof *notifications);
    notifications->server = server;
    notifications->listener_index = listener_index;
    notifications->channel = sds_with_capacity(0);
    return notifications;
}

void notifications_destroy(struct notifications *notifications) {
    if (notifications != NULL) {
        sds_free(notifications->channel);
        alloc_free(notifications);
    }
}

void notifications_configure(struct notifications *notifications, struct bytes letters) {
    unsigned classes = 0;
    notifications->to_keyspace = false;
    notifications->to_keyevent = false;
    for (size_t i = 0; i < letters.length; i++) {
        notifications->to_keyspace |= letters.data[i] == 'K';
        notifications->to_keyevent |= letters.data[i] == 'E';
        for (size_t j = 0; j < ARRAY_SIZE(letter_classes); j++) {
            if (letter_classes[j].letter == letters.data[i]) {
                classes |= letter_classes[j].classes;
            }
        }
    }
    bool is_wanted = notifications->to_keyspace || notifications->to_keyevent;
    keyspace_set_interest(notifications->server->keyspace, notifications->listener_index,
                          is_wanted ? classes : 0);
}

static void publish(struct notifications *notifications, const char *kind, int database_index,
                    struct bytes name, struct bytes message) {
    sds_set_length(notifications->channel, 0);
    notifications->channel =
        sds_append_format(notifications->channel, "__%s@%d__:", kind, database_index);
    notifications->channel = sds_append(notifications->channel, name);
    (void)pubsub_publish(notifications->server->pubsub, PUBSUB_CHANNEL,
                         sds_view(notifications->channel), message);
}

void notifications_hear(void *context, const struct key_happening *happening) {
    struct notifications *notifications = context;
    if (pubsub_is_idle(notifications->server->pubsub)) {
        return;
    }
    struct bytes event = bytes_of_text(key_event_name(happening->event));
    if (notifications->to_keyspace) {
        publish(notifications, "keyspace", happening->database_index, happening->key, event);
    }
    if (notifications->to_keyevent) {
        publish(notifications, "keyevent", happening->database_index, event, happening->key);
    }
}
