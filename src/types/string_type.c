/*
 * Encodings: an integer (the word itself), inline bytes ("embstr" up to 44 bytes, else "raw", as
 * the names go by length), inline bytes shown as raw, a buffer (raw), and a lock (lock_value.h).
 *
 * A buffer that is kept gets a struct before it, which saves pages before they are written to. The
 * struct stays when the walk is over, until the next one can use it or the value goes.
 */
#include "types/string_type.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "types/lock_value.h"
#include "types/string_internal.h"
#include "types/type_row.h"
#include "types/value.h"

#include <string.h>

enum {
    EMBSTR_MAX = 44,
    INTEGER_TEXT_MAX = 20,
    PAGE_SIZE = 4096,
    LARGE_BYTES_PER_ELEMENT = 256,
    BYTES_PER_EFFORT = 4096, /* freeing so many takes about as long as freeing an allocation more */
};

struct kept_string {
    sds text;
    bool is_kept;
    size_t length; /* when it was kept */
    size_t done;   /* bytes that have been walked over */
    char **pages;  /* old content of pages that were written to; NULL until one was */
    size_t page_count;
};

static void make_buffer(struct value *value, sds text) {
    *value = (struct value){
        .type = VALUE_STRING,
        .encoding = STRING_BUFFER,
        .storage = VALUE_STORED_OBJECT,
        .object = text,
    };
}

static bool has_buffer(const struct value *value) {
    return value->encoding == STRING_BUFFER || value->encoding == STRING_KEPT;
}

static sds buffer_of(const struct value *value) {
    return value->encoding == STRING_KEPT ? ((const struct kept_string *)value->object)->text
                                          : value->object;
}

/* Puts the buffer back that has been changed, and perhaps moved. */
static void set_buffer(struct value *value, sds text) {
    if (value->encoding == STRING_KEPT) {
        ((struct kept_string *)value->object)->text = text;
    } else {
        value->object = text;
    }
}

/* Before bytes are written to: a kept string gets the pages that it still needs. */
static void save_pages(struct value *value, size_t offset, size_t size) {
    if (value->encoding != STRING_KEPT) {
        return;
    }
    struct kept_string *kept = value->object;
    size_t end = offset + size < kept->length ? offset + size : kept->length;
    size_t start = offset > kept->done ? offset : kept->done;
    if (!kept->is_kept || start >= end) {
        return;
    }
    if (kept->pages == NULL) {
        kept->page_count = (kept->length + PAGE_SIZE - 1) / PAGE_SIZE;
        kept->pages = alloc_zeroed(kept->page_count * sizeof *kept->pages);
    }
    for (size_t i = start / PAGE_SIZE; i * PAGE_SIZE < end; i++) {
        size_t rest = kept->length - i * PAGE_SIZE;
        if (kept->pages[i] == NULL) {
            kept->pages[i] = alloc_new(PAGE_SIZE);
            memcpy(kept->pages[i], kept->text + i * PAGE_SIZE, rest < PAGE_SIZE ? rest : PAGE_SIZE);
        }
    }
}

void string_value_of_integer(int64_t number, struct value *value) {
    *value = (struct value){
        .type = VALUE_STRING,
        .encoding = STRING_INTEGER,
        .storage = VALUE_STORED_INTEGER,
        .integer = number,
    };
}

void string_value_of(struct bytes text, struct value *value) {
    int64_t number;
    if (text.length <= INTEGER_TEXT_MAX && text_parse_int64(text, &number)) {
        string_value_of_integer(number, value);
        return;
    }
    string_value_of_text(text, value);
}

void string_value_of_text(struct bytes text, struct value *value) {
    if (text.length > STRING_INLINE_MAX) {
        make_buffer(value, sds_new(text));
        return;
    }
    *value = (struct value){
        .type = VALUE_STRING,
        .encoding = STRING_INLINE,
        .storage = VALUE_STORED_BYTES,
        .bytes = text,
    };
}

