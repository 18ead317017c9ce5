/*
 * The string: "HYLL", encoding, three zero bytes, the estimate in 8 bytes (little-endian, its
 * highest bit says that it is stale), registers.
 *
 * Dense: register i stands in bits 6i … 6i+5, counted from the lowest of the first byte, so that
 * three bytes hold four registers. Sparse: runs that add up to all registers:
 *
 *     00xxxxxx            x + 1 registers of 0
 *     01xxxxxx yyyyyyyy   xy + 1 registers of 0
 *     1vvvvvxx            x + 1 registers of v + 1
 *
 * Where a run is divided, and which runs are joined afterwards, is part of the format as far as
 * servers compare bytes: a run becomes at most three; then, from the run before it on, five steps
 * join runs of equal value. Runs of zeros are never joined.
 */
#include "types/hyperloglog.h"

#include "types/string_type.h"
#include "types/type_limits.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <math.h>
#include <string.h>

enum {
    HEADER_SIZE = 16,
    ENCODING_AT = 4,
    ESTIMATE_AT = 8,
    ESTIMATE_SIZE = 8,
    STALE_AT = 15,
    STALE_BIT = 0x80,
    ENCODING_DENSE = 0,
    ENCODING_SPARSE = 1,
    BYTE_BITS = 8,
    RANK_BITS = 6,
    RANK_MASK = 63,
    RANK_COUNT = 64,
    INDEX_BITS = 14,
    HASH_RANK_BITS = 64 - INDEX_BITS, /* q of the paper: ranks are 1 … q + 1 */
    DENSE_SIZE = HEADER_SIZE + HYPERLOGLOG_REGISTERS * RANK_BITS / BYTE_BITS,
    LONG_ZEROS_BIT = 0x40,
    VALUE_BIT = 0x80,
    SHORT_ZEROS_MAX = 64,
    RUN_LENGTH_MASK = 0x3f,
    VALUE_LENGTH_MAX = 4,
    SPARSE_RANK_MAX = 32,
    GROUP_BYTES = 3, /* dense: the bytes of four registers */
    GROUP_REGISTERS = 4,
};

static const char magic[] = {'H', 'Y', 'L', 'L'};

/* ---- Hash ---- */

/* MurmurHash64A (A. Appleby, 2008) with the seed that the format fixes, of little-endian words. */
static uint64_t hash_of(struct bytes element) {
    enum { WORD = 8, SHIFT = 47 };
    const uint64_t multiplier = UINT64_C(0xc6a4a7935bd1e995);
    const uint64_t seed = UINT64_C(0xadc83b19);
    uint64_t hash = seed ^ (element.length * multiplier);
    size_t at = 0;
    for (; at + WORD <= element.length; at += WORD) {
        uint64_t word;
        memcpy(&word, element.data + at, WORD);
        word *= multiplier;
        word ^= word >> SHIFT;
        hash = (hash ^ (word * multiplier)) * multiplier;
    }
    if (at < element.length) {
        uint64_t word = 0;
        memcpy(&word, element.data + at, element.length - at);
        hash = (hash ^ word) * multiplier;
    }
    hash = (hash ^ (hash >> SHIFT)) * multiplier;
    return hash ^ (hash >> SHIFT);
}

/* Which register an element raises, and to what. */
struct position {
    size_t index;
    uint8_t rank;
};

static struct position position_of(struct bytes element) {
    uint64_t hash = hash_of(element);
    uint64_t rest = (hash >> INDEX_BITS) | (UINT64_C(1) << HASH_RANK_BITS);
    return (struct position){(size_t)(hash & (HYPERLOGLOG_REGISTERS - 1)),
                             (uint8_t)(__builtin_ctzll(rest) + 1)};
}

/* ---- Dense ---- */

static uint8_t dense_rank(const uint8_t *registers, size_t index) {
    size_t at = index * RANK_BITS / BYTE_BITS;
    unsigned shift = index * RANK_BITS % BYTE_BITS;
    unsigned bits = registers[at];
    if (shift > BYTE_BITS - RANK_BITS) { /* The last register ends with the last byte. */
        bits |= (unsigned)registers[at + 1] << BYTE_BITS;
    }
    return (uint8_t)(bits >> shift & RANK_MASK);
}

