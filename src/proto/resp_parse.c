/*
 * The common request is complete in the buffer: its head lines are short numbers, read without
 * copying. What is incomplete is parsed again from its start when more has come, which is cheap as
 * long as little is kept; callers hand anything larger to a builder, whose state goes on where it
 * stopped, so that no byte is looked at twice.
 */
#include "proto/resp_parse.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    ARGS_CAPACITY_MIN = 64,
    LINE_END_SIZE = 2,
    HEAD_SIZE_MAX = 32,   /* a canonical count or length line */
    SHORT_DIGITS_MAX = 4, /* a number that no limit of resp_limits forbids as a length */
    USUAL_ARGUMENT_MAX = 64,
    SHORT_LINE_MAX = 1 + SHORT_DIGITS_MAX + LINE_END_SIZE,
    SAFE_DIGITS_MAX = 10, /* a number of so many digits cannot overflow int64 */
    DECIMAL = 10,
    ARG_OVERHEAD = 32, /* bytes that an argument of a builder takes besides its own */
};

void resp_args_release(struct resp_args *args) {
    alloc_free(args->items);
    *args = (struct resp_args){0};
}

static inline void append_arg(struct resp_args *args, const char *data, size_t length) {
    if (UNLIKELY(args->count == args->capacity)) {
        args->capacity = args->capacity == 0 ? ARGS_CAPACITY_MIN : 2 * args->capacity;
        args->items = alloc_resize(args->items, args->capacity * sizeof *args->items);
    }
    args->items[args->count++] = (struct bytes){data, length};
}

void resp_args_append(struct resp_args *args, struct bytes arg) {
    append_arg(args, arg.data, arg.length);
}

static enum resp_status invalid(char error[RESP_ERROR_SIZE], const char *text) {
    (void)snprintf(error, RESP_ERROR_SIZE, "Protocol error: %s", text);
    return RESP_INVALID;
}

/* A count or length line: "*12\r\n". */
struct head_line {
    int64_t number;
    size_t size; /* with line end */
    bool is_canonical;
};

static bool read_number(const char *digits, size_t length, int64_t *number) {
    if (LIKELY(length > 0 && length <= SAFE_DIGITS_MAX && digits[0] > '0' && digits[0] <= '9')) {
        int64_t value = 0;
        for (size_t i = 0; i < length; i++) {
            unsigned digit = (unsigned char)digits[i] - (unsigned)'0';
            if (digit >= DECIMAL) {
                return false;
            }
            value = value * DECIMAL + digit;
        }
        *number = value;
        return true;
    }
    return text_parse_int64((struct bytes){digits, length}, number);
}

/* What a head line may be called in errors. */
struct head_kind {
    const char *too_long;
    const char *not_a_number;
};

static const struct head_kind count_head = {"too big mbulk count string",
                                            "invalid multibulk length"};
static const struct head_kind length_head = {"too big bulk count string", "invalid bulk length"};

/* Reads a head line at data[0], whose type byte the caller has checked. */
static enum resp_status read_head(const char *data, size_t size, const struct head_kind *kind,
                                  struct head_line *head, char error[RESP_ERROR_SIZE]) {
    /* The oracle looks for CR only, and takes any byte after it. */
    const char *end = memchr(data, '\r', size);
    if (end == NULL || (size_t)(end - data) + LINE_END_SIZE > size) {
        return end == NULL && size > RESP_INLINE_SIZE_MAX ? invalid(error, kind->too_long)
                                                          : RESP_NEED_MORE;
    }
    if (!read_number(data + 1, (size_t)(end - data) - 1, &head->number)) {
        return invalid(error, kind->not_a_number);
    }
    head->size = (size_t)(end - data) + LINE_END_SIZE;
    head->is_canonical = end[1] == '\n';
    return RESP_DONE;
}

/* True when the two bytes are the end of a line. */
static inline bool is_line_end(const char *at) {
    return memcmp(at, "\r\n", LINE_END_SIZE) == 0;
}

/*
 * Reads a canonical line with a number of at most four digits; SHORT_LINE_MAX bytes are there.
 * Returns its size, or 0 when the line is anything else and wants a closer look.
 */
