/*
 * Two bytes of head for a short field without deadline, so that a field of 16 bytes with a value
 * of 14 fits into a size class of 32.
 */
#include "types/hash_item.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "types/item.h"

enum {
    NAME_LENGTH_MASK = 127,
    LONG_NAME = 127,
    LONG_NAME_SIZE = 4,
    FLAG_DEADLINE = 128,
    DEADLINE_SIZE = 8,
};

static size_t deadline_offset(uint8_t head) {
    return 1 + ((head & NAME_LENGTH_MASK) == LONG_NAME ? LONG_NAME_SIZE : 0);
}

static size_t value_length_offset(uint8_t head) {
    return deadline_offset(head) + ((head & FLAG_DEADLINE) != 0 ? DEADLINE_SIZE : 0);
}

static size_t name_length(const uint8_t *item) {
    size_t length = item[0] & NAME_LENGTH_MASK;
    if (LIKELY(length != LONG_NAME)) {
        return length;
    }
    uint32_t word;
    memcpy(&word, item + 1, sizeof word);
    return word;
}

static uint8_t head_of(const struct hash_field *field) {
    size_t length = field->name.length < LONG_NAME ? field->name.length : LONG_NAME;
    return (uint8_t)(length | (field->deadline_ms != HASH_NO_DEADLINE ? FLAG_DEADLINE : 0));
}

static size_t size_of(uint8_t head, size_t name_size, size_t value_size) {
    return value_length_offset(head) + item_length_size(value_size) + name_size + value_size;
}

static size_t item_size(const uint8_t *item) {
    size_t value_size;
    (void)item_read_length(item + value_length_offset(item[0]), &value_size);
    return size_of(item[0], name_length(item), value_size);
}

void *hash_item_create(const struct hash_field *field) {
    uint8_t head = head_of(field);
    ASSERT(field->name.length <= UINT32_MAX);
    uint8_t *item = alloc_new(size_of(head, field->name.length, field->value.length));
    item[0] = head;
    if ((head & NAME_LENGTH_MASK) == LONG_NAME) {
        uint32_t word = (uint32_t)field->name.length;
        memcpy(item + 1, &word, sizeof word);
    }
    if ((head & FLAG_DEADLINE) != 0) {
        memcpy(item + deadline_offset(head), &field->deadline_ms, DEADLINE_SIZE);
    }
    uint8_t *at = item_write_length(item + value_length_offset(head), field->value.length);
    if (field->name.length > 0) {
        memcpy(at, field->name.data, field->name.length);
    }
    if (field->value.length > 0) {
        memcpy(at + field->name.length, field->value.data, field->value.length);
    }
    return item;
}

void hash_item_free(void *item) {
    alloc_free_sized(item, item_size(item));
}

struct bytes hash_item_name(const void *item) {
    const uint8_t *bytes = item;
    const uint8_t *length_at = bytes + value_length_offset(bytes[0]);
    size_t skipped = LIKELY(*length_at != ITEM_LONG_LENGTH) ? 1 : ITEM_LONG_LENGTH_SIZE;
    return (struct bytes){(const char *)length_at + skipped, name_length(bytes)};
}

void hash_item_read(const void *item, struct hash_field *field) {
    const uint8_t *bytes = item;
    size_t value_size;
    const uint8_t *at = item_read_length(bytes + value_length_offset(bytes[0]), &value_size);
    field->name = (struct bytes){(const char *)at, name_length(bytes)};
    field->value = (struct bytes){field->name.data + field->name.length, value_size};
    field->deadline_ms = hash_item_deadline(item);
}

int64_t hash_item_deadline(const void *item) {
    const uint8_t *bytes = item;
    if (LIKELY((bytes[0] & FLAG_DEADLINE) == 0)) {
        return HASH_NO_DEADLINE;
    }
    int64_t deadline_ms;
    memcpy(&deadline_ms, bytes + deadline_offset(bytes[0]), sizeof deadline_ms);
    return deadline_ms;
}

bool hash_item_rewrite(void *item, struct bytes value, int64_t deadline_ms) {
    uint8_t *bytes = item;
    struct hash_field field;
    hash_item_read(item, &field);
    bool same_layout =
        (field.deadline_ms == HASH_NO_DEADLINE) == (deadline_ms == HASH_NO_DEADLINE) &&
        item_length_size(field.value.length) == item_length_size(value.length);
    if (!same_layout || alloc_size_class(item_size(item)) !=
                            alloc_size_class(size_of(bytes[0], field.name.length, value.length))) {
        return false;
    }
    if (deadline_ms != HASH_NO_DEADLINE) {
        memcpy(bytes + deadline_offset(bytes[0]), &deadline_ms, DEADLINE_SIZE);
    }
    uint8_t *at = item_write_length(bytes + value_length_offset(bytes[0]), value.length);
    if (value.length > 0) {
        memmove(at + field.name.length, value.data, value.length);
    }
    return true;
}

size_t hash_item_memory(const void *item) {
    return alloc_size_class(item_size(item));
}
