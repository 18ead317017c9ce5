/*
 * XREAD and XREADGROUP. A wait for new entries keeps concrete ids: "$" is decided before it begins.
 *
 * What a group delivers is recorded as XCLAIM and XGROUP SETID, so that a replay gives the same
 * entries to the same consumers whatever it is that adds entries meanwhile.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/stream_args.h"
#include "commands/stream_effects.h"
#include "commands/tables.h"
#include "keyspace/key_event.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/stream_type.h"

#include <string.h>

enum { CLAIM_NONE = -1, CAPACITY_MIN = 8 };

struct read_args {
    bool is_group;
    bool has_group;
    size_t group_index; /* of the group's name; the consumer's follows */
    bool skips_pending; /* NOACK */
    bool may_wait;
    double timeout_seconds;
    uint64_t count;     /* of each stream */
    uint64_t count_max; /* of the whole reply */
    uint64_t bytes_max;
    int64_t claim_idle_ms; /* CLAIM_NONE without */
    size_t first_key;
    size_t key_count;
};

/* What is asked of one stream. */
enum read_kind { READ_AFTER, READ_LAST, READ_NEW, READ_HISTORY };

struct read_from {
    enum read_kind kind;
    struct stream_id id;
};

/* What the reply has so far. */
struct progress {
    uint64_t count;
    uint64_t bytes;
};

static struct bytes group_name(const struct request *req, const struct read_args *args) {
    return request_arg(req, args->group_index);
}

static struct bytes consumer_name(const struct request *req, const struct read_args *args) {
    return request_arg(req, args->group_index + 1);
}

/* ---- Arguments ---- */

static bool parse_block(const struct request *req, size_t index, struct read_args *args,
                        struct reply *reply) {
    int64_t timeout_ms;
    if (!args_timeout_ms(req, index, &timeout_ms, reply)) {
        return false;
    }
    if (timeout_ms > INT64_MAX - clock_unix_ms()) {
        reply_error(reply, "ERR timeout is out of range");
        return false;
    }
    args->may_wait = true;
    args->timeout_seconds = (double)timeout_ms / CLOCK_MS_PER_SECOND;
    return true;
}

static bool parse_streams(const struct request *req, size_t index, struct read_args *args,
                          struct reply *reply) {
    size_t rest = request_argc(req) - index;
    if (rest == 0 || rest % 2 != 0) {
        reply_error_format(reply,
                           "ERR Unbalanced '%s' list of streams: for each stream key an ID%s must "
                           "be specified.",
                           args->is_group ? "xreadgroup" : "xread",
                           args->is_group ? " or '>'" : ", '+', or '$'");
        return false;
    }
    args->first_key = index;
    args->key_count = rest / 2;
    return true;
}

/* A limit that must be positive; false after an error. */
static bool parse_limit(const struct request *req, size_t index, const char *error, uint64_t *limit,
                        struct reply *reply) {
    const struct args_bounds bounds = {1, INT64_MAX, error};
    int64_t number;
    if (!args_bounded(req, index, bounds, &number, reply)) {
        return false;
    }
    *limit = (uint64_t)number;
    return true;
}

/* Parses an option with an operand. Returns the arguments taken, 0: none such, -1: an error. */
static int parse_option(const struct request *req, size_t i, struct read_args *args,
                        struct reply *reply) {
    if (args_is(req, i, "block")) {
        return parse_block(req, i + 1, args, reply) ? 2 : -1;
    }
    if (args_is(req, i, "count")) {
        int64_t count;
        if (!args_integer(req, i + 1, &count, reply)) {
            return -1;
        }
        args->count = count <= 0 ? UINT64_MAX : (uint64_t)count;
        return 2;
    }
    if (args_is(req, i, "maxcount")) {
        return parse_limit(req, i + 1, "ERR MAXCOUNT must be a positive integer", &args->count_max,
                           reply)
                   ? 2
                   : -1;
    }
    if (args_is(req, i, "maxsize")) {
        return parse_limit(req, i + 1, "ERR MAXSIZE must be a positive integer", &args->bytes_max,
                           reply)
                   ? 2
                   : -1;
    }
    if (args->is_group && args_is(req, i, "claim")) {
        static const struct args_bounds bounds = {0, INT64_MAX,
                                                  "ERR min-idle-time must be a positive integer"};
        return args_bounded(req, i + 1, bounds, &args->claim_idle_ms, reply) ? 2 : -1;
    }
    return 0;
}