void string_value_of_sds(sds text, struct value *value) {
    int64_t number;
    if (sds_length(text) <= INTEGER_TEXT_MAX && text_parse_int64(sds_view(text), &number)) {
        sds_free(text);
        string_value_of_integer(number, value);
        return;
    }
    make_buffer(value, text);
}

void string_value_of_raw(sds text, struct value *value) {
    make_buffer(value, text);
}

struct bytes string_bytes(const struct value *value, char scratch[STRING_SCRATCH_SIZE]) {
    switch ((enum string_encoding)value->encoding) {
    case STRING_INTEGER:
        return (struct bytes){scratch, text_print_int64(scratch, value->integer)};
    case STRING_INLINE:
        return value->bytes;
    case STRING_BUFFER:
    case STRING_KEPT:
        return sds_view(buffer_of(value));
    case STRING_LOCK:
        return lock_value_fields(value).owner;
    }
    UNREACHABLE();
}

size_t string_length(const struct value *value) {
    char scratch[STRING_SCRATCH_SIZE];
    return string_bytes(value, scratch).length;
}

bool string_integer(const struct value *value, int64_t *number) {
    if (value->encoding == STRING_INTEGER) {
        *number = value->integer;
        return true;
    }
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes text = string_bytes(value, scratch);
    return text.length <= INTEGER_TEXT_MAX && text_parse_int64(text, number);
}

void string_append(struct value *value, struct bytes tail) {
    if (has_buffer(value)) {
        set_buffer(value, sds_append(buffer_of(value), tail));
        return;
    }
    char scratch[STRING_SCRATCH_SIZE];
    struct bytes head = string_bytes(value, scratch);
    sds text = sds_with_capacity(head.length + tail.length);
    text = sds_append(text, head);
    if (value->encoding == STRING_LOCK) {
        lock_object_destroy(value->object);
    }
    make_buffer(value, sds_append(text, tail));
}

char *string_mutable(struct value *value, size_t length) {
    return string_mutable_range(value, length, 0, length);
}

char *string_mutable_range(struct value *value, size_t length, size_t offset, size_t size) {
    string_append(value, (struct bytes){NULL, 0});
    save_pages(value, offset, size);
    if (sds_length(buffer_of(value)) < length) {
        set_buffer(value, sds_resize(buffer_of(value), length));
    }
    return buffer_of(value);
}

void string_truncate(struct value *value, size_t length) {
    ASSERT(has_buffer(value));
    ASSERT(length <= sds_length(buffer_of(value)));
    sds_set_length(buffer_of(value), length);
}

static void string_free(struct value *value) {
    if (value->encoding == STRING_LOCK) {
        lock_object_destroy(value->object);
        return;
    }
    if (has_buffer(value)) {
        sds_free(buffer_of(value));
    }
    if (value->encoding == STRING_KEPT) {
        ASSERT(!((const struct kept_string *)value->object)->is_kept);
        alloc_free(value->object);
    }
}

static void string_copy(const struct value *source, struct value *copy) {
    if (source->encoding == STRING_LOCK) {
        string_value_of(lock_value_fields(source).owner, copy);
        return;
    }
    *copy = *source;
    if (has_buffer(source)) {
        make_buffer(copy, sds_new(sds_view(buffer_of(source))));
    }
}

static const char *string_encoding_name(const struct value *value) {
    switch ((enum string_encoding)value->encoding) {
    case STRING_INTEGER:
        return "int";
    case STRING_INLINE:
        return value->bytes.length <= EMBSTR_MAX ? "embstr" : "raw";
    case STRING_BUFFER:
    case STRING_KEPT:
        return "raw";
    case STRING_LOCK:
        return "lock";
    }
    UNREACHABLE();
}

static size_t string_memory(const struct value *value, size_t sample_count) {
    (void)sample_count;
    if (value->encoding == STRING_LOCK) {
        return alloc_usable_size(value->object);
    }
    return has_buffer(value) ? sds_memory(buffer_of(value)) : 0;
}

static size_t string_free_effort(const struct value *value) {
    return has_buffer(value) ? 1 + sds_length(buffer_of(value)) / BYTES_PER_EFFORT : 1;
}