static inline size_t read_short_line(const char *at, char type, size_t *number) {
    size_t value = (size_t)(unsigned char)at[1] - '0';
    if (UNLIKELY(at[0] != type || value >= DECIMAL)) {
        return 0;
    }
    if (is_line_end(at + 2)) {
        *number = value;
        return 2 + LINE_END_SIZE;
    }
    if (UNLIKELY(value == 0)) {
        return 0;
    }
    for (size_t i = 2; i <= SHORT_DIGITS_MAX; i++) {
        size_t digit = (size_t)(unsigned char)at[i] - '0';
        if (UNLIKELY(digit >= DECIMAL)) {
            return 0;
        }
        value = value * DECIMAL + digit;
        if (is_line_end(at + i + 1)) {
            *number = value;
            return i + 1 + LINE_END_SIZE;
        }
    }
    return 0;
}

static void reserve_args(struct resp_args *args, size_t count) {
    if (UNLIKELY(args->capacity - args->count < count)) {
        while (args->capacity - args->count < count) {
            args->capacity = args->capacity == 0 ? ARGS_CAPACITY_MIN : 2 * args->capacity;
        }
        args->items = alloc_resize(args->items, args->capacity * sizeof *args->items);
    }
}

/*
 * Reads the usual request: complete, canonical, of a few short arguments. Returns false, having
 * added nothing, for any other, which parse_multibulk then judges.
 */
static bool parse_usual(char *data, size_t size, const struct resp_limits *limits,
                        struct resp_args *args, struct resp_request *request) {
    const char *end = data + size;
    size_t count = 0;
    if (size < SHORT_LINE_MAX) {
        return false;
    }
    size_t line_size = read_short_line(data, '*', &count);
    size_t count_max =
        LIKELY(limits->is_authenticated) ? USUAL_ARGUMENT_MAX : RESP_UNAUTHENTICATED_ARGUMENT_MAX;
    if (UNLIKELY(line_size == 0 || count == 0 || count > count_max)) {
        return false;
    }
    reserve_args(args, count);
    struct bytes *arg = args->items + args->count;
    const char *at = data + line_size;
    for (size_t left = count; left > 0; left--) {
        size_t length = 0;
        if (UNLIKELY(end - at < SHORT_LINE_MAX)) {
            return false;
        }
        line_size = read_short_line(at, '$', &length);
        at += line_size;
        if (UNLIKELY(line_size == 0 || (size_t)(end - at) < length + LINE_END_SIZE ||
                     !is_line_end(at + length))) {
            return false;
        }
        *arg++ = (struct bytes){at, length};
        at += length + LINE_END_SIZE;
    }
    *request = (struct resp_request){args->count, count, (size_t)(at - data), true};
    args->count += count;
    return true;
}

static enum resp_status check_count(int64_t count, const struct resp_limits *limits,
                                    char error[RESP_ERROR_SIZE]) {
    if (count > (int64_t)limits->argument_count_max || count > RESP_ARGUMENT_COUNT_MAX) {
        return invalid(error, count_head.not_a_number);
    }
    if (!limits->is_authenticated && count > RESP_UNAUTHENTICATED_ARGUMENT_MAX) {
        return invalid(error, "unauthenticated multibulk length");
    }
    return RESP_DONE;
}

static enum resp_status check_length(int64_t length, const struct resp_limits *limits,
                                     char error[RESP_ERROR_SIZE]) {
    if (length < 0 || length > (int64_t)limits->bulk_size_max) {
        return invalid(error, length_head.not_a_number);
    }
    if (!limits->is_authenticated && length > RESP_UNAUTHENTICATED_BULK_MAX) {
        return invalid(error, "unauthenticated bulk length");
    }
    return RESP_DONE;
}

static enum resp_status expect_dollar(char found, char error[RESP_ERROR_SIZE]) {
    if (LIKELY(found == '$')) {
        return RESP_DONE;
    }
    char text[HEAD_SIZE_MAX];
    (void)snprintf(text, sizeof text, "expected '$', got '%c'", found);
    return invalid(error, text);
}

/* Reads "$length\r\n" and checks it. */
static enum resp_status read_length(const char *data, size_t size, const struct resp_limits *limits,
                                    struct head_line *head, char error[RESP_ERROR_SIZE]) {
    if (size == 0) {
        return RESP_NEED_MORE;
    }
    /* The oracle looks for the end of the line first, then at its first byte. */
    const char *end = memchr(data, '\r', size);
    if (end == NULL || (size_t)(end - data) + LINE_END_SIZE > size) {
        return end == NULL && size > RESP_INLINE_SIZE_MAX ? invalid(error, length_head.too_long)
                                                          : RESP_NEED_MORE;
    }
    enum resp_status status = expect_dollar(data[0], error);
    if (status == RESP_DONE) {
        status = read_head(data, size, &length_head, head, error);
    }
    return status == RESP_DONE ? check_length(head->number, limits, error) : status;
}

