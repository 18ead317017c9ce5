/*
 * Ranges of sorted sets, by rank, by score or by member: read, stored, counted or removed.
 *
 * Every form becomes a struct range, which resolves to an interval of ranks of an open sorted set;
 * what is done with the interval is the same for all.
 */
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/value_ops.h"
#include "types/zset_type.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum range_kind { RANGE_BY_RANK, RANGE_BY_SCORE, RANGE_BY_MEMBER };

/* One end: before all, behind all, or at a bound. */
struct range_end {
    enum { END_LOWEST, END_HIGHEST, END_BOUND } place;
    struct score_bound bound;
};

struct range {
    enum range_kind kind;
    bool is_reversed;
    bool with_scores;
    int64_t start; /* by rank */
    int64_t stop;
    struct range_end low;
    struct range_end high;
    int64_t offset;
    int64_t limit; /* negative: none */
};

/* ---- Parsing ---- */

/* A score as strtod reads it: as on the oracle blanks may stand in front, and nothing is 0. */
static bool parse_odd_score(struct bytes text, double *score) {
    enum { TEXT_SIZE = 512 };
    char copy[TEXT_SIZE];
    if (text.length >= sizeof copy) {
        return false;
    }
    if (text.length > 0) {
        memcpy(copy, text.data, text.length);
    }
    copy[text.length] = '\0';
    char *rest;
    *score = strtod(copy, &rest);
    return *rest == '\0' && !isnan(*score);
}

/* A "(" before the score leaves out what equals it. */
static bool parse_score_end(struct bytes text, bool is_low, struct range_end *end) {
    bool is_open = text.length > 0 && text.data[0] == '(';
    struct bytes number = {text.data + is_open, text.length - is_open};
    double score;
    if (!text_parse_double(number, &score) && !parse_odd_score(number, &score)) {
        return false;
    }
    end->place = END_BOUND;
    end->bound = (struct score_bound){BOUND_BY_SCORE, is_low == is_open, score, {NULL, 0}};
    return true;
}

static bool parse_member_end(struct bytes text, bool is_low, struct range_end *end) {
    if (bytes_equal(text, BYTES("-")) || bytes_equal(text, BYTES("+"))) {
        end->place = text.data[0] == '-' ? END_LOWEST : END_HIGHEST;
        return true;
    }
    if (text.length == 0 || (text.data[0] != '(' && text.data[0] != '[')) {
        return false;
    }
    bool is_open = text.data[0] == '(';
    struct bytes member = {text.data + 1, text.length - 1};
    end->place = END_BOUND;
    end->bound = (struct score_bound){BOUND_BY_MEMBER, is_low == is_open, 0, member};
    return true;
}

/* Parses the two ends at an argument and the next, in the order that the direction asks for. */
static bool parse_ends(const struct request *req, size_t index, struct range *range,
                       struct reply *reply) {
    struct bytes low = request_arg(req, range->is_reversed ? index + 1 : index);
    struct bytes high = request_arg(req, range->is_reversed ? index : index + 1);
    switch (range->kind) {
    case RANGE_BY_RANK:
        return args_integer(req, index, &range->start, reply) &&
               args_integer(req, index + 1, &range->stop, reply);
    case RANGE_BY_SCORE:
        if (parse_score_end(low, true, &range->low) && parse_score_end(high, false, &range->high)) {
            return true;
        }
        reply_error(reply, "ERR min or max is not a float");
        return false;
    case RANGE_BY_MEMBER:
        if (parse_member_end(low, true, &range->low) &&
            parse_member_end(high, false, &range->high)) {
            return true;
        }
        reply_error(reply, "ERR min or max not valid string range item");
        return false;
    }
    UNREACHABLE();
}

/* What a command lets stand behind its range, besides LIMIT. */
enum range_option {
    ALLOW_SCORES = 1 << 0,
    ALLOW_KIND = 1 << 1, /* BYSCORE, BYLEX, REV */
};