static void set_dense_rank(uint8_t *registers, size_t index, uint8_t rank) {
    size_t at = index * RANK_BITS / BYTE_BITS;
    unsigned shift = index * RANK_BITS % BYTE_BITS;
    unsigned mask = (unsigned)RANK_MASK << shift;
    unsigned bits = (unsigned)rank << shift;
    registers[at] = (uint8_t)((registers[at] & ~mask) | bits);
    if (shift > BYTE_BITS - RANK_BITS) {
        uint8_t *next = &registers[at + 1];
        *next = (uint8_t)((*next & ~(mask >> BYTE_BITS)) | bits >> BYTE_BITS);
    }
}

static enum hyperloglog_added raise_dense(struct value *value, struct bytes text,
                                          struct position position) {
    if (dense_rank((const uint8_t *)text.data + HEADER_SIZE, position.index) >= position.rank) {
        return HYPERLOGLOG_UNCHANGED;
    }
    size_t at = HEADER_SIZE + position.index * RANK_BITS / BYTE_BITS;
    size_t size = at + 1 < DENSE_SIZE ? 2 : 1;
    char *target = string_mutable_range(value, DENSE_SIZE, at, size);
    set_dense_rank((uint8_t *)target + HEADER_SIZE, position.index, position.rank);
    return HYPERLOGLOG_CHANGED;
}

/* ---- Sparse ---- */

/* A run, its registers and the bytes that it takes. */
struct run {
    size_t length;
    size_t size;
    uint8_t rank;
};

/* The run at a place before the end; its length is 0 when its second byte is missing. */
static struct run run_at(struct bytes text, size_t at) {
    uint8_t head = (uint8_t)text.data[at];
    if ((head & VALUE_BIT) != 0) {
        return (struct run){(head & (VALUE_LENGTH_MAX - 1)) + 1U, 1,
                            (uint8_t)((head & ~VALUE_BIT & 0xff) >> 2) + 1};
    }
    size_t length = (head & RUN_LENGTH_MASK);
    if ((head & LONG_ZEROS_BIT) == 0) {
        return (struct run){length + 1, 1, 0};
    }
    if (at + 1 == text.length) {
        return (struct run){0, 1, 0};
    }
    return (struct run){(length << BYTE_BITS | (uint8_t)text.data[at + 1]) + 1, 2, 0};
}

static size_t write_value_run(uint8_t *out, uint8_t rank, size_t length) {
    *out = (uint8_t)(VALUE_BIT | (rank - 1U) << 2 | (length - 1));
    return 1;
}

/* Writes registers of one rank, if there are any. Returns the bytes. */
static size_t write_run(uint8_t *out, uint8_t rank, size_t length) {
    if (length == 0) {
        return 0;
    }
    if (rank > 0) {
        return write_value_run(out, rank, length);
    }
    size_t coded = length - 1;
    if (length <= SHORT_ZEROS_MAX) {
        *out = (uint8_t)coded;
        return 1;
    }
    out[0] = (uint8_t)(LONG_ZEROS_BIT | coded >> BYTE_BITS);
    out[1] = (uint8_t)coded;
    return 2;
}

/* Joins value runs near a place of the string; returns its new length. */
static size_t join_runs(char *text, size_t length, size_t at) {
    enum { STEPS = 5 };
    for (int i = 0; i < STEPS && at < length; i++) {
        struct run run = run_at((struct bytes){text, length}, at);
        if (run.rank > 0 && at + 1 < length) {
            struct run next = run_at((struct bytes){text, length}, at + 1);
            if (next.rank == run.rank && run.length + next.length <= VALUE_LENGTH_MAX) {
                (void)write_value_run((uint8_t *)text + at + 1, run.rank, run.length + next.length);
                memmove(text + at, text + at + 1, length - at - 1);
                length--;
                continue;
            }
        }
        at += run.size;
    }
    return length;
}

/* The run that holds a register. */
struct place {
    size_t at;
    size_t before; /* the run before it, or itself when it is the first */
    size_t first;  /* the first register of the run */
    struct run run;
};

static bool find_run(struct bytes text, size_t index, struct place *place) {
    place->before = HEADER_SIZE;
    place->first = 0;
    for (size_t at = HEADER_SIZE; at < text.length; at += place->run.size) {
        place->run = run_at(text, at);
        if (place->run.length == 0) {
            return false;
        }
        if (index < place->first + place->run.length) {
            place->at = at;
            return true;
        }
        place->first += place->run.length;
        place->before = at;
    }
    return false;
}

static enum hyperloglog_added raise_in_dense_form(struct value *value, struct position position) {
    char scratch[STRING_SCRATCH_SIZE];
    if (!hyperloglog_make_dense(value)) {
        return HYPERLOGLOG_DAMAGED;
    }
    return raise_dense(value, string_bytes(value, scratch), position);
}