static void string_walk(const struct value *value, value_visitor visit, void *context) {
    char scratch[STRING_SCRATCH_SIZE];
    visit(context, string_bytes(value, scratch), (struct bytes){NULL, 0});
}

/* ---- Pieces ---- */

static struct value_shape string_shape(const struct value *value) {
    return (struct value_shape){
        .form = FORM_TEXT,
        .count = value->encoding == STRING_INTEGER ? 0 : string_length(value),
    };
}

static void string_pieces(const struct value *value, value_piece_visitor visit, void *context) {
    if (value->encoding == STRING_INTEGER) {
        visit(context, &(struct value_piece){.kind = PIECE_INTEGER, .integer = value->integer});
        return;
    }
    struct bytes text = string_bytes(value, NULL);
    visit(context, &(struct value_piece){.kind = PIECE_TEXT, .first = text, .total = text.length});
}

static bool string_is_large(const struct value *value, size_t element_max) {
    return has_buffer(value) &&
           sds_length(buffer_of(value)) > element_max * LARGE_BYTES_PER_ELEMENT;
}

static struct value_shape string_keep(struct value *value) {
    struct kept_string *kept = value->object;
    if (value->encoding == STRING_BUFFER) {
        kept = alloc_zeroed(sizeof *kept);
        kept->text = value->object;
        value->object = kept;
        value->encoding = STRING_KEPT;
    }
    kept->is_kept = true;
    kept->length = sds_length(kept->text);
    kept->done = 0;
    return string_shape(value);
}

static const void *string_kept(const struct value *value) {
    bool is_kept =
        value->encoding == STRING_KEPT && ((const struct kept_string *)value->object)->is_kept;
    return is_kept ? value->object : NULL;
}

/*
 * The old bytes from `done` on, up to the end of their page, or of all pages that follow unsaved.
 */
static struct bytes next_kept_bytes(const struct kept_string *kept, size_t size_max) {
    size_t page = kept->done / PAGE_SIZE;
    size_t within = kept->done % PAGE_SIZE;
    size_t rest = kept->length - kept->done;
    if (kept->pages != NULL && kept->pages[page] != NULL) {
        size_t size = PAGE_SIZE - within;
        return (struct bytes){kept->pages[page] + within, size < rest ? size : rest};
    }
    size_t size = PAGE_SIZE - within;
    while (size < size_max && kept->done + size < kept->length &&
           (kept->pages == NULL || kept->pages[++page] == NULL)) {
        size += PAGE_SIZE;
    }
    return (struct bytes){kept->text + kept->done, size < rest ? size : rest};
}

static void end_keeping(struct kept_string *kept) {
    for (size_t i = 0; kept->pages != NULL && i < kept->page_count; i++) {
        alloc_free(kept->pages[i]);
    }
    alloc_free(kept->pages);
    kept->pages = NULL;
    kept->is_kept = false;
}

static bool string_walk_kept(struct value *value, size_t budget, value_piece_visitor visit,
                             void *context) {
    struct kept_string *kept = value->object;
    size_t size = 0;
    while (size < budget && kept->done < kept->length) {
        struct bytes part = next_kept_bytes(kept, budget);
        if (visit != NULL) {
            visit(context, &(struct value_piece){
                               .kind = PIECE_TEXT,
                               .first = part,
                               .offset = kept->done,
                               .total = kept->length,
                           });
        }
        kept->done += part.length;
        size += part.length;
    }
    if (kept->done < kept->length) {
        return false;
    }
    end_keeping(kept);
    return true;
}

const struct value_ops string_ops = {
    .type_name = "string",
    .free = string_free,
    .copy = string_copy,
    .encoding_name = string_encoding_name,
    .length = string_length,
    .memory = string_memory,
    .free_effort = string_free_effort,
    .walk = string_walk,
    .shape = string_shape,
    .pieces = string_pieces,
    .is_large = string_is_large,
    .keep = string_keep,
    .kept = string_kept,
    .walk_kept = string_walk_kept,
};
