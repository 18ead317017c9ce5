/*
 * A list of chunks. A record that does not fit into the last chunk begins a new one, as large as
 * the record needs, so records are never split and offsets map to chunks by their first byte.
 *
 *     chunk: [ start ........ boundary .. used | room ]    boundary: end of the last request
 *
 * Where the mask of targets changes, a mark is kept: usually there is one for the whole log. When
 * all readers have released everything, the last chunk is filled again from its front: a journal
 * that is read at once stays in the cache.
 */
#include "structs/journal.h"

#include "base/alloc.h"
#include "base/list.h"
#include "base/panic.h"

#include <stdbool.h>
#include <string.h>

enum { CHUNK_SIZE = 256 * 1024, CAPACITY_MIN = 8 };

struct chunk {
    struct list_node node;
    uint64_t start; /* offset of its first byte */
    size_t used;
    size_t boundary; /* bytes up to the end of the last request that ends here; 0 = none does */
    size_t capacity;
    char bytes[];
};

/* From this offset on records are for these targets. */
struct mark {
    uint64_t offset;
    unsigned targets;
};

struct journal {
    struct list_node chunks;
    struct list_node readers;
    struct chunk *spare; /* one of CHUNK_SIZE, or NULL */
    struct mark *marks;
    size_t mark_count;
    size_t mark_capacity;
    uint64_t end;
    size_t memory;
};

struct journal_reader {
    struct list_node node;
    struct journal *journal;
    struct chunk *chunk; /* that holds the position; NULL = the first one */
    uint64_t position;
    uint64_t released;
    unsigned target;
};

static struct chunk *chunk_of(struct list_node *node) {
    return LIST_ENTRY(node, struct chunk, node);
}

struct journal *journal_create(void) {
    struct journal *journal = alloc_zeroed(sizeof *journal);
    list_init(&journal->chunks);
    list_init(&journal->readers);
    return journal;
}

static void free_chunk(struct journal *journal, struct chunk *chunk) {
    list_remove(&chunk->node);
    if (journal->spare == NULL && chunk->capacity == CHUNK_SIZE) {
        journal->spare = chunk;
        return;
    }
    journal->memory -= sizeof *chunk + chunk->capacity;
    alloc_free(chunk);
}

void journal_destroy(struct journal *journal) {
    if (journal == NULL) {
        return;
    }
    ASSERT(list_is_empty(&journal->readers));
    struct list_node *node = NULL;
    while ((node = list_pop_front(&journal->chunks)) != NULL) {
        alloc_free(chunk_of(node));
    }
    alloc_free(journal->spare);
    alloc_free(journal->marks);
    alloc_free(journal);
}

/* ---- Appending ---- */

static struct chunk *add_chunk(struct journal *journal, size_t size) {
    struct chunk *chunk = journal->spare;
    if (size <= CHUNK_SIZE && chunk != NULL) {
        journal->spare = NULL;
    } else {
        size_t capacity = size <= CHUNK_SIZE ? CHUNK_SIZE : size;
        chunk = alloc_new(sizeof *chunk + capacity);
        chunk->capacity = capacity;
        journal->memory += sizeof *chunk + capacity;
    }
    chunk->node = (struct list_node){0};
    chunk->start = journal->end;
    chunk->used = 0;
    chunk->boundary = 0;
    list_push_back(&journal->chunks, &chunk->node);
    return chunk;
}

char *journal_reserve(struct journal *journal, size_t size) {
    struct chunk *last =
        list_is_empty(&journal->chunks) ? NULL : chunk_of(journal->chunks.previous);
    if (last == NULL || last->capacity - last->used < size) {
        last = add_chunk(journal, size);
    }
    return last->bytes + last->used;
}

static void add_mark(struct journal *journal, unsigned targets) {
    if (journal->mark_count == journal->mark_capacity) {
        journal->mark_capacity =
            journal->mark_capacity == 0 ? CAPACITY_MIN : 2 * journal->mark_capacity;
        journal->marks =
            alloc_resize(journal->marks, journal->mark_capacity * sizeof *journal->marks);
    }
    journal->marks[journal->mark_count++] = (struct mark){journal->end, targets};
}

void journal_commit(struct journal *journal, size_t size, unsigned targets) {
    struct chunk *last = chunk_of(journal->chunks.previous);
    ASSERT(last->capacity - last->used >= size);
    if (UNLIKELY(journal->mark_count == 0 ||
                 journal->marks[journal->mark_count - 1].targets != targets)) {
        add_mark(journal, targets);
    }
    last->used += size;
    journal->end += size;
}

void journal_append(struct journal *journal, struct bytes record, unsigned targets) {
    char *place = journal_reserve(journal, record.length);
    if (record.length > 0) {
        memcpy(place, record.data, record.length);
    }
    journal_commit(journal, record.length, targets);
}

uint64_t journal_end(const struct journal *journal) {
    return journal->end;
}

uint64_t journal_start(const struct journal *journal) {
    return list_is_empty(&journal->chunks) ? journal->end : chunk_of(journal->chunks.next)->start;
}

size_t journal_memory(const struct journal *journal) {
    return sizeof *journal + journal->memory + journal->mark_capacity * sizeof *journal->marks;
}

/* ---- Reading ---- */

struct journal_reader *journal_reader_open(struct journal *journal, unsigned target) {
    struct journal_reader *reader = alloc_zeroed(sizeof *reader);
    reader->journal = journal;
    reader->position = journal->end;
    reader->released = journal->end;
    reader->target = target;
    list_push_back(&journal->readers, &reader->node);
    return reader;
}

