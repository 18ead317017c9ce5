/*
 * The set family but for algebra over several sets (set_algebra_commands.c).
 */
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "server/server.h"
#include "types/set_type.h"

/* ---- Changing ---- */

/* SADD key member [member ...] */
static void sadd_command(struct request *req, struct reply *reply) {
    struct open_key key;
    size_t count = request_argc(req) - 2;
    switch (request_write(req, 1, VALUE_SET, &key, reply)) {
    case KEY_WRONG_TYPE:
        return;
    case KEY_ABSENT:
        set_type_create(&key.value, request_arg(req, 2), count);
        break;
    case KEY_PRESENT:
        set_type_prepare(&key.value, count);
        break;
    }
    int64_t added = 0;
    for (size_t i = 2; i < request_argc(req); i++) {
        added += set_type_add(&key.value, request_arg(req, i));
    }
    if (added > 0) {
        request_changed(req, &key, EVENT_SADD, added);
    } else {
        (void)keyspace_store(&key); /* Preparing may have converted it. */
    }
    reply_integer(reply, added);
}

/* SREM key member [member ...] */
static void srem_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_SET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    int64_t removed = 0;
    for (size_t i = 2; status == KEY_PRESENT && i < request_argc(req); i++) {
        removed += set_type_remove(&key.value, request_arg(req, i));
    }
    if (removed > 0) {
        request_changed(req, &key, EVENT_SREM, removed);
    }
    reply_integer(reply, removed);
}

static void move_member(struct request *req, struct open_key *source, struct bytes member) {
    (void)set_type_remove(&source->value, member);
    request_changed(req, source, EVENT_SREM, 1);
    struct open_key target;
    if (!request_write_any(req, 2, &target)) {
        set_type_create(&target.value, member, 1);
    }
    if (set_type_add(&target.value, member)) {
        request_changed(req, &target, EVENT_SADD, 1);
    }
}

/* SMOVE source destination member */
static void smove_command(struct request *req, struct reply *reply) {
    enum { MEMBER_INDEX = 3 };
    struct open_key source;
    struct open_key target;
    struct bytes member = request_arg(req, MEMBER_INDEX);
    enum key_status status = request_write(req, 1, VALUE_SET, &source, reply);
    if (status != KEY_PRESENT) {
        if (status == KEY_ABSENT) {
            reply_integer(reply, 0);
        }
        return;
    }
    if (request_write(req, 2, VALUE_SET, &target, reply) == KEY_WRONG_TYPE) {
        return;
    }
    bool is_there = set_type_contains(&source.value, member);
    if (is_there && !bytes_equal(request_arg(req, 1), request_arg(req, 2))) {
        move_member(req, &source, member);
    }
    reply_integer(reply, is_there);
}

/* ---- Reading ---- */

/* SCARD key */
static void scard_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_SET, &key, reply);
    if (status != KEY_WRONG_TYPE) {
        reply_integer(reply, status == KEY_ABSENT ? 0 : (int64_t)set_type_length(&key.value));
    }
}

/* SISMEMBER key member */
static void sismember_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_SET, &key, reply);
    if (status != KEY_WRONG_TYPE) {
        reply_integer(reply,
                      status == KEY_PRESENT && set_type_contains(&key.value, request_arg(req, 2)));
    }
}

/* SMISMEMBER key member [member ...] */
static void smismember_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_SET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    reply_array(reply, request_argc(req) - 2);
    for (size_t i = 2; i < request_argc(req); i++) {
        reply_integer(reply,
                      status == KEY_PRESENT && set_type_contains(&key.value, request_arg(req, i)));
    }
}

static bool reply_member(void *context, struct bytes member) {
    reply_bulk(context, member);
    return true;
}

/* SMEMBERS key */
static void smembers_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_SET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    reply_set(reply, status == KEY_ABSENT ? 0 : set_type_length(&key.value));
    if (status == KEY_PRESENT) {
        (void)set_type_each(&key.value, reply_member, reply);
    }
}

struct member_filter {
    const struct args_scan *options;
    struct reply *reply;
    uint64_t visited_count;
    size_t found_count;
};

static bool reply_matching_member(void *context, struct bytes member) {
    struct member_filter *filter = context;
    filter->visited_count++;
    if (args_scan_matches(filter->options, member)) {
        reply_bulk(filter->reply, member);
        filter->found_count++;
    }
    return true;
}

