/*
 * stream_id: the id of a stream's entry: milliseconds and a sequence number, compared in this
 * order.
 */
#ifndef LATCHKEY_STRUCTS_STREAM_ID_H
#define LATCHKEY_STRUCTS_STREAM_ID_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STREAM_ID_SIZE = 16,      /* as a key in files: both numbers, most significant byte first */
    STREAM_ID_TEXT_SIZE = 44, /* two numbers, a dash and a zero byte */
};

struct stream_id {
    uint64_t ms;
    uint64_t seq;
};

/* The lowest id, which no entry has, and the highest. */
extern const struct stream_id stream_id_min;
extern const struct stream_id stream_id_max;

/* Below zero, zero or above it, as `one` stands before, at or behind `other`. */
static inline int stream_id_compare(struct stream_id one, struct stream_id other) {
    if (one.ms != other.ms) {
        return one.ms < other.ms ? -1 : 1;
    }
    return one.seq == other.seq ? 0 : one.seq < other.seq ? -1 : 1;
}

/* True for 0-0. */
static inline bool stream_id_is_zero(struct stream_id id) {
    return id.ms == 0 && id.seq == 0;
}

/* Moves to the neighbour; false, with *id alone, when there is none. */
bool stream_id_increment(struct stream_id *id);
bool stream_id_decrement(struct stream_id *id);

/*
 * Parses "ms-seq", or "ms" with this sequence number. *has_seq, if not NULL, says which it was;
 * without it "ms" alone is refused. Returns false, with the outputs alone, for anything else.
 */
bool stream_id_parse(struct bytes text, uint64_t missing_seq, bool *has_seq, struct stream_id *id);

/* Prints "ms-seq" and a zero byte. Returns the length. */
size_t stream_id_print(char buffer[STREAM_ID_TEXT_SIZE], struct stream_id id);

/* To and from the form of files. */
void stream_id_encode(uint8_t bytes[STREAM_ID_SIZE], struct stream_id id);
struct stream_id stream_id_decode(const uint8_t bytes[STREAM_ID_SIZE]);

#endif
