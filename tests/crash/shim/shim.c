/*
 * Preloaded into a server: stands before the calls that change its AOF directory.
 *
 * The directory is known by its name, "appendonlydir"; descriptors of it and of files opened in it
 * are remembered. A write, truncation or rename is logged before it is done and a sync after it is
 * done: so the log never says that more is safe than is.
 */
#include "crash/shim/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { FD_MAX = 1024, MODE = 0644 };

static struct shim_control *control;
static int log_fd = -1;
static int directory_fd = -1;
static uint32_t files[FD_MAX]; /* by descriptor; 0 = not ours */
static bool stalls[FD_MAX];    /* by descriptor: calls may be let wait */
static uint32_t last_file;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SHIM_CONTROL");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        control = memory == MAP_FAILED ? NULL : memory;
        (void)close(fd);
    }
    path = getenv("SHIM_LOG");
    if (path != NULL) {
        log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, MODE);
    }
}

/* True when this call is to fail; *error is its errno. */
static bool fails(uint32_t kind, int *error) {
    if (control == NULL) {
        return false;
    }
    if (atomic_fetch_add(&control->calls, 1) + 1 == atomic_load(&control->kill_at)) {
        (void)kill(getpid(), SIGKILL);
    }
    if ((atomic_load(&control->mask) & kind) == 0) {
        return false;
    }
    if (atomic_load(&control->skip) > 0) {
        (void)atomic_fetch_sub(&control->skip, 1);
        return false;
    }
    int32_t count = atomic_load(&control->count);
    if (count == 0) {
        return false;
    }
    if (count > 0) {
        atomic_store(&control->count, count - 1);
    }
    *error = atomic_load(&control->error);
    return true;
}

/* Waits as long as calls of this kind do not end. */
static void stall(uint32_t kind) {
    uint32_t stalled = control == NULL ? 0 : atomic_load(&control->stalled);
    if ((stalled & kind) == 0) {
        return;
    }
    (void)atomic_fetch_add(&control->waiting, 1);
    while (((stalled = atomic_load(&control->stalled)) & kind) != 0) {
        (void)syscall(SYS_futex, &control->stalled, FUTEX_WAIT, stalled, NULL, NULL, 0);
    }
    (void)atomic_fetch_sub(&control->waiting, 1);
}

static void stall_file(int fd, uint32_t kind) {
    if (fd >= 0 && fd < FD_MAX && stalls[fd]) {
        stall(kind);
    }
}

static bool ends_with(const char *path, const char *end) {
    size_t length = strlen(path);
    return length >= strlen(end) && strcmp(path + length - strlen(end), end) == 0;
}

static bool is_dump(const char *name) {
    return ends_with(name, ".rdb");
}

static void note(struct shim_record record, const char *name, const struct iovec *data,
                 int data_count) {
    if (log_fd < 0) {
        return;
    }
    struct iovec vectors[FD_MAX + 2];
    int count = 0;
    record.name_size = name == NULL ? 0 : (uint32_t)strlen(name);
    for (int i = 0; i < data_count; i++) {
        record.data_size += (uint32_t)data[i].iov_len;
    }
    vectors[count++] = (struct iovec){&record, sizeof record};
    if (name != NULL) {
        vectors[count++] = (struct iovec){(void *)(uintptr_t)name, record.name_size};
    }
    for (int i = 0; i < data_count; i++) {
        vectors[count++] = data[i];
    }
    (void)!writev(log_fd, vectors, count);
}

static bool is_ours(int fd) {
    return fd >= 0 && fd < FD_MAX && files[fd] != 0;
}

/* ---- Opening ---- */

int open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int mode = (flags & O_CREAT) != 0 ? va_arg(list, int) : 0;
    va_end(list);
    bool is_directory = ends_with(path, "appendonlydir");
    if (is_directory) {
        stall(SHIM_OPEN);
    }
    if (ends_with(path, ".log")) {
        stall(SHIM_LOG);
    }
    int fd = REAL(open64)(path, flags, mode);
    if (fd >= 0 && is_directory) {
        directory_fd = fd;
    }
    if (fd >= 0 && fd < FD_MAX) {
        stalls[fd] = is_directory || strcmp(path, ".") == 0;
    }
    return fd;
}

int mkdir(const char *path, mode_t mode) {
    stall(SHIM_OPEN);
    return REAL(mkdir)(path, mode);
}

int openat64(int at_fd, const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int mode = (flags & O_CREAT) != 0 ? va_arg(list, int) : 0;
    va_end(list);
    bool is_inside = at_fd == directory_fd && at_fd >= 0;
    bool is_file = is_inside && (flags & O_ACCMODE) != O_RDONLY;
    bool may_stall = is_inside || is_dump(path);
    int error = 0;
    if (may_stall && (flags & O_CREAT) != 0) {
        stall(SHIM_OPEN);
    }
    if (is_file && (flags & O_CREAT) != 0 && fails(SHIM_OPEN, &error)) {
        errno = error;
        return -1;
    }
    (void)pthread_mutex_lock(&mutex);
    uint32_t file = is_file ? ++last_file : 0;
    struct shim_record record = {
        .operation = (flags & O_TRUNC) != 0 ? SHIM_LOG_CREATE : SHIM_LOG_OPEN,
        .file = file,
    };
    if (is_file) {
        note(record, path, NULL, 0);
    }
    int fd = REAL(openat64)(at_fd, path, flags, mode);
    if (fd >= 0 && fd < FD_MAX) {
        files[fd] = file;
        stalls[fd] = may_stall;
    }
    (void)pthread_mutex_unlock(&mutex);
    return fd;
}