/* A direction or a kind that was given is not to be given again. */
static bool take_kind(const struct request *req, size_t index, struct range *range) {
    if (!range->is_reversed && args_is(req, index, "rev")) {
        range->is_reversed = true;
    } else if (range->kind == RANGE_BY_RANK && args_is(req, index, "byscore")) {
        range->kind = RANGE_BY_SCORE;
    } else if (range->kind == RANGE_BY_RANK && args_is(req, index, "bylex")) {
        range->kind = RANGE_BY_MEMBER;
    } else {
        return false;
    }
    return true;
}

static bool parse_options(const struct request *req, size_t first, unsigned allowed,
                          struct range *range, struct reply *reply) {
    enum { LIMIT_OPERANDS = 2 };
    range->limit = -1;
    for (size_t i = first; i < request_argc(req); i++) {
        if ((allowed & ALLOW_SCORES) != 0 && args_is(req, i, "withscores")) {
            range->with_scores = true;
        } else if (i + LIMIT_OPERANDS < request_argc(req) && args_is(req, i, "limit")) {
            if (!args_integer(req, i + 1, &range->offset, reply) ||
                !args_integer(req, i + 2, &range->limit, reply)) {
                return false;
            }
            i += LIMIT_OPERANDS;
        } else if ((allowed & ALLOW_KIND) == 0 || !take_kind(req, i, range)) {
            reply_syntax_error(reply);
            return false;
        }
    }
    if (range->kind == RANGE_BY_RANK && range->limit != -1) {
        reply_error(reply, "ERR syntax error, LIMIT is only supported in combination with either "
                           "BYSCORE or BYLEX");
        return false;
    }
    if (range->kind == RANGE_BY_MEMBER && range->with_scores) {
        reply_error(reply, "ERR syntax error, WITHSCORES not supported in combination with BYLEX");
        return false;
    }
    return true;
}

/* ---- Resolving ---- */

/* Pairs of an open sorted set: the first of them, in the range's direction, and their number. */
struct interval {
    size_t rank;
    size_t count;
};

static struct interval interval_of_ranks(const struct range *range, size_t length) {
    int64_t size = (int64_t)length;
    int64_t start = range->start < 0 ? range->start + size : range->start;
    int64_t stop = range->stop < 0 ? range->stop + size : range->stop;
    start = start < 0 ? 0 : start;
    stop = stop >= size ? size - 1 : stop;
    if (start > stop || start >= size) {
        return (struct interval){0, 0};
    }
    size_t rank = (size_t)(range->is_reversed ? size - 1 - start : start);
    return (struct interval){rank, (size_t)(stop - start) + 1};
}

static size_t rank_of_end(const struct value *value, const struct range_end *end) {
    switch (end->place) {
    case END_LOWEST:
        return 0;
    case END_HIGHEST:
        return zset_type_length(value);
    case END_BOUND:
        return zset_type_count_before(value, &end->bound);
    }
    UNREACHABLE();
}

static struct interval resolve(const struct value *value, const struct range *range) {
    if (range->kind == RANGE_BY_RANK) { /* The offset of a LIMIT x -1 is passed over, too. */
        return interval_of_ranks(range, zset_type_length(value));
    }
    size_t low = rank_of_end(value, &range->low);
    size_t high = rank_of_end(value, &range->high);
    size_t count = high > low ? high - low : 0;
    if (range->offset < 0 || (uint64_t)range->offset >= count) {
        return (struct interval){0, 0};
    }
    size_t offset = (size_t)range->offset;
    count -= offset;
    count = range->limit >= 0 && (uint64_t)range->limit < count ? (size_t)range->limit : count;
    return (struct interval){range->is_reversed ? high - 1 - offset : low + offset, count};
}

/* ---- Effects ---- */

static bool visit_score(void *context, struct bytes member, double score) {
    (void)member;
    *(double *)context = score;
    return true;
}

/*
 * Between members of other scores there is no order, and what a range of members finds hangs on the
 * encoding. Replay may meet another one, so the effect has the ranks that were found.
 */
