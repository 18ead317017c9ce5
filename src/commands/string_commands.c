/*
 * The string family but for comparisons (string_compare_commands.c) and bits (bitmap_commands.c).
 *
 * SET without options and GET are the hottest handlers of the server: they parse nothing and
 * allocate nothing when the value fits the entry.
 */
#include "base/hash.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/string_type.h"

#include <math.h>
#include <string.h>

/* Makes the value of an argument; a long one is received straight into the value's memory. */
static void value_of_arg(struct request *req, size_t index, struct value *value) {
    struct bytes text = request_arg(req, index);
    if (LIKELY(text.length <= STRING_INLINE_MAX)) {
        string_value_of(text, value);
    } else {
        string_value_of_sds(request_take_arg(req, index), value);
    }
}

/* Replies with the string under a key, or null. Returns false on the wrong type. */
static bool reply_string_at(struct request *req, size_t index, struct reply *reply) {
    struct open_key key;
    switch (request_read(req, index, VALUE_STRING, &key, reply)) {
    case KEY_WRONG_TYPE:
        return false;
    case KEY_ABSENT:
        reply_null(reply);
        return true;
    case KEY_PRESENT:
        break;
    }
    char scratch[STRING_SCRATCH_SIZE];
    reply_bulk(reply, string_bytes(&key.value, scratch));
    return true;
}

/* Records `SET key value PXAT ms`: a deadline counts from now only once. */
static void replay_set_until(struct request *req, struct bytes value, int64_t deadline_ms) {
    char number[REQUEST_NUMBER_SIZE];
    struct bytes args[] = {BYTES("SET"), request_arg(req, 1), value, BYTES("PXAT"),
                           request_number(number, deadline_ms)};
    request_replay_as(req, args, ARRAY_SIZE(args));
}

static void replay_set(struct request *req, struct bytes value, bool keep_ttl) {
    struct bytes args[] = {BYTES("SET"), request_arg(req, 1), value, BYTES("KEEPTTL")};
    request_replay_as(req, args, keep_ttl ? ARRAY_SIZE(args) : ARRAY_SIZE(args) - 1);
}

/* ---- SET and its kin ---- */

struct set_options {
    struct args_condition condition;
    bool wants_old; /* GET */
    bool keeps_ttl; /* KEEPTTL */
    bool has_time;  /* EX, PX, EXAT, PXAT */
    struct args_time time;
    size_t time_index; /* the argument with the time */
};

static bool same_time(struct args_time a, struct args_time b) {
    return a.unit == b.unit && a.is_absolute == b.is_absolute;
}

/* Takes the option at an index; returns how many arguments it has, 0 when it is a mistake. */
static size_t take_set_option(const struct request *req, size_t index,
                              struct set_options *options) {
    bool has_operand = index + 1 < request_argc(req);
    enum args_condition_kind kind = ARGS_ALWAYS;
    struct args_time time;
    if (args_is(req, index, "nx") || args_is(req, index, "xx")) {
        kind = args_is(req, index, "nx") ? ARGS_IF_ABSENT : ARGS_IF_PRESENT;
        if (options->condition.kind != ARGS_ALWAYS && options->condition.kind != kind) {
            return 0;
        }
        options->condition.kind = kind;
        return 1;
    }
    if (args_is(req, index, "get")) {
        options->wants_old = true;
        return 1;
    }
    if (args_is(req, index, "keepttl") && !options->has_time) {
        options->keeps_ttl = true;
        return 1;
    }
    if (has_operand && args_is_time_option(req, index, &time) && !options->keeps_ttl &&
        (!options->has_time || same_time(time, options->time))) {
        options->has_time = true;
        options->time = time;
        options->time_index = index + 1;
        return 2;
    }
    if (has_operand && args_is_comparison(req, index, &kind) &&
        options->condition.kind == ARGS_ALWAYS) {
        options->condition = (struct args_condition){kind, index + 1};
        return 2;
    }
    return 0;
}

