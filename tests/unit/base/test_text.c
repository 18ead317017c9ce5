#include "base/text.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* ---- Integers ---- */

static const char *const bad_integers[] = {
    "",    "-",
    "+1",  "-0",
    "00",  "01",
    "-01", " 1",
    "1 ",  "1.0",
    "1e3", "0x10",
    "1_0", "--1",
    "a",   "9223372036854775808x",
    "1\n", "\t1",
    "+0",  "1-",
    "- 1", "123456789012345678901234567890",
};

Test(text, only_canonical_integers_are_parsed) {
    for (size_t i = 0; i < sizeof bad_integers / sizeof *bad_integers; i++) {
        int64_t number = 77;
        uint64_t unsigned_number = 77;
        require(!text_parse_int64(bytes_of_text(bad_integers[i]), &number));
        require(number == 77);
        require(!text_parse_uint64(bytes_of_text(bad_integers[i]), &unsigned_number));
        require(unsigned_number == 77);
    }
    int64_t number = 77;
    require(!text_parse_int64((struct bytes){NULL, 0}, &number));
    require(!text_parse_int64((struct bytes){"1\0", 2}, &number));
    require(number == 77);
}

Test(text, integers_are_parsed_up_to_the_edges_of_64_bits) {
    int64_t number = 0;
    require(text_parse_int64(BYTES("9223372036854775807"), &number) && number == INT64_MAX);
    require(text_parse_int64(BYTES("-9223372036854775808"), &number) && number == INT64_MIN);
    require(!text_parse_int64(BYTES("9223372036854775808"), &number));
    require(!text_parse_int64(BYTES("-9223372036854775809"), &number));
    require(!text_parse_int64(BYTES("18446744073709551615"), &number));
    require(!text_parse_int64(BYTES("-18446744073709551616"), &number));
    require(text_parse_int64(BYTES("0"), &number) && number == 0);
    uint64_t unsigned_number = 0;
    require(text_parse_uint64(BYTES("18446744073709551615"), &unsigned_number));
    require(unsigned_number == UINT64_MAX);
    require(!text_parse_uint64(BYTES("18446744073709551616"), &unsigned_number));
    require(!text_parse_uint64(BYTES("99999999999999999999"), &unsigned_number));
    require(!text_parse_uint64(BYTES("-1"), &unsigned_number));
}

static void check_integer(int64_t number) {
    char printed[TEXT_INT64_MAX_SIZE];
    char expected[32];
    int length = snprintf(expected, sizeof expected, "%" PRId64, number);
    require(text_print_int64(printed, number) == (size_t)length);
    require_text(bytes_of_text(printed), expected);
    int64_t parsed = 0;
    require(text_parse_int64(bytes_of_text(printed), &parsed) && parsed == number);
    uint64_t unsigned_number = (uint64_t)number;
    length = snprintf(expected, sizeof expected, "%" PRIu64, unsigned_number);
    require(text_print_uint64(printed, unsigned_number) == (size_t)length);
    require_text(bytes_of_text(printed), expected);
}

Test(text, integers_of_every_size_print_and_read_back) {
    struct random random;
    unit_random(&random, "text.integers");
    check_integer(INT64_MIN);
    check_integer(INT64_MAX);
    for (int64_t power = 1; power <= INT64_MAX / 10; power *= 10) {
        for (int64_t offset = -2; offset <= 2; offset++) {
            check_integer(power + offset);
            check_integer(-power + offset);
        }
    }
    for (size_t i = 0; i < 100000; i++) {
        check_integer((int64_t)(random_next(&random) >> random_below(&random, 64)));
        check_integer(-(int64_t)(random_next(&random) >> (1 + random_below(&random, 63))));
    }
}

/* ---- Floating-point numbers ---- */

