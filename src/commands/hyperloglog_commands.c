/*
 * The PF… family: HyperLogLogs, which are strings.
 */
#include "base/alloc.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/hyperloglog.h"
#include "types/string_type.h"

#include <string.h>

static void reply_damaged(struct reply *reply) {
    reply_error(reply, "INVALIDOBJ Corrupted HLL object detected");
}

/* True when an open string is a HyperLogLog, else the error is in the reply. */
static bool check_value(const struct value *value, struct reply *reply) {
    char scratch[STRING_SCRATCH_SIZE];
    if (hyperloglog_is_valid(string_bytes(value, scratch))) {
        return true;
    }
    reply_error(reply, "WRONGTYPE Key is not a valid HyperLogLog string value.");
    return false;
}

/* ---- PFADD ---- */

/*
 * Records what was added before runs turned out to be damaged, as the request would fail again in a
 * replay, which takes no command that fails.
 */
static void record_part(struct request *req, size_t argc) {
    struct bytes *args = alloc_new(argc * sizeof *args);
    memcpy(args, req->args, argc * sizeof *args);
    args[0] = BYTES("PFADD");
    request_replay_as(req, args, argc);
    alloc_free(args);
}

/* PFADD key [element [element ...]] */
static void pfadd_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE || (status == KEY_PRESENT && !check_value(&key.value, reply))) {
        return;
    }
    int64_t changed_count = 0;
    if (status == KEY_ABSENT) {
        hyperloglog_create(&key.value);
        changed_count++;
    }
    size_t end = 2;
    bool is_damaged = false;
    while (end < request_argc(req) && !is_damaged) {
        enum hyperloglog_added added = hyperloglog_add(&key.value, request_arg(req, end++));
        changed_count += added == HYPERLOGLOG_CHANGED;
        is_damaged = added == HYPERLOGLOG_DAMAGED;
    }
    if (changed_count > 0) {
        hyperloglog_set_stale(&key.value);
        request_changed(req, &key, EVENT_PFADD, changed_count);
    }
    if (is_damaged) {
        if (changed_count > 0) {
            record_part(req, end - 1);
        }
        reply_damaged(reply);
    } else {
        reply_integer(reply, changed_count > 0);
    }
}

/* ---- PFCOUNT ---- */

static void count_one(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT) {
        reply_integer(reply, 0);
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    uint64_t estimate;
    if (!check_value(&key.value, reply)) {
        return;
    }
    struct bytes text = string_bytes(&key.value, scratch);
    if (!hyperloglog_cached(text, &estimate)) {
        if (!hyperloglog_estimate(text, &estimate)) {
            reply_damaged(reply);
            return;
        }
        if (request_write(req, 1, VALUE_STRING, &key, reply) == KEY_PRESENT) {
            hyperloglog_set_estimate(&key.value, estimate);
            request_changed(req, &key, EVENT_NONE, 1);
        }
    }
    reply_integer(reply, (int64_t)estimate);
}

/*
 * Merges the registers of the keys from an argument on, absent ones being empty. Returns false
 * with the error in the reply. *has_dense: whether one of them is dense.
 */
static bool merge_keys(struct request *req, struct hyperloglog_registers *registers,
                       bool *has_dense, struct reply *reply) {
    *has_dense = false;
    memset(registers, 0, sizeof *registers);
    for (size_t i = 1; i < request_argc(req); i++) {
        struct open_key key;
        enum key_status status = request_read(req, i, VALUE_STRING, &key, reply);
        if (status == KEY_ABSENT) {
            continue;
        }
        if (status == KEY_WRONG_TYPE || !check_value(&key.value, reply)) {
            return false;
        }
        char scratch[STRING_SCRATCH_SIZE];
        struct bytes text = string_bytes(&key.value, scratch);
        *has_dense |= !hyperloglog_is_sparse(text);
        if (!hyperloglog_merge_into(registers, text)) {
            reply_damaged(reply);
            return false;
        }
    }
    return true;
}

/* PFCOUNT key [key ...] */
static void pfcount_command(struct request *req, struct reply *reply) {
    struct hyperloglog_registers registers;
    bool has_dense;
    if (request_argc(req) == 2) {
        count_one(req, reply);
    } else if (merge_keys(req, &registers, &has_dense, reply)) {
        reply_integer(reply, (int64_t)hyperloglog_estimate_registers(&registers));
    }
}

/* ---- PFMERGE ---- */

/* PFMERGE destkey [sourcekey [sourcekey ...]] */
static void pfmerge_command(struct request *req, struct reply *reply) {
    struct hyperloglog_registers registers;
    struct open_key key;
    bool has_dense;
    if (!merge_keys(req, &registers, &has_dense, reply)) {
        return;
    }
    enum key_status status = request_write(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT) {
        hyperloglog_create(&key.value);
    }
    /* Its runs were walked while merging, so they are sound. */
    bool is_sound = !has_dense || hyperloglog_make_dense(&key.value);
    is_sound = is_sound && hyperloglog_raise(&key.value, &registers);
    ASSERT(is_sound);
    hyperloglog_set_stale(&key.value);
    request_changed(req, &key, EVENT_PFADD, 1);
    reply_ok(reply);
}

/* ---- PFDEBUG, PFSELFTEST ---- */

