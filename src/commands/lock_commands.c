/*
 * Locks with owners, leases, fencing tokens, and a queue of waiters.
 *
 * A grant is recorded as SET with its deadline behind an annotation with token and count, a release
 * as DEL: what a stock server replays is the same string.
 */
#include "base/clock.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "keyspace/key_event.h"
#include "proto/reply.h"
#include "server/blocking.h"
#include "server/client.h"
#include "server/command.h"
#include "server/locks.h"
#include "server/request.h"
#include "server/server.h"
#include "types/lock_value.h"
#include "types/string_type.h"

enum { KEY_ARG = 1, OWNER_ARG = 2, OPTIONS_ARG = 3 };

enum lock_mode { LOCK_REENTRANT, LOCK_ONLY_FREE, LOCK_ONLY_HELD };

struct lock_args {
    enum lock_mode mode;
    bool has_mode;
    bool has_deadline;
    bool is_absolute;
    int64_t deadline_ms;
    bool may_wait;
    int64_t wait_ms;
    bool is_session;
};

/* ---- Arguments ---- */

/* Parses one option. Returns the arguments taken, -1 after an error. */
static int parse_option(const struct request *req, size_t i, struct lock_args *args,
                        struct reply *reply) {
    bool has_more = i + 1 < request_argc(req);
    struct args_time time;
    if (has_more && !args->has_deadline && args_is_time_option(req, i, &time)) {
        args->has_deadline = true;
        args->is_absolute = time.is_absolute;
        return args_deadline(req, i + 1, time, false, &args->deadline_ms, reply) ? 2 : -1;
    }
    if (!args->has_mode && (args_is(req, i, "nx") || args_is(req, i, "xx"))) {
        args->has_mode = true;
        args->mode = args_is(req, i, "nx") ? LOCK_ONLY_FREE : LOCK_ONLY_HELD;
        return 1;
    }
    if (has_more && !args->may_wait && args_is(req, i, "block")) {
        args->may_wait = args_timeout_ms(req, i + 1, &args->wait_ms, reply);
        return args->may_wait ? 2 : -1;
    }
    if (!args->is_session && args_is(req, i, "session")) {
        args->is_session = true;
        return 1;
    }
    reply_syntax_error(reply);
    return -1;
}

static bool parse_lock(const struct request *req, struct lock_args *args, struct reply *reply) {
    *args = (struct lock_args){0};
    for (size_t i = OPTIONS_ARG; i < request_argc(req);) {
        int taken = parse_option(req, i, args, reply);
        if (taken < 0) {
            return false;
        }
        i += (size_t)taken;
    }
    if (!args->has_deadline || (args->mode == LOCK_ONLY_HELD && args->may_wait)) {
        reply_syntax_error(reply);
        return false;
    }
    if (request_arg(req, OWNER_ARG).length == 0) {
        reply_error(reply, "ERR empty lock owner");
        return false;
    }
    return true;
}

/* ---- Who has it ---- */

/* What stands at the key. */
struct lock_state {
    bool is_taken;
    bool is_mine; /* the owner of the request has it */
    bool is_owed; /* nobody has it, but others waited before */
    bool is_native;
    struct lock_fields fields; /* of a native lock */
};

static struct lock_state state_of(const struct open_key *key, bool is_present, struct bytes owner) {
    struct lock_state state = {.is_taken = is_present};
    char scratch[STRING_SCRATCH_SIZE];
    if (!is_present) {
        return state;
    }
    state.is_mine = bytes_equal(string_bytes(&key->value, scratch), owner);
    state.is_native = lock_value_is(&key->value);
    if (state.is_native) {
        state.fields = lock_value_fields(&key->value);
    }
    return state;
}

/* ---- LOCK ---- */

