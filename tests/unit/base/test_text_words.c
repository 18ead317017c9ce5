/* The second half of text: glob patterns and the splitting of lines. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "support/unit.h"

#include <string.h>

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
    int64_t start_ns = clock_monotonic_ns();
    require(!text_matches_glob((struct bytes){pattern, 2001}, (struct bytes){text, SIZE}, false));
    require(text_matches_glob((struct bytes){pattern, 1000}, (struct bytes){text, SIZE}, false));
    require(clock_monotonic_ns() - start_ns < 5000000000);
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
