/*
 * SORT and SORT_RO.
 *
 * Elements are copied into one buffer, with their weights behind them, since what a visitor gets
 * is dead after its call; items hold offsets into the buffer. Equal numbers are put in
 * the order of the elements; equal bytes stay as they came, as on the oracle.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/dispatch.h"
#include "server/request.h"
#include "types/hash_type.h"
#include "types/list_type.h"
#include "types/set_type.h"
#include "types/string_type.h"
#include "types/value_ops.h"
#include "types/zset_type.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sort_options {
    size_t by;    /* the argument with the pattern, 0 = none */
    size_t store; /* the argument with the key, 0 = none */
    bool is_unsorted;
    bool is_descending;
    bool is_alpha;
    int64_t offset;
    int64_t limit;
    size_t get_count;
};

/* A part of the buffer. */
struct part {
    size_t at;
    size_t length;
};

struct item {
    struct part element;
    struct part weight; /* by bytes */
    double score;       /* by number */
    bool has_weight;
};

struct sorting {
    struct request *req;
    const struct sort_options *options;
    sds buffer;
    struct item *items;
    size_t count;
    bool has_no_order; /* the elements come in that of a table */
    sds name;          /* of the key that a pattern names, remade for each */
};

/* ---- Options ---- */

enum sort_word {
    WORD_NONE,
    WORD_ASC,
    WORD_DESC,
    WORD_ALPHA,
    WORD_LIMIT,
    WORD_STORE,
    WORD_BY,
    WORD_GET
};

/* The option at an argument, if its operands are there, and their number. */
static enum sort_word word_at(const struct bytes *args, size_t argc, size_t index,
                              size_t *operand_count) {
    static const struct {
        const char *text;
        size_t operand_count;
    } words[] = {
        [WORD_NONE] = {NULL, 0},     [WORD_ASC] = {"asc", 0},     [WORD_DESC] = {"desc", 0},
        [WORD_ALPHA] = {"alpha", 0}, [WORD_LIMIT] = {"limit", 2}, [WORD_STORE] = {"store", 1},
        [WORD_BY] = {"by", 1},       [WORD_GET] = {"get", 1},
    };
    for (size_t i = WORD_ASC; i <= WORD_GET; i++) {
        if (bytes_is(args[index], words[i].text) && index + words[i].operand_count < argc) {
            *operand_count = words[i].operand_count;
            return (enum sort_word)i;
        }
    }
    return WORD_NONE;
}

static bool take_word(const struct request *req, size_t index, enum sort_word word,
                      struct sort_options *options, struct reply *reply) {
    switch (word) {
    case WORD_ASC:
    case WORD_DESC:
        options->is_descending = word == WORD_DESC;
        return true;
    case WORD_ALPHA:
        options->is_alpha = true;
        return true;
    case WORD_LIMIT:
        return args_integer(req, index + 1, &options->offset, reply) &&
               args_integer(req, index + 2, &options->limit, reply);
    case WORD_STORE:
        options->store = index + 1;
        return true;
    case WORD_BY: {
        struct bytes pattern = request_arg(req, index + 1);
        options->by = index + 1;
        /* As in the stock server, a later pattern with a star does not bring the order back. */
        options->is_unsorted |= memchr(pattern.data, '*', pattern.length) == NULL;
        return true;
    }
    case WORD_GET:
        options->get_count++;
        return true;
    case WORD_NONE:
        reply_syntax_error(reply);
        return false;
    }
    UNREACHABLE();
}

static bool parse_options(const struct request *req, bool may_store, struct sort_options *options,
                          struct reply *reply) {
    *options = (struct sort_options){.limit = -1};
    size_t operand_count = 0;
    for (size_t i = 2; i < request_argc(req); i += 1 + operand_count) {
        operand_count = 0;
        enum sort_word word = word_at(req->args, request_argc(req), i, &operand_count);
        if (word == WORD_STORE && !may_store) {
            word = WORD_NONE;
        }
        if (!take_word(req, i, word, options, reply)) {
            return false;
        }
    }
    return true;
}

/* ---- Patterns ---- */

/*
 * Makes the key name of a pattern in sorting->name: the element takes the place of the first *.
 * *field: what stands behind "->", empty without. False without a *.
 */
