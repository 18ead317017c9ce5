/*
 * Consumer groups: making them, acknowledging, and giving entries back.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "commands/args.h"
#include "commands/stream_args.h"
#include "commands/tables.h"
#include "keyspace/key_event.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/stream_type.h"

#include <string.h>

enum { KEY_INDEX_OF_XGROUP = 2, GROUP_INDEX = 3, ID_INDEX = 4, OPTIONS_INDEX = 5 };

/* ---- XGROUP ---- */

struct group_options {
    bool makes_stream;
    int64_t entries_read;
};

static bool parse_group_options(const struct request *req, bool is_create,
                                struct group_options *options, struct reply *reply) {
    *options = (struct group_options){false, STREAM_ENTRIES_READ_UNKNOWN};
    for (size_t i = OPTIONS_INDEX; i < request_argc(req); i++) {
        if (is_create && args_is(req, i, "mkstream")) {
            options->makes_stream = true;
        } else if (args_is(req, i, "entriesread") && i + 1 < request_argc(req)) {
            i++;
            if (!args_integer(req, i, &options->entries_read, reply)) {
                return false;
            }
            if (options->entries_read < STREAM_ENTRIES_READ_UNKNOWN) {
                reply_error(reply, "ERR value for ENTRIESREAD must be positive or -1");
                return false;
            }
        } else {
            struct bytes name = request_arg(req, 1);
            reply_error_format(reply,
                               "ERR unknown subcommand or wrong number of arguments for '%.*s'. "
                               "Try XGROUP HELP.",
                               (int)name.length, name.data);
            return false;
        }
    }
    return true;
}

/* Opens the stream of an XGROUP subcommand; false after an error. */
static bool open_for_group(struct request *req, struct open_key *key, struct reply *reply) {
    switch (request_write(req, KEY_INDEX_OF_XGROUP, VALUE_STREAM, key, reply)) {
    case KEY_PRESENT:
        return true;
    case KEY_WRONG_TYPE:
        return false;
    case KEY_ABSENT:
        reply_error(reply, "ERR The XGROUP subcommand requires the key to exist. Note that for "
                           "CREATE you may want to use the MKSTREAM option to create an empty "
                           "stream automatically.");
        return false;
    }
    UNREACHABLE();
}

/* The group that the request names; NULL after an error. */
static struct stream_group *find_group(struct request *req, struct open_key *key,
                                       struct reply *reply) {
    struct bytes name = request_arg(req, GROUP_INDEX);
    struct stream_group *group = stream_find_group(stream_of(&key->value), name);
    if (group == NULL) {
        struct bytes key_name = request_arg(req, KEY_INDEX_OF_XGROUP);
        reply_error_format(reply, "NOGROUP No such consumer group '%.*s' for key name '%.*s'",
                           (int)name.length, name.data, (int)key_name.length, key_name.data);
    }
    return group;
}

/* "$" or an id. */
static bool parse_position(const struct request *req, const struct stream *stream,
                           struct stream_id *id, struct reply *reply) {
    if (args_is(req, ID_INDEX, "$")) {
        *id = stream == NULL ? stream_id_min : stream_totals(stream).last_id;
        return true;
    }
    return stream_args_id(req, ID_INDEX, 0, id, reply);
}

/* XGROUP CREATE key group id | $ [MKSTREAM] [ENTRIESREAD entries-read] */
static void xgroup_create_command(struct request *req, struct reply *reply) {
    struct group_options options;
    struct open_key key;
    struct stream_id id;
    if (!parse_group_options(req, true, &options, reply)) {
        return;
    }
    bool is_new = false;
    if (options.makes_stream) {
        enum key_status status = request_write(req, KEY_INDEX_OF_XGROUP, VALUE_STREAM, &key, reply);
        if (status == KEY_WRONG_TYPE) {
            return;
        }
        is_new = status == KEY_ABSENT;
    } else if (!open_for_group(req, &key, reply)) {
        return;
    }
    if (!parse_position(req, is_new ? NULL : stream_of(&key.value), &id, reply)) {
        return;
    }
    struct bytes name = request_arg(req, GROUP_INDEX);
    if (!is_new && stream_find_group(stream_of(&key.value), name) != NULL) {
        reply_error(reply, "BUSYGROUP Consumer Group name already exists");
        return;
    }
    if (is_new) {
        stream_type_create(&key.value);
        request_announce(req, &key, EVENT_NONE); /* Those who watch hear of keys, not of groups. */
    }
    stream_add_group(stream_of(&key.value), stream_group_create(name, id, options.entries_read));
    request_changed(req, &key, EVENT_XGROUP_CREATE, 1);
    reply_ok(reply);
}

