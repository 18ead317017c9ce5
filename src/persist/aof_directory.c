/*
 * Order on disk, so that a crash between any two steps leaves a directory that loads: a file is
 * there before the manifest names it, and the manifest has forgotten a file before it is deleted.
 */
#include "persist/aof_directory.h"

#include "base/random.h"
#include "persist/file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0644 };

static sds temp_name(const struct aof_directory *directory, const char *kind) {
    return sds_append_format(sds_new(BYTES("temp-")), "%s.%s", directory->file_name, kind);
}

static sds part_name(const struct aof_directory *directory, int64_t seq, const char *kind) {
    return sds_append_format(sds_new(BYTES("")), "%s.%lld.%s", directory->file_name, (long long)seq,
                             kind);
}

static sds describe(const char *what, const char *name, int error) {
    return sds_append_format(sds_new(BYTES("")), "%s %s: %s", what, name, strerror(-error));
}

int aof_directory_store(struct aof_directory *directory) {
    sds name = sds_append(sds_new(sds_view(directory->file_name)), BYTES(".manifest"));
    sds temp = temp_name(directory, "manifest");
    sds text = manifest_print(&directory->manifest, sds_new(BYTES("")));
    int error = file_replace(directory->fd, temp, name, sds_view(text));
    sds_free(name);
    sds_free(temp);
    sds_free(text);
    return error;
}

/* Returns NULL, also when there is none, or what is wrong. */
static sds read_manifest(struct aof_directory *directory) {
    sds name = sds_append(sds_new(sds_view(directory->file_name)), BYTES(".manifest"));
    sds text = NULL;
    sds problem = NULL;
    int error = file_read_all(directory->fd, name, MANIFEST_TEXT_MAX, &text);
    if (error == 0) {
        bool is_sound = manifest_parse(sds_view(text), &directory->manifest, &problem);
        ASSERT(is_sound || problem != NULL);
    } else if (error != -ENOENT) {
        problem = describe("Cannot read the AOF manifest", name, error);
    }
    sds_free(name);
    sds_free(text);
    return problem;
}

/*
 * A single file of an older server lies beside the directory: it becomes the base, unless the
 * directory has a log already. The manifest comes first: a crash in between is found by the name.
 */
static int take_over_single_file(struct aof_directory *directory) {
    struct stat info;
    if (stat(directory->file_name, &info) < 0 || !S_ISREG(info.st_mode)) {
        return 0;
    }
    const struct manifest *manifest = &directory->manifest;
    const struct manifest_entry *base = manifest_base(manifest);
    bool is_begun = manifest->count == 1 && base != NULL &&
                    bytes_equal(sds_view(base->name), sds_view(directory->file_name)) &&
                    fstatat(directory->fd, base->name, &info, 0) < 0;
    if (manifest->count > 0 && !is_begun) {
        return 0;
    }
    if (!is_begun) {
        (void)manifest_add(&directory->manifest, MANIFEST_BASE, sds_view(directory->file_name), 1);
        int error = aof_directory_store(directory);
        if (error != 0) {
            return error;
        }
    }
    if (renameat(AT_FDCWD, directory->file_name, directory->fd, directory->file_name) < 0) {
        return -errno;
    }
    return file_sync_directory(directory->fd);
}

/* open_directory: one of file_io's. */
static sds open_with(struct aof_directory *directory, const char *name, const char *file_name,
                     int (*open_directory)(const char *path, int *directory_fd)) {
    *directory = (struct aof_directory){
        .fd = -1,
        .path = sds_new(bytes_of_text(name)),
        .file_name = sds_new(bytes_of_text(file_name)),
    };
    int error = open_directory(name, &directory->fd);
    if (error != 0) {
        return describe("Cannot open the AOF directory", name, error);
    }
    error = file_lock_directory(directory->fd);
    if (error != 0) {
        return error == -EWOULDBLOCK
                   ? describe("Another process writes the AOF directory", name, error)
                   : describe("Cannot lock the AOF directory", name, error);
    }
    return read_manifest(directory);
}

sds aof_directory_open(struct aof_directory *directory, const char *name, const char *file_name) {
    sds problem = open_with(directory, name, file_name, file_make_directory);
    if (problem != NULL) {
        return problem;
    }
    int error = take_over_single_file(directory);
    return error == 0 ? NULL : describe("Cannot take over the AOF", file_name, error);
}

sds aof_directory_look(struct aof_directory *directory, const char *name, const char *file_name) {
    return open_with(directory, name, file_name, file_open_directory);
}

void aof_directory_close(struct aof_directory *directory) {
    if (directory->fd >= 0) {
        (void)close(directory->fd); /* It was only read and synced. */
    }
    sds_free(directory->path);
    sds_free(directory->file_name);
    manifest_release(&directory->manifest);
    *directory = (struct aof_directory){.fd = -1};
}