static enum hyperloglog_added raise_sparse(struct value *value, struct bytes text,
                                           struct position position) {
    enum { PARTS_SIZE = 5 };
    struct place place;
    if (position.rank > SPARSE_RANK_MAX) {
        return raise_in_dense_form(value, position);
    }
    if (!find_run(text, position.index, &place)) {
        return HYPERLOGLOG_DAMAGED;
    }
    struct run run = place.run;
    if (run.rank >= position.rank) {
        return HYPERLOGLOG_UNCHANGED;
    }
    uint8_t parts[PARTS_SIZE];
    size_t ahead = position.index - place.first;
    size_t size = write_run(parts, run.rank, ahead);
    size += write_value_run(parts + size, position.rank, 1);
    size += write_run(parts + size, run.rank, run.length - ahead - 1);
    size_t length = text.length - run.size + size;
    if (length > text.length && length > type_limits()->hyperloglog_bytes) {
        return raise_in_dense_form(value, position);
    }
    size_t rest = text.length - place.at - run.size;
    char *target = string_mutable(value, length > text.length ? length : text.length);
    memmove(target + place.at + size, target + place.at + run.size, rest);
    memcpy(target + place.at, parts, size);
    string_truncate(value, join_runs(target, length, place.before));
    return HYPERLOGLOG_CHANGED;
}

static enum hyperloglog_added raise_register(struct value *value, struct position position) {
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes text = string_bytes(value, scratch);
    return hyperloglog_is_sparse(text) ? raise_sparse(value, text, position)
                                       : raise_dense(value, text, position);
}

/* ---- Estimates ---- */

/* How many registers have each rank. */
struct histogram {
    uint32_t counts[RANK_COUNT];
};

/* sigma and tau of the paper, section 2.4. */
static double sigma(double x) {
    if (x == 1) {
        return INFINITY;
    }
    double factor = 1;
    double sum = x;
    double before;
    do {
        x *= x;
        before = sum;
        sum += x * factor;
        factor += factor;
    } while (sum != before);
    return sum;
}

static double tau(double x) {
    const double divisor = 3;
    if (x == 0 || x == 1) {
        return 0;
    }
    double factor = 1;
    double sum = 1 - x;
    double before;
    do {
        x = sqrt(x);
        before = sum;
        factor /= 2;
        sum -= (1 - x) * (1 - x) * factor;
    } while (sum != before);
    return sum / divisor;
}

static uint64_t estimate_of(const struct histogram *histogram) {
    const double alpha = 0.721347520444481703680; /* 1 / (2 ln 2) */
    const double registers = HYPERLOGLOG_REGISTERS;
    const uint32_t *counts = histogram->counts;
    double sum = registers * tau((registers - counts[HASH_RANK_BITS + 1]) / registers);
    for (size_t rank = HASH_RANK_BITS; rank >= 1; rank--) {
        sum = (sum + counts[rank]) / 2;
    }
    sum += registers * sigma(counts[0] / registers);
    return (uint64_t)llround(alpha * registers * registers / sum);
}

/*
 * Four tables, so that an increment need not wait for the one before it when ranks repeat: half
 * the time of one table.
 */
static void count_dense(struct bytes text, struct histogram *histogram) {
    uint32_t counts[GROUP_REGISTERS][RANK_COUNT] = {{0}};
    const uint8_t *bytes = (const uint8_t *)text.data;
    for (size_t at = HEADER_SIZE; at < DENSE_SIZE; at += GROUP_BYTES) {
        uint32_t word = (uint32_t)bytes[at] | (uint32_t)bytes[at + 1] << BYTE_BITS |
                        (uint32_t)bytes[at + 2] << (2 * BYTE_BITS);
        counts[0][word & RANK_MASK]++;
        counts[1][word >> RANK_BITS & RANK_MASK]++;
        counts[2][word >> (2 * RANK_BITS) & RANK_MASK]++;
        counts[GROUP_REGISTERS - 1][word >> ((GROUP_REGISTERS - 1) * RANK_BITS)]++;
    }
    for (size_t rank = 0; rank < RANK_COUNT; rank++) {
        for (size_t i = 0; i < GROUP_REGISTERS; i++) {
            histogram->counts[rank] += counts[i][rank];
        }
    }
}

