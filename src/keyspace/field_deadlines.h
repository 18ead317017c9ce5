/*
 * field_deadlines: which keys of a database hold hashes whose fields have deadlines, by the time
 * of the earliest.
 *
 * The index holds copies of the keys' names, so that entries may move, and hashes without such
 * fields pay nothing. It may name a key that is gone or that needs later attention: whoever takes
 * a name looks at the key and tells the index what holds now.
 */
#ifndef LATCHKEY_KEYSPACE_FIELD_DEADLINES_H
#define LATCHKEY_KEYSPACE_FIELD_DEADLINES_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct field_deadlines;

/* Makes an empty index. Free with field_deadlines_destroy. */
struct field_deadlines *field_deadlines_create(void);

/* NULL is accepted. */
void field_deadlines_destroy(struct field_deadlines *index);

/* The number of keys. */
size_t field_deadlines_count(const struct field_deadlines *index);

/* Tells the earliest deadline of a key's fields; a negative one takes the key out. O(1). */
void field_deadlines_note(struct field_deadlines *index, struct bytes name, uint64_t hash,
                          int64_t deadline_ms);

/*
 * Finds a key with a field that is due (deadline <= now_ms); it stays until field_deadlines_note
 * is called for it, which must happen before the next call. False when none is due or the steps
 * ran out. name: a view, dead after the note. steps: as of deadlines_take_due.
 */
bool field_deadlines_take_due(struct field_deadlines *index, int64_t now_ms, size_t *steps,
                              struct bytes *name, uint64_t *hash);

/* A lower bound of the earliest deadline; INT64_MAX when empty. */
int64_t field_deadlines_next(const struct field_deadlines *index);

#endif
