/*
 * The sorted-set family: single members. Ranges, pops and algebra stand in zset_range_commands.c,
 * zset_pop_commands.c and zset_algebra_commands.c.
 */
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "server/server.h"
#include "types/zset_type.h"

#include <math.h>

/* ---- ZADD, ZINCRBY ---- */

struct zadd_options {
    bool only_new;       /* NX */
    bool only_present;   /* XX */
    bool only_greater;   /* GT */
    bool only_less;      /* LT */
    bool counts_changed; /* CH */
    bool is_increment;   /* INCR */
    size_t first_pair;
    size_t pair_count;
};

static bool take_zadd_option(const struct request *req, size_t index,
                             struct zadd_options *options) {
    const struct {
        const char *word;
        bool *flag;
    } flags[] = {
        {"nx", &options->only_new},       {"xx", &options->only_present},
        {"gt", &options->only_greater},   {"lt", &options->only_less},
        {"ch", &options->counts_changed}, {"incr", &options->is_increment},
    };
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (args_is(req, index, flags[i].word)) {
            *flags[i].flag = true;
            return true;
        }
    }
    return false;
}

static bool parse_zadd_options(const struct request *req, struct zadd_options *options,
                               struct reply *reply) {
    size_t index = 2;
    while (index < request_argc(req) && take_zadd_option(req, index, options)) {
        index++;
    }
    size_t rest = request_argc(req) - index;
    options->first_pair = index;
    options->pair_count = rest / 2;
    if (rest == 0 || rest % 2 != 0) {
        reply_syntax_error(reply);
        return false;
    }
    if (options->only_new && options->only_present) {
        reply_error(reply, "ERR XX and NX options at the same time are not compatible");
        return false;
    }
    if (options->only_new + options->only_greater + options->only_less > 1) {
        reply_error(reply, "ERR GT, LT, and/or NX options at the same time are not compatible");
        return false;
    }
    if (options->is_increment && options->pair_count > 1) {
        reply_error(reply, "ERR INCR option supports a single increment-element pair");
        return false;
    }
    return true;
}

static bool parse_score(const struct request *req, size_t index, double *score,
                        struct reply *reply) {
    if (text_parse_double(request_arg(req, index), score)) {
        return true;
    }
    reply_error(reply, "ERR value is not a valid float");
    return false;
}

static bool check_scores(const struct request *req, const struct zadd_options *options,
                         struct reply *reply) {
    double score;
    for (size_t i = 0; i < options->pair_count; i++) {
        if (!parse_score(req, options->first_pair + 2 * i, &score, reply)) {
            return false;
        }
    }
    return true;
}

enum add_result { ADD_REFUSED, ADD_NAN, ADD_SAME, ADD_CHANGED, ADD_NEW };

/* Adds or changes one member as the options allow; *score becomes its score. */
static enum add_result add_member(struct value *value, const struct zadd_options *options,
                                  struct bytes member, double *score) {
    double old_score;
    if (!zset_type_score(value, member, &old_score)) {
        if (options->only_present) {
            return ADD_REFUSED;
        }
        (void)zset_type_set(value, member, *score);
        return ADD_NEW;
    }
    if (options->only_new) {
        return ADD_REFUSED;
    }
    if (options->is_increment) {
        *score += old_score;
        if (isnan(*score)) {
            return ADD_NAN;
        }
    }
    if ((options->only_greater && *score <= old_score) ||
        (options->only_less && *score >= old_score)) {
        return ADD_REFUSED;
    }
    if (*score == old_score) {
        return ADD_SAME;
    }
    (void)zset_type_set(value, member, *score);
    return ADD_CHANGED;
}

/* Opens the sorted set; false when the command ends here (wrong type, or XX without a key). */
static bool open_for_adding(struct request *req, const struct zadd_options *options,
                            struct open_key *key, struct reply *reply) {
    enum key_status status = request_write(req, 1, VALUE_ZSET, key, reply);
    if (status == KEY_ABSENT && options->only_present) {
        if (options->is_increment) {
            reply_null(reply);
        } else {
            reply_integer(reply, 0);
        }
        return false;
    }
    if (status == KEY_ABSENT) {
        size_t longest = 0;
        for (size_t i = 0; i < options->pair_count; i++) {
            size_t length = request_arg(req, options->first_pair + 2 * i + 1).length;
            longest = length > longest ? length : longest;
        }
        zset_type_create_for(&key->value, options->pair_count, longest);
    }
    return status != KEY_WRONG_TYPE;
}

