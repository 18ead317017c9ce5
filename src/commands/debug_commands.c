/*
 * DEBUG: what tests and engineers need. One row, because clients see no subcommands of it.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/panic.h"
#include "base/random.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/config.h"
#include "server/dispatch.h"
#include "server/durability.h"
#include "server/request.h"
#include "server/saving.h"
#include "server/server.h"
#include "structs/quicklist.h"
#include "types/string_type.h"
#include "types/value_ops.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- Crashes and delays ---- */

static void sleep_action(struct request *req, struct reply *reply) {
    /* A time whose microseconds are no 64-bit number is none: elsewhere, too, it ends at once. */
    static const double seconds_max = 9.2e12;
    double seconds = 0;
    if (text_parse_double(request_arg(req, 2), &seconds) && seconds > 0 && seconds < seconds_max) {
        enum { NS_PER_SECOND = 1000000000 };
        int64_t whole = (int64_t)seconds;
        struct timespec rest = {whole, (long)((seconds - (double)whole) * NS_PER_SECOND)};
        while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
        }
    }
    reply_ok(reply);
}

static void segfault_action(struct request *req, struct reply *reply) {
    (void)req;
    (void)reply;
    (void)raise(SIGSEGV);
}

static void panic_action(struct request *req, struct reply *reply) {
    (void)req;
    (void)reply;
    panic("called by DEBUG PANIC from client id %llu", (unsigned long long)req->client->id);
}

static void assert_action(struct request *req, struct reply *reply) {
    (void)reply;
    ASSERT(req == NULL);
}

static void log_action(struct request *req, struct reply *reply) {
    struct bytes text = request_arg(req, 2);
    log_line(LOG_LEVEL_WARNING, "DEBUG LOG: %.*s", (int)text.length, text.data);
    reply_ok(reply);
}

static void error_action(struct request *req, struct reply *reply) {
    reply_error_bytes(reply, request_arg(req, 2));
}

/* ---- Switches ---- */

static void set_active_expire_action(struct request *req, struct reply *reply) {
    int64_t on = 0;
    (void)text_parse_int64(request_arg(req, 2), &on);
    req->server->active_expiry_disabled = on == 0;
    req->server->next_expiry_ms = 0;
    reply_ok(reply);
}

/* The clock is read again behind this request, as behind one that took as long. */
static void clock_action(struct request *req, struct reply *reply) {
    enum { TIME_INDEX = 3, FORWARD_MAX_MS = 86400000 };
    int64_t forward_ms = 0;
    if (args_is(req, 2, "forward") && request_argc(req) > TIME_INDEX) {
        if (!args_positive(req, TIME_INDEX, &forward_ms, reply)) {
            return;
        }
        forward_ms = forward_ms < FORWARD_MAX_MS ? forward_ms : FORWARD_MAX_MS;
        clock_forward(forward_ms * CLOCK_US_PER_MS);
        req->server->clock_ticks = req->server->last_ticks - req->server->clock_age_ticks - 1;
    } else if (args_is(req, 2, "hold")) {
        clock_hold();
    } else if (args_is(req, 2, "release")) {
        clock_release();
    } else {
        reply_error(reply, "ERR Use DEBUG CLOCK HOLD, FORWARD <milliseconds>, or RELEASE.");
        return;
    }
    reply_ok(reply);
}

static void set_disable_deny_scripts_action(struct request *req, struct reply *reply) {
    int64_t on = 0;
    (void)text_parse_int64(request_arg(req, 2), &on);
    req->server->deny_scripts_disabled = on != 0;
    reply_ok(reply);
}

static void set_skip_checksum_action(struct request *req, struct reply *reply) {
    int64_t on = 0;
    (void)text_parse_int64(request_arg(req, 2), &on);
    req->server->payload_checks_disabled = on != 0;
    reply_ok(reply);
}

static void change_repl_id_action(struct request *req, struct reply *reply) {
    log_line(LOG_LEVEL_NOTICE, "Changing the replication ID after DEBUG CHANGE-REPL-ID");
    random_system_hex(req->server->replication_id, SERVER_RUN_ID_SIZE);
    reply_ok(reply);
}

