/*
 * Effects of the running request are kept as one block of bytes with the lengths beside it, and
 * handed over when the request (or the outermost transaction) ends: only then is it known whether
 * they are one command or need MULTI and EXEC around them.
 */
#include "server/propagate.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "base/text.h"
#include "structs/journal.h"

#include <string.h>

enum {
    NO_DATABASE = -1,
    HEAD_SIZE = TEXT_INT64_MAX_SIZE + 3, /* "$", a number, and a line end */
    LINE_END_SIZE = 2,
};

/* One command among the effects. */
struct effect {
    unsigned targets; /* of the journal */
    int database_index;
    size_t first_length;
    size_t argc;
    bool is_annotation;
};

struct effects {
    bool is_recorded;
    struct effect *items;
    size_t count;
    size_t annotation_count; /* of these */
    size_t capacity;
    size_t *lengths;
    size_t length_count;
    size_t length_capacity;
    sds bytes;
};

struct propagate {
    const struct effect_sink *sinks;
    size_t sink_count;
    struct journal *journal; /* NULL when there is none */
    struct effects effects;
    unsigned transaction_depth;
    int database_index; /* that those who record know as selected */
    bool has_timestamps;
    int64_t last_timestamp; /* in seconds */
    struct bytes *args;     /* scratch */
    size_t arg_capacity;
    effect_observer observer; /* NULL when there is none */
    void *observer_context;
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

void propagate_set_journal(struct propagate *propagate, struct journal *journal) {
    propagate->journal = journal;
    propagate->effects.is_recorded = journal != NULL || propagate->sink_count > 0;
    propagate->database_index = NO_DATABASE;
}

void propagate_set_timestamps(struct propagate *propagate, bool are_wanted) {
    propagate->has_timestamps = are_wanted;
}

void propagate_set_observer(struct propagate *propagate, effect_observer observer, void *context) {
    propagate->observer = observer;
    propagate->observer_context = context;
}

void propagate_force_select(struct propagate *propagate) {
    propagate->database_index = NO_DATABASE;
}

bool propagate_is_active(const struct propagate *propagate) {
    return propagate->effects.is_recorded;
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
    effects_add_for(effects, JOURNAL_EVERYBODY, database_index, args, argc);
}

void effects_add_for(struct effects *effects, unsigned targets, int database_index,
                     const struct bytes *args, size_t argc) {
    if (!effects->is_recorded || targets == 0) {
        return;
    }
    effects->items =
        with_room(effects->items, effects->count, &effects->capacity, sizeof *effects->items);
    effects->items[effects->count++] =
        (struct effect){targets, database_index, effects->length_count, argc, false};
    for (size_t i = 0; i < argc; i++) {
        effects->lengths = with_room(effects->lengths, effects->length_count,
                                     &effects->length_capacity, sizeof *effects->lengths);
        effects->lengths[effects->length_count++] = args[i].length;
        effects->bytes = sds_append(effects->bytes, args[i]);
    }
}

void effects_annotate(struct effects *effects, int database_index, const struct bytes *words,
                      size_t count) {
    if (!effects->is_recorded) {
        return;
    }
    effects_add(effects, database_index, words, count);
    effects->items[effects->count - 1].is_annotation = true;
    effects->annotation_count++;
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

/* ---- The journal ---- */

static char *write_head(char *at, char kind, size_t number) {
    *at++ = kind;
    at += text_print_uint64(at, number);
    *at++ = '\r';
    *at++ = '\n';
    return at;
}

static void write_to_journal(struct journal *journal, unsigned targets, const struct bytes *args,
                             size_t argc) {
    size_t size_max = HEAD_SIZE;
    for (size_t i = 0; i < argc; i++) {
        size_max += HEAD_SIZE + args[i].length + LINE_END_SIZE;
    }
    char *start = journal_reserve(journal, size_max);
    char *at = write_head(start, '*', argc);
    for (size_t i = 0; i < argc; i++) {
        at = write_head(at, '$', args[i].length);
        if (args[i].length > 0) {
            memcpy(at, args[i].data, args[i].length);
        }
        at += args[i].length;
        *at++ = '\r';
        *at++ = '\n';
    }
    journal_commit(journal, (size_t)(at - start), targets);
}

/* A line that loaders skip; between requests only. */
static void write_timestamp(struct propagate *propagate) {
    int64_t second = clock_unix_ms() / CLOCK_MS_PER_SECOND;
    if (second == propagate->last_timestamp) {
        return;
    }
    propagate->last_timestamp = second;
    static const char head[] = "#TS:";
    char line[sizeof head + HEAD_SIZE];
    memcpy(line, head, sizeof head);
    size_t length = sizeof head - 1;
    length += text_print_int64(line + length, second);
    line[length++] = '\r';
    line[length++] = '\n';
    journal_append(propagate->journal, (struct bytes){line, length}, JOURNAL_FILE);
}

static void write_command(struct propagate *propagate, unsigned targets, int database_index,
                          const struct bytes *args, size_t argc) {
    if (propagate->journal != NULL) {
        write_to_journal(propagate->journal, targets, args, argc);
    }
    for (size_t i = 0; i < propagate->sink_count && (targets & JOURNAL_FILE) != 0; i++) {
        propagate->sinks[i].write(propagate->sinks[i].context, database_index, args, argc);
    }
}

/* A line of words, for the file only; sinks see it as a command. */
static void write_annotation(struct propagate *propagate, int database_index,
                             const struct bytes *words, size_t count) {
    sds line = sds_with_capacity(0);
    for (size_t i = 0; i < count; i++) {
        line = sds_append(i == 0 ? line : sds_append(line, BYTES(" ")), words[i]);
    }
    line = sds_append(line, BYTES("\r\n"));
    if (propagate->journal != NULL) {
        journal_append(propagate->journal, sds_view(line), JOURNAL_FILE);
    }
    sds_free(line);
    for (size_t i = 0; i < propagate->sink_count; i++) {
        propagate->sinks[i].write(propagate->sinks[i].context, database_index, words, count);
    }
}

static void select_database(struct propagate *propagate, int database_index) {
    if (LIKELY(propagate->database_index == database_index)) {
        return;
    }
    char digits[TEXT_INT64_MAX_SIZE];
    size_t length = text_print_int64(digits, database_index);
    struct bytes args[] = {BYTES("SELECT"), {digits, length}};
    write_command(propagate, JOURNAL_EVERYBODY, database_index, args, ARRAY_SIZE(args));
    propagate->database_index = database_index;
}

bool propagate_verbatim(struct propagate *propagate, int database_index, struct bytes request,
                        const struct bytes *args, size_t argc) {
    if (propagate->effects.count > 0 || propagate->transaction_depth > 0 ||
        propagate->sink_count > 0) {
        return false;
    }
    if (UNLIKELY(propagate->has_timestamps)) {
        write_timestamp(propagate);
    }
    select_database(propagate, database_index);
    journal_append(propagate->journal, request, JOURNAL_EVERYBODY);
    journal_end_request(propagate->journal);
    if (propagate->observer != NULL) {
        propagate->observer(propagate->observer_context, args, argc);
    }
    return true;
}

/*
 * Makes the scratch views of an effect's arguments, which stand at `at`. Returns where those of the
 * next one begin.
 */
static const char *view_args(struct propagate *propagate, const struct effect *effect,
                             const char *at) {
    while (propagate->arg_capacity < effect->argc) {
        propagate->args = with_room(propagate->args, propagate->arg_capacity,
                                    &propagate->arg_capacity, sizeof *propagate->args);
    }
    for (size_t i = 0; i < effect->argc; i++) {
        size_t length = propagate->effects.lengths[effect->first_length + i];
        propagate->args[i] = (struct bytes){at, length};
        at += length;
    }
    return at;
}

static const char *write_effect(struct propagate *propagate, const struct effect *effect,
                                const char *at) {
    at = view_args(propagate, effect, at);
    select_database(propagate, effect->database_index);
    if (effect->is_annotation) {
        write_annotation(propagate, effect->database_index, propagate->args, effect->argc);
    } else {
        write_command(propagate, effect->targets, effect->database_index, propagate->args,
                      effect->argc);
    }
    return at;
}

static void tell_observer(struct propagate *propagate) {
    const struct effects *effects = &propagate->effects;
    const char *at = effects->bytes;
    for (size_t i = 0; i < effects->count; i++) {
        at = view_args(propagate, &effects->items[i], at);
        if (!effects->items[i].is_annotation) {
            propagate->observer(propagate->observer_context, propagate->args,
                                effects->items[i].argc);
        }
    }
}

/* MULTI or EXEC, for everybody who gets something of what is between them. */
static void write_bracket(struct propagate *propagate, unsigned targets, struct bytes word) {
    write_command(propagate, targets, propagate->database_index, &word, 1);
}

static unsigned all_targets(const struct effects *effects) {
    unsigned targets = 0;
    for (size_t i = 0; i < effects->count; i++) {
        targets |= effects->items[i].targets;
    }
    return targets;
}

static void flush(struct propagate *propagate, bool belong_together) {
    struct effects *effects = &propagate->effects;
    if (effects->count == 0 || propagate->transaction_depth > 0) {
        return;
    }
    bool is_transaction = effects->count - effects->annotation_count > 1 && belong_together;
    unsigned targets = is_transaction ? all_targets(effects) : 0;
    if (propagate->has_timestamps && propagate->journal != NULL) {
        write_timestamp(propagate);
    }
    select_database(propagate, effects->items[0].database_index);
    if (is_transaction) {
        write_bracket(propagate, targets, BYTES("MULTI"));
    }
    const char *at = effects->bytes;
    for (size_t i = 0; i < effects->count; i++) {
        at = write_effect(propagate, &effects->items[i], at);
        if (!belong_together && propagate->journal != NULL) {
            journal_end_request(propagate->journal);
        }
    }
    if (is_transaction) {
        write_bracket(propagate, targets, BYTES("EXEC"));
    }
    if (propagate->journal != NULL) {
        journal_end_request(propagate->journal);
    }
    if (propagate->observer != NULL) {
        tell_observer(propagate);
    }
    effects->count = 0;
    effects->annotation_count = 0;
    effects->length_count = 0;
    sds_set_length(effects->bytes, 0);
}

void propagate_abandon(struct propagate *propagate) {
    propagate->effects.is_recorded = false;
    propagate->effects.count = 0;
    propagate->effects.annotation_count = 0;
    propagate->effects.length_count = 0;
    sds_set_length(propagate->effects.bytes, 0);
}

void propagate_flush(struct propagate *propagate) {
    flush(propagate, true);
}

void propagate_flush_singly(struct propagate *propagate) {
    flush(propagate, false);
}
