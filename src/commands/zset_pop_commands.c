/*
 * Sorted sets as queues: commands that take the lowest or highest pairs, and that may wait until
 * there are some. A waiting command runs again from its start when a key changes.
 */
#include "base/alloc.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/zset_type.h"

enum zset_end { ZSET_MIN, ZSET_MAX };

static enum key_event pop_event(enum zset_end end) {
    return end == ZSET_MIN ? EVENT_ZPOPMIN : EVENT_ZPOPMAX;
}

/* How popped pairs are told. */
struct pair_reply {
    struct reply *reply;
    bool is_nested;
};

static bool visit_pair(void *context, struct bytes member, double score) {
    const struct pair_reply *pairs = context;
    if (pairs->is_nested) {
        reply_array(pairs->reply, 2);
    }
    reply_bulk(pairs->reply, member);
    reply_double(pairs->reply, score);
    return true;
}

/* Replies with `count` pairs from one end and takes them out. */
static void pop_pairs(struct request *req, struct open_key *key, enum zset_end end, size_t count,
                      struct pair_reply *pairs) {
    size_t length = zset_type_length(&key->value);
    zset_type_range(&key->value, end == ZSET_MIN ? 0 : length - 1, count, end == ZSET_MAX,
                    visit_pair, pairs);
    zset_type_remove_range(&key->value, end == ZSET_MIN ? 0 : length - count, count);
    request_changed(req, key, pop_event(end), (int64_t)count);
}

/* The effect of taking pairs: ZPOPMIN or ZPOPMAX, with a count if one was asked for. */
static void replay_pop(struct request *req, size_t key_index, enum zset_end end, bool has_count,
                       size_t count) {
    char number[REQUEST_NUMBER_SIZE];
    struct bytes args[] = {end == ZSET_MIN ? BYTES("ZPOPMIN") : BYTES("ZPOPMAX"),
                           request_arg(req, key_index), request_number(number, (int64_t)count)};
    request_replay_as(req, args, has_count ? ARRAY_SIZE(args) : ARRAY_SIZE(args) - 1);
}

/* ---- ZPOPMIN, ZPOPMAX ---- */

static void pop(struct request *req, enum zset_end end, struct reply *reply) {
    enum { ARGC_MAX = 3 };
    bool has_count = request_argc(req) > 2;
    int64_t wanted = 1;
    if (request_argc(req) > ARGC_MAX) {
        reply_syntax_error(reply);
        return;
    }
    if (has_count && !args_positive(req, 2, &wanted, reply)) {
        return;
    }
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    size_t length = status == KEY_PRESENT ? zset_type_length(&key.value) : 0;
    size_t count = (uint64_t)wanted < length ? (size_t)wanted : length;
    struct pair_reply pairs = {reply, has_count && reply->protocol == RESP3};
    reply_array(reply, pairs.is_nested ? count : 2 * count);
    if (count > 0) {
        pop_pairs(req, &key, end, count, &pairs);
    }
}

/* ZPOPMIN key [count] */
static void zpopmin_command(struct request *req, struct reply *reply) {
    pop(req, ZSET_MIN, reply);
}

/* ZPOPMAX key [count] */
static void zpopmax_command(struct request *req, struct reply *reply) {
    pop(req, ZSET_MAX, reply);
}

/* ---- Waiting ---- */

enum pop_result { POP_NOTHING, POP_DONE, POP_FAILED };

/*
 * Opens the sorted set under a key for taking. A waiting request passes over keys that hold
 * another type meanwhile.
 */
static enum pop_result open_zset(struct request *req, size_t index, struct open_key *key,
                                 struct reply *reply) {
    if ((req->flags & REQUEST_REEXECUTED) != 0) {
        bool is_zset = request_write_any(req, index, key) && key->value.type == VALUE_ZSET;
        return is_zset ? POP_DONE : POP_NOTHING;
    }
    switch (request_write(req, index, VALUE_ZSET, key, reply)) {
    case KEY_ABSENT:
        return POP_NOTHING;
    case KEY_PRESENT:
        return POP_DONE;
    case KEY_WRONG_TYPE:
        return POP_FAILED;
    }
    UNREACHABLE();
}

