/* aof_text: see the header. */
#include "unit/persist/aof_text.h"

#include "base/hash.h"
#include "persist/aof_line.h"

#include <stdbool.h>
#include <string.h>
#include <sys/uio.h>

static void add_line(struct aof_text *text, size_t length, uint64_t synced, bool is_first) {
    char line[AOF_LINE_SIZE_MAX];
    size_t head = aof_line_print_head(line, length, synced);
    size_t frame_start = sds_length(text->bytes) - length;
    text->bytes = sds_append(text->bytes, (struct bytes){line, head});
    if (!is_first) {
        struct iovec frame = {text->bytes + frame_start, length + head};
        text->chain = hash_xxh3_vectors(&frame, 1, text->chain);
    }
    size_t size = aof_line_print_checksum(line, text->chain);
    text->bytes = sds_append(text->bytes, (struct bytes){line, size});
}

struct aof_text aof_text_begin(uint64_t seed) {
    struct aof_text text = {sds_new(BYTES("")), seed};
    add_line(&text, 0, 0, true);
    return text;
}

void aof_text_add(struct aof_text *text, const char *frame, uint64_t synced) {
    text->bytes = sds_append(text->bytes, bytes_of_text(frame));
    add_line(text, strlen(frame), synced, false);
}
