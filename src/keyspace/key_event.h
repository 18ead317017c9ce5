/*
 * key_event: what happened to a key, told to listeners in the order in which it happened.
 *
 * A handler says once what happened; WATCH, blocked clients, tracking and notifications listen.
 * Listeners are rows of a table that is plugged in at the top.
 */
#ifndef LATCHKEY_KEYSPACE_KEY_EVENT_H
#define LATCHKEY_KEYSPACE_KEY_EVENT_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The classes of notify-keyspace-events, by their letters. */
enum key_event_class {
    KEY_CLASS_GENERIC = 1 << 0,  /* g */
    KEY_CLASS_STRING = 1 << 1,   /* $ */
    KEY_CLASS_LIST = 1 << 2,     /* l */
    KEY_CLASS_SET = 1 << 3,      /* s */
    KEY_CLASS_HASH = 1 << 4,     /* h */
    KEY_CLASS_ZSET = 1 << 5,     /* z */
    KEY_CLASS_EXPIRED = 1 << 6,  /* x */
    KEY_CLASS_EVICTED = 1 << 7,  /* e */
    KEY_CLASS_STREAM = 1 << 8,   /* t */
    KEY_CLASS_KEY_MISS = 1 << 9, /* m */
    KEY_CLASS_NEW = 1 << 10,     /* n */
    KEY_CLASS_MODULE = 1 << 11,  /* d */
};

/* Every event; names and classes are rows of one table in key_event.c. */
enum key_event {
    EVENT_NONE,  /* a change that notifies nobody but watchers and waiters */
    EVENT_GROUP, /* one of a stream's groups, which notifies waiters alone */
    EVENT_NEW,
    EVENT_KEY_MISS,
    EVENT_DEL,
    EVENT_EXPIRE,
    EVENT_PERSIST,
    EVENT_EXPIRED,
    EVENT_EVICTED,
    EVENT_RENAME_FROM,
    EVENT_RENAME_TO,
    EVENT_MOVE_FROM,
    EVENT_MOVE_TO,
    EVENT_COPY_TO,
    EVENT_RESTORE,
    EVENT_SET,
    EVENT_SETRANGE,
    EVENT_APPEND,
    EVENT_INCRBY,
    EVENT_INCRBYFLOAT,
    EVENT_SETBIT,
    EVENT_LPUSH,
    EVENT_RPUSH,
    EVENT_LPOP,
    EVENT_RPOP,
    EVENT_LINSERT,
    EVENT_LSET,
    EVENT_LREM,
    EVENT_LTRIM,
    EVENT_SADD,
    EVENT_SREM,
    EVENT_SPOP,
    EVENT_SINTERSTORE,
    EVENT_SUNIONSTORE,
    EVENT_SDIFFSTORE,
    EVENT_HSET,
    EVENT_HINCRBY,
    EVENT_HINCRBYFLOAT,
    EVENT_HDEL,
    EVENT_HEXPIRE,
    EVENT_HEXPIRED,
    EVENT_HPERSIST,
    EVENT_ZADD,
    EVENT_ZINCR,
    EVENT_ZREM,
    EVENT_ZPOPMIN,
    EVENT_ZPOPMAX,
    EVENT_ZREMRANGEBYSCORE,
    EVENT_ZREMRANGEBYRANK,
    EVENT_ZREMRANGEBYLEX,
    EVENT_ZRANGESTORE,
    EVENT_ZUNIONSTORE,
    EVENT_ZINTERSTORE,
    EVENT_ZDIFFSTORE,
    EVENT_PFADD,
    EVENT_SORTSTORE,
    EVENT_GEORADIUSSTORE,
    EVENT_GEOSEARCHSTORE,
    EVENT_LOCK,
    EVENT_UNLOCK,
    EVENT_XADD,
    EVENT_XDEL,
    EVENT_XTRIM,
    EVENT_XSETID,
    EVENT_XGROUP_CREATE,
    EVENT_XGROUP_SETID,
    EVENT_XGROUP_DESTROY,
    EVENT_XGROUP_CREATECONSUMER,
    EVENT_XGROUP_DELCONSUMER,
    EVENT_COUNT,
};

/* One happening. */
struct key_happening {
    enum key_event event;
    int database_index;
    struct bytes key;
    uint64_t hash;
};

/* A listener: a row of the table that app plugs in. It hears what keyspace_set_interest says. */
struct key_listener {
    const char *name;
    void (*hear)(void *context, const struct key_happening *happening);
    void *context;
};

/* The event's name as notifications carry it, such as "rename_from". */
const char *key_event_name(enum key_event event);

/* The event's class, 0 for EVENT_NONE and EVENT_GROUP. */
unsigned key_event_class(enum key_event event);

/* True when the event tells that the key's value or deadline changed (all but KEY_MISS and NEW). */
bool key_event_is_change(enum key_event event);

/*
 * True when the change is one of a stream's last id, of its groups or of what is pending in them:
 * as in stock servers it does not count as a change of the key for those who watch it.
 */
bool key_event_leaves_entries(enum key_event event);

/* True when what happened has nothing for those who wait on the key: they are not woken. */
bool key_event_serves_nobody(enum key_event event);

#endif
