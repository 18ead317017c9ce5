/*
 * rdb_internal: what the codecs of RDB share: numbers of the format, writing into blocks, reading
 * from memory or a file.
 */
#ifndef LATCHKEY_PERSIST_RDB_INTERNAL_H
#define LATCHKEY_PERSIST_RDB_INTERNAL_H

#include "base/panic.h"
#include "base/sds.h"
#include "base/text.h"
#include "types/value.h"
#include "types/value_piece.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RDB_VERSION = 10,
    RDB_VERSION_FIELDS = 12, /* of what has field deadlines */
    RDB_VERSION_MAX = 12,
    RDB_VERSION_CHECKSUM = 5, /* the first with a checksum at the end */
    RDB_MAGIC_SIZE = 9,
    RDB_CHECKSUM_SIZE = 8,
};

/* The numbers of types in files; the gaps are types that are refused. */
enum rdb_type {
    RDB_TYPE_STRING = 0,
    RDB_TYPE_LIST = 1,
    RDB_TYPE_SET = 2,
    RDB_TYPE_ZSET = 3,
    RDB_TYPE_HASH = 4,
    RDB_TYPE_ZSET_2 = 5,
    RDB_TYPE_MODULE = 6,
    RDB_TYPE_MODULE_2 = 7,
    RDB_TYPE_HASH_ZIPMAP = 9,
    RDB_TYPE_LIST_ZIPLIST = 10,
    RDB_TYPE_SET_INTSET = 11,
    RDB_TYPE_ZSET_ZIPLIST = 12,
    RDB_TYPE_HASH_ZIPLIST = 13,
    RDB_TYPE_LIST_QUICKLIST = 14,
    RDB_TYPE_STREAM = 15,
    RDB_TYPE_HASH_LISTPACK = 16,
    RDB_TYPE_ZSET_LISTPACK = 17,
    RDB_TYPE_LIST_QUICKLIST_2 = 18,
    RDB_TYPE_STREAM_2 = 19,
    RDB_TYPE_SET_LISTPACK = 20,
    RDB_TYPE_STREAM_3 = 21,
    RDB_TYPE_HASH_FIELDS_PRE = 22,
    RDB_TYPE_HASH_LISTPACK_FIELDS_PRE = 23,
    RDB_TYPE_HASH_FIELDS = 24,
    RDB_TYPE_HASH_LISTPACK_FIELDS = 25,
};

enum rdb_opcode {
    RDB_OPCODE_SLOT_INFO = 244,
    RDB_OPCODE_FUNCTION = 245,
    RDB_OPCODE_FUNCTION_PRE = 246,
    RDB_OPCODE_MODULE_AUX = 247,
    RDB_OPCODE_IDLE = 248,
    RDB_OPCODE_FREQUENCY = 249,
    RDB_OPCODE_AUX = 250,
    RDB_OPCODE_RESIZE = 251,
    RDB_OPCODE_EXPIRE_MS = 252,
    RDB_OPCODE_EXPIRE = 253,
    RDB_OPCODE_SELECT = 254,
    RDB_OPCODE_END = 255,
};

/*
 * Names of auxiliary fields of ours, which other loaders skip: the last token; token and count of
 * the lock that follows; of the stream that went before the limits for its producers, and a record
 * of what one of them has sent.
 */
#define RDB_AUX_LAST_TOKEN "lock-last-token"
#define RDB_AUX_LOCK "lock"
#define RDB_AUX_STREAM_LIMITS "stream-producer-limits"
#define RDB_AUX_STREAM_RECORD "stream-producer-record"

/* ---- Writing ---- */

/* A string in a block that may be compressed later. */
struct rdb_span {
    size_t offset; /* of its length */
    size_t length; /* of its bytes */
};

/*
 * Bytes of a file in the making, strings verbatim; where strings stand that are worth compressing
 * is remembered, so that a thread can do that.
 */
struct rdb_block {
    sds bytes;
    struct rdb_span *spans;
    size_t span_count;
    size_t span_capacity;
    bool compresses;           /* spans are remembered, or */
    bool is_payload;           /* strings are compressed when they are put */
    bool has_notes;            /* of a file, which may hold auxiliary fields of ours */
    int64_t first_deadline_ms; /* of the fields of the hash under way; others are relative to it */
};

/* Makes an empty block with room for so many bytes. Free with rdb_block_release. */
void rdb_block_init(struct rdb_block *block, size_t capacity, bool compresses);
void rdb_block_release(struct rdb_block *block);

/* The same for a payload of DUMP, to be ended with rdb_end_payload. */
void rdb_block_init_payload(struct rdb_block *block, bool compresses);

/* Empties it, keeping its memory. */
void rdb_block_clear(struct rdb_block *block);

/* Appends another block and empties that. */
void rdb_block_join(struct rdb_block *block, struct rdb_block *tail);

/* Appends the block to *target with its spans compressed where that makes them shorter. */
void rdb_block_compress(const struct rdb_block *block, sds *target);

/* Append a byte, bytes as they are, a length, a string, an integer as a string, a word. */
void rdb_put_byte(struct rdb_block *block, unsigned byte);
void rdb_put_bytes(struct rdb_block *block, struct bytes bytes);
void rdb_put_length(struct rdb_block *block, uint64_t length);
void rdb_put_string(struct rdb_block *block, struct bytes text);
void rdb_put_integer(struct rdb_block *block, int64_t number);
void rdb_put_le64(struct rdb_block *block, uint64_t word);

/* The type under which a value of this shape is written. */
enum rdb_type rdb_type_of(const struct value *value, const struct value_shape *shape);