static void increment(struct request *req, const struct zadd_options *options,
                      struct reply *reply) {
    struct open_key key;
    double score;
    if (!parse_score(req, options->first_pair, &score, reply) ||
        !open_for_adding(req, options, &key, reply)) {
        return;
    }
    struct bytes member = request_arg(req, options->first_pair + 1);
    enum add_result result = add_member(&key.value, options, member, &score);
    if (result == ADD_NAN) {
        reply_error(reply, "ERR resulting score is not a number (NaN)");
        return;
    }
    if (result >= ADD_CHANGED) {
        request_changed(req, &key, EVENT_ZINCR, 1);
    }
    if (result == ADD_REFUSED) {
        reply_null(reply);
    } else {
        reply_double(reply, score);
    }
}

/* ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...] */
static void zadd_command(struct request *req, struct reply *reply) {
    struct zadd_options options = {.first_pair = 2};
    if (!parse_zadd_options(req, &options, reply) || !check_scores(req, &options, reply)) {
        return;
    }
    if (options.is_increment) {
        increment(req, &options, reply);
        return;
    }
    struct open_key key;
    if (!open_for_adding(req, &options, &key, reply)) {
        return;
    }
    int64_t added = 0;
    int64_t changed = 0;
    for (size_t i = 0; i < options.pair_count; i++) {
        size_t index = options.first_pair + 2 * i;
        double score = 0;
        (void)text_parse_double(request_arg(req, index), &score);
        enum add_result result =
            add_member(&key.value, &options, request_arg(req, index + 1), &score);
        added += result == ADD_NEW;
        changed += result == ADD_CHANGED;
    }
    if (added + changed > 0) {
        request_changed(req, &key, EVENT_ZADD, added + changed);
    }
    reply_integer(reply, options.counts_changed ? added + changed : added);
}

/* ZINCRBY key increment member */
static void zincrby_command(struct request *req, struct reply *reply) {
    struct zadd_options options = {.is_increment = true, .first_pair = 2, .pair_count = 1};
    increment(req, &options, reply);
}

/* ZREM key member [member ...] */
static void zrem_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    int64_t removed = 0;
    for (size_t i = 2; status == KEY_PRESENT && i < request_argc(req); i++) {
        removed += zset_type_remove(&key.value, request_arg(req, i));
    }
    if (removed > 0) {
        request_changed(req, &key, EVENT_ZREM, removed);
    }
    reply_integer(reply, removed);
}

/* ---- Reading ---- */

/* ZCARD key */
static void zcard_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_ZSET, &key, reply);
    if (status != KEY_WRONG_TYPE) {
        reply_integer(reply, status == KEY_ABSENT ? 0 : (int64_t)zset_type_length(&key.value));
    }
}

static void reply_score(const struct open_key *key, bool is_present, struct bytes member,
                        struct reply *reply) {
    double score;
    if (is_present && zset_type_score(&key->value, member, &score)) {
        reply_double(reply, score);
    } else {
        reply_null(reply);
    }
}

/* ZSCORE key member */
static void zscore_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_ZSET, &key, reply);
    if (status != KEY_WRONG_TYPE) {
        reply_score(&key, status == KEY_PRESENT, request_arg(req, 2), reply);
    }
}

/* ZMSCORE key member [member ...] */
static void zmscore_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    reply_array(reply, request_argc(req) - 2);
    for (size_t i = 2; i < request_argc(req); i++) {
        reply_score(&key, status == KEY_PRESENT, request_arg(req, i), reply);
    }
}

static void reply_rank(struct request *req, bool from_highest, struct reply *reply) {
    enum { OPTION_INDEX = 3, ARGC_MAX = 4 };
    bool with_score = request_argc(req) == ARGC_MAX;
    if (request_argc(req) > ARGC_MAX) {
        reply_error_format(reply, "ERR wrong number of arguments for '%s' command",
                           req->command->name);
        return;
    }
    if (with_score && !args_is(req, OPTION_INDEX, "withscore")) {
        reply_syntax_error(reply);
        return;
    }
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    size_t rank;
    double score;
    if (status == KEY_ABSENT || !zset_type_rank(&key.value, request_arg(req, 2), &rank, &score)) {
        if (with_score) {
            reply_null_array(reply);
        } else {
            reply_null(reply);
        }
        return;
    }
    rank = from_highest ? zset_type_length(&key.value) - 1 - rank : rank;
    if (with_score) {
        reply_array(reply, 2);
    }
    reply_integer(reply, (int64_t)rank);
    if (with_score) {
        reply_double(reply, score);
    }
}

