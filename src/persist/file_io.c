/*
 * Directories are used through descriptors, so a file stays in its directory whatever happens to
 * the path, and dir may be changed while serving.
 */
#include "persist/file_io.h"

#include "base/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VECTORS_MAX = 512, FILE_MODE = 0644, DIRECTORY_MODE = 0755, READ_SIZE = 64 * 1024 };

int file_write_vectors(int fd, uint64_t offset, const struct iovec *vectors, size_t count) {
    struct iovec now[VECTORS_MAX];
    size_t done = 0;   /* vectors written whole */
    size_t inside = 0; /* bytes written of the next one */
    while (done < count) {
        if (vectors[done].iov_len == 0) {
            done++; /* A write of no bytes looks like a disk that takes none. */
            continue;
        }
        size_t now_count = count - done < VECTORS_MAX ? count - done : VECTORS_MAX;
        memcpy(now, vectors + done, now_count * sizeof *now);
        now[0].iov_base = (char *)now[0].iov_base + inside;
        now[0].iov_len -= inside;
        ssize_t written = pwritev(fd, now, (int)now_count, (off_t)offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return written < 0 ? -errno : -EIO;
        }
        offset += (uint64_t)written;
        size_t left = (size_t)written + inside;
        while (done < count && left >= vectors[done].iov_len) {
            left -= vectors[done].iov_len;
            done++;
        }
        inside = left;
    }
    return 0;
}

int file_sync(int fd) {
    return fdatasync(fd) < 0 ? -errno : 0;
}

void file_sync_early(int fd, uint64_t *sent, uint64_t end) {
    enum { EARLY_SIZE = 4 * 1024 * 1024 };
    if (end - *sent >= EARLY_SIZE) {
        (void)sync_file_range(fd, (off_t)*sent, (off_t)(end - *sent), SYNC_FILE_RANGE_WRITE);
        *sent = end;
    }
}

static void close_job(void *argument) {
    (void)close((int)(intptr_t)argument); /* What matters was synced, or is dropped. */
}

void file_close_later(int fd, struct worker *worker) {
    worker_submit(worker, close_job, (void *)(intptr_t)fd);
}

int file_sync_directory(int directory_fd) {
    return fsync(directory_fd) < 0 ? -errno : 0;
}

static int write_whole(int directory_fd, const char *name, struct bytes text) {
    int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        return -errno;
    }
    struct iovec vector = {(void *)(uintptr_t)text.data, text.length};
    int error = file_write_vectors(fd, 0, &vector, 1);
    if (error == 0 && fsync(fd) < 0) {
        error = -errno;
    }
    if (close(fd) < 0 && error == 0) {
        error = -errno;
    }
    return error;
}

int file_replace(int directory_fd, const char *temp_name, const char *name, struct bytes text) {
    int error = write_whole(directory_fd, temp_name, text);
    if (error == 0 && renameat(directory_fd, temp_name, directory_fd, name) < 0) {
        error = -errno;
    }
    if (error != 0) {
        (void)unlinkat(directory_fd, temp_name, 0); /* The first error is the one to tell. */
        return error;
    }
    return file_sync_directory(directory_fd);
}

int file_read_all(int directory_fd, const char *name, size_t size_max, sds *text) {
    int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    sds read_text = sds_with_capacity(READ_SIZE);
    int error = 0;
    for (;;) {
        read_text = sds_reserve(read_text, READ_SIZE);
        ssize_t count = read(fd, read_text + sds_length(read_text), READ_SIZE);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            error = count < 0 ? -errno : 0;
            break;
        }
        sds_set_length(read_text, sds_length(read_text) + (size_t)count);
        if (sds_length(read_text) > size_max) {
            error = -EFBIG;
            break;
        }
    }
    (void)close(fd); /* It was only read. */
    if (error != 0) {
        sds_free(read_text);
        return error;
    }
    *text = read_text;
    return 0;
}

/* is_ours: this process made the directory; else its parent may be closed to us. */
static int sync_parent(int directory_fd, bool is_ours) {
    int parent = openat(directory_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0) {
        return is_ours || errno != EACCES ? -errno : 0;
    }
    int error = file_sync_directory(parent);
    (void)close(parent); /* It was only synced. */
    return error;
}

int file_open_directory(const char *path, int *directory_fd) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    *directory_fd = fd;
    return 0;
}

int file_make_directory(const char *path, int *directory_fd) {
    bool is_new = mkdir(path, DIRECTORY_MODE) == 0;
    if (!is_new && errno != EEXIST) {
        return -errno;
    }
    int fd = -1;
    int error = file_open_directory(path, &fd);
    if (error != 0) {
        return error;
    }
    /* One that was there may have been made by a process that was killed before its sync. */
    error = sync_parent(fd, is_new);
    if (error != 0) {
        (void)close(fd); /* The first error is the one to tell. */
        return error;
    }
    *directory_fd = fd;
    return 0;
}

int file_lock_directory(int directory_fd) {
    return flock(directory_fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}
