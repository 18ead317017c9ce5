#include "types/item.h"

#include "support/unit.h"

Test(item, lengths_come_back_and_take_one_byte_while_short) {
    static const size_t lengths[] = {0, 1, 127, 254, 255, 256, 65536, UINT32_MAX};
    static const size_t sizes[] = {1, 1, 1, 1, 5, 5, 5, 5};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint8_t bytes[8] = {0};
        require(item_length_size(lengths[i]) == sizes[i]);
        require(item_write_length(bytes, lengths[i]) == bytes + sizes[i]);
        size_t length = 7;
        require(item_read_length(bytes, &length) == bytes + sizes[i]);
        require(length == lengths[i]);
        require(bytes[sizes[i]] == 0);
    }
}