static const struct {
    double value;
    const char *text;
} doubles[] = {
    {0.0, "0"},
    {-0.0, "-0"},
    {3.0, "3"},
    {-1.5, "-1.5"},
    {0.1, "0.1"},
    {-0.1, "-0.1"},
    {0.3, "0.3"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1e15, "1000000000000000"},
    {1e17, "100000000000000000"},
    {99999999999999999.0, "100000000000000000"},
    {123456789012345678.0, "123456789012345680"},
    {4611686018427387904.0, "4611686018427387904"},
    {-4611686018427387904.0, "-4611686018427387904"},
    {9223372036854775807.0, "9223372036854776000"},
    {12345678901234567890.0, "12345678901234567000"},
    {1.5e19, "1.5e+19"},
    {1e20, "1e+20"},
    {3e20, "3e+20"},
    {1e21, "1e+21"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {5e-324, "5e-324"},
    {-5e-324, "-5e-324"},
    {1e-323, "1e-323"},
    {123456.12345678912, "1.2345612345678912e+5"},
    {1234.5678901234567, "1234.5678901234567"},
    {0.00012345678, "1.2345678e-4"},
    {0.000125, "0.000125"},
    {2.5e-5, "0.000025"},
    {1e-5, "0.00001"},
    {1e-6, "0.000001"},
    {1e-7, "1e-7"},
    {1.5e-7, "1.5e-7"},
    {3.14159265358979312, "3.141592653589793"},
    {17179869184.5, "17179869184.5"},
    {1.0 / 3, "0.3333333333333333"},
    {INFINITY, "inf"},
    {-INFINITY, "-inf"},
};

Test(text, doubles_print_as_newer_servers_print_scores) {
    char printed[TEXT_DOUBLE_MAX_SIZE];
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        size_t length = text_print_double(printed, doubles[i].value);
        require_text(((struct bytes){printed, length}), doubles[i].text);
        require(printed[length] == '\0');
    }
    require(text_print_double(printed, (double)NAN) == 3);
    require_text(bytes_of_text(printed), "nan");
}

Test(text, random_doubles_read_back_and_no_shorter_text_does) {
    struct random random;
    unit_random(&random, "text.doubles");
    for (size_t i = 0; i < 20000; i++) {
        uint64_t bits = random_next(&random);
        bits &= random_below(&random, 8) == 0 ? UINT64_C(0x800fffffffffffff) : UINT64_MAX;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isnan(value) || isinf(value)) {
            continue;
        }
        char printed[TEXT_DOUBLE_MAX_SIZE];
        size_t length = text_print_double(printed, value);
        double parsed = 0;
        require(text_parse_double((struct bytes){printed, length}, &parsed));
        require(memcmp(&parsed, &value, sizeof value) == 0);
        size_t digit_count = 0;
        for (size_t j = 0; j < length && printed[j] != 'e'; j++) {
            digit_count += printed[j] >= '0' && printed[j] <= '9';
        }
        bool is_whole = fabs(value) <= 0x1p62 && value == trunc(value);
        char shorter[64];
        (void)snprintf(shorter, sizeof shorter, "%.*e", (int)digit_count - 2, value);
        require(digit_count < 2 || fabs(value) < 1 || is_whole || printed[length - 1] == '0' ||
                strtod(shorter, NULL) != value);
    }
}

static const char *const good_doubles[] = {
    "1",    "-1",   "+1",    ".5",       "5.",    "1e3",      "1E-3", "inf",   "-Inf",
    "+INF", "0x10", "0x1p3", "infinity", "1e308", "4.9e-324", "-0",   "01.50", "1e+0",
};
static const char *const bad_doubles[] = {
    "",    " 1",    "1 ",     "nan",    "NaN", "-nan", "1e", "1_0", "--1", "1.2.3",
    "abc", "1e400", "-1e400", "1e-400", "0x",  "e5",   ".",  "\t1", "1\n", "infin",
};

Test(text, doubles_are_parsed_whole_or_not_at_all) {
    for (size_t i = 0; i < sizeof good_doubles / sizeof *good_doubles; i++) {
        double value = NAN;
        long double wide = 0;
        require(text_parse_double(bytes_of_text(good_doubles[i]), &value));
        require(value == strtod(good_doubles[i], NULL));
        require(text_parse_long_double(bytes_of_text(good_doubles[i]), &wide));
        require(wide == strtold(good_doubles[i], NULL));
    }
    for (size_t i = 0; i < sizeof bad_doubles / sizeof *bad_doubles; i++) {
        double value = 77;
        require(!text_parse_double(bytes_of_text(bad_doubles[i]), &value));
        require(value == 77);
    }
    double value = 77;
    require(!text_parse_double((struct bytes){"1\0"
                                              "2",
                                              3},
                               &value));
    require(!text_parse_double((struct bytes){NULL, 0}, &value));
    require(value == 77);
}

