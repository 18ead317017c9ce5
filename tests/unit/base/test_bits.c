#include "base/bits.h"

#include "support/unit.h"

#include <signal.h>
#include <string.h>

enum { MODEL_SIZE = 300 };

/* A model that looks at one bit after the other. */
static bool bit_at(struct bytes source, uint64_t offset) {
    uint64_t byte = offset / 8;
    return byte < source.length && ((unsigned char)source.data[byte] >> (7 - offset % 8) & 1) != 0;
}

static uint64_t count_slowly(struct bytes source, uint64_t first, uint64_t last) {
    uint64_t count = 0;
    for (uint64_t i = first; i <= last; i++) {
        count += bit_at(source, i);
    }
    return count;
}

Test(bits, counting_agrees_with_the_model_at_every_alignment_and_length) {
    struct random random;
    unit_random(&random, "bits.count");
    char data[MODEL_SIZE];
    unit_random_bytes(&random, data, sizeof data, 0);
    for (size_t start = 0; start < 17; start++) {
        for (size_t length = 0; length + start <= sizeof data; length++) {
            struct bytes part = {data + start, length};
            uint64_t expected = length == 0 ? 0 : count_slowly(part, 0, length * 8 - 1);
            require(bits_count(part) == expected);
        }
    }
    require(bits_count((struct bytes){NULL, 0}) == 0);
}

Test(bits, counting_a_megabyte_of_ones_gives_eight_million) {
    size_t size = 1 << 20;
    char *data = malloc(size);
    require(data != NULL);
    memset(data, 255, size);
    require(bits_count((struct bytes){data, size}) == 8 * size);
    require(bits_count((struct bytes){data + 1, size - 1}) == 8 * (size - 1));
    free(data);
}

Test(bits, counting_a_range_agrees_with_the_model_for_every_pair_of_ends) {
    struct random random;
    unit_random(&random, "bits.count_range");
    char data[11];
    for (size_t round = 0; round < 5; round++) {
        unit_random_bytes(&random, data, sizeof data, 0);
        struct bytes source = {data, sizeof data};
        for (uint64_t first = 0; first < 88; first++) {
            for (uint64_t last = first; last < 88; last++) {
                require(bits_count_range(source, first, last) == count_slowly(source, first, last));
            }
        }
    }
}

static bool find_slowly(struct bytes source, uint64_t first, uint64_t last, bool value,
                        uint64_t *found) {
    for (uint64_t i = first; i <= last; i++) {
        if (bit_at(source, i) == value) {
            *found = i;
            return true;
        }
    }
    return false;
}

Test(bits, finding_agrees_with_the_model_in_strings_that_are_mostly_one_value) {
    struct random random;
    unit_random(&random, "bits.find");
    char data[40];
    for (size_t round = 0; round < 30000; round++) {
        memset(data, random_below(&random, 2) == 0 ? 0 : 255, sizeof data);
        for (uint64_t flips = random_below(&random, 3); flips > 0; flips--) {
            data[random_below(&random, sizeof data)] ^= (char)(1 << random_below(&random, 8));
        }
        size_t length = 1 + random_below(&random, sizeof data);
        uint64_t first = random_below(&random, length * 8);
        uint64_t last = first + random_below(&random, length * 8 - first);
        bool value = random_below(&random, 2) == 1;
        uint64_t expected = 0;
        uint64_t found = 0;
        struct bytes source = {data, length};
        bool is_there = find_slowly(source, first, last, value, &expected);
        require(bits_find(source, first, last, value, &found) == is_there);
        require(!is_there || found == expected);
    }
}

Test(bits, a_range_behind_the_end_is_a_programmers_mistake, .signal = SIGABRT) {
    (void)bits_count_range(BYTES("a"), 0, 8);
}

static bool combine_one(enum bits_operation operation, const struct bytes *sources, size_t count,
                        uint64_t offset) {
    size_t set = 0;
    for (size_t i = 0; i < count; i++) {
        set += bit_at(sources[i], offset);
    }
    bool first = bit_at(sources[0], offset);
    size_t others = set - first;
    switch (operation) {
    case BITS_AND:
        return set == count;
    case BITS_OR:
        return set > 0;
    case BITS_XOR:
        return set % 2 == 1;
    case BITS_NOT:
        return !first;
    case BITS_DIFF:
        return first && others == 0;
    case BITS_DIFF1:
        return !first && others > 0;
    case BITS_ANDOR:
        return first && others > 0;
    case BITS_ONE:
        return set == 1;
    }
    return false;
}

static void check_combination(enum bits_operation operation, const struct bytes *sources,
                              size_t count, size_t length) {
    char *target = malloc(length + 1);
    require(target != NULL);
    target[length] = '!';
    bits_combine(operation, sources, count, target, length);
    for (uint64_t i = 0; i < length * 8; i++) {
        require(bit_at((struct bytes){target, length}, i) ==
                combine_one(operation, sources, count, i));
    }
    require(target[length] == '!');
    free(target);
}

Test(bits, combining_agrees_with_the_model_for_all_operations_and_lengths) {
    enum { SOURCE_MAX = 5, SIZE = 9000 };
    struct random random;
    unit_random(&random, "bits.combine");
    char *data = malloc(SIZE);
    require(data != NULL);
    unit_random_bytes(&random, data, SIZE, 0);
    for (size_t round = 0; round < 160; round++) {
        enum bits_operation operation = (enum bits_operation)(round % (BITS_ONE + 1));
        size_t limit = round < 120 ? 70 : SIZE;
        size_t least = operation >= BITS_DIFF && operation != BITS_ONE ? 2 : 1;
        size_t count =
            operation == BITS_NOT ? 1 : least + random_below(&random, SOURCE_MAX - least + 1);
        struct bytes sources[SOURCE_MAX];
        size_t longest = 0;
        for (size_t i = 0; i < count; i++) {
            size_t start = random_below(&random, 16);
            sources[i] = (struct bytes){data + start, random_below(&random, limit - 16)};
            longest = sources[i].length > longest ? sources[i].length : longest;
        }
        check_combination(operation, sources, count, longest);
    }
    free(data);
}

Test(bits, a_field_reads_back_as_written_at_every_offset_and_width) {
    struct random random;
    unit_random(&random, "bits.field");
    char data[20];
    char before[20];
    for (uint64_t offset = 0; offset < 90; offset++) {
        for (unsigned width = 1; width <= 64; width++) {
            unit_random_bytes(&random, data, sizeof data, 0);
            memcpy(before, data, sizeof data);
            uint64_t value = random_next(&random);
            uint64_t expected = width == 64 ? value : value & ((UINT64_C(1) << width) - 1);
            bits_write(data, offset, width, value);
            struct bytes source = {data, sizeof data};
            require(bits_read(source, offset, width) == expected);
            for (uint64_t i = 0; i < sizeof data * 8; i++) {
                bool is_inside = i >= offset && i < offset + width;
                require(is_inside || bit_at(source, i) == bit_at((struct bytes){before, 20}, i));
            }
        }
    }
}

Test(bits, a_field_behind_the_end_reads_as_zero_bits) {
    require(bits_read(BYTES("\xff"), 4, 8) == 0xf0);
    require(bits_read(BYTES("\xff"), 8, 64) == 0);
    require(bits_read(BYTES("\xff"), UINT64_C(1) << 40, 64) == 0);
    require(bits_read((struct bytes){NULL, 0}, 0, 1) == 0);
}
