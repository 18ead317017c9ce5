/*
 * Strings as rows of bits.
 */
#include "base/alloc.h"
#include "base/bits.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/string_type.h"

#include <ctype.h>
#include <string.h>

enum { BITS_PER_BYTE = 8 };

/* ---- Single bits ---- */

/*
 * A bit offset. "#n" (only for BITFIELD: field_bits above 0) counts in fields.
 */
static bool parse_offset(const struct request *req, size_t index, int64_t field_bits,
                         uint64_t *offset, struct reply *reply) {
    struct bytes text = request_arg(req, index);
    bool counts_fields = field_bits > 0 && text.length > 0 && text.data[0] == '#';
    if (counts_fields) {
        text.data++;
        text.length--;
    }
    int64_t number;
    bool is_good = text_parse_int64(text, &number) &&
                   !(counts_fields && __builtin_mul_overflow(number, field_bits, &number)) &&
                   number >= 0 && number / BITS_PER_BYTE < args_max_bulk_length(req);
    if (!is_good) {
        reply_error(reply, "ERR bit offset is not an integer or out of range");
        return false;
    }
    *offset = (uint64_t)number;
    return true;
}

/* Makes the string of a key that is open for writing at least `needed` bytes. True if it grew. */
static bool grow_string(struct open_key *key, enum key_status status, size_t needed) {
    if (status == KEY_ABSENT) {
        string_value_of_raw(sds_with_capacity(0), &key->value);
    }
    bool grows = status == KEY_ABSENT || string_length(&key->value) < needed;
    (void)string_mutable_range(&key->value, needed, needed, 0);
    return grows;
}

/* Stores what a write left behind; only a change of bytes is announced. */
static void store_string(struct request *req, struct open_key *key, int64_t change_count) {
    if (change_count > 0) {
        request_changed(req, key, EVENT_SETBIT, change_count);
    } else {
        (void)keyspace_store(key); /* It may have moved. */
    }
}

/* SETBIT key offset value */
static void setbit_command(struct request *req, struct reply *reply) {
    enum { VALUE_INDEX = 3 };
    static const struct args_bounds bounds = {0, 1, "ERR bit is not an integer or out of range"};
    uint64_t offset;
    int64_t bit;
    if (!parse_offset(req, 2, 0, &offset, reply) ||
        !args_bounded(req, VALUE_INDEX, bounds, &bit, reply)) {
        return;
    }
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    size_t byte = (size_t)(offset / BITS_PER_BYTE);
    size_t needed = byte + 1;
    bool is_grown = grow_string(&key, status, needed);
    char *target = string_mutable_range(&key.value, needed, byte, 1);
    int64_t old_bit = (int64_t)bits_read((struct bytes){target, needed}, offset, 1);
    bits_write(target, offset, 1, (uint64_t)bit);
    store_string(req, &key, is_grown || old_bit != bit);
    reply_integer(reply, old_bit);
}

/* GETBIT key offset */
static void getbit_command(struct request *req, struct reply *reply) {
    uint64_t offset;
    if (!parse_offset(req, 2, 0, &offset, reply)) {
        return;
    }
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    bool is_present = status == KEY_PRESENT;
    reply_integer(
        reply, is_present ? (int64_t)bits_read(string_bytes(&key.value, scratch), offset, 1) : 0);
}

/* ---- Ranges ---- */

/* A range as given: in bytes or bits, negative from the end. */
struct bit_range {
    int64_t start;
    int64_t end;
    bool has_start;
    bool has_end;
    bool in_bits;
    bool ends_when_reversed; /* set by the caller: the unit behind a reversed range is not read */
};

/* True for negative bounds in the wrong order, which BITCOUNT takes as empty. */
static bool is_reversed(const struct bit_range *range) {
    return range->has_end && range->start < 0 && range->end < 0 && range->start > range->end;
}

static bool parse_unit(const struct request *req, size_t index, struct bit_range *range,
                       struct reply *reply) {
    range->in_bits = args_is(req, index, "bit");
    if (!range->in_bits && !args_is(req, index, "byte")) {
        reply_syntax_error(reply);
        return false;
    }
    return true;
}

