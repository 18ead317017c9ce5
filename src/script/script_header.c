/*
 * The words of the line may be quoted, as those of a line of redis.conf.
 */
#include "script/script_header.h"

#include "base/text.h"
#include "script/script_run.h"

#include <string.h>

static const struct {
    const char *name;
    uint32_t flag;
} flag_rows[] = {
    {"no-writes", SCRIPT_NO_WRITES},
    {"allow-oom", SCRIPT_ALLOW_OOM},
    {"allow-stale", SCRIPT_ALLOW_STALE},
    {"no-cluster", SCRIPT_NO_CLUSTER},
    {"allow-cross-slot-keys", SCRIPT_ALLOW_CROSS_SLOT_KEYS},
};

uint32_t script_header_flag(struct bytes name) {
    for (size_t i = 0; i < ARRAY_SIZE(flag_rows); i++) {
        if (bytes_equal(name, bytes_of_text(flag_rows[i].name))) {
            return flag_rows[i].flag;
        }
    }
    return 0;
}

uint32_t script_header_flag_nocase(struct bytes name) {
    for (size_t i = 0; i < ARRAY_SIZE(flag_rows); i++) {
        if (bytes_is(name, flag_rows[i].name)) {
            return flag_rows[i].flag;
        }
    }
    return 0;
}

const char *script_header_flag_name(uint32_t flag) {
    for (size_t i = 0; i < ARRAY_SIZE(flag_rows); i++) {
        if (flag_rows[i].flag == flag) {
            return flag_rows[i].name;
        }
    }
    UNREACHABLE();
}

static sds complain(const char *text, struct bytes subject) {
    return sds_append(sds_new(bytes_of_text(text)), subject);
}

/* Reads flags with commas between them. An empty list is none, a comma at its end is refused. */
static sds read_flags(struct bytes list, uint32_t *flags) {
    bool is_open = list.length > 0;
    while (is_open) {
        const char *comma = memchr(list.data, ',', list.length);
        size_t length = comma == NULL ? list.length : (size_t)(comma - list.data);
        struct bytes name = {list.data, length};
        uint32_t flag = script_header_flag(name);
        if (flag == 0) {
            return complain("Unexpected flag in script shebang: ", name);
        }
        *flags |= flag;
        size_t taken = comma == NULL ? length : length + 1;
        list = (struct bytes){list.data + taken, list.length - taken};
        is_open = comma != NULL;
    }
    return NULL;
}

static sds read_words(sds *words, size_t count, uint32_t *flags) {
    if (!bytes_equal(sds_view(words[0]), BYTES("#!lua"))) {
        return complain("Unexpected engine in script shebang: ", sds_view(words[0]));
    }
    for (size_t i = 1; i < count; i++) {
        struct bytes word = sds_view(words[i]);
        struct bytes prefix = BYTES("flags=");
        if (word.length < prefix.length || memcmp(word.data, prefix.data, prefix.length) != 0) {
            return complain("Unknown lua shebang option: ", word);
        }
        struct bytes list = {word.data + prefix.length, word.length - prefix.length};
        sds error = read_flags(list, flags);
        if (error != NULL) {
            return error;
        }
    }
    return NULL;
}

sds script_header_read(struct bytes source, uint32_t *flags, struct bytes *body) {
    *body = source;
    *flags = SCRIPT_WITHOUT_HEADER;
    if (source.length < 2 || source.data[0] != '#' || source.data[1] != '!') {
        return NULL;
    }
    const char *end = memchr(source.data, '\n', source.length);
    if (end == NULL) {
        return sds_new(BYTES("Invalid script shebang"));
    }
    size_t length = (size_t)(end - source.data);
    *body = (struct bytes){end, source.length - length};
    *flags = 0;
    size_t count = 0;
    sds *words = text_split_args((struct bytes){source.data, length}, &count);
    sds error = words == NULL ? sds_new(BYTES("Invalid engine in script shebang"))
                              : read_words(words, count, flags);
    if (words != NULL) {
        text_free_args(words, count);
    }
    return error;
}

/* ---- Libraries ---- */

bool script_header_is_name(struct bytes name) {
    for (size_t i = 0; i < name.length; i++) {
        unsigned char letter = (unsigned char)name.data[i];
        bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        if (!is_letter && !(letter >= '0' && letter <= '9') && letter != '_') {
            return false;
        }
    }
    return name.length > 0;
}

/* Reads the words behind the first one: the library's name. */
static sds read_library_words(sds *words, size_t count, sds *name) {
    struct bytes prefix = BYTES("name=");
    for (size_t i = 1; i < count; i++) {
        struct bytes word = sds_view(words[i]);
        size_t prefix_length = word.length < prefix.length ? word.length : prefix.length;
        if (!bytes_equal_nocase((struct bytes){word.data, prefix_length}, prefix)) {
            return complain("Invalid metadata value given: ", word);
        }
        if (*name != NULL) {
            return sds_new(BYTES("Invalid metadata value, name argument was given multiple times"));
        }
        *name = sds_new((struct bytes){word.data + prefix.length, word.length - prefix.length});
    }
    if (*name == NULL) {
        return sds_new(BYTES("Library name was not given"));
    }
    if (!script_header_is_name(sds_view(*name))) {
        return sds_new(BYTES(SCRIPT_HEADER_NAME_ERROR));
    }
    struct bytes engine = {words[0] + 2, sds_length(words[0]) - 2};
    if (!bytes_is(engine, "lua")) {
        return sds_append(complain("Engine '", engine), BYTES("' not found"));
    }
    return NULL;
}

sds script_header_read_library(struct bytes source, sds *name, struct bytes *body) {
    *name = NULL;
    if (source.length < 2 || source.data[0] != '#' || source.data[1] != '!') {
        return sds_new(BYTES("Missing library metadata"));
    }
    const char *end = memchr(source.data, '\n', source.length);
    size_t count = 0;
    size_t length = end == NULL ? 0 : (size_t)(end - source.data);
    sds *words = end == NULL ? NULL : text_split_args((struct bytes){source.data, length}, &count);
    if (words == NULL) {
        return sds_new(BYTES("Invalid library metadata"));
    }
    *body = (struct bytes){end, source.length - length};
    sds error = read_library_words(words, count, name);
    text_free_args(words, count);
    if (error != NULL) {
        sds_free(*name);
        *name = NULL;
    }
    return error;
}
