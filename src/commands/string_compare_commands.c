/*
 * Strings compared with something: conditions, digests, bounds, and the longest common subsequence.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/config.h"
#include "server/request.h"
#include "server/server.h"
#include "types/string_type.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- DELEX, DELIFEQ, DIGEST ---- */

static void delete_if(struct request *req, struct args_condition condition, struct reply *reply) {
    struct open_key key;
    bool holds = false;
    if (!request_write_any(req, 1, &key)) {
        reply_integer(reply, 0);
        return;
    }
    if (!args_decide(req, condition, &key, &holds, reply)) {
        return;
    }
    if (holds) {
        request_removed(req, &key, EVENT_DEL, req->server->settings->lazyfree_lazy_user_del);
        struct bytes args[] = {BYTES("DEL"), request_arg(req, 1)};
        request_replay_as(req, args, ARRAY_SIZE(args));
    }
    reply_integer(reply, holds);
}

/* DELEX key [IFEQ value | IFNE value | IFDEQ digest | IFDNE digest] */
static void delex_command(struct request *req, struct reply *reply) {
    enum { PLAIN_ARGC = 2, CONDITION_ARGC = 4, OPERAND_INDEX = 3 };
    struct args_condition condition = {ARGS_ALWAYS, OPERAND_INDEX};
    if (request_argc(req) != PLAIN_ARGC && request_argc(req) != CONDITION_ARGC) {
        reply_error_format(reply, "ERR wrong number of arguments for '%s' command",
                           req->command->name);
        return;
    }
    if (request_argc(req) == CONDITION_ARGC && !args_is_comparison(req, 2, &condition.kind)) {
        reply_error(reply, "ERR Invalid condition. Use IFEQ, IFNE, IFDEQ or IFDNE");
        return;
    }
    delete_if(req, condition, reply);
}

/* DELIFEQ key value */
static void delifeq_command(struct request *req, struct reply *reply) {
    delete_if(req, (struct args_condition){ARGS_IF_EQUAL, 2}, reply);
}

/* DIGEST key */
static void digest_command(struct request *req, struct reply *reply) {
    enum { DIGEST_TEXT_SIZE = 17 };
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_STRING, &key, reply);
    if (status != KEY_PRESENT) {
        if (status == KEY_ABSENT) {
            reply_null(reply);
        }
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    char text[DIGEST_TEXT_SIZE];
    (void)snprintf(text, sizeof text, "%016" PRIx64, hash_xxh3(string_bytes(&key.value, scratch)));
    reply_bulk_text(reply, text);
}

/* ---- INCREX ---- */

struct increx_options {
    bool by_float;
    bool has_increment;
    bool saturates;
    bool persists;
    bool only_new_ttl; /* ENX */
    bool has_time;
    struct args_time time;
    size_t time_index;
    enum args_condition_kind condition;
    int64_t increment;
    int64_t lower;
    int64_t upper;
    long double increment_float;
    long double lower_float;
    long double upper_float;
    size_t lower_index; /* of the bounds' arguments; 0 = none */
    size_t upper_index;
};

static bool parse_float(struct bytes text, long double *number, struct reply *reply) {
    if (text_parse_long_double(text, number)) {
        return true;
    }
    reply_error(reply, "ERR value is not a valid float");
    return false;
}

/* Takes the option at an index; returns how many arguments it has, 0 when it is a mistake. */
static size_t take_increx_option(const struct request *req, size_t index,
                                 struct increx_options *options, size_t *increment_index) {
    bool has_operand = index + 1 < request_argc(req);
    bool by_float = args_is(req, index, "byfloat");
    if (has_operand && !options->has_increment && (by_float || args_is(req, index, "byint"))) {
        options->has_increment = true;
        options->by_float = by_float;
        *increment_index = index + 1;
        return 2;
    }
    if (has_operand && args_is(req, index, "lbound") && options->lower_index == 0) {
        options->lower_index = index + 1;
        return 2;
    }
    if (has_operand && args_is(req, index, "ubound") && options->upper_index == 0) {
        options->upper_index = index + 1;
        return 2;
    }
    if (args_is(req, index, "saturate")) {
        options->saturates = true;
        return 1;
    }
    if (args_is(req, index, "enx")) {
        options->only_new_ttl = true;
        return 1;
    }
    if (args_is(req, index, "persist") && !options->has_time) {
        options->persists = true;
        return 1;
    }
    bool if_absent = args_is(req, index, "nx");
    if ((if_absent || args_is(req, index, "xx")) && options->condition == ARGS_ALWAYS) {
        options->condition = if_absent ? ARGS_IF_ABSENT : ARGS_IF_PRESENT;
        return 1;
    }
    if (has_operand && !options->persists && !options->has_time &&
        args_is_time_option(req, index, &options->time)) {
        options->has_time = true;
        options->time_index = index + 1;
        return 2;
    }
    return 0;
}

