/*
 * Deadlines of keys: setting, reading and dropping them.
 */
#include "base/clock.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/config.h"
#include "server/request.h"
#include "server/server.h"

/* ---- EXPIRE and its kin ---- */

enum expire_condition {
    EXPIRE_IF_NONE = 1 << 0,    /* NX */
    EXPIRE_IF_ANY = 1 << 1,     /* XX */
    EXPIRE_IF_GREATER = 1 << 2, /* GT */
    EXPIRE_IF_LESS = 1 << 3,    /* LT */
};

static bool parse_conditions(const struct request *req, unsigned *conditions, struct reply *reply) {
    enum { FIRST_OPTION = 3 };
    static const struct {
        const char *word;
        unsigned condition;
    } options[] = {
        {"nx", EXPIRE_IF_NONE},
        {"xx", EXPIRE_IF_ANY},
        {"gt", EXPIRE_IF_GREATER},
        {"lt", EXPIRE_IF_LESS},
    };
    *conditions = 0;
    for (size_t i = FIRST_OPTION; i < request_argc(req); i++) {
        size_t row = 0;
        while (row < ARRAY_SIZE(options) && !args_is(req, i, options[row].word)) {
            row++;
        }
        if (row == ARRAY_SIZE(options)) {
            struct bytes option = request_arg(req, i);
            reply_error_format(reply, "ERR Unsupported option %.*s", (int)option.length,
                               option.data);
            return false;
        }
        *conditions |= options[row].condition;
    }
    bool has_none = (*conditions & EXPIRE_IF_NONE) != 0;
    if (has_none && *conditions != EXPIRE_IF_NONE) {
        reply_error(reply, "ERR NX and XX, GT or LT options at the same time are not compatible");
        return false;
    }
    unsigned both = EXPIRE_IF_GREATER | EXPIRE_IF_LESS;
    if ((*conditions & both) == both) {
        reply_error(reply, "ERR GT and LT options at the same time are not compatible");
        return false;
    }
    return true;
}

/* A key without a deadline counts as one that never ends. */
static bool conditions_hold(unsigned conditions, int64_t current_ms, int64_t deadline_ms) {
    bool has_deadline = current_ms != DEADLINE_NONE;
    return !((conditions & EXPIRE_IF_NONE) != 0 && has_deadline) &&
           !((conditions & EXPIRE_IF_ANY) != 0 && !has_deadline) &&
           !((conditions & EXPIRE_IF_GREATER) != 0 &&
             (!has_deadline || deadline_ms <= current_ms)) &&
           !((conditions & EXPIRE_IF_LESS) != 0 && has_deadline && deadline_ms >= current_ms);
}

static void set_deadline(struct request *req, struct open_key *key, int64_t deadline_ms) {
    if (args_is_past(req, deadline_ms)) {
        request_removed(req, key, EVENT_DEL, req->server->settings->lazyfree_lazy_expire);
        struct bytes args[] = {BYTES("DEL"), request_arg(req, 1)};
        request_replay_as(req, args, ARRAY_SIZE(args));
        return;
    }
    key->deadline_ms = deadline_ms;
    request_deadline_changed(req, key, EVENT_EXPIRE);
    if (request_is_recorded(req)) {
        char number[REQUEST_NUMBER_SIZE];
        struct bytes args[] = {BYTES("PEXPIREAT"), request_arg(req, 1),
                               request_number(number, deadline_ms)};
        request_replay_as(req, args, ARRAY_SIZE(args));
    }
}

static void expire(struct request *req, struct args_time time, struct reply *reply) {
    unsigned conditions;
    int64_t deadline_ms;
    if (!parse_conditions(req, &conditions, reply) ||
        !args_deadline(req, 2, time, true, &deadline_ms, reply)) {
        return;
    }
    struct open_key key;
    if (!request_write_any(req, 1, &key) ||
        !conditions_hold(conditions, key.deadline_ms, deadline_ms)) {
        reply_integer(reply, 0);
        return;
    }
    set_deadline(req, &key, deadline_ms);
    reply_integer(reply, 1);
}

/* EXPIRE key seconds [NX | XX | GT | LT] */
static void expire_command(struct request *req, struct reply *reply) {
    expire(req, (struct args_time){ARGS_SECONDS, false}, reply);
}

/* PEXPIRE key milliseconds [NX | XX | GT | LT] */
static void pexpire_command(struct request *req, struct reply *reply) {
    expire(req, (struct args_time){ARGS_MILLISECONDS, false}, reply);
}

