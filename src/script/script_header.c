/*
 * The words of the line are separated by single spaces, as the stock server takes them apart.
 */
#include "script/script_header.h"

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

const char *script_header_flag_name(uint32_t flag) {
    for (size_t i = 0; i < ARRAY_SIZE(flag_rows); i++) {
        if (flag_rows[i].flag == flag) {
            return flag_rows[i].name;
        }
    }
    UNREACHABLE();
}

/* Takes the text up to a separator off the front of the rest. */
static struct bytes take_word(struct bytes *rest, char separator) {
    const char *end = memchr(rest->data, separator, rest->length);
    size_t length = end == NULL ? rest->length : (size_t)(end - rest->data);
    struct bytes word = {rest->data, length};
    size_t taken = end == NULL ? length : length + 1;
    *rest = (struct bytes){rest->data + taken, rest->length - taken};
    return word;
}

static sds complain(const char *text, struct bytes subject) {
    return sds_append(sds_new(bytes_of_text(text)), subject);
}

static sds read_flags(struct bytes list, uint32_t *flags) {
    while (list.length > 0) {
        struct bytes name = take_word(&list, ',');
        if (name.length == 0) {
            continue;
        }
        uint32_t flag = script_header_flag(name);
        if (flag == 0) {
            return complain("Unexpected flag in script shebang: ", name);
        }
        *flags |= flag;
    }
    return NULL;
}

static sds read_words(struct bytes line, uint32_t *flags) {
    struct bytes engine = take_word(&line, ' ');
    if (!bytes_equal(engine, BYTES("#!lua"))) {
        return complain("Unexpected engine in script shebang: ", engine);
    }
    while (line.length > 0) {
        struct bytes word = take_word(&line, ' ');
        struct bytes prefix = BYTES("flags=");
        if (word.length == 0) {
            continue;
        }
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
    return read_words((struct bytes){source.data, length}, flags);
}