static bool parse_read(const struct request *req, bool is_group, struct read_args *args,
                       struct reply *reply) {
    *args = (struct read_args){
        .is_group = is_group,
        .count = UINT64_MAX,
        .count_max = UINT64_MAX,
        .bytes_max = UINT64_MAX,
        .claim_idle_ms = CLAIM_NONE,
    };
    for (size_t i = 1; i < request_argc(req) && args->key_count == 0;) {
        size_t more = request_argc(req) - i - 1;
        int taken = more > 0 ? parse_option(req, i, args, reply) : 0;
        if (taken < 0) {
            return false;
        }
        if (taken > 0) {
            i += (size_t)taken;
        } else if (args_is(req, i, "streams") && more > 0) {
            if (!parse_streams(req, i + 1, args, reply)) {
                return false;
            }
        } else if (args_is(req, i, "group") && more > 1) {
            if (!is_group) {
                reply_error(reply, "ERR The GROUP option is only supported by XREADGROUP. You "
                                   "called XREAD instead.");
                return false;
            }
            args->has_group = true;
            args->group_index = i + 1;
            i += 3;
        } else if (args_is(req, i, "noack")) {
            if (!is_group) {
                reply_error(reply, "ERR The NOACK option is only supported by XREADGROUP. You "
                                   "called XREAD instead.");
                return false;
            }
            args->skips_pending = true;
            i++;
        } else {
            reply_syntax_error(reply);
            return false;
        }
    }
    if (args->key_count == 0) {
        reply_syntax_error(reply);
        return false;
    }
    if (is_group && !args->has_group) {
        reply_error(reply, "ERR Missing GROUP option for XREADGROUP");
        return false;
    }
    return true;
}

/* What is asked of the stream at an index; stream: NULL when it does not exist. */
static bool parse_from(const struct request *req, const struct read_args *args, size_t index,
                       const struct stream *stream, struct read_from *from, struct reply *reply) {
    size_t id_index = args->first_key + args->key_count + index;
    struct stream_id last = {0, 0};
    bool has_entries = false;
    if (stream != NULL) {
        struct stream_totals totals = stream_totals(stream);
        last = totals.last_id;
        has_entries = totals.length > 0;
    }
    if (args_is(req, id_index, "$")) {
        if (args->is_group) {
            reply_error(reply, "ERR The $ ID is meaningless in the context of XREADGROUP: you want "
                               "to read the history of this consumer by specifying a proper ID, or "
                               "use the > ID to get new messages. The $ ID would just return an "
                               "empty result set.");
            return false;
        }
        *from = (struct read_from){READ_AFTER, last};
        return true;
    }
    if (args_is(req, id_index, "+") && !args->is_group) {
        *from = (struct read_from){has_entries ? READ_LAST : READ_AFTER, last};
        return true;
    }
    if (args_is(req, id_index, ">")) {
        if (!args->is_group) {
            reply_error(reply, "ERR The > ID can be specified only when calling XREADGROUP using "
                               "the GROUP <group> <consumer> option.");
            return false;
        }
        from->kind = READ_NEW;
        return true;
    }
    if (!stream_args_id(req, id_index, 0, &from->id, reply)) {
        return false;
    }
    /* Nothing is behind the greatest id, which therefore means what is new, as in the oracle. */
    enum read_kind of_group =
        stream_id_compare(from->id, stream_id_max) == 0 ? READ_NEW : READ_HISTORY;
    from->kind = args->is_group ? of_group : READ_AFTER;
    return true;
}