/* SSCAN key cursor [MATCH pattern] [COUNT count] */
static void sscan_command(struct request *req, struct reply *reply) {
    enum { FIRST_OPTION = 3 };
    uint64_t cursor;
    struct open_key key;
    if (!args_cursor(req, 2, &cursor, reply)) {
        return;
    }
    enum key_status status = request_read(req, 1, VALUE_SET, &key, reply);
    struct args_scan options;
    if (status == KEY_WRONG_TYPE ||
        (status == KEY_PRESENT && !args_scan_options(req, FIRST_OPTION, NULL, &options, reply))) {
        return;
    }
    reply_array(reply, 2);
    size_t cursor_mark = reply_begin(reply);
    size_t mark = reply_begin(reply);
    struct member_filter filter = {&options, reply, 0, 0};
    if (status == KEY_PRESENT) {
        do {
            cursor = set_type_scan(&key.value, cursor, reply_matching_member, &filter);
        } while (cursor != 0 && filter.visited_count < options.count);
    } else {
        cursor = 0;
    }
    reply_end_array(reply, mark, filter.found_count);
    char number[TEXT_INT64_MAX_SIZE];
    reply_end_behind(reply, cursor_mark, (struct bytes){number, text_print_uint64(number, cursor)});
}

/* ---- At random ---- */

/* The effect of SPOP: SREM of what was popped, in batches. */
struct pop_effect {
    struct request *req;
    struct reply *reply;
    bool is_recorded;
    size_t argc;
    struct bytes *args;
    sds *members;
};

enum { POP_BATCH = 1024, POP_FIXED_ARGS = 2 };

static void flush_pops(struct pop_effect *effect) {
    if (effect->argc > POP_FIXED_ARGS) {
        request_replay_as(effect->req, effect->args, effect->argc);
    }
    for (size_t i = 0; i < effect->argc - POP_FIXED_ARGS; i++) {
        sds_free(effect->members[i]);
    }
    effect->argc = POP_FIXED_ARGS;
}

static bool visit_popped(void *context, struct bytes member) {
    struct pop_effect *effect = context;
    reply_bulk(effect->reply, member);
    if (!effect->is_recorded) {
        return true;
    }
    if (effect->argc == POP_FIXED_ARGS + POP_BATCH) {
        flush_pops(effect);
    }
    sds copy = sds_new(member);
    effect->members[effect->argc - POP_FIXED_ARGS] = copy;
    effect->args[effect->argc++] = sds_view(copy);
    return true;
}

/* Pops `count` members, which are fewer than there are or just one. */
static void pop_members(struct request *req, struct open_key *key, size_t count,
                        struct reply *reply) {
    struct bytes args[POP_FIXED_ARGS + POP_BATCH] = {BYTES("SREM"), request_arg(req, 1)};
    sds members[POP_BATCH];
    struct pop_effect effect = {
        .req = req,
        .reply = reply,
        .is_recorded = request_is_recorded(req),
        .argc = POP_FIXED_ARGS,
        .args = args,
        .members = members,
    };
    set_type_pop(&key->value, &req->server->random, count, visit_popped, &effect);
    request_changed(req, key, EVENT_SPOP, (int64_t)count);
    flush_pops(&effect);
}

/* The whole set goes: its members are told, and the key is freed as by UNLINK. */
static void pop_all(struct request *req, struct open_key *key, struct reply *reply) {
    struct bytes args[] = {BYTES("DEL"), request_arg(req, 1)};
    size_t count = set_type_length(&key->value);
    (void)set_type_each(&key->value, reply_member, reply);
    request_removed(req, key, EVENT_SPOP, true);
    request_announce(req, key, EVENT_DEL);
    request_count_changes(req, (int64_t)count - 1);
    request_replay_as(req, args, ARRAY_SIZE(args));
}

