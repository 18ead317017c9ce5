/*
 * Intersection, union and difference of sets: as a reply, as a count, or stored under a key.
 *
 * All keys are opened and checked before anything else, so that a key of another type is an error
 * even where an earlier one is absent. Results that are stored are built apart first: the
 * destination may be one of the sources.
 */
#include "base/alloc.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/set_type.h"
#include "types/value_ops.h"

#include <stdlib.h>

/* The sets under a range of key arguments. */
struct sources {
    struct open_key *keys;
    const struct value **sets; /* those that exist, in the order of the arguments */
    size_t key_count;
    size_t set_count;
    bool has_first; /* the first key exists */
};

static void release_sources(struct sources *sources) {
    alloc_free(sources->keys);
    alloc_free(sources->sets);
}

/* Opens all; false (nothing to release) when one holds another type. */
static bool open_sources(struct request *req, size_t first, size_t count, struct sources *sources,
                         struct reply *reply) {
    *sources = (struct sources){
        .keys = alloc_new(count * sizeof *sources->keys),
        .sets = alloc_new(count * sizeof *sources->sets),
        .key_count = count,
    };
    for (size_t i = 0; i < count; i++) {
        enum key_status status = request_read(req, first + i, VALUE_SET, &sources->keys[i], reply);
        if (status == KEY_WRONG_TYPE) {
            release_sources(sources);
            return false;
        }
        if (status == KEY_PRESENT) {
            sources->sets[sources->set_count++] = &sources->keys[i].value;
            sources->has_first |= i == 0;
        }
    }
    return true;
}

static int compare_lengths(const void *a, const void *b) {
    size_t length_a = set_type_length(*(const struct value *const *)a);
    size_t length_b = set_type_length(*(const struct value *const *)b);
    return (length_a > length_b) - (length_a < length_b);
}

/* ---- The three operations: each visits its result ---- */

static void intersect(struct sources *sources, set_visitor visit, void *context) {
    if (sources->set_count < sources->key_count) {
        return; /* An absent key is an empty set. */
    }
    qsort(sources->sets, sources->set_count, sizeof *sources->sets, compare_lengths);
    (void)set_type_intersect(sources->sets, sources->set_count, visit, context);
}

struct difference {
    const struct sources *sources;
    set_visitor visit;
    void *context;
};

static bool visit_of_first(void *context, struct bytes member) {
    const struct difference *difference = context;
    for (size_t i = 1; i < difference->sources->set_count; i++) {
        if (set_type_contains(difference->sources->sets[i], member)) {
            return true;
        }
    }
    return difference->visit(difference->context, member);
}

static void subtract(struct sources *sources, set_visitor visit, void *context) {
    struct difference difference = {sources, visit, context};
    if (sources->has_first) {
        (void)set_type_each(sources->sets[0], visit_of_first, &difference);
    }
}

struct union_walk {
    struct value *seen;
    set_visitor visit;
    void *context;
};

static bool visit_if_new(void *context, struct bytes member) {
    const struct union_walk *walk = context;
    return !set_type_add(walk->seen, member) || walk->visit(walk->context, member);
}

static void unite(struct sources *sources, set_visitor visit, void *context) {
    struct value seen;
    set_type_create_empty(&seen);
    struct union_walk walk = {&seen, visit, context};
    bool goes_on = true;
    for (size_t i = 0; goes_on && i < sources->set_count; i++) {
        goes_on = sources->set_count == 1 ? set_type_each(sources->sets[i], visit, context)
                                          : set_type_each(sources->sets[i], visit_if_new, &walk);
    }
    value_ops_free(&seen);
}

typedef void (*set_operation)(struct sources *sources, set_visitor visit, void *context);

/* ---- Replies ---- */

struct member_reply {
    struct reply *reply;
    size_t count;
};

static bool reply_member(void *context, struct bytes member) {
    struct member_reply *members = context;
    reply_bulk(members->reply, member);
    members->count++;
    return true;
}

