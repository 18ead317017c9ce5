/*
 * requests: a batch is encoded once for each connection; afterwards only the 12 digits of its keys
 * are overwritten. That costs the generator a few nanoseconds a request, and a pass over the key
 * order touches each key once, in an order that no cache can foresee.
 */
#include "bench/requests.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_PREFIX_SIZE = 4,
    KEY_SIZE = KEY_PREFIX_SIZE + REQUESTS_DIGITS,
    NUMBER_TEXT_SIZE = 32,
    FIRST_CAPACITY = 256,
    /* The smallest integer of 8 digits, what %i counts from. */
    INTEGER_BASE = 10000000,
    LETTER_COUNT = 26,
    XORSHIFT_A = 13,
    XORSHIFT_B = 7,
    XORSHIFT_C = 17
};

void *bench_allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) {
        fprintf(stderr, "bench: no memory for %zu times %zu bytes\n", count, size);
        exit(EXIT_FAILURE);
    }
    return memory;
}

/* G. Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t random_next(uint64_t *state) {
    *state ^= *state << XORSHIFT_A;
    *state ^= *state >> XORSHIFT_B;
    *state ^= *state << XORSHIFT_C;
    return *state;
}

void text_append(struct text *text, const char *bytes, size_t size) {
    if (text->size + size > text->capacity) {
        size_t capacity = 2 * (text->size + size) + FIRST_CAPACITY;
        char *grown = bench_allocate(capacity, 1);
        if (text->size > 0) {
            memcpy(grown, text->bytes, text->size);
        }
        free(text->bytes);
        text->bytes = grown;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

void text_release(struct text *text) {
    free(text->bytes);
    *text = (struct text){0};
}

static void append_header(struct text *text, char kind, size_t number) {
    char header[NUMBER_TEXT_SIZE];
    int size = snprintf(header, sizeof(header), "%c%zu\r\n", kind, number);
    text_append(text, header, (size_t)size);
}

static void append_bulk(struct text *text, const char *bytes, size_t size) {
    append_header(text, '$', size);
    text_append(text, bytes, size);
    text_append(text, "\r\n", 2);
}

static void append_key(struct text *text, const char *prefix, uint64_t number) {
    char key[KEY_SIZE + 1];
    char digits[NUMBER_TEXT_SIZE];
    (void)snprintf(digits, sizeof(digits), "%012" PRIu64, number);
    memcpy(key, prefix, KEY_PREFIX_SIZE);
    memcpy(key + KEY_PREFIX_SIZE, digits, REQUESTS_DIGITS);
    append_bulk(text, key, KEY_SIZE);
}

static void append_word(struct text *text, const char *word, size_t size,
                        const struct request_values *values) {
    char kind = size == 2 && word[0] == '%' ? word[1] : '\0';
    if (kind == 'k' || kind == 'K') {
        append_key(text, "key:", values->key);
    } else if (kind == 'l' || kind == 'L') {
        append_key(text, "lck:", values->key);
    } else if (kind == 'c') {
        append_key(text, "lst:", values->connection);
    } else if (kind == 'p') {
        append_key(text, "lst:", values->connection ^ 1U);
    } else if (kind == 'v') {
        append_bulk(text, values->value, values->value_size);
    } else if (kind == 'i') {
        char digits[NUMBER_TEXT_SIZE];
        int length = snprintf(digits, sizeof(digits), "%" PRIu64, INTEGER_BASE + values->key);
        append_bulk(text, digits, (size_t)length);
    } else {
        append_bulk(text, word, size);
    }
}

static const char *next_word(const char *words, size_t *size) {
    words += strspn(words, " ");
    *size = strcspn(words, " ;");
    return words;
}

static size_t word_count(const char *words) {
    size_t count = 0;
    size_t size = 0;
    for (words = next_word(words, &size); size > 0; words = next_word(words + size, &size)) {
        count++;
    }
    return count;
}

void requests_encode(struct text *text, const char *words, const struct request_values *values) {
    append_header(text, '*', word_count(words));
    size_t size = 0;
    for (words = next_word(words, &size); size > 0; words = next_word(words + size, &size)) {
        append_word(text, words, size, values);
    }
}

size_t requests_program_length(const char *program) {
    size_t count = 1;
    for (; *program != '\0'; program++) {
        count += *program == ';';
    }
    return count;
}

static const char *program_request(const char *program, size_t index) {
    for (index %= requests_program_length(program); index > 0; index--) {
        program = strchr(program, ';') + 1;
    }
    return program;
}

/* Notes the keys of a request that was just appended: in words and bytes they come in one order. */
static void note_places(struct batch *batch, const char *words, size_t start) {
    size_t size = 0;
    size_t offset = start;
    for (words = next_word(words, &size); size > 0; words = next_word(words + size, &size)) {
        char kind = size == 2 && words[0] == '%' ? words[1] : '\0';
        if (kind == '\0' || strchr("kKlL", kind) == NULL) {
            continue;
        }
        const char *prefix = kind == 'k' || kind == 'K' ? "key:" : "lck:";
        const char *found =
            memmem(batch->text.bytes + offset, batch->text.size - offset, prefix, KEY_PREFIX_SIZE);
        offset = (size_t)(found - batch->text.bytes) + KEY_PREFIX_SIZE;
        batch->places[batch->place_count++] = (struct key_place){
            .offset = (uint32_t)offset,
            .is_next = kind == 'k' || kind == 'l',
        };
    }
}

