/*
 * Two blocks: one is filled while the thread compresses, checksums and writes the other. Keys that
 * come while a large value is under way are gathered beside it and follow it.
 */
#include "persist/rdb_writer.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/sds.h"
#include "persist/file_io.h"
#include "persist/rdb_codec.h"
#include "persist/rdb_internal.h"
#include "types/lock_value.h"
#include "types/value_ops.h"

#include <errno.h>
#include <fcntl.h>

enum {
    BLOCK_SIZE = 256 * 1024,
    ROOM_SIZE = 4 * 1024 * 1024, /* the walk pauses when so much waits */
    NO_DATABASE = -1,
    WORD_BITS = 64,
};

/* What is gathered, and the database that it ends in. */
struct stream {
    struct rdb_block block;
    int database_index;
};

struct rdb_writer {
    int fd;
    struct rdb_writer_options options;
    struct worker *worker;
    struct background_wake wake;
    const struct snapshot *snapshot;
    struct stream filling;
    struct stream beside; /* for keys beside a large value */
    bool has_large;
    enum rdb_type large_type;
    struct rdb_block writing; /* the thread's from here … */
    sds compressed;
    uint64_t checksum;
    uint64_t offset;
    uint64_t synced_offset; /* … to here */
    struct background job;
    bool is_finished; /* nothing more comes */
    bool is_last;     /* the job under way is the last one */
    bool is_done;
    int error;
};

/* ---- Head ---- */

static void put_aux(struct rdb_block *block, const char *name, const char *text) {
    rdb_put_byte(block, RDB_OPCODE_AUX);
    rdb_put_string(block, bytes_of_text(name));
    rdb_put_string(block, bytes_of_text(text));
}

static void put_aux_number(struct rdb_block *block, const char *name, int64_t number) {
    rdb_put_byte(block, RDB_OPCODE_AUX);
    rdb_put_string(block, bytes_of_text(name));
    rdb_put_integer(block, number);
}

static void put_head(const struct rdb_writer_options *options, struct rdb_block *block) {
    int version = options->has_field_deadlines ? RDB_VERSION_FIELDS : RDB_VERSION;
    block->bytes = sds_append_format(block->bytes, "REDIS%04d", version);
    put_aux(block, "redis-ver", options->version);
    put_aux_number(block, "redis-bits", WORD_BITS);
    put_aux_number(block, "ctime", clock_unix_ms() / CLOCK_MS_PER_SECOND);
    put_aux_number(block, "used-mem", (int64_t)alloc_used_bytes());
    put_aux_number(block, "aof-base", options->is_aof_base);
    put_aux_number(block, RDB_AUX_LAST_TOKEN, (int64_t)options->lock_token);
}

struct rdb_writer *rdb_writer_create(int fd, const struct rdb_writer_options *options,
                                     struct worker *worker, struct background_wake wake) {
    struct rdb_writer *writer = alloc_zeroed(sizeof *writer);
    writer->fd = fd;
    writer->options = *options;
    writer->worker = worker;
    writer->wake = wake;
    writer->filling.database_index = NO_DATABASE;
    writer->beside.database_index = NO_DATABASE;
    rdb_block_init(&writer->filling.block, BLOCK_SIZE, options->compresses);
    rdb_block_init(&writer->beside.block, 0, options->compresses);
    rdb_block_init(&writer->writing, BLOCK_SIZE, options->compresses);
    writer->filling.block.has_notes = true;
    writer->beside.block.has_notes = true;
    writer->writing.has_notes = true;
    writer->compressed = sds_with_capacity(options->compresses ? BLOCK_SIZE : 0);
    put_head(options, &writer->filling.block);
    return writer;
}

void rdb_writer_destroy(struct rdb_writer *writer) {
    if (writer == NULL) {
        return;
    }
    ASSERT(!background_is_busy(&writer->job));
    rdb_block_release(&writer->filling.block);
    rdb_block_release(&writer->beside.block);
    rdb_block_release(&writer->writing);
    sds_free(writer->compressed);
    alloc_free(writer);
}

void rdb_writer_add_library(struct rdb_writer *writer, struct bytes source) {
    rdb_put_byte(&writer->filling.block, RDB_OPCODE_FUNCTION);
    rdb_put_string(&writer->filling.block, source);
}

void rdb_writer_set_snapshot(struct rdb_writer *writer, const struct snapshot *snapshot) {
    writer->snapshot = snapshot;
}

/* ---- The thread ---- */

static struct bytes compress_block(struct rdb_writer *writer) {
    if (writer->writing.span_count == 0) {
        return sds_view(writer->writing.bytes);
    }
    sds_set_length(writer->compressed, 0);
    rdb_block_compress(&writer->writing, &writer->compressed);
    return sds_view(writer->compressed);
}

static int write_block(void *context) {
    struct rdb_writer *writer = context;
    struct bytes bytes = compress_block(writer);
    struct iovec vectors[2] = {{(void *)(uintptr_t)bytes.data, bytes.length}};
    if (writer->options.checksums) {
        writer->checksum = rdb_codec_checksum(writer->checksum, bytes);
    }
    size_t count = 1;
    if (writer->is_last) {
        vectors[1] = (struct iovec){&writer->checksum, RDB_CHECKSUM_SIZE};
        count++;
    }
    int error = file_write_vectors(writer->fd, writer->offset, vectors, count);
    if (error == 0) {
        writer->offset += bytes.length;
        if (writer->options.syncs_on_the_way) {
            file_sync_early(writer->fd, &writer->synced_offset, writer->offset);
        }
    }
    return error == 0 && writer->is_last ? file_sync(writer->fd) : error;
}