static void replay_as_ranks(struct request *req, struct bytes name, size_t end_index,
                            const struct value *value, const struct range *range,
                            struct interval interval) {
    enum { ARGC_MAX = 5 };
    double lowest;
    double highest;
    zset_type_range(value, 0, 1, false, visit_score, &lowest);
    zset_type_range(value, zset_type_length(value) - 1, 1, false, visit_score, &highest);
    if (range->kind != RANGE_BY_MEMBER || lowest == highest) {
        return;
    }
    size_t first = range->is_reversed && interval.count > 0 ? interval.rank - interval.count + 1
                                                            : interval.rank;
    /* No rank lies between 1 and 0. */
    int64_t start = interval.count > 0 ? (int64_t)first : 1;
    int64_t stop = interval.count > 0 ? (int64_t)(first + interval.count - 1) : 0;
    char numbers[2][REQUEST_NUMBER_SIZE];
    struct bytes args[ARGC_MAX] = {name};
    for (size_t i = 1; i < end_index; i++) {
        args[i] = request_arg(req, i);
    }
    args[end_index] = request_number(numbers[0], start);
    args[end_index + 1] = request_number(numbers[1], stop);
    request_replay_as(req, args, end_index + 2);
}

/* ---- Reading ---- */

static bool visit_pair(void *context, struct bytes member, double score) {
    struct reply *reply = context;
    if (reply->protocol == RESP3) {
        reply_array(reply, 2);
    }
    reply_bulk(reply, member);
    reply_double(reply, score);
    return true;
}

static void visit_members(void *context, const struct bytes *members, size_t count) {
    reply_bulks(context, members, count);
}

static void reply_range(struct request *req, const struct range *range, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct interval interval = {0, 0};
    if (status == KEY_PRESENT) {
        interval = resolve(&key.value, range);
    }
    bool is_flat = range->with_scores && reply->protocol != RESP3;
    reply_array(reply, is_flat ? 2 * interval.count : interval.count);
    if (interval.count > 0 && range->with_scores) {
        zset_type_range(&key.value, interval.rank, interval.count, range->is_reversed, visit_pair,
                        reply);
    } else if (interval.count > 0) {
        zset_type_range_members(&key.value, interval.rank, interval.count, range->is_reversed,
                                visit_members, reply);
    }
}

static void read_range(struct request *req, struct range range, unsigned allowed,
                       struct reply *reply) {
    enum { FIRST_OPTION = 4 };
    if (parse_options(req, FIRST_OPTION, allowed, &range, reply) &&
        parse_ends(req, 2, &range, reply)) {
        reply_range(req, &range, reply);
    }
}

/* ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES] */
static void zrange_command(struct request *req, struct reply *reply) {
    read_range(req, (struct range){.kind = RANGE_BY_RANK}, ALLOW_SCORES | ALLOW_KIND, reply);
}

/* ZREVRANGE key start stop [WITHSCORES] */
static void zrevrange_command(struct request *req, struct reply *reply) {
    read_range(req, (struct range){.kind = RANGE_BY_RANK, .is_reversed = true}, ALLOW_SCORES,
               reply);
}

/* ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count] */
static void zrangebyscore_command(struct request *req, struct reply *reply) {
    read_range(req, (struct range){.kind = RANGE_BY_SCORE}, ALLOW_SCORES, reply);
}

/* ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count] */
static void zrevrangebyscore_command(struct request *req, struct reply *reply) {
    read_range(req, (struct range){.kind = RANGE_BY_SCORE, .is_reversed = true}, ALLOW_SCORES,
               reply);
}

/* ZRANGEBYLEX key min max [LIMIT offset count] */
static void zrangebylex_command(struct request *req, struct reply *reply) {
    read_range(req, (struct range){.kind = RANGE_BY_MEMBER}, ALLOW_SCORES, reply);
}

/* ZREVRANGEBYLEX key max min [LIMIT offset count] */
static void zrevrangebylex_command(struct request *req, struct reply *reply) {
    read_range(req, (struct range){.kind = RANGE_BY_MEMBER, .is_reversed = true}, ALLOW_SCORES,
               reply);
}

/* ---- Counting ---- */

