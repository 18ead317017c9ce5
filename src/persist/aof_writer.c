/*
 * A batch is what one write takes: frames of about a chunk of the journal, each followed by its
 * annotation line, in one file. Only one batch is under way, so the file grows in order.
 *
 *   everysec, no   the loop writes the batch; while a sync runs, or for a second after a slow
 *                  write (a full page cache makes it wait), the write thread does it: so a disk
 *                  that takes no writes holds the loop up by one write, once
 *   always         the sync thread writes the batch and syncs: one group
 *
 * After a switch there are two files for a while: bytes before the cut go to the old one. A sync
 * takes the old file before the new one, and a new file's first line carries the old one's last
 * checksum, so a hole between them is found even if only the new one reached the disk.
 *
 * "Safe" is what a failure cannot take back: synced, or under `no` written. After a failed write
 * the file is cut back to its whole batches. After a failed sync what was not synced is written
 * over itself, or, when the file has lost it, all files are cut back to their safe sizes and the
 * journal is read again from the safe offset.
 */
#include "persist/aof_writer.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/worker.h"
#include "persist/aof_line.h"
#include "persist/aof_mend.h"
#include "persist/file_io.h"
#include "structs/journal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    FRAMES_MAX = 64,         /* of one batch */
    SLOW_WRITE_NS = 1000000, /* a write that takes longer must not be the loop's */
    SLOW_PERIOD_MS = 1000,   /* for how long the thread writes then */
    SYNC_PERIOD_MS = 1000,   /* of everysec */
    RETRY_PERIOD_MS = 500,   /* after a failure */
    IDLE_PERIOD_MS = 1000,   /* until a line says that everything was synced */
    FRAME_TEXT_SIZE = AOF_LINE_SIZE_MAX + sizeof AOF_LINE_SEPARATOR,
};

/* An open increment. */
struct file {
    int fd; /* -1 = none */
    uint64_t size;
    uint64_t chain;
    uint64_t safe_size;
    uint64_t safe_chain;
    uint64_t synced_size;
    uint64_t synced_chain;
    uint64_t marked_size; /* that the last line says is synced */
};

/* Bytes on their way to a file. */
struct batch {
    struct file *file;
    int fd;          /* the file's: a switch may move the struct meanwhile */
    uint64_t offset; /* where in the file */
    struct journal_vectors vectors;
    size_t text_used;
    char text[(FRAMES_MAX + 1) * FRAME_TEXT_SIZE];
    uint64_t end;   /* the journal's offset behind it */
    uint64_t chain; /* the file's last checksum then */
    bool is_synced; /* by whoever writes it */
    int old_fd;     /* to be synced first; -1 = none */
    bool failed_in_sync;
    int64_t write_ns;
    int64_t sync_ns;
};

/* Descriptors to be synced, and what is safe then. */
struct sync {
    int fds[2];
    uint64_t end;
    uint64_t size;
    uint64_t chain;
    int64_t ns;
};

/* The last thing that is done with the files. */
struct end {
    struct file file;
    struct file old;
    const struct batch *batch; /* the lines that end the file, if has_mark */
    bool has_mark;
    bool cuts_back;
    int error; /* what the end comes to */
};

struct aof_writer {
    struct journal *journal;
    struct journal_reader *reader; /* NULL while closed */
    struct background_wake wake;
    struct worker *write_worker;
    struct worker *sync_worker;
    struct worker *closer;
    struct file file;
    struct file old; /* before the last switch, until it is complete and synced */
    uint64_t cut;    /* the journal's offset of the switch */
    struct aof_marks marks;
    enum aof_policy policy;
    bool is_paused;
    struct batch batch;
    struct background batch_job;
    struct sync sync;
    struct background sync_job;
    struct background recovery_job;
    struct end end;
    struct background end_job;
    struct aof_failure failure;
    bool is_ending;
    bool is_ending_cleanly;
    bool has_mended; /* at the end one failure is, and no more */
    bool is_abandoned;
    bool needs_mending; /* a failure waits for the jobs to end */
    bool is_in_doubt;   /* a sync failed: what is not safe has to be written anew */
    bool has_lost;      /* the mending found that the files do not hold it */
    int64_t next_try_ms;
    int64_t slow_until_ms;
    int64_t last_sync_ms;
    int64_t last_append_ms;
    int64_t last_sync_ns;
    int64_t last_sync_end_ns;
    int64_t delayed_count;
};