/* #LOCK token count, SET key owner PXAT ms. */
static void record_lock(struct request *req, const struct lock_fields *fields,
                        int64_t deadline_ms) {
    if (!request_is_recorded(req)) {
        return;
    }
    char token[REQUEST_NUMBER_SIZE];
    char count[REQUEST_NUMBER_SIZE];
    char deadline[REQUEST_NUMBER_SIZE];
    const struct bytes note[] = {BYTES("#LOCK"), request_number(token, (int64_t)fields->token),
                                 request_number(count, fields->hold_count)};
    const struct bytes effect[] = {BYTES("SET"), request_arg(req, KEY_ARG), fields->owner,
                                   BYTES("PXAT"), request_number(deadline, deadline_ms)};
    request_annotate(req, note, ARRAY_SIZE(note));
    request_replay_as(req, effect, ARRAY_SIZE(effect));
}

/* The client whose session a lock belongs to; NULL: nobody's. O(clients) if it is another one. */
static struct client *session_client(const struct request *req, uint64_t session) {
    if (session == 0) {
        return NULL;
    }
    bool is_own = req->client != NULL && req->client->id == session;
    return is_own ? req->client : client_find(req->server, session);
}

/* Puts the lock into the key, and replies its token. */
static void put_lock(struct request *req, struct open_key *key, const struct lock_args *args,
                     const struct lock_fields *fields, struct reply *reply) {
    struct value value;
    int64_t lease_ms = args->deadline_ms - clock_unix_ms();
    uint64_t token = fields->token;
    struct client *holder = session_client(req, fields->session);
    record_lock(req, fields, args->deadline_ms);
    lock_value_create(&value, fields, keyspace_lock_counter(req->server->keyspace));
    request_replaced(req, key, &value, args->deadline_ms, EVENT_LOCK);
    if (holder != NULL) { /* Without SESSION too: it is this lease that is to be renewed now. */
        struct lock_hold_request hold = {
            .database_index = database_index(req->database),
            .key = request_arg(req, KEY_ARG),
            .token = token,
            .lease_ms = lease_ms,
            .deadline_ms = args->deadline_ms,
        };
        locks_hold(req->server->locks, holder, &hold);
    }
    reply_integer(reply, (int64_t)token);
}

static uint64_t session_of(const struct request *req, const struct lock_args *args,
                           uint64_t before) {
    return args->is_session && req->client != NULL ? req->client->id : before;
}

static void take_lock(struct request *req, struct open_key *key, const struct lock_args *args,
                      struct reply *reply) {
    bool has_waited = (req->flags & REQUEST_REEXECUTED) != 0;
    struct lock_fields fields = {
        .owner = request_arg(req, OWNER_ARG),
        .token = locks_next_token(req->server->locks),
        .hold_count = 1,
        .granted_ms = clock_unix_ms(),
        .session = session_of(req, args, 0),
    };
    put_lock(req, key, args, &fields, reply);
    locks_count_grant(req->server->locks, has_waited ? blocking_waited_us(req->client) : 0);
}

/* Another hold of the same owner, or only a longer lease. */
static void keep_lock(struct request *req, struct open_key *key, const struct lock_args *args,
                      const struct lock_state *state, struct reply *reply) {
    struct lock_fields fields = state->fields;
    fields.owner = request_arg(req, OWNER_ARG);
    fields.hold_count += args->mode == LOCK_REENTRANT;
    fields.session = session_of(req, args, fields.session);
    put_lock(req, key, args, &fields, reply);
}

static void wait_for_lock(struct request *req, const struct lock_args *args, struct reply *reply) {
    if (args->may_wait && request_may_block(req)) {
        static const size_t key_indexes[] = {KEY_ARG};
        struct block_options options = {
            .timeout_seconds = (double)args->wait_ms / CLOCK_MS_PER_SECOND,
            .type = VALUE_STRING,
            .timeout_reply = TIMEOUT_NULL,
            .wakes_on_any_change = true,
            .queue_index = KEY_ARG,
        };
        request_block(req, key_indexes, ARRAY_SIZE(key_indexes), &options);
    } else {
        reply_null(reply);
    }
}

