/*
 * Requests stand in memory of exactly their size, so that a sanitizer sees each byte read too far.
 */
#include "proto/resp_parse.h"

#include "base/alloc.h"
#include "base/random.h"
#include "support/unit.h"

#include <string.h>

static const struct resp_limits open_limits = {
    .bulk_size_max = 512 * 1024 * 1024,
    .argument_count_max = RESP_ARGUMENT_COUNT_MAX,
    .is_authenticated = true,
};

static const struct resp_limits closed_limits = {
    .bulk_size_max = 512 * 1024 * 1024,
    .argument_count_max = RESP_ARGUMENT_COUNT_MAX,
    .is_authenticated = false,
};

/* What a parse gave. `data` and `args` live until release. */
struct outcome {
    char *data;
    enum resp_status status;
    struct resp_args args;
    struct resp_request request;
    char error[RESP_ERROR_SIZE];
};

static struct outcome parse_with(struct bytes text, const struct resp_limits *limits) {
    struct outcome outcome = {.data = alloc_new(text.length)};
    if (text.length > 0) {
        memcpy(outcome.data, text.data, text.length);
    }
    outcome.status = resp_parse_request(outcome.data, text.length, limits, &outcome.args,
                                        &outcome.request, outcome.error);
    return outcome;
}

static void release(struct outcome *outcome) {
    resp_args_release(&outcome->args);
    alloc_free(outcome->data);
}

/* The arguments between bars. */
static sds joined(const struct outcome *outcome) {
    sds text = sds_new(BYTES(""));
    for (size_t i = 0; i < outcome->request.arg_count; i++) {
        text = sds_append(text, i > 0 ? BYTES("|") : BYTES(""));
        text = sds_append(text, outcome->args.items[outcome->request.first_arg + i]);
    }
    return text;
}

static void expect_arguments(struct bytes text, const char *arguments, bool is_canonical) {
    struct outcome outcome = parse_with(text, &open_limits);
    require(outcome.status == RESP_DONE);
    sds got = joined(&outcome);
    require_text(sds_view(got), arguments);
    require(outcome.request.consumed_size == text.length);
    require(outcome.request.is_canonical == is_canonical);
    sds_free(got);
    release(&outcome);
}

static void expect_error(struct bytes text, const struct resp_limits *limits, const char *error) {
    struct outcome outcome = parse_with(text, limits);
    require(outcome.status == RESP_INVALID);
    require_text(bytes_of_text(outcome.error), error);
    require(outcome.args.count == 0);
    release(&outcome);
}

static void expect_more(struct bytes text) {
    struct outcome outcome = parse_with(text, &open_limits);
    require(outcome.status == RESP_NEED_MORE);
    require(outcome.args.count == 0);
    release(&outcome);
}

/* A head line of so many digits, without its end. */
static sds long_line(const char *start, size_t size) {
    sds text = sds_new(bytes_of_text(start));
    size_t old_size = sds_length(text);
    text = sds_resize(text, size);
    memset(text + old_size, '1', size - old_size);
    return text;
}

Test(resp_parse, arguments_of_a_canonical_request_are_views) {
    expect_arguments(BYTES("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n"), "SET|k|", true);
    expect_arguments(BYTES("*1\r\n$4\r\nPING\r\n"), "PING", true);
    expect_arguments(BYTES("*1\r\n$6\r\na\r\n\r\nb\r\n"), "a\r\n\r\nb", true);
}

Test(resp_parse, a_request_without_arguments_is_skipped) {
    expect_arguments(BYTES("*0\r\n"), "", true);
    expect_arguments(BYTES("*-1\r\n"), "", true);
    expect_arguments(BYTES("*-9\r\n"), "", true);
    expect_arguments(BYTES("\r\n"), "", false);
    expect_arguments(BYTES("\n"), "", false);
    expect_arguments(BYTES("   \r\n"), "", false);
}

Test(resp_parse, the_bytes_behind_a_request_are_left) {
    struct outcome outcome =
        parse_with(BYTES("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n"), &open_limits);
    cr_assert_eq(outcome.status, RESP_DONE);
    cr_assert_eq(outcome.request.consumed_size, 14);
    cr_assert_eq(outcome.args.count, 1);
    release(&outcome);
}