static void count_range(struct request *req, enum range_kind kind, struct reply *reply) {
    struct range range = {.kind = kind, .limit = -1};
    struct open_key key;
    if (!parse_ends(req, 2, &range, reply)) {
        return;
    }
    enum key_status status = request_read(req, 1, VALUE_ZSET, &key, reply);
    if (status != KEY_WRONG_TYPE) {
        reply_integer(reply, status == KEY_ABSENT ? 0 : (int64_t)resolve(&key.value, &range).count);
    }
}

/* ZCOUNT key min max */
static void zcount_command(struct request *req, struct reply *reply) {
    count_range(req, RANGE_BY_SCORE, reply);
}

/* ZLEXCOUNT key min max */
static void zlexcount_command(struct request *req, struct reply *reply) {
    count_range(req, RANGE_BY_MEMBER, reply);
}

/* ---- Removing ---- */

static void remove_range(struct request *req, enum range_kind kind, enum key_event event,
                         struct reply *reply) {
    struct range range = {.kind = kind, .limit = -1};
    struct open_key key;
    if (!parse_ends(req, 2, &range, reply)) {
        return;
    }
    enum key_status status = request_write(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct interval interval = {0, 0};
    if (status == KEY_PRESENT) {
        interval = resolve(&key.value, &range);
    }
    if (interval.count > 0) {
        replay_as_ranks(req, BYTES("ZREMRANGEBYRANK"), 2, &key.value, &range, interval);
    }
    if (interval.count > 0 && interval.count == zset_type_length(&key.value)) {
        request_removed(req, &key, event, true); /* Freed as by UNLINK, not pair by pair. */
        request_announce(req, &key, EVENT_DEL);
        request_count_changes(req, (int64_t)interval.count - 1);
    } else if (interval.count > 0) {
        zset_type_remove_range(&key.value, interval.rank, interval.count);
        request_changed(req, &key, event, (int64_t)interval.count);
    }
    reply_integer(reply, (int64_t)interval.count);
}

/* ZREMRANGEBYRANK key start stop */
static void zremrangebyrank_command(struct request *req, struct reply *reply) {
    remove_range(req, RANGE_BY_RANK, EVENT_ZREMRANGEBYRANK, reply);
}

/* ZREMRANGEBYSCORE key min max */
static void zremrangebyscore_command(struct request *req, struct reply *reply) {
    remove_range(req, RANGE_BY_SCORE, EVENT_ZREMRANGEBYSCORE, reply);
}

/* ZREMRANGEBYLEX key min max */
static void zremrangebylex_command(struct request *req, struct reply *reply) {
    remove_range(req, RANGE_BY_MEMBER, EVENT_ZREMRANGEBYLEX, reply);
}

/* ---- Storing ---- */

static bool visit_store(void *context, struct bytes member, double score) {
    (void)zset_type_set(context, member, score);
    return true;
}

/* ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count] */
static void zrangestore_command(struct request *req, struct reply *reply) {
    enum { FIRST_END = 3, FIRST_OPTION = 5 };
    struct range range = {.kind = RANGE_BY_RANK};
    struct open_key source;
    if (!parse_options(req, FIRST_OPTION, ALLOW_KIND, &range, reply) ||
        !parse_ends(req, FIRST_END, &range, reply)) {
        return;
    }
    enum key_status status = request_read(req, 2, VALUE_ZSET, &source, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct interval interval = {0, 0};
    struct value result;
    zset_type_create(&result);
    if (status == KEY_PRESENT) {
        interval = resolve(&source.value, &range);
        zset_type_range(&source.value, interval.rank, interval.count, range.is_reversed,
                        visit_store, &result);
    }
    struct open_key target;
    if (status == KEY_PRESENT) {
        replay_as_ranks(req, BYTES("ZRANGESTORE"), FIRST_END, &source.value, &range, interval);
    }
    bool is_present = request_write_any(req, 1, &target);
    if (interval.count > 0) {
        request_replaced(req, &target, &result, DEADLINE_NONE, EVENT_ZRANGESTORE);
    } else {
        value_ops_free(&result);
        if (is_present) {
            request_removed(req, &target, EVENT_DEL, true);
        }
    }
    reply_integer(reply, (int64_t)interval.count);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "zrange", .handler = zrange_command, .arity = -4,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "1.2.0", .complexity = "O(log(N)+M)",
        .syntax = "key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
        .summary = "Reads members by rank, score or member.",
        .history = HISTORY({"6.2.0", "The options REV, BYSCORE, BYLEX and LIMIT."}),
    },
    {
        .name = "zrevrange", .handler = zrevrange_command, .arity = -4,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "1.2.0", .complexity = "O(log(N)+M)",
        .syntax = "key start stop [WITHSCORES]",
        .summary = "Reads members by rank, the highest score first.",
        .replaced_by = "ZRANGE with REV", .deprecated_since = "6.2.0",
    },
    {
        .name = "zrangebyscore", .handler = zrangebyscore_command, .arity = -4,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "1.0.5", .complexity = "O(log(N)+M) / O(log(N))",
        .syntax = "key min max [WITHSCORES] [LIMIT offset count]",
        .summary = "Reads members by score.",
        .replaced_by = "ZRANGE with BYSCORE", .deprecated_since = "6.2.0",
    },
    {
        .name = "zrevrangebyscore", .handler = zrevrangebyscore_command, .arity = -4,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "2.2.0", .complexity = "O(log(N)+M) / O(log(N))",
        .syntax = "key max min [WITHSCORES] [LIMIT offset count]",
        .summary = "Reads members by score, the highest first.",
        .replaced_by = "ZRANGE with REV and BYSCORE", .deprecated_since = "6.2.0",
    },
    {
        .name = "zrangebylex", .handler = zrangebylex_command, .arity = -4,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "2.8.9", .complexity = "O(log(N)+M) / O(log(N))",
        .syntax = "key min max [LIMIT offset count]",
        .summary = "Reads members of equal score by their bytes.",
        .replaced_by = "ZRANGE with BYLEX", .deprecated_since = "6.2.0",
    },
    {
        .name = "zrevrangebylex", .handler = zrevrangebylex_command, .arity = -4,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "2.8.9", .complexity = "O(log(N)+M) / O(log(N))",
        .syntax = "key max min [LIMIT offset count]",
        .summary = "Reads members of equal score by their bytes, backwards.",
        .replaced_by = "ZRANGE with REV and BYLEX", .deprecated_since = "6.2.0",
    },
    {
        .name = "zcount", .handler = zcount_command, .arity = 4,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "2.0.0", .complexity = "O(log(N))",
        .syntax = "key min max",
        .summary = "Counts the members with scores in a range.",
    },
    {
        .name = "zlexcount", .handler = zlexcount_command, .arity = 4,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "2.8.9", .complexity = "O(log(N))",
        .syntax = "key min max",
        .summary = "Counts the members of equal score in a range of bytes.",
    },
    {
        .name = "zremrangebyrank", .handler = zremrangebyrank_command, .arity = 4,
        .flags = CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .group = GROUP_SORTED_SET, .since = "2.0.0", .complexity = "O(log(N)+M)",
        .syntax = "key start stop",
        .summary = "Removes members by rank.",
    },
    {
        .name = "zremrangebyscore", .handler = zremrangebyscore_command, .arity = 4,
        .flags = CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .group = GROUP_SORTED_SET, .since = "1.2.0", .complexity = "O(log(N)+M)",
        .syntax = "key min max",
        .summary = "Removes members by score.",
    },
    {
        .name = "zremrangebylex", .handler = zremrangebylex_command, .arity = 4,
        .flags = CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .group = GROUP_SORTED_SET, .since = "2.8.9", .complexity = "O(log(N)+M)",
        .syntax = "key min max",
        .summary = "Removes members of equal score by their bytes.",
    },
    {
        .name = "zrangestore", .handler = zrangestore_command, .arity = -5,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "6.2.0", .complexity = "O(log(N)+M)",
        .syntax = "dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]",
        .summary = "Stores a range of a sorted set under another key.",
    },
};
/* clang-format on */

const struct command_table zset_range_commands = {rows, ARRAY_SIZE(rows)};