static bool parse_int_bounds(const struct request *req, struct increx_options *options,
                             size_t increment_index, struct reply *reply) {
    options->increment = 1;
    options->lower = INT64_MIN;
    options->upper = INT64_MAX;
    return (increment_index == 0 ||
            args_integer(req, increment_index, &options->increment, reply)) &&
           (options->lower_index == 0 ||
            args_integer(req, options->lower_index, &options->lower, reply)) &&
           (options->upper_index == 0 ||
            args_integer(req, options->upper_index, &options->upper, reply));
}

static bool parse_float_bounds(const struct request *req, struct increx_options *options,
                               size_t increment_index, struct reply *reply) {
    options->lower_float = -INFINITY;
    options->upper_float = INFINITY;
    return parse_float(request_arg(req, increment_index), &options->increment_float, reply) &&
           (options->lower_index == 0 ||
            parse_float(request_arg(req, options->lower_index), &options->lower_float, reply)) &&
           (options->upper_index == 0 ||
            parse_float(request_arg(req, options->upper_index), &options->upper_float, reply));
}

static bool parse_increx_options(const struct request *req, struct increx_options *options,
                                 struct reply *reply) {
    size_t increment_index = 0;
    for (size_t i = 2; i < request_argc(req);) {
        size_t taken = take_increx_option(req, i, options, &increment_index);
        if (taken == 0) {
            reply_syntax_error(reply);
            return false;
        }
        i += taken;
    }
    if (options->only_new_ttl && !options->has_time) {
        reply_syntax_error(reply);
        return false;
    }
    bool is_good = options->by_float ? parse_float_bounds(req, options, increment_index, reply)
                                     : parse_int_bounds(req, options, increment_index, reply);
    if (!is_good) {
        return false;
    }
    if (options->by_float ? options->lower_float > options->upper_float
                          : options->lower > options->upper) {
        reply_error(reply, "ERR LBOUND can't be greater than UBOUND");
        return false;
    }
    return true;
}

/* What an increment came to. */
struct increx_result {
    bool is_applied;
    int64_t number;
    int64_t added;
    long double number_float;
    long double added_float;
};

static bool add_integer(const struct open_key *key, const struct increx_options *options,
                        struct increx_result *result, struct reply *reply) {
    int64_t current = 0;
    if (key->entry != NULL && !string_integer(&key->value, &current)) {
        reply_not_an_integer(reply);
        return false;
    }
    int64_t sum;
    bool overflows = __builtin_add_overflow(current, options->increment, &sum);
    if (overflows) {
        sum = options->increment > 0 ? INT64_MAX : INT64_MIN;
    }
    bool is_inside = !overflows && sum >= options->lower && sum <= options->upper;
    if (!is_inside && !options->saturates) {
        result->number = current;
        return true;
    }
    sum = sum < options->lower ? options->lower : sum;
    sum = sum > options->upper ? options->upper : sum;
    result->is_applied = true;
    result->number = sum;
    /* Saturating may move further than 64 bits tell; then the difference is cut. */
    if (__builtin_sub_overflow(sum, current, &result->added)) {
        result->added = sum > current ? INT64_MAX : INT64_MIN;
    }
    return true;
}

static bool add_float(const struct open_key *key, const struct increx_options *options,
                      struct increx_result *result, struct reply *reply) {
    long double current = 0;
    char scratch[STRING_SCRATCH_SIZE];
    if (key->entry != NULL && !parse_float(string_bytes(&key->value, scratch), &current, reply)) {
        return false;
    }
    long double sum = current + options->increment_float;
    if (isnan(sum) || (isinf(sum) && !options->saturates)) {
        reply_error(reply, isnan(sum) ? "ERR value or increment would produce NaN"
                                      : "ERR value or increment would produce Infinity");
        return false;
    }
    bool is_inside = sum >= options->lower_float && sum <= options->upper_float;
    if (!is_inside && !options->saturates) {
        result->number_float = current;
        return true;
    }
    sum = sum < options->lower_float ? options->lower_float : sum;
    sum = sum > options->upper_float ? options->upper_float : sum;
    if (isinf(sum)) {
        reply_error(reply, "ERR value or increment would produce Infinity");
        return false;
    }
    result->is_applied = true;
    result->number_float = sum;
    result->added_float = sum - current;
    return true;
}