static bool parse_set_options(const struct request *req, struct set_options *options,
                              struct reply *reply) {
    enum { FIRST_OPTION = 3 };
    for (size_t i = FIRST_OPTION; i < request_argc(req);) {
        size_t taken = take_set_option(req, i, options);
        if (taken == 0) {
            reply_syntax_error(reply);
            return false;
        }
        i += taken;
    }
    return true;
}

/* Says what SET did, where that is not the request as it came. */
static void replay_set_options(struct request *req, size_t value_index,
                               const struct set_options *options, int64_t deadline_ms) {
    bool is_comparison = options->condition.kind > ARGS_IF_PRESENT;
    if (options->has_time) {
        replay_set_until(req, request_arg(req, value_index), deadline_ms);
    } else if (options->wants_old || is_comparison) {
        struct bytes args[] = {
            BYTES("SET"), request_arg(req, 1), request_arg(req, value_index), {NULL, 0}, {NULL, 0}};
        size_t count = 3;
        if (options->condition.kind == ARGS_IF_ABSENT) {
            args[count++] = BYTES("NX");
        } else if (options->condition.kind == ARGS_IF_PRESENT) {
            args[count++] = BYTES("XX");
        }
        if (options->keeps_ttl) {
            args[count++] = BYTES("KEEPTTL");
        }
        request_replay_as(req, args, count);
    }
}

/* Sets the key at argument 1 if the condition holds. Returns false when it did not, or failed. */
static bool set_string(struct request *req, size_t value_index, const struct set_options *options,
                       bool *has_failed, struct reply *reply) {
    int64_t deadline_ms = DEADLINE_NONE;
    *has_failed = true;
    if (options->has_time &&
        !args_deadline(req, options->time_index, options->time, false, &deadline_ms, reply)) {
        return false;
    }
    struct open_key key;
    (void)request_write_any(req, 1, &key);
    bool holds;
    if (!args_decide(req, options->condition, &key, &holds, reply)) {
        return false;
    }
    if (options->wants_old) {
        if (!reply_string_at(req, 1, reply)) {
            return false;
        }
        (void)request_write_any(req, 1, &key);
    }
    *has_failed = false;
    if (!holds) {
        return false;
    }
    struct value value;
    value_of_arg(req, value_index, &value);
    request_replaced(req, &key, &value, options->keeps_ttl ? key.deadline_ms : deadline_ms,
                     EVENT_SET);
    if (options->has_time) {
        request_announce(req, &key, EVENT_EXPIRE);
    }
    if (request_is_recorded(req)) {
        replay_set_options(req, value_index, options, deadline_ms);
    }
    return true;
}

/* SET key value [condition] [GET] [EX | PX | EXAT | PXAT time | KEEPTTL] */
static void set_command(struct request *req, struct reply *reply) {
    enum { PLAIN_ARGC = 3 };
    if (LIKELY(request_argc(req) == PLAIN_ARGC)) {
        struct open_key key;
        (void)request_write_any(req, 1, &key);
        struct value value;
        value_of_arg(req, 2, &value);
        request_replaced(req, &key, &value, DEADLINE_NONE, EVENT_SET);
        reply_ok(reply);
        return;
    }
    struct set_options options = {0};
    if (!parse_set_options(req, &options, reply)) {
        return;
    }
    bool has_failed;
    bool is_set = set_string(req, 2, &options, &has_failed, reply);
    if (has_failed || options.wants_old) {
        return;
    }
    if (is_set) {
        reply_ok(reply);
    } else {
        reply_null(reply);
    }
}

/* SET reads the key only to return what it held. */
static uint16_t decide_set_access(const struct bytes *args, size_t argc) {
    enum { FIRST_OPTION = 3 };
    for (size_t i = FIRST_OPTION; i < argc; i++) {
        if (bytes_is(args[i], "get")) {
            return KEY_RW | KEY_ACCESS | KEY_UPDATE;
        }
    }
    return KEY_OW | KEY_UPDATE;
}

