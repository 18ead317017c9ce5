/*
 * DUMP and RESTORE: one value to and from bytes.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "persist/rdb_value.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "server/server.h"
#include "server/settings.h"
#include "types/value_ops.h"

/* DUMP key */
static void dump_command(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!request_read_any(req, 1, OPEN_COUNTED, &key)) {
        reply_null(reply);
        return;
    }
    sds payload = rdb_dump(&key.value, req->server->settings->rdbcompression);
    reply_bulk(reply, sds_view(payload));
    sds_free(payload);
}

/* ---- RESTORE ---- */

enum { TTL_ARG = 2, PAYLOAD_ARG = 3, FIRST_OPTION_ARG = 4, FREQUENCY_MAX = 255 };

struct restore_options {
    bool replaces;
    bool is_absolute;
    int64_t idle_seconds; /* -1 = not given */
    int64_t frequency;
};

static bool parse_number_option(const struct request *req, size_t index, struct args_bounds bounds,
                                int64_t *number, struct reply *reply) {
    int64_t given;
    if (!args_integer(req, index, &given, reply)) {
        return false;
    }
    if (given < bounds.min || given > bounds.max) {
        reply_error(reply, bounds.error);
        return false;
    }
    *number = given;
    return true;
}

static bool parse_restore_options(const struct request *req, struct restore_options *options,
                                  struct reply *reply) {
    static const struct args_bounds idle = {0, INT64_MAX,
                                            "ERR Invalid IDLETIME value, must be >= 0"};
    static const struct args_bounds frequency = {0, FREQUENCY_MAX,
                                                 "ERR Invalid FREQ value, must be >= 0 and <= 255"};
    for (size_t i = FIRST_OPTION_ARG; i < request_argc(req); i++) {
        bool has_more = i + 1 < request_argc(req);
        bool is_good = true;
        if (args_is(req, i, "replace")) {
            options->replaces = true;
        } else if (args_is(req, i, "absttl")) {
            options->is_absolute = true;
        } else if (args_is(req, i, "idletime") && has_more && options->frequency < 0) {
            is_good = parse_number_option(req, ++i, idle, &options->idle_seconds, reply);
        } else if (args_is(req, i, "freq") && has_more && options->idle_seconds < 0) {
            is_good = parse_number_option(req, ++i, frequency, &options->frequency, reply);
        } else {
            reply_syntax_error(reply);
            return false;
        }
        if (!is_good) {
            return false;
        }
    }
    return true;
}

static bool read_payload(const struct request *req, struct value *value, sds *kept,
                         struct reply *reply) {
    const char *problem = NULL;
    enum rdb_restore_status status =
        req->server->payload_checks_disabled
            ? rdb_restore_unsummed(request_arg(req, PAYLOAD_ARG), value, kept, &problem)
            : rdb_restore(request_arg(req, PAYLOAD_ARG), value, kept, &problem);
    switch (status) {
    case RDB_RESTORE_DONE:
        return true;
    case RDB_RESTORE_WRONG_FOOTER:
        reply_error(reply, "ERR DUMP payload version or checksum are wrong");
        return false;
    case RDB_RESTORE_DAMAGED:
        log_line(LOG_LEVEL_VERBOSE, "RESTORE refused a payload: %s", problem);
        reply_error(reply, "ERR Bad data format");
        return false;
    }
    UNREACHABLE();
}

/* The effect has the deadline as a time, not as what is left of it. */
static void record_restore(struct request *req, int64_t deadline_ms,
                           const struct restore_options *options) {
    if (deadline_ms == DEADLINE_NONE || options->is_absolute || !request_is_recorded(req)) {
        return;
    }
    char digits[REQUEST_NUMBER_SIZE];
    struct bytes *args = alloc_new((request_argc(req) + 1) * sizeof *args);
    for (size_t i = 0; i < request_argc(req); i++) {
        args[i] = request_arg(req, i);
    }
    args[TTL_ARG] = request_number(digits, deadline_ms);
    args[request_argc(req)] = BYTES("ABSTTL");
    request_replay_as(req, args, request_argc(req) + 1);
    alloc_free(args);
}

static void store_restored(struct request *req, struct open_key *key, const struct value *value,
                           int64_t deadline_ms, const struct restore_options *options) {
    if (deadline_ms != DEADLINE_NONE && args_is_past(req, deadline_ms)) {
        struct value dead = *value;
        value_ops_free(&dead);
        if (key->entry == NULL) {
            return;
        }
        struct bytes args[] = {BYTES("DEL"), request_arg(req, 1)};
        request_removed(req, key, EVENT_DEL, true);
        request_replay_as(req, args, ARRAY_SIZE(args));
        return;
    }
    request_replaced(req, key, value, deadline_ms, EVENT_RESTORE);
    keyspace_set_access(key, options->idle_seconds, options->frequency);
    record_restore(req, deadline_ms, options);
}

/* RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency] */
static void restore_command(struct request *req, struct reply *reply) {
    struct restore_options options = {.idle_seconds = -1, .frequency = -1};
    int64_t ttl_ms;
    struct open_key key;
    if (!parse_restore_options(req, &options, reply)) {
        return;
    }
    bool is_there = request_write_any(req, 1, &key);
    if (is_there && !options.replaces) {
        reply_error(reply, "BUSYKEY Target key name already exists.");
        return;
    }
    if (!args_integer(req, TTL_ARG, &ttl_ms, reply)) {
        return;
    }
    if (ttl_ms < 0) {
        reply_error(reply, "ERR Invalid TTL value, must be >= 0");
        return;
    }
    int64_t deadline_ms = ttl_ms == 0 ? DEADLINE_NONE : ttl_ms;
    if (ttl_ms > 0 && !options.is_absolute &&
        __builtin_add_overflow(ttl_ms, clock_unix_ms(), &deadline_ms)) {
        deadline_ms = INT64_MAX;
    }
    struct value value;
    sds kept;
    if (!read_payload(req, &value, &kept, reply)) {
        return;
    }
    store_restored(req, &key, &value, deadline_ms, &options);
    sds_free(kept);
    reply_ok(reply);
}

// clang-format off
static const struct command rows[] = {
    {
        .name = "dump", .handler = dump_command, .arity = 2,
        .flags = CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_GENERIC, .since = "2.6.0",
        .complexity = "O(1) / O(N*M), N elements of M bytes",
        .syntax = "key",
        .summary = "Returns the value of a key as bytes for RESTORE.",
    },
    {
        .name = "restore", .handler = restore_command, .arity = -4,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_DANGEROUS | ACL_KEYSPACE, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE}),
        .group = GROUP_GENERIC, .since = "2.6.0",
        .complexity = "O(1) / O(N*M) / O(1*M) / O(N*M*log(N)) / O(log(N))",
        .syntax = "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] "
                  "[FREQ frequency]",
        .summary = "Makes a key of the bytes that DUMP returned.",
    },
};
// clang-format on

const struct command_table dump_commands = {rows, ARRAY_SIZE(rows)};
