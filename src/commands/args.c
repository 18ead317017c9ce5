/*
 * The texts are those of the oracle; each stands here once.
 */
#include "commands/args.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/text.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/config.h"
#include "server/server.h"
#include "types/lock_value.h"
#include "types/string_type.h"

#include <math.h>
#include <string.h>

bool args_integer(const struct request *req, size_t index, int64_t *number, struct reply *reply) {
    if (text_parse_int64(req->args[index], number)) {
        return true;
    }
    reply_not_an_integer(reply);
    return false;
}

bool args_integer32(const struct request *req, size_t index, int64_t *number, struct reply *reply) {
    if (!args_integer(req, index, number, reply)) {
        return false;
    }
    if (*number < INT32_MIN || *number > INT32_MAX) {
        reply_error(reply, "ERR value is out of range, value must between -2147483648 and "
                           "2147483647");
        return false;
    }
    return true;
}

bool args_bounded(const struct request *req, size_t index, struct args_bounds bounds,
                  int64_t *number, struct reply *reply) {
    int64_t parsed;
    if (!text_parse_int64(req->args[index], &parsed) || parsed < bounds.min ||
        parsed > bounds.max) {
        reply_error(reply, bounds.error);
        return false;
    }
    *number = parsed;
    return true;
}

bool args_positive(const struct request *req, size_t index, int64_t *number, struct reply *reply) {
    struct args_bounds bounds = {0, INT64_MAX, "ERR value is out of range, must be positive"};
    return args_bounded(req, index, bounds, number, reply);
}

/* Drops the first byte if it is this one. */
static bool skip_byte(struct bytes *text, char byte) {
    if (text->length == 0 || text->data[0] != byte) {
        return false;
    }
    text->data++;
    text->length--;
    return true;
}

bool args_cursor(const struct request *req, size_t index, uint64_t *cursor, struct reply *reply) {
    struct bytes text = req->args[index];
    const char *end = text.length == 0 ? NULL : memchr(text.data, '\0', text.length);
    text.length = end == NULL ? text.length : (size_t)(end - text.data);
    uint64_t number = 0;
    if (text.length > 0) {
        bool is_negative = skip_byte(&text, '-');
        if (!is_negative) {
            (void)skip_byte(&text, '+');
        }
        while (text.length > 1 && skip_byte(&text, '0')) {
        }
        if (!text_parse_uint64(text, &number)) {
            reply_error(reply, "ERR invalid cursor");
            return false;
        }
        number = is_negative ? 0 - number : number;
    }
    *cursor = number;
    return true;
}

bool args_timeout(const struct request *req, size_t index, double *seconds, struct reply *reply) {
    long double parsed;
    if (!text_parse_long_double(req->args[index], &parsed)) {
        reply_error(reply, "ERR timeout is not a float or out of range");
        return false;
    }
    if (parsed * CLOCK_MS_PER_SECOND > (long double)INT64_MAX) {
        reply_error(reply, "ERR timeout is out of range");
        return false;
    }
    if (parsed < 0) {
        reply_error(reply, "ERR timeout is negative");
        return false;
    }
    if (ceill(parsed * CLOCK_MS_PER_SECOND) > (long double)(INT64_MAX - clock_unix_ms())) {
        reply_error(reply, "ERR timeout is out of range");
        return false;
    }
    *seconds = (double)parsed;
    return true;
}

bool args_timeout_ms(const struct request *req, size_t index, int64_t *timeout_ms,
                     struct reply *reply) {
    int64_t parsed;
    if (!text_parse_int64(req->args[index], &parsed)) {
        reply_error(reply, "ERR timeout is not an integer or out of range");
        return false;
    }
    if (parsed < 0) {
        reply_error(reply, "ERR timeout is negative");
        return false;
    }
    *timeout_ms = parsed;
    return true;
}

bool args_is(const struct request *req, size_t index, const char *word) {
    return bytes_is(req->args[index], word);
}