static bool substitute(struct sorting *sorting, struct bytes pattern, struct bytes element,
                       struct bytes *field) {
    enum { ARROW_SIZE = 2 };
    const char *star = pattern.length > 0 ? memchr(pattern.data, '*', pattern.length) : NULL;
    if (star == NULL) {
        return false;
    }
    struct bytes prefix = {pattern.data, (size_t)(star - pattern.data)};
    struct bytes suffix = {star + 1, pattern.length - prefix.length - 1};
    const char *arrow = memmem(suffix.data, suffix.length, "->", ARROW_SIZE);
    *field = (struct bytes){NULL, 0};
    if (arrow != NULL && (size_t)(arrow - suffix.data) + ARROW_SIZE < suffix.length) {
        size_t length = (size_t)(arrow - suffix.data);
        *field = (struct bytes){arrow + ARROW_SIZE, suffix.length - length - ARROW_SIZE};
        suffix.length = length;
    }
    sds_set_length(sorting->name, 0);
    sorting->name = sds_append(sorting->name, prefix);
    sorting->name = sds_append(sorting->name, element);
    sorting->name = sds_append(sorting->name, suffix);
    return true;
}

/* Memory for the text of an integer. */
union scratch {
    char string[STRING_SCRATCH_SIZE];
    char hash[HASH_SCRATCH_SIZE];
};

/* What a pattern gives for an element: a view into a value or scratch. False: nothing. */
static bool look_up(struct sorting *sorting, struct bytes pattern, struct bytes element,
                    union scratch *scratch, struct bytes *found) {
    struct bytes field;
    if (bytes_equal(pattern, BYTES("#"))) {
        *found = element;
        return true;
    }
    if (!substitute(sorting, pattern, element, &field)) {
        return false;
    }
    struct bytes name = sds_view(sorting->name);
    struct open_key key;
    if (!keyspace_open_read(sorting->req->database, name, hash_bytes(name), OPEN_COUNTED, &key)) {
        return false;
    }
    if (field.length > 0) {
        return key.value.type == VALUE_HASH &&
               hash_type_get(&key.value, field, scratch->hash, found);
    }
    if (key.value.type != VALUE_STRING) {
        return false;
    }
    *found = string_bytes(&key.value, scratch->string);
    return true;
}

/* ---- Elements ---- */

static struct bytes bytes_of(const struct sorting *sorting, struct part part) {
    return (struct bytes){sorting->buffer + part.at, part.length};
}

static struct part keep(struct sorting *sorting, struct bytes bytes) {
    struct part part = {sds_length(sorting->buffer), bytes.length};
    sorting->buffer = sds_append(sorting->buffer, bytes);
    return part;
}

static bool take_member(void *context, struct bytes member) {
    struct sorting *sorting = context;
    struct part element = keep(sorting, member);
    sorting->items[sorting->count++] = (struct item){.element = element};
    return true;
}

static bool take_element(void *context, size_t index, struct bytes element) {
    (void)index;
    return take_member(context, element);
}

static bool take_pair(void *context, struct bytes member, double score) {
    (void)score;
    return take_member(context, member);
}

/* The elements that LIMIT leaves of `length`. */
static struct part limited(const struct sort_options *options, size_t length) {
    size_t start = options->offset < 0 ? 0 : (size_t)options->offset;
    if (start >= length) {
        return (struct part){0, 0};
    }
    size_t count = length - start;
    if (options->limit >= 0 && (size_t)options->limit < count) {
        count = (size_t)options->limit;
    }
    return (struct part){start, count};
}

/* Takes all elements, or of what keeps its order only those that are asked for. */
static void take_elements(struct sorting *sorting, const struct value *value, struct part *wanted) {
    const struct sort_options *options = sorting->options;
    size_t length = value_ops_length(value);
    *wanted = limited(options, length);
    struct part taken = {0, length};
    bool is_backwards = options->is_unsorted && options->is_descending;
    if (options->is_unsorted && value->type != VALUE_SET) {
        taken = *wanted;
        wanted->at = 0;
    }
    sorting->items = alloc_new((taken.length + 1) * sizeof *sorting->items);
    size_t first = is_backwards ? length - 1 - taken.at : taken.at;
    if (taken.length == 0) {
        return;
    }
    if (value->type == VALUE_LIST) {
        list_type_range(value, first, taken.length, is_backwards, take_element, sorting);
    } else if (value->type == VALUE_ZSET) {
        zset_type_range(value, first, taken.length, is_backwards, take_pair, sorting);
    } else {
        (void)set_type_each(value, take_member, sorting);
    }
}

/* As strtod reads it, all of it; nothing is 0. */
static bool parse_score(struct bytes text, double *score) {
    enum { TEXT_SIZE = 512 };
    char copy[TEXT_SIZE];
    if (text.length >= sizeof copy) {
        return false;
    }
    memcpy(copy, text.length > 0 ? text.data : "", text.length);
    copy[text.length] = '\0';
    char *rest;
    errno = 0;
    *score = strtod(copy, &rest);
    return *rest == '\0' && errno != ERANGE && !isnan(*score);
}

