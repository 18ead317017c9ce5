#include "persist/file_io.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

Test(file_io, a_file_is_replaced_whole_and_read_up_to_its_limit) {
    char path[] = "/tmp/unit-file-io-XXXXXX";
    cr_assert_not_null(mkdtemp(path));
    int fd = -1;
    cr_assert_eq(file_open_directory(path, &fd), 0);
    cr_assert_eq(file_lock_directory(fd), 0);
    int second = -1;
    cr_assert_eq(file_open_directory(path, &second), 0);
    cr_assert_eq(file_lock_directory(second), -EWOULDBLOCK);
    (void)close(second);
    sds text = NULL;
    cr_assert_eq(file_read_all(fd, "x", 100, &text), -ENOENT);
    cr_assert_eq(file_replace(fd, "temp", "x", BYTES("one")), 0);
    cr_assert_eq(file_replace(fd, "temp", "x", BYTES("three")), 0);
    cr_assert_eq(faccessat(fd, "temp", F_OK, 0), -1);
    cr_assert_eq(file_read_all(fd, "x", 4, &text), -EFBIG);
    cr_assert_eq(file_read_all(fd, "x", 5, &text), 0);
    require_text(sds_view(text), "three");
    sds_free(text);
    cr_assert_eq(file_replace(fd, "no/temp", "x", BYTES("y")), -ENOENT);
    (void)unlinkat(fd, "x", 0);
    (void)close(fd);
    (void)rmdir(path);
    cr_assert_eq(file_open_directory("/nowhere/at/all", &fd), -ENOENT);
}

Test(file_io, vectors_without_bytes_are_written_at_once) {
    char path[] = "/tmp/unit-file-io-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    (void)unlink(path);
    char text[] = "ab";
    const struct iovec vectors[] = {{text, 0}, {text, 2}, {text, 0}};
    cr_assert_eq(file_write_vectors(fd, 0, vectors, 1), 0);
    cr_assert_eq(file_write_vectors(fd, 0, vectors, 0), 0);
    cr_assert_eq(file_write_vectors(fd, 0, vectors, 3), 0);
    cr_assert_eq(lseek(fd, 0, SEEK_END), 2);
    (void)close(fd);
}