/*
 * Opens one of the streams. Of a key that got another type while an XREAD waited, its wait goes on
 * as on the stock server: there is no stream.
 */
static enum key_status open_stream(struct request *req, const struct read_args *args, size_t index,
                                   struct open_key *key, struct reply *reply) {
    size_t key_index = args->first_key + index;
    if (args->is_group || (req->flags & REQUEST_REEXECUTED) == 0) {
        return request_read(req, key_index, VALUE_STREAM, key, reply);
    }
    bool is_stream =
        request_read_any(req, key_index, OPEN_COUNTED, key) && key->value.type == VALUE_STREAM;
    return is_stream ? KEY_PRESENT : KEY_ABSENT;
}

/* Parses and checks what is asked of all streams, before anything is read. */
static bool parse_all(struct request *req, const struct read_args *args, struct read_from *from,
                      struct reply *reply) {
    for (size_t i = 0; i < args->key_count; i++) {
        struct open_key key;
        enum key_status status = open_stream(req, args, i, &key, reply);
        if (status == KEY_WRONG_TYPE) {
            return false;
        }
        const struct stream *stream = status == KEY_PRESENT ? stream_of(&key.value) : NULL;
        if (args->is_group &&
            (stream == NULL || stream_find_group(stream, group_name(req, args)) == NULL)) {
            struct bytes name = request_arg(req, args->first_key + i);
            struct bytes group = group_name(req, args);
            reply_error_format(reply,
                               "NOGROUP No such key '%.*s' or consumer group '%.*s' in XREADGROUP "
                               "with GROUP option",
                               (int)name.length, name.data, (int)group.length, group.data);
            return false;
        }
        if (!parse_from(req, args, i, stream, &from[i], reply)) {
            return false;
        }
    }
    return true;
}

/* ---- Reading ---- */

/* Whether another entry fits into the reply; the first one always does. */
static bool has_room(const struct read_args *args, const struct progress *progress) {
    return progress->count == 0 ||
           (progress->count < args->count_max && progress->bytes < args->bytes_max);
}

static void count_entry(struct progress *progress, const struct reply *reply, size_t written) {
    progress->count++;
    progress->bytes += reply_written(reply).length - written;
}

/* Writes [key, entries]; a pair of the map in RESP3. */
static void begin_stream(const struct request *req, size_t key_index, struct reply *reply) {
    if (reply->protocol == RESP2) {
        reply_array(reply, 2);
    }
    reply_bulk(reply, request_arg(req, key_index));
}

/* Reads entries behind an id. Returns whether there were any. */
static bool read_after(struct request *req, const struct read_args *args, size_t index,
                       const struct read_from *from, struct progress *progress,
                       struct reply *reply) {
    struct open_key key;
    size_t key_index = args->first_key + index;
    if (open_stream(req, args, index, &key, reply) != KEY_PRESENT) {
        return false;
    }
    const struct stream *stream = stream_of(&key.value);
    struct stream_id first = from->id;
    bool is_last = from->kind == READ_LAST;
    if (is_last) {
        first = stream_id_min;
    } else if (stream_id_compare(stream_totals(stream).last_id, first) <= 0 ||
               !stream_id_increment(&first)) {
        return false;
    }
    struct stream_walk walk;
    stream_walk_begin(&walk, stream, first, stream_id_max, is_last);
    const struct stream_entry *entry = stream_walk_next(&walk);
    if (entry == NULL || !has_room(args, progress)) {
        return false;
    }
    begin_stream(req, key_index, reply);
    size_t mark = reply_begin(reply);
    uint64_t count = is_last ? 1 : args->count;
    uint64_t found = 0;
    while (entry != NULL && found < count && has_room(args, progress)) {
        size_t written = reply_written(reply).length;
        stream_reply_entry(reply, entry);
        count_entry(progress, reply, written);
        found++;
        entry = stream_walk_next(&walk);
    }
    reply_end_array(reply, mark, found);
    return true;
}

