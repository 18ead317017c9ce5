/*
 * key_spec: where the keys of a request stand, and what its command does with them.
 *
 * COMMAND INFO shows these specifications, and keys are found by them (command_key_positions).
 */
#ifndef LATCHKEY_SERVER_KEY_SPEC_H
#define LATCHKEY_SERVER_KEY_SPEC_H

#include <stdint.h>

/* What a command does with a key, as key specs show it. */
enum key_access {
    KEY_RO = 1 << 0,
    KEY_RW = 1 << 1,
    KEY_OW = 1 << 2,
    KEY_RM = 1 << 3,
    KEY_ACCESS = 1 << 4,
    KEY_UPDATE = 1 << 5,
    KEY_INSERT = 1 << 6,
    KEY_DELETE = 1 << 7,
    KEY_NOT_KEY = 1 << 8,
    KEY_INCOMPLETE = 1 << 9,
    KEY_VARIABLE_FLAGS = 1 << 10,
};

enum key_begin_kind { KEY_BEGIN_NONE, KEY_BEGIN_INDEX, KEY_BEGIN_KEYWORD, KEY_BEGIN_UNKNOWN };
enum key_find_kind { KEY_FIND_RANGE, KEY_FIND_KEYNUM, KEY_FIND_UNKNOWN };

/* Where the keys of a request stand; see the COMMAND reply's key specifications. */
struct key_spec {
    struct {
        uint8_t kind;  /* enum key_begin_kind */
        int16_t index; /* of KEY_BEGIN_INDEX; where the search starts of KEY_BEGIN_KEYWORD */
        const char *keyword;
    } begin;
    struct {
        uint8_t kind;        /* enum key_find_kind */
        int16_t last;        /* range: last key relative to the first, negative from the end */
        int16_t step;        /* range and keynum: distance of keys */
        int16_t limit;       /* range: 2 = only the first half of the rest, … */
        int16_t count_index; /* keynum: where the count stands, relative to begin */
        int16_t first;       /* keynum: the first key, relative to begin */
    } find;
    uint16_t access;   /* enum key_access */
    const char *notes; /* NULL, or what COMMAND DOCS says of it */
};

#define KEY_INDEX(position)                                                                        \
    { .kind = KEY_BEGIN_INDEX, .index = (position) }
#define KEY_KEYWORD(word, start)                                                                   \
    { .kind = KEY_BEGIN_KEYWORD, .index = (start), .keyword = (word) }
#define KEY_UNKNOWN_BEGIN                                                                          \
    { .kind = KEY_BEGIN_UNKNOWN }
#define KEY_RANGE(last_key, key_step, key_limit)                                                   \
    { .kind = KEY_FIND_RANGE, .last = (last_key), .step = (key_step), .limit = (key_limit) }
#define KEY_KEYNUM(position, first_key, key_step)                                                  \
    { .kind = KEY_FIND_KEYNUM, .count_index = (position), .first = (first_key), .step = (key_step) }
#define KEY_UNKNOWN_FIND                                                                           \
    { .kind = KEY_FIND_UNKNOWN }

/* The key specs of a row, with their end. */
#define KEYS(...)                                                                                  \
    (const struct key_spec[]) {                                                                    \
        __VA_ARGS__, {                                                                             \
            .begin = {.kind = KEY_BEGIN_NONE }                                                     \
        }                                                                                          \
    }

#endif
