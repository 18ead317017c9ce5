/*
 * Values come back as the commands that make them.
 */
#include "persist/rebuild.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "structs/listpack.h"
#include "support/unit.h"
#include "types/list_type.h"
#include "types/set_type.h"
#include "types/string_type.h"
#include "types/value.h"
#include "types/value_ops.h"

#include <string.h>

/* The text with every word of RESP on one line. */
static sds words_of(const char *text) {
    sds words = sds_new(BYTES(""));
    for (const char *at = text; *at != '\0';) {
        const char *end = strstr(at, "\r\n");
        require(end != NULL);
        if (*at == '*') {
            words = sds_append(words, BYTES("| "));
        } else if (*at != '$' && *at != '#') {
            words = sds_append(words, (struct bytes){at, (size_t)(end - at)});
            words = sds_append(words, BYTES(" "));
        }
        at = end + 2;
    }
    return words;
}

static void require_commands(struct value *value, int64_t deadline_ms, const char *expected) {
    struct rebuild *rebuild = rebuild_create();
    struct snapshot_item item = {
        .database_index = 3, .key = BYTES("k"), .value = value, .deadline_ms = deadline_ms};
    sds text = sds_new(BYTES(""));
    rebuild_value(rebuild, &item, &text);
    sds words = words_of(text);
    require_text(sds_view(words), expected);
    sds_free(words);
    sds_free(text);
    rebuild_destroy(rebuild);
    value_ops_free(value);
}

Test(rebuild, a_string_is_one_set) {
    struct value value;
    string_value_of(BYTES("text"), &value);
    require_commands(&value, -1, "| SELECT 3 | SET k text ");
}

Test(rebuild, an_integer_is_written_as_its_text) {
    struct value value;
    string_value_of_integer(-17, &value);
    require_commands(&value, -1, "| SELECT 3 | SET k -17 ");
}

Test(rebuild, a_deadline_follows) {
    struct value value;
    string_value_of(BYTES("x"), &value);
    require_commands(&value, 1234567, "| SELECT 3 | SET k x | PEXPIREAT k 1234567 ");
}

Test(rebuild, a_list_is_pushed_in_order) {
    struct value value;
    list_type_create(&value);
    list_type_push(&value, BYTES("a"), LIST_TAIL);
    list_type_push(&value, BYTES("12"), LIST_TAIL);
    list_type_push(&value, BYTES("b"), LIST_TAIL);
    require_commands(&value, -1, "| SELECT 3 | RPUSH k a 12 b ");
}

Test(rebuild, a_command_has_at_most_64_elements) {
    struct value value;
    list_type_create(&value);
    for (int i = 0; i < 65; i++) {
        list_type_push(&value, BYTES("e"), LIST_TAIL);
    }
    sds expected = sds_new(BYTES("| SELECT 3 | RPUSH k "));
    for (int i = 0; i < 64; i++) {
        expected = sds_append(expected, BYTES("e "));
    }
    expected = sds_append(expected, BYTES("| RPUSH k e "));
    require_commands(&value, -1, expected);
    sds_free(expected);
}

Test(rebuild, a_database_is_selected_once) {
    struct rebuild *rebuild = rebuild_create();
    struct value value;
    string_value_of(BYTES("x"), &value);
    struct snapshot_item item = {
        .database_index = 0, .key = BYTES("a"), .value = &value, .deadline_ms = -1};
    sds text = sds_new(BYTES(""));
    rebuild_value(rebuild, &item, &text);
    rebuild_value(rebuild, &item, &text);
    rebuild_forget_database(rebuild);
    rebuild_value(rebuild, &item, &text);
    sds words = words_of(text);
    require_text(sds_view(words), "| SELECT 0 | SET a x | SET a x | SELECT 0 | SET a x ");
    sds_free(words);
    sds_free(text);
    rebuild_destroy(rebuild);
}

/* A large value comes in parts; the head of its one word is written with the first. */
Test(rebuild, parts_of_a_string_become_one_command) {
    struct rebuild *rebuild = rebuild_create();
    struct value value;
    string_value_of(BYTES("x"), &value);
    struct snapshot_item item = {
        .database_index = 0, .key = BYTES("a"), .value = &value, .deadline_ms = 5};
    struct value_shape shape = {.form = FORM_TEXT, .count = 6};
    sds text = sds_new(BYTES(""));
    rebuild_begin(rebuild, &item, &shape, &text);
    struct value_piece piece = {.kind = PIECE_TEXT, .first = BYTES("abcd"), .total = 6};
    rebuild_piece(rebuild, &piece, &text);
    piece = (struct value_piece){.kind = PIECE_TEXT, .first = BYTES("ef"), .offset = 4, .total = 6};
    rebuild_piece(rebuild, &piece, &text);
    rebuild_end(rebuild, &text);
    sds words = words_of(text);
    require_text(sds_view(words), "| SELECT 0 | SET a abcdef | PEXPIREAT a 5 ");
    sds_free(words);
    sds_free(text);
    rebuild_destroy(rebuild);
}