/* XGROUP SETID key group id | $ [ENTRIESREAD entries-read] */
static void xgroup_setid_command(struct request *req, struct reply *reply) {
    struct group_options options;
    struct open_key key;
    struct stream_id id;
    if (!parse_group_options(req, false, &options, reply) || !open_for_group(req, &key, reply)) {
        return;
    }
    struct stream_group *group = find_group(req, &key, reply);
    if (group == NULL) {
        return;
    }
    if (args_is(req, ID_INDEX, "-") || args_is(req, ID_INDEX, "+")) {
        id = args_is(req, ID_INDEX, "-") ? stream_id_min : stream_id_max;
    } else if (!parse_position(req, stream_of(&key.value), &id, reply)) {
        return;
    }
    group->last_delivered = id;
    group->entries_read = options.entries_read;
    request_changed(req, &key, EVENT_XGROUP_SETID, 1);
    reply_ok(reply);
}

/* XGROUP DESTROY key group */
static void xgroup_destroy_command(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!open_for_group(req, &key, reply)) {
        return;
    }
    struct stream_group *group =
        stream_find_group(stream_of(&key.value), request_arg(req, GROUP_INDEX));
    if (group != NULL) {
        struct value rest;
        stream_remove_group(stream_of(&key.value), group, &rest);
        keyspace_discard(key.database, &rest);
        request_changed(req, &key, EVENT_XGROUP_DESTROY, 1);
    }
    reply_integer(reply, group != NULL);
}

/* XGROUP CREATECONSUMER key group consumer */
static void xgroup_createconsumer_command(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!open_for_group(req, &key, reply)) {
        return;
    }
    struct stream_group *group = find_group(req, &key, reply);
    if (group == NULL) {
        return;
    }
    bool is_new = stream_group_find(group, request_arg(req, ID_INDEX)) == NULL;
    if (is_new) {
        (void)stream_group_add(group, request_arg(req, ID_INDEX), clock_unix_ms());
        request_changed(req, &key, EVENT_XGROUP_CREATECONSUMER, 1);
    }
    reply_integer(reply, is_new);
}

/* XGROUP DELCONSUMER key group consumer */
static void xgroup_delconsumer_command(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!open_for_group(req, &key, reply)) {
        return;
    }
    struct stream_group *group = find_group(req, &key, reply);
    if (group == NULL) {
        return;
    }
    struct stream_consumer *consumer = stream_group_find(group, request_arg(req, ID_INDEX));
    size_t pending = 0;
    if (consumer != NULL) {
        struct value rest;
        pending = stream_remove_consumer(group, consumer, &rest);
        keyspace_discard(key.database, &rest);
        request_changed(req, &key, EVENT_XGROUP_DELCONSUMER, 1);
    }
    reply_integer(reply, (int64_t)pending);
}

/* XGROUP HELP */
static void xgroup_help_command(struct request *req, struct reply *reply) {
    static const char *const lines[] = {
        "CREATE <key> <group> <id|$> [MKSTREAM] [ENTRIESREAD <n>]",
        "    Makes a group that reads behind an id, $ for the last one.",
        "    MKSTREAM makes an empty stream if there is none.",
        "    ENTRIESREAD sets the counter of entries that the group has read.",
        "CREATECONSUMER <key> <group> <consumer>",
        "    Makes a consumer.",
        "DELCONSUMER <key> <group> <consumer>",
        "    Removes a consumer with its pending entries and counts these.",
        "DESTROY <key> <group>",
        "    Removes a group.",
        "SETID <key> <group> <id|$> [ENTRIESREAD <n>]",
        "    Sets the id behind which the group reads.",
    };
    (void)req;
    reply_help(reply, "XGROUP", lines, ARRAY_SIZE(lines));
}

/* ---- Acknowledging ---- */

/* XACK key group id [id ...] */
static void xack_command(struct request *req, struct reply *reply) {
    enum { NAME_INDEX = 2, FIRST_ID = 3 };
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_STREAM, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct stream_group *group = stream_args_group(status, &key, request_arg(req, NAME_INDEX));
    if (group == NULL) {
        reply_integer(reply, 0);
        return;
    }
    struct stream_id_list list;
    if (!stream_args_id_list(req, FIRST_ID, request_argc(req) - FIRST_ID, &list, reply)) {
        return;
    }
    int64_t acknowledged = 0;
    for (size_t i = 0; i < list.count; i++) {
        acknowledged += stream_group_acknowledge(group, list.ids[i]);
    }
    stream_id_list_release(&list);
    if (acknowledged > 0) {
        request_changed(req, &key, EVENT_GROUP, acknowledged);
    }
    reply_integer(reply, acknowledged);
}

