/*
 * Items are gathered in wire form until there are enough for a command, whose head needs their
 * number. A string or a list's element that comes in parts is written through: its length is known
 * with the first part.
 */
#include "persist/rebuild.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "base/text.h"
#include "persist/aof_line.h"
#include "structs/intset.h"
#include "structs/listpack.h"
#include "types/lock_value.h"
#include "types/stream_type.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <string.h>

enum { ITEMS_MAX = 64, NO_DATABASE = -1 };

/* How a collection's elements are written. */
struct rebuild_row {
    const char *type_name;
    struct bytes command;
    unsigned words;  /* of an element */
    bool is_swapped; /* its second word goes first: ZADD wants the score before the member */
};

static const struct rebuild_row rows[] = {
    {"list", {"RPUSH", 5}, 1, false},
    {"set", {"SADD", 4}, 1, false},
    {"hash", {"HMSET", 5}, 2, false},
    {"zset", {"ZADD", 4}, 2, true},
};

struct rebuild {
    int database_index; /* that was selected last */
    sds key;
    int64_t deadline_ms;
    const struct rebuild_row *row; /* NULL for a string */
    bool has_field_deadlines;
    sds items; /* in wire form */
    size_t word_count;
    size_t item_count;
    sds field_deadlines; /* commands that follow the items */
    sds group;           /* of a stream, under way */
    sds consumer;
};

struct rebuild *rebuild_create(void) {
    struct rebuild *rebuild = alloc_zeroed(sizeof *rebuild);
    rebuild->database_index = NO_DATABASE;
    rebuild->items = sds_with_capacity(0);
    rebuild->field_deadlines = sds_with_capacity(0);
    rebuild->key = sds_with_capacity(0);
    rebuild->group = sds_with_capacity(0);
    rebuild->consumer = sds_with_capacity(0);
    return rebuild;
}

void rebuild_destroy(struct rebuild *rebuild) {
    if (rebuild != NULL) {
        sds_free(rebuild->items);
        sds_free(rebuild->field_deadlines);
        sds_free(rebuild->key);
        sds_free(rebuild->group);
        sds_free(rebuild->consumer);
        alloc_free(rebuild);
    }
}

static void append_head(sds *text, char kind, size_t number) {
    char head[TEXT_INT64_MAX_SIZE + 3];
    head[0] = kind;
    size_t size = 1 + text_print_uint64(head + 1, number);
    head[size++] = '\r';
    head[size++] = '\n';
    *text = sds_append(*text, (struct bytes){head, size});
}

static void append_bulk(sds *text, struct bytes word) {
    append_head(text, '$', word.length);
    *text = sds_append(*text, word);
    *text = sds_append(*text, BYTES("\r\n"));
}

static void append_number(sds *text, int64_t number) {
    char digits[TEXT_INT64_MAX_SIZE];
    append_bulk(text, (struct bytes){digits, text_print_int64(digits, number)});
}

static void flush_items(struct rebuild *rebuild, sds *text) {
    if (rebuild->item_count == 0) {
        return;
    }
    append_head(text, '*', 2 + rebuild->word_count);
    append_bulk(text, rebuild->row->command);
    append_bulk(text, sds_view(rebuild->key));
    *text = sds_append(*text, sds_view(rebuild->items));
    *text = sds_append(*text, sds_view(rebuild->field_deadlines));
    sds_set_length(rebuild->items, 0);
    sds_set_length(rebuild->field_deadlines, 0);
    rebuild->word_count = 0;
    rebuild->item_count = 0;
}

static void add_item(struct rebuild *rebuild, struct bytes first, struct bytes second, sds *text) {
    const struct rebuild_row *row = rebuild->row;
    if (row->words == 1) {
        append_bulk(&rebuild->items, first);
    } else {
        append_bulk(&rebuild->items, row->is_swapped ? second : first);
        append_bulk(&rebuild->items, row->is_swapped ? first : second);
    }
    rebuild->word_count += row->words;
    if (++rebuild->item_count == ITEMS_MAX) {
        flush_items(rebuild, text);
    }
}

/* HPEXPIREAT key ms FIELDS 1 field, behind the command that makes the field. */
static void add_field_deadline(struct rebuild *rebuild, struct bytes field, int64_t deadline_ms) {
    enum { WORD_COUNT = 6 };
    sds *text = &rebuild->field_deadlines;
    append_head(text, '*', WORD_COUNT);
    append_bulk(text, BYTES("HPEXPIREAT"));
    append_bulk(text, sds_view(rebuild->key));
    append_number(text, deadline_ms);
    append_bulk(text, BYTES("FIELDS"));
    append_bulk(text, BYTES("1"));
    append_bulk(text, field);
}