static const struct file no_file = {.fd = -1};

struct aof_writer *aof_writer_create(struct journal *journal, struct worker *closer,
                                     struct background_wake wake) {
    struct aof_writer *writer = alloc_zeroed(sizeof *writer);
    writer->journal = journal;
    writer->closer = closer;
    writer->wake = wake;
    writer->file = no_file;
    writer->old = no_file;
    writer->write_worker = worker_create("aof-write");
    writer->sync_worker = worker_create("aof-sync");
    return writer;
}

static void close_file(struct file *file) {
    if (file->fd >= 0) {
        (void)close(file->fd); /* What matters was synced, or could not be. */
    }
    *file = no_file;
}

void aof_writer_destroy(struct aof_writer *writer) {
    if (writer == NULL) {
        return;
    }
    worker_destroy(writer->write_worker);
    worker_destroy(writer->sync_worker);
    close_file(&writer->old);
    close_file(&writer->file);
    journal_reader_close(writer->reader);
    alloc_free(writer->batch.vectors.items);
    alloc_free(writer);
}

static struct file file_of_target(const struct aof_target *target) {
    return (struct file){
        .fd = target->fd,
        .size = target->size,
        .chain = target->chain,
        .safe_size = target->size,
        .safe_chain = target->chain,
        .synced_size = target->size,
        .synced_chain = target->chain,
    };
}

void aof_writer_open(struct aof_writer *writer, const struct aof_target *target) {
    ASSERT(writer->reader == NULL);
    writer->reader = journal_reader_open(writer->journal, JOURNAL_FILE);
    writer->file = file_of_target(target);
    writer->marks.written = journal_end(writer->journal);
    writer->marks.synced = writer->marks.written;
    writer->failure = (struct aof_failure){0};
    writer->is_abandoned = false;
    writer->needs_mending = false;
    writer->is_in_doubt = false;
    writer->is_ending = false;
    writer->cut = 0;
}

bool aof_writer_is_open(const struct aof_writer *writer) {
    return writer->reader != NULL;
}

bool aof_writer_is_switching(const struct aof_writer *writer) {
    return writer->old.fd >= 0;
}

void aof_writer_switch(struct aof_writer *writer, struct aof_target *target) {
    ASSERT(!aof_writer_is_switching(writer));
    writer->old = writer->file;
    if (background_is_busy(&writer->batch_job)) {
        writer->batch.file = &writer->old;
    }
    writer->file = file_of_target(target);
    writer->cut = journal_end(writer->journal);
    /* The seed is known once the old file is complete. */
}

/* ---- Batches ---- */

static void add_text(struct batch *batch, size_t size) {
    struct journal_vectors *vectors = &batch->vectors;
    if (vectors->count == vectors->capacity) {
        vectors->capacity = vectors->capacity == 0 ? FRAMES_MAX : 2 * vectors->capacity;
        vectors->items = alloc_resize(vectors->items, vectors->capacity * sizeof *vectors->items);
    }
    vectors->items[vectors->count++] = (struct iovec){batch->text + batch->text_used, size};
    vectors->size += size;
    batch->text_used += size;
}

static uint64_t synced_field(const struct aof_writer *writer, struct file *file) {
    if (writer->policy == AOF_NO) {
        return AOF_LINE_SYNCED_UNKNOWN;
    }
    file->marked_size = file->synced_size;
    return file->synced_size;
}