static void wait_for_keys(struct request *req, size_t first_key, size_t key_count,
                          double timeout_seconds) {
    size_t *indexes = alloc_new(key_count * sizeof *indexes);
    for (size_t i = 0; i < key_count; i++) {
        indexes[i] = first_key + i;
    }
    struct block_options options = {
        .timeout_seconds = timeout_seconds,
        .type = VALUE_ZSET,
        .timeout_reply = TIMEOUT_NULL_ARRAY,
    };
    request_block(req, indexes, key_count, &options);
    alloc_free(indexes);
}

/* Takes one pair from the first sorted set that has some. */
static enum pop_result pop_one(struct request *req, size_t index, enum zset_end end,
                               struct reply *reply) {
    enum { ANSWER_SIZE = 3 };
    struct open_key key;
    enum pop_result result = open_zset(req, index, &key, reply);
    if (result != POP_DONE) {
        return result;
    }
    struct pair_reply pairs = {reply, false};
    reply_array(reply, ANSWER_SIZE);
    reply_bulk(reply, request_arg(req, index));
    pop_pairs(req, &key, end, 1, &pairs);
    replay_pop(req, index, end, false, 1);
    return POP_DONE;
}

static void blocking_pop(struct request *req, enum zset_end end, struct reply *reply) {
    size_t timeout_index = request_argc(req) - 1;
    double timeout_seconds;
    if (!args_timeout(req, timeout_index, &timeout_seconds, reply)) {
        return;
    }
    for (size_t i = 1; i < timeout_index; i++) {
        if (pop_one(req, i, end, reply) != POP_NOTHING) {
            return;
        }
    }
    if (request_may_block(req)) {
        wait_for_keys(req, 1, timeout_index - 1, timeout_seconds);
    } else {
        reply_null_array(reply);
    }
}

/* BZPOPMIN key [key ...] timeout */
static void bzpopmin_command(struct request *req, struct reply *reply) {
    blocking_pop(req, ZSET_MIN, reply);
}

/* BZPOPMAX key [key ...] timeout */
static void bzpopmax_command(struct request *req, struct reply *reply) {
    blocking_pop(req, ZSET_MAX, reply);
}

/* ---- ZMPOP, BZMPOP ---- */

struct mpop_options {
    size_t first_key;
    size_t key_count;
    enum zset_end end;
    int64_t count;
};

static bool parse_end(const struct request *req, size_t index, enum zset_end *end,
                      struct reply *reply) {
    if (args_is(req, index, "min") || args_is(req, index, "max")) {
        *end = args_is(req, index, "min") ? ZSET_MIN : ZSET_MAX;
        return true;
    }
    reply_syntax_error(reply);
    return false;
}

static bool parse_mpop_options(const struct request *req, size_t numkeys_index,
                               struct mpop_options *options, struct reply *reply) {
    static const struct args_bounds key_bounds = {1, INT64_MAX,
                                                  "ERR numkeys should be greater than 0"};
    static const struct args_bounds count_bounds = {1, INT64_MAX,
                                                    "ERR count should be greater than 0"};
    int64_t key_count;
    if (!args_bounded(req, numkeys_index, key_bounds, &key_count, reply)) {
        return false;
    }
    options->first_key = numkeys_index + 1;
    options->count = -1;
    if ((uint64_t)key_count >= request_argc(req) - options->first_key) {
        reply_syntax_error(reply);
        return false;
    }
    options->key_count = (size_t)key_count;
    size_t end_index = options->first_key + options->key_count;
    if (!parse_end(req, end_index, &options->end, reply)) {
        return false;
    }
    for (size_t i = end_index + 1; i < request_argc(req); i += 2) {
        if (options->count != -1 || i + 1 >= request_argc(req) || !args_is(req, i, "count")) {
            reply_syntax_error(reply);
            return false;
        }
        if (!args_bounded(req, i + 1, count_bounds, &options->count, reply)) {
            return false;
        }
    }
    options->count = options->count == -1 ? 1 : options->count;
    return true;
}