static void add_field(struct rebuild *rebuild, struct bytes name, struct bytes value,
                      int64_t deadline_ms, sds *text) {
    if (deadline_ms > 0) {
        add_field_deadline(rebuild, name, deadline_ms);
    }
    add_item(rebuild, name, value, text);
}

/* ---- Blocks ---- */

static void add_listpack(struct rebuild *rebuild, struct bytes block, sds *text) {
    const uint8_t *bytes = (const uint8_t *)block.data;
    unsigned words = rebuild->row->words + rebuild->has_field_deadlines;
    const uint8_t *element = listpack_first(bytes);
    while (element != NULL) {
        char scratch[3][LISTPACK_SCRATCH_SIZE];
        struct bytes found[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
        for (unsigned i = 0; i < words && element != NULL; i++) {
            found[i] = listpack_get(element, scratch[i]);
            element = listpack_next(bytes, element);
        }
        int64_t deadline_ms = 0;
        if (rebuild->has_field_deadlines && !text_parse_int64(found[2], &deadline_ms)) {
            deadline_ms = 0;
        }
        add_field(rebuild, found[0], found[1], deadline_ms, text);
    }
}

static void add_intset(struct rebuild *rebuild, struct bytes block, sds *text) {
    const uint8_t *bytes = (const uint8_t *)block.data;
    for (size_t i = 0; i < intset_count(bytes); i++) {
        char digits[TEXT_INT64_MAX_SIZE];
        size_t length = text_print_int64(digits, intset_get(bytes, i));
        add_item(rebuild, (struct bytes){digits, length}, (struct bytes){NULL, 0}, text);
    }
}

/* A part of a string, or of an element that is a node of its own: SET and RPUSH of one word. */
static void add_part(struct rebuild *rebuild, const struct value_piece *piece, sds *text) {
    enum { WORD_COUNT = 3 };
    if (piece->offset == 0) {
        if (rebuild->row != NULL) {
            flush_items(rebuild, text);
        }
        append_head(text, '*', WORD_COUNT);
        append_bulk(text, rebuild->row == NULL ? BYTES("SET") : rebuild->row->command);
        append_bulk(text, sds_view(rebuild->key));
        append_head(text, '$', piece->total);
    }
    *text = sds_append(*text, piece->first);
    if (piece->offset + piece->first.length == piece->total) {
        *text = sds_append(*text, BYTES("\r\n"));
    }
}

/* ---- Streams ---- */

static void append_id(sds *text, struct stream_id id) {
    char printed[STREAM_ID_TEXT_SIZE];
    append_bulk(text, (struct bytes){printed, stream_id_print(printed, id)});
}

/* The head of a command with these words and then the key. */
static void begin_command(const struct rebuild *rebuild, size_t word_count, const char *name,
                          const char *subcommand, sds *text) {
    append_head(text, '*', word_count);
    append_bulk(text, bytes_of_text(name));
    if (subcommand != NULL) {
        append_bulk(text, bytes_of_text(subcommand));
    }
    append_bulk(text, sds_view(rebuild->key));
}

static void add_node(const struct rebuild *rebuild, const struct value_piece *piece, sds *text) {
    enum { WORD_COUNT = 3 };
    const struct stream_node *node = piece->object;
    struct stream_id key = stream_id_decode((const uint8_t *)piece->first.data);
    struct stream_entry entry;
    bool has_entry = stream_node_first(node, key, &entry);
    for (; has_entry; has_entry = stream_node_next(node, key, &entry)) {
        if (entry.is_deleted) {
            continue;
        }
        begin_command(rebuild, WORD_COUNT + 2 * entry.pair_count, "XADD", NULL, text);
        append_id(text, entry.id);
        struct stream_pairs pairs;
        struct bytes field;
        struct bytes value;
        stream_pairs_begin(&pairs, &entry);
        while (stream_pairs_next(&pairs, &field, &value)) {
            append_bulk(text, field);
            append_bulk(text, value);
        }
    }
}

static void add_totals(const struct rebuild *rebuild, const struct stream_totals *totals,
                       sds *text) {
    enum { ADD_COUNT = 7, SET_COUNT = 7 };
    if (totals->length == 0) {
        begin_command(rebuild, ADD_COUNT, "XADD", NULL, text);
        append_bulk(text, BYTES("MAXLEN"));
        append_bulk(text, BYTES("0"));
        append_id(text,
                  stream_id_is_zero(totals->last_id) ? (struct stream_id){0, 1} : totals->last_id);
        append_bulk(text, BYTES("x"));
        append_bulk(text, BYTES("y"));
    }
    begin_command(rebuild, SET_COUNT, "XSETID", NULL, text);
    append_id(text, totals->last_id);
    append_bulk(text, BYTES("ENTRIESADDED"));
    append_number(text, (int64_t)totals->entries_added);
    append_bulk(text, BYTES("MAXDELETEDID"));
    append_id(text, totals->max_deleted_id);
}

static void add_group(struct rebuild *rebuild, const struct value_piece *piece, sds *text) {
    enum { WORD_COUNT = 7 };
    const struct stream_group *group = piece->object;
    begin_command(rebuild, WORD_COUNT, "XGROUP", "CREATE", text);
    append_bulk(text, piece->first);
    append_id(text, group->last_delivered);
    append_bulk(text, BYTES("ENTRIESREAD"));
    append_number(text, group->entries_read);
    sds_set_length(rebuild->group, 0);
    rebuild->group = sds_append(rebuild->group, piece->first);
}

static void add_consumer(struct rebuild *rebuild, const struct value_piece *piece, sds *text) {
    enum { WORD_COUNT = 5 };
    sds_set_length(rebuild->consumer, 0);
    rebuild->consumer = sds_append(rebuild->consumer, piece->first);
    /* Claims make the others; the one who stands for entries that nobody has is not made. */
    const struct stream_consumer *consumer = piece->object;
    if (consumer->pending != NULL && id_map_count(consumer->pending) == 0) {
        begin_command(rebuild, WORD_COUNT, "XGROUP", "CREATECONSUMER", text);
        append_bulk(text, sds_view(rebuild->group));
        append_bulk(text, piece->first);
    }
}

/* An entry that nobody has. */
static void add_given_back(const struct rebuild *rebuild, struct stream_id id,
                           const struct stream_pending *pending, sds *text) {
    enum { WORD_COUNT = 10 };
    begin_command(rebuild, WORD_COUNT, "XNACK", NULL, text);
    append_bulk(text, sds_view(rebuild->group));
    append_bulk(text, BYTES("FAIL"));
    append_bulk(text, BYTES("IDS"));
    append_bulk(text, BYTES("1"));
    append_id(text, id);
    append_bulk(text, BYTES("RETRYCOUNT"));
    append_number(text, pending->delivery_count);
    append_bulk(text, BYTES("FORCE"));
}

static void add_pending(const struct rebuild *rebuild, const struct value_piece *piece, sds *text) {
    enum { WORD_COUNT = 12 };
    const struct stream_pending *pending = piece->object;
    struct stream_id id;
    memcpy(&id, piece->first.data, sizeof id);
    if (pending->consumer == NULL) {
        add_given_back(rebuild, id, pending, text);
        return;
    }
    begin_command(rebuild, WORD_COUNT, "XCLAIM", NULL, text);
    append_bulk(text, sds_view(rebuild->group));
    append_bulk(text, sds_view(rebuild->consumer));
    append_bulk(text, BYTES("0"));
    append_id(text, id);
    append_bulk(text, BYTES("TIME"));
    append_number(text, pending->delivered_ms);
    append_bulk(text, BYTES("RETRYCOUNT"));
    append_number(text, pending->delivery_count);
    append_bulk(text, BYTES("JUSTID"));
    append_bulk(text, BYTES("FORCE"));
}

static void add_limits(const struct rebuild *rebuild, const struct stream_producer_limits *limits,
                       sds *text) {
    size_t option_count = (limits->seconds != 0) + (size_t)(limits->record_count != 0);
    begin_command(rebuild, 2 + 2 * option_count, "XCFGSET", NULL, text);
    if (limits->seconds != 0) {
        append_bulk(text, BYTES("IDMP-DURATION"));
        append_number(text, limits->seconds);
    }
    if (limits->record_count != 0) {
        append_bulk(text, BYTES("IDMP-MAXSIZE"));
        append_number(text, limits->record_count);
    }
}

static void add_record(const struct rebuild *rebuild, const struct value_piece *piece, sds *text) {
    enum { WORD_COUNT = 5 };
    const struct stream_id *id = piece->object;
    begin_command(rebuild, WORD_COUNT, "XIDMPRECORD", NULL, text);
    append_bulk(text, piece->first);
    append_bulk(text, piece->second);
    append_id(text, *id);
}

static void add_stream_piece(struct rebuild *rebuild, const struct value_piece *piece, sds *text) {
    switch ((int)piece->kind) {
    case PIECE_STREAM_NODE:
        add_node(rebuild, piece, text);
        return;
    case PIECE_STREAM_TOTALS:
        add_totals(rebuild, piece->object, text);
        return;
    case PIECE_STREAM_GROUP:
        add_group(rebuild, piece, text);
        return;
    case PIECE_STREAM_CONSUMER:
        add_consumer(rebuild, piece, text);
        return;
    case PIECE_STREAM_OWN:
        add_pending(rebuild, piece, text);
        return;
    case PIECE_STREAM_LIMITS:
        add_limits(rebuild, piece->object, text);
        return;
    case PIECE_STREAM_RECORD:
        add_record(rebuild, piece, text);
        return;
    case PIECE_STREAM_PENDING:   /* Told with the consumer. */
    case PIECE_STREAM_CONSUMERS: /* Only a number. */
        return;
    default:
        UNREACHABLE();
    }
}

/* ---- Public ---- */

static const struct rebuild_row *find_row(enum value_type type) {
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strcmp(rows[i].type_name, value_ops_type_name(type)) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

void rebuild_begin(struct rebuild *rebuild, const struct snapshot_item *item,
                   const struct value_shape *shape, sds *text) {
    if (rebuild->database_index != item->database_index) {
        rebuild->database_index = item->database_index;
        *text = sds_append(*text, BYTES(AOF_LINE_SEPARATOR));
        append_head(text, '*', 2);
        append_bulk(text, BYTES("SELECT"));
        append_number(text, item->database_index);
    }
    if (lock_value_is(item->value)) {
        struct lock_fields fields = lock_value_fields(item->value);
        *text = sds_append_format(*text, "#LOCK %llu %lld\r\n", (unsigned long long)fields.token,
                                  (long long)fields.hold_count);
    }
    sds_set_length(rebuild->key, 0);
    rebuild->key = sds_append(rebuild->key, item->key);
    rebuild->deadline_ms = item->deadline_ms;
    rebuild->row = find_row((enum value_type)item->value->type);
    rebuild->has_field_deadlines = shape->has_deadlines;
}

void rebuild_piece(struct rebuild *rebuild, const struct value_piece *piece, sds *text) {
    char printed[TEXT_DOUBLE_MAX_SIZE];
    switch (piece->kind) {
    case PIECE_INTEGER:
        append_head(text, '*', 3);
        append_bulk(text, BYTES("SET"));
        append_bulk(text, sds_view(rebuild->key));
        append_number(text, piece->integer);
        return;
    case PIECE_TEXT:
    case PIECE_PLAIN:
        add_part(rebuild, piece, text);
        return;
    case PIECE_LISTPACK:
        add_listpack(rebuild, piece->first, text);
        return;
    case PIECE_INTSET:
        add_intset(rebuild, piece->first, text);
        return;
    case PIECE_ELEMENT:
        add_item(rebuild, piece->first, (struct bytes){NULL, 0}, text);
        return;
    case PIECE_FIELD:
        add_field(rebuild, piece->first, piece->second, piece->deadline_ms, text);
        return;
    case PIECE_SCORED:
        add_item(rebuild, piece->first,
                 (struct bytes){printed, text_print_double(printed, piece->score)}, text);
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
        add_stream_piece(rebuild, piece, text);
        return;
    }
}

void rebuild_end(struct rebuild *rebuild, sds *text) {
    enum { WORD_COUNT = 3 };
    if (rebuild->row != NULL) {
        flush_items(rebuild, text);
    }
    if (rebuild->deadline_ms >= 0) {
        append_head(text, '*', WORD_COUNT);
        append_bulk(text, BYTES("PEXPIREAT"));
        append_bulk(text, sds_view(rebuild->key));
        append_number(text, rebuild->deadline_ms);
    }
}

void rebuild_forget_database(struct rebuild *rebuild) {
    rebuild->database_index = NO_DATABASE;
}

struct whole {
    struct rebuild *rebuild;
    sds *text;
};

static void take_piece(void *context, const struct value_piece *piece) {
    const struct whole *whole = context;
    rebuild_piece(whole->rebuild, piece, whole->text);
}

void rebuild_value(struct rebuild *rebuild, const struct snapshot_item *item, sds *text) {
    struct value_shape shape = value_ops_shape(item->value);
    rebuild_begin(rebuild, item, &shape, text);
    struct whole whole = {rebuild, text};
    value_ops_pieces(item->value, take_piece, &whole);
    rebuild_end(rebuild, text);
}
