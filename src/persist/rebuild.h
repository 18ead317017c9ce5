/*
 * rebuild: commands that make values anew: the text form of an AOF base.
 *
 * A value comes in pieces (types/value_piece.h). Each type has a row that names its command and the
 * order of its items; a new type adds a row.
 */
#ifndef LATCHKEY_PERSIST_REBUILD_H
#define LATCHKEY_PERSIST_REBUILD_H

#include "base/sds.h"
#include "keyspace/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rebuild;

/* Creates a generator that has no database selected. Free with rebuild_destroy. */
struct rebuild *rebuild_create(void);
void rebuild_destroy(struct rebuild *rebuild);

/* Begins a value: its database, key and deadline are copied. */
void rebuild_begin(struct rebuild *rebuild, const struct snapshot_item *item,
                   const struct value_shape *shape, sds *text);

/* Takes a piece and appends commands, some of them later. */
void rebuild_piece(struct rebuild *rebuild, const struct value_piece *piece, sds *text);

/* Ends the value: everything of it stands in *text then. */
void rebuild_end(struct rebuild *rebuild, sds *text);

/* Makes the next value select its database. */
void rebuild_forget_database(struct rebuild *rebuild);

/* A whole value at once. */
void rebuild_value(struct rebuild *rebuild, const struct snapshot_item *item, sds *text);

#endif
