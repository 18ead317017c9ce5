#include "structs/listpack.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <string.h>

static struct bytes text_of(const uint8_t *element, char scratch[LISTPACK_SCRATCH_SIZE]) {
    return listpack_get(element, scratch);
}

/* ---- The format ---- */

static const struct {
    const char *text;
    size_t size; /* of the whole element */
    uint8_t first;
} integers[] = {
    {"0", 2, 0x00},
    {"127", 2, 0x7f},
    {"128", 3, 0xc0},
    {"4095", 3, 0xcf},
    {"4096", 4, 0xf1},
    {"-1", 3, 0xdf},
    {"-4096", 3, 0xd0},
    {"-4097", 4, 0xf1},
    {"32767", 4, 0xf1},
    {"-32768", 4, 0xf1},
    {"32768", 5, 0xf2},
    {"-32769", 5, 0xf2},
    {"8388607", 5, 0xf2},
    {"-8388608", 5, 0xf2},
    {"8388608", 6, 0xf3},
    {"-8388609", 6, 0xf3},
    {"2147483647", 6, 0xf3},
    {"-2147483648", 6, 0xf3},
    {"2147483648", 10, 0xf4},
    {"-2147483649", 10, 0xf4},
    {"9223372036854775807", 10, 0xf4},
    {"-9223372036854775808", 10, 0xf4},
    /* Not canonical, or too large: texts. */
    {"9223372036854775808", 21, 0x93},
    {"-9223372036854775809", 22, 0x94},
    {"01", 4, 0x82},
    {"-0", 4, 0x82},
    {"+1", 4, 0x82},
    {"1 ", 4, 0x82},
    {"", 2, 0x80},
    {"a", 3, 0x81},
};

Test(listpack, integers_take_the_narrowest_width) {
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        struct bytes text = bytes_of_text(integers[i].text);
        uint8_t *block = listpack_append(listpack_create(), text);
        uint8_t *element = listpack_first(block);
        char scratch[LISTPACK_SCRATCH_SIZE];
        require(listpack_element_size(text) == integers[i].size);
        require(listpack_size(block) == LISTPACK_EMPTY_SIZE + integers[i].size);
        require(element[0] == integers[i].first);
        require_text(text_of(element, scratch), integers[i].text);
        require(listpack_last(block) == element);
        require(listpack_verify(block, listpack_size(block)));
        listpack_free(block);
    }
}

Test(listpack, a_block_is_laid_out_byte_for_byte_as_published) {
    static const uint8_t expected[] = {
        28,   0,    0,    0,    6,    0, /* total bytes, count */
        0x81, 'a',  2,                   /* a text of one byte */
        0x05, 1,                         /* 5 */
        0xcf, 0xff, 2,                   /* 4095 */
        0xf1, 0x00, 0x10, 3,             /* 4096 */
        0xdf, 0xff, 2,                   /* -1 */
        0xf3, 0x00, 0x00, 0x00, 0x40, 5, /* 2^30 */
        0xff,
    };
    static const char *const texts[] = {"a", "5", "4095", "4096", "-1", "1073741824"};
    uint8_t *block = listpack_create();
    for (size_t i = 0; i < 6; i++) {
        block = listpack_append(block, bytes_of_text(texts[i]));
    }
    require(listpack_size(block) == sizeof expected);
    require(memcmp(block, expected, sizeof expected) == 0);
    listpack_free(block);
}

/* Lengths around which the encoding or the length behind the element changes its size. */
static const struct {
    size_t length;
    size_t head_size;
    size_t back_size;
} edges[] = {
    {0, 1, 1},     {1, 1, 1},     {62, 1, 1},      {63, 1, 1},      {64, 2, 1},
    {125, 2, 1},   {126, 2, 2},   {4094, 2, 2},    {4095, 2, 2},    {4096, 5, 2},
    {16378, 5, 2}, {16379, 5, 3}, {2097146, 5, 3}, {2097147, 5, 4}, {3000000, 5, 4},
};

