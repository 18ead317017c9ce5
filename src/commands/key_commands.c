/*
 * The generic family: what can be done with a key whatever it holds, but for deadlines
 * (expire_commands.c).
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/config.h"
#include "server/locks.h"
#include "server/request.h"
#include "server/server.h"
#include "types/lock_value.h"
#include "types/string_type.h"
#include "types/value_ops.h"

#include <string.h>

/* ---- Existence ---- */

static void delete_keys(struct request *req, bool lazily, struct reply *reply) {
    int64_t removed = 0;
    for (size_t i = 1; i < request_argc(req); i++) {
        struct open_key key;
        if (request_write_any(req, i, &key)) {
            request_removed(req, &key, EVENT_DEL, lazily);
            removed++;
        }
    }
    reply_integer(reply, removed);
}

/* DEL key [key ...] */
static void del_command(struct request *req, struct reply *reply) {
    delete_keys(req, req->server->settings->lazyfree_lazy_user_del, reply);
}

/* UNLINK key [key ...] */
static void unlink_command(struct request *req, struct reply *reply) {
    delete_keys(req, true, reply);
}

static void count_keys(struct request *req, enum open_mode mode, struct reply *reply) {
    int64_t count = 0;
    for (size_t i = 1; i < request_argc(req); i++) {
        struct open_key key;
        count += keyspace_open_read(req->database, request_arg(req, i), request_key_hash(req, i),
                                    mode, &key);
    }
    reply_integer(reply, count);
}

/* EXISTS key [key ...] */
static void exists_command(struct request *req, struct reply *reply) {
    count_keys(req, OPEN_GLANCED, reply);
}

/* TOUCH key [key ...]: touches even under CLIENT NO-TOUCH. */
static void touch_command(struct request *req, struct reply *reply) {
    count_keys(req, OPEN_COUNTED, reply);
}

/* TYPE key */
static void type_command(struct request *req, struct reply *reply) {
    struct open_key key;
    bool is_present = request_read_any(req, 1, OPEN_GLANCED, &key);
    reply_simple(reply, is_present ? value_ops_type_name((enum value_type)key.value.type) : "none");
}

/* ---- Moving ---- */

/*
 * Takes the value away from an open source and puts it, with its deadline, under a target key;
 * what the target held is removed first.
 */
static void move_value(struct open_key *source, struct database *database, struct bytes name,
                       uint64_t hash, struct open_key *target) {
    char scratch[KEYSPACE_SCRATCH_SIZE];
    struct value value;
    int64_t deadline_ms = source->deadline_ms;
    keyspace_take(source, &value, scratch);
    if (keyspace_open_write(database, name, hash, target)) {
        keyspace_remove(target, true);
        (void)keyspace_open_write(database, name, hash, target);
    }
    keyspace_replace(target, &value, deadline_ms);
}

static void rename_key(struct request *req, bool only_absent, struct reply *reply) {
    struct open_key source;
    if (!request_write_any(req, 1, &source)) {
        reply_no_such_key(reply);
        return;
    }
    struct open_key target;
    bool is_same = bytes_equal(request_arg(req, 1), request_arg(req, 2));
    bool is_taken = is_same || request_write_any(req, 2, &target);
    if (is_same || (only_absent && is_taken)) {
        if (only_absent) {
            reply_integer(reply, 0);
        } else {
            reply_ok(reply);
        }
        return;
    }
    if (lock_value_is(&source.value)) {
        locks_rename(req->server->locks, &(struct lock_rename){
                                             lock_value_fields(&source.value).session,
                                             database_index(req->database),
                                             request_arg(req, 1),
                                             request_arg(req, 2),
                                         });
    }
    move_value(&source, req->database, request_arg(req, 2), request_key_hash(req, 2), &target);
    request_announce(req, &source, EVENT_RENAME_FROM);
    request_announce(req, &target, EVENT_RENAME_TO);
    request_count_changes(req, 1);
    if (only_absent) {
        reply_integer(reply, 1);
    } else {
        reply_ok(reply);
    }
}

/* RENAME key newkey */
static void rename_command(struct request *req, struct reply *reply) {
    rename_key(req, false, reply);
}

/* RENAMENX key newkey */
static void renamenx_command(struct request *req, struct reply *reply) {
    rename_key(req, true, reply);
}

/* Finds the database that an argument names. */
static bool parse_database(const struct request *req, size_t index, struct database **database,
                           struct reply *reply) {
    int64_t number;
    if (!args_integer32(req, index, &number, reply)) {
        return false;
    }
    if (number < 0 || (uint64_t)number >= keyspace_database_count(req->server->keyspace)) {
        reply_error(reply, "ERR DB index is out of range");
        return false;
    }
    *database = keyspace_database(req->server->keyspace, (size_t)number);
    return true;
}

