/*
 * The syntax parser is a recursive descent over the text:
 *
 *     sequence    = item item ...
 *     item        = WORD | word | "[" choice "]" | "<" choice ">"
 *     choice      = sequence "|" sequence ...
 *
 * An upper-case word followed by an argument is the argument's token; alone it is a pure token. A
 * bracket that ends in "..." repeats the items before it. Rows are constant and written by us, so
 * a text that does not fit is a programmer's mistake.
 */
#include "server/command_docs.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "base/sds.h"
#include "proto/reply.h"
#include "server/command.h"

#include <ctype.h>
#include <string.h>

/* ---- Names of bits ---- */

struct bit_name {
    uint32_t bit;
    const char *name;
};

static const struct bit_name flag_names[] = {
    {CMD_WRITE, "write"},
    {CMD_READONLY, "readonly"},
    {CMD_DENY_OOM, "denyoom"},
    {CMD_ADMIN, "admin"},
    {CMD_PUBSUB, "pubsub"},
    {CMD_NOSCRIPT, "noscript"},
    {CMD_BLOCKING, "blocking"},
    {CMD_LOADING, "loading"},
    {CMD_STALE, "stale"},
    {CMD_SKIP_MONITOR, "skip_monitor"},
    {CMD_SKIP_SLOWLOG, "skip_slowlog"},
    {CMD_ASKING, "asking"},
    {CMD_FAST, "fast"},
    {CMD_NO_AUTH, "no_auth"},
    {CMD_NO_ASYNC_LOADING, "no_async_loading"},
    {CMD_NO_MULTI, "no_multi"},
    {CMD_NO_MANDATORY_KEYS, "no_mandatory_keys"},
    {CMD_MOVABLE_KEYS, "movablekeys"},
    {CMD_ALLOW_BUSY, "allow_busy"},
};

static const struct bit_name category_names[] = {
    {ACL_KEYSPACE, "@keyspace"},
    {ACL_READ, "@read"},
    {ACL_WRITE, "@write"},
    {ACL_SET, "@set"},
    {ACL_SORTED_SET, "@sortedset"},
    {ACL_LIST, "@list"},
    {ACL_HASH, "@hash"},
    {ACL_STRING, "@string"},
    {ACL_BITMAP, "@bitmap"},
    {ACL_HYPERLOGLOG, "@hyperloglog"},
    {ACL_GEO, "@geo"},
    {ACL_STREAM, "@stream"},
    {ACL_PUBSUB, "@pubsub"},
    {ACL_ADMIN, "@admin"},
    {ACL_FAST, "@fast"},
    {ACL_SLOW, "@slow"},
    {ACL_BLOCKING, "@blocking"},
    {ACL_DANGEROUS, "@dangerous"},
    {ACL_CONNECTION, "@connection"},
    {ACL_TRANSACTION, "@transaction"},
    {ACL_SCRIPTING, "@scripting"},
};

static const struct bit_name access_names[] = {
    {KEY_RO, "RO"},
    {KEY_RW, "RW"},
    {KEY_OW, "OW"},
    {KEY_RM, "RM"},
    {KEY_ACCESS, "access"},
    {KEY_UPDATE, "update"},
    {KEY_INSERT, "insert"},
    {KEY_DELETE, "delete"},
    {KEY_NOT_KEY, "not_key"},
    {KEY_INCOMPLETE, "incomplete"},
    {KEY_VARIABLE_FLAGS, "variable_flags"},
};

static const char *const group_names[] = {
    [GROUP_GENERIC] = "generic",
    [GROUP_STRING] = "string",
    [GROUP_LIST] = "list",
    [GROUP_SET] = "set",
    [GROUP_SORTED_SET] = "sorted-set",
    [GROUP_HASH] = "hash",
    [GROUP_PUBSUB] = "pubsub",
    [GROUP_TRANSACTIONS] = "transactions",
    [GROUP_CONNECTION] = "connection",
    [GROUP_SERVER] = "server",
    [GROUP_SCRIPTING] = "scripting",
    [GROUP_HYPERLOGLOG] = "hyperloglog",
    [GROUP_CLUSTER] = "cluster",
    [GROUP_GEO] = "geo",
    [GROUP_STREAM] = "stream",
    [GROUP_BITMAP] = "bitmap",
};

static void reply_bits(uint32_t bits, const struct bit_name *names, size_t count,
                       struct reply *reply) {
    size_t mark = reply_begin(reply);
    size_t shown = 0;
    for (size_t i = 0; i < count; i++) {
        if ((bits & names[i].bit) != 0) {
            reply_simple(reply, names[i].name);
            shown++;
        }
    }
    reply_end_set(reply, mark, shown);
}

