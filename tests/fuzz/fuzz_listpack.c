/*
 * Listpacks of two kinds: bytes as a file may hold them, which are verified and then walked, and
 * blocks made by operations, which are compared with an array of texts.
 */
#include "base/panic.h"
#include "base/sds.h"
#include "structs/listpack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXTS_MAX = 64, KIND_COUNT = 5 };

static void walk(const uint8_t *block) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    size_t count = 0;
    const uint8_t *last = NULL;
    for (const uint8_t *at = listpack_first(block); at != NULL; at = listpack_next(block, at)) {
        struct bytes text = listpack_get(at, scratch);
        struct listpack_wanted wanted = listpack_wanted(text);
        /* A text that could be a number is none to those who ask for the number. */
        ASSERT(listpack_equals(at, &wanted) || wanted.is_integer);
        ASSERT(listpack_previous(block, at) == last);
        last = at;
        count++;
    }
    ASSERT(last == listpack_last(block));
    ASSERT(count == listpack_count(block));
}

static void check_foreign(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size + (size == 0));
    ASSERT(copy != NULL);
    memcpy(copy, data, size);
    if (listpack_verify(copy, size)) {
        ASSERT(listpack_size(copy) == size);
        walk(copy);
    }
    free(copy);
}

/* A block and what it must hold. */
struct model {
    uint8_t *block;
    sds texts[TEXTS_MAX];
    size_t count;
};

static void insert(struct model *model, size_t index, struct bytes text) {
    uint8_t *before = index == model->count ? NULL : listpack_seek(model->block, (int64_t)index);
    if (before == NULL) {
        model->block = listpack_append(model->block, text);
    } else {
        uint8_t *inserted = NULL;
        model->block = listpack_insert(model->block, before, text, &inserted);
        ASSERT(inserted == listpack_seek(model->block, (int64_t)index));
    }
    memmove(model->texts + index + 1, model->texts + index,
            (model->count - index) * sizeof *model->texts);
    model->texts[index] = sds_new(text);
    model->count++;
}

static void erase(struct model *model, size_t index) {
    uint8_t *element = listpack_seek(model->block, (int64_t)index);
    model->block = listpack_erase(model->block, &element);
    sds_free(model->texts[index]);
    model->count--;
    memmove(model->texts + index, model->texts + index + 1,
            (model->count - index) * sizeof *model->texts);
}

static void replace(struct model *model, size_t index, struct bytes text) {
    uint8_t *element = listpack_seek(model->block, (int64_t)index);
    model->block = listpack_replace(model->block, &element, text);
    sds_free(model->texts[index]);
    model->texts[index] = sds_new(text);
}

static void check_model(const struct model *model) {
    char scratch[LISTPACK_SCRATCH_SIZE];
    ASSERT(listpack_verify(model->block, listpack_size(model->block)));
    ASSERT(listpack_count(model->block) == model->count);
    const uint8_t *at = listpack_first(model->block);
    for (size_t i = 0; i < model->count; i++) {
        ASSERT(at != NULL);
        ASSERT(bytes_equal(listpack_get(at, scratch), sds_view(model->texts[i])));
        at = listpack_next(model->block, at);
    }
    ASSERT(at == NULL);
}

/* Each operation is three bytes (kind, place, length) and the bytes of its text. */
static void run_operations(const uint8_t *data, size_t size) {
    struct model model = {.block = listpack_create()};
    while (size >= 3) {
        unsigned kind = data[0] % KIND_COUNT;
        size_t place = data[1];
        size_t length = data[2] < size - 3 ? data[2] : size - 3;
        struct bytes text = {(const char *)data + 3, length};
        data += 3 + length;
        size -= 3 + length;
        if (kind < 2 && model.count < TEXTS_MAX) {
            insert(&model, place % (model.count + 1), text);
        } else if (kind == 2 && model.count > 0) {
            erase(&model, place % model.count);
        } else if (kind > 2 && model.count > 0) {
            replace(&model, place % model.count, text);
        }
        check_model(&model);
    }
    walk(model.block);
    while (model.count > 0) {
        sds_free(model.texts[--model.count]);
    }
    listpack_free(model.block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    if (data[0] % 2 == 0) {
        check_foreign(data + 1, size - 1);
    } else {
        run_operations(data + 1, size - 1);
    }
    return 0;
}
