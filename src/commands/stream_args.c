/*
 * Options come in any order and are read one by one; what they mean together is checked at the
 * end, in the order of the oracle.
 */
#include "commands/stream_args.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "commands/args.h"
#include "proto/reply.h"
#include "types/type_limits.h"

enum {
    LIMIT_NODES = 100,       /* an approximate trim without LIMIT removes as many nodes at most */
    LIMIT_DEFAULT = 10000,   /* where nodes have no maximum */
    LIMIT_LARGEST = 1000000, /* whatever nodes hold */
};

void stream_args_reply_wrong_id(struct reply *reply) {
    reply_error(reply, "ERR Invalid stream ID specified as stream command argument");
}

bool stream_args_id(const struct request *req, size_t index, uint64_t missing_seq,
                    struct stream_id *id, struct reply *reply) {
    bool has_seq;
    if (stream_id_parse(request_arg(req, index), missing_seq, &has_seq, id)) {
        return true;
    }
    stream_args_reply_wrong_id(reply);
    return false;
}

/* One end of a range. */
static bool parse_end(const struct request *req, size_t index, uint64_t missing_seq,
                      struct stream_id *id, bool *is_excluded, struct reply *reply) {
    struct bytes text = request_arg(req, index);
    bool has_seq;
    *is_excluded = text.length > 1 && text.data[0] == '(';
    if (*is_excluded) {
        text.data++;
        text.length--;
    } else if (text.length == 1 && (text.data[0] == '-' || text.data[0] == '+')) {
        *id = text.data[0] == '-' ? stream_id_min : stream_id_max;
        return true;
    }
    if (stream_id_parse(text, missing_seq, &has_seq, id)) {
        return true;
    }
    stream_args_reply_wrong_id(reply);
    return false;
}

bool stream_args_range(const struct request *req, size_t first_index, size_t last_index,
                       struct stream_id *first, struct stream_id *last, struct reply *reply) {
    bool is_excluded;
    if (!parse_end(req, first_index, 0, first, &is_excluded, reply)) {
        return false;
    }
    if (is_excluded && !stream_id_increment(first)) {
        reply_error(reply, "ERR invalid start ID for the interval");
        return false;
    }
    if (!parse_end(req, last_index, UINT64_MAX, last, &is_excluded, reply)) {
        return false;
    }
    if (is_excluded && !stream_id_decrement(last)) {
        reply_error(reply, "ERR invalid end ID for the interval");
        return false;
    }
    return true;
}

/* ---- Trimming ---- */

bool stream_args_references(const struct request *req, size_t index,
                            enum stream_references *references) {
    static const struct {
        const char *word;
        enum stream_references references;
    } words[] = {
        {"keepref", STREAM_KEEP_REFERENCES},
        {"delref", STREAM_DELETE_REFERENCES},
        {"acked", STREAM_ONLY_ACKNOWLEDGED},
    };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (args_is(req, index, words[i].word)) {
            *references = words[i].references;
            return true;
        }
    }
    return false;
}

static int parse_threshold(const struct request *req, size_t index, struct stream_trim_args *args,
                           struct reply *reply) {
    struct stream_trim *trim = &args->trim;
    size_t at = index + 1;
    if (args->is_given) {
        reply_error(reply, "ERR syntax error, MAXLEN and MINID options at the same time are not "
                           "compatible");
        return -1;
    }
    args->is_given = true;
    trim->by_id = args_is(req, index, "minid");
    bool has_mark = at + 1 < request_argc(req) && (args_is(req, at, "~") || args_is(req, at, "="));
    trim->is_approximate = has_mark && args_is(req, at, "~");
    at += has_mark;
    if (trim->by_id) {
        if (!stream_args_id(req, at, 0, &trim->min_id, reply)) {
            return -1;
        }
    } else {
        int64_t count;
        if (!args_integer(req, at, &count, reply)) {
            return -1;
        }
        if (count < 0) {
            reply_error(reply, "ERR The MAXLEN argument must be >= 0.");
            return -1;
        }
        trim->count = (uint64_t)count;
    }
    return (int)(at + 1 - index);
}

int stream_args_trim_option(const struct request *req, size_t index, struct stream_trim_args *args,
                            struct reply *reply) {
    bool has_more = index + 1 < request_argc(req);
    if (has_more && (args_is(req, index, "maxlen") || args_is(req, index, "minid"))) {
        return parse_threshold(req, index, args, reply);
    }
    if (has_more && args_is(req, index, "limit")) {
        int64_t limit;
        if (!args_integer(req, index + 1, &limit, reply)) {
            return -1;
        }
        if (limit < 0) {
            reply_error(reply, "ERR The LIMIT argument must be >= 0.");
            return -1;
        }
        args->has_limit = true;
        args->trim.limit = (uint64_t)limit;
        return 2;
    }
    return stream_args_references(req, index, &args->trim.references) ? 1 : 0;
}

