/*
 * Keys are read into a batch before they are stored, so that their buckets are on the way into the
 * cache meanwhile. A slot of the batch owns the bytes of its key and of a short value: what the
 * reader hands out is dead with the next read.
 */
#include "persist/rdb_loader.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/sds.h"
#include "keyspace/keyspace.h"
#include "persist/rdb_internal.h"
#include "types/lock_value.h"
#include "types/string_type.h"
#include "types/value_ops.h"

#include <string.h>

enum {
    BATCH_SIZE = 32,
    MAGIC_SIZE = 5,
    DECIMAL = 10,
    RESERVE_KEY_SIZE = 16, /* hints reserve no more keys than the file has room for */
    NS_PER_US = 1000,
    SECOND_SIZE = 4,
    SLOT_INFO_COUNT = 3,
};

/* A key that is read and not yet stored. */
struct slot {
    struct open_key key;
    sds name;
    char bytes[STRING_INLINE_MAX]; /* of a short string */
    int64_t idle_seconds;          /* -1 = not given */
    int64_t frequency;
};

struct rdb_loader {
    struct keyspace *keyspace;
    struct rdb_load_options options;
    struct rdb_reader reader;
    struct rdb_load_progress progress;
    struct database *database;
    uint64_t reserved_keys; /* in all databases */
    int version;            /* 0 = the head was not read yet */
    int64_t now_ms;
    struct value stream; /* read last; of another type when that was none, or is dropped */
    uint64_t lock_token; /* of the key that follows */
    int64_t lock_count;  /* 0: it is no lock */
    int64_t deadline_ms; /* of the key that comes next */
    int64_t idle_seconds;
    int64_t frequency;
    struct slot slots[BATCH_SIZE];
    size_t slot_count;
    sds library_error; /* NULL = none */
    sds message;
};

struct rdb_loader *rdb_loader_create(struct keyspace *keyspace, int fd, uint64_t size,
                                     struct rdb_load_options options) {
    struct rdb_loader *loader = alloc_zeroed(sizeof *loader);
    loader->keyspace = keyspace;
    loader->options = options;
    loader->database = keyspace_database(keyspace, 0);
    loader->progress.total_bytes = size;
    loader->now_ms = clock_unix_ms();
    for (size_t i = 0; i < BATCH_SIZE; i++) {
        loader->slots[i].name = sds_with_capacity(0);
    }
    rdb_reader_init_file(&loader->reader, fd, size);
    return loader;
}

static void free_value(struct value *value) {
    if (value->storage == VALUE_STORED_OBJECT) {
        value_ops_free(value);
    }
}

void rdb_loader_destroy(struct rdb_loader *loader) {
    if (loader == NULL) {
        return;
    }
    for (size_t i = 0; i < loader->slot_count; i++) {
        free_value(&loader->slots[i].key.value);
    }
    for (size_t i = 0; i < BATCH_SIZE; i++) {
        sds_free(loader->slots[i].name);
    }
    rdb_reader_release(&loader->reader);
    sds_free(loader->library_error);
    sds_free(loader->message);
    alloc_free(loader);
}

/* ---- Storing ---- */

static bool store_over(struct slot *slot) {
    struct open_key open;
    (void)keyspace_open_write(slot->key.database, slot->key.name, slot->key.hash, &open);
    keyspace_replace(&open, &slot->key.value, slot->key.deadline_ms);
    slot->key = open;
    return true;
}

static bool store_slot(struct rdb_loader *loader, struct slot *slot) {
    bool is_stored = keyspace_load(&slot->key) || (loader->options.replaces && store_over(slot));
    if (!is_stored) {
        return rdb_fail(&loader->reader, "a key is there twice");
    }
    keyspace_set_access(&slot->key, slot->idle_seconds, slot->frequency);
    loader->progress.loaded_keys++;
    return true;
}

static bool store_batch(struct rdb_loader *loader) {
    for (size_t i = 0; i < loader->slot_count; i++) {
        if (!store_slot(loader, &loader->slots[i])) {
            /* Those before are the keyspace's; this one and those behind are freed. */
            for (; i < loader->slot_count; i++) {
                free_value(&loader->slots[i].key.value);
            }
            loader->slot_count = 0;
            return false;
        }
    }
    loader->slot_count = 0;
    return true;
}

/* ---- Reading ---- */

