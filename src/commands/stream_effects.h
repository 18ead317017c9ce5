/*
 * stream_effects: what changes of a consumer group are recorded as: XCLAIM for entries that a
 * consumer got, XGROUP for the group's position, XACK for entries that are pending no more.
 */
#ifndef LATCHKEY_COMMANDS_STREAM_EFFECTS_H
#define LATCHKEY_COMMANDS_STREAM_EFFECTS_H

#include "server/request.h"
#include "types/stream_type.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Gathers entries that a consumer got. Those with the same time and count of deliveries become
 * one XCLAIM key group consumer 0 id … TIME ms RETRYCOUNT n FORCE JUSTID LASTID id.
 */
struct stream_claims {
    struct request *req;
    struct bytes key;
    const struct stream_group *group;
    struct bytes consumer;
    int64_t time_ms;
    int64_t delivery_count;
    struct stream_id *ids;
    size_t id_count;
};

/* key, consumer: borrowed until stream_claims_end. Costs nothing while nobody records. */
void stream_claims_begin(struct stream_claims *claims, struct request *req, struct bytes key,
                         const struct stream_group *group, struct bytes consumer);

/* Adds an entry with what its pending entry says now. */
void stream_claims_add(struct stream_claims *claims, struct stream_id id,
                       const struct stream_pending *pending);

/* Records what is left, and frees. */
void stream_claims_end(struct stream_claims *claims);

/* XGROUP SETID key group id ENTRIESREAD n: where the group stands now. */
void stream_effect_position(struct request *req, struct bytes key,
                            const struct stream_group *group);

/* XGROUP CREATECONSUMER key group consumer. */
void stream_effect_consumer(struct request *req, struct bytes key, const struct stream_group *group,
                            struct bytes consumer);

#endif
