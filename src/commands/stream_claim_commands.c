/*
 * What is pending, and who takes it over: XPENDING, XCLAIM, XAUTOCLAIM.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "commands/args.h"
#include "commands/stream_args.h"
#include "commands/stream_effects.h"
#include "commands/tables.h"
#include "keyspace/key_event.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/stream_type.h"

enum { NAME_INDEX = 2 };

/* ---- XPENDING ---- */

struct pending_args {
    int64_t idle_ms;
    int64_t count;
    struct stream_id first;
    struct stream_id last;
    size_t consumer_index; /* 0: of all */
};

static bool parse_pending(const struct request *req, struct pending_args *args,
                          struct reply *reply) {
    enum { IDLE_INDEX = 3, RANGE_SIZE = 3, ARGC_MIN = 6, ARGC_MAX = 9, IDLE_ARGC_MIN = 8 };
    size_t at = IDLE_INDEX;
    *args = (struct pending_args){0};
    if (request_argc(req) < ARGC_MIN || request_argc(req) > ARGC_MAX) {
        reply_syntax_error(reply);
        return false;
    }
    if (args_is(req, IDLE_INDEX, "idle")) {
        if (!args_integer(req, IDLE_INDEX + 1, &args->idle_ms, reply)) {
            return false;
        }
        if (request_argc(req) < IDLE_ARGC_MIN) {
            reply_syntax_error(reply);
            return false;
        }
        at += 2;
    }
    if (!args_integer(req, at + 2, &args->count, reply) ||
        !stream_args_range(req, at, at + 1, &args->first, &args->last, reply)) {
        return false;
    }
    args->count = args->count < 0 ? 0 : args->count;
    args->consumer_index = at + RANGE_SIZE < request_argc(req) ? at + RANGE_SIZE : 0;
    return true;
}

/* How many are pending, between which ids, and for whom. */
static void reply_summary(const struct stream_group *group, struct reply *reply) {
    enum { SUMMARY_SIZE = 4 };
    struct id_cursor at;
    reply_array(reply, SUMMARY_SIZE);
    reply_integer(reply, (int64_t)id_map_count(group->pending));
    if (!id_map_first(group->pending, &at)) {
        reply_null(reply);
        reply_null(reply);
        reply_null_array(reply);
        return;
    }
    stream_reply_id(reply, id_map_id(group->pending, &at));
    (void)id_map_last(group->pending, &at);
    stream_reply_id(reply, id_map_id(group->pending, &at));
    size_t mark = reply_begin(reply);
    size_t count = 0;
    for (size_t i = 0; i < group->consumer_count; i++) {
        const struct stream_consumer *consumer = group->consumers[i];
        if (id_map_count(consumer->pending) > 0) {
            reply_array(reply, 2);
            reply_bulk(reply, sds_view(consumer->name));
            reply_bulk_integer(reply, (int64_t)id_map_count(consumer->pending));
            count++;
        }
    }
    reply_end_array(reply, mark, count);
}

/*
 * Finds the first entry from an id on that is pending for a consumer (NULL: any) and was delivered
 * up to a time. What the group has next and what the consumer has next are sought in turn, so
 * neither is gone through entry by entry.
 */
static bool seek_pending(const struct stream_group *group, const struct stream_consumer *consumer,
                         int64_t delivered_max_ms, struct stream_id *id, struct id_cursor *at) {
    for (;;) {
        struct id_cursor own;
        if (consumer != NULL) {
            if (!id_map_seek(consumer->pending, *id, &own)) {
                return false;
            }
            *id = id_map_id(consumer->pending, &own);
        }
        if (!id_map_seek_rank(group->pending, *id, delivered_max_ms, at)) {
            return false;
        }
        struct stream_id found = id_map_id(group->pending, at);
        bool is_own = consumer == NULL || stream_id_compare(found, *id) == 0;
        *id = found;
        if (is_own) {
            return true;
        }
    }
}

