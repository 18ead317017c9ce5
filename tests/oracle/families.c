/*
 * The table of families; see family.h for how to add one.
 */
#include "oracle/families.h"

#include <string.h>

static const struct family *const families[] = {
    &string_family, &bitmap_family,   &list_family,       &hash_family,
    &set_family,    &zset_family,     &geo_family,        &hyperloglog_family,
    &sort_family,   &stream_family,   &key_family,        &transaction_family,
    &script_family, &function_family, &connection_family, &server_family,
};

size_t family_count(void) {
    return sizeof families / sizeof families[0];
}

const struct family *family_at(size_t index) {
    return families[index];
}

size_t family_index(const char *name) {
    size_t index = 0;
    while (index < family_count() && strcmp(families[index]->name, name) != 0) {
        index++;
    }
    return index;
}