/* ---- Groups ---- */

/* One stream that a group reads. */
struct delivery {
    struct request *req;
    const struct read_args *args;
    size_t key_index;
    struct stream *stream;
    struct stream_group *group;
    struct stream_consumer *consumer;
    int64_t now_ms;
    struct progress *progress;
    struct reply *reply;
    uint64_t found;
    struct stream_claims claims;
};

/* The group has read one more entry. */
static void advance(const struct stream *stream, struct stream_group *group, struct stream_id id) {
    if (group->entries_read != STREAM_ENTRIES_READ_UNKNOWN &&
        !stream_has_deleted_after(stream, id)) {
        group->entries_read += group->entries_read < INT64_MAX;
    } else if (stream_totals(stream).entries_added > 0) {
        group->entries_read = stream_entries_up_to(stream, id);
    }
    group->last_delivered = id;
}

/*
 * Collects what was idle long enough and is still there, as much as may be handed out: what was
 * idle longest first, and before that what was given back. Returns the number of ids.
 */
static size_t find_idle(const struct delivery *delivery, struct stream_id **ids) {
    const struct read_args *args = delivery->args;
    uint64_t max = args->count_max - delivery->progress->count;
    max = delivery->progress->count >= args->count_max ? 1 : max;
    max = max < args->count ? max : args->count;
    struct id_map *pending = delivery->group->pending;
    struct id_ranks *ranks = id_ranks_begin(pending, delivery->now_ms - args->claim_idle_ms);
    struct id_cursor at;
    size_t count = 0;
    size_t capacity = 0;
    *ids = NULL;
    while (count < max && id_ranks_next(ranks, &at)) {
        struct stream_entry entry;
        if (!stream_find(delivery->stream, id_map_id(pending, &at), &entry)) {
            continue; /* Its entry was deleted: there is nothing to hand out. */
        }
        if (count == capacity) {
            capacity = 2 * capacity + CAPACITY_MIN;
            *ids = alloc_resize(*ids, capacity * sizeof **ids);
        }
        (*ids)[count++] = id_map_id(pending, &at);
    }
    id_ranks_end(ranks);
    return count;
}

/* Hands out pending entries that were idle long enough. */
static void deliver_claims(struct delivery *delivery) {
    struct stream_group *group = delivery->group;
    struct stream_id *ids;
    size_t count = find_idle(delivery, &ids);
    enum { CLAIMED_SIZE = 4 };
    for (size_t i = 0; i < count && has_room(delivery->args, delivery->progress); i++) {
        struct stream_entry entry;
        bool is_there = stream_find(delivery->stream, ids[i], &entry);
        ASSERT(is_there);
        struct stream_pending pending = *stream_group_pending(group, ids[i]);
        int64_t idle_ms = pending.delivered_ms == 0 ? -1 : delivery->now_ms - pending.delivered_ms;
        size_t written = reply_written(delivery->reply).length;
        reply_array(delivery->reply, CLAIMED_SIZE);
        stream_reply_id(delivery->reply, ids[i]);
        stream_reply_fields(delivery->reply, &entry);
        reply_integer(delivery->reply, idle_ms);
        reply_integer(delivery->reply, pending.delivery_count);
        pending.consumer = delivery->consumer;
        pending.delivered_ms = delivery->now_ms;
        pending.delivery_count += pending.delivery_count < INT64_MAX;
        stream_group_assign(group, ids[i], &pending);
        stream_claims_add(&delivery->claims, ids[i], &pending);
        count_entry(delivery->progress, delivery->reply, written);
        delivery->found++;
    }
    alloc_free(ids);
}