/* Adds the annotation line of the frame that began at a vector. */
static void add_line(struct aof_writer *writer, size_t first_vector, uint64_t length) {
    struct batch *batch = &writer->batch;
    char *place = batch->text + batch->text_used;
    size_t head = aof_line_print_head(place, length, synced_field(writer, batch->file));
    add_text(batch, head);
    struct iovec *frame = batch->vectors.items + first_vector;
    batch->chain = hash_xxh3_vectors(frame, batch->vectors.count - first_vector, batch->chain);
    add_text(batch, aof_line_print_checksum(batch->text + batch->text_used, batch->chain));
}

/* The line that begins a file: its checksum is the seed of the next one. */
static void add_first_line(struct aof_writer *writer) {
    struct batch *batch = &writer->batch;
    char *place = batch->text + batch->text_used;
    size_t size = aof_line_print_head(place, 0, 0);
    size += aof_line_print_checksum(place + size, batch->chain);
    add_text(batch, size);
}

/* A stock server's first command in a file is SELECT: a frame of ours does not look like that. */
static bool looks_foreign(const struct iovec *first) {
    static const char start[] = AOF_LINE_FOREIGN_START;
    return first->iov_len >= sizeof start - 1 &&
           memcmp(first->iov_base, start, sizeof start - 1) == 0;
}

static void add_frame(struct aof_writer *writer, uint64_t limit) {
    struct batch *batch = &writer->batch;
    size_t first_vector = batch->vectors.count;
    size_t size_before = batch->vectors.size;
    /* Room for a separator, which is known to be needed only when the frame was read. */
    static const char separator[] = AOF_LINE_SEPARATOR;
    memcpy(batch->text + batch->text_used, separator, sizeof separator - 1);
    add_text(batch, sizeof separator - 1);
    /* Text and journal are different memory: their vectors are never joined. */
    journal_read(writer->reader, limit, &batch->vectors);
    size_t added = batch->vectors.count - first_vector - 1;
    if (added == 0 || !looks_foreign(&batch->vectors.items[first_vector + 1])) {
        batch->vectors.size -= sizeof separator - 1;
        batch->text_used -= sizeof separator - 1;
        batch->vectors.count--;
        memmove(batch->vectors.items + first_vector, batch->vectors.items + first_vector + 1,
                added * sizeof(struct iovec));
    }
    if (added > 0) {
        add_line(writer, first_vector, batch->vectors.size - size_before);
    }
}

/* The new file is empty and goes on where the old one ends. */
static void continue_chain(struct aof_writer *writer) {
    writer->file.chain = writer->old.chain;
    writer->file.safe_chain = writer->old.chain;
    writer->file.synced_chain = writer->old.chain;
}

static void start_batch(struct batch *batch, struct file *file) {
    batch->file = file;
    batch->fd = file->fd;
    batch->offset = file->size;
    batch->vectors.count = 0;
    batch->vectors.size = 0;
    batch->text_used = 0;
    batch->chain = file->chain;
}

/* Gathers what waits. Returns false when there is nothing. */
static bool fill_batch(struct aof_writer *writer) {
    struct batch *batch = &writer->batch;
    uint64_t end = journal_end(writer->journal);
    bool is_old = writer->old.fd >= 0 && journal_reader_position(writer->reader) < writer->cut;
    batch->file = is_old ? &writer->old : &writer->file;
    uint64_t limit = is_old ? writer->cut : end;
    if (!is_old && writer->old.fd >= 0 && batch->file->size == 0) {
        continue_chain(writer);
    }
    start_batch(batch, batch->file);
    if (journal_reader_position(writer->reader) >= limit) {
        return false;
    }
    if (batch->file->size == 0) {
        add_first_line(writer);
    }
    for (size_t i = 0; i < FRAMES_MAX && journal_reader_position(writer->reader) < limit; i++) {
        add_frame(writer, limit);
    }
    batch->end = journal_reader_position(writer->reader);
    return true;
}

