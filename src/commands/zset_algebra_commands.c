/*
 * Union, intersection and difference of sorted sets, with sets as sources whose members score 1.
 *
 * Results are built as large sorted sets of their own, so that they are ordered, and the
 * destination may be one of the sources; what is stored becomes compact where it fits.
 */
#include "base/alloc.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/set_type.h"
#include "types/value_ops.h"
#include "types/zset_type.h"

#include <math.h>
#include <stdlib.h>

/* One source; an absent key is an empty one. */
struct source {
    struct open_key key;
    bool is_present;
    double weight;
};

enum aggregate { AGGREGATE_SUM, AGGREGATE_MIN, AGGREGATE_MAX, AGGREGATE_COUNT };

struct algebra {
    struct source *sources;
    size_t source_count;
    size_t next_arg; /* behind the keys */
    enum aggregate aggregate;
    bool with_scores;
    uint64_t limit; /* 0 = none */
};

/* ---- Sources ---- */

static size_t source_length(const struct source *source) {
    if (!source->is_present) {
        return 0;
    }
    return value_ops_length(&source->key.value);
}

static bool source_score(const struct source *source, struct bytes member, double *score) {
    if (!source->is_present) {
        return false;
    }
    if (source->key.value.type == VALUE_ZSET) {
        return zset_type_score(&source->key.value, member, score);
    }
    *score = 1;
    return set_type_contains(&source->key.value, member);
}

struct set_walk {
    zset_visitor visit;
    void *context;
};

static bool visit_set_member(void *context, struct bytes member) {
    const struct set_walk *walk = context;
    return walk->visit(walk->context, member, 1);
}

static void source_each(const struct source *source, zset_visitor visit, void *context) {
    if (!source->is_present) {
        return;
    }
    if (source->key.value.type == VALUE_ZSET) {
        (void)zset_type_each(&source->key.value, visit, context);
        return;
    }
    struct set_walk walk = {visit, context};
    (void)set_type_each(&source->key.value, visit_set_member, &walk);
}

static int compare_lengths(const void *a, const void *b) {
    size_t length_a = source_length(a);
    size_t length_b = source_length(b);
    return (length_a > length_b) - (length_a < length_b);
}

/* ---- Parsing ---- */

static bool open_sources(struct request *req, size_t first, struct algebra *algebra,
                         struct reply *reply) {
    algebra->sources = alloc_new(algebra->source_count * sizeof *algebra->sources);
    for (size_t i = 0; i < algebra->source_count; i++) {
        struct source *source = &algebra->sources[i];
        source->weight = 1;
        source->is_present = request_read_any(req, first + i, OPEN_COUNTED, &source->key);
        if (source->is_present && source->key.value.type != VALUE_ZSET &&
            source->key.value.type != VALUE_SET) {
            reply_wrong_type(reply);
            alloc_free(algebra->sources);
            return false;
        }
    }
    return true;
}

/* Parses numkeys and opens the keys behind it; false after an error, with nothing to free. */
static bool begin_algebra(struct request *req, size_t numkeys_index, struct algebra *algebra,
                          struct reply *reply) {
    int64_t count;
    *algebra = (struct algebra){.aggregate = AGGREGATE_SUM};
    if (!args_integer(req, numkeys_index, &count, reply)) {
        return false;
    }
    if (count < 1) {
        reply_error_format(reply, "ERR at least 1 input key is needed for '%s' command",
                           req->command->name);
        return false;
    }
    if ((uint64_t)count > request_argc(req) - numkeys_index - 1) {
        reply_syntax_error(reply);
        return false;
    }
    algebra->source_count = (size_t)count;
    algebra->next_arg = numkeys_index + 1 + algebra->source_count;
    return open_sources(req, numkeys_index + 1, algebra, reply);
}

static bool parse_weights(const struct request *req, size_t first, struct algebra *algebra,
                          struct reply *reply) {
    for (size_t i = 0; i < algebra->source_count; i++) {
        if (!text_parse_double(request_arg(req, first + i), &algebra->sources[i].weight)) {
            reply_error(reply, "ERR weight value is not a float");
            return false;
        }
    }
    return true;
}

