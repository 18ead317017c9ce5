/*
 * Entries: adding, reading by range, deleting, trimming.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "commands/args.h"
#include "commands/stream_args.h"
#include "commands/tables.h"
#include "keyspace/key_event.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/stream_type.h"

#include <endian.h>
#include <string.h>

enum {
    ENTRY_BYTES_MAX = 1 << 30,
    MESSAGE_NAME_SIZE = HASH_SHA256_SIZE / 2, /* of a digest, so that a log stays short */
};

/* ---- XADD ---- */

/* How the id of a new entry is given. */
enum id_form { ID_AUTO, ID_MS, ID_WHOLE };

struct add_args {
    bool makes_stream;
    struct stream_trim_args trim;
    size_t id_index;
    enum id_form id_form;
    struct stream_id id; /* as far as it is given */
    bool has_producer;
    bool is_named_by_content;      /* IDMPAUTO */
    struct stream_message message; /* IDMP */
    uint8_t digest[HASH_SHA256_SIZE];
};

static bool parse_new_id(const struct request *req, size_t index, struct add_args *args,
                         struct reply *reply) {
    static const char any_seq[] = "-*";
    struct bytes text = request_arg(req, index);
    size_t tail = sizeof any_seq - 1;
    args->id_index = index;
    if (text.length > tail && memcmp(text.data + text.length - tail, any_seq, tail) == 0) {
        text.length -= tail;
        args->id_form = ID_MS;
    } else {
        args->id_form = ID_WHOLE;
    }
    bool has_seq;
    if (!stream_id_parse(text, 0, &has_seq, &args->id) || (has_seq && args->id_form == ID_MS)) {
        stream_args_reply_wrong_id(reply);
        return false;
    }
    return true;
}

/* IDMPAUTO producer | IDMP producer message. Returns the arguments taken, -1 after an error. */
static int parse_producer(const struct request *req, size_t index, struct add_args *args,
                          struct reply *reply) {
    bool is_auto = args_is(req, index, "idmpauto");
    size_t taken = is_auto ? 2 : 3;
    if (!is_auto && !args_is(req, index, "idmp")) {
        return 0;
    }
    if (args->has_producer || index + taken > request_argc(req)) {
        reply_syntax_error(reply);
        return -1;
    }
    args->has_producer = true;
    args->is_named_by_content = is_auto;
    args->message.producer = request_arg(req, index + 1);
    args->message.name = is_auto ? (struct bytes){NULL, 0} : request_arg(req, index + 2);
    return (int)taken;
}

/* Checks the producer against the rest; names the message by its content if it has no name. */
static bool check_producer(const struct request *req, struct add_args *args, struct reply *reply) {
    struct stream_message *message = &args->message;
    if (args->id_form != ID_AUTO) {
        reply_error(reply, "ERR IDMP and IDMPAUTO can be used only with the id *");
        return false;
    }
    if (args->is_named_by_content) {
        sds content = sds_with_capacity(0);
        for (size_t i = args->id_index + 1; i < request_argc(req); i++) {
            uint64_t size = htole64(request_arg(req, i).length);
            content = sds_append(content, (struct bytes){(const char *)&size, sizeof size});
            content = sds_append(content, request_arg(req, i));
        }
        hash_sha256(sds_view(content), args->digest);
        sds_free(content);
        message->name = (struct bytes){(const char *)args->digest, MESSAGE_NAME_SIZE};
    }
    if (message->producer.length == 0 || message->name.length == 0) {
        reply_error(reply, "ERR the ids of a producer and of a message must not be empty");
        return false;
    }
    return true;
}

static bool parse_add(const struct request *req, struct add_args *args, struct reply *reply) {
    *args = (struct add_args){.makes_stream = true};
    for (size_t i = 2; i < request_argc(req);) {
        int taken = stream_args_trim_option(req, i, &args->trim, reply);
        if (taken == 0) {
            taken = parse_producer(req, i, args, reply);
        }
        if (taken < 0) {
            return false;
        }
        if (taken > 0) {
            i += (size_t)taken;
        } else if (args_is(req, i, "nomkstream")) {
            args->makes_stream = false;
            i++;
        } else if (args_is(req, i, "*")) {
            args->id_index = i;
            break;
        } else if (!parse_new_id(req, i, args, reply)) {
            return false;
        } else {
            break;
        }
    }
    if (!stream_args_check_trim(req, &args->trim, reply)) {
        return false;
    }
    size_t rest = args->id_index == 0 ? 0 : request_argc(req) - args->id_index - 1;
    if (rest < 2 || rest % 2 != 0) {
        reply_error(reply, "ERR wrong number of arguments for 'xadd' command");
        return false;
    }
    if (args->id_form == ID_WHOLE && stream_id_is_zero(args->id)) {
        reply_error(reply, "ERR The ID specified in XADD must be greater than 0-0");
        return false;
    }
    return !args->has_producer || check_producer(req, args, reply);
}

