/*
 * A model of the directory: files with safe bytes and writes that are not safe yet, safe names and
 * changes of names in order. A sync of a file makes its bytes safe, one of the directory the names.
 */
#include "crash/disk.h"

#include "support/buffer.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    PATH_LENGTH = 320,
    NAME_LENGTH = 128,
    FILE_LIMIT = 4096,
    NAME_LIMIT = 64,
    SECTOR = 512,
    FILE_MODE = 0644,
};

struct disk {
    struct shim_control *control;
    char directory[PATH_LENGTH / 4];
    char control_path[PATH_LENGTH];
    char log_path[PATH_LENGTH];
    struct model *model;
};

/* A write or truncation that is not safe yet. */
struct change {
    struct change *next;
    bool is_truncation;
    uint64_t offset;
    size_t size;
    char *data;
};

struct content {
    char *safe;
    size_t safe_size;
    struct change *first;
    struct change *last;
};

/* A name and the file under it. */
struct name {
    char text[NAME_LENGTH];
    struct content *content;
};

struct names {
    struct name items[NAME_LIMIT];
    size_t count;
};

struct name_change {
    enum shim_operation operation;
    char from[NAME_LENGTH];
    char to[NAME_LENGTH];
    struct content *content;
};

struct model {
    struct content *files[FILE_LIMIT]; /* by the shim's number */
    struct names now;
    struct names safe;
    struct name_change pending[FILE_LIMIT];
    size_t pending_count;
    long read_offset; /* of the log */
};

/* ---- Names ---- */

static struct name *find_name(struct names *names, const char *text) {
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i].text, text) == 0) {
            return &names->items[i];
        }
    }
    return NULL;
}

static void put_name(struct names *names, const char *text, struct content *content) {
    struct name *name = find_name(names, text);
    if (name == NULL) {
        cr_assert_lt(names->count, (size_t)NAME_LIMIT);
        name = &names->items[names->count++];
        (void)snprintf(name->text, sizeof name->text, "%s", text);
    }
    name->content = content;
}

static void drop_name(struct names *names, const char *text) {
    struct name *name = find_name(names, text);
    if (name != NULL) {
        *name = names->items[--names->count];
    }
}

static void apply_name_change(struct names *names, const struct name_change *change) {
    if (change->operation == SHIM_LOG_CREATE) {
        put_name(names, change->to, change->content);
    } else if (change->operation == SHIM_LOG_UNLINK) {
        drop_name(names, change->from);
    } else {
        const struct name *from = find_name(names, change->from);
        struct content *content = from == NULL ? NULL : from->content;
        drop_name(names, change->from);
        if (content != NULL) {
            put_name(names, change->to, content);
        }
    }
}

static void change_names(struct model *model, const struct name_change *change) {
    apply_name_change(&model->now, change);
    cr_assert_lt(model->pending_count, (size_t)FILE_LIMIT);
    model->pending[model->pending_count++] = *change;
}

/* ---- Contents ---- */

static void set_size(struct content *content, size_t size) {
    if (size > content->safe_size) {
        content->safe = realloc(content->safe, size);
        memset(content->safe + content->safe_size, 0, size - content->safe_size);
    }
    content->safe_size = size;
}

static void apply_bytes(struct content *content, uint64_t offset, const char *data, size_t size) {
    if (offset + size > content->safe_size) {
        set_size(content, (size_t)offset + size);
    }
    memcpy(content->safe + offset, data, size);
}

static void add_change(struct content *content, struct change change) {
    struct change *added = malloc(sizeof *added);
    *added = change;
    added->next = NULL;
    if (content->last == NULL) {
        content->first = added;
    } else {
        content->last->next = added;
    }
    content->last = added;
}

/* Takes all changes; `apply` decides what becomes of each. */
static void take_changes(struct content *content, unsigned *random,
                         void (*apply)(struct content *content, const struct change *change,
                                       unsigned *random)) {
    struct change *change = content->first;
    while (change != NULL) {
        apply(content, change, random);
        struct change *next = change->next;
        free(change->data);
        free(change);
        change = next;
    }
    content->first = NULL;
    content->last = NULL;
}

static void apply_whole(struct content *content, const struct change *change, unsigned *random) {
    (void)random;
    if (change->is_truncation) {
        set_size(content, (size_t)change->offset);
    } else {
        apply_bytes(content, change->offset, change->data, change->size);
    }
}

/* The kernel takes the bytes for clean: no later sync writes them. */
static void apply_lost(struct content *content, const struct change *change, unsigned *random) {
    if (change->is_truncation) {
        apply_whole(content, change, random);
    }
}

static unsigned next_random(unsigned *random) {
    *random = *random * 1103515245U + 12345U;
    return *random >> 8;
}