void command_docs_reply_access(uint16_t access, struct reply *reply) {
    reply_bits(access, access_names, ARRAY_SIZE(access_names), reply);
}

uint32_t command_docs_category(const char *name) {
    for (size_t i = 0; i < ARRAY_SIZE(category_names); i++) {
        if (strcasecmp(category_names[i].name + 1, name) == 0) {
            return category_names[i].bit;
        }
    }
    return 0;
}

/* ---- COMMAND INFO ---- */

static bool is_plain_range(const struct key_spec *spec) {
    return spec->begin.kind == KEY_BEGIN_INDEX && spec->find.kind == KEY_FIND_RANGE;
}

/* First key, last key and step, as clients knew them before there were key specs. */
static void reply_plain_range(const struct command *row, struct reply *reply) {
    int64_t first = 0;
    int64_t last = 0;
    int64_t step = 0;
    for (size_t i = 0; i < command_key_spec_count(row); i++) {
        const struct key_spec *spec = &row->keys[i];
        if (!is_plain_range(spec)) {
            continue;
        }
        int64_t spec_last =
            spec->find.last < 0 ? spec->find.last : spec->begin.index + spec->find.last;
        if (first == 0) {
            first = spec->begin.index;
            step = spec->find.step;
            last = spec_last;
        } else if (last + 1 == spec->begin.index) {
            last = spec_last;
        } else {
            break;
        }
    }
    reply_integer(reply, first);
    reply_integer(reply, last);
    reply_integer(reply, step);
}

static void reply_type_and_spec(const char *type, size_t field_count, struct reply *reply) {
    reply_map(reply, 2);
    reply_bulk_text(reply, "type");
    reply_bulk_text(reply, type);
    reply_bulk_text(reply, "spec");
    reply_map(reply, field_count);
}

static void reply_field(const char *name, int64_t value, struct reply *reply) {
    reply_bulk_text(reply, name);
    reply_integer(reply, value);
}

static void reply_begin_search(const struct key_spec *spec, struct reply *reply) {
    switch ((enum key_begin_kind)spec->begin.kind) {
    case KEY_BEGIN_INDEX:
        reply_type_and_spec("index", 1, reply);
        reply_field("index", spec->begin.index, reply);
        return;
    case KEY_BEGIN_KEYWORD:
        reply_type_and_spec("keyword", 2, reply);
        reply_bulk_text(reply, "keyword");
        reply_bulk_text(reply, spec->begin.keyword);
        reply_field("startfrom", spec->begin.index, reply);
        return;
    case KEY_BEGIN_NONE:
    case KEY_BEGIN_UNKNOWN:
        reply_type_and_spec("unknown", 0, reply);
        return;
    }
}

static void reply_find_keys(const struct key_spec *spec, struct reply *reply) {
    enum { FIELD_COUNT = 3 };
    switch ((enum key_find_kind)spec->find.kind) {
    case KEY_FIND_RANGE:
        reply_type_and_spec("range", FIELD_COUNT, reply);
        reply_field("lastkey", spec->find.last, reply);
        reply_field("keystep", spec->find.step, reply);
        reply_field("limit", spec->find.limit, reply);
        return;
    case KEY_FIND_KEYNUM:
        reply_type_and_spec("keynum", FIELD_COUNT, reply);
        reply_field("keynumidx", spec->find.count_index, reply);
        reply_field("firstkey", spec->find.first, reply);
        reply_field("keystep", spec->find.step, reply);
        return;
    case KEY_FIND_UNKNOWN:
        reply_type_and_spec("unknown", 0, reply);
        return;
    }
}

static void reply_key_spec(const struct key_spec *spec, struct reply *reply) {
    enum { PLAIN_FIELDS = 3 };
    reply_map(reply, spec->notes == NULL ? PLAIN_FIELDS : PLAIN_FIELDS + 1);
    if (spec->notes != NULL) {
        reply_bulk_text(reply, "notes");
        reply_bulk_text(reply, spec->notes);
    }
    reply_bulk_text(reply, "flags");
    command_docs_reply_access(spec->access, reply);
    reply_bulk_text(reply, "begin_search");
    reply_begin_search(spec, reply);
    reply_bulk_text(reply, "find_keys");
    reply_find_keys(spec, reply);
}

static void reply_tips(const struct command *row, struct reply *reply) {
    size_t mark = reply_begin(reply);
    size_t count = 0;
    while (row->tips != NULL && row->tips[count] != NULL) {
        reply_bulk_text(reply, row->tips[count++]);
    }
    reply_end_set(reply, mark, count);
}

