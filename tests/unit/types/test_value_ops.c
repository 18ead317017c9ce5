#include "types/value_ops.h"

#include "base/alloc.h"
#include "structs/table.h"
#include "support/unit.h"
#include "types/hash_type.h"
#include "types/list_type.h"
#include "types/set_type.h"
#include "types/stream_type.h"
#include "types/string_type.h"
#include "types/zset_type.h"

#include <string.h>

/* Makes a value of a type with `count` elements "0", "1", … (fields have their name as value). */
static void build(enum value_type type, size_t count, struct value *value) {
    char text[32];
    switch (type) {
    case VALUE_STRING:
        string_value_of_raw(sds_new(BYTES("text")), value);
        return;
    case VALUE_LIST:
        list_type_create(value);
        break;
    case VALUE_SET:
        set_type_create_empty(value);
        break;
    case VALUE_ZSET:
        zset_type_create(value);
        break;
    case VALUE_HASH:
        hash_type_create(value);
        break;
    case VALUE_STREAM:
        stream_type_create(value);
        break;
    case VALUE_TYPE_COUNT:
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct bytes element = {text, (size_t)snprintf(text, sizeof text, "e%zu", i)};
        struct bytes pair[] = {element, element};
        if (type == VALUE_LIST) {
            list_type_prepare(value, &element, 1);
            list_type_push(value, element, LIST_TAIL);
        } else if (type == VALUE_SET) {
            require(set_type_add(value, element));
        } else if (type == VALUE_ZSET) {
            require(zset_type_set(value, element, (double)i));
        } else if (type == VALUE_STREAM) {
            stream_append(stream_of(value), (struct stream_id){i + 1, 0}, pair, 1);
        } else {
            hash_type_prepare(value, pair, 1);
            require(hash_type_set(value, element, element, false));
        }
    }
}

static void count_walked(void *context, struct bytes first, struct bytes second) {
    (void)second;
    require(first.length > 0);
    (*(size_t *)context)++;
}

static size_t walked(const struct value *value) {
    size_t count = 0;
    value_ops_walk(value, count_walked, &count);
    return count;
}

Test(value_ops, types_have_the_names_of_type) {
    static const char *const names[] = {"string", "list", "set", "zset", "hash", "stream"};
    for (int type = 0; type < VALUE_TYPE_COUNT; type++) {
        cr_assert_str_eq(value_ops_type_name((enum value_type)type), names[type]);
    }
}

Test(value_ops, every_type_counts_walks_copies_and_frees) {
    static const size_t counts[] = {1, 20, 3000};
    for (int type = 0; type < VALUE_TYPE_COUNT; type++) {
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            size_t before = alloc_used_bytes();
            struct value value;
            build((enum value_type)type, counts[i], &value);
            size_t count = type == VALUE_STRING ? 1 : counts[i];
            /* Of an entry of a stream its id is visited, too. */
            size_t visits = type == VALUE_STREAM ? 2 * count : count;
            const struct table *table = value_ops_inner_table(&value);
            bool has_table = type == VALUE_SET || type == VALUE_ZSET || type == VALUE_HASH;
            require((table != NULL) == (has_table && counts[i] == 3000));
            require(table == NULL || table_count(table) == count);
            require(walked(&value) == visits);
            require(value_ops_length(&value) == (type == VALUE_STRING ? 4 : count));
            require(!value_ops_is_empty(&value));
            size_t built = alloc_used_bytes() - before;
            size_t memory = value_ops_memory(&value, 0);
            require(memory > 0 && memory <= built + built / 4 + 64);
            require(built <= memory + memory / 4 + 256);
            require(value_ops_free_effort(&value) >= 1);
            struct value copy;
            value_ops_copy(&value, &copy);
            value_ops_free(&value);
            require(walked(&copy) == visits);
            require(copy.type == type);
            value_ops_free(&copy);
            require(alloc_used_bytes() == before);
        }
    }
}

Test(value_ops, encodings_have_the_names_of_object_encoding) {
    static const struct {
        enum value_type type;
        size_t count;
        const char *name;
    } rows[] = {
        {VALUE_STRING, 0, "raw"},        {VALUE_LIST, 3, "listpack"},
        {VALUE_LIST, 5000, "quicklist"}, {VALUE_SET, 3, "listpack"},
        {VALUE_SET, 129, "hashtable"},   {VALUE_ZSET, 3, "listpack"},
        {VALUE_ZSET, 129, "skiplist"},   {VALUE_HASH, 3, "listpack"},
        {VALUE_HASH, 513, "hashtable"},  {VALUE_STREAM, 3, "stream"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value value;
        build(rows[i].type, rows[i].count, &value);
        require_text(bytes_of_text(value_ops_encoding_name(&value)), rows[i].name);
        value_ops_free(&value);
    }
}

Test(value_ops, a_collection_without_elements_is_empty) {
    for (int type = VALUE_LIST; type < VALUE_TYPE_COUNT; type++) {
        struct value value;
        build((enum value_type)type, 0, &value);
        require(value_ops_is_empty(&value) == (type != VALUE_STREAM));
        require(walked(&value) == 0);
        value_ops_free(&value);
    }
    struct value value;
    string_value_of(BYTES(""), &value);
    cr_assert_not(value_ops_is_empty(&value));
}

/* ---- Pieces ---- */

struct pieces {
    size_t count;
    size_t bytes;
};

static void count_piece(void *context, const struct value_piece *piece) {
    struct pieces *pieces = context;
    pieces->count++;
    pieces->bytes += piece->first.length;
}

Test(value_ops, the_pieces_are_as_many_as_the_shape_says) {
    for (int type = 0; type < VALUE_TYPE_COUNT; type++) {
        for (size_t count = 5; count < 6000; count *= 30) {
            struct value value;
            build((enum value_type)type, count, &value);
            struct value_shape shape = value_ops_shape(&value);
            struct pieces pieces = {0};
            value_ops_pieces(&value, count_piece, &pieces);
            switch (shape.form) {
            case FORM_TEXT:
                require(pieces.count == 1 && pieces.bytes == shape.count);
                break;
            case FORM_BLOCK:
                require(pieces.count == 1);
                break;
            case FORM_NODES:
            case FORM_ELEMENTS:
                require(pieces.count == shape.count);
                break;
            case FORM_STREAM:
                require(pieces.count == shape.count + 1); /* the totals */
                break;
            }
            value_ops_free(&value);
        }
    }
}

Test(value_ops, a_kept_value_gives_the_pieces_of_its_beginning) {
    for (int type = VALUE_LIST; type < VALUE_TYPE_COUNT; type++) {
        struct value value;
        build((enum value_type)type, 5000, &value);
        if (!value_ops_is_large(&value, 16)) {
            value_ops_free(&value);
            continue;
        }
        struct value_shape shape = value_ops_keep(&value);
        require(value_ops_kept(&value) != NULL);
        struct pieces pieces = {0};
        size_t slices = 0;
        while (!value_ops_walk_kept(&value, 500, count_piece, &pieces)) {
            slices++;
        }
        require(slices > 1);
        require(pieces.count == shape.count + (shape.form == FORM_STREAM));
        require(value_ops_kept(&value) == NULL);
        require(value_ops_length(&value) == 5000);
        value_ops_free(&value);
    }
}
