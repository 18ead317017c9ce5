/*
 * The list family but for commands that may wait (list_blocking_commands.c).
 */
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/list_type.h"

/* ---- Pushing ---- */

static enum key_event push_event(enum list_end end) {
    return end == LIST_HEAD ? EVENT_LPUSH : EVENT_RPUSH;
}

static enum key_event pop_event(enum list_end end) {
    return end == LIST_HEAD ? EVENT_LPOP : EVENT_RPOP;
}

static void push(struct request *req, enum list_end end, bool only_present, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_LIST, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT) {
        if (only_present) {
            reply_integer(reply, 0);
            return;
        }
        list_type_create(&key.value);
    }
    size_t count = request_argc(req) - 2;
    list_type_prepare(&key.value, req->args + 2, count);
    for (size_t i = 0; i < count; i++) {
        list_type_push(&key.value, request_arg(req, 2 + i), end);
    }
    request_changed(req, &key, push_event(end), (int64_t)count);
    reply_integer(reply, (int64_t)list_type_length(&key.value));
}

/* LPUSH key element [element ...] */
static void lpush_command(struct request *req, struct reply *reply) {
    push(req, LIST_HEAD, false, reply);
}

/* RPUSH key element [element ...] */
static void rpush_command(struct request *req, struct reply *reply) {
    push(req, LIST_TAIL, false, reply);
}

/* LPUSHX key element [element ...] */
static void lpushx_command(struct request *req, struct reply *reply) {
    push(req, LIST_HEAD, true, reply);
}

/* RPUSHX key element [element ...] */
static void rpushx_command(struct request *req, struct reply *reply) {
    push(req, LIST_TAIL, true, reply);
}

/* LINSERT key BEFORE | AFTER pivot element */
static void linsert_command(struct request *req, struct reply *reply) {
    enum { PIVOT_INDEX = 3, ELEMENT_INDEX = 4 };
    bool behind = args_is(req, 2, "after");
    if (!behind && !args_is(req, 2, "before")) {
        reply_syntax_error(reply);
        return;
    }
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_LIST, &key, reply);
    if (status != KEY_PRESENT) {
        if (status == KEY_ABSENT) {
            reply_integer(reply, 0);
        }
        return;
    }
    struct bytes element = request_arg(req, ELEMENT_INDEX);
    list_type_prepare(&key.value, &element, 1);
    bool is_found = list_type_insert(&key.value, request_arg(req, PIVOT_INDEX), element, behind);
    if (!is_found) {
        (void)keyspace_store(&key);
        reply_integer(reply, -1);
        return;
    }
    request_changed(req, &key, EVENT_LINSERT, 1);
    reply_integer(reply, (int64_t)list_type_length(&key.value));
}

/* ---- Reading ---- */

static bool reply_element(void *context, size_t index, struct bytes element) {
    (void)index;
    reply_bulk(context, element);
    return true;
}

/* LLEN key */
static void llen_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_LIST, &key, reply);
    if (status != KEY_WRONG_TYPE) {
        reply_integer(reply, status == KEY_ABSENT ? 0 : (int64_t)list_type_length(&key.value));
    }
}

/* LINDEX key index */
static void lindex_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_LIST, &key, reply);
    if (status != KEY_PRESENT) {
        if (status == KEY_ABSENT) {
            reply_null(reply);
        }
        return;
    }
    int64_t index;
    if (!args_integer(req, 2, &index, reply)) {
        return;
    }
    char scratch[LIST_SCRATCH_SIZE];
    struct bytes element;
    if (list_type_get(&key.value, index, scratch, &element)) {
        reply_bulk(reply, element);
    } else {
        reply_null(reply);
    }
}

/* Indexes of a range, with negative ones resolved and both cut to the list. */
struct span {
    size_t first;
    size_t count;
};

static struct span resolve_range(int64_t start, int64_t stop, size_t length) {
    int64_t size = (int64_t)length;
    start = start < 0 ? start + size : start;
    stop = stop < 0 ? stop + size : stop;
    start = start < 0 ? 0 : start;
    stop = stop >= size ? size - 1 : stop;
    if (start > stop || start >= size) {
        return (struct span){0, 0};
    }
    return (struct span){(size_t)start, (size_t)(stop - start) + 1};
}