static size_t count_subcommands(const struct known_command *command) {
    size_t count = 0;
    while (command->subcommands != NULL && command->subcommands[count] != NULL) {
        count++;
    }
    return count;
}

void command_docs_reply_info(const struct known_command *command, struct reply *reply) {
    enum { FIELD_COUNT = 10 };
    const struct command *row = command->row;
    reply_array(reply, FIELD_COUNT);
    reply_bulk(reply, sds_view(command->name));
    reply_integer(reply, row->arity);
    reply_bits(command->flags, flag_names, ARRAY_SIZE(flag_names), reply);
    reply_plain_range(row, reply);
    reply_bits(command->acl, category_names, ARRAY_SIZE(category_names), reply);
    reply_tips(row, reply);
    reply_set(reply, command_key_spec_count(row));
    for (size_t i = 0; i < command_key_spec_count(row); i++) {
        reply_key_spec(&row->keys[i], reply);
    }
    /* An empty list of subcommands has the type of the lists above it. */
    if (count_subcommands(command) == 0) {
        reply_set(reply, 0);
        return;
    }
    reply_array(reply, count_subcommands(command));
    for (size_t i = 0; i < count_subcommands(command); i++) {
        command_docs_reply_info(command->subcommands[i], reply);
    }
}

/* ---- The syntax text ---- */

enum node_kind { NODE_ARGUMENT, NODE_PURE_TOKEN, NODE_ONE_OF, NODE_BLOCK };

struct node {
    enum node_kind kind;
    struct bytes token; /* length 0 = none */
    struct bytes name;
    bool is_optional;
    bool is_repeated;
    bool repeats_token;
    struct node *children; /* of ONE_OF and BLOCK */
    size_t child_count;
};

/* A list of nodes under construction. */
struct node_list {
    struct node *items;
    size_t count;
};

static void add_node(struct node_list *list, struct node node) {
    list->items = alloc_resize(list->items, (list->count + 1) * sizeof *list->items);
    list->items[list->count++] = node;
}

static void free_nodes(struct node *nodes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free_nodes(nodes[i].children, nodes[i].child_count);
    }
    alloc_free(nodes);
}

static void skip_blanks(const char **at) {
    while (**at == ' ') {
        (*at)++;
    }
}

static bool is_word_byte(char byte) {
    return byte != '\0' && strchr(" []<>|", byte) == NULL;
}

static struct bytes take_word(const char **at) {
    const char *start = *at;
    while (is_word_byte(**at)) {
        (*at)++;
    }
    return (struct bytes){start, (size_t)(*at - start)};
}

static bool is_literal(struct bytes word) {
    bool has_letter = false;
    for (size_t i = 0; i < word.length; i++) {
        if (islower((unsigned char)word.data[i])) {
            return false;
        }
        has_letter |= isalpha((unsigned char)word.data[i]) != 0;
    }
    return has_letter || bytes_equal(word, BYTES("#")) || bytes_equal(word, BYTES("*"));
}

/* The name of a group is that of its first part. */
static struct node make_group(enum node_kind kind, struct node_list list) {
    ASSERT(list.items != NULL);
    struct node *first = &list.items[0];
    return (struct node){
        .kind = kind,
        .name = first->name.length > 0 ? first->name : first->token,
        .children = list.items,
        .child_count = list.count,
    };
}

static struct node_list parse_sequence(const char **at);

/* Parses "a | b c | d" up to the closing bracket, which it takes, into one node. */
static struct node parse_choice(const char **at) {
    struct node_list choices = {NULL, 0};
    for (;;) {
        struct node_list sequence = parse_sequence(at);
        ASSERT(sequence.count > 0);
        if (sequence.count == 1) {
            add_node(&choices, sequence.items[0]);
            alloc_free(sequence.items);
        } else {
            add_node(&choices, make_group(NODE_BLOCK, sequence));
        }
        char separator = **at;
        ASSERT(separator != '\0');
        (*at)++;
        if (separator != '|') {
            break;
        }
    }
    if (choices.count == 1) {
        struct node only = choices.items[0];
        alloc_free(choices.items);
        return only;
    }
    return make_group(NODE_ONE_OF, choices);
}

/*
 * If a bracket repeats what stands before it, skips it and returns how many words it has before
 * its dots; else 0.
 */
