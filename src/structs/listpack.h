/*
 * listpack: a sequence of strings and integers in one block of memory, in the published format.
 *
 *     total bytes (4) | count (2, 65535 = unknown) | element … | 255
 *
 * An element is its encoding with the data, and behind it the length of both, to be read
 * backwards. Decimal integers are kept as integers. A block is a plain pointer from alloc;
 * functions that change it return the (moved) block; pointers to elements are dead then.
 */
#ifndef LATCHKEY_STRUCTS_LISTPACK_H
#define LATCHKEY_STRUCTS_LISTPACK_H

#include "base/sds.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LISTPACK_EMPTY_SIZE = 7,
    LISTPACK_SIZE_MAX = 1 << 30, /* larger blocks are refused by callers */
    LISTPACK_SCRATCH_SIZE = TEXT_INT64_MAX_SIZE,
};

/* A new empty block. Free with listpack_free. */
uint8_t *listpack_create(void);

/* As listpack_create, but the block stays where it is until it is larger than `size` bytes. */
uint8_t *listpack_create_with_room(size_t size);
void listpack_free(uint8_t *block);
uint8_t *listpack_copy(const uint8_t *block);

/* Bytes of the block. O(1). */
size_t listpack_size(const uint8_t *block);

/* Elements. O(1) below 65535, else O(n). */
size_t listpack_count(const uint8_t *block);

/* Bytes that a text takes as an element. */
size_t listpack_element_size(struct bytes text);

/* Bytes that an integer takes as an element. */
size_t listpack_integer_size(int64_t integer);

/*
 * A bare element is an element without the length behind it; whatever holds it knows where it ends.
 * listpack_get and listpack_get_integer read it. Writing takes up to LISTPACK_BARE_HEAD_SIZE bytes
 * and the text's, and returns the end. listpack_published_size says what a bare element of so many
 * bytes takes in a listpack.
 */
enum { LISTPACK_BARE_HEAD_SIZE = 5 };
uint8_t *listpack_bare_write(uint8_t *at, struct bytes text);
size_t listpack_bare_size(const uint8_t *element);
size_t listpack_published_size(size_t bare_size);

/* First and last element; NULL when empty. */
uint8_t *listpack_first(const uint8_t *block);
uint8_t *listpack_last(const uint8_t *block);

/* Neighbours of an element; NULL at the ends. */
uint8_t *listpack_next(const uint8_t *block, const uint8_t *element);
uint8_t *listpack_previous(const uint8_t *block, const uint8_t *element);

/* The element at a 0-based index; negative counts from the end. NULL when out of range. O(n). */
uint8_t *listpack_seek(const uint8_t *block, int64_t index);

/* The element as text: a view into the block, or an integer printed into scratch. */
struct bytes listpack_get(const uint8_t *element, char scratch[LISTPACK_SCRATCH_SIZE]);

/* As listpack_get, but says whether it is an integer and does not print it. */
bool listpack_get_integer(const uint8_t *element, int64_t *number, struct bytes *text);

/* True when the element is this text. An integer text may be given parsed (see listpack_wanted). */
struct listpack_wanted {
    struct bytes text;
    bool is_integer;
    int64_t integer;
};
struct listpack_wanted listpack_wanted(struct bytes text);
bool listpack_equals(const uint8_t *element, const struct listpack_wanted *wanted);

/*
 * Finds an element among every (1 + passed)th from `from` on (NULL: from the first). NULL when
 * there is none. O(n).
 */
uint8_t *listpack_find(const uint8_t *block, const uint8_t *from,
                       const struct listpack_wanted *wanted, size_t passed);

/* Adds an element at the end or at the front. */
uint8_t *listpack_append(uint8_t *block, struct bytes text) __attribute__((warn_unused_result));
uint8_t *listpack_prepend(uint8_t *block, struct bytes text) __attribute__((warn_unused_result));

/* An element to be: a text, or an integer that needs no text. */
struct listpack_item {
    struct bytes text; /* data NULL: the integer */
    int64_t integer;
};

/* Appends elements, moving the block once for many. */
uint8_t *listpack_append_items(uint8_t *block, const struct listpack_item *items, size_t count)
    __attribute__((warn_unused_result));

/*
 * Inserts before an element (NULL: at the end). *inserted, if not NULL, is set to the new element.
 */
uint8_t *listpack_insert(uint8_t *block, uint8_t *before, struct bytes text, uint8_t **inserted)
    __attribute__((warn_unused_result));

/* Puts another text in the place of an element; *element is set to the new one. */
uint8_t *listpack_replace(uint8_t *block, uint8_t **element, struct bytes text)
    __attribute__((warn_unused_result));

/* Removes an element; *element is set to the one that followed, NULL at the end. */
uint8_t *listpack_erase(uint8_t *block, uint8_t **element) __attribute__((warn_unused_result));

/* Removes `count` elements from an index on (fewer if there are not so many). O(n). */
uint8_t *listpack_erase_range(uint8_t *block, size_t index, size_t count)
    __attribute__((warn_unused_result));

/* Appends all elements of another block. O(bytes). */
uint8_t *listpack_join(uint8_t *block, const uint8_t *tail) __attribute__((warn_unused_result));

/*
 * Checks untrusted bytes: sizes, every element within bounds, lengths consistent, count right.
 * O(n). Never reads outside of [bytes, bytes + size).
 */
bool listpack_verify(const uint8_t *bytes, size_t size);

#endif