static bool parse_range(const struct request *req, int64_t *start, int64_t *stop,
                        struct reply *reply) {
    enum { STOP_INDEX = 3 };
    return args_integer(req, 2, start, reply) && args_integer(req, STOP_INDEX, stop, reply);
}

/* LRANGE key start stop */
static void lrange_command(struct request *req, struct reply *reply) {
    int64_t start;
    int64_t stop;
    struct open_key key;
    if (!parse_range(req, &start, &stop, reply)) {
        return;
    }
    enum key_status status = request_read(req, 1, VALUE_LIST, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT) {
        reply_array(reply, 0);
        return;
    }
    struct span span = resolve_range(start, stop, list_type_length(&key.value));
    reply_array(reply, span.count);
    if (span.count > 0) {
        list_type_range(&key.value, span.first, span.count, false, reply_element, reply);
    }
}

struct position_search {
    struct bytes element;
    struct reply *reply;
    uint64_t skipped_count; /* matches still to pass over: RANK */
    uint64_t wanted_count;  /* 0 = all */
    uint64_t found_count;
};

static bool visit_position(void *context, size_t index, struct bytes element) {
    struct position_search *search = context;
    if (!bytes_equal(element, search->element)) {
        return true;
    }
    if (search->skipped_count > 0) {
        search->skipped_count--;
        return true;
    }
    reply_integer(search->reply, (int64_t)index);
    search->found_count++;
    return search->wanted_count == 0 || search->found_count < search->wanted_count;
}

struct lpos_options {
    int64_t rank;
    int64_t count; /* -1 = not given */
    int64_t max_length;
};

static bool parse_lpos_options(const struct request *req, struct lpos_options *options,
                               struct reply *reply) {
    enum { FIRST_OPTION = 3 };
    static const struct args_bounds count_bounds = {0, INT64_MAX, "ERR COUNT can't be negative"};
    static const struct args_bounds length_bounds = {0, INT64_MAX, "ERR MAXLEN can't be negative"};
    for (size_t i = FIRST_OPTION; i < request_argc(req); i += 2) {
        bool has_operand = i + 1 < request_argc(req);
        if (has_operand && args_is(req, i, "rank")) {
            if (!args_integer(req, i + 1, &options->rank, reply)) {
                return false;
            }
            if (options->rank == INT64_MIN) {
                reply_error(reply, "ERR value is out of range, value must between "
                                   "-9223372036854775807 and 9223372036854775807");
                return false;
            }
            if (options->rank == 0) {
                reply_error(reply, "ERR RANK can't be zero: use 1 to start from the first match, 2 "
                                   "from the second ... or use negative to start from the end of "
                                   "the list");
                return false;
            }
        } else if (has_operand && args_is(req, i, "count")) {
            if (!args_bounded(req, i + 1, count_bounds, &options->count, reply)) {
                return false;
            }
        } else if (has_operand && args_is(req, i, "maxlen")) {
            if (!args_bounded(req, i + 1, length_bounds, &options->max_length, reply)) {
                return false;
            }
        } else {
            reply_syntax_error(reply);
            return false;
        }
    }
    return true;
}

/* LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len] */
static void lpos_command(struct request *req, struct reply *reply) {
    struct lpos_options options = {.rank = 1, .count = -1};
    if (!parse_lpos_options(req, &options, reply)) {
        return;
    }
    bool wants_array = options.count >= 0;
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_LIST, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct position_search search = {
        .element = request_arg(req, 2),
        .reply = reply,
        .skipped_count = (uint64_t)(options.rank < 0 ? -options.rank : options.rank) - 1,
        .wanted_count = wants_array ? (uint64_t)options.count : 1,
    };
    size_t mark = wants_array ? reply_begin(reply) : 0;
    if (status == KEY_PRESENT) {
        size_t length = list_type_length(&key.value);
        size_t compared = options.max_length == 0 || (uint64_t)options.max_length > length
                              ? length
                              : (size_t)options.max_length;
        bool backwards = options.rank < 0;
        list_type_range(&key.value, backwards ? length - 1 : 0, compared, backwards, visit_position,
                        &search);
    }
    if (wants_array) {
        reply_end_array(reply, mark, search.found_count);
    } else if (search.found_count == 0) {
        reply_null(reply);
    }
}