/* Parses [start [end [BYTE | BIT]]] from an index on. */
static bool parse_range(const struct request *req, size_t first, struct bit_range *range,
                        struct reply *reply) {
    size_t count = request_argc(req) - first;
    enum { COUNT_MAX = 3 };
    if (count > COUNT_MAX) {
        reply_syntax_error(reply);
        return false;
    }
    range->has_start = count > 0;
    range->has_end = count > 1;
    bool has_unit = count == COUNT_MAX;
    if (count > 0 && !args_integer(req, first, &range->start, reply)) {
        return false;
    }
    /* The oracle's orders: BITPOS reads the unit before the end, BITCOUNT behind it. */
    bool unit_is_last = range->ends_when_reversed;
    if (has_unit && !unit_is_last && !parse_unit(req, first + 2, range, reply)) {
        return false;
    }
    if (count > 1 && !args_integer(req, first + 1, &range->end, reply)) {
        return false;
    }
    if (unit_is_last && is_reversed(range)) {
        return true;
    }
    return !has_unit || !unit_is_last || parse_unit(req, first + 2, range, reply);
}

/* Resolves a range to the first and last bit; false when it is empty. */
static bool resolve_range(const struct bit_range *range, size_t length, uint64_t *first,
                          uint64_t *last) {
    int64_t unit = range->in_bits ? 1 : BITS_PER_BYTE;
    int64_t total = (int64_t)length * BITS_PER_BYTE / unit;
    int64_t start = range->has_start ? range->start : 0;
    int64_t end = range->has_end ? range->end : total - 1;
    start = start < 0 ? start + total : start;
    end = end < 0 ? end + total : end;
    start = start < 0 ? 0 : start;
    end = end < 0 ? 0 : end;
    end = end >= total ? total - 1 : end;
    if (start > end) {
        return false;
    }
    *first = (uint64_t)(start * unit);
    *last = (uint64_t)(end * unit + unit - 1);
    return true;
}

/* BITCOUNT key [start end [BYTE | BIT]] */
static void bitcount_command(struct request *req, struct reply *reply) {
    enum { ONE_BOUND_ARGC = 3 };
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_STRING, &key, reply);
    if (status != KEY_PRESENT) {
        if (status == KEY_ABSENT) {
            reply_integer(reply, 0);
        }
        return;
    }
    struct bit_range range = {.ends_when_reversed = true};
    if (request_argc(req) == ONE_BOUND_ARGC) {
        reply_syntax_error(reply);
        return;
    }
    if (!parse_range(req, 2, &range, reply)) {
        return;
    }
    if (is_reversed(&range)) {
        reply_integer(reply, 0);
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes text = string_bytes(&key.value, scratch);
    uint64_t first;
    uint64_t last;
    bool is_empty = !resolve_range(&range, text.length, &first, &last);
    reply_integer(reply, is_empty ? 0 : (int64_t)bits_count_range(text, first, last));
}

/* BITPOS key bit [start [end [BYTE | BIT]]] */
static void bitpos_command(struct request *req, struct reply *reply) {
    enum { RANGE_INDEX = 3 };
    int64_t bit;
    if (!args_integer(req, 2, &bit, reply)) {
        return;
    }
    if (bit != 0 && bit != 1) {
        reply_error(reply, "ERR The bit argument must be 1 or 0.");
        return;
    }
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_STRING, &key, reply);
    if (status != KEY_PRESENT) {
        if (status == KEY_ABSENT) {
            reply_integer(reply, bit == 1 ? -1 : 0);
        }
        return;
    }
    struct bit_range range = {0};
    if (!parse_range(req, RANGE_INDEX, &range, reply)) {
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes text = string_bytes(&key.value, scratch);
    uint64_t first;
    uint64_t last;
    uint64_t found;
    if (!resolve_range(&range, text.length, &first, &last)) {
        reply_integer(reply, -1);
    } else if (bits_find(text, first, last, bit == 1, &found)) {
        reply_integer(reply, (int64_t)found);
    } else {
        /* Behind the end there are zero bits, unless the caller said where to stop. */
        bool goes_on = bit == 0 && !range.has_end;
        reply_integer(reply, goes_on ? (int64_t)text.length * BITS_PER_BYTE : -1);
    }
}