int aof_directory_open_file(const struct aof_directory *directory, const char *name) {
    int fd = openat(directory->fd, name, O_RDWR | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int64_t aof_directory_file_size(const struct aof_directory *directory, const char *name) {
    struct stat info;
    return fstatat(directory->fd, name, &info, 0) < 0 ? -errno : (int64_t)info.st_size;
}

static int create_file(const struct aof_directory *directory, const char *name) {
    int fd = openat(directory->fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    return fd < 0 ? -errno : fd;
}

static uint64_t random_seed(void) {
    uint64_t seed;
    random_system_bytes(&seed, sizeof seed);
    return seed;
}

int aof_directory_add_increment(struct aof_directory *directory, bool is_listed,
                                struct aof_target *target) {
    int64_t seq = manifest_next_increment(&directory->manifest);
    sds name = is_listed ? part_name(directory, seq, "incr.aof") : temp_name(directory, "incr");
    int fd = create_file(directory, name);
    int error = fd < 0 ? fd : 0;
    if (error == 0 && is_listed) {
        struct manifest before;
        manifest_copy(&directory->manifest, &before);
        (void)manifest_add(&directory->manifest, MANIFEST_INCREMENT, sds_view(name), seq);
        error = aof_directory_store(directory);
        if (error != 0) {
            manifest_release(&directory->manifest);
            directory->manifest = before;
            (void)close(fd); /* The first error is the one to tell. */
        } else {
            manifest_release(&before);
        }
    }
    sds_free(name);
    if (error == 0) {
        *target = (struct aof_target){fd, 0, random_seed()};
    }
    return error;
}

int aof_directory_create_base(struct aof_directory *directory) {
    sds name = temp_name(directory, "base");
    int fd = create_file(directory, name);
    sds_free(name);
    return fd;
}

void aof_directory_drop_base(struct aof_directory *directory) {
    sds name = temp_name(directory, "base");
    (void)unlinkat(directory->fd, name, 0); /* If it stays, the next one takes its place. */
    sds_free(name);
}

/* Gives a file that was made under a temporary name its own. */
static int rename_part(const struct aof_directory *directory, const char *temp_kind,
                       const char *name) {
    sds temp = temp_name(directory, temp_kind);
    int error = renameat(directory->fd, temp, directory->fd, name) < 0 ? -errno : 0;
    sds_free(temp);
    return error;
}

int aof_directory_install_base(struct aof_directory *directory, bool is_rdb,
                               enum aof_continuation continuation) {
    struct manifest before;
    manifest_copy(&directory->manifest, &before);
    struct manifest *manifest = &directory->manifest;
    int64_t seq = manifest_next_base(manifest);
    int64_t increment_seq = manifest_next_increment(manifest);
    sds base_name = part_name(directory, seq, is_rdb ? "base.rdb" : "base.aof");
    sds increment_name = part_name(directory, increment_seq, "incr.aof");
    int error = rename_part(directory, "base", base_name);
    if (error == 0 && continuation == AOF_GOES_ON_IN_TEMPORARY) {
        error = rename_part(directory, "incr", increment_name);
        (void)manifest_add(manifest, MANIFEST_INCREMENT, sds_view(increment_name), increment_seq);
    }
    manifest_retire(manifest, continuation != AOF_ENDS);
    int64_t size = aof_directory_file_size(directory, base_name);
    manifest_add(manifest, MANIFEST_BASE, sds_view(base_name), seq)->size =
        size < 0 ? MANIFEST_SIZE_UNKNOWN : size;
    error = error == 0 ? file_sync_directory(directory->fd) : error;
    error = error == 0 ? aof_directory_store(directory) : error;
    sds_free(base_name);
    sds_free(increment_name);
    if (error != 0) {
        manifest_release(manifest);
        *manifest = before;
        return error;
    }
    manifest_release(&before);
    /* The base stands; what cannot be deleted stays in the manifest, for the next one. */
    (void)(aof_directory_delete_history(directory) == 0);
    return 0;
}

int aof_directory_delete_history(struct aof_directory *directory) {
    const struct manifest *manifest = &directory->manifest;
    bool has_history = false;
    for (size_t i = 0; i < manifest->count; i++) {
        if (manifest->entries[i].kind == MANIFEST_HISTORY) {
            has_history = true;
            if (unlinkat(directory->fd, manifest->entries[i].name, 0) < 0 && errno != ENOENT) {
                return -errno;
            }
        }
    }
    if (!has_history) {
        return 0;
    }
    manifest_forget_history(&directory->manifest);
    return aof_directory_store(directory);
}

bool aof_directory_is_lost(const struct aof_directory *directory, int fd) {
    struct stat info;
    return fstat(directory->fd, &info) < 0 || info.st_nlink == 0 || fstat(fd, &info) < 0 ||
           info.st_nlink == 0;
}
