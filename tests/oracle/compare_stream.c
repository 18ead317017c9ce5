/*
 * Both trees are walked together. What an aggregate is shows in its first element: fields begin
 * with a name or a length, a row of a pending entry ends in two integers.
 */
#include "oracle/compare_stream.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

enum { NEAR_MS = 30000, ROW_MIN = 3 };

static bool is_text(const struct resp_value *value, const char *text) {
    return value->type == '$' && !value->is_null && strcmp(value->bytes, text) == 0;
}

static bool is_one_of(const struct resp_value *value, const char *const words[], size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (is_text(value, words[i])) {
            return true;
        }
    }
    return false;
}

static bool are_near_ms(const struct resp_value *ours, const struct resp_value *stock) {
    return ours->type == ':' && stock->type == ':' &&
           llabs(ours->integer - stock->integer) <= NEAR_MS;
}

/* ---- Named fields ---- */

static bool has_fields(const struct resp_value *value) {
    return value->count > 0 && (is_text(value->items, "name") || is_text(value->items, "length"));
}

static bool field_agrees(const struct resp_value *name, const struct resp_value *ours,
                         const struct resp_value *stock) {
    static const char *const times[] = {"idle", "seen-time"};
    if (is_one_of(name, times, COUNT(times))) {
        return are_near_ms(ours, stock);
    }
    if (is_text(name, "consumers") && stock->type == ':') {
        return ours->type == ':' && ours->integer >= stock->integer;
    }
    return compare_streams(ours, stock);
}

/* The index of the next field that old servers have too. */
static size_t skip_newer(const struct resp_value *ours, size_t at) {
    static const char *const newer[] = {"inactive", "active-time", "nacked-count"};
    while (at + 1 < ours->count && is_one_of(&ours->items[at], newer, COUNT(newer))) {
        at += 2;
    }
    return at;
}

static bool fields_agree(const struct resp_value *ours, const struct resp_value *stock) {
    size_t at = skip_newer(ours, 0);
    for (size_t i = 0; i + 1 < stock->count; i += 2) {
        const struct resp_value *name = &stock->items[i];
        if (at + 1 >= ours->count || !is_text(&ours->items[at], name->bytes) ||
            !field_agrees(name, &ours->items[at + 1], name + 1)) {
            return false;
        }
        at = skip_newer(ours, at + 2);
    }
    return at >= ours->count;
}

/* ---- Lists of consumers ---- */

static bool is_consumer(const struct resp_value *value) {
    return has_fields(value) && (resp_value_field(value, "idle") != NULL ||
                                 resp_value_field(value, "seen-time") != NULL);
}

static bool is_idle_consumer(const struct resp_value *value) {
    const struct resp_value *count = resp_value_field(value, "pel-count");
    count = count == NULL ? resp_value_field(value, "pending") : count;
    return is_consumer(value) && count->integer == 0;
}

static bool are_consumers(const struct resp_value *value) {
    return value->count > 0 && is_consumer(&value->items[0]);
}

static bool consumers_agree(const struct resp_value *ours, const struct resp_value *stock) {
    size_t at = 0;
    for (size_t i = 0; i < ours->count; i++) {
        const struct resp_value *item = &ours->items[i];
        if (at < stock->count && compare_streams(item, &stock->items[at])) {
            at++;
        } else if (!is_idle_consumer(item)) {
            return false;
        }
    }
    return at == stock->count;
}

/* ---- Trees ---- */

/* True of [id … time count], which tells of a pending entry. */
static bool is_pending_row(const struct resp_value *value) {
    return value->count >= ROW_MIN && value->items[0].type == '$' &&
           value->items[value->count - 2].type == ':' && value->items[value->count - 1].type == ':';
}

static bool are_same_leaves(const struct resp_value *ours, const struct resp_value *stock) {
    return ours->integer == stock->integer && ours->size == stock->size &&
           (ours->size == 0 || memcmp(ours->bytes, stock->bytes, ours->size) == 0);
}

bool compare_streams(const struct resp_value *ours, const struct resp_value *stock) {
    if (ours->type != stock->type || ours->is_null != stock->is_null) {
        return false;
    }
    if (has_fields(stock)) {
        return fields_agree(ours, stock);
    }
    if (are_consumers(ours)) {
        return consumers_agree(ours, stock);
    }
    if (ours->count != stock->count || !are_same_leaves(ours, stock)) {
        return false;
    }
    bool is_row = is_pending_row(stock);
    for (size_t i = 0; i < ours->count; i++) {
        bool is_time = is_row && i + 2 == stock->count;
        if (is_time ? !are_near_ms(&ours->items[i], &stock->items[i])
                    : !compare_streams(&ours->items[i], &stock->items[i])) {
            return false;
        }
    }
    return true;
}