static void packed_threshold_action(struct request *req, struct reply *reply) {
    int64_t threshold_bytes;
    /* A megabyte below 4 GiB, as on the stock server. */
    static const int64_t limit_bytes = (INT64_C(1) << 32) - (INT64_C(1) << 20);
    if (!text_parse_memory(request_arg(req, 2), &threshold_bytes) ||
        threshold_bytes > limit_bytes) {
        reply_error(reply, "ERR argument must be a memory value bigger than 1 and smaller than "
                           "4gb");
        return;
    }
    quicklist_set_packed_threshold((size_t)threshold_bytes);
    reply_ok(reply);
}

/* Replies are written into the arena of a turn, so there are no buffers to resize. */
static void replybuffer_action(struct request *req, struct reply *reply) {
    enum { VALUE_INDEX = 3 };
    int64_t number;
    bool sets_peak = args_is(req, 2, "peak-reset-time");
    bool is_word =
        sets_peak && (args_is(req, VALUE_INDEX, "never") || args_is(req, VALUE_INDEX, "reset"));
    if (!sets_peak && !args_is(req, 2, "resizing")) {
        reply_error(reply, "ERR unknown subcommand or wrong number of arguments for "
                           "'REPLYBUFFER'. Try DEBUG HELP.");
    } else if (is_word || args_integer(req, VALUE_INDEX, &number, reply)) {
        reply_ok(reply);
    }
}

/* ---- Data ---- */

/* DEBUG POPULATE count [prefix] [size]: not recorded, existing keys are left alone. */
static void populate_action(struct request *req, struct reply *reply) {
    enum { PREFIX_INDEX = 3, SIZE_INDEX = 4, TEXT_SIZE = 64 };
    int64_t count;
    int64_t size = -1;
    if (!args_positive(req, 2, &count, reply) ||
        (request_argc(req) > SIZE_INDEX && !args_positive(req, SIZE_INDEX, &size, reply)) ||
        (size >= 0 && !args_check_length(req, size, reply))) {
        return;
    }
    struct bytes prefix =
        request_argc(req) > PREFIX_INDEX ? request_arg(req, PREFIX_INDEX) : BYTES("key");
    for (int64_t i = 0; i < count; i++) {
        sds name = sds_append_format(sds_new(prefix), ":%lld", (long long)i);
        struct open_key key;
        if (!keyspace_open_write(req->database, sds_view(name), hash_bytes(sds_view(name)), &key)) {
            sds text = sds_append_format(sds_new(BYTES("")), "value:%lld", (long long)i);
            text = size > 0 ? sds_resize(text, (size_t)size) : text;
            struct value value;
            string_value_of(sds_view(text), &value);
            keyspace_replace(&key, &value, DEADLINE_NONE);
            sds_free(text);
        }
        sds_free(name);
    }
    reply_ok(reply);
}

static bool open_inspected(struct request *req, size_t index, struct open_key *key) {
    return keyspace_open_read(req->database, request_arg(req, index), request_key_hash(req, index),
                              OPEN_UNTOUCHED, key);
}

static void add_length(void *context, struct bytes first, struct bytes second) {
    *(size_t *)context += first.length + second.length;
}

static void object_action(struct request *req, struct reply *reply) {
    enum { LRU_MASK = (1 << 24) - 1 };
    struct open_key key;
    if (!open_inspected(req, 2, &key)) {
        reply_no_such_key(reply);
        return;
    }
    size_t serialized = 0;
    value_ops_walk(&key.value, add_length, &serialized);
    int64_t idle_seconds = keyspace_idle_seconds(&key);
    int64_t now_seconds = clock_unix_ms() / CLOCK_MS_PER_SECOND;
    sds text = sds_append_format(sds_new(BYTES("")),
                                 "Value at:%p refcount:1 encoding:%s serializedlength:%zu lru:%lld "
                                 "lru_seconds_idle:%lld",
                                 (void *)key.entry, value_ops_encoding_name(&key.value), serialized,
                                 (long long)((now_seconds - idle_seconds) & LRU_MASK),
                                 (long long)idle_seconds);
    reply_simple(reply, text);
    sds_free(text);
}

static void log_element(void *context, struct bytes first, struct bytes second) {
    (void)second;
    size_t *index = context;
    sds text = sds_append_quoted(sds_new(BYTES("")), first);
    log_line(LOG_LEVEL_NOTICE, "  element %zu, %zu bytes: %s", (*index)++, first.length, text);
    sds_free(text);
}

