/*
 * A window of the file is in a buffer; commands are parsed in it without copying and run from it.
 * In a file with annotation lines a frame is parsed whole, checked, and then run; when its end is
 * not in the window yet, the window moves to the frame's start and the frame is parsed anew. In
 * other files commands run as soon as a batch of them is parsed.
 *
 *     window:  [ base ... | at ......... filled | room ]     base: the frame's first byte
 *
 * All increments are one chain: the first line of a file carries the last checksum of the file
 * before. So damage that begins in one file and that no sync covered ends the log there.
 */
#include "persist/aof_loader.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/random.h"
#include "persist/aof_line.h"
#include "persist/aof_scan.h"
#include "persist/file_io.h"
#include "proto/resp_parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    WINDOW_SIZE = 4 * 1024 * 1024,
    BATCH_MAX = 256,
    BUDGET_CHECK_COUNT = 256,
    LINE_SIZE_MAX = 1023, /* of any annotation */
    NS_PER_US = 1000,
};

static const char rdb_magic[] = "REDIS";

/* The file that is being read. */
struct source {
    int fd;
    const struct manifest_entry *entry;
    bool is_last;
    bool is_begun;
    bool is_annotated;
    bool is_foreign; /* has commands that no line covers */
    bool is_at_end;  /* everything was read into the window */
    bool is_rdb;     /* an RDB part is being read */
    uint64_t chain;
    uint64_t base; /* offset of the window's first byte */
};

struct aof_loader {
    struct aof_directory *directory;
    struct aof_load_options options;
    struct aof_executor executor;
    size_t next_entry;
    struct source source;
    char *window;
    size_t capacity;
    size_t filled;
    size_t at;
    struct resp_args args;
    struct aof_command *commands;
    size_t command_count;
    size_t command_capacity;
    size_t run_count;           /* of them, run already */
    bool must_run;              /* the commands are to be run before anything is parsed */
    uint64_t sound_end;         /* offset up to which the file is right */
    uint64_t transaction_start; /* offset of the last MULTI */
    bool has_chain;             /* the file before had lines: its last checksum is chain_before */
    uint64_t chain_before;
    struct aof_load_progress progress;
    uint64_t done_bytes; /* of the files before */
    uint64_t cut_size;
    sds message;
    bool is_failed;
    bool has_loose_end;       /* after a failure: cutting the log there would mend it */
    bool is_over;             /* the log ends here, whatever files follow */
    struct aof_target target; /* of the last increment */
    bool has_target;
};

struct aof_loader *aof_loader_create(struct aof_directory *directory,
                                     struct aof_load_options options,
                                     struct aof_executor executor) {
    struct aof_loader *loader = alloc_zeroed(sizeof *loader);
    loader->directory = directory;
    loader->options = options;
    loader->executor = executor;
    loader->source.fd = -1;
    loader->target.fd = -1;
    random_system_bytes(&loader->chain_before, sizeof loader->chain_before);
    loader->capacity = WINDOW_SIZE;
    loader->window = alloc_new(loader->capacity);
    for (size_t i = 0; i < directory->manifest.count; i++) {
        int64_t size = aof_directory_file_size(directory, directory->manifest.entries[i].name);
        loader->progress.total_bytes += size < 0 ? 0 : (uint64_t)size;
    }
    return loader;
}

void aof_loader_destroy(struct aof_loader *loader) {
    if (loader == NULL) {
        return;
    }
    if (loader->source.fd >= 0) {
        (void)close(loader->source.fd); /* It was only read. */
    }
    if (loader->target.fd >= 0) {
        (void)close(loader->target.fd);
    }
    resp_args_release(&loader->args);
    alloc_free(loader->commands);
    alloc_free(loader->window);
    sds_free(loader->message);
    alloc_free(loader);
}

/* ---- Failing and cutting ---- */

static void fail(struct aof_loader *loader, uint64_t offset, const char *reason) {
    loader->is_failed = true;
    sds_free(loader->message);
    loader->message = sds_append_format(sds_new(BYTES("")), "%s/%s is damaged at offset %llu: %s",
                                        loader->directory->path, loader->source.entry->name,
                                        (unsigned long long)offset, reason);
}

