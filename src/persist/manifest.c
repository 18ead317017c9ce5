/*
 * Read as leniently as the stock server does (any order and case of keys, unknown pairs), written
 * in its one order: base, history with the newest first, increments.
 */
#include "persist/manifest.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { LINE_SIZE_MAX = 1023, CHECKSUM_SIZE = 16, CAPACITY_MIN = 8, WORDS_MIN = 6 };

#define CHECKSUM_PREFIX "#LK "

void manifest_release(struct manifest *manifest) {
    for (size_t i = 0; i < manifest->count; i++) {
        sds_free(manifest->entries[i].name);
    }
    alloc_free(manifest->entries);
    *manifest = (struct manifest){0};
}

struct manifest_entry *manifest_add(struct manifest *manifest, enum manifest_kind kind,
                                    struct bytes name, int64_t seq) {
    if (manifest->count == manifest->capacity) {
        manifest->capacity = manifest->capacity == 0 ? CAPACITY_MIN : 2 * manifest->capacity;
        manifest->entries =
            alloc_resize(manifest->entries, manifest->capacity * sizeof *manifest->entries);
    }
    /* The base stands first, wherever its line is: it is loaded before all increments. */
    struct manifest_entry *entry = &manifest->entries[manifest->count];
    if (kind == MANIFEST_BASE) {
        entry = manifest->entries;
        memmove(entry + 1, entry, manifest->count * sizeof *entry);
    }
    manifest->count++;
    *entry = (struct manifest_entry){sds_new(name), seq, kind, MANIFEST_SIZE_UNKNOWN};
    return entry;
}

void manifest_copy(const struct manifest *source, struct manifest *copy) {
    *copy = (struct manifest){0};
    for (size_t i = 0; i < source->count; i++) {
        const struct manifest_entry *entry = &source->entries[i];
        manifest_add(copy, entry->kind, sds_view(entry->name), entry->seq)->size = entry->size;
    }
}

struct manifest_entry *manifest_base(const struct manifest *manifest) {
    for (size_t i = 0; i < manifest->count; i++) {
        if (manifest->entries[i].kind == MANIFEST_BASE) {
            return &manifest->entries[i];
        }
    }
    return NULL;
}

struct manifest_entry *manifest_last_increment(const struct manifest *manifest) {
    for (size_t i = manifest->count; i > 0; i--) {
        if (manifest->entries[i - 1].kind == MANIFEST_INCREMENT) {
            return &manifest->entries[i - 1];
        }
    }
    return NULL;
}

/* ---- Reading ---- */

static bool is_name_path(struct bytes name) {
    return name.length == 0 || memchr(name.data, '/', name.length) != NULL;
}

/* Reads the pairs of one line. Returns NULL, or what is wrong. */
static const char *read_pairs(const sds *words, size_t count, struct manifest_entry *entry,
                              struct bytes *name) {
    char type = '\0';
    for (size_t i = 0; i < count; i += 2) {
        struct bytes key = sds_view(words[i]);
        struct bytes value = sds_view(words[i + 1]);
        if (bytes_is(key, "file")) {
            *name = value;
        } else if (bytes_is(key, "seq")) {
            entry->seq = text_parse_int64(value, &entry->seq) ? entry->seq : 0;
        } else if (bytes_is(key, "type")) {
            type = value.length > 0 ? value.data[0] : '?';
        } else if (bytes_is(key, "size") && !text_parse_int64(value, &entry->size)) {
            entry->size = MANIFEST_SIZE_UNKNOWN;
        }
    }
    if (name->data == NULL || entry->seq <= 0 || type == '\0') {
        return "Invalid AOF manifest file format";
    }
    if (is_name_path(*name)) {
        return "File can't be a path, just a filename";
    }
    switch (type) {
    case 'b':
        entry->kind = MANIFEST_BASE;
        return NULL;
    case 'h':
        entry->kind = MANIFEST_HISTORY;
        return NULL;
    case 'i':
        entry->kind = MANIFEST_INCREMENT;
        return NULL;
    default:
        return "Unknown AOF file type";
    }
}

static const char *add_checked(struct manifest *manifest, const struct manifest_entry *entry,
                               struct bytes name) {
    if (entry->kind == MANIFEST_BASE && manifest_base(manifest) != NULL) {
        return "Found duplicate base file information";
    }
    const struct manifest_entry *last = manifest_last_increment(manifest);
    if (entry->kind == MANIFEST_INCREMENT && last != NULL && entry->seq <= last->seq) {
        return "Found a non-monotonic sequence number";
    }
    manifest_add(manifest, entry->kind, name, entry->seq)->size = entry->size;
    return NULL;
}

static const char *read_line(struct manifest *manifest, struct bytes line) {
    size_t count = 0;
    sds *words = text_split_args(line, &count);
    const char *problem = "Invalid AOF manifest file format";
    if (words != NULL && count >= WORDS_MIN && count % 2 == 0) {
        struct manifest_entry entry = {.size = MANIFEST_SIZE_UNKNOWN};
        struct bytes name = {NULL, 0};
        problem = read_pairs(words, count, &entry, &name);
        if (problem == NULL) {
            problem = add_checked(manifest, &entry, name);
        }
    }
    if (words != NULL) {
        text_free_args(words, count);
    }
    return problem;
}

static void print_checksum(struct bytes text, char digits[CHECKSUM_SIZE + 1]) {
    (void)snprintf(digits, CHECKSUM_SIZE + 1, "%016llx", (unsigned long long)hash_xxh3(text));
}