/* What became of a change that was not safe when the power went. */
static void apply_by_chance(struct content *content, const struct change *change,
                            unsigned *random) {
    enum { WHOLE, NOTHING, ZEROS, TORN_BYTE, TORN_SECTOR, KIND_COUNT };
    unsigned kind = next_random(random) % KIND_COUNT;
    if (kind == NOTHING) {
        return;
    }
    if (kind == WHOLE || change->is_truncation) {
        apply_whole(content, change, random);
        return;
    }
    size_t size = change->size;
    if (kind == ZEROS) {
        if (change->offset + size > content->safe_size) {
            set_size(content, (size_t)change->offset + size);
        }
        return;
    }
    size = size == 0 ? 0 : next_random(random) % size;
    if (kind == TORN_SECTOR) {
        uint64_t end = (change->offset + size) / SECTOR * SECTOR;
        size = end > change->offset ? (size_t)(end - change->offset) : 0;
    }
    apply_bytes(content, change->offset, change->data, size);
}

/* ---- The log ---- */

static struct content *content_of(struct model *model, uint32_t file) {
    cr_assert_lt(file, (uint32_t)FILE_LIMIT);
    return model->files[file];
}

static void open_file(struct model *model, const struct shim_record *record, const char *name,
                      bool is_created) {
    const struct name *known = find_name(&model->now, name);
    struct content *content = known == NULL ? NULL : known->content;
    if (content == NULL && !is_created) {
        return;
    }
    if (content == NULL) {
        content = calloc(1, sizeof *content);
        struct name_change change = {.operation = SHIM_LOG_CREATE, .content = content};
        (void)snprintf(change.to, sizeof change.to, "%s", name);
        change_names(model, &change);
    } else if (is_created) {
        add_change(content, (struct change){.is_truncation = true});
    }
    cr_assert_lt(record->file, (uint32_t)FILE_LIMIT);
    model->files[record->file] = content;
}

static void apply_record(struct model *model, const struct shim_record *record, const char *name,
                         char *data) {
    struct content *content = record->file == 0 ? NULL : content_of(model, record->file);
    struct name_change change = {.operation = record->operation};
    (void)snprintf(change.from, sizeof change.from, "%s", name);
    switch (record->operation) {
    case SHIM_LOG_CREATE:
    case SHIM_LOG_OPEN:
        open_file(model, record, name, record->operation == SHIM_LOG_CREATE);
        break;
    case SHIM_LOG_WRITE:
        if (content != NULL) {
            add_change(
                content,
                (struct change){.offset = record->offset, .size = record->data_size, .data = data});
            return; /* The data is the change's. */
        }
        break;
    case SHIM_LOG_TRUNCATE:
        if (content != NULL) {
            add_change(content, (struct change){.is_truncation = true, .offset = record->offset});
        }
        break;
    case SHIM_LOG_SYNC:
        if (content != NULL) {
            take_changes(content, NULL, apply_whole);
        }
        break;
    case SHIM_LOG_LOSE:
        if (content != NULL) {
            take_changes(content, NULL, apply_lost);
        }
        break;
    case SHIM_LOG_SYNC_NAMES:
        model->safe = model->now;
        model->pending_count = 0;
        break;
    case SHIM_LOG_RENAME:
        (void)snprintf(change.to, sizeof change.to, "%s", data);
        change_names(model, &change);
        break;
    case SHIM_LOG_UNLINK:
        change_names(model, &change);
        break;
    default:
        cr_assert_fail("a record of no kind in the shim's log");
    }
    free(data);
}

static void read_log(struct disk *disk) {
    FILE *file = fopen(disk->log_path, "re");
    cr_assert_not_null(file);
    (void)fseek(file, disk->model->read_offset, SEEK_SET);
    struct shim_record record;
    while (fread(&record, sizeof record, 1, file) == 1) {
        char name[NAME_LENGTH] = {0};
        cr_assert_lt(record.name_size, (uint32_t)NAME_LENGTH);
        char *data = calloc(1, (size_t)record.data_size + 1);
        if (fread(name, 1, record.name_size, file) != record.name_size ||
            fread(data, 1, record.data_size, file) != record.data_size) {
            free(data);
            break; /* Killed while it was written: the call was not made. */
        }
        apply_record(disk->model, &record, name, data);
    }
    (void)fclose(file);
}

/* ---- The directory ---- */

static void read_content(struct content *content, const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    cr_assert(fd >= 0 && fstat(fd, &info) == 0);
    content->safe = malloc((size_t)info.st_size + 1);
    content->safe_size = (size_t)info.st_size;
    cr_assert_eq(read(fd, content->safe, content->safe_size), (ssize_t)content->safe_size);
    (void)close(fd);
}