static void reply_pending_entry(struct stream_id id, const struct stream_pending *pending,
                                int64_t now_ms, struct reply *reply) {
    enum { ITEM_SIZE = 4 };
    reply_array(reply, ITEM_SIZE);
    stream_reply_id(reply, id);
    if (pending->consumer == NULL) {
        reply_bulk(reply, BYTES(""));
        reply_integer(reply, -1);
    } else {
        bool is_past = pending->delivered_ms < now_ms;
        reply_bulk(reply, sds_view(pending->consumer->name));
        reply_integer(reply, is_past ? now_ms - pending->delivered_ms : 0);
    }
    reply_integer(reply, pending->delivery_count);
}

static void reply_pending(const struct stream_group *group, const struct pending_args *args,
                          const struct stream_consumer *consumer, struct reply *reply) {
    int64_t now_ms = clock_unix_ms();
    int64_t delivered_max_ms = args->idle_ms > 0 ? now_ms - args->idle_ms : INT64_MAX;
    size_t mark = reply_begin(reply);
    int64_t count = 0;
    struct id_cursor at;
    struct stream_id id = args->first;
    while (count < args->count && seek_pending(group, consumer, delivered_max_ms, &id, &at) &&
           stream_id_compare(id, args->last) <= 0) {
        reply_pending_entry(id, id_map_value(group->pending, &at), now_ms, reply);
        count++;
        if (!stream_id_increment(&id)) {
            break;
        }
    }
    reply_end_array(reply, mark, (size_t)count);
}

