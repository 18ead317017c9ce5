#include "base/hash.h"

#include "support/unit.h"

#include <string.h>

/* Bytes 7i + 3: what the vectors below were computed from. */
static struct bytes pattern(char *buffer, size_t length) {
    for (size_t i = 0; i < length; i++) {
        buffer[i] = (char)(unsigned char)(i * 7 + 3);
    }
    return (struct bytes){buffer, length};
}

/* From CPython 3.11, whose hash of bytes is SipHash-1-3 too; keys of PYTHONHASHSEED 0 and 42. */
static const struct {
    size_t length;
    uint64_t hashes[2];
} sip_vectors[] = {
    {1, {0x486b06067755d7c9, 0xa2e9c2254e5dc5e3}},  {7, {0x8a715eaaf55549aa, 0x00b41863e8b73013}},
    {8, {0x36c186f0aa4cdbeb, 0x8b89d13c8c51cad3}},  {9, {0x5176191e3d24cbff, 0x9e30aae2c93a5437}},
    {15, {0x19ed3f1b38f7e4e2, 0x5ea818831bce32f1}}, {16, {0xd1c94d62751d7b7b, 0xd1ea401d2c4956db}},
    {17, {0xbe5161a723042d60, 0x2e8b1e33b8926b1c}}, {63, {0x42ed5c087e0bfe5d, 0x5abb21290c851b93}},
    {64, {0x65134a36595a21fb, 0x59b292140b073445}}, {100, {0xde2a45bb2a709f2a, 0x17669123a31b008b}},
};

Test(hash, keyed_hash_is_siphash_1_3) {
    static const uint8_t seeds[2][HASH_SEED_SIZE] = {
        {0},
        {0xaf, 0x90, 0xcd, 0x68, 0xd3, 0x4f, 0x50, 0xdc, 0xc1, 0xe9, 0x99, 0xfe, 0x9f, 0xbb, 0x20,
         0xb9},
    };
    char buffer[128];
    for (size_t seed = 0; seed < 2; seed++) {
        hash_set_seed(seeds[seed]);
        for (size_t i = 0; i < sizeof sip_vectors / sizeof *sip_vectors; i++) {
            struct bytes source = pattern(buffer, sip_vectors[i].length);
            require(hash_bytes(source) == sip_vectors[i].hashes[seed]);
        }
    }
}

Test(hash, keyed_hash_does_not_depend_on_alignment) {
    char buffer[128];
    char moved[136];
    for (size_t length = 0; length < 100; length++) {
        uint64_t expected = hash_bytes(pattern(buffer, length));
        for (size_t shift = 0; shift < 8; shift++) {
            memcpy(moved + shift, buffer, length);
            require(hash_bytes((struct bytes){moved + shift, length}) == expected);
        }
    }
}

Test(hash, trailing_zero_bytes_change_the_hash) {
    static const char zeros[32];
    for (size_t length = 0; length < 31; length++) {
        require(hash_bytes((struct bytes){zeros, length}) !=
                hash_bytes((struct bytes){zeros, length + 1}));
    }
}

Test(hash, hash_without_case_is_the_same_for_all_spellings_of_a_name) {
    uint64_t expected = hash_bytes_nocase(BYTES("zrangebyscore"));
    require(hash_bytes_nocase(BYTES("ZRANGEBYSCORE")) == expected);
    require(hash_bytes_nocase(BYTES("zRangeByScore")) == expected);
    require(hash_bytes_nocase(BYTES("zrangebyscor")) != expected);
    require(hash_bytes_nocase(BYTES("zrangebyscorf")) != expected);
    require(hash_bytes_nocase((struct bytes){NULL, 0}) == hash_bytes_nocase(BYTES("")));
}

Test(hash, hash_without_case_takes_names_of_any_length) {
    char name[300];
    memset(name, 'A', sizeof name);
    uint64_t previous = 0;
    for (size_t length = 0; length <= sizeof name; length++) {
        uint64_t hash = hash_bytes_nocase((struct bytes){name, length});
        require(length == 0 || hash != previous);
        previous = hash;
    }
}

