#include "proto/reply.h"

#include "base/alloc.h"
#include "base/random.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

enum { ROOM = 512 };

/* A reply in lent memory. */
struct lent {
    char memory[ROOM];
    struct reply reply;
};

static struct reply *start(struct lent *lent, int protocol) {
    reply_init(&lent->reply, lent->memory, ROOM, protocol);
    return &lent->reply;
}

static void expect(struct lent *lent, const char *text) {
    require_text(reply_written(&lent->reply), text);
    reply_truncate(&lent->reply, 0);
}

Test(reply, replies_without_a_protocol_of_their_own) {
    for (int protocol = RESP2; protocol <= RESP3; protocol++) {
        struct lent lent;
        struct reply *reply = start(&lent, protocol);
        reply_ok(reply);
        expect(&lent, "+OK\r\n");
        reply_queued(reply);
        expect(&lent, "+QUEUED\r\n");
        reply_simple(reply, "PONG");
        expect(&lent, "+PONG\r\n");
        reply_bulk(reply, BYTES(""));
        expect(&lent, "$0\r\n\r\n");
        reply_bulk_text(reply, "hello world");
        expect(&lent, "$11\r\nhello world\r\n");
        reply_bulk_integer(reply, -12);
        expect(&lent, "$3\r\n-12\r\n");
        reply_array(reply, 0);
        expect(&lent, "*0\r\n");
        reply_raw(reply, BYTES(":1\r\n"));
        expect(&lent, ":1\r\n");
        reply_raw(reply, BYTES(""));
        expect(&lent, "");
    }
}

Test(reply, integers_of_every_length) {
    struct lent lent;
    struct reply *reply = start(&lent, RESP2);
    static const int64_t numbers[] = {0,   1,         9,         10,       99,  100, 101,  -1,  -9,
                                      -10, INT64_MAX, INT64_MIN, 12345678, 999, 255, 1000, -100};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char text[40];
        reply_integer(reply, numbers[i]);
        (void)snprintf(text, sizeof text, ":%" PRId64 "\r\n", numbers[i]);
        expect(&lent, text);
    }
}

Test(reply, bulks_of_every_length_are_copied_whole) {
    struct random random;
    unit_random(&random, "bulks");
    char source[300];
    unit_random_bytes(&random, source, sizeof source, 0);
    for (size_t length = 0; length <= sizeof source; length++) {
        struct lent lent;
        struct reply *reply = start(&lent, RESP2);
        char head[20];
        int head_size = snprintf(head, sizeof head, "$%zu\r\n", length);
        reply_bulk(reply, (struct bytes){source, length});
        struct bytes written = reply_written(reply);
        require(written.length == (size_t)head_size + length + 2);
        require(memcmp(written.data, head, (size_t)head_size) == 0);
        require(memcmp(written.data + head_size, source, length) == 0);
        require(memcmp(written.data + head_size + length, "\r\n", 2) == 0);
        reply_release(reply);
    }
}

Test(reply, bulks_in_a_row_are_written_as_one_by_one) {
    char source[300];
    memset(source, 'x', sizeof source);
    struct bytes values[sizeof source];
    struct lent lent;
    struct lent other_lent;
    struct reply *reply = start(&lent, RESP2);
    struct reply *other = start(&other_lent, RESP2);
    for (size_t i = 0; i < sizeof source; i++) {
        values[i] = (struct bytes){source, i / 3}; /* some of one length behind each other */
        reply_bulk(other, values[i]);
    }
    reply_bulks(reply, values, 0);
    reply_bulks(reply, values, sizeof source);
    require(bytes_equal(reply_written(reply), reply_written(other)));
    reply_release(reply);
    reply_release(other);
}

Test(reply, the_shapes_of_resp2) {
    struct lent lent;
    struct reply *reply = start(&lent, RESP2);
    reply_null(reply);
    expect(&lent, "$-1\r\n");
    reply_null_array(reply);
    expect(&lent, "*-1\r\n");
    reply_double(reply, 3.5);
    expect(&lent, "$3\r\n3.5\r\n");
    reply_double(reply, -INFINITY);
    expect(&lent, "$4\r\n-inf\r\n");
    reply_bool(reply, true);
    expect(&lent, ":1\r\n");
    reply_bool(reply, false);
    expect(&lent, ":0\r\n");
    reply_big_number(reply, BYTES("1234567999999999999"));
    expect(&lent, "$19\r\n1234567999999999999\r\n");
    reply_verbatim(reply, "txt", BYTES("some"));
    expect(&lent, "$4\r\nsome\r\n");
    reply_map(reply, 3);
    expect(&lent, "*6\r\n");
    reply_set(reply, 3);
    expect(&lent, "*3\r\n");
    reply_push(reply, 3);
    expect(&lent, "*3\r\n");
}