static void fail_with_errno(struct aof_loader *loader, const char *what, int error) {
    loader->is_failed = true;
    sds_free(loader->message);
    loader->message = sds_append_format(
        sds_new(BYTES("")), "%s %s/%s: %s", what, loader->directory->path,
        loader->source.entry == NULL ? "" : loader->source.entry->name, strerror(-error));
}

static uint64_t file_size(int fd) {
    off_t size = lseek(fd, 0, SEEK_END);
    return size < 0 ? 0 : (uint64_t)size;
}

/* Cuts a file, in the directory or only in the report. */
static int cut_file(struct aof_loader *loader, int fd, uint64_t size) {
    loader->cut_size += file_size(fd) - size;
    if (loader->options.is_check) {
        return 0;
    }
    if (ftruncate(fd, (off_t)size) < 0) {
        return -errno;
    }
    return file_sync(fd);
}

/* True when an increment of ours may begin so, its first line torn or not on the disk at all. */
static bool may_be_torn_start(struct bytes start) {
    static const char prefix[] = AOF_LINE_PREFIX;
    for (size_t i = 0; i < start.length && i < sizeof prefix - 1; i++) {
        if (start.data[i] == '\0') {
            return true;
        }
        if (start.data[i] != prefix[i]) {
            return false;
        }
    }
    return start.length > 0;
}

/* True when the first line was torn in its first bytes: no other server writes a line like that. */
static bool is_torn_early(struct bytes start) {
    size_t length = sizeof AOF_LINE_PREFIX - 1;
    length = start.length < length ? start.length : length;
    return memchr(start.data, '\0', length) != NULL && may_be_torn_start(start);
}

/* True when nobody knows whether a file without any sound frame was synced: it is not ours. */
static bool is_foreign(int fd, uint64_t size, const struct aof_scan *scan) {
    char start[sizeof AOF_LINE_PREFIX];
    if (size == 0 || scan->has_frames) {
        return false;
    }
    ssize_t count = pread(fd, start, sizeof start, 0);
    return count <= 0 || !may_be_torn_start((struct bytes){start, (size_t)count});
}

/* Bytes in the files behind this one; UINT64_MAX when one of them is missing. */
static uint64_t later_size(const struct aof_loader *loader) {
    const struct manifest *manifest = &loader->directory->manifest;
    uint64_t total = 0;
    for (size_t i = loader->next_entry; i < manifest->count; i++) {
        int64_t size = aof_directory_file_size(loader->directory, manifest->entries[i].name);
        if (size < 0) {
            return UINT64_MAX;
        }
        total += (uint64_t)size;
    }
    return total;
}

/* The increments behind this one: what of them was synced; cuts: they are emptied. */
static int scan_later(struct aof_loader *loader, struct aof_scan *all, bool cuts) {
    const struct manifest *manifest = &loader->directory->manifest;
    for (size_t i = loader->next_entry; i < manifest->count; i++) {
        int fd = aof_directory_open_file(loader->directory, manifest->entries[i].name);
        if (fd < 0) {
            return fd;
        }
        struct aof_scan scan;
        int error = aof_scan_lines(fd, 0, &scan);
        all->has_unknown |= scan.has_unknown || is_foreign(fd, file_size(fd), &scan);
        all->synced_max = scan.synced_max > all->synced_max ? scan.synced_max : all->synced_max;
        if (error == 0 && cuts) {
            error = cut_file(loader, fd, 0);
        }
        (void)close(fd); /* Whatever was cut has been synced. */
        if (error != 0) {
            return error;
        }
    }
    return 0;
}

/* Ends the log at the sound place. */
static void cut_log(struct aof_loader *loader, const char *reason) {
    struct aof_scan ignored = {0};
    int error = cut_file(loader, loader->source.fd, loader->sound_end);
    if (error == 0) {
        error = scan_later(loader, &ignored, true);
    }
    if (error != 0) {
        fail_with_errno(loader, "Cannot cut", error);
        return;
    }
    loader->is_over = true;
    sds_free(loader->message);
    loader->message = sds_append_format(
        sds_new(BYTES("")), "%s/%s: %llu bytes behind offset %llu %s: %s", loader->directory->path,
        loader->source.entry->name, (unsigned long long)loader->cut_size,
        (unsigned long long)loader->sound_end,
        loader->options.is_check ? "would be cut away" : "were cut away", reason);
}

