/*
 * What streams know of their producers: for how long, and records that a log brings back.
 */
#include "base/clock.h"
#include "commands/args.h"
#include "commands/stream_args.h"
#include "commands/tables.h"
#include "keyspace/key_event.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/stream_type.h"

/* Opens a stream that must be there; NULL after an error. */
static struct stream *open_stream(struct request *req, struct open_key *key, struct reply *reply) {
    switch (request_write(req, 1, VALUE_STREAM, key, reply)) {
    case KEY_PRESENT:
        return stream_of(&key->value);
    case KEY_ABSENT:
        reply_no_such_key(reply);
        return NULL;
    case KEY_WRONG_TYPE:
        break;
    }
    return NULL;
}

static bool parse_limits(const struct request *req, struct stream_producer_limits *limits,
                         struct reply *reply) {
    static const struct args_bounds seconds = {1, STREAM_PRODUCER_SECONDS_MAX,
                                               "ERR invalid duration"};
    static const struct args_bounds records = {1, STREAM_PRODUCER_RECORDS_MAX,
                                               "ERR invalid maxsize"};
    for (size_t i = 2; i < request_argc(req); i += 2) {
        bool has_more = i + 1 < request_argc(req);
        bool is_good;
        if (has_more && args_is(req, i, "idmp-duration")) {
            is_good = args_bounded(req, i + 1, seconds, &limits->seconds, reply);
        } else if (has_more && args_is(req, i, "idmp-maxsize")) {
            is_good = args_bounded(req, i + 1, records, &limits->record_count, reply);
        } else {
            reply_syntax_error(reply);
            return false;
        }
        if (!is_good) {
            return false;
        }
    }
    if (limits->seconds == 0 && limits->record_count == 0) {
        reply_syntax_error(reply);
        return false;
    }
    return true;
}

/* XCFGSET key [IDMP-DURATION seconds] [IDMP-MAXSIZE count] */
static void xcfgset_command(struct request *req, struct reply *reply) {
    struct stream_producer_limits given = {0};
    struct open_key key;
    if (!parse_limits(req, &given, reply)) {
        return;
    }
    struct stream *stream = open_stream(req, &key, reply);
    if (stream == NULL) {
        return;
    }
    struct stream_producers *producers = stream_make_producers(stream);
    struct stream_producer_limits limits = stream_producers_limits(producers);
    limits.seconds = given.seconds != 0 ? given.seconds : limits.seconds;
    limits.record_count = given.record_count != 0 ? given.record_count : limits.record_count;
    stream_producers_configure(producers, &limits);
    request_changed(req, &key, EVENT_GROUP, 1);
    reply_ok(reply);
}

/* XIDMPRECORD key producer-id idempotent-id id */
static void xidmprecord_command(struct request *req, struct reply *reply) {
    enum { PRODUCER_INDEX = 2, NAME_INDEX = 3, ID_INDEX = 4 };
    struct stream_record record = {
        .message = {request_arg(req, PRODUCER_INDEX), request_arg(req, NAME_INDEX)},
    };
    struct open_key key;
    if (!stream_args_id(req, ID_INDEX, 0, &record.id, reply)) {
        return;
    }
    if (record.message.producer.length == 0 || record.message.name.length == 0) {
        reply_error(reply, "ERR the ids of a producer and of a message must not be empty");
        return;
    }
    struct stream *stream = open_stream(req, &key, reply);
    if (stream == NULL) {
        return;
    }
    if (stream_id_compare(record.id, stream_totals(stream).last_id) > 0) {
        reply_error(reply, "ERR the id of a record must not be above the last one of the stream");
        return;
    }
    stream_producers_restore(stream_make_producers(stream), &record, clock_unix_ms());
    request_changed(req, &key, EVENT_GROUP, 1);
    reply_ok(reply);
}

// clang-format off
static const struct command rows[] = {
    {
        .name = "xcfgset", .handler = xcfgset_command, .arity = -2,
        .flags = CMD_WRITE | CMD_FAST, .acl = ACL_STREAM, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_STREAM, .since = "8.6.0", .complexity = "O(N), N records of producers",
        .syntax = "key [IDMP-DURATION seconds] [IDMP-MAXSIZE count]",
        .summary = "Sets for how long, and how many, messages of a producer are known.",
    },
    {
        .name = "xidmprecord", .handler = xidmprecord_command, .arity = 5,
        .flags = CMD_WRITE | CMD_DENY_OOM | CMD_FAST, .acl = ACL_STREAM,
        .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_STREAM, .since = "8.8.0", .complexity = "O(log N), N records",
        .syntax = "key producer-id idempotent-id id",
        .summary = "Records which entry a producer's message has become; written to logs.",
    },
};
// clang-format on

const struct command_table stream_producer_commands = {rows, ARRAY_SIZE(rows)};