static int sync_timed(int fd, int64_t *ns) {
    int64_t start = clock_monotonic_ns();
    int error = file_sync(fd);
    *ns = clock_monotonic_ns() - start;
    return error;
}

static int write_batch(void *context) {
    struct batch *batch = context;
    batch->failed_in_sync = false;
    int64_t start = clock_monotonic_ns();
    int error =
        file_write_vectors(batch->fd, batch->offset, batch->vectors.items, batch->vectors.count);
    batch->write_ns = clock_monotonic_ns() - start;
    if (error != 0 || !batch->is_synced) {
        return error;
    }
    if (batch->old_fd >= 0) {
        error = file_sync(batch->old_fd);
    }
    if (error == 0) {
        error = sync_timed(batch->fd, &batch->sync_ns);
    }
    batch->failed_in_sync = error != 0;
    return error;
}

/* ---- Results ---- */

static void fail(struct aof_writer *writer, int error, bool in_sync) {
    writer->failure = (struct aof_failure){error, in_sync};
    writer->needs_mending = true;
    writer->is_in_doubt |= in_sync;
    writer->next_try_ms = clock_unix_ms() + RETRY_PERIOD_MS;
}

static void make_safe(struct aof_writer *writer, uint64_t end) {
    if (end > journal_reader_released(writer->reader)) {
        journal_reader_release(writer->reader, end);
    }
}

static void note_sync(struct aof_writer *writer, int64_t ns) {
    writer->last_sync_ns = ns;
    writer->last_sync_end_ns = clock_monotonic_ns();
}

/* True while a group or a sync is under way that will sync the old file. */
static bool is_old_in_use(const struct aof_writer *writer) {
    bool is_in_group = background_is_busy(&writer->batch_job) && writer->batch.is_synced &&
                       writer->batch.old_fd >= 0;
    bool is_in_sync =
        background_is_busy(&writer->sync_job) &&
        (writer->sync.fds[0] == writer->old.fd || writer->sync.fds[1] == writer->old.fd);
    return is_in_group || is_in_sync;
}

static void finish_switch(struct aof_writer *writer) {
    if (writer->old.fd >= 0 && writer->marks.synced >= writer->cut && !is_old_in_use(writer)) {
        if (writer->file.size == 0) {
            continue_chain(writer);
        }
        file_close_later(writer->old.fd, writer->closer);
        writer->old = no_file;
    }
}

/* What stands before the cut is as safe as what stands behind it. */
static void note_old_safe(struct aof_writer *writer, const struct file *file) {
    if (file == &writer->file) {
        writer->old.safe_size = writer->old.size;
        writer->old.safe_chain = writer->old.chain;
    }
}

/* Everything up to the file's present end is synced: the old file was before. */
static void note_safe(struct aof_writer *writer, struct file *file, uint64_t end) {
    file->safe_size = file->size;
    file->safe_chain = file->chain;
    file->synced_size = file->size;
    file->synced_chain = file->chain;
    writer->marks.synced = end;
    make_safe(writer, end);
}

static void finish_batch(struct aof_writer *writer, int error) {
    struct batch *batch = &writer->batch;
    if (UNLIKELY(batch->write_ns > SLOW_WRITE_NS)) {
        writer->slow_until_ms = clock_unix_ms() + SLOW_PERIOD_MS; /* Whoever has written it. */
    }
    if (error != 0) {
        fail(writer, error, batch->failed_in_sync);
        return;
    }
    struct file *file = batch->file;
    file->size += batch->vectors.size;
    file->chain = batch->chain;
    writer->marks.written = batch->end;
    writer->last_append_ms = clock_unix_ms();
    if (batch->is_synced && !writer->is_in_doubt) {
        note_sync(writer, batch->sync_ns);
        note_old_safe(writer, file);
        note_safe(writer, file, batch->end);
        finish_switch(writer);
        if (!writer->needs_mending) {
            writer->failure = writer->is_abandoned ? writer->failure : (struct aof_failure){0};
        }
    } else if (writer->policy == AOF_NO && !writer->is_in_doubt) {
        note_old_safe(writer, file);
        file->safe_size = file->size;
        file->safe_chain = file->chain;
        make_safe(writer, batch->end);
    }
}