static bool read_head(struct rdb_loader *loader) {
    struct rdb_reader *reader = &loader->reader;
    struct bytes head;
    if (!rdb_get_bytes(reader, RDB_MAGIC_SIZE, &head)) {
        return false;
    }
    if (memcmp(head.data, "REDIS", MAGIC_SIZE) != 0) {
        return rdb_fail(reader, "it does not begin as an RDB file");
    }
    for (size_t i = MAGIC_SIZE; i < RDB_MAGIC_SIZE; i++) {
        if (head.data[i] < '0' || head.data[i] > '9') {
            return rdb_fail(reader, "its version is no number");
        }
        loader->version = DECIMAL * loader->version + (head.data[i] - '0');
    }
    if (loader->version < 1 || loader->version > RDB_VERSION_MAX) {
        return rdb_fail(reader, "its version is not one from 1 to 12");
    }
    return true;
}

static bool select_database(struct rdb_loader *loader) {
    const struct rdb_database_finder *finder = &loader->options.databases;
    uint64_t number;
    if (!rdb_get_length(&loader->reader, &number)) {
        return false;
    }
    struct database *database = NULL;
    if (finder->find != NULL) {
        database = finder->find(finder->context, number);
    } else if (number < keyspace_database_count(loader->keyspace)) {
        database = keyspace_database(loader->keyspace, (size_t)number);
    }
    if (database == NULL) {
        return rdb_fail(&loader->reader, finder->find != NULL
                                             ? "it has databases that no server has"
                                             : "it has more databases than `databases` says");
    }
    loader->database = database;
    return true;
}

static bool read_hints(struct rdb_loader *loader) {
    uint64_t key_count;
    uint64_t deadline_count;
    if (!rdb_get_length(&loader->reader, &key_count) ||
        !rdb_get_length(&loader->reader, &deadline_count)) {
        return false;
    }
    uint64_t room = loader->progress.total_bytes / RESERVE_KEY_SIZE - loader->reserved_keys;
    key_count = key_count < room ? key_count : room;
    loader->reserved_keys += key_count;
    keyspace_reserve(loader->database, (size_t)key_count);
    return true;
}

/* "token count", of the key that follows. */
static void read_lock(struct rdb_loader *loader, struct bytes text) {
    const char *blank = text.length == 0 ? NULL : memchr(text.data, ' ', text.length);
    uint64_t token;
    int64_t count;
    if (blank == NULL) {
        return;
    }
    size_t head = (size_t)(blank - text.data);
    if (text_parse_uint64((struct bytes){text.data, head}, &token) && token > 0 &&
        text_parse_int64((struct bytes){blank + 1, text.length - head - 1}, &count) && count > 0) {
        loader->lock_token = token;
        loader->lock_count = count;
    }
}

enum aux_kind {
    AUX_OTHER,
    AUX_MEMORY,
    AUX_LAST_TOKEN,
    AUX_LOCK,
    AUX_STREAM_LIMITS,
    AUX_STREAM_RECORD,
};

static enum aux_kind aux_kind(struct bytes name) {
    static const struct {
        const char *name;
        enum aux_kind kind;
    } names[] = {
        {"used-mem", AUX_MEMORY},
        {RDB_AUX_LAST_TOKEN, AUX_LAST_TOKEN},
        {RDB_AUX_LOCK, AUX_LOCK},
        {RDB_AUX_STREAM_LIMITS, AUX_STREAM_LIMITS},
        {RDB_AUX_STREAM_RECORD, AUX_STREAM_RECORD},
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (bytes_is(name, names[i].name)) {
            return names[i].kind;
        }
    }
    return AUX_OTHER;
}

static bool read_aux(struct rdb_loader *loader) {
    struct bytes text;
    int64_t number;
    if (!rdb_get_string(&loader->reader, &text)) {
        return false;
    }
    enum aux_kind kind = aux_kind(text);
    if (!rdb_get_string(&loader->reader, &text)) {
        return false;
    }
    if (kind == AUX_MEMORY && text_parse_int64(text, &number) && number > 0) {
        loader->progress.noted_memory = (uint64_t)number;
    } else if (kind == AUX_LAST_TOKEN && text_parse_int64(text, &number) && number > 0) {
        loader->progress.lock_token = (uint64_t)number;
    } else if (kind == AUX_LOCK) {
        read_lock(loader, text);
    } else if (kind == AUX_STREAM_LIMITS && loader->stream.type == VALUE_STREAM) {
        rdb_take_stream_limits(&loader->stream, text);
    } else if (kind == AUX_STREAM_RECORD && loader->stream.type == VALUE_STREAM) {
        rdb_take_stream_record(&loader->stream, text, loader->now_ms);
    }
    return true;
}

