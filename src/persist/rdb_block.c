/*
 * Strings of a file are written verbatim, and those worth compressing are remembered as spans: the
 * loop only copies bytes, and the thread that writes the file compresses. Those of a payload, which
 * is wanted at once, are compressed where they go, so that nothing is copied twice.
 */
#include "base/alloc.h"
#include "persist/rdb_codec.h"
#include "persist/rdb_internal.h"
#include "structs/listpack.h"
#include "types/set_type.h"
#include "types/value_ops.h"

#include <string.h>

enum {
    COMPRESS_MIN = 21,       /* shorter strings are left alone */
    COMPRESS_MAX = 16 << 20, /* in a file; longer ones would take long at a time */
    COMPRESS_GAIN_MIN = 4,
    INTEGER_TEXT_MAX = 11,
    LENGTH_6BIT_MAX = 63,
    LENGTH_14BIT_MAX = 16383,
    LENGTH_14BIT = 0x40,
    LENGTH_32BIT = 0x80,
    LENGTH_64BIT = 0x81,
    STRING_INT8 = 0xc0,
    STRING_INT16 = 0xc1,
    STRING_INT32 = 0xc2,
    STRING_LZF = 0xc3,
    LENGTH_SIZE_MAX = 9,
    CONTAINER_PLAIN = 1,
    CONTAINER_PACKED = 2,
    BITS_PER_BYTE = 8,
    TRIPLE = 3,
};

void rdb_block_init(struct rdb_block *block, size_t capacity, bool compresses) {
    *block = (struct rdb_block){.bytes = sds_with_capacity(capacity), .compresses = compresses};
}

void rdb_block_init_payload(struct rdb_block *block, bool compresses) {
    enum { CAPACITY = 64 };
    rdb_block_init(block, CAPACITY, compresses);
    block->is_payload = true;
}

void rdb_block_release(struct rdb_block *block) {
    sds_free(block->bytes);
    alloc_free(block->spans);
    *block = (struct rdb_block){0};
}

void rdb_block_clear(struct rdb_block *block) {
    sds_set_length(block->bytes, 0);
    block->span_count = 0;
}

static void add_span(struct rdb_block *block, struct rdb_span span) {
    enum { CAPACITY_MIN = 64 };
    if (block->span_count == block->span_capacity) {
        block->span_capacity = 2 * block->span_capacity + CAPACITY_MIN;
        block->spans = alloc_resize(block->spans, block->span_capacity * sizeof *block->spans);
    }
    block->spans[block->span_count++] = span;
}

void rdb_block_join(struct rdb_block *block, struct rdb_block *tail) {
    size_t start = sds_length(block->bytes);
    block->bytes = sds_append(block->bytes, sds_view(tail->bytes));
    for (size_t i = 0; i < tail->span_count; i++) {
        add_span(block, (struct rdb_span){start + tail->spans[i].offset, tail->spans[i].length});
    }
    rdb_block_clear(tail);
}

/* ---- Primitives ---- */

void rdb_put_byte(struct rdb_block *block, unsigned byte) {
    char text = (char)byte;
    block->bytes = sds_append(block->bytes, (struct bytes){&text, 1});
}

void rdb_put_bytes(struct rdb_block *block, struct bytes bytes) {
    block->bytes = sds_append(block->bytes, bytes);
}

static size_t encode_big_endian(char *at, uint64_t number, size_t size) {
    for (size_t i = 0; i < size; i++) {
        at[i] = (char)(number >> (BITS_PER_BYTE * (size - 1 - i)));
    }
    return size;
}

static size_t encode_length(char at[LENGTH_SIZE_MAX], uint64_t length) {
    if (length <= LENGTH_6BIT_MAX) {
        at[0] = (char)length;
        return 1;
    }
    if (length <= LENGTH_14BIT_MAX) {
        at[0] = (char)(LENGTH_14BIT | length >> BITS_PER_BYTE);
        at[1] = (char)length;
        return 2;
    }
    bool is_short = length <= UINT32_MAX;
    at[0] = (char)(is_short ? LENGTH_32BIT : LENGTH_64BIT);
    return 1 + encode_big_endian(at + 1, length, is_short ? sizeof(uint32_t) : sizeof(uint64_t));
}

void rdb_put_length(struct rdb_block *block, uint64_t length) {
    char head[LENGTH_SIZE_MAX];
    rdb_put_bytes(block, (struct bytes){head, encode_length(head, length)});
}

void rdb_put_le64(struct rdb_block *block, uint64_t word) {
    rdb_put_bytes(block, (struct bytes){(const char *)&word, sizeof word});
}

/* Appends a 32-bit integer in the fewest bytes. */
static void put_small_integer(struct rdb_block *block, int32_t number) {
    char head[1 + sizeof number];
    size_t size = sizeof number;
    head[0] = (char)STRING_INT32;
    if (number >= INT8_MIN && number <= INT8_MAX) {
        head[0] = (char)STRING_INT8;
        size = 1;
    } else if (number >= INT16_MIN && number <= INT16_MAX) {
        head[0] = (char)STRING_INT16;
        size = 2;
    }
    memcpy(head + 1, &number, size);
    rdb_put_bytes(block, (struct bytes){head, 1 + size});
}