Test(resp_parse, requests_of_a_batch_share_the_array_of_arguments) {
    struct resp_args args = {0};
    char error[RESP_ERROR_SIZE];
    for (size_t i = 0; i < 100; i++) {
        char data[] = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
        struct resp_request request;
        require(resp_parse_request(data, sizeof data - 1, &open_limits, &args, &request, error) ==
                RESP_DONE);
        require(request.first_arg == 2 * i && request.arg_count == 2);
        require(args.count == 2 * i + 2);
    }
    resp_args_release(&args);
    cr_assert_eq(args.capacity, 0);
    resp_args_append(&args, BYTES("x"));
    cr_assert_eq(args.count, 1);
    resp_args_release(&args);
}

Test(resp_parse, what_the_oracle_does_not_verify_is_taken_but_is_not_canonical) {
    expect_arguments(BYTES("*1\r\n$4\r\nPINGxx"), "PING", false);
    expect_arguments(BYTES("*1\rx$4\r\nPING\r\n"), "PING", false);
    expect_arguments(BYTES("*1\r\n$4\ryPING\r\n"), "PING", false);
    expect_arguments(BYTES("*-1\rx"), "", false);
}

Test(resp_parse, a_request_cut_at_any_byte_needs_more_and_adds_nothing) {
    static const char *const requests[] = {
        "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$12\r\nhello\r\nworld\r\n",
        "*12\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n$1\r\ne\r\n$1\r\nf\r\n$1\r\ng\r\n"
        "$1\r\nh\r\n$1\r\ni\r\n$1\r\nj\r\n$1\r\nk\r\n$1\r\nl\r\n",
        "*0\r\n",
        "SET \"a b\" 'c'\r\n",
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        size_t length = strlen(requests[i]);
        for (size_t size = 0; size < length; size++) {
            expect_more((struct bytes){requests[i], size});
        }
        struct outcome outcome = parse_with(bytes_of_text(requests[i]), &open_limits);
        require(outcome.status == RESP_DONE && outcome.request.consumed_size == length);
        release(&outcome);
    }
}

Test(resp_parse, counts_that_are_wrong_have_their_text) {
    const char *text = "Protocol error: invalid multibulk length";
    expect_error(BYTES("*3000000000\r\n"), &open_limits, text);
    expect_error(BYTES("*2147483648\r\n"), &open_limits, text);
    expect_error(BYTES("*99999999999999999999\r\n"), &open_limits, text);
    expect_error(BYTES("*abc\r\n"), &open_limits, text);
    expect_error(BYTES("*\r\n"), &open_limits, text);
    expect_error(BYTES("*+1\r\n$4\r\nPING\r\n"), &open_limits, text);
    expect_error(BYTES("*01\r\n$4\r\nPING\r\n"), &open_limits, text);
    expect_error(BYTES("* 1\r\n$4\r\nPING\r\n"), &open_limits, text);
    expect_error(BYTES("*1 \r\n$4\r\nPING\r\n"), &open_limits, text);
    expect_error(BYTES("*1\n\r\n$4\r\nPING\r\n"), &open_limits, text);
    expect_error(BYTES("*-0\r\n"), &open_limits, text);
}

Test(resp_parse, the_count_is_refused_above_its_limit_only) {
    struct resp_limits limits = open_limits;
    limits.argument_count_max = 3;
    struct outcome outcome = parse_with(BYTES("*3\r\n$1\r\na\r\n"), &limits);
    cr_assert_eq(outcome.status, RESP_NEED_MORE);
    release(&outcome);
    expect_error(BYTES("*4\r\n"), &limits, "Protocol error: invalid multibulk length");
    expect_more(BYTES("*2147483647\r\n"));
}