Test(reply, the_shapes_of_resp3) {
    struct lent lent;
    struct reply *reply = start(&lent, RESP3);
    reply_null(reply);
    expect(&lent, "_\r\n");
    reply_null_array(reply);
    expect(&lent, "_\r\n");
    reply_double(reply, 3.5);
    expect(&lent, ",3.5\r\n");
    reply_double(reply, INFINITY);
    expect(&lent, ",inf\r\n");
    reply_bool(reply, true);
    expect(&lent, "#t\r\n");
    reply_bool(reply, false);
    expect(&lent, "#f\r\n");
    reply_big_number(reply, BYTES("1234567999999999999"));
    expect(&lent, "(1234567999999999999\r\n");
    reply_verbatim(reply, "txt", BYTES("some"));
    expect(&lent, "=8\r\ntxt:some\r\n");
    reply_map(reply, 3);
    expect(&lent, "%3\r\n");
    reply_set(reply, 3);
    expect(&lent, "~3\r\n");
    reply_push(reply, 3);
    expect(&lent, ">3\r\n");
    reply_attribute(reply, 1);
    expect(&lent, "|1\r\n");
}

Test(reply, errors_are_one_line_counted_and_found_again) {
    struct lent lent;
    struct reply *reply = start(&lent, RESP2);
    reply_ok(reply);
    reply_error(reply, "ERR first\r\nsecond");
    cr_assert_eq(reply->errors, 1);
    cr_assert_eq(reply->last_error, 5);
    expect(&lent, "+OK\r\n-ERR first  second\r\n");
    reply_error_format(reply, "ERR unknown '%s' of %d", "x", 3);
    expect(&lent, "-ERR unknown 'x' of 3\r\n");
    reply_error_bytes(reply, (struct bytes){"ERR a\0b", 7});
    struct bytes written = reply_written(reply);
    cr_assert_eq(written.length, 10);
    cr_assert_eq(memcmp(written.data, "-ERR a\0b\r\n", 10), 0);
    reply_truncate(reply, 0);
    cr_assert_eq(reply->errors, 3);
    reply_wrong_type(reply);
    expect(&lent, "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    reply_syntax_error(reply);
    expect(&lent, "-ERR syntax error\r\n");
    reply_not_an_integer(reply);
    expect(&lent, "-ERR value is not an integer or out of range\r\n");
    reply_out_of_range(reply);
    expect(&lent, "-ERR index out of range\r\n");
    reply_no_such_key(reply);
    expect(&lent, "-ERR no such key\r\n");
}

Test(reply, a_formatted_error_that_is_too_long_is_cut_to_one_line) {
    struct lent lent;
    struct reply *reply = start(&lent, RESP2);
    char text[4000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    reply_error_format(reply, "ERR %s", text);
    struct bytes written = reply_written(reply);
    cr_assert_lt(written.length, 2000);
    cr_assert_eq(memcmp(written.data, "-ERR xxx", 8), 0);
    cr_assert_eq(memcmp(written.data + written.length - 2, "\r\n", 2), 0);
    reply_release(reply);
}

Test(reply, aggregates_whose_length_is_known_at_their_end_are_nested) {
    static const char *const wanted[] = {
        "*2\r\n:1\r\n*4\r\n$1\r\na\r\n*1\r\n:2\r\n$1\r\nb\r\n*0\r\n",
        "*2\r\n:1\r\n%2\r\n$1\r\na\r\n~1\r\n:2\r\n$1\r\nb\r\n*0\r\n",
    };
    for (int protocol = RESP2; protocol <= RESP3; protocol++) {
        struct lent lent;
        struct reply *reply = start(&lent, protocol);
        size_t outer = reply_begin(reply);
        reply_integer(reply, 1);
        size_t map = reply_begin(reply);
        reply_bulk_text(reply, "a");
        size_t set = reply_begin(reply);
        reply_integer(reply, 2);
        reply_end_set(reply, set, 1);
        reply_bulk_text(reply, "b");
        size_t empty = reply_begin(reply);
        reply_end_array(reply, empty, 0);
        reply_end_map(reply, map, 2);
        reply_end_array(reply, outer, 2);
        expect(&lent, wanted[protocol - RESP2]);
    }
}

Test(reply, an_error_inside_an_aggregate_moves_with_it) {
    struct lent lent;
    struct reply *reply = start(&lent, RESP2);
    reply_error(reply, "ERR before");
    size_t mark = reply_begin(reply);
    reply_end_array(reply, mark, 0);
    cr_assert_eq(reply->last_error, 0);
    mark = reply_begin(reply);
    reply_ok(reply);
    reply_error(reply, "ERR inside");
    reply_end_array(reply, mark, 2);
    cr_assert_eq(memcmp(reply->start + reply->last_error, "-ERR inside\r\n", 13), 0);
}

Test(reply, a_cursor_is_put_in_front_of_what_it_ends) {
    struct lent lent;
    struct reply *reply = start(&lent, RESP2);
    reply_array(reply, 2);
    size_t mark = reply_begin(reply);
    size_t list = reply_begin(reply);
    reply_bulk_text(reply, "k");
    reply_end_array(reply, list, 1);
    reply_end_behind(reply, mark, BYTES("17"));
    expect(&lent, "*2\r\n$2\r\n17\r\n*1\r\n$1\r\nk\r\n");
}

Test(reply, growth_out_of_lent_memory_keeps_what_was_written) {
    struct random random;
    unit_random(&random, "growth");
    size_t before = alloc_used_bytes();
    for (size_t room = 0; room < 70; room++) {
        char *memory = alloc_new(room + 1);
        struct reply reply;
        reply_init(&reply, room == 0 ? NULL : memory, room, RESP2);
        sds wanted = sds_new(BYTES(""));
        size_t mark = reply_begin(&reply);
        for (size_t i = 0; i < 300; i++) {
            char text[400];
            size_t length = random_below(&random, sizeof text);
            unit_random_bytes(&random, text, length, 0);
            reply_bulk(&reply, (struct bytes){text, length});
            wanted = sds_append_format(wanted, "$%zu\r\n", length);
            wanted = sds_append(wanted, (struct bytes){text, length});
            wanted = sds_append(wanted, BYTES("\r\n"));
        }
        reply_end_array(&reply, mark, 300);
        struct bytes written = reply_written(&reply);
        require(reply.own != NULL);
        require(written.length == sds_length(wanted) + 6);
        require(memcmp(written.data, "*300\r\n", 6) == 0);
        require(memcmp(written.data + 6, wanted, sds_length(wanted)) == 0);
        sds_free(wanted);
        reply_release(&reply);
        require(reply_written(&reply).length == 0);
        alloc_free(memory);
    }
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(reply, a_reply_that_fits_exactly_stays_in_lent_memory) {
    char memory[5];
    struct reply reply;
    reply_init(&reply, memory, sizeof memory, RESP2);
    reply_ok(&reply);
    cr_assert_null(reply.own);
    cr_assert_eq(reply_written(&reply).data, memory);
    reply_ok(&reply);
    cr_assert_not_null(reply.own);
    require_text(reply_written(&reply), "+OK\r\n+OK\r\n");
    reply_release(&reply);
}

Test(reply, help_frames_its_lines) {
    struct lent lent;
    struct reply *reply = start(&lent, RESP2);
    static const char *const lines[] = {"ONE", "    The first."};
    reply_help(reply, "THING", lines, 2);
    expect(&lent, "*5\r\n+THING <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n"
                  "+ONE\r\n+    The first.\r\n+HELP\r\n+    Print this help.\r\n");
}

Test(reply, other_reply_in_the_same_memory_is_taken_without_a_copy) {
    char memory[64];
    struct reply reply;
    struct reply other;
    reply_init(&reply, memory, sizeof memory, RESP2);
    reply_simple(&reply, "a");
    reply_init(&other, reply.at, (size_t)(reply.limit - reply.at), RESP2);
    reply_error(&other, "ERR b");
    reply_take(&reply, &other);
    require_text(reply_written(&reply), "+a\r\n-ERR b\r\n");
    require(reply.start == memory);
    require(reply.errors == 1);
    require(reply.last_error == strlen("+a\r\n"));
    reply_release(&reply);
}

Test(reply, other_reply_that_outgrew_its_memory_is_copied) {
    char memory[16];
    struct reply reply;
    struct reply other;
    reply_init(&reply, memory, sizeof memory, RESP2);
    reply_simple(&reply, "a");
    reply_init(&other, reply.at, (size_t)(reply.limit - reply.at), RESP2);
    reply_simple(&other, "b");
    reply_own(&other);
    memory[4] = 'x';
    reply_bulk_text(&other, "longer than the memory");
    reply_take(&reply, &other);
    require_text(reply_written(&reply), "+a\r\n+b\r\n$22\r\nlonger than the memory\r\n");
    reply_release(&reply);
}

Test(reply, line_breaks_in_a_status_become_spaces) {
    struct reply reply;
    reply_init(&reply, NULL, 0, RESP3);
    reply_simple_bytes(&reply, BYTES("a\r\nb"));
    require_text(reply_written(&reply), "+a  b\r\n");
    reply_release(&reply);
}