Test(text, decimals_of_all_lengths_are_rounded_as_strtod_does) {
    struct random random;
    unit_random(&random, "text.decimals");
    for (size_t i = 0; i < 100000; i++) {
        char text[32];
        size_t length = 0;
        size_t digit_count = 1 + random_below(&random, 20);
        size_t point = random_below(&random, 2 * digit_count);
        if (random_below(&random, 3) == 0) {
            text[length++] = '-';
        }
        for (size_t j = 0; j < digit_count; j++) {
            if (j == point) {
                text[length++] = '.';
            }
            text[length++] = (char)('0' + random_below(&random, random_below(&random, 10) + 1));
        }
        text[length] = '\0';
        double value = NAN;
        double expected = strtod(text, NULL);
        require(text_parse_double((struct bytes){text, length}, &value));
        require(memcmp(&value, &expected, sizeof value) == 0);
    }
}

Test(text, a_view_is_parsed_without_what_stands_behind_it) {
    double value = 0;
    require(text_parse_double((struct bytes){"1.5e300", 3}, &value) && value == 1.5);
    int64_t number = 0;
    require(text_parse_int64((struct bytes){"12345", 2}, &number) && number == 12);
}

Test(text, a_number_may_be_long_but_not_endless) {
    char digits[400];
    memset(digits, '0', sizeof digits);
    double value = 77;
    require(text_parse_double((struct bytes){digits, 255}, &value) && value == 0);
    require(!text_parse_double((struct bytes){digits, sizeof digits}, &value));
}

static const struct {
    const char *number;
    const char *text;
} long_doubles[] = {
    {"0", "0"},
    {"-0", "0"},
    {"3", "3"},
    {"10.50", "10.5"},
    {"-1.5", "-1.5"},
    {"1234567.891", "1234567.89099999999996271"},
    {"1e20", "100000000000000000000"},
    {"1e17", "100000000000000000"},
    {"100", "100"},
    {"0.1", "0.1"},
    {"6e-18", "0.00000000000000001"},
    {"4e-18", "0"},
    {"-4e-18", "0"},
    {"3.0000000000000000001", "3"},
    {"1e-17", "0.00000000000000001"},
    {"inf", "inf"},
    {"-inf", "-inf"},
};

Test(text, long_doubles_print_in_the_form_of_incrbyfloat) {
    char printed[TEXT_LONG_DOUBLE_MAX_SIZE];
    for (size_t i = 0; i < sizeof long_doubles / sizeof *long_doubles; i++) {
        long double value = strtold(long_doubles[i].number, NULL);
        size_t length = text_print_long_double(printed, value);
        require_text(((struct bytes){printed, length}), long_doubles[i].text);
        require(printed[length] == '\0');
    }
    require(text_print_long_double(printed, 0.1L + 0.2L) == 3);
    require_text(bytes_of_text(printed), "0.3");
}

Test(text, the_largest_long_double_fits) {
    char printed[TEXT_LONG_DOUBLE_MAX_SIZE];
    size_t length = text_print_long_double(printed, -LDBL_MAX);
    require(length == 4934);
    require(strtold(printed, NULL) == -LDBL_MAX);
}

static const struct {
    const char *text;
    int64_t value;
} sizes[] = {
    {"0", 0},
    {"1", 1},
    {"100b", 100},
    {"1k", 1000},
    {"1kb", 1024},
    {"2K", 2000},
    {"2KB", 2048},
    {"1m", 1000000},
    {"1mB", 1048576},
    {"1g", 1000000000},
    {"1Gb", 1073741824},
    {"007", 7},
    {"1B", 1},
    {"9223372036854775807", INT64_MAX},
    {"8589934591gb", 9223372035781033984},
    {"", 0},
    {"k", 0},
};
static const char *const bad_sizes[] = {
    "-",
    "-1",
    "+1",
    "1kk",
    "kbb",
    "1 k",
    "1kbb",
    "1t",
    "1.5k",
    " 1",
    "9223372036854775808",
    "8589934592gb",
    "99999999999999999999gb",
    "1k ",
    "0x1",
};