static bool refuse_expire_time(const struct request *req, struct reply *reply) {
    reply_error_format(reply, "ERR invalid expire time in '%s' command", req->command->name);
    return false;
}

bool args_deadline(const struct request *req, size_t index, struct args_time time, bool may_be_past,
                   int64_t *deadline_ms, struct reply *reply) {
    int64_t number;
    if (!args_integer(req, index, &number, reply)) {
        return false;
    }
    if (!may_be_past && number <= 0) {
        return refuse_expire_time(req, reply);
    }
    if (time.unit == ARGS_SECONDS && __builtin_mul_overflow(number, CLOCK_MS_PER_SECOND, &number)) {
        return refuse_expire_time(req, reply);
    }
    if (!time.is_absolute && __builtin_add_overflow(number, clock_unix_ms(), &number)) {
        return refuse_expire_time(req, reply);
    }
    *deadline_ms = number < 0 ? 0 : number;
    return true;
}

bool args_is_past(const struct request *req, int64_t deadline_ms) {
    return (req->flags & REQUEST_REPLAYED) == 0 && deadline_ms <= clock_unix_ms();
}

bool args_may_persist(const struct open_key *key, struct reply *reply) {
    if (!lock_value_is(&key->value)) {
        return true;
    }
    reply_error(reply, "ERR a lock must have an expiry");
    return false;
}

