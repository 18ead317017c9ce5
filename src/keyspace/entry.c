/*
 * A random read costs one cache miss for the bucket and one for the entry only if header, key and
 * a short value share a line: hence one allocation, and no padding. Words are unaligned and are
 * read and written by memcpy. The deadline node comes first so that its entry is found by a fixed
 * offset.
 */
#include "keyspace/entry.h"

#include "base/alloc.h"
#include "base/cache.h"
#include "base/panic.h"
#include "structs/deadlines.h"

#include <assert.h>
#include <string.h>

enum {
    FLAG_DEADLINE = 1 << 0,
    FLAG_LONG_KEY = 1 << 1,
    FLAG_WORD = 1 << 2,
    FLAG_INTEGER = 1 << 3, /* the word is an integer, else an address */
    FLAG_EPOCH = 1 << 7,
    ENCODING_SHIFT = 4,
    TYPE_MASK = (1 << ENCODING_SHIFT) - 1,
    ACCESS_SHIFT = 8,
    ACCESS_SIZE = 3,
    BYTE_MASK = 255,
    WORD_SIZE = 8,
    LONG_KEY_SIZE = 4,
};

struct entry {
    uint8_t type_encoding;
    uint8_t flags;
    uint8_t inline_size;
    uint8_t access[ACCESS_SIZE];
    uint16_t key_size; /* 0 with FLAG_LONG_KEY */
    unsigned char parts[];
};

static_assert(sizeof(struct entry) == WORD_SIZE, "the header is part of every entry");

static size_t key_size_offset(unsigned flags) {
    return (flags & FLAG_DEADLINE) != 0 ? DEADLINE_NODE_SIZE : 0;
}

static size_t word_offset(unsigned flags) {
    return key_size_offset(flags) + ((flags & FLAG_LONG_KEY) != 0 ? LONG_KEY_SIZE : 0);
}

static size_t key_offset(unsigned flags) {
    return word_offset(flags) + ((flags & FLAG_WORD) != 0 ? WORD_SIZE : 0);
}

static size_t key_size(const struct entry *entry) {
    if (LIKELY((entry->flags & FLAG_LONG_KEY) == 0)) {
        return entry->key_size;
    }
    uint32_t size;
    memcpy(&size, entry->parts + key_size_offset(entry->flags), sizeof size);
    return size;
}

static size_t total_size(const struct entry *entry) {
    return sizeof *entry + key_offset(entry->flags) + key_size(entry) + entry->inline_size;
}

static unsigned value_flags(const struct value *value) {
    switch ((enum value_storage)value->storage) {
    case VALUE_STORED_INTEGER:
        return FLAG_WORD | FLAG_INTEGER;
    case VALUE_STORED_OBJECT:
        return FLAG_WORD;
    case VALUE_STORED_BYTES:
        return 0;
    }
    UNREACHABLE();
}

static void write_parts(struct entry *entry, const struct value *value) {
    entry->type_encoding = (uint8_t)(value->type | value->encoding << ENCODING_SHIFT);
    if (value->storage == VALUE_STORED_BYTES) {
        entry->inline_size = (uint8_t)value->bytes.length;
        if (value->bytes.length > 0) {
            memmove(entry->parts + key_offset(entry->flags) + key_size(entry), value->bytes.data,
                    value->bytes.length);
        }
        return;
    }
    entry->inline_size = 0;
    unsigned char *word = entry->parts + word_offset(entry->flags);
    if (value->storage == VALUE_STORED_INTEGER) {
        memcpy(word, &value->integer, WORD_SIZE);
    } else {
        memcpy(word, &value->object, sizeof value->object);
    }
}

struct entry *entry_create(struct bytes key, const struct value *value, bool has_deadline) {
    unsigned flags = value_flags(value);
    size_t inline_size = value->storage == VALUE_STORED_BYTES ? value->bytes.length : 0;
    ASSERT(inline_size <= ENTRY_INLINE_MAX);
    ASSERT(key.length <= UINT32_MAX);
    flags |= has_deadline ? FLAG_DEADLINE : 0;
    flags |= key.length > UINT16_MAX ? FLAG_LONG_KEY : 0;
    struct entry *entry = alloc_new(sizeof *entry + key_offset(flags) + key.length + inline_size);
    entry->flags = (uint8_t)flags;
    memset(entry->access, 0, sizeof entry->access);
    entry->key_size = (flags & FLAG_LONG_KEY) != 0 ? 0 : (uint16_t)key.length;
    if ((flags & FLAG_LONG_KEY) != 0) {
        uint32_t size = (uint32_t)key.length;
        memcpy(entry->parts + key_size_offset(flags), &size, sizeof size);
    }
    if (key.length > 0) {
        memcpy(entry->parts + key_offset(flags), key.data, key.length);
    }
    write_parts(entry, value);
    return entry;
}

