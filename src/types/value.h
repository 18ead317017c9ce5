/*
 * value: a tagged value, the working form in which layers hand values to each other.
 *
 * The keyspace stores values compactly inside entries and hands them out in this form; a type's
 * functions read and change it; closing the key writes it back. Only the module of a type looks at
 * `encoding` and at the union. What all types can do (free, copy, measure) is in types/value_ops.h.
 */
#ifndef LATCHKEY_TYPES_VALUE_H
#define LATCHKEY_TYPES_VALUE_H

#include "base/sds.h"

#include <stdint.h>

/* An entry has four bits for it. */
enum value_type {
    VALUE_STRING,
    VALUE_LIST,
    VALUE_SET,
    VALUE_ZSET,
    VALUE_HASH,
    VALUE_STREAM,
    VALUE_TYPE_COUNT
};

/* How the bytes of a value's word are to be understood by the one who stores it. */
enum value_storage {
    VALUE_STORED_INTEGER, /* integer: an 8-byte word */
    VALUE_STORED_BYTES,   /* bytes: borrowed; stored inside the entry */
    VALUE_STORED_OBJECT,  /* object: owned by whoever owns the value; an 8-byte word */
};

struct value {
    uint8_t type;     /* enum value_type */
    uint8_t encoding; /* private to the type, below 16; stored with the value */
    uint8_t storage;  /* enum value_storage */
    union {
        int64_t integer;
        void *object;
        struct bytes bytes;
    };
};

#endif
