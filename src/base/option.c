/*
 * Every value is kept as text in its canonical form, beside its number: CONFIG GET, CONFIG REWRITE
 * and the file's reader share it.
 */
#include "base/option.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { OCTAL_BASE = 8, OCTAL_DIGITS_MAX = 6 };

static bool fail(char error[OPTION_ERROR_SIZE], const char *text) {
    (void)snprintf(error, OPTION_ERROR_SIZE, "%s", text);
    return false;
}

static bool check_range(const struct option_row *row, int64_t number,
                        char error[OPTION_ERROR_SIZE]) {
    if (number >= row->min && number <= row->max) {
        return true;
    }
    (void)snprintf(error, OPTION_ERROR_SIZE, "argument must be between %lld and %lld inclusive",
                   (long long)row->min, (long long)row->max);
    return false;
}

static bool parse_octal(struct bytes text, int64_t *number) {
    *number = 0;
    if (text.length == 0 || text.length > OCTAL_DIGITS_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '7') {
            return false;
        }
        *number = *number * OCTAL_BASE + (text.data[i] - '0');
    }
    return true;
}

static bool find_choice(const struct option_row *row, struct bytes text, int64_t *index,
                        char error[OPTION_ERROR_SIZE]) {
    sds names = sds_new(BYTES("argument(s) must be one of the following: "));
    for (size_t i = 0; row->choices[i] != NULL; i++) {
        if (bytes_is(text, row->choices[i])) {
            *index = (int64_t)i;
            sds_free(names);
            return true;
        }
        names = sds_append_format(names, "%s%s", i == 0 ? "" : ", ", row->choices[i]);
    }
    (void)fail(error, names);
    sds_free(names);
    return false;
}

static bool parse_number(const struct option_row *row, struct bytes text, int64_t *number,
                         char error[OPTION_ERROR_SIZE]) {
    if (row->type == OPTION_BOOL) {
        *number = bytes_is(text, "yes");
        return *number != 0 || bytes_is(text, "no") ||
               fail(error, "argument must be 'yes' or 'no'");
    }
    if (row->type == OPTION_ENUM) {
        return find_choice(row, text, number, error);
    }
    if (row->type == OPTION_MEMORY) {
        if (!text_parse_memory(text, number)) {
            return fail(error, "argument must be a memory value");
        }
    } else if (row->type == OPTION_OCTAL) {
        if (!parse_octal(text, number)) {
            return fail(error, "argument couldn't be parsed as an octal number");
        }
    } else if (!text_parse_int64(text, number)) {
        return fail(error, "argument couldn't be parsed into an integer");
    }
    return check_range(row, *number, error);
}

static sds canonical_text(const struct option_row *row, int64_t number) {
    switch ((enum option_type)row->type) {
    case OPTION_BOOL:
        return sds_new(bytes_of_text(number != 0 ? "yes" : "no"));
    case OPTION_ENUM:
        return sds_new(bytes_of_text(row->choices[number]));
    case OPTION_OCTAL:
        return sds_append_format(sds_with_capacity(0), "%llo", (unsigned long long)number);
    case OPTION_INTEGER:
    case OPTION_MEMORY:
        return sds_append_format(sds_with_capacity(0), "%lld", (long long)number);
    case OPTION_STRING:
    case OPTION_CUSTOM:
        break;
    }
    UNREACHABLE();
}

bool option_parse(const struct option_row *row, struct bytes text, struct option_value *value,
                  char error[OPTION_ERROR_SIZE]) {
    if (row->type == OPTION_STRING) {
        *value = (struct option_value){.text = sds_new(text)};
        return true;
    }
    if (row->type == OPTION_CUSTOM) {
        sds canonical = sds_with_capacity(text.length);
        const char *problem = row->check(text, &canonical);
        if (problem != NULL) {
            sds_free(canonical);
            return fail(error, problem);
        }
        *value = (struct option_value){.text = canonical};
        return true;
    }
    int64_t number = 0;
    if (!parse_number(row, text, &number, error)) {
        return false;
    }
    *value = (struct option_value){.text = canonical_text(row, number), .number = number};
    return true;
}