void batch_init(struct batch *batch, const char *program, size_t first, size_t depth,
                const struct request_values *values) {
    *batch = (struct batch){0};
    size_t words = 0;
    for (size_t i = 0; i < depth; i++) {
        words += word_count(program_request(program, first + i));
    }
    batch->places = bench_allocate(words, sizeof(*batch->places));
    for (size_t i = 0; i < depth; i++) {
        const char *request = program_request(program, first + i);
        size_t start = batch->text.size;
        requests_encode(&batch->text, request, values);
        note_places(batch, request, start);
    }
}

void batch_set_keys(struct batch *batch, const struct key_order *order, size_t *cursor) {
    size_t position = *cursor;
    for (size_t i = 0; i < batch->place_count; i++) {
        const struct key_place *place = &batch->places[i];
        position += place->is_next;
        if (position >= order->count) {
            position = 0;
        }
        memcpy(batch->text.bytes + place->offset, order->digits[position], REQUESTS_DIGITS);
    }
    *cursor = position;
}

void batch_release(struct batch *batch) {
    text_release(&batch->text);
    free(batch->places);
    batch->places = NULL;
}

static void write_digits(char *digits, uint64_t number) {
    char text[NUMBER_TEXT_SIZE];
    (void)snprintf(text, sizeof(text), "%012" PRIu64, number);
    memcpy(digits, text, REQUESTS_DIGITS);
}

void key_order_init(struct key_order *order, size_t count, uint64_t seed) {
    order->count = count;
    order->digits = bench_allocate(count, sizeof(*order->digits));
    uint64_t state = seed;
    for (size_t i = 0; i < count; i++) {
        /* Fisher and Yates: the new number takes a random place, whose owner moves to the end. */
        size_t place = (size_t)(random_next(&state) % (i + 1));
        memcpy(order->digits[i], order->digits[place], REQUESTS_SLOT_SIZE);
        write_digits(order->digits[place], i);
    }
}

void key_order_release(struct key_order *order) {
    free(order->digits);
    *order = (struct key_order){0};
}

void requests_fill_value(char *value, size_t size, uint64_t seed) {
    uint64_t state = seed;
    for (size_t i = 0; i < size; i++) {
        value[i] = (char)('a' + (char)(random_next(&state) % LETTER_COUNT));
    }
}
