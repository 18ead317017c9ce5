/*
 * Only lines that fit their frame and the line before count.
 */
#include "persist/aof_scan.h"

#include "persist/aof_line.h"
#include "support/unit.h"
#include "unit/persist/aof_text.h"

#include <string.h>
#include <unistd.h>

enum { SEED = 99 };

static struct aof_scan scan(const struct aof_text *text, size_t from) {
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
    struct aof_text text = aof_text_begin(SEED);
    aof_text_add(&text, "one\n", 0);
    size_t second = sds_length(text.bytes);
    aof_text_add(&text, "two\n", 30);
    aof_text_add(&text, "three\n", 60);
    struct aof_scan result = scan(&text, second);
    require(result.has_frames);
    require(result.synced_max == 60);
    require(!result.has_unknown);
    sds_free(text.bytes);
}

Test(aof_scan, a_damaged_frame_does_not_count_and_later_ones_do) {
    struct aof_text text = aof_text_begin(SEED);
    size_t first = sds_length(text.bytes);
    aof_text_add(&text, "one\n", 20);
    aof_text_add(&text, "two\n", 30);
    text.bytes[first] = 'X';
    struct aof_scan result = scan(&text, first);
    require(result.synced_max == 30);
    sds_free(text.bytes);
}

Test(aof_scan, lines_that_a_client_wrote_do_not_count) {
    struct aof_text text = aof_text_begin(SEED);
    size_t first = sds_length(text.bytes);
    text.bytes = sds_append(text.bytes, BYTES("#LK 0 0 0000000000000000\r\n"
                                              "#LK 0 9999 0123456789abcdef\r\n"));
    struct aof_scan result = scan(&text, first);
    require(!result.has_frames);
    require(result.synced_max == 0);
    sds_free(text.bytes);
}

Test(aof_scan, tells_of_frames_that_nobody_synced) {
    struct aof_text text = aof_text_begin(SEED);
    size_t first = sds_length(text.bytes);
    aof_text_add(&text, "one\n", AOF_LINE_SYNCED_UNKNOWN);
    require(scan(&text, first).has_unknown);
    require(!scan(&text, sds_length(text.bytes)).has_frames);
    sds_free(text.bytes);
}