/* ---- BITOP ---- */

static bool parse_operation(const struct request *req, enum bits_operation *operation,
                            struct reply *reply) {
    static const char *const names[] = {
        [BITS_AND] = "and",   [BITS_OR] = "or",       [BITS_XOR] = "xor",     [BITS_NOT] = "not",
        [BITS_DIFF] = "diff", [BITS_DIFF1] = "diff1", [BITS_ANDOR] = "andor", [BITS_ONE] = "one",
    };
    enum { FIRST_SOURCE = 3 };
    size_t source_count = request_argc(req) - FIRST_SOURCE;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!args_is(req, 1, names[i])) {
            continue;
        }
        *operation = (enum bits_operation)i;
        bool needs_two = i == BITS_DIFF || i == BITS_DIFF1 || i == BITS_ANDOR;
        if (i == BITS_NOT && source_count != 1) {
            reply_error(reply, "ERR BITOP NOT must be called with a single source key.");
            return false;
        }
        if (needs_two && source_count < 2) {
            struct bytes name = request_arg(req, 1);
            reply_error_format(reply,
                               "ERR BITOP %.*s must be called with at least two source keys.",
                               (int)name.length, name.data);
            return false;
        }
        return true;
    }
    reply_syntax_error(reply);
    return false;
}

/* Sources of BITOP; integers are printed into the scratch of their place. */
struct sources {
    struct bytes *views;
    char (*scratches)[STRING_SCRATCH_SIZE];
    size_t count;
    size_t longest;
};

static bool open_sources(struct request *req, struct sources *sources, struct reply *reply) {
    enum { FIRST_SOURCE = 3 };
    for (size_t i = 0; i < sources->count; i++) {
        struct open_key key;
        enum key_status status = request_read(req, FIRST_SOURCE + i, VALUE_STRING, &key, reply);
        if (status == KEY_WRONG_TYPE) {
            return false;
        }
        sources->views[i] = status == KEY_ABSENT ? (struct bytes){"", 0}
                                                 : string_bytes(&key.value, sources->scratches[i]);
        size_t length = sources->views[i].length;
        sources->longest = length > sources->longest ? length : sources->longest;
    }
    return true;
}

static void store_result(struct request *req, enum bits_operation operation,
                         const struct sources *sources) {
    struct open_key target;
    if (sources->longest == 0) {
        if (request_write_any(req, 2, &target)) {
            request_removed(req, &target, EVENT_DEL, true);
        }
        return;
    }
    sds result = sds_uninitialized(sources->longest);
    bits_combine(operation, sources->views, sources->count, result, sources->longest);
    (void)request_write_any(req, 2, &target);
    struct value value;
    string_value_of_raw(result, &value);
    request_replaced(req, &target, &value, DEADLINE_NONE, EVENT_SET);
}

/* BITOP operation destkey key [key ...] */
static void bitop_command(struct request *req, struct reply *reply) {
    enum { FIRST_SOURCE = 3 };
    enum bits_operation operation;
    if (!parse_operation(req, &operation, reply)) {
        return;
    }
    struct sources sources = {.count = request_argc(req) - FIRST_SOURCE};
    sources.views = alloc_new(sources.count * sizeof *sources.views);
    sources.scratches = alloc_new(sources.count * sizeof *sources.scratches);
    if (open_sources(req, &sources, reply)) {
        store_result(req, operation, &sources);
        reply_integer(reply, (int64_t)sources.longest);
    }
    alloc_free(sources.views);
    alloc_free(sources.scratches);
}

/* ---- BITFIELD ---- */

enum overflow { OVERFLOW_WRAP, OVERFLOW_SAT, OVERFLOW_FAIL };
enum field_action { FIELD_GET, FIELD_SET, FIELD_INCRBY };

struct field_operation {
    enum field_action action;
    enum overflow overflow;
    bool is_signed;
    unsigned bit_count;
    uint64_t offset;
    int64_t operand;
};