/* Gives each item its weight. False when one is no number. */
static bool weigh(struct sorting *sorting) {
    const struct sort_options *options = sorting->options;
    for (size_t i = 0; i < sorting->count; i++) {
        struct item *item = &sorting->items[i];
        union scratch scratch;
        struct bytes weight = bytes_of(sorting, item->element);
        if (options->by != 0 &&
            !look_up(sorting, request_arg(sorting->req, options->by), weight, &scratch, &weight)) {
            continue;
        }
        if (!options->is_alpha && !parse_score(weight, &item->score)) {
            return false;
        }
        item->has_weight = true;
        item->weight = item->element;
        if (options->is_alpha && options->by != 0) {
            item->weight = keep(sorting, weight);
        }
    }
    return true;
}

static int compare_weights(const struct sorting *sorting, const struct item *a,
                           const struct item *b) {
    if (!sorting->options->is_alpha) {
        return (a->score > b->score) - (a->score < b->score);
    }
    if (!a->has_weight || !b->has_weight) {
        return (int)a->has_weight - (int)b->has_weight;
    }
    return bytes_compare(bytes_of(sorting, a->weight), bytes_of(sorting, b->weight));
}

static int compare_items(const void *a, const void *b, void *context) {
    const struct sorting *sorting = context;
    const struct item *first = a;
    const struct item *second = b;
    int order = compare_weights(sorting, first, second);
    if (order == 0 && (!sorting->options->is_alpha || sorting->has_no_order)) {
        order =
            bytes_compare(bytes_of(sorting, first->element), bytes_of(sorting, second->element));
    }
    if (order == 0) { /* Sorted by other bytes: as they came, in both directions. */
        return (first->element.at > second->element.at) - (first->element.at < second->element.at);
    }
    return sorting->options->is_descending ? -order : order;
}

/* ---- Results ---- */

/* Gets each value of the result; NULL data: nothing. */
typedef void (*result_visitor)(void *context, const struct bytes *value);

static void each_result(struct sorting *sorting, struct part wanted, result_visitor visit,
                        void *context) {
    const struct request *req = sorting->req;
    for (size_t i = wanted.at; i < wanted.at + wanted.length; i++) {
        struct bytes element = bytes_of(sorting, sorting->items[i].element);
        if (sorting->options->get_count == 0) {
            visit(context, &element);
            continue;
        }
        size_t operand_count = 0;
        for (size_t j = 2; j < request_argc(req); j += 1 + operand_count) {
            operand_count = 0;
            if (word_at(req->args, request_argc(req), j, &operand_count) == WORD_GET) {
                union scratch scratch;
                struct bytes found;
                bool is_found =
                    look_up(sorting, request_arg(req, j + 1), element, &scratch, &found);
                visit(context, is_found ? &found : NULL);
            }
        }
    }
}

static void reply_value(void *context, const struct bytes *value) {
    if (value != NULL) {
        reply_bulk(context, *value);
    } else {
        reply_null(context);
    }
}

/* A result on its way into a list. */
struct stored {
    struct value list;
    bool is_too_long; /* a value cannot be an element: a string may be longer */
};

static void push_value(void *context, const struct bytes *value) {
    struct stored *stored = context;
    struct bytes element = value != NULL ? *value : BYTES("");
    stored->is_too_long |= element.length > UINT32_MAX;
    if (!stored->is_too_long) {
        list_type_prepare(&stored->list, &element, 1);
        list_type_push(&stored->list, element, LIST_TAIL);
    }
}

static void store_results(struct sorting *sorting, struct part wanted, struct reply *reply) {
    struct request *req = sorting->req;
    struct stored stored = {.is_too_long = false};
    list_type_create(&stored.list);
    each_result(sorting, wanted, push_value, &stored);
    if (stored.is_too_long) {
        value_ops_free(&stored.list);
        reply_error(reply, DISPATCH_TOO_LONG);
        return;
    }
    size_t length = list_type_length(&stored.list);
    struct open_key target;
    bool is_present = request_write_any(req, sorting->options->store, &target);
    if (length > 0) {
        request_replaced(req, &target, &stored.list, DEADLINE_NONE, EVENT_SORTSTORE);
        request_count_changes(req, (int64_t)length - 1);
    } else {
        value_ops_free(&stored.list);
        if (is_present) {
            request_removed(req, &target, EVENT_DEL, true);
        }
    }
    reply_integer(reply, (int64_t)length);
}