Test(hash, xxh3_gives_the_published_values) {
    require(hash_xxh3((struct bytes){NULL, 0}) == 0x2d06800538d394c2);
    require(hash_xxh3(BYTES("")) == 0x2d06800538d394c2);
    require(hash_xxh3(BYTES("a")) == 0xe6c632b61e964e1f);
    require(hash_xxh3(BYTES("abc")) == 0x78af5f94892f3950);
}

static void print_hex(const uint8_t *digest, size_t size, char *text) {
    for (size_t i = 0; i < size; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
}

static void check_sha(struct bytes source, const char *sha1, const char *sha256) {
    char text[2 * HASH_SHA256_SIZE + 1];
    uint8_t digest[HASH_SHA256_SIZE];
    hash_sha1(source, digest);
    print_hex(digest, HASH_SHA1_SIZE, text);
    require_text(bytes_of_text(text), sha1);
    hash_sha256(source, digest);
    print_hex(digest, HASH_SHA256_SIZE, text);
    require_text(bytes_of_text(text), sha256);
}

Test(hash, digests_give_the_examples_of_fips_180) {
    check_sha(BYTES("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d",
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_sha(BYTES("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    size_t size = 1000000;
    char *million = malloc(size);
    require(million != NULL);
    memset(million, 'a', size);
    check_sha((struct bytes){million, size}, "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

static const struct {
    size_t length;
    const char *sha1;
    const char *sha256;
} sha_vectors[] = {
    {0, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {1, "9842926af7ca0a8cca12604f945414f07b01e13d",
     "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5"},
    {3, "4201de9f98cb0a9b8cf52398be7802b55d45266a",
     "6ab0dba1f4f1dfbb37b4f9eeb092c09fca4900ad32bdcd147d8dde35d6c87c35"},
    {55, "ddf57317ef34bfee3b6df83d359098930eb278bc",
     "e7313d333c272e639f790978283f9eb392e843d0f29b7016828bb1daa4aac70b"},
    {56, "a0d492bb0fc889d0eca3bc137066ab6f4f74f369",
     "4324d65f3c103567f5589c710bc08f8523f929a9272e3af36fc968e52abc6c27"},
    {57, "11a02dcf95859677a62e75024067c22b165d890f",
     "35df609437dcfea3279283ab79fd554e2bf78f8f7ae2de532d8ee300b09e8f73"},
    {63, "c55856749bef509bdfe6bfebfc7bf4e793e82132",
     "81c80242132f230c3bd41b3e63bbcff16107339549214a99614ff26664625055"},
    {64, "bede92be29c3874e1b54ddc77988d606fc857a8e",
     "39e3d7b6b5d075d37d053ad89b24b41bef4f3c29760c84447cab3f3be1882241"},
    {65, "b05a80522b053d6dc7e0a517d0e70212c7dad11f",
     "aacca6ff74fdbb296d165a45cecfa04e5127bc008770fbbdd48006f2d2fae95e"},
    {119, "504e27376a6e0f0dba8295b85cb25dc4dfa17d23",
     "9ce7368e4daf32341631b492e80359dc9f594b48453cd0dd5bf0b19279cc177e"},
    {120, "82134b02fb3f702491be9bed581eeab59334acb2",
     "7836b787757e95e58b3ca5aec90b1b004e8deba1e50e9675af9cabf1a13a04b5"},
    {128, "a09133e6730ffe899efb70204cb5646cd5dc24ee",
     "d2742f1f4ac6bb7ca2b239ee18402ba8b3f9f8e652d2a72973c2b9ba11c08cf6"},
    {1000, "4231a8a50a10fa9758db8ec71fdef855b751048a",
     "1e9bc38cbf860b9ec31918b065f9b52476c549a782e0e7990bed8ce3868d2371"},
};

Test(hash, digests_are_right_at_every_edge_of_the_padding) {
    char buffer[1000];
    for (size_t i = 0; i < sizeof sha_vectors / sizeof *sha_vectors; i++) {
        check_sha(pattern(buffer, sha_vectors[i].length), sha_vectors[i].sha1,
                  sha_vectors[i].sha256);
    }
    check_sha((struct bytes){NULL, 0}, sha_vectors[0].sha1, sha_vectors[0].sha256);
}