void rdb_put_integer(struct rdb_block *block, int64_t number) {
    if (number >= INT32_MIN && number <= INT32_MAX) {
        put_small_integer(block, (int32_t)number);
        return;
    }
    char digits[TEXT_INT64_MAX_SIZE];
    size_t length = text_print_int64(digits, number);
    rdb_put_length(block, length);
    rdb_put_bytes(block, (struct bytes){digits, length});
}

/*
 * False for a long text none of whose samples can be made shorter. To try all of it would take ten
 * times as long as to copy it.
 */
static bool is_promising(struct bytes text) {
    enum { SAMPLED_MIN = 256 << 10, SAMPLE_SIZE = 16 << 10, SAMPLE_ROOM = SAMPLE_SIZE - 1024 };
    if (text.length < SAMPLED_MIN) {
        return true;
    }
    char packed[SAMPLE_ROOM];
    const size_t rest = text.length - SAMPLE_SIZE;
    const size_t offsets[] = {0, rest / 3, rest / 3 * 2, rest};
    for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
        struct bytes sample = {text.data + offsets[i], SAMPLE_SIZE};
        if (rdb_codec_compress(sample, packed, SAMPLE_ROOM) != 0) {
            return true;
        }
    }
    return false;
}

/* Appends a string compressed; false, and nothing is appended, when that gains too little. */
static bool append_compressed(sds *target, struct bytes text) {
    if (!is_promising(text)) {
        return false;
    }
    size_t start = sds_length(*target);
    size_t room = text.length - COMPRESS_GAIN_MIN;
    *target = sds_reserve(*target, 1 + 2 * LENGTH_SIZE_MAX + room);
    /* The lengths stand in front, and are known afterwards. */
    char *place = *target + start + 1 + 2 * LENGTH_SIZE_MAX;
    size_t size = rdb_codec_compress(text, place, room);
    if (size == 0) {
        return false;
    }
    char *at = *target + start;
    *at++ = (char)STRING_LZF;
    at += encode_length(at, size);
    at += encode_length(at, text.length);
    memmove(at, place, size);
    sds_set_length(*target, (size_t)(at - *target) + size);
    return true;
}

void rdb_put_string(struct rdb_block *block, struct bytes text) {
    int64_t number;
    if (text.length <= INTEGER_TEXT_MAX && text_parse_int64(text, &number) && number >= INT32_MIN &&
        number <= INT32_MAX) {
        put_small_integer(block, (int32_t)number);
        return;
    }
    bool is_long = block->compresses && text.length >= COMPRESS_MIN;
    if (is_long && block->is_payload && text.length <= UINT32_MAX) {
        if (append_compressed(&block->bytes, text)) {
            return;
        }
    } else if (is_long && text.length <= COMPRESS_MAX) {
        add_span(block, (struct rdb_span){sds_length(block->bytes), text.length});
    }
    rdb_put_length(block, text.length);
    rdb_put_bytes(block, text);
}

void rdb_block_compress(const struct rdb_block *block, sds *target) {
    const char *bytes = block->bytes;
    size_t done = 0;
    for (size_t i = 0; i < block->span_count; i++) {
        const struct rdb_span *span = &block->spans[i];
        char head[LENGTH_SIZE_MAX];
        size_t head_size = encode_length(head, span->length);
        struct bytes text = {bytes + span->offset + head_size, span->length};
        *target = sds_append(*target, (struct bytes){bytes + done, span->offset - done});
        done = span->offset;
        if (append_compressed(target, text)) {
            done += head_size + span->length;
        }
    }
    *target = sds_append(*target, (struct bytes){bytes + done, sds_length(block->bytes) - done});
}

/* ---- Values ---- */

static enum rdb_type set_type_of(const struct value *value) {
    struct bytes block;
    /* Sets of texts in a listpack have a type of their own only since version 11. */
    return set_type_kind(value, &block) == SET_KIND_INTEGERS ? RDB_TYPE_SET_INTSET : RDB_TYPE_SET;
}

/* A listpack with room for deadlines but without any is written field by field: version 10. */
static enum rdb_type hash_type_of(const struct value_shape *shape) {
    bool has_some = shape->has_deadlines && shape->first_deadline_ms >= 0;
    if (shape->form != FORM_BLOCK) {
        return has_some ? RDB_TYPE_HASH_FIELDS : RDB_TYPE_HASH;
    }
    if (has_some) {
        return RDB_TYPE_HASH_LISTPACK_FIELDS;
    }
    return shape->has_deadlines ? RDB_TYPE_HASH : RDB_TYPE_HASH_LISTPACK;
}

