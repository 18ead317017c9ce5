/*
 * The hash family but for deadlines of fields (hash_deadline_commands.c).
 */
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "server/server.h"
#include "types/hash_type.h"

#include <math.h>

enum { VALUE_INDEX = 3 };

/* ---- Writing ---- */

/* Opens the hash of a write, new if there is none; false after an error. */
static bool open_hash(struct request *req, struct open_key *key, struct reply *reply) {
    enum key_status status = request_write(req, 1, VALUE_HASH, key, reply);
    if (status == KEY_ABSENT) {
        hash_type_create(&key->value);
    }
    return status != KEY_WRONG_TYPE;
}

/* Writes the pairs of HSET and HMSET; false after an error. */
static bool set_pairs(struct request *req, int64_t *added, struct reply *reply) {
    struct open_key key;
    if (request_argc(req) % 2 != 0) {
        reply_error_format(reply, "ERR wrong number of arguments for '%s' command",
                           req->command->name);
        return false;
    }
    if (!open_hash(req, &key, reply)) {
        return false;
    }
    size_t pair_count = (request_argc(req) - 2) / 2;
    hash_type_prepare(&key.value, req->args + 2, pair_count);
    *added = 0;
    for (size_t i = 2; i < request_argc(req); i += 2) {
        *added += hash_type_set(&key.value, request_arg(req, i), request_arg(req, i + 1), false);
    }
    request_changed(req, &key, EVENT_HSET, (int64_t)pair_count);
    return true;
}

/* HSET key field value [field value ...] */
static void hset_command(struct request *req, struct reply *reply) {
    int64_t added;
    if (set_pairs(req, &added, reply)) {
        reply_integer(reply, added);
    }
}

/* HMSET key field value [field value ...] */
static void hmset_command(struct request *req, struct reply *reply) {
    int64_t added;
    if (set_pairs(req, &added, reply)) {
        reply_ok(reply);
    }
}

/*
 * The effect of writing a field that was absent into a hash with deadlines: where the log is
 * replayed, a field that was due here may still be there.
 */
static void replay_new_field(struct request *req, const struct open_key *key, struct bytes text) {
    struct bytes args[] = {BYTES("HSET"), request_arg(req, 1), request_arg(req, 2), text};
    if (UNLIKELY(hash_type_is_timed(&key->value))) {
        request_replay_as(req, args, ARRAY_SIZE(args));
    }
}

/* HSETNX key field value */
static void hsetnx_command(struct request *req, struct reply *reply) {
    struct open_key key;
    char scratch[HASH_SCRATCH_SIZE];
    struct bytes found;
    enum key_status status = request_write(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_PRESENT && hash_type_get(&key.value, request_arg(req, 2), scratch, &found)) {
        reply_integer(reply, 0);
        return;
    }
    if (status == KEY_ABSENT) {
        hash_type_create(&key.value);
    }
    (void)hash_type_set(&key.value, request_arg(req, 2), request_arg(req, VALUE_INDEX), false);
    request_changed(req, &key, EVENT_HSET, 1);
    replay_new_field(req, &key, request_arg(req, VALUE_INDEX));
    reply_integer(reply, 1);
}

/* HDEL key field [field ...] */
static void hdel_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    int64_t removed = 0;
    for (size_t i = 2; status == KEY_PRESENT && i < request_argc(req); i++) {
        removed += hash_type_delete(&key.value, request_arg(req, i));
    }
    if (removed > 0) {
        request_changed(req, &key, EVENT_HDEL, removed);
    }
    reply_integer(reply, removed);
}

/* ---- Counting ---- */

/* Reads a field of an open hash that may be new; an absent field is empty. */
static bool read_field(const struct open_key *key, struct bytes name,
                       char scratch[HASH_SCRATCH_SIZE], struct bytes *found) {
    return key->entry != NULL && hash_type_get(&key->value, name, scratch, found);
}