/* An element of a list as one word: nothing of its nodes is told. */
static void quicklist_action(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!open_inspected(req, 2, &key)) {
        reply_no_such_key(reply);
        return;
    }
    if (key.value.type != VALUE_LIST) {
        reply_error(reply, "ERR Not a quicklist encoded object.");
        return;
    }
    log_line(LOG_LEVEL_NOTICE, "DEBUG QUICKLIST: %zu elements, %zu bytes",
             value_ops_length(&key.value), value_ops_memory(&key.value, 0));
    size_t index = 0;
    value_ops_walk(&key.value, log_element, &index);
    reply_simple(reply, "Quicklist structure printed on stdout");
}

static void add_first_length(void *context, struct bytes first, struct bytes second) {
    (void)second;
    *(size_t *)context += first.length;
}

/* Keys and strings are kept in buffers that fit, so nothing of them is spare. */
static void sdslen_action(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!open_inspected(req, 2, &key)) {
        reply_no_such_key(reply);
        return;
    }
    if (key.value.type != VALUE_STRING || value_ops_encoding_name(&key.value)[0] == 'i') {
        reply_error(reply, "ERR Not an sds encoded string.");
        return;
    }
    size_t length = 0;
    value_ops_walk(&key.value, add_first_length, &length);
    sds text = sds_append_format(sds_new(BYTES("")),
                                 "key_sds_len:%zu, key_sds_avail:0, key_zmalloc: %zu, "
                                 "val_sds_len:%zu, val_sds_avail:0, val_zmalloc: %zu",
                                 key.name.length, key.name.length, length,
                                 value_ops_memory(&key.value, 0));
    reply_simple(reply, text);
    sds_free(text);
}

static void listpack_action(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!open_inspected(req, 2, &key)) {
        reply_no_such_key(reply);
        return;
    }
    if (strcmp(value_ops_encoding_name(&key.value), "listpack") != 0) {
        reply_error(reply, "ERR Not a listpack encoded object.");
        return;
    }
    log_line(LOG_LEVEL_NOTICE, "DEBUG LISTPACK: %zu elements, %zu bytes",
             value_ops_length(&key.value), value_ops_memory(&key.value, 0));
    size_t index = 0;
    value_ops_walk(&key.value, log_element, &index);
    reply_simple(reply, "Listpack structure printed on stdout");
}

static void htstats_action(struct request *req, struct reply *reply) {
    int64_t index;
    if (!args_integer(req, 2, &index, reply)) {
        return;
    }
    if (index < 0 || (uint64_t)index >= keyspace_database_count(req->server->keyspace)) {
        reply_error(reply, "ERR Out of range database");
        return;
    }
    sds text = database_describe_tables(keyspace_database(req->server->keyspace, (size_t)index),
                                        sds_new(BYTES("")));
    reply_verbatim(reply, "txt", sds_view(text));
    sds_free(text);
}

static void htstats_key_action(struct request *req, struct reply *reply) {
    struct open_key key;
    if (!open_inspected(req, 2, &key)) {
        reply_no_such_key(reply);
        return;
    }
    reply_error(reply, "ERR The value stored at the specified key is not represented using an hash "
                       "table");
}

/* ---- Digests ---- */

/*
 * The digest of a value chains the digests of its parts; what has no order (the keys of a dataset,
 * the elements of sets and hashes) is the exclusive or of digests, so that equal data have one.
 */
struct digest {
    uint8_t bytes[HASH_SHA1_SIZE];
};

static void mix(struct digest *digest, struct bytes part) {
    uint8_t block[2 * HASH_SHA1_SIZE];
    memcpy(block, digest->bytes, HASH_SHA1_SIZE);
    hash_sha1(part, block + HASH_SHA1_SIZE);
    hash_sha1((struct bytes){(const char *)block, sizeof block}, digest->bytes);
}

static void mix_element(void *context, struct bytes first, struct bytes second) {
    mix(context, first);
    mix(context, second);
}

static void add_digest(struct digest *total, const struct digest *digest) {
    for (size_t i = 0; i < HASH_SHA1_SIZE; i++) {
        total->bytes[i] ^= digest->bytes[i];
    }
}

static void add_element(void *context, struct bytes first, struct bytes second) {
    struct digest digest = {{0}};
    mix_element(&digest, first, second);
    add_digest(context, &digest);
}

