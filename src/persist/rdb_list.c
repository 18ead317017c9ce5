/*
 * Lists: elements one by one, ziplists, and nodes of listpacks and texts.
 */
#include "persist/rdb_internal.h"

#include "base/alloc.h"
#include "structs/listpack.h"
#include "types/list_type.h"
#include "types/value_ops.h"
enum { CONTAINER_PLAIN = 1, CONTAINER_PACKED = 2 };

static bool push(void *context, struct bytes element) {
    struct value *value = context;
    list_type_prepare(value, &element, 1);
    list_type_push(value, element, LIST_TAIL);
    return true;
}

static bool get_elements(struct rdb_reader *reader, struct value *value) {
    size_t count;
    struct bytes element;
    if (!rdb_get_count(reader, 1, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!rdb_get_string(reader, &element)) {
            return false;
        }
        (void)push(value, element);
    }
    return true;
}

static bool get_ziplists(struct rdb_reader *reader, size_t count, struct value *value) {
    struct bytes block;
    for (size_t i = 0; i < count; i++) {
        if (!rdb_get_string(reader, &block)) {
            return false;
        }
        if (!rdb_each_in_ziplist(block, push, value)) {
            return rdb_fail(reader, "a ziplist is damaged");
        }
    }
    return true;
}

static bool get_old_list(struct rdb_reader *reader, unsigned type, struct value *value) {
    size_t count = 1;
    if (type == RDB_TYPE_LIST) {
        return get_elements(reader, value);
    }
    return (type == RDB_TYPE_LIST_ZIPLIST || rdb_get_count(reader, 1, &count)) &&
           get_ziplists(reader, count, value);
}

static bool get_node(struct rdb_reader *reader, struct value *value) {
    uint64_t container;
    uint8_t *block;
    sds text;
    if (!rdb_get_length(reader, &container)) {
        return false;
    }
    if (container == CONTAINER_PLAIN) {
        if (!rdb_get_sds(reader, &text)) {
            return false;
        }
        list_type_add_plain(value, text);
        return true;
    }
    if (container != CONTAINER_PACKED) {
        return rdb_fail(reader, "a list's node is of an unknown kind");
    }
    if (!rdb_get_listpack(reader, &block)) {
        return false;
    }
    if (listpack_first(block) == NULL) {
        alloc_free(block); /* Some servers have written such nodes; the others are the list. */
        return true;
    }
    list_type_add_listpack(value, block);
    return true;
}

static bool get_nodes(struct rdb_reader *reader, struct value *value) {
    size_t count;
    if (!rdb_get_count(reader, 2, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!get_node(reader, value)) {
            return false;
        }
    }
    return true;
}

bool rdb_get_list(struct rdb_reader *reader, unsigned type, struct value *value) {
    if (type == RDB_TYPE_LIST_QUICKLIST_2) {
        list_type_create_nodes(value);
        if (!get_nodes(reader, value)) {
            value_ops_free(value);
            return false;
        }
        return list_type_settle(value) || rdb_fail_empty(reader, "a list is empty");
    }
    list_type_create(value);
    if (!get_old_list(reader, type, value) ||
        (list_type_length(value) == 0 && !rdb_fail_empty(reader, "a list is empty"))) {
        value_ops_free(value);
        return false;
    }
    return true;
}
