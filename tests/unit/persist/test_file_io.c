#include "persist/file_io.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char last_synced[PATH_MAX];

/* In place of the C library's: notes what is synced. */
int fsync(int fd) {
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, last_synced, sizeof last_synced - 1);
    last_synced[size < 0 ? 0 : size] = '\0';
    return (int)syscall(SYS_fsync, fd);
}

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
    cr_assert_eq(file_open_directory("/nowhere", &fd), -ENOENT);
    cr_assert_eq(file_make_directory("/nowhere/at/all", &fd), -ENOENT);
}

static void check_parent_is_synced(const char *parent, const char *path) {
    int fd = -1;
    last_synced[0] = '\0';
    cr_assert_eq(file_make_directory(path, &fd), 0);
    cr_assert_str_eq(last_synced, parent);
    (void)close(fd);
}

/* Whoever made it may have been killed before the sync. */
Test(file_io, the_name_of_a_directory_is_synced_whoever_made_it) {
    char parent[] = "/tmp/unit-file-io-XXXXXX";
    cr_assert_not_null(mkdtemp(parent));
    char path[sizeof parent + 4];
    (void)snprintf(path, sizeof path, "%s/aof", parent);
    check_parent_is_synced(parent, path);
    check_parent_is_synced(parent, path);
    (void)rmdir(path);
    (void)rmdir(parent);
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
