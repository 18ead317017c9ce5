/*
 * Effects of the running request are kept as one block of bytes with the lengths beside it, and
 * handed over when the request (or the outermost transaction) ends: only then is it known whether
 * they are one command or need MULTI and EXEC around them.
 */
#include "server/propagate.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "base/text.h"

enum { NO_DATABASE = -1 };

/* One command among the effects. */
struct effect {
    int database_index;
    size_t first_length;
    size_t argc;
};

struct effects {
    bool is_recorded;
    struct effect *items;
    size_t count;
    size_t capacity;
    size_t *lengths;
    size_t length_count;
    size_t length_capacity;
    sds bytes;
};

struct propagate {
    const struct effect_sink *sinks;
    size_t sink_count;
    struct effects effects;
    unsigned transaction_depth;
    int database_index; /* that the sinks know as selected */
    struct bytes *args; /* scratch */
    size_t arg_capacity;
};

struct propagate *propagate_create(const struct effect_sink *sinks, size_t sink_count) {
    struct propagate *propagate = alloc_zeroed(sizeof *propagate);
    propagate->sinks = sinks;
    propagate->sink_count = sink_count;
    propagate->effects.is_recorded = sink_count > 0;
    propagate->effects.bytes = sds_with_capacity(0);
    propagate->database_index = NO_DATABASE;
    return propagate;
}

void propagate_destroy(struct propagate *propagate) {
    if (propagate == NULL) {
        return;
    }
    alloc_free(propagate->effects.items);
    alloc_free(propagate->effects.lengths);
    sds_free(propagate->effects.bytes);
    alloc_free(propagate->args);
    alloc_free(propagate);
}

bool propagate_is_active(const struct propagate *propagate) {
    return propagate->sink_count > 0;
}

struct effects *propagate_effects(struct propagate *propagate) {
    return &propagate->effects;
}

/* Doubles an array that is full. Returns the new array. */
static void *with_room(void *array, size_t count, size_t *capacity, size_t item_size) {
    enum { CAPACITY_MIN = 16 };
    if (count < *capacity) {
        return array;
    }
    *capacity = *capacity == 0 ? CAPACITY_MIN : 2 * *capacity;
    return alloc_resize(array, *capacity * item_size);
}

void effects_add(struct effects *effects, int database_index, const struct bytes *args,
                 size_t argc) {
    if (!effects->is_recorded) {
        return;
    }
    effects->items =
        with_room(effects->items, effects->count, &effects->capacity, sizeof *effects->items);
    effects->items[effects->count++] = (struct effect){database_index, effects->length_count, argc};
    for (size_t i = 0; i < argc; i++) {
        effects->lengths = with_room(effects->lengths, effects->length_count,
                                     &effects->length_capacity, sizeof *effects->lengths);
        effects->lengths[effects->length_count++] = args[i].length;
        effects->bytes = sds_append(effects->bytes, args[i]);
    }
}

void propagate_begin_transaction(struct propagate *propagate) {
    propagate->transaction_depth++;
}

void propagate_end_transaction(struct propagate *propagate) {
    ASSERT(propagate->transaction_depth > 0);
    if (--propagate->transaction_depth == 0) {
        propagate_flush(propagate);
    }
}

static void write_to_sinks(struct propagate *propagate, int database_index,
                           const struct bytes *args, size_t argc) {
    for (size_t i = 0; i < propagate->sink_count; i++) {
        propagate->sinks[i].write(propagate->sinks[i].context, database_index, args, argc);
    }
}

static void select_database(struct propagate *propagate, int database_index) {
    if (propagate->database_index == database_index) {
        return;
    }
    char digits[TEXT_INT64_MAX_SIZE];
    size_t length = text_print_int64(digits, database_index);
    struct bytes args[] = {BYTES("SELECT"), {digits, length}};
    write_to_sinks(propagate, database_index, args, ARRAY_SIZE(args));
    propagate->database_index = database_index;
}

void propagate_flush(struct propagate *propagate) {
    struct effects *effects = &propagate->effects;
    if (effects->count == 0 || propagate->transaction_depth > 0) {
        return;
    }
    bool is_transaction = effects->count > 1;
    select_database(propagate, effects->items[0].database_index);
    if (is_transaction) {
        write_to_sinks(propagate, propagate->database_index, (struct bytes[]){BYTES("MULTI")}, 1);
    }
    const char *at = effects->bytes;
    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->items[i];
        while (propagate->arg_capacity < effect->argc) {
            propagate->args = with_room(propagate->args, propagate->arg_capacity,
                                        &propagate->arg_capacity, sizeof *propagate->args);
        }
        for (size_t j = 0; j < effect->argc; j++) {
            size_t length = effects->lengths[effect->first_length + j];
            propagate->args[j] = (struct bytes){at, length};
            at += length;
        }
        select_database(propagate, effect->database_index);
        write_to_sinks(propagate, effect->database_index, propagate->args, effect->argc);
    }
    if (is_transaction) {
        write_to_sinks(propagate, propagate->database_index, (struct bytes[]){BYTES("EXEC")}, 1);
    }
    effects->count = 0;
    effects->length_count = 0;
    sds_set_length(effects->bytes, 0);
}
