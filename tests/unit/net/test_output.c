#include "net/output.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <string.h>

enum { VECTOR_MAX = 7 };

/* Everything that may be sent now, by vectors, without sending it. */
static sds read_all(const struct output *output) {
    struct iovec vectors[1000];
    size_t count = output_vectors(output, vectors, 1000);
    sds text = sds_with_capacity(0);
    for (size_t i = 0; i < count; i++) {
        text = sds_append(text, (struct bytes){vectors[i].iov_base, vectors[i].iov_len});
    }
    return text;
}

static void check_waiting(const struct output *output, const char *expected) {
    sds text = read_all(output);
    require_text(sds_view(text), expected);
    sds_free(text);
}

Test(output, an_empty_queue_has_nothing_to_send_and_no_memory) {
    struct output output = {0};
    struct iovec vector;
    require(output_vectors(&output, &vector, 1) == 0);
    require(!output_is_sendable(&output));
    require(!output_has_gated_write(&output));
    require(output_memory(&output) == 0);
    output_append(&output, (struct bytes){NULL, 0});
    output_append_sds(&output, sds_with_capacity(100));
    require(output.size == 0 && output.count == 0);
    output_release(&output);
}

Test(output, an_empty_block_does_not_wait_to_be_sent) {
    size_t start = alloc_used_bytes();
    struct output output = {0};
    struct output_block *block = output_block_create(sds_with_capacity(10));
    output_append_block(&output, block);
    require(output.size == 0);
    require(!output_is_sendable(&output));
    output_block_unref(block);
    output_release(&output);
    require(alloc_used_bytes() == start);
}

Test(output, short_messages_share_a_block) {
    struct output output = {0};
    for (size_t i = 0; i < 1000; i++) {
        output_append(&output, BYTES("abcdefghij"));
    }
    require(output.size == 10000);
    require(output.count < 10);
    require(output_memory(&output) < 30000);
    output_release(&output);
}

Test(output, order_is_kept_over_all_forms) {
    size_t start = alloc_used_bytes();
    struct output output = {0};
    struct output behind = {0};
    struct output_block *block = output_block_create(sds_new(BYTES("shared ")));
    output_append(&output, BYTES("one "));
    output_append_sds(&output, sds_new(BYTES("two ")));
    output_append_block(&output, block);
    output_append(&output, BYTES("three "));
    output_append(&behind, BYTES("four "));
    output_append_block(&behind, block);
    output_join(&output, &behind);
    require(behind.size == 0 && behind.count == 0);
    output_prepend(&output, BYTES("zero "), (struct output_gate){0});
    check_waiting(&output, "zero one two shared three four shared ");
    output_block_unref(block);
    check_waiting(&output, "zero one two shared three four shared ");
    output_sent(&output, 7);
    check_waiting(&output, "e two shared three four shared ");
    output_release(&output);
    output_release(&behind);
    require(alloc_used_bytes() == start);
}

Test(output, a_shared_block_is_never_appended_to) {
    struct output first = {0};
    struct output second = {0};
    struct output_block *block = output_block_create(sds_reserve(sds_new(BYTES("both ")), 1000));
    output_append_block(&first, block);
    output_append_block(&second, block);
    output_append(&first, BYTES("first"));
    output_append(&second, BYTES("second"));
    check_waiting(&first, "both first");
    check_waiting(&second, "both second");
    output_block_unref(block);
    output_release(&first);
    check_waiting(&second, "both second");
    output_release(&second);
}

Test(output, a_shared_block_counts_by_shares) {
    struct output queues[10] = {{0}};
    struct output_block *block = output_block_create(sds_resize(sds_with_capacity(0), 100000));
    for (size_t i = 0; i < 10; i++) {
        output_append_block(&queues[i], block);
    }
    output_block_unref(block);
    require(output_memory(&queues[0]) > 9000 && output_memory(&queues[0]) < 20000);
    for (size_t i = 0; i < 10; i++) {
        output_release(&queues[i]);
    }
}