enum rdb_type rdb_type_of(const struct value *value, const struct value_shape *shape) {
    bool is_block = shape->form == FORM_BLOCK;
    switch ((enum value_type)value->type) {
    case VALUE_STRING:
        return RDB_TYPE_STRING;
    case VALUE_LIST:
        return RDB_TYPE_LIST_QUICKLIST_2;
    case VALUE_SET:
        return is_block ? set_type_of(value) : RDB_TYPE_SET;
    case VALUE_ZSET:
        return is_block ? RDB_TYPE_ZSET_LISTPACK : RDB_TYPE_ZSET_2;
    case VALUE_HASH:
        return hash_type_of(shape);
    case VALUE_STREAM:
        return RDB_TYPE_STREAM_2;
    case VALUE_TYPE_COUNT:
        break;
    }
    UNREACHABLE();
}

void rdb_put_shape(struct rdb_block *block, enum rdb_type type, const struct value_shape *shape) {
    if (type == RDB_TYPE_HASH_FIELDS || type == RDB_TYPE_HASH_LISTPACK_FIELDS) {
        block->first_deadline_ms = shape->first_deadline_ms;
        rdb_put_le64(block, (uint64_t)shape->first_deadline_ms);
    }
    if (shape->form == FORM_ELEMENTS || shape->form == FORM_STREAM ||
        type == RDB_TYPE_LIST_QUICKLIST_2) {
        rdb_put_length(block, shape->count);
    }
}

/* A part of a long string: its length stands before the first part. */
static void put_part(struct rdb_block *block, const struct value_piece *piece) {
    if (piece->offset == 0 && piece->first.length == piece->total) {
        rdb_put_string(block, piece->first);
        return;
    }
    if (piece->offset == 0) {
        rdb_put_length(block, piece->total);
    }
    rdb_put_bytes(block, piece->first);
}

/* A deadline relative to the hash's first one, which itself is 1; 0 for none. */
static void put_deadline(struct rdb_block *block, int64_t deadline_ms) {
    rdb_put_length(block,
                   deadline_ms < 0 ? 0 : (uint64_t)(deadline_ms - block->first_deadline_ms) + 1);
}

/* Fields and values of a listpack of triples; the third is a deadline, which none has. */
static void put_pairs(struct rdb_block *block, const uint8_t *listpack) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    size_t index = 0;
    rdb_put_length(block, listpack_count(listpack) / TRIPLE);
    for (const uint8_t *element = listpack_first(listpack); element != NULL;
         element = listpack_next(listpack, element)) {
        if (index++ % TRIPLE < 2) {
            rdb_put_string(block, listpack_get(element, scratch));
        }
    }
}

void rdb_put_piece(struct rdb_block *block, enum rdb_type type, const struct value_piece *piece) {
    switch (piece->kind) {
    case PIECE_INTEGER:
        rdb_put_integer(block, piece->integer);
        return;
    case PIECE_PLAIN:
        if (piece->offset == 0) {
            rdb_put_length(block, CONTAINER_PLAIN);
        }
        put_part(block, piece);
        return;
    case PIECE_TEXT:
        put_part(block, piece);
        return;
    case PIECE_LISTPACK:
        if (type == RDB_TYPE_HASH) {
            put_pairs(block, (const uint8_t *)piece->first.data);
            return;
        }
        if (type == RDB_TYPE_LIST_QUICKLIST_2) {
            rdb_put_length(block, CONTAINER_PACKED);
        }
        rdb_put_string(block, piece->first);
        return;
    case PIECE_INTSET:
    case PIECE_ELEMENT:
        rdb_put_string(block, piece->first);
        return;
    case PIECE_FIELD:
        if (type == RDB_TYPE_HASH_FIELDS) {
            put_deadline(block, piece->deadline_ms);
        }
        rdb_put_string(block, piece->first);
        rdb_put_string(block, piece->second);
        return;
    case PIECE_SCORED:
        rdb_put_string(block, piece->first);
        rdb_put_bytes(block, (struct bytes){(const char *)&piece->score, sizeof piece->score});
        return;
    case PIECE_STREAM_NODE:
    case PIECE_STREAM_TOTALS:
    case PIECE_STREAM_GROUP:
    case PIECE_STREAM_PENDING:
    case PIECE_STREAM_CONSUMERS:
    case PIECE_STREAM_CONSUMER:
    case PIECE_STREAM_OWN:
    case PIECE_STREAM_LIMITS:
    case PIECE_STREAM_RECORD:
        rdb_put_stream_piece(block, piece);
        return;
    }
    UNREACHABLE();
}

struct put_walk {
    struct rdb_block *block;
    enum rdb_type type;
};

static void put_visited(void *context, const struct value_piece *piece) {
    const struct put_walk *walk = context;
    rdb_put_piece(walk->block, walk->type, piece);
}

static bool put_member(void *context, struct bytes member) {
    rdb_put_string(context, member);
    return true;
}

void rdb_put_value(struct rdb_block *block, enum rdb_type type, const struct value *value) {
    if (type == RDB_TYPE_SET) {
        rdb_put_length(block, set_type_length(value));
        (void)set_type_each(value, put_member, block);
        return;
    }
    struct value_shape shape = value_ops_shape(value);
    rdb_put_shape(block, type, &shape);
    struct put_walk walk = {block, type};
    value_ops_pieces(value, put_visited, &walk);
}
