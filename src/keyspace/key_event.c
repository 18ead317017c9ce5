/*
 * One table holds all events; the enumerator is the index.
 */
#include "keyspace/key_event.h"

#include "base/panic.h"

static const struct event_row {
    const char *name;
    unsigned class;
} rows[EVENT_COUNT] = {
    [EVENT_NONE] = {"", 0},
    [EVENT_GROUP] = {"", 0},
    [EVENT_NEW] = {"new", KEY_CLASS_NEW},
    [EVENT_KEY_MISS] = {"keymiss", KEY_CLASS_KEY_MISS},
    [EVENT_DEL] = {"del", KEY_CLASS_GENERIC},
    [EVENT_EXPIRE] = {"expire", KEY_CLASS_GENERIC},
    [EVENT_PERSIST] = {"persist", KEY_CLASS_GENERIC},
    [EVENT_EXPIRED] = {"expired", KEY_CLASS_EXPIRED},
    [EVENT_EVICTED] = {"evicted", KEY_CLASS_EVICTED},
    [EVENT_RENAME_FROM] = {"rename_from", KEY_CLASS_GENERIC},
    [EVENT_RENAME_TO] = {"rename_to", KEY_CLASS_GENERIC},
    [EVENT_MOVE_FROM] = {"move_from", KEY_CLASS_GENERIC},
    [EVENT_MOVE_TO] = {"move_to", KEY_CLASS_GENERIC},
    [EVENT_COPY_TO] = {"copy_to", KEY_CLASS_GENERIC},
    [EVENT_RESTORE] = {"restore", KEY_CLASS_GENERIC},
    [EVENT_SET] = {"set", KEY_CLASS_STRING},
    [EVENT_SETRANGE] = {"setrange", KEY_CLASS_STRING},
    [EVENT_APPEND] = {"append", KEY_CLASS_STRING},
    [EVENT_INCRBY] = {"incrby", KEY_CLASS_STRING},
    [EVENT_INCRBYFLOAT] = {"incrbyfloat", KEY_CLASS_STRING},
    [EVENT_SETBIT] = {"setbit", KEY_CLASS_STRING},
    [EVENT_LPUSH] = {"lpush", KEY_CLASS_LIST},
    [EVENT_RPUSH] = {"rpush", KEY_CLASS_LIST},
    [EVENT_LPOP] = {"lpop", KEY_CLASS_LIST},
    [EVENT_RPOP] = {"rpop", KEY_CLASS_LIST},
    [EVENT_LINSERT] = {"linsert", KEY_CLASS_LIST},
    [EVENT_LSET] = {"lset", KEY_CLASS_LIST},
    [EVENT_LREM] = {"lrem", KEY_CLASS_LIST},
    [EVENT_LTRIM] = {"ltrim", KEY_CLASS_LIST},
    [EVENT_SADD] = {"sadd", KEY_CLASS_SET},
    [EVENT_SREM] = {"srem", KEY_CLASS_SET},
    [EVENT_SPOP] = {"spop", KEY_CLASS_SET},
    [EVENT_SINTERSTORE] = {"sinterstore", KEY_CLASS_SET},
    [EVENT_SUNIONSTORE] = {"sunionstore", KEY_CLASS_SET},
    [EVENT_SDIFFSTORE] = {"sdiffstore", KEY_CLASS_SET},
    [EVENT_HSET] = {"hset", KEY_CLASS_HASH},
    [EVENT_HINCRBY] = {"hincrby", KEY_CLASS_HASH},
    [EVENT_HINCRBYFLOAT] = {"hincrbyfloat", KEY_CLASS_HASH},
    [EVENT_HDEL] = {"hdel", KEY_CLASS_HASH},
    [EVENT_HEXPIRE] = {"hexpire", KEY_CLASS_HASH},
    [EVENT_HEXPIRED] = {"hexpired", KEY_CLASS_HASH},
    [EVENT_HPERSIST] = {"hpersist", KEY_CLASS_HASH},
    [EVENT_ZADD] = {"zadd", KEY_CLASS_ZSET},
    [EVENT_ZINCR] = {"zincr", KEY_CLASS_ZSET},
    [EVENT_ZREM] = {"zrem", KEY_CLASS_ZSET},
    [EVENT_ZPOPMIN] = {"zpopmin", KEY_CLASS_ZSET},
    [EVENT_ZPOPMAX] = {"zpopmax", KEY_CLASS_ZSET},
    [EVENT_ZREMRANGEBYSCORE] = {"zremrangebyscore", KEY_CLASS_ZSET},
    [EVENT_ZREMRANGEBYRANK] = {"zremrangebyrank", KEY_CLASS_ZSET},
    [EVENT_ZREMRANGEBYLEX] = {"zremrangebylex", KEY_CLASS_ZSET},
    [EVENT_ZRANGESTORE] = {"zrangestore", KEY_CLASS_ZSET},
    [EVENT_ZUNIONSTORE] = {"zunionstore", KEY_CLASS_ZSET},
    [EVENT_ZINTERSTORE] = {"zinterstore", KEY_CLASS_ZSET},
    [EVENT_ZDIFFSTORE] = {"zdiffstore", KEY_CLASS_ZSET},
    [EVENT_PFADD] = {"pfadd", KEY_CLASS_STRING},
    [EVENT_SORTSTORE] = {"sortstore", KEY_CLASS_LIST},
    [EVENT_GEORADIUSSTORE] = {"georadiusstore", KEY_CLASS_ZSET},
    [EVENT_GEOSEARCHSTORE] = {"geosearchstore", KEY_CLASS_ZSET},
    [EVENT_LOCK] = {"lock", KEY_CLASS_STRING},
    [EVENT_UNLOCK] = {"unlock", KEY_CLASS_STRING},
    [EVENT_XADD] = {"xadd", KEY_CLASS_STREAM},
    [EVENT_XDEL] = {"xdel", KEY_CLASS_STREAM},
    [EVENT_XTRIM] = {"xtrim", KEY_CLASS_STREAM},
    [EVENT_XSETID] = {"xsetid", KEY_CLASS_STREAM},
    [EVENT_XGROUP_CREATE] = {"xgroup-create", KEY_CLASS_STREAM},
    [EVENT_XGROUP_SETID] = {"xgroup-setid", KEY_CLASS_STREAM},
    [EVENT_XGROUP_DESTROY] = {"xgroup-destroy", KEY_CLASS_STREAM},
    [EVENT_XGROUP_CREATECONSUMER] = {"xgroup-createconsumer", KEY_CLASS_STREAM},
    [EVENT_XGROUP_DELCONSUMER] = {"xgroup-delconsumer", KEY_CLASS_STREAM},
};

const char *key_event_name(enum key_event event) {
    ASSERT(event < EVENT_COUNT);
    return rows[event].name;
}

unsigned key_event_class(enum key_event event) {
    ASSERT(event < EVENT_COUNT);
    return rows[event].class;
}

bool key_event_is_change(enum key_event event) {
    return event != EVENT_NEW && event != EVENT_KEY_MISS;
}

bool key_event_leaves_entries(enum key_event event) {
    return event == EVENT_GROUP || event == EVENT_XSETID ||
           (event >= EVENT_XGROUP_CREATE && event <= EVENT_XGROUP_DELCONSUMER);
}

bool key_event_serves_nobody(enum key_event event) {
    return event == EVENT_EXPIRE || event == EVENT_PERSIST || event == EVENT_XDEL ||
           event == EVENT_XTRIM || event == EVENT_XSETID || event == EVENT_XGROUP_CREATE ||
           event == EVENT_XGROUP_CREATECONSUMER;
}
