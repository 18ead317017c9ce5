/*
 * Only lines that fit their frame and the line before count.
 */
#include "persist/aof_scan.h"

#include "base/hash.h"
#include "persist/aof_line.h"
#include "support/unit.h"

#include <string.h>
#include <unistd.h>

/* A file of ours in the making. */
struct text {
    sds bytes;
    uint64_t chain;
};

static void add_line(struct text *text, size_t length, uint64_t synced, bool is_first) {
    char line[AOF_LINE_SIZE_MAX];
    size_t head = aof_line_print_head(line, length, synced);
    size_t frame_start = sds_length(text->bytes) - length;
    text->bytes = sds_append(text->bytes, (struct bytes){line, head});
    if (!is_first) {
        struct iovec frame = {text->bytes + frame_start, length + head};
        text->chain = hash_xxh3_vectors(&frame, 1, text->chain);
    }
    size_t size = aof_line_print_checksum(line, text->chain);
    text->bytes = sds_append(text->bytes, (struct bytes){line, size});
}

static void add_frame(struct text *text, const char *frame, uint64_t synced) {
    text->bytes = sds_append(text->bytes, bytes_of_text(frame));
    add_line(text, strlen(frame), synced, false);
}

static struct text begin(void) {
    struct text text = {sds_new(BYTES("")), 99};
    add_line(&text, 0, 0, true);
    return text;
}

static struct aof_scan scan(const struct text *text, size_t from) {
    char path[] = "/tmp/latchkey-scan-XXXXXX";
    int fd = mkstemp(path);
    require(fd >= 0);
    (void)unlink(path);
    require(write(fd, text->bytes, sds_length(text->bytes)) == (ssize_t)sds_length(text->bytes));
    struct aof_scan result;
    require(aof_scan_lines(fd, from, &result) == 0);
    (void)close(fd);
    return result;
}

Test(aof_scan, finds_the_largest_offset_that_was_synced) {
    struct text text = begin();
    add_frame(&text, "one\n", 0);
    size_t second = sds_length(text.bytes);
    add_frame(&text, "two\n", 30);
    add_frame(&text, "three\n", 60);
    struct aof_scan result = scan(&text, second);
    require(result.has_frames);
    require(result.synced_max == 60);
    require(!result.has_unknown);
    sds_free(text.bytes);
}

Test(aof_scan, a_damaged_frame_does_not_count_and_later_ones_do) {
    struct text text = begin();
    size_t first = sds_length(text.bytes);
    add_frame(&text, "one\n", 20);
    add_frame(&text, "two\n", 30);
    text.bytes[first] = 'X';
    struct aof_scan result = scan(&text, first);
    require(result.synced_max == 30);
    sds_free(text.bytes);
}

Test(aof_scan, lines_that_a_client_wrote_do_not_count) {
    struct text text = begin();
    size_t first = sds_length(text.bytes);
    text.bytes = sds_append(text.bytes, BYTES("#LK 0 0 0000000000000000\r\n"
                                              "#LK 0 9999 0123456789abcdef\r\n"));
    struct aof_scan result = scan(&text, first);
    require(!result.has_frames);
    require(result.synced_max == 0);
    sds_free(text.bytes);
}

Test(aof_scan, tells_of_frames_that_nobody_synced) {
    struct text text = begin();
    size_t first = sds_length(text.bytes);
    add_frame(&text, "one\n", AOF_LINE_SYNCED_UNKNOWN);
    require(scan(&text, first).has_unknown);
    require(!scan(&text, sds_length(text.bytes)).has_frames);
    sds_free(text.bytes);
}
