/*
 * A file is read through one buffer; a string longer than it goes straight into its final memory.
 * Every length is compared with what is left before memory is asked for. The checksum follows
 * behind: it is computed over whole buffers.
 */
#include "base/alloc.h"
#include "persist/rdb_codec.h"
#include "persist/rdb_internal.h"
#include "structs/listpack.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    BUFFER_SIZE = 1 << 20,
    VIEW_MAX = 64 * 1024, /* longer strings are copied out */
    LENGTH_MASK = 63,
    LENGTH_14BIT = 1,
    LENGTH_SPECIAL = 3,
    LENGTH_KIND_SHIFT = 6,
    LENGTH_32BIT = 0x80,
    LENGTH_64BIT = 0x81,
    STRING_INT8 = 0,
    STRING_INT16 = 1,
    STRING_INT32 = 2,
    STRING_LZF = 3,
    BITS_PER_BYTE = 8,
    EXPANSION_MAX = 264, /* one byte of LZF makes no more than about so many */
};

static const char end_problem[] = "the data ends too early";

void rdb_reader_init_memory(struct rdb_reader *reader, struct bytes source) {
    *reader = (struct rdb_reader){
        .at = (const uint8_t *)source.data,
        .end = (const uint8_t *)source.data + source.length,
        .unsummed = (const uint8_t *)source.data,
        .end_offset = source.length,
        .fd = -1,
    };
}

void rdb_reader_init_file(struct rdb_reader *reader, int fd, uint64_t size) {
    size_t capacity = size < BUFFER_SIZE ? (size_t)size : BUFFER_SIZE;
    uint8_t *buffer = alloc_new(capacity);
    *reader = (struct rdb_reader){
        .at = buffer,
        .end = buffer,
        .unsummed = buffer,
        .buffer = buffer,
        .capacity = capacity,
        .fd = fd,
        .unread = size,
    };
}

void rdb_reader_release(struct rdb_reader *reader) {
    alloc_free(reader->buffer);
    sds_free(reader->text);
    reader->buffer = NULL;
    reader->text = NULL;
}

uint64_t rdb_reader_offset(const struct rdb_reader *reader) {
    return reader->end_offset - (uint64_t)(reader->end - reader->at);
}

uint64_t rdb_reader_left(const struct rdb_reader *reader) {
    return reader->unread + (uint64_t)(reader->end - reader->at);
}

bool rdb_fail(struct rdb_reader *reader, const char *problem) {
    if (reader->problem == NULL) {
        reader->problem = problem;
        reader->problem_offset = rdb_reader_offset(reader);
    }
    return false;
}

bool rdb_fail_empty(struct rdb_reader *reader, const char *problem) {
    reader->has_empty_value = reader->problem == NULL;
    return rdb_fail(reader, problem);
}

bool rdb_forgive_empty(struct rdb_reader *reader) {
    if (!reader->has_empty_value) {
        return false;
    }
    reader->has_empty_value = false;
    reader->problem = NULL;
    return true;
}

static void sum_up(struct rdb_reader *reader) {
    struct bytes read = {(const char *)reader->unsummed, (size_t)(reader->at - reader->unsummed)};
    if (read.length > 0) {
        reader->checksum = rdb_codec_checksum(reader->checksum, read);
    }
    reader->unsummed = reader->at;
}

uint64_t rdb_reader_checksum(struct rdb_reader *reader) {
    sum_up(reader);
    return reader->checksum;
}

/* Reads up to `size` bytes of the file that are there. Returns how many came at least: all. */
static bool read_file(struct rdb_reader *reader, void *target, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t count = read(reader->fd, (char *)target + done, size - done);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return rdb_fail(reader, count < 0 ? strerror(errno) : end_problem);
        }
        done += (size_t)count;
    }
    reader->unread -= size;
    reader->end_offset += size;
    return true;
}

/* Makes `size` bytes stand in the buffer, at most its capacity. */
static bool fill(struct rdb_reader *reader, size_t size) {
    size_t have = (size_t)(reader->end - reader->at);
    if (reader->problem != NULL) {
        return false;
    }
    if (size - have > reader->unread) {
        return rdb_fail(reader, end_problem);
    }
    ASSERT(size <= reader->capacity);
    sum_up(reader);
    if (have > 0) {
        memmove(reader->buffer, reader->at, have);
    }
    size_t room = reader->capacity - have;
    size_t more = room < reader->unread ? room : (size_t)reader->unread;
    reader->at = reader->buffer;
    reader->unsummed = reader->buffer;
    reader->end = reader->buffer + have;
    if (!read_file(reader, reader->buffer + have, more)) {
        return false;
    }
    reader->end += more;
    return true;
}