Test(listpack, texts_of_every_size_class_are_kept_whole_and_found_from_both_ends) {
    size_t longest = 3000000;
    char *data = alloc_new(longest);
    memset(data, 'x', longest);
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        struct bytes text = {data, edges[i].length};
        size_t size = edges[i].length + edges[i].head_size + edges[i].back_size;
        require(listpack_element_size(text) == size);
        uint8_t *block = listpack_append(listpack_create(), BYTES("before"));
        block = listpack_append(block, text);
        block = listpack_append(block, BYTES("77"));
        char scratch[LISTPACK_SCRATCH_SIZE];
        uint8_t *element = listpack_seek(block, 1);
        require(bytes_equal(text_of(element, scratch), text));
        require(listpack_previous(block, listpack_last(block)) == element);
        require(listpack_previous(block, element) == listpack_first(block));
        require_text(text_of(listpack_next(block, element), scratch), "77");
        require(listpack_verify(block, listpack_size(block)));
        listpack_free(block);
    }
    alloc_free(data);
}

Test(listpack, an_empty_block_has_no_elements) {
    uint8_t *block = listpack_create();
    require(listpack_size(block) == LISTPACK_EMPTY_SIZE);
    require(listpack_count(block) == 0);
    require(listpack_first(block) == NULL);
    require(listpack_last(block) == NULL);
    require(listpack_seek(block, 0) == NULL);
    require(listpack_seek(block, -1) == NULL);
    require(listpack_verify(block, LISTPACK_EMPTY_SIZE));
    block = listpack_erase_range(block, 0, 5);
    require(listpack_size(block) == LISTPACK_EMPTY_SIZE);
    listpack_free(block);
}

Test(listpack, more_elements_than_the_header_can_count_are_counted_by_walking) {
    enum { COUNT = 65600 };
    uint8_t *block = listpack_create();
    for (size_t i = 0; i < COUNT; i++) {
        block = listpack_append(block, BYTES("1"));
        require(i > 65530 || i % 1000 != 0 || listpack_count(block) == i + 1);
    }
    require(listpack_count(block) == COUNT);
    require(block[4] == 255 && block[5] == 255);
    require(listpack_verify(block, listpack_size(block)));
    require(listpack_seek(block, COUNT - 1) == listpack_last(block));
    require(listpack_seek(block, COUNT) == NULL);
    block = listpack_erase_range(block, 10, 100);
    require(listpack_count(block) == COUNT - 100);
    require(listpack_verify(block, listpack_size(block)));
    uint8_t *element = listpack_first(block);
    block = listpack_erase(block, &element);
    require(listpack_count(block) == COUNT - 101);
    uint8_t *both = listpack_join(listpack_copy(block), block);
    require(listpack_count(both) == 2 * (COUNT - 101));
    listpack_free(both);
    listpack_free(block);
}

/* ---- Comparing ---- */

Test(listpack, integers_and_texts_are_equal_by_their_text) {
    static const char *const texts[] = {"0", "-1", "77", "077", "abc", "", "9223372036854775807"};
    uint8_t *block = listpack_create();
    for (size_t i = 0; i < 7; i++) {
        block = listpack_append(block, bytes_of_text(texts[i]));
    }
    for (size_t i = 0; i < 7; i++) {
        const uint8_t *element = listpack_seek(block, (int64_t)i);
        for (size_t j = 0; j < 7; j++) {
            struct listpack_wanted wanted = listpack_wanted(bytes_of_text(texts[j]));
            require(listpack_equals(element, &wanted) == (i == j));
        }
    }
    listpack_free(block);
}

Test(listpack, an_integer_is_given_without_printing) {
    uint8_t *block = listpack_append(listpack_create(), BYTES("-123456"));
    block = listpack_append(block, BYTES("x1"));
    int64_t number = 0;
    struct bytes text = {NULL, 0};
    require(listpack_get_integer(listpack_first(block), &number, &text));
    require(number == -123456);
    require(!listpack_get_integer(listpack_last(block), &number, &text));
    require_text(text, "x1");
    listpack_free(block);
}

/* ---- Changes against a model ---- */

enum { MODEL_MAX = 60, TEXT_MAX = 5000 };

struct model {
    sds texts[MODEL_MAX + 1];
    size_t count;
};

static void model_insert(struct model *model, size_t index, struct bytes text) {
    memmove(model->texts + index + 1, model->texts + index,
            (model->count - index) * sizeof *model->texts);
    model->texts[index] = sds_new(text);
    model->count++;
}

static void model_erase(struct model *model, size_t index, size_t count) {
    for (size_t i = index; i < index + count; i++) {
        sds_free(model->texts[i]);
    }
    memmove(model->texts + index, model->texts + index + count,
            (model->count - index - count) * sizeof *model->texts);
    model->count -= count;
}