/* SETNX key value */
static void setnx_command(struct request *req, struct reply *reply) {
    struct set_options options = {.condition.kind = ARGS_IF_ABSENT};
    bool has_failed;
    bool is_set = set_string(req, 2, &options, &has_failed, reply);
    reply_integer(reply, is_set);
}

static void set_with_time(struct request *req, enum args_time_unit unit, struct reply *reply) {
    struct set_options options = {.has_time = true, .time = {unit, false}, .time_index = 2};
    enum { VALUE_INDEX = 3 };
    bool has_failed;
    if (set_string(req, VALUE_INDEX, &options, &has_failed, reply)) {
        reply_ok(reply);
    }
}

/* SETEX key seconds value */
static void setex_command(struct request *req, struct reply *reply) {
    set_with_time(req, ARGS_SECONDS, reply);
}

/* PSETEX key milliseconds value */
static void psetex_command(struct request *req, struct reply *reply) {
    set_with_time(req, ARGS_MILLISECONDS, reply);
}

/* GETSET key value */
static void getset_command(struct request *req, struct reply *reply) {
    if (!reply_string_at(req, 1, reply)) {
        return;
    }
    struct open_key key;
    (void)request_write_any(req, 1, &key);
    struct value value;
    value_of_arg(req, 2, &value);
    request_replaced(req, &key, &value, DEADLINE_NONE, EVENT_SET);
    replay_set(req, request_arg(req, 2), false);
}

/* ---- Reading ---- */

/* GET key */
static void get_command(struct request *req, struct reply *reply) {
    (void)reply_string_at(req, 1, reply);
}

/* GETDEL key */
static void getdel_command(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!reply_string_at(req, 1, reply) || !request_write_any(req, 1, &key)) {
        return;
    }
    request_removed(req, &key, EVENT_DEL, false);
    struct bytes args[] = {BYTES("DEL"), request_arg(req, 1)};
    request_replay_as(req, args, ARRAY_SIZE(args));
}

struct getex_options {
    bool has_time;
    bool persists;
    struct args_time time;
    size_t time_index;
};

static bool parse_getex_options(const struct request *req, struct getex_options *options) {
    for (size_t i = 2; i < request_argc(req); i++) {
        struct args_time time;
        if (args_is(req, i, "persist") && !options->has_time) {
            options->persists = true;
        } else if (i + 1 < request_argc(req) && args_is_time_option(req, i, &time) &&
                   !options->persists && (!options->has_time || same_time(time, options->time))) {
            options->has_time = true;
            options->time = time;
            options->time_index = ++i;
        } else {
            return false;
        }
    }
    return true;
}

static void change_deadline(struct request *req, const struct getex_options *options,
                            int64_t deadline_ms) {
    struct open_key key;
    if (!request_write_any(req, 1, &key)) {
        return;
    }
    if (options->persists) {
        if (key.deadline_ms != DEADLINE_NONE) {
            key.deadline_ms = DEADLINE_NONE;
            request_deadline_changed(req, &key, EVENT_PERSIST);
            struct bytes args[] = {BYTES("PERSIST"), request_arg(req, 1)};
            request_replay_as(req, args, ARRAY_SIZE(args));
        }
        return;
    }
    if (args_is_past(req, deadline_ms)) {
        request_removed(req, &key, EVENT_DEL, false);
        struct bytes args[] = {BYTES("DEL"), request_arg(req, 1)};
        request_replay_as(req, args, ARRAY_SIZE(args));
        return;
    }
    key.deadline_ms = deadline_ms;
    request_deadline_changed(req, &key, EVENT_EXPIRE);
    char number[REQUEST_NUMBER_SIZE];
    struct bytes args[] = {BYTES("PEXPIREAT"), request_arg(req, 1),
                           request_number(number, deadline_ms)};
    request_replay_as(req, args, ARRAY_SIZE(args));
}

