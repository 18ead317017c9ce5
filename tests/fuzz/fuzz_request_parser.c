/*
 * The two readers of requests on the same bytes: what the one finds in a buffer, a builder must
 * find when the bytes come in pieces.
 */
#include "base/panic.h"
#include "base/sds.h"
#include "proto/resp_parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BULK_SIZE_MAX = 1024 * 1024 };

static const struct resp_limits limits = {BULK_SIZE_MAX, RESP_ARGUMENT_COUNT_MAX, true};

static void check_builder(const char *data, size_t size, size_t step, const struct resp_args *args,
                          const struct resp_request *request) {
    struct resp_builder *builder = resp_builder_create();
    char error[RESP_ERROR_SIZE];
    enum resp_status status = RESP_NEED_MORE;
    size_t position = 0;
    while (position < size && status == RESP_NEED_MORE) {
        size_t piece = size - position < step ? size - position : step;
        size_t consumed = 0;
        status = resp_builder_feed(builder, data + position, piece, &limits, &consumed, error);
        ASSERT(consumed <= piece);
        position += consumed;
    }
    ASSERT(status == RESP_DONE);
    ASSERT(position == request->consumed_size);
    ASSERT(resp_builder_arg_count(builder) == request->arg_count);
    for (size_t i = 0; i < request->arg_count; i++) {
        ASSERT(bytes_equal(resp_builder_arg(builder, i), args->items[request->first_arg + i]));
    }
    resp_builder_destroy(builder);
}

/* The first byte chooses the size of the pieces; the rest is what a client sends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    size_t step = (size_t)data[0] + 1;
    size_t left = size - 1;
    /* An allocation of exactly this size: reading behind the end is found. */
    char *copy = malloc(left + (left == 0));
    ASSERT(copy != NULL);
    memcpy(copy, data + 1, left);
    char *at = copy;
    struct resp_args args = {0};
    enum resp_status status = RESP_DONE;
    while (status == RESP_DONE && left > 0) {
        bool is_multibulk = *at == '*';
        struct resp_request request = {0};
        char error[RESP_ERROR_SIZE] = "";
        status = resp_parse_request(at, left, &limits, &args, &request, error);
        ASSERT((status == RESP_INVALID) == (error[0] != '\0'));
        if (status != RESP_DONE) {
            break;
        }
        ASSERT(request.consumed_size > 0 && request.consumed_size <= left);
        if (is_multibulk) {
            check_builder(at, left, step, &args, &request);
        }
        at += request.consumed_size;
        left -= request.consumed_size;
    }
    resp_args_release(&args);
    free(copy);
    return 0;
}