/* ZRANK key member [WITHSCORE] */
static void zrank_command(struct request *req, struct reply *reply) {
    reply_rank(req, false, reply);
}

/* ZREVRANK key member [WITHSCORE] */
static void zrevrank_command(struct request *req, struct reply *reply) {
    reply_rank(req, true, reply);
}

struct pair_reply {
    struct reply *reply;
    const struct args_scan *options; /* of ZSCAN, else NULL */
    bool with_scores;
    uint64_t visited_count;
    size_t count;
};

static bool visit_scanned(void *context, struct bytes member, double score) {
    struct pair_reply *pairs = context;
    pairs->visited_count++;
    if (!args_scan_matches(pairs->options, member)) {
        return true;
    }
    reply_bulk(pairs->reply, member);
    pairs->count++;
    if (pairs->with_scores) {
        char buffer[TEXT_DOUBLE_MAX_SIZE];
        reply_bulk(pairs->reply, (struct bytes){buffer, text_print_double(buffer, score)});
        pairs->count++;
    }
    return true;
}

/* ZSCAN key cursor [MATCH pattern] [COUNT count] [NOSCORES] */
static void zscan_command(struct request *req, struct reply *reply) {
    enum { FIRST_OPTION = 3 };
    uint64_t cursor;
    struct open_key key;
    if (!args_cursor(req, 2, &cursor, reply)) {
        return;
    }
    enum key_status status = request_read(req, 1, VALUE_ZSET, &key, reply);
    struct args_scan options = {.count = 0};
    if (status == KEY_WRONG_TYPE ||
        (status == KEY_PRESENT &&
         !args_scan_options(req, FIRST_OPTION, "noscores", &options, reply))) {
        return;
    }
    struct pair_reply pairs = {reply, &options, !options.names_only, 0, 0};
    reply_array(reply, 2);
    size_t cursor_mark = reply_begin(reply);
    size_t mark = reply_begin(reply);
    cursor = status == KEY_PRESENT ? cursor : 0;
    if (status == KEY_PRESENT) {
        do {
            cursor = zset_type_scan(&key.value, cursor, visit_scanned, &pairs);
        } while (cursor != 0 && pairs.visited_count < options.count);
    }
    reply_end_array(reply, mark, pairs.count);
    char number[TEXT_INT64_MAX_SIZE];
    reply_end_behind(reply, cursor_mark, (struct bytes){number, text_print_uint64(number, cursor)});
}

/* ---- At random ---- */

static bool visit_pair(void *context, struct bytes member, double score) {
    struct pair_reply *pairs = context;
    if (pairs->with_scores && pairs->reply->protocol == RESP3) {
        reply_array(pairs->reply, 2);
    }
    reply_bulk(pairs->reply, member);
    if (pairs->with_scores) {
        reply_double(pairs->reply, score);
    }
    pairs->count++;
    return true;
}

static bool parse_random(const struct request *req, int64_t *count, bool *with_scores,
                         struct reply *reply) {
    enum { ARGC_MAX = 4, OPTION_INDEX = 3 };
    static const struct args_bounds bounds = {
        -INT64_MAX, INT64_MAX,
        "ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807"};
    if (!args_integer(req, 2, count, reply) || !args_bounded(req, 2, bounds, count, reply)) {
        return false;
    }
    *with_scores = request_argc(req) == ARGC_MAX;
    if (request_argc(req) > ARGC_MAX ||
        (*with_scores && !args_is(req, OPTION_INDEX, "withscores"))) {
        reply_syntax_error(reply);
        return false;
    }
    if (*with_scores && (*count < -INT64_MAX / 2 || *count > INT64_MAX / 2)) {
        reply_error(reply, "ERR value is out of range");
        return false;
    }
    return true;
}