bool stream_args_check_trim(const struct request *req, struct stream_trim_args *args,
                            struct reply *reply) {
    /* A limit of 0 is none, which the oracle finds out first. */
    if (args->trim.limit > 0 && !args->is_given) {
        reply_error(reply, "ERR syntax error, LIMIT cannot be used without specifying a trimming "
                           "strategy");
        return false;
    }
    /* A stock server's log has LIMIT behind the exact form of what it trimmed. */
    if (args->has_limit && !args->trim.is_approximate && (req->flags & REQUEST_REPLAYED) != 0) {
        args->trim.limit = 0;
        return true;
    }
    if (args->has_limit && !args->trim.is_approximate) {
        reply_error(reply, "ERR syntax error, LIMIT cannot be used without the special ~ option");
        return false;
    }
    if (args->trim.is_approximate && !args->has_limit) {
        size_t entries = type_limits()->stream_node_entries;
        size_t limit = entries == 0 ? LIMIT_DEFAULT : LIMIT_NODES * entries;
        args->trim.limit = limit < LIMIT_LARGEST ? limit : LIMIT_LARGEST;
    }
    return true;
}

size_t stream_args_trim_effect(const struct stream_trim_args *args, const struct stream *stream,
                               struct bytes *words, char buffer[STREAM_ID_TEXT_SIZE]) {
    static const struct bytes reference_words[] = {
        [STREAM_KEEP_REFERENCES] = {"KEEPREF", 7},
        [STREAM_DELETE_REFERENCES] = {"DELREF", 6},
        [STREAM_ONLY_ACKNOWLEDGED] = {"ACKED", 5},
    };
    struct stream_totals totals = stream_totals(stream);
    size_t used = 0;
    words[used++] = args->trim.by_id ? BYTES("MINID") : BYTES("MAXLEN");
    words[used++] = BYTES("=");
    if (args->trim.by_id) {
        /* When nothing is left, everything was below. */
        struct stream_id min_id = totals.length == 0 ? stream_id_max : totals.first_id;
        words[used++] = (struct bytes){buffer, stream_id_print(buffer, min_id)};
    } else {
        words[used++] = request_number(buffer, (int64_t)totals.length);
    }
    if (args->trim.references != STREAM_KEEP_REFERENCES) {
        words[used++] = reference_words[args->trim.references];
    }
    return used;
}

bool stream_args_ids(const struct request *req, size_t index, size_t *first, size_t *count,
                     struct reply *reply) {
    int64_t wanted;
    if (index + 1 >= request_argc(req) || !args_is(req, index, "ids")) {
        reply_syntax_error(reply);
        return false;
    }
    static const struct args_bounds bounds = {1, INT64_MAX,
                                              "ERR Number of IDs must be a positive integer"};
    if (!args_bounded(req, index + 1, bounds, &wanted, reply)) {
        return false;
    }
    *first = index + 2;
    if ((uint64_t)wanted > request_argc(req) - *first) {
        reply_error(reply, "ERR The `numids` parameter must match the number of arguments");
        return false;
    }
    *count = (size_t)wanted;
    return true;
}

bool stream_args_id_list(const struct request *req, size_t first, size_t count,
                         struct stream_id_list *list, struct reply *reply) {
    list->count = count;
    list->ids = count <= STREAM_ID_LIST_LOCAL ? list->local : alloc_new(count * sizeof *list->ids);
    for (size_t i = 0; i < count; i++) {
        if (!stream_args_id(req, first + i, 0, &list->ids[i], reply)) {
            stream_id_list_release(list);
            return false;
        }
    }
    return true;
}

void stream_id_list_release(struct stream_id_list *list) {
    if (list->ids != list->local) {
        alloc_free(list->ids);
    }
}

/* ---- Groups ---- */

struct stream_group *stream_args_group(enum key_status status, const struct open_key *key,
                                       struct bytes name) {
    return status == KEY_PRESENT ? stream_find_group(stream_of(&key->value), name) : NULL;
}

void stream_args_reply_no_group(const struct request *req, struct reply *reply) {
    struct bytes key = request_arg(req, 1);
    struct bytes name = request_arg(req, 2);
    reply_error_format(reply, "NOGROUP No such key '%.*s' or consumer group '%.*s'",
                       (int)key.length, key.data, (int)name.length, name.data);
}

/* ---- Replies ---- */

void stream_reply_id(struct reply *reply, struct stream_id id) {
    char text[STREAM_ID_TEXT_SIZE];
    reply_bulk(reply, (struct bytes){text, stream_id_print(text, id)});
}

void stream_reply_fields(struct reply *reply, const struct stream_entry *entry) {
    struct stream_pairs pairs;
    struct bytes field;
    struct bytes value;
    reply_array(reply, 2 * entry->pair_count);
    stream_pairs_begin(&pairs, entry);
    while (stream_pairs_next(&pairs, &field, &value)) {
        reply_bulk(reply, field);
        reply_bulk(reply, value);
    }
}

void stream_reply_entry(struct reply *reply, const struct stream_entry *entry) {
    reply_array(reply, 2);
    stream_reply_id(reply, entry->id);
    stream_reply_fields(reply, entry);
}
