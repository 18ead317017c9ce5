/*
 * Deadlines of the fields of a hash, and the commands that read or write fields together with them.
 *
 * Effects hold only the fields that changed and absolute times: HPEXPIREAT, HPERSIST, HDEL.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/hash_type.h"

enum { DEADLINE_BITS = 46, FIELD_ABSENT = -2, FIELD_WITHOUT_DEADLINE = -1 };

static const int64_t deadline_max_ms = (INT64_C(1) << DEADLINE_BITS) - 1;

/* ---- FIELDS numfields field … ---- */

/* The fields at the end of a request. */
struct field_args {
    size_t first;
    size_t count;
};

/*
 * Parses FIELDS at an argument and what follows.
 * per_field    arguments of each field: 2 with its value
 * count_error  what a count below 1 is answered with
 */
static bool parse_fields(const struct request *req, size_t index, size_t per_field,
                         const char *count_error, struct field_args *fields, struct reply *reply) {
    struct args_bounds bounds = {1, INT32_MAX, count_error};
    int64_t count;
    if (index + 1 >= request_argc(req) || !args_is(req, index, "fields")) {
        reply_error(reply, "ERR Mandatory argument FIELDS is missing or not at the right position");
        return false;
    }
    if (!args_bounded(req, index + 1, bounds, &count, reply)) {
        return false;
    }
    fields->first = index + 2;
    fields->count = (size_t)count;
    if (request_argc(req) - fields->first != per_field * fields->count) {
        reply_error(reply, "ERR The `numfields` parameter must match the number of arguments");
        return false;
    }
    return true;
}

static const char positive_error[] = "ERR Number of fields must be a positive integer";

/* Builds the effect of the fields that changed. */
struct field_effect {
    struct bytes *args;
    size_t argc;
};

static struct field_effect begin_effect(const struct bytes *head, size_t head_count,
                                        size_t field_arg_count) {
    struct field_effect effect = {alloc_new((head_count + field_arg_count) * sizeof(struct bytes)),
                                  head_count};
    for (size_t i = 0; i < head_count; i++) {
        effect.args[i] = head[i];
    }
    return effect;
}

static void add_to_effect(struct field_effect *effect, struct bytes arg) {
    effect->args[effect->argc++] = arg;
}

static void end_effect(struct request *req, struct field_effect *effect) {
    request_replay_as(req, effect->args, effect->argc);
    alloc_free(effect->args);
}

/* Says that fields were given a deadline: HPEXPIREAT; negative: none, HPERSIST. */
static void replay_deadline(struct request *req, int64_t deadline_ms, const struct bytes *names,
                            size_t count) {
    char deadline[REQUEST_NUMBER_SIZE];
    char number[REQUEST_NUMBER_SIZE];
    struct bytes expire[] = {BYTES("HPEXPIREAT"), request_arg(req, 1),
                             request_number(deadline, deadline_ms), BYTES("FIELDS"),
                             request_number(number, (int64_t)count)};
    struct bytes persist[] = {BYTES("HPERSIST"), request_arg(req, 1), BYTES("FIELDS"),
                              request_number(number, (int64_t)count)};
    struct field_effect effect = deadline_ms >= 0
                                     ? begin_effect(expire, ARRAY_SIZE(expire), count)
                                     : begin_effect(persist, ARRAY_SIZE(persist), count);
    for (size_t i = 0; i < count; i++) {
        add_to_effect(&effect, names[i]);
    }
    end_effect(req, &effect);
}

static void replay_delete(struct request *req, const struct bytes *names, size_t count) {
    struct bytes head[] = {BYTES("HDEL"), request_arg(req, 1)};
    struct field_effect effect = begin_effect(head, ARRAY_SIZE(head), count);
    for (size_t i = 0; i < count; i++) {
        add_to_effect(&effect, names[i]);
    }
    end_effect(req, &effect);
}

/* ---- HEXPIRE and its kin ---- */

enum condition { ALWAYS, IF_WITHOUT, IF_WITH, IF_LATER, IF_EARLIER };

static bool take_condition(const struct request *req, size_t index, enum condition *condition) {
    static const struct {
        const char *word;
        enum condition condition;
    } words[] = {{"nx", IF_WITHOUT}, {"xx", IF_WITH}, {"gt", IF_LATER}, {"lt", IF_EARLIER}};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (index < request_argc(req) && args_is(req, index, words[i].word)) {
            *condition = words[i].condition;
            return true;
        }
    }
    return false;
}

