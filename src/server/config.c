/*
 * Values stand in an array parallel to the option rows; typed copies of those that something obeys
 * stand in struct settings, written through the rows' offsets. Reading a file and the command line
 * come down to the same step: a name and its words.
 */
#include "server/config.h"

#include "base/alloc.h"
#include "base/text.h"
#include "server/config_checks.h"
#include "server/config_file.h"
#include "server/config_options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct config {
    struct settings settings;
    struct option_value *values; /* by index of the rows */
    bool *is_given;              /* set by file or command line */
    struct command_renaming *renamings;
    size_t renaming_count;
    bool has_users; /* lines `user` were read */
    sds file_path;
    config_listener listener;
    void *listener_context;
};

/* ---- Values ---- */

static size_t find_option(struct bytes name) {
    for (size_t i = 0; i < config_option_count(); i++) {
        const struct option_row *row = config_option(i);
        if (bytes_is(name, row->name) || (row->alias != NULL && bytes_is(name, row->alias))) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void fill_output_limits(struct config *config, const char *text) {
    enum { GROUP = 4 };
    size_t count = 0;
    sds *words = text_split_args(bytes_of_text(text), &count);
    for (size_t i = 0; i + GROUP <= count; i += GROUP) {
        int64_t hard = 0;
        int64_t soft = 0;
        int class = config_limit_class(sds_view(words[i]));
        struct output_limit *limit = &config->settings.output_limits[class];
        if (text_parse_memory(sds_view(words[i + 1]), &hard) &&
            text_parse_memory(sds_view(words[i + 2]), &soft) &&
            text_parse_int64(sds_view(words[i + 3]), &limit->soft_seconds)) {
            limit->hard_bytes = (size_t)hard;
            limit->soft_bytes = (size_t)soft;
        }
    }
    text_free_args(words, count);
}

/* Prints all classes, whatever the last change named. */
static sds print_output_limits(const struct config *config) {
    static const char *const names[] = {"normal", "slave", "pubsub"};
    sds text = sds_with_capacity(0);
    for (size_t i = 0; i < OUTPUT_LIMIT_COUNT; i++) {
        const struct output_limit *limit = &config->settings.output_limits[i];
        text =
            sds_append_format(text, "%s%s %zu %zu %lld", i == 0 ? "" : " ", names[i],
                              limit->hard_bytes, limit->soft_bytes, (long long)limit->soft_seconds);
    }
    return text;
}

static void write_field(struct config *config, const struct option_row *row,
                        const struct option_value *value) {
    if (row->offset == OPTION_NO_FIELD) {
        return;
    }
    void *field = (char *)&config->settings + row->offset;
    if (row->type == OPTION_BOOL) {
        *(bool *)field = value->number != 0;
    } else if (row->type == OPTION_STRING || row->type == OPTION_CUSTOM) {
        *(const char **)field = value->text;
    } else {
        *(int64_t *)field = value->number;
    }
}

/* The oracle takes any number for hz, and works with one in this range. */
static struct option_value bounded_hz(struct option_value value) {
    enum { HZ_MIN = 1, HZ_MAX = 500 };
    value.number = value.number < HZ_MIN ? HZ_MIN : value.number > HZ_MAX ? HZ_MAX : value.number;
    sds_free(value.text);
    value.text = sds_append_format(sds_with_capacity(0), "%lld", (long long)value.number);
    return value;
}

/* Puts a checked value in place. value: taken. */
static void put_value(struct config *config, size_t index, struct option_value value) {
    const struct option_row *row = config_option(index);
    value = strcmp(row->name, "hz") == 0 ? bounded_hz(value) : value;
    if (strcmp(row->name, "client-output-buffer-limit") == 0) {
        fill_output_limits(config, value.text);
        sds_free(value.text);
        value.text = print_output_limits(config);
    }
    sds_free(config->values[index].text);
    config->values[index] = value;
    write_field(config, row, &value);
}

struct config *config_create(void) {
    struct config *config = alloc_zeroed(sizeof *config);
    config->values = alloc_zeroed(config_option_count() * sizeof *config->values);
    config->is_given = alloc_zeroed(config_option_count() * sizeof *config->is_given);
    for (size_t i = 0; i < config_option_count(); i++) {
        const struct option_row *row = config_option(i);
        struct option_value value;
        char error[OPTION_ERROR_SIZE];
        bool is_good = option_parse(row, bytes_of_text(row->initial), &value, error);
        ASSERT(is_good);
        put_value(config, i, value);
    }
    return config;
}

void config_destroy(struct config *config) {
    if (config == NULL) {
        return;
    }
    for (size_t i = 0; i < config_option_count(); i++) {
        sds_free(config->values[i].text);
    }
    for (size_t i = 0; i < config->renaming_count; i++) {
        sds_free(config->renamings[i].name);
        sds_free(config->renamings[i].new_name);
    }
    alloc_free(config->renamings);
    alloc_free(config->values);
    alloc_free(config->is_given);
    sds_free(config->file_path);
    alloc_free(config);
}

const struct settings *config_settings(const struct config *config) {
    return &config->settings;
}

/* ---- Loading ---- */

static const char *add_renaming(struct config *config, sds *words, size_t count) {
    enum { WORDS = 3 };
    if (count != WORDS) {
        return "rename-command takes the old and the new name ('' removes the command)";
    }
    config->renamings =
        alloc_resize(config->renamings, (config->renaming_count + 1) * sizeof *config->renamings);
    config->renamings[config->renaming_count++] =
        (struct command_renaming){sds_new(sds_view(words[1])), sds_new(sds_view(words[2]))};
    return NULL;
}

static sds join_words(sds *words, size_t first, size_t count) {
    sds text = sds_with_capacity(0);
    for (size_t i = first; i < count; i++) {
        text = i > first ? sds_append(text, BYTES(" ")) : text;
        text = sds_append(text, sds_view(words[i]));
    }
    return text;
}

/* `save` lines add up; an empty one, and the first one given, drop what was there. */
static sds joined_save(const struct config *config, size_t index, sds text) {
    if (!config->is_given[index] || sds_length(text) == 0 ||
        sds_length(config->values[index].text) == 0) {
        return text;
    }
    sds joined = sds_append(sds_new(sds_view(config->values[index].text)), BYTES(" "));
    joined = sds_append(joined, sds_view(text));
    sds_free(text);
    return joined;
}

static const char *check_feature(const struct option_row *row, const struct option_value *value) {
    if (strcmp(row->name, "cluster-enabled") == 0 && value->number != 0) {
        return "cluster mode is not supported: set cluster-enabled to no";
    }
    if (strcmp(row->name, "activedefrag") == 0 && value->number != 0) {
        return "Active defragmentation cannot be enabled: it requires a Redis server compiled "
               "with a modified Jemalloc like the one shipped by default with the Redis source "
               "distribution";
    }
    return NULL;
}

/* What older servers knew: it does nothing, and does not keep a file from being read. */
static bool is_bygone(struct bytes name) {
    static const char *const names[] = {"list-max-ziplist-entries", "list-max-ziplist-value",
                                        "lua-replicate-commands"};
    bool is_known = false;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        is_known |= bytes_is(name, names[i]);
    }
    return is_known;
}

static bool set_from_words(struct config *config, sds *words, size_t count,
                           char error[OPTION_ERROR_SIZE]) {
    size_t index = find_option(sds_view(words[0]));
    if (index == SIZE_MAX) {
        (void)snprintf(error, OPTION_ERROR_SIZE,
                       "Bad directive or wrong number of arguments: there is no parameter '%s'",
                       words[0]);
        return false;
    }
    const struct option_row *row = config_option(index);
    if (count < 2 || (count > 2 && (row->flags & OPTION_MANY) == 0)) {
        (void)snprintf(error, OPTION_ERROR_SIZE, "wrong number of arguments: '%s' takes %s",
                       row->name, count < 2 ? "a value" : "one value");
        return false;
    }
    sds text = join_words(words, 1, count);
    text = strcmp(row->name, "save") == 0 ? joined_save(config, index, text) : text;
    struct option_value value;
    bool is_good = option_parse(row, sds_view(text), &value, error);
    sds_free(text);
    if (!is_good) {
        return false;
    }
    const char *problem = check_feature(row, &value);
    if (problem == NULL && strcmp(row->name, "dir") == 0 && chdir(value.text) < 0) {
        problem = strerror(errno);
    }
    if (problem != NULL) {
        (void)snprintf(error, OPTION_ERROR_SIZE, "%s", problem);
        sds_free(value.text);
        return false;
    }
    config->is_given[index] = true;
    put_value(config, index, value);
    return true;
}

bool config_apply_words(struct config *config, sds *words, size_t count,
                        char error[OPTION_ERROR_SIZE]) {
    if (bytes_is(sds_view(words[0]), "rename-command")) {
        const char *problem = add_renaming(config, words, count);
        (void)snprintf(error, OPTION_ERROR_SIZE, "%s", problem == NULL ? "" : problem);
        return problem == NULL;
    }
    if (bytes_is(sds_view(words[0]), "loadmodule")) {
        (void)snprintf(error, OPTION_ERROR_SIZE,
                       "modules are not supported: remove the loadmodule line");
        return false;
    }
    if (bytes_is(sds_view(words[0]), "user")) {
        config->has_users = true; /* Kept in the file; named in the warning of absent features. */
        return true;
    }
    if (count == 2 && is_bygone(sds_view(words[0]))) {
        return true;
    }
    return set_from_words(config, words, count, error);
}

static sds load_first_argument(struct config *config, const char *argument) {
    char path[PATH_MAX];
    if (realpath(argument, path) == NULL) {
        return sds_append_format(sds_with_capacity(0),
                                 "Fatal error, can't open config file '%s': %s", argument,
                                 strerror(errno));
    }
    config->file_path = sds_new(bytes_of_text(path));
    return config_file_include(config, path, 0);
}

sds config_load(struct config *config, int argc, char *const argv[]) {
    int first = 1;
    sds error = NULL;
    if (argc > 1 && argv[1][0] != '-') {
        error = load_first_argument(config, argv[1]);
        first = 2;
    }
    /* "-" stands first or last. Options count more than what standard input says. */
    bool begins = first < argc && strcmp(argv[first], "-") == 0;
    bool ends = !begins && first < argc && strcmp(argv[argc - 1], "-") == 0;
    first += begins ? 1 : 0;
    argc -= ends ? 1 : 0;
    if (error == NULL && (begins || ends)) {
        error = config_file_read(config, stdin, "(standard input)");
    }
    return error != NULL ? error : config_file_read_options(config, argc - first, argv + first);
}

const char *config_file_path(const struct config *config) {
    return config->file_path;
}

bool config_is_secret(struct bytes name) {
    size_t index = find_option(name);
    return index != SIZE_MAX && (config_option(index)->flags & OPTION_SENSITIVE) != 0;
}

size_t config_renaming_count(const struct config *config) {
    return config->renaming_count;
}

const struct command_renaming *config_renaming(const struct config *config, size_t index) {
    ASSERT(index < config->renaming_count);
    return &config->renamings[index];
}

sds config_absent_features(const struct config *config) {
    sds text = sds_new(config->has_users ? BYTES("user") : BYTES(""));
    for (size_t i = 0; i < config_option_count(); i++) {
        const struct option_row *row = config_option(i);
        if (config->is_given[i] && (row->flags & OPTION_ABSENT) != 0 &&
            strcmp(config->values[i].text, row->initial) != 0) {
            text = sds_append_format(text, "%s%s", sds_length(text) > 0 ? ", " : "", row->name);
        }
    }
    return text;
}

/* ---- Answering ---- */

static const char *shown_value(const struct config *config, size_t index, char *buffer) {
    if (strcmp(config_option(index)->name, "dir") == 0 && getcwd(buffer, PATH_MAX) != NULL) {
        return buffer;
    }
    return config->values[index].text;
}

/* The pattern that a name matches; NULL when none does. is_hidden: only by the name itself. */
static const struct bytes *find_match(const char *name, bool is_hidden,
                                      const struct bytes *patterns, size_t pattern_count) {
    for (size_t i = 0; i < pattern_count; i++) {
        if (is_hidden ? bytes_is(patterns[i], name)
                      : text_matches_glob(patterns[i], bytes_of_text(name), true)) {
            return &patterns[i];
        }
    }
    return NULL;
}

/* A parameter that was asked for by its name is shown as it was asked for. */
static struct bytes shown_name(const char *name, struct bytes pattern) {
    return bytes_is(pattern, name) ? pattern : bytes_of_text(name);
}

void config_each(const struct config *config, const struct bytes *patterns, size_t pattern_count,
                 config_visitor visit, void *context) {
    char buffer[PATH_MAX];
    for (size_t i = 0; i < config_option_count(); i++) {
        const struct option_row *row = config_option(i);
        const char *const names[] = {row->name, row->alias};
        for (size_t j = 0; j < ARRAY_SIZE(names) && names[j] != NULL; j++) {
            bool is_hidden = (row->flags & OPTION_HIDDEN) != 0;
            const struct bytes *pattern = find_match(names[j], is_hidden, patterns, pattern_count);
            if (pattern != NULL) {
                visit(context, shown_name(names[j], *pattern), shown_value(config, i, buffer));
            }
        }
    }
}

const char *config_value(const struct config *config, const char *name) {
    size_t index = find_option(bytes_of_text(name));
    return index == SIZE_MAX ? NULL : config->values[index].text;
}

void config_set_listener(struct config *config, config_listener listener, void *context) {
    config->listener = listener;
    config->listener_context = context;
}

/* ---- Setting ---- */

/* One parameter of a CONFIG SET. */
struct config_change {
    size_t index;
    struct bytes name;         /* the one that was given, as its row spells it */
    struct option_value value; /* the new one; after the exchange, the old one */
};

static sds set_error(struct bytes name, const char *problem) {
    sds text = sds_new(BYTES("CONFIG SET failed (possibly related to argument '"));
    text = sds_append(text, name);
    return sds_append_format(text, "') - %s", problem);
}

/* What cannot be switched on while the server runs, because it does not exist. */
static const char *check_running_feature(const struct option_row *row,
                                         const struct option_value *value) {
    if (strcmp(row->name, "tls-port") == 0 && value->number != 0) {
        return "Unable to update TLS configuration. Check server logs.";
    }
    return check_feature(row, value);
}

/* Finds the parameter and says whether it may be set: all of them, before any value is read. */
static sds check_name(const struct bytes *args, size_t position, bool allow_protected,
                      struct config_change *changes) {
    struct config_change *change = &changes[position / 2];
    struct bytes name = args[position];
    change->index = find_option(name);
    if (change->index == SIZE_MAX) {
        sds text = sds_new(BYTES("Unknown option or number of arguments for CONFIG SET - '"));
        return sds_append(sds_append(text, name), BYTES("'"));
    }
    const struct option_row *row = config_option(change->index);
    bool is_alias = row->alias != NULL && bytes_is(name, row->alias);
    change->name = bytes_of_text(is_alias ? row->alias : row->name);
    if ((row->flags & OPTION_IMMUTABLE) != 0) {
        return set_error(change->name, "can't set immutable config");
    }
    if ((row->flags & OPTION_PROTECTED) != 0 && !allow_protected) {
        return set_error(change->name, "can't set protected config");
    }
    for (size_t i = 0; i < position; i += 2) {
        if (bytes_equal_nocase(args[i], name)) {
            return set_error(name, "duplicate parameter");
        }
    }
    return NULL;
}

static sds check_value(const struct bytes *args, size_t position, struct config_change *changes) {
    struct config_change *change = &changes[position / 2];
    const struct option_row *row = config_option(change->index);
    char error[OPTION_ERROR_SIZE];
    if (!option_parse(row, args[position + 1], &change->value, error)) {
        return set_error(change->name, error);
    }
    const char *problem = check_running_feature(row, &change->value);
    return problem == NULL ? NULL : set_error(change->name, problem);
}

/* Puts the change's value in place and keeps the old one in the change. */
static void exchange(struct config *config, struct config_change *change) {
    struct option_value old = config->values[change->index];
    old.text = sds_new(sds_view(old.text));
    put_value(config, change->index, change->value);
    change->value = old;
}

/* Tells the listener of each change. Returns the error and sets *failed when one is refused. */
static sds tell_listener(struct config *config, const struct config_change *changes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct option_row *row = config_option(changes[i].index);
        const char *problem = NULL;
        if (strcmp(row->name, "dir") == 0 && chdir(config->values[changes[i].index].text) < 0) {
            problem = strerror(errno);
        } else if (config->listener != NULL) {
            problem = config->listener(config->listener_context, row->name);
        }
        if (problem != NULL) {
            return set_error(changes[i].name, problem);
        }
    }
    return NULL;
}

