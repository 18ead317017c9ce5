#include "structs/stream_id.h"

#include "support/unit.h"

#include <string.h>

static bool parses(const char *text, uint64_t ms, uint64_t seq) {
    struct stream_id id = {7, 7};
    bool has_seq;
    return stream_id_parse(bytes_of_text(text), 9, &has_seq, &id) && id.ms == ms && id.seq == seq;
}

Test(stream_id, texts_are_parsed) {
    require(parses("1-2", 1, 2));
    require(parses("0-0", 0, 0));
    require(parses("5", 5, 9));
    require(parses("18446744073709551615-18446744073709551615", UINT64_MAX, UINT64_MAX));
    require(parses("01-002", 1, 2));
    require(parses(" 1-+2", 1, 2));
    require(parses("+00-0", 0, 0));
}

Test(stream_id, what_is_no_id_is_refused_and_changes_nothing) {
    static const char *const texts[] = {
        "",    "-",    "1-",  "-1", "1-2-3", "a",  "1-a",
        "++1", "1--2", "+ 1", "+",  " ",     "1 ", "18446744073709551616"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct stream_id id = {7, 8};
        bool has_seq = true;
        require(!stream_id_parse(bytes_of_text(texts[i]), 9, &has_seq, &id));
        require(id.ms == 7 && id.seq == 8 && has_seq);
    }
    struct stream_id id;
    require(!stream_id_parse(BYTES("1"), 9, NULL, &id));
    require(stream_id_parse(BYTES("1-1"), 9, NULL, &id));
}

Test(stream_id, printing_and_encoding_can_be_undone) {
    static const struct stream_id ids[] = {{0, 0}, {1, 2}, {UINT64_MAX, UINT64_MAX}, {1 << 20, 7}};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char text[STREAM_ID_TEXT_SIZE];
        uint8_t bytes[STREAM_ID_SIZE];
        size_t length = stream_id_print(text, ids[i]);
        require(length == strlen(text) && parses(text, ids[i].ms, ids[i].seq));
        stream_id_encode(bytes, ids[i]);
        require(stream_id_compare(stream_id_decode(bytes), ids[i]) == 0);
    }
}

Test(stream_id, neighbours_carry_over_and_end) {
    struct stream_id id = {1, UINT64_MAX};
    require(stream_id_increment(&id) && id.ms == 2 && id.seq == 0);
    require(stream_id_decrement(&id) && id.ms == 1 && id.seq == UINT64_MAX);
    id = stream_id_max;
    require(!stream_id_increment(&id) && stream_id_compare(id, stream_id_max) == 0);
    id = stream_id_min;
    require(!stream_id_decrement(&id) && stream_id_is_zero(id));
    require(stream_id_compare((struct stream_id){1, 9}, (struct stream_id){2, 0}) < 0);
    require(stream_id_compare((struct stream_id){2, 1}, (struct stream_id){2, 0}) > 0);
}