/* ---- Popping ---- */

/* Replies with `count` elements from one end, in the order in which they are popped. */
static void reply_popped(const struct value *value, enum list_end end, size_t count,
                         struct reply *reply) {
    size_t length = list_type_length(value);
    list_type_range(value, end == LIST_HEAD ? 0 : length - 1, count, end == LIST_TAIL,
                    reply_element, reply);
}

static void pop(struct request *req, enum list_end end, struct reply *reply) {
    enum { ARGC_MAX = 3 };
    bool has_count = request_argc(req) > 2;
    int64_t wanted = 1;
    if (request_argc(req) > ARGC_MAX) {
        reply_error_format(reply, "ERR wrong number of arguments for '%s' command",
                           req->command->name);
        return;
    }
    if (has_count && !args_positive(req, 2, &wanted, reply)) {
        return;
    }
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_LIST, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT) {
        if (has_count) {
            reply_null_array(reply);
        } else {
            reply_null(reply);
        }
        return;
    }
    size_t length = list_type_length(&key.value);
    size_t count = (uint64_t)wanted < length ? (size_t)wanted : length;
    if (has_count) {
        reply_array(reply, count);
    }
    if (count == 0) {
        return;
    }
    reply_popped(&key.value, end, count, reply);
    list_type_drop(&key.value, end, count);
    request_changed(req, &key, pop_event(end), (int64_t)count);
}

/* LPOP key [count] */
static void lpop_command(struct request *req, struct reply *reply) {
    pop(req, LIST_HEAD, reply);
}

/* RPOP key [count] */
static void rpop_command(struct request *req, struct reply *reply) {
    pop(req, LIST_TAIL, reply);
}

/* ---- Changing ---- */

/* LSET key index element */
static void lset_command(struct request *req, struct reply *reply) {
    enum { ELEMENT_INDEX = 3 };
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_LIST, &key, reply);
    if (status != KEY_PRESENT) {
        if (status == KEY_ABSENT) {
            reply_no_such_key(reply);
        }
        return;
    }
    int64_t index;
    if (!args_integer(req, 2, &index, reply)) {
        return;
    }
    struct bytes element = request_arg(req, ELEMENT_INDEX);
    list_type_prepare(&key.value, &element, 1);
    if (!list_type_set(&key.value, index, element)) {
        (void)keyspace_store(&key);
        reply_out_of_range(reply);
        return;
    }
    request_changed(req, &key, EVENT_LSET, 1);
    reply_ok(reply);
}

/* LTRIM key start stop */
static void ltrim_command(struct request *req, struct reply *reply) {
    int64_t start;
    int64_t stop;
    struct open_key key;
    if (!parse_range(req, &start, &stop, reply)) {
        return;
    }
    enum key_status status = request_write(req, 1, VALUE_LIST, &key, reply);
    if (status != KEY_PRESENT) {
        if (status == KEY_ABSENT) {
            reply_ok(reply);
        }
        return;
    }
    size_t length = list_type_length(&key.value);
    struct span span = resolve_range(start, stop, length);
    list_type_drop(&key.value, LIST_TAIL, length - span.first - span.count);
    list_type_drop(&key.value, LIST_HEAD, span.first);
    request_changed(req, &key, EVENT_LTRIM, (int64_t)(length - span.count));
    reply_ok(reply);
}

