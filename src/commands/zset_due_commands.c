/*
 * Sorted sets as schedules: members whose score is a time in milliseconds, taken when it has come.
 *
 * BZPOPDUE waits in the server until the lowest score of one of its keys falls due, or an earlier
 * one is added. Taken members go, or are put off (RESCHEDULE), so that a worker that dies gives its
 * job back. Effects hold what was done: ZREM, or ZADD with the new scores.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/blocking.h"
#include "server/command.h"
#include "server/request.h"
#include "server/server.h"
#include "types/zset_type.h"

#include <math.h>

struct due_options {
    int64_t count;
    int64_t now_ms;
    int64_t reschedule_ms; /* 0: taken members go */
    bool knows_now;        /* NOW is an option of the command */
};

/* ---- Parsing ---- */

static bool parse_options(const struct request *req, size_t first, struct due_options *options,
                          struct reply *reply) {
    static const struct args_bounds count_bounds = {1, INT64_MAX,
                                                    "ERR count should be greater than 0"};
    static const struct args_bounds delay_bounds = {1, INT64_MAX / 2,
                                                    "ERR reschedule should be greater than 0"};
    options->count = 1;
    options->now_ms = clock_unix_ms();
    for (size_t i = first; i < request_argc(req); i += 2) {
        bool has_operand = i + 1 < request_argc(req);
        bool is_parsed = false;
        if (has_operand && args_is(req, i, "count")) {
            is_parsed = args_bounded(req, i + 1, count_bounds, &options->count, reply);
        } else if (has_operand && args_is(req, i, "reschedule")) {
            is_parsed = args_bounded(req, i + 1, delay_bounds, &options->reschedule_ms, reply);
        } else if (has_operand && options->knows_now && args_is(req, i, "now")) {
            is_parsed = args_integer(req, i + 1, &options->now_ms, reply);
        } else {
            reply_syntax_error(reply);
        }
        if (!is_parsed) {
            return false;
        }
    }
    return true;
}

/* ---- Taking ---- */

/* Members that are due, copied: taking them changes the memory in which they stand. */
struct due_members {
    sds *members;
    double *scores;
    size_t count;
};

static bool visit_due(void *context, struct bytes member, double score) {
    struct due_members *due = context;
    due->members[due->count] = sds_new(member);
    due->scores[due->count++] = score;
    return true;
}

static size_t count_due(const struct value *value, const struct due_options *options) {
    struct score_bound bound = {BOUND_BY_SCORE, true, (double)options->now_ms, {NULL, 0}};
    size_t count = zset_type_count_before(value, &bound);
    return (uint64_t)options->count < count ? (size_t)options->count : count;
}

static void free_due(struct due_members *due) {
    for (size_t i = 0; i < due->count; i++) {
        sds_free(due->members[i]);
    }
    alloc_free(due->members);
    alloc_free(due->scores);
}

/* The effect: ZREM key member …, or ZADD key score member …. */
static void replay_taken(struct request *req, size_t key_index, const struct due_members *due,
                         int64_t new_ms) {
    char score[REQUEST_NUMBER_SIZE];
    struct bytes *args = alloc_new((2 + 2 * due->count) * sizeof *args);
    size_t argc = 0;
    args[argc++] = new_ms == 0 ? BYTES("ZREM") : BYTES("ZADD");
    args[argc++] = request_arg(req, key_index);
    for (size_t i = 0; i < due->count; i++) {
        if (new_ms != 0) {
            args[argc++] = request_number(score, new_ms);
        }
        args[argc++] = sds_view(due->members[i]);
    }
    request_replay_as(req, args, argc);
    alloc_free(args);
}

/* Takes or puts off the first `count` members, which are due; the caller frees *due. */
static void take_due(struct request *req, size_t key_index, struct open_key *key, size_t count,
                     const struct due_options *options, struct due_members *due) {
    *due =
        (struct due_members){alloc_new(count * sizeof(sds)), alloc_new(count * sizeof(double)), 0};
    zset_type_range(&key->value, 0, count, false, visit_due, due);
    if (options->reschedule_ms == 0) {
        zset_type_remove_range(&key->value, 0, count);
        request_changed(req, key, EVENT_ZREM, (int64_t)count);
        replay_taken(req, key_index, due, 0);
        return;
    }
    int64_t new_ms = options->now_ms + options->reschedule_ms;
    for (size_t i = 0; i < count; i++) {
        (void)zset_type_set(&key->value, sds_view(due->members[i]), (double)new_ms);
    }
    request_changed(req, key, EVENT_ZADD, (int64_t)count);
    replay_taken(req, key_index, due, new_ms);
}

static void reply_due(const struct due_members *due, bool is_nested, struct reply *reply) {
    reply_array(reply, is_nested ? due->count : 2 * due->count);
    for (size_t i = 0; i < due->count; i++) {
        if (is_nested) {
            reply_array(reply, 2);
        }
        reply_bulk(reply, sds_view(due->members[i]));
        reply_double(reply, due->scores[i]);
    }
}

static bool check_sum(const struct due_options *options, struct reply *reply) {
    int64_t sum;
    if (!__builtin_add_overflow(options->now_ms, options->reschedule_ms, &sum)) {
        return true;
    }
    reply_not_an_integer(reply);
    return false;
}