/* XPENDING key group [[IDLE min-idle-time] start end count [consumer]] */
static void xpending_command(struct request *req, struct reply *reply) {
    enum { SUMMARY_ARGC = 3 };
    bool is_summary = request_argc(req) == SUMMARY_ARGC;
    struct pending_args args;
    struct open_key key;
    if (!is_summary && !parse_pending(req, &args, reply)) {
        return;
    }
    enum key_status status = request_read(req, 1, VALUE_STREAM, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    const struct stream_group *group =
        stream_args_group(status, &key, request_arg(req, NAME_INDEX));
    if (group == NULL) {
        stream_args_reply_no_group(req, reply);
        return;
    }
    if (is_summary) {
        reply_summary(group, reply);
        return;
    }
    const struct stream_consumer *consumer = NULL;
    if (args.consumer_index > 0) {
        consumer = stream_group_find(group, request_arg(req, args.consumer_index));
        if (consumer == NULL) {
            reply_array(reply, 0);
            return;
        }
    }
    reply_pending(group, &args, consumer, reply);
}

/* ---- Claiming ---- */

struct claim_args {
    int64_t idle_ms;
    int64_t time_ms; /* what becomes the time of delivery */
    int64_t retries; /* -1: one more than before */
    bool is_forced;
    bool wants_ids;
    bool has_last_id;
    struct stream_id last_id;
};

/* One request that claims. */
struct claiming {
    struct request *req;
    struct open_key *key;
    struct stream *stream;
    struct stream_group *group;
    struct stream_consumer *consumer;
    const struct claim_args *args;
    struct stream_claims claims;
    struct reply *reply;
    int64_t now_ms;
    int64_t changes;
};

enum claim_result { CLAIM_DONE, CLAIM_SKIPPED, CLAIM_GONE };

/* Claims one entry and replies it. CLAIM_GONE: it was deleted, and is pending no more. */
static enum claim_result claim_entry(struct claiming *claiming, struct stream_id id) {
    const struct claim_args *args = claiming->args;
    const struct stream_pending *found = stream_group_pending(claiming->group, id);
    struct stream_entry entry;
    bool is_there = stream_find(claiming->stream, id, &entry);
    if (!is_there) {
        if (found == NULL) {
            return CLAIM_SKIPPED;
        }
        struct stream_pending last = *found;
        stream_claims_add(&claiming->claims, id, &last);
        (void)stream_group_acknowledge(claiming->group, id);
        claiming->changes++;
        return CLAIM_GONE;
    }
    if (found == NULL && !args->is_forced) {
        return CLAIM_SKIPPED;
    }
    if (found != NULL && found->consumer != NULL && args->idle_ms > 0 &&
        claiming->now_ms - found->delivered_ms < args->idle_ms) {
        return CLAIM_SKIPPED;
    }
    struct stream_pending pending = {
        .consumer = claiming->consumer,
        .delivered_ms = args->time_ms,
        .delivery_count = found == NULL ? 0 : found->delivery_count,
    };
    if (found == NULL) {
        pending.delivery_count = 1;
    }
    if (args->retries >= 0) {
        pending.delivery_count = args->retries;
    } else if (!args->wants_ids && pending.delivery_count < INT64_MAX) {
        pending.delivery_count++;
    }
    stream_group_assign(claiming->group, id, &pending);
    stream_claims_add(&claiming->claims, id, &pending);
    if (args->wants_ids) {
        stream_reply_id(claiming->reply, id);
    } else {
        stream_reply_entry(claiming->reply, &entry);
    }
    claiming->consumer->active_ms = claiming->now_ms;
    claiming->changes++;
    return CLAIM_DONE;
}

/* Finds or makes the consumer, and begins recording. */
static void begin_claiming(struct claiming *claiming, size_t consumer_index) {
    struct bytes name = request_arg(claiming->req, consumer_index);
    claiming->consumer = stream_group_find(claiming->group, name);
    if (claiming->consumer == NULL) {
        claiming->consumer = stream_group_add(claiming->group, name, claiming->now_ms);
        request_announce(claiming->req, claiming->key, EVENT_XGROUP_CREATECONSUMER);
    }
    claiming->consumer->seen_ms = claiming->now_ms;
    stream_claims_begin(&claiming->claims, claiming->req, request_arg(claiming->req, 1),
                        claiming->group, sds_view(claiming->consumer->name));
}

static void end_claiming(struct claiming *claiming) {
    stream_claims_end(&claiming->claims);
    if (claiming->changes > 0) {
        request_changed(claiming->req, claiming->key, EVENT_GROUP, claiming->changes);
    }
}

/* Opens the stream and its group; false after an error. */
static bool open_group(struct request *req, struct open_key *key, struct claiming *claiming,
                       struct reply *reply) {
    enum key_status status = request_write(req, 1, VALUE_STREAM, key, reply);
    if (status == KEY_WRONG_TYPE) {
        return false;
    }
    struct stream_group *group = stream_args_group(status, key, request_arg(req, NAME_INDEX));
    if (group == NULL) {
        stream_args_reply_no_group(req, reply);
        return false;
    }
    *claiming = (struct claiming){
        .req = req,
        .key = key,
        .stream = stream_of(&key->value),
        .group = group,
        .reply = reply,
        .now_ms = clock_unix_ms(),
    };
    return true;
}

static bool parse_number(const struct request *req, size_t index, const char *error,
                         int64_t *number, struct reply *reply) {
    struct args_bounds bounds = {INT64_MIN, INT64_MAX, error};
    return args_bounded(req, index, bounds, number, reply);
}

/* ---- XCLAIM ---- */

static bool parse_claim_options(const struct request *req, size_t first, int64_t now_ms,
                                struct claim_args *args, struct reply *reply) {
    int64_t idle_ms;
    for (size_t i = first; i < request_argc(req); i++) {
        bool has_more = i + 1 < request_argc(req);
        bool is_good = true;
        if (args_is(req, i, "force")) {
            args->is_forced = true;
        } else if (args_is(req, i, "justid")) {
            args->wants_ids = true;
        } else if (has_more && args_is(req, i, "idle")) {
            is_good = parse_number(req, ++i, "ERR Invalid IDLE option argument for XCLAIM",
                                   &idle_ms, reply);
            args->time_ms = is_good && idle_ms >= 0 ? now_ms - idle_ms : now_ms;
        } else if (has_more && args_is(req, i, "time")) {
            is_good = parse_number(req, ++i, "ERR Invalid TIME option argument for XCLAIM",
                                   &args->time_ms, reply);
        } else if (has_more && args_is(req, i, "retrycount")) {
            is_good = parse_number(req, ++i, "ERR Invalid RETRYCOUNT option argument for XCLAIM",
                                   &args->retries, reply);
        } else if (has_more && args_is(req, i, "lastid")) {
            args->has_last_id = true;
            is_good = stream_args_id(req, ++i, 0, &args->last_id, reply);
        } else {
            struct bytes option = request_arg(req, i);
            reply_error_format(reply, "ERR Unrecognized XCLAIM option '%.*s'", (int)option.length,
                               option.data);
            return false;
        }
        if (!is_good) {
            return false;
        }
    }
    if (args->time_ms < 0 || args->time_ms > now_ms) {
        args->time_ms = now_ms;
    }
    return true;
}

/* XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME ms] [RETRYCOUNT n] … */
static void xclaim_command(struct request *req, struct reply *reply) {
    enum { CONSUMER_INDEX = 3, IDLE_INDEX = 4, FIRST_ID = 5 };
    struct open_key key;
    struct claiming claiming;
    if (!open_group(req, &key, &claiming, reply)) {
        return;
    }
    struct claim_args args = {.time_ms = claiming.now_ms, .retries = -1};
    if (!parse_number(req, IDLE_INDEX, "ERR Invalid min-idle-time argument for XCLAIM",
                      &args.idle_ms, reply)) {
        return;
    }
    size_t end = FIRST_ID;
    struct stream_id id;
    bool has_seq;
    while (end < request_argc(req) && stream_id_parse(request_arg(req, end), 0, &has_seq, &id)) {
        end++;
    }
    if (!parse_claim_options(req, end, claiming.now_ms, &args, reply)) {
        return;
    }
    claiming.args = &args;
    bool moves_on =
        args.has_last_id && stream_id_compare(args.last_id, claiming.group->last_delivered) > 0;
    if (moves_on) {
        claiming.group->last_delivered = args.last_id;
    }
    begin_claiming(&claiming, CONSUMER_INDEX);
    size_t mark = reply_begin(reply);
    size_t claimed = 0;
    for (size_t i = FIRST_ID; i < end; i++) {
        (void)stream_id_parse(request_arg(req, i), 0, &has_seq, &id);
        claimed += claim_entry(&claiming, id) == CLAIM_DONE;
    }
    reply_end_array(reply, mark, claimed);
    if (moves_on) {
        if (claiming.changes == 0) {
            stream_effect_position(req, request_arg(req, 1), claiming.group);
        }
        claiming.changes++;
    }
    end_claiming(&claiming);
}

/* ---- XAUTOCLAIM ---- */

static bool parse_autoclaim(const struct request *req, struct claim_args *args,
                            struct stream_id *start, int64_t *count, struct reply *reply) {
    enum { IDLE_INDEX = 4, START_INDEX = 5, OPTIONS_INDEX = 6, COUNT_DEFAULT = 100 };
    static const struct args_bounds bounds = {1, INT64_MAX / 64, "ERR COUNT must be > 0"};
    *count = COUNT_DEFAULT;
    struct stream_id ignored;
    if (!parse_number(req, IDLE_INDEX, "ERR Invalid min-idle-time argument for XAUTOCLAIM",
                      &args->idle_ms, reply) ||
        !stream_args_range(req, START_INDEX, START_INDEX, start, &ignored, reply)) {
        return false;
    }
    for (size_t i = OPTIONS_INDEX; i < request_argc(req); i++) {
        if (args_is(req, i, "count") && i + 1 < request_argc(req)) {
            if (!args_bounded(req, ++i, bounds, count, reply)) {
                return false;
            }
        } else if (args_is(req, i, "justid")) {
            args->wants_ids = true;
        } else {
            reply_syntax_error(reply);
            return false;
        }
    }
    return true;
}

/* XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID] */
static void xautoclaim_command(struct request *req, struct reply *reply) {
    enum { CONSUMER_INDEX = 3, ANSWER_SIZE = 3, ATTEMPTS_PER_ENTRY = 10 };
    struct claim_args args = {.retries = -1};
    struct stream_id at_id;
    int64_t count;
    struct open_key key;
    struct claiming claiming;
    if (!parse_autoclaim(req, &args, &at_id, &count, reply) ||
        !open_group(req, &key, &claiming, reply)) {
        return;
    }
    args.time_ms = claiming.now_ms;
    claiming.args = &args;
    begin_claiming(&claiming, CONSUMER_INDEX);
    int64_t attempts = count * ATTEMPTS_PER_ENTRY;
    struct stream_id *gone = NULL;
    size_t gone_count = 0;
    size_t claimed = 0;
    reply_array(reply, ANSWER_SIZE);
    size_t mark = reply_begin(reply);
    size_t list_mark = reply_begin(reply);
    struct id_cursor at;
    bool has = id_map_seek(claiming.group->pending, at_id, &at);
    while (has && attempts-- > 0 && count > 0) {
        struct stream_id id = id_map_id(claiming.group->pending, &at);
        enum claim_result result = claim_entry(&claiming, id);
        if (result == CLAIM_GONE) {
            gone = alloc_resize(gone, (gone_count + 1) * sizeof *gone);
            gone[gone_count++] = id;
        }
        claimed += result == CLAIM_DONE;
        count -= result != CLAIM_SKIPPED;
        /* Claiming changes the map: what comes next is looked for by its id. */
        has = stream_id_increment(&id) && id_map_seek(claiming.group->pending, id, &at);
    }
    reply_end_array(reply, list_mark, claimed);
    char next[STREAM_ID_TEXT_SIZE];
    struct stream_id next_id = has ? id_map_id(claiming.group->pending, &at) : stream_id_min;
    reply_end_behind(reply, mark, (struct bytes){next, stream_id_print(next, next_id)});
    reply_array(reply, gone_count);
    for (size_t i = 0; i < gone_count; i++) {
        stream_reply_id(reply, gone[i]);
    }
    alloc_free(gone);
    end_claiming(&claiming);
}

// clang-format off
static const struct command rows[] = {
    {
        .name = "xpending", .handler = xpending_command, .arity = -3,
        .flags = CMD_READONLY, .acl = ACL_STREAM, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output"),
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STREAM, .since = "5.0.0",
        .complexity = "O(log N + M), M entries returned; the summary O(C), C consumers",
        .syntax = "key group [[IDLE min-idle-time] start end count [consumer]]",
        .summary = "Shows what was delivered and not acknowledged.",
    },
    {
        .name = "xclaim", .handler = xclaim_command, .arity = -6,
        .flags = CMD_WRITE | CMD_FAST, .acl = ACL_STREAM, .effect = EFFECT_REPLAY,
        .tips = TIPS("nondeterministic_output"),
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(log N) for each id",
        .syntax = "key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-ms] "
                  "[RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
        .summary = "Gives pending entries to another consumer.",
    },
    {
        .name = "xautoclaim", .handler = xautoclaim_command, .arity = -6,
        .flags = CMD_WRITE | CMD_FAST, .acl = ACL_STREAM, .effect = EFFECT_REPLAY,
        .tips = TIPS("nondeterministic_output"),
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .group = GROUP_STREAM, .since = "6.2.0", .complexity = "O(log N) for each entry",
        .syntax = "key group consumer min-idle-time start [COUNT count] [JUSTID]",
        .summary = "Gives pending entries that are idle for long to another consumer.",
    },
};
// clang-format on

const struct command_table stream_claim_commands = {rows, ARRAY_SIZE(rows)};
