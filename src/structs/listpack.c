/*
 * Elements, by their first byte:
 *
 *     0xxxxxxx            7-bit unsigned integer
 *     10xxxxxx            string of up to 63 bytes
 *     110xxxxx +1         13-bit signed integer
 *     1110xxxx +1         string of up to 4095 bytes
 *     11110000 +4         string with a 32-bit length
 *     11110001 … 11110100 integers of 16, 24, 32 and 64 bits, little-endian
 *
 * The length behind an element has seven bits a byte; its last byte holds the lowest bits, and the
 * top bit says that another byte stands before it.
 */
#include "structs/listpack.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <string.h>

enum {
    HEADER_SIZE = 6,
    COUNT_OFFSET = 4,
    COUNT_UNKNOWN = 65535,
    END = 255,
    ENCODING_MAX_SIZE = 9, /* encoding byte and a 64-bit integer */
    STRING6_MAX = 63,
    STRING12_MAX = 4095,
    TAG_STRING6 = 0x80,
    TAG_INT13 = 0xc0,
    TAG_STRING12 = 0xe0,
    TAG_STRING32 = 0xf0,
    TAG_INT16 = 0xf1,
    TAG_INT24 = 0xf2,
    TAG_INT32 = 0xf3,
    TAG_INT64 = 0xf4,
    INT13_MIN = -4096,
    INT13_MAX = 4095,
    INT7_MAX = 127,
    INT24_MIN = -8388608,
    INT24_MAX = 8388607,
    STRING32_HEAD_SIZE = 5,
    INTEGER_TEXT_MAX = 20,
    BACK_BITS = 7,
    BACK_MORE = 128,
    BACK_MAX_SIZE = 5,
};