static void reply_result(struct request *req, set_operation operation, struct reply *reply) {
    struct sources sources;
    if (!open_sources(req, 1, request_argc(req) - 1, &sources, reply)) {
        return;
    }
    struct member_reply members = {reply, 0};
    size_t mark = reply_begin(reply);
    operation(&sources, reply_member, &members);
    reply_end_set(reply, mark, members.count);
    release_sources(&sources);
}

/* SINTER key [key ...] */
static void sinter_command(struct request *req, struct reply *reply) {
    reply_result(req, intersect, reply);
}

/* SUNION key [key ...] */
static void sunion_command(struct request *req, struct reply *reply) {
    reply_result(req, unite, reply);
}

/* SDIFF key [key ...] */
static void sdiff_command(struct request *req, struct reply *reply) {
    reply_result(req, subtract, reply);
}

/* ---- Stored ---- */

static bool add_member(void *context, struct bytes member) {
    (void)set_type_add(context, member);
    return true;
}

static void store_result(struct request *req, set_operation operation, enum key_event event,
                         struct reply *reply) {
    struct sources sources;
    if (!open_sources(req, 2, request_argc(req) - 2, &sources, reply)) {
        return;
    }
    struct value result;
    set_type_create_empty(&result);
    operation(&sources, add_member, &result);
    release_sources(&sources);
    size_t length = set_type_length(&result);
    struct open_key target;
    bool is_present = request_write_any(req, 1, &target);
    if (length > 0) {
        request_replaced(req, &target, &result, DEADLINE_NONE, event);
    } else {
        value_ops_free(&result);
        if (is_present) {
            request_removed(req, &target, EVENT_DEL, true);
        }
    }
    reply_integer(reply, (int64_t)length);
}

/* SINTERSTORE destination key [key ...] */
static void sinterstore_command(struct request *req, struct reply *reply) {
    store_result(req, intersect, EVENT_SINTERSTORE, reply);
}

/* SUNIONSTORE destination key [key ...] */
static void sunionstore_command(struct request *req, struct reply *reply) {
    store_result(req, unite, EVENT_SUNIONSTORE, reply);
}

/* SDIFFSTORE destination key [key ...] */
static void sdiffstore_command(struct request *req, struct reply *reply) {
    store_result(req, subtract, EVENT_SDIFFSTORE, reply);
}

/* ---- Counted ---- */

struct counting {
    uint64_t count;
    uint64_t limit; /* 0 = none */
};

static bool count_member(void *context, struct bytes member) {
    (void)member;
    struct counting *counting = context;
    counting->count++;
    return counting->count != counting->limit;
}

/* Parses numkeys key … [LIMIT limit] [APPROX]. */
static bool parse_counting(const struct request *req, bool knows_approximation, size_t *key_count,
                           struct counting *counting, struct reply *reply) {
    static const struct args_bounds key_bounds = {1, INT64_MAX,
                                                  "ERR numkeys should be greater than 0"};
    static const struct args_bounds limit_bounds = {0, INT64_MAX, "ERR LIMIT can't be negative"};
    int64_t number;
    if (!args_bounded(req, 1, key_bounds, &number, reply)) {
        return false;
    }
    if ((uint64_t)number > request_argc(req) - 2) {
        reply_error(reply, "ERR Number of keys can't be greater than number of args");
        return false;
    }
    *key_count = (size_t)number;
    for (size_t i = 2 + *key_count; i < request_argc(req); i++) {
        if (i + 1 < request_argc(req) && args_is(req, i, "limit")) {
            if (!args_bounded(req, ++i, limit_bounds, &number, reply)) {
                return false;
            }
            counting->limit = (uint64_t)number;
        } else if (!knows_approximation || !args_is(req, i, "approx")) {
            reply_syntax_error(reply);
            return false;
        }
    }
    return true;
}

static void reply_count(struct request *req, set_operation operation, bool knows_approximation,
                        struct reply *reply) {
    struct counting counting = {0, 0};
    size_t key_count;
    struct sources sources;
    if (!parse_counting(req, knows_approximation, &key_count, &counting, reply) ||
        !open_sources(req, 2, key_count, &sources, reply)) {
        return;
    }
    operation(&sources, count_member, &counting);
    release_sources(&sources);
    reply_integer(reply, (int64_t)counting.count);
}