Test(text, sizes_take_units) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int64_t value = -1;
        require(text_parse_memory(bytes_of_text(sizes[i].text), &value));
        require(value == sizes[i].value);
    }
    for (size_t i = 0; i < sizeof bad_sizes / sizeof *bad_sizes; i++) {
        int64_t value = -1;
        require(!text_parse_memory(bytes_of_text(bad_sizes[i]), &value));
    }
}

/* ---- Glob patterns, and the splitting of lines ---- */

static bool matches(const char *pattern, const char *text) {
    return text_matches_glob(bytes_of_text(pattern), bytes_of_text(text), false);
}

static const struct {
    const char *pattern;
    const char *good; /* texts that match, separated by blanks */
    const char *bad;
} globs[] = {
    {"*", "a abc *", ""},
    {"**", "a abc", ""},
    {"a*", "a abc a*", "ba b"},
    {"*a", "a ba aaa", "ab b"},
    {"a*b*c", "abc aXbYc abcbc", "ab acb abcd"},
    {"?", "a ?", "ab"},
    {"a?c", "abc a?c", "ac abbc"},
    {"[abc]", "a b c", "d ab ]"},
    {"[a-c]x", "ax bx cx", "dx x a-x"},
    {"[c-a]", "a b c", "d -"},
    {"[^a]", "b ^", "a"},
    {"[!a]", "! a", "b"},
    {"[^]", "a ] ^", "ab"},
    {"[]a]", "", "a ]a] ] []a]"},
    {"[abc", "a b c", "d ["},
    {"[a-", "a -", "b ["},
    {"[a-c", "a b c", "d -"},
    {"[", "", "[ a"},
    {"[\\a-c]", "a - c", "b \\"},
    {"[+--]", "+ , -", ". *"},
    {"[\\]]", "]", "\\ ["},
    {"[a\\-z]", "a - z", "b \\"},
    {"\\*", "*", "a \\*"},
    {"\\?", "?", "a"},
    {"\\[a]", "[a]", "a"},
    {"a\\", "a\\", "a"},
    {"\\\\", "\\", "\\\\"},
    {"{a,b}", "{a,b}", "a b"},
    {"h[ae]llo", "hello hallo", "hillo"},
    {"*[0-9]", "key9 1", "key 9a"},
    {"ABC", "ABC", "abc"},
};

static void check_words(const char *pattern, const char *words, bool expected) {
    char copy[64];
    (void)snprintf(copy, sizeof copy, "%s", words);
    char *rest = copy;
    for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " ")) {
        if (*word != '\0' && matches(pattern, word) != expected) {
            cr_assert_fail("pattern [%s], text [%s]: wanted %d", pattern, word, expected);
        }
    }
}

Test(text, glob_patterns_match_as_the_oracle_matches) {
    for (size_t i = 0; i < sizeof globs / sizeof *globs; i++) {
        check_words(globs[i].pattern, globs[i].good, true);
        check_words(globs[i].pattern, globs[i].bad, false);
    }
    require(matches("", ""));
    require(!matches("", "a"));
    require(!matches("*", "")); /* The stock server does not even try an empty text. */
    require(!matches("***", ""));
    require(!matches("?", ""));
    require(!matches("[a]", ""));
    require(!matches("[^a]", ""));
    require(!matches("\\", ""));
}

Test(text, glob_matches_bytes_of_any_value) {
    require(text_matches_glob(BYTES("a\0*"), BYTES("a\0b\0"), false));
    require(!text_matches_glob(BYTES("a\0c*"), BYTES("a\0b\0"), false));
    require(text_matches_glob(BYTES("[\x80-\xff]"), BYTES("\xc3"), false));
    require(!text_matches_glob(BYTES("[\x80-\xff]"), BYTES("a"), false));
    require(text_matches_glob(BYTES("??"), BYTES("\xc3\xa9"), false));
    require(text_matches_glob((struct bytes){NULL, 0}, (struct bytes){NULL, 0}, false));
}

