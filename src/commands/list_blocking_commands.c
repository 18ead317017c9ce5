/*
 * Lists as queues: commands that take from one list, or move between two, and that may wait until
 * there is something to take. A waiting command runs again from its start when a key changes.
 */
#include "base/alloc.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/list_type.h"

static enum key_event push_event(enum list_end end) {
    return end == LIST_HEAD ? EVENT_LPUSH : EVENT_RPUSH;
}

static enum key_event pop_event(enum list_end end) {
    return end == LIST_HEAD ? EVENT_LPOP : EVENT_RPOP;
}

static struct bytes end_name(enum list_end end) {
    return end == LIST_HEAD ? BYTES("LEFT") : BYTES("RIGHT");
}

static bool parse_end(const struct request *req, size_t index, enum list_end *end,
                      struct reply *reply) {
    if (args_is(req, index, "left") || args_is(req, index, "right")) {
        *end = args_is(req, index, "left") ? LIST_HEAD : LIST_TAIL;
        return true;
    }
    reply_syntax_error(reply);
    return false;
}

static bool reply_element(void *context, size_t index, struct bytes element) {
    (void)index;
    reply_bulk(context, element);
    return true;
}

static void reply_range(const struct value *value, enum list_end end, size_t count,
                        struct reply *reply) {
    size_t length = list_type_length(value);
    list_type_range(value, end == LIST_HEAD ? 0 : length - 1, count, end == LIST_TAIL,
                    reply_element, reply);
}

/* The effect of taking elements: LPOP or RPOP, with a count if one was asked for. */
static void replay_pop(struct request *req, size_t key_index, enum list_end end, bool has_count,
                       size_t count) {
    char number[REQUEST_NUMBER_SIZE];
    struct bytes args[] = {end == LIST_HEAD ? BYTES("LPOP") : BYTES("RPOP"),
                           request_arg(req, key_index), request_number(number, (int64_t)count)};
    request_replay_as(req, args, has_count ? ARRAY_SIZE(args) : ARRAY_SIZE(args) - 1);
}

enum pop_result { POP_NOTHING, POP_DONE, POP_FAILED };

/*
 * Opens the list under a key for taking. A waiting request passes over keys that hold another type
 * meanwhile: it was promised a list.
 */
static enum pop_result open_list(struct request *req, size_t index, struct open_key *key,
                                 struct reply *reply) {
    if ((req->flags & REQUEST_REEXECUTED) != 0) {
        bool is_list = request_write_any(req, index, key) && key->value.type == VALUE_LIST;
        return is_list ? POP_DONE : POP_NOTHING;
    }
    switch (request_write(req, index, VALUE_LIST, key, reply)) {
    case KEY_ABSENT:
        return POP_NOTHING;
    case KEY_PRESENT:
        return POP_DONE;
    case KEY_WRONG_TYPE:
        return POP_FAILED;
    }
    UNREACHABLE();
}

static void wait_for_keys(struct request *req, size_t first_key, size_t key_count,
                          double timeout_seconds) {
    size_t *indexes = alloc_new(key_count * sizeof *indexes);
    for (size_t i = 0; i < key_count; i++) {
        indexes[i] = first_key + i;
    }
    struct block_options options = {
        .timeout_seconds = timeout_seconds,
        .type = VALUE_LIST,
        .timeout_reply = TIMEOUT_NULL_ARRAY,
    };
    request_block(req, indexes, key_count, &options);
    alloc_free(indexes);
}

/* ---- BLPOP, BRPOP ---- */

/* Takes one element from the first list that has some; replies with key and element. */
static enum pop_result pop_one(struct request *req, size_t index, enum list_end end,
                               struct reply *reply) {
    struct open_key key;
    enum pop_result result = open_list(req, index, &key, reply);
    if (result != POP_DONE) {
        return result;
    }
    reply_array(reply, 2);
    reply_bulk(reply, request_arg(req, index));
    reply_range(&key.value, end, 1, reply);
    list_type_drop(&key.value, end, 1);
    request_changed(req, &key, pop_event(end), 1);
    replay_pop(req, index, end, false, 1);
    return POP_DONE;
}

