/*
 * Numbers go through strtod and printf of the C locale, which the process never leaves. The glob
 * matcher is iterative: at a mismatch it goes back to the last star only, so that many stars cost
 * no more than pattern times text.
 */
#include "base/text.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DECIMAL = 10,
    HEXADECIMAL = 16,
    UINT64_DIGITS_MAX = 20,
    NUMBER_TEXT_MAX = 256,
    DOUBLE_DIGITS_MIN = 15, /* always survive the way text, double, text */
    DOUBLE_DIGITS_MAX = 17, /* always survive the way double, text, double */
    DOUBLE_SCIENTIFIC_SIZE = 32,
    PLAIN_INTEGER_BITS = 62, /* whole numbers up to 2^62 are printed digit by digit */
    LONG_DOUBLE_FRACTION_DIGITS = 17,
    MEMORY_UNIT_MAX = 3,
};

/* ---- Integers ---- */

static bool parse_digits(struct bytes text, uint64_t *result) {
    if (text.length == 0 || text.length > UINT64_DIGITS_MAX ||
        (text.data[0] == '0' && text.length > 1)) {
        return false;
    }
    uint64_t value = 0;
    size_t safe = text.length < UINT64_DIGITS_MAX ? text.length : UINT64_DIGITS_MAX - 1;
    for (size_t i = 0; i < safe; i++) {
        unsigned digit = (unsigned char)text.data[i] - (unsigned)'0';
        if (digit >= DECIMAL) {
            return false;
        }
        value = value * DECIMAL + digit;
    }
    if (safe < text.length) { /* Only the last of 20 digits can be too much. */
        unsigned digit = (unsigned char)text.data[safe] - (unsigned)'0';
        if (digit >= DECIMAL || value > (UINT64_MAX - digit) / DECIMAL) {
            return false;
        }
        value = value * DECIMAL + digit;
    }
    *result = value;
    return true;
}

bool text_parse_uint64(struct bytes text, uint64_t *result) {
    return parse_digits(text, result);
}