static void reply_float(long double number, struct reply *reply) {
    if (reply->protocol == RESP3) {
        reply_double(reply, (double)number);
        return;
    }
    char text[TEXT_LONG_DOUBLE_MAX_SIZE];
    reply_bulk(reply, (struct bytes){text, text_print_long_double(text, number)});
}

static void reply_increx(const struct increx_options *options, const struct increx_result *result,
                         struct reply *reply) {
    reply_array(reply, 2);
    if (options->by_float) {
        reply_float(result->number_float, reply);
        reply_float(result->added_float, reply);
    } else {
        reply_integer(reply, result->number);
        reply_integer(reply, result->added);
    }
}

/* The effect of INCREX: what the key holds now, and how long. */
static void replay_increx(struct request *req, struct bytes text, int64_t deadline_ms,
                          bool keeps_ttl) {
    char number[REQUEST_NUMBER_SIZE];
    struct bytes args[] = {BYTES("SET"), request_arg(req, 1), text, {NULL, 0}, {NULL, 0}};
    size_t count = 3;
    if (keeps_ttl) {
        args[count++] = BYTES("KEEPTTL");
    } else if (deadline_ms != DEADLINE_NONE) {
        args[count++] = BYTES("PXAT");
        args[count++] = request_number(number, deadline_ms);
    }
    request_replay_as(req, args, count);
}

static void store_increx(struct request *req, struct open_key *key,
                         const struct increx_options *options, const struct increx_result *result,
                         int64_t deadline_ms) {
    char text[TEXT_LONG_DOUBLE_MAX_SIZE];
    size_t length = options->by_float ? text_print_long_double(text, result->number_float)
                                      : text_print_int64(text, result->number);
    bool sets_time =
        options->has_time && !(options->only_new_ttl && key->deadline_ms != DEADLINE_NONE);
    if (sets_time && args_is_past(req, deadline_ms)) {
        if (key->entry != NULL) {
            request_removed(req, key, EVENT_DEL, false);
            struct bytes args[] = {BYTES("DEL"), request_arg(req, 1)};
            request_replay_as(req, args, ARRAY_SIZE(args));
        }
        return;
    }
    bool keeps_ttl = !sets_time && !options->persists;
    int64_t new_deadline_ms = keeps_ttl ? key->deadline_ms : DEADLINE_NONE;
    bool drops_ttl = options->persists && key->deadline_ms != DEADLINE_NONE;
    struct value value;
    string_value_of((struct bytes){text, length}, &value);
    request_replaced(req, key, &value, sets_time ? deadline_ms : new_deadline_ms,
                     options->by_float ? EVENT_INCRBYFLOAT : EVENT_INCRBY);
    if (sets_time || drops_ttl) {
        request_announce(req, key, sets_time ? EVENT_EXPIRE : EVENT_PERSIST);
    }
    replay_increx(req, (struct bytes){text, length}, sets_time ? deadline_ms : DEADLINE_NONE,
                  keeps_ttl);
}

/* A condition on the key's existence that does not hold: [current value or null, 0]. */
static void reply_unmet(const struct open_key *key, const struct increx_options *options,
                        struct reply *reply) {
    struct increx_result none = {0};
    reply_array(reply, 2);
    if (key->entry == NULL) {
        reply_null(reply);
    } else {
        char scratch[STRING_SCRATCH_SIZE];
        if (options->by_float || !string_integer(&key->value, &none.number)) {
            reply_bulk(reply, string_bytes(&key->value, scratch));
        } else {
            reply_integer(reply, none.number);
        }
    }
    if (options->by_float) {
        reply_float(0, reply);
    } else {
        reply_integer(reply, 0);
    }
}

/*
 * INCREX key [BYINT n | BYFLOAT n] [LBOUND n] [UBOUND n] [SATURATE] [NX | XX]
 *        [EX | PX | EXAT | PXAT time | PERSIST] [ENX]
 */
static void increx_command(struct request *req, struct reply *reply) {
    struct increx_options options = {0};
    int64_t deadline_ms = DEADLINE_NONE;
    if (!parse_increx_options(req, &options, reply) ||
        (options.has_time &&
         !args_deadline(req, options.time_index, options.time, false, &deadline_ms, reply))) {
        return;
    }
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    bool wants_present = options.condition == ARGS_IF_PRESENT;
    if (options.condition != ARGS_ALWAYS && (status == KEY_PRESENT) != wants_present) {
        reply_unmet(&key, &options, reply);
        return;
    }
    struct increx_result result = {0};
    bool is_good = options.by_float ? add_float(&key, &options, &result, reply)
                                    : add_integer(&key, &options, &result, reply);
    if (!is_good) {
        return;
    }
    if (result.is_applied) {
        store_increx(req, &key, &options, &result, deadline_ms);
    }
    reply_increx(&options, &result, reply);
}