static void refuse_same_object(struct reply *reply) {
    reply_error(reply, "ERR source and destination objects are the same");
}

/* Makes a plain string of a lock: it does not follow its key into another database. */
static void make_plain(struct open_key *key) {
    struct value plain;
    sds owner = sds_new(lock_value_fields(&key->value).owner);
    string_value_of(sds_view(owner), &plain);
    keyspace_replace(key, &plain, key->deadline_ms);
    sds_free(owner);
}

/* MOVE key db */
static void move_command(struct request *req, struct reply *reply) {
    struct database *database;
    if (!parse_database(req, 2, &database, reply)) {
        return;
    }
    if (database == req->database) {
        refuse_same_object(reply);
        return;
    }
    struct open_key source;
    struct open_key target;
    uint64_t hash = request_key_hash(req, 1);
    if (!request_write_any(req, 1, &source) ||
        keyspace_open_write(database, request_arg(req, 1), hash, &target)) {
        reply_integer(reply, 0);
        return;
    }
    if (lock_value_is(&source.value)) {
        make_plain(&source);
    }
    move_value(&source, database, request_arg(req, 1), hash, &target);
    request_announce(req, &source, EVENT_MOVE_FROM);
    request_announce(req, &target, EVENT_MOVE_TO);
    request_count_changes(req, 1);
    reply_integer(reply, 1);
}

struct copy_options {
    struct database *database;
    bool replaces;
};

static bool parse_copy_options(const struct request *req, struct copy_options *options,
                               struct reply *reply) {
    enum { FIRST_OPTION = 3 };
    options->database = req->database;
    options->replaces = false;
    for (size_t i = FIRST_OPTION; i < request_argc(req); i++) {
        if (args_is(req, i, "replace")) {
            options->replaces = true;
        } else if (args_is(req, i, "db") && i + 1 < request_argc(req)) {
            if (!parse_database(req, ++i, &options->database, reply)) {
                return false;
            }
        } else {
            reply_syntax_error(reply);
            return false;
        }
    }
    return true;
}

/* COPY source destination [DB destination-db] [REPLACE] */
static void copy_command(struct request *req, struct reply *reply) {
    struct copy_options options;
    if (!parse_copy_options(req, &options, reply)) {
        return;
    }
    if (options.database == req->database &&
        bytes_equal(request_arg(req, 1), request_arg(req, 2))) {
        refuse_same_object(reply);
        return;
    }
    struct open_key source;
    struct open_key target;
    if (!request_read_any(req, 1, OPEN_COUNTED, &source)) {
        reply_integer(reply, 0);
        return;
    }
    uint64_t hash = request_key_hash(req, 2);
    if (keyspace_open_write(options.database, request_arg(req, 2), hash, &target)) {
        if (!options.replaces) {
            reply_integer(reply, 0);
            return;
        }
        keyspace_remove(&target, true);
        (void)keyspace_open_write(options.database, request_arg(req, 2), hash, &target);
    }
    struct value value;
    value_ops_copy(&source.value, &value);
    request_replaced(req, &target, &value, source.deadline_ms, EVENT_COPY_TO);
    reply_integer(reply, 1);
}

/* ---- Looking around ---- */

/* RANDOMKEY */
static void randomkey_command(struct request *req, struct reply *reply) {
    struct open_key key;
    if (keyspace_random(req->database, &req->server->random, &key)) {
        reply_bulk(reply, key.name);
    } else {
        reply_null(reply);
    }
}

enum { TYPE_LOCK = VALUE_TYPE_COUNT }; /* strings that are locks */

struct key_filter {
    struct reply *reply;
    struct bytes pattern;
    bool matches_all;
    int type; /* enum value_type, -1 for any, TYPE_LOCK */
    size_t visited_count;
    size_t found_count;
    sds *due; /* names of due keys that match: owned, as the array */
    size_t due_count;
};

static bool filter_takes(const struct key_filter *filter, const struct open_key *key) {
    bool is_wanted = filter->type < 0 || filter->type == key->value.type ||
                     (filter->type == TYPE_LOCK && lock_value_is(&key->value));
    return is_wanted &&
           (filter->matches_all || text_matches_glob(filter->pattern, key->name, false));
}

static void reply_matching_key(void *context, const struct open_key *key) {
    struct key_filter *filter = context;
    filter->visited_count++;
    if (filter_takes(filter, key)) {
        reply_bulk(filter->reply, key->name);
        filter->found_count++;
    }
}