static struct digest digest_of_value(const struct open_key *key) {
    enum value_type type = (enum value_type)key->value.type;
    bool is_unordered = type == VALUE_SET || type == VALUE_HASH;
    struct digest digest = {{0}};
    mix(&digest, bytes_of_text(value_ops_type_name(type)));
    value_ops_walk(&key->value, is_unordered ? add_element : mix_element, &digest);
    if (key->deadline_ms != DEADLINE_NONE) {
        mix(&digest, BYTES("has a deadline"));
    }
    return digest;
}

static void reply_digest(const struct digest *digest, struct reply *reply) {
    enum { TEXT_SIZE = 2 * HASH_SHA1_SIZE + 1 };
    char text[TEXT_SIZE];
    for (size_t i = 0; i < HASH_SHA1_SIZE; i++) {
        (void)snprintf(text + 2 * i, sizeof text - 2 * i, "%02x", digest->bytes[i]);
    }
    reply_simple(reply, text);
}

struct dataset_digest {
    struct digest total;
    size_t database_index;
};

static void add_key_digest(void *context, const struct open_key *key) {
    struct dataset_digest *dataset = context;
    struct digest digest = digest_of_value(key);
    char number[REQUEST_NUMBER_SIZE];
    mix(&digest, request_number(number, (int64_t)dataset->database_index));
    mix(&digest, key->name);
    add_digest(&dataset->total, &digest);
}

static void digest_action(struct request *req, struct reply *reply) {
    struct dataset_digest dataset = {0};
    for (size_t i = 0; i < keyspace_database_count(req->server->keyspace); i++) {
        dataset.database_index = i;
        uint64_t cursor = 0;
        do {
            cursor = keyspace_scan(keyspace_database(req->server->keyspace, i), cursor,
                                   add_key_digest, &dataset);
        } while (cursor != 0);
    }
    reply_digest(&dataset.total, reply);
}

static void digest_value_action(struct request *req, struct reply *reply) {
    reply_array(reply, request_argc(req) - 2);
    for (size_t i = 2; i < request_argc(req); i++) {
        struct open_key key;
        struct digest digest = {{0}};
        if (open_inspected(req, i, &key)) {
            digest = digest_of_value(&key);
        }
        reply_digest(&digest, reply);
    }
}

/* ---- Protocol ---- */

static void reply_small_numbers(struct reply *reply) {
    enum { COUNT = 3 };
    for (int64_t i = 0; i < COUNT; i++) {
        reply_integer(reply, i);
    }
}

static void reply_map_sample(struct reply *reply) {
    enum { COUNT = 3 };
    reply_map(reply, COUNT);
    for (int64_t i = 0; i < COUNT; i++) {
        reply_integer(reply, i);
        reply_bool(reply, i == 1);
    }
}

static void reply_attribute_sample(struct reply *reply) {
    enum { POPULARITY = 90 };
    if (reply->protocol == RESP3) {
        reply_attribute(reply, 1);
        reply_bulk_text(reply, "key-popularity");
        reply_array(reply, 2);
        reply_bulk_text(reply, "key:123");
        reply_integer(reply, POPULARITY);
    }
    reply_bulk_text(reply, "Some real reply following the attribute");
}

static void reply_push_sample(struct reply *reply) {
    if (reply->protocol != RESP3) {
        reply_error(reply, "ERR RESP2 is not supported by this command");
        return;
    }
    enum { SAMPLE = 42 };
    reply_push(reply, 2);
    reply_bulk_text(reply, "server-cpu-usage");
    reply_integer(reply, SAMPLE);
    reply_bulk_text(reply, "Some real reply following the push reply");
}

static void protocol_action(struct request *req, struct reply *reply) {
    enum { SAMPLE_INTEGER = 12345, SAMPLE_COUNT = 3 };
    static const double sample_double = 3.141;
    if (args_is(req, 2, "string")) {
        reply_bulk_text(reply, "Hello World");
    } else if (args_is(req, 2, "integer")) {
        reply_integer(reply, SAMPLE_INTEGER);
    } else if (args_is(req, 2, "double")) {
        reply_double(reply, sample_double);
    } else if (args_is(req, 2, "bignum")) {
        reply_big_number(reply, BYTES("1234567999999999999999999999999999999"));
    } else if (args_is(req, 2, "null")) {
        reply_null(reply);
    } else if (args_is(req, 2, "array")) {
        reply_array(reply, SAMPLE_COUNT);
        reply_small_numbers(reply);
    } else if (args_is(req, 2, "set")) {
        reply_set(reply, SAMPLE_COUNT);
        reply_small_numbers(reply);
    } else if (args_is(req, 2, "map")) {
        reply_map_sample(reply);
    } else if (args_is(req, 2, "attrib")) {
        reply_attribute_sample(reply);
    } else if (args_is(req, 2, "push")) {
        reply_push_sample(reply);
    } else if (args_is(req, 2, "verbatim")) {
        reply_verbatim(reply, "txt", BYTES("This is a verbatim\nstring"));
    } else if (args_is(req, 2, "true") || args_is(req, 2, "false")) {
        reply_bool(reply, args_is(req, 2, "true"));
    } else {
        reply_error(reply, "ERR Wrong protocol type name. Please use one of the following: "
                           "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|"
                           "true|false");
    }
}