static bool parse_field_type(const struct request *req, size_t index,
                             struct field_operation *operation, struct reply *reply) {
    enum { SIGNED_MAX = 64, UNSIGNED_MAX = 63 };
    struct bytes text = request_arg(req, index);
    char sign = text.length > 1 ? text.data[0] : '\0';
    int64_t bit_count = 0;
    bool is_good = (sign == 'i' || sign == 'u') &&
                   text_parse_int64((struct bytes){text.data + 1, text.length - 1}, &bit_count) &&
                   bit_count >= 1 && bit_count <= (sign == 'i' ? SIGNED_MAX : UNSIGNED_MAX);
    if (!is_good) {
        reply_error(reply, "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is "
                           "not supported but i64 is.");
        return false;
    }
    operation->is_signed = sign == 'i';
    operation->bit_count = (unsigned)bit_count;
    return true;
}

static bool parse_overflow(const struct request *req, size_t index, enum overflow *overflow,
                           struct reply *reply) {
    static const char *const names[] = {
        [OVERFLOW_WRAP] = "wrap", [OVERFLOW_SAT] = "sat", [OVERFLOW_FAIL] = "fail"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (args_is(req, index, names[i])) {
            *overflow = (enum overflow)i;
            return true;
        }
    }
    reply_error(reply, "ERR Invalid OVERFLOW type specified");
    return false;
}

/* Parses one operation; returns how many arguments it has, 0 after an error. */
static size_t parse_operation_at(const struct request *req, size_t index,
                                 struct field_operation *operation, struct reply *reply) {
    enum { TYPE = 1, OFFSET = 2, OPERAND = 3, GET_ARGC = 3, SET_ARGC = 4 };
    size_t left = request_argc(req) - index;
    if (args_is(req, index, "get") && left >= GET_ARGC) {
        operation->action = FIELD_GET;
    } else if (args_is(req, index, "set") && left >= SET_ARGC) {
        operation->action = FIELD_SET;
    } else if (args_is(req, index, "incrby") && left >= SET_ARGC) {
        operation->action = FIELD_INCRBY;
    } else {
        reply_syntax_error(reply);
        return 0;
    }
    if (!parse_field_type(req, index + TYPE, operation, reply) ||
        !parse_offset(req, index + OFFSET, operation->bit_count, &operation->offset, reply)) {
        return 0;
    }
    if (operation->action == FIELD_GET) {
        return GET_ARGC;
    }
    return args_integer(req, index + OPERAND, &operation->operand, reply) ? SET_ARGC : 0;
}

struct field_program {
    struct field_operation *operations;
    size_t count;
    bool writes;
    uint64_t end_bit; /* one behind the last bit that is written */
};

static bool parse_program(const struct request *req, bool only_get, struct field_program *program,
                          struct reply *reply) {
    enum overflow overflow = OVERFLOW_WRAP;
    for (size_t i = 2; i < request_argc(req);) {
        if (args_is(req, i, "overflow") && i + 1 < request_argc(req)) {
            if (!parse_overflow(req, i + 1, &overflow, reply)) {
                return false;
            }
            i += 2;
            continue;
        }
        struct field_operation *operation = &program->operations[program->count];
        *operation = (struct field_operation){.overflow = overflow};
        size_t taken = parse_operation_at(req, i, operation, reply);
        if (taken == 0) {
            return false;
        }
        if (operation->action != FIELD_GET) {
            uint64_t end_bit = operation->offset + operation->bit_count;
            program->writes = true;
            program->end_bit = end_bit > program->end_bit ? end_bit : program->end_bit;
        }
        program->count++;
        i += taken;
    }
    if (only_get && program->writes) {
        reply_error(reply, "ERR BITFIELD_RO only supports the GET subcommand");
        return false;
    }
    return true;
}

/* Wide enough for sums of any two 64-bit numbers, signed or not. */
__extension__ typedef __int128 wide;