/* HINCRBY key field increment */
static void hincrby_command(struct request *req, struct reply *reply) {
    int64_t increment;
    struct open_key key;
    if (!args_integer(req, VALUE_INDEX, &increment, reply)) {
        return;
    }
    enum key_status status = request_write(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    char scratch[HASH_SCRATCH_SIZE];
    struct bytes found;
    int64_t number = 0;
    bool is_found = read_field(&key, request_arg(req, 2), scratch, &found);
    if (is_found && !text_parse_int64(found, &number)) {
        reply_error(reply, "ERR hash value is not an integer");
        return;
    }
    if (__builtin_add_overflow(number, increment, &number)) {
        reply_error(reply, "ERR increment or decrement would overflow");
        return;
    }
    if (status == KEY_ABSENT) {
        hash_type_create(&key.value);
    }
    char text[TEXT_INT64_MAX_SIZE];
    struct bytes printed = {text, text_print_int64(text, number)};
    (void)hash_type_set(&key.value, request_arg(req, 2), printed, true);
    request_changed(req, &key, EVENT_HINCRBY, 1);
    if (!is_found) {
        replay_new_field(req, &key, printed);
    }
    reply_integer(reply, number);
}

static bool parse_increment(const struct request *req, long double *increment,
                            struct reply *reply) {
    if (!text_parse_long_double(request_arg(req, VALUE_INDEX), increment)) {
        reply_error(reply, "ERR value is not a valid float");
        return false;
    }
    if (isnan(*increment) || isinf(*increment)) {
        reply_error(reply, "ERR value is NaN or Infinity");
        return false;
    }
    return true;
}

/* HINCRBYFLOAT key field increment */
static void hincrbyfloat_command(struct request *req, struct reply *reply) {
    long double increment;
    long double number = 0;
    struct open_key key;
    if (!parse_increment(req, &increment, reply)) {
        return;
    }
    enum key_status status = request_write(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    char scratch[HASH_SCRATCH_SIZE];
    struct bytes found;
    if (read_field(&key, request_arg(req, 2), scratch, &found) &&
        !text_parse_long_double(found, &number)) {
        reply_error(reply, "ERR hash value is not a float");
        return;
    }
    number += increment;
    if (isnan(number) || isinf(number)) {
        reply_error(reply, "ERR increment would produce NaN or Infinity");
        return;
    }
    if (status == KEY_ABSENT) {
        hash_type_create(&key.value);
    }
    char text[TEXT_LONG_DOUBLE_MAX_SIZE];
    struct bytes printed = {text, text_print_long_double(text, number)};
    int64_t deadline_ms = HASH_NO_DEADLINE;
    (void)hash_type_deadline(&key.value, request_arg(req, 2), &deadline_ms);
    (void)hash_type_set(&key.value, request_arg(req, 2), printed, true);
    request_changed(req, &key, EVENT_HINCRBYFLOAT, 1);
    struct bytes args[] = {BYTES("HSET"), request_arg(req, 1), request_arg(req, 2), printed};
    request_replay_as(req, args, ARRAY_SIZE(args));
    if (deadline_ms >= 0) { /* HSET drops the field's deadline: the effect sets it again. */
        char digits[REQUEST_NUMBER_SIZE];
        struct bytes again[] = {
            BYTES("HPEXPIREAT"), request_arg(req, 1), request_number(digits, deadline_ms),
            BYTES("FIELDS"),     BYTES("1"),          request_arg(req, 2)};
        request_replay_as(req, again, ARRAY_SIZE(again));
    }
    reply_bulk(reply, printed);
}

/* ---- Reading ---- */

static void reply_field(const struct open_key *key, bool is_present, struct bytes name,
                        struct reply *reply) {
    char scratch[HASH_SCRATCH_SIZE];
    struct bytes found;
    if (is_present && hash_type_get(&key->value, name, scratch, &found)) {
        reply_bulk(reply, found);
    } else {
        reply_null(reply);
    }
}

/* HGET key field */
static void hget_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_HASH, &key, reply);
    if (status != KEY_WRONG_TYPE) {
        reply_field(&key, status == KEY_PRESENT, request_arg(req, 2), reply);
    }
}

/* HMGET key field [field ...] */
static void hmget_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    reply_array(reply, request_argc(req) - 2);
    for (size_t i = 2; i < request_argc(req); i++) {
        reply_field(&key, status == KEY_PRESENT, request_arg(req, i), reply);
    }
}

/* The length of a field's value, and whether the field is there. */
static bool measure_field(struct request *req, size_t *length, bool *is_found,
                          struct reply *reply) {
    struct open_key key;
    char scratch[HASH_SCRATCH_SIZE];
    struct bytes found = {NULL, 0};
    enum key_status status = request_read(req, 1, VALUE_HASH, &key, reply);
    *is_found =
        status == KEY_PRESENT && hash_type_get(&key.value, request_arg(req, 2), scratch, &found);
    *length = found.length;
    return status != KEY_WRONG_TYPE;
}

/* HSTRLEN key field */
static void hstrlen_command(struct request *req, struct reply *reply) {
    size_t length;
    bool is_found;
    if (measure_field(req, &length, &is_found, reply)) {
        reply_integer(reply, is_found ? (int64_t)length : 0);
    }
}

/* HEXISTS key field */
static void hexists_command(struct request *req, struct reply *reply) {
    size_t length;
    bool is_found;
    if (measure_field(req, &length, &is_found, reply)) {
        reply_integer(reply, is_found);
    }
}

/* HLEN key */
static void hlen_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_HASH, &key, reply);
    if (status != KEY_WRONG_TYPE) {
        reply_integer(reply, status == KEY_ABSENT ? 0 : (int64_t)hash_type_length(&key.value));
    }
}

