/*
 * Sets: members one by one, intsets, listpacks.
 */
#include "base/alloc.h"
#include "persist/rdb_internal.h"
#include "structs/intset.h"
#include "types/set_type.h"
#include "types/value_ops.h"

enum { RESERVED_MAX = 1 << 20 }; /* what a count that may be wrong reserves at most */

static const char twice_problem[] = "a set has a member twice";

static bool get_members(struct rdb_reader *reader, size_t count, struct value *value) {
    struct bytes member;
    for (size_t i = 0; i < count; i++) {
        if (!rdb_get_string(reader, &member)) {
            return false;
        }
        if (i == 0) {
            value_ops_free(value);
            set_type_create(value, member, count);
            set_type_reserve(value, count < RESERVED_MAX ? count : RESERVED_MAX);
        }
        if (!set_type_add(value, member)) {
            return rdb_fail(reader, twice_problem);
        }
    }
    return count > 0 || rdb_fail_empty(reader, "a set is empty");
}

static bool get_intset(struct rdb_reader *reader, struct value *value) {
    uint8_t *block;
    size_t size;
    if (!rdb_get_block(reader, SIZE_MAX, &block, &size)) {
        return false;
    }
    bool is_sound = intset_verify(block, size);
    if (!is_sound || intset_count(block) == 0) {
        alloc_free(block);
        return is_sound ? rdb_fail_empty(reader, "an intset is empty")
                        : rdb_fail(reader, "an intset is damaged");
    }
    return set_type_from_intset(value, block) || rdb_fail(reader, twice_problem);
}

bool rdb_get_set(struct rdb_reader *reader, unsigned type, struct value *value) {
    if (type == RDB_TYPE_SET_INTSET) {
        return get_intset(reader, value);
    }
    if (type == RDB_TYPE_SET_LISTPACK) {
        uint8_t *block;
        return rdb_get_filled_listpack(reader, &block) &&
               (set_type_from_listpack(value, block) || rdb_fail(reader, twice_problem));
    }
    size_t count;
    if (!rdb_get_count(reader, 1, &count)) {
        return false;
    }
    set_type_create_empty(value);
    if (!get_members(reader, count, value)) {
        value_ops_free(value);
        return false;
    }
    return true;
}