static void blocking_pop(struct request *req, enum list_end end, struct reply *reply) {
    size_t timeout_index = request_argc(req) - 1;
    double timeout_seconds;
    if (!args_timeout(req, timeout_index, &timeout_seconds, reply)) {
        return;
    }
    for (size_t i = 1; i < timeout_index; i++) {
        if (pop_one(req, i, end, reply) != POP_NOTHING) {
            return;
        }
    }
    if (request_may_block(req)) {
        wait_for_keys(req, 1, timeout_index - 1, timeout_seconds);
    } else {
        reply_null_array(reply);
    }
}

/* BLPOP key [key ...] timeout */
static void blpop_command(struct request *req, struct reply *reply) {
    blocking_pop(req, LIST_HEAD, reply);
}

/* BRPOP key [key ...] timeout */
static void brpop_command(struct request *req, struct reply *reply) {
    blocking_pop(req, LIST_TAIL, reply);
}

/* ---- LMPOP, BLMPOP ---- */

struct mpop_options {
    size_t first_key;
    size_t key_count;
    enum list_end end;
    int64_t count;
};

static bool parse_mpop_options(const struct request *req, size_t numkeys_index,
                               struct mpop_options *options, struct reply *reply) {
    static const struct args_bounds key_bounds = {1, INT64_MAX,
                                                  "ERR numkeys should be greater than 0"};
    static const struct args_bounds count_bounds = {1, INT64_MAX,
                                                    "ERR count should be greater than 0"};
    int64_t key_count;
    if (!args_bounded(req, numkeys_index, key_bounds, &key_count, reply)) {
        return false;
    }
    options->first_key = numkeys_index + 1;
    options->count = -1;
    if ((uint64_t)key_count >= request_argc(req) - options->first_key) {
        reply_syntax_error(reply);
        return false;
    }
    options->key_count = (size_t)key_count;
    size_t end_index = options->first_key + options->key_count;
    if (!parse_end(req, end_index, &options->end, reply)) {
        return false;
    }
    for (size_t i = end_index + 1; i < request_argc(req); i += 2) {
        if (options->count != -1 || i + 1 >= request_argc(req) || !args_is(req, i, "count")) {
            reply_syntax_error(reply);
            return false;
        }
        if (!args_bounded(req, i + 1, count_bounds, &options->count, reply)) {
            return false;
        }
    }
    options->count = options->count == -1 ? 1 : options->count;
    return true;
}

static enum pop_result pop_many(struct request *req, size_t index,
                                const struct mpop_options *options, struct reply *reply) {
    struct open_key key;
    enum pop_result result = open_list(req, index, &key, reply);
    if (result != POP_DONE) {
        return result;
    }
    size_t length = list_type_length(&key.value);
    size_t count = (uint64_t)options->count < length ? (size_t)options->count : length;
    reply_array(reply, 2);
    reply_bulk(reply, request_arg(req, index));
    reply_array(reply, count);
    reply_range(&key.value, options->end, count, reply);
    list_type_drop(&key.value, options->end, count);
    request_changed(req, &key, pop_event(options->end), (int64_t)count);
    replay_pop(req, index, options->end, true, count);
    return POP_DONE;
}

/* Takes from the first list that has some; false when none has. */
static bool pop_first(struct request *req, const struct mpop_options *options,
                      struct reply *reply) {
    for (size_t i = 0; i < options->key_count; i++) {
        if (pop_many(req, options->first_key + i, options, reply) != POP_NOTHING) {
            return true;
        }
    }
    return false;
}

/* LMPOP numkeys key [key ...] LEFT | RIGHT [COUNT count] */
static void lmpop_command(struct request *req, struct reply *reply) {
    struct mpop_options options;
    if (parse_mpop_options(req, 1, &options, reply) && !pop_first(req, &options, reply)) {
        reply_null_array(reply);
    }
}