static bool parse_aggregate(const struct request *req, size_t index, enum aggregate *aggregate) {
    static const struct {
        const char *word;
        enum aggregate aggregate;
    } words[] = {
        {"sum", AGGREGATE_SUM},
        {"min", AGGREGATE_MIN},
        {"max", AGGREGATE_MAX},
        {"count", AGGREGATE_COUNT},
    };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (args_is(req, index, words[i].word)) {
            *aggregate = words[i].aggregate;
            return true;
        }
    }
    return false;
}

enum algebra_option { ALLOW_WEIGHTS = 1 << 0, ALLOW_SCORES = 1 << 1, ALLOW_LIMIT = 1 << 2 };

static bool parse_options(const struct request *req, unsigned allowed, struct algebra *algebra,
                          struct reply *reply) {
    static const struct args_bounds limit_bounds = {0, INT64_MAX, "ERR LIMIT can't be negative"};
    for (size_t i = algebra->next_arg; i < request_argc(req); i++) {
        size_t left = request_argc(req) - i - 1;
        int64_t limit;
        if ((allowed & ALLOW_WEIGHTS) != 0 && left >= algebra->source_count &&
            args_is(req, i, "weights")) {
            if (!parse_weights(req, i + 1, algebra, reply)) {
                return false;
            }
            i += algebra->source_count;
        } else if ((allowed & ALLOW_WEIGHTS) != 0 && left > 0 && args_is(req, i, "aggregate") &&
                   parse_aggregate(req, i + 1, &algebra->aggregate)) {
            i++;
        } else if ((allowed & ALLOW_SCORES) != 0 && args_is(req, i, "withscores")) {
            algebra->with_scores = true;
        } else if ((allowed & ALLOW_LIMIT) != 0 && left > 0 && args_is(req, i, "limit")) {
            if (!args_bounded(req, ++i, limit_bounds, &limit, reply)) {
                return false;
            }
            algebra->limit = (uint64_t)limit;
        } else {
            reply_syntax_error(reply);
            return false;
        }
    }
    return true;
}

/* ---- Scores ---- */

/* What a member of a source brings: 0 times infinity is 0. */
static double weighted(const struct algebra *algebra, const struct source *source, double score) {
    double product = source->weight * (algebra->aggregate == AGGREGATE_COUNT ? 1 : score);
    return isnan(product) ? 0 : product;
}

static double combine(enum aggregate aggregate, double a, double b) {
    switch (aggregate) {
    case AGGREGATE_SUM:
    case AGGREGATE_COUNT: {
        double sum = a + b;
        return isnan(sum) ? 0 : sum; /* Infinities of both signs cancel out. */
    }
    case AGGREGATE_MIN:
        return b < a ? b : a; /* Of 0 and -0 the one that came first stays. */
    case AGGREGATE_MAX:
        return b > a ? b : a;
    }
    UNREACHABLE();
}

/* ---- The three operations: each fills a sorted set ---- */

struct operation_walk {
    const struct algebra *algebra;
    const struct source *source;
    struct value *result;
    uint64_t count;
};

static bool visit_unite(void *context, struct bytes member, double score) {
    const struct operation_walk *walk = context;
    double sum = weighted(walk->algebra, walk->source, score);
    double so_far;
    if (zset_type_score(walk->result, member, &so_far)) {
        sum = combine(walk->algebra->aggregate, so_far, sum);
    }
    (void)zset_type_set(walk->result, member, sum);
    return true;
}

static void unite(struct algebra *algebra, struct value *result) {
    qsort(algebra->sources, algebra->source_count, sizeof *algebra->sources, compare_lengths);
    for (size_t i = 0; i < algebra->source_count; i++) {
        struct operation_walk walk = {algebra, &algebra->sources[i], result, 0};
        source_each(walk.source, visit_unite, &walk);
    }
}

/* Adds a member that all sources have; result NULL only counts. */
static bool visit_intersect(void *context, struct bytes member, double score) {
    struct operation_walk *walk = context;
    const struct algebra *algebra = walk->algebra;
    double total = weighted(algebra, walk->source, score);
    for (size_t i = 1; i < algebra->source_count; i++) {
        double other;
        if (!source_score(&algebra->sources[i], member, &other)) {
            return true;
        }
        total = combine(algebra->aggregate, total, weighted(algebra, &algebra->sources[i], other));
    }
    walk->count++;
    if (walk->result != NULL) {
        (void)zset_type_set(walk->result, member, total);
    }
    return walk->count != algebra->limit;
}