static bool holds(enum condition condition, int64_t old_ms, int64_t new_ms) {
    switch (condition) {
    case ALWAYS:
        return true;
    case IF_WITHOUT:
        return old_ms == HASH_NO_DEADLINE;
    case IF_WITH:
        return old_ms != HASH_NO_DEADLINE;
    case IF_LATER:
        return old_ms != HASH_NO_DEADLINE && new_ms > old_ms;
    case IF_EARLIER:
        return old_ms == HASH_NO_DEADLINE || new_ms < old_ms;
    }
    UNREACHABLE();
}

static bool refuse_time(const struct request *req, struct reply *reply) {
    reply_error_format(reply, "ERR invalid expire time in '%s' command", req->command->name);
    return false;
}

static bool to_deadline(const struct request *req, int64_t number, struct args_time time,
                        int64_t *deadline_ms, struct reply *reply) {
    if ((time.unit == ARGS_SECONDS &&
         __builtin_mul_overflow(number, CLOCK_MS_PER_SECOND, &number)) ||
        (!time.is_absolute && __builtin_add_overflow(number, clock_unix_ms(), &number)) ||
        number > deadline_max_ms) {
        return refuse_time(req, reply);
    }
    *deadline_ms = number;
    return true;
}

struct expire_options {
    int64_t deadline_ms;
    enum condition condition;
    struct field_args fields;
};

static bool parse_expire(const struct request *req, struct args_time time,
                         struct expire_options *options, struct reply *reply) {
    enum { CONDITION_INDEX = 3 };
    int64_t number;
    if (!args_integer(req, 2, &number, reply)) {
        return false;
    }
    if (number < 0) {
        reply_error(reply, "ERR invalid expire time, must be >= 0");
        return false;
    }
    size_t index = CONDITION_INDEX;
    options->condition = ALWAYS;
    if (!to_deadline(req, number, time, &options->deadline_ms, reply)) {
        return false;
    }
    index += take_condition(req, index, &options->condition);
    return parse_fields(req, index, 1, "ERR Parameter `numFields` should be greater than 0",
                        &options->fields, reply);
}

/* What becomes of one field: its reply. */
enum expire_result { EXPIRE_REFUSED = 0, EXPIRE_SET = 1, EXPIRE_DELETED = 2 };

static int64_t expire_field(struct value *value, struct bytes name,
                            const struct expire_options *options, bool is_past) {
    int64_t old_ms;
    if (!hash_type_deadline(value, name, &old_ms)) {
        return FIELD_ABSENT;
    }
    if (!holds(options->condition, old_ms, options->deadline_ms)) {
        return EXPIRE_REFUSED;
    }
    if (is_past) {
        (void)hash_type_delete(value, name);
        return EXPIRE_DELETED;
    }
    (void)hash_type_set_deadline(value, name, options->deadline_ms);
    return EXPIRE_SET;
}

static void expire_fields(struct request *req, struct args_time time, struct reply *reply) {
    struct open_key key;
    struct expire_options options;
    enum key_status status = request_write(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE || !parse_expire(req, time, &options, reply)) {
        return;
    }
    bool is_past = args_is_past(req, options.deadline_ms);
    struct bytes *changed = alloc_new(options.fields.count * sizeof *changed);
    size_t changed_count = 0;
    reply_array(reply, options.fields.count);
    for (size_t i = 0; i < options.fields.count; i++) {
        struct bytes name = request_arg(req, options.fields.first + i);
        int64_t result =
            status == KEY_ABSENT ? FIELD_ABSENT : expire_field(&key.value, name, &options, is_past);
        if (result > EXPIRE_REFUSED) {
            changed[changed_count++] = name;
        }
        reply_integer(reply, result);
    }
    if (changed_count > 0) {
        request_changed(req, &key, is_past ? EVENT_HDEL : EVENT_HEXPIRE, (int64_t)changed_count);
        if (is_past) {
            replay_delete(req, changed, changed_count);
        } else {
            replay_deadline(req, options.deadline_ms, changed, changed_count);
        }
    }
    alloc_free(changed);
}

/* HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...] */
static void hexpire_command(struct request *req, struct reply *reply) {
    expire_fields(req, (struct args_time){ARGS_SECONDS, false}, reply);
}

/* HPEXPIRE key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...] */
static void hpexpire_command(struct request *req, struct reply *reply) {
    expire_fields(req, (struct args_time){ARGS_MILLISECONDS, false}, reply);
}

/* HEXPIREAT key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...] */
static void hexpireat_command(struct request *req, struct reply *reply) {
    expire_fields(req, (struct args_time){ARGS_SECONDS, true}, reply);
}

/* HPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...] */
static void hpexpireat_command(struct request *req, struct reply *reply) {
    expire_fields(req, (struct args_time){ARGS_MILLISECONDS, true}, reply);
}

/* ---- HTTL and its kin ---- */

static int64_t tell_deadline(const struct open_key *key, bool is_present, struct bytes name,
                             struct args_time time) {
    int64_t deadline_ms;
    if (!is_present || !hash_type_deadline(&key->value, name, &deadline_ms)) {
        return FIELD_ABSENT;
    }
    if (deadline_ms == HASH_NO_DEADLINE) {
        return FIELD_WITHOUT_DEADLINE;
    }
    int64_t told_ms = time.is_absolute ? deadline_ms : deadline_ms - clock_unix_ms();
    told_ms = told_ms < 0 ? 0 : told_ms;
    return time.unit == ARGS_SECONDS ? (told_ms + CLOCK_MS_PER_SECOND - 1) / CLOCK_MS_PER_SECOND
                                     : told_ms;
}

static void tell_deadlines(struct request *req, struct args_time time, struct reply *reply) {
    struct open_key key;
    struct field_args fields;
    enum key_status status = request_read(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE || !parse_fields(req, 2, 1, positive_error, &fields, reply)) {
        return;
    }
    reply_array(reply, fields.count);
    for (size_t i = 0; i < fields.count; i++) {
        reply_integer(reply, tell_deadline(&key, status == KEY_PRESENT,
                                           request_arg(req, fields.first + i), time));
    }
}

/* HTTL key FIELDS numfields field [field ...] */
static void httl_command(struct request *req, struct reply *reply) {
    tell_deadlines(req, (struct args_time){ARGS_SECONDS, false}, reply);
}

/* HPTTL key FIELDS numfields field [field ...] */
static void hpttl_command(struct request *req, struct reply *reply) {
    tell_deadlines(req, (struct args_time){ARGS_MILLISECONDS, false}, reply);
}

/* HEXPIRETIME key FIELDS numfields field [field ...] */
static void hexpiretime_command(struct request *req, struct reply *reply) {
    tell_deadlines(req, (struct args_time){ARGS_SECONDS, true}, reply);
}

/* HPEXPIRETIME key FIELDS numfields field [field ...] */
static void hpexpiretime_command(struct request *req, struct reply *reply) {
    tell_deadlines(req, (struct args_time){ARGS_MILLISECONDS, true}, reply);
}

/* HPERSIST key FIELDS numfields field [field ...] */
static void hpersist_command(struct request *req, struct reply *reply) {
    struct open_key key;
    struct field_args fields;
    enum key_status status = request_write(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE || !parse_fields(req, 2, 1, positive_error, &fields, reply)) {
        return;
    }
    struct bytes *changed = alloc_new(fields.count * sizeof *changed);
    size_t changed_count = 0;
    reply_array(reply, fields.count);
    for (size_t i = 0; i < fields.count; i++) {
        struct bytes name = request_arg(req, fields.first + i);
        int64_t deadline_ms;
        if (status == KEY_ABSENT || !hash_type_deadline(&key.value, name, &deadline_ms)) {
            reply_integer(reply, FIELD_ABSENT);
        } else if (deadline_ms == HASH_NO_DEADLINE) {
            reply_integer(reply, FIELD_WITHOUT_DEADLINE);
        } else {
            (void)hash_type_set_deadline(&key.value, name, HASH_NO_DEADLINE);
            changed[changed_count++] = name;
            reply_integer(reply, 1);
        }
    }
    if (changed_count > 0) {
        request_changed(req, &key, EVENT_HPERSIST, (int64_t)changed_count);
        replay_deadline(req, HASH_NO_DEADLINE, changed, changed_count);
    }
    alloc_free(changed);
}