/* Decides the id of a new entry. False when it would not be above the last one. */
static bool decide_id(const struct add_args *args, struct stream_id last, struct stream_id *id) {
    switch (args->id_form) {
    case ID_AUTO: {
        uint64_t now_ms = (uint64_t)clock_unix_ms();
        *id = (struct stream_id){now_ms, 0};
        if (now_ms <= last.ms) {
            *id = last;
            return stream_id_increment(id);
        }
        return true;
    }
    case ID_MS:
        *id = (struct stream_id){args->id.ms, 0};
        if (args->id.ms == last.ms) {
            id->seq = last.seq + 1;
            return last.seq != UINT64_MAX;
        }
        return args->id.ms > last.ms;
    case ID_WHOLE:
        *id = args->id;
        return stream_id_compare(*id, last) > 0;
    }
    UNREACHABLE();
}

/* XIDMPRECORD key producer message id, behind the XADD. */
static void replay_record(struct request *req, const struct stream_record *record) {
    char id_text[STREAM_ID_TEXT_SIZE];
    const struct bytes words[] = {
        BYTES("XIDMPRECORD"),
        request_arg(req, 1),
        record->message.producer,
        record->message.name,
        {id_text, stream_id_print(id_text, record->id)},
    };
    if (request_is_recorded(req)) {
        request_replay_as(req, words, ARRAY_SIZE(words));
    }
}

/* The effect: the id that was chosen, and what the trim came to. */
static void replay_add(struct request *req, const struct add_args *args, struct stream_id id,
                       const struct stream *stream) {
    bool is_exact = !args->trim.is_given || !args->trim.trim.is_approximate;
    if (!request_is_recorded(req) || (is_exact && args->id_form == ID_WHOLE)) {
        return;
    }
    enum { OPTIONS_MAX = 8 };
    char id_text[STREAM_ID_TEXT_SIZE];
    char number[STREAM_ID_TEXT_SIZE];
    size_t argc = request_argc(req);
    struct bytes *words = alloc_new((argc + OPTIONS_MAX) * sizeof *words);
    size_t used = 0;
    words[used++] = request_arg(req, 0);
    words[used++] = request_arg(req, 1);
    size_t copied_from = args->id_index;
    if (is_exact && !args->has_producer) {
        copied_from = 2;
    } else {
        if (!args->makes_stream) {
            words[used++] = BYTES("NOMKSTREAM");
        }
        if (args->trim.is_given) {
            used += stream_args_trim_effect(&args->trim, stream, words + used, number);
        }
    }
    for (size_t i = copied_from; i < argc; i++) {
        words[used++] = i == args->id_index ? (struct bytes){id_text, stream_id_print(id_text, id)}
                                            : request_arg(req, i);
    }
    request_replay_as(req, words, used);
    alloc_free(words);
}

/* Replies the id of a message that was sent before. False when it is new. */
static bool reply_known(const struct add_args *args, const struct stream *stream,
                        struct reply *reply) {
    struct stream_producers *producers = stream_find_producers(stream);
    struct stream_id id;
    if (!args->has_producer || producers == NULL ||
        !stream_producers_find(producers, &args->message, clock_unix_ms(), &id)) {
        return false;
    }
    stream_reply_id(reply, id);
    return true;
}