static void intersect(struct algebra *algebra, struct value *result) {
    qsort(algebra->sources, algebra->source_count, sizeof *algebra->sources, compare_lengths);
    struct operation_walk walk = {algebra, &algebra->sources[0], result, 0};
    source_each(walk.source, visit_intersect, &walk);
}

static bool visit_subtract(void *context, struct bytes member, double score) {
    const struct operation_walk *walk = context;
    for (size_t i = 1; i < walk->algebra->source_count; i++) {
        double other;
        if (source_score(&walk->algebra->sources[i], member, &other)) {
            return true;
        }
    }
    (void)zset_type_set(walk->result, member, score);
    return true;
}

static void subtract(struct algebra *algebra, struct value *result) {
    struct operation_walk walk = {algebra, &algebra->sources[0], result, 0};
    source_each(walk.source, visit_subtract, &walk);
}

typedef void (*zset_operation)(struct algebra *algebra, struct value *result);

/* ---- Replies ---- */

struct pair_reply {
    struct reply *reply;
    bool with_scores;
};

static bool visit_pair(void *context, struct bytes member, double score) {
    const struct pair_reply *pairs = context;
    if (pairs->with_scores && pairs->reply->protocol == RESP3) {
        reply_array(pairs->reply, 2);
    }
    reply_bulk(pairs->reply, member);
    if (pairs->with_scores) {
        reply_double(pairs->reply, score);
    }
    return true;
}

static void reply_result(struct request *req, zset_operation operate, unsigned allowed,
                         struct reply *reply) {
    struct algebra algebra;
    if (!begin_algebra(req, 1, &algebra, reply)) {
        return;
    }
    if (parse_options(req, allowed, &algebra, reply)) {
        struct value result;
        zset_type_create_large(&result, 0);
        operate(&algebra, &result);
        size_t count = zset_type_length(&result);
        struct pair_reply pairs = {reply, algebra.with_scores};
        bool is_flat = pairs.with_scores && reply->protocol != RESP3;
        reply_array(reply, is_flat ? 2 * count : count);
        (void)zset_type_each(&result, visit_pair, &pairs);
        value_ops_free(&result);
    }
    alloc_free(algebra.sources);
}

/* ZUNION numkeys key [key ...] [WEIGHTS …] [AGGREGATE SUM | MIN | MAX | COUNT] [WITHSCORES] */
static void zunion_command(struct request *req, struct reply *reply) {
    reply_result(req, unite, ALLOW_WEIGHTS | ALLOW_SCORES, reply);
}

/* ZINTER numkeys key [key ...] [WEIGHTS …] [AGGREGATE SUM | MIN | MAX | COUNT] [WITHSCORES] */
static void zinter_command(struct request *req, struct reply *reply) {
    reply_result(req, intersect, ALLOW_WEIGHTS | ALLOW_SCORES, reply);
}

/* ZDIFF numkeys key [key ...] [WITHSCORES] */
static void zdiff_command(struct request *req, struct reply *reply) {
    reply_result(req, subtract, ALLOW_SCORES, reply);
}

/* ZINTERCARD numkeys key [key ...] [LIMIT limit] */
static void zintercard_command(struct request *req, struct reply *reply) {
    struct algebra algebra;
    if (!begin_algebra(req, 1, &algebra, reply)) {
        return;
    }
    if (parse_options(req, ALLOW_LIMIT, &algebra, reply)) {
        qsort(algebra.sources, algebra.source_count, sizeof *algebra.sources, compare_lengths);
        struct operation_walk walk = {&algebra, &algebra.sources[0], NULL, 0};
        source_each(walk.source, visit_intersect, &walk);
        reply_integer(reply, (int64_t)walk.count);
    }
    alloc_free(algebra.sources);
}

/* ---- Stored ---- */