/* Makes the open value dense, which is a change that is recorded. False after an error. */
static bool make_dense(struct request *req, struct open_key *key, bool *is_changed,
                       struct reply *reply) {
    char scratch[STRING_SCRATCH_SIZE];
    *is_changed = hyperloglog_is_sparse(string_bytes(&key->value, scratch));
    if (!*is_changed) {
        return true;
    }
    if (!hyperloglog_make_dense(&key->value)) {
        reply_damaged(reply);
        return false;
    }
    request_changed(req, key, EVENT_NONE, 1);
    return true;
}

static void reply_registers(struct bytes text, struct reply *reply) {
    struct hyperloglog_registers registers;
    memset(&registers, 0, sizeof registers);
    if (!hyperloglog_merge_into(&registers, text)) {
        reply_damaged(reply);
        return;
    }
    reply_array(reply, HYPERLOGLOG_REGISTERS);
    for (size_t i = 0; i < HYPERLOGLOG_REGISTERS; i++) {
        reply_integer(reply, registers.ranks[i]);
    }
}

static void reply_runs(struct bytes text, struct reply *reply) {
    if (!hyperloglog_is_sparse(text)) {
        reply_error(reply, "ERR HLL encoding is not sparse");
        return;
    }
    sds runs = hyperloglog_print_runs(text, sds_with_capacity(text.length));
    reply_bulk(reply, sds_view(runs));
    sds_free(runs);
}

/* PFDEBUG subcommand key */
static void pfdebug_command(struct request *req, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_write(req, 2, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT) {
        reply_error(reply, "ERR The specified key does not exist");
        return;
    }
    if (!check_value(&key.value, reply)) {
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    bool is_changed;
    if (args_is(req, 1, "getreg")) {
        if (make_dense(req, &key, &is_changed, reply) &&
            request_write(req, 2, VALUE_STRING, &key, reply) == KEY_PRESENT) {
            reply_registers(string_bytes(&key.value, scratch), reply);
        }
    } else if (args_is(req, 1, "todense")) {
        if (make_dense(req, &key, &is_changed, reply)) {
            reply_integer(reply, is_changed);
        }
    } else if (args_is(req, 1, "decode")) {
        reply_runs(string_bytes(&key.value, scratch), reply);
    } else if (args_is(req, 1, "encoding")) {
        bool is_sparse = hyperloglog_is_sparse(string_bytes(&key.value, scratch));
        reply_simple(reply, is_sparse ? "sparse" : "dense");
    } else {
        struct bytes word = request_arg(req, 1);
        reply_error_format(reply, "ERR Unknown PFDEBUG subcommand '%.*s'", (int)word.length,
                           word.data);
    }
}

/* PFSELFTEST */
static void pfselftest_command(struct request *req, struct reply *reply) {
    (void)req;
    const char *finding = hyperloglog_self_test();
    if (finding == NULL) {
        reply_ok(reply);
    } else {
        reply_error_format(reply, "ERR TESTFAILED %s", finding);
    }
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "pfadd", .handler = pfadd_command, .arity = -2,
        .flags = CMD_DENY_OOM | CMD_FAST | CMD_WRITE,
        .acl = ACL_HYPERLOGLOG, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_INSERT}),
        .group = GROUP_HYPERLOGLOG, .since = "2.8.9", .complexity = "O(1)",
        .syntax = "key [element [element ...]]",
        .summary = "Adds elements to a HyperLogLog, creating it if needed.",
    },
    {
        .name = "pfcount", .handler = pfcount_command, .arity = -2,
        .flags = CMD_READONLY | CMD_MAY_REPLICATE,
        .acl = ACL_HYPERLOGLOG, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 1, 0),
                      .access = KEY_RW | KEY_ACCESS,
                      .notes = "Of one key the estimate is kept in the string, which is "
                               "recorded."}),
        .group = GROUP_HYPERLOGLOG, .since = "2.8.9", .complexity = "O(1) / O(N)",
        .syntax = "key [key ...]",
        .summary = "Estimates how many distinct elements HyperLogLogs have seen together.",
    },
    {
        .name = "pfmerge", .handler = pfmerge_command, .arity = -2,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_HYPERLOGLOG, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_INSERT},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(-1, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_HYPERLOGLOG, .since = "2.8.9", .complexity = "O(N)",
        .syntax = "destkey [sourcekey [sourcekey ...]]",
        .summary = "Merges HyperLogLogs into one.",
    },
    {
        .name = "pfdebug", .handler = pfdebug_command, .arity = 3,
        .flags = CMD_ADMIN | CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_HYPERLOGLOG, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS}),
        .group = GROUP_HYPERLOGLOG, .since = "2.8.9", .complexity = "varies",
        .syntax = "subcommand key",
        .summary = "Shows the inside of a HyperLogLog.",
    },
    {
        .name = "pfselftest", .handler = pfselftest_command, .arity = 1,
        .flags = CMD_ADMIN,
        .acl = ACL_HYPERLOGLOG, .effect = EFFECT_NONE,
        .group = GROUP_HYPERLOGLOG, .since = "2.8.9", .complexity = "varies",
        .syntax = "",
        .summary = "Checks the HyperLogLogs of this build.",
    },
};
/* clang-format on */

const struct command_table hyperloglog_commands = {rows, ARRAY_SIZE(rows)};