/* True when a power loss can have made this damage: no line says that it had been synced. */
static bool is_unsynced(struct aof_loader *loader) {
    struct aof_scan scan;
    struct aof_scan later = {0};
    if (aof_scan_lines(loader->source.fd, loader->sound_end, &scan) != 0 ||
        scan_later(loader, &later, false) != 0) {
        return false;
    }
    return scan.synced_max <= loader->sound_end && !scan.has_unknown && later.synced_max == 0 &&
           !later.has_unknown;
}

static bool looks_unmade(const struct aof_loader *loader, uint64_t offset) {
    return offset == 0 && loader->source.base == 0 &&
           may_be_torn_start((struct bytes){loader->window, loader->filled});
}

/*
 * The bytes behind sound_end cannot be replayed. is_cut: they end too early, which is all that can
 * happen to a file that is only appended to.
 */
static void meet_damage(struct aof_loader *loader, uint64_t offset, const char *reason,
                        bool is_cut) {
    loader->executor.drop_transaction(loader->executor.context);
    uint64_t later = later_size(loader);
    uint64_t tail = file_size(loader->source.fd) - loader->sound_end;
    bool is_increment = loader->source.entry->kind == MANIFEST_INCREMENT;
    bool is_tail = loader->source.is_last || is_increment;
    if (is_increment && (loader->source.is_annotated || looks_unmade(loader, offset))) {
        is_cut = is_unsynced(loader);
    } else if (loader->source.is_annotated) {
        is_cut = false; /* A base was synced before anything named it. */
    } else {
        is_tail = loader->source.is_last;
    }
    if (is_tail && is_cut && loader->options.cuts_truncated) {
        cut_log(loader, reason);
    } else if (is_tail && later != UINT64_MAX && tail + later <= loader->options.corrupt_tail_max) {
        cut_log(loader, reason);
    } else {
        loader->has_loose_end = is_tail && later != UINT64_MAX;
        fail(loader, offset, reason);
    }
}

/* ---- The window ---- */

static uint64_t offset_at(const struct aof_loader *loader) {
    return loader->source.base + loader->at;
}

/* Moves the window so that it begins at a place in it, and fills it. */
static void refill(struct aof_loader *loader, size_t keep_from) {
    if (keep_from > 0) {
        loader->filled -= keep_from;
        memmove(loader->window, loader->window + keep_from, loader->filled);
        loader->source.base += keep_from;
        loader->at -= keep_from;
    } else if (loader->filled == loader->capacity) {
        loader->capacity *= 2;
        loader->window = alloc_resize(loader->window, loader->capacity);
    }
    while (loader->filled < loader->capacity) {
        ssize_t count =
            pread(loader->source.fd, loader->window + loader->filled,
                  loader->capacity - loader->filled, (off_t)(loader->source.base + loader->filled));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            fail_with_errno(loader, "Cannot read", -errno);
            return;
        }
        if (count == 0) {
            loader->source.is_at_end = true;
            break;
        }
        loader->filled += (size_t)count;
    }
    loader->progress.loaded_bytes = loader->done_bytes + loader->source.base;
}

/* ---- Running ---- */

static void drop_commands(struct aof_loader *loader) {
    loader->command_count = 0;
    loader->run_count = 0;
    loader->args.count = 0;
    loader->must_run = false;
}

/* Runs some of the commands. */
static void run_some(struct aof_loader *loader) {
    size_t count = loader->command_count - loader->run_count;
    count = count < BATCH_MAX ? count : BATCH_MAX;
    sds error = NULL;
    const struct aof_command *commands = loader->commands + loader->run_count;
    size_t done =
        loader->executor.run(loader->executor.context, commands, count, loader->args.items, &error);
    loader->run_count += done;
    loader->progress.command_count += (int64_t)done;
    if (done < count) {
        fail(loader, commands[done].offset, error == NULL ? "the command fails" : error);
        sds_free(error);
    }
    if (loader->run_count == loader->command_count) {
        drop_commands(loader);
        if (!loader->source.is_annotated) {
            loader->sound_end = loader->executor.is_in_transaction(loader->executor.context)
                                    ? loader->transaction_start
                                    : offset_at(loader);
        }
    }
}

