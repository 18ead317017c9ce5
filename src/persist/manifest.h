/*
 * manifest: which files make up the AOF: a base, increments in order, and history to be deleted.
 *
 * The text is the stock server's: a line `file NAME seq N type b|h|i` each. Ours adds pairs and a
 * comment that stock servers skip: `size N` for files that are complete, and at the end
 * `#LK <checksum>` over all bytes before it, verified when it is there. It must be there when a
 * size is: a text that lost its last lines would pass for a shorter one otherwise.
 */
#ifndef LATCHKEY_PERSIST_MANIFEST_H
#define LATCHKEY_PERSIST_MANIFEST_H

#include "base/panic.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum manifest_kind { MANIFEST_BASE, MANIFEST_HISTORY, MANIFEST_INCREMENT };

enum { MANIFEST_SIZE_UNKNOWN = -1, MANIFEST_TEXT_MAX = 16 * 1024 * 1024 };

struct manifest_entry {
    sds name;
    int64_t seq;
    enum manifest_kind kind;
    int64_t size; /* of a complete file; MANIFEST_SIZE_UNKNOWN while it may grow */
};

/* Embedded; all zero is empty. */
struct manifest {
    struct manifest_entry *entries;
    size_t count;
    size_t capacity;
};

/* Frees all entries; the manifest is empty then. */
void manifest_release(struct manifest *manifest);

/* Makes an independent copy in *copy. */
void manifest_copy(const struct manifest *source, struct manifest *copy);

/*
 * Reads a text into an empty manifest. On failure returns false, and *error is a text for the user
 * (an sds for the caller) that names the line.
 */
bool manifest_parse(struct bytes text, struct manifest *manifest, sds *error) MUST_CHECK;

/* Appends the manifest's text. */
sds manifest_print(const struct manifest *manifest, sds text) __attribute__((warn_unused_result));

/* Appends an entry, or puts a base before all others; the name is copied. Invalidates pointers. */
struct manifest_entry *manifest_add(struct manifest *manifest, enum manifest_kind kind,
                                    struct bytes name, int64_t seq);

/* The base, NULL without one; the last increment, NULL without one. */
struct manifest_entry *manifest_base(const struct manifest *manifest);
struct manifest_entry *manifest_last_increment(const struct manifest *manifest);

/* The numbers that the next base and the next increment get. */
int64_t manifest_next_base(const struct manifest *manifest);
int64_t manifest_next_increment(const struct manifest *manifest);

/* Turns the base and all increments into history, but for the last one if it is kept. */
void manifest_retire(struct manifest *manifest, bool keeps_last);

/* Drops all entries of history. */
void manifest_forget_history(struct manifest *manifest);

#endif