bool rdb_get_bytes(struct rdb_reader *reader, size_t size, struct bytes *bytes) {
    if (UNLIKELY((size_t)(reader->end - reader->at) < size) && !fill(reader, size)) {
        return false;
    }
    if (UNLIKELY(reader->problem != NULL)) {
        return false;
    }
    *bytes = (struct bytes){(const char *)reader->at, size};
    reader->at += size;
    return true;
}

/* Copies bytes out, past the buffer where they are many. */
static bool copy_out(struct rdb_reader *reader, char *target, size_t size) {
    struct bytes bytes;
    size_t have = (size_t)(reader->end - reader->at);
    if (size <= have || size <= reader->capacity) {
        if (!rdb_get_bytes(reader, size, &bytes)) {
            return false;
        }
        memcpy(target, bytes.data, size);
        return true;
    }
    if (size - have > reader->unread) {
        return rdb_fail(reader, end_problem);
    }
    memcpy(target, reader->at, have);
    reader->at = reader->end;
    sum_up(reader);
    if (!read_file(reader, target + have, size - have)) {
        return false;
    }
    reader->checksum =
        rdb_codec_checksum(reader->checksum, (struct bytes){target + have, size - have});
    return true;
}

bool rdb_get_byte(struct rdb_reader *reader, unsigned *byte) {
    struct bytes bytes;
    if (!rdb_get_bytes(reader, 1, &bytes)) {
        return false;
    }
    *byte = (uint8_t)bytes.data[0];
    return true;
}

bool rdb_get_le64(struct rdb_reader *reader, uint64_t *word) {
    struct bytes bytes;
    if (!rdb_get_bytes(reader, sizeof *word, &bytes)) {
        return false;
    }
    memcpy(word, bytes.data, sizeof *word);
    return true;
}

static bool get_big_endian(struct rdb_reader *reader, size_t size, uint64_t *number) {
    struct bytes bytes;
    if (!rdb_get_bytes(reader, size, &bytes)) {
        return false;
    }
    *number = 0;
    for (size_t i = 0; i < size; i++) {
        *number = *number << BITS_PER_BYTE | (uint8_t)bytes.data[i];
    }
    return true;
}

/* A length, or (*is_special) the number of an encoding. */
static bool get_length(struct rdb_reader *reader, uint64_t *length, bool *is_special) {
    unsigned first;
    if (!rdb_get_byte(reader, &first)) {
        return false;
    }
    *is_special = false;
    switch (first >> LENGTH_KIND_SHIFT) {
    case 0:
        *length = first;
        return true;
    case LENGTH_14BIT:
        if (!get_big_endian(reader, 1, length)) {
            return false;
        }
        *length |= (uint64_t)(first & LENGTH_MASK) << BITS_PER_BYTE;
        return true;
    case LENGTH_SPECIAL:
        *length = first & LENGTH_MASK;
        *is_special = true;
        return true;
    default:
        if (first != LENGTH_32BIT && first != LENGTH_64BIT) {
            return rdb_fail(reader, "a length has an unknown form");
        }
        return get_big_endian(reader, first == LENGTH_32BIT ? sizeof(uint32_t) : sizeof(uint64_t),
                              length);
    }
}

bool rdb_get_length(struct rdb_reader *reader, uint64_t *length) {
    bool is_special;
    return get_length(reader, length, &is_special) &&
           (!is_special || rdb_fail(reader, "a length was expected, not a string"));
}

bool rdb_get_count(struct rdb_reader *reader, size_t size_min, size_t *count) {
    uint64_t length;
    if (!rdb_get_length(reader, &length)) {
        return false;
    }
    if (length > rdb_reader_left(reader) / size_min) {
        return rdb_fail(reader, "a count is larger than what follows can hold");
    }
    *count = (size_t)length;
    return true;
}

/* ---- Strings ---- */

/* What stands before a string's bytes. */
struct string_head {
    enum { HEAD_VERBATIM, HEAD_INTEGER, HEAD_LZF } kind;
    size_t size;   /* of the bytes that follow, or of the number's text in scratch */
    size_t length; /* of the text when it is expanded */
};

static bool get_integer_text(struct rdb_reader *reader, size_t size, struct string_head *head) {
    struct bytes bytes;
    uint64_t word = 0;
    if (!rdb_get_bytes(reader, size, &bytes)) {
        return false;
    }
    memcpy(&word, bytes.data, size);
    size_t shift = BITS_PER_BYTE * (sizeof word - size);
    head->kind = HEAD_INTEGER;
    head->size = text_print_int64(reader->scratch, (int64_t)(word << shift) >> shift);
    head->length = head->size;
    return true;
}