static void add_command(struct aof_loader *loader, const struct resp_request *request) {
    if (loader->command_count == loader->command_capacity) {
        loader->command_capacity =
            loader->command_capacity == 0 ? BATCH_MAX : 2 * loader->command_capacity;
        loader->commands =
            alloc_resize(loader->commands, loader->command_capacity * sizeof *loader->commands);
    }
    loader->commands[loader->command_count++] =
        (struct aof_command){request->first_arg, request->arg_count, offset_at(loader)};
    if (request->arg_count == 1 && bytes_is(loader->args.items[request->first_arg], "multi")) {
        loader->transaction_start = offset_at(loader);
    }
}

/* ---- Parsing ---- */

/* Steps over bytes that must stand there, unless the data end before. */
static bool step_over(struct bytes data, size_t *at, const char *expected) {
    for (; *expected != '\0' && *at < data.length; expected++) {
        if (data.data[(*at)++] != *expected) {
            return false;
        }
    }
    return true;
}

/* Steps over a line such as "*3\r\n", unless the data end before. False: none begins here. */
static bool step_over_head(struct bytes data, size_t *at, const char *type, size_t *number) {
    static const size_t number_max = SIZE_MAX / 100;
    if (!step_over(data, at, type)) {
        return false;
    }
    size_t start = *at;
    *number = 0;
    while (*at < data.length && data.data[*at] >= '0' && data.data[*at] <= '9' &&
           *number <= number_max) {
        *number = 10 * *number + (size_t)(data.data[(*at)++] - '0');
    }
    return (*at > start || *at == data.length) && step_over(data, at, "\r\n");
}

/* True for a command that lacks its end. Zeros, or text, in its place are another damage. */
static bool is_cut_short(struct bytes data) {
    size_t at = 0;
    size_t arg_count = 0;
    size_t arg_size = 0;
    bool is_right = step_over_head(data, &at, "*", &arg_count);
    for (size_t i = 0; is_right && i < arg_count && at < data.length; i++) {
        is_right = step_over_head(data, &at, "$", &arg_size);
        at += arg_size < data.length - at ? arg_size : data.length - at;
        is_right = is_right && step_over(data, &at, "\r\n");
    }
    return is_right;
}

/* The bytes end before what begins here does. */
static void want_more(struct aof_loader *loader) {
    if (!loader->source.is_at_end) {
        if (loader->source.is_annotated) {
            /* The frame is parsed anew from its start, which stays in the window. */
            drop_commands(loader);
            loader->at = (size_t)(loader->sound_end - loader->source.base);
            refill(loader, loader->at);
        } else if (loader->command_count > 0) {
            loader->must_run = true;
        } else {
            refill(loader, loader->at);
        }
        return;
    }
    if (!loader->source.is_annotated && loader->command_count > 0) {
        loader->must_run = true; /* Whole commands first. */
        return;
    }
    uint64_t offset = offset_at(loader);
    struct bytes rest = {loader->window + loader->at, loader->filled - loader->at};
    bool is_cut = rest.data[0] != '*' || is_cut_short(rest);
    drop_commands(loader);
    meet_damage(loader, offset, is_cut ? "the file ends inside of a command" : "this is no command",
                is_cut);
}

/* Damage in what begins here. */
static void refuse(struct aof_loader *loader, const char *reason) {
    if (!loader->source.is_annotated && loader->command_count > 0) {
        loader->must_run = true; /* What stands before it is run first; then it is met again. */
        return;
    }
    uint64_t offset = offset_at(loader);
    drop_commands(loader);
    meet_damage(loader, offset, reason, false);
}

/* The first line of a file of ours. */
static void begin_annotated(struct aof_loader *loader, const struct aof_line *line) {
    loader->source.is_annotated = true;
    loader->source.chain = line->checksum;
    bool is_continued = !loader->has_chain || loader->chain_before == line->checksum;
    if (!is_continued) {
        meet_damage(loader, 0, "it does not continue the increment before: bytes are missing there",
                    false);
        return;
    }
    loader->at += line->size;
    loader->sound_end = offset_at(loader);
}