/* XACKDEL key group [KEEPREF | DELREF | ACKED] IDS numids id [id ...] */
static void xackdel_command(struct request *req, struct reply *reply) {
    enum { NAME_INDEX = 2, REFERENCES_INDEX = 3 };
    enum { ANSWER_NONE = -1, ANSWER_DELETED = 1, ANSWER_KEPT = 2 };
    enum stream_references references = STREAM_KEEP_REFERENCES;
    size_t at = REFERENCES_INDEX + stream_args_references(req, REFERENCES_INDEX, &references);
    size_t first;
    size_t count;
    if (!stream_args_ids(req, at, &first, &count, reply)) {
        return;
    }
    if (first + count != request_argc(req)) {
        reply_syntax_error(reply);
        return;
    }
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_STREAM, &key, reply);
    struct stream_id_list list;
    if (status == KEY_WRONG_TYPE || !stream_args_id_list(req, first, count, &list, reply)) {
        return;
    }
    struct stream_group *group = stream_args_group(status, &key, request_arg(req, NAME_INDEX));
    int64_t changes = 0;
    int64_t deleted = 0;
    reply_array(reply, count);
    for (size_t i = 0; i < count; i++) {
        if (group == NULL || !stream_group_acknowledge(group, list.ids[i])) {
            reply_integer(reply, ANSWER_NONE);
            continue;
        }
        enum stream_deletion result = stream_delete(stream_of(&key.value), list.ids[i], references);
        changes++;
        deleted += result == STREAM_DELETED;
        reply_integer(reply, result == STREAM_REFERENCED ? ANSWER_KEPT : ANSWER_DELETED);
    }
    stream_id_list_release(&list);
    if (changes > 0) {
        request_changed(req, &key, deleted > 0 ? EVENT_XDEL : EVENT_GROUP, changes);
    }
}

/* ---- Giving back ---- */

enum nack_mode { NACK_SILENT, NACK_FAIL, NACK_FATAL };

struct nack_args {
    enum nack_mode mode;
    struct stream_id_list ids;
    bool has_retries;
    int64_t retries;
    bool is_forced;
};

static bool parse_nack(const struct request *req, struct nack_args *args, struct reply *reply) {
    enum { MODE_INDEX = 3, IDS_INDEX = 4 };
    static const char *const modes[] = {
        [NACK_SILENT] = "silent", [NACK_FAIL] = "fail", [NACK_FATAL] = "fatal"};
    static const struct args_bounds bounds = {0, INT64_MAX,
                                              "ERR Invalid RETRYCOUNT option argument for XNACK"};
    bool has_mode = false;
    size_t first;
    size_t count;
    args->has_retries = false;
    args->is_forced = false;
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        if (args_is(req, MODE_INDEX, modes[i])) {
            args->mode = (enum nack_mode)i;
            has_mode = true;
        }
    }
    if (!has_mode) {
        reply_syntax_error(reply);
        return false;
    }
    if (!stream_args_ids(req, IDS_INDEX, &first, &count, reply)) {
        return false;
    }
    for (size_t i = first + count; i < request_argc(req); i++) {
        if (args_is(req, i, "force")) {
            args->is_forced = true;
        } else if (args_is(req, i, "retrycount") && i + 1 < request_argc(req)) {
            i++;
            args->has_retries = true;
            if (!args_bounded(req, i, bounds, &args->retries, reply)) {
                return false;
            }
        } else {
            reply_syntax_error(reply);
            return false;
        }
    }
    return stream_args_id_list(req, first, count, &args->ids, reply);
}

/* What the counter of deliveries becomes when an entry is given back. */
static int64_t retries_after(const struct nack_args *args, int64_t count) {
    if (args->has_retries) {
        return args->retries;
    }
    switch (args->mode) {
    case NACK_SILENT:
        return count > 0 ? count - 1 : 0;
    case NACK_FAIL:
        return count;
    case NACK_FATAL:
        return INT64_MAX;
    }
    UNREACHABLE();
}

/* Gives entries back. Returns how many. */
static int64_t give_back(const struct stream *stream, struct stream_group *group,
                         const struct nack_args *args) {
    int64_t released = 0;
    for (size_t i = 0; i < args->ids.count; i++) {
        struct stream_id id = args->ids.ids[i];
        struct stream_entry entry;
        const struct stream_pending *found = stream_group_pending(group, id);
        if (found == NULL && !(args->is_forced && stream_find(stream, id, &entry))) {
            continue;
        }
        int64_t count = found == NULL ? 0 : found->delivery_count;
        struct stream_pending pending = {NULL, 0, retries_after(args, count)};
        stream_group_assign(group, id, &pending);
        released++;
    }
    return released;
}