static void reply_or_note_key(void *context, const struct open_key *key) {
    struct key_filter *filter = context;
    if (!keyspace_is_due(key)) {
        reply_matching_key(context, key);
        return;
    }
    filter->visited_count++;
    if (filter_takes(filter, key)) {
        filter->due = alloc_resize(filter->due, (filter->due_count + 1) * sizeof *filter->due);
        filter->due[filter->due_count++] = sds_new(key->name);
    }
}

/* Due keys that a scan met leave, as any due key that a command asks for. */
static void drop_due_keys(struct request *req, struct key_filter *filter) {
    for (size_t i = 0; i < filter->due_count; i++) {
        struct bytes name = sds_view(filter->due[i]);
        struct open_key key;
        (void)keyspace_open_read(req->database, name, hash_bytes(name), OPEN_UNTOUCHED, &key);
        sds_free(filter->due[i]);
    }
    alloc_free(filter->due);
}

/* KEYS pattern */
static void keys_command(struct request *req, struct reply *reply) {
    struct bytes pattern = request_arg(req, 1);
    struct key_filter filter = {reply, pattern, bytes_equal(pattern, BYTES("*")), -1, 0, 0,
                                NULL,  0};
    size_t mark = reply_begin(reply);
    uint64_t cursor = 0;
    do {
        cursor = keyspace_scan(req->database, cursor, reply_matching_key, &filter);
    } while (cursor != 0);
    reply_end_array(reply, mark, filter.found_count);
}

static bool parse_type(const struct request *req, size_t index, int *type, struct reply *reply) {
    for (int i = 0; i < VALUE_TYPE_COUNT; i++) {
        if (args_is(req, index, value_ops_type_name((enum value_type)i))) {
            *type = i;
            return true;
        }
    }
    if (args_is(req, index, "lock")) {
        *type = TYPE_LOCK;
        return true;
    }
    struct bytes name = request_arg(req, index);
    reply_error_format(reply, "ERR unknown type name '%.*s'", (int)name.length, name.data);
    return false;
}

struct scan_options {
    int64_t count;
    struct key_filter filter;
};

static bool parse_scan_options(const struct request *req, struct scan_options *options,
                               struct reply *reply) {
    for (size_t i = 2; i < request_argc(req); i += 2) {
        bool has_operand = i + 1 < request_argc(req);
        if (has_operand && args_is(req, i, "count")) {
            if (!args_integer(req, i + 1, &options->count, reply)) {
                return false;
            }
            if (options->count < 1) {
                reply_syntax_error(reply);
                return false;
            }
        } else if (has_operand && args_is(req, i, "match")) {
            options->filter.pattern = request_arg(req, i + 1);
            options->filter.matches_all = bytes_equal(options->filter.pattern, BYTES("*"));
        } else if (has_operand && args_is(req, i, "type")) {
            if (!parse_type(req, i + 1, &options->filter.type, reply)) {
                return false;
            }
        } else {
            reply_syntax_error(reply);
            return false;
        }
    }
    return true;
}

/* SCAN cursor [MATCH pattern] [COUNT count] [TYPE type] */
static void scan_command(struct request *req, struct reply *reply) {
    /* Empty buckets count too, so that a sparse table does not hold the loop. */
    enum { DEFAULT_COUNT = 10, BUCKETS_PER_KEY = 10 };
    uint64_t cursor;
    struct scan_options options = {DEFAULT_COUNT, {reply, {NULL, 0}, true, -1, 0, 0, NULL, 0}};
    if (!args_cursor(req, 1, &cursor, reply) || !parse_scan_options(req, &options, reply)) {
        return;
    }
    reply_array(reply, 2);
    size_t cursor_mark = reply_begin(reply);
    size_t mark = reply_begin(reply);
    uint64_t wanted = (uint64_t)options.count;
    uint64_t buckets =
        wanted > UINT64_MAX / BUCKETS_PER_KEY ? UINT64_MAX : wanted * BUCKETS_PER_KEY;
    do {
        cursor = keyspace_scan_with_due(req->database, cursor, reply_or_note_key, &options.filter);
    } while (cursor != 0 && options.filter.visited_count < wanted && --buckets > 0);
    drop_due_keys(req, &options.filter);
    reply_end_array(reply, mark, options.filter.found_count);
    char number[TEXT_INT64_MAX_SIZE];
    reply_end_behind(reply, cursor_mark, (struct bytes){number, text_print_uint64(number, cursor)});
}

/* ---- OBJECT ---- */

/* Opens the key of OBJECT x key; replies null when it is absent. */
static bool open_inspected(struct request *req, struct open_key *key, struct reply *reply) {
    if (keyspace_open_read(req->database, request_arg(req, 2), request_key_hash(req, 2),
                           OPEN_UNTOUCHED, key)) {
        return true;
    }
    reply_null(reply);
    return false;
}

