/*
 * journal: an append-only log in memory, addressed by 64-bit offsets, with independent readers.
 *
 * Bytes are appended in records and requests: a record stands contiguously, a request is one or
 * more records that belong together. Each byte has a mask of targets; a reader skips what is not
 * meant for it. What every reader has released is freed. Addresses of bytes stay good until they
 * are released, also while more is appended, so another thread may read them meanwhile.
 */
#ifndef LATCHKEY_STRUCTS_JOURNAL_H
#define LATCHKEY_STRUCTS_JOURNAL_H

#include "base/sds.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct journal;
struct journal_reader;

/* Who is meant by a record; masks of these. */
enum journal_target {
    JOURNAL_FILE = 1 << 0,
    JOURNAL_REPLICAS = 1 << 1,
    JOURNAL_EVERYBODY = JOURNAL_FILE | JOURNAL_REPLICAS,
};

/* A growing array of vectors; embedded, all zero is empty. Released with alloc_free(items). */
struct journal_vectors {
    struct iovec *items;
    size_t count;
    size_t capacity;
    size_t size; /* bytes of all of them */
};

/* Creates an empty journal whose first offset is 0. Free with journal_destroy after its readers. */
struct journal *journal_create(void);
void journal_destroy(struct journal *journal);

/*
 * Makes room for a record of up to `size` contiguous bytes and returns its place. Amortized O(1).
 */
char *journal_reserve(struct journal *journal, size_t size);

/* Appends what was written at the reserved place. size: at most what was reserved. */
void journal_commit(struct journal *journal, size_t size, unsigned targets);

/* Reserves, copies and commits one record. */
void journal_append(struct journal *journal, struct bytes record, unsigned targets);

/* Says that a request ends here: the log may be cut at this place. */
void journal_end_request(struct journal *journal);

/* The offset behind the last byte, and that of the oldest byte kept. */
uint64_t journal_end(const struct journal *journal);
uint64_t journal_start(const struct journal *journal);

/* Bytes of memory that the journal takes. */
size_t journal_memory(const struct journal *journal);

/* Opens a reader at the journal's end. target: one of enum journal_target. */
struct journal_reader *journal_reader_open(struct journal *journal, unsigned target);

/* Closes a reader; what it alone kept is freed. NULL is accepted. */
void journal_reader_close(struct journal_reader *reader);

/*
 * Appends to *vectors the next bytes that are meant for the reader, up to the end of a request and
 * about one chunk of the journal (256 KiB, more where one request is larger), and advances.
 * May append nothing although it advanced. Requires that the last request has been ended.
 * limit  the end of a request, where reading stops at the latest.
 */
void journal_read(struct journal_reader *reader, uint64_t limit, struct journal_vectors *vectors);

/* The offset of the next byte to be read; everything was read when it is journal_end. */
uint64_t journal_reader_position(const struct journal_reader *reader);

/* Releases what lies before an offset, at most the reader's position. */
void journal_reader_release(struct journal_reader *reader, uint64_t offset);

/* The offset of the first byte that the reader has not released. */
uint64_t journal_reader_released(const struct journal_reader *reader);

/* Goes back to an offset between the released one and the position. O(chunks). */
void journal_reader_rewind(struct journal_reader *reader, uint64_t offset);

#endif