/*
 * LOCK key owner <EX seconds | PX ms | EXAT unix-s | PXAT unix-ms> [NX | XX] [BLOCK ms] [SESSION]
 */
static void lock_command(struct request *req, struct reply *reply) {
    struct lock_args args;
    struct open_key key;
    if (!parse_lock(req, &args, reply)) {
        return;
    }
    bool is_waiting = (req->flags & REQUEST_REEXECUTED) != 0;
    bool is_present = request_write_any(req, KEY_ARG, &key);
    if (is_present && key.value.type != VALUE_STRING) {
        if (is_waiting) {
            wait_for_lock(req, &args, reply);
        } else {
            reply_wrong_type(reply);
        }
        return;
    }
    if (args.is_absolute && args.deadline_ms <= clock_unix_ms()) {
        reply_null(reply);
        return;
    }
    struct lock_state state = state_of(&key, is_present, request_arg(req, OWNER_ARG));
    state.is_owed = !state.is_taken && !is_waiting && request_may_block(req) &&
                    blocking_is_owed(req->server->blocking, database_index(req->database), key.name,
                                     key.hash, VALUE_STRING);
    if (!state.is_taken && !state.is_owed && args.mode != LOCK_ONLY_HELD) {
        take_lock(req, &key, &args, reply);
    } else if (state.is_mine && args.mode != LOCK_ONLY_FREE) {
        if (state.is_native) {
            keep_lock(req, &key, &args, &state, reply);
        } else {
            take_lock(req, &key, &args, reply);
        }
    } else {
        if ((state.is_taken || state.is_owed) && !is_waiting) {
            locks_count_contended(req->server->locks);
        }
        wait_for_lock(req, &args, reply);
    }
}

/* ---- UNLOCK ---- */

enum unlock_answer { UNLOCK_FREE = 0, UNLOCK_NOT_MINE = -1, UNLOCK_NOT_LOCKED = -2 };

