/*
 * value_piece: the parts in which a value is handed to those who write it down (files, DUMP), so
 * that nobody but its type knows its encoding.
 */
#ifndef LATCHKEY_TYPES_VALUE_PIECE_H
#define LATCHKEY_TYPES_VALUE_PIECE_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a piece is; `first` and so on are those of struct value_piece. */
enum value_piece_kind {
    PIECE_INTEGER,  /* a string that is an integer: integer */
    PIECE_TEXT,     /* bytes of a string: first, which begins at `offset` of `total` */
    PIECE_LISTPACK, /* a listpack: first; the value itself, or a node of a list */
    PIECE_PLAIN,    /* bytes of a list's element that has a node to itself: as PIECE_TEXT */
    PIECE_INTSET,   /* an intset, which is the value: first */
    PIECE_ELEMENT,  /* a member of a set: first */
    PIECE_FIELD,    /* a field and its value: first, second, deadline_ms (-1: none) */
    PIECE_SCORED,   /* a member and its score: first, score */
    /* Streams; `object` is what types/stream_type.h and stream_group.h call so. */
    PIECE_STREAM_NODE,      /* the key, 16 bytes as in files: first; struct stream_node: object */
    PIECE_STREAM_TOTALS,    /* struct stream_totals: object; number of groups: total */
    PIECE_STREAM_GROUP,     /* name, struct stream_group: object; pending entries: total */
    PIECE_STREAM_PENDING,   /* struct stream_id: first; struct stream_pending: object */
    PIECE_STREAM_CONSUMERS, /* the group's name; number of its consumers: total */
    PIECE_STREAM_CONSUMER,  /* name, struct stream_consumer: object; pending entries: total */
    PIECE_STREAM_OWN,       /* one of the consumer: as PIECE_STREAM_PENDING */
    PIECE_STREAM_LIMITS,    /* struct stream_producer_limits: object; only if they were set */
    PIECE_STREAM_RECORD,    /* producer and message: first, second; struct stream_id: object */
};

struct value_piece {
    enum value_piece_kind kind;
    struct bytes first; /* borrowed for the call */
    struct bytes second;
    union {
        int64_t integer;
        int64_t deadline_ms;
        double score;
        const void *object;
    };
    size_t offset;
    size_t total;
};

typedef void (*value_piece_visitor)(void *context, const struct value_piece *piece);

/* What the pieces of a value will be. */
enum value_form {
    FORM_TEXT,     /* one PIECE_INTEGER, or PIECE_TEXT of `count` bytes */
    FORM_BLOCK,    /* one PIECE_LISTPACK or PIECE_INTSET */
    FORM_NODES,    /* `count` nodes: PIECE_LISTPACK and PIECE_PLAIN */
    FORM_ELEMENTS, /* `count` of PIECE_ELEMENT, PIECE_FIELD or PIECE_SCORED */
    FORM_STREAM,   /* `count` nodes, totals, groups with pending entries and consumers, producers */
};

struct value_shape {
    enum value_form form;
    size_t count;
    bool has_deadlines;        /* of fields; their listpack holds triples then */
    int64_t first_deadline_ms; /* the earliest of them; without meaning if there is none */
};

#endif