void entry_free(struct entry *entry) {
    alloc_free_sized(entry, total_size(entry));
}

struct bytes entry_key(const struct entry *entry) {
    return (struct bytes){(const char *)entry->parts + key_offset(entry->flags), key_size(entry)};
}

void entry_read_value(const struct entry *entry, struct value *value) {
    unsigned flags = entry->flags;
    value->type = entry->type_encoding & TYPE_MASK;
    value->encoding = entry->type_encoding >> ENCODING_SHIFT;
    if ((flags & FLAG_WORD) == 0) {
        value->storage = VALUE_STORED_BYTES;
        value->bytes.data = (const char *)entry->parts + key_offset(flags) + key_size(entry);
        value->bytes.length = entry->inline_size;
        return;
    }
    const unsigned char *word = entry->parts + word_offset(flags);
    if ((flags & FLAG_INTEGER) != 0) {
        value->storage = VALUE_STORED_INTEGER;
        memcpy(&value->integer, word, sizeof value->integer);
    } else {
        value->storage = VALUE_STORED_OBJECT;
        memcpy(&value->object, word, sizeof value->object);
    }
}

bool entry_prefetch_value(const struct entry *entry) {
    enum { LINE_SIZE = 64, LINES = 4, HEADER_MAX = 16 };
    unsigned flags = entry->flags;
    if ((flags & FLAG_WORD) == 0 || (flags & FLAG_INTEGER) != 0) {
        return false;
    }
    uintptr_t object;
    memcpy(&object, entry->parts + word_offset(flags), sizeof object);
    cache_prefetch((const void *)(object - HEADER_MAX)); /* of a string, in front of it */
    for (size_t i = 0; i < LINES; i++) {
        cache_prefetch((const void *)(object + i * LINE_SIZE));
    }
    return true;
}

enum value_type entry_type(const struct entry *entry) {
    return (enum value_type)(entry->type_encoding & TYPE_MASK);
}

void *entry_deadline_node(struct entry *entry) {
    return (entry->flags & FLAG_DEADLINE) != 0 ? entry->parts : NULL;
}

struct entry *entry_of_deadline_node(void *node) {
    return (struct entry *)(void *)((char *)node - offsetof(struct entry, parts));
}

int64_t entry_deadline_ms(const struct entry *entry) {
    return (entry->flags & FLAG_DEADLINE) != 0 ? deadline_node_time(entry->parts) : -1;
}

bool entry_write_value(struct entry *entry, const struct value *value) {
    unsigned layout = FLAG_WORD | FLAG_INTEGER;
    if ((entry->flags & layout) != value_flags(value)) {
        return false;
    }
    if (value->storage == VALUE_STORED_BYTES && value->bytes.length != entry->inline_size) {
        size_t old_size = total_size(entry);
        size_t new_size = old_size - entry->inline_size + value->bytes.length;
        if (value->bytes.length > ENTRY_INLINE_MAX ||
            alloc_size_class(old_size) != alloc_size_class(new_size)) {
            return false;
        }
    }
    write_parts(entry, value);
    return true;
}

uint32_t entry_access(const struct entry *entry) {
    return (uint32_t)entry->access[0] | (uint32_t)entry->access[1] << ACCESS_SHIFT |
           (uint32_t)entry->access[2] << (2 * ACCESS_SHIFT);
}

void entry_set_access(struct entry *entry, uint32_t access) {
    entry->access[0] = (uint8_t)(access & BYTE_MASK);
    entry->access[1] = (uint8_t)(access >> ACCESS_SHIFT & BYTE_MASK);
    entry->access[2] = (uint8_t)(access >> (2 * ACCESS_SHIFT) & BYTE_MASK);
}

bool entry_epoch(const struct entry *entry) {
    return (entry->flags & FLAG_EPOCH) != 0;
}

void entry_set_epoch(struct entry *entry, bool epoch) {
    unsigned others = entry->flags & ~(unsigned)FLAG_EPOCH;
    entry->flags = (uint8_t)(others | (epoch ? (unsigned)FLAG_EPOCH : 0));
}

size_t entry_memory(const struct entry *entry) {
    return alloc_size_class(total_size(entry));
}