static enum resp_status parse_multibulk(char *data, size_t size, const struct resp_limits *limits,
                                        struct resp_args *args, struct resp_request *request,
                                        char error[RESP_ERROR_SIZE]) {
    if (LIKELY(parse_usual(data, size, limits, args, request))) {
        return RESP_DONE;
    }
    struct head_line head;
    enum resp_status status = read_head(data, size, &count_head, &head, error);
    if (status == RESP_DONE) {
        status = check_count(head.number, limits, error);
    }
    if (status != RESP_DONE) {
        return status;
    }
    bool is_canonical = head.is_canonical;
    size_t position = head.size;
    size_t first_arg = args->count;
    for (int64_t left = head.number; left > 0; left--) {
        status = read_length(data + position, size - position, limits, &head, error);
        if (status != RESP_DONE) {
            args->count = first_arg;
            return status;
        }
        size_t length = (size_t)head.number;
        position += head.size;
        if (size - position < length + LINE_END_SIZE) {
            args->count = first_arg;
            return RESP_NEED_MORE;
        }
        append_arg(args, data + position, length);
        position += length + LINE_END_SIZE;
        is_canonical =
            is_canonical && head.is_canonical && is_line_end(data + position - LINE_END_SIZE);
    }
    *request = (struct resp_request){first_arg, args->count - first_arg, position, is_canonical};
    return RESP_DONE;
}

static enum resp_status parse_inline(char *data, size_t size, struct resp_args *args,
                                     struct resp_request *request, char error[RESP_ERROR_SIZE]) {
    char *line_end = memchr(data, '\n', size);
    if (line_end == NULL) {
        return size > RESP_INLINE_SIZE_MAX ? invalid(error, "too big inline request")
                                           : RESP_NEED_MORE;
    }
    size_t length = (size_t)(line_end - data);
    size_t consumed = length + 1;
    length -= length > 0 && data[length - 1] == '\r';
    size_t count = 0;
    sds *words = text_split_args((struct bytes){data, length}, &count);
    if (words == NULL) {
        return invalid(error, "unbalanced quotes in request");
    }
    /* Unescaped words are never longer than their source, nor all of them than the line. */
    size_t first_arg = args->count;
    char *place = data;
    for (size_t i = 0; i < count; i++) {
        size_t word_length = sds_length(words[i]);
        memcpy(place, words[i], word_length);
        append_arg(args, place, word_length);
        place += word_length;
    }
    text_free_args(words, count);
    *request = (struct resp_request){first_arg, count, consumed, false};
    return RESP_DONE;
}

enum resp_status resp_parse_request(char *data, size_t size, const struct resp_limits *limits,
                                    struct resp_args *args, struct resp_request *request,
                                    char error[RESP_ERROR_SIZE]) {
    if (size == 0) {
        return RESP_NEED_MORE;
    }
    if (LIKELY(data[0] == '*')) {
        return parse_multibulk(data, size, limits, args, request, error);
    }
    return parse_inline(data, size, args, request, error);
}

/* ---- The builder ---- */

struct resp_builder {
    sds *args;
    size_t arg_count; /* complete ones, and the current one while it is received */
    size_t arg_capacity;
    int64_t expected_count; /* -1 until the count line was read */
    size_t missing_size;    /* of the current argument, its line end included */
    sds line;               /* the beginning of a head line that is cut */
    size_t held_size;
};

struct resp_builder *resp_builder_create(void) {
    struct resp_builder *builder = alloc_zeroed(sizeof *builder);
    builder->expected_count = -1;
    builder->line = sds_with_capacity(HEAD_SIZE_MAX);
    return builder;
}

void resp_builder_destroy(struct resp_builder *builder) {
    if (builder == NULL) {
        return;
    }
    for (size_t i = 0; i < builder->arg_count; i++) {
        sds_free(builder->args[i]);
    }
    alloc_free(builder->args);
    sds_free(builder->line);
    alloc_free(builder);
}

static void start_arg(struct resp_builder *builder, size_t length) {
    if (builder->arg_count == builder->arg_capacity) {
        builder->arg_capacity =
            builder->arg_capacity == 0 ? ARGS_CAPACITY_MIN : 2 * builder->arg_capacity;
        builder->args = alloc_resize(builder->args, builder->arg_capacity * sizeof *builder->args);
    }
    sds arg = sds_uninitialized(length);
    sds_set_length(arg, 0);
    builder->args[builder->arg_count++] = arg;
    builder->missing_size = length + LINE_END_SIZE;
    builder->held_size += length + ARG_OVERHEAD;
}

