/*
 * The file is mapped: it is locked against other servers, and this happens only after damage.
 */
#include "persist/aof_scan.h"

#include "base/hash.h"
#include "persist/aof_line.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { WORK_FACTOR = 8 };

/* The annotation line that ends at a place, if there is one. */
static bool find_line_before(struct bytes file, size_t end, struct aof_line *line) {
    size_t first = end < AOF_LINE_SIZE_MAX ? 0 : end - AOF_LINE_SIZE_MAX;
    for (size_t at = end; at-- > first;) {
        if (file.data[at] == '#' &&
            aof_line_parse((struct bytes){file.data + at, end - at}, line) &&
            at + line->size == end) {
            return true;
        }
    }
    return false;
}

/* Checks a line by its frame. *work counts the bytes that were hashed. */
static bool is_sound(struct bytes file, size_t at, const struct aof_line *line, uint64_t *work) {
    struct aof_line before;
    if (line->length > at || !find_line_before(file, at - (size_t)line->length, &before)) {
        return false;
    }
    struct iovec frame = {(void *)(uintptr_t)(file.data + at - line->length),
                          (size_t)line->length + line->head_size};
    *work += frame.iov_len;
    return hash_xxh3_vectors(&frame, 1, before.checksum) == line->checksum;
}

static int scan_bytes(struct bytes file, size_t from, struct aof_scan *scan) {
    uint64_t work = 0;
    const char *end = file.data + file.length;
    static const char prefix[] = AOF_LINE_PREFIX;
    const char *at = file.data + from;
    while ((at = memmem(at, (size_t)(end - at), prefix, sizeof prefix - 1)) != NULL) {
        struct aof_line line;
        size_t offset = (size_t)(at - file.data);
        if (aof_line_parse((struct bytes){at, (size_t)(end - at)}, &line) &&
            is_sound(file, offset, &line, &work)) {
            scan->has_frames = true;
            scan->has_unknown |= line.synced == AOF_LINE_SYNCED_UNKNOWN;
            if (line.synced != AOF_LINE_SYNCED_UNKNOWN && line.synced > scan->synced_max) {
                scan->synced_max = line.synced;
            }
        }
        if (work > WORK_FACTOR * (uint64_t)file.length) {
            return -EFBIG;
        }
        at++;
    }
    return 0;
}

int aof_scan_lines(int fd, uint64_t from, struct aof_scan *scan) {
    *scan = (struct aof_scan){0};
    struct stat info;
    if (fstat(fd, &info) < 0) {
        return -errno;
    }
    size_t size = (size_t)info.st_size;
    if (from >= size) {
        return 0;
    }
    char *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
        return -errno;
    }
    int error = scan_bytes((struct bytes){data, size}, (size_t)from, scan);
    (void)munmap(data, size);
    return error;
}