static void check_model(const struct model *model, const uint8_t *block) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    require(listpack_verify(block, listpack_size(block)));
    require(listpack_count(block) == model->count);
    size_t size = LISTPACK_EMPTY_SIZE;
    const uint8_t *element = listpack_first(block);
    for (size_t i = 0; i < model->count; i++) {
        require(bytes_equal(text_of(element, scratch), sds_view(model->texts[i])));
        size += listpack_element_size(sds_view(model->texts[i]));
        element = listpack_next(block, element);
    }
    require(element == NULL);
    require(size == listpack_size(block));
    element = listpack_last(block);
    for (size_t i = model->count; i > 0; i--) {
        require(bytes_equal(text_of(element, scratch), sds_view(model->texts[i - 1])));
        require(element == listpack_seek(block, (int64_t)i - 1));
        require(element == listpack_seek(block, (int64_t)i - 1 - (int64_t)model->count));
        element = listpack_previous(block, element);
    }
    require(element == NULL);
    require(listpack_seek(block, (int64_t)model->count) == NULL);
    require(listpack_seek(block, -(int64_t)model->count - 1) == NULL);
}

static struct bytes random_text(struct random *random, char buffer[TEXT_MAX]) {
    if (random_below(random, 2) == 0) {
        int64_t number = (int64_t)(random_next(random) >> random_below(random, 64));
        size_t length = text_print_int64(buffer, random_below(random, 2) == 0 ? number : -number);
        return (struct bytes){buffer, length};
    }
    static const size_t maxima[] = {5, 70, 140, TEXT_MAX};
    size_t length = random_below(random, maxima[random_below(random, 4)]);
    unit_random_bytes(random, buffer, length, 0);
    return (struct bytes){buffer, length};
}

static uint8_t *insert_somewhere(struct random *random, struct model *model, uint8_t *block) {
    char buffer[TEXT_MAX];
    struct bytes text = random_text(random, buffer);
    size_t index = random_below(random, model->count + 1);
    uint8_t *inserted = NULL;
    switch (random_below(random, 3)) {
    case 0:
        model_insert(model, 0, text);
        return listpack_prepend(block, text);
    case 1:
        model_insert(model, model->count, text);
        return listpack_append(block, text);
    default:
        block = listpack_insert(block, listpack_seek(block, (int64_t)index), text, &inserted);
        model_insert(model, index, text);
        require(inserted == listpack_seek(block, (int64_t)index));
        return block;
    }
}

static uint8_t *change_somewhere(struct random *random, struct model *model, uint8_t *block) {
    char buffer[TEXT_MAX];
    size_t index = random_below(random, model->count);
    uint8_t *element = listpack_seek(block, (int64_t)index);
    if (random_below(random, 2) == 0) {
        struct bytes text = random_text(random, buffer);
        block = listpack_replace(block, &element, text);
        require(element == listpack_seek(block, (int64_t)index));
        sds_free(model->texts[index]);
        model->texts[index] = sds_new(text);
        return block;
    }
    if (random_below(random, 2) == 0) {
        block = listpack_erase(block, &element);
        model_erase(model, index, 1);
        require(element == listpack_seek(block, (int64_t)index));
        return block;
    }
    size_t count = random_below(random, 6);
    block = listpack_erase_range(block, index, count);
    model_erase(model, index, count < model->count - index ? count : model->count - index);
    return block;
}

Test(listpack, random_changes_agree_with_a_model) {
    struct random random;
    unit_random(&random, "listpack.model");
    size_t start = alloc_used_bytes();
    for (size_t round = 0; round < 10; round++) {
        struct model model = {.count = 0};
        uint8_t *block = listpack_create();
        for (size_t step = 0; step < 800; step++) {
            bool grows = step / 100 % 2 == 0;
            if (model.count < MODEL_MAX &&
                (model.count == 0 || random_below(&random, 10) < (grows ? 7 : 3))) {
                block = insert_somewhere(&random, &model, block);
            } else {
                block = change_somewhere(&random, &model, block);
            }
            check_model(&model, block);
        }
        uint8_t *copy = listpack_copy(block);
        listpack_free(block);
        check_model(&model, copy);
        listpack_free(copy);
        model_erase(&model, 0, model.count);
    }
    require(alloc_used_bytes() == start);
}