/* A comment is skipped, but for our checksum over what stands before it: *is_checked then. */
static const char *read_comment(struct bytes before, struct bytes line, bool *is_checked) {
    size_t prefix_size = sizeof CHECKSUM_PREFIX - 1;
    if (line.length != prefix_size + CHECKSUM_SIZE ||
        memcmp(line.data, CHECKSUM_PREFIX, prefix_size) != 0) {
        return NULL;
    }
    char digits[CHECKSUM_SIZE + 1];
    print_checksum(before, digits);
    *is_checked = memcmp(line.data + prefix_size, digits, CHECKSUM_SIZE) == 0;
    return *is_checked ? NULL : "The checksum does not fit: the manifest is damaged";
}

static bool fail(sds *error, size_t line_number, const char *problem) {
    *error =
        sds_append_format(sds_new(BYTES("")), "line %zu of the manifest: %s", line_number, problem);
    return false;
}

/* A size is a pair of ours, and so is the checksum behind all entries. */
static bool lacks_checksum(const struct manifest *manifest, bool is_checked) {
    bool is_ours = false;
    for (size_t i = 0; i < manifest->count; i++) {
        is_ours |= manifest->entries[i].size != MANIFEST_SIZE_UNKNOWN;
    }
    return is_ours && !is_checked;
}

bool manifest_parse(struct bytes text, struct manifest *manifest, sds *error) {
    if (text.length == 0) {
        return fail(error, 0, "Found an empty AOF manifest");
    }
    bool is_checked = false;
    size_t number = 1;
    const char *at = text.data;
    const char *end = text.data + text.length;
    for (; at < end; number++) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (line_end == NULL || line_end - at > LINE_SIZE_MAX - 1) {
            manifest_release(manifest);
            return fail(error, number, "The AOF manifest file contains too long line");
        }
        struct bytes line = {at, (size_t)(line_end - at)};
        struct bytes before = {text.data, (size_t)(at - text.data)};
        bool is_comment = line.length > 0 && *at == '#';
        is_checked &= is_comment;
        const char *problem =
            is_comment ? read_comment(before, line, &is_checked) : read_line(manifest, line);
        if (problem != NULL) {
            manifest_release(manifest);
            return fail(error, number, problem);
        }
        at = line_end + 1;
    }
    if (lacks_checksum(manifest, is_checked)) {
        manifest_release(manifest);
        return fail(error, number, "The checksum is missing: the manifest is damaged");
    }
    return true;
}

/* ---- Writing ---- */

static bool needs_quotes(struct bytes name) {
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '\'' || c == '\\') {
            return true;
        }
    }
    return false;
}

static sds print_entry(const struct manifest_entry *entry, sds text) {
    static const char letters[] = {'b', 'h', 'i'};
    text = sds_append(text, BYTES("file "));
    struct bytes name = sds_view(entry->name);
    text = needs_quotes(name) ? sds_append_quoted(text, name) : sds_append(text, name);
    text =
        sds_append_format(text, " seq %lld type %c", (long long)entry->seq, letters[entry->kind]);
    if (entry->size != MANIFEST_SIZE_UNKNOWN) {
        text = sds_append_format(text, " size %lld", (long long)entry->size);
    }
    return sds_append(text, BYTES("\n"));
}

sds manifest_print(const struct manifest *manifest, sds text) {
    size_t start = sds_length(text);
    if (manifest_base(manifest) != NULL) {
        text = print_entry(manifest_base(manifest), text);
    }
    for (size_t i = manifest->count; i > 0; i--) {
        if (manifest->entries[i - 1].kind == MANIFEST_HISTORY) {
            text = print_entry(&manifest->entries[i - 1], text);
        }
    }
    for (size_t i = 0; i < manifest->count; i++) {
        if (manifest->entries[i].kind == MANIFEST_INCREMENT) {
            text = print_entry(&manifest->entries[i], text);
        }
    }
    char digits[CHECKSUM_SIZE + 1];
    print_checksum((struct bytes){text + start, sds_length(text) - start}, digits);
    return sds_append_format(text, CHECKSUM_PREFIX "%s\n", digits);
}

/* ---- Changing ---- */

static int64_t next_seq(const struct manifest *manifest, enum manifest_kind kind) {
    int64_t last = 0;
    for (size_t i = 0; i < manifest->count; i++) {
        if (manifest->entries[i].kind == kind && manifest->entries[i].seq > last) {
            last = manifest->entries[i].seq;
        }
    }
    return last + 1;
}

int64_t manifest_next_base(const struct manifest *manifest) {
    return next_seq(manifest, MANIFEST_BASE);
}

int64_t manifest_next_increment(const struct manifest *manifest) {
    return next_seq(manifest, MANIFEST_INCREMENT);
}

void manifest_retire(struct manifest *manifest, bool keeps_last) {
    const struct manifest_entry *last = keeps_last ? manifest_last_increment(manifest) : NULL;
    for (size_t i = 0; i < manifest->count; i++) {
        if (&manifest->entries[i] != last) {
            manifest->entries[i].kind = MANIFEST_HISTORY;
        }
    }
}

void manifest_forget_history(struct manifest *manifest) {
    size_t kept = 0;
    for (size_t i = 0; i < manifest->count; i++) {
        if (manifest->entries[i].kind == MANIFEST_HISTORY) {
            sds_free(manifest->entries[i].name);
        } else {
            manifest->entries[kept++] = manifest->entries[i];
        }
    }
    manifest->count = kept;
}