/* Calls for each run of a sparse one; false when the runs do not add up. */
static bool each_run(struct bytes text, void (*visit)(void *context, size_t first, struct run run),
                     void *context) {
    size_t first = 0;
    for (size_t at = HEADER_SIZE; at < text.length;) {
        struct run run = run_at(text, at);
        if (run.length == 0 || first + run.length > HYPERLOGLOG_REGISTERS) {
            return false;
        }
        visit(context, first, run);
        first += run.length;
        at += run.size;
    }
    return first == HYPERLOGLOG_REGISTERS;
}

static void count_run(void *context, size_t first, struct run run) {
    (void)first;
    ((struct histogram *)context)->counts[run.rank] += (uint32_t)run.length;
}

static void merge_run(void *context, size_t first, struct run run) {
    struct hyperloglog_registers *registers = context;
    if (run.rank == 0) {
        return;
    }
    for (size_t i = first; i < first + run.length; i++) {
        if (registers->ranks[i] < run.rank) {
            registers->ranks[i] = run.rank;
        }
    }
}

/* ---- Public ---- */

bool hyperloglog_is_valid(struct bytes text) {
    return text.length >= HEADER_SIZE && memcmp(text.data, magic, sizeof magic) == 0 &&
           (text.data[ENCODING_AT] == ENCODING_SPARSE ||
            (text.data[ENCODING_AT] == ENCODING_DENSE && text.length == DENSE_SIZE));
}

bool hyperloglog_is_sparse(struct bytes text) {
    return text.data[ENCODING_AT] == ENCODING_SPARSE;
}

/* A header with estimate 0, and room for registers. */
static sds create_text(uint8_t encoding, size_t size) {
    sds text = sds_resize(sds_with_capacity(size), size);
    memcpy(text, magic, sizeof magic);
    text[ENCODING_AT] = (char)encoding;
    return text;
}

void hyperloglog_create(struct value *value) {
    enum { EMPTY_SIZE = HEADER_SIZE + 2 };
    sds text = create_text(ENCODING_SPARSE, EMPTY_SIZE);
    (void)write_run((uint8_t *)text + HEADER_SIZE, 0, HYPERLOGLOG_REGISTERS);
    string_value_of_raw(text, value);
}

enum hyperloglog_added hyperloglog_add(struct value *value, struct bytes element) {
    return raise_register(value, position_of(element));
}

bool hyperloglog_raise(struct value *value, const struct hyperloglog_registers *registers) {
    for (size_t i = 0; i < HYPERLOGLOG_REGISTERS; i++) {
        struct position position = {i, registers->ranks[i]};
        if (position.rank > 0 && raise_register(value, position) == HYPERLOGLOG_DAMAGED) {
            return false;
        }
    }
    return true;
}

static void write_dense_run(void *context, size_t first, struct run run) {
    if (run.rank == 0) {
        return;
    }
    for (size_t i = first; i < first + run.length; i++) {
        set_dense_rank(context, i, run.rank);
    }
}

bool hyperloglog_make_dense(struct value *value) {
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes text = string_bytes(value, scratch);
    if (!hyperloglog_is_sparse(text)) {
        return true;
    }
    sds dense = create_text(ENCODING_DENSE, DENSE_SIZE);
    memcpy(dense + ENCODING_AT + 1, text.data + ENCODING_AT + 1, HEADER_SIZE - ENCODING_AT - 1);
    bool is_sound = each_run(text, write_dense_run, dense + HEADER_SIZE);
    if (is_sound) {
        memcpy(string_mutable(value, DENSE_SIZE), dense, DENSE_SIZE);
        string_truncate(value, DENSE_SIZE);
    }
    sds_free(dense);
    return is_sound;
}

bool hyperloglog_cached(struct bytes text, uint64_t *estimate) {
    if ((text.data[STALE_AT] & STALE_BIT) != 0) {
        return false;
    }
    memcpy(estimate, text.data + ESTIMATE_AT, ESTIMATE_SIZE);
    return true;
}

void hyperloglog_set_stale(struct value *value) {
    char *text = string_mutable_range(value, HEADER_SIZE, STALE_AT, 1);
    text[STALE_AT] = (char)(text[STALE_AT] | STALE_BIT);
}

void hyperloglog_set_estimate(struct value *value, uint64_t estimate) {
    char *text = string_mutable_range(value, HEADER_SIZE, ESTIMATE_AT, ESTIMATE_SIZE);
    memcpy(text + ESTIMATE_AT, &estimate, ESTIMATE_SIZE);
}

bool hyperloglog_estimate(struct bytes text, uint64_t *estimate) {
    struct histogram histogram = {{0}};
    if (!hyperloglog_is_sparse(text)) {
        count_dense(text, &histogram);
    } else if (!each_run(text, count_run, &histogram)) {
        return false;
    }
    *estimate = estimate_of(&histogram);
    return true;
}

