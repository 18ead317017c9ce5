/*
 * Hashes: pairs one by one, zipmaps, ziplists, listpacks.
 */
#include "base/alloc.h"
#include "persist/rdb_internal.h"
#include "types/hash_type.h"
#include "types/type_limits.h"
#include "types/value_ops.h"

enum { RESERVED_MAX = 1 << 20 }; /* what a count that may be wrong reserves at most */

static const char empty_problem[] = "a hash is empty";
static const char twice_problem[] = "a hash has a field twice";

static bool get_pairs(struct rdb_reader *reader, size_t count, struct value *value) {
    sds name = sds_with_capacity(0);
    bool is_good = true;
    for (size_t i = 0; i < count && is_good; i++) {
        struct bytes text;
        if (!rdb_get_string(reader, &text)) {
            is_good = false;
            break;
        }
        /* Reading the value ends the life of the view of the name. */
        sds_set_length(name, 0);
        name = sds_append(name, text);
        is_good =
            rdb_get_string(reader, &text) &&
            (hash_type_set(value, sds_view(name), text, false) || rdb_fail(reader, twice_problem));
    }
    sds_free(name);
    return is_good && (count > 0 || rdb_fail(reader, empty_problem));
}

/* Pairs that come as single elements. */
struct pairing {
    struct value *value;
    sds name; /* NULL: a name comes next */
    bool has_twice;
};

static bool take_element(void *context, struct bytes element) {
    struct pairing *pairing = context;
    if (pairing->name == NULL) {
        pairing->name = sds_new(element);
        return true;
    }
    pairing->has_twice = !hash_type_set(pairing->value, sds_view(pairing->name), element, false);
    sds_free(pairing->name);
    pairing->name = NULL;
    return !pairing->has_twice;
}

static bool get_old_block(struct rdb_reader *reader, unsigned type, struct value *value) {
    struct bytes block;
    if (!rdb_get_string(reader, &block)) {
        return false;
    }
    struct pairing pairing = {.value = value};
    bool is_good = type == RDB_TYPE_HASH_ZIPMAP
                       ? rdb_each_in_zipmap(block, take_element, &pairing)
                       : rdb_each_in_ziplist(block, take_element, &pairing);
    is_good = is_good && pairing.name == NULL;
    sds_free(pairing.name);
    if (!is_good) {
        return rdb_fail(reader, pairing.has_twice ? twice_problem : "a hash's block is damaged");
    }
    return hash_type_length(value) > 0 || rdb_fail(reader, empty_problem);
}

static bool get_by_pairs(struct rdb_reader *reader, struct value *value) {
    size_t count;
    if (!rdb_get_count(reader, 2, &count)) {
        return false;
    }
    if (count > type_limits()->hash_entries) {
        value_ops_free(value);
        hash_type_create_table(value, count < RESERVED_MAX ? count : RESERVED_MAX);
    }
    return get_pairs(reader, count, value);
}

bool rdb_get_hash(struct rdb_reader *reader, unsigned type, struct value *value) {
    if (type == RDB_TYPE_HASH_LISTPACK) {
        uint8_t *block;
        return rdb_get_listpack(reader, &block) &&
               (hash_type_from_listpack(value, block) ||
                rdb_fail(reader, "a hash's listpack is odd or has a field twice"));
    }
    hash_type_create(value);
    bool is_good =
        type == RDB_TYPE_HASH ? get_by_pairs(reader, value) : get_old_block(reader, type, value);
    if (!is_good) {
        value_ops_free(value);
    }
    return is_good;
}