/* XADD key [NOMKSTREAM] [IDMP …] [MAXLEN | MINID …] id | * field value [field value ...] */
static void xadd_command(struct request *req, struct reply *reply) {
    struct add_args args;
    struct open_key key;
    if (!parse_add(req, &args, reply)) {
        return;
    }
    enum key_status status = request_write(req, 1, VALUE_STREAM, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT && !args.makes_stream) {
        reply_null(reply);
        return;
    }
    struct stream_id last = {0, 0};
    if (status == KEY_PRESENT) {
        if (reply_known(&args, stream_of(&key.value), reply)) {
            return;
        }
        last = stream_totals(stream_of(&key.value)).last_id;
    }
    if (stream_id_compare(last, stream_id_max) == 0) {
        reply_error(reply,
                    "ERR The stream has exhausted the last possible ID, unable to add more items");
        return;
    }
    const struct bytes *words = req->args + args.id_index + 1;
    size_t word_count = request_argc(req) - args.id_index - 1;
    size_t size = 0;
    for (size_t i = 0; i < word_count; i++) {
        size += words[i].length;
    }
    struct stream_id id;
    if (!decide_id(&args, last, &id)) {
        reply_error(reply, "ERR The ID specified in XADD is equal or smaller than the target "
                           "stream top item");
        return;
    }
    if (size > ENTRY_BYTES_MAX) {
        reply_error(reply, "ERR Elements are too large to be stored");
        return;
    }
    if (status == KEY_ABSENT) {
        stream_type_create(&key.value);
    }
    struct stream *stream = stream_of(&key.value);
    stream_append(stream, id, words, word_count / 2);
    uint64_t trimmed = args.trim.is_given ? stream_trim(stream, &args.trim.trim) : 0;
    stream_reply_id(reply, id);
    request_changed(req, &key, EVENT_XADD, 1);
    if (trimmed > 0) {
        request_announce(req, &key, EVENT_XTRIM);
    }
    replay_add(req, &args, id, stream);
    if (args.has_producer) {
        struct stream_record record = {args.message, id};
        int64_t now_ms = clock_unix_ms();
        stream_producers_add(stream_make_producers(stream), &record, now_ms, now_ms);
        replay_record(req, &record);
    }
}

/* ---- Reading ---- */

/* XLEN key */
static void xlen_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_STREAM, &key, reply);
    if (status != KEY_WRONG_TYPE) {
        reply_integer(
            reply, status == KEY_ABSENT ? 0 : (int64_t)stream_totals(stream_of(&key.value)).length);
    }
}

static void reply_range(struct reply *reply, struct stream_walk *walk, uint64_t count) {
    size_t mark = reply_begin(reply);
    uint64_t found = 0;
    const struct stream_entry *entry;
    while (found < count && (entry = stream_walk_next(walk)) != NULL) {
        stream_reply_entry(reply, entry);
        found++;
    }
    reply_end_array(reply, mark, found);
}

static void range(struct request *req, bool is_backwards, struct reply *reply) {
    enum { FIRST_INDEX = 2, LAST_INDEX = 3, OPTIONS_INDEX = 4 };
    struct stream_id first;
    struct stream_id last;
    int64_t count = -1;
    if (!stream_args_range(req, is_backwards ? LAST_INDEX : FIRST_INDEX,
                           is_backwards ? FIRST_INDEX : LAST_INDEX, &first, &last, reply)) {
        return;
    }
    for (size_t i = OPTIONS_INDEX; i < request_argc(req); i += 2) {
        if (i + 1 >= request_argc(req) || !args_is(req, i, "count")) {
            reply_syntax_error(reply);
            return;
        }
        if (!args_integer(req, i + 1, &count, reply)) {
            return;
        }
        count = count < 0 ? 0 : count;
    }
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_STREAM, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT) {
        reply_array(reply, 0);
    } else if (count == 0) {
        reply_null_array(reply);
    } else {
        struct stream_walk walk;
        stream_walk_begin(&walk, stream_of(&key.value), first, last, is_backwards);
        reply_range(reply, &walk, count < 0 ? UINT64_MAX : (uint64_t)count);
    }
}

/* XRANGE key start end [COUNT count] */
static void xrange_command(struct request *req, struct reply *reply) {
    range(req, false, reply);
}

/* XREVRANGE key end start [COUNT count] */
static void xrevrange_command(struct request *req, struct reply *reply) {
    range(req, true, reply);
}

/* ---- Deleting ---- */

/* XDEL key id [id ...] */
static void xdel_command(struct request *req, struct reply *reply) {
    struct open_key key;
    struct stream_id_list list;
    enum key_status status = request_write(req, 1, VALUE_STREAM, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT) {
        reply_integer(reply, 0);
        return;
    }
    if (!stream_args_id_list(req, 2, request_argc(req) - 2, &list, reply)) {
        return;
    }
    int64_t deleted = 0;
    for (size_t i = 0; i < list.count; i++) {
        deleted += stream_delete(stream_of(&key.value), list.ids[i], STREAM_KEEP_REFERENCES) ==
                   STREAM_DELETED;
    }
    stream_id_list_release(&list);
    if (deleted > 0) {
        request_changed(req, &key, EVENT_XDEL, deleted);
    }
    reply_integer(reply, deleted);
}