/* GETEX key [EX | PX | EXAT | PXAT time | PERSIST] */
static void getex_command(struct request *req, struct reply *reply) {
    struct getex_options options = {0};
    if (!parse_getex_options(req, &options)) {
        reply_syntax_error(reply);
        return;
    }
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_ABSENT) {
        reply_null(reply);
    }
    if (status != KEY_PRESENT) {
        return;
    }
    int64_t deadline_ms = DEADLINE_NONE;
    if (options.has_time &&
        !args_deadline(req, options.time_index, options.time, false, &deadline_ms, reply)) {
        return;
    }
    if (options.persists && !args_may_persist(&key, reply)) {
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    reply_bulk(reply, string_bytes(&key.value, scratch));
    if (options.has_time || options.persists) {
        change_deadline(req, &options, deadline_ms);
    }
}

/* STRLEN key */
static void strlen_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_STRING, &key, reply);
    if (status != KEY_WRONG_TYPE) {
        reply_integer(reply, status == KEY_ABSENT ? 0 : (int64_t)string_length(&key.value));
    }
}

/* GETRANGE key start end, SUBSTR key start end */
static void getrange_command(struct request *req, struct reply *reply) {
    enum { END_INDEX = 3 };
    int64_t start;
    int64_t end;
    if (!args_integer(req, 2, &start, reply) || !args_integer(req, END_INDEX, &end, reply)) {
        return;
    }
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes text = {"", 0};
    if (status == KEY_PRESENT) {
        text = string_bytes(&key.value, scratch);
    }
    int64_t length = (int64_t)text.length;
    if (length == 0 || (start < 0 && end < 0 && start > end)) {
        reply_bulk(reply, BYTES(""));
        return;
    }
    start = start < 0 ? start + length : start;
    end = end < 0 ? end + length : end;
    start = start < 0 ? 0 : start;
    end = end < 0 ? 0 : end;
    end = end >= length ? length - 1 : end;
    if (start > end) {
        reply_bulk(reply, BYTES(""));
        return;
    }
    reply_bulk(reply, (struct bytes){text.data + start, (size_t)(end - start) + 1});
}

/* ---- Many keys ---- */

enum { KEY_BATCH = 32 };

/*
 * Hashes a run of keys and loads their buckets and entries into the cache, so that the look-ups
 * that follow do not wait for memory one after the other.
 */
