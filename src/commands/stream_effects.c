/*
 * One XCLAIM for many entries says what the many XCLAIMs of a stock server say, in a fraction of
 * the bytes; a stock server replays both alike.
 */
#include "commands/stream_effects.h"

#include "base/alloc.h"
#include "base/panic.h"

enum { HEAD_COUNT = 5, TAIL_COUNT = 8, IDS_MAX = 128 };

void stream_claims_begin(struct stream_claims *claims, struct request *req, struct bytes key,
                         const struct stream_group *group, struct bytes consumer) {
    *claims = (struct stream_claims){
        .req = req,
        .key = key,
        .group = group,
        .consumer = consumer,
    };
}

static void flush(struct stream_claims *claims) {
    if (claims->id_count == 0) {
        return;
    }
    struct bytes words[HEAD_COUNT + IDS_MAX + TAIL_COUNT];
    char texts[IDS_MAX][STREAM_ID_TEXT_SIZE];
    char time[REQUEST_NUMBER_SIZE];
    char count[REQUEST_NUMBER_SIZE];
    char last[STREAM_ID_TEXT_SIZE];
    size_t used = 0;
    words[used++] = BYTES("XCLAIM");
    words[used++] = claims->key;
    words[used++] = sds_view(claims->group->name);
    words[used++] = claims->consumer;
    words[used++] = BYTES("0");
    for (size_t i = 0; i < claims->id_count; i++) {
        words[used++] = (struct bytes){texts[i], stream_id_print(texts[i], claims->ids[i])};
    }
    words[used++] = BYTES("TIME");
    words[used++] = request_number(time, claims->time_ms);
    words[used++] = BYTES("RETRYCOUNT");
    words[used++] = request_number(count, claims->delivery_count);
    words[used++] = BYTES("FORCE");
    words[used++] = BYTES("JUSTID");
    words[used++] = BYTES("LASTID");
    words[used++] = (struct bytes){last, stream_id_print(last, claims->group->last_delivered)};
    request_replay_as(claims->req, words, used);
    claims->id_count = 0;
}

void stream_claims_add(struct stream_claims *claims, struct stream_id id,
                       const struct stream_pending *pending) {
    if (!request_is_recorded(claims->req)) {
        return;
    }
    if (claims->ids == NULL) {
        claims->ids = alloc_new(IDS_MAX * sizeof *claims->ids);
    }
    if (claims->id_count == IDS_MAX || pending->delivered_ms != claims->time_ms ||
        pending->delivery_count != claims->delivery_count) {
        flush(claims);
        claims->time_ms = pending->delivered_ms;
        claims->delivery_count = pending->delivery_count;
    }
    claims->ids[claims->id_count++] = id;
}

void stream_claims_end(struct stream_claims *claims) {
    flush(claims);
    alloc_free(claims->ids);
    claims->ids = NULL;
}

void stream_effect_position(struct request *req, struct bytes key,
                            const struct stream_group *group) {
    if (!request_is_recorded(req)) {
        return;
    }
    char last[STREAM_ID_TEXT_SIZE];
    char read[REQUEST_NUMBER_SIZE];
    const struct bytes words[] = {
        BYTES("XGROUP"),
        BYTES("SETID"),
        key,
        sds_view(group->name),
        {last, stream_id_print(last, group->last_delivered)},
        BYTES("ENTRIESREAD"),
        request_number(read, group->entries_read),
    };
    request_replay_as(req, words, ARRAY_SIZE(words));
}

void stream_effect_consumer(struct request *req, struct bytes key, const struct stream_group *group,
                            struct bytes consumer) {
    const struct bytes words[] = {
        BYTES("XGROUP"), BYTES("CREATECONSUMER"), key, sds_view(group->name), consumer,
    };
    request_replay_as(req, words, ARRAY_SIZE(words));
}