/* A line of ours ends a frame. */
static void end_frame(struct aof_loader *loader, const struct aof_line *line) {
    struct source *source = &loader->source;
    size_t start = (size_t)(loader->sound_end - source->base);
    struct iovec frame = {loader->window + start, loader->at + line->head_size - start};
    if (line->length != loader->at - start ||
        hash_xxh3_vectors(&frame, 1, source->chain) != line->checksum) {
        refuse(loader, "the checksum does not fit");
        return;
    }
    source->chain = line->checksum;
    loader->at += line->size;
    loader->sound_end = offset_at(loader);
    loader->must_run = loader->command_count > 0;
}

static bool is_note(struct bytes line) {
    static const char start[] = AOF_LOADER_NOTE " ";
    return line.length >= sizeof start - 1 && memcmp(line.data, start, sizeof start - 1) == 0;
}

/* Hands a line to the executor, its words as the arguments of a command. */
static void add_note(struct aof_loader *loader, struct bytes line) {
    struct resp_request note = {.first_arg = loader->args.count};
    const char *end = line.data + line.length;
    while (end > line.data && end[-1] == '\r') {
        end--;
    }
    for (const char *at = line.data; at < end;) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        const char *word_end = blank == NULL ? end : blank;
        resp_args_append(&loader->args, (struct bytes){at, (size_t)(word_end - at)});
        note.arg_count++;
        at = word_end + 1;
    }
    add_command(loader, &note);
}

static void parse_annotation(struct aof_loader *loader) {
    size_t left = loader->filled - loader->at;
    const char *start = loader->window + loader->at;
    size_t size_max = left < LINE_SIZE_MAX ? left : LINE_SIZE_MAX;
    const char *end = memchr(start, '\n', size_max);
    if (end == NULL && left < LINE_SIZE_MAX && !loader->source.is_at_end) {
        want_more(loader);
        return;
    }
    if (end == NULL && left >= LINE_SIZE_MAX) {
        refuse(loader, "the annotation is too long");
        return;
    }
    struct aof_line line;
    bool is_ours = end != NULL && aof_line_parse((struct bytes){start, left}, &line);
    if (is_ours && offset_at(loader) == 0 && line.length == 0) {
        begin_annotated(loader, &line);
    } else if (is_ours && loader->source.is_annotated) {
        end_frame(loader, &line);
    } else if (is_ours || looks_unmade(loader, offset_at(loader))) {
        /* Lines of ours stand only in files that begin with one. */
        refuse(loader, "the first line is damaged");
    } else if (end != NULL && is_note((struct bytes){start, left})) {
        add_note(loader, (struct bytes){start, (size_t)(end - start)});
        loader->at += (size_t)(end - start) + 1;
    } else if (end == NULL) {
        loader->at = loader->filled; /* A last annotation may lack its line end. */
    } else {
        loader->at += (size_t)(end - start) + 1;
    }
}

static void parse_command(struct aof_loader *loader) {
    static const struct resp_limits limits = {
        .bulk_size_max = INT64_MAX / 2,
        .argument_count_max = RESP_ARGUMENT_COUNT_MAX,
        .is_authenticated = true,
    };
    struct resp_request request;
    char error[RESP_ERROR_SIZE];
    size_t left = loader->filled - loader->at;
    switch (resp_parse_request(loader->window + loader->at, left, &limits, &loader->args, &request,
                               error)) {
    case RESP_DONE:
        break;
    case RESP_NEED_MORE:
        want_more(loader);
        return;
    case RESP_INVALID:
        refuse(loader, "this is no command");
        return;
    }
    if (!request.is_canonical || request.arg_count == 0) {
        refuse(loader, "this is no command in the form in which a server writes it");
        return;
    }
    add_command(loader, &request);
    loader->at += request.consumed_size;
    if (!loader->source.is_annotated && loader->command_count == BATCH_MAX) {
        loader->must_run = true;
    }
}