uint64_t hyperloglog_estimate_registers(const struct hyperloglog_registers *registers) {
    struct histogram histogram = {{0}};
    for (size_t i = 0; i < HYPERLOGLOG_REGISTERS; i++) {
        histogram.counts[registers->ranks[i] & RANK_MASK]++;
    }
    return estimate_of(&histogram);
}

bool hyperloglog_merge_into(struct hyperloglog_registers *registers, struct bytes text) {
    if (hyperloglog_is_sparse(text)) {
        return each_run(text, merge_run, registers);
    }
    const uint8_t *bytes = (const uint8_t *)text.data + HEADER_SIZE;
    for (size_t i = 0; i < HYPERLOGLOG_REGISTERS; i++) {
        uint8_t rank = dense_rank(bytes, i);
        registers->ranks[i] = rank > registers->ranks[i] ? rank : registers->ranks[i];
    }
    return true;
}

sds hyperloglog_print_runs(struct bytes text, sds out) {
    const char *blank = "";
    for (size_t at = HEADER_SIZE; at < text.length;) {
        struct run run = run_at(text, at);
        if (run.rank > 0) {
            out = sds_append_format(out, "%sv:%u,%zu", blank, run.rank, run.length);
        } else {
            out = sds_append_format(out, "%s%c:%zu", blank, run.size == 1 ? 'z' : 'Z', run.length);
        }
        at += run.size;
        blank = " ";
    }
    return out;
}

/* ---- Self test ---- */

static const char *test_registers(struct value *dense) {
    struct hyperloglog_registers registers;
    char scratch[STRING_SCRATCH_SIZE];
    char *text = string_mutable(dense, DENSE_SIZE);
    for (size_t round = 0; round < RANK_COUNT; round++) {
        for (size_t i = 0; i < HYPERLOGLOG_REGISTERS; i++) {
            set_dense_rank((uint8_t *)text + HEADER_SIZE, i, (i * i + round) & RANK_MASK);
        }
        memset(&registers, 0, sizeof registers);
        if (!hyperloglog_merge_into(&registers, string_bytes(dense, scratch))) {
            return "a dense one counts as damaged";
        }
        for (size_t i = 0; i < HYPERLOGLOG_REGISTERS; i++) {
            if (registers.ranks[i] != ((i * i + round) & RANK_MASK)) {
                return "a dense register does not hold what was written";
            }
        }
    }
    memset(text + HEADER_SIZE, 0, DENSE_SIZE - HEADER_SIZE);
    return NULL;
}

/* The error that ten standard deviations allow, or one element. */
static bool is_near(uint64_t estimate, uint64_t count) {
    const double deviation = 1.04 / 128; /* of the count: 1.04 / sqrt(registers) */
    const double allowed_deviations = 10;
    double error = fabs((double)estimate - (double)count);
    return error <= 1 || error <= allowed_deviations * deviation * (double)count;
}

static const char *test_estimates(struct value *sparse, struct value *dense) {
    enum { ELEMENTS = 100 * 1000, GROWTH = 10 };
    uint64_t checkpoint = 1;
    for (uint64_t i = 1; i <= ELEMENTS; i++) {
        char scratch[STRING_SCRATCH_SIZE];
        struct bytes element = {(const char *)&i, sizeof i};
        if (hyperloglog_add(sparse, element) != hyperloglog_add(dense, element)) {
            return "adding changes a sparse one and not a dense one, or the reverse";
        }
        if (i != checkpoint) {
            continue;
        }
        checkpoint *= GROWTH;
        uint64_t first = 0;
        uint64_t second = 0;
        if (!hyperloglog_estimate(string_bytes(sparse, scratch), &first) ||
            !hyperloglog_estimate(string_bytes(dense, scratch), &second) || first != second) {
            return "a sparse and a dense one have different estimates";
        }
        if (!is_near(first, i)) {
            return "an estimate is out of bounds";
        }
    }
    return NULL;
}

const char *hyperloglog_self_test(void) {
    struct value sparse;
    struct value dense;
    hyperloglog_create(&sparse);
    hyperloglog_create(&dense);
    const char *finding = hyperloglog_make_dense(&dense) ? test_registers(&dense) : "runs";
    if (finding == NULL) {
        finding = test_estimates(&sparse, &dense);
    }
    value_ops_free(&sparse);
    value_ops_free(&dense);
    return finding;
}