/* OBJECT ENCODING key */
static void object_encoding_command(struct request *req, struct reply *reply) {
    struct open_key key;
    if (open_inspected(req, &key, reply)) {
        reply_bulk_text(reply, value_ops_encoding_name(&key.value));
    }
}

/* OBJECT REFCOUNT key: small integers look shared, as they do on the oracle. */
static void object_refcount_command(struct request *req, struct reply *reply) {
    enum { SHARED_INTEGERS = 10000 };
    struct open_key key;
    if (!open_inspected(req, &key, reply)) {
        return;
    }
    int64_t number = -1;
    bool is_shared = key.value.type == VALUE_STRING &&
                     strcmp(value_ops_encoding_name(&key.value), "int") == 0 &&
                     string_integer(&key.value, &number) && number >= 0 && number < SHARED_INTEGERS;
    reply_integer(reply, is_shared ? INT32_MAX : 1);
}

static bool tracks_frequency(const struct request *req) {
    return strstr(config_value(req->server->config, "maxmemory-policy"), "lfu") != NULL;
}

/* OBJECT IDLETIME key */
static void object_idletime_command(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!open_inspected(req, &key, reply)) {
        return;
    }
    if (tracks_frequency(req)) {
        reply_error(reply, "ERR An LFU maxmemory policy is selected, idle time not tracked. Please "
                           "note that when switching between policies at runtime LRU and LFU data "
                           "will take some time to adjust.");
        return;
    }
    reply_integer(reply, keyspace_idle_seconds(&key));
}

/* OBJECT FREQ key */
static void object_freq_command(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!open_inspected(req, &key, reply)) {
        return;
    }
    if (!tracks_frequency(req)) {
        reply_error(reply, "ERR An LFU maxmemory policy is not selected, access frequency not "
                           "tracked. Please note that when switching between policies at runtime "
                           "LRU and LFU data will take some time to adjust.");
        return;
    }
    reply_integer(reply, keyspace_frequency(&key));
}

/* OBJECT HELP */
static void object_help_command(struct request *req, struct reply *reply) {
    (void)req;
    static const char *const lines[] = {
        "ENCODING <key>", "    How the value is stored.",
        "FREQ <key>",     "    The logarithmic access counter (LFU policies only).",
        "IDLETIME <key>", "    Seconds since the key was last used.",
        "REFCOUNT <key>", "    How many references the value has.",
    };
    reply_help(reply, "OBJECT", lines, ARRAY_SIZE(lines));
}

/* ---- WAIT ---- */

