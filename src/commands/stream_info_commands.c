/*
 * XINFO: what streams, groups and consumers say about themselves.
 *
 * Stock servers keep nodes in a radix tree and tell the number of its nodes: here it is computed
 * from the keys, as many as such a tree of these keys has.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/stream_args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/stream_type.h"

enum { FULL_COUNT_DEFAULT = 10 };

/* ---- The radix tree that there is not ---- */

/* Keys in order, as bytes. */
struct key_list {
    uint8_t (*keys)[STREAM_ID_SIZE];
    size_t count;
};

static void add_key(void *context, struct stream_id key) {
    struct key_list *list = context;
    stream_id_encode(list->keys[list->count++], key);
}

/*
 * Counts the nodes of the tree of some keys that have `depth` bytes in common: one for the bytes
 * that they have in common behind these, one for the branch, and those of each branch; of a single
 * key one for its rest and one for its end. Recurses at most as deep as a key is long.
 */
static size_t count_tree(uint8_t (*keys)[STREAM_ID_SIZE], size_t count, size_t depth) {
    if (count == 1) {
        return 1 + (depth < STREAM_ID_SIZE);
    }
    size_t common = depth;
    while (keys[0][common] == keys[count - 1][common]) {
        common++;
    }
    size_t nodes = 1 + (common > depth);
    for (size_t first = 0; first < count;) {
        size_t end = first + 1;
        while (end < count && keys[end][common] == keys[first][common]) {
            end++;
        }
        nodes += count_tree(keys + first, end - first, common + 1);
        first = end;
    }
    return nodes;
}

static size_t count_tree_nodes(const struct stream *stream) {
    size_t count = stream_node_count(stream);
    if (count == 0) {
        return 1;
    }
    struct key_list list = {alloc_new(count * STREAM_ID_SIZE), 0};
    stream_each_node(stream, add_key, &list);
    size_t nodes = count_tree(list.keys, list.count, 0);
    alloc_free(list.keys);
    return nodes;
}

/* ---- Parts of replies ---- */

static void reply_count(struct reply *reply, const char *name, uint64_t count) {
    reply_bulk_text(reply, name);
    reply_integer(reply, (int64_t)count);
}

static void reply_named_id(struct reply *reply, const char *name, struct stream_id id) {
    reply_bulk_text(reply, name);
    stream_reply_id(reply, id);
}

static void reply_lag(struct reply *reply, const struct stream *stream,
                      const struct stream_group *group) {
    struct stream_totals totals = stream_totals(stream);
    int64_t read = STREAM_ENTRIES_READ_UNKNOWN;
    if (totals.entries_added == 0) {
        read = 0;
    } else if (group->entries_read != STREAM_ENTRIES_READ_UNKNOWN &&
               !stream_has_deleted_after(stream, group->last_delivered)) {
        read = group->entries_read;
    } else {
        read = stream_entries_up_to(stream, group->last_delivered);
    }
    reply_bulk_text(reply, "lag");
    if (read == STREAM_ENTRIES_READ_UNKNOWN) {
        reply_null(reply);
    } else {
        reply_integer(reply, (int64_t)totals.entries_added - read);
    }
}

static void reply_entries_read(struct reply *reply, const struct stream_group *group) {
    reply_bulk_text(reply, "entries-read");
    if (group->entries_read == STREAM_ENTRIES_READ_UNKNOWN) {
        reply_null(reply);
    } else {
        reply_integer(reply, group->entries_read);
    }
}

enum { PRODUCER_FIELD_COUNT = 6 };

/* What is known of producers, once one has named itself. */
static void reply_producers(struct reply *reply, const struct stream *stream) {
    const struct stream_producers *producers = stream_find_producers(stream);
    if (producers == NULL) {
        return;
    }
    struct stream_producer_limits limits = stream_producers_in_force(producers);
    struct stream_producer_figures figures = stream_producers_figures(producers);
    reply_count(reply, "idmp-duration", (uint64_t)limits.seconds);
    reply_count(reply, "idmp-maxsize", (uint64_t)limits.record_count);
    reply_count(reply, "pids-tracked", figures.producer_count);
    reply_count(reply, "iids-tracked", figures.record_count);
    reply_count(reply, "iids-added", figures.added);
    reply_count(reply, "iids-duplicates", figures.repeats);
}