static size_t skip_repetition(const char **at) {
    const char *scan = *at + 1;
    size_t words = 0;
    size_t depth = 1;
    while (depth > 0) {
        skip_blanks(&scan);
        if (*scan == '[' || *scan == '<') {
            words += depth == 1;
            depth++;
            scan++;
        } else if (*scan == ']' || *scan == '>') {
            depth--;
            scan++;
        } else if (*scan == '|') {
            scan++;
        } else {
            struct bytes word = take_word(&scan);
            ASSERT(word.length > 0);
            if (depth == 1 && bytes_equal(word, BYTES("..."))) {
                skip_blanks(&scan);
                *at = scan + 1;
                return words;
            }
            words += depth == 1;
        }
    }
    return 0;
}

static size_t words_of(const struct node *node) {
    bool has_body = node->kind != NODE_PURE_TOKEN;
    return (node->token.length > 0 ? 1U : 0U) + (has_body ? 1U : 0U);
}

/* Marks the last nodes, as many as make up so many words, as repeated. */
static void repeat_last(struct node_list *list, size_t words) {
    size_t taken = 0;
    size_t first = list->count;
    while (taken < words && first > 0) {
        taken += words_of(&list->items[--first]);
    }
    if (list->count - first > 1) {
        struct node_list block = {NULL, 0};
        for (size_t i = first; i < list->count; i++) {
            add_node(&block, list->items[i]);
        }
        list->count = first;
        add_node(list, make_group(NODE_BLOCK, block));
    }
    struct node *last = &list->items[list->count - 1];
    last->is_repeated = true;
    last->repeats_token = last->token.length > 0 && words >= taken;
}

static void add_argument(struct node_list *list, struct node node) {
    struct node *last = list->count == 0 ? NULL : &list->items[list->count - 1];
    if (last != NULL && last->kind == NODE_PURE_TOKEN && !last->is_optional &&
        node.token.length == 0 && !node.is_optional) {
        node.token = last->token;
        *last = node;
        return;
    }
    add_node(list, node);
}

static struct node_list parse_sequence(const char **at) {
    struct node_list list = {NULL, 0};
    for (;;) {
        skip_blanks(at);
        if (**at == '\0' || **at == ']' || **at == '>' || **at == '|') {
            return list;
        }
        if (**at == '[') {
            size_t words = skip_repetition(at);
            if (words > 0) {
                repeat_last(&list, words);
                continue;
            }
            (*at)++;
            struct node node = parse_choice(at);
            node.is_optional = true;
            add_node(&list, node);
        } else if (**at == '<') {
            (*at)++;
            add_argument(&list, parse_choice(at));
        } else {
            struct bytes word = take_word(at);
            if (is_literal(word)) {
                add_node(&list, (struct node){.kind = NODE_PURE_TOKEN, .token = word});
            } else {
                add_argument(&list, (struct node){.kind = NODE_ARGUMENT, .name = word});
            }
        }
    }
}

/* ---- COMMAND DOCS ---- */

static bool is_one_of(struct bytes name, const char *const *words) {
    for (; *words != NULL; words++) {
        if (bytes_is(name, *words)) {
            return true;
        }
    }
    return false;
}

static const char *argument_type(const struct node *node) {
    static const char *const keys[] = {"key",     "source", "destination", "newkey",
                                       "destkey", "key1",   "key2",        NULL};
    static const char *const integers[] = {"seconds",
                                           "milliseconds",
                                           "count",
                                           "index",
                                           "offset",
                                           "decrement",
                                           "start",
                                           "stop",
                                           "end",
                                           "bit",
                                           "numkeys",
                                           "cursor",
                                           "rank",
                                           "maxlen",
                                           "len",
                                           "num-matches",
                                           "index1",
                                           "index2",
                                           "client-id",
                                           "maxage",
                                           "protover",
                                           "numreplicas",
                                           "destination-db",
                                           "db",
                                           "min-match-len",
                                           "lower-bound",
                                           "upper-bound",
                                           NULL};
    static const char *const doubles[] = {"increment-float", "timeout", NULL};
    switch (node->kind) {
    case NODE_PURE_TOKEN:
        return "pure-token";
    case NODE_ONE_OF:
        return "oneof";
    case NODE_BLOCK:
        return "block";
    case NODE_ARGUMENT:
        break;
    }
    if (is_one_of(node->name, keys)) {
        return "key";
    }
    if (is_one_of(node->name, integers)) {
        return "integer";
    }
    if (is_one_of(node->name, doubles)) {
        return "double";
    }
    static const struct bytes unix_time = {"unix-time-", sizeof "unix-time-" - 1};
    if (node->name.length > unix_time.length &&
        memcmp(node->name.data, unix_time.data, unix_time.length) == 0) {
        return "unix-time";
    }
    return bytes_is(node->name, "pattern") ? "pattern" : "string";
}