/* Hands out entries that the group has not read. Returns their number. */
static uint64_t deliver_new(struct delivery *delivery) {
    struct stream_group *group = delivery->group;
    struct stream_id first = group->last_delivered;
    uint64_t delivered = 0;
    if (!stream_id_increment(&first)) {
        return 0;
    }
    struct stream_walk walk;
    stream_walk_begin(&walk, delivery->stream, first, stream_id_max, false);
    const struct stream_entry *entry;
    while (delivery->found < delivery->args->count &&
           has_room(delivery->args, delivery->progress) &&
           (entry = stream_walk_next(&walk)) != NULL) {
        size_t written = reply_written(delivery->reply).length;
        stream_reply_entry(delivery->reply, entry);
        count_entry(delivery->progress, delivery->reply, written);
        advance(delivery->stream, group, entry->id);
        if (!delivery->args->skips_pending) {
            struct stream_pending pending = {delivery->consumer, delivery->now_ms, 1};
            stream_group_assign(group, entry->id, &pending);
            stream_claims_add(&delivery->claims, entry->id, &pending);
        }
        delivery->found++;
        delivered++;
    }
    return delivered;
}

/* Notes that the consumer has got a pending entry of its own once more. */
static void count_delivery(struct delivery *delivery, struct stream_id id) {
    struct stream_pending pending = *stream_group_pending(delivery->group, id);
    pending.delivered_ms = delivery->now_ms;
    pending.delivery_count += pending.delivery_count < INT64_MAX;
    stream_group_assign(delivery->group, id, &pending);
    stream_claims_add(&delivery->claims, id, &pending);
}

/*
 * Hands out again what is pending for the consumer, behind an id. Returns how many deliveries were
 * counted. Stock servers count them too, but do not record it.
 */
static uint64_t deliver_history(struct delivery *delivery, struct stream_id after) {
    struct id_cursor at;
    const struct id_map *own = delivery->consumer->pending;
    uint64_t counted = 0;
    if (!stream_id_increment(&after)) {
        return 0;
    }
    bool has = id_map_seek(own, after, &at);
    for (; has && delivery->found < delivery->args->count &&
           has_room(delivery->args, delivery->progress);
         has = id_map_next(own, &at)) {
        struct stream_id id = id_map_id(own, &at);
        struct stream_entry entry;
        size_t written = reply_written(delivery->reply).length;
        if (stream_find(delivery->stream, id, &entry)) {
            stream_reply_entry(delivery->reply, &entry);
            count_delivery(delivery, id);
            counted++;
        } else {
            reply_array(delivery->reply, 2);
            stream_reply_id(delivery->reply, id);
            reply_null_array(delivery->reply);
        }
        count_entry(delivery->progress, delivery->reply, written);
        delivery->found++;
    }
    return counted;
}

/* Finds or makes the consumer and notes that it was seen. */
static void see_consumer(struct delivery *delivery, struct open_key *key) {
    struct bytes name = consumer_name(delivery->req, delivery->args);
    delivery->consumer = stream_group_find(delivery->group, name);
    if (delivery->consumer == NULL) {
        delivery->consumer = stream_group_add(delivery->group, name, delivery->now_ms);
        request_announce(delivery->req, key, EVENT_XGROUP_CREATECONSUMER);
    }
    delivery->consumer->seen_ms = delivery->now_ms;
}

