/*
 * Numbers as they stand in requests are decimal. Unlike other numbers they may have blanks, a plus
 * sign and zeros in front, as stock servers take them.
 */
#include "structs/stream_id.h"

#include "base/text.h"

#include <endian.h>
#include <string.h>

const struct stream_id stream_id_min = {0, 0};
const struct stream_id stream_id_max = {UINT64_MAX, UINT64_MAX};

bool stream_id_increment(struct stream_id *id) {
    if (id->seq < UINT64_MAX) {
        id->seq++;
        return true;
    }
    if (id->ms == UINT64_MAX) {
        return false;
    }
    *id = (struct stream_id){id->ms + 1, 0};
    return true;
}

bool stream_id_decrement(struct stream_id *id) {
    if (id->seq > 0) {
        id->seq--;
        return true;
    }
    if (id->ms == 0) {
        return false;
    }
    *id = (struct stream_id){id->ms - 1, UINT64_MAX};
    return true;
}

/* Without what may stand in front of a number; the last digit stays. */
static struct bytes strip(struct bytes text) {
    static const char blanks[] = " \t\n\v\f\r";
    size_t at = 0;
    while (at < text.length && memchr(blanks, text.data[at], sizeof blanks - 1) != NULL) {
        at++;
    }
    at += at < text.length && text.data[at] == '+';
    while (at + 1 < text.length && text.data[at] == '0') {
        at++;
    }
    return (struct bytes){text.data + at, text.length - at};
}

static bool parse_number(struct bytes text, uint64_t *number) {
    return text_parse_uint64(text, number) ||
           (text.length > 0 && text_parse_uint64(strip(text), number));
}

bool stream_id_parse(struct bytes text, uint64_t missing_seq, bool *has_seq, struct stream_id *id) {
    struct stream_id parsed = {0, missing_seq};
    const char *dash = text.length == 0 ? NULL : memchr(text.data, '-', text.length);
    size_t head = dash == NULL ? text.length : (size_t)(dash - text.data);
    if (!parse_number((struct bytes){text.data, head}, &parsed.ms)) {
        return false;
    }
    if (dash == NULL && has_seq == NULL) {
        return false;
    }
    if (dash != NULL &&
        !parse_number((struct bytes){dash + 1, text.length - head - 1}, &parsed.seq)) {
        return false;
    }
    if (has_seq != NULL) {
        *has_seq = dash != NULL;
    }
    *id = parsed;
    return true;
}

size_t stream_id_print(char buffer[STREAM_ID_TEXT_SIZE], struct stream_id id) {
    size_t length = text_print_uint64(buffer, id.ms);
    buffer[length++] = '-';
    return length + text_print_uint64(buffer + length, id.seq);
}

void stream_id_encode(uint8_t bytes[STREAM_ID_SIZE], struct stream_id id) {
    uint64_t words[2] = {htobe64(id.ms), htobe64(id.seq)};
    memcpy(bytes, words, sizeof words);
}

struct stream_id stream_id_decode(const uint8_t bytes[STREAM_ID_SIZE]) {
    uint64_t words[2];
    memcpy(words, bytes, sizeof words);
    return (struct stream_id){be64toh(words[0]), be64toh(words[1])};
}