/* DEBUG STRINGMATCH-LEN length pattern: matches the pattern against so many letters. */
static void stringmatch_len_action(struct request *req, struct reply *reply) {
    enum { PATTERN_INDEX = 3 };
    int64_t length;
    if (!args_positive(req, 2, &length, reply) || !args_check_length(req, length, reply)) {
        return;
    }
    sds text = sds_uninitialized((size_t)length);
    memset(text, 'a', (size_t)length);
    reply_integer(reply, text_matches_glob(request_arg(req, PATTERN_INDEX), sds_view(text), false));
    sds_free(text);
}

/* What is there while a dataset is loaded must not be saved, nor taken for the whole. */
static bool is_loading(const struct request *req, struct reply *reply) {
    if (req->server->is_loading) {
        reply_error(reply, DISPATCH_LOADING);
    }
    return req->server->is_loading;
}

static void reload_action(struct request *req, struct reply *reply) {
    struct reload_options options = {0};
    const struct saver *saver = &req->server->saving->saver;
    for (size_t i = 2; i < request_argc(req); i++) {
        if (args_is(req, i, "merge")) {
            options.merges = true;
        } else if (args_is(req, i, "noflush")) {
            options.flushes_not = true;
        } else if (args_is(req, i, "nosave")) {
            options.saves_not = true;
        } else {
            reply_error(reply, "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE "
                               "options.");
            return;
        }
    }
    if (is_loading(req, reply)) {
        return;
    }
    switch (saver->reload(saver->context, options)) {
    case RELOAD_DONE:
        reply_ok(reply);
        return;
    case RELOAD_NOT_SAVED:
        reply_error(reply, "ERR");
        return;
    case RELOAD_NOT_LOADED:
        reply_error(reply, "ERR Error trying to load the RDB dump");
        return;
    }
}

static void loadaof_action(struct request *req, struct reply *reply) {
    const struct log_keeper *keeper = durability_keeper(req->server->durability);
    if (is_loading(req, reply)) {
        return;
    }
    if (keeper->reload == NULL || !keeper->reload(keeper->context)) {
        reply_error(reply, "ERR Error trying to load the AOF files, check server logs.");
        return;
    }
    reply_ok(reply);
}

static void config_rewrite_action(struct request *req, struct reply *reply) {
    if (config_file_path(req->server->config) == NULL) {
        reply_error(reply, "ERR The server is running without a config file");
        return;
    }
    int error = config_rewrite(req->server->config, true);
    if (error != 0) {
        reply_error(reply, "ERR CONFIG-REWRITE-FORCE-ALL failed");
        return;
    }
    reply_ok(reply);
}

/* ---- Dispatch ---- */

static void help_action(struct request *req, struct reply *reply);

enum { ANY = 1000 };