Test(output, a_queue_that_was_sent_keeps_no_memory) {
    size_t start = alloc_used_bytes();
    struct output output = {0};
    output_append(&output, BYTES("abc"));
    output_sent(&output, 3);
    require(output.capacity == 0);
    require(alloc_used_bytes() == start);
}

/* ---- Gates ---- */

Test(output, bytes_behind_a_gate_wait_until_it_is_released) {
    struct output output = {0};
    output_append(&output, BYTES("free "));
    output.gate = (struct output_gate){.offset = 10, .is_write = true};
    output_append(&output, BYTES("ten "));
    output.gate = (struct output_gate){.offset = 20};
    output_append(&output, BYTES("twenty"));
    check_waiting(&output, "free ");
    require(output_is_sendable(&output));
    require(output_has_gated_write(&output));
    output_sent(&output, 5);
    require(!output_is_sendable(&output));
    output.released = 9;
    require(!output_is_sendable(&output));
    output.released = 10;
    require(output_is_sendable(&output));
    require(!output_has_gated_write(&output));
    check_waiting(&output, "ten ");
    output.released = 20;
    check_waiting(&output, "ten twenty");
    output_sent(&output, 10);
    require(output.gate.offset == 20 && output.released == 20);
    output_release(&output);
}

Test(output, opening_the_gates_holds_nothing_back) {
    struct output output = {.gate = {.offset = 5, .is_write = true}};
    output_append(&output, BYTES("held"));
    check_waiting(&output, "");
    output_open_gates(&output);
    check_waiting(&output, "held");
    require(!output_has_gated_write(&output));
    output_release(&output);
}

Test(output, what_is_put_in_front_has_its_own_gate) {
    struct output output = {.gate = {.offset = 5}};
    output_append(&output, BYTES("held"));
    output_prepend(&output, BYTES("rest "), (struct output_gate){0});
    check_waiting(&output, "rest ");
    require(output.gate.offset == 5);
    output_release(&output);
}

/* ---- Against a model ---- */

static void append_somehow(struct random *random, struct output *output, struct output_block *block,
                           struct bytes text, sds *model) {
    struct output behind = {0};
    switch (random_below(random, 4)) {
    case 0:
        output_append_sds(output, sds_new(text));
        break;
    case 1:
        output_append(&behind, text);
        output_append_sds(&behind, sds_new(text));
        output_join(output, &behind);
        *model = sds_append(*model, text);
        break;
    case 2:
        output_append_block(output, block);
        text = BYTES("the shared block");
        break;
    default:
        output_append(output, text);
    }
    *model = sds_append(*model, text);
}

Test(output, random_queues_agree_with_a_model) {
    struct random random;
    unit_random(&random, "output.model");
    size_t start = alloc_used_bytes();
    char data[6000];
    unit_random_bytes(&random, data, sizeof data, 0);
    struct output_block *block = output_block_create(sds_new(BYTES("the shared block")));
    for (size_t round = 0; round < 30; round++) {
        struct output output = {0};
        sds model = sds_with_capacity(0);
        for (size_t step = 0; step < 300; step++) {
            size_t length = random_below(&random, random_below(&random, 10) == 0 ? 6000 : 50);
            append_somehow(&random, &output, block, (struct bytes){data, length}, &model);
            struct iovec vectors[VECTOR_MAX];
            size_t count = output_vectors(&output, vectors, VECTOR_MAX);
            size_t offset = 0;
            for (size_t i = 0; i < count; i++) {
                require(memcmp(vectors[i].iov_base, model + offset, vectors[i].iov_len) == 0);
                offset += vectors[i].iov_len;
            }
            size_t sent = step % 3 == 0 ? 0 : random_below(&random, offset + 1);
            output_sent(&output, sent);
            sds_keep(model, sent, sds_length(model) - sent);
            require(output.size == sds_length(model));
        }
        sds text = read_all(&output);
        require(bytes_equal(sds_view(text), sds_view(model)) || output.count > 1000);
        sds_free(text);
        sds_free(model);
        output_release(&output);
    }
    output_block_unref(block);
    require(alloc_used_bytes() == start);
}