static int run_sync(void *context) {
    struct sync *sync = context;
    for (size_t i = 0; i < ARRAY_SIZE(sync->fds); i++) {
        int error = sync->fds[i] < 0 ? 0 : sync_timed(sync->fds[i], &sync->ns);
        if (error != 0) {
            return error;
        }
    }
    return 0;
}

static void finish_sync(struct aof_writer *writer, int error) {
    if (error != 0) {
        fail(writer, error, true);
        return;
    }
    const struct sync *sync = &writer->sync;
    note_sync(writer, sync->ns);
    bool is_old = writer->old.fd >= 0 && sync->end <= writer->cut && sync->fds[0] < 0 &&
                  sync->fds[1] == writer->old.fd;
    struct file *file = is_old ? &writer->old : &writer->file;
    /* Under another policy a group, or a write under `no`, may have come further meanwhile. */
    if (sync->end > writer->marks.synced) {
        writer->marks.synced = sync->end;
        file->synced_size = sync->size;
        file->synced_chain = sync->chain;
    }
    if (writer->policy != AOF_NO && sync->end > journal_reader_released(writer->reader)) {
        note_old_safe(writer, file);
        file->safe_size = sync->size;
        file->safe_chain = sync->chain;
        make_safe(writer, sync->end);
    }
    finish_switch(writer);
}

/* ---- Writing and syncing ---- */

static bool may_write(const struct aof_writer *writer) {
    return writer->reader != NULL && !writer->is_ending && writer->failure.error == 0 &&
           !writer->needs_mending && !background_is_busy(&writer->batch_job);
}

/* Under `always`: a group. */
static void start_group(struct aof_writer *writer) {
    writer->batch.is_synced = true;
    writer->batch.old_fd =
        writer->batch.file == &writer->file && writer->old.fd >= 0 ? writer->old.fd : -1;
    background_start(&writer->batch_job, writer->sync_worker, write_batch, &writer->batch,
                     writer->wake);
}

void aof_writer_hand_over(struct aof_writer *writer) {
    while (may_write(writer) &&
           journal_reader_position(writer->reader) < journal_end(writer->journal)) {
        if (!fill_batch(writer)) {
            return;
        }
        if (writer->policy == AOF_ALWAYS) {
            start_group(writer);
            return;
        }
        writer->batch.is_synced = false;
        bool is_syncing = background_is_busy(&writer->sync_job);
        if (is_syncing || clock_unix_ms() < writer->slow_until_ms) {
            writer->delayed_count += is_syncing;
            background_start(&writer->batch_job, writer->write_worker, write_batch, &writer->batch,
                             writer->wake);
            return;
        }
        finish_batch(writer, write_batch(&writer->batch));
    }
}

static void start_sync(struct aof_writer *writer) {
    struct file *file = &writer->file;
    struct sync *sync = &writer->sync;
    bool has_old = writer->old.fd >= 0;
    if (has_old && writer->marks.written < writer->cut) {
        file = &writer->old; /* The new file has nothing yet. */
        has_old = false;
    } else if (has_old && file->size == 0) {
        continue_chain(writer); /* What is written to it meanwhile follows the old one, too. */
    }
    *sync = (struct sync){
        .fds = {has_old ? writer->old.fd : -1, file->fd},
        .end = writer->marks.written,
        .size = file->size,
        .chain = file->chain,
    };
    writer->last_sync_ms = clock_unix_ms();
    background_start(&writer->sync_job, writer->sync_worker, run_sync, sync, writer->wake);
}

static int cut_back(const struct file *file, uint64_t size) {
    return file->fd >= 0 && ftruncate(file->fd, (off_t)size) < 0 ? -errno : 0;
}

