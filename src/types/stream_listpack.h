/*
 * stream_listpack: the published form of a stream's node, which files and other servers have.
 *
 *     live | deleted | fields | field … | 0            the master entry: fields of the first entry
 *     flags | ms | seq | value … | size                an entry with these fields, or
 *     flags | ms | seq | fields | field | value … | size
 *
 * Elements of a listpack. Ids are differences to the node's key; `size` counts the elements before
 * it, to walk backwards. A deleted entry has a flag.
 */
#ifndef LATCHKEY_TYPES_STREAM_LISTPACK_H
#define LATCHKEY_TYPES_STREAM_LISTPACK_H

#include "types/stream_node.h"

#include <stdint.h>

/* The node in the published form. Free with listpack_free. O(bytes). */
uint8_t *stream_listpack_write(const struct stream_node *node, struct stream_id key);

/*
 * Makes a node of a verified listpack that is not trusted: NULL when it is none with this key, ids
 * that grow, sizes that fit and an entry that is there. O(bytes).
 */
struct stream_node *stream_listpack_read(const uint8_t *block, struct stream_id key);

#endif