Test(resp_parse, lengths_that_are_wrong_have_their_text) {
    const char *text = "Protocol error: invalid bulk length";
    expect_error(BYTES("*1\r\n$abc\r\n"), &open_limits, text);
    expect_error(BYTES("*1\r\n$-1\r\n"), &open_limits, text);
    expect_error(BYTES("*1\r\n$\r\n"), &open_limits, text);
    expect_error(BYTES("*1\r\n$04\r\nPING\r\n"), &open_limits, text);
    expect_error(BYTES("*1\r\n$+4\r\nPING\r\n"), &open_limits, text);
    expect_error(BYTES("*1\r\n$536870913\r\n"), &open_limits, text);
    expect_error(BYTES("*1\r\n$99999999999999999999\r\n"), &open_limits, text);
    expect_error(BYTES("*2\r\n$1\r\na\r\n$x\r\n"), &open_limits, text);
    expect_more(BYTES("*1\r\n$536870912\r\n"));
}

Test(resp_parse, a_missing_dollar_is_told_with_the_byte_that_is_there) {
    expect_error(BYTES("*1\r\nPING\r\n"), &open_limits, "Protocol error: expected '$', got 'P'");
    expect_error(BYTES("*2\r\n$1\r\na\r\n:1\r\n"), &open_limits,
                 "Protocol error: expected '$', got ':'");
    expect_more(BYTES("*1\r\nPING"));
}