/* Gives the block to the thread, if that is free and the block is full or the last one. */
static void start_write(struct rdb_writer *writer) {
    bool is_last = writer->is_finished && !writer->is_done;
    if (writer->fd < 0 || background_is_busy(&writer->job) || writer->error != 0 ||
        (!is_last && sds_length(writer->filling.block.bytes) < BLOCK_SIZE)) {
        return;
    }
    struct rdb_block full = writer->filling.block;
    writer->filling.block = writer->writing;
    rdb_block_clear(&writer->filling.block);
    writer->filling.block.first_deadline_ms = full.first_deadline_ms; /* A hash goes on. */
    writer->writing = full;
    writer->is_last = is_last;
    background_start(&writer->job, writer->worker, write_block, writer, writer->wake);
}

void rdb_writer_set_file(struct rdb_writer *writer, int fd) {
    writer->fd = fd;
    start_write(writer);
}

/* ---- The sink ---- */

static void put_database(const struct rdb_writer *writer, int index, struct rdb_block *block) {
    rdb_put_byte(block, RDB_OPCODE_SELECT);
    rdb_put_length(block, (uint64_t)index);
    if (writer->snapshot != NULL) {
        struct snapshot_counts counts = snapshot_counts(writer->snapshot, (size_t)index);
        rdb_put_byte(block, RDB_OPCODE_RESIZE);
        rdb_put_length(block, counts.key_count);
        rdb_put_length(block, counts.deadline_count);
    }
}

/* What is not in the string of a lock, for the key that follows. Other loaders skip it. */
static void put_lock(const struct value *value, struct rdb_block *block) {
    struct lock_fields fields = lock_value_fields(value);
    sds text = sds_append_format(sds_new(BYTES("")), "%llu %lld", (unsigned long long)fields.token,
                                 (long long)fields.hold_count);
    put_aux(block, RDB_AUX_LOCK, text);
    sds_free(text);
}

/* Appends everything of a key that comes before the value. */
static void put_key(const struct rdb_writer *writer, const struct snapshot_item *item,
                    enum rdb_type type, struct stream *stream) {
    struct rdb_block *block = &stream->block;
    if (stream->database_index != item->database_index) {
        stream->database_index = item->database_index;
        put_database(writer, item->database_index, block);
    }
    if (lock_value_is(item->value)) {
        put_lock(item->value, block);
    }
    if (item->deadline_ms >= 0) {
        rdb_put_byte(block, RDB_OPCODE_EXPIRE_MS);
        rdb_put_le64(block, (uint64_t)item->deadline_ms);
    }
    if (writer->options.by_idle_time) {
        rdb_put_byte(block, RDB_OPCODE_IDLE);
        rdb_put_length(block, (uint64_t)item->idle_seconds);
    }
    if (writer->options.by_frequency) {
        rdb_put_byte(block, RDB_OPCODE_FREQUENCY);
        rdb_put_byte(block, item->frequency);
    }
    rdb_put_byte(block, type);
    rdb_put_string(block, item->key);
}

static void take_value(void *context, const struct snapshot_item *item) {
    struct rdb_writer *writer = context;
    struct stream *stream = writer->has_large ? &writer->beside : &writer->filling;
    struct value_shape shape = value_ops_shape(item->value);
    enum rdb_type type = rdb_type_of(item->value, &shape);
    put_key(writer, item, type, stream);
    rdb_put_value(&stream->block, type, item->value);
    start_write(writer);
}

static void begin_large(void *context, const struct snapshot_item *item,
                        const struct value_shape *shape) {
    struct rdb_writer *writer = context;
    writer->has_large = true;
    writer->large_type = rdb_type_of(item->value, shape);
    put_key(writer, item, writer->large_type, &writer->filling);
    rdb_put_shape(&writer->filling.block, writer->large_type, shape);
}

static void take_piece(void *context, const struct value_piece *piece) {
    struct rdb_writer *writer = context;
    rdb_put_piece(&writer->filling.block, writer->large_type, piece);
    start_write(writer);
}

static void end_large(void *context) {
    struct rdb_writer *writer = context;
    writer->has_large = false;
    if (sds_length(writer->beside.block.bytes) > 0) {
        rdb_block_join(&writer->filling.block, &writer->beside.block);
        writer->filling.database_index = writer->beside.database_index;
    }
    writer->beside.database_index = NO_DATABASE;
    start_write(writer);
}

static bool has_room(void *context) {
    const struct rdb_writer *writer = context;
    return writer->error != 0 ||
           sds_length(writer->filling.block.bytes) + sds_length(writer->beside.block.bytes) <
               ROOM_SIZE;
}

struct snapshot_sink rdb_writer_sink(struct rdb_writer *writer) {
    return (struct snapshot_sink){
        .context = writer,
        .write = take_value,
        .begin_value = begin_large,
        .piece = take_piece,
        .end_value = end_large,
        .has_room = has_room,
    };
}

/* ---- Its end ---- */

void rdb_writer_finish(struct rdb_writer *writer) {
    writer->is_finished = true;
    writer->snapshot = NULL;
    rdb_put_byte(&writer->filling.block, RDB_OPCODE_END);
    start_write(writer);
}

int rdb_writer_poll(struct rdb_writer *writer) {
    int result = 0;
    if (background_take(&writer->job, &result)) {
        writer->error = writer->error == 0 ? result : writer->error;
        writer->is_done |= writer->is_last && result == 0;
    }
    start_write(writer);
    return writer->error;
}

void rdb_writer_give_up(struct rdb_writer *writer) {
    int ignored = 0;
    (void)background_take(&writer->job, &ignored); /* Its file is dropped. */
    writer->error = -ECANCELED;
}

bool rdb_writer_is_busy(const struct rdb_writer *writer) {
    return background_is_busy(&writer->job) ||
           (writer->is_finished && !writer->is_done && writer->error == 0);
}