sds config_set(struct config *config, const struct bytes *args, size_t argc, bool allow_protected) {
    size_t count = argc / 2;
    struct config_change *changes = alloc_zeroed(count * sizeof *changes);
    sds error = NULL;
    for (size_t i = 0; i < argc && error == NULL; i += 2) {
        error = check_name(args, i, allow_protected, changes);
    }
    for (size_t i = 0; i < argc && error == NULL; i += 2) {
        error = check_value(args, i, changes);
    }
    if (error == NULL) {
        for (size_t i = 0; i < count; i++) {
            exchange(config, &changes[i]);
        }
        error = tell_listener(config, changes, count);
        /* Backwards: two names of one parameter may have changed it twice. */
        for (size_t i = count; i > 0 && error != NULL; i--) {
            exchange(config, &changes[i - 1]);
        }
        if (error != NULL) {
            sds_free(tell_listener(config, changes, count));
        }
    }
    for (size_t i = 0; i < count; i++) {
        sds_free(changes[i].value.text);
    }
    alloc_free(changes);
    return error;
}

bool config_must_wait_for_load(struct bytes name) {
    size_t index = find_option(name);
    return index != SIZE_MAX && (config_option(index)->flags & OPTION_NOT_LOADING) != 0;
}

/* ---- Rewriting ---- */