/* ---- LCS ---- */

struct lcs_options {
    bool wants_length;
    bool wants_indexes;
    bool wants_match_lengths;
    int64_t min_match_length;
};

static bool parse_lcs_options(const struct request *req, struct lcs_options *options,
                              struct reply *reply) {
    enum { FIRST_OPTION = 3 };
    for (size_t i = FIRST_OPTION; i < request_argc(req); i++) {
        if (args_is(req, i, "len")) {
            options->wants_length = true;
        } else if (args_is(req, i, "idx")) {
            options->wants_indexes = true;
        } else if (args_is(req, i, "withmatchlen")) {
            options->wants_match_lengths = true;
        } else if (args_is(req, i, "minmatchlen") && i + 1 < request_argc(req)) {
            if (!args_integer(req, ++i, &options->min_match_length, reply)) {
                return false;
            }
        } else {
            reply_syntax_error(reply);
            return false;
        }
    }
    if (options->wants_length && options->wants_indexes) {
        reply_error(reply, "ERR If you want both the length and indexes, please just use IDX.");
        return false;
    }
    return true;
}

/*
 * The table of the textbook dynamic programme: cell (i, j) is the length for the first i bytes of
 * a and the first j of b. Source: R. Wagner, M. Fischer, "The String-to-String Correction
 * Problem", JACM 21(1), 1974.
 */
struct lcs {
    struct bytes a;
    struct bytes b;
    uint32_t *cells;
};

static uint32_t *cell(const struct lcs *lcs, size_t i, size_t j) {
    return &lcs->cells[i * (lcs->b.length + 1) + j];
}

static void fill_cells(struct lcs *lcs) {
    for (size_t i = 1; i <= lcs->a.length; i++) {
        for (size_t j = 1; j <= lcs->b.length; j++) {
            uint32_t up = *cell(lcs, i - 1, j);
            uint32_t left = *cell(lcs, i, j - 1);
            *cell(lcs, i, j) = lcs->a.data[i - 1] == lcs->b.data[j - 1]
                                   ? *cell(lcs, i - 1, j - 1) + 1
                                   : (up > left ? up : left);
        }
    }
}

/* A run of bytes that both have: [start, end] in each. */
struct lcs_run {
    size_t a_start;
    size_t b_start;
    size_t length;
};

static void reply_run(const struct lcs_run *run, const struct lcs_options *options, size_t *count,
                      struct reply *reply) {
    if (run->length == 0 || (int64_t)run->length < options->min_match_length) {
        return;
    }
    enum { PAIR_AND_LENGTH = 3 };
    reply_array(reply, options->wants_match_lengths ? PAIR_AND_LENGTH : 2);
    const size_t starts[] = {run->a_start, run->b_start};
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        reply_array(reply, 2);
        reply_integer(reply, (int64_t)starts[i]);
        reply_integer(reply, (int64_t)(starts[i] + run->length) - 1);
    }
    if (options->wants_match_lengths) {
        reply_integer(reply, (int64_t)run->length);
    }
    (*count)++;
}

/* Walks the table back from its end, telling runs from the last to the first. */
static void reply_indexes(const struct lcs *lcs, const struct lcs_options *options,
                          struct reply *reply) {
    size_t i = lcs->a.length;
    size_t j = lcs->b.length;
    struct lcs_run run = {0};
    reply_map(reply, 2);
    reply_bulk_text(reply, "matches");
    size_t mark = reply_begin(reply);
    size_t count = 0;
    while (i > 0 && j > 0) {
        if (lcs->a.data[i - 1] == lcs->b.data[j - 1]) {
            bool continues = run.length > 0 && run.a_start == i && run.b_start == j;
            if (!continues) {
                reply_run(&run, options, &count, reply);
                run.length = 0;
            }
            i--;
            j--;
            run = (struct lcs_run){i, j, run.length + 1};
        } else if (*cell(lcs, i - 1, j) > *cell(lcs, i, j - 1)) {
            i--;
        } else {
            j--;
        }
    }
    reply_run(&run, options, &count, reply);
    reply_end_array(reply, mark, count);
    reply_bulk_text(reply, "len");
    reply_integer(reply, *cell(lcs, lcs->a.length, lcs->b.length));
}