/* True when a stock server went on behind our last line. */
static bool is_foreign_tail(const struct aof_loader *loader) {
    static const char start[] = AOF_LINE_FOREIGN_START;
    return loader->source.is_annotated && loader->source.entry->kind == MANIFEST_INCREMENT &&
           offset_at(loader) == loader->sound_end &&
           loader->filled - loader->at >= sizeof start - 1 &&
           memcmp(loader->window + loader->at, start, sizeof start - 1) == 0;
}

static void parse_next(struct aof_loader *loader) {
    if (loader->filled - loader->at < sizeof AOF_LINE_FOREIGN_START && !loader->source.is_at_end) {
        want_more(loader);
        return;
    }
    char first = loader->window[loader->at];
    struct bytes rest = {loader->window + loader->at, loader->filled - loader->at};
    if (offset_at(loader) == 0 && is_torn_early(rest)) {
        refuse(loader, "the first line is torn");
    } else if (first == '#') {
        parse_annotation(loader);
    } else if (first == '*') {
        if (is_foreign_tail(loader)) {
            loader->source.is_annotated = false;
        }
        loader->source.is_foreign |= !loader->source.is_annotated;
        parse_command(loader);
    } else {
        refuse(loader, "neither a command nor an annotation begins here");
    }
}

/* ---- Files ---- */

/*
 * What was read may have been in the kernel's hands alone when the last process ended, and the
 * next increment continues it: nothing there would be safe before this is.
 */
static void sync_increment(struct aof_loader *loader) {
    if (loader->options.is_check || loader->source.entry->kind != MANIFEST_INCREMENT) {
        return;
    }
    int error = file_sync(loader->source.fd);
    if (error != 0) {
        fail_with_errno(loader, "Cannot sync", error);
    }
}

static void end_file(struct aof_loader *loader) {
    struct source *source = &loader->source;
    if (source->is_annotated && loader->sound_end < source->base + loader->filled) {
        uint64_t offset = loader->sound_end;
        drop_commands(loader);
        meet_damage(loader, offset, "the last line with a checksum is missing", true);
    } else if (loader->executor.is_in_transaction(loader->executor.context)) {
        loader->sound_end = loader->transaction_start;
        meet_damage(loader, loader->transaction_start, "the transaction has no end", true);
    }
    if (loader->is_failed) {
        return;
    }
    uint64_t size = loader->options.is_check ? loader->sound_end : file_size(source->fd);
    loader->done_bytes += size;
    if (source->entry->kind == MANIFEST_BASE) {
        loader->has_chain = false;
    } else if (size > 0) {
        loader->has_chain = source->is_annotated;
        loader->chain_before = source->chain;
    }
    bool is_last = source->is_last || loader->is_over;
    if (is_last && source->entry->kind == MANIFEST_INCREMENT &&
        (source->is_annotated || size == 0) && !source->is_foreign && source->is_last &&
        !loader->options.is_check) {
        loader->target = (struct aof_target){source->fd, size, loader->chain_before};
        loader->has_target = true;
    } else {
        sync_increment(loader);
        (void)close(source->fd); /* It was only read, or what was cut is synced. */
    }
    *source = (struct source){.fd = -1};
    loader->filled = 0;
    loader->at = 0;
    loader->sound_end = 0;
}

/* Opens the next file; false when there is none. */
static bool begin_file(struct aof_loader *loader) {
    const struct manifest *manifest = &loader->directory->manifest;
    while (loader->next_entry < manifest->count &&
           manifest->entries[loader->next_entry].kind == MANIFEST_HISTORY) {
        loader->next_entry++;
    }
    if (loader->next_entry == manifest->count || loader->is_over) {
        return false;
    }
    const struct manifest_entry *entry = &manifest->entries[loader->next_entry++];
    struct source *source = &loader->source;
    *source = (struct source){
        .fd = -1,
        .entry = entry,
        .is_last = loader->next_entry == manifest->count,
    };
    int fd = aof_directory_open_file(loader->directory, entry->name);
    if (fd < 0) {
        fail_with_errno(loader, "Cannot open", fd);
        return true;
    }
    source->fd = fd;
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    uint64_t size = file_size(fd);
    if (entry->size != MANIFEST_SIZE_UNKNOWN && size < (uint64_t)entry->size) {
        fail(loader, size, "it is shorter than the manifest says");
    }
    return true;
}