/* ---- HGETDEL, HGETEX ---- */

static bool reply_field(const struct open_key *key, bool is_present, struct bytes name,
                        struct reply *reply) {
    char scratch[HASH_SCRATCH_SIZE];
    struct bytes found;
    if (is_present && hash_type_get(&key->value, name, scratch, &found)) {
        reply_bulk(reply, found);
        return true;
    }
    reply_null(reply);
    return false;
}

/* HGETDEL key FIELDS numfields field [field ...] */
static void hgetdel_command(struct request *req, struct reply *reply) {
    struct open_key key;
    struct field_args fields;
    enum key_status status = request_write(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE || !parse_fields(req, 2, 1, positive_error, &fields, reply)) {
        return;
    }
    struct bytes *removed = alloc_new(fields.count * sizeof *removed);
    size_t removed_count = 0;
    reply_array(reply, fields.count);
    for (size_t i = 0; i < fields.count; i++) {
        struct bytes name = request_arg(req, fields.first + i);
        if (reply_field(&key, status == KEY_PRESENT, name, reply)) {
            (void)hash_type_delete(&key.value, name);
            removed[removed_count++] = name;
        }
    }
    if (removed_count > 0) {
        request_changed(req, &key, EVENT_HDEL, (int64_t)removed_count);
        replay_delete(req, removed, removed_count);
    }
    alloc_free(removed);
}

/* What HGETEX and HSETEX do with deadlines. */
enum deadline_action { DEADLINE_LEFT, DEADLINE_SET, DEADLINE_DROPPED };

struct timed_options {
    enum deadline_action action;
    int64_t deadline_ms;
    enum { FIELDS_ANY, FIELDS_ALL_NEW, FIELDS_ALL_PRESENT } field_condition;
    enum { KEY_ANY, KEY_IF_NEW, KEY_IF_PRESENT } key_condition;
    struct field_args fields;
};

/* Parses the time behind EX, PX, EXAT or PXAT. */
static bool parse_time(const struct request *req, size_t index, struct args_time time,
                       struct timed_options *options, struct reply *reply) {
    int64_t number;
    if (index >= request_argc(req)) {
        reply_error(reply, "ERR missing expire time");
        return false;
    }
    if (!args_integer(req, index, &number, reply)) {
        return false;
    }
    options->action = DEADLINE_SET;
    return number < 0 ? refuse_time(req, reply)
                      : to_deadline(req, number, time, &options->deadline_ms, reply);
}

/* Parses [EX | PX | EXAT | PXAT time | PERSIST] FIELDS … */
static bool parse_getex(const struct request *req, struct timed_options *options,
                        struct reply *reply) {
    struct args_time time;
    size_t index = 2;
    if (args_is_time_option(req, index, &time)) {
        if (!parse_time(req, index + 1, time, options, reply)) {
            return false;
        }
        index += 2;
    } else if (args_is(req, index, "persist")) {
        options->action = DEADLINE_DROPPED;
        index++;
    }
    return parse_fields(req, index, 1, positive_error, &options->fields, reply);
}

/* Does to a field that was read what the options ask for; true when it changed. */
static bool change_read_field(struct value *value, struct bytes name,
                              const struct timed_options *options, bool is_past) {
    int64_t old_ms;
    if (options->action == DEADLINE_LEFT || !hash_type_deadline(value, name, &old_ms)) {
        return false;
    }
    if (options->action == DEADLINE_DROPPED) {
        return old_ms != HASH_NO_DEADLINE && hash_type_set_deadline(value, name, HASH_NO_DEADLINE);
    }
    return is_past ? hash_type_delete(value, name)
                   : hash_type_set_deadline(value, name, options->deadline_ms);
}

static void tell_read_fields(struct request *req, struct open_key *key,
                             const struct timed_options *options, bool is_past,
                             const struct bytes *changed, size_t count) {
    if (is_past) {
        request_changed(req, key, EVENT_HDEL, (int64_t)count);
        replay_delete(req, changed, count);
    } else if (options->action == DEADLINE_DROPPED) {
        request_changed(req, key, EVENT_HPERSIST, (int64_t)count);
        replay_deadline(req, HASH_NO_DEADLINE, changed, count);
    } else {
        request_changed(req, key, EVENT_HEXPIRE, (int64_t)count);
        replay_deadline(req, options->deadline_ms, changed, count);
    }
}

/* HGETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST] FIELDS numfields field [field ...] */
static void hgetex_command(struct request *req, struct reply *reply) {
    struct open_key key;
    struct timed_options options = {.action = DEADLINE_LEFT};
    enum key_status status = request_write(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE || !parse_getex(req, &options, reply)) {
        return;
    }
    bool is_past = options.action == DEADLINE_SET && args_is_past(req, options.deadline_ms);
    struct bytes *changed = alloc_new(options.fields.count * sizeof *changed);
    size_t changed_count = 0;
    reply_array(reply, options.fields.count);
    for (size_t i = 0; i < options.fields.count; i++) {
        struct bytes name = request_arg(req, options.fields.first + i);
        if (reply_field(&key, status == KEY_PRESENT, name, reply) &&
            change_read_field(&key.value, name, &options, is_past)) {
            changed[changed_count++] = name;
        }
    }
    if (changed_count > 0) {
        tell_read_fields(req, &key, &options, is_past, changed, changed_count);
    }
    alloc_free(changed);
}

/* ---- HSETEX ---- */

/* Takes one option of HSETEX at *index; false after an error. */
static bool take_setex_option(const struct request *req, size_t *index,
                              struct timed_options *options, bool *has_field_condition,
                              struct reply *reply) {
    struct args_time time;
    bool is_time = args_is_time_option(req, *index, &time);
    if (is_time || args_is(req, *index, "keepttl")) {
        if (options->action != DEADLINE_DROPPED) {
            reply_error(reply, "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be "
                               "specified");
            return false;
        }
        options->action = DEADLINE_LEFT;
        return !is_time || parse_time(req, ++*index, time, options, reply);
    }
    if (args_is(req, *index, "fnx") || args_is(req, *index, "fxx")) {
        if (*has_field_condition) {
            reply_error(reply, "ERR Only one of FXX or FNX arguments can be specified");
            return false;
        }
        *has_field_condition = true;
        options->field_condition =
            args_is(req, *index, "fnx") ? FIELDS_ALL_NEW : FIELDS_ALL_PRESENT;
        return true;
    }
    if ((args_is(req, *index, "nx") || args_is(req, *index, "xx")) &&
        options->key_condition == KEY_ANY) {
        options->key_condition = args_is(req, *index, "nx") ? KEY_IF_NEW : KEY_IF_PRESENT;
        return true;
    }
    struct bytes word = request_arg(req, *index);
    reply_error_format(reply, "ERR unknown argument: %.*s", (int)word.length, word.data);
    return false;
}

static bool parse_setex(const struct request *req, struct timed_options *options,
                        struct reply *reply) {
    static const struct args_bounds bounds = {1, INT32_MAX, "ERR invalid number of fields"};
    bool has_field_condition = false;
    size_t index = 2;
    for (; index < request_argc(req) && !args_is(req, index, "fields"); index++) {
        if (!take_setex_option(req, &index, options, &has_field_condition, reply)) {
            return false;
        }
    }
    int64_t count;
    if (index + 1 >= request_argc(req)) {
        reply_error(reply, "ERR Mandatory argument FIELDS is missing or not at the right position");
        return false;
    }
    if (!args_bounded(req, index + 1, bounds, &count, reply)) {
        return false;
    }
    options->fields = (struct field_args){index + 2, (size_t)count};
    if (request_argc(req) - options->fields.first != 2 * options->fields.count) {
        reply_error_format(reply, "ERR wrong number of arguments for '%s' command",
                           req->command->name);
        return false;
    }
    return true;
}

static bool may_set(const struct request *req, const struct open_key *key,
                    const struct timed_options *options) {
    bool is_present = key->entry != NULL;
    if ((options->key_condition == KEY_IF_NEW && is_present) ||
        (options->key_condition == KEY_IF_PRESENT && !is_present)) {
        return false;
    }
    if (options->field_condition == FIELDS_ANY) {
        return true;
    }
    for (size_t i = 0; i < options->fields.count; i++) {
        int64_t deadline_ms;
        struct bytes name = request_arg(req, options->fields.first + 2 * i);
        bool is_there = is_present && hash_type_deadline(&key->value, name, &deadline_ms);
        if (is_there != (options->field_condition == FIELDS_ALL_PRESENT)) {
            return false;
        }
    }
    return true;
}