int close(int fd) {
    if (fd != directory_fd) {
        stall_file(fd, SHIM_CLOSE);
    }
    if (fd >= 0 && fd < FD_MAX) {
        files[fd] = 0;
        stalls[fd] = false;
    }
    if (fd == directory_fd) {
        directory_fd = -1;
    }
    return REAL(close)(fd);
}

/* ---- Changing ---- */

ssize_t pwritev64(int fd, const struct iovec *vectors, int count, off64_t offset) {
    stall_file(fd, SHIM_WRITE);
    if (!is_ours(fd)) {
        return REAL(pwritev64)(fd, vectors, count, offset);
    }
    int error = 0;
    struct iovec half = {vectors[0].iov_base, vectors[0].iov_len / 2 + 1};
    bool is_failing = fails(SHIM_WRITE, &error);
    if (is_failing && error != 0) {
        errno = error;
        return -1;
    }
    if (is_failing) {
        vectors = &half;
        count = 1;
    }
    (void)pthread_mutex_lock(&mutex);
    struct shim_record record = {
        .operation = SHIM_LOG_WRITE, .file = files[fd], .offset = (uint64_t)offset};
    note(record, NULL, vectors, count);
    ssize_t written = REAL(pwritev64)(fd, vectors, count, offset);
    (void)pthread_mutex_unlock(&mutex);
    return written;
}

int ftruncate64(int fd, off64_t size) {
    int error = 0;
    stall_file(fd, SHIM_TRUNCATE);
    if (is_ours(fd) && fails(SHIM_TRUNCATE, &error)) {
        errno = error;
        return -1;
    }
    (void)pthread_mutex_lock(&mutex);
    if (is_ours(fd)) {
        note((struct shim_record){.operation = SHIM_LOG_TRUNCATE,
                                  .file = files[fd],
                                  .offset = (uint64_t)size},
             NULL, NULL, 0);
    }
    int result = REAL(ftruncate64)(fd, size);
    (void)pthread_mutex_unlock(&mutex);
    return result;
}

int renameat(int old_fd, const char *old_name, int new_fd, const char *new_name) {
    int error = 0;
    if (new_fd == directory_fd || is_dump(new_name)) {
        stall(SHIM_RENAME);
    }
    if (new_fd == directory_fd && fails(SHIM_RENAME, &error)) {
        errno = error;
        return -1;
    }
    (void)pthread_mutex_lock(&mutex);
    struct iovec data = {(void *)(uintptr_t)new_name, strlen(new_name)};
    if (new_fd == directory_fd) {
        note((struct shim_record){.operation = SHIM_LOG_RENAME}, old_name, &data, 1);
    }
    int result = REAL(renameat)(old_fd, old_name, new_fd, new_name);
    (void)pthread_mutex_unlock(&mutex);
    return result;
}

int unlinkat(int at_fd, const char *name, int flags) {
    int error = 0;
    if (at_fd == directory_fd || is_dump(name)) {
        stall(SHIM_UNLINK);
    }
    if (at_fd == directory_fd && fails(SHIM_UNLINK, &error)) {
        errno = error;
        return -1;
    }
    (void)pthread_mutex_lock(&mutex);
    if (at_fd == directory_fd) {
        note((struct shim_record){.operation = SHIM_LOG_UNLINK}, name, NULL, 0);
    }
    int result = REAL(unlinkat)(at_fd, name, flags);
    (void)pthread_mutex_unlock(&mutex);
    return result;
}

/* ---- Syncing ---- */

static int sync_file(int fd, int (*real)(int fd)) {
    bool is_directory = fd >= 0 && fd == directory_fd;
    stall_file(fd, SHIM_SYNC);
    if (!is_directory && !is_ours(fd)) {
        return real(fd);
    }
    int error = 0;
    if (fails(SHIM_SYNC, &error)) {
        (void)pthread_mutex_lock(&mutex);
        if (!is_directory) {
            note((struct shim_record){.operation = SHIM_LOG_LOSE, .file = files[fd]}, NULL, NULL,
                 0);
        }
        (void)pthread_mutex_unlock(&mutex);
        errno = error == 0 ? EIO : error;
        return -1;
    }
    struct shim_record record = {
        .operation = is_directory ? SHIM_LOG_SYNC_NAMES : SHIM_LOG_SYNC,
        .file = is_directory ? 0 : files[fd],
    };
    int32_t delay_us = control == NULL ? 0 : atomic_load(&control->delay_us);
    if (delay_us > 0) {
        const struct timespec pause = {delay_us / 1000000, (delay_us % 1000000) * 1000L};
        (void)nanosleep(&pause, NULL);
    }
    /* What is written while the sync runs may come before its record in the log, but is not
     * covered by it: the mark of the present end stands first. */
    (void)pthread_mutex_lock(&mutex);
    bool is_instant = control != NULL && atomic_load(&control->is_instant) != 0;
    int result = is_instant ? 0 : real(fd);
    if (result == 0) {
        note(record, NULL, NULL, 0);
    }
    (void)pthread_mutex_unlock(&mutex);
    return result;
}

int fdatasync(int fd) {
    return sync_file(fd, REAL(fdatasync));
}

int fsync(int fd) {
    return sync_file(fd, REAL(fsync));
}