/* Reads the RDB part at the start of a file. */
static void step_rdb(struct aof_loader *loader, int64_t budget_us) {
    uint64_t consumed = 0;
    sds error = NULL;
    int status = loader->executor.rdb_step(loader->executor.context, budget_us, &consumed, &error);
    loader->progress.loaded_bytes = loader->done_bytes + consumed;
    if (status == AOF_RDB_FAILED) {
        loader->is_failed = true;
        sds_free(loader->message);
        loader->message =
            sds_append_format(sds_new(BYTES("")), "%s/%s: %s", loader->directory->path,
                              loader->source.entry->name, error == NULL ? "cannot be read" : error);
        sds_free(error);
    } else if (status == AOF_RDB_DONE) {
        loader->source.is_rdb = false;
        loader->source.base = consumed;
        loader->source.is_at_end = false;
        loader->filled = 0;
        loader->at = 0;
        loader->sound_end = consumed;
        refill(loader, 0);
    }
}

static void begin_contents(struct aof_loader *loader) {
    loader->source.is_begun = true;
    loader->executor.begin_file(loader->executor.context);
    refill(loader, 0);
    size_t magic_size = sizeof rdb_magic - 1;
    if (loader->is_failed || loader->filled < magic_size ||
        memcmp(loader->window, rdb_magic, magic_size) != 0) {
        return;
    }
    int error = lseek(loader->source.fd, 0, SEEK_SET) < 0 ? -errno : 0;
    if (error == 0) {
        error = loader->executor.rdb_begin == NULL
                    ? -ENOTSUP
                    : loader->executor.rdb_begin(loader->executor.context, loader->source.fd);
    }
    if (error != 0) {
        fail_with_errno(loader, "Cannot read the RDB part of", error);
        return;
    }
    loader->source.is_rdb = true;
    loader->source.is_foreign = loader->source.entry->kind == MANIFEST_INCREMENT;
}

/* One step of the current file. Returns false when it is at its end. */
static bool step_file(struct aof_loader *loader, int64_t budget_us) {
    if (!loader->source.is_begun) {
        begin_contents(loader);
    } else if (loader->source.is_rdb) {
        step_rdb(loader, budget_us);
    } else if (loader->must_run) {
        run_some(loader);
    } else if (loader->at < loader->filled) {
        parse_next(loader);
    } else if (!loader->source.is_at_end) {
        want_more(loader);
    } else if (loader->command_count > 0 && !loader->source.is_annotated) {
        loader->must_run = true;
    } else {
        return false;
    }
    return true;
}

enum aof_load_status aof_loader_step(struct aof_loader *loader, int64_t budget_us) {
    int64_t end_ns = clock_monotonic_ns() + budget_us * NS_PER_US;
    for (size_t i = 1;; i++) {
        if (loader->is_failed) {
            return AOF_LOAD_FAILED;
        }
        if (loader->source.entry == NULL && !begin_file(loader)) {
            return AOF_LOAD_DONE;
        }
        if (!loader->is_failed &&
            ((loader->is_over && loader->source.is_begun) || !step_file(loader, budget_us))) {
            end_file(loader);
        }
        bool is_long = loader->must_run || loader->source.is_rdb;
        if ((is_long || i % BUDGET_CHECK_COUNT == 0) && clock_monotonic_ns() > end_ns) {
            return AOF_LOAD_RUNNING;
        }
    }
}

/* ---- Results ---- */

struct aof_load_progress aof_loader_progress(const struct aof_loader *loader) {
    return loader->progress;
}

const char *aof_loader_message(const struct aof_loader *loader) {
    return loader->message;
}

uint64_t aof_loader_cut_size(const struct aof_loader *loader) {
    return loader->cut_size;
}

bool aof_loader_has_loose_end(const struct aof_loader *loader) {
    return loader->has_loose_end;
}

bool aof_loader_chain(const struct aof_loader *loader, uint64_t *chain) {
    if (loader->has_chain) {
        *chain = loader->chain_before;
    }
    return loader->has_chain;
}

bool aof_loader_take_target(struct aof_loader *loader, struct aof_target *target) {
    if (!loader->has_target) {
        return false;
    }
    *target = loader->target;
    loader->target.fd = -1;
    loader->has_target = false;
    return true;
}
