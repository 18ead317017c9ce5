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

/* How the fields of a type carry their deadlines. */
struct field_form {
    bool has_deadlines;
    bool is_relative; /* to first_ms, which is 1 */
    uint64_t first_ms;
};

static bool get_deadline(struct rdb_reader *reader, const struct field_form *form,
                         int64_t *deadline_ms) {
    uint64_t number = 0;
    *deadline_ms = HASH_NO_DEADLINE;
    if (!form->has_deadlines) {
        return true;
    }
    if (!rdb_get_length(reader, &number)) {
        return false;
    }
    if (number == 0) {
        return true;
    }
    uint64_t time_ms = form->is_relative ? form->first_ms + number - 1 : number;
    if (number > HASH_DEADLINE_MAX || form->first_ms > HASH_DEADLINE_MAX ||
        time_ms > HASH_DEADLINE_MAX) {
        return rdb_fail(reader, "a field has an impossible deadline");
    }
    *deadline_ms = (int64_t)time_ms;
    return true;
}

/* Reads one field into the hash. *name is scratch. */
static bool get_field(struct rdb_reader *reader, const struct field_form *form, sds *name,
                      struct value *value) {
    int64_t deadline_ms;
    struct bytes text;
    if (!get_deadline(reader, form, &deadline_ms) || !rdb_get_string(reader, &text)) {
        return false;
    }
    /* Reading the value ends the life of the view of the name. */
    sds_set_length(*name, 0);
    *name = sds_append(*name, text);
    if (!rdb_get_string(reader, &text)) {
        return false;
    }
    if (!hash_type_set(value, sds_view(*name), text, false)) {
        return rdb_fail(reader, twice_problem);
    }
    if (deadline_ms != HASH_NO_DEADLINE) {
        (void)hash_type_set_deadline(value, sds_view(*name), deadline_ms);
    }
    return true;
}

static bool get_pairs(struct rdb_reader *reader, const struct field_form *form, size_t count,
                      struct value *value) {
    sds name = sds_with_capacity(0);
    bool is_good = true;
    for (size_t i = 0; i < count && is_good; i++) {
        is_good = get_field(reader, form, &name, value);
    }
    sds_free(name);
    return is_good && (count > 0 || rdb_fail_empty(reader, empty_problem));
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
    return hash_type_length(value) > 0 || rdb_fail_empty(reader, empty_problem);
}

static bool get_by_pairs(struct rdb_reader *reader, unsigned type, struct value *value) {
    size_t count;
    struct field_form form = {
        .has_deadlines = type != RDB_TYPE_HASH,
        .is_relative = type == RDB_TYPE_HASH_FIELDS,
    };
    if ((form.is_relative && !rdb_get_le64(reader, &form.first_ms)) ||
        !rdb_get_count(reader, 2, &count)) {
        return false;
    }
    if (count > type_limits()->hash_entries) {
        value_ops_free(value);
        hash_type_create_table(value, count < RESERVED_MAX ? count : RESERVED_MAX);
    }
    return get_pairs(reader, &form, count, value);
}

static bool get_listpack(struct rdb_reader *reader, bool is_timed, struct value *value) {
    uint8_t *block;
    if (!rdb_get_filled_listpack(reader, &block)) {
        return false;
    }
    bool is_good = is_timed ? hash_type_from_timed_listpack(value, block)
                            : hash_type_from_listpack(value, block);
    return is_good || rdb_fail(reader, "a hash's listpack has a wrong form, or a field twice");
}

bool rdb_get_hash(struct rdb_reader *reader, unsigned type, struct value *value) {
    uint64_t first_ms; /* follows from the fields */
    switch (type) {
    case RDB_TYPE_HASH_LISTPACK:
        return get_listpack(reader, false, value);
    case RDB_TYPE_HASH_LISTPACK_FIELDS:
        return rdb_get_le64(reader, &first_ms) && get_listpack(reader, true, value);
    case RDB_TYPE_HASH_LISTPACK_FIELDS_PRE:
        return get_listpack(reader, true, value);
    default:
        break;
    }
    hash_type_create(value);
    bool is_old_block = type == RDB_TYPE_HASH_ZIPMAP || type == RDB_TYPE_HASH_ZIPLIST;
    if (!(is_old_block ? get_old_block(reader, type, value) : get_by_pairs(reader, type, value))) {
        value_ops_free(value);
        return false;
    }
    return true;
}