static void sort_value(struct sorting *sorting, const struct value *value, struct reply *reply) {
    const struct sort_options *options = sorting->options;
    struct part wanted = {0, 0};
    if (value != NULL) {
        take_elements(sorting, value, &wanted);
    }
    if (value != NULL && !options->is_unsorted) {
        if (!weigh(sorting)) {
            reply_error(reply, "ERR One or more scores can't be converted into double");
            return;
        }
        qsort_r(sorting->items, sorting->count, sizeof *sorting->items, compare_items, sorting);
    }
    if (options->store != 0) {
        store_results(sorting, wanted, reply);
        return;
    }
    size_t columns = options->get_count > 0 ? options->get_count : 1;
    reply_array(reply, wanted.length * columns);
    each_result(sorting, wanted, reply_value, reply);
}

static void sort(struct request *req, bool may_store, struct reply *reply) {
    struct sort_options options;
    if (!parse_options(req, may_store, &options, reply)) {
        return;
    }
    struct open_key key;
    bool is_present = request_read_any(req, 1, OPEN_COUNTED, &key);
    if (is_present && key.value.type != VALUE_LIST && key.value.type != VALUE_SET &&
        key.value.type != VALUE_ZSET) {
        reply_wrong_type(reply);
        return;
    }
    /* What is stored or computed by a script must not hang on the order in a table. */
    if (is_present && key.value.type == VALUE_SET && options.is_unsorted &&
        (options.store != 0 || (req->flags & REQUEST_IN_SCRIPT) != 0)) {
        options.is_unsorted = false;
        options.is_alpha = true;
        options.by = 0;
    }
    struct sorting sorting = {
        .req = req,
        .options = &options,
        .has_no_order = is_present && key.value.type == VALUE_SET,
        .buffer = sds_with_capacity(0),
        .name = sds_with_capacity(0),
    };
    sort_value(&sorting, is_present ? &key.value : NULL, reply);
    sds_free(sorting.buffer);
    sds_free(sorting.name);
    alloc_free(sorting.items);
}

/*
 * SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]
 *      [STORE destination]
 */
static void sort_command(struct request *req, struct reply *reply) {
    sort(req, true, reply);
}

/* SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC | DESC] [ALPHA] */
static void sort_ro_command(struct request *req, struct reply *reply) {
    sort(req, false, reply);
}

/* The key of the last STORE; those of BY and GET depend on the elements. */
static size_t find_stored_key(const struct bytes *args, size_t argc, uint16_t access) {
    size_t found = 0;
    size_t operand_count = 0;
    for (size_t i = 2; (access & KEY_OW) != 0 && i < argc; i += 1 + operand_count) {
        operand_count = 0;
        if (word_at(args, argc, i, &operand_count) == WORD_STORE) {
            found = i + 1;
        }
    }
    return found;
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "sort", .handler = sort_command, .arity = -2,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_DANGEROUS | ACL_LIST | ACL_SET | ACL_SORTED_SET, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS},
                     {.begin = KEY_UNKNOWN_BEGIN, .find = KEY_UNKNOWN_FIND,
                      .access = KEY_RO | KEY_ACCESS,
                      .notes = "Of BY and GET: the names are made from the elements."},
                     {.begin = KEY_UNKNOWN_BEGIN, .find = KEY_UNKNOWN_FIND,
                      .access = KEY_OW | KEY_UPDATE,
                      .notes = "Of STORE, which may stand anywhere among the options."}),
        .find_unknown_key = find_stored_key,
        .group = GROUP_GENERIC, .since = "1.0.0", .complexity = "O(N+M*log(M)) / O(N)",
        .syntax = "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] "
                  "[ASC | DESC] [ALPHA] [STORE destination]",
        .summary = "Sorts a list, a set or a sorted set, and may store the result.",
    },
    {
        .name = "sort_ro", .handler = sort_ro_command, .arity = -2,
        .flags = CMD_READONLY,
        .acl = ACL_DANGEROUS | ACL_LIST | ACL_SET | ACL_SORTED_SET, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS},
                     {.begin = KEY_UNKNOWN_BEGIN, .find = KEY_UNKNOWN_FIND,
                      .access = KEY_RO | KEY_ACCESS,
                      .notes = "Of BY and GET: the names are made from the elements."}),
        .find_unknown_key = find_stored_key,
        .group = GROUP_GENERIC, .since = "7.0.0", .complexity = "O(N+M*log(M)) / O(N)",
        .syntax = "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] "
                  "[ASC | DESC] [ALPHA]",
        .summary = "Sorts a list, a set or a sorted set.",
    },
};
/* clang-format on */

const struct command_table sort_commands = {rows, ARRAY_SIZE(rows)};