/* SINTERCARD numkeys key [key ...] [LIMIT limit] */
static void sintercard_command(struct request *req, struct reply *reply) {
    reply_count(req, intersect, false, reply);
}

/* SUNIONCARD numkeys key [key ...] [APPROX] [LIMIT limit]: the exact number is a good estimate. */
static void sunioncard_command(struct request *req, struct reply *reply) {
    reply_count(req, unite, true, reply);
}

/* SDIFFCARD numkeys key [key ...] [LIMIT limit] */
static void sdiffcard_command(struct request *req, struct reply *reply) {
    reply_count(req, subtract, false, reply);
}

/* clang-format off */
#define SET_READER(command_name, command_handler, command_complexity, text)                       \
    {                                                                                              \
        .name = command_name, .handler = command_handler, .arity = -2, .flags = CMD_READONLY,      \
        .acl = ACL_SET, .effect = EFFECT_NONE,                                                     \
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 1, 0),                          \
                      .access = KEY_RO | KEY_ACCESS}),                                             \
        .tips = TIPS("nondeterministic_output_order"),                                             \
        .group = GROUP_SET, .since = "1.0.0", .complexity = command_complexity,                    \
        .syntax = "key [key ...]", .summary = text,                                                \
    }
#define SET_WRITER(command_name, command_handler, command_complexity, text)                       \
    {                                                                                              \
        .name = command_name, .handler = command_handler, .arity = -3,                             \
        .flags = CMD_DENY_OOM | CMD_WRITE, .acl = ACL_SET, .effect = EFFECT_VERBATIM,              \
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),                           \
                      .access = KEY_OW | KEY_UPDATE},                                              \
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(-1, 1, 0),                          \
                      .access = KEY_RO | KEY_ACCESS}),                                             \
        .group = GROUP_SET, .since = "1.0.0", .complexity = command_complexity,                    \
        .syntax = "destination key [key ...]", .summary = text,                                    \
    }
#define SET_COUNTER(command_name, command_handler, version, command_complexity, arguments, text)  \
    {                                                                                              \
        .name = command_name, .handler = command_handler, .arity = -3, .flags = CMD_READONLY,      \
        .acl = ACL_SET, .effect = EFFECT_NONE,                                                     \
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_KEYNUM(0, 1, 1),                          \
                      .access = KEY_RO | KEY_ACCESS}),                                             \
        .group = GROUP_SET, .since = version, .complexity = command_complexity,                    \
        .syntax = arguments, .summary = text,                                                      \
    }

static const struct command rows[] = {
    SET_READER("sinter", sinter_command, "O(N*M)", "Reads the members that all sets have."),
    SET_READER("sunion", sunion_command, "O(N)", "Reads the members that any of the sets has."),
    SET_READER("sdiff", sdiff_command, "O(N)",
               "Reads the members that the first set has and no other."),
    SET_WRITER("sinterstore", sinterstore_command, "O(N*M)",
               "Stores the members that all sets have."),
    SET_WRITER("sunionstore", sunionstore_command, "O(N)",
               "Stores the members that any of the sets has."),
    SET_WRITER("sdiffstore", sdiffstore_command, "O(N)",
               "Stores the members that the first set has and no other."),
    SET_COUNTER("sintercard", sintercard_command, "7.0.0", "O(N*M)",
                "numkeys key [key ...] [LIMIT limit]", "Counts the members that all sets have."),
    SET_COUNTER("sunioncard", sunioncard_command, "8.10.0", "O(N)",
                "numkeys key [key ...] [APPROX] [LIMIT limit]",
                "Counts the members that any of the sets has."),
    SET_COUNTER("sdiffcard", sdiffcard_command, "8.10.0", "O(N)",
                "numkeys key [key ...] [LIMIT limit]",
                "Counts the members that the first set has and no other."),
};
/* clang-format on */

const struct command_table set_algebra_commands = {rows, ARRAY_SIZE(rows)};