/* The oldest offset that a reader still keeps. */
static uint64_t oldest_kept(const struct journal *journal) {
    uint64_t oldest = journal->end;
    LIST_EACH(node, &journal->readers) {
        const struct journal_reader *reader = LIST_ENTRY(node, struct journal_reader, node);
        oldest = reader->released < oldest ? reader->released : oldest;
    }
    return oldest;
}

static void drop_marks(struct journal *journal, uint64_t oldest) {
    size_t first = 0;
    while (first + 1 < journal->mark_count && journal->marks[first + 1].offset <= oldest) {
        first++;
    }
    if (first > 0) {
        journal->mark_count -= first;
        memmove(journal->marks, journal->marks + first,
                journal->mark_count * sizeof *journal->marks);
    }
}

static void forget_chunk(struct journal *journal, const struct chunk *chunk) {
    LIST_EACH(node, &journal->readers) {
        struct journal_reader *reader = LIST_ENTRY(node, struct journal_reader, node);
        if (reader->chunk == chunk) {
            reader->chunk = NULL;
        }
    }
}

static void free_released(struct journal *journal) {
    uint64_t oldest = oldest_kept(journal);
    while (!list_is_empty(&journal->chunks)) {
        struct chunk *first = chunk_of(journal->chunks.next);
        if (first->start + first->used > oldest) {
            break;
        }
        if (first->node.next == &journal->chunks) {
            /* The last one is used again: nobody looks into it any more. */
            if (first->capacity == CHUNK_SIZE) {
                first->start = journal->end;
                first->used = 0;
                first->boundary = 0;
                break;
            }
        }
        forget_chunk(journal, first);
        free_chunk(journal, first);
    }
    drop_marks(journal, oldest);
}

void journal_end_request(struct journal *journal) {
    if (!list_is_empty(&journal->chunks)) {
        struct chunk *last = chunk_of(journal->chunks.previous);
        last->boundary = last->used;
    }
    if (UNLIKELY(list_is_empty(&journal->readers))) {
        free_released(journal);
    }
}

void journal_reader_close(struct journal_reader *reader) {
    if (reader == NULL) {
        return;
    }
    list_remove(&reader->node);
    free_released(reader->journal);
    alloc_free(reader);
}

static void add_vector(struct journal_vectors *vectors, char *data, size_t size) {
    if (vectors->count > 0) {
        struct iovec *last = &vectors->items[vectors->count - 1];
        if ((char *)last->iov_base + last->iov_len == data) {
            last->iov_len += size;
            vectors->size += size;
            return;
        }
    }
    if (vectors->count == vectors->capacity) {
        vectors->capacity = vectors->capacity == 0 ? CAPACITY_MIN : 2 * vectors->capacity;
        vectors->items = alloc_resize(vectors->items, vectors->capacity * sizeof *vectors->items);
    }
    vectors->items[vectors->count++] = (struct iovec){data, size};
    vectors->size += size;
}

/* The mark that an offset falls under: the last one at or before it. */
static size_t find_mark(const struct journal *journal, uint64_t offset) {
    size_t low = 0;
    size_t high = journal->mark_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (journal->marks[middle].offset <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Adds the bytes from the position up to an offset in the same chunk, without those of others. */
static void read_part(struct journal_reader *reader, struct chunk *chunk, uint64_t end,
                      struct journal_vectors *vectors) {
    const struct journal *journal = reader->journal;
    size_t index = find_mark(journal, reader->position);
    while (reader->position < end) {
        uint64_t part_end = end;
        if (index + 1 < journal->mark_count && journal->marks[index + 1].offset < end) {
            part_end = journal->marks[index + 1].offset;
        }
        if ((journal->marks[index].targets & reader->target) != 0) {
            add_vector(vectors, chunk->bytes + (reader->position - chunk->start),
                       (size_t)(part_end - reader->position));
        }
        reader->position = part_end;
        index++;
    }
}

/* The chunk that holds the position, NULL when everything was read. */
static struct chunk *current_chunk(struct journal_reader *reader) {
    struct list_node *head = &reader->journal->chunks;
    struct list_node *node = reader->chunk == NULL ? head->next : &reader->chunk->node;
    while (node != head && chunk_of(node)->start + chunk_of(node)->used <= reader->position) {
        node = node->next;
    }
    reader->chunk = node == head ? NULL : chunk_of(node);
    return reader->chunk;
}

void journal_read(struct journal_reader *reader, uint64_t limit, struct journal_vectors *vectors) {
    while (reader->position < limit) {
        struct chunk *chunk = current_chunk(reader);
        if (chunk == NULL) {
            return;
        }
        uint64_t boundary = chunk->start + chunk->boundary;
        boundary = boundary < limit ? boundary : limit;
        if (boundary > reader->position) {
            read_part(reader, chunk, boundary, vectors);
            return;
        }
        /* The request that begins here ends in a later chunk. */
        read_part(reader, chunk, chunk->start + chunk->used, vectors);
    }
}

uint64_t journal_reader_position(const struct journal_reader *reader) {
    return reader->position;
}

void journal_reader_release(struct journal_reader *reader, uint64_t offset) {
    ASSERT(offset >= reader->released);
    ASSERT(offset <= reader->position);
    if (offset > reader->released) {
        reader->released = offset;
        free_released(reader->journal);
    }
}

uint64_t journal_reader_released(const struct journal_reader *reader) {
    return reader->released;
}

void journal_reader_rewind(struct journal_reader *reader, uint64_t offset) {
    ASSERT(offset >= reader->released);
    ASSERT(offset <= reader->position);
    reader->position = offset;
    reader->chunk = NULL;
}
