#include "persist/rdb_libraries.h"

#include "persist/rdb_internal.h"

#include <stdint.h>

sds rdb_libraries_dump(const struct bytes *sources, size_t count, bool compresses) {
    struct rdb_block block;
    rdb_block_init_payload(&block, compresses);
    for (size_t i = 0; i < count; i++) {
        rdb_put_byte(&block, RDB_OPCODE_FUNCTION);
        rdb_put_string(&block, sources[i]);
    }
    return rdb_end_payload(&block, RDB_VERSION);
}

static sds restore_next(struct rdb_reader *reader, struct rdb_library_taker taker) {
    unsigned opcode = 0;
    struct bytes source;
    bool is_read = rdb_get_byte(reader, &opcode);
    if (opcode == RDB_OPCODE_FUNCTION_PRE) {
        return sds_new(BYTES("Pre-GA function format not supported"));
    }
    if (!is_read || opcode != RDB_OPCODE_FUNCTION) {
        return sds_new(BYTES("given type is not a function"));
    }
    if (!rdb_get_string(reader, &source)) {
        return sds_new(BYTES("Failed loading library payload"));
    }
    return taker.take(taker.context, source);
}

sds rdb_libraries_restore(struct bytes payload, struct rdb_library_taker taker) {
    struct bytes body;
    if (!rdb_open_payload(payload, &body)) {
        return sds_new(BYTES("DUMP payload version or checksum are wrong"));
    }
    struct rdb_reader reader;
    rdb_reader_init_memory(&reader, body);
    sds error = NULL;
    while (error == NULL && rdb_reader_left(&reader) > 0) {
        error = restore_next(&reader, taker);
    }
    rdb_reader_release(&reader);
    return error;
}