/* ZPOPDUE key [COUNT count] [NOW unix-time-milliseconds] [RESCHEDULE milliseconds] */
static void zpopdue_command(struct request *req, struct reply *reply) {
    struct due_options options = {.knows_now = true};
    struct open_key key;
    if (!parse_options(req, 2, &options, reply) || !check_sum(&options, reply)) {
        return;
    }
    enum key_status status = request_write(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    size_t count = status == KEY_PRESENT ? count_due(&key.value, &options) : 0;
    if (count == 0) {
        reply_array(reply, 0);
        return;
    }
    struct due_members due;
    take_due(req, 1, &key, count, &options, &due);
    reply_due(&due, reply->protocol == RESP3, reply);
    free_due(&due);
}

/* ---- Waiting ---- */

static bool visit_first_score(void *context, struct bytes member, double score) {
    (void)member;
    *(double *)context = score;
    return false;
}

/* When the first member falls due; 0 when that is never. */
static int64_t first_due_ms(const struct value *value) {
    static const double latest_ms = 9e15; /* beyond it a double no longer holds every integer */
    double score = 0;
    zset_type_range(value, 0, 1, false, visit_first_score, &score);
    return score < latest_ms ? (int64_t)ceil(score) : 0;
}

enum take_result { TAKE_NOTHING, TAKE_DONE, TAKE_FAILED };

/* True when others wait on the key: what has just fallen due is for them, in a moment. */
static bool comes_behind_others(const struct request *req, const struct open_key *key) {
    return (req->flags & REQUEST_REEXECUTED) == 0 && request_may_block(req) &&
           blocking_waiters_on(req->server->blocking, database_index(req->database), key->name,
                               key->hash) > 0;
}

/* Takes from one key what is due; *wake_ms becomes the time at which to look again. */
static enum take_result take_from(struct request *req, size_t key_index,
                                  const struct due_options *options, int64_t *wake_ms,
                                  struct reply *reply) {
    struct open_key key;
    if ((req->flags & REQUEST_REEXECUTED) != 0) {
        /* A waiting request passes over a key that holds another type meanwhile. */
        if (!request_write_any(req, key_index, &key) || key.value.type != VALUE_ZSET) {
            return TAKE_NOTHING;
        }
    } else {
        enum key_status status = request_write(req, key_index, VALUE_ZSET, &key, reply);
        if (status != KEY_PRESENT) {
            return status == KEY_ABSENT ? TAKE_NOTHING : TAKE_FAILED;
        }
    }
    size_t count = count_due(&key.value, options);
    if (count == 0 || comes_behind_others(req, &key)) {
        int64_t due_ms = count == 0 ? first_due_ms(&key.value) : options->now_ms;
        if (due_ms != 0 && (*wake_ms == 0 || due_ms < *wake_ms)) {
            *wake_ms = due_ms;
        }
        return TAKE_NOTHING;
    }
    struct due_members due;
    take_due(req, key_index, &key, count, options, &due);
    reply_array(reply, 2);
    reply_bulk(reply, request_arg(req, key_index));
    reply_due(&due, true, reply);
    free_due(&due);
    return TAKE_DONE;
}

static void wait_for_keys(struct request *req, size_t first_key, size_t key_count,
                          double timeout_seconds, int64_t wake_ms) {
    size_t *indexes = alloc_new(key_count * sizeof *indexes);
    for (size_t i = 0; i < key_count; i++) {
        indexes[i] = first_key + i;
    }
    struct block_options options = {
        .timeout_seconds = timeout_seconds,
        .type = VALUE_ZSET,
        .timeout_reply = TIMEOUT_NULL_ARRAY,
        .wake_ms = wake_ms,
    };
    request_block(req, indexes, key_count, &options);
    alloc_free(indexes);
}

/* BZPOPDUE numkeys key [key ...] timeout [COUNT count] [RESCHEDULE milliseconds] */
static void bzpopdue_command(struct request *req, struct reply *reply) {
    enum { FIRST_KEY = 2 };
    static const struct args_bounds key_bounds = {1, INT64_MAX,
                                                  "ERR numkeys should be greater than 0"};
    struct due_options options = {.knows_now = false};
    int64_t key_count;
    double timeout_seconds;
    if (!args_bounded(req, 1, key_bounds, &key_count, reply)) {
        return;
    }
    if ((uint64_t)key_count >= request_argc(req) - FIRST_KEY) {
        reply_syntax_error(reply);
        return;
    }
    size_t timeout_index = FIRST_KEY + (size_t)key_count;
    if (!args_timeout(req, timeout_index, &timeout_seconds, reply) ||
        !parse_options(req, timeout_index + 1, &options, reply)) {
        return;
    }
    int64_t wake_ms = 0;
    for (size_t i = FIRST_KEY; i < timeout_index; i++) {
        if (take_from(req, i, &options, &wake_ms, reply) != TAKE_NOTHING) {
            return;
        }
    }
    if (request_may_block(req)) {
        wait_for_keys(req, FIRST_KEY, (size_t)key_count, timeout_seconds, wake_ms);
    } else {
        reply_null_array(reply);
    }
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "zpopdue", .handler = zpopdue_command, .arity = -2,
        .flags = CMD_FAST | CMD_WRITE | CMD_DENY_OOM,
        .acl = ACL_SORTED_SET, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_SORTED_SET, .since = "1.0.0", .complexity = "O(log(N)*M)",
        .syntax = "key [COUNT count] [NOW unix-time-milliseconds] [RESCHEDULE milliseconds]",
        .summary = "Takes members whose score, a time in milliseconds, has come, or puts them off.",
    },
    {
        .name = "bzpopdue", .handler = bzpopdue_command, .arity = -4,
        .flags = CMD_BLOCKING | CMD_WRITE | CMD_DENY_OOM,
        .acl = ACL_SORTED_SET, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_SORTED_SET, .since = "1.0.0", .complexity = "O(K) / O(log(N)*M)",
        .syntax = "numkeys key [key ...] timeout [COUNT count] [RESCHEDULE milliseconds]",
        .summary = "Takes members whose time has come, or waits for the first.",
    },
};
/* clang-format on */

const struct command_table zset_due_commands = {rows, ARRAY_SIZE(rows)};
