/*
 * A lock is one allocation, which is written once: a change makes another one.
 */
#include "types/lock_value.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "types/string_internal.h"
#include "types/value.h"

#include <string.h>

static size_t object_size(size_t owner_length) {
    return sizeof(struct lock_object) + owner_length;
}

void lock_value_create(struct value *value, const struct lock_fields *fields,
                       struct lock_counter *counter) {
    ASSERT(fields->token > 0 && fields->hold_count > 0);
    struct lock_object *lock = alloc_new(object_size(fields->owner.length));
    *lock = (struct lock_object){
        .counter = counter,
        .token = fields->token,
        .hold_count = fields->hold_count,
        .granted_ms = fields->granted_ms,
        .session = fields->session,
        .owner_length = fields->owner.length,
    };
    memcpy(lock->owner, fields->owner.data, fields->owner.length);
    atomic_fetch_add(&counter->held, 1);
    *value = (struct value){
        .type = VALUE_STRING,
        .encoding = STRING_LOCK,
        .storage = VALUE_STORED_OBJECT,
        .object = lock,
    };
}

bool lock_value_is(const struct value *value) {
    return value->type == VALUE_STRING && value->encoding == STRING_LOCK;
}

struct lock_fields lock_value_fields(const struct value *value) {
    ASSERT(lock_value_is(value));
    const struct lock_object *lock = value->object;
    return (struct lock_fields){
        .owner = {lock->owner, lock->owner_length},
        .token = lock->token,
        .hold_count = lock->hold_count,
        .granted_ms = lock->granted_ms,
        .session = lock->session,
    };
}

void lock_object_destroy(struct lock_object *lock) {
    atomic_fetch_sub(&lock->counter->held, 1);
    alloc_free_sized(lock, object_size(lock->owner_length));
}