static enum pop_result pop_many(struct request *req, size_t index,
                                const struct mpop_options *options, struct reply *reply) {
    struct open_key key;
    enum pop_result result = open_zset(req, index, &key, reply);
    if (result != POP_DONE) {
        return result;
    }
    size_t length = zset_type_length(&key.value);
    size_t count = (uint64_t)options->count < length ? (size_t)options->count : length;
    struct pair_reply pairs = {reply, true};
    reply_array(reply, 2);
    reply_bulk(reply, request_arg(req, index));
    reply_array(reply, count);
    pop_pairs(req, &key, options->end, count, &pairs);
    replay_pop(req, index, options->end, true, count);
    return POP_DONE;
}

/* Takes from the first sorted set that has some; false when none has. */
static bool pop_first(struct request *req, const struct mpop_options *options,
                      struct reply *reply) {
    for (size_t i = 0; i < options->key_count; i++) {
        if (pop_many(req, options->first_key + i, options, reply) != POP_NOTHING) {
            return true;
        }
    }
    return false;
}

/* ZMPOP numkeys key [key ...] MIN | MAX [COUNT count] */
static void zmpop_command(struct request *req, struct reply *reply) {
    struct mpop_options options;
    if (parse_mpop_options(req, 1, &options, reply) && !pop_first(req, &options, reply)) {
        reply_null_array(reply);
    }
}

/* BZMPOP timeout numkeys key [key ...] MIN | MAX [COUNT count] */
static void bzmpop_command(struct request *req, struct reply *reply) {
    struct mpop_options options;
    double timeout_seconds;
    /* The oracle looks at the timeout last. */
    if (!parse_mpop_options(req, 2, &options, reply) ||
        !args_timeout(req, 1, &timeout_seconds, reply) || pop_first(req, &options, reply)) {
        return;
    }
    if (request_may_block(req)) {
        wait_for_keys(req, options.first_key, options.key_count, timeout_seconds);
    } else {
        reply_null_array(reply);
    }
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "zpopmin", .handler = zpopmin_command, .arity = -2,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_SORTED_SET, .since = "5.0.0", .complexity = "O(log(N)*M)",
        .syntax = "key [count]",
        .summary = "Takes the members with the lowest scores.",
    },
    {
        .name = "zpopmax", .handler = zpopmax_command, .arity = -2,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_SORTED_SET, .since = "5.0.0", .complexity = "O(log(N)*M)",
        .syntax = "key [count]",
        .summary = "Takes the members with the highest scores.",
    },
    {
        .name = "zmpop", .handler = zmpop_command, .arity = -4,
        .flags = CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_SORTED_SET, .since = "7.0.0", .complexity = "O(K) / O(M*log(N))",
        .syntax = "numkeys key [key ...] <MIN | MAX> [COUNT count]",
        .summary = "Takes members from the first sorted set that has some.",
    },
    {
        .name = "bzpopmin", .handler = bzpopmin_command, .arity = -3,
        .flags = CMD_BLOCKING | CMD_FAST | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-2, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_SORTED_SET, .since = "5.0.0", .complexity = "O(log(N))",
        .syntax = "key [key ...] timeout",
        .summary = "Takes the member with the lowest score, or waits for one.",
        .history = HISTORY({"6.0.0", "The timeout may be a fraction."}),
    },
    {
        .name = "bzpopmax", .handler = bzpopmax_command, .arity = -3,
        .flags = CMD_BLOCKING | CMD_FAST | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-2, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_SORTED_SET, .since = "5.0.0", .complexity = "O(log(N))",
        .syntax = "key [key ...] timeout",
        .summary = "Takes the member with the highest score, or waits for one.",
        .history = HISTORY({"6.0.0", "The timeout may be a fraction."}),
    },
    {
        .name = "bzmpop", .handler = bzmpop_command, .arity = -5,
        .flags = CMD_BLOCKING | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(2), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_SORTED_SET, .since = "7.0.0", .complexity = "O(K) / O(M*log(N))",
        .syntax = "timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
        .summary = "Takes members from the first sorted set that has some, or waits.",
    },
};
/* clang-format on */

const struct command_table zset_pop_commands = {rows, ARRAY_SIZE(rows)};
