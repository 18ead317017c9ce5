/*
 * What a handler says about its changes meets here: storing, events, counting and effects follow
 * from one call, so that no handler can forget one of them.
 */
#include "server/request.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/text.h"
#include "proto/reply.h"
#include "proto/resp_parse.h"
#include "server/blocking.h"
#include "server/client.h"
#include "server/propagate.h"
#include "server/server.h"
#include "structs/journal.h"

/* Arguments from the last bit's on share it: few requests have so many. */
static uint64_t hiding_bit(size_t index) {
    enum { LAST_BIT = 63 };
    return UINT64_C(1) << (index < LAST_BIT ? index : LAST_BIT);
}

void request_hide_arg(struct request *req, size_t index) {
    req->hidden_args |= hiding_bit(index);
}

struct bytes request_shown_arg(const struct request *req, size_t index) {
    return (req->hidden_args & hiding_bit(index)) != 0 ? BYTES("(redacted)") : req->args[index];
}

uint64_t request_key_hash(const struct request *req, size_t index) {
    return index == req->first_key && index != 0 ? req->first_key_hash
                                                 : hash_bytes(req->args[index]);
}

/* CLIENT NO-TOUCH makes each read a glance. */
static enum open_mode client_mode(const struct request *req, enum open_mode mode) {
    bool no_touch = (req->client->flags & CLIENT_NO_TOUCH) != 0;
    return UNLIKELY(no_touch) && mode == OPEN_COUNTED ? OPEN_GLANCED : mode;
}

enum key_status request_read(struct request *req, size_t index, enum value_type type,
                             struct open_key *key, struct reply *reply) {
    if (!keyspace_open_read(req->database, req->args[index], request_key_hash(req, index),
                            client_mode(req, OPEN_COUNTED), key)) {
        return KEY_ABSENT;
    }
    if (UNLIKELY(key->value.type != type)) {
        reply_wrong_type(reply);
        return KEY_WRONG_TYPE;
    }
    return KEY_PRESENT;
}

enum key_status request_write(struct request *req, size_t index, enum value_type type,
                              struct open_key *key, struct reply *reply) {
    if (!keyspace_open_write(req->database, req->args[index], request_key_hash(req, index), key)) {
        return KEY_ABSENT;
    }
    if (UNLIKELY(key->value.type != type)) {
        reply_wrong_type(reply);
        return KEY_WRONG_TYPE;
    }
    return KEY_PRESENT;
}

bool request_read_any(struct request *req, size_t index, enum open_mode mode,
                      struct open_key *key) {
    return keyspace_open_read(req->database, req->args[index], request_key_hash(req, index),
                              client_mode(req, mode), key);
}

bool request_write_any(struct request *req, size_t index, struct open_key *key) {
    return keyspace_open_write(req->database, req->args[index], request_key_hash(req, index), key);
}

void request_changed(struct request *req, struct open_key *key, enum key_event event,
                     int64_t count) {
    bool was_present = key->entry != NULL;
    bool is_kept = keyspace_store(key);
    keyspace_announce(key->database, event, key->name, key->hash);
    if (!is_kept && was_present) {
        keyspace_announce(key->database, EVENT_DEL, key->name, key->hash);
    }
    req->dirty_count += count;
}

void request_replaced(struct request *req, struct open_key *key, const struct value *value,
                      int64_t deadline_ms, enum key_event event) {
    keyspace_replace(key, value, deadline_ms);
    keyspace_announce(key->database, event, key->name, key->hash);
    req->dirty_count++;
}

void request_removed(struct request *req, struct open_key *key, enum key_event event, bool lazily) {
    keyspace_remove(key, lazily);
    keyspace_announce(key->database, event, key->name, key->hash);
    req->dirty_count++;
}

void request_deadline_changed(struct request *req, struct open_key *key, enum key_event event) {
    keyspace_store_deadline(key);
    keyspace_announce(key->database, event, key->name, key->hash);
    req->dirty_count++;
}

void request_announce(struct request *req, const struct open_key *key, enum key_event event) {
    (void)req;
    keyspace_announce(key->database, event, key->name, key->hash);
}

void request_count_changes(struct request *req, int64_t count) {
    req->dirty_count += count;
}

bool request_is_recorded(const struct request *req) {
    return propagate_is_active(req->server->propagate);
}

void request_replay_as(struct request *req, const struct bytes *args, size_t argc) {
    req->flags |= REQUEST_REPLAY_GIVEN;
    effects_add_for(req->effects, JOURNAL_EVERYBODY & ~req->spared_targets,
                    database_index(req->database), args, argc);
}

void request_annotate(struct request *req, const struct bytes *words, size_t count) {
    effects_annotate(req->effects, database_index(req->database), words, count);
}

void request_replay_nothing(struct request *req) {
    req->flags |= REQUEST_REPLAY_GIVEN;
}

struct bytes request_number(char buffer[REQUEST_NUMBER_SIZE], int64_t value) {
    return (struct bytes){buffer, text_print_int64(buffer, value)};
}

sds request_take_arg(struct request *req, size_t index) {
    struct resp_builder *builder = req->builder;
    if (builder != NULL && resp_builder_arg(builder, index).data == req->args[index].data) {
        return resp_builder_take(builder, index);
    }
    return sds_new(req->args[index]);
}

bool request_may_block(const struct request *req) {
    return (req->flags & (REQUEST_IN_EXEC | REQUEST_IN_SCRIPT | REQUEST_REPLAYED)) == 0;
}

void request_block(struct request *req, const size_t *key_indexes, size_t key_count,
                   const struct block_options *options) {
    req->flags |= REQUEST_BLOCKED;
    blocking_wait(req->server->blocking, req, key_indexes, key_count, options);
}

void request_select(struct request *req, size_t database_index) {
    req->database = keyspace_database(req->server->keyspace, database_index);
    req->client->database = req->database;
}
