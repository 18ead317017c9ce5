/*
 * Each type has its codec (rdb_list.c, rdb_set.c, …); here they meet.
 */
#include "persist/rdb_value.h"

#include "persist/rdb_codec.h"
#include "persist/rdb_internal.h"
#include "types/string_type.h"
#include "types/value_ops.h"

#include <string.h>

enum {
    FOOTER_SIZE = 10,
    VERSION_SIZE = 2,
    /* First bytes of a string: lengths below this one stand in it alone; integers follow those. */
    LENGTH_14BIT = 0x40,
    STRING_INT8 = 0xc0,
    STRING_LZF = 0xc3,
};

bool rdb_get_text_value(struct rdb_reader *reader, struct value *value) {
    struct bytes text;
    /* A string that fits into an entry is a view; a longer one is read into its own memory. */
    const uint8_t *at = reader->at;
    bool is_short = reader->end - at > 2 &&
                    (at[0] < LENGTH_14BIT || (at[0] == LENGTH_14BIT && at[1] <= STRING_INLINE_MAX));
    if (is_short || (reader->end - at > 0 && at[0] >= STRING_INT8 && at[0] < STRING_LZF)) {
        if (!rdb_get_string(reader, &text)) {
            return false;
        }
        string_value_of(text, value);
        return true;
    }
    sds owned;
    if (!rdb_get_sds(reader, &owned)) {
        return false;
    }
    if (sds_length(owned) <= STRING_INLINE_MAX) {
        /* Kept by the reader until the value has been stored. */
        sds_free(reader->text);
        reader->text = owned;
        string_value_of(sds_view(owned), value);
    } else {
        string_value_of_sds(owned, value);
    }
    return true;
}

bool rdb_get_value(struct rdb_reader *reader, unsigned type, struct value *value) {
    switch (type) {
    case RDB_TYPE_STRING:
        return rdb_get_text_value(reader, value);
    case RDB_TYPE_LIST:
    case RDB_TYPE_LIST_ZIPLIST:
    case RDB_TYPE_LIST_QUICKLIST:
    case RDB_TYPE_LIST_QUICKLIST_2:
        return rdb_get_list(reader, type, value);
    case RDB_TYPE_SET:
    case RDB_TYPE_SET_INTSET:
    case RDB_TYPE_SET_LISTPACK:
        return rdb_get_set(reader, type, value);
    case RDB_TYPE_ZSET:
    case RDB_TYPE_ZSET_2:
    case RDB_TYPE_ZSET_ZIPLIST:
    case RDB_TYPE_ZSET_LISTPACK:
        return rdb_get_zset(reader, type, value);
    case RDB_TYPE_HASH:
    case RDB_TYPE_HASH_ZIPMAP:
    case RDB_TYPE_HASH_ZIPLIST:
    case RDB_TYPE_HASH_LISTPACK:
    case RDB_TYPE_HASH_FIELDS_PRE:
    case RDB_TYPE_HASH_LISTPACK_FIELDS_PRE:
    case RDB_TYPE_HASH_FIELDS:
    case RDB_TYPE_HASH_LISTPACK_FIELDS:
        return rdb_get_hash(reader, type, value);
    case RDB_TYPE_STREAM:
    case RDB_TYPE_STREAM_2:
    case RDB_TYPE_STREAM_3:
        return rdb_get_stream(reader, type, value);
    case RDB_TYPE_MODULE:
    case RDB_TYPE_MODULE_2:
        return rdb_fail(reader, "a value of a module, and modules do not exist here");
    default:
        return rdb_fail(reader, "a value is of an unknown type");
    }
}

/* ---- Payloads ---- */

sds rdb_end_payload(struct rdb_block *block, uint16_t version) {
    struct bytes footer = {(const char *)&version, sizeof version};
    sds payload = sds_append(block->bytes, footer);
    block->bytes = NULL;
    rdb_block_release(block);
    uint64_t checksum = rdb_codec_checksum(0, sds_view(payload));
    return sds_append(payload, (struct bytes){(const char *)&checksum, sizeof checksum});
}

bool rdb_open_payload(struct bytes payload, struct bytes *body) {
    if (payload.length < FOOTER_SIZE) {
        return false;
    }
    uint16_t version;
    uint64_t checksum;
    size_t size = payload.length - FOOTER_SIZE;
    memcpy(&version, payload.data + size, sizeof version);
    memcpy(&checksum, payload.data + size + VERSION_SIZE, sizeof checksum);
    struct bytes summed = {payload.data, payload.length - sizeof checksum};
    *body = (struct bytes){payload.data, size};
    return version <= RDB_VERSION_MAX && rdb_codec_checksum(0, summed) == checksum;
}

sds rdb_dump(const struct value *value, bool compresses) {
    struct value_shape shape = value_ops_shape(value);
    enum rdb_type type = rdb_type_of(value, &shape);
    struct rdb_block block;
    rdb_block_init_payload(&block, compresses);
    rdb_put_byte(&block, type);
    rdb_put_value(&block, type, value);
    bool has_fields = type == RDB_TYPE_HASH_FIELDS || type == RDB_TYPE_HASH_LISTPACK_FIELDS;
    return rdb_end_payload(&block, has_fields ? RDB_VERSION_FIELDS : RDB_VERSION);
}

static enum rdb_restore_status restore_body(struct bytes body, struct value *value, sds *kept,
                                            const char **problem) {
    struct rdb_reader reader;
    unsigned type;
    rdb_reader_init_memory(&reader, body);
    bool is_good = rdb_get_byte(&reader, &type) && rdb_get_value(&reader, type, value);
    if (is_good) {
        *kept = reader.text;
        reader.text = NULL;
    }
    *problem = reader.problem;
    rdb_reader_release(&reader);
    return is_good ? RDB_RESTORE_DONE : RDB_RESTORE_DAMAGED;
}

enum rdb_restore_status rdb_restore(struct bytes payload, struct value *value, sds *kept,
                                    const char **problem) {
    *kept = NULL;
    struct bytes body;
    if (!rdb_open_payload(payload, &body)) {
        return RDB_RESTORE_WRONG_FOOTER;
    }
    return restore_body(body, value, kept, problem);
}

enum rdb_restore_status rdb_restore_unsummed(struct bytes payload, struct value *value, sds *kept,
                                             const char **problem) {
    *kept = NULL;
    if (payload.length < FOOTER_SIZE) {
        return RDB_RESTORE_WRONG_FOOTER;
    }
    return restore_body((struct bytes){payload.data, payload.length - FOOTER_SIZE}, value, kept,
                        problem);
}
