/*
 * Two blocks: one is filled while the thread writes the other. Values that come while a large one
 * is under way are gathered beside it and follow it.
 */
#include "persist/aof_base.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/sds.h"
#include "persist/aof_line.h"
#include "persist/file_io.h"
#include "persist/rebuild.h"

#include <errno.h>
#include <stdint.h>

enum {
    BLOCK_SIZE = 256 * 1024,
    ROOM_SIZE = 4 * 1024 * 1024, /* the walk pauses when so much waits */
};

struct aof_base {
    int fd;
    struct worker *worker;
    struct background_wake wake;
    struct rebuild *rebuild;
    struct rebuild *aside; /* for values beside a large one */
    sds filling;
    sds beside;
    bool has_large;
    size_t hashed; /* bytes of `filling` that the hash has */
    struct hash_stream *hash;
    uint64_t frame_length;
    uint64_t chain;
    bool syncs_on_the_way;
    sds writing;          /* the thread's, … */
    uint64_t sent_offset; /* … and this: sent to the disk early */
    uint64_t offset;
    struct background job;
    bool is_finished; /* nothing more comes */
    bool is_syncing;  /* the job under way is the last one */
    bool is_synced;
    int error;
};

static void append_line(struct aof_base *base) {
    char line[AOF_LINE_SIZE_MAX];
    size_t head = aof_line_print_head(line, base->frame_length, 0);
    hash_stream_add(base->hash, (struct bytes){line, head});
    base->chain = hash_stream_value(base->hash);
    size_t size = head + aof_line_print_checksum(line + head, base->chain);
    base->filling = sds_append(base->filling, (struct bytes){line, size});
    base->hashed = sds_length(base->filling);
    base->frame_length = 0;
    hash_stream_reset(base->hash, base->chain);
}

struct aof_base *aof_base_create(int fd, struct worker *worker, struct background_wake wake,
                                 bool syncs_on_the_way) {
    struct aof_base *base = alloc_zeroed(sizeof *base);
    base->fd = fd;
    base->syncs_on_the_way = syncs_on_the_way;
    base->worker = worker;
    base->wake = wake;
    base->rebuild = rebuild_create();
    base->aside = rebuild_create();
    base->filling = sds_with_capacity(BLOCK_SIZE);
    base->beside = sds_with_capacity(0);
    base->writing = sds_with_capacity(BLOCK_SIZE);
    random_system_bytes(&base->chain, sizeof base->chain);
    base->hash = hash_stream_create(base->chain);
    char line[AOF_LINE_SIZE_MAX];
    size_t size = aof_line_print_head(line, 0, 0);
    size += aof_line_print_checksum(line + size, base->chain);
    base->filling = sds_append(base->filling, (struct bytes){line, size});
    base->hashed = size;
    return base;
}

void aof_base_destroy(struct aof_base *base) {
    if (base == NULL) {
        return;
    }
    ASSERT(!background_is_busy(&base->job));
    rebuild_destroy(base->rebuild);
    rebuild_destroy(base->aside);
    sds_free(base->filling);
    sds_free(base->beside);
    sds_free(base->writing);
    hash_stream_destroy(base->hash);
    alloc_free(base);
}

void aof_base_add_note(struct aof_base *base, struct bytes line) {
    base->filling = sds_append(base->filling, line);
}

void aof_base_add_library(struct aof_base *base, struct bytes source) {
    base->filling = sds_append_format(
        base->filling, "*3\r\n$8\r\nFUNCTION\r\n$4\r\nLOAD\r\n$%zu\r\n", source.length);
    base->filling = sds_append(base->filling, source);
    base->filling = sds_append(base->filling, BYTES("\r\n"));
}

static int write_block(void *context) {
    struct aof_base *base = context;
    struct iovec block = {base->writing, sds_length(base->writing)};
    int error = file_write_vectors(base->fd, base->offset, &block, 1);
    if (error == 0 && base->syncs_on_the_way) {
        file_sync_early(base->fd, &base->sent_offset, base->offset + block.iov_len);
    }
    return error == 0 && base->is_syncing ? file_sync(base->fd) : error;
}

/* Adds what is new in the block to the hash of the frame. */
static void hash_new(struct aof_base *base) {
    struct bytes fresh = {base->filling + base->hashed, sds_length(base->filling) - base->hashed};
    hash_stream_add(base->hash, fresh);
    base->frame_length += fresh.length;
    base->hashed = sds_length(base->filling);
}

/* Gives the block to the thread, if that is free and the block is full or the last one. */
static void start_write(struct aof_base *base) {
    bool is_last = base->is_finished && !base->is_synced;
    if (background_is_busy(&base->job) || base->error != 0 ||
        (!is_last && sds_length(base->filling) < BLOCK_SIZE)) {
        return;
    }
    hash_new(base);
    if (!base->has_large && base->frame_length > 0) {
        append_line(base);
    }
    sds full = base->filling;
    base->filling = base->writing;
    sds_set_length(base->filling, 0);
    base->hashed = 0;
    base->writing = full;
    base->is_syncing = is_last;
    background_start(&base->job, base->worker, write_block, base, base->wake);
}

/* ---- The sink ---- */

static void take_value(void *context, const struct snapshot_item *item) {
    struct aof_base *base = context;
    if (base->has_large) {
        rebuild_value(base->aside, item, &base->beside);
        return;
    }
    rebuild_value(base->rebuild, item, &base->filling);
    start_write(base);
}

static void begin_large(void *context, const struct snapshot_item *item,
                        const struct value_shape *shape) {
    struct aof_base *base = context;
    base->has_large = true;
    rebuild_begin(base->rebuild, item, shape, &base->filling);
}

static void take_piece(void *context, const struct value_piece *piece) {
    struct aof_base *base = context;
    rebuild_piece(base->rebuild, piece, &base->filling);
    start_write(base);
}

static void end_large(void *context) {
    struct aof_base *base = context;
    rebuild_end(base->rebuild, &base->filling);
    base->has_large = false;
    if (sds_length(base->beside) > 0) {
        base->filling = sds_append(base->filling, sds_view(base->beside));
        sds_set_length(base->beside, 0);
        /* Both generators now start from what was selected last: nobody knows, so they select. */
        rebuild_forget_database(base->rebuild);
    }
    rebuild_forget_database(base->aside);
    start_write(base);
}

static bool has_room(void *context) {
    const struct aof_base *base = context;
    return base->error != 0 || sds_length(base->filling) + sds_length(base->beside) < ROOM_SIZE;
}

struct snapshot_sink aof_base_sink(struct aof_base *base) {
    return (struct snapshot_sink){
        .context = base,
        .write = take_value,
        .begin_value = begin_large,
        .piece = take_piece,
        .end_value = end_large,
        .has_room = has_room,
    };
}

/* ---- Its end ---- */

void aof_base_finish(struct aof_base *base) {
    base->is_finished = true;
    start_write(base);
}

int aof_base_poll(struct aof_base *base) {
    int result = 0;
    if (background_take(&base->job, &result)) {
        base->error = base->error == 0 ? result : base->error;
        base->offset += sds_length(base->writing);
        base->is_synced |= base->is_syncing && result == 0;
    }
    start_write(base);
    return base->error;
}

void aof_base_give_up(struct aof_base *base) {
    int ignored = 0;
    (void)background_take(&base->job, &ignored);
    base->error = -ECANCELED;
}

bool aof_base_is_busy(const struct aof_base *base) {
    return background_is_busy(&base->job) ||
           (base->is_finished && !base->is_synced && base->error == 0);
}