size_t resp_builder_place(struct resp_builder *builder, char **place) {
    if (builder->missing_size <= LINE_END_SIZE) {
        return 0;
    }
    sds arg = builder->args[builder->arg_count - 1];
    *place = arg + sds_length(arg);
    return builder->missing_size - LINE_END_SIZE;
}

void resp_builder_received(struct resp_builder *builder, size_t size) {
    ASSERT(size + LINE_END_SIZE <= builder->missing_size);
    sds arg = builder->args[builder->arg_count - 1];
    sds_set_length(arg, sds_length(arg) + size);
    builder->missing_size -= size;
}

/* Copies what belongs to the current argument; returns how much was consumed. */
static size_t feed_arg(struct resp_builder *builder, const char *data, size_t size) {
    char *place = NULL;
    size_t room = resp_builder_place(builder, &place);
    size_t taken = room < size ? room : size;
    if (taken > 0) {
        memcpy(place, data, taken);
        resp_builder_received(builder, taken);
    }
    /* The two bytes behind an argument are skipped unseen, as the oracle does. */
    while (taken < size && builder->missing_size > 0 && builder->missing_size <= LINE_END_SIZE) {
        taken++;
        builder->missing_size--;
    }
    return taken;
}

static enum resp_status take_head(struct resp_builder *builder, const char *data, size_t size,
                                  const struct resp_limits *limits, struct head_line *head,
                                  char error[RESP_ERROR_SIZE]) {
    if (builder->expected_count < 0) {
        enum resp_status status = read_head(data, size, &count_head, head, error);
        if (status == RESP_DONE) {
            status = check_count(head->number, limits, error);
        }
        if (status == RESP_DONE) {
            builder->expected_count = head->number > 0 ? head->number : 0;
        }
        return status;
    }
    enum resp_status status = read_length(data, size, limits, head, error);
    if (status == RESP_DONE) {
        start_arg(builder, (size_t)head->number);
    }
    return status;
}

/* Feeds a head line, which may be cut; returns the status and what was consumed. */
static enum resp_status feed_head(struct resp_builder *builder, struct bytes input,
                                  const struct resp_limits *limits, size_t *consumed_size,
                                  char error[RESP_ERROR_SIZE]) {
    struct head_line head;
    size_t kept = sds_length(builder->line);
    struct bytes line = input;
    if (kept > 0) {
        builder->line = sds_append(builder->line, input);
        line = sds_view(builder->line);
    }
    enum resp_status status = take_head(builder, line.data, line.length, limits, &head, error);
    if (status == RESP_DONE) {
        *consumed_size = head.size - kept;
        sds_set_length(builder->line, 0);
    } else if (status == RESP_NEED_MORE) {
        *consumed_size = input.length;
        if (kept == 0) {
            builder->line = sds_append(builder->line, input);
        }
    }
    return status;
}

enum resp_status resp_builder_feed(struct resp_builder *builder, const char *data, size_t size,
                                   const struct resp_limits *limits, size_t *consumed_size,
                                   char error[RESP_ERROR_SIZE]) {
    size_t position = 0;
    for (;;) {
        if (builder->missing_size > 0) {
            position += feed_arg(builder, data + position, size - position);
        }
        bool is_complete = builder->missing_size == 0 && builder->expected_count >= 0 &&
                           builder->arg_count == (size_t)builder->expected_count;
        if (is_complete || position == size) {
            *consumed_size = position;
            return is_complete ? RESP_DONE : RESP_NEED_MORE;
        }
        size_t consumed = 0;
        struct bytes rest = {data + position, size - position};
        enum resp_status status = feed_head(builder, rest, limits, &consumed, error);
        if (status == RESP_INVALID) {
            return status;
        }
        position += consumed;
    }
}

size_t resp_builder_memory(const struct resp_builder *builder) {
    return builder->held_size;
}

size_t resp_builder_arg_count(const struct resp_builder *builder) {
    return builder->arg_count;
}

struct bytes resp_builder_arg(const struct resp_builder *builder, size_t index) {
    ASSERT(index < builder->arg_count);
    sds arg = builder->args[index];
    return arg == NULL ? (struct bytes){NULL, 0} : sds_view(arg);
}

sds resp_builder_take(struct resp_builder *builder, size_t index) {
    ASSERT(index < builder->arg_count);
    sds arg = builder->args[index];
    builder->args[index] = NULL;
    return arg;
}
