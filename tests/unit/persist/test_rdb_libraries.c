/*
 * Payloads of function libraries: made, taken apart again, and cut everywhere.
 */
#include "persist/rdb_libraries.h"

#include "base/panic.h"

#include <criterion/criterion.h>
#include <string.h>

/* What a taker has got, each source behind a blank; it refuses one that begins with '-'. */
struct harvest {
    sds text;
};

static sds take(void *context, struct bytes source) {
    struct harvest *harvest = context;
    if (source.length > 0 && source.data[0] == '-') {
        return sds_new(BYTES("refused"));
    }
    harvest->text = sds_append(sds_append(harvest->text, BYTES(" ")), source);
    return NULL;
}

/* Wants these sources to be taken, and this error, or NULL. */
static void check_restore(struct bytes payload, struct bytes sources, const char *expected) {
    struct harvest harvest = {sds_with_capacity(0)};
    sds error = rdb_libraries_restore(payload, (struct rdb_library_taker){&harvest, take});
    if (expected == NULL) {
        cr_assert_null(error, "%s", error);
    } else {
        cr_assert_not_null(error);
        cr_assert_str_eq(error, expected);
    }
    cr_assert(bytes_equal(sds_view(harvest.text), sources), "%s", harvest.text);
    sds_free(error);
    sds_free(harvest.text);
}

static void check_round_trip(const struct bytes *sources, size_t count, bool compresses) {
    sds wanted = sds_with_capacity(0);
    for (size_t i = 0; i < count; i++) {
        wanted = sds_append(sds_append(wanted, BYTES(" ")), sources[i]);
    }
    sds payload = rdb_libraries_dump(sources, count, compresses);
    check_restore(sds_view(payload), sds_view(wanted), NULL);
    sds_free(payload);
    sds_free(wanted);
}

Test(rdb_libraries, payloads_are_taken_apart_in_their_order) {
    sds zeros = sds_resize(sds_with_capacity(0), 5000);
    const struct bytes sources[] = {BYTES("first"), sds_view(zeros), BYTES(""), BYTES("12")};
    for (size_t count = 0; count <= ARRAY_SIZE(sources); count++) {
        check_round_trip(sources, count, true);
        check_round_trip(sources, count, false);
    }
    sds payload = rdb_libraries_dump(&sources[1], 1, true);
    cr_assert_lt(sds_length(payload), 200);
    sds_free(payload);
    sds_free(zeros);
}

Test(rdb_libraries, no_libraries_are_the_payload_of_the_published_format) {
    sds payload = rdb_libraries_dump(NULL, 0, true);
    cr_assert(bytes_equal(sds_view(payload), BYTES("\x0a\x00\x5d\x9b\x5c\x40\x0f\x7f\xa2\xda")));
    sds_free(payload);
}

Test(rdb_libraries, a_taker_that_refuses_ends_it) {
    const struct bytes sources[] = {BYTES("a"), BYTES("-b"), BYTES("c")};
    sds payload = rdb_libraries_dump(sources, ARRAY_SIZE(sources), false);
    check_restore(sds_view(payload), BYTES(" a"), "refused");
    sds_free(payload);
}

Test(rdb_libraries, a_payload_cut_or_changed_anywhere_is_refused) {
    const struct bytes sources[] = {BYTES("a"), BYTES("b")};
    sds payload = rdb_libraries_dump(sources, ARRAY_SIZE(sources), false);
    for (size_t i = 0; i < sds_length(payload); i++) {
        const char *error = "DUMP payload version or checksum are wrong";
        check_restore((struct bytes){payload, i}, BYTES(""), error);
        payload[i] ^= 1;
        check_restore(sds_view(payload), BYTES(""), error);
        payload[i] ^= 1;
    }
    sds_free(payload);
}