static const struct {
    const char *word;
    size_t argc_min;
    size_t argc_max;
    void (*act)(struct request *req, struct reply *reply);
    const char *usage;
    const char *meaning;
} actions[] = {
    {"assert", 2, 2, assert_action, "ASSERT", "    Crashes by a failed assertion."},
    {"change-repl-id", 2, 2, change_repl_id_action, "CHANGE-REPL-ID",
     "    Draws a new replication ID."},
    {"clock", 3, 4, clock_action, "CLOCK <HOLD|FORWARD <milliseconds>|RELEASE>",
     "    Makes the wall clock stand, moves it while it stands, lets it go on."},
    {"config-rewrite-force-all", 2, 2, config_rewrite_action, "CONFIG-REWRITE-FORCE-ALL",
     "    As CONFIG REWRITE, defaults too."},
    {"digest", 2, 2, digest_action, "DIGEST", "    A digest of all data."},
    {"digest-value", 2, ANY, digest_value_action, "DIGEST-VALUE <key> [<key> ...]",
     "    Digests of some values."},
    {"error", 3, 3, error_action, "ERROR <text>", "    Replies with an error."},
    {"htstats", 3, 4, htstats_action, "HTSTATS <database>", "    Figures of a database's tables."},
    {"htstats-key", 3, 4, htstats_key_action, "HTSTATS-KEY <key>",
     "    Figures of the table that a value is."},
    {"listpack", 3, 3, listpack_action, "LISTPACK <key>", "    Logs the elements of a listpack."},
    {"loadaof", 2, 2, loadaof_action, "LOADAOF",
     "    Completes the AOF, drops the dataset, and loads it again."},
    {"log", 3, 3, log_action, "LOG <text>", "    Writes a line into the log."},
    {"object", 3, 4, object_action, "OBJECT <key>", "    How a value is stored."},
    {"panic", 2, 2, panic_action, "PANIC", "    Crashes with a report."},
    {"populate", 3, 5, populate_action, "POPULATE <count> [<prefix>] [<size>]",
     "    Makes so many string keys."},
    {"protocol", 3, 3, protocol_action, "PROTOCOL <type>", "    A sample of a type of reply."},
    {"quicklist", 3, 4, quicklist_action, "QUICKLIST <key> [<0|1>]",
     "    Logs the elements of a list."},
    {"quicklist-packed-threshold", 3, 3, packed_threshold_action,
     "QUICKLIST-PACKED-THRESHOLD <size>", "    From which size on elements of lists stand alone."},
    {"reload", 2, ANY, reload_action, "RELOAD [MERGE] [NOFLUSH] [NOSAVE]",
     "    Saves the dataset, drops it, and loads it again."},
    {"replybuffer", 4, 4, replybuffer_action, "REPLYBUFFER <subcommand> <value>",
     "    PEAK-RESET-TIME or RESIZING of reply buffers."},
    {"sdslen", 3, 3, sdslen_action, "SDSLEN <key>", "    Lengths of a key and of its string."},
    {"segfault", 2, 2, segfault_action, "SEGFAULT", "    Crashes by SIGSEGV."},
    {"set-active-expire", 3, 3, set_active_expire_action, "SET-ACTIVE-EXPIRE <0|1>",
     "    Whether due keys are removed without being touched."},
    {"set-disable-deny-scripts", 3, 3, set_disable_deny_scripts_action,
     "SET-DISABLE-DENY-SCRIPTS <0|1>", "    Lets scripts run commands that refuse them."},
    {"set-skip-checksum-validation", 3, 3, set_skip_checksum_action,
     "SET-SKIP-CHECKSUM-VALIDATION <0|1>", "    Lets RESTORE take payloads of any checksum."},
    {"sleep", 3, 3, sleep_action, "SLEEP <seconds>", "    Stops the server for a time."},
    {"stringmatch-len", 4, 4, stringmatch_len_action, "STRINGMATCH-LEN <length> <pattern>",
     "    Matches a pattern against so many letters."},
    {"help", 2, 2, help_action, NULL, NULL},
};

static void help_action(struct request *req, struct reply *reply) {
    (void)req;
    const char *lines[2 * ARRAY_SIZE(actions)];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(actions) && actions[i].usage != NULL; i++) {
        lines[count++] = actions[i].usage;
        lines[count++] = actions[i].meaning;
    }
    reply_help(reply, "DEBUG", lines, count);
}

/* DEBUG subcommand [arg ...] */
static void debug_command(struct request *req, struct reply *reply) {
    for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
        if (args_is(req, 1, actions[i].word) && request_argc(req) >= actions[i].argc_min &&
            request_argc(req) <= actions[i].argc_max) {
            actions[i].act(req, reply);
            return;
        }
    }
    struct bytes name = request_arg(req, 1);
    enum { SHOWN_MAX = 128 };
    int length = name.length < SHOWN_MAX ? (int)name.length : SHOWN_MAX;
    reply_error_format(reply,
                       "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try DEBUG "
                       "HELP.",
                       length, name.data);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "debug", .handler = debug_command, .arity = -2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE | CMD_PROTECTED,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_SERVER, .since = "1.0.0", .complexity = "varies",
        .syntax = "",
        .summary = "Does what tests and engineers need.",
    },
};
/* clang-format on */

const struct command_table debug_commands = {rows, ARRAY_SIZE(rows)};