static size_t producer_fields(const struct stream *stream) {
    return stream_find_producers(stream) == NULL ? 0 : PRODUCER_FIELD_COUNT;
}

/* The counters that both forms of XINFO STREAM begin with. */
static void reply_totals(struct reply *reply, const struct stream *stream) {
    struct stream_totals totals = stream_totals(stream);
    reply_count(reply, "length", totals.length);
    reply_count(reply, "radix-tree-keys", stream_node_count(stream));
    reply_count(reply, "radix-tree-nodes", count_tree_nodes(stream));
    reply_named_id(reply, "last-generated-id", totals.last_id);
    reply_named_id(reply, "max-deleted-entry-id", totals.max_deleted_id);
    reply_count(reply, "entries-added", totals.entries_added);
    reply_named_id(reply, "recorded-first-entry-id", totals.first_id);
    reply_producers(reply, stream);
}

static void reply_edge(struct reply *reply, const char *name, const struct stream *stream,
                       bool is_last) {
    struct stream_walk walk;
    stream_walk_begin(&walk, stream, stream_id_min, stream_id_max, is_last);
    const struct stream_entry *entry = stream_walk_next(&walk);
    reply_bulk_text(reply, name);
    if (entry == NULL) {
        reply_null(reply);
    } else {
        stream_reply_entry(reply, entry);
    }
}

/* ---- XINFO STREAM FULL ---- */

/* The smaller of what there is and what is wanted; wanted 0: everything. */
static size_t at_most(size_t count, uint64_t wanted) {
    return wanted == 0 || count < wanted ? count : (size_t)wanted;
}

static void reply_pending(struct reply *reply, const struct stream_group *group,
                          const struct id_map *ids, bool names_consumer, uint64_t wanted) {
    enum { NAMED_SIZE = 4, OWN_SIZE = 3 };
    size_t count = at_most(id_map_count(ids), wanted);
    struct id_cursor at;
    bool has = id_map_first(ids, &at);
    reply_array(reply, count);
    for (size_t i = 0; has && i < count; i++) {
        const struct stream_pending *pending = stream_group_pending(group, id_map_id(ids, &at));
        reply_array(reply, names_consumer ? NAMED_SIZE : OWN_SIZE);
        stream_reply_id(reply, id_map_id(ids, &at));
        if (names_consumer) {
            reply_bulk(reply,
                       pending->consumer == NULL ? BYTES("") : sds_view(pending->consumer->name));
        }
        reply_integer(reply, pending->delivered_ms);
        reply_integer(reply, pending->delivery_count);
        has = id_map_next(ids, &at);
    }
}

static void reply_full_consumer(struct reply *reply, const struct stream_group *group,
                                const struct stream_consumer *consumer, uint64_t wanted) {
    enum { FIELD_COUNT = 5 };
    reply_map(reply, FIELD_COUNT);
    reply_bulk_text(reply, "name");
    reply_bulk(reply, sds_view(consumer->name));
    reply_bulk_text(reply, "seen-time");
    reply_integer(reply, consumer->seen_ms);
    reply_bulk_text(reply, "active-time");
    reply_integer(reply, consumer->active_ms);
    reply_count(reply, "pel-count", id_map_count(consumer->pending));
    reply_bulk_text(reply, "pending");
    reply_pending(reply, group, consumer->pending, false, wanted);
}

static void reply_full_group(struct reply *reply, const struct stream *stream,
                             const struct stream_group *group, uint64_t wanted) {
    enum { FIELD_COUNT = 8 };
    reply_map(reply, FIELD_COUNT);
    reply_bulk_text(reply, "name");
    reply_bulk(reply, sds_view(group->name));
    reply_named_id(reply, "last-delivered-id", group->last_delivered);
    reply_entries_read(reply, group);
    reply_lag(reply, stream, group);
    reply_count(reply, "pel-count", id_map_count(group->pending));
    reply_count(reply, "nacked-count", group->nacked_count);
    reply_bulk_text(reply, "pending");
    reply_pending(reply, group, group->pending, true, wanted);
    reply_bulk_text(reply, "consumers");
    reply_array(reply, group->consumer_count);
    for (size_t i = 0; i < group->consumer_count; i++) {
        reply_full_consumer(reply, group, group->consumers[i], wanted);
    }
}