/* Fills the batch with the lines that say that everything in the file was synced. */
static void fill_with_mark(struct aof_writer *writer) {
    struct batch *batch = &writer->batch;
    start_batch(batch, &writer->file);
    /* Twice: the second one vouches for the bytes before should the first one be damaged. */
    add_line(writer, 0, 0);
    add_line(writer, batch->vectors.count, 0);
}

/* Writes them. Nothing depends on them, and if they fail the next batch finds its place. */
static bool write_mark(const struct batch *batch) {
    int error =
        file_write_vectors(batch->fd, batch->offset, batch->vectors.items, batch->vectors.count);
    if (error != 0) {
        (void)(ftruncate(batch->fd, (off_t)batch->offset) == 0);
    }
    return error == 0;
}

/* True when the file's last line does not say that everything in it was synced, which it is. */
static bool lacks_mark(const struct aof_writer *writer) {
    const struct file *file = &writer->file;
    return writer->policy != AOF_NO && writer->old.fd < 0 && file->size > 0 &&
           file->synced_size == file->size && file->marked_size != file->synced_size &&
           journal_reader_position(writer->reader) == journal_end(writer->journal);
}

static void mark_synced(struct aof_writer *writer) {
    if (!may_write(writer) || !lacks_mark(writer) || background_is_busy(&writer->sync_job) ||
        clock_unix_ms() < writer->slow_until_ms) {
        return;
    }
    fill_with_mark(writer);
    if (write_mark(&writer->batch)) {
        writer->file.size += writer->batch.vectors.size;
        writer->file.chain = writer->batch.chain; /* The line itself needs not be synced. */
    }
}

/* ---- Failure ---- */

/* Writes what a failed sync left in doubt again. Returns 0, -EBADMSG or -errno. */
static int write_again(const struct file *file) {
    return file->fd < 0 ? 0
                        : aof_mend_span(file->fd, &(struct aof_span){
                                                      .from = file->synced_size,
                                                      .to = file->size,
                                                      .chain_before = file->synced_chain,
                                                      .chain_after = file->chain,
                                                  });
}

static int mend(void *context) {
    struct aof_writer *writer = context;
    int error = 0;
    if (writer->is_in_doubt) {
        error = write_again(&writer->old);
        error = error == 0 ? write_again(&writer->file) : error;
    }
    writer->has_lost = error == -EBADMSG;
    if (error != 0 && !writer->has_lost) {
        return error;
    }
    const struct file *files[] = {&writer->file, &writer->old};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        error = cut_back(files[i], writer->has_lost ? files[i]->safe_size : files[i]->size);
        if (error != 0) {
            return error;
        }
    }
    return 0;
}

static void rewind_file(struct file *file) {
    file->size = file->safe_size;
    file->chain = file->safe_chain;
    if (file->synced_size > file->size) {
        file->synced_size = file->size;
        file->synced_chain = file->chain;
    }
}

/* The files are mended: goes on behind what they hold. */
static void go_on(struct aof_writer *writer) {
    if (writer->has_lost) {
        rewind_file(&writer->old);
        rewind_file(&writer->file);
        writer->marks.written = journal_reader_released(writer->reader);
    }
    journal_reader_rewind(writer->reader, writer->marks.written);
    writer->has_lost = false;
    writer->is_in_doubt = false;
    writer->needs_mending = false;
}

static void finish_recovery(struct aof_writer *writer, int error) {
    if (error != 0) {
        fail(writer, error, writer->failure.in_sync);
        return;
    }
    go_on(writer);
    /* The first write after a failure is synced under every policy: it proves that all is well. */
    if (!fill_batch(writer)) {
        start_batch(&writer->batch, &writer->file);
        writer->batch.end = writer->marks.written;
    }
    start_group(writer);
}

/* True when what was written before a write failed is still to be synced. */
static bool leaves_unsynced(const struct aof_writer *writer, int64_t now_ms) {
    int64_t since_ms = now_ms - writer->last_sync_ms;
    return writer->policy != AOF_NO && !writer->is_in_doubt &&
           writer->marks.synced < writer->marks.written &&
           (since_ms >= SYNC_PERIOD_MS || since_ms < 0);
}