/* BLMPOP timeout numkeys key [key ...] LEFT | RIGHT [COUNT count] */
static void blmpop_command(struct request *req, struct reply *reply) {
    struct mpop_options options;
    double timeout_seconds;
    if (!parse_mpop_options(req, 2, &options, reply) ||
        !args_timeout(req, 1, &timeout_seconds, reply) || pop_first(req, &options, reply)) {
        return;
    }
    if (request_may_block(req)) {
        wait_for_keys(req, options.first_key, options.key_count, timeout_seconds);
    } else {
        reply_null_array(reply);
    }
}

/* ---- LMOVE and its kin ---- */

struct move {
    enum list_end from;
    enum list_end to;
    size_t wanted_count;
    bool is_exact;    /* all or nothing */
    bool keeps_order; /* BULK: the elements keep their order */
};

/* The elements that a move takes, copied: pushing may move the memory in which they stand. */
struct moved_elements {
    sds *items;
    size_t count;
};

static bool copy_element(void *context, size_t index, struct bytes element) {
    (void)index;
    struct moved_elements *elements = context;
    elements->items[elements->count++] = sds_new(element);
    return true;
}

static struct moved_elements take_elements(struct value *value, enum list_end end, size_t count) {
    struct moved_elements elements = {alloc_new(count * sizeof(sds)), 0};
    size_t length = list_type_length(value);
    list_type_range(value, end == LIST_HEAD ? 0 : length - 1, count, end == LIST_TAIL, copy_element,
                    &elements);
    list_type_drop(value, end, count);
    return elements;
}

static void free_elements(struct moved_elements *elements) {
    for (size_t i = 0; i < elements->count; i++) {
        sds_free(elements->items[i]);
    }
    alloc_free(elements->items);
}

/*
 * The order in which elements are pushed: as they were taken, one by one; or backwards, where that
 * is what keeps the order of a block.
 */
static bool pushes_backwards(const struct move *move) {
    return move->keeps_order && move->from == move->to;
}

static struct bytes pushed_element(const struct moved_elements *elements, const struct move *move,
                                   size_t index) {
    size_t at = pushes_backwards(move) ? elements->count - 1 - index : index;
    return sds_view(elements->items[at]);
}

static void push_elements(struct value *value, const struct moved_elements *elements,
                          const struct move *move) {
    for (size_t i = 0; i < elements->count; i++) {
        struct bytes element = pushed_element(elements, move, i);
        list_type_prepare(value, &element, 1);
        list_type_push(value, element, move->to);
    }
}

/* Replies with the moved elements in the order in which they stand in the destination. */
static void reply_moved(const struct moved_elements *elements, const struct move *move,
                        struct reply *reply) {
    reply_array(reply, elements->count);
    for (size_t i = 0; i < elements->count; i++) {
        size_t index = move->to == LIST_HEAD ? elements->count - 1 - i : i;
        reply_bulk(reply, pushed_element(elements, move, index));
    }
}

static void change_lists(struct request *req, struct open_key *source, const struct move *move,
                         const struct moved_elements *elements) {
    bool is_same = bytes_equal(request_arg(req, 1), request_arg(req, 2));
    if (is_same) {
        push_elements(&source->value, elements, move);
        request_changed(req, source, push_event(move->to), 1);
        request_announce(req, source, pop_event(move->from));
        return;
    }
    struct open_key target;
    if (!request_write_any(req, 2, &target)) {
        list_type_create(&target.value);
    }
    push_elements(&target.value, elements, move);
    request_changed(req, &target, push_event(move->to), 1);
    request_changed(req, source, pop_event(move->from), 1);
}

static bool target_is_list(struct request *req, struct reply *reply) {
    struct open_key target;
    return request_write(req, 2, VALUE_LIST, &target, reply) != KEY_WRONG_TYPE;
}

/* Takes and pushes. The caller checked types and that the source has enough. */
static struct moved_elements move_elements(struct request *req, const struct move *move,
                                           size_t count) {
    struct open_key source;
    (void)request_write_any(req, 1, &source);
    struct moved_elements elements = take_elements(&source.value, move->from, count);
    change_lists(req, &source, move, &elements);
    return elements;
}

