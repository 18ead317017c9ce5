/*
 * requests: a batch is encoded once for each connection; afterwards only the 12 digits of its keys
 * and numbers are overwritten. That costs the generator a few nanoseconds a request, and a pass
 * over the key order touches each key once, in an order that no cache can foresee.
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
    /* How far %h and %j are above %k and %i. */
    OVERLAP_DISTANCE = 5000,
    LETTER_COUNT = 26,
    XORSHIFT_A = 13,
    XORSHIFT_B = 7,
    XORSHIFT_C = 17
};

/* What %n counts from. */
static const char first_number[] = "100000000000";

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

/*
 * A coordinate, from 0 to 10 or from 40 to 50: places are spread so evenly that circles of one size
 * hold nearly the same number of them. M. Roberts, "The Unreasonable Effectiveness of Quasirandom
 * Sequences", 2018.
 */
static void append_coordinate(struct text *text, char axis, uint64_t key) {
    const double span = 10;
    const double first_latitude = 40;
    double part = (double)key * (axis == 'x' ? 0.7548776662466927 : 0.5698402909980532);
    double degrees = span * (part - (double)(uint64_t)part);
    char digits[NUMBER_TEXT_SIZE];
    int length =
        snprintf(digits, sizeof(digits), "%.6f", axis == 'x' ? degrees : first_latitude + degrees);
    append_bulk(text, digits, (size_t)length);
}

static char word_kind(const char *word, size_t size) {
    return size == 2 && word[0] == '%' ? word[1] : '\0';
}

static void append_word(struct text *text, const char *word, size_t size,
                        const struct request_values *values) {
    char kind = word_kind(word, size);
    if (kind == 'k' || kind == 'K') {
        append_key(text, "key:", values->key);
    } else if (kind == 'h') {
        append_key(text, "key:", values->key + OVERLAP_DISTANCE);
    } else if (kind == 'l' || kind == 'L') {
        append_key(text, "lck:", values->key);
    } else if (kind == 'c') {
        append_key(text, "lst:", values->connection);
    } else if (kind == 'p') {
        append_key(text, "lst:", values->connection ^ 1U);
    } else if (kind == 'v') {
        append_bulk(text, values->value, values->value_size);
    } else if (kind == 'i' || kind == 'j') {
        char digits[NUMBER_TEXT_SIZE];
        uint64_t number = INTEGER_BASE + values->key + (kind == 'j' ? OVERLAP_DISTANCE : 0);
        int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);
        append_bulk(text, digits, (size_t)length);
    } else if (kind == 't') {
        char digits[NUMBER_TEXT_SIZE];
        int length = snprintf(digits, sizeof(digits), "%" PRIu64, values->moment_ms);
        append_bulk(text, digits, (size_t)length);
    } else if (kind == 'x' || kind == 'y') {
        append_coordinate(text, kind, values->key);
    } else if (kind == 'n' || kind == 'N') {
        append_bulk(text, first_number, REQUESTS_DIGITS);
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

const char *requests_at(const char *program, size_t index) {
    for (index %= requests_program_length(program); index > 0; index--) {
        program = strchr(program, ';') + 1;
    }
    return program;
}

/* Notes where the digits of the word stand that was just appended. */
static void note_place(struct batch *batch, char kind) {
    if (kind != '\0' && strchr("kKlLnN", kind) != NULL) {
        size_t end = batch->text.size - strlen("\r\n");
        batch->places[batch->place_count++] = (struct digits_place){
            .offset = (uint32_t)(end - REQUESTS_DIGITS),
            .is_next = strchr("kln", kind) != NULL,
            .is_count = kind == 'n' || kind == 'N',
        };
    }
}

void batch_init(struct batch *batch, const char *program, size_t first, size_t depth,
                const struct request_values *values) {
    *batch = (struct batch){0};
    size_t count = 0;
    for (size_t i = 0; i < depth; i++) {
        count += word_count(requests_at(program, first + i));
    }
    batch->places = bench_allocate(count, sizeof(*batch->places));
    for (size_t i = 0; i < depth; i++) {
        const char *words = requests_at(program, first + i);
        size_t size = 0;
        append_header(&batch->text, '*', word_count(words));
        for (words = next_word(words, &size); size > 0; words = next_word(words + size, &size)) {
            append_word(&batch->text, words, size, values);
            note_place(batch, word_kind(words, size));
        }
        batch->second_offset = i == 0 ? batch->text.size : batch->second_offset;
    }
}

/* One higher, in place. */
static void count_up(char *digits) {
    size_t i = REQUESTS_DIGITS - 1;
    while (digits[i] == '9') {
        digits[i--] = '0';
    }
    digits[i]++;
}

void batch_set_digits(struct batch *batch, const struct key_order *order,
                      struct progress *progress) {
    for (size_t i = 0; i < batch->place_count; i++) {
        const struct digits_place *place = &batch->places[i];
        char *digits = batch->text.bytes + place->offset;
        if (place->is_count) {
            if (place->is_next) {
                count_up(progress->number);
            }
            memcpy(digits, progress->number, REQUESTS_DIGITS);
            continue;
        }
        progress->key += place->is_next;
        if (progress->key >= order->count) {
            progress->key = 0;
        }
        memcpy(digits, order->digits[progress->key], REQUESTS_DIGITS);
    }
}

void progress_init(struct progress *progress, size_t key, unsigned run_index) {
    progress->key = key;
    memcpy(progress->number, first_number, REQUESTS_DIGITS);
    progress->number[0] = (char)(progress->number[0] + (char)run_index);
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