/* Lets the group read one stream. Returns whether that gave anything to be told. */
static bool read_group(struct request *req, const struct read_args *args, size_t index,
                       const struct read_from *from, struct progress *progress,
                       struct reply *reply) {
    struct open_key key;
    size_t key_index = args->first_key + index;
    if (request_write(req, key_index, VALUE_STREAM, &key, reply) != KEY_PRESENT) {
        return false;
    }
    struct delivery delivery = {
        .req = req,
        .args = args,
        .key_index = key_index,
        .stream = stream_of(&key.value),
        .group = stream_find_group(stream_of(&key.value), group_name(req, args)),
        .now_ms = clock_unix_ms(),
        .progress = progress,
        .reply = reply,
    };
    see_consumer(&delivery, &key);
    stream_claims_begin(&delivery.claims, req, request_arg(req, key_index), delivery.group,
                        sds_view(delivery.consumer->name));
    size_t start = reply_written(reply).length;
    begin_stream(req, key_index, reply);
    size_t mark = reply_begin(reply);
    uint64_t claimed = 0;
    uint64_t delivered = 0;
    if (from->kind == READ_HISTORY) {
        claimed = deliver_history(&delivery, from->id);
    } else {
        if (args->claim_idle_ms != CLAIM_NONE) {
            deliver_claims(&delivery);
            claimed = delivery.found;
        }
        delivered = deliver_new(&delivery);
    }
    stream_claims_end(&delivery.claims);
    if (claimed + delivered > 0) {
        /* One that was made while there was nothing to read is not in the log yet. */
        bool is_first = delivery.consumer->active_ms == STREAM_NEVER_ACTIVE;
        delivery.consumer->active_ms = delivery.now_ms;
        if (delivered > 0) {
            if (args->skips_pending && is_first) {
                stream_effect_consumer(req, request_arg(req, key_index), delivery.group,
                                       sds_view(delivery.consumer->name));
            }
            stream_effect_position(req, request_arg(req, key_index), delivery.group);
        }
        request_changed(req, &key, EVENT_GROUP, (int64_t)(claimed + delivered));
    }
    if (delivery.found == 0 && from->kind != READ_HISTORY) {
        reply_truncate(reply, start);
        return false;
    }
    reply_end_array(reply, mark, delivery.found);
    return true;
}

/* ---- Waiting ---- */

/* When the first pending entry that is there was delivered; false when there is none. */
static bool first_delivery(const struct stream *stream, const struct stream_group *group,
                           int64_t *delivered_ms) {
    struct id_ranks *ranks = id_ranks_begin(group->pending, INT64_MAX);
    struct id_cursor at;
    bool is_found = false;
    while (!is_found && id_ranks_next(ranks, &at)) {
        const struct stream_pending *pending = id_map_value(group->pending, &at);
        struct stream_entry entry;
        is_found = stream_find(stream, id_map_id(group->pending, &at), &entry);
        *delivered_ms = pending->delivered_ms;
    }
    id_ranks_end(ranks);
    return is_found;
}

/* When the first pending entry of any stream will have been idle long enough; 0: never. */
static int64_t next_claim_ms(struct request *req, const struct read_args *args) {
    int64_t first_ms = 0;
    for (size_t i = 0; args->claim_idle_ms != CLAIM_NONE && i < args->key_count; i++) {
        struct open_key key;
        if (!request_read_any(req, args->first_key + i, OPEN_UNTOUCHED, &key) ||
            key.value.type != VALUE_STREAM) {
            continue;
        }
        const struct stream *stream = stream_of(&key.value);
        const struct stream_group *group = stream_find_group(stream, group_name(req, args));
        int64_t delivered_ms;
        if (group == NULL || !first_delivery(stream, group, &delivered_ms) ||
            delivered_ms > INT64_MAX - args->claim_idle_ms) {
            continue;
        }
        int64_t due_ms = delivered_ms + args->claim_idle_ms;
        first_ms = first_ms == 0 || due_ms < first_ms ? due_ms : first_ms;
    }
    return first_ms;
}

static void wait_for_entries(struct request *req, const struct read_args *args,
                             const struct read_from *from) {
    size_t argc = request_argc(req);
    struct bytes *words = alloc_new(argc * sizeof *words);
    size_t *indexes = alloc_new(args->key_count * sizeof *indexes);
    char(*ids)[STREAM_ID_TEXT_SIZE] = alloc_new(args->key_count * sizeof *ids);
    memcpy(words, req->args, argc * sizeof *words);
    for (size_t i = 0; i < args->key_count; i++) {
        indexes[i] = args->first_key + i;
        if (from[i].kind == READ_AFTER) {
            words[args->first_key + args->key_count + i] =
                (struct bytes){ids[i], stream_id_print(ids[i], from[i].id)};
        }
    }
    struct block_options options = {
        .timeout_seconds = args->timeout_seconds,
        .type = VALUE_STREAM,
        .timeout_reply = TIMEOUT_NULL_ARRAY,
        .wake_ms = next_claim_ms(req, args),
        .wakes_on_any_change = args->is_group,
        .queue_index = args->is_group ? args->group_index : 0,
        .queue_class = args->claim_idle_ms == CLAIM_NONE ? 0 : (uint64_t)args->claim_idle_ms + 1,
    };
    const struct bytes *original = req->args;
    req->args = words; /* What runs again has ids that do not change. */
    request_block(req, indexes, args->key_count, &options);
    req->args = original;
    alloc_free(words);
    alloc_free(indexes);
    alloc_free(ids);
}