/* The effect: HSET where no deadline is at stake, else HSETEX with an absolute time. */
static void replay_set(struct request *req, const struct timed_options *options) {
    char deadline[REQUEST_NUMBER_SIZE];
    char number[REQUEST_NUMBER_SIZE];
    struct bytes count = request_number(number, (int64_t)options->fields.count);
    struct bytes plain[] = {BYTES("HSET"), request_arg(req, 1)};
    struct bytes keeping[] = {BYTES("HSETEX"), request_arg(req, 1), BYTES("KEEPTTL"),
                              BYTES("FIELDS"), count};
    struct bytes timed[] = {BYTES("HSETEX"), request_arg(req, 1),
                            BYTES("PXAT"),   request_number(deadline, options->deadline_ms),
                            BYTES("FIELDS"), count};
    size_t arg_count = 2 * options->fields.count;
    struct field_effect effect =
        options->action == DEADLINE_SET    ? begin_effect(timed, ARRAY_SIZE(timed), arg_count)
        : options->action == DEADLINE_LEFT ? begin_effect(keeping, ARRAY_SIZE(keeping), arg_count)
                                           : begin_effect(plain, ARRAY_SIZE(plain), arg_count);
    for (size_t i = 0; i < arg_count; i++) {
        add_to_effect(&effect, request_arg(req, options->fields.first + i));
    }
    end_effect(req, &effect);
}

/* Fields whose deadline is over when they are written: what was there goes. */
static void delete_instead(struct request *req, struct open_key *key,
                           const struct timed_options *options) {
    struct bytes *removed = alloc_new(options->fields.count * sizeof *removed);
    size_t removed_count = 0;
    for (size_t i = 0; key->entry != NULL && i < options->fields.count; i++) {
        struct bytes name = request_arg(req, options->fields.first + 2 * i);
        if (hash_type_delete(&key->value, name)) {
            removed[removed_count++] = name;
        }
    }
    if (removed_count > 0) {
        request_changed(req, key, EVENT_HDEL, (int64_t)removed_count);
        replay_delete(req, removed, removed_count);
    }
    alloc_free(removed);
}

/*
 * Writes the fields and says so. Fields that are absent here may still be there where the log is
 * replayed, with a deadline that KEEPTTL would keep.
 */
static void write_fields(struct request *req, struct open_key *key,
                         const struct timed_options *options) {
    size_t count = options->fields.count;
    bool keeps_deadlines = options->action == DEADLINE_LEFT && hash_type_is_timed(&key->value);
    struct bytes *absent = keeps_deadlines ? alloc_new(count * sizeof *absent) : NULL;
    size_t absent_count = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t old_ms;
        struct bytes name = request_arg(req, options->fields.first + 2 * i);
        if (keeps_deadlines && !hash_type_deadline(&key->value, name, &old_ms)) {
            absent[absent_count++] = name;
        }
        (void)hash_type_set(&key->value, name, request_arg(req, options->fields.first + 2 * i + 1),
                            options->action == DEADLINE_LEFT);
        if (options->action == DEADLINE_SET) {
            (void)hash_type_set_deadline(&key->value, name, options->deadline_ms);
        }
    }
    request_changed(req, key, EVENT_HSET, (int64_t)count);
    if (options->action == DEADLINE_SET) {
        request_announce(req, key, EVENT_HEXPIRE);
    }
    replay_set(req, options);
    if (absent_count > 0) {
        replay_deadline(req, HASH_NO_DEADLINE, absent, absent_count);
    }
    alloc_free(absent);
}

/*
 * HSETEX key [NX | XX] [FNX | FXX] [EX seconds | PX ms | EXAT s | PXAT ms | KEEPTTL]
 *     FIELDS numfields field value [field value ...]
 */
