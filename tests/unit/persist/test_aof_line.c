#include "persist/aof_line.h"

#include "support/unit.h"

#include <string.h>

static struct bytes print(char *buffer, uint64_t length, uint64_t synced, uint64_t checksum) {
    size_t size = aof_line_print_head(buffer, length, synced);
    size += aof_line_print_checksum(buffer + size, checksum);
    require(size <= AOF_LINE_SIZE_MAX);
    return (struct bytes){buffer, size};
}

Test(aof_line, a_line_has_one_form) {
    char buffer[AOF_LINE_SIZE_MAX];
    require_text(print(buffer, 12, 345, 0xabc), "#LK 12 345 0000000000000abc\r\n");
    require_text(print(buffer, 0, AOF_LINE_SYNCED_UNKNOWN, UINT64_MAX),
                 "#LK 0 - ffffffffffffffff\r\n");
}

Test(aof_line, what_was_printed_is_read_and_what_is_cut_is_not) {
    static const uint64_t numbers[] = {0, 1, 99, UINT32_MAX, UINT64_MAX - 1};
    for (size_t i = 0; i < 25; i++) {
        char buffer[AOF_LINE_SIZE_MAX];
        struct bytes text = print(buffer, numbers[i / 5], numbers[i % 5], numbers[i % 5] * 7);
        struct aof_line line;
        require(aof_line_parse(text, &line));
        require(line.length == numbers[i / 5] && line.synced == numbers[i % 5]);
        require(line.checksum == numbers[i % 5] * 7 && line.size == text.length);
        require(line.head_size == text.length - AOF_LINE_CHECKSUM_SIZE - 2);
        for (size_t size = 0; size < text.length; size++) {
            require(!aof_line_parse((struct bytes){buffer, size}, &line));
        }
    }
}

Test(aof_line, other_forms_are_refused) {
    static const char *const texts[] = {
        "#LK 012 3 0000000000000abc\r\n", "#LK 12 3 0000000000000ABC\r\n",
        "#LK 12 3 0000000000000abc\n",    "#LK 12  3 0000000000000abc\r\n",
        "#LK -1 3 0000000000000abc\r\n",  "#LK 12 0000000000000abc\r\n",
        "#lk 12 3 0000000000000abc\r\n",  "#LK 12 3 00000000000000abc\r\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct aof_line line;
        require(!aof_line_parse(bytes_of_text(texts[i]), &line));
    }
}