static void read_streams(struct request *req, bool is_group, struct reply *reply) {
    struct read_args args;
    if (!parse_read(req, is_group, &args, reply)) {
        return;
    }
    struct read_from *from = alloc_zeroed(args.key_count * sizeof *from);
    if (!parse_all(req, &args, from, reply)) {
        alloc_free(from);
        return;
    }
    struct progress progress = {0, 0};
    size_t start = reply_written(reply).length;
    size_t mark = reply_begin(reply);
    size_t found = 0;
    for (size_t i = 0; i < args.key_count; i++) {
        found += is_group ? read_group(req, &args, i, &from[i], &progress, reply)
                          : read_after(req, &args, i, &from[i], &progress, reply);
    }
    if (found > 0 && reply->protocol == RESP3) {
        reply_end_map(reply, mark, found);
    } else if (found > 0) {
        reply_end_array(reply, mark, found);
    } else {
        reply_truncate(reply, start);
        if (args.may_wait && request_may_block(req)) {
            wait_for_entries(req, &args, from);
        } else {
            reply_null_array(reply);
        }
    }
    alloc_free(from);
}

/* XREAD [COUNT count] [BLOCK ms] [MAXCOUNT n] [MAXSIZE bytes] STREAMS key [key ...] id [id ...] */
static void xread_command(struct request *req, struct reply *reply) {
    read_streams(req, false, reply);
}

/* XREADGROUP GROUP group consumer [COUNT n] [BLOCK ms] [CLAIM ms] [NOACK] STREAMS key … id … */
static void xreadgroup_command(struct request *req, struct reply *reply) {
    read_streams(req, true, reply);
}

// clang-format off
static const struct command rows[] = {
    {
        .name = "xread", .handler = xread_command, .arity = -4,
        .flags = CMD_READONLY | CMD_BLOCKING, .acl = ACL_STREAM, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_KEYWORD("STREAMS", 1), .find = KEY_RANGE(-1, 1, 2),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STREAM, .since = "5.0.0",
        .complexity = "O(log N + M) for each stream, M entries returned",
        .syntax = "[COUNT count] [BLOCK milliseconds] [MAXCOUNT count] [MAXSIZE bytes] STREAMS key "
                  "[key ...] id [id ...]",
        .summary = "Returns entries behind ids, and waits until there are some.",
    },
    {
        .name = "xreadgroup", .handler = xreadgroup_command, .arity = -7,
        .flags = CMD_WRITE | CMD_BLOCKING, .acl = ACL_STREAM, .effect = EFFECT_REPLAY,
        .keys = KEYS({.begin = KEY_KEYWORD("STREAMS", 4), .find = KEY_RANGE(-1, 1, 2),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_STREAM, .since = "5.0.0",
        .complexity = "O(log N + M) for each stream, M entries returned",
        .syntax = "GROUP group consumer [COUNT count] [BLOCK milliseconds] [CLAIM min-idle-time] "
                  "[NOACK] [MAXCOUNT count] [MAXSIZE bytes] STREAMS key [key ...] id [id ...]",
        .summary = "Delivers new entries of a group to a consumer, or what is pending for it.",
    },
};
// clang-format on

const struct command_table stream_read_commands = {rows, ARRAY_SIZE(rows)};
