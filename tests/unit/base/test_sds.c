#include "base/sds.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <signal.h>
#include <string.h>

Test(sds, equal_bytes_are_equal_whatever_their_address) {
    char copy[] = "key";
    require(bytes_equal(BYTES("key"), (struct bytes){copy, 3}));
    require(!bytes_equal(BYTES("key"), BYTES("kez")));
    require(!bytes_equal(BYTES("key"), BYTES("keys")));
    require(bytes_equal((struct bytes){NULL, 0}, BYTES("")));
    require(bytes_equal((struct bytes){NULL, 0}, (struct bytes){NULL, 0}));
}

Test(sds, comparison_without_case_folds_ascii_letters_only) {
    require(bytes_equal_nocase(BYTES("WithScores"), BYTES("wITHsCORES")));
    require(!bytes_equal_nocase(BYTES("a"), BYTES("ab")));
    require(!bytes_equal_nocase(BYTES("\xc4"), BYTES("\xe4")));
    require(!bytes_equal_nocase(BYTES("@"), BYTES("`")));
    require(!bytes_equal_nocase(BYTES("["), BYTES("{")));
    require(bytes_is(BYTES("LIMIT"), "limit"));
    require(!bytes_is(BYTES("limit\0"), "limit"));
    require(bytes_is((struct bytes){NULL, 0}, ""));
}

Test(sds, order_is_by_unsigned_bytes_and_a_prefix_comes_first) {
    require(bytes_compare(BYTES("a"), BYTES("b")) < 0);
    require(bytes_compare(BYTES("\xff"), BYTES("a")) > 0);
    require(bytes_compare(BYTES("ab"), BYTES("abc")) < 0);
    require(bytes_compare(BYTES("abc"), BYTES("ab")) > 0);
    require(bytes_compare(BYTES("a\0b"), BYTES("a\0b")) == 0);
    require(bytes_compare((struct bytes){NULL, 0}, BYTES("")) == 0);
    require(bytes_compare((struct bytes){NULL, 0}, BYTES("a")) < 0);
}

Test(sds, new_one_holds_a_copy_and_a_zero_byte_behind) {
    char source[] = "a\0b";
    sds text = sds_new((struct bytes){source, 3});
    source[0] = 'x';
    require(sds_length(text) == 3);
    require(memcmp(text, "a\0b", 4) == 0);
    sds_free(text);
    text = sds_new((struct bytes){NULL, 0});
    require(sds_length(text) == 0);
    require(text[0] == '\0');
    sds_free(text);
    sds_free(NULL);
}

Test(sds, appending_byte_by_byte_grows_by_half_again) {
    size_t before = alloc_used_bytes();
    enum { COUNT = 100000 };
    sds text = sds_with_capacity(0);
    size_t move_count = 0;
    size_t capacity = sds_capacity(text);
    for (size_t i = 0; i < COUNT; i++) {
        char byte = (char)(unsigned char)i;
        text = sds_append(text, (struct bytes){&byte, 1});
        move_count += capacity != sds_capacity(text);
        capacity = sds_capacity(text);
    }
    require(sds_length(text) == COUNT);
    require(capacity <= COUNT + COUNT / 2);
    require(move_count < 40);
    for (size_t i = 0; i < COUNT; i++) {
        require((unsigned char)text[i] == (i & 255));
    }
    require(text[COUNT] == '\0');
    require(sds_memory(text) >= COUNT);
    sds_free(text);
    require(alloc_used_bytes() == before);
}

Test(sds, appending_nothing_changes_nothing) {
    sds text = sds_new(BYTES("ab"));
    sds same = sds_append(text, (struct bytes){NULL, 0});
    require(same == text);
    require_text(sds_view(same), "ab");
    sds_free(same);
}

Test(sds, formats_of_every_length_are_appended_whole) {
    for (int width = 0; width < 1200; width += 7) {
        sds text = sds_append_format(sds_new(BYTES("<")), "%*d|", width, 5);
        size_t expected = (size_t)(width == 0 ? 1 : width) + 2;
        require(sds_length(text) == expected);
        require(text[0] == '<' && text[expected - 1] == '|' && text[expected - 2] == '5');
        require(text[expected] == '\0');
        sds_free(text);
    }
}

Test(sds, quoting_escapes_what_is_not_printable) {
    sds text = sds_append_quoted(sds_with_capacity(0), BYTES("a\n\r\t\a\b\\\"\0\x1f\x7f\xff ~'"));
    require_text(sds_view(text), "\"a\\n\\r\\t\\a\\b\\\\\\\"\\x00\\x1f\\x7f\\xff ~'\"");
    sds_free(text);
    text = sds_append_quoted(sds_with_capacity(0), (struct bytes){NULL, 0});
    require_text(sds_view(text), "\"\"");
    sds_free(text);
}

Test(sds, reserving_keeps_the_length_and_makes_room) {
    sds text = sds_reserve(sds_new(BYTES("abc")), 1000);
    require(sds_length(text) == 3);
    require(sds_capacity(text) >= 1003);
    size_t capacity = sds_capacity(text);
    text = sds_reserve(text, capacity - 3);
    require(sds_capacity(text) == capacity);
    memcpy(text + 3, "def", 3);
    sds_set_length(text, 6);
    require_text(sds_view(text), "abcdef");
    require(text[6] == '\0');
    sds_free(text);
}

Test(sds, resizing_fills_with_zero_and_cuts) {
    sds text = sds_resize(sds_new(BYTES("abc")), 6);
    require(sds_length(text) == 6);
    require(memcmp(text, "abc\0\0\0", 7) == 0);
    size_t capacity = sds_capacity(text);
    text = sds_resize(text, 1);
    require_text(sds_view(text), "a");
    require(sds_capacity(text) == capacity);
    text = sds_resize(text, 3);
    require(memcmp(text, "a\0\0", 4) == 0);
    sds_free(text);
}

Test(sds, keeping_a_part_moves_it_to_the_front) {
    sds text = sds_new(BYTES("hello world"));
    sds_keep(text, 6, 5);
    require_text(sds_view(text), "world");
    sds_keep(text, 0, 5);
    require_text(sds_view(text), "world");
    sds_keep(text, 5, 0);
    require(sds_length(text) == 0);
    require(text[0] == '\0');
    sds_free(text);
}

Test(sds, uninitialized_one_is_exactly_sized) {
    sds text = sds_uninitialized(1000);
    require(sds_length(text) == 1000);
    require(sds_capacity(text) == 1000);
    require(text[1000] == '\0');
    sds_free(text);
}

Test(sds, a_length_beyond_the_capacity_is_a_programmers_mistake, .signal = SIGABRT) {
    sds text = sds_with_capacity(4);
    sds_set_length(text, 5);
}

Test(sds, a_part_beyond_the_end_is_a_programmers_mistake, .signal = SIGABRT) {
    sds text = sds_new(BYTES("abc"));
    sds_keep(text, 2, 2);
}