/* How many elements the move can take now; 0 when there are too few. POP_FAILED: wrong type. */
static enum pop_result count_movable(struct request *req, const struct move *move, size_t *count,
                                     struct reply *reply) {
    struct open_key source;
    enum pop_result result = open_list(req, 1, &source, reply);
    if (result != POP_DONE) {
        return result;
    }
    size_t length = list_type_length(&source.value);
    if (move->is_exact && length < move->wanted_count) {
        return POP_NOTHING;
    }
    *count = length < move->wanted_count ? length : move->wanted_count;
    return target_is_list(req, reply) ? POP_DONE : POP_FAILED;
}

static void replay_move(struct request *req, bool old_name, const struct move *move) {
    struct bytes args[] = {old_name ? BYTES("RPOPLPUSH") : BYTES("LMOVE"), request_arg(req, 1),
                           request_arg(req, 2), end_name(move->from), end_name(move->to)};
    enum { OLD_ARGC = 3 };
    request_replay_as(req, args, old_name ? OLD_ARGC : ARRAY_SIZE(args));
}

/* Moves one element. Returns POP_NOTHING when the source is empty. */
static enum pop_result move_one(struct request *req, const struct move *move, bool old_name,
                                struct reply *reply) {
    size_t count;
    enum pop_result result = count_movable(req, move, &count, reply);
    if (result != POP_DONE) {
        return result;
    }
    struct moved_elements elements = move_elements(req, move, 1);
    reply_bulk(reply, sds_view(elements.items[0]));
    free_elements(&elements);
    replay_move(req, old_name, move);
    return POP_DONE;
}

static void move_or_null(struct request *req, const struct move *move, bool old_name,
                         struct reply *reply) {
    if (move_one(req, move, old_name, reply) == POP_NOTHING) {
        reply_null(reply);
    }
}

static void move_or_wait(struct request *req, const struct move *move, bool old_name,
                         double timeout_seconds, struct reply *reply) {
    if (move_one(req, move, old_name, reply) != POP_NOTHING) {
        return;
    }
    if (request_may_block(req)) {
        wait_for_keys(req, 1, 1, timeout_seconds);
    } else {
        reply_null(reply);
    }
}

static bool parse_ends(const struct request *req, struct move *move, struct reply *reply) {
    enum { FROM_INDEX = 3, TO_INDEX = 4 };
    *move = (struct move){.wanted_count = 1};
    return parse_end(req, FROM_INDEX, &move->from, reply) &&
           parse_end(req, TO_INDEX, &move->to, reply);
}

static const struct move tail_to_head = {LIST_TAIL, LIST_HEAD, 1, false, false};

/* RPOPLPUSH source destination */
static void rpoplpush_command(struct request *req, struct reply *reply) {
    move_or_null(req, &tail_to_head, true, reply);
}

/* LMOVE source destination LEFT | RIGHT LEFT | RIGHT */
static void lmove_command(struct request *req, struct reply *reply) {
    struct move move;
    if (parse_ends(req, &move, reply)) {
        move_or_null(req, &move, false, reply);
    }
}

/* BRPOPLPUSH source destination timeout */
static void brpoplpush_command(struct request *req, struct reply *reply) {
    enum { TIMEOUT_INDEX = 3 };
    double timeout_seconds;
    if (args_timeout(req, TIMEOUT_INDEX, &timeout_seconds, reply)) {
        move_or_wait(req, &tail_to_head, true, timeout_seconds, reply);
    }
}

/* BLMOVE source destination LEFT | RIGHT LEFT | RIGHT timeout */
static void blmove_command(struct request *req, struct reply *reply) {
    enum { TIMEOUT_INDEX = 5 };
    struct move move;
    double timeout_seconds;
    if (parse_ends(req, &move, reply) &&
        args_timeout(req, TIMEOUT_INDEX, &timeout_seconds, reply)) {
        move_or_wait(req, &move, false, timeout_seconds, reply);
    }
}

/* ---- LMOVEM, BLMOVEM ---- */