static void reply_lower(struct bytes text, struct reply *reply) {
    sds lower = sds_new(text);
    for (size_t i = 0; i < sds_length(lower); i++) {
        lower[i] = (char)tolower((unsigned char)lower[i]);
    }
    reply_bulk(reply, sds_view(lower));
    sds_free(lower);
}

static void reply_argument_flags(const struct node *node, struct reply *reply) {
    size_t mark = reply_begin(reply);
    size_t count = 0;
    if (node->is_optional) {
        reply_simple(reply, "optional");
        count++;
    }
    if (node->is_repeated) {
        reply_simple(reply, "multiple");
        count++;
    }
    if (node->repeats_token) {
        reply_simple(reply, "multiple_token");
        count++;
    }
    reply_end_set(reply, mark, count);
}

static void reply_arguments(const struct node *nodes, size_t count, int64_t *key_spec_index,
                            struct reply *reply) {
    reply_array(reply, count);
    for (size_t i = 0; i < count; i++) {
        const struct node *node = &nodes[i];
        const char *type = argument_type(node);
        bool is_key = strcmp(type, "key") == 0;
        size_t mark = reply_begin(reply);
        size_t field_count = 2;
        reply_bulk_text(reply, "name");
        reply_lower(node->name.length > 0 ? node->name : node->token, reply);
        reply_bulk_text(reply, "type");
        reply_bulk_text(reply, type);
        if (is_key) {
            reply_field("key_spec_index", (*key_spec_index)++, reply);
            field_count++;
        }
        if (node->token.length > 0) {
            reply_bulk_text(reply, "token");
            reply_bulk(reply, node->token);
            field_count++;
        }
        if (node->is_optional || node->is_repeated) {
            reply_bulk_text(reply, "flags");
            reply_argument_flags(node, reply);
            field_count++;
        }
        if (node->child_count > 0) {
            reply_bulk_text(reply, "arguments");
            reply_arguments(node->children, node->child_count, key_spec_index, reply);
            field_count++;
        }
        reply_end_map(reply, mark, field_count);
    }
}

static void reply_text_field(const char *name, const char *text, size_t *count,
                             struct reply *reply) {
    if (text != NULL && text[0] != '\0') {
        reply_bulk_text(reply, name);
        reply_bulk_text(reply, text);
        (*count)++;
    }
}

static void reply_history(const struct command *row, size_t *field_count, struct reply *reply) {
    size_t count = 0;
    while (row->history != NULL && row->history[count].version != NULL) {
        count++;
    }
    if (count == 0) {
        return;
    }
    reply_bulk_text(reply, "history");
    reply_set(reply, count);
    for (size_t i = 0; i < count; i++) {
        reply_array(reply, 2);
        reply_bulk_text(reply, row->history[i].version);
        reply_bulk_text(reply, row->history[i].text);
    }
    (*field_count)++;
}

static void reply_deprecation(const struct command *row, size_t *count, struct reply *reply) {
    if (row->deprecated_since == NULL) {
        return;
    }
    reply_bulk_text(reply, "doc_flags");
    reply_set(reply, 1);
    reply_simple(reply, "deprecated");
    (*count)++;
    reply_text_field("deprecated_since", row->deprecated_since, count, reply);
    reply_text_field("replaced_by", row->replaced_by, count, reply);
}

void command_docs_reply_docs(const struct known_command *command, struct reply *reply) {
    const struct command *row = command->row;
    reply_bulk(reply, sds_view(command->name));
    size_t mark = reply_begin(reply);
    size_t count = 0;
    reply_text_field("summary", row->summary, &count, reply);
    reply_text_field("since", row->since, &count, reply);
    reply_text_field("group", group_names[row->group], &count, reply);
    reply_text_field("complexity", row->complexity, &count, reply);
    reply_deprecation(row, &count, reply);
    reply_history(row, &count, reply);
    if (row->syntax != NULL && row->syntax[0] != '\0' && command->subcommands == NULL) {
        const char *at = row->syntax;
        struct node_list list = parse_sequence(&at);
        int64_t key_spec_index = 0;
        reply_bulk_text(reply, "arguments");
        reply_arguments(list.items, list.count, &key_spec_index, reply);
        free_nodes(list.items, list.count);
        count++;
    }
    size_t subcommand_count = count_subcommands(command);
    if (subcommand_count > 0) {
        reply_bulk_text(reply, "subcommands");
        reply_map(reply, subcommand_count);
        for (size_t i = 0; i < subcommand_count; i++) {
            command_docs_reply_docs(command->subcommands[i], reply);
        }
        count++;
    }
    reply_end_map(reply, mark, count);
}