Test(text, glob_may_ignore_case) {
    require(text_matches_glob(BYTES("MAX*"), BYTES("maxmemory"), true));
    require(text_matches_glob(BYTES("[A-C]x"), BYTES("bX"), true));
    require(text_matches_glob(BYTES("[^A]"), BYTES("b"), true));
    require(!text_matches_glob(BYTES("[^A]"), BYTES("a"), true));
    require(text_matches_glob(BYTES("\\A"), BYTES("a"), true));
    require(!text_matches_glob(BYTES("MAX*"), BYTES("maxmemory"), false));
    require(!text_matches_glob(BYTES("[\\A]"), BYTES("a"), true));
    require(text_matches_glob(BYTES("[\\a]"), BYTES("a"), true));
}

/* Asked of a stock server with CONFIG GET: the ends are put in order before case is folded. */
Test(text, a_range_of_a_glob_is_ordered_before_case_is_folded) {
    static const char *const empty[] = {"[Z-a]", "[x-Z]", "[Z-^]", "[A-_]", "[Z-y]", "[a-^]"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        require(!text_matches_glob(bytes_of_text(empty[i]), BYTES("y"), true));
        require(!text_matches_glob(bytes_of_text(empty[i]), BYTES("Z"), true));
    }
    require(text_matches_glob(BYTES("[^Z-a]"), BYTES("y"), true));
    require(text_matches_glob(BYTES("[z-X]"), BYTES("y"), true));
    require(text_matches_glob(BYTES("[Z-X]"), BYTES("y"), true));
    require(text_matches_glob(BYTES("[X-Z]"), BYTES("y"), true));
    require(text_matches_glob(BYTES("[+-Z]"), BYTES("-"), true));
    require(text_matches_glob(BYTES("[Z-a]"), BYTES("_"), false));
}

/* Tries every way by recursion: what the pattern means, without any cleverness. */
static bool match_slowly(const char *pattern, const char *text) {
    if (*pattern == '\0') {
        return *text == '\0';
    }
    if (*pattern == '*') {
        return match_slowly(pattern + 1, text) ||
               (*text != '\0' && match_slowly(pattern, text + 1));
    }
    return *text != '\0' && (*pattern == '?' || *pattern == *text) &&
           match_slowly(pattern + 1, text + 1);
}

Test(text, glob_agrees_with_a_matcher_that_tries_everything) {
    struct random random;
    unit_random(&random, "text.glob");
    for (size_t round = 0; round < 100000; round++) {
        char pattern[9] = "";
        char text[13] = "";
        for (uint64_t i = random_below(&random, sizeof pattern); i > 0; i--) {
            pattern[i - 1] = "ab*?**"[random_below(&random, 6)];
        }
        size_t length = random_below(&random, sizeof text);
        unit_random_bytes(&random, text, length, 2);
        pattern[8] = '\0';
        bool is_expected = *text == '\0' ? *pattern == '\0' : match_slowly(pattern, text);
        if (matches(pattern, text) != is_expected) {
            cr_assert_fail("pattern [%s], text [%s]", pattern, text);
        }
    }
}

Test(text, a_pattern_of_many_stars_takes_bounded_time) {
    enum { SIZE = 20000 };
    char *pattern = malloc(2 * SIZE);
    char *text = malloc(SIZE);
    require(pattern != NULL && text != NULL);
    memset(text, 'a', SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        pattern[2 * i] = '*';
        pattern[2 * i + 1] = 'a';
    }
    pattern[2000] = 'b';
    clock_t start = clock(); /* of this process: what others do in the time does not count */
    require(!text_matches_glob((struct bytes){pattern, 2001}, (struct bytes){text, SIZE}, false));
    require(text_matches_glob((struct bytes){pattern, 1000}, (struct bytes){text, SIZE}, false));
    require(clock() - start < 5 * CLOCKS_PER_SEC);
    free(pattern);
    free(text);
}