static void reply_subsequence(const struct lcs *lcs, struct reply *reply) {
    size_t length = *cell(lcs, lcs->a.length, lcs->b.length);
    sds text = sds_uninitialized(length);
    size_t i = lcs->a.length;
    size_t j = lcs->b.length;
    while (length > 0) {
        if (lcs->a.data[i - 1] == lcs->b.data[j - 1]) {
            text[--length] = lcs->a.data[i - 1];
            i--;
            j--;
        } else if (*cell(lcs, i - 1, j) > *cell(lcs, i, j - 1)) {
            i--;
        } else {
            j--;
        }
    }
    reply_bulk(reply, sds_view(text));
    sds_free(text);
}

/* Opens a string for LCS; an absent one is empty. False on another type. */
static bool open_string(struct request *req, size_t index, char scratch[STRING_SCRATCH_SIZE],
                        struct bytes *text) {
    struct open_key key;
    *text = BYTES("");
    if (!request_read_any(req, index, OPEN_COUNTED, &key)) {
        return true;
    }
    if (key.value.type != VALUE_STRING) {
        return false;
    }
    *text = string_bytes(&key.value, scratch);
    return true;
}

/* LCS key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN] */
static void lcs_command(struct request *req, struct reply *reply) {
    struct lcs lcs;
    char a_scratch[STRING_SCRATCH_SIZE];
    char b_scratch[STRING_SCRATCH_SIZE];
    struct lcs_options options = {0};
    /* Both are looked up before either is refused: a miss is told in any case. */
    bool is_string = open_string(req, 1, a_scratch, &lcs.a);
    if (!open_string(req, 2, b_scratch, &lcs.b) || !is_string) {
        reply_error(reply, "ERR The specified keys must contain string values");
        return;
    }
    if (!parse_lcs_options(req, &options, reply)) {
        return;
    }
    size_t cell_count;
    if (__builtin_mul_overflow(lcs.a.length + 1, lcs.b.length + 1, &cell_count) ||
        cell_count > (size_t)args_max_bulk_length(req) / sizeof *lcs.cells) {
        reply_error(reply, "ERR Insufficient memory, transient memory for LCS exceeds "
                           "proto-max-bulk-len");
        return;
    }
    lcs.cells = alloc_zeroed(cell_count * sizeof *lcs.cells);
    fill_cells(&lcs);
    if (options.wants_indexes) {
        reply_indexes(&lcs, &options, reply);
    } else if (options.wants_length) {
        reply_integer(reply, *cell(&lcs, lcs.a.length, lcs.b.length));
    } else {
        reply_subsequence(&lcs, reply);
    }
    alloc_free(lcs.cells);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "delex", .handler = delex_command, .arity = -2,
        .flags = CMD_WRITE | CMD_FAST,
        .acl = ACL_STRING, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RM | KEY_DELETE}),
        .group = GROUP_STRING, .since = "8.4.0",
        .complexity = "O(1), or O(N) for the digest of N bytes",
        .syntax = "key [IFEQ comparison-value | IFNE comparison-value | IFDEQ comparison-digest "
                  "| IFDNE comparison-digest]",
        .summary = "Removes a key if its string compares as wanted.",
    },
    {
        .name = "delifeq", .handler = delifeq_command, .arity = 3,
        .flags = CMD_WRITE | CMD_FAST,
        .acl = ACL_STRING, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RM | KEY_DELETE}),
        .group = GROUP_STRING, .since = "9.0.0", .complexity = "O(1)",
        .syntax = "key value",
        .summary = "Removes a key if its string equals a value.",
    },
    {
        .name = "digest", .handler = digest_command, .arity = 2,
        .flags = CMD_READONLY | CMD_FAST,
        .acl = ACL_STRING, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STRING, .since = "8.4.0", .complexity = "O(N), N bytes",
        .syntax = "key",
        .summary = "Returns the digest of a string.",
    },
    {
        .name = "increx", .handler = increx_command, .arity = -2,
        .flags = CMD_DENY_OOM | CMD_WRITE | CMD_FAST,
        .acl = ACL_STRING, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "8.8.0", .complexity = "O(1)",
        .syntax = "key [BYINT increment | BYFLOAT increment-float] [LBOUND lower-bound] [UBOUND "
                  "upper-bound] [SATURATE] [NX | XX] [EX seconds | PX milliseconds | EXAT "
                  "unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] [ENX]",
        .summary = "Adds to a number within bounds and sets its deadline.",
    },
    {
        .name = "lcs", .handler = lcs_command, .arity = -3,
        .flags = CMD_READONLY,
        .acl = ACL_STRING, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(1, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STRING, .since = "7.0.0", .complexity = "O(N*M)",
        .syntax = "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
        .summary = "Finds the longest common subsequence of two strings.",
    },
};
/* clang-format on */

const struct command_table string_compare_commands = {rows, ARRAY_SIZE(rows)};
