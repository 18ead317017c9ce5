/*
 * stream_producers: what producers have lately sent to a stream, so that a message that is sent
 * again is known and gets the id of its first copy.
 *
 * A producer names itself, and each message by an id of its own choice. A record is kept for so
 * many seconds, and of each producer so many: the oldest goes for a new one. Records are shared
 * with clones, which are made for writing files.
 */
#ifndef LATCHKEY_TYPES_STREAM_PRODUCERS_H
#define LATCHKEY_TYPES_STREAM_PRODUCERS_H

#include "base/sds.h"
#include "structs/id_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream_producers;

enum {
    STREAM_PRODUCER_SECONDS_MAX = 86400,
    STREAM_PRODUCER_RECORDS_MAX = 10000,
};

/* How long records are kept; 0: as configured (types/type_limits.h). */
struct stream_producer_limits {
    int64_t seconds;
    int64_t record_count; /* of one producer */
};

/* A message: who sent it, and what the producer calls it. */
struct stream_message {
    struct bytes producer;
    struct bytes name;
};

struct stream_record {
    struct stream_message message;
    struct stream_id id; /* of its entry */
};

/* Without records, the limits as configured. Free with stream_producers_destroy. */
struct stream_producers *stream_producers_create(void);
void stream_producers_destroy(struct stream_producers *producers);

/* The same records for a walk; it knows no producers. O(records / 128). */
struct stream_producers *stream_producers_clone(struct stream_producers *producers);

/* Sets the limits and forgets all records. O(records). */
void stream_producers_configure(struct stream_producers *producers,
                                const struct stream_producer_limits *limits);

/* The limits: as they were set, or those that hold. */
struct stream_producer_limits stream_producers_limits(const struct stream_producers *producers);
struct stream_producer_limits stream_producers_in_force(const struct stream_producers *producers);

/* Finds the entry of a message that was sent before, and counts the repeat. O(1). */
bool stream_producers_find(struct stream_producers *producers, const struct stream_message *message,
                           int64_t now_ms, struct stream_id *id);

/*
 * Records a message, in place of older records of it or of the entry. Drops records that are too
 * many or too old, a bounded number at a time. O(log records).
 * sent_ms  when it was sent: from then on it is kept
 */
void stream_producers_add(struct stream_producers *producers, const struct stream_record *record,
                          int64_t sent_ms, int64_t now_ms);

/*
 * Records a message that was sent before this process began: when, its entry's id says, unless that
 * lies ahead. Does nothing if that was too long ago.
 */
void stream_producers_restore(struct stream_producers *producers,
                              const struct stream_record *record, int64_t now_ms);

/* How much there is; and was, since the start: records added, repeats found. */
struct stream_producer_figures {
    size_t producer_count;
    size_t record_count;
    uint64_t added;
    uint64_t repeats;
};
struct stream_producer_figures stream_producers_figures(const struct stream_producers *producers);

/* Bytes of memory, O(producers + records); roughly how many allocations freeing takes. */
size_t stream_producers_memory(const struct stream_producers *producers);
size_t stream_producers_free_effort(const struct stream_producers *producers);

/* Walk over the records by id; false at the end. Dead after the next change. */
bool stream_producers_first(const struct stream_producers *producers, struct id_cursor *at);
bool stream_producers_next(const struct stream_producers *producers, struct id_cursor *at);
struct stream_record stream_producers_at(const struct stream_producers *producers,
                                         const struct id_cursor *at);

#endif
