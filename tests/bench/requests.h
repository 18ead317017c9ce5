/*
 * requests: RESP requests made from words, and batches of them whose keys are changed in place.
 *
 * A request is written as words with a space between, as in "SET %k %v PX 1000". These words
 * stand for something else:
 *
 *     %k, %l   a key: "key:" or "lck:" and 12 digits
 *     %K, %L   the key of the last %k or %l once more
 *     %c, %p   the connection's own list, the list of its partner (0 and 1, 2 and 3, ...)
 *     %v       the value
 *     %i       an integer of 8 digits, another one for each key
 *     %h, %j   as %k and %i, but of the key that is 5,000 higher: for collections that overlap
 *     %n       a number of 12 digits, one higher with each %n of a connection
 *     %N       the number of the last %n once more
 *     %t       a moment in milliseconds of Unix time: in a filling only
 *     %x, %y   longitude and latitude of a place, another one for each key: in a filling only
 *
 * A program is one or several requests with "; " between, sent one after another, over and over.
 */
#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include <stddef.h>
#include <stdint.h>

enum { REQUESTS_DIGITS = 12, REQUESTS_SLOT_SIZE = 16 };

/* The numbers of all keys in random order, as text. */
struct key_order {
    size_t count;                       /* keys */
    char (*digits)[REQUESTS_SLOT_SIZE]; /* 12 digits and padding each */
};

/* Where the digits of a key or a number stand in a batch. */
struct digits_place {
    uint32_t offset;   /* in the bytes of the batch */
    uint16_t is_next;  /* 1: the next key of the order or number; 0: the last one again */
    uint16_t is_count; /* 1: of a number, not of a key */
};

/* How far a connection has come. */
struct progress {
    size_t key;                   /* position in the order of keys */
    char number[REQUESTS_DIGITS]; /* the last one that was given out */
};

/*
 * key        the position in the order of keys where it begins
 * run_index  of the loads that a server sees, 0 to 8: each has numbers above the one before
 */
void progress_init(struct progress *progress, size_t key, unsigned run_index);

/* Bytes that grow. */
struct text {
    char *bytes;
    size_t size;     /* in use */
    size_t capacity; /* allocated */
};

/* What the special words become. */
struct request_values {
    uint64_t key;        /* of %k and %l */
    unsigned connection; /* of %c and %p */
    const char *value;   /* of %v */
    size_t value_size;
    uint64_t moment_ms; /* of %t */
};

/* Requests that are sent with one write. */
struct batch {
    struct text text;
    struct digits_place *places;
    size_t place_count;
    size_t second_offset; /* where the second request begins; the size, if there is none */
};

/* Appends one request; `words` ends at a ';' or at the end of the string. */
void requests_encode(struct text *text, const char *words, const struct request_values *values);

/* Appends bytes as they are. */
void text_append(struct text *text, const char *bytes, size_t size);

/* Frees the bytes and empties it. */
void text_release(struct text *text);

/*
 * Makes one of the batches of a connection.
 * first  the index in the program's endless repetition at which the batch begins
 * depth  the number of requests in it
 */
void batch_init(struct batch *batch, const char *program, size_t first, size_t depth,
                const struct request_values *values);

/* Writes the next keys and numbers into the batch. */
void batch_set_digits(struct batch *batch, const struct key_order *order,
                      struct progress *progress);

/* Frees what batch_init allocated. */
void batch_release(struct batch *batch);

/* Returns how many requests a program has. */
size_t requests_program_length(const char *program);

/* The words of a request in the program's endless repetition. */
const char *requests_at(const char *program, size_t index);

/* Makes the order of `count` keys, shuffled from a seed. */
void key_order_init(struct key_order *order, size_t count, uint64_t seed);

/* Frees what key_order_init allocated. */
void key_order_release(struct key_order *order);

/* Fills a value with letters that a seed chooses, so that no number is among them. */
void requests_fill_value(char *value, size_t size, uint64_t seed);

/* calloc that ends the program when there is no memory. */
void *bench_allocate(size_t count, size_t size);

#endif