/* What of each field is told. */
enum told_part { TELL_NAMES = 1, TELL_VALUES = 2, TELL_BOTH = 3 };

struct field_reply {
    struct reply *reply;
    enum told_part part;
    bool in_pairs; /* each field an array of its own */
    size_t count;
};

static bool visit_reply(void *context, const struct hash_field *field) {
    struct field_reply *fields = context;
    if (fields->in_pairs) {
        reply_array(fields->reply, 2);
    }
    if ((fields->part & TELL_NAMES) != 0) {
        reply_bulk(fields->reply, field->name);
    }
    if ((fields->part & TELL_VALUES) != 0) {
        reply_bulk(fields->reply, field->value);
    }
    fields->count++;
    return true;
}

static void reply_all(struct request *req, enum told_part part, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct field_reply fields = {reply, part, false, 0};
    size_t mark = reply_begin(reply);
    if (status == KEY_PRESENT) {
        (void)hash_type_each(&key.value, visit_reply, &fields);
    }
    if (part == TELL_BOTH) {
        reply_end_map(reply, mark, fields.count);
    } else {
        reply_end_array(reply, mark, fields.count);
    }
}

/* HGETALL key */
static void hgetall_command(struct request *req, struct reply *reply) {
    reply_all(req, TELL_BOTH, reply);
}

/* HKEYS key */
static void hkeys_command(struct request *req, struct reply *reply) {
    reply_all(req, TELL_NAMES, reply);
}

/* HVALS key */
static void hvals_command(struct request *req, struct reply *reply) {
    reply_all(req, TELL_VALUES, reply);
}

struct field_filter {
    const struct args_scan *options;
    struct field_reply fields;
    uint64_t visited_count;
};

static bool visit_matching(void *context, const struct hash_field *field) {
    struct field_filter *filter = context;
    filter->visited_count++;
    return !args_scan_matches(filter->options, field->name) || visit_reply(&filter->fields, field);
}

/* HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES] */
static void hscan_command(struct request *req, struct reply *reply) {
    enum { FIRST_OPTION = 3 };
    uint64_t cursor;
    struct open_key key;
    if (!args_cursor(req, 2, &cursor, reply)) {
        return;
    }
    enum key_status status = request_read(req, 1, VALUE_HASH, &key, reply);
    struct args_scan options = {.count = 0};
    if (status == KEY_WRONG_TYPE ||
        (status == KEY_PRESENT &&
         !args_scan_options(req, FIRST_OPTION, "novalues", &options, reply))) {
        return;
    }
    enum told_part part = options.names_only ? TELL_NAMES : TELL_BOTH;
    struct field_filter filter = {&options, {reply, part, false, 0}, 0};
    reply_array(reply, 2);
    size_t cursor_mark = reply_begin(reply);
    size_t mark = reply_begin(reply);
    cursor = status == KEY_PRESENT ? cursor : 0;
    if (status == KEY_PRESENT) {
        do {
            cursor = hash_type_scan(&key.value, cursor, visit_matching, &filter);
        } while (cursor != 0 && filter.visited_count < options.count);
    }
    reply_end_array(reply, mark, filter.fields.count * (options.names_only ? 1 : 2));
    char number[TEXT_INT64_MAX_SIZE];
    reply_end_behind(reply, cursor_mark, (struct bytes){number, text_print_uint64(number, cursor)});
}

/* ---- At random ---- */

static bool parse_random(const struct request *req, int64_t *count, bool *with_values,
                         struct reply *reply) {
    enum { ARGC_MAX = 4, WITHVALUES_INDEX = 3 };
    static const struct args_bounds bounds = {
        -INT64_MAX, INT64_MAX,
        "ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807"};
    if (!args_integer(req, 2, count, reply) || !args_bounded(req, 2, bounds, count, reply)) {
        return false;
    }
    *with_values = request_argc(req) == ARGC_MAX;
    if (request_argc(req) > ARGC_MAX ||
        (*with_values && !args_is(req, WITHVALUES_INDEX, "withvalues"))) {
        reply_syntax_error(reply);
        return false;
    }
    if (*with_values && (*count < -INT64_MAX / 2 || *count > INT64_MAX / 2)) {
        reply_error(reply, "ERR value is out of range");
        return false;
    }
    return true;
}