static void store(struct request *req, struct value *result, enum key_event event,
                  struct reply *reply) {
    size_t count = zset_type_length(result);
    struct open_key target;
    bool is_present = request_write_any(req, 1, &target);
    if (count > 0) {
        zset_type_compact(result);
        request_replaced(req, &target, result, DEADLINE_NONE, event);
    } else {
        value_ops_free(result);
        if (is_present) {
            request_removed(req, &target, EVENT_DEL, true);
        }
    }
    reply_integer(reply, (int64_t)count);
}

static void store_result(struct request *req, zset_operation operate, unsigned allowed,
                         enum key_event event, struct reply *reply) {
    struct algebra algebra;
    if (!begin_algebra(req, 2, &algebra, reply)) {
        return;
    }
    if (parse_options(req, allowed, &algebra, reply)) {
        struct value result;
        zset_type_create_large(&result, 0);
        operate(&algebra, &result);
        store(req, &result, event, reply);
    }
    alloc_free(algebra.sources);
}

/* ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS …] [AGGREGATE …] */
static void zunionstore_command(struct request *req, struct reply *reply) {
    store_result(req, unite, ALLOW_WEIGHTS, EVENT_ZUNIONSTORE, reply);
}

/* ZINTERSTORE destination numkeys key [key ...] [WEIGHTS …] [AGGREGATE …] */
static void zinterstore_command(struct request *req, struct reply *reply) {
    store_result(req, intersect, ALLOW_WEIGHTS, EVENT_ZINTERSTORE, reply);
}

/* ZDIFFSTORE destination numkeys key [key ...] */
static void zdiffstore_command(struct request *req, struct reply *reply) {
    store_result(req, subtract, 0, EVENT_ZDIFFSTORE, reply);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "zunion", .handler = zunion_command, .arity = -3,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "6.2.0", .complexity = "O(N) / O(M*log(M))",
        .syntax = "numkeys key [key ...] "
                  "[WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX | COUNT>] "
                  "[WITHSCORES]",
        .summary = "Reads the members that any of the sorted sets has.",
    },
    {
        .name = "zinter", .handler = zinter_command, .arity = -3,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "6.2.0", .complexity = "O(N*K) / O(M*log(M))",
        .syntax = "numkeys key [key ...] "
                  "[WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX | COUNT>] "
                  "[WITHSCORES]",
        .summary = "Reads the members that all sorted sets have.",
    },
    {
        .name = "zdiff", .handler = zdiff_command, .arity = -3,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "6.2.0", .complexity = "O(L+(N-K)log(N))",
        .syntax = "numkeys key [key ...] [WITHSCORES]",
        .summary = "Reads the members that the first sorted set has and no other.",
    },
    {
        .name = "zintercard", .handler = zintercard_command, .arity = -3,
        .flags = CMD_READONLY,
        .acl = ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "7.0.0", .complexity = "O(N*K)",
        .syntax = "numkeys key [key ...] [LIMIT limit]",
        .summary = "Counts the members that all sorted sets have.",
    },
    {
        .name = "zunionstore", .handler = zunionstore_command, .arity = -4,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE},
                     {.begin = KEY_INDEX(2), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "2.0.0", .complexity = "O(N) / O(Mlog(M))",
        .syntax = "destination numkeys key [key ...] "
                  "[WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX | COUNT>]",
        .summary = "Stores the members that any of the sorted sets has.",
    },
    {
        .name = "zinterstore", .handler = zinterstore_command, .arity = -4,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE},
                     {.begin = KEY_INDEX(2), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "2.0.0", .complexity = "O(N*K) / O(M*log(M))",
        .syntax = "destination numkeys key [key ...] "
                  "[WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX | COUNT>]",
        .summary = "Stores the members that all sorted sets have.",
    },
    {
        .name = "zdiffstore", .handler = zdiffstore_command, .arity = -4,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE},
                     {.begin = KEY_INDEX(2), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_SORTED_SET, .since = "6.2.0", .complexity = "O(L+(N-K)log(N))",
        .syntax = "destination numkeys key [key ...]",
        .summary = "Stores the members that the first sorted set has and no other.",
    },
};
/* clang-format on */

const struct command_table zset_algebra_commands = {rows, ARRAY_SIZE(rows)};