static void hash_keys(const struct request *req, size_t first, size_t step, size_t count,
                      uint64_t hashes[KEY_BATCH]) {
    for (size_t i = 0; i < count; i++) {
        hashes[i] = hash_bytes(request_arg(req, first + i * step));
        keyspace_prefetch_bucket(req->database, hashes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        keyspace_prefetch_entry(req->database, hashes[i]);
    }
}

static size_t batch_size(size_t left) {
    return left < KEY_BATCH ? left : KEY_BATCH;
}

static void reply_if_string(const struct open_key *key, bool is_present, struct reply *reply) {
    if (!is_present || key->value.type != VALUE_STRING) {
        reply_null(reply);
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    reply_bulk(reply, string_bytes(&key->value, scratch));
}

/* MGET key [key ...] */
static void mget_command(struct request *req, struct reply *reply) {
    size_t count = request_argc(req) - 1;
    reply_array(reply, count);
    uint64_t hashes[KEY_BATCH];
    for (size_t done = 0; done < count;) {
        size_t size = batch_size(count - done);
        hash_keys(req, done + 1, 1, size, hashes);
        for (size_t i = 0; i < size; i++) {
            struct open_key key;
            bool is_present = keyspace_open_read(req->database, request_arg(req, done + i + 1),
                                                 hashes[i], OPEN_COUNTED, &key);
            reply_if_string(&key, is_present, reply);
        }
        done += size;
    }
}

/* Sets pairs of arguments from `first` on, all with one deadline. */
static void set_pairs(struct request *req, size_t first, size_t pair_count, int64_t deadline_ms,
                      bool keeps_ttl) {
    uint64_t hashes[KEY_BATCH];
    for (size_t done = 0; done < pair_count;) {
        size_t size = batch_size(pair_count - done);
        hash_keys(req, first + done * 2, 2, size, hashes);
        for (size_t i = 0; i < size; i++) {
            size_t index = first + (done + i) * 2;
            struct open_key key;
            (void)keyspace_open_write(req->database, request_arg(req, index), hashes[i], &key);
            struct value value;
            string_value_of(request_arg(req, index + 1), &value);
            request_replaced(req, &key, &value, keeps_ttl ? key.deadline_ms : deadline_ms,
                             EVENT_SET);
            if (deadline_ms != DEADLINE_NONE) {
                request_announce(req, &key, EVENT_EXPIRE);
            }
        }
        done += size;
    }
}

static bool check_pairs(const struct request *req, struct reply *reply) {
    if (request_argc(req) % 2 == 1) {
        return true;
    }
    reply_error_format(reply, "ERR wrong number of arguments for '%s' command", req->command->name);
    return false;
}

/* Counts how many of the keys exist, each argument for itself. */
static size_t count_present(struct request *req, size_t first, size_t pair_count) {
    size_t present_count = 0;
    for (size_t i = 0; i < pair_count; i++) {
        struct open_key key;
        present_count += request_write_any(req, first + i * 2, &key);
    }
    return present_count;
}

/* MSET key value [key value ...] */
static void mset_command(struct request *req, struct reply *reply) {
    if (check_pairs(req, reply)) {
        set_pairs(req, 1, request_argc(req) / 2, DEADLINE_NONE, false);
        reply_ok(reply);
    }
}

/* MSETNX key value [key value ...] */
static void msetnx_command(struct request *req, struct reply *reply) {
    if (!check_pairs(req, reply)) {
        return;
    }
    size_t pair_count = request_argc(req) / 2;
    bool is_free = count_present(req, 1, pair_count) == 0;
    if (is_free) {
        set_pairs(req, 1, pair_count, DEADLINE_NONE, false);
    }
    reply_integer(reply, is_free);
}

struct msetex_options {
    enum args_condition_kind condition;
    bool keeps_ttl;
    bool has_time;
    struct args_time time;
    size_t time_index;
};

static bool parse_msetex_options(const struct request *req, size_t first,
                                 struct msetex_options *options) {
    for (size_t i = first; i < request_argc(req); i++) {
        bool is_absent = args_is(req, i, "nx");
        if (is_absent || args_is(req, i, "xx")) {
            enum args_condition_kind kind = is_absent ? ARGS_IF_ABSENT : ARGS_IF_PRESENT;
            if (options->condition != ARGS_ALWAYS && options->condition != kind) {
                return false;
            }
            options->condition = kind;
        } else if (args_is(req, i, "keepttl") && !options->has_time) {
            options->keeps_ttl = true;
        } else if (i + 1 < request_argc(req) && !options->has_time && !options->keeps_ttl &&
                   args_is_time_option(req, i, &options->time)) {
            options->has_time = true;
            options->time_index = ++i;
        } else {
            return false;
        }
    }
    return true;
}

/* The effect of MSETEX: MSET, or one SET … PXAT (or KEEPTTL) a key. */
static void replay_msetex(struct request *req, size_t pair_count,
                          const struct msetex_options *options, int64_t deadline_ms) {
    char number[REQUEST_NUMBER_SIZE];
    request_replay_nothing(req);
    for (size_t i = 0; i < pair_count; i++) {
        size_t index = 2 + i * 2;
        struct bytes args[] = {BYTES("SET"),
                               request_arg(req, index),
                               request_arg(req, index + 1),
                               {NULL, 0},
                               {NULL, 0}};
        size_t count = 3;
        if (options->has_time) {
            args[count++] = BYTES("PXAT");
            args[count++] = request_number(number, deadline_ms);
        } else if (options->keeps_ttl) {
            args[count++] = BYTES("KEEPTTL");
        }
        request_replay_as(req, args, count);
    }
}

/* MSETEX numkeys key value [key value ...] [NX | XX] [EX | PX | EXAT | PXAT time | KEEPTTL] */
static void msetex_command(struct request *req, struct reply *reply) {
    struct args_bounds bounds = {1, INT32_MAX, "ERR invalid numkeys value"};
    int64_t pair_count;
    if (!args_bounded(req, 1, bounds, &pair_count, reply)) {
        return;
    }
    size_t first_option = 2 + (size_t)pair_count * 2;
    if (first_option > request_argc(req)) {
        reply_error(reply, "ERR wrong number of key-value pairs");
        return;
    }
    struct msetex_options options = {0};
    if (!parse_msetex_options(req, first_option, &options)) {
        reply_syntax_error(reply);
        return;
    }
    int64_t deadline_ms = DEADLINE_NONE;
    if (options.has_time &&
        !args_deadline(req, options.time_index, options.time, false, &deadline_ms, reply)) {
        return;
    }
    size_t count = (size_t)pair_count;
    size_t present_count = options.condition == ARGS_ALWAYS ? 0 : count_present(req, 2, count);
    bool holds = options.condition == ARGS_ALWAYS ||
                 present_count == (options.condition == ARGS_IF_PRESENT ? count : 0);
    if (holds) {
        set_pairs(req, 2, count, deadline_ms, options.keeps_ttl);
        replay_msetex(req, count, &options, deadline_ms);
    }
    reply_integer(reply, holds);
}

/* ---- Changing in place ---- */

/* APPEND key value */
static void append_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct bytes tail = request_arg(req, 2);
    if (status == KEY_ABSENT) {
        value_of_arg(req, 2, &key.value);
    } else {
        int64_t length = (int64_t)(string_length(&key.value) + tail.length);
        if (!args_check_length(req, length, reply)) {
            return;
        }
        string_append(&key.value, tail);
    }
    request_changed(req, &key, EVENT_APPEND, 1);
    reply_integer(reply, (int64_t)string_length(&key.value));
}

/* SETRANGE key offset value */
static void setrange_command(struct request *req, struct reply *reply) {
    enum { VALUE_INDEX = 3 };
    int64_t offset;
    if (!args_integer(req, 2, &offset, reply)) {
        return;
    }
    if (offset < 0) {
        reply_error(reply, "ERR offset is out of range");
        return;
    }
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct bytes patch = request_arg(req, VALUE_INDEX);
    if (patch.length == 0) {
        reply_integer(reply, status == KEY_ABSENT ? 0 : (int64_t)string_length(&key.value));
        return;
    }
    int64_t end;
    if (__builtin_add_overflow(offset, (int64_t)patch.length, &end)) {
        end = INT64_MAX;
    }
    if (!args_check_length(req, end, reply)) {
        return;
    }
    if (status == KEY_ABSENT) {
        string_value_of_raw(sds_with_capacity(0), &key.value);
    }
    char *target = string_mutable_range(&key.value, (size_t)end, (size_t)offset, patch.length);
    memcpy(target + offset, patch.data, patch.length);
    request_changed(req, &key, EVENT_SETRANGE, 1);
    reply_integer(reply, (int64_t)string_length(&key.value));
}

static void increment_by(struct request *req, int64_t increment, struct reply *reply) {
    struct open_key key;
    int64_t number = 0;
    enum key_status status = request_write(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_PRESENT && !string_integer(&key.value, &number)) {
        reply_not_an_integer(reply);
        return;
    }
    if (__builtin_add_overflow(number, increment, &number)) {
        reply_error(reply, "ERR increment or decrement would overflow");
        return;
    }
    struct value value;
    string_value_of_integer(number, &value);
    request_replaced(req, &key, &value, key.deadline_ms, EVENT_INCRBY);
    reply_integer(reply, number);
}

/* INCR key */
static void incr_command(struct request *req, struct reply *reply) {
    increment_by(req, 1, reply);
}

/* DECR key */
static void decr_command(struct request *req, struct reply *reply) {
    increment_by(req, -1, reply);
}

/* INCRBY key increment */
static void incrby_command(struct request *req, struct reply *reply) {
    int64_t increment;
    if (args_integer(req, 2, &increment, reply)) {
        increment_by(req, increment, reply);
    }
}

/* DECRBY key decrement */
static void decrby_command(struct request *req, struct reply *reply) {
    int64_t decrement;
    if (!args_integer(req, 2, &decrement, reply)) {
        return;
    }
    if (decrement == INT64_MIN) {
        reply_error(reply, "ERR decrement would overflow");
        return;
    }
    increment_by(req, -decrement, reply);
}

static bool parse_float(struct bytes text, long double *number, struct reply *reply) {
    if (text_parse_long_double(text, number)) {
        return true;
    }
    reply_error(reply, "ERR value is not a valid float");
    return false;
}

/* INCRBYFLOAT key increment */
static void incrbyfloat_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    long double number = 0;
    long double increment;
    char scratch[STRING_SCRATCH_SIZE];
    if ((status == KEY_PRESENT &&
         !parse_float(string_bytes(&key.value, scratch), &number, reply)) ||
        !parse_float(request_arg(req, 2), &increment, reply)) {
        return;
    }
    number += increment;
    if (isnan(number) || isinf(number)) {
        reply_error(reply, "ERR increment would produce NaN or Infinity");
        return;
    }
    char text[TEXT_LONG_DOUBLE_MAX_SIZE];
    struct bytes printed = {text, text_print_long_double(text, number)};
    struct value value;
    string_value_of_text(printed, &value);
    request_replaced(req, &key, &value, key.deadline_ms, EVENT_INCRBYFLOAT);
    replay_set(req, printed, true);
    reply_bulk(reply, printed);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "get", .handler = get_command, .arity = 2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_STRING, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the string value of a key.",
    },
    {
        .name = "set", .handler = set_command, .arity = -3,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE | KEY_VARIABLE_FLAGS}),
        .decide_access = decide_set_access,
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key value [NX | XX | IFEQ comparison-value | IFNE comparison-value | IFDEQ "
                  "comparison-digest | IFDNE comparison-digest] [GET] [EX seconds | PX "
                  "milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
        .summary = "Sets a key to a string, whatever it held, under an optional condition and "
                   "deadline.",
    },
    {
        .name = "setnx", .handler = setnx_command, .arity = 3,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_INSERT}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key value",
        .deprecated_since = "2.6.12", .replaced_by = "`SET` with `NX`",
        .summary = "Sets a key to a string if it is absent.",
    },
    {
        .name = "setex", .handler = setex_command, .arity = 4,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "2.0.0", .complexity = "O(1)",
        .syntax = "key seconds value",
        .deprecated_since = "2.6.12", .replaced_by = "`SET` with `EX`",
        .summary = "Sets a key to a string with a time to live in seconds.",
    },
    {
        .name = "psetex", .handler = psetex_command, .arity = 4,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "2.6.0", .complexity = "O(1)",
        .syntax = "key milliseconds value",
        .deprecated_since = "2.6.12", .replaced_by = "`SET` with `PX`",
        .summary = "Sets a key to a string with a time to live in milliseconds.",
    },
    {
        .name = "getset", .handler = getset_command, .arity = 3,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key value",
        .deprecated_since = "6.2.0", .replaced_by = "`SET` with `GET`",
        .summary = "Sets a key to a string and returns the previous one.",
    },
    {
        .name = "getdel", .handler = getdel_command, .arity = 2,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_STRING, .since = "6.2.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the string value of a key and removes the key.",
    },
    {
        .name = "getex", .handler = getex_command, .arity = -2,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "6.2.0", .complexity = "O(1)",
        .syntax = "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT "
                  "unix-time-milliseconds | PERSIST]",
        .summary = "Returns the string value of a key and changes its deadline.",
    },
    {
        .name = "strlen", .handler = strlen_command, .arity = 2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_STRING, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .group = GROUP_STRING, .since = "2.2.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the length of a string.",
    },
    {
        .name = "getrange", .handler = getrange_command, .arity = 4,
        .flags = CMD_READONLY,
        .acl = ACL_STRING, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STRING, .since = "2.4.0", .complexity = "O(N) / O(1)",
        .syntax = "key start end",
        .summary = "Returns a part of a string.",
    },
    {
        .name = "substr", .handler = getrange_command, .arity = 4,
        .flags = CMD_READONLY,
        .acl = ACL_STRING, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(N) / O(1)",
        .syntax = "key start end",
        .deprecated_since = "2.0.0", .replaced_by = "`GETRANGE`",
        .summary = "Returns a part of a string, under the old name of GETRANGE.",
    },
    {
        .name = "mget", .handler = mget_command, .arity = -2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_STRING, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("request_policy:multi_shard"),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(N)",
        .syntax = "key [key ...]",
        .summary = "Returns the string values of many keys.",
    },
    {
        .name = "mset", .handler = mset_command, .arity = -3,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 2, 0),
                      .access = KEY_OW | KEY_UPDATE}),
        .tips = TIPS("request_policy:multi_shard", "response_policy:all_succeeded"),
        .group = GROUP_STRING, .since = "1.0.1", .complexity = "O(N)",
        .syntax = "key value [key value ...]",
        .summary = "Sets many keys to strings at once.",
    },
    {
        .name = "msetnx", .handler = msetnx_command, .arity = -3,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 2, 0),
                      .access = KEY_OW | KEY_INSERT}),
        .group = GROUP_STRING, .since = "1.0.1", .complexity = "O(N)",
        .syntax = "key value [key value ...]",
        .summary = "Sets many keys to strings if none of them exists.",
    },
    {
        .name = "msetex", .handler = msetex_command, .arity = -4,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_KEYNUM(0, 1, 2),
                      .access = KEY_OW | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "8.4.0", .complexity = "O(N), N keys",
        .syntax = "numkeys key value [key value ...] [NX | XX] [EX seconds | PX milliseconds | "
                  "EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
        .summary = "Sets many keys to strings with one condition and one deadline.",
    },
    {
        .name = "append", .handler = append_command, .arity = 3,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_STRING, .since = "2.0.0", .complexity = "O(1)",
        .syntax = "key value",
        .summary = "Appends bytes to a string, creating it if needed.",
    },
    {
        .name = "setrange", .handler = setrange_command, .arity = 4,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "2.2.0", .complexity = "O(1) / O(M)",
        .syntax = "key offset value",
        .summary = "Writes bytes over a part of a string, padding it with zero bytes.",
    },
    {
        .name = "incr", .handler = incr_command, .arity = 2,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Adds one to the integer that a key holds.",
    },
    {
        .name = "decr", .handler = decr_command, .arity = 2,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Subtracts one from the integer that a key holds.",
    },
    {
        .name = "incrby", .handler = incrby_command, .arity = 3,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key increment",
        .summary = "Adds to the integer that a key holds.",
    },
    {
        .name = "decrby", .handler = decrby_command, .arity = 3,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key decrement",
        .summary = "Subtracts from the integer that a key holds.",
    },
    {
        .name = "incrbyfloat", .handler = incrbyfloat_command, .arity = 3,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_STRING, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_STRING, .since = "2.6.0", .complexity = "O(1)",
        .syntax = "key increment",
        .summary = "Adds to the floating-point number that a key holds.",
    },
};
/* clang-format on */

const struct command_table string_commands = {rows, ARRAY_SIZE(rows)};