bool args_is_time_option(const struct request *req, size_t index, struct args_time *time) {
    static const struct {
        const char *word;
        struct args_time time;
    } options[] = {
        {"ex", {ARGS_SECONDS, false}},
        {"px", {ARGS_MILLISECONDS, false}},
        {"exat", {ARGS_SECONDS, true}},
        {"pxat", {ARGS_MILLISECONDS, true}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        if (args_is(req, index, options[i].word)) {
            *time = options[i].time;
            return true;
        }
    }
    return false;
}

bool args_is_comparison(const struct request *req, size_t index, enum args_condition_kind *kind) {
    static const struct {
        const char *word;
        enum args_condition_kind kind;
    } comparisons[] = {
        {"ifeq", ARGS_IF_EQUAL},
        {"ifne", ARGS_IF_NOT_EQUAL},
        {"ifdeq", ARGS_IF_DIGEST_EQUAL},
        {"ifdne", ARGS_IF_DIGEST_NOT_EQUAL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++) {
        if (args_is(req, index, comparisons[i].word)) {
            *kind = comparisons[i].kind;
            return true;
        }
    }
    return false;
}

static bool parse_digest(struct bytes text, uint64_t *digest) {
    enum { DIGEST_LENGTH = 16, HEX_BASE = 16, HEX_LETTER_START = 10 };
    if (text.length != DIGEST_LENGTH) {
        return false;
    }
    *digest = 0;
    for (size_t i = 0; i < text.length; i++) {
        char lower = (char)(text.data[i] | ('a' - 'A'));
        bool is_digit = text.data[i] >= '0' && text.data[i] <= '9';
        if (!is_digit && (lower < 'a' || lower > 'f')) {
            return false;
        }
        int nibble = is_digit ? text.data[i] - '0' : lower - 'a' + HEX_LETTER_START;
        *digest = *digest * HEX_BASE + (uint64_t)nibble;
    }
    return true;
}

/* Compares a string with the operand of one of the four comparisons. */
static bool compare(const struct request *req, struct args_condition condition,
                    const struct value *value, bool *holds, struct reply *reply) {
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes current = string_bytes(value, scratch);
    if (condition.kind == ARGS_IF_EQUAL || condition.kind == ARGS_IF_NOT_EQUAL) {
        *holds =
            bytes_equal(current, req->args[condition.operand]) == (condition.kind == ARGS_IF_EQUAL);
        return true;
    }
    uint64_t digest;
    if (!parse_digest(req->args[condition.operand], &digest)) {
        reply_error(reply, "ERR digest must be exactly 16 hexadecimal characters");
        return false;
    }
    *holds = (hash_xxh3(current) == digest) == (condition.kind == ARGS_IF_DIGEST_EQUAL);
    return true;
}

bool args_decide(const struct request *req, struct args_condition condition,
                 const struct open_key *key, bool *holds, struct reply *reply) {
    bool is_present = key->entry != NULL;
    switch (condition.kind) {
    case ARGS_ALWAYS:
        *holds = true;
        return true;
    case ARGS_IF_ABSENT:
        *holds = !is_present;
        return true;
    case ARGS_IF_PRESENT:
        *holds = is_present;
        return true;
    case ARGS_IF_EQUAL:
    case ARGS_IF_DIGEST_EQUAL:
    case ARGS_IF_NOT_EQUAL:
    case ARGS_IF_DIGEST_NOT_EQUAL:
        if (!is_present) {
            *holds =
                condition.kind == ARGS_IF_NOT_EQUAL || condition.kind == ARGS_IF_DIGEST_NOT_EQUAL;
            return true;
        }
        if (key->value.type != VALUE_STRING) {
            reply_wrong_type(reply);
            return false;
        }
        return compare(req, condition, &key->value, holds, reply);
    }
    UNREACHABLE();
}

int64_t args_max_bulk_length(const struct request *req) {
    enum { USUAL_MAX = 512 * 1024 * 1024 };
    int64_t max = req->server->settings->proto_max_bulk_len_bytes;
    /* What was acknowledged before the limit was lowered is loaded. */
    return (req->flags & REQUEST_REPLAYED) != 0 && max < USUAL_MAX ? USUAL_MAX : max;
}

bool args_check_length(const struct request *req, int64_t length, struct reply *reply) {
    if (length >= 0 && length <= args_max_bulk_length(req)) {
        return true;
    }
    reply_error(reply, "ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    return false;
}

bool args_reply_fits(const struct request *req, size_t mark, uint64_t left, struct reply *reply) {
    enum { ELEMENT_SIZE_MIN = 6 }; /* An empty bulk. */
    uint64_t max = (uint64_t)args_max_bulk_length(req);
    uint64_t size = reply_written(reply).length - mark;
    if (size <= max && left <= (max - size) / ELEMENT_SIZE_MIN) {
        return true;
    }
    reply_truncate(reply, mark);
    reply_error(reply, "ERR reply exceeds maximum allowed size (proto-max-bulk-len)");
    return false;
}

/* ---- SCAN and its kin ---- */

/* Says which option belongs to another command; false when the word is neither. */
static bool refuse_names_word(const struct request *req, size_t index, struct reply *reply) {
    if (args_is(req, index, "novalues")) {
        reply_error(reply, "ERR NOVALUES option can only be used in HSCAN");
        return true;
    }
    if (args_is(req, index, "noscores")) {
        reply_error(reply, "ERR NOSCORES option can only be used in ZSCAN");
        return true;
    }
    return false;
}

bool args_scan_options(const struct request *req, size_t first, const char *names_word,
                       struct args_scan *options, struct reply *reply) {
    enum { DEFAULT_COUNT = 10 };
    *options = (struct args_scan){.count = DEFAULT_COUNT, .matches_all = true};
    for (size_t i = first; i < request_argc(req); i++) {
        bool has_operand = i + 1 < request_argc(req);
        if (has_operand && args_is(req, i, "count")) {
            int64_t count;
            if (!args_integer(req, ++i, &count, reply)) {
                return false;
            }
            if (count < 1) {
                reply_syntax_error(reply);
                return false;
            }
            options->count = (uint64_t)count;
        } else if (has_operand && args_is(req, i, "match")) {
            options->pattern = request_arg(req, ++i);
            options->matches_all = bytes_equal(options->pattern, BYTES("*"));
        } else if (names_word != NULL && args_is(req, i, names_word)) {
            options->names_only = true;
        } else if (refuse_names_word(req, i, reply)) {
            return false;
        } else {
            reply_syntax_error(reply);
            return false;
        }
    }
    return true;
}

bool args_scan_matches(const struct args_scan *options, struct bytes name) {
    return options->matches_all || text_matches_glob(options->pattern, name, false);
}