/* LREM key count element */
static void lrem_command(struct request *req, struct reply *reply) {
    enum { ELEMENT_INDEX = 3 };
    int64_t count;
    if (!args_integer(req, 2, &count, reply)) {
        return;
    }
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_LIST, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    size_t removed = 0;
    if (status == KEY_PRESENT) {
        removed = list_type_remove(&key.value, request_arg(req, ELEMENT_INDEX), count);
        if (removed > 0) {
            request_changed(req, &key, EVENT_LREM, (int64_t)removed);
        }
    }
    reply_integer(reply, (int64_t)removed);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "lpush", .handler = lpush_command, .arity = -3,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_LIST, .since = "1.0.0", .complexity = "O(1) / O(N)",
        .syntax = "key element [element ...]",
        .summary = "Adds elements to the head of a list, creating it if needed.",
    },
    {
        .name = "rpush", .handler = rpush_command, .arity = -3,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_LIST, .since = "1.0.0", .complexity = "O(1) / O(N)",
        .syntax = "key element [element ...]",
        .summary = "Adds elements to the tail of a list, creating it if needed.",
    },
    {
        .name = "lpushx", .handler = lpushx_command, .arity = -3,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_LIST, .since = "2.2.0", .complexity = "O(1) / O(N)",
        .syntax = "key element [element ...]",
        .summary = "Adds elements to the head of a list that exists.",
    },
    {
        .name = "rpushx", .handler = rpushx_command, .arity = -3,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_LIST, .since = "2.2.0", .complexity = "O(1) / O(N)",
        .syntax = "key element [element ...]",
        .summary = "Adds elements to the tail of a list that exists.",
    },
    {
        .name = "linsert", .handler = linsert_command, .arity = 5,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_LIST, .since = "2.2.0", .complexity = "O(N) / O(1)",
        .syntax = "key <BEFORE | AFTER> pivot element",
        .summary = "Inserts an element next to another one.",
    },
    {
        .name = "llen", .handler = llen_command, .arity = 2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_LIST, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .group = GROUP_LIST, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the length of a list.",
    },
    {
        .name = "lindex", .handler = lindex_command, .arity = 3,
        .flags = CMD_READONLY,
        .acl = ACL_LIST, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_LIST, .since = "1.0.0", .complexity = "O(N) / O(1)",
        .syntax = "key index",
        .summary = "Returns the element at an index of a list.",
    },
    {
        .name = "lrange", .handler = lrange_command, .arity = 4,
        .flags = CMD_READONLY,
        .acl = ACL_LIST, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_LIST, .since = "1.0.0", .complexity = "O(S+N)",
        .syntax = "key start stop",
        .summary = "Returns a range of elements of a list.",
    },
    {
        .name = "lpos", .handler = lpos_command, .arity = -3,
        .flags = CMD_READONLY,
        .acl = ACL_LIST, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_LIST, .since = "6.0.6", .complexity = "O(N)",
        .syntax = "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
        .summary = "Returns the indexes at which an element stands in a list.",
    },
    {
        .name = "lpop", .handler = lpop_command, .arity = -2,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_LIST, .since = "1.0.0", .complexity = "O(N)",
        .syntax = "key [count]",
        .summary = "Removes and returns elements from the head of a list.",
    },
    {
        .name = "rpop", .handler = rpop_command, .arity = -2,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_LIST, .since = "1.0.0", .complexity = "O(N)",
        .syntax = "key [count]",
        .summary = "Removes and returns elements from the tail of a list.",
    },
    {
        .name = "lset", .handler = lset_command, .arity = 4,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_LIST, .since = "1.0.0", .complexity = "O(N) / O(1)",
        .syntax = "key index element",
        .summary = "Replaces the element at an index of a list.",
    },
    {
        .name = "ltrim", .handler = ltrim_command, .arity = 4,
        .flags = CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .group = GROUP_LIST, .since = "1.0.0", .complexity = "O(N)",
        .syntax = "key start stop",
        .summary = "Keeps only a range of elements of a list.",
    },
    {
        .name = "lrem", .handler = lrem_command, .arity = 4,
        .flags = CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .group = GROUP_LIST, .since = "1.0.0", .complexity = "O(N+M)",
        .syntax = "key count element",
        .summary = "Removes elements that are equal to a value from a list.",
    },
};
/* clang-format on */

const struct command_table list_commands = {rows, ARRAY_SIZE(rows)};