static void reply_full(struct reply *reply, const struct stream *stream, uint64_t wanted) {
    enum { FIELD_COUNT = 9 };
    reply_map(reply, FIELD_COUNT + producer_fields(stream));
    reply_totals(reply, stream);
    reply_bulk_text(reply, "entries");
    size_t count = at_most((size_t)stream_totals(stream).length, wanted);
    struct stream_walk walk;
    stream_walk_begin(&walk, stream, stream_id_min, stream_id_max, false);
    reply_array(reply, count);
    for (size_t i = 0; i < count; i++) {
        stream_reply_entry(reply, stream_walk_next(&walk));
    }
    reply_bulk_text(reply, "groups");
    reply_array(reply, stream_group_count(stream));
    for (size_t i = 0; i < stream_group_count(stream); i++) {
        reply_full_group(reply, stream, stream_group_at(stream, i), wanted);
    }
}

/* ---- Commands ---- */

/* FULL [COUNT n] behind the key; false after an error. */
static bool parse_full(const struct request *req, bool *is_full, uint64_t *wanted,
                       struct reply *reply) {
    enum { FULL_INDEX = 3, COUNT_INDEX = 4, PLAIN_ARGC = 3, FULL_ARGC = 4, COUNT_ARGC = 6 };
    size_t argc = request_argc(req);
    *is_full = argc > PLAIN_ARGC;
    *wanted = FULL_COUNT_DEFAULT;
    if (!*is_full) {
        return true;
    }
    if (!args_is(req, FULL_INDEX, "full") || (argc != FULL_ARGC && argc != COUNT_ARGC) ||
        (argc == COUNT_ARGC && !args_is(req, COUNT_INDEX, "count"))) {
        struct bytes name = request_arg(req, 1);
        reply_error_format(reply,
                           "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try "
                           "XINFO HELP.",
                           (int)name.length, name.data);
        return false;
    }
    int64_t count;
    if (argc == COUNT_ARGC) {
        if (!args_integer(req, COUNT_INDEX + 1, &count, reply)) {
            return false;
        }
        *wanted = count < 0 ? FULL_COUNT_DEFAULT : (uint64_t)count;
    }
    return true;
}

/* Opens the stream; false after an error. */
static bool open_stream(struct request *req, struct open_key *key, struct reply *reply) {
    switch (request_read(req, 2, VALUE_STREAM, key, reply)) {
    case KEY_PRESENT:
        return true;
    case KEY_WRONG_TYPE:
        return false;
    case KEY_ABSENT:
        reply_no_such_key(reply);
        return false;
    }
    UNREACHABLE();
}

/* XINFO STREAM key [FULL [COUNT count]] */
static void xinfo_stream_command(struct request *req, struct reply *reply) {
    enum { FIELD_COUNT = 10 };
    bool is_full;
    uint64_t wanted;
    struct open_key key;
    if (!open_stream(req, &key, reply) || !parse_full(req, &is_full, &wanted, reply)) {
        return;
    }
    const struct stream *stream = stream_of(&key.value);
    if (is_full) {
        reply_full(reply, stream, wanted);
        return;
    }
    reply_map(reply, FIELD_COUNT + producer_fields(stream));
    reply_totals(reply, stream);
    reply_count(reply, "groups", stream_group_count(stream));
    reply_edge(reply, "first-entry", stream, false);
    reply_edge(reply, "last-entry", stream, true);
}

/* XINFO GROUPS key */
static void xinfo_groups_command(struct request *req, struct reply *reply) {
    enum { FIELD_COUNT = 6 };
    struct open_key key;
    if (!open_stream(req, &key, reply)) {
        return;
    }
    const struct stream *stream = stream_of(&key.value);
    reply_array(reply, stream_group_count(stream));
    for (size_t i = 0; i < stream_group_count(stream); i++) {
        const struct stream_group *group = stream_group_at(stream, i);
        reply_map(reply, FIELD_COUNT);
        reply_bulk_text(reply, "name");
        reply_bulk(reply, sds_view(group->name));
        reply_count(reply, "consumers", group->consumer_count);
        reply_count(reply, "pending", id_map_count(group->pending));
        reply_named_id(reply, "last-delivered-id", group->last_delivered);
        reply_entries_read(reply, group);
        reply_lag(reply, stream, group);
    }
}