/* UNLOCK key owner [ALL] */
static void unlock_command(struct request *req, struct reply *reply) {
    enum { ALL_ARGC = 4 };
    bool drops_all = request_argc(req) == ALL_ARGC && args_is(req, OPTIONS_ARG, "all");
    struct open_key key;
    if (request_argc(req) > OPTIONS_ARG && !drops_all) {
        reply_syntax_error(reply);
        return;
    }
    enum key_status status = request_write(req, KEY_ARG, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct lock_state state = state_of(&key, status == KEY_PRESENT, request_arg(req, OWNER_ARG));
    if (!state.is_taken || !state.is_mine) {
        reply_integer(reply, state.is_taken ? UNLOCK_NOT_MINE : UNLOCK_NOT_LOCKED);
        return;
    }
    if (state.is_native && !drops_all && state.fields.hold_count > 1) {
        struct lock_fields fields = state.fields;
        struct value value;
        fields.hold_count--;
        fields.owner = request_arg(req, OWNER_ARG);
        record_lock(req, &fields, key.deadline_ms);
        lock_value_create(&value, &fields, keyspace_lock_counter(req->server->keyspace));
        request_replaced(req, &key, &value, key.deadline_ms, EVENT_UNLOCK);
        reply_integer(reply, fields.hold_count);
        return;
    }
    const struct bytes effect[] = {BYTES("DEL"), request_arg(req, KEY_ARG)};
    request_announce(req, &key, EVENT_UNLOCK);
    request_removed(req, &key, EVENT_DEL, false);
    request_replay_as(req, effect, ARRAY_SIZE(effect));
    reply_integer(reply, UNLOCK_FREE);
}

/* ---- LOCKINFO, FENCE ---- */

/* LOCKINFO key */
static void lockinfo_command(struct request *req, struct reply *reply) {
    enum { FIELD_COUNT = 8 };
    struct open_key key;
    enum key_status status = request_read(req, KEY_ARG, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT) {
        reply_null(reply);
        return;
    }
    int64_t now_ms = clock_unix_ms();
    char scratch[STRING_SCRATCH_SIZE];
    bool is_native = lock_value_is(&key.value);
    struct lock_fields fields = {
        .owner = string_bytes(&key.value, scratch),
        .hold_count = 1,
        .granted_ms = now_ms,
    };
    if (is_native) {
        fields = lock_value_fields(&key.value);
    }
    int64_t left_ms = key.deadline_ms - now_ms;
    size_t waiters = blocking_waiters_on(req->server->blocking, database_index(req->database),
                                         key.name, key.hash);
    reply_map(reply, FIELD_COUNT);
    reply_bulk_text(reply, "owner");
    reply_bulk(reply, fields.owner);
    reply_bulk_text(reply, "token");
    reply_integer(reply, (int64_t)fields.token);
    reply_bulk_text(reply, "count");
    reply_integer(reply, fields.hold_count);
    reply_bulk_text(reply, "pttl");
    reply_integer(reply, key.deadline_ms == DEADLINE_NONE ? -1 : left_ms);
    reply_bulk_text(reply, "held-ms");
    reply_integer(reply, now_ms > fields.granted_ms ? now_ms - fields.granted_ms : 0);
    reply_bulk_text(reply, "waiters");
    reply_integer(reply, (int64_t)waiters);
    reply_bulk_text(reply, "session");
    reply_integer(reply, (int64_t)fields.session);
    reply_bulk_text(reply, "native");
    reply_integer(reply, is_native);
}

static bool has_token(const struct open_key *key, uint64_t token) {
    return lock_value_is(&key->value) && lock_value_fields(&key->value).token == token;
}

/* Whether the key is a native lock with the token of the request. */
static bool holds_token(struct request *req) {
    struct open_key key;
    uint64_t token;
    return text_parse_uint64(request_arg(req, OWNER_ARG), &token) &&
           request_read_any(req, KEY_ARG, OPEN_UNTOUCHED, &key) && has_token(&key, token);
}

/* FENCE key token */
static void fence_command(struct request *req, struct reply *reply) {
    int64_t token;
    struct open_key key;
    if (!args_integer(req, OWNER_ARG, &token, reply)) {
        return;
    }
    enum key_status status = request_read(req, KEY_ARG, VALUE_STRING, &key, reply);
    if (status != KEY_WRONG_TYPE) {
        reply_integer(reply,
                      status == KEY_PRESENT && token > 0 && has_token(&key, (uint64_t)token));
    }
}

// clang-format off
static const struct command rows[] = {
    {
        .name = "lock", .handler = lock_command, .arity = -3,
        .flags = CMD_WRITE | CMD_DENY_OOM | CMD_BLOCKING | CMD_FAST, .acl = ACL_STRING,
        .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key owner <EX seconds | PX milliseconds | EXAT unix-time-seconds | "
                  "PXAT unix-time-milliseconds> [NX | XX] [BLOCK milliseconds] [SESSION]",
        .summary = "Takes a lock for an owner, or waits for it, and returns its fencing token.",
    },
    {
        .name = "unlock", .handler = unlock_command, .arity = -3,
        .flags = CMD_WRITE | CMD_FAST, .acl = ACL_STRING, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key owner [ALL]",
        .summary = "Releases a lock of an owner.",
    },
    {
        .name = "lockinfo", .handler = lockinfo_command, .arity = 2,
        .flags = CMD_READONLY | CMD_FAST, .acl = ACL_STRING, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Shows who holds a lock, since when, and how many wait for it.",
    },
    {
        .name = "fence", .handler = fence_command, .precondition = holds_token, .arity = 3,
        .flags = CMD_READONLY | CMD_FAST, .acl = ACL_STRING, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key token",
        .summary = "Says whether a lock has this token; in MULTI a condition of EXEC.",
    },
};
// clang-format on

const struct command_table lock_commands = {rows, ARRAY_SIZE(rows)};