Test(resp_parse, lines_that_do_not_end_are_refused_beyond_64_kib) {
    static const struct {
        const char *start;
        const char *error;
        size_t head_size; /* of what stands before the line */
    } rows[] = {
        {"*1", "Protocol error: too big mbulk count string", 0},
        {"*1\r\n$1", "Protocol error: too big bulk count string", 4},
        {"A", "Protocol error: too big inline request", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sds text = long_line(rows[i].start, rows[i].head_size + RESP_INLINE_SIZE_MAX);
        expect_more(sds_view(text));
        sds_free(text);
        text = long_line(rows[i].start, rows[i].head_size + RESP_INLINE_SIZE_MAX + 1);
        expect_error(sds_view(text), &open_limits, rows[i].error);
        sds_free(text);
    }
}

Test(resp_parse, before_authentication_ten_arguments_are_the_limit) {
    const char *error = "Protocol error: unauthenticated multibulk length";
    struct outcome outcome = parse_with(BYTES("*10\r\n"), &closed_limits);
    cr_assert_eq(outcome.status, RESP_NEED_MORE);
    release(&outcome);
    expect_error(BYTES("*11\r\n"), &closed_limits, error);
    expect_error(BYTES("*11\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n$1\r\ne\r\n$1\r\nf\r\n"
                       "$1\r\ng\r\n$1\r\nh\r\n$1\r\ni\r\n$1\r\nj\r\n$1\r\nk\r\n"),
                 &closed_limits, error);
}

Test(resp_parse, before_authentication_16_kib_are_the_limit_of_an_argument) {
    struct outcome outcome = parse_with(BYTES("*2\r\n$4\r\nAUTH\r\n$16384\r\n"), &closed_limits);
    cr_assert_eq(outcome.status, RESP_NEED_MORE);
    release(&outcome);
    expect_error(BYTES("*2\r\n$4\r\nAUTH\r\n$16385\r\n"), &closed_limits,
                 "Protocol error: unauthenticated bulk length");
}

Test(resp_parse, inline_words_are_split_and_unescaped) {
    expect_arguments(BYTES("PING\r\n"), "PING", false);
    expect_arguments(BYTES("PING\n"), "PING", false);
    expect_arguments(BYTES("  SET   a\tb  \r\n"), "SET|a|b", false);
    expect_arguments(BYTES("ECHO \"a\\x41\\n\\tb\"\r\n"), "ECHO|aA\n\tb", false);
    expect_arguments(BYTES("ECHO 'a\\'b\\n'\r\n"), "ECHO|a'b\\n", false);
    expect_arguments(BYTES("SET \"\" ''\r\n"), "SET||", false);
    expect_arguments(BYTES("A \"\\\"\\\\\\r\\a\\b\" z\r\n"), "A|\"\\\r\a\b|z", false);
}

Test(resp_parse, unbalanced_quotes_are_an_error) {
    const char *error = "Protocol error: unbalanced quotes in request";
    expect_error(BYTES("SET a \"abc\r\n"), &open_limits, error);
    expect_error(BYTES("SET a \"abc\"d\r\n"), &open_limits, error);
    expect_error(BYTES("SET a 'abc\r\n"), &open_limits, error);
    expect_error(BYTES("SET a 'abc'd\r\n"), &open_limits, error);
    expect_error(BYTES("SET a \"abc\\\r\n"), &open_limits, error);
}

/* ---- Generated requests ---- */

enum { TEXT_SIZE = 20000, ARG_SIZE_MAX = 64 };

struct generated {
    char text[TEXT_SIZE];
    size_t size;
    size_t arg_count;
    struct bytes args[80];
};

static void put(struct generated *generated, const void *source, size_t size) {
    if (size > 0) {
        memcpy(generated->text + generated->size, source, size);
    }
    generated->size += size;
}

static void put_head(struct generated *generated, char type, size_t number) {
    char line[ARG_SIZE_MAX];
    int length = snprintf(line, sizeof line, "%c%zu\r\n", type, number);
    put(generated, line, (size_t)length);
}

static void generate(struct random *random, struct generated *generated) {
    generated->size = 0;
    generated->arg_count = random_below(random, random_below(random, 4) == 0 ? 80 : 6);
    put_head(generated, '*', generated->arg_count);
    for (size_t i = 0; i < generated->arg_count; i++) {
        char arg[1200];
        size_t length = random_below(random, random_below(random, 20) == 0 ? 1200 : 30);
        length = generated->size > TEXT_SIZE / 2 ? length % 10 : length;
        unit_random_bytes(random, arg, length, 0);
        put_head(generated, '$', length);
        generated->args[i] = (struct bytes){generated->text + generated->size, length};
        put(generated, arg, length);
        put(generated, "\r\n", 2);
    }
}

static void require_generated(const struct generated *generated, const struct outcome *outcome) {
    require(outcome->status == RESP_DONE);
    require(outcome->request.is_canonical);
    require(outcome->request.consumed_size == generated->size);
    require(outcome->request.arg_count == generated->arg_count);
    for (size_t i = 0; i < generated->arg_count; i++) {
        require(bytes_equal(outcome->args.items[i], generated->args[i]));
    }
}

/* Feeds a builder in random cuts; returns its last status. */
static enum resp_status feed_in_cuts(struct random *random, struct resp_builder *builder,
                                     struct bytes text, const struct resp_limits *limits,
                                     size_t *position, char error[RESP_ERROR_SIZE]) {
    enum resp_status status = RESP_NEED_MORE;
    *position = 0;
    while (status == RESP_NEED_MORE && *position < text.length) {
        char *place = NULL;
        size_t room = resp_builder_place(builder, &place);
        size_t rest = text.length - *position;
        size_t size = 1 + random_below(random, random_below(random, 3) == 0 ? rest : 3);
        size = size < rest ? size : rest;
        if (room > 0 && random_below(random, 2) == 0) {
            size = size < room ? size : room;
            memcpy(place, text.data + *position, size);
            resp_builder_received(builder, size);
            *position += size;
            continue;
        }
        size_t consumed = 0;
        char *cut = alloc_new(size);
        memcpy(cut, text.data + *position, size);
        status = resp_builder_feed(builder, cut, size, limits, &consumed, error);
        alloc_free(cut);
        require(status != RESP_NEED_MORE || consumed == size);
        *position += consumed;
    }
    return status;
}

Test(resp_parse, generated_requests_come_back_whole_from_both_readers) {
    struct random random;
    unit_random(&random, "generated_requests");
    struct generated *generated = alloc_new(sizeof *generated);
    for (size_t round = 0; round < 3000; round++) {
        generate(&random, generated);
        struct bytes text = {generated->text, generated->size};
        struct outcome outcome = parse_with(text, &open_limits);
        require_generated(generated, &outcome);
        release(&outcome);

        struct resp_builder *builder = resp_builder_create();
        char error[RESP_ERROR_SIZE];
        size_t position = 0;
        require(feed_in_cuts(&random, builder, text, &open_limits, &position, error) == RESP_DONE);
        require(position == text.length);
        require(resp_builder_arg_count(builder) == generated->arg_count);
        for (size_t i = 0; i < generated->arg_count; i++) {
            require(bytes_equal(resp_builder_arg(builder, i), generated->args[i]));
        }
        resp_builder_destroy(builder);
    }
    alloc_free(generated);
}

/*
 * The short path and the general one must agree. Which one is taken depends on the bytes alone, so
 * the same request is given twice: as it is, and with a count line that the short path passes on
 * ("\rX" for "\r\n"), which the general path takes with the same meaning.
 */
Test(resp_parse, the_short_path_agrees_with_the_general_path) {
    struct random random;
    unit_random(&random, "short_path");
    struct generated *generated = alloc_new(sizeof *generated);
    for (size_t round = 0; round < 20000; round++) {
        const struct resp_limits *limits =
            random_below(&random, 3) == 0 ? &closed_limits : &open_limits;
        generate(&random, generated);
        size_t size = generated->size;
        for (size_t left = random_below(&random, 3); left > 0; left--) {
            static const char likely[] = "$*\r\n0123456789-+ a";
            size_t reach = random_below(&random, 2) == 0 && size > 40 ? 40 : size;
            generated->text[random_below(&random, reach)] =
                likely[random_below(&random, sizeof likely - 1)];
        }
        size = random_below(&random, 4) == 0 ? random_below(&random, size + 1) : size;
        const char *first_end = memchr(generated->text, '\r', size);
        if (size == 0 || generated->text[0] != '*' || first_end == NULL ||
            first_end + 1 == generated->text + size) {
            continue;
        }
        size_t line_end = (size_t)(first_end - generated->text) + 1;
        struct outcome usual = parse_with((struct bytes){generated->text, size}, limits);
        bool was_canonical = generated->text[line_end] == '\n';
        generated->text[line_end] = 'X';
        struct outcome general = parse_with((struct bytes){generated->text, size}, limits);
        require(usual.status == general.status);
        if (usual.status == RESP_INVALID) {
            require(strcmp(usual.error, general.error) == 0);
        }
        require(usual.args.count == general.args.count);
        if (usual.status == RESP_DONE) {
            require(usual.request.consumed_size == general.request.consumed_size);
            require(usual.request.arg_count == general.request.arg_count);
            require(!general.request.is_canonical);
            require(was_canonical || !usual.request.is_canonical);
        }
        for (size_t i = 0; i < usual.args.count; i++) {
            require(usual.args.items[i].data - usual.data ==
                    general.args.items[i].data - general.data);
            require(usual.args.items[i].length == general.args.items[i].length);
        }
        release(&usual);
        release(&general);
    }
    alloc_free(generated);
}

/* ---- The builder ---- */

Test(resp_builder, a_large_argument_is_received_in_place_and_handed_over) {
    enum { LARGE_SIZE = 1 << 20 };
    struct resp_builder *builder = resp_builder_create();
    char error[RESP_ERROR_SIZE];
    size_t consumed = 0;
    struct bytes head = BYTES("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048576\r\nxx");
    cr_assert_eq(resp_builder_feed(builder, head.data, head.length, &open_limits, &consumed, error),
                 RESP_NEED_MORE);
    cr_assert_eq(consumed, head.length);
    cr_assert(resp_builder_memory(builder) >= LARGE_SIZE);
    char *place = NULL;
    cr_assert_eq(resp_builder_place(builder, &place), LARGE_SIZE - 2);
    memset(place, 'y', LARGE_SIZE - 2);
    resp_builder_received(builder, LARGE_SIZE - 2);
    cr_assert_eq(resp_builder_place(builder, &place), 0);
    cr_assert_eq(resp_builder_feed(builder, "\r", 1, &open_limits, &consumed, error),
                 RESP_NEED_MORE);
    struct bytes tail = BYTES("\n*1\r\n");
    cr_assert_eq(resp_builder_feed(builder, tail.data, tail.length, &open_limits, &consumed, error),
                 RESP_DONE);
    cr_assert_eq(consumed, 1);
    const char *address = resp_builder_arg(builder, 2).data;
    sds taken = resp_builder_take(builder, 2);
    cr_assert_eq((const char *)taken, address);
    cr_assert_eq(sds_length(taken), LARGE_SIZE);
    cr_assert_eq(taken[1], 'x');
    cr_assert_eq(taken[LARGE_SIZE - 1], 'y');
    cr_assert_eq(resp_builder_arg(builder, 2).length, 0);
    sds_free(taken);
    resp_builder_destroy(builder);
}

Test(resp_builder, errors_are_those_of_the_other_reader_wherever_the_bytes_are_cut) {
    static const char *const requests[] = {
        "*abc\r\n",
        "*3000000000\r\n",
        "*1\r\nPING\r\n",
        "*1\r\n$-1\r\n",
        "*1\r\n$536870913\r\n",
        "*01\r\n",
        "*2\r\n$1\r\na\r\n:1\r\n",
    };
    struct random random;
    unit_random(&random, "builder_errors");
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct outcome whole = parse_with(bytes_of_text(requests[i]), &open_limits);
        require(whole.status == RESP_INVALID);
        for (size_t round = 0; round < 50; round++) {
            struct resp_builder *builder = resp_builder_create();
            char error[RESP_ERROR_SIZE];
            size_t position = 0;
            require(feed_in_cuts(&random, builder, bytes_of_text(requests[i]), &open_limits,
                                 &position, error) == RESP_INVALID);
            require(strcmp(error, whole.error) == 0);
            resp_builder_destroy(builder);
        }
        release(&whole);
    }
}