bool text_parse_int64(struct bytes text, int64_t *result) {
    bool is_negative = text.length > 0 && text.data[0] == '-';
    struct bytes digits = {text.data + is_negative, text.length - is_negative};
    uint64_t magnitude;
    if (!parse_digits(digits, &magnitude) || (is_negative && magnitude == 0)) {
        return false;
    }
    if (magnitude > (uint64_t)INT64_MAX + is_negative) {
        return false;
    }
    *result = is_negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

/* How many digits a number has. */
static size_t count_digits(uint64_t value) {
    static const uint64_t powers[UINT64_DIGITS_MAX] = {
        UINT64_C(0), /* 0 has a digit, too */
        UINT64_C(10),
        UINT64_C(100),
        UINT64_C(1000),
        UINT64_C(10000),
        UINT64_C(100000),
        UINT64_C(1000000),
        UINT64_C(10000000),
        UINT64_C(100000000),
        UINT64_C(1000000000),
        UINT64_C(10000000000),
        UINT64_C(100000000000),
        UINT64_C(1000000000000),
        UINT64_C(10000000000000),
        UINT64_C(100000000000000),
        UINT64_C(1000000000000000),
        UINT64_C(10000000000000000),
        UINT64_C(100000000000000000),
        UINT64_C(1000000000000000000),
        UINT64_C(10000000000000000000),
    };
    /* 1233 / 4096 is just above the logarithm of 2, so the estimate is right or one too high. */
    enum { LOG_FACTOR = 1233, LOG_SHIFT = 12, WORD_BITS = 64 };
    size_t bit_count = (size_t)(WORD_BITS - __builtin_clzll(value | 1));
    size_t estimate = bit_count * LOG_FACTOR >> LOG_SHIFT;
    return estimate + (value >= powers[estimate]);
}

size_t text_print_uint64(char *buffer, uint64_t value) {
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233"
        "34353637383940414243444546474849505152535455565758596061626364656667"
        "6869707172737475767778798081828384858687888990919293949596979899";
    enum { PAIR_BASE = 100 };
    size_t length = count_digits(value);
    char *at = buffer + length;
    *at = '\0';
    while (value >= PAIR_BASE) {
        at -= 2;
        memcpy(at, pairs + 2 * (value % PAIR_BASE), 2);
        value /= PAIR_BASE;
    }
    if (value >= DECIMAL) {
        at -= 2;
        memcpy(at, pairs + 2 * value, 2);
    } else {
        *--at = (char)('0' + value);
    }
    return length;
}

size_t text_print_int64(char *buffer, int64_t value) {
    if (value >= 0) {
        return text_print_uint64(buffer, (uint64_t)value);
    }
    buffer[0] = '-';
    return 1 + text_print_uint64(buffer + 1, 0 - (uint64_t)value);
}

/* ---- Floating-point numbers ---- */

/* Copies a number to where strtod can read it. False when it cannot be one. */
static bool copy_number(struct bytes text, char *buffer, size_t size) {
    if (text.length == 0 || text.length >= size || isspace((unsigned char)text.data[0]) ||
        memchr(text.data, '\0', text.length) != NULL) {
        return false;
    }
    memcpy(buffer, text.data, text.length);
    buffer[text.length] = '\0';
    return true;
}

/*
 * Reads what most scores are: a sign, few enough digits to be exact, perhaps a point among them.
 * Such a number is one integer divided by a power of ten, both exact, so it is rounded once, as
 * strtod does. Source: W. D. Clinger, "How to Read Floating Point Numbers Accurately", 1990.
 */
static bool parse_short_decimal(struct bytes text, double *result) {
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    size_t at = text.length > 0 && text.data[0] == '-';
    size_t point = SIZE_MAX;
    size_t first = at;
    uint64_t value = 0;
    if (text.length - first > DOUBLE_DIGITS_MIN) {
        return false;
    }
    for (; at < text.length; at++) {
        unsigned digit = (unsigned char)text.data[at] - (unsigned)'0';
        if (digit < DECIMAL) {
            value = value * DECIMAL + digit;
        } else if (text.data[at] == '.' && point == SIZE_MAX) {
            point = at;
        } else {
            return false;
        }
    }
    if (text.length - first <= (point != SIZE_MAX)) {
        return false; /* There is no digit. */
    }
    double number = (double)value;
    if (point != SIZE_MAX) {
        number /= powers[text.length - point - 1];
    }
    *result = first > 0 ? -number : number;
    return true;
}

bool text_parse_double(struct bytes text, double *result) {
    if (LIKELY(parse_short_decimal(text, result))) {
        return true;
    }
    char buffer[NUMBER_TEXT_MAX];
    if (!copy_number(text, buffer, sizeof buffer)) {
        return false;
    }
    char *end = NULL;
    errno = 0;
    double value = strtod(buffer, &end);
    bool is_out_of_range =
        errno == ERANGE && (value == HUGE_VAL || value == -HUGE_VAL || value == 0);
    if (*end != '\0' || isnan(value) || is_out_of_range) {
        return false;
    }
    *result = value;
    return true;
}

bool text_parse_long_double(struct bytes text, long double *result) {
    char buffer[TEXT_LONG_DOUBLE_MAX_SIZE];
    if (!copy_number(text, buffer, sizeof buffer)) {
        return false;
    }
    char *end = NULL;
    errno = 0;
    long double value = strtold(buffer, &end);
    bool is_out_of_range =
        errno == ERANGE && (value == HUGE_VALL || value == -HUGE_VALL || value == 0);
    if (*end != '\0' || isnan(value) || is_out_of_range) {
        return false;
    }
    *result = value;
    return true;
}

/* A number d.ddd * 10^exponent by its digits; the last is not 0 unless it is the only one. */
struct decimal {
    char digits[DOUBLE_DIGITS_MAX + 1];
    int digit_count;
    int exponent;
};

/* Finds the fewest digits that read back as the same number, which is not negative. */
static void find_shortest_decimal(double value, struct decimal *decimal) {
    /* Below DBL_MIN numbers stand so far apart that even 15 digits are too many. */
    int digit_count = value < DBL_MIN ? 1 : DOUBLE_DIGITS_MIN;
    char text[DOUBLE_SCIENTIFIC_SIZE];
    do {
        (void)snprintf(text, sizeof text, "%.*e", digit_count - 1, value);
    } while (digit_count++ < DOUBLE_DIGITS_MAX && strtod(text, NULL) != value);
    const char *at = text;
    for (decimal->digit_count = 0; *at != 'e'; at++) {
        if (*at != '.') {
            decimal->digits[decimal->digit_count++] = *at;
        }
    }
    while (decimal->digit_count > 1 && decimal->digits[decimal->digit_count - 1] == '0') {
        decimal->digit_count--;
    }
    decimal->exponent = (int)strtol(at + 1, NULL, DECIMAL);
}

static char *put_digits(char *out, const char *digits, int count) {
    memcpy(out, digits, (size_t)count);
    return out + count;
}

static char *put_zeros(char *out, int count) {
    memset(out, '0', (size_t)count);
    return out + count;
}

/*
 * The layout is that of newer servers: the choice between plain and scientific form looks at the
 * exponent of the last digit, too. Returns the length.
 */
static size_t print_decimal(char *buffer, const struct decimal *decimal) {
    enum { PLAIN_ZEROS_MAX = 6, SMALL_EXPONENT_MIN = -6, NEAR_EXPONENT = 4 };
    const char *digits = decimal->digits;
    int count = decimal->digit_count;
    int exponent = decimal->exponent;
    int last_exponent = exponent - count + 1;
    char *out = buffer;
    if (last_exponent >= 0 && last_exponent <= PLAIN_ZEROS_MAX + 1) {
        out = put_zeros(put_digits(out, digits, count), last_exponent);
    } else if (last_exponent < 0 &&
               (last_exponent >= SMALL_EXPONENT_MIN || abs(exponent) < NEAR_EXPONENT)) {
        int whole_count = exponent < 0 ? 0 : exponent + 1;
        out = whole_count == 0 ? put_zeros(out, 1) : put_digits(out, digits, whole_count);
        *out++ = '.';
        out = put_zeros(out, exponent < 0 ? -exponent - 1 : 0);
        out = put_digits(out, digits + whole_count, count - whole_count);
    } else {
        *out++ = digits[0];
        if (count > 1) {
            *out++ = '.';
            out = put_digits(out, digits + 1, count - 1);
        }
        *out++ = 'e';
        *out++ = exponent < 0 ? '-' : '+';
        out += text_print_int64(out, abs(exponent));
    }
    *out = '\0';
    return (size_t)(out - buffer);
}

size_t text_print_double(char *buffer, double value) {
    if (isnan(value)) {
        memcpy(buffer, "nan", sizeof "nan");
        return strlen(buffer);
    }
    if (isinf(value)) {
        memcpy(buffer, value > 0 ? "inf" : "-inf", value > 0 ? sizeof "inf" : sizeof "-inf");
        return strlen(buffer);
    }
    double limit = (double)(INT64_C(1) << PLAIN_INTEGER_BITS);
    if (value >= -limit && value <= limit && value == (double)(int64_t)value &&
        !(value == 0 && signbit(value))) {
        return text_print_int64(buffer, (int64_t)value);
    }
    struct decimal decimal;
    find_shortest_decimal(fabs(value), &decimal);
    size_t sign_size = signbit(value) ? 1 : 0;
    if (sign_size > 0) {
        buffer[0] = '-';
    }
    return sign_size + print_decimal(buffer + sign_size, &decimal);
}

size_t text_print_long_double(char *buffer, long double value) {
    if (isinf(value)) {
        memcpy(buffer, value > 0 ? "inf" : "-inf", value > 0 ? sizeof "inf" : sizeof "-inf");
        return strlen(buffer);
    }
    int printed =
        snprintf(buffer, TEXT_LONG_DOUBLE_MAX_SIZE, "%.*Lf", LONG_DOUBLE_FRACTION_DIGITS, value);
    ASSERT(printed > 0 && printed < TEXT_LONG_DOUBLE_MAX_SIZE);
    size_t length = (size_t)printed;
    while (buffer[length - 1] == '0') {
        length--;
    }
    length -= buffer[length - 1] == '.';
    buffer[length] = '\0';
    if (strcmp(buffer, "-0") == 0) {
        memcpy(buffer, "0", sizeof "0");
        length = 1;
    }
    return length;
}

bool text_parse_memory(struct bytes text, int64_t *result) {
    static const struct {
        const char *name;
        int64_t factor;
    } units[] = {
        {"", 1},           {"b", 1},
        {"k", 1000},       {"kb", 1024},
        {"m", 1000000},    {"mb", 1024 * 1024},
        {"g", 1000000000}, {"gb", 1024 * 1024 * 1024},
    };
    size_t digit_count = 0;
    while (digit_count < text.length && isdigit((unsigned char)text.data[digit_count])) {
        digit_count++;
    }
    struct bytes unit = {text.data + digit_count, text.length - digit_count};
    int64_t value = 0;
    if (unit.length > MEMORY_UNIT_MAX) {
        return false;
    }
    for (size_t i = 0; i < digit_count; i++) {
        if (__builtin_mul_overflow(value, DECIMAL, &value) ||
            __builtin_add_overflow(value, text.data[i] - '0', &value)) {
            return false;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (bytes_is(unit, units[i].name)) {
            return !__builtin_mul_overflow(value, units[i].factor, result);
        }
    }
    return false;
}

/* ---- Glob patterns ---- */

static unsigned char fold(char byte, bool ignore_case) {
    return ignore_case ? (unsigned char)tolower((unsigned char)byte) : (unsigned char)byte;
}

/* Matches a byte against the class that begins behind '['; *end is set behind its ']'. */
static bool class_matches(struct bytes pattern, size_t at, char byte, bool ignore_case,
                          size_t *end) {
    bool is_negated = at < pattern.length && pattern.data[at] == '^';
    at += is_negated;
    unsigned char wanted = fold(byte, ignore_case);
    bool found = false;
    while (at < pattern.length && pattern.data[at] != ']') {
        if (pattern.data[at] == '\\' && at + 1 < pattern.length) {
            at++;
            found |= pattern.data[at] == byte; /* An escaped byte keeps its case here. */
            at++;
        } else if (at + 2 < pattern.length && pattern.data[at + 1] == '-') {
            /* Ordered before case is folded, as stock servers do: [Z-a] is then empty. */
            bool is_ascending =
                (unsigned char)pattern.data[at] <= (unsigned char)pattern.data[at + 2];
            unsigned char low = fold(pattern.data[is_ascending ? at : at + 2], ignore_case);
            unsigned char high = fold(pattern.data[is_ascending ? at + 2 : at], ignore_case);
            found |= wanted >= low && wanted <= high;
            at += 3;
        } else {
            found |= fold(pattern.data[at], ignore_case) == wanted;
            at++;
        }
    }
    *end = at < pattern.length ? at + 1 : at;
    return found != is_negated;
}

/* Matches one byte against the pattern element at `at`, no star; *next is set behind it. */
static bool element_matches(struct bytes pattern, size_t at, char byte, bool ignore_case,
                            size_t *next) {
    char element = pattern.data[at];
    *next = at + 1;
    if (element == '?') {
        return true;
    }
    if (element == '[') {
        return class_matches(pattern, at + 1, byte, ignore_case, next);
    }
    if (element == '\\' && at + 1 < pattern.length) {
        element = pattern.data[at + 1];
        *next = at + 2;
    }
    return fold(element, ignore_case) == fold(byte, ignore_case);
}

bool text_matches_glob(struct bytes pattern, struct bytes text, bool ignore_case) {
    if (text.length == 0) {
        return pattern.length == 0; /* Not even a star matches the empty text. */
    }
    size_t at = 0;
    size_t position = 0;
    size_t star_at = SIZE_MAX; /* behind the last star, … */
    size_t star_position = 0;  /* … which has swallowed up to here */
    while (position < text.length) {
        size_t next = at;
        if (at < pattern.length && pattern.data[at] == '*') {
            star_at = ++at;
            star_position = position;
        } else if (at < pattern.length &&
                   element_matches(pattern, at, text.data[position], ignore_case, &next)) {
            at = next;
            position++;
        } else if (star_at != SIZE_MAX) {
            at = star_at;
            position = ++star_position;
        } else {
            return false;
        }
    }
    while (at < pattern.length && pattern.data[at] == '*') {
        at++;
    }
    return at == pattern.length;
}

/* ---- Arguments ---- */

static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    char lower = (char)tolower((unsigned char)digit);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + DECIMAL : -1;
}

/* Reads the escape behind a backslash in double quotes; returns what it stands for. */
static char read_escape(struct bytes line, size_t *at) {
    static const char letters[] = "nrtba";
    static const char meanings[] = "\n\r\t\b\a";
    char letter = line.data[*at];
    if (letter == 'x' && *at + 2 < line.length && hex_value(line.data[*at + 1]) >= 0 &&
        hex_value(line.data[*at + 2]) >= 0) {
        int value = hex_value(line.data[*at + 1]) * HEXADECIMAL + hex_value(line.data[*at + 2]);
        *at += 3;
        return (char)value;
    }
    *at += 1;
    const char *place = letter == '\0' ? NULL : strchr(letters, letter);
    return place == NULL ? letter : meanings[place - letters];
}

/* Reads a quoted part up to behind its closing quote. False when that is missing. */
static bool read_quoted(struct bytes line, size_t *at, sds *word) {
    char quote = line.data[(*at)++];
    while (*at < line.length && line.data[*at] != quote) {
        char byte = line.data[*at];
        if (byte == '\\' && *at + 1 < line.length && (quote == '"' || line.data[*at + 1] == '\'')) {
            *at += 1;
            byte = quote == '"' ? read_escape(line, at) : line.data[(*at)++];
        } else {
            *at += 1;
        }
        *word = sds_append(*word, (struct bytes){&byte, 1});
    }
    if (*at == line.length) {
        return false;
    }
    *at += 1;
    /* Text glued to a closing quote is an error, not a longer word. */
    return *at == line.length || isspace((unsigned char)line.data[*at]) || line.data[*at] == '\0';
}

/* A word goes on through vertical tabs and form feeds, although they are blanks between words. */
static bool ends_word(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '\0';
}

/* Reads one word; it begins at `at`. */
static bool read_word(struct bytes line, size_t *at, sds *word) {
    while (*at < line.length && !ends_word(line.data[*at])) {
        if (line.data[*at] == '"' || line.data[*at] == '\'') {
            return read_quoted(line, at, word);
        }
        *word = sds_append(*word, (struct bytes){line.data + *at, 1});
        *at += 1;
    }
    return true;
}

sds *text_split_args(struct bytes line, size_t *count) {
    enum { CAPACITY_MIN = 8 };
    size_t capacity = CAPACITY_MIN;
    sds *args = alloc_new(capacity * sizeof *args);
    size_t at = 0;
    *count = 0;
    for (;;) {
        while (at < line.length && isspace((unsigned char)line.data[at])) {
            at++;
        }
        if (at == line.length || line.data[at] == '\0') {
            return args;
        }
        if (*count == capacity) {
            capacity *= 2;
            args = alloc_resize(args, capacity * sizeof *args);
        }
        args[*count] = sds_with_capacity(0);
        *count += 1;
        if (!read_word(line, &at, &args[*count - 1])) {
            text_free_args(args, *count);
            return NULL;
        }
    }
}

void text_free_args(sds *args, size_t count) {
    for (size_t i = 0; i < count; i++) {
        sds_free(args[i]);
    }
    alloc_free(args);
}
