/*
 * The lines are found by their prefix; one counts when its length and its checksum fit, so what
 * looks like a line inside of a value is passed over.
 */
#include "persist/aof_mend.h"

#include "base/hash.h"
#include "base/sds.h"
#include "persist/aof_line.h"
#include "persist/file_io.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { SIZE_MAX_MIB = 256, MIB_BITS = 20, WORK_FACTOR = 8 };

static bool fits(struct bytes frame, const struct aof_line *line, uint64_t chain) {
    struct iovec vector = {(void *)(uintptr_t)frame.data, frame.length + line->head_size};
    return hash_xxh3_vectors(&vector, 1, chain) == line->checksum;
}

/* True when the bytes are frames whose lines go from one checksum to the other. */
static bool is_sound(struct bytes text, const struct aof_span *span) {
    static const char prefix[] = AOF_LINE_PREFIX;
    const char *end = text.data + text.length;
    const char *frame = text.data;
    const char *at = frame;
    uint64_t chain = span->chain_before;
    uint64_t work = 0;
    bool is_first = span->from == 0; /* The first line of a file has the seed. */
    while (frame < end && work <= WORK_FACTOR * (uint64_t)text.length) {
        at = memmem(at, (size_t)(end - at), prefix, sizeof prefix - 1);
        if (at == NULL) {
            return false;
        }
        struct bytes before = {frame, (size_t)(at - frame)};
        struct aof_line line;
        bool is_line = aof_line_parse((struct bytes){at, (size_t)(end - at)}, &line) &&
                       line.length == before.length;
        if (is_line) {
            work += before.length;
            is_line =
                is_first ? line.checksum == chain && line.synced == 0 : fits(before, &line, chain);
        }
        if (!is_line) {
            at++;
            continue;
        }
        is_first = false;
        chain = line.checksum;
        frame = at + line.size;
        at = frame;
    }
    return frame == end && chain == span->chain_after;
}

static int read_span(int fd, uint64_t offset, char *text, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t count = pread(fd, text + done, size - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return count < 0 ? -errno : -EBADMSG;
        }
        done += (size_t)count;
    }
    return 0;
}

int aof_mend_span(int fd, const struct aof_span *span) {
    ASSERT(span->to >= span->from);
    size_t size = (size_t)(span->to - span->from);
    if (size == 0) {
        return 0;
    }
    if (size >> MIB_BITS >= SIZE_MAX_MIB) {
        return -EBADMSG;
    }
    sds text = sds_uninitialized(size);
    int error = read_span(fd, span->from, text, size);
    if (error == 0 && !is_sound(sds_view(text), span)) {
        error = -EBADMSG;
    }
    if (error == 0) {
        error = file_write_vectors(fd, span->from, &(struct iovec){text, size}, 1);
    }
    sds_free(text);
    return error;
}