/* XINFO CONSUMERS key group */
static void xinfo_consumers_command(struct request *req, struct reply *reply) {
    enum { FIELD_COUNT = 4, NAME_INDEX = 3 };
    struct open_key key;
    if (!open_stream(req, &key, reply)) {
        return;
    }
    struct bytes name = request_arg(req, NAME_INDEX);
    const struct stream_group *group = stream_find_group(stream_of(&key.value), name);
    if (group == NULL) {
        struct bytes key_name = request_arg(req, 2);
        reply_error_format(reply, "NOGROUP No such consumer group '%.*s' for key name '%.*s'",
                           (int)name.length, name.data, (int)key_name.length, key_name.data);
        return;
    }
    int64_t now_ms = clock_unix_ms();
    reply_array(reply, group->consumer_count);
    for (size_t i = 0; i < group->consumer_count; i++) {
        const struct stream_consumer *consumer = group->consumers[i];
        int64_t idle_ms = now_ms - consumer->seen_ms;
        int64_t inactive_ms = now_ms - consumer->active_ms;
        reply_map(reply, FIELD_COUNT);
        reply_bulk_text(reply, "name");
        reply_bulk(reply, sds_view(consumer->name));
        reply_count(reply, "pending", id_map_count(consumer->pending));
        reply_bulk_text(reply, "idle");
        reply_integer(reply, idle_ms < 0 ? 0 : idle_ms);
        reply_bulk_text(reply, "inactive");
        reply_integer(reply, consumer->active_ms == STREAM_NEVER_ACTIVE ? -1
                             : inactive_ms < 0                          ? 0
                                                                        : inactive_ms);
    }
}

/* XINFO HELP */
static void xinfo_help_command(struct request *req, struct reply *reply) {
    static const char *const lines[] = {
        "CONSUMERS <key> <group>",
        "    Shows the consumers of a group.",
        "GROUPS <key>",
        "    Shows the groups of a stream.",
        "STREAM <key> [FULL [COUNT <count>]]",
        "    Shows a stream; FULL with entries, groups and what is pending.",
    };
    (void)req;
    reply_help(reply, "XINFO", lines, ARRAY_SIZE(lines));
}

// clang-format off
#define XINFO_KEYS                                                                                 \
    KEYS({.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0), .access = KEY_RO | KEY_ACCESS})

static const struct command rows[] = {
    {
        .name = "xinfo", .handler = NULL, .arity = -2,
        .flags = 0, .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "varies",
        .syntax = "<subcommand>",
        .summary = "Container of the commands that show streams.",
    },
    {
        .name = "stream", .parent = "xinfo", .handler = xinfo_stream_command, .arity = -3,
        .flags = CMD_READONLY, .acl = ACL_STREAM, .effect = EFFECT_NONE, .keys = XINFO_KEYS,
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(1), and O(N) for N nodes",
        .syntax = "key [FULL [COUNT count]]",
        .summary = "Shows a stream.",
    },
    {
        .name = "groups", .parent = "xinfo", .handler = xinfo_groups_command, .arity = 3,
        .flags = CMD_READONLY, .acl = ACL_STREAM, .effect = EFFECT_NONE, .keys = XINFO_KEYS,
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(N), N groups",
        .syntax = "key",
        .summary = "Shows the consumer groups of a stream.",
    },
    {
        .name = "consumers", .parent = "xinfo", .handler = xinfo_consumers_command, .arity = 4,
        .flags = CMD_READONLY, .acl = ACL_STREAM, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output"), .keys = XINFO_KEYS,
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(N), N consumers",
        .syntax = "key group",
        .summary = "Shows the consumers of a group.",
    },
    {
        .name = "help", .parent = "xinfo", .handler = xinfo_help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE, .acl = ACL_STREAM, .effect = EFFECT_NONE,
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Describes the subcommands.",
    },
};
// clang-format on

const struct command_table stream_info_commands = {rows, ARRAY_SIZE(rows)};