static bool is_busy(const struct aof_writer *writer) {
    return background_is_busy(&writer->batch_job) || background_is_busy(&writer->sync_job) ||
           background_is_busy(&writer->recovery_job) || background_is_busy(&writer->end_job);
}

static void start_mending(struct aof_writer *writer) {
    background_start(&writer->recovery_job, writer->sync_worker, mend, writer, writer->wake);
}

static void try_again(struct aof_writer *writer, int64_t now_ms) {
    if (writer->is_abandoned || is_busy(writer) || !writer->needs_mending) {
        return;
    }
    if (leaves_unsynced(writer, now_ms)) {
        start_sync(writer);
        return;
    }
    int64_t left_ms = writer->next_try_ms - now_ms;
    if (left_ms > 0 && left_ms <= RETRY_PERIOD_MS) {
        return;
    }
    start_mending(writer);
}

void aof_writer_abandon(struct aof_writer *writer, int error) {
    writer->is_abandoned = true;
    writer->failure = (struct aof_failure){error, false};
}

/* ---- The end ---- */

static int finish_files(void *context) {
    struct end *end = context;
    if (end->has_mark) {
        (void)write_mark(end->batch);
    }
    if (end->cuts_back) {
        (void)cut_back(&end->file, end->file.size); /* The first error is the one to tell. */
        (void)cut_back(&end->old, end->old.size);
    }
    close_file(&end->old);
    close_file(&end->file);
    return end->error;
}

static void start_finish(struct aof_writer *writer) {
    int error = writer->failure.error;
    bool is_sound = writer->is_ending_cleanly && error == 0;
    writer->end = (struct end){
        .has_mark = is_sound && lacks_mark(writer),
        .cuts_back = writer->is_ending_cleanly && error != 0 && !writer->is_abandoned,
        .error = error,
        .batch = &writer->batch,
    };
    if (writer->end.has_mark) {
        fill_with_mark(writer);
    }
    writer->end.file = writer->file;
    writer->end.old = writer->old;
    writer->file = no_file;
    writer->old = no_file;
    background_start(&writer->end_job, writer->sync_worker, finish_files, &writer->end,
                     writer->wake);
}

/* The next step to the end, once nothing is under way. */
static void step_to_end(struct aof_writer *writer) {
    if (!writer->is_ending || is_busy(writer)) {
        return;
    }
    bool is_over = !writer->is_ending_cleanly;
    if (!is_over && writer->failure.error != 0) {
        is_over = writer->has_mended || writer->is_abandoned;
        if (!is_over) {
            writer->has_mended = true;
            start_mending(writer);
        }
    } else if (!is_over && fill_batch(writer)) {
        start_group(writer);
    } else if (!is_over &&
               (aof_writer_is_switching(writer) || writer->marks.synced < writer->marks.written)) {
        start_sync(writer);
    } else {
        is_over = true;
    }
    if (is_over) {
        start_finish(writer);
    }
}

void aof_writer_begin_end(struct aof_writer *writer, bool is_clean) {
    if (writer->reader != NULL && !writer->is_ending) {
        writer->is_ending = true;
        writer->is_ending_cleanly = is_clean;
        writer->has_mended = false;
        step_to_end(writer);
    }
}

bool aof_writer_take_end(struct aof_writer *writer, int *error) {
    if (!background_take(&writer->end_job, error)) {
        return false;
    }
    journal_reader_close(writer->reader);
    writer->reader = NULL;
    writer->is_ending = false;
    writer->needs_mending = false;
    return true;
}

int aof_writer_close(struct aof_writer *writer, bool is_clean) {
    int error = 0;
    aof_writer_begin_end(writer, is_clean);
    while (writer->is_ending && !aof_writer_take_end(writer, &error)) {
        worker_drain(writer->write_worker);
        worker_drain(writer->sync_worker);
        aof_writer_poll(writer);
    }
    return error;
}