/* XDELEX key [KEEPREF | DELREF | ACKED] IDS numids id [id ...] */
static void xdelex_command(struct request *req, struct reply *reply) {
    static const int64_t answers[] = {
        [STREAM_ABSENT] = -1, [STREAM_DELETED] = 1, [STREAM_REFERENCED] = 2};
    enum stream_references references = STREAM_KEEP_REFERENCES;
    size_t at = 2 + stream_args_references(req, 2, &references);
    size_t first;
    size_t count;
    if (!stream_args_ids(req, at, &first, &count, reply)) {
        return;
    }
    if (first + count != request_argc(req)) {
        reply_syntax_error(reply);
        return;
    }
    struct stream_id_list list;
    struct open_key key;
    if (!stream_args_id_list(req, first, count, &list, reply)) {
        return;
    }
    enum key_status status = request_write(req, 1, VALUE_STREAM, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        stream_id_list_release(&list);
        return;
    }
    int64_t deleted = 0;
    reply_array(reply, count);
    for (size_t i = 0; i < count; i++) {
        enum stream_deletion result = STREAM_ABSENT;
        if (status == KEY_PRESENT) {
            result = stream_delete(stream_of(&key.value), list.ids[i], references);
        }
        deleted += result == STREAM_DELETED;
        reply_integer(reply, answers[result]);
    }
    stream_id_list_release(&list);
    /* DELREF may have dropped references to entries that were gone: an effect without an event. */
    bool dropped = status == KEY_PRESENT && references == STREAM_DELETE_REFERENCES;
    if (deleted > 0 || dropped) {
        request_changed(req, &key, deleted > 0 ? EVENT_XDEL : EVENT_GROUP,
                        deleted > 0 ? deleted : 1);
    }
}

/* XTRIM key MAXLEN | MINID [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED] */
static void xtrim_command(struct request *req, struct reply *reply) {
    struct stream_trim_args args = {0};
    for (size_t i = 2; i < request_argc(req);) {
        int taken = stream_args_trim_option(req, i, &args, reply);
        if (taken == 0) {
            reply_syntax_error(reply);
        }
        if (taken <= 0) {
            return;
        }
        i += (size_t)taken;
    }
    if (!args.is_given && args.trim.limit == 0) {
        reply_error(reply, "ERR syntax error, XTRIM must be called with a trimming strategy");
        return;
    }
    if (!stream_args_check_trim(req, &args, reply)) {
        return;
    }
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_STREAM, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    uint64_t trimmed = status == KEY_ABSENT ? 0 : stream_trim(stream_of(&key.value), &args.trim);
    if (trimmed > 0) {
        if (args.trim.is_approximate && request_is_recorded(req)) {
            enum { WORDS_MAX = 6 };
            char number[STREAM_ID_TEXT_SIZE];
            struct bytes words[WORDS_MAX] = {request_arg(req, 0), request_arg(req, 1)};
            size_t used = stream_args_trim_effect(&args, stream_of(&key.value), words + 2, number);
            request_replay_as(req, words, used + 2);
        }
        request_changed(req, &key, EVENT_XTRIM, (int64_t)trimmed);
    }
    reply_integer(reply, (int64_t)trimmed);
}

/* ---- XSETID ---- */

static bool parse_setid(const struct request *req, struct stream_totals *totals, bool *has_added,
                        bool *has_deleted, struct reply *reply) {
    enum { OPTIONS_INDEX = 3 };
    if (!stream_args_id(req, 2, 0, &totals->last_id, reply)) {
        return false;
    }
    for (size_t i = OPTIONS_INDEX; i < request_argc(req); i += 2) {
        bool has_more = i + 1 < request_argc(req);
        if (has_more && args_is(req, i, "entriesadded")) {
            int64_t added;
            if (!args_integer(req, i + 1, &added, reply)) {
                return false;
            }
            if (added < 0) {
                reply_error(reply, "ERR entries_added must be positive");
                return false;
            }
            totals->entries_added = (uint64_t)added;
            *has_added = true;
        } else if (has_more && args_is(req, i, "maxdeletedid")) {
            if (!stream_args_id(req, i + 1, 0, &totals->max_deleted_id, reply)) {
                return false;
            }
            if (stream_id_compare(totals->last_id, totals->max_deleted_id) < 0) {
                reply_error(reply, "ERR The ID specified in XSETID is smaller than the provided "
                                   "max_deleted_entry_id");
                return false;
            }
            *has_deleted = true;
        } else {
            reply_syntax_error(reply);
            return false;
        }
    }
    return true;
}

/* XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id] */
static void xsetid_command(struct request *req, struct reply *reply) {
    struct stream_totals wanted = {0};
    bool has_added = false;
    bool has_deleted = false;
    if (!parse_setid(req, &wanted, &has_added, &has_deleted, reply)) {
        return;
    }
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_STREAM, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT) {
        reply_no_such_key(reply);
        return;
    }
    struct stream *stream = stream_of(&key.value);
    struct stream_totals totals = stream_totals(stream);
    if (stream_id_compare(wanted.last_id, totals.max_deleted_id) < 0) {
        reply_error(reply, "ERR The ID specified in XSETID is smaller than current "
                           "max_deleted_entry_id");
        return;
    }
    if (totals.length > 0) {
        struct stream_walk walk;
        stream_walk_begin(&walk, stream, stream_id_min, stream_id_max, true);
        if (stream_id_compare(wanted.last_id, stream_walk_next(&walk)->id) < 0) {
            reply_error(reply, "ERR The ID specified in XSETID is smaller than the target stream "
                               "top item");
            return;
        }
        if (has_added && totals.length > wanted.entries_added) {
            reply_error(reply, "ERR The entries_added specified in XSETID is smaller than the "
                               "target stream length");
            return;
        }
    }
    totals.last_id = wanted.last_id;
    totals.entries_added = has_added ? wanted.entries_added : totals.entries_added;
    if (has_deleted && !stream_id_is_zero(wanted.max_deleted_id)) {
        totals.max_deleted_id = wanted.max_deleted_id;
    }
    stream_set_totals(stream, &totals);
    request_changed(req, &key, EVENT_XSETID, 1);
    reply_ok(reply);
}

// clang-format off
static const struct command rows[] = {
    {
        .name = "xadd", .handler = xadd_command, .arity = -5,
        .flags = CMD_WRITE | CMD_DENY_OOM | CMD_FAST, .acl = ACL_STREAM,
        .effect = EFFECT_VERBATIM, .tips = TIPS("nondeterministic_output"),
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_STREAM, .since = "5.0.0",
        .complexity = "O(1), and O(N) for N entries that a trim removes",
        .syntax = "key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] "
                  "[IDMPAUTO producer-id | IDMP producer-id idempotent-id] "
                  "[<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> "
                  "field value [field value ...]",
        .summary = "Appends an entry to a stream, creating it if needed.",
    },
    {
        .name = "xlen", .handler = xlen_command, .arity = 2,
        .flags = CMD_READONLY | CMD_FAST, .acl = ACL_STREAM, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0), .access = KEY_RO}),
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Counts the entries of a stream.",
    },
    {
        .name = "xrange", .handler = xrange_command, .arity = -4,
        .flags = CMD_READONLY, .acl = ACL_STREAM, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STREAM, .since = "5.0.0",
        .complexity = "O(log N + M), M entries returned",
        .syntax = "key start end [COUNT count]",
        .summary = "Returns the entries between two ids.",
    },
    {
        .name = "xrevrange", .handler = xrevrange_command, .arity = -4,
        .flags = CMD_READONLY, .acl = ACL_STREAM, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STREAM, .since = "5.0.0",
        .complexity = "O(log N + M), M entries returned",
        .syntax = "key end start [COUNT count]",
        .summary = "Returns the entries between two ids, the latest first.",
    },
    {
        .name = "xdel", .handler = xdel_command, .arity = -3,
        .flags = CMD_WRITE | CMD_FAST, .acl = ACL_STREAM, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(log N) for each id",
        .syntax = "key id [id ...]",
        .summary = "Deletes entries and counts them.",
    },
    {
        .name = "xdelex", .handler = xdelex_command, .arity = -5,
        .flags = CMD_WRITE | CMD_FAST, .acl = ACL_STREAM, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .group = GROUP_STREAM, .since = "8.2.0", .complexity = "O(log N) for each id",
        .syntax = "key [KEEPREF | DELREF | ACKED] <IDS numids id [id ...]>",
        .summary = "Deletes entries, and says of each what became of it.",
    },
    {
        .name = "xtrim", .handler = xtrim_command, .arity = -4,
        .flags = CMD_WRITE, .acl = ACL_STREAM, .effect = EFFECT_VERBATIM,
        .tips = TIPS("nondeterministic_output"),
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(N), N entries removed",
        .syntax = "key <MAXLEN | MINID> [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED]",
        .summary = "Removes the oldest entries and counts them.",
    },
    {
        .name = "xsetid", .handler = xsetid_command, .arity = -3,
        .flags = CMD_WRITE | CMD_DENY_OOM | CMD_FAST, .acl = ACL_STREAM,
        .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
        .summary = "Sets the last id of a stream.",
    },
};
// clang-format on

const struct command_table stream_commands = {rows, ARRAY_SIZE(rows)};