static void write_content(const struct content *content, const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, content->safe, content->safe_size), (ssize_t)content->safe_size);
    (void)close(fd);
}

/* Calls for each file of the directory. */
static void each_file(struct disk *disk, const char *directory,
                      void (*visit)(struct disk *disk, const char *path, const char *name)) {
    DIR *dir = opendir(directory);
    const struct dirent *file = NULL;
    while (dir != NULL && (file = readdir(dir)) != NULL) {
        if (file->d_name[0] != '.') {
            char path[PATH_LENGTH * 2];
            (void)snprintf(path, sizeof path, "%s/%s", directory, file->d_name);
            visit(disk, path, file->d_name);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static void take_file(struct disk *disk, const char *path, const char *name) {
    struct content *content = calloc(1, sizeof *content);
    read_content(content, path);
    put_name(&disk->model->now, name, content);
}

static void remove_file(struct disk *disk, const char *path, const char *name) {
    (void)disk;
    (void)name;
    (void)unlink(path);
}

void disk_mark_safe(struct disk *disk, const char *directory) {
    free(disk->model); /* Its contents are few and go with the process. */
    disk->model = calloc(1, sizeof *disk->model);
    (void)!truncate(disk->log_path, 0);
    each_file(disk, directory, take_file);
    disk->model->safe = disk->model->now;
}

void disk_cut_power(struct disk *disk, const char *directory, unsigned seed) {
    struct model *model = disk->model;
    read_log(disk);
    unsigned random = seed;
    struct names names = model->safe;
    size_t kept = model->pending_count == 0 ? 0 : next_random(&random) % (model->pending_count + 1);
    for (size_t i = 0; i < kept; i++) {
        apply_name_change(&names, &model->pending[i]);
    }
    each_file(disk, directory, remove_file);
    for (size_t i = 0; i < names.count; i++) {
        char path[PATH_LENGTH * 2];
        (void)snprintf(path, sizeof path, "%s/%s", directory, names.items[i].text);
        take_changes(names.items[i].content, &random, apply_by_chance);
        write_content(names.items[i].content, path);
    }
}

/* ---- Life ---- */

struct disk *disk_create(void) {
    struct disk *disk = calloc(1, sizeof *disk);
    (void)snprintf(disk->directory, sizeof disk->directory, "/tmp/latchkey-disk-XXXXXX");
    cr_assert_not_null(mkdtemp(disk->directory));
    (void)snprintf(disk->control_path, sizeof disk->control_path, "%s/control", disk->directory);
    (void)snprintf(disk->log_path, sizeof disk->log_path, "%s/log", disk->directory);
    int fd = open(disk->control_path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    cr_assert(fd >= 0 && ftruncate(fd, sizeof *disk->control) == 0);
    void *memory = mmap(NULL, sizeof *disk->control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert_neq(memory, MAP_FAILED);
    disk->control = memory;
    (void)close(fd);
    fd = open(disk->log_path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    (void)close(fd);
    disk->model = calloc(1, sizeof *disk->model);
    const char *shim = getenv("LATCHKEY_SHIM");
    char path[PATH_LENGTH * 2];
    char working[PATH_LENGTH];
    (void)snprintf(path, sizeof path, "%s/%s", getcwd(working, sizeof working),
                   "build/release/tests/shim.so");
    (void)setenv("LD_PRELOAD", shim != NULL ? shim : path, 1);
    (void)setenv("SHIM_CONTROL", disk->control_path, 1);
    (void)setenv("SHIM_LOG", disk->log_path, 1);
    return disk;
}

void disk_destroy(struct disk *disk) {
    (void)unsetenv("LD_PRELOAD");
    (void)unlink(disk->control_path);
    (void)unlink(disk->log_path);
    (void)rmdir(disk->directory);
    (void)munmap(disk->control, sizeof *disk->control);
    free(disk->model);
    free(disk);
}

struct shim_control *disk_control(struct disk *disk) {
    return disk->control;
}

void disk_fail(struct disk *disk, uint32_t mask, int error, int32_t skip, int32_t count) {
    atomic_store(&disk->control->error, error);
    atomic_store(&disk->control->skip, skip);
    atomic_store(&disk->control->count, count);
    atomic_store(&disk->control->mask, mask);
}

void disk_stall(struct disk *disk, uint32_t kinds) {
    atomic_store(&disk->control->stalled, kinds);
    (void)syscall(SYS_futex, &disk->control->stalled, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

void disk_kill_at(struct disk *disk, int32_t call) {
    atomic_store(&disk->control->kill_at, 0);
    atomic_store(&disk->control->calls, 0);
    atomic_store(&disk->control->kill_at, call);
}

void disk_heal(struct disk *disk) {
    atomic_store(&disk->control->mask, 0);
}
