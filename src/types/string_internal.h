/*
 * string_internal: the encodings of strings, for the modules that are the type.
 */
#ifndef LATCHKEY_TYPES_STRING_INTERNAL_H
#define LATCHKEY_TYPES_STRING_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

struct lock_counter;

enum string_encoding { STRING_INTEGER, STRING_INLINE, STRING_BUFFER, STRING_KEPT, STRING_LOCK };

/* The object of a STRING_LOCK: the string's bytes are the owner. */
struct lock_object {
    struct lock_counter *counter;
    uint64_t token;
    int64_t hold_count;
    int64_t granted_ms;
    uint64_t session;
    size_t owner_length;
    char owner[];
};

/* Frees the object of a lock. */
void lock_object_destroy(struct lock_object *lock);

#endif