/* XNACK key group SILENT | FAIL | FATAL IDS numids id [id ...] [RETRYCOUNT count] [FORCE] */
static void xnack_command(struct request *req, struct reply *reply) {
    enum { NAME_INDEX = 2 };
    struct nack_args args;
    struct open_key key;
    if (!parse_nack(req, &args, reply)) {
        return;
    }
    enum key_status status = request_write(req, 1, VALUE_STREAM, &key, reply);
    struct stream_group *group = stream_args_group(status, &key, request_arg(req, NAME_INDEX));
    if (group != NULL) {
        int64_t released = give_back(stream_of(&key.value), group, &args);
        if (released > 0) {
            request_changed(req, &key, EVENT_GROUP, released);
        }
        reply_integer(reply, released);
    } else if (status != KEY_WRONG_TYPE) {
        stream_args_reply_no_group(req, reply);
    }
    stream_id_list_release(&args.ids);
}

// clang-format off
#define XGROUP_KEYS(kind)                                                                          \
    KEYS({.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0), .access = KEY_RW | (kind)})

static const struct command rows[] = {
    {
        .name = "xgroup", .handler = NULL, .arity = -2,
        .flags = 0, .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "varies",
        .syntax = "<subcommand>",
        .summary = "Container of the commands for consumer groups.",
    },
    {
        .name = "create", .parent = "xgroup", .handler = xgroup_create_command, .arity = -5,
        .flags = CMD_WRITE | CMD_DENY_OOM, .acl = ACL_STREAM, .effect = EFFECT_VERBATIM,
        .keys = XGROUP_KEYS(KEY_INSERT),
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]",
        .summary = "Makes a consumer group.",
    },
    {
        .name = "setid", .parent = "xgroup", .handler = xgroup_setid_command, .arity = -5,
        .flags = CMD_WRITE, .acl = ACL_STREAM, .effect = EFFECT_VERBATIM,
        .keys = XGROUP_KEYS(KEY_UPDATE),
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "key group <id | $> [ENTRIESREAD entries-read]",
        .summary = "Sets the id behind which a group reads.",
    },
    {
        .name = "destroy", .parent = "xgroup", .handler = xgroup_destroy_command, .arity = 4,
        .flags = CMD_WRITE, .acl = ACL_STREAM, .effect = EFFECT_VERBATIM,
        .keys = XGROUP_KEYS(KEY_DELETE),
        .group = GROUP_STREAM, .since = "5.0.0",
        .complexity = "O(1), and O(N) in the background, N pending entries",
        .syntax = "key group",
        .summary = "Removes a consumer group.",
    },
    {
        .name = "createconsumer", .parent = "xgroup", .handler = xgroup_createconsumer_command,
        .arity = 5, .flags = CMD_WRITE | CMD_DENY_OOM, .acl = ACL_STREAM,
        .effect = EFFECT_VERBATIM,
        .keys = XGROUP_KEYS(KEY_INSERT),
        .group = GROUP_STREAM, .since = "6.2.0", .complexity = "O(1)",
        .syntax = "key group consumer",
        .summary = "Makes a consumer in a group.",
    },
    {
        .name = "delconsumer", .parent = "xgroup", .handler = xgroup_delconsumer_command,
        .arity = 5, .flags = CMD_WRITE, .acl = ACL_STREAM, .effect = EFFECT_VERBATIM,
        .keys = XGROUP_KEYS(KEY_DELETE),
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(N), N pending entries",
        .syntax = "key group consumer",
        .summary = "Removes a consumer and counts its pending entries.",
    },
    {
        .name = "help", .parent = "xgroup", .handler = xgroup_help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE, .acl = ACL_STREAM, .effect = EFFECT_NONE,
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Describes the subcommands.",
    },
    {
        .name = "xack", .handler = xack_command, .arity = -4,
        .flags = CMD_WRITE | CMD_FAST, .acl = ACL_STREAM, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_STREAM, .since = "5.0.0", .complexity = "O(log N) for each id",
        .syntax = "key group id [id ...]",
        .summary = "Acknowledges entries: they are pending no more.",
    },
    {
        .name = "xackdel", .handler = xackdel_command, .arity = -6,
        .flags = CMD_WRITE | CMD_FAST, .acl = ACL_STREAM, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_DELETE}),
        .group = GROUP_STREAM, .since = "8.2.0", .complexity = "O(log N) for each id",
        .syntax = "key group [KEEPREF | DELREF | ACKED] <IDS numids id [id ...]>",
        .summary = "Acknowledges entries and deletes them.",
    },
    {
        .name = "xnack", .handler = xnack_command, .arity = -7,
        .flags = CMD_WRITE | CMD_FAST, .acl = ACL_STREAM, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_STREAM, .since = "8.8.0", .complexity = "O(log N) for each id",
        .syntax = "key group <SILENT | FAIL | FATAL> <IDS numids id [id ...]> "
                  "[RETRYCOUNT count] [FORCE]",
        .summary = "Gives pending entries back, so that another consumer can claim them at once.",
    },
};
// clang-format on

const struct command_table stream_group_commands = {rows, ARRAY_SIZE(rows)};