/* As stock servers read it: -1 says that there is none; what is before 1970 is past as well. */
static int64_t deadline_of(int64_t ms) {
    return ms >= 0 || ms == DEADLINE_NONE ? ms : 0;
}

static bool read_deadline(struct rdb_loader *loader, bool in_seconds) {
    struct bytes bytes;
    uint64_t word;
    if (!in_seconds) {
        bool is_good = rdb_get_le64(&loader->reader, &word);
        loader->deadline_ms = is_good ? deadline_of((int64_t)word) : DEADLINE_NONE;
        return is_good;
    }
    int32_t seconds;
    if (!rdb_get_bytes(&loader->reader, SECOND_SIZE, &bytes)) {
        return false;
    }
    memcpy(&seconds, bytes.data, sizeof seconds);
    loader->deadline_ms = deadline_of((int64_t)seconds * CLOCK_MS_PER_SECOND);
    return true;
}

static bool read_idle(struct rdb_loader *loader) {
    uint64_t seconds;
    if (!rdb_get_length(&loader->reader, &seconds)) {
        return false;
    }
    loader->idle_seconds = seconds > INT64_MAX ? INT64_MAX : (int64_t)seconds;
    return true;
}

static bool read_frequency(struct rdb_loader *loader) {
    unsigned byte;
    if (!rdb_get_byte(&loader->reader, &byte)) {
        return false;
    }
    loader->frequency = byte;
    return true;
}

static bool skip_slot_info(struct rdb_loader *loader) {
    uint64_t ignored;
    bool is_good = true;
    for (size_t i = 0; i < SLOT_INFO_COUNT && is_good; i++) {
        is_good = rdb_get_length(&loader->reader, &ignored);
    }
    return is_good;
}

/* Copies what the value borrows from the reader into the slot. */
static void keep_bytes(struct slot *slot) {
    struct value *value = &slot->key.value;
    if (value->storage == VALUE_STORED_BYTES && value->bytes.length > 0) {
        ASSERT(value->bytes.length <= sizeof slot->bytes);
        memcpy(slot->bytes, value->bytes.data, value->bytes.length);
        value->bytes.data = slot->bytes;
    }
}

/* Makes a lock of the string that was announced as one. */
static void make_lock(struct rdb_loader *loader, struct value *value) {
    char scratch[STRING_SCRATCH_SIZE];
    struct value lock;
    if (loader->lock_count == 0 || value->type != VALUE_STRING) {
        loader->lock_count = 0;
        return;
    }
    struct lock_fields fields = {
        .owner = string_bytes(value, scratch),
        .token = loader->lock_token,
        .hold_count = loader->lock_count,
        .granted_ms = loader->now_ms,
    };
    loader->lock_count = 0;
    lock_value_create(&lock, &fields, keyspace_lock_counter(loader->keyspace));
    free_value(value);
    *value = lock;
}

/* A key without elements is left out: servers with a defect have written some. */
static bool skip_empty(struct rdb_loader *loader, struct bytes name) {
    if (!rdb_forgive_empty(&loader->reader)) {
        return false;
    }
    loader->lock_count = 0;
    loader->progress.empty_keys++;
    if (loader->options.skipped.tell != NULL) {
        loader->options.skipped.tell(loader->options.skipped.context, name);
    }
    return true;
}

static bool read_key(struct rdb_loader *loader, unsigned type) {
    struct slot *slot = &loader->slots[loader->slot_count];
    struct bytes name;
    if (!rdb_get_string(&loader->reader, &name)) {
        return false;
    }
    sds_set_length(slot->name, 0);
    slot->name = sds_append(slot->name, name);
    slot->key = (struct open_key){
        .database = loader->database,
        .name = sds_view(slot->name),
        .deadline_ms = loader->deadline_ms,
    };
    slot->key.hash = hash_bytes(slot->key.name);
    keyspace_prefetch_bucket(loader->database, slot->key.hash);
    slot->idle_seconds = loader->idle_seconds;
    slot->frequency = loader->frequency;
    loader->deadline_ms = DEADLINE_NONE;
    loader->idle_seconds = -1;
    loader->frequency = -1;
    loader->stream = (struct value){.type = VALUE_STRING};
    if (!rdb_get_value(&loader->reader, type, &slot->key.value)) {
        return skip_empty(loader, sds_view(slot->name));
    }
    make_lock(loader, &slot->key.value);
    if (!loader->options.keeps_due && slot->key.deadline_ms >= 0 &&
        slot->key.deadline_ms < loader->now_ms) {
        free_value(&slot->key.value);
        loader->progress.expired_keys++;
        return true;
    }
    keep_bytes(slot);
    loader->stream = slot->key.value; /* Where a stream is does not change. */
    loader->slot_count++;
    return loader->slot_count < BATCH_SIZE || store_batch(loader);
}