static void random_count(struct request *req, struct reply *reply) {
    int64_t wanted;
    struct pair_reply pairs = {.reply = reply};
    struct open_key key;
    if (!parse_random(req, &wanted, &pairs.with_scores, reply)) {
        return;
    }
    enum key_status status = request_read(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct random *random = &req->server->random;
    size_t mark = reply_begin(reply);
    if (status == KEY_PRESENT && wanted > 0) {
        size_t length = zset_type_length(&key.value);
        size_t count = (uint64_t)wanted < length ? (size_t)wanted : length;
        zset_type_sample(&key.value, random, count, visit_pair, &pairs);
    }
    for (int64_t i = 0; status == KEY_PRESENT && i > wanted; i--) {
        if (!args_reply_fits(req, mark, (uint64_t)(i - wanted), reply)) {
            return;
        }
        zset_type_random(&key.value, random, visit_pair, &pairs);
    }
    bool is_flat = pairs.with_scores && reply->protocol != RESP3;
    reply_end_array(reply, mark, is_flat ? 2 * pairs.count : pairs.count);
}

/* ZRANDMEMBER key [count [WITHSCORES]] */
static void zrandmember_command(struct request *req, struct reply *reply) {
    if (request_argc(req) > 2) {
        random_count(req, reply);
        return;
    }
    struct open_key key;
    struct pair_reply pairs = {.reply = reply};
    enum key_status status = request_read(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_ABSENT) {
        reply_null(reply);
    } else if (status == KEY_PRESENT) {
        zset_type_random(&key.value, &req->server->random, visit_pair, &pairs);
    }
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "zadd", .handler = zadd_command, .arity = -4,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .element = 3,
        .group = GROUP_SORTED_SET, .since = "1.2.0", .complexity = "O(log(N))",
        .syntax = "key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]",
        .summary = "Adds members with scores to a sorted set, or changes their scores.",
        .history = HISTORY({"2.4.0", "Several members in one command."},
                           {"3.0.2", "The options NX, XX, CH and INCR."},
                           {"6.2.0", "The options GT and LT."}),
    },
    {
        .name = "zincrby", .handler = zincrby_command, .arity = 4,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .element = 3,
        .group = GROUP_SORTED_SET, .since = "1.2.0", .complexity = "O(log(N))",
        .syntax = "key increment member",
        .summary = "Adds to a member's score.",
    },
    {
        .name = "zrem", .handler = zrem_command, .arity = -3,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .element = 2,
        .group = GROUP_SORTED_SET, .since = "1.2.0", .complexity = "O(M*log(N))",
        .syntax = "key member [member ...]",
        .summary = "Removes members of a sorted set; an emptied one goes.",
        .history = HISTORY({"2.4.0", "Several members in one command."}),
    },
    {
        .name = "zcard", .handler = zcard_command, .arity = 2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .group = GROUP_SORTED_SET, .since = "1.2.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Counts the members of a sorted set.",
    },
    {
        .name = "zscore", .handler = zscore_command, .arity = 3,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .element = 2,
        .group = GROUP_SORTED_SET, .since = "1.2.0", .complexity = "O(1)",
        .syntax = "key member",
        .summary = "Reads the score of a member.",
    },
    {
        .name = "zmscore", .handler = zmscore_command, .arity = -3,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .element = 2,
        .group = GROUP_SORTED_SET, .since = "6.2.0", .complexity = "O(N)",
        .syntax = "key member [member ...]",
        .summary = "Reads the scores of several members.",
    },
    {
        .name = "zrank", .handler = zrank_command, .arity = -3,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .element = 2,
        .group = GROUP_SORTED_SET, .since = "2.0.0", .complexity = "O(log(N))",
        .syntax = "key member [WITHSCORE]",
        .summary = "Tells a member's rank, the lowest score first.",
        .history = HISTORY({"7.2.0", "The option WITHSCORE."}),
    },
    {
        .name = "zrevrank", .handler = zrevrank_command, .arity = -3,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .element = 2,
        .group = GROUP_SORTED_SET, .since = "2.0.0", .complexity = "O(log(N))",
        .syntax = "key member [WITHSCORE]",
        .summary = "Tells a member's rank, the highest score first.",
        .history = HISTORY({"7.2.0", "The option WITHSCORE."}),
    },
    {
        .name = "zscan", .handler = zscan_command, .arity = -3,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_SORTED_SET, .since = "2.8.0", .complexity = "O(1) / O(N)",
        .syntax = "key cursor [MATCH pattern] [COUNT count] [NOSCORES]",
        .summary = "Walks the members of a sorted set, some at a time.",
    },
    {
        .name = "zrandmember", .handler = zrandmember_command, .arity = -2,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_SORTED_SET, .since = "6.2.0", .complexity = "O(N)",
        .syntax = "key [count [WITHSCORES]]",
        .summary = "Reads random members of a sorted set.",
    },
};
/* clang-format on */

const struct command_table zset_commands = {rows, ARRAY_SIZE(rows)};