/* The options behind the ends (and the timeout): COUNT n | EXACTLY n, then OBO | BULK. */
static bool parse_block_options(const struct request *req, size_t first, struct move *move,
                                struct reply *reply) {
    enum { OPTION_COUNT = 3 };
    static const struct args_bounds bounds = {1, INT64_MAX, "ERR count should be greater than 0"};
    if (request_argc(req) == first) {
        return true;
    }
    bool is_exact = args_is(req, first, "exactly");
    if (request_argc(req) != first + OPTION_COUNT || (!is_exact && !args_is(req, first, "count")) ||
        (!args_is(req, first + 2, "obo") && !args_is(req, first + 2, "bulk"))) {
        reply_syntax_error(reply);
        return false;
    }
    int64_t count;
    if (!args_bounded(req, first + 1, bounds, &count, reply)) {
        return false;
    }
    move->wanted_count = (size_t)count;
    move->is_exact = is_exact;
    move->keeps_order = args_is(req, first + 2, "bulk");
    return true;
}

/* The effect of a block that was taken from an end of a list and put back to the same end. */
static void replay_turned_block(struct request *req, const struct move *move,
                                const struct moved_elements *elements) {
    if (pushes_backwards(move)) {
        request_replay_nothing(req);
        return;
    }
    for (size_t i = 0; i < elements->count; i++) {
        char number[REQUEST_NUMBER_SIZE];
        int64_t index = move->to == LIST_HEAD ? (int64_t)i : -1 - (int64_t)i;
        struct bytes args[] = {BYTES("LSET"), request_arg(req, 1), request_number(number, index),
                               sds_view(elements->items[elements->count - 1 - i])};
        request_replay_as(req, args, ARRAY_SIZE(args));
    }
}

/* The effect of a block: the elements one by one, or (when their order turns) a pop and a push. */
static void replay_block(struct request *req, const struct move *move,
                         const struct moved_elements *elements) {
    if (move->from == move->to && bytes_equal(request_arg(req, 1), request_arg(req, 2))) {
        replay_turned_block(req, move, elements);
        return;
    }
    if (!pushes_backwards(move)) {
        for (size_t i = 0; i < elements->count; i++) {
            replay_move(req, false, move);
        }
        return;
    }
    replay_pop(req, 1, move->from, true, elements->count);
    struct bytes *args = alloc_new((elements->count + 2) * sizeof *args);
    args[0] = move->to == LIST_HEAD ? BYTES("LPUSH") : BYTES("RPUSH");
    args[1] = request_arg(req, 2);
    for (size_t i = 0; i < elements->count; i++) {
        args[2 + i] = pushed_element(elements, move, i);
    }
    request_replay_as(req, args, elements->count + 2);
    alloc_free(args);
}

static enum pop_result move_block(struct request *req, const struct move *move,
                                  struct reply *reply) {
    size_t count;
    enum pop_result result = count_movable(req, move, &count, reply);
    if (result != POP_DONE) {
        return result;
    }
    struct moved_elements elements = move_elements(req, move, count);
    reply_moved(&elements, move, reply);
    if (request_is_recorded(req)) {
        replay_block(req, move, &elements);
    }
    free_elements(&elements);
    return POP_DONE;
}

/*
 * LMOVEM source destination LEFT | RIGHT LEFT | RIGHT
 *        [COUNT count | EXACTLY count OBO | BULK]
 */
static void lmovem_command(struct request *req, struct reply *reply) {
    enum { FIRST_OPTION = 5 };
    struct move move;
    if (!parse_ends(req, &move, reply) || !parse_block_options(req, FIRST_OPTION, &move, reply) ||
        move_block(req, &move, reply) != POP_NOTHING) {
        return;
    }
    if (move.is_exact) {
        reply_null_array(reply);
    } else {
        reply_array(reply, 0);
    }
}

/*
 * BLMOVEM source destination LEFT | RIGHT LEFT | RIGHT timeout
 *         [COUNT count | EXACTLY count OBO | BULK]
 */