static enum rdb_load_status fail(struct rdb_loader *loader) {
    struct rdb_reader *reader = &loader->reader;
    loader->message =
        sds_append_format(sds_new(BYTES("")), "Damaged or unreadable RDB data at offset %llu: %s",
                          (unsigned long long)reader->problem_offset, reader->problem);
    if (loader->library_error != NULL) {
        loader->message = sds_append(loader->message, sds_view(loader->library_error));
    }
    return RDB_LOAD_FAILED;
}

static enum rdb_load_status finish(struct rdb_loader *loader) {
    struct rdb_reader *reader = &loader->reader;
    if (!store_batch(loader)) {
        return fail(loader);
    }
    if (loader->version >= RDB_VERSION_CHECKSUM) {
        uint64_t expected;
        uint64_t computed = rdb_reader_checksum(reader);
        if (!rdb_get_le64(reader, &expected)) {
            return fail(loader);
        }
        if (expected != 0 && expected != computed && !loader->options.skips_checksum) {
            (void)rdb_fail(reader, "the checksum of the file is wrong");
            return fail(loader);
        }
    }
    return RDB_LOAD_DONE;
}

static bool read_library(struct rdb_loader *loader) {
    struct rdb_library_taker taker = loader->options.libraries;
    struct bytes source;
    if (!rdb_get_string(&loader->reader, &source)) {
        return false;
    }
    loader->progress.loaded_libraries++;
    loader->library_error = taker.take == NULL ? NULL : taker.take(taker.context, source);
    return loader->library_error == NULL ||
           rdb_fail(&loader->reader, "a function library cannot be loaded: ");
}

/* Reads what an opcode other than the end announces, or a key. */
static bool read_item(struct rdb_loader *loader, unsigned opcode) {
    switch (opcode) {
    case RDB_OPCODE_SLOT_INFO:
        return skip_slot_info(loader);
    case RDB_OPCODE_FUNCTION:
        return read_library(loader);
    case RDB_OPCODE_FUNCTION_PRE:
        return rdb_fail(&loader->reader, "it has functions in the form of release candidates");
    case RDB_OPCODE_MODULE_AUX:
        return rdb_fail(&loader->reader, "it has data of a module, and modules do not exist here");
    case RDB_OPCODE_IDLE:
        return read_idle(loader);
    case RDB_OPCODE_FREQUENCY:
        return read_frequency(loader);
    case RDB_OPCODE_AUX:
        return read_aux(loader);
    case RDB_OPCODE_RESIZE:
        return read_hints(loader);
    case RDB_OPCODE_EXPIRE_MS:
    case RDB_OPCODE_EXPIRE:
        return read_deadline(loader, opcode == RDB_OPCODE_EXPIRE);
    case RDB_OPCODE_SELECT:
        return select_database(loader);
    default:
        return read_key(loader, opcode);
    }
}

enum rdb_load_status rdb_loader_step(struct rdb_loader *loader, int64_t budget_us) {
    int64_t stop_ns = clock_monotonic_ns() + budget_us * NS_PER_US;
    if (loader->version == 0) {
        loader->deadline_ms = DEADLINE_NONE;
        loader->idle_seconds = -1;
        loader->frequency = -1;
        if (!read_head(loader)) {
            return fail(loader);
        }
    }
    do {
        /* The clock is read once a batch, or after a value that may have been large. */
        for (size_t i = 0; i < BATCH_SIZE; i++) {
            unsigned opcode;
            if (!rdb_get_byte(&loader->reader, &opcode)) {
                return fail(loader);
            }
            if (opcode == RDB_OPCODE_END) {
                return finish(loader);
            }
            if (!read_item(loader, opcode)) {
                return fail(loader);
            }
        }
    } while (clock_monotonic_ns() < stop_ns);
    return store_batch(loader) ? RDB_LOAD_RUNNING : fail(loader);
}

const char *rdb_loader_message(const struct rdb_loader *loader) {
    return loader->message;
}

struct rdb_load_progress rdb_loader_progress(const struct rdb_loader *loader) {
    struct rdb_load_progress progress = loader->progress;
    progress.loaded_bytes = rdb_reader_offset(&loader->reader);
    return progress;
}