static void pop_count(struct request *req, struct reply *reply) {
    int64_t wanted;
    struct open_key key;
    if (!args_positive(req, 2, &wanted, reply)) {
        return;
    }
    enum key_status status = request_write(req, 1, VALUE_SET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    size_t length = status == KEY_PRESENT ? set_type_length(&key.value) : 0;
    size_t count = (uint64_t)wanted < length ? (size_t)wanted : length;
    reply_set(reply, count);
    if (count == 0) {
        return;
    }
    if (count == length) {
        pop_all(req, &key, reply);
    } else {
        pop_members(req, &key, count, reply);
    }
}

/* SPOP key [count] */
static void spop_command(struct request *req, struct reply *reply) {
    enum { ARGC_MAX = 3 };
    if (request_argc(req) > ARGC_MAX) {
        reply_syntax_error(reply);
        return;
    }
    if (request_argc(req) == ARGC_MAX) {
        pop_count(req, reply);
        return;
    }
    struct open_key key;
    switch (request_write(req, 1, VALUE_SET, &key, reply)) {
    case KEY_WRONG_TYPE:
        return;
    case KEY_ABSENT:
        reply_null(reply);
        return;
    case KEY_PRESENT:
        pop_members(req, &key, 1, reply);
        return;
    }
}

/* Replies with `count` members that may repeat. */
static void reply_repeating(struct request *req, const struct value *value, uint64_t count,
                            struct reply *reply) {
    char scratch[SET_SCRATCH_SIZE];
    size_t mark = reply_begin(reply);
    if (!args_reply_fits(req, mark, count, reply)) {
        return;
    }
    reply_array(reply, count);
    for (uint64_t i = 0; i < count && args_reply_fits(req, mark, count - i, reply); i++) {
        reply_bulk(reply, set_type_random(value, &req->server->random, scratch));
    }
}

static void random_count(struct request *req, struct reply *reply) {
    static const struct args_bounds bounds = {
        -INT64_MAX, INT64_MAX,
        "ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807"};
    int64_t wanted;
    struct open_key key;
    if (!args_integer(req, 2, &wanted, reply) || !args_bounded(req, 2, bounds, &wanted, reply)) {
        return;
    }
    enum key_status status = request_read(req, 1, VALUE_SET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT || wanted == 0) {
        reply_array(reply, 0);
        return;
    }
    if (wanted < 0) {
        reply_repeating(req, &key.value, (uint64_t)-wanted, reply);
        return;
    }
    size_t length = set_type_length(&key.value);
    size_t count = (uint64_t)wanted < length ? (size_t)wanted : length;
    reply_array(reply, count);
    set_type_sample(&key.value, &req->server->random, count, reply_member, reply);
}

/* SRANDMEMBER key [count] */
static void srandmember_command(struct request *req, struct reply *reply) {
    enum { ARGC_MAX = 3 };
    if (request_argc(req) > ARGC_MAX) {
        reply_syntax_error(reply);
        return;
    }
    if (request_argc(req) == ARGC_MAX) {
        random_count(req, reply);
        return;
    }
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_SET, &key, reply);
    if (status == KEY_ABSENT) {
        reply_null(reply);
    } else if (status == KEY_PRESENT) {
        char scratch[SET_SCRATCH_SIZE];
        reply_bulk(reply, set_type_random(&key.value, &req->server->random, scratch));
    }
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "sadd", .handler = sadd_command, .arity = -3,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .element = 2,
        .group = GROUP_SET, .since = "1.0.0", .complexity = "O(1) / O(N)",
        .syntax = "key member [member ...]",
        .summary = "Adds members to a set, creating it if needed.",
        .history = HISTORY({"2.4.0", "Several members in one command."}),
    },
    {
        .name = "srem", .handler = srem_command, .arity = -3,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .element = 2,
        .group = GROUP_SET, .since = "1.0.0", .complexity = "O(N)",
        .syntax = "key member [member ...]",
        .summary = "Removes members from a set; an emptied set goes.",
        .history = HISTORY({"2.4.0", "Several members in one command."}),
    },
    {
        .name = "smove", .handler = smove_command, .arity = 4,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .element = 3,
        .group = GROUP_SET, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "source destination member",
        .summary = "Moves a member from one set to another.",
    },
    {
        .name = "scard", .handler = scard_command, .arity = 2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0), .access = KEY_RO}),
        .group = GROUP_SET, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Counts the members of a set.",
    },
    {
        .name = "sismember", .handler = sismember_command, .arity = 3,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0), .access = KEY_RO}),
        .element = 2,
        .group = GROUP_SET, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key member",
        .summary = "Says whether a member belongs to a set.",
    },
    {
        .name = "smismember", .handler = smismember_command, .arity = -3,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .element = 2,
        .group = GROUP_SET, .since = "6.2.0", .complexity = "O(N)",
        .syntax = "key member [member ...]",
        .summary = "Says of several members whether they belong to a set.",
    },
    {
        .name = "smembers", .handler = smembers_command, .arity = 2,
        .flags = CMD_READONLY,
        .acl = ACL_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output_order"),
        .group = GROUP_SET, .since = "1.0.0", .complexity = "O(N)",
        .syntax = "key",
        .summary = "Reads all members of a set.",
    },
    {
        .name = "sscan", .handler = sscan_command, .arity = -3,
        .flags = CMD_READONLY,
        .acl = ACL_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_SET, .since = "2.8.0", .complexity = "O(1) / O(N)",
        .syntax = "key cursor [MATCH pattern] [COUNT count]",
        .summary = "Walks the members of a set, some at a time.",
    },
    {
        .name = "spop", .handler = spop_command, .arity = -2,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_SET, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_SET, .since = "1.0.0", .complexity = "O(1) / O(N)",
        .syntax = "key [count]",
        .summary = "Takes random members out of a set.",
        .history = HISTORY({"3.2.0", "The count argument."}),
    },
    {
        .name = "srandmember", .handler = srandmember_command, .arity = -2,
        .flags = CMD_READONLY,
        .acl = ACL_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_SET, .since = "1.0.0", .complexity = "O(1) / O(N)",
        .syntax = "key [count]",
        .summary = "Reads random members of a set.",
        .history = HISTORY({"2.6.0", "The count argument."}),
    },
};
/* clang-format on */

const struct command_table set_commands = {rows, ARRAY_SIZE(rows)};