/* ---- Lines ---- */

static void check_split(struct bytes line, const char *const *expected, size_t expected_count) {
    size_t start = alloc_used_bytes();
    size_t count = 77;
    sds *words = text_split_args(line, &count);
    require(words != NULL);
    require(count == expected_count);
    for (size_t i = 0; i < count; i++) {
        require_text(sds_view(words[i]), expected[i]);
    }
    text_free_args(words, count);
    require(alloc_used_bytes() == start);
}

#define split_gives(line, ...)                                                                     \
    do {                                                                                           \
        const char *const expected_[] = {"", ##__VA_ARGS__};                                       \
        check_split(bytes_of_text(line), expected_ + 1, sizeof expected_ / sizeof *expected_ - 1); \
    } while (0)

Test(text, blanks_separate_words) {
    check_split(BYTES(""), NULL, 0);
    check_split(BYTES(" \t\r\n"), NULL, 0);
    check_split((struct bytes){NULL, 0}, NULL, 0);
    split_gives("SET key value", "SET", "key", "value");
    split_gives("  a \t b\r", "a", "b");
    split_gives("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "1", "2", "3", "4", "5", "6", "7", "8",
                "9", "10", "11", "12", "13", "14", "15", "16", "17");
}

/* Seen on the oracle: such bytes are blanks in front of a word but not inside of it. */
Test(text, vertical_tabs_and_form_feeds_do_not_end_a_word) {
    split_gives("a\vb c\fd", "a\vb", "c\fd");
    split_gives("\va \f b", "a", "b");
    split_gives("\"a\"\vb", "a", "b");
}

Test(text, a_zero_byte_ends_the_line) {
    check_split(BYTES("a\0b"), (const char *const[]){"a"}, 1);
    check_split(BYTES("\0b"), NULL, 0);
}

Test(text, double_quotes_keep_blanks_and_know_escapes) {
    split_gives("\"a b\" \"\"", "a b", "");
    split_gives("\"\\n\\r\\t\\b\\a\\\"\\\\\\q\"", "\n\r\t\b\a\"\\q");
    split_gives("\"\\x41\\x4a\\xFf\\xzz\\x4\"", "AJ\xffxzzx4");
    split_gives("a\"b c\"", "ab c");
    size_t count = 0;
    sds *words = text_split_args(BYTES("\"\\x00\""), &count);
    require(words != NULL && count == 1 && sds_length(words[0]) == 1 && words[0][0] == '\0');
    text_free_args(words, count);
}

Test(text, single_quotes_know_one_escape) {
    split_gives("'a \"b' 'it\\'s'", "a \"b", "it's");
    split_gives("'\\n\\\\ '", "\\n\\\\ ");
}

Test(text, unbalanced_quotes_are_refused_without_a_leak) {
    static const char *const lines[] = {
        "\"a",
        "'a",
        "\"",
        "'",
        "a \"b\\\"",
        "\"a\"b",
        "'a'b",
        "\"a\"\"b\"",
        "x 'a'\"b\"",
        "'a\\'",
        "1 2 3 4 5 6 7 8 9 \"",
    };
    size_t start = alloc_used_bytes();
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t count = 0;
        require(text_split_args(bytes_of_text(lines[i]), &count) == NULL);
    }
    require(alloc_used_bytes() == start);
}

Test(text, what_sds_quotes_splits_back_to_the_same_bytes) {
    struct random random;
    unit_random(&random, "text.quotes");
    for (size_t round = 0; round < 3000; round++) {
        char data[40];
        size_t length = random_below(&random, sizeof data);
        unit_random_bytes(&random, data, length, 0);
        sds line = sds_append_quoted(sds_with_capacity(0), (struct bytes){data, length});
        size_t count = 0;
        sds *words = text_split_args(sds_view(line), &count);
        require(words != NULL && count == 1);
        require(bytes_equal(sds_view(words[0]), (struct bytes){data, length}));
        text_free_args(words, count);
        sds_free(line);
    }
}