static void random_count(struct request *req, struct reply *reply) {
    int64_t wanted;
    bool with_values;
    struct open_key key;
    if (!parse_random(req, &wanted, &with_values, reply)) {
        return;
    }
    enum key_status status = request_read(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct field_reply fields = {reply, with_values ? TELL_BOTH : TELL_NAMES,
                                 with_values && reply->protocol == RESP3, 0};
    struct random *random = &req->server->random;
    size_t mark = reply_begin(reply);
    if (status == KEY_PRESENT && wanted > 0) {
        hash_type_sample(&key.value, random, (size_t)wanted, visit_reply, &fields);
    }
    for (int64_t i = 0; status == KEY_PRESENT && i > wanted; i--) {
        if (!args_reply_fits(req, mark, (uint64_t)(i - wanted), reply)) {
            return;
        }
        if (!hash_type_random(&key.value, random, visit_reply, &fields)) {
            break;
        }
    }
    bool is_flat = with_values && !fields.in_pairs;
    reply_end_array(reply, mark, is_flat ? 2 * fields.count : fields.count);
}

/* HRANDFIELD key [count [WITHVALUES]] */
static void hrandfield_command(struct request *req, struct reply *reply) {
    if (request_argc(req) > 2) {
        random_count(req, reply);
        return;
    }
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_HASH, &key, reply);
    struct field_reply fields = {reply, TELL_NAMES, false, 0};
    if (status != KEY_WRONG_TYPE &&
        (status == KEY_ABSENT ||
         !hash_type_random(&key.value, &req->server->random, visit_reply, &fields))) {
        reply_null(reply);
    }
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "hset", .handler = hset_command, .arity = -4,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .element = 2,
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(1) / O(N)",
        .syntax = "key field value [field value ...]",
        .summary = "Writes fields of a hash, creating it if needed.",
        .history = HISTORY({"4.0.0", "Several fields in one command."}),
    },
    {
        .name = "hmset", .handler = hmset_command, .arity = -4,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .element = 2,
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "key field value [field value ...]",
        .summary = "Writes fields of a hash; HSET does the same and says more.",
        .replaced_by = "HSET with several field-value pairs", .deprecated_since = "4.0.0",
    },
    {
        .name = "hsetnx", .handler = hsetnx_command, .arity = 4,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .element = 2,
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(1)",
        .syntax = "key field value",
        .summary = "Writes a field of a hash unless it is there.",
    },
    {
        .name = "hdel", .handler = hdel_command, .arity = -3,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .element = 2,
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "key field [field ...]",
        .summary = "Removes fields of a hash; an emptied hash goes.",
        .history = HISTORY({"2.4.0", "Several fields in one command."}),
    },
    {
        .name = "hincrby", .handler = hincrby_command, .arity = 4,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .element = 2,
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(1)",
        .syntax = "key field increment",
        .summary = "Adds to the integer that a field holds.",
    },
    {
        .name = "hincrbyfloat", .handler = hincrbyfloat_command, .arity = 4,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .element = 2,
        .group = GROUP_HASH, .since = "2.6.0", .complexity = "O(1)",
        .syntax = "key field increment",
        .summary = "Adds to the floating-point number that a field holds.",
    },
    {
        .name = "hget", .handler = hget_command, .arity = 3,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .element = 2,
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(1)",
        .syntax = "key field",
        .summary = "Reads a field of a hash.",
    },
    {
        .name = "hmget", .handler = hmget_command, .arity = -3,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .element = 2,
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "key field [field ...]",
        .summary = "Reads several fields of a hash.",
    },
    {
        .name = "hstrlen", .handler = hstrlen_command, .arity = 3,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .element = 2,
        .group = GROUP_HASH, .since = "3.2.0", .complexity = "O(1)",
        .syntax = "key field",
        .summary = "Tells how many bytes a field's value has.",
    },
    {
        .name = "hexists", .handler = hexists_command, .arity = 3,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .element = 2,
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(1)",
        .syntax = "key field",
        .summary = "Says whether a hash has a field.",
    },
    {
        .name = "hlen", .handler = hlen_command, .arity = 2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Counts the fields of a hash.",
    },
    {
        .name = "hgetall", .handler = hgetall_command, .arity = 2,
        .flags = CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output_order"),
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "key",
        .summary = "Reads all fields of a hash with their values.",
    },
    {
        .name = "hkeys", .handler = hkeys_command, .arity = 2,
        .flags = CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output_order"),
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "key",
        .summary = "Reads the names of all fields of a hash.",
    },
    {
        .name = "hvals", .handler = hvals_command, .arity = 2,
        .flags = CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output_order"),
        .group = GROUP_HASH, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "key",
        .summary = "Reads the values of all fields of a hash.",
    },
    {
        .name = "hscan", .handler = hscan_command, .arity = -3,
        .flags = CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_HASH, .since = "2.8.0", .complexity = "O(1) / O(N)",
        .syntax = "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
        .summary = "Walks the fields of a hash, some at a time.",
    },
    {
        .name = "hrandfield", .handler = hrandfield_command, .arity = -2,
        .flags = CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_HASH, .since = "6.2.0", .complexity = "O(N)",
        .syntax = "key [count [WITHVALUES]]",
        .summary = "Reads random fields of a hash.",
    },
};
/* clang-format on */

const struct command_table hash_commands = {rows, ARRAY_SIZE(rows)};