static void blmovem_command(struct request *req, struct reply *reply) {
    enum { TIMEOUT_INDEX = 5, FIRST_OPTION = 6 };
    struct move move;
    double timeout_seconds;
    if (!parse_ends(req, &move, reply) ||
        !args_timeout(req, TIMEOUT_INDEX, &timeout_seconds, reply) ||
        !parse_block_options(req, FIRST_OPTION, &move, reply) ||
        move_block(req, &move, reply) != POP_NOTHING) {
        return;
    }
    if (request_may_block(req)) {
        wait_for_keys(req, 1, 1, timeout_seconds);
    } else {
        reply_null_array(reply);
    }
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "blpop", .handler = blpop_command, .arity = -3,
        .flags = CMD_BLOCKING | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-2, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_LIST, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "key [key ...] timeout",
        .summary = "Removes and returns the head of the first list that has elements, or waits "
                   "for one.",
    },
    {
        .name = "brpop", .handler = brpop_command, .arity = -3,
        .flags = CMD_BLOCKING | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-2, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_LIST, .since = "2.0.0", .complexity = "O(N)",
        .syntax = "key [key ...] timeout",
        .summary = "Removes and returns the tail of the first list that has elements, or waits "
                   "for one.",
    },
    {
        .name = "lmpop", .handler = lmpop_command, .arity = -4,
        .flags = CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_LIST, .since = "7.0.0", .complexity = "O(N+M)",
        .syntax = "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
        .summary = "Removes and returns elements of the first list that has some.",
    },
    {
        .name = "blmpop", .handler = blmpop_command, .arity = -5,
        .flags = CMD_BLOCKING | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(2), .find = KEY_KEYNUM(0, 1, 1),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE}),
        .group = GROUP_LIST, .since = "7.0.0", .complexity = "O(N+M)",
        .syntax = "timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
        .summary = "Removes and returns elements of the first list that has some, or waits for "
                   "them.",
    },
    {
        .name = "rpoplpush", .handler = rpoplpush_command, .arity = 3,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_LIST, .since = "1.2.0", .complexity = "O(1)",
        .syntax = "source destination",
        .deprecated_since = "6.2.0", .replaced_by = "`LMOVE` with `RIGHT` and `LEFT`",
        .summary = "Moves the tail of a list to the head of another.",
    },
    {
        .name = "lmove", .handler = lmove_command, .arity = 5,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_LIST, .since = "6.2.0", .complexity = "O(1)",
        .syntax = "source destination <LEFT | RIGHT> <LEFT | RIGHT>",
        .summary = "Moves an element from an end of a list to an end of another.",
    },
    {
        .name = "brpoplpush", .handler = brpoplpush_command, .arity = 4,
        .flags = CMD_BLOCKING | CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_LIST, .since = "2.2.0", .complexity = "O(1)",
        .syntax = "source destination timeout",
        .deprecated_since = "6.2.0", .replaced_by = "`BLMOVE` with `RIGHT` and `LEFT`",
        .summary = "Moves the tail of a list to the head of another, or waits for it.",
    },
    {
        .name = "blmove", .handler = blmove_command, .arity = 6,
        .flags = CMD_BLOCKING | CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_LIST, .since = "6.2.0", .complexity = "O(1)",
        .syntax = "source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout",
        .summary = "Moves an element from an end of a list to an end of another, or waits for it.",
    },
    {
        .name = "lmovem", .handler = lmovem_command, .arity = -5,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_LIST, .since = "8.10.0", .complexity = "O(N), N elements moved",
        .syntax = "source destination <LEFT | RIGHT> <LEFT | RIGHT> [<COUNT count | EXACTLY "
                  "count> <OBO | BULK>]",
        .summary = "Moves many elements from an end of a list to an end of another.",
    },
    {
        .name = "blmovem", .handler = blmovem_command, .arity = -6,
        .flags = CMD_BLOCKING | CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_LIST, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_LIST, .since = "8.10.0", .complexity = "O(N), N elements moved",
        .syntax = "source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout [<COUNT count | "
                  "EXACTLY count> <OBO | BULK>]",
        .summary = "Moves many elements from an end of a list to an end of another, or waits for "
                   "them.",
    },
};
/* clang-format on */

const struct command_table list_blocking_commands = {rows, ARRAY_SIZE(rows)};
