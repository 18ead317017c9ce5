#include "base/option.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <string.h>

static const char *const levels[] = {"debug", "verbose", "notice", "warning", NULL};

static const char *check_even(struct bytes text, sds *canonical) {
    if (text.length % 2 != 0) {
        return "argument must have an even length";
    }
    *canonical = sds_append(*canonical, BYTES("<"));
    *canonical = sds_append(*canonical, text);
    return NULL;
}

static const struct option_row bool_row = {.name = "bool", .type = OPTION_BOOL, .max = 1};
static const struct option_row integer_row = {
    .name = "integer", .type = OPTION_INTEGER, .min = -5, .max = 100};
static const struct option_row wide_row = {
    .name = "wide", .type = OPTION_INTEGER, .min = INT64_MIN, .max = INT64_MAX};
static const struct option_row memory_row = {
    .name = "memory", .type = OPTION_MEMORY, .min = 1024, .max = INT64_MAX};
static const struct option_row octal_row = {.name = "octal", .type = OPTION_OCTAL, .max = 0777};
static const struct option_row enum_row = {
    .name = "enum", .type = OPTION_ENUM, .max = 3, .choices = levels};
static const struct option_row string_row = {.name = "string", .type = OPTION_STRING};
static const struct option_row custom_row = {
    .name = "custom", .type = OPTION_CUSTOM, .check = check_even};

static void check_good(const struct option_row *row, const char *text, const char *canonical,
                       int64_t number) {
    size_t start = alloc_used_bytes();
    struct option_value value = {0};
    char error[OPTION_ERROR_SIZE] = "";
    require(option_parse(row, bytes_of_text(text), &value, error));
    require_text(sds_view(value.text), canonical);
    require(value.number == number);
    sds_free(value.text);
    require(alloc_used_bytes() == start);
}

static void check_bad(const struct option_row *row, const char *text, const char *message) {
    size_t start = alloc_used_bytes();
    struct option_value value = {.number = 77};
    char error[OPTION_ERROR_SIZE] = "";
    require(!option_parse(row, bytes_of_text(text), &value, error));
    require_text(bytes_of_text(error), message);
    require(value.number == 77 && value.text == NULL);
    require(alloc_used_bytes() == start);
}

Test(option, booleans_are_yes_or_no_in_any_case) {
    check_good(&bool_row, "yes", "yes", 1);
    check_good(&bool_row, "NO", "no", 0);
    check_bad(&bool_row, "true", "argument must be 'yes' or 'no'");
    check_bad(&bool_row, "1", "argument must be 'yes' or 'no'");
    check_bad(&bool_row, "", "argument must be 'yes' or 'no'");
}

Test(option, integers_obey_their_range_at_its_edges) {
    check_good(&integer_row, "-5", "-5", -5);
    check_good(&integer_row, "100", "100", 100);
    check_bad(&integer_row, "-6", "argument must be between -5 and 100 inclusive");
    check_bad(&integer_row, "101", "argument must be between -5 and 100 inclusive");
    check_bad(&integer_row, "12x", "argument couldn't be parsed into an integer");
    check_bad(&integer_row, "", "argument couldn't be parsed into an integer");
    check_bad(&integer_row, "99999999999999999999", "argument couldn't be parsed into an integer");
    check_good(&wide_row, "-9223372036854775808", "-9223372036854775808", INT64_MIN);
    check_good(&wide_row, "9223372036854775807", "9223372036854775807", INT64_MAX);
}

Test(option, memory_is_kept_in_bytes) {
    check_good(&memory_row, "1kb", "1024", 1024);
    check_good(&memory_row, "2Gb", "2147483648", 2147483648);
    check_bad(&memory_row, "1000",
              "argument must be between 1024 and 9223372036854775807 inclusive");
    check_bad(&memory_row, "5 mb", "argument must be a memory value");
    check_bad(&memory_row, "-1", "argument must be a memory value");
}

Test(option, octal_numbers_stay_octal) {
    check_good(&octal_row, "0", "0", 0);
    check_good(&octal_row, "755", "755", 0755);
    check_good(&octal_row, "0700", "700", 0700);
    check_bad(&octal_row, "78", "argument couldn't be parsed as an octal number");
    check_bad(&octal_row, "", "argument couldn't be parsed as an octal number");
    check_bad(&octal_row, "1000", "argument must be between 0 and 511 inclusive");
    check_bad(&octal_row, "77777777777777777777777777",
              "argument couldn't be parsed as an octal number");
}

Test(option, an_enumeration_takes_its_choices_and_names_them) {
    check_good(&enum_row, "debug", "debug", 0);
    check_good(&enum_row, "WARNING", "warning", 3);
    check_bad(&enum_row, "loud",
              "argument(s) must be one of the following: debug, verbose, notice, warning");
    check_bad(&enum_row, "",
              "argument(s) must be one of the following: debug, verbose, notice, warning");
}

Test(option, a_string_is_taken_as_it_is) {
    check_good(&string_row, "", "", 0);
    check_good(&string_row, "Some Text ", "Some Text ", 0);
}

Test(option, a_row_may_check_by_itself) {
    check_good(&custom_row, "ab", "<ab", 0);
    check_bad(&custom_row, "abc", "argument must have an even length");
}

Test(option, a_long_list_of_choices_is_cut_to_the_room_for_errors) {
    enum { CHOICE_COUNT = 100 };
    static const char *choices[CHOICE_COUNT + 1];
    for (size_t i = 0; i < CHOICE_COUNT; i++) {
        choices[i] = "a-rather-long-choice";
    }
    struct option_row row = {.name = "enum", .type = OPTION_ENUM, .choices = choices};
    struct option_value value = {0};
    char error[OPTION_ERROR_SIZE];
    require(!option_parse(&row, BYTES("x"), &value, error));
    require(strlen(error) == OPTION_ERROR_SIZE - 1);
}
