#include "types/string_type.h"

#include "base/alloc.h"
#include "base/random.h"
#include "support/unit.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <string.h>

static void expect(const struct value *value, const char *text, const char *encoding) {
    char scratch[STRING_SCRATCH_SIZE];
    require_text(string_bytes(value, scratch), text);
    require(string_length(value) == strlen(text));
    require_text(bytes_of_text(value_ops_encoding_name(value)), encoding);
}

Test(string_type, canonical_integers_are_kept_as_numbers) {
    static const struct {
        const char *text;
        const char *encoding;
    } rows[] = {
        {"0", "int"},
        {"-1", "int"},
        {"9223372036854775807", "int"},
        {"-9223372036854775808", "int"},
        {"9223372036854775808", "embstr"},
        {"01", "embstr"},
        {"+1", "embstr"},
        {"-0", "embstr"},
        {" 1", "embstr"},
        {"1 ", "embstr"},
        {"", "embstr"},
        {"1.0", "embstr"},
        {"12345678901234567890123456789012345678901234", "embstr"},
        {"123456789012345678901234567890123456789012345", "raw"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value value;
        string_value_of(bytes_of_text(rows[i].text), &value);
        expect(&value, rows[i].text, rows[i].encoding);
        int64_t number = 77;
        bool is_integer = strcmp(rows[i].encoding, "int") == 0;
        require(string_integer(&value, &number) == is_integer);
        require(is_integer || number == 77);
        value_ops_free(&value);
    }
}

Test(string_type, bytes_may_stay_bytes_although_they_are_an_integer) {
    struct value value;
    string_value_of_text(BYTES("12"), &value);
    expect(&value, "12", "embstr");
    int64_t number = 0;
    cr_assert(string_integer(&value, &number));
    cr_assert_eq(number, 12);
    string_value_of_raw(sds_new(BYTES("12")), &value);
    expect(&value, "12", "raw");
    cr_assert(string_integer(&value, &number));
    value_ops_free(&value);
    string_value_of_integer(-5, &value);
    expect(&value, "-5", "int");
}

Test(string_type, short_bytes_are_borrowed_and_long_ones_copied) {
    char text[STRING_INLINE_MAX + 1];
    memset(text, 'x', sizeof text);
    struct value value;
    string_value_of((struct bytes){text, STRING_INLINE_MAX}, &value);
    cr_assert_eq(value.storage, VALUE_STORED_BYTES);
    cr_assert_eq(value.bytes.data, text);
    string_value_of((struct bytes){text, STRING_INLINE_MAX + 1}, &value);
    cr_assert_eq(value.storage, VALUE_STORED_OBJECT);
    text[0] = 'y';
    char scratch[STRING_SCRATCH_SIZE];
    cr_assert_eq(string_bytes(&value, scratch).data[0], 'x');
    cr_assert_geq(value_ops_memory(&value, 0), STRING_INLINE_MAX);
    value_ops_free(&value);
}

Test(string_type, a_given_buffer_is_kept_or_freed) {
    size_t before = alloc_used_bytes();
    struct value value;
    string_value_of_sds(sds_new(BYTES("123")), &value);
    expect(&value, "123", "int");
    sds text = sds_new(BYTES("hello"));
    string_value_of_sds(text, &value);
    cr_assert_eq(value.object, text);
    value_ops_free(&value);
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(string_type, appending_works_on_every_encoding) {
    struct value value;
    string_value_of_integer(12, &value);
    string_append(&value, BYTES("34"));
    expect(&value, "1234", "raw");
    string_append(&value, BYTES(""));
    string_append(&value, BYTES("56"));
    expect(&value, "123456", "raw");
    value_ops_free(&value);
    string_value_of(BYTES("ab"), &value);
    string_append(&value, BYTES("cd"));
    expect(&value, "abcd", "raw");
    value_ops_free(&value);
}

Test(string_type, a_mutable_string_grows_with_zero_bytes) {
    struct value value;
    string_value_of(BYTES("ab"), &value);
    char *bytes = string_mutable(&value, 5);
    cr_assert_eq(memcmp(bytes, "ab\0\0\0", 5), 0);
    bytes[4] = 'e';
    bytes = string_mutable(&value, 2);
    cr_assert_eq(memcmp(bytes, "ab\0\0e", 5), 0);
    cr_assert_eq(string_length(&value), 5);
    bytes = string_mutable_range(&value, 7, 5, 2);
    cr_assert_eq(memcmp(bytes, "ab\0\0e\0\0", 7), 0);
    value_ops_free(&value);
}

Test(string_type, a_copy_is_independent) {
    struct value value;
    string_value_of_raw(sds_new(BYTES("text")), &value);
    struct value copy;
    value_ops_copy(&value, &copy);
    string_append(&value, BYTES("!"));
    expect(&copy, "text", "raw");
    expect(&value, "text!", "raw");
    value_ops_free(&value);
    value_ops_free(&copy);
    string_value_of_integer(3, &value);
    value_ops_copy(&value, &copy);
    expect(&copy, "3", "int");
}

/* ---- Kept strings ---- */

struct collected {
    sds text;
};

static void collect(void *context, const struct value_piece *piece) {
    struct collected *collected = context;
    require(piece->kind == PIECE_TEXT);
    require(piece->offset == sds_length(collected->text));
    collected->text = sds_append(collected->text, piece->first);
}

static void change_randomly(struct random *random, struct value *value) {
    size_t length = string_length(value);
    switch (random_below(random, 3)) {
    case 0:
        string_append(value, BYTES("appended"));
        return;
    case 1: {
        size_t offset = random_below(random, length + 2000);
        size_t size = 1 + random_below(random, random_below(random, 4) == 0 ? 20000 : 20);
        size_t wanted = offset + size > length ? offset + size : length;
        memset(string_mutable_range(value, wanted, offset, size) + offset, '#', size);
        return;
    }
    default:
        if (random_below(random, 50) == 0) {
            memset(string_mutable(value, length), '*', length);
        }
        return;
    }
}

Test(string_type, a_kept_string_is_walked_as_it_was_while_it_changes) {
    struct random random;
    unit_random(&random, "string_kept");
    size_t before = alloc_used_bytes();
    for (size_t round = 0; round < 30; round++) {
        size_t length = 5000 + random_below(&random, 200000);
        sds text = sds_uninitialized(length);
        unit_random_bytes(&random, text, length, 26);
        sds wanted = sds_new(sds_view(text));
        struct value value;
        string_value_of_raw(text, &value);
        require(value_ops_is_large(&value, 1) && !value_ops_is_large(&value, 1000));
        for (size_t turn = 0; turn < 2; turn++) {
            require(value_ops_kept(&value) == NULL);
            struct value_shape shape = value_ops_keep(&value);
            require(value_ops_kept(&value) != NULL);
            require(shape.form == FORM_TEXT && shape.count == string_length(&value));
            sds_free(wanted);
            wanted = sds_new(string_bytes(&value, NULL));
            struct collected collected = {sds_new(BYTES(""))};
            bool is_over = false;
            while (!is_over) {
                change_randomly(&random, &value);
                is_over = value_ops_walk_kept(&value, 1 + random_below(&random, 20000), collect,
                                              &collected);
            }
            require(bytes_equal(sds_view(collected.text), sds_view(wanted)));
            sds_free(collected.text);
        }
        sds_free(wanted);
        value_ops_free(&value);
    }
    cr_assert_eq(alloc_used_bytes(), before);
}
