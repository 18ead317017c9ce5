/*
 * A single span stands in the queue itself: most messages are sent in the turn in which they came,
 * and cost no allocation then.
 *
 * Small appends go into the last block while it is not shared and has room, so that a slow
 * receiver of many short messages does not pay an allocation for each.
 */
#include "net/output.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <string.h>

enum { RING_CAPACITY_MIN = 4, BLOCK_SIZE_MIN = 4096 };

struct output_block {
    sds bytes;
    size_t reference_count;
};

struct output_block *output_block_create(sds bytes) {
    struct output_block *block = alloc_new(sizeof *block);
    *block = (struct output_block){.bytes = bytes, .reference_count = 1};
    return block;
}

void output_block_ref(struct output_block *block) {
    block->reference_count++;
}

void output_block_unref(struct output_block *block) {
    ASSERT(block->reference_count > 0);
    if (--block->reference_count == 0) {
        sds_free(block->bytes);
        alloc_free(block);
    }
}

struct bytes output_block_bytes(const struct output_block *block) {
    return sds_view(block->bytes);
}

static struct output_span *span_at(struct output *output, size_t index) {
    return output->spans == NULL ? &output->lone
                                 : &output->spans[(output->first + index) & (output->capacity - 1)];
}

static const struct output_span *view_at(const struct output *output, size_t index) {
    return output->spans == NULL ? &output->lone
                                 : &output->spans[(output->first + index) & (output->capacity - 1)];
}

void output_release(struct output *output) {
    for (size_t i = 0; i < output->count; i++) {
        output_block_unref(span_at(output, i)->block);
    }
    alloc_free(output->spans);
    *output = (struct output){0};
}

static void grow(struct output *output) {
    size_t capacity = output->capacity == 0 ? RING_CAPACITY_MIN : 2 * output->capacity;
    struct output_span *spans = alloc_new(capacity * sizeof *spans);
    for (size_t i = 0; i < output->count; i++) {
        spans[i] = *span_at(output, i);
    }
    alloc_free(output->spans);
    output->spans = spans;
    output->first = 0;
    output->capacity = capacity;
}

/* The place behind the last span, which is counted now. */
static struct output_span *add_span(struct output *output) {
    size_t room = output->spans == NULL ? 1 : output->capacity;
    if (output->count == room) {
        grow(output);
    }
    output->count++;
    return span_at(output, output->count - 1);
}

/* Queues a block whose reference is given away. */
static void push(struct output *output, struct output_block *block, size_t length) {
    *add_span(output) = (struct output_span){block, 0, length, output->gate};
    output->size += length;
}

static bool append_to_last(struct output *output, struct bytes source) {
    if (output->count == 0) {
        return false;
    }
    struct output_span *last = span_at(output, output->count - 1);
    sds bytes = last->block->bytes;
    size_t used = sds_length(bytes);
    if (last->block->reference_count > 1 || last->gate.offset != output->gate.offset ||
        last->gate.is_write != output->gate.is_write || last->offset + last->length != used ||
        sds_capacity(bytes) - used < source.length) {
        return false;
    }
    memcpy(bytes + used, source.data, source.length);
    sds_set_length(bytes, used + source.length);
    last->length += source.length;
    output->size += source.length;
    return true;
}

void output_append(struct output *output, struct bytes source) {
    if (source.length == 0 || append_to_last(output, source)) {
        return;
    }
    size_t capacity = source.length < BLOCK_SIZE_MIN ? BLOCK_SIZE_MIN : source.length;
    sds bytes =
        sds_append(sds_with_capacity(output->count == 0 ? source.length : capacity), source);
    push(output, output_block_create(bytes), source.length);
}

void output_append_sds(struct output *output, sds bytes) {
    if (sds_length(bytes) == 0) {
        sds_free(bytes);
        return;
    }
    push(output, output_block_create(bytes), sds_length(bytes));
}

void output_append_block(struct output *output, struct output_block *block) {
    if (sds_length(block->bytes) == 0) {
        return; /* A span without bytes would be sendable for ever. */
    }
    output_block_ref(block);
    push(output, block, sds_length(block->bytes));
}

void output_prepend(struct output *output, struct bytes source, struct output_gate gate) {
    struct output behind = *output;
    *output = (struct output){.gate = gate, .released = behind.released};
    output_append(output, source);
    output->gate = behind.gate;
    output_join(output, &behind);
}

static bool is_held(const struct output *output, const struct output_span *span) {
    return span->gate.offset > output->released;
}

bool output_is_sendable(const struct output *output) {
    return output->count > 0 && !is_held(output, view_at(output, 0));
}

bool output_has_gated_write(const struct output *output) {
    for (size_t i = 0; i < output->count; i++) {
        const struct output_span *span = view_at(output, i);
        if (span->gate.is_write && is_held(output, span)) {
            return true;
        }
    }
    return false;
}

void output_open_gates(struct output *output) {
    for (size_t i = 0; i < output->count; i++) {
        span_at(output, i)->gate = (struct output_gate){0};
    }
    output->gate = (struct output_gate){0};
}

void output_join(struct output *output, struct output *behind) {
    for (size_t i = 0; i < behind->count; i++) {
        *add_span(output) = *span_at(behind, i);
    }
    output->size += behind->size;
    alloc_free(behind->spans);
    *behind = (struct output){0};
}

size_t output_vectors(const struct output *output, struct iovec *vectors, size_t capacity) {
    size_t count = output->count < capacity ? output->count : capacity;
    for (size_t i = 0; i < count; i++) {
        const struct output_span *span = view_at(output, i);
        if (UNLIKELY(is_held(output, span))) {
            return i;
        }
        vectors[i] = (struct iovec){span->block->bytes + span->offset, span->length};
    }
    return count;
}

void output_sent(struct output *output, size_t size) {
    ASSERT(size <= output->size);
    output->size -= size;
    while (size > 0) {
        struct output_span *span = span_at(output, 0);
        if (size < span->length) {
            span->offset += size;
            span->length -= size;
            return;
        }
        size -= span->length;
        output_block_unref(span->block);
        output->first = output->spans == NULL ? 0 : (output->first + 1) & (output->capacity - 1);
        output->count--;
    }
    if (output->count == 0 && output->spans != NULL) {
        /* An idle connection keeps no ring. */
        alloc_free(output->spans);
        *output = (struct output){.gate = output->gate, .released = output->released};
    }
}

size_t output_memory(const struct output *output) {
    size_t total = output->capacity * sizeof *output->spans;
    for (size_t i = 0; i < output->count; i++) {
        const struct output_block *block = view_at(output, i)->block;
        total += (sizeof *block + sds_memory(block->bytes)) / block->reference_count;
    }
    return total;
}