static bool is_default(const struct config *config, size_t index) {
    return strcmp(config->values[index].text, config_option(index)->initial) == 0;
}

/* True when the words behind the name mean this value. */
static bool is_value(const struct option_row *row, sds *words, size_t count, sds value) {
    struct option_value said;
    char error[OPTION_ERROR_SIZE];
    sds text = join_words(words, 1, count);
    bool is_good = count > 1 && option_parse(row, sds_view(text), &said, error);
    bool is_same = is_good && bytes_equal(sds_view(said.text), sds_view(value));
    if (is_good) {
        sds_free(said.text);
    }
    sds_free(text);
    return is_same;
}

static bool look_up_setting(void *context, sds *words, size_t count,
                            struct config_setting *setting) {
    const struct config *config = context;
    size_t index = find_option(sds_view(words[0]));
    if (index == SIZE_MAX) {
        return false;
    }
    const struct option_row *row = config_option(index);
    *setting = (struct config_setting){
        .name = bytes_of_text(row->name),
        .value = config->values[index].text,
        .is_list = (row->flags & OPTION_MANY) != 0,
        .is_said = is_value(row, words, count, config->values[index].text),
    };
    return true;
}

int config_rewrite(struct config *config, bool adds_all) {
    if (config->file_path == NULL) {
        return -ENOENT;
    }
    sds *added = alloc_new(config_option_count() * sizeof *added);
    size_t added_count = 0;
    for (size_t i = 0; i < config_option_count(); i++) {
        if (adds_all || !is_default(config, i)) {
            added[added_count++] = sds_new(bytes_of_text(config_option(i)->name));
        }
    }
    int error = config_file_rewrite(
        config->file_path, (struct config_source){look_up_setting, config}, added, added_count);
    text_free_args(added, added_count);
    return error;
}