/* Appends what stands before the first piece of a value, and a piece. */
void rdb_put_shape(struct rdb_block *block, enum rdb_type type, const struct value_shape *shape);
void rdb_put_piece(struct rdb_block *block, enum rdb_type type, const struct value_piece *piece);

/* Appends a whole value: everything behind the type and the key. */
void rdb_put_value(struct rdb_block *block, enum rdb_type type, const struct value *value);

/*
 * Ends a payload of DUMP: the block's bytes with version and checksum behind them. The block is
 * released.
 */
sds rdb_end_payload(struct rdb_block *block, uint16_t version) __attribute__((warn_unused_result));

/* ---- Reading ---- */

/* Finds what stands before the footer of a payload; false when version or checksum are wrong. */
bool rdb_open_payload(struct bytes payload, struct bytes *body);

/*
 * Reads forward over bytes in memory, or over a file through a buffer. The first problem sticks:
 * all later reads fail. Views are dead after the next read.
 */
struct rdb_reader {
    const uint8_t *at;
    const uint8_t *end;
    uint8_t *buffer; /* NULL when memory is read */
    size_t capacity;
    int fd;
    uint64_t unread;         /* bytes of the file behind the buffer */
    uint64_t end_offset;     /* where `end` is in the file */
    const uint8_t *unsummed; /* the checksum has all before it */
    uint64_t checksum;
    const char *problem;  /* NULL while all is well; lives as long as the program */
    bool has_empty_value; /* the problem is a value of no elements, which was read to its end */
    uint64_t problem_offset;
    char scratch[TEXT_INT64_MAX_SIZE];
    sds text; /* the last string that needed a place of its own */
};

/* source: borrowed until the release. */
void rdb_reader_init_memory(struct rdb_reader *reader, struct bytes source);

/* size: of the file, read from its start. fd: not taken. */
void rdb_reader_init_file(struct rdb_reader *reader, int fd, uint64_t size);
void rdb_reader_release(struct rdb_reader *reader);

/* Notes a problem at the place of the last read, if it is the first. Returns false. */
bool rdb_fail(struct rdb_reader *reader, const char *problem);

/* The same for a collection without elements, which a loader may leave out (rdb_forgive_empty). */
bool rdb_fail_empty(struct rdb_reader *reader, const char *problem);

/* True when the problem was an empty value: it is forgotten, and reading goes on behind it. */
bool rdb_forgive_empty(struct rdb_reader *reader);

/* Where it reads next. */
uint64_t rdb_reader_offset(const struct rdb_reader *reader);

/* Bytes that are left. */
uint64_t rdb_reader_left(const struct rdb_reader *reader);

/* The checksum of all bytes read so far. */
uint64_t rdb_reader_checksum(struct rdb_reader *reader);

/* Read so many bytes as a view, a byte, a length, a word; false at the end or after a problem. */
bool rdb_get_bytes(struct rdb_reader *reader, size_t size, struct bytes *bytes);
bool rdb_get_byte(struct rdb_reader *reader, unsigned *byte);
bool rdb_get_length(struct rdb_reader *reader, uint64_t *length);
bool rdb_get_le64(struct rdb_reader *reader, uint64_t *word);

/* A number of things of which each takes at least `size_min` bytes: refused when they cannot be. */
bool rdb_get_count(struct rdb_reader *reader, size_t size_min, size_t *count);

/*
 * A string as a view: a name or an element, whose length has to fit into 32 bits; one of any length
 * as an sds for the caller; as a block for the caller (alloc), of at most `size_max` bytes.
 */
bool rdb_get_string(struct rdb_reader *reader, struct bytes *text);
bool rdb_get_sds(struct rdb_reader *reader, sds *text);
bool rdb_get_block(struct rdb_reader *reader, size_t size_max, uint8_t **block, size_t *size);

/* As rdb_get_block for a listpack that has been verified. */
bool rdb_get_listpack(struct rdb_reader *reader, uint8_t **block);

/* The same for one that is all of a value: it must not be empty. */
bool rdb_get_filled_listpack(struct rdb_reader *reader, uint8_t **block);

/* The codecs of the types: read everything behind type and key. On failure nothing is left. */
bool rdb_get_value(struct rdb_reader *reader, unsigned type, struct value *value);
bool rdb_get_text_value(struct rdb_reader *reader, struct value *value);
bool rdb_get_list(struct rdb_reader *reader, unsigned type, struct value *value);
bool rdb_get_set(struct rdb_reader *reader, unsigned type, struct value *value);
bool rdb_get_hash(struct rdb_reader *reader, unsigned type, struct value *value);
bool rdb_get_zset(struct rdb_reader *reader, unsigned type, struct value *value);
bool rdb_get_stream(struct rdb_reader *reader, unsigned type, struct value *value);

/* Appends a piece of a stream; what is known of producers only where there may be notes. */
void rdb_put_stream_piece(struct rdb_block *block, const struct value_piece *piece);

/* Takes what an auxiliary field says of a stream; what makes no sense is passed over. */
void rdb_take_stream_limits(struct value *value, struct bytes text);
void rdb_take_stream_record(struct value *value, struct bytes bytes, int64_t now_ms);

/* Visits the elements of an old block; false when it is damaged (then some were visited). */
typedef bool (*rdb_element_visitor)(void *context, struct bytes element);
bool rdb_each_in_ziplist(struct bytes block, rdb_element_visitor visit, void *context);
bool rdb_each_in_zipmap(struct bytes block, rdb_element_visitor visit, void *context);

#endif