Test(resp_builder, limits_before_authentication_hold) {
    struct resp_builder *builder = resp_builder_create();
    char error[RESP_ERROR_SIZE];
    size_t consumed = 0;
    cr_assert_eq(resp_builder_feed(builder, "*11\r\n", 5, &closed_limits, &consumed, error),
                 RESP_INVALID);
    cr_assert_str_eq(error, "Protocol error: unauthenticated multibulk length");
    resp_builder_destroy(builder);
    builder = resp_builder_create();
    struct bytes text = BYTES("*1\r\n$16385\r\n");
    cr_assert_eq(
        resp_builder_feed(builder, text.data, text.length, &closed_limits, &consumed, error),
        RESP_INVALID);
    cr_assert_str_eq(error, "Protocol error: unauthenticated bulk length");
    resp_builder_destroy(builder);
}

Test(resp_builder, endless_head_lines_are_refused) {
    const char *errors[] = {"Protocol error: too big mbulk count string",
                            "Protocol error: too big bulk count string"};
    const char *starts[] = {"*", "*1\r\n$"};
    for (size_t i = 0; i < 2; i++) {
        struct resp_builder *builder = resp_builder_create();
        char error[RESP_ERROR_SIZE];
        size_t consumed = 0;
        size_t fed = 0;
        enum resp_status status = resp_builder_feed(builder, starts[i], strlen(starts[i]),
                                                    &open_limits, &consumed, error);
        while (status == RESP_NEED_MORE && fed < 2 * RESP_INLINE_SIZE_MAX) {
            status = resp_builder_feed(builder, "1111111111", 10, &open_limits, &consumed, error);
            fed += 10;
        }
        require(status == RESP_INVALID);
        require(fed <= RESP_INLINE_SIZE_MAX + 10);
        require_text(bytes_of_text(error), errors[i]);
        resp_builder_destroy(builder);
    }
}

Test(resp_builder, a_count_of_zero_or_less_is_complete_without_arguments) {
    const char *texts[] = {"*0\r\n", "*-5\r\n"};
    for (size_t i = 0; i < 2; i++) {
        struct resp_builder *builder = resp_builder_create();
        char error[RESP_ERROR_SIZE];
        size_t consumed = 0;
        cr_assert_eq(
            resp_builder_feed(builder, texts[i], strlen(texts[i]), &open_limits, &consumed, error),
            RESP_DONE);
        cr_assert_eq(resp_builder_arg_count(builder), 0);
        resp_builder_destroy(builder);
    }
    resp_builder_destroy(NULL);
}

Test(resp_builder, nothing_leaks_when_it_is_dropped_in_the_middle) {
    size_t before = alloc_used_bytes();
    struct resp_builder *builder = resp_builder_create();
    char error[RESP_ERROR_SIZE];
    size_t consumed = 0;
    struct bytes text = BYTES("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\nhello");
    cr_assert_eq(resp_builder_feed(builder, text.data, text.length, &open_limits, &consumed, error),
                 RESP_NEED_MORE);
    resp_builder_destroy(builder);
    cr_assert_eq(alloc_used_bytes(), before);
}