Test(listpack, joining_puts_one_block_behind_the_other) {
    struct random random;
    unit_random(&random, "listpack.join");
    char buffer[TEXT_MAX];
    for (size_t first_count = 0; first_count < 5; first_count++) {
        for (size_t second_count = 0; second_count < 5; second_count++) {
            struct model model = {.count = 0};
            uint8_t *blocks[2] = {listpack_create(), listpack_create()};
            for (size_t i = 0; i < first_count + second_count; i++) {
                struct bytes text = random_text(&random, buffer);
                size_t which = i >= first_count;
                blocks[which] = listpack_append(blocks[which], text);
                model_insert(&model, i, text);
            }
            uint8_t *joined = listpack_join(blocks[0], blocks[1]);
            check_model(&model, joined);
            listpack_free(joined);
            listpack_free(blocks[1]);
            model_erase(&model, 0, model.count);
        }
    }
}

/* ---- Untrusted bytes ---- */

static uint8_t *make_mixed_block(void) {
    static const char *const texts[] = {
        "",
        "a",
        "5",
        "4095",
        "-4096",
        "32767",
        "-8388608",
        "2147483647",
        "9223372036854775807",
        "hello world",
        "0",
    };
    uint8_t *block = listpack_create();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        block = listpack_append(block, bytes_of_text(texts[i]));
    }
    char text[300];
    memset(text, 'z', sizeof text);
    block = listpack_append(block, (struct bytes){text, 100});
    return listpack_append(block, (struct bytes){text, sizeof text});
}

/* Reads every byte of every element in both directions; the sanitizers watch. */
static void walk(const uint8_t *block) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    size_t forward = 0;
    size_t backward = 0;
    unsigned sum = 0;
    for (const uint8_t *at = listpack_first(block); at != NULL; at = listpack_next(block, at)) {
        struct bytes text = text_of(at, scratch);
        for (size_t i = 0; i < text.length; i++) {
            sum += (unsigned char)text.data[i];
        }
        forward++;
    }
    for (const uint8_t *at = listpack_last(block); at != NULL; at = listpack_previous(block, at)) {
        backward++;
    }
    require(forward == backward);
    require(forward == listpack_count(block));
    require(sum != 1);
}

Test(listpack, every_changed_byte_is_refused_or_harmless) {
    uint8_t *block = make_mixed_block();
    size_t size = listpack_size(block);
    walk(block);
    size_t refused = 0;
    for (size_t i = 0; i < size; i++) {
        for (unsigned change = 1; change < 256; change++) {
            uint8_t *damaged = alloc_new(size);
            memcpy(damaged, block, size);
            damaged[i] ^= (uint8_t)change;
            if (listpack_verify(damaged, size)) {
                walk(damaged);
            } else {
                refused++;
            }
            alloc_free(damaged);
        }
    }
    require(refused > 5000);
    listpack_free(block);
}

Test(listpack, every_cut_is_refused_or_harmless) {
    uint8_t *block = make_mixed_block();
    size_t size = listpack_size(block);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *part = alloc_new(cut);
        memcpy(part, block, cut);
        require(!listpack_verify(part, cut));
        if (cut >= LISTPACK_EMPTY_SIZE) {
            part[0] = (uint8_t)cut;
            part[1] = (uint8_t)(cut >> 8);
            part[4] = part[5] = 255;
            part[cut - 1] = 255;
            if (listpack_verify(part, cut)) {
                walk(part);
            }
        }
        alloc_free(part);
    }
    listpack_free(block);
}

Test(listpack, random_bytes_are_refused_or_harmless) {
    struct random random;
    unit_random(&random, "listpack.garbage");
    for (size_t round = 0; round < 100000; round++) {
        size_t size = LISTPACK_EMPTY_SIZE + random_below(&random, 12);
        uint8_t *garbage = alloc_new(size);
        unit_random_bytes(&random, (char *)garbage, size, 0);
        garbage[0] = (uint8_t)size;
        garbage[1] = garbage[2] = garbage[3] = 0;
        garbage[4] = garbage[5] = 255;
        garbage[size - 1] = 255;
        if (listpack_verify(garbage, size)) {
            walk(garbage);
        }
        alloc_free(garbage);
    }
}

static bool is_accepted(const uint8_t *bytes, size_t size) {
    uint8_t *exact = alloc_new(size);
    memcpy(exact, bytes, size);
    bool accepted = listpack_verify(exact, size);
    alloc_free(exact);
    return accepted;
}