static uint32_t load32(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void store32(uint8_t *at, uint32_t value) {
    for (size_t i = 0; i < sizeof value; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static size_t stored_count(const uint8_t *block) {
    return (size_t)block[COUNT_OFFSET] | (size_t)block[COUNT_OFFSET + 1] << 8;
}

static void store_count(uint8_t *block, size_t count) {
    size_t stored = count < COUNT_UNKNOWN ? count : COUNT_UNKNOWN;
    block[COUNT_OFFSET] = (uint8_t)stored;
    block[COUNT_OFFSET + 1] = (uint8_t)(stored >> 8);
}

/* ---- One element ---- */

/* Bytes of an integer's data behind its first byte, 0 for a tag that is none. */
static size_t integer_data_size(uint8_t tag) {
    static const uint8_t sizes[] = {2, 3, 4, 8};
    return tag >= TAG_INT16 && tag <= TAG_INT64 ? sizes[tag - TAG_INT16] : 0;
}

/* Bytes of the encoding and the data together. */
static inline size_t element_size(const uint8_t *element) {
    uint8_t tag = element[0];
    if (tag < TAG_STRING6) {
        return 1;
    }
    if (LIKELY(tag < TAG_INT13)) {
        return 1 + (size_t)(tag & STRING6_MAX);
    }
    if (tag < TAG_STRING12) {
        return 2;
    }
    if (tag < TAG_STRING32) {
        return 2 + ((size_t)(tag & 15) << 8 | element[1]);
    }
    if (tag == TAG_STRING32) {
        return STRING32_HEAD_SIZE + (size_t)load32(element + 1);
    }
    return 1 + integer_data_size(tag);
}

static inline size_t back_size(size_t size) {
    size_t count = 1;
    while (UNLIKELY(size > INT7_MAX)) {
        size >>= BACK_BITS;
        count++;
    }
    return count;
}

static void write_back(uint8_t *at, size_t size) {
    size_t count = back_size(size);
    for (size_t i = count; i > 0; i--) {
        at[i - 1] = (uint8_t)((size & INT7_MAX) | (i > 1 ? BACK_MORE : 0));
        size >>= BACK_BITS;
    }
}

static int64_t load_integer(const uint8_t *data, size_t size) {
    enum { BITS_PER_BYTE = 8, WORD_BITS = 64 };
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++) {
        word |= (uint64_t)data[i] << (BITS_PER_BYTE * i);
    }
    size_t shift = WORD_BITS - BITS_PER_BYTE * size;
    return (int64_t)(word << shift) >> shift;
}

bool listpack_get_integer(const uint8_t *element, int64_t *number, struct bytes *text) {
    uint8_t tag = element[0];
    if (tag < TAG_STRING6) {
        *number = tag;
        return true;
    }
    if (LIKELY(tag < TAG_INT13)) {
        *text = (struct bytes){(const char *)element + 1, tag & STRING6_MAX};
        return false;
    }
    if (tag < TAG_STRING12) {
        int64_t value = (int64_t)(tag & 31) << 8 | element[1];
        *number = value > INT13_MAX ? value + 2 * INT13_MIN : value;
        return true;
    }
    if (tag < TAG_STRING32) {
        *text = (struct bytes){(const char *)element + 2, (size_t)(tag & 15) << 8 | element[1]};
        return false;
    }
    if (tag == TAG_STRING32) {
        *text = (struct bytes){(const char *)element + STRING32_HEAD_SIZE, load32(element + 1)};
        return false;
    }
    *number = load_integer(element + 1, integer_data_size(tag));
    return true;
}

struct bytes listpack_get(const uint8_t *element, char scratch[LISTPACK_SCRATCH_SIZE]) {
    int64_t number;
    struct bytes text;
    if (listpack_get_integer(element, &number, &text)) {
        return (struct bytes){scratch, text_print_int64(scratch, number)};
    }
    return text;
}

/* An element ready to be written: its head (all of an integer), then the string's bytes. */
struct encoded {
    uint8_t head[ENCODING_MAX_SIZE];
    size_t head_size;
    struct bytes tail;
};

static void encode_integer(int64_t number, struct encoded *encoded) {
    static const struct {
        int64_t min;
        int64_t max;
        uint8_t tag;
    } widths[] = {
        {INT16_MIN, INT16_MAX, TAG_INT16},
        {INT24_MIN, INT24_MAX, TAG_INT24},
        {INT32_MIN, INT32_MAX, TAG_INT32},
        {INT64_MIN, INT64_MAX, TAG_INT64},
    };
    encoded->tail = (struct bytes){NULL, 0};
    if (number >= 0 && number <= INT7_MAX) {
        encoded->head[0] = (uint8_t)number;
        encoded->head_size = 1;
        return;
    }
    if (number >= INT13_MIN && number <= INT13_MAX) {
        uint64_t word = (uint64_t)number;
        encoded->head[0] = (uint8_t)(TAG_INT13 | (word >> 8 & 31));
        encoded->head[1] = (uint8_t)word;
        encoded->head_size = 2;
        return;
    }
    size_t width = 0;
    while (number < widths[width].min || number > widths[width].max) {
        width++;
    }
    size_t size = integer_data_size(widths[width].tag);
    encoded->head[0] = widths[width].tag;
    for (size_t i = 0; i < size; i++) {
        encoded->head[1 + i] = (uint8_t)((uint64_t)number >> (8 * i));
    }
    encoded->head_size = 1 + size;
}

/* False for a text that cannot be one; most are told by their first byte. */
static inline bool may_be_integer(struct bytes text) {
    return text.length - 1 < INTEGER_TEXT_MAX && (unsigned char)text.data[0] <= '9';
}

static void encode(struct bytes text, struct encoded *encoded) {
    int64_t number;
    if (may_be_integer(text) && text_parse_int64(text, &number)) {
        encode_integer(number, encoded);
        return;
    }
    encoded->tail = text;
    if (text.length <= STRING6_MAX) {
        encoded->head[0] = (uint8_t)(TAG_STRING6 | text.length);
        encoded->head_size = 1;
    } else if (text.length <= STRING12_MAX) {
        encoded->head[0] = (uint8_t)(TAG_STRING12 | text.length >> 8);
        encoded->head[1] = (uint8_t)text.length;
        encoded->head_size = 2;
    } else {
        encoded->head[0] = TAG_STRING32;
        store32(encoded->head + 1, (uint32_t)text.length);
        encoded->head_size = STRING32_HEAD_SIZE;
    }
}

static size_t encoded_size(const struct encoded *encoded) {
    size_t size = encoded->head_size + encoded->tail.length;
    return size + back_size(size);
}

/* Writes an element without the length behind it, whose size is returned. */
static size_t write_bare(uint8_t *at, const struct encoded *encoded) {
    memcpy(at, encoded->head, encoded->head_size);
    if (encoded->tail.length > 0) {
        memcpy(at + encoded->head_size, encoded->tail.data, encoded->tail.length);
    }
    return encoded->head_size + encoded->tail.length;
}

static void write_encoded(uint8_t *at, const struct encoded *encoded) {
    size_t size = write_bare(at, encoded);
    write_back(at + size, size);
}

size_t listpack_element_size(struct bytes text) {
    if (LIKELY(!may_be_integer(text) && text.length <= STRING6_MAX)) {
        return 1 + text.length + 1; /* tag, bytes, the size behind */
    }
    struct encoded encoded;
    encode(text, &encoded);
    return encoded_size(&encoded);
}

size_t listpack_integer_size(int64_t integer) {
    struct encoded encoded;
    encode_integer(integer, &encoded);
    return encoded.head_size + 1;
}

uint8_t *listpack_bare_write(uint8_t *at, struct bytes text) {
    struct encoded encoded;
    encode(text, &encoded);
    return at + write_bare(at, &encoded);
}

size_t listpack_bare_size(const uint8_t *element) {
    return element_size(element);
}

size_t listpack_published_size(size_t bare_size) {
    return bare_size + back_size(bare_size);
}

/* ---- Walking ---- */

uint8_t *listpack_create_with_room(size_t size) {
    uint8_t *block = alloc_new(size < LISTPACK_EMPTY_SIZE ? LISTPACK_EMPTY_SIZE : size);
    store32(block, LISTPACK_EMPTY_SIZE);
    store_count(block, 0);
    block[HEADER_SIZE] = END;
    return block;
}

uint8_t *listpack_create(void) {
    return listpack_create_with_room(LISTPACK_EMPTY_SIZE);
}

void listpack_free(uint8_t *block) {
    alloc_free(block);
}

uint8_t *listpack_copy(const uint8_t *block) {
    size_t size = listpack_size(block);
    return memcpy(alloc_new(size), block, size);
}

size_t listpack_size(const uint8_t *block) {
    return load32(block);
}

static inline uint8_t *at_offset(const uint8_t *block, size_t offset) {
    return (uint8_t *)(uintptr_t)(block + offset);
}

uint8_t *listpack_first(const uint8_t *block) {
    return block[HEADER_SIZE] == END ? NULL : at_offset(block, HEADER_SIZE);
}

static inline bool is_string6(uint8_t tag) {
    return (tag & TAG_INT13) == TAG_STRING6;
}

static inline uint8_t *skip(const uint8_t *element) {
    if (LIKELY(is_string6(*element))) {
        return at_offset(element, 2 + (size_t)(*element & STRING6_MAX)); /* and one byte behind */
    }
    size_t size = element_size(element);
    return at_offset(element, size + back_size(size));
}

uint8_t *listpack_next(const uint8_t *block, const uint8_t *element) {
    (void)block;
    uint8_t *next = skip(element);
    return *next == END ? NULL : next;
}

/* The element that ends right before `end`. */
static uint8_t *element_before(const uint8_t *end) {
    size_t size = 0;
    size_t shift = 0;
    const uint8_t *at = end - 1;
    for (;;) {
        size |= (size_t)(*at & INT7_MAX) << shift;
        if ((*at & BACK_MORE) == 0) {
            break;
        }
        shift += BACK_BITS;
        at--;
    }
    return at_offset(at - size, 0);
}

uint8_t *listpack_last(const uint8_t *block) {
    size_t size = listpack_size(block);
    return size == LISTPACK_EMPTY_SIZE ? NULL : element_before(block + size - 1);
}

uint8_t *listpack_previous(const uint8_t *block, const uint8_t *element) {
    return element == block + HEADER_SIZE ? NULL : element_before(element);
}

size_t listpack_count(const uint8_t *block) {
    size_t count = stored_count(block);
    if (LIKELY(count < COUNT_UNKNOWN)) {
        return count;
    }
    count = 0;
    for (const uint8_t *element = block + HEADER_SIZE; *element != END; element = skip(element)) {
        count++;
    }
    return count;
}

uint8_t *listpack_seek(const uint8_t *block, int64_t index) {
    size_t count = listpack_count(block);
    int64_t position = index < 0 ? index + (int64_t)count : index;
    if (position < 0 || position >= (int64_t)count) {
        return NULL;
    }
    if (position <= (int64_t)count / 2) {
        uint8_t *element = at_offset(block, HEADER_SIZE);
        for (; position > 0; position--) {
            element = skip(element);
        }
        return element;
    }
    uint8_t *element = listpack_last(block);
    for (position = (int64_t)count - 1 - position; position > 0; position--) {
        element = element_before(element);
    }
    return element;
}

struct listpack_wanted listpack_wanted(struct bytes text) {
    struct listpack_wanted wanted = {.text = text};
    wanted.is_integer = may_be_integer(text) && text_parse_int64(text, &wanted.integer);
    return wanted;
}

bool listpack_equals(const uint8_t *element, const struct listpack_wanted *wanted) {
    int64_t number;
    struct bytes text;
    if (listpack_get_integer(element, &number, &text)) {
        return wanted->is_integer && wanted->integer == number;
    }
    /* Our own blocks never hold an integer as text, but a loaded one may. */
    return bytes_equal(text, wanted->text);
}

static inline const uint8_t *pass(const uint8_t *element, size_t passed) {
    element = skip(element);
    for (size_t i = 0; i < passed && *element != END; i++) {
        element = skip(element);
    }
    return element;
}

/*
 * Finds a string of 8 to 63 bytes that is no integer. Most elements differ from it in their tag,
 * which tells the length, or in their last bytes: names mostly begin alike.
 */
static uint8_t *find_string6(const uint8_t *element, const struct listpack_wanted *wanted,
                             size_t passed) {
    size_t length = wanted->text.length;
    uint8_t tag = (uint8_t)(TAG_STRING6 | length);
    uint64_t end;
    memcpy(&end, wanted->text.data + length - sizeof end, sizeof end);
    for (; *element != END; element = pass(element, passed)) {
        if (*element == tag) {
            uint64_t word;
            memcpy(&word, element + 1 + length - sizeof word, sizeof word);
            if (word == end && memcmp(element + 1, wanted->text.data, length) == 0) {
                return at_offset(element, 0);
            }
        } else if (UNLIKELY(*element >= TAG_STRING12) && listpack_equals(element, wanted)) {
            return at_offset(element, 0); /* A loaded block may hold it in a longer form. */
        }
    }
    return NULL;
}

uint8_t *listpack_find(const uint8_t *block, const uint8_t *from,
                       const struct listpack_wanted *wanted, size_t passed) {
    const uint8_t *element = from == NULL ? block + HEADER_SIZE : from;
    size_t length = wanted->text.length;
    if (!wanted->is_integer && length >= sizeof(uint64_t) && length <= STRING6_MAX) {
        return find_string6(element, wanted, passed);
    }
    for (; *element != END; element = pass(element, passed)) {
        if (listpack_equals(element, wanted)) {
            return at_offset(element, 0);
        }
    }
    return NULL;
}

/* ---- Changing ---- */

/* Resizes the gap at an offset from old_size to new_size bytes. Returns the (moved) block. */
static uint8_t *resize_gap(uint8_t *block, size_t offset, size_t old_size, size_t new_size) {
    size_t size = listpack_size(block);
    size_t resized = size - old_size + new_size;
    ASSERT(resized <= UINT32_MAX);
    size_t room = alloc_usable_size(block);
    if (resized > room) {
        block = alloc_resize(block, resized);
    }
    memmove(block + offset + new_size, block + offset + old_size, size - offset - old_size);
    /* Memory goes back by halves, so that a block that grows and shrinks by turns stays put. */
    if (new_size < old_size && resized <= room / 2) {
        block = alloc_resize(block, resized);
    }
    store32(block, (uint32_t)resized);
    return block;
}

static void count_change(uint8_t *block, int64_t change) {
    size_t count = stored_count(block);
    if (count < COUNT_UNKNOWN) {
        store_count(block, (size_t)((int64_t)count + change));
    }
}

static uint8_t *insert_at(uint8_t *block, size_t offset, struct bytes text) {
    struct encoded encoded;
    encode(text, &encoded);
    block = resize_gap(block, offset, 0, encoded_size(&encoded));
    write_encoded(block + offset, &encoded);
    count_change(block, 1);
    return block;
}

uint8_t *listpack_append(uint8_t *block, struct bytes text) {
    return insert_at(block, listpack_size(block) - 1, text);
}

static void encode_item(const struct listpack_item *item, struct encoded *encoded) {
    if (item->text.data == NULL) {
        encode_integer(item->integer, encoded);
    } else {
        encode(item->text, encoded);
    }
}

uint8_t *listpack_append_items(uint8_t *block, const struct listpack_item *items, size_t count) {
    enum { BATCH_MAX = 32 };
    struct encoded encoded[BATCH_MAX];
    size_t total = listpack_count(block) + count;
    while (count > 0) {
        size_t batch = count < BATCH_MAX ? count : BATCH_MAX;
        size_t size = 0;
        for (size_t i = 0; i < batch; i++) {
            encode_item(&items[i], &encoded[i]);
            size += encoded_size(&encoded[i]);
        }
        size_t offset = listpack_size(block) - 1;
        block = resize_gap(block, offset, 0, size);
        for (size_t i = 0; i < batch; i++) {
            write_encoded(block + offset, &encoded[i]);
            offset += encoded_size(&encoded[i]);
        }
        items += batch;
        count -= batch;
    }
    store_count(block, total);
    return block;
}

uint8_t *listpack_prepend(uint8_t *block, struct bytes text) {
    return insert_at(block, HEADER_SIZE, text);
}

uint8_t *listpack_insert(uint8_t *block, uint8_t *before, struct bytes text, uint8_t **inserted) {
    size_t offset = before == NULL ? listpack_size(block) - 1 : (size_t)(before - block);
    block = insert_at(block, offset, text);
    if (inserted != NULL) {
        *inserted = block + offset;
    }
    return block;
}

uint8_t *listpack_replace(uint8_t *block, uint8_t **element, struct bytes text) {
    size_t offset = (size_t)(*element - block);
    struct encoded encoded;
    encode(text, &encoded);
    size_t old_size = (size_t)(skip(*element) - *element);
    size_t new_size = encoded_size(&encoded);
    if (new_size != old_size) {
        block = resize_gap(block, offset, old_size, new_size);
    }
    write_encoded(block + offset, &encoded);
    *element = block + offset;
    return block;
}

uint8_t *listpack_erase(uint8_t *block, uint8_t **element) {
    size_t offset = (size_t)(*element - block);
    block = resize_gap(block, offset, (size_t)(skip(*element) - *element), 0);
    count_change(block, -1);
    *element = block[offset] == END ? NULL : block + offset;
    return block;
}

uint8_t *listpack_erase_range(uint8_t *block, size_t index, size_t count) {
    uint8_t *first = listpack_seek(block, (int64_t)index);
    if (first == NULL || count == 0) {
        return block;
    }
    size_t total = listpack_count(block);
    const uint8_t *end = first;
    size_t erased = 0;
    if (count >= total - index) {
        end = block + listpack_size(block) - 1;
        erased = total - index;
    }
    for (; erased < count && *end != END; erased++) {
        end = skip(end);
    }
    block = resize_gap(block, (size_t)(first - block), (size_t)(end - first), 0);
    store_count(block, total - erased);
    return block;
}

uint8_t *listpack_join(uint8_t *block, const uint8_t *tail) {
    size_t count = listpack_count(block) + listpack_count(tail);
    size_t offset = listpack_size(block) - 1;
    size_t size = listpack_size(tail) - LISTPACK_EMPTY_SIZE;
    block = resize_gap(block, offset, 0, size);
    memcpy(block + offset, tail + HEADER_SIZE, size);
    store_count(block, count);
    return block;
}

/* ---- Untrusted bytes ---- */

/* Bytes that the head of an element takes, before its data's length is known; 0 = invalid tag. */
static size_t head_size_of(uint8_t tag) {
    if (tag < TAG_STRING12) {
        return tag >= TAG_INT13 ? 2 : 1;
    }
    if (tag < TAG_STRING32) {
        return 2;
    }
    if (tag == TAG_STRING32) {
        return STRING32_HEAD_SIZE;
    }
    return integer_data_size(tag) == 0 ? 0 : 1;
}

static bool verify_element(const uint8_t *bytes, size_t offset, size_t end, size_t *next) {
    size_t head_size = head_size_of(bytes[offset]);
    if (head_size == 0 || end - offset < head_size) {
        return false;
    }
    size_t size = element_size(bytes + offset);
    if (size > end - offset || back_size(size) > end - offset - size) {
        return false;
    }
    uint8_t expected[BACK_MAX_SIZE + 1];
    write_back(expected, size);
    *next = offset + size + back_size(size);
    return memcmp(expected, bytes + offset + size, back_size(size)) == 0;
}

bool listpack_verify(const uint8_t *bytes, size_t size) {
    if (size < LISTPACK_EMPTY_SIZE || load32(bytes) != size || bytes[size - 1] != END) {
        return false;
    }
    size_t count = 0;
    size_t offset = HEADER_SIZE;
    while (offset < size - 1) {
        if (!verify_element(bytes, offset, size - 1, &offset)) {
            return false;
        }
        count++;
    }
    size_t stored = stored_count(bytes);
    return offset == size - 1 && (stored == COUNT_UNKNOWN || stored == count);
}
