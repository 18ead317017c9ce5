/*
 * Commands are stepped over by their lengths, so that a value which looks like an annotation is
 * none. The file is known to be sound; what cannot be read ends the search.
 */
#include "persist/aof_truncate.h"

#include "base/hash.h"
#include "base/text.h"
#include "persist/aof_line.h"
#include "persist/file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Reads the line at *at, of a mark and a number, and steps over it. */
static bool read_count(struct bytes text, size_t *at, char mark, int64_t *count) {
    const char *start = text.data + *at;
    const char *end = memchr(start, '\n', text.length - *at);
    if (end == NULL || end - start < 3 || start[0] != mark || end[-1] != '\r') {
        return false;
    }
    *at += (size_t)(end - start) + 1;
    return text_parse_int64((struct bytes){start + 1, (size_t)(end - start) - 2}, count) &&
           *count >= 0;
}

static bool skip_command(struct bytes text, size_t *at) {
    int64_t argc;
    if (!read_count(text, at, '*', &argc)) {
        return false;
    }
    for (int64_t i = 0; i < argc; i++) {
        int64_t length;
        if (!read_count(text, at, '$', &length) ||
            (uint64_t)length + strlen("\r\n") > text.length - *at) {
            return false;
        }
        *at += (size_t)length + strlen("\r\n");
    }
    return true;
}

/* Steps over the annotation at *at. True when it is of a later time. */
static bool is_too_late(struct bytes text, size_t *at, int64_t unix_seconds, struct aof_cut *cut) {
    static const char time_prefix[] = "#TS:";
    struct bytes rest = {text.data + *at, text.length - *at};
    struct aof_line line;
    if (aof_line_parse(rest, &line)) {
        *at += line.size;
        cut->has_chain = true;
        cut->frame_offset = *at;
        cut->chain = line.checksum;
        cut->synced = line.synced;
        return false;
    }
    const char *end = memchr(rest.data, '\n', rest.length);
    size_t length = end == NULL ? rest.length : (size_t)(end - rest.data) + 1;
    size_t prefix = sizeof time_prefix - 1;
    int64_t seconds;
    if (length > prefix + strlen("\r\n") && memcmp(rest.data, time_prefix, prefix) == 0 &&
        text_parse_int64((struct bytes){rest.data + prefix, length - prefix - strlen("\r\n")},
                         &seconds) &&
        seconds > unix_seconds) {
        cut->offset = *at;
        return true;
    }
    *at += length;
    return false;
}

bool aof_truncate_find(struct bytes text, int64_t unix_seconds, struct aof_cut *cut) {
    *cut = (struct aof_cut){0};
    size_t at = 0;
    while (at < text.length) {
        if (text.data[at] == '#') {
            if (is_too_late(text, &at, unix_seconds, cut)) {
                return true;
            }
        } else if (skip_command(text, &at)) {
            cut->is_behind_data = true;
        } else {
            return false;
        }
    }
    return false;
}

/* Appends the line of a frame that lost its end. Returns 0 or -errno. */
static int end_frame(int fd, struct bytes text, const struct aof_cut *cut) {
    char line[AOF_LINE_SIZE_MAX];
    size_t length = (size_t)(cut->offset - cut->frame_offset);
    size_t size = aof_line_print_head(line, length, cut->synced);
    struct iovec parts[] = {{(void *)(uintptr_t)(text.data + cut->frame_offset), length},
                            {line, size}};
    uint64_t checksum = hash_xxh3_vectors(parts, 2, cut->chain);
    size += aof_line_print_checksum(line + size, checksum);
    return file_write_vectors(fd, cut->offset, &(struct iovec){line, size}, 1);
}

int aof_truncate_file(int directory_fd, const char *name, struct bytes text,
                      const struct aof_cut *cut) {
    int fd = openat(directory_fd, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    int error = ftruncate(fd, (off_t)cut->offset) < 0 ? -errno : 0;
    if (error == 0 && cut->has_chain && cut->offset > cut->frame_offset) {
        error = end_frame(fd, text, cut);
    }
    error = error == 0 ? file_sync(fd) : error;
    if (close(fd) < 0 && error == 0) {
        error = -errno;
    }
    return error;
}