Test(listpack, each_kind_of_damage_is_refused) {
    static const uint8_t good[] = {10, 0, 0, 0, 1, 0, 0x81, 'a', 2, 255};
    static const uint8_t wrong_count[] = {10, 0, 0, 0, 2, 0, 0x81, 'a', 2, 255};
    static const uint8_t wrong_back[] = {10, 0, 0, 0, 1, 0, 0x81, 'a', 3, 255};
    static const uint8_t no_end[] = {10, 0, 0, 0, 1, 0, 0x81, 'a', 2, 254};
    static const uint8_t bad_tag[] = {10, 0, 0, 0, 1, 0, 0xf5, 'a', 2, 255};
    static const uint8_t early_end[] = {11, 0, 0, 0, 0, 0, 255, 0x81, 'a', 2, 255};
    static const uint8_t huge[] = {13, 0, 0, 0, 1, 0, 0xf0, 255, 255, 255, 255, 1, 255};
    static const uint8_t long_back[] = {11, 0, 0, 0, 1, 0, 0x81, 'a', 0, 0x82, 255};
    require(is_accepted(good, sizeof good));
    require(!is_accepted(wrong_count, sizeof wrong_count));
    require(!is_accepted(wrong_back, sizeof wrong_back));
    require(!is_accepted(no_end, sizeof no_end));
    require(!is_accepted(bad_tag, sizeof bad_tag));
    require(!is_accepted(early_end, sizeof early_end));
    require(!is_accepted(huge, sizeof huge));
    require(!is_accepted(long_back, sizeof long_back));
    require(!is_accepted(good, sizeof good - 1));
}

Test(listpack, names_that_begin_or_end_alike_are_told_apart) {
    enum { NAME_MAX_SIZE = 70, STEP = 3 };
    char names[NAME_MAX_SIZE][NAME_MAX_SIZE];
    uint8_t *block = listpack_create();
    for (size_t length = 1; length < NAME_MAX_SIZE; length++) {
        memset(names[length], 'a', length);
        for (size_t place = 0; place < length; place += STEP) {
            names[length][place] = 'b';
            struct bytes name = {names[length], length};
            struct listpack_wanted wanted = listpack_wanted(name);
            require(listpack_find(block, NULL, &wanted, 1) == NULL);
            block = listpack_append(block, name);
            block = listpack_append(block, name); /* the value, which is passed */
            names[length][place] = 'a';
        }
    }
    for (size_t length = 1; length < NAME_MAX_SIZE; length++) {
        for (size_t place = 0; place < length; place += STEP) {
            names[length][place] = 'b';
            struct bytes name = {names[length], length};
            struct listpack_wanted wanted = listpack_wanted(name);
            const uint8_t *element = listpack_find(block, NULL, &wanted, 1);
            char scratch[LISTPACK_SCRATCH_SIZE];
            require(element != NULL && bytes_equal(listpack_get(element, scratch), name));
            names[length][place] = 'a';
        }
    }
    listpack_free(block);
}

Test(listpack, a_short_name_in_a_long_form_is_found) {
    static const uint8_t loaded[] = {6 + 2 + 12 + 1 + 1,
                                     0,
                                     0,
                                     0,
                                     2,
                                     0,
                                     5,
                                     1,
                                     0xe0,
                                     10,
                                     'a',
                                     'b',
                                     'c',
                                     'd',
                                     'e',
                                     'f',
                                     'g',
                                     'h',
                                     'i',
                                     'j',
                                     12,
                                     255};
    struct listpack_wanted wanted = listpack_wanted(BYTES("abcdefghij"));
    struct listpack_wanted other = listpack_wanted(BYTES("abcdefghik"));
    require(listpack_verify(loaded, sizeof loaded));
    require(listpack_find(loaded, NULL, &wanted, 0) == loaded + 8);
    require(listpack_find(loaded, NULL, &other, 0) == NULL);
}

Test(listpack, a_replacement_of_the_same_size_stays_in_its_place) {
    uint8_t *block = listpack_create();
    block = listpack_append(block, BYTES("first"));
    block = listpack_append(block, BYTES("second"));
    uint8_t *element = listpack_first(block);
    const uint8_t *before = block;
    block = listpack_replace(block, &element, BYTES("FIRST"));
    require(block == before && element == listpack_first(block));
    require(listpack_verify(block, listpack_size(block)));
    char scratch[LISTPACK_SCRATCH_SIZE];
    require_text(listpack_get(element, scratch), "FIRST");
    require_text(listpack_get(listpack_next(block, element), scratch), "second");
    listpack_free(block);
}
