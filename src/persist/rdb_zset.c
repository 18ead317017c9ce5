/*
 * Sorted sets: pairs one by one with scores as text or as binary numbers, ziplists, listpacks.
 */
#include "base/alloc.h"
#include "persist/rdb_internal.h"
#include "types/value_ops.h"
#include "types/zset_type.h"

#include <math.h>
#include <string.h>

enum {
    RESERVED_MAX = 1 << 20, /* what a count that may be wrong reserves at most */
    SCORE_NAN = 253,
    SCORE_INFINITE = 254,
    SCORE_MINUS_INFINITE = 255,
};

static const char score_problem[] = "a score is not a number";
static const char twice_problem[] = "a sorted set has a member twice";
static const char empty_problem[] = "a sorted set is empty";

static bool get_binary_score(struct rdb_reader *reader, double *score) {
    uint64_t word;
    if (!rdb_get_le64(reader, &word)) {
        return false;
    }
    memcpy(score, &word, sizeof *score);
    return !isnan(*score) || rdb_fail(reader, score_problem);
}

static bool get_text_score(struct rdb_reader *reader, double *score) {
    unsigned length;
    struct bytes text;
    if (!rdb_get_byte(reader, &length)) {
        return false;
    }
    if (length == SCORE_INFINITE || length == SCORE_MINUS_INFINITE) {
        *score = length == SCORE_INFINITE ? INFINITY : -INFINITY;
        return true;
    }
    if (length == SCORE_NAN) {
        return rdb_fail(reader, score_problem);
    }
    return rdb_get_bytes(reader, length, &text) &&
           (text_parse_double(text, score) || rdb_fail(reader, score_problem));
}

static bool get_pairs(struct rdb_reader *reader, unsigned type, size_t count, struct value *value) {
    sds member = sds_with_capacity(0);
    bool is_good = true;
    for (size_t i = 0; i < count && is_good; i++) {
        struct bytes text;
        double score = 0;
        if (!rdb_get_string(reader, &text)) {
            is_good = false;
            break;
        }
        /* Reading the score ends the life of the view of the member. */
        sds_set_length(member, 0);
        member = sds_append(member, text);
        is_good = type == RDB_TYPE_ZSET_2 ? get_binary_score(reader, &score)
                                          : get_text_score(reader, &score);
        is_good = is_good && (zset_type_set(value, sds_view(member), score) ||
                              rdb_fail(reader, twice_problem));
    }
    sds_free(member);
    return is_good && (count > 0 || rdb_fail_empty(reader, empty_problem));
}

/* Pairs that come as single elements. */
struct pairing {
    struct value *value;
    sds member; /* NULL: a member comes next */
    const char *problem;
};

static bool take_element(void *context, struct bytes element) {
    struct pairing *pairing = context;
    double score;
    if (pairing->member == NULL) {
        pairing->member = sds_new(element);
        return true;
    }
    if (!text_parse_double(element, &score)) {
        pairing->problem = score_problem;
        return false;
    }
    if (!zset_type_set(pairing->value, sds_view(pairing->member), score)) {
        pairing->problem = twice_problem;
    }
    sds_free(pairing->member);
    pairing->member = NULL;
    return pairing->problem == NULL;
}

static bool get_ziplist(struct rdb_reader *reader, struct value *value) {
    struct bytes block;
    if (!rdb_get_string(reader, &block)) {
        return false;
    }
    struct pairing pairing = {.value = value};
    bool is_good = rdb_each_in_ziplist(block, take_element, &pairing) && pairing.member == NULL;
    sds_free(pairing.member);
    if (!is_good) {
        return rdb_fail(reader, pairing.problem != NULL ? pairing.problem
                                                        : "a sorted set's ziplist is damaged");
    }
    return zset_type_length(value) > 0 || rdb_fail_empty(reader, empty_problem);
}

bool rdb_get_zset(struct rdb_reader *reader, unsigned type, struct value *value) {
    size_t count = 0;
    if (type == RDB_TYPE_ZSET_LISTPACK) {
        uint8_t *block;
        return rdb_get_filled_listpack(reader, &block) &&
               (zset_type_from_listpack(value, block) ||
                rdb_fail(reader, "a sorted set's listpack is odd, out of order, or has a member "
                                 "twice or a score that is no number"));
    }
    bool is_ziplist = type == RDB_TYPE_ZSET_ZIPLIST;
    if (!is_ziplist && !rdb_get_count(reader, 2, &count)) {
        return false;
    }
    zset_type_create_large(value, count < RESERVED_MAX ? count : RESERVED_MAX);
    if (!(is_ziplist ? get_ziplist(reader, value) : get_pairs(reader, type, count, value))) {
        value_ops_free(value);
        return false;
    }
    zset_type_compact(value);
    return true;
}