static bool get_lzf_head(struct rdb_reader *reader, struct string_head *head) {
    uint64_t size;
    uint64_t length;
    if (!rdb_get_length(reader, &size) || !rdb_get_length(reader, &length)) {
        return false;
    }
    if (size > rdb_reader_left(reader)) {
        return rdb_fail(reader, end_problem);
    }
    if (length == 0 || length > UINT32_MAX || size > UINT32_MAX || length / EXPANSION_MAX > size) {
        return rdb_fail(reader, "a compressed string has an impossible length");
    }
    *head = (struct string_head){HEAD_LZF, (size_t)size, (size_t)length};
    return true;
}

static bool get_head(struct rdb_reader *reader, struct string_head *head) {
    uint64_t length;
    bool is_special;
    if (!get_length(reader, &length, &is_special)) {
        return false;
    }
    if (!is_special) {
        if (length > rdb_reader_left(reader)) {
            return rdb_fail(reader, end_problem);
        }
        *head = (struct string_head){HEAD_VERBATIM, (size_t)length, (size_t)length};
        return true;
    }
    switch (length) {
    case STRING_INT8:
    case STRING_INT16:
    case STRING_INT32:
        return get_integer_text(reader, (size_t)1 << length, head);
    case STRING_LZF:
        return get_lzf_head(reader, head);
    default:
        return rdb_fail(reader, "a string has an unknown encoding");
    }
}

/* Writes the string's text to head->length bytes. */
static bool get_text(struct rdb_reader *reader, const struct string_head *head, char *target) {
    if (head->kind == HEAD_INTEGER) {
        memcpy(target, reader->scratch, head->length);
        return true;
    }
    if (head->kind == HEAD_VERBATIM) {
        return copy_out(reader, target, head->length);
    }
    struct bytes packed;
    sds copy = NULL;
    if (head->size > VIEW_MAX) {
        copy = sds_uninitialized(head->size);
        packed = sds_view(copy);
    }
    bool is_good = copy == NULL ? rdb_get_bytes(reader, head->size, &packed)
                                : copy_out(reader, copy, head->size);
    if (is_good && !rdb_codec_expand(packed, target, head->length)) {
        is_good = rdb_fail(reader, "a compressed string cannot be expanded");
    }
    sds_free(copy);
    return is_good;
}

bool rdb_get_sds(struct rdb_reader *reader, sds *text) {
    struct string_head head;
    if (!get_head(reader, &head)) {
        return false;
    }
    sds target = sds_uninitialized(head.length);
    if (!get_text(reader, &head, target)) {
        sds_free(target);
        return false;
    }
    *text = target;
    return true;
}

bool rdb_get_block(struct rdb_reader *reader, size_t size_max, uint8_t **block, size_t *size) {
    struct string_head head;
    if (!get_head(reader, &head)) {
        return false;
    }
    if (head.length > size_max) {
        return rdb_fail(reader, "a block is larger than blocks may be");
    }
    uint8_t *target = alloc_new(head.length);
    if (!get_text(reader, &head, (char *)target)) {
        alloc_free(target);
        return false;
    }
    *block = target;
    *size = head.length;
    return true;
}

bool rdb_get_string(struct rdb_reader *reader, struct bytes *text) {
    struct string_head head;
    if (!get_head(reader, &head)) {
        return false;
    }
    if (head.length > UINT32_MAX) {
        return rdb_fail(reader, "a name or an element is longer than 4294967295 bytes");
    }
    if (head.kind == HEAD_INTEGER) {
        *text = (struct bytes){reader->scratch, head.length};
        return true;
    }
    if (head.kind == HEAD_VERBATIM && head.length <= VIEW_MAX) {
        return rdb_get_bytes(reader, head.length, text);
    }
    if (reader->text == NULL || sds_capacity(reader->text) < head.length) {
        sds_free(reader->text);
        reader->text = sds_with_capacity(head.length);
    }
    sds_set_length(reader->text, head.length);
    *text = sds_view(reader->text);
    return get_text(reader, &head, reader->text);
}

bool rdb_get_listpack(struct rdb_reader *reader, uint8_t **block) {
    size_t size;
    if (!rdb_get_block(reader, LISTPACK_SIZE_MAX, block, &size)) {
        return false;
    }
    if (!listpack_verify(*block, size)) {
        alloc_free(*block);
        return rdb_fail(reader, "a listpack is damaged");
    }
    return true;
}

bool rdb_get_filled_listpack(struct rdb_reader *reader, uint8_t **block) {
    if (!rdb_get_listpack(reader, block)) {
        return false;
    }
    if (listpack_first(*block) == NULL) {
        alloc_free(*block);
        return rdb_fail_empty(reader, "a listpack is empty");
    }
    return true;
}
