#include "persist/rdb_codec.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

Test(rdb_codec, the_checksum_is_the_published_one) {
    require(rdb_codec_checksum(0, BYTES("123456789")) == UINT64_C(0xe9c6d914c4b8d9ca));
}

Test(rdb_codec, a_checksum_of_two_parts_is_that_of_the_whole) {
    uint64_t first = rdb_codec_checksum(0, BYTES("1234"));
    require(rdb_codec_checksum(first, BYTES("56789")) == rdb_codec_checksum(0, BYTES("123456789")));
}

Test(rdb_codec, what_was_compressed_expands_to_the_same) {
    enum { SIZE = 1000 };
    char text[SIZE];
    memset(text, 'a', sizeof text);
    char packed[SIZE];
    size_t size = rdb_codec_compress((struct bytes){text, SIZE}, packed, SIZE);
    require(size > 0 && size < SIZE / 10);
    char expanded[SIZE];
    require(rdb_codec_expand((struct bytes){packed, size}, expanded, SIZE));
    require(memcmp(text, expanded, SIZE) == 0);
    require(!rdb_codec_expand((struct bytes){packed, size}, expanded, SIZE - 1));
    require(rdb_codec_compress((struct bytes){text, SIZE}, packed, size - 1) == 0);
}

Test(rdb_codec, a_library_that_cannot_be_loaded_ends_the_process, .exit_code = EXIT_FAILURE) {
    require(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0}) == 0);
    rdb_codec_load();
}