/* WAIT numreplicas timeout: there are no replicas, so only time ends a wait for some. */
static void wait_command(struct request *req, struct reply *reply) {
    int64_t replica_count;
    int64_t timeout_ms;
    if (!args_integer(req, 1, &replica_count, reply) ||
        !args_timeout_ms(req, 2, &timeout_ms, reply)) {
        return;
    }
    /* The oracle waits for a number of 32 bits. */
    if (replica_count <= 0 || (int32_t)replica_count <= 0 || !request_may_block(req)) {
        reply_integer(reply, 0);
        return;
    }
    struct block_options options = {
        .timeout_seconds = (double)timeout_ms / CLOCK_MS_PER_SECOND,
        .timeout_reply = TIMEOUT_ZERO,
    };
    request_block(req, NULL, 0, &options);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "del", .handler = del_command, .arity = -2,
        .flags = CMD_WRITE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 1, 0),
                      .access = KEY_RM | KEY_DELETE}),
        .tips = TIPS("request_policy:multi_shard", "response_policy:agg_sum"),
        .group = GROUP_GENERIC, .since = "1.0.0", .complexity = "O(N) / O(M) / O(1)",
        .syntax = "key [key ...]",
        .summary = "Removes keys.",
    },
    {
        .name = "unlink", .handler = unlink_command, .arity = -2,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 1, 0),
                      .access = KEY_RM | KEY_DELETE}),
        .tips = TIPS("request_policy:multi_shard", "response_policy:agg_sum"),
        .group = GROUP_GENERIC, .since = "4.0.0", .complexity = "O(1) / O(N)",
        .syntax = "key [key ...]",
        .summary = "Removes keys and frees large values in the background.",
    },
    {
        .name = "exists", .handler = exists_command, .arity = -2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 1, 0),
                      .access = KEY_RO}),
        .tips = TIPS("request_policy:multi_shard", "response_policy:agg_sum"),
        .group = GROUP_GENERIC, .since = "1.0.0", .complexity = "O(N)",
        .syntax = "key [key ...]",
        .summary = "Counts how many of the keys exist.",
    },
    {
        .name = "touch", .handler = touch_command, .arity = -2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 1, 0),
                      .access = KEY_RO}),
        .tips = TIPS("request_policy:multi_shard", "response_policy:agg_sum"),
        .group = GROUP_GENERIC, .since = "3.2.1", .complexity = "O(N)",
        .syntax = "key [key ...]",
        .summary = "Marks keys as used and counts those that exist.",
    },
    {
        .name = "type", .handler = type_command, .arity = 2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .group = GROUP_GENERIC, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the type of the value under a key.",
    },
    {
        .name = "rename", .handler = rename_command, .arity = 3,
        .flags = CMD_WRITE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE}),
        .group = GROUP_GENERIC, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key newkey",
        .summary = "Gives a key another name, replacing what has it.",
    },
    {
        .name = "renamenx", .handler = renamenx_command, .arity = 3,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_DELETE},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_INSERT}),
        .group = GROUP_GENERIC, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key newkey",
        .summary = "Gives a key another name if nothing has it.",
    },
    {
        .name = "move", .handler = move_command, .arity = 3,
        .flags = CMD_FAST | CMD_WRITE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_GENERIC, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "key db",
        .summary = "Moves a key to another database.",
    },
    {
        .name = "copy", .handler = copy_command, .arity = -3,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE}),
        .group = GROUP_GENERIC, .since = "6.2.0", .complexity = "O(N) / O(1)",
        .syntax = "source destination [DB destination-db] [REPLACE]",
        .summary = "Copies the value of a key to another key.",
    },
    {
        .name = "randomkey", .handler = randomkey_command, .arity = 1,
        .flags = CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_shards", "response_policy:special",
                     "nondeterministic_output"),
        .group = GROUP_GENERIC, .since = "1.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Returns the name of a random key.",
    },
    {
        .name = "keys", .handler = keys_command, .arity = 2,
        .flags = CMD_READONLY,
        .acl = ACL_DANGEROUS | ACL_KEYSPACE, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_shards", "nondeterministic_output_order"),
        .group = GROUP_GENERIC, .since = "1.0.0", .complexity = "O(N)",
        .syntax = "pattern",
        .summary = "Returns the names of all keys that match a pattern.",
    },
    {
        .name = "scan", .handler = scan_command, .arity = -2,
        .flags = CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output", "request_policy:special",
                     "response_policy:special"),
        .group = GROUP_GENERIC, .since = "2.8.0", .complexity = "O(1) / O(N)",
        .syntax = "cursor [MATCH pattern] [COUNT count] [TYPE type]",
        .summary = "Goes over the names of the keys of a database, a few at a time.",
    },
    {
        .name = "object", .handler = NULL, .arity = -2,
        .flags = 0,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_GENERIC, .since = "2.2.3", .complexity = "varies",
        .syntax = "<subcommand>",
        .summary = "Shows what is known of a value and how it is stored.",
    },
    {
        .parent = "object", .name = "encoding", .handler = object_encoding_command, .arity = 3,
        .flags = CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_GENERIC, .since = "2.2.3", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns how a value is stored.",
    },
    {
        .parent = "object", .name = "freq", .handler = object_freq_command, .arity = 3,
        .flags = CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_GENERIC, .since = "4.0.0", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the logarithmic access counter of a key.",
    },
    {
        .parent = "object", .name = "idletime", .handler = object_idletime_command, .arity = 3,
        .flags = CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_GENERIC, .since = "2.2.3", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the seconds since a key was last used.",
    },
    {
        .parent = "object", .name = "refcount", .handler = object_refcount_command, .arity = 3,
        .flags = CMD_READONLY,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO}),
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_GENERIC, .since = "2.2.3", .complexity = "O(1)",
        .syntax = "key",
        .summary = "Returns the reference count of a value.",
    },
    {
        .parent = "object", .name = "help", .handler = object_help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = ACL_KEYSPACE, .effect = EFFECT_NONE,
        .group = GROUP_GENERIC, .since = "6.2.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Lists the subcommands of OBJECT.",
    },
    {
        .name = "wait", .handler = wait_command, .arity = 3,
        .flags = CMD_BLOCKING,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_shards", "response_policy:agg_min"),
        .group = GROUP_GENERIC, .since = "3.0.0", .complexity = "O(1)",
        .syntax = "numreplicas timeout",
        .summary = "Waits until replicas have received all writes of this connection.",
    },
};
/* clang-format on */

const struct command_table key_commands = {rows, ARRAY_SIZE(rows)};
