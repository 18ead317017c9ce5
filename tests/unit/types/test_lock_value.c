#include "types/lock_value.h"

#include "base/alloc.h"
#include "support/unit.h"
#include "types/string_type.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <string.h>

static struct lock_counter counter;

static struct value make_lock(struct bytes owner) {
    struct lock_fields fields = {
        .owner = owner,
        .token = 77,
        .hold_count = 2,
        .granted_ms = 5,
        .session = 9,
    };
    struct value value;
    lock_value_create(&value, &fields, &counter);
    return value;
}

Test(lock_value, is_a_string_that_is_the_owner) {
    char scratch[STRING_SCRATCH_SIZE];
    size_t before = atomic_load(&counter.held);
    struct value value = make_lock(BYTES("owner"));
    struct lock_fields fields = lock_value_fields(&value);
    require(lock_value_is(&value) && atomic_load(&counter.held) == before + 1);
    require_text(string_bytes(&value, scratch), "owner");
    require_text(bytes_of_text(value_ops_encoding_name(&value)), "lock");
    require(fields.token == 77 && fields.hold_count == 2 && fields.granted_ms == 5 &&
            fields.session == 9);
    require(value_ops_length(&value) == 5 && value_ops_memory(&value, 0) > 5);
    value_ops_free(&value);
    require(atomic_load(&counter.held) == before);
}

Test(lock_value, what_changes_or_copies_it_makes_a_plain_string) {
    char scratch[STRING_SCRATCH_SIZE];
    size_t before = atomic_load(&counter.held);
    struct value value = make_lock(BYTES("12"));
    struct value copy;
    int64_t number;
    value_ops_copy(&value, &copy);
    require(!lock_value_is(&copy) && string_integer(&copy, &number) && number == 12);
    string_append(&value, BYTES("x"));
    require(!lock_value_is(&value) && atomic_load(&counter.held) == before);
    require_text(string_bytes(&value, scratch), "12x");
    value_ops_free(&value);
    value_ops_free(&copy);
}