static void hsetex_command(struct request *req, struct reply *reply) {
    struct open_key key;
    struct timed_options options = {.action = DEADLINE_DROPPED};
    enum key_status status = request_write(req, 1, VALUE_HASH, &key, reply);
    if (status == KEY_WRONG_TYPE || !parse_setex(req, &options, reply)) {
        return;
    }
    if (!may_set(req, &key, &options)) {
        reply_integer(reply, 0);
        return;
    }
    reply_integer(reply, 1);
    if (options.action == DEADLINE_SET && args_is_past(req, options.deadline_ms)) {
        delete_instead(req, &key, &options);
        return;
    }
    if (status == KEY_ABSENT) {
        hash_type_create(&key.value);
    }
    hash_type_prepare(&key.value, req->args + options.fields.first, options.fields.count);
    write_fields(req, &key, &options);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "hexpire", .handler = hexpire_command, .arity = -6,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_HASH, .since = "7.4.0", .complexity = "O(N)",
        .syntax = "key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
        .summary = "Lets fields of a hash expire in seconds from now.",
    },
    {
        .name = "hpexpire", .handler = hpexpire_command, .arity = -6,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_HASH, .since = "7.4.0", .complexity = "O(N)",
        .syntax = "key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
        .summary = "Lets fields of a hash expire in milliseconds from now.",
    },
    {
        .name = "hexpireat", .handler = hexpireat_command, .arity = -6,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_HASH, .since = "7.4.0", .complexity = "O(N)",
        .syntax = "key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
        .summary = "Lets fields of a hash expire at a time in seconds.",
    },
    {
        .name = "hpexpireat", .handler = hpexpireat_command, .arity = -6,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_HASH, .since = "7.4.0", .complexity = "O(N)",
        .syntax = "key unix-time-milliseconds [NX | XX | GT | LT] "
                  "FIELDS numfields field [field ...]",
        .summary = "Lets fields of a hash expire at a time in milliseconds.",
    },
    {
        .name = "httl", .handler = httl_command, .arity = -5,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_HASH, .since = "7.4.0", .complexity = "O(N)",
        .syntax = "key FIELDS numfields field [field ...]",
        .summary = "Tells how many seconds are left to fields.",
    },
    {
        .name = "hpttl", .handler = hpttl_command, .arity = -5,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_HASH, .since = "7.4.0", .complexity = "O(N)",
        .syntax = "key FIELDS numfields field [field ...]",
        .summary = "Tells how many milliseconds are left to fields.",
    },
    {
        .name = "hexpiretime", .handler = hexpiretime_command, .arity = -5,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_HASH, .since = "7.4.0", .complexity = "O(N)",
        .syntax = "key FIELDS numfields field [field ...]",
        .summary = "Tells when fields expire, in seconds.",
    },
    {
        .name = "hpexpiretime", .handler = hpexpiretime_command, .arity = -5,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_HASH, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_HASH, .since = "7.4.0", .complexity = "O(N)",
        .syntax = "key FIELDS numfields field [field ...]",
        .summary = "Tells when fields expire, in milliseconds.",
    },
    {
        .name = "hpersist", .handler = hpersist_command, .arity = -5,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_HASH, .since = "7.4.0", .complexity = "O(N)",
        .syntax = "key FIELDS numfields field [field ...]",
        .summary = "Takes the deadlines of fields away.",
    },
    {
        .name = "hgetdel", .handler = hgetdel_command, .arity = -5,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_HASH, .since = "8.0.0", .complexity = "O(N)",
        .syntax = "key FIELDS numfields field [field ...]",
        .summary = "Reads fields of a hash and removes them.",
    },
    {
        .name = "hgetex", .handler = hgetex_command, .arity = -5,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_HASH, .since = "8.0.0", .complexity = "O(N)",
        .syntax = "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | "
                  "PXAT unix-time-milliseconds | PERSIST] "
                  "FIELDS numfields field [field ...]",
        .summary = "Reads fields of a hash and changes their deadlines.",
    },
    {
        .name = "hsetex", .handler = hsetex_command, .arity = -6,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_HASH, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_HASH, .since = "8.0.0", .complexity = "O(N)",
        .syntax = "key [NX | XX] [FNX | FXX] [EX seconds | PX milliseconds | "
                  "EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL] "
                  "FIELDS numfields field value [field value ...]",
        .summary = "Writes fields of a hash with a deadline.",
    },
};
/* clang-format on */

const struct command_table hash_deadline_commands = {rows, ARRAY_SIZE(rows)};