/* EXPIREAT key unix-time-seconds [NX | XX | GT | LT] */
static void expireat_command(struct request *req, struct reply *reply) {
    expire(req, (struct args_time){ARGS_SECONDS, true}, reply);
}

/* PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] */
static void pexpireat_command(struct request *req, struct reply *reply) {
    expire(req, (struct args_time){ARGS_MILLISECONDS, true}, reply);
}

/* PERSIST key */
static void persist_command(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!request_write_any(req, 1, &key) || key.deadline_ms == DEADLINE_NONE) {
        reply_integer(reply, 0);
        return;
    }
    if (!args_may_persist(&key, reply)) {
        return;
    }
    key.deadline_ms = DEADLINE_NONE;
    request_deadline_changed(req, &key, EVENT_PERSIST);
    reply_integer(reply, 1);
}

/* ---- TTL and its kin ---- */

enum { REPLY_NO_KEY = -2, REPLY_NO_DEADLINE = -1, HALF_SECOND_MS = CLOCK_MS_PER_SECOND / 2 };

static void reply_deadline(struct request *req, bool is_relative, bool in_seconds,
                           struct reply *reply) {
    struct open_key key;
    if (!request_read_any(req, 1, OPEN_GLANCED, &key)) {
        reply_integer(reply, REPLY_NO_KEY);
        return;
    }
    if (key.deadline_ms == DEADLINE_NONE) {
        reply_integer(reply, REPLY_NO_DEADLINE);
        return;
    }
    int64_t shown_ms = key.deadline_ms - (is_relative ? clock_unix_ms() : 0);
    shown_ms = shown_ms < 0 ? 0 : shown_ms;
    if (!in_seconds) {
        reply_integer(reply, shown_ms);
    } else if (shown_ms > INT64_MAX - HALF_SECOND_MS) {
        reply_integer(reply, shown_ms / CLOCK_MS_PER_SECOND);
    } else {
        reply_integer(reply, (shown_ms + HALF_SECOND_MS) / CLOCK_MS_PER_SECOND);
    }
}

/* TTL key */
static void ttl_command(struct request *req, struct reply *reply) {
    reply_deadline(req, true, true, reply);
}

/* PTTL key */
static void pttl_command(struct request *req, struct reply *reply) {
    reply_deadline(req, true, false, reply);
}

/* EXPIRETIME key */
static void expiretime_command(struct request *req, struct reply *reply) {
    reply_deadline(req, false, true, reply);
}

/* PEXPIRETIME key */
static void pexpiretime_command(struct request *req, struct reply *reply) {
    reply_deadline(req, false, false, reply);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "expire", .handler = expire_command, .arity = -3,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_GENERIC, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key seconds [NX | XX | GT | LT]",
        .summary = "Sets the time to live of a key in seconds.",
    },
    {
        .name = "pexpire", .handler = pexpire_command, .arity = -3,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_GENERIC, .since = "2.6.0", .complexity = "O(1)",
        .syntax = "key milliseconds [NX | XX | GT | LT]",
        .summary = "Sets the time to live of a key in milliseconds.",
    },
    {
        .name = "expireat", .handler = expireat_command, .arity = -3,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_GENERIC, .since = "1.2.0", .complexity = "O(1)",
        .syntax = "key unix-time-seconds [NX | XX | GT | LT]",
        .summary = "Sets the deadline of a key as Unix time in seconds.",
    },
    {
        .name = "pexpireat", .handler = pexpireat_command, .arity = -3,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_GENERIC, .since = "2.6.0", .complexity = "O(1)",
        .syntax = "key unix-time-milliseconds [NX | XX | GT | LT]",
        .summary = "Sets the deadline of a key as Unix time in milliseconds.",
    },
    {
        .name = "persist", .handler = persist_command, .arity = 2,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_GENERIC, .since = "2.2.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Drops the deadline of a key.",
    },
    {
        .name = "ttl", .handler = ttl_command, .arity = 2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_GENERIC, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the time to live of a key in seconds.",
    },
    {
        .name = "pttl", .handler = pttl_command, .arity = 2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_GENERIC, .since = "2.6.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the time to live of a key in milliseconds.",
    },
    {
        .name = "expiretime", .handler = expiretime_command, .arity = 2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_GENERIC, .since = "7.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the deadline of a key as Unix time in seconds.",
    },
    {
        .name = "pexpiretime", .handler = pexpiretime_command, .arity = 2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_GENERIC, .since = "7.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the deadline of a key as Unix time in milliseconds.",
    },
};
/* clang-format on */

const struct command_table expire_commands = {rows, ARRAY_SIZE(rows)};
