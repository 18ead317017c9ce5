#include "persist/aof_truncate.h"

#include "base/hash.h"
#include "persist/aof_line.h"
#include "persist/file_io.h"
#include "support/unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SET_A "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"
#define SET_NOTE "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$9\r\n#TS:99\r\n1\r\n"

Test(aof_truncate, the_first_later_annotation_is_found_and_none_inside_a_value) {
    static const char text[] =
        "#TS:10\r\n" SET_A SET_NOTE "#TS:20\r\n#a word\r\n" SET_A "#TS:30\r\n";
    struct bytes file = BYTES(text);
    struct aof_cut cut;
    cr_assert(aof_truncate_find(file, 9, &cut));
    cr_expect_eq(cut.offset, 0);
    cr_expect_not(cut.is_behind_data);
    cr_assert(aof_truncate_find(file, 10, &cut));
    cr_expect_eq(cut.offset, strlen("#TS:10\r\n" SET_A SET_NOTE));
    cr_expect(cut.is_behind_data);
    cr_expect_not(cut.has_chain);
    cr_assert(aof_truncate_find(file, 29, &cut));
    cr_expect_eq(cut.offset, strlen(text) - strlen("#TS:30\r\n"));
    cr_expect_not(aof_truncate_find(file, 30, &cut));
}

Test(aof_truncate, nothing_is_found_behind_what_cannot_be_read) {
    struct aof_cut cut;
    cr_expect_not(aof_truncate_find(BYTES("REDIS0010\r\n#TS:30\r\n"), 1, &cut));
    cr_expect_not(aof_truncate_find(BYTES("*1\r\n$9\r\nab\r\n#TS:30\r\n"), 1, &cut));
    cr_expect_not(aof_truncate_find(BYTES("*1\r\n$-1\r\n#TS:30\r\n"), 1, &cut));
    cr_expect_not(aof_truncate_find(BYTES("*x\r\n#TS:30\r\n"), 1, &cut));
    cr_expect_not(aof_truncate_find(BYTES("#TS:x\r\n#TS:\r\n#TS:30"), 1, &cut));
    cr_expect_not(aof_truncate_find(BYTES("#TS:10\r\n*1\r\n$4\r\nPI"), 10, &cut));
    cr_expect_not(aof_truncate_find(BYTES(""), 1, &cut));
}

/* Appends our line of a frame of these last bytes; returns its checksum. */
static uint64_t add_line(sds *text, size_t length, uint64_t synced, uint64_t chain) {
    char line[AOF_LINE_SIZE_MAX];
    size_t size = aof_line_print_head(line, length, synced);
    struct iovec parts[] = {{*text + sds_length(*text) - length, length}, {line, size}};
    uint64_t checksum = hash_xxh3_vectors(parts, 2, chain);
    size += aof_line_print_checksum(line + size, checksum);
    *text = sds_append(*text, (struct bytes){line, size});
    return checksum;
}

Test(aof_truncate, a_frame_that_is_cut_through_gets_its_line) {
    static const char first[] = "#TS:10\r\n" SET_A;
    sds text = sds_new(BYTES(""));
    uint64_t chain = add_line(&text, 0, 0, 7);
    text = sds_append(text, BYTES(first));
    chain = add_line(&text, strlen(first), 5, chain);
    text = sds_append(text, BYTES(SET_A));
    sds wanted = sds_new(sds_view(text));
    text = sds_append(text, BYTES("#TS:20\r\n" SET_A));
    (void)add_line(&text, strlen(SET_A "#TS:20\r\n" SET_A), 50, chain);
    (void)add_line(&wanted, strlen(SET_A), 5, chain);

    char path[] = "/tmp/latchkey-truncate-XXXXXX";
    cr_assert_not_null(mkdtemp(path));
    int directory_fd = -1;
    cr_assert_eq(file_open_directory(path, &directory_fd), 0);
    cr_assert_eq(file_replace(directory_fd, "temp", "log", sds_view(text)), 0);
    struct aof_cut cut;
    cr_assert(aof_truncate_find(sds_view(text), 10, &cut));
    cr_assert_eq(aof_truncate_file(directory_fd, "log", sds_view(text), &cut), 0);
    sds found = NULL;
    cr_assert_eq(file_read_all(directory_fd, "log", sds_length(text), &found), 0);
    cr_expect(bytes_equal(sds_view(found), sds_view(wanted)));
    cr_expect_lt(aof_truncate_file(directory_fd, "none", sds_view(text), &cut), 0);

    cr_expect_eq(unlinkat(directory_fd, "log", 0), 0);
    (void)close(directory_fd);
    cr_expect_eq(rmdir(path), 0);
    sds_free(found);
    sds_free(wanted);
    sds_free(text);
}