/* The bounds of a field's numbers, wide enough for signed and unsigned ones. */
static wide field_min(const struct field_operation *operation) {
    return operation->is_signed ? -((wide)1 << (operation->bit_count - 1)) : 0;
}

static wide field_max(const struct field_operation *operation) {
    unsigned bits = operation->is_signed ? operation->bit_count - 1 : operation->bit_count;
    return ((wide)1 << bits) - 1;
}

static int64_t read_field(struct bytes text, const struct field_operation *operation) {
    uint64_t raw = bits_read(text, operation->offset, operation->bit_count);
    enum { WORD_BITS = 64 };
    if (operation->is_signed && operation->bit_count < WORD_BITS &&
        (raw >> (operation->bit_count - 1)) != 0) {
        raw |= ~(uint64_t)0 << operation->bit_count;
    }
    return (int64_t)raw;
}

/* Brings a number into the field's bounds; false when it does not fit and must not be changed. */
static bool fit_field(const struct field_operation *operation, wide number, int64_t *fitting) {
    wide min = field_min(operation);
    wide max = field_max(operation);
    /*
     * The oracle takes the distance to the upper bound in 64 bits: a number of SET that is so low
     * that it wraps counts as too high.
     */
    enum { WORD_BITS = 64 };
    if (operation->action == FIELD_SET && operation->is_signed &&
        operation->bit_count < WORD_BITS && max - number > INT64_MAX) {
        number = number + ((wide)1 << WORD_BITS);
    }
    if (number < min || number > max) {
        switch (operation->overflow) {
        case OVERFLOW_FAIL:
            return false;
        case OVERFLOW_SAT:
            number = number < min ? min : max;
            break;
        case OVERFLOW_WRAP: {
            wide size = max - min + 1;
            number = (number - min) % size;
            number = (number < 0 ? number + size : number) + min;
            break;
        }
        }
    }
    *fitting = (int64_t)number;
    return true;
}

/* A number to be written, as the arguments mean it: those of unsigned fields are 64-bit words. */
static wide written_number(const struct field_operation *operation, int64_t old) {
    if (operation->action == FIELD_SET) {
        return operation->is_signed ? operation->operand : (wide)(uint64_t)operation->operand;
    }
    return (wide)old + operation->operand;
}

/* Runs one operation; true when it changed the string. */
static bool run_operation(const struct field_operation *operation, char *text, size_t length,
                          struct reply *reply) {
    int64_t old = read_field((struct bytes){text, length}, operation);
    if (operation->action == FIELD_GET) {
        reply_integer(reply, old);
        return false;
    }
    int64_t number;
    if (!fit_field(operation, written_number(operation, old), &number)) {
        reply_null(reply);
        return false;
    }
    bits_write(text, operation->offset, operation->bit_count, (uint64_t)number);
    reply_integer(reply, operation->action == FIELD_SET ? old : number);
    return number != old;
}

static void run_reads(struct request *req, const struct field_program *program,
                      struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes text = {"", 0};
    if (status == KEY_PRESENT) {
        text = string_bytes(&key.value, scratch);
    }
    reply_array(reply, program->count);
    for (size_t i = 0; i < program->count; i++) {
        reply_integer(reply, read_field(text, &program->operations[i]));
    }
}

static void run_writes(struct request *req, const struct field_program *program,
                       struct reply *reply) {
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_STRING, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    enum { FIELD_SPAN_MAX = 9 }; /* bytes that 64 bits touch at most */
    size_t needed = (size_t)((program->end_bit + BITS_PER_BYTE - 1) / BITS_PER_BYTE);
    int64_t change_count = grow_string(&key, status, needed);
    reply_array(reply, program->count);
    for (size_t i = 0; i < program->count; i++) {
        const struct field_operation *operation = &program->operations[i];
        size_t first = (size_t)(operation->offset / BITS_PER_BYTE);
        char *text = string_mutable_range(&key.value, needed, first, FIELD_SPAN_MAX);
        change_count += run_operation(operation, text, string_length(&key.value), reply);
    }
    store_string(req, &key, change_count);
}