/* ---- Public ---- */

void aof_writer_poll(struct aof_writer *writer) {
    int result = 0;
    int batch_result = 0;
    /* A group whose sync follows one that failed proves nothing: so that one is heard first. */
    bool has_batch = background_take(&writer->batch_job, &batch_result);
    if (background_take(&writer->sync_job, &result)) {
        finish_sync(writer, result);
    }
    if (has_batch) {
        finish_batch(writer, batch_result);
    }
    if (background_take(&writer->recovery_job, &result)) {
        finish_recovery(writer, result);
    }
    step_to_end(writer);
}

/* True when a sync has something to do that nothing else will. */
static bool wants_sync(const struct aof_writer *writer, uint64_t unsynced,
                       uint64_t may_delay_bytes) {
    bool has_old = writer->old.fd >= 0;
    if (unsynced == 0 && !has_old) {
        return false;
    }
    switch (writer->policy) {
    case AOF_ALWAYS:
        /* Groups sync; what was written under another policy waits for none. */
        return !background_is_busy(&writer->batch_job) &&
               journal_reader_position(writer->reader) == journal_end(writer->journal);
    case AOF_EVERYSEC:
        return !writer->is_paused || has_old || unsynced >= may_delay_bytes;
    case AOF_NO:
        return has_old;
    }
    UNREACHABLE();
}

int64_t aof_writer_run(struct aof_writer *writer, int64_t now_ms, uint64_t may_delay_bytes) {
    if (writer->reader == NULL || writer->is_ending) {
        return SYNC_PERIOD_MS;
    }
    if (writer->failure.error != 0) {
        try_again(writer, now_ms);
        return RETRY_PERIOD_MS / 2;
    }
    if (now_ms - writer->last_append_ms >= IDLE_PERIOD_MS) {
        mark_synced(writer);
    }
    uint64_t unsynced = writer->marks.written - writer->marks.synced;
    if (background_is_busy(&writer->sync_job) || !wants_sync(writer, unsynced, may_delay_bytes)) {
        return SYNC_PERIOD_MS;
    }
    int64_t left_ms = writer->last_sync_ms + SYNC_PERIOD_MS - now_ms;
    if (left_ms > 0 && left_ms <= SYNC_PERIOD_MS && unsynced < may_delay_bytes &&
        writer->old.fd < 0 && writer->policy != AOF_ALWAYS) {
        return left_ms;
    }
    start_sync(writer);
    return SYNC_PERIOD_MS;
}

void aof_writer_set_policy(struct aof_writer *writer, enum aof_policy policy, bool is_paused) {
    writer->policy = policy;
    writer->is_paused = is_paused && policy == AOF_EVERYSEC;
}

struct aof_marks aof_writer_marks(const struct aof_writer *writer) {
    return writer->marks;
}

struct aof_failure aof_writer_failure(const struct aof_writer *writer) {
    return writer->failure;
}

uint64_t aof_writer_backlog(const struct aof_writer *writer) {
    return writer->reader == NULL
               ? 0
               : journal_end(writer->journal) - journal_reader_released(writer->reader);
}

uint64_t aof_writer_file_size(const struct aof_writer *writer) {
    return writer->file.size;
}

int aof_writer_fd(const struct aof_writer *writer) {
    return writer->file.fd;
}

bool aof_writer_is_syncing(const struct aof_writer *writer) {
    return background_is_busy(&writer->sync_job) ||
           (background_is_busy(&writer->batch_job) && writer->batch.is_synced);
}

int64_t aof_writer_last_sync_ns(const struct aof_writer *writer) {
    return writer->last_sync_ns;
}

int64_t aof_writer_last_sync_end_ns(const struct aof_writer *writer) {
    return writer->last_sync_end_ns;
}

int64_t aof_writer_delayed_count(const struct aof_writer *writer) {
    return writer->delayed_count;
}