static void bitfield(struct request *req, bool only_get, struct reply *reply) {
    enum { GET_ARGC = 3 };
    size_t capacity = request_argc(req) / GET_ARGC + 1;
    struct field_program program = {.operations = alloc_new(capacity * sizeof *program.operations)};
    if (parse_program(req, only_get, &program, reply)) {
        if (program.writes) {
            run_writes(req, &program, reply);
        } else {
            run_reads(req, &program, reply);
        }
    }
    alloc_free(program.operations);
}

/* BITFIELD key [GET type offset | [OVERFLOW x] SET type offset value | INCRBY …] ... */
static void bitfield_command(struct request *req, struct reply *reply) {
    bitfield(req, false, reply);
}

/* BITFIELD_RO key [GET type offset] ... */
static void bitfield_ro_command(struct request *req, struct reply *reply) {
    bitfield(req, true, reply);
}

static uint16_t decide_bitfield_access(const struct bytes *args, size_t argc) {
    enum { GET_SIZE = 3 };
    size_t i = 2;
    while (i < argc) {
        if (bytes_is(args[i], "get") && argc - i >= GET_SIZE) {
            i += GET_SIZE;
        } else if (bytes_is(args[i], "overflow") && argc - i >= 2) {
            i += 2;
        } else {
            return KEY_RW | KEY_ACCESS |
                   KEY_UPDATE; /* A write, or what only the handler refuses. */
        }
    }
    return KEY_RO | KEY_ACCESS;
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "setbit", .handler = setbit_command, .arity = 4,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_BITMAP, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE}),
        .group = GROUP_BITMAP, .since = "2.2.0", .complexity = "O(1)",
        .syntax = "key offset value",
        .summary = "Sets or clears a bit of a string.",
    },
    {
        .name = "getbit", .handler = getbit_command, .arity = 3,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_BITMAP, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_BITMAP, .since = "2.2.0", .complexity = "O(1)",
        .syntax = "key offset",
        .summary = "Returns a bit of a string.",
    },
    {
        .name = "bitcount", .handler = bitcount_command, .arity = -2,
        .flags = CMD_READONLY,
        .acl = ACL_BITMAP, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_BITMAP, .since = "2.6.0", .complexity = "O(N)",
        .syntax = "key [start end [BYTE | BIT]]",
        .summary = "Counts the bits that are set in a string.",
    },
    {
        .name = "bitpos", .handler = bitpos_command, .arity = -3,
        .flags = CMD_READONLY,
        .acl = ACL_BITMAP, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_BITMAP, .since = "2.8.7", .complexity = "O(N)",
        .syntax = "key bit [start [end [BYTE | BIT]]]",
        .summary = "Finds the first bit of a value in a string.",
    },
    {
        .name = "bitop", .handler = bitop_command, .arity = -4,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_BITMAP, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE},
                     {.begin = KEY_INDEX(3), .find = KEY_RANGE(-1, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_BITMAP, .since = "2.6.0", .complexity = "O(N)",
        .syntax = "<AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destkey key [key ...]",
        .summary = "Combines the bits of strings into another string.",
    },
    {
        .name = "bitfield", .handler = bitfield_command, .arity = -2,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_BITMAP, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_ACCESS | KEY_UPDATE | KEY_VARIABLE_FLAGS}),
        .decide_access = decide_bitfield_access,
        .group = GROUP_BITMAP, .since = "3.2.0", .complexity = "O(1)",
        .syntax = "key [<GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding "
                  "offset value | INCRBY encoding offset increment>> [<GET encoding offset | "
                  "[OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding "
                  "offset increment>> ...]]",
        .summary = "Reads and writes integers of any width in a string.",
    },
    {
        .name = "bitfield_ro", .handler = bitfield_ro_command, .arity = -2,
        .flags = CMD_FAST | CMD_READONLY,
        .acl = ACL_BITMAP, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_BITMAP, .since = "6.0.0", .complexity = "O(1)",
        .syntax = "key [GET encoding offset [GET encoding offset ...]]",
        .summary = "Reads integers of any width in a string.",
    },
};
/* clang-format on */

const struct command_table bitmap_commands = {rows, ARRAY_SIZE(rows)};
